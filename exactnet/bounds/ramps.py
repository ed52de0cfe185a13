"""What ramps in place of steps add to the bounds, and the bounds of S4 themselves (docs/continuous.md).

With ``delta = a/b`` in lowest terms, a ramp's two ReLUs have the input weight ``1/delta = b/a`` and a bias of at most
``p/delta``, with denominators that divide ``p*a``. Nothing else changes: the bits are what they are on the grid.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import sympy as sp
from gmpy2 import mpq

from exactnet.bounds.layers import Definitions, InputLayer, input_layer
from exactnet.bounds.symbols import p

__all__ = ["reading"]


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
