"""The executor of programs that runs bytecode (needs the extra ``compiled``)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from exactnet.errors import ExactnetError
from exactnet.evaluate import limbs
from exactnet.evaluate.bytecode import COORDINATE, NUMBERING, SPARE, Encoder, Slot, width_of
from exactnet.evaluate.code import Form, Ranked, Scaled, Take
from exactnet.evaluate.executor import Executor
from exactnet.evaluate.program import Coordinate

__all__ = ["CompiledExecutor"]

Array = npt.NDArray[Any]
#: Inputs of a strip (a multiple of 64), and the bytes that all buffers of one should take, so that they stay in the cache.
LONGEST_STRIP, SHORTEST_STRIP, STRIP_BYTES = 2**11, 2**6, 2**17
#: Inputs of a piece: heads of rows are computed for all of its rows before it is run.
PIECE = 2**16
_TYPES = [np.dtype(f"u{1 << width}") for width in range(4)]


class CompiledExecutor(Executor):
    """See :class:`Executor`."""

    def _prepare(self) -> None:
        super()._prepare()
        self._machine: _Machine | None = None

    def longest_run(self) -> int:
        return PIECE

    def release(self) -> None:
        self._machine = None

    def compute(self, start: int, stop: int, results: Sequence[Array | None]) -> None:
        if self._machine is None:
            self._machine = _Machine(self, min(self.longest, max(SHORTEST_STRIP, stop - start)))
        for begin in range(start, stop, self.longest):
            end = min(begin + self.longest, stop)
            self._machine.run(begin, end, [None if r is None else r[..., begin - start : end - start] for r in results])


class _Machine:
    """Bytecode, its buffers and its tables."""

    def __init__(self, executor: CompiledExecutor, longest: int) -> None:
        from exactnet.evaluate.kernels import run

        self._run, self._executor = run, executor
        strip = min(LONGEST_STRIP, max(SHORTEST_STRIP, 1 << (STRIP_BYTES // executor.width).bit_length() - 1), longest)
        self._strip = strip = max(SHORTEST_STRIP, strip // SHORTEST_STRIP * SHORTEST_STRIP)
        positions, end = [], 0
        for kind, count in executor.kinds:
            positions.append(end)
            end += strip * kind.itemsize * max(1, count)
        assembled = executor.assembled
        encoder = Encoder(assembled.code, executor.places, positions, end, strip, self._table)
        self._buffer = np.zeros(end + SPARE * 8 * strip, np.uint8)
        self._code = encoder.code()
        self._tables = tuple(
            np.concatenate(tables) if tables else np.zeros(1, dtype)
            for dtype, tables in zip(_TYPES, encoder.tables, strict=True)
        )
        self._pool = np.concatenate(encoder.pool) if encoder.pool else np.zeros(1, np.int64)
        self._slots = encoder.slots
        self._unsigned = tuple(self._buffer.view(dtype) for dtype in _TYPES)
        self._signed = tuple(self._buffer.view(f"i{dtype.itemsize}") for dtype in _TYPES)
        #: For each output register and limb: its position, its width, and where it goes.
        self._outputs: list[tuple[int, int, int, int]] = []
        for number, out in enumerate(assembled.outputs):
            for k in range(0 if out is None else max(1, out.limbs)):
                assert out is not None
                self._outputs.append((encoder.at(out) + k * strip, width_of(out), number, k))

    def _table(self, number: int) -> Array:
        """What an instruction reads that is the same for every block."""
        executor = self._executor
        match executor.assembled.code.instructions[number]:
            case Take():
                return executor.table(number)
            case Scaled():
                return executor.scaled(number).values
            case Ranked(_, root, _):
                return executor.rows.rows[root].ascending[1]
            case Form(out, root):
                if isinstance(executor.program.roots[root], Coordinate):
                    return np.zeros(0, np.uint8)
                row = executor.rows.rows[root]
                return row.as_limbs if out.limbs else row.values
        raise AssertionError(number)

    def run(self, start: int, stop: int, results: Sequence[Array | None]) -> None:
        """Write the outputs at ``start <= index < stop``."""
        count = stop - start
        given = _Given(self._executor, start, count, self._slots)
        totals = [0, 0, 0, 0]
        outputs = []
        for at, width, _, _ in self._outputs:
            outputs.append((at, width, totals[width]))
            totals[width] += count
        found = tuple(np.empty(total, dtype) for total, dtype in zip(totals, _TYPES, strict=True))
        numbering = self._run(
            self._code,
            np.array(outputs, np.int64).reshape(len(outputs), 3),
            self._unsigned,
            self._signed,
            self._tables,
            self._pool,
            given.loaded(),
            given.numbers(),
            given.slots(),
            found,
            count,
            self._strip,
        )
        if numbering != NUMBERING:
            raise ExactnetError("the machine code that Numba kept on disk is of another version: remove its cache (__pycache__)")
        for (_, width, number, k), (_, _, place) in zip(self._outputs, outputs, strict=True):
            result = results[number]
            assert result is not None
            target = result[k] if result.ndim == 2 else result
            target[:] = found[width][place : place + count].view(target.dtype)


class _Given:
    """What instructions read of one block: for each slot, an offset, and numbers for each row of the block."""

    def __init__(self, executor: CompiledExecutor, start: int, count: int, slots: Sequence[Slot]) -> None:
        self._executor, self._start, self._count = executor, start, count
        self._places: list[int] = []
        self._numbers: list[Array] = []
        self._filled = 0
        self._loaded: list[list[Array]] = [[], [], [], []]
        self._sizes = [0, 0, 0, 0]
        self._heads: dict[int, list[int]] = {}
        self._coordinates: dict[int, Array] = {}
        for slot in slots:
            offset, numbers = self._compute(slot)
            self._places.append(self._filled)
            self._numbers.extend((np.array([offset], np.int64), numbers))
            self._filled += 1 + len(numbers)

    def loaded(self) -> tuple[Array, ...]:
        """Coordinates by width."""
        parts = zip(self._loaded, _TYPES, strict=True)
        return tuple(np.concatenate(arrays) if arrays else np.zeros(1, dtype) for arrays, dtype in parts)

    def numbers(self) -> Array:
        """The numbers of all slots, one after the other."""
        return np.concatenate(self._numbers) if self._numbers else np.zeros(1, np.int64)

    def slots(self) -> Array:
        """Where the numbers of each slot begin."""
        return np.array(self._places, np.int64)

    def _compute(self, slot: Slot) -> tuple[int, Array]:
        executor = self._executor
        instruction = executor.assembled.code.instructions[slot.number]
        if isinstance(instruction, Scaled):
            row = executor.scaled(slot.number)
            heads = row.heads(*self._rows(row.length), instruction.out.limbs)
            return self._start % row.length, heads.T.ravel()
        assert isinstance(instruction, Form | Ranked)
        if slot.kind == COORDINATE:
            assert isinstance(instruction, Form)
            return self._load(instruction.root, slot.place, width_of(instruction.out)), np.zeros(0, np.int64)
        offset = self._start % executor.rows.length
        known = self._heads_of(instruction.root)
        if isinstance(instruction, Ranked):
            ascending = executor.rows.rows[instruction.root].ascending[0]
            return offset, np.array([bisect_right(ascending, slot.place - head) for head in known], np.int64)
        if instruction.out.limbs:
            return offset, limbs.split(known, instruction.out.limbs).T.ravel()
        return offset, np.array(known, np.uint64).view(np.int64)

    def _rows(self, length: int) -> tuple[int, int]:
        """The first row of this length that the block touches, and how many it does."""
        first = self._start // length
        return first, (self._start + self._count - 1) // length - first + 1

    def _heads_of(self, root: int) -> list[int]:
        if root not in self._heads:
            rows = self._executor.rows
            self._heads[root] = rows.heads(root, *self._rows(rows.length)).tolist()
        return self._heads[root]

    def _load(self, root: int, limb: int, width: int) -> int:
        """Where the values of a coordinate, or one limb of them, are among what is loaded."""
        if root not in self._coordinates:
            form = self._executor.program.roots[root]
            assert isinstance(form, Coordinate)
            values = self._executor.inputs.coordinate(form.input, self._start, self._start + self._count)
            self._coordinates[root] = values
        values = self._coordinates[root]
        part = np.ascontiguousarray(values[limb] if values.ndim == 2 else values)
        self._loaded[width].append(part.view(_TYPES[width]))
        self._sizes[width] += self._count
        return self._sizes[width] - self._count
