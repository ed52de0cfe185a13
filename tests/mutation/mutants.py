"""Plausible one-line mistakes in what verdicts rest on; each must be found by the tests that concern its module.

``python -m tests.mutation.mutants [--only TEXT] [--seconds N]`` puts each mistake into a copy of the package, runs the tests
named with it, and lists the survivors; status 1 if there are any, or if a line is not there any more. A mutant that changes
nothing that can be seen has the reason beside it instead of tests.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.table import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]


@dataclass
class Result:
    """What became of a mutant: ``killed``, ``survived``, ``equivalent`` or ``stale``."""

    outcome: str
    seconds: float = 0.0
    by: str = ""


def apply(folder: Path, mutant: Mutant) -> str | None:
    """Put a mutant into the copy; the text of the file as it was, None if the line is not there exactly once."""
    path = folder / "exactnet" / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        return None
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    return text


def run(folder: Path, mutant: Mutant, seconds: int) -> Result:
    """The tests of a mutant, in the copy. Tests that do not end have found it."""
    if mutant.equivalent:
        return Result("equivalent")
    path = folder / "exactnet" / mutant.file
    before = apply(folder, mutant)
    if before is None:
        return Result("stale")
    begun = time.monotonic()
    try:
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", *mutant.tests]
        environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
        failed = next((line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))), "")
        outcome = "killed" if done.returncode == 1 else "survived" if done.returncode == 0 else f"status {done.returncode}"
        return Result(outcome, time.monotonic() - begun, failed.partition(" - ")[0])
    except subprocess.TimeoutExpired:
        return Result("killed", time.monotonic() - begun, "time")
    finally:
        path.write_text(before, encoding="utf-8")


def copy(folder: Path) -> None:
    """What tests need of the project."""
    for name in ("exactnet", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)


def unmutated(folder: Path, mutants: Sequence[Mutant]) -> int:
    """The tests of all mutants together, on the package as it is: they must pass."""
    files = sorted({file for mutant in mutants for file in mutant.tests})
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", *files]
    return subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)}, check=False).returncode


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="mutants of files whose names contain this")
    parser.add_argument("--from", dest="first", type=int, default=1, metavar="N", help="begin with this one")
    parser.add_argument("--seconds", type=int, default=600, help="the most for one mutant")
    parser.add_argument("--unmutated", action="store_true", help="run the tests without a mutant first")
    options = parser.parse_args(arguments)
    chosen = [(i, m) for i, m in enumerate(MUTANTS, 1) if options.only in m.file and i >= options.first]
    counts: dict[str, int] = {}
    left: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy(folder)
        if options.unmutated and unmutated(folder, [mutant for _, mutant in chosen]):
            print("the tests fail without a mutant")
            return 1
        for i, mutant in chosen:
            result = run(folder, mutant, options.seconds)
            counts[result.outcome] = counts.get(result.outcome, 0) + 1
            what = f"{i:3} {mutant.file}: {mutant.old.strip()!r} -> {mutant.new.strip()!r}"
            print(f"{result.outcome:10} {result.seconds:5.0f} s {what} {result.by}", flush=True)
            if result.outcome not in ("killed", "equivalent"):
                left.append(what)
    print(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    print("\n".join(left))
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
