"""Piecewise linear functions of one real quantity on an interval, exactly.

To believe: that a :class:`Curve` is ``value`` at ``low``, and from there on rises by ``slope``, which changes by ``kinks[x]``
at ``x``; that :func:`weighted` and :func:`relu` are sums and ``max(0, ·)`` of such functions; and that :func:`node` is the
function of one quantity that a node is, or an interval that holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from .network import Net
from .reading import Number


class Curve(NamedTuple):
    """A function on ``low <= x <= high``; kinks lie strictly between, in any order, and none is 0."""

    low: Fraction
    high: Fraction
    value: Fraction
    slope: Fraction
    kinks: dict[Fraction, Fraction]

    def knots(self) -> list[tuple[Fraction, Fraction]]:
        """``x`` and the value there, at both ends and at every kink, in order."""
        x, y, slope = self.low, self.value, self.slope
        knots = [(x, y)]
        for place in [*sorted(self.kinks), self.high]:
            y += slope * (place - x)
            x, slope = place, slope + self.kinks.get(place, 0)
            knots.append((x, y))
        return knots

    def at(self, places: Sequence[Fraction]) -> list[Fraction]:
        """The values at ascending places."""
        values, rest = [], iter(pairwise(self.knots()))
        (x, y), (end, at_end) = next(rest)
        for place in places:
            while place > end:
                (x, y), (end, at_end) = next(rest)
            values.append(y if end == x else y + (at_end - y) * (place - x) / (end - x))
        return values

    def range(self) -> tuple[Fraction, Fraction]:
        """The least and the largest value: linear pieces have theirs at their ends."""
        values = [y for _, y in self.knots()]
        return min(values), max(values)

    def variation(self) -> Fraction:
        """The total variation."""
        return sum((abs(right - left) for (_, left), (_, right) in pairwise(self.knots())), Fraction(0))


#: The quantity that a value is a function of, and the function; a constant is a function of nothing (no name).
Value = tuple[str, Curve]


def identity(low: Number, high: Number) -> Curve:
    """``x`` itself."""
    return Curve(Fraction(low), Fraction(high), Fraction(low), Fraction(1), {})


def constant(value: Number) -> Value:
    """A function of nothing."""
    return "", Curve(Fraction(0), Fraction(0), Fraction(value), Fraction(0), {})


def joined(name: str, low: Fraction, high: Fraction) -> Value:
    """Something of which only an interval is known, as a function of itself."""
    return constant(low) if low == high else (name, identity(low, high))


def weighted(terms: Iterable[tuple[Number, Curve]], bias: Number) -> Curve:
    """``bias + Σ w·curve`` for constants, and curves on one interval (that of a constant, if there are none)."""
    value, slope, low, high = Fraction(bias), Fraction(0), Fraction(0), Fraction(0)
    kinks: dict[Fraction, Fraction] = {}
    for w, curve in terms:
        if curve.low < curve.high:
            low, high = curve.low, curve.high
        value, slope = value + w * curve.value, slope + w * curve.slope
        for x, change in curve.kinks.items():
            kinks[x] = kinks.get(x, Fraction(0)) + w * change
    return Curve(low, high, value, slope, {x: change for x, change in kinks.items() if change})


def relu(curve: Curve) -> Curve:
    """``max(0, curve)``: its knots, and where it crosses 0."""
    points: list[tuple[Fraction, Fraction]] = []
    for x, y in curve.knots():
        if points and y * points[-1][1] < 0:
            before, above = points[-1]
            points.append((before + (x - before) * above / (above - y), Fraction(0)))
        points.append((x, y))
    slopes = []
    for (x, y), (end, at_end) in pairwise(points):
        slopes.append(Fraction(0) if end == x else (max(at_end, Fraction(0)) - max(y, Fraction(0))) / (end - x))
    kinks = {x: after - before for (x, _), (before, after) in zip(points[1:], pairwise(slopes), strict=False) if after != before}
    return Curve(curve.low, curve.high, max(points[0][1], Fraction(0)), slopes[0], kinks)


def integral_of_square(curve: Curve) -> Fraction:
    """The integral of its square over the interval."""
    pieces = pairwise(curve.knots())
    return sum(((end - x) * (y * y + y * at_end + at_end * at_end) / 3 for (x, y), (end, at_end) in pieces), Fraction(0))


def node(net: Net, name: str, values: Mapping[str, Value]) -> Value:
    """A node as a function of one quantity, if all that it reads are; else as an interval, a quantity of its own."""
    groups: dict[str, list[tuple[Number, Curve]]] = {}
    for source, w in net.wires[name].items():
        groups.setdefault(values[source][0], []).append((w, values[source][1]))
    fixed = weighted(groups.pop("", []), net.bias[name]).value
    active = net.kind[name] == "relu"
    if len(groups) == 1:
        ((root, terms),) = groups.items()
        form = weighted(terms, fixed)
        form = relu(form) if active else form
        return (root, form) if form.slope or form.kinks else constant(form.value)
    ends = [weighted(terms, 0).range() for terms in groups.values()]
    low, high = fixed + sum(low for low, _ in ends), fixed + sum(high for _, high in ends)
    return joined(name, max(low, Fraction(0)), max(high, Fraction(0))) if active else joined(name, low, high)


def outputs(net: Net, known: Mapping[str, Value]) -> list[Curve]:
    """The outputs, from nodes that cut every path from the inputs."""
    values = dict(known)
    for name, wires in net.wires.items():
        if name not in values and wires.keys() <= values.keys():
            values[name] = node(net, name, values)
    return [values[name][1] for name in net.outputs]
