"""The machine of the compiled back end: bytecode over registers, a strip of inputs at a time, compiled by Numba.

Only this module knows Numba, and it is imported when the compiled back end is asked for. Everything is integer arithmetic:
no loop mixes signed with unsigned 64-bit values (Numba would make floats of them), and a result that is narrower than the
sum is cut off, which is arithmetic modulo ``2^bits``. What the operands may be is decided by :mod:`.bytecode`.

Registers lie in one buffer, which is seen as arrays of every type; positions are counted in items of the type at hand.
A register of limbs is as many consecutive registers of int64. Positions are unsigned, since Numba would ask of a signed
one whether it counts from the end. Where an array that is read might be the one that is written, LLVM does not vectorise:
what works in place has a loop of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
import numpy.typing as npt

from exactnet.evaluate.bytecode import (
    BASE,
    CARRY,
    CLASSIFY,
    FORM,
    LOAD,
    LOW,
    NUMBERING,
    RAMP,
    RANKED,
    SCALED,
    SEARCH,
    STEP,
    TERM,
    WIDTHS,
)
from exactnet.evaluate.limbs import BITS

__all__ = ["is_on_disk", "run"]

Array = npt.NDArray[Any]
F = TypeVar("F", bound=Callable[..., Any])
U = np.uint64
_NUMBERING = np.int64(NUMBERING)
_BITS, _MASK, _SIGN = np.int64(BITS), np.int64((1 << BITS) - 1), np.int64(63)
_OPTIONS = {"nogil": True, "boundscheck": False, "error_model": "numpy"}


def _kernel(function: F) -> F:
    made: F = numba.njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **_OPTIONS)(function)
    return made


def _program(function: Callable[..., Any]) -> Any:
    """Compile; the result is kept on disk, so that only the first run on a machine waits for it. Numba looks at this file
    alone to see whether what it kept is out of date: so all that is compiled stands here, and the numbering is compared."""
    try:
        return numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # no directory can be written
        return numba.njit(**_OPTIONS)(function)


def is_on_disk() -> bool:
    """Whether the machine has been compiled before, for some processor and version of this file."""
    folder = run.stats.cache_path
    return bool(folder) and any(Path(folder).glob("kernels.run-*.nbi"))


# --- machine integers -------------------------------------------------------------------------------


@_kernel
def _narrow(base: Array, kind: int, o: Any, a: Any, b: Any, number: int, n: Any) -> None:
    """Arithmetic on registers of one type."""
    c, zero = base.dtype.type(number), base.dtype.type(0)
    if kind == 0:
        for i in range(n):
            base[o + i] = base[a + i]
    elif kind == 1:
        for i in range(n):
            base[o + i] = base[a + i] + base[b + i]
    elif kind == 2:
        for i in range(n):
            base[o + i] = base[a + i] - base[b + i]
    elif kind == 3:
        for i in range(n):
            base[o + i] += base[a + i]
    elif kind == 4:
        for i in range(n):
            base[o + i] -= base[a + i]
    elif kind == 5:
        for i in range(n):
            base[o + i] = zero - base[o + i]
    elif kind == 6:
        for i in range(n):
            base[o + i] += c
    elif kind == 7:
        for i in range(n):
            base[o + i] *= c
    elif kind == 8:
        for i in range(n):
            base[o + i] = max(base[o + i], c)
    elif o == a:
        for i in range(n):
            base[o + i] &= c
    else:
        for i in range(n):
            base[o + i] = base[a + i] & c


@_kernel
def _shift(words: Array, width: int, o: Any, a: Any, number: int, n: Any) -> None:
    """Items of any width shifted to the right, a word of eight bytes at a time (Numba widens narrow items to shift them).
    Registers begin and end at words."""
    c, bits = U(number), U(8) << U(width)
    mask, size = (~U(0) >> (U(64) - bits)) >> c, bits
    while size < U(64):
        mask |= mask << size
        size += size
    target, source = (o << U(width)) >> U(3), (a << U(width)) >> U(3)
    count = ((n << U(width)) + U(7)) >> U(3)
    if target == source:
        for i in range(count):
            words[target + i] = (words[target + i] >> c) & mask
    else:
        for i in range(count):
            words[target + i] = (words[source + i] >> c) & mask


@_kernel
def _greater(out: Array, o: Any, base: Array, a: Any, number: int, n: Any) -> None:
    c = base.dtype.type(number)
    for i in range(n):
        out[o + i] = base[a + i] > c


@_kernel
def _convert(out: Array, o: Any, base: Array, a: Any, n: Any) -> None:
    for i in range(n):
        out[o + i] = base[a + i]


@_kernel
def _take(out: Array, o: Any, index: Array, a: Any, table: Array, t: Any, n: Any) -> None:
    for i in range(n):
        out[o + i] = table[t + U(index[a + i])]


@_kernel
def _take_bytes(words: Array, out: Array, o: Any, index: Array, a: Any, table: Array, t: Any, n: Any) -> None:
    """The same for a table of bytes, which are written eight at a time."""
    eights, target = n >> U(3), o >> U(3)
    for j in range(eights):
        i = a + (j << U(3))
        word = U(table[t + U(index[i])])
        word |= U(table[t + U(index[i + U(1)])]) << U(8)
        word |= U(table[t + U(index[i + U(2)])]) << U(16)
        word |= U(table[t + U(index[i + U(3)])]) << U(24)
        word |= U(table[t + U(index[i + U(4)])]) << U(32)
        word |= U(table[t + U(index[i + U(5)])]) << U(40)
        word |= U(table[t + U(index[i + U(6)])]) << U(48)
        word |= U(table[t + U(index[i + U(7)])]) << U(56)
        words[target + j] = word
    for i in range(eights << U(3), n):
        out[o + i] = table[t + U(index[a + i])]


@_kernel
def _form(out: Array, o: Any, rows: Array, t: Any, length: int, numbers: Array, at: int, done: int, n: int) -> None:
    """A row of values plus a head for each row; the first input of the block is the one at ``numbers[at]``."""
    offset = numbers[at] + done
    place, index, begin = 0, offset // length, offset % length
    while place < n:
        size = min(length - begin, n - place)
        c = out.dtype.type(numbers[at + 1 + index])
        target, source = o + U(place), t + U(begin)
        for i in range(U(size)):
            out[target + i] = rows[source + i] + c
        place += size
        index, begin = index + 1, 0


@_kernel
def _ranked(out: Array, o: Any, ranks: Array, t: Any, length: int, numbers: Array, at: int, done: int, n: int) -> None:
    """``1[rank >= bound]``, a bound for each row."""
    offset = numbers[at] + done
    place, index, begin = 0, offset // length, offset % length
    while place < n:
        size = min(length - begin, n - place)
        least = numbers[at + 1 + index]
        c = ranks.dtype.type(min(least, length - 1))
        target, source = o + U(place), t + U(begin)
        if least >= length:
            for i in range(U(size)):
                out[target + i] = 0
        else:
            for i in range(U(size)):
                out[target + i] = ranks[source + i] >= c
        place += size
        index, begin = index + 1, 0


# --- limbs: limb k of a register at p begins at p + k·strip -----------------------------------------


@_kernel
def _carry(x: Array, o: Any, limbs: int, strip: Any, n: Any) -> None:
    for _ in range(limbs - 1):
        above = o + strip
        for i in range(n):
            x[above + i] += x[o + i] >> _BITS
        for i in range(n):
            x[o + i] &= _MASK
        o = above
    for i in range(n):
        x[o + i] &= _MASK


@_kernel
def _start(x: Array, o: Any, limbs: int, pool: Array, p: int, fresh: bool, strip: Any, n: Any) -> None:
    for k in range(limbs):
        c = pool[p + k]
        if fresh:
            for i in range(n):
                x[o + i] = c
        elif c != 0:
            for i in range(n):
                x[o + i] += c
        o += strip


@_kernel
def _term(
    x: Array, o: Any, limbs: int, a: Any, count: int, pool: Array, p: int, factors: int, strip: Any, n: Any
) -> None:  # fmt: skip
    """Add factor times values, no carries."""
    for k in range(min(factors, limbs)):
        c = pool[p + k]
        if c != 0:
            for j in range(min(count, limbs - k)):
                target, source = o + U(k + j) * strip, a + U(j) * strip
                for i in range(n):
                    x[target + i] += c * x[source + i]


@_kernel
def _scaled(
    x: Array, o: Any, limbs: int, masks: Array, m: Any, masked: bool, rows: Array, t: Any, length: int, numbers: Array,
    at: int, done: int, strip: Any, n: int
) -> None:  # fmt: skip
    """Add ``mask·(row + head)``, no carries."""
    offset = numbers[at] + done
    for k in range(limbs):
        place, index, begin = 0, offset // length, offset % length
        while place < n:
            size = min(length - begin, n - place)
            c = numbers[at + 1 + index * limbs + k]
            target, source, mask = o + U(place), t + U(begin), m + U(place)
            if masked:
                for i in range(U(size)):
                    x[target + i] += (np.int64(rows[source + i]) + c) * np.int64(masks[mask + i])
            else:
                for i in range(U(size)):
                    x[target + i] += np.int64(rows[source + i]) + c
            place += size
            index, begin = index + 1, 0
        o, t = o + strip, t + U(length)


@_kernel
def _low(out: Array, o: Any, x: Array, a: Any, limbs: int, strip: Any, n: Any) -> None:
    for i in range(n):
        out[o + i] = U(x[a + i])
    for k in range(1, min(3, limbs)):
        shift = U(k) * U(BITS)
        a += strip
        for i in range(n):
            out[o + i] |= U(x[a + i]) << shift


@_kernel
def _operand(x: Array, o: Any, limbs: int, base: Array, a: Any, strip: Any, n: Any) -> None:
    """The limbs of machine integers."""
    for k in range(limbs):
        shift = U(k) * U(BITS)
        for i in range(n):
            x[o + i] = np.int64((U(base[a + i]) >> shift) & U(_MASK))
        o += strip


@_kernel
def _step(out: Array, o: Any, x: Array, a: Any, limbs: int, pool: Array, p: int, strip: Any, n: Any) -> None:
    """``1[value > place]``: from the lowest limb to the highest, each one overrules those below."""
    for i in range(n):
        out[o + i] = 0
    for k in range(limbs):
        c = pool[p + k]
        for i in range(n):
            v = x[a + i]
            out[o + i] = (v > c) | ((v == c) & (out[o + i] != 0))
        a += strip


@_kernel
def _ramp(x: Array, o: Any, a: Any, limbs: int, pool: Array, p: int, strip: Any, n: Any) -> None:
    """``[value - place]+``: where a borrow leaves the highest limb, the value is too small."""
    for k in range(limbs):
        c, target, source = pool[p + k], o + U(k) * strip, a + U(k) * strip
        for i in range(n):
            x[target + i] = x[source + i] - c
    for k in range(limbs - 1):
        target, above = o + U(k) * strip, o + U(k + 1) * strip
        for i in range(n):
            x[above + i] += x[target + i] >> _BITS
        for i in range(n):
            x[target + i] &= _MASK
    top = o + U(limbs - 1) * strip
    for k in range(limbs - 1):
        target = o + U(k) * strip
        for i in range(n):
            x[target + i] &= ~(x[top + i] >> _SIGN)
    for i in range(n):
        x[top + i] &= ~(x[top + i] >> _SIGN)


@_kernel
def _classify(
    x: Array, o: Any, a: Any, limbs: int, pool: Array, p: int, count: int, strip: Any, n: Any
) -> None:  # fmt: skip
    """How many of the ascending places (``count`` lowest limbs first) lie below each value."""
    for i in range(n):
        low, high = 0, count
        while low < high:
            middle = (low + high) // 2
            k = limbs - 1
            while k > 0 and pool[p + k * count + middle] == x[a + U(k) * strip + i]:
                k -= 1
            if pool[p + k * count + middle] < x[a + U(k) * strip + i]:
                low = middle + 1
            else:
                high = middle
        x[o + i] = low


@_kernel
def _search(
    x: Array, o: Any, limbs: int, a: Any, count: int, segments: Any, pool: Array, p: int, strip: Any, n: Any
) -> None:  # fmt: skip
    """``offset + slope·value`` of the segment, no carries. The pool has at ``p``: how many segments there are, how many
    limbs slopes and offsets have, the slopes, lowest limbs first, and the offsets."""
    width, slopes, offsets = pool[p], pool[p + 1], pool[p + 2]
    slope = U(p + 3)
    offset = slope + U(slopes * width)
    for k in range(limbs):
        target = o + U(k) * strip
        if k < offsets:
            for i in range(n):
                x[target + i] = pool[offset + U(x[segments + i])]
            offset += U(width)
        else:
            for i in range(n):
                x[target + i] = 0
    for j in range(min(slopes, limbs)):
        for k in range(min(count, limbs - j)):
            target, source = o + U(j + k) * strip, a + U(k) * strip
            for i in range(n):
                x[target + i] += pool[slope + U(x[segments + i])] * x[source + i]
        slope += U(width)


# --- the machine ------------------------------------------------------------------------------------


@_program
def run(  # noqa: PLR0915 - one flat function, since what is called in between would be compiled once more
    code: Array, outputs: Array, u: tuple[Array, ...], s: tuple[Array, ...], t: tuple[Array, ...], pool: Array,
    loaded: tuple[Array, ...], numbers: Array, slots: Array, results: tuple[Array, ...], total: int, strip: int
) -> Any:  # fmt: skip
    """Run code on ``total`` inputs, ``strip`` at a time; gives the numbering of instructions that it was compiled with.

    Parameters
    ----------
    code : instructions, one a row. ``outputs``: rows ``register, logarithm of the width, place in the results``.
    u, s : the registers, seen as unsigned and as signed integers of 1, 2, 4 and 8 bytes.
    t, pool : tables by width, and limbs of constants.
    loaded, numbers : what depends on the block: values of coordinates by width; for each slot, beginning at ``slots``, an
        offset, and heads of rows or bounds of ranks.
    results : where outputs go, by width.
    """
    u1, u2, u4, u8 = u
    s1, s2, s4, s8 = s
    t1, t2, t4, t8 = t
    l1, l2, l4, l8 = loaded
    r1, r2, r4, r8 = results
    for done in range(0, total, strip):
        count = min(strip, total - done)
        n, stride = U(count), U(strip)
        for at in range(len(code)):
            op, o, a, b = code[at, 0], U(code[at, 1]), U(code[at, 2]), U(code[at, 3])
            c, d, e, f = code[at, 4], code[at, 5], code[at, 6], code[at, 7]
            kind, read, written = op >> 4, (op >> 2) & 3, op & 3
            if op < WIDTHS:
                if kind == 9:
                    _shift(u8, written, o, a, c, n)
                elif kind < 11:
                    if written == 0:
                        _narrow(u1, kind, o, a, b, c, n)
                    elif written == 1:
                        _narrow(u2, kind, o, a, b, c, n)
                    elif written == 2:
                        _narrow(u4, kind, o, a, b, c, n)
                    else:
                        _narrow(u8, kind, o, a, b, c, n)
                elif kind == 12:
                    if read == 0:
                        _greater(u1, o, u1, a, c, n)
                    elif read == 1:
                        _greater(u1, o, u2, a, c, n)
                    elif read == 2:
                        _greater(u1, o, u4, a, c, n)
                    else:
                        _greater(u1, o, u8, a, c, n)
                elif kind == 13:  # to a wider type
                    if read == 0 and written == 1:
                        _convert(u2, o, u1, a, n)
                    elif read == 0 and written == 2:
                        _convert(u4, o, u1, a, n)
                    elif read == 0:
                        _convert(u8, o, u1, a, n)
                    elif read == 1 and written == 2:
                        _convert(u4, o, u2, a, n)
                    elif read == 1:
                        _convert(u8, o, u2, a, n)
                    else:
                        _convert(u8, o, u4, a, n)
                elif kind == 14:  # the same with the sign
                    if read == 0 and written == 1:
                        _convert(s2, o, s1, a, n)
                    elif read == 0 and written == 2:
                        _convert(s4, o, s1, a, n)
                    elif read == 0:
                        _convert(s8, o, s1, a, n)
                    elif read == 1 and written == 2:
                        _convert(s4, o, s2, a, n)
                    elif read == 1:
                        _convert(s8, o, s2, a, n)
                    else:
                        _convert(s8, o, s4, a, n)
                elif kind == 15:  # to a narrower one
                    if read == 3 and written == 0:
                        _convert(u1, o, u8, a, n)
                    elif read == 3 and written == 1:
                        _convert(u2, o, u8, a, n)
                    elif read == 3:
                        _convert(u4, o, u8, a, n)
                    elif read == 2 and written == 0:
                        _convert(u1, o, u4, a, n)
                    elif read == 2:
                        _convert(u2, o, u4, a, n)
                    else:
                        _convert(u1, o, u2, a, n)
                elif read == 0:  # tables
                    if written == 0:
                        _take_bytes(u8, u1, o, u1, a, t1, b, n)
                    elif written == 1:
                        _take(u2, o, u1, a, t2, b, n)
                    elif written == 2:
                        _take(u4, o, u1, a, t4, b, n)
                    else:
                        _take(u8, o, u1, a, t8, b, n)
                elif read == 1:
                    if written == 0:
                        _take_bytes(u8, u1, o, u2, a, t1, b, n)
                    elif written == 1:
                        _take(u2, o, u2, a, t2, b, n)
                    elif written == 2:
                        _take(u4, o, u2, a, t4, b, n)
                    else:
                        _take(u8, o, u2, a, t8, b, n)
                elif written == 0:  # places in tables wider than two bytes are made eight wide
                    _take_bytes(u8, u1, o, u8, a, t1, b, n)
                elif written == 1:
                    _take(u2, o, u8, a, t2, b, n)
                elif written == 2:
                    _take(u4, o, u8, a, t4, b, n)
                else:
                    _take(u8, o, u8, a, t8, b, n)
            elif op == FORM:
                if d == 0:
                    _form(u1, o, t1, a, code[at, 3], numbers, slots[c], done, count)
                elif d == 1:
                    _form(u2, o, t2, a, code[at, 3], numbers, slots[c], done, count)
                elif d == 2:
                    _form(u4, o, t4, a, code[at, 3], numbers, slots[c], done, count)
                else:
                    _form(u8, o, t8, a, code[at, 3], numbers, slots[c], done, count)
            elif op == RANKED:
                if d == 0:
                    _ranked(u1, o, t1, a, code[at, 3], numbers, slots[c], done, count)
                elif d == 1:
                    _ranked(u1, o, t2, a, code[at, 3], numbers, slots[c], done, count)
                else:
                    _ranked(u1, o, t4, a, code[at, 3], numbers, slots[c], done, count)
            elif op == LOAD:
                given = U(numbers[slots[c]] + done)
                if d == 0:
                    _convert(u1, o, l1, given, n)
                elif d == 1:
                    _convert(u2, o, l2, given, n)
                elif d == 2:
                    _convert(u4, o, l4, given, n)
                else:
                    _convert(u8, o, l8, given, n)
            elif op == BASE:
                _start(s8, o, code[at, 2], pool, code[at, 3], c != 0, stride, n)
            elif op == TERM:
                _term(s8, o, code[at, 2], b, c, pool, d, e, stride, n)
            elif op == CARRY:
                _carry(s8, o, code[at, 2], stride, n)
            elif op == SCALED:
                _scaled(s8, o, code[at, 2], u1, b, f != 0, t8, U(c), d, numbers, slots[e], done, stride, count)
            elif op == LOW:
                _low(u8, o, s8, b, code[at, 2], stride, n)
            elif op == STEP:
                _step(u1, o, s8, b, code[at, 2], pool, c, stride, n)
            elif op == RAMP:
                _ramp(s8, o, b, code[at, 2], pool, c, stride, n)
            elif op == CLASSIFY:
                _classify(s8, o, b, code[at, 2], pool, c, d, stride, n)
            elif op == SEARCH:
                _search(s8, o, code[at, 2], b, c, U(e), pool, d, stride, n)
            elif c == 0:  # the limbs of machine integers
                _operand(s8, o, code[at, 2], u1, b, stride, n)
            elif c == 1:
                _operand(s8, o, code[at, 2], u2, b, stride, n)
            elif c == 2:
                _operand(s8, o, code[at, 2], u4, b, stride, n)
            else:
                _operand(s8, o, code[at, 2], u8, b, stride, n)
        for at in range(len(outputs)):
            source, width, target = U(outputs[at, 0]), outputs[at, 1], U(outputs[at, 2] + done)
            if width == 0:
                _convert(r1, target, u1, source, n)
            elif width == 1:
                _convert(r2, target, u2, source, n)
            elif width == 2:
                _convert(r4, target, u4, source, n)
            else:
                _convert(r8, target, u8, source, n)
    return _NUMBERING
