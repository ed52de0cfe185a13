"""The sign of a form with huge coefficients, by carry lookahead: two layers of gates (docs/theory.md).

``U = L + 2^K`` with ``|L| < 2^K`` for every assignment of the literals; ``1[L >= 0] = 1[U >= 2^K]`` is the digit
above the carries, an exact sum of gates. For a threshold gate this is all (S3); for a ReLU the bits are masked with
it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exactnet.construct.builder import Builder
from exactnet.construct.carry import carry_into, pair_form, pair_predicates
from exactnet.construct.digits import Digits, Expansion, largest_digit_bits
from exactnet.construct.linear import Linear
from exactnet.network import Means

__all__ = ["Shifted", "plan_sign", "sign_of", "sign_plans"]


@dataclass(frozen=True)
class Shifted:
    """The plan for one form ``L``: the digits of ``U = L + 2^K``, ``K`` a multiple of the digit size."""

    digits: Digits
    power: int
    """The exponent ``K``."""

    @property
    def gates(self) -> int:
        """The gates predicted: three breakpoints for each of the ``(nu_b + 1)(nu_{b-1} + 1)`` values of ``A_b`` that matter."""
        wraps = self.digits.wraps
        pairs = sum((wrap + 1) * (below + 1) for wrap, below in zip(wraps[1:], wraps, strict=False))
        return 3 * pairs + 2 * wraps[0] + len(wraps)

    @property
    def largest_weight(self) -> int:
        """A bound on the wires of layer 1: ``(beta/2)(A + 2)`` for the largest ``A_b``."""
        return (self.digits.beta // 2) * (max(self.digits.highs) + 2)


def sign_plans(builder: Builder, form: Linear) -> list[Shifted]:
    """The plans for the sign of a form, one for every digit size that is admissible and not larger than need be."""
    plans = []
    mass = builder.mass(form.terms)
    for bits in range(1, largest_digit_bits(mass) + 1):
        expansion = Expansion.of(builder, form, bits)
        below, above = expansion.negative - form.constant, form.constant + expansion.positive
        length = max(1, below.bit_length() if below > 0 else 1, above.bit_length() if above > 0 else 1)
        power = -(-length // bits) * bits
        digits = expansion.digits(form.constant + (1 << power), power // bits + 1)
        if digits.admissible:
            plans.append(Shifted(digits, power))
    return plans


def plan_sign(builder: Builder, form: Linear) -> Shifted:
    """Choose the digit size for the sign of a form: the one with the fewest predicted gates."""
    return min(sign_plans(builder, form), key=lambda plan: plan.gates)


def sign_of(builder: Builder, plan: Shifted, name: str, means: Means | None = None, owner: str = "") -> Linear:
    """``1[L >= 0]`` as an exact sum: gates on digit forms and pairs, then one layer of AND gates.

    With an ``owner`` the gates of the sum belong to this sign alone: a form that adds several such signs then has no
    weight on a gate but those that it gives to the signs. (The gates below them are shared all the same.)
    """
    digits = plan.digits
    top = len(digits.forms) - 1
    predicates = pair_predicates(builder, digits, name, top)
    form, sums = pair_form(builder, digits, top)
    positive = builder.exact_sum(form, (sums >= 1).astype(np.int64), f"{name}.top")
    carry = carry_into(builder, predicates, [Linear({}, 1) - positive], name, owner)
    if owner:
        positive = builder.copy(positive, f"{name}.top", owner)
    return builder.share(positive + carry, f"{name}.sign", 0, 1, means)
