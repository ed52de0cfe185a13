"""What once was a fault: files that are planted or not ours, two runs at once, ranges past 64 bits, refusals that took minutes."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from exactnet.files.atomic import reserved
from exactnet.files.networks import write_network
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network, affine, relu, threshold
from tests.amount import every
from tests.cli.test_errors import fails, run

NAMES = ["c.constructed.json", "c.json", "c.original.json"]


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.json"
    write_network(path, Network(["a", "b"], [relu("h", {"a": 3, "b": 2}, -1), affine("y", {"h": 2})], ["y"]), Cube(2))
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "c.json"


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["certify"], ["compress", "--epsilon", "1/2"], ["continuous", "--p", "1", "--precision", "1/2",
                                                                                     "--delta", "1/10"]])  # fmt: skip
@pytest.mark.parametrize("suffix", [".json", ""])
def test_a_name_that_is_not_utf8(net: Path, out: Path, command: list[str], suffix: str) -> None:
    name = os.fsdecode(os.fsencode(out.parent) + b"/y\xff" + suffix.encode())
    message = fails(*command, net, "-o", name)
    assert message.endswith("the name is not UTF-8, and a certificate names the files beside it")
    assert not listed(out.parent)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("target", ["victim", "missing", "/dev/null"])
def test_a_planted_link(net: Path, out: Path, name: str, target: str) -> None:
    victim = out.parent / "victim"
    victim.write_text("kept")
    (out.parent / name).symlink_to(target)
    assert fails("certify", net, "-o", out).endswith(f"{name}: cannot be written: is a symbolic link")
    assert victim.read_text() == "kept"
    assert listed(out.parent) == sorted(["victim", name])


@pytest.mark.parametrize("command", [["construct"], ["convert"]])
def test_a_planted_link_for_one_file(net: Path, out: Path, command: list[str]) -> None:
    out.symlink_to("/dev/null")
    options = [net, out] if command == ["convert"] else [net, "-o", out]
    assert fails(*command, *options).endswith("c.json: cannot be written: is a symbolic link")


def test_a_folder_that_is_a_link(net: Path, out: Path) -> None:
    (out.parent / "real").mkdir()
    (out.parent / "link").symlink_to("real")
    assert fails("barrier", net, "-o", out.parent / "link").endswith("is a symbolic link")
    assert not listed(out.parent / "real")


def test_the_standard_output_is_no_link_of_ours(net: Path) -> None:
    """Where it is a pipe; ``/dev/stdout`` leads to it."""
    run = [sys.executable, "-m", "exactnet", "construct", str(net), "-q", "-o", "/dev/stdout"]
    done = subprocess.run(run, capture_output=True, check=False, text=True)
    assert done.returncode in (0, 2)  # a name of a network ends in .json
    assert "symbolic link" not in done.stderr


def test_a_second_run_is_refused(net: Path, out: Path) -> None:
    """While one run has the name, a second one with it is refused, whatever the domain; then it is free again."""
    with reserved(out):
        for name in (out, out.with_suffix("")):
            assert fails("certify", net, "-o", name).endswith("cannot be written: another run is writing it")
        assert run("certify", net, "-q", "-o", out.with_name("d.json")).exit_code == 0
    assert run("certify", net, "-q", "-o", out).exit_code == 0
    assert listed(out.parent) == [*NAMES, *(name.replace("c.", "d.", 1) for name in NAMES)]


def test_runs_at_once_never_mix(tmp_path: Path, out: Path) -> None:
    """Four processes with one output: what is there in the end is of one run, and is confirmed."""
    nets = []
    for weight in range(1, 5):
        nets.append(tmp_path / f"{weight}.json")
        write_network(nets[-1], Network(["a"], [relu("h", {"a": weight})], ["h"]), Cube(1))
    command = [sys.executable, "-m", "exactnet", "certify", "-q", "-o", str(out)]
    jobs = [subprocess.Popen([*command, str(path)], stderr=subprocess.PIPE, stdout=subprocess.PIPE) for path in nets]
    said = [job.communicate(timeout=600) for job in jobs]
    assert {job.returncode for job in jobs} <= {0, 2}
    assert any(job.returncode == 0 for job in jobs)
    for job, (_, stderr) in zip(jobs, said, strict=True):
        assert job.returncode == 0 or stderr.endswith(b"another run is writing it\n")
    assert listed(out.parent) == NAMES
    assert run("check", out, "-q").stdout == "certified\n"


def test_a_planted_journal(net: Path, out: Path) -> None:
    """A false promise is refused whatever lies beside the output."""
    Path(f"{out}.journal").write_text("anything")
    done = run("certify", net, "--range", "1", "-o", out, "-q")
    assert (done.exit_code, done.output) == (2, "exactnet: refused: |N| = 2 > R = 1 at a=0, b=1\n")
    assert listed(out.parent) == ["c.json.journal"]


# --- ranges --------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["lookahead", "residue", "compact", "stacked"])
@pytest.mark.parametrize("limit", [10**6, 2**53, 2**61, 2**63, 10**30, 10**299])
@pytest.mark.parametrize("options", [[], ["--precision", "1/3"], ["--precision", "1/3", "--clip"]])
def test_a_range_past_64_bits(net: Path, out: Path, route: str, limit: int, options: list[str]) -> None:
    """Certified and confirmed, or refused with the reason."""
    done = run("certify", net, "-q", "--range", limit, "--route", route, *options, "-o", out)
    if done.exit_code == 2:
        assert "a smaller range R may do" in done.stderr
        assert limit > 2**53
        assert not listed(out.parent)
        return
    assert (done.exit_code, done.stdout) == (0, "certified\n")
    assert json.loads(out.read_text())["parameters"]["R"] == str(limit)
    assert run("check", out, "-q").stdout == "certified\n"


def test_a_range_of_a_circuit(tmp_path: Path, out: Path) -> None:
    path = tmp_path / "and.th"
    write_network(path, Network(["a", "b"], [threshold("g", {"a": 1, "b": 1}, -2)], ["g"]))
    for option in (["--range", "1"], ["--precision", "1/2"], ["--range", "1", "--route", "residue"]):
        assert "is for ReLU networks; this is a threshold circuit" in fails("certify", path, *option, "-o", out)
    assert not listed(out.parent)


# --- refusals ------------------------------------------------------------------------------------


def test_flatten_is_for_one_input(net: Path) -> None:
    assert "one input; this one has 2" in fails("flatten", net, "--interval", "-1,1")


def test_a_network_like_acas_xu_is_refused_before_it_is_predicted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five inputs, six layers of 50 ReLUs, weights of 24 bits: the stated bound says at once that it is too large."""
    draw = random.Random(1)

    def form(names: list[str]) -> dict[str, str]:
        return {name: str(Fraction(draw.randrange(-(2**24), 2**24), 2**26)) for name in names}

    names, nodes = [f"x{i}" for i in range(5)], []
    inputs = names
    for layer in range(6):
        nodes += [relu(f"h{layer}_{i}", form(names)) for i in range(50)]
        names = [f"h{layer}_{i}" for i in range(50)]
    nodes += [affine(f"y{i}", form(names)) for i in range(5)]
    path = tmp_path / "acas.json"
    write_network(path, Network(inputs, nodes, [f"y{i}" for i in range(5)]), Cube(5))

    def predicted(*arguments: object) -> None:
        raise AssertionError("nothing is laid out")

    monkeypatch.setattr("exactnet.construct.routes.registry.Route.options", predicted)
    for route in every(("lookahead", "compact"), 2):
        message = fails("certify", path, "--precision", "1/100", "--route", route, "--max-memory", "8GiB")
        assert f"the stated bound of route {route} is " in message
        assert "neurons: a thousandth of them would not fit" in message




# --- certificates about all reals ----------------------------------------------------------------


def test_certificates_about_all_reals_are_written_as_others_are(tmp_path: Path, net: Path, out: Path) -> None:
    """All or none, never through a link, never while another run has the name, never under a name that is not UTF-8."""
    command = ["compare", net, net, "--domain", "reals", "-o"]
    assert run(*command, out, "-q").exit_code == 0
    files = listed(out.parent)
    for name in files:
        (out.parent / name).unlink()
    assert "not UTF-8" in fails(*command, os.fsdecode(os.fsencode(out.parent) + b"/y\xff.json"))
    with reserved(out):
        assert "another run is writing it" in fails(*command, out)
    assert not listed(out.parent)
    for name in files:
        (out.parent / name).symlink_to("missing")
        assert "is a symbolic link" in fails(*command, out)
        assert listed(out.parent) == [name]
        (out.parent / name).unlink()
