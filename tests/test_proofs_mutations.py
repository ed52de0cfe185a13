"""A changed weight makes a row fail, or the mutant is equal on every input: for S1 (exact and rounded) and S3."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from gmpy2 import mpq

from exactnet.domain import Cube
from exactnet.judge import judge
from exactnet.network import Network, affine, threshold
from exactnet.pipeline import Request, construct_network, plan
from proofs import frontier, s1_small_weights, s3_circuits
from proofs.build import Uncertified, make
from proofs.rows import ROUTES
from tests.helpers import first_difference, pair, random_relu
from tests.mutants import mutants, replace_constructed

#: At most so many mutants of a network are judged, drawn with a fixed seed.
MOST = 40


def _exact() -> Request:
    nodes, read = pair({"x1": 9, "x2": -7, "x3": 5}, -4)
    return Request(Network(["x1", "x2", "x3"], [*nodes, affine("y", read)], ["y"]), Cube(3))


def _rounded() -> Request:
    return Request(random_relu(3, 2, [2], 4, denominator=40), Cube(2), precision=2)


def _circuit() -> Request:
    return Request(Network(["x1", "x2", "x3"], [threshold("y", {"x1": 9, "x2": -7, "x3": 5}, -4)], ["y"]), Cube(3))


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("statement", ["S1 exact", "S1 rounded", "S3"])
def test_a_changed_weight_is_refuted_or_the_mutant_is_equal_on_every_input(statement: str, route: str) -> None:
    """What the judge says of a mutant is what the reference evaluator says on every input, and what the bounds say."""
    request = replace({"S1 exact": _exact, "S1 rounded": _rounded, "S3": _circuit}[statement](), route=route)
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
        ("s1-size-quick", "clipped, d = 4, route lookahead"),
        ("s3-quick", "a gate of 20 bits, route lookahead"),
        ("s3-circuits-quick", "4-2-1, 16 bits, route lookahead"),
        ("s3-drawn", "route B"),
        ("frontier-quick", "clipped, d = 6, m = 2, 20 bits, route lookahead"),
    ],
)
def test_a_broken_construction_fails_its_row(monkeypatch: pytest.MonkeyPatch, name: str, row: str) -> None:
    replace_constructed(monkeypatch, break_it)
    with pytest.raises(Uncertified, match=r"differ at input|fails: measured") as caught:
        make(name)
    assert str(caught.value).startswith(f"table {name}: {row}: ")
    assert "\n" not in str(caught.value)


def test_the_rows_that_are_broken_are_all_quick_rows() -> None:
    """Every quick table of S1, S3 and the frontier is in the test above."""
    marks = test_a_broken_construction_fails_its_row.pytestmark  # type: ignore[attr-defined]
    tested = {name for name, _ in next(mark.args[1] for mark in marks if mark.name == "parametrize")}
    assert tested == s1_small_weights.QUICK.keys() | s3_circuits.QUICK.keys() | frontier.QUICK.keys()


def test_a_construction_that_cannot_be_made_fails_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    from exactnet.errors import SizeError

    def refuse(made: Network) -> Network:
        raise SizeError("too large to build")

    replace_constructed(monkeypatch, refuse)
    with pytest.raises(Uncertified, match=r"^table s1-quick: clipped with 20 bits: too large"):
        make("s1-quick")
