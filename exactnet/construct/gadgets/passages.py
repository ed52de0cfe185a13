"""Comparison by first passage: the sign of a form, joined with a digit or a residue, in one layer of gates (route D).

Write ``L >= 0`` as ``S >= D`` with the levels ``H_b = beta*H_{b+1} + A_b - D_b`` of :mod:`windows`, and let ``need_b =
1`` for ``b > 0`` and ``need_0 = 0``.

*Lemma.* ``1[L >= 0] = 1[H_e >= need_e] + sum over b < e of 1[H_{b+1} <= 0 and H_b >= need_b]`` for every level ``e``,
and at most one summand is 1. In a summand ``H_{b+1} = -h`` with ``0 <= h <= (M_b - need_b)/beta`` and ``A_b >= D_b +
need_b + beta*h``.

*Proof.* ``H_b >= 1`` gives ``H_{b-1} >= beta - D_{b-1} >= 1``. So the bits ``s_b = 1[H_b >= need_b]`` do not decrease
as ``b`` goes down, ``s_0 = 1[L >= 0]``, and ``s_0 = s_e + sum of (s_b - s_{b+1})``, where ``s_b - s_{b+1} = 1[s_b = 1
and H_{b+1} <= 0]``. With ``H_{b+1} = -h``, ``H_b = A_b - D_b - beta*h``, which is at most ``M_b - beta*h``.

Modulo ``q`` the summand of level ``b`` becomes the event "``H_{b+1} = -h (mod q)`` for such an ``h``, and ``A_b >= D_b
+ need_b + beta*h``": a set of intervals of the form ``Y*W + A_b``, where ``Y`` is ``H_{b+1}`` mod ``q`` coefficient by
coefficient and ``W`` exceeds every ``A_b`` (10). An exact sum over a form that holds another integer too can join it:

* *a digit* ``A_c``: ``Y = F*W' + A_c`` with ``F`` congruent to ``H_{b+1}`` mod ``q`` (``Y = F`` if ``c = b``), ``W' > A_c`` (11);
* *a residue* ``L mod q'``: ``Y`` congruent to ``H_{b+1}`` mod ``q`` and to ``L`` mod ``q'``, for coprime ``q``, ``q'`` (12).

A summand that holds fires for every ``q``; one that does not holds falsely only if ``q`` divides ``H_{b+1} + h``, a
number that is not 0. The numbers are those of docs/stacked.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exactnet.construct.base.builder import Builder, summed
from exactnet.construct.base.linear import Linear
from exactnet.construct.gadgets.outputs.exact import residue_form
from exactnet.construct.gadgets.windows import Levels
from exactnet.kernel.errors import SizeError, clip_text

__all__ = [
    "Column",
    "Intervals",
    "Passage",
    "digit_at",
    "digit_top",
    "passages",
    "residue_at",
    "residue_top",
    "sign_at",
    "sign_top",
]

Column = npt.NDArray[np.int64]

#: Forms are kept below this, so that breakpoints are 64-bit integers.
FAR = 1 << 62


@dataclass(frozen=True)
class Passage:
    """The summand of one level: ``H_{b+1} = -h`` and ``A_b >= at[h]`` for some ``h``."""

    level: int
    levels: Levels
    width: int
    """More than any value of ``A_b``."""
    at: tuple[int, ...]

    @property
    def above(self) -> Linear:
        """``H_{b+1}``: made when it is asked for, as the choice of a digit size needs none of these long numbers."""
        return self.levels.partial[self.level + 1]

    @property
    def digit(self) -> Linear:
        """``A_b``."""
        return self.levels.digits[self.level]


def _need(level: int) -> int:
    return 1 if level else 0


def passages(builder: Builder, levels: Levels) -> list[Passage]:
    """The summands of the levels below ``levels.exact``, without those that never hold."""
    sums = []
    for level in range(levels.exact):
        first = levels.offsets[level] + _need(level)
        high = builder.interval(levels.digits[level])[1]
        at = tuple(range(first, high + 1, 1 << levels.bits))
        if at:
            sums.append(Passage(level, levels, high + 1, at))
    return sums


@dataclass(frozen=True)
class Intervals:
    """A function of an integer form: ``values[i]`` where ``starts[i] <= form < ends[i]``, and 0 elsewhere."""

    form: Linear
    starts: Column
    ends: Column
    values: Column

    def jumps(self, values: Column) -> tuple[Column, Column]:
        """The breakpoints of the function that has other values on the same intervals, and by how much it jumps there."""
        return summed(np.concatenate([self.starts, self.ends]), np.concatenate([values, -values]))

    @property
    def gates(self) -> int:
        """How many breakpoints there are, at most."""
        return len(np.unique(np.concatenate([self.starts, self.ends])))


def _intervals(builder: Builder, form: Linear, parts: list[tuple[Column, Column, Column]], name: str) -> Intervals:
    if builder.interval(form)[1] >= FAR:
        raise SizeError(f"too large to build: an event of {clip_text(name)} has weights beyond 2^62")
    empty: Column = np.zeros(0, dtype=np.int64)
    starts, ends, values = (
        np.concatenate([np.asarray(part[place], dtype=np.int64) for part in parts] or [empty]) for place in range(3)
    )
    kept = ends > starts
    return Intervals(form, starts[kept], ends[kept], values[kept])


def _congruent(builder: Builder, form: Linear, q: int, residue: int) -> Column:
    """The values of a form that are congruent to a residue."""
    low, high = builder.interval(form)
    return np.arange(low + (residue - low) % q, high + 1, q, dtype=np.int64)


# --- one level, modulo q -------------------------------------------------------------------------


def sign_at(builder: Builder, passage: Passage, q: int, name: str) -> Intervals:
    """The event alone, with the value 1."""
    residue = residue_form(builder, passage.above, q)
    width, parts = passage.width, []
    for h, at in enumerate(passage.at):
        y = _congruent(builder, residue, q, -h)
        parts.append((y * width + at, (y + 1) * width, np.ones_like(y)))
    return _intervals(builder, residue.scaled(width) + passage.digit, parts, name)


def residue_at(builder: Builder, passage: Passage, q: int, form: Linear, modulus: int, name: str) -> Intervals:
    """The event joined with ``form mod modulus``; ``modulus`` is coprime to ``q``."""
    joint = _chinese(passage.above, q, form, modulus)
    residue = residue_form(builder, joint, q * modulus)
    width, parts = passage.width, []
    for h, at in enumerate(passage.at):
        y = _congruent(builder, residue, q, -h)
        y = y[y % modulus != 0]
        parts.append((y * width + at, (y + 1) * width, y % modulus))
    return _intervals(builder, residue.scaled(width) + passage.digit, parts, name)


def _chinese(form: Linear, q: int, other: Linear, modulus: int) -> Linear:
    """A form that is congruent to one form mod ``q`` and to another mod ``modulus``, for coprime numbers."""
    one = modulus * pow(modulus, -1, q)
    return form.scaled(one) + other.scaled(1 - one)


def digit_at(
    builder: Builder, passage: Passage, q: int, level: int, digit: Linear, name: str
) -> Intervals:
    """The event joined with the digit ``A_level``."""
    residue = residue_form(builder, passage.above, q)
    width, high, parts = passage.width, builder.interval(digit)[1], []
    if level == passage.level:
        for h, at in enumerate(passage.at):
            y, a = np.meshgrid(_congruent(builder, residue, q, -h), np.arange(at, high + 1), indexing="ij")
            place = (y * width + a).ravel()
            parts.append((place, place + 1, a.ravel()))
        return _intervals(builder, residue.scaled(width) + passage.digit, parts, name)
    form = (residue.scaled(high + 1) + digit).scaled(width) + passage.digit
    for h, at in enumerate(passage.at):
        y, a = np.meshgrid(_congruent(builder, residue, q, -h), np.arange(1, high + 1), indexing="ij")
        place = (y * (high + 1) + a).ravel()
        parts.append((place * width + at, (place + 1) * width, a.ravel()))
    return _intervals(builder, form, parts, name)


# --- all levels from ``levels.exact`` on, without a modulus ----------------------------------------


def sign_top(builder: Builder, levels: Levels, name: str) -> Intervals:
    """``1[H_e >= need_e]`` alone."""
    top, need = levels.last, _need(levels.exact)
    high = builder.interval(top)[1]
    return _intervals(builder, top, [(np.array([need]), np.array([high + 1]), np.array([1]))], name)


def _above(builder: Builder, levels: Levels, outer: Linear, values: Column, places: Column, name: str) -> Intervals:
    """Intervals of ``outer*W + H_e - min H_e`` where the outer form is one of ``places`` and ``H_e >= need_e``."""
    top, need = levels.last, _need(levels.exact)
    low, high = builder.interval(top)
    width = high - low + 1
    parts = [(places * width + max(0, need - low), (places + 1) * width, values)] if high >= need else []
    return _intervals(builder, outer.scaled(width) + top.plus(-low), parts, name)


def residue_top(builder: Builder, levels: Levels, form: Linear, modulus: int, name: str) -> Intervals:
    """``H_e >= need_e`` joined with ``form mod modulus``."""
    residue = residue_form(builder, form, modulus)
    low, high = builder.interval(residue)
    y = np.arange(low, high + 1)
    y = y[y % modulus != 0]
    return _above(builder, levels, residue, y % modulus, y, name)


def digit_top(builder: Builder, levels: Levels, level: int, name: str) -> Intervals:
    """``H_e >= need_e`` joined with the digit ``A_level``."""
    digit, top = levels.digits[level], levels.last
    a = np.arange(1, builder.interval(digit)[1] + 1)
    if top.terms != digit.terms:
        return _above(builder, levels, digit, a, a, name)
    a = a[a >= _need(levels.exact) + digit.constant - top.constant]  # H_e is A_level but for a constant
    return _intervals(builder, digit, [(a, a + 1, a)], name)
