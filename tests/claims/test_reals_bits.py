"""Bits on all reals, what else reads an input, and ranges: right networks, and every way to break one."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.certify.small_weights import Request, construct_network, plan
from exactnet.claims.reals.bits import examine_bits
from exactnet.claims.reals.segment import along, line, output_ranges, pieces_between
from exactnet.construct.base.builder import ReluBuilder
from exactnet.construct.gadgets.ramps import as_ramps
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.errors import DomainError, SizeError
from exactnet.kernel.network import Network, Node, affine, relu
from exactnet.kernel.values import all_values, evaluate
from tests.helpers import random_relu

DELTAS = st.sampled_from(["1/2", "1/7", "2/9", "1/1000"]).map(mpq)


def reader(p: int, delta: mpq, d: int = 1) -> Network:
    """All bits of all inputs by ramps, and the sum of the numbers that they are."""
    builder = ReluBuilder([f"x{i}" for i in range(1, d + 1)], ["y"])
    values = as_ramps(builder, Grid(p, d), delta)
    terms = {name: c for form in values.values() for name, c in form.terms.items()}
    builder.affine_output("y", terms, sum((form.constant for form in values.values()), mpq(0)))
    return builder.network()


def edited(net: Network, target: str, *, bias: mpq | int = 0, **weights: mpq | int) -> Network:
    """The network with changes added to the bias and to weights of one node."""
    nodes = []
    for node in net.nodes():
        sources = dict(node.sources)
        if node.id == target:
            for source, change in weights.items():
                sources[source] = sources.get(source, mpq(0)) + change
        nodes.append(Node(node.id, node.kind, sources, node.bias + (bias if node.id == target else 0)))
    return Network(net.inputs, nodes, net.outputs)


@given(p=st.integers(1, 3), delta=DELTAS, d=st.integers(1, 2), seed=st.integers(0, 10**6))
@settings(max_examples=25)
def test_ramps_read_the_number_below(p: int, delta: mpq, d: int, seed: int) -> None:
    """Outside ramps the sum of the inputs rounded down, on random reals; the measure of the rest is exactly known."""
    delta = min(delta, mpq(1, p))
    net = reader(p, delta, d)
    found = examine_bits(net, p, delta)
    assert found.wrong is None
    for bits in found.inputs.values():
        assert bits.bad == 2 * p * p * delta
        assert bits.intervals == (1 if delta == mpq(1, p) else 2 * p * p)
        assert sorted(bits.nodes) == list(range((2 * p * p).bit_length()))
    rng = random.Random(seed)
    for _ in range(20):
        point = [mpq(rng.randint(-840 * p, 840 * p), 840) for _ in range(d)]
        below = [mpq(p * x.numerator // x.denominator, p) for x in point]
        inside = any(0 < b + mpq(1, p) - x < delta for x, b in zip(point, below, strict=True))
        value = evaluate(net, point)[0]
        if not inside:
            assert value == sum(below)
        values = all_values(net, point)
        assert all(0 <= values[node] <= 1 for bits in found.inputs.values() for node in bits.nodes.values())


@pytest.mark.parametrize("delta", ["0", "-1/9", "1/2"])
def test_a_width_that_is_none(delta: str) -> None:
    with pytest.raises(DomainError, match="not positive and at most 1/p = 1/3"):
        reader(3, mpq(delta))


def test_ramps_are_for_the_grid() -> None:
    with pytest.raises(DomainError, match="not the cube"):
        as_ramps(ReluBuilder(["x"], []), Cube(1), mpq(1, 2))


def test_too_many_ramps() -> None:
    with pytest.raises(SizeError, match="ramps"):
        as_ramps(ReluBuilder(["x"], []), Grid(1000, 1), mpq(1, 10**6))


def test_every_mutant_of_a_ramp_is_refuted() -> None:
    """A bias or a slope that changes, in each ReLU: refuted, or the function is the same on all of ``[-p, p]``."""
    whole = [line(mpq(-2), mpq(2), mpq(-2), mpq(1))]
    equal = 0
    delta = mpq(1, 10)
    net = reader(2, delta)
    relus = [name for name in net.order if net.kind(name) == "relu"]
    assert len(relus) == 16
    for name in relus:
        for changed in (edited(net, name, bias=mpq(1, 100)), edited(net, name, **{"u(x1)": mpq(-1, 50)})):
            if examine_bits(changed, 2, delta).wrong is None:
                assert along(changed, whole) == along(net, whole)
                equal += 1
    assert equal == 1  # the last ReLU begins where the interval ends; with a smaller slope it still is 0 on all of it


def test_wider_ramps_than_stated() -> None:
    found = examine_bits(reader(2, mpq(1, 10)), 2, mpq(1, 20))
    assert found.wrong is not None
    assert "rounded down, between" in found.wrong
    narrower = examine_bits(reader(2, mpq(1, 20)), 2, mpq(1, 10))
    assert narrower.wrong is None
    assert narrower.inputs["x1"].bad == mpq(8, 20)


def test_a_bit_that_is_right_on_the_grid_and_wrong_between() -> None:
    """A bump of height 1 over ``[1/8, 3/8]``, which no grid point sees and no ramp excuses."""
    net = reader(2, mpq(1, 100))
    bumps = [relu("a", {"x1": 8}, -1), relu("b", {"x1": 8}, -2), relu("c", {"x1": 8}, -3)]
    bit = next(node for node in net.nodes() if node.id == "x1.bit0")
    changed = dict(bit.sources) | {"a": mpq(1), "b": mpq(-2), "c": mpq(1)}
    nodes = [*bumps, *(Node(n.id, n.kind, changed if n.id == "x1.bit0" else n.sources, n.bias) for n in net.nodes())]
    wrong = Network(net.inputs, nodes, net.outputs)
    assert all(evaluate(wrong, point) == evaluate(net, point) for point in Grid(2, 1))
    found = examine_bits(wrong, 2, mpq(1, 100))
    assert found.wrong == "node 'x1.bit0' is not bit 0 of 'x1' rounded down, between 1/8 and 1/4"


@pytest.mark.parametrize("way", ["input", "ramp"])
def test_a_network_that_reads_more_than_bits(way: str) -> None:
    net = reader(1, mpq(1, 10))
    source = "x1" if way == "input" else "u(x1)>=1"
    found = examine_bits(edited(net, "y", **{source: 1}), 1, mpq(1, 10))
    assert found.wrong is not None
    assert "'y' reads an input not only through its bits" in found.wrong


def test_a_network_without_bits() -> None:
    net = random_relu(1, 2, [2], 3)
    found = examine_bits(net, 1, mpq(1, 10))
    assert found.wrong is not None
    assert all(not bits.nodes and bits.bad == 0 for bits in found.inputs.values())


def test_a_network_that_reads_nothing() -> None:
    found = examine_bits(Network(["x"], [affine("y", {}, 3)], ["y"]), 2, mpq(1, 10))
    assert (found.wrong, found.inputs["x"].bad) == (None, 0)


# --- ranges --------------------------------------------------------------------------------


@given(seed=st.integers(0, 10**6), widths=st.sampled_from([[3], [2, 2]]))
@settings(max_examples=30)
def test_no_value_is_outside(seed: int, widths: list[int]) -> None:
    net = random_relu(seed, 2, widths, 3, outputs=2, denominator=2)
    box = {"x1": (mpq(-1), mpq(2)), "x2": (mpq(0), mpq(1, 2))}
    ranges = output_ranges(net, box)
    rng = random.Random(seed)
    for _ in range(30):
        point = [mpq(rng.randint(-60, 120), 60), mpq(rng.randint(0, 60), 120)]
        assert all(low <= value <= high for value, (low, high) in zip(net(point), ranges, strict=True))


def test_a_function_of_one_input_is_exact() -> None:
    net = random_relu(3, 1, [3, 2], 3)
    (ends,) = output_ranges(net, {"x1": (mpq(-2), mpq(2))})
    assert ends == pieces_between(net, [mpq(-2)], [mpq(2)])[0].range()


@pytest.mark.parametrize("route", ["lookahead", "residue", "compact", "stacked"])
def test_the_clipped_network_keeps_its_range_everywhere(route: str) -> None:
    """Interval arithmetic says ``[-R, R]``; so do random reals, far outside the box and inside ramps."""
    net = random_relu(3, 2, [2], 3, denominator=3)
    request = Request(net, Grid(1, 2), route, 2, 2, clip=True, options={"inputs": "bits", "delta": "1/3"})
    made = construct_network(net, plan(request))
    found = examine_bits(made, 1, mpq(1, 3))
    assert found.wrong is None
    ((low, high),) = output_ranges(made, found.ranges)
    assert -2 <= low <= high <= 2
    rng = random.Random(1)
    for _ in range(60):
        point = [mpq(rng.randint(-90, 90), 60) for _ in range(2)]
        assert low <= evaluate(made, point)[0] <= high


# --- where bits are wrong, by hand -------------------------------------------------------------------


def through(name: str, *knots: tuple[str, int]) -> list[Node]:
    """A function of ``x`` from -1 on that is linear between the knots, the first of which is at -1 with the value 0."""
    points = [(mpq(x), mpq(y)) for x, y in knots]
    slopes = [mpq(0), *((b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(points))]
    kinks = {f"{name}.{x}": (x, after - before) for (x, _), (before, after) in zip(points, pairwise(slopes), strict=False)}
    steps = [relu(kink, {"x": 1}, -x) for kink, (x, _) in kinks.items()]
    return [*steps, affine(name, {kink: change for kink, (_, change) in kinks.items()})]


def test_both_sides_of_a_dent_are_wrong() -> None:
    """On ``I_1`` bit 0 of ``x + 1`` is 0, 1, 0: ramps before 0 and before 1, and a dent between 1/4 and 1/2."""
    dent = ("1/4", 1), ("3/8", 0), ("1/2", 1)
    nodes = through("b", ("-1", 0), ("-1/4", 0), ("0", 1), *dent, ("3/4", 1), ("1", 0))
    bits = examine_bits(Network(["x"], [*nodes, affine("y", {"b": 1})], ["y"]), 1, mpq(1, 4))
    found = bits.inputs["x"]
    assert (found.bad, found.intervals) == (mpq(3, 4), 3)
    assert bits.wrong == "node 'b' is not bit 0 of 'x' rounded down, between 1/4 and 3/8"


def test_an_interval_within_another_makes_it_no_shorter() -> None:
    """Bit 0 is wrong on all of ``(1/2, 1)``; bit 1 on two parts of it."""
    zero = through("b", ("-1", 0), ("-1/2", 0), ("0", 1), ("1/2", 1), ("1", 0))
    one = through("c", ("-1", 0), ("5/8", 0), ("11/16", 1), ("3/4", 0), ("15/16", 0), ("1", 1))
    bits = examine_bits(Network(["x"], [*zero, *one, affine("y", {"b": 1, "c": 2})], ["y"]), 1, mpq(1, 2))
    found = bits.inputs["x"]
    assert (set(found.nodes), found.bad, found.intervals, bits.wrong) == ({0, 1}, 1, 2, None)


def test_a_variation_counts_both_ways() -> None:
    """``|x|`` falls by 1 and rises by 1."""
    net = Network(["x"], [relu("a", {"x": 1}), relu("b", {"x": -1}), affine("y", {"a": 1, "b": 1})], ["y"])
    assert pieces_between(net, (mpq(-1),), (mpq(1),))[0].variation() == 2
