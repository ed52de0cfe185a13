"""Every back end against the definition, on every input."""

from __future__ import annotations

import pickle
from functools import reduce
from math import lcm

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.errors import DomainError
from exactnet.kernel.network import AFFINE, KINDS, Network, Node, affine, relu, threshold
from exactnet.kernel.values import Block, Evaluator, evaluate
from tests.helpers import EVALUATORS

SMALL = st.integers(-3, 3).map(mpq)
RATIONAL = st.builds(mpq, st.integers(-9, 9), st.integers(1, 6))
HUGE = st.builds(lambda a, b: mpq(a * 2**70 + b, 1), st.integers(-5, 5), st.integers(-(2**66), 2**66))
HUGE_RATIONAL = st.builds(mpq, st.integers(-(2**90), 2**90), st.integers(1, 2**65))
WEIGHTS = SMALL | RATIONAL | HUGE | HUGE_RATIONAL


@st.composite
def domains(draw: st.DrawFn) -> Domain:
    match draw(st.sampled_from(["cube", "grid", "points"])):
        case "cube":
            return Cube(draw(st.integers(1, 5)))
        case "grid":
            p = draw(st.integers(1, 3))
            return Grid(p, draw(st.integers(1, {1: 4, 2: 2, 3: 1}[p])))
        case _:
            d = draw(st.integers(1, 4))
            coordinate = SMALL | RATIONAL | HUGE_RATIONAL
            return Points(tuple(draw(st.lists(st.tuples(*[coordinate] * d), min_size=1, max_size=20))))


@st.composite
def networks(draw: st.DrawFn, d: int) -> Network:
    """Mixed kinds, skip wires, constants, dead nodes, steps on shared forms, repeated forms, outputs of every kind."""
    weights = draw(st.sampled_from([SMALL, RATIONAL, WEIGHTS]))
    inputs = [f"x{i}" for i in range(d)]
    names = list(inputs)
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, 14))):
        name = f"n{number}"
        shape = draw(st.sampled_from(["any", "any", "repeat", "steps"]))
        if shape == "repeat" and nodes:  # the wires of an earlier node, perhaps scaled, with another kind or bias
            old = draw(st.sampled_from(nodes))
            factor = draw(weights)
            wires = {source: w * factor for source, w in old.sources.items()}
            nodes.append(Node(name, draw(st.sampled_from(KINDS)), wires, draw(weights)))
        elif shape == "steps":  # an exact sum over one node
            source = draw(st.sampled_from(names))
            total: dict[str, mpq] = {}
            for k in range(draw(st.integers(1, 4))):
                t = draw(weights)
                nodes += [relu(f"{name}a{k}", {source: 1}, 1 - t), relu(f"{name}b{k}", {source: 1}, -t)]
                nodes.append(affine(f"{name}s{k}", {f"{name}a{k}": 1, f"{name}b{k}": -1}))
                total[f"{name}s{k}"] = draw(weights)
            nodes.append(Node(name, AFFINE, total, draw(weights)))
        else:
            sources = draw(st.lists(st.sampled_from(names), max_size=5, unique=True))
            wires = {source: draw(weights) for source in sources}
            nodes.append(Node(name, draw(st.sampled_from(KINDS)), wires, draw(weights)))
        names.append(name)
    outputs = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
    return Network(inputs, nodes, outputs)


def check_block(block: Block, expected: list[tuple[mpq, ...]], r: int) -> None:
    """Hold a block against naive rational arithmetic."""
    assert block.count == len(expected)
    for output in range(len(expected[0]) if expected else 0):
        values = [row[output] for row in expected]
        floors, whole = block.split(output, r)
        exact = [int((r * v).numerator // (r * v).denominator) for v in values]
        assert floors.dtype == (np.int64 if all(-(2**63) <= v < 2**63 for v in exact) else object)
        assert floors.tolist() == exact
        integral = [(r * v).denominator == 1 for v in values]
        assert (whole is None) == all(integral)
        if whole is not None:
            assert whole.dtype == np.bool_
            assert whole.tolist() == integral
        assert block.max_abs(output) == max(abs(v) for v in values)
        assert block.denominator(output) == reduce(lcm, (int(v.denominator) for v in values))


def check_network(net: Network, domain: Domain, r: int = 1, start: int = 0, stop: int | None = None) -> None:
    expected = [evaluate(net, point) for point in domain.range(start, domain.count if stop is None else stop)]
    for name in EVALUATORS:
        check_block(EVALUATORS[name](net, domain).block(start, start + len(expected)), expected, r)


@settings(max_examples=300)
@given(st.data())
def test_random_networks(data: st.DataObject) -> None:
    domain = data.draw(domains())
    net = data.draw(networks(domain.d))
    start = data.draw(st.integers(0, domain.count))
    stop = data.draw(st.integers(start, domain.count))
    r = data.draw(st.sampled_from([1, 2, 12, 10**6, 2**70]))
    check_network(net, domain, r)
    check_network(net, domain, r, start, stop)


def one_output(nodes: list[Node], d: int) -> Network:
    return Network([f"x{i}" for i in range(d)], nodes, [nodes[-1].id])


@pytest.mark.parametrize("bits", [7, 8, 15, 16, 31, 32, 63, 64, 65, 128])
@pytest.mark.parametrize("off", [-2, -1, 0, 1])
@pytest.mark.parametrize("sign", [-1, 1])
def test_edges_of_machine_types(bits: int, off: int, sign: int) -> None:
    """Forms whose greatest value lies right at the edge of a type, read by every kind of node."""
    top = 2**bits + off
    parts = {"x0": top - top // 2 - top // 3, "x1": top // 3, "x2": top // 2}
    form = affine("f", {name: sign * w for name, w in parts.items()})
    nodes = [
        form,
        relu("r", {"f": 1}, 1 - sign * top),
        relu("q", {"f": -1}, sign * top),
        threshold("t", {"f": 1}, -sign * top),
        affine("mix", {"f": 1, "t": -top, "r": 3, "q": -1, "x0": 1}),
        relu("deep", {"mix": 1, "f": 1}, -1),
        affine("y", {"deep": 1, "mix": "1/3"}, sign),
    ]
    check_network(Network(["x0", "x1", "x2"], nodes, ["f", "r", "q", "t", "mix", "deep", "y"]), Cube(3))


@pytest.mark.parametrize("bits", [7, 8, 15, 16, 31, 32, 63, 64])
def test_partial_sums_overflow_though_the_total_does_not(bits: int) -> None:
    """Large terms of both signs that cancel wherever they occur, over gates and over inputs."""
    big = 2**bits - 1
    nodes = [
        threshold("g", {"x0": 1, "x1": 1}, -1),
        threshold("h", {"x0": -1, "x1": -1}, 0),  # 1 - g, which the evaluator does not know
        relu("s", {"g": big, "h": big, "x0": big, "x2": 1}, -big),
        relu("t", {"g": big, "h": -big, "x0": -big, "x2": 1}, 5),
        affine("y", {"s": 1, "t": -1}),
    ]
    check_network(Network(["x0", "x1", "x2"], nodes, ["y", "s", "t"]), Cube(3))


@pytest.mark.parametrize("name", EVALUATORS)
@pytest.mark.parametrize("domain", [Cube(14), Grid(1, 9), Grid(2, 5), Grid(3, 4), Grid(30, 2)])
def test_ranges_that_cross_rows(name: str, domain: Cube | Grid) -> None:
    """Ranges that begin and end anywhere, far from the first input."""
    names = [f"x{i}" for i in range(domain.d)]
    nodes = [
        affine("f", {x: i + 1 for i, x in enumerate(names)}, 3),
        affine("g", {x: mpq(3**i, 7) for i, x in enumerate(names)}),
        relu("a", {names[0]: 1, names[-1]: -2}),
        threshold("b", {"f": 1, "a": 1}, -4),
        affine("y", {"a": 1, "b": 2, "g": 1}),
    ]
    net = Network(names, nodes, ["f", "g", "y", names[0]])
    evaluator = EVALUATORS[name](net, domain)
    for start in (0, 1, domain.count // 3, domain.count - 5000):
        stop = min(start + 4999, domain.count)
        sample = sorted({*range(0, stop - start, 97), stop - start - 1})
        block = evaluator.block(start, stop)
        expected = [evaluate(net, domain[start + k]) for k in sample]
        for output in range(4):
            floors, _ = block.split(output, 7 * domain.p)
            scaled = [7 * domain.p * row[output] for row in expected]
            assert floors[sample].tolist() == [v.numerator // v.denominator for v in scaled]


@pytest.mark.parametrize("name", EVALUATORS)
def test_domains_too_large_to_count_in_64_bits(name: str) -> None:
    for domain in (Cube(100), Grid(200, 2), Grid(3, 40), Grid(190, 9)):
        net = one_output(
            [
                relu("a", {f"x{i}": i + 1 for i in range(domain.d)}, -3),
                threshold("b", {"x0": 1, f"x{domain.d - 1}": 1}),
                affine("y", {"a": 1, "b": "1/3"}),
            ],
            domain.d,
        )
        carry = domain.base ** (domain.d - 1) - 500  # the first coordinate changes within the block
        for start in (0, carry, domain.count // 3, domain.count - 1000):
            expected = [evaluate(net, point) for point in domain.range(start, start + 1000)]
            check_block(EVALUATORS[name](net, domain).block(start, start + 1000), expected, 6)


@pytest.mark.parametrize("name", EVALUATORS)
def test_bad_ranges_and_dimensions(name: str) -> None:
    net = one_output([affine("y", {"x0": 1})], 2)
    evaluator = EVALUATORS[name](net, Cube(2))
    for start, stop in ((-1, 2), (0, 5), (3, 2)):
        with pytest.raises(DomainError, match="not part of a domain of 4 inputs"):
            evaluator.block(start, stop)
    with pytest.raises(DomainError, match="3 coordinates"):
        EVALUATORS[name](net, Cube(3))
    empty = evaluator.block(2, 2)
    assert (empty.count, empty.max_abs(0), empty.denominator(0), len(empty.split(0, 5)[0])) == (0, 0, 1, 0)


@pytest.mark.parametrize("name", EVALUATORS)
def test_pickle(name: str) -> None:
    net = one_output([relu("a", {"x0": "1/3", "x1": 2**70}), affine("y", {"a": 1, "x0": 1})], 2)
    evaluator: Evaluator = pickle.loads(pickle.dumps(EVALUATORS[name](net, Grid(2, 2))))
    check_block(evaluator.block(3, 80), [evaluate(net, x) for x in Grid(2, 2).range(3, 80)], 3)
