"""Numbers in messages."""

from __future__ import annotations

from gmpy2 import mpq

from exactnet.kernel.rationals import format_rational

__all__ = ["short"]


def short(value: mpq) -> str:
    """A number for a message: exact where that is short, else its size as a power of two.

    >>> short(mpq(5, 2)), short(mpq(2**80))
    ('5/2', 'about 2^80')
    """
    text = format_rational(value)
    if len(text) <= 24:
        return text
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    return f"{'-' if value < 0 else ''}about 2^{exponent}"
