"""Relations between an original ``N`` and a constructed network ``N'``, one class each.

A relation says what ``N'`` must give where ``N`` gives a value, on rationals (the definition, used to replay inputs) and on
blocks of outputs. In ``Equal``, ``Floor`` and ``Clip``, ``r*N'(x)`` must be an integer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.kernel.rationals import format_rational
from exactnet.kernel.values import Block

__all__ = ["Clip", "Equal", "Floor", "Near", "Relation", "Within"]

Values = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Relation(ABC):
    """What the constructed network must compute.

    Attributes
    ----------
    r : ``r*N'(x)`` is what digests are made of; at least 1.
    """

    r: int
    kind: ClassVar[str]

    def expected(self, value: mpq) -> mpq:
        """The value that the constructed network must have (or be near) where the original has ``value``."""
        return value

    @abstractmethod
    def differs(self, original: Block, constructed: Block, output: int) -> tuple[Flags, Values]:
        """Where an output breaks the relation, and ``r*N'`` (rounded down where it is no integer)."""

    def compare(self, original: Block, constructed: Block, outputs: int) -> tuple[Flags, list[Values]]:
        """Where the outputs break the relation, and the columns that are digested."""
        compared = [self.differs(original, constructed, output) for output in range(outputs)]
        return np.logical_or.reduce([flags for flags, _ in compared]), [values for _, values in compared]

    @property
    def epsilon(self) -> mpq | None:
        """How far ``N'`` may be from what is expected; None where it may not."""
        return None

    def allows(self, value: mpq, got: mpq) -> bool:
        """Whether the constructed network may have the value ``got`` where the original has ``value``."""
        return bool(abs(got - self.expected(value)) <= (self.epsilon or 0))

    def holds(self, values: Sequence[mpq], got: Sequence[mpq]) -> bool:
        """Whether the constructed network may give ``got`` where the original gives ``values``."""
        return all(map(self.allows, values, got))

    def largest(self, output_range: int) -> int:
        """An integer that ``|N'|`` does not exceed where the relation holds and ``|N| <= output_range``."""
        return output_range if self.epsilon is None else output_range + 1 + int(self.epsilon)

    def as_json(self) -> dict[str, str]:
        """The relation as it stands in a certificate."""
        tolerance = {} if self.epsilon is None else {"epsilon": format_rational(self.epsilon)}
        return {"kind": self.kind, "r": str(self.r), **tolerance}


@dataclass(frozen=True)
class Equal(Relation):
    """``N'(x) = N(x)``, a multiple of ``1/r``; with ``r = 0`` equal, multiples of whatever there are.

    >>> Equal(2).expected(mpq(1, 2))
    mpq(1,2)
    """

    r: int = 0
    kind: ClassVar[str] = "equal"

    def differs(self, original: Block, constructed: Block, output: int) -> tuple[Flags, Values]:
        r = self.r or lcm(int(original.denominator(output)), int(constructed.denominator(output)))
        return _unequal(*original.split(output, r), *constructed.split(output, r))


@dataclass(frozen=True)
class Floor(Relation):
    """``N'(x) = floor(r*N(x))/r``.

    >>> Floor(10).expected(mpq(19, 20))
    mpq(9,10)
    """

    kind: ClassVar[str] = "floor"

    def expected(self, value: mpq) -> mpq:
        return _floor(value, self.r)

    def differs(self, original: Block, constructed: Block, output: int) -> tuple[Flags, Values]:
        return _unequal(original.split(output, self.r)[0], None, *constructed.split(output, self.r))


@dataclass(frozen=True)
class Clip(Relation):
    """``N'(x) = floor(r*clip(N(x)))/r`` with ``clip(z) = min(max(z, -limit), limit)``.

    >>> Clip(10, 3).expected(mpq(7, 2))
    mpq(3,1)
    """

    limit: int
    """``R``."""
    kind: ClassVar[str] = "clip"

    def expected(self, value: mpq) -> mpq:
        return _floor(min(max(value, mpq(-self.limit)), mpq(self.limit)), self.r)

    def differs(self, original: Block, constructed: Block, output: int) -> tuple[Flags, Values]:
        # floor(r*clip(z)) is floor(r*z) clipped to [-rR, rR], as these are integers.
        floors, most = original.split(output, self.r)[0], self.r * self.limit
        if floors.dtype.hasobject or most <= np.iinfo(np.int64).max:  # else none of the int64 floors lies beyond
            floors = np.minimum(np.maximum(floors, -most), most)
        return _unequal(floors, None, *constructed.split(output, self.r))


@dataclass(frozen=True)
class Within(Relation):
    """``|N'(x) - N(x)| <= tolerance``."""

    tolerance: mpq
    kind: ClassVar[str] = "within"

    @property
    def epsilon(self) -> mpq:
        return self.tolerance

    def _multiples(self, original: Block, output: int, common: int) -> Values:
        """What is expected, in units of ``1/common``: Python integers."""
        return original.split(output, common)[0].astype(object)

    def differs(self, original: Block, constructed: Block, output: int) -> tuple[Flags, Values]:
        common = lcm(self.r, int(original.denominator(output)), int(constructed.denominator(output)))  # all values are multiples
        gap = abs(constructed.split(output, common)[0].astype(object) - self._multiples(original, output, common))
        beyond = gap * int(self.epsilon.denominator) > int(self.epsilon.numerator) * common
        return np.asarray(beyond, dtype=np.bool_), constructed.split(output, self.r)[0]


@dataclass(frozen=True)
class Near(Within):
    """``|N'(x) - floor(r*N(x) + 1/2)/r| <= tolerance``.

    >>> near = Near(2, mpq(1, 8))
    >>> near.expected(mpq(4, 5)), near.allows(mpq(4, 5), mpq(9, 8)), near.allows(mpq(4, 5), mpq(6, 5))
    (mpq(1,1), True, False)
    """

    kind: ClassVar[str] = "near"

    def expected(self, value: mpq) -> mpq:
        return _floor(value + mpq(1, 2 * self.r), self.r)

    def _multiples(self, original: Block, output: int, common: int) -> Values:
        # floor(r*N + 1/2) = floor((floor(2r*N) + 1)/2)
        return (original.split(output, 2 * self.r)[0].astype(object) + 1) // 2 * (common // self.r)


def _floor(value: mpq, r: int) -> mpq:
    """The largest multiple of ``1/r`` that is at most ``value``."""
    scaled = value * r
    return mpq(scaled.numerator // scaled.denominator, r)


def _unequal(expected: Values, expected_whole: Flags | None, got: Values, got_whole: Flags | None) -> tuple[Flags, Values]:
    """Where two arrays of floors differ, or one of the values is no integer; and the second array."""
    differs = np.asarray(expected != got, dtype=np.bool_)
    for whole in (expected_whole, got_whole):
        if whole is not None:
            differs = differs | ~whole
    return differs, got
