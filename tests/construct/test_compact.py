"""Route C: canonical digits over all redundant digits, the route on every input, and its stated bounds."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
import sympy as sp
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.claims.promises import Means
from exactnet.claims.statements import STATEMENTS, kind_of
from exactnet.construct.base.builder import Builder, CircuitBuilder, ReluBuilder
from exactnet.construct.base.linear import Linear
from exactnet.construct.gadgets.carry import LINEAR, OVERLAPPING, Predicates
from exactnet.construct.gadgets.digits import Digits
from exactnet.construct.routes.canonical import masked_bits
from exactnet.construct.routes.compact import CANONICAL, LEMMAS, Options
from exactnet.construct.routes.registry import ROUTES, Task
from exactnet.construct.routes.translate import Translation, cheapest_inputs, read_inputs
from exactnet.families.random_relu import random_relu as random_family
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.errors import FormatError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import AFFINE, RELU, Network, Node, affine, relu, threshold
from exactnet.kernel.values import all_values
from exactnet.theory.compact import CompactOptions, compact_bounds
from exactnet.theory.growth import composed, d, polynomial_bound
from exactnet.theory.parameters import parameters_of
from exactnet.theory.routes import stated_bounds
from exactnet.theory.symbols import SYMBOLS
from tests.amount import few
from tests.helpers import first_difference, largest_value, mixed_network, pair, random_circuit, random_relu
from tests.routes import compact_circuit, compact_exact, compact_rounded

READINGS = [Options("integers"), Options("bits")]
DOMAINS: list[Cube | Grid] = [Cube(2), Grid(1, 2)]
NO_MEANS = Means("the sign")


def with_inputs(kind: type[Builder], highs: list[int]) -> tuple[Builder, list[str]]:
    """A builder over inputs ``y1, ...`` with ranges ``[0, high]``."""
    names = [f"y{i}" for i in range(1, len(highs) + 1)]
    builder = kind(names, [])
    for name, high in zip(names, highs, strict=True):
        builder.signal(name, 0, high)
    return builder, names


def values_of(builder: Builder, forms: dict[str, Linear], highs: list[int]) -> dict[tuple[int, ...], dict[str, mpq]]:
    """The values of forms for every assignment of the inputs."""
    for name, form in forms.items():
        builder.add(Node(name, AFFINE, {n: mpq(c) for n, c in form.terms.items()}, mpq(form.constant)))
    builder.outputs = tuple(forms)
    net = builder.network()
    return {point: all_values(net, [mpq(v) for v in point]) for point in product(*(range(h + 1) for h in highs))}


# --- the lemma -----------------------------------------------------------------------------


@pytest.mark.parametrize(("bits", "blocks", "top"), [(1, 5, 3), (2, 3, 11), (2, 4, 6), (3, 3, 9)])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize(("owner", "predicates"), [("", LINEAR), ("me", LINEAR), ("", OVERLAPPING), ("me", OVERLAPPING)])
def test_canonical_digits_over_all_redundant_digits(
    bits: int, blocks: int, top: int, size: int, owner: str, predicates: Predicates
) -> None:
    """Every combination of digits ``A_b <= top``: carries, digits, and the digit above all."""
    beta, highs = 1 << bits, [top] * blocks
    builder, names = with_inputs(CircuitBuilder, highs)
    digits = Digits(bits, tuple(Linear({name: 1}) for name in names), tuple(highs))
    assert digits.admissible
    carries = replace(predicates.make(builder, digits, blocks, "t"), size=size)
    forms = {f"carry{b}": carries.into(b, owner) for b in range(blocks + 1)}
    forms["above"] = carries.sums[blocks] + carries.into(blocks)
    for b in range(blocks):
        forms[f"digit{b}"] = carries.digit(b, beta)
    for point, found in values_of(builder, forms, highs).items():
        number = sum(v << (b * bits) for b, v in enumerate(point))
        wraps = [v // beta for v in point]
        redundant = [v % beta + (wraps[b - 1] if b else 0) for b, v in enumerate(point)]
        for b in range(blocks):
            assert found[f"digit{b}"] == number >> (b * bits) & (beta - 1)
        assert found["above"] == number >> (blocks * bits)
        for b in range(blocks + 1):
            assert found[f"carry{b}"] == sum(v << (j * bits) for j, v in enumerate(redundant[:b])) >> (b * bits)


@pytest.mark.parametrize("kind", [CircuitBuilder, ReluBuilder])
@pytest.mark.parametrize("high", [1, 2, 3, 7, 12])
def test_masked_bits_over_all_values(kind: type[Builder], high: int) -> None:
    for top in range(1, high + 1):
        builder, (value, sign) = with_inputs(kind, [high, 1])
        bits = masked_bits(builder, Linear({value: 1}), high, top, Linear({sign: 1}), "t")
        assert len(bits) == top.bit_length()
        assert builder.gates <= top
        for point, found in values_of(builder, {f"bit{s}": bit for s, bit in enumerate(bits)}, [high, 1]).items():
            expected = point[0] if point[1] else 0
            if expected <= top:
                assert [found[f"bit{s}"] for s in range(len(bits))] == [expected >> s & 1 for s in range(len(bits))]


coefficient_lists = st.lists(st.integers(-(2**9), 2**9).filter(bool), min_size=1, max_size=4)


@given(coefficients=coefficient_lists, constant=st.integers(-(2**9), 2**9), q=st.integers(2, 40))
@settings(max_examples=60)
def test_the_lemmas_over_every_assignment(coefficients: list[int], constant: int, q: int) -> None:
    highs = [1 + i % 2 for i in range(len(coefficients))]
    builder, names = with_inputs(ReluBuilder, highs)
    form = Linear(dict(zip(names, coefficients, strict=True)), constant)
    low, high = builder.interval(form)
    if low >= 0 or high <= 0:
        return
    forms = {
        "relu": LEMMAS.relu(builder, form, "r", NO_MEANS),
        "mod": LEMMAS.relu_mod(builder, form, q, "m", NO_MEANS),
        "sign": LEMMAS.threshold(builder, form, "s", NO_MEANS),
    }
    for point, found in values_of(builder, forms, highs).items():
        z = sum(c * v for c, v in zip(coefficients, point, strict=True)) + constant
        assert found["relu"] == max(z, 0)
        assert (found["mod"] - max(z, 0)) % q == 0
        assert found["sign"] == int(z >= 0)
    assert all(builder.interval(Linear({name: 1})) == (0, 1) for name in forms["relu"].terms)


# --- the route -----------------------------------------------------------------------------


def holds(made: Network, net: Network, domain: Cube | Grid, statement: str, options: Options, reach: int, r: int) -> None:
    """All stated bounds, the one on depth among them."""
    found = parameters_of(net, domain, r, statement != "S3")
    bounds = stated_bounds("compact", STATEMENTS[statement], domain.kind == "grid", {"inputs": options.inputs}, found)
    _, values = bounds.evaluate({**found.values(), "R": reach, "r": r})
    measured = measure(made, domain)
    for bound, value in zip(bounds.bounds, values, strict=True):
        assert getattr(measured, bound.measure) <= value, (bound.name, value, getattr(measured, bound.measure))


@given(
    seed=st.integers(0, 10**6),
    widths=st.sampled_from([[], [1], [2], [2, 1], [1, 2], [1, 1, 1], [2, 2, 1]]),
    bits=st.integers(1, 5),
    denominator=st.sampled_from([1, 4, 21]),
)
@settings(max_examples=12)
def test_random_networks_of_every_depth(seed: int, widths: list[int], bits: int, denominator: int) -> None:
    net = random_relu(seed, 2, widths, bits, outputs=2, denominator=denominator * 2**bits)
    for domain in DOMAINS:
        reach = largest_value(net, domain)
        for options in READINGS:
            made = compact_rounded(net, domain, reach, 3, options)
            assert first_difference(net, made, domain, 3) is None
            assert {made.kind(name) for name in made.order} <= {RELU, AFFINE}
            holds(made, net, domain, "S1 rounded", options, reach, 3)


def steps_on_top(seed: int, d: int, widths: list[int], bits: int) -> Network:
    """A random network whose last hidden layer is a pair of ReLUs that makes a step, so that its output is an integer."""
    below = random_relu(seed, d, widths, bits)
    nodes = [node for node in below.nodes() if node.kind == RELU]
    layer = [f"h{len(widths)}_{j}" for j in range(1, widths[-1] + 1)] if widths else list(below.inputs)
    form = {name: (-1) ** place * (2**bits - place) for place, name in enumerate(layer)}
    made, read = pair(form, -(2 ** (bits - 1)), 3)
    return Network(below.inputs, [*nodes, *made, affine("y", read, -1)], ["y"])


@given(
    seed=st.integers(0, 10**6),
    widths=st.sampled_from([[], [1], [2], [2, 2], [1, 1]]),
    bits=st.sampled_from([1, 4, 9, 40]),
)
@settings(max_examples=few(12, 4))
def test_the_exact_form_at_every_depth(seed: int, widths: list[int], bits: int) -> None:
    net = steps_on_top(seed, 2, widths, bits)
    for domain in DOMAINS:
        reach = largest_value(net, domain)
        for options in READINGS:
            made = compact_exact(net, domain, reach, 1, options)
            assert first_difference(net, made, domain) is None
            assert measure(made, domain).depth <= 4 * (len(widths) + 2) - 2 + (options.inputs == "bits")
            holds(made, net, domain, "S1 exact", options, reach, 1)


def test_the_exact_form_of_an_affine_network() -> None:
    net = Network(["x1", "x2"], [affine("y", {"x1": "2/5", "x2": "-1/5"}, 3)], ["y"])
    for domain in DOMAINS:
        made = compact_exact(net, domain, 4, 5, Options())
        assert first_difference(net, made, domain) is None
        holds(made, net, domain, "S1 exact", Options(), 4, 5)


@given(seed=st.integers(0, 10**6), widths=st.sampled_from([[1], [2, 2], [3, 2, 2]]), bits=st.integers(1, 60))
@settings(max_examples=30)
def test_threshold_circuits(seed: int, widths: list[int], bits: int) -> None:
    net = random_circuit(seed, 4, widths, bits)
    made = compact_circuit(net, Cube(4), Options())
    assert first_difference(net, made, Cube(4)) is None
    assert kind_of(made) == "circuit"
    assert measure(made, Cube(4)).depth <= 3 * len(widths) + 1
    assert (made.inputs, made.outputs) == (net.inputs, net.outputs)
    holds(made, net, Cube(4), "S3", Options(), 1, 1)


@pytest.mark.parametrize("options", READINGS)
def test_threshold_circuits_on_a_grid(options: Options) -> None:
    for seed in range(4):
        net = random_circuit(seed, 2, [2, 2], 20)
        made = compact_circuit(net, Grid(2, 2), options)
        assert first_difference(net, made, Grid(2, 2)) is None
        holds(made, net, Grid(2, 2), "S3", options, 1, 1)


@given(patterns=st.lists(st.sampled_from([(0, 1), (1, 0), (1, 1), (2, 1), (0, 3), (3, 2)]), min_size=1, max_size=48))
@settings(max_examples=15)
def test_bounds_hold_where_blocks_repeat_or_read_one_literal(patterns: list[tuple[int, int]]) -> None:
    """Coefficients made of few digits: forms of many blocks are equal, or are a literal, and gates could be merged."""
    weights = [sum(pattern[i] << (2 * b) for b, pattern in enumerate(patterns)) for i in (0, 1)]
    form = {name: weight for name, weight in zip(("x1", "x2"), weights, strict=True) if weight}
    for signs in ((1, 1), (1, -1), (-1, -1)):
        signed = {name: weight * sign for (name, weight), sign in zip(form.items(), signs, strict=False)}
        for bias in (-max(weights), -sum(weights) // 2 or -1, min(weights) + 1):
            net = Network(["x1", "x2"], [threshold("y", signed, bias)], ["y"])
            made = compact_circuit(net, Cube(2), Options())
            assert first_difference(net, made, Cube(2)) is None
            holds(made, net, Cube(2), "S3", Options(), 1, 1)
            nodes = [relu("a", signed, bias + 1), relu("b", signed, bias)]
            net = Network(["x1", "x2"], [*nodes, affine("y", {"a": 1, "b": -1})], ["y"])
            made = compact_exact(net, Cube(2), 1, 1, Options())
            assert first_difference(net, made, Cube(2)) is None
            holds(made, net, Cube(2), "S1 exact", Options(), 1, 1)
            scale = 1 << max(weights).bit_length()
            weighed = {name: mpq(weight, scale) for name, weight in signed.items()}
            net = Network(["x1", "x2"], [affine("y", weighed, mpq(bias, scale))], ["y"])
            reach = largest_value(net, Cube(2))
            made = compact_rounded(net, Cube(2), reach, 1, Options())
            assert first_difference(net, made, Cube(2), 1) is None
            holds(made, net, Cube(2), "S1 rounded", Options(), reach, 1)


def test_mixed_kinds_skip_wires_and_odd_outputs() -> None:
    net = mixed_network()
    for domain in (Cube(2), Grid(2, 2)):
        for options in READINGS:
            made = compact_rounded(net, domain, largest_value(net, domain), 10, options)
            assert first_difference(net, made, domain, 10) is None
            assert {made.kind(name) for name in made.order} <= {RELU, AFFINE}


def test_the_registered_route_builds_what_its_options_say() -> None:
    net = random_relu(3, 2, [2], 12)
    for domain in (Cube(2), Grid(3, 2)):
        task = Task(net, domain, domain, STATEMENTS["S1 rounded"], largest_value(net, domain), 2)
        options = ROUTES["compact"].options(task, {})
        assert options == {"inputs": cheapest_inputs(net, domain, CANONICAL.predict_gates)}
        made = ROUTES["compact"].build(task, options)
        assert first_difference(net, made, domain, 2) is None
    with pytest.raises(FormatError):
        stated_bounds(
            "compact", STATEMENTS["S1 exact"], False, {"inputs": "integers", "output": "four"}, parameters_of(net, Cube(2))
        )


def test_the_gates_of_two_hidden_layers() -> None:
    """24-bit weights, widths 3 and 3 on the cube of dimension 4: few gates before the output stage."""
    for seed in (1, 2, 3):
        instance = random_family(d=4, widths=(3, 3), bits=24, outputs=1, end="scaled", grid=0, seed=seed)
        builder = ReluBuilder(instance.network.inputs, instance.network.outputs)
        Translation(builder, instance.network, read_inputs(builder, Cube(4), "integers"), set(), LEMMAS)
        assert builder.gates <= 5000


# --- the bounds ----------------------------------------------------------------------------

SHAPES = [
    CompactOptions(form, grid, inputs, dyadic)
    for form in ("exact", "rounded", "circuit")
    for grid in (False, True)
    for inputs in ("integers", "bits")
    for dyadic in (False, True)
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layers", [1, 2])
def test_every_bound_is_dominated_by_a_polynomial(shape: CompactOptions, layers: int) -> None:
    growth = {"m": d, "B": d**2, "R": d, "r": sp.Integer(2), "p": d, "s": sp.Integer(1), "k": sp.Integer(layers)}
    bounds = compact_bounds(layers, shape)
    for place, bound in enumerate(bounds.bounds):
        assert composed(bounds, bound).free_symbols <= {symbol.sympy() for symbol in SYMBOLS.values()}
        polynomial = polynomial_bound(bounds, bound, growth)
        for size in (1, 5, 40):
            at = {name: int(value.subs(d, size)) for name, value in growth.items()} | {"d": size}
            _, values = bounds.evaluate(at)
            assert polynomial.eval(size) >= sp.Rational(str(values[place]))


def test_hidden_wires_for_depth_two_are_linear_in_the_inputs() -> None:
    """On the cube, whatever the size of the weights; with ``R = d`` and ``r = 1`` only residues add a logarithm."""
    bounds = compact_bounds(2, CompactOptions("circuit", False, "integers", True))
    weight = next(bound for bound in bounds.bounds if bound.name == "max_weight")
    growth = {"m": sp.Integer(1), "B": d**2, "R": d, "r": sp.Integer(1), "p": sp.Integer(1), "s": sp.Integer(0)}
    assert polynomial_bound(bounds, weight, growth).degree() == 1
