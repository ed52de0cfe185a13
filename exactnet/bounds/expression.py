"""Arithmetic in text, such as ``4*(d+2)^4``: a small parser that builds sympy expressions and never evaluates text.

The grammar, loosest first; ``^`` and ``**`` mean the same and associate to the right::

    sum     = product { ("+" | "-") product }
    product = unary { ("*" | "/") unary }
    unary   = "-" unary | power
    power   = atom [ ("^" | "**") unary ]          the exponent is an integer number
    atom    = digits [ "." digits ] | name | ("max" | "min") "(" sum { "," sum } ")" | "(" sum ")"

The text is untrusted. ``sympify`` and ``eval`` are never called on it, and since sympy computes with numbers as soon as
it sees them, the size of every number that it may form is bounded *before* it is given the operation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import NoReturn

import sympy
from gmpy2 import mpq

from exactnet.errors import ExactnetError, clip_text
from exactnet.rationals import parse_rational

__all__ = ["ExpressionError", "evaluate", "parse_expression"]

MAX_LENGTH = 1000
MAX_NESTING = 50
MAX_NUMBER_DIGITS = 1000
MAX_EXPONENT = 10_000
#: The largest numerator or denominator that any step may give.
MAX_BITS = 1_000_000

_TOKEN = re.compile(r"(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign>\*\*|[-+*/^(),])", re.ASCII)
_FUNCTIONS = {"max": sympy.Max, "min": sympy.Min}


class ExpressionError(ExactnetError):
    """An expression that cannot be read or evaluated; the message names the column, counted from 1."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


@dataclass(frozen=True, slots=True)
class _Part:
    """A subexpression, and bounds on the bits that numbers inside it can have.

    With every name put to 1, numerator and denominator of each coefficient that sympy may form are at most
    ``2**top`` and ``2**bottom``.
    """

    expr: sympy.Expr
    top: int
    bottom: int


def parse_expression(text: str, names: Collection[str], what: str = "weight bound") -> sympy.Expr:
    """Read an arithmetic expression over the given names.

    Parameters
    ----------
    text : at most 1000 characters: integers, decimals (read exactly), ``+ - * / ^ **``, unary minus, parentheses,
        ``max(...)``, ``min(...)`` and names. Exponents are integer numbers of absolute value at most 10000.
    names : the names that may be used; each becomes a ``sympy.Symbol`` for a non-negative integer, equal to the one of
        :data:`exactnet.bounds.symbols.SYMBOLS` if that has the name.
    what : what the text is, as errors call it.

    Raises
    ------
    ExpressionError
        one line with the column, for anything else, division by zero, or numbers of more than 10^6 bits.

    Notes
    -----
    sympy simplifies as it builds: ``d/d`` is 1 and ``d^0`` is 1, also where ``d`` will be 0.

    Examples
    --------
    >>> parse_expression("4*(d+2)^4", ["d"])
    4*(d + 2)**4
    >>> parse_expression("max(d, 1/3) - 0.5", ["d"])
    Max(1/3, d) - 1/2
    >>> parse_expression("2^10^9", [], "bound")
    Traceback (most recent call last):
    ...
    exactnet.bounds.expression.ExpressionError: bound, column 2: the exponent is not an integer from -10000 to 10000
    """
    return _Parser(text, names, what).parse()


def evaluate(expr: sympy.Expr, values: Mapping[str, int], what: str = "weight bound") -> mpq:
    """The exact value of an expression.

    Parameters
    ----------
    expr : built of rationals, symbols, sums, products, integer powers, ``Max`` and ``Min``.
    values : the value of each symbol, by its name (whatever the symbol's assumptions).
    what : what the expression is, as errors call it.

    Raises
    ------
    ExpressionError
        for a name without a value, division by zero, a step whose numerator or denominator has more than 10^6 bits
        (powers are refused before they are computed), or anything else in ``expr``.

    Examples
    --------
    >>> evaluate(parse_expression("4*(d+2)^4", ["d"]), {"d": 8})
    mpq(40000,1)
    >>> evaluate(parse_expression("(d^9999)^9999", ["d"]), {"d": 2})
    Traceback (most recent call last):
    ...
    exactnet.bounds.expression.ExpressionError: weight bound: a number of more than 1000000 bits
    """
    if isinstance(expr, sympy.Rational):
        return _bounded(mpq(int(expr.p), int(expr.q)), what)
    if isinstance(expr, sympy.Symbol):
        if expr.name not in values:
            raise ExpressionError(f"{what}: {clip_text(expr.name)} has no value here")
        return _bounded(mpq(values[expr.name]), what)
    if isinstance(expr, sympy.Pow) and isinstance(expr.exp, sympy.Integer):
        return _power(evaluate(expr.base, values, what), int(expr.exp), what)
    if isinstance(expr, (sympy.Add, sympy.Mul, sympy.Max, sympy.Min)):
        parts = [evaluate(part, values, what) for part in expr.args]
        if isinstance(expr, sympy.Add):
            return reduce(lambda a, b: _bounded(a + b, what), parts)
        if isinstance(expr, sympy.Mul):
            return reduce(lambda a, b: _bounded(a * b, what), parts)
        return max(parts) if isinstance(expr, sympy.Max) else min(parts)
    raise ExpressionError(f"{what}: {type(expr).__name__} cannot be evaluated")


def _bounded(value: mpq, what: str) -> mpq:
    if value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
        raise ExpressionError(f"{what}: a number of more than {MAX_BITS} bits")
    return value


def _power(base: mpq, exponent: int, what: str) -> mpq:
    """``base ** exponent``, refused before it is computed if it is too large."""
    if exponent < 0:
        if base == 0:
            raise ExpressionError(f"{what}: division by zero")
        base, exponent = 1 / base, -exponent
    if base in (0, 1) or exponent == 0:
        return mpq(1) if exponent == 0 else base
    if base == -1:
        return mpq(-1 if exponent % 2 else 1)
    # a number of n bits to the power e has more than (n-1)·e bits
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if (bits - 1) * exponent >= MAX_BITS:
        raise ExpressionError(f"{what}: a number of more than {MAX_BITS} bits")
    return _bounded(base**exponent, what)


class _Parser:
    """Recursive descent, one method for each rule of the grammar."""

    def __init__(self, text: str, names: Collection[str], what: str) -> None:
        if len(text) > MAX_LENGTH:
            raise ExpressionError(f"{what}: {len(text)} characters, at most {MAX_LENGTH} are read")
        self.names = names
        self.what = what
        self.nesting = 0
        self.tokens = self.split(text)
        self.place = 0

    def fail(self, column: int, message: str) -> NoReturn:
        raise ExpressionError(f"{self.what}, column {column}: {message}")

    def split(self, text: str) -> list[_Token]:
        tokens: list[_Token] = []
        at = 0
        while at < len(text):
            if text[at] in " \t":
                at += 1
                continue
            match = _TOKEN.match(text, at)
            if match is None:
                self.fail(at + 1, f"{text[at]!a} has no meaning here")
            tokens.append(_Token(str(match.lastgroup), match.group(), at + 1))
            at = match.end()
        tokens.append(_Token("end", "", len(text) + 1))
        return tokens

    # --- reading tokens ------------------------------------------------------------------------

    @property
    def token(self) -> _Token:
        return self.tokens[self.place]

    def take(self, *signs: str) -> _Token | None:
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

    def parse(self) -> sympy.Expr:
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
            left = _Part(sympy.Add(left.expr, right.expr), top, bottom)
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
        exponent = self.unary().expr
        self.nesting -= 1
        if not isinstance(exponent, sympy.Integer) or abs(exponent) > MAX_EXPONENT:
            self.fail(sign.column, f"the exponent is not an integer from -{MAX_EXPONENT} to {MAX_EXPONENT}")
        n = int(exponent)
        if n < 0:
            base, n = self.inverse(base, sign.column), -n
        self.check_size(sign.column, base.top * n, base.bottom * n)
        return _Part(sympy.Pow(base.expr, sympy.Integer(n)), base.top * n, base.bottom * n)

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
            return _Part(sympy.Symbol(token.text, integer=True, nonnegative=True), 0, 0)
        if self.take("("):
            self.deeper(token.column)
            part = self.sum()
            if not self.take(")"):
                self.expected("')'")
            self.nesting -= 1
            return part
        self.expected("a number, a name or '('")

    def number(self, token: _Token) -> _Part:
        if len(token.text) > MAX_NUMBER_DIGITS:
            self.fail(token.column, f"a number of {len(token.text)} digits, at most {MAX_NUMBER_DIGITS} are read")
        value = parse_rational(token.text)
        above, below = int(value.numerator), int(value.denominator)
        return _Part(sympy.Rational(above, below), max(above - 1, 0).bit_length(), (below - 1).bit_length())

    def call(self, name: _Token) -> _Part:
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
        # unevaluated, because sympy would compare the arguments pair by pair; numbers are compared here
        numbers = [part.expr for part in parts if isinstance(part.expr, sympy.Rational)]
        others = {part.expr for part in parts if not isinstance(part.expr, sympy.Rational)}
        if numbers:
            others.add(max(numbers) if name.text == "max" else min(numbers))
        expr = others.pop() if len(others) == 1 else function(*others, evaluate=False)
        return _Part(expr, max(part.top for part in parts), max(part.bottom for part in parts))

    # --- arithmetic ----------------------------------------------------------------------------

    def check_size(self, column: int, top: int, bottom: int) -> None:
        if max(top, bottom) > MAX_BITS:
            self.fail(column, f"this would make a number of more than {MAX_BITS} bits")

    def negated(self, part: _Part) -> _Part:
        return _Part(sympy.Mul(sympy.Integer(-1), part.expr), part.top, part.bottom)

    def inverse(self, part: _Part, column: int) -> _Part:
        if part.expr == 0:
            self.fail(column, "division by zero")
        return _Part(sympy.Pow(part.expr, sympy.Integer(-1)), part.bottom, part.top)

    def times(self, left: _Part, right: _Part, column: int) -> _Part:
        top, bottom = left.top + right.top, left.bottom + right.bottom
        self.check_size(column, top, bottom)
        return _Part(sympy.Mul(left.expr, right.expr), top, bottom)
