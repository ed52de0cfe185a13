"""The format .th: circuits written and read back compute the same function, and bad lines are named."""

from __future__ import annotations

import math
from itertools import pairwise, product
from pathlib import Path

import pytest
from gmpy2 import mpq
from hypothesis import given
from hypothesis import strategies as st

from exactnet import Network, Node, affine, relu, threshold
from exactnet.files.networks import read_network, write_network
from exactnet.files.th import dump_th, parse_th
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.errors import FormatError
from exactnet.kernel.rationals import MAX_DIGITS

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
REAL = sorted(CASES.glob("*.th"))

names = st.text(st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp", "Cc"]), min_size=1, max_size=3).filter(
    lambda name: not name.startswith(".") and name.split() == [name]
)
numbers = st.builds(mpq, st.integers(-6, 6), st.integers(1, 4))


@st.composite
def circuits(draw: st.DrawFn) -> Network:
    all_names = draw(st.lists(names, min_size=1, max_size=9, unique=True))
    inputs = all_names[: draw(st.integers(1, min(4, len(all_names))))]
    nodes = {}
    for index in range(len(inputs), len(all_names)):
        sources = draw(st.dictionaries(st.sampled_from(all_names[:index]), numbers, max_size=4))
        bias = draw(numbers)
        kind = draw(st.sampled_from(["threshold", "threshold", "affine"]))
        if draw(st.booleans()) and draw(st.booleans()):  # copies, and copies of copies
            kind, sources, bias = "affine", {draw(st.sampled_from(all_names[:index])): mpq(1)}, mpq(0)
        nodes[all_names[index]] = Node(all_names[index], kind, sources, bias)

    def is_bit(name: str) -> bool:
        node = nodes.get(name)
        if node is None or node.kind == "threshold":
            return True
        return not node.bias and list(node.sources.values()) == [1] and all(map(is_bit, node.sources))

    bits = [name for name in all_names if is_bit(name)]
    outputs = draw(st.lists(st.sampled_from(bits), min_size=1, max_size=4, unique=True))
    return Network(inputs, draw(st.permutations(list(nodes.values()))), outputs)


@given(circuits())
def test_round_trip_computes_the_same(net):
    data = dump_th(net)
    again = parse_th(data, "c.th")
    assert again.domain is None
    for x in Cube(len(net.inputs)):
        assert again.network(x) == net(x)
    assert again.network.inputs == net.inputs
    assert [new for new, old in zip(again.network.outputs, net.outputs, strict=True) if old not in net.inputs] == [
        name for name in net.outputs if name not in net.inputs
    ]
    assert parse_th(dump_th(again.network), "c.th").network == again.network


@given(circuits())
def test_every_output_is_a_buffer_that_no_gate_reads(net):
    again = parse_th(dump_th(net), "c.th").network
    for name in again.outputs:
        assert [weight for _, weight in again.sources(name)] == [1]
        assert again.bias(name) == -1
        assert not list(again.readers(name))
    for node in again.nodes():
        assert node.kind == "threshold"
        values = [*node.sources.values(), node.bias]
        assert all(value.denominator == 1 for value in values)
        assert math.gcd(*(int(value) for value in values)) <= 1


def test_buffers_are_added_where_they_are_needed():
    buffer, twice = threshold("y", {"a": 2}, -2), threshold("z", {"y": 1}, -1)
    lines = dump_th(Network(["a"], [buffer], ["y"])).decode().split("\n")
    assert lines[4:] == [".threshold a y", "1 1", ".end", ""]
    lines = dump_th(Network(["a"], [buffer, twice], ["y", "z", "a"])).decode().split("\n")
    assert lines[3] == ".output y z a'"
    gates = dict(zip(lines[4:-2:2], lines[5:-2:2], strict=True))
    assert gates == dict.fromkeys([".threshold a y'", ".threshold y' z", ".threshold y' y", ".threshold a a'"], "1 1")


def test_a_constant_gate_reads_the_first_input():
    net = Network(["a", "b"], [threshold("one", {}, 5), threshold("none", {"b": 0}, "-1/2")], ["one", "none"])
    text = dump_th(net).decode()
    assert ".threshold a one'\n0 -1\n" in text
    assert ".threshold a none'\n0 1\n" in text


@pytest.mark.skipif(not REAL, reason="the real circuits are not here")
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_real_files(path, tmp_path):
    loaded = read_network(path)
    assert len(loaded.network.inputs) == 16
    assert parse_th(dump_th(loaded.network), "c.th") == loaded
    write_network(tmp_path / "net.json", loaded.network, Cube(16))
    assert read_network(tmp_path / "net.json").network == loaded.network
    # An evaluation that shares no code with the reader.
    lines = path.read_text().replace(".end", "").split("\n")
    outputs = next(line for line in lines if line.startswith(".output")).split()[1:]
    gates = {
        names.split()[-1]: (names.split()[1:-1], [int(word) for word in weights.split()])
        for names, weights in pairwise(lines)
        if names.startswith(".threshold")
    }
    for number in range(0, 2**16, 9973):
        bits = [number >> i & 1 for i in range(16)]
        value = {str(i + 1): bit for i, bit in enumerate(bits)}

        def compute(name: str, value: dict[str, int] = value) -> int:
            if name not in value:
                sources, weights = gates[name]
                value[name] = sum(w * compute(s) for w, s in zip(weights, sources, strict=False)) >= weights[-1]
            return int(value[name])

        assert loaded.network(bits) == tuple(compute(name) for name in outputs)


HEAD = b"title\n.model m\n.input a b\n.output y\n"
GATE = b".threshold a b y\n1 1 2\n"


def table(net: Network) -> list[int]:
    return [int(value) for x in product([0, 1], repeat=len(net.inputs)) for value in net(x)]


@pytest.mark.parametrize(
    "data",
    [
        HEAD + GATE,
        HEAD + GATE + b".end",
        HEAD + GATE + b".end\n\n  \n",
        HEAD + GATE.rstrip() + b".end",
        HEAD + GATE.rstrip() + b" .end\n",
        (HEAD + GATE).replace(b"\n", b"\r\n"),
        (HEAD + GATE).replace(b"\n", b" \t \n"),
        (HEAD + GATE).replace(b"\n", b"\n\n").replace(b"2\n\n", b"2"),
        HEAD + b".threshold g y\n1 1\n.threshold a b g\n1 1 2\n",
        GATE.join([b"title\n", b".output y\n.input a b\n"]),
        b".model m\n.input a b\n.output y\n" + GATE,
        b".input a b\n.output y\n" + GATE,
        HEAD + b".threshold a a b b b y\n2 -1 3 0 -2 2\n",
        HEAD + b".threshold a b one y\n1 1 5 7\n.threshold one\n0\n",
        HEAD + b".threshold a b y\n1 01 0002\n",
    ],
)
def test_what_may_be_written_by_hand(data):
    net = parse_th(data, "c.th").network
    assert table(net) == [0, 0, 0, 1]
    assert table(parse_th(dump_th(net), "c.th").network) == [0, 0, 0, 1]


BAD = {
    "empty": (b"", "the file is empty"),
    "blank": (b"\n \n", "the file is empty"),
    "title only": (b"title\n", "no .input line"),
    "no input": (b"title\n.output y\n" + GATE, "no .input line"),
    "no output": (b"title\n.input a b\n" + GATE, "no .output line"),
    "no inputs": (b"title\n.input\n.output y\n.threshold y\n0\n", "the network has no inputs"),
    "no outputs": (b"title\n.input a b\n.output\n" + GATE, "the network has no outputs"),
    "second input": (HEAD + b".input c\n" + GATE, "line 5: a second .input"),
    "second output": (HEAD + GATE + b".output y\n", "line 7: a second .output"),
    "second model": (HEAD + b".model m\n" + GATE, "line 5: a second .model"),
    "unknown directive": (HEAD + b".latch a b\n", "line 5: '.latch' is not one of .model"),
    "title late": (HEAD + b"hello world\n", "line 5: expected a line that starts with a dot, found 'hello'"),
    "gate without name": (HEAD + b".threshold\n1\n", "line 5: .threshold without the name of a gate"),
    "cut off": (HEAD + b".threshold a b y\n", "gate 'y' has no line of weights"),
    "cut off in weights": (
        HEAD + b".threshold a b y\n1 1",
        "line 6: gate 'y': expected 3 numbers, found 2",
    ),
    "end too early": (HEAD + b".threshold a b y\n.end\n", "line 6: gate 'y': expected 3 numbers, found '.end'"),
    "too many weights": (
        HEAD + b".threshold a b y\n1 1 1 1\n",
        "line 6: gate 'y': expected 3 numbers, found 4",
    ),
    "weights missing": (
        HEAD + b".threshold a b y\n.threshold a b z\n1 1 1\n",
        "line 6: gate 'y': expected 3 numbers, found '.threshold'",
    ),
    "decimal": (HEAD + b".threshold a b y\n1 1.5 2\n", "line 6: gate 'y', weight of 'b': '1.5' is not an integer"),
    "fraction": (HEAD + b".threshold a b y\n1/2 1 2\n", "line 6: gate 'y', weight of 'a': '1/2' is not an integer"),
    "exponent": (HEAD + b".threshold a b y\n1 1 1e9\n", "line 6: gate 'y', threshold: '1e9' is not an integer"),
    "nan": (HEAD + b".threshold a b y\n1 1 nan\n", "line 6: gate 'y', threshold: 'nan' is not an integer"),
    "plus": (HEAD + b".threshold a b y\n+1 1 2\n", "line 6: gate 'y', weight of 'a': '+1' is not an integer"),
    "other digits": (
        HEAD + ".threshold a b y\n1 \u0663 2\n".encode(),
        "line 6: gate 'y', weight of 'b': '\u0663' is not",
    ),
    "long number": (
        HEAD + b".threshold a b y\n1 1 " + b"7" * 10**6,
        "line 6: gate 'y', threshold: a number of 1000000 characters",
    ),
    "after end": (HEAD + GATE + b".end\nmore\n", "line 8: text after .end"),
    "after glued end": (HEAD + GATE.rstrip() + b".end\n" + GATE, "line 7: text after .end"),
    "dotted name": (HEAD + b".threshold a .b y\n1 1 1\n", "line 5: '.b' is not a name: it starts with a dot"),
    "dotted input": (b"title\n.input .a\n", "line 2: '.a' is not a name"),
    "gate twice": (HEAD + GATE + GATE, "line 7: gate 'y' is also on line 5"),
    "gate is an input": (HEAD + b".threshold b a\n1 1\n", "node 'a' is defined twice"),
    "input twice": (b"title\n.input a a\n.output a\n", "node 'a' is defined twice"),
    "output twice": (b"title\n.input a\n.output a a\n", "output 'a' is listed twice"),
    "unknown source": (
        HEAD + b"\n.threshold a z y\n1 0 1\n",
        "line 6: gate 'y' reads 'z', which is neither an input nor",
    ),
    "unknown output": (HEAD + b".threshold a z\n1 1\n", "output 'y' is not a node"),
    "cycle": (HEAD + b".threshold z y\n1 1\n.threshold y z\n1 1\n", "the wires form a cycle"),
    "own source": (HEAD + b".threshold y y\n1 1\n", "the wires form a cycle: 'y' -> 'y'"),
    "not UTF-8": (HEAD + b".threshold a \xff y\n", "line 5: byte 14 is not UTF-8 text"),
    "binary": (bytes(range(256)) * 4, "line 2: byte 118 is not UTF-8 text"),
    "zeros": (bytes(1000), "no .input line"),
    "many spaces": (HEAD + b".threshold" + b" a" * 8_000_001 + b"\n", "more than 8000000 spaces"),
}


@pytest.mark.parametrize("row", BAD)
def test_bad_file(row, tmp_path):
    data, wanted = BAD[row]
    path = tmp_path / "c.th"
    path.write_bytes(data)
    with pytest.raises(FormatError) as caught:
        read_network(path)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message.removeprefix(str(path))) < 200
    assert message.startswith(f"{path}: {wanted}")


@given(st.binary(max_size=60) | st.text(".inputoutputthreshold ab01-\n", max_size=60).map(str.encode))
def test_junk_is_refused_in_one_line(data):
    with pytest.raises(FormatError, match=r"^c\.th: [^\n]+$"):
        parse_th(data, "c.th")


def test_content_tells_the_format_where_the_name_does_not(tmp_path):
    net = parse_th(HEAD + GATE, "c.th").network
    (tmp_path / "circuit").write_bytes(HEAD + GATE)
    (tmp_path / "circuit.txt").write_bytes(b"\n" + HEAD)
    (tmp_path / "circuit.json").write_bytes(HEAD + GATE)
    (tmp_path / "C.TH").write_bytes(HEAD + GATE)
    assert read_network(tmp_path / "circuit").network == net
    assert read_network(tmp_path / "C.TH").network == net
    with pytest.raises(FormatError, match=r"circuit\.txt: line 2: expected a line that starts with a dot"):
        read_network(tmp_path / "circuit.txt")
    with pytest.raises(FormatError, match=r"circuit\.json: line 1 column 1: not JSON"):
        read_network(tmp_path / "circuit.json")


AND = threshold("g", {"a": 1, "b": 1}, -2)
UNWRITABLE = {
    "relu": (Network(["a"], [relu("h", {"a": 1})], ["a"]), "node 'h' is a ReLU"),
    "affine output": (Network(["a", "b"], [AND, affine("y", {"g": 2})], ["y"]), "output 'y' is affine and not a copy"),
    "biased output": (Network(["a", "b"], [AND, affine("y", {"g": 1}, 1)], ["y"]), "output 'y' is affine"),
    "constant output": (Network(["a"], [affine("y", {}, 1)], ["y"]), "output 'y' is affine"),
    "space in an input": (Network(["a b"], [], ["a b"]), "'a b' cannot be a name"),
    "space in a gate": (Network(["a"], [threshold("g\u2003", {"a": 1})], ["a"]), "node 'g\\u2003': 'g\\u2003' cannot"),
    "dot": (Network(["a"], [threshold(".g", {"a": 1})], [".g"]), "'.g' cannot be a name"),
    "surrogate": (Network(["\ud800"], [], ["\ud800"]), "'\\ud800' has half a surrogate pair"),
    "long": (
        Network(["a"], [Node("g", "threshold", {"a": mpq(10) ** MAX_DIGITS}, mpq(-1))], ["g"]),
        "node 'g': a number of more than 20000",
    ),
}


@pytest.mark.parametrize("row", UNWRITABLE)
def test_what_cannot_be_written(row, tmp_path):
    net, wanted = UNWRITABLE[row]
    path = tmp_path / "c.th"
    with pytest.raises(FormatError) as caught:
        write_network(path, net)
    assert str(caught.value).startswith(f"{path}: {wanted}")
    assert str(caught.value).isprintable()
    assert not list(tmp_path.iterdir())


def test_domains_in_th_files(tmp_path):
    net = Network(["a", "b"], [AND], ["g"])
    write_network(tmp_path / "c.th", net, Cube(2))
    assert read_network(tmp_path / "c.th").domain is None
    with pytest.raises(FormatError, match=r"c\.th: a \.th file cannot hold the domain grid"):
        write_network(tmp_path / "c.th", net, Grid(1, 2))
