"""docs/performance.md shows what docs/bench.json holds, a run of ``exactnet bench --json`` (see ``docs/make.py``)."""

from __future__ import annotations

from docs.make import PERFORMANCE, TABLE, TABLES, with_tables


def test_the_page_shows_the_run() -> None:
    page = PERFORMANCE.read_text(encoding="utf-8")
    assert sorted(found[2] for found in TABLE.finditer(page)) == sorted(TABLES)
    assert with_tables(page) == page
