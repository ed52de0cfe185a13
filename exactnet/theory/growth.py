"""How bounds grow with the number of inputs: polynomials that dominate them, given how the other parameters grow."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import sympy as sp

from exactnet.kernel.errors import FormatError
from exactnet.theory import symbols
from exactnet.theory.arithmetic import evaluate, parse
from exactnet.theory.symbolic import Max, Min, bits, ceiling, floor, symbolic
from exactnet.theory.symbols import Bound, Bounds

__all__ = ["composed", "d", "polynomial_bound", "read_polynomial"]

#: The number of inputs, as SymPy's symbol.
d: sp.Symbol = symbolic(symbols.d)

#: The largest degree that is read.
MAX_DEGREE = 100


def read_polynomial(text: str, what: str) -> sp.Expr:
    """A polynomial in ``d`` with non-negative integer coefficients, from untrusted text.

    Raises
    ------
    FormatError : anything else, or a degree beyond :data:`MAX_DEGREE`.

    Examples
    --------
    >>> read_polynomial("2*d^2+1", "growth of m")
    2*d**2 + 1
    """
    polynomial = _polynomial(parse(text, ["d"], what), what)
    if any(not c.is_Integer or c < 0 for c in polynomial.coeffs()):
        raise FormatError(f"{what}: the coefficients must be non-negative integers")
    return polynomial.as_expr()


def _polynomial(tree: ast.expr, what: str) -> sp.Poly:
    match tree:
        case ast.Name():
            return sp.Poly(d, d)
        case ast.UnaryOp(operand=operand):
            return -_polynomial(operand, what)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() as op, right=right):
            one, other = _polynomial(left, what), _polynomial(right, what)
            _check_degree(one.degree() + other.degree(), what)
            return one + other if isinstance(op, ast.Add) else one - other if isinstance(op, ast.Sub) else one * other
        case ast.BinOp(left=left, op=ast.Pow(), right=right) if evaluate(right, {}, what) >= 0:
            base, exponent = _polynomial(left, what), int(evaluate(right, {}, what))
            _check_degree(base.degree() * exponent, what)
            return base**exponent if base.degree() > 0 else sp.Poly(_number(tree, what), d)
    if any(isinstance(part, ast.Name) and part.id == "d" for part in ast.walk(tree)):
        raise FormatError(f"{what}: not a polynomial in d")
    return sp.Poly(_number(tree, what), d)


def _number(tree: ast.expr, what: str) -> sp.Rational:
    value = evaluate(tree, {}, what)
    return sp.Rational(int(value.numerator), int(value.denominator))


def _check_degree(degree: float, what: str) -> None:
    if degree > MAX_DEGREE:
        raise FormatError(f"{what}: a polynomial of degree {degree}, at most {MAX_DEGREE} is read")


def composed(bounds: Bounds, bound: Bound) -> sp.Expr:
    """A bound over the parameters alone."""
    expression = symbolic(bound.expression)
    for symbol, definition in reversed(bounds.definitions):
        expression = expression.subs(symbolic(symbol), symbolic(definition))
    return expression


def polynomial_bound(bounds: Bounds, bound: Bound, growth: Mapping[str, sp.Expr]) -> sp.Poly:
    """A polynomial in ``d`` that is at least the bound for all ``d >= 1``, given how the parameters grow.

    ``growth`` maps every symbol of the bound but ``d`` to a polynomial in ``d`` with non-negative coefficients, for
    example ``{"m": d, "B": d**2, "R": d}``. ``Max(a, b)`` becomes the polynomial of the larger coefficients of ``a`` and
    ``b``, ``Min(a, b)`` the one of least degree, and ``bits(P)`` becomes ``bits(C) + 1 + D*d`` for a polynomial ``P`` of
    degree ``D`` whose coefficients sum to ``C`` (as ``P <= C*d^D`` and ``log2 d <= d``).

    >>> plain = Bound("max_weight", "max_weight", 4 * (symbols.m + 1) ** 3)
    >>> polynomial_bound(Bounds((), (plain,)), plain, {"m": 2 * d}).degree()
    3
    """
    values: dict[sp.Symbol, sp.Expr] = {symbolic(symbols.SYMBOLS[name]): value for name, value in growth.items()}
    for symbol, definition in bounds.definitions:
        values[symbolic(symbol)] = _dominate(symbolic(definition).xreplace(values))
    return sp.Poly(_dominate(symbolic(bound.expression).xreplace(values)), d)


def _dominate(expression: sp.Expr) -> sp.Expr:
    """Replace ``Max``, ``Min``, ``floor``, ``ceiling`` and ``bits`` by polynomials that are at least as large, innermost first."""
    if not expression.args:
        return expression
    arguments = [_dominate(argument) for argument in expression.args]
    if isinstance(expression, Max):
        most: dict[int, sp.Expr] = {}
        for argument in arguments:
            for (degree,), coefficient in sp.Poly(argument, d).terms():
                most[degree] = max(most.get(degree, sp.Integer(0)), coefficient)
        return sp.Add(*(coefficient * d**degree for degree, coefficient in most.items()))
    if isinstance(expression, Min):
        return min(arguments, key=lambda argument: sp.Poly(argument, d).degree())
    if isinstance(expression, ceiling):
        return arguments[0] + 1
    if isinstance(expression, floor):
        return arguments[0]
    if isinstance(expression, bits):
        polynomial = sp.Poly(arguments[0], d)
        largest = sum(abs(c) for c in polynomial.coeffs())
        return bits(sp.Integer(largest)) + 1 + polynomial.degree() * d
    return sp.expand(expression.func(*arguments))
