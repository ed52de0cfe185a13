"""What made a checker certify a false statement: limbs by the ten thousand. And an evaluator that lies is found out."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from gmpy2 import mpq

from exactnet.check.claim import make_claim
from exactnet.claims.statements import STATEMENTS
from exactnet.cli.program import program
from exactnet.engine.block import compile_network
from exactnet.files.certificate_writer import write_certificate
from exactnet.kernel.domain import Cube, Domain
from exactnet.kernel.judge import judge
from exactnet.kernel.network import Network, Node, affine, relu
from exactnet.kernel.relation import Equal
from exactnet.kernel.runs import Runner
from exactnet.kernel.values import Block, MakeEvaluator, PlainEvaluator, evaluate

CASES = Path(__file__).parents[2].parent / "shared" / "cases" / "faults"


def overflowing(bits: int, links: int) -> Network:
    """``[A*h + u - A^2]+`` for ``A = 2^(bits*links) - 1``, which is 1 at the input 12 = (1, 1, 0, 0), where ``h = A``, else 0."""
    nodes: list[Node] = []

    def times(source: str) -> dict[str, int]:
        """A form that is ``A`` times a node."""
        last = source
        for _ in range(links):
            nodes.append(relu(f"n{len(nodes)}", {last: 2**bits}))
            last = nodes[-1].id
        return {last: 1, source: -1}

    nodes += [
        relu("t", {"a": 1, "b": 1, "c": -1, "e": -1}, -1),
        relu("u", {"a": 1, "b": 2, "c": -1, "e": -1}, -2),
        relu("one", {}, 1),
    ]
    nodes.append(relu("h", {**times("t"), "u": 1}, -1))
    nodes.append(relu("A", times("one")))
    nodes.append(relu("AA", times("A")))
    nodes.append(relu("y", {**times("h"), "u": 1, "AA": -1}))
    return Network(["a", "b", "c", "e"], nodes, ["y"])


@pytest.mark.parametrize("make", [PlainEvaluator, compile_network])
@pytest.mark.parametrize(("bits", "links"), [(24, 1), (24 * 100, 2), (24 * 4000, 1), (24 * 4096, 1), (66300, 3), (66300, 12)])
def test_products_of_many_limbs(make: MakeEvaluator, bits: int, links: int) -> None:
    """The last has more than 2^15 limbs on both sides of a product."""
    block = make(overflowing(bits, links), Cube(4)).block(0, 16)
    assert block.split(0, 1)[0].tolist() == [0] * 12 + [1, 0, 0, 0]


class Lying:
    """An evaluator for which everything is 0."""

    at_once = 16

    def __init__(self, net: Network, domain: Domain) -> None:
        self.outputs = len(net.outputs)

    def block(self, start: int, stop: int) -> Block:
        return Block(stop - start, ((np.zeros(stop - start, np.int8), mpq(1)),) * self.outputs)


def test_a_certificate_by_an_evaluator_that_lies(tmp_path: Path) -> None:
    """Made as if sums had overflowed: wrong by ``check``, with and without the engine, and by ``recheck``."""
    net = overflowing(66300, 12)
    zero = Network(["a", "b", "c", "e"], [affine("y", {})], ["y"])
    assert evaluate(net, Cube(4)[12]) == (1,)
    options = {"inputs": "integers", "moduli": "searched"}
    claim = make_claim(net, Cube(4), STATEMENTS["S1 exact"], "stacked", options, Equal(1), 1)
    certificate = judge(net, zero, claim, runner=Runner(evaluator=Lying))
    assert certificate.verdict == "certified"
    path = tmp_path / "c.json"
    write_certificate(str(path), net, zero, certificate, 0.0)
    refused(path)


def refused(path: Path) -> None:
    """``check`` and ``recheck`` do not certify."""
    for more in ([], ["--fast"]):
        assert CliRunner().invoke(program, ["check", str(path), "-q", *more]).exit_code in (1, 2)
    done = subprocess.run([sys.executable, "-m", "exactnet.recheck", str(path)], check=False, capture_output=True, timeout=120)
    assert done.returncode in (1, 2)


@pytest.mark.skipif(not CASES.exists(), reason="needs the shared cases")
@pytest.mark.parametrize("name", ["limb-overflow-S1", "limb-overflow-S6"])
def test_forged_certificates(name: str) -> None:
    """As they are, of a format that is no longer read; and the two networks are told apart."""
    refused(CASES / name / "c.json")
    networks = [str(CASES / name / f"c.{role}.json") for role in ("original", "constructed")]
    for more in ([], ["--fast"]):
        run = CliRunner().invoke(program, ["compare", *networks, "--domain", "cube", "--json", *more])
        assert run.exit_code == 1, run.output
        assert '"reason": "the values differ at input 12 of the domain"' in run.output
