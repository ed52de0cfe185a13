"""Domains: all of R^d, or the solutions of finitely many rational inequalities.

>>> Polyhedron.box(2, mpq(0), mpq(1, 2)).forms[:2]
((1, 0, 0), (-2, 0, 1))
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import gcd

from gmpy2 import mpq

from exactnet.claims.cells.forms import Vector
from exactnet.kernel.errors import DomainError
from exactnet.kernel.rationals import Rational, as_rational, format_rational

__all__ = ["Polyhedron", "form_text", "integers"]


def integers(values: Sequence[mpq]) -> Vector:
    """The integers without a common divisor that are a positive multiple of rationals.

    >>> integers([mpq(1, 2), mpq(-3)])
    (1, -6)
    """
    scale = 1
    for value in values:
        scale *= int(value.denominator) // gcd(scale, int(value.denominator))
    numbers = [int(value * scale) for value in values]
    divisor = gcd(*numbers) or 1
    return tuple(number // divisor for number in numbers)


def form_text(form: Vector) -> str:
    """A form for a person.

    >>> form_text((1, 0, -2, 0)), form_text((-1, 0, 5)), form_text((0, 0))
    ('x1 - 2 x3', '-x1 + 5', '0')
    """
    units = {1: "", -1: "-"}
    terms = [f"{units.get(c, f'{c} ')}x{i}" for i, c in enumerate(form[:-1], 1) if c]
    if form[-1] or not terms:
        terms.append(str(form[-1]))
    return " + ".join(terms).replace("+ -", "- ")


@dataclass(frozen=True)
class Polyhedron:
    """The points of R^d at which all forms are at least 0.

    Attributes
    ----------
    d : int
        Dimension.
    forms : tuple of tuple of int
        Coefficients, the constant last.
    kind : str
        ``reals``, ``box``, ``chamber`` or ``polytope``: how it was described.
    ends : tuple of mpq
        Of a box: the least and the greatest value of every coordinate.
    """

    d: int
    forms: tuple[Vector, ...] = ()
    kind: str = "reals"
    ends: tuple[mpq, ...] = ()

    @staticmethod
    def box(d: int, low: Rational, high: Rational) -> Polyhedron:
        """``low <= x_i <= high`` for all i. Raises :class:`DomainError` unless ``low < high``."""
        low, high = as_rational(low), as_rational(high)
        if low >= high:
            raise DomainError(f"the box from {format_rational(low)} to {format_rational(high)} has no interior")
        forms = []
        for i in range(d):
            for sign, constant in ((1, -low), (-1, high)):
                forms.append(integers([*(mpq(sign * (i == k)) for k in range(d)), constant]))
        return Polyhedron(d, tuple(forms), "box", (low, high))

    @staticmethod
    def chamber(d: int) -> Polyhedron:
        """``x_1 >= x_2 >= ... >= x_d``."""
        forms = [tuple([0] * i + [1, -1] + [0] * (d - 1 - i)) for i in range(d - 1)]
        return Polyhedron(d, tuple(forms), "chamber")

    @staticmethod
    def polytope(d: int, inequalities: Iterable[Sequence[Rational]]) -> Polyhedron:
        """``c·x + c_0 >= 0`` for every ``(c, c_0)``. Raises :class:`DomainError` for one of the wrong length."""
        forms = []
        for number, inequality in enumerate(inequalities, 1):
            values = list(map(as_rational, inequality))
            if len(values) != d + 1:
                raise DomainError(f"inequality {number} has {len(values)} numbers; {d} coefficients and a constant are needed")
            if any(values):
                forms.append(integers(values))
        return Polyhedron(d, tuple(forms), "polytope")

    def __contains__(self, point: object) -> bool:
        """Whether a point of rationals lies in it."""
        if not isinstance(point, tuple) or len(point) != self.d:
            return False
        return all(sum((c * x for c, x in zip(form, point, strict=False)), mpq(form[-1])) >= 0 for form in self.forms)

    def __str__(self) -> str:
        space = f"R^{self.d}"
        if self.kind == "box":
            return f"[{format_rational(self.ends[0])}, {format_rational(self.ends[1])}]^{self.d}"
        if self.kind == "chamber":
            return f"{space}, by symmetry from x1 >= ... >= x{self.d}"
        return space if self.kind == "reals" else f"a polytope in {space} ({len(self.forms)} inequalities)"
