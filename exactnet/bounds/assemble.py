"""The stated bounds of S5 (b), a ReLU network from threshold circuits: those of the circuits, with the layers around them.

The circuits have depth ``t``, and in their normal form weights of at most ``w`` bits and biases of at most ``b`` bits
(:mod:`exactnet.construct.assemble_network`, docs/barriers.md).

* Depth ``t + 2``: one layer makes the bits of ``u = p*x + p^2``, ``t`` layers the gates, one sums. On the cube the inputs
  are bits: ``t + 1``.
* A bit is a sum of steps ``1[u >= c]``, each two ReLUs, with weights 1 and -1; all bits of a coordinate are sums of the same
  steps. So a wire from a gate to a ReLU that makes bits carries the weights of up to ``bits(2p^2)`` bits, each less than
  ``2^w``; the layer of bits itself has weights ``p`` and biases of at most ``p^2``.
* A gate is ``[z+1]+ - [z]+`` for its integer form ``z``: biases of at most ``2^b``.
* The output reads every circuit with weight ``1/r``, and has the bias ``-R``.
"""

from __future__ import annotations

import sympy as sp

from exactnet.bounds.layers import Definitions
from exactnet.bounds.symbols import Bound, Bounds, R, bits, p, r

__all__ = ["MAX_BITS", "assemble_bounds"]

#: The most bits of a weight or bias, a little less than what a file can hold.
MAX_BITS = 60_000


def assemble_bounds(grid: bool, depth: int, weight_bits: int, bias_bits: int) -> Bounds:
    """The bounds for circuits of a depth ``t`` with weights of at most ``w`` and biases of at most ``b`` bits.

    >>> [f"{bound.name} <= {bound.expression}" for bound in assemble_bounds(True, 3, 7, 9).bounds[:2]]
    ['depth <= t + 2', 'max_weight <= Max(1, p, (2**w - 1)*bits(2*p**2))']
    """
    definitions = Definitions()
    t, w, b = (
        definitions.define(name, sp.Integer(value)) for name, value in (("t", depth), ("w", weight_bits), ("b", bias_bits))
    )
    around, reading = (2, bits(2 * p**2)) if grid else (1, sp.Integer(1))
    weights, biases = [sp.Integer(1), reading * (2**w - 1)], [R, 2**b]
    if grid:
        weights.append(p)
        biases.append(p**2)
    return Bounds(
        definitions.pairs(),
        (
            Bound("depth", "depth", t + around),
            Bound("max_weight", "max_weight", sp.Max(*weights)),
            Bound("max_bias", "max_bias", sp.Max(*biases)),
            Bound("denominator", "denominator", r),
        ),
    )
