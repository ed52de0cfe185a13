"""The stated bounds of canonical digits, lemma by lemma: routes A and C (docs/bounds.md).

A layer with literals of mass ``n`` uses balanced digits in a base ``beta <= n+2``, so digit forms are at most ``A``
with
``A+1 <= (n+2)^2/2``, and wrap at most ``nu <= (n+1)/2`` times. A coefficient of a literal counts ``f`` times on a
wire, where
``f`` is the most literals that read one gate: the bits of one canonical digit are sums of the same gates, and there
are at most
``log2(beta) <= bits(n+2) - 1`` of them; the bits of a residue are ``bits(q)``.

* Digit sums, predicates, carries and masks, and the gates of a sign: :mod:`exactnet.theory.carry`.
* ``K_l <= B + K_{l-1} + bits(n_l+1) + bits(n_l+2)``; one ReLU gives at most ``K_l`` literals, or ``bits(q)``
  (residues).
* Residues: coefficients of at most ``q``, biases at most ``(n+K+5)*q``.
* Outputs: the carry of the rounded form as in a hidden layer, with ``K_out`` for ``K``; the reduction mod ``q``.
  Clipped: two
  signs as in a hidden layer, with ``K_clip`` for ``K``, and :mod:`exactnet.theory.clipped`.
* Gates of a ReLU: those of its sign; the carries into the at most ``K`` blocks, of ``ceil(b/w)`` terms each with ``w
  >= 2``, which is
    ``(K+1)(K+4)/4`` together; ``beta - 1 <= n+1`` for the masked digit of each of ``K`` blocks. Where residues are
  taken instead, they
  are predicted to be fewer.
* Gates of the reduction mod ``q``: the form is at most ``q-1 + n*q/2``, with a carry of at most ``n+1`` added, so
  ``n+2``. One for
  each of ``o`` outputs.

Depth, with ``l`` layers of gates for a ReLU (3 or 4): exact ``l(k-1) + 2``; rounded ``l(k-1) + o + 1`` with ``o``
layers for the
output (3 or 4); circuits ``(l-1)t + 1``; levels ``l(k-1) + (l-1) + 1``; one more with inputs read as bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gmpy2 import mpq

from exactnet.claims.statements import Form
from exactnet.theory.carry import Predicates, carry_biases, carry_exponent, carry_weights, sign_gates
from exactnet.theory.clipped import clipped_bias, clipped_sign, clipped_weight
from exactnet.theory.layers import Definitions, InputLayer, output_modulus, reading_layer, sizes
from exactnet.theory.symbols import B, Bound, Bounds, Symbol, Term, bits, k, m, maximum, r, s

__all__ = ["CanonicalOptions", "Predicates", "canonical_bounds"]


_LAYERS: dict[Predicates, int] = {"linear": 2, "overlapping": 1}


@dataclass(frozen=True)
class CanonicalOptions:
    """What the bounds depend on besides the parameters."""

    form: Form
    grid: bool
    inputs: Literal["integers", "bits"]
    hidden: Predicates
    output: Predicates
    """The predicates of the rounded output."""
    dyadic: bool
    delta: mpq | None = None
    """The width of the ramps that make bits of real inputs."""
    outputs: int = 1
    gates: bool = False
    """Whether some node of the original is a threshold gate."""


class _Collected:
    """Definitions in order, and all that a wire, a bias, or the number of gates is bounded by."""

    def __init__(self, definitions: Definitions, inputs: InputLayer, options: CanonicalOptions) -> None:
        self.hidden = options.hidden
        self.definitions = definitions
        network = options.form not in ("circuit", "levels")
        self.outputs: Term = definitions.define("o", mpq(options.outputs)) if network else mpq(0)
        self.weights: list[Term] = [*inputs.weights]
        self.biases: list[Term] = [*inputs.biases]
        self.gates: list[Term] = [inputs.gates]

    def define(self, name: str, expression: Term) -> Symbol:
        """A new symbol for an expression."""
        return self.definitions.define(name, expression)


@dataclass(frozen=True)
class _Literals:
    """The literals that a layer reads: their mass ``n``, the exponent ``K`` of their places, and ``f`` and ``z``."""

    mass: Symbol
    power: Term
    factor: Term
    at_zero: Term


def _carries(collected: _Collected, predicates: Predicates, reads: _Literals, power: Symbol) -> None:
    """The wires and biases of digit sums, predicates, carries and masks."""
    collected.weights += carry_weights(predicates, reads.mass, reads.factor)
    collected.biases += carry_biases(predicates, reads.mass, power, reads.at_zero)


def _hidden(collected: _Collected, layer: int, reads: _Literals) -> Symbol:
    """The wires and biases of a hidden layer; its ``K``."""
    n = reads.mass
    power = collected.define(f"K_{layer}", B + reads.power + bits(n + 1) + bits(n + 2))
    _carries(collected, collected.hidden, reads, power)
    return power


def _hidden_relus(
    collected: _Collected, options: CanonicalOptions, hidden: int, reads: _Literals, q: Symbol | None
) -> _Literals:
    """Hidden layers of ReLUs, and of threshold gates if there are any. ``q`` is the modulus of the exact form."""
    for layer in range(1, hidden + 1):
        n, power = reads.mass, _hidden(collected, layer, reads)
        carried = (power + 1) * (power + 4) / 4
        collected.gates.append(m * (sign_gates(collected.hidden, n, power) + carried + power * (n + 1)))
        bits_made: Term = power
        factor = bits(n + 2) - 1
        if layer == hidden and q is not None:
            collected.weights.append(reads.factor * q)
            collected.biases.append(reads.at_zero * (n + power + 5) * q)
            bits_made, factor = maximum(bits_made, bits(q)), maximum(factor, bits(q))
        # A ReLU that never changes its sign passes on what it reads, also where no wire skips a layer.
        mass = collected.define(f"n_{layer + 1}", (m - 1) * bits_made + maximum(bits_made, n + s * bits_made))
        factor = collected.definitions.short(f"f_{layer + 1}", maximum(factor, reads.factor))
        at_zero = collected.definitions.short(f"z_{layer + 1}", _at_zero(layer, reads, power)) if options.gates else mpq(1)
        reads = _Literals(mass, power, factor, at_zero)
    return reads


def _hidden_thresholds(collected: _Collected, hidden: int, reads: _Literals) -> None:
    """Layers of threshold gates: their signs are sums of gates that nobody else reads, or one literal of a layer below."""
    for layer in range(1, hidden + 1):
        n, power = reads.mass, _hidden(collected, layer, reads)
        collected.gates.append(m * sign_gates(collected.hidden, n, power))
        if layer == hidden:
            return
        mass = collected.define(f"n_{layer + 1}", s * n + m)
        at_zero = collected.definitions.short(f"z_{layer + 1}", _at_zero(layer, reads, power))
        reads = _Literals(mass, mpq(0), reads.factor, at_zero)


def _at_zero(layer: int, reads: _Literals, power: Symbol) -> Term:
    """``z`` above a layer with threshold gates: their signs are sums of at most ``K+2`` gates and complements of gates."""
    return power + 2 if layer == 1 else maximum(reads.at_zero, power + 2)


def _output(collected: _Collected, reads: _Literals, q: Symbol) -> None:
    """The reduction mod ``q``."""
    collected.gates.append(collected.outputs * (reads.mass + 2))
    collected.weights.append(reads.factor * q)
    collected.biases.append(reads.at_zero * (reads.mass + 2) * q)


def _circuit(collected: _Collected, options: CanonicalOptions, layers: int, reads: _Literals) -> Term:
    _hidden_thresholds(collected, layers, reads)
    return (_LAYERS[options.hidden] + 1) * k + 1


def _levels(collected: _Collected, options: CanonicalOptions, layers: int, reads: _Literals) -> Term:
    _hidden(collected, layers, _hidden_relus(collected, options, layers - 1, reads, None))
    return (_LAYERS[options.hidden] + 2) * k


def _exact(collected: _Collected, options: CanonicalOptions, layers: int, reads: _Literals) -> Term:
    q = output_modulus(collected.definitions, not options.dyadic)
    _output(collected, _hidden_relus(collected, options, layers - 1, reads, q), q)
    return (_LAYERS[options.hidden] + 2) * (k - 1) + 2


def _rounded(collected: _Collected, options: CanonicalOptions, layers: int, reads: _Literals) -> Term:
    q = output_modulus(collected.definitions, False)
    hidden = _hidden_relus(collected, options, layers - 1, reads, None)
    power = collected.define("K_out", carry_exponent(hidden.mass))
    _carries(collected, options.output, hidden, power)
    collected.gates.append(collected.outputs * sign_gates(options.output, hidden.mass, power))
    if options.form == "clipped":
        power = clipped_sign(collected.definitions, hidden.mass, hidden.power)
        _carries(collected, options.hidden, hidden, power)
        collected.gates.append(collected.outputs * (2 * sign_gates(options.hidden, hidden.mass, power) + 2))
        collected.weights.append(clipped_weight(collected.definitions, hidden.mass, hidden.factor))
        collected.biases.append(clipped_bias(collected.definitions, hidden.mass, hidden.at_zero, power))
    _output(collected, hidden, q)
    return (_LAYERS[options.hidden] + 2) * (k - 1) + _LAYERS[options.output] + 3


_FORMS: dict[Form, Callable[[_Collected, CanonicalOptions, int, _Literals], Term]] = {
    "circuit": _circuit,
    "levels": _levels,
    "exact": _exact,
    "rounded": _rounded,
    "clipped": _rounded,
}


def canonical_bounds(layers: int, options: CanonicalOptions) -> Bounds:
    """The bounds for an original of ``layers`` layers (its depth ``k``), as expressions.

    >>> found = canonical_bounds(2, CanonicalOptions("exact", False, "integers", "linear", "linear", True))
    >>> [str(b.expression) for b in found.bounds if b.name == "depth"]
    ['4*k - 2']
    """
    definitions = Definitions()
    inputs = reading_layer(definitions, options.grid, options.inputs, options.delta)
    collected = _Collected(definitions, inputs, options)
    reads = _Literals(collected.define("n_1", inputs.mass), inputs.power, inputs.factor, mpq(1))
    depth = _FORMS[options.form](collected, options, layers, reads)
    bounds = [Bound("depth", "depth", depth + (1 if options.grid and options.inputs == "bits" else 0))]
    network = options.form in ("exact", "rounded", "clipped")
    if network and options.hidden == "overlapping":
        bounds.append(Bound("depth (S1)", "depth", 3 * k + 3))
    bounds += [
        Bound("max_weight", "max_weight", maximum(*collected.weights)),
        Bound("max_bias", "max_bias", maximum(*collected.biases)),
    ]
    if options.form != "levels":
        bounds += sizes(definitions, collected.gates if network else [*collected.gates, m], collected.outputs, not network)
    if network:
        bounds.append(Bound("denominator", "denominator", r * inputs.denominator))
    return Bounds(collected.definitions.pairs(), tuple(bounds))
