"""Comparing two numbers given in binary: the standard gate that needs exponential weights at depth 1."""

from __future__ import annotations

from exactnet.families.family import Family, Instance, Option
from exactnet.families.gates import Circuit
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network, affine, relu, threshold

__all__ = ["COMPARISON", "comparison"]


def comparison(*, n: int, kind: str) -> Instance:
    """``1[a >= b]`` for two ``n``-bit numbers ``a`` and ``b``, most significant bits first.

    The inputs are ``a{n-1} … a0 b{n-1} … b0``; bit ``i`` weighs ``2^i``. ``threshold``: the one gate
    ``1[a - b >= 0]``. ``relu``: ``[a-b+1]+ - [a-b]+``, depth 2. ``small``: depth 3, weights 1, ``3n`` gates: ``a_i > b_i`` at some
    ``i`` and ``a_j >= b_j`` at every ``j > i``; or ``a_j >= b_j`` at every ``j``. (Depth 2 is possible with small weights: N. Alon,
    J. Bruck, SIAM J. Discrete Math. 7, 1994.)

    >>> net = comparison(n=2, kind="threshold").network
    >>> net.inputs, int(net([1, 0, 0, 1])[0]), int(net([0, 1, 1, 0])[0])
    (('a1', 'a0', 'b1', 'b0'), 1, 0)
    """
    bits = range(n - 1, -1, -1)
    difference = {f"a{i}": 1 << i for i in bits} | {f"b{i}": -(1 << i) for i in bits}
    if kind == "small":
        return _comparison_small(n, list(difference))
    if kind == "threshold":
        nodes = [threshold("y", difference)]
    else:
        nodes = [relu("h1", difference, 1), relu("h2", difference), affine("y", {"h1": 1, "h2": -1})]
    return Instance(Network(list(difference), nodes, ["y"]), Cube(2 * n))


def _comparison_small(n: int, inputs: list[str]) -> Instance:
    circuit = Circuit(inputs)
    at_least = [circuit.gate(f"a{i}>=b{i}", {f"a{i}": 1, f"b{i}": -1}, 0) for i in range(n)]
    gates = [circuit.all_of("all", at_least)]
    for i in range(1, n):
        greater = circuit.gate(f"a{i}>b{i}", {f"a{i}": 1, f"b{i}": -1}, 1)
        gates.append(circuit.all_of(f"first{i}", [greater, *at_least[i + 1 :]]))
    circuit.any_of("y", gates)
    return circuit.instance(["y"])


COMPARISON = Family(
    "comparison",
    "whether one n-bit number is at least another; weights 2^i, or 1 in depth 3",
    (
        Option("n", "int", 4, "bits of each number", 1, 1000),
        Option("kind", "choice", "threshold", "what the nodes are", choices=("threshold", "relu", "small")),
    ),
    comparison,
)
