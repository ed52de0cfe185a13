"""What is judged between the grid points: distances and ranges of constant networks, by hand, and every bound."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from gmpy2 import mpq

from exactnet.check.judge_reals import judge_continuous
from exactnet.claims.reals.judgement import Judgement, Setting
from exactnet.kernel.network import Network, affine

IDENTITY = Network(["x"], [affine("y", {"x": 1})], ["y"])


def judged(value: int, most: int, net: Network = IDENTITY, exact: bool = False, **grid: Any) -> Judgement:
    """A constant network beside ``net`` on ``[-1, 1]``, as the certificate of the grid says."""
    constant = Network(net.inputs, [affine("y", {}, value)], ["y"])
    parameters = {"m": 1, "k": 1, "d": len(net.inputs), "p": 1, "r": 1, "R": most}
    certificate: Any = SimpleNamespace(**{"verdict": "certified", "parameters": parameters, "counterexample": None, **grid})
    return judge_continuous(net, constant, certificate, Setting(1, mpq(1, 10), mpq(1, 2), exact))


@pytest.mark.parametrize(("value", "apart"), [(-9, 10), (-1, 2), (0, 1), (1, 2), (9, 10)])
def test_how_far_apart_values_can_be(value: int, apart: int) -> None:
    """``N`` has values from -1 to 1."""
    row = judged(value, 99).outputs["y"]
    assert (row.range, row.original, row.apart, row.spread) == ((value, value), (-1, 1), apart, 2)


def test_values_of_the_original_are_clipped() -> None:
    wide = Network(["x"], [affine("y", {"x": 50}, -20)], ["y"])
    row = judged(0, 3, wide).outputs["y"]
    assert (row.original, row.apart, row.spread) == ((-70, 30), 3, 6)


@pytest.mark.parametrize("value", [-9, 9])
def test_a_range_that_is_left_on_either_side(value: int) -> None:
    judgement = judged(value, 8)
    assert (judgement.verdict, judged(value, 9).verdict) == ("refuted", "certified")
    assert judgement.reason == "the bound range (y) = R = 8 fails: measured 9"


@pytest.mark.parametrize("exact", [False, True])
def test_the_bound_that_fails_is_named(exact: bool) -> None:
    """The variation of the identity on ``[-1, 1]`` is 2."""
    assert judged(0, 1, exact=exact).verdict == "certified"
    assert judged(-2, 1, exact=exact).reason == "the bound range (y) = R = 1 fails: measured 2"


def test_what_the_grid_refutes_without_a_counterexample() -> None:
    judgement = judged(0, 1, verdict="refuted", reason="the bound depth = 1 = 1 fails: measured 2")
    assert (judgement.verdict, judgement.bounds) == ("refuted", [])
    assert judgement.reason == "on the grid: the bound depth = 1 = 1 fails: measured 2"
