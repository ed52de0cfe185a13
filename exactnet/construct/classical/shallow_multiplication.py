"""Multiplication of two numbers in depth 3 with small weights, for every size (docs/classical.md).

The product is the sum of the ``z_{ij} = a_i and b_j``, which stand in columns ``i+j`` of at most ``n`` bits: layer
1 makes them, and iterated addition of columns of these heights (:mod:`iterated_addition`) takes two layers. Its
moduli are proven: they are right for all columns, whether the products can take them together or not, and for every
``n``. The limit ``L`` on weights is the least power of two for which there are such moduli.

That depth 3 suffices is due to K.-Y. Siu, V. Roychowdhury, *On optimal depth threshold circuits for multiplication
and related problems*, SIAM J. Discrete Math. 7, 1994 (first at NIPS 1992), who also show it to be optimal.
"""

from __future__ import annotations

from collections.abc import Sequence

from exactnet.construct.base.builder import Builder, CircuitBuilder
from exactnet.construct.base.linear import Linear
from exactnet.construct.classical.iterated_addition import Columns, add_columns, plan_columns
from exactnet.kernel.network import Network

__all__ = ["multiply", "products"]


def products(builder: Builder, inputs: Sequence[str]) -> Columns:
    """The columns of the ``a_i and b_j``, as gates."""
    n = len(inputs) // 2
    a, b = inputs[:n][::-1], inputs[n:][::-1]
    columns: list[list[str]] = [[] for _ in range(2 * n - 1)]
    for i in range(n):
        for j in range(n):
            columns[i + j] += builder.step(Linear({a[i]: 1, b[j]: 1}), 2, f"z{i}_{j}").terms
    return Columns(tuple(map(tuple, columns)))


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
    builder = CircuitBuilder(inputs, outputs)
    for name in inputs:
        builder.signal(name, 0, 1)
    columns, places = products(builder, inputs), len(outputs)
    for plan in plan_columns(columns, places):
        builder.threshold_output(outputs[places - 1 - plan.j], add_columns(builder, columns, plan).plus(1 - plan.threshold))
    return builder.network()
