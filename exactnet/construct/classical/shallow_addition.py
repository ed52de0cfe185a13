"""Comparison and addition of two numbers in depth 2 with small weights, for every size (docs/classical.md).

*Comparison.* With the digits ``b_c - a_c`` and the sum ``Y`` of :mod:`first_difference`, ``|Q| > FP``: ``a >= b``
iff ``Y <= FP``.

*Addition.* The carry into place ``i`` is ``c_i = 1[a + b >= 2^i]`` for the ``i`` lowest bits: the sum of ``a_c +
b_c - 1`` times ``2^c`` is at least 1. So its ``Y_i`` are those of the digits ``a_c + b_c - 1``. Bit ``i`` of the
sum is ``a_i + b_i + c_i - 2 c_{i+1}``; from ``|Q|(a_i + b_i) + Y_i - 2 Y_{i+1}`` one gate rounds it if ``|Q| > FP +
2 FP``: that is ``|Q|`` times the bit, plus at most ``FP`` and minus at most ``2 FP``.

That depth 2 suffices is due to N. Alon, J. Bruck, *Explicit constructions of depth-2 majority circuits for
comparison and addition*, SIAM J. Discrete Math. 7, 1994. One gate cannot do it with small weights: comparison needs
exponential ones in depth 1.
"""

from __future__ import annotations

from functools import cache

from exactnet.construct.base.builder import CircuitBuilder
from exactnet.construct.base.linear import Linear
from exactnet.construct.classical.first_difference import Differences, Plan, plan_differences
from exactnet.construct.classical.iterated_addition import check_gates
from exactnet.kernel.network import Network

__all__ = ["add_two", "compare_two", "digit_sums", "digits_of_difference", "plan_addition", "plan_comparison"]


@cache
def plan_comparison(n: int) -> Plan:
    """The plan for numbers of ``n`` bits."""
    return plan_differences([n], 1, 1)


@cache
def plan_addition(n: int) -> Plan:
    """The plan for numbers of ``n`` bits."""
    return plan_differences(range(1, n + 1), 3, 2)


def digits_of_difference(inputs: tuple[str, ...]) -> list[Linear]:
    """The digits ``b_c - a_c``, lowest first."""
    n = len(inputs) // 2
    return [Linear({b: 1, a: -1}) for a, b in zip(inputs[:n], inputs[n:], strict=True)][::-1]


def digit_sums(inputs: tuple[str, ...]) -> list[Linear]:
    """``a_c + b_c``, lowest first."""
    n = len(inputs) // 2
    return [Linear({a: 1, b: 1}) for a, b in zip(inputs[:n], inputs[n:], strict=True)][::-1]


def compare_two(inputs: tuple[str, ...], output: str) -> Network:
    """``1[a >= b]`` in depth 2 for the numbers whose bits are the first and the second half of the inputs, highest
    first.

    >>> net = compare_two(("a1", "a0", "b1", "b0"), "y")
    >>> int(net([1, 0, 0, 1])[0]), int(net([0, 1, 1, 0])[0]), int(net([1, 1, 1, 1])[0])
    (1, 0, 1)
    """
    n = len(inputs) // 2
    plan = plan_comparison(n)
    check_gates(2 * len(plan.blocks(n)) * plan.scale)
    builder = CircuitBuilder(inputs, [output])
    for name in inputs:
        builder.signal(name, 0, 1)
    less = Differences(builder, digits_of_difference(inputs), plan, "b-a").sign(n)
    builder.threshold_output(output, less.scaled(-1).plus(plan.false + 1))
    return builder.network()


def add_two(inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Network:
    """``a + b`` in depth 2: inputs as for :func:`compare_two`, ``n + 1`` outputs, highest first.

    >>> net = add_two(("a1", "a0", "b1", "b0"), ("s2", "s1", "s0"))
    >>> [int(bit) for bit in net([1, 1, 1, 0])]
    [1, 0, 1]
    """
    n = len(inputs) // 2
    plan = plan_addition(n)
    check_gates(2 * sum(len(plan.blocks(i)) for i in range(1, n + 1)) * plan.scale + 2 * n + 1)
    builder = CircuitBuilder(inputs, outputs)
    for name in inputs:
        builder.signal(name, 0, 1)
    ones = digit_sums(inputs)
    differences = Differences(builder, [column.plus(-1) for column in ones], plan, "c")
    carries = [Linear(), *map(differences.sign, range(1, n + 1))]
    builder.threshold_output(outputs[0], carries[n].plus(1 - plan.scale))
    for i in range(n):
        bit = ones[i].scaled(plan.scale) + carries[i] + carries[i + 1].scaled(-2)
        builder.threshold_output(outputs[n - i], bit.plus(1 - plan.scale + 2 * plan.false))
    return builder.network()
