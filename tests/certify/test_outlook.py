"""What is said before the work begins: predictions against what is built, dust, the effect of rounding, ``exactnet plan``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from gmpy2 import mpq

import exactnet as ex
from exactnet.certify import small_weights
from exactnet.certify.outlook import dust, outlooks, remedy, rounding, task_of
from exactnet.certify.refusal import few_inputs
from exactnet.certify.small_weights import Request, seen_range
from exactnet.construct.routes.registry import ROUTES
from exactnet.distance.quantise import round_weights
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.errors import RefusedError, SizeError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, Node, affine, relu
from exactnet.kernel.values import evaluate
from tests.helpers import random_circuit, random_relu, run


def dusty() -> Network:
    """Weights in single precision, two of them far too small to count."""
    nodes = [
        relu("h", {"a": mpq(5033165, 2**24), "b": mpq(-11744051, 2**24), "c": mpq(3, 2**140)}, mpq(1, 2**20)),
        relu("g", {"a": mpq(-7549747, 2**24), "b": mpq(1, 2**150), "c": mpq(8388609, 2**23)}),
        affine("y", {"h": mpq(12582913, 2**24), "g": mpq(1)}),
        affine("z", {"h": mpq(-1), "g": mpq(4194305, 2**22)}),
    ]
    return Network(["a", "b", "c"], nodes, ["y", "z"])


@pytest.mark.parametrize("precision", [None, 7])
def test_predictions_are_what_is_built(precision: int | None) -> None:
    net = random_relu(3, 3, [4, 3], 3)
    for network, domain in ((net, Cube(3)), (net, Grid(1, 3)), (random_circuit(5, 4, [5, 2], 4), Cube(4))):
        if precision and network is not net:
            continue
        task, refused = task_of(network, domain, precision)
        assert refused is None
        found = {one.route: one for one in outlooks(task)}
        for name, options in (("compact", {"inputs": "integers"}), ("lookahead", {"inputs": "integers", "output": "four"})):
            made = measure(ROUTES[name].make(task, options).network)
            assert found[name].predicted == made
            assert found[name].fits
            assert found[name].gates is not None
            assert made.neurons <= found[name].gates
        expected = found["residue"].predicted  # with moduli that a search may find: about as many
        options = {"inputs": "integers", "moduli": "searched"} | ({"output": "windows"} if precision else {})
        built = measure(ROUTES["residue"].make(task, options).network)
        assert expected is not None
        assert built.gates / 4 <= expected.gates <= 4 * built.gates
        assert found["stacked"].reason


def test_nothing_is_laid_out_where_bounds_are_far_too_large() -> None:
    large = random_relu(1, 4, [12, 12, 12], 3000)
    task, refused = task_of(large, Cube(4), 100)
    assert refused is not None  # R is beyond 10^6
    assert all(one.predicted is None and not one.fits for one in outlooks(replace(task, budget=2**30)))


def test_dust() -> None:
    found = dust(dusty())
    assert found is not None
    assert (found.count, found.total) == (2, 10)
    assert found.first.endswith("from c to h")
    assert found.bits == (measure(dusty()).bits, 24 + 24)
    assert dust(round_weights(dusty(), mpq(1, 64))) is None
    assert dust(ex.read("iris").network) is None


def test_the_effect_of_rounding_is_that_of_the_command() -> None:
    """Where all inputs are looked at."""
    helps = rounding(dusty(), Grid(1, 3))
    assert helps is not None
    found = ex.quantise(dusty(), Grid(1, 3), step=helps.step)
    assert helps.network == found.network
    assert found.largest is not None
    assert found.changes is not None
    assert (helps.largest, helps.changes, helps.inputs) == (found.largest.value, found.changes.differing, 27)
    assert helps.bits == (measure(dusty()).bits, measure(found.network).bits)
    largest = max(abs(value) for point in Grid(1, 3) for value in evaluate(dusty(), point))
    assert helps.largest <= largest / 10
    assert rounding(helps.network, Grid(1, 3)) is None


def test_a_refusal_says_what_helps(tmp_path: Path) -> None:
    path = str(tmp_path / "dusty.json")
    ex.write(path, dusty(), Cube(3))
    code, _, error = run("certify", path)
    assert code == 2
    assert error.count("\n") == 1
    assert "2 of 10 weights are dust" in error
    command = next(part for part in error.split("'") if part.startswith("exactnet quantise"))
    assert f" {path} " in command
    step = command.split()[command.split().index("--step") + 1]
    rounded = str(tmp_path / "q.json")
    assert run("quantise", path, "--step", step, "-o", rounded, "-q")[0] == 0
    assert run("certify", rounded, "-q")[:2] == (0, "certified\n")
    assert remedy(ex.read(rounded).network, Cube(3), rounded) == ""


def test_the_command_line(tmp_path: Path) -> None:
    path = str(tmp_path / "dusty.json")
    ex.write(path, dusty(), Cube(3))
    code, shown, _ = run("plan", path)
    assert code == 2
    assert "too large" in shown.split("\n")[0]
    assert "dust" in shown
    code, shown, _ = run("plan", path, "--precision", "1/100", "--json")
    report = json.loads(shown)
    assert code == 0
    assert [row["route"] for row in report["routes"]] == list(ROUTES)
    assert report["routes"][0]["predicted"]["gates"] > 0
    assert report["remedy"]["after"]["predicted"]["gates"] < report["routes"][2]["predicted"]["gates"]
    assert run("plan", "digits", "-q")[:2] == (0, "fits\n")
    code, _, error = run("plan", "digits", "--precision", "1/0")
    assert (code, error.count("\n")) == (2, 1)


@pytest.mark.parametrize("precision", [None, 100])
def test_what_a_few_inputs_show_is_refused_on_them(precision: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No survey of the domain: long weights show in ``r``; with ``r`` given, the stated bounds are beyond the memory."""

    def survey(*arguments: object) -> None:
        raise AssertionError("all inputs are looked at")

    monkeypatch.setattr(small_weights, "survey_domain", survey)
    net = random_relu(1, 5, [6, 6], 20)
    scaled = [Node(n.id, n.kind, {s: w / 2**30 for s, w in n.sources.items()}, n.bias / 2**30) for n in net.nodes()]
    request = Request(Network(net.inputs, scaled, net.outputs), Grid(3, 5), precision=precision, max_memory=2**12)
    error, words = (RefusedError, "r*R is at least") if precision is None else (SizeError, "the stated bound of route lookahead is")
    with pytest.raises(error) as caught:
        small_weights.certify_network(request)
    assert words in str(caught.value)


def test_a_few_inputs_refuse_nothing_that_fits() -> None:
    net = random_relu(3, 3, [4, 3], 3)
    assert few_inputs(net, Grid(3, 3)).count == 20
    assert seen_range([net(point) for point in few_inputs(net, Cube(3))], None)[0] == 1
    assert ex.certify(net, Cube(3))
