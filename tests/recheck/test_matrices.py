"""Certificates about matrices: ``check`` and ``recheck`` agree on right, changed, forged and malformed ones."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq

from exactnet.certify.rank import certify_flow, norm_bracket
from exactnet.claims.matrices.certificate import Certificate, Judgement, judge
from exactnet.construct.rank import flow_limit, small_start
from exactnet.files.matrices_writer import document_of
from exactnet.kernel.errors import ExactnetError
from exactnet.recheck import Unusable
from exactnet.recheck.matrices import definite, has_minor
from tests.matrices import UNIT, both, changed, confirmed, results, rows

RESULTS = results()
#: Changes that leave a certificate true: weaker bounds, and starts from which the limit is the same.
STILL_TRUE = {
    "obtuse": {"high +1", "low -1", "start[0][0] +1"},  # along the row's own point
    "acute": {
        *("high +1", "low -1", "start[0][2] +1", "start[1][2] +1", "start[1][0] +1"),  # in the box of the row
        *("vector[0][1] +1", "vector[0][1] -1"),  # where both points are 0
    },
    "depth": {f"norms[0][{place}] -1" for place in range(5)},
    "kkt": set(),
    "simulation": {"high +1", "low -1", "most +1"},
}


@pytest.mark.parametrize("name", RESULTS)
def test_right_ones_are_confirmed(name: str, tmp_path: Path) -> None:
    certificate, judgement = RESULTS[name]
    assert judgement.verdict == "certified"
    assert confirmed(tmp_path / "c.json", certificate, judgement) == ("certified", "certified")


@pytest.mark.parametrize("name", RESULTS)
def test_every_change_of_a_number_is_found_by_both(name: str, tmp_path: Path) -> None:
    """Forged: it says ``certified``. Honest: it says what follows from the changed matrices."""
    original, certified = RESULTS[name]
    true, seen = set(), Counter[tuple[str, str]]()
    for what, certificate in changed(original):
        try:
            judgement = judge(certificate)
        except ExactnetError:  # literals out of range, say
            judgement = Judgement("refuted", "cannot be", ())
        forged = confirmed(tmp_path / "c.json", certificate, certified)
        honest = confirmed(tmp_path / "c.json", certificate, judgement)
        seen[forged] += 1
        if judgement.verdict == "certified":
            true.add(what)
            assert forged == honest == ("certified", "certified"), what
        elif judgement.reason == "cannot be":
            assert forged == honest == ("unusable", "unusable"), what
        else:
            assert forged == ("wrong", "wrong"), what
            assert honest == ("refuted", "refuted"), what
    assert true == STILL_TRUE[name]
    assert seen["wrong", "wrong"] > 5


OUTSIDE = {
    "obtuse, w x < 0": ("-3/5", ("-1/9", "-1/7")),
    "obtuse, w x = 0": ("-3/5", ("0", "-1/7")),
    "obtuse, w z > 0": ("-3/5", ("1/9", "1/4")),
    "obtuse, w z > 0 at the end": ("-3/5", ("10", "29/4")),
    "acute, w x < 0": ("3/5", ("-1/9", "1/7")),
    "acute, w x = 0": ("3/5", ("0", "1/7")),
    "acute, w x = y": ("3/5", ("1", "1/7")),
    "acute, w x > y": ("3/5", ("3/2", "1/7")),
    "acute, w z < 0": ("3/5", ("1/9", "-1/7")),
    "acute, w z too large": ("3/5", ("1/9", "2")),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_start_outside_its_region_is_found_by_both(name: str, tmp_path: Path) -> None:
    """Everything else is as it would be: the limit is where the rule has it, its loss (but for the end outside) is 0."""
    cosine, first = OUTSIDE[name]
    points = (UNIT[0], rows((cosine, "4/5"))[0])
    inside = small_start(points, UNIT, mpq(1, 100))
    start = (rows(first)[0], inside[1])
    right = certify_flow(points, UNIT).certificate
    limit = flow_limit(points, UNIT, start)
    low, high = norm_bracket(limit)
    certificate = Certificate("K1 flow", {**right.matrices, "start": start, "limit": limit}, {"low": low, "high": high})
    judgement = judge(certificate)
    assert judgement.reason is not None
    assert "row 1 of the start stays in its region" in judgement.reason
    assert confirmed(tmp_path / "c.json", certificate, RESULTS["kkt"].judgement) == ("wrong", "wrong")
    assert confirmed(tmp_path / "c.json", certificate, judgement) == ("refuted", "refuted")
    honest = Certificate(
        "K1 flow", {**certificate.matrices, "start": inside, "limit": flow_limit(points, UNIT, inside)}, {}
    )
    low, high = norm_bracket(honest.matrices["limit"])
    assert judge(Certificate("K1 flow", honest.matrices, {"low": low, "high": high})).verdict == "certified"


def test_dependent_acute_points_have_no_limit_by_the_rule(tmp_path: Path) -> None:
    points, start = rows((1, 0), (2, 0)), rows(("1/8", 0), ("1/8", 0))  # in the box, if there were one
    matrices = {
        "points": points,
        "targets": UNIT,
        "start": start,
        "limit": rows((1, 0), (1, 0)),
        "vector": rows((1, 0)),
    }
    certificate = Certificate("K1 flow", matrices, {"low": mpq(1), "high": mpq(9)})
    judgement = judge(certificate)
    assert judgement.verdict == "refuted"
    assert confirmed(tmp_path / "c.json", certificate, judgement) == ("refuted", "refuted")


@pytest.mark.parametrize(
    ("points", "multipliers"),
    [
        (((1,), (2,)), (("1/3",), ("1/3",))),  # the second margin is 2
        (((1,), (1,)), ((2,), (-1,))),
        (((1,), (2,)), ((0,), ("1/2",))),
        (((1,), (2,)), ((2,), (0,))),
    ],
)
def test_multipliers_that_are_none_are_found_by_both(points: Any, multipliers: Any, tmp_path: Path) -> None:
    one = rows((1,))
    matrices = {"points": rows(*points), "labels": rows((1,), (1,)), "layer 1": one, "multipliers": rows(*multipliers)}
    certificate = Certificate("K3 KKT", matrices)
    assert confirmed(tmp_path / "c.json", certificate, RESULTS["kkt"].judgement) == ("wrong", "wrong")
    assert confirmed(tmp_path / "c.json", certificate, judge(certificate)) == ("refuted", "refuted")
    right = Certificate("K3 KKT", {**matrices, "multipliers": rows((1,), (0,))})
    assert judge(right).verdict == "certified"


def test_points_beyond_the_unit_ball_are_found_by_both(tmp_path: Path) -> None:
    certificate, certified = RESULTS["depth"]
    far = Certificate(
        "K2 depth", {**certificate.matrices, "points": rows(("5/4", 0), (-1, 0), (0, 1), (0, -1))}, certificate.numbers
    )
    judgement = judge(far)
    assert judgement.reason == "fails: labels are 1 or -1, and |x|^2 <= 1 at every point"
    assert confirmed(tmp_path / "c.json", far, certified) == ("wrong", "wrong")
    assert confirmed(tmp_path / "c.json", far, judgement) == ("refuted", "refuted")


def test_norms_that_bound_too_little_are_found_by_both(tmp_path: Path) -> None:
    certificate = RESULTS["depth"].certificate
    small = (tuple(value / 4 for value in certificate.matrices["norms"][0]),)
    weak = Certificate("K2 depth", {**certificate.matrices, "norms": small}, certificate.numbers)
    judgement = judge(weak)
    assert judgement.reason == "fails: the stable ranks of the network itself have a product of at most mean^depth"
    assert confirmed(tmp_path / "c.json", weak, RESULTS["depth"].judgement) == ("wrong", "wrong")
    assert confirmed(tmp_path / "c.json", weak, judgement) == ("refuted", "refuted")


def test_weights_off_their_law_and_bounds_that_say_nothing_are_found_by_both(tmp_path: Path) -> None:
    certificate, certified = RESULTS["simulation"]
    for change in (
        {"step": mpq(1, 3)},
        {"step": mpq(0)},
        {"step": mpq(-1, 2)},
        {"most": mpq(1)},
        {"low": mpq(0)},
        {"low": mpq(-1, 9)},
    ):
        other = Certificate("W1 simulation", certificate.matrices, {**certificate.numbers, **change})
        judgement = judge(other)
        assert judgement.verdict == "refuted", change
        assert confirmed(tmp_path / "c.json", other, certified) == ("wrong", "wrong"), change
        assert confirmed(tmp_path / "c.json", other, judgement) == ("refuted", "refuted"), change


def test_a_refuted_one_that_says_certified_and_the_other_way_round(tmp_path: Path) -> None:
    certificate, judgement = RESULTS["kkt"]
    false = Judgement("refuted", "fails: labels are 1 or -1", ())
    assert confirmed(tmp_path / "c.json", certificate, false) == ("wrong", "wrong")
    document = document_of(certificate, judgement, 0)
    assert both(tmp_path / "c.json", {**document, "reason": "none"})[1] == "wrong"
    assert both(tmp_path / "c.json", {**document, "verdict": "refuted"})[1] == "wrong"


def edits() -> dict[str, Callable[[dict[str, Any]], object]]:
    """Changes of a document that no reader can make sense of."""
    rows = lambda d: d["matrices"]["points"]["rows"]  # noqa: E731
    return {
        "no matrices": lambda d: d.pop("matrices"),
        "a field more": lambda d: d.update(more=1),
        "a matrix more": lambda d: d["matrices"].update({"more": d["matrices"]["points"]}),
        "a matrix less": lambda d: d["matrices"].pop("labels"),
        "a layer less": lambda d: d["matrices"].pop("layer 1"),
        "another statement": lambda d: d.update(statement="K4"),
        "another of the statements": lambda d: d.update(statement="K1 flow"),
        "another verdict": lambda d: d.update(verdict="perhaps"),
        "denominator 0": lambda d: d["matrices"]["points"].update(over="0"),
        "denominator -1": lambda d: d["matrices"]["points"].update(over="-1"),
        "denominator as a number": lambda d: d["matrices"]["points"].update(over=1),
        "no rows": lambda d: d["matrices"]["points"].update(rows=[]),
        "rows of different lengths": lambda d: rows(d).__setitem__(0, "1"),
        "a row as a list": lambda d: rows(d).__setitem__(0, [1, 0]),
        "an empty row": lambda d: rows(d).__setitem__(0, ""),
        "a fraction in a row": lambda d: rows(d).__setitem__(0, "1/2 0"),
        "two blanks": lambda d: rows(d).__setitem__(0, "1  0"),
        "digits of another script": lambda d: rows(d).__setitem__(0, "١ 0"),
        "a huge number": lambda d: rows(d).__setitem__(0, "1" * 5000 + " 0"),
        "a number as a number": lambda d: d.update(numbers={"mean": 3}),
        "a number with denominator 0": lambda d: d.update(numbers={"mean": "3/0"}),
        "a number more": lambda d: d["numbers"].update(low="1"),
    }


@pytest.mark.parametrize("name", edits())
def test_malformed_ones_are_unusable(name: str, tmp_path: Path) -> None:
    document = copy.deepcopy(document_of(*RESULTS["depth"], 0))
    edits()[name](document)
    assert both(tmp_path / "c.json", document) == ("unusable", "unusable")


def test_minors_of_order_two() -> None:
    matrices = [
        [[0, 0], [1, 2], [2, 4]],
        [[0, 0], [0, 2], [1, 4]],
        [[1, 0], [0, 0]],
        [[0, 0]],
        [[0, 1], [0, 3]],
        [[0, 1], [1, 0]],
    ]
    found = [has_minor([tuple(map(Fraction, row)) for row in matrix]) for matrix in matrices]
    assert found == [False, True, False, False, False, True]


def test_too_many_clauses_are_refused(tmp_path: Path) -> None:
    document = document_of(*RESULTS["simulation"], 0)
    document["matrices"]["assignment"]["rows"] = [" ".join(["1"] * 60)]
    document["matrices"]["forms"]["rows"] = [" ".join(["-1"] * 60)] * 2
    document["numbers"]["literals"] = "30"
    assert both(tmp_path / "c.json", document) == ("unusable", "unusable")


def test_matrices_that_are_too_large_to_eliminate_are_refused() -> None:
    identity = [[int(i == j) for j in range(730)] for i in range(730)]
    with pytest.raises(Unusable, match="minors of a 730 x 730"):
        definite(identity)
    assert definite([row[:40] for row in identity[:40]])
