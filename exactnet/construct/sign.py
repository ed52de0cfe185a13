"""Shifted digits: the sign of a form ``L`` as a digit of ``U = L + 2^K`` (docs/theory.md).

``|L| < 2^K`` for every assignment of the literals, so that ``1[L >= 0] = 1[U >= 2^K]`` is the digit above the carries.
"""

from __future__ import annotations

from dataclasses import dataclass

from exactnet.construct.builder import Builder
from exactnet.construct.digits import Digits, Expansion, largest_digit_bits
from exactnet.construct.linear import Linear

__all__ = ["Shifted", "sign_plans"]


@dataclass(frozen=True)
class Shifted:
    """The plan for one form ``L``: the digits of ``U = L + 2^K``, ``K`` a multiple of the digit size."""

    digits: Digits
    power: int
    """The exponent ``K``."""


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
