"""The second opinion on certificates about real inputs: it agrees with ``exactnet check``, and finds what is changed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet import recheck
from exactnet.certify.reals import ContinuousRequest, ContinuousResult, certify_continuous
from exactnet.certify.small_weights import Request, certify_network
from exactnet.check.claim import make_claim
from exactnet.check.judge_reals import judge_continuous
from exactnet.claims.reals.bits import examine_bits
from exactnet.claims.reals.segment import output_ranges
from exactnet.claims.statements import STATEMENTS
from exactnet.files.certificate_writer import write_certificate
from exactnet.files.reals import write_continuous
from exactnet.kernel.domain import Grid
from exactnet.kernel.judge import judge
from exactnet.kernel.network import Network, Node, affine, relu
from exactnet.recheck.continuous import check_bits, first_layer, length, outputs, which_bit
from exactnet.recheck.curves import Curve, identity, integral_of_square, joined, weighted
from exactnet.recheck.curves import relu as relu_of
from tests.claims.test_reals import again
from tests.claims.test_reals_bits import reader
from tests.helpers import random_relu
from tests.rechecking import read

Document = dict[str, Any]


def lines(path: Path) -> list[str]:
    return list(recheck.recheck(str(path)))


def one_input() -> Network:
    nodes = [relu("a", {"x": 3}, 3), relu("b", {"x": "-5/2"}, 1), affine("y", {"a": "1/3", "b": -1}, "-1/7")]
    return Network(["x"], nodes, ["y"])


def made(net: Network, **changes: Any) -> ContinuousResult:
    asked: Document = {"p": 2, "precision": 4, "delta": mpq(1, 10), "limit": 2, "route": "compact"}
    return certify_continuous(ContinuousRequest(net, **(asked | changes)))


def write(folder: Path, net: Network, result: ContinuousResult) -> Path:
    path = folder / "c.json"
    write_continuous(str(path), net, result.constructed, result.grid, result.judgement, 0.1)
    return path


@pytest.fixture(scope="module")
def result() -> ContinuousResult:
    return made(one_input(), exact=True)


def test_a_range_is_one_of_values_of_both_signs(tmp_path: Path) -> None:
    below = Network(["x"], [affine("y", {}, -1)], ["y"])  # of others, gates inside ramps may give R too
    assert lines(write(tmp_path, below, made(below)))[-1] == "certified"


@pytest.mark.parametrize("bias", [mpq(1, 3), mpq(9)])
def test_integrals_of_constants(tmp_path: Path, bias: mpq) -> None:
    """One that is clipped, and one that is not: the interval is all of [-p, p], though a constant has none of its own."""
    constant = Network(["x"], [affine("y", {}, bias)], ["y"])
    path = write(tmp_path, constant, made(constant, exact=True))
    document = json.loads(path.read_text())
    exact = document["outputs"]["y"]["exact"]
    assert exact["plain"] != "0"
    assert again(path)[0] == lines(path)[-1] == "certified"
    exact["plain"] = "0"
    path.write_text(json.dumps(document))
    with pytest.raises(recheck.Wrong, match=r"y: the exact second moment \(plain\) is "):
        lines(path)


def test_one_input_is_rechecked_in_full(tmp_path: Path, result: ContinuousResult) -> None:
    said = lines(write(tmp_path, one_input(), result))
    assert said[-1] == "certified"
    assert not any("not rechecked: exact" in line for line in said)
    confirmed = [line.split()[1:4] for line in said if line.startswith("confirmed: ")]
    assert ["exact", "second", "moment"] in confirmed
    assert lines_with(said, "bad set") == ["confirmed: bad set 1/5 <= 2*M*d*delta*p**2 = 1/5"]


def lines_with(said: list[str], words: str) -> list[str]:
    return [line for line in said if words in line]


@pytest.mark.parametrize(
    ("net", "changes"),
    [
        (random_relu(7, 2, [2], 2, denominator=9), {"p": 1, "limit": 1, "exact": True}),
        (random_relu(7, 3, [2], 2, outputs=2, denominator=9), {"p": 1, "limit": 3, "density": mpq(3, 4), "route": "lookahead"}),
        (random_relu(4, 1, [2, 2], 2, denominator=3), {"delta": mpq(1, 2), "route": "residue"}),
        (random_relu(5, 1, [2], 3), {"p": 1, "limit": 1, "precision": 2, "route": "stacked"}),
    ],
)
def test_certificates_of_every_route(tmp_path: Path, net: Network, changes: Document) -> None:
    path = write(tmp_path, net, made(net, **changes))
    assert again(path)[0] == lines(path)[-1] == "certified"


EDITS: dict[str, Callable[[Document], object]] = {
    "delta": lambda c: c.update(delta="1/11"),
    "wide": lambda c: c.update(delta="3/4"),
    "density": lambda c: c.update(density="1/3"),
    "small density": lambda c: c.update(density="1/5"),
    "bad": lambda c: c.update(bad="1/6"),
    "refuted": lambda c: c.update(verdict="refuted", reason="something"),
    "reason": lambda c: c.update(reason="something"),
    "length": lambda c: c["inputs"]["x"].update(bad="1/100"),
    "intervals": lambda c: c["inputs"]["x"].update(intervals=7),
    "pieces of bits": lambda c: c["inputs"]["x"].update(pieces=1),
    "inputs": lambda c: c["inputs"].update(z=c["inputs"].pop("x")),
    "network": lambda c: c["grid"].update(constructed="0" * 64),
    "bounds": lambda c: c["bounds"].pop(),
    "twice": lambda c: c["bounds"].append(c["bounds"][0]),
    "value": lambda c: c["bounds"][0].update(value="1"),
    "expression": lambda c: c["bounds"][0].update(symbolic="2*M*d*delta*p"),
    "measured": lambda c: c["bounds"][2].update(measured="1/7"),
    "holds": lambda c: c["bounds"][1].update(holds=False),
    "clipped": lambda c: c["outputs"]["y"]["exact"].update(clipped="1/100"),
    "plain": lambda c: c["outputs"]["y"]["exact"].update(plain="1/100"),
    "no integral": lambda c: c["outputs"]["y"].update(exact=None),
    "outputs": lambda c: c["outputs"].update(z=c["outputs"].pop("y")),
    **{
        name: (lambda c, name=name: c["outputs"]["y"].update({name: "17/3"}))  # type: ignore[misc]
        for name in ("apart", "spread", "variation", "bound")
    },
    "pieces": lambda c: c["outputs"]["y"].update(pieces=2),
    "range": lambda c: c["outputs"]["y"].update(range=["-1", "1"]),
    "original": lambda c: c["outputs"]["y"].update(original=["-1", "1"]),
}


@pytest.mark.parametrize("edit", sorted(EDITS))
def test_a_changed_certificate_is_wrong(tmp_path: Path, result: ContinuousResult, edit: str) -> None:
    path = write(tmp_path, one_input(), result)
    document = json.loads(path.read_text())
    EDITS[edit](document)
    path.write_text(json.dumps(document))
    with pytest.raises(recheck.Wrong):
        lines(path)


@pytest.mark.parametrize(("edit", "words"), [("wide", "is not a width of ramps, at most 1/p"), ("small density", "no density on")])
def test_settings_that_are_none(tmp_path: Path, result: ContinuousResult, edit: str, words: str) -> None:
    path = write(tmp_path, one_input(), result)
    document = json.loads(path.read_text())
    EDITS[edit](document)
    path.write_text(json.dumps(document))
    with pytest.raises(recheck.Wrong, match=words):
        lines(path)


def test_ramps_of_another_width_on_the_grid(tmp_path: Path, result: ContinuousResult) -> None:
    """The grid's bounds hold weights against the inverse of the width: it must be the same one."""
    path = write(tmp_path, one_input(), result)
    beside = tmp_path / "c.grid.json"
    document = json.loads(beside.read_text())
    document["options"]["delta"] = "1/100"
    beside.write_text(json.dumps(document))
    with pytest.raises(recheck.Wrong, match="delta is not that of the grid"):
        lines(path)


@pytest.mark.parametrize(
    "change",
    [
        {"delta": "x"},
        {"grid": {"file": "../c.grid.json"}},
        {"grid": {"file": "none.json", "original": "", "constructed": ""}},
        {"exact": 1},
        {"format": "exactnet-continuous/2"},
        {"outputs": []},
    ],
)
def test_what_cannot_be_read(tmp_path: Path, result: ContinuousResult, change: Document) -> None:
    path = write(tmp_path, one_input(), result)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(recheck.Unusable):
        lines(path)


def test_mutants_get_the_same_verdict(tmp_path: Path, result: ContinuousResult) -> None:
    """One weight or bias of the network changed: both checkers say what the judge says, whatever it is."""
    net, grid = one_input(), result.grid
    claim = make_claim(net, grid.domain, STATEMENTS[grid.statement], grid.route, grid.options, grid.relation, 2, promised=True)
    draws = random.Random(3)
    first = [name for name in result.constructed.order if "x" in dict(result.constructed.sources(name))]
    targets = [*draws.choices(first, k=8), *draws.sample(list(result.constructed.order), 8)]
    verdicts = set()
    for target in targets:
        nodes = []
        for node in result.constructed.nodes():
            sources, bias = dict(node.sources), node.bias
            if node.id == target and draws.random() < 0.5:
                sources[draws.choice(list(sources))] += draws.choice([-1, 1, mpq(1, 3)])
            elif node.id == target:
                bias += draws.choice([-1, 1, mpq(1, 20)])
            nodes.append(Node(node.id, node.kind, sources, bias))
        mutant = Network(net.inputs, nodes, net.outputs)
        found = judge(net, mutant, claim)
        judgement = judge_continuous(net, mutant, found, result.judgement.setting)
        verdicts.add(judgement.verdict)
        path = write(tmp_path, net, ContinuousResult(mutant, found, judgement))
        assert again(path)[0] == lines(path)[-1] == judgement.verdict
    assert "refuted" in verdicts


def test_a_certificate_of_another_form_beside_it(tmp_path: Path, result: ContinuousResult) -> None:
    """The grid's certificate must be of the clipped form."""
    path = write(tmp_path, one_input(), result)
    plain = certify_network(Request(one_input(), Grid(2, 1), "compact", 4))
    beside = tmp_path / "c.grid.json"
    write_certificate(str(beside), one_input(), plain.constructed, plain.certificate, 0)
    stored, document = json.loads(beside.read_text()), json.loads(path.read_text())
    document["grid"] |= {role: stored[role]["sha256"] for role in ("original", "constructed")}
    path.write_text(json.dumps(document))
    with pytest.raises(recheck.Unusable, match="is not one of the clipped form on a grid"):
        lines(path)


# --- bits ----------------------------------------------------------------------------------------


def bits_by_both(net: Network, p: int, delta: mpq) -> str | None:
    """What is wrong with the bits, by recheck; both checkers find the same ranges and lengths."""
    expected = examine_bits(net, p, delta)
    inputs = {
        name: {"bad": str(found.bad), "intervals": found.intervals, "pieces": found.pieces}
        for name, found in expected.inputs.items()
    }
    setting: Any = SimpleNamespace(
        grid=SimpleNamespace(constructed=read(net)), p=p, delta=Fraction(str(delta)), density=Fraction(1), data={"inputs": inputs}
    )
    ranges, _, wrong = check_bits(setting)
    found = {name: curve.range() for name, (_, curve) in ranges.items()}
    assert found == {name: tuple(map(Fraction, map(str, ends))) for name, ends in expected.ranges.items()}
    assert (wrong is None) == (expected.wrong is None)
    for name in net.inputs:  # and no other lengths are accepted
        inputs[name]["bad"] = str(Fraction(inputs[name]["bad"]) + Fraction(1, 7))
        with pytest.raises(recheck.Wrong, match="not as recorded"):
            check_bits(setting)
        inputs[name]["bad"] = str(Fraction(inputs[name]["bad"]) - Fraction(1, 7))
    return wrong


def with_bit(net: Network, bit: str, *nodes: Node, **weights: int) -> Network:
    """A network in which a bit reads other nodes besides."""
    changed = [Node(n.id, n.kind, {**n.sources, **weights} if n.id == bit else n.sources, n.bias) for n in net.nodes()]
    return Network(net.inputs, [*nodes, *changed], net.outputs)


def test_bits_on_all_reals_outside_ramps() -> None:
    narrow = reader(2, mpq(1, 10))
    assert bits_by_both(narrow, 2, mpq(1, 10)) is None
    assert bits_by_both(narrow, 2, mpq(1, 2)) is None
    assert "is not bit" in str(bits_by_both(narrow, 2, mpq(1, 20)))  # its ramps are wider
    assert bits_by_both(reader(1, mpq(1, 3), 2), 1, mpq(1, 3)) is None
    bumps = [relu("a", {"x1": 8}, -1), relu("b", {"x1": 8}, -2), relu("c", {"x1": 8}, -3)]
    bumped = with_bit(narrow, "x1.bit0", *bumps, a=1, b=-2, c=1)  # over [1/8, 3/8], which no grid point sees
    assert "between 1/8 and 1/4" in str(bits_by_both(bumped, 2, mpq(1, 10)))


def test_what_reads_an_input_besides_its_bits() -> None:
    net = reader(1, mpq(1, 10))
    for source in ("x1", "u(x1)>=1"):
        assert "reads an input not only through its bits" in str(bits_by_both(with_bit(net, "y", **{source: 1}), 1, mpq(1, 10)))


def test_a_node_of_two_inputs_is_no_function_of_one() -> None:
    """``[2x]+ - [2y - 1]+`` would be a function of x, were y x."""
    nodes = [relu("a", {"x": 2}), relu("b", {"y": 2}, -1), affine("two", {"a": 1, "b": -1}), affine("one", {"a": 1})]
    found = first_layer(read(Network(["x", "y"], nodes, ["one", "two"])), 1)
    assert found.keys() == {"one"}
    assert found["one"][0] == "x"
    deep = [relu("a", {"x": 2}), affine("c", {"a": 1}), relu("b", {"c": 1}, -1), affine("d", {"b": 1})]
    assert first_layer(read(Network(["x"], deep, ["d"])), 1).keys() == {"c"}


@pytest.mark.parametrize(
    ("values", "bit"),
    [([0, 1, 0], 0), ([0, 0, 1], 1), ([0, 1, 1], None), ([0, 0, 0], None), ([1, 0, 1], None), ([0, Fraction(1, 2), 1], None)],
)
def test_a_bit_is_one_at_every_grid_point(values: list[Fraction | int], bit: int | None) -> None:
    """Functions on [-1, 1] by their values at -1, 0 and 1: bits of 0, 1 and 2, or none."""
    low, middle, high = map(Fraction, values)
    change = (high - middle) - (middle - low)
    curve = Curve(Fraction(-1), Fraction(1), low, middle - low, {Fraction(0): change} if change else {})
    assert which_bit(curve, 1) == bit


def test_constants_inside_are_counted() -> None:
    """``x + 3*2 + [x - 5]+`` on [-1, 1]: from 5 to 7."""
    nodes = [relu("two", {}, 2), relu("dead", {"x": 1}, -5), affine("y", {"x": 1, "two": 3, "dead": 1})]
    nodes.append(relu("z", {"two": 1, "x": 1, "w": 1}))
    net = Network(["x", "w"], [*nodes, affine("o", {"y": 1, "w": 1}, -1)], ["y", "z", "o"])
    box = {name: joined(name, Fraction(-1), Fraction(1)) for name in net.inputs}
    assert [curve.range() for curve in outputs(read(net), box)] == [(5, 7), (0, 4), (3, 7)]
    assert output_ranges(net, dict.fromkeys(net.inputs, (mpq(-1), mpq(1)))) == ((5, 7), (0, 4), (3, 7))


# --- the functions ------------------------------------------------------------------------------

numbers = st.fractions(-5, 5, max_denominator=4)
PLACES = [Fraction(x, 7) for x in range(-14, 22)]


@st.composite
def curves(draw: st.DrawFn, depth: int = 2) -> tuple[Curve, list[Fraction]]:
    """A function on ``[-2, 3]``, and its values at :data:`PLACES` by definition."""
    terms = [(identity(-2, 3), PLACES)]
    for _ in range(depth):
        for _ in range(draw(st.integers(1, 3))):
            chosen = [(draw(numbers), *draw(st.sampled_from(terms))) for _ in range(2)]
            bias = draw(numbers)
            form = weighted([(w, curve) for w, curve, _ in chosen], bias)
            values = [bias + sum(w * column[i] for w, _, column in chosen) for i in range(len(PLACES))]
            terms.append((relu_of(form), [max(v, Fraction(0)) for v in values]) if draw(st.booleans()) else (form, values))
    return terms[-1]


@settings(max_examples=150)
@given(curves())
def test_curves(case: tuple[Curve, list[Fraction]]) -> None:
    curve, values = case
    assert curve.at(PLACES) == values
    low, high = curve.range()
    assert low <= min(values) <= max(values) <= high
    knots = curve.knots()
    assert (knots[0][0], knots[-1][0]) == (-2, 3)
    assert all(curve.kinks.values())
    assert curve.variation() >= high - low
    # Simpson's rule is exact for a square on a linear piece.
    squares = Fraction(0)
    for (x, y), (end, at_end) in pairwise(knots):
        squares += (end - x) * (y * y + (y + at_end) ** 2 + at_end * at_end) / 6
    assert integral_of_square(curve) == squares


def test_the_length_of_a_union() -> None:
    spans = [(Fraction(0), Fraction(1)), (Fraction(2), Fraction(4)), (Fraction(1, 2), Fraction(1)), (Fraction(1), Fraction(3, 2))]
    assert length(spans) == (Fraction(7, 2), 2)
    assert length([]) == (0, 0)
