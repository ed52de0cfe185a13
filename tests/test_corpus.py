"""Certificates on disk: ``check`` and ``recheck`` say of each what the name of its folder says (``tests/corpus/make.py``)."""

from __future__ import annotations

from pathlib import Path

import pytest

import exactnet as ex
from exactnet import recheck

CORPUS = Path(__file__).parent / "corpus"
#: What recheck takes as given: fields that say how a network was made, and bounds' expressions (docs/certificate.md).
ON_TRUST = {"definition", "bound-missing"}


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


def test_there_is_a_case_of_everything() -> None:
    assert {name[:2] for name in cases("certified")} == {"s1", "s2", "s3", "s5", "s6", "s7", "re"}
    assert len(cases("wrong")) >= 15
    assert len(cases("unusable")) >= 8
    assert cases("refuted")
