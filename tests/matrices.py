"""Shared by the tests of certificates about matrices: small ones of every statement, and both checks of a changed one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from gmpy2 import mpq

from exactnet.certify.matrices import Result
from exactnet.certify.natural_weights import certify_simulation
from exactnet.certify.rank import certify_depth, certify_flow, certify_kkt
from exactnet.check.matrices import check_matrices
from exactnet.claims.matrices.algebra import Matrix
from exactnet.claims.matrices.certificate import Certificate, Judgement
from exactnet.files.matrices_writer import document_of
from exactnet.kernel.errors import ExactnetError
from exactnet.recheck import Unusable, Wrong, recheck

__all__ = ["CROSS", "POINTS", "UNIT", "both", "changed", "confirmed", "results", "rows"]


def rows(*given: tuple[int | str, ...]) -> Matrix:
    """A matrix from what is written."""
    return tuple(tuple(map(mpq, row)) for row in given)


UNIT = rows((1, 0), (0, 1))
#: ``|x_1| - |x_2|``, and the four points that it fits.
POINTS = rows((1, 0), (-1, 0), (0, 1), (0, -1))
CROSS = [POINTS, rows((1, 1, -1, -1))]
LABELS = rows((1, 1, -1, -1))[0]


def results() -> dict[str, Result]:
    """One certificate for each case of every statement."""
    obtuse = (UNIT[0], rows(("-3/5", "4/5"))[0])
    acute = rows((1, 0, 0), ("3/5", 0, "4/5"))
    return {
        "obtuse": certify_flow(obtuse, UNIT, rows(("1/9", "-1/7"), ("-1/8", "1/6"))),
        "acute": certify_flow(acute, rows((1, 0), (0, 2)), rows(("1/9", 5, "1/7"), ("1/8", 0, "1/6"))),
        "depth": certify_depth(CROSS, POINTS, LABELS, 5),
        "kkt": certify_kkt(CROSS, POINTS, LABELS),
        "simulation": certify_simulation(rows((1, 2), (0, "1/2"), (-1, 1)), rows((1, -1, -1))[0], 2),
    }


def changed(certificate: Certificate) -> Iterator[tuple[str, Certificate]]:
    """Every entry of every matrix, and every number, one more and one less: what was changed, and the certificate."""
    for delta in (1, -1):
        for name, matrix in certificate.matrices.items():
            for i, row in enumerate(matrix):
                for j in range(len(row)):
                    new = (*matrix[:i], (*row[:j], row[j] + delta, *row[j + 1 :]), *matrix[i + 1 :])
                    matrices = {**certificate.matrices, name: new}
                    yield f"{name}[{i}][{j}] {delta:+d}", replace(certificate, matrices=matrices)
        for name, value in certificate.numbers.items():
            yield f"{name} {delta:+d}", replace(certificate, numbers={**certificate.numbers, name: value + delta})


def both(path: Path, document: dict[str, Any]) -> tuple[str, str]:
    """What ``check`` and ``recheck`` say of a document: a verdict, ``wrong`` or ``unusable``."""
    path.write_text(json.dumps(document))
    try:
        first = check_matrices(str(path), max_file=2**24, max_inputs=2**24).verdict
    except ExactnetError as error:
        first = "more than one line" if "\n" in str(error) else "unusable"
    try:
        second = list(recheck(str(path)))[-1]
    except Wrong:
        second = "wrong"
    except Unusable:
        second = "unusable"
    return first, second


def confirmed(path: Path, certificate: Certificate, judgement: Judgement) -> tuple[str, str]:
    """What both say of a certificate with this judgement."""
    return both(path, document_of(certificate, judgement, 0))
