"""Foreign files, rounding, comparing, replaying, proving and drawing, as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

import exactnet as ex
from exactnet.cli.program import program
from exactnet.files.networks import read_network, write_network
from exactnet.foreign.arrays import from_layers
from exactnet.foreign.write_onnx import dump_onnx
from exactnet.kernel.domain import Cube
from tests.cli.test_errors import fails
from tests.helpers import random_circuit

PROPERTY = "(declare-const X_0 Real)(declare-const X_1 Real)(declare-const Y_0 Real)(declare-const Y_1 Real)"
BOX = "(assert (<= X_0 1))(assert (>= X_0 0))(assert (<= X_1 1))(assert (>= X_1 0))"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(program, [str(argument) for argument in arguments])


def good(*arguments: object, status: int = 0) -> str:
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (status, ""), result.output
    return result.stdout


def report(*arguments: object, status: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(good(*arguments, "--json", status=status))
    return found


@pytest.fixture
def net(tmp_path: Path) -> Path:
    """A network of two inputs and outputs with dyadic weights of a few bits, as ONNX."""
    layers = [[["1/2", "-3/4"], ["5/8", "1/16"]], [["3/16", "1"], ["-1", "1/2"]]]
    path = tmp_path / "net.onnx"
    path.write_bytes(dump_onnx(from_layers(layers, [["1/4", 0], [0, "1/32"]]), Cube(2)))
    return path


def test_onnx_becomes_json_with_its_source(net, tmp_path):
    out = tmp_path / "net.json"
    assert good("convert", net, out) == f"{out}: 2 inputs, 4 nodes, 2 outputs\n"
    loaded = read_network(out)
    assert (loaded.source.name, len(loaded.source.sha256), loaded.domain) == ("net.onnx", 64, None)
    assert good("eval", net, "1", "-1/2") == good("eval", out, "1", "-1/2")
    assert report("show", net)["measures"]["neurons"] == 2
    back = tmp_path / "back.onnx"
    good("convert", out, back, "--domain", "cube")
    assert report("compare", net, back, "--domain", "grid:2")["verdict"] == "certified"


def test_onnx_is_certified_and_the_certificate_names_its_source(net, tmp_path):
    out = tmp_path / "c.json"
    found = report("certify", net, "--domain", "cube", "-o", out)
    assert found["verdict"] == "certified"
    assert report("check", out)["verdict"] == "certified"
    assert json.loads((tmp_path / "c.original.json").read_text())["source"]["name"] == "net.onnx"


@pytest.mark.parametrize("extension", [".json", ".nnet", ".dot", ".smt2"])
def test_other_formats(net, tmp_path, extension):
    out = tmp_path / f"out{extension}"
    good("convert", net, out, "--domain", "cube")
    assert out.stat().st_size > 100
    if extension in (".json", ".nnet"):
        assert report("compare", net, out, "--domain", "grid:1")["verdict"] == "certified"


@pytest.mark.parametrize("extension", [".aag", ".aig", ".blif", ".opb", ".th"])
def test_circuits(tmp_path, extension):
    source = tmp_path / "c.json"
    write_network(source, random_circuit(2, 3, [3, 2], 3), Cube(3))
    good("convert", source, tmp_path / f"c{extension}")


def test_conversions_that_are_refused(net, tmp_path):
    thirds = tmp_path / "thirds.json"
    write_network(thirds, from_layers([[["1/3"]]]), Cube(1))
    assert "'1/3' is not dyadic" in run("convert", thirds, tmp_path / "t.onnx").stderr
    good("convert", thirds, tmp_path / "t.onnx", "--rounded")
    assert "the name of a network file ends in .json, .th, .onnx" in run("convert", net, tmp_path / "x.txt").stderr
    assert "threshold circuits only" in run("convert", net, tmp_path / "x.aag").stderr
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(net.read_bytes()[:100])
    for path, words in ((broken, "broken protocol buffer"), (tmp_path / "missing.onnx", "No such file")):
        result = run("convert", path, tmp_path / "x.json")
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
        assert words in result.stderr
    assert not (tmp_path / "x.json").exists()


# --- rounding and comparing ----------------------------------------------------------------------


def test_quantise_says_what_it_does(net, tmp_path):
    out = tmp_path / "q.json"
    found = report("quantise", net, "--step", "1/4", "--domain", "cube", "-o", out)
    largest = report("compare", net, out, "--domain", "cube", "--within", "10")
    assert found["largest"] == largest["largest"]
    assert (found["steps"], found["bits"], found["dropped"]) == (["1/4", "1/4"], [6, 3], 1)
    assert read_network(out).source.rounded == ("weights and biases to multiples of 1/4",)
    assert read_network(out).source.name == "net.onnx"
    line = good("quantise", net, "--within", "1/10", "--domain", "cube", "-o", out)
    assert line.startswith(f"{out}: step 1/")
    assert "largest difference" in line
    assert "class changes on" in line
    assert good("quantise", net, "--bits", "5", "--per-layer", "-o", out, "-q") == ""
    assert read_network(out).domain is None


def test_compare_by_distance_class_and_sign(net, tmp_path):
    out = tmp_path / "q.json"
    good("quantise", net, "--step", "1/2", "--domain", "cube", "-o", out)
    largest = report("compare", net, out, "--within", "1", "--domain", "cube")
    assert (largest["verdict"], largest["inputs_checked"]) == ("certified", 4)
    beyond = report("compare", net, out, "--within", "1/1000", "--domain", "cube", status=1)
    assert (beyond["verdict"], beyond["index"]) == ("refuted", largest["index"])
    assert beyond["counterexample"]["input"] == {"x0": "1", "x1": "1"}
    text = good("compare", net, out, "--within", "1/1000", "--domain", "cube", status=1)
    assert text.startswith("beyond  not |A - B| <= 1/1000; A = ")
    for option in ("--argmax", "--sign"):
        same = report("compare", net, net, option, "--domain", "grid:1", "--count")
        assert (same["verdict"], same["differing"], len(same["ties"])) == ("certified", 0, 2)
    assert good("compare", net, net, "--argmax", "--domain", "cube", "-q") == "same class\n"


def test_compare_says_which_classes(tmp_path):
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    write_network(a, from_layers([[[1], [0]]]), Cube(1))
    write_network(b, from_layers([[[0], [1]]]), Cube(1))
    text = good("compare", a, b, "--argmax", "--count", status=1)
    assert "another class at input 1 of the domain (A: y0, B: y1)" in text
    assert "1 in A, 1 in B" in text
    assert report("compare", a, b, "--argmax", "--count", status=1)["differing"] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compare", "iris", "iris", "--within", "1", "--argmax"], "different questions"),
        (["compare", "iris", "iris", "--within", "1", "--count"], "leave out --within"),
        (["compare", "iris", "iris", "--within", "0"], "not positive"),
        (["quantise", "iris", "-o", "q.json"], "say how"),
        (["quantise", "iris", "--step", "1/4", "--bits", "4", "-o", "q.json"], "say how"),
        (["quantise", "iris", "--step", "-1", "-o", "q.json"], "positive"),
        (["quantise", "iris", "--step", "1/4", "-o", "q.txt"], "ends in .json or .th"),
    ],
)
def test_questions_that_are_refused(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert words in fails(*arguments)
    assert not list(tmp_path.iterdir())


def test_a_promise_that_no_step_keeps(tmp_path):
    source = tmp_path / "thirds.json"
    write_network(source, from_layers([[["1/3"]]]), Cube(1))
    assert "no step down to 2^-64 keeps the promise" in fails("quantise", source, "--within", "1e-30", "-o", tmp_path / "q.json")


# --- domains -------------------------------------------------------------------------------------


def test_domains_that_people_have(net, tmp_path):
    (tmp_path / "p.csv").write_text('a,b\n"0.1",1/3\n-2,"5e-1"\n')
    np.save(tmp_path / "p.npy", np.array([[0.1, 1.0]]))
    (tmp_path / "box.json").write_text('{"kind": "box", "low": 0, "high": ["1", "1/2"], "steps": [256, 2]}')
    (tmp_path / "p.vnnlib").write_text(PROPERTY + BOX + "(assert (<= Y_0 0))")
    kinds = (("p.csv", "points", 2), ("p.npy", "points", 1), ("box.json", "box", 512), ("p.vnnlib:3", "box", 9))
    for name, kind, count in kinds:
        found = report("show", net, "--domain", tmp_path / name)
        assert found["domain"] == {"kind": kind, "inputs": count}
    assert report("compare", net, net, "--domain", tmp_path / "box.json")["inputs_checked"] == 512


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("p.csv", "1,2\n3,x\n", "p.csv: line 2, column 2: 'x' is not a number"),
        ("p.csv", "1,2\n3,0.1\n", "p.csv: line 2, column 2: '0.1' is a float: in quotation marks it is the decimal as written"),
        ("p.csv", "1\n", "line 1: 1 columns, but the network has 2 inputs"),
        ("p.npy", "nothing", "no array that is read"),
        ("b.json", '{"kind": "box", "low": 0, "high": 1}', "domain: the field 'steps' is missing"),
        ("b.json", '{"kind": "box", "low": [0], "high": 1, "steps": 2}', "low: 1 numbers, but the network has 2 inputs"),
        ("b.json", '{"kind": "box", "low": 0, "high": 1, "steps": 99999}', "points, more than"),
        ("b.json", '{"kind": "box", "low": 0, "high": 1, "steps": "1/2"}', "is no positive integer"),
        ("p.vnnlib", PROPERTY + BOX, "STEPS is a grid of its box"),
        ("p.vnnlib:4", PROPERTY + "(assert (<= X_0 1))", "does not limit input X_0"),
        ("p.vnnlib:4", "(declare-const X_0 Real)(declare-const Y_0 Real)(assert (<= X_0 1))", "1 inputs, the network 2"),
        ("missing.csv", None, "No such file"),
    ],
)
def test_domains_that_are_refused(net, tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name.removesuffix(":4")).write_text(content)
    assert words in fails("show", net, "--domain", tmp_path / name)


# --- properties ----------------------------------------------------------------------------------


def test_replay(net, tmp_path):
    wanted, witness = tmp_path / "p.vnnlib", tmp_path / "w.txt"
    wanted.write_text(PROPERTY + BOX + "(assert (>= Y_0 (+ Y_1 0.1)))")
    witness.write_text("((X_0 0.9) (X_1 0.1) (Y_0 0) (Y_1 0))")
    found = report("replay", net, wanted, witness)
    assert found["verdict"] == "counterexample"
    assert [row["reading"] for row in found["readings"]][:3] == ["as written", "float32 inputs", "float64 inputs"]
    witness.write_text("-0.9,0.1")
    text = good("replay", net, wanted, witness, status=1)
    assert "(>= X_0 0) fails by 9.000e-01" in text
    assert good("replay", net, wanted, witness, "-q", status=1) == "none\n"
    for content, words in (("1,2,3", "is it a witness for another one?"), ("a,b", "'a' is no"), ("1,nan", "no name or element")):
        witness.write_text(content)
        result = run("replay", net, wanted, witness)
        assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
        assert words in result.stderr or "is not a number" in result.stderr


def test_prove(net, tmp_path):
    wanted = tmp_path / "p.vnnlib"
    wanted.write_text(PROPERTY + BOX + "(assert (>= Y_0 100))")
    assert report("prove", net, wanted, "--steps", 5)["verdict"] == "holds on the grid"
    assert "nothing is said about reals between them" in good("prove", net, wanted, "--steps", 5)
    wanted.write_text(PROPERTY + BOX + "(assert (>= Y_0 0.5))")
    found = report("prove", net, wanted, "--steps", 3, status=1)
    assert (found["verdict"], found["points"], found["index"]) == ("counterexample", 9, 6)
    assert found["input"] == {"x0": "1", "x1": "0"}
    wanted.write_text(PROPERTY + "(assert (>= Y_0 (* Y_1 Y_1)))")
    assert "is not linear" in fails("prove", net, wanted, "--steps", 3)
    wanted.write_text("(declare-const X_0 Real)(declare-const Y_0 Real)(assert (<= X_0 1))(assert (>= X_0 1))")
    assert "the property is about 1 inputs" in fails("prove", net, wanted, "--steps", 3)


def test_of_many_inputs_those_are_listed_that_are_not_0(tmp_path):
    """A picture has hundreds of pixels, and most are black; ``--json`` has all."""
    for name, weight in (("a", 1), ("b", 2)):
        write_network(tmp_path / f"{name}.json", from_layers([[[0] * 98 + [weight, 1]]]))
    points = tmp_path / "points.csv"
    points.write_text(",".join(["0"] * 97 + ["3/255", "1", "0"]), encoding="utf-8")
    arguments = ("compare", tmp_path / "a.json", tmp_path / "b.json", "--domain", points)
    shown = good(*arguments, status=1)
    lines = [line for line in shown.splitlines() if line.startswith(("x97 ", "x98 ", "98 others "))]
    assert [line.split()[-1] for line in lines] == ["1/85", "1", "0"]
    assert "x0 " not in shown
    assert len(report(*arguments, status=1)["counterexample"]["input"]) == 100


def test_what_every_coarser_step_costs(net, tmp_path):
    """Each row against the commands that say the same one at a time."""
    found = report("quantise", net, "--argmax", "--domain", "grid:2", "--table")
    rows = found["tried"]
    assert [row["step"] for row in rows] == [f"1/{2**k}" for k in range(1, 1 + len(rows))]
    assert rows[-1]["step"] == found["steps"][0]
    assert found["written"] is None
    for row in rows:
        out = tmp_path / "rounded.json"
        alone = report("quantise", net, "--step", row["step"], "--domain", "grid:2", "-o", out)
        assert (alone["bits"][1], alone["largest"], alone["class_changes"]) == (row["bits"], row["largest"], row["class_changes"])
        made = report("certify", out, "--route", "compact", "--domain", "grid:2")
        assert (made["verdict"], made["constructed"]["gates"]) == (row["verdict"], row["gates"])
    assert report("quantise", net, "--step", "1/2", "--domain", "cube", "-o", out)["tried"] is None
    fine = report("quantise", "iris", "--step", "1/4096", "--domain", "grid:1", "--table")["tried"][-1]
    assert (fine["gates"], fine["verdict"]) == (None, None)
    assert "not polynomially bounded at this size" in fine["reason"]
    fine = report("quantise", "iris", "--step", "1/4096", "--domain", "grid:1", "--precision", "1/10", "--table")["tried"][-1]
    assert fine["verdict"] == "certified"


def test_steps_are_drawn(net, tmp_path):
    pytest.importorskip("matplotlib")
    picture = tmp_path / "curve.svg"
    line = good("quantise", net, "--step", "1/8", "--domain", "grid:2", "--plot", picture)
    assert line.splitlines()[-1].split()[0] == "1/8"
    text = picture.read_text(encoding="utf-8")
    assert all(f"{words}</text>" in text for words in ("bits of the weights", "largest difference", "class changes, of 81 inputs"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--step", "1/4"], "Missing option '-o'"),
        (["--step", "1/4", "--table", "--per-layer"], "leave out --per-layer"),
        (["--step", "1/4", "--precision", "1/10", "-o", "q.json"], "--precision is of the networks"),
        (["--step", "1/4", "--plot", "q.txt"], "ends in .svg, .pdf or .png"),
        (["--step", "1/4", "--table", "--domain", "grid:200"], "the domain has"),
    ],
)
def test_what_cannot_be_tabled_is_one_line(arguments, words):
    assert words in fails("quantise", "iris", *arguments)


def test_what_no_certificate_is_of_is_one_line(net, tmp_path):
    wanted, out = tmp_path / "p.vnnlib", tmp_path / "proof.json"
    wanted.write_text(PROPERTY + BOX + "(assert (>= Y_0 100))")
    assert "a grid gives no certificate" in fails("prove", net, wanted, "--steps", 2, "-o", out)
    assert "would overwrite" in fails("prove", net, wanted, "--reals", "-o", wanted)
    good("convert", net, tmp_path / "proof.a.json")
    assert "would overwrite" in fails("prove", tmp_path / "proof.a.json", wanted, "--reals", "-o", out)
    wanted.write_text(PROPERTY + "(assert (== X_0 1))(assert (== X_1 0.5))(assert (>= Y_0 100))")
    assert "the box is one point" in fails("prove", net, wanted, "--reals", "-o", out)
    assert not out.exists()


def test_weights_and_counterexamples_are_drawn(net, tmp_path):
    """Text in a picture is text; what a picture cannot be of is one line, and nothing is drawn where networks agree."""
    pytest.importorskip("matplotlib")
    rounded, picture = tmp_path / "rounded.json", tmp_path / "picture.svg"
    good("quantise", net, "--step", "1/2", "-o", rounded)
    good("draw", net, rounded, "-o", picture)
    assert "of |weight|</text>" in picture.read_text(encoding="utf-8")
    result = run("compare", net, rounded, "--domain", "grid:2", "--plot", tmp_path / "found.svg", "-q")
    assert (result.exit_code, result.stdout) == (1, "different\n")
    assert ">outputs</text>" in (tmp_path / "found.svg").read_text(encoding="utf-8")
    good("compare", net, net, "--domain", "grid:2", "--plot", tmp_path / "none.svg")
    assert not (tmp_path / "none.svg").exists()
    for arguments in (
        ["draw", net, rounded, "-o", tmp_path / "a.dot"],
        ["draw", net, rounded, "--at", "1,0", "-o", tmp_path / "a.svg"],
        ["compare", net, rounded, "--domain", "grid:2", "--plot", tmp_path / "a.txt"],
        ["compare", net, rounded, "--domain", "reals", "--plot", tmp_path / "a.svg"],
    ):
        result = run(*arguments)
        assert (result.exit_code, result.stderr.count("\n"), result.stdout) == (2, 1, "")


@pytest.mark.parametrize(
    ("assertion", "status", "verdict"),
    [
        ("(>= Y_0 10)", 0, "holds on all reals of the box"),
        ("(or (>= Y_0 10) (and (<= Y_1 -9) (> Y_0 0)))", 0, "holds on all reals of the box"),
        ("(>= Y_0 0.7)", 1, "counterexample"),
        ("(and (>= X_0 0.9) (<= Y_1 0.9) (>= Y_0 0.1))", 1, "counterexample"),
        ("(and (< X_0 0) (>= Y_0 0))", 2, None),  # X_0 is 0 at some inputs, and nowhere less
    ],
)
def test_prove_on_all_reals(net, tmp_path, assertion, status, verdict):
    wanted = tmp_path / "wanted.vnnlib"
    wanted.write_text(f"{PROPERTY}{BOX}(assert {assertion})", encoding="utf-8")
    arguments = ("prove", net, wanted, "--reals")
    if verdict is None:
        assert "undecided: no real input meets the assertions with room" in fails(*arguments)
        return
    out = tmp_path / "proof.json"
    found = report(*arguments, "-o", out, status=status)
    assert found["verdict"] == verdict
    checked = report("check", out, status=status)
    assert (checked["claim"]["kind"], checked["verdict"]) == ("property", "refuted" if status else "certified")
    assert "never" in good("check", out, status=status)
    assert ex.recheck(out).verdict == checked["verdict"]
    assert (found["cells"] > 0) == (status == 0)
    assert good(*arguments, "-q", status=status) == f"{verdict}\n"
    assert verdict in good(*arguments, status=status)


def test_prove_is_on_a_grid_or_on_all_reals(net, tmp_path):
    wanted = tmp_path / "wanted.vnnlib"
    wanted.write_text(f"{PROPERTY}{BOX}(assert (>= Y_0 10))", encoding="utf-8")
    assert "--steps N or --reals" in fails("prove", net, wanted)
    assert "--steps N or --reals" in fails("prove", net, wanted, "--reals", "--steps", 3)
    assert "more than 1 cells" in fails("prove", net, wanted, "--reals", "--max-cells", 1)
    wanted.write_text(f"{PROPERTY}{BOX.replace('<= X_0 1', '<= X_0 0').replace('<= X_1 1', '<= X_1 0')}(assert (>= Y_0 10))")
    assert good("prove", net, wanted, "--reals", "-q") == "holds on all reals of the box\n"


def test_draw(net, tmp_path):
    out = tmp_path / "net.svg"
    good("draw", net, "-o", out, "--at", "1,0")
    text = out.read_text()
    assert text.startswith("<svg")
    assert "-3/4</text>" in text
    assert "3/4</text>" in text
    good("draw", net, "-o", tmp_path / "net.dot")
    for arguments, words in (
        (["-o", tmp_path / "net.png"], "ends in .svg or .dot"),
        (["-o", tmp_path / "net.svg", "--at", "1"], "the point 1"),
        (["-o", tmp_path / "net.dot", "--at", "1,0"], "--at is for .svg"),
    ):
        result = run("draw", net, *arguments)
        assert result.exit_code == 2
        assert words in result.stderr
