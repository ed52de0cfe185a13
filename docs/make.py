"""Make the pages of docs/ and README.md anew: what commands print, and the tables of the benchmark.

``python docs/make.py [PAGE ...] [--bench FILE]`` runs the console blocks of the pages (all of them, if none is named) and writes
what the commands print now, abridged as before; with ``--bench``, a run of ``exactnet bench --json`` becomes that of performance.md
first. ``python -m proofs`` makes the companion, its tables and figures; ``python -m exactnet.bench.structural --write`` the table
of structural.md. ``tests/docs`` holds all of it to what happens.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from exactnet.bench.measurements import Growth, Report, Row
from exactnet.cli.bench import tables

__all__ = ["BLOCK", "PAGES", "PERFORMANCE", "TABLE", "TABLES", "agrees", "commands", "renewed", "shell", "with_tables"]

DOCS = Path(__file__).resolve().parent
PAGES = [DOCS.parent / "README.md", *sorted(DOCS.glob("*.md"))]
BLOCK = re.compile(r"^```(\w+|\{[\w-]+\})\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PERFORMANCE, RUN = DOCS / "performance.md", DOCS / "bench.json"
#: The tables of the bench in their order, by the name that stands in the comment above a block of the page.
TABLES = ("machine", "rows", "rates", "growth", "slopes", "wide", "packing", "building", "floats")
TABLE = re.compile(r"(<!-- bench: (\w+) -->\n```text\n)(.*?)(^```$)", re.MULTILINE | re.DOTALL)


def fold_times(text: str) -> list[str]:
    """The lines without trailing spaces, every time replaced by one and the same."""
    return [re.sub(r"\b\d+(\.\d+)? s$", "TIME", line.rstrip()) for line in text.splitlines()]


def agrees(expected: str, printed: str) -> bool:
    """Whether the text is as expected; a line ``...`` in ``expected`` stands for any number of lines."""
    parts = ["(?:.*\n)*?" if line.strip() == "..." else re.escape(line) + "\n" for line in fold_times(expected)]
    return re.fullmatch("".join(parts), "".join(line + "\n" for line in fold_times(printed))) is not None


def commands(block: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with what it is to print."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)
    assert parts[0] == "", f"output before the first command: {parts[0]!r}"
    yield from zip(parts[1::2], parts[2::2], strict=True)


def shell(command: str, folder: Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command by bash where ``exactnet`` and ``python`` are those of this interpreter; ``$?`` is ``status``."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", f"(exit {status}); {command}"],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        encoding="utf-8",
        timeout=900,
        check=False,
    )



def key(line: str) -> str:
    """What stays of a line when numbers change."""
    return " ".join(re.findall(r"[a-zA-Z]+", line)[:2]) or line[:1]


def renewed(expected: str, printed: str) -> str:
    """The text as printed, abridged where ``expected`` is.

    Raises :class:`ValueError` where the lines that ``expected`` shows are not found.
    """
    now = [line.rstrip() for line in printed.splitlines()]
    segments = [part.splitlines() for part in re.split(r"^\.\.\.$\n", expected, flags=re.MULTILINE)]
    shown, at = [], 0
    for number, segment in enumerate(segments):
        lines: list[str] = []
        if segment:
            while number and at < len(now) and key(now[at]) != key(segment[0]):
                at += 1
            if at >= len(now):
                raise ValueError(f"no line like {segment[0]!r} in:\n{printed}")
            stop = at + 1
            while stop < len(now) and (number == len(segments) - 1 or key(now[stop - 1]) != key(segment[-1])):
                stop += 1
            lines, at = now[at:stop], stop
        shown.append("".join(f"{line}\n" for line in lines))
    return "...\n".join(shown)


def renew(page: Path, folder: Path) -> None:
    """Write what its console blocks print into a page."""

    def block(found: re.Match[str]) -> str:
        if found[1] != "console":
            return found[0]
        text, status = "", 0
        for command, expected in commands(found[2]):
            result = shell(command, folder, status)
            status = result.returncode
            right = agrees(expected, result.stdout)
            try:
                text += f"$ {command}\n" + (expected if right else renewed(expected, result.stdout))
            except ValueError as error:
                sys.exit(f"{page.name} is left as it was: $ {command}: {error}")
        return f"```console\n{text}```"

    page.write_text(BLOCK.sub(block, page.read_text(encoding="utf-8")), encoding="utf-8")


def bench_run() -> Report:
    """The run."""
    data = json.loads(RUN.read_text(encoding="utf-8"))
    rows = [Row(**{name: value for name, value in row.items() if name != "reached"}) for row in data["rows"]]
    return Report(**{**data, "rows": rows, "growth": [Growth(**growth) for growth in data["growth"]]})


def bench_tables() -> dict[str, str]:
    """Every table as text."""
    found = {}
    for name, table in zip(TABLES, tables(bench_run()), strict=True):
        console = Console(width=120, highlight=False, emoji=False, markup=False, color_system=None)
        with console.capture() as capture:
            console.print(table)
        found[name] = "".join(line.rstrip() + "\n" for line in capture.get().splitlines())
    return found


def with_tables(page: str) -> str:
    """The page with the tables of the run."""
    now = bench_tables()
    return TABLE.sub(lambda found: found[1] + now[found[2]] + found[4], page)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Make the pages of docs/ and README.md anew.")
    parser.add_argument("pages", nargs="*", type=Path, metavar="PAGE", help="Markdown files; all if none is named")
    parser.add_argument("--bench", type=Path, metavar="FILE", help="what `exactnet bench --json` printed")
    options = parser.parse_args()
    if options.bench is not None:
        RUN.write_text(json.dumps(json.loads(options.bench.read_text(encoding="utf-8")), indent=1) + "\n", encoding="utf-8")
    PERFORMANCE.write_text(with_tables(PERFORMANCE.read_text(encoding="utf-8")), encoding="utf-8")
    for page in options.pages or PAGES:
        with tempfile.TemporaryDirectory() as folder:
            renew(page, Path(folder))


if __name__ == "__main__":
    main()
