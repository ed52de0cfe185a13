"""Code as numbers: what the compiled back end runs (:mod:`.kernels`), from :class:`~exactnet.evaluate.code.Code`.

Registers become positions in one buffer, constants and tables arrays, and every instruction one row of integers or a few.
What depends on the block of inputs (values of coordinates, heads of rows, bounds of ranks) has a *slot*: see :class:`Slot`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from zlib import crc32

import numpy as np
import numpy.typing as npt

from exactnet.evaluate.code import (
    Apply,
    Classify,
    Code,
    Collect,
    Form,
    Instruction,
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
from exactnet.evaluate.limbs import BASE as LIMB
from exactnet.evaluate.limbs import BITS, SignedTable, split
from exactnet.evaluate.searching import segments_of

__all__ = ["Encoder", "Slot", "width_of"]

Array = npt.NDArray[Any]

#: Instructions: ``op, out, a, b, c, d, e, f`` in a row of int64; ``[p]`` is the register at ``p`` of the type at hand.
#: Up to ``TAKE`` the number of an instruction is ``16·kind + 4·r + w``, logarithms of the widths read and written.
COPY, ADD, SUBTRACT, ADD_TO, SUBTRACT_FROM = range(5)  # [out] from [a] and [b]; [out] and [a]
NEGATE, ADD_NUMBER, MULTIPLY_NUMBER, MAXIMUM = range(5, 9)  # [out] and the number c
SHIFT, AND = 9, 10  # [out] from [a] and the number c
GREATER = 12  # 1[[a] > c]
EXTEND, EXTEND_SIGN, CUT = 13, 14, 15  # [out] from [a]
TAKE = 16  # [out] = table b at [a]
WIDTHS = 17 * 16  # numbers below this are of that kind
FORM, LOAD, RANKED, BASE, TERM, CARRY, SCALED, LOW, STEP, RAMP, CLASSIFY, SEARCH, OPERAND = range(WIDTHS, WIDTHS + 13)
#: A checksum of all these numbers: machine code that was kept on disk must have been compiled with the same.
NUMBERING = crc32(repr(sorted((name, n) for name, n in globals().items() if name.isupper() and type(n) is int)).encode())

#: Rows of int64 that are free for what lies within one instruction: limbs of a machine integer, and a result.
_LIMBS, _RESULT, SPARE = 0, 3, 8
_WORD = 3
_OF_ANOTHER = {np.right_shift: SHIFT, np.bitwise_and: AND}
_IN_PLACE = {np.add: ADD_NUMBER, np.subtract: ADD_NUMBER, np.multiply: MULTIPLY_NUMBER, np.maximum: MAXIMUM}
ROWS: Literal["rows"] = "rows"
COORDINATE: Literal["coordinate"] = "coordinate"


@dataclass(frozen=True, slots=True)
class Slot:
    """What an instruction reads of the block (:mod:`.compiled_exec` computes it)."""

    kind: Literal["rows", "coordinate"]
    number: int
    """Of the instruction."""
    place: int = 0
    """The place that is compared with, or the limb."""


def width_of(register: Register) -> int:
    """The logarithm of the bytes of one item."""
    return register.dtype.itemsize.bit_length() - 1


class Encoder:
    """Makes rows of numbers.

    Parameters
    ----------
    places : the buffer of each register. ``positions``: where each buffer begins, in bytes; ``spare``: where spare rows do.
    strip : inputs at a time.
    tables : gives the table of a :class:`Take`, and the rows of :class:`Form`, :class:`Ranked`, :class:`Scaled`, by the number
        of the instruction.
    """

    def __init__(
        self, code: Code, places: Sequence[int], positions: Sequence[int], spare: int, strip: int,
        tables: Callable[[int], Array],
    ) -> None:  # fmt: skip
        self._places, self._positions, self._spare, self._strip = places, positions, spare, strip
        self._table_of = tables
        self.rows: list[tuple[int, ...]] = []
        self.pool: list[Array] = []
        self._pooled = 0
        self.tables: list[list[Array]] = [[], [], [], []]
        self._tabled = [0, 0, 0, 0]
        self.slots: list[Slot] = []
        for number, instruction in enumerate(code.instructions):
            self._encode(number, instruction)

    def code(self) -> npt.NDArray[np.int64]:
        """The rows."""
        rows = [row + (0,) * (8 - len(row)) for row in self.rows]
        return np.array(rows, np.int64).reshape(len(rows), 8)

    def at(self, register: Register) -> int:
        """The position of a register, in items."""
        return self._positions[self._places[register.number]] // register.dtype.itemsize

    # --- numbers ------------------------------------------------------------------------------------

    def _emit(self, op: int, *operands: int) -> None:
        self.rows.append((op, *operands))

    def _simple(self, kind: int, read: int, written: int, *operands: int) -> None:
        self._emit(16 * kind + 4 * read + written, *operands)

    def _number(self, kind: int, width: int, out: int, value: int, a: int = 0) -> None:
        """An operation with a number, which counts modulo ``2^64``."""
        self._simple(kind, width, width, out, a, 0, _signed(value))

    def _constants(self, limbs: Array) -> int:
        flat = np.ascontiguousarray(limbs, np.int64).ravel()
        self.pool.append(flat)
        self._pooled += len(flat)
        return self._pooled - len(flat)

    def _table(self, width: int, values: Array) -> int:
        flat = np.ascontiguousarray(values).ravel().view(f"u{1 << width}")
        self.tables[width].append(flat)
        self._tabled[width] += len(flat)
        return self._tabled[width] - len(flat)

    def _slot(self, kind: Literal["rows", "coordinate"], number: int, place: int = 0) -> int:
        self.slots.append(Slot(kind, number, place))
        return len(self.slots) - 1

    def _spare_row(self, row: int, width: int) -> int:
        return (self._spare + 8 * self._strip * row) >> width

    # --- instructions -------------------------------------------------------------------------------

    def _encode(self, number: int, instruction: Instruction) -> None:
        match instruction:
            case Apply(ufunc, out, operands):
                self._apply(ufunc, out, operands)
            case Form(out, _):
                self._form(number, out)
            case Ranked(outs, _, places):
                ranks = self._table_of(number)
                width = ranks.dtype.itemsize.bit_length() - 1
                start = self._table(width, ranks)
                for out, place in zip(outs, places, strict=True):
                    self._emit(RANKED, self.at(out), start, len(ranks), self._slot(ROWS, number, place), width)
            case Take(out, index, _, _):
                values, width = self._table_of(number), width_of(out)
                read, at = width_of(index), self.at(index)
                if read == 2:
                    read, at = 3, self._widened(index, 3, _LIMBS)
                for k, row in enumerate(values if out.limbs else [values]):
                    target = self.at(out) + k * self._strip
                    self._simple(TAKE, read, width, target, at, self._table(width, row))
            case Collect():
                self._collect(instruction)
            case Scaled(out, mask, _, _, _):
                self._scaled(number, out, mask)
            case Low(out, values):
                self._low(out, self.at(values), values.limbs)
            case Step(out, values, place):
                limbs = self._constants(split([place], values.limbs))
                self._emit(STEP, self.at(out), values.limbs, self.at(values), limbs)
            case Ramp(out, values, place):
                limbs = self._constants(split([place], values.limbs))
                self._emit(RAMP, self.at(out), values.limbs, self.at(values), limbs)
            case Classify(out, values, places):
                self._classify(values, places)
                self._simple(CUT, 3, width_of(out), self.at(out), self._spare_row(_RESULT, 3))
            case Search(out, values, kinks, low):
                self._search(out, values, kinks, low)

    def _apply(self, ufunc: np.ufunc, out: Register, operands: tuple[Operand, ...]) -> None:
        width, target = width_of(out), self.at(out)
        match operands:
            case (Register() as first,) if ufunc is np.positive:
                self._load(first, out)
            case (Register() as first, np.ndarray() as number) if ufunc is np.greater and _unsigned(first):
                self._simple(GREATER, width_of(first), 0, target, self.at(first), 0, _signed(number))
            case (Register() as first, np.ndarray() as number) if ufunc in _OF_ANOTHER and _unsigned(first, out):
                self._number(_OF_ANOTHER[ufunc], width, target, int(number), self.at(first))
            case (Register() as first, np.ndarray() as number) if ufunc in _IN_PLACE:
                if ufunc is np.maximum and not _unsigned(first, out):
                    raise AssertionError(operands)
                self._load(first, out)
                self._number(_IN_PLACE[ufunc], width, target, -int(number) if ufunc is np.subtract else int(number))
            case (np.ndarray() as number, Register() as second) if ufunc is np.subtract:
                self._load(second, out)
                self._simple(NEGATE, width, width, target)
                self._number(ADD_NUMBER, width, target, int(number))
            case (Register() as first, Register() as second) if ufunc in (np.add, np.subtract):
                left, right = self._widened(first, width, _LIMBS), self._widened(second, width, _LIMBS + 1)
                self._add(ufunc is np.add, width, target, left, right)
            case _:
                raise AssertionError(ufunc, operands)

    def _add(self, plus: bool, width: int, target: int, left: int, right: int) -> None:
        """``left + right``, or ``left - right``; in place where the target is one of them."""
        if target == left:
            self._simple(ADD_TO if plus else SUBTRACT_FROM, width, width, target, right)
        elif target == right:
            if not plus:
                self._simple(NEGATE, width, width, target)
            self._simple(ADD_TO, width, width, target, left)
        else:
            self._simple(ADD if plus else SUBTRACT, width, width, target, left, right)

    def _convert(self, register: Register, width: int, target: int) -> None:
        """The register as another type: modulo ``2^bits``, with its sign where it has one."""
        read = width_of(register)
        kind = CUT if read > width else EXTEND_SIGN if register.dtype.kind == "i" else EXTEND
        self._simple(COPY if read == width else kind, read, width, target, self.at(register))

    def _load(self, register: Register, out: Register) -> None:
        if width_of(register) != width_of(out) or self.at(register) != self.at(out):
            self._convert(register, width_of(out), self.at(out))

    def _widened(self, register: Register, width: int, row: int) -> int:
        """The position of the register in items of a width, perhaps of a copy."""
        if width_of(register) == width:
            return self.at(register)
        self._convert(register, width, self._spare_row(row, width))
        return self._spare_row(row, width)

    def _form(self, number: int, out: Register) -> None:
        rows = self._table_of(number)
        if not len(rows):  # a coordinate, which is given with the block
            for k in range(max(1, out.limbs)):
                slot = self._slot(COORDINATE, number, k)
                self._emit(LOAD, self.at(out) + k * self._strip, 0, 0, slot, width_of(out))
        elif out.limbs:
            self._emit(BASE, self.at(out), out.limbs, self._constants(np.zeros(out.limbs)), 1)
            self._scaled(number, out, None)
            self._emit(CARRY, self.at(out), out.limbs)
        else:
            start = self._table(width_of(out), rows)
            self._emit(FORM, self.at(out), start, len(rows), self._slot(ROWS, number), width_of(out))

    # --- limbs --------------------------------------------------------------------------------------

    def _scaled(self, number: int, out: Register, mask: Register | None) -> None:
        rows = self._table_of(number)
        start, slot = self._table(3, rows), self._slot(ROWS, number)
        at = 0 if mask is None else self.at(mask)
        self._emit(SCALED, self.at(out), out.limbs, at, start, rows.shape[1], slot, int(mask is not None))

    def _collect(self, instruction: Collect) -> None:
        out = instruction.out
        if instruction.fresh or instruction.base:
            limbs = self._constants(split([instruction.base], out.limbs))
            self._emit(BASE, self.at(out), out.limbs, limbs, int(instruction.fresh))
        for register, factor, size in instruction.terms:
            values, count = self._operand(register, size)
            column = SignedTable([factor]).limbs[:, 0]
            self._emit(TERM, self.at(out), out.limbs, values, count, self._constants(column), len(column))
        if instruction.carry:
            self._emit(CARRY, self.at(out), out.limbs)

    def _operand(self, register: Register, size: int) -> tuple[int, int]:
        """The position and number of the limbs of a register with values below ``size``."""
        if register.limbs:
            return self.at(register), register.limbs
        count = 1 if size <= LIMB else -(-(size - 1).bit_length() // BITS)
        at = self._spare_row(_LIMBS, 3)
        self._emit(OPERAND, at, count, self.at(register), width_of(register))
        return at, count

    def _low(self, out: Register, values: int, limbs: int) -> None:
        at = self.at(out) if width_of(out) == 3 else self._spare_row(_RESULT, 3)
        self._emit(LOW, at, limbs, values)
        if width_of(out) != 3:
            self._simple(CUT, 3, width_of(out), self.at(out), at)

    def _classify(self, values: Register, places: Sequence[int]) -> tuple[int, int]:
        """Put the number of places below each value into the row for results; the limbs of the values."""
        at, count = self._operand(values, 1 << 8 * values.dtype.itemsize)
        limbs = self._constants(split(places, count))
        self._emit(CLASSIFY, self._spare_row(_RESULT, 3), count, at, limbs, len(places))
        return at, count

    def _search(self, out: Register, values: Register, kinks: Sequence[tuple[int, int]], low: int) -> None:
        at, count = self._classify(values, [t for t, _ in kinks])
        slopes, offsets = (SignedTable(numbers).limbs for numbers in segments_of(kinks, low))
        data = [np.array([slopes.shape[1], len(slopes), len(offsets)]), slopes.ravel(), offsets.ravel()]
        limbs = out.limbs or _WORD
        total = self.at(out) if out.limbs else self._spare_row(_RESULT + 1, 3)
        self._emit(SEARCH, total, limbs, at, count, self._constants(np.concatenate(data)), self._spare_row(_RESULT, 3))
        self._emit(CARRY, total, limbs)
        if not out.limbs:
            self._low(out, total, limbs)


def _unsigned(*registers: Register) -> bool:
    """Whether the registers are seen as unsigned integers of one width."""
    return all(r.dtype.kind == "u" for r in registers) and len({r.dtype.itemsize for r in registers}) == 1


def _signed(constant: Any) -> int:
    """A number modulo ``2^64`` as an int64."""
    return (int(constant) + 2**63) % 2**64 - 2**63
