"""What route D rounds: comparisons by windows, and the two rounded outputs (docs/stacked.md).

*Windows.* ``floor(r*clip(N)) + rR`` is the sum of ``1[r*N + rR >= v]`` over ``1 <= v <= 2rR``. Each is a comparison whose gates
read the literals of the last hidden layer, and one gate that rounds it: two layers, depth ``k+2``, and no hypothesis on ``N``.

*Carry.* Route A's output (:class:`~exactnet.construct.gadgets.outputs.rounded.CarryOutput`): three layers, depth ``k+3``,
and as many gates
as the forms have digits, however long the range is.

Literals may be noisy in both: the gates over literals wait for them (:mod:`noisy`); all others read gates. In the last layer of
the carry, ``F mod q`` is then a sum of gates at every value of ``F``, and not at the multiples of ``q`` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np
from gmpy2 import mpq

from exactnet.construct.base.builder import Builder, check_places
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.base.scaling import RationalForm
from exactnet.construct.gadgets.moduli import (
    LONGEST,
    Samples,
    expected_moduli,
    likely_moduli,
    primes_below,
    proven_levels,
    proven_moduli,
    searched_moduli,
)
from exactnet.construct.gadgets.noisy import NoisyBuilder, as_noisy
from exactnet.construct.gadgets.outputs.exact import Reduction, reduce_mod
from exactnet.construct.gadgets.outputs.rounded import integer_value
from exactnet.construct.gadgets.windows import Cuts, Levels, SignCount, likely_multiples, sign_count
from exactnet.kernel.errors import SizeError, clip_text

__all__ = ["LIMIT", "MAX_GATES", "Windows", "reduce_values"]

#: The most gates that are built.
MAX_GATES = 1 << 18

#: The largest weight of a comparison that is rounded in the next layer.
LIMIT = 1 << 14

#: How many moduli are tried for a comparison that is rounded in the next layer.
CANDIDATES = 48


@dataclass
class Windows:
    """Comparisons that are rounded in the next layer, with the moduli that :class:`.route.Stacked` says."""

    samples: Samples | None
    by_hand: tuple[int, ...]
    expected: int
    limit: int = LIMIT
    """The largest weight of the comparison without a modulus."""
    largest: int = 1
    """The largest modulus so far."""
    _cuts: Cuts = field(default_factory=Cuts)

    def sign(self, builder: NoisyBuilder, form: Linear, name: str) -> Linear:
        """``1[form >= 0]`` in two layers of gates: windows, and one gate that rounds."""
        return self._count(builder, form, name).rounded(builder, name)

    def levels(self, builder: Builder, form: Linear) -> Levels:
        """How a comparison is cut."""
        most = max(1, builder.mass(form.terms).bit_length() - 1)
        if self.samples is None and not self.by_hand and not self.expected:
            return proven_levels(self._cuts.of(builder, form, max(most, LONGEST)), form.constant, self.limit, most)
        return Levels.of(builder, form, most, self.limit)

    def moduli(self, builder: Builder, levels: Levels, form: Linear, name: str) -> Sequence[int]:
        """The moduli for one comparison: by hand, expected, proven, or searched."""
        if not levels.exact:
            return []
        if self.by_hand:
            return self.by_hand
        if self.expected:
            candidates = primes_below(2 * LIMIT, CANDIDATES)
            return candidates[: ceil(min(CANDIDATES, expected_moduli(levels.spans, self.expected // 4, candidates[0])))]
        if self.samples is None:
            return proven_moduli(levels, name)
        self.samples.prepare(builder, form)
        return _few_moduli(self.samples, levels, name)

    def _count(self, builder: NoisyBuilder, form: Linear, name: str) -> SignCount:
        levels = self.levels(builder, form)
        builder.foresee(2 * likely_multiples(builder.mass(form.terms)) * len(levels.spans), name)
        moduli = self.moduli(builder, levels, form, name)
        self.largest = max(self.largest, *moduli, 1)
        return sign_count(builder, levels, moduli, name)

    def output(
        self,
        builder: Builder,
        form: RationalForm,
        output_range: int,
        r: int,
        name: str,
        reduce: Reduction = reduce_mod,
    ) -> RationalForm:
        """``floor(r*N)/r`` clipped to ``[-R, R]``: the sum of ``1[r*N + rR >= v]`` over ``1 <= v <= 2rR``, less ``rR``.

        Nothing is left to ``reduce``: the sum is within the range.
        """
        builder = as_noisy(builder)
        whole, delta = integer_value(form, output_range, r)  # r*N + rR >= v iff whole >= v*delta
        low, high = builder.interval(whole)
        most = 2 * r * output_range
        always = min(most, max(0, low // delta))  # the gates that are 1 at every input
        open_ = range(always + 1, min(most, high // delta) + 1)
        gates = [self.sign(builder, whole.plus(-v * delta), f"{name}.v{v}") for v in open_]
        return RationalForm.of(total(gates).plus(always - r * output_range), mpq(1, r))

    def gates(self, builder: Builder, form: RationalForm, output_range: int, r: int) -> tuple[float, int]:
        """The gates predicted for :meth:`output`, and its comparisons: all as large as the middle one."""
        builder = as_noisy(builder)
        whole, delta = integer_value(form, output_range, r)  # r*N + rR >= v iff whole >= v*delta
        low, high = builder.interval(whole)
        first, last = max(1, low // delta + 1), min(2 * r * output_range, high // delta)
        if last < first:
            return 0, 0
        middle = whole.plus(-((first + last) // 2) * delta)
        levels = self.levels(builder, middle)
        spans = levels.spans
        if self.by_hand:
            moduli: float = len(self.by_hand)
        elif self.expected:
            moduli = min(CANDIDATES, expected_moduli(spans, self.expected // 4, 2 * LIMIT))
        else:
            moduli = likely_moduli(levels)
        count = last - first + 1
        return count * (len(spans) * moduli * 2 * likely_multiples(builder.mass(middle.terms)) + 2), count


def _few_moduli(samples: Samples, levels: Levels, name: str) -> list[int]:
    """Moduli for windows: small ones if some will do."""
    for limit in (2 * LIMIT, 16 * LIMIT):
        try:
            return searched_moduli(samples, levels, primes_below(limit, CANDIDATES), name)
        except SizeError:
            continue
    return searched_moduli(samples, levels, primes_below(128 * LIMIT, CANDIDATES), name)


def reduce_values(builder: Builder, form: Linear, q: int, name: str) -> Linear:
    """``form mod q`` for a form over noisy literals: gates at every value."""
    low, high = builder.interval(form)
    if high - low > MAX_GATES:
        raise SizeError(f"too large to build: the output {clip_text(name)} takes {high - low} gates, more than {MAX_GATES}")
    check_places(max(q, high, -low), name)
    return builder.exact_sum(form, np.arange(low, high + 1) % q, name)

