"""``exactnet frontier`` and constant weights, as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exactnet.certify.frontier import frontier
from exactnet.certify.small_weights import Request, certify_network
from exactnet.check.certificate import check_certificate
from exactnet.construct.routes.registry import ROUTES
from exactnet.families import FAMILIES
from exactnet.files.networks import write_network
from exactnet.kernel.domain import Cube
from exactnet.kernel.errors import NetworkError
from tests.helpers import random_circuit, run


@pytest.fixture
def clipped(tmp_path: Path) -> str:
    path = tmp_path / "net.json"
    write_network(path, FAMILIES["clipped"].make(d=4, m=2, bits=16, seed=1).network, Cube(4))
    return str(path)


def test_every_route_is_certified_within_its_own_bound() -> None:
    instance = FAMILIES["clipped"].make(d=4, m=2, bits=16, seed=1)
    for request in (Request(instance.network, instance.domain), Request(random_circuit(3, 4, [2, 2], 24), Cube(4))):
        rows = list(frontier(request))
        assert [row.route for row in rows] == list(ROUTES)
        for row in rows:
            assert row.certificate is not None
            assert row.certificate.verdict == "certified"
            assert row.certificate.constructed.depth <= row.bound("depth")  # type: ignore[operator]


def test_the_table_and_the_picture(clipped: str, tmp_path: Path) -> None:
    status, out, _ = run("frontier", clipped, "--json", "--plot", str(tmp_path / "f.svg"))
    assert status == 0
    rows = {row["route"]: row for row in json.loads(out)["rows"]}
    assert rows["residue"]["depth"] < rows["lookahead"]["depth"] <= rows["lookahead"]["theorem"] == 9
    picture = (tmp_path / "f.svg").read_text()
    assert "residue" in picture
    status, out, _ = run("frontier", clipped)
    assert status == 0
    assert "lookahead" in out
    assert "certified" in out


@pytest.mark.parametrize("plot", ["f.txt", "no/such/folder/f.svg"])
def test_a_bad_picture_is_one_line_before_the_work(clipped: str, plot: str) -> None:
    status, out, err = run("frontier", clipped, "--plot", plot)
    assert (status, out, err.count("\n")) == (2, "", 1)


def test_constant_weights_are_certified_and_checked_again(clipped: str, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    status, out, _ = run("certify", clipped, "--constant-weights", "--json", "-o", str(path))
    assert status == 0
    report = json.loads(out)
    assert report["statement"] == "S2 exact"
    assert (report["constructed"]["max_weight"], report["constructed"]["max_bias"]) == ("1", "1")
    plain = json.loads(run("certify", clipped, "--json")[1])
    assert report["constructed"]["depth"] == plain["constructed"]["depth"]
    assert check_certificate(str(path), max_file=2**26, max_inputs=2**20).verdict == "certified"


def test_constant_weights_are_not_for_circuits() -> None:
    with pytest.raises(NetworkError, match="threshold circuit"):
        certify_network(Request(random_circuit(1, 3, [1], 9), Cube(3), constant=True))
