"""Functions of roots with too many values for a table: where among given places does each value lie?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from exactnet.errors import SizeError
from exactnet.evaluate.code import Register
from exactnet.evaluate.inputs import narrowest
from exactnet.evaluate.limbs import BITS, SignedTable, carry, count_below, low_bits, operand, split

__all__ = ["Places", "Segments", "WideSegments", "segments_of"]

Array = npt.NDArray[Any]
#: The most buckets, the most buckets per place, and the most places in one bucket.
MAX_BUCKETS, BUCKETS_EACH, MAX_ROUNDS = 2**18, 32, 8
#: The most products of two limbs that a column collects without a carry; 2^14 would still fit.
MAX_PRODUCTS = 2**13


class Places:
    """Ascending places among unsigned values of a type (or of so many limbs).

    Where no bucket of ``2^shift`` values holds many places, a table gives how many lie below the bucket, and as many
    comparisons as the fullest bucket has places do the rest: several times faster than a binary search.
    """

    def __init__(self, places: Sequence[int], dtype: np.dtype[Any], limbs: int = 0) -> None:
        self._rounds = -1
        self._limbs = limbs
        if limbs:
            self._places = split(places, limbs)
            return
        self._places = np.array(places, dtype)
        most = min(MAX_BUCKETS, BUCKETS_EACH * len(places))
        self._shift = dtype.type(max(0, places[-1].bit_length() - most.bit_length() + 1))
        buckets = self._places >> self._shift
        self._last = dtype.type(int(buckets[-1]) + 1)
        counts = np.bincount(buckets.astype(np.intp), minlength=int(self._last) + 1)
        if counts.max() <= MAX_ROUNDS:
            self._rounds = int(counts.max())
            self._below = (np.cumsum(counts) - counts).astype(narrowest(len(places) + 1))
            # Past the last place nothing more is counted: no value exceeds the greatest of the type.
            self._next = np.append(self._places, np.array([np.iinfo(dtype).max], dtype))

    def count_below(self, values: Array, out: Array) -> None:
        """How many places lie strictly below each value.

        >>> out = np.empty(4, np.uint8)
        >>> Places((3, 7), np.dtype(np.uint16)).count_below(np.array([3, 4, 7, 60000], np.uint16), out)
        >>> out
        array([0, 1, 1, 2], dtype=uint8)
        """
        if self._limbs:
            out[:] = count_below(values, self._places)
            return
        if self._rounds < 0:
            out[:] = np.searchsorted(self._places, values)
            return
        buckets = values >> self._shift
        np.minimum(buckets, self._last, out=buckets)
        count = self._below.take(buckets.astype(np.intp))
        for _ in range(self._rounds):
            count += self._next.take(count) < values
        out[:] = count


def segments_of(kinks: Sequence[tuple[int, int]], low: int) -> tuple[list[int], list[int]]:
    """Slope and offset before the first kink, and after each.

    Raises :class:`~exactnet.errors.SizeError` for slopes so large that columns of limbs could leave int64.
    """
    slopes, offsets = [0], [-low]
    for t, d in kinks:
        slopes.append(slopes[-1] + d)
        offsets.append(offsets[-1] - d * t)
    bits = max(abs(slope) for slope in slopes).bit_length()
    if bits >= BITS * MAX_PRODUCTS:
        raise SizeError(f"a slope of {bits} bits is too large to evaluate")
    return slopes, offsets


class Segments:
    """The function ``Σ d_t [n - t]+ - low`` of values of one type, as values of another: affine between kinks."""

    def __init__(
        self, kinks: Sequence[tuple[int, int]], low: int, dtype: np.dtype[Any], result: np.dtype[Any]
    ) -> None:
        modulus = 1 << 8 * result.itemsize
        slopes, offsets = ([number % modulus for number in numbers] for numbers in segments_of(kinks, low))
        self._places = Places([t for t, _ in kinks], dtype)
        self._slopes, self._offsets = np.array(slopes, result), np.array(offsets, result)

    def evaluate(self, values: Array, out: Array) -> None:
        """The function of each value (modulo the range of ``out``, which is exact where the result fits).

        >>> out = np.empty(3, np.uint8)
        >>> bits = np.dtype(np.uint64)
        >>> Segments([(2, 1), (4, -1)], 0, bits, out.dtype).evaluate(np.array([0, 3, 2**63], bits), out)
        >>> out
        array([0, 1, 2], dtype=uint8)
        """
        segment = np.empty(len(values), np.intp)
        self._places.count_below(values, segment)
        np.multiply(self._slopes.take(segment), values.astype(out.dtype), out=out)
        out += self._offsets.take(segment)


class WideSegments:
    """The same where the values or the results take limbs.

    A column collects one limb of an offset and at most as many products of two limbs as a slope has limbs, which are
    far fewer than the ``2^14`` that fit.
    """

    def __init__(self, kinks: Sequence[tuple[int, int]], low: int, values: Register, out: Register) -> None:
        slopes, offsets = segments_of(kinks, low)
        self._places = Places([t for t, _ in kinks], values.dtype, values.limbs)
        self._slopes, self._offsets = SignedTable(slopes), SignedTable(offsets)
        #: Values of machine types are below this.
        self._size = 1 << 8 * values.dtype.itemsize
        self._limbs = out.limbs or -(-8 * out.dtype.itemsize // BITS)

    def evaluate(self, values: Array, out: Array) -> None:
        """The function of each value (modulo what ``out`` holds, which is exact where the result fits)."""
        segment = np.empty(values.shape[-1], np.intp)
        self._places.count_below(values, segment)
        total = out if out.ndim == 2 else np.empty((self._limbs, len(segment)), np.int64)
        total[:] = 0
        self._offsets.add(total, segment)
        self._slopes.add(total, segment, operand(values, self._size))
        carry(total)
        if out.ndim == 1:
            np.copyto(out, low_bits(total), casting="unsafe")
