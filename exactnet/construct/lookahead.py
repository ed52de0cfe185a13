"""Route A (``lookahead``): small weights in depth at most ``3k+3`` (S1), and ``2t+1`` for threshold circuits (S3).

A hidden ReLU layer becomes three layers of gates and a threshold gate two, by canonical digits whose carries are found from
overlapping digits (:mod:`carry`, :mod:`canonical`). The output stage is one layer (exact form), or three to four (rounded
form), and a linear layer reads the result. A gate of a circuit whose weights are already within what the lemma would give
is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exactnet.construct.canonical import Canonical
from exactnet.construct.carry import LINEAR, OVERLAPPING
from exactnet.construct.output_rounded import CARRY, CarryOutput
from exactnet.construct.tally import Tally
from exactnet.construct.translate import Inputs, Stages, build, output_forms
from exactnet.domain import Product
from exactnet.network import Network

__all__ = [
    "CANONICAL",
    "LEMMAS",
    "OUTPUTS",
    "Options",
    "choose_output",
    "lookahead_circuit",
    "lookahead_clipped",
    "lookahead_exact",
    "lookahead_rounded",
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


def lookahead_exact(net: Network, domain: Product, output_range: int, r: int, options: Options) -> Network:
    """S1, exact form: ``N'(x) = N(x)`` wherever ``|N(x)| <= output_range`` and ``r*N(x)`` is an integer.

    Parameters
    ----------
    net : a network of relu, threshold and affine nodes, of any depth.
    domain : the cube or the grid; the result is right on all of it.

    Returns
    -------
    Network : relu and affine nodes only, of depth at most ``3(k-1) + 2`` (one more with inputs read as bits).
    """
    return build("exact", net, domain, output_range, r, stages(options))


def lookahead_rounded(net: Network, domain: Product, output_range: int, r: int, options: Options) -> Network:
    """S1, rounded form: ``N'(x) = floor(r*N(x))/r`` wherever ``|N(x)| <= output_range``.

    Depth at most ``3(k-1) + 5`` with an output of four layers of gates, one less with three, one more with inputs read as
    bits.
    """
    return build("rounded", net, domain, output_range, r, stages(options))


def lookahead_clipped(net: Network, domain: Product, output_range: int, r: int, options: Options) -> Network:
    """S1, clipped form: ``N'(x) = floor(r*clip(N(x)))/r`` with ``clip(z) = min(max(z, -R), R)``; depth as rounded."""
    return build("clipped", net, domain, output_range, r, stages(options))


def lookahead_circuit(net: Network, domain: Product, options: Options) -> Network:
    """S3: an equivalent threshold circuit with small weights, of depth at most ``2t+1``.

    ``net`` has threshold and affine nodes only, and threshold outputs.
    """
    return build("circuit", net, domain, 1, 1, stages(options))


def choose_output(net: Network, domain: Product, output_range: int, r: int, inputs: Inputs) -> Output:
    """The rounded output with the fewest gates predicted, that of three layers where it takes no more.

    The hidden layers are laid out for it, as their literals are what the outputs read; no node is made.
    """
    builder = Tally(net.inputs, net.outputs, False)
    forms = output_forms(builder, net, domain, inputs, LEMMAS)
    return min(OUTPUTS, key=lambda output: OUTPUTS[output].gates_of_all(builder, forms, output_range, r))
