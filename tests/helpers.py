"""Shared by the tests: small random networks, and exhaustive comparison by the reference evaluator alone."""

from __future__ import annotations

import random
from collections.abc import Sequence

from click.testing import CliRunner
from gmpy2 import mpq

from exactnet.cli.program import program
from exactnet.engine.block import compile_network
from exactnet.kernel.domain import Domain
from exactnet.kernel.network import Network, Node, affine, relu, threshold
from exactnet.kernel.values import MakeEvaluator, PlainEvaluator, evaluate

#: The evaluators that are held against the definition.
EVALUATORS: dict[str, MakeEvaluator] = {"plain": PlainEvaluator, "engine": compile_network}


def random_relu(
    seed: int, d: int, widths: Sequence[int], bits: int, *, outputs: int = 1, denominator: int = 1
) -> Network:
    """A ReLU network with random weights of ``bits`` bits; each output is divided by ``denominator``."""
    rng = random.Random(seed)
    inputs = [f"x{i}" for i in range(1, d + 1)]
    previous, nodes = inputs, []
    for layer, width in enumerate(widths, 1):
        current = [f"h{layer}_{j}" for j in range(1, width + 1)]
        for name in current:
            weights = {source: rng.randint(-(2**bits), 2**bits) for source in previous}
            nodes.append(relu(name, weights, rng.randint(-(2**bits), 2**bits)))
        previous = current
    names = [f"y{o}" for o in range(1, outputs + 1)]
    for name in names:
        weights = {source: mpq(rng.randint(-9, 9), denominator) for source in previous}
        nodes.append(affine(name, weights, mpq(rng.randint(-9, 9), denominator)))
    return Network(inputs, nodes, names)


def random_circuit(seed: int, d: int, widths: Sequence[int], bits: int) -> Network:
    """A threshold circuit of random gates; the last layer are the outputs. Some wires skip a layer."""
    rng = random.Random(seed)
    inputs = [f"x{i}" for i in range(1, d + 1)]
    known, previous, nodes = list(inputs), inputs, []
    for layer, width in enumerate(widths, 1):
        current = [f"g{layer}_{j}" for j in range(1, width + 1)]
        for name in current:
            sources = previous if rng.random() < 0.7 else known
            weights = {source: rng.randint(-(2**bits), 2**bits) for source in sources}
            nodes.append(threshold(name, weights, -(sum(weights.values()) // 2) + rng.randint(-3, 3)))
        known, previous = known + current, current
    return Network(inputs, nodes, previous)


def mixed_network() -> Network:
    """Nodes of all kinds, wires that skip layers, and outputs that are inner, constant, a gate, and an input."""
    return Network(
        ["x1", "x2"],
        [
            threshold("g", {"x1": 1000, "x2": -999}, "1/2"),
            relu("h", {"x1": "7/3", "g": -2}, "1/5"),
            affine("sum", {"h": 1, "x2": "1/2"}),
            relu("top", {"sum": 1, "g": "-1/7"}),
            affine("constant", {}, "3/2"),
            affine("same", {"h": 1, "x1": -1}),
        ],
        ["top", "constant", "g", "same", "x1"],
    )


def pair(form: dict[str, int], bias: int, weight: int = 1, name: str = "") -> tuple[list[Node], dict[str, int]]:
    """``weight * ([F+1]+ - [F]+)``: the two ReLUs, and how an output reads them."""
    nodes = [relu(f"p{name}", form, bias + 1), relu(f"n{name}", form, bias)]
    return nodes, {f"p{name}": weight, f"n{name}": -weight}


def first_difference(a: Network, b: Network, domain: Domain, r: int | None = None) -> int | None:
    """The first input on which ``b`` is not ``a`` (or ``floor(r*a)/r``), by the reference evaluator on every input."""
    for index, point in enumerate(domain):
        expected = evaluate(a, point)
        if r is not None:
            expected = tuple(mpq((v * r).numerator // (v * r).denominator, r) for v in expected)
        if evaluate(b, point) != expected:
            return index
    return None


def largest_value(net: Network, domain: Domain) -> int:
    """The least integer ``R >= 1`` with ``|N| <= R`` on the domain."""
    largest = max(abs(value) for point in domain for value in evaluate(net, point))
    return max(1, int(-(-largest.numerator // largest.denominator)))


def run(*arguments: str) -> tuple[int, str, str]:
    """The exit status of a command, what it prints and what it says on standard error."""
    result = CliRunner().invoke(program, list(arguments))
    return result.exit_code, result.stdout, result.stderr
