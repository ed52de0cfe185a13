"""The discriminator lemma against plain definitions; every truth table of four bits is a gate, or is proved to be none."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.construct.barriers.least_circuits import LeastSearch
from exactnet.construct.barriers.threshold_functions import Gate, threshold_functions
from exactnet.construct.classical.discriminator import best_discriminator, inner_product_weights, truth_table
from exactnet.families import FAMILIES
from exactnet.kernel.errors import DomainError, NetworkError


def fires(gate: Gate, x: tuple[int, ...]) -> int:
    return int(sum(w * a for w, a in zip(gate.weights, x, strict=True)) >= gate.at)


def table_of(gate: Gate) -> int:
    points = product((0, 1), repeat=len(gate.weights))
    return sum(fires(gate, x) << place for place, x in enumerate(points))


def cube(n: int) -> list[tuple[int, ...]]:
    return list(product((0, 1), repeat=n))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_every_truth_table_is_a_gate_or_is_proved_to_be_none(n: int) -> None:
    """None: inputs a + b = c + d with value 1 at a, b and 0 at c, d, so that w*a + w*b >= 2t > w*c + w*d."""
    gates, points = threshold_functions(cube(n)), cube(n)
    assert all(table_of(gate) == table for table, gate in gates.items())
    by_sum: dict[tuple[int, ...], list[int]] = {}
    for i, a in enumerate(points):
        for j, b in enumerate(points[i:], i):
            by_sum.setdefault(tuple(x + y for x, y in zip(a, b, strict=True)), []).append(1 << i | 1 << j)
    tables = np.arange(1 << (1 << n))
    none = np.zeros(len(tables), np.bool_)
    for pairs in by_sum.values():
        inside = np.logical_or.reduce([tables & pair == pair for pair in pairs])
        outside = np.logical_or.reduce([tables & pair == 0 for pair in pairs])
        none |= inside & outside
    assert set(tables[~none].tolist()) == gates.keys()


@settings(max_examples=30)
@given(st.integers(1, 254))
def test_the_best_discriminator_of_three_bits(table: int) -> None:
    values = [table >> place & 1 for place in range(8)]
    best, gate = best_discriminator(values, product(range(-3, 4), repeat=3))

    def advantage(one: int) -> mpq:
        ones = sum(1 for p in range(8) if values[p] and one >> p & 1)
        zeros = sum(1 for p in range(8) if not values[p] and one >> p & 1)
        return abs(mpq(ones, sum(values)) - mpq(zeros, 8 - sum(values)))

    assert best == max(advantage(one) for one in threshold_functions(cube(3))) == advantage(table_of(gate))
    found = LeastSearch(cube(3)).least(table)
    if found.size <= 3 and found.hidden:  # the lemma
        assert sum(map(abs, found.output.weights)) * best >= 1


@pytest.mark.parametrize(("n", "most"), [(1, 2), (2, 1), (2, 2)])
def test_weights_up_to_permutations_suffice(n: int, most: int) -> None:
    (table,) = truth_table(FAMILIES["inner-product"].make(n=n).network)
    values = [table >> x & 1 for x in range(4**n)]
    everything = product(range(-most, most + 1), repeat=2 * n)
    assert best_discriminator(values, inner_product_weights(n, most))[0] == best_discriminator(values, everything)[0]


def test_bad_input() -> None:
    with pytest.raises(DomainError, match="a constant function has no discriminator"):
        best_discriminator([0, 0], [(1,)])
    with pytest.raises(NetworkError, match="is for threshold circuits"):
        truth_table(FAMILIES["parity"].make(d=2, kind="relu").network)
    with pytest.raises(DomainError, match="a truth table of 21 inputs is too large"):
        truth_table(FAMILIES["majority"].make(d=21).network)
