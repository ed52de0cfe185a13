"""Arithmetic as it was written: a tree that is evaluated exactly, step by step.

sympy computes and cancels as soon as it sees numbers: to it ``5*s/s`` is 5, also where ``s`` is 0. Here nothing is
cancelled: an expression has a value only if every step that is written has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import sympy
from gmpy2 import mpq

from exactnet.errors import ExactnetError, clip_text

__all__ = ["MAX_BITS", "Expression", "ExpressionError", "evaluate"]

#: The largest numerator or denominator that any step may give.
MAX_BITS = 1_000_000

_ZERO = mpq(0)


class ExpressionError(ExactnetError):
    """An expression that cannot be read or evaluated; the message names the column, counted from 1, if it has one."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A number, a name, or an operation on parts, as written.

    Attributes
    ----------
    operator : ``"number"``, ``"name"``, ``"+"``, ``"*"``, ``"-"`` (of one part), ``"/"`` (1 over one part), ``"^"`` (one
        part to the power ``exponent``), ``"max"`` or ``"min"``.
    """

    operator: str
    parts: tuple[Expression, ...] = ()
    number: mpq = _ZERO
    name: str = ""
    exponent: int = 0

    def sympy(self, what: str = "weight bound") -> sympy.Expr:
        """The same for sympy, which cancels; names become symbols for non-negative integers.

        Raises :class:`ExpressionError` where a part that sympy finds to be 0 is divided by.

        >>> (Expression("number", number=mpq(2)).plus(Expression("name", name="d"))).sympy()
        d + 2
        """
        if self.operator == "number":
            return sympy.Rational(int(self.number.numerator), int(self.number.denominator))
        if self.operator == "name":
            return sympy.Symbol(self.name, integer=True, nonnegative=True)
        parts = [part.sympy(what) for part in self.parts]
        match self.operator:
            case "+":
                return sympy.Add(*parts)
            case "*":
                return sympy.Mul(*parts)
            case "-":
                return sympy.Mul(sympy.Integer(-1), parts[0])
            case "^":
                return sympy.Pow(parts[0], sympy.Integer(self.exponent))
            case "/":
                if parts[0] == 0:
                    raise ExpressionError(f"{what}: division by zero")
                return sympy.Pow(parts[0], sympy.Integer(-1))
        return _extreme(self.operator, parts)

    def plus(self, other: Expression) -> Expression:
        """The sum; a longer one if this is a sum, so that long sums are not deep."""
        return self._with("+", other)

    def times(self, other: Expression) -> Expression:
        """The product; a longer one if this is a product."""
        return self._with("*", other)

    def _with(self, operator: str, other: Expression) -> Expression:
        return Expression(operator, (*(self.parts if self.operator == operator else (self,)), other))


def _extreme(operator: str, parts: list[sympy.Expr]) -> sympy.Expr:
    """``Max`` or ``Min``, unevaluated, because sympy would compare the arguments pair by pair; numbers are compared."""
    numbers = [part for part in parts if isinstance(part, sympy.Rational)]
    others = {part for part in parts if not isinstance(part, sympy.Rational)}
    if numbers:
        others.add(max(numbers) if operator == "max" else min(numbers))
    if len(others) == 1:
        return others.pop()
    return (sympy.Max if operator == "max" else sympy.Min)(*others, evaluate=False)


def evaluate(expression: Expression, values: Mapping[str, int], what: str = "weight bound") -> mpq:
    """The exact value of an expression; nothing is cancelled.

    Parameters
    ----------
    expression : as :func:`exactnet.bounds.expression.parse_expression` reads it.
    values : the value of each name.
    what : what the expression is, as errors call it.

    Raises
    ------
    ExpressionError
        for a name without a value, division by zero, or a step whose numerator or denominator has more than 10^6 bits
        (powers are refused before they are computed).

    Examples
    --------
    >>> s = Expression("name", name="s")
    >>> evaluate(s.times(Expression("/", (s,))), {"s": 2})
    mpq(1,1)
    >>> evaluate(s.times(Expression("/", (s,))), {"s": 0})
    Traceback (most recent call last):
    ...
    exactnet.bounds.tree.ExpressionError: weight bound: division by zero
    """
    if expression.operator == "number":
        return _bounded(expression.number, what)
    if expression.operator == "name":
        if expression.name not in values:
            raise ExpressionError(f"{what}: {clip_text(expression.name)} has no value here")
        return _bounded(mpq(values[expression.name]), what)
    parts = [evaluate(part, values, what) for part in expression.parts]
    match expression.operator:
        case "+":
            return reduce(lambda a, b: _bounded(a + b, what), parts)
        case "*":
            return reduce(lambda a, b: _bounded(a * b, what), parts)
        case "-":
            return -parts[0]
        case "/":
            if parts[0] == 0:
                raise ExpressionError(f"{what}: division by zero")
            return 1 / parts[0]
        case "^":
            return power(parts[0], expression.exponent, what)
    return max(parts) if expression.operator == "max" else min(parts)


def _bounded(value: mpq, what: str) -> mpq:
    if value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
        raise ExpressionError(f"{what}: a number of more than {MAX_BITS} bits")
    return value


def power(base: mpq, exponent: int, what: str) -> mpq:
    """``base ** exponent`` for an exponent from 0, refused before it is computed if it is too large."""
    if base in (0, 1) or exponent == 0:
        return mpq(1) if exponent == 0 else base
    if base == -1:
        return mpq(-1 if exponent % 2 else 1)
    # a number of n bits to the power e has more than (n-1)·e bits
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if (bits - 1) * exponent >= MAX_BITS:
        raise ExpressionError(f"{what}: a number of more than {MAX_BITS} bits")
    return _bounded(base**exponent, what)
