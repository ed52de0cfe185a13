"""Route C (``compact``): few gates in depth ``4k-2`` (exact), ``4k+1`` (rounded), and ``3t+1`` for threshold circuits.

A hidden ReLU layer becomes four layers of gates, a threshold gate three, all by :mod:`canonical` over predicates that are
single gates: about ``blocks * (nu + 2 + beta + blocks/(2w))`` gates for a ReLU, and the smallest weights. The rounded output
takes its carry from the same lemma.
"""

from __future__ import annotations

from dataclasses import dataclass

from exactnet.construct.canonical import Canonical
from exactnet.construct.carry import LINEAR
from exactnet.construct.output_rounded import CarryOutput
from exactnet.construct.translate import Inputs, Stages, build
from exactnet.domain import Product
from exactnet.network import Network

__all__ = [
    "CANONICAL",
    "LEMMAS",
    "Options",
    "compact_circuit",
    "compact_clipped",
    "compact_exact",
    "compact_rounded",
    "stages",
]


@dataclass(frozen=True)
class Options:
    """What route C may choose: how inputs are read."""

    inputs: Inputs = "integers"


#: Linear digit sums: four layers of gates for a ReLU, three for a threshold gate, and four for the rounded output.
CANONICAL = Canonical(LINEAR)
LEMMAS = CANONICAL.lemmas()
OUTPUT = CarryOutput(LINEAR)


def stages(options: Options) -> Stages:
    """Route C with all its choices made."""
    return Stages(options.inputs, LEMMAS, OUTPUT.make)


def compact_exact(net: Network, domain: Product, output_range: int, r: int, options: Options) -> Network:
    """S1, exact form: ``N'(x) = N(x)`` wherever ``|N(x)| <= output_range`` and ``r*N(x)`` is an integer.

    Parameters
    ----------
    net : a network of relu, threshold and affine nodes, of any depth.
    domain : the cube or the grid; the result is right on all of it.

    Returns
    -------
    Network : relu and affine nodes only, of depth at most ``4k-2`` (one more with inputs read as bits).
    """
    return build("exact", net, domain, output_range, r, stages(options))


def compact_rounded(net: Network, domain: Product, output_range: int, r: int, options: Options) -> Network:
    """S1, rounded form: ``N'(x) = floor(r*N(x))/r`` wherever ``|N(x)| <= output_range``, in depth at most ``4k+1``.

    One more with inputs read as bits.
    """
    return build("rounded", net, domain, output_range, r, stages(options))


def compact_clipped(net: Network, domain: Product, output_range: int, r: int, options: Options) -> Network:
    """S1, clipped form: ``N'(x) = floor(r*clip(N(x)))/r`` with ``clip(z) = min(max(z, -R), R)``; depth as rounded."""
    return build("clipped", net, domain, output_range, r, stages(options))


def compact_circuit(net: Network, domain: Product, options: Options) -> Network:
    """S3: an equivalent threshold circuit with small weights, of depth at most ``3t+1``.

    ``net`` has threshold and affine nodes only, and threshold outputs.
    """
    return build("circuit", net, domain, 1, 1, stages(options))
