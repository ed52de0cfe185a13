"""The stated bounds of route D, lemma by lemma (:mod:`exactnet.construct.routes.stacked.route`, docs/stacked.md).

A layer with literals of mass ``n`` and forms below ``2^K``:

* its digit size is chosen so that the product of the widths of two digits is below ``P = max(2^11, 2(n+1)^2)``, and that of a width
  and ``q_out`` below ``max(2^11, 2(n+1)q_out)``; a width alone below ``max(2^5, 2(n+1))`` where a comparison is joined with nothing
  (inequalities 5 to 7). So events weigh at most ``(Q/2 + 1)*P``, with ``Q`` the largest modulus of the layer, and what has no
  modulus at most ``2^10*P``, in circuits ``max(2^14, 4(n+2))``: together ``E``;
* at most ``FP = K*(n+2)*(K+1)`` events are false, whatever the number of moduli (inequality 2);
* ``N`` moduli are enough if no gate that reads the layer meets a noise of ``N`` (inequality 4), and primes from
  ``z <= 2N + n + 16`` on that divide no ``q_out`` are at most ``18(z + 2 + bits(q_out))^2``. A search takes one modulus for a
  comparison: ``Q`` is then what it found, as the options say, and ``Q_out`` the largest modulus of windows;
* one ReLU makes at most ``K*bits(n) + 2 bits(n+2) + 3`` literals (inequality 8), or one with values up to ``q_out - 1``;
* gates are shared only by nodes that differ by a constant, and there only by what joins the same digit: so a gate is read through
  at most ``m`` nodes of a layer, ``2 bits(n+2) + bits(K+1) + 3`` bits each (one in circuits, ``q_out - 1`` times with a residue):
  the factor ``f`` of the layer above.

An event of one level and one modulus takes at most ``(n/2+1)(n+4)`` gates for each value of what is joined: for each of at most
``n/2+1`` values of ``h`` at most ``n/2+2`` multiples of ``q`` (``q_out`` times as many with a residue), two gates each. Digits are
less than ``4(n+1)^2``, as ``beta <= 8(n+2)``.

Rounded outputs: windows as in route B, or the carry (:mod:`exactnet.theory.carry`). ``N`` and ``Q`` are defined from the last layer
to the first, as they are chosen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.claims.statements import Statement
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.theory.carry import carry_biases, carry_weights, sign_gates
from exactnet.theory.clipped import clipped_bias, clipped_weight
from exactnet.theory.layers import Definitions, input_layer, output_modulus, reading_layer, sizes
from exactnet.theory.options import ModularOptions, read_inputs, read_moduli, rounded_output
from exactnet.theory.parameters import Parameters
from exactnet.theory.symbols import B, Bound, Bounds, R, Term, bits, k, m, maximum, r

__all__ = ["LARGEST", "WINDOW", "StackedOptions", "stacked_bounds", "state"]

#: The largest modulus that is searched for events.
LARGEST = 2**24

#: The largest modulus that is searched for windows, and how many there are.
WINDOW, WINDOWS = 2**21, 48

#: What is allowed to the comparison without a modulus of a circuit, and to that of windows.
PLAIN = 2**14


@dataclass(frozen=True)
class StackedOptions(ModularOptions):
    """What the bounds of route D depend on besides the parameters."""

    largest: int = LARGEST
    """The largest modulus that a search found for events."""
    window: int = WINDOW
    """The largest modulus that a search found for windows."""

    @property
    def noisy(self) -> bool:
        """Whether literals may be too large."""
        return self.moduli == "proven" or (isinstance(self.moduli, tuple) and len(self.moduli) > 1)


@dataclass(frozen=True)
class _Layer:
    """The literals that a layer of gates reads, and the comparisons over them."""

    n: Term
    exponent: Term
    factor: Term
    """What reading these literals puts on a weight, but for the number of moduli below."""

    @property
    def width(self) -> Term:
        """More than any digit."""
        return 4 * (self.n + 1) ** 2

    def event(self, circuit: bool, q_out: Term, largest: Term) -> Term:
        """The weights of events and of comparisons without a modulus."""
        n = self.n
        if circuit:
            return maximum(PLAIN, 4 * (n + 2), (largest / 2 + 1) * maximum(32, 2 * (n + 1)))
        joined = maximum(2**11, 2 * (n + 1) * (maximum(n + 1, q_out) if q_out != 1 else n + 1))
        return joined * maximum(largest / 2 + 1, 2**10)

    @property
    def false(self) -> Term:
        """The most false events of one comparison."""
        return self.exponent * (self.n + 2) * (self.exponent + 1)

    def gates(self, scale: Term, joined: Term, alone: Term) -> Term:
        """The gates of one comparison joined with something that takes so many values, and of what is joined alone."""
        return scale * self.exponent * (self.n / 2 + 1) * (self.n + 4) * joined + 2 * alone + 2

    def rounded(self, moduli: Term) -> Term:
        """The gates of one comparison by windows, and the one that rounds it."""
        return (self.exponent + 1) * moduli * (self.n + 4) + 2


def _depth(options: StackedOptions) -> Term:
    extra = 1 if options.inputs == "bits" and options.grid else 0
    rounded = k + (2 if options.output == "windows" else 3)
    return {"circuit": k + 1, "levels": k + 1, "exact": k + 1, "rounded": rounded, "clipped": rounded}[options.form] + extra


def _forward(options: StackedOptions, definitions: Definitions, hidden: int, q_out: Term) -> tuple[list[_Layer], _Layer]:
    """Every hidden layer, and what reads the last of them."""
    inputs = input_layer(options.grid, options.inputs)
    n, power, factor = definitions.define("n_1", inputs.mass), inputs.power, inputs.factor
    layers = []
    for layer in range(1, hidden + 1):
        exponent = definitions.define(f"K_{layer}", B + power + bits(n + 1) + 3)
        layers.append(_Layer(n, exponent, factor))
        literals: Term = exponent * bits(n) + 2 * bits(n + 2) + 3
        shared: Term = 2 * bits(n + 2) + bits(exponent + 1) + 3
        if options.form == "circuit":
            literals = shared = mpq(1)
        elif layer == hidden and q_out != 1:
            literals, shared = maximum(literals, q_out - 1), maximum(shared, q_out - 1)
        # A node that never changes its sign passes on what it reads: so also without skips literals of all layers may be read.
        factor = definitions.define(f"f_{layer + 1}", factor + m * shared)
        n = definitions.define(f"n_{layer + 1}", n + m * literals)
        power = mpq(0) if options.form == "circuit" else exponent
    exponent = definitions.define("K_out", bits(2 * R * r) + 2 * B + power + bits(n + 1) + 3)
    return layers, _Layer(n, exponent, factor)


def _stated(
    options: StackedOptions, definitions: Definitions, weights: list[Term], biases: list[Term], gates: list[Term],
    outputs: Term, denominator: Term,
) -> tuple[Bound, ...]:
    """All bounds, from what weights, biases and the number of gates are bounded by."""
    network = options.form in ("exact", "rounded", "clipped")
    bounds = [Bound("depth", "depth", _depth(options))]
    if network:
        bounds.append(Bound("depth (S1)", "depth", 3 * k + 3))
    bounds += [
        Bound("max_weight", "max_weight", maximum(*weights)),
        Bound("max_bias", "max_bias", maximum(*biases)),
    ]
    if options.form != "levels":
        bounds += sizes(definitions, gates, outputs, not network)
    if network:
        bounds.append(Bound("denominator", "denominator", r * denominator))
    return tuple(bounds)


def stacked_bounds(layers: int, options: StackedOptions) -> Bounds:
    """The bounds for an original of ``layers`` layers (its depth ``k``), as expressions.

    >>> found = stacked_bounds(3, StackedOptions("exact", False, "integers", "proven", True))
    >>> [str(b.expression) for b in found.bounds if b.name == "depth"]
    ['k + 1']
    """
    definitions = Definitions()
    inputs = reading_layer(definitions, options.grid, options.inputs, options.delta)
    hidden = layers if options.form == "circuit" else layers - 1
    q_out = output_modulus(definitions, not options.dyadic) if options.form == "exact" else mpq(1)
    hidden_layers, last = _forward(options, definitions, hidden, q_out)
    weights, biases = list(inputs.weights), list(inputs.biases)
    readers: list[Term] = [q_out] if options.form == "exact" else []
    carried = options.form in ("rounded", "clipped") and options.output == "carry"
    windows = [("out", last)] if options.form in ("rounded", "clipped", "levels") and not carried else []
    if options.form in ("circuit", "levels"):
        windows += [(str(place + 1), layer) for place, layer in enumerate(hidden_layers)]
    network = options.form in ("exact", "rounded", "clipped")
    outputs = definitions.define("o", mpq(options.outputs)) if network else mpq(0)
    gates: list[Term] = [inputs.gates]
    compared = {}
    for name, layer in windows:
        compared[name], count = _windows(options, definitions, name, layer)
        gates.append((outputs * 2 * R * r if network else m) * layer.rounded(count))
        readers.append(compared[name])
        weights.append(count * (layer.exponent + 2))
        biases.append(2 * count * (layer.exponent + 2))
    if carried:
        q = output_modulus(definitions, False)
        readers += [*carry_weights("overlapping", last.n, mpq(1)), q]
        weights.append(last.n + 3)
        biases += carry_biases("overlapping", last.n, last.exponent, mpq(1))
        reduction = (last.n + 2) * (q if options.noisy else 1)
        gates.append(outputs * (sign_gates("overlapping", last.n, last.exponent) + reduction))
    if carried and options.form == "clipped":
        readers.append(_clipped_reader(options, last))
        weights.append(clipped_weight(definitions, last.n, last.factor))
        biases.append(clipped_bias(definitions, last.n, mpq(1), last.exponent) * (last.exponent + 2))
        gates.append(outputs * (2 * last.gates(mpq(1), mpq(1), mpq(1)) + 2))
    events, scales = _backward(options, definitions, hidden_layers, last, q_out, readers)
    reading = [maximum(event, compared.get(str(place + 1), 0)) for place, event in enumerate(events)]
    reading.append(maximum(1, *readers) if options.form != "circuit" else mpq(1))
    most: Term = mpq(1)
    for place, (layer, event) in enumerate(zip([*hidden_layers, last], reading, strict=True)):
        # A form is scaled to the largest number of moduli of the layers that it reads.
        if place > 1:
            most = definitions.short(f"S_{place}", maximum(most, scales[place - 1]))
        elif place:
            most = scales[0]
        weights.append(layer.factor * event * most)
        biases.append(2 * (layer.n + 2) * event * most * (hidden_layers[place - 1].exponent + 2 if place else 1))
    for place, (layer, scale) in enumerate(zip(hidden_layers, scales, strict=True)):
        digits, joins = (layer.exponent + 1) * layer.width, q_out if place == len(hidden_layers) - 1 else mpq(0)
        if options.form == "circuit":
            digits = mpq(1)
        gates.append(m * layer.gates(scale, digits + joins + 1, digits + joins * (layer.n + 2)))
    if options.form == "exact":
        gates.append(outputs * (last.n + 2) * (q_out if options.noisy else 1))
    stated = _stated(options, definitions, weights, biases, gates, outputs, inputs.denominator)
    return Bounds(definitions.pairs(), stated)


def _windows(options: StackedOptions, definitions: Definitions, name: str, layer: _Layer) -> tuple[Term, Term]:
    """The weights of a comparison that is rounded, and how many moduli it has."""
    if options.moduli == "proven":
        needed = definitions.define(f"Phi_{name}", (layer.exponent + 1) * (layer.exponent + 2))
        return maximum(PLAIN, layer.n, 9 * (layer.n + 2) ** 2 * (needed + 2) ** 2), needed + 1
    if options.moduli == "searched":
        known = {symbol.name: symbol for symbol, _ in definitions.pairs()}
        largest = known.get("Q_out") or definitions.define("Q_out", mpq(options.window))
        return maximum(PLAIN, layer.n, largest / 2), mpq(WINDOWS)
    return maximum(PLAIN, layer.n, mpq(max(options.moduli))), mpq(len(options.moduli))


def _clipped_reader(options: StackedOptions, last: _Layer) -> Term:
    """The weights of the two comparisons that clip the carry, in one layer: without noise, of one modulus."""
    moduli = options.moduli if isinstance(options.moduli, tuple) else (options.largest,)
    return last.event(True, mpq(1), mpq(max(moduli)))


def _backward(
    options: StackedOptions, definitions: Definitions, layers: list[_Layer], last: _Layer, q_out: Term, readers: list[Term]
) -> tuple[list[Term], list[Term]]:
    """The weights of events and the number of moduli of every layer, chosen from the last layer to the first."""
    events: list[Term] = []
    scales: list[Term] = []
    heaviest = maximum(1, *readers)
    for place in range(len(layers) - 1, -1, -1):
        layer, above = layers[place], layers[place + 1] if place + 1 < len(layers) else last
        if options.moduli == "proven":
            noise = len(layers) * above.n * heaviest * layer.false
            scale = definitions.define(f"N_{place + 1}", 2 * (noise + 1))
            largest = definitions.define(f"Q_{place + 1}", 18 * (2 * scale + layer.n + 18 + bits(q_out)) ** 2)
        elif options.moduli == "searched":
            scale, largest = mpq(1), definitions.define(f"Q_{place + 1}", mpq(options.largest))
        else:
            scale, largest = mpq(len(options.moduli)), mpq(max(options.moduli))
        joined = q_out if place == len(layers) - 1 else mpq(1)
        event = definitions.define(f"E_{place + 1}", layer.event(options.form == "circuit", joined, largest))
        events.insert(0, event)
        scales.insert(0, scale)
        heaviest = definitions.short(f"H_{place + 1}", maximum(heaviest, event)) if options.moduli == "proven" else heaviest
    return events, scales


def _largest_found(options: Mapping[str, str], name: str, most: int) -> tuple[int | None, tuple[str, ...]]:
    """The largest modulus that a search found, if the option says it, and the names of options that say it."""
    if name not in options or options.get("moduli") != "searched":
        return None, ()
    if not re.fullmatch(r"[1-9]\d{0,8}", options[name], re.ASCII) or int(options[name]) > most:
        raise FormatError(f"the option {name!r} is {clip_text(options[name])}, not a modulus up to {most}")
    return int(options[name]), (name,)


def state(statement: Statement, grid: bool, options: Mapping[str, str], parameters: Parameters) -> Bounds:
    """The bounds of the route, as a certificate's options say."""
    output, also = rounded_output(statement, options)
    event, names = _largest_found(options, "Q", LARGEST)
    window, said_too = _largest_found(options, "Q_out", WINDOW)
    inputs, delta = read_inputs(statement, grid, options, "moduli", *also, *names, *said_too)
    moduli, form = read_moduli(options["moduli"]), statement.form
    shape = StackedOptions(
        form, grid, inputs, moduli, parameters.dyadic, delta, parameters.outputs, output, event or LARGEST, window or WINDOW
    )
    return stacked_bounds(parameters.k, shape)
