"""Between which values can a network lie? Interval arithmetic, in which functions of one quantity are kept as such.

Part of the trusted base. A node is either a *root*, of which only an interval is known, or a piecewise linear function of
one root. Where all that a node reads are functions of one root, so is the node, and its range is exact over the interval of
the root; otherwise it becomes a root. So a reduction ``F - q*(1[F >= q] + 1[F >= 2q] + ...)`` keeps its range.
"""

from __future__ import annotations

from collections.abc import Mapping

from gmpy2 import mpq

from exactnet.continuous.segment import Piecewise, check_continuous_kind, combine, line
from exactnet.network import AFFINE, Network

__all__ = ["Range", "output_ranges"]

Range = tuple[mpq, mpq]

_ZERO = mpq(0)


def output_ranges(net: Network, known: Mapping[str, Range]) -> tuple[Range, ...]:
    """An interval that holds each output for all values of some nodes in their ranges.

    Parameters
    ----------
    known : the ranges of nodes that cut every path from the inputs to the outputs: the inputs themselves, or the bits.

    >>> from exactnet.network import affine, relu
    >>> nodes = [affine("F", {"x": 1, "y": 1}), relu("h", {"F": 1}, -1), affine("o", {"F": 1, "h": -1})]
    >>> low, high = output_ranges(Network(["x", "y"], nodes, ["o"]), {"x": (mpq(0), mpq(1)), "y": (mpq(0), mpq(1))})[0]
    >>> str(low), str(high)
    ('0', '1')
    """
    check_continuous_kind(net)
    value: dict[str, tuple[str, Piecewise]] = {}
    for name in (*net.inputs, *net.order):
        if name in known:
            value[name] = _root(name, known[name])
        elif all(source in value for source, _ in net.sources(name)) and name not in net.inputs:
            value[name] = _node(net, name, value)
    return tuple(value[name][1].range() for name in net.outputs)


def _root(name: str, ends: Range) -> tuple[str, Piecewise]:
    """A node of which only the interval is known, as a function of itself."""
    low, high = ends
    if low == high:
        return "", Piecewise(_ZERO, _ZERO, low)
    return name, line(low, high, low, mpq(1))


def _node(net: Network, name: str, value: Mapping[str, tuple[str, Piecewise]]) -> tuple[str, Piecewise]:
    groups: dict[str, list[tuple[mpq, Piecewise]]] = {}
    bias = net.bias(name)
    for source, weight in net.sources(name):
        root, function = value[source]
        if root:
            groups.setdefault(root, []).append((weight, function))
        else:
            bias += weight * function.value
    active = net.kind(name) != AFFINE
    if len(groups) == 1:
        ((root, terms),) = groups.items()
        form = combine(terms, bias, terms[0][1].start, terms[0][1].stop)
        form = form.relu() if active else form
        constant = not form.slope and not form.kinks
        return ("", Piecewise(_ZERO, _ZERO, form.value)) if constant else (root, form)
    low = high = bias
    for terms in groups.values():
        ends = combine(terms, _ZERO, terms[0][1].start, terms[0][1].stop).range()
        low, high = low + ends[0], high + ends[1]
    return _root(name, (max(low, _ZERO), max(high, _ZERO)) if active else (low, high))
