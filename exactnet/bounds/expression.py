"""Arithmetic in text, such as ``4*(d+2)^4``: a small parser that never evaluates text.

The grammar, loosest first; ``^`` and ``**`` mean the same and associate to the right::

    sum     = product { ("+" | "-") product }
    product = unary { ("*" | "/") unary }
    unary   = "-" unary | power
    power   = atom [ ("^" | "**") unary ]          the exponent is an integer number
    atom    = digits [ "." digits ] | name | ("max" | "min") "(" sum { "," sum } ")" | "(" sum ")"

The text is untrusted: ``sympify`` and ``eval`` are never called on it. An exponent may itself be computed, and sympy
computes with numbers as soon as it sees them (:meth:`~exactnet.bounds.tree.Expression.sympy`), so the size of every
number that either may form is bounded before the operation is accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NoReturn

from gmpy2 import mpq

from exactnet.bounds.tokens import Token, split
from exactnet.bounds.tree import MAX_BITS, Expression, ExpressionError, evaluate, power
from exactnet.errors import clip_text
from exactnet.rationals import parse_rational

__all__ = ["MAX_BITS", "Expression", "ExpressionError", "evaluate", "parse_expression"]

MAX_LENGTH = 1000
MAX_NESTING = 50
MAX_NUMBER_DIGITS = 1000
MAX_EXPONENT = 10_000

_FUNCTIONS: dict[str, Callable[..., mpq]] = {"max": max, "min": min}


@dataclass(frozen=True, slots=True)
class _Part:
    """A subexpression, its value if it has no names, and bounds on the bits that numbers inside it can have.

    With every name put to 1, numerator and denominator of each coefficient that sympy may form are at most
    ``2**top`` and ``2**bottom``.
    """

    expr: Expression
    value: mpq | None
    top: int
    bottom: int


def parse_expression(text: str, names: Collection[str], what: str = "weight bound") -> Expression:
    """Read an arithmetic expression over the given names.

    Parameters
    ----------
    text : at most 1000 characters: integers, decimals (read exactly), ``+ - * / ^ **``, unary minus, parentheses,
        ``max(...)``, ``min(...)`` and names. Exponents are integer numbers of absolute value at most 10000.
    names : the names that may be used.
    what : what the text is, as errors call it.

    Raises
    ------
    ExpressionError
        one line with the column, for anything else, division by zero, or numbers of more than 10^6 bits.

    Notes
    -----
    Nothing is simplified: ``d/d`` has no value where ``d`` is 0. (``d^0`` is 1 everywhere.)

    Examples
    --------
    >>> parse_expression("4*(d+2)^4", ["d"]).sympy()
    4*(d + 2)**4
    >>> evaluate(parse_expression("max(d, 1/3) - 0.5", ["d"]), {"d": 0})
    mpq(-1,6)
    >>> parse_expression("2^10^9", [], "bound")
    Traceback (most recent call last):
    ...
    exactnet.bounds.tree.ExpressionError: bound, column 2: the exponent is not an integer from -10000 to 10000
    """
    return _Parser(text, names, what).parse()


class _Parser:
    """Recursive descent, one method for each rule of the grammar."""

    def __init__(self, text: str, names: Collection[str], what: str) -> None:
        if len(text) > MAX_LENGTH:
            raise ExpressionError(f"{what}: {len(text)} characters, at most {MAX_LENGTH} are read")
        self.names = names
        self.what = what
        self.nesting = 0
        self.tokens = split(text, what)
        self.place = 0

    def fail(self, column: int, message: str) -> NoReturn:
        raise ExpressionError(f"{self.what}, column {column}: {message}")

    # --- reading tokens ------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def take(self, *signs: str) -> Token | None:
        """The next token if it is one of these signs, and go on to the one after it."""
        token = self.token
        if token.kind != "sign" or token.text not in signs:
            return None
        self.place += 1
        return token

    def expected(self, wanted: str) -> NoReturn:
        token = self.token
        found = "the text ends" if token.kind == "end" else f"found {clip_text(token.text)}"
        self.fail(token.column, f"expected {wanted}, {found}")

    def deeper(self, column: int) -> None:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            self.fail(column, f"nested more than {MAX_NESTING} deep")

    # --- the grammar ---------------------------------------------------------------------------

    def parse(self) -> Expression:
        part = self.sum()
        if self.token.kind != "end":
            self.expected("an operator")
        return part.expr

    def sum(self) -> _Part:
        left = self.product()
        while sign := self.take("+", "-"):
            right = self.product()
            if sign.text == "-":
                right = self.negated(right)
            top = max(left.top + right.bottom, right.top + left.bottom) + 1
            bottom = left.bottom + right.bottom
            self.check_size(sign.column, top, bottom)
            value = None if left.value is None or right.value is None else left.value + right.value
            left = _Part(left.expr.plus(right.expr), value, top, bottom)
        return left

    def product(self) -> _Part:
        left = self.unary()
        while sign := self.take("*", "/"):
            right = self.unary()
            if sign.text == "/":
                right = self.inverse(right, sign.column)
            left = self.times(left, right, sign.column)
        return left

    def unary(self) -> _Part:
        sign = self.take("-")
        if sign is None:
            return self.power()
        self.deeper(sign.column)
        part = self.negated(self.unary())
        self.nesting -= 1
        return part

    def power(self) -> _Part:
        base = self.atom()
        sign = self.take("^", "**")
        if sign is None:
            return base
        self.deeper(sign.column)
        exponent = self.unary().value
        self.nesting -= 1
        if exponent is None or exponent.denominator != 1 or abs(exponent) > MAX_EXPONENT:
            self.fail(sign.column, f"the exponent is not an integer from -{MAX_EXPONENT} to {MAX_EXPONENT}")
        n = int(exponent)
        if n < 0:
            base, n = self.inverse(base, sign.column), -n
        self.check_size(sign.column, base.top * n, base.bottom * n)
        value = None if base.value is None else power(base.value, n, self.what)
        return _Part(Expression("^", (base.expr,), exponent=n), value, base.top * n, base.bottom * n)

    def atom(self) -> _Part:
        token = self.token
        if token.kind == "number":
            self.place += 1
            return self.number(token)
        if token.kind == "name":
            self.place += 1
            if self.token.text == "(":
                return self.call(token)
            if token.text not in self.names:
                known = ", ".join(sorted(self.names)) or "none"
                self.fail(token.column, f"unknown name {clip_text(token.text)} (known: {known})")
            return _Part(Expression("name", name=token.text), None, 0, 0)
        if self.take("("):
            self.deeper(token.column)
            part = self.sum()
            if not self.take(")"):
                self.expected("')'")
            self.nesting -= 1
            return part
        self.expected("a number, a name or '('")

    def number(self, token: Token) -> _Part:
        if len(token.text) > MAX_NUMBER_DIGITS:
            self.fail(token.column, f"a number of {len(token.text)} digits, at most {MAX_NUMBER_DIGITS} are read")
        value = parse_rational(token.text)
        above, below = int(value.numerator), int(value.denominator)
        return _Part(Expression("number", number=value), value, max(above - 1, 0).bit_length(), (below - 1).bit_length())

    def call(self, name: Token) -> _Part:
        function = _FUNCTIONS.get(name.text)
        if function is None:
            self.fail(name.column, f"unknown function {clip_text(name.text)} (known: max, min)")
        self.place += 1
        self.deeper(name.column)
        parts = [self.sum()]
        while self.take(","):
            parts.append(self.sum())
        if not self.take(")"):
            self.expected("',' or ')'")
        self.nesting -= 1
        known = [part.value for part in parts if part.value is not None]
        value = function(known) if len(known) == len(parts) else None
        expr = Expression(name.text, tuple(part.expr for part in parts))
        return _Part(expr, value, max(part.top for part in parts), max(part.bottom for part in parts))

    # --- arithmetic ----------------------------------------------------------------------------

    def check_size(self, column: int, top: int, bottom: int) -> None:
        if max(top, bottom) > MAX_BITS:
            self.fail(column, f"this would make a number of more than {MAX_BITS} bits")

    def negated(self, part: _Part) -> _Part:
        return _Part(Expression("-", (part.expr,)), None if part.value is None else -part.value, part.top, part.bottom)

    def inverse(self, part: _Part, column: int) -> _Part:
        if part.value == 0:
            self.fail(column, "division by zero")
        return _Part(Expression("/", (part.expr,)), None if part.value is None else 1 / part.value, part.bottom, part.top)

    def times(self, left: _Part, right: _Part, column: int) -> _Part:
        top, bottom = left.top + right.top, left.bottom + right.bottom
        self.check_size(column, top, bottom)
        value = None if left.value is None or right.value is None else left.value * right.value
        return _Part(left.expr.times(right.expr), value, top, bottom)
