"""Ridges with few knots, fitted to a function of the norm on finitely many inputs (docs/radial.md).

With knots far apart, ridges that interpolate a polynomial are no longer the best. So all changes of slope of all types,
and the constant, are fitted together: least squares, with weights that are multiplied by the errors again and again, so
that the largest error falls (Lawson's algorithm). Floats propose; what is written down is rational, and its error is
computed exactly elsewhere.

References
----------
C. L. Lawson, *Contributions to the theory of linear least maximum approximation*, thesis, UCLA 1961.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations_with_replacement

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.claims.radial import Ridge, Type
from exactnet.construct.radial.network import directions
from exactnet.kernel.domain import Domain, Points
from exactnet.kernel.errors import SizeError

__all__ = ["fitted_ridges", "knots_of", "representatives"]

Array = npt.NDArray[np.float64]

ROUNDS = 60
#: The most entries of the matrix of the least-squares problem.
MAX_ENTRIES = 2**24
#: Changes of slope, times a power of two that no ``n`` exceeds, are multiples of this.
UNIT = 2.0**-24


def representatives(domain: Domain, p: int) -> list[tuple[int, ...]]:
    """``p`` times every input, up to signs and permutations: descending.

    >>> from exactnet.kernel.domain import Grid
    >>> representatives(Grid(1, 2), 1)
    [(0, 0), (1, 0), (1, 1)]
    """
    if isinstance(domain, Points):
        return sorted({tuple(sorted((abs(int(x * p)) for x in point), reverse=True)) for point in domain})
    last = max(abs(int(x * p)) for x in domain.values)
    return [point[::-1] for point in combinations_with_replacement(range(last + 1), domain.d)]


def knots_of(types: Sequence[Type], points: Sequence[tuple[int, ...]], count: int) -> dict[Type, list[int]]:
    """For every type ``count`` integers from 0 on, evenly spread below the largest ``w·y``.

    >>> knots_of([(1,), (2, 1)], [(3, 1)], 2)
    {(1,): [0, 2], (2, 1): [0, 4]}
    """
    knots_by_type = {}
    for kind in types:
        last = max(sum(map(int.__mul__, kind, point)) for point in points)
        knots_by_type[kind] = sorted({-(-last * i // count) for i in range(count)} - {last})
    return knots_by_type


def _columns(types: Sequence[Type], knots: Mapping[Type, Sequence[int]], points: Array) -> Iterator[Array]:
    for kind in types:
        forms = np.abs(points @ np.array(list(directions(kind, points.shape[1]))).T)
        for t in knots[kind]:
            yield np.maximum(forms - t, 0).sum(axis=1) / 2


def fitted_ridges(
    points: Sequence[tuple[int, ...]], values: Sequence[mpq], types: Sequence[Type], knots: Mapping[Type, Sequence[int]]
) -> tuple[mpq, list[Ridge]]:
    """The constant and the ridges (without polynomials) near given values at given points.

    Raises :class:`SizeError` for too many points and knots.

    >>> constant, (ridge,) = fitted_ridges([(0, 0), (1, 0), (2, 0)], [mpq(1), mpq(2), mpq(3)], [(1,)], {(1,): [0]})
    >>> constant, dict(ridge.kinks)
    (mpq(1,1), {mpq(0,1): mpq(1,1)})
    """
    entries = len(points) * (1 + sum(map(len, knots.values())))
    if entries > MAX_ENTRIES:
        raise SizeError(f"too large to fit: {len(points)} inputs up to symmetry, {entries} numbers, more than {MAX_ENTRIES}")
    scale = 1 << int(max(max(point) for point in points) * max(map(sum, types), default=1)).bit_length()
    array, wanted = np.array(points, dtype=float), np.array([float(v) for v in values])
    matrix = np.stack([np.ones(len(points)), *(column / scale for column in _columns(types, knots, array))], axis=1)
    weights = np.full(len(points), 1 / len(points))
    best, coefficients = np.inf, np.zeros(matrix.shape[1])
    for _ in range(ROUNDS):
        roots = np.sqrt(weights)
        solution = np.linalg.lstsq(matrix * roots[:, None], wanted * roots, rcond=1e-12)[0]
        apart = np.abs(matrix @ solution - wanted)
        if apart.max() < best:
            best, coefficients = apart.max(), solution
        weights = weights * apart
        if not weights.any():
            break
        weights /= weights.sum()
    constant, *changes = (mpq(round(float(x) / UNIT)) * mpq(UNIT) for x in coefficients)
    rest = iter(changes)
    return constant, [Ridge(kind, {mpq(t): c for t in knots[kind] if (c := next(rest) / scale)}, ()) for kind in types]
