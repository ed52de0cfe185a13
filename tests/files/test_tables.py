"""Tables of values as originals: what they mean, and every way in which one can be unusable."""

from __future__ import annotations

import csv
import io
import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.files.networks import read_network
from exactnet.files.table import MAX_ROWS, parse_csv_table, parse_table
from exactnet.kernel.domain import Cube, Grid, Points
from exactnet.kernel.errors import FormatError
from tests.helpers import run

values = st.builds(mpq, st.integers(-99, 99), st.integers(1, 9))


def as_csv(head: list[str], rows: list[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    return text.getvalue().encode()


@settings(max_examples=50)
@given(st.data(), st.integers(1, 3))
def test_points(data: st.DataObject, d: int) -> None:
    table = data.draw(st.dictionaries(st.tuples(*[values] * d), values, min_size=1, max_size=12))
    names = [f"in {i}" for i in range(d)]
    loaded = parse_csv_table(as_csv([*names, "out"], [(*point, value) for point, value in table.items()]), "t.csv")
    document = {
        "format": "exactnet-table/1",
        "inputs": names,
        "output": "out",
        "values": [[[str(x) for x in point], str(value)] for point, value in table.items()],
    }
    again = parse_table(json.dumps(document).encode(), "t.json")
    for one in (loaded, again):
        assert one.table
        assert isinstance(one.domain, Points)
        assert {point: one.network(point)[0] for point in one.domain} == table
        assert (one.network.inputs, one.network.outputs) == (tuple(names), ("out",))


@settings(max_examples=15)
@given(st.data(), st.integers(1, 2), st.integers(1, 3))
def test_by_input_and_by_norm(data: st.DataObject, p: int, d: int) -> None:
    domain = Grid(p, d)
    place = data.draw(st.integers(1, d))
    by_input = {t: data.draw(values) for t in domain.values}
    loaded = parse_csv_table(as_csv([f"x{place} on grid:{p}^{d}", "y"], list(by_input.items())), "t.csv")
    assert loaded.domain == domain
    assert all(loaded.network(x)[0] == by_input[x[place - 1]] for x in domain)
    norms = sorted({sum((c * c for c in x), mpq(0)) for x in domain})
    by_norm = {s: data.draw(values) for s in norms}
    document = {
        "format": "exactnet-table/1",
        "inputs": [f"v{i}" for i in range(d)],
        "output": "y",
        "domain": {"kind": "grid", "p": p},
        "by": "norm",
        "values": [[str(s), str(value)] for s, value in by_norm.items()],
    }
    listed = parse_table(json.dumps(document).encode(), "t.json")
    short = parse_csv_table(as_csv([f"squared norm on grid:{p}^{d}", "y"], list(by_norm.items())), "t.csv")
    for one in (listed, short):
        assert all(one.network(x)[0] == by_norm[sum((c * c for c in x), mpq(0))] for x in domain)


def test_on_the_cube_and_with_spaces_and_a_byte_order_mark() -> None:
    data = "\ufeff squared norm on cube^2 , y \n 0, 1/2\n\n1,-3\r\n2 , \"0.25\" \n".encode()
    loaded = parse_csv_table(data, "t.csv")
    assert loaded.domain == Cube(2)
    assert [str(loaded.network(x)[0]) for x in Cube(2)] == ["1/2", "-3", "-3", "1/4"]


def test_what_is_said_twice_counts_once() -> None:
    once = parse_csv_table(b"a,b,y\n1,2,3\n0,1/2,4\n", "t.csv")
    assert parse_csv_table(b"a,b,y\n1,2,3\n0,\"0.5\",4\n0,1/2,4\n1,2,3\n", "t.csv") == once


def test_a_whole_domain_given_with_points() -> None:
    document = {
        "format": "exactnet-table/1",
        "inputs": ["a", "b"],
        "output": "y",
        "domain": {"kind": "cube"},
        "values": [[list(x), sum(x)] for x in product((1, 0), repeat=2)],
    }
    assert parse_table(json.dumps(document).encode(), "t.json").domain == Cube(2)
    for change, message in (
        (document["values"][:3], "the domain has more than the 3 points of the table"),  # type: ignore[index]
        ([*document["values"][:3], [[2, 0], 1]], "'2, 0' is no point on the domain"),  # type: ignore[index]
    ):
        with pytest.raises(FormatError) as caught:
            parse_table(json.dumps(document | {"values": change}).encode(), "t.json")
        assert message in str(caught.value)


BAD_CSV = {
    "empty": (b"", "t.csv: the file is empty"),
    "blank lines": (b"\n , \n", "t.csv: the file is empty"),
    "no values": (b"a,y\n", "t.csv: the table has no values"),
    "one column": (b"a\n1\n", "t.csv: line 1: expected the names"),
    "a short row": (b"a,b,y\n1,2\n", "t.csv: line 2: 2 cells, but the first line has 3"),
    "no number": (b"a,y\n1,two\n", "t.csv: line 2, column 2: 'two' is not a number"),
    "a float in words": (b"a,y\n1,nan\n", "t.csv: line 2, column 2: 'nan' is not a number"),
    "zero denominator": (b"a,y\n1/0,2\n", "t.csv: line 2, column 1: '1/0' has a zero denominator"),
    "twice": (b"a,b,y\n1,2,3\n1,2,4\n", "t.csv: line 3: '1, 2' is listed twice, with the values '3' and '4'"),
    "twice as a fraction": (b'a,y\n1/2,3\n"0.5",1/3\n', "t.csv: line 3: '1/2' is listed twice, with the values '3' and '1/3'"),
    "a float": (b"a,y\n1/2,3\n0.5,3\n", "t.csv: line 3, column 1: '0.5' is a float: in quotation marks it is the decimal"),
    "a float with an exponent": (b"a,y\n1/2,1e-3\n", "t.csv: line 2, column 2: '1e-3' is a float"),
    "an integer as a float": (b"a,y\n1.0,1\n", "t.csv: line 2, column 1: '1.0' is a float"),
    "a float after a quoted one": (b'a,y\n"0.5",0.5\n', "t.csv: line 2, column 2: '0.5' is a float"),
    "a quote in the middle": (b'a,y\n1"2",1\n', "line 2: not CSV: a quotation mark is out of place"),
    "words after a quote": (b'a,y\n"1"2,1\n', "line 2: not CSV: a quotation mark is out of place"),
    "not UTF-8": (b"a,y\n\xff,1\n", "t.csv: byte 5 is not UTF-8 text"),
    "an open quote": (b'a,y\n"1,2\n', "line 2: not CSV: a quotation mark is out of place"),
    "a name twice": (b"a,a,y\n1,2,3\n", "t.csv: node 'a' is defined twice"),
    "an output called like an input": (b"a,a\n1,2\n", "t.csv: node 'a' is defined twice"),
    "a missing norm": (b"squared norm on cube^2,y\n0,1\n2,0\n", "no value for the squared norm '1', which the domain has"),
    "no norm": (b"squared norm on grid:1^1,y\n0,1\n1,0\n2,5\n", "'2' is no squared norm on the domain"),
    "a missing value": (b"x1 on grid:1^2,y\n0,1\n1,0\n", "no value for the value of x1 '-1', which the domain has"),
    "no value": (b"x1 on cube^2,y\n0,1\n1,0\n1/2,0\n", "'1/2' is no value of x1 on the domain"),
    "no such input": (b"x3 on cube^2,y\n0,1\n1,0\n", "'x3' is not one of the inputs"),
    "a grid of 0": (b"x1 on grid:0^2,y\n0,1\n", "a grid needs an integer p from 1"),
    "no inputs": (b"x1 on cube^0,y\n0,1\n", "from 1 to 65536 inputs are possible"),
    "too many inputs": (b"x1 on cube^9999999,y\n0,1\n", "from 1 to 65536 inputs are possible"),
    "too fine": (b"x1 on grid:1000^2,y\n0,1\n", "an input takes 2000001 values on the domain; more than"),
    "too many norms": (b"squared norm on grid:30^65536,y\n0,1\n", "the domain is too large for a table by norm"),
    "digits": (b"a,y\n1," + b"9" * 30000 + b"\n", "line 2, column 2: a number of 30000 characters"),
}


@pytest.mark.parametrize("case", BAD_CSV)
def test_bad_csv(case: str) -> None:
    data, message = BAD_CSV[case]
    with pytest.raises(FormatError) as caught:
        parse_csv_table(data, "t.csv")
    assert message in str(caught.value)
    assert str(caught.value).startswith("t.csv: ")
    assert "\n" not in str(caught.value)


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_ROWS == 2**20
    monkeypatch.setattr("exactnet.files.table.MAX_ROWS", 3)
    with pytest.raises(FormatError, match="line 5: more than 3 values"):
        parse_csv_table(b"a,y\n1,1\n2,1\n3,1\n4,1\n", "t.csv")


GOOD: dict[str, Any] = {
    "format": "exactnet-table/1",
    "inputs": ["a", "b"],
    "output": "y",
    "domain": {"kind": "cube"},
    "by": "input",
    "input": "b",
    "values": [["0", "1"], ["1", "1/3"]],
}
BAD_JSON: dict[str, tuple[dict[str, Any], str]] = {
    "a list": ({"inputs": "ab"}, "inputs: expected a list, found a string"),
    "no inputs": ({"inputs": []}, "inputs: there are none"),
    "an input that is no name": ({"inputs": ["a", 3]}, "inputs: expected a string, found a number"),
    "an unknown kind": ({"by": "sphere"}, "by: 'sphere' is not one of point, input, norm"),
    "an unknown field": ({"kind": "x"}, "unknown field 'kind'"),
    "a field of another kind": ({"by": "norm"}, "unknown field 'input'"),
    "an unknown input": ({"input": "c"}, "'c' is not one of the inputs"),
    "listed points": ({"domain": {"kind": "points", "points": [["0", "1"]]}}, "a table by input or by norm is on a cube or a grid"),
    "a bad domain": ({"domain": {"kind": "ball"}}, "domain: kind: 'ball' is not one of"),
    "no pair": ({"values": [["0"]]}, "values: entry 1: 1 entries, not a key and its value"),
    "a float": ({"values": [["0", 0.5]]}, 'values: entry 1: 0.5 is a float; quote it ("0.5")'),
    "a missing value": ({"values": [["0", "1"]]}, "no value for the value of b '1'"),
    "twice": ({"values": [["0", "1"], ["0", "2"]]}, "values, entry 2: '0' is listed twice"),
    "no values": ({"values": []}, "the table has no values"),
}


@pytest.mark.parametrize("case", BAD_JSON)
def test_bad_json(case: str) -> None:
    change, message = BAD_JSON[case]
    with pytest.raises(FormatError) as caught:
        parse_table(json.dumps(GOOD | change).encode(), "t.json")
    assert message in str(caught.value)
    assert str(caught.value).startswith("t.json: ")


@pytest.mark.parametrize("name", ["format", "inputs", "output", "values", "domain", "input"])
def test_a_missing_field(name: str) -> None:
    with pytest.raises(FormatError, match=f"the field '{name}' is missing"):
        parse_table(json.dumps({k: v for k, v in GOOD.items() if k != name}).encode(), "t.json")


def test_points_of_another_dimension() -> None:
    bad = {"format": "exactnet-table/1", "inputs": ["a", "b"], "output": "y", "values": [[[0], 1]]}
    with pytest.raises(FormatError, match="values, entry 1: 1 coordinates, but there are 2 inputs"):
        parse_table(json.dumps(bad).encode(), "t.json")


# --- the command line ----------------------------------------------------------------------------


def test_a_table_stands_for_a_network(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("squared norm on grid:1^2,y\n0,1/3\n1,-2\n2,5\n")
    other = tmp_path / "t.json"
    rows = [[0, "1/3"], [1, -2], [2, 5]]
    document = GOOD | {"inputs": ["x1", "x2"], "domain": {"kind": "grid", "p": 1}, "by": "norm", "values": rows}
    other.write_text(json.dumps({k: v for k, v in document.items() if k != "input"}))
    assert read_network(table).network == read_network(other).network
    certificate = str(tmp_path / "c.json")
    assert run("certify", str(table), "--route", "radial", "-q", "-o", certificate)[:2] == (0, "certified\n")
    assert run("check", certificate, "-q")[:2] == (0, "certified\n")
    assert run("compare", str(table), str(tmp_path / "c.constructed.json"), "-q")[:2] == (0, "equal\n")
    assert run("compare", str(other), str(table), "-q")[:2] == (0, "equal\n")
    assert run("eval", str(table), "1", "-1")[1] == "y = 5\n"
    assert run("certify", str(table), "--route", "lookahead", "-q")[:2] == (0, "certified\n")
    status, _, err = run("certify", str(table), "--domain", "grid:1")
    assert (status, err) == (2, f"exactnet: {table} is a table, which has no values outside its own domain; leave out --domain\n")


def test_a_network_file_that_speaks_of_tables_is_a_network(tmp_path: Path) -> None:
    node = {"id": "y", "kind": "affine", "in": {"x": 1}, "means": {"words": "exactnet-table/1"}}
    path = tmp_path / "n.json"
    path.write_text(json.dumps({"format": "exactnet-network/1", "inputs": ["x"], "nodes": [node], "outputs": ["y"]}))
    assert not read_network(path).table
    path.write_text('{"format": "exactnet-table/1"')
    with pytest.raises(FormatError, match="not JSON"):
        read_network(path)
