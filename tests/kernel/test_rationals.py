"""Numbers of Python and of other libraries, taken exactly or refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy
from gmpy2 import mpq, mpz

from exactnet.kernel.errors import FormatError
from exactnet.kernel.network import Network, affine
from exactnet.kernel.rationals import as_rational


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3),
        (np.int64(-3), -3),
        (np.uint8(255), 255),
        (mpz(2) ** 70, mpz(2) ** 70),
        (mpq(1, 3), mpq(1, 3)),
        (Fraction(1, 3), mpq(1, 3)),
        (Fraction(mpq(1, 3)), mpq(1, 3)),
        (sympy.Rational(1, 3), mpq(1, 3)),
        (sympy.Integer(7), 7),
        (Decimal("0.1"), mpq(1, 10)),
        (Decimal("-1E+3"), -1000),
        ("1/3", mpq(1, 3)),
    ],
)
def test_exact_numbers_are_taken(value, expected):
    result = as_rational(value)
    assert type(result) is type(mpq())
    assert result == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.1, r'0\.1 is a float; quote it \("0\.1"\)'),
        (np.float32(0.5), r"0\.5 is a float"),
        (np.float64(0.5), r"0\.5 is a float"),
        (float("nan"), "nan is a float"),
        (True, "is true or false"),
        (np.bool_(True), "not an exact number"),
        (None, "not an exact number"),
        (1j, "not an exact number"),
        (Decimal("NaN"), "is not finite"),
        (Decimal("Infinity"), "is not finite"),
        (Decimal("1E+999999"), "more than four digits"),
        (sympy.Symbol("x"), "not an exact number"),
    ],
)
def test_others_are_refused(value, words):
    with pytest.raises(FormatError, match=words):
        as_rational(value)


def test_a_network_takes_arrays_of_integers():
    net = Network(["a", "b"], [affine("y", {"a": np.int64(2), "b": Decimal("0.5")})], ["y"])
    assert net(np.array([1, 2])) == (3,)
