"""E1 and E2: bumps with signs by one deep wiring, and what no network of a shape can do on all of them.

Nothing here is trusted with a verdict: E1 is judged by :mod:`exactnet.claims.cells`, E2 by :mod:`exactnet.claims.entropy`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.certify.cells import decide
from exactnet.claims.cells.certificate import Certificate
from exactnet.claims.cells.claims import Claim
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.entropy import centres, parameters
from exactnet.construct.bumps import deep_bumps, shallow_bumps
from exactnet.kernel.errors import FormatError, NetworkError, RefusedError, clip_text
from exactnet.kernel.network import RELU, Network

__all__ = ["Bumps", "Consistency", "certify_bumps", "consistency", "counted", "random_signs", "read_signs", "shape_of"]

#: The most signs of a network that is built.
MAX_SIGNS = 2**17


@dataclass(frozen=True)
class Bumps:
    """A function by its deep network and by the one of depth 2, and the certificate that they are equal for all reals of [0, 1]."""

    deep: Network
    shallow: Network
    certificate: Certificate


@dataclass(frozen=True)
class Consistency:
    """The inequality of E2 for the shape of a network: it cannot be excluded, and by how much.

    Attributes
    ----------
    parameters : int
        Of the dense network with the same widths.
    bits : int
        Of ``ceil(2wL/theta)``.
    weight : int
        ``w``: no parameter of the network is larger.
    """

    parameters: int
    bits: int
    weight: int


def read_signs(text: str) -> list[list[int]]:
    """Signs as the command line has them: groups of ``+`` and ``-``, separated by commas.

    >>> read_signs("+-,--")
    [[1, 0], [0, 0]]
    """
    groups = text.split(",")
    if len(groups) < 2 or len({len(group) for group in groups}) > 1 or not groups[0] or set("".join(groups)) - set("+-"):
        raise FormatError(f"the signs {clip_text(text)} are not at least two groups of + and -, all equally long, such as +-,--")
    return [[int(sign == "+") for sign in group] for group in groups]


def random_signs(groups: int, bits: int, seed: int) -> list[list[int]]:
    """Signs from a seed. Raises :class:`RefusedError` for more than :data:`MAX_SIGNS`.

    >>> random_signs(2, 3, 1)
    [[0, 0, 1], [0, 1, 1]]
    """
    if groups * bits > MAX_SIGNS:
        raise RefusedError(f"{groups * bits} signs are more than {MAX_SIGNS}")
    draws = random.Random(seed)
    return [[draws.randint(0, 1) for _ in range(bits)] for _ in range(groups)]


def certify_bumps(signs: Sequence[Sequence[int]]) -> Bumps:
    """Build both networks, and decide whether they are equal for all reals of [0, 1] (E1).

    >>> found = certify_bumps([[1, 0, 1], [0, 0, 1]])
    >>> found.certificate.verdict, shape_of(found.shallow)
    ('certified', [11])
    """
    deep, shallow = deep_bumps(signs), shallow_bumps(signs)
    return Bumps(deep, shallow, decide(Claim("segment"), [deep, shallow], Polyhedron.box(1, 0, 1)))


def counted(net: Network) -> int:
    """The parameters of a network: weights and biases that are not 0."""
    return sum(len(node.sources) + bool(node.bias) for node in net.nodes())


def shape_of(net: Network) -> list[int]:
    """The widths of the hidden layers.

    Raises
    ------
    NetworkError
        for a network that is not layered, with one input, ReLUs, and one affine output; the message names the node.
    """
    height = dict.fromkeys(net.inputs, 0)
    if (len(net.inputs), len(net.outputs)) != (1, 1):
        raise NetworkError("the network has not one input and one output")
    for name in net.order:
        sources = [source for source, _ in net.sources(name)]
        below = {height[source] for source in sources if source in height}
        if len(below) > 1 or (net.kind(name) == RELU) == (name in net.outputs):
            raise NetworkError(f"node {clip_text(name)} is no ReLU that reads one layer alone, nor the output")
        for layer in below:  # a constant, which reads nothing, stands in the layer in which it is read
            height |= dict.fromkeys(sources, layer)
            height[name] = layer + 1
    for name in net.order:
        if name not in height:
            raise NetworkError(f"node {clip_text(name)} stands in no layer: it is constant, and none reads it together with others")
    widths = Counter(height[name] for name in net.order if name not in net.outputs)
    if height[net.outputs[0]] != len(widths) + 1:
        raise NetworkError("the output does not read the last layer")
    return [widths[layer] for layer in sorted(widths)]


def consistency(net: Network, theta: mpq, weight: int | None = None) -> Consistency:
    """The inequality for the shape of a network that has been shown to be equal to a function of the set.

    Parameters
    ----------
    weight : int, optional
        ``w``; None for the least integer that no parameter exceeds.

    Raises
    ------
    RefusedError
        where a parameter exceeds ``weight``; the message names it.
    """
    numbers = [(f"the bias of {clip_text(node.id)}", node.bias) for node in net.nodes()]
    for node in net.nodes():
        numbers += [(f"the weight from {clip_text(s)} to {clip_text(node.id)}", w) for s, w in node.sources.items()]
    name, largest = max(((what, abs(number)) for what, number in numbers), key=lambda pair: pair[1])
    if weight is not None and largest > weight:
        raise RefusedError(f"w = {weight} is too small for the network: {name} is {largest}")
    least = weight or max(1, int(-(-largest.numerator // largest.denominator)))
    widths = shape_of(net)
    return Consistency(parameters(widths), centres(widths, least, theta).bit_length(), least)
