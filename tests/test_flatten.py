"""Piecewise linear functions over all reals, and networks of one input flattened to depth 2."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from gmpy2 import mpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exactnet.cli.program import program
from exactnet.construct.flatten import flatten
from exactnet.domain import Grid
from exactnet.errors import NetworkError, SizeError
from exactnet.evaluate.real_line import Piecewise, along_line, difference
from exactnet.families import FAMILIES
from exactnet.io import write_network
from exactnet.measures import measure
from exactnet.network import Network, Node, affine, relu, threshold
from tests.helpers import random_relu

LINE = [mpq(0)], [mpq(1)]
places = st.builds(mpq, st.integers(-60, 60), st.integers(1, 7))
shapes = st.lists(st.integers(1, 4), min_size=1, max_size=3)


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(program, list(arguments))
    return result.exit_code, result.stdout, result.stderr


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), shapes, st.integers(1, 3), st.lists(places, min_size=1, max_size=9))
def test_along_a_line(seed: int, widths: list[int], d: int, at: list[mpq]) -> None:
    net = random_relu(seed, d, widths, 3, denominator=5)
    start, direction = [mpq(i - 1, 2) for i in range(d)], [mpq(3 - 2 * i) for i in range(d)]
    (function,) = along_line(net, start, direction)
    for t in at:
        point = [a + t * b for a, b in zip(start, direction, strict=True)]
        assert function.at([t]) == list(net(point))
    assert function.at(sorted(at)) == [function.at([t])[0] for t in sorted(at)]
    slopes = function.minimal().slopes()
    if function.breakpoints():
        assert all(a != b for a, b in pairwise(slopes))
        assert [x for x, _ in function.minimal().knots] == function.breakpoints()
    m, k = max(widths), len(widths) + 1
    assert function.pieces() <= (m + 1) ** (k - 1)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), shapes, st.one_of(st.none(), st.tuples(places, places)))
def test_flattened_networks_are_equal(seed: int, widths: list[int], interval: tuple[mpq, mpq] | None) -> None:
    net = random_relu(seed, 1, widths, 3, outputs=2)
    low, high = (None, None) if interval is None else sorted(interval)
    assume(low is None or low != high)
    flat = flatten(net, low, high)
    assert measure(flat).depth <= 2
    before, after = along_line(net, *LINE), along_line(flat, *LINE)
    needed: set[mpq] = set()
    for f, g in zip(before, after, strict=True):
        assert difference(f, g, low, high) is None
        needed |= set(f.breakpoints(low, high))
    assert len(needed) <= measure(flat).neurons <= len(needed) + 4  # two outputs, each with at most two ramps for its ends
    left, right = (low if low is not None else mpq(-99)), (high if high is not None else mpq(99))
    for step in range(8):
        x = left + (right - left) * step / 7
        assert net([x]) == flat([x])


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6), shapes)
def test_a_difference_is_one(seed: int, change: int, widths: list[int]) -> None:
    """A changed weight: refuted at a place where the values differ, or equal wherever one looks."""
    net = random_relu(seed, 1, widths, 2)
    nodes = list(net.nodes())
    node = nodes[change % len(nodes)]
    changed = Node(node.id, node.kind, node.sources, node.bias + 1)
    mutant = Network(net.inputs, [changed if n is node else n for n in nodes], net.outputs)
    (f,), (g,) = along_line(net, *LINE), along_line(mutant, *LINE)
    for low, high in ((None, None), (mpq(-1), mpq(2)), (None, mpq(0)), (mpq(1, 2), None)):
        place = difference(f, g, low, high)
        if place is None:
            for x in (mpq(n, 7) for n in range(-70, 71)):
                if (low is None or low <= x) and (high is None or x <= high):
                    assert net([x]) == mutant([x])
        else:
            assert net([place]) != mutant([place])
            assert low is None or low <= place
            assert high is None or place <= high


def test_slopes_at_the_ends_count() -> None:
    line, bent = Piecewise.line(mpq(1), mpq(2)), Piecewise(((mpq(0), mpq(1)),), mpq(0), mpq(2))
    assert difference(line, bent) == -1
    assert difference(line, bent, mpq(0)) is None
    assert difference(bent, line, None, mpq(0)) == -1
    assert difference(line, line) is None
    assert (line.pieces(), bent.pieces(), bent.pieces(mpq(0), mpq(1))) == (1, 2, 1)


@pytest.mark.parametrize("depth", [2, 3, 4, 6, 8])
def test_the_sawtooth(depth: int) -> None:
    """2^(L-1) pieces on [0,1]: the breakpoints are the dyadic points inside, and outside [0,1] it is 0."""
    net = FAMILIES["telgarsky"].make(depth=depth, grid=1).network
    teeth = 1 << (depth - 1)
    (function,) = along_line(net, *LINE)
    assert function.breakpoints(mpq(0), mpq(1)) == [mpq(j, teeth) for j in range(1, teeth)]
    assert function.breakpoints() == [mpq(j, teeth) for j in range(teeth + 1)]
    flat = flatten(net, mpq(0), mpq(1))
    assert (measure(flat).neurons, measure(flat).max_weight) == (teeth, 2 * teeth)
    everywhere = flatten(net)
    assert measure(everywhere).neurons == teeth + 1
    for x in Grid(min(teeth, 16), 1):
        assert everywhere(x) == net(x)


def test_what_cannot_be_flattened(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Network(["x"], [threshold("g", {"x": 1})], ["g"])
    with pytest.raises(NetworkError, match="node 'g' is a threshold gate, which jumps"):
        flatten(gate)
    with pytest.raises(NetworkError, match="networks of one input; this one has 2"):
        flatten(Network(["x", "y"], [relu("h", {"x": 1})], ["h"]))
    with pytest.raises(NetworkError, match="2 inputs, the line 1 coordinates"):
        along_line(Network(["x", "y"], [relu("h", {"x": 1})], ["h"]), *LINE)
    monkeypatch.setattr("exactnet.evaluate.real_line.MAX_BREAKPOINTS", 500)
    with pytest.raises(SizeError, match="more than 500 breakpoints"):
        flatten(FAMILIES["telgarsky"].make(depth=40).network)


def test_constants_lines_and_outputs_that_are_inputs() -> None:
    net = Network(["x"], [affine("c", {}, 3), affine("l", {"x": -2}, 1), relu("[x-0]", {"x": 0}, 1)], ["c", "l", "x", "[x-0]"])
    for flat in (flatten(net), flatten(net, mpq(0), mpq(1))):
        assert all(flat([x]) == net([x]) for x in (0, "1/3", 1))
    assert flatten(net)([-5]) == net([-5])


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
    status, out, _ = run("flatten", net)
    assert "linear pieces" in out
    assert "all reals" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--interval", "1,0"], "--interval '1,0': the first end is not below the second"),
        (["--interval", "0"], "--interval '0': not two numbers such as 0,1"),
        (["--interval", "0,x"], "'x' is not a number"),
        (["-o", "net.json"], "would overwrite the network that is read"),
        (["-o", "flat.th"], "a .th file holds a threshold circuit on the cube only"),
        (["-o", "nowhere/flat.json"], "cannot be written"),
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
