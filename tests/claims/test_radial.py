"""R2: the identities, the suprema, and what the proof refuses."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import factorial

import pytest
from gmpy2 import mpq

from exactnet.certify.radial import IdentityRequest, certify_by_identity, on_norms
from exactnet.claims.radial import (
    Profile,
    RadialError,
    Ridge,
    Target,
    estimate,
    moment,
    norm_counts,
    norm_polynomial,
    orbit_size,
    read_ridges,
    taylor,
    verify,
)
from exactnet.construct.radial.hilbert import balanced_types, cheapest_types, coefficients, identity
from exactnet.construct.radial.network import LEAST, directions, ridge_network, ridges
from exactnet.kernel.domain import Grid
from exactnet.kernel.errors import RefusedError
from exactnet.kernel.network import Network, Node
from exactnet.recheck import radial as recheck

VEE = [(mpq(0), mpq(1, 2)), (mpq(1, 2), mpq(0)), (mpq(1), mpq(1, 2))]


@pytest.mark.parametrize("kind", [(1,), (3,), (1, 1), (2, 1), (4, 4), (1, 1, 1), (2, 1, 1), (3, 2, 1), (2, 2, 1)])
@pytest.mark.parametrize("d", [3, 4])
@pytest.mark.parametrize("exponents", [(), (1,), (2,), (1, 1), (3, 1), (1, 1, 1), (2, 2, 1)])
def test_moments_are_sums_over_the_directions(kind: tuple[int, ...], d: int, exponents: tuple[int, ...]) -> None:
    listed = list(directions(kind, d))
    assert len(set(listed)) == len(listed) == 2 * orbit_size(kind, d)
    total = 0
    for vector in listed:
        term = 1
        for entry, a in zip(vector, exponents, strict=False):
            term *= entry ** (2 * a)
        total += term
    assert total == 2 * moment(kind, exponents, d) == 2 * recheck.moment(kind, exponents, d)


@pytest.mark.parametrize("d", [3, 4, 6, 9])
def test_the_identities_of_degree_four_and_six(d: int) -> None:
    assert [*identity(2, [(1,), (1, 1)], d)] == [mpq(4 - d, 3), mpq(1, 6)]
    first, second, third = identity(3, [(1,), (1, 1), (1, 1, 1)], d)
    assert (first, second, third) == (1 - mpq((d - 1) * (8 - d), 30), mpq(5 - d, 30), mpq(1, 60))


@pytest.mark.parametrize(("k", "d"), [(1, 1), (2, 2), (3, 3), (4, 2), (4, 3), (5, 2)])
def test_every_degree_is_an_identity_on_points(k: int, d: int) -> None:
    types = cheapest_types(k, d)
    rows = coefficients(k, types, d)
    for y in product((-1, 0, 2), repeat=d):
        for j in range(1, k + 1):
            sums = (
                row[j - 1] * sum(sum(map(int.__mul__, w, y)) ** (2 * j) for w in directions(kind, d)) / 2
                for kind, row in zip(types, rows, strict=True)
            )
            assert sum(sums, mpq(0)) == sum(c * c for c in y) ** j


def test_one_identity_and_its_laplacians_stay_small() -> None:
    """Solved degree by degree the ridges of degree 16 would reach 10^7 (and are right at integers all the same)."""
    from exactnet.construct.radial.polynomial import near_best

    d, p, k = 2, 8, 16
    types, values = balanced_types(k), on_norms(VEE, d, p)
    norms = sorted(values)
    q = near_best([mpq(u, d * p**4) for u in norms], [values[u] for u in norms], k)
    _, made = ridges(q, types, dict.fromkeys(types, 1), d, p)
    small = max(abs(sum(c * mpq(r.end(p)) ** (2 * j) for j, c in enumerate(r.polynomial))) for r in made)
    apart = [identity(j, types, d) for j in range(1, k + 1)]
    large = max(
        abs(sum(q[j] * apart[j - 1][i] * mpq(sum(kind) ** 2, d) ** j for j in range(1, k + 1))) for i, kind in enumerate(types)
    )
    assert small < mpq(12, 100) < 10**3 < large


def test_types_that_do_not_suffice_name_a_monomial() -> None:
    with pytest.raises(RefusedError, match="no identity of degree 8: not at the monomial with exponents 4 2 2"):
        identity(4, [(1,), (1, 1), (2, 1)], 4)
    with pytest.raises(RadialError, match="degree 4 are no function of the norm: at the exponents 2 2"):
        norm_polynomial([Ridge((1,), {}, (mpq(0), mpq(0), mpq(1)))], 2)


def test_counts_of_norms() -> None:
    counts = norm_counts(3, 2)
    seen: dict[int, int] = {}
    for point in Grid(2, 3):
        u = int(sum(x * x for x in point) * 4)
        seen[u] = seen.get(u, 0) + 1
    assert counts == seen


@pytest.mark.parametrize("coefficients", [[mpq(3)], [mpq(1, 2), mpq(-1)], [mpq(n, 7) for n in (1, -2, 3, 0, 5, -8, 13)]])
@pytest.mark.parametrize("at", [0, 1, -9])
def test_taylor_coefficients(coefficients: list[mpq], at: int) -> None:
    shifted = taylor(coefficients, mpq(at))
    assert shifted == recheck.shifted([Fraction(int(c.numerator), int(c.denominator)) for c in coefficients], Fraction(at))
    for x in range(-3, 4):
        value = sum((c * mpq(x) ** i for i, c in enumerate(coefficients)), mpq(0))
        assert value == sum((c * mpq(x - at) ** i for i, c in enumerate(shifted)), mpq(0))


@pytest.mark.parametrize(("d", "p", "k"), [(1, 2, 2), (2, 2, 3), (3, 1, 2), (2, 3, 4)])
def test_the_error_is_the_largest_on_the_grid(d: int, p: int, k: int) -> None:
    found = certify_by_identity(IdentityRequest(VEE, d, p, min(k, len(norm_counts(d, p)) - 2)))
    assert found.estimate.exact
    net, values = found.network(), on_norms(VEE, d, p)
    apart = [abs(net(x)[0] - values[int(sum(c * c for c in x) * p * p)]) for x in Grid(p, d)]
    assert max(apart) == found.estimate.total
    assert sum((a * a for a in apart), mpq(0)) / len(apart) == found.estimate.mean_square
    u, farthest = found.farthest()
    assert farthest == found.estimate.total
    assert u in values


@pytest.mark.parametrize("spacing", [1, 2, 5])
@pytest.mark.parametrize("reals", [False, True])
def test_the_bound_holds_where_knots_are_apart(spacing: int, reals: bool) -> None:
    d, p = 2, 2
    found = certify_by_identity(IdentityRequest(VEE, d, p, 3, spacing, reals))
    net = found.network()
    largest = mpq(0)
    for point in product(range(-16, 17), repeat=d):
        x = tuple(mpq(n, 8) for n in point)
        if not reals and any((c * p).denominator != 1 for c in x):
            continue
        square = sum(c * c for c in x) / (d * p**2)
        value, root = net(x)[0], float(square) ** 0.5
        expected = abs(root - 0.5)
        largest = max(largest, mpq(abs(float(value) - expected)))
    assert 0 < largest <= found.estimate.total + mpq(1, 10**5)


def test_a_network_is_read_as_its_ridges() -> None:
    constant, made = ridges([mpq(1), mpq(1, 3), mpq(-2)], [(1,), (1, 1)], {(1,): 1, (1, 1): 3}, 3, 2, LEAST)
    net = ridge_network(["a", "b", "c"], "y", constant, made, 2)
    found, kinks = read_ridges(net, 2)
    assert found == constant
    assert kinks == {ridge.type: dict(ridge.kinks) for ridge in made}
    assert recheck.read_ridges(_again(net), 2)[1].keys() == kinks.keys()


def _again(net: Network) -> recheck.Net:
    from exactnet.files.network_writer import dump_network
    from exactnet.recheck.network import read_net

    return read_net(dump_network(net, None), "net")


def mutants(net: Network) -> list[tuple[str, Network]]:
    """One weight, one bias, one direction or the constant changed; a ReLU of a ReLU; a node left out."""
    nodes = list(net.nodes())
    hidden, output = nodes[3], nodes[-1]

    def other(changed: Node) -> Network:
        return Network(net.inputs, [changed if node.id == changed.id else node for node in nodes], net.outputs)

    weights = dict(output.sources)
    return [
        ("weight", other(replace(output, sources={**weights, hidden.id: weights[hidden.id] * 2}))),
        ("left out", other(replace(output, sources={k: w for k, w in weights.items() if k != hidden.id}))),
        ("bias", other(replace(hidden, bias=hidden.bias - mpq(1, 2)))),
        ("constant", other(replace(output, bias=output.bias + 1))),
        ("direction", other(replace(hidden, sources={x: 2 * w for x, w in hidden.sources.items()}))),
        ("fraction", other(replace(hidden, sources={x: w / 2 for x, w in hidden.sources.items()}))),
        ("deeper", other(replace(nodes[4], sources={hidden.id: mpq(1)}))),
    ]


def test_mutants_are_refused_or_equal() -> None:
    found = certify_by_identity(IdentityRequest(VEE, 2, 2, 3))
    certificate, net = found.certificate(), found.network()
    verify(certificate, net)
    for what, mutant in mutants(net):
        with pytest.raises(RadialError) as error:
            verify(certificate, mutant)
        assert str(error.value), what


def test_what_is_no_such_network_or_profile_is_refused() -> None:
    found = certify_by_identity(IdentityRequest(VEE, 2, 2, 3))
    target = found.target
    assert isinstance(target, Target)
    short = Target({u: v for u, v in target.values.items() if u})
    with pytest.raises(RadialError, match="no value for the squared norm 0"):
        estimate(found.constant, found.ridges, short, 2, 2)
    with pytest.raises(RadialError, match="that the grid does not have"):
        estimate(found.constant, found.ridges, Target({**target.values, 31: mpq(0)}), 2, 2)
    with pytest.raises(RadialError, match="listed twice"):
        estimate(found.constant, [*found.ridges, found.ridges[0]], target, 2, 2)
    with pytest.raises(RadialError, match="ascend"):
        estimate(found.constant, found.ridges, Profile(VEE[:2], 4), 2, 2)
    with pytest.raises(RadialError, match="is cut into"):
        estimate(found.constant, found.ridges, Profile(VEE, 0), 2, 2)
    with pytest.raises(RadialError, match="more than 1000000"):
        estimate(found.constant, found.ridges, Profile(VEE, 1), 2, 1000)
    half = Ridge((1,), {mpq(1, 2): mpq(1)}, (mpq(0), mpq(1)))
    with pytest.raises(RadialError, match="kink that is no integer"):
        estimate(mpq(0), [half], target, 2, 2)


def test_the_numbers_of_section_13() -> None:
    """Errors and ReLUs that the tables must reach: `vee`, `p = 2`, by degree and dimension."""
    wanted = {
        2: (1331, {2: 48, 4: 192, 8: 960, 16: 3968, 32: 16128}),
        3: (538, {2: 48, 4: 608, 8: 6336, 16: 57728, 32: 492288}),
        4: (306, {2: 144, 4: 1440, 8: 26944, 16: 535168}),
    }
    for k, (error, sizes) in wanted.items():
        for d, neurons in sizes.items():
            found = certify_by_identity(IdentityRequest(VEE, d, 2, k))
            assert found.neurons <= neurons
            assert found.estimate.total <= mpq(error, 10**4)
            assert found.estimate.exact


def test_the_error_of_a_polynomial_is_favards() -> None:
    """At most pi/(4(k+1)), up to what rounding the values adds."""
    for k in range(1, 9):
        found = certify_by_identity(IdentityRequest(VEE, 2, 4, k))
        assert found.estimate.polynomial <= mpq(355, 113) / (4 * (k + 1)) + mpq(1, 10**5)


def test_multinomials_are_those_of_the_proof() -> None:
    from exactnet.claims.radial import multinomial

    assert multinomial(6, [4, 2]) == factorial(6) // (factorial(4) * factorial(2)) == 15
