"""Iterated addition: the bits of the sum of several numbers, in depth 2 with exponential weights."""

from __future__ import annotations

from exactnet.families.family import Family, FamilyError, Instance, Option
from exactnet.families.gates import MAX_GATES, Circuit, number

__all__ = ["ITERATED_ADDITION", "iterated_addition"]


def iterated_addition(*, n: int, bits: int, kind: str = "large") -> Instance:
    """Every bit of the sum of ``n`` numbers of ``bits`` bits, highest first, on the cube.

    Bit ``j`` of the sum is that of ``U_j``, the sum of the parts of the numbers below ``2^(j+1)``, and so the sum of
    ``(-1)^(v+1) 1[U_j >= v*2^j]``: one layer of gates with weights up to ``2^(bits-1)``, and a gate over them.

    >>> net = iterated_addition(n=3, bits=2).network
    >>> [int(value) for value in net([1, 1, 1, 1, 0, 1])]
    [0, 1, 1, 1]
    """
    rows = [number(f"x{i}_", bits) for i in range(1, n + 1)]
    outputs = number("s", (n * ((1 << bits) - 1)).bit_length())
    if 2 * n * len(outputs) > MAX_GATES:
        raise FamilyError(f"{n} numbers of {bits} bits: more than {MAX_GATES} gates")
    circuit = Circuit([x for row in rows for x in row])
    below: dict[str, int] = {}
    most = 0
    for j in range(len(outputs)):
        if j < bits:
            column = [row[bits - 1 - j] for row in rows]
            below = {circuit.sum(f"u{j}", below | dict.fromkeys(column, 1 << j)): 1}
            most += n << j
        gates = [circuit.gate(f"u{j}>={v}", below, v << j) for v in range(1, (most >> j) + 1)]
        circuit.gate(f"s{j}", {gate: (-1) ** v for v, gate in enumerate(gates)}, 1)
    return circuit.instance(outputs)


ITERATED_ADDITION = Family(
    "iterated-addition",
    "the bits of the sum of n numbers, in depth 2 with weights 2^i",
    (
        Option("n", "int", 3, "how many numbers", 2, 100),
        Option("bits", "int", 4, "bits of each number", 1, 200),
        Option("kind", "choice", "large", "large weights (exactnet classical has small ones)", choices=("large",)),
    ),
    iterated_addition,
)
