"""A certificate about real inputs (S4), beside the one of its grid: what is said of all ``x`` in ``[-p, p]^d``.

Let ``x_`` be ``x`` rounded down to the grid. Outside short intervals below the grid points, the network reads the bits of
``x_`` and nothing else of ``x``; so its value is the one at ``x_``, which the grid's certificate knows. How long the
intervals are, and between which values the networks lie, gives a bound on ``E (N'(x) - clip N(x))^2``.

To believe: that :func:`wrong_intervals` looks at every piece of a bit; that :func:`unread` finds every path that avoids the
bits; and the theorem, whose bounds :func:`check_outputs` states (docs/continuous.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Any

from .certificate import Certificate
from .curves import Curve, Value, identity, integral_of_square, joined, outputs, relu, weighted
from .expression import evaluate
from .network import Net
from .reading import Number, clip, demand, number, require

FORM = "exactnet-continuous/1"


class Setting:
    """What is claimed: the ramps, the density, and the networks that the grid's certificate is about."""

    def __init__(self, data: Mapping[str, Any], grid: Certificate) -> None:
        self.data, self.grid = data, grid
        self.delta, self.density = (Fraction(number(data[name], name)) for name in ("delta", "density"))
        self.p, self.d = grid.domain.p, len(grid.original.inputs)
        whole = grid.domain.kind == "grid" and grid.relation == "clip"
        require(whole, "the certificate beside it is not one of the clipped form on a grid")
        gates = [name for net in (grid.original, grid.constructed) for name in net.wires if net.kind[name] == "threshold"]
        require(not gates, f"node {clip(gates[:1])} is a threshold gate: between grid points, only ReLU networks are looked at")
        demand(0 < self.delta <= Fraction(1, self.p), f"delta = {clip(self.delta)} is not a width of ramps, at most 1/p")
        demand(2 * self.p * self.density >= 1, f"no density on [-p, p] is bounded by {clip(self.density)}")
        bounded = grid.data["options"].get("delta", data["delta"])  # weights on the grid are held against its inverse
        known = grid.parameters.get("delta_num", self.delta.numerator), grid.parameters.get("delta_den", self.delta.denominator)
        same = number(bounded, "options, delta") == self.delta and known == self.delta.as_integer_ratio()
        demand(same, "delta is not that of the grid's certificate")
        for side in ("original", "constructed"):
            same = data["grid"][side] == grid.data[side]["sha256"]
            demand(same, f"grid: the {side} network is not that of the grid's certificate")


# --- the bits of the inputs ---------------------------------------------------------------------


def first_layer(net: Net, p: int) -> dict[str, tuple[str, Curve]]:
    """The nodes that read one input only, through at most one layer of ReLUs, as functions of it on ``[-p, p]``."""
    lines = {name: (name, identity(-p, p)) for name in net.inputs}
    above = set[str]()
    for name, wires in net.wires.items():
        sources = {lines[source][0] if source in lines else "" for source in wires}
        active = net.kind[name] != "affine"
        if len(sources) != 1 or "" in sources or (active and above & wires.keys()):
            continue
        form = weighted([(w, lines[source][1]) for source, w in wires.items()], net.bias[name])
        lines[name] = sources.pop(), relu(form) if active else form
        if active or above & wires.keys():
            above.add(name)
    return {name: lines[name] for name in above if net.kind[name] == "affine"}


def which_bit(curve: Curve, p: int) -> int | None:
    """The ``s`` for which a function is bit ``s`` of ``p*x + p^2`` at every grid point, if there is one."""
    values = curve.at([Fraction(u - p * p, p) for u in range(2 * p * p + 1)])
    if Fraction(1) not in values:
        return None
    s = values.index(Fraction(1)).bit_length() - 1
    return s if s >= 0 and values == [u >> s & 1 for u in range(2 * p * p + 1)] else None


def wrong_intervals(curve: Curve, s: int, p: int) -> Iterator[tuple[Fraction, Fraction]]:
    """Where a function is not bit ``s`` of ``floor(p*x) + p^2``, but for single points.

    Between neighbours among kinks and grid points the function is linear and the bit is constant.
    """
    places = sorted({x for x, _ in curve.knots()} | {Fraction(u - p * p, p) for u in range(2 * p * p + 1)})
    for (low, at_low), (high, at_high) in pairwise(zip(places, curve.at(places), strict=True)):
        if not at_low == at_high == (floor(low * p) + p * p) >> s & 1:
            yield low, high


def length(intervals: list[tuple[Fraction, Fraction]]) -> tuple[Fraction, int]:
    """The length of a union of intervals, and of how many intervals it consists."""
    total, count, end = Fraction(0), 0, None
    for low, high in sorted(intervals):
        if end is None or low > end:
            total, count, end = total + high - low, count + 1, high
        elif high > end:
            total, end = total + high - end, high
    return total, count


def unread(net: Net, bits: Mapping[str, object]) -> str | None:
    """An output that reads an input on a path without a bit, if there is one."""
    through = set(net.inputs)
    for name, wires in net.wires.items():
        if name not in bits and through & wires.keys():
            through.add(name)
    return next((name for name in net.outputs if name in through), None)


def check_bits(setting: Setting) -> tuple[dict[str, Value], Fraction, str | None]:
    """The ranges of the bits, the probability that one is wrong, and the first thing that is not as it should be."""
    net, p = setting.grid.constructed, setting.p
    functions = first_layer(net, p)
    bits = {name: s for name, (_, curve) in functions.items() if (s := which_bit(curve, p)) is not None}
    lost = unread(net, bits)
    wrong = None if lost is None else f"output {clip(lost)} reads an input not only through its bits"
    recorded_lines, lengths = setting.data["inputs"], []
    demand(recorded_lines.keys() == set(net.inputs), "inputs: not those of the network")
    for source in net.inputs:
        intervals = []
        for name, s in bits.items():
            if functions[name][0] != source:
                continue
            for low, high in wrong_intervals(functions[name][1], s, p):
                intervals.append((low, high))
                if wrong is None and low < Fraction(ceil(high * p), p) - setting.delta:
                    wrong = f"node {clip(name)} is not bit {s} of {clip(source)} between {clip(low)} and {clip(high)}"
        bad, count = length(intervals)
        recorded = (
            number(recorded_lines[source]["bad"], "bad"),
            recorded_lines[source]["intervals"],
            recorded_lines[source]["pieces"],
        )
        pieces = sum(1 + len(functions[name][1].kinks) for name in bits if functions[name][0] == source)
        shown = f"{count} intervals of length {clip(bad)}, {pieces} pieces"
        demand(recorded == (bad, count, pieces), f"{clip(source)}: bits are wrong on {shown}, not as recorded")
        lengths.append(bad)
    ranges = {name: joined(name, *functions[name][1].range()) for name in bits}
    return ranges, probability(setting, lengths), wrong


def probability(setting: Setting, lengths: list[Fraction]) -> Fraction:
    """The probability that some input is in its set: exact for the uniform density, else at most this."""
    if 2 * setting.p * setting.density != 1:
        return setting.density * sum(lengths, Fraction(0))
    good = Fraction(1)
    for bad in lengths:
        good *= 1 - bad / (2 * setting.p)
    return 1 - good


# --- the claims -----------------------------------------------------------------------------------


def clipped(curve: Curve, limit: int) -> Curve:
    """``min(max(curve, -limit), limit)``."""
    above, beyond = relu(weighted([(1, curve)], limit)), relu(weighted([(1, curve)], -limit))
    return weighted([(1, above), (-1, beyond)], -limit)


def second_moment(setting: Setting, b: Number, c: Number, w: Number, variation: Number) -> Fraction:
    """The bound on ``E (N' - clip N)^2`` of the theorem."""
    r = setting.grid.r
    return b * c**2 + Fraction(1, r * r) + (w + Fraction(2, r)) * setting.d * variation * setting.density / setting.p


class Lines:
    """Both networks of one input as functions of it, for exact integrals."""

    def __init__(self, setting: Setting) -> None:
        grid, p = setting.grid, setting.p
        self.limit, self.length, self.whole = grid.parameters["R"], 2 * p, identity(-p, p)
        self.constructed, self.original = (
            outputs(net, {net.inputs[0]: (net.inputs[0], self.whole)}) for net in (grid.constructed, grid.original)
        )

    def examined(self, place: int, name: str, exact: Mapping[str, Any]) -> tuple[Number, Fraction]:
        """The pieces of the original and the variation of what is clipped, once the integrals of an output are confirmed."""
        f = clipped(self.original[place], self.limit)
        for kind, other in (("clipped", f), ("plain", self.original[place])):
            apart = weighted([(0, self.whole), (1, self.constructed[place]), (-1, other)], 0)  # also where both are constants
            moment = integral_of_square(apart) / self.length
            demand(number(exact[kind], kind) == moment, f"{clip(name)}: the exact second moment ({kind}) is {clip(moment)}")
        return 1 + len(self.original[place].kinks), f.variation()


def check_outputs(setting: Setting, bits: Mapping[str, Value], b: Fraction) -> dict[str, tuple[Fraction, Number]]:
    """What is said of every output; the bounds that follow, and what was measured."""
    data, grid, p, d = setting.data, setting.grid, setting.p, setting.d
    k, m, R = (grid.parameters[name] for name in ("k", "m", "R"))
    most_pieces = (m + 1) ** (k - 1)
    bad_set = 2 * d * p**2 * setting.delta * setting.density
    rows: dict[str, tuple[Fraction, Number]] = {"bad set": (bad_set, b)}
    box = {name: joined(name, Fraction(-p), Fraction(p)) for name in grid.original.inputs}
    constructed, original = outputs(grid.constructed, bits), outputs(grid.original, box)
    lines = Lines(setting) if data["exact"] and d == 1 else None
    recorded_outputs = data["outputs"]
    demand(list(recorded_outputs) == grid.original.outputs, "outputs: not those of the network")
    for place, (name, row) in enumerate(recorded_outputs.items()):
        (low, high), ends = constructed[place].range(), original[place].range()
        least, most = (min(max(end, Fraction(-R)), Fraction(R)) for end in ends)
        apart, spread, exact = max(high - least, most - low, Fraction(0)), most - least, row["exact"]
        demand((exact is not None) == data["exact"], f"{clip(name)}: exact integrals where they are claimed, and only there")
        pieces: Number = most_pieces
        variation = spread * pieces
        if exact is not None and lines is not None:
            pieces, variation = lines.examined(place, name, exact)
        elif exact is not None:  # on trust
            pieces, variation = number(row["pieces"], "pieces"), Fraction(number(row["variation"], "variation"))
        bound = second_moment(setting, b, apart, spread, variation)
        derived = {"range": [low, high], "original": [*ends], "apart": apart, "spread": spread}
        derived |= {"pieces": pieces, "variation": variation, "bound": bound}
        for what, value in derived.items():
            recorded = row[what]
            exactly = [number(end, what) for end in recorded] if isinstance(recorded, list) else number(recorded, what)
            demand(exactly == value, f"{clip(name)}: {what} is {clip(value)}, recorded as {clip(recorded)}")
        theorem = second_moment(setting, bad_set, 2 * R, 2 * R, 2 * R * most_pieces)
        rows[f"range ({name})"] = Fraction(R), max(abs(low), abs(high))
        rows[f"second moment ({name})"] = theorem, bound
        if exact is not None:
            rows[f"exact second moment ({name})"] = bound, number(exact["clipped"], "clipped")
            rows[f"pieces ({name})"] = Fraction(most_pieces), pieces
            rows[f"variation ({name})"] = Fraction(2 * R * most_pieces), variation
    return rows


def check_rows(setting: Setting, known: Mapping[str, Number], rows: Mapping[str, tuple[Fraction, Number]]) -> Iterator[str]:
    """Compare every bound with its value by the theorem and with what was measured."""
    recorded = {row["name"]: row for row in setting.data["bounds"]}
    demand(len(recorded) == len(setting.data["bounds"]) and recorded.keys() == rows.keys(), "bounds: not those of S4")
    for name, (value, measured) in rows.items():
        row, what = recorded[name], f"bound {clip(name)}"
        demand(number(row["value"], what) == value, f"{what}: is {clip(value)}, recorded as {clip(row['value'])}")
        demand(number(row["measured"], what) == measured, f"{what}: measured {clip(measured)}, not {clip(row['measured'])}")
        if not name.startswith("exact "):  # that one is in c, w and V of its output
            demand(evaluate(row["symbolic"], known, setting.grid.budget) == value, f"{what}: its expression has another value")
        demand(row["holds"] is (measured <= value), f"{what}: whether it holds is not as recorded")
        sign = "<=" if measured <= value else ">"
        yield f"confirmed: {clip(name)} {clip(measured)} {sign} {clip(row['symbolic'])} = {clip(value)}"


def check_continuous(data: Mapping[str, Any], grid: Certificate) -> Iterator[str]:
    """Everything that is said of real inputs, given that the grid's certificate is right; the last line is the verdict."""
    setting = Setting(data, grid)
    at = f"p = {clip(setting.p)}, delta = {clip(setting.delta)}, M = {clip(setting.density)}"
    yield f"S4: real inputs in [-p, p]^d, d = {setting.d}, {at}"
    certified = data["verdict"] == "certified"
    demand((data["reason"] is None) == certified, "refuted without a reason, or certified with one")
    bits, b, wrong = check_bits(setting)
    demand(number(data["bad"], "bad") == b, f"the probability of the bad set is {clip(b)}, not as recorded")
    if grid.verdict == "refuted":
        wrong = "refuted on the grid"
    demand(wrong is None or not certified, str(wrong))
    if wrong is not None:
        yield f"confirmed: {wrong}"
        yield "refuted"
        return
    yield "confirmed: on all reals outside the ramps bits are those of x rounded down; nothing else is read of the inputs"
    rows = check_outputs(setting, bits, b)
    known: dict[str, Number] = {**grid.parameters, "delta": setting.delta, "M": setting.density, "b": b}
    yield from check_rows(setting, known, rows)
    holds = all(measured <= value for value, measured in rows.values())
    demand(holds == certified, "a bound does not hold" if certified else "every bound holds, and nothing else refutes")
    if data["exact"] and setting.d > 1:
        yield "not rechecked: exact second moments, pieces and variations, for more than one input"
    yield "certified" if certified else "refuted"
