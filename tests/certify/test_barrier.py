"""S5: circuits for 1[r N(x) >= v] over the bits of the input, and networks from any such circuits."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet import recheck
from exactnet.certify.barriers import Assembled, Circuits, Target, assemble, extract, join, round_trip, split
from exactnet.certify.small_weights import Request
from exactnet.check.certificate import check_certificate
from exactnet.check.claim import make_claim
from exactnet.claims.barriers import codes, first_wrong, measure_circuits
from exactnet.claims.statements import STATEMENTS, kind_of
from exactnet.construct.barriers.output_bits import levels
from exactnet.construct.base.memory import NODE_BYTES
from exactnet.construct.routes.registry import ROUTES
from exactnet.files.certificate_writer import write_certificate
from exactnet.files.document import domain_fields
from exactnet.files.files import digest
from exactnet.files.network_writer import dump_network
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.errors import FormatError, NetworkError, RefusedError, SizeError
from exactnet.kernel.judge import judge
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, Node, affine, relu, threshold
from exactnet.kernel.relation import Equal
from exactnet.kernel.values import evaluate
from exactnet.recheck import domain as recheck_domain
from exactnet.recheck.family import Bits
from exactnet.theory.routes import stated_bounds
from tests.helpers import random_relu


def bits_of(point: tuple[mpq, ...], p: int | None) -> list[int]:
    """The inputs of the circuits at a point of the cube (p is None) or of the grid, from the definition."""
    if p is None:
        return [int(x) for x in point]
    size = len(format(2 * p * p, "b"))
    return [int(digit) for x in point for digit in format(int(p * x) + p * p, f"0{size}b")[::-1]]


def level(net: Network, point: tuple[mpq, ...], r: int, v: int) -> tuple[int, ...]:
    return tuple(int(r * value >= v) for value in evaluate(net, point))


def small(seed: int, d: int, widths: tuple[int, ...], outputs: int = 1) -> Network:
    """A random network with |N| of a few units on the cube and on the grid with p = 1."""
    return random_relu(seed, d, widths, 3, outputs=outputs, denominator=24 * (d + 1) ** len(widths) * 8 ** max(0, len(widths) - 1))


STEP = Network(["x"], [relu("h", {"x": 3}, 1), affine("y", {"h": "1/2"}, "-3/4")], ["y"])


@settings(max_examples=6)
@given(
    st.integers(0, 10**6),
    st.sampled_from([(1, 1, (2,)), (2, 1, (2,)), (1, 2, (1,)), (3, None, (2,)), (2, None, (2, 1)), (2, 1, ())]),
    st.sampled_from(sorted(ROUTES)),
    st.integers(1, 3),
    st.integers(1, 2),
)
def test_there_and_back(
    seed: int, shape: tuple[int, int | None, tuple[int, ...]], route: str, r: int, outputs: int
) -> None:
    d, p, widths = shape
    net = small(seed, d, widths, outputs)
    domain: Domain = Cube(d) if p is None else Grid(p, d)
    made = extract(Request(net, domain, route, precision=r))
    target = made.target
    assert made.result.certificate.verdict == "certified", made.result.certificate.reason
    assert list(made.family) == list(range(1 - r * target.output_range, r * target.output_range + 1))
    for point in domain:
        for v, circuit in made.family.items():
            assert evaluate(circuit, bits_of(point, p)) == level(net, point, r, v)
    k = measure(net).depth
    depth = {"lookahead": 3 * k, "residue": 2 * k, "compact": 4 * k, "stacked": k + 1}[route]
    assert measure(made.result.constructed).depth <= depth
    for original in (net, None):
        back = assemble(made.family, target, original)
        assert back.verdict == "certified", back.reason
        network = back.result.constructed
        assert kind_of(network) in ("relu", "affine")
        deepest = max(measure(circuit).depth for circuit in made.family.values())
        assert measure(network).depth <= deepest + (1 if p is None else 2)
        for point in domain:
            assert evaluate(network, point) == tuple(mpq((r * y).numerator // (r * y).denominator, r) for y in net(point))
    steps = round_trip(made, back)
    assert [step.name for step in steps] == ["N", "C_v", "N'"]
    assert all(step.measures.depth <= step.bound for step in steps)


def deep(hidden: int, size: int) -> Network:
    """A network on the grid with p = 1 with weights up to ``size``, and |N| <= 1."""
    rng = random.Random(5)
    x, h, last = ["x1", "x2"], ["a", "b"], ["c", "e"]
    nodes = [relu(name, {source: rng.randint(-size, size) for source in x}, rng.randint(-size // 10, size // 10)) for name in h]
    if hidden == 2:
        nodes += [relu(name, {s: rng.randint(-size, size) for s in h}, bias) for name, bias in zip(last, (77, -5), strict=True)]
    ends = last if hidden == 2 else h
    net = Network(x, [*nodes, affine("y", {ends[0]: 1, ends[1]: -1})], ["y"])
    scale = 1 / max(abs(net(point)[0]) for point in Grid(1, 2))
    return Network(x, [*nodes, affine("y", {ends[0]: scale, ends[1]: -scale})], ["y"])


@pytest.mark.parametrize(
    ("route", "k", "depth", "size"),
    [("lookahead", 2, 6, 999), ("lookahead", 3, 9, 999), ("residue", 3, 6, 999), ("compact", 3, 12, 999), ("stacked", 2, 3, 10**7)],
)
def test_the_depths_are_reached(route: str, k: int, depth: int, size: int) -> None:
    """3k, 2k, 4k, k+1, and two more for the network."""
    net = deep(k - 1, size)
    made = extract(Request(net, Grid(1, 2), route, precision=1))
    back = assemble(made.family, made.target, net)
    assert [step.measures.depth for step in round_trip(made, back)] == [k, depth, depth + 2]
    assert back.verdict == made.result.certificate.verdict == "certified"


def test_an_affine_network_and_points_of_a_grid() -> None:
    net = Network(["x1", "x2"], [affine("y", {"x1": "1/2", "x2": 1})], ["y"])
    listed = Points(tuple((mpq(a, 2), mpq(b)) for a, b in ((-3, 1), (4, -2), (0, 0))))
    made = extract(Request(net, listed, precision=2))
    assert made.target.frame == Grid(2, 2)
    back = assemble(made.family, made.target, net)
    assert back.verdict == "certified"
    assert measure(made.result.constructed).depth <= 3
    for point in listed:
        assert back.result.constructed(point)[0] == mpq((2 * net(point)[0]).numerator // (2 * net(point)[0]).denominator, 2)


def test_names_that_clash_with_bits_and_levels() -> None:
    """Bits are x.0 and x.1, levels y>=0 and y>=1, and gates have names such as C1:h."""
    names = ["x", "x.0"]
    net = Network(names, [relu("x.1", {"x": 1}), relu("C1:h", {"x.0": 1}), affine("y>=0", {"x.1": 1, "C1:h": "-1/2"})], ["y>=0"])
    made = extract(Request(net, Grid(1, 2), precision=2))
    assert made.original.inputs == ("x.0", "x.1", "x.0.0", "x.0.1")
    assert assemble(made.family, made.target, net).verdict == "certified"


# --- circuits that were not made here -------------------------------------------------------------


def family_of_step() -> tuple[dict[int, Network], Target]:
    """Circuits for STEP on the grid with p = 1, r = 1: N is -3/4, -1/4, 5/4 at x = -1, 0, 1; R = 2."""
    x = ("a", "b")
    return {
        -1: Network(x, [threshold("t", {}, 0)], ["t"]),
        0: Network(
            x,
            [threshold("g", {"b": "1/3"}, "-1/3"), threshold("h", {"g": 2, "a": -1}, -1), threshold("t", {"h": 1}, -1)],
            ["t"],
        ),
        1: Network(x, [affine("f", {"a": -1, "b": 7}), threshold("t", {"f": mpq(2) ** 5000}, -1)], ["t"]),
        2: Network(x, [threshold("t", {"a": 1, "b": 1}, -2)], ["t"]),
    }, Target(Grid(1, 1), 2, 1, ("x",), ("y",), False)


@pytest.mark.parametrize("given_net", [True, False])
def test_any_circuits_of_any_depth_and_weights(given_net: bool, tmp_path: Path) -> None:
    family, target = family_of_step()
    back = assemble(family, target, STEP if given_net else None)
    assert back.verdict == "certified"
    assert [int(back.result.constructed([x])[0]) for x in (-1, 0, 1)] == [-1, -1, 1]
    found = measure(back.result.constructed, target.domain)
    assert found.depth == 5  # t = 3
    assert found.max_weight == 8 * mpq(2) ** 5000  # a step of both bits
    path = written_network(back, tmp_path)
    assert check_certificate(path, max_file=2**26, max_inputs=2**20).verdict == "certified"
    lines = list(recheck.recheck(path))
    assert lines[-1] == "certified"
    assert any(line.startswith("confirmed: the circuits have t = 3, w = 5003, b = 2, ") for line in lines)
    assert "confirmed: depth 5 <= t + 2 = 5, as S5 network says" in lines
    assert "confirmed: every circuit is 1[r*N(x) >= v] on each of them" in lines


def test_exchanged_circuits_are_refuted_though_the_sum_is_right(tmp_path: Path) -> None:
    family, target = family_of_step()
    family[0], family[2] = family[2], family[0]
    for net in (STEP, None):
        back = assemble(family, target, net)
        assert back.verdict == back.result.certificate.verdict == "refuted"
        assert back.result.certificate.counterexample is None
        reason = "the circuit for v = 0 gives 0, not 1, at input 2 of the domain"
        assert back.result.certificate.reason == reason
        assert said_by_both(written_network(back, tmp_path)) == ("refuted", "refuted")
        wrong = back.misfit
        assert wrong is not None
        assert (wrong.v, wrong.expected, wrong.got) == (0, 1, 0)
        assert wrong.input == {"x": mpq(1)}
        assert wrong.bits == {"x.0": 0, "x.1": 1}
        assert ("not nested" in str(back.reason)) is (net is None)


def mutants(circuit: Network) -> Iterator[Network]:
    """Every weight and every bias of a circuit changed by 1 in either direction, those of the output last."""
    nodes = sorted(circuit.nodes(), key=lambda node: node.id in circuit.outputs)
    for place, node in enumerate(nodes):
        for delta in (-1, 1):
            changed = [Node(node.id, node.kind, node.sources, node.bias + delta)]
            changed += [Node(node.id, node.kind, {**node.sources, s: w + delta}, node.bias) for s, w in node.sources.items()]
            for one in changed:
                yield Network(circuit.inputs, [*nodes[:place], one, *nodes[place + 1 :]], circuit.outputs)


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_a_changed_weight_is_refuted_or_changes_nothing(route: str) -> None:
    domain = Grid(1, 2)
    net = Network(
        ["x1", "x2"],
        [relu("h", {"x1": 37, "x2": -58}, 11), relu("g", {"x1": 37, "x2": -58}, 10), affine("y", {"h": 1, "g": -1}, "-1/2")],
        ["y"],
    )
    made = extract(Request(net, domain, route, precision=1))
    target = made.target
    rng = random.Random(2)
    seen = {"certified": 0, "refuted": 0}
    for v, circuit in made.family.items():
        listed = list(mutants(circuit))
        for mutant in (rng.choice(listed), *listed[-2:]):
            right = [evaluate(mutant, bits_of(x, 1)) == level(net, x, 1, v) for x in domain]
            back = assemble({**made.family, v: mutant}, target, net)
            seen[back.verdict] += 1
            assert back.verdict == ("certified" if all(right) else "refuted")
            if back.misfit is not None:
                assert back.misfit.v == v
                assert tuple(back.misfit.input.values()) == domain[right.index(False)]
                assert [int(bit) for bit in back.misfit.bits.values()] == bits_of(domain[right.index(False)], 1)
                assert back.result.certificate.verdict == "refuted"
            else:
                assert back.result.certificate.verdict == "certified"
    assert seen["refuted"] > 0


# --- certificates ---------------------------------------------------------------------------------


def written(made: Circuits, folder: Path) -> str:
    path = str(folder / "c.json")
    write_certificate(path, made.original, made.result.constructed, made.result.certificate, 0.0)
    return path


def written_network(back: Assembled, folder: Path) -> str:
    path = str(folder / "c.json")
    write_certificate(path, back.original, back.result.constructed, back.result.certificate, 0.0, back.circuits)
    return path


def said_by_both(path: str) -> tuple[str, str]:
    """What ``exactnet check`` and recheck say of a certificate."""
    checked = check_certificate(path, max_file=2**26, max_inputs=2**20)
    try:
        line = list(recheck.recheck(path))[-1]
    except recheck.Wrong as error:
        line = f"wrong: {error}"
    return checked.verdict if checked.verdict != "wrong" else f"wrong: {checked.reason}", line


@pytest.mark.parametrize("domain", [Cube(1), Grid(1, 1), Grid(2, 1)])
@pytest.mark.parametrize("route", sorted(ROUTES))
def test_both_checkers_confirm_the_circuits(domain: Domain, route: str, tmp_path: Path) -> None:
    path = written(extract(Request(STEP, domain, route, precision=2)), tmp_path)
    assert said_by_both(path) == ("certified", "certified")


def edited(path: str, **changes: Any) -> str:
    document = json.loads(Path(path).read_text())
    for name, value in changes.items():
        document[name] = value(document[name]) if callable(value) else value
    other = Path(path).with_name("edited.json")
    other.write_text(json.dumps(document))
    return str(other)


def test_an_edited_certificate_of_circuits_is_wrong(tmp_path: Path) -> None:
    path = written(extract(Request(STEP, Grid(1, 1), precision=1)), tmp_path)
    for changes in (
        {"statement": "S3"},
        {"statement": "S1 exact"},
        {"relation": {"kind": "floor", "r": "1"}},
        {"relation": {"kind": "equal", "r": "2"}},
        {"promised": True},
    ):
        for said in said_by_both(edited(path, **changes)):
            assert said.startswith("wrong: "), (changes, said)
    with pytest.raises(FormatError, match="the route lookahead is not about S5 network"):
        check_certificate(
            edited(path, statement="S5 network", relation={"kind": "floor", "r": "1"}), max_file=2**26, max_inputs=2**20
        )


def test_circuits_are_about_bits(tmp_path: Path) -> None:
    """A claim on inputs that are no bits is not S5."""
    net = levels(STEP, Cube(1), 2, 1)
    domain = Grid(1, 1)
    claim = make_claim(net, domain, STATEMENTS["S5 circuits"], "lookahead", {"inputs": "integers", "output": "four"}, Equal(1), 1)
    gates = [threshold("h", {"x": 3}, 1), *(threshold(o, {"x": 1}, 0) for o in net.outputs)]
    made = Network(net.inputs, gates, net.outputs)
    path = str(tmp_path / "c.json")
    write_certificate(path, net, made, judge(net, made, claim), 0.0)
    assert said_by_both(path) == (
        "wrong: the inputs of S5 circuits are bits: the domain must lie on the cube",
        "wrong: S5 circuits is not the statement: the inputs are not bits",
    )


def test_an_edited_certificate_of_a_network_is_wrong(tmp_path: Path) -> None:
    family, target = family_of_step()
    del family[1]
    family[1] = Network(("a", "b"), [threshold("t", {"b": 1}, -1)], ["t"])
    back = assemble(dict(sorted(family.items())), target, STEP)
    path = written_network(back, tmp_path)
    assert said_by_both(path) == ("certified", "certified")
    less = edited(path, options=lambda options: options | {"t": "2"})
    assert "t" in check_certificate(less, max_file=2**26, max_inputs=2**20).reason  # type: ignore[operator]
    claimed = edited(
        path,
        definitions=lambda found: found | {"t": "2"},
        parameters=lambda found: found | {"t": "2"},
        bounds=lambda rows: [row | {"symbolic": "9", "value": "9"} if row["name"] == "depth" else row for row in rows],
    )
    assert said_by_both(claimed)[1] == "wrong: parameter t is 3 of the circuits, recorded as 2"
    assert said_by_both(claimed)[0].startswith("wrong: parameters.t")
    for changes in ({"verdict": "refuted", "reason": "so"}, {"circuits": lambda found: found | {"depth": 4}}):
        assert all(said.startswith("wrong: ") for said in said_by_both(edited(path, **changes))), changes
    for options in ({"t": "3", "weight_bits": "4"}, {"t": "-3", "weight_bits": "2", "bias_bits": "2"}):
        with pytest.raises(FormatError, match="option"):
            stated_bounds("assemble", STATEMENTS["S5 network"], True, options, back.result.certificate.parameters)  # type: ignore[arg-type]
    with pytest.raises(FormatError, match="is not about S3"):
        stated_bounds("assemble", STATEMENTS["S3"], True, {}, back.result.certificate.parameters)  # type: ignore[arg-type]


def test_a_certificate_of_a_network_needs_its_circuits(tmp_path: Path) -> None:
    family, target = family_of_step()
    path = written_network(assemble(family, target, STEP), tmp_path)
    document = json.loads(Path(path).read_text())
    del document["circuits"]
    bare = Path(path).with_name("bare.json")
    bare.write_text(json.dumps(document))
    with pytest.raises(FormatError, match="and there are none"):
        check_certificate(str(bare), max_file=2**26, max_inputs=2**20)
    with pytest.raises(recheck.Wrong, match="circuits are in S5 network, and only there"):
        list(recheck.recheck(str(bare)))
    beside = Path(path).with_name("c.circuits.json")
    beside.write_bytes(beside.read_bytes() + b" ")
    with pytest.raises(FormatError, match=r"is not the file of the circuits of the certificate \(its SHA-256 differs\)"):
        check_certificate(path, max_file=2**26, max_inputs=2**20)
    with pytest.raises(recheck.Wrong, match="SHA-256"):
        list(recheck.recheck(path))


@pytest.mark.parametrize("other", ["wrong", "deeper", "fewer", "relu"])
def test_other_circuits_beside_a_certificate_are_found_out(other: str, tmp_path: Path) -> None:
    """The digest made right, the network is still the same: what is wrong is that these are not the circuits."""
    family, target = family_of_step()
    path = written_network(assemble(family, target, STEP), tmp_path)
    if other == "wrong":
        gates = [threshold("g", {"b": 2}, -1), threshold("h", {"g": 1}), threshold("t", {"h": 1}, 0)]
        family[0] = Network(("a", "b"), gates, ["t"])
    elif other == "deeper":
        t = family[0]
        family[0] = Network(t.inputs, [*t.nodes(), threshold("u", {"t": 1}, -1)], ["u"])
    elif other == "fewer":
        del family[2]
    joined = join(family, target)
    if other == "relu":
        joined = Network(joined.inputs, [*joined.nodes(), relu("r", {joined.inputs[0]: 1})], joined.outputs)
    data = dump_network(joined)
    Path(path).with_name("c.circuits.json").write_bytes(data)
    changed = edited(path, circuits=lambda found: found | {"sha256": digest(data)})
    if other == "relu":  # no circuits at all
        with pytest.raises(NetworkError, match="the circuits "):
            check_certificate(changed, max_file=2**26, max_inputs=2**20)
        with pytest.raises(recheck.Wrong, match=r"recorded as|circuits"):
            list(recheck.recheck(changed))
        return
    assert all(line.startswith("wrong: ") for line in said_by_both(changed))


def test_the_first_wrong_circuit_is_that_of_the_definition() -> None:
    """Random circuits against random networks, on a cube, grids and points; both checkers' sight of bits is the same."""
    rng = random.Random(3)
    for domain in (Cube(2), Grid(1, 1), Grid(2, 1), Points(((mpq(1, 2), mpq(-1)), (mpq(0), mpq(1))))):
        p = None if isinstance(domain, Cube) else domain.p
        net = small(rng.randrange(99), domain.d, (2,))
        bits = [f"b{i}" for i in range(len(bits_of(domain[0], p)))]
        for _ in range(20):
            gates = [threshold(f"g{v}", {bit: rng.randint(-2, 2) for bit in bits}, rng.randint(-2, 1)) for v in range(4)]
            circuits = Network(bits, gates, [gate.id for gate in gates])
            expected = None
            for index, point in enumerate(domain):
                got = evaluate(circuits, bits_of(point, p))
                wrong = [v for v in range(-1, 3) if got[v + 1] != level(net, point, 1, v)[0]]
                if wrong:
                    expected = (index, wrong[0], 1 - int(got[wrong[0] + 1]))
                    break
            found = first_wrong(net, circuits, domain, 2, 1)
            assert expected == (None if found is None else (found.index, found.v, found.expected))
        coded = Bits(recheck_domain.Domain(domain_fields(domain), domain.d))
        listed = [[coded.column(i, [index])[0] for i in range(coded.d)] for index in range(domain.count)]
        assert listed == [bits_of(point, p) for point in domain]


def test_a_network_that_is_no_circuit_is_refuted() -> None:
    made = extract(Request(STEP, Grid(1, 1), precision=1))
    domain = codes(Grid(1, 1), Grid(1, 1))
    claim = make_claim(
        made.original, domain, STATEMENTS["S5 circuits"], "lookahead", {"inputs": "integers", "output": "four"}, Equal(1), 1
    )
    certificate = judge(made.original, made.original, claim)
    assert certificate.verdict == "refuted"
    assert "not a threshold circuit" in str(certificate.reason)


# --- splitting and joining, refusals --------------------------------------------------------------


def test_split_and_join_are_inverse() -> None:
    net = small(3, 2, (2,), 2)
    made = extract(Request(net, Grid(1, 2), "compact", precision=2))
    joined = join(made.family, made.target)
    again = split(joined, list(made.family))
    for point in made.result.certificate.domain:
        assert joined(point) == made.result.constructed(point)
        for v, circuit in made.family.items():
            assert again[v](point) == circuit(point)
            assert len(circuit.outputs) == 2


def test_circuits_that_do_not_fit_are_not_made() -> None:
    """While they are built, one for all; and where each circuit has gates of its own."""
    request = Request(STEP, Grid(1, 1), "compact", precision=16)
    made = extract(request)
    gates = sum(circuit.graph.number_of_nodes() - len(circuit.inputs) for circuit in made.family.values())
    need = gates * NODE_BYTES
    assert extract(replace(request, max_memory=need)).result.certificate.verdict == "certified"
    with pytest.raises(SizeError, match=rf"the circuits for 64 of 64 values of v have {gates} gates, each its own"):
        extract(replace(request, max_memory=need - 1))
    with pytest.raises(SizeError, match=r"each of 64 circuits takes more than \d+ gates"):
        extract(replace(request, route="stacked", max_memory=2000))
    with pytest.raises(SizeError, match=r"too large"):
        extract(replace(request, max_memory=need // 3))
    chosen = extract(replace(request, route="auto", minimise="depth"))
    assert chosen.result.certificate.route == "stacked"
    assert {made.route for made in chosen.result.attempts} == set(ROUTES)


def test_refusals() -> None:
    domain = Grid(1, 1)
    gate = Network(["x"], [threshold("g", {"x": 1})], ["g"])
    with pytest.raises(NetworkError, match="about ReLU networks"):
        extract(Request(gate, domain))
    with pytest.raises(NetworkError, match="one output of this network is an input"):
        extract(Request(Network(["x"], [], ["x"]), domain))
    with pytest.raises(RefusedError, match="> R = 1 at x=1"):
        extract(Request(STEP, domain, precision=1, promised=1))
    with pytest.raises(SizeError, match="2rR = 8000 values of v, more than 4096"):
        extract(Request(STEP, domain, precision=2000))
    wide = Network([f"x{i}" for i in range(6)], [affine("y", {"x0": 1})], ["y"])
    with pytest.raises(SizeError, match="531441 inputs of 24 bits each"):
        extract(Request(wide, Grid(2, 6), promised=2, precision=1))
    with pytest.raises(FormatError, match="route 'nowhere'"):
        extract(Request(STEP, domain, "nowhere"))


def test_gates_that_no_output_depends_on_do_not_count_in_what_bounds_are_made_of() -> None:
    gate = threshold("v1", {"u1": 3, "u2": 2}, -4)
    dead = [threshold("dead", {"u1": 10**12, "u2": 1}, -5), threshold("more", {"dead": 1, "v1": 2}, -1)]
    alone = measure_circuits(Network(["u1", "u2"], [gate], ["v1"]))
    assert measure_circuits(Network(["u1", "u2"], [gate, *dead], ["v1"])) == alone
