"""Several processes, and what goes wrong with them: real processes, real signals."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from exactnet.families import FAMILIES
from exactnet.kernel.domain import Cube, Domain
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.network import Network, affine, relu
from exactnet.kernel.relation import Equal
from exactnet.kernel.runs import Job, Runner, chunks
from exactnet.kernel.sweep import CheckJob, SurveyJob, compare_networks, survey_domain
from exactnet.kernel.values import CHUNK
from exactnet.parallel.local import Local, _without_interrupts

D = 19  # eight ranges
#: Seconds that no test waits for, and how long one waits for what happens soon, on whatever machine.
FOREVER, LONG = 10_000, 300
COMMAND = [sys.executable, "-m", "exactnet"]


def clipped(d: int = D) -> Network:
    return FAMILIES["clipped"].make(d=d, m=2, bits=20, seed=1).network


def spike(d: int, index: int) -> Network:
    """1 at the inputs from ``index`` of the cube on, 0 before it."""
    form = {f"x{i}": 2 ** (d - i) for i in range(1, d + 1)}
    nodes = [relu("a", form, 1 - index), relu("b", form, -index), affine("y", {"a": 1, "b": -1})]
    return Network(list(form), nodes, ["y"])


def runners() -> list[Runner]:
    return [Runner(), *(Local(workers=workers, patience=0) for workers in (1, 2, 3))]


def children() -> set[int]:
    return {process.pid or 0 for process in multiprocessing.active_children()}


def test_results_do_not_depend_on_the_number_of_workers() -> None:
    net, domain = clipped(), Cube(D)
    first, second = 3 * CHUNK + 17, 6 * CHUNK
    left, right = spike(D, first), spike(D, second)
    found = []
    for runner in runners():
        with closing(runner.run(CheckJob(net, net, domain, Equal(1), 8))) as results:
            checked = list(results)
        counted = [compare_networks(CheckJob(left, right, domain), every, runner=runner) for every in (False, True)]
        found.append((checked, survey_domain(net, domain, None, runner=runner), counted))
        assert survey_domain(left, domain, 1, runner=runner).beyond is None
        assert not children()
    assert all(other == found[0] for other in found)
    checked, _, [(stopped, counterexample), (counted_all, _)] = found[0]
    assert [(result.start, result.stop) for result in checked] == list(chunks(domain.count))
    assert len({result.digest for result in checked}) > 1
    assert (stopped.mismatch, stopped.inputs_checked) == (first, 4 * CHUNK)
    assert counterexample is not None
    assert counterexample.index == first
    assert (counted_all.differing, counted_all.inputs_checked) == (second - first, domain.count)


@dataclass(frozen=True)
class Killer:
    """A survey whose worker kills itself at a range, once (the flag is a file) or always."""

    domain: Domain
    at: int
    flag: str | None
    slow: int | None = None
    what = "killing"

    def compile(self) -> Any:
        return self.work

    def work(self, start: int, stop: int) -> int:
        if start // CHUNK == self.at and (self.flag is None or not os.path.exists(self.flag)):
            if self.flag is not None:
                Path(self.flag).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if self.slow is not None and start // CHUNK >= self.slow:
            time.sleep(FOREVER)
        return start


def pooled(job: Job[Any], workers: int = 2) -> Iterator[Any]:
    return Local(workers=workers, patience=0).run(job)


def test_a_range_whose_worker_is_killed_is_done_elsewhere(tmp_path: Path) -> None:
    flag = tmp_path / "killed"
    assert list(pooled(Killer(Cube(D), 5, str(flag)))) == [start for start, _ in chunks(2**D)]
    assert flag.exists()
    assert not children()


def test_workers_that_always_die_end_the_run_with_one_line() -> None:
    results = pooled(Killer(Cube(D), 2, None))
    assert [next(results), next(results)] == [0, CHUNK]
    with pytest.raises(ExactnetError, match=r"^worker processes died 3 times without a result .*--workers$"):
        next(results)
    assert not children()


@pytest.mark.parametrize("times", [2, 3])
def test_a_worker_that_cannot_be_started_counts_as_one_that_died(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where others are killed at that moment: their pipes are closed, or nobody reads them."""
    errors = iter([OSError("handle is closed"), BrokenPipeError("nobody reads"), OSError("handle is closed")][:times])
    submit = ProcessPoolExecutor.submit

    def fail_first(self: ProcessPoolExecutor, *arguments: Any) -> Any:
        if (error := next(errors, None)) is not None:
            raise error
        return submit(self, *arguments)

    monkeypatch.setattr(ProcessPoolExecutor, "submit", fail_first)
    results = pooled(Killer(Cube(D), -1, None))
    if times == 2:
        assert list(results) == [start for start, _ in chunks(2**D)]
    else:
        with pytest.raises(ExactnetError, match="worker processes died 3 times without a result"):
            next(results)
    assert not children()


def test_the_others_stop_soon() -> None:
    """The ranges from the third on take hours each."""
    results = pooled(Killer(Cube(D), -1, None, slow=2))
    assert [next(results), next(results)] == [0, CHUNK]
    results.close()  # type: ignore[attr-defined]
    assert not children()


def test_what_a_worker_raises_arrives() -> None:
    job = SurveyJob(clipped(), Cube(D + 1), None)  # one coordinate more than the network has inputs
    with pytest.raises(ExactnetError, match="20 coordinates"):
        list(pooled(job))


# --- the command -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("big") / "net.json"
    run = [*COMMAND, "make", "clipped", "--d", "21", "--m", "4", "-q", "-o", str(path)]
    subprocess.run(run, check=True, timeout=300)
    return path


def group(number: int) -> list[str]:
    """The processes of a process group that are not dead, by the table of processes."""
    time.sleep(0.02)  # who asks again and again leaves the processors to them
    shown = subprocess.run(["ps", "-eo", "pgid,stat,pid"], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in shown.splitlines()[1:]]
    return [row[2] for row in rows if int(row[0]) == number and not row[1].startswith("Z")]


def wait_for(condition: Any) -> None:
    limit = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.002)


def same(one: Path, other: Path) -> bool:
    """Whether two certificates and all that lies beside them are the same but for ``run``."""

    def read(path: Path) -> list[Any]:
        document = json.loads(path.read_text())
        del document["run"]
        beside = sorted(p for p in path.parent.iterdir() if p != path)
        return [json.dumps(document), *((p.name, p.read_bytes()) for p in beside)]

    return read(one) == read(other)


def endless(folder: Path) -> Path:
    """A network whose domain takes hours."""
    path = folder / "endless.json"
    subprocess.run([*COMMAND, "make", "clipped", "--d", "34", "--m", "4", "-q", "-o", str(path)], check=True, timeout=300)
    return path


@contextmanager
def started(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A command in a process group of its own, of which nothing is left in the end, whatever a test finds."""
    with subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE) as job:
        try:
            yield job
        finally:
            with suppress(ProcessLookupError):
                os.killpg(job.pid, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_certify_that_is_ended(tmp_path: Path, big: Path, number: int) -> None:
    """Ended while its workers are busy: none is left over, no file is written, and the next run is not held up."""
    (tmp_path / "ended").mkdir()
    ended = tmp_path / "ended" / "c.json"
    command = [*COMMAND, "certify", str(endless(tmp_path)), "-q", "--workers", "2", "--max-inputs", "2^34", "-o", str(ended)]
    with started(command) as job:
        wait_for(lambda: len(group(job.pid)) >= 3 or job.poll() is not None)
        assert job.poll() is None
        if number == signal.SIGINT:
            os.killpg(job.pid, number)  # as a terminal does
        else:
            job.send_signal(number)
        _, stderr = job.communicate(timeout=LONG)
        assert job.returncode == (130 if number == signal.SIGINT else -number)
        if number == signal.SIGINT:  # after SIGKILL, multiprocessing may speak of semaphores that it removes
            assert stderr == b"exactnet: interrupted\n"
        wait_for(lambda: not group(job.pid))
    assert [path.suffix for path in ended.parent.iterdir()] == ([] if number == signal.SIGINT else [".lock"])
    subprocess.run([*COMMAND, "certify", str(big), "-q", "-o", str(ended)], check=True, timeout=300)
    assert sorted(path.name for path in ended.parent.iterdir()) == ["c.constructed.json", "c.json", "c.original.json"]


def test_an_interrupt_that_another_thread_takes_waits_until_a_worker_is_started() -> None:
    idle, reached, handler = threading.Event(), list[str](), signal.getsignal(signal.SIGINT)
    other = threading.Thread(target=idle.wait)
    other.start()

    def start() -> None:
        with _without_interrupts():
            signal.pthread_kill(other.ident or 0, signal.SIGINT)
            time.sleep(0.1)
            reached.append("the end")

    try:
        with pytest.raises(KeyboardInterrupt):
            start()
    finally:
        idle.set()
        other.join()
    assert reached == ["the end"]
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_planted_journal_is_not_read(tmp_path: Path, big: Path) -> None:
    """What once was a journal is a file like any other: not read, not followed, not removed."""
    out, victim = tmp_path / "c.json", tmp_path / "victim"
    victim.write_text("kept")
    Path(f"{out}.journal").symlink_to(victim)
    subprocess.run([*COMMAND, "certify", str(big), "-q", "-o", str(out)], check=True, timeout=300)
    assert victim.read_text() == "kept"
    assert Path(f"{out}.journal").is_symlink()


def test_workers_leave_no_trace_when_the_run_is_killed() -> None:
    """Workers in the middle of ranges that take hours die with their parent."""
    code = (
        "from tests.parallel.test_runs import *\n"
        "if __name__ == '__main__':\n"
        "    for start in pooled(Killer(Cube(D), -1, None, slow=2)): print(start, flush=True)\n"
    )
    root = Path(__file__).parents[2]
    script = [sys.executable, "-c", code]
    job = subprocess.Popen(script, stdout=subprocess.PIPE, start_new_session=True, cwd=root)
    assert job.stdout is not None
    watchdog = threading.Timer(LONG, job.kill)
    watchdog.start()
    try:
        assert [int(job.stdout.readline()), int(job.stdout.readline())] == [0, CHUNK]
        assert len(group(job.pid)) >= 3
    finally:
        watchdog.cancel()
        job.kill()
        job.wait()
        job.stdout.close()
    wait_for(lambda: not group(job.pid))


def test_check_and_compare_take_workers(tmp_path: Path, big: Path) -> None:
    for options, status in ((["--workers", "2"], 0), (["--workers", "0"], 2)):
        run = [*COMMAND, "compare", str(big), str(big), "-q", *options]
        assert subprocess.run(run, capture_output=True, timeout=300, check=False).returncode == status
