"""A ReLU network along a line, over all reals, exactly: a continuous piecewise linear function of one real variable.

Rational arithmetic throughout. Two such functions are equal on an interval if and only if they are equal at its ends and
at the breakpoints of both inside it, and have the same slopes where it has no end: that is how they are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gmpy2 import mpq

from exactnet.errors import NetworkError, SizeError, clip_text
from exactnet.network import AFFINE, RELU, Network

__all__ = ["Piecewise", "along_line", "difference"]

_ZERO = mpq(0)

#: The most breakpoints of a function.
MAX_BREAKPOINTS = 2**16


@dataclass(frozen=True)
class Piecewise:
    """A continuous piecewise linear function on the reals.

    ``knots`` are points ``(x, y)`` of the graph with ascending ``x``, at least one; the function is linear between them, of
    slope ``left`` below the first and ``right`` above the last.
    """

    knots: tuple[tuple[mpq, mpq], ...]
    left: mpq
    right: mpq

    @classmethod
    def line(cls, constant: mpq, slope: mpq) -> Piecewise:
        """``constant + slope·x``."""
        return cls(((_ZERO, constant),), slope, slope)

    def at(self, places: Sequence[mpq]) -> list[mpq]:
        """The values at ascending places."""
        values, right = [], 0
        (first, low), (last, high) = self.knots[0], self.knots[-1]
        for x in places:
            if x <= first:
                values.append(low + self.left * (x - first))
            elif x >= last:
                values.append(high + self.right * (x - last))
            else:
                while self.knots[right][0] < x:
                    right += 1
                (a, u), (b, v) = self.knots[right - 1], self.knots[right]
                values.append(u + (v - u) / (b - a) * (x - a))
        return values

    def slopes(self) -> list[mpq]:
        """The slopes from left to right, one more than there are knots."""
        inner = [(v - u) / (b - a) for (a, u), (b, v) in pairwise(self.knots)]
        return [self.left, *inner, self.right]

    def minimal(self) -> Piecewise:
        """The same function with knots where the slope changes only (one knot where it never does)."""
        bends = [before != after for before, after in pairwise(self.slopes())]
        kept = tuple(knot for knot, bend in zip(self.knots, bends, strict=True) if bend)
        return Piecewise(kept or self.knots[:1], self.left, self.right)

    def breakpoints(self, low: mpq | None = None, high: mpq | None = None) -> list[mpq]:
        """Where the slope changes, strictly between ``low`` and ``high`` (None: no end).

        >>> tent = Piecewise(((mpq(0), mpq(0)), (mpq(1, 2), mpq(1)), (mpq(1), mpq(0))), mpq(0), mpq(0))
        >>> tent.breakpoints(), tent.breakpoints(mpq(0), mpq(1))
        ([mpq(0,1), mpq(1,2), mpq(1,1)], [mpq(1,2)])
        """
        bends = zip(self.knots, pairwise(self.slopes()), strict=True)
        found = [x for (x, _), (before, after) in bends if before != after]
        return [x for x in found if (low is None or low < x) and (high is None or x < high)]

    def pieces(self, low: mpq | None = None, high: mpq | None = None) -> int:
        """The number of linear pieces between ``low`` and ``high``: one more than there are breakpoints."""
        return len(self.breakpoints(low, high)) + 1

    def relu(self) -> Piecewise:
        """``max(0, f)``: the zeros become knots, what is negative becomes 0."""
        places = [x for x, _ in self.knots]
        (first, low), (last, high) = self.knots[0], self.knots[-1]
        if low * self.left > 0:
            places.append(first - low / self.left)
        if high * self.right < 0:
            places.append(last - high / self.right)
        for (a, u), (b, v) in pairwise(self.knots):
            if u * v < 0:
                places.append(a + (b - a) * u / (u - v))
        places.sort()
        knots = tuple((x, max(_ZERO, y)) for x, y in zip(places, self.at(places), strict=True))
        # Far out, the function is positive only where its slope leads upwards (a constant has slope 0 either way).
        return Piecewise(knots, min(self.left, _ZERO), max(self.right, _ZERO))


def weighted_sum(parts: Iterable[tuple[mpq, Piecewise]], constant: mpq) -> Piecewise:
    """``constant + Σ weight·function``, with knots where it bends only."""
    listed = list(parts)
    places = sorted({x for _, part in listed for x, _ in part.knots}) or [_ZERO]
    if len(places) > MAX_BREAKPOINTS:
        raise SizeError(f"along the line the network has more than {MAX_BREAKPOINTS} breakpoints")
    values = [constant] * len(places)
    for weight, part in listed:
        values = [value + weight * y for value, y in zip(values, part.at(places), strict=True)]
    left = sum((weight * part.left for weight, part in listed), _ZERO)
    right = sum((weight * part.right for weight, part in listed), _ZERO)
    return Piecewise(tuple(zip(places, values, strict=True)), left, right).minimal()


def along_line(net: Network, start: Sequence[mpq], direction: Sequence[mpq]) -> tuple[Piecewise, ...]:
    """The outputs of a ReLU network at ``start + t·direction``, as functions of the real ``t``.

    Raises :class:`NetworkError` for a threshold gate (a jump) and for the wrong number of coordinates, and
    :class:`SizeError` for more than :data:`MAX_BREAKPOINTS` breakpoints.

    >>> from exactnet.network import affine, relu
    >>> net = Network(["x"], [relu("a", {"x": 1}), relu("b", {"x": -1}), affine("y", {"a": 1, "b": 1})], ["y"])
    >>> [f.pieces() for f in along_line(net, [mpq(0)], [mpq(1)])]
    [2]
    """
    if not len(net.inputs) == len(start) == len(direction):
        raise NetworkError(f"the network has {len(net.inputs)} inputs, the line {len(start)} coordinates")
    value = {name: Piecewise.line(a, b) for name, a, b in zip(net.inputs, start, direction, strict=True)}
    unread = {name: sum(1 for _ in net.readers(name)) + (name in net.outputs) for name in (*net.inputs, *net.order)}
    for name in net.order:
        kind = net.kind(name)
        if kind not in (AFFINE, RELU):
            raise NetworkError(f"node {clip_text(name)} is a threshold gate, which jumps: only ReLU networks are continuous")
        form = weighted_sum(((weight, value[source]) for source, weight in net.sources(name)), net.bias(name))
        value[name] = form.relu().minimal() if kind == RELU else form
        for source, _ in net.sources(name):
            unread[source] -= 1
            if not unread[source]:
                del value[source]
    return tuple(value[name] for name in net.outputs)


def difference(f: Piecewise, g: Piecewise, low: mpq | None = None, high: mpq | None = None) -> mpq | None:
    """A place between ``low`` and ``high`` (None: no end) where two functions differ, the first that is found; or None.

    >>> difference(Piecewise.line(mpq(0), mpq(1)), Piecewise.line(mpq(0), mpq(2)))
    mpq(-1,1)
    """
    ends = {x for x in (low, high) if x is not None}
    places = sorted(ends | {x for h in (f, g) for x, _ in h.knots if (low is None or low < x) and (high is None or x < high)})
    if low is None and (not places or f.left != g.left):
        places = [(places[0] if places else _ZERO) - 1, *places]
    if high is None and f.right != g.right:
        places.append((places[-1] if places else _ZERO) + 1)
    values = zip(places, f.at(places), g.at(places), strict=True)
    return next((x for x, u, v in values if u != v), None)
