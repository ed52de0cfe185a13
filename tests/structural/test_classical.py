"""Comparison and addition, proved: the proofs hold, what they say is true on every input of small ones, and no mutant passes."""

from __future__ import annotations

import pytest

from exactnet.certify.structural.classical import prove_addition, prove_comparison
from exactnet.structural.checking import check
from tests.amount import few
from tests.structural.mutation import holds, mutate, values


@pytest.mark.parametrize("n", [1, 2, 4, 5])
def test_small_numbers(n: int) -> None:
    for prove in (prove_comparison, prove_addition):
        proof = prove(n)
        check(proof.original, proof.constructed, proof.dump())
        assert holds(values(proof.original, proof.domain), values(proof.constructed, proof.domain), proof.statement)


def test_numbers_with_counted_events() -> None:
    for proof in (prove_comparison(20), prove_addition(10)):
        assert any("count" in str(line) for line in proof.lines)
        check(proof.original, proof.constructed, proof.dump())


def test_mutants() -> None:
    assert mutate(prove_comparison(few(5, 4)), few(40, 12))["refused, different"]
