"""The stated bounds of iterated addition in depth 2, for one bit, in its own symbols (``construct/iterated_addition``,
docs/addition.md).

``n`` numbers of ``B`` bits; ``L`` is the largest weight on an input that is planned for, by default ``(n*B)^2``.

* Wires to inputs: ``G_e`` has coefficients of at most ``L``, and ``F*(n+1) + A_b`` of at most ``max(n+1, (n+1)*q/2)
  <= max(n+1, L)``.
* Biases of the first layer: at most ``n*B`` coefficients, and a threshold within the range of the form.
* Proven moduli: there are at most ``2n`` values ``v``, ``n/2 + 1`` values ``h`` and ``B`` levels, and a difference of
  at most ``n*2^(B+1)`` has at most ``B + bits(n) + 1`` divisors. So there are at most ``Phi + 1`` moduli, ``Phi =
  B*2n*(n/2+1)*(B + bits(n) + 1)``. Searched ones are no more than 64.
* The output gate: a gate on ``G_e`` counts once for each modulus; a gate on a form of events is where one row begins
  and one ends. Its bias is at most the sum of its weights.
* Gates: a form of events reaches at most ``n*B/2 + 2`` multiples of ``q``, each with at most ``2n(n/2+1)`` rows of two gates.
"""

from __future__ import annotations

from typing import Literal

import sympy as sp

from exactnet.bounds.symbols import B, Bound, Bounds, bits

__all__ = ["addition_bounds", "evaluate_bounds", "limit", "n"]

n, limit = sp.symbols("n L", integer=True, nonnegative=True)


def addition_bounds(moduli: Literal["searched", "proven"]) -> Bounds:
    """The bounds for one bit, over ``n``, ``B`` and ``L``.

    >>> [(bound.name, str(bound.expression)) for bound in addition_bounds("proven").bounds][:2]
    [('depth', '2'), ('max_weight', 'Max(2, L, Phi + 1, n + 1)')]
    """
    rows = 2 * n * (n / 2 + 1)
    definitions: tuple[tuple[sp.Symbol, sp.Expr], ...] = ()
    count: sp.Expr = sp.Integer(64)
    if moduli == "proven":
        phi = sp.Symbol("Phi", integer=True, nonnegative=True)
        definitions = ((phi, B * rows * (B + bits(n) + 1)),)
        count = phi + 1
    gates = 2 * n + count * B * (n * B / 2 + 2) * 2 * rows
    weight = sp.Max(limit, n + 1, count, 2)
    return Bounds(
        definitions,
        (
            Bound("depth", "depth", sp.Integer(2)),
            Bound("max_weight", "max_weight", weight),
            Bound("max_bias", "max_bias", sp.Max(2 * n * B * sp.Max(limit, n + 1), count * 2 * n + 2 * gates)),
            Bound("gates", "gates", gates + 1),
        ),
    )


def evaluate_bounds(bounds: Bounds, numbers: int, places: int, largest: int) -> dict[str, int]:
    """The bounds for ``n``, ``B`` and ``L``, rounded down to integers.

    >>> evaluate_bounds(addition_bounds("searched"), 4, 16, 1024)["max_weight"]
    1024
    """
    values: dict[sp.Symbol, sp.Expr] = {n: sp.Integer(numbers), B: sp.Integer(places), limit: sp.Integer(largest)}
    for symbol, expression in bounds.definitions:
        values[symbol] = expression.xreplace(values)
    return {bound.name: int(sp.floor(bound.expression.xreplace(values))) for bound in bounds.bounds}
