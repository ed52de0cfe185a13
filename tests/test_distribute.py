"""Several processes, journals, and what goes wrong with them: real processes, real signals."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from exactnet.certify import Relation, Survey, chunks
from exactnet.distribute import CheckJob, Job, Runner, Serial, SurveyJob
from exactnet.distribute.journal import Journal
from exactnet.distribute.local import Local
from exactnet.domain import Cube, Domain
from exactnet.errors import ExactnetError, FormatError
from exactnet.evaluate.block import CHUNK
from exactnet.families import FAMILIES
from exactnet.judge import compare_networks, survey_domain
from exactnet.network import Network, affine, relu

D = 19  # eight ranges
COMMAND = [sys.executable, "-m", "exactnet"]


def clipped(d: int = D) -> Network:
    return FAMILIES["clipped"].make(d=d, m=2, bits=20, seed=1).network


def spike(d: int, index: int) -> Network:
    """1 at the inputs from ``index`` of the cube on, 0 before it."""
    form = {f"x{i}": 2 ** (d - i) for i in range(1, d + 1)}
    nodes = [relu("a", form, 1 - index), relu("b", form, -index), affine("y", {"a": 1, "b": -1})]
    return Network(list(form), nodes, ["y"])


def runners() -> list[Runner]:
    return [Runner(Serial()), *(Runner(Local(workers, patience=0)) for workers in (1, 2, 3))]


def children() -> set[int]:
    return {process.pid or 0 for process in multiprocessing.active_children()}


def test_results_do_not_depend_on_the_number_of_workers() -> None:
    net, domain = clipped(), Cube(D)
    first, second = 3 * CHUNK + 17, 6 * CHUNK
    left, right = spike(D, first), spike(D, second)
    found = []
    for runner in runners():
        with closing(runner.run(CheckJob(net, net, domain, Relation("equal", 1), 8))) as results:
            checked = list(results)
        counted = [compare_networks(left, right, domain, count_all=every, runner=runner) for every in (False, True)]
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
    networks: tuple[Network, ...] = ()

    def settings(self) -> dict[str, Any]:
        return {"job": "killer"}

    def compile(self) -> Any:
        return self.work

    def work(self, start: int, stop: int) -> int:
        if start // CHUNK == self.at and (self.flag is None or not os.path.exists(self.flag)):
            if self.flag is not None:
                Path(self.flag).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if self.slow is not None and start // CHUNK >= self.slow:
            time.sleep(100)
        return start

    def pack(self, result: int) -> dict[str, Any]:
        return {"start": result}

    def unpack(self, start: int, stop: int, packed: dict[str, Any]) -> int:
        return int(packed["start"])


def pooled(job: Job[Any], workers: int = 2) -> Iterator[Any]:
    return Runner(Local(workers, patience=0)).run(job)


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


def test_the_others_stop_soon() -> None:
    """The ranges from the third on take a hundred seconds each."""
    results = pooled(Killer(Cube(D), -1, None, slow=2))
    begun = time.monotonic()
    assert [next(results), next(results)] == [0, CHUNK]
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - begun < 20
    assert not children()


def test_what_a_worker_raises_arrives() -> None:
    job = SurveyJob(clipped(), Cube(D + 1), None)  # one coordinate more than the network has inputs
    with pytest.raises(ExactnetError, match="20 coordinates"):
        list(pooled(job))


# --- the journal -----------------------------------------------------------------------------


class Counting:
    """A serial back end that remembers which ranges it was asked for, and stops like a full stop after some."""

    def __init__(self, limit: int = 10**9) -> None:
        self.asked: list[int] = []
        self.limit = limit

    def results(self, job: Job[Any], ranges: Iterator[tuple[int, int]], count: int) -> Any:
        work = job.compile()
        for start, stop in ranges:
            if len(self.asked) == self.limit:
                raise KeyboardInterrupt
            self.asked.append(start // CHUNK)
            yield work(start, stop)


def surveyed(
    path: Path, net: Network, limit: int = 10**9, promised: int | None = None
) -> tuple[list[Survey], list[int]]:
    """Run a survey with a journal that is kept; its results as far as they go, and the ranges that were computed."""
    backend = Counting(limit)
    found: list[Survey] = []
    with Journal(str(path)) as journal:
        try:
            for part in Runner(backend, journal).run(SurveyJob(net, Cube(D), promised)):
                found.append(part)
        except KeyboardInterrupt:
            pass
    return found, backend.asked


EVERY = list(range(8))


def test_a_journal_is_continued(tmp_path: Path) -> None:
    path, net = tmp_path / "journal", clipped()
    plain = list(Runner().run(SurveyJob(net, Cube(D), None)))
    assert surveyed(path, net, 3) == (plain[:3], [0, 1, 2])
    assert surveyed(path, net, 2) == (plain[:5], [3, 4])
    assert surveyed(path, net) == (plain, [5, 6, 7])
    assert surveyed(path, net) == (plain, [])


def test_nothing_is_kept_where_nothing_was_done(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    surveyed(path, clipped(), 0)
    assert not path.exists()


def test_a_cut_journal_gives_the_whole_lines_before_the_cut(tmp_path: Path) -> None:
    path, net = tmp_path / "journal", clipped()
    plain, _ = surveyed(path, net)
    data = path.read_bytes()
    ends = [place + 1 for place, byte in enumerate(data) if byte == 10]
    assert len(ends) == 9
    for cut in {*range(0, len(data), 97), *ends, *(end - 1 for end in ends)}:
        path.write_bytes(data[:cut])
        known = max(0, sum(end <= cut for end in ends) - 1)
        assert surveyed(path, net) == (plain, EVERY[known:])
        assert path.read_bytes() == data


def test_a_journal_with_a_changed_byte_is_not_believed(tmp_path: Path) -> None:
    path, net = tmp_path / "journal", clipped()
    plain, _ = surveyed(path, net)
    data = path.read_bytes()
    for place in range(0, len(data) - 1, 61):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert surveyed(path, net) == (plain, EVERY)
    lines = data.splitlines(keepends=True)
    for changed in (
        [*lines[:2], *lines[3:]],
        [lines[0], lines[2], lines[1], *lines[3:]],
        lines[1:],
        [*lines, lines[1]],
    ):
        path.write_bytes(b"".join(changed))
        assert surveyed(path, net) == (plain, EVERY)


def test_a_journal_of_other_inputs_is_not_believed(tmp_path: Path) -> None:
    path, net = tmp_path / "journal", clipped()
    other = Network(net.inputs, [*net.nodes(), affine("twice", {net.outputs[0]: 2})], ["twice"])
    surveyed(path, other)
    assert surveyed(path, net, promised=10**9)[1] == EVERY
    assert surveyed(path, net)[1] == EVERY
    assert surveyed(path, net)[1] == []


def test_a_second_job_follows_the_first(tmp_path: Path) -> None:
    path, net = tmp_path / "journal", clipped()
    jobs: list[Job[Any]] = [SurveyJob(net, Cube(D), None), CheckJob(net, net, Cube(D), Relation("equal", 1), 8)]
    plain = [list(Runner().run(job)) for job in jobs]
    for limit, again in ((11, [EVERY, [0, 1, 2]]), (2, [[], [3, 4]]), (99, [[], [5, 6, 7]])):
        asked = []
        with Journal(str(path)) as journal:
            left = limit
            for job, expected in zip(jobs, plain, strict=True):
                backend = Counting(left)
                with suppress(KeyboardInterrupt):
                    assert list(Runner(backend, journal).run(job)) == expected
                asked.append(backend.asked)
                left -= len(backend.asked)
        assert asked == again
    with Journal(str(path)) as journal:  # another check than the one that was noted
        backend = Counting()
        runner = Runner(backend, journal)
        assert list(runner.run(jobs[0])) == plain[0]
        assert backend.asked == []
        list(runner.run(CheckJob(net, net, Cube(D), Relation("equal", 1), 16)))
        assert backend.asked == EVERY


def test_two_runs_do_not_share_a_journal(tmp_path: Path) -> None:
    job = SurveyJob(clipped(), Cube(D), None)
    with Journal(str(tmp_path / "journal")) as one, Journal(str(tmp_path / "journal")) as two:
        next(Runner(Serial(), one).run(job))
        with pytest.raises(FormatError, match="another run is using this journal"):
            next(Runner(Serial(), two).run(job))


def test_a_journal_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, net = tmp_path / "journal", clipped()
    path.mkdir()
    with pytest.raises(FormatError, match="journal cannot be written: Is a directory"):
        surveyed(path, net)
    path.rmdir()
    os.symlink("/dev/full", path)
    with pytest.raises(FormatError, match="not a regular file"):
        surveyed(path, net)
    path.unlink()
    write = Journal._write

    def full(self: Journal, place: int, line: bytes) -> None:
        if place > 300:
            write(self, place, line[:20])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(self, place, line)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "_write", full)
        with pytest.raises(FormatError, match="journal cannot be written: No space left on device"):
            surveyed(path, net)
    _, asked = surveyed(path, net)
    assert 0 < len(asked) < 8  # the line that was cut off is not believed, those before it are


# --- the command -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("big") / "net.json"
    run = [*COMMAND, "make", "clipped", "--d", "21", "--m", "4", "-q", "-o", str(path)]
    subprocess.run(run, check=True, timeout=300)
    return path


def lines_of(path: Path) -> int:
    try:
        return path.read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def group(number: int) -> list[str]:
    """The processes of a process group that are not dead, by the table of processes."""
    shown = subprocess.run(["ps", "-eo", "pgid,stat,pid"], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in shown.splitlines()[1:]]
    return [row[2] for row in rows if int(row[0]) == number and not row[1].startswith("Z")]


def wait_for(condition: Any, seconds: float = 120) -> None:
    limit = time.monotonic() + seconds
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


@pytest.mark.parametrize(("number", "at"), [(signal.SIGKILL, 5), (signal.SIGKILL, 45), (signal.SIGINT, 10)])
def test_a_killed_certify_is_continued(tmp_path: Path, big: Path, number: int, at: int) -> None:
    """Killed in the survey (33 lines) or in the check; no worker is left over; the certificate is the same."""
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    whole, killed = tmp_path / "whole" / "c.json", tmp_path / "killed" / "c.json"
    subprocess.run([*COMMAND, "certify", str(big), "-q", "--workers", "1", "-o", str(whole)], check=True, timeout=300)
    command = [*COMMAND, "certify", str(big), "-q", "--workers", "2", "-o", str(killed)]
    journal = Path(f"{killed}.journal")
    job = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE)
    wait_for(lambda: lines_of(journal) >= at or job.poll() is not None)
    if number == signal.SIGINT:
        os.killpg(job.pid, number)  # as a terminal does
    else:
        job.send_signal(number)
    _, stderr = job.communicate(timeout=120)
    assert job.returncode == (130 if number == signal.SIGINT else -number)
    if number == signal.SIGINT:  # after SIGKILL, multiprocessing may speak of semaphores that it removes
        assert stderr == b"exactnet: interrupted\n"
    wait_for(lambda: not group(job.pid))
    assert not killed.exists()
    done = lines_of(journal)
    assert done >= at
    subprocess.run(command, check=True, timeout=300)
    assert not journal.exists()
    assert same(whole, killed)


def test_workers_leave_no_trace_when_the_run_is_killed() -> None:
    """Workers in the middle of ranges that take minutes die with their parent."""
    code = (
        "from tests.test_distribute import *\n"
        "if __name__ == '__main__':\n"
        "    for start in pooled(Killer(Cube(D), -1, None, slow=2)): print(start, flush=True)\n"
    )
    root = Path(__file__).parent.parent
    script = [sys.executable, "-c", code]
    job = subprocess.Popen(script, stdout=subprocess.PIPE, start_new_session=True, cwd=root)
    assert job.stdout is not None
    watchdog = threading.Timer(30, job.kill)
    watchdog.start()
    try:
        assert [int(job.stdout.readline()), int(job.stdout.readline())] == [0, CHUNK]
        assert len(group(job.pid)) >= 3
    finally:
        watchdog.cancel()
        job.kill()
        job.wait()
        job.stdout.close()
    wait_for(lambda: not group(job.pid), 10)


def test_check_and_compare_take_workers(tmp_path: Path, big: Path) -> None:
    for options, status in ((["--workers", "2"], 0), (["--workers", "0"], 2)):
        run = [*COMMAND, "compare", str(big), str(big), "-q", *options]
        assert subprocess.run(run, capture_output=True, timeout=300, check=False).returncode == status
