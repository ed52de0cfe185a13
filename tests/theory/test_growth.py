"""Growth rates are read from untrusted text: polynomials with non-negative integer coefficients, and nothing else."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from exactnet.kernel.errors import ExactnetError
from exactnet.theory.growth import MAX_DEGREE, d, read_polynomial


@given(st.lists(st.integers(0, 99), min_size=1, max_size=6))
def test_a_printed_polynomial_is_read_back(coefficients: list[int]) -> None:
    expression = sum((c * d**i for i, c in enumerate(coefficients)), sp.Integer(0))
    assert sp.expand(read_polynomial(str(expression), "rate") - expression) == 0


@pytest.mark.parametrize(("text", "value"), [("2^10", 1024), ("(d+1)^2 - 1", d**2 + 2 * d), ("6/3*d", 2 * d), ("max(2, 3)", 3)])
def test_numbers_are_computed(text: str, value: sp.Expr) -> None:
    assert sp.expand(read_polynomial(text, "rate") - value) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1/d", "not a polynomial"),
        ("d^-1", "not a polynomial"),
        ("max(d, 1)", "not a polynomial"),
        ("d/2", "not a polynomial"),
        ("-d", "non-negative"),
        ("1/2", "non-negative integers"),
        (f"d^{MAX_DEGREE + 1}", "degree"),
        ("(d^100)^100", "degree"),
        ("m", "unknown name"),
        ("2^9999^2", "is not an integer"),
        ("((2^9999)^9999)", "bits"),
    ],
)
def test_everything_else_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(ExactnetError, match=words) as caught:
        read_polynomial(text, "rate")
    assert str(caught.value).isprintable()
