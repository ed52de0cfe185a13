"""Arithmetic in text, such as ``4*(d+2)^4``: read by Python's parser, evaluated exactly as written, never executed.

Numbers are digits with at most one point, read exactly; ``^`` and ``**`` are powers with integer exponents, ``max`` and
``min`` the only functions. Nothing is simplified: ``d/d`` has no value where ``d`` is 0 (``d^0`` is 1 everywhere).
The text is untrusted, so every size is bounded before work begins.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Collection, Mapping
from typing import NoReturn

from gmpy2 import mpq

from exactnet.kernel.errors import ExactnetError, clip_text
from exactnet.kernel.rationals import parse_rational

__all__ = ["MAX_BITS", "ArithmeticTextError", "evaluate", "parse"]

#: The largest numerator or denominator that any step may give.
MAX_BITS = 1_000_000
MAX_LENGTH, MAX_NESTING, MAX_EXPONENT = 1000, 100, 10_000

_FUNCTIONS: dict[str, Callable[..., mpq]] = {"max": max, "min": min}
_NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)
_ZEROS = re.compile(r"(?<![\w.])0+(?=\d)", re.ASCII)


class ArithmeticTextError(ExactnetError):
    """Arithmetic that cannot be read or evaluated; the message says where."""


def parse(text: str, names: Collection[str], what: str = "weight bound") -> ast.expr:
    """Read arithmetic over the given names.

    Parameters
    ----------
    text : at most 1000 characters.
    what : what the text is, as errors call it.

    Raises
    ------
    ArithmeticTextError
        one line with the place, for anything else.

    Examples
    --------
    >>> evaluate(parse("max(d, 1/3) - 0.5", ["d"]), {"d": 0})
    mpq(-1,6)
    >>> parse("2^10^9", [], "bound")
    Traceback (most recent call last):
    ...
    exactnet.theory.arithmetic.ArithmeticTextError: bound: the exponent '10**9' is not an integer from -10000 to 10000
    """
    if len(text) > MAX_LENGTH:
        raise ArithmeticTextError(f"{what}: {len(text)} characters, at most {MAX_LENGTH} are read")
    plain = _ZEROS.sub(lambda zeros: " " * len(zeros[0]), text)  # Python reads 7, and not 007
    if not (plain.isascii() and plain.replace("\t", " ").isprintable()):
        raise ArithmeticTextError(f"{what}: {clip_text(text)} is not one line of ASCII characters")
    plain = plain.replace("\t", " ").replace("^", "**").strip()
    try:
        with warnings.catch_warnings(action="ignore"):  # of texts such as 1(2), which are refused below
            tree = ast.parse(plain, mode="eval").body
        _check(tree, plain, names, what, 0)
    except SyntaxError as error:
        raise ArithmeticTextError(f"{what}, column {error.offset or 1}: {error.msg}") from None
    except (RecursionError, MemoryError, ValueError):
        raise ArithmeticTextError(f"{what}: nested too deeply") from None
    return tree


def evaluate(tree: ast.expr, values: Mapping[str, int], what: str = "weight bound") -> mpq:
    """The exact value of arithmetic that :func:`parse` has read.

    Raises
    ------
    ArithmeticTextError
        for a name without a value, division by zero, or a step whose numerator or denominator has more than 10^6 bits
        (powers are refused before they are computed).
    """
    match tree:
        case ast.Constant():
            return _bounded(parse_rational(str(tree.value)), what)
        case ast.Name():
            if tree.id not in values:
                raise ArithmeticTextError(f"{what}: {clip_text(tree.id)} has no value here")
            return _bounded(mpq(values[tree.id]), what)
        case ast.UnaryOp():
            return -evaluate(tree.operand, values, what)
        case ast.Call(func=ast.Name(id=name)):
            return _FUNCTIONS[name](evaluate(part, values, what) for part in tree.args)
        case ast.BinOp():
            left, right = evaluate(tree.left, values, what), evaluate(tree.right, values, what)
            return _bounded(_step(tree.op, left, right, what), what)
    raise TypeError(f"{type(tree).__name__} is not arithmetic")


def _step(op: ast.operator, left: mpq, right: mpq, what: str) -> mpq:
    if isinstance(op, ast.Add):
        return left + right
    if isinstance(op, ast.Sub):
        return left - right
    if isinstance(op, ast.Mult):
        return left * right
    divides = isinstance(op, ast.Div)
    if (right == 0) if divides else (left == 0 and right < 0):
        raise ArithmeticTextError(f"{what}: division by zero")
    if divides:
        return left / right
    # A number of n bits to the power e has more than (n-1)·e bits.
    if (max(left.numerator.bit_length(), left.denominator.bit_length()) - 1) * abs(right) >= MAX_BITS:
        raise ArithmeticTextError(f"{what}: a number of more than {MAX_BITS} bits")
    return left ** int(right)


def _bounded(value: mpq, what: str) -> mpq:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise ArithmeticTextError(f"{what}: a number of more than {MAX_BITS} bits")
    return value


def _check(tree: ast.expr, text: str, names: Collection[str], what: str, nesting: int) -> None:
    """Refuse whatever is not arithmetic over the names; a constant keeps its text, so that it is read exactly."""

    def fail(message: str) -> NoReturn:
        raise ArithmeticTextError(f"{what}: {message}")

    shown = clip_text(ast.get_source_segment(text, tree) or "")
    if nesting > MAX_NESTING:
        fail(f"nested more than {MAX_NESTING} deep")
    match tree:
        case ast.Constant():
            digits = text[tree.col_offset : tree.end_col_offset]
            if not _NUMBER.fullmatch(digits):
                fail(f"{shown} is not a number in digits")
            tree.value = digits
        case ast.Name():
            if tree.id not in names:
                fail(f"unknown name {clip_text(tree.id)} (known: {', '.join(sorted(names)) or 'none'})")
        case ast.UnaryOp(op=ast.USub()):
            _check(tree.operand, text, names, what, nesting + 1)
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div()):
            # A long sum is a chain of left operands, and no nesting.
            chain: ast.expr = tree
            while isinstance(chain, ast.BinOp) and not isinstance(chain.op, ast.Pow):
                if not isinstance(chain.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)):
                    fail(f"{shown} is not arithmetic")
                _check(chain.right, text, names, what, nesting + 1)
                chain = chain.left
            _check(chain, text, names, what, nesting + 1)
        case ast.BinOp(op=ast.Pow()):
            _check(tree.left, text, names, what, nesting + 1)
            _check(tree.right, text, (), what, nesting + 1)
            exponent = evaluate(tree.right, {}, what)
            if exponent.denominator != 1 or abs(exponent) > MAX_EXPONENT:
                power = clip_text(ast.get_source_segment(text, tree.right) or "")
                fail(f"the exponent {power} is not an integer from -{MAX_EXPONENT} to {MAX_EXPONENT}")
        case ast.Call(func=ast.Name(id=name), args=[_, *_], keywords=[]) if name in _FUNCTIONS:
            for part in tree.args:
                _check(part, text, names, what, nesting + 1)
        case _:
            fail(f"{shown} is not arithmetic (numbers, names, + - * / ^, max, min)")
