"""Constant weights (S2): equal on every input, weights and biases at most 1, the same depth, the count predicted."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

import pytest
from gmpy2 import mpq
from hypothesis import event, given, settings
from hypothesis import strategies as st

from exactnet.certify.small_weights import Request, construct_network, plan
from exactnet.check.claim import make_claim
from exactnet.claims.promises import first_broken
from exactnet.claims.statements import STATEMENTS
from exactnet.cli.show import layers
from exactnet.construct import constant_weights as module
from exactnet.construct.base.memory import NODE_BYTES, TERM_BYTES
from exactnet.construct.constant_weights import constant_weights
from exactnet.families.clipped import clipped
from exactnet.files.network_json import parse_network
from exactnet.files.network_writer import dump_network
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.errors import DomainError, NetworkError, RefusedError, SizeError
from exactnet.kernel.expansion import expand
from exactnet.kernel.judge import judge
from exactnet.kernel.measures import measure
from exactnet.kernel.network import AFFINE, RELU, Network, Node, affine, relu, threshold
from exactnet.kernel.values import all_values
from exactnet.theory.constant_weights import constant_weights_bounds
from exactnet.theory.symbols import Bound, Bounds
from tests.amount import every
from tests.helpers import first_difference, random_relu

WEIGHTS = st.one_of(
    st.integers(-9, 9).map(mpq), st.fractions(-4, 4, max_denominator=6).map(mpq), st.sampled_from([mpq(1), mpq(-1)])
)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """ReLU and affine nodes that read any earlier nodes; any nodes, inputs too, are outputs; some nodes are dead."""
    inputs = [f"x{i}" for i in range(1, draw(st.integers(1, 2)) + 1)]
    known, nodes = list(inputs), []
    for number in range(draw(st.integers(1, 7))):
        sources = draw(st.dictionaries(st.sampled_from(known), WEIGHTS, max_size=4))
        kind = draw(st.sampled_from([RELU, RELU, AFFINE]))
        nodes.append(Node(f"n{number}", kind, sources, draw(WEIGHTS)))
        known.append(f"n{number}")
    outputs = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
    if draw(st.booleans()):
        outputs = list(dict.fromkeys([known[-1], *outputs]))
    return Network(inputs, nodes, outputs)


def odd_part(value: int) -> int:
    return value // (value & -value)


def check(net: Network, domain: Domain) -> Network:
    """Everything that is promised of ``constant_weights(net, domain)``."""
    before = measure(net, domain)
    made = constant_weights(net, domain)
    after = measure(made, domain)
    assert (made.inputs, made.outputs) == (net.inputs, net.outputs)
    assert {made.kind(name) for name in made.order} <= {RELU, AFFINE}
    assert first_difference(net, made, domain) is None
    assert after.max_weight <= 1
    assert after.max_bias <= 1
    assert after.depth == before.depth
    assert odd_part(before.denominator) % odd_part(after.denominator) == 0
    bounds = constant_weights_bounds(stated_as_measured(net))
    values = bounds.evaluate({"d": len(net.inputs), "k": before.depth})[1]
    assert {bound.measure for bound in bounds.bounds} == {"depth", "max_weight", "max_bias", "denominator", "neurons", "width"}
    for bound, value in zip(bounds.bounds, values, strict=True):
        assert getattr(after, bound.measure) <= value, bound
    # a copy is stored with one wire in and one out; a form over inputs at most twice
    readers = len(net.order) + len(net.outputs)
    stored = net.wires
    assert made.wires <= 3 * stored + 3 * after.neurons + 2 * readers
    return made


def neurons_by_layer(net: Network) -> tuple[int, int]:
    found = list(layers(net).values())
    return found.count(1), len(found) - found.count(1)


def stated_as_measured(net: Network) -> Bounds:
    """Bounds that are just met by a network."""
    found = measure(net)
    numbers = {"depth": mpq(found.depth), "max_weight": found.max_weight, "max_bias": found.max_bias}
    numbers |= {"denominator": mpq(found.denominator), "neurons": mpq(found.neurons)}
    return Bounds((), tuple(Bound(n, n, mpq(ceil(v))) for n, v in numbers.items()))


@given(net=networks(), where=st.sampled_from(["cube", "grid", "grid2", "points"]))
@settings(max_examples=200)
def test_random_networks(net: Network, where: str) -> None:
    d = len(net.inputs)
    points = Points(tuple((mpq(i, 3),) * d for i in range(-2, 5)))
    domains: dict[str, Domain] = {"cube": Cube(d), "grid": Grid(1, d), "grid2": Grid(2, d), "points": points}
    domain = domains[where]
    found = measure(net, domain)
    if found.depth == 1 and max(found.max_weight, found.max_bias) > 1:
        outputs = measure(Network(net.inputs, [n for n in expand(net).nodes() if n.kind == AFFINE], net.outputs))
        if max(outputs.max_weight, outputs.max_bias) > 1:
            with pytest.raises(RefusedError, match=r"depth 1 is an affine map[^\n]*$"):
                constant_weights(net, domain)
            event("refused")
            return
    made = check(net, domain)
    event("copied" if made != net else "unchanged")


@given(net=networks())
@settings(max_examples=100)
def test_nodes_that_keep_their_names_keep_their_values(net: Network) -> None:
    domain = Grid(1, len(net.inputs))
    try:
        made = constant_weights(net, domain)
    except RefusedError:
        return
    for point in domain:
        before, after = all_values(net, point), all_values(made, point)
        assert all(after[name] == before[name] for name in net.order if name in after)


@pytest.mark.parametrize("seed", every(range(4), 2))
def test_layered_networks_of_larger_weights(seed: int) -> None:
    net = random_relu(seed, 2, [2, 2, 2][: seed % 3 + 1], 6, outputs=2, denominator=seed + 1)
    for domain in (Cube(2), Grid(2, 2)):
        check(net, domain)


def test_skip_wires_inputs_read_late_and_biases() -> None:
    nodes = [
        affine("f", {"x": 3, "y": "-5/2"}, 4),
        relu("h", {"f": 2}, -1),
        relu("g", {"f": -2, "h": "7/3", "x": 1}, "-11/2"),
        affine("u", {"g": 1, "f": 6}, 20),
        relu("e", {"u": "1/4", "h": 2}, -5),
        affine("v", {"e": 3, "u": -1, "y": 1}, "-1/3"),
    ]
    net = Network(["x", "y"], nodes, ["u", "v", "h", "e", "y"])
    for domain in (Cube(2), Grid(1, 2), Grid(2, 2)):
        check(net, domain)


def test_a_sum_that_cancels_its_neurons_stays_in_layer_1() -> None:
    nodes = [
        relu("h", {"x": 2}, 1),
        affine("a", {"h": 1, "x": 3}, 5),
        affine("b", {"h": -1, "x": 1}),
        relu("g", {"a": 1, "b": 1}, -7),
        affine("y", {"g": 5, "a": 1}, 2),
    ]
    net = Network(["x"], nodes, ["y"])
    assert layers(net) == {"h": 1, "g": 1}
    check(net, Grid(2, 1))


def test_the_counts_of_a_small_network() -> None:
    # h is divided by 4 (its bias is 3), read with 5*4; g is read with 2 and 3, so copied 4 times; x is passed twice
    # with either sign; the output has a bias of 4: three constants.
    nodes = [relu("h", {"x": 2}, 3), relu("g", {"h": 5, "x": 2}, -1), affine("y", {"g": 2}, 4), affine("z", {"g": 3})]
    net = Network(["x"], nodes, ["y", "z"])
    made = check(net, Grid(1, 1))
    assert measure(made).neurons == 20 + 4 + 2 * 2 + 3
    assert measure(constant_weights(net, Cube(1))).neurons == 20 + 4 + 2 + 3
    assert measure(made).denominator == 4


def test_small_weights_are_left_alone() -> None:
    nodes = [relu("h", {"x": "1/2"}, 1), relu("g", {"h": -1, "x": 1}, "-2/3"), affine("y", {"g": 1, "h": "1/7"})]
    net = Network(["x"], nodes, ["y", "g"])
    assert constant_weights(net, Grid(1, 1)) == net


def test_a_form_shared_by_many_is_stored_once() -> None:
    inputs = [f"x{i}" for i in range(8)]
    form = affine("f", dict.fromkeys(inputs, 3))
    steps = [relu(f"h{t}", {"f": 1}, -t) for t in range(24)]
    net = Network(inputs, [form, *steps, affine("y", {f"h{t}": 5 for t in range(24)})], ["y"])
    made = check(net, Cube(8))
    copies = measure(made).neurons
    assert copies >= 24 * 5 * 3
    assert made.wires <= 2 * copies + 24 * 2 + 8
    assert measure(made).wires == 8 * copies + copies


def test_depth_1() -> None:
    small = Network(["x"], [affine("y", {"x": "-1/2"}, 1)], ["x", "y"])
    assert constant_weights(small, Cube(1)) == small
    for node in (affine("y", {"x": 3}), affine("y", {"x": 1}, "3/2")):
        with pytest.raises(RefusedError, match=r"^constant weights \(S2\) do not apply: a network of depth 1 is an affine"):
            constant_weights(Network(["x"], [node], ["y"]), Cube(1))
    beside = Network(["x"], [relu("h", {"x": 1}), affine("y", {"x": 3}, 2)], ["y", "h"])  # depth 2 for all outputs
    check(beside, Grid(2, 1))


def test_refusals() -> None:
    gate = Network(["x"], [threshold("g", {"x": 1}, -1), affine("y", {"g": 3})], ["y"])
    with pytest.raises(
        NetworkError, match=r"^constant weights \(S2\) are for ReLU networks; node 'g' is a threshold gate$"
    ):
        constant_weights(gate, Cube(1))
    net = Network(["x"], [relu("h", {"x": 3}), affine("y", {"h": 2})], ["y"])
    with pytest.raises(DomainError):
        constant_weights(net, Cube(2))
    huge = Network(["x"], [relu("h", {"x": 2**30}), affine("y", {"h": 3})], ["y"])
    with pytest.raises(
        SizeError, match=r"^too large to build: constant weights take 3221225472 neurons, more than fit into 512.0 MiB "
        r"of memory \(--max-memory\)$",
    ):
        constant_weights(huge, Cube(1))
    few = Network(["x"], [relu("h", {"x": 3}), affine("y", {"h": 7})], ["y"])
    enough = measure(constant_weights(few, Cube(1))).neurons * (NODE_BYTES + TERM_BYTES)
    constant_weights(few, Cube(1), enough)
    with pytest.raises(SizeError, match="constant weights take 28 neurons, more than fit into"):
        constant_weights(few, Cube(1), enough - 1)
    with pytest.raises(SizeError, match=r"about 2\^20001 neurons"):
        constant_weights(Network(["x"], [relu("h", {"x": 2**20000}), affine("y", {"h": 3})], ["y"]), Cube(1))


@pytest.mark.parametrize("domain", [Cube(3), Grid(1, 2)])
def test_after_route_a_certified(domain: Domain) -> None:
    instance = clipped(d=domain.d, m=2, bits=8, seed=1)
    claim = plan(Request(instance.network, domain))
    small = construct_network(instance.network, claim)
    made = check(small, domain)
    claim = make_claim(
        instance.network, domain, STATEMENTS["S2 exact"], claim.route, claim.options, claim.relation, claim.output_range
    )
    certificate = judge(instance.network, made, claim)
    assert certificate.verdict == "certified", certificate.reason
    assert {row.name: row.value for row in certificate.bounds if row.name.startswith("max")} == {
        "max_weight": 1,
        "max_bias": 1,
    }
    assert judge(instance.network, small, claim).verdict == "refuted"  # its weights are small, not within 1
    kept = sum(made.means(name) is not None for name in made.order)
    assert kept >= sum(small.means(name) is not None for name in small.order) > 0  # a form over inputs may be there twice
    assert all(first_broken(instance.network, made, point) is None for point in domain)
    assert parse_network(dump_network(made, domain), "file").network == made


def test_every_mutation_is_found() -> None:
    """Each stored weight and bias changed alone: another function, or a weight or bias beyond 1, or another depth."""
    nodes = [
        relu("h", {"x": 2, "y": -1}, 1),
        relu("g", {"x": -1, "y": 3}, 2),
        relu("e", {"h": 2, "g": -1, "x": 2}, 3),
        affine("z", {"e": 3, "g": 1}, -2),
    ]
    net, domain = Network(["x", "y"], nodes, ["z"]), Grid(2, 2)
    made = check(net, domain)
    mutants = 0
    for node in made.nodes():
        changed = [replace(node, sources={**node.sources, name: -weight}) for name, weight in node.sources.items()]
        changed += [
            replace(node, sources={s: w for s, w in node.sources.items() if s != name}) for name in node.sources
        ]
        changed += [replace(node, bias=node.bias + delta) for delta in (1, -1)]
        for mutant in changed:
            others = [other for other in made.nodes() if other.id != node.id]
            broken = Network(made.inputs, [*others, mutant], made.outputs)
            found = measure(broken, domain)
            good = found.max_weight <= 1 and found.max_bias <= 1 and found.depth == 3
            assert not good or first_difference(net, broken, domain) is not None, (node, mutant)
            mutants += 1
    assert mutants > 100


@pytest.mark.parametrize("name", ["_copies", "_power_of_two"])
def test_one_copy_less_is_too_few(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copies are needed: with fewer of them, or with a smaller divisor, a weight exceeds 1."""
    net = Network(["x"], [relu("h", {"x": 4}), relu("g", {"h": 3}), affine("y", {"g": 5})], ["y"])
    check(net, Cube(1))
    right = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *values: max(1, right(*values) - 1))
    made = constant_weights(net, Cube(1))
    assert first_difference(net, made, Cube(1)) is None
    assert measure(made).max_weight > 1
