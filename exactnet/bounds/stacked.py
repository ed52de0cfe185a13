"""The stated bounds of route D, lemma by lemma (:mod:`exactnet.construct.stacked`, docs/stacked.md).

A layer with literals of mass ``n`` and forms below ``2^K``:

* digits have at most three bits more than route A's, so ``beta <= 8(n+2)``, and ``A_b < W = 4(n+1)^2``;
* at most ``FP = K*(n+2)*(K+1)`` events are false, whatever the number of moduli (inequality 2);
* events have weights of at most ``E = 2^20 + q*W^2``, or ``2^20 + q*q_out*W`` where a residue is joined, with ``q`` the
  largest modulus of the layer; ``2^20`` is what is allowed to the comparison without a modulus;
* ``N`` moduli are enough if no gate that reads the layer meets a noise of ``N`` (inequality 4), and primes from
  ``z <= 2N + n + 16`` on that divide no ``q_out`` are at most ``18(z + 2 + bits(q_out))^2``; searched are one modulus a
  comparison of at most ``2^24``;
* one ReLU makes at most ``(K+3)(bits(n+2)+3)`` literals, and the gates of a layer weigh at most ``m`` times that times
  ``(K+1)*N`` in the forms that read them, as they may be shared.

* an event of one level and one modulus takes at most ``(n/2+1)(n+4)`` gates for each value of what is joined: for each of at
  most ``n/2+1`` values of ``h`` at most ``n/2+2`` multiples of ``q`` (``q_out`` times as many with a residue), two gates each.

``N`` and ``q`` are defined from the last layer to the first, as they are chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sympy as sp
from gmpy2 import mpq

from exactnet.bounds import ramps
from exactnet.bounds.layers import Definitions, gates_and_wires, input_layer, output_modulus
from exactnet.bounds.lookahead import Form
from exactnet.bounds.symbols import B, Bound, Bounds, R, bits, k, m, r, s

__all__ = ["StackedOptions", "stacked_bounds"]

#: The largest searched modulus.
LARGEST = 2**24

#: The weights that a comparison without a modulus may have.
AIM = 2**20

#: The largest searched modulus of a comparison that is rounded, and how many there are.
WINDOW, WINDOWS = 2**21, 48


@dataclass(frozen=True)
class StackedOptions:
    """What the bounds of route D depend on besides the parameters."""

    form: Form
    grid: bool
    inputs: Literal["integers", "bits"]
    moduli: Literal["proven", "searched"] | tuple[int, ...]
    """How moduli are chosen, or those given by hand."""
    dyadic: bool
    delta: mpq | None = None
    """The width of the ramps that make bits of real inputs."""
    outputs: int = 1


@dataclass(frozen=True)
class _Layer:
    """The literals that a layer of gates reads, and the comparisons over them."""

    n: sp.Expr
    exponent: sp.Expr
    factor: sp.Expr
    """What reading these literals puts on a weight, but for the number of moduli below."""

    @property
    def width(self) -> sp.Expr:
        """More than any digit."""
        return 4 * (self.n + 1) ** 2

    @property
    def false(self) -> sp.Expr:
        """The most false events of one comparison."""
        return self.exponent * (self.n + 2) * (self.exponent + 1)

    def gates(self, scale: sp.Expr, joined: sp.Expr, alone: sp.Expr) -> sp.Expr:
        """The gates of one comparison joined with something that takes so many values, and of what is joined alone."""
        return scale * self.exponent * (self.n / 2 + 1) * (self.n + 4) * joined + 2 * alone + 2

    def rounded(self, moduli: sp.Expr) -> sp.Expr:
        """The gates of one comparison by windows, and the one that rounds it."""
        return (self.exponent + 1) * moduli * (self.n + 4) + 2


def _depth(options: StackedOptions) -> sp.Expr:
    extra = 1 if options.inputs == "bits" and options.grid else 0
    return {"circuit": k + 1, "levels": k + 1, "exact": k + 1, "rounded": k + 2, "clipped": k + 2}[options.form] + extra


def _forward(options: StackedOptions, definitions: Definitions, hidden: int) -> tuple[list[_Layer], _Layer]:
    """Every hidden layer, and what reads the last of them."""
    inputs = input_layer(options.grid, options.inputs)
    n, power = definitions.define("n_1", inputs.mass), inputs.power
    factor = inputs.factor
    layers = []
    for layer in range(1, hidden + 1):
        exponent = definitions.define(f"K_{layer}", B + power + bits(n + 1) + 3)
        layers.append(_Layer(n, exponent, factor))
        literals = sp.Integer(1) if options.form == "circuit" else (exponent + 3) * (bits(n + 2) + 3)
        n = definitions.define(f"n_{layer + 1}", s * n + m * literals)
        factor = m * literals * (exponent + 1) + s * inputs.factor
        power = sp.Integer(0) if options.form == "circuit" else exponent
    exponent = definitions.define("K_out", bits(2 * R * r) + 2 * B + power + bits(n + 1) + 3)
    return layers, _Layer(n, exponent, factor)


def stacked_bounds(layers: int, options: StackedOptions) -> Bounds:
    """The bounds for an original of ``layers`` layers (its depth ``k``), as expressions.

    >>> found = stacked_bounds(3, StackedOptions("exact", False, "integers", "proven", True))
    >>> [str(b.expression) for b in found.bounds if b.name == "depth"]
    ['k + 1']
    """
    definitions = Definitions()
    inputs = ramps.reading(definitions, options.grid, options.inputs, options.delta)
    hidden = layers if options.form == "circuit" else layers - 1
    made, last = _forward(options, definitions, hidden)
    weights, biases = list(inputs.weights), list(inputs.biases)
    q_out = sp.Integer(1)
    readers: list[sp.Expr] = []
    if options.form == "exact":
        q_out = output_modulus(definitions, not options.dyadic)
        readers.append(q_out**2)
    windows = [("out", last)] if options.form in ("rounded", "clipped", "levels") else []
    if options.form in ("circuit", "levels"):
        windows += [(str(place + 1), layer) for place, layer in enumerate(made)]
    network = options.form in ("exact", "rounded", "clipped")
    outputs = definitions.define("o", sp.Integer(options.outputs)) if network else sp.Integer(0)
    gates = inputs.gates
    compared = {}
    for name, layer in windows:
        compared[name], count = _windows(options, definitions, name, layer)
        gates += (outputs * 2 * R * r if network else m) * layer.rounded(count)
        readers.append(compared[name])
        weights.append(count * (layer.exponent + 2))
        biases.append(2 * count * (layer.exponent + 2))
    events, scales = _backward(options, definitions, made, last, q_out, readers)
    most = sp.Max(*scales) if scales else sp.Integer(1)
    reading = [
        (layer, sp.Max(event, compared.get(str(place + 1), 0)))
        for place, (layer, event) in enumerate(zip(made, events, strict=True))
    ]
    reading.append((last, sp.Max(1, *readers) if options.form != "circuit" else sp.Integer(1)))
    for place, (layer, event) in enumerate(reading):
        below = made[place - 1].exponent + 2 if place else sp.Integer(1)
        # With skips a form is scaled to the largest number of moduli, else gates below count as often as there are.
        scale = (sp.Max(scales[place - 1], s * most) if place else 1 + s * (most - 1)) if scales else sp.Integer(1)
        weights.append(layer.factor * event * scale)
        biases.append(2 * (layer.n + 2) * event * scale * below)
    for place, (layer, scale) in enumerate(zip(made, scales, strict=True)):
        digits, joins = (layer.exponent + 1) * layer.width, q_out if place == len(made) - 1 else sp.Integer(0)
        if options.form == "circuit":
            digits = sp.Integer(1)
        gates += m * layer.gates(scale, digits + joins + 1, digits + joins * (layer.n + 2))
    if options.form == "exact":
        gates += outputs * q_out * (last.n + 2)
    bounds = [Bound("depth", "depth", _depth(options))]
    if network:
        bounds.append(Bound("depth (S1)", "depth", 3 * k + 3))
    bounds += [
        Bound("max_weight", "max_weight", sp.Max(*weights)),
        Bound("max_bias", "max_bias", sp.Max(*biases)),
    ]
    if options.form != "levels":
        bounds += gates_and_wires(gates, outputs, not network)
    if network:
        bounds.append(Bound("denominator", "denominator", r * inputs.denominator))
    return Bounds(definitions.pairs(), tuple(bounds))


def _windows(
    options: StackedOptions, definitions: Definitions, name: str, layer: _Layer
) -> tuple[sp.Expr, sp.Expr]:
    """The weights of a comparison that is rounded, and how many moduli it has."""
    if options.moduli == "proven":
        needed = definitions.define(f"Phi_{name}", (layer.exponent + 1) * (layer.exponent + 2) * (layer.n + 2) ** 2)
        return sp.Max(2**14, 9 * (needed + 2) ** 2), needed + 1
    if options.moduli == "searched":
        return sp.Integer(WINDOW), sp.Integer(WINDOWS)
    return sp.Integer(max(2**14, *options.moduli)), sp.Integer(len(options.moduli))


def _backward(
    options: StackedOptions,
    definitions: Definitions,
    made: list[_Layer],
    last: _Layer,
    q_out: sp.Expr,
    readers: list[sp.Expr],
) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """The weights of events and the number of moduli of every layer, chosen from the last layer to the first."""
    events: list[sp.Expr] = []
    scales: list[sp.Expr] = []
    heaviest = list(readers)
    for place in range(len(made) - 1, -1, -1):
        layer, above = made[place], made[place + 1] if place + 1 < len(made) else last
        if options.moduli == "proven":
            value = q_out if place == len(made) - 1 else sp.Integer(1)
            noise = (1 + s * k) * above.n * sp.Max(*heaviest, 1) * value * layer.false
            scale = definitions.define(f"N_{place + 1}", 2 * (noise + 1))
            largest = definitions.define(f"Q_{place + 1}", 18 * (2 * scale + layer.n + 18 + bits(q_out)) ** 2)
        elif options.moduli == "searched":
            scale, largest = sp.Integer(1), sp.Integer(LARGEST)
        else:
            scale, largest = sp.Integer(len(options.moduli)), sp.Integer(max(options.moduli))
        joined = largest * layer.width * sp.Max(layer.width, q_out if place == len(made) - 1 else 1)
        event = definitions.define(f"E_{place + 1}", AIM + joined)
        events.insert(0, event)
        scales.insert(0, scale)
        heaviest.append(event)
    return events, scales
