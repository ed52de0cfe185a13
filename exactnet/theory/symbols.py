"""The symbols that bounds are stated in, and bounds as expressions over them: written once, for numbers and for SymPy.

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

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from gmpy2 import mpq

from exactnet.kernel.errors import SizeError

if TYPE_CHECKING:
    import sympy as sp

__all__ = [
    "SYMBOLS", "B", "Bound", "Bounds", "Expression", "R", "Symbol", "Term", "bits", "ceiling", "d", "floor", "k", "m", "maximum",
    "minimum", "p", "power", "r", "s", "text_of", "total", "value_of",
]

#: The most bits of a number that a bound computes.
MAX_BITS = 4_000_000


def _step(of: Callable[..., Any]) -> tuple[Callable[[Expression, Term], Expression], Callable[[Expression, Term], Expression]]:
    return lambda self, other: Expression(of, self, other), lambda self, other: Expression(of, other, self)


def power(base: mpq, exponent: mpq) -> mpq:
    """A power, unless it is too large."""
    if (_size(base) - 1) * abs(_integer(exponent)) > MAX_BITS:
        raise _too_large()
    return base ** _integer(exponent)


class Expression:
    """A step of arithmetic and what it is done with: by :func:`value_of` with numbers, by :meth:`sympy` with SymPy's symbols.

    >>> (d + 1) ** 2 / 2 - k
    -k + (d + 1)**2/2
    """

    __slots__ = ("parts", "step")

    def __init__(self, step: Callable[..., Any], *parts: Term) -> None:
        self.step, self.parts = step, parts

    __add__, __radd__ = _step(operator.add)
    __sub__, __rsub__ = _step(operator.sub)
    __mul__, __rmul__ = _step(operator.mul)
    __truediv__, __rtruediv__ = _step(operator.truediv)
    __pow__, __rpow__ = _step(power)

    def sympy(self) -> sp.Expr:
        """The same with SymPy's symbols, as SymPy simplifies it while it is put together."""
        from exactnet.theory.symbolic import symbolic  # SymPy is slow to load, and numbers need none of it

        return symbolic(self)

    def __repr__(self) -> str:
        return str(self.sympy())


class Symbol(Expression):
    """A quantity with a name; to SymPy a non-negative integer, as all are that certificates show."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        super().__init__(Symbol)
        self.name = name


#: What bounds are made of. A number that stands alone is an ``mpq``: a quotient of two ``int`` would not be exact.
Term: TypeAlias = Expression | mpq | int

d, k, m, B, R, r, p, s = map(Symbol, "dkmBRrps")

#: The symbols by name.
SYMBOLS: dict[str, Symbol] = {symbol.name: symbol for symbol in (d, k, m, B, R, r, p, s)}


def total(*values: Term) -> Term:
    """The sum, as one step."""
    return Expression(total, *values) if _written(values) else sum(values, mpq(0))


def bits(value: Term) -> Term:
    """The number of binary digits of a non-negative integer: ``bits(0) = 0``, ``bits(8) = 4``.

    >>> bits(8), bits(d + 1)
    (mpq(4,1), bits(d + 1))
    """
    return Expression(bits, value) if isinstance(value, Expression) else mpq(_integer(value).bit_length())


def floor(value: Term) -> Term:
    """The largest integer that a value is not below."""
    return Expression(floor, value) if isinstance(value, Expression) else mpq(value // 1)


def ceiling(value: Term) -> Term:
    """The least integer that a value does not exceed."""
    return Expression(ceiling, value) if isinstance(value, Expression) else mpq(-(-value // 1))


def maximum(*values: Term) -> Term:
    """``Max`` as a reader would write it: nothing twice, no ``Max`` inside, and the largest of the numbers alone.

    >>> maximum(1, d, maximum(d, m), 7), maximum(2, 3)
    (Max(7, d, m), mpq(3,1))
    """
    return Expression(maximum, *values) if _written(values) else max(map(mpq, values))


def minimum(*values: Term) -> Term:
    """``Min``, likewise.

    >>> minimum(4, d, 3)
    Min(3, d)
    """
    return Expression(minimum, *values) if _written(values) else min(map(mpq, values))


def _written(values: Iterable[Term]) -> bool:
    return any(isinstance(value, Expression) for value in values)


@dataclass(frozen=True)
class Bound:
    """``measure <= expression``; ``name`` is the name of the measure, with a suffix if there are several."""

    name: str
    measure: str
    expression: Term


@dataclass(frozen=True)
class Bounds:
    """The stated bounds of a route, with the intermediate quantities that they are derived through.

    ``definitions`` are pairs ``(symbol, expression)`` in order, each over :data:`SYMBOLS` and earlier symbols: the
    literals ``n_l`` of layer ``l``, the exponents ``K_l``, the modulus ``q``.
    """

    definitions: tuple[tuple[Symbol, Term], ...]
    bounds: tuple[Bound, ...]

    def evaluate(self, parameters: Mapping[str, int]) -> tuple[dict[str, int], list[mpq]]:
        """The values of all definitions (with the parameters) and of the bounds, in order."""
        known: dict[Expression, mpq] = {SYMBOLS[name]: mpq(value) for name, value in parameters.items()}
        named = dict(parameters)
        for symbol, expression in self.definitions:
            known[symbol] = value_of(expression, known)
            named[symbol.name] = _integer(known[symbol])
        return named, [value_of(bound.expression, known) for bound in self.bounds]


def value_of(term: Term, known: dict[Expression, mpq]) -> mpq:
    """The exact value of an expression, each of its parts evaluated once.

    Parameters
    ----------
    known : the values of its symbols; the values of its parts are added.

    Raises :class:`SizeError` for a number of more than :data:`MAX_BITS` bits.

    >>> value_of(maximum(d / 2, bits(d) ** 3), {d: mpq(5)})
    mpq(27,1)
    """
    if not isinstance(term, Expression):
        return mpq(term.numerator, term.denominator)  # what is no rational number, a float for example, has none
    if term not in known:
        value = term.step(*(value_of(part, known) for part in term.parts))
        if _size(value) > MAX_BITS:
            raise _too_large()
        known[term] = value
    return known[term]


def text_of(term: Term) -> str:
    """An expression as it stands in certificates and tables.

    >>> text_of(maximum(2 + d, (1 + k) ** 2 / 2)), text_of(k - 1)
    ('Max(d + 2, (k + 1)**2/2)', 'k - 1')
    """
    if not isinstance(term, Expression):
        return str(term)
    from exactnet.theory.symbolic import printed

    return printed(term.sympy())


def _size(value: mpq) -> int:
    return int(max(value.numerator.bit_length(), value.denominator.bit_length()))


def _too_large() -> SizeError:
    return SizeError(f"a stated bound is a number of more than {MAX_BITS} bits")


def _integer(value: mpq | int) -> int:
    if mpq(value).denominator != 1:
        raise TypeError(f"{value} stands in a bound where an integer belongs")
    return int(value)
