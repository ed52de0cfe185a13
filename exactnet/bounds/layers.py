"""What the bounds of all routes share: the input layer, the literals of a layer, the modulus of an exact output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sympy as sp

from exactnet.bounds.symbols import B, Bound, R, bits, d, m, p, r

__all__ = ["Definitions", "InputLayer", "gates_and_wires", "input_layer", "literals_after", "output_modulus"]


class Definitions:
    """Intermediate quantities in order, each a symbol with the expression that it stands for."""

    def __init__(self) -> None:
        self._pairs: list[tuple[sp.Symbol, sp.Expr]] = []

    def define(self, name: str, expression: sp.Expr) -> sp.Symbol:
        """A new symbol for an expression."""
        symbol = sp.Symbol(name, integer=True, nonnegative=True)
        self._pairs.append((symbol, expression))
        return symbol

    def pairs(self) -> tuple[tuple[sp.Symbol, sp.Expr], ...]:
        """All of them, in order."""
        return tuple(self._pairs)


@dataclass(frozen=True)
class InputLayer:
    """How inputs are read: the mass of their literals, the bits of a coefficient that reading adds, and the factor that
    reading puts on the weights of the layer above."""

    mass: sp.Expr
    power: sp.Expr
    factor: sp.Expr
    weights: tuple[sp.Expr, ...]
    biases: tuple[sp.Expr, ...]
    gates: sp.Expr
    denominator: sp.Expr = sp.S.One
    """A multiple of the denominators that reading makes."""


def input_layer(grid: bool, inputs: Literal["integers", "bits"]) -> InputLayer:
    """The cube as it is; grid inputs as integers ``u = p*x + p^2`` or as bits, which share steps of one coordinate.

    >>> input_layer(True, "integers").mass
    2*d*p**2
    """
    zero, one = sp.Integer(0), sp.Integer(1)
    if not grid:
        return InputLayer(d, zero, one, (), (), zero)
    if inputs == "integers":
        return InputLayer(2 * d * p**2, zero, p, (), (), zero)
    size = bits(2 * p**2)
    return InputLayer(d * size, size, size, (p,), (2 * p**2,), 2 * d * p**2)


def literals_after(
    definitions: Definitions,
    form: str,
    layer: int,
    n: sp.Symbol,
    exponent: sp.Symbol,
    reading: sp.Expr,
    literals: sp.Expr,
) -> tuple[sp.Symbol, sp.Expr, sp.Expr]:
    """Define the mass of the literals above a hidden layer; with it the factor and the exponent that they carry.

    ``literals`` is the number that one ReLU makes; a threshold gate makes one. A node that never changes its sign passes on what
    it reads: so literals of all layers below may be read, also where no wire skips a layer.
    """
    made = m if form == "circuit" else m * literals
    above = definitions.define(f"n_{layer + 1}", n + made)
    return above, reading, (sp.Integer(0) if form == "circuit" else exponent)


def output_modulus(definitions: Definitions, odd_denominators: bool) -> sp.Symbol:
    """Define ``q``: ``2rR + 1``, or its bound where it must be coprime to denominators that are no powers of two."""
    if odd_denominators:
        return definitions.define("q", 2 * sp.Max(2 * R * r, 9 * (B + 1) ** 2))
    return definitions.define("q", 2 * R * r + 1)


def gates_and_wires(gates: sp.Expr, outputs: sp.Expr, circuit: bool) -> tuple[Bound, ...]:
    """The bounds on gates and wires, from that on gates.

    Neurons are put in an order in which each reads only earlier ones; so there are at most ``N(N-1)/2`` wires between ``N``
    neurons, and one from each input to each. A gate is one neuron in a circuit, and else two; an affine output reads at
    most every neuron and every input.

    >>> [str(bound.expression) for bound in gates_and_wires(m, sp.Integer(0), True)]
    ['m', 'd*m + m**2/2']
    """
    if circuit:
        return Bound("gates", "gates", gates), Bound("wires", "wires", d * gates + gates**2 / 2)
    wires = d * (2 * gates + outputs) + 2 * gates**2 + 2 * gates * outputs
    return Bound("gates", "gates", gates), Bound("wires", "wires", wires + outputs)
