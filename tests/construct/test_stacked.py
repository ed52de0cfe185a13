"""Route D: first passage over every assignment, joined values, noise, moduli, and the route end to end on every input."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import product
from random import Random

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.certify.small_weights import Request, certify_network
from exactnet.claims.statements import STATEMENTS, kind_of
from exactnet.construct.base.builder import CircuitBuilder
from exactnet.construct.base.inputs import input_integers
from exactnet.construct.base.linear import Linear
from exactnet.construct.gadgets.moduli import Samples, most_divisors
from exactnet.construct.gadgets.noisy import Noise, NoisyCircuitBuilder, NoisyReluBuilder
from exactnet.construct.gadgets.outputs.exact import residue_form
from exactnet.construct.gadgets.passages import (
    Intervals,
    digit_at,
    digit_top,
    passages,
    residue_at,
    residue_top,
    sign_at,
    sign_top,
)
from exactnet.construct.gadgets.tolerance import false_passages, searched_modulus
from exactnet.construct.gadgets.windows import Levels
from exactnet.construct.routes.registry import ROUTES, Task
from exactnet.construct.routes.stacked.route import Stacked
from exactnet.construct.routes.translate import Stages, build
from exactnet.families import FAMILIES
from exactnet.kernel.domain import Cube, Domain, Grid
from exactnet.kernel.errors import FormatError, SizeError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import AFFINE, RELU, Network, Node, affine, threshold
from tests.amount import few
from tests.construct.test_gadgets import with_inputs
from tests.helpers import first_difference, largest_value, random_circuit, random_relu

FORMS = st.lists(st.integers(-(2**12), 2**12).filter(bool), min_size=1, max_size=4)
CONSTANT = st.integers(-(2**12), 2**12)


def value(form: Linear, at: dict[str, int]) -> int:
    return form.constant + sum(c * at[name] for name, c in form.terms.items())


def read(intervals: Intervals, at: dict[str, int]) -> int:
    """The function that intervals are, by its breakpoints: what gates will compute."""
    place = value(intervals.form, at)
    return sum(delta for start, delta in zip(*intervals.jumps(intervals.values), strict=True) if place >= start)


def assignments(names: list[str], highs: list[int]) -> list[dict[str, int]]:
    return [dict(zip(names, point, strict=True)) for point in product(*(range(high + 1) for high in highs))]


@given(coefficients=FORMS, constant=CONSTANT, bits=st.integers(1, 3), limit=st.sampled_from([1, 9, 99]))
@settings(max_examples=60)
def test_exactly_one_level_fires_where_the_form_is_not_negative(
    coefficients: list[int], constant: int, bits: int, limit: int
) -> None:
    highs = [1 + i % 2 for i in range(len(coefficients))]
    builder, names = with_inputs(CircuitBuilder, highs)
    form = Linear(dict(zip(names, coefficients, strict=True)), constant)
    levels = Levels.of(builder, form, bits, limit)
    parts = passages(builder, levels)
    need = 1 if levels.exact else 0
    for at in assignments(names, highs):
        fired = int(value(levels.partial[levels.exact], at) >= need)
        for part in parts:
            fired += sum(
                value(part.above, at) == -h and value(part.digit, at) >= least for h, least in enumerate(part.at)
            )
        assert fired == (value(form, at) >= 0)


@given(coefficients=FORMS, constant=CONSTANT, bits=st.integers(1, 3), q=st.sampled_from([11, 101, 499]))
@settings(max_examples=few(40, 12))
def test_events_join_the_sign_a_digit_and_a_residue(
    coefficients: list[int], constant: int, bits: int, q: int
) -> None:
    """Every event is the indicator modulo ``q`` times what is joined, on every assignment, reachable or not."""
    highs = [1 + i % 2 for i in range(len(coefficients))]
    builder, names = with_inputs(CircuitBuilder, highs)
    form = Linear(dict(zip(names, coefficients, strict=True)), constant)
    levels = Levels.of(builder, form, bits, 5)
    modulus = 7
    tops = [sign_top(builder, levels, "t"), residue_top(builder, levels, form, modulus, "t")]
    tops += [digit_top(builder, levels, b, "t") for b in range(len(levels.digits))]
    need = 1 if levels.exact else 0
    parts = passages(builder, levels)
    events = [
        (
            sign_at(builder, part, q, "t"),
            residue_at(builder, part, q, form, modulus, "t"),
            *(digit_at(builder, part, q, b, levels.digits[b], "t") for b in range(len(levels.digits))),
        )
        for part in parts
    ]
    for at in assignments(names, highs):
        joined = [1, value(form, at) % modulus, *(value(digit, at) for digit in levels.digits)]
        holds = value(levels.partial[levels.exact], at) >= need
        assert [read(top, at) for top in tops] == [holds * v for v in joined]
        for part, made in zip(parts, events, strict=True):
            count = sum(
                (value(part.above, at) + h) % q == 0 and value(part.digit, at) >= least for h, least in enumerate(part.at)
            )
            assert [read(event, at) for event in made] == [count * v for v in joined]


def test_no_assignment_has_more_false_events_than_counted() -> None:
    highs = [1] * 6
    builder, names = with_inputs(CircuitBuilder, highs)
    form = Linear({name: 5**i * 97 + i for i, name in enumerate(names)}, -200_000)
    levels = Levels.of(builder, form, 2, 1)
    parts = passages(builder, levels)
    moduli = (11, 13, 17, 19, 23, 29, 31)
    most = 0
    for at in assignments(names, highs):
        false = 0
        for part in parts:
            above = value(part.above, at)
            false += sum((above + h) % q == 0 and above + h != 0 for h in range(len(part.at)) for q in moduli)
        most = max(most, false)
    assert 0 < most <= false_passages(builder, parts, partial(most_divisors, moduli))


@given(
    coefficients=st.lists(st.integers(-6, 6).filter(bool), min_size=1, max_size=3),
    err=st.integers(0, 3),
    at=st.integers(-12, 12),
    relus=st.booleans(),
)
@settings(max_examples=80)
def test_a_gate_over_noisy_literals_says_what_it_says_over_exact_ones(
    coefficients: list[int], err: int, at: int, relus: bool
) -> None:
    """Every pattern of errors within the bound, every assignment: the noise is put there by extra inputs."""
    scale = 1 + err * sum(abs(c) for c in coefficients)
    size = len(coefficients)
    inputs = [f"y{i}" for i in range(size)] + [f"e{i}" for i in range(size)]
    make = NoisyReluBuilder if relus else NoisyCircuitBuilder
    builder = make(inputs, ["out"], True, lambda: None)
    promised = [next(iter(builder.promise(f"z{i}", 1).terms)) for i in range(size)]
    gate = builder.step(Linear(dict(zip(promised, coefficients, strict=True))), at, "t")
    for i, name in enumerate(promised):
        builder.place(name, Linear({f"y{i}": scale, f"e{i}": 1}), Noise(scale, err))
    if not gate.terms:
        return
    builder.affine_output("out", {name: mpq(c) for name, c in gate.terms.items()}, mpq(gate.constant))
    net = builder.network()
    for bits in product((0, 1), repeat=size):
        truth = sum(c * y for c, y in zip(coefficients, bits, strict=True)) >= at
        for errors in product(range(err + 1), repeat=size):
            assert net([*bits, *errors]) == (truth,)


def test_too_much_noise_is_an_error_and_not_a_network() -> None:
    builder = NoisyCircuitBuilder(["y"], ["out"], True, lambda: None)
    (name,) = builder.promise("z", 3).terms
    gate = builder.step(Linear({name: 1}), 2, "t")
    builder.place(name, Linear({"y": 4}), Noise(4, 4))
    builder.threshold_output("out", gate)
    with pytest.raises(ValueError, match="noise of 4"):
        builder.network()


@given(coefficients=FORMS, constant=CONSTANT)
@settings(max_examples=30)
def test_a_searched_modulus_has_no_false_event_on_the_samples(coefficients: list[int], constant: int) -> None:
    highs = [1] * len(coefficients)
    builder, names = with_inputs(CircuitBuilder, highs)
    form = Linear(dict(zip(names, coefficients, strict=True)), constant)
    levels = Levels.of(builder, form, 1, 3)
    parts = passages(builder, levels)
    if not parts:
        return
    samples = Samples(input_integers(Cube(len(names)), Cube(len(names)), 99))
    samples.columns |= dict(zip(names, samples.inputs, strict=True))
    q = searched_modulus(samples, [(levels, parts)], 5, "t")
    assert q % 5
    for at in assignments(names, highs):
        for part in parts:
            above = value(part.above, at)
            for h, least in enumerate(part.at):
                if value(part.digit, at) >= least:
                    assert ((above + h) % q == 0) == (above == -h)


# --- the route ---------------------------------------------------------------------------------------


def certified(net: Network, domain: Domain, precision: int | None = None, **options: str) -> Network:
    result = certify_network(Request(net, domain, route="stacked", precision=precision, options=options))
    assert result.certificate.verdict == "certified", result.certificate.reason
    assert first_difference(net, result.constructed, domain, precision) is None
    return result.constructed


@pytest.mark.parametrize(
    ("inputs", "moduli", "looks", "what"),
    [
        (17, "searched", 2**32, r"moduli are searched on 131072 inputs and \d+ levels, more than 33554432 digits; --moduli proven"),
        (3, "searched", 2**20, "moduli are searched on more than 1048576 digits; --moduli proven needs no search"),
        (3, "proven", 0, "'g' needs more than 4096 proven moduli"),
        (160, "proven", 0, r"about \d+ gates for 'g', [\d.]+ MiB of memory, against 128.0 MiB available"),
    ],
)
def test_a_gate_with_weights_of_thousands_of_bits_is_refused_before_its_levels_are_made(
    inputs: int, moduli: str, looks: int, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(levels: Levels) -> tuple[Linear, ...]:
        raise AssertionError("as many long numbers as literals, for every level")

    monkeypatch.setattr(Levels, "partial", property(made))
    monkeypatch.setattr("exactnet.construct.gadgets.moduli.MAX_LOOKS", looks)
    draw = Random(1)
    weights = {f"x{i}": draw.getrandbits(12_000) - 2**11_999 for i in range(inputs)}
    net = Network(list(weights), [threshold("g", weights, bias=-draw.getrandbits(12_000))], ["g"])
    domain, route = Cube(inputs), ROUTES["stacked"]
    task = Task(net, domain, domain, STATEMENTS["S3"], 1, 1, budget=2**27)
    with pytest.raises(SizeError, match=what):
        route.make(task, route.options(task, {"moduli": moduli}))


def test_a_clipped_step_of_64_bits_in_depth_3() -> None:
    instance = FAMILIES["clipped"].make(d=8, m=2, bits=64, seed=1)
    made = measure(certified(instance.network, instance.domain))
    assert made.depth == 3
    assert made.gates <= 10_000
    assert made.max_weight < 10**6


@given(seed=st.integers(0, 10**6), widths=st.sampled_from([[1], [2], [2, 2]]))
@settings(max_examples=15)
def test_exact_form_in_depth_k_plus_1(seed: int, widths: list[int]) -> None:
    net = random_relu(seed, 3, widths, 4)
    made = certified(net, Cube(3))
    assert measure(made).depth <= len(widths) + 2
    assert {made.kind(name) for name in made.order} <= {RELU, AFFINE}


@given(seed=st.integers(0, 10**6), widths=st.sampled_from([[], [1], [1, 1]]), inputs=st.sampled_from(["integers", "bits"]))
@settings(max_examples=12)
def test_rounded_form_in_depth_k_plus_2(seed: int, widths: list[int], inputs: str) -> None:
    domain = Grid(1, 2)
    net = random_relu(seed, 2, widths, 3, denominator=96)
    made = certified(net, domain, 1, inputs=inputs)
    assert measure(made, domain).depth <= len(widths) + (3 if inputs == "integers" else 4)


@given(
    seed=st.integers(0, 10**6),
    widths=st.sampled_from([[], [1], [2], [1, 1]]),
    inputs=st.sampled_from(["integers", "bits"]),
    clip=st.booleans(),
)
@settings(max_examples=15)
def test_rounded_and_clipped_form_with_the_carry_in_depth_k_plus_3(
    seed: int, widths: list[int], inputs: str, clip: bool
) -> None:
    domain = Grid(1, 2)
    net = random_relu(seed, 2, widths, 3, denominator=96)
    options = {"inputs": inputs, "output": "carry"}
    request = Request(net, domain, "stacked", 3, 1 if clip else None, clip=clip, options=options)
    made = certify_network(request)
    assert made.certificate.verdict == "certified", made.certificate.reason
    assert made.certificate.options["output"] == "carry"
    assert measure(made.constructed, domain).depth <= len(widths) + (4 if inputs == "integers" else 5)
    if not clip:
        assert first_difference(net, made.constructed, domain, 3) is None


def test_a_long_range_takes_the_carry_and_what_fits_takes_windows() -> None:
    net = random_relu(3, 2, [2], 6, denominator=96)
    task = Task(net, Grid(1, 2), Grid(1, 2), STATEMENTS["S1 rounded"], 1, 1)
    route = ROUTES["stacked"]
    assert route.options(task, {}) == {"inputs": "integers", "moduli": "searched", "output": "windows"}
    long = replace(task, output_range=50, r=5000)
    assert route.options(long, {})["output"] == "carry"
    assert [options["output"] for options in route.choices(long, {}, "depth")] == ["windows", "carry"]
    assert [options["output"] for options in route.choices(replace(task, r=9), {}, "gates")] == ["carry", "windows"]
    assert "output" not in route.options(replace(task, statement=STATEMENTS["S1 exact"]), {})


def test_noisy_literals_are_clipped_by_windows_alone() -> None:
    net = random_relu(3, 2, [1], 3, denominator=4)
    for moduli in ("proven", "31,37"):
        request = Request(net, Cube(2), "stacked", 1, 1, clip=True, options={"moduli": moduli, "output": "carry"})
        with pytest.raises(FormatError, match="clipped with output = windows"):
            certify_network(request)
        assert ROUTES["stacked"].options(Task(net, Cube(2), Cube(2), STATEMENTS["S1 clipped"], 1, 1),
        {"moduli": moduli})["output"] == "windows"


@given(seed=st.integers(0, 10**6), widths=st.sampled_from([[1], [2, 2], [2, 1, 2]]), size=st.integers(1, 64))
@settings(max_examples=20)
def test_circuits_in_depth_t_plus_1(seed: int, widths: list[int], size: int) -> None:
    net = random_circuit(seed, 4, widths, size)
    made = certified(net, Cube(4))
    assert kind_of(made) == "circuit"
    assert measure(made, Cube(4)).depth <= len(widths) + 1


def test_a_two_layer_circuit_of_64_bits_in_depth_3() -> None:
    made = certified(random_circuit(5, 8, [4, 2], 64), Cube(8))
    assert measure(made, Cube(8)).depth == 3


# The same with so little room for weights that events, noise and several moduli are met on networks of any size.


def lemmas(net: Network, domain: Domain, proven: bool) -> Stacked:
    alone = frozenset(name for name in net.outputs if not list(net.readers(name)))
    samples = None if proven else Samples(input_integers(domain, Cube(domain.d), 1 << 12))
    return Stacked(samples, (), alone, aim=16, limit=4)


@pytest.mark.parametrize("proven", [True, False])
@pytest.mark.parametrize("seed", [1, 2])
def test_literals_with_and_without_noise(proven: bool, seed: int) -> None:
    instance = FAMILIES["clipped"].make(d=3, m=2, bits=9, seed=seed)
    cube = Cube(3)
    route = lemmas(instance.network, cube, proven)
    made = build("exact", instance.network, cube, 5, 1, Stages("integers", route.lemmas(), route.rounded))
    assert any(neuron.noisy for neuron in route.neurons)
    assert first_difference(instance.network, made, cube) is None
    assert measure(made).depth == 3


@pytest.mark.parametrize("proven", [True, False])
def test_masked_bits_of_two_hidden_layers(proven: bool) -> None:
    """``k = 3``: what the second layer reads are masked bits, noisy ones if the moduli are proven."""
    net = FAMILIES["random"].make(d=1, widths=(1, 2), bits=5, outputs=1, end="steps", grid=0, seed=4).network
    cube = Cube(1)
    route = lemmas(net, cube, proven)
    made = build("exact", net, cube, largest_value(net, cube), 1, Stages("integers", route.lemmas(), route.rounded))
    assert {neuron.layer for neuron in route.neurons if neuron.noisy} == {1, 2}
    assert first_difference(net, made, cube) is None
    assert measure(made).depth <= 4


def test_proven_moduli_of_a_clipped_step_with_events() -> None:
    instance = FAMILIES["clipped"].make(d=3, m=2, bits=9, seed=1)
    noisy = lemmas(instance.network, instance.domain, True)
    built = build("exact", instance.network, Cube(3), 5, 1, Stages("integers", noisy.lemmas(), noisy.rounded))
    assert any(neuron.noisy for neuron in noisy.neurons)
    assert first_difference(instance.network, built, instance.domain) is None
    rounded = lemmas(instance.network, instance.domain, True)
    built = build("rounded", instance.network, Cube(3), 1, 1, Stages("integers", rounded.lemmas(), rounded.rounded))
    clipped = [max(-1, min(1, int(instance.network(x)[0]))) for x in instance.domain]
    assert [int(built(x)[0]) for x in instance.domain] == clipped
    assert measure(built).depth == 4


def test_the_carry_reads_noisy_literals() -> None:
    """Every value within the range, rounded to halves, from literals that are too large by up to their noise."""
    instance = FAMILIES["clipped"].make(d=3, m=2, bits=few(9, 7), seed=1)
    scaled = Network(instance.network.inputs, [*instance.network.nodes(), affine("z", {instance.network.outputs[0]: "3/7"})], ["z"])
    route = lemmas(scaled, instance.domain, True)
    reach = largest_value(scaled, instance.domain)
    built = build("rounded", scaled, Cube(3), reach, 2, Stages("integers", route.lemmas(), route.carried))
    assert any(neuron.noisy for neuron in route.neurons)
    assert first_difference(scaled, built, instance.domain, 2) is None
    assert measure(built).depth == 5


def test_parts_of_a_network_step_on_a_form_in_gates_of_their_own() -> None:
    builder = NoisyCircuitBuilder(["y"], ["out"], False, lambda: None)
    builder.signal("y", 0, 3)
    form, places, jumps = Linear({"y": 2}), np.array([2, 4]), np.array([1, 1])
    first = builder.own_sum(form, places, jumps, "t", "a")
    assert builder.own_sum(Linear({"y": 4}), 2 * places, jumps, "t", "a").terms == first.terms
    second = builder.own_sum(form, places, jumps, "t", "b")
    assert len(first.terms) == len(second.terms) == 2
    assert not set(first.terms) & set(second.terms)
    assert builder.own_sum(Linear({}, 5), places, jumps, "t", "b").constant == 2


@pytest.mark.parametrize("proven", [True, False])
def test_a_circuit_with_events_in_both_layers(proven: bool) -> None:
    net = Network(
        ["x1", "x2", "x3"],
        [
            threshold("g1", {"x1": 41, "x2": -87, "x3": 55}, -7),
            threshold("g2", {"x1": -63, "x2": 29, "x3": 91}, -33),
            threshold("y", {"g1": 1, "g2": 2, "x1": -2}, -1),
            threshold("z", {"g1": 1, "g2": -1}, 0),
        ],
        ["y", "z", "g1"],
    )
    cube = Cube(3)
    noisy = lemmas(net, cube, proven)
    made = build("circuit", net, cube, 1, 1, Stages("integers", noisy.lemmas(), noisy.rounded))
    assert any(neuron.noisy for neuron in noisy.neurons)
    assert first_difference(net, made, cube) is None
    assert measure(made).depth <= 3


def test_proven_moduli_that_are_too_many_are_predicted_and_refused() -> None:
    instance = FAMILIES["clipped"].make(d=8, m=2, bits=64, seed=1)
    with pytest.raises(SizeError, match=r"about \d+ gates with \d+ proven moduli"):
        certify_network(Request(instance.network, instance.domain, route="stacked", options={"moduli": "proven"}))


def test_a_changed_weight_is_refuted_or_equal_on_every_input() -> None:
    instance = FAMILIES["clipped"].make(d=4, m=2, bits=24, seed=2)
    made = certified(instance.network, instance.domain)
    changed = 0
    for name in [name for name in made.order if made.kind(name) == RELU][:12]:
        nodes = [
            Node(other, made.kind(other), dict(made.sources(other)), made.bias(other) + (other == name))  # type: ignore[arg-type]
            for other in made.order
        ]
        mutant = Network(made.inputs, nodes, made.outputs)
        changed += first_difference(instance.network, mutant, instance.domain) is not None
    assert changed


def test_moduli_by_hand_that_are_too_small_are_refuted_with_the_input() -> None:
    net = random_circuit(3, 8, [3, 1], 48)
    certificate = certify_network(Request(net, Cube(8), route="stacked", options={"moduli": "37,41"})).certificate
    assert certificate.verdict == "refuted"
    assert certificate.counterexample is not None
    point = list(certificate.counterexample.input.values())
    assert net(point) == tuple(certificate.counterexample.expected.values())


def test_a_modulus_that_divides_the_outputs_modulus_is_one_line() -> None:
    instance = FAMILIES["clipped"].make(d=6, m=2, bits=64, seed=1)
    with pytest.raises(FormatError, match="the modulus 35 has a divisor in common with the 5 of the output"):
        certify_network(Request(instance.network, instance.domain, route="stacked", options={"moduli": "35"}))


def test_residues_that_join_are_those_of_the_form() -> None:
    """A residue of small modulus and the form itself agree on every assignment."""
    builder, names = with_inputs(CircuitBuilder, [2, 1, 1])
    form = Linear({names[0]: 77, names[1]: -1234, names[2]: 5}, -3)
    residue = residue_form(builder, form, 9)
    for at in assignments(names, [2, 1, 1]):
        assert value(residue, at) % 9 == value(form, at) % 9
    assert np.all([value(residue, at) >= 0 for at in assignments(names, [2, 1, 1])])


def test_an_output_that_is_an_input_or_affine() -> None:
    net = Network(["x1", "x2"], [affine("y", {"x1": 3, "x2": -1}, 1)], ["y", "x1"])
    assert measure(certified(net, Cube(2))).depth <= 2
