"""The format ``exactnet-matrices/1``: a certificate about rational matrices, in one file (docs/rank.md, docs/natural-weights.md).

A matrix is integers over one denominator, every row a text with blanks between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gmpy2 import mpq, mpz

from exactnet.claims.matrices.algebra import Matrix
from exactnet.claims.matrices.certificate import Certificate, Judgement
from exactnet.files.certificates import read_document
from exactnet.files.decode import Numbers, as_fields, as_list, at, decode
from exactnet.files.files import shown
from exactnet.kernel.errors import FormatError
from exactnet.kernel.rationals import parse_rational

__all__ = ["FORMAT", "MAX_DIGITS", "parse_matrices", "read_matrices"]

FORMAT = "exactnet-matrices/1"
#: The most digits of an integer.
MAX_DIGITS = 4000


def read_matrices(path: str, max_file: int) -> tuple[Certificate, Judgement]:
    """Read a certificate, and what it says of itself.

    Raises
    ------
    FormatError
        where it is malformed: one line with the file and the place.
    """
    document = read_document(path, max_file, "matrices.schema.json")
    with at(shown(path)):
        matrices = {name: _matrix(name, data) for name, data in document["matrices"].items()}
    numbers = {name: parse_rational(text) for name, text in document["numbers"].items()}
    recorded = Judgement(document["verdict"], document["reason"], ())
    return Certificate(document["statement"], matrices, numbers), recorded


def _matrix(name: str, data: Mapping[str, Any]) -> Matrix:
    den = mpz(data["over"])
    rows = tuple(tuple(mpq(mpz(number), den) for number in row.split(" ")) for row in data["rows"])
    return _rectangular(name, rows)


def _rectangular(name: str, rows: Sequence[tuple[mpq, ...]]) -> Matrix:
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise FormatError(f"{name}: row {number} has {len(row)} numbers, row 1 has {len(rows[0])}")
    return tuple(rows)


# --- matrices that a user writes ---------------------------------------------------------------------


def parse_matrices(data: bytes, names: Sequence[str], where: str, optional: Sequence[str] = ()) -> dict[str, Matrix]:
    """Read a JSON object of matrices, each a list of rows of exact numbers; a list of numbers is a column.

    Raises
    ------
    FormatError
        for anything else: one line with the file and the place.

    Examples
    --------
    >>> parse_matrices(b'{"points": [[1, 0], ["-3/5", "4/5"]]}', ("points",), "data.json")["points"][1]
    (mpq(-3,5), mpq(4,5))
    >>> parse_matrices(b'{"points": [[1, 0], [1]]}', ("points",), "data.json")
    Traceback (most recent call last):
    ...
    exactnet.kernel.errors.FormatError: data.json: points: row 2 has 1 numbers, row 1 has 2
    """
    with at(where):
        fields = as_fields(decode(data), {*names, *optional}, names)
        numbers = Numbers()
        return {name: _written(name, value, numbers) for name, value in fields.items()}


def _written(name: str, value: object, numbers: Numbers) -> Matrix:
    rows = []
    with at(name):
        for number, entry in enumerate(as_list(value), 1):
            with at(f"row {number}"):
                row = tuple(map(numbers.read, entry if isinstance(entry, list) else [entry]))
                if not row:
                    raise FormatError("there are no numbers in it")
                rows.append(row)
        if not rows:
            raise FormatError("there are no rows")
    return _rectangular(name, rows)
