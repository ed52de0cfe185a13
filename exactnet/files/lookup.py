"""Networks that look values up: what a table of values means, node by node (docs/functions.md).

They are originals: gates and one linear output, as plain as can be and with weights as large as it takes. What is
constructed from them is certified against them, and the constructions of S6 share no code with this file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from gmpy2 import mpq

from exactnet.kernel.domain import Points, Product
from exactnet.kernel.errors import FormatError
from exactnet.kernel.network import AFFINE, THRESHOLD, Network, Node, fresh_name

#: Bits of the weights of a form that tells points apart, times the points.
MAX_BITS = 2**28

__all__ = ["lookup_component", "lookup_norm", "lookup_points"]


def _staircase(source: str, values: Mapping[mpq, mpq], output: str) -> list[Node]:
    """``output = values[source]``: a gate ``1[source >= t]`` at every place but the first where the value changes."""
    places = sorted(values)
    nodes, weights = [], {}
    for before, t in pairwise(places):
        if values[t] != values[before]:
            gate = f"{output}: {source}>={t}"
            nodes.append(Node(gate, THRESHOLD, {source: mpq(1)}, -t))
            weights[gate] = values[t] - values[before]
    return [*nodes, Node(output, AFFINE, weights, values[places[0]])]


def lookup_component(inputs: Sequence[str], output: str, source: str, values: Mapping[mpq, mpq]) -> Network:
    """``values[x_i]`` for one of the inputs: the value at the largest place that is at most ``x_i``.

    >>> lookup_component(["a", "b"], "y", "b", {mpq(0): mpq(5), mpq(1): mpq(1, 2)})([7, 1])
    (mpq(1,2),)
    """
    return Network(inputs, _staircase(source, values, output), [output])


def lookup_norm(inputs: Sequence[str], output: str, domain: Product, values: Mapping[mpq, mpq]) -> Network:
    """``values[x_1^2 + … + x_d^2]`` on a cube or grid, each square a staircase of gates.

    >>> from exactnet.kernel.domain import Grid
    >>> lookup_norm(["a", "b"], "y", Grid(1, 2), {mpq(0): mpq(5), mpq(1): mpq(1), mpq(2): mpq(3)})([-1, 1])
    (mpq(3,1),)
    """
    squares = {t: t * t for t in domain.values}
    nodes = [node for name in inputs for node in _staircase(name, squares, f"{name}^2")]
    norm = "|x|^2"
    nodes.append(Node(norm, AFFINE, {f"{name}^2": mpq(1) for name in inputs}))
    return Network(inputs, [*nodes, *_staircase(norm, values, output)], [output])


def lookup_points(inputs: Sequence[str], output: str, values: Mapping[tuple[mpq, ...], mpq]) -> Network:
    """The value of each listed point: a staircase over one linear form that tells the points apart.

    >>> lookup_points(["a", "b"], "y", {(mpq(0), mpq(1)): mpq(5), (mpq(1), mpq(0)): mpq(7)})([1, 0])
    (mpq(7,1),)
    """
    p = Points(tuple(values)).p
    weights: dict[str, mpq] = {}
    scale, bits = mpq(p), 0
    for name, column in zip(reversed(inputs), zip(*(reversed(point) for point in values), strict=True), strict=True):
        weights[name] = scale
        bits += scale.numerator.bit_length() * len(values)
        if bits > MAX_BITS:
            raise FormatError(f"telling the points apart takes weights of more than {MAX_BITS // len(values)} bits in all")
        scale *= p * (max(column) - min(column)) + 1
    place = fresh_name("place", {*inputs, output})
    at = {sum((weights[x] * c for x, c in zip(inputs, q, strict=True)), mpq(0)): value for q, value in values.items()}
    return Network(inputs, [Node(place, AFFINE, weights), *_staircase(place, at, output)], [output])
