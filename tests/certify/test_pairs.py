"""Certificates about two given networks: equal, within, same class, same sign; by definition, forged, on the command line."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq, sign
from hypothesis import given, settings
from hypothesis import strategies as st

import exactnet as ex
from exactnet import recheck
from exactnet.certify.pairs import certify_pair
from exactnet.check.certificate import check_certificate
from exactnet.claims.statements import RELATIONS
from exactnet.files.certificate_writer import write_certificate
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.errors import ExactnetError, NetworkError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, Node, affine, threshold
from exactnet.kernel.runs import HERE, silent
from exactnet.kernel.sweep import CheckJob, compare_networks
from exactnet.kernel.values import evaluate
from tests.helpers import random_relu, run

LIMITS = {"max_file": 2**26, "max_inputs": 2**20}
QUESTIONS = ("equal", "within", "class", "sign")
NAMES = {"equal": "equal", "within": "within", "class": "same class", "sign": "same sign"}


def holds(question: str, a: tuple[mpq, ...], b: tuple[mpq, ...], epsilon: mpq) -> bool:
    """The statements, by their definitions."""
    if question == "equal":
        return a == b
    if question == "within":
        return all(abs(x - y) <= epsilon for x, y in zip(a, b, strict=True))
    if question == "sign":
        return [sign(x) for x in a] == [sign(y) for y in b]
    return first_largest(a) == first_largest(b)


def first_largest(values: tuple[mpq, ...]) -> int:
    best = 0
    for place, value in enumerate(values):
        if value > values[best]:
            best = place
    return best


def pair(seed: int, bits: int, step: mpq) -> tuple[Network, Network]:
    """A network, and one with its last weights moved by up to ``step``; values tie and are 0 now and then."""
    rng = random.Random(seed)
    a = random_relu(seed, 2, [3], bits, outputs=3, denominator=2 ** rng.choice([0, 3, 60]))
    moved = []
    for node in a.nodes():
        sources = {s if s in a.inputs else f"b_{s}": w + rng.choice([-1, 0, 1]) * step for s, w in node.sources.items()}
        moved.append(Node(f"b_{node.id}", node.kind, sources, node.bias))
    return a, Network(a.inputs, moved, [f"b_{name}" for name in a.outputs])


def certificate(folder: Path, a: Network, b: Network, domain: Domain, question: str) -> Path:
    within = mpq(1, 3) if question == "within" else None
    made = certify_pair(a, b, domain, "equal" if question == "within" else question, within)
    write_certificate(str(folder / "c.json"), a, b, made, 0)
    return folder / "c.json"


def says(path: Path) -> tuple[str, str]:
    """What ``check`` and ``recheck`` say."""
    return check_certificate(str(path), **LIMITS).verdict, list(recheck.recheck(str(path)))[-1]


def refused(path: Path) -> bool:
    """Whether ``check`` and ``recheck`` both do not believe a certificate."""
    try:
        wrong = check_certificate(str(path), **LIMITS).verdict == "wrong"
    except ExactnetError:
        wrong = True
    with pytest.raises((recheck.Wrong, recheck.Unusable)):
        list(recheck.recheck(str(path)))
    return wrong


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pair")


@settings(max_examples=25)
@given(
    st.integers(0, 10**9),
    st.sampled_from([1, 4, 50, 90]),
    st.sampled_from([mpq(1), mpq(1, 3), mpq(1, 2**80), mpq(0)]),
    st.sampled_from(QUESTIONS),
)
def test_verdicts_are_those_of_the_definition(folder: Path, seed: int, bits: int, step: mpq, question: str) -> None:
    a, b = pair(seed, bits, step)
    rng = random.Random(seed)
    points = tuple(tuple(mpq(rng.randint(-9, 9), rng.choice([1, 3, 2**40])) for _ in range(2)) for _ in range(7))
    for domain in (Cube(2), Grid(1, 2), Points(points)):
        right = [holds(question, evaluate(a, x), evaluate(b, x), mpq(1, 3)) for x in domain]
        path = certificate(folder, a, b, domain, question)
        document = json.loads(path.read_text())
        verdict = "certified" if all(right) else "refuted"
        assert (document["verdict"], document["statement"]) == (verdict, NAMES[question])
        if not all(right):
            point = domain[right.index(False)]
            assert [mpq(document["counterexample"]["input"][name]) for name in a.inputs] == list(point)
        assert says(path) == (verdict, verdict)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_certificate_of_other_networks_is_refused(question: str, folder: Path) -> None:
    """What is true of a network and itself, said of two that break it: every number that can be is put right."""
    tried = 0
    ends = [constants(1, 0), constants(0, 1), constants(1, 1), constants(0, 0), constants(-1, -1)]
    pairs = [pair(seed, 3, mpq(1)) for seed in range(12)] + [(a, b) for a in ends for b in ends]
    for a, b in pairs:
        domain = Grid(1, len(a.inputs))
        path = certificate(folder, a, a, domain, question)
        if all(holds(question, evaluate(a, x), evaluate(b, x), mpq(1, 3)) for x in domain):
            continue
        honest = json.loads(path.read_text())
        assert honest["verdict"] == "certified"
        scratch = folder / "other.json"
        other = certify_pair(b, b, domain, "equal")
        write_certificate(str(scratch), b, b, other, 0)
        data = (folder / "other.constructed.json").read_bytes()
        (folder / "c.constructed.json").write_bytes(data)
        honest["constructed"] |= {"sha256": hashlib.sha256(data).hexdigest(), **measure(b, domain).as_json()}
        path.write_text(json.dumps(honest))
        assert refused(path)
        tried += 1
    assert tried >= 12


def edited(path: Path, edit: Callable[[Any], object]) -> Path:
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))
    return path


def put(*keys: str, value: Any) -> Callable[[Any], object]:
    def edit(document: Any) -> None:
        for key in keys[:-1]:
            document = document[key]
        document[keys[-1]] = value

    return edit


TAMPERED: dict[str, tuple[str, Callable[[Any], object]]] = {
    "a smaller tolerance": ("within", put("relation", "epsilon", value="1/4")),
    "a tolerance and its r": (
        "within",
        lambda c: (c["relation"].update(epsilon="1/9", r="9"), c["options"].update(epsilon="1/9"), c["parameters"].update(r="9")),
    ),
    "another tolerance in the options": ("within", put("options", "epsilon", value="1/4")),
    "no tolerance": ("within", lambda c: c["relation"].pop("epsilon")),
    "a class for a sign": ("class", put("statement", value="same sign")),
    "a class for equality": ("class", put("relation", "kind", value="equal")),
    "equality for a class": ("class", lambda c: c.update(statement="equal", relation={"kind": "equal", "r": "1"})),
    "signs for classes": ("class", lambda c: c.update(statement="same sign", relation={"kind": "sign", "r": "1"})),
    "S1": ("equal", put("statement", value="S1 exact")),
    "S7": ("within", put("statement", value="S7 within")),
    "a route": ("class", put("route", value="lookahead")),
    "options": ("class", put("options", value={"moduli": "proven"})),
    "a promise": ("equal", put("promised", value=True)),
    "a stated bound": ("class", put("stated", value={"weights": "2"})),
    "R": ("equal", put("parameters", "R", value="999")),
    "R of a class": ("class", put("parameters", "R", value="2")),
    "r of a class": ("class", lambda c: (c["relation"].update(r="2"), c["parameters"].update(r="2"))),
    "r of the parameters": ("sign", put("parameters", "r", value="2")),
    "a parameter": ("sign", put("parameters", "d", value="2")),
    "a definition": ("sign", put("definitions", value={"Q": "7"})),
    "a bound": (
        "equal",
        put("bounds", value=[{"name": "depth", "symbolic": "2", "value": "2", "measured": "2", "holds": True}]),
    ),
    "a refutation": ("class", put("verdict", value="refuted")),
    "a refutation with a reason": ("class", lambda c: c.update(verdict="refuted", reason="so")),
    "a made-up counterexample": (
        "class",
        lambda c: c.update(
            verdict="refuted",
            reason="the values differ at input 0 of the domain",
            outputs=None,
            counterexample={
                "input": {"x1": "-1", "x2": "-1"},
                "expected": {"y1": "0", "y2": "0", "y3": "0"},
                "got": {"y1": "0", "y2": "1", "y3": "0"},
                "node": None,
            },
        ),
    ),
    "inputs": ("sign", put("inputs_checked", value="8")),
    "the digest": ("class", put("outputs", "sha256", value="0" * 64)),
    "the width": ("class", put("outputs", "width", value=16)),
    "a measure": ("equal", put("constructed", "depth", value=1)),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_noticed(tmp_path: Path, name: str) -> None:
    question, edit = TAMPERED[name]
    a, b = pair(2, 3, mpq(1, 2**80) if question == "within" else mpq(0))
    path = certificate(tmp_path, a, b, Grid(1, 2), question)
    assert says(path) == ("certified", "certified")
    assert refused(edited(path, edit))


def test_another_interface_is_refused(tmp_path: Path) -> None:
    a, b = pair(2, 3, mpq(0))
    path = certificate(tmp_path, a, b, Cube(2), "class")
    shorter = Network(b.inputs, list(b.nodes()), b.outputs[:2])
    write_certificate(str(tmp_path / "s.json"), shorter, shorter, certify_pair(shorter, shorter, Cube(2), "class"), 0)
    data = (tmp_path / "s.constructed.json").read_bytes()
    (tmp_path / "c.constructed.json").write_bytes(data)
    sizes = {"sha256": hashlib.sha256(data).hexdigest(), **measure(shorter, Cube(2)).as_json()}
    assert refused(edited(path, lambda c: c["constructed"].update(sizes)))


def constants(*values: object) -> Network:
    names = [f"y{place}" for place in range(len(values))]
    return Network(["x"], [affine(name, {}, value) for name, value in zip(names, values, strict=True)], names)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("a", "b", "same_class", "same_sign"),
    [
        ((1, 1), (1, 0), True, False),  # a tie goes to the first
        ((1, 1), (0, 1), False, False),
        ((0, 0), (0, 0), True, True),
        ((0, 1), (mpq(1, 2**200), 1), True, False),  # 0 is a sign of its own
        ((mpq(1, 3), mpq(1, 2)), (mpq(1, 2**70), mpq(1, 2**69)), True, True),  # of other denominators
        ((2**80, 2**80 + 1), (mpq(-1, 3), mpq(-1, 4)), True, False),
        ((2**80 + 1, 2**80), (mpq(-1, 3), mpq(-1, 4)), False, False),
    ],
)
def test_ties_and_zeros(a: tuple[Any, ...], b: tuple[Any, ...], same_class: bool, same_sign: bool) -> None:
    for question, same in (("class", same_class), ("sign", same_sign)):
        found = certify_pair(constants(*a), constants(*b), Cube(1), question)  # type: ignore[arg-type]
        assert (found.verdict == "certified") == same
        job = CheckJob(constants(*a), constants(*b), Cube(1), RELATIONS[question](1), None)
        assert compare_networks(job, True, silent, HERE)[0].differing == (0 if same else 2)


def test_the_digest_is_of_the_answers() -> None:
    """The places of the largest outputs, and the signs, of 8 bytes each."""
    b = constants(-1, 3, 0)
    for question, row in (("class", [1]), ("sign", [-1, 1, 0])):
        data = b"".join(value.to_bytes(8, "little", signed=True) for value in row) * 2
        found = certify_pair(b, b, Cube(1), question)  # type: ignore[arg-type]
        assert found.digest == hashlib.sha256(hashlib.sha256(data).digest()).hexdigest()


def test_circuits_and_networks_go_together() -> None:
    gate = Network(["x"], [threshold("g", {"x": 1}, "-1/2")], ["g"])
    line = Network(["x"], [affine("y", {"x": 1})], ["y"])
    assert certify_pair(gate, line, Cube(1), "equal").verdict == "certified"
    assert certify_pair(gate, line, Grid(1, 1), "sign").verdict == "refuted"
    with pytest.raises(NetworkError, match="there is one"):
        certify_pair(gate, line, Cube(1), "class")


def test_the_command_line(tmp_path: Path) -> None:
    files = [str(tmp_path / name) for name in ("a.json", "b.json")]
    for file, net in zip(files, pair(0, 3, mpq(1, 2**20)), strict=True):
        ex.write(file, net, Grid(1, 2))
    out = str(tmp_path / "c.json")
    near, far = ["--within", "1/9"], ["--within", "1/10000000000"]
    for question, status in ((near, 0), (far, 1), (["--argmax"], 0), (["--sign"], 0), ([], 1)):
        assert run("compare", *files, *question, "-o", out, "-q")[0] == status
        assert run("check", out, "-q")[:2] == (status, "refuted\n" if status else "certified\n")
        assert list(recheck.recheck(out))[-1] == ("refuted" if status else "certified")
    shown = run("compare", *files, "--argmax", "-o", out)[1]
    assert "c.json" in shown
    assert "|N(x)| <=" not in run("check", out)[1]
    # what would be overwritten
    net = str(tmp_path / "d.original.json")
    ex.write(net, pair(5, 3, mpq(0))[0], Grid(1, 2))
    for arguments in ((files[0], net), (net, files[0])):
        code, _, error = run("compare", *arguments, "--argmax", "-o", str(tmp_path / "d.json"))
        assert (code, error.count("\n")) == (2, 1)
        assert "would overwrite" in error


def test_a_certificate_is_written_over_an_old_one_beside_a_new_network(tmp_path: Path) -> None:
    path = str(tmp_path / "c.json")
    for out in ("first.json", "second.json"):
        files = ("-o", str(tmp_path / out), "--certificate", path)
        assert run("quantise", "iris", "--domain", "cube", "--within", "1", *files)[0] == 0
    assert run("check", path, "-q")[:2] == (0, "certified\n")


def test_quantise_writes_the_certificate_of_its_promise(tmp_path: Path) -> None:
    out, path = str(tmp_path / "q.json"), str(tmp_path / "c.json")
    for promise, statement in ((["--within", "1/7"], "within"), (["--argmax"], "same class")):
        assert run("quantise", "iris", "--domain", "cube", *promise, "-o", out, "--certificate", path, "-q")[0] == 0
        assert json.loads(Path(path).read_text())["statement"] == statement
        assert says(Path(path)) == ("certified", "certified")
    both = ["--within", "1/7", "--argmax"]
    for way in (["--step", "1/8"], ["--bits", "5"], both):
        code, _, error = run("quantise", "iris", "--domain", "cube", *way, "-o", out, "--certificate", path)
        assert (code, error.count("\n")) == (2, 1)
        assert "one promise" in error
    clash = str(tmp_path / "e.original.json")
    other = str(tmp_path / "e.json")
    code, _, error = run("quantise", "iris", "--within", "1/7", "--domain", "cube", "-o", clash, "--certificate", other)
    assert code == 2
    assert "would overwrite the rounded network" in error
    assert not Path(clash).exists()
