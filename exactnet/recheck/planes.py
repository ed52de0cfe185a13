"""Many integers at once, as bit planes: plane ``i`` is one Python integer with bit ``i`` of every one of them.

To believe: that integers in two's complement, with as many planes as :func:`planes_for` says, are added exactly modulo
``2^planes``, and that :func:`integers` takes them out again. What fits does not wrap around.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache


def planes_for(low: int, high: int) -> int:
    """How many planes hold every integer in [low, high]. If low < 0, and only then, the last has the sign.

    >>> planes_for(0, 8), planes_for(-8, 7), planes_for(0, 0)
    (4, 4, 0)
    """
    return max(x.bit_length() if x >= 0 else (~x).bit_length() for x in (low, high)) + (low < 0)


@lru_cache(maxsize=4096)
def signed_digits(c: int) -> list[tuple[int, bool]]:
    """An integer as a sum of few different ``±2^shift``: (shift, whether negative), ascending.

    >>> signed_digits(7), signed_digits(-2)
    ([(0, True), (3, False)], [(1, True)])
    """
    half = abs(c) >> 1
    plus = half + abs(c)  # |c| = plus - half; where both have a 1, it cancels
    return [(i, (half >> i & 1 > 0) == (c > 0)) for i in range(plus.bit_length()) if (plus ^ half) >> i & 1]


def signed_digit_count(c: int) -> int:
    """How many signed digits an integer has.

    >>> signed_digit_count(7)
    2
    """
    half = abs(c) >> 1
    return ((half + abs(c)) ^ half).bit_count()


def add(columns: Sequence[list[int]], constant: int, ones: int, only_last: bool) -> list[int]:
    """The planes of ``constant`` plus ``2^s`` times all planes in column ``s``, modulo ``2^len(columns)``.

    Three planes of a column become their sum there and a carry in the next column. The columns are used up.
    With ``only_last``, all planes but the last are left out.
    """
    planes = []
    for s, column in enumerate(columns):
        top = s + 1 == len(columns)
        carries = [] if top else columns[s + 1]
        while len(column) > 2:
            x, y, z = column.pop(), column.pop(), column.pop()
            differ = x ^ y
            column.append(differ ^ z)
            carries.append(x & y | differ & z)
        x, y = (*column, 0, 0)[:2]
        one = constant >> s & 1
        carry = x | y if one else x & y
        if carry:
            carries.append(carry)
        if top or not only_last:
            planes.append(x ^ y ^ ones if one else x ^ y)
    return planes


def integers(planes: Sequence[int], signed: bool, count: int) -> list[int]:
    """The integers that planes hold, that of the first input first.

    >>> integers([0b01, 0b10, 0b10], True, 2)
    [1, -2]
    """
    size = max(8, len(planes) // 8 + 1)
    rows = bytearray(size * count)
    zero_one = bytes.maketrans(b"01", b"\0\1")
    spread = [int.from_bytes(format(plane, f"0{count}b").encode().translate(zero_one), "big") for plane in planes]
    spread += [spread[-1] if signed else 0] * (8 * size - len(planes))  # now one byte per input, 0 or 1
    for byte in range(size):
        packed = 0
        for i in range(8):
            packed |= spread[8 * byte + i] << i
        rows[byte::size] = packed.to_bytes(count, "little")
    if size == 8:
        return list(struct.unpack(f"<{count}q", rows))
    return [int.from_bytes(rows[at : at + size], "little", signed=True) for at in range(0, len(rows), size)]
