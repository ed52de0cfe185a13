"""R1 and R2 from the command line: certificates, forgeries, controls and bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq

from exactnet.certify.radial import (
    IdentityRequest,
    RadialRequest,
    certify_by_identity,
    certify_radial,
    on_norms,
    squares,
)
from exactnet.construct.radial.fit import fitted_ridges, knots_of, representatives
from exactnet.families import FAMILIES
from exactnet.files.files import digest
from exactnet.kernel.domain import Grid, Points
from exactnet.kernel.errors import RefusedError
from exactnet.kernel.relation import Within
from exactnet.kernel.sweep import CheckJob, compare_networks
from exactnet.recheck.command import main
from tests.helpers import run
from tests.mutants import mutants

VEE = "0:1/2,1/2:0,1:1/2"


@pytest.fixture
def teeth(tmp_path: Path) -> str:
    path = str(tmp_path / "teeth.json")
    assert run("make", "teeth", "-o", path)[0] == 0
    return path


def confirmed(path: str) -> bool:
    """Whether ``check`` and ``recheck`` say that a certificate is right."""
    return run("check", path, "-q")[:2] == (0, "certified\n") and main([path]) == 0


@pytest.mark.parametrize("arguments", [(), ("--degree", "4"), ("--knots", "3"), ("--epsilon", "1/10"), ("--types", "1;1,1;2,1")])
def test_input_by_input(teeth: str, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    out = str(tmp_path / "c.json")
    status, text, _ = run("radial", teeth, *arguments, "-o", out, "--json")
    report = json.loads(text)
    assert (status, report["verdict"], report["statement"], report["constructed"]["depth"]) == (0, "certified", "R1 within", 2)
    assert confirmed(out)


def test_the_error_is_attained(teeth: str) -> None:
    made = FAMILIES["teeth"].make()
    found = certify_radial(RadialRequest(made.network, made.domain))
    epsilon = found.certificate.relation.epsilon
    assert epsilon == max(abs(found.constructed(x)[0] - made.network(x)[0]) for x in made.domain)
    less = f"{epsilon.numerator}/{epsilon.denominator + 1}"
    status, text, _ = run("radial", teeth, "--epsilon", less, "--json")
    report = json.loads(text)
    assert (status, report["verdict"]) == (1, "refuted")
    assert report["counterexample"]["input"].keys() == {"x1", "x2"}


@pytest.mark.parametrize("knots", [None, 2])
def test_mutants_are_refuted_or_within_epsilon(knots: int | None) -> None:
    """Every weight and bias of a network that is a polynomial on the grid, and of one that is fitted."""
    made = FAMILIES["teeth"].make()
    found = certify_radial(RadialRequest(made.network, made.domain, knots=knots))
    epsilon, refuted, total = found.certificate.relation.epsilon, 0, 0
    assert epsilon is not None
    for what, mutant in mutants(found.constructed, (1,)):
        _, wrong = compare_networks(CheckJob(made.network, mutant, made.domain, Within(1, epsilon)))
        near = all(abs(mutant(x)[0] - made.network(x)[0]) <= epsilon for x in made.domain)
        assert (wrong is None) == near, what
        refuted, total = refuted + (not near), total + 1
    assert refuted > total // 2


def test_a_refuted_certificate_is_confirmed(teeth: str, tmp_path: Path) -> None:
    out = str(tmp_path / "c.json")
    assert run("radial", teeth, "--epsilon", "1/100", "-o", out, "-q")[:2] == (1, "refuted\n")
    assert run("check", out, "-q")[1] == "refuted\n"
    assert main([out]) == 1


def forged(out: Path, change: Callable[[dict[str, Any]], None]) -> str:
    """A certificate with something changed, beside the same networks."""
    document = json.loads(out.read_text())
    change(document)
    path = out.with_name("forged.json")
    path.write_text(json.dumps(document))
    return str(path)


R1: list[tuple[str, Callable[[dict[str, Any]], None]]] = [
    ("statement", lambda c: c.update(statement="S7 within")),
    ("epsilon", lambda c: c["relation"].update(epsilon="1/100")),
    ("amplitude", lambda c: c["options"].update(amplitude="1/1024")),
    ("types", lambda c: c["options"].update(types="1")),
    ("depth", lambda c: c["constructed"].update(depth=1)),
    ("bound", lambda c: c["bounds"][1].update(symbolic="100", value="100")),
]


@pytest.mark.parametrize("change", [change for _, change in R1], ids=[name for name, _ in R1])
def test_forged_certificates_of_r1(teeth: str, tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    out = tmp_path / "c.json"
    run("radial", teeth, "-o", str(out), "-q")
    path = forged(out, change)
    assert run("check", path, "-q")[0] != 0


def test_recheck_refuses_a_deeper_network(teeth: str, tmp_path: Path) -> None:
    """A network of depth 3 that is even equal does not certify R1."""
    first, second = tmp_path / "s6.json", tmp_path / "c.json"
    assert run("certify", teeth, "--route", "radial", "-o", str(first), "-q")[0] == 0
    run("radial", teeth, "-o", str(second), "-q")
    document = json.loads(second.read_text())
    deep = json.loads(first.read_text())["constructed"]
    document["constructed"] = deep
    path = tmp_path / "forged.json"
    path.write_text(json.dumps(document))
    assert run("check", str(path), "-q")[0] == 1
    assert main([str(path)]) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--d", "4", "--p", "2"),
        ("--d", "32", "--p", "1", "--degree", "2"),
        ("--d", "2", "--p", "3", "--reals", "--spacing", "2", "--degree", "4"),
        ("--d", "3", "--p", "2", "--spacing", "3", "--epsilon", "1"),
        ("--d", "1", "--p", "2", "--degree", "1", "--reals"),
    ],
)
def test_by_an_identity(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    out = str(tmp_path / "c.json")
    status, text, _ = run("radial", "--profile", VEE, *arguments, "-o", out, "--json")
    assert (status, json.loads(text)["verdict"]) == (0, "certified")
    assert confirmed(out)
    assert run("radial", "--profile", VEE, *arguments)[0] == 0
    assert run("check", out)[0] == 0


R2: list[tuple[str, Callable[[dict[str, Any]], None]]] = [
    ("error", lambda c: c.update(error="1/1000")),
    ("epsilon", lambda c: c.update(epsilon="1/1000")),
    ("exact", lambda c: c.update(exact=not c["exact"])),
    ("neurons", lambda c: c.update(neurons=1)),
    ("target", lambda c: c["target"][1].__setitem__(1, "7")),
    ("norm left out", lambda c: c["target"].pop()),
    ("norm twice", lambda c: c["target"].append(c["target"][0])),
    ("polynomial", lambda c: c["ridges"][0]["polynomial"].__setitem__(2, "1")),
    ("type", lambda c: c["ridges"][0].update(type="2")),
    ("type left out", lambda c: c["ridges"].pop()),
    ("type twice", lambda c: c["ridges"].append(c["ridges"][0])),
    ("p", lambda c: c.update(p=3)),
    ("all reals", lambda c: c.update(on="reals", cells=4)),
    ("digest", lambda c: c["network"].update(sha256="0" * 64)),
]


@pytest.mark.parametrize("change", [change for _, change in R2], ids=[name for name, _ in R2])
def test_forged_certificates_of_r2(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    out = tmp_path / "c.json"
    assert run("radial", "--profile", VEE, "--d", "2", "--p", "2", "-o", str(out), "-q")[0] == 0
    path = forged(out, change)
    assert run("check", path, "-q")[0] != 0
    assert main([path]) != 0


def test_a_changed_network_is_refused_by_both(tmp_path: Path) -> None:
    """One ridge weight changed: the ridge is not its polynomial, or its directions differ."""
    out = tmp_path / "c.json"
    run("radial", "--profile", VEE, "--d", "2", "--p", "2", "-o", str(out), "-q")
    beside = tmp_path / "c.network.json"
    network = json.loads(beside.read_text())
    weights = network["nodes"][-1]["in"]
    name = next(iter(weights))
    weights[name] = "5"
    beside.write_text(json.dumps(network))
    path = forged(out, lambda c: c["network"].update(sha256=digest(beside.read_bytes())))
    status, text, _ = run("check", path)
    assert status == 1
    assert "another ridge than others of its type" in text
    assert main([path]) == 1


def test_more_teeth_are_refuted_at_the_error_of_one() -> None:
    from proofs.radial import teeth

    one = certify_by_identity(IdentityRequest(teeth(1), 4, 2, 3)).estimate.total
    more = certify_by_identity(IdentityRequest(teeth(4), 4, 2, 3))
    assert more.estimate.total == mpq(1, 4)
    assert more.beyond(one) == "|N'(x) - f(x)| = 1/4 > epsilon at x = (0, 0, 0, 0)"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "give NET, or --profile"),
        (("net.json", "--profile", VEE), "give NET, or --profile"),
        (("--profile", VEE, "--d", "2"), "--profile needs --d and --p"),
        (("net.json", "--spacing", "2"), "go with --profile"),
        (("--profile", "0:1,1:0,1/2:3", "--d", "2", "--p", "2"), "ascend from 0 to 1"),
        (("--profile", "0;1", "--d", "2", "--p", "2"), "not a list of knots"),
        (("--profile", VEE, "--d", "2", "--p", "1", "--degree", "4"), "the grid has 3 norms"),
        (("--profile", VEE, "--d", "4", "--p", "2", "--degree", "4", "--types", "1;1,1"), "no identity of degree 8"),
        (("--profile", VEE, "--d", "2", "--p", "2", "--types", "1,2"), "is not descending"),
        (("--profile", VEE, "--d", "2", "--p", "2", "--types", "x"), "not lists of positive integers"),
        (("--profile", VEE, "--d", "2", "--p", "8", "--reals", "--spacing", "9", "--epsilon", "1/20"), "by the directions of type"),
        (("--profile", VEE, "--d", "64", "--p", "2", "--degree", "4"), "too large to build"),
    ],
)
def test_bad_requests(arguments: tuple[str, ...], reason: str) -> None:
    status, out, err = run("radial", *arguments)
    assert (status, out) == (2, "")
    assert reason in err
    assert err.count("\n") == 1


def test_what_is_no_function_of_the_norm(tmp_path: Path) -> None:
    net = str(tmp_path / "ball.json")
    run("make", "ball", "--norm", "1", "--radius", "3", "-o", net)
    status, _, err = run("radial", net, "-o", str(tmp_path / "c.json"))
    assert status == 2
    assert "is not a function of the norm" in err
    assert "both of squared norm" in err
    assert not (tmp_path / "c.json").exists()
    table = tmp_path / "table.csv"
    table.write_text("x1,x2,y\n0,0,0\n0,1,1\n1,0,2\n")
    status, _, err = run("radial", str(table))
    assert (status, err.count("\n")) == (2, 1)
    cube = str(tmp_path / "cube.json")
    run("make", "parity", "--d", "3", "-o", cube)
    assert "on the cube the squared norm is linear" in run("radial", cube)[2]


def test_points_up_to_symmetry() -> None:
    points = Points([["1/2", "0"], [0, "-1/2"], [1, "1/2"], [0, 0]])
    assert representatives(points, 2) == [(0, 0), (1, 0), (2, 1)]
    assert representatives(Grid(1, 3), 1) == [(0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1)]


def test_a_fit_of_what_has_the_form_is_exact() -> None:
    points = representatives(Grid(2, 2), 2)
    values = [mpq(3) + mpq(abs(a) + abs(b), 4) for a, b in points]
    knots = knots_of([(1,)], points, 2)
    constant, (ridge,) = fitted_ridges(points, values, [(1,)], knots)
    assert constant == 3
    assert ridge.kinks == {mpq(0): mpq(1, 4)}


def test_squares_give_a_point_for_every_norm() -> None:
    for u, _ in on_norms([(mpq(0), mpq(0)), (mpq(1), mpq(1))], 3, 2).items():
        point = squares(u, 3, 4)
        assert point is not None
        assert sum(n * n for n in point) == u
        assert max(point, default=0) <= 4


def test_a_ridge_that_reads_no_origin_is_refused() -> None:
    made = FAMILIES["teeth"].make(d=1)
    domain = Points([[1], ["1/2"]])
    with pytest.raises(RefusedError, match="the origin is not among the inputs"):
        certify_radial(RadialRequest(made.network, domain, knots=1))


def test_a_constant_is_nothing_to_construct(tmp_path: Path) -> None:
    """All of this grid lies in the ball."""
    ball = str(tmp_path / "ball.json")
    assert run("make", "ball", "--d", "2", "--grid", "1", "--radius", "2", "-o", ball)[0] == 0
    status, _, error = run("radial", ball)
    assert (status, error.count("\n")) == (2, 1)
    assert "is the constant 1: there is nothing to construct" in error
