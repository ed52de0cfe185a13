"""The rows of mutants: each names a line that stands once in its file, and tests that are there."""

from __future__ import annotations

from pathlib import Path

from tests.mutation.table import MUTANTS

ROOT = Path(__file__).parents[2]


def test_every_row_names_one_place_and_tests_that_are_there() -> None:
    texts = {file: (ROOT / "exactnet" / file).read_text(encoding="utf-8") for file in {mutant.file for mutant in MUTANTS}}
    assert [(m.file, m.old) for m in MUTANTS if texts[m.file].count(m.old) != 1] == []
    assert [test for mutant in MUTANTS for test in mutant.tests if not (ROOT / test).exists()] == []
    assert [(m.file, m.old) for m in MUTANTS if m.old == m.new] == []
