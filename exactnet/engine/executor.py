"""Programs run with NumPy.

Code is bound to buffers once: every instruction becomes a call without arguments that works on fixed arrays for a fixed
number of inputs. A range of inputs is cut into runs of that length; the last run overlaps the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from exactnet.engine import piecewise
from exactnet.engine.assemble import Assembled, assemble
from exactnet.engine.code import Apply, DType, Form, Instruction, Operand, Ranked, Register, Take, registers
from exactnet.engine.inputs import make_inputs
from exactnet.engine.program import Coordinate, Program, Separable
from exactnet.engine.separable import Rows
from exactnet.kernel.domain import Domain

__all__ = ["Executor"]

Array = npt.NDArray[Any]
Call = Callable[[], object]
#: The most inputs of a run, and about the most bytes of all its buffers.
LONGEST, MAX_BYTES = 2**16, 2**27


class Executor:
    """Runs a program on consecutive inputs of a domain. It can be pickled: what is prepared is prepared again."""

    def __init__(self, program: Program, domain: Domain) -> None:
        self.program, self._domain = program, domain
        self._prepare()

    def __getstate__(self) -> tuple[Program, Domain]:
        return self.program, self._domain

    def __setstate__(self, state: tuple[Program, Domain]) -> None:
        self.program, self._domain = state
        self._prepare()

    def _prepare(self) -> None:
        self.inputs = make_inputs(self._domain)
        self.assembled = assemble(self.program, self._domain.count)
        self.places, self.kinds = _allocate(self.assembled)
        width = sum(kind.itemsize for kind in self.kinds) or 1
        #: How many inputs at once are best.
        self.longest = min(LONGEST, 1 << (MAX_BYTES // width).bit_length())
        self._tables: dict[int, Array] = {}
        self._rows: Rows | None = None
        self._bound: dict[int, Binding] = {}

    # --- running ------------------------------------------------------------------------------------

    def run(self, start: int, stop: int) -> list[Array | None]:
        """The function of each output (None for a constant) at ``start <= index < stop``, not empty."""
        results = [None if out is None else np.empty(stop - start, out.dtype) for out in self.assembled.outputs]
        length = min(stop - start, self.longest)
        if length not in self._bound:
            if len(self._bound) > 1:  # one for full runs, one for the last
                self._bound.pop(next(iter(self._bound)))
            self._bound[length] = Binding(self, length)
        binding = self._bound[length]
        for begin in range(start, stop, length):
            first = min(begin, stop - length)
            for result, values in zip(results, binding.run(first), strict=True):
                if result is not None and values is not None:
                    result[first - start : first - start + length] = values
        return results

    # --- what instructions read -----------------------------------------------------------------------

    @property
    def rows(self) -> Rows:
        """The separable roots that the code reads."""
        if self._rows is None:
            numbers = [i.root for i in self.assembled.code.instructions if isinstance(i, Form | Ranked)]
            roots = {number: self.program.roots[number] for number in numbers}
            separable = {number: root for number, root in roots.items() if isinstance(root, Separable)}
            self._rows = Rows(separable, self.inputs.base, len(self.inputs.places))
        return self._rows

    def table(self, number: int) -> Array:
        """The table of an instruction by its number."""
        if number not in self._tables:
            instruction = self.assembled.code.instructions[number]
            assert isinstance(instruction, Take)
            self._tables[number] = piecewise.dense(instruction.kinks, instruction.low, instruction.size, instruction.out.dtype)
        return self._tables[number]


def _allocate(assembled: Assembled) -> tuple[list[int], list[DType]]:
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
    kinds: list[DType] = []
    free: dict[DType, list[int]] = {}
    for time, instruction in enumerate(assembled.code.instructions):
        touched = set(registers(instruction))
        for number in touched:
            if places[number] < 0:
                kind = np.dtype(f"u{types[number].itemsize}")
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


class Binding:
    """The code of an executor bound to buffers for ``length`` inputs."""

    def __init__(self, executor: Executor, length: int) -> None:
        self._executor, self._length = executor, length
        self._start = 0
        self._buffers = [np.empty(length, kind) for kind in executor.kinds]
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

    def _bind(self, number: int, instruction: Instruction) -> Call:
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
            case Take(out, index):
                # Every index is below the size of the table: clipping changes nothing, it only saves a copy.
                return partial(executor.table(number).take, self._array(index), None, self._array(out), "clip")

    def _coordinate(self, i: int, out: Array) -> None:
        out[:] = self._executor.inputs.coordinate(i, self._start, self._start + self._length)

    def _separable(self, root: int, out: Array) -> None:
        self._executor.rows.write(root, self._start, out)

    def _ranked(self, root: int, places: tuple[int, ...], outs: list[Array]) -> None:
        self._executor.rows.write_steps(root, self._start, places, outs)
