"""The one table of statements has every name that certificates have, and each is on a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import exactnet
from exactnet.claims.statements import OTHER_STATEMENTS, STATEMENTS
from exactnet.files.euaf import STATEMENTS as OF_EUAF
from exactnet.recheck.certificate import RELATION_OF

PACKAGE = Path(exactnet.__file__).parent
SCHEMAS = PACKAGE / "files" / "schemas"


def test_names_are_those_of_the_formats() -> None:
    named = set()
    for schema in ("matrices", "euaf", "depth"):
        statement = json.loads((SCHEMAS / f"{schema}.schema.json").read_text())["properties"]["statement"]
        named |= set(statement["enum"] if "enum" in statement else statement["const"].split())
    assert set(OF_EUAF.values()) < named
    assert set(OTHER_STATEMENTS) == named | {"R2", "E1", "E2"}  # in the first lines that recheck prints, or of the format for reals
    assert set(STATEMENTS) == set(RELATION_OF)


@pytest.mark.parametrize("name", [*OTHER_STATEMENTS, "M1", "R1 within"])
def test_every_statement_is_on_a_page(name: str) -> None:
    docs = PACKAGE.parent / "docs"
    number = name.partition(" ")[0]
    pages = ("memorize", "radial", "entropy", "euaf", "rank", "infinite-depth", "natural-weights")
    assert any(number in (docs / f"{page}.md").read_text(encoding="utf-8") for page in pages)
