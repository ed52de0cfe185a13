"""Shifted digits: the sign of a form ``L`` as a digit of ``U = L + 2^K`` (docs/theory.md).

``|L| < 2^K`` for every assignment of the literals, so that ``1[L >= 0] = 1[U >= 2^K]`` is the digit above the carries.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from exactnet.construct.base.builder import Builder
from exactnet.construct.base.linear import Linear
from exactnet.construct.gadgets.digits import Digits, Expansion, largest_digit_bits

__all__ = ["Shifted", "sign_plans"]


@dataclass(frozen=True)
class Shifted:
    """The plan for one form ``L``: the digits of ``U = L + 2^K``, ``K`` a multiple of the digit size."""

    digits: Digits
    power: int
    """The exponent ``K``."""


#: The last form of a network that was planned, and its plans: a node's are asked for when it is priced, built and proved.
_LAST: WeakKeyDictionary[Builder, tuple[Linear, list[Shifted]]] = WeakKeyDictionary()


def sign_plans(builder: Builder, form: Linear) -> list[Shifted]:
    """The plans for the sign of a form, one for every digit size that is admissible and not larger than need be."""
    last, plans = _LAST.get(builder, (None, []))
    if last is None or last.constant != form.constant or last.terms != form.terms:
        plans = _sign_plans(builder, form)
        _LAST[builder] = form, plans
    return plans


def _sign_plans(builder: Builder, form: Linear) -> list[Shifted]:
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
