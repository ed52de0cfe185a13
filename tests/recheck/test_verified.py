"""``recheck --verified`` with programs that stand for the verified one; the real one: ``tests/rocq/test_checker.py``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import exactnet as ex
from exactnet import recheck
from exactnet.cli.program import program
from exactnet.recheck import told
from tests.rechecking import one_line

GOOD = ("relation holds", "expansion holds", "measures 1 1 0")


@pytest.fixture
def certificate(tmp_path: Path) -> str:
    net = ex.from_layers([[[1, -1], [-1, 1]], [[1, 1]]])  # |x1 - x2|
    result = ex.certify(net, ex.Cube(2))
    result.save(tmp_path / "c.json")
    return str(tmp_path / "c.json")


def install(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    folder = folder / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / "exactnet-verified"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def say(*lines: str, status: int = 0) -> str:
    return "\n".join([*(f"echo '{line}'" for line in lines), f"exit {status}"])


def test_an_answer_is_reported(
    certificate: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(monkeypatch, tmp_path, f'cp "$1" {tmp_path}/export.txt\n' + say(*GOOD))
    assert recheck.main([certificate, "--verified"]) == 0
    shown = capsys.readouterr().out
    assert "exactnet-verified, whose soundness is proved in Coq: the relation holds on all 4 inputs\n" in shown
    assert "equals one of depth 1, max_weight 1, max_bias 0\n" in shown
    assert "not verified: " in shown
    assert shown.endswith("\ncertified\n")
    export = (tmp_path / "export.txt").read_text().split("\n")
    assert export[:5] == ["exactnet-verified/1", "inputs 2", "domain cube", "relation exact 1", "original"]
    assert export[5:9] == ["3 1", "relu 1 0 2 0 1 1 -1", "relu 1 0 2 0 -1 1 1", "affine 1 0 2 2 1 3 1"]
    assert recheck.main([certificate]) == 0
    assert "verified" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lines", "status", "message"),
    [
        (("relation fails 0 1", *GOOD[1:]), 1, "the relation fails at (0, 1)"),
        (("relation malformed", *GOOD[1:]), 1, "the relation malformed"),
        ((GOOD[0], "expansion fails 1 1", GOOD[2]), 1, "that the expansion is equal fails"),
        ((*GOOD[:2], "measures 9 1 0"), 0, "depth is 9"),
        ((*GOOD[:2], "measures 1 1000000 0"), 0, "max_weight is 1000000"),
    ],
)
def test_what_the_program_does_not_confirm_is_wrong(
    certificate: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lines: tuple[str, ...],
    status: int,
    message: str,
) -> None:
    install(monkeypatch, tmp_path, say(*lines, status=status))
    assert recheck.main([certificate, "--verified"]) == 1
    assert f"WRONG: exactnet-verified: {message}" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (say(), "no answer"),
        (say(GOOD[0]), "no answer"),
        (say(*GOOD[:2], "measures none"), "no measures"),
        (say("relation holds", status=2), "it ended with status 2"),
        ("echo 'export.txt: bad' >&2; exit 2", "export.txt: bad"),
        ("kill -9 $$", "it ended with status -9"),
    ],
)
def test_a_program_that_does_not_answer(
    certificate: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    script: str,
    message: str,
) -> None:
    install(monkeypatch, tmp_path, script)
    assert message in one_line(capsys, certificate, "--verified")


def test_what_cannot_be_verified(
    certificate: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "needs exactnet-verified on the search path" in one_line(capsys, certificate, "--verified")
    install(monkeypatch, tmp_path, say(*GOOD))
    assert "takes all 4 inputs" in one_line(capsys, certificate, "--verified", "--inputs", "2", "--max-inputs", "3")
    net = ex.from_layers([[[1, -1], [-1, 1]], [[1, 1]]])
    refuted = ex.certify(net, ex.Cube(2), weight_bound="0")
    assert not refuted
    refuted.save(tmp_path / "refuted.json")
    assert "a refuted one" in one_line(capsys, str(tmp_path / "refuted.json"), "--verified")
    other = tmp_path / "cells.json"
    other.write_text('{"format": "exactnet-reals/1"}')
    assert "two networks on a finite domain" in one_line(capsys, str(other), "--verified")


@pytest.fixture
def proved(tmp_path: Path) -> str:
    path = tmp_path / "net.json"
    ex.write(str(path), ex.Network(["x"], [ex.threshold("y", {"x": 6}, -3)], ["y"]), ex.Cube(1))
    assert CliRunner().invoke(program, ["certify", str(path), "--structural", "-o", str(tmp_path / "p.json")]).exit_code == 0
    return str(tmp_path / "p.json")


def test_a_proof_is_told_and_its_answer_reported(
    proved: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(monkeypatch, tmp_path, f'cp "$1" {tmp_path}/export.txt\n' + say("proof holds"))
    assert recheck.main([proved, "--verified"]) == 0
    shown = capsys.readouterr().out
    assert "exactnet-verified, whose soundness is proved in Coq: the proof holds\n" in shown
    assert shown.endswith("\ncertified\n")
    lines = (tmp_path / "export.txt").read_text().split("\n")
    question = ["exactnet-proof/1", "inputs 1", "domain cube", "statement same -", "original", "1 1", "threshold 1 -3 1 0 6"]
    assert lines[:7] == question
    assert lines[-3].startswith("goals 1 1 ")


@pytest.mark.parametrize(
    ("script", "status", "message"),
    [
        (say("proof fails line 3", status=1), 1, "the proof fails line 3"),
        (say("proof fails the networks", status=1), 1, "the proof fails the networks"),
        (say(), 2, "no answer"),
        (say(*GOOD), 2, "no answer"),
        (say("proof holds", status=2), 2, "it ended with status 2"),
    ],
)
def test_a_proof_that_the_program_does_not_confirm(
    proved: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    script: str,
    status: int,
    message: str,
) -> None:
    install(monkeypatch, tmp_path, script)
    assert recheck.main([proved, "--verified"]) == status
    captured = capsys.readouterr()
    assert message in (captured.out if status == 1 else captured.err).splitlines()[-1]


def test_variables_are_renumbered_where_a_file_names_readers_first() -> None:
    nodes = [{"id": node, "kind": "threshold", "bias": "-1", "in": {source: "1"}} for node, source in ("yh", "hx")]
    data = {"format": "exactnet-network/1", "inputs": ["x"], "outputs": ["y"], "nodes": nodes}
    read = recheck.network.read_net(json.dumps(data).encode(), "net")
    assert list(read.wires) == ["h", "y"]
    teller = told.Teller(read, read)
    assert [teller.variable(v) for v in range(7)] == [0, 1, 3, 2, 5, 4, 6]
    assert teller.line(["sum", [["=", 2], -3, -1, 2], 5]) == "sum 5 2 =3 -3 1 2"
    lines: list[list[Any]] = [["define", "floor", [4, 7], 2], ["range", 3], ["bound", [-2, 1]]]
    lines += [["equal", -1, -2], ["drop", [-1, -3]]]
    said = ["floor 2 1 5 7", "range 2", "bound 1 1 2 1", "equal 1 2", "drop 2 1 3"]
    assert [teller.line(line) for line in lines] == said
    assert teller.line(["cases", [2, 1], [["decide", 2, -1]], []]) == "cases 1 3 1 1 decide 3 1 0"
    assert teller.line(["steps", 2, [4, 1], 0, -1]) == "steps 3 0 1 - 1 5 1"
    assert teller.line(["residue", 2, 3, [4, 1], 5, [6, 1], -1, ["r", 2]]) == "residue 3 3 5 1 r3 - 1 5 1 1 6 1"
    assert teller.line(["count", 2, [[3, 1, 4, 7, -1]], 0, 9, ["<", 2]]) == "count 3 0 9 <3 1 1 2 1 5 7 1"
    assert teller.line(["count", 2, [[3, 1, 4, 7, -1]], 0, 9, ["<", 2], 5]) == "count 3 0 9 <3 5 1 2 1 5 7 1"
    assert teller.line(["goals", [-1, [-1, -2], ["=", 2]]]) == "goals 3 1 1 2 1 2 1 =3"
