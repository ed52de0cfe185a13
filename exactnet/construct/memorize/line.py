"""A line: an integer form that tells finitely many points apart, with few different values (docs/memorize.md).

For ``a`` uniform in ``{-A..A}^d`` two points have one value with probability at most ``1/(2A+1)``: fix all entries of ``a`` but
one where the points differ. So ``2A+1 > N(N-1)/2`` has a form that tells all ``N`` points apart, and of those with ``A`` from
``N^2`` on more than half do: a search that goes up to there, ``A < 2N^2``, ends, with ``z <= 2dN^2 X`` for points whose
coordinates, as whole numbers, differ by at most ``X``. A search over small ``A`` finds shorter ones.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.kernel.domain import Points

__all__ = ["Line", "find_line"]

Matrix = npt.NDArray[np.int64] | npt.NDArray[np.object_]

#: Forms that are tried for each ``A``.
TRIES = 40


@dataclass(frozen=True)
class Line:
    """``z = weights·x + offset`` on the points: different integers, the least of them 0."""

    weights: tuple[mpq, ...]
    offset: mpq
    values: tuple[int, ...]
    """``z`` of every point, in the order of the domain."""


def find_line(domain: Points) -> Line:
    """A line for points that are all different.

    >>> line = find_line(Points([[0, 0], ["1/2", 1], [1, 0]]))
    >>> sorted(line.values)[0], len(set(line.values))
    (0, 3)
    """
    p = domain.p
    rows = [[int(x * p) for x in point] for point in domain.points]
    low, high = [min(column) for column in zip(*rows, strict=True)], [max(column) for column in zip(*rows, strict=True)]
    spans = [b - a for a, b in zip(low, high, strict=True)]
    shifted = [[x - a for x, a in zip(row, low, strict=True)] for row in rows]
    matrix = np.array(shifted, np.int64 if max(spans) < 2**62 else object)
    weights = _search(matrix, spans)
    values = _values(matrix, weights, spans)
    least = min(values)
    content = gcd(*(value - least for value in values)) or 1
    scaled = tuple(mpq(a * p, content) for a in weights)
    offset = -mpq(least + sum(a * b for a, b in zip(weights, low, strict=True)), content)
    return Line(scaled, offset, tuple((value - least) // content for value in values))


def _values(matrix: Matrix, weights: Sequence[int], spans: Sequence[int]) -> list[int]:
    """The form at every row, entries of which go from 0 to ``spans``; in Python integers past 62 bits."""
    if sum(abs(a) * span for a, span in zip(weights, spans, strict=True)) >= 2**62 or max(map(abs, weights)) >= 2**62:
        matrix = matrix.astype(object)
    projected: list[int] = (matrix @ np.array(weights, matrix.dtype)).tolist()
    return projected


def _search(matrix: Matrix, spans: Sequence[int]) -> tuple[int, ...]:
    """Weights that tell the rows apart: those of the shortest line that is found."""
    count, draws = len(matrix), random.Random(0)
    best: tuple[int, tuple[int, ...]] | None = None
    largest = 1
    while best is None:
        for _ in range(TRIES):
            weights = tuple(draws.randint(-largest, largest) for _ in spans)
            reach = sum(abs(a) * span for a, span in zip(weights, spans, strict=True))
            if reach < max(count - 1, count**2 // 40):  # too few values to be worth a look
                continue
            values = _values(matrix, weights, spans)
            length = max(values) - min(values)
            if (best is None or length < best[0]) and len(set(values)) == count:
                best = length, weights
        if largest < count**2:
            largest *= 2
    return best[1]
