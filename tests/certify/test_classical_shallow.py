"""Circuits of least depth: the lemma on first differences over its whole range, columns of any heights, sizes, mutants, bounds."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from itertools import combinations_with_replacement, product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import prime

from exactnet.certify.classical import certify_function, make_pair
from exactnet.check.claim import make_claim
from exactnet.claims.statements import STATEMENTS, kind_of
from exactnet.construct.base.builder import CircuitBuilder
from exactnet.construct.base.linear import Linear
from exactnet.construct.classical.first_difference import (
    MAX_DIGITS,
    Differences,
    Plan,
    false_events,
    odd_primes,
    plan_differences,
)
from exactnet.construct.classical.iterated_addition import Columns, plan_columns, rows
from exactnet.construct.classical.shallow_sorting import sort_bits, sort_numbers
from exactnet.kernel.domain import Cube
from exactnet.kernel.errors import SizeError
from exactnet.kernel.judge import judge
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, affine
from exactnet.kernel.relation import Equal
from exactnet.kernel.values import evaluate
from exactnet.theory.parameters import parameters_of
from exactnet.theory.routes import stated_bounds
from exactnet.theory.symbols import bits as binary_digits
from tests.mutants import mutants

# --- first differences ---------------------------------------------------------------------------


def sums(size: int, plan: Plan, growing: bool) -> Network:
    """The sum ``Y`` for the difference of two numbers, as an affine output."""
    inputs = [f"{name}{c}" for name in "ab" for c in range(size)]
    builder = CircuitBuilder(inputs, ["y"])
    for name in inputs:
        builder.signal(name, 0, 1)
    digits = [Linear({f"a{c}": 1, f"b{c}": -1}) for c in range(size)]
    differences = Differences(builder, digits, plan, "a-b")
    if growing:  # what is read is then made from what shorter ones read
        for length in range(1, size):
            differences.sign(length)
    made = differences.sign(size)
    builder.add(affine("y", made.terms, made.constant))
    return builder.network()


@pytest.mark.parametrize("growing", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_the_lemma_for_every_level_and_many_moduli_on_every_input(size: int, growing: bool) -> None:
    """``|Q|*y <= Y <= |Q|*y + FP``, whatever the moduli and blocks; and the errors that are counted occur."""
    worst = 0
    for block, top in combinations_with_replacement(range(1, size + 1), 2):
        for moduli in ((3,), (5,), (3, 5), (3, 5, 7), (5, 7, 11), (3, 5, 7, 11, 13)):
            plan = Plan(size, top, moduli, false_events(size, top, moduli, block), block)
            net = sums(size, plan, growing)
            for point in product((0, 1), repeat=2 * size):
                a, b = (sum(bit << c for c, bit in enumerate(half)) for half in (point[:size], point[size:]))
                error = int(net(point)[0]) - plan.scale * (a > b)
                assert 0 <= error <= plan.false
                worst = max(worst, error)
            assert top < size or plan.false == 0
    assert worst > 0 or size < 3


@given(
    size=st.integers(2, 40), block=st.integers(1, 4), more=st.integers(0, 6), least=st.integers(3, 60), count=st.integers(1, 12)
)
@settings(max_examples=60)
def test_false_events_are_those_of_products_of_the_smallest_moduli(
    size: int, block: int, more: int, least: int, count: int
) -> None:
    primes, top = odd_primes(least), block + more
    moduli = tuple(next(primes) for _ in range(count))
    plan = Plan(size, top, moduli, 0, block)
    expected = [
        sum(prod(moduli[:k]) < 2 ** (length - block - b) for b in plan.blocks(length) for k in range(1, count + 1))
        for length in range(1, size + 1)
    ]
    assert false_events(size, top, moduli, block) == expected[-1] == max(expected)
    assert all(length - top <= plan.level(length) < max(1, length) for length in range(1, size + 1))


@pytest.mark.parametrize(("noise", "reading"), [(1, 1), (3, 2), (4, 5)])
def test_plans_leave_room_and_are_bounded(noise: int, reading: int) -> None:
    for size in (1, 2, 3, 5, 8, 13, 21, 34):
        plan = plan_differences([size], noise, reading)
        assert plan.scale > noise * plan.false
        assert plan.false == (false_events(size, plan.top, plan.moduli, plan.block) if plan.top < size else 0)
        most = noise * (size - 1) * (size - 2) // 2 + 1
        read = (2 ** (plan.block + 1) - 1) * (plan.moduli[-1] // 2) if plan.top < size else 0
        weight = max(1 << (plan.top - 1), reading * plan.scale, read)
        assert plan.scale <= most
        assert weight <= max(3 * (most + 1) * ((most + 1).bit_length() + 1) / 2, reading * most)
        assert weight <= max(1 << (size - 1), reading)


def test_the_bound_on_primes() -> None:
    """``p_k <= k*(bits(k)+1)``; from ``k = 6`` on ``p_k < k*(ln k + ln ln k)`` is Rosser's theorem."""
    for k in (*range(1, 200), 10**3, 10**4, 10**5, 10**6):
        assert prime(k) <= k * (int(binary_digits(k)) + 1)


def test_numbers_that_are_too_long_are_refused() -> None:
    for make in (lambda: plan_differences([MAX_DIGITS + 1], 1, 1), lambda: make_pair("addition", {"n": 65})):
        with pytest.raises(SizeError, match="too large to build") as caught:
            make()
        assert "\n" not in str(caught.value)


# --- columns of any heights ----------------------------------------------------------------------


def columns_of(heights: tuple[int, ...]) -> Columns:
    return Columns(tuple(tuple(f"x{c}_{i}" for i in range(height)) for c, height in enumerate(heights)))


@pytest.mark.parametrize("heights", [(1, 2, 3, 2, 1), (3, 1, 4), (1, 1, 1, 5), (2, 5, 1)])
def test_the_lemma_over_all_columns_of_these_heights(heights: tuple[int, ...]) -> None:
    problem = columns_of(heights)
    most = sum(height << c for c, height in enumerate(heights))
    assert problem.most(99, 0) == most
    for j in range(most.bit_length()):
        top = problem.top(j)
        for start in range(top + 1):
            below = {level: rows(problem, j, level) for level in range(start)}
            for columns in product(*(range(height + 1) for height in heights[: top + 1])):
                partial = [sum(a << (c - b) for c, a in enumerate(columns) if c >= b) for b in range(top + 2)]
                need = int(start > 0)
                found = sum((1 if v % 2 else -1) for v in problem.counts(j) if partial[start] >= (v << (j - start)) + need)
                for level, events in below.items():
                    found += sum(row.sign for row in events if partial[level + 1] == row.value and columns[level] >= row.at)
                assert found == partial[0] >> j & 1


def test_products_take_the_least_power_of_two_that_has_proven_moduli() -> None:
    n = 6
    problem = columns_of(tuple(min(c + 1, 2 * n - 1 - c) for c in range(2 * n - 1)))
    plans = plan_columns(problem, 2 * n)
    assert len({plan.limit for plan in plans}) == 1
    assert (plans[0].limit, any(len(plan.moduli) > 2 for plan in plans)) == (256, True)


# --- the circuits --------------------------------------------------------------------------------

VALUES: dict[str, Callable[[list[int], dict[str, int]], list[int]]] = {
    "comparison": lambda z, o: [int(z[0] >= z[1])],
    "addition": lambda z, o: [(z[0] + z[1]) >> i & 1 for i in range(o["n"], -1, -1)],
    "iterated-addition": lambda z, o: [sum(z) >> i & 1 for i in range((o["n"] * (2 ** o["bits"] - 1)).bit_length() - 1, -1, -1)],
    "multiplication": lambda z, o: [(z[0] * z[1]) >> i & 1 for i in range(2 * o["n"] - 1, -1, -1)],
    "sorting": lambda z, o: [value >> i & 1 for value in sorted(z) for i in range(o["bits"] - 1, -1, -1)],
}
#: Depth, and the largest weight that is reached.
LARGE: list[tuple[str, dict[str, int], int, int]] = [
    ("comparison", {"n": 24}, 2, 315),
    ("addition", {"n": 16}, 2, 315),
    ("iterated-addition", {"n": 3, "bits": 12}, 2, 512),
    ("multiplication", {"n": 7}, 3, 1024),
    ("sorting", {"n": 5, "bits": 10}, 3, 108),
]


@cache
def large(place: int) -> tuple[Network, Network, dict[str, str]]:
    return make_pair(LARGE[place][0], LARGE[place][1])


@given(data=st.data())
@pytest.mark.parametrize("place", range(len(LARGE)), ids=[name for name, *_ in LARGE])
@settings(max_examples=15)
def test_sizes_that_are_not_enumerated(place: int, data: st.DataObject) -> None:
    """Numbers that are close to one another are the hard ones."""
    name, options, *_ = LARGE[place]
    size = options.get("bits", options["n"])
    count = options["n"] if "bits" in options else 2
    first = data.draw(st.integers(0, 2**size - 1))
    numbers = [first]
    for _ in range(count - 1):
        flips = data.draw(st.integers(0, 2**size - 1) | st.sampled_from([0, *(1 << i for i in range(size))]))
        numbers.append(first ^ flips)
    if name == "addition":
        numbers[1] ^= 2**size - 1  # carries run far where the bits of one number are those of the other, inverted
    point = [number >> i & 1 for number in numbers for i in range(size - 1, -1, -1)]
    assert list(map(int, evaluate(large(place)[1], point))) == VALUES[name](numbers, options)


@pytest.mark.parametrize("place", range(len(LARGE)), ids=[name for name, *_ in LARGE])
def test_depth_weights_and_bounds_where_moduli_matter(place: int) -> None:
    name, _, depth, weight = LARGE[place]
    original, made, named = large(place)
    measured = measure(made)
    assert (kind_of(made), measured.depth) == ("circuit", depth)
    assert measured.max_weight <= weight < measure(original).max_weight
    found = parameters_of(original, Cube(len(original.inputs)), linear=False)
    bounds = stated_bounds("classical", STATEMENTS["S3"], False, named, found)
    _, values = bounds.evaluate({**found.values(), "R": 1, "r": 1})
    for bound, value in zip(bounds.bounds, values, strict=True):
        assert getattr(measured, bound.measure) <= value, (name, bound.name)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *(("comparison", {"n": n}) for n in (1, 2, 4, 6, 8)),
        *(("addition", {"n": n}) for n in (1, 2, 6, 8)),
        *(("multiplication", {"n": n}) for n in (1, 2, 5, 6)),
        *(("iterated-addition", {"n": n, "bits": b}) for n, b in ((2, 1), (2, 8), (3, 4), (5, 2))),
        *(("sorting", {"n": n, "bits": b}) for n, b in ((1, 3), (2, 1), (2, 6), (3, 4), (6, 2))),
    ],
    ids=str,
)
def test_certified_on_every_input(name: str, options: dict[str, int]) -> None:
    certificate = certify_function(name, options).result.certificate
    assert (certificate.verdict, certificate.options["kind"]) == ("certified", "shallow")


def test_numbers_of_one_bit() -> None:
    """The plain circuit of depth 1, and that for longer numbers, which is right for one bit as well."""
    inputs, outputs = ("a", "b", "c", "d"), ("u", "v", "w", "x")
    for net, depth in ((sort_bits(inputs, outputs), 1), (sort_numbers(inputs, outputs, 1), 3)):
        assert measure(net).depth == depth
        for point in product((0, 1), repeat=4):
            assert list(map(int, net(point))) == sorted(point)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("comparison", {"n": 5}),
        ("addition", {"n": 6}),
        ("iterated-addition", {"n": 2, "bits": 5}),
        ("multiplication", {"n": 3}),
        ("sorting", {"n": 2, "bits": 4}),
    ],
    ids=str,
)
def test_a_changed_weight_is_refuted_or_equal(name: str, options: dict[str, int]) -> None:
    original, made, named = make_pair(name, options)
    domain = Cube(len(original.inputs))
    claim = make_claim(original, domain, STATEMENTS["S3"], "classical", named, Equal(1), 1)
    refuted = 0
    every = list(mutants(made))
    for _, mutant in random.Random(3).sample(every, min(20, len(every))):
        certificate = judge(original, mutant, claim)
        same = all(mutant(x) == original(x) for x in domain) if len(original.inputs) < 9 else certificate.counterexample is None
        if certificate.counterexample is not None:
            point = tuple(certificate.counterexample.input.values())
            assert evaluate(mutant, point) != evaluate(original, point)
        assert (certificate.verdict == "certified") == (same and all(row.holds for row in certificate.bounds))
        refuted += not same
    assert refuted >= 6
