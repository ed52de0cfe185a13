"""False theorems, each with a proof that a missing side condition would let through: the kernel refuses them."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from exactnet.check.structural import claim_of
from exactnet.kernel.domain import Cube
from exactnet.kernel.errors import FormatError
from exactnet.kernel.network import Network, threshold
from exactnet.structural.checking import check
from exactnet.structural.kernel import Refused

Json = dict[str, Any]


def gate(bias: int, weights: Json) -> Json:
    """A network of one input and one gate."""
    return {"inputs": ["x"], "nodes": [{"id": "y", "kind": "threshold", "bias": str(bias), "in": weights}], "outputs": ["y"]}


def checked(original: Json, constructed: Json, domain: Json, statement: Json, lines: list[Any]) -> Json:
    """What the checker says of a proof whose head names these networks."""
    files = [json.dumps({"format": "exactnet-network/1", **net}).encode() for net in (original, constructed)]
    digests = [{"sha256": sha256(data).hexdigest()} for data in files]
    head = {"format": "exactnet-structural/1", "original": digests[0], "constructed": digests[1]}
    proof = [{**head, "domain": domain, "statement": statement}, *lines]
    return check(*files, b"".join(json.dumps(line).encode() + b"\n" for line in proof))


#: ``1[1 - 5x >= 0]`` against 1: with the constant taken for a variable, the gate is a step of it.
CONSTANT_AS_VARIABLE = [["steps", 0, [2, 1, 0, -1], 0], ["decide", 3, [">", 1]], ["sum", [-2, 1, -1, -1]], ["goals", [-1]]]
#: ``x`` against ``1 - x``: with ``h`` the constant, the window of ``count`` is read at another place.
CONSTANT_BELOW_WINDOW = [
    ["define", "name", [0, 1]],
    ["range", 4],
    ["define", "step", [4, 1, 0, -1]],
    ["sum", [["=", 4], -1]],
    ["sum", []],
    ["count", 0, [[4, 1, 5, 2, -2]], 2, 2, -1],
    ["steps", 4, [5, 1, 0, -1], 0],
    ["sum", [-2, 1, -1, 1]],
    ["sum", [[">", 2], 1, ["<", 3], 1, -1, 1]],
    ["sum", [[">", 3], 1, ["<", 2], 1, -2, 1]],
    ["equal", -2, -1],
    ["goals", [-1]],
]


@pytest.mark.parametrize(
    ("original", "constructed", "lines", "says"),
    [
        (gate(1, {"x": "-5"}), gate(1, {}), CONSTANT_AS_VARIABLE, "not an integer variable"),
        (gate(-1, {"x": "1"}), gate(0, {"x": "-1"}), CONSTANT_BELOW_WINDOW, "bad window"),
    ],
)
def test_the_constant_is_no_variable(original: Json, constructed: Json, lines: list[Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        checked(original, constructed, {"kind": "cube"}, {"kind": "equal"}, lines)


def test_an_output_that_is_an_input_has_no_stated_range() -> None:
    """Its values on the grid are up to 5, in fifths, and no fact says so."""
    net = {"inputs": ["x"], "nodes": [], "outputs": ["x"]}
    grid = {"kind": "grid", "p": 5}
    with pytest.raises(Refused, match="an output is an input"):
        checked(net, net, grid, {"kind": "equal", "R": 1}, [["goals", []]])
    assert checked(net, net, grid, {"kind": "equal"}, [["goals", []]])


@pytest.mark.parametrize("route", ["component", "radial", "few-bits", "assemble"])
def test_routes_about_one_function_are_not_proved(route: str) -> None:
    """Equality of two circuits says nothing of which function they compute."""
    net = Network(["a", "b"], [threshold("y", {}, 1)], ["y"])
    with pytest.raises(FormatError, match="is not one of lookahead, residue, compact, stacked"):
        claim_of(net, Cube(2), {"kind": "equal"}, route, {"function": "comparison", "kind": "small", "n": "1"}, None)
