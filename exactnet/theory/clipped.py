"""What clipping (``construct/gadgets/outputs/clipped.py``) adds to the bounds of a rounded output (docs/continuous.md).

Two signs, of ``N + R`` and ``N - R`` as integer forms: their coefficients have at most ``B`` bits over what the output
reads, as before, and their constants ``B + bits(2rR) + 1``. Then ``G = F + W*(above + beyond)`` with ``W = H + 1``, where
``H <= (n+2)*q`` is the largest value of ``F``: a gate of a sign belongs to it alone, except a form that is small enough to be
a gate itself; so wires are at most ``2W + f*q``. The kinks of the output lie between ``W - 1`` and ``2W``. Where all gates are 0,
a sign is at most ``K+2`` in absolute value, as a sum of at most as many gates and complements of gates, and ``F`` at most ``zW``:
so biases are at most ``(2(K+2) + z + 2) W``.
"""

from __future__ import annotations

from exactnet.theory.layers import Definitions
from exactnet.theory.symbols import B, R, Symbol, Term, bits, r

__all__ = ["clipped_bias", "clipped_sign", "clipped_weight"]


def clipped_sign(definitions: Definitions, n: Term, power: Term) -> Symbol:
    """Define the exponent of the two signs, over literals of mass ``n`` with coefficients below ``2^power``."""
    return definitions.define("K_clip", B + power + bits(2 * R * r) + 1 + bits(n + 1) + bits(n + 2))


def _wide(definitions: Definitions, n: Term) -> Symbol:
    q = next(symbol for symbol, _ in definitions.pairs() if symbol.name == "q")
    known = {symbol.name: symbol for symbol, _ in definitions.pairs()}
    return known["W"] if "W" in known else definitions.define("W", (n + 2) * q + 1)


def clipped_weight(definitions: Definitions, n: Term, factor: Term) -> Term:
    """The largest weight of the last layer and of the outputs, after ``q`` is defined."""
    wide = _wide(definitions, n)
    return (2 + factor) * wide


def clipped_bias(definitions: Definitions, n: Term, at_zero: Term, power: Term) -> Term:
    """The largest bias of the last layer, after ``q`` is defined, for signs with the exponent ``power``."""
    return (2 * (power + 2) + at_zero + 2) * _wide(definitions, n)
