"""Route A end to end, held against the reference evaluator on every input; and the mutation check."""

from __future__ import annotations

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.certify.small_weights import Request, certify_network
from exactnet.claims.statements import kind_of
from exactnet.construct.base.builder import ReluBuilder
from exactnet.construct.routes.lookahead import CANONICAL, LEMMAS, Options, choose_output
from exactnet.construct.routes.translate import Translation, cheapest_inputs, read_inputs
from exactnet.families import FAMILIES
from exactnet.families.random_relu import random_relu as random_family
from exactnet.kernel.domain import Cube, Grid, Product
from exactnet.kernel.measures import measure
from exactnet.kernel.network import AFFINE, RELU, Network, affine, threshold
from tests.helpers import first_difference, largest_value, mixed_network, pair, random_circuit, random_relu
from tests.routes import lookahead_circuit, lookahead_exact, lookahead_rounded

ALL_OPTIONS = [Options(inputs, output) for inputs in ("integers", "bits") for output in ("three", "four")]


def clipped(d: int, bits: int, seed: int) -> Network:
    import random

    rng = random.Random(seed)
    nodes, read = [], {}
    for number in range(2):
        form = {f"x{i}": rng.randint(-(2**bits), 2**bits) for i in range(1, d + 1)}
        made, weights = pair(form, -sum(form.values()) // 2, rng.choice([-3, -2, 2, 5]), str(number))
        nodes += made
        read |= weights
    return Network([f"x{i}" for i in range(1, d + 1)], [*nodes, affine("y", read, 1)], ["y"])


@pytest.mark.parametrize("bits", [1, 5, 20, 70])
@pytest.mark.parametrize("domain", [Cube(4), Grid(1, 2)])
def test_exact_form_of_clipped_pairs(bits: int, domain: Product) -> None:
    net = clipped(domain.d, bits, bits)
    for options in ALL_OPTIONS[::2]:
        made = lookahead_exact(net, domain, largest_value(net, domain), 1, options)
        assert first_difference(net, made, domain) is None
        assert {made.kind(name) for name in made.order} <= {RELU, AFFINE}
        assert measure(made, domain).depth <= (5 if options.inputs == "integers" else 6)


@given(seed=st.integers(0, 10**6), widths=st.sampled_from([[1], [2], [2, 1], [1, 2], [1, 1, 1]]), bits=st.integers(1, 4))
@settings(max_examples=15)
def test_rounded_form_of_random_networks_of_every_depth(seed: int, widths: list[int], bits: int) -> None:
    net = random_relu(seed, 2, widths, bits, outputs=2, denominator=7 * 2**bits)
    for domain in (Cube(2), Grid(1, 2)):
        for options in ALL_OPTIONS:
            made = lookahead_rounded(net, domain, largest_value(net, domain), 3, options)
            assert first_difference(net, made, domain, 3) is None
            k = len(widths) + 1
            assert measure(made, domain).depth <= 3 * k + 1 + (options.output == "four") + (options.inputs == "bits")


@given(seed=st.integers(0, 10**6), widths=st.sampled_from([[1], [2, 2], [2, 2, 1]]), bits=st.integers(1, 30))
@settings(max_examples=25)
def test_threshold_circuits(seed: int, widths: list[int], bits: int) -> None:
    net = random_circuit(seed, 4, widths, bits)
    made = lookahead_circuit(net, Cube(4), Options())
    assert first_difference(net, made, Cube(4)) is None
    assert kind_of(made) == "circuit"
    assert measure(made, Cube(4)).depth <= 2 * len(widths) + 1
    assert (made.inputs, made.outputs) == (net.inputs, net.outputs)


@pytest.mark.parametrize("options", ALL_OPTIONS[::2])
def test_threshold_circuits_on_a_grid(options: Options) -> None:
    net = random_circuit(5, 2, [2, 2], 9)
    made = lookahead_circuit(net, Grid(2, 2), options)
    assert first_difference(net, made, Grid(2, 2)) is None


def test_mixed_kinds_skip_wires_and_odd_outputs() -> None:
    net = mixed_network()
    for domain in (Cube(2), Grid(2, 2)):
        for options in ALL_OPTIONS[:3:2]:
            made = lookahead_rounded(net, domain, largest_value(net, domain), 10, options)
            assert first_difference(net, made, domain, 10) is None
            assert {made.kind(name) for name in made.order} <= {RELU, AFFINE}


def test_denominators_that_are_no_power_of_two() -> None:
    nodes, read = pair({"x1": 3**20, "x2": -(5**9)}, -(7**8))
    net = Network(["x1", "x2"], [*nodes, affine("y", {name: mpq(w, 3) for name, w in read.items()}, "1/15")], ["y"])
    made = lookahead_exact(net, Cube(2), 1, 15, Options())
    assert first_difference(net, made, Cube(2)) is None


def test_the_inputs_are_read_in_the_cheaper_way() -> None:
    assert cheapest_inputs(random_relu(1, 3, [3], 40), Grid(3, 3), CANONICAL.predict_gates) == "bits"
    assert cheapest_inputs(random_relu(1, 3, [3], 40), Cube(3), CANONICAL.predict_gates) == "integers"


def test_the_rounded_output_is_the_one_of_fewer_gates() -> None:
    """Four layers take two gates and one a wrap in each block, three take three a wrap: few wraps, few layers."""
    wide = random_relu(1, 6, [4], 12, denominator=7)
    narrow = Network(["x1"], [affine("y", {"x1": mpq(5, 7)}, mpq(1, 3))], ["y"])
    for net, chosen in ((wide, "four"), (narrow, "three")):
        domain, other = Cube(len(net.inputs)), {"three": "four", "four": "three"}
        reach = largest_value(net, domain)
        assert choose_output(net, domain, reach, 5, "integers") == chosen
        gates = {
            output: measure(lookahead_rounded(net, domain, reach, 5, Options("integers", output)), domain).gates
            for output in ("three", "four")
        }
        assert gates[chosen] <= gates[other[chosen]]


def test_the_gates_of_two_hidden_layers() -> None:
    """24-bit weights, widths 3 and 3 on the cube of dimension 4, before the output stage: at most 40 000 are asked for."""
    for seed in (1, 2, 3):
        instance = random_family(d=4, widths=(3, 3), bits=24, outputs=1, end="scaled", grid=0, seed=seed)
        builder = ReluBuilder(instance.network.inputs, instance.network.outputs)
        Translation(builder, instance.network, read_inputs(builder, Cube(4), "integers"), set(), LEMMAS)
        assert builder.gates <= 2000


def test_gates_and_weights_of_the_clipped_family() -> None:
    """64 bits, d = 8, m = 4: at most 2000 gates are asked for; hidden wires are at most (d+2)(d+3)/2."""
    instance = FAMILIES["clipped"].make(d=8, m=4, bits=64, seed=1)
    certificate = certify_network(Request(instance.network, instance.domain)).certificate
    assert certificate.verdict == "certified"
    assert certificate.constructed.gates <= 400
    assert certificate.constructed.max_weight <= 55
    assert certificate.constructed.depth == 5


def mutants(net: Network) -> list[Network]:
    """Every weight and every bias changed by one, each in a network of its own."""
    nodes = list(net.nodes())
    made = []
    for place, node in enumerate(nodes):
        for delta in (1, -1):
            changes = [
                ({s: w + (delta if s == source else 0) for s, w in node.sources.items()}, node.bias)
                for source in node.sources
            ]
            changes.append((dict(node.sources), node.bias + delta))
            for sources, bias in changes:
                changed = type(node)(node.id, node.kind, sources, bias, node.means)
                made.append(Network(net.inputs, [*nodes[:place], changed, *nodes[place + 1 :]], net.outputs))
    return made


@pytest.mark.parametrize("name", ["relu", "circuit"])
def test_every_mutant_is_refuted_or_equal_on_every_input(name: str) -> None:
    """The mutation check: the judge's verdict on each mutant is what the reference evaluator says on every input."""
    from exactnet.kernel.sweep import CheckJob, compare_networks

    domain = Cube(3)
    if name == "relu":
        nodes, read = pair({"x1": 9, "x2": -7, "x3": 5}, -4)
        net = Network(["x1", "x2", "x3"], [*nodes, affine("y", read)], ["y"])
        made = lookahead_exact(net, domain, 1, 1, Options())
    else:
        net = Network(["x1", "x2", "x3"], [threshold("y", {"x1": 90, "x2": -71, "x3": 50}, -40)], ["y"])
        made = lookahead_circuit(net, domain, Options())
    changed = mutants(made)
    refuted = 0
    for mutant in changed:
        found, counterexample = compare_networks(CheckJob(net, mutant, domain))
        truth = first_difference(net, mutant, domain)
        assert found.mismatch == truth
        if truth is not None:
            refuted += 1
            assert counterexample is not None
            assert counterexample.index == truth
            assert counterexample.expected != counterexample.got
    assert refuted > len(changed) // 8
