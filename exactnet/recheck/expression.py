"""The value of a bound, from its symbolic form.

To believe: that ``ast.parse`` only parses, and that the cases of :func:`evaluate` are what the symbols mean.
Whatever is not one of them is refused; nothing in the text is executed.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil, floor
from typing import Any

from .reading import Number, Unusable, Wrong, clip, demand, number

MAX_BITS = 2 * 10**6  # of numerator and denominator, in a number that a bound computes
MAX_WORK = 10**12  # the squares of these sizes in all bounds of a certificate: what their common divisors may cost

MAX_LENGTH = 10**5  # of a text


def size(x: Number) -> int:
    """The bits of numerator and denominator together."""
    return x.numerator.bit_length() + x.denominator.bit_length()


class TooLarge(Unusable):
    """A limit of this program, and nothing that is wrong with a bound."""


class Budget:
    """What the bounds of one certificate may still cost."""

    def __init__(self) -> None:
        self.left = MAX_WORK

    def spend(self, bits: int) -> None:
        """Account for a number of so many bits."""
        self.left -= min(bits, 2 * MAX_BITS) ** 2
        if bits > MAX_BITS or self.left < 0:
            raise TooLarge(f"the bounds lead to a number of more than {MAX_BITS} bits, or to too many of nearly as many")


def bits(x: Number) -> int:
    """The bits of an integer."""
    if x.denominator > 1:
        raise ValueError("the bits of a fraction")
    return x.numerator.bit_length()


def largest(*values: Number) -> Number:
    """The largest of one value or more."""
    return max(values)


def smallest(*values: Number) -> Number:
    """The smallest of one value or more."""
    return min(values)


FUNCTIONS: dict[str, Callable[..., Number]] = {"Max": largest, "Min": smallest, "max": largest, "min": smallest}
FUNCTIONS |= {"ceiling": ceil, "floor": floor, "bits": bits}
OPERATORS: dict[type, Callable[[Any, Any], Number]] = {ast.Add: operator.add, ast.Sub: operator.sub}
OPERATORS |= {ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow}
LEADING_ZEROS = re.compile(r"(?<![\w.])0+(?=\d)", re.ASCII)


def evaluate(text: str, parameters: Mapping[str, Number], budget: Budget) -> Fraction:
    """The value of a symbolic bound. The text is only parsed, never executed or simplified: every operation of
    the text is done once, on numbers of at most :data:`MAX_BITS`.

    >>> evaluate("Max(4*(d + 1)**3, bits(d)/2)", {"d": 2}, Budget())
    Fraction(108, 1)
    """

    def value(node: ast.AST) -> Fraction:
        match node:
            case ast.Constant():
                return Fraction(number(text[node.col_offset : node.end_col_offset], "a constant"))
            case ast.Name(id=name) if name in parameters:
                return Fraction(parameters[name])
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -value(operand)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                x, y = value(left), value(right)
                if isinstance(op, ast.Pow) and y.denominator > 1:
                    raise ValueError("an exponent that is no integer")
                budget.spend(abs(int(y)) * size(x) if isinstance(op, ast.Pow) else 0)
                result = Fraction(OPERATORS[type(op)](x, y))
                budget.spend(size(result))
                return result
            case ast.Call(func=ast.Name(id=name), args=[_, *_] as args, keywords=[]) if name in FUNCTIONS:
                return Fraction(FUNCTIONS[name](*map(value, args)))
        raise ValueError(f"{type(node).__name__} {getattr(node, 'id', '')} is not known")

    text = LEADING_ZEROS.sub("", text.replace("\t", " ").strip(" ").replace("^", "**"))  # Python reads 7, and not 007
    usable = len(text) <= MAX_LENGTH and text.isascii() and text.isprintable()
    demand(usable, f"the bound {clip(text)} is not one line of at most {MAX_LENGTH} ASCII characters")
    try:
        return value(ast.parse(text, mode="eval").body)
    except TooLarge:
        raise
    except (Unusable, SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError, MemoryError) as error:
        raise Wrong(f"the bound {clip(text)} cannot be evaluated: {clip(error)}") from None
