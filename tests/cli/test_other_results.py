"""``exactnet euaf`` and ``exactnet depth``: what they print and write, and one line for every bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers import run

LAYERS = {"layers": [{"W": ["1/2 0", "-1/4 1"], "b": "1/4 0"}, {"W": ["1 1/4", "0 3/4"], "b": "0 1/8"}]}


def rechecked(path: Path) -> str:
    from exactnet.recheck import recheck

    return list(recheck(str(path)))[-1]


@pytest.mark.parametrize(
    ("words", "statement", "neurons"),
    [
        (["function", "x^2", "--cells", "4"], "U1", 24),
        (["labels", "r.json", "--cells", "5"], "U2", 26),
        (["boolean", "0110"], "U3", 4),
    ],
)
def test_euaf(words: list[str], statement: str, neurons: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.json").write_text('[{"box": [["0", "1/4"]], "label": 1}, {"box": [["1/2", "1/2"]], "label": "2/3"}]')
    status, out, _ = run("euaf", *words, "-o", "c.json", "--json")
    assert status == 0
    report = json.loads(out)
    assert (report["verdict"], report["statement"], report["neurons"]) == ("certified", statement, neurons)
    assert rechecked(tmp_path / "c.json") == "certified"
    status, out, _ = run("check", "c.json")
    assert status == 0
    assert out.startswith("certified")
    assert run("check", "c.json", "-q")[:2] == (0, "certified\n")
    data = json.loads((tmp_path / "c.json").read_text())
    data["output"] = "1/7 0:1"
    (tmp_path / "c.json").write_text(json.dumps(data))
    status, out, _ = run("check", "c.json")
    assert status == (2 if data["bits"] < 3 else status) or status == 1
    assert not out.startswith("certified")


def test_depth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "l.json").write_text(json.dumps(LAYERS))
    status, out, _ = run("depth", "l.json", "--tail", "1,1/2,1/2", "-o", "c.json")
    assert status == 0
    assert "activation domains with interior" in out
    assert rechecked(tmp_path / "c.json") == "certified"
    assert run("check", "c.json", "-q")[:2] == (0, "certified\n")
    data = json.loads((tmp_path / "c.json").read_text())
    data["limit"] = "1/1000"
    (tmp_path / "c.json").write_text(json.dumps(data))
    status, out, _ = run("check", "c.json")
    assert status == 1
    assert out.startswith("wrong  c.json: limit: the certificate says")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["euaf", "function", "x^2", "--cells", "4", "--step", "10"],
            "the moduli 21 and 51 (places 1 and 4) have the common divisor 3",
        ),
        (["euaf", "function", "x^2", "--step", "0"], "Invalid value for '--step': '0' is not a positive integer"),
        (["entropy", "exclude", "--hats", "8", "--widths", "1", "--theta", "-1"], "'--theta': '-1' is not positive"),
        (["euaf", "function", "1/x"], "function: '1 / x' is no polynomial"),
        (["euaf", "function", "x1*y"], "unknown name 'y'"),
        (["euaf", "function", "x4"], "4 inputs; from 1 to 3 are possible"),
        (["euaf", "function", "x3", "--cells", "100"], "are 1061208 values, more than 5000"),
        (["euaf", "function", "p.csv"], "p.csv: line 2: x = 0 does not come after 1/2"),
        (["euaf", "function", "f.csv"], "f.csv: line 2, column 2: '0.5' is a float: in quotation marks it is the decimal"),
        (["euaf", "function", "none.csv"], "exactnet: none.csv: cannot be read"),
        (
            ["euaf", "labels", "r.json", "--cells", "3"],
            "regions 1 and 2 have labels 1 and 2, at distance 1/4: more than 4 cells",
        ),
        (["euaf", "labels", "bad.json"], "bad.json: region 1: a side of the box is not [low, high]"),
        (["euaf", "boolean", "011"], "'011' is no table of 2^n digits 0 and 1"),
        (["euaf", "boolean", "01" * 64], "a table of 128 bits; at most 64"),
        (["depth", "l.json", "--tail", "1,1/8,1/2"], "layer 1: |b| = 1/4 > b rho^1 = 1/16"),
        (["depth", "l.json", "--tail", "1,1"], "'1,1' is not a,b,rho"),
        (["depth", "ragged.json"], "ragged.json: layer 2: W and b are not of 1 rows and columns"),
    ],
)
def test_bad_input_is_one_line(words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.csv").write_text("1/2,0\n0,1\n")
    (tmp_path / "f.csv").write_text('"0.0",0\n1/2,0.5\n1,1\n')
    (tmp_path / "r.json").write_text('[{"box": [["0", "1/4"]], "label": 1}, {"box": [["1/2", "1/2"]], "label": 2}]')
    (tmp_path / "bad.json").write_text('[{"box": [["1", "0"]], "label": 1}]')
    (tmp_path / "l.json").write_text(json.dumps(LAYERS))
    (tmp_path / "ragged.json").write_text('{"layers": [{"W": ["1"], "b": "0"}, {"W": ["1 0", "0 1"], "b": "0 0"}]}')
    status, out, err = run(*words, "-o", "out.json")
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("group", ["classical", "entropy", "euaf", "make", "rank"])
def test_a_group_without_a_command_shows_its_help(group: str) -> None:
    assert run(group) == run(group, "--help")
    assert run(group)[0] == 0
