"""Networks compared by proof and by search: what is proved is true, what is found is replayed, and silence is no verdict."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.certify.structural import comparing, searching
from exactnet.certify.structural.certificates import NotCertified, certify_by_proof
from exactnet.certify.structural.comparing import compare_by_proof, prove_copies, prove_equal
from exactnet.certify.structural.proving import NotProved, certify_structural
from exactnet.certify.structural.searching import search
from exactnet.claims.promises import Means
from exactnet.construct.base.builder import Builder
from exactnet.construct.base.linear import Linear
from exactnet.construct.routes import lookahead
from exactnet.families import FAMILIES
from exactnet.files.network_json import parse_network
from exactnet.files.networks import write_network
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.measures import measure
from exactnet.kernel.network import AFFINE, RELU, THRESHOLD, Network, Node, affine, relu, threshold
from exactnet.kernel.relation import Equal
from exactnet.structural.checking import check
from tests.helpers import first_difference, random_circuit, random_relu
from tests.structural.mutation import holds, values
from tests.structural.test_certificates import run


def disguised(rnd: random.Random, net: Network) -> Network:
    """An equal network: other names, scaled, with copies, complements and turned ReLUs, and affine nodes in between."""
    names = {name: f"in{i}" for i, name in enumerate(net.inputs)}
    nodes: list[Node] = []
    parts: dict[str, tuple[dict[str, mpq], mpq]] = {name: ({new: mpq(1)}, mpq(0)) for name, new in names.items()}
    for node in net.nodes():
        k = mpq(rnd.randrange(1, 9)) if node.kind == THRESHOLD else mpq(rnd.randrange(1, 9), rnd.randrange(1, 9))
        wires: dict[str, mpq] = {}
        bias = node.bias * k
        for source, w in node.sources.items():
            terms, constant = parts[source]
            bias += w * k * constant
            for name, c in terms.items():
                wires[name] = wires.get(name, mpq(0)) + w * k * c
        one, two = f"n{len(nodes)}", f"n{len(nodes) + 1}"
        turned = {name: -w for name, w in wires.items()}
        if node.kind == AFFINE:
            nodes.append(affine(one, wires, bias))
            parts[node.id] = {one: 1 / k}, mpq(0)
        elif node.kind == THRESHOLD:
            nodes += [threshold(one, wires, bias), threshold(two, turned, -bias - mpq(1, 2))]
            parts[node.id] = {one: mpq(3), two: mpq(2)}, mpq(-2)
        else:  # [z]+ is 3/4 of itself and 1/4 of [-z]+ + z
            nodes += [relu(one, wires, bias), relu(two, turned, -bias)]
            rest = {name: w / (4 * k) for name, w in wires.items()}
            parts[node.id] = {one: mpq(3, 4) / k, two: mpq(1, 4) / k, **rest}, bias / (4 * k)
    outputs = []
    for i, name in enumerate(net.outputs):
        terms, constant = parts[name]
        if net.kind(name) == THRESHOLD:
            nodes.append(threshold(f"out{i}", {s: 2 * w for s, w in terms.items()}, 2 * constant - 1))
        else:
            nodes.append(affine(f"out{i}", terms, constant))
        outputs.append(f"out{i}")
    return Network(list(names.values()), nodes, outputs)


def random_network(kind: str, seed: int) -> tuple[Network, Any]:
    """A small network and its domain."""
    if kind == "circuit":
        return random_circuit(seed, 5, [3, 2, 2], 3), Cube(5)
    net = random_relu(seed, 3, [3, 2], 3, outputs=2, denominator=1 + seed % 6)
    return net, Cube(3) if kind == "cube" else Grid(1 + seed % 2, 3)


@settings(max_examples=30)
@given(st.sampled_from(["circuit", "cube", "grid"]), st.integers(0, 10**6))
def test_disguised_networks_are_proved_equal(kind: str, seed: int) -> None:
    net, domain = random_network(kind, seed)
    other = disguised(random.Random(seed), net)
    assert first_difference(net, other, domain) is None
    proof = prove_equal(net, other, domain)
    assert check(proof.original, proof.constructed, proof.dump())["statement"] == {"kind": "equal"}


@settings(max_examples=30)
@given(st.sampled_from(["circuit", "cube", "grid"]), st.integers(0, 10**6))
def test_a_changed_weight_is_not_proved_or_changes_nothing(kind: str, seed: int) -> None:
    net, domain = random_network(kind, seed)
    rnd = random.Random(seed)
    nodes = list(disguised(rnd, net).nodes())
    place = rnd.randrange(len(nodes))
    node = nodes[place]
    source = rnd.choice([*node.sources, None])
    if source is None:
        nodes[place] = replace(node, bias=node.bias + 1, means=None)
    else:
        nodes[place] = replace(node, sources={**node.sources, source: node.sources[source] + rnd.choice([-1, 1])}, means=None)
    other = disguised(rnd, net)
    mutant = Network(other.inputs, nodes, other.outputs)
    differs = first_difference(net, mutant, domain) is not None
    result = compare_by_proof(net, mutant, domain, seconds=0.5)
    assert result.word in (("different", "unknown") if differs else ("equal", "unknown"))
    if result.counterexample is not None:
        point = list(result.counterexample.input.values())
        assert net(point) != mutant(point)


def wide(t: int, d: int = 100, k: int = 1) -> Network:
    """A gate that counts ``d`` inputs."""
    names = [f"x{i}" for i in range(d)]
    return Network(names, [threshold("y", dict.fromkeys(names, k), -k * t)], ["y"])


def test_compare_on_the_command_line(tmp_path: Path) -> None:
    for name, net in {"a": wide(40), "b": wide(40, k=7), "c": wide(41)}.items():
        write_network(tmp_path / f"{name}.json", net, Cube(100), 1 << 20)
    a, b, c = (tmp_path / f"{name}.json" for name in "abc")
    equal = run("compare", a, b)
    assert equal.exit_code == 0
    assert "proved for all inputs" in equal.output
    assert json.loads(run("compare", a, b, "--json").output)["verdict"] == "certified"
    found = run("compare", a, c, "--json")
    assert found.exit_code == 1
    example = json.loads(found.output)["counterexample"]
    assert sum(map(int, example["input"].values())) == 40
    assert (example["expected"], example["got"]) == ({"y": "1"}, {"y": "0"})
    assert run("compare", a, c, "-q").output == "different\n"
    for option in ("--count", "--argmax"):
        assert "--max-inputs" in run("compare", a, c, option).output


def test_nothing_found_is_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``[x + y - 1]+`` over the cube is a gate: equal, but no tactic sees it, and so no input differs."""
    names = [f"x{i}" for i in range(60)]
    a = Network(names, [threshold("g", {"x0": 1, "x1": 1}, -2), affine("y", {"g": 1})], ["y"])
    b = Network(names, [relu("g", {"x0": 1, "x1": 1}, -1), affine("y", {"g": 1})], ["y"])
    for name, net in {"a": a, "b": b}.items():
        write_network(tmp_path / f"{name}.json", net, Cube(60), 1 << 20)
    monkeypatch.setattr(comparing, "search", lambda *rest, **more: search(*rest, **{**more, "seconds": 0.2}))
    done = run("compare", tmp_path / "a.json", tmp_path / "b.json")
    assert done.exit_code == 2
    assert "that is no proof of equality" in done.output
    assert len(done.output.splitlines()) == 1
    assert json.loads(run("compare", tmp_path / "a.json", tmp_path / "b.json", "--json").output.splitlines()[-1])["verdict"] is None


def test_few_inputs_are_tried_whole() -> None:
    a = Network(["x", "y"], [threshold("g", {"x": 1, "y": 1}, -2), affine("z", {"g": 1})], ["z"])
    same = Network(["x", "y"], [relu("g", {"x": 1, "y": 1}, -1), affine("z", {"g": 1})], ["z"])
    found = search(a, same, Cube(2), Equal())
    assert found.tried == 4
    assert str(found) == "there is no difference on any of the 4 inputs, which were tried instead"
    found = search(a, same, Grid(2, 2), Equal())  # 1/2 + 1 - 1
    assert found.counterexample is not None
    assert search(a, same, Grid(2, 2), Equal(), supposed=lambda point: max(point) < 1).whole


def test_z3_finds_what_random_inputs_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("z3")
    monkeypatch.setattr(searching, "_points", lambda *_: iter(()))
    names = [f"x{i}" for i in range(40)]
    for kind, domain in ((RELU, Cube(40)), (THRESHOLD, Cube(40)), (RELU, Grid(2, 40))):
        forms = [(dict.fromkeys(names, mpq(1)), mpq(-t)) for t in (39, 38)]
        a, b = (Network(names, [Node("h", kind, w, c), affine("y", {"h": "1/3"})], ["y"]) for w, c in forms)
        found = search(a, b, domain, Equal(), seconds=2).counterexample
        assert found is not None
        point = list(found.input.values())
        assert a(point) != b(point)


def test_outputs_that_are_inputs() -> None:
    a = Network(["x", "y"], [affine("z", {"x": 1})], ["x", "z"])
    b = Network(["u", "v"], [affine("z", {"u": 1})], ["u", "z"])
    assert compare_by_proof(a, b, Cube(2)).word == "equal"
    turned = Network(["u", "v"], [affine("z", {"u": 1})], ["z", "u"])
    with pytest.raises(NotProved, match="is an input of one"):
        prove_equal(a, turned, Cube(2))


@pytest.mark.parametrize("shift", [-3, 1])
def test_a_wrong_construction_is_refuted_by_an_input(shift: int, monkeypatch: pytest.MonkeyPatch) -> None:
    net = Network(["x1", "x2"], [threshold("y", {"x1": 900, "x2": -700}, -100)], ["y"])
    lemmas = lookahead.LEMMAS

    def wrong(builder: Builder, form: Linear, name: str, means: Means) -> Linear:
        return lemmas.threshold(builder, form.plus(shift), name, means)

    monkeypatch.setattr(lookahead, "LEMMAS", replace(lemmas, threshold=wrong))
    with pytest.raises(NotProved, match=r"node y, lemma threshold: .*rule steps: "):
        certify_structural(net, Cube(2), "circuit")
    with pytest.raises(NotCertified, match="refuted: the values differ") as caught:
        certify_by_proof(net, Cube(2))
    example = caught.value.counterexample
    assert example is not None
    assert net(list(example.input.values())) == tuple(example.expected.values())


def test_a_range_is_proved_by_intervals() -> None:
    net = Network(["x", "y"], [relu("h", {"x": 3, "y": -2}, 1), affine("z", {"h": 2, "x": -1})], ["z"])
    assert certify_structural(net, Cube(2), "exact").statement == {"kind": "equal", "R": 8}


@pytest.mark.parametrize("route", ["lookahead", "compact"])
def test_what_a_route_built_is_proved_equal_to_its_original(route: str) -> None:
    """And with one bias changed the step is named, or an input found."""
    cases: list[tuple[Network, Any]] = [(random_circuit(5, 40, [2], 24), "circuit")]
    cases.append((FAMILIES["clipped"].make(d=30, m=2, bits=24, seed=1).network, "exact"))
    for net, form in cases:
        domain = Cube(len(net.inputs))
        made = parse_network(certify_structural(net, domain, form, route=route).constructed, "it").network
        assert {compare_by_proof(*pair, domain).word for pair in ((net, made), (made, net))} == {"equal"}
        nodes = list(made.nodes())
        place = len(nodes) // 3
        nodes[place] = replace(nodes[place], bias=nodes[place].bias + 1, means=None)
        result = compare_by_proof(net, Network(made.inputs, nodes, made.outputs), domain, seconds=0.5)
        assert result.word == "different" or "not proved: node " in result.reason


@pytest.mark.parametrize(
    ("family", "form", "options"),
    [
        ({"d": 3, "widths": (2,), "grid": 0, "outputs": 2}, "rounded", {"output_range": 3, "r": 2}),
        ({"d": 1, "widths": (1, 1), "grid": 1, "outputs": 1}, "clipped", {"output_range": 2, "r": 3}),
        ({"d": 1, "widths": (2,), "grid": 2, "outputs": 2}, "exact", {"output_range": 2, "r": 1, "route": "compact"}),
    ],
)
def test_constant_weights_by_two_proofs(family: dict[str, Any], form: Any, options: dict[str, Any]) -> None:
    """The second begins with the network that the first ends with, and no weight of its last one is above 1."""
    made = FAMILIES["random"].make(bits=3, end="scaled", seed=5, **family)
    first = certify_structural(made.network, made.domain, form, **options)
    second = prove_copies(first.constructed, made.domain)
    for proof in (first, second):
        check(proof.original, proof.constructed, proof.dump())
    last = parse_network(second.constructed, "the last network").network
    assert measure(last).max_weight <= 1
    assert holds(values(first.original, first.domain), values(second.constructed, first.domain), first.statement)


def test_what_is_not_proved_names_the_first_node_that_differs() -> None:
    sides = [
        Network(["x", "y"], [threshold("h", {"x": 5, "y": -3}, t), threshold("z", {"h": 2, "x": 1}, -2)], ["z"])
        for t in (-1, -2)
    ]
    with pytest.raises(NotProved, match="b:h is the first that is like no node of a, on 5 x -3 y -2"):
        prove_equal(*sides, Cube(2))
