"""Every gadget of route A over its whole range: exact sums, steps, digits, carries, quotients, residues."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.construct.builder import Builder, CircuitBuilder, ReluBuilder
from exactnet.construct.carry import carry_into, linear_predicates, pair_predicates
from exactnet.construct.digits import Digits, Expansion, balanced_digits, largest_digit_bits
from exactnet.construct.linear import Linear, total
from exactnet.construct.output_exact import modulus, reduce_mod, residue_form
from exactnet.construct.output_rounded import plan_quotient
from exactnet.construct.relu_layer import relu_mod, relu_of
from exactnet.construct.scaling import RationalForm, primitive
from exactnet.construct.sign import plan_sign, sign_of
from exactnet.evaluate.reference import all_values
from exactnet.network import AFFINE, Network, Node

BUILDERS = [CircuitBuilder, ReluBuilder]


def with_inputs(kind: type[Builder], highs: list[int]) -> tuple[Builder, list[str]]:
    """A builder over inputs ``y1, ...`` with ranges ``[0, high]``."""
    names = [f"y{i}" for i in range(1, len(highs) + 1)]
    builder = kind(names, ["out"])
    for name, high in zip(names, highs, strict=True):
        builder.signal(name, 0, high)
    return builder, names


def values_of(builder: Builder, form: Linear, highs: list[int]) -> dict[tuple[int, ...], mpq]:
    """The value of a form for every assignment of the inputs."""
    builder.add(Node("out", AFFINE, {n: mpq(c) for n, c in form.terms.items()}, mpq(form.constant)))
    net = builder.network()
    return {
        point: all_values(net, [mpq(v) for v in point])["out"] for point in product(*(range(h + 1) for h in highs))
    }


@pytest.mark.parametrize("kind", BUILDERS)
@given(
    coefficients=st.lists(st.integers(-6, 6), min_size=1, max_size=3),
    constant=st.integers(-9, 9),
    at=st.integers(-20, 20),
)
@settings(max_examples=60)
def test_a_step_is_the_comparison(kind: type[Builder], coefficients: list[int], constant: int, at: int) -> None:
    highs = [1 + i for i in range(len(coefficients))]
    builder, names = with_inputs(kind, highs)
    form = Linear(dict(zip(names, coefficients, strict=True)), constant)
    gate = builder.step(form, at, "F")
    for point, value in values_of(builder, gate, highs).items():
        z = sum(c * v for c, v in zip(coefficients, point, strict=True)) + constant
        assert value == int(z >= at)


@pytest.mark.parametrize("kind", BUILDERS)
@given(
    coefficients=st.lists(st.integers(-3, 3).filter(bool), min_size=2, max_size=2),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40)
def test_an_exact_sum_is_any_function(kind: type[Builder], coefficients: list[int], seed: int) -> None:
    highs = [2, 3]
    builder, names = with_inputs(kind, highs)
    form = Linear(dict(zip(names, coefficients, strict=True)), 1)
    low, high = builder.interval(form)
    rng = random.Random(seed)
    table = np.array([rng.randint(-4, 4) for _ in range(high - low + 1)])
    exact = builder.exact_sum(form, table, "phi")
    for point, value in values_of(builder, exact, highs).items():
        z = sum(c * v for c, v in zip(coefficients, point, strict=True)) + 1
        assert value == table[z - low]


def test_equal_steps_are_one_gate_whatever_the_scale_and_sign() -> None:
    builder, names = with_inputs(CircuitBuilder, [3, 3])
    a, b = names
    first = builder.step(Linear({a: 2, b: -4}), 2, "F")
    again = builder.step(Linear({a: 1, b: -2}), 1, "G")
    complement = builder.step(Linear({a: -3, b: 6}), -2, "H")
    assert builder.gates == 1
    assert first.terms == again.terms
    assert complement.constant == 1
    assert complement.terms == {next(iter(first.terms)): -1}


@given(value=st.integers(-(2**40), 2**40), bits=st.integers(1, 9))
def test_balanced_digits(value: int, bits: int) -> None:
    digits = balanced_digits(value, bits)
    beta = 1 << bits
    assert sum(digit * beta**b for b, digit in enumerate(digits)) == value
    assert all(2 * abs(digit) <= beta for digit in digits)
    assert sum(abs(digit) * beta**b for b, digit in enumerate(digits)) <= 3 * abs(value)


@given(
    coefficients=st.lists(st.integers(-(2**12), 2**12).filter(bool), min_size=1, max_size=5),
    constant=st.integers(-(2**12), 2**12),
)
def test_digits_add_up_and_stay_small(coefficients: list[int], constant: int) -> None:
    highs = [1 + i % 3 for i in range(len(coefficients))]
    builder, names = with_inputs(CircuitBuilder, highs)
    form = Linear(dict(zip(names, coefficients, strict=True)), constant)
    mass = sum(highs)
    largest = largest_digit_bits(mass)
    assert mass + 3 <= 2 << largest
    assert 1 << largest <= mass + 2
    for bits in range(1, largest + 1):
        expansion = Expansion.of(builder, form, bits)
        power = max(abs(expansion.negative - constant), abs(constant + expansion.positive)).bit_length()
        power = -(-power // bits) * bits
        digits = expansion.digits(constant + (1 << power), power // bits + 1)
        whole = total(part.scaled(digits.beta**b) for b, part in enumerate(digits.forms))
        assert (whole.terms, whole.constant) == (form.terms, constant + (1 << power))
        for part, top in zip(digits.forms, digits.highs, strict=True):
            least, most = builder.interval(part)
            assert 0 <= least <= most == top
            assert top <= (digits.beta - 1) + mass * digits.beta // 2
        assert digits.highs[-1] <= 1
        if bits == largest:
            assert digits.admissible


@pytest.mark.parametrize("beta_bits", [1, 2, 3])
def test_the_carry_identity_over_all_redundant_digits(beta_bits: int) -> None:
    """Three blocks of digit sums ``A_b``: lookahead gives the carry of the true number, over every combination."""
    beta = 1 << beta_bits
    top = min(beta * beta - 1, 7)
    highs = [top] * 3
    for make in ("pairs", "linear"):
        builder, names = with_inputs(CircuitBuilder, highs)
        digits = Digits(beta_bits, tuple(Linear({n: 1}) for n in names), tuple(highs))
        if make == "pairs":
            predicates = pair_predicates(builder, digits, "t", 3)
            hi = builder.exact_sum(Linear({names[2]: 1}), np.arange(top + 1) // beta, "hi")
        else:
            predicates, hi = linear_predicates(builder, digits, "t")
        carry = hi + carry_into(builder, predicates, [], "t")
        for point, value in values_of(builder, carry, highs).items():
            assert value == sum(v * beta**b for b, v in enumerate(point)) // beta**3


@given(
    coefficients=st.lists(st.integers(-(2**9), 2**9).filter(bool), min_size=1, max_size=4),
    constant=st.integers(-(2**9), 2**9),
    owner=st.sampled_from(["", "g"]),
)
@settings(max_examples=40, deadline=None)
def test_the_sign_and_the_relu_over_every_assignment(coefficients: list[int], constant: int, owner: str) -> None:
    highs = [1 + i % 2 for i in range(len(coefficients))]
    for kind in BUILDERS:
        for what in ("sign", "relu"):
            builder, names = with_inputs(kind, highs)
            form = Linear(dict(zip(names, coefficients, strict=True)), constant)
            plan = plan_sign(builder, form)
            result = sign_of(builder, plan, "t", owner=owner) if what == "sign" else relu_of(builder, plan, "t")
            for point, value in values_of(builder, result, highs).items():
                z = sum(c * v for c, v in zip(coefficients, point, strict=True)) + constant
                assert value == (int(z >= 0) if what == "sign" else max(z, 0))


@given(denominator=st.integers(1, 200), values=st.integers(0, 300))
def test_the_modulus_is_the_least_that_will_do(denominator: int, values: int) -> None:
    from math import gcd

    q = modulus(denominator, values)
    assert q > values
    assert gcd(q, denominator) == 1
    assert all(gcd(smaller, denominator) != 1 for smaller in range(values + 1, q))


def test_reduction_mod_q_over_the_whole_range() -> None:
    for q in range(1, 9):
        builder, names = with_inputs(ReluBuilder, [13, 2])
        reduced = reduce_mod(builder, Linear({names[0]: 1, names[1]: 5}, 3), q, "t")
        for (a, b), value in values_of(builder, reduced, [13, 2]).items():
            assert value == (a + 5 * b + 3) % q


@given(
    weights=st.lists(st.fractions(-3, 3, max_denominator=30), min_size=1, max_size=3),
    constant=st.fractions(-2, 2, max_denominator=12),
    bits=st.integers(1, 5),
    r=st.integers(1, 12),
)
def test_the_quotient_is_the_floor_on_every_assignment(
    weights: list[object], constant: object, bits: int, r: int
) -> None:
    names = [f"y{i}" for i in range(len(weights))]
    form = RationalForm({n: mpq(w) for n, w in zip(names, weights, strict=True) if w}, mpq(constant))
    reach = 12
    builder = CircuitBuilder(names, [])
    for name in names:
        builder.signal(name, 0, 1)
    quotient = plan_quotient(builder, form, reach, r, bits)
    assert quotient.power % bits == 0
    assert len(quotient.digits.forms) == quotient.power // bits
    for point in product((0, 1), repeat=len(names)):
        at = dict(zip(names, point, strict=True))

        def value_of(part: Linear, at: dict[str, int] = at) -> int:
            return part.constant + sum(c * at[n] for n, c in part.terms.items())

        value = sum((c * at[n] for n, c in form.terms.items()), form.constant)
        scaled = r * value + r * reach
        places = [value_of(part) for part in quotient.digits.forms]
        assert all(0 <= place <= high for place, high in zip(places, quotient.digits.highs, strict=True))
        rest = sum(place << (b * bits) for b, place in enumerate(places))
        assert value_of(quotient.whole) + (rest >> quotient.power) == scaled.numerator // scaled.denominator


@given(
    coefficients=st.lists(st.integers(-(2**9), 2**9).filter(bool), min_size=1, max_size=4),
    constant=st.integers(-(2**9), 2**9),
    q=st.integers(2, 40),
)
@settings(max_examples=40, deadline=None)
def test_residues_over_every_assignment(coefficients: list[int], constant: int, q: int) -> None:
    highs = [1 + i % 2 for i in range(len(coefficients))]
    builder, names = with_inputs(ReluBuilder, highs)
    form = Linear(dict(zip(names, coefficients, strict=True)), constant)
    residue = residue_form(builder, form, q)
    low, _ = builder.interval(residue)
    assert 0 <= low < q
    assert all(2 * abs(c) <= q for c in residue.terms.values())
    result = relu_mod(builder, plan_sign(builder, form), form, q, "t")
    for point, value in values_of(builder, result, highs).items():
        z = sum(c * v for c, v in zip(coefficients, point, strict=True)) + constant
        at = residue.constant + sum(c * v for c, v in zip((residue.terms.get(n, 0) for n in names), point, strict=True))
        assert (at - z) % q == 0
        assert (value - max(z, 0)) % q == 0


@given(
    weights=st.lists(st.fractions(-9, 9, max_denominator=12), min_size=1, max_size=4),
    constant=st.fractions(-9, 9, max_denominator=12),
)
def test_the_primitive_form_is_a_positive_multiple(weights: list[object], constant: object) -> None:
    from math import gcd

    form = RationalForm({f"y{i}": mpq(w) for i, w in enumerate(weights) if w}, mpq(constant))
    integer, scale = primitive(form)
    assert scale > 0
    assert {n: scale * c for n, c in integer.terms.items()} == form.terms
    assert scale * integer.constant == form.constant
    assert gcd(integer.constant, *integer.terms.values()) in (0, 1)


def test_a_network_has_no_node_that_no_output_needs() -> None:
    builder, names = with_inputs(ReluBuilder, [3])
    builder.step(Linear({names[0]: 1}), 1, "unused")
    kept = builder.step(Linear({names[0]: 1}), 2, "kept")
    builder.add(Node("out", AFFINE, {n: mpq(c) for n, c in kept.terms.items()}))
    net = builder.network()
    assert isinstance(net, Network)
    assert len(net.order) == 4
