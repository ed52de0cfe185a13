"""Sorting numbers by their ranks: depth 5 with weights 1; and a network of compare-exchanges, layer upon layer.

References
----------
A. Chandra, L. Stockmeyer, U. Vishkin, *Constant depth reducibility*, SIAM J. Comput. 13, 1984 (ranks by counting comparisons);
K.-Y. Siu, J. Bruck, T. Kailath, T. Hofmeister, *Depth efficient neural networks for division and related problems*, IEEE Trans.
Inf. Theory 39, 1993 (depth 3 is possible with small weights).
"""

from __future__ import annotations

from exactnet.families.family import Family, Instance, Option
from exactnet.families.gates import Circuit, number

__all__ = ["SORTING", "sorting"]


def sorting(*, n: int, bits: int, kind: str) -> Instance:
    """The ``n`` numbers of ``bits`` bits in ascending order: inputs ``x1_{bits-1} … x1_0 x2_…``, outputs ``y1_… y2_…``.

    ``small``: depth 5, weights 1. ``x_i`` comes before ``x_j``, for ``i < j``, if ``x_i <= x_j``: layer 1 compares bits, layer 2
    finds the first that differs, and the sum of these gates is the comparison; layer 3 compares the rank of each number with each
    place, layer 4 takes the bits of the number whose rank is right, layer 5 joins. For ``bits = 1`` depth 1: the k-th largest
    is ``1[x_1 + … + x_n >= k]``.

    ``exchange``: ``n`` rounds of compare-exchanges of neighbours, depth ``3n``, comparisons of weights ``2^i``.

    >>> net = sorting(n=3, bits=2, kind="small").network
    >>> [int(bit) for bit in net([1, 1, 0, 1, 1, 0])]
    [0, 1, 1, 0, 1, 1]
    """
    rows = [number(f"x{i}_", bits) for i in range(1, n + 1)]
    circuit = Circuit([x for row in rows for x in row])
    outputs = [number(f"y{i}_", bits) for i in range(1, n + 1)]
    if kind == "exchange":
        _by_exchanges(circuit, rows, outputs)
    elif bits == 1:
        for k, (output,) in enumerate(outputs):
            circuit.gate(output, dict.fromkeys(circuit.inputs, 1), n - k)
    else:
        _by_ranks(circuit, rows, outputs)
    return circuit.instance([y for row in outputs for y in row])


def _by_ranks(circuit: Circuit, rows: list[list[str]], outputs: list[list[str]]) -> None:
    n = len(rows)
    ranks: list[tuple[dict[str, int], int]] = [({}, 0) for _ in rows]  # how many numbers come before, as a form
    for i in range(n):
        for j in range(i + 1, n):
            before = _at_most(circuit, f"{i + 1}<={j + 1}", rows[i], rows[j])
            ranks[j] = ranks[j][0] | {before: 1}, ranks[j][1]
            ranks[i] = ranks[i][0] | {before: -1}, ranks[i][1] + 1
    reached = [
        [circuit.gate(f"r{i + 1}>={k}", form, k - constant) for k in range(1, n)] for i, (form, constant) in enumerate(ranks)
    ]
    for k, output in enumerate(outputs):
        for place, name in enumerate(output):
            taken = []
            for i, row in enumerate(rows):
                is_there = {reached[i][k - 1]: 1} if k else {}
                is_past = {reached[i][k]: -1} if k < n - 1 else {}
                at = 2 if k else 1  # every rank is at least 0
                taken.append(circuit.gate(f"{name}<{row[place]}", {row[place]: 1} | is_there | is_past, at))
            circuit.any_of(name, taken)


def _at_most(circuit: Circuit, name: str, x: list[str], y: list[str]) -> str:
    """``x <= y`` as a sum of gates, two layers: the first bit that differs is 1 in ``y``, or none differs."""
    more = [circuit.gate(f"{name}:{b}<", {b: 1, a: -1}, 1) for a, b in zip(x, y, strict=True)]
    less = [circuit.gate(f"{name}:{b}>", {a: 1, b: -1}, 1) for a, b in zip(x, y, strict=True)]
    gates = []
    differing: dict[str, int] = {}
    for above, (gate, other) in enumerate(zip(more, less, strict=True)):
        gates.append(circuit.gate(f"{name}@{above}", {gate: 1} | differing, 1))
        differing |= {gate: -1, other: -1}
    gates.append(circuit.gate(f"{name}=", differing, 0))
    return circuit.sum(name, dict.fromkeys(gates, 1))


def _by_exchanges(circuit: Circuit, rows: list[list[str]], outputs: list[list[str]]) -> None:
    n = len(rows)
    current = rows
    for round_ in range(n):
        last = round_ == n - 1
        names = outputs if last else [[f"{name}@{round_}" for name in output] for output in outputs]
        following: list[list[str]] = []
        i = 0
        if round_ % 2:
            following.append(_kept(circuit, current[0], names[0]))
            i = 1
        while i < n:
            if i + 1 < n:
                following += _exchange(circuit, current[i], current[i + 1], names[i], names[i + 1])
                i += 2
            else:
                following.append(_kept(circuit, current[i], names[i]))
                i += 1
        current = following


def _kept(circuit: Circuit, row: list[str], names: list[str]) -> list[str]:
    return [circuit.any_of(name, [x]) for name, x in zip(names, row, strict=True)]


def _exchange(circuit: Circuit, x: list[str], y: list[str], low: list[str], high: list[str]) -> list[list[str]]:
    """The smaller and the larger of two numbers, three layers."""
    places = [1 << i for i in range(len(x) - 1, -1, -1)]
    form = dict(zip(y, places, strict=True)) | dict(zip(x, (-c for c in places), strict=True))
    ordered = circuit.gate(f"{low[0]}:{high[0]}", form, 0)  # x <= y
    for a, b, smaller, larger in zip(x, y, low, high, strict=True):
        for name, first, second in ((smaller, a, b), (larger, b, a)):
            stay = circuit.gate(f"{name}:stay", {ordered: 1, first: 1}, 2)
            swap = circuit.gate(f"{name}:swap", {second: 1, ordered: -1}, 1)
            circuit.any_of(name, (stay, swap))
    return [low, high]


SORTING = Family(
    "sorting",
    "n numbers in ascending order: depth 5 with weights 1, or rounds of compare-exchanges",
    (
        Option("n", "int", 3, "how many numbers", 1, 40),
        Option("bits", "int", 2, "bits of each number", 1, 40),
        Option("kind", "choice", "small", "by ranks, or by exchanges", choices=("small", "exchange")),
    ),
    sorting,
)
