"""The choice of a route by building them all, what does not fit, and the command line for both."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq

from exactnet.certify.choice import MEASURES, Attempt, attempt_all, best
from exactnet.certify.small_weights import Request, certify_network, decide
from exactnet.check.certificate import check_certificate
from exactnet.claims.statements import STATEMENTS
from exactnet.construct.base.memory import NODE_BYTES, TERM_BYTES, available_memory, budget_of
from exactnet.construct.routes.registry import ROUTES, Built, Task
from exactnet.files.network_writer import dump_network
from exactnet.kernel.domain import Cube, Grid, Points
from exactnet.kernel.errors import FormatError, SizeError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, affine, relu
from tests.certify.test_frontier import run
from tests.helpers import largest_value, random_circuit, random_relu

Row = dict[str, Any]


def task_of(seed: int = 3, d: int = 5, bits: int = 40) -> Task:
    return Task(random_circuit(seed, d, [2, 1], bits), Cube(d), Cube(d), STATEMENTS["S3"], 1, 1)


def made(name: str, gates: int, wires: int, depth: int, weight: int) -> Attempt:
    net = random_circuit(1, 2, [1], 3)
    measures = replace(measure(net), depth=depth, gates=gates, wires=wires, max_weight=mpq(weight))
    return Attempt(name, {}, Built(net), measures)


# --- choosing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("minimise", MEASURES)
def test_the_least_is_taken_and_ties_are_broken_in_the_documented_order(minimise: str) -> None:
    alike = [made("a", 2, 2, 2, 2), made("b", 1, 2, 2, 2), made("c", 2, 1, 2, 2), made("d", 2, 2, 1, 2), made("e", 2, 2, 2, 1)]
    least = {"gates": "b", "wires": "c", "depth": "d", "weight": "e"}
    assert best(alike, minimise).route == least[minimise]
    others = [found for found in alike if found.route != least[minimise]]
    assert best(others, minimise).route == next(route for route in "bcde" if route != least[minimise])


def test_routes_that_do_not_fit_are_not_taken() -> None:
    large = Attempt("large", {}, reason="more than all")
    assert best([large, made("a", 9, 9, 9, 9)], "gates").route == "a"
    with pytest.raises(SizeError, match="no route fits: large: more than all"):
        best([large], "gates")


@pytest.mark.parametrize("minimise", MEASURES)
def test_auto_takes_the_route_that_measures_least(minimise: str) -> None:
    task = task_of()
    attempts = attempt_all(task, {}, minimise)
    chosen = best(attempts, minimise)
    measured = {
        name: measure(route.build(task, route.choices(task, {}, minimise)[0]), task.domain)
        for name, route in ROUTES.items()
        if minimise == "depth" or not route.for_depth
    }
    values = {name: getattr(found, MEASURES[minimise]) for name, found in measured.items()}
    assert values[chosen.route] == min(values.values())
    assert [found.route for found in attempts] == list(ROUTES)


def test_the_least_depth_has_options_of_its_own() -> None:
    domain = Grid(2, 2)
    net = random_relu(4, 2, [2], 8, denominator=1 << 8)
    task = Task(net, domain, domain, STATEMENTS["S1 rounded"], largest_value(net, domain), 3)
    (shallow,) = (f for f in attempt_all(task, {}, "depth") if f.route == "lookahead")
    assert shallow.options == {"inputs": "integers", "output": "three"}
    (own,) = (f for f in attempt_all(task, {}, "gates") if f.route == "lookahead")
    assert own.options == ROUTES["lookahead"].choose(task, {})
    assert shallow.measures is not None
    assert own.measures is not None
    assert shallow.measures.depth < own.measures.depth


def test_the_certificate_names_the_chosen_route_and_options_are_kept() -> None:
    net = random_circuit(3, 5, [2, 1], 40)
    for minimise in MEASURES:
        result = certify_network(Request(net, Cube(5), route="auto", minimise=minimise))
        assert result.certificate.verdict == "certified"
        assert result.certificate.route == best(result.attempts, minimise).route
        assert [f.route for f in result.attempts] == list(ROUTES)
    only = decide(Request(net, Cube(5), route="auto", options={"moduli": "proven"}))
    assert (only.claim.route, only.claim.options["moduli"]) == ("residue", "proven")
    reasons = {f.route: f.reason for f in only.attempts}
    assert reasons["compact"] == "the option 'moduli' is not one of the route compact"
    with pytest.raises(SizeError, match=r"no route fits: .* the option 'colour' is not one of the route compact"):
        decide(Request(net, Cube(5), route="auto", options={"colour": "red"}))


def test_a_route_or_a_measure_that_there_is_not() -> None:
    net = random_circuit(3, 3, [1], 4)
    with pytest.raises(FormatError, match=r"the route 'fast' is not one of lookahead, .* auto"):
        decide(Request(net, Cube(3), route="fast"))
    with pytest.raises(FormatError, match="'size', is not one of depth, gates, wires, weight"):
        decide(Request(net, Cube(3), route="auto", minimise="size"))


# --- what does not fit -------------------------------------------------------------------------


@pytest.mark.parametrize("route", [*ROUTES, "auto"])
def test_what_does_not_fit_is_refused_while_it_is_built(route: str) -> None:
    request = Request(random_circuit(3, 5, [2, 1], 40), Cube(5), route=route, max_memory=10_000)
    with pytest.raises(SizeError, match=r"(more than|about) \d+ gates.*, [\d.]+ KiB of memory, against 9.8 KiB") as caught:
        certify_network(request)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("route", ROUTES)
def test_building_stops_at_the_budget_and_not_before(route: str) -> None:
    """The least budget that is enough: one byte less is refused."""
    task = task_of(bits=8)
    options = ROUTES[route].choose(task, {})
    nodes = ROUTES[route].build(task, options)
    enough = sum(NODE_BYTES + TERM_BYTES * len(node.sources) for node in nodes.nodes())
    with pytest.raises(SizeError, match="too large to build"):
        ROUTES[route].build(replace(task, budget=enough // 2), options)
    assert ROUTES[route].build(replace(task, budget=4 * enough), options) == nodes


@pytest.mark.parametrize("route", ["lookahead", "residue"])
def test_what_is_laid_out_to_choose_an_output_keeps_to_the_budget(route: str) -> None:
    """Nothing is built by ``decide``: the rounded output is chosen on the hidden layers, which are laid out for it."""
    request = Request(random_relu(3, 4, [3], 40), Cube(4), route=route, precision=2, promised=10**15)
    assert decide(request).claim.route == route
    with pytest.raises(SizeError, match=r"(more than|about) \d+ gates.*, [\d.]+ KiB of memory, against 19.6 KiB available"):
        decide(replace(request, max_memory=20_000))


@pytest.mark.parametrize("route", [*ROUTES, "auto"])
def test_what_could_not_be_measured_and_read_back_is_not_built(route: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of reading files are those of building, until more memory is allowed."""
    for name in ("MAX_TERMS", "MAX_LIVE_TERMS", "TERMS_PER_WIRE"):
        monkeypatch.setattr(f"exactnet.files.limits.{name}", 0)
    request = Request(random_circuit(3, 5, [2, 1], 40), Cube(5), route=route)
    substituted = "with affine nodes substituted, there may be more than 0 terms up to here"
    with pytest.raises(SizeError, match=rf"{substituted}, which takes more than 512.0 MiB \(--max-memory\)") as caught:
        certify_network(request)
    assert "\n" not in str(caught.value)
    result = certify_network(replace(request, max_memory=2**30))
    assert result.certificate.verdict == "certified"
    with pytest.raises(FormatError, match=substituted):
        dump_network(result.constructed)


def test_available_memory_is_a_number_of_bytes() -> None:
    found = available_memory()
    assert found is None or found > 2**20


def test_a_limit_of_the_process_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exactnet.construct.base.memory._machine", lambda: 8000)
    monkeypatch.setattr("exactnet.construct.base.memory._container", lambda: 5000)
    monkeypatch.setattr("exactnet.construct.base.memory._process", lambda: None)
    assert available_memory() == 5000
    monkeypatch.setattr("exactnet.construct.base.memory._container", lambda: None)
    assert available_memory() == 8000
    monkeypatch.setattr("exactnet.construct.base.memory._machine", lambda: None)
    assert available_memory() is None
    decide(Request(random_circuit(3, 3, [1], 4), Cube(3)))  # no limit is known: nothing is too large


@pytest.mark.parametrize(("available", "budget"), [(None, 2**29), (2**40, 2**29), (2**20, 2**20)])
def test_what_building_takes_where_nobody_says_more(monkeypatch: pytest.MonkeyPatch, available: int | None, budget: int) -> None:
    monkeypatch.setattr("exactnet.construct.base.memory.available_memory", lambda: available)
    assert (budget_of(None), budget_of(2**50)) == (budget, 2**50)


# --- the command line --------------------------------------------------------------------------


@pytest.fixture
def clipped(tmp_path: Path) -> str:
    path = str(tmp_path / "net.json")
    assert run("make", "clipped", "--d", "6", "--m", "2", "--bits", "20", "--seed", "1", "-o", path)[0] == 0
    return path


def test_certify_auto_shows_why_and_writes_a_certificate_that_holds(clipped: str, tmp_path: Path) -> None:
    out = str(tmp_path / "certificate.json")
    status, text, _ = run("certify", clipped, "--route", "auto", "--minimise", "weight", "-o", out)
    assert status == 0
    first, *lines = text.splitlines()
    assert first == "built by every route, to minimise weight"
    assert [line.split()[0] for line in lines[2:5]] == list(ROUTES)[:3]
    assert [line.split()[0] for line in lines if line.rstrip().endswith("chosen")] == ["compact"]
    assert check_certificate(out, max_file=2**26, max_inputs=2**20).verdict == "certified"
    assert json.loads(Path(out).read_text(encoding="utf-8"))["route"] == "compact"


def test_json_has_all_routes_only_where_the_best_was_chosen(clipped: str) -> None:
    report = json.loads(run("certify", clipped, "--route", "auto", "--minimise", "weight", "--json")[1])
    assert report["minimise"] == "weight"
    rows: dict[str, Row] = {row["route"]: row for row in report["routes"]}
    assert list(rows) == list(ROUTES)
    assert rows["compact"]["reason"] is None
    assert report["constructed"]["gates"] == rows[report["route"]]["gates"]
    assert "routes" not in json.loads(run("certify", clipped, "--json")[1])


def test_construct_auto(clipped: str, tmp_path: Path) -> None:
    out = str(tmp_path / "made.json")
    status, text, _ = run("construct", clipped, "--route", "auto", "--minimise", "depth", "-o", out)
    assert status == 0
    assert text.startswith("built by every route, to minimise depth")
    assert run("compare", clipped, out)[0] == 0
    assert run("construct", clipped, "--route", "auto", "-q", "-o", out)[:2] == (0, "")


@pytest.mark.parametrize("command", ["certify", "construct", "frontier"])
def test_what_does_not_fit_is_one_line(command: str, clipped: str, tmp_path: Path) -> None:
    out = tmp_path / "made.json"
    more = [] if command == "frontier" else ["-o", str(out)]
    status, text, error = run(command, clipped, "--max-memory", "200KiB", *more)
    if command == "frontier":
        assert status == 0
        assert "too large to build" in " ".join(text.split())
        return
    assert (status, text) == (2, "")
    assert error.startswith("exactnet: too large to build: more than ")
    assert error.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--minimise", "gates"], "--minimise is what --route auto chooses by"),
        (["--route", "auto", "--minimise", "size"], "'size' is not one of 'depth', 'gates', 'wires', 'weight'"),
        (["--max-memory", "much"], "'much' is not a number of bytes"),
        (["--route", "auto", "--moduli", "0"], "the moduli '0' are not proven, searched, or up to 48 numbers"),
    ],
)
def test_bad_options(arguments: list[str], reason: str, clipped: str) -> None:
    status, _, error = run("certify", clipped, *arguments)
    assert status == 2
    assert reason in error


@pytest.mark.parametrize("route", ROUTES)
def test_a_point_far_out_is_refused_before_its_grid_is_read(route: str) -> None:
    """One point, whose grid takes two million steps to read."""
    net = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1})], ["y"])
    with pytest.raises(SizeError, match=r"p = 1000 that the domain lies on, the inputs are read by 2000000 steps"):
        decide(Request(net, Points(((mpq(1000),),)), route=route, promised=1000))
