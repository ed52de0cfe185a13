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

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp
from gmpy2 import mpq

__all__ = ["SYMBOLS", "B", "Bound", "Bounds", "R", "bits", "d", "k", "m", "p", "polynomial_bound", "r", "s"]

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
        values = {SYMBOLS[name]: sp.Integer(value) for name, value in parameters.items()}
        named = dict(parameters)
        for symbol, expression in self.definitions:
            values[symbol] = expression.xreplace(values)
            named[symbol.name] = int(values[symbol])
        found = [sp.Rational(bound.expression.xreplace(values)) for bound in self.bounds]
        return named, [mpq(int(value.p), int(value.q)) for value in found]

    def composed(self, bound: Bound) -> sp.Expr:
        """A bound over :data:`SYMBOLS` alone."""
        expression = bound.expression
        for symbol, definition in reversed(self.definitions):
            expression = expression.subs(symbol, definition)
        return expression


def polynomial_bound(bounds: Bounds, bound: Bound, growth: Mapping[str, sp.Expr]) -> sp.Poly:
    """A polynomial in ``d`` that is at least the bound for all ``d >= 1``, given how the parameters grow.

    ``growth`` maps every symbol of the bound but ``d`` to a polynomial in ``d`` with non-negative coefficients, for
    example ``{"m": d, "B": d**2, "R": d}``. ``Max(a, b)`` becomes ``a + b``, ``Min(a, b)`` the one of least degree, and
    ``bits(P)`` becomes ``bits(C) + 1 + D*d`` for a polynomial ``P`` of degree ``D`` whose coefficients sum to ``C`` (as
    ``P <= C*d^D`` and ``log2 d <= d``).

    >>> plain = Bound("max_weight", "max_weight", 4 * (m + 1) ** 3)
    >>> polynomial_bound(Bounds((), (plain,)), plain, {"m": 2 * d}).degree()
    3
    """
    values: dict[sp.Symbol, sp.Expr] = {SYMBOLS[name]: value for name, value in growth.items()}
    for symbol, definition in bounds.definitions:
        values[symbol] = _dominate(definition.xreplace(values))
    return sp.Poly(_dominate(bound.expression.xreplace(values)), d)


def _dominate(expression: sp.Expr) -> sp.Expr:
    """Replace ``Max``, ``Min`` and ``bits`` by polynomials that are at least as large, innermost first."""
    if not expression.args:
        return expression
    arguments = [_dominate(argument) for argument in expression.args]
    if isinstance(expression, sp.Max):
        return sp.expand(sp.Add(*arguments))
    if isinstance(expression, sp.Min):
        return min(arguments, key=lambda argument: sp.Poly(argument, d).degree())
    if isinstance(expression, bits):
        polynomial = sp.Poly(arguments[0], d)
        largest = sum(abs(c) for c in polynomial.coeffs())
        return bits(sp.Integer(largest)) + 1 + polynomial.degree() * d
    return sp.expand(expression.func(*arguments))
