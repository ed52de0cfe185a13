"""S6, functions of the norm: depth 3, weights at most ``max(4Rp^2, 2p)`` (docs/functions.md).

The first hidden layer has the ramps of every ``x_i^2``, by straight lines between the values of ``|x_i|`` that occur; so
``s = x_1^2 + … + x_d^2`` is a linear form. The second interpolates ``g`` at the values of ``s``.

References
----------
G. Vardi, O. Shamir, *Neural Networks with Small Weights and Depth-Separation Barriers*, NeurIPS 2020 (radial functions are
no candidates for a separation from depth above 3).
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import reduce
from operator import add

from gmpy2 import mpq

from exactnet.construct.base.scaling import RationalForm, combine
from exactnet.construct.functions.dependence import Array, show_pair, tabulate
from exactnet.construct.functions.interpolation import held, squares
from exactnet.construct.functions.ramp_layer import RampLayer
from exactnet.kernel.domain import Domain, Points
from exactnet.kernel.errors import RefusedError
from exactnet.kernel.network import Network

__all__ = ["norm_values", "radial_network"]


def squared_norm(columns: Sequence[Array]) -> Array:
    """``p^2`` times the squared norm, from ``p`` times the coordinates."""
    return reduce(add, (column * column for column in columns))


def radial_network(net: Network, domain: Domain, p: int, r: int) -> Network:
    """The network of depth at most 3 for outputs that are functions of the norm.

    Parameters
    ----------
    p : such that ``p`` times every coordinate is an integer.
    r : the outputs are ``floor(r*N)/r``; that is ``N`` where ``r*N`` is an integer.

    Raises :class:`RefusedError`, with two inputs of the same norm, where an output is no such function, and
    :class:`SizeError` for too many values.

    >>> from exactnet.kernel.domain import Grid
    >>> from exactnet.kernel.network import affine, relu
    >>> net = Network(["x"], [relu("a", {"x": 1}), relu("b", {"x": -1}), affine("y", {"a": 1, "b": 1})], ["y"])
    >>> made = radial_network(net, Grid(2, 1), 2, 2)
    >>> [str(made([x])[0]) for x in (-2, "-3/2", 0, 1)]
    ['2', '3/2', '0', '1']
    """
    tables = norm_values(net, domain, p, r)
    layer = RampLayer(net)
    parts = [
        _square(layer, name, values, p) for name, values in zip(net.inputs, _occurring(domain, p), strict=True)
    ]
    norm = layer.name(combine(((mpq(1), part) for part in parts), mpq(0)), "|x|^2")
    for name, values in tables.items():
        layer.output(name, layer.read(norm, 1, held(values), p * p, mpq(1, r)))
    return layer.network()


def norm_values(net: Network, domain: Domain, p: int, r: int) -> dict[str, dict[int, int]]:
    """For each output that is no input, ``r`` times its value (rounded down) by ``p^2`` times the squared norm.

    Raises what :func:`radial_network` raises.
    """
    value_at = {}
    for output, (name, (table,)) in enumerate(zip(net.outputs, tabulate(net, domain, p, r, [squared_norm]), strict=True)):
        if name in net.inputs:
            continue
        if table.conflict is not None:
            pair = show_pair(net, domain, r, output, table.conflict)
            size = sum((x * x for x in domain[table.conflict[0]]), mpq(0))
            raise RefusedError(f"{name} is not a function of the norm: {pair}, both of squared norm {size}")
        value_at[name] = table.values
    return value_at


def _occurring(domain: Domain, p: int) -> list[set[int]]:
    """The values of ``p`` times each coordinate on a domain."""
    if not isinstance(domain, Points):
        return [{int(x * p) for x in domain.values}] * domain.d
    return [{int(x * p) for x in column} for column in zip(*domain.points, strict=True)]


def _square(layer: RampLayer, name: str, values: Set[int], p: int) -> RationalForm:
    """``x^2`` at the values ``n/p`` of an input: affine where there are two of them, around 0 or one 0; else ramps in ``|x|``.

    Where the affine form would have a negative constant ramps are taken, so that constants stay within ``[0, p^2]``.
    """
    low, high = min(values), max(values)
    if len(values) <= 2 and low * high <= 0:
        return RationalForm({name: mpq(low + high, p)} if low + high else {}, mpq(-low * high, p * p))
    form = squares({abs(n) for n in values})
    unit = mpq(1, p * p)
    sides = [layer.read(name, sign, form, p, unit) for sign, end in ((1, high), (-1, -low)) if end > 0]
    constant = mpq(form.constant, p * p)
    return combine(((mpq(1), RationalForm(side.terms)) for side in sides), constant)
