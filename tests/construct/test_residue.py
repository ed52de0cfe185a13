"""Route B: the window lemma over every assignment, moduli, and the route end to end on every input."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.certify.small_weights import Request, certify_network
from exactnet.claims.statements import STATEMENTS, kind_of
from exactnet.construct.base.builder import CircuitBuilder
from exactnet.construct.base.linear import Linear
from exactnet.construct.gadgets.moduli import (
    Samples,
    divisors,
    primes_below,
    primes_between,
    proven_levels,
    proven_moduli,
    searched_moduli,
)
from exactnet.construct.gadgets.windows import Cuts, Levels, sign_count
from exactnet.construct.routes import residue
from exactnet.construct.routes.registry import ROUTES, Task
from exactnet.families import FAMILIES
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.errors import FormatError, SizeError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import AFFINE, RELU, Network, affine, threshold
from tests.amount import every, few
from tests.construct.test_gadgets import values_of, with_inputs
from tests.helpers import first_difference, random_circuit, random_relu

FORMS = st.lists(st.integers(-(2**14), 2**14).filter(bool), min_size=1, max_size=4)


@given(coefficients=FORMS, constant=st.integers(-(2**14), 2**14), bits=st.integers(1, 3), limit=st.sampled_from([1, 9, 99]))
@settings(max_examples=80)
def test_the_window_lemma_over_every_assignment(coefficients: list[int], constant: int, bits: int, limit: int) -> None:
    """``S >= D`` iff some level is in its window (or the exact level is positive); else every ``H_b`` is at most 0."""
    highs = [1 + i % 2 for i in range(len(coefficients))]
    builder, names = with_inputs(CircuitBuilder, highs)
    levels = Levels.of(builder, Linear(dict(zip(names, coefficients, strict=True)), constant), bits, limit)
    for point in product(*(range(high + 1) for high in highs)):
        at = dict(zip(names, point, strict=True))
        partial = [h.constant + sum(c * at[n] for n, c in h.terms.items()) for h in levels.partial]
        truth = constant + sum(c * v for c, v in zip(coefficients, point, strict=True)) >= 0
        assert partial[0] == constant + sum(c * v for c, v in zip(coefficients, point, strict=True))
        fired = [low <= partial[b] <= high for b in range(levels.exact) for low, high in [levels.window(b)]]
        top = partial[levels.exact] >= (1 if levels.exact else 0)
        assert truth == (top or any(fired))
        if not truth:
            assert all(value <= 0 for value in partial[1:])


@given(
    coefficients=FORMS,
    constant=st.integers(-(2**14), 2**14),
    limit=st.sampled_from([4, 50, 1000]),
    longest=st.integers(3, 9),
)
@settings(max_examples=25)
def test_proven_moduli_are_right_for_every_assignment(
    coefficients: list[int], constant: int, limit: int, longest: int
) -> None:
    highs = [1] * len(coefficients)
    builder, names = with_inputs(CircuitBuilder, highs)
    form = Linear(dict(zip(names, coefficients, strict=True)), constant)
    levels = proven_levels(Cuts().of(builder, form, longest), constant, limit, 3)
    moduli = proven_moduli(levels, "t")
    count = sign_count(builder, levels, moduli, "t")
    for point, value in values_of(builder, count.count, highs).items():
        truth = sum(c * v for c, v in zip(coefficients, point, strict=True)) + constant >= 0
        assert (value >= count.need) == truth
        assert 0 <= value <= count.most


@given(coefficients=FORMS, constant=st.integers(-(2**14), 2**14), data=st.data())
@settings(max_examples=25)
def test_searched_moduli_are_right_on_the_samples(coefficients: list[int], constant: int, data: st.DataObject) -> None:
    highs = [1] * len(coefficients)
    builder, names = with_inputs(CircuitBuilder, highs)
    form = Linear(dict(zip(names, coefficients, strict=True)), constant)
    levels = Levels.of(builder, form, 2, 20)
    points = list(product((0, 1), repeat=len(names)))
    chosen = data.draw(st.lists(st.sampled_from(points), min_size=1, max_size=8))
    samples = Samples([np.array(column, dtype=np.int32) for column in zip(*chosen, strict=True)])
    samples.prepare(builder, form)
    truth = [sum(c * v for c, v in zip(coefficients, point, strict=True)) + constant >= 0 for point in chosen]
    assert samples.sign(levels).tolist() == truth
    moduli = searched_moduli(samples, levels, primes_below(3000, 24), "t")
    count = sign_count(builder, levels, moduli, "t")
    found = values_of(builder, count.count, highs)
    assert [found[point] >= count.need for point in chosen] == truth


def test_divisors_and_primes() -> None:
    for least in (2, 3, 10):
        for size in range(1, 300):
            assert least ** divisors(least, size) <= size < least ** (divisors(least, size) + 1)
        for power in (1, 2, 19, 64, 10_000):
            assert [divisors(least, least**power + more) for more in (-1, 0, 1)] == [power - 1, power, power]
    assert divisors(2**61, 2**61_000 - 1) == 999
    assert divisors(3, 0) == 0
    assert primes_between(10, 40, 3) == [37, 29, 19]
    assert primes_between(10, 12, 9) == [11]
    assert primes_below(30, 99) == [29, 23, 19, 17, 13, 11, 7, 5, 3, 2]


def certified(net: Network, domain: Domain, precision: int | None = None, **options: str) -> Network:
    result = certify_network(Request(net, domain, route="residue", precision=precision, options=options))
    assert result.certificate.verdict == "certified", result.certificate.reason
    assert first_difference(net, result.constructed, domain, precision) is None
    return result.constructed


@pytest.mark.parametrize("moduli", ["searched", "proven"])
@pytest.mark.parametrize("domain", [Cube(4), Grid(1, 2)])
def test_exact_form_in_depth_2k(moduli: str, domain: Domain) -> None:
    net = FAMILIES["clipped"].make(d=domain.d, m=2, bits=24, seed=3).network
    made = certified(net, domain, 2 if domain.kind == "grid" else None, moduli=moduli)
    assert measure(made, domain).depth <= (4 if domain.kind == "cube" else 6)
    assert {made.kind(name) for name in made.order} <= {RELU, AFFINE}


@given(seed=st.integers(0, 10**6), widths=st.sampled_from([[], [1], [2], [1, 1]]), inputs=st.sampled_from(["integers", "bits"]))
@settings(max_examples=few(20, 8))
def test_rounded_form_in_depth_2k_plus_2(seed: int, widths: list[int], inputs: str) -> None:
    domain = Grid(2, 2)
    net = random_relu(seed, 2, widths, 5, denominator=3 * 2**5)
    made = certified(net, domain, 2, inputs=inputs)
    assert measure(made, domain).depth <= 2 * (len(widths) + 1) + (2 if inputs == "integers" else 3)


@given(
    seed=st.integers(0, 10**6),
    widths=st.sampled_from([[], [1], [2], [1, 1]]),
    inputs=st.sampled_from(["integers", "bits"]),
    moduli=st.sampled_from(["searched", "proven"]),
    clip=st.booleans(),
)
@settings(max_examples=few(20, 8))
def test_rounded_and_clipped_form_with_the_carry_of_route_a(
    seed: int, widths: list[int], inputs: str, moduli: str, clip: bool
) -> None:
    """Depth ``2k+2`` as with windows, within the stated bounds; clipped at 1, below most values."""
    domain = Grid(2, 2)
    net = random_relu(seed, 2, widths, 4 if moduli == "searched" else 2, denominator=3 * 2**4)
    options = {"inputs": inputs, "moduli": moduli, "output": "carry"}
    request = Request(net, domain, "residue", 2, 1 if clip else None, clip=clip, options=options)
    made = certify_network(request)
    assert made.certificate.verdict == "certified", made.certificate.reason
    assert made.certificate.options == options
    assert measure(made.constructed, domain).depth <= 2 * (len(widths) + 1) + (2 if inputs == "integers" else 3)
    if not clip:
        assert first_difference(net, made.constructed, domain, 2) is None


def test_the_carry_is_taken_where_it_has_fewer_gates() -> None:
    """A long range has one carry, and a comparison for every value of it by windows."""
    net = random_relu(5, 2, [2], 12, denominator=3 * 2**12)
    options = ROUTES["residue"].options(Task(net, Grid(2, 2), Grid(2, 2), STATEMENTS["S1 rounded"], 40, 50), {})
    assert options["output"] == "carry"
    line = Network(["x1"], [affine("y", {"x1": "1/3"})], ["y"])
    task = Task(line, Cube(1), Cube(1), STATEMENTS["S1 rounded"], 1, 1)
    assert ROUTES["residue"].options(task, {})["output"] == "windows"
    assert "output" not in ROUTES["residue"].options(replace(task, statement=STATEMENTS["S1 exact"]), {})


@given(seed=st.integers(0, 10**6), widths=st.sampled_from([[1], [2, 2], [2, 1, 2]]), size=st.integers(1, 64))
@settings(max_examples=few(20, 8))
def test_circuits_in_depth_2t(seed: int, widths: list[int], size: int) -> None:
    net = random_circuit(seed, 4, widths, size)
    made = certified(net, Cube(4))
    assert kind_of(made) == "circuit"
    assert measure(made, Cube(4)).depth <= 2 * len(widths)


@pytest.mark.parametrize("size", every([64, 20, 256], 3))
def test_a_gate_of_sixteen_inputs_on_all_65536(size: int) -> None:
    net = random_circuit(size, 16, [1], size)
    result = certify_network(Request(net, Cube(16), route="residue"))
    assert result.certificate.verdict == "certified"
    assert result.certificate.inputs_checked == 2**16
    assert result.certificate.constructed.depth <= 2
    assert result.certificate.constructed.max_weight <= 2 * 19**3


def test_spread_moduli_are_taken_where_close_ones_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    net, tried = random_circuit(20, 8, [1], 64), []

    def search(samples: Samples, levels: Levels, candidates: list[int], name: str) -> list[int]:
        tried.append(candidates)
        if len(tried) == 1:
            raise SizeError("none")
        return searched_moduli(samples, levels, candidates, name)

    monkeypatch.setattr(residue, "searched_moduli", search)
    assert certify_network(Request(net, Cube(8), route="residue")).certificate.verdict == "certified"
    assert max(tried[0]) - min(tried[0]) < max(tried[1]) - min(tried[1])
    assert max(tried[1]) <= max(tried[0])


def test_points_are_searched_on_the_points_alone() -> None:
    domain = Points(tuple(Cube(6)[i] for i in (0, 5, 17, 33, 63)))
    certify = certify_network(Request(random_circuit(9, 6, [2, 1], 40), domain, route="residue"))
    assert certify.certificate.verdict == "certified"


def test_moduli_by_hand_that_are_too_small_are_refuted_with_the_input() -> None:
    net = Network(
        [f"x{i}" for i in range(1, 9)],
        [threshold("g", {f"x{i}": 3**i * 10**6 + i for i in range(1, 9)}, -(3**8) * 10**6 - 77)],
        ["g"],
    )
    certificate = certify_network(Request(net, Cube(8), route="residue", options={"moduli": "11"})).certificate
    assert certificate.verdict == "refuted"
    assert certificate.counterexample is not None
    point = list(certificate.counterexample.input.values())
    assert net(point) == tuple(certificate.counterexample.expected.values())


@pytest.mark.parametrize("moduli", ["", "1", "0", "101,101", "x", "2,", "99999999999", ",".join(str(q) for q in range(2, 60))])
def test_bad_moduli_are_one_line(moduli: str) -> None:
    with pytest.raises(FormatError) as caught:
        certify_network(Request(random_circuit(1, 3, [1], 9), Cube(3), route="residue", options={"moduli": moduli}))
    assert "\n" not in str(caught.value)
    with pytest.raises(FormatError, match="not one of the route"):
        certify_network(Request(random_circuit(1, 3, [1], 9), Cube(3), options={"moduli": "proven"}))


@pytest.mark.parametrize(("widths", "size", "k"), [("4", 64, 2), ("2,2", 4, 3), ("1,2", 9, 3)])
def test_relu_networks_with_large_weights_and_with_more_layers(widths: str, size: int, k: int) -> None:
    """``k = 2`` with 64-bit weights and ``k = 3`` with small ones, every input of the cube."""
    instance = FAMILIES["random"].make(d=4 if k == 2 else 3, widths=widths, bits=size, seed=1)
    certificate = certify_network(Request(instance.network, instance.domain, route="residue")).certificate
    assert certificate.verdict == "certified"
    assert (certificate.original.depth, certificate.constructed.depth <= 2 * k) == (k, True)


def test_the_clipped_family_with_64_bits() -> None:
    instance = FAMILIES["clipped"].make(d=8, m=4, bits=64, seed=1)
    certificate = certify_network(Request(instance.network, instance.domain, route="residue")).certificate
    assert (certificate.verdict, certificate.constructed.depth) == ("certified", 4)
    assert certificate.constructed.gates <= 500
