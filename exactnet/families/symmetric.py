"""Functions of the number of ones among the inputs: parity and majority on the cube."""

from __future__ import annotations

from exactnet.families.family import Family, Instance, Option
from exactnet.families.gates import Circuit
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network, affine, relu, threshold

__all__ = ["MAJORITY", "PARITY", "majority", "parity"]


def parity(*, d: int, kind: str) -> Instance:
    """``x_1 + … + x_d mod 2`` on the cube, of depth 2.

    ``relu``: with ``s`` the sum, ``[s]+ - 2[s-1]+ + 2[s-2]+ - …``, ``d`` ramps: a zigzag between 0 and 1 at the
    integers. ``threshold``: the gates ``g_t = 1[s >= t]``, then ``1[g_1 - g_2 + g_3 - … >= 1]``. ``chain``: bit after bit, each
    ``a xor b = 1[1[a+b >= 1] - 1[a+b >= 2] >= 1]``, of depth ``2(d-1)`` (1 for ``d = 1``).

    >>> [int(parity(d=3, kind="relu").network(x)[0]) for x in ([0, 0, 0], [0, 1, 0], [1, 0, 1], [1, 1, 1])]
    [0, 1, 0, 1]
    """
    inputs = [f"x{i}" for i in range(1, d + 1)]
    ones = dict.fromkeys(inputs, 1)
    if kind == "relu":
        outer = {f"h{t}": (1 if t == 0 else 2) * (-1) ** t for t in range(d)}
        hidden = [relu(f"h{t}", ones, -t) for t in range(d)]
        return Instance(Network(inputs, [*hidden, affine("y", outer)], ["y"]), Cube(d))
    if kind == "chain":
        return _parity_chain(inputs)
    gates = [threshold(f"g{t}", ones, -t) for t in range(1, d + 1)]
    signs = {f"g{t}": -((-1) ** t) for t in range(1, d + 1)}
    return Instance(Network(inputs, [*gates, threshold("y", signs, -1)], ["y"]), Cube(d))


def _parity_chain(inputs: list[str]) -> Instance:
    circuit = Circuit(inputs)
    last = len(inputs) - 1
    if not last:
        circuit.any_of("y", inputs)
    before = inputs[0]
    for i, x in enumerate(inputs[1:], 1):
        either, both = circuit.any_of(f"or{i}", (before, x)), circuit.all_of(f"and{i}", (before, x))
        before = circuit.gate(f"xor{i}" if i < last else "y", {either: 1, both: -1}, 1)
    return circuit.instance(["y"])


def _majority_chain(inputs: list[str]) -> Instance:
    circuit = Circuit(inputs)
    wanted = len(inputs) // 2 + 1
    reached: dict[int, dict[str, int]] = {0: {}}  # t: whether t ones have been seen, as a form; 0: always
    for i, x in enumerate(inputs, 1):
        following: dict[int, dict[str, int]] = {0: {}}
        for t in range(1, i + 1):
            # Already t of them, or t - 1 and this one; t of them imply t - 1.
            name = "y" if (i, t) == (len(inputs), wanted) else f"n{i}>={t}"
            already = dict.fromkeys(reached.get(t, {}), 2)
            following[t] = {circuit.gate(name, already | reached[t - 1] | {x: 1}, 2 if t > 1 else 1): 1}
        reached = following
    return circuit.instance(["y"])


def majority(*, d: int, kind: str) -> Instance:
    """1 if more than half of the inputs are 1, else 0 (a tie is 0).

    ``threshold``: one gate. ``relu``: the step ``[F+1]+ - [F]+`` with ``F = s - floor(d/2) - 1``, depth 2. ``chain``: counting bit
    after bit, of depth ``d``.

    >>> [int(majority(d=4, kind="threshold").network(x)[0]) for x in ([1, 1, 0, 0], [1, 1, 0, 1])]
    [0, 1]
    """
    inputs = [f"x{i}" for i in range(1, d + 1)]
    ones = dict.fromkeys(inputs, 1)
    bias = -(d // 2) - 1
    if kind == "chain":
        return _majority_chain(inputs)
    if kind == "relu":
        nodes = [relu("h1", ones, bias + 1), relu("h2", ones, bias), affine("y", {"h1": 1, "h2": -1})]
    else:
        nodes = [threshold("y", ones, bias)]
    return Instance(Network(inputs, nodes, ["y"]), Cube(d))


_D = Option("d", "int", 8, "number of inputs", 1, 1000)

PARITY = Family(
    "parity",
    "the parity of d bits, depth 2",
    (_D, Option("kind", "choice", "relu", "what the hidden nodes are", choices=("relu", "threshold", "chain"))),
    parity,
)

MAJORITY = Family(
    "majority",
    "whether more than half of d bits are 1: one threshold gate, or two ReLUs",
    (_D, Option("kind", "choice", "threshold", "what the nodes are", choices=("threshold", "relu", "chain"))),
    majority,
)
