"""recheck as a command: unusable input is one line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from gmpy2 import mpq

from exactnet import recheck
from exactnet.files.document import domain_fields
from exactnet.kernel.domain import Cube, Grid, Points
from exactnet.kernel.network import Network, threshold
from tests.rechecking import (
    PACKAGE,
    TENTHS,
    Edit,
    Json,
    fractions,
    make,
    network_json,
    one_line,
    put,
    run_bare,
    save,
    verdict,
    write,
)

UNUSABLE: dict[str, Edit] = {
    "format": put("exactnet-certificate/4", "format"),
    "an older format": put("exactnet-certificate/2", "format"),
    "verdict": put("maybe", "verdict"),
    "relation": put("nearly", "relation", "kind"),
    "r": put("0", "relation", "r"),
    "r is a fraction": put("1/2", "relation", "r"),
    "unknown field": lambda c: c.update(note="x"),
    "missing field": lambda c: c.pop("route"),
    "field of the domain": put({"kind": "cube", "p": 1}, "domain"),
    "field of a bound": lambda c: c["bounds"][0].update(note="x"),
    "field of a network": lambda c: c["original"].update(note="x"),
    "option": lambda c: c["options"].update(output=1),
    "stated": put({"biases": "5"}, "stated"),
    "promised": put(1, "promised"),
    "R is a fraction": put("1/2", "parameters", "R"),
    "no digest of the outputs": put(None, "outputs", "sha256"),
    "float": put(2.0, "constructed", "depth"),
    "bool": put(True, "constructed", "depth"),
    "measure": put(None, "original", "wires"),
    "path": put("../c.original.json", "original", "file"),
    "path of the folder": put("..", "original", "file"),
    "absolute path": put("/dev/zero", "original", "file"),
    "no path": put("", "original", "file"),
    "a file name with NUL": put("a\0", "original", "file"),
    "missing file": put("none.json", "original", "file"),
    "parameter": put("1e99999", "parameters", "d"),
    "parameters": put([], "parameters"),
    "bounds": put({}, "bounds"),
    "domain": put({"kind": "ball"}, "domain"),
    "no points": put({"kind": "points", "points": []}, "domain"),
    "p": put({"kind": "grid", "p": 0}, "domain"),
    "p is text": put({"kind": "grid", "p": "3"}, "domain"),
    "ragged points": put({"kind": "points", "points": [[1, 1], [1]]}, "domain"),
    "chunk": put(1000, "outputs", "chunk"),
    "width is huge": put(10**9, "outputs", "width"),
    "outputs": put(None, "outputs"),
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_an_unusable_certificate_is_one_line(
    tmp_path: Path, rounded: Json, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    UNUSABLE[what](rounded)
    one_line(capsys, write(tmp_path, rounded))


@pytest.mark.parametrize(
    "data",
    [b"", b"[", b"[]", b"{}", b"\xff", b"\0", b"[" * 100000, b'{"a":' * 100000, b'{"format": 1, "format": 2}',
     b'{"n": ' + b"9" * 100000 + b"}", b'"' + b"x" * 3000000 + b'"'],
)  # fmt: skip
def test_what_is_no_certificate_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(data)
    one_line(capsys, str(path), "--max-file", "2")


def test_a_key_that_occurs_twice_is_refused(tmp_path: Path, rounded: Json, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(write(tmp_path, rounded))
    path.write_text(path.read_text().replace('"verdict"', '"reason": "", "verdict"', 1))
    assert "the key reason occurs twice" in one_line(capsys, str(path))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (put("exactnet-network/2", "format"), "format"),
        (put([], "inputs"), "inputs"),
        (put("x1", "inputs"), "inputs"),
        (put(["y", "y"], "outputs"), "outputs"),
        (put(["z"], "outputs"), "z is read, but is no node"),
        (lambda net: net["nodes"].append(net["nodes"][0]), "taken"),
        (lambda net: net["nodes"][0].update(id="x1"), "taken"),
        (lambda net: net["nodes"][0].update(kind="input"), "kind"),
        (lambda net: net["nodes"][0].update(bias=0.5), "number"),
        (lambda net: net["nodes"][0].update(bias="1/0"), "number"),
        (lambda net: net["nodes"][0].update(bias="+1"), "number"),
        (lambda net: net["nodes"][0].update(bias="١"), "number"),
        (lambda net: net["nodes"][0].update(bias="1" * 20001), "number"),
        (lambda net: net["nodes"][0].pop("in"), "in is missing"),
        (lambda net: net["nodes"][0]["in"].update(q=1), "q is read, but is no node"),
        (lambda net: net["nodes"][0]["in"].update(y=1), "cycle"),
        (lambda net: net["nodes"].append(3), "id is missing"),
    ],
)
def test_a_malformed_network_is_one_line(
    tmp_path: Path, rounded: Json, capsys: pytest.CaptureFixture[str], edit: Edit, message: str
) -> None:
    document = network_json(TENTHS)
    edit(document)
    rounded["constructed"] |= save(tmp_path, "c.constructed.json", document)
    assert message in one_line(capsys, write(tmp_path, rounded))


def test_a_wire_of_weight_0_is_none_even_in_a_circle(tmp_path: Path, rounded: Json) -> None:
    document = network_json(TENTHS)
    document["nodes"][0]["in"]["y"] = "0"
    rounded["constructed"] |= save(tmp_path, "c.constructed.json", document)
    assert verdict(tmp_path, rounded) == "certified"


def test_numbers_of_twenty_thousand_digits_are_read(tmp_path: Path, rounded: Json) -> None:
    for digits, status in ((20000, 0), (20001, 2)):
        row = rounded["bounds"][1] | {
            "name": "max_weight (large)",
            "symbolic": f"10**{digits} - 1",
            "value": "9" * digits,
        }
        done = run_bare(str(PACKAGE), write(tmp_path, rounded | {"bounds": [*rounded["bounds"], row]}))
        assert (done.returncode, done.stderr.count("\n")) == (status, status // 2)


def test_a_domain_that_nobody_enumerates_is_sampled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"x{i}" for i in range(100)]
    net = Network(names, [threshold("y", dict.fromkeys(names, 1), -50)], ["y"])
    certificate = make(tmp_path, (net, net), Points(((mpq(0),) * 100,)), "equal", 1)
    certificate["domain"], certificate["inputs_checked"] = {"kind": "cube"}, str(2**100)
    assert "--inputs" in one_line(capsys, write(tmp_path, certificate))
    assert recheck.main([str(tmp_path / "c.json"), "--inputs", "50"]) == 0
    printed = capsys.readouterr().out
    assert f"rechecked 50 of {2**100} inputs" in printed
    assert printed.endswith("\ncertified on the sampled inputs\n")


def test_missing_files_and_bad_arguments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No such file" in one_line(capsys, str(tmp_path / "none.json"))
    one_line(capsys, str(tmp_path))
    one_line(capsys, "a\0b")
    for arguments in ([], ["c.json", "--inputs", "0"], ["c.json", "--inputs", "x"], ["c.json", "--max-file", "0"]):
        with pytest.raises(SystemExit) as error:
            recheck.main(arguments)
        assert error.value.code == 2


def test_an_interrupt_is_status_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(recheck.command, "recheck", interrupted)
    assert recheck.main(["c.json"]) == 130
    assert capsys.readouterr().err == "recheck: interrupted\n"


def test_domains_are_in_the_same_order_as_those_of_exactnet() -> None:
    for domain in (Cube(3), Grid(2, 2), Points(((mpq(1, 2), mpq(-2)), (mpq(0), mpq(1, 3))))):
        mine = recheck.domain.Domain(domain_fields(domain), domain.d)
        columns = [mine.column(i, range(domain.count)) for i in range(domain.d)]
        rows = [[Fraction(v, mine.p) for v in row] for row in zip(*columns, strict=True)]
        assert rows == [fractions(point) for point in domain]
        assert all(row in mine for row in rows)
        assert [Fraction(1, 7)] * domain.d not in mine
