"""Code for ``base + Σ c·x`` in the narrowest arithmetic that is provably exact.

Terms of the same ``|c|`` are added first, then multiplied once. A partial sum is kept in the narrowest type that
holds every value it can take (the sum of the bounds of its terms), and is widened only when it must. Once it has the
type of the result it is exact modulo ``2^bits``, which is enough: the result is known to lie in ``0 .. size - 1``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from exactnet.evaluate.code import Code, Collect, DType, Register, Scaled, constant
from exactnet.evaluate.inputs import narrowest
from exactnet.evaluate.limbs import BITS, LIMIT, limbs_of

#: Terms below this fraction of what their type holds are summed up in that type before the sum is widened.
SMALL = 8
#: So many narrow terms wait until they are added to limbs.
AT_ONCE = 16
#: Limbs that hold a machine word.
WORD_LIMBS = 3

__all__ = ["Sum", "Term", "WideSum", "new_sum", "weighted_sum"]


@dataclass(frozen=True, slots=True)
class Term:
    """``factor·x`` for a register whose values lie in ``0 .. size - 1``."""

    register: Register
    factor: int
    size: int


@dataclass(frozen=True, slots=True)
class Part:
    """``sign`` times the values of a register, which lie in ``low .. high``.

    A register as wide as the result may hold them modulo ``2^bits`` only.
    """

    register: Register
    sign: int
    low: int
    high: int
    #: Whether the register may be overwritten.
    owned: bool

    @property
    def capacity(self) -> int:
        """How many values the type of the register has."""
        return 1 << 8 * self.register.dtype.itemsize


def new_sum(code: Code, base: int, size: int) -> Sum | WideSum:
    """``base`` plus terms to come; the result is known to lie in ``0 .. size - 1``."""
    return WideSum(code, base, size) if limbs_of(size) else Sum(code, base, size)


class WideSum:
    """A weighted sum in limbs: columns stay open for as long as none of them can leave int64, whatever the values are."""

    def __init__(self, code: Code, base: int, size: int) -> None:
        self._code, self._base = code, base
        self._limbs = limbs_of(size) or WORD_LIMBS
        self._out: Register | None = None
        self._terms: list[tuple[Register, int, int]] = []
        #: No column is larger than this in absolute value (a constant to come has one limb each).
        self._bound = 1 << BITS

    def add(self, term: Term) -> None:
        """Add a term."""
        bound = _column_bound(term)
        if self._bound + bound >= LIMIT:
            self._collect(carry=True)
            self._bound = 2 << BITS
        self._bound += bound
        self._terms.append((term.register, term.factor, term.size))
        if term.register.limbs or len(self._terms) == AT_ONCE:
            self._collect(carry=False)

    def add_constant(self, value: int) -> None:
        """Add a number."""
        self._base += value

    def add_scaled(self, mask: Register | None, root: int, slope: int, offset: int) -> None:
        """Add ``mask·(slope·n + offset)`` for a separable root ``n``."""
        bound = 2 << BITS
        if self._bound + bound >= LIMIT:
            self._collect(carry=True)
            self._bound = 2 << BITS
        self._bound += bound
        self._code.emit(Scaled(self._out or self._collect(carry=False), mask, root, slope, offset))

    def finish(self) -> Register:
        """The register of the sum."""
        return self._collect(carry=True)

    def _collect(self, carry: bool) -> Register:
        fresh = self._out is None
        out = self._out = self._out or self._code.new_wide(self._limbs)
        self._code.emit(Collect(out, fresh, self._base, tuple(self._terms), carry))
        self._bound += 1 << BITS
        self._base = 0
        self._terms.clear()
        return out


def _column_bound(term: Term) -> int:
    """The most that a term adds to a column: a limb of the factor times the value, or as many products as meet there."""
    limb = (1 << BITS) - 1
    if term.size <= 1 << BITS:
        return (term.size - 1) * limb
    limbs = [-(-number.bit_length() // BITS) for number in (abs(term.factor), term.size - 1)]
    return min(limbs) * limb**2


class Sum:
    """A weighted sum in the making: terms may come one by one, so that they need not all be kept."""

    def __init__(self, code: Code, base: int, size: int) -> None:
        self._code, self._base = code, base
        self._target = narrowest(size)
        #: For each absolute value of a factor and width of terms, their sums: the last one is open for more.
        self._groups: dict[tuple[int, int], list[Part]] = {}

    def add(self, term: Term) -> None:
        """Add a term."""
        code, target = self._code, self._target
        register, owned = term.register, False
        if register.limbs or register.dtype.itemsize > target.itemsize:
            register, owned = code.cast(register, target), True
        part = Part(register, 1 if term.factor > 0 else -1, 0, term.size - 1, owned)
        group = self._groups.setdefault((abs(term.factor), register.dtype.itemsize), [])
        if not group or (part.high < part.capacity // SMALL and not _stays_narrow(group[-1], part, target)):
            group.append(part)
        else:
            group[-1] = _add(code, group[-1], part, target)

    def finish(self) -> Register:
        """The register of the sum, of type ``narrowest(size)``; it may be that of a term."""
        code, target = self._code, self._target
        parts: list[Part] = []
        same_factor: dict[int, list[Part]] = {}
        for (factor, _), group in self._groups.items():
            same_factor.setdefault(factor, []).extend(group)
        for factor, group in same_factor.items():
            if factor == 1:
                parts.extend(group)
            else:
                parts.append(_multiply(code, _add_all(code, group, target), factor, target))
        return _finish(code, _add_all(code, parts, target), self._base, target)


def weighted_sum(code: Code, terms: Iterable[Term], base: int, size: int) -> Register:
    """A register with ``base + Σ factor·x``, known to lie in ``0 .. size - 1``: of type ``narrowest(size)``, else in limbs.

    There is at least one term; the register may be its own.
    """
    total = new_sum(code, base, size)
    for term in terms:
        total.add(term)
    return total.finish()


def _fits(low: int, high: int, bits: int) -> bool:
    """Whether all of ``low .. high`` are values of the unsigned or of the signed type."""
    unsigned = low >= 0 and high < 1 << bits
    return unsigned or (low >= -(1 << bits - 1) and high < 1 << bits - 1)


def _width(low: int, high: int, least: int, most: int) -> int:
    """The bytes of the narrowest type that holds ``low .. high``, from ``least`` to ``most``."""
    width = least
    while width < most and not _fits(low, high, 8 * width):
        width *= 2
    return width


def _seen(register: Register, low: int) -> Register:
    """The register as the signed or unsigned type that shows its true values."""
    return register.seen(np.dtype(f"{'u' if low >= 0 else 'i'}{register.dtype.itemsize}"))


def _sum_range(total: Part, part: Part) -> tuple[int, int]:
    """The range of ``total + part``, with the sign of ``total``."""
    if total.sign == part.sign:
        return total.low + part.low, total.high + part.high
    return total.low - part.high, total.high - part.low


def _stays_narrow(total: Part, part: Part, target: DType) -> bool:
    """Whether ``total + part`` needs no wider type than the wider of the two has."""
    width = max(total.register.dtype.itemsize, part.register.dtype.itemsize)
    return _width(*_sum_range(total, part), width, target.itemsize) == width


def _add_all(code: Code, parts: list[Part], target: DType) -> Part:
    """The sum of at least one part: first as many narrow ones as fit together, then wider ones."""
    width = 1
    while len(parts) > 1:
        parts.sort(key=lambda part: -part.sign)  # a sum begins with a positive part if it can
        sums: list[Part] = []
        for part in parts:
            if part.register.dtype.itemsize > width:
                continue
            fits = sums and _width(*_sum_range(sums[-1], part), width, target.itemsize) == width
            if fits:
                sums[-1] = _add(code, sums[-1], part, target)
            else:
                sums.append(part)
        parts = sums + [part for part in parts if part.register.dtype.itemsize > width]
        width *= 2
    return parts[0]


def _add(code: Code, total: Part, part: Part, target: DType) -> Part:
    """``total + part``, with the sign of ``total``."""
    low, high = _sum_range(total, part)
    ufunc = np.add if total.sign == part.sign else np.subtract
    have = total.register.dtype.itemsize
    width = _width(low, high, max(have, part.register.dtype.itemsize), target.itemsize)
    if width == have == part.register.dtype.itemsize:  # the same operation, seen as signed or as unsigned
        dtype = np.dtype(f"u{width}")
        out = total.register if total.owned else code.new(dtype)
        code.apply(ufunc, out.seen(dtype), total.register.seen(dtype), part.register.seen(dtype))
    else:
        left, right = _seen(total.register, total.low), _seen(part.register, part.low)
        signed = left.dtype.kind == "i" or right.dtype.kind == "i"
        out = total.register if total.owned and width == have else code.new(np.dtype(f"u{width}"))
        code.apply(ufunc, out.seen(np.dtype(f"{'i' if signed else 'u'}{width}")), left, right)
    return Part(out, total.sign, low, high, True)


def _multiply(code: Code, part: Part, factor: int, target: DType) -> Part:
    low, high = factor * part.low, factor * part.high
    have = part.register.dtype.itemsize
    width = _width(low, high, have, target.itemsize)
    seen = _seen(part.register, part.low)
    out = part.register if part.owned and width == have else code.new(np.dtype(f"u{width}"))
    dtype = np.dtype(f"{seen.dtype.kind}{width}")
    code.apply(np.multiply, out.seen(dtype), seen, constant(factor, dtype))
    return Part(out, part.sign, low, high, True)


def _finish(code: Code, total: Part, base: int, target: DType) -> Register:
    if total.sign > 0 and base == 0 and total.register.dtype.itemsize == target.itemsize:
        return total.register.seen(target)
    seen = _seen(total.register, total.low)
    dtype = np.dtype(f"{seen.dtype.kind}{target.itemsize}")
    out = total.register if total.owned and total.register.dtype.itemsize == target.itemsize else code.new(target)
    if total.sign > 0:
        code.apply(np.add, out.seen(dtype), seen, constant(base, dtype))
    else:
        code.apply(np.subtract, out.seen(dtype), constant(base, dtype), seen)
    return out.seen(target)
