"""Integers past 64 bits, many at once: limbs of 24 bits in the rows of an int64 array, the lowest first.

An array of shape ``(L, n)`` holds ``n`` values in ``0 .. 2^(24 L) - 1``; it is *normal* if every limb is in ``0 .. 2^24 - 1``.
Sums may first be collected limb by limb, without carries, as long as no column can leave the range of int64 (products
of two limbs take 48 bits, so that about ``2^14`` of them fit): whoever adds keeps count. :func:`carry` makes it normal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "BITS", "LIMIT", "SignedTable", "add_product", "carry", "count_below", "divide", "extreme", "greater", "join",
    "limbs_of", "low_bits", "operand", "ramp", "split",
]  # fmt: skip

Array = npt.NDArray[Any]
BITS = 24
BASE = 1 << BITS
MASK = np.int64(BASE - 1)
#: No column of a sum may reach this.
LIMIT = 2**62
#: What a division works on at once should stay in the cache.
BYTES_AT_ONCE, LEAST_AT_ONCE = 2**20, 2**10
_WEIGHTS = np.array([1, 2**8, 2**16], np.int64)


def limbs_of(size: int) -> int:
    """How many limbs hold ``0 .. size - 1``; 0 where a machine word does.

    >>> limbs_of(2**64), limbs_of(2**64 + 1), limbs_of(2**96), limbs_of(2**96 + 1)
    (0, 3, 4, 5)
    """
    return 0 if size <= 1 << 64 else -(-(size - 1).bit_length() // BITS)


def split(values: Sequence[int], limbs: int) -> Array:
    """Python integers, modulo ``2^(24·limbs)``, as limbs.

    >>> split([2**24 + 5, -1], 2).tolist()
    [[5, 16777215], [1, 16777215]]
    """
    modulus = 1 << BITS * limbs
    data = b"".join((value % modulus).to_bytes(3 * limbs, "little") for value in values)
    parts = np.frombuffer(data, np.uint8).reshape(len(values), limbs, 3)
    return np.ascontiguousarray((parts @ _WEIGHTS).T)


def join(values: Array) -> list[int]:
    """The Python integers of normal limbs.

    >>> join(split([2**70, 3], 3)) == [2**70, 3]
    True
    """
    limbs, count = values.shape
    parts = np.empty((count, limbs, 3), np.uint8)
    for k in range(3):
        parts[:, :, k] = (values.T >> np.int64(8 * k)) & np.int64(255)
    data, width = parts.tobytes(), 3 * limbs
    return [int.from_bytes(data[k : k + width], "little") for k in range(0, width * count, width)]


def carry(values: Array) -> None:
    """Make limbs normal, modulo ``2^(24 L)``. Columns may be negative; none reaches :data:`LIMIT`."""
    for k in range(len(values) - 1):
        values[k + 1] += values[k] >> np.int64(BITS)
        values[k] &= MASK
    values[-1] &= MASK


def operand(values: Array, size: int) -> Array:
    """Values in ``0 .. size - 1``, of a machine type or as limbs, as limbs: an int64 array of shape ``(k, n)``."""
    if values.ndim == 2:
        return values
    if size <= BASE:
        return values.astype(np.int64)[None, :]
    count = -(-(size - 1).bit_length() // BITS)
    words = values.astype(np.uint64)
    return np.array([((words >> np.uint64(BITS * k)) & np.uint64(MASK)).astype(np.int64) for k in range(count)])


def add_product(total: Array, values: Array, factor: Array) -> None:
    """``total += factor·values`` modulo ``2^(24 L)``, without carries: ``factor`` is a column of signed limbs."""
    for k, limb in enumerate(factor.tolist()[: len(total)]):
        if limb:
            part = values[: len(total) - k]
            target = total[k : k + len(part)]
            if limb == 1:
                target += part
            elif limb == -1:
                target -= part
            else:
                target += part * np.int64(limb)


def low_bits(values: Array) -> Array:
    """The values modulo ``2^64`` as uint64."""
    result: Array = values[0].astype(np.uint64)
    for k in range(1, min(3, len(values))):
        result |= values[k].astype(np.uint64) << np.uint64(BITS * k)
    return result


def greater(values: Array, place: Array, out: Array) -> None:
    """``out = 1[value > place]`` for one place: most values are told apart by their highest limb."""
    top = len(values) - 1
    np.greater(values[top], place[top], out=out)
    tied = np.flatnonzero(values[top] == place[top])
    for k in range(top - 1, -1, -1):
        if not len(tied):
            return
        limb = values[k][tied]
        out[tied] = limb > place[k]
        tied = tied[limb == place[k]]


def ramp(values: Array, place: Array, out: Array) -> None:
    """``out = [value - place]+``, normal; ``out`` has as many limbs as ``values``."""
    above = np.empty(values.shape[1], np.bool_)
    greater(values, place, above)
    np.subtract(values, place[:, None], out=out)
    carry(out)
    out *= above


def count_below(values: Array, places: Array) -> npt.NDArray[np.intp]:
    """How many of the ascending places (as limbs) lie strictly below each value."""
    low: npt.NDArray[np.intp] = np.searchsorted(places[-1], values[-1], "left")
    high = np.searchsorted(places[-1], values[-1], "right")
    while len(open_ := np.flatnonzero(low < high)):
        middle = (low[open_] + high[open_]) >> 1
        below = _less(places, middle, values, open_)
        low[open_[below]] = middle[below] + 1
        high[open_[~below]] = middle[~below]
    return low


def _less(a: Array, at_a: Array, b: Array, at_b: Array) -> npt.NDArray[np.bool_]:
    """``a[at_a] < b[at_b]``."""
    result = np.zeros(len(at_a), np.bool_)
    tied = np.arange(len(at_a))
    for k in range(len(a) - 1, -1, -1):
        left, right = a[k][at_a[tied]], b[k][at_b[tied]]
        result[tied] = left < right
        tied = tied[left == right]
        if not len(tied):
            break
    return result


class SignedTable:
    """Python integers of either sign by number, as limbs with the sign of the integer."""

    def __init__(self, values: Sequence[int]) -> None:
        limbs = max(1, -(-max(abs(value) for value in values).bit_length() // BITS))
        signs = np.array([-1 if value < 0 else 1 for value in values], np.int64)
        self.limbs = split([abs(value) for value in values], limbs) * signs

    def add(self, total: Array, index: Array, values: Array | None = None) -> None:
        """``total += table[index]``, or ``table[index]·values``, modulo ``2^(24 L)`` and without carries."""
        for k, limb in enumerate(self.limbs[: len(total)]):
            chosen = limb.take(index)
            if values is None:
                total[k] += chosen
            else:
                part = values[: len(total) - k]
                total[k : k + len(part)] += part * chosen


def extreme(values: Array, largest: bool) -> int:
    """The largest or the least of normal values, at least one."""
    among, result = np.arange(values.shape[1]), 0
    for row in values[::-1]:
        limbs = row[among]
        best = limbs.max() if largest else limbs.min()
        among = among[limbs == best]
        result = (result << BITS) + int(best)
    return result


def divide(values: Array, divisor: int) -> tuple[Array, Array]:
    """Quotients and remainders of normal values by ``divisor >= 1``, both normal.

    Long division by Knuth's Algorithm D (The Art of Computer Programming, 4.3.1): with the divisor shifted so that its
    highest limb is at least half of the base, a digit guessed from the two highest limbs of the divisor and the three
    highest of what is divided is hardly ever too large, and then by 1.

    >>> quotient, rest = divide(split([10**30, 7], 5), 10**20)
    >>> join(quotient), join(rest)
    ([10000000000, 0], [0, 7])
    """
    limbs, count = values.shape
    at_once = max(LEAST_AT_ONCE, BYTES_AT_ONCE // (8 * limbs))
    if count > at_once:
        parts = [divide(values[:, k : k + at_once], divisor) for k in range(0, count, at_once)]
        return np.hstack([part[0] for part in parts]), np.hstack([part[1] for part in parts])
    length = -(-divisor.bit_length() // BITS)
    shift = BITS * length - divisor.bit_length()
    rest = np.zeros((max(limbs, length) + 1, count), np.int64)
    rest[:limbs] = values << np.int64(shift)
    carry(rest)
    scaled = split([divisor << shift], length)[:, 0]
    digits = np.zeros((max(1, len(rest) - length), count), np.int64)
    for k in range(len(rest) - length - 1, -1, -1):
        window = rest[k : k + length + 1]  # below divisor·2^24 at this point
        guess = _guess(window, scaled)
        window[:length] -= guess * scaled[:, None]
        _borrow(window)
        while len(wrong := np.flatnonzero(window[length] < 0)):
            guess[wrong] -= 1
            part = window[:, wrong]
            part[:length] += scaled[:, None]
            _borrow(part)
            window[:, wrong] = part
        digits[k] = guess
    remainder = rest[:length]
    for k in range(length - 1):  # undo the shift: the low bits of each limb come from the one above
        remainder[k] = (remainder[k] >> np.int64(shift)) | ((remainder[k + 1] << np.int64(BITS - shift)) & MASK)
    remainder[length - 1] >>= np.int64(shift)
    return digits, remainder


def _guess(window: Array, divisor: Array) -> Array:
    """The next digit, or a little more."""
    high = (window[-1] << np.int64(BITS)) + window[-2]
    guess: Array = np.minimum(high // divisor[-1], MASK)
    if len(divisor) > 1:
        for _ in range(2):
            left = high - guess * divisor[-1]
            # Where 2^24 or more is left, the guess is not too large, and the comparison says so.
            guess -= guess * divisor[-2] > (left << np.int64(BITS)) + window[-3]
    return guess


def _borrow(values: Array) -> None:
    """Make all limbs normal but the highest, which keeps the sign."""
    for k in range(len(values) - 1):
        values[k + 1] += values[k] >> np.int64(BITS)
        values[k] &= MASK
