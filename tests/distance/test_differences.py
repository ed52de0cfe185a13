"""Largest differences, changes of class and sign: against the definition, input by input."""

from __future__ import annotations

import random

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.distance import differences
from exactnet.distance.differences import class_changes, class_of, largest_difference, sign_changes
from exactnet.kernel.domain import Cube, Grid, Points
from exactnet.kernel.errors import DomainError, NetworkError
from exactnet.kernel.network import Network, Node, affine, threshold
from exactnet.kernel.sweep import EvaluatorError
from exactnet.kernel.values import evaluate
from tests.helpers import random_relu


def sign(value) -> int:
    return (value > 0) - (value < 0)


def pair(seed: int, bits: int, step: mpq) -> tuple[Network, Network]:
    """A network, and one with its weights moved by up to ``step``."""
    rng = random.Random(seed)
    a = random_relu(seed, 3, [4, 3], bits, outputs=3, denominator=2 ** rng.choice([0, 3, 60]))
    moved = [Node(n.id, n.kind, {s: w + rng.choice([-1, 0, 1]) * step for s, w in n.sources.items()}, n.bias) for n in a.nodes()]
    return a, Network(a.inputs, moved, a.outputs)


@settings(max_examples=60)
@given(st.integers(0, 10**9), st.sampled_from([1, 4, 30, 50, 100]), st.sampled_from([mpq(1), mpq(1, 3), mpq(1, 2**80), mpq(0)]))
def test_against_the_definition(seed, bits, step):
    a, b = pair(seed, bits, step)
    rng = random.Random(seed)
    points = tuple(tuple(mpq(rng.randint(-9, 9), rng.choice([1, 3, 2**40])) for _ in range(3)) for _ in range(9))
    for domain in (Cube(3), Grid(1, 3), Points(points)):
        rows = [(evaluate(a, point), evaluate(b, point)) for point in domain]
        gaps = [[abs(x - y) for x, y in zip(*row, strict=True)] for row in rows]
        best = max(map(max, gaps))
        index = next(i for i, gap in enumerate(gaps) if best in gap)
        found = largest_difference(a, b, domain)
        assert (found.value, found.index, found.output, found.inputs) == (best, index, gaps[index].index(best), domain.count)
        for ask, answer, tie in (
            (class_changes, class_of, lambda values: values.count(max(values)) > 1),
            (sign_changes, lambda values: [sign(v) for v in values], lambda values: 0 in values),
        ):
            differing = [i for i, (x, y) in enumerate(rows) if answer(x) != answer(y)]
            result = ask(a, b, domain, count_all=True)
            assert (result.inputs, result.differing, result.first) == (domain.count, len(differing), min(differing, default=None))
            assert result.ties == tuple(sum(tie(row[side]) for row in rows) for side in (0, 1))


def test_everything_open_is_evaluated_exactly(monkeypatch):
    """With errors blown up, nothing is decided by enclosures, and nothing else changes."""
    a, b = pair(7, 40, mpq(1, 2**30))
    domain = Grid(1, 3)

    def found():
        changes = [ask(a, b, domain, count_all=True) for ask in (class_changes, sign_changes)]
        return largest_difference(a, b, domain), changes

    before = found()
    original = differences._Values.enclosed

    def vague(self, start, stop):
        known = original(self, start, stop)
        return differences._Known(known.numbers, known.slack + 2**50, known.unit, known.decided)

    monkeypatch.setattr(differences._Values, "enclosed", vague)
    for most in (differences.MOST_OPEN, 3):
        for few in (differences.MOST_OPEN, 0):
            monkeypatch.setattr(differences, "MOST_OPEN", most)
            monkeypatch.setattr(differences, "FEW", few)
            assert found() == before


def test_wrong_values_are_noticed(monkeypatch):
    a, b = pair(3, 4, mpq(1))
    original = differences._exact
    monkeypatch.setattr(differences._Values, "enclosed", differences._Values.exactly)

    def wrong(evaluator, start, stop, outputs):
        known = original(evaluator, start, stop, outputs)
        return differences._Known(known.numbers * 3, known.slack, known.unit, known.decided)

    monkeypatch.setattr(differences, "_exact", wrong)
    with pytest.raises(EvaluatorError):
        largest_difference(a, b, Cube(3))


def test_ties_far_below_floats():
    """Two outputs that differ by 2^-200 are no tie."""
    tiny = mpq(1, 2**200)
    nets = [Network(["x"], [affine("p", {"x": 1}, shift), affine("q", {"x": 1})], ["p", "q"]) for shift in (tiny, -tiny, 0)]
    assert class_changes(nets[0], nets[1], Cube(1), count_all=True).differing == 2
    assert class_changes(nets[0], nets[2], Cube(1)).ties == (0, 2)


def test_units_that_are_no_powers_of_two_of_one_another():
    """Weights that are rounded to limbs in one network, and thirds of large numbers in the other."""
    a = Network(["x"], [affine("h", {"x": mpq(2**70 + 1, 2**70)}), affine("y", {"h": mpq(2**61 + 1, 2**62)})], ["y"])
    b = Network(["x"], [affine("h", {"x": mpq(3**40 + 1, 3**40)}), affine("y", {"h": mpq(3**38 + 2, 3**39)})], ["y"])
    domain = Points(tuple((mpq(k, 7**9),) for k in range(-50, 50)))
    gaps = [abs(evaluate(a, point)[0] - evaluate(b, point)[0]) for point in domain]
    found = largest_difference(a, b, domain)
    assert (found.value, found.index) == (max(gaps), gaps.index(max(gaps)))


def test_gates_and_outputs_of_several_layers():
    net = Network(["x", "y"], [threshold("g", {"x": 1, "y": 1}, -2), affine("z", {"g": 3, "x": "1/3"})], ["g", "z"])
    other = Network(["x", "y"], [threshold("g", {"x": 1, "y": 1}, -1), affine("z", {"g": 3, "x": "1/3"})], ["g", "z"])
    found = largest_difference(net, other, Cube(2))
    assert (found.value, found.index, found.output) == (3, 1, 1)
    assert sign_changes(net, other, Cube(2), count_all=True).differing == 2


def test_other_interfaces_are_refused():
    a, _ = pair(1, 2, mpq(0))
    one = Network(["x"], [affine("y", {"x": 1})], ["y"])
    with pytest.raises(NetworkError, match="inputs"):
        largest_difference(a, one, Cube(3))
    with pytest.raises(DomainError):
        largest_difference(one, one, Cube(3))
    with pytest.raises(NetworkError, match="compare its sign"):
        class_changes(one, one, Cube(1))
