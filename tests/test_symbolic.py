"""Formulas: their values are those of the arithmetic that they are written in, as networks and by the decisions."""

from __future__ import annotations

import operator
from fractions import Fraction

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.cells.replay import ProofError
from exactnet.kernel.errors import ExactnetError
from exactnet.symbolic import Formula, absolute, at_least, equal, maximum, minimum, network, relu, x

Point = tuple[Fraction, Fraction]
#: A formula, and its value at a point by Python's own fractions.
Pair = tuple[Formula, object]

numbers = st.fractions(-5, 5, max_denominator=4)


def formulas() -> st.SearchStrategy[tuple[Formula, object]]:
    """Formulas in two variables with functions that compute the same."""
    variables = st.sampled_from([(x[1], operator.itemgetter(0)), (x[2], operator.itemgetter(1))])
    constants = numbers.map(lambda c: (x[1] * 0 + c, lambda _: c))

    def extend(inner: st.SearchStrategy[tuple[Formula, object]]) -> st.SearchStrategy[tuple[Formula, object]]:
        def combined(parts: list[tuple[Formula, object]], c: Fraction, what: int) -> tuple[Formula, object]:
            (f, u), (g, v) = parts[0], parts[-1]
            return [
                (f + g, lambda p: u(p) + v(p)),  # type: ignore[operator]
                (f - c * g, lambda p: u(p) - c * v(p)),  # type: ignore[operator]
                (maximum(*(h for h, _ in parts)), lambda p: max(w(p) for _, w in parts)),  # type: ignore[operator]
                (minimum(f, g, c), lambda p: min(u(p), v(p), c)),  # type: ignore[operator]
                (relu(f) - absolute(g) / 3, lambda p: max(u(p), 0) - abs(v(p)) / 3),  # type: ignore[operator]
            ][what]

        return st.builds(combined, st.lists(inner, min_size=1, max_size=3), numbers, st.integers(0, 4))

    return st.recursive(variables | constants, extend, max_leaves=6)


@settings(max_examples=100)
@given(formulas(), st.lists(st.tuples(numbers, numbers), min_size=1, max_size=4))
def test_networks_have_the_values_of_their_formulas(pair: tuple[Formula, object], points: list[Point]) -> None:
    given_formula, value = pair
    net = network(given_formula, 2)
    for point in points:
        assert net(point)[0] == mpq(value(point))  # type: ignore[operator]
        assert given_formula(*point) == mpq(value(point))  # type: ignore[operator]


@settings(max_examples=40)
@given(formulas(), formulas())
def test_decisions_hold_at_points(first: tuple[Formula, object], second: tuple[Formula, object]) -> None:
    (f, u), (g, v) = first, second
    assert equal(f, f + g - g)
    for decision, relation in ((equal(f, g), operator.eq), (at_least(f, g), operator.ge)):
        if not decision:
            assert decision.point is not None
            point = [Fraction(str(c)) for c in decision.point] + [Fraction(0)]
            assert not relation(u(point), v(point))  # type: ignore[operator]
        else:
            grid = [(Fraction(a, 2), Fraction(b, 2)) for a in range(-7, 8, 2) for b in range(-7, 8, 2)]
            assert all(relation(u(p), v(p)) for p in grid)  # type: ignore[operator]


def test_text() -> None:
    f = maximum(x[1] - 2 * x[2], Fraction(1, 2)) / 3 - relu(x[1] + 1)
    assert repr(f) == "1/3 max(x1 - 2 x2, 1/2) - relu(x1 + 1)"
    assert f.latex() == r"\tfrac{1}{3} \max(x_{1} - 2 x_{2},\, \tfrac{1}{2}) - [x_{1} + 1]_+"
    assert (repr(x[1] - x[1]), repr(-x[2])) == ("0", "-x2")
    box = Polyhedron.box(1, -1, "1/2")
    assert repr(equal(x[1], relu(x[1]), box)).startswith("different: f = -1 and g = 0 at (-1)")
    assert r"x \in [-1, \tfrac{1}{2}]^{1}" in equal(x[1], x[1], box).latex()
    assert r"\ge" in at_least(relu(x[1]), x[1]).latex()
    assert "Not for all" in equal(x[1], relu(x[1])).latex()


def test_several_outputs_and_networks() -> None:
    two = network([maximum(x[1], x[2]), minimum(x[1], x[2])])
    assert two([1, 2]) == (2, 1)
    assert equal(two, network([maximum(x[2], x[1]), x[1] + x[2] - maximum(x[1], x[2])]))
    assert "f = 0 and g = 1" in repr(equal(two, network([maximum(x[2], x[1]), 1 + minimum(x[1], x[2])])))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: x[0], "variables are x\\[1\\]"),
        (lambda: x[1] * x[2], "not piecewise linear"),
        (lambda: x[1] / 0, "divided by 0"),
        (lambda: x[1] + 0.5, "is a float"),
        (maximum, "a maximum of no formulas"),
        (lambda: network(x[3], 2), "x3 occurs, but there are 2 inputs"),
    ],
)
def test_what_is_no_formula_is_refused(make: object, message: str) -> None:
    with pytest.raises(ExactnetError, match=message):
        make()  # type: ignore[operator]


def test_nothing_is_equal_before_its_proof_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    proved = equal(x[1], x[1]).certificate
    monkeypatch.setattr("exactnet.symbolic.decision.decide", lambda *_: proved)
    with pytest.raises(ProofError, match="is not shown on a leaf"):
        equal(x[1], 2 * x[1])
