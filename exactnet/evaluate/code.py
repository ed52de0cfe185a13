"""Straight-line code over registers: what a program becomes before it meets actual arrays.

A register stands for an array of one value per input: a machine integer, or several limbs (:mod:`.limbs`). Registers
are written more than once (sums accumulate in place), and are mapped to few buffers once all the code is there. Every
instruction says what it computes exactly;
unsigned registers are exact modulo ``2^bits``, and whoever emits code knows which of them hold their true value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from exactnet.evaluate.inputs import narrowest
from exactnet.evaluate.limbs import limbs_of

__all__ = [
    "Apply", "Classify", "Code", "Collect", "Form", "Instruction", "Low", "Operand", "Ramp", "Ranked", "Register",
    "Scaled", "Search", "Step", "Take", "bytes_each", "constant",
]  # fmt: skip

Array = npt.NDArray[Any]
DType = np.dtype[Any]
BOOL, WORD = np.dtype(np.bool_), np.dtype(np.int64)


@dataclass(frozen=True, slots=True)
class Register:
    """A register, seen as an array of a type; the same bytes may be seen as signed or as unsigned.

    With ``limbs > 0`` it holds that many rows of int64, and its values are never negative.
    """

    number: int
    dtype: DType
    limbs: int = 0

    def seen(self, dtype: DType) -> Register:
        """The same bytes as another type of the same width."""
        return Register(self.number, dtype)


#: What an instruction reads: a register, or an array without dimensions.
Operand = Register | Array


@dataclass(frozen=True, slots=True)
class Apply:
    """``out = ufunc(*operands)``, computed in the type of ``out`` (comparisons: in that of the first operand); no limbs."""

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
    """``out = table[index]``; the table is the sum of the ``parts``, functions of ``size`` values shifted by bits."""

    out: Register
    index: Register
    #: Each part: kinks, low (see :class:`~exactnet.evaluate.program.Function`), shift.
    parts: tuple[tuple[tuple[tuple[int, int], ...], int, int], ...]
    size: int


@dataclass(frozen=True, slots=True)
class Collect:
    """``out = base + Σ factor·x`` in limbs, or ``out += ...`` unless ``fresh``; each term is ``(register, factor, size)``.
    Limbs are made normal at the end if ``carry``; else their columns are still open."""

    out: Register
    fresh: bool
    base: int
    terms: tuple[tuple[Register, int, int], ...]
    carry: bool


@dataclass(frozen=True, slots=True)
class Scaled:
    """``out += mask·(slope·n + offset)`` in limbs, columns open, for a separable root ``n``, which is never computed
    itself: its multiples are sums over high and low coordinates as well, so that nothing is multiplied."""

    out: Register
    mask: Register | None
    root: int
    slope: int
    offset: int


@dataclass(frozen=True, slots=True)
class Low:
    """``out`` is the value of limbs modulo ``2^bits``."""

    out: Register
    values: Register


@dataclass(frozen=True, slots=True)
class Step:
    """``out = 1[n > place]`` for a value in limbs."""

    out: Register
    values: Register
    place: int


@dataclass(frozen=True, slots=True)
class Ramp:
    """``out = [n - place]+`` for a value in limbs, in as many limbs."""

    out: Register
    values: Register
    place: int


@dataclass(frozen=True, slots=True)
class Classify:
    """``out`` is how many of the ascending ``places`` lie below ``values``."""

    out: Register
    values: Register
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """``out`` is the piecewise linear function ``Σ d_t [n - t]+ - low`` of ``values``, by binary search."""

    out: Register
    values: Register
    kinks: tuple[tuple[int, int], ...]
    low: int


Instruction = Apply | Form | Ranked | Take | Collect | Scaled | Low | Step | Ramp | Classify | Search


def bytes_each(register: Register) -> int:
    """How many bytes one value of a register takes."""
    return register.dtype.itemsize * max(1, register.limbs)


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
        #: The type and the number of limbs of each register.
        self.types: list[tuple[DType, int]] = []

    def new(self, dtype: DType, limbs: int = 0) -> Register:
        """A fresh register."""
        self.types.append((dtype, limbs))
        return Register(len(self.types) - 1, dtype, limbs)

    def new_for(self, size: int) -> Register:
        """A fresh register for values in ``0 .. size - 1``: of the narrowest machine type, else of limbs."""
        limbs = limbs_of(size)
        return self.new_wide(limbs) if limbs else self.new(narrowest(size))

    def new_wide(self, limbs: int) -> Register:
        """A fresh register of limbs."""
        return self.new(WORD, limbs)

    def emit(self, instruction: Instruction) -> None:
        """Append an instruction."""
        self.instructions.append(instruction)

    def apply(self, ufunc: np.ufunc, out: Register, *operands: Operand) -> Register:
        """Append ``out = ufunc(*operands)``."""
        self.instructions.append(Apply(ufunc, out, operands))
        return out

    def cast(self, values: Register, dtype: DType) -> Register:
        """The values modulo the range of a type."""
        if values.limbs:
            low = self.new(dtype)
            self.emit(Low(low, values))
            return low
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
        case Collect(out, _, _, terms, _):
            yield out.number
            for register, _, _ in terms:
                yield register.number
        case Scaled(out, mask, _, _, _):
            yield out.number
            if mask is not None:
                yield mask.number
        case Take(out, source, _, _) | Search(out, source, _, _):
            yield out.number
            yield source.number
        case Classify(out, source, _) | Low(out, source) | Step(out, source, _) | Ramp(out, source, _):
            yield out.number
            yield source.number
