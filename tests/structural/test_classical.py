"""Classical circuits, proved: the definitions are the functions; the proofs hold, what they say is true on every input of small
ones, and no mutant passes; certificates about other networks, functions and numbers are refused.
"""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet import recheck
from exactnet.certify.classical import certify_function, certify_function_by_proof
from exactnet.certify.structural.certificates import structural_result, write_structural
from exactnet.certify.structural.classical import PROVED, prove_function
from exactnet.certify.structural.comparing import prove_equal
from exactnet.certify.structural.proving import NotProved, StructuralProof
from exactnet.claims.classical import not_named
from exactnet.claims.definitions import DEFINITIONS, definition, not_defined
from exactnet.cli.program import program
from exactnet.files.network_json import parse_network
from exactnet.files.network_writer import dump_network
from exactnet.kernel.domain import Cube
from exactnet.kernel.errors import FormatError, RefusedError
from exactnet.kernel.network import Network, Node, threshold
from exactnet.recheck.definitions import check_definition, defined
from exactnet.recheck.network import read_net
from exactnet.recheck.reading import Wrong
from exactnet.structural.checking import check
from tests.structural.fuzz import audit
from tests.structural.mutation import holds, mutate, values

#: Small numbers: every input is evaluated.
SIZES: dict[str, list[dict[str, int]]] = {
    "comparison": [{"n": n} for n in (1, 2, 5, 7)],
    "addition": [{"n": n} for n in (1, 2, 5, 6)],
    "iterated-addition": [{"n": n, "bits": b} for n, b in ((2, 1), (2, 6), (3, 4), (5, 2))],
    "multiplication": [{"n": n} for n in (1, 2, 3, 5)],
    "sorting": [{"n": n, "bits": b} for n, b in ((1, 3), (2, 2), (2, 6), (3, 4), (4, 2))],
}
CASES = [(name, kind, sizes) for name, kind in PROVED for sizes in SIZES[name]]
#: Numbers of a size at which events are counted.
COUNTED: list[tuple[str, str, dict[str, int]]] = [
    ("comparison", "shallow", {"n": 16}),
    ("addition", "shallow", {"n": 9}),
    ("iterated-addition", "shallow", {"n": 2, "bits": 9}),
    ("multiplication", "shallow", {"n": 5}),
    ("sorting", "shallow", {"n": 3, "bits": 8}),
]
#: Plain circuits with small weights at sizes beyond enumeration.
PLAIN: list[tuple[str, dict[str, int], int, int]] = [
    ("comparison", {"n": 64}, 3, 1),
    ("multiplication", {"n": 24}, 5, 48),
    ("sorting", {"n": 4, "bits": 16}, 5, 1),
]


def proof_of(name: str, kind: str, sizes: dict[str, int]) -> StructuralProof:
    return certify_function_by_proof(name, {**sizes, "kind": kind}).proof


def options_of(name: str, sizes: dict[str, int], kind: str = "shallow") -> dict[str, str]:
    return {"function": name, "kind": kind, **{key: str(value) for key, value in sizes.items()}}


@pytest.mark.parametrize(("name", "sizes"), [(name, sizes) for name in SIZES for sizes in SIZES[name]], ids=str)
def test_the_definitions_are_the_functions(name: str, sizes: dict[str, int]) -> None:
    """On every input, by the definition on integers; and both programs have one definition."""
    options = options_of(name, sizes)
    net = definition(options)
    assert not_named(net, Cube(len(net.inputs)), options) is None
    inputs, outputs, rows = defined(name, sizes)
    nodes = [Node(*row) for row in rows]
    assert net == Network(inputs, nodes, outputs)
    assert len(nodes) == len(net.order)


@pytest.mark.parametrize(("name", "kind", "sizes"), CASES, ids=str)
def test_what_is_proved_is_true_on_every_input(name: str, kind: str, sizes: dict[str, int]) -> None:
    proof = proof_of(name, kind, sizes)
    check(proof.original, proof.constructed, proof.dump())
    if sizes["n"] * sizes.get("bits", 2) < 9:
        assert holds(values(proof.original, proof.domain), values(proof.constructed, proof.domain), proof.statement)
    by_inputs = certify_function(name, {**sizes, "kind": kind}).result  # against the circuit with large weights
    assert by_inputs.certificate.verdict == "certified"
    assert by_inputs.constructed == parse_network(proof.constructed, "the circuit").network


@cache
def counted(place: int) -> tuple[StructuralProof, Network, Network]:
    """A proof, and the definition and the circuit that it is about."""
    name, kind, sizes = COUNTED[place]
    proof = proof_of(name, kind, sizes)
    original, constructed = (parse_network(text, "it").network for text in (proof.original, proof.constructed))
    return proof, original, constructed


@pytest.mark.parametrize(("name", "sizes", "depth", "weight"), PLAIN, ids=str)
def test_plain_circuits_of_many_bits(name: str, sizes: dict[str, int], depth: int, weight: int) -> None:
    document = certify_function_by_proof(name, {**sizes, "kind": "small"}).document
    assert document["verdict"] == "certified"
    assert document["constructed"]["depth"] == depth
    assert int(document["constructed"]["max_weight"]) <= weight


@pytest.mark.parametrize("place", range(len(COUNTED)))
def test_events_are_counted(place: int) -> None:
    proof, _, _ = counted(place)
    assert any("count" in str(line) for line in proof.lines)
    check(proof.original, proof.constructed, proof.dump())


@given(place=st.integers(0, len(COUNTED) - 1), data=st.data())
@settings(max_examples=25)
def test_definitions_and_circuits_agree_on_numbers_that_are_close(place: int, data: st.DataObject) -> None:
    (_, _, sizes), (_, original, constructed) = COUNTED[place], counted(place)
    size = sizes.get("bits", sizes["n"])
    first = data.draw(st.integers(0, 2**size - 1))
    point = []
    for _ in range(len(original.inputs) // size):
        other = first ^ data.draw(st.sampled_from([0, 2**size - 1, *(1 << i for i in range(size))]))
        point += [other >> i & 1 for i in range(size - 1, -1, -1)]
    assert original(point) == constructed(point)


@pytest.mark.parametrize(
    ("name", "kind", "sizes"),
    [
        ("comparison", "shallow", {"n": 4}),
        ("addition", "small", {"n": 3}),
        ("addition", "large", {"n": 3}),
        ("addition", "shallow", {"n": 3}),
        ("iterated-addition", "large", {"n": 3, "bits": 2}),
        ("multiplication", "large", {"n": 2}),
        ("multiplication", "shallow", {"n": 2}),
        ("sorting", "shallow", {"n": 2, "bits": 3}),
        ("comparison", "small", {"n": 3}),
        ("multiplication", "small", {"n": 3}),
        ("sorting", "small", {"n": 2, "bits": 2}),
    ],
    ids=str,
)
def test_no_mutant_is_believed(name: str, kind: str, sizes: dict[str, int]) -> None:
    """Changed weights and biases of either network: refused, or equal on every input."""
    assert mutate(proof_of(name, kind, sizes), 16)["refused, different"]


@pytest.mark.parametrize(
    ("name", "kind", "sizes"),
    [
        ("comparison", "shallow", {"n": 4}),
        ("iterated-addition", "shallow", {"n": 2, "bits": 5}),
        ("sorting", "shallow", {"n": 2, "bits": 3}),
        ("comparison", "small", {"n": 4}),
        ("multiplication", "small", {"n": 4}),
        ("sorting", "small", {"n": 3, "bits": 2}),
    ],
    ids=str,
)
def test_every_fact_is_true_on_every_input(name: str, kind: str, sizes: dict[str, int]) -> None:
    """Of the proof, and of lines changed at random that are accepted."""
    audit(proof_of(name, kind, sizes), random.Random(1), 20)


def test_what_is_not_built_so_is_not_proved() -> None:
    net = definition(options_of("addition", {"n": 3}))
    with pytest.raises(NotProved, match="parity, kind small"):
        prove_function("parity", "small", {"d": 3}, net, net)
    for kind in ("small", "shallow"):
        with pytest.raises(RefusedError, match="of one bit there is no proof"):
            certify_function_by_proof("sorting", {"n": 3, "bits": 1, "kind": kind})
    with pytest.raises(NotProved, match="not proved: addition"):
        prove_function("addition", "large", {"n": 3}, net, net)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates of 64-bit numbers, as a user makes them."""
    folder = tmp_path_factory.mktemp("classical")
    for name, extra in (("addition", ["--n", "64"]), ("iterated-addition", ["--n", "5", "--bits", "64"])):
        done = CliRunner().invoke(program, ["classical", name, *extra, "--kind", "large", "-o", str(folder / f"{name}.json")])
        assert done.exit_code == 0, done.output
    return folder


@pytest.mark.parametrize("name", ["addition", "iterated-addition"])
def test_check_and_recheck_know_it(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / f"{name}.json"
    assert CliRunner().invoke(program, ["check", str(path), "--quiet"]).output == "certified\n"
    assert recheck.main([str(path)]) == 0
    assert f"confirmed: the original is the definition of {name}" in capsys.readouterr().out


def refused(path: Path) -> None:
    assert CliRunner().invoke(program, ["check", str(path)]).exit_code in (1, 2)
    assert recheck.main([str(path)]) in (1, 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"function": "comparison"},
        {"function": "multiplication"},
        {"function": "iterated-addition", "bits": "32"},
        {"function": "sorting", "bits": "64"},
        {"n": "63"},
        {"n": "999999999"},
        {"function": "parity"},
    ],
    ids=str,
)
def test_another_function_or_size_is_refused(changes: dict[str, str], folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "c")
    path = tmp_path / "c" / "addition.json"
    document = json.loads(path.read_text())
    document["options"] |= changes
    path.write_text(json.dumps(document))
    refused(path)


@pytest.mark.parametrize("kind", ["small", "flat"])
def test_another_kind_has_other_bounds(kind: str, folder: Path, tmp_path: Path) -> None:
    """What the bounds of a kind are is taken on trust by ``recheck``."""
    shutil.copytree(folder, tmp_path / "c")
    path = tmp_path / "c" / "addition.json"
    document = json.loads(path.read_text())
    document["options"]["kind"] = kind
    path.write_text(json.dumps(document))
    assert CliRunner().invoke(program, ["check", str(path)]).exit_code in (1, 2)


def pair_of(original: Network, tmp_path: Path, options: dict[str, str]) -> Path:
    """A certificate about a network that is equal to itself, which is said to define a function."""
    proof = prove_equal(original, original, Cube(len(original.inputs)))
    result = structural_result(proof, original, Cube(len(original.inputs)), "classical", options, None)
    path = tmp_path / "c.json"
    write_structural(str(path), result, 0)
    return path


def test_a_network_that_is_not_the_definition_is_refused(tmp_path: Path) -> None:
    """Its proof holds, and all else; were it the definition, the certificate would be right."""
    options = options_of("comparison", {"n": 3})
    net = definition(options)
    path = pair_of(net, tmp_path, options)
    assert CliRunner().invoke(program, ["check", str(path), "--quiet"]).output == "certified\n"  # as the definition, it may
    for changed in (
        [threshold("y", {name: w * 2 for name, w in node.sources.items()}, node.bias) for node in net.nodes()],
        [threshold("y", node.sources, 1) for node in net.nodes()],
        [threshold("y", {**node.sources, "a0": 2}, node.bias) for node in net.nodes()],
        [*net.nodes(), threshold("more", {"a0": 1})],
        [threshold("z", {"a0": 1}), *(threshold("y", {**node.sources, "z": 1}) for node in net.nodes())],
    ):
        other = Network(net.inputs, changed, net.outputs)
        assert not_defined(other, options) is not None
        path = pair_of(other, tmp_path, options)
        done = CliRunner().invoke(program, ["check", str(path)])
        assert (done.exit_code, "not the definition of comparison" in " ".join(done.output.split())) == (1, True)
        with pytest.raises(Wrong, match="not the definition of comparison"):
            check_definition(read_net((tmp_path / "c.original.json").read_bytes(), "it"), options, "cube")


def test_other_outputs_inputs_and_domains_are_refused() -> None:
    options = options_of("addition", {"n": 2})
    net = definition(options)
    turned = Network(net.inputs[::-1], list(net.nodes()), net.outputs)
    upside = Network(net.inputs, list(net.nodes()), net.outputs[::-1])
    for other in (turned, upside):
        assert "other names" in str(not_defined(other, options))
        read = read_net(dump_network(other, Cube(4)), "it")
        with pytest.raises(Wrong, match="other names"):
            check_definition(read, options, "cube")
    with pytest.raises(Wrong, match="not the cube"):
        check_definition(read_net(dump_network(net, Cube(4)), "it"), options, "grid")


def test_every_node_of_a_definition_counts() -> None:
    """Each weight and bias of each, changed by one, and each kind: another network to both programs."""
    for name, sizes in (("addition", {"n": 2}), ("multiplication", {"n": 2}), ("sorting", {"n": 2, "bits": 2})):
        options = options_of(name, sizes)
        net = definition(options)
        nodes = list(net.nodes())
        for place, node in enumerate(nodes):
            others = [replace(node, kind="affine" if node.kind == "threshold" else "threshold")]
            for step in (-1, 1):
                others.append(replace(node, bias=node.bias + step))
                others += [replace(node, sources={**node.sources, key: w + step}) for key, w in node.sources.items()]
            others.append(replace(node, id="another"))
            for changed in others:
                moved = [n if changed.id == node.id else _reading(n, node.id, changed.id) for n in nodes[place + 1 :]]
                if node.id in net.outputs and changed.id != node.id:
                    continue
                other = Network(net.inputs, [*nodes[:place], changed, *moved], net.outputs)
                assert not_defined(other, options) is not None
                with pytest.raises(Wrong, match="is another"):
                    check_definition(read_net(dump_network(other, Cube(len(net.inputs))), "it"), options, "cube")


def _reading(node: Node, before: str, after: str) -> Node:
    """A node that reads another instead of one."""
    return replace(node, sources={after if name == before else name: w for name, w in node.sources.items()})


def test_definitions_of_huge_numbers_are_refused_at_once() -> None:
    for name in DEFINITIONS:
        sizes = {"n": 999999999, **({"bits": 999999999} if name in ("sorting", "iterated-addition") else {})}
        with pytest.raises(FormatError, match="more than 4096 inputs"):
            definition(options_of(name, sizes))


def test_addition_of_wide_numbers_by_their_values() -> None:
    """The definition of a sum of 64-bit numbers is their sum."""
    net = definition(options_of("iterated-addition", {"n": 3, "bits": 64}))
    rnd = random.Random(5)
    for _ in range(20):
        numbers = [rnd.randrange(1 << 64) for _ in range(3)]
        point = [number >> i & 1 for number in numbers for i in range(63, -1, -1)]
        assert int("".join(str(int(bit)) for bit in net(point)), 2) == sum(numbers)
