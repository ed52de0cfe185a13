"""Run every command on changed files and arguments, and report whatever no user should see.

``python -m tests.fuzz.commands --minutes 30 --seed 1``. Reported are: a traceback or an internal error; an exit status other
than 0, 1 and 2; more than 60 s of computing or 2 GiB; files that are left behind by a refused command; a refusal that is not
one line; a certificate just written that ``check`` or ``recheck`` does not find as it is; a certificate that ``check``
confirms and ``recheck`` does not. Each case is derived from the seed and its number: ``--case N`` runs that one alone.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.fuzz.mutate import change, change_arguments, write
from tests.fuzz.seeds import COMMANDS, FILES, write_seeds

SECONDS, RECHECK_SECONDS, MEMORY = 60, 50, 2 << 30
REAL_TIME = 150  # other processes may be busy too


@dataclass
class Outcome:
    """What came of a command."""

    status: int
    seconds: float
    memory: int
    text: str


@dataclass
class Case:
    """A command in a folder of its own, and what is wrong with it."""

    folder: Path
    arguments: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def run_apart(run: Callable[[], int], log: Path, seconds: int = SECONDS + 30) -> Outcome:
    """Run in a process of its own, with limits on time and memory; everything that it prints goes to ``log``."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        status = 99
        try:
            with log.open("wb") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            sys.stdin = open(os.devnull)  # noqa: SIM115
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 10))
            resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            status = run()
            sys.stdout.flush()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        except BaseException:
            import traceback

            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(status)
    until = time.monotonic() + REAL_TIME
    while True:
        pid, ended, usage = os.wait4(child, os.WNOHANG)
        if pid:
            break
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            until += 3600
        time.sleep(0.005)
    text = log.read_bytes()[-(2**18) :].decode(errors="replace")  # an argument that a line repeats may be long
    return Outcome(os.waitstatus_to_exitcode(ended), usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10, text)


def exactnet(arguments: Sequence[str], folder: Path) -> Outcome:
    """A command of exactnet."""

    def command() -> int:
        from exactnet.cli.program import program, run

        os.chdir(folder)
        return run(program, list(arguments))

    return run_apart(command, folder / "log")


def recheck(path: str, folder: Path) -> Outcome:
    """``python -m exactnet.recheck``; its limit on time is that of this process here."""

    def command() -> int:
        from exactnet.recheck import main

        os.chdir(folder)
        return main([path])

    outcome = run_apart(command, folder / "log.recheck", RECHECK_SECONDS)
    if outcome.status == -signal.SIGXCPU:
        return Outcome(2, outcome.seconds, outcome.memory, "recheck: the limit on time")
    return outcome


def known_options(name: str) -> set[str]:
    """The options of a command."""
    from exactnet.cli.program import program

    command = program.get_command(None, name)  # type: ignore[arg-type]
    return {option for parameter in getattr(command, "params", ()) for option in parameter.opts}


class Fuzzer:
    """Cases, one after the other."""

    def __init__(self, folder: Path, seed: int, keep: Path | None) -> None:
        self.seeds, self.work, self.seed, self.keep = folder / "seeds", folder / "work", seed, keep
        self.seeds.mkdir()
        os.environ["EXACTNET_DEBUG"] = "1"
        from exactnet.cli.program import program, run

        self.certificates = write_seeds(self.seeds, lambda arguments: run(program, arguments))
        self.options = {name: known_options(name) for name in {command[0] for command in COMMANDS}}
        self.found: dict[str, int] = {}
        self.counts = [0, 0, 0]

    def case(self, number: int) -> Case:
        """Make a case and run it."""
        rng = random.Random(f"{self.seed} {number}")
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        if rng.random() < 0.4:
            return self.changed_certificate(rng)
        case = Case(self.work)
        command = list(rng.choice(COMMANDS))
        for place, part in enumerate(command):
            if part in FILES or part == "barrier":
                if place:
                    self.copy(part)
            elif part.startswith("OUT"):
                command[place] = part.replace("OUT", "out")
        for extra in ("domain.json", "list.json"):
            self.copy(extra)
        used = [file for file in sorted(self.work.rglob("*")) if file.is_file()]
        used = [file for file in used if file.name in command or file.parent.name in command] or used
        if rng.random() < 0.75:
            file = rng.choice(used)
            file.write_bytes(change(rng, file.read_bytes(), file.name))
        case.arguments = command
        if rng.random() < 0.4:
            case.arguments = change_arguments(rng, command, self.options[command[0]])
        if "-q" in self.options[command[0]] and rng.random() < 0.7:
            case.arguments.append("-q")
        self.judge(case)
        return case

    def copy(self, name: str) -> None:
        """A seed into the folder of the case."""
        source, target = self.seeds / name, self.work / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)

    def judge(self, case: Case) -> None:
        """Run the command; and if it wrote a certificate, check it in both ways."""
        before = self.listing()
        outcome = exactnet(case.arguments, self.work)
        self.common(case, outcome, "exactnet")
        left = self.listing() - before
        if outcome.status == 2 and left:
            case.faults.append(f"refused, but left behind: {' '.join(sorted(left))}")
        if outcome.status not in (0, 1):
            return
        for name in sorted(left):
            path = self.work / name
            if path.suffix == ".json" and re.match(
                rb'\{\s*"format": "exactnet-(certificate|continuous)/', path.read_bytes()[:80]
            ):
                self.both(case, name, "just written")

    def both(self, case: Case, name: str, what: str) -> None:
        """``check`` and ``recheck`` of a certificate."""
        name = f"./{name}"  # a changed argument may have made it begin with a dash
        checked = exactnet(["check", "-q", name], self.work)
        self.common(case, checked, "exactnet", f" {what} check")
        again = recheck(name, self.work)
        self.common(case, again, "recheck", f" {what} recheck")
        says = checked.text.strip().splitlines()[-1:] or [""]
        right = (
            checked.status in (0, 1) and "wrong" not in says[0] and again.status in (0, 1) and "WRONG" not in again.text
        )
        if what == "just written" and not right:
            case.faults.append(f"just written, but check says {says[0]!r} and recheck {again.text.splitlines()[-1:]}")
        if checked.status == 0 and again.status != 0 and "limit" not in again.text:
            case.faults.append(f"confirmed by check, but not by recheck: {again.text.splitlines()[-1:]}")

    def listing(self) -> set[str]:
        """The files of the case, but for the logs."""
        return {str(file.relative_to(self.work)) for file in self.work.rglob("*") if not file.name.startswith("log")}

    def changed_certificate(self, rng: random.Random) -> Case:
        """A certificate of which a file was changed, with the digests put right where they would give it away."""
        case, name = Case(self.work), rng.choice(self.certificates)
        folder = self.seeds / Path(name).parent
        stem = Path(name).name.removesuffix(".json")
        for file in folder.iterdir():
            if file.name.startswith(f"{stem}."):
                shutil.copy(file, self.work / file.name)
        name = Path(name).name
        target = self.work / name if rng.random() < 0.7 else rng.choice([*self.work.iterdir()])
        data = change(rng, target.read_bytes(), target.name)
        target.write_bytes(data)
        if target.name != name and rng.random() < 0.8:
            self.sign(target, data)
        case.arguments = ["check", name]
        self.both(case, name, "changed")
        return case

    def sign(self, target: Path, data: bytes) -> None:
        """Put the digest of a changed file right wherever it is named."""
        for file in sorted(self.work.glob("*.json"), key=lambda file: len(file.name), reverse=True):
            try:
                document: Any = json.loads(file.read_bytes())
                tables = [table for table in document.values() if isinstance(table, dict)]
            except (ValueError, AttributeError, RecursionError):
                continue
            role = target.name.split(".")[-2]
            for table in tables:
                if table.get("file") == target.name:
                    table["sha256"] = sha256(data).hexdigest()
                elif role in table:
                    table[role] = sha256(data).hexdigest()
            if str(document.get("format")).startswith(("exactnet-certificate", "exactnet-continuous")):
                file.write_bytes(write(document))

    def common(self, case: Case, outcome: Outcome, program: str, what: str = "") -> None:
        """What no command may do."""
        if outcome.status in (0, 1, 2):
            self.counts[outcome.status] += 1
        lines = [line for line in outcome.text.splitlines() if line.strip()]
        trace = [line.strip() for line in lines if line.startswith("  File ") and "exactnet" in line][-1:]
        short = re.sub(r"[0-9]{4,}", "N", " ".join([*trace, *lines[-1:]]))[:300]
        if outcome.status not in (0, 1, 2):
            case.faults.append(f"status {outcome.status}{what}: {short}")
        elif (
            "internal error" in outcome.text or "cannot be checked" in outcome.text or (program == "recheck" and trace)
        ):
            case.faults.append(f"internal error{what}: {short}")
        elif outcome.status == 2 and not any(line.startswith(f"{program}: ") for line in lines):
            case.faults.append(f"refused without a line{what}: {short}")
        elif outcome.status == 2 and program == "recheck" and sum(line.startswith(program) for line in lines) > 1:
            case.faults.append(f"more than one line{what}: {short}")
        if outcome.seconds > SECONDS:
            case.faults.append(f"{outcome.seconds:.0f} s{what}: {short}")
        if outcome.memory > MEMORY:
            case.faults.append(f"{outcome.memory >> 20} MiB{what}: {short}")

    def report(self, number: int, case: Case) -> None:
        """Say what was found, each kind once, and keep the first of each."""
        for fault in case.faults:
            kind = re.sub(r"[0-9]+", "#", f"{case.arguments[0]}: {fault}")
            self.found[kind] = self.found.get(kind, 0) + 1
            if self.found[kind] > 1:
                continue
            shown = " ".join(ascii(part)[1:-1][:80] for part in case.arguments)
            print(f"case {number}: exactnet {shown}\n    {ascii(fault)[1:-1]}", flush=True)
            if self.keep is not None:
                target = self.keep / f"{self.seed}-{number}"
                shutil.copytree(case.folder, target, dirs_exist_ok=True)
                (target / "command.txt").write_text(ascii(case.arguments) + "\n" + fault + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; status 1 if anything was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--cases", type=int, default=10**9, help="no more than these, so that two runs are the same")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", type=int, help="this one alone")
    parser.add_argument("--keep", type=Path, help="a folder for the files of what is found")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        fuzzer = Fuzzer(Path(folder), options.seed, options.keep)
        until, number = time.monotonic() + 60 * options.minutes, 0
        while time.monotonic() < until and number < options.cases if options.case is None else number == 0:
            case = fuzzer.case(number if options.case is None else options.case)
            fuzzer.report(number if options.case is None else options.case, case)
            number += 1
    ends = ", ".join(f"status {status}: {count}" for status, count in enumerate(fuzzer.counts))
    print(f"seed {options.seed}: {number} cases ({ends}), {len(fuzzer.found)} kinds of faults")
    for kind, count in sorted(fuzzer.found.items(), key=lambda item: -item[1]):
        print(f"{count:5}  {ascii(kind)[1:-1]}")
    return 1 if fuzzer.found else 0


if __name__ == "__main__":
    sys.exit(main())
