"""The NumPy executor of programs.

All values of a program lie in ``0 .. size - 1``. An array of them has the narrowest unsigned type that holds
``size - 1``, or holds Python integers. Sums are computed modulo ``2^bits`` of the type of the *result*: addition and
multiplication are exact there whatever the size of a partial sum, and the result is known to lie below ``2^bits``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from exactnet.domain import Domain
from exactnet.evaluate import piecewise
from exactnet.evaluate.inputs import Inputs, make_inputs, narrowest
from exactnet.evaluate.program import IDENTITY, Coordinate, Function, Joint, Program, Separable
from exactnet.evaluate.separable import SeparableForm

__all__ = ["NumpyExecutor"]

Array = npt.NDArray[Any]
#: Functions of a root with at most this many values are looked up in a table.
MAX_TABLE = 2**20
#: Functions with at most this many kinks are computed kink by kink.
FEW_KINKS = 16


class NumpyExecutor:
    """Runs a program on consecutive inputs of a domain."""

    def __init__(self, program: Program, domain: Domain) -> None:
        self.program = program
        self._domain = domain
        self._prepare()

    def _prepare(self) -> None:
        self._inputs: Inputs = make_inputs(self._domain)
        self._forms: dict[int, SeparableForm] = {}
        self._tables: dict[int, Array] = {}
        self._last = self._last_uses()

    def __getstate__(self) -> tuple[Program, Domain]:
        return self.program, self._domain

    def __setstate__(self, state: tuple[Program, Domain]) -> None:
        self.program, self._domain = state
        self._prepare()

    def _last_uses(self) -> list[list[int]]:
        """For each step of the schedule, the functions that no later step reads."""
        kept = {output.function for output in self.program.outputs}
        last: dict[int, int] = {}
        for number, (index, functions) in enumerate(self.program.schedule):
            for function in functions:
                last[function] = number
            root = self.program.roots[index]
            if isinstance(root, Joint):
                for function, _ in root.terms:
                    last[function] = number
        free: list[list[int]] = [[] for _ in self.program.schedule]
        for function, number in last.items():
            if function not in kept:
                free[number].append(function)
        return free

    def run(self, start: int, stop: int) -> list[Array | None]:
        """The function of each output (None for a constant) at ``start <= index < stop``."""
        functions = self.program.functions
        arrays: dict[int, Array] = {}
        for number, (index, read) in enumerate(self.program.schedule):
            values = self._root(index, arrays, start, stop)
            for function in read:
                arrays[function] = self._function(function, functions[function], values)
            for function in self._last[number]:
                del arrays[function]
        return [None if o.function is None else arrays[o.function] for o in self.program.outputs]

    def _root(self, index: int, arrays: dict[int, Array], start: int, stop: int) -> Array:
        root = self.program.roots[index]
        if isinstance(root, Coordinate):
            return self._inputs.coordinate(root.input, start, stop)
        if isinstance(root, Separable):
            if index not in self._forms:
                self._forms[index] = SeparableForm(root, self._inputs.base, len(self._inputs.places))
            return self._forms[index].run(start, stop)
        dtype = narrowest(root.size)
        total = np.full(stop - start, _residue(root.base, dtype), dtype)
        for function, factor in root.terms:
            add(total, arrays[function], factor)
        return total

    def _function(self, number: int, function: Function, values: Array) -> Array:
        if function.kinks == IDENTITY:
            return values
        size = self.program.roots[function.root].size
        if len(function.kinks) > FEW_KINKS:
            if size <= MAX_TABLE:
                if number not in self._tables:
                    self._tables[number] = piecewise.dense(function.kinks, function.low, size, narrowest(function.size))
                return np.take(self._tables[number], values)
            return _by_search(function, values)
        return _by_kinks(function, values)


def _residue(number: int, dtype: np.dtype[Any]) -> Any:
    """A number as a scalar of a type, modulo the type's range."""
    return number if dtype.hasobject else dtype.type(number % (1 << 8 * dtype.itemsize))


def _cast(values: Array, dtype: np.dtype[Any]) -> Array:
    """Integers modulo the range of a type."""
    if values.dtype.hasobject and not dtype.hasobject:
        values = values % (1 << 8 * dtype.itemsize)
    return values.astype(dtype, copy=False)


def add(total: Array, values: Array, factor: int) -> None:
    """``total += factor·values``, modulo the range of ``total``."""
    values = _cast(values, total.dtype)
    if factor == 1:
        total += values
    elif factor == -1:
        total -= values
    else:
        total += values * _residue(factor, total.dtype)


def _by_kinks(function: Function, values: Array) -> Array:
    """The function as the sum of its ramps and steps."""
    dtype = narrowest(function.size)
    total = np.full(len(values), _residue(-function.low, dtype), dtype)
    pairs = list(function.kinks)
    k = 0
    while k < len(pairs):
        t, d = pairs[k]
        k += 1
        if k < len(pairs) and pairs[k] == (t + 1, -d):  # d·1[n >= t + 1]
            k += 1
            add(total, (values > _residue(t, values.dtype)).view(np.uint8), d)
        else:
            ramp = np.maximum(values, _residue(t, values.dtype)) - _residue(t, values.dtype)
            add(total, ramp, d)
    return total


def _by_search(function: Function, values: Array) -> Array:
    """The function by binary search among its kinks: between two of them it is affine."""
    dtype = narrowest(function.size)
    slopes, offsets = [0], [-function.low]
    for t, d in function.kinks:
        slopes.append(slopes[-1] + d)
        offsets.append(offsets[-1] - d * t)
    places = np.array([t for t, _ in function.kinks], values.dtype)
    piece = np.searchsorted(places, values)
    slope = np.array([_residue(s, dtype) for s in slopes], dtype)[piece]
    offset = np.array([_residue(o, dtype) for o in offsets], dtype)[piece]
    result: Array = slope * _cast(values, dtype) + offset
    return result
