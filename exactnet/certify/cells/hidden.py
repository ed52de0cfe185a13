"""Does some network with one hidden layer, of any width, compute what a network computes? (untrusted)

If so, the function is ``affine + sum c_H [h]+`` over hyperplanes H, and every facet of a cell on H shows the same ``c_H``: the
jump of the gradient across it. So two facets of one hyperplane with different jumps are a proof that there is none; and
if there are no such, the sum is a network, which is proved equal.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from gmpy2 import mpq

from exactnet.certify.cells.cone import Cone, dot, primitive
from exactnet.certify.cells.decide import DEFAULT, Options, decide
from exactnet.certify.cells.prove import Interior, Prover, find_interior, point_of
from exactnet.claims.cells.certificate import CERTIFIED, REFUTED, Certificate
from exactnet.claims.cells.claims import Claim, system_for
from exactnet.claims.cells.forms import Vector
from exactnet.claims.cells.points import Point, jump_across
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.cells.tree import Leaf, Walk
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.network import Network, Node, affine, fresh_name, relu

__all__ = ["decide_one_hidden_layer"]

#: Tries to find a point of a facet that lies on no other hyperplane.
_TRIES = 200


def decide_one_hidden_layer(net: Network, options: Options = DEFAULT) -> tuple[Certificate, tuple[Network, ...]]:
    """A certificate that the network has an equal one with one hidden layer, and that one; or that there is none.

    >>> from exactnet.symbolic import maximum, network, x
    >>> certificate, nets = decide_one_hidden_layer(network(maximum(0, x[1], x[2])))
    >>> certificate.verdict, certificate.form
    ('refuted', (1, 0, 0))
    >>> certificate, nets = decide_one_hidden_layer(network(maximum(0, x[1] + maximum(x[1], 1 - x[1]))))
    >>> certificate.verdict, len(nets[1].order)
    ('certified', 2)
    """
    d = len(net.inputs)
    claim = Claim("one-hidden-layer")
    system = system_for(Claim("cells"), [net])
    walk: Walk[Interior] = Walk(system, (), every=True)
    prover = Prover(walk.forms, True, options.max_cells)
    interior, _ = find_interior((), d)
    assert interior is not None
    jumps: dict[Vector, tuple[Point, Point]] = {}
    some: tuple[Point, list[list[mpq]]] | None = None
    for leaf in walk.leaves(prover, walk.root(interior)):
        if some is None:
            outputs = [[mpq(c, system.scale) for c in walk.forms.unpack(form)] for form in leaf.outputs]
            some = point_of(leaf.cell.state.points[-1]), outputs
        for form in leaf.cell.path:
            across = walk.forms.unpack(abs(form))
            crossing = _jump(net, leaf, walk.forms.unpack(form), across)
            if crossing is None:
                continue
            known = jumps.setdefault(across, crossing)
            if known[0] != crossing[0]:
                return Certificate(claim, Polyhedron(d), REFUTED, points=(known[1], crossing[1]), form=across), (net,)
    assert some is not None
    shallow = _shallow(net, {form: jump for form, (jump, _) in jumps.items() if any(jump)}, *some)
    certificate = decide(claim, [net, shallow], Polyhedron(d), options)
    if certificate.verdict != CERTIFIED:
        raise ExactnetError("neither a network with one hidden layer nor two different jumps have been found")
    return certificate, (net, shallow)


def _jump(net: Network, leaf: Leaf[Interior], form: Vector, across: Vector) -> tuple[Point, Point] | None:
    """The jump across a facet of a leaf and a point of the facet; None if the form has no facet there."""
    others = [vector for vector in leaf.cell.state.cone.vectors if vector != form]
    cone = Cone(len(form))
    for vector in others:
        cone.add(vector)
    beyond = Interior(cone, list(leaf.cell.state.points))
    if beyond.beyond(form) is not None:
        return None
    inside, outside = leaf.cell.state.points[-1], beyond.points[-1]
    for point in _between(form, others, inside, outside):
        place = point_of(point)
        jump = jump_across(net, place, across)
        if jump is not None:
            return jump, place
    raise ExactnetError("no point of a facet has been found that lies on no other hyperplane")


def _between(form: Vector, others: Sequence[Vector], inside: Vector, outside: Vector) -> Iterator[Vector]:
    """Points at which a form is 0 and others are positive: on the way between two points, then near by."""
    draws = random.Random(0)
    for bits in range(_TRIES):
        a, b = (
            [(c << bits) + (draws.randint(-3, 3) if bits else 0) for c in end] for end in (inside, outside)
        )
        u, v = dot(form, a), -dot(form, b)
        point = [v * s + u * t for s, t in zip(a, b, strict=True)]
        if u > 0 and v > 0 and all(dot(other, point) > 0 for other in others):
            yield primitive(point)


def _shallow(net: Network, jumps: dict[Vector, Point], point: Point, outputs: Sequence[Sequence[mpq]]) -> Network:
    """``affine + sum c_H [h]+``, where the affine part is what is left of the outputs near a point."""
    nodes: list[Node] = []
    taken = set(net.inputs)
    ends = [fresh_name(name, taken) for name in net.outputs]
    rest = [list(form) for form in outputs]
    wires: list[dict[str, mpq]] = [{} for _ in outputs]
    for number, (form, jump) in enumerate(jumps.items(), 1):
        name = fresh_name(f"h{number}", taken)
        nodes.append(relu(name, dict(zip(net.inputs, form, strict=False)), form[-1]))
        on = sum((c * x for c, x in zip(form, point, strict=False)), mpq(form[-1])) > 0
        for k, c in enumerate(jump):
            wires[k][name] = c
            if on:
                rest[k] = [r - c * f for r, f in zip(rest[k], form, strict=True)]
    for name, form_left, into in zip(ends, rest, wires, strict=True):
        nodes.append(affine(name, {**dict(zip(net.inputs, form_left, strict=False)), **into}, form_left[-1]))
    return Network(net.inputs, nodes, ends)
