"""Certificates by proof, as a user makes and checks them; they agree with what enumeration says; tampering is found."""

from __future__ import annotations

import ast
import gzip
import json
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet import recheck
from exactnet.certify.structural.certificates import certify_by_proof
from exactnet.certify.structural.comparing import prove_equal
from exactnet.certify.structural.prover import Prover
from exactnet.certify.structural.proving import NotProved, StructuralProof, certify_structural
from exactnet.certify.structural.tactics.congruence import Congruence
from exactnet.check.structural import claim_of, describe
from exactnet.claims.promises import Means
from exactnet.cli.program import program
from exactnet.construct.base.builder import Builder
from exactnet.construct.base.linear import Linear
from exactnet.families import FAMILIES
from exactnet.files.files import digest
from exactnet.files.network_json import parse_network
from exactnet.files.networks import read_network, write_network
from exactnet.kernel.domain import Cube, Grid, Points
from exactnet.kernel.errors import FormatError
from exactnet.kernel.network import Network, affine, relu, threshold
from exactnet.structural import kernel
from exactnet.structural.checking import check
from tests.amount import every
from tests.structural.instances import PROVED, random_circuit, random_proof
from tests.structural.mutation import holds, values


def run(*arguments: object) -> Result:
    return CliRunner().invoke(program, [str(argument) for argument in arguments])


def test_the_kernel_is_small_and_alone() -> None:
    tree = ast.parse(Path(kernel.__file__).read_text())
    text = {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    code = [
        line
        for place, line in enumerate(Path(kernel.__file__).read_text().splitlines(), 1)
        if place not in text and line.strip() and not line.lstrip().startswith("#")
    ]
    assert len(code) <= 450


@settings(max_examples=15)
@given(st.sampled_from(PROVED), st.integers(0, 10**6))
def test_what_is_proved_is_true_on_every_input(what: tuple[str, str], seed: int) -> None:
    proof = random_proof(*what, seed)
    check(proof.original, proof.constructed, proof.dump())
    assert holds(values(proof.original, proof.domain), values(proof.constructed, proof.domain), proof.statement)


REAL = Network(
    ["x1", "x2"],
    [relu("h1", {"x1": 3, "x2": "-7/2"}, 1), relu("h2", {"x1": -5, "x2": 9}), affine("y", {"h1": "1/3", "h2": -2}, 1)],
    ["y"],
)
SMALL = Network(["x1", "x2"], [relu("h", {"x1": 3, "x2": "-5/2"}, 1), affine("y", {"h": "1/3"}, -1)], ["y"])
CASES: dict[str, tuple[Network, Any, list[str]]] = {
    "circuit": (random_circuit(random.Random(3), 5, [2, 1], 20), Cube(5), []),
    "exact": (FAMILIES["clipped"].make(d=5, m=2, bits=12, seed=2).network, Cube(5), []),
    "exact if": (REAL, Grid(1, 2), ["--range", "9"]),
    "rounded": (REAL, Grid(1, 2), ["--range", "40", "--precision", "1/10"]),
    "clipped": (REAL, Grid(2, 2), ["--range", "3", "--precision", "1/10", "--clip"]),
    "stacked": (REAL, Grid(1, 2), ["--range", "2", "--precision", "1", "--clip", "--route", "stacked", "--moduli", "proven"]),
    "constant": (SMALL, Grid(1, 2), ["--range", "2", "--precision", "1/2", "--clip", "--constant-weights"]),
}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of every form."""
    folder = tmp_path_factory.mktemp("structural")
    for name, (net, domain, options) in CASES.items():
        write_network(str(folder / f"{name}.net.json"), net, domain, 1 << 20)
        done = run("certify", folder / f"{name}.net.json", "--structural", "-o", folder / f"{name}.json", *options)
        assert done.exit_code == 0, done.output
    return folder


@pytest.mark.parametrize("name", CASES)
def test_check_and_recheck_know_it(name: str, certificates: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = certificates / f"{name}.json"
    done = run("check", path)
    assert done.exit_code == 0
    theorem = json.loads(path.read_text())["theorem"]
    assert done.output.startswith("certified")
    assert " ".join(theorem.split()[:3]) in done.output
    assert json.loads(run("check", path, "--json").output)["theorem"] == theorem
    assert run("check", path, "--quiet").output == "certified\n"
    assert recheck.main([str(path)]) == 0
    assert f"confirmed: {theorem}" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["circuit", "exact", "rounded", "clipped", "constant", "stacked"])
def test_enumeration_says_the_same(name: str, certificates: Path) -> None:
    by_proof = json.loads((certificates / f"{name}.json").read_text())
    done = run("certify", certificates / f"{name}.net.json", "-o", certificates / f"{name}.all.json", *CASES[name][2])
    assert done.exit_code == 0, done.output
    by_inputs = json.loads((certificates / f"{name}.all.json").read_text())
    same = ["verdict", "statement", "route", "relation"]
    assert [by_proof[field] for field in same] == [by_inputs[field] for field in same]
    if name != "exact":  # where the range is proved, it may be wider than what evaluation finds
        assert by_proof["bounds"] == by_inputs["bounds"]


def tampered(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The certificate with one thing changed in each."""
    changes: list[tuple[str, dict[str, Any]]] = []
    for field, value in document.items():
        if field not in ("versions", "run", "format"):
            changes.append((field, {**document, field: other(value)}))
    for field in {"original", "constructed", "proof", "between", "copying"} & document.keys():
        changes += [
            (f"{field}.{key}", {**document, field: {**document[field], key: other(v)}})
            for key, v in document[field].items()
        ]
    for name in document["parameters"]:
        changes.append((f"parameters.{name}", {**document, "parameters": {**document["parameters"], name: "77"}}))
    for place, row in enumerate(document["bounds"]):
        for key in row:
            rows = [dict(r) for r in document["bounds"]]
            rows[place][key] = other(row[key])
            changes.append((f"bounds[{place}].{key}", {**document, "bounds": rows}))
    weaker = {"kind": "equal if", "r": 1, "R": 1}
    return [
        *changes,
        ("another statement", {**document, "proves": weaker}),
        ("nothing", {"format": document["format"]}),
    ]


def other(value: Any) -> Any:
    """Another value of the same kind, or of another."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return str(int(value) + 1) if value.isdecimal() else value + "x"
    return {"x": 1} if isinstance(value, dict) else "x"


@pytest.mark.parametrize("name", ["circuit", "clipped", "constant"])
def test_tampering_is_found(name: str, certificates: Path, tmp_path: Path) -> None:
    for file in certificates.glob(f"{name}.*"):
        shutil.copy(file, tmp_path)
    path = tmp_path / f"{name}.json"
    good = json.loads(path.read_text())
    trusted_by_recheck = ("width", "size", "bits", "gates", "route", "options", "symbolic", "B", "s")
    for what, document in every(list(tampered(good)), 4):
        path.write_text(json.dumps(document))
        done = run("check", path)
        assert done.exit_code in (1, 2), what
        assert "Traceback" not in done.output
        if done.exit_code == 2:
            assert len(done.output.strip().splitlines()) == 1, done.output
        if what.rpartition(".")[2] not in trusted_by_recheck:
            assert recheck.main([str(path)]) in (1, 2), what


def refused(path: Path, status: int = 1) -> None:
    """Neither ``check``, with this status, nor ``recheck`` accepts a certificate."""
    assert run("check", path).exit_code == status
    assert recheck.main([str(path)]) in (1, 2)


def test_a_certificate_of_another_theorem_beside_a_proof(certificates: Path, tmp_path: Path) -> None:
    """Honest in all but that the proof is about another domain, another range or another form."""
    for file in certificates.glob("exact if.*"):
        shutil.copy(file, tmp_path)
    path = tmp_path / "exact if.json"
    said = json.loads(path.read_text())
    net, constructed = (read_network(str(tmp_path / said[role]["file"]), 1 << 20).network for role in ("original", "constructed"))
    files = {role: (said[role]["file"], said[role]["sha256"]) for role in ("original", "constructed", "proof")}

    def write(domain: Cube | Grid, statement: dict[str, Any]) -> dict[str, Any]:
        claim = claim_of(net, domain, statement, said["route"], said["options"], None)
        document = describe(constructed, claim, statement, files, {"proof": said["proof"]["lines"]}, {}, 0)
        path.write_text(json.dumps(document))
        return document

    proved = said["proves"]
    write(Grid(1, 2), proved)
    assert run("check", path).exit_code == recheck.main([str(path)]) == 0
    for domain, statement in (
        (Grid(2, 2), proved),
        (Cube(2), proved),
        (Grid(1, 2), {**proved, "R": proved["R"] + 1}),
        (Grid(1, 2), {**proved, "r": proved["r"] + 1}),
        (Grid(1, 2), {**proved, "kind": "floor if"}),
        (Grid(1, 2), {**proved, "kind": "clip"}),
    ):
        document = write(domain, statement)
        assert document["proves"] == statement
        refused(path)
        path.write_text(json.dumps({**document, "theorem": said["theorem"]}))  # what is proved, and all else is of the other
        refused(path)
    honest = write(Grid(1, 2), proved)
    floor = {"statement": "S1 rounded", "relation": {**honest["relation"], "kind": "floor"}}
    for changes in (floor, {"theorem": f"{honest['theorem']} "}, {"statement": "S2 exact"}):
        path.write_text(json.dumps({**honest, **changes}))
        refused(path)
    path.write_text(json.dumps({**honest, "route": "classical"}))
    refused(path)
    path.write_text(json.dumps({**honest, "route": "few-bits"}))
    refused(path, 2)


def supposing(one: bytes, other: bytes) -> StructuralProof:
    """A proof that holds, that two networks on a grid are equal where the value is 1 or less."""
    sides = [json.loads(data) for data in (one, other)]
    statement: dict[str, Any] = {"kind": "equal if", "r": 1, "R": 1}
    prover = Prover(sides[0], sides[1], {"kind": "grid", "p": 1}, statement)
    prover.start()
    tactic, first = Congruence(prover), 1 + len(sides[0]["inputs"])
    for data, side in zip((one, other), sides, strict=True):
        net, place = parse_network(data, "it").network, {node["id"]: v for v, node in enumerate(side["nodes"], first)}
        first += len(place)
        tactic.add((place[name], net.kind(name)) for name in net.order)
    goals = [tactic.same(a, b) - prover.count for _, a, b in prover.outputs]
    return StructuralProof(one, other, {"kind": "grid", "p": 1}, statement, prover.lines, goals)


def test_what_the_second_proof_of_constant_weights_must_prove(certificates: Path, tmp_path: Path) -> None:
    """That the constructed network is equal to the one between, on this domain and under no hypothesis."""
    for file in certificates.glob("constant.*"):
        shutil.copy(file, tmp_path)
    path = tmp_path / "constant.json"
    said = json.loads(path.read_text())

    def put(role: str, name: str, data: bytes, **changes: Any) -> None:
        (tmp_path / name).write_bytes(data)
        entry = {**said[role], **changes, "file": name, "sha256": digest(data)}
        path.write_text(json.dumps({**said, role: entry}))

    roles = ("original", "between", "constructed", "proof", "copying")
    files = {role: (tmp_path / said[role]["file"]).read_bytes() for role in roles}
    lines = gzip.decompress(files["copying"]).splitlines(keepends=True)
    for change in ({"domain": {"kind": "grid", "p": 2}}, {"domain": {"kind": "cube"}}, {"statement": said["proves"]}):
        header = json.dumps({**json.loads(lines[0]), **change}).encode() + b"\n"
        put("copying", "other.gz", b"".join([header, *lines[1:]]))
        refused(path)
    weaker = supposing(files["between"], files["constructed"])
    put("copying", "other.gz", weaker.dump(), lines=check(weaker.original, weaker.constructed, weaker.dump())["lines"])
    refused(path)
    put("copying", "other.gz", b"".join(lines[:9] + lines[10:]))
    refused(path)
    put("copying", "other.gz", b"".join(lines[:-1]))
    refused(path, 2)
    put("copying", "other.gz", files["proof"], lines=said["proof"]["lines"])
    refused(path)
    put("between", "other.json", files["original"])
    refused(path)
    put("between", "other.json", files["constructed"])
    refused(path)
    nameless = files["between"].replace(b"exactnet-network/1", b"network")  # for the kernel it is the same
    bound = {}
    for role, side in (("proof", "constructed"), ("copying", "original")):
        header, *rest = gzip.decompress(files[role]).splitlines(keepends=True)
        data = b"".join([json.dumps({**json.loads(header), side: {"sha256": digest(nameless)}}).encode() + b"\n", *rest])
        (tmp_path / f"{role}.other").write_bytes(data)
        bound[role] = {**said[role], "file": f"{role}.other", "sha256": digest(data)}
    (tmp_path / "other.json").write_bytes(nameless)
    path.write_text(json.dumps({**said, **bound, "between": {"file": "other.json", "sha256": digest(nameless)}}))
    refused(path, 2)
    one = {name: value for name, value in said.items() if name not in ("between", "copying")}
    path.write_text(json.dumps(one))  # S2 by one proof
    refused(path)
    path.write_text(json.dumps({**one, "constructed": {**said["constructed"], **said["between"]}}))
    refused(path)
    path.write_text(json.dumps({**said, "statement": "S1 clipped"}))  # S1 by two
    refused(path)
    for name in ("between", "copying"):
        path.write_text(json.dumps({role: value for role, value in said.items() if role != name}))
        refused(path, 2)


def test_weights_that_are_too_large_are_not_said_to_be_at_most_1(
    certificates: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = json.loads((certificates / "constant.json").read_text())
    files = {role: (certificates / said[role]["file"]).read_bytes() for role in ("original", "between", "proof")}
    net, between = (parse_network(files[role], role).network for role in ("original", "between"))
    same = prove_equal(between, between, Grid(1, 2))
    header, *rest = gzip.decompress(files["proof"]).splitlines(keepends=True)
    header = json.dumps({**json.loads(header), "constructed": {"sha256": digest(same.original)}}).encode() + b"\n"
    files |= {"between": same.original, "constructed": same.constructed, "copying": same.dump(), "proof": b"".join([header, *rest])}
    for role, data in files.items():
        (tmp_path / role).write_bytes(data)
    lines = {"proof": said["proof"]["lines"], "copying": check(same.original, same.constructed, same.dump())["lines"]}
    claim = claim_of(net, Grid(1, 2), said["proves"], said["route"], said["options"], None, True)
    named = {role: (role, digest(data)) for role, data in files.items()}
    document = describe(between, claim, said["proves"], named, lines, {}, 0)
    assert (document["verdict"], f"{document['theorem']}; its weights and biases are at most 1") == ("refuted", said["theorem"])
    path = tmp_path / "c.json"
    path.write_text(json.dumps(document))
    assert run("check", path, "-q").output == "refuted\n"
    assert recheck.main([str(path)]) == 1
    assert capsys.readouterr().out.endswith("refuted\n")
    for changes in ({"theorem": said["theorem"]}, {"theorem": said["theorem"], "verdict": "certified", "reason": None}):
        path.write_text(json.dumps({**document, **changes}))
        assert (run("check", path, "-q").output, recheck.main([str(path)])) == ("wrong\n", 1)


def test_constant_weights_are_not_for_circuits(certificates: Path, tmp_path: Path) -> None:
    done = run("certify", certificates / "circuit.net.json", "--structural", "--constant-weights")
    assert (done.exit_code, len(done.output.splitlines())) == (2, 1)
    assert "are for ReLU networks" in done.output
    for file in certificates.glob("circuit.*"):
        shutil.copy(file, tmp_path)
    path = tmp_path / "circuit.json"
    said = json.loads(path.read_text())
    net = read_network(str(tmp_path / said["constructed"]["file"]), 1 << 20).network
    same = prove_equal(net, net, Cube(5))
    (tmp_path / "same.json").write_bytes(same.constructed)
    (tmp_path / "same.gz").write_bytes(same.dump())
    constructed = {**said["constructed"], "file": "same.json", "sha256": digest(same.constructed)}
    between = {name: said["constructed"][name] for name in ("file", "sha256")}
    lines = check(same.original, same.constructed, same.dump())["lines"]
    copying = {"file": "same.gz", "sha256": digest(same.dump()), "lines": lines}
    sentence = f"{said['theorem']}; its weights and biases are at most 1"
    copied = {**said, "constructed": constructed, "between": between, "copying": copying, "theorem": sentence}
    path.write_text(json.dumps(copied))
    refused(path, 2)


def test_what_a_certificate_says_is_shown_unchecked(certificates: Path) -> None:
    for name in ("circuit", "constant"):
        done = run("show", certificates / f"{name}.json")
        assert done.exit_code == 0
        assert done.output.startswith("not checked here  ")
        shown = json.loads(run("show", certificates / f"{name}.json", "--json").output)
        assert (shown["verdict"], shown["theorem"]) == (None, json.loads((certificates / f"{name}.json").read_text())["theorem"])


@pytest.mark.parametrize("sizes", [[2, 1], [3, 2]])
def test_gates_over_few_bits_by_route_stacked(sizes: list[int]) -> None:
    """Their weights are made small before they read noisy literals."""
    net = random_circuit(random.Random(len(sizes) + sizes[0]), 9, sizes, 24)
    proof = certify_structural(net, Cube(9), "circuit", route="stacked")
    check(proof.original, proof.constructed, proof.dump())
    assert holds(values(proof.original, proof.domain), values(proof.constructed, proof.domain), proof.statement)


@pytest.mark.parametrize("route", ["lookahead", "compact", "residue", "stacked"])
def test_nodes_that_no_output_depends_on(route: str) -> None:
    net = Network(["x"], [relu("unused", {"x": 2}, 1), relu("y", {"x": 3}, -1)], ["y"])
    proof = certify_structural(net, Grid(1, 1), "exact", route=route, output_range=2)
    check(proof.original, proof.constructed, proof.dump())
    assert holds(values(proof.original, proof.domain), values(proof.constructed, proof.domain), proof.statement)


@pytest.mark.parametrize("route", ["lookahead", "compact", "residue", "stacked"])
def test_an_output_that_another_gate_reads(route: str) -> None:
    """By route D it is a noisy literal, which the output reads as every gate does."""
    gate = threshold("h", {"x": -1, "y": -418242}, -206919)
    net = Network(["x", "y"], [gate, threshold("z", {"h": 14414, "x": -183466, "y": -216712}, 0)], ["h", "z"])
    proof = certify_structural(net, Grid(1, 2), "circuit", route=route)
    check(proof.original, proof.constructed, proof.dump())
    assert holds(values(proof.original, proof.domain), values(proof.constructed, proof.domain), proof.statement)


@pytest.mark.parametrize("route", ["lookahead", "compact", "residue"])
@pytest.mark.parametrize("weights", [(-1, 1, -1, 3, -1), (3, 0, -2, -2, 2)])
def test_clipped_where_no_value_is_between(route: str, weights: tuple[int, ...]) -> None:
    u, b, v, w, c = weights
    net = Network(["x"], [relu("h", {"x": u}, b), affine("y", {"h": v, "x": w}, c)], ["y"])
    result = certify_by_proof(net, Cube(1), route=route, output_range=1, precision=1, clip=True)
    proof = result.proof
    assert holds(values(proof.original, proof.domain), values(proof.constructed, proof.domain), proof.statement)


def test_another_file_with_the_same_proof(certificates: Path, tmp_path: Path) -> None:
    for file in certificates.glob("circuit.*"):
        shutil.copy(file, tmp_path)
    place = tmp_path / "circuit.proof.gz"
    place.write_bytes(gzip.compress(gzip.decompress(place.read_bytes()), 1))
    assert "SHA-256 differs" in run("check", tmp_path / "circuit.json").output
    refused(tmp_path / "circuit.json", 2)


def test_a_network_of_another_kind_is_refuted() -> None:
    net = Network(["x"], [affine("y", {"x": 1})], ["y"])
    mixed = Network(["x"], [threshold("g", {"x": 1}, -1), affine("y", {"g": 1})], ["y"])
    statement = {"kind": "equal", "R": 1}
    files = dict.fromkeys(("original", "constructed", "proof"), ("f", "0" * 64))
    claim = claim_of(net, Cube(1), statement, "lookahead", {"inputs": "integers", "output": "four"}, None)
    document = describe(mixed, claim, statement, files, {"proof": 1}, {}, 0)
    assert (document["verdict"], document["reason"]) == ("refuted", claim.misfit(mixed))
    circuit = Network(["x"], [threshold("g", {"x": 1}, -1)], ["g"])
    with pytest.raises(FormatError, match="the original is no network that S1 rounded is about"):
        claim_of(circuit, Cube(1), {"kind": "floor if", "r": 1, "R": 1}, "lookahead", {}, None)


def test_a_proof_that_was_changed(certificates: Path, tmp_path: Path) -> None:
    for file in certificates.glob("circuit.*"):
        shutil.copy(file, tmp_path)
    place = tmp_path / "circuit.proof.gz"
    lines = gzip.decompress(place.read_bytes()).splitlines(keepends=True)
    place.write_bytes(gzip.compress(b"".join(lines[:-1])))
    assert run("check", tmp_path / "circuit.json").exit_code == 2  # not the file that the certificate names
    document = json.loads((tmp_path / "circuit.json").read_text())
    for data, status in ((b"".join(lines[:-1]), 2), (b"".join(lines[:9] + lines[10:]), 1)):
        place.write_bytes(gzip.compress(data))
        document["proof"]["sha256"] = digest(place.read_bytes())
        (tmp_path / "circuit.json").write_text(json.dumps(document))
        done = run("check", tmp_path / "circuit.json")
        assert done.exit_code == status
        assert "line" in done.output
        assert recheck.main([str(tmp_path / "circuit.json")]) == status


@pytest.mark.parametrize(
    ("net", "domain", "options", "text"),
    [
        (REAL, Points([[1, 0]]), ["--clip", "--range", "1", "--precision", "1"], "not about a list of points"),
        (REAL, Grid(1, 2), [], "no range of the outputs is proved"),
        (REAL, Grid(1, 2), ["--precision", "1"], "name the range"),
        (REAL, Grid(1, 2), ["--clip"], "--precision"),
        (CASES["circuit"][0], Cube(5), ["--minimise", "depth"], "a proof is of one route"),
        (CASES["circuit"][0], Cube(5), ["--precision", "1"], "threshold circuit"),
    ],
)
def test_what_cannot_be(net: Network, domain: Any, options: list[str], text: str, tmp_path: Path) -> None:
    write_network(str(tmp_path / "net.json"), net, domain, 1 << 20)
    done = run("certify", tmp_path / "net.json", "--structural", *options)
    assert done.exit_code == 2
    assert text in done.output
    assert len(done.output.strip().splitlines()) == 1


@pytest.mark.parametrize("how", [(), ("--precision", "1/2", "--range", "9"), ("--precision", "1/2", "--range", "9", "--clip")])
def test_an_output_that_is_an_input_is_refused(tmp_path: Path, how: tuple[str, ...]) -> None:
    path = tmp_path / "n.json"
    for net in (Network(["x"], [], ["x"]), Network(["x", "z"], [relu("y", {"x": 1, "z": -1})], ["y", "z"])):
        write_network(str(path), net)
        result = CliRunner().invoke(program, ["certify", str(path), "--domain", "cube", "--structural", *how])
        assert result.exit_code == 2
        assert result.output.count("\n") == 1
        assert "is an input, of which a proof says nothing" in result.output


def test_a_range_beyond_polynomial_is_refused_as_where_inputs_are_tried(tmp_path: Path) -> None:
    net = Network(["x", "y"], [relu("h", {"x": 2**30, "y": -7}, 3), affine("z", {"h": 1})], ["z"])
    write_network(tmp_path / "net.json", net, Cube(2), 1 << 20)
    for how in ([], ["--structural"]):
        done = run("certify", tmp_path / "net.json", *how)
        assert done.exit_code == 2
        assert "--range R" in done.output
    supposed = run("certify", tmp_path / "net.json", "--structural", "--range", "5")
    assert "for every x in {0,1}^d with |N(x)| <= 5" in supposed.output


def test_what_a_certificate_says_of_size(tmp_path: Path) -> None:
    for weight, says in ((900, "the original itself misses max_weight"), (1, "every bound is met by the original itself")):
        net = Network(["x", "y", "u"], [threshold("z", {"x": weight, "y": -1, "u": 3}, -1)], ["z"])
        write_network(tmp_path / "net.json", net, Cube(3), 1 << 20)
        shown = run("certify", tmp_path / "net.json", "--structural", "-o", tmp_path / "c.json").output
        assert says in " ".join(shown.split())
        assert says in " ".join(run("check", tmp_path / "c.json").output.split())
        assert says in json.loads(run("check", tmp_path / "c.json", "--json").output.splitlines()[-1])["compared"]["says"]


def test_a_range_that_is_none() -> None:
    for most in (0, -3):
        with pytest.raises(FormatError, match="a positive integer"):
            certify_by_proof(SMALL, Grid(1, 2), output_range=most)


def test_not_proved_names_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    from exactnet.construct.routes import lookahead

    net = Network(
        ["x1", "x2"], [threshold("g", {"x1": 900, "x2": -700}, -100), threshold("y", {"g": 1, "x1": 1}, -1)], ["y"]
    )
    lemmas = lookahead.LEMMAS

    def wrong(builder: Builder, form: Linear, name: str, means: Means) -> Linear:
        return lemmas.threshold(builder, form.plus(-3), name, means)

    monkeypatch.setattr(lookahead, "LEMMAS", replace(lemmas, threshold=wrong))
    with pytest.raises(NotProved, match="node g") as caught:
        certify_structural(net, Cube(2), "circuit")
    assert "\n" not in str(caught.value)


def test_hundreds_of_inputs(tmp_path: Path) -> None:
    net = random_circuit(random.Random(1), 300, [1], 64)
    write_network(str(tmp_path / "net.json"), net, Cube(300), 1 << 20)
    assert (
        run("certify", tmp_path / "net.json", "--structural", "--quiet", "-o", tmp_path / "c.json").output
        == "certified\n"
    )
    assert run("check", tmp_path / "c.json", "--quiet").output == "certified\n"
    assert "theorem " in run("certify", tmp_path / "net.json").output  # by itself
    assert "--max-inputs" in run("construct", tmp_path / "net.json", "-o", tmp_path / "made.json").output
