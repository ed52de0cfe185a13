"""What the bounds of all routes share: the input layer, the literals of a layer, the modulus of an exact output."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import sympy as sp
from gmpy2 import mpq

from exactnet.theory.symbols import B, Bound, R, bits, d, floor, m, maximum, p, r

__all__ = [
    "Definitions", "InputLayer", "input_layer", "literals_after", "neurons_and_width", "output_modulus", "reading_layer", "sizes",
]


class Definitions:
    """Intermediate quantities in order, each a symbol with the expression that it stands for."""

    def __init__(self, before: Iterable[tuple[sp.Symbol, sp.Expr]] = ()) -> None:
        self._pairs: list[tuple[sp.Symbol, sp.Expr]] = list(before)

    def define(self, name: str, expression: sp.Expr) -> sp.Symbol:
        """A new symbol for an expression."""
        symbol = sp.Symbol(name, integer=True, nonnegative=True)
        self._pairs.append((symbol, expression))
        return symbol

    def short(self, name: str, expression: sp.Expr) -> sp.Expr:
        """A number or a symbol as it is, and anything longer under a new name: so texts grow linearly with depth."""
        return expression if expression.is_Atom else self.define(name, expression)

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
    gates = m if form == "circuit" else m * literals
    above = definitions.define(f"n_{layer + 1}", n + gates)
    return above, reading, (sp.Integer(0) if form == "circuit" else exponent)


def output_modulus(definitions: Definitions, odd_denominators: bool) -> sp.Symbol:
    """Define ``q``: ``2rR + 1``, or its bound where it must be coprime to denominators that are no powers of two."""
    if odd_denominators:
        return definitions.define("q", 2 * maximum(2 * R * r, 9 * (B + 1) ** 2))
    return definitions.define("q", 2 * R * r + 1)


def sizes(definitions: Definitions, gates: Iterable[sp.Expr], outputs: sp.Expr, circuit: bool) -> tuple[Bound, ...]:
    """The bounds on neurons and wires, from the steps that are made (``G`` together); on gates, for a circuit.

    Neurons are put in an order in which each reads only earlier ones; so there are at most ``N(N-1)/2`` wires between ``N``
    neurons, and one from each input to each. A step is one neuron in a circuit, and else two; an affine output reads at
    most every neuron and every input.

    >>> [str(bound.expression) for bound in sizes(Definitions(), [m, m], sp.Integer(0), True)]
    ['G', 'G**2/2 + G*d']
    """
    steps = definitions.define("G", floor(sp.Add(*gates)))
    if circuit:
        return Bound("gates", "gates", steps), Bound("wires", "wires", d * steps + steps**2 / 2)
    wires = d * (2 * steps + outputs) + 2 * steps**2 + 2 * steps * outputs + outputs
    return *neurons_and_width(2 * steps), Bound("wires", "wires", wires)


def neurons_and_width(neurons: sp.Expr) -> tuple[Bound, ...]:
    """The bounds on the neurons of a ReLU network and on its width.

    In a layer, a neuron of this layer or of one below takes at most one place (it, or what passes its value on), and an input
    at most two.

    >>> [str(bound.expression) for bound in neurons_and_width(m)]
    ['m', '2*d + m']
    """
    return Bound("neurons", "neurons", neurons), Bound("width", "width", neurons + 2 * d)


def reading_layer(definitions: Definitions, grid: bool, inputs: Literal["integers", "bits"], delta: mpq | None) -> InputLayer:
    """How inputs are read: as :func:`input_layer` says, or as bits made by ramps of width ``delta``, which is then defined.

    With ``delta = a/b`` in lowest terms, a ramp's two ReLUs (``construct/gadgets/ramps.py``) have the input weight
    ``1/delta = b/a`` and a bias of at most ``p/delta``, with denominators that divide ``p*a``. Nothing else changes: the bits
    are what they are on the grid.

    >>> definitions = Definitions()
    >>> reading_layer(definitions, True, "bits", mpq(1, 1000)).weights, definitions.pairs()
    ((delta_den/delta_num,), ((delta_num, 1), (delta_den, 1000)))
    """
    plain = input_layer(grid, inputs)
    if delta is None:
        return plain
    above = definitions.define("delta_num", sp.Integer(int(delta.numerator)))
    below = definitions.define("delta_den", sp.Integer(int(delta.denominator)))
    slope = below / above
    return replace(plain, weights=(slope,), biases=(p * slope,), denominator=p * above)
