"""Rank minimisation: limits against exact descent, witnesses against the networks, negative controls, mutants."""

from __future__ import annotations

import random
from math import prod

import pytest
from gmpy2 import mpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exactnet.certify.cells import decide
from exactnet.certify.rank import certify_depth, certify_flow, certify_kkt, norm_bracket
from exactnet.claims.cells.claims import Claim
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.matrices.algebra import Matrix, Vector, dot, minus, squares, transpose
from exactnet.claims.matrices.certificate import Certificate, judge
from exactnet.claims.matrices.rank import layers_in, output_of
from exactnet.construct.rank import deepened, equalised, rank_one_vector, small_start
from exactnet.foreign.arrays import layers_to_network
from exactnet.kernel.errors import FormatError, RefusedError, SizeError
from exactnet.theory.rank import rank_product_bound, stable_rank_limit
from tests.matrices import CROSS, LABELS, POINTS, UNIT, rows


def descend(points: Matrix, targets: Matrix, weights: Matrix, step: mpq, steps: int) -> Matrix:
    """Gradient descent of ``1/2 sum |[W x_i]+ - y_i|^2``, by the definition; rounded to 2^-80."""
    for _ in range(steps):
        moved = []
        for i, row in enumerate(weights):
            slope = [mpq(0)] * len(row)
            for point, target in zip(points, targets, strict=True):
                z = dot(row, point)
                if z > 0:
                    slope = [s + (z - target[i]) * c for s, c in zip(slope, point, strict=True)]
            moved.append(tuple((w - step * s) * 2**80 // 1 / mpq(2**80) for w, s in zip(row, slope, strict=True)))
        weights = tuple(moved)
    return weights


def two_points(seed: int) -> Matrix:
    """Two points in space of about one length, and not nearly parallel, so that descent is fast."""
    draws = random.Random(seed)
    while True:
        x, z = (tuple(mpq(draws.randint(-8, 8), 4) for _ in range(3)) for _ in range(2))
        short, long = sorted((dot(x, x), dot(z, z)))
        if 0 < long < 2 * short and dot(x, z) ** 2 < dot(x, x) * dot(z, z) / 2:
            return x, z


@pytest.mark.parametrize("seed", range(8))
def test_descent_ends_at_the_limit(seed: int) -> None:
    """Descent by a small step comes near to the stated limit."""
    points = x, z = two_points(seed)
    targets = rows((1, 0, 3), (0, 2, 0))
    result = certify_flow(points, targets, size=mpq(1, 50))
    assert result.judgement.verdict == "certified"
    matrices = result.certificate.matrices
    end = descend(points, targets, matrices["start"], 1 / (2 * max(dot(x, x), dot(z, z))), 200)
    assert max(abs(value) for row in minus(end, matrices["limit"]) for value in row) < mpq(1, 10**5)


@pytest.mark.parametrize("cosine", ["-3/5", "3/5", "0", "-24/25", "20/29"])
def test_the_stable_rank_goes_to_the_formula(cosine: str) -> None:
    c = mpq(cosine)
    sine = {mpq(3, 5): mpq(4, 5), mpq(0): mpq(1), mpq(24, 25): mpq(7, 25), mpq(20, 29): mpq(21, 29)}[abs(c)]
    result = certify_flow((UNIT[0], (c, sine)), UNIT, size=mpq(1, 10**9))
    certificate = result.certificate
    rank = squares(certificate.matrices["limit"]) / certificate.numbers["low"]
    assert abs(rank - stable_rank_limit(c)) < mpq(1, 10**7)


def refusal(points: Matrix, targets: Matrix, start: Matrix | None = None) -> str:
    with pytest.raises(RefusedError) as caught:
        certify_flow(points, targets, start)
    return str(caught.value)


def test_negative_controls_of_the_flow() -> None:
    obtuse, acute = (UNIT[0], rows(("-3/5", "4/5"))[0]), (UNIT[0], rows(("3/5", "4/5"))[0])
    opposite = certify_flow(rows((1, 0), (-1, 0)), UNIT)
    assert opposite.judgement.verdict == "refuted"
    assert opposite.judgement.reason == "fails: the limit has rank at least 2"
    assert (
        refusal(obtuse, rows((1, 1), (0, "1/2")))
        == "row 2 has the targets 1 and 1/2: one has to be positive, the other 0"
    )
    assert "row 2 has the targets 0 and 0" in refusal(obtuse, rows((1, 0), (0, 0)))
    assert "row 1 has the targets -1 and 0" in refusal(obtuse, rows((-1, 0), (0, 1)))
    start = rows((1, "1/9"), ("-1/9", "1/9"))
    assert refusal(obtuse, UNIT, rows((-1, 0), (0, 1))).startswith(
        "row 1 of the start is outside its region, with w x = -1,"
    )
    assert "w x > 0 >= w z is needed" in refusal(obtuse, UNIT, rows((1, 2), ("-1/9", "1/9")))
    beyond = refusal(obtuse, UNIT, rows((10, "29/4"), ("-1/9", "1/9")))
    assert beyond.startswith("row 1 starts with w x = 10, w z = -1/5 at its own point x and the other point z,")
    assert beyond.endswith("its end is outside the region: w z = 26/5 > 0")
    assert "0 < w x < 1 and 0 <= w z < 5/3 are needed" in refusal(acute, UNIT, start)  # a start of the other rule
    assert "multiples of each other" in refusal(rows((1, 0), (2, 0)), UNIT)
    assert "multiples of each other" in refusal(rows((1, 0), (-2, 0)), UNIT)
    assert refusal(rows((1, 0), (0, 0)), UNIT).startswith("a point is 0")
    for points, targets, begin in (
        (UNIT[:1], UNIT, None),
        (UNIT, UNIT[:1], None),
        (UNIT, UNIT, rows((1, 0))),
    ):
        with pytest.raises(FormatError):
            certify_flow(points, targets, begin)


def test_the_rule_of_obtuse_points_is_wrong_for_acute_ones() -> None:
    """Where it says that a row of an acute pair ends, that row is not in its region: the limit is refuted."""
    acute = (UNIT[0], rows(("3/5", "4/5"))[0])
    right = certify_flow(acute, UNIT).certificate
    x = acute[0]
    begin = right.matrices["start"][0]
    segment = tuple(w + (1 - dot(begin, x)) * c for w, c in zip(begin, x, strict=True))
    wrong = {**right.matrices, "limit": (segment, right.matrices["limit"][1])}
    assert judge(Certificate("K1 flow", wrong, right.numbers)).reason == (
        "fails: x_1 x_2 > 0: row 1 of the start stays in its region, and row 1 of the limit is where it ends"
    )


def test_opposite_points_have_a_vector_and_other_multiples_none() -> None:
    assert rank_one_vector(rows((2, 1), (-2, -1))) == rows(("2/5", "1/5"))[0]
    assert rank_one_vector(rows((2, 1), (-4, -2))) is None
    assert small_start(UNIT, UNIT, mpq(1, 2)) == rows(("1/2", "-1/2"), ("-1/2", "1/2"))


# --- deep networks ------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(st.integers(3, 12), st.integers(0, 10**6))
def test_deep_witnesses_are_the_network_and_nearly_balanced(depth: int, seed: int) -> None:
    draws = random.Random(seed)
    layers = [
        tuple(tuple(mpq(draws.randint(-9, 9), draws.randint(1, 5)) for _ in range(b)) for _ in range(a))
        for a, b in ((3, 2), (1, 3))
    ]
    assume(all(map(squares, layers)))
    deep = equalised(deepened(layers, depth, False), 10)
    norms = list(map(squares, deep))
    assert len(deep) == depth
    assert prod(norms) == prod(map(squares, deepened(layers, depth, False)))  # factors of product 1
    assert max(norms) < min(norms) * mpq(102, 100)
    for _ in range(10):
        point = (mpq(draws.randint(-9, 9), 7), mpq(draws.randint(-9, 9), 5))
        assert output_of(deep, point) == output_of(layers, point)


def test_the_bound_of_a_depth_is_that_of_the_theory() -> None:
    for depth in (3, 4, 9):
        certificate = certify_depth(CROSS, POINTS, LABELS, depth).certificate
        bound = rank_product_bound(2, mpq(4), depth, False)
        assert bound * mpq(999, 1000) < certificate.numbers["mean"] ** depth < bound * mpq(1001, 1000)
    one_sided = certify_depth(CROSS, POINTS[:2], LABELS[:2], 9)
    assert one_sided.judgement.verdict == "certified"
    bound = rank_product_bound(2, mpq(4), 9, True)
    assert one_sided.certificate.numbers["mean"] ** 9 < bound * mpq(1001, 1000)
    assert len(layers_in(one_sided.certificate.matrices)[3]) == 1  # one row where no sign is needed


def test_a_depth_of_the_network_itself_is_a_witness_too() -> None:
    result = certify_depth(CROSS, POINTS, LABELS, 2)
    assert result.judgement.verdict == "certified"
    assert result.certificate.numbers["mean"] == 4


def test_negative_controls_of_depth() -> None:
    half = [POINTS, rows(("1/2", "1/2", -1, -1))]
    for layers, points, labels, why in (
        (half, POINTS, LABELS, "label times output is 1/2 at point 1, less than 1"),
        (CROSS, POINTS, rows((1, -1, -1, -1))[0], "label times output is -1 at point 2, less than 1"),
        (CROSS, rows((1, 0), (2, 0), (0, 1), (0, -1)), LABELS, "point 2 has the squared norm 4, more than 1"),
    ):
        with pytest.raises(RefusedError, match=why):
            certify_depth(layers, points, labels, 5)
    for points, labels, depth, why in (
        (POINTS, rows((1, 1, -1, 2))[0], 5, "labels: that of point 4 is 2, not 1 or -1"),
        (POINTS, LABELS[:3], 5, "4 points and 3 labels"),
        (POINTS, LABELS, 1, "depth 1 is less than that of the network, 2"),
        (rows((1,), (1,), (1,), (1,)), LABELS, 5, "points have 1 coordinates; the network has 2 inputs and 1 outputs"),
    ):
        with pytest.raises(FormatError, match=why):
            certify_depth(CROSS, points, labels, depth)


@pytest.mark.parametrize(("delta", "alike"), [(1, []), (-1, [(2, 0, 1), (2, 1, 0)])])
def test_mutants_of_deep_networks_differ_or_are_equal_everywhere(delta: int, alike: list[tuple[int, int, int]]) -> None:
    """Each weight of the network of depth 4 changed: it differs from the shallow one at a point, or is equal on all of R^2.

    As [N]+ or [-N]+ is 0, [a [N]+ - [-N]+]+ is a [N]+.
    """
    deep = layers_in(certify_depth(CROSS, POINTS, LABELS, 4).certificate.matrices)
    zero: list[Vector] = [(mpq(0),) * len(layer) for layer in deep]
    shallow = layers_to_network(CROSS, [(mpq(0),) * 4, (mpq(0),)])
    equal = []
    for place, layer in enumerate(deep):
        for i, row in enumerate(layer):
            for j in range(len(row)):
                other = [list(map(list, one)) for one in deep]
                other[place][i][j] += delta
                net = layers_to_network(other, zero)
                found = decide(Claim("equal"), (shallow, net), Polyhedron(2))
                if found.verdict == "refuted":
                    assert net(found.points[0]) != shallow(found.points[0])
                else:
                    equal.append((place, i, j))
    assert equal == alike


# --- KKT ------------------------------------------------------------------------------------------------


def test_kkt_points_have_multipliers_and_others_a_direction() -> None:
    result = certify_kkt(CROSS, POINTS, LABELS)
    assert result.certificate.matrices["multipliers"] == transpose(rows((1, 1, 1, 1)))
    assert certify_kkt([rows((1,))], rows((1,), (2,)), rows((1, 1))[0]).certificate.matrices["multipliers"] == rows(
        (1,), (0,)
    )
    unbalanced = [tuple(tuple(2 * v for v in row) for row in CROSS[0]), rows(("1/2", "1/2", "-1/2", "-1/2"))]
    with pytest.raises(RefusedError, match="no KKT point: 4 margins are 1, and along some direction"):
        certify_kkt(unbalanced, POINTS, LABELS)
    slack = [rows((2,))]
    with pytest.raises(RefusedError, match="no KKT point: 0 margins are 1"):
        certify_kkt(slack, rows((1,)), rows((1,))[0])
    with pytest.raises(SizeError, match="a network of 1001 weights is too large"):
        certify_kkt([((mpq(1),) * 1001,)], ((mpq(1),) * 1001,), rows((1,))[0])
    with pytest.raises(RefusedError, match="label times output is -1 at point 1"):
        certify_kkt(CROSS, POINTS, rows((-1, 1, -1, -1))[0])


def test_brackets_hold_the_norm() -> None:
    low, high = norm_bracket(rows((3, 4)))
    assert low <= 25 < high
    assert high - low < mpq(1, 10**6)
