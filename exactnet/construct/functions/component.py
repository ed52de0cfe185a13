"""S6, functions of one input: depth 2, at most ``2p^2`` ReLUs, weights at most ``4Rp`` (docs/functions.md).

``g(x_i) = g(t_0) + Σ_j c_j·[x_i - j/p]+``, the interpolation of ``g`` at the points of ``I_p``.

References
----------
G. Vardi, O. Shamir, *Neural Networks with Small Weights and Depth-Separation Barriers*, NeurIPS 2020 (functions of one
component are no candidates for a separation from depth above 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from gmpy2 import mpq

from exactnet.construct.functions.dependence import Array, show_pair, tabulate
from exactnet.construct.functions.interpolation import held
from exactnet.construct.functions.ramp_layer import RampLayer
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import RefusedError
from exactnet.kernel.network import Network

__all__ = ["component_network", "find_components"]


def find_components(net: Network, domain: Domain, p: int, r: int) -> tuple[int, ...]:
    """For each output the first input of which it is a function on the domain (rounded down to multiples of ``1/r``).

    Raises :class:`RefusedError`, with inputs that show it, where there is none.
    """
    keys = [partial(_column, i) for i in range(len(net.inputs))]
    components = []
    for output, dependences in enumerate(tabulate(net, domain, p, r, keys)):
        name = net.outputs[output]
        fitting = [i for i, dependence in enumerate(dependences) if dependence.conflict is None]
        if name in net.inputs:  # it stays what it is
            fitting = [net.inputs.index(name)]
        if not fitting:
            pair = show_pair(net, domain, r, output, dependences[0].conflict or (0, 0))
            shown, others = f"{pair}, with the same {net.inputs[0]}", len(net.inputs) - 1
            raise RefusedError(f"{name} is a function of no single input: {shown}; and so for {others} more")
        components.append(fitting[0])
    return tuple(components)


def _column(i: int, columns: Sequence[Array]) -> Array:
    return columns[i]


def component_network(net: Network, domain: Domain, p: int, r: int, components: Sequence[int]) -> Network:
    """The network of depth 2 for outputs that are functions of one input each.

    Parameters
    ----------
    p : such that ``p`` times every coordinate is an integer.
    r : the outputs are ``floor(r*N)/r``; that is ``N`` where ``r*N`` is an integer.
    components : for each output the place of its input.

    Raises :class:`RefusedError` where an output is no function of its input, and :class:`SizeError` for too many values.

    >>> from exactnet.kernel.domain import Grid
    >>> from exactnet.kernel.network import relu
    >>> net = Network(["x"], [relu("h", {"x": 3}, -1)], ["h"])
    >>> made = component_network(net, Grid(1, 1), 1, 1, [0])
    >>> [node.id for node in made.nodes()], [int(made([x])[0]) for x in (-1, 0, 1)]
    (['[x-0]', 'h'], [0, 0, 2])
    """
    keys = [partial(_column, i) for i in components]
    tables = tabulate(net, domain, p, r, keys)
    layer = RampLayer(net)
    for output, (name, i) in enumerate(zip(net.outputs, components, strict=True)):
        if name in net.inputs:
            continue
        table, source = tables[output][output], net.inputs[i]
        if table.conflict is not None:
            pair = show_pair(net, domain, r, output, table.conflict)
            raise RefusedError(f"{name} is not a function of {source}: {pair}, with the same {source}")
        layer.output(name, layer.read(source, 1, held(table.values), p, mpq(1, r)))
    return layer.network()
