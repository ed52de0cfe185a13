"""Certificates: written, checked again, rechecked with the standard library; every tampering is noticed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from gmpy2 import mpq

import exactnet.recheck
from exactnet.certify.small_weights import Request, Result, certify_network, construct_network, plan
from exactnet.check.certificate import check_certificate
from exactnet.check.claim import make_claim
from exactnet.claims.statements import STATEMENTS
from exactnet.families import FAMILIES
from exactnet.files.certificate_writer import companions, write_certificate
from exactnet.files.certificates import read_certificate
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.errors import DomainError, ExactnetError, FormatError, NetworkError, RefusedError
from exactnet.kernel.judge import judge
from exactnet.kernel.network import Network, affine, relu, threshold
from exactnet.kernel.relation import Equal, Floor
from tests.helpers import random_circuit, random_relu

LIMITS = {"max_file": 2**26, "max_inputs": 2**20}


def clipped(d: int = 3, bits: int = 20) -> Network:
    return FAMILIES["clipped"].make(d=d, m=2, bits=bits, seed=1).network


def requests() -> dict[str, Request]:
    points = Points(tuple((mpq(a, 2), mpq(b, 2)) for a, b in ((-4, 4), (0, 0), (3, -1))))
    return {
        "exact": Request(clipped(), Cube(3)),
        "rounded": Request(random_relu(3, 2, [2], 6, outputs=2, denominator=2**6), Grid(2, 2), precision=10),
        "circuit": Request(random_circuit(2, 3, [2, 2], 20), Cube(3)),
        "points": Request(random_relu(4, 2, [1], 6, denominator=2**6), points, precision=4),
        "promised": Request(clipped(), Cube(3), promised=100),
    }


def written(tmp_path: Path, request: Request) -> tuple[Path, Result]:
    result = certify_network(request)
    path = tmp_path / "c.json"
    write_certificate(str(path), request.net, result.constructed, result.certificate, 0.5)
    return path, result


@pytest.mark.parametrize("name", requests())
def test_a_certificate_is_valid_and_both_checkers_confirm_it(tmp_path: Path, name: str) -> None:
    path, result = written(tmp_path, requests()[name])
    assert result.certificate.verdict == "certified"
    assert result.certificate.inputs_checked == requests()[name].domain.count
    document = json.loads(path.read_text())
    schema = json.loads((Path(exactnet.recheck.__file__).parent.parent / "files/schemas/certificate.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
    assert check_certificate(str(path), **LIMITS).verdict == "certified"
    run = subprocess.run([sys.executable, "-m", "exactnet.recheck", str(path)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.splitlines()[-1] == "certified"


def test_the_same_request_gives_the_same_certificate_but_for_the_times(tmp_path: Path) -> None:
    documents = []
    for seconds in (1, 2):
        result = certify_network(requests()["exact"])
        path = tmp_path / f"{seconds}" / "c.json"
        path.parent.mkdir()
        write_certificate(str(path), requests()["exact"].net, result.constructed, result.certificate, seconds)
        documents.append({key: value for key, value in json.loads(path.read_text()).items() if key != "run"})
    assert documents[0] == documents[1]


def set_at(*keys: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for key in keys[:-1]:
            place = place[key]
        assert place[keys[-1]] != to
        place[keys[-1]] = to

    return change


TAMPERINGS = {
    "verdict": set_at("verdict", to="refuted"),
    "statement": set_at("statement", to="S3"),
    "relation": set_at("relation", "kind", to="floor"),
    "r": set_at("relation", "r", to="2"),
    "R": set_at("parameters", "R", to="1"),
    "B": set_at("parameters", "B", to="99"),
    "depth": set_at("constructed", "depth", to=4),
    "weight": set_at("constructed", "max_weight", to="1"),
    "width of outputs": set_at("outputs", "width", to=16),
    "digest of outputs": set_at("outputs", "sha256", to="0" * 64),
    "no digest": set_at("outputs", to=None),
    "bound value": set_at("bounds", 2, "value", to="999999"),
    "bound text": set_at("bounds", 2, "symbolic", to="999999"),
    "bound left out": lambda document: document["bounds"].pop(),
    "inputs": set_at("inputs_checked", to="7"),
    "definitions": set_at("definitions", "n_1", to="2*d"),
    "option": set_at("options", "output", to="three"),
    "reason": set_at("reason", to="because"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampered_certificate_is_wrong(tmp_path: Path, name: str) -> None:
    path, _ = written(tmp_path, requests()["promised" if name == "R" else "exact"])
    document = json.loads(path.read_text())
    TAMPERINGS[name](document)
    path.write_text(json.dumps(document))
    found = check_certificate(str(path), **LIMITS)
    if name == "option":
        # The rounded output does not enter the exact form: another option is another true claim with the same bounds.
        assert found.verdict == "certified"
        return
    assert found.verdict == "wrong"
    assert found.reason is not None
    assert "\n" not in found.reason


def test_a_changed_network_is_not_the_one_certified(tmp_path: Path) -> None:
    path, _ = written(tmp_path, requests()["exact"])
    for place in companions(str(path)):
        before = Path(place).read_bytes()
        Path(place).write_bytes(before + b" ")
        with pytest.raises(FormatError, match="SHA-256 differs"):
            check_certificate(str(path), **LIMITS)
        Path(place).write_bytes(before)


def test_unreadable_certificates_are_one_line(tmp_path: Path) -> None:
    path, _ = written(tmp_path, requests()["exact"])
    good = path.read_text()
    changes = {
        "truncated": good[:-30],
        "not an object": "[1, 2]",
        "deep": "[" * 100_000,
        "binary": "\x00\x01",
        "doubled key": good.replace('"verdict"', '"reason": null,\n "verdict"', 1),
        "unknown field": good.replace('"verdict"', '"extra": 1,\n "verdict"', 1),
        "long number": good.replace('"inputs_checked": "8"', '"inputs_checked": ' + "9" * 5000),
        "directory in a file name": good.replace('"c.original.json"', '"../c.original.json"'),
        "domain": good.replace('"kind": "cube"', '"kind": "sphere"'),
    }
    for name, text in changes.items():
        assert text != good, name
        path.write_text(text)
        with pytest.raises(ExactnetError) as caught:
            read_certificate(str(path), 2**26)
        assert "\n" not in str(caught.value), name
        assert "c.json" in str(caught.value), name
    Path(companions(str(path))[0]).unlink()
    path.write_text(good)
    with pytest.raises(FormatError, match=r"c\.original\.json"):
        check_certificate(str(path), **LIMITS)


def broken(net: Network, node: str) -> Network:
    """The network with the bias of one node changed by one."""
    nodes = [type(n)(n.id, n.kind, n.sources, n.bias + (1 if n.id == node else 0), n.means) for n in net.nodes()]
    return Network(net.inputs, nodes, net.outputs)


def test_a_broken_network_is_refuted_at_the_node_that_breaks_its_promise(tmp_path: Path) -> None:
    request = requests()["exact"]
    claim = plan(request)
    made = construct_network(request.net, claim)
    changed = 0
    for node in made.order:
        if made.kind(node) != "relu" or changed > 20:
            continue
        mutant = broken(made, node)
        certificate = judge(request.net, mutant, claim)
        if certificate.verdict == "certified":
            continue
        changed += 1
        found = certificate.counterexample
        assert found is not None
        point = [found.input[name] for name in request.net.inputs]
        assert request.net(point) == tuple(found.expected.values())
        assert mutant(point) == tuple(found.got.values())
        # The step that the ReLU belongs to is the first to break its promise.
        assert found.node == node[:-1]
        path = tmp_path / "r.json"
        write_certificate(str(path), request.net, mutant, certificate, 0)
        assert check_certificate(str(path), **LIMITS).verdict == "refuted"
    assert changed > 5


def test_a_bound_that_fails_refutes_without_a_counterexample() -> None:
    request = requests()["exact"]
    certificate = certify_network(Request(request.net, request.domain, stated="2^2")).certificate
    assert certificate.verdict == "refuted"
    assert certificate.counterexample is None
    measured = str(certificate.constructed.max_weight)
    assert certificate.reason == f"the bound max_weight (stated) = 2^2 = 4 fails: measured {measured}"


def test_a_stated_bound_holds_biases_too() -> None:
    net = Network(["a", "b", "c"], [threshold("g", {"a": 1, "b": 1, "c": 1}, -3)], ["g"])
    certificate = certify_network(Request(net, Cube(3), stated="2")).certificate
    assert certificate.reason == "the bound max_bias (stated) = 2 = 2 fails: measured 3"
    assert certificate.inputs_checked == 8


def test_a_difference_at_one_input_of_many_is_found() -> None:
    d = 16
    names = [f"x{i}" for i in range(1, d + 1)]
    zero = Network(names, [affine("y", {})], ["y"])
    only = Network(names, [threshold("g", dict.fromkeys(names, 1), -d), affine("y", {"g": 1})], ["y"])
    claim = make_claim(zero, Cube(d), STATEMENTS["S1 exact"], "lookahead", {"inputs": "integers", "output": "four"}, Equal(1), 1)
    certificate = judge(zero, only, claim)
    assert certificate.verdict == "refuted"
    assert certificate.counterexample is not None
    assert certificate.counterexample.index == 2**d - 1
    assert certificate.inputs_checked == 2**d


@pytest.mark.parametrize(
    ("net", "domain", "options", "shows"),
    [
        (FAMILIES["scaled"].make(d=20).network, Cube(20), {}, ["1048576", "1000000", "--precision", "--range"]),
        (FAMILIES["scaled"].make(d=3).network, Cube(3), {"promised": 7}, ["R = 7", "|N| = 8"]),
        (random_relu(1, 2, [2], 40, denominator=2**70), Grid(1, 2), {}, ["r*R", "1000000"]),
    ],
)
def test_refusals_show_both_numbers(net: Network, domain: Domain, options: dict[str, int], shows: list[str]) -> None:
    with pytest.raises(RefusedError) as caught:
        certify_network(Request(net, domain, **options))  # type: ignore[arg-type]
    for text in shows:
        assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_scaled_is_certified_while_it_is_small() -> None:
    net = FAMILIES["scaled"].make(d=6).network
    assert certify_network(Request(net, Cube(6))).certificate.verdict == "certified"


def test_the_product_bound_decides_where_the_theory_says() -> None:
    from exactnet.certify.refusal import product_bound

    for depth, first in ((1, 11), (2, 37), (3, 67)):
        assert product_bound(depth, first**2, first**2, first, mpq(1)) < 2**first
        assert product_bound(depth, (first - 1) ** 2, (first - 1) ** 2, first - 1, mpq(1)) >= 2 ** (first - 1)


def test_requests_that_make_no_sense_are_one_line() -> None:
    relu_net, circuit = clipped(), random_circuit(1, 3, [1], 4)
    off = Points(((mpq(1, 3), mpq(2, 7), mpq(1)),) * 1)
    for error, request in (
        (DomainError, Request(relu_net, Cube(4))),
        (DomainError, Request(relu_net, Cube(3), max_inputs=7)),
        (NetworkError, Request(circuit, Cube(3), precision=10)),
        (FormatError, Request(relu_net, Cube(3), route="no-such")),
        (NetworkError, Request(Network(["x1"], [relu("h", {"x1": 1})], ["x1", "h"]), Grid(3, 1), precision=2)),
    ):
        with pytest.raises(error) as caught:
            certify_network(request)
        assert "\n" not in str(caught.value)
    assert certify_network(Request(relu_net, off, precision=2)).certificate.verdict == "certified"


def forged(tmp_path: Path, net: Network, made: Network, statement: str, **changes: Any) -> str:
    """A certificate for any pair of networks, as somebody would write it who only wants the checker's word."""
    relation = (Floor if statement == "S1 rounded" else Equal)(changes.pop("r", 1))
    options = {"inputs": "integers", "output": "four", **changes.pop("options", {})}
    claim = make_claim(net, Cube(len(net.inputs)), STATEMENTS[statement], "lookahead", options, relation, changes.pop("R", 1))
    certificate = judge(net, made, claim)
    path = tmp_path / "forged.json"
    write_certificate(str(path), net, made, certificate, 0)
    document = json.loads(path.read_text())
    document.update(verdict="certified", reason=None, counterexample=None, **changes)
    path.write_text(json.dumps(document))
    return str(path)


def test_a_network_of_another_kind_is_not_certified(tmp_path: Path) -> None:
    gate = Network(["x1", "x2"], [threshold("g", {"x1": 1, "x2": 1}, -2)], ["g"])
    as_relu = Network(["x1", "x2"], [relu("g", {"x1": 1, "x2": 1}, -1)], ["g"])
    assert check_certificate(forged(tmp_path, gate, as_relu, "S3"), **LIMITS).verdict == "wrong"
    line = Network(["x1"], [affine("y", {"x1": 1})], ["y"])
    stepped = Network(["x1"], [threshold("g", {"x1": 1}, -1), affine("y", {"g": 1})], ["y"])
    assert check_certificate(forged(tmp_path, line, stepped, "S1 exact"), **LIMITS).verdict == "wrong"
    claim = make_claim(line, Cube(1), STATEMENTS["S1 exact"], "lookahead", {"inputs": "integers", "output": "four"}, Equal(1), 1)
    assert judge(line, stepped, claim).verdict == "refuted"


@pytest.mark.parametrize("forgery", [{"r": 10**30}, {"R": 10**30}, {"R": 10**30, "promised": False}])
def test_inflated_r_and_range_do_not_certify_huge_weights(tmp_path: Path, forgery: dict[str, Any]) -> None:
    """With ``N' = N`` and 64-bit weights, a huge ``r`` or ``R`` makes every stated bound hold: they are checked first."""
    form = {"x1": 2**64 + 1, "x2": -(2**64)}
    nodes = [relu("a", form, 2), relu("b", form, 1), affine("y", {"a": 1, "b": -1})]
    net = Network(["x1", "x2"], nodes, ["y"])
    assert check_certificate(forged(tmp_path, net, net, "S1 exact", **forgery), **LIMITS).verdict == "wrong"


def test_options_that_the_route_does_not_have_are_refused(tmp_path: Path) -> None:
    path, _ = written(tmp_path, requests()["exact"])
    document = json.loads(path.read_text())
    document["options"]["moduli"] = "proven, all weights are 1"
    path.write_text(json.dumps(document))
    with pytest.raises(FormatError, match="options of the route"):
        check_certificate(str(path), **LIMITS)


def test_networks_with_other_outputs_are_wrong_and_no_crash(tmp_path: Path) -> None:
    path, result = written(tmp_path, requests()["exact"])
    for outputs in (["y", "extra"], ["other"]):
        nodes = [*result.constructed.nodes(), *(affine(name, {}) for name in outputs if name != "y")]
        other = Network(result.constructed.inputs, nodes, outputs)
        from exactnet.files.files import digest
        from exactnet.files.network_writer import dump_network

        data = dump_network(other, Cube(3))
        document = json.loads(path.read_text())
        document["constructed"]["sha256"] = digest(data)
        (tmp_path / "c.constructed.json").write_bytes(data)
        path.write_text(json.dumps(document))
        found = check_certificate(str(path), **LIMITS)
        assert (found.verdict, found.reason) == (
            "wrong",
            "the constructed network has other input or output names than the original",
        )
