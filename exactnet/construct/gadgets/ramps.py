"""Bits of real inputs, made by ramps (S4, docs/continuous.md).

The step ``1[x >= t/p]`` becomes ``[(x - t/p)/delta + 1]+ - [(x - t/p)/delta]+``: 0 up to ``t/p - delta``, 1 from ``t/p``
on, linear between. These are two ReLUs with an input weight of ``1/delta`` and a bias of at most ``p/delta``. For ``0 <
delta <= 1/p`` it is the step at grid points, and everywhere outside its ramp. Different ramps do not overlap, so that bits,
which are alternating sums of steps, stay in ``[0, 1]``.
"""

from __future__ import annotations

from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.claims.promises import Means
from exactnet.construct.base.builder import Builder
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.base.scaling import RationalForm
from exactnet.kernel.domain import Product
from exactnet.kernel.errors import DomainError, SizeError
from exactnet.kernel.network import AFFINE, RELU, Node

__all__ = ["MAX_RAMPS", "Ramps", "as_ramps"]

#: The most ramps of one input that are built.
MAX_RAMPS = 2**16


@dataclass(frozen=True)
class Ramps:
    """Inputs are read as bits made by ramps of this width."""

    delta: mpq


def as_ramps(builder: Builder, domain: Product, delta: mpq) -> dict[str, RationalForm]:
    """Every input as a form over the bits of ``p*x + p^2``, rounded down: one layer of gates.

    Raises :class:`DomainError` off the grid and unless ``0 < delta <= 1/p``.
    """
    p = domain.p
    if domain.kind != "grid":
        raise DomainError("ramps read the grid, not the cube")
    if not 0 < delta <= mpq(1, p):
        raise DomainError(f"a ramp's width delta = {delta} is not positive and at most 1/p = {mpq(1, p)}")
    high = 2 * p * p
    if high > MAX_RAMPS:
        raise SizeError(f"too large to build: 2p^2 = {high} ramps for each input, more than {MAX_RAMPS}")
    values = {}
    for name in builder.inputs:
        integer = builder.fresh(f"u({name})")
        means = Means(f"{name} as an integer from 0 to {high}", "sum", {}, {name: mpq(p)}, mpq(p * p))
        builder.add(Node(integer, AFFINE, {name: mpq(p)}, mpq(p * p), means))
        builder.signal(integer, 0, high)
        steps = [_ramp(builder, integer, t, 1 / (p * delta)) for t in range(1, high + 1)]
        bits = []
        for s in range(high.bit_length()):
            changes = (steps[t - 1].scaled(1 if t >> s & 1 else -1) for t in range(1 << s, high + 1, 1 << s))
            bits.append(builder.share(total(changes), f"{name}.bit{s}", 0, 1).scaled(1 << s))
        values[name] = RationalForm.of(total(bits).plus(-p * p), mpq(1, p))
    return values


def _ramp(builder: Builder, integer: str, t: int, slope: mpq) -> Linear:
    """``1[integer >= t]``, rising with a slope up to ``t``."""
    gate = builder.fresh(f"{integer}>={t}")
    upper, lower = builder.fresh(gate + "+"), builder.fresh(gate + "-")
    builder.add(Node(upper, RELU, {integer: slope}, 1 - t * slope))
    builder.add(Node(lower, RELU, {integer: slope}, -t * slope))
    means = Means(f"1[{integer} >= {t}]", "step", {integer: mpq(1)}, {}, mpq(-t))
    builder.add(Node(gate, AFFINE, {upper: mpq(1), lower: mpq(-1)}, mpq(0), means))
    builder.gates += 1
    return builder.signal(gate, 0, 1)
