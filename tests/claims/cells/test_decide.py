"""Claims about cells: what is certified holds at points, what is refuted fails at the point, and both are confirmed anew."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from math import comb
from pathlib import Path

import pytest
from gmpy2 import mpq
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exactnet.certify.cells import Options, decide
from exactnet.certify.cells.decide import interior_of
from exactnet.certify.cells.hidden import decide_one_hidden_layer
from exactnet.claims.cells.certificate import verify
from exactnet.claims.cells.claims import NORMS, Claim
from exactnet.claims.cells.points import jump_across, refutes
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.cells.replay import ProofError
from exactnet.claims.reals.segment import along, line
from exactnet.files.cells import write_cells
from exactnet.kernel.errors import DomainError, ExactnetError, FormatError, NetworkError, SizeError
from exactnet.kernel.network import Network, affine, relu, threshold
from exactnet.recheck.command import recheck
from tests.amount import few
from tests.claims.cells.confirming import confirmed, refused
from tests.claims.cells.nets import changed, drawn, rewritten, small_networks, some_points

EQUAL = Claim("equal")
seeds = st.integers(0, 10**6)
often = settings(max_examples=few(60, 25), suppress_health_check=[HealthCheck.function_scoped_fixture])


@often
@given(small_networks(), seeds)
def test_rewritten_networks_are_equal(tmp_path: Path, net: Network, seed: int) -> None:
    assert confirmed(EQUAL, [net, rewritten(net, seed)], Polyhedron(len(net.inputs)), tmp_path).verdict == "certified"


@often
@given(small_networks(), seeds, st.sampled_from([mpq(1), mpq(1, 1000), mpq(-1, 10**9)]))
def test_changed_networks_are_refuted_by_a_point_or_are_equal(tmp_path: Path, net: Network, seed: int, by: mpq) -> None:
    other = changed(rewritten(net, seed), seed, by)
    certificate = confirmed(EQUAL, [net, other], Polyhedron(len(net.inputs)), tmp_path)
    if certificate.verdict == "refuted":
        (point,) = certificate.points
        assert net(point) != other(point)
    else:
        assert all(net(point) == other(point) for point in some_points(len(net.inputs), seed))


@often
@given(small_networks(), small_networks(), seeds, st.integers(-3, 3))
def test_at_least(tmp_path: Path, a: Network, b: Network, seed: int, low: int) -> None:
    if len(a.inputs) != len(b.inputs) or len(a.outputs) != len(b.outputs):
        return
    d = len(a.inputs)
    box = Polyhedron.box(d, mpq(low), mpq(low) + mpq(3, 2))
    certificate = confirmed(Claim("at-least"), [a, b], box, tmp_path)
    if certificate.verdict == "certified":
        inside = [tuple(low + x / 2000 for x in p) for p in some_points(d, seed)]
        assert all(u >= v for p in inside if p in box for u, v in zip(a(p), b(p), strict=True))
    else:
        assert any(u < v for u, v in zip(a(certificate.points[0]), b(certificate.points[0]), strict=True))


@often
@given(small_networks(), seeds, st.booleans())
def test_claims_of_one_network(tmp_path: Path, net: Network, seed: int, boxed: bool) -> None:
    d = len(net.inputs)
    domain = Polyhedron.box(d, mpq(-2), mpq(5, 3)) if boxed else Polyhedron(d)
    for claim in (Claim("even"), Claim("odd"), Claim("monotone", variable=d), Claim("convex"), Claim("cells"), Claim("pieces")):
        certificate = confirmed(claim, [net], domain, tmp_path)
        if certificate.verdict == "refuted":
            assert refutes(claim, [net], domain, certificate.points)
    claim = Claim("invariant", permutation=tuple(range(d, 0, -1)))
    certificate = confirmed(claim, [net], domain, tmp_path)
    if certificate.verdict == "certified":
        assert all(net(p) == net(p[::-1]) for p in some_points(d, seed) if p in domain and p[::-1] in domain)


@often
@given(small_networks())
def test_lipschitz_constants_bound_all_differences(tmp_path: Path, net: Network) -> None:
    d = len(net.inputs)
    bounds = {norm: confirmed(Claim("lipschitz", norm=norm), [net], Polyhedron(d), tmp_path).claim.bound for norm in NORMS}
    assert all(bound is not None for bound in bounds.values())
    for a, b in pairwise(some_points(d, 1)):
        moved = [abs(u - v) for u, v in zip(a, b, strict=True)]
        grown = max(abs(u - v) for u, v in zip(net(a), net(b), strict=True))
        assert grown <= bounds["1"] * sum(moved)
        assert grown <= bounds["inf"] * max(moved)
        assert grown**2 <= bounds["2"] * sum(c * c for c in moved)


@often
@given(st.lists(st.integers(0, 4), min_size=1, max_size=2), seeds)
def test_on_a_line_cells_and_slopes_are_those_of_the_piecewise_function(tmp_path: Path, widths: list[int], seed: int) -> None:
    """Against :mod:`exactnet.claims.reals.segment`, which works with breakpoints instead of forms."""
    net = drawn(1, widths, seed)
    (curve,) = along(net, [line(mpq(-100), mpq(100), mpq(-100), mpq(1))])
    knots = curve.knots()
    slopes = [(v - u) / (b - a) for (a, u), (b, v) in pairwise(knots)]
    affine_forms = {(slope, u - slope * a) for slope, (a, u) in zip(slopes, knots, strict=False)}
    box = Polyhedron.box(1, mpq(-100), mpq(100))
    assert confirmed(Claim("pieces"), [net], box, tmp_path).claim.count == len(affine_forms)
    for norm in ("1", "inf"):
        assert confirmed(Claim("lipschitz", norm=norm), [net], box, tmp_path).claim.bound == max(map(abs, slopes))
    convex = all(a <= b for a, b in pairwise(slopes))
    assert (confirmed(Claim("convex"), [net], box, tmp_path).verdict == "certified") == convex
    rising = confirmed(Claim("monotone", variable=1), [net], box, tmp_path).verdict == "certified"
    assert rising == all(slope >= 0 for slope in slopes)


@pytest.mark.parametrize(("d", "m"), [(1, 5), (2, 5), (3, 5), (4, 4)])
def test_hyperplanes_in_general_position_have_the_cells_of_the_formula(tmp_path: Path, d: int, m: int) -> None:
    nodes = [relu(f"h{j}", {f"x{i + 1}": (j + 2) ** i for i in range(d)}, (j + 2) ** d) for j in range(m)]
    net = Network([f"x{i + 1}" for i in range(d)], [*nodes, affine("y", {node.id: 1 for node in nodes})], ["y"])
    count = confirmed(Claim("cells"), [net], Polyhedron(d), tmp_path).claim.count
    assert count == sum(comb(m, k) for k in range(d + 1))


def test_neurons_that_cancel_out_of_the_output_have_cells_all_the_same(tmp_path: Path) -> None:
    """``[b + [a]+]+ - [b]+`` is 0 where ``a <= 0``, on two cells; where ``a >= 0`` there are three."""
    nodes = [relu("h", {"a": 1}), relu("g", {"b": 1, "h": 1}), relu("f", {"b": 1}), affine("y", {"g": 1, "f": -1})]
    net = Network(["a", "b"], nodes, ["y"])
    assert confirmed(Claim("cells"), [net], Polyhedron(2), tmp_path).claim.count == 5
    assert confirmed(Claim("pieces"), [net], Polyhedron(2), tmp_path).claim.count == 3


def test_homogeneous_though_the_neurons_have_biases(tmp_path: Path) -> None:
    net = Network(["x"], [relu("p", {"x": 1}, 1), relu("m", {"x": -1}, -1), affine("y", {"p": 1, "m": -1}, -1)], ["y"])
    assert confirmed(Claim("homogeneous"), [net], Polyhedron(1), tmp_path).verdict == "certified"
    certificate = confirmed(Claim("homogeneous"), [Network(["x"], [relu("p", {"x": 1}, 1)], ["p"])], Polyhedron(1), tmp_path)
    assert certificate.verdict == "refuted"


def test_several_processes_find_the_same_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    from exactnet.certify.cells import search

    monkeypatch.setattr(search, "_ALONE", 2)
    net = drawn(2, [4, 3], 5)
    other = rewritten(net, 6)
    alone, together = (decide(EQUAL, [net, other], Polyhedron(2), Options(workers=workers)) for workers in (1, 2))
    assert alone.leaves == together.leaves > 2
    verify(together, [net, other])
    wrong = changed(other, 3, mpq(1, 10**9))
    refuted = decide(EQUAL, [net, wrong], Polyhedron(2), Options(workers=2))
    assert refuted.verdict == "refuted"
    for claim in (Claim("convex"), Claim("pieces"), Claim("cells"), Claim("lipschitz", norm="2")):
        alone, together = (decide(claim, [net], Polyhedron(2), Options(workers=workers)) for workers in (1, 2))
        verify(together, [net])
        assert (alone.verdict, alone.claim) == (together.verdict, together.claim)


def test_a_search_goes_on_where_it_was_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from exactnet.certify.cells import search
    from exactnet.certify.cells.state import Part, State

    monkeypatch.setattr(search, "_ALONE", 2)
    net = drawn(2, [4, 3], 5)
    other, path = rewritten(net, 6), tmp_path / "state"
    alone = decide(EQUAL, [net, other], Polyhedron(2))
    kept: list[int] = []
    keep = State.keep

    class Ended(Exception):
        pass

    def keep_three(state: State, name: str, number: int, part: Part) -> None:
        if len(kept) % 4 == 3:
            kept.append(-1)
            raise Ended
        kept.append(number)
        keep(state, name, number, part)

    monkeypatch.setattr(State, "keep", keep_three)
    with pytest.raises(Ended):
        decide(EQUAL, [net, other], Polyhedron(2), Options(state=State(str(path))))
    path.write_text(path.read_text() + "\n" + path.read_text().split("\n")[-1][:-5])  # one more, cut short
    with pytest.raises(Ended):
        decide(EQUAL, [net, other], Polyhedron(2), Options(workers=2, state=State(str(path))))
    assert kept == [0, 1, 2, -1, 3, 4, 5, -1]
    monkeypatch.setattr(State, "keep", keep)
    found = decide(EQUAL, [net, other], Polyhedron(2), Options(state=State(str(path))))
    assert found.leaves == alone.leaves
    verify(found, [net, other])
    wrong = changed(other, 3, mpq(1, 10**9))  # of another search nothing is taken
    assert decide(EQUAL, [net, wrong], Polyhedron(2), Options(state=State(str(path)))).verdict == "refuted"
    (tmp_path / "mine").write_text("notes\n")
    with pytest.raises(ExactnetError, match="is not the state of a search"):
        State(str(tmp_path / "mine"))
    assert (tmp_path / "mine").read_text() == "notes\n"


# --- one hidden layer ----------------------------------------------------------------------------


@often
@given(st.integers(1, 3), st.integers(0, 4), st.integers(1, 2), seeds)
def test_networks_with_one_hidden_layer_are_recognised_when_they_are_deep(
    tmp_path: Path, d: int, width: int, outputs: int, seed: int
) -> None:
    net = rewritten(drawn(d, [width], seed, outputs), seed)
    certificate, networks = decide_one_hidden_layer(net)
    verify(certificate, networks)
    write_cells(str(tmp_path / "c.json"), networks, certificate, 0.0)
    assert list(recheck(str(tmp_path / "c.json")))[-1] == "certified"
    assert sum(node.kind == "relu" for node in networks[1].nodes()) <= width


def test_the_network_with_one_hidden_layer_keeps_an_output_that_is_called_like_its_neurons() -> None:
    net = Network(["x"], [relu("a", {"x": 1}), affine("h1", {"a": 2})], ["h1"])
    certificate, networks = decide_one_hidden_layer(net)
    assert certificate.verdict == "certified"
    assert (networks[1].order, networks[1].outputs) == (("h1'", "h1"), ("h1",))


@often
@given(st.integers(1, 2), st.lists(st.integers(1, 3), min_size=2, max_size=2), seeds)
@example(2, [2, 1], 19287)  # the line of one jump runs through a cell, across which there is none
def test_others_are_refuted_by_two_jumps(tmp_path: Path, d: int, widths: list[int], seed: int) -> None:
    certificate, networks = decide_one_hidden_layer(drawn(d, widths, seed))
    verify(certificate, networks)
    path = tmp_path / "c.json"
    write_cells(str(path), networks, certificate, 0.0)
    assert list(recheck(str(path)))[-1] == certificate.verdict
    if d == 1:
        assert certificate.verdict == "certified"
    if certificate.verdict == "refuted":
        said = json.loads(path.read_text())
        first, second = said["points"]
        assert certificate.form is not None
        off = [str(mpq(x) + c) for x, c in zip(first, certificate.form, strict=False)]
        for points in ([first, first], [first], [first, second, second], [off, second]):
            assert refused(path, {**said, "points": points})
        assert refused(path, {**said, "form": " ".join(["0"] * d + ["1"])})
        assert refused(path, {**said, "form": None})


def test_points_with_jumps_avoid_kinks_that_no_output_depends_on() -> None:
    near = [relu(f"u{i}", {"a": i % 7 - 3, "b": i // 7 % 7 - 3}, i // 49 - 3) for i in range(343)]
    corner = [relu("h", {"b": 1}), relu("g", {"a": 1, "h": -1}), affine("y", {"g": 1, "h": 1})]  # max(0, a, b)
    certificate, networks = decide_one_hidden_layer(Network(["a", "b"], [*near, *corner], ["y"]))
    verify(certificate, networks)
    assert certificate.verdict == "refuted"


def test_a_point_where_hyperplanes_cross_shows_nothing() -> None:
    net = Network(["a", "b"], [relu("h", {"a": 1}), relu("g", {"b": 1}), affine("y", {"h": 1, "g": 1})], ["y"])
    assert jump_across(net, (mpq(0), mpq(0)), (1, 0, 0)) is None
    assert jump_across(net, (mpq(0), mpq(1)), (1, 0, 0)) == (1,)
    assert jump_across(net, (mpq(1), mpq(1)), (1, 0, 0)) is None


# --- the chamber --------------------------------------------------------------------------------


def test_the_chamber_decides_for_symmetric_networks(tmp_path: Path) -> None:
    from exactnet.families.maximum import five
    from exactnet.symbolic import maximum, network, x

    nets = [network(five()), network(maximum(*(x[i] for i in range(1, 6)), balanced=False))]
    certificate = confirmed(EQUAL, nets, Polyhedron.chamber(5), tmp_path)
    assert (certificate.verdict, certificate.leaves) == ("certified", 1)
    with pytest.raises(ProofError, match="symmetry"):
        verify(replace(certificate, symmetry=certificate.symmetry[1:]), nets)


def test_the_chamber_is_refused_for_others() -> None:
    """x1 and the maximum agree where x1 >= x2."""
    first = Network(["x1", "x2"], [affine("y", {"x1": 1})], ["y"])
    larger = Network(["x1", "x2"], [relu("h", {"x1": -1, "x2": 1}), affine("y", {"x1": 1, "h": 1})], ["y"])
    with pytest.raises(DomainError, match=r"symmetric networks; A at \(.*\) changes under 2,1"):
        decide(EQUAL, [first, larger], Polyhedron.chamber(2))
    certificate = decide(EQUAL, [larger, larger], Polyhedron.chamber(2))
    forged = replace(decide(EQUAL, [first, first], Polyhedron(2)), domain=Polyhedron.chamber(2), symmetry=certificate.symmetry)
    with pytest.raises(ProofError):
        verify(forged, [first, first])


# --- what cannot be decided ----------------------------------------------------------------------


def test_domains_without_interior_are_refused_with_multipliers() -> None:
    flat = Polyhedron.polytope(2, [[mpq(1), mpq(0), mpq(0)], [mpq(-1), mpq(0), mpq(0)]])
    with pytest.raises(DomainError, match="no interior: of its inequalities g_i >= 0, -g2 = g1, so g2 <= 0 on it"):
        interior_of(flat)
    empty = Polyhedron.polytope(1, [[mpq(1), mpq(-3)], [mpq(-1), mpq(1)]])
    with pytest.raises(DomainError, match=r"-g2 = (2 \+ g1|g1 \+ 2)"):
        interior_of(empty)
    with pytest.raises(DomainError, match="has no interior"):
        Polyhedron.box(2, mpq(1), mpq(1))


def test_what_cannot_be_compared_isrefused() -> None:
    one = Network(["x"], [affine("y", {"x": 1})], ["y"])
    two = Network(["a", "b"], [affine("y", {"a": 1})], ["y"])
    many = Network(["x"], [affine("y", {"x": 1}), affine("z", {"x": 1})], ["y", "z"])
    gate = Network(["x"], [threshold("g", {"x": 1}), affine("y", {"g": 1})], ["y"])
    cases: list[tuple[Network, type[ExactnetError], str]] = [
        (two, NetworkError, "1 and 2 inputs"),
        (many, NetworkError, "1 and 2 outputs"),
        (gate, NetworkError, "'g' is a threshold gate, which jumps"),
    ]
    for other, error, match in cases:
        with pytest.raises(error, match=match):
            decide(EQUAL, [one, other], Polyhedron(1))
    claims: list[tuple[Claim, type[ExactnetError], str]] = [
        (Claim("monotone", variable=2), FormatError, "x1 to x1, no x2"),
        (Claim("invariant", permutation=(1, 1)), FormatError, "'1,1' is not a permutation of 1 to 1"),
        (Claim("lipschitz", norm="3"), DomainError, "the norm is one of 1, 2, inf"),
    ]
    for claim, error, match in claims:
        with pytest.raises(error, match=match):
            decide(claim, [one], Polyhedron(1))
    with pytest.raises(DomainError, match="homogeneous is a claim on all of"):
        decide(Claim("homogeneous"), [one], Polyhedron.box(1, mpq(0), mpq(1)))
    with pytest.raises(DomainError, match="inequality 1 has 3 numbers"):
        Polyhedron.polytope(1, [[mpq(1), mpq(0), mpq(0)]])


def test_too_many_cells_are_refused_with_a_bound() -> None:
    net = drawn(2, [5, 3], 1, skips=False)
    with pytest.raises(SizeError, match=r"more than 3 cells; there may be up to about \d+; --max-cells"):
        decide(Claim("cells"), [net], Polyhedron(2), Options(max_cells=3))
