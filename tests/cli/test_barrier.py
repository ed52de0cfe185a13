"""``exactnet barrier``, ``assemble`` and ``least`` as a user runs them, and every bad input."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import exactnet.files.circuits as files
from exactnet.cli.program import program
from exactnet.files.networks import read_network, write_network
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.errors import FormatError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, Node, affine, relu, threshold
from tests.cli.test_errors import fails, run

NET = Network(
    ["x1", "x2"],
    [relu("h", {"x1": 5, "x2": -3}, 1), relu("g", {"x1": 5, "x2": -3}), affine("y", {"h": "5/4", "g": "-5/4"}, "-1/4")],
    ["y"],
)


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.json"
    write_network(path, NET, Grid(1, 2))
    return path


@pytest.fixture
def folder(net: Path, tmp_path: Path) -> Path:
    path = tmp_path / "circuits"
    done = run("barrier", net, "--precision", "1", "--route", "residue", "-o", path, "--quiet")
    assert (done.exit_code, done.stdout) == (0, "certified\n")
    return path


def json_of(*arguments: object, status: int = 0) -> dict[str, Any]:
    done = run(*arguments, "--json")
    assert done.exit_code == status, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_there_and_back(net: Path, folder: Path, tmp_path: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [
        "circuits.constructed.json",
        "circuits.json",
        "circuits.original.json",
        "network.circuits.json",
        "network.constructed.json",
        "network.json",
        "network.original.json",
        "v+0.json",
        "v+1.json",
    ]
    for name in ("circuits.json", "network.json"):
        assert run("check", folder / name, "--quiet").stdout == "certified\n"
    out = tmp_path / "back.json"
    done = run("assemble", folder, net, "--precision", "1", "-o", out)
    assert done.exit_code == 0
    assert "certified  " in done.stdout
    assert "t + 2" in done.stdout
    assert run("check", out, "--quiet").stdout == "certified\n"
    assert measure(read_network(tmp_path / "back.constructed.json").network) == measure(
        read_network(folder / "network.constructed.json").network
    )
    again = run("assemble", folder, "--range", "1", "--domain", "grid:1", "--quiet")
    assert (again.exit_code, again.stdout) == (0, "certified\n")


def test_the_round_trip_in_json_and_as_a_table(net: Path) -> None:
    found = json_of("barrier", net, "--precision", "1")
    assert found.keys() == {"verdict", "reason", "R", "r", "circuits", "network", "steps", "seconds"}
    assert [(step["step"], step["depth_expression"]) for step in found["steps"]] == [("N", "k"), ("C_v", "3*k"), ("N'", "t + 2")]
    depths = [step["depth"] for step in found["steps"]]
    assert depths[0] == 2
    assert depths[1] <= 6
    assert depths[2] == depths[1] + 2
    assert found["circuits"]["statement"] == "S5 circuits"
    assert found["network"]["statement"] == "S5 network"
    shown = run("barrier", net, "--precision", "1").stdout
    assert "C_v" in shown
    assert "2 over 4 bits, for v from 0 to 1" in shown


def test_circuits_of_other_formats_and_a_cube(tmp_path: Path) -> None:
    folder = tmp_path / "family"
    folder.mkdir()
    (folder / "notes.txt").write_text("not a circuit")
    (folder / "v+0.th").write_text(".model or\n.input a b\n.output t\n.threshold a b t\n1 1 1\n.end\n")
    write_network(folder / "v+1.json", Network(["a", "b"], [threshold("t", {"a": 1, "b": 1}, -2)], ["t"]), Cube(2))
    out = tmp_path / "c.json"
    found = json_of("assemble", folder, "--range", "1", "--domain", "cube", "-o", out)
    assert (found["verdict"], found["constructed"]["depth"]) == ("certified", 2)
    assert run("eval", tmp_path / "c.constructed.json", "1", "0").stdout.split()[-1] == "0"
    assert run("check", out, "--quiet").stdout == "certified\n"


def test_a_wrong_circuit_is_refuted_with_the_input_that_shows_it(net: Path, folder: Path) -> None:
    circuit = read_network(folder / "v+1.json").network
    gates = [Node(node.id, node.kind, node.sources, node.bias - 1000 * (node.id in circuit.outputs)) for node in circuit.nodes()]
    write_network(folder / "v+1.json", Network(circuit.inputs, gates, circuit.outputs))
    found = json_of("assemble", folder, net, "--precision", "1", status=1)
    assert found["verdict"] == "refuted"
    assert found["reason"] == "the circuit for v = 1 gives 0, not 1"
    x = [found["counterexample"]["input"][name] for name in ("x1", "x2")]
    assert NET(x)[0] == 1
    assert found["wrong_circuit"]["v"] == 1
    bits = [found["wrong_circuit"]["bits"][f"x{i}.{s}"] for i in (1, 2) for s in (0, 1)]
    assert bits == [int(x[0]) + 1 & 1, int(x[0]) + 1 >> 1, int(x[1]) + 1 & 1, int(x[1]) + 1 >> 1]
    shown = run("assemble", folder, net, "--precision", "1")
    assert shown.exit_code == 1
    assert shown.stdout.startswith("refuted  ")
    assert "at input" in shown.stdout
    assert "x1.0=" in shown.stdout


def test_circuits_that_are_not_nested_are_refuted(folder: Path) -> None:
    first, second = (folder / name for name in ("v+0.json", "v+1.json"))
    write_network(first, Network(["a", "b", "c", "d"], [threshold("t", {"a": 1}, -1)], ["t"]))
    write_network(second, Network(["a", "b", "c", "d"], [threshold("t", {"a": -1}, 0)], ["t"]))
    found = json_of("assemble", folder, "--range", "1", "--domain", "grid:1", status=1)
    assert found["reason"] == "the circuits are not nested: that for v = 0 gives 0, their sum says 1"
    assert found["counterexample"]["input"] == {"x1": "-1", "x2": "-1"}


# --- bad input ------------------------------------------------------------------------------------


def test_bad_families(net: Path, folder: Path, tmp_path: Path) -> None:
    def bad(*more: object) -> str:
        return fails("assemble", folder, net, "--precision", "1", *more)

    shutil.copytree(folder, tmp_path / "kept")
    kept = tmp_path / "kept" / "v+1.json"
    broken = folder / "v+1.json"
    broken.unlink()
    assert bad() == f"{folder}: no circuit for v = 1 (v+1.json); there must be one for each v, -rR < v <= rR for r = 1 and R = 1"
    shutil.copy(kept, broken)
    shutil.copy(kept, folder / "v+2.json")
    assert bad() == f"{folder}: a circuit for v = 2, but -rR < v <= rR for r = 1 and R = 1"
    (folder / "v+2.json").unlink()
    (folder / "v+1.th").write_text("")
    assert bad() == f"{folder}: v+1.json and v+1.th are both the circuit for v = 1"
    (folder / "v+1.th").unlink()
    shutil.copy(net, broken)
    assert bad() == f"{broken}: is not a threshold circuit (threshold and affine nodes, threshold outputs)"
    broken.write_text("{")
    assert bad().startswith(f"{broken}: line 1 column 2")
    write_network(broken, Network(["a"], [threshold("t", {"a": 1})], ["t"]))
    assert bad() == f"{broken}: has 1 inputs, but v+0.json has 4"
    write_network(broken, Network(list("abcd"), [threshold("t", {"a": 1}), threshold("u", {})], ["t", "u"]))
    assert bad() == f"{broken}: has 2 outputs, but v+0.json has 1"
    shutil.copy(kept, broken)
    assert "the circuits have 4 inputs, but 2 inputs from the grid with p = 2 have 8 bits" in bad(
        "--domain", "grid:2", "--range", "1"
    )
    assert "the circuits have 4 inputs, but 2 inputs from the cube have 2 bits" in bad("--domain", "cube", "--range", "1")


def test_bad_requests(net: Path, folder: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    assert fails("assemble", nowhere, net) == f"{nowhere}: cannot be read: No such file or directory"
    assert fails("assemble", net, net) == f"{net}: cannot be read: Not a directory"
    odd = tmp_path / "odd"
    (odd / "v+0.json").mkdir(parents=True)
    assert fails("assemble", odd, net) == f"{odd / 'v+0.json'}: is not a regular file"
    empty = tmp_path / "empty"
    empty.mkdir()
    assert fails("assemble", empty, net) == f"{empty}: holds no circuits (v+1.json, v+0.th and so on, one for each v)"
    assert fails("assemble", folder) == "without NET, --domain is cube or grid:P"
    assert fails("assemble", folder, "--domain", "grid:0") == "without NET, --domain is cube or grid:P, not 'grid:0'"
    reason = "without NET, --range R is needed: it says which circuits there must be"
    assert fails("assemble", folder, "--domain", "cube") == reason
    assert "not a multiple of the 5 bits of one input" in fails("assemble", folder, "--domain", "grid:3", "--range", "1")
    assert "no circuit for v = -1" in fails("assemble", folder, "--domain", "grid:1", "--range", "2")
    assert "no circuit for v = -1" in fails("assemble", folder, "--domain", "grid:1", "--range", "1", "--precision", "1/2")
    assert "2rR = 20000 values of v" in fails("assemble", folder, "--domain", "grid:1", "--range", "10000")
    assert "more than --max-inputs 3" in fails(
        "assemble", folder, "--domain", "grid:1", "--range", "1", "--max-inputs", "3"
    )
    assert "S5 is about ReLU networks" in fails("barrier", folder / "v+1.json", "--domain", "cube")
    assert fails("barrier", net, "-o", folder) == f"{folder}: exists and is not empty"
    assert fails("barrier", net, "-o", net) == f"{net}: exists and is not a folder"
    deep = tmp_path / "none" / "circuits"
    assert fails("barrier", net, "-o", deep) == f"{deep}: cannot be written: No such file or directory"
    refused = run("barrier", net, "--range", "1", "--precision", "1", "--domain", "grid:9", "--max-inputs", "10")
    assert refused.exit_code == 2
    assert "2rR = 8000 values of v" in fails("barrier", net, "--precision", "1/4000")
    assert "route 'x'" in fails("barrier", net, "--route", "x")


def test_a_value_beyond_the_promise_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    write_network(path, Network(["x"], [affine("y", {"x": 5})], ["y"]), Cube(1))
    for command in (["barrier"], ["least"]):
        done = run(*command, path, "--range", "2")
        assert done.exit_code == 2
        assert done.stderr == "exactnet: refused: |N| = 5 > R = 2 at x=1\n"
    assert json.loads(run("barrier", path, "--range", "2", "--json").stdout)["verdict"] == "refused"


def test_nothing_is_half_written(net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise FormatError("no space left")

    monkeypatch.setattr("exactnet.files.certificate_writer.write_certificate", fail)
    before = sorted(tmp_path.iterdir())
    assert fails("barrier", net, "--precision", "1", "-o", tmp_path / "new") == "no space left"
    assert sorted(tmp_path.iterdir()) == before


def test_the_folder_may_be_there_already_and_empty(net: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    assert run("least", net, "--precision", "1", "-o", tmp_path / "new").exit_code == 0
    assert (tmp_path / "new" / files.circuit_file(0)).exists()
    assert (tmp_path / "new" / "network.json").exists()


# --- least ----------------------------------------------------------------------------------------


def test_least_circuits_and_their_network(tmp_path: Path) -> None:
    assert run("make", "parity", "--d", "3", "--kind", "relu", "-o", tmp_path / "parity.json").exit_code == 0
    folder = tmp_path / "least"
    done = run("least", tmp_path / "parity.json", "-o", folder)
    assert done.exit_code == 0
    assert "exhaustion" in done.stdout
    found = json_of("least", tmp_path / "parity.json")
    assert [(row["v"], row["gates"], row["none_with_fewer"]) for row in found["circuits"]] == [
        (0, 0, None),
        (1, 3, "exhaustion"),
    ]
    assert json_of("assemble", folder, tmp_path / "parity.json")["verdict"] == "certified"
    assert run("check", folder / "network.json", "--quiet").stdout == "certified\n"
    quiet = run("least", tmp_path / "parity.json", "--quiet")
    assert quiet.stdout == "certified\n"
    assert fails("least", tmp_path / "parity.json", "--max-gates", "2") == (
        "v = 1: more than 2 gates are needed in the first layer"
    )
    assert "at most 64 inputs" in fails("least", tmp_path / "parity.json", "--domain", "grid:2")


def test_help_names_an_example() -> None:
    for command in ("barrier", "assemble", "least"):
        done = CliRunner().invoke(program, [command, "--help"])
        assert done.exit_code == 0
        assert "Example:" in done.stdout
