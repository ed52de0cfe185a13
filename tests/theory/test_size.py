"""What bounds say: of mixed networks, without dead nodes, and beside the original and a lookup table."""

from __future__ import annotations

import operator
import random
from itertools import product
from pathlib import Path

import pytest
import sympy
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet import recheck as second
from exactnet.certify.small_weights import Request, Result, certify_network
from exactnet.check.certificate import check_certificate
from exactnet.check.claim import make_claim
from exactnet.claims.statements import STATEMENTS
from exactnet.files.certificate_writer import write_certificate
from exactnet.files.network_writer import dump_network
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.errors import ExactnetError, FormatError, SizeError
from exactnet.kernel.expansion import live_part
from exactnet.kernel.judge import judge
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, Node, affine, relu, threshold
from exactnet.kernel.relation import Clip, Equal
from exactnet.recheck.command import recheck
from exactnet.recheck.measures import Expansion
from exactnet.recheck.measures import live_part as recheck_live_part
from exactnet.recheck.network import read_net
from exactnet.theory.comparison import choices, compare_sizes
from exactnet.theory.lookup_table import constant_weight_table, relu_table, threshold_table
from exactnet.theory.parameters import parameters_of
from exactnet.theory.symbolic import Max
from exactnet.theory.symbols import (
    SYMBOLS,
    Expression,
    Symbol,
    Term,
    bits,
    ceiling,
    d,
    floor,
    maximum,
    minimum,
    text_of,
    total,
    value_of,
)

# --- expressions ------------------------------------------------------------------------------


def test_nothing_is_compared_and_values_are_exact() -> None:
    x, y = map(Symbol, "xy")
    written = maximum(1, x, maximum(y, x), 3)
    assert isinstance(written, Expression)
    assert isinstance(written.sympy(), Max)
    assert text_of(written) == "Max(3, x, y)"
    values: dict[Expression, mpq] = {x: mpq(7, 2), y: mpq(-1)}
    assert value_of(written, dict(values)) == mpq(7, 2)
    assert value_of(floor(x) + ceiling(x) ** 2 - y / 3, dict(values)) == 3 + 16 + mpq(1, 3)
    assert value_of(1 / x - (x - 1) ** -2, dict(values)) == mpq(2, 7) - mpq(4, 25)
    with pytest.raises(SizeError, match="bits"):
        value_of(3 ** (x**x**2), {x: mpq(99)})
    with pytest.raises(TypeError, match="integer"):
        value_of(2**x, dict(values))


def test_sympy_is_asked_to_compare_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty ReLUs in a row took minutes where every argument of ``Max`` was compared with every other."""

    def no(*arguments: object, **options: object) -> None:
        raise AssertionError("sympy compares")

    for kind in (sympy.Max, sympy.Min, sympy.floor, sympy.ceiling):
        monkeypatch.setattr(kind, "__new__", no)
    nodes = [relu(f"h{i}", {f"h{i - 1}" if i else "x": 3}, -1) for i in range(40)]
    net = Network(["x"], [*nodes, affine("y", {"h39": mpq(1, 3**40)})], ["y"])
    plain = {"inputs": "integers"}
    for route, options in (
        ("lookahead", {"output": "three"}),
        ("compact", {}),
        ("residue", {"moduli": "proven"}),
        ("stacked", {"moduli": "searched"}),
    ):
        for statement in ("S1 exact", "S1 rounded", "S2 exact"):
            assert make_claim(net, Cube(1), STATEMENTS[statement], route, plain | options, Equal(1), 1).bounds


LEAVES = st.sampled_from([*SYMBOLS.values(), mpq(0), mpq(1), mpq(7, 3), mpq(12)])
OPERATORS = operator.add, operator.sub, operator.mul, maximum, minimum, total, lambda a, b: a / (b * b + 1)
FUNCTIONS = floor, lambda a: a**2, lambda a: ceiling(a / 2), lambda a: bits(floor(a * a)), lambda a: 2 ** floor(d / (a * a + 1))
STEPS = st.sampled_from([*OPERATORS, *(lambda a, _, of=function: of(a) for function in FUNCTIONS)])


@given(st.recursive(LEAVES, lambda inner: st.builds(lambda step, a, b: step(a, b), STEPS, inner, inner), max_leaves=8), st.data())
@settings(max_examples=150)
def test_a_number_and_sympy_are_of_one_expression(written: Term, data: st.DataObject) -> None:
    """The text that SymPy makes for a certificate has the value that is stated beside it, to another program too."""
    at = {name: data.draw(st.integers(0, 9), label=name) for name in SYMBOLS}
    value = value_of(written, {SYMBOLS[name]: mpq(number) for name, number in at.items()})
    assert second.expression.evaluate(text_of(written), at, second.expression.Budget()) == value


def test_a_float_is_no_part_of_a_bound() -> None:
    with pytest.raises(AttributeError):
        value_of(d * 0.5, {d: mpq(3)})


def test_a_part_that_occurs_often_is_evaluated_once() -> None:
    part = d
    for _ in range(60):
        part = maximum(part + 1, part + 2) + 1
    assert value_of(part, {d: mpq(0)}) == 180


def test_texts_grow_linearly_with_depth() -> None:
    """Each quantity that a layer adds has a name; no text has what all layers below it have in common."""
    lengths = []
    for k in (20, 40):
        nodes = [threshold(f"g{i}", {f"g{i - 1}" if i else "x": 3}, -2) for i in range(k)]
        net = Network(["x"], nodes, [f"g{k - 1}"])
        options = {"inputs": "integers", "output": "four"}
        claim = make_claim(net, Cube(1), STATEMENTS["S3"], "lookahead", options, Equal(1), 1)
        lengths.append(sum(map(len, [*claim.definitions.values(), *(bound.symbolic for bound in claim.bounds)])))
    assert lengths[1] < 2.3 * lengths[0]


# --- mixed networks -----------------------------------------------------------------------------

PLACES = [Cube(1), Cube(3), Grid(1, 1), Grid(1, 2), Grid(2, 1), Points(((mpq(1), mpq(0)), (mpq(0), mpq(1))))]
FORMS: list[dict[str, object]] = [
    {},
    {"precision": 3},
    {"precision": 2, "clip": True, "promised": 2},
    {"constant": True},
]


def mixed_network(seed: int, d: int) -> Network:
    """ReLUs, gates and affine nodes, any of them outputs; an input may be one, and outputs may be read by other nodes."""
    rng = random.Random(seed)
    names, nodes = [f"x{i}" for i in range(d)], []
    size, below = rng.choice([1, 2, 4, 8, 20, 60]), rng.choice([1, 1, 2, 3, 21])
    for i in range(rng.randint(1, 5)):
        read = names[-2:] if rng.random() < 0.3 else rng.sample(names, min(len(names), rng.randint(0, 3)))
        weights = {x: mpq(rng.randint(-(1 << size), 1 << size), below) for x in read}
        bias = mpq(rng.randint(-(1 << size), 1 << size), below)
        kind = rng.choice(["relu", "relu", "threshold", "threshold", "affine"])
        nodes.append(Node(f"h{i}", kind, {x: w for x, w in weights.items() if w}, bias))  # type: ignore[arg-type]
        names.append(f"h{i}")
    outputs = rng.sample(names, min(len(names), rng.randint(1, 4)))
    gates = [node.id for node in nodes if node.kind == "threshold"]
    if gates and rng.random() < 0.7:
        outputs = list(dict.fromkeys([*outputs, gates[-1]]))
    if rng.random() < 0.5:
        scale = mpq(1, 1 << rng.choice([0, size, 2 * size]))
        nodes.append(affine("y", {x: rng.choice([-1, 1, 3]) * scale for x in rng.sample(names, min(len(names), 2))}))
        outputs.append("y")
    return Network([f"x{i}" for i in range(d)], nodes, outputs)


@given(
    seed=st.integers(0, 10**6),
    place=st.sampled_from(PLACES),
    route=st.sampled_from(["lookahead", "compact", "residue", "stacked"]),
    form=st.sampled_from(FORMS),
)
@settings(max_examples=30)
def test_no_mixed_network_is_refuted(seed: int, place: Domain, route: str, form: dict[str, object]) -> None:
    net = mixed_network(seed, place.d)
    try:
        request = Request(net, place, route=route, max_memory=1 << 28, **form)  # type: ignore[arg-type]
        certificate = certify_network(request).certificate
    except ExactnetError:
        return  # an output that is an input and clipped, a range that is too large, ...
    assert certificate.reason is None


@pytest.mark.parametrize("route", ["lookahead", "compact", "residue", "stacked"])
@pytest.mark.parametrize("form", FORMS[:3])
def test_an_output_gate_in_the_last_layer(tmp_path: Path, route: str, form: dict[str, object]) -> None:
    """A classifier: a gate over ReLUs, beside a gate over inputs; two layers, and a linear one that reads the gates."""
    hidden = [relu("a", {"x": 5, "y": -3}, 1), relu("b", {"x": -2, "y": 7}, -4)]
    nodes = [*hidden, threshold("big", {"a": 3, "b": -5}, -1), threshold("low", {"x": 11, "y": -7}, -2)]
    net = Network(["x", "y"], nodes, ["big", "low", "a"])
    assert parameters_of(net, Cube(2)).k == 3
    assert measure(net).depth == 2
    result = certify_network(Request(net, Grid(1, 2), route=route, **form))  # type: ignore[arg-type]
    assert result.certificate.reason is None
    assert confirmed(tmp_path, net, result) == ("certified", "certified")


def confirmed(folder: Path, net: Network, result: Result) -> tuple[str, str]:
    """What check and recheck say of a certificate."""
    path = str(folder / "c.json")
    write_certificate(path, net, result.constructed, result.certificate, 0.0)
    return check_certificate(path, max_file=1 << 24, max_inputs=1 << 16).verdict, list(recheck(path))[-1]


# --- dead nodes -----------------------------------------------------------------------------------


def with_dead_nodes() -> Network:
    """``[x]+`` with nodes that no output depends on; ``z`` cancels out, but only where affine nodes are substituted."""
    dead = [relu("z", {"x": 10**12}), relu("zz", {"z": 10**12, "x": "1/7"}), threshold("t", {"zz": 1}, -1)]
    around = [affine("u", {"h": 1, "z": 1}), affine("v", {"u": 1, "z": -1})]
    return Network(["x"], [relu("h", {"x": 1}), *dead, *around, relu("last", {"v": 1}), affine("y", {"v": 1})], ["y"])


def test_dead_nodes_are_no_parameters(tmp_path: Path) -> None:
    net = with_dead_nodes()
    live = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1})], ["y"])
    assert parameters_of(net, Grid(2, 1)) == parameters_of(live, Grid(2, 1))
    result = certify_network(Request(net, Grid(2, 1)))
    assert result.certificate.original == measure(live, Grid(2, 1))
    assert confirmed(tmp_path, net, result) == ("certified", "certified")


@given(seed=st.integers(0, 10**9), place=st.sampled_from([Cube(2), Grid(2, 2)]))
@settings(max_examples=150)
def test_recheck_finds_the_same_live_part(seed: int, place: Cube | Grid) -> None:
    """Weights of 1 and -1, so that much cancels out; a second implementation of what an output depends on."""
    rng = random.Random(seed)
    names, nodes = ["x0", "x1"], []
    for i in range(rng.randint(1, 9)):
        read = rng.sample(names, min(len(names), rng.randint(0, 3)))
        weights = {x: mpq(rng.choice([1, -1, 1, -1, 2]), rng.choice([1, 1, 2])) for x in read}
        bias = mpq(rng.randint(-2, 2), rng.choice([1, 3]))
        nodes.append(Node(f"h{i}", rng.choice(["relu", "threshold", "affine", "affine"]), weights, bias))
        names.append(f"h{i}")
    net = Network(["x0", "x1"], nodes, rng.sample(names, rng.randint(1, 2)))
    measured, parameters = measure(live_part(net), place), parameters_of(net, place)
    again = Expansion(recheck_live_part(read_net(dump_network(net), "net")), place.p, place.signed)
    for name, value in again.measures.items():
        assert str(getattr(measured, name)) == str(value), name
    assert (parameters.k, parameters.m) == (again.highest_layer + 1, again.widest_layer)


def test_a_weight_is_not_polynomial_because_of_a_dead_node() -> None:
    """``10^12 x / 10^12``: certified before, as the bits of a dead node were counted."""
    dead = [relu("z", {"x": mpq(10**40, 7)})]
    net = Network(["x"], [relu("h", {"x": 1}), *dead, affine("y", {"h": 1})], ["y"])
    large = Network(["x"], [relu("h", {"x": 10**12}), affine("y", {"h": mpq(1, 10**12)})], ["y"])
    options = {"inputs": "integers", "output": "four"}
    claim = make_claim(net, Cube(1), STATEMENTS["S1 exact"], "lookahead", options, Equal(1), 1)
    reason = judge(net, large, claim).reason
    assert reason is not None
    assert reason.startswith("the bound max_weight")


def test_a_relu_network_cannot_be_large_with_few_gates() -> None:
    """2 001 ReLUs that are no pairs of steps: no gates at all, and so within any bound on gates."""
    net = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1})], ["y"])
    many = [relu(f"h{i}", {"x": 1}) for i in range(2001)]
    wide = Network(["x"], [*many, affine("y", {"h0": 1} | {f"h{i}": (-1) ** i for i in range(1, 2001)})], ["y"])
    options = {"inputs": "integers", "output": "four"}
    claim = make_claim(net, Cube(1), STATEMENTS["S1 exact"], "lookahead", options, Equal(1), 1)
    certificate = judge(net, wide, claim)
    assert certificate.constructed.gates == 0
    assert certificate.reason is not None
    assert certificate.reason.startswith("the bound neurons")
    assert "gates" not in {row.name for row in certificate.bounds}


# --- comparisons ------------------------------------------------------------------------------------


def relu_lookup(domain: Domain, tables: list[list[mpq]]) -> Network:
    """The table that is measured, written out: one column of values for each output."""
    points = list(dict.fromkeys(domain))
    names = [f"x{i}" for i in range(domain.d)]
    nodes: dict[str, Node] = {}
    forms: list[dict[mpq, tuple[dict[str, mpq], mpq]]] = []
    for i, name in enumerate(names):
        column = sorted({point[i] for point in points})
        if len(column) == 1:
            continue
        p = 1
        while any((value * p).denominator != 1 for value in column):
            p += 1
        values = [int(value * p) for value in column]
        if values == [0, 1]:
            forms.append({column[0]: ({name: mpq(-p)}, mpq(1)), column[1]: ({name: mpq(p)}, mpq(0))})
        else:
            e = {}
            for value, c in zip(column, values, strict=True):
                wires = {}
                for t, w in ((c - 1, 1), (c, -2), (c + 1, 1)):
                    if t < values[-1]:
                        nodes[f"{name}>{t}"] = relu(f"{name}>{t}", {name: p}, -t)
                        wires[f"{name}>{t}"] = mpq(w)
                e[value] = (wires, mpq(0))
            forms.append(e)
        forms[-1]["place"] = i  # type: ignore[index, assignment]
    outputs: list[dict[str, mpq]] = [{} for _ in tables]
    for number, point in enumerate(points):
        wires, bias = {}, mpq(1 - len(forms))
        for form in forms:
            more, constant = form[point[form["place"]]]  # type: ignore[index]
            wires |= more
            bias += constant
        nodes[f"g{number}"] = relu(f"g{number}", wires, bias)
        for output, table in zip(outputs, tables, strict=True):
            output[f"g{number}"] = table[number]
    made = [affine(f"y{j}", output) for j, output in enumerate(outputs)]
    return Network(names, [*nodes.values(), *made], [node.id for node in made])


def threshold_lookup(domain: Domain, tables: list[list[int]]) -> Network:
    """The circuit on the cube."""
    names, nodes, outputs = [f"x{i}" for i in range(domain.d)], [], [{} for _ in tables]
    listed = 0 if len(tables) == 1 and 2 * sum(tables[0]) > domain.count else 1
    for number, point in enumerate(domain):
        if any(table[number] == listed for table in tables):
            weights = {name: 1 if x else -1 for name, x in zip(names, point, strict=True)}
            nodes.append(threshold(f"g{number}", weights, -sum(map(int, point))))
            for output, table in zip(outputs, tables, strict=True):
                if table[number] == listed:
                    output[f"g{number}"] = 1 if listed else -1
    made = [threshold(f"y{j}", output, -1 if listed else 0) for j, output in enumerate(outputs)]
    return Network(names, [*nodes, *made], [node.id for node in made])


POINTS = Points(tuple((mpq(a, 2), mpq(b), mpq(7)) for a, b in [(0, 1), (-3, 5), (4, 1), (0, 1), (1, 2)]))


@pytest.mark.parametrize("domain", [Cube(1), Cube(4), Grid(1, 2), Grid(2, 1), POINTS])
@pytest.mark.parametrize("outputs", [1, 2])
def test_the_lookup_table_is_what_is_measured(domain: Domain, outputs: int) -> None:
    rng, count = random.Random(outputs), len(set(domain))
    tables = [[mpq(rng.choice([-12, 12, 7, 1]), 4) for _ in range(count)] for _ in range(outputs)]
    for table in tables:
        table[0], table[1] = mpq(3), mpq(1, 4)
    net = relu_lookup(domain, tables)
    for number, point in enumerate(dict.fromkeys(domain)):
        assert list(net(point)) == [table[number] for table in tables]
    found, stated = measure(net, domain), relu_table(domain, outputs, 3, 4)
    for name in ("depth", "neurons", "wires", "max_weight", "max_bias", "width", "denominator"):
        assert getattr(found, name) == stated[name], name
    assert found.bits <= stated["bits"]
    copied = constant_weight_table(stated, domain.d)
    assert copied["max_weight"] == copied["max_bias"] == 1
    assert copied["neurons"] >= 3 * count


@pytest.mark.parametrize("outputs", [1, 2])
def test_the_lookup_circuit_is_within_what_is_stated(outputs: int) -> None:
    domain, stated = Cube(3), threshold_table(Cube(3), outputs)
    for values in product([0, 1], repeat=8):
        tables = [list(values), list(reversed(values))][:outputs]
        net = threshold_lookup(domain, tables)
        for number, point in enumerate(domain):
            assert list(net(point)) == [table[number] for table in tables]
        found = measure(net, domain)
        for name in ("depth", "gates", "neurons", "wires", "max_weight", "max_bias", "bits", "width"):
            assert getattr(found, name) <= stated[name], name


def test_one_point_has_a_constant_table() -> None:
    domain = Points(((mpq(1), mpq(5)),) * 3)
    assert (relu_table(domain, 2, 9, 1)["neurons"], relu_table(domain, 2, 9, 1)["depth"]) == (0, 1)
    assert threshold_table(domain, 2)["gates"] == 2


def test_a_certificate_that_says_nothing_says_so() -> None:
    small = Network(["x"], [relu("h", {"x": 3}), affine("y", {"h": 1})], ["y"])
    compared = compare_sizes(certify_network(Request(small, Cube(1))).certificate)
    assert compared.empty
    assert compared.missed("original") == []
    assert compared.words().startswith("says nothing about size here: every bound is met by the original itself")


def test_a_certificate_that_says_something_says_what() -> None:
    """A gate of 100 bits over 14 bits: the original misses the weights, and 8 192 rows of a table the gates."""
    rng = random.Random(1)
    weights = {f"x{i}": rng.randrange(1, 1 << 30) for i in range(14)}
    net = Network(list(weights), [threshold("y", weights, -sum(weights.values()) // 2)], ["y"])
    compared = compare_sizes(certify_network(Request(net, Cube(14))).certificate)
    assert not compared.empty
    assert "max_weight" in compared.missed("original")
    assert "gates" in compared.missed("table")
    assert compared.words().startswith("says something about size: the original itself misses max_weight")


def test_a_choice_is_said() -> None:
    net = Network(["x"], [relu("h", {"x": 3}), affine("y", {"h": "1/3"})], ["y"])
    options = {"inputs": "bits", "output": "four", "delta": "1/1000000000000"}
    claim = make_claim(net, Grid(1, 1), STATEMENTS["S1 clipped"], "lookahead", options, Clip(2, 10**30), 10**30, promised=True)
    certificate = judge(net, net, claim)
    assert set(choices(certificate)) == {"R", "r", "delta"}
    assert choices(certificate)["delta"] == "1/1000000000000, the width of ramps"
    promised = certify_network(Request(net, Points(((mpq(1, 9),),) * 2), promised=50)).certificate
    assert choices(promised)["R"].startswith("50, promised")
    assert choices(promised)["p"] == "9, from the points; 1 of 2 points differ"


# --- the format ---------------------------------------------------------------------------------------


def test_certificates_of_the_older_format_are_refused_in_one_line(tmp_path: Path) -> None:
    net = Network(["x"], [relu("h", {"x": 3}), affine("y", {"h": 1})], ["y"])
    result = certify_network(Request(net, Cube(1)))
    assert confirmed(tmp_path, net, result) == ("certified", "certified")
    path = tmp_path / "c.json"
    path.write_text(path.read_text().replace("exactnet-certificate/3", "exactnet-certificate/2"))
    with pytest.raises(FormatError, match="make it anew: exactnet certify"):
        check_certificate(str(path), max_file=1 << 24, max_inputs=1 << 16)
    with pytest.raises(Exception, match="make it anew: exactnet certify"):
        list(recheck(str(path)))
