"""Pushing magnitudes down (S7): every wire from a ReLU gets weight 1 or -1.

Lemma. ``u·[z]+ = sign(u)·[|u|z]+``, as ``[·]+`` is positively homogeneous. From the outputs down: a ReLU that is read
with weights of one magnitude ``s`` only computes ``s·[z]+`` instead; its form is multiplied by ``s``, and it is read
with ±1. What it reads through ReLUs is then pushed further down. All magnitudes end in the weights of inputs and in
biases. Depth, wires and function are unchanged.
"""

from __future__ import annotations

from gmpy2 import mpq

from exactnet.kernel.errors import NetworkError, clip_text
from exactnet.kernel.network import AFFINE, RELU, Network, Node

__all__ = ["push_magnitudes"]


def push_magnitudes(net: Network) -> Network:
    """An equal network whose wires from ReLUs weigh 1 or -1; ``net`` is unfolded (:mod:`.unfold`).

    Raises :class:`NetworkError` where a ReLU is read with different magnitudes or a node is neither a ReLU nor an affine
    output.

    >>> from exactnet.kernel.network import affine, relu
    >>> net = Network(["x"], [relu("g", {"x": 3}, 1), relu("h", {"g": -2}, 5), affine("y", {"h": 7}, 1)], ["y"])
    >>> [(node.id, dict(node.sources), node.bias) for node in push_magnitudes(net).nodes()][:2]
    [('g', {'x': mpq(42,1)}, mpq(14,1)), ('h', {'g': mpq(-1,1)}, mpq(35,1))]
    """
    nodes = {node.id: node for node in net.nodes()}
    scale: dict[str, mpq] = {}
    pushed: list[Node] = []
    for node in reversed(nodes.values()):  # every node after those that read it
        if node.kind != RELU and (node.kind != AFFINE or node.id not in net.outputs):
            raise NetworkError(f"node {clip_text(node.id)} is neither a ReLU nor an affine output")
        factor = mpq(1) if node.kind == AFFINE else scale.get(node.id)
        if factor is None or (node.kind == RELU and node.id in net.outputs):
            raise NetworkError(f"node {clip_text(node.id)} is read by no node, or is an output; unfold the network first")
        sources: dict[str, mpq] = {}
        for source, weight in node.sources.items():
            if source in nodes:
                if scale.setdefault(source, abs(factor * weight)) != abs(factor * weight):
                    raise NetworkError(f"node {clip_text(source)} is read with different magnitudes; unfold the network first")
                sources[source] = mpq(1 if weight > 0 else -1)
            else:
                sources[source] = factor * weight
        pushed.append(Node(node.id, node.kind, sources, factor * node.bias))
    return Network(net.inputs, reversed(pushed), net.outputs)
