"""Code for functions of one root: comparisons where they are few, else a table.

Costs are in rough units of one addition of bytes; they decide what is fast, never what is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exactnet.engine.code import BOOL, Code, Register, Take, constant
from exactnet.engine.inputs import word
from exactnet.engine.program import IDENTITY, Function, Pairs
from exactnet.engine.sums import Term, weighted_sum

__all__ = ["BYTE", "Pieces", "compute_functions", "from_steps", "pieces"]

BYTE = np.dtype(np.uint8)
#: A look-up per input and the conversion of an index.
LOOKUP = 35
#: A comparison and an addition; a ramp.
STEP, RAMP = 3, 6
#: Factors for wider types, by bytes.
WIDTH = {1: 1, 2: 2, 4: 3, 8: 8}


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
    for number, function in functions:
        parts = pieces(function.kinks, size)
        cost = (STEP * len(parts.steps) + RAMP * len(parts.ramps)) * WIDTH[values.dtype.itemsize]
        if function.kinks == IDENTITY:
            done[number] = values
        elif len(parts.steps) == 1 and parts.steps[0][1] == 1 and not parts.ramps:
            done[number] = _step(code, values, parts.steps[0][0])
        elif size <= table_limit and cost > LOOKUP:
            done[number] = code.new(word(function.size))
            code.emit(Take(done[number], values, function.kinks, function.low, size))
        else:
            done[number] = _compute(code, values, size, function, parts)
    return done


def _step(code: Code, values: Register, place: int) -> Register:
    """``1[n > place]`` as bytes."""
    out = code.new(BYTE)
    code.apply(np.greater, out.seen(BOOL), values, constant(place, values.dtype))
    return out


def from_steps(code: Code, function: Function, terms: Sequence[Term]) -> Register:
    """A function from the terms of its pieces."""
    return weighted_sum(code, terms, -function.low, function.size)


def _compute(code: Code, values: Register, size: int, function: Function, parts: Pieces) -> Register:
    """A function from its steps and ramps."""
    terms = [Term(_step(code, values, t), height, 2) for t, height in parts.steps]
    for t, slope in parts.ramps:
        ramp = values
        if t:
            place = constant(t, values.dtype)
            ramp = code.apply(np.maximum, code.new(values.dtype), values, place)
            code.apply(np.subtract, ramp, ramp, place)
        terms.append(Term(ramp, slope, size - t))
    return from_steps(code, function, terms)
