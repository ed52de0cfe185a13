"""Networks of two inputs on convex polygons: the cells on which they are linear, and exact integrals over them.

Part of the trusted base. A polygon is cut where a ReLU changes its sign inside it; on every part the network is linear,
with rational coefficients, and so are the corners.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from gmpy2 import mpq

from exactnet.continuous.segment import check_continuous_kind
from exactnet.network import AFFINE, Network

__all__ = ["Linear2", "Polygon", "cells", "rectangle", "square_integral"]

Point = tuple[mpq, mpq]
#: Corners in order, one way round.
Polygon = tuple[Point, ...]
#: ``(a, b, c)``: the function ``a*x + b*y + c``.
Linear2 = tuple[mpq, mpq, mpq]

_ZERO = mpq(0)
_NONE: Linear2 = (_ZERO, _ZERO, _ZERO)


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


def cells(net: Network, polygon: Polygon) -> Iterator[tuple[Polygon, tuple[Linear2, ...]]]:
    """Cut a convex polygon into parts on which a ReLU network of two inputs is linear: each with its outputs.

    >>> from exactnet.network import relu
    >>> net = Network(["x", "y"], [relu("h", {"x": 1, "y": -1})], ["h"])
    >>> square = rectangle((mpq(0), mpq(0)), (mpq(1), mpq(1)))
    >>> sorted(str(square_integral(part, outputs[0])) for part, outputs in cells(net, square))
    ['0', '1/12']
    """
    check_continuous_kind(net)
    nodes = [(name, net.kind(name) != AFFINE, list(net.sources(name)), net.bias(name)) for name in net.order]
    one = mpq(1)
    inputs = dict(zip(net.inputs, ((one, _ZERO, _ZERO), (_ZERO, one, _ZERO)), strict=True))
    stack: list[tuple[Polygon, int, dict[str, Linear2]]] = [(polygon, 0, inputs)]
    while stack:
        part, place, value = stack.pop()
        for index in range(place, len(nodes)):
            name, active, sources, bias = nodes[index]
            a, b, c = _ZERO, _ZERO, bias
            for source, weight in sources:
                of = value[source]
                if of is not _NONE:
                    a, b, c = a + weight * of[0], b + weight * of[1], c + weight * of[2]
            if not active:
                value[name] = (a, b, c)
            elif not a and not b:
                value[name] = (a, b, c) if c > 0 else _NONE
            else:
                at_corners = [a * x + b * y + c for x, y in part]
                if min(at_corners) >= 0:
                    value[name] = (a, b, c)
                elif max(at_corners) <= 0:
                    value[name] = _NONE
                else:
                    stack.append((_cut(part, at_corners, -1), index + 1, {**value, name: _NONE}))
                    part = _cut(part, at_corners, 1)
                    value[name] = (a, b, c)
        yield part, tuple(value[name] for name in net.outputs)


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
