"""S6: functions of one input in depth 2, of the norm in depth 3; certificates, refusals, and what a changed weight does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.certify.small_weights import Request, certify_network, construct_network, plan
from exactnet.check.certificate import check_certificate
from exactnet.check.claim import make_claim
from exactnet.claims.functions import not_simpler
from exactnet.claims.statements import STATEMENTS
from exactnet.construct.functions.component import component_network, find_components
from exactnet.construct.functions.dependence import Dependence
from exactnet.construct.functions.interpolation import held, squares
from exactnet.construct.functions.radial import radial_network
from exactnet.construct.routes.registry import FUNCTION_ROUTES, ROUTES, find_route
from exactnet.families import FAMILIES
from exactnet.files.certificate_writer import write_certificate
from exactnet.files.lookup import lookup_component, lookup_norm, lookup_points
from exactnet.files.networks import write_network
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.errors import FormatError, NetworkError, RefusedError, SizeError
from exactnet.kernel.judge import judge
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, affine, relu, threshold
from exactnet.kernel.relation import Equal
from exactnet.kernel.values import PlainEvaluator
from exactnet.recheck.command import recheck
from exactnet.theory.parameters import parameters_of
from exactnet.theory.routes import stated_bounds
from tests.helpers import run
from tests.mutants import mutants

LIMITS: dict[str, Any] = {"max_file": 2**20, "max_inputs": 2**20}
values = st.builds(mpq, st.integers(-40, 40), st.integers(1, 6))


def inputs(d: int) -> list[str]:
    return [f"x{i}" for i in range(1, d + 1)]


def holds_as_stated(net: Network, domain: Domain, route: str, precision: int | None = None) -> None:
    """The route's network, by the reference evaluator on every input; and every stated bound."""
    request = Request(net, domain, route, precision, promised=100)
    result = certify_network(request)
    assert result.certificate.verdict == "certified", result.certificate.reason
    for point in domain:
        for value, made in zip(net(point), result.constructed(point), strict=True):
            scaled = value * (precision or 1)
            assert made == (value if precision is None else mpq(scaled.numerator // scaled.denominator, precision))
    assert all(row.holds for row in result.certificate.bounds)
    assert {row.name for row in result.certificate.bounds} == {"depth", "neurons", "width", "max_weight", "max_bias", "denominator"}


# --- the lemmas ----------------------------------------------------------------------------------


def test_a_function_of_one_input_once_it_is_rounded() -> None:
    """``x1 + x2/100`` depends on both inputs, and ``floor(2N)/2`` on one: what is certified is about ``N'``."""
    net = Network(["x1", "x2"], [relu("h", {"x2": "1/100"}), affine("y", {"x1": 1, "h": 1})], ["y"])
    holds_as_stated(net, Cube(2), "component", 2)


@given(st.dictionaries(st.integers(-12, 12), st.integers(-9, 9), min_size=1))
def test_held_values_and_where_they_change(table: dict[int, int]) -> None:
    form = held(table)
    last, known = min(table), table[min(table)]
    for n in range(min(table), max(table) + 1):
        if n in table:
            last, known = n, table[n]
        assert form(n) == known, f"at {n}, last known at {last}"
    assert len(form.jumps) <= min(2 * len(table), max(table) - min(table))
    most = max(table.values()) - min(table.values())
    assert all(0 < abs(jump) <= 2 * most for jump in form.jumps.values())


@given(st.sets(st.integers(0, 50), min_size=1))
def test_squares_by_straight_lines(places: set[int]) -> None:
    form = squares(places)
    assert all(form(n) == n * n for n in places)
    assert all(0 < jump <= 2 * max(places) for jump in form.jumps.values())


def test_a_function_of_too_many_values_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exactnet.construct.functions.dependence.MAX_KEYS", 100)
    keys = np.arange(101)
    with pytest.raises(SizeError, match="a function of more than 100 values"):
        Dependence().add(0, keys, keys)


# --- random functions, exactly -------------------------------------------------------------------


@settings(max_examples=40)
@given(st.data(), st.integers(1, 2), st.integers(1, 3), st.sampled_from([None, 1, 3]))
def test_random_tables_by_one_input(data: st.DataObject, p: int, d: int, precision: int | None) -> None:
    domain = Grid(p, d)
    table = {t: data.draw(values) for t in domain.values}
    source = data.draw(st.sampled_from(inputs(d)))
    net = lookup_component(inputs(d), "y", source, table)
    holds_as_stated(net, domain, "component", precision)


@settings(max_examples=40)
@given(st.data(), st.sampled_from([(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]), st.sampled_from([None, 2]))
def test_random_tables_by_norm(data: st.DataObject, shape: tuple[int, int], precision: int | None) -> None:
    p, d = shape
    domain = Grid(p, d)
    table = {mpq(s, p * p): data.draw(values) for s in range(d * p**4 + 1)}
    holds_as_stated(lookup_norm(inputs(d), "y", domain, table), domain, "radial", precision)


coordinates = st.builds(mpq, st.integers(-9, 9), st.sampled_from([1, 2, 3]))


@settings(max_examples=40)
@given(st.data(), st.sets(st.tuples(coordinates, coordinates), min_size=1, max_size=8))
def test_listed_points(data: st.DataObject, points: set[tuple[mpq, mpq]]) -> None:
    """On listed points, far apart or not, a function of what it is a function of."""
    listed = sorted(points)
    by_input: dict[mpq, mpq] = {}
    by_norm: dict[mpq, mpq] = {}
    for a, b in listed:
        by_input.setdefault(b, data.draw(values))
        by_norm.setdefault(a * a + b * b, data.draw(values))
    domain = Points(tuple(listed))
    first = lookup_points(["a", "b"], "y", {point: by_input[point[1]] for point in listed})
    holds_as_stated(first, domain, "component")
    second = lookup_points(["a", "b"], "y", {point: by_norm[point[0] ** 2 + point[1] ** 2] for point in listed})
    holds_as_stated(second, domain, "radial")


@pytest.mark.parametrize("d", [1, 2, 3, 6])
def test_symmetric_functions_on_the_cube_take_depth_2(d: int) -> None:
    net = FAMILIES["parity"].make(d=d, kind="threshold").network
    holds_as_stated(net, Cube(d), "radial")
    assert measure(construct_network(net, plan(Request(net, Cube(d), "radial")))).depth == 2


def test_several_outputs_share_their_ramps() -> None:
    nodes = [relu("h", {"b": 1}), affine("y", {"h": 3}), affine("z", {"h": -1, "b": 1}), affine("c", {}, 5)]
    net = Network(["a", "b"], nodes, ["y", "z", "c", "a"])
    domain = Grid(2, 2)
    assert find_components(net, domain, 2, 2) == (1, 1, 0, 0)
    holds_as_stated(net, domain, "component")
    made = component_network(net, domain, 2, 2, (1, 1, 0, 0))
    assert measure(made).neurons == 2  # y bends at 0, z too, and both need the ramp from -2
    assert made.outputs == net.outputs
    sides = [relu("p", {"a": 1}), relu("n", {"a": -1}), affine("y", {"p": 1, "n": 1}), affine("z", {"y": 7})]
    both = Network(["a"], sides, ["y", "z"])
    holds_as_stated(both, Grid(2, 1), "radial")


@pytest.mark.parametrize(
    ("name", "options", "route"),
    [
        ("telgarsky", {"depth": 4, "grid": 8}, "component"),
        ("ball", {"d": 2, "grid": 2, "radius": 5}, "radial"),
        ("ball", {"d": 3, "grid": 1, "radius": 1, "kind": "threshold"}, "radial"),
        ("shells", {"d": 2, "grid": 2, "width": 3}, "radial"),
    ],
)
def test_the_classical_targets(name: str, options: dict[str, object], route: str) -> None:
    instance = FAMILIES[name].make(**options)
    holds_as_stated(instance.network, instance.domain, route)


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "route", "message"),
    [
        (
            "ball",
            {"d": 3, "grid": 2, "radius": 3, "norm": 1},
            "radial",
            "y is not a function of the norm: 1 at (-3/2, 0, 0) and 0 at (-1, -1, -1/2), both of squared norm 9/4",
        ),
        (
            "parity",
            {"d": 3},
            "component",
            "y is a function of no single input: 0 at (0, 0, 0) and 1 at (0, 0, 1), with the same x1; and so for 2 more",
        ),
        ("daniely", {"d": 1, "grid": 1}, "component", "with the same x1; and so for 1 more"),
    ],
)
def test_other_functions_are_refused_with_two_inputs(name: str, options: dict[str, Any], route: str, message: str) -> None:
    instance = FAMILIES[name].make(**options)
    with pytest.raises(RefusedError) as caught:
        certify_network(Request(instance.network, instance.domain, route))
    assert message in str(caught.value)


def test_inputs_of_many_coordinates_are_named_by_their_number() -> None:
    points = tuple(tuple(map(mpq, row)) for row in ([0] * 30, [0, *[1] * 29], [0] * 29 + [1]))
    net = lookup_points(inputs(30), "y", dict(zip(points, map(mpq, (0, 1, 2)), strict=True)))
    with pytest.raises(RefusedError, match="0 at input 0 of the domain and 1 at input 1 of the domain, with the same x1"):
        certify_network(Request(net, Points(points), "component"))


@settings(max_examples=60)
@given(st.lists(st.integers(0, 1), min_size=9, max_size=9), st.sampled_from(["component", "radial"]))
def test_refused_exactly_when_it_is_no_such_function(bits: list[int], route: str) -> None:
    domain = Grid(1, 2)
    table = dict(zip(domain, map(mpq, bits), strict=True))
    net = lookup_points(["a", "b"], "y", table)

    def depends(key: Any) -> bool:
        return all(table[x] == table[y] for x in domain for y in domain if key(x) == key(y))

    by_norm, by_input = depends(lambda x: x[0] ** 2 + x[1] ** 2), depends(lambda x: x[0]) or depends(lambda x: x[1])
    if by_norm if route == "radial" else by_input:
        assert certify_network(Request(net, domain, route)).certificate.verdict == "certified"
    else:
        with pytest.raises(RefusedError):
            certify_network(Request(net, domain, route))


class FewAtOnce(PlainEvaluator):
    """Five inputs at a time."""

    at_once = 5


def test_inputs_far_apart_are_compared() -> None:
    """``[a + b + c - 2]+`` is 0 but at the inputs 14 and 15."""
    late = Network(["a", "b", "c", "d"], [relu("y", dict.fromkeys("abc", 1), -2)], ["y"])
    found = not_simpler(late, Cube(4), 1, "component", {"component": "4"}, FewAtOnce)
    assert found == "y is not a function of d: it differs at the inputs 0 and 14 of the domain"
    falls = Network(["a", "b", "c", "d"], [affine("y", {"h": -1}), relu("h", dict.fromkeys("abc", 1), -2)], ["y"])
    assert str(not_simpler(falls, Cube(4), 1, "component", {"component": "4"})).endswith("0 and 14 of the domain")
    norm = Network(["a", "b"], [affine("y", {"a": 1, "b": 1})], ["y"])
    for make in (PlainEvaluator, FewAtOnce):  # (-1, 1) and (1, 1) have one norm
        assert str(not_simpler(norm, Grid(1, 2), 1, "radial", {}, make)).endswith("it differs at the inputs 0 and 2 of the domain")
    square = Network(["a", "b"], [relu("p", {"a": 1}), relu("m", {"a": -1}), affine("y", {"p": 1, "m": 1})], ["y"])
    points = Points(((mpq(3), mpq(4)), (mpq(5), mpq(0)), (mpq(7), mpq(0))))
    assert str(not_simpler(square, points, 1, "radial", {})).endswith("it differs at the inputs 0 and 1 of the domain")
    assert not_simpler(square, Points(((mpq(3), mpq(4)), (mpq(7), mpq(0)))), 1, "radial", {}) is None
    for places in ("1,2", "1,2,1"):
        words = f"names {places.count(',') + 1} inputs for 1 outputs"
        assert words in str(not_simpler(norm, Cube(2), 1, "component", {"component": places}))


def test_a_function_that_is_radial_only_when_rounded() -> None:
    net = Network(["x"], [relu("p", {"x": 1}), relu("n", {"x": -1}), affine("y", {"p": 1, "n": "9/10"})], ["y"])
    with pytest.raises(RefusedError, match="of squared norm 1"):
        certify_network(Request(net, Grid(1, 1), "radial"))
    holds_as_stated(net, Grid(1, 1), "component", 2)
    with pytest.raises(RefusedError, match=r"1/2 at \(-1\) and 1 at \(1\), both of squared norm 1"):
        certify_network(Request(net, Grid(1, 1), "radial", 2))


def test_unbounded_values_are_refused_with_numbers() -> None:
    domain = Grid(2, 2)
    net = lookup_component(["a", "b"], "y", "a", {t: mpq(10**30) * (t > 0) for t in domain.values})
    with pytest.raises(RefusedError, match=r"r\*R = about 2\^\d+ > 1000000"):
        certify_network(Request(net, domain, "component"))
    with pytest.raises(RefusedError, match=r"\|N\| = about 2\^\d+ > R = 7"):
        certify_network(Request(net, domain, "component", promised=7))
    assert certify_network(Request(net, domain, "component", promised=10**30)).certificate.verdict == "certified"


def test_constant_weights_and_unknown_routes() -> None:
    instance = FAMILIES["ball"].make(d=1, grid=1)
    with pytest.raises(NetworkError, match=r"\(S2\) do not go with the route radial"):
        plan(Request(instance.network, instance.domain, "radial", constant=True))
    with pytest.raises(FormatError, match=r"'circle' is not one of lookahead, .*, component, radial"):
        find_route("circle")
    assert not ROUTES.keys() & FUNCTION_ROUTES.keys()


@pytest.mark.parametrize(
    ("route", "statement", "options", "message"),
    [
        ("component", "S6 exact", {"component": "0"}, "is '0', not places of inputs"),
        ("component", "S6 exact", {"component": "1,,2"}, "is '1,,2', not places of inputs"),
        ("component", "S6 exact", {"component": "3"}, "names input 3, but there are 2"),
        ("component", "S6 exact", {}, "the options of the route are component"),
        ("radial", "S6 rounded", {"component": "1"}, "the options of the route are , not 'component'"),
        ("component", "S1 exact", {"component": "1"}, "the route component is not about S1 exact"),
        ("radial", "S3", {}, "the route radial is not about S3"),
        ("lookahead", "S6 exact", {"inputs": "integers", "carry": "linear"}, "the route lookahead is not about S6 exact"),
    ],
)
def test_bounds_are_stated_for_s6_alone(route: str, statement: str, options: dict[str, str], message: str) -> None:
    instance = FAMILIES["ball"].make(d=2, grid=1)
    found = parameters_of(instance.network, instance.domain)
    with pytest.raises(FormatError) as caught:
        stated_bounds(route, STATEMENTS[statement], True, options, found)
    assert message in str(caught.value)


# --- a changed weight ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "route"),
    [("telgarsky", {"depth": 3, "grid": 4}, "component"), ("ball", {"d": 2, "grid": 1, "radius": 1}, "radial")],
)
def test_a_changed_weight_is_refuted_or_equal(name: str, options: dict[str, object], route: str) -> None:
    instance = FAMILIES[name].make(**options)
    request = Request(instance.network, instance.domain, route)
    claim = plan(request)
    refuted = 0
    every = list(mutants(construct_network(request.net, claim)))
    for _, mutant in every:
        certificate = judge(request.net, mutant, claim)
        same = all(mutant(x) == request.net(x) for x in instance.domain)
        within = all(row.holds for row in certificate.bounds)
        assert (certificate.verdict == "certified") == (same and within)
        refuted += certificate.verdict == "refuted"
        if not same:
            assert certificate.counterexample is not None
            point = [certificate.counterexample.input[x] for x in request.net.inputs]
            assert request.net(point) != mutant(point)
    assert refuted > len(every) * 3 // 4


# --- certificates and the command line -----------------------------------------------------------


def certificate_of(folder: Path, name: str, options: dict[str, object], route: str) -> Path:
    instance = FAMILIES[name].make(**options)
    result = certify_network(Request(instance.network, instance.domain, route))
    path = folder / "c.json"
    write_certificate(str(path), instance.network, result.constructed, result.certificate, 0.5)
    return path


@pytest.mark.parametrize("route", ["component", "radial"])
@pytest.mark.parametrize("kind", ["relu", "threshold"])
def test_both_checkers_confirm(tmp_path: Path, route: str, kind: str) -> None:
    """The original may be a circuit too."""
    path = certificate_of(tmp_path, "ball", {"d": 1, "grid": 2, "radius": 4, "kind": kind}, route)
    assert check_certificate(str(path), **LIMITS).verdict == "certified"
    lines = list(recheck(str(path)))
    assert lines[-1] == "certified"
    assert any(f"depth 2 <= {2 if route == 'component' else 3}" in line or "depth 3 <= 3" in line for line in lines)


@pytest.mark.parametrize(
    "change",
    [
        {"statement": "S6 rounded"},
        {"statement": "S1 exact"},
        {"statement": "S7"},
        {"route": "radial"},
        {"route": "lookahead"},
        {"options": {"component": "2"}},
        {"options": {}},
    ],
    ids=str,
)
def test_a_changed_certificate_is_wrong(tmp_path: Path, change: dict[str, Any]) -> None:
    path = certificate_of(tmp_path, "telgarsky", {"depth": 3, "grid": 2}, "component")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    status, out, err = run("check", str(path), "--json")
    assert status in (1, 2)
    assert json.loads(out)["verdict"] in ("refuted", "error")
    assert err.count("\n") <= 1


@pytest.mark.parametrize(
    ("route", "options", "words"),
    [
        ("radial", {}, "y is not a function of the norm: it differs at the inputs 3 and 5"),
        ("component", {"component": "1"}, "y is not a function of a: it differs at the inputs 0 and 5"),
        ("component", {"component": "2"}, "y is not a function of b: it differs at the inputs 0 and 45"),
        ("component", {"component": "1,2"}, "names 2 inputs for 1 outputs"),
    ],
)
def test_shallow_and_small_is_not_enough(tmp_path: Path, route: str, options: dict[str, str], words: str) -> None:
    """A network with small weights in depth 2 that is claimed to show that it is a function of something simpler."""
    nodes = [relu("f", {"a": 1}), relu("g", {"b": 1}), affine("y", {"f": 1, "g": 2})]
    net, path = Network(["a", "b"], nodes, ["y"]), tmp_path / "c.json"
    claim = make_claim(net, Grid(2, 2), STATEMENTS["S6 exact"], route, options, Equal(2), 6)
    certificate = judge(net, net, claim)
    assert certificate.verdict == "refuted"
    assert words in str(certificate.reason)
    write_certificate(str(path), net, net, certificate, 0.5)
    assert check_certificate(str(path), **LIMITS).verdict == "refuted"
    if "," not in options.get("component", ""):
        assert list(recheck(str(path)))[-1] == "refuted"
    forged = json.loads(path.read_text()) | {"verdict": "certified", "reason": None}
    path.write_text(json.dumps(forged))
    assert check_certificate(str(path), **LIMITS).verdict == "wrong"
    from exactnet.recheck.reading import Wrong

    with pytest.raises(Wrong, match=r"no function of|does not name an input"):
        list(recheck(str(path)))


def test_recheck_holds_the_depth_against_the_theorem(tmp_path: Path) -> None:
    """A network of depth 3 under the route of depth 2, with bounds to match."""
    path = certificate_of(tmp_path, "ball", {"d": 2, "grid": 1, "radius": 1}, "radial")
    document = json.loads(path.read_text()) | {"route": "component"}
    path.write_text(json.dumps(document))
    from exactnet.recheck.reading import Wrong

    with pytest.raises(Wrong, match="depth 3 > 2"):
        list(recheck(str(path)))


def test_the_command_line(tmp_path: Path) -> None:
    instance = FAMILIES["ball"].make(d=2, grid=1, radius=1)
    write_network(tmp_path / "ball.json", instance.network, instance.domain)
    net = str(tmp_path / "ball.json")
    status, out, _ = run("certify", net, "--route", "radial", "--json", "-o", str(tmp_path / "c.json"))
    found = json.loads(out)
    assert (status, found["verdict"], found["statement"], found["constructed"]["depth"]) == (0, "certified", "S6 exact", 3)
    assert run("check", str(tmp_path / "c.json"), "-q")[:2] == (0, "certified\n")
    status, out, err = run("certify", net, "--route", "component")
    assert (status, out) == (2, "")
    assert err.startswith("exactnet: refused: y is a function of no single input: ")
    assert run("construct", net, "--route", "radial", "-o", str(tmp_path / "small.json"), "-q")[0] == 0
    assert run("compare", net, str(tmp_path / "small.json"), "-q")[1] == "equal\n"
    gate = Network(["x"], [threshold("y", {"x": 1}, -1)], ["y"])
    write_network(tmp_path / "gate.json", gate, Grid(2, 1))
    assert run("certify", str(tmp_path / "gate.json"), "--route", "component", "-q")[1] == "certified\n"


def test_a_radial_network_of_python(tmp_path: Path) -> None:
    net = FAMILIES["shells"].make(d=2, grid=1, seed=3).network
    made = radial_network(net, Grid(1, 2), 1, 1)
    assert all(made(x) == net(x) for x in Grid(1, 2))


@pytest.mark.parametrize("route", [*ROUTES, *FUNCTION_ROUTES])
def test_the_bounds_of_every_route_can_be_shown(route: str) -> None:
    status, out, _ = run("bounds", "--route", route, "--grid", "--growth", "R=d", "--growth", "p=d", "--json")
    found = json.loads(out)
    assert (status, found["route"]) == (0, route)
    assert found["statement"] == ("S6 exact" if route in FUNCTION_ROUTES else "S1 exact")
    assert {"depth", "max_weight", "max_bias"} <= {row["name"] for row in found["bounds"]}
    status, _, err = run("bounds", "--route", "radial", "--form", "circuit")
    assert (status, err) == (2, "exactnet: the route radial has no bounds for the form circuit\n")
