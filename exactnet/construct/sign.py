"""The sign of a form with huge coefficients, by carry lookahead: two layers of gates (THEORY section 4).

``U = L + 2^K`` with ``|L| < 2^K`` for every assignment of the literals; ``1[L >= 0] = 1[U >= 2^K]`` is the digit above the
carries, an exact sum of gates. For a threshold gate this is all (S3); for a ReLU the bits are masked with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exactnet.construct.builder import Builder
from exactnet.construct.carry import carry_into, pair_form, pair_predicates
from exactnet.construct.digits import Digits, NonNegative, nonnegative, smallest_bits
from exactnet.construct.linear import Linear
from exactnet.network import Means

__all__ = ["Shifted", "plan_sign", "sign_of"]


@dataclass(frozen=True)
class Shifted:
    """The plan for one form: ``U = L + 2^K`` in digits of ``bits`` bits, ``K`` a multiple of ``bits``."""

    form: NonNegative
    bits: int
    power: int
    """The exponent ``K``."""
    gates: int
    """The gates predicted for ``g``, ``p`` and the carries."""

    @property
    def blocks(self) -> int:
        """The number of blocks, the top one included."""
        return self.power // self.bits + 1

    def digits(self) -> Digits:
        """The digit forms of ``U``."""
        return Digits.of(self.form, self.bits, self.blocks)

    @property
    def largest_weight(self) -> int:
        """A bound on the wires of layer 1: ``(beta - 1)(A + 2)`` for the largest ``A_b``."""
        return ((1 << self.bits) - 1) * (max(self.digits().highs) + 2)


def plan_sign(builder: Builder, form: Linear) -> Shifted:
    """Choose the digit size for the sign of a form: the one with the fewest predicted gates."""
    low, high = builder.interval(form)
    length = max(1, (-low).bit_length() if low < 0 else 1, high.bit_length() if high > 0 else 1)
    plans = []
    candidates: set[int] = set()
    for bits in range(1, length + 1):
        power = -(-length // bits) * bits
        shifted = nonnegative(builder, form.plus(1 << power))
        if bits in smallest_bits(shifted, power):
            candidates.add(bits)
            plans.append(_predict(shifted, bits, power))
        if 1 << bits > shifted.mass:
            break
    return min(plans, key=lambda plan: plan.gates)


def _predict(form: NonNegative, bits: int, power: int) -> Shifted:
    """Predict the gates: three breakpoints for each of the ``(nu_b + 1)(nu_{b-1} + 1)`` values of ``A_b`` that matter."""
    digits = Digits.of(form, bits, power // bits + 1)
    wraps = [high // digits.beta for high in digits.highs]
    pairs = sum((wrap + 1) * (below + 1) for wrap, below in zip(wraps[1:], wraps, strict=False))
    return Shifted(form, bits, power, 3 * pairs + 2 * wraps[0] + len(wraps))


def sign_of(builder: Builder, plan: Shifted, name: str, means: Means | None = None, owner: str = "") -> Linear:
    """``1[L >= 0]`` as an exact sum: gates on digit forms and pairs, then one layer of AND gates.

    With an ``owner`` the gates of the sum belong to this sign alone: a form that adds several such signs then has no
    weight on a gate but those that it gives to the signs. (The gates below them are shared all the same.)
    """
    digits = plan.digits()
    top = plan.blocks - 1
    predicates = pair_predicates(builder, digits, name, top)
    form, sums = pair_form(builder, digits, top)
    positive = builder.exact_sum(form, (sums >= 1).astype(np.int64), f"{name}.top")
    carry = carry_into(builder, predicates, [Linear({}, 1) - positive], name, owner)
    if owner:
        positive = builder.copy(positive, f"{name}.top", owner)
    return builder.share(positive + carry, f"{name}.sign", 0, 1, means)
