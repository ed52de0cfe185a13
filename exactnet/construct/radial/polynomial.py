"""A polynomial in the square near a function of the norm, by the exchange algorithm of Remez on finitely many places.

Floats propose it; its coefficients are rounded to rationals, and its error is computed exactly elsewhere. For a
1-Lipschitz ``φ``, ``φ(|r|)`` is even and 1-Lipschitz on ``[-1, 1]``, so some ``Q(r^2)`` of degree ``k`` has an error of
at most ``π/(4(k+1))``, in any dimension (Favard, Achieser, Krein: the constant for Lipschitz functions of degree
``2k+1``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gmpy2 import mpq

__all__ = ["near_best"]

#: Coefficients are multiples of this.
UNIT = mpq(1, 2**24)
ROUNDS = 200


def near_best(places: Sequence[mpq], values: Sequence[mpq], k: int) -> list[mpq]:
    """Coefficients of ``1, t, …, t^k``, near the best in the largest error at places in ``[0, 1]``, ascending, more
    than ``k + 1`` of them.

    >>> [str(c) for c in near_best([mpq(i, 2) for i in range(3)], [mpq(1), mpq(0), mpq(1)], 1)]
    ['1/2', '0']
    """
    t, y = np.array([float(x) for x in places]), np.array([float(v) for v in values])
    basis = np.polynomial.chebyshev.chebvander(2 * t - 1, k)
    signs = (-1.0) ** np.arange(k + 2)
    reference = _spread(t, k + 2)
    best, coefficients = np.inf, np.zeros(k + 1)
    for _ in range(ROUNDS):
        solution = np.linalg.solve(np.hstack([basis[reference], signs[:, None]]), y[reference])
        apart = basis @ solution[:-1] - y
        worst = int(np.abs(apart).argmax())
        if abs(apart[worst]) < best:
            best, coefficients = abs(apart[worst]), solution[:-1]
        if abs(apart[worst]) <= abs(solution[-1]) * (1 + 1e-9) + 1e-13 or worst in reference:
            break
        reference = _exchange(reference, worst, np.sign(apart))
    powers = np.polynomial.Polynomial(np.polynomial.chebyshev.cheb2poly(coefficients))(np.polynomial.Polynomial([-1, 2]))
    listed = [*powers.coef, *[0.0] * (k + 1)][: k + 1]
    return [UNIT * round(float(c) / float(UNIT)) for c in listed]


def _spread(t: np.ndarray[tuple[int], np.dtype[np.float64]], count: int) -> list[int]:
    """Places near the extrema of a Chebyshev polynomial, all different."""
    last = len(t) - 1
    chosen = {int(np.abs(t - x).argmin()) for x in (1 - np.cos(np.linspace(0, np.pi, count))) / 2}
    missing = (i for i in range(last + 1) if i not in chosen)
    while len(chosen) < count:
        chosen.add(next(missing))
    return sorted(chosen)


def _exchange(reference: list[int], worst: int, sign: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[int]:
    """Take in a place so that the signs of the error still alternate."""
    same = [i for i, place in enumerate(reference) if sign[place] == sign[worst]]
    after = int(np.searchsorted(reference, worst))
    if after == 0:
        return [worst, *(reference[1:] if 0 in same else reference[:-1])]
    if after == len(reference):
        return [*(reference[:-1] if len(reference) - 1 in same else reference[1:]), worst]
    at = after - 1 if after - 1 in same else after
    return [*reference[:at], worst, *reference[at + 1 :]]
