"""The comparison of two networks, held against the definition of every relation, on values just inside and just outside."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from fractions import Fraction
from math import floor

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.claims.promises import Means, first_broken
from exactnet.claims.statements import RELATIONS
from exactnet.files.limits import check_domain
from exactnet.kernel import sweep
from exactnet.kernel.domain import Cube, Domain, Points
from exactnet.kernel.errors import DomainError, NetworkError, RefusedError
from exactnet.kernel.judge import BoundRow, Claim, StatedBound, judge
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, affine, relu
from exactnet.kernel.relation import Equal, Relation
from exactnet.kernel.runs import HERE
from exactnet.kernel.sweep import (
    CheckJob,
    ChunkResult,
    EvaluatorError,
    SurveyJob,
    check_interface,
    compare_networks,
    encoding_width,
    survey_domain,
)
from exactnet.kernel.values import PlainEvaluator, evaluate
from tests.rechecking import fractions, instances

KINDS = ("equal", "floor", "clip", "within", "near")


def relation_of(kind: str, r: int, limit: int, epsilon: mpq | None) -> Relation:
    """A relation by its name."""
    more = {"clip": (limit,), "within": (epsilon,), "near": (epsilon,)}.get(kind, ())
    return RELATIONS[kind](r, *more)


def allowed(kind: str, r: int, limit: int, epsilon: Fraction, n: Fraction, got: Fraction) -> bool:
    """The relation, by its definition."""
    if kind == "equal":
        return got == n and (r * n).denominator == 1
    if kind == "floor":
        return got == Fraction(floor(r * n), r)
    if kind == "clip":
        return got == Fraction(floor(r * min(max(n, Fraction(-limit)), Fraction(limit))), r)
    if kind == "within":
        return abs(got - n) <= epsilon
    return abs(got - Fraction(floor(r * n + Fraction(1, 2)), r)) <= epsilon


def moved(net: Network, by: mpq) -> Network:
    """The network with the first output moved by a constant."""
    name = net.outputs[0]
    return Network(net.inputs, [*net.nodes(), affine("moved", {name: 1}, by)], ["moved", *net.outputs[1:]])


@settings(max_examples=300)
@given(
    instances(), st.sampled_from(KINDS), st.sampled_from([1, 2, 3, 10, 60]), st.sampled_from([1, 2, 10**6]), st.data()
)
def test_a_difference_is_one_by_definition(
    instance: tuple[Network, Domain], kind: str, r: int, limit: int, data: st.DataObject
) -> None:
    net, domain = instance
    tolerant = kind in ("within", "near")
    epsilon = data.draw(st.sampled_from([mpq(1), mpq(1, 2), mpq(1, 7), mpq(3)])) if tolerant else None
    relation = relation_of(kind, r, limit, epsilon)
    steps = [mpq(0), mpq(1, r), mpq(-1, r), mpq(1, 2 * r), mpq(-1, 3 * r), mpq(1)]
    if epsilon is not None:
        steps += [epsilon, -epsilon, epsilon + mpq(1, 1000), -epsilon - mpq(1, 10**30)]
    constant = data.draw(st.booleans())
    step = data.draw(st.sampled_from(steps))
    if constant:  # right at one input, or just not
        values = [relation.expected(v) for v in evaluate(net, domain[data.draw(st.integers(0, domain.count - 1))])]
        names = [f"c{i}" for i in range(len(values))]
        made = Network(net.inputs, [affine(name, {}, v + step) for name, v in zip(names, values, strict=True)], names)
    else:
        made = moved(net, step)
    epsilon_ = Fraction(0) if epsilon is None else Fraction(int(epsilon.numerator), int(epsilon.denominator))
    pairs = [(fractions(evaluate(net, x)), fractions(evaluate(made, x))) for x in domain]
    right = [all(allowed(kind, r, limit, epsilon_, n, v) for n, v in zip(*pair, strict=True)) for pair in pairs]
    width = 8 * 40
    job = CheckJob(net, made, domain, relation, width)
    try:
        found, counterexample = compare_networks(job, True)
    except RefusedError:  # r*N is no integer, though the values are equal
        assert kind == "equal"
        first = right.index(False)
        assert pairs[first][0] == pairs[first][1]
        return
    assert found.mismatch == (right.index(False) if not all(right) else None)
    assert found.differing == right.count(False)
    assert found.inputs_checked == domain.count
    assert (counterexample is None) == all(right)
    if counterexample is not None:
        assert counterexample.index == found.mismatch
        assert fractions(list(counterexample.got.values())) == pairs[counterexample.index][1]
        expected = fractions([relation.expected(v) for v in evaluate(net, domain[counterexample.index])])
        assert fractions(list(counterexample.expected.values())) == expected
        assert found.digest is None
    else:
        rows = [[floor(r * v) for v in made] for _, made in pairs]
        data_ = b"".join(v.to_bytes(width, "little", signed=True) for row in rows for v in row)
        assert found.digest == hashlib.sha256(hashlib.sha256(data_).digest()).hexdigest()


@settings(max_examples=150)
@given(instances(), st.integers(0, 4))
def test_a_survey_is_one_by_definition(instance: tuple[Network, Domain], promised: int) -> None:
    net, domain = instance
    values = [fractions(evaluate(net, x)) for x in domain]
    found = survey_domain(net, domain, None)
    assert found.largest == max(abs(v) for row in values for v in row)
    assert found.beyond is None
    assert all((found.denominator * v).denominator == 1 for row in values for v in row)
    assert all(
        any((found.denominator // q * v).denominator > 1 for row in values for v in row)
        for q in range(2, 50)
        if found.denominator % q == 0
    )
    outside = [i for i, row in enumerate(values) if any(abs(v) > promised for v in row)]
    assert survey_domain(net, domain, promised).beyond == (outside[0] if outside else None)


def test_a_bound_holds_up_to_its_value() -> None:
    assert BoundRow("depth", "k", mpq(3), mpq(3)).holds
    assert not BoundRow("depth", "k", mpq(3), mpq(3) + mpq(1, 10**40)).holds


def test_the_width_of_an_encoding_has_room_for_the_sign() -> None:
    for bits in (62, 63, 64, 126, 127, 128):
        for off in (-1, 0, 1):
            largest = 2**bits + off
            width = encoding_width(1, largest)
            for value in (largest, -largest):
                assert int.from_bytes(value.to_bytes(width, "little", signed=True), "little", signed=True) == value
            assert largest.bit_length() + 1 > 8 * (width - 8)
    assert encoding_width(2**40, 2**40) == 16


def part(start: int, stop: int, mismatch: int | None = None) -> ChunkResult:
    return ChunkResult(start, stop, b"" if mismatch is not None else bytes(32), mismatch, int(mismatch is not None))


def test_chunks_must_follow_each_other() -> None:
    assert sweep.compare([part(0, 4), part(4, 6)], count_all=False, digest=True).inputs_checked == 6
    for missing in ([part(1, 4)], [part(0, 4), part(5, 6)], [part(0, 4), part(3, 6)], [part(0, 4), part(0, 4)]):
        with pytest.raises(EvaluatorError):
            sweep.compare(missing, count_all=False, digest=True)
    several = [part(0, 4, 2), part(4, 6, 5)]
    assert sweep.compare(several, count_all=True, digest=True) == sweep.Comparison(6, 2, 2, None)
    assert sweep.compare(several, count_all=False, digest=True) == sweep.Comparison(4, 2, 1, None)


def test_a_comparison_that_stops_early_is_none() -> None:
    net = Network(["x"], [relu("y", {"x": 1})], ["y"])

    class Lazy(type(HERE)):  # type: ignore[misc]
        """Forgets the last range."""

        def run(self, job: object, progress: object) -> object:
            return (one for one in [replace(part(0, 1), digest=b"")])

    with pytest.raises(EvaluatorError, match="only 1 of 2 inputs"):
        compare_networks(CheckJob(net, net, Cube(1)), runner=Lazy())


def test_interfaces_and_sizes() -> None:
    one, two = Network(["x"], [], ["x"]), Network(["x", "y"], [], ["x"])
    with pytest.raises(NetworkError):
        check_interface(one, two)
    with pytest.raises(NetworkError):
        check_interface(one, Network(["x"], [relu("h", {"x": 1})], ["x", "h"]))
    check_domain(two, Cube(2), 4)
    with pytest.raises(DomainError, match="4 inputs, more than --max-inputs 3"):
        check_domain(two, Cube(2), 3)


def test_the_node_that_breaks_its_promise() -> None:
    means = {
        "a": Means("", "relu", {}, {"h": mpq(1)}),
        "b": Means("", "step", {"a": mpq(1)}, {}, mpq(-1)),
        "y": Means("", "sum", {"b": mpq(1)}, {"h": mpq(0)}),
    }
    original = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1})], ["y"])
    point = (mpq(1),)

    def made(a: int, b: int, y: int) -> Network:
        nodes = [relu("a", {}, a), relu("b", {}, b), affine("y", {}, y)]
        return Network(["x"], [replace(node, means=means[node.id]) for node in nodes], ["y"])

    assert first_broken(original, made(1, 1, 1), point) is None
    assert first_broken(original, made(2, 1, 1), point) == "a"
    assert first_broken(original, made(1, 0, 1), point) == "b"
    assert first_broken(original, made(1, 1, 2), point) == "y"


def test_the_relation_at_ties() -> None:
    """Halves, ends of the clip, and the tolerance itself."""
    point = Points(((mpq(1),),))
    for kind, n, good, bad in (
        ("near", "1/4", ["1/2", "5/8", "3/8"], ["0", "1/4", "3/4"]),
        ("near", "-1/4", ["0", "1/8"], ["-1/2", "1/2"]),
        ("within", "1/3", ["1/3", "5/24", "11/24"], ["1/5", "1/2"]),
        ("clip", "7/2", ["3"], ["7/2", "5/2"]),
        ("clip", "-7/2", ["-3"], ["-7/2", "-4"]),
        ("clip", "-1/3", ["-1/2"], ["0", "-1/3"]),
        ("floor", "-1/3", ["-1/2"], ["0", "-1/3"]),
        ("equal", "-1/2", ["-1/2"], ["0"]),
        ("equal", "1/3", [], ["0", "1/2"]),
        ("near", "0", ["0", "-1/8"], ["1/2"]),
        ("near", "1/3", ["1/2"], ["0", "1"]),
    ):
        tolerance = mpq(1, 8) if kind in ("near", "within") else None
        relation = relation_of(kind, 2, 3, tolerance)
        net = Network(["x"], [affine("y", {}, n)], ["y"])
        for value, right in [*((v, True) for v in good), *((v, False) for v in bad)]:
            made = Network(["x"], [affine("y", {}, value)], ["y"])
            job = CheckJob(net, made, point, relation, 8)
            assert (compare_networks(job)[1] is None) == right, (kind, n, value)
            assert relation.allows(mpq(n), mpq(value)) == right


@pytest.mark.parametrize("kind", KINDS)
def test_no_allowed_value_lies_beyond_the_largest(kind: str) -> None:
    """Digests are made of as many bytes as the largest value needs."""
    for r in (1, 2, 7):
        for limit in (1, 5):
            for epsilon in (mpq(1, 2), mpq(2), mpq(5, 2)):
                relation = relation_of(kind, r, limit, epsilon)
                for n in (mpq(limit), mpq(-limit), mpq(limit) - mpq(1, 3)):
                    most = abs(relation.expected(n)) + (relation.epsilon or 0)
                    assert most <= relation.largest(limit)


class Piecewise(PlainEvaluator):
    """Takes three inputs at once."""

    at_once = 3  # type: ignore[assignment]


def test_pieces_of_a_chunk_are_one_chunk() -> None:
    names = ["a", "b", "c"]
    net = Network(names, [affine("y", {"a": 4, "b": 2, "c": 1})], ["y"])
    for first in range(8):
        step = [relu("u", {"a": 4, "b": 2, "c": 1}, 1 - first), affine("y", {"a": 4, "b": 2, "c": 1, "u": 1})]
        other = Network(names, step, ["y"])
        whole, pieces = (CheckJob(net, other, Cube(3), Equal(1), 8, make).compile()(0, 8) for make in (PlainEvaluator, Piecewise))
        assert whole == pieces
        assert (whole.mismatch, whole.differing) == (first, 8 - first)
    same = [CheckJob(net, net, Cube(3), Equal(1), 8, make).compile()(0, 8) for make in (PlainEvaluator, Piecewise)]
    assert same[0] == same[1]
    survey = [survey_domain(net, Cube(3), 4), SurveyJob(net, Cube(3), 4, Piecewise).compile()(0, 8)]
    assert [part.beyond for part in survey] == [5, 5]


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_every_bound_is_judged(failing: int) -> None:
    net = Network(["x"], [relu("h", {"x": 3}), affine("y", {"h": 1})], ["y"])
    names = ("depth", "max_weight", "max_bias")
    values = [mpq(2), mpq(3), mpq(0)]
    values[failing] -= mpq(1, 10**9)
    bounds = [StatedBound(name, name, str(value), value) for name, value in zip(names, values, strict=True)]
    claim = Claim(Cube(1), "S1 exact", "none", {}, Equal(1), 3, measure(net), {}, {}, bounds)
    certificate = judge(net, net, claim)
    assert certificate.verdict == "refuted"
    assert names[failing] in str(certificate.reason)
