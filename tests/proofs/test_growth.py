"""Slopes, degrees, and what the table of growth refuses."""

from __future__ import annotations

from decimal import Decimal

import pytest
from gmpy2 import mpq
from hypothesis import given
from hypothesis import strategies as st

from exactnet.certify.small_weights import Request, certify_network
from exactnet.families import FAMILIES
from proofs import growth
from proofs.growth import Series, degree, slope


@given(power=st.integers(0, 6), factor=st.integers(1, 50), sizes=st.sets(st.integers(1, 60), min_size=2, max_size=6))
def test_a_power_has_its_exponent_as_slope(power: int, factor: int, sizes: set[int]) -> None:
    assert slope([(x, mpq(factor * x**power, 7)) for x in sorted(sizes)]) == power


def test_a_slope_is_that_of_the_least_squares_line() -> None:
    assert slope([(1, mpq(1)), (2, mpq(1)), (4, mpq(4))]) == Decimal("1.00")
    assert slope([(1, mpq(8)), (2, mpq(4)), (4, mpq(2))]) == Decimal("-1.00")


@pytest.mark.parametrize(
    ("against", "measure", "expected"),
    [("B", "depth", 0), ("B", "neurons", 2), ("m", "depth", 0), ("d", "neurons", 2), ("d", "gates", 2)],
)
def test_degrees_are_those_of_the_symbolic_bounds(against: str, measure: str, expected: int | None) -> None:
    sizes = {"d": [(3, 2, 9), (4, 2, 9)], "m": [(3, 2, 9), (3, 4, 9)], "B": [(3, 2, 9), (3, 2, 19)]}[against]
    requests = []
    for d, m, bits in sizes:
        instance = FAMILIES["clipped"].make(d=d, m=m, bits=bits, seed=1)
        requests.append(Request(instance.network, instance.domain, "compact"))
    found = [certify_network(request).certificate for request in requests]
    assert degree(against, measure, found, requests[-1]) == expected


def test_a_slope_above_the_degree_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    series = Series("B", [(3, 2, 9), (3, 2, 19)])
    rows = growth._rows("compact", series, {})
    assert [row[3] for row in rows] == ["neurons", "wires", "largest weight"]
    assert all(row[-1] == "certified" for row in rows)
    monkeypatch.setattr(growth, "degree", lambda *_: 0)
    with pytest.raises(AssertionError, match="the slope is above the symbolic degree"):
        growth._rows("compact", series, {})
    assert growth._rows("residue", series, {})[0][0] == "residue, searched moduli"  # shown, and not held against it


def test_routes_come_from_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "ROUTES", {"compact": growth.ROUTES["compact"]})
    table = growth._table("t", [Series("m", [(3, 2, 9), (3, 4, 9)])])
    assert {row[0] for row in table.rows} == {"compact"}
