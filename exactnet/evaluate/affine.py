"""What is asked of an output over a block: floors, which values are integers, the largest value, the denominator.

An output is ``(offset + scale·n)/den`` for an array of ``n >= 0``, which are machine integers or limbs (:mod:`.limbs`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.evaluate import limbs

__all__ = ["Affine", "as_int64"]

Array = npt.NDArray[Any]
_INT64 = 2**63
#: So many remainders at once are put into a gcd.
_PICKED = 64


def as_int64(values: Array) -> Array:
    """Python integers as int64 where all of them fit."""
    if values.dtype == object and all(-_INT64 <= value < _INT64 for value in values.tolist()):
        return values.astype(np.int64)
    return values


@dataclass(frozen=True)
class Affine:
    """An output over a block: ``(offset + scale·n)/den``; ``values`` has shape ``(count,)``, or ``(limbs, count)``."""

    values: Array
    offset: int
    scale: int
    den: int

    @property
    def count(self) -> int:
        return int(self.values.shape[-1])

    @cached_property
    def ends(self) -> tuple[int, int]:
        """The least and the largest ``n`` of a block that is not empty."""
        if self.values.ndim == 2:
            return limbs.extreme(self.values, False), limbs.extreme(self.values, True)
        return int(self.values.min()), int(self.values.max())

    def split(self, r: int) -> tuple[Array, npt.NDArray[np.bool_] | None]:
        """See :meth:`exactnet.evaluate.block.Block.split`."""
        if not self.count:
            return np.zeros(0, np.int64), None
        common = gcd(r * self.offset, r * self.scale, self.den)
        den, offset, scale = self.den // common, r * self.offset // common, r * self.scale // common
        low, high = sorted(offset + scale * n for n in self.ends)
        if max(abs(low), abs(high)) < _INT64:
            numerators = self._modulo(offset, scale)
            if den == 1:
                return numerators, None
            if den >= _INT64:  # the numerators are smaller than the denominator
                floors, whole = np.where(numerators < 0, np.int64(-1), np.int64(0)), numerators == 0
            else:
                floors = numerators // np.int64(den)
                whole = floors * np.int64(den) == numerators
        elif den == 1:
            return _from_limbs(_as_limbs(self.values, offset - low, scale, high - low), low), None
        else:
            base = low // den  # so that what is divided is not negative
            quotients, rest = limbs.divide(_as_limbs(self.values, offset - base * den, scale, high - base * den), den)
            floors, whole = _from_limbs(quotients, base), ~rest.any(axis=0)
        return floors, None if whole.all() else np.asarray(whole, np.bool_)

    def max_abs(self) -> mpq:
        """See :meth:`exactnet.evaluate.block.Block.max_abs`."""
        if not self.count:
            return mpq(0)
        return max(abs(mpq(self.offset + self.scale * n, self.den)) for n in self.ends)

    def denominator(self) -> int:
        """See :meth:`exactnet.evaluate.block.Block.denominator`."""
        if self.den == 1 or not self.count:
            return 1
        # gcd of den and all offset + scale·n: that of den, one of them, and scale·(gcd of all n - that n).
        least = self.ends[0]
        common = gcd(self.den, self.offset + self.scale * least)
        if common > 1:
            common = gcd(common, self.scale * self._gcd_of_differences(least, common))
        return self.den // common

    def _gcd_of_differences(self, least: int, modulus: int) -> int:
        """The gcd of all ``n - least``, up to a factor that makes no difference to its gcd with ``modulus``."""
        values = self.values
        if values.ndim == 1:
            if values.dtype.itemsize <= 2:
                values = np.flatnonzero(np.bincount(values)).astype(values.dtype)
            return int(np.gcd.reduce(values - values.dtype.type(least)))
        differences = _as_limbs(values, -least, 1, self.ends[1] - least)
        modulus = gcd(modulus, *limbs.join(differences[:, :_PICKED]))
        while modulus > 1:
            _, rest = limbs.divide(differences, modulus)
            left = np.flatnonzero(rest.any(axis=0))
            if not len(left):
                break
            modulus = gcd(modulus, *limbs.join(rest[:, left[:_PICKED]]))
        return modulus

    def _modulo(self, offset: int, scale: int) -> npt.NDArray[np.int64]:
        """``offset + scale·n``, computed modulo ``2^64``: exact where all of them fit into int64."""
        words = limbs.low_bits(self.values) if self.values.ndim == 2 else self.values.astype(np.uint64)
        words = words * np.uint64(scale % 2**64) + np.uint64(offset % 2**64)
        return words.view(np.int64)


def _as_limbs(values: Array, offset: int, scale: int, largest: int) -> Array:
    """``offset + scale·n``, known to lie in ``0 .. largest``, as limbs."""
    count = max(1, -(-largest.bit_length() // limbs.BITS))
    total = np.zeros((count, values.shape[-1]), np.int64)
    total[:] = limbs.split([offset], count)
    # Fewer products meet in a column than values have limbs: far fewer than the 2^14 that fit.
    size = 1 << 8 * values.dtype.itemsize
    limbs.add_product(total, limbs.operand(values, size), limbs.SignedTable([scale]).limbs[:, 0])
    limbs.carry(total)
    return total


def _from_limbs(values: Array, base: int) -> Array:
    """``base + n`` for normal limbs: int64 where all of them fit, else Python integers."""
    ends = [base + limbs.extreme(values, largest) for largest in (False, True)]
    if all(-_INT64 <= end < _INT64 for end in ends):
        words = limbs.low_bits(values) + np.uint64(base % 2**64)
        return words.view(np.int64)
    result = np.empty(values.shape[1], object)
    result[:] = [base + value for value in limbs.join(values)]
    return result
