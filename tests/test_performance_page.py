"""docs/performance.md shows what docs/bench.json holds: one run of ``exactnet bench --json``.

``python tests/test_performance_page.py [FILE]`` writes the tables of the page from the file, which it copies first where one
is named.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from rich.console import Console

from exactnet.bench import Growth, Report, Row
from exactnet.cli.bench import tables

DOCS = Path(__file__).parents[1] / "docs"
PAGE, DATA = DOCS / "performance.md", DOCS / "bench.json"
#: The tables of the bench in their order, by the name that stands in the comment above a block of the page.
NAMES = ("machine", "rows", "rates", "growth", "slopes", "wide", "packing", "building", "floats")
BLOCK = re.compile(r"(<!-- bench: (\w+) -->\n```text\n)(.*?)(^```$)", re.MULTILINE | re.DOTALL)


def report() -> Report:
    """The run."""
    data = json.loads(DATA.read_text(encoding="utf-8"))
    rows = [Row(**{name: value for name, value in row.items() if name != "reached"}) for row in data["rows"]]
    return Report(**{**data, "rows": rows, "growth": [Growth(**growth) for growth in data["growth"]]})


def shown() -> dict[str, str]:
    """Every table as text."""
    found = {}
    for name, table in zip(NAMES, tables(report()), strict=True):
        console = Console(width=120, highlight=False, emoji=False, markup=False, color_system=None)
        with console.capture() as capture:
            console.print(table)
        found[name] = "".join(line.rstrip() + "\n" for line in capture.get().splitlines())
    return found


def written(page: str) -> str:
    """The page with the tables of the run."""
    now = shown()
    return BLOCK.sub(lambda found: found[1] + now[found[2]] + found[4], page)


def test_the_page_shows_the_run() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert sorted(found[2] for found in BLOCK.finditer(page)) == sorted(NAMES)
    assert written(page) == page


if __name__ == "__main__":
    if len(sys.argv) > 1:
        DATA.write_text(json.dumps(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
