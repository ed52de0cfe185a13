"""Properties on all reals of a box: what is proved and refuted, against values at points; what is changed is refused by both."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exactnet.certify.cells import decide
from exactnet.claims.cells.assertion import Assertion, Comparison, Join, is_met, margin
from exactnet.claims.cells.certificate import CERTIFIED, REFUTED, Certificate, verify
from exactnet.claims.cells.claims import Claim, system_for
from exactnet.claims.cells.points import refutes
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.cells.replay import ProofError
from exactnet.files.cells import claim_json, read_cells, write_cells
from exactnet.files.networks import write_network
from exactnet.foreign.properties import on_reals
from exactnet.foreign.vnnlib import parse_vnnlib
from exactnet.kernel.errors import FormatError
from exactnet.kernel.network import Network, affine, relu
from exactnet.recheck import Unusable, Wrong, recheck
from exactnet.recheck.assertion import Assertion as Again
from tests.claims.cells.confirming import confirmed, refused
from tests.helpers import run

ROOM = mpq(1, 2**20)
TENT = Network(
    ["a", "b"],
    [relu("h", {"a": 1, "b": -1}), relu("g", {"a": -1, "b": 1}), affine("y", {"h": 1, "g": 1}), affine("z", {"h": 2, "a": 1})],
    ["y", "z"],
)
BOX = Polyhedron.box(2, 0, 1)
UNIT = Polyhedron.polytope(2, [[1, 0, 0], [-1, 0, 1], [0, 1, 0], [0, -1, 1]])


def form(x: dict[int, object], y: dict[int, object], constant: object, strict: bool = False) -> Comparison:
    x_weights, y_weights = (tuple((i, mpq(w)) for i, w in weights.items()) for weights in (x, y))  # type: ignore[call-overload]
    return Comparison(x_weights, y_weights, mpq(constant), strict)  # type: ignore[call-overload]


def claimed(*assertion: Comparison | Join, room: mpq = ROOM, fixed: tuple[mpq | None, ...] = (None, None)) -> Claim:
    return Claim("property", assertion=assertion, room=room, fixed=fixed)


#: |a - b| is never 2, and where it is 1 the second output is 0 or 3.
HOLDS = (
    form({}, {0: 1}, -2),
    form({}, {0: 1}, "-999/1000"), form({}, {1: 1}, -1), form({}, {1: -1}, 2), Join("and", 3),
    form({0: 1, 1: 1}, {}, -3, True),
    Join("or", 3),
)  # fmt: skip


def drawn(rng: random.Random, depth: int) -> Assertion:
    """A random assertion about two inputs and two outputs."""
    if depth == 0 or rng.random() < 0.3:
        x, y = ({place: rng.randint(-2, 2) for place in range(2) if rng.random() < 0.6} for _ in range(2))
        return (form(x, y, mpq(rng.randint(-6, 6), rng.choice([1, 2, 5])), rng.random() < 0.5),)
    parts = rng.randint(1, 3)
    return (*(item for _ in range(parts) for item in drawn(rng, depth - 1)), Join(rng.choice(["and", "or"]), parts))


def small(rng: random.Random) -> Network:
    nodes = [relu(f"h{i}", {"a": rng.randint(-2, 2), "b": rng.randint(-2, 2)}, rng.randint(-1, 1)) for i in range(2)]
    nodes += [relu("g", {"h0": 1, "h1": -2, "a": mpq(1, 3)}, -1)]
    return Network(["a", "b"], [*nodes, affine("y", {"h0": 1, "g": -1, "b": mpq(1, 2)})], ["y", rng.choice(["b", "g"])])


@settings(max_examples=120)
@given(st.integers(0, 10**6))
def test_what_is_decided_is_so_and_confirmed_by_both(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    rng = random.Random(seed)
    net, assertion = small(rng), drawn(rng, 2)
    fixed = rng.choice([(None, None), (None, None), (mpq(1, 3), None), (None, mpq(0))])
    d = fixed.count(None)
    box = Polyhedron.polytope(d, [[(1 if s else -1) * (i == j) for j in range(d)] + [1] for i in range(d) for s in (0, 1)])
    claim = claimed(*assertion, fixed=fixed)
    certificate = decide(claim, [net], box)
    grid = [mpq(k, 4) for k in range(-4, 5)]
    points = [claim.input(point) for point in ([(p,) for p in grid] if d == 1 else [(p, q) for p in grid for q in grid])]
    met = [is_met(assertion, point, net(point)) for point in points]
    if certificate.verdict == CERTIFIED:
        assert not any(met)
    elif not refutes(claim, [net], box, certificate.points):  # nearer than the room, or a tie
        return
    confirmed(claim, [net], box, tmp_path_factory.mktemp("property"))


@settings(max_examples=150)
@given(st.integers(0, 10**6))
def test_the_sign_of_a_margin_says_whether_an_assertion_is_met(seed: int) -> None:
    """Of the system that is walked, too; the second program says the same of the assertion."""
    rng = random.Random(seed)
    net, assertion, room = small(rng), drawn(rng, 3), mpq(rng.randint(0, 2), 3)
    system = system_for(claimed(*assertion, room=room), [net])
    again = Again(claim_json(claimed(*assertion))["assertion"], 2, 2)
    for _ in range(8):
        x = [mpq(rng.randint(-4, 4), 2) for _ in range(2)]
        y = net(x)
        forms = [[{-1: value} if value else {} for value in values] for values in (x, y)]
        value = margin(assertion, *forms, lambda z: {key: v for key, v in z.items() if v > 0}).get(-1, mpq(0))
        met = is_met(assertion, x, y)
        assert met if value > 0 else value == 0 or not met
        assert system.at(x) == (-room - value,)
        assert again.is_met(x, y) == met
        assert again.margin(*forms, lambda z: {key: v for key, v in z.items() if v > 0}).get(-1, 0) == value


@pytest.mark.parametrize("domain", [BOX, UNIT])
def test_a_changed_certificate_is_refused(tmp_path: Path, domain: Polyhedron) -> None:
    path = tmp_path / "c.json"
    assert confirmed(claimed(*HOLDS), [TENT], domain, tmp_path).verdict == CERTIFIED
    said = json.loads(path.read_text())
    claim, steps = said["claim"], said["steps"].split()
    assertion: list[dict[str, Any]] = claim["assertion"]

    def with_part(place: int, **change: object) -> dict[str, Any]:
        parts = [*assertion[:place], {**assertion[place], **change}, *assertion[place + 1 :]]
        return {**said, "claim": {**claim, "assertion": parts}}

    assert not refused(path, said)
    for change in (
        with_part(0, constant="-1"),  # which is met
        with_part(0, constant="-3/2"),  # which is not, but that is not what has been proved
        with_part(0, Y={"1": "1"}),
        with_part(0, Y={"0": "2"}),
        with_part(0, Y={"2": "1"}),
        with_part(0, X={"2": "1"}),
        with_part(0, Y={"00": "1"}),
        with_part(0, Y={"0": "0.5"}),
        with_part(0, op="<="),
        with_part(2, X={"0": "1"}),
        with_part(4, op="or"),
        with_part(4, parts=2),
        with_part(4, parts=0),
        with_part(6, parts=4),
        with_part(6, parts=2),
        with_part(6, op="and"),
        with_part(6, op="xor"),
    ):
        assert refused(path, change)
    first, last = assertion[0], assertion[-1]
    for parts in (assertion[:-1], assertion[1:], [*assertion, last], [*assertion, first], [], assertion[4:], "x", [7]):
        assert refused(path, {**said, "claim": {**claim, "assertion": parts}})
    for field, values in (
        ("room", ("0", "-1", "1/1048575", "1/2", "0.1", 1, None)),
        ("fixed", ([None], ["0", None], ["0", "0"], [None, None, None], [None, 0], None)),
        ("kind", ("at-least", "equal", "pieces")),
    ):
        for value in values:
            assert refused(path, {**said, "claim": {**claim, field: value}})
    for field in claim:
        assert refused(path, {**said, "claim": {key: value for key, value in claim.items() if key != field}})
    assert refused(path, {**said, "claim": {**claim, "count": 1}})
    for k in range(len(steps)):  # among them a cell that is dropped: a lemma in place of a split
        assert refused(path, {**said, "steps": " ".join(steps[:k] + steps[k + 1 :])})
        assert refused(path, {**said, "steps": " ".join([*steps[:k], "1" if steps[k] == "0" else "0", *steps[k + 1 :]])})
    assert refused(path, {**said, "leaves": said["leaves"] - 1})
    assert refused(path, {**said, "points": [["0", "0"]]})
    assert refused(path, {**said, "networks": said["networks"] * 2})
    larger = {"kind": "box", "low": "0", "high": "2"} if domain is BOX else {**domain_of(said), "inequalities": ["1 0 0", "0 1 0"]}
    assert refused(path, {**said, "domain": larger})
    kept = [node for node in TENT.nodes() if node.id != "z"]
    other = Network(TENT.inputs, [*kept, affine("z", {"h": 2, "a": 2})], TENT.outputs)
    with pytest.raises(ProofError):
        verify(decide(claimed(*HOLDS), [TENT], domain), [other])
    with pytest.raises(ProofError, match="the domain has another dimension"):
        verify(replace(decide(claimed(*HOLDS), [TENT], domain), domain=Polyhedron.box(3, 0, 1)), [TENT])
    write_cells(str(path), [other], decide(claimed(*HOLDS), [TENT], domain), 0.0)
    assert refused(path, json.loads(path.read_text()))


def domain_of(said: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = said["domain"]
    return found


def test_a_counterexample_is_confirmed_and_another_point_is_not(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    reached = claimed(form({}, {0: 1}, -1), form({0: 1}, {}, "-1/2", True), Join("and", 2))
    certificate = confirmed(reached, [TENT], UNIT, tmp_path)
    assert (certificate.verdict, certificate.points) == (REFUTED, ((mpq(1), mpq(0)),))
    said = json.loads(path.read_text())
    assert not refused(path, said)
    for points in ([], [["0", "1"]], [["1", "1/9"]], [["2", "1"]], [["1", "0"]] * 2, [["1"]], [["1", "0", "0"]]):
        assert refused(path, {**said, "points": points})
    assert refused(path, {**said, "verdict": "certified"})
    assert refused(path, {**said, "claim": {**said["claim"], "assertion": said["claim"]["assertion"][:1] * 2}})
    fixed = claimed(*reached.assertion or (), fixed=(None, mpq(0)))
    line = Polyhedron.polytope(1, [[1, 0], [-1, 1]])
    assert confirmed(fixed, [TENT], line, tmp_path).points == ((mpq(1),),)
    said = json.loads(path.read_text())
    assert refused(path, {**said, "claim": {**said["claim"], "fixed": [None, "1/2"]}})
    assert refused(path, {**said, "claim": {**said["claim"], "fixed": ["1", None]}})


def test_a_tie_is_no_proof(tmp_path: Path) -> None:
    """``|a - b| > 1`` is met nowhere, but missed by no room; a proof without room is not one."""
    tie = claimed(form({}, {0: 1}, -1, True), room=mpq(0))
    certificate = decide(tie, [TENT], UNIT)
    assert certificate.verdict == CERTIFIED
    with pytest.raises(ProofError, match="the room is not positive"):
        verify(certificate, [TENT])
    write_cells(str(tmp_path / "c.json"), [TENT], certificate, 0.0)
    assert refused(tmp_path / "c.json", json.loads((tmp_path / "c.json").read_text()))
    away = decide(replace(tie, room=ROOM), [TENT], UNIT)
    assert away.verdict == REFUTED
    with pytest.raises(ProofError, match="the points do not refute"):
        verify(away, [TENT])


@pytest.mark.parametrize(("beyond", "status"), [("1e-3", 0), ("1e-9", 0), ("1e-59", 0), ("0", 1), ("1e-99", 2)])
def test_a_property_that_holds_by_little_is_proved(tmp_path: Path, beyond: str, status: int) -> None:
    """Y_0 = 2 [x - z - 1/2]+ + x is at most 2 on the unit square."""
    net = Network(["x", "z"], [relu("h", {"x": 1, "z": -1}, "-1/2"), affine("y", {"h": 2, "x": 1})], ["y"])
    write_network(str(tmp_path / "n.json"), net)
    lines = [f"(declare-const {name} Real)" for name in ("X_0", "X_1", "Y_0")]
    lines += [f"(assert ({op} X_{i} {end}))" for i in range(2) for op, end in ((">=", 0), ("<=", 1))]
    (tmp_path / "p.vnnlib").write_text("\n".join([*lines, f"(assert (>= Y_0 (+ 2 {beyond})))"]))
    certificate = tmp_path / "c.json"
    done = run("prove", str(tmp_path / "n.json"), str(tmp_path / "p.vnnlib"), "--reals", "-o", str(certificate))
    assert done[0] == status, done
    assert certificate.exists() == (status < 2)
    if status < 2:
        assert run("check", str(certificate))[0] == status
        assert list(recheck(str(certificate)))[-1] == ("certified", "refuted")[status]
    else:
        assert "nearer than 2^-200" in done[2]


def test_assertions_of_other_networks_are_refused() -> None:
    for claim, words in (
        (claimed(form({2: 1}, {}, 0)), "another X_i than X_0 to X_1"),
        (claimed(form({}, {2: 1}, 0)), "another Y_i than Y_0 to Y_1"),
        (claimed(form({-1: 1}, {}, 0)), "another X_i than X_0 to X_1"),
        (claimed(form({}, {0: 1}, 0), fixed=(None, None, mpq(1))), "about 3 inputs, the network has 2"),
        (claimed(form({}, {0: 1}, 0), form({}, {0: 1}, 0)), "2 parts that nothing joins"),
        (claimed(Join("and", 1), form({}, {0: 1}, 0)), "joins 1 parts where there are 0"),
        (claimed(Join("and", 0)), "joins 0 parts where there are 0"),
        (claimed(form({}, {0: 1}, 0), Join("and", 0)), "joins 0 parts where there are 1"),
        (claimed(form({}, {0: 1}, 0), Join("and", 3), *[form({}, {0: 1}, 0)] * 2), "joins 3 parts where there are 1"),
    ):
        with pytest.raises(FormatError, match=words):
            system_for(claim, [TENT])
        if len(claim.fixed or ()) == 2:
            with pytest.raises((Wrong, Unusable)):
                Again(claim_json(claim)["assertion"], 2, 2)


@given(st.integers(0, 10**6))
@settings(max_examples=60)
def test_properties_as_they_are_written(seed: int) -> None:
    """What is read from VNN-LIB is met where the property's own definition says so; inputs that the box fixes are no variables."""
    rng = random.Random(seed)
    names = "".join(f"(declare-const {name} Real)" for name in ("X_0", "X_1", "Y_0", "Y_1"))

    def term(depth: int) -> str:
        if depth == 0:
            left, right = (rng.choice(["X_0", "X_1", "Y_0", "(* -2 Y_1)", "(+ Y_0 X_0)", "0.5", "-1"]) for _ in range(2))
            return f"({rng.choice(['<=', '<', '>=', '>', '==', '!='])} {left} {right})"
        inner = " ".join(term(rng.randint(0, depth - 1)) for _ in range(rng.randint(1, 3)))
        return f"(not {term(depth - 1)})" if rng.random() < 0.2 else f"({rng.choice(['and', 'or'])} {inner})"

    low = rng.choice([0, 1])
    box = f"(assert (>= X_0 {low}))(assert (<= X_0 1))(assert (<= X_1 1))(assert (>= X_1 -1))"
    wanted = parse_vnnlib(f"{names}{box}(assert {term(2)})".encode())
    net = small(rng)
    limits = wanted.box()  # an assertion on one input alone narrows it, or empties it
    assume(all(low <= high for low, high in limits) and any(low < high for low, high in limits))  # type: ignore[operator]
    claim, domain = on_reals(net, wanted, ROOM)
    assert claim.assertion is not None
    assert domain.d == (claim.fixed or ()).count(None)
    inside = 0
    for _ in range(12):
        x = [mpq(rng.randint(-2, 2), 2) if value is None else value for value in claim.fixed or ()]
        free = tuple(v for v, value in zip(x, claim.fixed or (), strict=True) if value is None)
        if free in domain:
            inside += 1
            assert wanted.holds(x, net(x)) == is_met(claim.assertion, x, net(x))
    assume(inside)


def test_the_words_of_both(tmp_path: Path) -> None:
    confirmed(claimed(*HOLDS, fixed=(None, mpq(1, 2))), [TENT], Polyhedron.polytope(1, [[1, 0], [-1, 1]]), tmp_path)
    lines = list(recheck(str(tmp_path / "c.json")))
    assert lines[0] == "property on a polytope in R^1"
    assert lines[2].startswith("what must not happen: (1 Y_0 + -2 >= 0 or (1 Y_0 + -999/1000 >= 0 and 1 Y_1 + -1 >= 0 and")
    assert lines[3] == "inputs: X_1 = 1/2, 1 X_0 + 0 >= 0, -1 X_0 + 1 >= 0"
    certificate, networks = read_cells(str(tmp_path / "c.json"), 2**20)
    assert isinstance(certificate, Certificate)
    assert networks[0] == TENT
