"""Straight-line code over registers: what a program becomes before it meets actual arrays.

A register stands for an array of one machine integer per input. Registers are written more than once (sums accumulate in place),
and are mapped to few buffers once all the code is there. Every instruction says what it computes exactly; unsigned registers are
exact modulo ``2^bits``, and whoever emits code knows which of them hold their true value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from exactnet.engine.program import Pairs

__all__ = ["Apply", "Code", "Form", "Instruction", "Operand", "Ranked", "Register", "Take", "constant", "registers"]

Array = npt.NDArray[Any]
DType = np.dtype[Any]
BOOL = np.dtype(np.bool_)


@dataclass(frozen=True, slots=True)
class Register:
    """A register, seen as an array of a type; the same bytes may be seen as signed or as unsigned."""

    number: int
    dtype: DType

    def seen(self, dtype: DType) -> Register:
        """The same bytes as another type of the same width."""
        return Register(self.number, dtype)


#: What an instruction reads: a register, or an array without dimensions.
Operand = Register | Array


@dataclass(frozen=True, slots=True)
class Apply:
    """``out = ufunc(*operands)``, computed in the type of ``out`` (comparisons: in that of the first operand)."""

    ufunc: np.ufunc
    out: Register
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """``out`` is a root of the program that depends on the inputs alone."""

    out: Register
    root: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """``outs[k] = 1[n > places[k]]`` for a separable root ``n``, which is never computed itself."""

    outs: tuple[Register, ...]
    root: int
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Take:
    """``out = table[index]`` for the table of ``Σ d_t·[n - t]+ - low``, ``0 <= n < size``."""

    out: Register
    index: Register
    kinks: Pairs
    low: int
    size: int


Instruction = Apply | Form | Ranked | Take


def constant(value: int, dtype: DType) -> Array:
    """A number as an array without dimensions, modulo the range of an integer type.

    >>> constant(255, np.dtype(np.int8)).item(), constant(-1, np.dtype(np.uint8)).item()
    (-1, 255)
    """
    bits = 8 * dtype.itemsize
    return np.array(value % (1 << bits), f"u{dtype.itemsize}").view(dtype)


class Code:
    """Instructions and the types of their registers."""

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self.types: list[DType] = []

    def new(self, dtype: DType) -> Register:
        """A fresh register."""
        self.types.append(dtype)
        return Register(len(self.types) - 1, dtype)

    def emit(self, instruction: Instruction) -> None:
        """Append an instruction."""
        self.instructions.append(instruction)

    def apply(self, ufunc: np.ufunc, out: Register, *operands: Operand) -> Register:
        """Append ``out = ufunc(*operands)``."""
        self.instructions.append(Apply(ufunc, out, operands))
        return out

    def cast(self, values: Register, dtype: DType) -> Register:
        """The values modulo the range of a type."""
        return self.apply(np.positive, self.new(dtype), values)


def registers(instruction: Instruction) -> Iterable[int]:
    """The registers that an instruction reads or writes."""
    match instruction:
        case Apply(_, out, operands):
            yield out.number
            for operand in operands:
                if isinstance(operand, Register):
                    yield operand.number
        case Form(out, _):
            yield out.number
        case Ranked(outs, _, _):
            for out in outs:
                yield out.number
        case Take(out, index, _, _, _):
            yield out.number
            yield index.number
