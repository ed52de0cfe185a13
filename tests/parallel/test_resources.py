"""What runs out on a machine: memory, space on a disk, processes. Real limits, real signals, whole commands."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from exactnet.engine.block import compile_network
from exactnet.families import FAMILIES
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network
from tests.parallel.test_runs import COMMAND, endless, group, same, started, wait_for

ROOT = Path(__file__).parents[2]
MB = 2**20


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("net") / "net.json"
    run = [*COMMAND, "make", "clipped", "--d", "17", "--m", "2", "--bits", "20", "-q", "-o", str(path)]
    subprocess.run(run, check=True, timeout=300)
    return path


@pytest.fixture(scope="module")
def whole(net: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of a run without trouble."""
    path = tmp_path_factory.mktemp("whole") / "c.json"
    subprocess.run([*COMMAND, "certify", str(net), "-q", "-o", str(path)], check=True, timeout=300)
    return path


# --- memory --------------------------------------------------------------------------------------


def wide() -> Network:
    """Some thousand bits for each of many values between, and a small output."""
    options = {"outputs": 1, "end": "steps", "grid": 0, "seed": 1}
    return FAMILIES["random"].make(d=14, widths=(4, 4), bits=1500, **options).network


CODE = """
import resource, sys
from exactnet.kernel.domain import Cube
from exactnet.engine.block import compile_network
from tests.parallel.test_resources import wide
evaluator = compile_network(wide(), Cube(14))
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 250 * 2**20,) * 2)
print(evaluator.block(0, 2**14).split(0, 1)[0].tolist()[-1])
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
def test_wide_values_take_bounded_memory() -> None:
    """Kept at once, the values of all inputs would take many times as much as is there."""
    expected = compile_network(wide(), Cube(14)).block(2**14 - 1, 2**14).split(0, 1)[0].tolist()[-1]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    run = [sys.executable, "-c", CODE]
    done = subprocess.run(run, capture_output=True, text=True, check=True, timeout=300, env=env, cwd=ROOT)
    assert int(done.stdout) == expected


def test_a_command_with_hardly_any_memory(net: Path, tmp_path: Path) -> None:
    """One line and status 2, whatever it is that does not fit; nothing is written."""
    out = tmp_path / "c.json"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (180 * MB, 180 * MB))

    run = [*COMMAND, "certify", str(net), "-q", "--workers", "1", "-o", str(out)]
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=300, preexec_fn=limit, env=env)
    if done.returncode:
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert "memory" in done.stderr
        assert not out.exists()


# --- disks ---------------------------------------------------------------------------------------


def limited(command: list[str], size: int) -> subprocess.CompletedProcess[str]:
    """Run a command that can write no file of more than ``size`` bytes."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that writing fails, as it does on a full disk
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, preexec_fn=limit)


@pytest.mark.parametrize("what", ["c.original.json", "c.constructed.json"])
def test_a_file_that_cannot_grow(net: Path, whole: Path, tmp_path: Path, what: str) -> None:
    """While a network is written: one line and no file, and a second run is right."""
    out = tmp_path / "c.json"
    command = [*COMMAND, "certify", str(net), "-q", "--workers", "1", "-o", str(out)]
    sizes = {path.name: path.stat().st_size for path in whole.parent.iterdir()}
    done = limited(command, sizes[what] - 1)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert what in line
    assert line.endswith("cannot be written: File too large")
    assert not list(tmp_path.iterdir())
    subprocess.run(command, check=True, timeout=300)
    assert same(whole, out)


def test_a_disk_that_is_full(net: Path, whole: Path, tmp_path: Path) -> None:
    """A file system of a few pages, in a name space of its own."""
    script = (
        'mount -t tmpfs -o size=40k none "$1" && cd "$1" && shift && "$@"; status=$?; ls -A; '
        "umount -l . 2>/dev/null; exit $status"
    )
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(tmp_path)]
    try:
        can = subprocess.run([*command, "true"], capture_output=True, check=False, timeout=300).returncode == 0
    except FileNotFoundError:
        can = False
    if not can:
        pytest.skip("no file system can be mounted here")
    run = [*command, *COMMAND, "certify", str(net), "-q", "--workers", "1", "-o", "c.json"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=300, env=env)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.endswith("cannot be written: No space left on device")
    assert "c.json" not in done.stdout.split()


# --- processes -----------------------------------------------------------------------------------


def test_workers_that_are_killed_again_and_again(tmp_path: Path) -> None:
    """From outside, as the system does when memory runs out: one line and no file."""
    out = tmp_path / "a" / "c.json"
    out.parent.mkdir()
    command = [*COMMAND, "certify", str(endless(tmp_path)), "-q", "--workers", "2", "--max-inputs", "2^34", "-o", str(out)]
    with started(command) as job:
        wait_for(lambda: len(group(job.pid)) >= 3 or job.poll() is not None)
        while job.poll() is None:
            for pid in group(job.pid):
                if int(pid) != job.pid and b"spawn_main" in _command_line(pid):
                    try:
                        os.kill(int(pid), signal.SIGKILL)
                    except ProcessLookupError:
                        continue
        assert job.stderr is not None
        stderr = job.stderr.read().decode()
    assert job.returncode == 2
    assert stderr.splitlines()[-1].startswith("exactnet: worker processes died 3 times without a result")
    assert not list(out.parent.iterdir())


def _command_line(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
