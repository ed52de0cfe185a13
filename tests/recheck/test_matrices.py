"""Certificates about matrices: ``check`` and ``recheck`` agree on right, changed, forged and malformed ones."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exactnet.claims.matrices.certificate import Judgement, judge
from exactnet.files.matrices_writer import document_of
from exactnet.kernel.errors import ExactnetError
from exactnet.recheck import Unusable
from exactnet.recheck.matrices import definite
from tests.matrices import both, changed, confirmed, results

RESULTS = results()
#: Changes that leave a certificate true: weaker bounds, and starts from which the limit is the same.
STILL_TRUE = {
    "obtuse": {"high +1", "low -1", "start[0][0] +1"},  # along the row's own point
    "acute": {"high +1", "low -1", "start[0][1] +1", "start[1][0] +1", "start[1][1] +1"},  # in the box of the row
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
