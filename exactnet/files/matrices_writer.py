"""Writing a certificate about rational matrices (:mod:`exactnet.files.matrices`)."""

from __future__ import annotations

import json
from typing import Any

from exactnet.claims.matrices.algebra import Matrix
from exactnet.claims.matrices.certificate import Certificate, Judgement
from exactnet.files.atomic import write_atomic
from exactnet.files.certificate_writer import versions
from exactnet.files.matrices import FORMAT, MAX_DIGITS
from exactnet.kernel.errors import FormatError
from exactnet.kernel.rationals import format_rational, lcm_all

__all__ = ["document_of", "write_matrices"]


def _matrix_json(name: str, matrix: Matrix) -> dict[str, Any]:
    den = lcm_all(value.denominator for row in matrix for value in row)
    rows = [" ".join(str((value * den).numerator) for value in row) for row in matrix]
    if max(len(number) for row in (*rows, str(den)) for number in row.split()) > MAX_DIGITS:
        raise FormatError(
            f"the matrix {name!r} has numbers of more than {MAX_DIGITS} digits, which no certificate holds"
        )
    return {"over": str(den), "rows": rows}


def document_of(certificate: Certificate, judgement: Judgement, seconds: float) -> dict[str, Any]:
    """A certificate as it stands in JSON.

    Raises
    ------
    FormatError
        where a number has too many digits.
    """
    return {
        "format": FORMAT,
        "statement": certificate.statement,
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "matrices": {name: _matrix_json(name, matrix) for name, matrix in certificate.matrices.items()},
        "numbers": {name: format_rational(value) for name, value in certificate.numbers.items()},
        "versions": versions(),
        "run": {"seconds": f"{seconds:.3f}"},
    }


def write_matrices(path: str, certificate: Certificate, judgement: Judgement, seconds: float) -> None:
    """Write a certificate."""
    document = document_of(certificate, judgement, seconds)
    write_atomic(path, (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())
