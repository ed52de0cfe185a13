"""What a user of Python meets: numbers of other libraries, raw lists, graphs that cannot be changed, verdicts as booleans."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
import sympy
from gmpy2 import mpfr, mpq, mpz

import exactnet as ex
from exactnet.kernel.errors import DomainError, ExactnetError, FormatError
from exactnet.kernel.network import Network, affine, relu, threshold
from exactnet.kernel.rationals import as_rational


def net() -> Network:
    """``[a + b]+``, both weights equal."""
    return Network(["a", "b"], [relu("h", {"a": 1, "b": 1}), affine("y", {"h": 1})], ["y"])


EXACT: dict[str, tuple[Any, mpq]] = {
    "int of NumPy": (np.int8(-3), mpq(-3)),
    "unsigned": (np.uint64(2**64 - 1), mpq(2**64 - 1)),
    "Integer of SymPy": (sympy.Integer(10**30), mpq(10**30)),
    "Rational of SymPy": (sympy.Rational(-2, 7), mpq(-2, 7)),
    "Half of SymPy": (sympy.S.Half, mpq(1, 2)),
    "Decimal": (Decimal("-0.10"), mpq(-1, 10)),
    "large Decimal": (Decimal("1E+20"), mpq(10**20)),
    "Fraction": (Fraction(1, 3), mpq(1, 3)),
    "a float that is said to be meant": (Fraction(0.1), mpq(0.1)),
}
INEXACT: dict[str, tuple[Any, str]] = {
    "float": (0.1, "0.1 is a float; quote it"),
    "float of NumPy": (np.float64(0.5), "0.5 is a float; quote it"),
    "short float": (np.float32(0.5), "0.5 is a float; quote it"),
    "Float of SymPy": (sympy.Float("0.5"), "not an exact number|is a float"),
    "float of gmpy2": (mpfr("0.5"), "not an exact number|is a float"),
    "pi": (sympy.pi, "not an exact number"),
    "symbol": (sympy.Symbol("x"), "not an exact number"),
    "true": (True, "true or false"),
    "true of NumPy": (np.bool_(True), "not an exact number"),
    "nan": (Decimal("nan"), "not finite"),
    "infinite": (Decimal("-Infinity"), "not finite"),
    "billions of digits": (Decimal("1e999999999"), "more than four digits"),
    "complex": (1j, "not an exact number"),
    "nothing": (None, "not an exact number"),
    "a list": ([1], "not an exact number"),
}


@pytest.mark.parametrize("case", EXACT)
def test_exact_numbers_of_other_libraries(case: str) -> None:
    value, expected = EXACT[case]
    assert as_rational(value) == expected
    assert type(as_rational(value)) is type(mpq())
    assert net()([value, 0]) == (max(expected, mpq(0)),)
    assert relu("h", {"x": value}, value).bias == expected


@pytest.mark.parametrize("case", INEXACT)
def test_other_numbers_are_refused_in_one_line(case: str) -> None:
    value, message = INEXACT[case]
    with pytest.raises(ExactnetError, match=message) as caught:
        as_rational(value)
    assert "\n" not in str(caught.value)


def test_an_array_is_a_point() -> None:
    assert net()(np.array([1, 2])) == (mpq(3),)


CHANGES: dict[str, Callable[[nx.DiGraph], object]] = {
    "weight": lambda graph: graph["a"]["h"].__setitem__("weight", 7),
    "weight by edges": lambda graph: graph.edges["a", "h"].update(weight=7),
    "colour": lambda graph: graph.edges["a", "h"].setdefault("color", "red"),
    "no weight": lambda graph: graph.pred["h"]["a"].pop("weight"),
    "nothing left": lambda graph: graph.pred["h"]["a"].clear(),
    "merged": lambda graph: graph["a"]["h"].__ior__({"weight": 7}),
    "bias": lambda graph: graph.nodes["h"].__setitem__("bias", 7),
    "kind": lambda graph: graph.nodes["h"].__delitem__("kind"),
    "attributes": lambda graph: nx.set_edge_attributes(graph, 7, "weight"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_no_change_of_a_graph_changes_the_network(case: str) -> None:
    """Equal weights are one object: were a graph's attributes the network's own, a change would reach other wires too."""
    before = net()
    graph = before.graph
    CHANGES[case](graph)
    assert nx.node_link_data(graph) != nx.node_link_data(net().graph)
    assert before == net()
    assert nx.node_link_data(before.graph) == nx.node_link_data(net().graph)
    assert before([1, 1]) == (mpq(2),)


def test_wires_and_nodes_of_a_graph_are_frozen() -> None:
    graph = net().graph
    with pytest.raises(nx.NetworkXError, match="Frozen graph"):
        graph.add_edge("a", "y", weight=1)
    with pytest.raises(nx.NetworkXError, match="Frozen graph"):
        graph.remove_node("h")


def test_copies_of_a_graph_can_be_changed() -> None:
    original = net()
    graph = original.graph
    for made in (nx.DiGraph(graph), graph.copy(), graph.reverse(), graph.subgraph(["a", "h"]).copy()):
        edge = next(iter(made.edges(data=True)))
        edge[2]["weight"] = 7
        assert [w for _, _, w in made.edges(data="weight")].count(7) == 1
    assert nx.node_link_data(original.graph)["nodes"]
    for other in (copy.deepcopy(original.graph), pickle.loads(pickle.dumps(original.graph))):
        assert nx.to_dict_of_dicts(other) == nx.to_dict_of_dicts(graph)
    assert original == net()
    for same in (pickle.loads(pickle.dumps(original)), copy.deepcopy(original), copy.copy(original)):
        assert same == original


def test_domains_take_what_a_user_writes() -> None:
    assert ex.Grid(p=3, d=4) == ex.Grid(3, 4)
    assert repr(ex.Grid(p=3, d=4)) == "Grid(p=3, d=4)"
    assert (ex.Grid(p=3, d=4).p, ex.Cube(d=2).p) == (3, 1)
    raw = ex.Points([[0, "1/2"], (1, Fraction(1, 3))])
    assert raw == ex.Points(((mpq(0), mpq(1, 2)), (mpq(1), mpq(1, 3))))
    assert (raw.p, raw.d, hash(raw) == hash(copy.deepcopy(raw))) == (6, 2, True)
    assert ex.Points(np.array([[0, 1], [1, 0]])).frame == ex.Cube(2)
    assert ex.Points(iter([[0], [1]])).count == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("points", [[], [[1], [1, 2]], [[0.5]], [["x"]], [[None]], np.array([[0.5]])])
def test_points_that_are_none(points: Any) -> None:
    with pytest.raises(ExactnetError) as caught:
        ex.Points(points)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("p", "d", "why"), [(0, 1, "from 1 to"), (-1, 2, "from 1 to"), (1, 0, "one input")])
def test_grids_that_are_none(p: int, d: int, why: str) -> None:
    with pytest.raises(DomainError, match=why):
        ex.Grid(p, d)


def test_a_certificate_is_true_where_it_certifies() -> None:
    certificate = ex.certify(net(), ex.Cube(2)).certificate
    assert certificate
    assert not replace(certificate, verdict="refuted")


def test_a_batch_is_the_network_at_every_point() -> None:
    nodes = [relu("h", {"a": "1/3", "b": -2}), affine("y", {"h": "1/7", "a": 1}), affine("z", {"b": 2**70})]
    one = Network(["a", "b"], nodes, ["y", "z"])
    rows = [[i, mpq(j, 5)] for i in range(-3, 4) for j in range(-3, 4)]
    values = ex.batch(one, rows)
    assert values.shape == (49, 2)
    assert [tuple(row) for row in values.tolist()] == [one(row) for row in rows]
    assert ex.batch(one, np.array([[0.5, 0.25]]), floats="dyadic").tolist() == [list(one(["1/2", "1/4"]))]
    with pytest.raises(ExactnetError, match=r"0\.5 is a float"):
        ex.batch(one, np.array([[0.5, 0.25]]))
    with pytest.raises(DomainError, match="the domain has 3 coordinates, the network 2 inputs"):
        ex.batch(one, [[1, 2, 3]])


def test_progress_is_shown_told_or_neither(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[tuple[str, int, int]] = []
    assert ex.certify(net(), ex.Cube(2), progress=lambda *report: told.append(report))
    assert told[-1][1:] == (4, 4)
    assert ex.certify(net(), ex.Cube(2), progress=True)
    assert ex.compare(net(), net(), ex.Cube(2), progress=True)
    assert capsys.readouterr() == ("", "")  # no terminal, no bar


def test_the_bounds_as_a_table_of_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    result = ex.certify(net(), ex.Cube(2))
    table = result.to_pandas()
    assert isinstance(table, pandas.DataFrame)
    assert list(table["bound"]) == [row.name for row in result.bounds]
    assert table["holds"].all()


def test_all_routes_as_a_table_and_a_picture() -> None:
    rows = ex.frontier(ex.families.clipped(d=3, m=2, bits=8), precision="1/2")
    assert [row["route"] for row in rows.rows] == ["lookahead", "residue", "compact", "stacked"]
    assert bool(rows)
    assert rows._repr_html_().count("<tr>") == 5
    assert list(pytest.importorskip("pandas") and rows.to_pandas()["verdict"]) == ["certified"] * 4
    assert "<svg" in rows.plot()._repr_svg_()
    assert not replace(rows, rows=[{"route": "stacked", "verdict": None, "reason": "too large"}])
    assert repr(replace(rows, rows=[{"route": "stacked", "verdict": None}])) == "<0 of 1 routes certified>"


def test_steps_as_a_table_and_a_picture() -> None:
    found = ex.quantise_curve(ex.read("iris"), ex.Grid(1, 4), finest=mpq(1, 4), precision="1/10")
    assert bool(found)
    assert found._repr_html_().count("<tr>") == 5
    assert list(pytest.importorskip("pandas") and found.to_pandas()["verdict"]) == ["certified"] * 4
    assert "<svg" in found.plot()._repr_svg_()
    fine = ex.quantise_curve(ex.read("iris"), ex.Grid(1, 4), finest="1/5000").rows[-1]
    assert (fine["step"], fine["verdict"], fine["gates"]) == ("1/5000", None, None)
    assert "not polynomially bounded at this size" in fine["reason"]
    one = ex.Network(["x"], [ex.relu("h", {"x": "1/3"})], ["h"])
    rows = ex.quantise_curve(one, ex.Cube(1), finest="1/8")
    assert [row["class_changes"] for row in rows.rows] == [None] * len(rows.rows)
    assert "<svg" in rows.plot()._repr_svg_()
    with pytest.raises(FormatError, match="a step is positive"):
        ex.quantise_curve(one, ex.Cube(1), finest=0)


INTEGERS: dict[str, Callable[[Any], object]] = {
    "certify": lambda v: ex.certify(net(), ex.Cube(2), output_range=v, max_inputs=v),
    "construct": lambda v: ex.construct(net(), ex.Cube(2), output_range=v, max_inputs=v),
    "bounds": lambda v: ex.bounds(net(), ex.Cube(2), output_range=v, max_inputs=v),
    "proof": lambda v: ex.certify_by_proof(net(), ex.Cube(2), output_range=v, precision="1/2"),
    "frontier": lambda v: ex.frontier(net(), ex.Cube(2), output_range=v),
    "curve": lambda v: ex.quantise_curve(net(), ex.Cube(2), finest=1, output_range=v),
    "bits": lambda v: ex.quantise(net(), ex.Cube(2), bits=v, max_inputs=v),
    "compare": lambda v: ex.compare(net(), net(), ex.Cube(2), max_inputs=v),
    "depth": lambda v: ex.memorize([[0], [1], [3]], [0, 1, 0], depth=v),
    "budget": lambda v: ex.memorize([[0], [1], [3]], [0, v, 0], budget=10 * int(as_rational(v))),
    "cube": lambda v: ex.Cube(v)[0],
    "grid": lambda v: ex.Grid(v, v)[0],
    "box": lambda v: ex.box([0], [1], [v])[0],
    "family": lambda v: ex.families.clipped(d=v, m=2, bits=v, seed=v),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_are_taken_as_other_exact_numbers_are(name: str) -> None:
    call = INTEGERS[name]
    for value in (9, "9", Fraction(9), Decimal(9), mpz(9), mpq(9), sympy.Integer(9), np.int64(9)):
        call(value)
    for wrong in (9.0, np.float64(9), True, "x", "1/2", Decimal("1.5"), mpfr(9), sympy.Float(9), [], object()):
        with pytest.raises(ExactnetError) as caught:
            call(wrong)
        assert "\n" not in str(caught.value)


def test_a_proof_is_saved_and_checked_and_what_is_no_proof_is_refused(tmp_path: Path) -> None:
    wide = Network([f"x{i}" for i in range(70)], [threshold("g", {f"x{i}": 3**i for i in range(70)}, -(3**69))], ["g"])
    proved = ex.certify_by_proof(wide, ex.Cube(70))
    assert repr(proved) == "<certified: for every x in {0,1}^d: N'(x) = N(x), d = 70>"
    assert {row["name"] for row in proved.bounds} >= {"depth", "max_weight"}
    proved.save(tmp_path / "c.json")
    assert ex.check(tmp_path / "c.json")
    assert ex.recheck(tmp_path / "c.json")
    assert "<th>bound</th>" in proved._repr_html_()
    failed = ex.certify_by_proof(net(), ex.Cube(2), weight_bound="1/2")
    assert not failed
    assert repr(failed).endswith("the bound max_weight (stated) = 1/2 = 1/2 fails: measured 1>")
    with pytest.raises(DomainError, match="a proof is about all of a cube or a grid"):
        ex.certify_by_proof(net(), ex.points([[0, 1]]))
    with pytest.raises(ExactnetError, match="not yet radial"):
        ex.certify_by_proof(net(), ex.Cube(2), route="radial")
