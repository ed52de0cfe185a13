"""recheck: what a certificate may claim, and that it stands alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq

from exactnet import recheck
from exactnet.kernel.domain import Cube, Points
from exactnet.kernel.network import Network, affine, relu, threshold
from tests.rechecking import PACKAGE, Json, make, one_line, refuted, run_bare, verdict, write

REPO = PACKAGE.parent.parent


MODULE = f"import runpy, sys; sys.path[:0] = [{str(REPO)!r}]; runpy.run_module('exactnet.recheck', run_name='__main__')"


def test_runs_without_any_dependency(tmp_path: Path, rounded: Json) -> None:
    assert run_bare("-c", "import gmpy2").returncode == 1  # the interpreter has none indeed
    path = write(tmp_path, rounded)
    copy = str(shutil.copytree(PACKAGE, tmp_path / "copy"))
    for command in ([copy], [str(PACKAGE)], ["-c", MODULE]):
        done = run_bare(*command, path)
        assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (0, "certified", "")
    rounded["inputs_checked"] = "5"
    done = run_bare("-c", MODULE, write(tmp_path, rounded))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-1] == "WRONG: the domain has 4 inputs, inputs_checked says 5"
    done = run_bare(copy, write(tmp_path, refuted(tmp_path)))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "refuted")


def test_a_reader_may_stop_reading(tmp_path: Path, rounded: Json) -> None:
    command = [sys.executable, "-I", "-S", str(PACKAGE), write(tmp_path, rounded)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_imports_nothing_but_the_standard_library() -> None:
    code = f"import sys; sys.path[:0] = [{str(REPO)!r}]; import exactnet.recheck; print(*sys.modules, sep='\\n')"
    done = run_bare("-c", code)
    top = {name.partition(".")[0] for name in done.stdout.split()}
    assert top - set(sys.stdlib_module_names) <= {"exactnet", "__main__", "__mp_main__"}
    mine = {f"exactnet.recheck.{path.stem}" for path in PACKAGE.glob("[!_]*.py")}
    assert {name for name in done.stdout.split() if name.startswith("exactnet")} == {
        "exactnet",
        "exactnet.recheck",
    } | mine


def twice(folder: Path, **changes: Any) -> Json:
    """A certificate of the exact form of ``y = [2x]+/2`` on the cube, with changes."""
    net = Network(["x"], [relu("h", {"x": 2}), affine("y", {"h": "1/2"})], ["y"])
    return make(folder, (net, net), Cube(1), "equal", 1) | changes


def test_what_is_on_trust_is_said_last(tmp_path: Path, rounded: Json) -> None:
    for sample in (None, 2):
        lines = list(recheck.recheck(write(tmp_path, rounded), sample))
        assert lines[-2].startswith(
            "taken on trust: that the bounds' expressions are those of the theorem (exactnet check"
        )
        assert lines[-2].endswith("and B = 9, s = 1")


def test_a_network_of_the_wrong_kind_is_refused_and_refutes(tmp_path: Path) -> None:
    gate = Network(["x"], [threshold("h", {"x": 1}, -1), affine("y", {"h": 1})], ["y"])
    original = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1})], ["y"])
    certificate = make(tmp_path, (original, gate), Cube(1), "equal", 1)
    assert certificate["statement"] == "S1 exact"
    assert verdict(tmp_path, certificate) == "WRONG: S1 exact: the constructed network is not a ReLU network"
    assert verdict(tmp_path, certificate | {"verdict": "refuted", "reason": "kind"}) == "refuted"
    circuit = Network(["x"], [threshold("y", {"x": 1}, -1)], ["y"])
    relus = Network(["x"], [relu("y", {"x": 1})], ["y"])
    right = make(tmp_path, (circuit, circuit), Cube(1), "equal", 1)
    assert (right["statement"], verdict(tmp_path, right)) == ("S3", "certified")
    assert verdict(tmp_path, right | {"promised": True}) == "WRONG: r and R of a circuit must be 1"
    other = make(tmp_path, (circuit, circuit), Cube(1), "equal", 1) | {"statement": "S1 exact"}
    assert verdict(tmp_path, other).startswith("WRONG: S1 exact is not the statement")
    certificate = make(tmp_path, (circuit, relus), Cube(1), "equal", 1)
    assert verdict(tmp_path, certificate) == "WRONG: S3: the constructed network is not a threshold circuit"


@pytest.mark.parametrize(("statement", "limit"), [("S1 exact", 6), ("S3", 4)])
def test_the_depth_of_the_theorem_is_known(tmp_path: Path, statement: str, limit: int) -> None:
    """Chains of gates or ReLUs that pass on ``x``, with a bound in the certificate that allows any depth."""
    for depth in (limit, limit + 1):
        if statement == "S3":
            gate = [threshold(f"g{i}", {f"g{i - 1}" if i else "x": 1}, -1) for i in range(depth)]
            nets = (
                Network(["x"], [threshold(gate[-1].id, {"x": 1}, -1)], [gate[-1].id]),
                Network(["x"], gate, [gate[-1].id]),
            )
        else:
            chain = [relu(f"h{i}", {f"h{i - 1}" if i else "x": 1}) for i in range(depth - 1)]
            nets = (
                Network(["x"], [affine("y", {"x": 1})], ["y"]),
                Network(["x"], [*chain, affine("y", {chain[-1].id: 1})], ["y"]),
            )
        certificate = make(tmp_path, nets, Cube(1), "equal", 1)
        assert (certificate["statement"], certificate["constructed"]["depth"]) == (statement, depth)
        found = verdict(tmp_path, certificate)
        assert found == "certified" if depth == limit else found.startswith(f"WRONG: depth {depth} > 3*k + ")


def test_route_compact_may_be_deeper(tmp_path: Path) -> None:
    chain = [relu(f"h{i}", {f"h{i - 1}" if i else "x": 1}) for i in range(9)]
    original = Network(["x"], [*chain[:1], relu("h1", {"h0": 1}), affine("y", {"h1": 1})], ["y"])  # k = 3: 12 or 13
    deep = [relu(f"h{i}", {f"h{i - 1}" if i else "x": 1}) for i in range(12)]
    certificate = make(
        tmp_path, (original, Network(["x"], [*deep, affine("y", {"h11": 1})], ["y"])), Cube(1), "equal", 1
    )
    assert verdict(tmp_path, certificate) == "WRONG: depth 13 > 3*k + 3 = 12, the most in S1 exact"
    assert verdict(tmp_path, certificate | {"route": "compact"}) == "certified"


def test_constant_weights(tmp_path: Path) -> None:
    net = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1})], ["y"])
    certificate = make(tmp_path, (net, net), Cube(1), "equal", 1) | {"statement": "S2 exact"}
    rows = certificate["bounds"]
    rows[1] |= {"name": "max_weight", "symbolic": "1", "value": "1"}
    assert verdict(tmp_path, certificate) == "WRONG: no bound of 1 on max_bias"
    rows[2] |= {"symbolic": "1", "value": "1"}
    assert verdict(tmp_path, certificate) == "certified"
    certificate = twice(tmp_path, statement="S2 exact")
    assert verdict(tmp_path, certificate) == "WRONG: no bound of 1 on max_weight"


def test_stated_bounds_are_those_that_were_stated(tmp_path: Path, rounded: Json) -> None:
    text = " 007*max(5) "
    measured = rounded["constructed"]
    rows = [
        {"name": f"{name} (stated)", "symbolic": text, "value": "35", "measured": measured[name], "holds": True}
        for name in ("max_weight", "max_bias")
    ]
    right = rounded | {"stated": {"weights": text}, "bounds": rounded["bounds"] + rows}
    assert verdict(tmp_path, right) == "certified"
    assert verdict(tmp_path, right | {"stated": {}}).startswith("WRONG: the stated bounds")
    assert verdict(tmp_path, right | {"stated": {"weights": "35"}}).startswith("WRONG: the stated bounds")
    assert verdict(tmp_path, right | {"bounds": right["bounds"][:-1]}).startswith("WRONG: the stated bounds")
    assert verdict(tmp_path, right | {"bounds": [right["bounds"][0], *rows]}) == "WRONG: no bound on max_weight"
    defined = {"definitions": {"q": "35"}, "parameters": rounded["parameters"] | {"q": "35"}}
    named = [row | {"symbolic": "q"} for row in rows]
    right |= {"stated": {"weights": "q"}, "bounds": rounded["bounds"] + named}
    assert "cannot be evaluated" in verdict(tmp_path, right | defined)


def test_a_refutation_needs_a_bound_that_fails(tmp_path: Path, rounded: Json) -> None:
    size = str(rounded["constructed"]["size"])
    row = {"name": "size", "symbolic": "0", "value": "0", "measured": size, "holds": False}
    refuted = rounded | {"verdict": "refuted", "reason": "size", "bounds": [*rounded["bounds"], row]}
    assert verdict(tmp_path, refuted) == "refuted"
    less = row | {"measured": "1"}
    assert verdict(tmp_path, refuted | {"bounds": [*rounded["bounds"], less]}).startswith("WRONG: bound size: 1 is not the measure")
    other = rounded["constructed"] | {"size": 1}
    assert verdict(tmp_path, refuted | {"constructed": other}).startswith("WRONG: constructed: size is")


def test_a_counterexample_cannot_be_a_broken_hypothesis(tmp_path: Path) -> None:
    net = Network(["x"], [affine("y", {"x": 3})], ["y"])
    point = {"input": {"x": "1"}, "expected": {"y": "3"}, "got": {"y": "3"}, "node": None}
    changes = {"verdict": "refuted", "outputs": None, "counterexample": point, "reason": "R"}
    certificate = make(tmp_path, (net, net), Cube(1), "equal", 1) | changes
    certificate["parameters"]["R"] = "1"
    assert verdict(tmp_path, certificate) == "WRONG: the counterexample is none: nothing is wrong there"
    other = Network(["x"], [affine("y", {"x": 2})], ["y"])
    certificate = make(tmp_path, (net, other), Cube(1), "equal", 1) | changes
    certificate["counterexample"]["got"] = {"y": "2"}
    assert verdict(tmp_path, certificate) == "refuted"
    certificate["parameters"]["R"] = "2"
    assert verdict(tmp_path, certificate) == "WRONG: the counterexample: y is 3, beyond R"


def test_huge_weights_take_no_quadratic_time(tmp_path: Path) -> None:
    nodes = [affine(f"a{i}", {f"a{i - 1}" if i else "x1": "1e9999"}) for i in range(3)]
    net = Network(["x1", "x2"], [*nodes, threshold("g", {"a2": 1})], ["g"])
    small = Network(["x1", "x2"], [threshold("g", {"x1": 1})], ["g"])
    points = Points(((mpq(0), mpq(0)), (mpq(1), mpq(1))))
    path = write(tmp_path, make(tmp_path, (net, small), points, "equal", 1))
    done = run_bare(str(PACKAGE), path)  # hours, and all memory, if every digit of every weight were a plane
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "certified")


def test_a_pipe_is_not_waited_for(tmp_path: Path, rounded: Json) -> None:
    path = write(tmp_path, rounded)
    (tmp_path / "c.constructed.json").unlink()
    os.mkfifo(tmp_path / "c.constructed.json")
    done = subprocess.run(
        [sys.executable, "-S", str(PACKAGE), path], capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "not a regular file" in done.stderr


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\udc00x"', "1.0", "NaN", "-Infinity", "1e2"])
def test_no_floats_and_no_half_characters(
    tmp_path: Path, rounded: Json, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = Path(write(tmp_path, rounded))
    written = path.read_text()
    path.write_text(written.replace('"seconds": "0.25"', f'"seconds": {text}'))
    assert path.read_text() != written
    one_line(capsys, str(path))
