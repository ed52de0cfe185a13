"""recheck: a certificate with any one place changed, of every kind, is one line; and there are limits."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from itertools import cycle
from pathlib import Path

import pytest

from exactnet import recheck
from exactnet.cli.program import program, run
from tests.fuzz.mutate import places
from tests.fuzz.seeds import CERTIFICATES, FILES
from tests.rechecking import PACKAGE, TENTHS, Json, network_json, put, save, write

KINDS = (
    "c-clipped",
    "c-component",
    "c-few",
    "c-classical",
    "c-circuit",
    "c-refuted",
    "c-continuous",
    "barrier/network",
)
VALUES: tuple[object, ...] = (None, True, -1, 10**30, 10**600, "x", "1/0", "9" * 601, [], {}, [[]], "9**9**9", "\ud800", "-1/2", 0)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    for *rest, out in CERTIFICATES:
        if out.removesuffix(".json") in {kind.split("/")[0] for kind in KINDS}:
            files = [str(folder / part) if part in FILES else part for part in rest]
            assert run(program, [*files, str(folder / out), "-q"]) < 2
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_any_place_of_a_certificate(certificates: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    original = certificates / f"{kind}.json"
    changed = original.parent / f"{original.stem}.changed.json"
    text = original.read_text()
    values = cycle(VALUES)
    for at in range(len(places(json.loads(text)))):
        for delete in (True, False):
            document = json.loads(text)
            holder, key = places(document)[at]
            if delete:
                del holder[key]
            else:
                holder[key] = next(values)
            changed.write_text(json.dumps(document))
            capsys.readouterr()
            status = recheck.main([str(changed)])
            printed = capsys.readouterr()
            case = f"{key} {'deleted' if delete else repr(holder[key])[:50]}: {printed.err}{printed.out[-200:]}"
            assert status in (0, 1, 2), case
            assert printed.err.count("\n") == (status == 2), case
            assert printed.err.startswith("recheck: ") == (status == 2), case
            assert "cannot be checked" not in printed.err, case
            assert len(printed.err) < 300, case


def test_the_other_file_of_a_pair(certificates: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("c-clipped.original.json", "cube.json", "gates.th", "norm.csv", "c-continuous.grid.original.json"):
        assert recheck.main([str(certificates / name)]) == 2
        assert capsys.readouterr().err.startswith("recheck: ")


def as_a_program(*arguments: str, timeout: int = 300) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(PACKAGE), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


def test_limits_are_kept_and_named(tmp_path: Path, rounded: Json) -> None:
    """Time, memory, inputs: one line that names the limit and the option that lifts it."""
    path = write(tmp_path, rounded)
    assert as_a_program(path, "--max-inputs", "4").returncode == 0
    assert as_a_program(path, "--max-seconds", "0", "--max-memory", "0").returncode == 0
    done = as_a_program(path, "--max-inputs", "3")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--max-inputs" in done.stderr
    done = as_a_program(path, "--max-memory", "1")
    assert (done.returncode, "--max-memory" in done.stderr or "signal" in done.stderr) == (2, True)
    slow = dict(rounded)
    rows = [{**rounded["bounds"][0], "name": f"depth ({i})", "symbolic": "+".join(["d"] * 500)} for i in range(12000)]
    slow["bounds"] = [*rounded["bounds"], *({**row, "value": "1000"} for row in rows)]
    done = as_a_program(write(tmp_path, slow), "--max-seconds", "1")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--max-seconds" in done.stderr


def test_numbers_that_are_computed_are_bounded(
    tmp_path: Path, rounded: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    """A chain of wires that multiply 10^9999 again and again, a text of huge powers, denominators without a common one."""
    chain = [{"id": f"a{i}", "kind": "affine", "in": {f"a{i - 1}" if i else "x1": "1e9999"}} for i in range(500)]
    nodes = [*chain, {"id": "y", "kind": "affine", "in": {"a499": "1", "x2": "1"}}]
    document = {"format": "exactnet-network/1", "inputs": ["x1", "x2"], "outputs": ["y"], "nodes": nodes}
    certificate = {
        **rounded,
        "constructed": {**rounded["constructed"], **save(tmp_path, "c.constructed.json", document)},
    }
    assert recheck.main([write(tmp_path, certificate)]) == 2
    assert "more than 1000000 bits" in capsys.readouterr().err
    save(tmp_path, "c.constructed.json", network_json(TENTHS))
    points = [[f"1/{10**80 + i}", "0"] for i in range(1000)]
    put({"kind": "points", "points": points}, "domain")(rounded)
    assert recheck.main([write(tmp_path, rounded)]) == 2
    assert "common denominator" in capsys.readouterr().err


def test_all_bounds_together_are_bounded(tmp_path: Path, rounded: Json, capsys: pytest.CaptureFixture[str]) -> None:
    rounded["definitions"] = {f"q{i}": "0*(3**400000/5**250000)" for i in range(100)}
    rounded["parameters"] |= {f"q{i}": "0" for i in range(100)}
    assert recheck.main([write(tmp_path, rounded)]) == 2
    assert "too many of nearly as many" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["(" * 5000, "-" * 50000 + "1", "1+" * 40000 + "1", "bits(" * 3000, "9" * 90000, "d**" * 20000 + "1", "\0"]
)
def test_a_text_that_is_hard_to_read(
    tmp_path: Path, rounded: Json, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    rounded["bounds"][0]["symbolic"] = text
    assert recheck.main([write(tmp_path, rounded)]) in (1, 2)
    assert "cannot be checked" not in capsys.readouterr().err


def test_arguments_that_are_none(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["c.json", "--max-file", "9" * 30],
        ["c.json", "--nonsense"],
        [],
        ["a", "b\nc"],
        ["c", "--max-seconds", "-1"],
    ):
        with pytest.raises(SystemExit) as error:
            recheck.main(arguments)
        assert error.value.code == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_a_full_disk_is_no_verdict(tmp_path: Path, rounded: Json) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full")
    with full.open("w") as out:
        command = [sys.executable, "-I", "-S", str(PACKAGE), write(tmp_path, rounded)]
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_check_refuses_what_recheck_refuses_in_fields_that_are_free(certificates: Path, tmp_path: Path) -> None:
    text = (certificates / "c-circuit.json").read_text()
    for name in ("c-circuit.original.json", "c-circuit.constructed.json"):
        shutil.copy(certificates / name, tmp_path)
    path = tmp_path / "c.json"
    extra = ("NaN", "1.5", "-Infinity", '{"a": 1, "a": 1}', '"\\ud800"', "9" * 20001)
    changes = [('"seconds": ', f'"x": {value}, "seconds": ') for value in extra]
    for old, new in (*changes, ('"versions": {', '"versions": {"x": 1, '), ('"run": {', '"run": [], "run": {')):
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))
        assert (recheck.main([str(path)]), run(program, ["check", "-q", str(path)])) == (2, 2), new
    path.write_text(text)
    assert (recheck.main([str(path)]), run(program, ["check", "-q", str(path)])) == (0, 0)


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_closed_streams_are_no_verdict_and_no_traceback(tmp_path: Path, rounded: Json, closed: str) -> None:
    command = f'exec "{sys.executable}" -I -S "{PACKAGE}" "{write(tmp_path, rounded)}" {closed}'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
