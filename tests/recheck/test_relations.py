"""What ``recheck`` takes for right: relations at values of both signs, answers, and what definitions may speak of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq

import exactnet as ex
from exactnet import recheck
from exactnet.check.claim import make_claim
from exactnet.claims.statements import STATEMENTS
from exactnet.files.certificate_writer import write_certificate
from exactnet.kernel.domain import Cube
from exactnet.kernel.judge import judge
from exactnet.kernel.network import Network, affine
from exactnet.kernel.relation import Clip
from exactnet.recheck.comparing import Seen
from exactnet.recheck.network import read_net
from tests.rechecking import Json, digest, make, verdict, write

WITHIN = {"kind": "within", "r": "2", "epsilon": "1/2"}


def constants(*values: object) -> Network:
    names = [f"y{place}" for place in range(len(values))]
    return Network(["x"], [affine(name, {}, mpq(str(value))) for name, value in zip(names, values, strict=True)], names)


def pair(folder: Path, a: Network, b: Network, statement: str, relation: Json, rows: list[list[int]]) -> Json:
    """A certificate about two networks that says ``certified``, whether that is true or not."""
    document = make(folder, (a, b), Cube(1), "equal", 1)
    answer = relation["kind"] in ("class", "sign")
    numbers = {"R": "1" if answer else document["parameters"]["R"], "r": relation["r"]}
    options = {"epsilon": relation["epsilon"]} if "epsilon" in relation else {}
    return document | {
        "statement": statement,
        "route": "pair",
        "options": options,
        "relation": relation,
        "parameters": numbers,
        "promised": False,
        "bounds": [],
        "outputs": {"sha256": digest(rows, 8), "chunk": 65536, "width": 8},
    }


@pytest.mark.parametrize(("value", "right"), [("1/2", True), ("-1/2", True), ("1", False), ("-1", False)])
def test_a_tolerance_is_one_in_both_directions(tmp_path: Path, value: str, right: bool) -> None:
    rows = [[int(2 * mpq(value))]] * 2
    document = pair(tmp_path, constants(0), constants(value), "within", WITHIN, rows)
    assert (verdict(tmp_path, document) == "certified") is right


@pytest.mark.parametrize(
    ("kind", "a", "b", "row", "right"),
    [
        ("class", (3, 2), (5, 1), [0], True),
        ("class", (1, 0), (0, 1), [1], False),
        ("class", (0, 1), (1, 0), [0], False),
        ("class", (1, 1), (0, 1), [1], False),  # of equals, the first
        ("sign", (-1, 2), (-3, 1), [-1, 1], True),
        ("sign", (0, 1), (1, 1), [1, 1], False),
        ("sign", (1, 1), (0, 1), [0, 1], False),
        ("sign", (0, 1), (-1, 1), [-1, 1], False),
    ],
)
def test_answers_are_compared_and_not_values(
    tmp_path: Path, kind: str, a: tuple[int, ...], b: tuple[int, ...], row: list[int], right: bool
) -> None:
    one, other = constants(*a), constants(*b)
    document = pair(tmp_path, one, other, f"same {kind}", {"kind": kind, "r": "1"}, [row] * 2)
    assert (verdict(tmp_path, document) == "certified") is right
    names = [f"y{place}" for place in range(len(a))]
    values: dict[str, Any] = {"input": {"x": "0"}, "node": None}
    values |= {key: dict(zip(names, map(str, side), strict=True)) for key, side in (("expected", a), ("got", b))}
    refuted = document | {"verdict": "refuted", "reason": "another", "outputs": None, "counterexample": values}
    assert (verdict(tmp_path, refuted) == "refuted") is not right


@pytest.mark.parametrize("value", ["-5", "-3", "-2/3", "0", "2/3", "5"])
def test_values_are_clipped_at_both_ends(tmp_path: Path, value: str) -> None:
    net = Network(["x"], [ex.relu("h", {"x": 1}), affine("y", {"h": value})], ["y"])
    made = ex.certify(net, Cube(1), precision="1/2", output_range=3, clip=True)
    made.save(tmp_path / "c.json")
    assert list(recheck.recheck(str(tmp_path / "c.json")))[-1] == "certified"


    original, wrong = (Network(["x"], [affine("y", {}, mpq(value) + shift)], ["y"]) for shift in (0, 20))
    options = made.certificate.options
    claim = make_claim(original, Cube(1), STATEMENTS["S1 clipped"], "lookahead", options, Clip(2, 3), 3, promised=True)
    write_certificate(str(tmp_path / "w.json"), original, wrong, judge(original, wrong, claim), 0)
    assert list(recheck.recheck(str(tmp_path / "w.json")))[-1] == "refuted"


def test_a_norm_is_one_of_squares(tmp_path: Path) -> None:
    """Inputs with the same sum of absolute values lie in different shells."""
    ball = ex.families.ball(d=2, grid=2)
    ex.certify(ball, route="radial").save(tmp_path / "c.json")
    assert list(recheck.recheck(str(tmp_path / "c.json")))[-1] == "certified"


def test_the_common_denominator_is_of_all_that_was_seen() -> None:
    seen = Seen(1)
    seen.add(0, 6, [2])
    seen.add(0, 6, [3])
    assert seen.denominator([6]) == 6
    assert seen.largest == mpq(1, 2)


def test_no_range_is_0_and_no_definition_speaks_of_itself(tmp_path: Path) -> None:
    zero = make(tmp_path, (constants(0), constants(0)), Cube(1), "equal", 1)
    assert verdict(tmp_path, zero) == "certified"
    none = zero | {"promised": True, "parameters": zero["parameters"] | {"R": "0"}}
    assert verdict(tmp_path, none).startswith("WRONG: parameter R")
    defined = {"definitions": {"a": "d", "q": "q"}}
    for value in ("1", "1000000"):
        right = zero | defined | {"parameters": zero["parameters"] | {"a": zero["parameters"]["d"], "q": value}}
        assert "cannot be evaluated" in verdict(tmp_path, right)


def test_a_field_that_nobody_knows_is_named(tmp_path: Path, rounded: Json) -> None:
    for document in (rounded | {"note": "x"}, rounded | {"relation": rounded["relation"] | {"note": "x"}}):
        with pytest.raises(recheck.Unusable, match="unknown field note"):
            verdict(tmp_path, document)


def test_true_is_no_count(tmp_path: Path) -> None:
    zero = make(tmp_path, (constants(0), constants(0)), Cube(1), "equal", 1)
    assert zero["constructed"]["depth"] == 1
    for value in (True, "1"):
        with pytest.raises(recheck.Unusable, match="depth cannot be"):
            verdict(tmp_path, zero | {"constructed": zero["constructed"] | {"depth": value}})


def test_no_digits_are_no_number(tmp_path: Path, rounded: Json) -> None:
    for value in ("", "1" * 601):
        with pytest.raises(recheck.Unusable, match="r cannot be"):
            verdict(tmp_path, rounded | {"relation": rounded["relation"] | {"r": value}})


def test_limits_of_reading_are_exact(tmp_path: Path, rounded: Json) -> None:
    path = Path(write(tmp_path, rounded))
    size = max(len(file.read_bytes()) for file in tmp_path.iterdir())
    assert list(recheck.recheck(str(path), max_file=size))[-1] == "certified"
    with pytest.raises(recheck.Unusable, match="bytes"):
        list(recheck.recheck(str(path), max_file=size - 1))


def test_true_is_no_weight(tmp_path: Path) -> None:
    document = {"format": "exactnet-network/1", "inputs": ["x"], "outputs": ["y"]}
    nodes = [{"id": "y", "kind": "affine", "in": {"x": True}}]
    with pytest.raises(recheck.Unusable):
        read_net(json.dumps(document | {"nodes": nodes}).encode(), "net")
