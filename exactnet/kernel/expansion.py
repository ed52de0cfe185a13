"""The expansion of a network: every affine node substituted into the nodes that read it.

An affine node is bookkeeping. Depth, wires and weights are those of the expansion, where the weight of a wire is the
sum over affine-only paths of the product of weights, the bias collects the affine biases likewise, and a wire whose
total weight is 0 is no wire. This file is part of the trusted base.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.kernel.network import AFFINE, Kind, Network, Node

__all__ = ["ExpandedNode", "Form", "expand", "expanded_nodes", "live_part"]

_ONE = mpq(1)


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Form:
    """A linear form over inputs and active nodes, with no zero coefficient; many nodes may share one."""

    coefs: Mapping[str, mpq]


@dataclass(frozen=True, eq=False, slots=True)
class ExpandedNode:
    """An active node or affine output of the expansion. Its incoming wires are ``scale * form``, ``scale`` not 0."""

    id: str
    kind: Kind
    scale: mpq
    form: Form
    bias: mpq


def expand(net: Network) -> Network:
    """The expansion, written out: the active nodes, and the affine nodes that are outputs.

    Names and function are those of ``net``. Promises (``means``) may speak of nodes that are gone, and are dropped.

    >>> from exactnet.kernel.network import affine, relu
    >>> net = Network(["x"], [affine("a", {"x": 3}, 1), relu("h", {"a": 5}), affine("y", {"h": 1, "a": -1})], ["y"])
    >>> {node.id: dict(node.sources) for node in expand(net).nodes()}
    {'h': {'x': mpq(15,1)}, 'y': {'h': mpq(1,1), 'x': mpq(-3,1)}}
    """
    nodes = [
        Node(node.id, node.kind, {source: node.scale * coef for source, coef in node.form.coefs.items()}, node.bias)
        for node in expanded_nodes(list(net.nodes()), net.outputs)
    ]
    return Network(net.inputs, nodes, net.outputs)


def live_part(net: Network) -> Network:
    """The expansion, written out, without the active nodes that no output depends on.

    What an affine node cancels out is no dependence. Parameters that bounds are stated in are taken from this part alone: else
    a node that nothing reads could make any weight "polynomial".

    >>> from exactnet.kernel.network import affine, relu
    >>> nodes = [relu("h", {"x": 1}), relu("z", {"x": 10**12}), affine("a", {"h": 1, "z": 1}), affine("y", {"a": 1, "z": -1})]
    >>> [node.id for node in live_part(Network(["x"], nodes, ["y"])).nodes()]
    ['h', 'y']
    """
    plain = expand(net)
    live = set(net.outputs)
    for name in reversed(plain.order):
        if name in live:
            live.update(source for source, _ in plain.sources(name))
    return Network(net.inputs, [node for node in plain.nodes() if node.id in live], net.outputs)


def expanded_nodes(nodes: Sequence[Node], outputs: Collection[str]) -> Iterator[ExpandedNode]:
    """The active nodes and affine outputs of the expansion, each after the nodes that it reads.

    The expansion can be far larger than the network, so it is never held as a whole: a node whose only source is affine
    shares the form of that source, and a form is dropped after its last reader. Affine nodes that reach no active node
    and no output are passed over.

    Parameters
    ----------
    nodes : the nodes of a network (``net.nodes()``), each after the nodes that it reads.
    outputs : the names of its outputs.
    """
    outputs = set(outputs)
    readers_left = _needed_affine(nodes, outputs)
    forms: dict[str, ExpandedNode] = {}
    for node in nodes:
        if node.kind == AFFINE and node.id not in readers_left:
            continue
        expanded = _substitute(node, forms)
        if node.kind != AFFINE or node.id in outputs:
            yield expanded
        for source in node.sources:
            if source in forms:
                readers_left[source] -= 1
                if not readers_left[source]:
                    del forms[source]
        if readers_left.get(node.id):
            forms[node.id] = expanded


def _needed_affine(nodes: Sequence[Node], outputs: Collection[str]) -> dict[str, int]:
    """The affine nodes that an active node or an output depends on, each with the number of such readers."""
    readers: Counter[str] = Counter()
    needed: dict[str, int] = {}
    for node in reversed(nodes):  # every node after its readers
        if node.kind != AFFINE or node.id in readers or node.id in outputs:
            readers.update(node.sources.keys())
            if node.kind == AFFINE:
                needed[node.id] = readers[node.id]
    return needed


def _substitute(node: Node, forms: Mapping[str, ExpandedNode]) -> ExpandedNode:
    """One node of the expansion, given the forms of the affine nodes that it reads."""
    bias = node.bias
    if len(node.sources) == 1:
        [(source, weight)] = node.sources.items()
        if source in forms:
            inner = forms[source]
            return ExpandedNode(node.id, node.kind, weight * inner.scale, inner.form, bias + weight * inner.bias)
    coefs: dict[str, mpq] = {}
    for source, weight in node.sources.items():
        if source not in forms:
            coefs[source] = coefs[source] + weight if source in coefs else weight
            continue
        inner = forms[source]
        if inner.bias:
            bias += weight * inner.bias
        factor = weight * inner.scale
        for original, coef in inner.form.coefs.items():
            product = coef if factor == 1 else factor * coef
            coefs[original] = coefs[original] + product if original in coefs else product
    if not all(coefs.values()):
        coefs = {source: coef for source, coef in coefs.items() if coef}
    return ExpandedNode(node.id, node.kind, _ONE, Form(coefs), bias)
