"""Natural weights: simulations on random inputs, as networks on all real inputs, negative controls, mutants."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.certify.cells import decide
from exactnet.certify.natural_weights import certify_simulation
from exactnet.claims.cells.claims import Claim
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.matrices.algebra import Matrix, dot, multiple_of_identity, product, squares, transpose
from exactnet.claims.matrices.certificate import Certificate, judge
from exactnet.construct.natural_weights import (
    Law,
    clause_network,
    clause_rows,
    draw_assignment,
    draw_weights,
    kernel_vector,
    right_inverse,
    simulating_network,
)
from exactnet.kernel.errors import FormatError, RefusedError, SizeError
from exactnet.kernel.network import Network
from exactnet.theory.natural_weights import length_bound
from tests.matrices import rows
from tests.mutants import mutants

ASSIGNMENT = rows((1, -1, -1))[0]


def simulate(weights: Matrix, literals: int = 2) -> tuple[Certificate, Network, Network]:
    certificate = certify_simulation(weights, ASSIGNMENT, literals).certificate
    matrices = certificate.matrices
    forms = (matrices["forms"], matrices["biases"])
    return certificate, simulating_network(matrices["weights"], matrices["inverse"], *forms), clause_network(*forms)


@settings(max_examples=20)
@given(st.sampled_from(["normal", "uniform"]), st.integers(1, 4), st.integers(0, 3), st.integers(0, 10**6))
def test_random_weights_simulate(law: Law, q: int, more: int, seed: int) -> None:
    weights = draw_weights(law, q + more, q, 6, seed)
    if kernel_vector(weights) is not None:
        with pytest.raises(RefusedError, match="dependent"):
            certify_simulation(weights, ASSIGNMENT, 2)
        return
    inverse = right_inverse(weights)
    assert product(transpose(weights), inverse) == multiple_of_identity(q, mpq(1))
    certificate, natural, clauses = simulate(weights)
    assert judge(certificate).verdict == "certified"
    draws = random.Random(seed)
    for _ in range(5):
        z = [mpq(draws.randint(-9, 9), 3) for _ in range(3 * q)]
        assert natural(z) == clauses(z)
    low = certificate.numbers["low"]
    forms, biases = clause_rows(ASSIGNMENT, 2, q)
    for _ in range(5):
        z = [draws.choice((-1, 1)) for _ in range(3 * q)]
        for block in range(q):
            z[3 * block + draws.randrange(3)] = 0  # a clause of two literals
        parts = [z[3 * j : 3 * j + 3] for j in range(q)]
        values = tuple(dot(form, part) + bias for form, part, (bias,) in zip(forms, parts, biases, strict=True))
        mapped = squares((tuple(dot(row, values) for row in inverse),))
        assert mapped * low <= squares((values,))
        assert mapped <= length_bound(q, 2, low)


def test_the_networks_are_equal_on_all_real_inputs_and_mutants_are_not() -> None:
    _, natural, clauses = simulate(rows((1, 2), (0, "1/2"), (-1, 1)))
    claim, everywhere = Claim("equal"), Polyhedron(6)
    assert decide(claim, (natural, clauses), everywhere).verdict == "certified"
    equal = []
    for what, mutant in mutants(natural):
        found = decide(claim, (mutant, clauses), everywhere)
        if found.verdict == "certified":
            equal.append(what)
        else:
            assert mutant(found.points[0]) != clauses(found.points[0])
    assert equal == []


def test_a_sign_of_the_assignment_is_found_on_a_clause() -> None:
    certificate, natural, _ = simulate(rows((1, 2), (0, "1/2"), (-1, 1)))
    flipped = rows((1, 1, -1))
    reason = judge(replace(certificate, matrices={**certificate.matrices, "assignment": flipped})).reason
    assert reason == "fails: every gate is right on all 12 clauses ([-1, -2] is misread)"
    other = clause_network(*clause_rows(flipped[0], 2, 2))
    found = decide(Claim("equal"), (natural, other), Polyhedron(6))
    assert natural(found.points[0]) != other(found.points[0])
    clause = [-1, -1, 0, 1, 0, 1]  # violated by the flipped assignment; the second one by none
    assert (natural(clause), other(clause)) == ((0,), (1,))


def test_a_smaller_bias_misreads_a_satisfied_clause() -> None:
    certificate, _, _ = simulate(rows((1, 2), (0, "1/2"), (-1, 1)), 3)
    biases = ((mpq(-2),), (mpq(-1),))  # -(K-1), and -(K-2) for the second gate
    reason = judge(replace(certificate, matrices={**certificate.matrices, "biases": biases})).reason
    assert reason == "fails: every gate is right on all 8 clauses ([-1, 2, 3] is misread)"


@pytest.mark.parametrize(
    ("weights", "why"),
    [
        (rows((1, 2, 3), (4, 5, 6)), r"there are 3 columns of 2 weights: W v = 0 for v = '1 -2 1', and no inputs"),
        (rows((1, 1), (2, 2), (3, 3)), r"the columns of the weights are dependent: W v = 0 for v = '-1 1'"),
        (rows((0,), (0,)), "dependent: W v = 0 for v = '1'"),
    ],
)
def test_weights_without_full_rank_are_refused(weights: Matrix, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        certify_simulation(weights, ASSIGNMENT, 2)
    vector = kernel_vector(weights)
    assert vector is not None
    assert any(vector)
    assert not any(dot(row, vector) for row in weights)


def test_other_refusals() -> None:
    one = rows((1,))
    with pytest.raises(FormatError, match="clauses of 4 literals over 3 variables"):
        certify_simulation(one, ASSIGNMENT, 4)
    with pytest.raises(SizeError, match="weights of 129 columns"):
        certify_simulation(((mpq(1),) * 129,), ASSIGNMENT, 2)
    with pytest.raises(SizeError, match="12 clauses at 1 different gates are more than 11"):
        certify_simulation(one, ASSIGNMENT, 2, max_clauses=11)
    certificate, _, _ = simulate(rows((1, 2), (0, "1/2"), (-1, 1)))
    two = {**certificate.matrices, "biases": rows((-1,), (-2,))}
    with pytest.raises(SizeError, match="12 clauses at 2 different gates are more than 23"):
        judge(replace(certificate, matrices=two), 23)


def test_a_law_that_the_weights_do_not_have_is_refuted() -> None:
    for step, most in ((mpq(1, 3), None), (None, mpq(1, 3))):
        result = certify_simulation(rows(("1/2",)), ASSIGNMENT, 2, step=step, most=most)
        assert result.judgement.reason == "fails: weights are multiples of 'step', at most 'most' in absolute value"


def test_draws_are_those_of_the_rule() -> None:
    source = random.Random(5)
    assert draw_weights("normal", 2, 1, 10, 5) == tuple(
        (mpq(round(source.gauss(0, 1) * 1024), 1024),) for _ in range(2)
    )
    assert all(abs(v) <= 1 for row in draw_weights("uniform", 5, 5, 3, 1) for v in row)
    assert set(draw_assignment(50, 7)) == {1, -1}
