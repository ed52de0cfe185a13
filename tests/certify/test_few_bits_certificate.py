"""S7 on the trusted side: relations with a tolerance, certificates, mutants, both checkers, and ``exactnet compress``."""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

import exactnet as ex
import exactnet.certify.few_bits
import exactnet.recheck
from exactnet.certify.few_bits import CompressRequest, compress_network, construct_few_bits, plan_few_bits
from exactnet.certify.small_weights import Request, certify_network
from exactnet.check.certificate import check_certificate
from exactnet.check.claim import make_claim
from exactnet.claims.statements import STATEMENTS
from exactnet.cli.program import program
from exactnet.construct.few_bits import layers as few_bits_module
from exactnet.families import FAMILIES
from exactnet.files.certificate_writer import write_certificate
from exactnet.files.networks import write_network
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.errors import ExactnetError, FormatError, RefusedError
from exactnet.kernel.expansion import expand
from exactnet.kernel.judge import judge
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, Node, affine, relu, threshold
from exactnet.kernel.relation import Near, Within
from exactnet.kernel.sweep import CheckJob, encoding_width
from exactnet.kernel.values import evaluate
from exactnet.theory.parameters import parameters_of
from exactnet.theory.routes import stated_bounds
from proofs import s7_few_bits
from proofs.build import Uncertified, make
from tests.helpers import first_difference, random_circuit
from tests.mutants import mutants
from tests.proofs.test_mutations import break_it
from tests.rechecking import instances

LIMITS = {"max_file": 2**26, "max_inputs": 2**20}


def clipped(d: int = 4, m: int = 2, bits: int = 400) -> Network:
    return FAMILIES["clipped"].make(d=d, m=m, bits=bits, seed=1).network


def scaled(widths: tuple[int, ...] = (3,), outputs: int = 1, grid: int = 0) -> Network:
    return FAMILIES["random"].make(d=2, widths=widths, bits=300, end="scaled", outputs=outputs, grid=grid, seed=5).network


def requests() -> dict[str, CompressRequest]:
    points = Points(tuple((mpq(a, 2), mpq(b, 2)) for a, b in ((-4, 4), (0, 0), (3, -1), (1, 1), (2, -3))))
    deep = FAMILIES["random"].make(d=3, widths=(2, 2), bits=300, seed=1)
    return {
        "exact": CompressRequest(clipped(), Cube(4)),
        "walk": CompressRequest(clipped(), Cube(4), solver="walk"),
        "round": CompressRequest(scaled(grid=1), Grid(1, 2), mpq(1, 20), solver="round"),
        "deep": CompressRequest(deep.network, deep.domain),
        "within": CompressRequest(scaled((2, 2)), Cube(2), mpq(3, 100)),
        "wide": CompressRequest(scaled(), Cube(2), mpq(1, 2)),
        "outputs": CompressRequest(scaled(outputs=2, grid=1), Grid(1, 2), mpq(1, 10)),
        "near": CompressRequest(scaled(), Cube(2), mpq(3, 8), precision=2),
        "points": CompressRequest(scaled(), points, mpq(1, 10)),
        "circuit": CompressRequest(random_circuit(2, 4, [3, 2], 200), Cube(4)),
    }


def written(tmp_path: Path, request: CompressRequest) -> Path:
    result = compress_network(request)
    path = tmp_path / "c.json"
    write_certificate(str(path), request.net, result.constructed, result.certificate, 0.5)
    return path


# --- relations -----------------------------------------------------------------------------------


@settings(max_examples=80)
@given(
    instances((affine, relu)),
    st.sampled_from([mpq(1, 1000), mpq(1, 3), mpq(1, 2), mpq(2)]),
    st.sampled_from([mpq(0), mpq(1, 3), mpq(-1, 3), mpq(1, 1001), mpq(-2), mpq(501, 1000)]),
    st.integers(1, 5),
    st.sampled_from(["within", "near"]),
)
def test_blocks_and_points_agree_on_what_a_tolerance_allows(
    instance: tuple[Network, Domain], epsilon: mpq, shift: mpq, r: int, kind: str
) -> None:
    net, domain = instance
    nodes = [Node(n.id, n.kind, n.sources, n.bias + (shift if n.kind == "affine" else 0)) for n in expand(net).nodes()]
    other = Network(net.inputs, nodes, net.outputs)
    relation = (Near if kind == "near" else Within)(r, epsilon)
    largest = max(1, *(ceil(abs(v)) for point in domain for v in evaluate(net, point)))
    width = encoding_width(r, relation.largest(largest))
    bad = []
    for index, point in enumerate(domain):
        for value, got in zip(evaluate(net, point), evaluate(other, point), strict=True):
            centre = value if kind == "within" else mpq((r * value + mpq(1, 2)) // 1, r)
            assert relation.allows(value, got) == (abs(got - centre) <= epsilon)
            if abs(got - centre) > epsilon:
                bad.append(index)
            else:  # what is digested fits
                assert abs((r * got) // 1) < 2 ** (8 * width - 1)
    found = CheckJob(net, other, domain, relation, width).compile()(0, domain.count)
    assert (found.mismatch, found.differing) == ((min(bad), len(set(bad))) if bad else (None, 0))


# --- certificates --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", requests())
def test_a_certificate_is_valid_and_both_checkers_confirm_it(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, requests()[name])
    document = json.loads(path.read_text())
    schema = json.loads((Path(exactnet.recheck.__file__).parent.parent / "files/schemas/certificate.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["verdict"] == "certified"
    assert document["constructed"]["neurons"] > 0
    assert document["constructed"]["bits"] < document["original"]["bits"]
    assert {row["name"] for row in document["bounds"]} >= {"depth", "max_weight", "max_bias", "bits"}
    assert check_certificate(str(path), **LIMITS).verdict == "certified"
    lines = list(exactnet.recheck.recheck(str(path)))
    assert lines[-1] == "certified"
    assert any(line.startswith("confirmed: depth") and line.endswith("says") for line in lines)


def edited(path: Path, edit: Callable[[Any], object]) -> str:
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))
    return str(path)


def put(*names: str, value: object) -> Callable[[Any], object]:
    def edit(document: Any) -> None:
        for name in names[:-1]:
            document = document[name]
        document[names[-1]] = value

    return edit


def together(*edits: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda document: [edit(document) for edit in edits]


TAMPERED: dict[str, tuple[str, Callable[[Any], object], str]] = {
    "a smaller tolerance": (
        "within",
        together(put("relation", "epsilon", value="1/1000000"), put("options", "epsilon", value="1/1000000")),
        "r = 34 is not the least integer from 1/epsilon on",
    ),
    "a smaller tolerance and its r": (
        "within",
        together(
            put("relation", "epsilon", value="1/1000000"),
            put("options", "epsilon", value="1/1000000"),
            put("relation", "r", value="1000000"),
            put("parameters", "r", value="1000000"),
        ),
        "certificate says",
    ),
    "another tolerance in the options": ("within", put("options", "epsilon", value="1/3"), "options: epsilon is not"),
    "no tolerance": ("within", lambda c: c["relation"].pop("epsilon"), "relation: within with epsilon = None"),
    "a tolerance of zero": (
        "within",
        together(put("relation", "epsilon", value="0"), put("options", "epsilon", value="0")),
        "relation: within with epsilon = 0",
    ),
    "a tolerance of equality": ("exact", put("relation", "epsilon", value="1/2"), "relation: equal with epsilon = 1/2"),
    "near for within": ("within", put("relation", "kind", value="near"), "statement: the certificate says S7 within"),
    "another statement": ("exact", put("statement", value="S7 within"), "statement: the certificate says S7 within"),
    "floor": (
        "exact",
        put("relation", "kind", value="floor"),
        "statement: the certificate says S7 exact, which is not about such an original and the relation floor",
    ),
    "a circuit's statement": ("exact", put("statement", value="S7 circuit"), "says S7 circuit, which is not about"),
    "S1": ("exact", put("statement", value="S1 exact"), ""),
    "R is not the least": ("exact", put("parameters", "R", value="99"), "R = 99 is not the least integer"),
    "r is not the least": (
        "exact",
        together(put("relation", "r", value="2"), put("parameters", "r", value="2")),
        "r = 2 is not the least common denominator",
    ),
    "fewer bits": ("exact", put("constructed", "bits", value=1), "constructed.bits: the certificate says 1"),
    "another bound": ("exact", lambda c: c["bounds"][4].update(value="1000"), "bounds[4].value"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_noticed(tmp_path: Path, name: str) -> None:
    case, edit, reason = TAMPERED[name]
    path = edited(written(tmp_path, requests()[case]), edit)
    if name == "S1":
        with pytest.raises(FormatError, match="the route few-bits is not about S1 exact"):
            check_certificate(path, **LIMITS)
    else:
        checked = check_certificate(path, **LIMITS)
        assert checked.verdict == "wrong"
        assert reason in str(checked.reason)
    if name in ("another tolerance in the options", "fewer bits", "S1"):
        return  # what recheck takes as given: options, the measure bits, and that the expressions are the theorem's
    with pytest.raises((exactnet.recheck.Wrong, exactnet.recheck.Unusable)):
        list(exactnet.recheck.recheck(path))


def test_a_denominator_of_thousands_of_digits_is_read_again(tmp_path: Path) -> None:
    net = Network(["a", "b"], [relu("h", {"a": mpq(1, 3**2000), "b": mpq(1, 2)}, 1), affine("y", {"h": 1})], ["y"])
    path = written(tmp_path, CompressRequest(net, Cube(2), mpq(1, 100)))
    assert check_certificate(str(path), **LIMITS).verdict == "certified"
    assert list(exactnet.recheck.recheck(str(path)))[-1] == "certified"


@pytest.mark.parametrize("name", ["exact", "deep", "within", "near", "circuit"])
def test_a_mutant_is_refuted_or_right_on_every_input(name: str) -> None:
    request = requests()[name]
    claim = plan_few_bits(request)
    made = construct_few_bits(request.net, claim)
    verdicts = set()
    for _, mutant in mutants(made):
        found = judge(request.net, mutant, claim)
        right = all(
            claim.relation.allows(value, got)
            for point in request.domain
            for value, got in zip(evaluate(request.net, point), evaluate(mutant, point), strict=True)
        )
        assert (found.counterexample is None) == right
        assert (found.verdict == "certified") == (right and all(row.holds for row in found.bounds))
        if found.counterexample is not None:
            shown = found.counterexample
            point = [shown.input[name] for name in request.net.inputs]
            assert dict(zip(mutant.outputs, evaluate(mutant, point), strict=True)) == shown.got
        verdicts.add(found.verdict)
    assert "refuted" in verdicts


def test_no_checker_takes_a_finer_r_than_the_tolerance_asks_for(tmp_path: Path) -> None:
    """The bounds grow with ``r``: with ``r = 2^300`` weights of 300 bits would be few bits."""
    net = Network(["x"], [affine("y", {"x": 2**200}, -(2**200))], ["y"])
    relation = Within(2**300, mpq(1))
    claim = make_claim(net, Cube(1), STATEMENTS["S7 within"], "few-bits", {"epsilon": "1"}, relation, 2**200)
    certificate = judge(net, net, claim)
    path = tmp_path / "c.json"
    write_certificate(str(path), net, net, certificate, 0.5)
    assert certificate.verdict == "certified"
    assert "least integer from 1/epsilon on" in str(check_certificate(str(path), **LIMITS).reason)
    with pytest.raises(exactnet.recheck.Wrong, match="least integer from 1/epsilon on is 1"):
        list(exactnet.recheck.recheck(str(path)))


def test_a_refuted_certificate_with_a_tolerance_is_confirmed(tmp_path: Path) -> None:
    request = requests()["within"]
    claim = plan_few_bits(request)
    made = construct_few_bits(request.net, claim)
    nodes = [replace(node, bias=node.bias + (1 if node.id in made.outputs else 0)) for node in made.nodes()]
    wrong = Network(made.inputs, nodes, made.outputs)
    certificate = judge(request.net, wrong, claim)
    path = tmp_path / "c.json"
    write_certificate(str(path), request.net, wrong, certificate, 0.5)
    assert certificate.verdict == "refuted"
    assert check_certificate(str(path), **LIMITS).verdict == "refuted"
    lines = list(exactnet.recheck.recheck(str(path)))
    assert lines[-1] == "refuted"
    assert any("up to 3/100" in line for line in lines)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("s7-bits", "clipped with 64 bits"),
        ("s7-quick", "random, d = 4, widths 3, 4"),
        ("s7-s1-quick", "clipped, 20 bits"),
    ],
)
def test_a_broken_construction_fails_its_row(monkeypatch: pytest.MonkeyPatch, name: str, row: str) -> None:
    build = exactnet.certify.few_bits.construct_few_bits
    monkeypatch.setattr(exactnet.certify.few_bits, "construct_few_bits", lambda *given: break_it(build(*given)))
    with pytest.raises(Uncertified, match="differ at input") as caught:
        make(name)
    assert str(caught.value).startswith(f"table {name}: {row}: ")
    assert name in s7_few_bits.QUICK


def test_the_bounds_of_other_instances() -> None:
    """The number of unknowns that is stated is that of a layered network with full layers."""
    for widths, outputs in (((4,), 1), ((3, 3), 1), ((3, 3), 2)):
        net = FAMILIES["random"].make(d=3, widths=widths, bits=50, outputs=outputs, end="scaled", seed=1).network
        claim = plan_few_bits(CompressRequest(net, Cube(3), mpq(1, 10)))
        named = claim.parameters
        m, k = widths[0], len(widths) + 1
        copies = sum(m**layer for layer in range(1, k))
        assert named["c"] == copies
        assert named["n"] == m ** (k - 1) * 4 + sum(m**layer for layer in range(k - 1))
    found = parameters_of(net, Cube(3))
    with pytest.raises(FormatError, match="the route lookahead is not about S7 exact"):
        stated_bounds("lookahead", STATEMENTS["S7 exact"], False, {}, found)
    with pytest.raises(FormatError, match="the route few-bits is not about S1 exact"):
        stated_bounds("few-bits", STATEMENTS["S1 exact"], False, {}, found)


@settings(max_examples=25)
@given(instances((affine, relu, relu)), st.sampled_from([None, mpq(1, 5), mpq(1, 100)]))
def test_every_random_network_is_certified_within_the_bounds(instance: tuple[Network, Domain], epsilon: mpq | None) -> None:
    """Bounds of S7 hold whatever the network, or it is refused because nothing becomes shorter."""
    net, domain = instance
    claim = plan_few_bits(CompressRequest(net, domain, epsilon))
    made = construct_few_bits(net, claim)
    found = judge(net, made, claim)
    assert found.verdict == "certified", found.reason
    before, after = (measure(network, domain).bits for network in (net, made))
    try:
        result = compress_network(CompressRequest(net, domain, epsilon))
    except RefusedError as error:
        assert after >= before
        assert str(error).startswith("nothing to compress: the weights have ")  # noqa: PT017
    else:
        assert result.certificate.verdict == "certified"
        assert measure(result.constructed, domain).bits <= min(after, before - 1)


def test_compressing_never_takes_more_bits_than_rounding() -> None:
    """Of a trained network a basic solution has more bits, and more neurons."""
    iris = ex.read("iris")
    single = ex.from_layers([[["0.318", "-0.77"], ["0.25", "1.414"]], [["0.5", "-0.301"]]])
    for net, domain, epsilon in ((iris.network, Cube(4), mpq(1, 7)), (single, Grid(2, 2), mpq(1, 50))):
        rounded = ex.quantise(net, domain, within=epsilon).network
        found = compress_network(CompressRequest(net, domain, epsilon))
        assert found.certificate.verdict == "certified"
        sizes = [(size.bits, size.neurons) for size in map(measure, (found.constructed, rounded))]
        assert sizes[0] <= sizes[1]


@settings(max_examples=20)
@given(instances((affine, threshold)))
def test_every_random_circuit_is_certified_within_the_bounds(instance: tuple[Network, Domain]) -> None:
    net, domain = instance
    gates = [name for name in net.order if net.kind(name) == "threshold"]
    if gates:
        net = Network(net.inputs, net.nodes(), gates)
        claim = plan_few_bits(CompressRequest(net, domain))
        found = judge(net, construct_few_bits(net, claim), claim)
        assert found.verdict == "certified", found.reason


def test_compression_composes_with_small_weights() -> None:
    """S7 and then S1: the same function, and route A needs fewer gates, as B is smaller."""
    net = clipped(d=6, m=2, bits=300)
    few = compress_network(CompressRequest(net, Cube(6))).constructed
    before, after = (certify_network(Request(one, Cube(6))) for one in (net, few))
    assert before.certificate.verdict == after.certificate.verdict == "certified"
    assert after.certificate.constructed.gates < before.certificate.constructed.gates
    assert after.certificate.parameters["B"] < before.certificate.parameters["B"]
    assert first_difference(net, after.constructed, Cube(6)) is None


# --- the command line ----------------------------------------------------------------------------


def run(*arguments: object) -> Result:
    return CliRunner().invoke(program, [str(argument) for argument in arguments])


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.json"
    write_network(path, clipped(), Cube(4))
    return path


def test_compress_check_and_certify_as_a_user_does(tmp_path: Path, net: Path) -> None:
    result = run("compress", net, "-o", tmp_path / "few.json")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("certified")
    assert "S7 exact: N'(x) = N(x)" in result.stdout
    assert run("check", tmp_path / "few.json", "--quiet").stdout == "certified\n"
    assert run("compare", net, tmp_path / "few.constructed.json", "--quiet").stdout == "equal\n"
    assert run("certify", tmp_path / "few.constructed.json", "--quiet").stdout == "certified\n"
    found = json.loads(run("compress", net, "--json").stdout)
    assert found["verdict"] == "certified"
    assert found["statement"] == "S7 exact"
    assert found["constructed"]["bits"] < 10
    assert found["original"]["bits"] >= 400
    assert run("compress", net, "--solver", "walk", "--epsilon", "0.25", "-q").stdout == "certified\n"


def test_the_same_network_is_made_every_time(net: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert run("compress", net, "-q", "-o", tmp_path / f"{name}.json").exit_code == 0
    assert (tmp_path / "a.constructed.json").read_bytes() == (tmp_path / "b.constructed.json").read_bytes()


def fails(*arguments: object) -> str:
    """One line and exit status 2, with and without ``--json``."""
    result = run("compress", *arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("exactnet: ")
    again = run("compress", *arguments, "--json")
    assert again.exit_code == 2
    assert json.loads(again.stdout)["verdict"] in ("error", "refused")
    return result.stderr


BAD: Mapping[str, tuple[tuple[str, ...], str]] = {
    "a negative tolerance": (("--epsilon", "-1/2"), "'-1/2' is not positive"),
    "no tolerance at all": (("--epsilon", "0"), "'0' is not positive"),
    "a tolerance that is no number": (("--epsilon", "small"), "'small' is not a number"),
    "too fine a tolerance": (("--epsilon", "1e-400"), "has too many digits"),
    "a precision without a tolerance": (("--precision", "1/10"), "goes with a tolerance"),
    "an unknown solver": (("--solver", "simplex"), "the solver 'simplex' is not one of highs, walk, round"),
    "too large a domain": (("--max-inputs", "15"), "the domain has 16 inputs, more than --max-inputs 15"),
    "the wrong domain": (("--domain", "grid:0"), "a grid needs an integer p from 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_options(net: Path, name: str) -> None:
    options, reason = BAD[name]
    assert reason in fails(net, *options)


def test_an_output_far_from_all_multiples(tmp_path: Path) -> None:
    """With this tolerance the program need not be feasible: the input that shows it is named."""
    path = tmp_path / "net.json"
    write_network(path, Network(["x"], [affine("y", {"x": mpq(1, 3)})], ["y"]), Cube(1))
    reason = fails(path, "--epsilon", "1/4", "--precision", "1/1")
    assert "refused: output 'y' is 1/3 from the nearest multiple of 1/1, more than epsilon = 1/4, at x=1" in reason


def test_nothing_to_compress(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    write_network(path, Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1})], ["y"]), Cube(1))
    assert "nothing to compress: the weights have 1 bits, those of a basic solution 1" in fails(path)


def test_outputs_with_many_bits_need_a_tolerance(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    write_network(path, Network(["x"], [relu("h", {"x": mpq(1, 3**2000)}), affine("y", {"h": 1})], ["y"]), Cube(1))
    reason = fails(path)
    assert "the common denominator of the outputs is about 2^31" in reason
    assert "a tolerance (--epsilon 1/1000) needs few bits" in reason
    huge = tmp_path / "huge.json"
    write_network(huge, Network(["x"], [relu("h", {"x": 3**2000}), affine("y", {"h": 1})], ["y"]), Cube(1))
    assert "the largest output is about 2^31" in fails(huge, "--epsilon", "1")


def test_other_networks(tmp_path: Path) -> None:
    mixed = tmp_path / "mixed.json"
    write_network(mixed, Network(["x"], [threshold("g", {"x": 1}), affine("y", {"g": 1})], ["y"]), Cube(1))
    assert "this network is neither" in fails(mixed)
    circuit = tmp_path / "circuit.json"
    write_network(circuit, random_circuit(1, 3, [2, 1], 80), Cube(3))
    assert "a tolerance is for ReLU networks" in fails(circuit, "--epsilon", "1/2")
    assert run("compress", circuit, "--quiet").stdout == "certified\n"
    assert "no such file" in fails(tmp_path / "none.json").lower() or "cannot" in fails(tmp_path / "none.json")
    assert not (tmp_path / "none.json").exists()


def test_too_large(net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / "deep.json"
    write_network(deep, FAMILIES["random"].make(d=2, widths=(8, 8, 8, 8, 8), bits=90, seed=1).network, Cube(2))
    assert "too large to build: the tree of 'y' makes more than 4096 neurons" in fails(deep)
    monkeypatch.setattr(few_bits_module, "MAX_UNKNOWNS", 10)
    assert "the tree of 'y' has 11 weights and biases, more than 10" in fails(net)
    monkeypatch.setattr(few_bits_module, "MAX_VALUES", 31)
    out = tmp_path / "few.json"
    assert "2 nodes on 16 inputs have more than 31 values" in fails(net, "-o", out)
    assert not out.exists()
    long = tmp_path / "long.json"
    xs = {f"x{i}": 3**i << 9_000 for i in range(4)}
    write_network(long, Network(list(xs), [threshold("g", xs, bias=-(1 << 9_001))], ["g"]), Cube(4))
    monkeypatch.setattr(few_bits_module, "MAX_VALUES", 80)
    monkeypatch.setattr("exactnet.construct.few_bits.gates.MAX_VALUES", 2_300)
    assert "gate 'g' has weights of 9005 bits, and 16 different values of its 4 sources" in fails(long, "-o", out)
    monkeypatch.setattr(few_bits_module, "MAX_VALUES", 79)
    assert "5 nodes on 16 inputs have more than 79 values" in fails(long, "-o", out)


@pytest.mark.parametrize("library", ["highspy", "flint"])
def test_a_missing_library_is_one_line(net: Path, monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **options: Any) -> Any:
        if name == library:
            raise ImportError(name)
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "pip install 'exactnet[compress]'" in fails(net)


def test_bad_requests_from_python() -> None:
    for request, reason in (
        (CompressRequest(clipped(), Cube(4), mpq(-1)), "a positive number, not '-1'"),
        (CompressRequest(clipped(), Cube(4), mpq(1), 0), "a precision 1/r, r positive"),
        (CompressRequest(clipped(), Cube(3)), "has 3 coordinates, the network 4 inputs"),
    ):
        with pytest.raises(ExactnetError, match=reason):
            exactnet.certify.few_bits.compress_network(request)
    assert Cube(4).frame == Cube(4)
