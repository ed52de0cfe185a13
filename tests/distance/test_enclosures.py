"""Enclosures hold for every input, and are tight enough to decide."""

from __future__ import annotations

import random

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.distance import enclosures
from exactnet.distance.enclosures import Enclosures
from exactnet.kernel.domain import Cube, Grid, Points
from exactnet.kernel.network import Network, affine, relu, threshold
from exactnet.kernel.values import evaluate
from tests.helpers import random_circuit, random_relu


def network(rng: random.Random, d: int, bits: int, gates: bool) -> Network:
    """Layers with skip wires; weights of ``bits`` bits over denominators that are powers of two or not."""
    known, nodes = [f"x{i}" for i in range(d)], []
    for layer in range(rng.randint(1, 4)):
        names = [f"h{layer}_{j}" for j in range(rng.randint(1, 4))]
        for name in names:
            den = rng.choice([1, 3, 2**bits, 2 ** (bits // 2)])
            sources = {s: mpq(rng.randint(-(2**bits), 2**bits), den) for s in rng.sample(known, rng.randint(0, len(known)))}
            make = rng.choice([relu, affine, threshold] if gates else [relu, affine])
            nodes.append(make(name, sources, mpq(rng.randint(-(2**bits), 2**bits), rng.choice([1, 7, 2**bits]))))
        known = known + names
    outputs = [f"y{j}" for j in range(2)]
    nodes += [affine(name, {s: mpq(rng.randint(1, 2**bits), 2**bits) for s in known}, mpq(1, 3)) for name in outputs]
    return Network(known[:d], nodes, outputs)


def check(net: Network, domain) -> int:
    """Every enclosure holds; how many inputs are decided."""
    found = Enclosures(net, domain)
    if not found.usable:
        return 0
    block = found.block(0, domain.count)
    for point, row, decided in zip(domain, block.numbers.tolist(), block.decided.tolist(), strict=True):
        if decided:
            for number, error, value in zip(row, block.errors, evaluate(net, point), strict=True):
                assert abs(number * block.unit - value) <= error
    return int(block.decided.sum())


@settings(max_examples=120)
@given(st.integers(0, 10**9), st.sampled_from([1, 3, 10, 24, 30, 45, 70, 200]), st.booleans())
def test_enclosures_hold(seed, bits, gates):
    rng = random.Random(seed)
    d = rng.randint(1, 3)
    points = tuple(tuple(mpq(rng.randint(-(2**bits), 2**bits), rng.choice([1, 3, 2**bits])) for _ in range(d)) for _ in range(9))
    for domain in (Cube(d), Grid(2, d), Points(points)):
        check(network(rng, d, bits, gates), domain)


@pytest.mark.parametrize("seed", range(5))
def test_small_numbers_are_exact(seed):
    net = random_relu(seed, 4, [6, 5], 5, outputs=3, denominator=8)
    assert Enclosures(net, Grid(2, 4)).block(0, 500).errors == (0, 0, 0)
    circuit = random_circuit(seed, 6, [5, 4], 6)
    assert check(circuit, Cube(6)) == 64


def test_floats_are_enclosed_to_fifty_bits():
    rng = random.Random(1)
    net = random_relu(2, 4, [30, 30], 24, outputs=2, denominator=2**40)
    scaled = [affine("z", {name: mpq(rng.randint(1, 2**24), 2**90) for name in net.outputs}, 0)]
    net = Network(net.inputs, [*net.nodes(), *scaled], ["z"])
    domain = Grid(1, 4)
    assert check(net, domain) == 81
    block = Enclosures(net, domain).block(0, 81)
    largest = max(abs(evaluate(net, point)[0]) for point in domain)
    assert 0 < block.errors[0] < largest / 2**40


def test_every_product_is_where_it_is_proven(monkeypatch):
    """All sums that are computed are recomputed in Python integers: no one leaves 64 bits."""
    seen = []
    original = enclosures._multiply

    def watched(part, tensor):
        shrunk = enclosures._scaled(tensor, 2 * part.limb, part.high is not None)
        for matrix in (part.low, *([] if part.high is None else [part.high])):
            for numbers in (shrunk.numbers, shrunk.numbers >> part.limb, shrunk.numbers & ((1 << part.limb) - 1)):
                seen.append(int(np.abs(numbers.astype(object)).max()) * int(np.abs(matrix.astype(object)).sum(axis=0).max()))
        assert int(np.abs(shrunk.numbers.astype(object)).max()) <= 2 ** (2 * part.limb)
        if part.high is not None:
            assert int(np.abs(part.high).max()) <= 2**part.limb > int(part.low.max())
        return original(part, tensor)

    monkeypatch.setattr(enclosures, "_multiply", watched)
    rng = random.Random(5)
    for bits in (10, 30, 60, 120):
        check(network(rng, 3, bits, False), Cube(3))
    assert seen


def test_outputs_of_several_layers_are_not_enclosed():
    net = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 2})], ["h", "y"])
    assert not Enclosures(net, Cube(1)).usable


def test_a_gate_near_its_border_is_undecided():
    tiny = mpq(1, 2**300)
    nodes = [affine("a", {"x": mpq(2**61 + 1, 3)}, -mpq(2**61 + 1, 3) + tiny), threshold("g", {"a": 1}, -tiny)]
    net = Network(["x"], nodes, ["g"])
    block = Enclosures(net, Cube(1)).block(0, 2)
    assert block.decided.tolist() == [True, False]
    assert block.numbers[0, 0] == 0
