"""Route A (``lookahead``): small weights in depth at most ``3k+3`` (S1), and ``2t+1`` for threshold circuits (S3).

A hidden ReLU layer becomes three layers of gates and a threshold gate two, by canonical digits whose carries are found from
overlapping digits (:mod:`carry`, :mod:`canonical`). The output stage is one layer (exact form), or three to four (rounded
form), and a linear layer reads the result. A gate of a circuit whose weights are already within what the lemma would give
is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exactnet.construct.base.builder import ReluBuilder
from exactnet.construct.gadgets.carry import LINEAR, OVERLAPPING
from exactnet.construct.gadgets.outputs.rounded import CARRY, CarryOutput
from exactnet.construct.routes.canonical import Canonical
from exactnet.construct.routes.translate import Inputs, Stages, output_forms
from exactnet.kernel.domain import Product
from exactnet.kernel.network import Network

__all__ = [
    "CANONICAL",
    "LEMMAS",
    "OUTPUTS",
    "Options",
    "choose_output",
    "stages",
]

Output = Literal["three", "four"]


@dataclass(frozen=True)
class Options:
    """What route A may choose: how inputs are read, and the layers of gates of the rounded output."""

    inputs: Inputs = "integers"
    output: Output = "four"


#: Overlapping digits: three layers of gates for a ReLU, two for a threshold gate.
CANONICAL = Canonical(OVERLAPPING)
LEMMAS = CANONICAL.lemmas()

#: The rounded output by its layers of gates.
OUTPUTS: dict[Output, CarryOutput] = {"three": CARRY, "four": CarryOutput(LINEAR)}


def stages(options: Options) -> Stages:
    """Route A with all its choices made."""
    return Stages(options.inputs, LEMMAS, OUTPUTS[options.output].make)


def choose_output(
    net: Network, domain: Product, output_range: int, r: int, inputs: Inputs, budget: int | None = None
) -> Output:
    """The rounded output with the fewest gates predicted, that of three layers where it takes no more.

    The hidden layers are laid out for it, as their literals are what the outputs read.
    """
    builder = ReluBuilder(net.inputs, net.outputs)
    forms = output_forms(builder, net, domain, inputs, LEMMAS, budget)
    return min(OUTPUTS, key=lambda output: OUTPUTS[output].gates_of_all(builder, forms, output_range, r))
