"""The networks that memorise (docs/memorize.md): a line, kinks, halvings, slots or fields; or a line and an interpolation.

*Kinks.* ``v`` is ``slope_j*z + start_j`` on interval ``j``, each modulo 2 what the hash and the slots want. Slopes
are taken so that neighbours differ by at least 2; then a kink at one place ``t`` in ``[last_j, last_j + 1)`` makes
``start_(j+1)`` right modulo 2, whatever it is to be: the position of one ReLU carries all bits of an interval, and
its weight the hash. Of the slopes in ``[-6, 6]`` that do, the one is taken that brings ``v`` nearest to 0 at the end
of the interval: ``v`` stays about as small as intervals are long.

*Slots.* ``s = 1/4 + u/8``, and ``u`` in ``[0, 1]`` holds the binary digits of all slots, one after the other, for the
map ``V' = 4*min(V, 1-V)``: where the digit is 0, ``V <= 1/4``, else ``V >= 3/4``, and ``V'`` holds the rest. (The
inverse: ``V'/4``, or ``1 - V'/4``.) So one digit costs two neurons, and never more than the gap between 1/4 and 3/4
to be read. A halving cannot tell ``s`` from ``1-s``: that is why the parity of ``h``, and of the integer part of
``v``, do not matter.

*Choice.* For a bit ``b`` of the address, ``n = 1 - b``: ``[V + n - 1]+ + [V* - n]+`` is ``V`` where ``b`` is 0 and
``V*`` where it is 1, ``V*`` being ``V`` without its first ``2^i`` slots. So the slot that the address names comes to
the front, and its label is read.

*Fields.* In place of slots ``u`` may hold pairs, ``f = C*key + label < 2^F``, ``C = 2^c``, each followed by a digit 0 that makes
the tents of ``f`` end where they began: ``u = (2f + u')/2^(F+1)``, and ``F+1`` tents ``2*min(V, 1-V)`` leave ``u'``. With the
key ``X`` of the point, ``D = 2^F u - C*X = C*(key - X) + label + u'/2``: in ``[0, C-1/2)`` where the keys agree, at least ``C``
where that of the field is larger, below ``-1/2`` where it is smaller. So ``[D - 2C*[D - C + 1/2]+]+`` is ``label + u'/2`` for the
field of the point and 0 for all others: ``D - 2C(D - C + 1/2)`` is 0 for ``D = C``, and falls. After the last field ``u`` is 0,
which is no field: ``D = -C*X`` there. Folds of the sum ``S``, at ``2^(c-1), ..., 1, 1/2``, leave ``u'/2``; the rest is the label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gmpy2 import mpq

from exactnet.construct.memorize.intervals import Hash, Interval
from exactnet.construct.memorize.line import Line
from exactnet.kernel.network import AFFINE, RELU, Network, Node, fresh_name

__all__ = [
    "Kinks",
    "deep_network",
    "fields_as_number",
    "held_jumps",
    "interpolating_network",
    "keyed_network",
    "kinks_of",
    "slots_as_number",
    "straight_jumps",
]

Form = Mapping[str, mpq]
_HALF = mpq(1, 2)


def slots_as_number(slots: Sequence[int], digits: int) -> mpq:
    """``u``: the labels of all slots, ``digits`` binary digits each, the first slot's highest digit first; none counts as 0.

    >>> slots_as_number([1, -1], 1), slots_as_number([0, 1], 1)
    (mpq(1,1), mpq(1,4))
    """
    value, scale = 0, 1  # value/scale
    for label in reversed(slots):
        for place in range(digits):
            scale *= 4
            if max(label, 0) >> place & 1:
                value = scale - value
    return mpq(value, scale)


def fields_as_number(fields: Sequence[tuple[int, int]], shape: Hash, digits: int) -> mpq:
    """``u``: for every field the number of its slot, counted from the last one, the label, and a digit 0.

    >>> fields_as_number([(3, 1), (0, 0)], Hash(2, 2), 1)  # 00.1.0, 11.0.0
    mpq(11,64)
    """
    value, size = 0, shape.address + digits + 1
    for slot, label in fields:
        value = value << size | (shape.slots - 1 - slot) << digits + 1 | label << 1
    return mpq(value, 1 << size * len(fields))


@dataclass(frozen=True)
class Kinks:
    """``v = start + slope*z + sum of changes[j]*[z - places[j]]+``, from 0 to less than ``2^folds``."""

    start: mpq
    slope: mpq
    places: Sequence[mpq]
    changes: Sequence[mpq]
    folds: int


def kinks_of(
    intervals: Sequence[Interval],
    places: Sequence[int],
    shape: Hash,
    digits: int,
    *,
    rising: bool = False,
    changes: Sequence[mpq] | None = None,
) -> Kinks:
    """The kinks for intervals of the ascending places of points.

    Parameters
    ----------
    rising : keep every partial sum of kinks non-negative too, up to the last place.
    changes : the changes of slope, those of other labels with the same hashes; None to choose them.
    """
    unit = 1 << shape.halvings
    slope, start, where, taken = mpq(0), mpq(0), list[mpq](), list[mpq]()
    first: tuple[mpq, mpq] | None = None
    values: list[mpq] = []
    for interval in intervals:
        keys = interval.fields
        s = mpq(1, 4) + (fields_as_number(keys, shape, digits) if keys else slots_as_number(interval.slots, digits)) / 8
        residue = mpq(interval.multiplier, unit)
        target = (interval.shift + s) / unit
        if first is None:
            slope, start = residue, target % 2
            first = start, slope
        else:
            end = places[interval.start - 1]
            length = places[interval.stop - 1] - end
            change = _change(residue, slope, slope * end + start, length) if changes is None else changes[len(taken)]
            past = (start - target - change * end) % 2 if change > 0 else -((target - start + change * end) % 2)
            place = end + past / change
            start -= change * place
            slope += change
            where.append(place)
            taken.append(change)
        values += [slope * places[at] + start for at in (interval.start, interval.stop - 1)]
    assert first is not None
    lift = 2 * max(0, -(min(values) // 2))
    if rising:
        lift += mpq(1 << (6 * places[-1] + 6).bit_length())
    largest = max(values) + lift
    return Kinks(first[0] + lift, first[1], where, taken, max(1, int(largest).bit_length()))


def _change(residue: mpq, slope: mpq, v: mpq, length: int) -> mpq:
    """To which slope, ``residue`` modulo 2: the one that brings ``v`` nearest to 0 after ``length``.

    It is never without a choice: of the six or seven slopes in ``[-6, 6]`` two at most lie within 2 of the present one.
    """
    steep = (residue + 2 * turn for turn in range(-4, 4))
    gentle = [one for one in steep if abs(one) <= 6 and abs(one - slope) >= 2]
    return min(gentle, key=lambda one: (abs(v + one * length), abs(one))) - slope


class _Layers:
    """ReLU nodes one after the other, each with a name of its own."""

    def __init__(self, inputs: Sequence[str], output: str) -> None:
        self.nodes: list[Node] = []
        self._taken = {*inputs, output}

    def relu(self, name: str, form: Form, bias: mpq | int = 0) -> str:
        """``[form + bias]+``."""
        fresh = fresh_name(name, self._taken)
        self.nodes.append(Node(fresh, RELU, form, mpq(bias)))
        return fresh

    def halve(self, form: Form, bias: mpq | int, at: mpq | int, factor: int, pace: int) -> tuple[Form, str]:
        """``factor*V - 2*factor*[V - at]+`` for ``V = form + bias``, as a form; and the second neuron."""
        v = self.relu("V", form, bias)
        t = self.relu("T", {v: mpq(1)}, -at) if pace == 2 else self.relu("T", form, bias - mpq(at))
        return {v: mpq(factor), t: mpq(-2 * factor)}, t


def _line(layers: _Layers, inputs: Sequence[str], line: Line) -> str:
    return layers.relu("z", dict(zip(inputs, line.weights, strict=True)), line.offset)


def _selected(layers: _Layers, z: str, kinks: Kinks, narrow: bool) -> tuple[Form, mpq]:
    """The form of ``v``: all kinks in one layer, or one a layer."""
    start: Form = {z: kinks.slope}
    if not narrow:
        read = {
            layers.relu("kink", {z: abs(change)}, -abs(change) * place): mpq(1 if change > 0 else -1)
            for place, change in zip(kinks.places, kinks.changes, strict=True)
        }
        return {**start, **read}, kinks.start
    bias = kinks.start
    for number, (place, change) in enumerate(zip(kinks.places, kinks.changes, strict=True), 1):
        kink = layers.relu("kink", {z: abs(change)}, -abs(change) * place)
        before = layers.relu("v", start, bias)
        if number < len(kinks.places):
            z = layers.relu("z", {z: mpq(1)})
        start, bias = {before: mpq(1), kink: mpq(1 if change > 0 else -1)}, mpq(0)
    return start, bias


def _hashed(
    layers: _Layers, inputs: Sequence[str], line: Line, kinks: Kinks, shape: Hash, pace: int, narrow: bool
) -> tuple[Form, list[str]]:
    """The form of ``u + 2``, and for each bit of the address, the highest first, a neuron that is 1 where it is 0, else 0."""
    form, bias = _selected(layers, _line(layers, inputs, line), kinks, narrow)
    step = 2  # what is halved first may be a long form: its neuron is read, and the form not twice
    for fold in reversed(range(kinks.folds)):
        form, _ = layers.halve(form, bias, 1 << fold, 1, step)
        bias, step = mpq(0), pace
    absent: list[str] = []
    for halving in range(shape.halvings):
        form, above = layers.halve(form, 0, _HALF, 2, step)
        if halving < shape.address:  # above is at least 2^(halving-K-3) if it is not 0
            absent.append(layers.relu("n", {above: -mpq(8 << (shape.halvings - 1 - halving))}, 1))
    return layers.halve(form, 0, _HALF, 8, step)[0], absent


def deep_network(
    inputs: Sequence[str], output: str, line: Line, kinks: Kinks, shape: Hash, digits: int, *, pace: int, narrow: bool = False
) -> Network:
    """The network of depth ``O(e + K + c*q)`` that has the label of its slot at every point.

    Parameters
    ----------
    digits : ``c``, binary digits of a label.
    pace : layers for each halving, 1 or 2; with 2 it has a wire less.
    narrow : one kink a layer.
    """
    layers = _Layers(inputs, output)
    form, absent = _hashed(layers, inputs, line, kinks, shape, pace, narrow)
    bias = mpq(-2)
    for place, n in enumerate(absent):
        kept: str | None = None
        for _ in range(digits << (shape.address - 1 - place)):
            form, _ = layers.halve(form, bias, _HALF, 4, pace)
            kept, bias = kept or next(iter(form)), mpq(0)
        assert kept is not None
        old = layers.relu("G", {kept: mpq(1), n: mpq(1)}, -1)
        new = layers.relu("H", {**form, n: mpq(-1)})
        form = {old: mpq(1), new: mpq(1)}
    read: dict[str, mpq] = {}
    for digit in reversed(range(digits)):
        form, above = layers.halve(form, bias, _HALF, 4, pace)
        bias = mpq(0)
        read[layers.relu("n", {above: mpq(-4)}, 1)] = -mpq(1 << digit)
    return Network(inputs, [*layers.nodes, Node(output, AFFINE, read, mpq((1 << digits) - 1))], [output])


def keyed_network(
    inputs: Sequence[str],
    output: str,
    line: Line,
    kinks: Kinks,
    shape: Hash,
    digits: int,
    fields: int,
    *,
    pace: int,
    narrow: bool = False,
) -> Network:
    """The network of depth ``O(e + K + (a+c)*n)`` that has the label of the field with its key at every point.

    Parameters
    ----------
    fields : ``n``, the most fields of an interval.
    digits, pace, narrow : as for :func:`deep_network`.
    """
    layers = _Layers(inputs, output)
    form, absent = _hashed(layers, inputs, line, kinks, shape, pace, narrow)
    key: Form = {}
    for n in absent:
        key = {layers.relu("X", {**{x: mpq(2) for x in key}, n: mpq(1)}): mpq(1)}
    labels, bias, total = mpq(1 << digits), mpq(-2), dict[str, mpq]()
    for field in range(fields):
        if total:
            total = {layers.relu("S", total): mpq(1)}
        last = field == fields - 1
        form = {layers.relu("V", form, bias): mpq(1)} if last else layers.halve(form, bias, _HALF, 2, pace)[0]
        match: Form = {next(iter(form)): mpq(1 << shape.address + digits), **dict.fromkeys(key, -labels)}
        beyond = layers.relu("M", match, _HALF - labels)
        total[layers.relu("G", {**match, beyond: -2 * labels})] = mpq(1)
        bias = mpq(0)
        for _ in range(0 if last else shape.address + digits):
            form, _ = layers.halve(form, 0, _HALF, 2, pace)
    form, first = total, ""
    for fold in range(digits + 1):
        form, _ = layers.halve(form, 0, labels / (2 << fold), 1, pace if fold else 2)
        first = first or next(iter(form))
    read = {first: mpq(1)}
    for name, weight in form.items():
        read[name] = read.get(name, mpq(0)) - weight
    return Network(inputs, [*layers.nodes, Node(output, AFFINE, read)], [output])


def straight_jumps(places: Sequence[int], labels: Sequence[int]) -> dict[int, mpq]:
    """The changes of slope of the straight lines from each place to the next, and of the constants at both ends.

    >>> straight_jumps([0, 2, 3], [1, 1, 3])
    {2: mpq(2,1)}
    """
    jumps, before = {}, mpq(0)
    for (a, b), (low, high) in zip(pairwise(places), pairwise(labels), strict=True):
        slope = mpq(high - low, b - a)
        if slope != before:
            jumps[a] = slope - before
        before = slope
    return jumps


def held_jumps(places: Sequence[int], labels: Sequence[int]) -> dict[int, mpq]:
    """The changes of slope where a label is kept up to 1 before the place of another one: whole numbers.

    >>> held_jumps([0, 2, 9], [1, 1, 3])
    {8: mpq(2,1)}
    """
    jumps: dict[int, mpq] = {}
    for b, low, high in zip(places[1:], labels, labels[1:], strict=False):
        jumps[b - 1] = jumps.get(b - 1, mpq(0)) + high - low
        jumps[b] = mpq(low - high)
    return {place: jump for place, jump in jumps.items() if jump and place < places[-1]}


def interpolating_network(inputs: Sequence[str], output: str, line: Line, first: int, jumps: Mapping[int, mpq]) -> Network:
    """The network of depth 3 with the given changes of slope over the line; ``first`` is the value at 0."""
    layers = _Layers(inputs, output)
    z = _line(layers, inputs, line)
    read = {layers.relu("kink", {z: mpq(1)}, -place): jump for place, jump in jumps.items()}
    return Network(inputs, [*layers.nodes, Node(output, AFFINE, read, mpq(first))], [output])
