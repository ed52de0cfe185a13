"""The text of E2 for equal widths, and what counting signs says of ReLU networks, whatever their weights (docs/entropy.md).

The finite theorem itself is in :mod:`exactnet.claims.entropy`: it is what a certificate is checked by. The deep network
(``construct/bumps.py``) has the sizes of :func:`bumps_size`.
"""

from __future__ import annotations

from math import isqrt

from gmpy2 import mpq

from exactnet.claims.entropy import excluded

__all__ = ["bumps_size", "closed_form", "least_parameters", "least_width"]


def bumps_size(groups: int, bits: int) -> tuple[int, int]:
    """The most parameters of the deep network for ``m`` groups of ``n`` signs, and its depth.

    ``3m + 31n + 14g + 16`` and ``n + g + 5``, with ``g = ceil(log2 m)``: by layers, 14 for each fold, 31 for each step.

    >>> bumps_size(1024, 64)
    (5212, 79)
    """
    levels = _logarithm(groups)
    return 3 * groups + 31 * bits + 14 * levels + 16, bits + levels + 5


def _logarithm(n: int) -> int:
    """An integer from ``log2 n`` on."""
    return (n - 1).bit_length()


def closed_form(width: int, layers: int, weight: int, theta: mpq) -> int:
    """A number of signs that is enough for an exclusion: ``W(W+1)(l+1)·[(l+1) log2(w(W+1)) + log2((l+1)/theta) + 2] +
    1``, rounded up.

    ``P <= W(W+1)(l+1)`` for ``W >= 2`` and ``l >= 1``, and ``L <= (l+1) (w(W+1))^(l+1)/w``, so that ``ceil(2wL/theta)``
    has at most that many bits. So on ``N`` signs an error below ``theta/2`` takes about ``N`` of these, ``W^2 l^2 log w
    W``: at fixed depth the number of parameters cannot fall much below the number of signs.

    >>> from exactnet.claims.entropy import excluded
    >>> n = closed_form(4, 3, 2, mpq(1, 100))
    >>> n, excluded(n, [4] * 3, 2, mpq(1, 100))
    (2161, True)
    """
    inverse = (layers + 1) / theta
    bits = (layers + 1) * _logarithm(weight * (width + 1)) + _logarithm(int(-(-inverse.numerator // inverse.denominator))) + 2
    return width * (width + 1) * (layers + 1) * bits + 1


def least_width(hats: int, layers: int, weight: int, theta: mpq) -> int:
    """The least width of ``layers`` equal hidden layers that is not excluded.

    >>> least_width(1024, 1, 2, mpq(1, 2048)), least_width(1024, 16, 2, mpq(1, 2048))
    (17, 1)
    """

    def fails(width: int) -> bool:
        return excluded(hats, [width] * layers, weight, theta)

    low, high = 0, 1  # low is excluded, or 0
    while fails(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fails(middle) else (low, middle)
    return high


def least_parameters(signs: int, depth: int) -> int:
    """The least number of parameters of a ReLU network of a depth, of whatever weights, that may have all signs at as many places.

    ``2^N <= 2^L ((2N)^L s)^P`` with an integer ``s >= e sqrt(L)``, by counting sign patterns of polynomials layer by
    layer (H. E. Warren 1968; M. Anthony, P. Bartlett, *Neural Network Learning*, 1999, Theorem 8.3). A function nearer
    than its height to one with given signs at its peaks has them.

    >>> least_parameters(10**4, 2), least_parameters(10**4, 5)
    (324, 135)
    """
    s = (3 * isqrt(10**12 * depth) // 10**6) + 1  # 3 > e
    low, high = 0, signs
    while low < high:
        middle = (low + high) // 2
        if 1 << signs > (1 << depth) * ((2 * signs) ** depth * s) ** middle:
            low = middle + 1
        else:
            high = middle
    return low

