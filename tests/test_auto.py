"""The choice of a route by predictions, what does not fit, and the command line for both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq

from exactnet.construct.tally import Prediction
from exactnet.domain import Cube, Grid
from exactnet.errors import FormatError, SizeError
from exactnet.forecast import MEASURES, Forecast, check_fits, forecast_all, pick
from exactnet.measures import measure
from exactnet.memory import available_memory, bytes_text
from exactnet.pipeline import Request, certify_network, construct_network, decide
from exactnet.routes import ROUTES, Task
from exactnet.verify import check_certificate
from tests.helpers import largest_value, random_circuit, random_relu
from tests.test_frontier import run

Row = dict[str, Any]


def task_of(seed: int = 3, d: int = 5, bits: int = 40) -> Task:
    return Task(random_circuit(seed, d, [2, 1], bits), Cube(d), Cube(d), "S3", 1, 1)


def made(name: str, gates: int, wires: int, depth: int, weight: int) -> Forecast:
    return Forecast(name, {}, Prediction(depth, gates, gates, wires, mpq(weight), mpq(0), 1))


# --- choosing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("minimise", MEASURES)
def test_the_least_is_picked_and_ties_are_broken_in_the_documented_order(minimise: str) -> None:
    found = [made("a", 5, 5, 5, 5), made("b", 4, 6, 6, 6), made("c", 6, 4, 6, 6), made("d", 6, 6, 4, 6), made("e", 6, 6, 6, 4)]
    least = {"gates": "b", "wires": "c", "depth": "d", "weight": "e"}
    assert pick(found, minimise).route == least[minimise]
    alike = [made("a", 2, 3, 3, 3), made("b", 1, 3, 3, 3), made("c", 1, 2, 3, 3), made("d", 1, 2, 2, 3), made("e", 1, 2, 2, 2)]
    same = {"gates": 1, "wires": 2, "depth": 2, "weight": 2}[minimise]
    tied = [f for f in alike if getattr(f.prediction, MEASURES[minimise]) == same]
    assert pick(tied, minimise).route == "e"
    assert pick([made("a", 1, 1, 1, 1), made("b", 1, 1, 1, 1)], minimise).route == "a"


def test_routes_that_do_not_fit_or_have_no_model_are_not_picked() -> None:
    large = Forecast("large", {}, made("", 1, 1, 1, 1).prediction, "more than all")
    unknown = Forecast("unknown", {}, None)
    assert pick([large, unknown, made("a", 9, 9, 9, 9)], "gates").route == "a"
    with pytest.raises(SizeError, match="no route fits: large: more than all; unknown: has no cost model"):
        pick([large, unknown], "gates")


@pytest.mark.parametrize("minimise", MEASURES)
def test_auto_takes_the_route_that_measures_least(minimise: str) -> None:
    """Against every route and way to read inputs, built and measured; B is an estimate, so near ties are let pass."""
    task = task_of()
    chosen = pick(forecast_all(task, {}, minimise, None), minimise)
    measured = {
        name: measure(route.build(task, route.choices(task, {}, minimise)[0]), task.domain)
        for name, route in ROUTES.items()
        if route.foresee
    }
    values = {name: getattr(found, MEASURES[minimise]) for name, found in measured.items()}
    assert values[chosen.route] <= min(values.values()) * mpq(3, 2)


def test_the_least_depth_has_options_of_its_own() -> None:
    domain = Grid(2, 2)
    net = random_relu(4, 2, [2], 8, denominator=1 << 8)
    task = Task(net, domain, domain, "S1 rounded", largest_value(net, domain), 3)
    (shallow,) = (f for f in forecast_all(task, {}, "depth", None) if f.route == "lookahead")
    assert shallow.options == {"inputs": "integers", "output": "three"}
    (own,) = (f for f in forecast_all(task, {}, "gates", None) if f.route == "lookahead")
    assert own.options == ROUTES["lookahead"].choose(task, {})
    assert shallow.prediction is not None
    assert own.prediction is not None
    assert shallow.prediction.depth < own.prediction.depth
    tight = forecast_all(task, {}, "depth", own.prediction.memory)
    assert [f.options for f in tight if f.route == "lookahead"] == [own.options]  # where the shallow one does not fit


def test_the_certificate_names_the_chosen_route_and_options_are_kept() -> None:
    net = random_circuit(3, 5, [2, 1], 40)
    for minimise in MEASURES:
        result = certify_network(Request(net, Cube(5), route="auto", minimise=minimise))
        assert result.certificate.verdict == "certified"
        assert result.certificate.route == pick(result.forecasts, minimise).route
        assert [f.route for f in result.forecasts] == list(ROUTES)
    only = decide(Request(net, Cube(5), route="auto", options={"moduli": "proven"}))
    assert (only.claim.route, only.claim.options["moduli"]) == ("residue", "proven")
    reasons = {f.route: f.reason for f in only.forecasts}
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


def test_too_large_names_sizes_and_a_route_that_fits() -> None:
    task = task_of(bits=60)
    sizes = {name: route.predict(task, route.choose(task, {})).memory for name, route in ROUTES.items() if route.foresee}
    largest, smallest = max(sizes, key=sizes.__getitem__), min(sizes, key=sizes.__getitem__)
    limit = (sizes[largest] + sizes[smallest]) // 2
    with pytest.raises(SizeError) as caught:
        check_fits(task, largest, ROUTES[largest].choose(task, {}), limit)
    text = str(caught.value)
    assert text.startswith(f"route {largest} is predicted to be too large: more than ")
    assert f"of memory, against {bytes_text(limit)} available; --route " in text
    assert "\n" not in text
    with pytest.raises(SizeError, match="no other route fits"):
        check_fits(task, largest, ROUTES[largest].choose(task, {}), 5000)
    assert check_fits(task, largest, ROUTES[largest].choose(task, {}), sizes[largest]).usable


def test_nothing_is_built_where_it_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("exactnet.routes.build", fail)
    for route in (*ROUTES, "auto"):
        with pytest.raises(SizeError):
            certify_network(Request(random_circuit(3, 5, [2, 1], 40), Cube(5), route=route, max_memory=10_000))


def test_predictions_do_not_depend_on_where_the_claim_is_made() -> None:
    request = Request(random_circuit(3, 5, [2, 1], 40), Cube(5), route="compact")
    decision = decide(request)
    (forecast,) = decision.forecasts
    assert forecast.prediction is not None
    assert measure(construct_network(request.net, decision.claim), Cube(5)).gates == forecast.prediction.gates


def test_available_memory_is_a_number_of_bytes() -> None:
    found = available_memory()
    assert found is None or found > 2**20


def test_a_limit_of_the_process_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exactnet.memory._machine", lambda: 8000)
    monkeypatch.setattr("exactnet.memory._container", lambda: 5000)
    monkeypatch.setattr("exactnet.memory._process", lambda: None)
    assert available_memory() == 5000
    monkeypatch.setattr("exactnet.memory._container", lambda: None)
    assert available_memory() == 8000
    monkeypatch.setattr("exactnet.memory._machine", lambda: None)
    assert available_memory() is None
    decide(Request(random_circuit(3, 3, [1], 4), Cube(3)))  # no limit is known: nothing is too large


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
    assert first == "predicted, to minimise weight; ~ is an estimate"
    assert [line.split()[0] for line in lines[2:5]] == list(ROUTES)[:3]
    assert [line.split()[0] for line in lines if line.rstrip().endswith("chosen")] == ["compact"]
    assert check_certificate(out, max_file=2**26, max_inputs=2**20).verdict == "certified"
    assert json.loads(Path(out).read_text(encoding="utf-8"))["route"] == "compact"


def test_json_has_the_predictions_only_where_they_chose(clipped: str) -> None:
    report = json.loads(run("certify", clipped, "--route", "auto", "--minimise", "weight", "--json")[1])
    assert report["minimise"] == "weight"
    rows: dict[str, Row] = {row["route"]: row for row in report["predicted"]}
    assert list(rows) == list(ROUTES)
    assert rows["compact"]["exact"] is True
    assert rows["compact"]["reason"] is None
    assert report["constructed"]["gates"] == rows[report["route"]]["gates"]
    assert "predicted" not in json.loads(run("certify", clipped, "--json")[1])


def test_construct_auto(clipped: str, tmp_path: Path) -> None:
    out = str(tmp_path / "made.json")
    status, text, _ = run("construct", clipped, "--route", "auto", "--minimise", "depth", "-o", out)
    assert status == 0
    assert text.startswith("predicted, to minimise depth")
    assert run("compare", clipped, out)[0] == 0
    assert run("construct", clipped, "--route", "auto", "-q", "-o", out)[:2] == (0, "")


@pytest.mark.parametrize("command", ["certify", "construct", "frontier"])
def test_what_does_not_fit_is_one_line(command: str, clipped: str, tmp_path: Path) -> None:
    out = tmp_path / "made.json"
    more = [] if command == "frontier" else ["-o", str(out)]
    status, text, error = run(command, clipped, "--max-memory", "200KiB", *more)
    if command == "frontier":
        assert status == 0
        assert "predicted to be too large" in " ".join(text.split())
        return
    assert (status, text) == (2, "")
    assert error.startswith("exactnet: route lookahead is predicted to be too large: more than ")
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


def test_frontier_shows_predictions_beside_measures(clipped: str) -> None:
    rows = json.loads(run("frontier", clipped, "--json")[1])["rows"]
    for row in rows:
        if row.get("predicted_exactly"):
            assert row["predicted_gates"] == row["gates"]
    assert any(row.get("predicted_exactly") for row in rows)
