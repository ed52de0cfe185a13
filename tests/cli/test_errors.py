"""Whatever is wrong: exit status 2, one line on stderr, one object with ``--json``, no half-written file."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import NoReturn

import pytest
from click.testing import CliRunner, Result

from exactnet.cli.program import program
from exactnet.files.networks import write_network
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network, affine, relu


def run(*arguments: object) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(program, [str(argument) for argument in arguments])


def fails(*arguments: object, status: int = 2) -> str:
    """Run with and without ``--json`` what must fail; the line that says why."""
    result = run(*arguments)
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("exactnet: ")
    assert "Traceback" not in result.stderr
    assert len(result.stderr) < 1000
    again = run(*arguments, "--json")
    assert again.exit_code == status
    assert again.stdout.count("\n") == 1
    found = json.loads(again.stdout)
    assert found.keys() == {"verdict", "reason"}
    assert found["verdict"] == "error"
    return result.stderr.removeprefix("exactnet: ").rstrip("\n")


def document(**changes: object) -> str:
    """A network file with some fields changed; None removes a field."""
    fields: dict[str, object] = {
        "format": "exactnet-network/1",
        "inputs": ["x"],
        "nodes": [{"id": "h", "kind": "relu", "bias": "1", "in": {"x": "2"}}],
        "outputs": ["h"],
        "domain": {"kind": "cube"},
    }
    fields.update(changes)
    return json.dumps({name: value for name, value in fields.items() if value is not None})


def node(**changes: object) -> list[dict[str, object]]:
    """The only node of a network, with some fields changed."""
    fields: dict[str, object] = {"id": "h", "kind": "relu", "bias": "1", "in": {"x": "2"}, **changes}
    return [{name: value for name, value in fields.items() if value is not None}]


GOOD = document()
BAD: dict[str, tuple[str | bytes, str]] = {
    "no format": (document(format=None), "format"),
    "no inputs field": (document(inputs=None), "inputs"),
    "no nodes": (document(nodes=None), "nodes"),
    "no outputs field": (document(outputs=None), "outputs"),
    "node without id": (document(nodes=node(id=None)), "id"),
    "node without kind": (document(nodes=node(kind=None)), "kind"),
    "node without wires": (document(nodes=node(**{"in": None})), "in"),
    "unknown kind": (document(nodes=node(kind="sigmoid")), "sigmoid"),
    "unknown field": (document(nodes=node(colour="red")), "colour"),
    "unknown node": (document(nodes=node(**{"in": {"ghost": "1"}})), "ghost"),
    "cycle": (document(nodes=[*node(**{"in": {"g": "1"}}), *node(id="g", **{"in": {"h": "1"}})]), "cycle"),
    "self loop": (document(nodes=node(**{"in": {"h": "1"}})), "cycle"),
    "doubled id": (document(nodes=[*node(), *node()]), "twice"),
    "id of an input": (document(nodes=node(id="x")), "twice"),
    "unknown output": (document(outputs=["ghost"]), "ghost"),
    "no outputs": (document(outputs=[]), "outputs"),
    "no inputs": (document(inputs=[]), "inputs"),
    "empty network": (document(inputs=[], nodes=[], outputs=[]), "input"),
    "zero denominator": (document(nodes=node(bias="1/0")), "zero denominator"),
    "nan in quotes": (document(nodes=node(bias="nan")), "nan"),
    "nan": (GOOD.replace('"bias": "1"', '"bias": NaN'), "NaN"),
    "infinity": (GOOD.replace('"bias": "1"', '"bias": Infinity'), "Infinity"),
    "float": (GOOD.replace('"bias": "1"', '"bias": 0.1'), "0.1"),
    "huge exponent": (document(nodes=node(bias="1e9999999999")), "exponent"),
    "a million digits": (document(nodes=node(bias="9" * 10**6)), "1000000"),
    "a million digits unquoted": (GOOD.replace('"bias": "1"', '"bias": ' + "9" * 10**6), "1000000"),
    "deep nesting": ("[" * 10**5 + "]" * 10**5, "nested"),
    "deep nesting inside": (GOOD.replace('"1"', "[" * 10**5 + "]" * 10**5), "nested"),
    "truncated": (GOOD[: len(GOOD) // 2], "not JSON"),
    "empty": ("", "empty"),
    "binary": (bytes(range(256)) * 10, "UTF-8"),
    "a list": ("[1, 2]", "object"),
    "bad domain": (document(domain={"kind": "sphere"}), "sphere"),
    "bad grid": (document(domain={"kind": "grid", "p": 0}), "p"),
    "no points": (document(domain={"kind": "points", "points": []}), "points"),
    "points of another dimension": (document(domain={"kind": "points", "points": [["0", "1"]]}), "coordinates"),
    "hostile name": (document(outputs=["\x1b[2J\n\r"]), "\\x1b"),
}


@pytest.mark.parametrize("name", BAD)
def test_unusable_networks(tmp_path: Path, name: str) -> None:
    text, says = BAD[name]
    bad, out = tmp_path / "bad.json", tmp_path / "out.json"
    bad.write_bytes(text if isinstance(text, bytes) else text.encode())
    good = tmp_path / "good.json"
    good.write_text(GOOD)
    assert says in fails("certify", bad, "-o", out)
    assert says in fails("construct", bad, "-o", out)
    assert says in fails("compare", good, bad)
    assert says in fails("show", bad)
    assert says in fails("eval", bad, "1")
    result = run("convert", bad, out)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.json", "good.json"]


@pytest.mark.parametrize(
    "text", ["", "\x00\xff", ".model m\n", ".model m\n.input a\n.output y\n.threshold a y\n1", "[", "{}"]
)
def test_unusable_circuits_and_certificates(tmp_path: Path, text: str) -> None:
    for name, command in (("bad.th", ["show"]), ("bad.json", ["check"]), ("bad.th", ["certify"])):
        (tmp_path / name).write_bytes(text.encode("latin-1"))
        assert name in fails(*command, tmp_path / name)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    good = tmp_path / "good.json"
    good.write_text(GOOD)
    for command in (["certify"], ["show"], ["check"], ["eval"]):
        assert "missing.json" in fails(*command, tmp_path / "missing.json")
        assert "directory" in fails(*command, tmp_path)
        assert "more than 20 bytes" in fails(*command, good, "--max-file", "20")
    assert "no shipped example" in fails("show", "irises")
    (tmp_path / "domain.json").write_text('{"kind": "cube"}' + " " * 3000)
    assert "domain.json" in fails("show", good, "--domain", tmp_path / "domain.json", "--max-file", "3000")
    assert "missing.json" in fails("compare", good, tmp_path / "missing.json")


def test_domains_that_are_too_large_or_missing(tmp_path: Path) -> None:
    good, out = tmp_path / "good.json", tmp_path / "out.json"
    good.write_text(GOOD)
    for command in (["certify", "-o", out], ["construct", "-o", out], ["compare", "--count", good]):
        assert "--max-inputs 1" in fails(*command, good, "--max-inputs", "1")
        if command[0] != "certify":
            assert "--max-inputs" in fails(*command, good, "--domain", "grid:1000000")
    names = [f"x{i}" for i in range(20_000)]  # 2^20000 inputs: more digits than Python writes out
    write_network(tmp_path / "wide.json", Network(names, [relu("h", {"x1": 1})], ["h"]), Cube(len(names)))
    assert "2^20000" in fails("certify", tmp_path / "wide.json", "--route", "component")
    assert "2^20000" in fails("compare", "--count", tmp_path / "wide.json", tmp_path / "wide.json", "--max-inputs", "2^64")
    shown = run("show", tmp_path / "wide.json")
    assert shown.exit_code == 0
    assert "too many inputs" in shown.stdout
    (tmp_path / "bare.json").write_text(document(domain=None))
    assert "--domain" in fails("certify", tmp_path / "bare.json")
    assert not out.exists()


def test_usage(tmp_path: Path) -> None:
    good = tmp_path / "good.json"
    good.write_text(GOOD)
    assert "NET" in fails("certify")
    assert "--nope" in fails("certify", good, "--nope")
    assert "nope" in fails("nope")
    assert "--nope" in fails("--nope")
    assert "-o" in fails("construct", good)
    assert "B" in fails("compare", good)
    assert "2 coordinates" in fails("eval", good, "1", "2")
    assert "x1" in fails("eval", good, "one")
    assert "--one" in fails("eval", good, "--one")
    assert "lookbehind" in fails("certify", good, "--route", "lookbehind")
    for option, value in (
        ("--precision", "2/3"),
        ("--precision", "0"),
        ("--precision", "nan"),
        ("--range", "-1"),
        ("--range", "9" * 10**5),
        ("--max-inputs", "many"),
        ("--max-file", "64XB"),
        ("--domain", "grid:x"),
        ("--weight-bound", "2^"),
        ("--weight-bound", "__import__('os')"),
        ("--weight-bound", "9^9^9"),
        ("--weight-bound", "1/0"),
        ("--weight-bound", "(" * 900),
        ("--weight-bound", "1/(d-1)"),
    ):
        fails("certify", good, option, value)
    (tmp_path / "and.th").write_text("and\n.model and\n.input a b\n.output y\n.threshold a b y\n1 1 2\n.end\n")
    assert "--precision" in fails("certify", tmp_path / "and.th", "--precision", "1/2")


def test_output_paths_are_tried_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = tmp_path / "good.json"
    good.write_text(GOOD)
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "c.original.json").mkdir()

    def work(*given: object, **named: object) -> NoReturn:
        raise AssertionError("the work began")

    monkeypatch.setattr("exactnet.certify.small_weights.certify_network", work)
    monkeypatch.setattr("exactnet.certify.small_weights.plan", work)
    for out in (
        "missing/out.json",
        "folder.json",
        "good.json/out.json",
        "good.json",
        "",
        "a\x00b.json",
        "/proc/out.json",
    ):
        path = tmp_path / out if out and not out.startswith("/") and "\x00" not in out else out
        fails("certify", good, "-o", path)
        fails("construct", good, "-o", path)
    assert "c.original.json" in fails("certify", good, "-o", tmp_path / "c.json")
    assert "good.json" in fails("certify", good, "-o", good)
    assert ".json or .th" in fails("construct", good, "-o", tmp_path / "out.txt")
    assert "circuit" in fails("construct", good, "-o", tmp_path / "out.th")
    assert good.read_text() == GOOD
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.original.json", "folder.json", "good.json"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_write_permission(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(GOOD)
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert "Permission denied" in fails("certify", tmp_path / "good.json", "-o", tmp_path / "out.json")


def test_a_disk_that_fills_up_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = tmp_path / "good.json"
    good.write_text(GOOD)

    def full(number: int) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left" in fails("certify", good, "-o", tmp_path / "out.json")
    assert "No space left" in fails("construct", good, "-o", tmp_path / "out.json")
    result = run("make", "parity", "-o", tmp_path / "out.json")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["good.json"]


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (RecursionError("maximum recursion depth exceeded"), 2, "nested too deeply"),
        (MemoryError(), 2, "out of memory"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (ZeroDivisionError("a\nb"), 70, "internal error: ZeroDivisionError: a\\nb; please report"),
    ],
)
def test_what_no_command_expects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, says: str
) -> None:
    def fail(*given: object, **named: object) -> NoReturn:
        raise error

    good = tmp_path / "good.json"
    good.write_text(GOOD)
    monkeypatch.setattr("exactnet.certify.small_weights.make_claim", fail)
    assert says in fails("certify", good, "-o", tmp_path / "c.json", status=status)
    assert not (tmp_path / "c.json").exists()
    if status == 70:
        monkeypatch.setenv("EXACTNET_DEBUG", "1")
        assert "Traceback" in run("certify", good).stderr


def test_networks_that_cannot_be_compared(tmp_path: Path) -> None:
    write_network(tmp_path / "net.json", Network(["x"], [affine("y", {"x": 1})], ["y"]), Cube(1))
    write_network(tmp_path / "two.json", Network(["x"], [affine("y", {"x": 1})], ["y", "x"]), Cube(1))
    assert "outputs" in fails("compare", tmp_path / "net.json", tmp_path / "two.json")
