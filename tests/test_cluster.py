"""A Dask scheduler and two worker processes on this machine; workers are killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from exactnet.certify import Relation, chunks
from exactnet.distribute import CheckJob, Runner
from exactnet.distribute.cluster import Cluster
from exactnet.distribute.journal import Journal
from exactnet.domain import Cube
from exactnet.errors import ExactnetError
from tests.test_distribute import D, Killer, clipped, lines_of, wait_for

distributed = pytest.importorskip("distributed")

ROOT = Path(__file__).parent.parent


class Processes:
    """A scheduler and its workers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        file = folder / "scheduler.json"
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
        self.scheduler = self._start("scheduler", *options)
        wait_for(lambda: file.exists() and file.stat().st_size > 0)
        import json

        self.address = json.loads(file.read_text())["address"]
        self.workers = [self.worker() for _ in range(2)]

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        out = subprocess.DEVNULL
        return subprocess.Popen(command, cwd=self.folder, env=env, stdout=out, stderr=out)

    def worker(self) -> subprocess.Popen[bytes]:
        return self._start(
            "worker", self.address, "--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"
        )

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Processes]:
    found = Processes(tmp_path)
    try:
        with distributed.Client(found.address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=30)
        yield found
    finally:
        found.end()


def test_a_worker_killed_in_the_middle_changes_nothing(cluster: Processes, tmp_path: Path) -> None:
    net = clipped()
    job = CheckJob(net, net, Cube(D), Relation("equal", 1), 8)
    assert list(Runner(Cluster(cluster.address)).run(job)) == list(Runner().run(job))
    flag = tmp_path / "killed"
    assert list(Runner(Cluster(cluster.address)).run(Killer(Cube(D), 2, str(flag)))) == [a for a, _ in chunks(2**D)]
    assert flag.exists()
    wait_for(lambda: [worker.poll() for worker in cluster.workers].count(-signal.SIGKILL) == 1)
    assert list(Runner(Cluster(cluster.address)).run(job)) == list(Runner().run(job))


def test_all_workers_lost(cluster: Processes, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with pytest.raises(ExactnetError, match="cluster") as caught, Journal(str(path)) as journal:
        for _ in Runner(Cluster(cluster.address), journal).run(Killer(Cube(D + 4), 40, None)):
            pass
    assert "\n" not in str(caught.value)
    assert 40 - 16 < lines_of(path) <= 41  # results that a worker still held died with it


def test_no_scheduler() -> None:
    with pytest.raises(ExactnetError, match=r"^tcp://127\.0\.0\.1:9: no Dask scheduler answers$"):
        list(Runner(Cluster("tcp://127.0.0.1:9")).run(Killer(Cube(D), 9, None)))
