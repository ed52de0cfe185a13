"""A Dask scheduler and two worker processes on this machine; workers are killed in the middle."""

from __future__ import annotations

import json
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
from tests.test_distribute import COMMAND, D, Killer, clipped, lines_of, same, wait_for

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


def test_the_command_on_a_cluster(cluster: Processes, tmp_path: Path) -> None:
    """As a user runs it; a worker is killed in the middle. The verdict, the digest and all files are the same."""
    net = tmp_path / "net.json"
    subprocess.run([*COMMAND, "make", "clipped", "--d", "21", "--m", "4", "-q", "-o", str(net)], check=True, timeout=300)
    outs = {}
    for name in ("local", "cluster"):
        (tmp_path / name).mkdir()
        outs[name] = tmp_path / name / "c.json"
    command = [*COMMAND, "certify", str(net), "--json", "-o"]
    local = subprocess.run([*command, str(outs["local"]), "--workers", "1"], check=True, timeout=300, capture_output=True)
    journal = Path(f"{outs['cluster']}.journal")
    job = subprocess.Popen([*command, str(outs["cluster"]), "--cluster", cluster.address], stdout=subprocess.PIPE)
    wait_for(lambda: lines_of(journal) >= 4 or job.poll() is not None)
    assert job.poll() is None
    cluster.workers[0].kill()
    stdout, _ = job.communicate(timeout=300)
    assert job.returncode == 0
    there, here = json.loads(stdout), json.loads(local.stdout)
    assert there["verdict"] == "certified"
    assert there.pop("seconds") != here.pop("seconds")
    assert there == here
    assert not journal.exists()
    assert same(outs["local"], outs["cluster"])


def test_the_command_when_all_workers_are_lost(cluster: Processes, tmp_path: Path) -> None:
    net, out = tmp_path / "net.json", tmp_path / "c.json"
    subprocess.run([*COMMAND, "make", "clipped", "--d", "21", "--m", "4", "-q", "-o", str(net)], check=True, timeout=300)
    journal = Path(f"{out}.journal")
    command = [*COMMAND, "certify", str(net), "-q", "-o", str(out)]
    job = subprocess.Popen([*command, "--cluster", cluster.address], stderr=subprocess.PIPE)
    wait_for(lambda: lines_of(journal) >= 4 or job.poll() is not None)
    for worker in cluster.workers:
        worker.kill()
    _, stderr = job.communicate(timeout=300)
    assert job.returncode == 2
    assert stderr.decode().splitlines() == [f"exactnet: {cluster.address}: the cluster has no workers (any more)"]
    assert lines_of(journal) >= 4
    assert not out.exists()
    subprocess.run(command, check=True, timeout=300)  # goes on without the cluster
    assert json.loads(out.read_text())["verdict"] == "certified"
