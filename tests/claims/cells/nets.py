"""Small ReLU networks for tests: drawn at random, rewritten without a change of values, and changed in one number."""

from __future__ import annotations

import random
from collections.abc import Sequence

from gmpy2 import mpq
from hypothesis import strategies as st

from exactnet.kernel.network import Network, Node, affine, relu

Point = tuple[mpq, ...]


def drawn(d: int, widths: Sequence[int], seed: int, outputs: int = 1, skips: bool = True) -> Network:
    """A network with small rational weights, skip wires, an affine node inside, and so many outputs."""
    r = random.Random(seed)
    inputs = [f"x{i + 1}" for i in range(d)]
    nodes: list[Node] = []
    below = list(inputs)
    for layer, width in enumerate(widths, 1):
        sources = below if skips else below[-(widths[layer - 2] if layer > 1 else d) :]
        new = []
        for k in range(width):
            wires = {s: mpq(r.randint(-3, 3), r.choice((1, 1, 2))) for s in sources}
            new.append(f"h{layer}_{k}")
            nodes.append(relu(new[-1], wires, mpq(r.randint(-3, 3), r.choice((1, 3)))))
        if r.random() < 0.5 and new:
            nodes.append(affine(f"a{layer}", {new[0]: 2, inputs[0]: -1}, 1))
            new.append(f"a{layer}")
        below += new
    names = [f"y{k}" for k in range(outputs)]
    nodes += [affine(y, {s: r.randint(-2, 2) for s in below}, r.randint(-2, 2)) for y in names]
    return Network(inputs, nodes, names)


def rewritten(net: Network, seed: int) -> Network:
    """The same function: ReLUs scaled, half of them turned around, some twice in a row, under other names."""
    r = random.Random(seed)
    nodes: list[Node] = []
    for node in net.nodes():
        if node.kind != "relu":
            nodes.append(node)
            continue
        scale = mpq(r.randint(1, 5), r.randint(1, 4))
        sign = r.choice((1, -1))
        wires = {s: sign * scale * w for s, w in node.sources.items()}
        inner = f"{node.id}'"
        nodes.append(relu(inner, wires, sign * scale * node.bias))
        if r.random() < 0.5:
            nodes.append(relu(inner + "'", {inner: 2}))
            inner, scale = inner + "'", 2 * scale
        linear = {} if sign > 0 else dict(node.sources)  # [z]+ = z + [-z]+
        nodes.append(affine(node.id, {**linear, inner: 1 / scale}, 0 if sign > 0 else node.bias))
    r.shuffle(nodes)
    return Network(net.inputs, nodes, net.outputs)


def changed(net: Network, seed: int, by: mpq) -> Network:
    """One weight or bias differs."""
    r = random.Random(seed)
    nodes = list(net.nodes())
    k = r.randrange(len(nodes))
    node = nodes[k]
    wires, bias = dict(node.sources), node.bias
    if wires and r.random() < 0.7:
        wires[r.choice(sorted(wires))] += by
    else:
        bias += by
    nodes[k] = Node(node.id, node.kind, wires, bias)
    return Network(net.inputs, nodes, net.outputs)


def some_points(d: int, seed: int, count: int = 60) -> list[Point]:
    """Points of small denominators, some far away."""
    r = random.Random(seed)
    return [tuple(mpq(r.randint(-20, 20) * r.choice((1, 1, 50)), r.choice((1, 2, 3))) for _ in range(d)) for _ in range(count)]


@st.composite
def small_networks(draw: st.DrawFn, outputs: int | None = None) -> Network:
    """Networks of at most three inputs, two hidden layers of at most four ReLUs, and two outputs."""
    d = draw(st.integers(1, 3))
    widths = draw(st.lists(st.integers(0, 4), min_size=1, max_size=2))
    return drawn(d, widths, draw(st.integers(0, 10**6)), outputs or draw(st.integers(1, 2)))
