"""Plausible one-line mistakes in what verdicts rest on; each must be found by the tests that concern its module.

``python -m tests.mutation.mutants [--only TEXT] [--seconds N]`` puts each mistake into a copy of the package, runs the tests
named with it, and lists the survivors; status 1 if there are any, or if a line is not there any more. A mutant that changes
nothing that can be seen has the reason beside it instead of tests.

Mutants with the same tests share one process that has collected them: a fork of it gives the functions of the module the
code of the changed text. Where more than functions differ, and where no test fails so, everything is imported anew. Times are
those of computing, so that a busy machine kills no mutant.
"""

from __future__ import annotations

import argparse
import compileall
import gc
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from inspect import CO_OPTIMIZED
from itertools import groupby
from pathlib import Path
from py_compile import PycInvalidationMode
from types import CodeType, FunctionType, ModuleType
from typing import Any

import gmpy2  # noqa: F401  (these are imported once, and not for each mutant)
import hypothesis
import networkx  # noqa: F401
import numpy as np  # noqa: F401
import pytest
import sympy  # noqa: F401
from _pytest.main import pytest_runtestloop

from tests.mutation.mutant import Mutant
from tests.mutation.table import MUTANTS

ROOT = Path(__file__).parents[2]
OPTIONS = ("-x", "-q", "-s", "-p", "no:cacheprovider", "--hypothesis-seed=0", "-W", "ignore::pytest.PytestAssertRewriteWarning")
#: The exit status of a fork where more than the code of functions differs.
NOT_PATCHED = 77


@dataclass
class Result:
    """What became of a mutant: ``killed``, ``survived``, ``equivalent`` or ``stale``."""

    outcome: str
    seconds: float = 0.0
    by: str = ""


class QuickFirst:
    """Tests with one example run before those with many, and these with fewer: a mutant is mostly killed by the first."""

    def __init__(self, examples: int) -> None:
        self.examples, self.failed = examples, ""

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

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember what fails first."""
        if report.failed and not self.failed:
            self.failed = report.nodeid


class Together(QuickFirst):
    """In place of the tests: forks that run them, one for each mutant."""

    def __init__(
        self, folder: Path, options: argparse.Namespace, mutants: Sequence[Mutant], tell: Callable[[Result], object]
    ) -> None:
        super().__init__(options.examples)
        self.folder, self.seconds, self.mutants, self.tell = folder, options.seconds, mutants, tell

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """One after the other."""
        for mutant in self.mutants:
            path = self.folder / "exactnet" / mutant.file
            before = path.read_text(encoding="utf-8")
            after = before.replace(mutant.old, mutant.new)

            def mutated(path: Path = path, before: str = before, after: str = after) -> int:
                if session.testsfailed or not patch(str(path), before, after):
                    return NOT_PATCHED
                try:
                    pytest_runtestloop(session)
                except (session.Failed, session.Interrupted):
                    (self.folder / "killer").write_text(self.failed)
                    return 1
                return 0

            path.write_text(after, encoding="utf-8")
            try:
                self.tell(result_of(self.folder, *forked(mutated, self.seconds)))
            finally:
                path.write_text(before, encoding="utf-8")
        return True


def patch(place: str, before: str, after: str) -> bool:
    """Give the functions of a loaded module the code of another text; False if more than that differs."""
    changed: dict[CodeType, CodeType] = {}

    def match(one: CodeType, other: CodeType) -> bool:
        constants = [[c for c in code.co_consts if not isinstance(c, CodeType)] for code in (one, other)]
        inner = [[c for c in code.co_consts if isinstance(c, CodeType)] for code in (one, other)]
        if one.co_flags & CO_OPTIMIZED:  # a function
            if one != other:
                changed[one] = other
            return True
        same = (one.co_code, one.co_names, constants[0]) == (other.co_code, other.co_names, constants[1])
        return same and len(inner[0]) == len(inner[1]) and all(map(match, *inner))  # a module or a class

    if not match(compile(before, place, "exec"), compile(after, place, "exec")):
        return False
    functions = [f for f in gc.get_objects() if type(f) is FunctionType and f.__code__.co_filename == place]
    chosen = [(f, changed[f.__code__]) for f in functions if f.__code__ in changed]
    if not chosen or any(f.__code__.co_freevars != code.co_freevars for f, code in chosen):
        return False
    for function, code in chosen:
        function.__code__ = code
    return True


def forked(run: Callable[[], int], seconds: int, log: str = os.devnull) -> tuple[int | None, float]:
    """Run something in a fork: its exit status (None: not done in time), and the seconds of computing."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status: int = 3
        try:
            with open(log, "wb") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            status = run()
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    until = time.monotonic() + 20 * seconds
    while True:
        pid, ended, usage = os.wait4(child, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(ended)
            return None if code < 0 else code, usage.ru_utime + usage.ru_stime
        if time.monotonic() > until:
            os.killpg(child, signal.SIGKILL)
        time.sleep(0.02)


def result_of(folder: Path, status: int | None, seconds: float) -> Result:
    """What an exit status of pytest says of a mutant. Tests that do not end have found it."""
    outcome = {0: "survived", 1: "killed", 2: "killed", None: "killed", NOT_PATCHED: "apart"}.get(status, f"status {status}")
    killer = folder / "killer"
    by = "time" if status is None else killer.read_text() if killer.exists() else ""
    killer.unlink(missing_ok=True)
    return Result(outcome, seconds, by)


def in_the_copy(folder: Path, files: Sequence[str], plugin: QuickFirst, *options: str) -> int:
    """Run pytest in the copy, with the libraries imported, but nothing of the project."""
    os.chdir(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("exactnet", "proofs", "tests")]:
        del sys.modules[name]
    sys.path[:] = [str(folder), *(place for place in sys.path if place not in ("", str(ROOT)))]
    sys.dont_write_bytecode = "--collect-only" not in options
    leave_out_what_follows_certify()
    os.environ["PYTHONPATH"] = str(folder)
    status = int(pytest.main([*OPTIONS, *options, f"--basetemp={folder / 'tmp'}", *files], plugins=[plugin]))
    if plugin.failed:
        (folder / "killer").write_text(plugin.failed)
    return status


def leave_out_what_follows_certify() -> None:
    """What runs after every ``certify`` of a test (tests/checked_again.py) imports all routes: here tests find mutants alone."""
    stub = ModuleType("tests.checked_again")
    stub.recorded = lambda: nullcontext(())  # type: ignore[attr-defined]
    stub.check_again = lambda folder, made: None  # type: ignore[attr-defined]
    sys.modules["tests.checked_again"] = stub


def copy(folder: Path, files: Sequence[str], seconds: int) -> None:
    """What tests need of the project, compiled: modules are compiled anew where their text differs, by its digest."""
    for name in ("exactnet", "proofs", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    compileall.compile_dir(folder / "exactnet", quiet=1, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
    forked(lambda: in_the_copy(folder, files, QuickFirst(1), "--collect-only"), seconds)  # pytest keeps what it compiles


def run(folder: Path, mutants: Sequence[Mutant], options: argparse.Namespace) -> Iterator[tuple[Mutant, Result]]:
    """What became of mutants with the same tests."""
    files, again = mutants[0].tests, list[Mutant]()
    reading, writing = os.pipe()

    def together() -> int:
        os.close(reading)
        tell = lambda result: os.write(writing, json.dumps(asdict(result)).encode() + b"\n")  # noqa: E731
        return in_the_copy(folder, files, Together(folder, options, mutants, tell))

    child = os.fork()
    if child == 0:
        try:
            with open(os.devnull, "wb") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            together()
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as told:
        results = (Result(**json.loads(line)) for line in told)
        for mutant in mutants:
            result = next(results, Result("apart"))
            if result.outcome == "killed":
                yield mutant, result
            else:
                again.append(mutant)
    os.waitpid(child, 0)
    for mutant in again:
        path = folder / "exactnet" / mutant.file
        before = path.read_text(encoding="utf-8")
        path.write_text(before.replace(mutant.old, mutant.new), encoding="utf-8")
        try:
            status = forked(lambda: in_the_copy(folder, files, QuickFirst(options.examples)), options.seconds, str(folder / "log"))
            yield mutant, result_of(folder, *status)
        finally:
            path.write_text(before, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="mutants of files whose names contain this")
    parser.add_argument("--from", dest="first", type=int, default=1, metavar="N", help="begin with this one")
    parser.add_argument("--to", dest="last", type=int, default=len(MUTANTS), metavar="N", help="end with this one")
    parser.add_argument("--seconds", type=int, default=300, help="the most computing for one mutant")
    parser.add_argument("--examples", type=int, default=50, help="the most examples of a property-based test")
    parser.add_argument("--unmutated", action="store_true", help="run the tests without a mutant first")
    options = parser.parse_args(arguments)
    os.environ["EXACTNET_TESTS"] = "all"  # every instance but for examples (tests/amount.py)
    numbers = {id(mutant): i for i, mutant in enumerate(MUTANTS, 1)}
    chosen = [m for m in MUTANTS if options.only in m.file and options.first <= numbers[id(m)] <= options.last]
    counts: dict[str, int] = {}
    left: list[str] = []
    total = 0.0

    def say(mutant: Mutant, result: Result) -> None:
        nonlocal total
        total += result.seconds
        counts[result.outcome] = counts.get(result.outcome, 0) + 1
        what = f"{numbers[id(mutant)]:3} {mutant.file}: {mutant.old.strip()!r} -> {mutant.new.strip()!r}"
        print(f"{result.outcome:10} {result.seconds:5.1f} s {what} {result.by}", flush=True)
        if result.outcome not in ("killed", "equivalent"):
            left.append(what)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = sorted({file for mutant in chosen for file in mutant.tests})
        copy(folder, files, options.seconds)
        if options.unmutated and forked(lambda: in_the_copy(folder, files, QuickFirst(options.examples)), 10**6)[0] != 0:
            print("the tests fail without a mutant")
            return 1
        usable = []
        for mutant in chosen:
            there = (folder / "exactnet" / mutant.file).read_text(encoding="utf-8").count(mutant.old) == 1
            if mutant.equivalent or not there:
                say(mutant, Result("equivalent" if there else "stale"))
            else:
                usable.append(mutant)
        for _, group in groupby(usable, key=lambda mutant: mutant.tests):
            for mutant, result in run(folder, list(group), options):
                say(mutant, result)
    print(", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items())), f"in {total / 60:.0f} minutes of computing")
    print(*left, sep="\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
