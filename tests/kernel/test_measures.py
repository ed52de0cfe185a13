"""Measures and expansion, held against a naive second implementation and against hand-worked cases."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from weakref import WeakSet

import pytest
from gmpy2 import mpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exactnet.claims.statements import kind_of
from exactnet.cli.show import layers
from exactnet.kernel import measures
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.errors import DomainError
from exactnet.kernel.expansion import Form, expand, expanded_nodes, live_part
from exactnet.kernel.measures import Measures, measure, pair_steps
from exactnet.kernel.network import AFFINE, INPUT, RELU, THRESHOLD, Network, Node, affine, relu, threshold
from exactnet.kernel.values import evaluate
from tests.naive_measures import WEIGHTS, fraction, naive_measure, naive_wires, networks


def domains_of(net: Network) -> list[Domain | None]:
    d = len(net.inputs)
    halves = Points((tuple(mpq(i, 2 + i) for i in range(d)), tuple(mpq(1, 6) for _ in range(d))))
    return [None, Cube(d), Grid(1, d), Grid(3, d), halves]


many = settings(max_examples=200)


@many
@given(networks())
def test_measure_is_the_naive_measure(net: Network) -> None:
    for domain in domains_of(net):
        p, signed = (1, True) if domain is None else (domain.p, domain.signed)
        assert measure(net, domain) == naive_measure(net, p, signed)


@many
@given(networks())
def test_measure_of_the_expansion_is_the_same(net: Network) -> None:
    written_out = expand(net)
    assert {node.kind for node in written_out.nodes()} <= {RELU, THRESHOLD, AFFINE}
    assert all(node.id in net.outputs for node in written_out.nodes() if node.kind == AFFINE)
    assert all(net.kind(s) != AFFINE for node in written_out.nodes() for s in node.sources)
    assert layers(net) == layers(written_out)
    for domain in domains_of(net):
        steps = dict.fromkeys(("width", "size", "gates"), 0)  # steps are counted as a network is written
        assert replace(measure(net, domain), **steps) == replace(measure(written_out, domain), **steps)


@many
@given(networks(), st.data())
def test_expansion_computes_the_same_and_has_the_naive_wires(net: Network, data: st.DataObject) -> None:
    written_out = expand(net)
    naive = naive_wires(net)
    for node in written_out.nodes():
        assert ({s: fraction(w) for s, w in node.sources.items()}, fraction(node.bias)) == naive[node.id]
    values = st.fractions(-3, 3, max_denominator=6)
    for _ in range(3):
        point = [mpq(str(data.draw(values))) for _ in net.inputs]
        assert evaluate(written_out, point) == evaluate(net, point)


@many
@given(networks(), st.randoms(use_true_random=False))
def test_names_and_order_of_nodes_do_not_matter(net: Network, random: object) -> None:
    new = {name: f"<{name}>" for name in net.graph.nodes}
    nodes = [Node(new[n.id], n.kind, {new[s]: w for s, w in n.sources.items()}, n.bias) for n in net.nodes()]
    random.shuffle(nodes)  # type: ignore[attr-defined]
    renamed = Network([new[name] for name in net.inputs], nodes, [new[name] for name in net.outputs])
    assert measure(renamed) == measure(net)


@many
@given(networks(), st.sampled_from([mpq(7), mpq(1, 5), mpq(10**30)]))
def test_thresholds_are_measured_without_their_scale(net: Network, factor: mpq) -> None:
    nodes = [
        Node(n.id, n.kind, {s: factor * w for s, w in n.sources.items()}, factor * n.bias) if n.kind == THRESHOLD else n
        for n in net.nodes()
    ]
    for domain in domains_of(net):
        assert measure(Network(net.inputs, nodes, net.outputs), domain) == measure(net, domain)


@many
@given(networks(), st.sampled_from([RELU, THRESHOLD]), st.data())
def test_another_unread_node_makes_nothing_smaller(net: Network, kind: str, data: st.DataObject) -> None:
    sources = data.draw(st.dictionaries(st.sampled_from(sorted(net.graph.nodes)), st.sampled_from(WEIGHTS), max_size=3))
    more = Network(net.inputs, [*net.nodes(), Node("new", kind, sources, mpq(1))], net.outputs)  # type: ignore[arg-type]
    before, after = measure(net), measure(more)
    assert after.neurons == before.neurons + 1
    for name in ("depth", "wires", "max_weight", "max_bias", "bits", "denominator"):
        assert getattr(after, name) >= getattr(before, name)
    # chains: at most two neurons a layer for an input, one for any other source (docs/theory.md)
    assert after.width <= after.neurons + 2 * len(net.inputs)
    assert after.neurons <= after.size <= after.depth * max(1, after.width)


def test_random_networks_hold_what_the_tests_are_about() -> None:
    """The strategy does make steps that are shared, chains, cancelled wires and every kind of output."""
    seen: Counter[str] = Counter()

    @settings(max_examples=200, database=None, derandomize=True)
    @given(networks())
    def look(net: Network) -> None:
        found = measure(net)
        thresholds = sum(node.kind == THRESHOLD for node in net.nodes())
        naive = naive_wires(net)
        seen["steps"] += found.gates > thresholds
        seen["two steps"] += found.gates > thresholds + 1
        seen["chains"] += found.size > found.neurons
        seen["passed as one"] += found.size < naive_measure(without_steps(net), 1, True).size
        cancelled = any(s not in naive[n.id][0] for n in net.nodes() for s in n.sources if net.kind(s) != AFFINE)
        seen["cancelled"] += cancelled
        for name in net.outputs:
            seen[net.kind(name)] += 1
        seen[kind_of(net)] += 1

    look()
    wanted = ["steps", "two steps", "chains", "passed as one", "cancelled", "circuit", "mixed"]
    assert min(seen[what] for what in [*wanted, AFFINE, INPUT, RELU, THRESHOLD]) >= 5, seen


def without_steps(net: Network) -> Network:
    """The same wires, with biases that make no two ReLUs a step."""
    nodes = [
        Node(n.id, n.kind, n.sources, mpq(1, 2) ** (i + 2) if n.kind == RELU else n.bias)
        for i, n in enumerate(net.nodes())
    ]
    return Network(net.inputs, nodes, net.outputs)


# --- hand-worked cases -------------------------------------------------------------------------------


def test_weights_hidden_in_products_and_sums_of_paths() -> None:
    # 2·(10·10·10) + 3·(10·10·10) + 7 = 5007 on one expanded wire; bias 2·1000 + 3·0 + ...
    nodes = [
        affine("a", {"x": 10}, 1),
        affine("b", {"a": 10}),
        affine("c", {"b": 10}),
        affine("d", {"b": 10}, -10),
        relu("h", {"c": 2, "d": 3, "x": 7}),
    ]
    found = measure(Network(["x"], nodes, ["h"]))
    assert (found.max_weight, found.wires) == (5007, 2)
    assert found.max_bias == 2 * 100 + 3 * 90
    assert found.bits == (5007).bit_length()


def test_cancelled_wires_are_no_wires() -> None:
    # without the cancellation h would lie in layer 2 and the output in layer 3
    nodes = [
        relu("g", {"x": 1}),
        affine("a", {"g": 1, "x": 1}),
        relu("h", {"a": 1, "g": -1}),
        affine("y", {"h": 1}),
    ]
    net = Network(["x"], nodes, ["y"])
    assert layers(net) == {"g": 1, "h": 1}
    found = measure(net)
    assert (found.depth, found.wires, found.size) == (2, 3, 2)


def test_affine_nodes_that_reach_nothing_are_ignored() -> None:
    nodes = [affine("dead", {"x": 1000}), affine("deader", {"dead": "1/7"}), affine("y", {"x": 2})]
    net = Network(["x"], nodes, ["y"])
    assert measure(net) == measure(Network(["x"], [affine("y", {"x": 2})], ["y"]))
    assert [node.id for node in expand(net).nodes()] == ["y"]


def test_depth_of_each_kind_of_output() -> None:
    gate, ramp = threshold("g", {"x": 1}), relu("h", {"x": 1})
    assert measure(Network(["x"], [gate], ["g"])).depth == 1
    assert measure(Network(["x"], [ramp], ["h"])).depth == 2
    assert measure(Network(["x"], [gate, affine("y", {"g": 1})], ["y"])).depth == 2
    assert measure(Network(["x"], [affine("y", {}, 5)], ["y"])).depth == 1
    assert measure(Network(["x"], [], ["x"])).depth == 1
    assert measure(Network(["x"], [gate, relu("unread", {"g": 1})], ["g"])).depth == 2


def test_an_input_as_output() -> None:
    expected = Measures(1, 0, 0, 0, 0, 1, 1, mpq(1), mpq(0), 1, 1)
    assert measure(Network(["x"], [], ["x"])) == expected


def test_normal_form_on_a_grid() -> None:
    net = Network(["x", "y"], [threshold("g", {"x": "1/3", "y": "1/2"}, "-1/6")], ["g"])
    on_cube, on_grid = measure(net, Cube(2)), measure(net, Grid(3, 2))
    # 2x + 3y - 1 on the cube; x/3 = (3x)/9 and y/2 = (3y)/6 on the grid: 2·(3x) + 3·(3y) - 3
    assert (on_cube.max_weight, on_cube.max_bias, on_cube.denominator) == (3, 1, 1)
    assert (on_grid.max_weight, on_grid.max_bias, on_grid.denominator) == (3, 3, 1)
    points = Points(((mpq(1, 3), mpq(0)), (mpq(0), mpq(2))))
    assert measure(net, points) == measure(net, Points(((mpq(1, 3), mpq(2)),)))
    assert measure(net, points).max_bias == 3


def test_normal_form_over_relus_and_gates() -> None:
    nodes = [
        relu("h", {"x": "1/2"}, "1/3"),  # 6h is an integer form on the cube, 12h on the grid with p = 2
        threshold("e", {"x": 5}),
        threshold("g", {"h": 1, "e": 4}, -1),  # (6h)/6 + 4e - 1: coefficients 1, 24, bias -6
    ]
    net = Network(["x"], nodes, ["g"])
    assert (measure(net).max_weight, measure(net).max_bias) == (24, 6)
    assert measure(net, Grid(2, 1)).max_weight == 48
    assert measure(net).denominator == 6  # of the ReLU alone


@pytest.mark.parametrize(("bias", "normal"), [(5, 1), ("-1/9", 1), (0, 0)])
def test_normal_form_without_wires(bias: int | str, normal: int) -> None:
    found = measure(Network(["x"], [threshold("g", {}, bias)], ["g"]))
    assert (found.max_weight, found.max_bias, found.depth, found.bits) == (0, normal, 1, 1)


def test_denominator_and_bits_are_of_the_wires_themselves() -> None:
    nodes = [affine("a", {"x": "1/6", "y": 4}), relu("h", {"a": "3/2"}, "1/5"), affine("z", {"h": "1000/7"})]
    found = measure(Network(["x", "y"], nodes, ["z"]))
    # wires 1/4, 6 and 1000/7, biases 1/5 and 0
    assert (found.max_weight, found.denominator, found.bits) == (mpq(1000, 7), 140, 10)
    fine = [affine("a", {"x": "1/64", "y": 4}), relu("h", {"a": "3/2"}), relu("g", {"a": "1/5"})]
    # wires 3/128 and 6, 1/320 and 4/5: it is not the largest weight that has the most bits
    assert measure(Network(["x", "y"], fine, ["h", "g"])).bits == 9
    assert measure(Network(["x", "y"], fine[:2], ["h"])).bits == 8
    # wires 3, and then 1/2 and 1/3, although these are 3/6 and 2/6
    reduced = [relu("e", {"x": 3}), affine("a", {"x": 3, "y": 2}), relu("h", {"a": "1/6"})]
    assert measure(Network(["x", "y"], reduced, ["h"])).bits == 2
    small = measure(Network(["x", "y"], nodes[:2], ["h"]))
    assert (small.max_weight, small.denominator, small.bits) == (6, 20, 3)


def chain_of_relus(length: int, *more: Node) -> list[Node]:
    names = ["x", *(f"h{i}" for i in range(1, length + 1))]
    return [*(relu(b, {a: 1}) for a, b in pairwise(names)), *more]


def test_skip_wires_are_chains() -> None:
    nodes = chain_of_relus(3, affine("y", {"h3": 1, "h1": 1, "x": 1}))
    net = Network(["x"], nodes, ["y"])  # depth 4; h1 is passed on in layers 2, 3, x in layers 1, 2, 3
    assert (measure(net).width, measure(net).size) == (4, 3 + 2 + 2 * 3)
    assert (measure(net, Cube(1)).width, measure(net, Cube(1)).size) == (3, 3 + 2 + 3)


def test_a_threshold_output_is_passed_on_to_the_last_layer() -> None:
    nodes = chain_of_relus(2, threshold("g", {"x": 1}))
    found = measure(Network(["x"], nodes, ["h2", "g"]))  # depth 3: g in layer 1, passed on in layers 2 and 3
    assert (found.depth, found.width, found.size) == (3, 2, 3 + 2)
    late = measure(Network(["x"], [threshold("g", {"x": 1})], ["g"]))
    assert (late.width, late.size) == (1, 1)


def test_an_output_that_is_also_read_inside_is_read_last_by_the_output() -> None:
    found = measure(Network(["x"], chain_of_relus(3), ["h1", "h3"]))  # h1 is passed on in layers 2 and 3
    assert (found.depth, found.width, found.size, found.wires) == (4, 2, 5, 5)


def test_the_two_relus_of_a_step_are_passed_as_one() -> None:
    step = [relu("a", {"x": 2}, 4), relu("b", {"x": 2}, 3)]
    nodes = [*chain_of_relus(3), *step, affine("y", {"h3": 1, "a": 5, "b": -5})]
    found = measure(Network(["x"], nodes, ["y"]))
    assert (found.gates, found.neurons, found.size, found.width) == (1, 5, 5 + 2, 3)
    unlike = [*chain_of_relus(3), *step, affine("y", {"h3": 1, "a": 5, "b": -4})]
    found = measure(Network(["x"], unlike, ["y"]))
    assert (found.gates, found.size, found.width) == (0, 5 + 4, 3)


def gates_of(*nodes: Node, outputs: tuple[str, ...] = ("y",)) -> int:
    return measure(Network(["x", "z"], nodes, outputs)).gates


def test_what_is_a_step() -> None:
    a, b = relu("a", {"x": 2}, 1), relu("b", {"x": 2}, 0)
    assert gates_of(a, b, affine("y", {"a": 1, "b": -1})) == 1
    assert gates_of(a, b, affine("y", {"a": 1, "b": 1})) == 0
    assert gates_of(a, b, affine("y", {"x": 1})) == 0  # both unread
    assert gates_of(a, relu("b", {"x": 2}, "1/2"), affine("y", {"a": 1, "b": -1})) == 0
    assert gates_of(a, relu("b", {"x": 2, "z": 1}), affine("y", {"a": 1, "b": -1})) == 0
    assert gates_of(a, b, affine("y", {"a": 1, "b": -1}), outputs=("y", "b")) == 0  # b is read by an output of its own
    # one reader reads both, another only the first
    assert gates_of(a, b, relu("h", {"a": 1}), affine("y", {"a": 1, "b": -1, "h": 1})) == 0
    # equal and opposite only after expansion, y = (a + z) - (b + z): not as it is written
    through = [affine("u", {"x": 1}), affine("p", {"a": 1, "z": 1}), affine("q", {"b": 1, "z": 1})]
    assert gates_of(*through, relu("a", {"u": 2}, 1), b, affine("y", {"p": 1, "q": -1})) == 0


@pytest.mark.parametrize(("rows", "steps"), [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2), (6, 3)])
def test_a_staircase_is_paired_as_often_as_can_be(rows: int, steps: int) -> None:
    nodes = [relu(f"h{i}", {"x": 1}, -i) for i in range(rows)]
    assert gates_of(*nodes, affine("y", {f"h{i}": (-1) ** i for i in range(rows)})) == steps


def test_pairs_name_the_upper_relu_first() -> None:
    nodes = [relu("low", {"x": 1}, 3), relu("high", {"x": 1}, 4), affine("y", {"low": 1, "high": -1})]
    assert pair_steps(Network(["x"], nodes, ["y"])) == [("high", "low")]


def test_kinds_of_networks() -> None:
    gate, ramp, line = threshold("g", {"x": 1}), relu("h", {"x": 1}), affine("y", {"x": 1})
    assert kind_of(Network(["x"], [gate, line], ["g"])) == "circuit"
    assert kind_of(Network(["x"], [gate, line], ["g", "y"])) == "mixed"
    assert kind_of(Network(["x"], [gate], ["x"])) == "mixed"
    assert kind_of(Network(["x"], [gate, ramp], ["g"])) == "mixed"
    assert kind_of(Network(["x"], [ramp, line], ["y"])) == "relu"
    assert kind_of(Network(["x"], [line], ["y"])) == "affine"


def test_json_has_counts_as_integers_and_numbers_as_text() -> None:
    found = measure(Network(["x"], [relu("h", {"x": "3/2"}, -1)], ["h"])).as_json()
    assert found == {
        "depth": 2, "width": 1, "size": 1, "neurons": 1, "gates": 0, "wires": 2, "parameters": 3,
        "max_weight": "3/2", "max_bias": "1", "bits": 2, "denominator": "2",
    }  # fmt: skip
    assert all(type(value) in (int, str) for value in found.values())


def test_a_domain_of_another_dimension_is_refused() -> None:
    with pytest.raises(DomainError, match="2 coordinates, the network 1"):
        measure(Network(["x"], [], ["x"]), Cube(2))


# --- cost --------------------------------------------------------------------------------------------


def shared_form(readers: int, width: int) -> Network:
    inputs = [f"x{i}" for i in range(width)]
    form = affine("form", {name: i + 1 for i, name in enumerate(inputs)})
    scaled = affine("scaled", {"form": "1/2"})
    gates = [
        threshold(f"g{i}", {"form": 1}, -i) if i % 2 else relu(f"g{i}", {"scaled": mpq(2 * i + 1, 3)}, -i)
        for i in range(readers)
    ]
    return Network(inputs, [form, scaled, *gates, affine("y", {gate.id: 1 for gate in gates})], ["y"])


def test_a_shared_form_is_not_written_out() -> None:
    readers, width = 10_000, 2_000
    net = shared_form(readers, width)
    nodes = list(net.nodes())
    forms = {id(node.form) for node in expanded_nodes(nodes, net.outputs) if node.id != "y"}
    assert len(forms) == 1
    threshold_free = Network(net.inputs, [n for n in nodes if n.kind != RELU and n.id != "y"], ["g1"])
    tracemalloc.start()
    try:
        found = measure(threshold_free)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.wires == readers // 2 * width
    assert peak < 3 * found.wires  # bytes; a dict entry and its number take over a hundred


def test_a_shared_form_is_summarised_once(monkeypatch: pytest.MonkeyPatch) -> None:
    summarised: list[int] = []
    summarise = measures._peak_and_content

    def count(values: Iterable[mpq]) -> tuple[mpq, mpq]:
        values = list(values)
        summarised.append(len(values))
        return summarise(values)

    monkeypatch.setattr(measures, "_peak_and_content", count)
    measure(shared_form(50, 7))
    assert sorted(n for n in summarised if n > 2) == [7, 50, 50]  # the form, and the output twice


def test_a_shared_form_measures_as_its_expansion() -> None:
    net = shared_form(30, 7)
    for domain in domains_of(net):
        found = measure(net, domain)
        assert found == naive_measure(net, 1 if domain is None else domain.p, domain is None or domain.signed)
        assert found.wires == 30 * 7 + 30


def test_a_form_is_dropped_after_its_last_reader() -> None:
    inputs = [f"x{i}" for i in range(100)]
    nodes = [affine("a0", {"x0": 1})]
    for i in range(1, 100):
        nodes += [affine(f"a{i}", {f"a{i - 1}": 1, f"x{i}": 1}), relu(f"h{i}", {f"a{i}": 1})]
    net = Network(inputs, [*nodes, affine("y", {f"h{i}": 1 for i in range(1, 100)})], ["y"])
    # in this order every form is read and then extended at once
    alive: WeakSet[Form] = WeakSet()
    most = 0
    for node in expanded_nodes(nodes, ["y"]):
        alive.add(node.form)
        most = max(most, len(alive))
    assert most <= 3
    assert measure(net).wires == sum(range(2, 101)) + 99


@given(networks())
@settings(max_examples=100)
def test_expanding_twice_changes_nothing(net: Network) -> None:
    assume(any(net.kind(name) == AFFINE for name in net.order))
    assert expand(expand(net)) == expand(net)


def test_a_weight_is_its_absolute_value() -> None:
    """Also where a negative factor is taken out of a shared form."""
    for kind in (relu, threshold):
        nodes = [affine("a", {"x": -3}), kind("h", {"a": 5}, -30), affine("y", {"h": 1})]
        found = measure(Network(["x"], nodes, ["y"] if kind is relu else ["h"]))
        assert (found.max_weight, found.max_bias) == ((15, 30) if kind is relu else (1, 2))


def test_a_negative_multiple_of_a_form_weighs_as_much() -> None:
    """``h`` reads ``-3x`` through an affine node alone, so that the form of that node is shared."""
    net = Network(["x"], [affine("b", {"x": 3}), relu("h", {"b": -1}, "1/2")], ["h"])
    found = measure(net)
    assert (found.max_weight, found.max_bias, found.bits, found.denominator) == (3, mpq(1, 2), 2, 2)
    gate = Network(["x"], [affine("b", {"x": 3}), threshold("g", {"b": -1}, 2)], ["g"])
    assert (measure(gate).max_weight, measure(gate).max_bias) == (3, 2)


def test_what_an_output_depends_on_through_others_is_alive() -> None:
    nodes = [relu("a", {"x": 1}), relu("b", {"a": 5}), relu("c", {"b": 1}), relu("dead", {"a": 7}), affine("y", {"c": 1})]
    assert live_part(Network(["x"], nodes, ["y"])).order == ("a", "b", "c", "y")
