"""Networks with the activation EUAF, and what is shown of them for all real inputs (docs/euaf.md).

``sigma(x)`` is the triangle wave of period 2 for ``x >= 0`` (0 at even integers, 1 at odd ones) and ``x/(1+|x|)`` for ``x < 0``:
rational at rationals. It is affine between two neighbouring integers ``j >= 0`` and ``j + 1``, and that is all that the checks use:

*Hulls.* If at every neuron the arguments at the vertices of a polytope lie between two such integers, or are all equal, then
every value is affine on the polytope, so that the values at the vertices say everything (:func:`on_hull`).

*Statements.* The network has layers that decode, up to layer ``decoded``, then layers that sort, up to ``sorted``. Copy ``s`` is
neuron ``s`` of the layer ``decoded``; there are ``2d+1`` of them, with values in [0, 1] everywhere.

1. Copy ``s`` is constant on every product of its ``intervals``, and that constant is near the function there. (All neurons but the
   last two of a copy depend on one coordinate, so that intervals are looked at one by one.)
2. The gaps between intervals of different copies are disjoint. So in each coordinate at most one copy is off, at least ``d+1``
   copies are near the function at any point of ``[0, 1]^d``, and the median of all copies lies between two of these.
3. What follows ``sorted`` reads the median of the copies alone: shown on the simplices ``1 >= y_i >= ... >= y_j >= 0``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TypeAlias

from gmpy2 import mpq

from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.rationals import format_rational

__all__ = [
    "MOST_INPUTS",
    "Box",
    "Certificate",
    "Ends",
    "EuafNetwork",
    "Labels",
    "Layer",
    "NotShown",
    "Points",
    "Polynomial",
    "Row",
    "Target",
    "Values",
    "Within",
    "meets",
    "on_hull",
    "sigma",
    "verify",
    "worst_error",
]

#: Values at all corners of a cube of ``2d+1`` dimensions are looked at.
MOST_INPUTS = 3

Ends: TypeAlias = tuple[mpq, mpq]
Box: TypeAlias = tuple[Ends, ...]
Point: TypeAlias = Sequence[mpq]


class NotShown(ExactnetError):
    """Something that a certificate claims and that its checks do not show; the message says what."""


def sigma(x: mpq) -> mpq:
    """The activation.

    >>> [str(sigma(mpq(x, 2))) for x in (-2, 0, 1, 2, 3, 4, 5)]
    ['-1/2', '0', '1/2', '1', '1/2', '0', '1/2']
    """
    if x < 0:
        return x / (1 - x)
    return abs(x - 2 * ((x.numerator + x.denominator) // (2 * x.denominator)))


@dataclass(frozen=True)
class Row:
    """``bias + sum of weight * value`` over the values of the layer before; no weight is 0."""

    bias: mpq
    weights: Mapping[int, mpq]

    def at(self, values: Mapping[int, mpq] | Sequence[mpq]) -> mpq:
        """The value of the form."""
        return sum((weight * values[source] for source, weight in self.weights.items()), self.bias)


Layer: TypeAlias = tuple[Row, ...]


@dataclass(frozen=True)
class EuafNetwork:
    """Hidden layers of rows, each followed by :func:`sigma`, and one output without it.

    >>> net = EuafNetwork(1, ((Row(mpq(0), {0: mpq(2)}),),), Row(mpq(1), {0: mpq(3)}))
    >>> net([mpq(3, 4)]), net.widths, net.bits
    (mpq(5,2), [1], 2)
    """

    inputs: int
    layers: tuple[Layer, ...]
    output: Row

    def __call__(self, point: Point) -> mpq:
        values: Sequence[mpq] = point
        for layer in self.layers:
            values = [sigma(row.at(values)) for row in layer]
        return self.output.at(values)

    @property
    def widths(self) -> list[int]:
        """How many neurons each hidden layer has."""
        return list(map(len, self.layers))

    @property
    def bits(self) -> int:
        """Bits of the largest numerator or denominator of a weight or bias."""
        rows = [*(row for layer in self.layers for row in layer), self.output]
        numbers = [number for row in rows for number in (row.bias, *row.weights.values())]
        return int(max(part.bit_length() for number in numbers for part in (number.numerator, number.denominator)))


# --- functions ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Polynomial:
    """The sum of ``coefficient * x_1^e_1 ... x_d^e_d`` over ``terms``, for inputs in [0, 1].

    >>> square = Polynomial((((2,), mpq(1)),))
    >>> square([mpq(1, 2)]), square.farthest(((mpq(0), mpq(1)),), mpq(1, 4))
    (mpq(1,4), mpq(1,1))
    """

    terms: tuple[tuple[tuple[int, ...], mpq], ...]

    def __call__(self, point: Point) -> mpq:
        total = mpq(0)
        for exponents, coefficient in self.terms:
            term = coefficient
            for x, e in zip(point, exponents, strict=True):
                term *= x**e
            total += term
        return total

    def farthest(self, box: Box, value: mpq) -> mpq:
        """At least the largest ``|f - value|`` on a box: that at the middle, and the largest slopes times half the sides."""
        total = abs(self([(low + high) / 2 for low, high in box]) - value)
        for place, (low, high) in enumerate(box):
            terms = [
                ((*e[:place], e[place] - 1, *e[place + 1 :]), c * e[place]) for e, c in self.terms if e[place]
            ]  # monomials grow with every coordinate, which is at least 0
            ends = [
                sum((Polynomial(((e, c),))([side[(c > 0) == up] for side in box]) for e, c in terms), mpq(0))
                for up in (False, True)
            ]
            total += (high - low) / 2 * max(map(abs, ends))
        return total


@dataclass(frozen=True)
class Points:
    """The polygon through points ``(x, y)`` with ascending ``x`` from 0 to 1, in one variable.

    >>> hat = Points(((mpq(0), mpq(0)), (mpq(1, 2), mpq(1)), (mpq(1), mpq(0))))
    >>> hat([mpq(3, 4)]), hat.farthest(((mpq(1, 4), mpq(1)),), mpq(1, 4))
    (mpq(1,2), mpq(3,4))
    """

    points: tuple[tuple[mpq, mpq], ...]

    def __call__(self, point: Point) -> mpq:
        x = point[0]
        for (a, u), (b, v) in pairwise(self.points):
            if a <= x <= b:
                return u + (v - u) * (x - a) / (b - a)
        raise NotShown(f"{format_rational(x)} is not from 0 to 1")

    @property
    def is_function(self) -> bool:
        """Whether the points ascend from 0 to 1."""
        places = [x for x, _ in self.points]
        return bool(places[0] == 0 and places[-1] == 1 and all(a < b for a, b in pairwise(places)))

    def farthest(self, box: Box, value: mpq) -> mpq:
        """The largest ``|f - value|`` on an interval."""
        low, high = box[0]
        places = [low, high, *(x for x, _ in self.points if low < x < high)]
        return max(abs(self([x]) - value) for x in places)


Target: TypeAlias = Polynomial | Points

# --- claims -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Within:
    """U1: ``|N(x) - f(x)| <= epsilon`` for all ``x`` in ``[0, 1]^d``."""

    function: Target
    epsilon: mpq


@dataclass(frozen=True)
class Labels:
    """U2: ``N(x) = label`` for all ``x`` in each box."""

    regions: tuple[tuple[Box, mpq], ...]


@dataclass(frozen=True)
class Values:
    """U3: ``N(x) = value`` at each of finitely many points."""

    values: tuple[tuple[tuple[mpq, ...], mpq], ...]


@dataclass(frozen=True)
class Certificate:
    """A claim about a network, and where its parts are; for :class:`Values` there are none.

    Attributes
    ----------
    decoded, sorted : int
        How many layers decode, and how many decode or sort.
    intervals : tuple of tuple of Ends
        Of each copy: ascending intervals in [0, 1], the same for every coordinate.
    """

    network: EuafNetwork
    claim: Within | Labels | Values
    decoded: int = 0
    sorted: int = 0
    intervals: tuple[tuple[Ends, ...], ...] = ()


def verify(certificate: Certificate) -> None:
    """Confirm a certificate. Raises :class:`NotShown`, which says what is not shown."""
    net, claim = certificate.network, certificate.claim
    if isinstance(claim, Values):
        if certificate.decoded or certificate.sorted or certificate.intervals:
            raise NotShown("a table of values has no layers that decode or sort, and no intervals")
        for point, value in claim.values:
            outputs = net(point)
            if outputs != value:
                where = ", ".join(map(format_rational, point))
                raise NotShown(f"N({where}) = {format_rational(outputs)}, not {format_rational(value)}")
        return
    if isinstance(claim, Within):
        worst = worst_error(certificate)
        if worst != claim.epsilon:
            raise NotShown(f"what is shown is |N - f| <= {format_rational(worst)}")
        return
    _check_parts(certificate)
    for region, _ in claim.regions:
        if len(region) != net.inputs or not all(0 <= low <= high <= 1 for low, high in region):
            raise NotShown(f"a region is no box in [0, 1]^{net.inputs}")
    rows = _median_rows(certificate)
    near: dict[mpq, list[mpq]] = {}
    for box, value in _copies(certificate):
        for region, label in claim.regions:
            if meets(box, region):
                near.setdefault(label, []).append(value)
    for label, values in near.items():
        _check_label(net.layers[certificate.sorted :], net.output, rows, label, (min(values), max(values)))


def worst_error(certificate: Certificate) -> mpq:
    """The ``epsilon`` for which the checks show :class:`Within` (its own is not looked at). Raises :class:`NotShown`."""
    assert isinstance(certificate.claim, Within)
    _check_parts(certificate)
    if certificate.sorted != len(certificate.network.layers):
        raise NotShown("there are layers between the sorted copies and the output")
    ((low, high),) = _median_rows(certificate)
    function = certificate.claim.function
    return max(function.farthest(box, low + (high - low) * value) for box, value in _copies(certificate))


def meets(box: Box, region: Box) -> bool:
    """Whether two closed boxes have a point in common."""
    return all(low <= top and bottom <= high for (low, high), (bottom, top) in zip(box, region, strict=True))


def on_hull(
    layers: Sequence[Layer], needed: Sequence[Sequence[int]], vertices: Sequence[Point]
) -> list[dict[int, mpq]]:
    """The values of neurons at the vertices of a polytope, on which they are affine.

    Parameters
    ----------
    needed : of each layer, the neurons that are looked at; they read no others.

    Raises :class:`NotShown` where an argument may leave a piece of the activation.
    """
    values = [dict(enumerate(vertex)) for vertex in vertices]
    for number, (layer, neurons) in enumerate(zip(layers, needed, strict=True), 1):
        arguments = {neuron: [layer[neuron].at(before) for before in values] for neuron in neurons}
        for neuron, ends in arguments.items():
            if not _on_one_piece(ends):
                raise NotShown(f"layer {number}, neuron {neuron + 1}: the argument may leave a piece of the activation")
        values = [{neuron: sigma(ends[v]) for neuron, ends in arguments.items()} for v in range(len(values))]
    return values


def _on_one_piece(arguments: Sequence[mpq]) -> bool:
    low, high = min(arguments), max(arguments)
    return bool(low == high or (low >= 0 and high <= low.numerator // low.denominator + 1))


def _cone(layers: Sequence[Layer], neuron: int) -> list[list[int]]:
    """Of each layer, what a neuron of the last one depends on."""
    needed = [[neuron]]
    for layer in reversed(layers[1:]):
        needed.insert(0, sorted({source for number in needed[0] for source in layer[number].weights}))
    return needed


def _copies(certificate: Certificate) -> Iterator[tuple[Box, mpq]]:
    """Boxes that cover the products of the intervals of all copies, each with the value of the copy on it.

    The last two layers that decode read values of which each depends on one coordinate. Raises :class:`NotShown` where that is not
    so, or where what they read of a coordinate is not constant on an interval.
    """
    net = certificate.network
    floors, (index, decode) = (
        net.layers[: certificate.decoded - 2],
        net.layers[certificate.decoded - 2 : certificate.decoded],
    )
    reads = [{i} for i in range(net.inputs)]
    for layer in floors:
        reads = [set().union(*(reads[source] for source in row.weights)) for row in layer]
        if any(len(coordinates) != 1 for coordinates in reads):
            raise NotShown("a neuron before the last two that decode depends on no coordinate, or on two")
    for copy, intervals in enumerate(certificate.intervals):
        needed = _cone(net.layers[: certificate.decoded], copy)[:-1]
        rows = {number: index[number] for number in needed.pop()}
        flat = []
        for j in range(net.inputs):
            mine = {n: {s: w for s, w in row.weights.items() if j in reads[s]} for n, row in rows.items()}
            flat.append(
                list(
                    _flat_parts(
                        floors, needed, {n: Row(mpq(0), part) for n, part in mine.items()}, intervals, net.inputs
                    )
                )
            )
        for cells in product(*flat):
            values = {n: sigma(sum((part[n] for _, part in cells), row.bias)) for n, row in rows.items()}
            yield tuple(ends for ends, _ in cells), sigma(decode[copy].at(values))


def _flat_parts(
    floors: Sequence[Layer],
    needed: Sequence[Sequence[int]],
    rows: Mapping[int, Row],
    intervals: Sequence[Ends],
    inputs: int,
) -> Iterator[tuple[Ends, dict[int, mpq]]]:
    """Intervals with the values there of rows that depend on one coordinate; neighbours with equal values are joined."""
    last: tuple[Ends, dict[int, mpq]] | None = None
    for ends in intervals:
        vertices = [[end] * inputs for end in ends]  # every neuron reads one coordinate: others may move with it
        low, high = ({n: row.at(values) for n, row in rows.items()} for values in on_hull(floors, needed, vertices))
        if low != high:
            raise NotShown(f"what is decoded changes from {format_rational(ends[0])} to {format_rational(ends[1])}")
        if last is not None and last[0][1] == ends[0] and last[1] == low:
            last = (last[0][0], ends[1]), low
            continue
        if last is not None:
            yield last
        last = ends, low
    if last is not None:
        yield last


def _check_parts(certificate: Certificate) -> None:
    """Raise :class:`NotShown` unless there are enough copies, with values in [0, 1], of which few are off at a point."""
    net, d = certificate.network, certificate.network.inputs
    copies = 2 * d + 1
    if not 1 <= d <= MOST_INPUTS:
        raise NotShown(f"{d} inputs; at most {MOST_INPUTS} are checked")
    if not 2 < certificate.decoded < certificate.sorted <= len(net.layers):
        raise NotShown("there are no layers that decode, or none that sort")
    if len(net.layers[certificate.decoded - 1]) != copies or len(certificate.intervals) != copies:
        raise NotShown(f"there are not {copies} copies")
    for row in net.layers[certificate.decoded - 1]:
        if row.bias < sum(map(abs, row.weights.values())):  # all values that it reads are in [-1, 1]
            raise NotShown("a copy may have values outside [0, 1]")
    gaps: list[Ends] = []
    for intervals in certificate.intervals:
        if not intervals or any(low > high for low, high in intervals):
            raise NotShown("a copy has no intervals, or an empty one")
        ends = [mpq(-1), *(end for interval in intervals for end in interval), mpq(2)]
        if ends != sorted(ends) or intervals[0][0] < 0 or intervals[-1][1] > 1:
            raise NotShown("the intervals of a copy are not ascending in [0, 1]")
        # what lies outside [0, 1] is no input: a gap there ends at 0, or begins at 1
        pairs = [*zip(ends[::2], ends[1::2], strict=True)]
        gaps += [(low, high) for low, high in pairs if low < high and not (high == 0 or low == 1)]
    gaps.sort()
    for (_, high), (low, _) in pairwise(gaps):
        if low < high:
            raise NotShown(f"two copies are off right after {format_rational(low)}")


def _median_rows(certificate: Certificate) -> list[Ends]:
    """What follows the layers that sort, as functions of the median of the copies: their values where it is 0, and 1.

    Raises :class:`NotShown` where one of them is no affine function of the median on all of ``[0, 1]^m``.
    """
    net, d = certificate.network, certificate.network.inputs
    copies = 2 * d + 1
    corners = list(product((0, 1), repeat=copies))
    place = {corner: number for number, corner in enumerate(corners)}
    values: list[Sequence[mpq]] = [list(map(mpq, corner)) for corner in corners]
    pieces: list[list[tuple[int, int]]] = []  # of each neuron, at each corner: the integers around its argument
    for layer in net.layers[certificate.decoded : certificate.sorted]:
        arguments = [[row.at(before) for row in layer] for before in values]
        for neuron in zip(*arguments, strict=True):
            if min(neuron) < 0:
                raise NotShown("the argument of a neuron that sorts may be negative")
            pieces.append([(z.numerator // z.denominator, -(-z.numerator // z.denominator)) for z in neuron])
        values = [list(map(sigma, row)) for row in arguments]
    # two corners are in one simplex if one has a 1 wherever the other has
    pairs = [(u, v) for u in corners for v in corners if all(a <= b for a, b in zip(u, v, strict=True))]
    joined = [(place[u], place[v]) for u, v in pairs]
    for at in pieces:
        if any(max(at[u][1], at[v][1]) - min(at[u][0], at[v][0]) > 1 for u, v in joined):
            raise NotShown("the argument of a neuron that sorts may leave a piece of the activation")
    rows = net.layers[certificate.sorted] if certificate.sorted < len(net.layers) else (net.output,)
    medians = []
    for row in rows:
        ends: list[set[mpq]] = [set(), set()]
        for corner, before in zip(corners, values, strict=True):
            ends[sum(corner) > d].add(row.at(before))
        if any(len(end) > 1 for end in ends):
            raise NotShown("what follows the layers that sort is no function of the median")
        medians.append((ends[0].pop(), ends[1].pop()))
    return medians


def _check_label(tail: Sequence[Layer], output: Row, rows: Sequence[Ends], label: mpq, median: Ends) -> None:
    """Raise :class:`NotShown` unless the output is a label while the median is in an interval."""
    first = tuple(Row(low, {0: high - low}) for low, high in rows)
    layers, last = ((first, *tail[1:]), output) if tail else ((), first[0])
    values = on_hull(layers, [range(len(layer)) for layer in layers], [[median[0]], [median[1]]])
    for value in (last.at(before) for before in values):
        if value != label:
            raise NotShown(f"the output may be {format_rational(value)} where the label is {format_rational(label)}")
