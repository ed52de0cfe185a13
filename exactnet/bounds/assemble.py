"""The stated bounds of S5 (b), a ReLU network from threshold circuits: those of the circuits, with the layers around them.

The circuits have depth ``t``, and in their normal form weights of at most ``W`` and biases of at most ``b``
(:mod:`exactnet.construct.assemble_network`, docs/barriers.md).

* Depth ``t + 2``: one layer makes the bits of ``u = p*x + p^2``, ``t`` layers the gates, one sums. On the cube the inputs
  are bits: ``t + 1``.
* A bit is a sum of steps ``1[u >= c]``, each two ReLUs, with weights 1 and -1; all bits of a coordinate are sums of the same
  steps. So a wire from a gate to a ReLU that makes bits carries the weights of up to ``bits(2p^2)`` bits, ``W`` each; the
  layer of bits itself has weights ``p`` and biases of at most ``p^2``.
* A gate is ``[z+1]+ - [z]+`` for its integer form ``z``: biases of at most ``b + 1``.
* The output reads every circuit with weight ``1/r``, and has the bias ``-R``.
"""

from __future__ import annotations

import sympy as sp

from exactnet.bounds.layers import Definitions
from exactnet.bounds.symbols import Bound, Bounds, R, bits, p, r

__all__ = ["assemble_bounds"]


def assemble_bounds(grid: bool, depth: int, weight: int, bias: int) -> Bounds:
    """The bounds for circuits of a depth ``t`` with weights of at most ``W`` and biases of at most ``b``.

    >>> [f"{bound.name} <= {bound.expression}" for bound in assemble_bounds(True, 3, 7, 9).bounds[:2]]
    ['depth <= t + 2', 'max_weight <= Max(1, p, W*bits(2*p**2))']
    """
    definitions = Definitions()
    t, largest, offset = (definitions.define(name, sp.Integer(value)) for name, value in (("t", depth), ("W", weight), ("b", bias)))
    one = sp.Integer(1)
    around, reading = (2, bits(2 * p**2)) if grid else (1, one)
    return Bounds(
        definitions.pairs(),
        (
            Bound("depth", "depth", t + around),
            Bound("max_weight", "max_weight", sp.Max(one, reading * largest, *((p,) if grid else ()))),
            Bound("max_bias", "max_bias", sp.Max(R, offset + 1, *((p**2,) if grid else ()))),
            Bound("denominator", "denominator", r),
        ),
    )
