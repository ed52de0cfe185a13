"""Networks along lines: piecewise linear functions of one real quantity, with exact breakpoints; and ranges by such functions.

Part of the trusted base. A function is its value and slope at the start of an interval and its changes of slope inside,
so that sums merge and a ReLU adds the zeros.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from gmpy2 import mpq

from exactnet.kernel.errors import NetworkError, SizeError, clip_text
from exactnet.kernel.network import AFFINE, THRESHOLD, Network

__all__ = [
    "MAX_KINKS", "Piecewise", "Range", "along", "check_continuous_kind", "functions", "line", "output_ranges", "pieces_between",
]

#: The most breakpoints that a function may have.
MAX_KINKS = 2**18
#: About the most bits of all breakpoints that are looked at, over all wires.
MAX_WORK = 2**29

_ZERO = mpq(0)


@dataclass(frozen=True, slots=True)
class Piecewise:
    """A continuous piecewise linear function on ``[start, stop]``.

    Attributes
    ----------
    value, slope : at ``start``.
    kinks : ``{x: change of slope at x}`` with ``start < x < stop``, no change 0.

    >>> tent = Piecewise(mpq(0), mpq(1), mpq(0), mpq(2), {mpq(1, 2): mpq(-4)})
    >>> [(str(x), str(y)) for x, y in tent.knots()], tent.pieces
    ([('0', '0'), ('1/2', '1'), ('1', '0')], 2)
    """

    start: mpq
    stop: mpq
    value: mpq
    slope: mpq = _ZERO
    kinks: Mapping[mpq, mpq] = field(default_factory=dict)

    @property
    def pieces(self) -> int:
        """The number of linear pieces."""
        return 1 + len(self.kinks)

    def knots(self) -> list[tuple[mpq, mpq]]:
        """``(x, value)`` at the start, at every kink, and at the end, ascending."""
        x, y, slope = self.start, self.value, self.slope
        knots = [(x, y)]
        for at in sorted(self.kinks):
            y += slope * (at - x)
            x = at
            slope += self.kinks[at]
            knots.append((x, y))
        if self.stop > x:
            knots.append((self.stop, y + slope * (self.stop - x)))
        return knots

    def at(self, places: Iterable[mpq]) -> list[mpq]:
        """The values at places in ``[start, stop]``."""
        knots = self.knots()
        ends = [x for x, _ in knots]
        values = []
        for x in places:
            last = min(bisect_right(ends, x), len(knots) - 1)
            (a, fa), (b, fb) = knots[max(last - 1, 0)], knots[last]
            values.append(fa if a == b else fa + (fb - fa) * (x - a) / (b - a))
        return values

    def range(self) -> tuple[mpq, mpq]:
        """The least and the greatest value."""
        values = [y for _, y in self.knots()]
        return min(values), max(values)

    def relu(self) -> Piecewise:
        """``[f]+``."""
        knots = self.knots()
        if min(y for _, y in knots) >= 0:
            return self
        if max(y for _, y in knots) <= 0:
            return Piecewise(self.start, self.stop, _ZERO)
        points = []
        for (x, y), (after, next_y) in pairwise(knots):
            points.append((x, max(y, _ZERO)))
            if (y < 0 < next_y) or (next_y < 0 < y):
                points.append((x + (after - x) * y / (y - next_y), _ZERO))
        points.append((knots[-1][0], max(knots[-1][1], _ZERO)))
        return through(points)

    def __sub__(self, other: Piecewise) -> Piecewise:
        return combine([(mpq(1), self), (mpq(-1), other)], _ZERO, self.start, self.stop)

    def variation(self) -> mpq:
        """The total variation: how far the value moves, up and down."""
        return sum((abs(b - a) for (_, a), (_, b) in pairwise(self.knots())), _ZERO)

    def square_integral(self) -> mpq:
        """The integral of ``f^2``: ``h(a^2 + ab + b^2)/3`` on a piece of length ``h`` from ``a`` to ``b``."""
        parts = ((after - x) * (a * a + a * b + b * b) for (x, a), (after, b) in pairwise(self.knots()))
        return sum(parts, _ZERO) / 3


Range = tuple[mpq, mpq]
#: The root that a value is a function of ("": none, a constant), and the function.
Rooted = tuple[str, Piecewise]


def line(start: mpq, stop: mpq, value: mpq, slope: mpq) -> Piecewise:
    """The function ``value + slope*(x - start)``."""
    return Piecewise(start, stop, value, slope)


def through(points: Sequence[tuple[mpq, mpq]]) -> Piecewise:
    """The function through points with ascending ``x`` (superfluous ones are allowed)."""
    slopes = [(b - a) / (after - x) for (x, a), (after, b) in pairwise(points)]
    changes = {x: new - old for (x, _), old, new in zip(points[1:], slopes, slopes[1:], strict=False) if new != old}
    return Piecewise(points[0][0], points[-1][0], points[0][1], slopes[0] if slopes else _ZERO, changes)


def combine(terms: Iterable[tuple[mpq, Piecewise]], bias: mpq, start: mpq, stop: mpq) -> Piecewise:
    """``bias`` plus a weighted sum of functions on the same interval."""
    value, slope = bias, _ZERO
    kinks: dict[mpq, mpq] = {}
    for weight, function in terms:
        value += weight * function.value
        slope += weight * function.slope
        for x, change in function.kinks.items():
            kinks[x] = kinks.get(x, _ZERO) + weight * change
        if len(kinks) > MAX_KINKS:
            raise SizeError(f"a function along a line has more than {MAX_KINKS} breakpoints")
    return Piecewise(start, stop, value, slope, {x: change for x, change in kinks.items() if change})


def check_continuous_kind(net: Network) -> None:
    """Raise :class:`NetworkError` for a network with threshold gates: it has jumps."""
    for name in net.order:
        if net.kind(name) == THRESHOLD:
            raise NetworkError(f"node {clip_text(name)} is a threshold gate: between grid points, only ReLU networks are looked at")


def functions(net: Network, known: Mapping[str, Rooted]) -> dict[str, Rooted]:
    """The nodes that follow from known ones, as functions of one root or constants; those that nobody reads any more are left out.

    A *root* is a quantity of which only an interval is known. Where all that a node reads are functions of one root, so is the
    node, and its range is exact over the root's interval; otherwise it becomes a root. So a reduction
    ``F - q*(1[F >= q] + 1[F >= 2q] + ...)`` keeps its range.

    Parameters
    ----------
    known : {name: (root, function)}; the root of a constant is "".
    """
    check_continuous_kind(net)
    value = dict(known)
    left = Counter({name: sum(1 for _ in net.readers(name)) for name in (*net.inputs, *net.order)})
    left.update(net.outputs)
    work = 0
    for name in net.order:
        sources = list(net.sources(name))
        if name in known or not all(source in value for source, _ in sources):
            continue
        for source, _ in sources:
            function = value[source][1]
            numbers = (function.value, function.slope)
            bits = sum(part.bit_length() for number in numbers for part in (number.numerator, number.denominator))
            work += (1 + len(function.kinks)) * (64 + bits)
        if work > MAX_WORK:
            raise SizeError(f"node {clip_text(name)}: breakpoints of more than {MAX_WORK} bits in all up to here")
        value[name] = _node(net, name, value)
        for source, _ in sources:
            left[source] -= 1
            if not left[source]:
                del value[source]
    return value


def root(name: str, low: mpq, high: mpq) -> Rooted:
    """Something of which only an interval is known, as a function of itself."""
    return (name, line(low, high, low, mpq(1))) if low < high else ("", Piecewise(_ZERO, _ZERO, low))


def _node(net: Network, name: str, value: Mapping[str, Rooted]) -> Rooted:
    groups: dict[str, list[tuple[mpq, Piecewise]]] = {}
    bias = net.bias(name)
    for source, weight in net.sources(name):
        of, function = value[source]
        if of:
            groups.setdefault(of, []).append((weight, function))
        else:
            bias += weight * function.value
    active = net.kind(name) != AFFINE
    if len(groups) == 1:
        ((of, terms),) = groups.items()
        form = combine(terms, bias, terms[0][1].start, terms[0][1].stop)
        form = form.relu() if active else form
        return (of, form) if form.slope or form.kinks else root("", form.value, form.value)
    low = high = bias
    for terms in groups.values():
        ends = combine(terms, _ZERO, terms[0][1].start, terms[0][1].stop).range()
        low, high = low + ends[0], high + ends[1]
    return root(name, max(low, _ZERO), max(high, _ZERO)) if active else root(name, low, high)


def output_ranges(net: Network, known: Mapping[str, Range]) -> tuple[Range, ...]:
    """An interval that holds each output for all values of some nodes in their ranges.

    Parameters
    ----------
    known : the ranges of nodes that cut every path from the inputs to the outputs: the inputs themselves, or the bits.

    >>> from exactnet.kernel.network import affine, relu
    >>> nodes = [affine("F", {"x": 1, "y": 1}), relu("h", {"F": 1}, -1), affine("o", {"F": 1, "h": -1})]
    >>> low, high = output_ranges(Network(["x", "y"], nodes, ["o"]), {"x": (mpq(0), mpq(1)), "y": (mpq(0), mpq(1))})[0]
    >>> str(low), str(high)
    ('0', '1')
    """
    value = functions(net, {name: root(name, *ends) for name, ends in known.items()})
    return tuple(value[name][1].range() for name in net.outputs)


def along(net: Network, inputs: Sequence[Piecewise]) -> tuple[Piecewise, ...]:
    """The outputs of a ReLU network whose inputs are functions on the same interval.

    >>> from exactnet.kernel.network import affine, relu
    >>> net = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 2, "x": -1})], ["y"])
    >>> absolute = along(net, [line(mpq(-1), mpq(1), mpq(-1), mpq(1))])[0]
    >>> absolute.pieces, str(absolute.square_integral())
    (2, '2/3')
    """
    start, stop = inputs[0].start, inputs[0].stop
    value = functions(net, {name: ("t", function) for name, function in zip(net.inputs, inputs, strict=True)})
    outputs = map(value.__getitem__, net.outputs)
    return tuple(function if of else Piecewise(start, stop, function.value) for of, function in outputs)


def pieces_between(net: Network, first: Sequence[mpq], last: Sequence[mpq]) -> tuple[Piecewise, ...]:
    """The outputs along the segment from a point to another, as functions of ``0 <= t <= 1``.

    Raises :class:`NetworkError` for a network with threshold gates or points of another dimension.
    """
    for point in (first, last):
        if len(point) != len(net.inputs):
            raise NetworkError(f"the network has {len(net.inputs)} inputs, the point {len(point)} coordinates")
    return along(net, [line(_ZERO, mpq(1), a, b - a) for a, b in zip(first, last, strict=True)])
