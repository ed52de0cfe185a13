"""The re-checker, held against the reference evaluator, the measures, and certificates that are made naively here."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, lcm
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exactnet import recheck
from exactnet.domain import Cube, Domain, Grid, Points
from exactnet.evaluate.reference import evaluate
from exactnet.expand import expand
from exactnet.measures import kind_of, layers, measure
from exactnet.network import Network, Node, affine, relu, threshold

Json = dict[str, Any]
Edit = Callable[[Json], object]

# --- networks, files and certificates, made naively --------------------------------------------------


def network_json(net: Network) -> Json:
    """A network file, with the nodes in reverse order (any order is allowed) and numbers written in several ways."""
    nodes: list[Json] = []
    for i, node in enumerate(reversed(list(net.nodes()))):
        entry: Json = {"id": node.id, "kind": node.kind, "in": {s: str(w) for s, w in node.sources.items()}}
        if node.bias:
            entry["bias"] = int(node.bias) if node.bias.denominator == 1 and i % 2 else str(node.bias)
        nodes.append(entry)
    return {"format": "exactnet-network/1", "inputs": list(net.inputs), "nodes": nodes, "outputs": list(net.outputs)}


def read(net: Network) -> recheck.network.Net:
    return recheck.network.read_net(json.dumps(network_json(net)).encode(), "net.json")


def fractions(values: Sequence[mpq]) -> list[Fraction]:
    return [Fraction(int(v.numerator), int(v.denominator)) for v in values]


def digest(rows: Sequence[Sequence[int]], width: int = 8) -> str:
    """The digest of the outputs, from its definition."""
    chunks = [rows[start : start + 65536] for start in range(0, len(rows), 65536)]
    data = [b"".join(v.to_bytes(width, "little", signed=True) for row in chunk for v in row) for chunk in chunks]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in data)).hexdigest()


def save(folder: Path, name: str, document: Json) -> Json:
    """Write a network file and say what a certificate says of it."""
    data = json.dumps(document).encode()
    (folder / name).write_bytes(data)
    return {"file": name, "sha256": hashlib.sha256(data).hexdigest()}


def make(folder: Path, nets: tuple[Network, Network], domain: Domain, kind: str, r: int) -> Json:
    """A certificate (not yet written) that says ``certified``, whether that is true or not, and both network files."""
    original, constructed = nets
    before = [fractions(evaluate(original, point)) for point in domain]
    after = [fractions(evaluate(constructed, point)) for point in domain]
    largest = max(1, *(ceil(abs(v)) for row in before for v in row))
    rows = [[floor(r * v) for v in row] for row in after]
    width = 8 * ((max(abs(v) for row in rows for v in row).bit_length() + 1 + 63) // 64)
    frame = domain.enclosing() if isinstance(domain, Points) else domain
    parameters = {"d": len(original.inputs), "k": measure(original).depth, "r": r, "p": frame.p, "R": largest, "B": 9, "s": 1}
    parameters["m"] = max(Counter(layers(original).values()).values(), default=0)
    found = measure(constructed, domain)
    bounds = [
        {"name": name, "symbolic": f"{v} + Max(0, d - d)", "value": str(v), "measured": str(v), "holds": True}
        for name, v in (("depth", found.depth), ("max_weight (all)", found.max_weight), ("max_bias", found.max_bias))
    ]
    return {
        "format": "exactnet-certificate/1",
        "verdict": "certified",
        "statement": "S1 rounded" if kind == "floor" else "S3" if kind_of(original) == "circuit" else "S1 exact",
        "route": "lookahead",
        "options": {"carry": "linear"},
        "stated": {},
        "promised": r * largest > 10**6,
        "definitions": {},
        "versions": {"exactnet": "0"},
        "domain": domain.describe(),
        "relation": {"kind": kind, "r": str(r)},
        "parameters": {name: str(value) for name, value in parameters.items()},
        "original": {**save(folder, "c.original.json", network_json(original)), **measure(original, domain).as_json()},
        "constructed": {**save(folder, "c.constructed.json", network_json(constructed)), **found.as_json()},
        "bounds": bounds,
        "inputs_checked": str(domain.count),
        "outputs": {"sha256": digest(rows, width), "chunk": 65536, "width": width},
        "counterexample": None,
        "reason": None,
        "run": {"seconds": "0.25"},
    }


def write(folder: Path, certificate: Json) -> str:
    path = folder / "c.json"
    path.write_text(json.dumps(certificate))
    return str(path)


def verdict(folder: Path, certificate: Json, sample: int | None = None) -> str:
    """The last line: the verdict, or what is wrong."""
    try:
        return list(recheck.recheck(write(folder, certificate), sample))[-1]
    except recheck.Wrong as error:
        return f"WRONG: {error}"


NAMES = ["a", "b", "c", "e", "f", "g", "h"]
NUMBERS = st.sampled_from(["0", "1", "-1", "2", "-3", "1/2", "-1/3", "5/7", "12345678901234567890", "-7/1000000007"])
SMALL = st.sampled_from(["0", "1", "-1", "2", "1/2"])


@st.composite
def networks(draw: st.DrawFn, d: int, kinds: Sequence[Callable[..., Node]] = (affine, relu, relu, threshold)) -> Network:
    """Mixed networks; ReLUs often come in pairs ``[z+1]+``, ``[z]+`` that are read together."""
    inputs = [f"x{i}" for i in range(1, d + 1)]
    known, nodes = list(inputs), list[Node]()
    numbers = draw(st.sampled_from([NUMBERS, SMALL]))
    for name in NAMES[: draw(st.integers(1, len(NAMES)))]:
        chosen = draw(st.lists(st.sampled_from(known), max_size=4, unique=True))
        sources, bias = {source: draw(numbers) for source in chosen}, draw(numbers)
        nodes.append(draw(st.sampled_from(kinds))(name, sources, bias))
        known.append(name)
        if nodes[-1].kind == "relu" and draw(st.booleans()):
            factor = draw(st.sampled_from([mpq(1), mpq(1), mpq(1), mpq(2), mpq(1, 2)]))  # 1 for a twin
            twin = {source: factor * mpq(w) for source, w in sources.items()}
            nodes.append(relu(name + "'", twin, mpq(bias) + draw(st.sampled_from([1, mpq(1, 2), mpq(1, 42), -1]))))
            weight = mpq(draw(numbers))
            nodes.append(affine(name + '"', {name: weight, name + "'": -weight, draw(st.sampled_from(known[:-1])): 1}))
            known += [name + "'", name + '"']
    return Network(inputs, nodes, draw(st.lists(st.sampled_from(known[::-1]), min_size=1, max_size=3, unique=True)))


@st.composite
def instances(
    draw: st.DrawFn, kinds: Sequence[Callable[..., Node]] = (affine, relu, relu, threshold)
) -> tuple[Network, Domain]:
    kind = draw(st.sampled_from(["cube", "grid", "points"]))
    if kind == "cube":
        d = draw(st.integers(1, 5))
        return draw(networks(d, kinds)), Cube(d)
    d = draw(st.integers(1, 2))
    if kind == "grid":
        return draw(networks(d, kinds)), Grid(draw(st.integers(1, 2)), d)
    values = st.fractions(min_value=-3, max_value=3, max_denominator=6).map(mpq)
    points = draw(st.lists(st.tuples(*[values] * d), min_size=1, max_size=9))
    return draw(networks(d, kinds)), Points(tuple(points))


# --- evaluation and measures -------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(instances())
def test_planes_agree_with_the_reference_evaluator(instance: tuple[Network, Domain]) -> None:
    net, domain = instance
    mine = recheck.domain.Domain(domain.describe(), len(net.inputs))
    circuit = recheck.circuit.Circuit(read(net), mine)
    assert mine.count == domain.count
    columns = circuit.run_planes(range(domain.count))
    assert circuit.run_integers(range(domain.count)) == columns
    assert circuit.run(range(domain.count)) == columns
    units = [circuit.ops[name].unit for name in net.outputs]
    expected = [fractions(evaluate(net, point)) for point in domain]
    assert [[Fraction(v, u) for v, u in zip(row, units, strict=True)] for row in zip(*columns, strict=True)] == expected
    assert [recheck.network.value_at(read(net), fractions(point)) for point in domain] == expected
    for name, column in zip(net.outputs, columns, strict=True):  # the ranges are proven, not guessed
        assert circuit.ops[name].low <= min(column) <= max(column) <= circuit.ops[name].high


@settings(max_examples=300, deadline=None)
@given(instances())
def test_measures_agree_with_the_measures_of_exactnet(instance: tuple[Network, Domain]) -> None:
    net, domain = instance
    expected = measure(net, domain)
    found = recheck.measures.Expansion(read(net), int(domain.p)).measures
    for name, value in found.items():
        assert value == getattr(expected, name), name
    assert "gates" in found or any(node.kind == "relu" for node in net.nodes())


@pytest.mark.parametrize("first", [("1", 1), ("2", 1), ("1/2", "1/2"), ("1/2", 1), ("-1", 1)])
@pytest.mark.parametrize("second", [("1", 0), ("2", 0), ("1/2", 0), ("1", "1/2"), ("1/2", "-1/2")])
@pytest.mark.parametrize("weights", [(3, -3), (3, 1), (-1, 1)])
def test_only_twins_make_a_step(first: tuple[str, Any], second: tuple[str, Any], weights: tuple[int, int]) -> None:
    """Pairs of ReLUs of the same source, few of which are ``[z+1]+`` and ``[z]+`` for an integer ``z``."""
    pair = [relu(name, {"x": w}, mpq(bias)) for name, (w, bias) in (("a", first), ("b", second))]
    net = Network(["x"], [*pair, affine("y", dict(zip("ab", weights, strict=True)))], ["y"])
    domain = Grid(2, 1)
    circuit = recheck.circuit.Circuit(read(net), recheck.domain.Domain(domain.describe(), 1))
    found = [Fraction(v, circuit.ops["y"].unit) for v in circuit.run(range(domain.count))[0]]
    assert found == [fractions(evaluate(net, point))[0] for point in domain]


def test_twins_that_cancel_are_one_step_and_not_evaluated() -> None:
    pair = [relu("a", {"x": 2}, 1), relu("b", {"x": 2})]
    net = read(Network(["x"], [*pair, affine("y", {"a": 5, "b": -5})], ["y"]))
    circuit = recheck.circuit.Circuit(net, recheck.domain.Domain({"kind": "grid", "p": 2}, 1))
    assert circuit.order == ["x", ("b",), "y"]


def test_measures_worked_by_hand() -> None:
    net = Network(
        ["x1", "x2"],
        [
            affine("a", {"x1": 2, "x2": "1/2"}, 3),
            affine("b", {"a": 10}, 1),
            relu("h", {"b": "-3"}, "1/2"),  # -60 x1 - 15 x2, bias -93 + 1/2 = -185/2; den (p = 3): 2
            relu("c", {"a": 1, "x1": -2, "x2": "-1/2"}),  # cancels: no wires, bias 3, layer 1
            threshold("g", {"h": 5, "x1": 3}, "1/4"),  # 5/2 (2h) + 1 (3 x1) + 1/4: 10, 4, 1
            threshold("e", {}, 7),  # bias 1
            affine("y", {"g": "1/2", "c": -4}, 9),
        ],
        ["y", "x1", "h", "e"],
    )
    assert recheck.measures.Expansion(read(net), 3).measures == {
        "depth": 3,  # x1, x2 -> h -> g -> y
        "neurons": 4,
        "wires": 2 + 0 + 2 + 0 + 2 + 2,  # h, c, g, e, y, and the layer that reads x1 and h
        "max_weight": 60,
        "max_bias": Fraction(185, 2),
        "denominator": 2,  # that of h and of y
    }


def test_a_relu_is_made_integer_valued_with_its_own_factor() -> None:
    net = Network(["x"], [affine("a", {"x": 1}), relu("h", {"a": "1/2"}), threshold("g", {"h": 1}, "1/4")], ["g"])
    found = recheck.measures.Expansion(read(net), 1).measures  # 1/2 (2h) + 1/4: 2 and 1
    assert (found["max_weight"], found["max_bias"]) == (2, 1)


def test_threshold_weights_are_measured_in_normal_form() -> None:
    net = Network(["x"], [threshold("g", {"x": 60}, 90)], ["g"])
    found = recheck.measures.Expansion(read(net), 4).measures  # 15 (4x) + 90: 1 and 6
    assert (found["max_weight"], found["max_bias"]) == (1, 6)


def test_shared_forms_are_not_written_out_for_every_reader() -> None:
    inputs = [f"x{i}" for i in range(1000)]
    gates: list[Node] = [threshold(f"g{t}", {"F": 1}, -t) for t in range(20000)]
    net = read(Network(inputs, [affine("F", dict.fromkeys(inputs, 1)), *gates], [f"g{t}" for t in range(20000)]))
    assert recheck.measures.Expansion(net, 1).measures["wires"] == 20_000_000
    circuit = recheck.circuit.Circuit(net, recheck.domain.Domain({"kind": "points", "points": [[1] * 1000, [0] * 1000]}, 1000))
    assert [sum(column) for column in zip(*circuit.run([0, 1]), strict=True)] == [1001, 1]


def test_deep_networks_need_no_recursion() -> None:
    nodes = [affine(f"a{i}", {f"a{i - 1}" if i else "x": -1}, 1) for i in range(5000)]
    net = read(Network(["x"], nodes, ["a4999"]))
    assert recheck.measures.Expansion(net, 1).measures["wires"] == 1
    assert recheck.circuit.Circuit(net, recheck.domain.Domain({"kind": "cube"}, 1)).run([0, 1]) == [[0, 1]]


def test_memory_is_bounded_by_smaller_batches() -> None:
    wide = [affine(f"a{i}", {"x": 2**4000 + i}) for i in range(40)]
    net = read(Network(["x"], [*wide, affine("y", {f"a{i}": 1 for i in range(40)})], ["y"]))
    circuit = recheck.circuit.Circuit(net, recheck.domain.Domain({"kind": "cube"}, 1))
    assert 1024 <= circuit.batch < 65536
    assert 65536 % circuit.batch == 0
    assert circuit.run([0, 1]) == [[0, 40 * 2**4000 + sum(range(40))]]


@given(st.integers(-(2**70), 2**70))
def test_signed_digits_add_up(c: int) -> None:
    digits = recheck.planes.signed_digits(c)
    assert sum((-1 if negative else 1) << shift for shift, negative in digits) == c
    shifts = [shift for shift, _ in digits]
    assert all(b - a > 1 for a, b in pairwise(shifts))


@given(st.lists(st.integers(-(2**130), 2**130), min_size=1, max_size=20))
def test_integers_undoes_planes(values: list[int]) -> None:
    low, high = min(values), max(values)
    width = recheck.planes.planes_for(low, high)
    planes = [sum((v >> i & 1) << at for at, v in enumerate(values)) for i in range(width)]
    assert recheck.planes.integers(planes, low < 0, len(values)) == values
    smallest = {max(abs(2 * v + 1).bit_length() - (low >= 0) for v in values)}  # a plane less would not do
    assert {width} == smallest


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4*(d + 2)**4", 40000),
        ("4*(d+2)^4", 40000),
        ("-2**2 + d/3 - 0.5", Fraction(-4) + Fraction(8, 3) - Fraction(1, 2)),
        ("Max(1, d, min(n_1, 3)) + bits(d) + bits(0)", 12),
        ("ceiling(d/3)*floor(d/3)", 6),
        ("2**-d", Fraction(1, 256)),
        ("12345678901234567890123 * 1", 12345678901234567890123),
        (" \t007 + max(5)+min(9)*00.50 + 0 + 10.007 + 100*n_1/0100", Fraction(36507 + 10000, 1000)),
    ],
)
def test_bounds_are_evaluated_exactly(text: str, value: Fraction) -> None:
    assert recheck.expression.evaluate(text, {"d": 8, "n_1": 20}) == value


@pytest.mark.parametrize(
    "text",
    ["", "d +", "e", "d.real", "d[0]", "__import__('os')", "open('x')", "Max()", "bits(d=1)", "d and d", "True",
     "2**10**9", "(2**99999)**99", "2**(1/2)", "1/(d - 8)", "0**-1", "'d'", "bits", "0x10", "1_0", "Max(*d)",
     "d // 2", "lambda: d", "d if d else d", "[d for d in d]", "d < 2", "~d", "+d", "1j", "bits(d/3)",
     "5*(d-8)/(d-8)", "5*(d-8)^-1*(d-8)",
     "(" * 500 + "d" + ")" * 500, "-" * 100000 + "d", "+".join(["d"] * 50000), "d\0", "9" * 30000],
)  # fmt: skip
def test_other_bounds_are_refused(text: str) -> None:
    with pytest.raises(recheck.Wrong) as error:
        recheck.expression.evaluate(text, {"d": 8})
    assert "\n" not in str(error.value)


# --- certificates ------------------------------------------------------------------------------------

#: ``floor(10·(2x1 - x2)/3)/10`` on the cube: 0, -4/10, 6/10, 3/10.
THIRDS = Network(["x1", "x2"], [affine("y", {"x1": "2/3", "x2": "-1/3"})], ["y"])
TENTHS = Network(
    ["x1", "x2"],
    [
        relu("u", {"x1": 1, "x2": 1}, 0),
        relu("v", {"x1": 1, "x2": 1}, -1),
        affine("y", {"x1": "3/5", "x2": "-2/5", "u": 0, "v": "1/10"}),
    ],
    ["y"],
)


@pytest.fixture
def rounded(tmp_path: Path) -> Json:
    """A right certificate of the rounded form."""
    return make(tmp_path, (THIRDS, TENTHS), Cube(2), "floor", 10)


def test_a_right_certificate_is_confirmed_line_by_line(tmp_path: Path, rounded: Json) -> None:
    lines = list(recheck.recheck(write(tmp_path, rounded)))
    assert lines[-1] == "certified"
    assert "rechecked 4 of 4 inputs" in lines
    assert "confirmed: SHA-256 of the outputs" in lines
    assert sum(line.startswith("confirmed") for line in lines) >= 8


def test_a_sample_says_what_it_left_out(tmp_path: Path, rounded: Json) -> None:
    rounded["outputs"]["sha256"] = "0" * 64
    lines = list(recheck.recheck(write(tmp_path, rounded), sample=3))
    assert "rechecked 3 of 4 inputs" in lines
    assert "not rechecked: the other inputs, whether r and R are the least, SHA-256 of the outputs" in lines
    assert lines[-1] == "certified on the sampled inputs"
    assert verdict(tmp_path, rounded, sample=4).startswith("WRONG")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(instances([affine, relu, relu]), st.data())
def test_the_verdict_is_that_of_a_naive_comparison(
    tmp_path: Path, instance: tuple[Network, Domain], data: st.DataObject
) -> None:
    """The constructed network is the expansion with perhaps one number changed, in an otherwise right certificate."""
    net, domain = instance
    nodes, changes = list(expand(net).nodes()), data.draw(st.integers(0, 1))
    if nodes and changes:
        at = data.draw(st.integers(0, len(nodes) - 1))
        old = nodes[at]
        change = mpq(data.draw(st.sampled_from(["1", "-1", "1/1000"])))
        nodes[at] = Node(old.id, old.kind, old.sources, old.bias + change)
    changed = Network(net.inputs, nodes, net.outputs)
    values = [(fractions(evaluate(net, point)), fractions(evaluate(changed, point))) for point in domain]
    r = lcm(*(v.denominator for row, _ in values for v in row))
    certificate = make(tmp_path, (net, changed), domain, "equal", r)
    right = all(before == after for before, after in values)
    assert verdict(tmp_path, certificate).startswith("certified" if right else "WRONG: at input ")
    if r > 1:  # then r-1 does not make all outputs integers
        certificate = make(tmp_path, (net, expand(net)), domain, "equal", r - 1)
        assert verdict(tmp_path, certificate).startswith("WRONG")
    rounding = data.draw(st.integers(1, 3))
    certificate = make(tmp_path, (net, changed), domain, "floor", rounding)
    right = all(
        [Fraction(floor(rounding * v), rounding) for v in before] == after for before, after in values
    )
    assert verdict(tmp_path, certificate).startswith("certified" if right else "WRONG: at input ")


def flip(key: str, *path: str) -> Edit:
    """Change one hexadecimal digit of a digest."""

    def edit(certificate: Json) -> None:
        table = certificate
        for part in path:
            table = table[part]
        table[key] = table[key][:-1] + ("0" if table[key][-1] != "0" else "1")

    return edit


def put(value: object, *path: str | int) -> Edit:
    """Change one entry."""

    def edit(certificate: Json) -> None:
        table: Any = certificate
        for part in path[:-1]:
            table = table[part]
        assert repr(table.get(path[-1])) != repr(value)
        table[path[-1]] = value

    return edit


def swap(certificate: Json) -> None:
    for key in ("file", "sha256"):
        a, b = certificate["original"][key], certificate["constructed"][key]
        certificate["original"][key], certificate["constructed"][key] = b, a


TAMPERING: dict[str, Edit] = {
    "digest of the original": flip("sha256", "original"),
    "digest of the constructed": flip("sha256", "constructed"),
    "digest of the outputs": flip("sha256", "outputs"),
    "the other file": put("c.original.json", "constructed", "file"),
    "swapped networks": swap,
    "depth": put(1, "constructed", "depth"),
    "neurons": put(1, "constructed", "neurons"),
    "wires": put(6, "constructed", "wires"),
    "max_weight": put("2", "constructed", "max_weight"),
    "max_bias": put("1/2", "constructed", "max_bias"),
    "measure of the original": put("1", "original", "max_weight"),
    "bound value": put("3", "bounds", 0, "value"),
    "bound symbolic": put("2*d", "bounds", 0, "symbolic"),
    "bound measured": put("1", "bounds", 0, "measured"),
    "bound measured, with a suffix": put("1/2", "bounds", 1, "measured"),
    "bound does not hold": put(False, "bounds", 0, "holds"),
    "bound that fails": lambda c: c["bounds"][0].update(symbolic="d - 1", value="1", holds=False),
    "bound that fails and should hold": lambda c: c["bounds"][0].update(symbolic="d - 1", value="1"),
    "bound calls": put("print(d)", "bounds", 0, "symbolic"),
    "inputs_checked": put("3", "inputs_checked"),
    "d": put("3", "parameters", "d"),
    "k": put("3", "parameters", "k"),
    "m": put("9", "parameters", "m"),
    "r": put("11", "parameters", "r"),
    "p": put("2", "parameters", "p"),
    "R is 0": put("0", "parameters", "R"),
    "R is too large": put("2", "parameters", "R"),
    "no R": lambda c: c["parameters"].pop("R"),
    "no B": lambda c: c["parameters"].pop("B"),
    "s": put("2", "parameters", "s"),
    "a parameter from nowhere": lambda c: c["parameters"].update(x="7"),
    "unknown statement": put("S4", "statement"),
    "S2 without small weights": lambda c: c.update(statement="S2 rounded"),
    "S3 of ReLU networks": lambda c: c.update(statement="S3", relation={"kind": "equal", "r": "1"}),
    "S1 exact with the rounded relation": lambda c: c.update(statement="S1 exact"),
    "a base parameter is defined": put({"B": "9"}, "definitions"),
    "a definition by itself": lambda c: (c["definitions"].update(q="q"), c["parameters"].update(q="7")),
    "a definition by a later one": lambda c: (
        c["definitions"].update(q="u", u="7"), c["parameters"].update(q="7", u="7")
    ),
    "a definition by a parameter that is not": lambda c: (c["definitions"].update(q="x"), c["parameters"].update(q="7", x="7")),
    "a definition of no name": lambda c: (c["definitions"].update({"2": "7"}), c["parameters"].update({"2": "7"})),
    "a row of no measure": put("goodness", "bounds", 0, "name"),
    "a row that looks like a measure": put("depth(a)", "bounds", 0, "name"),
    "a row twice": lambda c: c["bounds"].append(c["bounds"][0]),
    "a stated row that was not stated": put("max_weight (stated)", "bounds", 1, "name"),
    "a stated bound without rows": put({"weights": "9"}, "stated"),
    "certified with a reason": put("because", "reason"),
    "relation": put("equal", "relation", "kind"),
    "precision": put("9", "relation", "r"),
    "statement": put("S1 exact", "statement"),
    "domain": put({"kind": "grid", "p": 1}, "domain"),
    "part of the domain": put({"kind": "points", "points": [[0, 0], [0, 1], [1, 0]]}, "domain"),
    "order of the domain": put({"kind": "points", "points": [[0, 0], [1, 0], [0, 1], [1, 1]]}, "domain"),
    "refuted without a reason": put("refuted", "verdict"),
    "certified with a counterexample": put({"input": {}, "expected": {}, "got": {}, "node": None}, "counterexample"),
    "definition": put({"K_1": "d + 1"}, "definitions"),
    "width": put(4, "outputs", "width"),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found(tmp_path: Path, rounded: Json, what: str) -> None:
    TAMPERING[what](rounded)
    assert verdict(tmp_path, rounded).startswith("WRONG: ")


def test_tampering_with_a_weight_is_found_with_and_without_a_new_digest(tmp_path: Path, rounded: Json) -> None:
    document = network_json(TENTHS)
    node = next(node for node in document["nodes"] if node["id"] == "y")
    node["in"]["x2"] = "-3/5"
    entry = save(tmp_path, "c.constructed.json", document)
    assert "SHA-256 of c.constructed.json" in verdict(tmp_path, rounded)
    rounded["constructed"] |= entry
    assert verdict(tmp_path, rounded) == "WRONG: at input 1 (0, 1) y is -3/5, not -2/5"


def test_names_must_agree(tmp_path: Path, rounded: Json) -> None:
    document = json.loads(json.dumps(network_json(TENTHS)).replace('"y"', '"z"'))
    rounded["constructed"] |= save(tmp_path, "c.constructed.json", document)
    assert verdict(tmp_path, rounded) == "WRONG: the networks differ in the names of their inputs or outputs"


@pytest.mark.parametrize("measure", ["depth", "max_weight", "max_bias"])
@pytest.mark.parametrize("make_one", ["certified", "refuted"])
def test_the_bounds_that_a_statement_needs_are_there(tmp_path: Path, measure: str, make_one: str) -> None:
    certificate = refuted(tmp_path) if make_one == "refuted" else make(tmp_path, (THIRDS, TENTHS), Cube(2), "floor", 10)
    rest = [bound for bound in certificate["bounds"] if bound["name"].split()[0] != measure]
    assert len(rest) == 2
    measured = str(certificate["constructed"]["width"])
    other = {"name": "width", "symbolic": "9**9", "value": str(9**9), "measured": measured, "holds": True}
    for bounds in (rest, [*rest, other]):
        assert verdict(tmp_path, certificate | {"bounds": bounds}) == f"WRONG: no bound on {measure}"


def test_definitions_are_evaluated(tmp_path: Path, rounded: Json) -> None:
    rounded["parameters"] |= {"n_1": "6", "K_1": "12"}
    rounded["definitions"] = {"n_1": "3*d", "K_1": "2*n_1"}
    assert verdict(tmp_path, rounded) == "certified"
    rounded["parameters"]["K_1"] = "13"
    assert "parameter K_1 is 12, recorded as 13" in verdict(tmp_path, rounded)


def test_parameter_p_of_points_is_a_common_denominator(tmp_path: Path) -> None:
    net = Network(["x"], [threshold("y", {"x": 2}, -1)], ["y"])
    certificate = make(tmp_path, (net, net), Points(((mpq(1, 2),), (mpq(-3),))), "equal", 1)
    certificate["parameters"]["p"] = "4"
    assert verdict(tmp_path, certificate) == "certified"
    certificate["parameters"]["p"] = "3"
    assert verdict(tmp_path, certificate).startswith("WRONG: parameter p")


def test_equality_is_not_that_of_the_rounded_values(tmp_path: Path) -> None:
    certificate = make(tmp_path, (THIRDS, TENTHS), Cube(2), "equal", 10)
    assert verdict(tmp_path, certificate) == "WRONG: at input 1 (0, 1) y is -2/5, not -1/3"


@pytest.mark.parametrize("weight", [-3, 3])
def test_range_is_found_to_be_too_small_only_by_evaluation(tmp_path: Path, weight: int) -> None:
    net = Network(["x"], [affine("y", {"x": weight})], ["y"])
    certificate = make(tmp_path, (net, net), Grid(2, 1), "equal", 2)
    assert verdict(tmp_path, certificate) == "certified"
    certificate["parameters"]["R"] = "5"
    assert verdict(tmp_path, certificate) == f"WRONG: at input 0 (-2) y is {-2 * weight}, beyond R"
    certificate["parameters"]["R"] = "7"
    assert verdict(tmp_path, certificate) == "WRONG: R is 7, but the least is 6, and none is promised"
    assert verdict(tmp_path, certificate | {"promised": True}) == "certified"
    certificate["parameters"] |= {"R": "6", "r": "4"}
    certificate["relation"]["r"] = "4"
    assert verdict(tmp_path, certificate) == "WRONG: r is 4, but the least common denominator of the outputs is 2"


def test_chunks_and_several_outputs(tmp_path: Path) -> None:
    """More inputs than one chunk: the digest from its definition, on outputs with both signs."""
    d = 17
    names = [f"x{i}" for i in range(1, d + 1)]
    y = affine("y", {name: -(2**i) for i, name in enumerate(reversed(names))}, 70000)
    net = Network(names, [y, relu("g", {"x1": 2}, -1)], ["y", "g", "x17"])
    certificate = make(tmp_path, (net, net), Points(((mpq(0),) * d,)), "equal", 1)
    certificate["domain"], certificate["inputs_checked"] = {"kind": "cube"}, str(2**d)
    certificate["parameters"]["R"] = "70000"
    rows = [[70000 - i, i >> 16, i & 1] for i in range(2**d)]
    certificate["outputs"]["sha256"] = digest(rows)
    assert verdict(tmp_path, certificate) == "certified"
    assert verdict(tmp_path, certificate, sample=100) == "certified on the sampled inputs"
    rows[-1][0] += 1
    certificate["outputs"]["sha256"] = digest(rows)
    assert verdict(tmp_path, certificate).startswith("WRONG: the SHA-256 of the outputs")


def test_wide_outputs(tmp_path: Path) -> None:
    net = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 2**1024, "x": "1/3"}, -(2**90))], ["y"])
    certificate = make(tmp_path, (net, net), Grid(2, 1), "equal", 6)
    assert certificate["outputs"]["width"] == 8 * 17
    assert verdict(tmp_path, certificate) == "certified"
    certificate["outputs"]["width"] = 8 * 16
    assert verdict(tmp_path, certificate) == "WRONG: outputs: r*R fits into 136 bytes, not 128"
    certificate["outputs"]["width"] = 8 * 17
    found = verdict(tmp_path, certificate | {"promised": False})
    assert found.startswith("WRONG: r*R is ")
    assert found.endswith("more than 1000000, and R is not promised")


def refuted(folder: Path) -> Json:
    wrong = Network(["x1", "x2"], [affine("y", {"x1": "3/5", "x2": "-2/5"})], ["y"])
    certificate = make(folder, (THIRDS, wrong), Cube(2), "floor", 10)
    found = {"input": {"x1": "1", "x2": "1"}, "expected": {"y": "3/10"}, "got": {"y": "1/5"}, "node": None}
    changes = {"verdict": "refuted", "outputs": None, "counterexample": found, "inputs_checked": "4", "reason": "it differs"}
    return certificate | changes


def test_a_counterexample_is_replayed(tmp_path: Path) -> None:
    lines = list(recheck.recheck(write(tmp_path, refuted(tmp_path))))
    assert lines[-2:] == ["confirmed: at the counterexample y is 1/5, not 3/10", "refuted"]


@pytest.mark.parametrize(
    "edit",
    [
        put("2/10", "counterexample", "expected", "y"),
        put("3/10", "counterexample", "got", "y"),
        put({}, "counterexample", "expected"),
        put({"x1": "1", "x2": "2"}, "counterexample", "input"),
        put({"x1": "1", "x2": "1/2"}, "counterexample", "input"),
        put({"x1": "1"}, "counterexample", "input"),
        put({"input": {"x1": "1", "x2": "1/2"}, "expected": {"y": "1/2"}, "got": {"y": "2/5"}, "node": None}, "counterexample"),
        put({"input": {"x1": "0", "x2": "1"}, "expected": {"y": "-2/5"}, "got": {"y": "-2/5"}, "node": None}, "counterexample"),
        put("certified", "verdict"),
    ],
)
def test_a_false_counterexample_is_found(tmp_path: Path, edit: Edit) -> None:
    certificate = refuted(tmp_path)
    edit(certificate)
    assert verdict(tmp_path, certificate).startswith("WRONG: ")


def test_a_failing_bound_refutes(tmp_path: Path, rounded: Json) -> None:
    rounded |= {"verdict": "refuted", "reason": "the bound depth fails"}
    rounded["bounds"][0] |= {"symbolic": "d - 1", "value": "1", "holds": False}
    lines = list(recheck.recheck(write(tmp_path, rounded)))
    assert "confirmed: the bound depth does not hold (its expression is taken from the certificate)" in lines
    assert lines[-1] == "refuted"
    rounded["outputs"]["sha256"] = "0" * 64  # the values are compared all the same
    assert verdict(tmp_path, rounded).startswith("WRONG: the SHA-256 of the outputs")
    rounded["bounds"][0]["holds"] = True
    assert verdict(tmp_path, rounded).startswith("WRONG: bound depth")
    rounded["bounds"][0] |= {"symbolic": "d", "value": "2", "holds": False}  # it does hold
    assert verdict(tmp_path, rounded).startswith("WRONG: bound depth")


# --- the command line --------------------------------------------------------------------------------

PACKAGE = Path(recheck.__file__).parent
REPO = PACKAGE.parent.parent
MODULE = f"import runpy, sys; sys.path[:0] = [{str(REPO)!r}]; runpy.run_module('exactnet.recheck', run_name='__main__')"


def run_bare(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run in an interpreter that has the standard library only."""
    return subprocess.run([sys.executable, "-I", "-S", *arguments], capture_output=True, text=True, check=False)


def test_runs_without_any_dependency(tmp_path: Path, rounded: Json) -> None:
    assert run_bare("-c", "import gmpy2").returncode == 1  # the interpreter has none indeed
    path = write(tmp_path, rounded)
    copy = str(shutil.copytree(PACKAGE, tmp_path / "copy"))
    for command in ([copy], [str(PACKAGE)], ["-c", MODULE]):
        done = run_bare(*command, path)
        assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (0, "certified", "")
    rounded["inputs_checked"] = "5"
    done = run_bare("-c", MODULE, write(tmp_path, rounded))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-1] == "WRONG: the domain has 4 inputs, inputs_checked says 5"
    done = run_bare(copy, write(tmp_path, refuted(tmp_path)))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "refuted")


def test_a_reader_may_stop_reading(tmp_path: Path, rounded: Json) -> None:
    command = [sys.executable, "-I", "-S", str(PACKAGE), write(tmp_path, rounded)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_imports_nothing_but_the_standard_library() -> None:
    code = f"import sys; sys.path[:0] = [{str(REPO)!r}]; import exactnet.recheck; print(*sys.modules, sep='\\n')"
    done = run_bare("-c", code)
    top = {name.partition(".")[0] for name in done.stdout.split()}
    assert top - set(sys.stdlib_module_names) <= {"exactnet", "__main__", "__mp_main__"}
    mine = {f"exactnet.recheck.{path.stem}" for path in PACKAGE.glob("[!_]*.py")}
    assert {name for name in done.stdout.split() if name.startswith("exactnet")} == {"exactnet", "exactnet.recheck"} | mine


def twice(folder: Path, **changes: Any) -> Json:
    """A certificate of the exact form of ``y = [2x]+/2`` on the cube, with changes."""
    net = Network(["x"], [relu("h", {"x": 2}), affine("y", {"h": "1/2"})], ["y"])
    return make(folder, (net, net), Cube(1), "equal", 1) | changes


def test_what_is_on_trust_is_said_last(tmp_path: Path, rounded: Json) -> None:
    for sample in (None, 2):
        lines = list(recheck.recheck(write(tmp_path, rounded), sample))
        assert lines[-2].startswith("taken on trust: that the bounds' expressions are those of the theorem (exactnet check")
        assert lines[-2].endswith("and B = 9, s = 1")


def test_a_network_of_the_wrong_kind_is_refused_and_refutes(tmp_path: Path) -> None:
    gate = Network(["x"], [threshold("h", {"x": 1}, -1), affine("y", {"h": 1})], ["y"])
    original = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1})], ["y"])
    certificate = make(tmp_path, (original, gate), Cube(1), "equal", 1)
    assert certificate["statement"] == "S1 exact"
    assert verdict(tmp_path, certificate) == "WRONG: S1 exact: the constructed network is not a ReLU network"
    assert verdict(tmp_path, certificate | {"verdict": "refuted", "reason": "kind"}) == "refuted"
    circuit = Network(["x"], [threshold("y", {"x": 1}, -1)], ["y"])
    relus = Network(["x"], [relu("y", {"x": 1})], ["y"])
    right = make(tmp_path, (circuit, circuit), Cube(1), "equal", 1)
    assert (right["statement"], verdict(tmp_path, right)) == ("S3", "certified")
    assert verdict(tmp_path, right | {"promised": True}) == "WRONG: r and R of a circuit must be 1"
    other = make(tmp_path, (circuit, circuit), Cube(1), "equal", 1) | {"statement": "S1 exact"}
    assert verdict(tmp_path, other).startswith("WRONG: S1 exact is not the statement")
    certificate = make(tmp_path, (circuit, relus), Cube(1), "equal", 1)
    assert verdict(tmp_path, certificate) == "WRONG: S3: the constructed network is not a threshold circuit"


@pytest.mark.parametrize(("statement", "limit"), [("S1 exact", 6), ("S3", 4)])
def test_the_depth_of_the_theorem_is_known(tmp_path: Path, statement: str, limit: int) -> None:
    """Chains of gates or ReLUs that pass on ``x``, with a bound in the certificate that allows any depth."""
    for depth in (limit, limit + 1):
        if statement == "S3":
            gate = [threshold(f"g{i}", {f"g{i - 1}" if i else "x": 1}, -1) for i in range(depth)]
            nets = (Network(["x"], [threshold(gate[-1].id, {"x": 1}, -1)], [gate[-1].id]), Network(["x"], gate, [gate[-1].id]))
        else:
            chain = [relu(f"h{i}", {f"h{i - 1}" if i else "x": 1}) for i in range(depth - 1)]
            nets = (
                Network(["x"], [affine("y", {"x": 1})], ["y"]),
                Network(["x"], [*chain, affine("y", {chain[-1].id: 1})], ["y"]),
            )
        certificate = make(tmp_path, nets, Cube(1), "equal", 1)
        assert (certificate["statement"], certificate["constructed"]["depth"]) == (statement, depth)
        found = verdict(tmp_path, certificate)
        assert found == "certified" if depth == limit else found.startswith(f"WRONG: depth {depth} > 3*k + ")


def test_route_compact_may_be_deeper(tmp_path: Path) -> None:
    chain = [relu(f"h{i}", {f"h{i - 1}" if i else "x": 1}) for i in range(9)]
    original = Network(["x"], [*chain[:1], relu("h1", {"h0": 1}), affine("y", {"h1": 1})], ["y"])  # k = 3: 12 or 13
    deep = [relu(f"h{i}", {f"h{i - 1}" if i else "x": 1}) for i in range(12)]
    certificate = make(tmp_path, (original, Network(["x"], [*deep, affine("y", {"h11": 1})], ["y"])), Cube(1), "equal", 1)
    assert verdict(tmp_path, certificate) == "WRONG: depth 13 > 3*k + 3 = 12, the most in S1 exact"
    assert verdict(tmp_path, certificate | {"route": "compact"}) == "certified"


def test_constant_weights(tmp_path: Path) -> None:
    net = Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1})], ["y"])
    certificate = make(tmp_path, (net, net), Cube(1), "equal", 1) | {"statement": "S2 exact"}
    rows = certificate["bounds"]
    rows[1] |= {"name": "max_weight", "symbolic": "1", "value": "1"}
    assert verdict(tmp_path, certificate) == "WRONG: no bound of 1 on max_bias"
    rows[2] |= {"symbolic": "1", "value": "1"}
    assert verdict(tmp_path, certificate) == "certified"
    certificate = twice(tmp_path, statement="S2 exact")
    assert verdict(tmp_path, certificate) == "WRONG: no bound of 1 on max_weight"


def test_stated_bounds_are_those_that_were_stated(tmp_path: Path, rounded: Json) -> None:
    text = " 007*max(5) "
    measured = rounded["constructed"]
    rows = [
        {"name": f"{name} (stated)", "symbolic": text, "value": "35", "measured": measured[name], "holds": True}
        for name in ("max_weight", "max_bias")
    ]
    right = rounded | {"stated": {"weights": text}, "bounds": rounded["bounds"] + rows}
    assert verdict(tmp_path, right) == "certified"
    assert verdict(tmp_path, right | {"stated": {}}).startswith("WRONG: the stated bounds")
    assert verdict(tmp_path, right | {"stated": {"weights": "35"}}).startswith("WRONG: the stated bounds")
    assert verdict(tmp_path, right | {"bounds": right["bounds"][:-1]}).startswith("WRONG: the stated bounds")
    assert verdict(tmp_path, right | {"bounds": [right["bounds"][0], *rows]}) == "WRONG: no bound on max_weight"
    defined = {"definitions": {"q": "35"}, "parameters": rounded["parameters"] | {"q": "35"}}
    named = [row | {"symbolic": "q"} for row in rows]
    right |= {"stated": {"weights": "q"}, "bounds": rounded["bounds"] + named}
    assert "cannot be evaluated" in verdict(tmp_path, right | defined)


def test_a_refutation_needs_a_measure_that_is_rechecked(tmp_path: Path, rounded: Json) -> None:
    width = str(rounded["constructed"]["width"])
    row = {"name": "width", "symbolic": "0", "value": "0", "measured": width, "holds": False}
    rounded |= {"verdict": "refuted", "reason": "width", "bounds": [*rounded["bounds"], row]}
    assert verdict(tmp_path, rounded) == "WRONG: bound width: its measure is not rechecked, so it refutes nothing"


def test_a_counterexample_cannot_be_a_broken_hypothesis(tmp_path: Path) -> None:
    net = Network(["x"], [affine("y", {"x": 3})], ["y"])
    point = {"input": {"x": "1"}, "expected": {"y": "3"}, "got": {"y": "3"}, "node": None}
    changes = {"verdict": "refuted", "outputs": None, "counterexample": point, "reason": "R"}
    certificate = make(tmp_path, (net, net), Cube(1), "equal", 1) | changes
    certificate["parameters"]["R"] = "1"
    assert verdict(tmp_path, certificate) == "WRONG: the counterexample is none: nothing is wrong there"
    other = Network(["x"], [affine("y", {"x": 2})], ["y"])
    certificate = make(tmp_path, (net, other), Cube(1), "equal", 1) | changes
    certificate["counterexample"]["got"] = {"y": "2"}
    assert verdict(tmp_path, certificate) == "refuted"
    certificate["parameters"]["R"] = "2"
    assert verdict(tmp_path, certificate) == "WRONG: the counterexample: y is 3, beyond R"


def test_huge_weights_take_no_quadratic_time(tmp_path: Path) -> None:
    nodes = [affine(f"a{i}", {f"a{i - 1}" if i else "x1": "1e9999"}) for i in range(3)]
    net = Network(["x1", "x2"], [*nodes, threshold("g", {"a2": 1})], ["g"])
    small = Network(["x1", "x2"], [threshold("g", {"x1": 1})], ["g"])
    points = Points(((mpq(0), mpq(0)), (mpq(1), mpq(1))))
    path = write(tmp_path, make(tmp_path, (net, small), points, "equal", 1))
    start = time.monotonic()
    done = run_bare(str(PACKAGE), path)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "certified")
    assert time.monotonic() - start < 10  # hours, and all memory, if every digit of every weight were a plane


def test_a_pipe_is_not_waited_for(tmp_path: Path, rounded: Json) -> None:
    path = write(tmp_path, rounded)
    (tmp_path / "c.constructed.json").unlink()
    os.mkfifo(tmp_path / "c.constructed.json")
    done = subprocess.run([sys.executable, "-S", str(PACKAGE), path], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "not a regular file" in done.stderr


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\udc00x"', "1.0", "NaN", "-Infinity", "1e2"])
def test_no_floats_and_no_half_characters(
    tmp_path: Path, rounded: Json, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = Path(write(tmp_path, rounded))
    written = path.read_text()
    path.write_text(written.replace('"seconds": "0.25"', f'"seconds": {text}'))
    assert path.read_text() != written
    one_line(capsys, str(path))


UNUSABLE: dict[str, Edit] = {
    "format": put("exactnet-certificate/2", "format"),
    "verdict": put("maybe", "verdict"),
    "relation": put("nearly", "relation", "kind"),
    "r": put("0", "relation", "r"),
    "r is a fraction": put("1/2", "relation", "r"),
    "unknown field": lambda c: c.update(note="x"),
    "missing field": lambda c: c.pop("route"),
    "field of the domain": put({"kind": "cube", "p": 1}, "domain"),
    "field of a bound": lambda c: c["bounds"][0].update(note="x"),
    "field of a network": lambda c: c["original"].update(note="x"),
    "option": lambda c: c["options"].update(carry=1),
    "stated": put({"biases": "5"}, "stated"),
    "promised": put(1, "promised"),
    "R is a fraction": put("1/2", "parameters", "R"),
    "no digest of the outputs": put(None, "outputs", "sha256"),
    "float": put(2.0, "constructed", "depth"),
    "bool": put(True, "constructed", "depth"),
    "measure": put(None, "original", "wires"),
    "path": put("../c.original.json", "original", "file"),
    "path of the folder": put("..", "original", "file"),
    "absolute path": put("/dev/zero", "original", "file"),
    "no path": put("", "original", "file"),
    "a file name with NUL": put("a\0", "original", "file"),
    "missing file": put("none.json", "original", "file"),
    "parameter": put("1e99999", "parameters", "d"),
    "parameters": put([], "parameters"),
    "bounds": put({}, "bounds"),
    "domain": put({"kind": "ball"}, "domain"),
    "no points": put({"kind": "points", "points": []}, "domain"),
    "p": put({"kind": "grid", "p": 0}, "domain"),
    "p is text": put({"kind": "grid", "p": "3"}, "domain"),
    "ragged points": put({"kind": "points", "points": [[1, 1], [1]]}, "domain"),
    "chunk": put(1000, "outputs", "chunk"),
    "width is huge": put(10**9, "outputs", "width"),
    "outputs": put(None, "outputs"),
}


def one_line(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert recheck.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("recheck: ")
    assert error.count("\n") == 1
    assert len(error) < 300
    return error


@pytest.mark.parametrize("what", UNUSABLE)
def test_an_unusable_certificate_is_one_line(
    tmp_path: Path, rounded: Json, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    UNUSABLE[what](rounded)
    one_line(capsys, write(tmp_path, rounded))


@pytest.mark.parametrize(
    "data",
    [b"", b"[", b"[]", b"{}", b"\xff", b"\0", b"[" * 100000, b'{"a":' * 100000, b'{"format": 1, "format": 2}',
     b'{"n": ' + b"9" * 100000 + b"}", b'"' + b"x" * 3000000 + b'"'],
)  # fmt: skip
def test_what_is_no_certificate_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(data)
    one_line(capsys, str(path), "--max-file", "2")


def test_a_key_that_occurs_twice_is_refused(
    tmp_path: Path, rounded: Json, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path(write(tmp_path, rounded))
    path.write_text(path.read_text().replace('"verdict"', '"reason": "", "verdict"', 1))
    assert "the key reason occurs twice" in one_line(capsys, str(path))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (put("exactnet-network/2", "format"), "format"),
        (put([], "inputs"), "inputs"),
        (put("x1", "inputs"), "inputs"),
        (put(["y", "y"], "outputs"), "outputs"),
        (put(["z"], "outputs"), "z is read, but is no node"),
        (lambda net: net["nodes"].append(net["nodes"][0]), "taken"),
        (lambda net: net["nodes"][0].update(id="x1"), "taken"),
        (lambda net: net["nodes"][0].update(kind="input"), "kind"),
        (lambda net: net["nodes"][0].update(bias=0.5), "number"),
        (lambda net: net["nodes"][0].update(bias="1/0"), "number"),
        (lambda net: net["nodes"][0].update(bias="+1"), "number"),
        (lambda net: net["nodes"][0].update(bias="١"), "number"),
        (lambda net: net["nodes"][0].update(bias="1" * 20001), "number"),
        (lambda net: net["nodes"][0].pop("in"), "in is missing"),
        (lambda net: net["nodes"][0]["in"].update(q=1), "q is read, but is no node"),
        (lambda net: net["nodes"][0]["in"].update(y=1), "cycle"),
        (lambda net: net["nodes"].append(3), "id is missing"),
    ],
)
def test_a_malformed_network_is_one_line(
    tmp_path: Path, rounded: Json, capsys: pytest.CaptureFixture[str], edit: Edit, message: str
) -> None:
    document = network_json(TENTHS)
    edit(document)
    rounded["constructed"] |= save(tmp_path, "c.constructed.json", document)
    assert message in one_line(capsys, write(tmp_path, rounded))


def test_a_wire_of_weight_0_is_none_even_in_a_circle(tmp_path: Path, rounded: Json) -> None:
    document = network_json(TENTHS)
    document["nodes"][0]["in"]["y"] = "0"
    rounded["constructed"] |= save(tmp_path, "c.constructed.json", document)
    assert verdict(tmp_path, rounded) == "certified"


def test_numbers_of_twenty_thousand_digits_are_read(tmp_path: Path, rounded: Json) -> None:
    for digits, status in ((20000, 0), (20001, 2)):
        row = rounded["bounds"][1] | {"name": "max_weight (large)", "symbolic": f"10**{digits} - 1", "value": "9" * digits}
        done = run_bare(str(PACKAGE), write(tmp_path, rounded | {"bounds": [*rounded["bounds"], row]}))
        assert (done.returncode, done.stderr.count("\n")) == (status, status // 2)


def test_a_domain_that_nobody_enumerates_is_sampled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"x{i}" for i in range(100)]
    net = Network(names, [threshold("y", dict.fromkeys(names, 1), -50)], ["y"])
    certificate = make(tmp_path, (net, net), Points(((mpq(0),) * 100,)), "equal", 1)
    certificate["domain"], certificate["inputs_checked"] = {"kind": "cube"}, str(2**100)
    assert "--inputs" in one_line(capsys, write(tmp_path, certificate))
    assert recheck.main([str(tmp_path / "c.json"), "--inputs", "50"]) == 0
    printed = capsys.readouterr().out
    assert f"rechecked 50 of {2**100} inputs" in printed
    assert printed.endswith("\ncertified on the sampled inputs\n")


def test_missing_files_and_bad_arguments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No such file" in one_line(capsys, str(tmp_path / "none.json"))
    one_line(capsys, str(tmp_path))
    one_line(capsys, "a\0b")
    for arguments in ([], ["c.json", "--inputs", "0"], ["c.json", "--inputs", "x"], ["c.json", "--max-file", "0"]):
        with pytest.raises(SystemExit) as error:
            recheck.main(arguments)
        assert error.value.code == 2


def test_an_interrupt_is_status_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(recheck.command, "recheck", interrupted)
    assert recheck.main(["c.json"]) == 130
    assert capsys.readouterr().err == "recheck: interrupted\n"


def test_domains_are_in_the_same_order_as_those_of_exactnet() -> None:
    for domain in (Cube(3), Grid(2, 2), Points(((mpq(1, 2), mpq(-2)), (mpq(0), mpq(1, 3))))):
        mine = recheck.domain.Domain(domain.describe(), domain.d)
        columns = [mine.column(i, range(domain.count)) for i in range(domain.d)]
        rows = [[Fraction(v, mine.p) for v in row] for row in zip(*columns, strict=True)]
        assert rows == [fractions(point) for point in domain]
        assert all(row in mine for row in rows)
        assert [Fraction(1, 7)] * domain.d not in mine
