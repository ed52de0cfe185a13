"""The stated bounds of route B, lemma by lemma (:mod:`exactnet.construct.gadgets.windows`, docs/routes.md).

A layer with literals of mass ``n`` (every gate reads literals with coefficients of at most):

* events with searched moduli: ``q <= 2w``, where ``w = min(2(n+3)^3, max(2^14, 4(n+3)^2))``, so centred residues and the exact gate
  have weights of at most ``w``, and biases within the range of their form, ``n`` times that plus ``q``;
* events with proven moduli: with ``beta <= n+2`` the windows are less than ``(n+2)^2/2`` wide, and so their scale is less than
  ``(n+2)^2``. At most ``K+2`` primes err at each of at most ``K+1`` levels: ``Phi = (K+1)(K+2)``. As between ``z`` and ``2z`` lie
  more than ``z/(3 log 2z)`` primes, ``Phi+1`` of them are at most ``18(Phi+2)^2``; moduli are the scale times these, and residues
  half of that. Longer digits are taken only where their moduli are no larger: with fewer levels they need no more of them;
* rounding and masking: weights of at most ``|Q|(K+2)``, where ``|Q| <= 48`` (searched) or ``Phi+1`` (proven).

``K_l``, the literals of a ReLU, and the exact output stage are those of route A. In the rounded form every value
``v`` of ``floor(rest/2^t)``, of which there are at most ``n``, is one comparison of forms below ``2^{K_out}``; or the carry is
route A's (:mod:`exactnet.theory.carry`).

Gates, with ``|Q|`` moduli: a window takes two for each multiple of ``q`` in the range of a residue, which is at most
``q-1 + n*q/2``, so
``n+4``; there are at most ``K+1`` levels, one exact gate, and one that rounds. A ReLU takes besides a gate at every
value of every
digit, ``(K+1)(n+2)^2/2`` (or for residues fewer than that), and one mask for each of at most ``2K+2`` bits
(``bits(q)``). The
reduction mod ``q`` of each of ``o`` outputs takes ``n+2``.
"""

from __future__ import annotations

from collections.abc import Mapping

from gmpy2 import mpq

from exactnet.claims.statements import Statement
from exactnet.theory.carry import carry_biases, carry_exponent, carry_weights, sign_gates
from exactnet.theory.clipped import clipped_bias, clipped_sign, clipped_weight
from exactnet.theory.layers import Definitions, literals_after, output_modulus, reading_layer, sizes
from exactnet.theory.options import ModularOptions, read_inputs, read_moduli, rounded_output
from exactnet.theory.parameters import Parameters
from exactnet.theory.symbols import B, Bound, Bounds, R, Symbol, Term, bits, k, m, maximum, minimum, r

__all__ = ["residue_bounds", "state"]

#: As many candidate moduli as the search looks at.
CANDIDATES = 48


def _depth(options: ModularOptions) -> Term:
    extra = 1 if options.inputs == "bits" and options.grid else 0
    return (2 * k + 2 if options.form in ("rounded", "clipped") else 2 * k) + extra


def residue_bounds(layers: int, options: ModularOptions) -> Bounds:
    """The bounds for an original of ``layers`` layers (its depth ``k``), as expressions.

    >>> found = residue_bounds(2, ModularOptions("exact", False, "integers", "searched", True))
    >>> [str(b.expression) for b in found.bounds if b.name == "depth"]
    ['2*k']
    """
    definitions = Definitions()
    inputs = reading_layer(definitions, options.grid, options.inputs, options.delta)
    weights, biases, gates = list(inputs.weights), list(inputs.biases), [inputs.gates]
    circuit = options.form == "circuit"
    gated = circuit or options.form == "levels"
    outputs = mpq(0) if gated else definitions.define("o", mpq(options.outputs))
    n, factor, power = definitions.define("n_1", inputs.mass), inputs.factor, inputs.power
    below = (n, factor)
    hidden = layers if gated else layers - 1
    for layer in range(1, hidden + 1):
        exponent = definitions.define(f"K_{layer}", B + power + bits(n + 1) + bits(n + 2))
        count = _events(options, definitions, layer, n, exponent, factor, weights, biases)
        literals = mpq(0) if circuit else (exponent + 1) * (n + 2) ** 2 / 2 + 2 * exponent + 2
        gates.append(m * (_comparison(n, exponent, count) + literals))
        below = (n, factor)
        n, factor, power = literals_after(definitions, options.form, layer, n, exponent, inputs.factor, 2 * exponent + 2)
    bounds = [Bound("depth", "depth", _depth(options))]
    if not gated:
        q = output_modulus(definitions, options.form == "exact" and not options.dyadic)
        for mass, wires in [(n, factor), below] if options.form == "exact" else [(n, factor)]:
            weights.append(wires * q)
            biases.append((mass + 2) * q)
        if options.form in ("rounded", "clipped") and options.output == "carry":
            exponent = definitions.define("K_out", carry_exponent(n))
            weights += carry_weights("overlapping", n, factor)
            biases += carry_biases("overlapping", n, exponent, mpq(1))
            gates.append(outputs * sign_gates("overlapping", n, exponent))
        elif options.form in ("rounded", "clipped"):
            exponent = definitions.define("K_out", bits(2 * R * r) + 2 * B + bits(n + 2) + bits(n + 1))
            count = _events(options, definitions, "out", n, exponent, factor, weights, biases)
            gates.append(outputs * n * _comparison(n, exponent, count))
        else:
            gates.append(m * bits(q))
        if options.form == "clipped":
            exponent = clipped_sign(definitions, n, power)
            count = _events(options, definitions, "clip", n, exponent, factor, weights, biases)
            gates.append(outputs * (2 * _comparison(n, exponent, count) + 2))
            weights.append(clipped_weight(definitions, n, factor))
            biases.append(clipped_bias(definitions, n, mpq(1), mpq(0)))
        gates.append(outputs * (n + 2))
        bounds += [Bound("depth (S1)", "depth", 3 * k + 3)]
    bounds += [
        Bound("max_weight", "max_weight", maximum(*weights)),
        Bound("max_bias", "max_bias", maximum(*biases)),
    ]
    if options.form != "levels":
        bounds += sizes(definitions, [*gates, m] if circuit else gates, outputs, circuit)
    if not gated:
        bounds.append(Bound("denominator", "denominator", r * inputs.denominator))
    return Bounds(definitions.pairs(), tuple(bounds))


def _events(
    options: ModularOptions,
    definitions: Definitions,
    layer: int | str,
    n: Symbol,
    exponent: Symbol,
    factor: Term,
    weights: list[Term],
    biases: list[Term],
) -> Term:
    """Add the bounds of the events and of the gates that round them; the number of moduli."""
    exact = minimum(2 * (n + 3) ** 3, maximum(2**14, 4 * (n + 3) ** 2))
    if options.moduli == "proven":
        needed = definitions.define(f"Phi_{layer}", (exponent + 1) * (exponent + 2))
        largest, count = maximum(exact, 9 * (n + 2) ** 2 * (needed + 2) ** 2), needed + 1
    elif options.moduli == "searched":
        largest, count = exact, mpq(CANDIDATES)
    else:
        largest, count = maximum(exact, max(options.moduli)), mpq(len(options.moduli))
    weights += [factor * largest, count * (exponent + 2)]
    biases += [(n + 2) * 2 * largest, 2 * count * (exponent + 2)]
    return count


def _comparison(n: Term, exponent: Term, moduli: Term) -> Term:
    """The gates of one comparison that is rounded."""
    return (exponent + 1) * moduli * (n + 4) + 2


def state(statement: Statement, grid: bool, options: Mapping[str, str], parameters: Parameters) -> Bounds:
    """The bounds of the route, as a certificate's options say."""
    output, also = rounded_output(statement, options)
    inputs, delta = read_inputs(statement, grid, options, "moduli", *also)
    moduli, form = read_moduli(options["moduli"]), statement.form
    shape = ModularOptions(form, grid, inputs, moduli, parameters.dyadic, delta, parameters.outputs, output)
    return residue_bounds(parameters.k, shape)
