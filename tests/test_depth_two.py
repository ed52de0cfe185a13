"""The search for circuits of depth 2 and the discriminator lemma, against plain definitions."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.depth_two import (
    Gate,
    best_discriminator,
    inner_product_weights,
    least_depth_two,
    summable,
    threshold_functions,
    truth_table,
)
from exactnet.errors import DomainError, NetworkError
from exactnet.families import FAMILIES
from exactnet.measures import kind_of, measure


def fires(gate: Gate, x: tuple[int, ...]) -> int:
    return int(sum(w * a for w, a in zip(gate.weights, x, strict=True)) >= gate.at)


def table_of(gate: Gate) -> int:
    points = product((0, 1), repeat=len(gate.weights))
    return sum(fires(gate, x) << place for place, x in enumerate(points))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_every_truth_table_is_a_gate_or_is_proved_to_be_none(n: int) -> None:
    gates, others = threshold_functions(n), set(summable(n).tolist())
    assert all(table_of(gate) == table for table, gate in gates.items())
    assert not others & gates.keys()
    assert len(others) + len(gates) == 2 ** 2**n
    points = list(product((0, 1), repeat=n))
    for table in list(others)[:200]:
        ones = [x for place, x in enumerate(points) if table >> place & 1]
        zeros = [x for place, x in enumerate(points) if not table >> place & 1]

        def sums(listed: list[tuple[int, ...]]) -> set[tuple[int, ...]]:
            return {tuple(a + b for a, b in zip(x, y, strict=True)) for x in listed for y in listed}

        assert sums(ones) & sums(zeros)


def gates_by_brute_force(table: int, n: int, below: int) -> bool:
    """Whether some circuit of depth 2 with so many gates below the output computes a function of two or three bits."""
    functions = sorted(threshold_functions(n))
    for chosen in combinations(functions, below):
        cells: dict[tuple[int, ...], set[int]] = {}
        for place in range(1 << n):
            cells.setdefault(tuple(f >> place & 1 for f in chosen), set()).add(table >> place & 1)
        if any(len(values) > 1 for values in cells.values()):
            continue
        for gate in threshold_functions(below).values():
            if all(fires(gate, cell) in values for cell, values in cells.items()):
                return True
    return False


@pytest.mark.parametrize("table", range(16))
def test_two_bits_by_brute_force(table: int) -> None:
    found = least_depth_two(table, 2)
    assert found is not None
    assert truth_table(found) == [table]
    below = measure(found).gates - 1
    assert (below == 0) == (table in threshold_functions(2))
    assert below == 0 or gates_by_brute_force(table, 2, below)
    assert below <= 2


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 255))
def test_three_bits_by_brute_force(table: int) -> None:
    found = least_depth_two(table, 3)
    below = 4 if found is None else measure(found).gates - 1
    assert found is None or truth_table(found) == [table]
    assert gates_by_brute_force(table, 3, 2) == (below <= 2)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 2**16 - 1))
def test_four_bits(table: int) -> None:
    found = least_depth_two(table, 4)
    if found is not None:
        assert truth_table(found) == [table]
        assert measure(found).depth <= 2
        assert kind_of(found) == "circuit"
        assert measure(found).gates <= 4
    opposite = least_depth_two(table ^ 0xFFFF, 4)
    assert (opposite is None) == (found is None)
    if found is not None and opposite is not None:
        assert measure(opposite).gates == measure(found).gates


@pytest.mark.parametrize(
    ("name", "options", "gates"),
    [
        ("inner-product", {"n": 1}, 1),
        ("inner-product", {"n": 2}, 3),
        ("parity", {"d": 2}, 3),
        ("parity", {"d": 3}, 4),
        ("parity", {"d": 4}, None),
        ("majority", {"d": 4}, 1),
    ],
)
def test_known_functions(name: str, options: dict[str, int], gates: int | None) -> None:
    kind = "small" if name == "inner-product" else "threshold"
    net = FAMILIES[name].make(**options, kind=kind).network
    (table,) = truth_table(net)
    found = least_depth_two(table, len(net.inputs))
    assert (found and measure(found).gates) == gates


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 254))
def test_the_best_discriminator_of_three_bits(table: int) -> None:
    values = [table >> place & 1 for place in range(8)]
    best, gate = best_discriminator(values, product(range(-3, 4), repeat=3))

    def advantage(one: int) -> mpq:
        ones = sum(1 for p in range(8) if values[p] and one >> p & 1)
        zeros = sum(1 for p in range(8) if not values[p] and one >> p & 1)
        return abs(mpq(ones, sum(values)) - mpq(zeros, 8 - sum(values)))

    assert best == max(advantage(one) for one in threshold_functions(3)) == advantage(table_of(gate))
    found = least_depth_two(table, 3)
    if found is not None:  # the lemma
        outer = [abs(w) for s, w in found.sources("y") if s.startswith("g")]
        assert not outer or sum(outer) * best >= 1


@pytest.mark.parametrize(("n", "most"), [(1, 2), (2, 1), (2, 2)])
def test_weights_up_to_permutations_suffice(n: int, most: int) -> None:
    (table,) = truth_table(FAMILIES["inner-product"].make(n=n).network)
    values = [table >> x & 1 for x in range(4**n)]
    everything = product(range(-most, most + 1), repeat=2 * n)
    assert best_discriminator(values, inner_product_weights(n, most))[0] == best_discriminator(values, everything)[0]


def test_bad_input() -> None:
    with pytest.raises(DomainError, match="for 1 to 4 inputs, not 5"):
        threshold_functions(5)
    with pytest.raises(DomainError, match="for 1 to 4 inputs, not 0"):
        summable(0)
    with pytest.raises(DomainError, match="a truth table of 2 bits is from 0 to 15"):
        least_depth_two(16, 2)
    with pytest.raises(DomainError, match="a constant function has no discriminator"):
        best_discriminator([0, 0], [(1,)])
    with pytest.raises(NetworkError, match="is for threshold circuits"):
        truth_table(FAMILIES["parity"].make(d=2, kind="relu").network)
    with pytest.raises(DomainError, match="a truth table of 21 inputs is too large"):
        truth_table(FAMILIES["majority"].make(d=21).network)
