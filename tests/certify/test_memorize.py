"""M1: exact fit of labelled points, its bounds, certificates, negative controls, mutants, shattering, and the command."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

import exactnet as ex
from exactnet.certify.memorize import MemorizeRequest, memorize_network
from exactnet.check.certificate import check_certificate
from exactnet.check.claim import make_claim
from exactnet.claims.statements import STATEMENTS
from exactnet.cli.program import program
from exactnet.construct.memorize import network as build
from exactnet.construct.memorize.intervals import Hash, Interval, cut, keyed, slot_of
from exactnet.construct.memorize.line import Line, find_line
from exactnet.construct.memorize.network import (
    deep_network,
    held_jumps,
    interpolating_network,
    keyed_network,
    kinks_of,
    slots_as_number,
    straight_jumps,
)
from exactnet.data import example_path
from exactnet.data.digits_pixels import table
from exactnet.files.lookup import lookup_points
from exactnet.kernel.domain import Points
from exactnet.kernel.errors import FormatError, RefusedError
from exactnet.kernel.judge import judge
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network
from exactnet.kernel.relation import Equal
from exactnet.kernel.values import evaluate
from exactnet.recheck.command import main as recheck
from exactnet.recheck.expression import Budget
from exactnet.recheck.expression import evaluate as evaluated
from exactnet.recheck.memory import COMMON, KEYS, excluded
from exactnet.theory.memorize import (
    FORMS,
    Shape,
    keys_on_a_line,
    least_parameters,
    length_for_any_data,
    memorize_bounds,
    memorize_sizes,
    read_shape,
)
from tests.mutants import mutants

Table = dict[tuple[mpq, ...], int]


def draw(points: int, d: int, most: int, labels: int, seed: int) -> Table:
    """Different random points of ``{0..most}^d`` with random labels."""
    rng = random.Random(seed)
    found: Table = {}
    while len(found) < points:
        found[tuple(mpq(rng.randint(0, most)) for _ in range(d))] = rng.randrange(labels)
    return found


def request(data: Table, **limits: Any) -> MemorizeRequest:
    inputs = [f"x{i}" for i in range(1, len(next(iter(data))) + 1)]
    net = lookup_points(inputs, "y", {point: mpq(label) for point, label in data.items()})
    return MemorizeRequest(net, Points(tuple(data)), **limits)


def wrong(net: Network, data: Table) -> int:
    """At how many points a network does not have the label, by the definition."""
    return sum(evaluate(net, point) != (label,) for point, label in data.items())


def in_order(data: Table, line: Line | None = None) -> tuple[Line, list[int], list[int]]:
    """A line, the places of the points on it, ascending, and their labels."""
    line = line or find_line(Points(tuple(data)))
    placed = sorted(zip(line.values, data.values(), strict=True))
    return line, [place for place, _ in placed], [label for _, label in placed]


def deep(data: Table, hashed: Hash, pace: int = 2, narrow: bool = False, line: Line | None = None) -> tuple[Network, Shape]:
    """The network of one shape."""
    line, places, labels = in_order(data, line)
    digits = max(1, *labels).bit_length()
    intervals = cut(places, labels, hashed)
    kinks = kinks_of(intervals, places, hashed, digits, rising=narrow)
    inputs = [f"x{i}" for i in range(1, len(line.weights) + 1)]
    net = deep_network(inputs, "y", line, kinks, hashed, digits, pace=pace, narrow=narrow)
    numbers = {"intervals": len(intervals), "folds": kinks.folds, "halvings": hashed.halvings, "address": hashed.address}
    return net, Shape("narrow" if narrow else "deep", {**numbers, "pace": pace, **common(line, places)})


def common(line: Line, places: list[int]) -> dict[str, int]:
    """The numbers that every shape has."""
    largest = [max(max(abs(w.numerator), w.denominator) for w in part) for part in (line.weights, (line.offset,))]
    return {"line": int(largest[0]), "offset": int(largest[1]), "length": places[-1], "any_points": 1, "any_pace": 2}


def with_keys(data: Table, each: int, pace: int = 2, narrow: bool = False) -> tuple[Network, Shape]:
    """The network with keys, ``each`` points in an interval."""
    line, places, labels = in_order(data)
    digits = max(1, *labels).bit_length()
    keys = keys_on_a_line(len(data), places[-1], each, pace, digits, narrow)
    hashed = Hash(keys.halvings, keys.address)
    intervals = keyed(places, labels, hashed, each)
    kinks = kinks_of(intervals, places, hashed, digits, rising=narrow)
    inputs = [f"x{i}" for i in range(1, len(line.weights) + 1)]
    net = keyed_network(inputs, "y", line, kinks, hashed, digits, each, pace=pace, narrow=narrow)
    numbers = {"intervals": len(intervals), "folds": kinks.folds, "halvings": keys.halvings, "address": keys.address}
    shape = Shape("narrow-keys" if narrow else "keys", {**numbers, "pace": pace, "fields": each, **common(line, places)})
    return net, shape


coordinates = st.builds(mpq, st.integers(-40, 40), st.sampled_from((1, 1, 2, 3))) | st.integers(-(2**50), 2**50).map(mpq)


def labelled(data: st.DataObject) -> tuple[int, dict[tuple[mpq, ...], int]]:
    """How many coordinates, and points with a label each."""
    d = data.draw(st.integers(1, 3))
    points = data.draw(st.lists(st.tuples(*[coordinates] * d), min_size=1, max_size=12, unique=True))
    labels = st.integers(0, data.draw(st.sampled_from((1, 2, 16))))
    return d, {point: data.draw(labels) for point in points}


@settings(max_examples=15)
@given(st.data())
def test_every_shape_fits_any_points_within_its_bounds(data: st.DataObject) -> None:
    d, fitted = labelled(data)
    address = data.draw(st.integers(0, 3))
    hashed = Hash(data.draw(st.integers(address, 12)) if address else 0, address)
    for narrow, pace in product((False, True), (1, 2)):
        net, shape = deep(fitted, hashed, pace, narrow)
        assert wrong(net, fitted) == 0
        measured = measure(net, Points(tuple(fitted)))
        sizes = memorize_sizes(shape, d, max(1, *fitted.values()))
        assert all(getattr(measured, name) <= value for name, value in sizes.items()), (measured, sizes)


@settings(max_examples=15)
@given(st.data())
def test_keys_fit_any_points_within_what_is_proved_for_any_data(data: st.DataObject) -> None:
    d, fitted = labelled(data)
    domain, points = Points(tuple(fitted)), list(fitted)
    each, most = data.draw(st.integers(1, len(points))), 0
    span = int(domain.p * max(max(column) - min(column) for column in zip(*points, strict=True)))
    for narrow, pace in product((False, True), (1, 2)):
        net, shape = with_keys(fitted, each, pace, narrow)
        assert wrong(net, fitted) == 0
        measured, most = measure(net, domain), max(1, *fitted.values())
        sizes = memorize_sizes(shape, d, most)
        assert all(getattr(measured, name) <= value for name, value in sizes.items()), (measured, sizes)
        length = length_for_any_data(len(points), d, span)
        assert shape["length"] <= length
        proved = keys_on_a_line(len(points), length, each, pace, most.bit_length(), narrow)
        assert sizes["parameters"] <= d + proved.parameters
        assert sizes["depth"] <= proved.depth
        assert sizes["bits"] <= proved.bits(shape["line"], shape["offset"], length)
        stated = Shape(shape.form, {**shape.numbers, "any_points": each, "any_pace": pace})
        bounds = memorize_bounds(stated, len(points), most, span)
        values = dict(zip((bound.name for bound in bounds.bounds), bounds.evaluate({"d": d, "R": most})[1], strict=True))
        assert values["parameters (any data)"] == d + proved.parameters


FAMILIES: dict[str, Callable[[int], Table]] = {
    "alternating": lambda n: {(mpq(x),): x % 2 for x in range(n)},
    "powers of two": lambda n: {(mpq(2**x),): x % 2 for x in range(n)},
    "squares on a curve": lambda n: {(mpq(x), mpq(x * x)): x * x % 3 for x in range(n)},
    "multiples of a power of two": lambda n: {(mpq(x << 40), mpq(1, 3)): x % 2 for x in range(n)},
    "all labels different": lambda n: {(mpq(x % 7), mpq(x // 7)): x * 5 % n for x in range(n)},
}


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_proved_for_any_data_holds_on_regular_data(family: str, narrow: bool) -> None:
    """Points and labels that no hash has been drawn for; the bound grows as the square root, whatever the family."""
    data = FAMILIES[family](60)
    result = memorize_network(request(data, narrow=narrow))
    assert result.certificate.verdict == "certified"
    assert wrong(result.constructed, data) == 0
    proved = next(row for row in result.certificate.bounds if row.name == "parameters (any data)")
    assert proved.holds
    assert result.certificate.constructed.parameters <= proved.value


def test_keys_are_taken_where_they_are_smallest() -> None:
    data = {point: label for label, point in enumerate(draw(200, 3, 15, 2, 8))}
    result = memorize_network(request(data, bits=60))
    assert (result.certificate.verdict, result.certificate.options["form"]) == ("certified", "keys")
    assert wrong(result.constructed, data) == 0
    assert result.certificate.constructed.bits <= 60


def test_what_is_proved_for_any_data_is_about_the_square_root() -> None:
    """Fewer than the 3 995 parameters that were to be met for 10^4 points; and the depth and the bits beside it."""

    def least(points: int, depth: float) -> int:
        length = length_for_any_data(points, 8, 15)
        every = (keys_on_a_line(points, length, each, 1, 1, False) for each in range(1, 2 * int(points**0.5)))
        return min(keys.parameters for keys in every if keys.depth <= depth)

    length = length_for_any_data(10**4, 8, 15)
    assert 8 + min(keys_on_a_line(10**4, length, each, 2, 1, False).parameters for each in range(1, 100)) == 2897
    for points in (10**3, 10**4, 10**5, 10**6):
        assert least(points, float("inf")) ** 2 < 12**2 * points * points.bit_length()
        for depth in (200, 400, 800):
            if depth**2 <= points:
                assert least(points, depth) * depth < 60 * points * depth.bit_length()


@pytest.mark.parametrize("limits", [{}, {"narrow": True}, {"depth": 30}, {"depth": 3}, {"bits": 40}, {"bits": 9}])
def test_the_certified_network_keeps_the_limits(limits: dict[str, Any]) -> None:
    data = draw(40, 3, 15, 3, 1)
    result = memorize_network(request(data, **limits))
    found = result.certificate
    assert found.verdict == "certified"
    assert wrong(result.constructed, data) == 0
    assert found.constructed.depth <= limits.get("depth", 10**9)
    assert found.constructed.bits <= limits.get("bits", 10**9)
    if "narrow" in limits:
        assert found.constructed.width <= 12


def test_fewer_parameters_than_points_and_than_any_lookup() -> None:
    data = draw(1000, 4, 15, 2, 1)
    found = memorize_network(request(data)).certificate
    assert found.verdict == "certified"
    assert found.constructed.parameters <= 340  # 1119 by one kink an interval and keys that are compared
    assert {row.name: row.holds for row in found.bounds} == dict.fromkeys(
        ("parameters", "depth", "neurons", "width", "max_weight", "max_bias", "bits", "parameters (any data)"), True
    )
    assert found.parameters["W_any"] == 10


def test_a_point_alone_and_one_label() -> None:
    for data in ({(mpq(1, 3),): 5}, {(mpq(x),): 0 for x in range(7)}, {(mpq(0), mpq(x)): 1 for x in range(3)}):
        result = memorize_network(request(data))
        assert result.certificate.verdict == "certified"
        assert wrong(result.constructed, data) == 0


# --- gadgets -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digits", [1, 2, 3])
def test_slots_are_read_back_digit_by_digit(digits: int) -> None:
    """On all tables of three slots: with a gap of 1/2 between digits 0 and 1."""
    for slots in product(range(1 << digits), repeat=3):
        value, read = slots_as_number(slots, digits), []
        for _ in range(3 * digits):
            assert value <= mpq(1, 4) or value >= mpq(3, 4)
            read.append(int(value > mpq(1, 2)))
            value = 4 * min(value, 1 - value)
        numbers = (read[at : at + digits] for at in range(0, len(read), digits))
        assert tuple(int("".join(map(str, number)), 2) for number in numbers) == slots


@pytest.mark.parametrize(("halvings", "address"), [(1, 1), (3, 1), (3, 3), (4, 2)])
def test_the_network_finds_the_slot_of_every_residue(halvings: int, address: int) -> None:
    """One interval that takes all residues: the network gives the label of slot_of, and slots are the Gray code's highest bits."""
    shape, places = Hash(halvings, address), list(range(2 << halvings))
    slots = tuple((5 * slot + 1) % 2 for slot in range(shape.slots))
    for multiplier, shift in ((1, 0), (3, 1), ((2 << halvings) - 1, 5)):
        interval = Interval(0, len(places), multiplier, shift, slots)
        net = deep_network(
            ["x"], "y", Line((mpq(1),), mpq(0), tuple(places)), kinks_of([interval], places, shape, 1), shape, 1, pace=2
        )
        for z in places:
            h = (multiplier * z + shift) % (2 << halvings)
            cell = min(h, (2 << halvings) - 1 - h)
            assert slot_of(z, interval, shape) == (cell ^ cell >> 1) >> (halvings - address)
            assert net([z]) == (slots[slot_of(z, interval, shape)],)


@pytest.mark.parametrize(("halvings", "address"), [(3, 1), (4, 2), (4, 4)])
def test_two_places_share_a_slot_with_probability_at_most_two_by_the_slots(halvings: int, address: int) -> None:
    """Over all odd multipliers and all shifts, for every difference of two places."""
    shape, modulus = Hash(halvings, address), 2 << halvings
    hashes = [Interval(0, 0, multiplier, shift, ()) for multiplier in range(1, modulus, 2) for shift in range(modulus)]
    of_zero = [slot_of(0, one, shape) for one in hashes]
    for place in range(1, modulus):
        shared = sum(slot_of(place, one, shape) == slot for one, slot in zip(hashes, of_zero, strict=True))
        assert shared * shape.slots <= 2 * len(hashes)


def test_lines_tell_points_apart() -> None:
    squares, far = [(mpq(x), mpq(x * x)) for x in range(20)], [(mpq(2**60 * x), mpq(1, 3)) for x in range(9)]
    for points in ([(mpq(0), mpq(0))], squares, far, [(mpq(x),) for x in range(50)]):
        domain = Points(tuple(points))
        line = find_line(domain)
        assert min(line.values) == 0
        assert len(set(line.values)) == domain.count
        for point, value in zip(domain.points, line.values, strict=True):
            assert sum(map(mpq.__mul__, line.weights, point)) + line.offset == value


# --- shattering ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [2, 5])
def test_one_architecture_has_all_labellings(address: int) -> None:
    """Of 6 points: same wires and weights whatever the labels, and one bias for each interval that depends on them."""
    places, shape = [0, 3, 4, 9, 10, 15], Hash(8, address)
    intervals = cut(places, range(6), shape)
    line = Line((mpq(1),), mpq(0), tuple(places))
    wires, biases, changes = set(), set(), None
    for labels in product((0, 1), repeat=6):
        filled = [_filled(interval, places, labels, shape) for interval in intervals]
        kinks = kinks_of(filled, places, shape, 1, changes=changes)
        changes = kinks.changes
        net = deep_network(["x"], "y", line, replace(kinks, folds=8), shape, 1, pace=2)
        assert [net([place]) for place in places] == [(label,) for label in labels]
        nodes = list(net.nodes())
        wires.add(tuple((node.id, tuple(node.sources.items())) for node in nodes))
        biases.add(tuple(node.bias for node in nodes))
    assert (len(wires), len(biases)) == (1, 64)
    differ = [place for place, values in enumerate(zip(*biases, strict=True)) if len(set(values)) > 1]
    assert len(differ) == len(intervals)
    assert (address == 5) == (len(intervals) == 1)


def _filled(interval: Interval, places: Sequence[int], labels: Sequence[int], shape: Hash) -> Interval:
    slots = [-1] * shape.slots
    for at in range(interval.start, interval.stop):
        slots[slot_of(places[at], interval, shape)] = labels[at]
    return replace(interval, slots=tuple(slots))


# --- negative controls and mutants ---------------------------------------------------------------------

CONTROL = draw(200, 4, 15, 2, 5)


def _no_gap(patch: pytest.MonkeyPatch) -> None:
    """Slots that are shifted by a slope of 2, as if their digits had no gap between them."""
    halve = build._Layers.halve

    def flatter(self: Any, form: Any, bias: Any, at: Any, factor: int, pace: int) -> Any:
        return halve(self, form, bias, at, min(factor, 2), pace)

    patch.setattr(build._Layers, "halve", flatter)


def _no_margin(patch: pytest.MonkeyPatch) -> None:
    """Slots that begin at the end of a cell of the hash: the parity of the cell is lost."""
    number = build.slots_as_number
    patch.setattr(build, "slots_as_number", lambda slots, digits: number(slots, digits) - 2)


def _modulo_one(patch: pytest.MonkeyPatch) -> None:
    """Slopes that differ by 1 only: a kink in one unit cannot reach every start."""
    patch.setattr(build, "_change", lambda residue, slope, v, length: (residue - slope) % 2 - 1)


def _short_tables(patch: pytest.MonkeyPatch) -> None:
    """A point of each interval is left out of its table."""
    number = build.slots_as_number
    patch.setattr(build, "slots_as_number", lambda slots, digits: number([*slots[:-1], 1 - max(0, slots[-1])], digits))


@pytest.mark.parametrize("control", [_no_gap, _no_margin, _modulo_one, _short_tables])
def test_a_construction_that_leaves_something_out_is_refuted(
    control: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = Hash(10, 3)
    assert wrong(deep(CONTROL, hashed)[0], CONTROL) == 0
    control(monkeypatch)
    net, shape = deep(CONTROL, hashed)
    found = judged(request(CONTROL), net, shape)
    assert found.verdict == "refuted"
    assert wrong(net, CONTROL) > 0


def judged(asked: MemorizeRequest, net: Network, shape: Shape) -> Any:
    most = max(1, *(int(value) for point in asked.domain for value in evaluate(asked.net, point)))
    claim = make_claim(asked.net, asked.domain, STATEMENTS["M1"], "memorize", shape.options(), Equal(1), most)
    return judge(asked.net, net, claim)


def test_a_line_on_which_points_collide_is_refuted() -> None:
    weights = (mpq(1), mpq(0), mpq(0), mpq(0))
    line = Line(weights, mpq(0), tuple(int(point[0]) for point in CONTROL))
    net, shape = deep(CONTROL, Hash(10, 3), line=line)
    assert judged(request(CONTROL), net, shape).verdict == "refuted"


def test_conflicting_slots_and_swapped_intervals_are_refuted() -> None:
    hashed = Hash(10, 3)
    line, places, labels = in_order(CONTROL)
    intervals = cut(places, labels, hashed)
    joined = replace(intervals[0], stop=intervals[1].stop)
    swapped = [replace(intervals[0], slots=intervals[1].slots), replace(intervals[1], slots=intervals[0].slots)]
    for bad in ([joined, *intervals[2:]], [*swapped, *intervals[2:]]):
        kinks = kinks_of(bad, places, hashed, 1)
        assert wrong(deep_network(["a", "b", "c", "d"], "y", line, kinks, hashed, 1, pace=2), CONTROL) > 0


def test_a_label_that_was_changed_afterwards_is_shown() -> None:
    net, shape = deep(CONTROL, Hash(10, 3))
    point = list(CONTROL)[77]
    found = judged(request({**CONTROL, point: 1 - CONTROL[point]}), net, shape)
    assert found.verdict == "refuted"
    assert found.counterexample.index == 77
    assert found.counterexample.expected == {"y": 1 - CONTROL[point]}
    assert found.counterexample.got == {"y": CONTROL[point]}


def test_fields_without_the_digit_behind_them_are_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the tents of a field leave what follows upside down."""

    def packed(fields: Sequence[tuple[int, int]], shape: Hash, digits: int) -> mpq:
        value, size = 0, shape.address + digits
        for slot, label in fields:
            value = value << size | (shape.slots - 1 - slot) << digits | label
        return mpq(value, 1 << size * len(fields))

    assert wrong(with_keys(CONTROL, 6)[0], CONTROL) == 0
    monkeypatch.setattr(build, "fields_as_number", packed)
    net, shape = with_keys(CONTROL, 6)
    assert judged(request(CONTROL), net, shape).verdict == "refuted"


def test_keys_that_collide_are_refuted() -> None:
    """Labels by a hash that is too short for its interval; no hash is drawn that has a conflict."""
    line, places, labels = in_order(CONTROL)
    hashed = Hash(10, 3)
    intervals = [
        Interval(at, at + 6, 5, 1, (), tuple((slot_of(z, Interval(0, 0, 5, 1, ()), hashed), y) for z, y in pairs))
        for at in range(0, 198, 6)
        for pairs in [list(zip(places[at : at + 6], labels[at : at + 6], strict=True))]
    ]
    kinks = kinks_of(intervals, places, hashed, 1)
    assert wrong(keyed_network(["a", "b", "c", "d"], "y", line, kinks, hashed, 1, 6, pace=2), CONTROL) > 0
    shape = Hash(20, 7)
    for one in keyed(places, labels, shape, 6):
        fields = dict(one.fields)
        assert len(fields) == len(one.fields)
        assert all(fields[slot_of(places[at], one, shape)] == labels[at] for at in range(one.start, one.stop))
    with pytest.raises(AssertionError):
        keyed(places, labels, hashed, 6)
    with pytest.raises(AssertionError):
        keyed(places, labels, Hash(7, 7), 6)


def interpolated(data: Table, straight: bool) -> tuple[Network, Shape]:
    """The network of depth 3, with straight lines or with steps."""
    line, places, labels = in_order(data)
    jumps = (straight_jumps if straight else held_jumps)(places, labels)
    net = interpolating_network([f"x{i}" for i in range(1, len(line.weights) + 1)], "y", line, labels[0], jumps)
    return net, Shape("straight" if straight else "held", {"kinks": len(jumps), **common(line, places)})


@pytest.mark.parametrize(
    "make",
    [
        lambda data: deep(data, Hash(3, 1)),
        lambda data: with_keys(data, 3),
        lambda data: interpolated(data, True),
        lambda data: interpolated(data, False),
    ],
)
def test_mutants_are_refuted_or_equal_at_every_point(make: Callable[[Table], tuple[Network, Shape]]) -> None:
    data = draw(8, 2, 7, 2, 3)
    net, shape = make(data)
    asked, refuted, total = request(data), 0, 0
    for what, mutant in mutants(net, (1,)):
        total += 1
        verdict = judged(asked, mutant, shape).verdict
        assert (wrong(mutant, data) > 0) <= (verdict == "refuted"), what
        refuted += verdict == "refuted"
    assert refuted > total // 2


def test_the_lowest_bit_of_each_kink_matters_or_changes_no_label() -> None:
    net, shape = deep(CONTROL, Hash(10, 3))
    nodes = list(net.nodes())
    broken: list[int] = []
    for place, node in enumerate(nodes):
        if node.id.startswith("kink") and len(broken) < 12:
            moved = replace(node, bias=node.bias + mpq(1, 4) / 2**10)
            changed = Network(net.inputs, [*nodes[:place], moved, *nodes[place + 1 :]], net.outputs)
            broken.append(wrong(changed, CONTROL))
            assert (judged(request(CONTROL), changed, shape).verdict == "refuted") == (broken[-1] > 0)
    assert max(broken) > 20  # what follows a kink breaks with it


# --- bounds --------------------------------------------------------------------------------------------


def test_lower_bounds_are_the_least_that_the_inequality_leaves() -> None:
    for points, depth in ((30, 1), (100, 2), (100, 5), (400, 7)):
        s = next(s for s in range(1, 100) if s * s * 10**6 >= 7389057 * depth)
        allowed = (w for w in range(points + 1) if 2**points <= 2**depth * ((2 * points) ** depth * s) ** w)
        assert least_parameters(points, depth) == next(allowed)
    assert [least_parameters(10**4, depth) for depth in (5, 20, 50, 100, 257)] == [135, 35, 14, 7, 3]
    assert [least_parameters(points) for points in (100, 1000, 10**4)] == [4, 10, 27]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"form": "wide"}, "the option 'form'"),
        ({"form": "held", "kinks": "3"}, "the options of the form held"),
        (dict.fromkeys(FORMS["held"], "1") | {"form": "held", "kinks": "x"}, "'kinks' is 'x', not a natural number"),
        (dict.fromkeys(FORMS["deep"], "1") | {"form": "deep", "address": "17"}, "'address' is 17, more than 16"),
        (dict.fromkeys(FORMS["deep"], "1") | {"form": "deep", "pace": "3"}, "'pace' is 3, more than 2"),
        (dict.fromkeys(FORMS["deep"], "1") | {"form": "deep", "pace": "0"}, "of no network"),
        (dict.fromkeys(FORMS["keys"], "1") | {"form": "keys", "address": "2"}, "of no network"),
        (dict.fromkeys(FORMS["keys"], "1") | {"form": "keys", "address": "81"}, "'address' is 81, more than 80"),
        (dict.fromkeys(FORMS["keys"], "1") | {"form": "keys", "fields": "0"}, "of no network"),
        (dict.fromkeys(FORMS["held"], "1") | {"form": "held", "any_points": "1000001"}, "'any_points' is 1000001, more than"),
    ],
)
def test_options_of_no_shape(options: dict[str, str], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_shape(options)


# --- certificates --------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["slots", "keys"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of each of the forms that are deep."""
    path = tmp_path_factory.mktemp("memory") / "c.json"
    keys = request.param == "keys"
    data = {point: label for label, point in enumerate(draw(200, 3, 15, 3, 8))} if keys else draw(30, 3, 15, 3, 2)
    result = ex.memorize(list(data), list(data.values()), narrow=True, bits=60 if keys else None)
    assert result.certificate.options["form"] == {"slots": "narrow", "keys": "narrow-keys"}[request.param]
    result.save(path)
    return path


def verdicts(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[str, int, str]:
    checked = check_certificate(str(path), max_file=2**26, max_inputs=2**28)
    status = recheck([str(path)])
    return checked.verdict, status, "".join(capsys.readouterr())


def test_check_and_recheck_confirm_it(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verdict, status, lines = verdicts(written, capsys)
    assert (verdict, status) == ("certified", 0)
    assert "by M1" in lines
    assert "the least that are not excluded" in lines


DISTINCT = {tuple(x - 9 for x in point): label for label, point in enumerate(draw(200, 3, 15, 2, 8))}


@pytest.mark.parametrize(
    ("form", "data", "limits"),
    [
        ("deep", DISTINCT, {}),
        ("deep", draw(150, 3, 15, 2, 8), {"depth": 40}),
        ("keys", DISTINCT, {"bits": 60}),
        ("narrow-keys", DISTINCT, {"bits": 60, "narrow": True}),
        ("narrow", draw(60, 3, 15, 2, 1), {"depth": 60, "narrow": True}),
        ("straight", draw(30, 3, 15, 3, 2), {"depth": 3}),
        ("held", draw(30, 3, 15, 3, 2), {"bits": 9}),
    ],
)
def test_recheck_has_the_stated_limits_in_its_own_words(
    form: str, data: Table, limits: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not only no more than them: the same numbers, for every form."""
    result = ex.memorize(list(data), list(data.values()), **limits)
    assert result.certificate.options["form"] == form
    result.save(tmp_path / "c.json")
    assert recheck([str(tmp_path / "c.json")]) == 0
    lines = capsys.readouterr().out
    stated = {row.name: row.value for row in result.certificate.bounds}
    measured = result.certificate.constructed
    depth, parameters = stated["depth"], stated["parameters"]
    assert f"depth {measured.depth} <= {depth}, parameters {measured.parameters} <= {parameters} by M1\n" in lines
    every = stated.get("parameters (any data)")
    assert (every is None) == (limits == {"depth": 60, "narrow": True})
    assert every is None or f"at most {every} parameters, which are enough for any {len(data)} points" in lines


def test_recheck_has_the_inequality_of_the_theory() -> None:
    for points, depth in product((1, 5, 30, 100, 400), (1, 2, 5, 40)):
        for levels in (depth, None):
            least = least_parameters(points, levels)
            assert not excluded(points, least, least if levels is None else levels)
            if least:
                assert excluded(points, least - 1, least - 1 if levels is None else levels)
    assert not excluded(7, 0, 7)


def consistently(**numbers: str) -> Callable[[dict[str, Any]], None]:
    """A change of options, parameters and definitions together, with bounds that hold whatever is measured."""

    def change(document: dict[str, Any]) -> None:
        options, definitions = {**KEYS, **COMMON}, document["definitions"]
        known = {name: int(value) for name, value in document["parameters"].items() if name not in definitions}
        for name, text in {**definitions, **numbers}.items():
            definitions[name] = text
            known[name] = int(evaluated(text, known, Budget()))
            if name in numbers and name in options:
                document["options"][options[name]] = text
        document["parameters"] = {name: str(known[name]) for name in document["parameters"]}
        for row in document["bounds"]:
            value = evaluated(row["symbolic"], known, Budget())
            holds = value >= Fraction(row["measured"])
            row.update({"value": str(value)} if holds else {"symbolic": "10**99", "value": str(10**99)})

    return change


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ({"M": "1"}, "that of the construction"),
        ({"M": "0"}, "parameter M is not from 1 to"),
        ({"g": "0"}, "parameter g is not from 1 to 2"),
        ({"e": "20001"}, "parameter e is not from 0 to 20000"),
        ({"n_any": "-1"}, "parameters cannot be"),
        ({"n_any": "1000001"}, "parameter n_any is not from 0 to 1000000"),
        ({"g_any": "3"}, "parameter g_any is not from 1 to 2"),
        ({"N": "30"}, "N is not the number of points"),
        ({"N": "201"}, "N is not the number of points"),
    ],
)
def test_recheck_refuses_consistent_forgeries(
    numbers: dict[str, str], reason: str, written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Certificates whose bounds hold, since recheck takes their expressions as given: M1 has numbers of its own."""
    for file in written.parent.iterdir():
        shutil.copy(file, tmp_path)
    document = json.loads(written.read_text())
    if numbers.get("N") == document["parameters"]["N"]:
        numbers = {"N": "29"}
    consistently(**numbers)(document)
    (tmp_path / "c.json").write_text(json.dumps(document))
    assert recheck([str(tmp_path / "c.json")]) in (1, 2)
    assert reason in "".join(capsys.readouterr())


def test_recheck_counts_the_parameters_of_the_construction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the wide form intervals say nothing of depth."""
    data = draw(150, 3, 15, 2, 8)
    ex.memorize(list(data), list(data.values())).save(tmp_path / "c.json")
    document = json.loads((tmp_path / "c.json").read_text())
    consistently(M="2")(document)
    (tmp_path / "c.json").write_text(json.dumps(document))
    assert recheck([str(tmp_path / "c.json")]) == 1
    measured = document["constructed"]["parameters"]
    assert f"parameters {measured}, but the construction has at most" in capsys.readouterr().out


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["parameters"].update(N="31"),
        lambda c: c["parameters"].update(W_any="9"),
        lambda c: c["definitions"].update(N="31"),
        lambda c: c["parameters"].update(W_L="40") or c["definitions"].update(W_L="40"),
        lambda c: c["options"].update(intervals="40"),
        lambda c: c["options"].update(form="deep"),
        lambda c: c["options"].update(any_points="9") or c["parameters"].update(n_any="9"),
        lambda c: c["options"].update(any_pace="1") or c["parameters"].update(g_any="1"),
        lambda c: c["parameters"].update(X="1"),
        lambda c: c["constructed"].update(parameters=c["constructed"]["parameters"] - 1),
        lambda c: c["original"].update(parameters=c["original"]["parameters"] + 1),
        lambda c: c["bounds"][0].update(symbolic="10**9", value=str(10**9)),
        lambda c: c["bounds"].pop(1),
        lambda c: c["bounds"].pop(),
        lambda c: c["bounds"][-1].update(symbolic="10**9", value=str(10**9)),
        lambda c: c["domain"]["points"].pop(),
        lambda c: c["domain"]["points"][0].__setitem__(0, "99"),
        lambda c: c.update(statement="S6 exact"),
        lambda c: c.update(route="radial"),
        lambda c: c.update(inputs_checked="29"),
        lambda c: c["outputs"].update(sha256="0" * 64),
    ],
)
def test_forged_certificates_are_refused(
    change: Callable[[dict[str, Any]], Any], written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for file in written.parent.iterdir():
        shutil.copy(file, tmp_path)
    document = json.loads(written.read_text())
    change(document)
    path = tmp_path / "c.json"
    path.write_text(json.dumps(document))
    try:
        checked = check_certificate(str(path), max_file=2**26, max_inputs=2**28).verdict
    except FormatError:
        checked = "wrong"
    assert checked == "wrong"
    status, lines = recheck([str(path)]), "".join(capsys.readouterr())
    if document["bounds"] and document["bounds"][0]["symbolic"] != "10**9":  # expressions are taken on trust, and M1's own hold
        assert status in (1, 2), lines


def test_another_network_is_refused(written: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A certificate, all digests right, whose network is wrong at one point."""
    for file in written.parent.iterdir():
        shutil.copy(file, tmp_path)
    path, document = tmp_path / "c.json", json.loads(written.read_text())
    net = json.loads((tmp_path / "c.constructed.json").read_text())
    net["nodes"][-1]["bias"] = "7"
    data = json.dumps(net).encode()
    (tmp_path / "c.constructed.json").write_bytes(data)
    from hashlib import sha256

    document["constructed"]["sha256"] = sha256(data).hexdigest()
    path.write_text(json.dumps(document))
    assert check_certificate(str(path), max_file=2**26, max_inputs=2**28).verdict == "wrong"
    assert recheck([str(path)]) == 1
    capsys.readouterr()


# --- the command and the API ---------------------------------------------------------------------------


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(program, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def csv(path: Path, data: Table) -> Path:
    names = ",".join(f"x{i}" for i in range(1, len(next(iter(data))) + 1))
    path.write_text(f"{names},y\n" + "".join(f"{','.join(map(str, point))},{label}\n" for point, label in data.items()))
    return path


def test_the_command_writes_a_certificate(tmp_path: Path) -> None:
    data, out = draw(25, 2, 30, 2, 4), tmp_path / "c.json"
    assert run("memorize", csv(tmp_path / "p.csv", data), "-o", out, "-q") == (0, "certified\n", "")
    assert run("check", out, "-q") == (0, "certified\n", "")
    status, shown, _ = run("memorize", tmp_path / "p.csv", "--narrow", "--json")
    found = json.loads(shown)
    assert (status, found["verdict"], found["statement"], found["inputs_checked"]) == (0, "certified", "M1", 25)
    assert found["constructed"]["wires"] < found["constructed"]["parameters"] < 3 * 25 + 100
    assert "parameters" in run("show", tmp_path / "c.constructed.json")[1]


BAD = {
    "two labels": ("x,y\n1,0\n2,1\n1,1\n", (), "line 4: '1' is listed twice, with the values '0' and '1'"),
    "negative label": ("x,y\n1,0\n2,-1\n", (), "the label of the point '2' is '-1', no whole number from 0 to 1000000"),
    "fraction": ("x,y\n1,0\n5/2,1/2\n", (), "the label of the point '5/2' is '1/2', no whole number"),
    "large label": ("x,y\n1,0\n2,1000001\n", (), "the label of the point '2' is '1000001'"),
    "no labels": ("x\n1\n2\n", (), "expected the names of the inputs and of the output"),
    "no names": ("1,0\n2,1\n", (), "line 1: numbers, where the names of the inputs and of the output are expected"),
    "no points": ("x,y\n", (), "the table has no values"),
    "a float": ("x,y\n0.1,0\n1/2,1\n", (), "p.csv: line 2, column 1: '0.1' is a float: in quotation marks it is the decimal"),
    "not a number": ("x,y\n1,0\nnan,1\n", (), "line 3, column 1: 'nan' is not"),
    "long numbers": (f"x,y\n1,0\n1/{'3' * 700},1\n", (), "takes numbers of more than 600 digits; the longest point is '1/333"),
    "budget": ("x,y\n1,0\n2,1\n3,0\n", ("--budget", "3"), "no network within --budget 3 is found: the fewest parameters"),
    "depth": ("x,y\n1,0\n2,1\n3,0\n", ("--depth", "2"), "no network for these 3 points is found within --depth 2"),
    "bits": ("x,y\n1,0\n2,1\n300,0\n", ("--bits", "1"), "no network for these 3 points is found within --bits 1"),
    "narrow and shallow": ("x,y\n1,0\n2,1\n3,0\n", ("--narrow", "--depth", "3"), "within --depth 3, narrow"),
    "no depth": ("x,y\n1,0\n2,1\n", ("--depth", "0"), "'0' is not a positive integer"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line(case: str, tmp_path: Path) -> None:
    text, options, message = BAD[case]
    path, out = tmp_path / "p.csv", tmp_path / "c.json"
    path.write_text(text)
    status, shown, error = run("memorize", path, "-o", out, *options)
    assert (status, shown) == (2, "")
    assert error.count("\n") == 1 or "Usage" in error
    assert message in error, error
    assert [file.name for file in tmp_path.iterdir()] == ["p.csv"]


def test_other_originals(tmp_path: Path) -> None:
    assert "a label is one output; this network has 3" in run("memorize", "iris", "--max-inputs", "2^20")[2]
    assert "is no data set that is known" in run("memorize", "sklearn:mnist")[2]
    assert "cannot be read" in run("memorize", tmp_path / "none.csv")[2]


def test_a_data_set_by_name() -> None:
    pytest.importorskip("sklearn")
    status, shown, _ = run("memorize", "sklearn:iris", "--json")
    found = json.loads(shown)
    assert (status, found["verdict"], found["inputs_checked"]) == (0, "certified", 149)  # two flowers are the same
    assert found["constructed"]["parameters"] < 2 * 149


def test_the_shipped_digits_are_those_of_scikit_learn() -> None:
    text = example_path("digits-pixels").read_text()
    assert text.count("\n") == 1798
    pytest.importorskip("sklearn")
    assert text == table()


def test_python(tmp_path: Path) -> None:
    data = draw(20, 2, 9, 2, 6)
    result = ex.memorize(list(data), list(data.values()))
    assert result
    assert [result.network(point) for point in data] == [(label,) for label in data.values()]
    assert "M1 by memorize, 20 inputs" in repr(result)
    points = list(data)
    again = ex.memorize([*points, points[0]], [*data.values(), data[points[0]]])  # the same point with the same label
    assert again.network == result.network
    with pytest.raises(FormatError, match="has two labels"):
        ex.memorize([*points, points[0]], [*data.values(), 1 - data[points[0]]])
    with pytest.raises(FormatError, match="3 points, but 2 labels"):
        ex.memorize([[0], [1], [2]], [0, 1])
    with pytest.raises(FormatError, match=r"0.1 is a float; quote it"):
        ex.memorize([[0.1], [1]], [0, 1])
    with pytest.raises(RefusedError, match="--budget 1"):
        ex.memorize([[0], [1]], [0, 1], budget=1)
