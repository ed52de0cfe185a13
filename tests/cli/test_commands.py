"""Every command, run as a user runs it: what it prints, what it writes, and its exit status."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from gmpy2 import mpq

from exactnet.cli import options
from exactnet.cli.options import read_count, read_precision, read_range, read_size
from exactnet.cli.output import plain
from exactnet.cli.program import COMMANDS, program
from exactnet.cli.render import number
from exactnet.data import EXAMPLES
from exactnet.draw import progress
from exactnet.families import FAMILIES
from exactnet.files.networks import read_network, write_network
from exactnet.kernel.domain import Cube, Grid, Points
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, affine, relu, threshold
from exactnet.kernel.rationals import parse_rational
from exactnet.recheck import recheck

REPORT = {
    "verdict",
    "statement",
    "route",
    "domain",
    "original",
    "constructed",
    "bounds",
    "inputs_checked",
    "counterexample",
    "reason",
    "seconds",
}
MEASURES = {"depth", "width", "size", "neurons", "gates", "wires", "max_weight", "max_bias"}

#: |x1 - x2| on the cube, with large weights that cancel.
ABSOLUTE = Network(
    ["x1", "x2"],
    [
        relu("h1", {"x1": 1000, "x2": -1000}),
        relu("h2", {"x1": -1000, "x2": 1000}),
        affine("y", {"h1": "1/1000", "h2": "1/1000"}),
    ],
    ["y"],
)
#: The same function, but 2 at (1, 0).
OTHER = Network(
    ["a", "b"], [relu("p", {"a": 2, "b": -2}), relu("q", {"a": -1, "b": 1}), affine("z", {"p": 1, "q": 1})], ["z"]
)
AND = Network(["a", "b"], [threshold("y", {"a": 5, "b": 6}, -11)], ["y"])


def run(*arguments: object) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(program, [str(argument) for argument in arguments])


def run_json(*arguments: object) -> tuple[int, dict[str, Any]]:
    """Run with ``--json``; the standard output is one object on one line and nothing else."""
    result = run(*arguments, "--json")
    assert result.stdout.count("\n") == 1, result.output
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return result.exit_code, found


def check_report(found: Mapping[str, Any]) -> None:
    """The shape that the objects of ``certify``, ``construct``, ``compare`` and ``check`` share."""
    assert found.keys() >= REPORT
    for role in ("original", "constructed"):
        assert found[role] is None or found[role].keys() >= MEASURES
    for row in found["bounds"]:
        assert row.keys() == {"name", "symbolic", "value", "measured", "holds"}
        assert row["holds"] is (parse_rational(row["measured"]) <= parse_rational(row["value"]))
    assert found["domain"].keys() >= {"kind", "inputs"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory with a few networks."""
    write_network(tmp_path / "absolute.json", ABSOLUTE, Cube(2))
    write_network(tmp_path / "other.json", OTHER)
    write_network(tmp_path / "and.json", AND)
    write_network(tmp_path / "and.th", AND)
    return tmp_path


# --- certify and check ---------------------------------------------------------------------------


def test_certify_writes_a_certificate_that_check_and_recheck_confirm(folder: Path) -> None:
    out = folder / "c.json"
    status, found = run_json("certify", folder / "absolute.json", "-o", out)
    check_report(found)
    assert (status, found["verdict"], found["statement"]) == (0, "certified", "S1 exact")
    assert (found["inputs_checked"], found["counterexample"], found["reason"]) == (4, None, None)
    assert parse_rational(found["constructed"]["max_weight"]) < 1000 == parse_rational(found["original"]["max_weight"])
    assert {path.name for path in folder.glob("c.*")} == {"c.json", "c.original.json", "c.constructed.json"}
    constructed = read_network(folder / "c.constructed.json").network
    assert [constructed(x) for x in Cube(2)] == [ABSOLUTE(x) for x in Cube(2)]
    status, checked = run_json("check", out)
    check_report(checked)
    assert (status, checked["verdict"]) == (0, "certified")
    taken = {"R": 1, "r": 1, "promised": False, "options": {"inputs": "integers", "output": "four"}, "evaluator": "plain"}
    assert {**checked, "seconds": 0, "domain": 0} == {**found, **taken, "seconds": 0, "domain": 0}
    assert list(recheck(str(out)))[-1] == "certified"


def test_certify_tables(folder: Path) -> None:
    result = run("certify", folder / "absolute.json", "-o", folder / "c.json")
    lines = result.stdout.splitlines()
    assert (result.exit_code, result.stderr) == (0, "")
    assert lines[0].startswith("certified  ")
    digest = json.loads((folder / "c.json").read_text())["outputs"]["sha256"]
    for text in (
        "S1 exact",
        "cube, 4 inputs",
        digest,
        "R = 1, r = 1",
        "original",
        "constructed",
        "1000",
        "holds",
        "3*k",
    ):
        assert text in result.stdout
    assert "\x1b" not in result.stdout
    quiet = run("certify", folder / "absolute.json", "--quiet")
    assert (quiet.exit_code, quiet.stdout, quiet.stderr) == (0, "certified\n", "")


def test_certify_the_rounded_form(folder: Path) -> None:
    net = Network(["x"], [relu("h", {"x": "1/7"}, "1/3"), affine("y", {"h": 3}, "-1/5")], ["y"])
    write_network(folder / "net.json", net)
    status, found = run_json(
        "certify", folder / "net.json", "--domain", "grid:2", "--precision", "1/10", "-o", folder / "c.json"
    )
    assert (status, found["statement"], found["domain"]) == (0, "S1 rounded", {"kind": "grid", "inputs": 9, "p": 2})
    constructed = read_network(folder / "c.constructed.json").network
    for point in Grid(2, 1):
        scaled = 10 * net(point)[0]
        assert constructed(point)[0] == mpq(scaled.numerator // scaled.denominator, 10)


def test_a_bound_that_fails_refutes(folder: Path) -> None:
    out = folder / "c.json"
    status, found = run_json("certify", folder / "absolute.json", "--weight-bound", "d/2", "-o", out)
    check_report(found)
    assert (status, found["verdict"], found["counterexample"]) == (1, "refuted", None)
    assert "max_weight (stated)" in found["reason"]
    stated = {row["name"]: row for row in found["bounds"] if row["name"].endswith("(stated)")}
    assert {(row["symbolic"], row["value"]) for row in stated.values()} == {("d/2", "1")}
    assert run("certify", folder / "absolute.json", "--weight-bound", "d/2", "-q").stdout == "refuted\n"
    status, checked = run_json("check", out)
    assert (status, checked["verdict"], checked["reason"]) == (1, "refuted", found["reason"])
    assert run_json("certify", folder / "absolute.json", "--weight-bound", "10^9")[0] == 0


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [('"value": "', '"value": "1', "bounds"), ('"inputs_checked": "4"', '"inputs_checked": "3"', "")],
)
def test_check_finds_a_certificate_that_says_what_is_not_so(folder: Path, old: str, new: str, says: str) -> None:
    out = folder / "c.json"
    assert run("certify", folder / "absolute.json", "-o", out).exit_code == 0
    text = out.read_text()
    assert old in text
    out.write_text(text.replace(old, new, 1))
    status, found = run_json("check", out)
    check_report(found)
    assert (status, found["verdict"]) == (1, "refuted")
    assert says in found["reason"]
    shown = run("check", out)
    assert (shown.exit_code, shown.stdout.split()[0]) == (1, "wrong")
    assert run("check", out, "--quiet").stdout == "wrong\n"


def test_check_says_what_the_bounds_rest_on(folder: Path) -> None:
    """A promise of a huge R, or moduli given by hand, allow large weights: nobody else can see that they were meant."""
    run("certify", folder / "absolute.json", "--range", 50, "-o", folder / "c.json")
    status, found = run_json("check", folder / "c.json")
    assert (status, found["R"], found["r"], found["promised"]) == (0, 50, 1, True)
    assert found["options"] == {"inputs": "integers", "output": "four"}
    printed = run("check", folder / "c.json").stdout
    assert "|N(x)| <= R = 50, r = 1, R as promised" in printed
    assert "inputs = integers, output = four" in printed


def test_check_refuses_a_network_that_is_not_the_one_named(folder: Path) -> None:
    out = folder / "c.json"
    assert run("certify", folder / "absolute.json", "-o", out).exit_code == 0
    write_network(folder / "c.constructed.json", OTHER)
    status, found = run_json("check", out)
    assert (status, set(found)) == (2, {"verdict", "reason"})


def test_refusals(folder: Path) -> None:
    assert run("make", "scaled", "--d", 24, "-o", folder / "big.json").exit_code == 0
    status, found = run_json("certify", folder / "big.json")
    check_report(found)
    assert (status, found["verdict"], found["statement"], found["constructed"]) == (2, "refused", None, None)
    for text in ("16777216", "1000000", "--precision", "--range"):
        assert text in found["reason"]
    assert found["original"]["max_weight"] == "16777216"
    status, found = run_json("certify", folder / "absolute.json", "--range", "1", "-o", folder / "c.json")
    assert status == 0
    write_network(folder / "three.json", Network(["x"], [affine("y", {"x": 3})], ["y"]), Cube(1))
    for command in (["certify"], ["construct", "-o", folder / "n.json"]):
        status, found = run_json(*command, folder / "three.json", "--range", "2")
        assert (status, found["verdict"]) == (2, "refused")
        assert "3 > R = 2 at x=1" in found["reason"]
        shown = run(*command, folder / "three.json", "--range", "2")
        assert (shown.exit_code, shown.stdout, shown.stderr.count("\n")) == (2, "", 1)
        assert shown.stderr.startswith("exactnet: refused: ")
    assert not (folder / "n.json").exists()


# --- construct, compare, eval --------------------------------------------------------------------


def test_construct_writes_what_compare_finds_equal(folder: Path) -> None:
    for source, out in (("absolute.json", "small.json"), ("and.th", "small.th")):
        status, found = run_json("construct", folder / source, "-o", folder / out)
        check_report(found)
        assert (status, found["verdict"], found["inputs_checked"]) == (0, None, 0)
        made = read_network(folder / out)
        assert found["constructed"] == measure(made.network, Cube(2)).as_json() or out.endswith(".th")
        status, equal = run_json("compare", folder / source, folder / out)
        check_report(equal)
        assert (status, equal["verdict"], equal["inputs_checked"], equal["route"]) == (0, "certified", 4, None)
    shown = run("construct", folder / "absolute.json", "-o", folder / "small.json")
    assert shown.stdout.startswith("constructed  ")
    assert run("construct", folder / "absolute.json", "-o", folder / "small.json", "-q").stdout == ""


def test_compare_shows_where_networks_differ(folder: Path) -> None:
    status, found = run_json("compare", folder / "absolute.json", folder / "other.json", "--count")
    check_report(found)
    assert (status, found["verdict"], found["differing"]) == (1, "refuted", 1)
    assert found["counterexample"] == {
        "input": {"x1": "1", "x2": "0"},
        "expected": {"y": "1"},
        "got": {"y": "2"},
        "node": None,
    }
    assert "differing" not in run_json("compare", folder / "absolute.json", folder / "other.json")[1]
    shown = run("compare", folder / "absolute.json", folder / "other.json", "--count")
    assert shown.exit_code == 1
    assert shown.stdout.startswith("different  ")
    for text in ("at input", "expected", "differs", "inputs that differ"):
        assert text in shown.stdout
    assert run("compare", folder / "absolute.json", folder / "absolute.json", "-q").stdout == "equal\n"
    assert run("compare", folder / "absolute.json", folder / "other.json", "-q").stdout == "different\n"


def test_compare_counts_as_many_as_there_are(folder: Path) -> None:
    points = [["1/2", "1/3"], ["2", "-1"], ["0", "0"], ["-1", "3"], ["5", "1"]]
    (folder / "points.json").write_text(json.dumps(points))
    inputs = [[mpq(value) for value in point] for point in points]
    differing = sum(ABSOLUTE(point) != OTHER(point) for point in inputs)
    found = run_json(
        "compare", folder / "absolute.json", folder / "other.json", "--domain", folder / "points.json", "--count"
    )[1]
    assert (found["differing"], found["domain"]) == (differing, {"kind": "points", "inputs": 5})


def test_compare_needs_one_domain(folder: Path) -> None:
    write_network(folder / "grid.json", OTHER, Grid(1, 2))
    assert run_json("compare", folder / "absolute.json", folder / "grid.json")[0] == 2
    assert run_json("compare", folder / "other.json", folder / "other.json")[0] == 2
    assert run_json("compare", folder / "other.json", folder / "grid.json")[1]["domain"]["kind"] == "grid"
    assert (
        run_json("compare", folder / "absolute.json", folder / "grid.json", "--domain", "grid:2")[1]["domain"]["p"] == 2
    )
    wider = Network(["a", "b", "c"], [affine("y", {"a": 1})], ["y"])
    write_network(folder / "wider.json", wider)
    assert "inputs" in run_json("compare", folder / "absolute.json", folder / "wider.json")[1]["reason"]


@pytest.mark.parametrize("values", [["-1", "-1/2"], ["0.1", "-1e-3"], ["-12e-1", "1e3"]])
def test_eval(folder: Path, values: list[str]) -> None:
    expected = ABSOLUTE([parse_rational(value) for value in values])[0]
    result = run("eval", folder / "absolute.json", *values)
    assert (result.exit_code, result.stdout) == (0, f"y = {expected}\n")
    status, found = run_json("eval", folder / "absolute.json", *values)
    exact = [str(parse_rational(value)) for value in values]
    assert (status, found) == (
        0,
        {"input": dict(zip(("x1", "x2"), exact, strict=True)), "outputs": {"y": str(expected)}},
    )
    assert run("eval", "--", folder / "absolute.json", *values).stdout == result.stdout
    nodes = run_json("eval", folder / "absolute.json", *values, "--nodes")[1]["nodes"]
    assert list(nodes) == ["x1", "x2", *ABSOLUTE.order]
    assert len(run("eval", folder / "absolute.json", *values, "--nodes").stdout.splitlines()) == 5


# --- show, examples, make, convert ---------------------------------------------------------------


def test_show(folder: Path) -> None:
    status, found = run_json("show", folder / "absolute.json", "--nodes")
    assert (status, found["kind"], found["domain"]) == (0, "relu", {"kind": "cube", "inputs": 4})
    assert found["measures"] == measure(ABSOLUTE, Cube(2)).as_json()
    assert found["layers"] == [{"layer": 1, "relu": 2, "threshold": 0}]
    nodes = {node["id"]: node for node in found["nodes"]}
    assert nodes["h1"]["in"] == {"x1": "1000", "x2": "-1000"}
    result = run("show", folder / "absolute.json", "--nodes", "--domain", "grid:3")
    for text in ("grid, p = 3, 361 inputs", "1000 x1 - 1000 x2", "largest weight", "2 relu, 1 affine"):
        assert text in result.stdout
    assert run_json("show", folder / "other.json")[1]["domain"] is None
    assert run_json("show", folder / "and.th")[1]["domain"]["kind"] == "cube"


def test_examples() -> None:
    for command in ("examples", "show"):
        result = run(command)
        assert result.exit_code == 0
        assert [line.split()[0] for line in result.stdout.splitlines()] == list(EXAMPLES)
        assert run_json(command) == (0, {"examples": EXAMPLES})
    for name in EXAMPLES:
        assert run_json("show", name)[1]["domain"]["inputs"] > 1


@pytest.mark.parametrize("name", FAMILIES)
def test_make_every_family(tmp_path: Path, name: str) -> None:
    instance = FAMILIES[name].make()
    result = run("make", name)
    assert result.exit_code == 0
    (tmp_path / "piped.json").write_text(result.stdout, encoding="utf-8")
    assert run("make", name, "-o", tmp_path / "made.json").stdout.startswith(str(tmp_path / "made.json"))
    for file in ("piped.json", "made.json"):
        loaded = read_network(tmp_path / file)
        assert (loaded.network, loaded.domain) == (instance.network, instance.domain)
    shown = run("make", name, "--help")
    assert shown.exit_code == 0
    assert all(f"--{option.name}" in shown.stdout for option in FAMILIES[name].options)
    assert f"exactnet make {name}" in shown.stdout


def test_make_takes_options(tmp_path: Path) -> None:
    made = tmp_path / "made.th"
    assert run("make", "comparison", "--n", 2, "--quiet", "-o", made).stdout == ""
    net = read_network(made).network
    for a, b in product(range(4), repeat=2):
        assert net([a >> 1, a & 1, b >> 1, b & 1]) == (int(a >= b),)
    assert run("make", "random", "--widths", "3,2", "--grid", "2").exit_code == 0
    for wrong in (["--n", "0"], ["--n", "x"], ["--kind", "maybe"], ["--nope", "1"], ["extra"]):
        result = run("make", "comparison", *wrong)
        assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)


def test_convert(folder: Path) -> None:
    assert run("convert", folder / "and.json", folder / "new.th").exit_code == 0
    assert run("convert", folder / "new.th", folder / "back.json", "--quiet").stdout == ""
    back = read_network(folder / "back.json")
    assert back.domain == Cube(2)
    assert [back.network(x) for x in Cube(2)] == [AND(x) for x in Cube(2)]
    nested = Network(["x"], [affine("a", {"x": 2}), relu("h", {"a": 3}), affine("y", {"h": 1})], ["y"])
    write_network(folder / "nested.json", nested)
    assert (
        run("convert", folder / "nested.json", folder / "plain.json", "--expand", "--domain", "grid:2").exit_code == 0
    )
    plain_net = read_network(folder / "plain.json")
    assert plain_net.domain == Grid(2, 1)
    assert "a" not in plain_net.network.order
    assert dict(plain_net.network.sources("h")) == {"x": 6}
    assert run("convert", folder / "absolute.json", folder / "no.th").exit_code == 2
    assert not (folder / "no.th").exists()


# --- domains and options -------------------------------------------------------------------------


def test_domains(folder: Path) -> None:
    files = {
        "object.json": ('{"kind": "grid", "p": 2}', Grid(2, 2)),
        "list.json": ('[[0, "1"], ["1", 1]]', Points(((mpq(0), mpq(1)), (mpq(1), mpq(1))))),
        "points.json": ('{"kind": "points", "points": [["1/2", 0]]}', Points(((mpq(1, 2), mpq(0)),))),
    }
    for name, (text, domain) in files.items():
        (folder / name).write_text(text)
        out = folder / "out.json"
        assert run("convert", folder / "other.json", out, "--domain", folder / name).exit_code == 0
        assert read_network(out).domain == domain
    for wrong in ("grid:", "grid:0", "grid:-1", "grid:1/2", "sphere", "[]", folder, folder / "absolute.json"):
        assert run_json("show", folder / "other.json", "--domain", wrong)[0] == 2


def test_reading_options() -> None:
    assert [read_count(text) for text in ("7", "2^10", "10^2")] == [7, 1024, 100]
    assert [read_size(text) for text in ("7", "2KiB", "3 MiB")] == [7, 2048, 3 * 2**20]
    assert [read_precision(text) for text in ("1", "1/8", "0.001")] == [1, 8, 1000]
    assert read_range("1000000") == 10**6
    readers = {
        read_count: ("0", "-1", "1.5", "2^9999", "2^", "9" * 301, "", "٣"),
        read_size: ("0", "-1", "1.5", "64MB", "MiB", "9" * 20),
        read_precision: ("0", "-1/2", "2", "2/3", "nan", "1/0", "1" * 301, "1e-9999"),
        read_range: ("0", "00", "-1", "1/2", "1e3", "9" * 301),
    }
    for reader, texts in readers.items():
        for text in texts:
            with pytest.raises((ValueError, ExactnetError)) as caught:
                reader(text)
            assert len(str(caught.value)) < 200


def test_every_command_has_help_with_an_example() -> None:
    shown = run("--help").stdout
    for name in COMMANDS:
        assert f"\n  {name} " in shown
        result = run(name, "--help")
        assert result.exit_code == 0
        assert "Example:\n    exactnet " + name in result.stdout or name == "companion"  # whose help is that of proofs
    assert run().stdout == shown
    assert run("make").stdout == run("make", "--help").stdout


def test_commands_that_share_an_option_say_the_same_of_it() -> None:
    context = click.Context(program)
    shared = {"--domain": 5, "--max-inputs": 4, "--max-file": 7, "--json": 7}
    for option, at_least in shared.items():
        helps = []
        for name in COMMANDS:
            if option == "--domain" and name in ("compare", "claim"):  # which are about real inputs too
                continue
            command = program.get_command(context, name)
            assert command is not None
            helps += [p.help for p in command.params if isinstance(p, click.Option) and option in p.opts]
        assert len(helps) >= at_least
        assert len(set(helps)) == 1
    assert options.__all__


# --- what is shown -------------------------------------------------------------------------------


def test_numbers_are_shortened_only_for_people() -> None:
    assert [number(value) for value in (0, -5, "7/3", 10**23)] == ["0", "-5", "7/3", "1" + 23 * "0"]
    assert number(-(2**100)) == "-~2^100"
    assert number(mpq(2**100 + 1, 3**50)).startswith("~1.76")
    assert number(mpq(1, 2**200)) == "~2^-200"


def test_names_from_files_cannot_reach_the_terminal(tmp_path: Path) -> None:
    name = "[red]\x1b[2J\nx"
    write_network(
        tmp_path / "evil.json", Network([name], [relu("h", {name: 1}), affine("y\x07", {"h": 2})], ["y\x07"]), Cube(1)
    )
    for command in (["show", "--nodes"], ["eval", "--nodes", "1"], ["certify"]):
        result = run(command[0], tmp_path / "evil.json", *command[1:])
        assert result.exit_code == 0
        assert "\x1b" not in result.stdout
        assert "\x07" not in result.stdout
    assert "[red]\\x1b[2J\\nx" in run("eval", tmp_path / "evil.json", "--nodes", "1").stdout
    assert plain("ä [b] \u202e") == "ä [b] \\u202e"


def test_a_bar_appears_after_a_while(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with progress.Meter(quiet=False) as meter:
        meter("values", 500, 1000)
        meter._timer.join()
        meter("inputs compared", 100, 1000)
        meter("inputs compared", 900, 1000)
        assert meter._bar is not None
        meter._bar.refresh()  # which it does ten times a second
        meter("inputs compared", 1000, 1000)
    shown = capsys.readouterr().err
    assert "inputs compared" in shown
    assert re.search(r"\S+/s +\S+ left", shown)
    assert shown.rindex("working") > shown.rindex("inputs compared")
    with progress.Meter(quiet=True) as meter:
        meter("values", 1, 1)
        assert not meter._timer.is_alive()
    assert capsys.readouterr().err == ""
