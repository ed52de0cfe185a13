"""A certificate about a network with the activation EUAF: near a function, or equal to labels, for all real inputs.

To believe: that :func:`wave` is the activation; that a form which is at the corners of a box, or of a simplex, between ``j`` and
``j + 1`` for an integer ``j >= 0``, is so inside, where the activation is affine (:func:`same_piece`); that every ``x`` is in a
box of all copies but at most one for each coordinate (:meth:`Reader.check_gaps`), so that the median of ``2d+1`` copies lies
between two that are right; that a form on ``[0, 1]^m`` is the median if it is affine on every simplex ``1 >= y_i >= ... >= y_j
>= 0`` and is right at the corners (:meth:`Reader.median`); and that ``|f - v|`` on a box is at most that at its middle plus
slopes times half the sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise, product
from math import ceil, floor
from typing import Any

from .reading import Number, clip, demand, number, require, size, take

FORM = "exactnet-euaf/1"
Row = tuple[Number, dict[int, Number]]
Ends = tuple[Number, Number]


def wave(x: Number) -> Number:
    """The activation: ``x/(1-x)`` below 0, else the distance to the nearest even integer.

    >>> [str(wave(Fraction(x, 2))) for x in (-2, 1, 2, 3, 4)]
    ['-1/2', '1/2', '1', '1/2', '0']
    """
    if x < 0:
        return Fraction(x) / (1 - x)
    rest = x % 2
    return min(rest, 2 - rest)


def same_piece(arguments: Sequence[Number]) -> bool:
    """Whether the activation is affine on the hull of arguments."""
    low, high = min(arguments), max(arguments)
    return low == high or (low >= 0 and high <= floor(low) + 1)


def numbers(text: object, what: str) -> list[Number]:
    """A text of exact numbers."""
    require(isinstance(text, str), f"{what}: {clip(text)} is no text")
    return [number(part, what) for part in str(text).split()]


def read_row(text: object, width: int) -> Row:
    """A bias, then ``source:weight``."""
    require(isinstance(text, str) and text != "", f"{clip(text)} is no row")
    bias, *terms = str(text).split()
    weights: dict[int, Number] = {}
    for term in terms:
        source, _, weight = term.partition(":")
        require(source.isascii() and source.isdigit() and len(source) < 7, f"{clip(term)} is no source and weight")
        require(
            int(source) < width and int(source) not in weights,
            f"there is no value {source} to read, or it is read twice",
        )
        weights[int(source)] = number(weight, "a weight")
    return number(bias, "a bias"), weights


def form(row: Row, values: Mapping[int, Number] | Sequence[Number]) -> Number:
    """The value of a row."""
    return row[0] + sum(weight * values[source] for source, weight in row[1].items())


class Reader:
    """A network and what is claimed of it."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.d = take(data, "inputs", int, "the certificate")
        require(1 <= self.d <= 64, "the number of inputs is not from 1 to 64")
        self.layers, width = list[list[Row]](), self.d
        for texts in take(data, "layers", list, "the certificate"):
            require(isinstance(texts, list) and texts != [], "a layer is no list of rows")
            self.layers.append([read_row(text, width) for text in texts])
            width = len(texts)
        self.output = read_row(data.get("output"), width)
        self.claim = take(data, "claim", dict, "the certificate")
        self.decoded, self.sorted = (take(data, name, int, "the certificate") for name in ("decoded", "sorted"))
        pairs = [
            [numbers(t, "an interval") for t in texts] for texts in take(data, "intervals", list, "the certificate")
        ]
        require(all(len(ends) == 2 for copy in pairs for ends in copy), "an interval has not two ends")
        self.intervals = [[(ends[0], ends[1]) for ends in copy] for copy in pairs]
        sizes = [
            part for b, w in [*(r for layer in self.layers for r in layer), self.output] for part in (b, *w.values())
        ]
        bits = max(max(Fraction(x).numerator.bit_length(), Fraction(x).denominator.bit_length()) for x in sizes)
        demand(data.get("widths") == list(map(len, self.layers)), "the widths are not those of the network")
        demand(data.get("bits") == bits, f"the largest number has {bits} bits")

    def value_at(self, point: Sequence[Number]) -> Number:
        """The output at a point."""
        for layer in self.layers:
            point = [wave(form(row, point)) for row in layer]
        return form(self.output, point)

    def check_gaps(self) -> None:
        """The copies have values in [0, 1], and in each coordinate at most one is outside its intervals."""
        m = 2 * self.d + 1
        require(self.d <= 3, "more than 3 inputs are not checked")
        demand(2 < self.decoded < self.sorted <= len(self.layers), "there are no layers that decode, or none that sort")
        copies = self.layers[self.decoded - 1]
        demand(len(copies) == len(self.intervals) == m, f"there are not {m} copies")
        demand(all(b >= sum(map(size, w.values())) for b, w in copies), "a copy may have values outside [0, 1]")
        outside = list[Ends]()
        for copy in self.intervals:
            at: Number = -1  # up to here, everything is looked at
            for low, high in copy:
                demand(0 <= low <= high <= 1 and at <= low, "the intervals of a copy do not ascend in [0, 1]")
                if low > max(at, 0):
                    outside.append((at, low))
                at = high
            demand(at >= 0, "a copy has no intervals")
            if at < 1:
                outside.append((at, 2))
        outside.sort()
        for (_, end), (begin, _) in pairwise(outside):
            demand(end <= begin, f"two copies are outside their intervals right after {clip(begin)}")

    def boxes(self) -> Iterator[tuple[tuple[Ends, ...], Number]]:
        """The boxes of every copy, each with the value of the copy there."""
        *floors, index, decode = self.layers[: self.decoded]
        reads = [{j} for j in range(self.d)]
        for layer in floors:
            reads = [set().union(*(reads[s] for s in w)) for _, w in layer]
            demand(all(len(r) == 1 for r in reads), "a neuron that rounds reads no coordinate, or two")
        for (bias, weights), copy in zip(decode, self.intervals, strict=True):
            parts = []  # of each coordinate: intervals, and what the rows of the next layer read of it there
            for j in range(self.d):
                mine = {n: (0, {s: w for s, w in index[n][1].items() if reads[s] == {j}}) for n in weights}
                needed = [{s for _, w in mine.values() for s in w}]
                for layer in reversed(floors[1:]):
                    needed.insert(0, {s for n in needed[0] for s in layer[n][1]})
                boxes: list[tuple[Ends, dict[int, Number]]] = []
                for ends in copy:
                    read = self.constant(floors, needed, mine, ends)
                    joins = boxes and boxes[-1][0][1] == ends[0] and boxes[-1][1] == read
                    boxes.append(((boxes.pop()[0][0] if joins else ends[0], ends[1]), read))
                parts.append(boxes)
            for cell in product(*parts):
                values = {n: wave(index[n][0] + sum(read[n] for _, read in cell)) for n in weights}
                yield tuple(ends for ends, _ in cell), wave(form((bias, weights), values))

    def constant(
        self, floors: Sequence[Sequence[Row]], needed: Sequence[set[int]], rows: Mapping[int, Row], ends: Ends
    ) -> dict[int, Number]:
        """The values of rows on an interval of one coordinate, on which they do not change."""
        both: list[Mapping[int, Number]] = [dict.fromkeys(range(self.d), end) for end in ends]
        for layer, neurons in zip(floors, needed, strict=True):
            arguments = {n: [form(layer[n], values) for values in both] for n in neurons}
            demand(all(map(same_piece, arguments.values())), "the argument of a neuron that rounds may leave a piece")
            both = [{n: wave(pair[side]) for n, pair in arguments.items()} for side in (0, 1)]
        low, high = ({n: form(row, values) for n, row in rows.items()} for values in both)
        demand(low == high, f"what is decoded changes from {clip(ends[0])} to {clip(ends[1])}")
        return low

    def median(self) -> list[Ends]:
        """What reads the sorted copies, as affine functions of their median: the values where that is 0, and 1."""
        m = 2 * self.d + 1
        corners = list(product((0, 1), repeat=m))
        values: dict[tuple[int, ...], Sequence[Number]] = {corner: corner for corner in corners}
        pieces: list[dict[tuple[int, ...], Ends]] = []
        for layer in self.layers[self.decoded : self.sorted]:
            arguments = {corner: [form(row, before) for row in layer] for corner, before in values.items()}
            demand(
                all(z >= 0 for zs in arguments.values() for z in zs), "a neuron that sorts may have an argument below 0"
            )
            pieces += [
                {corner: (floor(zs[n]), ceil(zs[n])) for corner, zs in arguments.items()} for n in range(len(layer))
            ]
            values = {corner: list(map(wave, zs)) for corner, zs in arguments.items()}
        # corners of one simplex: of two of them, one is above the other in every coordinate
        edges = [(u, v) for u in corners for v in corners if all(map(int.__le__, u, v))]
        for at in pieces:
            spread = max(max(at[u][1], at[v][1]) - min(at[u][0], at[v][0]) for u, v in edges)
            demand(spread <= 1, "the argument of a neuron that sorts may leave a piece")
        medians = []
        for row in self.layers[self.sorted] if self.sorted < len(self.layers) else [self.output]:
            ends = [
                {form(row, v) for corner, v in values.items() if (sum(corner) > self.d) == upper}
                for upper in (False, True)
            ]
            demand(len(ends[0]) == len(ends[1]) == 1, "what reads the sorted copies is no function of their median")
            medians.append((ends[0].pop(), ends[1].pop()))
        return medians

    def check_label(self, rows: Sequence[Ends], label: Number, low: Number, high: Number) -> None:
        """The output is a label while the median is from ``low`` to ``high``."""
        both: list[Sequence[Number]] = [[a + (b - a) * y for a, b in rows] for y in (low, high)]
        for place in range(self.sorted, len(self.layers)):
            demand(
                all(map(same_piece, zip(*both, strict=True))),
                "the argument of a neuron after the median may leave a piece",
            )
            after = self.layers[place + 1] if place + 1 < len(self.layers) else [self.output]
            both = [[form(row, list(map(wave, zs))) for row in after] for zs in both]
        demand(
            all(list(values) == [label] for values in both),
            f"the output is not {clip(label)} on a region with that label",
        )


def polynomial(terms: Sequence[Sequence[Number]], point: Sequence[Number]) -> Number:
    """The sum of ``c x_1^e_1 ... x_d^e_d``."""
    total: Number = 0
    for c, *exponents in terms:
        term = c
        for x, e in zip(point, exponents, strict=True):
            term *= x ** int(e)
        total += term
    return total


def farthest_polynomial(terms: Sequence[Sequence[Number]], box: Sequence[Ends], value: Number) -> Number:
    """At least the largest ``|f - value|`` on a box in the cube, where monomials grow with every coordinate."""
    total = size(polynomial(terms, [Fraction(a + b) / 2 for a, b in box]) - value)
    lows, highs = zip(*box, strict=True)
    for j, (low, high) in enumerate(box, 1):
        slopes = [[t[0] * t[j], *t[1:j], t[j] - 1, *t[j + 1 :]] for t in terms if t[j]]
        up, down = ([t for t in slopes if (t[0] > 0) == sign] for sign in (True, False))
        least = polynomial(up, lows) + polynomial(down, highs)
        most = polynomial(up, highs) + polynomial(down, lows)
        total += Fraction(high - low) / 2 * max(size(least), size(most))
    return total


def farthest_polygon(points: Sequence[Sequence[Number]], box: Sequence[Ends], value: Number) -> Number:
    """The largest ``|f - value|`` on an interval, where ``f`` is the polygon through points."""
    ((low, high),) = box
    distances = [size(y - value) for x, y in points if low <= x <= high]
    for x in (low, high):
        (a, u), (b, v) = next((p, q) for p, q in pairwise(points) if p[0] <= x <= q[0])
        distances.append(size(u + (v - u) * Fraction(x - a) / (b - a) - value))
    return max(distances)


def check_euaf(data: Mapping[str, Any]) -> Iterator[str]:
    """Check a certificate; the last line is the verdict."""
    net = Reader(data)
    kinds = {
        "polynomial": ("U1", 1 + net.d),
        "points": ("U1", 2),
        "labels": ("U2", 1 + 2 * net.d),
        "values": ("U3", 1 + net.d),
    }
    kind = next((name for name in kinds if name in net.claim), "")
    require(kind != "" and len(net.claim) == 1 + (kinds[kind][0] == "U1"), "the claim is none that is known")
    statement, length = kinds[kind]
    demand(
        data.get("statement") == statement and data.get("verdict") == "certified",
        f"the statement is {statement}, certified",
    )
    rows = [numbers(text, kind) for text in take(net.claim, kind, list, "the claim")]
    require(rows != [] and all(len(row) == length for row in rows), f"{kind}: a line has not {length} numbers")
    yield f"{statement}: {net.d} inputs, {sum(map(len, net.layers))} neurons in {len(net.layers)} layers"
    if kind == "values":
        demand(not (net.decoded or net.sorted or net.intervals), "a table has no layers that decode or sort, and no intervals")
        for value, *point in rows:
            demand(net.value_at(point) == value, f"the output at ({', '.join(map(clip, point))}) is not {clip(value)}")
        yield f"confirmed: the outputs at {len(rows)} points"
        yield "certified"
        return
    net.check_gaps()
    yield "confirmed: in each coordinate at most one copy is outside its intervals"
    medians = net.median()
    yield "confirmed: what reads the sorted copies reads their median alone"
    boxes = list(net.boxes())
    if kind == "labels":
        near: dict[Number, list[Number]] = {}
        for label, *flat in rows:
            region = list(zip(flat[::2], flat[1::2], strict=True))
            demand(all(0 <= low <= high <= 1 for low, high in region), "a region is no box in the cube")
            for box, value in boxes:
                if all(a <= v and u <= b for (a, b), (u, v) in zip(box, region, strict=True)):
                    near.setdefault(label, []).append(value)
        for label, values in near.items():
            net.check_label(medians, label, min(values), max(values))
        yield f"confirmed: the label on each of {len(rows)} regions"
    else:
        demand(net.sorted == len(net.layers), "there are layers between the sorted copies and the output")
        whole = kind == "points" or all(e == int(e) and e >= 0 for _, *exponents in rows for e in exponents)
        require(whole, "an exponent is no integer from 0 on")
        if kind == "points":
            ascending = all(a[0] < b[0] for a, b in pairwise(rows))
            require(
                net.d == 1 and rows[0][0] == 0 and rows[-1][0] == 1 and ascending,
                "the points do not ascend from 0 to 1",
            )
        ((low, high),) = medians
        distance = farthest_polygon if kind == "points" else farthest_polynomial
        worst = max(distance(rows, box, low + (high - low) * value) for box, value in boxes)
        demand(
            worst == number(net.claim.get("epsilon"), "epsilon"),
            f"epsilon is not {clip(worst)}, which is what is shown",
        )
        yield f"confirmed: {len(boxes)} boxes of copies, each within epsilon of the function"
    yield "certified"
