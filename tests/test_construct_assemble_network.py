"""S5 (b): a network assembled from circuits is the sum of what they say, on every input."""

from __future__ import annotations

import random

import pytest
from gmpy2 import mpq

from exactnet.construct.assemble_network import assemble_network, sum_of_circuits
from exactnet.domain import Cube, Grid
from exactnet.measures import measure
from exactnet.network import RELU, Network, threshold


def circuit(seed: int, bits: int, depth: int) -> Network:
    """A random circuit with weights of up to 2^80, and one output."""
    rng = random.Random(seed)
    inputs = [f"b{i}" for i in range(bits)]
    nodes, below = [], inputs
    for layer in range(depth):
        width = 2 if layer < depth - 1 else 1
        names = [f"g{layer}_{j}" for j in range(width)]
        for name in names:
            weights = {source: rng.randint(-(2**80), 2**80) for source in below}
            nodes.append(threshold(name, weights, -(sum(weights.values()) // 2)))
        below = names
    return Network(inputs, nodes, below)


@pytest.mark.parametrize(("frame", "bits"), [(Cube(3), 3), (Grid(1, 2), 4)])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_network_is_the_sum_of_the_circuits(frame: Cube | Grid, bits: int, depth: int) -> None:
    names = [f"x{i}" for i in range(1, frame.d + 1)]
    circuits = {v: circuit(10 * depth + v, bits, depth) for v in range(-1, 3)}
    made = assemble_network(circuits, frame, names, ["y"], 1, 2)
    plain = sum_of_circuits(circuits, frame, names, ["y"], 1, 2)
    assert {made.kind(name) for name in made.order} <= {RELU, "affine"}
    assert measure(made, frame).depth <= depth + (1 if frame.kind == "cube" else 2)
    for point in frame:
        places = [int(x * frame.p) + (frame.p**2 if frame.kind == "grid" else 0) for x in point]
        size = bits // frame.d
        read = [place >> s & 1 for place in places for s in range(size)]
        said = sum(int(circuits[v](read)[0]) for v in circuits)
        assert made(point) == plain(point) == (mpq(said, 2) - 1,)
