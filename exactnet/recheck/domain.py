"""The finite set of inputs on which two networks are compared, in its order.

To believe: that every input has an index, and that :meth:`Domain.column` gives its coordinates: all inputs are checked
because all indices are.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import lcm, prod

from .reading import Number, clip, number, over, require, take

MAX_P_DIGITS = 600  # as of every parameter
MAX_P = 10**MAX_P_DIGITS
MAX_POINTS = 2**20  # of a box


def box(table: object, d: int) -> list[list[Number]]:
    """The points of a box: in each coordinate ``steps`` values from ``low`` to ``high``, evenly spaced; one: ``low``."""
    names, ends = ("low", "high", "steps"), list[list[Number]]()
    for name in names:
        entry = take(table, name, object, "the domain")
        ends.append([number(x, f"{name} of the box") for x in (entry if isinstance(entry, list) else [entry] * d)])
        require(len(ends[-1]) == d, f"the domain: {name} of the box has not {d} entries")
    low, high, steps = ends
    require(all(n.denominator == 1 and n >= 1 for n in steps), "the domain: the steps of the box are no positive integers")
    require(all(a <= b for a, b in zip(low, high, strict=True)), "the domain: the box is empty")
    counts = [int(n) for n in steps]
    require(prod(counts) <= MAX_POINTS, f"the domain: the box has more than {MAX_POINTS} points")
    columns = [[a + over((b - a) * k, max(1, n - 1)) for k in range(n)] for a, b, n in zip(low, high, counts, strict=True)]
    return [list(point) for point in product(*columns)]


class Domain:
    """The inputs in order: first input slowest, values ascending; points as listed. ``p·x`` has integer coordinates."""

    def __init__(self, table: object, d: int) -> None:
        self.kind, self.d, self.p, self.points = take(table, "kind", str, "the domain"), d, 1, list[list[int]]()
        require(self.kind in ("cube", "grid", "points", "box"), f"the domain: unknown kind {clip(self.kind)}")
        if self.kind in ("points", "box"):
            if self.kind == "points":
                listed = take(table, "points", list, "the domain")
                usable = listed and all(isinstance(point, list) and len(point) == d for point in listed)
                require(bool(usable), f"the domain: not a list of points of {d} coordinates")
                exact = [[number(x, "a point of the domain") for x in point] for point in listed]
            else:
                exact = box(table, d)
            for x in {x.denominator for point in exact for x in point}:
                self.p = lcm(self.p, x)
                require(self.p < MAX_P, f"the domain: the common denominator of the points exceeds 10^{MAX_P_DIGITS}")
            self.points = [[int(x * self.p) for x in point] for point in exact]
            self.range = [(min(column), max(column)) for column in zip(*self.points, strict=True)]
            self.count = len(exact)
            return
        if self.kind == "grid":
            self.p = take(table, "p", int, "the domain")
            require(1 <= self.p <= 10**6, "the domain: p is not from 1 to 10^6")
        low, high = (0, 1) if self.kind == "cube" else (-(self.p**2), self.p**2)
        self.range = [(low, high)] * d
        self.count = (high - low + 1) ** d

    @property
    def frame(self) -> int:
        """``p`` of the cube (1) or of the smallest grid on which all inputs lie."""
        if self.points and any(low < 0 or high > 1 or self.p > 1 for low, high in self.range):
            largest: int = max(abs(end) for ends in self.range for end in ends)  # p*|x|; and |x| <= frame
            return int(self.p) * max(1, -(-largest // self.p**2))
        return self.p

    def column(self, i: int, indices: Sequence[int]) -> list[int]:
        """``p`` times input ``i`` (from 0), at the given indices of the domain."""
        if self.points:
            return [self.points[index][i] for index in indices]
        low, high = self.range[i]
        step, base = (high - low + 1) ** (self.d - 1 - i), high - low + 1
        return [index // step % base + low for index in indices]

    def __contains__(self, point: Sequence[Number]) -> bool:
        scaled = [x * self.p for x in point]
        if self.points:
            return scaled in self.points
        return all(x.denominator == 1 and low <= x <= high for x, (low, high) in zip(scaled, self.range, strict=True))
