"""The verified checker takes the structural proofs of the package, of every route and form, and refuses what is wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

import exactnet as ex
from exactnet.certify.structural.proving import StructuralProof, certify_structural
from exactnet.families import FAMILIES
from exactnet.kernel.domain import Cube
from exactnet.recheck.domain import Domain
from exactnet.recheck.network import read_net
from exactnet.recheck.told import export_proof
from exactnet.structural.kernel import Kernel, Refused
from proofs.rocq.export import SOURCES
from tests.structural.instances import KINDS, PROVED, random_circuit, random_proof
from tests.structural.mutation import holds, mutants, values
from tests.structural.test_classical import COUNTED, proof_of


def answer(proof: StructuralProof, program: Path) -> str:
    original, constructed = read_net(proof.original, "original"), read_net(proof.constructed, "constructed")
    domain = Domain(proof.domain, len(original.inputs))
    path = program.parent / "proof.txt"
    path.write_text(export_proof(original, constructed, domain, proof.statement, [*proof.lines, ["goals", proof.goals]]))
    done = subprocess.run([program, path], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout.strip()


def accepts(proof: StructuralProof) -> bool:
    kernel = Kernel(json.loads(proof.original), json.loads(proof.constructed), proof.domain, proof.statement)
    try:
        for line in proof.lines:
            kernel.apply(line)
        kernel.conclude(proof.goals)
    except Refused:
        return False
    return True


@pytest.mark.parametrize(("kind", "route"), PROVED)
def test_proofs_of_every_kind_are_taken(program: Path, kind: str, route: str) -> None:
    for seed in range(3):
        assert answer(random_proof(kind, route, seed), program) == "proof holds"


def counting(route: str, bits: int) -> StructuralProof:
    """A proof in which events are counted: of a circuit; or, of ``pairs``, of events that are worth more than 1."""
    if route != "pairs":
        return certify_structural(random_circuit(Random(1), 4, [1, 1], bits), Cube(4), "circuit", route=route)
    pairs = FAMILIES["clipped"].make(d=4, m=2, bits=bits, seed=3)
    return certify_structural(pairs.network, pairs.domain, "exact", route="stacked")


@pytest.mark.parametrize(("route", "bits"), [("residue", 24), ("residue", 32), ("stacked", 14), ("stacked", 24), ("pairs", 15)])
def test_counted_events_are_those_that_the_kernel_counts(program: Path, route: str, bits: int) -> None:
    """And with another window, or events worth more or less: wherever the kernel refuses, the program does."""
    proof, refused = counting(route, bits), 0
    assert answer(proof, program) == "proof holds"
    place = next(i for i, line in enumerate(proof.lines) if '"count"' in json.dumps(line))
    for first, last, more in ((1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1), (0, 0, -9)):
        lines = json.loads(json.dumps(proof.lines))
        for line in counts(lines[place : place + 1]):
            line[3:] = [line[3] + first, line[4] + last, line[5], (line[6] if len(line) > 6 else 1) + more]
        changed = replace(proof, lines=lines)
        assert (answer(changed, program) == "proof holds") == accepts(changed)
        refused += not accepts(changed)
    assert refused > 0


def counts(lines: list[list[Any]]) -> Iterator[list[Any]]:
    """The lines that count, also those of cases."""
    for line in lines:
        if line[0] == "count":
            yield line
        elif line[0] == "cases":
            yield from counts(line[2])
            yield from counts(line[3])


@pytest.mark.parametrize(("name", "kind", "sizes"), [*COUNTED, ("comparison", "shallow", {"n": 20})], ids=str)
def test_proofs_of_classical_circuits_are_taken(program: Path, name: str, kind: str, sizes: dict[str, int]) -> None:
    """The last counts with 188 569 intervals at once."""
    assert answer(proof_of(name, kind, sizes), program) == "proof holds"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_taken_of_mutants_is_true_and_what_the_kernel_takes_is_taken(program: Path, kind: str) -> None:
    rnd, refused = Random(1), 0
    for seed in range(2):
        proof = random_proof(kind, rnd.choice([route for one, route in PROVED if one == kind]), seed)
        original = values(proof.original, proof.domain)
        some = list(mutants(proof.constructed))
        for data in rnd.sample(some, min(12, len(some))):
            mutant = replace(proof, constructed=data)
            taken = answer(mutant, program) == "proof holds"
            assert taken or not accepts(mutant)
            assert not taken or holds(original, values(data, proof.domain), proof.statement)
            refused += not taken
    assert refused > 0


def test_changed_proofs_are_refused_with_their_place(program: Path) -> None:
    proof = random_proof("pairs", "lookahead", 0)
    number, line = next((i, line) for i, line in enumerate(proof.lines) if line[0] == "steps")
    changed = replace(proof, lines=[*proof.lines[:number], ["steps", line[1], [0, -1], *line[3:]], *proof.lines[number + 1 :]])
    assert answer(changed, program) == f"proof fails line {number + 2}"
    for goals in (proof.goals * 2, []):
        assert answer(replace(proof, goals=goals), program) == "proof fails the goals"
    assert answer(replace(proof, lines=proof.lines[:-1]), program).startswith("proof fails")
    assert answer(replace(proof, domain={"kind": "grid", "p": 1}), program).startswith("proof fails")
    for statement in ({"kind": "clip", "r": 1, "R": 1}, {"kind": "equal", "R": 1}):
        assert answer(replace(proof, statement=statement), program).startswith("proof fails")


def test_recheck_confirms_a_proof_about_more_inputs_than_can_be_tried(program: Path, tmp_path: Path) -> None:
    rnd = Random(1)
    weights = {f"x{i}": rnd.choice([-1, 1]) * rnd.randrange(2**63, 2**64) for i in range(300)}
    net = ex.Network(list(weights), [ex.threshold("y", weights, -sum(weights.values()) // 2)], ["y"])
    ex.write(str(tmp_path / "gate.json"), net, ex.Cube(300))
    here = {**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    run = [sys.executable, "-m", "exactnet"]
    subprocess.run([*run, "certify", tmp_path / "gate.json", "--structural", "-o", tmp_path / "c.json", "--quiet"], check=True)
    recheck = [*run, "recheck", str(tmp_path / "c.json"), "--verified"]
    done = subprocess.run(recheck, capture_output=True, text=True, env=here, check=False)
    assert done.returncode == 0, done.stderr
    proved, holds, rest = done.stdout.splitlines()[2:5]
    assert f"...\n{proved}\n{holds}\n{rest}\n...\ncertified\n" in (SOURCES / "README.md").read_text()
    assert done.stdout.endswith("\ncertified\n")


def test_bad_proofs_end_in_one_line(program: Path, tmp_path: Path) -> None:
    proof = random_proof("circuit", "lookahead", 0)
    answer(proof, program)
    text = (program.parent / "proof.txt").read_text()
    for wrong in (
        text[: len(text) // 2],
        text.replace("proof/1", "proof/2"),
        text.replace("statement same", "statement some"),
        re.sub(r"\nsum 1 ", "\nsum 0 ", text),
        text.replace("\nrange ", "\nranges "),
    ):
        assert wrong != text
        path = tmp_path / "proof.txt"
        path.write_text(wrong)
        done = subprocess.run([program, path], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert not done.stdout
