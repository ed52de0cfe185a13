"""One ReLU of a form with huge coefficients from its sign and the bits of its digits (docs/theory.md).

``[L]+ = sum_b beta^b sum_s 2^s (a_{b,s} and sign) - 2^K sign``, where ``a_{b,s}`` are the bits of the redundant
digits ``A_b`` of ``U = L + 2^K``. No canonical binary expansion is formed. How a bit is masked by the sign is the
route's own: with carry lookahead the sign is an exact sum, and the mask one AND gate (three layers in all).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from exactnet.construct.builder import Builder, Table
from exactnet.construct.linear import Linear, total
from exactnet.construct.output_exact import residue_form
from exactnet.construct.sign import Shifted, sign_of
from exactnet.network import Means

__all__ = ["Mask", "masked_digits", "masked_residue", "relu_mod", "relu_of", "residue_is_cheaper"]

#: ``(bit, table, of, name)``: the literal ``bit and sign``. The bit is the exact sum of ``table`` over the form ``of``.
Mask = Callable[[Linear, Table, Linear, str], Linear]


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
    parts = []
    for s in range((q - 1).bit_length()):
        table = (np.arange(low, high + 1) % q >> s) & 1
        bit = builder.exact_sum(residue, table, f"{name}.mod{q}.{s}")
        parts.append(mask(bit, table, residue, f"{name}.residue{s}").scaled(1 << s))
    return total(parts)


def _and(builder: Builder, sign: Linear) -> Mask:
    """Mask by a sign that is an exact sum of gates."""
    return lambda bit, table, of, name: builder.conjunction([bit, sign], name)


def relu_of(builder: Builder, plan: Shifted, name: str, means: Means | None = None) -> Linear:
    """``[L]+`` as a linear form over masked bits and the sign, all 0/1-valued."""
    sign = sign_of(builder, plan, name, means)
    digits = masked_digits(builder, plan, _and(builder, sign), name)
    # The sign is copied, so that readers in later layers see one wire and not the gates that it is a sum of.
    copied = builder.copy(sign, f"{name}.positive")
    return digits - copied.scaled(1 << plan.power)


def relu_mod(builder: Builder, plan: Shifted, form: Linear, q: int, name: str, means: Means | None = None) -> Linear:
    """A linear form over 0/1 values that is congruent to ``[L]+`` mod ``q``, in the cheaper of the two ways."""
    if not residue_is_cheaper(builder, plan, form, q):
        return relu_of(builder, plan, name, means)
    return masked_residue(builder, form, q, _and(builder, sign_of(builder, plan, name, means)), name)
