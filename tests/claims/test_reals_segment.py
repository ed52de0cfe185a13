"""Networks along lines: values, breakpoints, pieces and integrals, against naive computations by the reference evaluator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise

import pytest
import sympy as sp
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.claims.reals import segment
from exactnet.claims.reals.segment import Piecewise, along, line, pieces_between
from exactnet.families.telgarsky import telgarsky
from exactnet.kernel.errors import NetworkError, SizeError
from exactnet.kernel.network import RELU, Network, affine, relu, threshold
from exactnet.kernel.values import all_values
from tests.helpers import random_relu

rationals = st.fractions(-3, 3, max_denominator=6).map(lambda x: mpq(x.numerator, x.denominator))


def naive_partition(net: Network, point: Callable[[mpq], Sequence[mpq]]) -> list[mpq]:
    """Places in [0, 1] between which all nodes are linear: zeros of every form, put in ReLU by ReLU."""
    places = [mpq(0), mpq(1)]
    for name in net.order:
        if net.kind(name) == RELU:
            forms = []
            for t in places:
                values = all_values(net, point(t))
                forms.append(net.bias(name) + sum(w * values[source] for source, w in net.sources(name)))
            for (t, u), (after, v) in pairwise(list(zip(places, forms, strict=True))):
                if u * v < 0:
                    places.append(t + (after - t) * u / (u - v))
            places.sort()
    return places


def simpson(f: Callable[[mpq], mpq], places: Sequence[mpq]) -> mpq:
    """The integral of ``f^2``, ``f`` linear between the places: Simpson's rule is exact for quadratics."""
    return sum((b - a) / 6 * (f(a) ** 2 + 4 * f((a + b) / 2) ** 2 + f(b) ** 2) for a, b in pairwise(places))


@given(seed=st.integers(0, 10**6), data=st.data(), widths=st.sampled_from([[3], [2, 2], [1, 2, 1]]))
@settings(max_examples=25)
def test_a_network_along_a_line(seed: int, data: st.DataObject, widths: list[int]) -> None:
    net = random_relu(seed, 2, widths, 3, outputs=2, denominator=3)
    first, last = (data.draw(st.tuples(rationals, rationals)) for _ in range(2))

    def point(t: mpq) -> list[mpq]:
        return [a + t * (b - a) for a, b in zip(first, last, strict=True)]

    places = naive_partition(net, point)
    for output, found in enumerate(pieces_between(net, first, last)):

        def value(t: mpq, output: int = output) -> mpq:
            return net(point(t))[output]

        assert found.at(places) == [value(t) for t in places]
        assert set(found.kinks) <= set(places)
        assert found.square_integral() == simpson(value, places)
        slopes = [(value(b) - value(a)) / (b - a) for a, b in pairwise(places)]
        assert found.pieces == 1 + sum(a != b for a, b in pairwise(slopes))
        assert found.range() == (min(map(value, places)), max(map(value, places)))


def test_the_integral_is_that_of_sympy() -> None:
    """``|2x - 1/3|`` and a clipped ramp on [-1, 2], integrated by sympy."""
    nodes = [relu("a", {"x": 2}, "-1/3"), relu("b", {"x": 3}), relu("c", {"x": 3}, -1)]
    outputs = [affine("y", {"a": 2, "x": -2}, "1/3"), affine("z", {"b": 1, "c": -1})]
    net = Network(["x"], [*nodes, *outputs], ["y", "z"])
    x = sp.Symbol("x", real=True)
    exact = [sp.Abs(2 * x - sp.Rational(1, 3)), sp.Max(0, 3 * x) - sp.Max(0, 3 * x - 1)]
    for found, f in zip(along(net, [line(mpq(-1), mpq(2), mpq(-1), mpq(1))]), exact, strict=True):
        value = sp.integrate((f**2).rewrite(sp.Piecewise), (x, -1, 2))
        assert Fraction(int(value.p), int(value.q)) == Fraction(str(found.square_integral()))


@pytest.mark.parametrize("depth", [2, 3, 6])
def test_telgarsky_has_exactly_so_many_pieces(depth: int) -> None:
    """``2^(depth-1)`` on [0, 1], and two more outside: fewer than ``(m+1)^(k-1)``."""
    net = telgarsky(depth=depth, grid=2).network
    (found,) = pieces_between(net, [mpq(0)], [mpq(1)])
    assert found.pieces == 2 ** (depth - 1)
    (whole,) = pieces_between(net, [mpq(-2)], [mpq(2)])
    assert whole.pieces == 2 ** (depth - 1) + 2 <= 4 ** (depth - 1)
    assert [str(x) for x in sorted(found.kinks)] == [str(mpq(i, 2 ** (depth - 1))) for i in range(1, 2 ** (depth - 1))]


def test_a_point_is_a_line_too() -> None:
    (found,) = pieces_between(random_relu(1, 2, [2], 3), [mpq(1), mpq(1)], [mpq(1), mpq(1)])
    assert found.pieces == 1


def test_what_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    net = random_relu(1, 2, [2], 3)
    with pytest.raises(NetworkError, match="the network has 2 inputs, the point 1 coordinates"):
        pieces_between(net, [mpq(0)], [mpq(1), mpq(1)])
    gate = Network(["x"], [threshold("g", {"x": 1})], ["g"])
    with pytest.raises(NetworkError, match="'g' is a threshold gate"):
        along(gate, [line(mpq(0), mpq(1), mpq(0), mpq(1))])
    monkeypatch.setattr(segment, "MAX_KINKS", 20)
    with pytest.raises(SizeError, match="more than 20 breakpoints"):
        pieces_between(telgarsky(depth=12, grid=2).network, [mpq(0)], [mpq(1)])


def test_a_difference_is_a_function() -> None:
    tent = Piecewise(mpq(0), mpq(1), mpq(0), mpq(2), {mpq(1, 2): mpq(-4)})
    assert (tent - tent).kinks == {}
    assert (tent - tent).square_integral() == 0
    assert tent.square_integral() == mpq(1, 3)
