"""The verified checker agrees with the package: on values, on measures, on certificates, and on mutants."""

from __future__ import annotations

import re
import subprocess
from itertools import islice, pairwise
from pathlib import Path
from random import Random

import pytest
from gmpy2 import mpq

from exactnet.certify.small_weights import Request, certify_network
from exactnet.families import FAMILIES
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, affine, relu, threshold
from exactnet.kernel.relation import Clip, Equal, Floor, Relation, Within
from proofs.rocq.export import as_coq, as_text, coq_theorem, recheck
from tests.helpers import random_circuit, random_relu
from tests.mutants import mutants

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


@pytest.mark.parametrize("name", CASES)
def test_certified_networks_are_accepted_with_their_measures(program: Path, name: str) -> None:
    request, relation = CASES[name]
    constructed = certify_network(request).constructed
    report = recheck(request.net, constructed, request.domain, relation, program)
    assert report.accepted
    assert report.counterexample is None
    measured = measure(constructed)
    assert (report.depth, report.max_weight, report.max_bias) == (
        measured.depth,
        measured.max_weight,
        measured.max_bias,
    )


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
        report = recheck(request.net, mutant, request.domain, relation, program)
        assert (report.relation == "holds") == agrees(request.net, mutant, request.domain, relation), what
        if report.counterexample is not None:
            refused += 1
            x = report.counterexample
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
    assert recheck(net, table, domain, Clip(3, 2), program).accepted
    assert recheck(net, table, domain, Clip(3, 1), program).relation == "fails"
    assert recheck(net, table, domain, Equal(1), program).relation == "fails"


def test_the_measures_are_those_of_the_expansion(program: Path) -> None:
    nodes = [
        affine("a", {"x": 1000}),
        affine("b", {"a": 1000}, 5),
        relu("h", {"b": 1}),
        affine("y", {"h": -3, "b": 2}, "1/2"),
    ]
    net = Network(["x"], nodes, ["y", "h"])
    report = recheck(net, net, Cube(1), Equal(1), program)
    measured = measure(net)
    assert report.accepted
    assert (report.depth, report.max_weight, report.max_bias) == (
        measured.depth,
        measured.max_weight,
        measured.max_bias,
    )


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


def test_bad_questions_end_in_one_line(program: Path, tmp_path: Path) -> None:
    net = Network(["x"], [relu("h", {"x": 1})], ["h"])
    with pytest.raises(ValueError, match="not within"):
        as_text(net, net, Cube(1), Within(1, mpq(1, 2)))
    with pytest.raises(ValueError, match="1 and 2 inputs"):
        as_text(net, Network(["x", "z"], [], ["x"]), Cube(1), Equal(1))
    text = as_text(net, net, Cube(1), Equal(1))
    path = tmp_path / "export.txt"
    for wrong in (
        text[: len(text) // 2],
        text.replace("cube", "ball"),
        text.replace("relu 1", "relu 0"),
        text.replace("inputs 1", "inputs x"),
    ):
        path.write_text(wrong)
        done = subprocess.run([program, path], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert not done.stdout or wrong is text
