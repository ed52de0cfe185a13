"""recheck: the bits of inputs, and circuits held against ``1[r*N(x) >= v]``, by the definition."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from exactnet.kernel.network import Network, threshold
from exactnet.recheck.domain import Domain
from exactnet.recheck.family import Bits, Family
from exactnet.recheck.reading import Wrong
from tests.rechecking import read

GRID = {"kind": "grid", "p": 1}


@pytest.mark.parametrize(
    ("table", "d", "numbers", "size"),
    [
        ({"kind": "cube"}, 2, [[0, 0, 1, 1], [0, 1, 0, 1]], 1),
        ({"kind": "points", "points": [["1", "0"], ["0", "0"]]}, 2, [[1, 0], [0, 0]], 1),
        (GRID, 1, [[0, 1, 2]], 2),
        ({"kind": "grid", "p": 2}, 1, [[*range(9)]], 4),
        ({"kind": "points", "points": [["-1/2"], ["1"]]}, 1, [[3, 6]], 4),  # 2x + 4
        ({"kind": "points", "points": [["3"], ["-2"]]}, 1, [[18, 3]], 5),  # on the grid of p = 3: 3x + 9
        ({"kind": "points", "points": [["1", "2"]]}, 2, [[6], [8]], 4),
    ],
)
def test_bits_are_those_of_the_number_of_an_input(table: Mapping[str, Any], d: int, numbers: list[list[int]], size: int) -> None:
    bits = Bits(Domain(table, d))
    assert (bits.size, bits.d, bits.range) == (size, size * d, [(0, 1)] * (size * d))
    indices = range(bits.count)
    for place, column in enumerate(numbers):
        for bit in range(size):
            assert bits.column(place * size + bit, indices) == [u >> bit & 1 for u in column]


#: Of ``x`` and ``-x`` on {-1, 0, 1}, from the bits of ``x + 1``: at least 0, and at least 1.
RIGHT = {
    "x>=0": ({"u0": 1, "u1": 1}, -1),
    "-x>=0": ({"u1": -1}, 0),
    "x>=1": ({"u1": 1}, -1),
    "-x>=1": ({"u0": -1, "u1": -1}, 0),
}
VALUES = [[-1, 0, 1], [1, 0, -1]]


def family(
    order: list[str], verdict: str = "certified", holds: bool = True, bits: int = 2, **change: tuple[dict[str, int], int]
) -> Family:
    """That of circuits in this order."""
    gates = [threshold(name, *(RIGHT | change)[name]) for name in order]
    net = Network([f"u{i}" for i in range(bits)], gates, order)
    certificate: Any = SimpleNamespace(
        circuits=read(net),
        domain=Domain(GRID, 1),
        original=SimpleNamespace(outputs=["y", "z"]),
        parameters={"R": 1},
        r=1,
        verdict=verdict,
        data={"bounds": [{"holds": holds}]},
        misfit=lambda: None,
    )
    return Family(certificate)


def held(found: Family) -> Family:
    for index in range(3):  # in parts
        found.add([index], [[column[index]] for column in VALUES])
    return found


def test_circuits_are_those_of_the_outputs_for_each_v() -> None:
    order = list(RIGHT)
    assert held(family(order)).finding() == "every circuit is 1[r*N(x) >= v] on each of them"
    for other in ([*order[1::-1], *order[2:]], [*order[2:], *order[:2]], [order[0], order[2], order[1], order[3]]):
        found = held(family(other))
        assert str(found.conflict).startswith("the circuit for v = ")
        with pytest.raises(Wrong, match="the circuit for v"):
            found.finding()
        assert str(held(family(other, "refuted")).finding()).startswith("the circuit for v")
    late = held(family(order, **{"-x>=1": ({}, -1)}))
    assert late.conflict == "the circuit for v = 1 is wrong at input 0: it gives 0"
    last = held(family(order, **{"x>=1": ({}, -1)}))
    assert last.conflict == "the circuit for v = 1 is wrong at input 2: it gives 0"


def test_right_circuits_refute_nothing() -> None:
    with pytest.raises(Wrong, match="no counterexample, and every bound holds"):
        held(family(list(RIGHT), "refuted")).finding()
    assert held(family(list(RIGHT), "refuted", holds=False)).finding()


def test_there_is_one_circuit_for_each_output_and_v() -> None:
    for order, bits in ((list(RIGHT)[:3], 2), (list(RIGHT)[:2], 2), (list(RIGHT), 3)):
        with pytest.raises(Wrong, match="the circuits do not have 2 bits, and 2 outputs for each of 2 values of v"):
            family(order, bits=bits)
