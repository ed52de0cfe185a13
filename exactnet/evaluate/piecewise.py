"""Functions of one integer ``n``, ``0 <= n < size``, as sums ``offset + Σ_t d_t·[n - t]+``.

Every function on a finite range of integers has exactly one such form with ``0 <= t <= size - 2`` and
``d_t != 0``: the ``d_t`` are its second differences. It is short for what networks are made of: an
affine function has at most the kink ``t = 0``, a ReLU of it at most three, a step ``1[n >= t]`` two
(``[n-t+1]+ - [n-t]+``); a sum merges the kinks. Only values *at integers* count, so that ``[n - 1/2]+``,
scaled by 2, becomes kinks at 0 and 1. All numbers are Python integers of any size.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Kinks", "bounds", "dense", "evaluate", "relu", "step"]

#: ``{t: d_t}``, no zero entries.
Kinks = dict[int, int]
Array = npt.NDArray[Any]
#: Knots of a function: ``(n, value)`` with ascending ``n``, linear with an integer slope in between.
Knots = list[tuple[int, int]]


def evaluate(offset: int, kinks: Iterable[tuple[int, int]], n: int) -> int:
    """The value at one integer.

    >>> evaluate(5, [(0, 2), (3, -1)], 4)
    12
    """
    return offset + sum(d * (n - t) for t, d in kinks if t < n)


def relu(offset: int, kinks: Kinks, size: int) -> tuple[int, Kinks]:
    """``[f]+`` for ``f`` given by ``offset`` and ``kinks`` on ``0 <= n < size``.

    >>> relu(-3, {0: 2}, 10)  # [2n - 3]+ is 0, 0, 1, 3, 5, ...
    (0, {1: 1, 2: 1})
    """
    if not kinks:
        return max(offset, 0), kinks
    if len(kinks) == 1 and 0 in kinks:
        slope = kinks[0]
        last = offset + slope * (size - 1)
        if offset >= 0 and last >= 0:
            return offset, kinks
        if offset <= 0 and last <= 0:
            return 0, {}
        if slope > 0:
            before = -offset // slope  # the last n where the form is at most 0
            first = offset + slope * (before + 1)
            if first == slope:
                return 0, {before: slope}
            return 0, {before: first, before + 1: slope - first} if before < size - 2 else {before: first}
        before = -(offset // slope) - 1  # the last n where it is above 0
        value = offset + slope * before
        if value == -slope:
            return offset, {0: slope, before + 1: value} if before < size - 2 else {0: slope}
        return offset, _join(((0, slope), (before, -value - slope), (before + 1, value)), size)
    return _from_knots(_relu_knots(knots(offset, kinks, size)))


def step(offset: int, kinks: Kinks, size: int) -> tuple[int, Kinks]:
    """``1[f >= 0]`` for ``f`` given by ``offset`` and ``kinks`` on ``0 <= n < size``.

    >>> step(-3, {0: 2}, 10)  # 1[2n >= 3]
    (0, {1: 1, 2: -1})
    """
    if not kinks:
        return int(offset >= 0), kinks
    if len(kinks) == 1 and 0 in kinks:
        slope = kinks[0]
        at_start, at_end = offset >= 0, offset + slope * (size - 1) >= 0
        if at_start == at_end:
            return int(at_start), {}
        if slope > 0:
            first = -(offset // slope)  # the first n where it fires
            return 0, {first - 1: 1, first: -1} if first < size - 1 else {first - 1: 1}
        last = offset // -slope  # the last n where it fires
        return 1, {last: -1, last + 1: 1} if last < size - 2 else {last: -1}
    return _from_knots(_step_knots(knots(offset, kinks, size)))


def bounds(offset: int, kinks: Iterable[tuple[int, int]], size: int) -> tuple[int, int]:
    """The least and the greatest value; ``kinks`` ascending.

    >>> bounds(0, [(0, 1), (4, -2)], 10)
    (-1, 4)
    """
    low = high = value = offset
    slope = previous = 0
    for t, d in kinks:
        value += slope * (t - previous)
        if value < low:
            low = value
        elif value > high:
            high = value
        slope += d
        previous = t
    value += slope * (size - 1 - previous)
    return min(low, value), max(high, value)


def knots(offset: int, kinks: Mapping[int, int], size: int) -> Knots:
    """The values at 0, at every kink, and at ``size - 1``."""
    result = [(0, offset)]
    value, slope, previous = offset, 0, 0
    for t in sorted(kinks):
        value += slope * (t - previous)
        if t:
            result.append((t, value))
        slope += kinks[t]
        previous = t
    if size - 1 > previous:
        result.append((size - 1, value + slope * (size - 1 - previous)))
    return result


def dense(kinks: Iterable[tuple[int, int]], low: int, size: int, dtype: npt.DTypeLike) -> Array:
    """The table of ``Σ d_t·[n - t]+ - low`` for ``0 <= n < size``, reduced to ``dtype`` (an unsigned type or object).

    >>> dense([(1, 1), (2, -1)], -1, 4, np.uint8)
    array([1, 1, 2, 2], dtype=uint8)
    """
    if np.dtype(dtype) == object:
        first, second = np.zeros(size, object), np.zeros(size, object)
        for t, d in kinks:
            second[t + 1] = d
        np.add.accumulate(second, out=second)
        np.add.accumulate(second, out=first)
        return first - low
    # Addition modulo 2^bits is associative, and a value within 0..2^bits-1 is determined by its residue: wrapped
    # intermediate values do no harm.
    dtype = np.dtype(dtype)
    modulus = 1 << 8 * dtype.itemsize
    table = np.zeros(size, dtype)
    pairs = list(kinks)
    table[np.array([t + 1 for t, _ in pairs], np.int64)] = np.array([d % modulus for _, d in pairs], dtype)
    np.add.accumulate(table, out=table)
    table[:1] = -low % modulus
    np.add.accumulate(table, out=table)
    return table


def _join(pairs: Iterable[tuple[int, int]], size: int) -> Kinks:
    """Kinks from pairs that may repeat a place, be zero, or lie past the last place that matters."""
    kinks: Kinks = {}
    for t, d in pairs:
        if t <= size - 2:
            total = kinks.get(t, 0) + d
            if total:
                kinks[t] = total
            else:
                kinks.pop(t, None)
    return kinks


def _from_knots(points: Knots) -> tuple[int, Kinks]:
    """The inverse of :func:`knots` (superfluous knots are allowed)."""
    kinks: Kinks = {}
    slope = 0
    for (n, value), (after, next_value) in pairwise(points):
        new = (next_value - value) // (after - n)
        if new != slope:
            kinks[n] = new - slope
        slope = new
    return points[0][1], kinks


def _put(points: Knots, n: int, value: int) -> None:
    if points and points[-1][0] == n:
        points[-1] = (n, value)
    else:
        points.append((n, value))


def _relu_knots(points: Knots) -> Knots:
    result: Knots = []
    _put(result, points[0][0], max(points[0][1], 0))
    for (n, value), (after, next_value) in pairwise(points):
        slope = (next_value - value) // (after - n)
        if value < 0 < next_value:
            zero = n + -value // slope  # the last place at or below 0
            _put(result, zero, 0)
            _put(result, zero + 1, value + slope * (zero + 1 - n))
        elif value > 0 > next_value:
            zero = n - (value // slope)  # the first place at or below 0
            _put(result, zero - 1, value + slope * (zero - 1 - n))
            _put(result, zero, 0)
        _put(result, after, max(next_value, 0))
    return result


def _step_knots(points: Knots) -> Knots:
    result: Knots = []
    _put(result, points[0][0], int(points[0][1] >= 0))
    for (n, value), (after, next_value) in pairwise(points):
        slope = (next_value - value) // (after - n)
        if value < 0 <= next_value:
            first = n - value // slope  # the first place where it fires
            _put(result, first - 1, 0)
            _put(result, first, 1)
        elif value >= 0 > next_value:
            last = n + value // -slope
            _put(result, last, 1)
            _put(result, last + 1, 0)
        _put(result, after, int(next_value >= 0))
    return result
