"""Tables of values as originals: the format ``exactnet-table/1`` (JSON), and CSV (docs/functions.md).

A table gives a value for each listed point, or on a cube or grid for each value of one input, or for each squared norm.
It becomes a network that looks the values up (:mod:`.lookup`), together with the domain on which they are given. Files are
untrusted: length, number of rows, and digits are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gmpy2 import mpq

from exactnet.files.commas import Cell, is_number, numbers, rows
from exactnet.files.decode import Numbers, as_fields, as_list, as_text, at, decode, one_of
from exactnet.files.limits import check_domain_size, check_growth
from exactnet.files.lookup import lookup_component, lookup_norm, lookup_points
from exactnet.files.network_json import Loaded, read_domain
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.rationals import format_rational

__all__ = ["FORMAT", "is_table", "parse_csv_table", "parse_table"]

FORMAT = "exactnet-table/1"

#: The most values of a table.
MAX_ROWS = 2**20
#: The most inputs of a table whose first line says how many there are.
MAX_INPUTS = 2**16
#: The most steps that finding all squared norms of a domain may take, about.
MAX_WORK = 2**34

_FIELDS = {"format", "inputs", "output", "domain", "by", "input", "values"}
_BY = ("point", "input", "norm")
_SHORT = re.compile(r"(?P<by>squared norm|x(?P<place>[1-9]\d{0,8})) on (cube|grid:(?P<p>\d{1,9}))\^(?P<d>\d{1,9})", re.ASCII)

Key = TypeVar("Key", mpq, tuple[mpq, ...])


@dataclass(frozen=True)
class _Shape:
    """What the keys of a table are."""

    inputs: Sequence[str]
    output: str
    by: str
    source: str | None
    domain: Domain | None


def is_table(data: bytes) -> bool:
    """Whether a JSON file says that it is a table."""
    if FORMAT.encode() not in data:
        return False
    try:
        document = decode(data)
    except FormatError:
        return False
    return isinstance(document, dict) and document.get("format") == FORMAT


def parse_table(data: bytes, where: str) -> Loaded:
    """Read a table in the format ``exactnet-table/1``.

    Raises :class:`FormatError`: one line that names the file and the place in it.

    >>> data = b'''{"format": "exactnet-table/1", "inputs": ["a", "b"], "output": "y", "domain": {"kind": "cube"},
    ...             "by": "norm", "values": [["0", "1"], ["1", "1/3"], ["2", "0"]]}'''
    >>> parse_table(data, "t.json").network([0, 1])
    (mpq(1,3),)
    """
    with at(where):
        numbers = Numbers()
        fields = as_fields(decode(data), _FIELDS, ("format", "inputs", "output", "values"))
        with at("inputs"):
            inputs = [as_text(name) for name in as_list(fields["inputs"])]
        with at("output"):
            output = as_text(fields["output"])
        with at("by"):
            by = one_of(fields.get("by", "point"), _BY)
        as_fields(fields, _FIELDS - ({"input"} if by != "input" else set()), _required(by))
        source = as_text(fields["input"]) if by == "input" else None
        if not inputs:
            raise FormatError("inputs: there are none")
        domain = None
        if "domain" in fields:
            with at("domain"):
                domain = read_domain(fields["domain"], len(inputs), numbers)
        shape = _Shape(inputs, output, by, source, domain)
        rows = []
        with at("values"):
            for number, row in enumerate(as_list(fields["values"]), 1):
                with at(f"entry {number}"):
                    pair = as_list(row)
                    if len(pair) != 2:
                        raise FormatError(f"{len(pair)} entries, not a key and its value")
                    key = as_list(pair[0]) if by == "point" else [pair[0]]
                    rows.append((f"values, entry {number}", [*map(numbers.read, key)], numbers.read(pair[1])))
        return _loaded(shape, rows, len(data))


def _required(by: str) -> tuple[str, ...]:
    return {"point": (), "input": ("input", "domain"), "norm": ("domain",)}[by]


def parse_csv_table(data: bytes, where: str) -> Loaded:
    """Read a table in CSV (:mod:`.commas`): a line of names, then one line for each value, the value last.

    The names are those of the inputs and of the output; or ``x2 on grid:3^4`` (the second input, on ``I_3^4``) or ``squared
    norm on grid:3^4`` (also ``cube^4``) and the output.

    Raises :class:`FormatError`: one line that names the file and the line in it.

    >>> parse_csv_table(b"a,b,y\\n0,1/2,3\\n1,0,-1\\n", "t.csv").domain
    Points(points=((mpq(0,1), mpq(1,2)), (mpq(1,1), mpq(0,1))))
    >>> parse_csv_table(b"squared norm on cube^3,y\\n0,0\\n1,1\\n2,0\\n3,1\\n", "t.csv").network([1, 1, 1])
    (mpq(1,1),)
    """
    with at(where):
        known = Numbers()
        shape: _Shape | None = None
        found: list[tuple[str, list[mpq], mpq]] = []
        for line, cells in rows(data):
            with at(line):
                if shape is None:
                    shape = _head(cells)
                    width = len(cells)
                    continue
                if len(cells) != width:
                    raise FormatError(f"{len(cells)} cells, but the first line has {width}")
                if len(found) >= MAX_ROWS:
                    raise FormatError(f"more than {MAX_ROWS} values")
            *key, value = numbers(line, cells, known.read)
            found.append((line, key, value))
        if shape is None:
            raise FormatError("the file is empty")
        return _loaded(shape, found, len(data))


def _head(cells: list[Cell]) -> _Shape:
    """The shape of a CSV table from its first line."""
    names = [cell.text for cell in cells]
    if all(map(is_number, cells)):
        raise FormatError("numbers, where the names of the inputs and of the output are expected")
    if len(names) < 2:
        raise FormatError("expected the names of the inputs and of the output, separated by commas")
    match = _SHORT.fullmatch(names[0]) if len(names) == 2 else None
    if match is None:
        return _Shape(names[:-1], names[-1], "point", None, None)
    d = int(match["d"])
    if not 1 <= d <= MAX_INPUTS:
        raise FormatError(f"{clip_text(names[0])}: from 1 to {MAX_INPUTS} inputs are possible")
    domain = Cube(d) if match["p"] is None else Grid(int(match["p"]), d)
    inputs = [f"x{i}" for i in range(1, d + 1)]
    if match["place"] is None:
        return _Shape(inputs, names[1], "norm", None, domain)
    return _Shape(inputs, names[1], "input", f"x{match['place']}", domain)


def _loaded(shape: _Shape, rows: Sequence[tuple[str, list[mpq], mpq]], length: int) -> Loaded:
    """The network and the domain of a table of ``length`` bytes; ``rows`` are place, key and value."""
    loaded = _looked_up(shape, rows)
    check_growth(loaded.network, length)
    return loaded


def _looked_up(shape: _Shape, rows: Sequence[tuple[str, list[mpq], mpq]]) -> Loaded:
    if not rows:
        raise FormatError("the table has no values")
    inputs, output, domain = shape.inputs, shape.output, shape.domain
    if shape.by == "point":
        for place, key, _ in rows:
            if len(key) != len(inputs):
                raise FormatError(f"{place}: {len(key)} coordinates, but there are {len(inputs)} inputs")
        table = _unique((place, tuple(key), value) for place, key, value in rows)
        listed = Points(tuple(table))
        check_domain_size(listed)
        if domain is not None:
            if domain.count > len(table):
                raise FormatError(f"the domain has more than the {len(table)} points of the table")
            _complete(table, domain, "point")
        return Loaded(lookup_points(inputs, output, table), domain or listed, table=True)
    values = _unique((place, key[0], value) for place, key, value in rows)
    if not isinstance(domain, (Cube, Grid)):
        raise FormatError("domain: a table by input or by norm is on a cube or a grid")
    if domain.base > MAX_ROWS:
        raise FormatError(f"an input takes {domain.base} values on the domain; more than {MAX_ROWS} are too many for a table")
    if shape.source is None:
        _complete(values, _norms(domain), "squared norm")
        return Loaded(lookup_norm(inputs, output, domain, values), domain, table=True)
    if shape.source not in inputs:
        raise FormatError(f"{clip_text(shape.source)} is not one of the inputs")
    _complete(values, domain.values, f"value of {shape.source}")
    return Loaded(lookup_component(inputs, output, shape.source, values), domain, table=True)


def _unique(rows: Iterable[tuple[str, Key, mpq]]) -> dict[Key, mpq]:
    """The values by key; no key may be listed with two values."""
    table: dict[Key, mpq] = {}
    for place, key, value in rows:
        if table.setdefault(key, value) != value:
            values = f"with the values {_shown(table[key])} and {_shown(value)}"
            raise FormatError(f"{place}: {_shown(key)} is listed twice, {values}")
    return table


def _complete(table: Mapping[Key, mpq], keys: Iterable[Key], what: str) -> None:
    """Every key of the domain has a value, and nothing else has."""
    wanted = set(keys)
    for key in table:
        if key not in wanted:
            raise FormatError(f"{_shown(key)} is no {what} on the domain")
    missing = next((key for key in sorted(wanted) if key not in table), None)
    if missing is not None:
        raise FormatError(f"no value for the {what} {_shown(missing)}, which the domain has")


def _shown(key: mpq | tuple[mpq, ...]) -> str:
    if isinstance(key, tuple):
        return clip_text(", ".join(map(format_rational, key[:8])) + (", ..." if len(key) > 8 else ""))
    return clip_text(format_rational(key))


def _norms(domain: Cube | Grid) -> list[mpq]:
    """All squared norms on a cube or grid."""
    squares = {int(x * domain.p) ** 2 for x in domain.values}
    if len(squares) * domain.d * (max(squares) * domain.d) > MAX_WORK:
        raise FormatError("the domain is too large for a table by norm")
    reached = 1  # bit s: s is a sum of squares
    for _ in range(domain.d):
        reached = sum_of_shifts(reached, squares)
    return [mpq(s, domain.p**2) for s, bit in enumerate(reversed(f"{reached:b}")) if bit == "1"]


def sum_of_shifts(bits: int, shifts: Iterable[int]) -> int:
    """The sums of a set and another, sets of integers as bits.

    >>> bin(sum_of_shifts(0b11, [0, 4]))
    '0b110011'
    """
    total = 0
    for shift in shifts:
        total |= bits << shift
    return total
