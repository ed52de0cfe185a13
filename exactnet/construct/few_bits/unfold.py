"""Unfolding (S7): the hidden layers as trees, so that every wire's magnitude can be pushed into the neuron below it.

Lemma. An output is a sum of ``u·[z]+``, where each ``z`` is a form over inputs and further ReLUs. If every ReLU is
copied for every path from it to the output, no copy has two readers. Copies of one ReLU whose paths have the same
product of absolute weights stay one: all their readers need the same multiple of it. A network of depth ``k`` and
width ``m`` has at most ``m^(k-l)`` paths from its layer ``l`` to an output, if no wire skips a layer; depth and
function are unchanged.
"""

from __future__ import annotations

from gmpy2 import mpq

from exactnet.kernel.errors import NetworkError, SizeError, clip_text
from exactnet.kernel.expansion import expand
from exactnet.kernel.network import AFFINE, RELU, Network, Node

__all__ = ["MAX_COPIES", "unfold"]

#: The most neurons that are made.
MAX_COPIES = 2**12

_ONE = mpq(1)


def unfold(net: Network) -> Network:
    """An equal network of the same depth in which all paths from a ReLU upwards multiply to the same absolute weight.

    Each output has neurons of its own. The result is expanded: ReLUs, and affine outputs (an output that is a ReLU becomes
    an affine one that reads it with weight 1; one that is an input stays). A ReLU that reaches no output is gone. Where a
    ReLU has one copy, that has its name; else copies are ``name#1``, ``name#2``, ….

    Raises
    ------
    NetworkError : there is a threshold gate.
    SizeError : more than :data:`MAX_COPIES` neurons would be made.

    >>> from exactnet.kernel.network import affine, relu
    >>> net = Network(["x"], [relu("h", {"x": 3}), affine("y", {"h": 2}), affine("z", {"h": -5})], ["y", "z"])
    >>> [(node.id, dict(node.sources)) for node in unfold(net).nodes() if node.kind == "affine"]
    [('y', {'h#1': mpq(2,1)}), ('z', {'h#2': mpq(-5,1)})]
    """
    plain = expand(net)
    nodes = {node.id: node for node in plain.nodes()}
    for node in nodes.values():
        if node.kind not in (RELU, AFFINE):
            raise NetworkError(f"node {clip_text(node.id)} is a threshold gate; a ReLU network is unfolded")
    roots = [_linear(name, nodes) for name in plain.outputs if name in nodes]
    relus = {name: node for name, node in nodes.items() if node.kind == RELU}
    needed: list[dict[str, dict[mpq, str]]] = []  # for each output, of each ReLU: the multiples that are read
    total = 0
    for root in roots:
        copies_of = _multiples(root, relus, MAX_COPIES - total)
        total += sum(map(len, copies_of.values()))
        needed.append(copies_of)
    _name_copies(needed, plain)
    unfolded: list[Node] = []
    for root, multiples in zip(roots, needed, strict=True):
        for name, copies in multiples.items():
            for factor, copy in copies.items():
                unfolded.append(Node(copy, RELU, _read(relus[name], factor, multiples), relus[name].bias))
        unfolded.append(Node(root.id, AFFINE, _read(root, _ONE, multiples), root.bias))
    return Network(plain.inputs, unfolded, plain.outputs)


def _linear(name: str, nodes: dict[str, Node]) -> Node:
    """An output as an affine node."""
    node = nodes[name]
    return node if node.kind == AFFINE else Node(name, AFFINE, {name: _ONE})


def _multiples(root: Node, relus: dict[str, Node], most: int) -> dict[str, dict[mpq, str]]:
    """Of every ReLU below an output, the positive multiples that are needed (with names still to be found)."""
    multiples: dict[str, dict[mpq, str]] = {}
    count = 0

    def need(reader: Node, factor: mpq) -> None:
        nonlocal count
        for source, weight in reader.sources.items():
            if source in relus:
                copies = multiples.setdefault(source, {})
                count += abs(factor * weight) not in copies
                copies[abs(factor * weight)] = ""

    need(root, _ONE)
    for name in reversed(relus):  # every ReLU after those that read it
        for factor in list(multiples.get(name, ())):
            need(relus[name], factor)
        if count > most:
            raise SizeError(f"too large to build: the tree of {clip_text(root.id)} makes more than {MAX_COPIES} neurons")
    return {name: multiples[name] for name in relus if name in multiples}


def _name_copies(needed: list[dict[str, dict[mpq, str]]], net: Network) -> None:
    """Give every copy a name that no other node has: that of its ReLU if there is one copy and the ReLU is no output."""
    taken = {*net.inputs, *net.order}
    for name in dict.fromkeys(name for multiples in needed for name in multiples):
        places = [(multiples[name], factor) for multiples in needed for factor in multiples.get(name, ())]
        number = 0
        for copies, factor in places:
            copies[factor] = name
            while len(places) > 1 or name in net.outputs:
                number += 1
                copies[factor] = f"{name}#{number}"
                if copies[factor] not in taken:
                    break


def _read(node: Node, factor: mpq, multiples: dict[str, dict[mpq, str]]) -> dict[str, mpq]:
    """The wires of a copy: inputs as they are, ReLUs by the copies of the right multiple."""
    return {
        multiples[source][abs(factor * weight)] if source in multiples else source: weight
        for source, weight in node.sources.items()
    }
