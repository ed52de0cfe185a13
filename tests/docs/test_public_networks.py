"""The script that makes the page of public networks, on files of the same names."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

import exactnet as ex

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("public_networks", DOCS / "public_networks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_there_is_read_and_what_is_not_is_left_out(script: ModuleType, tmp_path: Path) -> None:
    net = ex.from_layers([[["1/2", "-1"], ["1/65536", "1"]], [["1", "1"], ["1", "1/131072"]]])
    (tmp_path / "deep").mkdir()
    ex.write(tmp_path / "deep" / "fc_2-2-3.onnx", net, ex.Grid(3, 2), rounded=True)
    rows = list(script.networks(tmp_path))
    assert [row[0] for row in rows] == ["`fc_2-2-3.onnx`"]
    found = ex.quantise(net, ex.Grid(3, 2), step="1/65536")
    assert rows[0][2:5] == [2, 2, 2]
    assert rows[0][6:] == [script.shown(found.largest.value), f"{found.changes.differing} of 361"]
    assert list(script.questions(tmp_path)) == []
    gates = ex.families.comparison(n=8).network
    ex.write(tmp_path / script.CIRCUITS[0], gates, ex.Cube(16))
    assert [row[-1] for row in script.circuits(tmp_path)] == ["certified"]


def test_the_page_has_its_tables() -> None:
    page = (DOCS / "public-networks.md").read_text(encoding="utf-8")
    assert page.count("\n| --- |") == 5
