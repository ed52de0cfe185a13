"""Flattening: a ReLU network of one input, of any depth, as one of depth 2 (docs/functions.md).

On an interval ``[a, b]`` with breakpoints ``b_1 < … < b_n`` inside: ``f(a) + s_0·[x - a]+ + Σ_i (s_i - s_{i-1})·[x - b_i]+``,
one ReLU for each piece (none for a first slope 0). On all reals the slope to the left of ``b_1`` takes ``[b_1 - x]+``. Each
breakpoint needs a ReLU of its own in depth 2, so no network has fewer than ``n``. Nothing bounds the weights: they are
differences of slopes.

References
----------
M. Telgarsky, *Benefits of depth in neural networks*, COLT 2016 (depth ``L`` makes ``2^(L-1)`` pieces of few neurons).
"""

from __future__ import annotations

from itertools import pairwise

from gmpy2 import mpq

from exactnet.errors import NetworkError
from exactnet.evaluate.real_line import Piecewise, along_line
from exactnet.network import AFFINE, RELU, Network, Node

__all__ = ["flatten"]


def flatten(net: Network, low: mpq | None = None, high: mpq | None = None) -> Network:
    """A network of depth 2 that is equal to ``net`` for every real ``x`` with ``low <= x <= high`` (None: no end).

    Raises :class:`NetworkError` for a network of several inputs or with threshold gates, and :class:`SizeError` where it
    has too many breakpoints.

    >>> from exactnet.families import FAMILIES
    >>> made = flatten(FAMILIES["telgarsky"].make(depth=4, grid=1).network, mpq(0), mpq(1))
    >>> sum(node.kind == "relu" for node in made.nodes()), str(made(["3/16"])[0])
    (8, '1/2')
    """
    if len(net.inputs) != 1:
        raise NetworkError(f"flattening is for networks of one input; this one has {len(net.inputs)}")
    (source,) = net.inputs
    taken = {*net.inputs, *net.outputs}
    ramps: dict[tuple[int, mpq], str] = {}
    nodes: list[Node] = []
    for output, function in zip(net.outputs, along_line(net, [mpq(0)], [mpq(1)]), strict=True):
        if output == source:
            continue
        constant, slopes = _ramps(function, low, high)
        weights = {}
        for (sign, place), weight in slopes.items():
            if (sign, place) not in ramps:
                name = f"[{source}-{place}]" if sign > 0 else f"[{place}-{source}]"
                while name in taken:
                    name += "'"
                taken.add(name)
                nodes.append(Node(name, RELU, {source: mpq(sign)}, -sign * place))
                ramps[sign, place] = name
            weights[ramps[sign, place]] = weight
        nodes.append(Node(output, AFFINE, weights, constant))
    return Network(net.inputs, nodes, net.outputs)


def _ramps(function: Piecewise, low: mpq | None, high: mpq | None) -> tuple[mpq, dict[tuple[int, mpq], mpq]]:
    """The constant, and the weights of the ramps ``[sign·(x - place)]+`` by sign and place."""
    bends = function.breakpoints(low, high)
    begin = low if low is not None else bends[0] if bends else function.knots[0][0]
    places = [begin, *(x for x in bends if x != begin)]
    end = places[-1] + 1 if high is None else high
    values = function.at([*places, end])
    slopes = [(v - u) / (b - a) for (a, u), (b, v) in pairwise(zip([*places, end], values, strict=True))]
    found: dict[tuple[int, mpq], mpq] = {}
    if low is None and function.left:
        found[-1, begin] = -function.left
    before = mpq(0)
    for place, slope in zip(places, slopes, strict=True):
        if slope != before:
            found[1, place] = slope - before
        before = slope
    return values[0], found
