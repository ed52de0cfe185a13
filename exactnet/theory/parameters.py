"""The parameters of an instance, from the original network and the domain alone.

This is what bounds are evaluated at, before anything is built.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

from gmpy2 import mpq

from exactnet.kernel.domain import Domain
from exactnet.kernel.expansion import live_part
from exactnet.kernel.network import AFFINE, RELU, THRESHOLD, Network
from exactnet.kernel.rationals import lcm_all

__all__ = ["Parameters", "parameters_of"]


@dataclass(frozen=True)
class Parameters:
    """``d, k, m, B, p, s`` of :mod:`exactnet.theory.symbols`, whether the last denominator is a power of two, how many outputs
    there are, and whether some node is a threshold gate."""

    d: int
    k: int
    m: int
    B: int
    p: int
    s: int
    dyadic: bool
    outputs: int = 1
    gates: bool = False
    points: int = 0
    """Under M1, how many points there are."""
    output_range: int = 1
    """Under M1, ``R``."""
    span: int = 0
    """Under M1, ``X``: the most by which two points differ in a coordinate, times ``p``."""

    def values(self) -> dict[str, int]:
        """The parameters by name, as the bounds take them."""
        return {"d": self.d, "k": self.k, "m": self.m, "B": self.B, "p": self.p, "s": self.s}


def parameters_of(net: Network, domain: Domain, r: int = 1, linear: bool = True) -> Parameters:
    """Scale the network to integers and read off its parameters: those of what the outputs depend on.

    A pre-activation is ``scale * L`` with integer coefficients of ``L`` that have no common divisor; a reader's
    weight is multiplied by the scale of its source (1 for a threshold gate). An output is ``(1/Delta) * L``.

    Parameters
    ----------
    net : the original; nodes that no output depends on do not count.
    domain : the cube or the grid.
    r : the output precision (outputs are multiplied by it).
    linear : whether what is constructed ends in a linear layer, which reads outputs that are gates too: their layer is then
        a hidden one, and ``k`` one more than it. False where a threshold circuit is constructed (S3, S5, S7).
    """
    plain = live_part(net)
    p = domain.p
    scale: dict[str, mpq] = {name: mpq(1, p) for name in plain.inputs}
    layer: dict[str, int] = dict.fromkeys(plain.inputs, 0)
    sizes: dict[int, int] = {}
    most_bits, odd, skips = 1, 1, 0
    depth = _highest_layer(plain) + (1 if linear else 0)
    for name in plain.order:
        kind = plain.kind(name)
        factor = r if kind == AFFINE else 1
        weights = [factor * w * scale[source] for source, w in plain.sources(name)]
        bias = factor * plain.bias(name)
        denominator = lcm_all(value.denominator for value in [*weights, bias])
        integers = [int(value * denominator) for value in [*weights, bias]]
        content = gcd(*integers) or 1
        if kind == AFFINE:
            content = 1
            most_bits = max(most_bits, int(denominator).bit_length())
            odd = max(odd, int(denominator) >> _twos(int(denominator)))
        below = [layer[source] for source, _ in plain.sources(name)]
        reading = depth if kind == AFFINE else 1 + max(below, default=0)
        if any(reading - b > 1 for b in below):
            skips = 1
        if kind != AFFINE:
            layer[name] = reading
            sizes[reading] = sizes.get(reading, 0) + 1
        if kind == RELU:
            scale[name] = mpq(content, denominator)
        elif kind == THRESHOLD:
            scale[name] = mpq(1)
        most_bits = max(most_bits, *((abs(value) // content).bit_length() for value in integers))
    for name in plain.outputs:
        if linear and plain.kind(name) != AFFINE:  # read by a linear output of weight 1
            value = r * scale[name]
            most_bits = max(most_bits, int(value.denominator).bit_length(), int(value.numerator).bit_length())
            odd = max(odd, int(value.denominator) >> _twos(int(value.denominator)))
            if depth - layer[name] > 1:
                skips = 1
    gates = any(plain.kind(name) == THRESHOLD for name in plain.order)
    widest = max(sizes.values(), default=0)
    return Parameters(len(plain.inputs), depth, widest, most_bits, p, skips, odd == 1, len(plain.outputs), gates)


def _highest_layer(plain: Network) -> int:
    """The highest layer of active nodes of an expansion; 0 if there are none."""
    layer: dict[str, int] = dict.fromkeys(plain.inputs, 0)
    for name in plain.order:
        if plain.kind(name) != AFFINE:
            layer[name] = 1 + max((layer[source] for source, _ in plain.sources(name)), default=0)
    return max(layer.values())


def _twos(value: int) -> int:
    """The exponent of 2 in a positive integer."""
    return (value & -value).bit_length() - 1
