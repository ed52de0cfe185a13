"""The instance families: what each promises about its networks, and that options are checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.claims.statements import kind_of
from exactnet.families import FAMILIES, FamilyError, Instance, Option
from exactnet.families.draws import Draws
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.measures import measure
from exactnet.kernel.values import all_values

seeds = st.integers(0, 2**32 - 1)


def values(instance: Instance) -> Iterator[tuple[tuple[mpq, ...], mpq]]:
    """Every input with the value of the only output."""
    for point in instance.domain:
        (value,) = instance.network(point)
        yield point, value


# --- random numbers ------------------------------------------------------------------------------


@given(seeds, st.integers(1, 200))
def test_signed_numbers_have_exactly_the_bits(seed: int, bits: int) -> None:
    draws = Draws(seed)
    assert all(draws.signed(bits).bit_length() == bits for _ in range(5))


@given(seeds)
def test_small_numbers_stay_in_range_and_reach_all_of_it(seed: int) -> None:
    draws = Draws(seed)
    assert {draws.below(7) for _ in range(400)} == set(range(7))
    assert {draws.coefficient(2) for _ in range(400)} == {-2, -1, 1, 2}
    assert {draws.signed(1) for _ in range(100)} == {-1, 1}


@given(seeds)
def test_random_numbers_are_those_of_the_mersenne_twister(seed: int) -> None:
    """An independent implementation, so that no version of Python can change the instances unnoticed."""
    draws, twister = Draws(seed), np.random.RandomState([seed])
    assert [draws.bits(32) for _ in range(5)] == [int.from_bytes(twister.bytes(4), "little") for _ in range(5)]


# --- clipped -------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.integers(1, 6), st.integers(1, 3), st.integers(1, 80), seeds)
def test_clipped(d: int, pairs: int, bits: int, seed: int) -> None:
    instance = FAMILIES["clipped"].make(d=d, m=2 * pairs, bits=bits, seed=seed)
    net = instance.network
    assert instance.domain == Cube(d)
    found = measure(net, instance.domain)
    assert (kind_of(net), found.depth, found.width) == ("relu", 2, 2 * pairs)
    for pair in range(1, pairs + 1):
        first, second = f"h{pair}a", f"h{pair}b"
        weights = dict(net.sources(first))
        assert weights == dict(net.sources(second))
        assert net.bias(first) == net.bias(second) + 1
        assert {int(abs(w)).bit_length() for w in weights.values()} == {bits}
        assert len(weights) == d
    outer = dict(net.sources("y"))
    steps: list[set[int]] = [set() for _ in range(pairs)]
    for point in instance.domain:
        value = all_values(net, point)
        total = 0
        for pair in range(1, pairs + 1):
            form = net.bias(f"h{pair}b") + sum(w * value[x] for x, w in net.sources(f"h{pair}b"))
            steps[pair - 1].add(int(form >= 0))
            total += int(outer[f"h{pair}a"]) * int(form >= 0)
            assert outer[f"h{pair}a"] == -outer[f"h{pair}b"] != 0
            assert abs(outer[f"h{pair}a"]) <= 5
        assert value["y"] == total
    assert all(step == {0, 1} for step in steps), "a form does not take both signs"


# --- random --------------------------------------------------------------------------------------

shapes = st.tuples(
    st.integers(1, 3),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    st.integers(1, 20),
    st.integers(1, 3),
    st.integers(0, 2),
    seeds,
)


@settings(max_examples=60)
@given(shapes, st.sampled_from(["steps", "scaled"]))
def test_random(shape: Any, end: str) -> None:
    d, widths, bits, outputs, grid, seed = shape
    if end == "steps":
        widths[-1] *= 2
    instance = FAMILIES["random"].make(d=d, widths=widths, bits=bits, outputs=outputs, end=end, grid=grid, seed=seed)
    net, domain = instance.network, instance.domain
    assert domain == (Grid(grid, d) if grid else Cube(d))
    assert len(net.outputs) == outputs
    hidden = [node for node in net.nodes() if node.kind == "relu"]
    for number, width in enumerate(widths, 1):
        layer = [node for node in hidden if node.id.startswith(f"h{number}_")]
        assert len(layer) == width
        for node in layer:
            assert {int(abs(w)).bit_length() for w in node.sources.values()} == {bits}
            if end == "scaled" or number < len(widths):
                assert int(abs(node.bias)).bit_length() == bits
    limit = mpq(5 * widths[-1], 2) if end == "steps" else 8
    for point in domain:
        for value in net(point):
            assert abs(value) <= limit
            if end == "steps":
                assert value.denominator == 1 or grid % value.denominator == 0


def test_random_steps_are_seldom_constant() -> None:
    constant = sum(
        len({value for _, value in values(FAMILIES["random"].make(widths="3,3,4", bits=16, seed=seed))}) == 1
        for seed in range(60)
    )
    assert constant <= 12


def test_random_scaled_outputs_are_not_tiny() -> None:
    for seed in range(20):
        largest = max(abs(value) for _, value in values(FAMILIES["random"].make(end="scaled", bits=64, seed=seed)))
        assert largest > mpq(1, 100)


# --- the named functions -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["relu", "threshold"])
@pytest.mark.parametrize("d", [1, 2, 3, 6])
def test_parity_and_majority(d: int, kind: str) -> None:
    parity = FAMILIES["parity"].make(d=d, kind=kind)
    assert all(value == sum(point) % 2 for point, value in values(parity))
    assert measure(parity.network, parity.domain).depth == 2
    assert kind_of(parity.network) == ("circuit" if kind == "threshold" else "relu")
    majority = FAMILIES["majority"].make(d=d, kind=kind)
    assert all(value == int(2 * sum(point) > d) for point, value in values(majority))
    assert measure(majority.network, majority.domain).depth == (1 if kind == "threshold" else 2)


@pytest.mark.parametrize("kind", ["relu", "threshold"])
@pytest.mark.parametrize("n", [1, 2, 4])
def test_comparison(n: int, kind: str) -> None:
    instance = FAMILIES["comparison"].make(n=n, kind=kind)
    assert instance.domain == Cube(2 * n)
    for number, (_, value) in enumerate(values(instance)):  # lexicographic order counts in binary
        a, b = divmod(number, 2**n)
        assert value == int(a >= b)


@pytest.mark.parametrize("depth", [2, 3, 5])
@pytest.mark.parametrize("p", [1, 2, 8, 5])
def test_telgarsky(depth: int, p: int) -> None:
    instance = FAMILIES["telgarsky"].make(depth=depth, grid=p)
    assert instance.domain == Grid(p, 1)
    found = measure(instance.network, instance.domain)
    assert found.depth == depth
    assert found.width <= 3
    for (x,), value in values(instance):
        expected = x
        if 0 <= x <= 1:
            for _ in range(depth - 1):
                expected = 2 * expected if 2 * expected <= 1 else 2 - 2 * expected
            assert value == expected
            assert (value * p).denominator == 1
        else:
            assert value == 0


def test_scaled() -> None:
    instance = FAMILIES["scaled"].make(d=5)
    assert all(value == 32 * point[0] for point, value in values(instance))
    assert measure(instance.network, instance.domain).depth == 1


# --- the registry --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(FAMILIES))
def test_defaults_make_an_instance_and_seeds_matter(name: str) -> None:
    family = FAMILIES[name]
    assert family.name == name
    assert family.summary
    instance = family.make()
    assert instance.domain.d == len(instance.network.inputs)
    assert instance.network == family.make().network
    assert instance.network == family.make(**{option.name: None for option in family.options}).network
    if any(option.name == "seed" for option in family.options):
        assert instance.network != family.make(seed=2).network


@pytest.mark.parametrize("name", list(FAMILIES))
def test_the_smallest_and_the_default_options_are_possible(name: str) -> None:
    for option in FAMILIES[name].options:
        assert option.help
        assert (option.default is not None) != option.required
        if option.type == "choice":
            for choice in option.choices:
                FAMILIES[name].make(**{option.name: choice})
        elif not (name == "random" and option.name == "widths"):  # odd with the default ending
            FAMILIES[name].make(**{option.name: option.minimum})


def test_text_and_numbers_mean_the_same() -> None:
    family = FAMILIES["random"]
    assert family.make(widths="2,4", bits="7").network == family.make(widths=[2, 4], bits=7).network


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("clipped", {"m": 3}, "family clipped: --m: 3 is odd; the ReLUs come in pairs"),
        ("clipped", {"d": 0}, "family clipped: --d: 0 is not from 1 to 1000"),
        ("clipped", {"d": "8x"}, "family clipped: --d: '8x' is not an integer from 1 to 1000"),
        ("clipped", {"d": "٣"}, "family clipped: --d: '٣' is not an integer from 1 to 1000"),
        ("clipped", {"d": True}, "family clipped: --d: 'True' is not an integer from 1 to 1000"),
        ("clipped", {"d": 2.0}, "family clipped: --d: '2.0' is not an integer from 1 to 1000"),
        ("clipped", {"seed": 10**5000}, "family clipped: --seed: this number is not from 0 to 4294967295"),
        ("clipped", {"seed": "9" * 5000}, "--seed: '999"),
        ("clipped", {"depth": 1}, "unknown option '--depth' (known: --d, --m, --bits, --seed)"),
        ("random", {"widths": "3,3"}, "--widths: the last entry 3 is odd, but --end steps makes its ReLUs in pairs"),
        ("random", {"widths": ""}, "--widths: '' is not an integer"),
        ("random", {"widths": []}, "--widths: 0 entries"),
        ("random", {"widths": "2," * 20 + "2"}, "--widths: 21 entries, from 1 to 16 are possible"),
        ("random", {"widths": "2,0"}, "--widths: 0 is not from 1 to 1000"),
        ("random", {"end": "clip"}, "--end: 'clip' is not one of steps, scaled"),
        ("random", {"widths": "1000,1000,1000", "bits": 200}, "random bits"),
        ("parity", {"kind": 1}, "--kind: '1' is not one of relu, threshold"),
        ("telgarsky", {"depth": 1}, "--depth: 1 is not from 2 to 1000"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 20 else type(value).__name__,
)
def test_bad_options_are_refused_in_one_line(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(ExactnetError) as caught:
        FAMILIES[name].make(**options)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"family {name}: ")
    assert str(caught.value).isprintable()


def test_a_required_option_is_asked_for() -> None:
    family = FAMILIES["parity"]
    required = type(family)("parity", "", (Option("d", "int", None, "inputs", 1, 9),), family.build)
    assert required.options[0].required
    with pytest.raises(FamilyError, match="family parity: --d is required"):
        required.make()
