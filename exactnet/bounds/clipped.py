"""What clipping (``construct/output_clipped.py``) adds to the bounds of a rounded output (docs/continuous.md).

Two signs, of ``N + R`` and ``N - R`` as integer forms: their coefficients have at most ``B`` bits over what the output
reads, as before, and their constants ``B + bits(2rR) + 1``. Then ``G = F + W*(above + beyond)`` with ``W = H + 1``, where
``H <= (n+2)*q`` is the largest value of ``F``: a gate of a sign belongs to it alone, except a form that is small enough to be
a gate itself; so wires are at most ``2W + f*q``. The kinks of the output lie between ``W - 1`` and ``2W``, and the constant of
``G`` is between ``-2W`` and ``H + 2W``.
"""

from __future__ import annotations

import sympy as sp

from exactnet.bounds.layers import Definitions
from exactnet.bounds.symbols import B, R, bits, r

__all__ = ["clipped_bias", "clipped_sign", "clipped_weight"]


def clipped_sign(definitions: Definitions, n: sp.Symbol, power: sp.Expr) -> sp.Symbol:
    """Define the exponent of the two signs, over literals of mass ``n`` with coefficients below ``2^power``."""
    return definitions.define("K_clip", B + power + bits(2 * R * r) + 1 + bits(n + 1) + bits(n + 2))


def _wide(definitions: Definitions, n: sp.Symbol) -> sp.Symbol:
    q = next(symbol for symbol, _ in definitions.pairs() if symbol.name == "q")
    known = {symbol.name: symbol for symbol, _ in definitions.pairs()}
    return known["W"] if "W" in known else definitions.define("W", (n + 2) * q + 1)


def clipped_weight(definitions: Definitions, n: sp.Symbol, factor: sp.Expr) -> sp.Expr:
    """The largest weight of the last layer and of the outputs, after ``q`` is defined."""
    wide = _wide(definitions, n)
    return (2 + factor) * wide


def clipped_bias(definitions: Definitions, n: sp.Symbol) -> sp.Expr:
    """The largest bias of the last layer, after ``q`` is defined."""
    return 4 * _wide(definitions, n)
