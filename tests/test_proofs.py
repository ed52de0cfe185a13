"""The companion's tables: the committed quick set is what a fresh run gives, and --check notices a change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from proofs.__main__ import main

ROOT = Path(__file__).resolve().parent.parent
TABLES = ROOT / "docs" / "tables"


def test_the_committed_quick_tables_are_fresh_and_a_changed_one_is_noticed(tmp_path: Path) -> None:
    shutil.copytree(TABLES, tmp_path / "tables")
    run = CliRunner().invoke(main, ["--check", "--quick", "--out", str(tmp_path / "tables")])
    assert run.exit_code == 0, run.output
    changed = tmp_path / "tables" / "s1-quick.csv"
    changed.write_text(changed.read_text().replace("certified", "refuted", 1))
    run = CliRunner().invoke(main, ["--check", "--quick", "--out", str(tmp_path / "tables")])
    assert run.exit_code == 1
    assert "s1-quick.csv" in run.output


@pytest.mark.parametrize("name", ["s1", "s1-quick"])
def test_the_largest_weight_does_not_grow_with_the_bits(name: str) -> None:
    """Golden: in the committed table every weight is within (d+3)^3/4 = 1331/4, from 20 bits up."""
    rows = (TABLES / f"{name}.csv").read_text().splitlines()
    heads = rows[0].split(",")
    weights = [int(row.split(",")[heads.index("largest weight")]) for row in rows[1:]]
    sizes = [int(row.split(",")[0]) for row in rows[1:]]
    assert sizes[0] == 20
    assert sizes == sorted(sizes)
    assert 4 * max(weights) <= 11**3
