"""Networks of one input flattened to depth 2: equal on all reals of an interval."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gmpy2 import mpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exactnet import recheck
from exactnet.construct.functions.flatten import flatten, on_interval
from exactnet.families import FAMILIES
from exactnet.files.networks import write_network
from exactnet.kernel.domain import Grid
from exactnet.kernel.errors import NetworkError, SizeError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, affine, relu, threshold
from tests.helpers import random_relu, run
from tests.mutants import mutants

places = st.builds(mpq, st.integers(-60, 60), st.integers(1, 7))
shapes = st.lists(st.integers(1, 4), min_size=1, max_size=3)


@settings(max_examples=80)
@given(st.integers(0, 10**6), shapes, st.tuples(places, places))
def test_flattened_networks_are_equal(seed: int, widths: list[int], interval: tuple[mpq, mpq]) -> None:
    net = random_relu(seed, 1, widths, 3, outputs=2)
    low, high = sorted(interval)
    assume(low != high)
    flat = flatten(net, low, high)
    assert measure(flat).depth <= 2
    needed: set[mpq] = set()
    for f, g in zip(on_interval(net, low, high), on_interval(flat, low, high), strict=True):
        assert not any(y for _, y in (f - g).knots())
        needed |= f.kinks.keys()
        assert f.pieces <= (max(widths) + 1) ** len(widths)
    assert len(needed) <= measure(flat).neurons <= len(needed) + 1
    for x in (*needed, *(low + (high - low) * step / 7 for step in range(8))):
        assert net([x]) == flat([x])


@settings(max_examples=100)
@given(st.integers(0, 10**6), shapes)
def test_a_changed_weight_differs_or_is_equal_on_the_interval(seed: int, widths: list[int]) -> None:
    net = random_relu(seed, 1, widths, 2)
    flat, low, high = flatten(net, mpq(-1), mpq(2)), mpq(-1), mpq(2)
    (before,) = on_interval(net, low, high)
    for what, mutant in mutants(flat):
        (after,) = on_interval(mutant, low, high)
        place = next((x for x, y in (before - after).knots() if y), None)
        if place is not None:
            assert net([place]) != mutant([place]), what
        else:
            assert all(net([x]) == mutant([x]) for x in (low + mpq(step, 21) for step in range(64))), what


@pytest.mark.parametrize("depth", [2, 3, 4, 6, 8])
def test_the_sawtooth(depth: int) -> None:
    """2^(L-1) pieces on [0,1]: the breakpoints are the dyadic points inside, and outside [0,1] it is 0."""
    net = FAMILIES["telgarsky"].make(depth=depth, grid=1).network
    teeth = 1 << (depth - 1)
    (function,) = on_interval(net, mpq(0), mpq(1))
    assert sorted(function.kinks) == [mpq(j, teeth) for j in range(1, teeth)]
    (function,) = on_interval(net, mpq(-2), mpq(3))
    assert sorted(function.kinks) == [mpq(j, teeth) for j in range(teeth + 1)]
    flat = flatten(net, mpq(0), mpq(1))
    assert (measure(flat).neurons, measure(flat).max_weight) == (teeth, 2 * teeth)
    p = min(teeth, 16)
    around = flatten(net, mpq(-p), mpq(p))
    assert measure(around).neurons == teeth + 1
    for x in Grid(p, 1):
        assert around(x) == net(x)


def test_what_cannot_be_flattened(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = mpq(0), mpq(1)
    gate = Network(["x"], [threshold("g", {"x": 1})], ["g"])
    with pytest.raises(NetworkError, match="node 'g' is a threshold gate"):
        flatten(gate, *ends)
    with pytest.raises(NetworkError, match="networks of one input; this one has 2"):
        on_interval(Network(["x", "y"], [relu("h", {"x": 1})], ["h"]), *ends)
    monkeypatch.setattr("exactnet.claims.reals.segment.MAX_KINKS", 500)
    with pytest.raises(SizeError, match="more than 500 breakpoints"):
        flatten(FAMILIES["telgarsky"].make(depth=40).network, *ends)


def test_constants_lines_and_outputs_that_are_inputs() -> None:
    net = Network(["x"], [affine("c", {}, 3), affine("l", {"x": -2}, 1), relu("[x-0]", {"x": 0}, 1)], ["c", "l", "x", "[x-0]"])
    flat = flatten(net, mpq(0), mpq(1))
    assert all(flat([x]) == net([x]) for x in (0, "1/3", 1))


def test_the_command_line(tmp_path: Path) -> None:
    instance = FAMILIES["telgarsky"].make(depth=5, grid=16)
    net, flat = str(tmp_path / "t.json"), str(tmp_path / "f.json")
    write_network(net, instance.network, instance.domain)
    status, out, _ = run("flatten", net, "--interval", "0,1", "-o", flat, "--json")
    found = json.loads(out)
    assert (status, found["verdict"], found["interval"]) == (0, "equal", ["0", "1"])
    assert found["outputs"] == [{"output": "y", "pieces": 16, "equal": True, "differs_at": None}]
    assert (found["constructed"]["depth"], found["constructed"]["neurons"]) == (2, 16)
    assert run("flatten", net, "-o", flat, "-q")[:2] == (0, "equal\n")
    assert run("compare", net, flat, "-q")[:2] == (0, "equal\n")
    proof = str(tmp_path / "c.json")
    assert run("flatten", net, "--interval", "1/40,2", "--certificate", proof, "-q")[:2] == (0, "equal\n")
    assert run("check", proof, "-q")[:2] == (0, "certified\n")
    assert [*recheck.recheck(proof)][-2:] == ["confirmed: equal at both ends and at every kink; 16 kinks", "certified"]
    document = json.loads(Path(proof).read_text(encoding="utf-8"))
    document["domain"]["low"] = "0"  # the network of depth 2 is equal from 1/40 on only
    Path(proof).write_text(json.dumps(document), encoding="utf-8")
    assert run("check", proof, "-q")[:2] == (1, "wrong\n")
    with pytest.raises(recheck.Wrong, match="the networks differ"):
        list(recheck.recheck(proof))
    status, out, _ = run("flatten", net)
    assert "linear pieces" in out
    assert "every real of [-16, 16]" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--interval", "1,0"], "--interval '1,0': the first end is not below the second"),
        (["--interval", "0"], "--interval '0': not two numbers such as 0,1"),
        (["--interval", "0,x"], "'x' is not a number"),
        ([], "net.json: names no grid; give --interval LOW,HIGH"),
        (["-o", "net.json"], "would overwrite the network that is read"),
        (["-o", "flat.th"], "a .th file holds a threshold circuit on the cube only"),
        (["-o", "nowhere/flat.json"], "cannot be written"),
        (["--interval", "0,1", "--certificate", "nowhere/c.json"], "cannot be written"),
        (["--interval", "0,1", "-o", "c.b.json", "--certificate", "c.json"], "OUT is a file of the certificate, too"),
    ],
)
def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str) -> None:
    monkeypatch.chdir(tmp_path)
    write_network("net.json", FAMILIES["telgarsky"].make(depth=2).network)
    status, out, err = run("flatten", "net.json", *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("exactnet: ")
    assert message in err
    assert err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.json"]
