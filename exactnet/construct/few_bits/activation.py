"""What a network does on every input of a domain: where its neurons are active, and the values of forms, exactly.

The block evaluator computes outputs. Here forms inside a network are made outputs too, so that it computes those.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from exactnet.engine.block import compile_network
from exactnet.kernel.domain import Domain, Points, Product
from exactnet.kernel.network import AFFINE, RELU, THRESHOLD, Network, Node, fresh_name
from exactnet.kernel.values import CHUNK, Block

__all__ = ["above", "blocks", "coordinates", "joined", "probe"]

Floors = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]

#: Inputs that are evaluated at once: forms with huge weights are arrays of Python integers.
_BLOCK = CHUNK // 8


def probe(net: Network, names: Sequence[str]) -> Network:
    """The network whose outputs are the forms of some of its ReLUs and gates, and the values of other nodes.

    >>> from exactnet.kernel.network import affine, relu
    >>> net = Network(["x"], [relu("h", {"x": 3}, -4), affine("y", {"h": 2})], ["y"])
    >>> [str(value) for value in probe(net, ["h", "y"])([1])]
    ['-1', '0']
    """
    taken = {*net.inputs, *net.order}
    nodes, outputs = list(net.nodes()), []
    for name in names:
        if net.kind(name) in (RELU, THRESHOLD):
            fresh = fresh_name(f"{name}.form", taken)
            nodes.append(Node(fresh, AFFINE, dict(net.sources(name)), net.bias(name)))
            outputs.append(fresh)
        else:
            outputs.append(name)
    return Network(net.inputs, nodes, outputs)


def blocks(net: Network, domain: Domain) -> Iterator[Block]:
    """The outputs of a network on the whole domain, some inputs at a time."""
    evaluator = compile_network(net, domain)
    for start in range(0, domain.count, _BLOCK):
        yield evaluator.block(start, min(start + _BLOCK, domain.count))


def above(floors: Floors, whole: Flags | None, limit: Floors | int) -> Flags:
    """Where a value exceeds an integer, given its floor and where it is an integer (None: everywhere)."""
    more = np.asarray(floors > limit, np.bool_)
    return more if whole is None else more | (np.asarray(floors == limit, np.bool_) & ~whole)


def joined(parts: Iterable[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Arrays of consecutive inputs as one; Python integers where some part has them."""
    parts = list(parts)
    if any(part.dtype == object for part in parts):
        parts = [part.astype(object) for part in parts]
    return np.concatenate(parts)


def coordinates(domain: Domain) -> npt.NDArray[np.int64]:
    """``p·x`` for every input, one row each, with the ``p`` of the domain.

    >>> from exactnet.kernel.domain import Grid
    >>> coordinates(Grid(1, 2))[:4].tolist()
    [[-1, -1], [-1, 0], [-1, 1], [0, -1]]
    """
    if isinstance(domain, Product):
        digits = np.indices((domain.base,) * domain.d, dtype=np.int64).reshape(domain.d, -1).T
        return np.ascontiguousarray(digits + int(domain.values[0] * domain.p))
    assert isinstance(domain, Points)
    return np.array([[int(x * domain.p) for x in point] for point in domain], dtype=np.int64)
