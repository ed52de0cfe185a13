"""What makers of certificates about matrices share: a judged certificate, and brackets of singular values by bisection."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gmpy2 import mpq

from exactnet.claims.matrices.certificate import Certificate, Judgement

__all__ = ["Result", "bracket", "outward"]


class Result(NamedTuple):
    """A certificate and its verdict."""

    certificate: Certificate
    judgement: Judgement


def bracket(below: Callable[[mpq], bool], above: mpq, bits: int) -> tuple[mpq, mpq]:
    """Dyadic numbers ``low < high``, apart by about ``2^-bits`` of themselves, with ``below(low)`` and not ``below(high)``.

    Parameters
    ----------
    below : true for small positive numbers up to some point.
    above : a number for which it is false.

    >>> bracket(lambda t: t * t < 2, mpq(3), 3)
    (mpq(45,32), mpq(23,16))
    """
    low = above
    while not below(low):
        low /= 2
    exponent = low.numerator.bit_length() - low.denominator.bit_length() - 1 - bits
    unit = mpq(2) ** exponent
    start, stop = low // unit, -(-2 * low // unit)
    while stop - start > 1:
        middle = (start + stop) // 2
        if below(middle * unit):
            start = middle
        else:
            stop = middle
    return mpq(start * unit), mpq(stop * unit)


def outward(low: mpq, high: mpq, digits: int = 6) -> str:
    """An interval in decimals, rounded outward.

    >>> outward(mpq(2, 3), mpq(3, 4))
    '0.666666 to 0.750000'
    """
    one = 10**digits
    ends = (low * one // 1, -(-high * one // 1))
    return " to ".join(f"{'-' * (end < 0)}{abs(end) // one}.{abs(end) % one:0{digits}d}" for end in map(int, ends))
