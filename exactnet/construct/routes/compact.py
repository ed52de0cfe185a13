"""Route C (``compact``): few gates in depth ``4k-2`` (exact), ``4k+1`` (rounded), and ``3t+1`` for threshold circuits.

A hidden ReLU layer becomes four layers of gates, a threshold gate three, all by :mod:`canonical` over predicates that are
single gates: about ``blocks * (nu + 2 + beta + blocks/(2w))`` gates for a ReLU, and the smallest weights. The rounded output
takes its carry from the same lemma.
"""

from __future__ import annotations

from dataclasses import dataclass

from exactnet.construct.gadgets.carry import LINEAR
from exactnet.construct.gadgets.outputs.rounded import CarryOutput
from exactnet.construct.routes.canonical import Canonical
from exactnet.construct.routes.translate import Inputs, Stages

__all__ = [
    "CANONICAL",
    "LEMMAS",
    "Options",
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
