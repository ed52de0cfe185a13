"""Every command on the least networks that there are: no internal error, and what is certified is confirmed."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

import exactnet as ex
from exactnet import Network, affine, recheck, relu, threshold
from tests.amount import ALL, every
from tests.helpers import run

NETWORKS = {
    "constant": Network(["x"], [affine("y", {}, 3)], ["y"]),
    "constant-relu": Network(["x"], [relu("y", {}, 3)], ["y"]),
    "zero": Network(["x"], [affine("y", {}, 0)], ["y"]),
    "identity": Network(["x"], [], ["x"]),
    "twice": Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1}), affine("z", {"h": 1})], ["y", "z"]),
    "with-an-input": Network(["x", "v"], [relu("h", {"x": 1, "v": -1})], ["h", "x"]),
    "dead": Network(["x"], [relu("h", {"x": 1}), relu("g", {"x": 5}, 7), affine("y", {"h": 1})], ["y"]),
    "gate": Network(["x"], [threshold("y", {"x": 1}, -1)], ["y"]),
    "constant-gate": Network(["x"], [threshold("y", {}, -1)], ["y"]),
    "gates": Network(["x", "v"], [threshold("g", {"x": 1, "v": 1}, -1), threshold("y", {"g": 1, "x": -1})], ["y", "g"]),
    "mixed": Network(["x"], [threshold("g", {"x": 1}), affine("y", {"g": "1/2", "x": 1})], ["y"]),
    "read-by-a-gate": Network(["x"], [relu("h", {"x": 1}), threshold("y", {"h": 1}, -1)], ["y"]),
    "fractions": Network(["x"], [relu("h", {"x": "1/3"}, "-1/7"), affine("y", {"h": "-5/2"}, "1/9")], ["y"]),
    "chain": Network(["x"], [relu("a", {"x": 1}), relu("b", {"a": 1}), relu("c", {"b": 1})], ["c"]),
    "large": Network(["x"], [relu("h", {"x": 2**70}, -(2**69)), affine("y", {"h": f"1/{2**70}"})], ["y"]),
}
FORMS = ("", "--precision 1/2", "--precision 1/2 --range 9 --clip", "--constant-weights")
ROUTES = ("auto", "residue", "compact", "stacked", "component", "radial")
CLAIMS = ("homogeneous", "even", "odd", "monotone:x1", "convex", "lipschitz:1", "lipschitz:2", "cells", "pieces")
#: NET is the network; what a command writes with ``-o c.json`` or ``--certificate c.json`` is checked.
COMMANDS = (
    *(f"certify NET --domain grid:1 {form} --route {route} -o c.json" for form, route in product(FORMS, ROUTES)),
    *(f"certify NET --domain cube {form} --structural -o c.json" for form in FORMS),
    *(f"compare NET NET --domain cube {how} -o c.json" for how in ("", "--within 1/2", "--argmax", "--sign")),
    *(f"compare NET NET --domain {reals} -o c.json" for reals in ("reals", "box:0,1", "chamber")),
    *(f"claim NET --that {claim} -o c.json" for claim in (*CLAIMS, "one-hidden-layer")),
    *(f"quantise NET --domain cube {how} -o q.json --certificate c.json" for how in ("--within 1/10", "--argmax")),
    *(f"compress NET --domain grid:1 {how} -o c.json" for how in ("", "--epsilon 1/10")),
    *(f"continuous NET --p 1 --delta 1/8 --precision 1/2 {how} -o c.json" for how in ("", "--exact")),
    "flatten NET --interval 0,1 -o f.json --certificate c.json",
    "barrier NET --domain cube -o folder",
    "plan NET --domain cube",
    "pieces NET --from 0 --to 1",
    "show NET",
    "draw NET -o n.svg",
    *(f"convert NET n.{kind}" for kind in ("json", "th", "onnx", "nnet", "dot", "opb", "smt2", "blif", "aag")),
)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_command(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ex.write("NET.json", NETWORKS[name])
    first = 0 if ALL else list(NETWORKS).index(name) % 5  # others for every network
    for command in every(COMMANDS[first:], 5):
        status, _, error = run(*command.replace("NET", "NET.json").split())
        assert status in (0, 1, 2), f"{command}: {error}"
        assert status != 2 or error.strip().count("\n") == 0, f"{command}: {error}"
        certificate = Path("c.json")
        if certificate.exists():
            said = ("certified", "refuted")[status]
            assert ex.check(certificate).verdict == said, command
            assert list(recheck.recheck(str(certificate)))[-1] == said, command
            certificate.unlink()
