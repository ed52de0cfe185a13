"""Interpolation: a function on finitely many integers as ``constant + Σ_t jump_t·[n - t]+`` (docs/functions.md).

``held``: the function stays as it is from each integer where it is known to the last one before the next. So all ``jump_t``
are sums of differences of neighbouring values, and no denominator appears that the values do not have. On consecutive
integers this is ordinary interpolation.

``squares``: ``n^2`` by straight lines; between ``a`` and ``b`` the slope ``a + b`` is an integer whatever the gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Interpolant", "held", "squares"]


@dataclass(frozen=True)
class Interpolant:
    """``constant + Σ_t jumps[t]·[n - t]+`` for integers ``n``; no jump is 0, and places ascend."""

    constant: int
    jumps: Mapping[int, int]

    def __call__(self, n: int) -> int:
        """The value at an integer."""
        return self.constant + sum(jump * (n - t) for t, jump in self.jumps.items() if t < n)


def held(values: Mapping[int, int]) -> Interpolant:
    """Interpolant with the given values; held constant between them, up to the last unit before the next.

    At most two ramps for each value, at most one for each integer below the last; a jump is at most twice the largest
    difference of two values.

    >>> held({0: 1, 1: 3, 5: 3, 9: 0}).jumps
    {0: 2, 1: -2, 8: -3}
    """
    places = sorted(values)
    slopes: dict[int, int] = {}
    for a, b in pairwise(places):
        slopes.setdefault(b - 1, 0)
        slopes[b - 1] += values[b] - values[a]
        slopes[b] = 0
    return Interpolant(values[places[0]], _jumps((t, slopes[t]) for t in sorted(slopes) if t < places[-1]))


def squares(places: Iterable[int]) -> Interpolant:
    """Interpolant with the value ``n^2`` at the given integers ``n >= 0``, straight in between.

    >>> squares([0, 1, 2, 5])
    Interpolant(constant=0, jumps={0: 1, 1: 2, 2: 4})
    """
    listed = sorted(places)
    return Interpolant(listed[0] ** 2, _jumps((a, a + b) for a, b in pairwise(listed)))


def _jumps(slopes: Iterable[tuple[int, int]]) -> dict[int, int]:
    """From the slopes to the right of each place, ascending, to their changes."""
    jumps: dict[int, int] = {}
    before = 0
    for t, slope in slopes:
        if slope != before:
            jumps[t] = slope - before
        before = slope
    return jumps
