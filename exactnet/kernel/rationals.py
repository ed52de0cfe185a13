"""Exact numbers in text: the one place where a string becomes a rational, and back.

A number is an optional ``-``, digits, then either ``/digits``, or ``.digits`` and/or an exponent
of at most four digits. Nothing else is a number: no ``+``, space, underscore, ``nan``.
"""

from __future__ import annotations

import numbers
import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

import gmpy2
from gmpy2 import mpq, mpz

from exactnet.kernel.errors import FormatError, clip_text

__all__ = ["MAX_DIGITS", "Rational", "as_rational", "format_rational", "lcm_all", "parse_rational"]

#: The most characters that a number may have in a file.
MAX_DIGITS = 20_000

_NUMBER = re.compile(r"(-?)(\d+)(?:/(\d+)|(?:\.(\d+))?(?:[eE](-?\d{1,4}))?)", re.ASCII)

#: What the Python interface takes for a number. Floats are not among them: they must be quoted.
Rational: TypeAlias = int | str | Fraction | Decimal | numbers.Rational | mpz | mpq


def parse_rational(text: str) -> mpq:
    """Read an exact rational.

    Raises :class:`FormatError` for anything that is not a number as described above, for a zero
    denominator, and for more than :data:`MAX_DIGITS` characters.

    >>> parse_rational("0.1")
    mpq(1,10)
    >>> parse_rational("-12e-1"), parse_rational("6/4")
    (mpq(-6,5), mpq(3,2))
    >>> parse_rational("1_000")
    Traceback (most recent call last):
    ...
    exactnet.kernel.errors.FormatError: '1_000' is not a number (digits, then /digits, .digits or an exponent)
    """
    if len(text) > MAX_DIGITS:
        raise FormatError(f"a number of {len(text)} characters (at most {MAX_DIGITS} are read)")
    return _parse_short(text) if len(text) <= 40 else _parse(text)


def _parse(text: str) -> mpq:
    match = _NUMBER.fullmatch(text)
    if match is None:
        if re.fullmatch(r"-?\d+(\.\d+)?[eE]-?\d{5,}", text, re.ASCII):
            raise FormatError(f"{clip_text(text)} has an exponent of more than four digits")
        raise FormatError(f"{clip_text(text)} is not a number (digits, then /digits, .digits or an exponent)")
    sign, whole, denominator, fraction, exponent = match.groups()
    if denominator is not None:
        if mpz(denominator) == 0:
            raise FormatError(f"{clip_text(text)} has a zero denominator")
        value = mpq(mpz(whole), mpz(denominator))
    else:
        fraction = fraction or ""
        shift = int(exponent or "0") - len(fraction)
        value = mpq(mpz(whole + fraction))
        value = value * mpz(10) ** shift if shift >= 0 else value / mpz(10) ** -shift
    return -value if sign else value


#: Most numbers of a network are short and repeat.
_parse_short = lru_cache(maxsize=65536)(_parse)


def format_rational(value: mpq | mpz | int) -> str:
    """Write an exact rational so that :func:`parse_rational` reads it back.

    >>> format_rational(mpq(-3, 2)), format_rational(mpq(4))
    ('-3/2', '4')
    """
    return str(mpq(value))


def as_rational(value: Rational) -> mpq:
    """Take an exact number from Python: a string, an integer or a rational of any library, or a ``Decimal``. Never a float.

    Integers and rationals are what :mod:`numbers` calls so: those of Python, gmpy2, NumPy and SymPy. A float stands for a
    dyadic rational that is seldom the number that is meant, whatever its type; ``Fraction(0.1)`` says that it is.

    >>> from decimal import Decimal
    >>> import numpy as np
    >>> as_rational("1/3"), as_rational(Decimal("0.1")), as_rational(np.int8(3)), as_rational(Fraction(0.25))
    (mpq(1,3), mpq(1,10), mpq(3,1), mpq(1,4))
    >>> as_rational(0.1)
    Traceback (most recent call last):
    ...
    exactnet.kernel.errors.FormatError: 0.1 is a float; quote it ("0.1") to say which rational is meant
    """
    if isinstance(value, str):
        return parse_rational(value)
    if isinstance(value, bool):
        raise FormatError(f"{value} is true or false, and no number")
    if isinstance(value, (int, type(mpz()), type(mpq()))):
        return mpq(value)
    if isinstance(value, numbers.Rational):  # a Fraction too: its parts may be mpz, which mpq(Fraction) does not take
        return mpq(int(value.numerator), int(value.denominator))
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or abs(exponent) >= 10**4:
            raise FormatError(f"{clip_text(value)} is not finite, or has an exponent of more than four digits")
        return mpq(Fraction(value))
    if isinstance(value, numbers.Real):
        raise FormatError(f'{value!s} is a float; quote it ("{value!s}") to say which rational is meant')
    raise FormatError(f"{clip_text(value)} is not an exact number")


def lcm_all(values: object) -> mpz:
    """Least common multiple of an iterable of integers (1 for none).

    >>> lcm_all([4, 6])
    mpz(12)
    """
    result = mpz(1)
    for value in values:  # type: ignore[attr-defined]
        if value != 1 and result % value:
            result = gmpy2.lcm(result, value)
    return result
