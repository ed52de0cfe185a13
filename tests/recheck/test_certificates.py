"""recheck: right certificates are confirmed, every tampering is found."""

from __future__ import annotations

import json
from fractions import Fraction
from math import floor, lcm
from pathlib import Path

import pytest
from gmpy2 import mpq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exactnet import recheck
from exactnet.files.boxes import Box
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.expansion import expand
from exactnet.kernel.network import Network, Node, affine, relu, threshold
from exactnet.kernel.values import evaluate
from tests.rechecking import (
    TENTHS,
    THIRDS,
    Edit,
    Json,
    digest,
    fractions,
    instances,
    make,
    network_json,
    put,
    refuted,
    save,
    verdict,
    write,
)


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


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    right = all([Fraction(floor(rounding * v), rounding) for v in before] == after for before, after in values)
    assert verdict(tmp_path, certificate).startswith("certified" if right else "WRONG: at input ")


def test_the_same_step_from_two_relus_is_counted_twice(tmp_path: Path) -> None:
    """``2[x+1]+ + [x]+`` in two wires, held against ``[x+1]+ + 2[x]+``: 2 and 1 at 0, so no such certificate is right."""
    twins = [relu("a", {"x": 1}, 1), relu("b", {"x": 1}, 1), relu("c", {"x": 1})]
    net = Network(["x"], [*twins, affine("y", {"a": 1, "b": 1, "c": 1})], ["y"])
    other = Network(["x"], [*twins, affine("y", {"a": 1, "c": 2})], ["y"])
    certificate = make(tmp_path, (net, other), Cube(1), "equal", 1)
    assert verdict(tmp_path, certificate) == "WRONG: at input 0 (0) y is 1, not 2"
    assert verdict(tmp_path, make(tmp_path, (net, net), Grid(1, 1), "equal", 1)) == "certified"


def flip(key: str, *path: str) -> Edit:
    """Change one hexadecimal digit of a digest."""

    def edit(certificate: Json) -> None:
        table = certificate
        for part in path:
            table = table[part]
        table[key] = table[key][:-1] + ("0" if table[key][-1] != "0" else "1")

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
    "parameters": put(6, "constructed", "parameters"),
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
        c["definitions"].update(q="u", u="7"),
        c["parameters"].update(q="7", u="7"),
    ),
    "a definition by a parameter that is not": lambda c: (
        c["definitions"].update(q="x"),
        c["parameters"].update(q="7", x="7"),
    ),
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


@pytest.mark.parametrize("measure", ["depth", "max_weight", "max_bias", "neurons", "width"])
@pytest.mark.parametrize("make_one", ["certified", "refuted"])
def test_the_bounds_that_a_statement_needs_are_there(tmp_path: Path, measure: str, make_one: str) -> None:
    certificate = refuted(tmp_path) if make_one == "refuted" else make(tmp_path, (THIRDS, TENTHS), Cube(2), "floor", 10)
    rest = [bound for bound in certificate["bounds"] if bound["name"].split()[0] != measure]
    assert len(rest) == 4
    measured = str(certificate["constructed"]["size"])
    other = {"name": "size", "symbolic": "9**9", "value": str(9**9), "measured": measured, "holds": True}
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


BOXES: dict[str, tuple[Edit, str]] = {
    "more steps": (put([5, 1], "domain", "steps"), "WRONG: "),
    "fewer steps": (put([2, 1], "domain", "steps"), "WRONG: "),
    "another end": (put(["2", "1"], "domain", "high"), "WRONG: "),
    "another value": (put(["0", "1/2"], "domain", "low"), "WRONG: "),
    "empty": (put(["0", "2"], "domain", "low"), "unusable: the domain: the box is empty"),
    "no steps": (put([3, 0], "domain", "steps"), "unusable: the domain: the steps of the box are no positive integers"),
    "half a step": (put([3, "1/2"], "domain", "steps"), "unusable: the domain: the steps of the box are no positive integers"),
    "too many": (put([2**11, 2**11], "domain", "steps"), "unusable: the domain: the box has more than 1048576 points"),
    "one end": (put(["0"], "domain", "low"), "unusable: the domain: low of the box has not 2 entries"),
    "no number": (put(["0", "x"], "domain", "low"), "unusable: low of the box: x is not an exact number"),
}


def box_certificate(folder: Path) -> Json:
    net = Network(["x", "y"], [affine("s", {"x": 2, "y": 1})], ["s"])
    return make(folder, (net, net), Box([0, 1], [1, 1], [3, 1]), "equal", 1)


def test_a_box_is_the_list_of_its_points(tmp_path: Path) -> None:
    certificate = box_certificate(tmp_path)
    assert certificate["domain"] == {"kind": "box", "low": ["0", "1"], "high": ["1", "1"], "steps": [3, 1]}
    assert verdict(tmp_path, certificate) == "certified"
    listed = {"kind": "points", "points": [["0", "1"], ["1/2", "1"], ["1", "1"]]}
    assert verdict(tmp_path, certificate | {"domain": listed}) == "certified"
    for_all = {"kind": "box", "low": ["0", "1"], "high": 1, "steps": [3, 1]}
    assert verdict(tmp_path, certificate | {"domain": for_all}) == "certified"


@pytest.mark.parametrize("what", BOXES)
def test_another_box_is_found(tmp_path: Path, what: str) -> None:
    certificate = box_certificate(tmp_path)
    edit, expected = BOXES[what]
    edit(certificate)
    if expected == "WRONG: ":
        assert verdict(tmp_path, certificate).startswith(expected)
        return
    with pytest.raises(recheck.Unusable, match=expected.removeprefix("unusable: ")):
        verdict(tmp_path, certificate)


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
        put(
            {"input": {"x1": "1", "x2": "1/2"}, "expected": {"y": "1/2"}, "got": {"y": "2/5"}, "node": None},
            "counterexample",
        ),
        put(
            {"input": {"x1": "0", "x2": "1"}, "expected": {"y": "-2/5"}, "got": {"y": "-2/5"}, "node": None},
            "counterexample",
        ),
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


def test_a_refuted_certificate_has_a_reason(tmp_path: Path) -> None:
    certificate = refuted(tmp_path) | {"reason": None}
    assert verdict(tmp_path, certificate) == "WRONG: refuted without a reason, or certified with one"


def test_the_precision_of_a_tolerance_is_the_least(tmp_path: Path, rounded: Json) -> None:
    rounded["statement"] = "S7 within"
    for r, epsilon, least in (("11", "1/10", "10"), ("9", "1/10", "10"), ("4", "2/5", "3")):
        rounded["relation"] = {"kind": "within", "r": r, "epsilon": epsilon}
        assert verdict(tmp_path, rounded) == f"WRONG: r is {r}, but the least integer from 1/epsilon on is {least}"
    for epsilon in ("0", "-1/10"):
        rounded["relation"]["epsilon"] = epsilon
        with pytest.raises(recheck.Unusable, match="not positive"):
            verdict(tmp_path, rounded)


def test_the_largest_value_may_be_a_negative_one(tmp_path: Path) -> None:
    net = Network(["x"], [affine("y", {"x": -3})], ["y"])
    certificate = make(tmp_path, (net, net), Cube(1), "equal", 1)
    assert certificate["parameters"]["R"] == "3"
    assert verdict(tmp_path, certificate) == "certified"
