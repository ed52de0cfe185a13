"""Code for functions of one root: comparisons where they are few, else tables, several functions to a look-up.

Costs are in rough units of one addition of bytes; they decide what is fast, never what is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exactnet.evaluate.code import BOOL, Classify, Code, Ramp, Register, Search, Step, Take, bytes_each, constant
from exactnet.evaluate.inputs import narrowest
from exactnet.evaluate.limbs import limbs_of
from exactnet.evaluate.program import IDENTITY, Function, Pairs
from exactnet.evaluate.sums import Term, weighted_sum

__all__ = ["Pieces", "compute_functions", "from_steps", "pieces"]

INDEX = np.dtype(np.intp)
BYTE = np.dtype(np.uint8)
#: A look-up per input, the conversion of an index, a shift and a mask.
LOOKUP, CONVERT, EXTRACT = 25, 10, 3
#: A comparison and an addition; a ramp.
STEP, RAMP = 3, 6
#: A binary search.
SEARCH = 400
#: Factors for wider types, by bytes; those for one limb are about those for eight bytes.
WIDTH = {1: 1, 2: 2, 4: 3, 8: 8}
#: The most bytes of a table of limbs: it should stay in the cache.
WIDE_TABLE = 2**20


@dataclass(frozen=True, slots=True)
class Pieces:
    """``Σ height·1[n > t]`` over the steps plus ``Σ slope·[n - t]+`` over the ramps."""

    steps: tuple[tuple[int, int], ...]
    ramps: tuple[tuple[int, int], ...]


def pieces(kinks: Pairs, size: int) -> Pieces:
    """A function as steps and ramps: rises over one or two integers become steps.

    >>> pieces(((2, 1), (3, -1), (5, 1)), 20)
    Pieces(steps=((2, 1),), ramps=((5, 1),))
    """
    steps: list[tuple[int, int]] = []
    ramps: dict[int, int] = {}
    slope = 0
    for k, (t, d) in enumerate(kinks):
        slope += d
        end = kinks[k + 1][0] if k + 1 < len(kinks) else size - 1
        if slope and end - t <= 2:
            steps.extend((place, slope) for place in range(t, end))
        elif slope:
            ramps[t] = ramps.get(t, 0) + slope
            ramps[end] = ramps.get(end, 0) - slope
    return Pieces(tuple(steps), tuple((t, d) for t, d in ramps.items() if d and t < size - 1))


def compute_functions(
    code: Code, values: Register, size: int, functions: Sequence[tuple[int, Function]], table_limit: int
) -> dict[int, Register]:
    """Registers for functions of the root in ``values``, below ``size``; tables have at most ``table_limit`` values."""
    done: dict[int, Register] = {}
    rest: list[tuple[int, Function, Pieces]] = []
    direct = 0
    for number, function in functions:
        if function.kinks == IDENTITY:
            done[number] = values
            continue
        parts = pieces(function.kinks, size)
        if len(parts.steps) == 1 and parts.steps[0][1] == 1 and not parts.ramps:
            done[number] = step(code, values, parts.steps[0][0])
            continue
        if limbs_of(function.size):
            done[number] = _wide_function(code, values, size, function, parts, table_limit)
            continue
        direct += _cost(parts, values)
        rest.append((number, function, parts))
    if not rest:
        return done
    if size <= table_limit:
        if direct > LOOKUP + CONVERT + EXTRACT * len(rest):
            return done | _look_up(code, values, size, [(number, function) for number, function, _ in rest])
    else:
        searched = _search(code, values, rest, table_limit, done)
        rest = [item for item in rest if item[0] not in searched]
    for number, function, parts in rest:
        done[number] = _compute(code, values, size, function, parts)
    return done


def step(code: Code, values: Register, place: int) -> Register:
    """``1[n > place]`` as bytes."""
    out = code.new(BYTE)
    if values.limbs:
        code.emit(Step(out, values, place))
        return out
    code.apply(np.greater, out.seen(BOOL), values, constant(place, values.dtype))
    return out


def from_steps(code: Code, function: Function, terms: Sequence[Term]) -> Register:
    """A function from the terms of its pieces."""
    return weighted_sum(code, terms, -function.low, function.size)


def _width(register: Register) -> int:
    return WIDTH[register.dtype.itemsize] * max(1, register.limbs)


def _cost(parts: Pieces, values: Register) -> int:
    return (STEP * len(parts.steps) + RAMP * len(parts.ramps)) * _width(values)


def _wide_function(
    code: Code, values: Register, size: int, function: Function, parts: Pieces, table_limit: int
) -> Register:
    """A function whose values take limbs: from few pieces, else by a table or a search."""
    limbs = limbs_of(function.size)
    few = LOOKUP * limbs // 2
    if _cost(parts, values) + (len(parts.steps) + len(parts.ramps)) * limbs <= few:
        return _compute(code, values, size, function, parts)
    out = code.new_for(function.size)
    if size <= table_limit and size * bytes_each(out) <= WIDE_TABLE:
        code.emit(Take(out, values, ((function.kinks, function.low, 0),), size))
    elif _cost(parts, values) <= SEARCH * limbs:
        return _compute(code, values, size, function, parts)
    else:
        code.emit(Search(out, values, function.kinks, function.low))
    return out


def _compute(code: Code, values: Register, size: int, function: Function, parts: Pieces) -> Register:
    """A function from its steps and ramps."""
    terms = [Term(step(code, values, t), height, 2) for t, height in parts.steps]
    for t, slope in parts.ramps:
        ramp = values
        if t and values.limbs:
            ramp = code.new_wide(values.limbs)
            code.emit(Ramp(ramp, values, t))
        elif t:
            place = constant(t, values.dtype)
            ramp = code.apply(np.maximum, code.new(values.dtype), values, place)
            code.apply(np.subtract, ramp, ramp, place)
        terms.append(Term(ramp, slope, size - t))
    return from_steps(code, function, terms)


def _look_up(
    code: Code, values: Register, size: int, functions: Sequence[tuple[int, Function]]
) -> dict[int, Register]:
    """Functions by tables; those that need a few bits only share the bytes of a table."""
    words: list[list[tuple[int, Function, int]]] = []  # the number, the function and the shift of each part
    used: list[int] = []
    for number, function in sorted(functions, key=lambda item: -item[1].size):
        bits = (function.size - 1).bit_length()
        k = next((k for k, taken in enumerate(used) if taken + bits <= 8), len(words))
        if k == len(words):
            words.append([])
            used.append(0)
        words[k].append((number, function, used[k]))
        used[k] += bits
    index = values
    if len(words) > 1 and values.dtype != INDEX:
        index = code.apply(np.positive, code.new(INDEX), values)
    done: dict[int, Register] = {}
    for word in words:
        dtype = narrowest(word[0][1].size)
        out = code.new(dtype)
        code.emit(Take(out, index, tuple((f.kinks, f.low, shift) for _, f, shift in word), size))
        for number, function, shift in word:
            field = out
            if shift:
                field = code.apply(np.right_shift, code.new(dtype), out, constant(shift, dtype))
            if number != word[-1][0]:  # the last one has nothing above it
                mask = constant((1 << (function.size - 1).bit_length()) - 1, dtype)
                field = code.apply(np.bitwise_and, field if shift else code.new(dtype), field, mask)
            done[number] = field
    return done


def _search(
    code: Code,
    values: Register,
    rest: Sequence[tuple[int, Function, Pieces]],
    table_limit: int,
    done: dict[int, Register],
) -> set[int]:
    """Functions of a root too large for tables, where a search pays: first the place among all their steps."""
    flat = [(number, function, parts) for number, function, parts in rest if not parts.ramps]
    handled: set[int] = set()
    cost = sum(_cost(parts, values) for _, _, parts in flat)
    width = max(1, values.limbs)
    if cost > SEARCH * width:
        places = sorted({t for _, _, parts in flat for t, _ in parts.steps})
        rank = {t: k for k, t in enumerate(places)}
        classes = len(places) + 1
        out = code.new(narrowest(classes))
        code.emit(Classify(out, values, tuple(places)))
        ranked = [(number, _of_rank(function, parts, rank)) for number, function, parts in flat]
        handled.update(number for number, _ in ranked)
        done.update(_look_up(code, out, classes, ranked))
    for number, function, parts in rest:
        if number not in handled and _cost(parts, values) > SEARCH * width:
            done[number] = code.new(narrowest(function.size))
            code.emit(Search(done[number], values, function.kinks, function.low))
            handled.add(number)
    return handled


def _of_rank(function: Function, parts: Pieces, rank: dict[int, int]) -> Function:
    """A sum of steps as a function of how many of the places lie below the root."""
    kinks: dict[int, int] = {}
    for t, height in parts.steps:
        k = rank[t]
        kinks[k] = kinks.get(k, 0) + height
        kinks[k + 1] = kinks.get(k + 1, 0) - height
    last = len(rank) - 1
    pairs = tuple((k, d) for k, d in sorted(kinks.items()) if d and k <= last)
    return Function(function.root, pairs, function.low, function.size)
