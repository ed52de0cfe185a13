"""S5: least circuits of depth 2, by exhaustion and by integer programs, against each other and against naive search."""

from __future__ import annotations

import importlib.util
import random
from itertools import combinations, product

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

import exactnet.construct.barriers.least_program as program
from exactnet.certify.barriers import assemble
from exactnet.certify.least import least_family
from exactnet.certify.small_weights import Request
from exactnet.construct.barriers.least_circuits import Least, LeastSearch
from exactnet.construct.barriers.least_program import solve
from exactnet.construct.barriers.threshold_functions import Gate, largest_weight, threshold_functions
from exactnet.families import FAMILIES
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.errors import ExactnetError, NetworkError, SizeError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, affine, relu
from exactnet.kernel.values import evaluate

CUBE3 = list(product((0, 1), repeat=3))
CODES = [a + b for a in ((0, 0), (1, 0), (0, 1)) for b in ((0, 0), (1, 0), (0, 1))]


def as_function(values: list[int]) -> int:
    return sum(value << place for place, value in enumerate(values))


@pytest.mark.parametrize(("n", "count"), [(1, 4), (2, 14), (3, 104), (4, 1882)])
def test_the_number_of_threshold_functions_is_the_known_one(n: int, count: int) -> None:
    """Golden: OEIS A000609."""
    points = list(product((0, 1), repeat=n))
    found = threshold_functions(points)
    assert len(found) == count
    for function, gate in found.items():
        assert as_function([gate(point) for point in points]) == function
        assert max(map(abs, gate.weights)) <= largest_weight(n)


@given(st.lists(st.integers(-60, 60), min_size=4, max_size=4), st.integers(-90, 90), st.sets(st.integers(0, 15), min_size=1))
def test_every_gate_is_listed_on_any_points(weights: list[int], at: int, places: set[int]) -> None:
    points = [point for place, point in enumerate(product((0, 1), repeat=4)) if place in places]
    gate = Gate(tuple(weights), at)
    assert as_function([gate(point) for point in points]) in threshold_functions(points)


def naive(function: int, points: list[tuple[int, ...]], most: int) -> int | None:
    """The least number of gates up to ``most``, from the definition: all choices of hidden gates, all output gates."""
    gates = threshold_functions(points)
    if function in gates:
        return 0
    for size in range(2, most + 1):
        outputs = list(threshold_functions(list(product((0, 1), repeat=size))).values())
        for hidden in combinations(gates, size):
            rows = [tuple(h >> j & 1 for h in hidden) for j in range(len(points))]
            if any(all(output(row) == function >> j & 1 for j, row in enumerate(rows)) for output in outputs):
                return size
    return None


def test_the_least_size_is_that_of_a_naive_search() -> None:
    points = [(0, 0, 0), (1, 0, 1), (0, 1, 1), (1, 1, 0), (1, 1, 1)]
    search = LeastSearch(points)
    sizes = {function: search.least(function).size for function in range(32)}
    assert sizes == {function: naive(function, points, 2) for function in range(32)}
    square = list(product((0, 1), repeat=2))
    assert [LeastSearch(square).least(f).size for f in range(16)] == [naive(f, square, 2) for f in range(16)]


@settings(max_examples=15)
@given(st.sampled_from([CUBE3, CODES]), st.integers(0, 511))
def test_exhaustion_and_program_agree(points: list[tuple[int, ...]], number: int) -> None:
    function = number & ((1 << len(points)) - 1)
    found = LeastSearch(points).least(function)
    assert [found(point) for point in points] == [function >> j & 1 for j in range(len(points))]
    assert solve(function, points, max(1, found.size)) is not None
    for fewer in range(1, found.size):
        assert solve(function, points, fewer) is None


@pytest.mark.parametrize("n", [2, 3, 4])
def test_parity_needs_n_gates(n: int) -> None:
    """In depth 2, layered: one gate for each number of ones."""
    points = list(product((0, 1), repeat=n))
    found = LeastSearch(points).least(as_function([sum(point) % 2 for point in points]))
    assert found.size == n
    assert found.proof == "exhaustion"
    circuit = found.circuit([f"x{i}" for i in range(n)], "y")
    assert measure(circuit).depth == 2
    assert [int(evaluate(circuit, point)[0]) for point in points] == [sum(point) % 2 for point in points]


def test_more_bits_than_are_listed() -> None:
    points = [a + b for a in CODES for b in ((0, 0), (1, 0), (0, 1))]
    assert (len(points), len(points[0])) == (27, 6)
    rng = random.Random(1)
    weights = [rng.randint(-9, 9) for _ in points[0]]
    one = as_function([int(sum(w * x for w, x in zip(weights, point, strict=True)) >= 1) for point in points])
    search = LeastSearch(points)
    found = search.least(one)
    assert (found.size, found.proof) == (0, "")
    two = as_function([point[0] ^ point[2] for point in points])
    found = search.least(two)
    assert found.proof == "integer program"
    assert found.size == 2
    every = (1 << len(points)) - 1
    assert search.least(every) == Least((), Gate((0,) * len(points[0]), 0), "")
    assert search.least(0).output(points[0]) == 0


def test_a_network_from_least_circuits() -> None:
    parity = FAMILIES["parity"].make(d=3, kind="relu")
    found = least_family(Request(parity.network, parity.domain))
    assert [(v, least.size) for v, least in found.circuits.items()] == [(0, 0), (1, 3)]
    back = assemble(found.family, found.target, parity.network)
    assert back.verdict == "certified"
    assert measure(back.result.constructed).depth == 3  # t + 1: the inputs of the cube are bits


def test_a_network_on_the_grid_from_least_circuits() -> None:
    net = Network(
        ["x1", "x2"],
        [relu("a", {"x1": 1, "x2": 1}), relu("b", {"x1": -1, "x2": -1}), affine("y", {"a": 1, "b": 1}, -1)],
        ["y"],
    )
    found = least_family(Request(net, Grid(1, 2)))
    assert {v: least.size for v, least in found.circuits.items()} == {0: 2, 1: 2}
    back = assemble(found.family, found.target, net)
    assert (back.verdict, measure(back.result.constructed).depth) == ("certified", 4)


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    two = Network(["x"], [affine("y", {"x": 1}), affine("z", {"x": 2})], ["y", "z"])
    with pytest.raises(NetworkError, match="one output; this network has 2"):
        least_family(Request(two, Cube(1)))
    wide = Network([f"x{i}" for i in range(7)], [affine("y", {"x1": 1})], ["y"])
    with pytest.raises(SizeError, match="at most 64 inputs, not 128"):
        least_family(Request(wide, Cube(7)))
    parity = FAMILIES["parity"].make(d=4, kind="relu")
    with pytest.raises(SizeError, match=r"^v = 1: more than 3 gates are needed in the first layer$"):
        least_family(Request(parity.network, parity.domain), most=3)
    with monkeypatch.context() as without:
        without.setattr(importlib.util, "find_spec", lambda name: None)
        without.setattr(program, "find_spec", lambda name: None)
        with pytest.raises(ExactnetError, match=r"needs OR-Tools: pip install 'exactnet\[least\]'"):
            least_family(Request(parity.network, parity.domain))
        three = FAMILIES["parity"].make(d=3, kind="relu")
        assert least_family(Request(three.network, three.domain)).circuits[1].size == 3
    with monkeypatch.context() as hurried:
        hurried.setattr(program, "EFFORT", 0.0)
        with pytest.raises(SizeError, match="the solver does not decide whether 4 gates are enough"):
            least_family(Request(parity.network, parity.domain))


def test_the_weights_of_a_gate_in_a_circuit() -> None:
    circuit = Least((), Gate((2, -1), 1), "").circuit(["a", "b"], "y")
    assert [int(evaluate(circuit, [mpq(a), mpq(b)])[0]) for a, b in Cube(2)] == [0, 0, 1, 1]
    clash = LeastSearch([(0, 0), (1, 0), (0, 1), (1, 1)]).least(0b0110).circuit(["h1", "b"], "h2")
    assert [int(evaluate(clash, point)[0]) for point in Cube(2)] == [0, 1, 1, 0]
