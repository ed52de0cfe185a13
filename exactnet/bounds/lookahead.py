"""The stated bounds of route A, lemma by lemma (docs/theory.md).

A layer with literals of mass ``n`` uses balanced digits in a base with ``2*beta >= n+3``, at least ``beta <= n+2``,
so digit forms are at most ``A <= (beta-1) + n*beta/2``, that is ``A+1 <= (n+2)^2/2``:

* wires of layer 1 (pair forms): ``(beta/2)(A+2) <= (n+2)^3/4 + (n+2)/2 <= (n+3)^3/4``; its biases: ``(A+1)^2 <=
  (n+2)^4/4``;
* wires of layer 2: 1, as gates of different blocks are not merged; its biases: at most the number of events, ``K+2``;
* ``K_l <= B + K_{l-1} + bits(n_l+1) + bits(n_l+2)``: balanced digits add up to at most ``3|c|``; literals of one ReLU:
  ``2K_l+2`` (two bits for each binary place, the top digit, the sign).
* exact output (and residues of the last layer, over its literals): coefficients below ``q``, biases at most
  ``(n+1)q``; ``q = 2rR+1`` if all denominators are powers of two, else ``q <= 2 max(2rR, 9(B+1)^2)``: between ``z``
  and ``2z`` lie more than ``z/(3 log 2z)`` primes (``z >= 3``), which is at least ``B+1`` for ``z >= 9(B+1)^2``, and
  at most ``B`` primes divide a denominator of ``B`` bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sympy as sp
from gmpy2 import mpq

from exactnet.bounds.clipped import clipped_bias, clipped_sign, clipped_weight
from exactnet.bounds.layers import Definitions, literals_after, output_modulus
from exactnet.bounds.ramps import reading
from exactnet.bounds.symbols import B, Bound, Bounds, R, bits, k, m, r

__all__ = ["Form", "LookaheadOptions", "lookahead_bounds"]

Form = Literal["exact", "rounded", "clipped", "circuit"]


@dataclass(frozen=True)
class LookaheadOptions:
    """What the bounds of route A depend on besides the parameters."""

    form: Form
    grid: bool
    inputs: Literal["integers", "bits"]
    carry: Literal["linear", "pairs"]
    dyadic: bool
    delta: mpq | None = None
    """The width of the ramps that make bits of real inputs."""


def _depth(options: LookaheadOptions) -> sp.Expr:
    extra = 1 if options.inputs == "bits" else 0
    if options.form == "circuit":
        return 2 * k + 1 + extra
    stage = -1 if options.form == "exact" else 2 if options.carry == "linear" else 1
    return 3 * k + stage + extra


def lookahead_bounds(layers: int, options: LookaheadOptions) -> Bounds:
    """The bounds for an original of ``layers`` layers (its depth ``k``), as expressions.

    >>> found = lookahead_bounds(2, LookaheadOptions("exact", False, "integers", "linear", True))
    >>> [str(b.expression) for b in found.bounds if b.name == "depth"]
    ['3*k - 1']
    """
    definitions = Definitions()
    inputs = reading(definitions, options.grid, options.inputs, options.delta)
    weights, biases, gates = list(inputs.weights), list(inputs.biases), inputs.gates
    n, factor, power = definitions.define("n_1", inputs.mass), inputs.factor, inputs.power
    below = (n, factor)
    hidden = layers if options.form == "circuit" else layers - 1
    for layer in range(1, hidden + 1):
        exponent = definitions.define(f"K_{layer}", B + power + bits(n + 1) + bits(n + 2))
        weights.append(factor * (n + 3) ** 3 / 4)
        biases += [(n + 3) ** 4 / 4, exponent + 2]
        gates = gates + m * (exponent + 1) * 9 * (n + 1) ** 2
        below = (n, factor)
        n, factor, power = literals_after(definitions, options.form, layer, n, exponent, inputs.factor, 2 * exponent + 2)
    bounds = [Bound("depth", "depth", _depth(options))]
    if options.form != "circuit":
        _output(options, definitions, [(n, factor), below], weights, biases)
        if options.form == "clipped":
            exponent = clipped_sign(definitions, n, power)
            weights += [factor * (n + 3) ** 3 / 4, clipped_weight(definitions, n, factor)]
            biases += [(n + 3) ** 4 / 4, exponent + 2, clipped_bias(definitions, n)]
        bounds.append(Bound("depth (S1)", "depth", 3 * k + 3))
    bounds += [
        Bound("max_weight", "max_weight", sp.Max(*weights)),
        Bound("max_bias", "max_bias", sp.Max(*biases)),
    ]
    if options.form == "circuit":
        bounds.append(Bound("gates", "gates", gates + m))
    else:
        bounds.append(Bound("denominator", "denominator", r * inputs.denominator))
    return Bounds(definitions.pairs(), tuple(bounds))


def _output(
    options: LookaheadOptions,
    definitions: Definitions,
    reading: list[tuple[sp.Symbol, sp.Expr]],
    weights: list[sp.Expr],
    biases: list[sp.Expr],
) -> None:
    """Add the bounds of the output stage.

    ``reading`` are the mass and the factor of its own literals and of those of the last ReLUs, of which the exact form
    makes residues.
    """
    n, factor = reading[0]
    q = output_modulus(definitions, options.form == "exact" and not options.dyadic)
    for mass, wires in reading if options.form == "exact" else reading[:1]:
        weights.append(wires * q)
        biases.append((mass + 2) * q)
    if options.form in ("rounded", "clipped"):
        power = definitions.define("K_out", bits(2 * R * r) + 2 * B + bits(n + 2))
        if options.carry == "linear":
            weights.append(factor * (n + 3))
            biases += [(n + 3) ** 2, power + 2]
        else:
            weights.append(factor * (n + 3) ** 3 / 4)
            biases += [(n + 3) ** 4 / 4, power + 2]
