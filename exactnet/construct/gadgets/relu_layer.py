"""One ReLU of a form with huge coefficients from its sign and the bits of its digits (docs/theory.md).

``[L]+ = sum_b beta^b sum_s 2^s (a_{b,s} and sign) - 2^K sign``, where ``a_{b,s}`` are the bits of the redundant
digits ``A_b`` of ``U = L + 2^K``. No canonical binary expansion is formed: route B, which has two layers of gates for a
ReLU, has no carries to make one. How a bit is masked by the sign is the route's own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from exactnet.construct.base.builder import Builder, Table, check_places
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.gadgets.outputs.exact import residue_form
from exactnet.construct.gadgets.sign import Shifted, sign_plans

__all__ = ["Mask", "masked_digits", "masked_residue", "plan_digits", "residue_is_cheaper"]

#: ``(bit, table, of, name)``: the literal ``bit and sign``. The bit is the exact sum of ``table`` over the form ``of``.
Mask = Callable[[Linear, Table, Linear, str], Linear]


def plan_digits(builder: Builder, form: Linear) -> Shifted:
    """The digit size with the fewest gates for the bits of all digits, before and after the mask."""
    plans = sign_plans(builder, form)
    return min(plans, key=lambda plan: sum(high + high.bit_length() for high in plan.digits.highs))


def masked_digits(builder: Builder, plan: Shifted, mask: Mask, name: str) -> Linear:
    """``sum_b beta^b sum_s 2^s (a_{b,s} and sign)``, that is ``[L]+ + 2^K sign``: one layer of gates over the bits."""
    parts = []
    for b, form in enumerate(plan.digits.forms):
        low, high = builder.interval(form)
        for s in range(high.bit_length()):
            table = (np.arange(low, high + 1) >> s) & 1
            bit = builder.exact_sum(form, table, f"{name}.a{b}.{s}")
            parts.append(mask(bit, table, form, f"{name}.bit{b}.{s}").scaled(1 << (b * plan.digits.bits + s)))
    return total(parts)


def residue_is_cheaper(builder: Builder, plan: Shifted, form: Linear, q: int) -> bool:
    """Whether the bits of ``L mod q`` take fewer gates than the bits of all digits."""
    low, high = builder.interval(residue_form(builder, form, q))
    return high - low < sum(plan.digits.highs)


def masked_residue(builder: Builder, form: Linear, q: int, mask: Mask, name: str) -> Linear:
    """A form over 0/1 values that is congruent to ``[L]+`` mod ``q``: all that an exact output needs.

    ``L mod q`` is a function of the single form that is ``L`` mod ``q`` coefficient by coefficient; its bits are
    masked.
    """
    residue = residue_form(builder, form, q)
    low, high = builder.interval(residue)
    check_places(max(high, q), name)
    parts = []
    for s in range((q - 1).bit_length()):
        table = (np.arange(low, high + 1) % q >> s) & 1
        bit = builder.exact_sum(residue, table, f"{name}.mod{q}.{s}")
        parts.append(mask(bit, table, residue, f"{name}.residue{s}").scaled(1 << s))
    return total(parts)
