"""The symbols that bounds are stated in, and bounds as expressions over them.

======  =====================================================================================
symbol  meaning (docs/theory.md)
======  =====================================================================================
d       number of inputs
k       depth (``t`` for threshold circuits)
m       largest number of neurons in one hidden layer of the original
B       bits of the scaled weights and biases, and of the common denominators
R       ``|N(x)| <= R`` on the domain
r       output precision ``1/r``
p       the grid ``I_p^d`` (1 on the cube)
s       1 if some wire of the original skips a layer, else 0
======  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import sympy as sp
from gmpy2 import mpq
from sympy.printing.str import StrPrinter

from exactnet.kernel.errors import SizeError

__all__ = [
    "SYMBOLS",
    "B",
    "Bound",
    "Bounds",
    "Max",
    "Min",
    "R",
    "bits",
    "ceiling",
    "d",
    "floor",
    "k",
    "m",
    "maximum",
    "minimum",
    "p",
    "r",
    "s",
    "text_of",
    "value_of",
]

#: The most bits of a number that a bound computes.
MAX_BITS = 4_000_000
_TOO_LARGE = f"a stated bound is a number of more than {MAX_BITS} bits"

d, k, m, B, R, r, p, s = sp.symbols("d k m B R r p s", integer=True, nonnegative=True)

#: The symbols by name.
SYMBOLS: dict[str, sp.Symbol] = {symbol.name: symbol for symbol in (d, k, m, B, R, r, p, s)}


class bits(sp.Function):  # type: ignore[misc]
    """The number of binary digits of a non-negative integer: ``bits(0) = 0``, ``bits(8) = 4``.

    >>> bits(sp.Integer(8)), bits(d + 1)
    (4, bits(d + 1))
    """

    nargs = 1

    @classmethod
    def eval(cls, value: sp.Expr) -> sp.Expr | None:
        if value.is_Integer and value >= 0:
            return sp.Integer(int(value).bit_length())
        return None


class floor(sp.Function):  # type: ignore[misc]
    """The largest integer that a value is not below. sympy's own ``floor`` simplifies; this one does not."""

    nargs = 1

    @classmethod
    def eval(cls, value: sp.Expr) -> sp.Expr | None:
        return sp.Integer(value.p // value.q) if value.is_Rational else None


class ceiling(sp.Function):  # type: ignore[misc]
    """The least integer that a value does not exceed, likewise."""

    nargs = 1

    @classmethod
    def eval(cls, value: sp.Expr) -> sp.Expr | None:
        return sp.Integer(-(-value.p // value.q)) if value.is_Rational else None


class Max(sp.Function):  # type: ignore[misc]
    """The largest of some values. sympy's own ``Max`` compares its arguments pair by pair; this one never compares symbols."""


class Min(sp.Function):  # type: ignore[misc]
    """The least of some values, likewise."""


def maximum(*values: sp.Expr | int) -> sp.Expr:
    """``Max`` as a reader would write it: nothing twice, no ``Max`` inside, and the largest of the numbers alone.

    >>> maximum(1, d, maximum(d, m), 7), maximum(2, 3)
    (Max(7, d, m), 3)
    """
    return _extreme(Max, max, values)


def minimum(*values: sp.Expr | int) -> sp.Expr:
    """``Min``, likewise.

    >>> minimum(4, d, 3)
    Min(3, d)
    """
    return _extreme(Min, min, values)


def _extreme(kind: type[sp.Function], choose: Callable[..., Any], values: Iterable[sp.Expr | int]) -> sp.Expr:
    parts: dict[sp.Expr, None] = {}
    for value in map(sp.sympify, values):
        parts.update(dict.fromkeys(value.args if isinstance(value, kind) else (value,)))
    numbers = [part for part in parts if part.is_Rational]
    others = [part for part in parts if not part.is_Rational]
    listed = [choose(numbers), *others] if numbers else others
    return listed[0] if len(listed) == 1 else kind(*listed)


@dataclass(frozen=True)
class Bound:
    """``measure <= expression``; ``name`` is the name of the measure, with a suffix if there are several."""

    name: str
    measure: str
    expression: sp.Expr


@dataclass(frozen=True)
class Bounds:
    """The stated bounds of a route, with the intermediate quantities that they are derived through.

    ``definitions`` are pairs ``(symbol, expression)`` in order, each over :data:`SYMBOLS` and earlier symbols: the
    literals ``n_l`` of layer ``l``, the exponents ``K_l``, the modulus ``q``.
    """

    definitions: tuple[tuple[sp.Symbol, sp.Expr], ...]
    bounds: tuple[Bound, ...]

    def evaluate(self, parameters: Mapping[str, int]) -> tuple[dict[str, int], list[mpq]]:
        """The values of all definitions (with the parameters) and of the bounds, in order."""
        known: dict[sp.Expr, mpq] = {SYMBOLS[name]: mpq(value) for name, value in parameters.items()}
        named = dict(parameters)
        for symbol, expression in self.definitions:
            known[symbol] = value_of(expression, known)
            named[symbol.name] = _integer(symbol, known[symbol])
        return named, [value_of(bound.expression, known) for bound in self.bounds]

    def composed(self, bound: Bound) -> sp.Expr:
        """A bound over :data:`SYMBOLS` alone."""
        expression = bound.expression
        for symbol, definition in reversed(self.definitions):
            expression = expression.subs(symbol, definition)
        return expression


def value_of(expression: sp.Expr, known: dict[sp.Expr, mpq]) -> mpq:
    """The exact value of an expression, each of its parts evaluated once.

    Parameters
    ----------
    expression : sums, products, integer powers, :class:`Max`, :class:`Min`, :class:`bits`, ``floor`` and ``ceiling`` of
        numbers and symbols.
    known : the values of its symbols; the values of its parts are added.

    Raises :class:`SizeError` for a number of more than :data:`MAX_BITS` bits.

    >>> value_of(maximum(d / 2, bits(d) ** 3), {d: mpq(5)})
    mpq(27,1)
    """
    if expression in known:
        return known[expression]
    if expression.is_Rational:
        value = mpq(int(expression.p), int(expression.q))
    else:
        value = _computed(expression, [value_of(part, known) for part in expression.args])
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise SizeError(_TOO_LARGE)
    known[expression] = value
    return value


class _Printer(StrPrinter):  # type: ignore[misc]
    """sympy's text without its order of terms, which takes most of the time; numbers come last in a sum."""

    def _as_ordered_terms(self, expr: sp.Expr, order: str | None = None) -> list[sp.Expr]:
        return sorted(expr.args, key=lambda term: bool(term.is_Rational))


def text_of(expression: sp.Expr) -> str:
    """An expression as it stands in certificates and tables.

    >>> text_of(maximum(2 + d, (1 + k) ** 2 / 2)), text_of(k - 1)
    ('Max(d + 2, (k + 1)**2/2)', 'k - 1')
    """
    return str(_Printer({"order": "none"}).doprint(expression))


def _computed(expression: sp.Expr, parts: list[mpq]) -> mpq:
    """One step of :func:`value_of`."""
    if isinstance(expression, sp.Add):
        return sum(parts, mpq(0))
    if isinstance(expression, sp.Mul):
        return prod(parts, start=mpq(1))
    if isinstance(expression, Max):
        return max(parts)
    if isinstance(expression, Min):
        return min(parts)
    if isinstance(expression, bits):
        return mpq(_integer(expression, parts[0]).bit_length())
    if isinstance(expression, floor):
        return mpq(parts[0] // 1)
    if isinstance(expression, ceiling):
        return mpq(-(-parts[0] // 1))
    if isinstance(expression, sp.Pow):
        base, exponent = parts[0], _integer(expression, parts[1])
        if (max(base.numerator.bit_length(), base.denominator.bit_length()) - 1) * abs(exponent) > MAX_BITS:
            raise SizeError(_TOO_LARGE)
        return base**exponent
    raise TypeError(f"{expression} has no place in a bound")


def _integer(expression: sp.Expr, value: mpq) -> int:
    if value.denominator != 1:
        raise TypeError(f"{expression} is no integer, or takes integers")
    return int(value)
