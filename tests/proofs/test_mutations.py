"""A changed weight makes a row fail, or the mutant is equal on every input: for S1, S2, S3, and a network of S5.

Those of the other statements are in the tests of their constructions: circuits of S5 (``test_barrier``), S4
(``test_continuous``), S6 (``test_functions``, ``test_flatten``), S7 (``test_few_bits_certificate``), classical circuits
(``test_classical``). That a broken construction fails its row is tested here for every
table that the pipeline makes, and for S5.
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from gmpy2 import mpq

from exactnet.certify import barriers as barrier
from exactnet.certify.small_weights import Request, construct_network, plan
from exactnet.check.claim import make_claim
from exactnet.claims.statements import STATEMENTS
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.judge import judge
from exactnet.kernel.network import Network, affine, threshold
from exactnet.kernel.relation import Floor
from exactnet.theory.routes import ASSEMBLED
from proofs import depth, frontier, growth, s1_small_weights, s2_constant_weights, s3_circuits, s6_radial
from proofs.build import Uncertified, make
from proofs.rows import ROUTES
from tests.helpers import first_difference, pair, random_relu
from tests.mutants import mutants, replace_constructed

#: At most so many mutants of a network are judged, drawn with a fixed seed.
MOST = 40
MODULES = (s1_small_weights, s2_constant_weights, s3_circuits, frontier, depth, growth, s6_radial)


def _exact() -> Request:
    nodes, read = pair({"x1": 9, "x2": -7, "x3": 5}, -4)
    return Request(Network(["x1", "x2", "x3"], [*nodes, affine("y", read)], ["y"]), Cube(3))


def _rounded() -> Request:
    return Request(random_relu(3, 2, [2], 4, denominator=40), Cube(2), precision=2)


def _constant() -> Request:
    return replace(_exact(), constant=True)


def _circuit() -> Request:
    return Request(Network(["x1", "x2", "x3"], [threshold("y", {"x1": 9, "x2": -7, "x3": 5}, -4)], ["y"]), Cube(3))


MAKERS = {"S1 exact": _exact, "S1 rounded": _rounded, "S2 exact": _constant, "S3": _circuit}


@pytest.mark.parametrize(
    ("statement", "route"),
    [*((statement, route) for statement in ("S1 exact", "S1 rounded", "S3") for route in ROUTES), ("S2 exact", "compact")],
)
def test_a_changed_weight_is_refuted_or_the_mutant_is_equal_on_every_input(statement: str, route: str) -> None:
    """What the judge says of a mutant is what the reference evaluator says on every input, and what the bounds say."""
    request = replace(MAKERS[statement](), route=route)
    claim = plan(request)
    assert claim.statement == statement
    made = construct_network(request.net, claim)
    assert judge(request.net, made, claim).verdict == "certified"
    every = list(mutants(made))
    refuted = 0
    for what, mutant in random.Random(1).sample(every, min(MOST, len(every))):
        certificate = judge(request.net, mutant, claim)
        differs = first_difference(request.net, mutant, request.domain, request.precision)
        if certificate.verdict == "certified":
            assert differs is None, what
        else:
            refuted += 1
            assert differs is not None or not all(row.holds for row in certificate.bounds), what
            assert (certificate.counterexample is None) == (differs is None), what
    assert refuted > min(MOST, len(every)) // 10


def break_it(made: Network) -> Network:
    """The network with an output one larger."""
    nodes = list(made.nodes())
    place = next(place for place, node in enumerate(nodes) if node.id in made.outputs)
    node = nodes[place]
    step = 1 if node.kind == "affine" else 1 + sum(abs(weight) for weight in node.sources.values()) + abs(node.bias)
    nodes[place] = type(node)(node.id, node.kind, node.sources, node.bias + mpq(step))
    return Network(made.inputs, nodes, made.outputs)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("s1-quick", "clipped with 20 bits"),
        ("s1-bounds", "random, d 4, widths 2,2, bits 16"),
        ("s1-depths-quick", "random, d 4, widths 4, bits 32, route lookahead"),
        ("s1-rounded-quick", "random, d 4, widths 3, bits 16, route lookahead"),
        ("s1-size-quick", "clipped, d = 4, seed 1, route lookahead"),
        ("s3-quick", "a gate of 20 bits, route lookahead"),
        ("s3-circuits-quick", "4-2-1, 16 bits, route lookahead"),
        ("s3-drawn", "route B"),
        ("frontier-quick", "clipped, d = 6, m = 2, 20 bits, route lookahead"),
        ("s2-quick", "clipped, d = 4, m = 2, 16 bits, route lookahead"),
        ("depth-quick", "clipped, d = 8, m = 2, 64 bits"),
        ("depth-proven-quick", "random, d = 3, widths 2,2, 6 bits"),
        ("growth-quick", "clipped (3, 2, 24), route lookahead"),
        ("s6-quick", "sawtooth of depth 4"),
    ],
)
def test_a_broken_construction_fails_its_row(monkeypatch: pytest.MonkeyPatch, name: str, row: str) -> None:
    replace_constructed(monkeypatch, break_it)
    with pytest.raises(Uncertified, match=r"differ at input|fails: measured") as caught:
        make(name)
    assert str(caught.value).startswith(f"table {name}: {row}: ")
    assert "\n" not in str(caught.value)


def test_the_rows_that_are_broken_are_all_quick_rows() -> None:
    """Every quick table of these modules that shows certified networks is in the test above."""
    marks = test_a_broken_construction_fails_its_row.pytestmark  # type: ignore[attr-defined]
    tested = {name for name, _ in next(mark.args[1] for mark in marks if mark.name == "parametrize")}
    others = {"depth-sizes", "s6-flat-quick", "s6-refused"}  # predicted; equal on the reals (test_flatten); refused
    wanted = set().union(*(module.QUICK.keys() for module in MODULES)) - others
    assert tested == wanted


@pytest.mark.parametrize(
    ("name", "step", "row"),
    [
        ("s5-barriers-quick", "construct_claimed", "affine, 20 bits, p = 1, d = 2, route lookahead"),
        ("s5-barriers-quick", "assemble_network", "affine, 20 bits, p = 1, d = 2, route lookahead"),
        ("s5-least-quick", "assemble_network", "parity, d = 2"),
    ],
)
def test_broken_circuits_and_networks_fail_their_row(monkeypatch: pytest.MonkeyPatch, name: str, step: str, row: str) -> None:
    build = getattr(barrier, step)

    def broken(*given: object) -> object:
        made = build(*given)
        return (break_it(made[0]), *made[1:]) if isinstance(made, tuple) else break_it(made)

    monkeypatch.setattr(barrier, step, broken)
    with pytest.raises(Uncertified, match=rf"^table {name}: {row}: the values differ at input"):
        make(name)


def test_a_flattened_network_that_is_broken_fails_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    build = s6_radial.flatten
    monkeypatch.setattr(s6_radial, "flatten", lambda *given: break_it(build(*given)))
    with pytest.raises(Uncertified, match=r"^table s6-flat-quick: depth 2: the values differ at input"):
        make("s6-flat-quick")


def test_a_changed_weight_of_an_assembled_network() -> None:
    """S5 (b): what the judge says of a mutant is what the definition says on every input, and what the bounds say."""
    net = random_relu(3, 1, [2], 4, denominator=40)
    target = barrier.target_of(Request(net, Grid(1, 1), precision=2))
    circuits = barrier.extract(Request(net, Grid(1, 1), "compact", precision=2))
    back = barrier.assemble(circuits.family, target, net)
    made = back.result.constructed
    options = dict(back.result.certificate.options)
    claim = make_claim(
        net, target.domain, STATEMENTS["S5 network"], ASSEMBLED, options, Floor(2), target.output_range, circuits=back.circuits
    )
    assert judge(net, made, claim).verdict == "certified"
    every = list(mutants(made))
    verdicts = set()
    for what, mutant in random.Random(1).sample(every, min(MOST, len(every))):
        certificate = judge(net, mutant, claim)
        differs = first_difference(net, mutant, target.domain, 2)
        right = differs is None and all(row.holds for row in certificate.bounds)
        assert (certificate.verdict == "certified") == right, what
        verdicts.add(certificate.verdict)
    assert "refuted" in verdicts


def test_a_construction_that_cannot_be_made_fails_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    from exactnet.kernel.errors import SizeError

    def refuse(made: Network) -> Network:
        raise SizeError("too large to build")

    replace_constructed(monkeypatch, refuse)
    with pytest.raises(Uncertified, match=r"^table s1-quick: clipped with 20 bits: too large"):
        make("s1-quick")
