"""The cells of a network one by one, and as exact polygons in the plane."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from gmpy2 import mpq

from exactnet.certify.cells.decide import DEFAULT, Options, interior_of
from exactnet.certify.cells.prove import Interior, Prover, point_of
from exactnet.claims.cells.claims import Claim, system_for
from exactnet.claims.cells.forms import Vector
from exactnet.claims.cells.points import Point
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.cells.tree import Walk
from exactnet.kernel.network import Network

__all__ = ["Region", "polygon", "regions"]


@dataclass(frozen=True)
class Region:
    """A cell: where some forms are at least 0, a point of its interior, and the affine forms of the outputs (constant last)."""

    forms: tuple[Vector, ...]
    inside: Point
    outputs: tuple[tuple[mpq, ...], ...]


def regions(net: Network, domain: Polyhedron, options: Options = DEFAULT) -> Iterator[Region]:
    """The regions of a domain on which the ReLUs that the outputs depend on keep their signs.

    >>> from exactnet.symbolic import maximum, network, x
    >>> [list(map(str, region.outputs[0])) for region in regions(network(maximum(x[1], 1)), Polyhedron(1))]
    [['1', '0'], ['0', '1']]
    """
    system = system_for(Claim("cells"), [net])
    walk: Walk[Interior] = Walk(system, domain.forms, every=True)
    prover = Prover(walk.forms, True, options.max_cells)
    for leaf in walk.leaves(prover, walk.root(interior_of(domain))):
        outputs = (tuple(mpq(c, system.scale) for c in walk.forms.unpack(form)) for form in leaf.outputs)
        splits = (walk.forms.unpack(form) for form in leaf.cell.path)
        yield Region((*domain.forms, *splits), point_of(leaf.cell.state.points[-1]), tuple(outputs))


def polygon(region: Region, low: mpq, high: mpq) -> list[Point]:
    """The corners of a region of the plane within a square, in order around it.

    >>> half = Region(((1, 0, 0),), (mpq(1), mpq(0)), ())
    >>> [tuple(map(str, corner)) for corner in polygon(half, mpq(-1), mpq(1))]
    [('0', '-1'), ('1', '-1'), ('1', '1'), ('0', '1')]
    """
    corners: list[Point] = [(low, low), (high, low), (high, high), (low, high)]
    for a, b, c in region.forms:
        kept: list[Point] = []
        for p, q in pairwise([*corners, *corners[:1]]):
            u, v = (a * x + b * y + c for x, y in (p, q))
            if u >= 0:
                kept.append(p)
            if (u > 0 > v) or (u < 0 < v):
                kept.append(tuple((v * s - u * t) / (v - u) for s, t in zip(p, q, strict=True)))
        corners = kept
        if not corners:
            break
    return corners if len(set(corners)) > 2 else []
