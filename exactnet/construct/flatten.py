"""Flattening: a ReLU network of one input, of any depth, as one of depth 2 on an interval (docs/functions.md).

On ``[a, b]`` with breakpoints ``b_1 < … < b_n`` inside: ``f(a) + s_0·[x - a]+ + Σ_i (s_i - s_{i-1})·[x - b_i]+``, one ReLU for
each piece (none for a first slope 0). Each breakpoint needs a ReLU of its own in depth 2, so no network has fewer than ``n``.
Nothing bounds the weights: they are changes of slope.

References
----------
M. Telgarsky, *Benefits of depth in neural networks*, COLT 2016 (depth ``L`` makes ``2^(L-1)`` pieces of few neurons).
"""

from __future__ import annotations

from gmpy2 import mpq

from exactnet.construct.ramp_layer import RampLayer
from exactnet.construct.scaling import RationalForm
from exactnet.continuous.segment import Piecewise, along, line
from exactnet.errors import NetworkError
from exactnet.network import Network

__all__ = ["flatten", "on_interval"]


def on_interval(net: Network, low: mpq, high: mpq) -> tuple[Piecewise, ...]:
    """The outputs of a network of one input for all reals ``x`` with ``low <= x <= high``.

    Raises :class:`NetworkError` for a network of several inputs or with threshold gates, and :class:`SizeError` where it
    has too many breakpoints.
    """
    if len(net.inputs) != 1:
        raise NetworkError(f"flattening is for networks of one input; this one has {len(net.inputs)}")
    return along(net, [line(low, high, low, mpq(1))])


def flatten(net: Network, low: mpq, high: mpq) -> Network:
    """A network of depth at most 2 that is equal to ``net`` for every real ``x`` with ``low <= x <= high``.

    Raises what :func:`on_interval` raises.

    >>> from exactnet.families import FAMILIES
    >>> made = flatten(FAMILIES["telgarsky"].make(depth=4, grid=1).network, mpq(0), mpq(1))
    >>> sum(node.kind == "relu" for node in made.nodes()), str(made(["3/16"])[0])
    (8, '1/2')
    """
    layer = RampLayer(net)
    (source,) = net.inputs
    for output, function in zip(net.outputs, on_interval(net, low, high), strict=True):
        if output == source:
            continue
        changes = {low: function.slope} if function.slope else {}
        changes |= {at: function.kinks[at] for at in sorted(function.kinks)}
        terms = {layer.ramp(source, 1, at): change for at, change in changes.items()}
        layer.output(output, RationalForm(terms, function.value))
    return layer.network()
