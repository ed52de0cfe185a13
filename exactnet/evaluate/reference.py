"""The definition of what a network computes, one input at a time, in rational arithmetic.

This file is part of the trusted base: it is short, and it is what every other evaluator is held against.
"""

from __future__ import annotations

from collections.abc import Sequence

from gmpy2 import mpq

from exactnet.errors import NetworkError
from exactnet.network import AFFINE, RELU, Network

__all__ = ["all_values", "evaluate"]

_ZERO, _ONE = mpq(0), mpq(1)


def all_values(net: Network, point: Sequence[mpq]) -> dict[str, mpq]:
    """The value of every node at a point.

    Parameters
    ----------
    point : one rational per input, in the order of the inputs.

    Raises :class:`NetworkError` for the wrong number of coordinates.
    """
    if len(point) != len(net.inputs):
        raise NetworkError(f"the network has {len(net.inputs)} inputs, the point {len(point)} coordinates")
    value: dict[str, mpq] = dict(zip(net.inputs, point, strict=True))
    for name in net.order:
        z = net.bias(name)
        for source, weight in net.sources(name):
            z += weight * value[source]
        kind = net.kind(name)
        if kind == AFFINE:
            value[name] = z
        elif kind == RELU:
            value[name] = z if z > 0 else _ZERO
        else:
            value[name] = _ONE if z >= 0 else _ZERO
    return value


def evaluate(net: Network, point: Sequence[mpq]) -> tuple[mpq, ...]:
    """The outputs at a point, in order.

    >>> from exactnet.network import threshold
    >>> evaluate(Network(["x"], [threshold("g", {"x": 1}, -1)], ["g"]), [mpq(1)])
    (mpq(1,1),)
    """
    value = all_values(net, point)
    return tuple(value[name] for name in net.outputs)
