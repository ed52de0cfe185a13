"""What runs out on a machine: memory, space on a disk, processes. Real limits, real signals, whole commands."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from exactnet.domain import Cube
from exactnet.errors import ResourceError
from exactnet.evaluate.block import BACKENDS
from exactnet.evaluate.executor import FEWEST
from exactnet.families import FAMILIES
from exactnet.network import Network
from tests.helpers import COMPILED, random_relu
from tests.test_distribute import COMMAND, group, lines_of, same, wait_for

ROOT = Path(__file__).parent.parent
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


class Short:
    """Lets no executor have more than some inputs at once, as if there were no memory for them."""

    def __init__(self, executor: object, most: int) -> None:
        self.executor, self.most, self.asked = executor, most, []  # type: ignore[var-annotated]
        self.compute = executor.compute  # type: ignore[attr-defined]

    def __call__(self, start: int, stop: int, results: object) -> None:
        longest = min(self.executor.longest, stop - start)  # type: ignore[attr-defined]
        self.asked.append(longest)
        if longest > self.most:
            raise MemoryError
        self.compute(start, stop, results)


@pytest.mark.parametrize("name", COMPILED)
def test_fewer_inputs_at_once(name: str) -> None:
    net = random_relu(1, 12, [3, 2], 90)
    evaluator = BACKENDS[name](net, Cube(12))
    expected = BACKENDS[name](net, Cube(12)).block(0, 2**12).split(0, 1)[0].tolist()
    executor = evaluator._executor  # type: ignore[attr-defined]
    short = executor.compute = Short(executor, 100)
    assert evaluator.block(0, 2**12).split(0, 1)[0].tolist() == expected
    assert short.asked[-1] <= 100 < short.asked[-2]
    assert evaluator.block(5, 4000).split(0, 1)[0].tolist() == expected[5:4000]
    short.most = 0
    with pytest.raises(ResourceError, match=rf"^not enough memory to evaluate {FEWEST} inputs at once$"):
        evaluator.block(0, 2**12)


CODE = """
import resource, sys
from exactnet.domain import Cube
from exactnet.evaluate.block import BACKENDS
from exactnet.evaluate.executor import Executor
from exactnet.errors import ResourceError
from tests.test_resources import wide
net = wide()
evaluator = BACKENDS["numpy"](net, Cube(14))
evaluator._executor.longest = 2**14  # as much as fits, not what is best
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[1]) * 2**20,) * 2)
try:
    print(evaluator.block(0, 2**14).split(0, 1)[0].tolist()[-1], evaluator._executor.longest)
except ResourceError as error:
    print(error)
"""


def wide() -> Network:
    """Some hundred limbs for each of many values between, and a small output."""
    options = {"outputs": 1, "end": "steps", "grid": 0, "seed": 1}
    return FAMILIES["random"].make(d=14, widths=(4, 4), bits=1500, **options).network


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
def test_memory_that_is_short() -> None:
    """With 2^14 inputs at once a single register takes 16 MB or more; the process may take 50 MB."""
    expected = BACKENDS["numpy"](wide(), Cube(14)).block(2**14 - 1, 2**14).split(0, 1)[0].tolist()[-1]
    run = [sys.executable, "-c", CODE]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([*run, "50"], capture_output=True, text=True, check=True, timeout=300, env=env, cwd=ROOT)
    value, longest = done.stdout.split()
    assert int(value) == expected
    assert int(longest) < 2**14
    done = subprocess.run([*run, "1"], capture_output=True, text=True, check=True, timeout=300, env=env, cwd=ROOT)
    assert done.stdout.startswith("not enough memory to evaluate ")


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


@pytest.mark.parametrize("what", ["journal", "c.original.json", "c.constructed.json"])
def test_a_file_that_cannot_grow(net: Path, whole: Path, tmp_path: Path, what: str) -> None:
    """While the journal or a network is written: one line; what is there later is whole, and a second run is right."""
    out = tmp_path / "c.json"
    command = [*COMMAND, "certify", str(net), "-q", "--workers", "1", "-o", str(out)]
    sizes = {path.name: path.stat().st_size for path in whole.parent.iterdir()}
    journal = Path(f"{out}.journal")
    done = limited(command, 300 if what == "journal" else sizes[what] - 1)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert what in line
    assert line.endswith("cannot be written: File too large")
    assert not out.exists()
    assert {path.name for path in tmp_path.iterdir()} <= {journal.name, "c.original.json", "c.constructed.json"}
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
        can = subprocess.run([*command, "true"], capture_output=True, check=False, timeout=60).returncode == 0
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
    """From outside, as the system does when memory runs out: one line, the journal is kept, the next run goes on."""
    net, out, reference = tmp_path / "net.json", tmp_path / "a" / "c.json", tmp_path / "b" / "c.json"
    for path in (out, reference):
        path.parent.mkdir()
    subprocess.run([*COMMAND, "make", "clipped", "--d", "22", "--m", "6", "-q", "-o", str(net)], check=True, timeout=300)
    command = [*COMMAND, "certify", str(net), "-q", "--workers", "2", "-o"]
    journal = Path(f"{out}.journal")
    job = subprocess.Popen([*command, str(out)], start_new_session=True, stderr=subprocess.PIPE)
    wait_for(lambda: lines_of(journal) >= 2 or job.poll() is not None)
    while job.poll() is None:
        for pid in group(job.pid):
            if int(pid) != job.pid and b"spawn_main" in _command_line(pid):
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    continue
    assert job.stderr is not None
    stderr = job.stderr.read().decode()
    job.stderr.close()
    assert job.returncode in (0, 2)
    if job.returncode == 2:
        assert stderr.splitlines()[-1].startswith("exactnet: worker processes died 3 times without a result")
        assert lines_of(journal) >= 2
        assert not out.exists()
        subprocess.run([*command, str(out)], check=True, timeout=300)
    subprocess.run([*command, str(reference)], check=True, timeout=300)
    assert json.loads(out.read_text())["verdict"] == "certified"
    assert same(reference, out)


def _command_line(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
