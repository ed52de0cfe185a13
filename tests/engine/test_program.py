"""Programs and their execution, held against a plain interpreter in Python integers; and networks of realistic shape."""

from __future__ import annotations

import random
import time
from unittest import mock

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.engine import assemble, piecewise
from exactnet.engine.block import EngineEvaluator, compile_network
from exactnet.engine.executor import Executor
from exactnet.engine.inputs import TooWideError
from exactnet.engine.lower import lower
from exactnet.engine.program import IDENTITY, Coordinate, Function, Joint, Output, Program, Root
from exactnet.kernel.domain import Cube, Grid, Points
from exactnet.kernel.network import Network, Node, affine, relu, threshold
from exactnet.kernel.values import evaluate
from tests.amount import few
from tests.bench_engine import sketch

SIZES = [
    *(2, 3, 100, 128, 129, 255, 256, 257, 3000, 2**16, 2**16 + 1, 2**20 + 7, 2**32, 2**33, 2**53),
    *(2**63, 2**64 - 1, 2**64, 2**64 + 1, 2**70),
]


@st.composite
def functions(draw: st.DrawFn, root: int, size: int) -> Function:
    """The identity, few steps and ramps, or many."""
    number = draw(st.sampled_from([0, 1, 1, 2, 3, 20, 200]))
    kinks: dict[int, int] = {}
    rng = random.Random(draw(st.integers(0, 2**32)))
    for _ in range(number):
        t = rng.randrange(size - 1)
        if rng.random() < 0.8:
            height = rng.choice([1, -1, 1, 3, -2])
            kinks[t] = kinks.get(t, 0) + height
            if t + 1 <= size - 2:
                kinks[t + 1] = kinks.get(t + 1, 0) - height
        else:
            kinks[t] = kinks.get(t, 0) + rng.choice([1, -1, 2, 2**40])
    pairs = tuple((t, d) for t, d in sorted(kinks.items()) if d) or IDENTITY
    low, high = piecewise.bounds(0, pairs, size)
    return Function(root, pairs, low, high - low + 1)


@st.composite
def programs(draw: st.DrawFn) -> tuple[Program, Points]:
    """Coordinates of all sizes, functions of every kind, forms over them in two layers."""
    sizes = draw(st.lists(st.sampled_from(SIZES), min_size=1, max_size=4))
    rng = random.Random(draw(st.integers(0, 2**32)))
    rows = [tuple(mpq(rng.randrange(size)) for size in sizes) for _ in range(40)]
    points = Points((tuple(mpq(0) for _ in sizes), tuple(mpq(size - 1) for size in sizes), *rows))
    roots: list[Root] = [Coordinate(i, size) for i, size in enumerate(sizes)]
    made: list[Function] = []
    for _ in range(draw(st.integers(1, 3))):
        for number in range(len(roots)):
            made.extend(draw(functions(number, roots[number].size)) for _ in range(draw(st.integers(0, 3))))
        if not made:
            made.append(draw(functions(0, roots[0].size)))
        for _ in range(draw(st.integers(1, 3))):
            chosen = draw(st.lists(st.integers(0, len(made) - 1), min_size=1, max_size=12, unique=True))
            factors = st.sampled_from([1, 1, 1, 1, -1, -1, -1, 2, -3, 100, -255, 2**31, 2**62, -(2**64)])
            terms = tuple((index, draw(factors)) for index in sorted(chosen))
            reaches = [c * (made[index].size - 1) for index, c in terms]
            low = sum(min(reach, 0) for reach in reaches)
            roots.append(Joint(terms, -low, 1 + sum(abs(reach) for reach in reaches)))
    for number in range(len(roots)):
        made.append(draw(functions(number, roots[number].size)))
    chosen = draw(st.lists(st.integers(0, len(made) - 1), min_size=1, max_size=4))
    return Program(tuple(roots), tuple(made), tuple(Output(index, 0, 1, 1) for index in chosen)), points


def interpret(program: Program, domain: Points) -> list[list[int]]:
    """The functions of the outputs at every point, by the definition."""
    result = []
    for point in domain:
        roots: dict[int, int] = {}

        def value(index: int, roots: dict[int, int] = roots, point: tuple[mpq, ...] = point) -> int:
            function = program.functions[index]
            if function.root not in roots:
                root = program.roots[function.root]
                if isinstance(root, Coordinate):
                    roots[function.root] = int(point[root.input])
                else:
                    assert isinstance(root, Joint)
                    roots[function.root] = root.base + sum(c * value(j) for j, c in root.terms)
            n = roots[function.root]
            assert 0 <= n < program.roots[function.root].size
            v = piecewise.evaluate(-function.low, function.kinks, n)
            assert 0 <= v < function.size
            return v

        result.append([value(output.function) for output in program.outputs if output.function is not None])
    return result


def run(program: Program, domain: Points) -> list[list[int]]:
    """The functions of the outputs at every point, by the executor.

    Raises :class:`TooWideError` where a value takes more than 64 bits.
    """
    arrays = Executor(program, domain).run(0, domain.count)
    return [list(row) for row in zip(*(array.tolist() for array in arrays if array is not None), strict=True)]


def widest(program: Program) -> int:
    """The largest size of the coordinates, and of what the outputs depend on."""
    sizes = [root.size for number, root in enumerate(program.roots) if number in program.needed or isinstance(root, Coordinate)]
    return max(sizes + [program.functions[f].size for read in program.needed.values() for f in read])


@settings(max_examples=400)
@given(programs(), st.sampled_from([2, 300, 2**10, 2**17]))
def test_programs(case: tuple[Program, Points], table: int) -> None:
    program, domain = case
    with mock.patch.object(assemble, "MIN_TABLE", table):
        try:
            values = run(program, domain)
        except TooWideError:
            assert widest(program) > 2**64
        else:
            assert values == interpret(program, domain)


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.lists(st.sampled_from([1, -1, 2, -3, 150, 2**20, -(2**40)]), min_size=1, max_size=4))
def test_long_sums(seed: int, factors: list[int]) -> None:
    """Sums that outgrow one type after the other, of terms of one byte and of several."""
    rng = random.Random(seed)
    size = 1000
    rows = [(mpq(0), mpq(0)), (mpq(size - 1), mpq(size - 1))]
    points = Points((*rows, *((mpq(rng.randrange(size)), mpq(rng.randrange(size))) for _ in range(20))))
    made = []
    for _ in range(rng.choice([10, 300, 900])):
        t = rng.randrange(size - 2)
        height = rng.choice([1, 1, 1, 30, 40, 255, 256, 5000])
        made.append(Function(rng.randrange(2), ((t, height), (t + 1, -height)), 0, height + 1))
    terms = tuple((index, rng.choice(factors)) for index in range(len(made)))
    reaches = [c * (function.size - 1) for function, (_, c) in zip(made, terms, strict=True)]
    root = Joint(terms, -sum(min(reach, 0) for reach in reaches), 1 + sum(abs(reach) for reach in reaches))
    made.append(Function(2, IDENTITY, 0, root.size))
    roots = (Coordinate(0, size), Coordinate(1, size), root)
    program = Program(roots, tuple(made), (Output(len(made) - 1, 0, 1, 1),))
    assert run(program, points) == interpret(program, points)


@pytest.mark.parametrize("gates", [False, True])
@pytest.mark.parametrize(("d", "layers", "neurons", "blocks", "bits"), [(7, 1, 2, 6, 3), (5, 2, 2, 3, 2), (4, 3, 2, 3, 2)])
def test_networks_of_realistic_shape(gates: bool, d: int, layers: int, neurons: int, blocks: int, bits: int) -> None:
    net = sketch(d, layers, neurons, blocks, bits, gates)
    values = [evaluate(net, x)[0] for x in Cube(d)]
    assert len(set(values)) > 3
    for length in (1, 3, 64):
        with mock.patch("exactnet.engine.executor.LONGEST", length):
            floors, whole = compile_network(net, Cube(d)).block(0, 2**d).split(0, 1)
        assert floors.tolist() == [v.numerator // v.denominator for v in values]
        assert (whole is None and all(v.denominator == 1 for v in values)) or (
            whole is not None and whole.tolist() == [v.denominator == 1 for v in values]
        )


def test_equal_wires_are_one_form() -> None:
    """An expanded network: no affine nodes, every ReLU with all the wires of its form, some of them scaled."""
    wires = [{"x0": 1, "x1": 2, "x2": 4}, {"x0": 3, "x1": -1, "x2": 1}]
    nodes: list[Node] = []
    for k, form in enumerate(wires):
        for t in range(8):
            scale = mpq(1 + t % 3, 1 + t % 2)
            nodes.append(relu(f"h{k},{t}", {x: w * scale for x, w in form.items()}, -t * scale))
    names = [node.id for node in nodes]
    second = [relu(f"g{t}", {name: (-1) ** i * (i + 1) for i, name in enumerate(names)}, -t) for t in range(40)]
    net = Network(["x0", "x1", "x2"], [*nodes, *second, affine("y", {node.id: 1 for node in second})], ["y"])
    program = lower(net, Grid(1, 3))
    assert len(program.needed) == 3  # the two forms, and the one that joins them
    floors, _ = compile_network(net, Grid(1, 3)).block(0, 27).split(0, 6)
    assert floors.tolist() == [6 * evaluate(net, x)[0] for x in Grid(1, 3)]


def test_compositions_do_not_explode() -> None:
    """A sawtooth composed with itself 60 times has 2^60 kinks; running sums repeat each other's."""
    nodes: list[Node] = []
    last = "x"
    for k in range(60):
        nodes += [relu(f"a{k}", {last: 2}), relu(f"b{k}", {last: 4}, -2), affine(f"t{k}", {f"a{k}": 1, f"b{k}": -1})]
        last = f"t{k}"
    steps = few(3000, 1000)
    for k in range(steps):
        nodes += [relu(f"s{k}", {"x": 5000}, -k), affine(f"r{k}", {f"s{k}": 1, **({f"r{k - 1}": 1} if k else {})})]
    net = Network(["x"], nodes, [last, f"r{steps - 1}"])
    domain = Points(tuple((mpq(3**k % 2**50, 2**50),) for k in range(40)))
    start = time.process_time()
    block = compile_network(net, domain).block(0, 40)
    assert time.process_time() - start < 20
    for output in range(2):
        floors, whole = block.split(output, 2**50)
        assert whole is None
        assert floors.tolist() == [2**50 * evaluate(net, x)[output] for x in domain]


@settings(max_examples=60)
@given(st.data())
def test_steps_of_wide_forms(data: st.DataObject) -> None:
    """Gates on forms past 64 bits, at values that the forms take and next to them; the forms themselves are not read."""
    choices: list[Cube | Grid] = [Cube(6), Grid(1, 4), Grid(2, 2)]
    domain = data.draw(st.sampled_from(choices))
    names = [f"x{i}" for i in range(domain.d)]
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    nodes: list[Node] = []
    wires = {name: rng.randrange(-(2**90), 2**90) for name in names}
    for k in range(5):
        point = domain[rng.randrange(domain.count)]
        value = sum(w * x for w, x in zip(wires.values(), point, strict=True))
        nodes.append(threshold(f"g{k}", wires, rng.choice([0, 0, mpq(1, 2), -1, 1]) - value))
        nodes.append(threshold(f"h{k}", {x: -w for x, w in wires.items()}, rng.choice([0, 1, -1]) + value))
    total = affine("y", {node.id: 3**k for k, node in enumerate(nodes)})
    net = Network(names, [*nodes, total], ["y"])
    expected = [evaluate(net, x)[0] for x in domain]
    with mock.patch("exactnet.engine.separable.MAX_ROW", data.draw(st.sampled_from([1, 8, 2**12]))):
        start = data.draw(st.integers(0, domain.count - 1))
        evaluator = EngineEvaluator(net, domain)
        assert evaluator.block(0, domain.count).split(0, 1)[0].tolist() == expected
        assert evaluator.block(start, domain.count).split(0, 1)[0].tolist() == expected[start:]
