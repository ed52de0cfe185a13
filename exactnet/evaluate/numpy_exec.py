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

from exactnet.evaluate import limbs
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
)
from exactnet.evaluate.executor import Executor, empty
from exactnet.evaluate.program import Coordinate
from exactnet.evaluate.searching import Places, Segments, WideSegments
from exactnet.evaluate.separable import ScaledRow

__all__ = ["NumpyExecutor"]

Array = npt.NDArray[Any]
Call = Callable[[], object]
#: The most inputs of a run, the least, and the most bytes of all its buffers.
LONGEST, SHORTEST, MAX_BYTES = 2**16, 2**12, 2**27
#: The same where there are limbs: the limbs of one value of all inputs of a run should stay in the cache.
SHORTEST_WIDE, WIDE_BYTES = 2**9, 2**20


class NumpyExecutor(Executor):
    """See :class:`~exactnet.evaluate.executor.Executor`."""

    def _prepare(self) -> None:
        super()._prepare()
        self._bound: dict[int, Binding] = {}

    def longest_run(self) -> int:
        longest = min(LONGEST, max(SHORTEST, 1 << (MAX_BYTES // self.width).bit_length()))
        if most := max((count for _, count in self.kinds), default=0):
            longest = min(longest, max(SHORTEST_WIDE, 1 << (WIDE_BYTES // (8 * most)).bit_length()))
        return longest

    def release(self) -> None:
        self._bound.clear()

    def compute(self, start: int, stop: int, results: Sequence[Array | None]) -> None:
        length = min(stop - start, self.longest)
        if length not in self._bound:
            if len(self._bound) > 1:  # one for full runs, one for the last
                self._bound.pop(next(iter(self._bound)))
            self._bound[length] = Binding(self, length)
        binding = self._bound[length]
        for begin in range(start, stop, length):
            first = min(begin, stop - length)
            for result, values in zip(results, binding.run(first), strict=True):
                if result is not None:
                    result[..., first - start : first - start + length] = values


class Binding:
    """The code of an executor bound to buffers for ``length`` inputs."""

    def __init__(self, executor: NumpyExecutor, length: int) -> None:
        self._executor, self._length = executor, length
        self._start = 0
        self._buffers = [empty(kind, count, length) for kind, count in executor.kinds]
        instructions = executor.assembled.code.instructions
        self._calls = [self._bind(number, instruction) for number, instruction in enumerate(instructions)]
        self._outputs = [None if out is None else self._array(out) for out in executor.assembled.outputs]

    def run(self, start: int) -> Sequence[Array | None]:
        """The outputs at ``start .. start + length - 1``, valid until the next run."""
        self._start = start
        for call in self._calls:
            call()
        return self._outputs

    def _array(self, operand: Operand) -> Array:
        if not isinstance(operand, Register):
            return operand
        buffer = self._buffers[self._executor.places[operand.number]]
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
                form = executor.program.roots[root]
                if isinstance(form, Coordinate):
                    return partial(self._coordinate, form.input, self._array(out))
                return partial(self._separable, root, self._array(out))
            case Ranked(outs, root, places):
                return partial(self._ranked, root, places, [self._array(out) for out in outs])
            case Take(out, index, _, _):
                table = executor.table(number)
                if out.limbs:
                    return partial(_take_limbs, table, self._array(index), self._array(out))
                # Every index is below the size of the table: clipping changes nothing, it only saves a copy.
                return partial(table.take, self._array(index), None, self._array(out), "clip")
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
            case Scaled(out, mask, _, _, _):
                masks = None if mask is None else self._array(mask)
                return partial(self._scaled, executor.scaled(number), masks, self._array(out))
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

    def _scaled(self, row: ScaledRow, mask: Array | None, total: Array) -> None:
        row.add(self._start, mask, total)

    @staticmethod
    def _low(values: Array, out: Array) -> None:
        np.copyto(out, limbs.low_bits(values), casting="unsafe")

    def _coordinate(self, i: int, out: Array) -> None:
        out[:] = self._executor.inputs.coordinate(i, self._start, self._start + self._length)

    def _separable(self, root: int, out: Array) -> None:
        self._executor.rows.write(root, self._start, out)

    def _ranked(self, root: int, places: tuple[int, ...], outs: list[Array]) -> None:
        self._executor.rows.write_steps(root, self._start, places, outs)


def _take_limbs(table: Array, index: Array, out: Array) -> None:
    for row, target in zip(table, out, strict=True):
        row.take(index, None, target, "clip")
