"""What executors of programs have in common: code, tables, and what to do where there is no memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from exactnet.domain import Domain
from exactnet.errors import ResourceError
from exactnet.evaluate import limbs, piecewise
from exactnet.evaluate.assemble import Assembled, assemble
from exactnet.evaluate.code import DType, Form, Ranked, Register, Scaled, Take, registers
from exactnet.evaluate.inputs import make_inputs
from exactnet.evaluate.program import Program, Separable
from exactnet.evaluate.separable import Rows, ScaledRow
from exactnet.evaluate.sharing import share_sums

__all__ = ["Executor", "empty"]

Array = npt.NDArray[Any]
#: The type of a buffer, and its limbs.
Kind = tuple[DType, int]
#: The fewest inputs at once: with less memory than these take, nothing is evaluated.
FEWEST = 2**4
#: The most bytes of all rows of multiples.
SCALED_BYTES = 2**25


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
        self.longest = self.longest_run()
        self._tables: dict[int, Array] = {}
        self._scaled: dict[int, ScaledRow] = {}
        self._rows: Rows | None = None

    # --- running ------------------------------------------------------------------------------------

    def longest_run(self) -> int:
        """How many inputs at once are best."""
        raise NotImplementedError

    def release(self) -> None:
        """Forget the buffers."""
        raise NotImplementedError

    def compute(self, start: int, stop: int, results: Sequence[Array | None]) -> None:
        """Write the function of each output at ``start <= index < stop``, at most :attr:`longest` inputs at once."""
        raise NotImplementedError

    def run(self, start: int, stop: int) -> list[Array | None]:
        """The function of each output (None for a constant) at ``start <= index < stop``, not empty.

        Where memory is short, fewer inputs are evaluated at once.
        Raises :class:`~exactnet.errors.ResourceError` where it is too short for that as well.
        """
        while True:
            try:
                outputs = self.assembled.outputs
                results = [None if out is None else empty(out.dtype, out.limbs, stop - start) for out in outputs]
                self.compute(start, stop, results)
            except MemoryError:
                self.release()
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
