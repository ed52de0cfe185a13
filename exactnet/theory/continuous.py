"""The bounds of S4 (docs/continuous.md)."""

from __future__ import annotations

from collections.abc import Mapping

from gmpy2 import mpq

from exactnet.theory.symbols import R, Symbol, Term, d, k, m, p, r, value_of

__all__ = ["BAD_SET", "COMPOSED", "PIECES", "SECOND_MOMENT", "VARIATION", "evaluate"]

#: The width of ramps, and the density bound.
delta_, M = Symbol("delta"), Symbol("M")
#: Of one instance: the probability of the bad set, ``|N' - clip N|`` there, the spread of ``clip N``, and its total variation
#: along a line parallel to an axis.
b, c, w, V = map(Symbol, "bcwV")


def _composed(bad: Term, error: Term, spread: Term, variation: Term) -> Term:
    return bad * error**2 + 1 / r**2 + (spread + 2 / r) * d * variation * M / p


#: The probability of the bad set, at most.
BAD_SET = 2 * d * p**2 * delta_ * M
#: The linear pieces of a network along a line, at most.
PIECES = (m + 1) ** (k - 1)
#: ``E (N' - clip N)^2`` at most, from what was found of an instance.
COMPOSED = _composed(b, c, w, V)
#: The total variation of ``clip N`` along a line, at most.
VARIATION = 2 * R * PIECES
#: ``E (N' - clip N)^2`` at most, from the parameters alone.
SECOND_MOMENT = _composed(BAD_SET, 2 * R, 2 * R, VARIATION)


def evaluate(expression: Term, values: Mapping[str, mpq | int]) -> mpq:
    """The exact value of one of these expressions.

    >>> evaluate(BAD_SET, {"d": 2, "p": 3, "delta": mpq(1, 100), "M": mpq(1, 6)})
    mpq(3,50)
    """
    symbols = (R, d, k, m, p, r, delta_, M, b, c, w, V)
    return value_of(expression, {symbol: mpq(values[symbol.name]) for symbol in symbols if symbol.name in values})
