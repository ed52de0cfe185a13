"""A network: read from its file, put in order, and evaluated at one point by the definition.

To believe: that :class:`Net` is what the file says (nodes without wires of weight 0, sources before readers), and that
:func:`value_at` is the definition of what a network computes. It explains every difference that is found, but is too slow
to look for one: :mod:`.circuit` does that.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeVar

from .reading import Number, Unusable, clip, number, read_json, require, take

H = TypeVar("H", bound=Hashable)


class Net(NamedTuple):
    """A network: inputs and outputs in order, all kinds, and biases and wires of the nodes, sources before readers."""

    inputs: list[str]
    outputs: list[str]
    kind: dict[str, str]
    bias: dict[str, Number]
    wires: dict[str, dict[str, Number]]

    @property
    def active(self) -> set[str]:
        """The kinds of its nodes but for inputs and affine nodes."""
        return set(self.kind.values()) - {"input", "affine"}

    @property
    def is_circuit(self) -> bool:
        """Whether it is a threshold circuit: threshold and affine nodes, outputs threshold nodes."""
        return self.active == {"threshold"} == {self.kind[name] for name in self.outputs}

    @property
    def has_levels(self) -> bool:
        """Whether the outputs, and no other nodes, are threshold gates."""
        return {name for name, kind in self.kind.items() if kind == "threshold"} == set(self.outputs)


def read_net(data: bytes, what: str) -> Net:
    """Read a network file."""
    table = read_json(data, "exactnet-network/1", what)
    inputs, outputs = take(table, "inputs", list, what), take(table, "outputs", list, what)
    for names in (inputs, outputs):
        proper = names and all(isinstance(name, str) and name for name in names) and len(set(names)) == len(names)
        require(bool(proper), f"{what}: inputs and outputs must be non-empty lists of different names")
    net = Net(inputs, outputs, dict.fromkeys(inputs, "input"), {}, {})
    read = set(outputs)
    for node in take(table, "nodes", list, what):
        name = take(node, "id", str, f"{what}, a node")
        where = f"{what}, node {clip(name)}"
        require(bool(name) and name not in net.kind, f"{where}: the name is empty or taken")
        net.kind[name], net.bias[name] = take(node, "kind", str, where), number(node.get("bias", 0), where)
        require(net.kind[name] in ("relu", "threshold", "affine"), f"{where}: unknown kind {clip(net.kind[name])}")
        weights = {source: number(w, where) for source, w in take(node, "in", dict, where).items()}
        read.update(weights)
        net.wires[name] = {source: w for source, w in weights.items() if w}
    for name in read - net.kind.keys():
        raise Unusable(f"{what}: {clip(name)} is read, but is no node")
    order = post_order(net.wires, net.wires)
    return net._replace(wires={name: net.wires[name] for name in order if name in net.wires})


def post_order(roots: Iterable[H], sources: Mapping[H, Collection[H]]) -> list[H]:
    """The roots and all that they depend on, every node after its sources.

    >>> post_order("c", {"c": "ab", "b": "a"})
    ['a', 'b', 'c']
    """
    done: dict[H, None] = {}
    for root in roots:
        path = {} if root in done else {root: iter(sources.get(root, ()))}
        while path:
            node, rest = next(reversed(path.items()))
            source = next((s for s in rest if s not in done), None)
            if source is None:
                done[node] = None
                del path[node]
            else:
                require(source not in path, f"the wires form a cycle through node {clip(source)}")
                path[source] = iter(sources.get(source, ()))
    return list(done)


def value_at(net: Net, point: Sequence[Number]) -> list[Number]:
    """The outputs at one point in rational arithmetic: the definition of a network."""
    value: dict[str, Number] = dict(zip(net.inputs, point, strict=True))
    for name, wires in net.wires.items():
        z = net.bias[name] + sum(w * value[source] for source, w in wires.items())
        value[name] = {"affine": z, "relu": max(z, Fraction(0)), "threshold": int(z >= 0)}[net.kind[name]]
    return [value[name] for name in net.outputs]
