"""S7: unfolding, pushed magnitudes, intervals, basic solutions; held against naive definitions on every input."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
import sympy as sp
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.construct.few_bits import vertex as vertex_module
from exactnet.construct.few_bits.gates import GateProgram, few_bits_circuit
from exactnet.construct.few_bits.intervals import Interval, exact_intervals, near_intervals, within_intervals
from exactnet.construct.few_bits.layers import TreeProgram, few_bits, tree_of, without_dead
from exactnet.construct.few_bits.linear_program import Program, Row, kernel_vector, solve_square
from exactnet.construct.few_bits.push_magnitudes import push_magnitudes
from exactnet.construct.few_bits.solvers import SOLVERS
from exactnet.construct.few_bits.unfold import unfold
from exactnet.construct.few_bits.vertex import vertex
from exactnet.construct.few_bits.walk import walk
from exactnet.families import FAMILIES
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.errors import NetworkError, RefusedError, SizeError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, affine, relu, threshold
from exactnet.kernel.rationals import lcm_all
from exactnet.kernel.values import all_values, evaluate
from exactnet.theory.few_bits import largest_minor
from exactnet.theory.symbols import m, p, value_of
from tests.helpers import first_difference, random_circuit, random_relu
from tests.rechecking import instances, networks

KINDS = (affine, relu, relu)
#: The solvers that give basic solutions.
BASIC = ("highs", "walk")


def denominator(net: Network, domain: Domain) -> int:
    return int(lcm_all(value.denominator for point in domain for value in evaluate(net, point)))


def exactly(net: Network, domain: Domain) -> list[Interval]:
    return exact_intervals(net, domain, denominator(net, domain))


# --- unfolding and pushing -----------------------------------------------------------------------


@settings(max_examples=60)
@given(networks(2, KINDS))
def test_unfolding_and_pushing_change_neither_the_function_nor_the_depth(net: Network) -> None:
    domain = Grid(1, 2)
    tree = unfold(net)
    pushed = push_magnitudes(tree)
    for made in (tree, pushed):
        assert first_difference(net, made, domain) is None
        assert (made.inputs, made.outputs) == (net.inputs, net.outputs)
        assert measure(made).depth <= measure(net).depth
    for node in pushed.nodes():
        assert all(abs(weight) == 1 for source, weight in node.sources.items() if source not in net.inputs)
    trees = [set(tree_of(pushed, name).order) for name in pushed.outputs if name not in net.inputs]
    assert all(not a & b for a, b in itertools.combinations(trees, 2))  # every output by itself


@pytest.mark.parametrize("widths", [(3,), (3, 2), (2, 3, 2)])
@pytest.mark.parametrize("outputs", [1, 2])
def test_a_tree_has_one_copy_for_each_path(widths: tuple[int, ...], outputs: int) -> None:
    """With generic weights: the product of the widths from a layer on, for each output."""
    net = random_relu(5, 2, widths, 30, outputs=outputs)
    paths = sum(int(np.prod(widths[layer:])) for layer in range(len(widths)))
    assert measure(unfold(net)).neurons == outputs * paths
    assert measure(unfold(net)).depth == len(widths) + 1


def test_copies_with_the_same_multiple_are_one() -> None:
    """The sawtooth has 2^k paths, but only k different products of weights a layer."""
    net = FAMILIES["telgarsky"].make(depth=12, grid=2).network
    assert measure(unfold(net)).neurons <= 12 * 12 * 2
    assert first_difference(net, unfold(net), Grid(2, 1)) is None


def test_an_output_that_is_a_relu_and_is_read_keeps_its_name_and_value() -> None:
    net = Network(["x"], [relu("h", {"x": 3}), relu("h#1", {"h": 2}, -1), affine("z", {"h#1": 5})], ["h", "z", "x", "h#1"])
    made = push_magnitudes(unfold(net))
    assert made.outputs == net.outputs
    assert first_difference(net, made, Grid(2, 1)) is None


def test_what_cannot_be_unfolded_or_pushed(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Network(["x"], [threshold("g", {"x": 1}), affine("y", {"g": 1})], ["y"])
    with pytest.raises(NetworkError, match="'g' is a threshold gate"):
        unfold(gate)
    with pytest.raises(NetworkError, match="'g' is neither a ReLU nor an affine output"):
        push_magnitudes(gate)
    shared = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1}), affine("z", {"h": 2})], ["y", "z"])
    with pytest.raises(NetworkError, match="'h' is read with different magnitudes"):
        push_magnitudes(shared)
    with pytest.raises(NetworkError, match="'h' is read by no node"):
        push_magnitudes(Network(["x"], [relu("h", {"x": 1}), affine("y", {"x": 1})], ["y"]))
    monkeypatch.setattr("exactnet.construct.few_bits.unfold.MAX_COPIES", 20)
    assert measure(unfold(random_relu(1, 2, (4, 4), 9))).neurons == 20
    with pytest.raises(SizeError, match="makes more than 20 neurons"):
        unfold(random_relu(1, 2, (4, 5), 9))


@settings(max_examples=40)
@given(instances(KINDS))
def test_only_neurons_that_are_never_positive_are_dead(instance: tuple[Network, Domain]) -> None:
    net, domain = instance
    left = without_dead(net, domain)
    assert first_difference(net, left, domain) is None
    positive = {name for point in domain for name, value in all_values(net, point).items() if value > 0}
    kept = {name for name in left.order if left.kind(name) == "relu"}
    assert kept - positive <= set(net.outputs)
    assert positive & {name for name in net.order if net.kind(name) == "relu"} <= kept


# --- intervals -----------------------------------------------------------------------------------

TOLERANCES = st.sampled_from([mpq(1, 100), mpq(1, 7), mpq(1, 2), mpq(1), mpq(5, 3)])


@settings(max_examples=60)
@given(instances(KINDS), TOLERANCES)
def test_intervals_enclose_the_outputs_within_the_tolerance(instance: tuple[Network, Domain], epsilon: mpq) -> None:
    net, domain = instance
    largest = max(1, *(ceil(abs(v)) for point in domain for v in evaluate(net, point)))
    r = ceil(1 / epsilon)
    found = within_intervals(net, domain, r, epsilon, largest)
    for index, point in enumerate(domain):
        for interval, value in zip(found, evaluate(net, point), strict=True):
            low, high = int(interval.low[index]), int(interval.high[index])
            assert max(value - epsilon, mpq(-largest)) <= mpq(low, r) <= value <= mpq(high, r)
            assert mpq(high, r) <= min(value + epsilon, mpq(largest))
            assert mpq(low - 1, r) < max(value - epsilon, mpq(-largest))  # as wide as possible
            assert mpq(high + 1, r) > min(value + epsilon, mpq(largest))


@settings(max_examples=60)
@given(instances(KINDS), st.integers(1, 4), TOLERANCES)
def test_intervals_about_multiples_or_a_refusal(instance: tuple[Network, Domain], r: int, epsilon: mpq) -> None:
    net, domain = instance
    rows = [[Fraction(int(v.numerator), int(v.denominator)) for v in evaluate(net, point)] for point in domain]
    nearest = [[Fraction(floor(r * v + Fraction(1, 2)), r) for v in row] for row in rows]
    tolerance = Fraction(int(epsilon.numerator), int(epsilon.denominator))
    far = any(abs(v - n) > tolerance for row, near in zip(rows, nearest, strict=True) for v, n in zip(row, near, strict=True))
    largest = max(1, *(ceil(abs(v)) for row in rows for v in row))
    if far:
        with pytest.raises(RefusedError, match=f"from the nearest multiple of 1/{r}, more than epsilon = {epsilon}, at x1="):
            near_intervals(net, domain, r, epsilon, largest)
        return
    found = near_intervals(net, domain, r, epsilon, largest)
    for index, (row, near) in enumerate(zip(rows, nearest, strict=True)):
        for interval, value, n in zip(found, row, near, strict=True):
            low, high = (Fraction(int(end[index]), interval.scale) for end in (interval.low, interval.high))
            assert (low, high) == (max(n - tolerance, -largest), min(n + tolerance, largest))
            assert low <= value <= high


# --- basic solutions -----------------------------------------------------------------------------


Dense = tuple[list[mpq], mpq | None, mpq | None]


def naive_rows(tree: Network, domain: Domain, interval: Interval) -> tuple[list[tuple[str, str]], list[Dense]]:
    """All constraints of a tree, dense: unknowns by (node, source or ""), and rows with their ends."""
    unknowns = [(node.id, name) for node in tree.nodes() for name in ["", *(n for n in tree.inputs if n in node.sources)]]
    rows: list[Dense] = []
    for index, point in enumerate(domain):
        at = dict(zip(tree.inputs, point, strict=True))
        forms: dict[str, list[mpq]] = {}
        values = all_values(tree, point)
        for node in tree.nodes():
            form = [(at[name] if name else mpq(1)) if owner == node.id else mpq(0) for owner, name in unknowns]
            for source, weight in node.sources.items():
                if source in forms and values[source] > 0:
                    form = [a + weight * b for a, b in zip(form, forms[source], strict=True)]
            forms[node.id] = form
            if node.kind == "relu":
                rows.append((form, mpq(0), None) if values[node.id] > 0 else (form, None, mpq(0)))
            else:
                ends = (mpq(int(end[index]), interval.scale) for end in (interval.low, interval.high))
                rows.append((form, *ends))
    return unknowns, rows


def assert_feasible_and_basic(rows: Sequence[Dense], point: Sequence[mpq]) -> None:
    support = [j for j, value in enumerate(point) if value]
    tight = []
    for form, low, high in rows:
        value = sum((a * b for a, b in zip(form, point, strict=True)), mpq(0))
        assert low is None or low <= value
        assert high is None or value <= high
        if value in (low, high):
            tight.append([sp.Rational(int(form[j].numerator), int(form[j].denominator)) for j in support])
    if support:
        assert tight
        assert sp.polys.matrices.DomainMatrix.from_Matrix(sp.Matrix(tight)).to_field().rank() == len(support)


@pytest.mark.parametrize("solver", BASIC)
@settings(max_examples=25)
@given(instance=instances(KINDS), epsilon=st.one_of(st.none(), TOLERANCES))
def test_a_solution_is_feasible_and_basic_and_gives_the_outputs(
    solver: str, instance: tuple[Network, Domain], epsilon: mpq | None
) -> None:
    net, domain = instance
    net = Network(net.inputs, net.nodes(), net.outputs[:1])
    largest = max(1, *(ceil(abs(v)) for point in domain for v in evaluate(net, point)))
    wanted = exactly(net, domain)
    if epsilon is not None:
        wanted = within_intervals(net, domain, ceil(1 / epsilon), epsilon, largest)
    made = few_bits(net, domain, wanted, SOLVERS[solver])
    assert measure(made).depth <= measure(net).depth
    for point in domain:
        [value], [got] = evaluate(net, point), evaluate(made, point)
        assert abs(got - value) <= (epsilon or 0)
    tree = push_magnitudes(unfold(without_dead(net, domain)))
    if net.outputs[0] not in net.inputs:
        program = TreeProgram(tree, domain, wanted[0])
        found = SOLVERS[solver](program)
        solved = program.network(found)
        unknowns, rows = naive_rows(tree, domain, wanted[0])
        point = [solved.bias(n) if s == "" else dict(solved.sources(n)).get(s, mpq(0)) for n, s in unknowns]
        assert_feasible_and_basic(rows, point)


@pytest.mark.parametrize("solver", list(SOLVERS))
@pytest.mark.parametrize(
    ("widths", "domain"), [((4,), Cube(4)), ((3, 2), Cube(3)), ((2, 2), Grid(1, 2)), ((2, 2, 2), Cube(3))]
)
def test_huge_weights_become_few_bits(solver: str, widths: tuple[int, ...], domain: Domain) -> None:
    """Every weight of the original has 700 bits; small outputs, so that few bits suffice."""
    grid = 0 if isinstance(domain, Cube) else 1
    net = FAMILIES["random"].make(d=domain.d, widths=widths, bits=700, grid=grid, seed=3).network
    made = few_bits(net, domain, exactly(net, domain), SOLVERS[solver])
    assert first_difference(net, made, domain) is None
    assert measure(net).bits >= 700
    assert measure(made).bits <= 24


@pytest.mark.parametrize("solver", list(SOLVERS))
def test_outputs_that_are_too_large_for_floating_point(solver: str) -> None:
    net = Network(
        ["a", "b"],
        [relu("h", {"a": 2**1100, "b": 2**80}, -5), relu("g", {"a": 1, "b": -1}), affine("y", {"h": 1, "g": 3})],
        ["y"],
    )
    made = few_bits(net, Cube(2), exactly(net, Cube(2)), SOLVERS[solver])
    assert first_difference(net, made, Cube(2)) is None


@settings(max_examples=40)
@given(instances(KINDS), TOLERANCES)
def test_rounding_stays_within_the_tolerance_and_the_bits(instance: tuple[Network, Domain], epsilon: mpq) -> None:
    net, domain = instance
    net = Network(net.inputs, net.nodes(), net.outputs[:1])
    largest = max(1, *(ceil(abs(v)) for point in domain for v in evaluate(net, point)))
    wanted = within_intervals(net, domain, ceil(1 / epsilon), epsilon, largest)
    basic, short = (few_bits(net, domain, wanted, SOLVERS[name]) for name in ("highs", "round"))
    assert measure(short).bits <= measure(basic).bits
    assert measure(short).denominator <= measure(basic).denominator
    assert all(abs(evaluate(net, point)[0] - evaluate(short, point)[0]) <= epsilon for point in domain)


def test_rounding_gains_where_determinants_are_large() -> None:
    """Weights of 53 bits, as trained in floating point: a basic solution has large determinants, and there is room."""
    rng = random.Random(1)
    names = ["x1", "x2"]

    def numbers() -> list[mpq]:
        return [mpq(rng.randint(-(2**53), 2**53), 2**52) for _ in range(5)]

    nodes = [relu(f"h{j}", dict(zip(names, numbers(), strict=False)), numbers()[0]) for j in range(5)]
    net = Network(names, [*nodes, affine("y", {node.id: w for node, w in zip(nodes, numbers(), strict=True)})], ["y"])
    wanted = within_intervals(net, Grid(3, 2), 20, mpq(1, 20), 100)
    basic, short = (few_bits(net, Grid(3, 2), wanted, SOLVERS[name]) for name in ("highs", "round"))
    assert measure(short).bits < measure(basic).bits - 8 < measure(net).bits - 8
    assert measure(short).denominator.bit_count() == 1


class Wrong:
    """A float solver that answers with nonsense."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def __call__(self, *_: object) -> object:
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [
        None,
        ([0], []),
        ([0], [(Row({1: 1}, None, None), mpq(0))]),
        ([], []),
        ([0], [(Row({0: 1}, None, None), mpq(10**6))]),
    ],
)
def test_a_wrong_basis_is_noticed(monkeypatch: pytest.MonkeyPatch, answer: object) -> None:
    """No basis, one of the wrong size, a singular one, and bases of points that are not feasible."""
    net = random_relu(2, 3, (3,), 40)
    wanted = exactly(net, Cube(3))
    monkeypatch.setattr(vertex_module.FloatProgram, "basis", Wrong(answer))
    made = few_bits(net, Cube(3), wanted, vertex)
    assert first_difference(net, made, Cube(3)) is None


class Box:
    """``1 <= v_0 + v_1 <= 3``, ``v_0 - v_1 = 1/2``, the last row only by separation."""

    start = (mpq(5, 4), mpq(3, 4))
    rows = {"sum": Row({0: 1, 1: 1}, mpq(1), mpq(3)), "gap": Row({0: 1, 1: -1}, mpq(1, 2), mpq(1, 2))}  # noqa: RUF012

    def first(self) -> dict[str, Row]:
        return {"sum": self.rows["sum"]}

    def violated(self, point: Sequence[mpq]) -> dict[str, Row]:
        gap = self.rows["gap"]
        return {} if gap.value(point) == gap.low else {"gap": gap}


@pytest.mark.parametrize("solver", list(SOLVERS))
def test_a_small_program(solver: str) -> None:
    """Basic points are (1/2, 0) — below the sum — and those where the sum is 1 or 3; the least sum is 1."""
    program: Program = Box()
    assert SOLVERS[solver](program) == [mpq(3, 4), mpq(1, 4)]


def test_a_walk_from_a_basic_point_stays() -> None:
    class At(Box):
        start = (mpq(7, 4), mpq(5, 4))

    assert walk(At()) in ([mpq(7, 4), mpq(5, 4)], [mpq(3, 4), mpq(1, 4)])


@settings(max_examples=60)
@given(st.integers(1, 4), st.randoms(use_true_random=False))
def test_linear_algebra(n: int, rng: random.Random) -> None:
    rows = [Row({j: rng.randint(-3, 3) for j in range(n)}, None, None) for _ in range(n)]
    values = [mpq(rng.randint(-5, 5), rng.randint(1, 4)) for _ in range(n)]
    singular = sp.Matrix([[row.coefs[j] for j in range(n)] for row in rows]).det() == 0
    found = solve_square(rows, list(range(n)), values)
    assert (found is None) == singular
    if found is not None:
        assert [row.value(found) for row in rows] == values
    kernel = kernel_vector(rows, list(range(n)))
    assert (kernel is not None) == singular
    if kernel is not None:
        assert any(kernel.values())
        assert all(row.value([kernel.get(j, mpq(0)) for j in range(n)]) == 0 for row in rows)


# --- gates ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("solver", list(SOLVERS))
@settings(max_examples=30)
@given(instance=instances((affine, threshold)))
def test_gates_keep_their_values_and_are_basic(solver: str, instance: tuple[Network, Domain]) -> None:
    net, domain = instance
    gates = [name for name in net.order if net.kind(name) == "threshold"]
    if not gates:
        return
    net = Network(net.inputs, net.nodes(), gates)
    made = few_bits_circuit(net, domain, SOLVERS[solver])
    assert first_difference(net, made, domain) is None
    assert measure(made, domain).depth <= measure(net, domain).depth
    for node in made.nodes():  # coprime integers on integer-valued sources
        weights = [w / (domain.p if name in net.inputs else 1) for name, w in node.sources.items()]
        assert all(w.denominator == 1 for w in [*weights, node.bias])
        assert np.gcd.reduce([abs(int(w)) for w in [*weights, node.bias]] or [0]) in (0, 1)


@pytest.mark.parametrize("solver", BASIC)
def test_one_gate_is_basic(solver: str) -> None:
    """The rows of a gate on the cube, written out: form at least 0 where it fires, else at most -1."""
    for seed in range(8):
        net = random_circuit(seed, 4, (1,), 60)
        [gate] = net.nodes()
        columns = [np.array([int(x[i]) for x in Cube(4)]) for i in range(4)]
        fires = np.array([int(net(x)[0]) for x in Cube(4)])
        found = SOLVERS[solver](GateProgram(gate, [columns[int(s[1:]) - 1] for s in gate.sources], fires, set(net.inputs), 1))
        order = [int(s[1:]) - 1 for s in gate.sources]
        rows = [
            ([*(x[i] for i in order), mpq(1)], mpq(0) if fire else None, None if fire else mpq(-1))
            for x, fire in zip(Cube(4), fires, strict=True)
        ]
        assert_feasible_and_basic(rows, found)


def test_points_whose_coordinates_are_far_apart() -> None:
    """More values than inputs: the values themselves are numbered."""
    rng = random.Random(4)
    points = Points(tuple(tuple(mpq(rng.randint(-(10**6), 10**6), 7) for _ in range(5)) for _ in range(40)))
    net = random_circuit(1, 5, (3, 1), 90)
    made = few_bits_circuit(net, points, vertex)
    assert first_difference(net, made, points) is None


def test_a_network_that_is_no_circuit() -> None:
    with pytest.raises(NetworkError, match="'y' is no threshold gate"):
        few_bits_circuit(Network(["x"], [affine("y", {"x": 1})], ["y"]), Cube(1), vertex)


# --- the bound -----------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3])
def test_no_minor_of_a_zero_one_matrix_exceeds_the_bound(n: int) -> None:
    """Every matrix of order n with entries 0 and 1; those of order 3 reach the bound 2."""
    matrices = itertools.product([0, 1], repeat=n * n)
    most = max(abs(round(float(np.linalg.det(np.reshape(m, (n, n)).astype(float))))) for m in matrices)
    assert most <= value_of(largest_minor(p, False), {p: mpq(n)})
    assert most == [1, 1, 2][n - 1]


def test_no_minor_on_the_grid_exceeds_the_bound() -> None:
    rng = random.Random(7)
    for _ in range(200):
        n, size = rng.randint(1, 5), rng.randint(1, 3)
        matrix = sp.Matrix(n, n, lambda *_, size=size: rng.choice([-(size**2), size**2, rng.randint(-(size**2), size**2)]))
        assert abs(matrix.det()) <= value_of(largest_minor(m, True), {m: mpq(n), p: mpq(size)})


def test_no_minor_exceeds_the_bound_where_copies_are_one() -> None:
    """``Π μ_j · D(s) <= D(n)`` for all ``μ_1, …, μ_s >= 1`` with ``Σ μ_j <= n`` and ``n >= 7`` (docs/few-bits.md), cube and grid.

    The largest product of ``s`` positive integers with a given sum is that of nearly equal ones.
    """
    for grid in (False, True):
        squares = [_minor_squared(n, grid) for n in range(41)]
        for n in range(7, 41):
            for s in range(1, n + 1):
                product = (n // s) ** (s - n % s) * (n // s + 1) ** (n % s)
                assert product**2 * squares[s] <= squares[n]


def _minor_squared(n: int, grid: bool) -> Fraction:
    return Fraction(n**n) if grid else Fraction((n + 1) ** (n + 1), 4**n)
