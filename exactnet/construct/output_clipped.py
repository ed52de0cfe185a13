"""The last layer of the clipped form, ``floor(r*clip(N))/r``: one function of one form (docs/continuous.md).

Let ``F`` in ``[0, H]`` be congruent to the output mod ``q``, let ``above`` be ``1[N >= -R]`` and ``beyond`` be
``1[N >= R]``. With ``W = H + 1``, the form ``G = F + W*(above + beyond)`` lies in ``[0, H]``, ``[W, W + H]`` or
``[2W, 2W + H]`` where ``N`` is below, within or beyond the range. So the output is the function of ``G`` that is 0 up to
``W``, then ``(G - W) mod q`` up to ``W + H``, and ``top = q - 1`` from ``2W`` on. Between these integers it is linear, and it
is constant on both sides: it lies in ``[0, top]`` for *every* real ``G``, whatever the gates below make of inputs that
are no grid points.
"""

from __future__ import annotations

from gmpy2 import mpq

from exactnet.construct.builder import Builder
from exactnet.construct.linear import Linear, total
from exactnet.construct.output_exact import Reduction
from exactnet.network import RELU, Node

__all__ = ["clipping"]


def clipping(above: Linear, beyond: Linear, top: int) -> Reduction:
    """The last layer for an output with these two signs, 0/1-valued; ``top = 2rR`` is its largest value."""

    def reduce(builder: Builder, form: Linear, q: int, name: str) -> Linear:
        low, high = builder.interval(form)
        if low < 0:
            raise ValueError(f"{name}: the form may be {low}")
        wide = high + 1
        joint = form + (above + beyond).scaled(wide)
        if not joint.terms:
            return Linear({}, _value(joint.constant, high, q, top))
        node = builder.name_form(joint, f"{name}.G")
        kinks = {wide: 1, wide + high: -1} if high else {}
        jumps = {wide + s * q: -q for s in range(1, high // q + 1)} | {2 * wide: top - high % q}
        for at, jump in jumps.items():  # jump * 1[G >= at], as two ReLUs of the same G
            kinks[at - 1] = kinks.get(at - 1, 0) + jump
            kinks[at] = kinks.get(at, 0) - jump
        parts = [_relu(builder, node, at - joint.constant, f"{name}.G>{at}").scaled(c) for at, c in sorted(kinks.items()) if c]
        return total(parts)

    return reduce


def _value(at: int, high: int, q: int, top: int) -> int:
    """The output where the form is a constant."""
    if at <= high:
        return 0
    return (at - high - 1) % q if at <= 2 * high + 1 else top


def _relu(builder: Builder, node: str, at: int, name: str) -> Linear:
    """``[node - at]+`` of a named form; no :meth:`Builder.step`, which might divide the form."""
    fresh = builder.fresh(name)
    builder.add(Node(fresh, RELU, {node: mpq(1)}, mpq(-at)))
    return Linear({fresh: 1})
