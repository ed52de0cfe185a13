"""The command line as a process: start, Ctrl-C, closed pipes."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exactnet import __version__

COMMAND = [sys.executable, "-m", "exactnet"]
HEAVY = ("gmpy2", "networkx", "numpy", "rich", "sympy")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line."""
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["certify", "--help"], ["nope"], ["eval"]])
def test_nothing_heavy_is_imported_before_it_is_needed(arguments: list[str]) -> None:
    code = (
        "import sys; from exactnet.cli.program import program, run; status = run(program, sys.argv[1:]); "
        f"sys.exit('imported' if {{*{HEAVY}}} & {{*sys.modules}} else status)"
    )
    result = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == (2 if arguments in (["nope"], ["eval"]) else 0), result.stderr


def test_sympy_is_loaded_for_a_certificate_alone(tmp_path: Path) -> None:
    """A plan and a refusal take the numbers of bounds; to show a bound takes SymPy, which loads longer than either works."""
    assert run("make", "scaled", "--d", "24", "-o", str(tmp_path / "net.json")).returncode == 0
    code = (
        "import sys; from exactnet.cli.program import program, run; status = run(program, sys.argv[1:]); "
        "sys.exit('SymPy' if 'sympy' in sys.modules else status)"
    )
    for status, arguments in (0, ["plan", "digits"]), (2, ["certify", "net.json"]):
        result = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert result.returncode == status, result.stderr


def test_as_a_process() -> None:
    result = run("--version")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"exactnet {__version__}\n", "")
    result = run("eval", "iris", "-1", "0", "1/3")
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)


def test_ctrl_c_on_a_long_job(tmp_path: Path) -> None:
    """The job would take days; it is interrupted when the progress bar shows that inputs are being evaluated."""
    net, out = tmp_path / "net.json", tmp_path / "out.json"
    assert run("make", "clipped", "--d", "40", "--m", "6", "-o", str(net)).returncode == 0
    terminal, stderr = pty.openpty()
    job = subprocess.Popen(
        [*COMMAND, "certify", str(net), "--max-inputs", "2^40", "-o", str(out), "--json"],
        stdout=subprocess.PIPE,
        stderr=stderr,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(stderr)
    try:
        shown = b""
        limit = time.monotonic() + 300
        while b"values of the original" not in shown:
            ready, _, _ = select.select([terminal], [], [], limit - time.monotonic())
            assert ready, shown
            shown += os.read(terminal, 4096)
        job.send_signal(signal.SIGINT)
        stdout, _ = job.communicate(timeout=300)
        rest = b""
        while select.select([terminal], [], [], 0)[0]:
            try:
                chunk = os.read(terminal, 4096)
            except OSError:  # the other end is closed
                break
            if not chunk:
                break
            rest += chunk
    finally:
        job.kill()
        job.wait()
        os.close(terminal)
    assert job.returncode == 130
    assert stdout in (b"", b'{"verdict": "error", "reason": "interrupted"}\n')
    assert b"Traceback" not in shown + rest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.json"]


@pytest.mark.parametrize("arguments", [["make", "parity", "--d", "300"], ["show", "digits", "--nodes"]])
def test_nobody_reads_the_output(arguments: list[str]) -> None:
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as job:
        assert job.stdout is not None
        assert job.stderr is not None
        job.stdout.close()
        assert job.stderr.read() == b""
        assert job.wait(timeout=300) == 141


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_the_output_is_full() -> None:
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [*COMMAND, "examples"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=300, check=False
        )
    assert result.returncode == 2
    assert result.stderr == "exactnet: the output cannot be written: No space left on device\n"


def test_closed_streams_and_a_locale_of_ascii() -> None:
    closed = subprocess.run(
        [*COMMAND, "examples"], preexec_fn=lambda: os.close(1), stderr=subprocess.PIPE, text=True, check=False
    )
    assert (closed.returncode, closed.stderr) == (0, "")
    ascii_only = subprocess.run(
        [*COMMAND, "show", "iris"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert (ascii_only.returncode, ascii_only.stderr) == (0, b"")
    assert b"sepal_length" in ascii_only.stdout
