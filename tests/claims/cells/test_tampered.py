"""Certificates in which something has been changed: check and recheck refuse them both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq

from exactnet.certify.cells import decide
from exactnet.claims.cells.certificate import Certificate, verify
from exactnet.claims.cells.claims import Claim
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.cells.replay import ProofError
from exactnet.files.cells import write_cells
from exactnet.files.files import digest
from exactnet.files.network_writer import dump_network
from exactnet.kernel.network import Network, affine, relu
from tests.amount import every, few
from tests.claims.cells.confirming import confirmed, refused
from tests.claims.cells.nets import changed, drawn, rewritten

EQUAL = Claim("equal")


def _five() -> tuple[list[Network], Certificate]:
    from exactnet.families.maximum import five
    from exactnet.symbolic import maximum, network, x

    nets = [network(five()), network(maximum(*(x[i] for i in range(1, 6))))]
    return nets, decide(EQUAL, nets, Polyhedron(5))


def test_tampered_proofs_arerefused(tmp_path: Path) -> None:
    nets, certificate = _five()
    path = tmp_path / "c.json"
    write_cells(str(path), nets, certificate, 0.0)
    said = json.loads(path.read_text())
    assert not refused(path, said)
    steps, lemmas = said["steps"].split(), said["lemmas"]
    for k in range(0, len(steps), few(7, 28)):  # a step left out, twice, or a split for a lemma and the other way round
        rest = steps[:k] + steps[k + 1 :]
        assert refused(path, {**said, "steps": " ".join(rest)})
        assert refused(path, {**said, "steps": " ".join([*steps[:k], steps[k], *steps[k:]])})
        swapped = "0" if steps[k] != "0" else "1"
        assert refused(path, {**said, "steps": " ".join([*steps[:k], swapped, *steps[k + 1 :]])})
    assert refused(path, {**said, "steps": said["steps"] + " 0"})
    assert refused(path, {**said, "steps": "0 " + said["steps"]})
    assert refused(path, {**said, "steps": f"{len(lemmas) + 1} " + said["steps"]})
    for k, lemma in enumerate(lemmas):
        numbers = lemma.split()
        for i in every(range(len(numbers)), 3):
            for by in (1, -1):
                wrong = [*numbers[:i], str(int(numbers[i]) + by), *numbers[i + 1 :]]
                assert refused(path, {**said, "lemmas": [*lemmas[:k], " ".join(wrong), *lemmas[k + 1 :]]})
        turned = [str(-int(n)) for n in numbers]  # an identity still, but with negative multipliers
        assert refused(path, {**said, "lemmas": [*lemmas[:k], " ".join(turned), *lemmas[k + 1 :]]})
    for k, form in every(list(enumerate(said["forms"])), 3):
        first, *rest = form.split()
        other = " ".join([str(int(first) + 1), *rest])
        assert refused(path, {**said, "forms": [*said["forms"][:k], other, *said["forms"][k + 1 :]]})
    assert refused(path, {**said, "leaves": said["leaves"] + 1})
    assert refused(path, {**said, "forms": []})
    assert refused(path, {**said, "verdict": "refuted"})
    assert refused(path, {**said, "verdict": "refuted", "points": [["0", "0", "0", "0", "0"]]})
    assert refused(path, {**said, "claim": {"kind": "one-hidden-layer"}})
    assert refused(path, {**said, "networks": said["networks"][:1]})
    assert refused(path, {**said, "domain": {"kind": "box", "low": "1", "high": "0"}})
    assert refused(path, {**said, "domain": {"kind": "chamber"}})


def test_a_proof_is_refused_for_networks_with_one_changed_number(tmp_path: Path) -> None:
    nets, certificate = _five()
    for seed in range(few(60, 20)):
        wrong = changed(nets[seed % 2], seed, mpq(1, 1000))
        pair = [wrong, nets[1]] if seed % 2 == 0 else [nets[0], wrong]
        assert decide(EQUAL, pair, Polyhedron(5)).verdict == "refuted"
        with pytest.raises(ProofError):
            verify(certificate, pair)
        path = tmp_path / "c.json"
        write_cells(str(path), pair, certificate, 0.0)
        assert refused(path, json.loads(path.read_text()))


def test_inequalities_of_a_certificate_have_no_common_divisor(tmp_path: Path) -> None:
    net = Network(["a", "b"], [relu("h", {"a": 1, "b": 2}, 1), relu("g", {"h": 1, "b": 3}), affine("y", {"g": 1})], ["y"])
    positive = Polyhedron.polytope(2, [[mpq(4), mpq(0), mpq(-2)], [mpq(0), mpq(0), mpq(0)], [mpq(0), mpq(1), mpq(0)]])
    assert positive.forms == ((2, 0, -1), (0, 1, 0))
    linear = Network(["a", "b"], [affine("y", {"a": 1, "b": 5}, 1)], ["y"])
    confirmed(EQUAL, [net, linear], positive, tmp_path)
    path = tmp_path / "c.json"
    said = json.loads(path.read_text())
    assert not refused(path, said)
    used = ["2 0 -1", "0 1 0"]
    for inequalities in (["4 0 -2", used[1]], [*used, "-2 0 200"], [*used, "0 0 0"], [used[0], "0 1"], used[:1]):
        assert refused(path, {**said, "domain": {"kind": "polytope", "inequalities": inequalities}})


def test_a_file_of_another_network_isrefused(tmp_path: Path) -> None:
    nets, certificate = _five()
    path = tmp_path / "c.json"
    write_cells(str(path), nets, certificate, 0.0)
    (tmp_path / "c.b.json").write_bytes((tmp_path / "c.a.json").read_bytes())
    assert refused(path, json.loads(path.read_text()))


@pytest.mark.parametrize(
    "claim",
    [Claim("cells"), Claim("pieces"), Claim("lipschitz", norm="1"), Claim("lipschitz", norm="2"), Claim("convex")],
    ids=lambda claim: claim.kind + (claim.norm or ""),
)
def test_tampered_numbers_and_points_arerefused(tmp_path: Path, claim: Claim) -> None:
    net = Network(
        ["a", "b"],
        [relu("h", {"a": 1, "b": -2}, 1), relu("g", {"h": 1, "b": 1}), affine("y", {"h": "1/2", "g": 3, "a": 1})],
        ["y"],
    )
    path = tmp_path / "c.json"
    certificate = decide(claim, [net], Polyhedron(2))
    write_cells(str(path), [net], certificate, 0.0)
    said = json.loads(path.read_text())
    assert not refused(path, said)
    claimed = said["claim"]
    for change in (1, -1):
        if "count" in claimed:
            assert refused(path, {**said, "claim": {**claimed, "count": claimed["count"] + change}})
        if "bound" in claimed:
            assert refused(path, {**said, "claim": {**claimed, "bound": str(mpq(claimed["bound"]) + mpq(change, 7))}})
    if "count" in claimed:
        witnesses = said["witnesses"]
        assert refused(path, {**said, "witnesses": witnesses[1:]})
        assert refused(path, {**said, "witnesses": [*witnesses, witnesses[0]]})
        assert refused(path, {**said, "witnesses": [witnesses[-1], *witnesses[1:]]})
        assert refused(path, {**said, "witnesses": [witnesses[0].rsplit(" ", 1)[0] + " 0", *witnesses[1:]]})
    if claim.kind == "lipschitz":
        assert refused(path, {**said, "points": said["points"][::-1][:1]})
        assert refused(path, {**said, "points": [said["points"][0], said["points"][0]]})
    if claim.kind == "convex":
        (pieces,) = said["pieces"]
        for k in range(len(pieces)):
            assert refused(path, {**said, "pieces": [pieces[:k] + pieces[k + 1 :]]})
        high = [*pieces[0][:-1], str(mpq(pieces[0][-1]) + 1)]
        assert refused(path, {**said, "pieces": [[*pieces, high]]})
        assert refused(path, {**said, "pieces": [[*pieces, ["1/7", "0", "0"]]]})
        assert refused(path, {**said, "pieces": [[*pieces, [str(10**40), "0", "0"]]]})


def _said(path: Path, claim: Claim, nets: Sequence[Network], domain: Polyhedron) -> dict[str, Any]:
    """The certificate in a file, which check and recheck confirm."""
    write_cells(str(path), nets, decide(claim, nets, domain), 0.0)
    said: dict[str, Any] = json.loads(path.read_text())
    assert not refused(path, said)
    return said


def test_a_refutation_of_what_cannot_be_claimed_isrefused(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    net = Network(["a", "b"], [affine("y", {"a": -1, "b": 2})], ["y"])
    for claim, field, values in (
        (Claim("invariant", permutation=(2, 1)), "permutation", ([1, 1], [3, 1], [2, 1, 2], [2], [], [2, True], [2.0, 1.0])),
        (Claim("monotone", variable=1), "variable", (0, 3, 10**30, True)),
    ):
        said = _said(path, claim, [net], Polyhedron(2))
        assert said["verdict"] == "refuted"
        for value in values:
            assert refused(path, {**said, "claim": {**said["claim"], field: value}})
    said = _said(path, EQUAL, [net, Network(["a", "b"], [affine("y", {"a": 1})], ["y"])], Polyhedron(2))
    data = dump_network(Network(["a", "b"], [affine("y", {"a": 1}), affine("z", {"b": 1})], ["y", "z"]), None)
    (tmp_path / "c.b.json").write_bytes(data)
    for kind in ("equal", "at-least"):  # one output against two
        networks = [said["networks"][0], {**said["networks"][1], "sha256": digest(data)}]
        assert refused(path, {**said, "claim": {"kind": kind}, "networks": networks})


def test_what_nobody_looks_at_isrefused(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    net, other = drawn(2, [2, 2], 1), drawn(2, [2], 2)
    proof = {"forms": ["1 0 0"], "lemmas": ["1 1 1 1"]}
    parts: dict[str, Any] = {"symmetry": [{"forms": [], "lemmas": [], "steps": ""}], "form": "1 0 0", "points": [["0", "0"]]}
    proving = {"leaves": 1, "steps": "0", "forms": ["1 0 0"], "lemmas": ["1 1"], "pieces": [[]], "witnesses": ["0 0 1"]}
    said = _said(path, EQUAL, [net, other], Polyhedron(2))
    assert said["verdict"] == "refuted"
    for field, value in (*proving.items(), ("symmetry", parts["symmetry"]), ("form", parts["form"])):
        assert refused(path, {**said, field: value})
    assert refused(path, {**said, **proof})
    for number in (0, "0.5", "1/0", "1e0", "1\n", "+1", "", None, True):  # as 2/4, another text for the same number
        assert refused(path, {**said, "points": [[number, "0"]]})
    said = _said(path, EQUAL, [net, rewritten(net, 1)], Polyhedron(2))
    unused = {"forms": [*said["forms"], "7 7 7"]}
    for change in ({key: value} for key, value in parts.items()):
        assert refused(path, {**said, **change})
    for change in (unused, {"witnesses": [None]}, {"witnesses": ["0 0 1"]}, {"pieces": [[]]}, {"steps": said["steps"] + "\n"}):
        assert refused(path, {**said, **change})
    line = drawn(1, [3], 1)
    said = _said(path, Claim("segment"), [line, rewritten(line, 1)], Polyhedron.box(1, 0, 1))
    for field, value in proving.items():
        assert refused(path, {**said, field: value})


def test_claims_that_say_too_much_arerefused() -> None:
    """Proofs of weaker claims, relabelled."""
    net = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1})], ["y"])
    tent = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": -1})], ["y"])
    rising = decide(Claim("monotone", variable=1), [net], Polyhedron(1))
    with pytest.raises(ProofError, match="is not shown on a leaf"):
        verify(rising, [tent])
    with pytest.raises(ProofError):
        verify(replace(rising, claim=Claim("even")), [net])
    with pytest.raises(ProofError, match="the points do not refute"):
        verify(Certificate(Claim("even"), Polyhedron(1), "refuted", points=((mpq(0),),)), [net])
    inside = Certificate(Claim("even"), Polyhedron.box(1, mpq(-1), mpq(1)), "refuted", points=((mpq(2),),))
    with pytest.raises(ProofError, match="the points do not refute"):
        verify(inside, [net])
