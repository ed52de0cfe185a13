"""How far are two networks apart in the mean square? Exactly, for one and two inputs.

Part of the trusted base.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gmpy2 import mpq

from exactnet.claims.reals.polygons import Affine, Linear2, rectangle, square_integral
from exactnet.claims.reals.segment import Piecewise, along, line
from exactnet.kernel.errors import DomainError, SizeError
from exactnet.kernel.network import AFFINE, RELU, Network, Node, fresh_name

__all__ = ["MAX_CELLS", "MAX_WORK", "Exact", "check_exact", "clipped", "exact_distances"]

#: The most values of nodes that an exact integration in two dimensions may take before anything is cut.
MAX_WORK = 10**7

#: The most parts that the plane is cut into.
MAX_CELLS = 10**6

_ZERO, _ONE = mpq(0), mpq(1)


@dataclass(frozen=True)
class Exact:
    """For one output, under the uniform density on ``[-p, p]^d``: ``E (N' - clip N)^2`` and ``E (N' - N)^2``.

    On the segments parallel to an axis through the whole box, ``pieces`` is the most linear pieces of ``N``, and ``variation``
    the largest total variation of ``clip N``.
    """

    clipped: mpq
    plain: mpq
    pieces: int
    variation: mpq


def check_exact(nets: Sequence[Network], p: int) -> None:
    """Raise :class:`DomainError` or :class:`SizeError` where exact integration is out of reach."""
    d = len(nets[0].inputs)
    if d > 2:
        raise DomainError(f"exact integration is for at most 2 inputs, not {d}")
    work = (4 * p * p) ** 2 * sum(net.wires for net in nets)
    if d == 2 and work > MAX_WORK:
        raise SizeError(
            f"exact integration would take {work} values of wires on the {4 * p * p}^2 rectangles, more than {MAX_WORK}: "
            "a smaller p, or --route compact"
        )


def clipped(net: Network, limit: int) -> Network:
    """``min(max(N, -R), R)`` of every output, then the outputs as they are."""
    taken = {*net.inputs, *net.order}
    nodes, outputs = list(net.nodes()), []
    for name in net.outputs:
        above, beyond, value = (fresh_name(f"{name}.{what}", taken) for what in ("above", "beyond", "clipped"))
        nodes.append(Node(above, RELU, {name: _ONE}, mpq(limit)))
        nodes.append(Node(beyond, RELU, {name: _ONE}, mpq(-limit)))
        nodes.append(Node(value, AFFINE, {above: _ONE, beyond: -_ONE}, mpq(-limit)))
        outputs.append(value)
    return Network(net.inputs, nodes, [*outputs, *net.outputs])


def exact_distances(net: Network, constructed: Network, p: int, delta: mpq, limit: int) -> Mapping[str, Exact]:
    """The exact distances for every output. Raises as :func:`check_exact` does."""
    check_exact((net, constructed), p)
    with_clip = clipped(net, limit)
    if len(net.inputs) == 1:
        return _on_a_line(net, with_clip, constructed, p)
    return _in_the_plane(net, with_clip, constructed, p, delta)


def _on_a_line(net: Network, with_clip: Network, constructed: Network, p: int) -> Mapping[str, Exact]:
    whole = [line(mpq(-p), mpq(p), mpq(-p), _ONE)]
    values, targets = along(constructed, whole), along(with_clip, whole)
    distances = {}
    outputs = len(net.outputs)
    for place, name in enumerate(net.outputs):
        moments = [(values[place] - target).square_integral() / (2 * p) for target in (targets[place], targets[outputs + place])]
        distances[name] = Exact(moments[0], moments[1], targets[outputs + place].pieces, targets[place].variation())
    return distances


def _cuts(p: int, delta: mpq) -> list[mpq]:
    """The ends of all ramps: where the plane is cut before anything else, so that most parts are whole."""
    ends = {mpq(t, p) - shift for t in range(-p * p + 1, p * p + 1) for shift in (_ZERO, delta)}
    return sorted({mpq(-p), mpq(p), *ends})


def _in_the_plane(net: Network, with_clip: Network, constructed: Network, p: int, delta: mpq) -> Mapping[str, Exact]:
    outputs = len(net.outputs)
    sums = [[_ZERO, _ZERO] for _ in net.outputs]
    cuts = list(pairwise(_cuts(p, delta)))
    count, before, after = 0, Affine(constructed), Affine(with_clip)
    for left, right in cuts:
        for low, high in cuts:
            for part, form in before.parts(rectangle((left, low), (right, high))):
                for inner, targets in after.parts(part):
                    count += 1
                    if count > MAX_CELLS:
                        raise SizeError(f"exact integration would cut the plane into more than {MAX_CELLS} parts")
                    for place, value in enumerate(form):
                        for which in (0, 1):
                            apart = _minus(value, targets[place + which * outputs])
                            sums[place][which] += square_integral(inner, apart)
    area = mpq(4 * p * p)
    pieces, variations = most_pieces(net, p), most_variation(with_clip, p)
    return {
        name: Exact(sums[place][0] / area, sums[place][1] / area, pieces[place], variations[place])
        for place, name in enumerate(net.outputs)
    }


def _minus(one: Linear2, other: Linear2) -> Linear2:
    return one[0] - other[0], one[1] - other[1], one[2] - other[2]


def most_pieces(net: Network, p: int) -> tuple[int, ...]:
    """For each output of a network of two inputs, the most linear pieces on a segment through the box parallel to an axis.

    Between neighbouring corners of cells the number does not change; on a line through a corner it is not larger, as the
    function there is the limit of those on lines beside it.
    """
    most = [1] * len(net.outputs)
    for axis, places in enumerate(_corners(net, p)):
        for low, high in pairwise(places):
            piecewise = _parallel(net, p, axis, (low + high) / 2)
            most = [max(n, function.pieces) for n, function in zip(most, piecewise, strict=True)]
    return tuple(most)


def most_variation(net: Network, p: int) -> tuple[mpq, ...]:
    """For each output of a network of two inputs, the largest total variation on such a segment.

    Between neighbouring corners of cells it is linear in the place of the segment, as all slopes keep their signs; and it is
    continuous: so it is largest at a corner.
    """
    most = [_ZERO] * len(net.outputs)
    for axis, places in enumerate(_corners(net, p)):
        for place in places:
            piecewise = _parallel(net, p, axis, place)
            most = [max(n, function.variation()) for n, function in zip(most, piecewise, strict=True)]
    return tuple(most)


def _corners(net: Network, p: int) -> tuple[list[mpq], list[mpq]]:
    """Where segments parallel to each axis meet corners of cells, ascending."""
    low, high = mpq(-p), mpq(p)
    corners = {point for part, _ in Affine(net).parts(rectangle((low, low), (high, high))) for point in part}
    return sorted({y for _, y in corners}), sorted({x for x, _ in corners})


def _parallel(net: Network, p: int, axis: int, place: mpq) -> tuple[Piecewise, ...]:
    """The outputs along the segment parallel to an axis on which the other input is at a place."""
    inputs = [line(mpq(-p), mpq(p), place, _ZERO)] * 2
    inputs[axis] = line(mpq(-p), mpq(p), mpq(-p), _ONE)
    return along(net, inputs)
