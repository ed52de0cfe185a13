"""``exactnet bounds`` and ``exactnet bench`` as a user runs them."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exactnet.bench.competitors import with_numpy, with_onnxruntime, with_scipy
from exactnet.bench.measurements import MISSING, QUICK, Row, disguised, evaluators
from exactnet.cli.bench import shown
from exactnet.data import example_path
from exactnet.families import FAMILIES
from exactnet.files.networks import read_network
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network, Node, affine, relu
from tests.helpers import run


def test_bounds_shows_the_expressions_and_their_degrees() -> None:
    status, out, _ = run("bounds", "--depth", "2", "--growth", "m=d", "--growth", "B=d^2", "--growth", "R=d", "--json")
    assert status == 0
    found = json.loads(out)
    assert found["definitions"]["n_1"] == "d"
    weight = next(row for row in found["bounds"] if row["name"] == "max_weight")
    assert weight["degree"] == 2
    status, out, _ = run("bounds", "--depth", "2", "--growth", "m=d")
    assert status == 0
    assert "depth <= 3*k - 1" in out
    assert "(degree 3 in d)" in out


@pytest.mark.parametrize("growth", ["m", "z=d", "m=1/d", "m=-d", "m=d^d", "k=d", "m=d^99999", "m=(", "B=d/2"])
def test_bad_growth_is_one_line(growth: str) -> None:
    status, out, err = run("bounds", "--growth", growth)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("exactnet: ")


XOR = "xor\n.model xor\n.input a b\n.output y\n.threshold a b both\n1 1 2\n.threshold a b both y\n1 1 -2 1\n.end\n"


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What ``bench --quick --json`` prints; numbers mean nothing, only that they are there."""
    path = tmp_path_factory.mktemp("bench") / "xor.th"
    path.write_text(XOR)
    status, out, _ = run("bench", "--quick", "--json", "--circuit", str(path))
    assert status == 0
    found: dict[str, Any] = json.loads(out)
    return found


def test_bench_has_a_row_for_everything_that_is_to_be_reached(measured: dict[str, Any]) -> None:
    words = ["reference", "onnxruntime", "SciPy", "building included", "compare xor (2 inputs)", "--help", "memory"]
    words += ["two processes"]
    rows = measured["rows"]
    for word in [*words, "checking, d grows", "evaluation, one network"]:
        [row] = [row for row in rows if word in row["what"]]
        assert (row["value"] is None) == row["note"].startswith("not measured")
        assert (row["value"] is None) == (row["reached"] is None)
    assert len(rows) == len(words) + 2


def test_bench_rates_growth_and_wrong_results(measured: dict[str, Any]) -> None:
    rates = {(rate["network"], rate["evaluator"]): rate["inputs_per_second"] for rate in measured["rates"]}
    assert {(n, e) for n in ("original", "constructed") for e in ("plain", "engine", "reference")} <= rates.keys()
    assert min(rates.values()) > 0
    assert {row["varied"] for row in measured["growth"]} == {"inputs", "gates", "bits"}
    names = {f"{cost} against {what}" for cost in ("build", "check", "blocks") for what in ("inputs", "gates", "bits")}
    assert set(measured["slopes"]) == names | {"blocks of one network against inputs"}
    wrong = {(row["bits"], row["network"], row["type"]): row["values"] for row in measured["floats"]}
    assert wrong[64, "original", "float32"] > 0
    assert not any(count for (_, network, _), count in wrong.items() if network == "constructed")


def test_bench_without_its_extra_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("onnx", "onnxruntime", "scipy", "scipy.sparse"):
        monkeypatch.setitem(sys.modules, name, None)
    _, rows = evaluators(QUICK)
    assert [row.note for row in rows] == ["", MISSING, MISSING]
    assert [shown(row)[0] for row in rows[1:]] == [MISSING, MISSING]


def test_bench_with_a_circuit_that_is_not_there(tmp_path: Path) -> None:
    status, out, err = run("bench", "--quick", "--circuit", str(tmp_path / "none.th"))
    assert (status, out, err.count("\n")) == (2, "", 1)


def test_bench_of_networks_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there is measured, and what is not is said to be missing; a folder that is none is one line."""
    from exactnet.bench import networks

    (tmp_path / "test_small.onnx").write_bytes(b"nothing")
    monkeypatch.setattr(networks, "_trained", lambda *_: Row("trained", 31.0, "s", 30, 30))
    status, out, _ = run("bench", "--networks", str(tmp_path), "--json")
    rows = json.loads(out)["rows"]
    assert (status, len(rows)) == (0, 6)
    assert rows[0]["what"].endswith("of 36, 1 at hand, 0 read")
    assert [row["reached"] for row in rows] == ["no", None, "no", None, None, None]
    assert all(row["note"].startswith("not measured: no ") for row in rows if row["reached"] is None)
    status, out, err = run("bench", "--networks", str(tmp_path / "nowhere"))
    assert (status, out, err.count("\n")) == (2, "", 1)


def test_tables_of_the_bench(measured: dict[str, Any]) -> None:
    """What packing, building and wide values report: constructing a network is among them."""
    assert {"pack", "unpack", "read on average"} <= measured["packing"].keys()
    assert {"build from nodes", "construct by route A", "measure it"} <= {row["what"] for row in measured["building"]}
    assert all(row["wires"] > 0 for row in measured["building"])
    assert {row["evaluator"] for row in measured["wide"]} >= {"reference", "plain", "engine"}


@pytest.mark.parametrize(("value", "reached"), [(9.0, "no"), (10.0, "least"), (50.0, "aim"), (None, None)])
def test_what_a_row_reaches(value: float | None, reached: str | None) -> None:
    assert Row("", value, "times", 10, 50).reached == reached
    for unit in ("s", "MB", "slope"):
        assert Row("", value and 1 / value, unit, 1 / 10, 1 / 50).reached == reached


@given(st.integers(0, 2**32 - 1))
def test_a_disguised_copy_is_equal_and_different(seed: int) -> None:
    net = FAMILIES["clipped"].make(d=4, m=4, bits=8, seed=seed).network
    copy = disguised(net, seed)
    assert all(net(point) == copy(point) for point in Cube(4))
    assert not {*net.order} & {*copy.order}
    assert len(net.order) <= len(copy.order) <= 2 * len(net.order)


def test_a_disguised_copy_duplicates_some_of_many_gates() -> None:
    net = read_network(example_path("digits")).network
    copies = len(disguised(net).order)
    assert len(net.order) < copies < 2 * len(net.order)


@given(st.data())
def test_layers_compute_the_network(data: st.DataObject) -> None:
    """Small integers, so that float64 is exact; wires skip layers, nodes may have no wires."""
    inputs = ["a", "b", "c"]
    nodes: list[Node] = []
    weight = st.integers(-3, 3)
    for number in range(data.draw(st.integers(1, 6))):
        known = [*inputs, *(node.id for node in nodes)]
        wires = data.draw(st.dictionaries(st.sampled_from(known), weight, max_size=4))
        make = data.draw(st.sampled_from([relu, affine]))
        nodes.append(make(f"n{number}", wires, data.draw(weight)))
    net = Network(inputs, nodes, [nodes[-1].id])
    points = np.array([[int(x) for x in point] for point in Cube(3)])
    expected = [int(net(point)[0]) for point in Cube(3)]
    ways = [with_numpy(net, np.float64), with_numpy(net, np.float32)]
    if importlib.util.find_spec("scipy"):
        ways.append(with_scipy(net))
    if importlib.util.find_spec("onnx") and importlib.util.find_spec("onnxruntime"):
        ways += [with_onnxruntime(net), with_onnxruntime(net, gather=2)]
    for way in ways:
        assert np.broadcast_to(way(points), 8).tolist() == expected
