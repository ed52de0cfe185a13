"""The verified checker agrees with the package: on values, on measures, on certificates, and on mutants."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import islice, pairwise
from pathlib import Path
from random import Random

import pytest
from gmpy2 import mpq

import exactnet as ex
from exactnet import recheck
from exactnet.certify.small_weights import Request, certify_network
from exactnet.families import FAMILIES
from exactnet.files.document import domain_fields
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, affine, relu, threshold
from exactnet.kernel.relation import Clip, Equal, Floor, Relation
from exactnet.recheck.verified import Answer, ask, export
from proofs.rocq.export import SOURCES, as_coq, coq_theorem
from tests.helpers import random_circuit, random_relu
from tests.mutants import mutants
from tests.rechecking import read

POINTS = Points(tuple((mpq(a, 2), mpq(b, 2)) for a, b in ((-4, 4), (0, 0), (3, -1))))
CASES: dict[str, tuple[Request, Relation]] = {
    "cube, exact": (Request(FAMILIES["clipped"].make(d=4, m=2, bits=20, seed=1).network, Cube(4)), Equal(1)),
    "grid, rounded, two outputs": (
        Request(random_relu(3, 2, [2], 6, outputs=2, denominator=2**6), Grid(2, 2), precision=10),
        Floor(10),
    ),
    "points, rounded": (Request(random_relu(4, 2, [1], 6, denominator=2**6), POINTS, precision=4), Floor(4)),
    "circuit": (Request(random_circuit(2, 3, [2, 2], 20), Cube(3)), Equal(1)),
}


def as_text(original: Network, constructed: Network, domain: Domain, relation: Relation) -> str:
    words = [str(getattr(relation, name)) for name in ("r", "limit") if hasattr(relation, name)]
    kind = "exact" if isinstance(relation, Equal) else relation.kind
    where = recheck.domain.Domain(domain_fields(domain), len(original.inputs))
    return export(read(original), read(constructed), where, " ".join([kind, *words]))


def answer_of(original: Network, constructed: Network, domain: Domain, relation: Relation, program: Path) -> Answer:
    return ask(str(program), as_text(original, constructed, domain, relation), int(domain.p))


def accepted(answer: Answer) -> bool:
    return answer.relation == answer.expansion == "holds"


def confirms(net: Network, answer: Answer) -> bool:
    measured = measure(net)
    return answer.measures == {name: getattr(measured, name) for name in ("depth", "max_weight", "max_bias")}


@pytest.mark.parametrize("name", CASES)
def test_certified_networks_are_accepted_with_their_measures(program: Path, name: str) -> None:
    request, relation = CASES[name]
    constructed = certify_network(request).constructed
    answer = answer_of(request.net, constructed, request.domain, relation, program)
    assert accepted(answer)
    assert not answer.counterexample
    assert confirms(constructed, answer)


def agrees(net: Network, changed: Network, domain: Domain, relation: Relation) -> bool:
    return all(relation.allows(value, got) for x in domain for value, got in zip(net(x), changed(x), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_mutants_are_refused_exactly_where_the_package_sees_a_difference(program: Path, name: str) -> None:
    request, relation = CASES[name]
    constructed = certify_network(request).constructed
    some = list(islice(mutants(constructed), 400))
    Random(1).shuffle(some)
    refused = 0
    for what, mutant in some[:40]:
        answer = answer_of(request.net, mutant, request.domain, relation, program)
        assert (answer.relation == "holds") == agrees(request.net, mutant, request.domain, relation), what
        if answer.counterexample:
            refused += 1
            x = [mpq(v) for v in answer.counterexample]
            assert not all(relation.allows(a, b) for a, b in zip(request.net(x), mutant(x), strict=True)), what
    assert refused > 0


def test_clip(program: Path) -> None:
    net = Network(["x"], [affine("y", {"x": "7/2"}, "-1/3")], ["y"])
    domain = Grid(2, 1)
    values = [Clip(3, 2).expected(net(x)[0]) for x in domain]
    # The table of values as a sum of steps.
    gates = [threshold(f"g{i}", {"x": 2}, -2 * x[0]) for i, x in enumerate(domain) if i]
    jumps = {f"g{i}": b - a for i, (a, b) in enumerate(pairwise(values), 1)}
    table = Network(["x"], [*gates, affine("y", jumps, values[0])], ["y"])
    assert accepted(answer_of(net, table, domain, Clip(3, 2), program))
    assert answer_of(net, table, domain, Clip(3, 1), program).relation == "fails"
    assert answer_of(net, table, domain, Equal(1), program).relation == "fails"
    assert answer_of(net, net, domain, Equal(12), program).relation == "holds"
    assert answer_of(net, net, domain, Equal(6), program).relation == "fails"  # equal, but no multiples of 1/6


def test_the_measures_are_those_of_the_expansion(program: Path) -> None:
    nodes = [
        affine("a", {"x": 1000}),
        affine("b", {"a": 1000}, 5),
        relu("h", {"b": 1}),
        affine("y", {"h": -3, "b": 2}, "1/2"),
    ]
    net = Network(["x"], nodes, ["y", "h"])
    answer = answer_of(net, net, Cube(1), Equal(2), program)
    assert accepted(answer)
    assert confirms(net, answer)


@pytest.mark.parametrize("name", CASES)
def test_the_definitions_in_coq_have_the_values_of_the_package(program: Path, name: str) -> None:
    request, _ = CASES[name]
    net = request.net if name == "circuit" else certify_network(request).constructed
    for part in (request.net, net):
        points = list(islice(request.domain, 5))
        shown = "; ".join("[" + "; ".join(f"({v.numerator} # {v.denominator})%Q" for v in x) + "]" for x in points)
        source = program.parent / "Sample.v"
        source.write_text(
            "From Coq Require Import ZArith QArith NArith List.\nFrom Exactnet Require Import Checker.\n"
            "Import ListNotations.\nOpen Scope Z_scope.\n"
            f"{as_coq('net', part)}\n"
            f"Compute map (fun x => map (fun v => let r := Qred v in (Qnum r, Zpos (Qden r))) (value net x)) [{shown}].\n"
        )
        done = subprocess.run(
            ["coqc", "-q", "-Q", ".", "Exactnet", source.name],
            cwd=program.parent,
            capture_output=True,
            text=True,
            check=True,
        )
        numbers = [int(word) for word in re.findall(r"-?\d+", done.stdout.split(":")[0])]
        values = [(v.numerator, v.denominator) for x in points for v in part(x)]
        assert list(zip(numbers[::2], numbers[1::2], strict=True)) == values


def test_a_pair_as_a_theorem(program: Path) -> None:
    request, relation = CASES["cube, exact"]
    constructed = certify_network(request).constructed
    source = program.parent / "Pair.v"
    compile_it = ["coqc", "-q", "-Q", ".", "Exactnet", source.name]
    source.write_text(
        coq_theorem(request.net, constructed, request.domain, relation) + "Print Assumptions certified.\n"
    )
    done = subprocess.run(compile_it, cwd=program.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "Closed under the global context"
    wrong = next(m for _, m in mutants(constructed) if not agrees(request.net, m, request.domain, relation))
    source.write_text(coq_theorem(request.net, wrong, request.domain, relation))
    assert subprocess.run(compile_it, cwd=program.parent, capture_output=True, check=False).returncode != 0


def test_recheck_takes_the_digits_in_under_a_minute_and_says_what_the_readme_shows(program: Path, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    ex.certify(ex.read("digits")).save(path)
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "exactnet", "recheck", path, "--verified"],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"},
        check=False,
    )
    after = os.times()
    assert done.returncode == 0, done.stderr
    *_, holds, equals, rest, _, verdict = done.stdout.splitlines()
    assert f"...\n{holds}\n{equals}\n{rest}\n...\n{verdict}\n" in (SOURCES / "README.md").read_text()
    assert after.children_user - before.children_user < 60


def test_bad_questions_end_in_one_line(program: Path, tmp_path: Path) -> None:
    net = Network(["x"], [relu("h", {"x": 1})], ["h"])
    text = as_text(net, net, Cube(1), Equal(1))
    path = tmp_path / "export.txt"
    for wrong in (
        text[: len(text) // 2],
        text.replace("cube", "ball"),
        text.replace("relu 1", "relu 0"),
        text.replace("inputs 1", "inputs x"),
        text.replace("exact 1", "exact 0"),
    ):
        path.write_text(wrong)
        done = subprocess.run([program, path], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert not done.stdout or wrong is text
