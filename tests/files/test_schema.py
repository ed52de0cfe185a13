"""The schema says what the reader says, and the documentation's examples are what it says they are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from gmpy2 import mpq
from hypothesis import given
from hypothesis import strategies as st

import exactnet.files
from exactnet.files.network_json import parse_domain, parse_network
from exactnet.files.network_writer import dump_network
from exactnet.files.th import parse_th
from exactnet.kernel.domain import Cube
from exactnet.kernel.errors import FormatError
from tests.files.test_network_json import BAD, document, domains, networks, with_means, with_node

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((Path(exactnet.files.__file__).parent / "schemas" / "network.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

#: Rows that only a reader can refuse: the schema sees one value at a time, and no notation of numbers.
BEYOND_SCHEMA = {
    "here unknown", "unknown source", "unknown source, weight 0", "unknown output", "own source", "cycle", "id twice",
    "id of an input", "half a surrogate pair", "surrogate in words", "surrogate in original", "point too short",
    "long decimal", "an empty box", "a box of half a step", "a box of another dimension", "a box of too many points",
}  # fmt: skip
GOOD = [
    document(),
    document(domain={"kind": "cube"}),
    document(domain={"kind": "grid", "p": 10**6}),
    document(domain={"kind": "points", "points": [["0", "1/2"], [1, "1e-3"]]}),
    document(domain={"kind": "box", "low": [0, "-1/2"], "high": "1", "steps": [256, 1]}),
    document(nodes=[], outputs=["x2", "x1"]),
    with_node(kind="threshold", bias="-0"),
    with_node(kind="affine", **{"in": {}}),
    with_node(bias="10/0020"),
    with_node(bias="-1.50E-0009"),
    with_node(bias=-(10**4000)),
    with_means(),
    with_means(op="step", here={"h": "1/2", "x1": 0}, original={"": 3}, bias="2"),
]


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("number", range(len(GOOD)))
def test_schema_and_reader_accept(number):
    VALIDATOR.validate(GOOD[number])
    loaded = parse_network(json.dumps(GOOD[number]).encode(), "net.json")
    again = dump_network(loaded.network, loaded.domain)
    VALIDATOR.validate(json.loads(again))
    assert parse_network(again, "net.json") == loaded


@pytest.mark.parametrize("row", BAD)
def test_schema_refuses_what_the_reader_refuses(row):
    if row in BEYOND_SCHEMA:
        VALIDATOR.validate(BAD[row][0])
    else:
        assert not VALIDATOR.is_valid(BAD[row][0])


@given(
    st.text("0123456789-+./eE \n", max_size=8)
    | st.from_regex(r"-?\d{1,3}(/\d{1,3}|\.\d|e-?\d{1,5})?\n?", fullmatch=True)
)
def test_schema_and_reader_agree_on_numbers(text):
    value = with_node(bias=text)
    try:
        parse_network(json.dumps(value).encode(), "net.json")
    except FormatError:
        assert not VALIDATOR.is_valid(value)
    else:
        VALIDATOR.validate(value)


@pytest.mark.parametrize("field", ["additionalProperties", "required", "pattern", "enum", "const"])
def test_the_schema_needs_every_kind_of_rule(field):
    """A schema with the rule taken out accepts a bad document: the rows above do test it."""

    def without(value: object) -> object:
        if isinstance(value, dict):
            return {key: without(item) for key, item in value.items() if key != field}
        return [without(item) for item in value] if isinstance(value, list) else value

    weak = jsonschema.Draft202012Validator(without(SCHEMA))
    assert any(weak.is_valid(BAD[row][0]) for row in BAD if row not in BEYOND_SCHEMA)


@given(networks(), st.data())
def test_what_is_written_is_valid(net, data):
    VALIDATOR.validate(json.loads(dump_network(net, data.draw(domains(len(net.inputs))))))


def test_documentation():
    """Every example in docs/format.md is what it says."""
    text = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(json|th)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert {kind for kind, _ in blocks} == {"json", "th"}
    for kind, block in blocks:
        if kind == "json":
            net = parse_network(block.encode(), "docs/format.md").network
            VALIDATOR.validate(json.loads(block))
            assert net([1, 0]) == (mpq(1, 4) * mpq(5, 2) + 1000,)
            assert net([0, 0]) == (0,)
        else:
            net = parse_th(block.encode(), "docs/format.md").network
            for bits in Cube(3):
                assert net(bits) == (int(sum(bits) >= 2),)
    for value in re.findall(r"`(\{\"kind\".*?\})`", text):
        assert parse_domain(json.loads(value), 2, "docs/format.md").kind == json.loads(value)["kind"]
