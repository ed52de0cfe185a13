"""Sums of functions of single coordinates on a product domain, a run of consecutive inputs at a time.

The inputs are counted with the first coordinate slowest. With ``L`` the number of assignments of the last few
coordinates, index ``n`` splits into ``n // L`` and ``n % L``, and the sum into a part that depends on either: one row
of ``L`` values, computed once, and one number per row, its *head*, to add to it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from exactnet.evaluate import limbs, piecewise
from exactnet.evaluate.inputs import narrowest
from exactnet.evaluate.program import Separable

__all__ = ["Row", "Rows", "ScaledRow", "low_coordinates"]

Array = npt.NDArray[Any]
#: The most values of a row (unless one coordinate has more): rows should stay in the cache.
MAX_ROW = 2**12
#: The most bytes of all rows, and the most numbers in the tables that give the heads.
MAX_BYTES, MAX_TABLE = 2**27, 2**22


def low_coordinates(base: int, d: int, longest: int = MAX_ROW) -> int:
    """How many of the last coordinates make a row.

    >>> low_coordinates(2, 20), low_coordinates(2, 3), low_coordinates(10**4, 3)
    (12, 3, 1)
    """
    low, length = 1, base
    while low < d and length * base <= longest:
        low, length = low + 1, length * base
    return low


class Row:
    """The row of one separable root."""

    def __init__(self, root: Separable, base: int, d: int, high: int) -> None:
        self.dtype = narrowest(root.size)
        self._high = [(high - 1 - i, kinks, low) for i, kinks, low in root.columns if i < high]
        self._base = base
        values = np.zeros(1, self.dtype)
        columns = {i: (kinks, low) for i, kinks, low in root.columns}
        for i in range(high, d):
            if i in columns:
                kinks, low = columns[i]
                values = np.add.outer(values, piecewise.dense(kinks, low, base, self.dtype)).ravel()
            else:
                values = np.repeat(values, base)
        self.values: Array = values
        self._limbs = limbs.limbs_of(root.size)

    @cached_property
    def ascending(self) -> tuple[list[int], Array]:
        """The values in ascending order, and the rank of each in that order."""
        order = np.argsort(self.values, kind="stable")
        rank = np.empty(len(order), narrowest(len(order)))
        rank[order] = np.arange(len(order))
        return self.values[order].tolist(), rank

    @cached_property
    def as_limbs(self) -> Array:
        """The values of a row that is too wide for machine integers, as limbs."""
        return limbs.split(self.values.tolist(), self._limbs)

    def head(self, index: int) -> int:
        """What the high coordinates contribute in row ``index``."""
        total = 0
        for exponent, kinks, low in self._high:
            total += piecewise.evaluate(-low, kinks, index // self._base**exponent % self._base)
        return total


def segments(start: int, count: int, length: int) -> list[tuple[int, int, int, int]]:
    """Where rows of ``length`` values lie among the inputs ``start .. start + count - 1``: ``(row, from, to, place)``
    each, for the values ``from .. to - 1`` of the row at ``place`` of the block."""
    result = []
    place = 0
    row, begin = divmod(start, length)
    while place < count:
        end = min(length, begin + count - place)
        result.append((row, begin, end, place))
        place += end - begin
        row, begin = row + 1, 0
    return result


class ScaledRow:
    """The row of ``slope·n + offset`` for a separable root ``n``, as limbs."""

    def __init__(
        self, root: Separable, base: int, d: int, slope: int, offset: int, count: int, longest: int
    ) -> None:
        low = low_coordinates(base, d, max(base, min(MAX_ROW, longest)))
        self.length, self._slope = base**low, slope
        self._row = Row(root, base, d, d - low)
        self.values = limbs.split([slope * value + offset for value in self._row.values.tolist()], count)

    def heads(self, first: int, rows: int, count: int) -> Array:
        """The heads of some rows, as limbs."""
        return limbs.split([self._slope * self._row.head(index) for index in range(first, first + rows)], count)

    def add(self, start: int, mask: Array | None, total: Array) -> None:
        """``total += mask·(slope·n + offset)`` modulo ``2^(24 L)``, from the input ``start`` on, without carries."""
        for index, begin, end, place in segments(start, total.shape[1], self.length):
            head = self.heads(index, 1, len(total))
            part = self.values[:, begin:end] + head
            if mask is not None:
                part *= mask[place : place + end - begin]
            total[:, place : place + end - begin] += part


def _bytes_each(size: int) -> int:
    """About how much memory a value of a row takes: past 64 bits, as Python integer, in order, and as limbs."""
    wide = limbs.limbs_of(size)
    return 80 + 12 * wide if wide else narrowest(size).itemsize


class Rows:
    """The rows of all separable roots of a program, by number of the root."""

    def __init__(self, roots: Mapping[int, Separable], base: int, d: int) -> None:
        width = sum(_bytes_each(root.size) for root in roots.values()) or 1
        low = low_coordinates(base, d, max(base, min(MAX_ROW, MAX_BYTES // width)))
        self.length = base**low
        self._base, self._exponents = base, range(d - low - 1, -1, -1)
        self.rows = {number: Row(root, base, d, d - low) for number, root in roots.items()}
        narrow = [number for number, row in self.rows.items() if not row.dtype.hasobject]
        self._heads: dict[int, list[int]] = {}
        self._first = self._count = -1
        self._table: Array | None = None
        self._position: dict[int, int] = {}
        if (d - low) * base * len(narrow) <= MAX_TABLE:
            self._position = {number: k for k, number in enumerate(narrow)}
            self._table = np.zeros((d - low, base, len(narrow)), np.uint64)
            for k, number in enumerate(narrow):
                for i, kinks, least in roots[number].columns:
                    if i < d - low:
                        self._table[i, :, k] = piecewise.dense(kinks, least, base, np.uint64)
        self._all_heads: Array | None = None

    def heads(self, number: int, first: int, count: int) -> Array:
        """The heads of rows ``first .. first + count - 1`` of a root, in the type of its row."""
        if (first, count) != (self._first, self._count):
            self._first, self._count = first, count
            self._all_heads = None if self._table is None else self._sum_heads(self._table, first, count)
        row = self.rows[number]
        if self._all_heads is not None and number in self._position:
            heads: Array = self._all_heads[self._position[number]].astype(row.dtype)
            return heads
        heads = np.empty(count, row.dtype)
        heads[:] = [row.head(index) for index in range(first, first + count)]
        return heads

    def _sum_heads(self, table: Array, first: int, count: int) -> Array:
        """The heads of all narrow roots: one line per root."""
        heads = np.zeros((count, table.shape[2]), np.uint64)
        for k in range(count):
            for i, exponent in enumerate(self._exponents):
                heads[k] += table[i, (first + k) // self._base**exponent % self._base]
        return np.ascontiguousarray(heads.T)

    def write(self, number: int, start: int, out: Array) -> None:
        """The values of a root at the inputs from ``start`` on, as many as ``out`` has."""
        if out.ndim == 2:
            self._write_limbs(number, start, out)
            return
        values = self.rows[number].values
        first, begin = divmod(start, self.length)
        if begin == 0 and len(out) % self.length == 0:
            heads = self.heads(number, first, len(out) // self.length)
            np.add(heads[:, None], values, out=out.reshape(-1, self.length))
            return
        parts = segments(start, len(out), self.length)
        heads = self.heads(number, first, len(parts))
        for k, (_, begin, end, place) in enumerate(parts):
            np.add(values[begin:end], heads[k : k + 1], out=out[place : place + end - begin])

    def _write_limbs(self, number: int, start: int, out: Array) -> None:
        row = self.rows[number]
        for index, begin, end, place in segments(start, out.shape[1], self.length):
            head = limbs.split([row.head(index)], len(out))
            np.add(row.as_limbs[:, begin:end], head, out=out[:, place : place + end - begin])
        limbs.carry(out)

    def write_steps(self, number: int, start: int, places: tuple[int, ...], outs: list[Array]) -> None:
        """``1[n > place]`` for each place: within a row, a value is large if its rank is."""
        ascending, rank = self.rows[number].ascending
        parts = segments(start, len(outs[0]), self.length)
        heads = self.heads(number, parts[0][0], len(parts)).tolist()
        for head, (_, begin, end, position) in zip(heads, parts, strict=True):
            for place, out in zip(places, outs, strict=True):
                least = bisect_right(ascending, place - head)
                window = out[position : position + end - begin]
                if least == len(ascending):
                    window[:] = 0
                else:
                    np.greater_equal(rank[begin:end], rank.dtype.type(least), out=window.view(np.bool_))
