"""Does some network with one hidden layer, of any width, compute what a network computes? (untrusted)

If so, the function is ``affine + sum c_H [h]+`` over hyperplanes H, and every point of H at which it is affine on both sides shows
the same ``c_H``: the jump of the gradient across it. One jump is taken on every facet of a cell. If two of one H differ, they are a
proof that there is none. If not, the sum over these ``c_H`` is a network. Where it is not the same function, their difference has
a jump: not on a facet, where both have ``c_H``, so on a part of an H with ``c_H`` not 0 that runs through a cell, where the jump of
the network is 0. Each case therefore ends with a proof.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence

from gmpy2 import mpq

from exactnet.certify.cells.cone import Cone, dot
from exactnet.certify.cells.decide import DEFAULT, Options, decide
from exactnet.certify.cells.prove import Interior, Prover, bounded, find_interior, point_of
from exactnet.claims.cells.certificate import CERTIFIED, REFUTED, Certificate
from exactnet.claims.cells.claims import Claim, system_for
from exactnet.claims.cells.forms import Vector
from exactnet.claims.cells.points import Point, jump_across
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.cells.tree import Leaf, Walk
from exactnet.kernel.network import Network, Node, affine, fresh_name, relu

__all__ = ["decide_one_hidden_layer"]

#: Draws of a point that lies on no other hyperplane.
_DRAWS = 200


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
    interior, _ = find_interior((), d)
    assert interior is not None

    def leaves() -> Iterator[Leaf[Interior]]:
        with bounded(system, True):
            yield from walk.leaves(Prover(walk.forms, True, options.max_cells), walk.root(interior.copy()))

    jumps: dict[Vector, tuple[Point, Point]] = {}
    some: tuple[Point, list[list[mpq]]] | None = None
    for leaf in leaves():
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
    jumps = {form: crossing for form, crossing in jumps.items() if any(crossing[0])}
    shallow = _shallow(net, {form: jump for form, (jump, _) in jumps.items()}, *some)
    certificate = decide(claim, [net, shallow], Polyhedron(d), options)
    if certificate.verdict == CERTIFIED:
        return certificate, (net, shallow)
    across, smooth = next(found for leaf in leaves() if (found := _inside(net, leaf, jumps)) is not None)
    return Certificate(claim, Polyhedron(d), REFUTED, points=(jumps[across][1], smooth), form=across), (net,)


def _jump(net: Network, leaf: Leaf[Interior], form: Vector, across: Vector) -> tuple[Point, Point] | None:
    """The jump across a facet of a leaf and a point of the facet; None if the form has no facet there."""
    others = [vector for vector in leaf.cell.state.cone.vectors if vector != form]
    cone = Cone(len(form))
    for vector in others:
        cone.add(vector)
    beyond = Interior(cone, list(leaf.cell.state.points))
    if beyond.beyond(form) is not None:
        return None
    return _between(net, across, others, leaf.cell.state.points[-1], beyond.points[-1])


def _inside(net: Network, leaf: Leaf[Interior], forms: Iterable[Vector]) -> tuple[Vector, Point] | None:
    """One of some forms whose zero set runs through the interior of a leaf, and a point there."""
    inside = leaf.cell.state
    for form in forms:
        if inside.beyond(form) is None:
            below = inside.points[-1]
            if inside.beyond(tuple(-c for c in form)) is None:
                return form, _between(net, form, inside.cone.vectors, inside.points[-1], below)[1]
    return None


def _between(net: Network, form: Vector, others: Sequence[Vector], a: Vector, b: Vector) -> tuple[Point, Point]:
    """The jump at a point of a form's zero set, and the point: on the way between two of different sides, or near by.

    Other forms are positive there. A point is drawn until no ReLU has a kink at it elsewhere than on the zero set. The reach of the
    draws grows, and is ever smaller beside the points: that n ReLUs exclude draw k has a probability of about n/2^k.
    """
    draws = random.Random(0)
    for k in range(_DRAWS):
        reach = (1 << k) - 1
        ends = [[(c << 2 * k) + draws.randint(-reach, reach) for c in end] for end in (a, b)]
        u, v = (dot(form, end) for end in ends)
        point = tuple(abs(v) * s + abs(u) * t for s, t in zip(*ends, strict=True))
        if u * v < 0 and all(dot(other, point) > 0 for other in others):
            place = point_of(point)
            jump = jump_across(net, place, form)
            if jump is not None:
                return jump, place
    raise AssertionError("all draws have been excluded")


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
