"""recheck: bit planes, measures and symbolic bounds against the definitions."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet import recheck
from exactnet.files.document import domain_fields
from exactnet.kernel.domain import Domain, Grid
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, Node, affine, relu, threshold
from exactnet.kernel.values import evaluate
from tests.rechecking import fractions, instances, live_part, read


@settings(max_examples=300)
@given(instances())
def test_planes_agree_with_the_reference_evaluator(instance: tuple[Network, Domain]) -> None:
    net, domain = instance
    mine = recheck.domain.Domain(domain_fields(domain), len(net.inputs))
    circuit = recheck.circuit.Circuit(read(net), mine)
    assert mine.count == domain.count
    columns = circuit.run_planes(range(domain.count))
    assert circuit.run_integers(range(domain.count)) == columns
    assert circuit.run(range(domain.count)) == columns
    units = [circuit.ops[name].unit for name in net.outputs]
    expected = [fractions(evaluate(net, point)) for point in domain]
    assert [[Fraction(v, u) for v, u in zip(row, units, strict=True)] for row in zip(*columns, strict=True)] == expected
    assert [recheck.network.value_at(read(net), fractions(point)) for point in domain] == expected
    for name, column in zip(net.outputs, columns, strict=True):  # the ranges are proven, not guessed
        assert circuit.ops[name].low <= min(column) <= max(column) <= circuit.ops[name].high


@settings(max_examples=300)
@given(instances())
def test_measures_agree_with_the_measures_of_exactnet(instance: tuple[Network, Domain]) -> None:
    net, domain = instance
    expected = measure(net, domain)
    found = recheck.measures.Expansion(read(net), int(domain.p), domain.signed).measures
    assert found == {field.name: getattr(expected, field.name) for field in fields(expected)}


@settings(max_examples=200)
@given(instances())
def test_dead_nodes_are_left_out_as_by_exactnet(instance: tuple[Network, Domain]) -> None:
    net, domain = instance
    mine = recheck.measures.live_part(read(net))
    alive = live_part(net)
    active = {node.id for node in alive.nodes() if node.kind != "affine"}
    assert {name for name, kind in mine.kind.items() if kind in ("relu", "threshold")} == active
    expected = measure(alive, domain)
    found = recheck.measures.Expansion(mine, int(domain.p), domain.signed).measures
    assert found == {field.name: getattr(expected, field.name) for field in fields(expected)}
    for point in domain:
        exact = fractions(point)
        assert recheck.network.value_at(mine, exact) == recheck.network.value_at(read(net), exact)


@pytest.mark.parametrize("first", [("1", 1), ("2", 1), ("1/2", "1/2"), ("1/2", 1), ("-1", 1)])
@pytest.mark.parametrize("second", [("1", 0), ("2", 0), ("1/2", 0), ("1", "1/2"), ("1/2", "-1/2")])
@pytest.mark.parametrize("weights", [(3, -3), (3, 1), (-1, 1)])
def test_only_twins_make_a_step(first: tuple[str, Any], second: tuple[str, Any], weights: tuple[int, int]) -> None:
    """Pairs of ReLUs of the same source, few of which are ``[z+1]+`` and ``[z]+`` for an integer ``z``."""
    pair = [relu(name, {"x": w}, mpq(bias)) for name, (w, bias) in (("a", first), ("b", second))]
    net = Network(["x"], [*pair, affine("y", dict(zip("ab", weights, strict=True)))], ["y"])
    domain = Grid(2, 1)
    circuit = recheck.circuit.Circuit(read(net), recheck.domain.Domain(domain_fields(domain), 1))
    found = [Fraction(v, circuit.ops["y"].unit) for v in circuit.run(range(domain.count))[0]]
    assert found == [fractions(evaluate(net, point))[0] for point in domain]


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(-2, 3), st.integers(-2, 2)), min_size=2, max_size=8),
    st.sampled_from(["1", "2", "1/2", "-1"]),
)
def test_relus_of_one_form_any_number_of_times(copies: list[tuple[int, int]], weight: str) -> None:
    """ReLUs that differ in their biases only, or not even in these: chains and copies of twins, read with any weights."""
    relus = [relu(f"h{i}", {"x": weight}, bias) for i, (bias, _) in enumerate(copies)]
    y = affine("y", {f"h{i}": w for i, (_, w) in enumerate(copies)})
    net, domain = Network(["x"], [*relus, y], ["y"]), Grid(2, 1)
    circuit = recheck.circuit.Circuit(read(net), recheck.domain.Domain(domain_fields(domain), 1))
    planes = circuit.run_planes(range(domain.count))
    assert circuit.run_integers(range(domain.count)) == planes
    found = [Fraction(v, circuit.ops["y"].unit) for v in planes[0]]
    assert found == [fractions(evaluate(net, point))[0] for point in domain]


def test_twins_that_cancel_are_one_step_and_not_evaluated() -> None:
    pair = [relu("a", {"x": 2}, 1), relu("b", {"x": 2})]
    net = read(Network(["x"], [*pair, affine("y", {"a": 5, "b": -5})], ["y"]))
    circuit = recheck.circuit.Circuit(net, recheck.domain.Domain({"kind": "grid", "p": 2}, 1))
    assert circuit.order == ["x", ("b",), "y"]


def test_measures_worked_by_hand() -> None:
    net = Network(
        ["x1", "x2"],
        [
            affine("a", {"x1": 2, "x2": "1/2"}, 3),
            affine("b", {"a": 10}, 1),
            relu("h", {"b": "-3"}, "1/2"),  # -60 x1 - 15 x2, bias -93 + 1/2 = -185/2; den (p = 3): 2
            relu("c", {"a": 1, "x1": -2, "x2": "-1/2"}),  # cancels: no wires, bias 3, layer 1
            threshold("g", {"h": 5, "x1": 3}, "1/4"),  # 5/2 (2h) + 1 (3 x1) + 1/4: 10, 4, 1
            threshold("e", {}, 7),  # bias 1
            affine("y", {"g": "1/2", "c": -4}, 9),
        ],
        ["y", "x1", "h", "e"],
    )
    found = recheck.measures.Expansion(read(net), 3).measures
    assert {name: found[name] for name in ("depth", "neurons", "wires", "parameters", "max_weight", "max_bias", "denominator")} == {
        "depth": 3,  # x1, x2 -> h -> g -> y
        "neurons": 4,
        "wires": 2 + 0 + 2 + 0 + 2 + 2,  # h, c, g, e, y, and the layer that reads x1 and h
        "parameters": 8 + 5,  # with the biases of h, c, g, e, y
        "max_weight": 60,
        "max_bias": Fraction(185, 2),
        "denominator": 2,  # that of h and of y
    }


def test_a_relu_is_made_integer_valued_with_its_own_factor() -> None:
    net = Network(["x"], [affine("a", {"x": 1}), relu("h", {"a": "1/2"}), threshold("g", {"h": 1}, "1/4")], ["g"])
    found = recheck.measures.Expansion(read(net), 1).measures  # 1/2 (2h) + 1/4: 2 and 1
    assert (found["max_weight"], found["max_bias"]) == (2, 1)


def test_a_bias_makes_a_relu_a_fraction() -> None:
    net = Network(["x"], [relu("h", {"x": 1}, "1/2"), threshold("g", {"h": 1}, "-1/2")], ["g"])
    found = recheck.measures.Expansion(read(net), 1).measures  # 1/2 (2h) - 1/2: 1 and 1
    assert (found["max_weight"], found["max_bias"]) == (1, 1)


def test_a_form_that_is_scaled_twice_is_read_with_its_scale() -> None:
    nodes = [affine("a", {"x": 1, "z": 1}, 1), affine("b", {"a": 3}, 5), relu("h", {"b": 2, "x": 1})]  # 7x + 6z + 16
    found = recheck.measures.Expansion(read(Network(["x", "z"], nodes, ["h"])), 1).measures
    assert (found["max_weight"], found["max_bias"], found["wires"]) == (7, 16, 3)


def test_threshold_weights_are_measured_in_normal_form() -> None:
    net = Network(["x"], [threshold("g", {"x": 60}, 90)], ["g"])
    found = recheck.measures.Expansion(read(net), 4).measures  # 15 (4x) + 90: 1 and 6
    assert (found["max_weight"], found["max_bias"]) == (1, 6)


def test_shared_forms_are_not_written_out_for_every_reader() -> None:
    inputs = [f"x{i}" for i in range(1000)]
    gates: list[Node] = [threshold(f"g{t}", {"F": 1}, -t) for t in range(20000)]
    net = read(Network(inputs, [affine("F", dict.fromkeys(inputs, 1)), *gates], [f"g{t}" for t in range(20000)]))
    assert recheck.measures.Expansion(net, 1).measures["wires"] == 20_000_000
    circuit = recheck.circuit.Circuit(
        net, recheck.domain.Domain({"kind": "points", "points": [[1] * 1000, [0] * 1000]}, 1000)
    )
    assert [sum(column) for column in zip(*circuit.run([0, 1]), strict=True)] == [1001, 1]


def test_deep_networks_need_no_recursion() -> None:
    nodes = [affine(f"a{i}", {f"a{i - 1}" if i else "x": -1}, 1) for i in range(5000)]
    net = read(Network(["x"], nodes, ["a4999"]))
    assert recheck.measures.Expansion(net, 1).measures["wires"] == 1
    assert recheck.circuit.Circuit(net, recheck.domain.Domain({"kind": "cube"}, 1)).run([0, 1]) == [[0, 1]]


def test_memory_is_bounded_by_smaller_batches() -> None:
    wide = [affine(f"a{i}", {"x": 2**4000 + i}) for i in range(40)]
    net = read(Network(["x"], [*wide, affine("y", {f"a{i}": 1 for i in range(40)})], ["y"]))
    circuit = recheck.circuit.Circuit(net, recheck.domain.Domain({"kind": "cube"}, 1))
    assert 1024 <= circuit.batch < 65536
    assert 65536 % circuit.batch == 0
    assert circuit.run([0, 1]) == [[0, 40 * 2**4000 + sum(range(40))]]


@given(st.integers(-(2**70), 2**70))
def test_signed_digits_add_up(c: int) -> None:
    digits = recheck.planes.signed_digits(c)
    assert sum((-1 if negative else 1) << shift for shift, negative in digits) == c
    shifts = [shift for shift, _ in digits]
    assert all(b - a > 1 for a, b in pairwise(shifts))


@given(st.lists(st.integers(-(2**130), 2**130), min_size=1, max_size=20))
def test_integers_undoes_planes(values: list[int]) -> None:
    low, high = min(values), max(values)
    width = recheck.planes.planes_for(low, high)
    planes = [sum((v >> i & 1) << at for at, v in enumerate(values)) for i in range(width)]
    assert recheck.planes.integers(planes, low < 0, len(values)) == values
    smallest = {max(abs(2 * v + 1).bit_length() - (low >= 0) for v in values)}  # a plane less would not do
    assert {width} == smallest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4*(d + 2)**4", 40000),
        ("4*(d+2)^4", 40000),
        ("-2**2 + d/3 - 0.5", Fraction(-4) + Fraction(8, 3) - Fraction(1, 2)),
        ("Max(1, d, min(n_1, 3)) + bits(d) + bits(0)", 12),
        ("ceiling(d/3)*floor(d/3)", 6),
        ("Min(3, d)*min(5, 4) + Max(1, 2)", 14),
        ("2**-d", Fraction(1, 256)),
        ("12345678901234567890123 * 1", 12345678901234567890123),
        (" \t007 + max(5)+min(9)*00.50 + 0 + 10.007 + 100*n_1/0100", Fraction(36507 + 10000, 1000)),
    ],
)
def test_bounds_are_evaluated_exactly(text: str, value: Fraction) -> None:
    assert recheck.expression.evaluate(text, {"d": 8, "n_1": 20}, recheck.expression.Budget()) == value


@pytest.mark.parametrize(
    "text",
    ["", "d +", "e", "d.real", "d[0]", "__import__('os')", "open('x')", "Max()", "bits(d=1)", "d and d", "True",
     "2**(1/2)", "1/(d - 8)", "0**-1", "'d'", "bits", "0x10", "1_0", "Max(*d)",
     "d // 2", "lambda: d", "d if d else d", "[d for d in d]", "d < 2", "~d", "+d", "1j", "bits(d/3)",
     "5*(d-8)/(d-8)", "5*(d-8)^-1*(d-8)",
     "(" * 500 + "d" + ")" * 500, "-" * 100000 + "d", "+".join(["d"] * 50000), "d\0", "9" * 30000],
)  # fmt: skip
def test_other_bounds_are_refused(text: str) -> None:
    with pytest.raises(recheck.Wrong) as error:
        recheck.expression.evaluate(text, {"d": 8}, recheck.expression.Budget())
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["2**10**9", "(2**99999)**99", "2**-10**9", "0*(2**999999*2**999999)*2**999999", "1**10**9"])
def test_numbers_that_are_too_large_are_no_verdict(text: str) -> None:
    with pytest.raises(recheck.Unusable, match="bits"):
        recheck.expression.evaluate(text, {"d": 8}, recheck.expression.Budget())


@pytest.mark.parametrize("count", [*range(0, 20), *range(60, 70), *range(124, 132), 1000])
def test_integers_of_any_width_come_out_as_they_went_in(count: int) -> None:
    """The least and the largest of so many planes, with a sign and without."""
    mine = recheck.planes
    for low, high in ((0, 2**count - 1), (-(2**count), 2**count - 1)):
        values = [low, high, 0, high // 3, low // 3, high - high // 2]
        size = mine.planes_for(low, high)
        assert size == count + (low < 0)
        planes = [sum((value >> i & 1) << at for at, value in enumerate(values)) for i in range(size)]
        assert mine.integers(planes, low < 0, len(values)) == values
