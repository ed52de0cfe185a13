"""Hypothesis strategies: small networks, circuits, domains and exact numbers.

>>> from hypothesis import given, settings
>>> @settings(max_examples=5)
... @given(networks(inputs=2))
... def values_are_exact(net):
...     assert all(value.denominator >= 1 for value in net(["1/3", -2]))
>>> values_are_exact()
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gmpy2 import mpq
from hypothesis import strategies as st

from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.network import AFFINE, KINDS, THRESHOLD, Kind, Network, Node

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["circuits", "domains", "networks", "rationals"]

#: Strategies that do not depend on what was drawn before are made once: Hypothesis looks at each new one for a while.
_INPUTS, _OUTPUTS = st.integers(1, 4), st.integers(1, 3)
_PLACES = st.lists(st.integers(0, 63), max_size=5)


def rationals(largest: int = 8, denominators: Sequence[int] = (1, 2, 3, 8)) -> SearchStrategy[mpq]:
    """Rationals ``n/q`` with ``|n| <= largest``; they shrink to integers, and to 0."""
    return st.tuples(st.integers(-largest, largest), st.sampled_from(denominators)).map(lambda pair: mpq(*pair))


@st.composite
def networks(
    draw: DrawFn,
    inputs: int | None = None,
    outputs: int | None = None,
    *,
    kinds: Sequence[Kind] = KINDS,
    last: Sequence[Kind] = (AFFINE,),
    max_layers: int = 3,
    max_width: int = 4,
    weights: SearchStrategy[mpq] | None = None,
) -> Network:
    """Networks of mixed nodes; wires may skip layers, be missing, and nodes may be dead.

    Parameters
    ----------
    inputs, outputs : int, optional
        How many; by default 1 to 4, and 1 to 3.
    kinds, last : sequence of kinds
        Kinds of inner nodes and of outputs.
    max_layers, max_width : int
        Of inner nodes.
    weights : strategy, optional
        Of weights and biases; by default :func:`rationals`.
    """
    numbers = rationals() if weights is None else weights
    inner, outer, width = st.sampled_from(list(kinds)), st.sampled_from(list(last)), st.integers(1, max_width)
    names = [f"x{place}" for place in range(draw(_INPUTS) if inputs is None else inputs)]
    known, nodes = list(names), []

    def node(name: str, allowed: SearchStrategy[Kind]) -> Node:
        sources = dict.fromkeys(known[place % len(known)] for place in draw(_PLACES))
        return Node(name, draw(allowed), {source: draw(numbers) for source in sources}, draw(numbers))

    for layer in range(draw(st.integers(0, max_layers))):
        layer_nodes = [node(f"h{layer}_{place}", inner) for place in range(draw(width))]
        nodes += layer_nodes
        known += [one.id for one in layer_nodes]
    ends = [node(f"y{place}", outer) for place in range(draw(_OUTPUTS) if outputs is None else outputs)]
    return Network(names, [*nodes, *ends], [end.id for end in ends])


def circuits(inputs: int | None = None, outputs: int | None = None, **options: int) -> SearchStrategy[Network]:
    """Threshold circuits with integer weights; parameters as for :func:`networks`."""
    weights = rationals(6, (1,))
    return networks(inputs, outputs, kinds=(THRESHOLD,), last=(THRESHOLD,), weights=weights, **options)


def domains(d: int, max_points: int = 8) -> SearchStrategy[Domain]:
    """The cube, small grids, and lists of points of dimension ``d``."""
    point = st.tuples(*[rationals()] * d)
    lists = st.lists(point, min_size=1, max_size=max_points).map(lambda points: Points(tuple(points)))
    grids = [st.just(Grid(p, d)) for p in (1, 2) if (2 * p * p + 1) ** d <= 10**4]
    return st.one_of(st.just(Cube(d)), *grids, lists)
