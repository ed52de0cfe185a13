"""The NumPy executor of programs.

Code is bound to buffers once: every instruction becomes a call without arguments that works on fixed arrays for a
fixed number of inputs. A range of inputs is cut into runs of that length; the last run overlaps the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from exactnet.domain import Domain
from exactnet.evaluate import limbs, piecewise
from exactnet.evaluate.assemble import Assembled, assemble
from exactnet.evaluate.code import (
    Apply,
    Classify,
    Collect,
    Form,
    Low,
    Operand,
    Ramp,
    Ranked,
    Register,
    Scaled,
    Search,
    Step,
    Take,
    registers,
)
from exactnet.evaluate.inputs import make_inputs
from exactnet.evaluate.program import Coordinate, Program, Separable
from exactnet.evaluate.searching import Places, Segments, WideSegments
from exactnet.evaluate.separable import Rows, ScaledRow
from exactnet.evaluate.sharing import share_sums

__all__ = ["NumpyExecutor"]

Array = npt.NDArray[Any]
DType = np.dtype[Any]
#: The type of a buffer, and its limbs.
Kind = tuple[DType, int]
Call = Callable[[], object]
#: The most inputs of a run, the least, and the most bytes of all its buffers.
LONGEST, SHORTEST, MAX_BYTES = 2**16, 2**12, 2**27
#: The same where there are limbs: the limbs of one value of all inputs of a run should stay in the cache.
SHORTEST_WIDE, WIDE_BYTES = 2**9, 2**20
#: The most bytes of all rows of multiples.
SCALED_BYTES = 2**25


class NumpyExecutor:
    """Runs a program on consecutive inputs of a domain."""

    def __init__(self, program: Program, domain: Domain) -> None:
        self._program, self._domain = program, domain
        self._prepare()

    def __getstate__(self) -> tuple[Program, Domain]:
        return self._program, self._domain

    def __setstate__(self, state: tuple[Program, Domain]) -> None:
        self._program, self._domain = state
        self._prepare()

    def _prepare(self) -> None:
        self._inputs = make_inputs(self._domain)
        self._assembled = assemble(share_sums(self._program), self._domain.count)
        self._places, kinds = _allocate(self._assembled)
        self._kinds = kinds
        width = sum(kind.itemsize * max(1, count) for kind, count in kinds) or 1
        longest = min(LONGEST, max(SHORTEST, 1 << (MAX_BYTES // width).bit_length()))
        if most := max((count for _, count in kinds), default=0):
            longest = min(longest, max(SHORTEST_WIDE, 1 << (WIDE_BYTES // (8 * most)).bit_length()))
        self._longest = longest
        self._bound: dict[int, Binding] = {}
        self.tables: dict[int, Array] = {}
        self.scaled: dict[int, ScaledRow] = {}
        self.scaled_rows = sum(isinstance(i, Scaled) for i in self._assembled.code.instructions)
        self._rows: Rows | None = None

    @property
    def rows(self) -> Rows:
        """The separable roots that the code reads."""
        if self._rows is None:
            numbers = [i.root for i in self._assembled.code.instructions if isinstance(i, Form | Ranked)]
            roots = {number: self._program.roots[number] for number in numbers}
            separable = {number: root for number, root in roots.items() if isinstance(root, Separable)}
            self._rows = Rows(separable, self._inputs.base, len(self._inputs.places))
        return self._rows

    def run(self, start: int, stop: int) -> list[Array | None]:
        """The function of each output (None for a constant) at ``start <= index < stop``, not empty."""
        count = stop - start
        length = min(count, self._longest)
        if length not in self._bound:
            if len(self._bound) > 1:  # one for full runs, one for the last
                self._bound.pop(next(iter(self._bound)))
            self._bound[length] = Binding(self, length)
        binding = self._bound[length]
        results = [None if out is None else _empty(out.dtype, out.limbs, count) for out in self._assembled.outputs]
        for begin in range(start, stop, length):
            first = min(begin, stop - length)
            for result, values in zip(results, binding.run(first), strict=True):
                if result is not None:
                    result[..., first - start : first - start + length] = values
        return results


class Binding:
    """The code of an executor bound to buffers for ``length`` inputs."""

    def __init__(self, executor: NumpyExecutor, length: int) -> None:
        self._executor, self._length = executor, length
        self._start = 0
        self._buffers = [_empty(kind, count, length) for kind, count in executor._kinds]
        instructions = executor._assembled.code.instructions
        self._calls = [self._bind(number, instruction) for number, instruction in enumerate(instructions)]
        self._outputs = [None if out is None else self._array(out) for out in executor._assembled.outputs]

    def run(self, start: int) -> Sequence[Array | None]:
        """The outputs at ``start .. start + length - 1``, valid until the next run."""
        self._start = start
        for call in self._calls:
            call()
        return self._outputs

    def _array(self, operand: Operand) -> Array:
        if not isinstance(operand, Register):
            return operand
        buffer = self._buffers[self._executor._places[operand.number]]
        return buffer if buffer.dtype == operand.dtype else buffer.view(operand.dtype)

    def _bind(self, number: int, instruction: object) -> Call:
        executor = self._executor
        match instruction:
            case Apply(ufunc, out, operands):
                arrays = [self._array(operand) for operand in operands]
                target = self._array(out)
                if target.dtype == np.bool_ or all(array.dtype == target.dtype for array in arrays):
                    return partial(ufunc, *arrays, out=target)
                return partial(ufunc, *arrays, out=target, dtype=target.dtype, casting="unsafe")
            case Form(out, root):
                form = executor._program.roots[root]
                if isinstance(form, Coordinate):
                    return partial(self._coordinate, form.input, self._array(out))
                return partial(self._separable, root, self._array(out))
            case Ranked(outs, root, places):
                return partial(self._ranked, root, places, [self._array(out) for out in outs])
            case Take(out, index, parts, size):
                if number not in executor.tables:
                    executor.tables[number] = _table(parts, size, out)
                if out.limbs:
                    return partial(_take_limbs, executor.tables[number], self._array(index), self._array(out))
                # Every index is below the size of the table: clipping changes nothing, it only saves a copy.
                return partial(executor.tables[number].take, self._array(index), None, self._array(out), "clip")
            case Classify(out, values, places):
                search = Places(places, values.dtype, values.limbs)
                return partial(search.count_below, self._array(values), self._array(out))
            case Search(out, values, kinks, low):
                if values.limbs or out.limbs:
                    wide = WideSegments(kinks, low, values, out)
                    return partial(wide.evaluate, self._array(values), self._array(out))
                segments = Segments(kinks, low, values.dtype, out.dtype)
                return partial(segments.evaluate, self._array(values), self._array(out))
            case Collect():
                return self._collect(instruction)
            case Scaled(out, mask, root, slope, offset):
                return self._scaled(number, root, slope, offset, out, mask)
            case Low(out, values):
                return partial(self._low, self._array(values), self._array(out))
            case Step(out, values, place):
                at = limbs.split([place], values.limbs)[:, 0]
                return partial(limbs.greater, self._array(values), at, self._array(out).view(np.bool_))
            case Ramp(out, values, place):
                at = limbs.split([place], values.limbs)[:, 0]
                return partial(limbs.ramp, self._array(values), at, self._array(out))
        raise AssertionError(instruction)

    def _collect(self, instruction: Collect) -> Call:
        out, fresh = self._array(instruction.out), instruction.fresh
        start = limbs.split([instruction.base], len(out)) if fresh or instruction.base else None
        terms = [
            (self._array(register), size, limbs.SignedTable([factor]).limbs[:, 0])
            for register, factor, size in instruction.terms
        ]

        def collect() -> None:
            if fresh:
                out[:] = start
            elif start is not None:
                np.add(out, start, out=out)
            for values, size, factor in terms:
                limbs.add_product(out, limbs.operand(values, size), factor)
            if instruction.carry:
                limbs.carry(out)

        return collect

    def _scaled(
        self, number: int, root: int, slope: int, offset: int, out: Register, mask: Register | None
    ) -> Call:
        executor = self._executor
        if number not in executor.scaled:
            inputs, form = executor._inputs, executor._program.roots[root]
            assert isinstance(form, Separable)
            each = SCALED_BYTES // (8 * out.limbs * executor.scaled_rows)
            executor.scaled[number] = ScaledRow(form, inputs.base, len(inputs.places), slope, offset, out.limbs, each)
        row, total = executor.scaled[number], self._array(out)
        factors = None if mask is None else self._array(mask)
        return lambda: row.add(self._start, factors, total)

    @staticmethod
    def _low(values: Array, out: Array) -> None:
        np.copyto(out, limbs.low_bits(values), casting="unsafe")

    def _coordinate(self, i: int, out: Array) -> None:
        out[:] = self._executor._inputs.coordinate(i, self._start, self._start + self._length)

    def _separable(self, root: int, out: Array) -> None:
        self._executor.rows.write(root, self._start, out)

    def _ranked(self, root: int, places: tuple[int, ...], outs: list[Array]) -> None:
        self._executor.rows.write_steps(root, self._start, places, outs)


def _allocate(assembled: Assembled) -> tuple[list[int], list[Kind]]:
    """A buffer for each register, shared by those that are never needed at once, and what the buffers are."""
    types = assembled.code.types
    last = [-1] * len(types)
    for time, instruction in enumerate(assembled.code.instructions):
        for number in registers(instruction):
            last[number] = time
    for out in assembled.outputs:
        if out is not None:
            last[out.number] = len(assembled.code.instructions)
    places = [-1] * len(types)
    kinds: list[Kind] = []
    free: dict[Kind, list[int]] = {}
    for time, instruction in enumerate(assembled.code.instructions):
        touched = set(registers(instruction))
        for number in touched:
            if places[number] < 0:
                dtype, count = types[number]
                kind = (np.dtype(f"u{dtype.itemsize}") if not count else dtype, count)
                spare = free.setdefault(kind, [])
                if spare:
                    places[number] = spare.pop()
                else:
                    places[number] = len(kinds)
                    kinds.append(kind)
        for number in touched:
            if last[number] == time:
                free[kinds[places[number]]].append(places[number])
    return places, kinds


def _empty(dtype: DType, count: int, length: int) -> Array:
    return np.empty((count, length) if count else length, dtype)


def _take_limbs(table: Array, index: Array, out: Array) -> None:
    for row, target in zip(table, out, strict=True):
        row.take(index, None, target, "clip")


def _table(parts: Sequence[tuple[Any, int, int]], size: int, out: Register) -> Array:
    (kinks, low, _), *more = parts
    dtype = out.dtype
    if out.limbs:
        return limbs.split(piecewise.dense(kinks, low, size, object).tolist(), out.limbs)
    table = piecewise.dense(kinks, low, size, dtype)
    for kinks, low, shift in more:
        table += piecewise.dense(kinks, low, size, dtype) << dtype.type(shift)
    return table
