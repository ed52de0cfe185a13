"""A Dask scheduler and two worker processes on this machine; workers are killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exactnet.kernel.domain import Cube
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.relation import Equal
from exactnet.kernel.runs import Runner, chunks
from exactnet.kernel.sweep import CheckJob
from exactnet.parallel.cluster import Cluster
from tests.parallel.test_runs import COMMAND, D, Killer, clipped, same, wait_for

distributed = pytest.importorskip("distributed")

ROOT = Path(__file__).parents[2]


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

    def wait_until_busy(self) -> None:
        """Wait until some ranges are being evaluated."""
        with distributed.Client(self.address, set_as_default=False) as client:
            wait_for(lambda: any(client.processing().values()))

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@contextmanager
def started(folder: Path) -> Iterator[Processes]:
    found = Processes(folder)
    try:
        with distributed.Client(found.address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=300)
        yield found
    finally:
        found.end()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Processes]:
    """A cluster whose workers may be killed."""
    with started(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """A cluster that tests leave as it is."""
    with started(tmp_path_factory.mktemp("cluster")) as found:
        yield found


def test_a_worker_killed_in_the_middle_changes_nothing(cluster: Processes, tmp_path: Path) -> None:
    net = clipped()
    job = CheckJob(net, net, Cube(D), Equal(1), 8)
    assert list(Cluster(address=cluster.address).run(job)) == list(Runner().run(job))
    flag = tmp_path / "killed"
    assert list(Cluster(address=cluster.address).run(Killer(Cube(D), 2, str(flag)))) == [a for a, _ in chunks(2**D)]
    assert flag.exists()
    wait_for(lambda: [worker.poll() for worker in cluster.workers].count(-signal.SIGKILL) == 1)
    assert list(Cluster(address=cluster.address).run(job)) == list(Runner().run(job))


@pytest.mark.parametrize("losses", [1, 3, 4])
def test_a_job_that_is_lost_is_sent_anew(losses: int, kept: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a worker dies that alone had it; not without end."""
    scatter, sent = distributed.Client.scatter, 0

    def lost(client: distributed.Client, *arguments: object, **options: object) -> object:
        nonlocal sent
        sent += 1
        future = scatter(client, *arguments, **options)
        if sent <= losses:
            client.cancel(future, force=True)
        return future

    monkeypatch.setattr(distributed.Client, "scatter", lost)
    net = clipped()
    job = CheckJob(net, net, Cube(D), Equal(1), 8)
    if losses == 4:
        with pytest.raises(ExactnetError, match="the cluster is lost"):
            list(Cluster(address=kept.address).run(job))
    else:
        assert list(Cluster(address=kept.address).run(job)) == list(Runner().run(job))
    assert sent == min(losses + 1, 4)


def test_all_workers_lost(cluster: Processes) -> None:
    with pytest.raises(ExactnetError, match="cluster") as caught:
        for _ in Cluster(address=cluster.address).run(Killer(Cube(D + 4), 40, None)):
            pass
    assert "\n" not in str(caught.value)


def test_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exactnet.parallel.cluster._ANSWER", 1.0)
    with pytest.raises(ExactnetError, match=r"^tcp://127\.0\.0\.1:9: no Dask scheduler answers$"):
        list(Cluster(address="tcp://127.0.0.1:9").run(Killer(Cube(D), 9, None)))


def test_the_command_on_a_cluster(cluster: Processes, tmp_path: Path) -> None:
    """As a user runs it; a worker is killed in the middle. The verdict, the digest and all files are the same."""
    net = tmp_path / "net.json"
    subprocess.run([*COMMAND, "make", "clipped", "--d", "21", "--m", "4", "-q", "-o", str(net)], check=True, timeout=3000)
    outs = {}
    for name in ("local", "cluster"):
        (tmp_path / name).mkdir()
        outs[name] = tmp_path / name / "c.json"
    command = [*COMMAND, "certify", str(net), "--json", "-o"]
    local = subprocess.run([*command, str(outs["local"]), "--workers", "1"], check=True, timeout=3000, capture_output=True)
    job = subprocess.Popen([*command, str(outs["cluster"]), "--cluster", cluster.address], stdout=subprocess.PIPE)
    cluster.wait_until_busy()
    assert job.poll() is None
    cluster.workers[0].kill()
    stdout, _ = job.communicate(timeout=3000)
    assert job.returncode == 0
    there, here = json.loads(stdout), json.loads(local.stdout)
    assert there["verdict"] == "certified"
    assert there.pop("seconds") > 0 < here.pop("seconds")
    assert there == here
    assert same(outs["local"], outs["cluster"])


def test_the_command_when_all_workers_are_lost(cluster: Processes, tmp_path: Path) -> None:
    net, out = tmp_path / "net.json", tmp_path / "c.json"
    subprocess.run([*COMMAND, "make", "clipped", "--d", "21", "--m", "4", "-q", "-o", str(net)], check=True, timeout=3000)
    command = [*COMMAND, "certify", str(net), "-q", "-o", str(out)]
    job = subprocess.Popen([*command, "--cluster", cluster.address], stderr=subprocess.PIPE)
    cluster.wait_until_busy()
    for worker in cluster.workers:
        worker.kill()
    _, stderr = job.communicate(timeout=3000)
    assert job.returncode == 2
    assert stderr.decode().splitlines() == [f"exactnet: {cluster.address}: the cluster has no workers (any more)"]
    assert not out.exists()
    subprocess.run(command, check=True, timeout=3000)
    assert json.loads(out.read_text())["verdict"] == "certified"
