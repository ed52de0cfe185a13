"""The clipped form: its last layer for every integer and for real numbers, every route, its bounds, and its certificate."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from click.testing import CliRunner
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet import recheck
from exactnet.certify.small_weights import Request, certify_network
from exactnet.check.certificate import check_certificate
from exactnet.claims.statements import STATEMENTS
from exactnet.cli.program import program
from exactnet.construct.base.builder import ReluBuilder
from exactnet.construct.base.linear import Linear
from exactnet.construct.gadgets.outputs.clipped import clipping
from exactnet.construct.routes.registry import ROUTES
from exactnet.files.certificate_writer import write_certificate
from exactnet.files.certificates import read_certificate
from exactnet.files.networks import write_network
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.errors import FormatError, NetworkError
from exactnet.kernel.network import Network, Node, affine
from exactnet.kernel.relation import Clip
from exactnet.kernel.values import Block, evaluate
from exactnet.theory.growth import d, polynomial_bound
from exactnet.theory.parameters import Parameters
from exactnet.theory.routes import stated_bounds
from tests.helpers import random_relu

BIG = 2**26
CLIPPING = ("lookahead", "residue", "compact", "stacked")


def clip_floor(value: mpq, r: int, limit: int) -> mpq:
    kept = min(max(value, mpq(-limit)), mpq(limit)) * r
    return mpq(kept.numerator // kept.denominator, r)


# --- the lemma -----------------------------------------------------------------------------


@pytest.mark.parametrize(("high", "top"), [(0, 2), (1, 2), (2, 2), (3, 4), (11, 4), (30, 6)])
def test_the_last_layer(high: int, top: int) -> None:
    """Right for every form and both signs, and within ``[0, top]`` for real values of everything that it reads."""
    builder = ReluBuilder(["F", "above", "beyond"], ["y"])
    form, above, beyond = (builder.signal(name, 0, most) for name, most in (("F", high), ("above", 1), ("beyond", 1)))
    q = top + 1
    value = clipping(above, beyond, top)(builder, form, q, "y")
    builder.affine_output("y", {name: mpq(c) for name, c in value.terms.items()}, mpq(value.constant))
    net = builder.network()
    for f in range(high + 1):
        assert [net([f, *signs])[0] for signs in ([0, 0], [1, 0], [1, 1])] == [0, f % q, top]
    for third in range(-9, 3 * (3 * high + 9)):
        for signs in (["0", "0"], ["1/2", "0"], ["1", "1/3"], ["-2", "7/2"]):
            assert 0 <= net([mpq(third, 3), *signs])[0] <= top


def test_where_everything_is_constant() -> None:
    for at, signs, expected in ((7, (0, 0), 0), (7, (1, 0), 2), (7, (1, 1), 4)):
        constant = [Linear({}, sign) for sign in signs]
        value = clipping(*constant, 4)(ReluBuilder(["x"], ["y"]), Linear({}, at), 5, "y")
        assert (value.terms, value.constant) == ({}, expected)


# --- the routes ----------------------------------------------------------------------------


@given(
    route=st.sampled_from(CLIPPING),
    seed=st.integers(0, 10**6),
    domain=st.sampled_from([Cube(2), Grid(1, 2), Grid(2, 1)]),
    r=st.integers(1, 4),
    limit=st.integers(1, 5),
)
@settings(max_examples=8)
def test_every_route_on_every_input(route: str, seed: int, domain: Cube | Grid, r: int, limit: int) -> None:
    net = random_relu(seed, domain.d, [2], 3, outputs=2, denominator=3)
    result = certify_network(Request(net, domain, route, r, limit, clip=True))
    certificate = result.certificate
    assert (certificate.verdict, certificate.statement) == ("certified", "S1 clipped")
    for point in domain:
        expected = tuple(clip_floor(value, r, limit) for value in evaluate(net, point))
        assert evaluate(result.constructed, point) == expected


def test_constant_weights_too() -> None:
    net = random_relu(5, 2, [2], 3, denominator=3)
    certificate = certify_network(Request(net, Cube(2), "compact", 2, 2, clip=True, constant=True)).certificate
    assert (certificate.verdict, certificate.statement) == ("certified", "S2 clipped")
    assert certificate.constructed.max_weight <= 1


def test_every_route_has_a_clipped_form() -> None:
    assert set(ROUTES) == set(CLIPPING)


@pytest.mark.parametrize("route", CLIPPING)
def test_the_bounds_are_polynomial(route: str) -> None:
    options = {"inputs": "bits", "delta": "1/7"}
    searched = {"moduli": "searched"}
    options |= {"lookahead": {"output": "four"}, "residue": searched, "stacked": searched}.get(route, {})
    found = Parameters(d=1, k=1, m=1, B=1, p=1, s=0, dyadic=True)
    bounds = stated_bounds(route, STATEMENTS["S1 clipped"], True, options, found)
    growth = dict.fromkeys(("m", "B", "R", "r", "p"), d) | {"s": sp.Integer(1), "k": sp.Integer(1)}
    for bound in bounds.bounds:
        assert polynomial_bound(bounds, bound, growth).degree() < 99
    weights = next(bound for bound in bounds.bounds if bound.name == "max_weight")
    assert "delta_den/delta_num" in str(weights.expression)
    assert STATEMENTS["S2 clipped"].form == "clipped"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"inputs": "integers", "delta": "1/7"}, "options of the route"),
        ({"inputs": "bits", "delta": "0"}, "not a width of ramps"),
        ({"inputs": "bits", "delta": "2/14"}, "not a width of ramps"),
        ({"inputs": "bits", "delta": "x"}, "is not a number"),
    ],
)
def test_options_that_are_none(options: dict[str, str], words: str) -> None:
    found = Parameters(d=1, k=2, m=1, B=1, p=1, s=0, dyadic=True)
    with pytest.raises(FormatError, match=words):
        stated_bounds("compact", STATEMENTS["S1 clipped"], True, options, found)
    with pytest.raises(FormatError):
        stated_bounds("compact", STATEMENTS["S1 clipped"], False, {"inputs": "bits", "delta": "1/7"}, found)


@pytest.mark.parametrize("statement", ["S1 exact", "S1 rounded", "S2 rounded", "S3", "S5 circuits"])
def test_only_the_clipped_form_has_ramps(statement: str) -> None:
    """Ramps of width 2^-200 would let a network of weights up to 2^200 pass for one of small weights."""
    found = Parameters(d=1, k=2, m=1, B=1, p=1, s=0, dyadic=True)
    options = {"inputs": "bits", "delta": f"1/{2**200}"}
    assert stated_bounds("compact", STATEMENTS["S1 clipped"], True, options, found)
    with pytest.raises(FormatError, match="only with the clipped form"):
        stated_bounds("compact", STATEMENTS[statement], True, options, found)


# --- the relation --------------------------------------------------------------------------


@given(st.lists(st.integers(-(2**70), 2**70), min_size=1), st.integers(1, 2**70), st.integers(1, 5))
def test_clipping_blocks(values: list[int], limit: int, r: int) -> None:
    """A block is clipped as its values are, one by one, whatever integers hold them."""
    relation = Clip(r, limit)
    got = [relation.expected(mpq(value, 3)) for value in values]
    block = Block(len(values), ((np.array(values, object), mpq(3)),))
    held = Block(len(values), ((np.array([int(value * r) for value in got], object), mpq(r)),))
    assert not relation.differs(block, held, 0)[0].any()
    beside = Block(len(values), ((np.array([int(value * r) + 1 for value in got], object), mpq(r)),))
    assert relation.differs(block, beside, 0)[0].all()


# --- certificates --------------------------------------------------------------------------


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    net = random_relu(7, 2, [2], 2, denominator=9)
    result = certify_network(Request(net, Cube(2), "compact", 2, 1, clip=True))
    path = tmp_path / "c.json"
    write_certificate(str(path), net, result.constructed, result.certificate, 0.1)
    return path


def again(path: Path) -> str:
    return check_certificate(str(path), max_file=BIG, max_inputs=BIG).verdict


def test_a_certificate_is_checked_by_both(stored: Path) -> None:
    assert again(stored) == "certified"
    assert list(recheck.recheck(str(stored)))[-1] == "certified"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"kind": "clip"', '"kind": "floor"'),
        ('"statement": "S1 clipped"', '"statement": "S1 rounded"'),
        ('"promised": true', '"promised": false'),
        ('"R": "1"', '"R": "2"'),
    ],
)
def test_a_changed_certificate_is_wrong(stored: Path, old: str, new: str) -> None:
    text = stored.read_text()
    assert old in text
    stored.write_text(text.replace(old, new))
    assert again(stored) == "wrong"
    with pytest.raises(recheck.Wrong):
        list(recheck.recheck(str(stored)))


def test_a_network_that_does_not_clip_is_refuted(tmp_path: Path) -> None:
    """The rounded form is not the clipped one where values leave the range; the counterexample is replayed by both."""
    from exactnet.certify.small_weights import plan
    from exactnet.kernel.judge import judge

    net = random_relu(2, 2, [2], 3, denominator=3)
    wide = certify_network(Request(net, Cube(2), "compact", 2, 50)).constructed
    claim = plan(Request(net, Cube(2), "compact", 2, 1, clip=True))
    certificate = judge(net, wide, claim)
    assert certificate.verdict == "refuted"
    assert certificate.counterexample is not None
    assert all(abs(value) <= 1 for value in certificate.counterexample.expected.values())
    path = str(tmp_path / "c.json")
    write_certificate(path, net, wide, certificate, 0.1)
    assert check_certificate(path, max_file=BIG, max_inputs=BIG).verdict == "refuted"
    assert list(recheck.recheck(path))[-1] == "refuted"


def test_mutants_of_the_last_layer_are_refuted(stored: Path) -> None:
    """Every change of a bias of the last layer that changes a value is found."""
    from exactnet.check.claim import make_claim
    from exactnet.kernel.judge import judge

    held = read_certificate(str(stored), BIG)
    said = held.document
    relation = Clip(int(said["relation"]["r"]), int(said["parameters"]["R"]))
    claim = make_claim(
        held.original, held.domain, STATEMENTS[said["statement"]], said["route"], said["options"], relation,
        relation.limit, promised=True
    )
    last = [name for name in held.constructed.order if ".G>" in name]
    refuted = 0
    for target in last:
        nodes = [
            Node(n.id, n.kind, n.sources, n.bias + (2 if n.id == target else 0)) for n in held.constructed.nodes()
        ]
        mutant = Network(held.constructed.inputs, nodes, held.constructed.outputs)
        differs = any(mutant(x) != held.constructed(x) for x in held.domain)
        assert (judge(held.original, mutant, claim).counterexample is not None) == differs
        refuted += differs
    assert refuted


# --- the command line ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--clip"], "give --precision 1/r and --range R"),
        (["--clip", "--precision", "1/2"], "give --precision 1/r and --range R"),
        (["--clip", "--precision", "1/2", "--range", "0"], "'0' is not a positive integer"),
    ],
)
def test_what_is_missing(tmp_path: Path, arguments: list[str], words: str) -> None:
    write_network(tmp_path / "n.json", random_relu(2, 2, [2], 3), Cube(2))
    run = CliRunner().invoke(program, ["certify", str(tmp_path / "n.json"), *arguments])
    assert run.exit_code == 2
    assert words in run.output
    assert run.output.count("\n") == 1


def test_circuits_and_inputs_are_not_clipped() -> None:
    with pytest.raises(NetworkError, match="the output 'x' is an input"):
        certify_network(Request(Network(["x"], [affine("y", {"x": 1})], ["y", "x"]), Cube(1), "compact", 1, 1, clip=True))
    run = CliRunner().invoke(program, ["certify", "digits", "--clip"])
    assert (run.exit_code, "threshold circuit" in run.output) == (2, True)


def test_construct_and_certify_as_a_user(tmp_path: Path) -> None:
    source, out = tmp_path / "n.json", tmp_path / "small.json"
    write_network(source, random_relu(2, 2, [2], 3), Cube(2))
    common = [str(source), "--clip", "--precision", "1/2", "--range", "2", "--route", "compact"]
    run = CliRunner().invoke(program, ["certify", *common])
    assert (run.exit_code, "values clipped to [-R, R], R = 2, r = 2" in run.output) == (0, True)
    run = CliRunner().invoke(program, ["construct", *common, "-o", str(out), "--json"])
    assert json.loads(run.output)["statement"] == "S1 clipped"
    assert out.exists()
