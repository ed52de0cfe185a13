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

from functools import cache

from exactnet.construct.base.builder import Builder, CircuitBuilder
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.classical.first_difference import Differences, Plan, plan_differences
from exactnet.construct.classical.iterated_addition import check_gates
from exactnet.kernel.network import Network

__all__ = ["plan_sorting", "sort_bits", "sort_numbers"]


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
    ranks = _ranks(builder, rows, plan)
    reached = [
        [[_reached(builder, rank, x, n, k, plan) for x in row] for k in range(n + 1)]
        for rank, row in zip(ranks, rows, strict=True)
    ]
    for k in range(n):
        for place in range(bits):
            bit = total(gates[k][place] - gates[k + 1][place] for gates in reached)
            builder.threshold_output(outputs[k * bits + place], bit)
    return builder.network()


def _ranks(builder: Builder, rows: list[tuple[str, ...]], plan: Plan) -> list[tuple[Linear, int]]:
    """``S_i`` as one node, and its ``e-``."""
    n = len(rows)
    parts: list[list[Linear]] = [[] for _ in rows]
    for i in range(n):
        for j in range(i + 1, n):
            digits = [Linear({x: 1, y: -1}) for x, y in zip(rows[i], rows[j], strict=True)][::-1]
            greater = Differences(builder, digits, plan, f"{i + 1}>{j + 1}.").sign(plan.size)
            parts[i].append(greater)
            parts[j].append(greater.scaled(-1).plus(plan.scale))
    ranks = []
    for i, counted in enumerate(parts):
        less, more = i * plan.false, (n - 1 - i) * plan.false
        ranks.append((builder.share(total(counted), f"rank{i + 1}", -less, plan.scale * (n - 1) + more), less))
    return ranks


def _reached(builder: Builder, rank: tuple[Linear, int], x: str, n: int, k: int, plan: Plan) -> Linear:
    """``rank_i >= k`` and the bit ``x`` of ``x_i``."""
    if k == 0:
        return Linear({x: 1})
    if k == n:
        return Linear()
    form, less = rank
    weight = plan.scale * (n - k)
    return builder.step(form + Linear({x: weight}), plan.scale * k - less + weight, f"{x}@{k}")
