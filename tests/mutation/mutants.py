"""Plausible one-line mistakes in what verdicts rest on; each must be found by the tests that concern its module.

``python -m tests.mutation.mutants [--only TEXT] [--seconds N]`` puts each mistake into a copy of the package, runs the tests
named with it, and lists the survivors; status 1 if there are any, or if a line is not there any more. A mutant that changes
nothing that can be seen has the reason beside it instead of tests.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import gmpy2  # noqa: F401  (these are imported once, and not for each mutant)
import hypothesis
import networkx  # noqa: F401
import numpy as np  # noqa: F401
import pytest
import sympy  # noqa: F401

from tests.mutation.table import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", "-W", "ignore::pytest.PytestAssertRewriteWarning")


@dataclass
class Result:
    """What became of a mutant: ``killed``, ``survived``, ``equivalent`` or ``stale``."""

    outcome: str
    seconds: float = 0.0
    by: str = ""


class QuickFirst:
    """Tests with one example run before those with many, and these with fewer: a mutant is mostly killed by the first."""

    def __init__(self, examples: int) -> None:
        self.examples = examples

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put them in order."""

        def examples(item: pytest.Item) -> int:
            inner: Any = getattr(item, "obj", None)
            if not hasattr(inner, "hypothesis"):
                return 0
            used = getattr(inner, "_hypothesis_internal_use_settings", None) or hypothesis.settings()
            fewer = hypothesis.settings(used, max_examples=min(used.max_examples, self.examples))
            getattr(inner, "__func__", inner)._hypothesis_internal_use_settings = fewer
            return int(fewer.max_examples)

        items.sort(key=examples)


def apply(folder: Path, mutant: Mutant) -> str | None:
    """Put a mutant into the copy; the text of the file as it was, None if the line is not there exactly once."""
    path = folder / "exactnet" / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        return None
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    return text


def run(folder: Path, mutant: Mutant, seconds: int, examples: int) -> Result:
    """The tests of a mutant, in the copy. Tests that do not end have found it."""
    if mutant.equivalent:
        return Result("equivalent")
    path = folder / "exactnet" / mutant.file
    before = apply(folder, mutant)
    if before is None:
        return Result("stale")
    begun = time.monotonic()
    try:
        status, printed = pytest_apart(folder, mutant.tests, seconds, examples)
        failed = next((line for line in printed.splitlines() if line.startswith(("FAILED", "ERROR"))), "")
        outcome = {0: "survived", 1: "killed", 2: "killed", None: "killed"}.get(status, f"status {status}")
        return Result(outcome, time.monotonic() - begun, failed.partition(" - ")[0] or "time" * (status is None))
    finally:
        path.write_text(before, encoding="utf-8")


def pytest_apart(folder: Path, files: Sequence[str], seconds: int, examples: int) -> tuple[int | None, str]:
    """Run pytest in the copy, in a process that has the libraries imported, but nothing of the project.

    The exit status (None: not done in time) and what it printed.
    """
    log = folder / "log"
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status: int = 3
        try:
            with log.open("wb") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            os.setpgid(0, 0)
            os.chdir(folder)
            for name in [name for name in sys.modules if name.partition(".")[0] in ("exactnet", "tests")]:
                del sys.modules[name]
            sys.path[:] = [str(folder), *(place for place in sys.path if place not in ("", str(ROOT)))]
            sys.dont_write_bytecode = True
            leave_out_what_follows_certify()
            os.environ["PYTHONPATH"] = str(folder)
            status = int(pytest.main([*OPTIONS, *files], plugins=[QuickFirst(examples)]))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pid, ended = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(ended), log.read_text(errors="replace")
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None, ""


def leave_out_what_follows_certify() -> None:
    """What runs after every ``certify`` of a test (tests/checked_again.py) imports all routes: here tests find mutants alone."""
    stub = ModuleType("tests.checked_again")
    stub.recorded = lambda: nullcontext(())  # type: ignore[attr-defined]
    stub.check_again = lambda folder, made: None  # type: ignore[attr-defined]
    sys.modules["tests.checked_again"] = stub


def copy(folder: Path) -> None:
    """What tests need of the project."""
    for name in ("exactnet", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="mutants of files whose names contain this")
    parser.add_argument("--from", dest="first", type=int, default=1, metavar="N", help="begin with this one")
    parser.add_argument("--seconds", type=int, default=600, help="the most for one mutant")
    parser.add_argument("--examples", type=int, default=50, help="the most examples of a property-based test")
    parser.add_argument("--unmutated", action="store_true", help="run the tests without a mutant first")
    options = parser.parse_args(arguments)
    chosen = [(i, m) for i, m in enumerate(MUTANTS, 1) if options.only in m.file and i >= options.first]
    counts: dict[str, int] = {}
    left: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy(folder)
        files = sorted({file for _, mutant in chosen for file in mutant.tests})
        if options.unmutated and pytest_apart(folder, files, 10**6, options.examples)[0] != 0:
            print("the tests fail without a mutant")
            return 1
        for i, mutant in chosen:
            result = run(folder, mutant, options.seconds, options.examples)
            counts[result.outcome] = counts.get(result.outcome, 0) + 1
            what = f"{i:3} {mutant.file}: {mutant.old.strip()!r} -> {mutant.new.strip()!r}"
            print(f"{result.outcome:10} {result.seconds:5.0f} s {what} {result.by}", flush=True)
            if result.outcome not in ("killed", "equivalent"):
                left.append(what)
    print(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    print(*left, sep="\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
