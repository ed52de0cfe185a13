"""The notebooks of the site run from top to bottom (the site builds them again, with their outputs)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
CELL = re.compile(r"^```\{code-cell\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.md")))
def test_a_notebook_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (FOLDER / name).read_text()
    cells = [re.sub(r"^:.*\n", "", cell, flags=re.MULTILINE) for cell in CELL.findall(text)]
    assert len(cells) >= 3
    names: dict[str, object] = {}
    for cell in cells:
        exec(compile(cell, name, "exec"), names)
