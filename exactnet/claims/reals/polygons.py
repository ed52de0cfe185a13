"""Networks of two inputs on convex polygons: the cells on which they are affine, and exact integrals over them.

Part of the trusted base. The cells are those of :class:`exactnet.claims.cells.tree.Walk`; the sign of a form on a polygon is that
at its corners, which takes no proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from gmpy2 import mpq

from exactnet.claims.cells.system import Term, system_of
from exactnet.claims.cells.tree import Cell, Walk
from exactnet.kernel.network import Network

__all__ = ["Affine", "Linear2", "Polygon", "rectangle", "square_integral"]

Point = tuple[mpq, mpq]
#: Corners in order, one way round.
Polygon = tuple[Point, ...]
#: ``(a, b, c)``: the function ``a*x + b*y + c``.
Linear2 = tuple[mpq, mpq, mpq]

_ZERO = mpq(0)


def rectangle(low: Point, high: Point) -> Polygon:
    """The rectangle between two corners."""
    return (low, (high[0], low[1]), high, (low[0], high[1]))


def at(function: Linear2, point: Point) -> mpq:
    """The value at a point."""
    a, b, c = function
    return a * point[0] + b * point[1] + c


def _cut(polygon: Polygon, values: Sequence[mpq], sign: int) -> Polygon:
    """The part of a polygon where a linear function, given by its values at the corners, has a sign or is 0."""
    corners = list(zip(polygon, values, strict=True))
    kept: list[Point] = []
    for (here, u), (there, v) in pairwise([*corners, corners[0]]):
        if u * sign >= 0:
            kept.append(here)
        if (u < 0 < v) or (v < 0 < u):
            t = u / (u - v)
            kept.append((here[0] + (there[0] - here[0]) * t, here[1] + (there[1] - here[1]) * t))
    return tuple(kept)


class Affine:
    """The parts of polygons on which a ReLU network of two inputs is affine; the oracle of their walk.

    >>> from exactnet.kernel.network import relu
    >>> net = Network(["x", "y"], [relu("h", {"x": 1, "y": -1})], ["h"])
    >>> square = rectangle((mpq(0), mpq(0)), (mpq(1), mpq(1)))
    >>> sorted(str(square_integral(part, outputs[0])) for part, outputs in Affine(net).parts(square))
    ['0', '1/12']
    """

    def __init__(self, net: Network) -> None:
        self._system = system_of([Term(net, 1, [(0, 1), (1, 1)])], 2)
        self._walk: Walk[Polygon] = Walk(self._system, ())

    def parts(self, polygon: Polygon) -> Iterator[tuple[Polygon, tuple[Linear2, ...]]]:
        """Parts that make up a polygon, each with its outputs."""
        for leaf in self._walk.leaves(self, self._walk.root(polygon)):
            yield leaf.cell.state, tuple(self._function(form, self._system.scale) for form in leaf.outputs)

    def sign(self, cell: Cell[Polygon], form: int, last: bool) -> int:
        """See :class:`exactnet.claims.cells.tree.Oracle`."""
        values = self._at_corners(cell, form)
        return 1 if min(values) >= 0 else -1 if max(values) <= 0 else 0

    def split(self, cell: Cell[Polygon], form: int) -> tuple[Polygon, Polygon]:
        """See :class:`exactnet.claims.cells.tree.Oracle`."""
        values = self._at_corners(cell, form)
        return _cut(cell.state, values, 1), _cut(cell.state, values, -1)

    def _at_corners(self, cell: Cell[Polygon], form: int) -> list[mpq]:
        function = self._function(form, 1)
        return [at(function, corner) for corner in cell.state]

    def _function(self, form: int, scale: int) -> Linear2:
        a, b, c = (mpq(number, scale) for number in self._walk.forms.unpack(form))
        return a, b, c


def square_integral(polygon: Polygon, function: Linear2) -> mpq:
    """The integral of the square of a linear function over a convex polygon.

    Over a triangle with values ``u, v, w`` at its corners it is ``area*(u^2 + v^2 + w^2 + uv + uw + vw)/6``.
    """
    total = _ZERO
    first, *rest = polygon
    u = at(function, first)
    for second, third in pairwise(rest):
        v, w = at(function, second), at(function, third)
        twice = (second[0] - first[0]) * (third[1] - first[1]) - (third[0] - first[0]) * (second[1] - first[1])
        total += abs(twice) * (u * u + v * v + w * w + u * v + u * w + v * w)
    return total / 12
