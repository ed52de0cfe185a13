"""Networks of two inputs on polygons: the parts, and integrals against iterated Simpson rules and sympy."""

from __future__ import annotations

from itertools import pairwise

import pytest
import sympy as sp
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.claims.reals import distance
from exactnet.claims.reals.distance import check_exact, clipped, exact_distances, most_pieces, most_variation
from exactnet.claims.reals.polygons import Affine, Polygon, at, rectangle, square_integral
from exactnet.claims.reals.segment import pieces_between
from exactnet.kernel.errors import DomainError, SizeError
from exactnet.kernel.network import Network, affine, relu
from tests.helpers import random_relu

LOW, HIGH = (mpq(-1), mpq(-2)), (mpq(3, 2), mpq(1))


def area(polygon: Polygon) -> mpq:
    twice = sum((a[0] * b[1] - b[0] * a[1]) for a, b in pairwise([*polygon, polygon[0]]))
    return abs(twice) / 2


def iterated(net: Network, low: tuple[mpq, mpq], high: tuple[mpq, mpq], places: list[mpq]) -> mpq:
    """The integral of the square by Simpson's rule in ``x`` over exact integrals in ``y``.

    Between the ``x`` of neighbouring corners the inner integral is a polynomial of degree 3, for which the rule is exact.
    """

    def inner(x: mpq) -> mpq:
        return pieces_between(net, (x, low[1]), (x, high[1]))[0].square_integral() * (high[1] - low[1])

    return sum(((b - a) / 6 * (inner(a) + 4 * inner((a + b) / 2) + inner(b)) for a, b in pairwise(places)), mpq(0))


@given(seed=st.integers(0, 10**6), widths=st.sampled_from([[2], [3], [2, 2]]))
@settings(max_examples=25)
def test_parts_and_integrals(seed: int, widths: list[int]) -> None:
    net = random_relu(seed, 2, widths, 2, denominator=3)
    parts = list(Affine(net).parts(rectangle(LOW, HIGH)))
    assert sum(area(part) for part, _ in parts) == area(rectangle(LOW, HIGH))
    for part, (function,) in parts:
        middle = sum(x for x, _ in part) / len(part), sum(y for _, y in part) / len(part)
        for point in (*part, middle):
            assert at(function, point) == net(point)[0]
    places = sorted({x for part, _ in parts for x, _ in part})
    total = sum(square_integral(part, function) for part, (function,) in parts)
    assert total == iterated(net, LOW, HIGH, places)


def test_an_integral_of_sympy() -> None:
    """``[x - y]+`` over [0, 1] x [0, 2]."""
    net = Network(["x", "y"], [relu("h", {"x": 1, "y": -1})], ["h"])
    x, y = sp.symbols("x y")
    exact = sp.integrate(sp.integrate((x - y) ** 2, (y, 0, x)), (x, 0, 1))
    found = sum(square_integral(part, out[0]) for part, out in Affine(net).parts(rectangle((mpq(0), mpq(0)), (mpq(1), mpq(2)))))
    assert sp.Rational(str(found)) == exact


@given(seed=st.integers(0, 10**6), limit=st.integers(1, 4))
@settings(max_examples=20)
def test_clipping_a_network(seed: int, limit: int) -> None:
    net = random_relu(seed, 2, [2], 2, outputs=2, denominator=2)
    both = clipped(net, limit)
    for point in ((mpq(i, 3), mpq(j, 3)) for i in range(-3, 4) for j in range(-3, 4)):
        values = net(point)
        assert both(point) == (*(min(max(v, -limit), limit) for v in values), *values)


def test_names_that_are_taken() -> None:
    net = Network(["x"], [affine("y", {"x": 1}), affine("y.clipped", {"y": 2})], ["y", "y.clipped"])
    assert clipped(net, 1)([mpq(3)]) == (1, 1, 3, 6)


def test_the_distance_in_the_plane_of_two_simple_networks() -> None:
    """``N = x + y`` and ``N' = 0`` on [-1, 1]^2: the mean of (x + y)^2 is 2/3; clipped to 1, that of min((x + y)^2, 1)."""
    net = Network(["x", "y"], [affine("o", {"x": 1, "y": 1})], ["o"])
    zero = Network(["x", "y"], [affine("o", {})], ["o"])
    found = exact_distances(net, zero, 1, mpq(1, 3), 1)["o"]
    x, y = sp.symbols("x y")
    # Beyond the range lie two triangles of area 1/2, on which the square is cut to 1.
    whole = sp.integrate(sp.integrate((x + y) ** 2, (y, -1, 1)), (x, -1, 1))
    corner = sp.integrate(sp.integrate((x + y) ** 2, (y, 1 - x, 1)), (x, 0, 1))
    assert found.plain == mpq(2, 3)
    assert sp.Rational(str(found.clipped)) == (whole - 2 * corner + 1) / 4
    assert (found.pieces, found.variation) == (1, 2)


def test_pieces_in_the_plane() -> None:
    """Two kinks on every horizontal line below, one above, none on vertical lines beyond them."""
    nodes = [relu("a", {"x": 1}), relu("b", {"x": 1, "y": 1}, -1), affine("o", {"a": 1, "b": 1})]
    net = Network(["x", "y"], nodes, ["o"])
    assert most_pieces(net, 2) == (3,)
    assert most_variation(net, 2) == (5,)  # along the upper edge, from 0 up to 2 + 3
    assert most_pieces(Network(["x", "y"], [affine("o", {"x": 5})], ["o"]), 3) == (1,)


@given(seed=st.integers(0, 10**6), places=st.lists(st.integers(-60, 60), min_size=5, max_size=10))
@settings(max_examples=15)
def test_no_line_has_more(seed: int, places: list[int]) -> None:
    net = random_relu(seed, 2, [2, 1], 2, denominator=3)
    (pieces,), (variation,) = most_pieces(net, 1), most_variation(net, 1)
    for place in (mpq(n, 60) for n in places):
        for first, last in (((-1, place), (1, place)), ((place, -1), (place, 1))):
            (found,) = pieces_between(net, [mpq(x) for x in first], [mpq(x) for x in last])
            assert found.pieces <= pieces
            assert found.variation() <= variation


def test_what_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DomainError, match="for at most 2 inputs, not 3"):
        check_exact((random_relu(1, 3, [2], 3),), 1)
    plane = random_relu(1, 2, [2], 3)
    with pytest.raises(SizeError, match="values of wires on the 40000\\^2 rectangles"):
        check_exact((plane,), 100)
    monkeypatch.setattr(distance, "MAX_CELLS", 10)
    with pytest.raises(SizeError, match="more than 10 parts"):
        exact_distances(plane, plane, 1, mpq(1, 10), 100)


def test_an_integral_does_not_depend_on_the_way_round() -> None:
    """Over the triangle with ``x, y >= 0`` and ``x + y <= 1``, the integral of ``(x + 1)^2`` is 1/12 + 2/6 + 1/2."""
    triangle = (mpq(0), mpq(0)), (mpq(1), mpq(0)), (mpq(0), mpq(1))
    for corners in (triangle, triangle[::-1]):
        assert square_integral(corners, (mpq(1), mpq(0), mpq(1))) == mpq(11, 12)
