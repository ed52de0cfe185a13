"""Multiplication of two numbers in depth 3 with small weights, for every size (docs/classical.md).

The product is the sum of the ``z_{ij} = a_i and b_j``, which stand in columns ``i+j`` of at most ``n`` bits: layer
1 makes them, and iterated addition of columns of these heights (:mod:`iterated_addition`) takes two layers. Its
moduli are proven: they are right for all columns, whether the products can take them together or not, and for every
``n``. The limit ``L`` on weights is the least power of two for which there are such moduli.

That depth 3 suffices is due to K.-Y. Siu, V. Roychowdhury, *On optimal depth threshold circuits for multiplication
and related problems*, SIAM J. Discrete Math. 7, 1994 (first at NIPS 1992), who also show it to be optimal.
"""

from __future__ import annotations

from exactnet.construct.builder import CircuitBuilder
from exactnet.construct.iterated_addition import BitColumns, Plan, add_columns, plan_bit
from exactnet.construct.linear import Linear
from exactnet.construct.shallow_addition import check_gates
from exactnet.errors import SizeError
from exactnet.network import Network

__all__ = ["multiply", "plan_product"]


def plan_product(columns: BitColumns, places: int) -> list[Plan]:
    """The plans of all bits, with the least power of two as limit that has proven moduli and not too many gates.

    Raises :class:`SizeError` where there is none: even ``2^2n``, with which there are no events, makes too many gates.
    """
    limit = 8
    while True:
        try:
            plans = [plan_bit(columns, k, "proven", limit) for k in range(places)]
            check_gates(sum(plan.gates for plan in plans))
        except SizeError:
            if limit >> places:
                raise
            limit *= 2
        else:
            return plans


def multiply(inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Network:
    """The product of two numbers in depth 3.

    Parameters
    ----------
    inputs : the ``2n`` bits of both numbers, those of each from the highest on.
    outputs : the ``2n`` bits of the product, highest first.

    Raises :class:`SizeError` for a circuit that is too large to build.

    >>> net = multiply(("a1", "a0", "b1", "b0"), ("m3", "m2", "m1", "m0"))
    >>> [int(bit) for bit in net([1, 1, 1, 0])]
    [0, 1, 1, 0]
    """
    n = len(inputs) // 2
    a, b = inputs[:n][::-1], inputs[n:][::-1]
    builder = CircuitBuilder(inputs, outputs)
    for name in inputs:
        builder.signal(name, 0, 1)
    products: list[list[str]] = [[] for _ in range(2 * n - 1)]
    for i in range(n):
        for j in range(n):
            products[i + j] += builder.step(Linear({a[i]: 1, b[j]: 1}), 2, f"z{i}_{j}").terms
    columns = BitColumns(tuple(map(tuple, products)))
    plans = plan_product(columns, 2 * n)
    for plan in plans:
        builder.threshold_output(outputs[2 * n - 1 - plan.j], add_columns(builder, columns, plan).plus(1 - plan.threshold))
    return builder.network()
