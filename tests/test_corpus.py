"""Certificates on disk: ``check`` and ``recheck`` say of each what the name of its folder says (``tests/corpus/make.py``)."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

import exactnet as ex
from exactnet import recheck
from exactnet.check.formats import CHECKS
from exactnet.claims.statements import OTHER_STATEMENTS, STATEMENTS
from tests.amount import every

CORPUS = Path(__file__).parent / "corpus"
#: What recheck takes as given: fields that say how a network was made, and bounds' expressions (docs/certificate.md).
ON_TRUST = {"definition", "bound-missing"}


#: Fields that, changed, say something else that is true as well: other inputs, looser numbers, a function nearby.
STILL_TRUE = re.compile(
    r"(?!.*clipped).+/promised|(m1|s1-points)/domain/points/.*|claim-lipschitz/points/.*|(e1|reals-box)/domain/high"
    r"|(k1|k2|w1)/(numbers|matrices/norms)/.*|r2.*/(p|cells|target/.*)|u[12]/(intervals|claim/labels)/.*|u3/claim/values/3"
)
#: Fields that ``recheck`` takes as given: how a network was made, and the expressions of bounds.
GIVEN = re.compile(r".+/(route|options/.*|parameters/[Bs]|definitions/.*|bounds/\d+(/symbolic)?|inputs/x/bits/.*)")


def cases(kind: str) -> list[str]:
    return sorted(path.parent.name for path in (CORPUS / kind).glob("*/c.json"))


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in ("certified", "refuted") for name in cases(kind)])
def test_right_certificates_are_confirmed(kind: str, name: str) -> None:
    path = CORPUS / kind / name / "c.json"
    assert ex.check(path).verdict == kind
    assert list(recheck.recheck(str(path)))[-1] == kind


@pytest.mark.parametrize("name", cases("wrong"))
def test_wrong_certificates_are_found_out(name: str) -> None:
    path = CORPUS / "wrong" / name / "c.json"
    checked = ex.check(path)
    assert checked.verdict == "wrong"
    assert checked.reason
    assert "\n" not in checked.reason
    if name not in ON_TRUST:
        with pytest.raises((recheck.Wrong, recheck.Unusable)):
            list(recheck.recheck(str(path)))


@pytest.mark.parametrize("name", cases("unusable"))
def test_unusable_certificates_are_one_line(name: str) -> None:
    path = CORPUS / "unusable" / name / "c.json"
    with pytest.raises(ex.ExactnetError) as caught:
        ex.check(path)
    assert "\n" not in str(caught.value)
    with pytest.raises((recheck.Unusable, recheck.Wrong)):
        list(recheck.recheck(str(path)))


def changes(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every field of a document with another value, and each left out (``...``)."""
    if isinstance(value, (dict, list)):
        keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
        for key in keys:
            yield from changes(value[key], (*place, key))
        yield from (((*place, key), ...) for key in keys[-1:] + keys[:-1] * isinstance(value, dict))
    elif isinstance(value, bool):
        yield place, not value
    elif isinstance(value, int):
        yield place, value + 1
    elif value is None:
        yield place, "x"
    else:
        yield place, re.sub(r"(\d+)?$", lambda last: str(int(last[0]) + 1) if last[0] else "x", value, count=1)


def changed(document: Any, place: tuple[str | int, ...], value: Any) -> Any:
    """A copy with one change."""
    document = deepcopy(document)
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return document


@pytest.mark.parametrize("name", cases("certified"))
def test_no_field_can_say_anything_else(name: str, tmp_path: Path) -> None:
    """One field changed or left out: the certificate is wrong or unusable, unless what it says is true nevertheless."""
    shutil.copytree(CORPUS / "certified" / name, tmp_path / "case")
    path = tmp_path / "case" / "c.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    tried = [(place, value) for place, value in changes(document) if place[0] not in ("versions", "run")]
    for place, value in every(tried, 7):
        path.write_text(json.dumps(changed(document, place, value)), encoding="utf-8")
        field = "/".join(map(str, (name, *place)))
        try:
            checked = ex.check(path).verdict
        except ex.ExactnetError:
            checked = "unusable"
        try:
            rechecked = list(recheck.recheck(str(path)))[-1]
        except (recheck.Wrong, recheck.Unusable):
            rechecked = "wrong"
        if not STILL_TRUE.fullmatch(field):
            assert checked in ("wrong", "unusable"), f"{field} = {value}"
            assert rechecked == "wrong" or GIVEN.fullmatch(field), f"recheck: {field} = {value}"


def test_there_is_a_case_of_everything() -> None:
    documents = [json.loads((CORPUS / "certified" / name / "c.json").read_text(encoding="utf-8")) for name in cases("certified")]
    assert {document["format"] for document in documents} == set(CHECKS)
    said = " ".join(json.dumps(document.get("statement", "")) for document in documents)
    assert {name for name in STATEMENTS if f'"{name}"' not in said} == set()
    said += " ".join(cases("certified")).upper()
    assert {name for name in OTHER_STATEMENTS if name.partition(" ")[0] not in said} == set()
    assert len(cases("wrong")) >= 15
    assert len(cases("unusable")) >= 8
    assert cases("refuted")
