"""Every gadget of routes A and C over its whole range: exact sums, steps, digits, carries, quotients, residues."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.claims.promises import Means
from exactnet.construct.base.builder import Builder, CircuitBuilder, ReluBuilder
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.base.scaling import RationalForm, primitive
from exactnet.construct.gadgets.carry import LINEAR, OVERLAPPING, Predicates
from exactnet.construct.gadgets.digits import Digits, Expansion, balanced_digits, largest_digit_bits
from exactnet.construct.gadgets.few_literals import smaller_gate
from exactnet.construct.gadgets.outputs.exact import modulus, reduce_mod, residue_form
from exactnet.construct.gadgets.outputs.rounded import plan_quotient
from exactnet.construct.gadgets.sign import sign_plans
from exactnet.construct.routes.canonical import Canonical
from exactnet.kernel.network import AFFINE, Network, Node
from exactnet.kernel.values import all_values

BUILDERS = [CircuitBuilder, ReluBuilder]


@given(st.lists(st.integers(-(2**40), 2**40).filter(bool), min_size=1, max_size=6), st.data())
def test_gates_over_few_bits_get_small_weights(weights: list[int], data: st.DataObject) -> None:
    builder = CircuitBuilder([f"x{i}" for i in range(len(weights))], [])
    for name in builder.inputs:
        builder.signal(name, 0, 1)
    low, high = sum(min(w, 0) for w in weights), sum(max(w, 0) for w in weights)
    form = Linear(dict(zip(builder.inputs, weights, strict=True)), -data.draw(st.integers(low + 1, high)))
    small = smaller_gate(builder, form)
    assert max(map(abs, small.terms.values())) <= 9 or small == form
    for point in product((0, 1), repeat=len(weights)):
        value = dict(zip(builder.inputs, point, strict=True))
        sums = [sum(c * value[x] for x, c in one.terms.items()) + one.constant for one in (form, small)]
        assert (sums[0] >= 0) == (sums[1] >= 0)


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


PREDICATES = [LINEAR, OVERLAPPING]
BLOCKS = [(1, 5, 3), (2, 3, 11), (2, 4, 6), (3, 3, 9), (3, 2, 63)]


@pytest.mark.parametrize(("bits", "blocks", "top"), BLOCKS)
@pytest.mark.parametrize("predicates", PREDICATES)
def test_predicates_over_all_redundant_digits(predicates: Predicates, bits: int, blocks: int, top: int) -> None:
    """``D_b``, generate, at least and propagate, for every combination of digits ``A_b <= top``."""
    beta, highs = 1 << bits, [top] * blocks
    for point, found in _over_all_digits(predicates, bits, highs).items():
        wraps = [v // beta for v in point]
        for b, v in enumerate(point):
            digit = v % beta + (wraps[b - 1] if b else 0)
            assert found[f"D{b}"] == digit
            assert found[f"g{b}"] == int(digit >= beta)
            assert found[f"h{b}"] == int(digit >= beta - 1)
            assert found[f"p{b}"] == int(digit == beta - 1)
        assert found[f"D{blocks}"] == wraps[-1]


@pytest.mark.parametrize("predicates", PREDICATES)
def test_predicates_of_forms_that_are_literals_or_share_them(predicates: Predicates) -> None:
    """Blocks that are a multiple of one literal, that read the same literals, or that are constants."""
    for forms, highs in (
        ([Linear({"y1": 2}, 1), Linear({"y1": 2}), Linear({"y1": 1}, 2)], (3, 2, 3)),
        ([Linear({"y1": 1, "y2": 2}), Linear({"y2": 2, "y1": 1}), Linear({}, 3)], (3, 3, 3)),
        ([Linear({}, 2), Linear({"y2": 2}, 0), Linear({"y1": 2, "y2": -1}, 1)], (2, 2, 3)),
    ):
        builder, names = with_inputs(CircuitBuilder, [1, 1])
        digits = Digits(1, tuple(forms), highs)
        made = predicates.make(builder, digits, 3, "t")
        total_ = made.sums[3] + made.into(3)
        for point, value in values_of(builder, total_, [1, 1]).items():
            at = dict(zip(names, point, strict=True))
            number = sum((f.constant + sum(c * at[n] for n, c in f.terms.items())) << b for b, f in enumerate(forms))
            assert value == number >> 3


def _over_all_digits(predicates: Predicates, bits: int, highs: list[int]) -> dict[tuple[int, ...], dict[str, mpq]]:
    builder, names = with_inputs(CircuitBuilder, highs)
    digits = Digits(bits, tuple(Linear({n: 1}) for n in names), tuple(highs))
    assert digits.admissible
    made = predicates.make(builder, digits, len(highs), "t")
    assert builder.gates <= predicates.gates(digits, len(highs))
    named = {f"D{b}": form for b, form in enumerate(made.sums)}
    for kind, forms in (("g", made.generate), ("h", made.at_least), ("p", made.propagate)):
        named |= {f"{kind}{b}": form for b, form in enumerate(forms)}
    builder.outputs = tuple(named)
    for name, form in named.items():
        builder.add(Node(name, AFFINE, {n: mpq(c) for n, c in form.terms.items()}, mpq(form.constant)))
    net = builder.network()
    return {p: all_values(net, [mpq(v) for v in p]) for p in product(*(range(h + 1) for h in highs))}


@pytest.mark.parametrize("predicates", PREDICATES)
@given(
    coefficients=st.lists(st.integers(-(2**9), 2**9).filter(bool), min_size=1, max_size=4),
    constant=st.integers(-(2**9), 2**9),
    what=st.sampled_from(["threshold", "relu", "relu_mod"]),
    q=st.integers(2, 40),
)
@settings(max_examples=40)
def test_the_lemmas_over_every_assignment(
    predicates: Predicates, coefficients: list[int], constant: int, what: str, q: int
) -> None:
    highs = [1 + i % 2 for i in range(len(coefficients))]
    for kind in BUILDERS:
        builder, names = with_inputs(kind, highs)
        form = Linear(dict(zip(names, coefficients, strict=True)), constant)
        low, high = builder.interval(form)
        if low >= 0 or high <= 0:
            return
        lemmas, none = Canonical(predicates).lemmas(), Means("")
        if what == "relu_mod":
            made = lemmas.relu_mod(builder, form, q, "t", none)
        else:
            made = (lemmas.relu if what == "relu" else lemmas.threshold)(builder, form, "t", none)
        for point, value in values_of(builder, made, highs).items():
            z = sum(c * v for c, v in zip(coefficients, point, strict=True)) + constant
            if what == "threshold":
                assert value == int(z >= 0)
            else:
                assert (value - max(z, 0)) % (q if what == "relu_mod" else 2**62) == 0


def test_signs_have_plans_for_every_admissible_digit_size() -> None:
    builder, names = with_inputs(CircuitBuilder, [1, 2, 1])
    form = Linear(dict(zip(names, (1000, -777, 31), strict=True)), -5)
    plans = sign_plans(builder, form)
    assert plans
    for plan in plans:
        whole = total(part.scaled(plan.digits.beta**b) for b, part in enumerate(plan.digits.forms))
        assert (whole.terms, whole.constant) == (form.terms, form.constant + (1 << plan.power))
        assert plan.digits.admissible
        assert plan.digits.highs[-1] <= 1


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
@settings(max_examples=40)
def test_residues_over_every_assignment(coefficients: list[int], constant: int, q: int) -> None:
    highs = [1 + i % 2 for i in range(len(coefficients))]
    builder, names = with_inputs(ReluBuilder, highs)
    form = Linear(dict(zip(names, coefficients, strict=True)), constant)
    residue = residue_form(builder, form, q)
    low, _ = builder.interval(residue)
    assert 0 <= low < q
    assert all(2 * abs(c) <= q for c in residue.terms.values())
    for point in product(*(range(h + 1) for h in highs)):
        z = sum(c * v for c, v in zip(coefficients, point, strict=True)) + constant
        at = residue.constant + sum(c * v for c, v in zip((residue.terms.get(n, 0) for n in names), point, strict=True))
        assert (at - z) % q == 0


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
