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

from exactnet.engine import limbs, piecewise
from exactnet.engine.assemble import Assembled, assemble
from exactnet.engine.code import (
    Apply,
    Classify,
    Collect,
    DType,
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
from exactnet.engine.inputs import make_inputs
from exactnet.engine.program import Coordinate, Program, Separable
from exactnet.engine.searching import Places, Segments, WideSegments
from exactnet.engine.separable import Rows, ScaledRow
from exactnet.engine.sharing import share_sums
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import ResourceError

__all__ = ["Executor"]

Array = npt.NDArray[Any]
Call = Callable[[], object]
#: The type of a buffer, and its limbs.
Kind = tuple[DType, int]
#: The fewest inputs at once: with less memory than these take, nothing is evaluated.
FEWEST = 2**4
#: The most bytes of all rows of multiples.
SCALED_BYTES = 2**25
#: The most inputs of a run, the least, and the most bytes of all its buffers.
LONGEST, SHORTEST, MAX_BYTES = 2**16, 2**12, 2**27
#: The same where there are limbs: the limbs of one value of all inputs of a run should stay in the cache.
SHORTEST_WIDE, WIDE_BYTES = 2**9, 2**20


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
        self.assembled = assemble(share_sums(self.program), self._domain.count)
        self.places, self.kinds = _allocate(self.assembled)
        #: Bytes of all buffers for one input.
        self.width = sum(kind.itemsize * max(1, count) for kind, count in self.kinds) or 1
        self.longest = self._longest_run()
        self._tables: dict[int, Array] = {}
        self._scaled: dict[int, ScaledRow] = {}
        self._rows: Rows | None = None
        self._bound: dict[int, Binding] = {}

    # --- running ------------------------------------------------------------------------------------

    def _longest_run(self) -> int:
        """How many inputs at once are best."""
        longest = min(LONGEST, max(SHORTEST, 1 << (MAX_BYTES // self.width).bit_length()))
        if most := max((count for _, count in self.kinds), default=0):
            longest = min(longest, max(SHORTEST_WIDE, 1 << (WIDE_BYTES // (8 * most)).bit_length()))
        return longest

    def compute(self, start: int, stop: int, results: Sequence[Array | None]) -> None:
        """Write the function of each output at ``start <= index < stop``, at most :attr:`longest` inputs at once."""
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

    def run(self, start: int, stop: int) -> list[Array | None]:
        """The function of each output (None for a constant) at ``start <= index < stop``, not empty.

        Where memory is short, fewer inputs are evaluated at once.
        Raises :class:`~exactnet.kernel.errors.ResourceError` where it is too short for that as well.
        """
        while True:
            try:
                outputs = self.assembled.outputs
                results = [None if out is None else empty(out.dtype, out.limbs, stop - start) for out in outputs]
                self.compute(start, stop, results)
            except MemoryError:
                self._bound.clear()
                longest = min(self.longest, stop - start)
                if longest <= FEWEST:
                    raise ResourceError(f"not enough memory to evaluate {longest} inputs at once") from None
                self.longest = longest // 2
            else:
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
            self._tables[number] = _table(instruction.parts, instruction.size, instruction.out)
        return self._tables[number]

    def scaled(self, number: int) -> ScaledRow:
        """The row of an instruction by its number."""
        if number not in self._scaled:
            instruction = self.assembled.code.instructions[number]
            assert isinstance(instruction, Scaled)
            root = self.program.roots[instruction.root]
            assert isinstance(root, Separable)
            rows = sum(isinstance(i, Scaled) for i in self.assembled.code.instructions)
            longest = SCALED_BYTES // (8 * instruction.out.limbs * rows)
            base, d = self.inputs.base, len(self.inputs.places)
            multiple = instruction.slope, instruction.offset
            self._scaled[number] = ScaledRow(root, base, d, *multiple, instruction.out.limbs, longest)
        return self._scaled[number]


def empty(dtype: DType, count: int, length: int) -> Array:
    """An array for ``length`` values of a type, or of ``count`` limbs."""
    return np.empty((count, length) if count else length, dtype)


def _table(parts: Sequence[tuple[Any, int, int]], size: int, out: Register) -> Array:
    (kinks, low, _), *more = parts
    dtype = out.dtype
    if out.limbs:
        return limbs.split(piecewise.dense(kinks, low, size, object).tolist(), out.limbs)
    table = piecewise.dense(kinks, low, size, dtype)
    for kinks, low, shift in more:
        table += piecewise.dense(kinks, low, size, dtype) << dtype.type(shift)
    return table


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


class Binding:
    """The code of an executor bound to buffers for ``length`` inputs."""

    def __init__(self, executor: Executor, length: int) -> None:
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
