"""Are the bits of the inputs right on all reals outside the ramps, and is nothing else read of the inputs?

Part of the trusted base. Bits are found in the network: an affine node over ReLUs of one input is bit ``s`` of this input if
it is bit ``s`` of ``p*x + p^2`` at all its grid points. Whether it is so between them follows from its breakpoints.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from gmpy2 import mpq

from exactnet.claims.reals.segment import Piecewise, combine, line
from exactnet.kernel.errors import clip_text
from exactnet.kernel.network import AFFINE, Network

__all__ = ["Bits", "InputBits", "examine_bits"]


@dataclass(frozen=True)
class InputBits:
    """The bits of one input.

    Attributes
    ----------
    nodes : the node that is bit ``s``, for the bits that the network has (of two equal ones, the first).
    pieces : linear pieces of all these functions on ``[-p, p]``.
    bad : the measure of the set of ``x`` in ``[-p, p]`` where some bit is not that of ``x`` rounded down.
    intervals : of how many intervals this set consists.
    """

    nodes: Mapping[int, str]
    pieces: int
    bad: mpq
    intervals: int


@dataclass(frozen=True)
class Bits:
    """What was found: for every input its bits; the range of every bit; and the first thing that is wrong, if any."""

    inputs: Mapping[str, InputBits]
    ranges: Mapping[str, tuple[mpq, mpq]]
    wrong: str | None


def examine_bits(net: Network, p: int, delta: mpq) -> Bits:
    """Find the bits of every input, and check them on all of ``[-p, p]`` outside the intervals ``(t/p - delta, t/p)``."""
    functions, sources = _first_layer(net, p)
    nodes: dict[str, dict[int, str]] = {name: {} for name in net.inputs}
    bits: dict[str, tuple[str, int]] = {}
    for name, function in functions.items():
        if net.kind(name) == AFFINE and function.kinks:
            s = _which_bit(function, p)
            if s is not None:
                bits[name] = sources[name], s
                nodes[sources[name]].setdefault(s, name)
    wrong = _cut(net, set(bits))
    lines = {}
    for name in net.inputs:
        mine = [(node, s) for node, (source, s) in bits.items() if source == name]
        places: list[tuple[mpq, mpq]] = []
        for node, s in mine:
            for low, high in wrong_places(functions[node], s, p):
                places.append((low, high))
                ramp = mpq(-(-high.numerator * p // high.denominator), p)  # the grid point at or above it
                if low < ramp - delta and wrong is None:
                    wrong = f"node {clip_text(node)} is not bit {s} of {clip_text(name)} rounded down, between {low} and {high}"
        merged = _merged(places)
        measure = sum((high - low for low, high in merged), mpq(0))
        lines[name] = InputBits(nodes[name], sum(functions[node].pieces for node, _ in mine), measure, len(merged))
    return Bits(lines, {node: functions[node].range() for node in bits}, wrong)


def _first_layer(net: Network, p: int) -> tuple[dict[str, Piecewise], dict[str, str]]:
    """The nodes that read one input only, through at most one layer of ReLUs: their functions, and the input."""
    low, high = mpq(-p), mpq(p)
    functions = {name: line(low, high, low, mpq(1)) for name in net.inputs}
    source_of = {name: name for name in net.inputs}
    active = dict.fromkeys(net.inputs, False)
    for name in net.order:
        wires = list(net.sources(name))
        inputs = {source_of.get(source) for source, _ in wires}
        linear = net.kind(name) == AFFINE
        if len(inputs) != 1 or None in inputs or (not linear and any(active[source] for source, _ in wires)):
            continue
        (source_of[name],) = (source for source in inputs if source is not None)
        active[name] = not linear or any(active[source] for source, _ in wires)
        form = combine(((weight, functions[source]) for source, weight in wires), net.bias(name), low, high)
        functions[name] = form if linear else form.relu()
    return functions, source_of


def _which_bit(function: Piecewise, p: int) -> int | None:
    """The ``s`` such that a function is bit ``s`` of ``p*x + p^2`` at every grid point, if there is one."""
    first = next((s for s in range((2 * p * p).bit_length()) if _at(function, p, [(1 << s) - 1, 1 << s]) == [0, 1]), None)
    if first is None:
        return None
    # Bit s is 0 up to 2^s - 1 and then 1, so that only one s can be right.
    places = range(2 * p * p + 1)
    return first if _at(function, p, places) == [u >> first & 1 for u in places] else None


def _at(function: Piecewise, p: int, places: Iterable[int]) -> list[mpq]:
    """The values at the grid points ``x`` with ``p*x + p^2`` as given."""
    return function.at(mpq(u - p * p, p) for u in places)


def wrong_places(function: Piecewise, s: int, p: int) -> list[tuple[mpq, mpq]]:
    """The intervals inside ``[-p, p]`` on which a function is not bit ``s`` of ``floor(p*x) + p^2`` (but for single points).

    Between neighbours among breakpoints and grid points the function is linear and the bit constant.
    """
    knots = dict(function.knots())
    places = range(2 * p * p + 1)
    knots |= {mpq(u - p * p, p): y for u, y in zip(places, _at(function, p, places), strict=True)}
    intervals = []
    for (low, at_low), (high, at_high) in pairwise(sorted(knots.items())):
        cell = low.numerator * p // low.denominator + p * p
        if not at_low == at_high == cell >> s & 1:
            intervals.append((low, high))
    return intervals


def _merged(places: list[tuple[mpq, mpq]]) -> list[tuple[mpq, mpq]]:
    """The union of intervals."""
    merged: list[tuple[mpq, mpq]] = []
    for low, high in sorted(places):
        if merged and low <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(high, merged[-1][1])
        else:
            merged.append((low, high))
    return merged


def _cut(net: Network, bits: set[str]) -> str | None:
    """Whether some output reads an input on a path without a bit; None if none does."""
    before: dict[str, str] = dict.fromkeys(net.inputs, "")
    for name in net.order:
        if name not in bits:
            through = next((source for source, _ in net.sources(name) if source in before), None)
            if through is not None:
                before[name] = through
    for output in net.outputs:
        if output in before:
            path = [output]
            while before[path[-1]]:
                path.append(before[path[-1]])
            shown = " -> ".join(clip_text(name, 30) for name in reversed(path[-4:]))
            return f"output {clip_text(output)} reads an input not only through its bits: {shown}"
    return None
