"""Rounding keeps its promise on every input, and no coarser power of two does."""

from __future__ import annotations

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.distance.differences import class_of
from exactnet.distance.quantise import fewest_bits, layers_of_nodes, quantise, round_weights
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.network import Network, Node, affine, relu
from exactnet.kernel.values import evaluate
from tests.helpers import random_relu


def floats(seed: int) -> Network:
    """A network with hidden weights below 1 that have 20 bits."""
    net = random_relu(seed, 3, [4, 3], 20, outputs=3, denominator=7)
    scale = {n.id: 1 if n.kind == "affine" else 2**20 for n in net.nodes()}
    nodes = [Node(n.id, n.kind, {s: w / scale[n.id] for s, w in n.sources.items()}, n.bias / scale[n.id]) for n in net.nodes()]
    return Network(net.inputs, nodes, net.outputs)


def keeps(a, b, domain, within, argmax) -> bool:
    for point in domain:
        x, y = evaluate(a, point), evaluate(b, point)
        if within is not None and max(abs(p - q) for p, q in zip(x, y, strict=True)) > within:
            return False
        if argmax and class_of(x) != class_of(y):
            return False
    return True


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([(mpq(1, 10), False), (None, True), (mpq(1, 100), True)]))
def test_the_coarsest_step_that_keeps_the_promise(seed, promise):
    net, domain = floats(seed), Grid(1, 3)
    within, argmax = promise
    found = quantise(net, domain, within=within, argmax=argmax)
    step = found.steps[0]
    assert set(found.steps) == {step}
    assert keeps(net, found.network, domain, within, argmax)
    for coarser in range(1, 8):
        rounded = round_weights(net, step * 2**coarser)
        assert rounded == found.network or not keeps(net, rounded, domain, within, argmax)  # all weights may be 0
    assert found.largest.value == max(
        abs(p - q) for point in domain for p, q in zip(evaluate(net, point), evaluate(found.network, point), strict=True)
    )


@pytest.mark.parametrize("seed", range(3))
def test_layers_are_made_coarser_and_the_promise_is_kept(seed):
    net, domain = floats(seed), Cube(3)
    one = quantise(net, domain, within=mpq(1, 50))
    each = quantise(net, domain, within=mpq(1, 50), per_layer=True)
    assert keeps(net, each.network, domain, mpq(1, 50), False)
    assert all(a <= b for a, b in zip(one.steps, each.steps, strict=True))
    layer = layers_of_nodes(net)
    for number in range(3):
        tried = [step * (2 if place == number else 1) for place, step in enumerate(each.steps)]
        coarser = round_weights(net, {name: tried[place] for name, place in layer.items()})
        assert not keeps(net, coarser, domain, mpq(1, 50), False) or number != 0


@given(st.integers(0, 10**6), st.integers(2, 12))
def test_bits(seed, bits):
    net = floats(seed)
    steps, layer = fewest_bits(net, bits), layers_of_nodes(net)
    for number, step in enumerate(steps):
        def most(step, number=number):
            rounded = round_weights(net, step)
            return max(abs(v) for name in net.order if layer[name] == number
                       for v in (*(w for _, w in rounded.sources(name)), rounded.bias(name))) / step
        assert most(step) <= 2 ** (bits - 1) - 1
        assert most(step / 2) > 2 ** (bits - 1) - 1
    assert set(quantise(net, bits=bits).steps) == {max(steps)}
    assert quantise(net, bits=bits, per_layer=True).steps == tuple(steps)


def test_dust_is_dropped_and_counted():
    net = Network(["x", "z"], [relu("h", {"x": "1/2", "z": mpq(1, 2**149)}), affine("y", {"h": "3/4"})], ["y"])
    found = quantise(net, Cube(2), step=mpq(1, 64))
    assert (found.dropped, found.largest.value, found.changes) == (1, mpq(3, 2**151), None)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "say one of"),
        ({"step": mpq(1), "bits": 8}, "say one of"),
        ({"step": mpq(0)}, "positive"),
        ({"bits": 1}, "2 bits at least"),
        ({"within": mpq(1)}, "name one"),
        ({"domain": Cube(3), "within": mpq(0)}, "no step down to"),
    ],
)
def test_what_is_refused(options, words):
    net = random_relu(1, 3, [2], 3, outputs=2, denominator=7)
    with pytest.raises(ExactnetError, match=words):
        quantise(net, **options)
