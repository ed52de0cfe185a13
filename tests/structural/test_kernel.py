"""The kernel of structural certificates: what it accepts is true; it agrees with a second kernel; wrong and bad
proofs are refused.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import deque
from dataclasses import replace
from typing import Any

import pytest

from exactnet.certify.structural.proving import StructuralProof, certify_structural
from exactnet.families import FAMILIES
from exactnet.kernel.domain import Cube
from exactnet.structural import checking, kernel
from exactnet.structural.checking import check
from exactnet.structural.kernel import Kernel, Refused, Unusable
from tests.structural.fuzz import audit, changed
from tests.structural.instances import KINDS, random_circuit, random_proof
from tests.structural.mutation import mutate
from tests.structural.second import Second, second_check


@pytest.mark.parametrize("kind", KINDS)
def test_facts_are_true_on_every_input(kind: str) -> None:
    for seed in range(3):
        facts, accepted, refused = audit(
            random_proof(kind, ("lookahead", "compact")[seed % 2], seed), random.Random(seed), 25
        )
        assert facts
        assert accepted
        assert refused


#: Small instances with events that are counted, by route, seed and bits.
COUNTED = [("residue", 1, 28), ("residue", 2, 36), ("stacked", 1, 14), ("stacked", 17, 14)]


@pytest.mark.parametrize(("route", "seed", "bits"), COUNTED)
def test_counted_events_are_those_of_a_second_kernel_and_true(route: str, seed: int, bits: int) -> None:
    net = random_circuit(random.Random(seed), 4, [1, 1], bits)
    proof = certify_structural(net, Cube(4), "circuit", route=route)
    assert any('"count"' in json.dumps(line) for line in proof.lines)
    second_agrees(proof)
    facts, accepted, refused = audit(proof, random.Random(seed), 25)
    assert facts
    assert accepted
    assert refused
    assert mutate(proof, 40)["refused, different"]


def test_events_joined_with_residues_are_true_on_every_input() -> None:
    made = FAMILIES["clipped"].make(d=4, m=2, bits=15, seed=3)
    proof = certify_structural(made.network, made.domain, "exact", route="stacked")
    assert any('"count"' in json.dumps(line) for line in proof.lines)
    facts, accepted, refused = audit(proof, random.Random(4), 4)
    assert facts
    assert accepted
    assert refused


def second_agrees(proof: StructuralProof) -> None:
    """Both kernels find the same facts and the same bounds."""
    original, constructed = json.loads(proof.original), json.loads(proof.constructed)
    second = second_check(original, constructed, proof.domain, proof.statement, proof.lines, proof.goals)
    first = Kernel(original, constructed, proof.domain, proof.statement)
    for line in proof.lines:
        first.apply(line)
    first.conclude(proof.goals)
    assert [fact for fact in second.facts if fact] == [first.facts[i] for i in sorted(first.facts)]
    assert all(second.range[v] == [first.low.get(v), first.high.get(v)] for v in range(len(first.names)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_kernel_finds_the_same_facts(kind: str) -> None:
    for seed in range(10, 13):
        second_agrees(random_proof(kind, ("compact", "lookahead")[seed % 2], seed))


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_kernel_accepts_what_the_first_accepts(kind: str) -> None:
    rnd = random.Random(kind)
    proof = random_proof(kind, "lookahead", 21)
    original, constructed = json.loads(proof.original), json.loads(proof.constructed)
    accepted = 0
    picked = set(rnd.sample(range(len(proof.lines)), min(12, len(proof.lines))))
    for place in picked:
        line = changed(rnd, proof.lines[place], 60)
        first, second = (make(original, constructed, proof.domain, proof.statement) for make in (Kernel, Second))
        for before in proof.lines[:place]:
            first.apply(before)
            second.line(*before)
        count = first.count
        try:
            first.apply(line)
        except (Refused, Unusable):
            continue
        accepted += 1
        second.line(*line)
        assert [fact for fact in second.facts[count:] if fact] == [first.facts[i] for i in range(count, first.count)]
    assert accepted < len(picked)


@pytest.mark.parametrize("kind", KINDS)
def test_mutants(kind: str) -> None:
    result = mutate(random_proof(kind, "lookahead", 5), 40)
    assert result["refused, different"]


def small() -> StructuralProof:
    """A proof with few lines."""
    return random_proof("circuit", "lookahead", 0)


def test_a_proof_for_other_networks_is_refused() -> None:
    proof, other = small(), random_proof("circuit", "lookahead", 1)
    with pytest.raises(Refused, match="about another constructed network"):
        check(proof.original, other.constructed, proof.dump())


def damaged(proof: StructuralProof) -> list[tuple[str, bytes, type[Exception], str]]:
    """Proofs that are none, with the error and what it says."""
    good = gzip.decompress(proof.dump()).splitlines(keepends=True)
    huge = b'["sum",[-1,' + b"7" * 30_000 + b"]]\n"
    growing = [b'["define","name",[1,1]]\n', b'["bound",[[">",1],1]]\n', b'["sum",[["<",1],1]]\n']
    square = b'["sum",[-1,' + b"9" * 19_000 + b"]]\n"
    return [
        ("truncated", b"".join(good[:-1]), Unusable, "breaks off"),
        ("cut in a line", b"".join(good)[:-3], Unusable, "breaks off"),
        ("cut while packed", gzip.compress(b"".join(good))[:-20], Unusable, "damaged"),
        ("empty", b"", Unusable, "not readable"),
        ("no JSON", b"\xff\xfe\n", Unusable, "not readable"),
        ("another format", good[0].replace(b"structural/1", b"structural/9"), Unusable, "not in the format"),
        ("unknown rule", good[0] + b'["believe",[1]]\n', Unusable, "line 2: there is no rule believe"),
        ("a method that is no rule", good[0] + b'["__init__"]\n', Unusable, "line 2: there is no rule __init__"),
        ("no list", good[0] + b"17\n", Unusable, "line 2: not a list"),
        ("a million digits", good[0] + huge, Unusable, "line 2: not readable"),
        ("numbers that grow", good[0] + b"".join(growing) + square * 20, Refused, "too large a number"),
        ("nested without end", good[0] + b"[" * 200_000 + b"]" * 200_000 + b"\n", Unusable, "line 2: not readable"),
        ("cases within cases", good[0] + nested(200), Refused, "not too deep"),
        ("a float", good[0] + b'["sum",[["<",1],1.5]]\n', Unusable, "not readable"),
        ("a key twice", b'{"format":1,"format":2}\n', Unusable, "a key occurs twice"),
        ("a fact that is none", good[0] + b'["sum",[-1,1]]\n', Refused, "line 2: there is no fact -1"),
        (
            "goals that are none",
            b"".join(good[:-1]) + json.dumps(["goals", [["<", 1]] * len(proof.goals)]).encode() + b"\n",
            Refused,
            "equality is not proved",
        ),
        ("something after the end", b"".join(good) + good[-1], Unusable, "something follows"),
    ]


def nested(depth: int) -> bytes:
    """Cases within cases."""
    line: list[Any] = ["sum", [["<", 1], 1]]
    for _ in range(depth):
        line = ["cases", [1, 1], [line], [["sum", [["<", 1], 1]]]]
    return json.dumps(line).encode() + b"\n"


@pytest.mark.parametrize("place", range(18))
def test_bad_proofs(place: int) -> None:
    proof = small()
    _, data, error, text = damaged(proof)[place]
    with pytest.raises(error, match=text) as caught:
        check(proof.original, proof.constructed, data)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    proof = random_proof("circuit", "lookahead", 7)
    monkeypatch.setattr(kernel, "MAX_TERMS", 50)
    with pytest.raises(Refused, match="more memory than allowed"):
        check(proof.original, proof.constructed, proof.dump())


@pytest.mark.parametrize("kind", ["facts of many digits", "definitions", "bounds of many digits"])
def test_memory_is_bounded_whatever_is_kept(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "MAX_TERMS", 20_000)
    proof = small()
    state = Kernel(json.loads(proof.original), json.loads(proof.constructed), proof.domain, proof.statement)
    state.apply(["define", "name", [1, 10**19_000]])
    state.apply(["range", len(state.names) - 1])
    first = len(state.names) - 1
    lines = {
        "facts of many digits": (["sum", [["=", first], 1]] for _ in range(2000)),
        "definitions": (["define", "name", [0, 1]] for _ in range(5000)),
        "bounds of many digits": (
            line for v in range(first, first + 2000) for line in (["define", "name", [v, 1]], ["range", v + 1])
        ),
    }[kind]
    with pytest.raises(Refused, match="more memory than allowed"):
        deque(map(state.apply, lines), 0)


def test_long_ranges_are_bounded() -> None:
    proof = small()
    state = Kernel(json.loads(proof.original), json.loads(proof.constructed), proof.domain, proof.statement)
    state.apply(["define", "name", [1, 1 << 80]])
    f = len(state.names) - 1
    state.apply(["range", f])
    state.apply(["define", "floor", [f, 1], 7])
    state.open_case({0: 5, f: -1, f + 1: 7})
    with pytest.raises(Refused, match="too many residues"):
        state.apply(["residue", f, 1, [0, 1], 7, [f + 1, 1], -3, -1])


def test_assumptions_do_not_leak() -> None:
    proof = small()
    state = Kernel(json.loads(proof.original), json.loads(proof.constructed), proof.domain, proof.statement)
    bound = ["bound", [-1, 1]]
    with pytest.raises(Refused, match="outside cases"):
        state.apply(["cases", [1, 1, 0, -1], [bound], [bound]])


def test_statement_is_that_of_the_header() -> None:
    proof = small()
    other = replace(proof, statement={"kind": "equal if", "r": 1, "R": 1})
    with pytest.raises((Refused, Unusable)):
        check(proof.original, proof.constructed, other.dump())
    header = check(proof.original, proof.constructed, proof.dump())
    assert kernel.theorem(header["domain"], header["statement"]) == "for every x in {0,1}^d: N'(x) = N(x)"


def test_the_program(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    proof = small()
    paths = [str(tmp_path / name) for name in ("a.json", "b.json", "proof.gz")]
    for path, data in zip(paths, (proof.original, proof.constructed, proof.dump()), strict=True):
        with open(path, "wb") as file:
            file.write(data)
    assert checking.main(paths) == 0
    assert capsys.readouterr().out == "proved for every x in {0,1}^d: N'(x) = N(x)\n"
    assert checking.main([paths[1], paths[0], paths[2]]) == 1
    assert checking.main(paths[:2]) == 2
    assert checking.main([*paths[:2], "nowhere"]) == 2
