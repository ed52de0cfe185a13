"""Sorting in depth 3 with small weights, for every size: ranks are counted, not rounded (docs/classical.md).

``G_{ij} = 1[x_i > x_j]``, ``i < j``; the rank of ``x_i``, how many numbers come before it, is the sum of the
``G_{ij}`` and of the ``1 - G_{ji}``, ``n - 1`` in all.

*Layer 1.* The sums ``Y_{ij}`` of :mod:`first_difference`, too large by at most ``FP``. So the form ``S_i`` that
counts ranks with ``Y`` for ``|Q|*G`` is between ``|Q|*rank_i - e-`` and ``|Q|*rank_i + e+`` with ``e- + e+ <=
(n-1)*FP < |Q|``.

*Layer 2.* "``rank_i >= k`` and the bit ``x`` of ``x_i`` is 1" is the gate ``1[S_i + w*x >= |Q|*k - e- + w]``, ``w =
|Q|*(n-k)``: for ``x = 1`` this asks for ``S_i >= |Q|*k - e-``, which says ``rank_i >= k``, as ``rank_i <= k-1``
gives ``S_i <= |Q|*k - |Q| + e+ < |Q|*k - e-``. For ``x = 0`` it never holds, since ``S_i <= |Q|*(n-1) + e+ < |Q|*n
- e-``.

*Layer 3.* A bit of the ``k``-th number is the sum over ``i`` of these gates for ``k``, less those for ``k+1``: one
number has the rank ``k``.

Depth 3 with small weights is due to K.-Y. Siu, J. Bruck, T. Kailath, T. Hofmeister, *Depth efficient neural
networks for division and related problems*, IEEE Trans. Inf. Theory 39, 1993, who also show it to be optimal.
Numbers of one bit are sorted in depth 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations

from exactnet.construct.base.builder import Builder, CircuitBuilder
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.classical.first_difference import Differences, Plan, plan_differences
from exactnet.construct.classical.iterated_addition import check_gates
from exactnet.kernel.network import Network

__all__ = ["comparisons", "plan_sorting", "ranks", "reached", "reading", "sort_bits", "sort_numbers"]


@cache
def plan_sorting(n: int, bits: int) -> Plan:
    """The plan for ``n`` numbers of ``bits`` bits."""
    return plan_differences([bits] * max(1, n * (n - 1) // 2), max(1, n - 1), n)


def sort_bits(inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Network:
    """Numbers of one bit in ascending order, in depth 1.

    >>> [int(bit) for bit in sort_bits(("x", "y", "z"), ("u", "v", "w"))([1, 0, 1])]
    [0, 1, 1]
    """
    builder = CircuitBuilder(inputs, outputs)
    ones = Linear(dict.fromkeys(inputs, 1))
    for name in inputs:
        builder.signal(name, 0, 1)
    for k, output in enumerate(outputs):
        builder.threshold_output(output, ones.plus(1 - (len(inputs) - k)))
    return builder.network()


def sort_numbers(inputs: tuple[str, ...], outputs: tuple[str, ...], bits: int) -> Network:
    """Numbers of ``bits`` bits each, highest first, in ascending order, in depth 3.

    >>> net = sort_numbers(("a1", "a0", "b1", "b0"), ("u1", "u0", "v1", "v0"), 2)
    >>> [int(bit) for bit in net([1, 1, 1, 0])]
    [1, 0, 1, 1]
    """
    rows = [inputs[start : start + bits] for start in range(0, len(inputs), bits)]
    n = len(rows)
    plan = plan_sorting(n, bits)
    check_gates(n * (n - 1) // 2 * (2 * len(plan.blocks(bits)) * plan.scale + 1) + n * n * bits + len(outputs))
    builder = CircuitBuilder(inputs, outputs)
    for name in inputs:
        builder.signal(name, 0, 1)
    listed = ranks(builder, comparisons(builder, rows, plan), n, plan)
    gates = [
        [[reached(builder, rank, x, n, k, plan) for x in row] for k in range(n + 1)]
        for rank, row in zip(listed, rows, strict=True)
    ]
    for k in range(n):
        for place in range(bits):
            bit = total(mine[k][place] - mine[k + 1][place] for mine in gates)
            builder.threshold_output(outputs[k * bits + place], bit)
    return builder.network()


def comparisons(builder: Builder, rows: Sequence[tuple[str, ...]], plan: Plan) -> dict[tuple[int, int], Differences]:
    """``x_i - x_j`` for ``i < j``."""
    pairs = combinations(range(len(rows)), 2)
    digits = {(i, j): [Linear({x: 1, y: -1}) for x, y in zip(rows[i], rows[j], strict=True)][::-1] for i, j in pairs}
    return {(i, j): Differences(builder, own, plan, f"{i + 1}>{j + 1}.") for (i, j), own in digits.items()}


def ranks(builder: Builder, differences: Mapping[tuple[int, int], Differences], n: int, plan: Plan) -> list[tuple[Linear, int]]:
    """``S_i`` as one node, and its ``e-``."""
    parts: list[list[Linear]] = [[] for _ in range(n)]
    for (i, j), difference in differences.items():
        greater = difference.sign(plan.size)
        parts[i].append(greater)
        parts[j].append(greater.scaled(-1).plus(plan.scale))
    listed = []
    for i, counted in enumerate(parts):
        less, more = i * plan.false, (n - 1 - i) * plan.false
        listed.append((builder.share(total(counted), f"rank{i + 1}", -less, plan.scale * (n - 1) + more), less))
    return listed


def reached(builder: Builder, rank: tuple[Linear, int], x: str, n: int, k: int, plan: Plan) -> Linear:
    """``rank_i >= k`` and the bit ``x`` of ``x_i``."""
    if k == 0:
        return Linear({x: 1})
    if k == n:
        return Linear()
    form, at = reading(rank, x, n, k, plan)
    return builder.step(form, at, f"{x}@{k}")


def reading(rank: tuple[Linear, int], x: str, n: int, k: int, plan: Plan) -> tuple[Linear, int]:
    """The form that this gate reads, and how large it must be."""
    form, less = rank
    weight = plan.scale * (n - k)
    return form + Linear({x: weight}), plan.scale * k - less + weight
