"""Bounds with SymPy's symbols, as certificates and pages show them: :mod:`exactnet.theory.symbols` writes, this converts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp
from gmpy2 import mpq
from sympy.printing.str import StrPrinter

from exactnet.theory import symbols
from exactnet.theory.symbols import Expression, Symbol, Term

__all__ = ["Max", "Min", "bits", "ceiling", "floor", "printed", "symbolic"]


def _function(of: Callable[[mpq], mpq]) -> type[sp.Function]:
    """A function that is done for numbers and nothing else. (sympy's own ``floor`` and ``ceiling`` simplify.)"""

    def evaluate(_: type[sp.Function], value: sp.Expr) -> sp.Expr | None:
        done = value.is_Integer or (value.is_Rational and of is not symbols.bits)
        return symbolic(of(mpq(int(value.p), int(value.q)))) if done else None

    return type(of.__name__, (sp.Function,), {"nargs": 1, "eval": classmethod(evaluate)})


bits, floor, ceiling = map(_function, (symbols.bits, symbols.floor, symbols.ceiling))


class Max(sp.Function):  # type: ignore[misc]
    """The largest of some values. sympy's own ``Max`` compares its arguments pair by pair; this one never compares symbols."""


class Min(sp.Function):  # type: ignore[misc]
    """The least of some values, likewise."""


def _extreme(kind: type[sp.Function], choose: Callable[..., Any]) -> Callable[..., sp.Expr]:
    def write(*values: sp.Expr) -> sp.Expr:
        parts: dict[sp.Expr, None] = {}
        for value in values:
            parts.update(dict.fromkeys(value.args if isinstance(value, kind) else (value,)))
        numbers = [part for part in parts if part.is_Rational]
        others = [part for part in parts if not part.is_Rational]
        listed = [choose(numbers), *others] if numbers else others
        return listed[0] if len(listed) == 1 else kind(*listed)

    return write


#: What SymPy does for a step; the steps that are not named here are Python's operators, which do as they are.
_STEPS: dict[Callable[..., Any], Callable[..., sp.Expr]] = {
    symbols.power: sp.Pow,
    symbols.total: sp.Add,
    symbols.bits: bits,
    symbols.floor: floor,
    symbols.ceiling: ceiling,
    symbols.maximum: _extreme(Max, max),
    symbols.minimum: _extreme(Min, min),
}


def symbolic(term: Term, known: dict[Expression, sp.Expr] | None = None) -> sp.Expr:
    """A bound with SymPy's symbols.

    >>> symbolic(symbols.bits(symbols.d + 1) ** 2)
    bits(d + 1)**2
    """
    if not isinstance(term, Expression):
        return sp.Rational(int(term.numerator), int(term.denominator))
    done = {} if known is None else known
    if term not in done:
        if isinstance(term, Symbol):
            done[term] = sp.Symbol(term.name, integer=True, nonnegative=True)
        else:
            done[term] = _STEPS.get(term.step, term.step)(*(symbolic(part, done) for part in term.parts))
    return done[term]


class _Printer(StrPrinter):  # type: ignore[misc]
    """sympy's text without its order of terms, which takes most of the time; numbers come last in a sum."""

    def _as_ordered_terms(self, expr: sp.Expr, order: str | None = None) -> list[sp.Expr]:
        return sorted(expr.args, key=lambda term: bool(term.is_Rational))


def printed(expression: sp.Expr) -> str:
    """An expression as it stands in certificates and tables."""
    return str(_Printer({"order": "none"}).doprint(expression))
