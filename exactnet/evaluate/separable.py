"""Sums of functions of single coordinates on a product domain, a run of consecutive inputs at a time.

The inputs are counted with the first coordinate slowest. With ``L`` the number of assignments of the last few
coordinates, index ``n`` splits into ``n // L`` and ``n % L``, and the sum into a part that depends on either:
one row of ``L`` values, computed once, and one number per row to add to it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from exactnet.evaluate import piecewise
from exactnet.evaluate.inputs import narrowest
from exactnet.evaluate.program import Separable

__all__ = ["SeparableForm", "low_coordinates"]

Array = npt.NDArray[Any]
#: The most values of a row: small enough that rows stay in the cache.
MAX_ROW = 2**12


def low_coordinates(base: int, d: int) -> int:
    """How many of the last coordinates make a row.

    >>> low_coordinates(2, 20), low_coordinates(2, 3), low_coordinates(10**4, 3)
    (12, 3, 1)
    """
    low, length = 1, base
    while low < d and length * base <= MAX_ROW:
        low, length = low + 1, length * base
    return low


class SeparableForm:
    """A separable root of a program, ready to run on the domain with ``d`` coordinates of ``base`` values."""

    def __init__(self, root: Separable, base: int, d: int) -> None:
        self.dtype = narrowest(root.size)
        self._base = base
        self._high = d - low_coordinates(base, d)
        self._length = base ** (d - self._high)
        self._columns = [column for column in root.columns if column[0] < self._high]
        row = np.zeros(1, self.dtype)
        columns = {i: (kinks, low) for i, kinks, low in root.columns}
        for i in range(self._high, d):
            if i in columns:
                kinks, low = columns[i]
                row = np.add.outer(row, piecewise.dense(kinks, low, base, self.dtype)).ravel()
            else:
                row = np.repeat(row, base)
        self._row = row

    def run(self, start: int, stop: int) -> Array:
        """The values at the inputs ``start <= index < stop``."""
        first, begin = divmod(start, self._length)
        last = (stop - 1) // self._length
        heads = np.array([self._head(index) for index in range(first, last + 1)], self.dtype)
        rows: Array = self._row if first == last else np.add.outer(heads, self._row).ravel()
        values: Array = rows[begin : begin + stop - start]
        return values + heads[0] if first == last else values

    def _head(self, index: int) -> int:
        """What the high coordinates contribute in one row."""
        total = 0
        for i, kinks, low in self._columns:
            digit = index // self._base ** (self._high - 1 - i) % self._base
            total += piecewise.evaluate(-low, kinks, digit)
        return total
