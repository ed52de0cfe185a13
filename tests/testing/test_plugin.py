"""The pytest plugin as a user has it: run in pytest, on files and networks; and the hypothesis strategies."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exactnet as ex
from exactnet.testing import circuits, domains, networks, rationals

pytest_plugins = "pytester"

NET = """
import exactnet as ex

def line(slope):
    return ex.Network(["x"], [ex.affine("y", {"x": slope}), ex.affine("z", {"x": -1})], ["y", "z"])
"""


def run(pytester: pytest.Pytester, body: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(NET + body)
    installed = any(entry.value == "exactnet.testing.plugin" for entry in entry_points(group="pytest11"))
    plugin = () if installed else ("-p", "exactnet.testing.plugin")
    return pytester.runpytest_inprocess(*plugin, "-W", "ignore", *options)


def test_proofs_and_certificates(pytester):
    instance = ex.families.clipped(d=5, m=2, bits=12, seed=2)
    ex.certify(instance).save(pytester.path / "c.json")
    body = """
def test_proved(exactnet):
    net = ex.Network([f"x{i}" for i in range(80)], [ex.threshold("y", {f"x{i}": i + 1 for i in range(80)}, -7)], ["y"])
    exactnet.assert_certified(net, "cube", structural=True, depth_at_most=3)
    line = ex.Network(["x"], [ex.relu("h", {"x": 3}, -1), ex.affine("y", {"h": 2})], ["y"])
    exactnet.assert_certified(line, "cube", structural=True, constant_weights=True, weight_at_most=1)
    exactnet.assert_certified(line, "cube", structural=True, clip=True, output_range=2, precision="1/2")
    exactnet.assert_checked("c.json")

def test_too_large(exactnet):
    net = ex.Network(["x", "y"], [ex.threshold("g", {"x": 700, "y": 900}, -800)], ["g"])
    exactnet.assert_certified(net, "cube", structural=True, gates_at_most=0)

def test_no_precision(exactnet):
    line = ex.Network(["x"], [ex.relu("h", {"x": 3}, -1), ex.affine("y", {"h": 2})], ["y"])
    exactnet.assert_certified(line, "cube", structural=True, clip=True, output_range=2, precision="2/5")

def test_outputs_beyond_the_range_that_a_proof_supposes(exactnet):
    line = ex.Network(["x"], [ex.relu("h", {"x": 3}, -1), ex.affine("y", {"h": 2})], ["y"])
    exactnet.assert_certified(line, "cube", structural=True, output_range=1)

def test_wrong(exactnet):
    (exactnet._folder / "d.json").write_text((exactnet._folder / "c.json").read_text().replace('"R": "', '"R": "1'))
    exactnet.assert_checked("d.json")
"""
    result = run(pytester, body)
    result.assert_outcomes(passed=1, failed=4)
    lines = ["*gates is * more than 0*", "*the precision is 1/r *", "*would suppose that the outputs are in *", "*d.json: *"]
    result.stdout.fnmatch_lines(lines)


def test_what_passes(pytester):
    net = ex.Network(["x"], [ex.affine("y", {"x": 2}), ex.affine("z", {"x": -1})], ["y", "z"])
    ex.write(pytester.path / "net.json", net, ex.Cube(1))
    body = """
def test_all(exactnet):
    exactnet.assert_equal("net.json", line(2))
    exactnet.assert_equal(line(1), line(1), domain="cube")
    exactnet.assert_within(line("1/3"), line("0.333"), "1/1000", domain="grid:2")
    exactnet.assert_same_class(line(1), line(2), domain=ex.Grid(1, 1))
    exactnet.assert_certified(ex.families.comparison(n=3), gates_at_most=1, weight_at_most=4, route="lookahead")
"""
    run(pytester, body).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("assert_equal(line(1), line(2), 'cube')", ["<different at input 1: y is 1 and 2>", "y       1         2      differs"]),
        ("assert_within(line(1), line('1.5'), '1/4', 'cube')", ["<not within 1/4 on 2 inputs: * 1/2 at input 1, output y>"]),
        ("assert_same_class(line(1), line(-2), 'cube')", ["<another class at input 1*"]),
        ("assert_certified(ex.families.comparison(n=3), gates_at_most=0)", ["gates is 1, more than 0"]),
    ],
)
def test_what_fails_shows_the_counterexample(pytester, call, words):
    result = run(pytester, f"def test_it(exactnet):\n    exactnet.{call}\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(words)
    result.stdout.no_fnmatch_line("*plugin.py*")


def test_without_a_domain(pytester):
    result = run(pytester, "def test_it(exactnet):\n    exactnet.assert_equal(line(1), line(1))\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*on which inputs?*"])


def test_only_what_has_passed_is_remembered(pytester, monkeypatch):
    calls = []
    original = ex.compare

    def counted(*arguments, **options):
        calls.append(arguments)
        return original(*arguments, **options)

    monkeypatch.setattr(ex, "compare", counted, raising=False)
    body = "def test_it(exactnet):\n    exactnet.assert_equal(line(1), line({}), 'cube')\n"
    run(pytester, body.format(1)).assert_outcomes(passed=1)
    run(pytester, body.format(1)).assert_outcomes(passed=1)
    assert len(calls) == 1
    run(pytester, body.format(1), "-p", "no:cacheprovider").assert_outcomes(passed=1)
    assert len(calls) == 2
    for _ in range(2):
        run(pytester, body.format(2)).assert_outcomes(failed=1)
    assert len(calls) == 4


@settings(max_examples=60)
@given(st.data())
def test_strategies_give_networks_and_domains(data):
    net = data.draw(networks())
    domain = data.draw(domains(len(net.inputs)))
    assert domain.d == len(net.inputs)
    assert len(net(domain[0])) == len(net.outputs)
    circuit = data.draw(circuits(inputs=3, outputs=2))
    assert set(circuit([1, 0, 1])) <= {0, 1}
    assert abs(data.draw(rationals(3))) <= 3
