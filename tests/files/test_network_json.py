"""The format exactnet-network/1: round trips, and every way in which a file can be wrong."""

from __future__ import annotations

import contextlib
import gc
import json

import gmpy2
import pytest
from gmpy2 import mpq
from hypothesis import given
from hypothesis import strategies as st

from exactnet import Network, Node, affine, relu, threshold
from exactnet.claims.promises import Means
from exactnet.files import decode
from exactnet.files.boxes import Box
from exactnet.files.network_json import Loaded, parse_domain, parse_network
from exactnet.files.network_writer import dump_network
from exactnet.files.networks import read_network, write_network
from exactnet.kernel.domain import Cube, Grid, Points
from exactnet.kernel.errors import FormatError
from exactnet.kernel.rationals import MAX_DIGITS


def document(**changes: object) -> dict[str, object]:
    """A good document, with fields replaced (or taken out, by None)."""
    node = {"id": "h", "kind": "relu", "bias": "-1/2", "in": {"x1": "3", "x2": -7}}
    base = {"format": "exactnet-network/1", "inputs": ["x1", "x2"], "nodes": [node], "outputs": ["h"]}
    return {field: value for field, value in {**base, **changes}.items() if value is not None}


def with_node(**changes: object) -> dict[str, object]:
    base = {"id": "h", "kind": "relu", "in": {"x1": "3"}}
    node = {field: value for field, value in {**base, **changes}.items() if value is not None}
    return document(nodes=[node])


def with_means(**means: object) -> dict[str, object]:
    return with_node(means={"words": "w", **means})


def refusal(data: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        parse_network(data, "net.json")
    message = str(caught.value)
    assert message.isprintable()  # so it is one line
    assert message.startswith("net.json: ")
    assert len(message) < 300
    return message.removeprefix("net.json: ")


# --- round trips ---------------------------------------------------------------------------------

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)
numbers = st.builds(mpq, st.integers(-(10**6), 10**6), st.integers(1, 50)) | st.builds(mpq, st.integers())


@st.composite
def promises(draw: st.DrawFn, nodes: list[str]) -> Means:
    here = draw(st.dictionaries(st.sampled_from(nodes), numbers, max_size=2))
    original = draw(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), numbers, max_size=2))
    op = draw(st.sampled_from(["sum", "step", "relu"]))
    return Means(draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=5)), op, here, original, draw(numbers))


@st.composite
def networks(draw: st.DrawFn) -> Network:
    all_names = draw(st.lists(names, min_size=1, max_size=9, unique=True))
    inputs = all_names[: draw(st.integers(1, len(all_names)))]
    nodes = []
    for index in range(len(inputs), len(all_names)):
        sources = draw(st.dictionaries(st.sampled_from(all_names[:index]), numbers, max_size=4))
        kind = draw(st.sampled_from(["relu", "threshold", "affine"]))
        means = draw(st.none() | promises(all_names))
        nodes.append(Node(all_names[index], kind, sources, draw(numbers), means))
    outputs = draw(st.lists(st.sampled_from(all_names), min_size=1, max_size=3, unique=True))
    return Network(inputs, draw(st.permutations(nodes)), outputs)


@st.composite
def domains(draw: st.DrawFn, d: int) -> object:
    point = st.tuples(*[numbers] * d)
    listed = st.lists(point, min_size=1, max_size=4).map(lambda points: Points(tuple(points)))
    return draw(st.none() | st.just(Cube(d)) | st.integers(1, 10**6).map(lambda p: Grid(p, d)) | listed)


@given(networks(), st.data())
def test_round_trip(net, data):
    domain = data.draw(domains(len(net.inputs)))
    text = dump_network(net, domain)
    loaded = parse_network(text, "net.json")
    assert loaded.network == net
    assert (loaded.network.inputs, loaded.network.outputs) == (net.inputs, net.outputs)
    assert loaded.domain == domain
    assert dump_network(loaded.network, loaded.domain) == text


@given(networks(), st.randoms())
def test_equal_networks_give_equal_bytes(net, random):
    nodes = [
        Node(
            node.id,
            node.kind,
            dict(random.sample(list(node.sources.items()), len(node.sources))),
            node.bias,
            node.means,
        )
        for node in net.nodes()
    ]
    random.shuffle(nodes)
    assert dump_network(Network(net.inputs, nodes, net.outputs)) == dump_network(net)


@given(networks())
def test_one_node_per_line_after_the_nodes_it_reads(net):
    lines = dump_network(net).decode().split("\n")
    written = [json.loads(line.removesuffix(",")) for line in lines if line.startswith("    {")]
    assert sorted(node["id"] for node in written) == sorted(net.order)
    known = set(net.inputs)
    for node in written:
        assert node["in"].keys() <= known
        known.add(node["id"])


@given(networks(), st.data())
def test_a_cut_off_file_is_refused(net, data):
    text = dump_network(net)
    with pytest.raises(FormatError, match=r"^net\.json: "):
        parse_network(text[: data.draw(st.integers(0, len(text) - 3))], "net.json")


@given(
    st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["format", "inputs", "nodes", "outputs", "id", "in", "kind"]), inner, max_size=5
            )
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode())
)
def test_junk_is_refused_in_one_line(data):
    refusal(data)


def test_file_round_trip(tmp_path):
    net = Network(["x"], [relu("h", {"x": "1/3"}), affine("y", {"h": 3}, -1)], ["y"])
    for name in ("net.json", "NET.JSON"):
        write_network(tmp_path / name, net, Grid(2, 1))
        assert read_network(tmp_path / name) == Loaded(net, Grid(2, 1))
    (tmp_path / "net").write_bytes(dump_network(net))
    assert read_network(tmp_path / "net").network == net


def test_defaults_and_what_may_be_written_by_hand():
    loaded = parse_network(
        b"""{"outputs": ["y", "x"], "nodes": [
            {"id": "y", "kind": "affine", "bias": "1e-2", "in": {"h": "-12E1", "x": "0.50"}},
            {"id": "h", "kind": "threshold", "in": {"x": 0}}
        ], "inputs": ["x"], "format": "exactnet-network/1"}""",
        "net.json",
    )
    nodes = [threshold("h", {}), affine("y", {"h": -120, "x": "1/2"}, "1/100")]
    assert loaded == Loaded(Network(["x"], nodes, ["y", "x"]), None)


def test_long_numbers_are_read_exactly():
    digits = "9" * MAX_DIGITS
    for bias in (f'"{digits}"', digits):
        data = json.dumps(with_node(bias="BIAS")).replace('"BIAS"', bias).encode()
        assert parse_network(data, "net.json").network.bias("h") == gmpy2.mpz(10) ** MAX_DIGITS - 1


# --- bad files -----------------------------------------------------------------------------------

DUPLICATE = json.dumps(document())
BAD = {
    "no format": (document(format=None), "the field 'format' is missing"),
    "no inputs field": (document(inputs=None), "the field 'inputs' is missing"),
    "no nodes field": (document(nodes=None), "the field 'nodes' is missing"),
    "no outputs field": (document(outputs=None), "the field 'outputs' is missing"),
    "no id": (with_node(id=None), "nodes, entry 1: the field 'id' is missing"),
    "no kind": (with_node(kind=None), "node 'h': the field 'kind' is missing"),
    "no in": (with_node(**{"in": None}), "node 'h': the field 'in' is missing"),
    "no words": (with_node(means={}), "node 'h', means: the field 'words' is missing"),
    "unknown field": (document(comment="c"), "unknown field 'comment'"),
    "unknown node field": (with_node(weight=1), "node 'h': unknown field 'weight'"),
    "unknown means field": (with_means(why=1), "node 'h', means: unknown field 'why'"),
    "unknown domain field": (document(domain={"kind": "cube", "p": 1}), "domain: unknown field 'p'"),
    "not an object": ([1], "expected an object, found a list"),
    "a number": (3, "expected an object, found a number"),
    "null": (None, "expected an object, found null"),
    "format of another type": (document(format=1), "format: expected a string, found a number"),
    "another version": (document(format="exactnet-network/2"), "format: 'exactnet-network/2' is not one of"),
    "inputs a string": (document(inputs="x"), "inputs: expected a list, found a string"),
    "input a number": (
        document(inputs=["x1", 2]),
        "inputs: entry 2: expected a string, found a number",
    ),
    "inputs empty": (document(inputs=[], nodes=[], outputs=["h"]), "the network has no inputs"),
    "outputs empty": (document(outputs=[]), "the network has no outputs"),
    "outputs an object": (document(outputs={}), "outputs: expected a list, found an object"),
    "output null": (document(outputs=[["h"]]), "outputs: entry 1: expected a string, found a list"),
    "empty network": (document(inputs=[], nodes=[], outputs=[]), "the network has no inputs"),
    "nodes an object": (document(nodes={}), "nodes: expected a list, found an object"),
    "node a string": (document(nodes=["h"]), "nodes, entry 1: expected an object, found a string"),
    "id a number": (with_node(id=1), "nodes, entry 1: expected a string, found a number"),
    "id empty": (with_node(id=""), "a node's name is a non-empty string"),
    "kind a list": (with_node(kind=[]), "node 'h', kind: expected a string, found a list"),
    "kind unknown": (with_node(kind="input"), "node 'h', kind: 'input' is not one of relu, threshold, affine"),
    "in a list": (with_node(**{"in": []}), "node 'h', in: expected an object, found a list"),
    "weight null": (with_node(**{"in": {"x1": [1]}}), "node 'h', weight of 'x1': expected a number"),
    "weight true": (with_node(**{"in": {"x1": True}}), "node 'h', weight of 'x1': expected a number"),
    "weight an object": (with_node(**{"in": {"x1": {}}}), "node 'h', weight of 'x1': expected a number"),
    "bias true": (with_node(bias=False), "node 'h', bias: expected a number"),
    "bias 1/0": (with_node(bias="1/0"), "node 'h', bias: '1/0' has a zero denominator"),
    "bias nan": (with_node(bias="nan"), "node 'h', bias: 'nan' is not a number"),
    "bias infinite": (with_node(bias="inf"), "node 'h', bias: 'inf' is not a number"),
    "bias empty": (with_node(bias=""), "node 'h', bias: '' is not a number"),
    "bias other digits": (with_node(bias="\u0663"), "node 'h', bias: '\u0663' is not a number"),
    "bias with newline": (with_node(bias="3\n"), "node 'h', bias: '3\\n' is not a number"),
    "bias hexadecimal": (with_node(bias="0x10"), "node 'h', bias: '0x10' is not a number"),
    "huge exponent": (with_node(bias="1e9999999999"), "node 'h', bias: '1e9999999999' has an exponent"),
    "million digits": (with_node(bias="7" * 10**6), "node 'h', bias: a number of 1000000 characters"),
    "long decimal": (
        with_node(bias="0." + "7" * 15_000),
        "node 'h', bias: a number of more than 20000 characters when",
    ),
    "float": (with_node(bias=0.5), "node 'h', bias: 0.5 is a float; quote it (\"0.5\")"),
    "NaN": (with_node(bias=float("nan")), "node 'h', bias: NaN is a float and no rational number; quote"),
    "infinity": (with_node(**{"in": {"x2": -float("inf")}}), "node 'h', weight of 'x2': -Infinity is a float"),
    "words a number": (with_node(means={"words": 3}), "node 'h', means: words: expected a string, found a number"),
    "op unknown": (with_means(op="max"), "node 'h', means: op: 'max' is not one of sum, step, relu"),
    "means a string": (with_node(means="m"), "node 'h', means: expected an object, found a string"),
    "here a list": (with_means(here=[]), "node 'h', means: here: expected an object, found a list"),
    "here float": (with_means(here={"x1": 0.5}), "node 'h', means: here, weight of 'x1': 0.5 is a float"),
    "here unknown": (with_means(here={"z": 1}), "node 'h', means, here: 'z' is not a node"),
    "original 1/0": (with_means(original={"z": "1/0"}), "node 'h', means: original, weight of 'z': '1/0' has a zero"),
    "promise bias": (with_means(bias="x"), "node 'h', means: bias: 'x' is not a number"),
    "unknown source": (with_node(**{"in": {"z": 1}}), "node 'h' reads 'z', which is not a node"),
    "unknown source, weight 0": (with_node(**{"in": {"z": 0}}), "node 'h' reads 'z', which is not a node"),
    "unknown output": (document(outputs=["z"]), "output 'z' is not a node"),
    "output twice": (document(outputs=["h", "h"]), "output 'h' is listed twice"),
    "own source": (with_node(**{"in": {"h": 1}}), "the wires form a cycle: 'h' -> 'h'"),
    "cycle": (
        document(nodes=[{"id": a, "kind": "relu", "in": {b: 1}} for a, b in ("hg", "gh")]),
        "the wires form a cycle: ",
    ),
    "id twice": (document(nodes=[{"id": "h", "kind": "relu", "in": {}}] * 2), "node 'h' is defined twice"),
    "id of an input": (with_node(id="x1"), "node 'x1' is defined twice"),
    "input twice": (document(inputs=["x1", "x1"]), "node 'x1' is defined twice"),
    "half a surrogate pair": (with_node(id="\ud800"), "nodes, entry 1: '\\ud800' has half a surrogate pair"),
    "surrogate in words": (with_node(means={"words": "\udfff"}), "node 'h', means: words: '\\udfff' has half"),
    "surrogate in original": (with_means(original={"\ud800": 1}), "node 'h', means: original: '\\ud800' has half"),
    "domain a string": (document(domain="cube"), "domain: expected an object, found a string"),
    "domain without kind": (document(domain={}), "domain: the field 'kind' is missing"),
    "domain unknown": (document(domain={"kind": "ball"}), "domain: kind: 'ball' is not one of cube, grid, points"),
    "grid without p": (document(domain={"kind": "grid"}), "domain: the field 'p' is missing"),
    "grid 0": (
        document(domain={"kind": "grid", "p": 0}),
        "domain: p: expected an integer from 1 to 1000000, found '0'",
    ),
    "grid large": (document(domain={"kind": "grid", "p": 10**6 + 1}), "domain: p: expected an integer from 1 to"),
    "grid huge": (document(domain={"kind": "grid", "p": 10**4200}), "domain: p: expected an integer from 1 to"),
    "grid string": (document(domain={"kind": "grid", "p": "3"}), "domain: p: expected an integer, found a string"),
    "grid true": (document(domain={"kind": "grid", "p": True}), "domain: p: expected a number"),
    "grid float": (document(domain={"kind": "grid", "p": 2.5}), "domain: p: 2.5 is a float"),
    "a box without steps": (document(domain={"kind": "box", "low": 0, "high": 1}), "domain: the field 'steps' is missing"),
    "an empty box": (
        document(domain={"kind": "box", "low": 1, "high": "1/2", "steps": 2}),
        "domain: coordinate 0 of the box runs from '1' to '1/2'",
    ),
    "a box of half a step": (
        document(domain={"kind": "box", "low": 0, "high": 1, "steps": "1/2"}), "domain: steps: '1/2' is no positive integer",
    ),
    "a box of another dimension": (
        document(domain={"kind": "box", "low": [0], "high": 1, "steps": 2}), "domain: low: 1 numbers, but the network has 2 inputs",
    ),
    "a box of too many points": (
        document(domain={"kind": "box", "low": 0, "high": 1, "steps": 99999}),
        "domain: the box has '9999800001' points, more than 1048576",
    ),
    "no points": (document(domain={"kind": "points", "points": []}), "domain: points: the domain lists no points"),
    "points missing": (document(domain={"kind": "points"}), "domain: the field 'points' is missing"),
    "points an object": (document(domain={"kind": "points", "points": {}}), "domain: points: expected a list"),
    "point a number": (document(domain={"kind": "points", "points": [1]}), "domain: points: entry 1: expected a list"),
    "point too short": (
        document(domain={"kind": "points", "points": [[0, 1], [0]]}),
        "domain: points: entry 2: 1 coordinates, but the network has 2 inputs",
    ),
    "coordinate": (
        document(domain={"kind": "points", "points": [[0, "q"]]}),
        "domain: points: entry 1, coordinate 2: 'q' is not a number",
    ),
}
RAW = {
    "empty": (b"", "the file is empty"),
    "blank": (b" \n\t\n", "the file is empty"),
    "binary": (bytes(range(256)), "byte 129 is not UTF-8 text"),
    "binary that is UTF-8": (bytes(range(100)), "line 1 column 1: not JSON"),
    "ELF": (b"\x7fELF\x02\x01\x01" + bytes(50), "line 1 column 1: not JSON"),
    "latin-1": (b'{"format": "\xe9"}', "byte 13 is not UTF-8 text"),
    "UTF-16": (DUPLICATE.encode("utf-16"), "byte 1 is not UTF-8 text"),
    "byte order mark": (DUPLICATE.encode("utf-8-sig"), "the file starts with a byte order mark"),
    "text": (b"hello", "line 1 column 1: not JSON"),
    "syntax": (b'{"format":\n\n     oops}', "line 3 column 6: not JSON"),
    "two documents": (DUPLICATE.encode() * 2, f"line 1 column {len(DUPLICATE) + 1}: not JSON: Extra data"),
    "trailing comma": (b'{"a": 1,}', "line 1 column"),
    "deep lists": (b"[" * 10**6, "the brackets are nested too deeply"),
    "deep objects": (b'{"a":' * 10**6, "the brackets are nested too deeply"),
    "deep inside": (
        DUPLICATE.replace('"-1/2"', "[" * 10**5 + "]" * 10**5).encode(),
        "the brackets are nested too deeply",
    ),
    "bare exponent": (
        DUPLICATE.replace('"-1/2"', "1e5").encode(),
        "node 'h', bias: 1e5 is a float; quote it (\"1e5\")",
    ),
    "bare huge exponent": (
        DUPLICATE.replace('"-1/2"', "1e9999999999").encode(),
        "node 'h', bias: 1e9999999999 is a float",
    ),
    "bare long float": (DUPLICATE.replace('"-1/2"', "1." + "3" * 10**6).encode(), "node 'h', bias: 1.3333"),
    "bare million digits": (
        DUPLICATE.replace('"-1/2"', "7" * 10**6).encode(),
        "node 'h', bias: a number of 1000000 characters (at most 20000 are read)",
    ),
    "long name": (
        DUPLICATE.replace('"-1/2"', "0").replace('"x2"', '"' + "n" * 10**6 + '"', 1).encode(),
        "node 'h' reads 'x2', which is not a node",
    ),
    "newline in a name": (
        DUPLICATE.replace('"x2": -7', '"a\\nb": -7').encode(),
        "node 'h' reads 'a\\nb', which is not",
    ),
    "key twice": (DUPLICATE.replace('"inputs"', '"outputs"', 1).encode(), "the object has 'outputs' twice"),
    "node key twice": (DUPLICATE.replace('"bias"', '"id"').encode(), "nodes, entry 1: the object has 'id' twice"),
    "source twice": (DUPLICATE.replace('"x2": -7', '"x1": -7').encode(), "node 'h', in: the object has 'x1' twice"),
    "key twice in the domain": (
        DUPLICATE.replace('"outputs"', '"domain": {"kind": "cube", "kind": "cube"}, "outputs"').encode(),
        "domain: the object has 'kind' twice",
    ),
    "many lists": (b'{"nodes": [' + b"[]," * 6_000_000, "more than 8000000 commas, colons and opening brackets"),
    "exponents": (
        json.dumps(with_node(**{"in": {f"x{i}": f"{i}e9999" for i in range(40_000)}})).encode(),
        "bits in total",
    ),
}


@pytest.mark.parametrize("row", BAD)
def test_bad_document(row):
    value, wanted = BAD[row]
    assert refusal(json.dumps(value).encode()).startswith(wanted)


@pytest.mark.parametrize("row", RAW)
def test_bad_bytes(row):
    data, wanted = RAW[row]
    assert wanted in refusal(data)


@given(st.sampled_from([row for row in BAD if row != "million digits"]), st.data())
def test_a_bad_document_stays_bad_wherever_keys_stand(row, data):
    value = BAD[row][0]
    if isinstance(value, dict):
        value = dict(data.draw(st.permutations(list(value.items()))))
    refusal(json.dumps(value).encode())


@pytest.mark.parametrize(("limit", "fits"), [(19, True), (18, False)])
def test_separators_inside_names_do_not_count(monkeypatch, limit, fits):
    monkeypatch.setattr(decode, "MAX_VALUES", limit)
    name = ',:[{\\",:' * 10
    net = Network([name, "x"], [relu("h", {})], [name])
    plain = '{"format":"F","inputs":["a","x"],"nodes":[{"id":"h","kind":"relu","in":{}}],"outputs":["a"]}'
    assert sum(plain.count(mark) for mark in ",:[{") == 19
    if fits:
        assert parse_network(dump_network(net), "net.json").network == net
    else:
        with pytest.raises(FormatError, match=r"^more than 18 commas"):
            dump_network(net)


def test_the_collector_is_left_as_it_was():
    for data in (dump_network(Network(["x"], [], ["x"])), b"{"):
        with contextlib.suppress(FormatError):
            parse_network(data, "net.json")
        assert gc.isenabled()


# --- the writer refuses --------------------------------------------------------------------------

TOO_LONG = gmpy2.mpz(10) ** MAX_DIGITS
UNWRITABLE = {
    "bias": (Network(["x"], [Node("h", "relu", {}, mpq(TOO_LONG))], ["h"]), "node 'h', bias: a number of 20001"),
    "weight": (
        Network(["x"], [Node("h", "relu", {"x": 1 / mpq(TOO_LONG)})], ["h"]),
        "node 'h', weight of 'x': a number",
    ),
    "float": (Network(["x"], [Node("h", "relu", {"x": 0.5})], ["h"]), "node 'h', weight of 'x': 0.5 is a float"),
    "input name": (Network(["\ud800"], [], ["\ud800"]), "node '\\ud800': '\\ud800' has half a surrogate pair"),
    "name": (Network(["x"], [relu("\ud800", {})], ["x"]), "node '\\ud800': '\\ud800' has half a surrogate pair"),
    "words": (Network(["x"], [Node("h", "relu", {}, mpq(0), Means("\ud800"))], ["h"]), "node 'h', means: words: "),
    "op": (
        Network(["x"], [Node("h", "relu", {}, mpq(0), Means("w", "max"))], ["h"]),
        "node 'h', means: 'max' is not one",
    ),
    "here": (
        Network(["x"], [Node("h", "relu", {}, mpq(0), Means("w", here={"z": mpq(1)}))], ["h"]),
        "node 'h', means: here: 'z' is not a node",
    ),
    "original": (
        Network(["x"], [Node("h", "relu", {}, mpq(0), Means("w", original={"\ud800": mpq(1)}))], ["h"]),
        "node 'h', means: original: '\\ud800' has half",
    ),
    "promise": (
        Network(["x"], [Node("h", "relu", {}, mpq(0), Means("w", here={"x": mpq(TOO_LONG)}))], ["h"]),
        "node 'h', means: a number of 20001",
    ),
}


@pytest.mark.parametrize("row", UNWRITABLE)
def test_writer_refuses_what_the_reader_would(tmp_path, row):
    net, wanted = UNWRITABLE[row]
    path = tmp_path / "net.json"
    with pytest.raises(FormatError) as caught:
        write_network(path, net)
    assert str(caught.value).startswith(f"{path}: {wanted}")
    assert str(caught.value).isprintable()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("domain", "wanted"),
    [
        (Cube(2), "the domain has 2 coordinates"),
            (Points(((mpq(TOO_LONG),),)), "a number of 20001"),
    ],
)
def test_writer_refuses_domains(domain, wanted):
    with pytest.raises(FormatError, match=f"^domain: {wanted}"):
        dump_network(Network(["x"], [], ["x"]), domain)


def test_writer_refuses_too_many_bytes_and_other_names(tmp_path):
    net = Network(["x"], [], ["x"])
    size = len(dump_network(net))
    write_network(tmp_path / "net.json", net, max_bytes=size)
    read_network(tmp_path / "net.json", max_bytes=size)
    with pytest.raises(FormatError, match=rf"net\.json: would have {size} bytes"):
        write_network(tmp_path / "net.json", net, max_bytes=size - 1)
    with pytest.raises(FormatError, match=rf"net\.json: has more than {size - 1} bytes"):
        read_network(tmp_path / "net.json", max_bytes=size - 1)
    with pytest.raises(FormatError, match=r"net\.txt: the name of a network file ends in"):
        write_network(tmp_path / "net.txt", net)


# --- domains on their own ------------------------------------------------------------------------


def test_parse_domain_from_another_decoder():
    points = {"kind": "points", "points": [[0, "1/2"], ["-1", 2]]}
    assert parse_domain(points, 2, "f") == Points(((mpq(0), mpq(1, 2)), (mpq(-1), mpq(2))))
    assert parse_domain({"kind": "cube"}, 3, "f") == Cube(3)
    box = parse_domain({"kind": "box", "low": [0, "-1/2"], "high": ["1", 0], "steps": [3, 1]}, 2, "f")
    assert list(box) == [(mpq(0), mpq(-1, 2)), (mpq(1, 2), mpq(-1, 2)), (mpq(1), mpq(-1, 2))]
    assert parse_domain({"kind": "box", "low": 0, "high": 1, "steps": 256}, 1, "f") == Box([0], [1], [256])


def test_a_box_is_written_as_it_is_described_and_read_back():
    net, box = Network(["x", "y"], [], ["x"]), Box([0, "-1/3"], [1, "1/3"], [256, 3])
    data = dump_network(net, box)
    assert len(data) < 400
    assert parse_network(data, "f").domain == box
    assert json.loads(data)["domain"] == {"kind": "box", "low": ["0", "-1/3"], "high": ["1", "1/3"], "steps": [256, 3]}
    assert parse_domain({"kind": "grid", "p": 2}, 3, "f") == Grid(2, 3)


@pytest.mark.parametrize(
    "value",
    [None, 3, [], {"kind": "grid", "p": 0.5}, {"kind": "grid", "p": 2.0}, {"kind": "points", "points": [[0.5]]},
     {"kind": "points", "points": [[True]]}, {"kind": "points", "points": [[0], [0, 0]]}, {"kind": ["cube"]}],
)  # fmt: skip
def test_parse_domain_refuses(value):
    with pytest.raises(FormatError, match=r"^f: domain: [^\n]+$"):
        parse_domain(value, 1, "f")
