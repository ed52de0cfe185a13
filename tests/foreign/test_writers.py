"""What is written for other programs: read back, run by onnxruntime, simulated, or evaluated, and compared on whole domains."""

from __future__ import annotations

import itertools
import json
import re
from fractions import Fraction
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.foreign.arrays import from_layers
from exactnet.foreign.circuits import dump_aiger, dump_binary_aiger, dump_blif, dump_opb
from exactnet.foreign.convert import convert_graph
from exactnet.foreign.onnx_file import parse_onnx
from exactnet.foreign.symbols import dump_dot, dump_smtlib, from_networkx, to_networkx, to_sympy
from exactnet.foreign.write_onnx import dump_onnx
from exactnet.foreign.writing import dump_foreign
from exactnet.kernel.domain import Cube, Grid, Points
from exactnet.kernel.errors import ExactnetError, FormatError, NetworkError
from exactnet.kernel.network import Network, Node, affine, relu, threshold
from tests.helpers import random_circuit, random_relu


def mixed(seed: int) -> Network:
    """Dyadic weights, every kind of node, skip wires, an input and inner nodes among the outputs."""
    net = random_relu(seed, 3, [4, 3], 3, outputs=2, denominator=4)
    more = [threshold("g", {"y1": 1, "x1": "1/2"}, "-1/4"), affine("z", {"g": -2, "h1_1": "1/8", "x3": 1}, 5)]
    return Network(net.inputs, [*net.nodes(), *more], ["z", "y2", "x2", "g", "h1_2"])


def run_batch(data: bytes, points: np.ndarray) -> np.ndarray:
    runtime = pytest.importorskip("onnxruntime")
    return runtime.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, {"x": points.astype(np.float32)})[0]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("domain", [Cube(3), Grid(2, 3)])
def test_onnx_is_exact_in_the_runtime_and_read_back(seed, domain):
    net = mixed(seed)
    data = dump_onnx(net, domain)
    back, _, _ = convert_graph(parse_onnx(data))
    points = np.array([[float(v) for v in point] for point in domain])
    rows = run_batch(data, points)
    for point, row in zip(domain, rows.tolist(), strict=True):
        values = net(point)
        assert back(point) == values
        assert tuple(mpq(value) for value in row) == values


def test_onnx_is_well_formed():
    onnx = pytest.importorskip("onnx")
    model = onnx.load_model_from_string(dump_onnx(mixed(0), Cube(3)))
    onnx.checker.check_model(model, full_check=True)


@pytest.mark.parametrize(
    ("net", "domain", "words"),
    [
        (from_layers([[["1/3"]]]), Cube(1), "node 'y0': '1/3' is not dyadic"),
        (from_layers([[[1, 2**24]]]), Cube(2), r"node 'y0' has sums of up to 2\^25 units of 2\^0, of at most 2\^24"),
        (from_layers([[[1]]]), Grid(3, 1), "not dyadic"),
        (from_layers([[[mpq(1, 2**150)]]]), Cube(1), "not shown exact"),
        (from_layers([[[mpq(2) ** 128]]]), Cube(1), "not shown exact"),
        (from_layers([[[2**24 + 1]]]), Cube(1), "not shown exact"),
        (from_layers([[[4099]], [[4097]]]), Cube(1), "not shown exact"),  # the product of two floats is none
        (from_layers([[[1]]]), None, "name a domain"),
    ],
)
def test_onnx_is_refused_unless_float32_is_exact(net, domain, words):
    with pytest.raises(FormatError, match=words):
        dump_onnx(net, domain)
    if "beyond" not in words and domain is None:
        assert dump_onnx(net, domain, rounded=True)


def test_the_border_of_exactness():
    """2^24 is the largest sum of units that is shown; one more is refused, and float32 is indeed wrong there."""
    assert dump_onnx(from_layers([[[2**24 - 1, 1]]]), Cube(2))
    with pytest.raises(FormatError):
        dump_onnx(from_layers([[[2**24 - 1, 2]]]), Cube(2))
    rows = run_batch(dump_onnx(from_layers([[[2**24 - 1, 2]]]), rounded=True), np.array([[1, 1]]))
    assert float(rows[0, 0]) != 2**24 + 1


@pytest.mark.parametrize("seed", range(20))
def test_ranges_hold_for_every_order(seed):
    """Where exactness is shown, sums in random orders and groupings in float32 give the exact value."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(-(2**20), 2**20, 12).tolist()
    net = from_layers([[weights]])
    try:
        dump_onnx(net, Cube(12))
    except FormatError:
        return
    for _ in range(5):
        x = rng.integers(0, 2, 12)
        terms = [np.float32(w) * np.float32(v) for w, v in zip(weights, x, strict=True)]
        rng.shuffle(terms)
        while len(terms) > 1:
            i = rng.integers(len(terms) - 1)
            terms[i : i + 2] = [terms[i] + terms[i + 1]]
        assert int(terms[0]) == int(net(x.tolist())[0])


def test_pairs_of_relus_are_steps():
    """A constructed network: its steps lie in [0, 1] although their ReLUs are large."""
    nodes = [relu("a", {"x": 2**20}, 1), relu("b", {"x": 2**20}, 0), affine("s", {"a": 1, "b": -1}), affine("y", {"s": 2**20}, 1)]
    assert dump_onnx(Network(["x"], nodes, ["y"]), Cube(1))
    with pytest.raises(FormatError):
        dump_onnx(Network(["x"], [*nodes[:2], affine("s", {"a": 1, "b": -2}), affine("y", {"s": 2**20}, 1)], ["y"]), Cube(1))


def test_rounding_is_to_the_nearest():
    """Also where the nearest float64 lies half-way between two values of float32."""
    value = 1 + mpq(1, 2**24) + mpq(1, 2**80)
    back, _, _ = convert_graph(parse_onnx(dump_onnx(from_layers([[[value]]]), rounded=True)))
    assert back([1]) == (1 + mpq(1, 2**23),)
    with pytest.raises(FormatError, match="beyond float32"):
        dump_onnx(from_layers([[[10**40]]]), rounded=True)


# --- circuits ------------------------------------------------------------------------------------


def simulate_aiger(text: str, point) -> list[int]:
    lines = iter(text.splitlines())
    _, inputs, _, outputs, gates = map(int, next(lines).split()[1:])
    value = {0: 0}
    for bit in point:
        value[int(next(lines)) // 2] = bit
    literals = [int(next(lines)) for _ in range(outputs)]
    for _ in range(gates):
        out, a, b = map(int, next(lines).split())
        assert out > max(a, b)
        value[out // 2] = (value[a // 2] ^ a & 1) & (value[b // 2] ^ b & 1)
    assert len(point) == inputs
    return [value[literal // 2] ^ literal & 1 for literal in literals]


def as_text(data: bytes) -> str:
    """A binary AIGER file as the ASCII one that it stands for."""
    head, rest = data.split(b"\n", 1)
    count, inputs, latches, outputs, gates = map(int, head.split()[1:])
    assert (latches, count) == (0, inputs + gates)
    *literals, rest = rest.split(b"\n", outputs)
    lines = [f"aag {count} {inputs} 0 {outputs} {gates}", *(str(2 * i) for i in range(1, inputs + 1)), *map(bytes.decode, literals)]
    place = 0

    def number() -> int:
        nonlocal place
        value = shift = 0
        while True:
            byte = rest[place]
            value, shift, place = value | (byte & 127) << shift, shift + 7, place + 1
            if byte < 128:
                return value

    for out in range(2 * (inputs + 1), 2 * (count + 1), 2):
        high = out - number()
        lines.append(f"{out} {high - number()} {high}")
    return "\n".join([*lines, rest[place:].decode()])


def simulate_blif(text: str, point) -> list[int]:
    value, outputs, table = {}, [], None
    for line in text.splitlines():
        words = line.split()
        if words[0] == ".inputs":
            value.update(zip(words[1:], point, strict=True))
        elif words[0] == ".outputs":
            outputs = words[1:]
        elif words[0] == ".names":
            *table, name = words[1:]
            value[name] = 0
        elif not words[0].startswith("."):
            cube = words[0] if len(words) == 2 else ""
            value[name] |= all(value[s] == int(bit) for s, bit in zip(table, cube, strict=True))
    return [int(value[name]) for name in outputs]


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 6), st.sampled_from([1, 3, 12]))
def test_circuits_on_the_whole_cube(seed, d, bits):
    net = random_circuit(seed, d, [4, 3], bits)
    net = Network(net.inputs, [*net.nodes(), affine("copy", {net.outputs[0]: 1})], [*net.outputs, "copy"])
    aiger, blif = dump_aiger(net).decode(), dump_blif(net).decode()
    assert as_text(dump_binary_aiger(net)) == aiger
    for point in itertools.product((0, 1), repeat=d):
        values = [int(value) for value in net(point)]
        assert simulate_aiger(aiger, point) == values
        assert simulate_blif(blif, point) == values


def test_a_majority_of_many_is_small():
    net = Network([f"x{i}" for i in range(64)], [threshold("m", {f"x{i}": 1 for i in range(64)}, -32)], ["m"])
    assert int(dump_aiger(net).decode().split()[5]) < 4 * 33 * 33


def test_an_input_as_output():
    net = Network(["a", "b"], [threshold("g", {"a": 1, "b": 1}, -2)], ["b", "g"])
    assert simulate_blif(dump_blif(net).decode(), (0, 1)) == [1, 0]
    assert simulate_aiger(dump_aiger(net).decode(), (1, 1)) == [1, 1]


def solutions(text: str, inputs: int) -> set[tuple[int, ...]]:
    """The inputs that can be completed to a solution; all variables are tried."""
    head, *lines = text.splitlines()
    count = int(head.split()[2])
    constraints = []
    for line in lines:
        if not line.startswith("*"):
            left, least = line.rstrip(" ;").split(" >= ")
            terms = [(int(w), int(x[1:]) - 1) for w, x in zip(left.split()[::2], left.split()[1::2], strict=True)]
            constraints.append((terms, int(least)))
    assert f"#constraint= {len(constraints)}" in head
    return {
        bits[:inputs]
        for bits in itertools.product((0, 1), repeat=count)
        if all(sum(w * bits[x] for w, x in terms) >= least for terms, least in constraints)
    }


@pytest.mark.parametrize("seed", range(6))
def test_opb_has_exactly_the_differences_as_solutions(seed):
    a = random_circuit(seed, 3, [2, 2], 2)
    b = random_circuit(seed + 50, 3, [2, 2], 2)
    differ = {p for p in itertools.product((0, 1), repeat=3) if a(p) != b(p)}
    assert solutions(dump_opb(a, b).decode(), 3) == differ
    assert solutions(dump_opb(a, a).decode(), 3) == set()
    assert len(solutions(dump_opb(a).decode(), 3)) == 8


def test_other_networks_are_no_circuits():
    net = from_layers([[[1]], [[1]]])
    for dump in (dump_aiger, dump_binary_aiger, dump_blif, dump_opb):
        with pytest.raises(FormatError, match="threshold circuits only"):
            dump(net)
    with pytest.raises(FormatError, match="other numbers of"):
        dump_opb(random_circuit(1, 3, [2], 1), random_circuit(1, 2, [2], 1))


# --- SMT-LIB, SymPy, networkx, Graphviz ----------------------------------------------------------


def tokens(text: str) -> list:
    stack: list[list] = [[]]
    for word in re.findall(r"\|[^|]*\||[()]|[^\s()|]+", text):
        if word == "(":
            stack.append([])
        elif word == ")":
            stack[-2].append(stack.pop())
        else:
            stack[-1].append(word)
    return stack[0]


def smt_value(term, known):
    if isinstance(term, str):
        return known[term] if term in known else Fraction(term)
    head, *rest = term
    if head == "let":
        [[name, bound]] = rest[0]
        return smt_value(rest[1], known | {name: smt_value(bound, known)})
    values = [smt_value(part, known) for part in rest]
    match head:
        case "+":
            return sum(values)
        case "*":
            return values[0] * values[1]
        case "/":
            return values[0] / values[1]
        case "-":
            return -values[0]
        case ">=":
            return values[0] >= values[1]
        case "=":
            return values[0] == values[1]
        case "and":
            return all(values)
        case "not":
            return not values[0]
        case "ite":
            return values[1] if values[0] else values[2]
    raise AssertionError(head)


@pytest.mark.parametrize("seed", range(3))
def test_smtlib_says_where_two_networks_differ(seed):
    a, b = mixed(seed), mixed(seed)
    changed = [Node(n.id, n.kind, n.sources, n.bias + (n.id == "h1_1")) for n in b.nodes()]
    b = Network(b.inputs, changed, b.outputs)
    script = tokens(dump_smtlib(a, b).decode())
    assert script[-2:] == [["check-sat"], ["get-value", ["|x1|", "|x2|", "|x3|"]]]
    for point in itertools.product((Fraction(-3, 2), 0, 2), repeat=3):
        known = dict(zip(("|x1|", "|x2|", "|x3|"), point, strict=True))
        for command, *rest in script:
            if command == "define-fun":
                known[rest[0]] = smt_value(rest[3], known)
            elif command == "assert":
                assert smt_value(rest[0], known) == (a(point) != b(point))


@pytest.mark.parametrize("seed", range(4))
def test_z3_has_the_same_values(seed):
    """At a point the outputs can be these, and no others."""
    z3 = pytest.importorskip("z3")
    net, draws = mixed(seed), np.random.default_rng(seed)
    for _ in range(6):
        point = [mpq(int(draws.integers(0, 9)), int(draws.choice([1, 2, 3, 7]))) for _ in net.inputs]
        names = [name if name in net.inputs else f"a.{name}" for name in net.outputs]
        script = dump_smtlib(net).decode()
        at = zip(net.inputs, point, strict=True)
        script += "".join(f"(assert (= |{name}| (/ {x.numerator} {x.denominator})))" for name, x in at)
        script += "".join(f"(declare-const |out {k}| Real)(assert (= |out {k}| |{name}|))" for k, name in enumerate(names))
        solver = z3.Solver()
        solver.from_string(script)
        assert solver.check() == z3.sat
        model = solver.model()
        values = [model[z3.Real(f"out {k}")].as_fraction() for k in range(len(names))]
        assert tuple(map(mpq, values)) == net(point)


@pytest.mark.parametrize("seed", range(3))
def test_sympy_has_the_same_values(seed):
    net = mixed(seed)
    expressions = to_sympy(net)
    for point in itertools.product((-1, Fraction(1, 2)), repeat=3):
        at = {f"x{number}": value for number, value in enumerate(point, 1)}
        values = [e.subs({symbol: at[str(symbol)] for symbol in e.free_symbols}) for e in expressions]
        assert [mpq(str(value)) for value in values] == list(net(point))


def test_sympy_refuses_what_would_never_end():
    net = from_layers([[[1] * 30] * 30] * 6)
    with pytest.raises(FormatError, match="terms, more than"):
        to_sympy(net)


@pytest.mark.parametrize("weights", [str, Fraction])
def test_networkx_there_and_back(weights):
    net = mixed(1)
    graph = to_networkx(net, weights)
    assert from_networkx(graph) == net
    graph.edges["x1", "h1_1"]["weight"] = 99
    graph.edges["x1", "h1_1"]["color"] = "red"
    assert from_networkx(to_networkx(net)) == net


def test_networkx_is_fit_for_json_and_graphml(tmp_path):
    graph = to_networkx(mixed(1))
    assert json.dumps(nx.node_link_data(graph, edges="edges"))
    nx.write_graphml(graph, tmp_path / "net.graphml")
    assert from_networkx(nx.read_graphml(tmp_path / "net.graphml")) == mixed(1)


def test_plain_graphs_of_networkx():
    graph = nx.DiGraph([("a", "h"), ("b", "h"), ("h", "y")])
    assert from_networkx(graph)([1, 2]) == (3,)
    assert from_networkx(graph, outputs=["h", "y"])([1, -2]) == (0, 0)
    graph.edges["a", "h"]["weight"] = 0.5
    with pytest.raises(ExactnetError, match="is a float"):
        from_networkx(graph)
    with pytest.raises(NetworkError, match="directed"):
        from_networkx(nx.Graph([(1, 2)]))
    with pytest.raises(NetworkError, match="'z' is not a node"):
        from_networkx(nx.DiGraph([("a", "b")]), outputs=["z"])


def test_dot_quotes_names():
    text = dump_dot(Network(['a"\\'], [threshold("g", {'a"\\': 1}, -1)], ["g"])).decode()
    assert '"a\\"\\\\" [shape=box];' in text
    assert 'label="g\\n1[· - 1 >= 0]"' in text


def test_points_as_a_domain_of_the_writer():
    net = from_layers([[["1/2"]]])
    assert dump_onnx(net, Points(((mpq(1, 4),), (mpq(-8),))))


@pytest.mark.parametrize("ending", ["aag", "blif", "opb", "smt2", "dot", "nnet"])
def test_numbers_of_more_digits_than_python_writes(ending: str) -> None:
    weight = mpq(10**9_000 + 7)
    gate = affine if ending == "nnet" else threshold
    net = Network(["a", "b"], [gate("g", {"a": weight, "b": -weight - 1}, -weight - 1)], ["g"])
    text = dump_foreign(Path(f"net.{ending}"), net, Cube(2)).decode()
    assert (str(weight) in text) == (ending not in ("aag", "blif"))  # these two are of gates that add bits
