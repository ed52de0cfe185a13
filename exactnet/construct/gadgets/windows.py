"""Comparison by windows: the sign of a form with huge coefficients in one layer of gates, up to rounding (route B).

Write ``L >= 0`` as ``S >= D`` with ``S = sum_b A_b beta^b`` over literals with non-negative coefficients, and let
``D`` have the digits ``D_b`` (the top digit takes the rest). With ``H_b = beta*H_{b+1} + A_b - D_b`` (``H`` above the
top is 0), ``H_0 = S - D``.

*Lemma.* Let ``M_b`` be the largest value of ``A_b - D_b``. If ``S >= D``, some level has ``1 <= H_b <= M_b`` (``0 <=
H_0 <= M_0`` at the lowest). If ``S < D``, no level has, and ``H_b <= 0`` for all ``b > 0``.

*Proof.* If some ``H_b >= 1`` with ``b > 0``, take the highest: ``H_{b+1} <= 0``, so ``H_b <= A_b - D_b <= M_b``. Else
``H_1 <= 0``, so ``H_0 <= M_0``, and ``H_0 >= 0`` means ``S >= D``. Conversely ``H_b >= 1`` gives ``H_{b-1} >= beta -
D_{b-1} >= 1``, so ``H_0 >= 1``.

The window ``1 <= H_b <= M_b`` is recognised modulo ``q``: it is an exact sum over the *single* form ``H_b mod q``,
coefficient by coefficient, with two gates for each multiple of ``q`` in its range. (The classical event asks for
``H_{b+1}`` and ``A_b`` together, a pair form: that costs a factor ``A_b`` in weights and ``nu_b`` in gates, and buys
that exactly one level fires, which a rounded sign does not need.) From the level on where the coefficients of ``H_b``
are small, one gate ``1[H_b >= 1]`` does for all levels above.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

import numpy as np

from exactnet.construct.base.builder import Builder
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.gadgets.digits import Digits, Expansion
from exactnet.construct.gadgets.outputs.exact import residue_form

__all__ = ["Cut", "Cuts", "Levels", "SignCount", "likely_multiples", "sign_count"]


def likely_multiples(mass: int) -> int:
    """About how many multiples of a modulus lie in the range of a form of a mass with random coefficients modulo it."""
    return mass // 4 + 1


@dataclass(frozen=True)
class Cut:
    """A form cut into levels of some bits, whatever its constant: comparisons with many constants have it in common."""

    bits: int
    digits: Digits
    """``A_b``, with values from 0, lowest first."""
    negative: int
    """``S - L`` but for the constant."""

    @classmethod
    def of(cls, builder: Builder, form: Linear, bits: int) -> Cut:
        """Cut a form into levels of ``bits`` bits."""
        expansion = Expansion.of(builder, form, bits)
        return cls(bits, expansion.digits(expansion.negative, max(1, len(expansion.blocks))), expansion.negative)

    @cached_property
    def sums(self) -> tuple[Linear, ...]:
        """``H_b`` without offsets, ``sum of A_j * beta^(j-b)`` over ``j >= b``."""
        sums = [Linear()]
        for form in reversed(self.digits.forms):
            sums.append(total([sums[-1].scaled(1 << self.bits), form]))
        return tuple(sums[:0:-1])

    @cached_property
    def largest(self) -> tuple[int, ...]:
        """The largest coefficient of every ``H_b``. The forms, with as many long numbers as literals each, are not kept."""
        above, largest = Linear(), []
        for form in reversed(self.digits.forms):
            above = total([above.scaled(1 << self.bits), form])
            largest.append(max((abs(c) for c in above.terms.values()), default=0))
        return tuple(reversed(largest))

    def exact(self, limit: int) -> int:
        """The lowest level from which on all coefficients of ``H_b`` are at most ``limit``, the top one if there is none."""
        level = len(self.largest) - 1
        while level and self.largest[level - 1] <= limit:
            level -= 1
        return level


@dataclass
class Cuts:
    """Forms cut in every digit size; the last is kept, as an output has many comparisons of one form."""

    _last: tuple[dict[str, int], list[Cut]] | None = None

    def of(self, builder: Builder, form: Linear, most: int) -> list[Cut]:
        """A form cut into levels of 1 to ``most`` bits."""
        if self._last is None or self._last[0] != form.terms:
            self._last = dict(form.terms), [Cut.of(builder, form, bits) for bits in range(1, most + 1)]
        return self._last[1]


@dataclass(frozen=True)
class Levels:
    """The levels of one comparison ``L >= 0``, lowest first."""

    cut: Cut
    offsets: tuple[int, ...]
    """``D_b``."""
    windows: tuple[int, ...]
    """``M_b``."""
    limit: int
    """The largest weight of the gate at the exact level."""
    exact: int
    """The lowest level whose coefficients are at most the limit: ``1[H_b >= 1]`` is one gate there."""
    _ranges: list[tuple[int, int]] = field(default_factory=list, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, builder: Builder, form: Linear, bits: int, limit: int) -> Levels:
        """Cut ``form >= 0`` into levels of ``bits`` bits; ``limit`` is the largest weight of the exact gate."""
        return cls.at(Cut.of(builder, form, bits), form.constant, limit)

    @classmethod
    def at(cls, cut: Cut, constant: int, limit: int) -> Levels:
        """The levels for the form that was cut, with a constant."""
        target, bits = cut.negative - constant, cut.bits
        blocks = len(cut.digits.forms)
        mask = (1 << bits) - 1
        offsets = [(target >> (b * bits)) & mask for b in range(blocks - 1)] + [target >> ((blocks - 1) * bits)]
        windows = tuple(high - offset for high, offset in zip(cut.digits.highs, offsets, strict=True))
        return cls(cut, tuple(offsets), windows, limit, cut.exact(limit))

    def within(self, limit: int) -> Levels:
        """The same with another limit."""
        return replace(self, limit=limit, exact=self.cut.exact(limit))

    def ranges(self, builder: Builder) -> list[tuple[int, int]]:
        """The range of ``H_b``, level by level; the forms themselves, with as many long numbers as literals each, are not kept."""
        if not self._ranges:
            self._ranges.extend([builder.interval(form) for form in self._from_top()][::-1])
        return self._ranges

    def _from_top(self) -> Iterator[Linear]:
        """``H_b`` from the highest level down, one at a time."""
        form = Linear()
        for digit, offset in zip(reversed(self.digits), reversed(self.offsets), strict=True):
            form = total([form.scaled(1 << self.bits), digit]).plus(-offset)
            yield form

    @property
    def bits(self) -> int:
        """The bits of a level."""
        return self.cut.bits

    @property
    def digits(self) -> tuple[Linear, ...]:
        """``A_b``, with values from 0."""
        return self.cut.digits.forms

    @cached_property
    def partial(self) -> tuple[Linear, ...]:
        """``H_b``."""
        partial, offset = [], 0
        for b in range(len(self.offsets) - 1, -1, -1):
            offset = (offset << self.bits) + self.offsets[b]
            partial.append(self.cut.sums[b].plus(-offset))
        return tuple(reversed(partial))

    @cached_property
    def last(self) -> Linear:
        """``H_e`` of the exact level, without those below it, whose coefficients are longer."""
        return next(islice(self._from_top(), len(self.offsets) - 1 - self.exact, None))

    @property
    def below(self) -> list[tuple[int, int, int]]:
        """Of every level below the exact one the window, and the least value of ``H``: digits have values from 0."""
        low, lows = 0, []
        for offset in reversed(self.offsets):
            low = (low << self.bits) - offset
            lows.append(low)
        return [(*self.window(level), lows[-1 - level]) for level in range(self.exact)]

    @property
    def spans(self) -> list[int]:
        """The largest value of every window below the exact level, 0 where there is none."""
        return [max(0, window) for window in self.windows[: self.exact]]

    def window(self, level: int) -> tuple[int, int]:
        """The least and the largest value of ``H_level`` that count."""
        return (1 if level else 0), self.windows[level]


@dataclass(frozen=True)
class SignCount:
    """A sum of gates with ``count >= need`` iff ``L >= 0``, and ``0 <= count <= most`` always."""

    count: Linear
    need: int
    most: int

    def mask(self, builder: Builder, bit: Linear, name: str) -> Linear:
        """``bit and L >= 0`` for a 0/1-valued form: one gate."""
        if not bit.terms:
            return self.rounded(builder, name) if bit.constant else Linear()
        return builder.step(bit.scaled(self.most) + self.count, self.most + self.need, name)

    def rounded(self, builder: Builder, name: str, owner: str = "") -> Linear:
        """``1[L >= 0]``: one gate."""
        return builder.step(self.count, self.need, name, owner)


def sign_count(builder: Builder, levels: Levels, moduli: Sequence[int], name: str) -> SignCount:
    """The events of all levels and moduli: one layer of gates.

    The count is right for every assignment of the literals on which the false events of all moduli together are fewer
    than the moduli. With ``|Q|`` moduli a true event counts ``|Q|`` times, so does the exact gate.
    """
    weight = max(1, len(moduli))
    top = levels.last
    parts = [builder.step(top, 1 if levels.exact else 0, f"{name}.H{levels.exact}").scaled(weight)]
    for level in range(levels.exact):
        least, most = levels.window(level)
        if most < least:
            continue
        for q in moduli:
            residue = residue_form(builder, levels.partial[level], q)
            parts.append(_inside(builder, residue, q, least, most, f"{name}.H{level}mod{q}"))
    count = builder.share(total(parts), f"{name}.count", 0, weight * (levels.exact + 1))
    return SignCount(count, weight, weight * (levels.exact + 1))


def _inside(builder: Builder, form: Linear, q: int, least: int, most: int, name: str) -> Linear:
    """``1[least <= form mod q <= most]``: a step up and a step down for every multiple of ``q``, without a table."""
    low, high = builder.interval(form)
    most = min(most, q - 1)
    if least == 0 and most == q - 1:
        return Linear({}, 1)
    multiples = np.arange(low // q, high // q + 1) * q
    places = np.stack([multiples + least, multiples + (most + 1)], axis=1).ravel()
    jumps = np.tile(np.array([1, -1]), len(multiples))
    kept = (places > low) & (places <= high)
    total = builder.step_sum(form, places[kept], jumps[kept], name)
    return builder.share(total.plus(int(least <= low % q <= most)), name, 0, 1)
