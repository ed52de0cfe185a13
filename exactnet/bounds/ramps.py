"""What ramps in place of steps (``construct/ramps.py``) add to the bounds, and the bounds of S4 themselves (docs/continuous.md).

With ``delta = a/b`` in lowest terms, a ramp's two ReLUs have the input weight ``1/delta = b/a`` and a bias of at most
``p/delta``, with denominators that divide ``p*a``. Nothing else changes: the bits are what they are on the grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import sympy as sp
from gmpy2 import mpq

from exactnet.bounds.layers import Definitions, InputLayer, input_layer
from exactnet.bounds.symbols import R, d, k, m, p, r

__all__ = ["BAD_SET", "COMPOSED", "PIECES", "SECOND_MOMENT", "VARIATION", "evaluate", "reading"]

#: The width of ramps, and the density bound.
delta_, M = sp.symbols("delta M", positive=True)
#: Of one instance: the probability of the bad set, ``|N' - clip N|`` there, the spread of ``clip N``, and its total variation
#: along a line parallel to an axis.
b, c, w, V = sp.symbols("b c w V", nonnegative=True)

#: The probability of the bad set, at most.
BAD_SET = 2 * d * p**2 * delta_ * M
#: The linear pieces of a network along a line, at most.
PIECES = (m + 1) ** (k - 1)
#: ``E (N' - clip N)^2`` at most, from what was found of an instance.
COMPOSED = b * c**2 + 1 / r**2 + (w + 2 / r) * d * V * M / p
#: The total variation of ``clip N`` along a line, at most.
VARIATION = 2 * R * PIECES
#: ``E (N' - clip N)^2`` at most, from the parameters alone.
SECOND_MOMENT = COMPOSED.subs({b: BAD_SET, c: 2 * R, w: 2 * R, V: VARIATION})


def reading(definitions: Definitions, grid: bool, inputs: Literal["integers", "bits"], delta: mpq | None) -> InputLayer:
    """How inputs are read: as :func:`input_layer` says, or as bits made by ramps of width ``delta``, which is then defined.

    >>> definitions = Definitions()
    >>> reading(definitions, True, "bits", mpq(1, 1000)).weights, definitions.pairs()
    ((delta_den/delta_num,), ((delta_num, 1), (delta_den, 1000)))
    """
    plain = input_layer(grid, inputs)
    if delta is None:
        return plain
    above = definitions.define("delta_num", sp.Integer(int(delta.numerator)))
    below = definitions.define("delta_den", sp.Integer(int(delta.denominator)))
    slope = below / above
    return replace(plain, weights=(slope,), biases=(p * slope,), denominator=p * above)


def evaluate(expression: sp.Expr, values: Mapping[str, mpq | int]) -> mpq:
    """The exact value of one of these expressions.

    >>> evaluate(BAD_SET, {"d": 2, "p": 3, "delta": mpq(1, 100), "M": mpq(1, 6)})
    mpq(3,50)
    """
    exact = {name: mpq(value) for name, value in values.items()}
    known = {name: sp.Rational(int(value.numerator), int(value.denominator)) for name, value in exact.items()}
    value = sp.Rational(expression.xreplace({symbol: known[symbol.name] for symbol in expression.free_symbols}))
    return mpq(int(value.p), int(value.q))
