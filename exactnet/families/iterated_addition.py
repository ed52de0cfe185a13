"""Iterated addition: the bits of the sum of several numbers, in depth 2 with exponential weights."""

from __future__ import annotations

from collections.abc import Sequence

from exactnet.claims.addition import Problem
from exactnet.families.family import Family, FamilyError, Instance, Option
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network, Node, threshold

__all__ = ["ITERATED_ADDITION", "addition_circuit", "iterated_addition"]

#: The most wires that are made, about.
_MOST = 10**6


def addition_circuit(problem: Problem, outputs: Sequence[str]) -> Network:
    """The given bits of the sum.

    Bit ``j`` of the sum is that of ``U``, the sum of the parts of the numbers below ``2^(j+1)``, and so the sum of
    ``(-1)^(v+1) 1[U >= v*2^j]``: one layer of gates with weights up to ``2^(bits-1)``, and a gate over them.
    """
    nodes: list[Node] = []
    for output in reversed(outputs):
        j = int(output[1:])
        low = {f"x{i}_{c}": 1 << c for i in range(1, problem.n + 1) for c in range(problem.top(j), -1, -1)}
        gates = {f"u{j}>={v}": v for v in problem.counts(j)}
        nodes += [threshold(name, low, -(v << j)) for name, v in gates.items()]
        nodes.append(threshold(output, {name: 1 if v % 2 else -1 for name, v in gates.items()}, -1))
    return Network(problem.inputs, nodes, outputs)


def iterated_addition(*, n: int, bits: int) -> Instance:
    """Every bit of the sum of ``n`` numbers of ``bits`` bits, highest first, on the cube.

    >>> net = iterated_addition(n=3, bits=2).network
    >>> [int(value) for value in net([1, 1, 1, 1, 0, 1])]
    [0, 1, 1, 1]
    """
    if 2 * n * n * bits * bits > _MOST:
        raise FamilyError(f"{n} numbers of {bits} bits: the circuit would have more than {_MOST} wires")
    problem = Problem(n, bits)
    return Instance(addition_circuit(problem, problem.outputs), Cube(n * bits))


ITERATED_ADDITION = Family(
    "iterated-addition",
    "the bits of the sum of n numbers, in depth 2 with weights 2^i",
    (
        Option("n", "int", 3, "how many numbers", 2, 100),
        Option("bits", "int", 4, "bits of each number", 1, 200),
    ),
    iterated_addition,
)
