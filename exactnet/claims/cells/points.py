"""Points that refute a claim, or at which a constant is attained: replayed by evaluating the networks."""

from __future__ import annotations

from collections.abc import Sequence

from gmpy2 import mpq

from exactnet.claims.cells.assertion import is_met
from exactnet.claims.cells.claims import Claim
from exactnet.claims.cells.forms import Vector
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.kernel.errors import NetworkError
from exactnet.kernel.network import AFFINE, THRESHOLD, Network, Node

__all__ = ["Point", "attains", "has_two_jumps", "jump_across", "refutes", "sides", "without_biases"]

Point = tuple[mpq, ...]


def without_biases(net: Network) -> Network:
    """The network with all biases 0."""
    return Network(net.inputs, [Node(n.id, n.kind, n.sources, mpq(0)) for n in net.nodes()], net.outputs)


def sides(claim: Claim, networks: Sequence[Network], point: Point) -> tuple[Point, Point]:
    """The two values that a claim says are equal (or the first at least the second) at a point."""
    net = networks[0]
    if len(networks) == 2:
        return net(point), networks[1](point)
    if claim.kind == "homogeneous":
        return net(point), without_biases(net)(point)
    if claim.kind == "invariant":
        assert claim.permutation is not None
        return net(point), net([point[i - 1] for i in claim.permutation])
    opposite = net([-x for x in point])
    return (net(point), opposite) if claim.kind == "even" else (net(point), tuple(-y for y in opposite))


def refutes(claim: Claim, networks: Sequence[Network], domain: Polyhedron, points: Sequence[Point]) -> bool:
    """Whether points of the domain show that a claim is false.

    One point at which :func:`sides` differ (or the first is less); for ``monotone`` two points that differ in the one
    coordinate; for ``convex`` three on a line, the second between the others, above the chord; for ``property`` one that meets
    the assertion.
    """
    if not all(point in domain for point in points):
        return False
    if claim.zero and len(points) == 1:
        left, right = sides(claim, networks, points[0])
        return left != right
    if claim.kind == "property" and len(points) == 1:
        assert claim.assertion is not None
        x = claim.input(points[0])
        return is_met(claim.assertion, x, networks[0](x))
    if claim.kind == "at-least" and len(points) == 1:
        left, right = sides(claim, networks, points[0])
        return any(a < b for a, b in zip(left, right, strict=True))
    if claim.kind == "monotone" and len(points) == 2:
        assert claim.variable is not None
        moved = [b - a for a, b in zip(*points, strict=True)]
        step = moved.pop(claim.variable - 1)
        low, high = map(networks[0], points)
        return step > 0 and not any(moved) and any(a > b for a, b in zip(low, high, strict=True))
    if claim.kind == "convex" and len(points) == 3:
        return _above_chord(networks[0], *points)
    return False


def _above_chord(net: Network, a: Point, m: Point, b: Point) -> bool:
    place = next((k for k in range(len(a)) if a[k] != b[k]), None)
    if place is None:
        return False
    t = (m[place] - a[place]) / (b[place] - a[place])
    if not 0 < t < 1 or any(x + t * (y - x) != z for x, y, z in zip(a, b, m, strict=True)):
        return False
    return any(z > x + t * (y - x) for x, y, z in zip(net(a), net(b), net(m), strict=True))


def attains(claim: Claim, net: Network, domain: Polyhedron, points: Sequence[Point]) -> bool:
    """Whether two points show that the bound of a ``lipschitz`` claim is the least possible."""
    if len(points) != 2 or not all(point in domain for point in points):
        return False
    moved = [abs(b - a) for a, b in zip(*points, strict=True)]
    largest = max(abs(b - a) for a, b in zip(*map(net, points), strict=True))
    if claim.norm == "2":
        return bool(any(moved) and largest**2 == claim.bound * sum(c * c for c in moved))
    distance = sum(moved, mpq(0)) if claim.norm == "1" else max(moved)
    return bool(distance > 0 and largest == claim.bound * distance)


def jump_across(net: Network, point: Point, form: Vector) -> Point | None:
    """The ``c_k`` with gradient of output k = that on the other side ``+ c_k`` times that of a form that vanishes at a point.

    None unless the network is affine on both sides of the form's zero set near the point: unless every ReLU whose argument is
    0 there vanishes near the point on that set only, or on a whole side.

    >>> from exactnet.kernel.network import affine, relu
    >>> net = Network(["x"], [relu("h", {"x": 2}), affine("y", {"h": 3})], ["y"])
    >>> [str(c) for c in jump_across(net, (mpq(0),), (1, 0))]
    ['6']
    """
    if sum((c * x for c, x in zip(form, point, strict=False)), mpq(form[-1])) != 0 or not any(form[:-1]):
        return None
    above, below = (_gradients(net, point, form[:-1], side) for side in (1, -1))
    if above is None or below is None:
        return None
    place = next(i for i, c in enumerate(form) if c)
    return tuple((a[place] - b[place]) / form[place] for a, b in zip(above, below, strict=True))


def _gradients(net: Network, point: Point, normal: Vector, side: int) -> list[list[mpq]] | None:
    """The gradients of the outputs on one side of a hyperplane through a point; None if they are not constant there."""
    d = len(point)
    value = dict(zip(net.inputs, point, strict=True))
    gradient = {name: [mpq(int(i == k)) for k in range(d)] for i, name in enumerate(net.inputs)}
    for name in net.order:
        if net.kind(name) == THRESHOLD:
            raise NetworkError("a threshold gate has no derivative")
        z, slope = net.bias(name), [mpq(0)] * d
        for source, weight in net.sources(name):
            z += weight * value[source]
            slope = [s + weight * g for s, g in zip(slope, gradient[source], strict=True)]
        active = net.kind(name) == AFFINE or z > 0
        if not active and z == 0 and any(slope):
            place = next(i for i, c in enumerate(normal) if c)
            ratio = slope[place] / normal[place]
            if any(s != ratio * c for s, c in zip(slope, normal, strict=True)):
                return None
            active = ratio * side > 0
        value[name], gradient[name] = (z, slope) if active else (mpq(0), [mpq(0)] * d)
    return [gradient[name] for name in net.outputs]


def has_two_jumps(net: Network, form: Vector, points: Sequence[Point]) -> bool:
    """Whether two points of one hyperplane show that no network with one hidden layer, of any width, computes what this one does.

    Such a network is ``affine + sum c_H [h]+`` over different hyperplanes H; at points of H near which it is affine on both
    sides, its gradient jumps by the same ``c_H`` times that of h.
    """
    d = len(net.inputs)
    if len(form) != d + 1 or [len(point) for point in points] != [d, d]:
        return False
    first, second = (jump_across(net, point, form) for point in points)
    return first is not None and second is not None and first != second
