"""Threshold steps written as two ReLUs: ``[z+1]+ - [z]+ = 1[z >= 0]`` for integer ``z``.

Two ReLUs ``(upper, lower)``, neither an output, are one step if, in the network as it is written, they read the same nodes
with the same weights, the bias of ``upper`` is that of ``lower`` plus 1, and every reader, of which there is at least one,
reads them with opposite weights. Steps that are only seen once affine nodes are substituted are not counted.
"""

from __future__ import annotations

from collections import defaultdict

from gmpy2 import mpq

from exactnet.kernel.network import RELU, Network

__all__ = ["pair_steps"]

Wires = frozenset[tuple[str, mpq]]


def pair_steps(net: Network) -> list[tuple[str, str]]:
    """A maximum set of disjoint pairs of ReLUs ``(upper, lower)`` that are each one threshold step.

    >>> from exactnet.kernel.network import affine, relu
    >>> nodes = [relu("a", {"x": 2}, 1), relu("b", {"x": 2}), affine("y", {"a": 3, "b": -3})]
    >>> pair_steps(Network(["x"], nodes, ["y"]))
    [('a', 'b')]
    """
    relus = [name for name in net.order if net.kind(name) == RELU and name not in net.outputs]
    # ReLUs of one bias can only be paired with those one bias below and one above: pairing from the lowest upwards is optimal.
    relus.sort(key=net.bias)
    unpaired: defaultdict[tuple[mpq, Wires, Wires], list[str]] = defaultdict(list)
    pairs: list[tuple[str, str]] = []
    for name in relus:
        bias, sources, readers = net.bias(name), frozenset(net.sources(name)), frozenset(net.readers(name))
        if not readers:
            continue
        below = unpaired.get((bias - 1, sources, frozenset((reader, -weight) for reader, weight in readers)))
        if below:
            pairs.append((name, below.pop()))
        else:
            unpaired[bias, sources, readers].append(name)
    return pairs
