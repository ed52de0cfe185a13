"""What the bounds of all routes share: the input layer, the literals of a layer, the modulus of an exact output."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from gmpy2 import mpq

from exactnet.theory.symbols import B, Bound, R, Symbol, Term, bits, d, floor, m, maximum, p, r, total

__all__ = [
    "Definitions", "InputLayer", "input_layer", "literals_after", "neurons_and_width", "output_modulus", "reading_layer", "sizes",
]


class Definitions:
    """Intermediate quantities in order, each a symbol with the expression that it stands for."""

    def __init__(self, before: Iterable[tuple[Symbol, Term]] = ()) -> None:
        self._pairs: list[tuple[Symbol, Term]] = list(before)

    def define(self, name: str, expression: Term) -> Symbol:
        """A new symbol for an expression."""
        symbol = Symbol(name)
        self._pairs.append((symbol, expression))
        return symbol

    def short(self, name: str, expression: Term) -> Term:
        """A number or a symbol as it is, and anything longer under a new name: so texts grow linearly with depth."""
        return self.define(name, expression) if getattr(expression, "parts", ()) else expression

    def pairs(self) -> tuple[tuple[Symbol, Term], ...]:
        """All of them, in order."""
        return tuple(self._pairs)


@dataclass(frozen=True)
class InputLayer:
    """How inputs are read: the mass of their literals, the bits of a coefficient that reading adds, and the factor that
    reading puts on the weights of the layer above."""

    mass: Term
    power: Term
    factor: Term
    weights: tuple[Term, ...]
    biases: tuple[Term, ...]
    gates: Term
    denominator: Term = 1
    """A multiple of the denominators that reading makes."""


def input_layer(grid: bool, inputs: Literal["integers", "bits"]) -> InputLayer:
    """The cube as it is; grid inputs as integers ``u = p*x + p^2`` or as bits, which share steps of one coordinate.

    >>> input_layer(True, "integers").mass
    2*d*p**2
    """
    zero, one = mpq(0), mpq(1)
    if not grid:
        return InputLayer(d, zero, one, (), (), zero)
    if inputs == "integers":
        return InputLayer(2 * d * p**2, zero, p, (), (), zero)
    size = bits(2 * p**2)
    return InputLayer(d * size, size, size, (p,), (2 * p**2,), 2 * d * p**2)


def literals_after(
    definitions: Definitions, form: str, layer: int, n: Symbol, exponent: Symbol, reading: Term, literals: Term
) -> tuple[Symbol, Term, Term]:
    """Define the mass of the literals above a hidden layer; with it the factor and the exponent that they carry.

    ``literals`` is the number that one ReLU makes; a threshold gate makes one. A node that never changes its sign passes on what
    it reads: so literals of all layers below may be read, also where no wire skips a layer.
    """
    gates = m if form == "circuit" else m * literals
    above = definitions.define(f"n_{layer + 1}", n + gates)
    return above, reading, (mpq(0) if form == "circuit" else exponent)


def output_modulus(definitions: Definitions, odd_denominators: bool) -> Symbol:
    """Define ``q``: ``2rR + 1``, or its bound where it must be coprime to denominators that are no powers of two."""
    if odd_denominators:
        return definitions.define("q", 2 * maximum(2 * R * r, 9 * (B + 1) ** 2))
    return definitions.define("q", 2 * R * r + 1)


def sizes(definitions: Definitions, gates: Iterable[Term], outputs: Term, circuit: bool) -> tuple[Bound, ...]:
    """The bounds on neurons and wires, from the steps that are made (``G`` together); on gates, for a circuit.

    Neurons are put in an order in which each reads only earlier ones; so there are at most ``N(N-1)/2`` wires between ``N``
    neurons, and one from each input to each. A step is one neuron in a circuit, and else two; an affine output reads at
    most every neuron and every input.

    >>> [str(bound.expression) for bound in sizes(Definitions(), [m, m], mpq(0), True)]
    ['G', 'G**2/2 + G*d']
    """
    steps = definitions.define("G", floor(total(*gates)))
    if circuit:
        return Bound("gates", "gates", steps), Bound("wires", "wires", d * steps + steps**2 / 2)
    wires = d * (2 * steps + outputs) + 2 * steps**2 + 2 * steps * outputs + outputs
    return *neurons_and_width(2 * steps), Bound("wires", "wires", wires)


def neurons_and_width(neurons: Term) -> tuple[Bound, ...]:
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
    ((delta_den/delta_num,), ((delta_num, mpq(1,1)), (delta_den, mpq(1000,1))))
    """
    plain = input_layer(grid, inputs)
    if delta is None:
        return plain
    above = definitions.define("delta_num", mpq(int(delta.numerator)))
    below = definitions.define("delta_den", mpq(int(delta.denominator)))
    slope = below / above
    return replace(plain, weights=(slope,), biases=(p * slope,), denominator=p * above)
