"""Stated bounds: they hold wherever route A builds, they are polynomials, and the parameters are what they should be."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import sympy as sp
from gmpy2 import mpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exactnet.certify.small_weights import Request, certify_network
from exactnet.claims.statements import STATEMENTS, statement_named
from exactnet.construct.routes.lookahead import Options
from exactnet.construct.routes.registry import ROUTES, Task
from exactnet.construct.routes.translate import input_ways
from exactnet.kernel.domain import Cube, Grid, Points, Product
from exactnet.kernel.errors import FormatError, SizeError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, affine, relu, threshold
from exactnet.theory.growth import composed, d, polynomial_bound
from exactnet.theory.lookahead import LookaheadOptions, lookahead_bounds
from exactnet.theory.parameters import parameters_of
from exactnet.theory.routes import stated_bounds
from exactnet.theory.symbols import SYMBOLS, B, R, bits, m, p, r, s
from tests.amount import few
from tests.helpers import largest_value, random_circuit, random_relu
from tests.routes import lookahead_circuit, lookahead_exact, lookahead_rounded

SHAPES = [
    LookaheadOptions(form, grid, inputs, output, dyadic)
    for form in ("exact", "rounded", "circuit")
    for grid in (False, True)
    for inputs in ("integers", "bits")
    for output in ("three", "four")
    for dyadic in (False, True)
]


def all_hold(net: Network, made: Network, domain: Product, statement: str, options: Options, reach: int, r: int) -> None:
    found = parameters_of(net, domain, r, statement != "S3")
    chosen = {"inputs": options.inputs, "output": options.output}
    bounds = stated_bounds("lookahead", STATEMENTS[statement], domain.kind == "grid", chosen, found)
    _, values = bounds.evaluate({**found.values(), "R": reach, "r": r})
    measured = measure(made, domain)
    for bound, value in zip(bounds.bounds, values, strict=True):
        assert getattr(measured, bound.measure) <= value, (bound.name, value, getattr(measured, bound.measure))


@given(
    seed=st.integers(0, 10**6),
    widths=st.sampled_from([[], [1], [2], [1, 1]]),
    size=st.integers(1, 12),
    grid=st.booleans(),
    inputs=st.sampled_from(["integers", "bits"]),
    output=st.sampled_from(["three", "four"]),
    denominator=st.sampled_from([1, 4, 21]),
)
@settings(max_examples=40)
def test_bounds_hold_for_relu_networks(
    seed: int, widths: list[int], size: int, grid: bool, inputs: str, output: str, denominator: int
) -> None:
    domain: Product = Grid(2, 2) if grid else Cube(3)
    net = random_relu(seed, domain.d, widths, size, denominator=denominator * 2**size)
    options = Options(inputs, output)  # type: ignore[arg-type]
    reach = largest_value(net, domain)
    all_hold(net, lookahead_rounded(net, domain, reach, 2, options), domain, "S1 rounded", options, reach, 2)
    all_hold(net, lookahead_exact(net, domain, reach, 2, options), domain, "S1 exact", options, reach, 2)


@given(seed=st.integers(0, 10**6), size=st.integers(1, 40), grid=st.booleans())
@settings(max_examples=25)
def test_bounds_hold_for_circuits(seed: int, size: int, grid: bool) -> None:
    domain: Product = Grid(1, 3) if grid else Cube(4)
    net = random_circuit(seed, domain.d, [3, 2, 2], size)
    options = Options("bits" if seed % 2 else "integers", "four")
    all_hold(net, lookahead_circuit(net, domain, options), domain, "S3", options, 1, 1)


@given(digit=st.sampled_from([1, 2, 5, 7]), copies=st.integers(1, 60))
@settings(max_examples=20)
def test_bounds_hold_where_equal_gates_of_many_blocks_are_merged(digit: int, copies: int) -> None:
    """Weights whose digits all repeat, so that the forms of all blocks are equal and their gates one."""
    weight = sum(digit << (3 * place) for place in range(copies))
    nodes = [relu("a", {"x1": weight}, 1 - weight), relu("b", {"x1": weight}, -weight)]
    net = Network(["x1"], [*nodes, affine("y", {"a": 1, "b": -1})], ["y"])
    all_hold(net, lookahead_exact(net, Cube(1), 1, 1, Options()), Cube(1), "S1 exact", Options(), 1, 1)


@given(
    length=st.integers(10, 60),
    bits=st.integers(1, 2),
    digits=st.lists(st.sampled_from([(0, 1), (1, 0), (1, 1), (2, 1), (0, 3), (3, 2)]), min_size=2, max_size=3),
    sign=st.sampled_from([1, -1]),
    bias=st.integers(0, 3),
    pick=st.randoms(use_true_random=False),
)
@settings(max_examples=60)
def test_bounds_hold_where_a_carry_is_a_literal(
    length: int, bits: int, digits: list[tuple[int, int]], sign: int, bias: int, pick: random.Random
) -> None:
    """Few literals and repeated digits: generate and propagate of many blocks are then the same literal."""
    chosen = [pick.choice(digits) for _ in range(length)]
    first, second = (sum(pair[i] << (bits * b) for b, pair in enumerate(chosen)) for i in (0, 1))
    form = {"x1": first, "x2": sign * second}
    at = [-(first + sign * second) // 2, -first, -sign * second, 1 - first][bias]
    gate = Network(["x1", "x2"], [threshold("y", form, at)], ["y"])
    all_hold(gate, lookahead_circuit(gate, Cube(2), Options()), Cube(2), "S3", Options(), 1, 1)
    steps = [relu("a", form, at + 1), relu("b", form, at), affine("y", {"a": 1, "b": -1})]
    net = Network(["x1", "x2"], steps, ["y"])
    all_hold(net, lookahead_exact(net, Cube(2), 1, 1, Options()), Cube(2), "S1 exact", Options(), 1, 1)
    power = max(first, second, 1).bit_length()
    scaled = {name: mpq(c, 1 << power) for name, c in form.items()}
    line = Network(["x1", "x2"], [affine("y", scaled, mpq(at, 1 << power))], ["y"])
    reach = largest_value(line, Cube(2))
    for options in (Options(output="three"), Options(output="four")):
        all_hold(line, lookahead_rounded(line, Cube(2), reach, 1, options), Cube(2), "S1 rounded", options, reach, 1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_every_bound_is_dominated_by_a_polynomial(shape: LookaheadOptions, layers: int) -> None:
    growth = {"m": d, "B": d**2, "R": d, "r": sp.Integer(2), "p": d, "s": sp.Integer(1), "k": sp.Integer(layers)}
    bounds = lookahead_bounds(layers, shape)
    for bound in bounds.bounds:
        polynomial = polynomial_bound(bounds, bound, growth)
        assert polynomial.degree() < 60
        for size in (1, 2, 5, 40):
            at = {name: int(value.subs(d, size)) for name, value in growth.items()} | {"d": size}
            _, values = bounds.evaluate(at)
            exact = sp.Rational(str(values[bounds.bounds.index(bound)]))
            assert polynomial.eval(size) >= exact


def test_the_degree_for_depth_two_on_the_cube() -> None:
    """Hidden wires are quadratic in d; with R = d and r = 1 nothing else is larger."""
    shape = LookaheadOptions("exact", False, "integers", "four", True)
    bounds = lookahead_bounds(2, shape)
    weight = next(bound for bound in bounds.bounds if bound.name == "max_weight")
    growth = {"m": d, "B": d**2, "R": d, "r": sp.Integer(1), "p": sp.Integer(1), "s": sp.Integer(0)}
    assert polynomial_bound(bounds, weight, growth).degree() == 2


def test_composed_bounds_use_the_parameters_alone() -> None:
    for shape in SHAPES:
        bounds = lookahead_bounds(2, shape)
        for bound in bounds.bounds:
            assert composed(bounds, bound).free_symbols <= {symbol.sympy() for symbol in SYMBOLS.values()}


def test_bits_is_the_bit_length() -> None:
    for value in (0, 1, 2, 3, 4, 255, 256, 2**200):
        assert bits(value) == value.bit_length()


def test_parameters_of_a_hand_worked_network() -> None:
    net = Network(
        ["x1", "x2"],
        [relu("h", {"x1": "1/2", "x2": "-3/4"}, 1), relu("g", {"h": 8}, -1), affine("y", {"g": "1/3", "h": 1})],
        ["y"],
    )
    # On the grid p = 2: h = (1/8)[2u - 3v + 8]+ with u = 2*x1, v = 2*x2; g = [[2u-3v+8]+ - 1]+; y = (1/24)(8g + 3(8h)).
    found = parameters_of(net, Grid(2, 2))
    assert (found.d, found.k, found.m, found.p, found.s, found.dyadic) == (2, 3, 1, 2, 1, False)
    assert found.B == 5
    assert parameters_of(net, Cube(2)).dyadic is False


def test_parameters_see_relu_and_input_outputs() -> None:
    net = Network(["x1"], [relu("h", {"x1": "1/1024"})], ["h", "x1"])
    found = parameters_of(net, Cube(1))
    assert (found.k, found.s) == (2, 1)
    assert found.B == 11


def test_unknown_routes_statements_and_options_are_one_line() -> None:
    found = parameters_of(random_relu(1, 2, [1], 3), Cube(2))
    good = {"inputs": "integers", "output": "four"}
    for route, statement, options in (
        ("no-such", "S1 exact", good),
        ("lookahead", "S9", good),
        ("lookahead", "S1 exact", {"inputs": "integers"}),
        ("lookahead", "S1 exact", {"inputs": "words", "output": "four"}),
    ):
        with pytest.raises(FormatError) as caught:
            stated_bounds(route, statement_named(statement), False, options, found)
        assert "\n" not in str(caught.value)
    assert STATEMENTS["S1 rounded"].form == "rounded"
    assert {symbol.name for symbol in (d, m, p, r, s, B, R)} <= set(SYMBOLS)
    assert mpq(1) == 1


@given(
    seed=st.integers(0, 10**6),
    widths=st.sampled_from([[], [1], [2], [1, 1], [2, 2]]),
    size=st.integers(1, 14),
    place=st.sampled_from([Cube(1), Cube(3), Grid(1, 2), Grid(2, 2)]),
    form=st.sampled_from(["S1 exact", "S1 rounded", "S3"]),
    outputs=st.sampled_from([1, 3]),
)
@settings(max_examples=20)
def test_gates_and_wires_are_within_their_bounds_by_every_route(
    seed: int, widths: list[int], size: int, place: Product, form: str, outputs: int
) -> None:
    """Gates, neurons and wires of what is built, measured."""
    if form == "S3":
        net, reach, r = random_circuit(seed, place.d, [*widths, 1], 3 * size), 1, 1
    else:
        net = random_relu(seed, place.d, widths, size, outputs=outputs, denominator=[1, 4, 21][seed % 3] << size)
        reach, r = largest_value(net, place), 1 + seed % 3
    task = Task(net, place, place, STATEMENTS[form], reach, r)
    found = parameters_of(net, place, r, form != "S3")
    routes = [("lookahead", {"output": "three"}), ("compact", {}), ("residue", {"moduli": "211,223"})]
    if form == "S1 rounded":
        routes.append(("residue", {"moduli": "211,223", "output": "carry"}))
    for name, own in routes:
        for inputs in input_ways(place):
            options = {"inputs": inputs, **own}
            measured = measure(ROUTES[name].build(task, options), place)
            bounds = stated_bounds(name, STATEMENTS[form], place.kind == "grid", options, found)
            _, values = bounds.evaluate({**found.values(), "R": reach, "r": r})
            stated = {bound.name: value for bound, value in zip(bounds.bounds, values, strict=True)}
            names = ("gates", "wires") if form == "S3" else ("neurons", "wires")
            assert all(getattr(measured, name) <= stated[name] for name in names)


@given(
    seed=st.integers(0, 10**6),
    widths=st.sampled_from([[], [1], [2], [1, 1], [2, 1], [1, 1, 1]]),
    size=st.integers(1, 40),
    place=st.sampled_from([Cube(1), Cube(3), Grid(1, 1), Grid(1, 2)]),
    form=st.sampled_from(["S1 exact", "S1 rounded", "S3"]),
    moduli=st.sampled_from(["2003", "257", "2003,3001"]),
    output=st.sampled_from(["windows", "carry"]),
)
@settings(max_examples=few(25, 8))
def test_all_is_within_the_bounds_of_route_d(
    seed: int, widths: list[int], size: int, place: Product, form: str, moduli: str, output: str
) -> None:
    """With moduli by hand weights and sizes are those of a search that found the same."""
    if form == "S3":
        net, reach, r = random_circuit(seed, place.d, [*widths, 1], 2 * size), 1, 1
    else:
        net = random_relu(seed, place.d, widths, size, outputs=1 + seed % 2, denominator=[1, 4, 21][seed % 3] << size)
        reach, r = largest_value(net, place) if form == "S1 exact" else 1, 1 + seed % 2
    task = Task(net, place, place, STATEMENTS[form], reach, r)
    found = parameters_of(net, place, r, form != "S3")
    more = {"output": output} if form == "S1 rounded" else {}
    for inputs in input_ways(place):
        options = {"inputs": inputs, "moduli": moduli, **more}
        try:
            measured = measure(ROUTES["stacked"].build(replace(task, budget=2**27), options), place)
        except SizeError:
            continue
        shapes = [options]
        if "," not in moduli:
            shapes.append({**options, "moduli": "searched", "Q": moduli, **({"Q_out": moduli} if output == "windows" else {})})
        for shape in shapes:
            bounds = stated_bounds("stacked", STATEMENTS[form], place.kind == "grid", shape, found)
            _, values = bounds.evaluate({**found.values(), "R": reach, "r": r})
            for bound, value in zip(bounds.bounds, values, strict=True):
                if bound.measure not in ("denominator", "width"):
                    assert getattr(measured, bound.measure) <= value, (bound.name, value, shape)


def test_what_a_search_found_is_a_modulus_in_its_range() -> None:
    found = parameters_of(random_circuit(1, 3, [2, 1], 20), Cube(3), linear=False)
    options = {"inputs": "integers", "moduli": "searched"}
    plain = stated_bounds("stacked", STATEMENTS["S3"], False, options, found)
    sharper = stated_bounds("stacked", STATEMENTS["S3"], False, {**options, "Q": "257", "Q_out": "521"}, found)
    weight = []
    for made in (plain, sharper):
        values = made.evaluate({**found.values(), "R": 1, "r": 1})[1]
        weight.append(dict(zip([bound.name for bound in made.bounds], values, strict=True)))
    assert weight[1]["max_weight"] < weight[0]["max_weight"]
    assert ("Q_out", "521") in [(symbol.name, str(value)) for symbol, value in sharper.definitions]
    for bad in ({"Q": "0"}, {"Q": "x"}, {"Q": str(2**24 + 1)}, {"Q_out": str(2**21 + 1)}, {"Q": "-3"}, {"Q": "007"}):
        with pytest.raises(FormatError, match="not a modulus up to"):
            stated_bounds("stacked", STATEMENTS["S3"], False, {**options, **bad}, found)
    with pytest.raises(FormatError, match="options of the route"):
        stated_bounds("stacked", STATEMENTS["S3"], False, {**options, "moduli": "proven", "Q": "257"}, found)
    with pytest.raises(FormatError, match="'output' is 'sideways'"):
        stated_bounds("stacked", STATEMENTS["S1 rounded"], False, {**options, "output": "sideways"}, found)


@pytest.mark.parametrize("route", ["lookahead", "compact", "residue"])
def test_bounds_on_neurons_count_every_output(route: str) -> None:
    options = {"inputs": "integers"} | {"lookahead": {"output": "four"}, "residue": {"moduli": "searched"}}.get(route, {})
    values = []
    for outputs in (1, 2, 3):
        net = random_relu(1, 2, [2], 5, outputs=outputs)
        found = parameters_of(net, Cube(2))
        assert found.outputs == outputs
        bounds = stated_bounds(route, STATEMENTS["S1 exact"], False, options, found)
        named, evaluated = bounds.evaluate({**found.values(), "R": 4, "r": 1})
        assert named["o"] == outputs
        stated = dict(zip([bound.name for bound in bounds.bounds], evaluated, strict=True))
        values.append(stated["neurons"] - 2 * named["n_2"] * outputs)
    assert values[1] - values[0] == values[2] - values[1] == 4


def test_the_bound_on_neurons_of_constant_weights_is_stated_and_holds() -> None:
    net = random_relu(3, 2, [2], 6)
    certificate = certify_network(Request(net, Cube(2), constant=True)).certificate
    assert certificate.verdict == "certified"
    assert "neurons" in {row.name for row in certificate.bounds}


@given(
    seed=st.integers(0, 10**6),
    wide=st.integers(3, 24),
    layers=st.integers(2, 3),
    passing=st.integers(1, 2),
    size=st.integers(1, 12),
    route=st.sampled_from(["lookahead", "compact", "residue", "stacked"]),
)
@settings(max_examples=30)
def test_bounds_hold_where_relus_pass_their_inputs_on(
    seed: int, wide: int, layers: int, passing: int, size: int, route: str
) -> None:
    """Some ReLUs of each layer are never 0: what reads them reads literals of the layers below, though no wire skips a layer."""
    rng = random.Random(seed)
    below, nodes = [f"x{i}" for i in range(wide)], []
    for layer in range(layers):
        made = []
        for place in range(2):
            weights = {name: rng.randrange(1, 1 << (1 if place < passing else size)) for name in below}
            bias = 1 if place < passing else -rng.randrange(1, sum(weights.values()) + 1)
            made.append(relu(f"h{layer}{place}", weights, bias))
        nodes += made
        below = [node.id for node in made]
    scale = mpq(1, 1 << (size + 6) * layers)
    net = Network([f"x{i}" for i in range(wide)], [*nodes, affine("y", {below[0]: scale, below[1]: -scale})], ["y"])
    points = {tuple(mpq(rng.randrange(2)) for _ in range(wide)) for _ in range(6)}
    try:
        certificate = certify_network(Request(net, Points(tuple(sorted(points))), route, precision=2, max_memory=2**27)).certificate
    except SizeError:  # route D, whose windows may be many
        assume(False)
    assert [row.name for row in certificate.bounds if not row.holds] == []
    assert certificate.verdict == "certified"
