"""The stated bounds of S5 (b), a ReLU network from threshold circuits: those of the circuits, with the layers around them.

The circuits have depth ``t``, and in their normal form weights of at most ``w`` bits and biases of at most ``b`` bits
(:mod:`exactnet.construct.barriers.network`, docs/barriers.md).

* Depth ``t + 2``: one layer makes the bits of ``u = p*x + p^2``, ``t`` layers the gates, one sums. On the cube the inputs
  are bits: ``t + 1``.
* A bit is a sum of steps ``1[u >= c]``, each two ReLUs, with weights 1 and -1; all bits of a coordinate are sums of the same
  steps. So a wire from a gate to a ReLU that makes bits carries the weights of up to ``bits(2p^2)`` bits, each less than
  ``2^w``; the layer of bits itself has weights ``p`` and biases of at most ``p^2``.
* A gate is ``[z+1]+ - [z]+`` for its integer form ``z``: biases of at most ``2^b``.
* The output reads every circuit with weight ``1/r``, and has the bias ``-R``.
* Two ReLUs for each of the ``g`` gates, and on the grid for each of ``2p^2`` steps of a coordinate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gmpy2 import mpq

from exactnet.claims.statements import Statement
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.theory.layers import Definitions, neurons_and_width
from exactnet.theory.options import check_names
from exactnet.theory.parameters import Parameters
from exactnet.theory.symbols import Bound, Bounds, R, bits, d, maximum, p, r

__all__ = ["MAX_BITS", "MAX_GATES", "assemble_bounds", "state"]

#: The most bits of a weight or bias, a little less than what a file can hold.
MAX_BITS = 60_000

#: The most gates, more than a file can hold.
MAX_GATES = 10**9 - 1


def assemble_bounds(grid: bool, depth: int, weight_bits: int, bias_bits: int, gates: int) -> Bounds:
    """The bounds for ``g`` gates of a depth ``t`` with weights of at most ``w`` and biases of at most ``b`` bits.

    >>> [f"{bound.name} <= {bound.expression}" for bound in assemble_bounds(True, 3, 7, 9, 5).bounds[:2]]
    ['depth <= t + 2', 'max_weight <= Max(1, (2**w - 1)*bits(2*p**2), p)']
    """
    definitions = Definitions()
    sizes = {"t": depth, "w": weight_bits, "b": bias_bits, "g": gates}
    t, w, b, g = (definitions.define(name, mpq(value)) for name, value in sizes.items())
    around, reading = (2, bits(2 * p**2)) if grid else (1, mpq(1))
    weights, biases = [mpq(1), reading * (2**w - 1)], [R, 2**b]
    if grid:
        weights.append(p)
        biases.append(p**2)
    return Bounds(
        definitions.pairs(),
        (
            Bound("depth", "depth", t + around),
            Bound("max_weight", "max_weight", maximum(*weights)),
            Bound("max_bias", "max_bias", maximum(*biases)),
            *neurons_and_width(2 * g + (4 * d * p**2 if grid else 0)),
            Bound("denominator", "denominator", r),
        ),
    )


def state(statement: Statement, grid: bool, options: Mapping[str, str], parameters: Parameters) -> Bounds:
    """The bounds of the route, as a certificate's options say."""
    limits = {"t": MAX_BITS, "weight_bits": MAX_BITS, "bias_bits": MAX_BITS, "gates": MAX_GATES}
    check_names(options, *limits)
    for name, limit in limits.items():
        if not re.fullmatch(r"\d{1,9}", options[name], re.ASCII) or int(options[name]) > limit:
            raise FormatError(f"the option {name!r} is {clip_text(options[name])}, not a natural number up to {limit}")
    return assemble_bounds(grid, *(int(options[name]) for name in limits))
