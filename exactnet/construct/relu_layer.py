"""One ReLU of a form with huge coefficients: three layers of gates (THEORY section 4).

``[L]+ = sum_b beta^b sum_s 2^s (a_{b,s} and sign) - 2^K sign``, where ``a_{b,s}`` are the bits of the redundant digits
``A_b`` of ``U = L + 2^K``. No canonical binary expansion is formed.
"""

from __future__ import annotations

import numpy as np

from exactnet.construct.builder import Builder
from exactnet.construct.linear import Linear, total
from exactnet.construct.output_exact import residue_form
from exactnet.construct.sign import Shifted, sign_of
from exactnet.network import Means

__all__ = ["masked_bits", "relu_mod", "relu_of"]


def masked_bits(builder: Builder, plan: Shifted, sign: Linear, name: str) -> list[tuple[int, Linear]]:
    """The literals ``a_{b,s} and sign`` with their places ``beta^b 2^s``, one gate each over exact sums of layer 1."""
    digits = plan.digits
    literals = []
    for b, form in enumerate(digits.forms):
        low, high = builder.interval(form)
        for s in range(high.bit_length()):
            bit = builder.exact_sum(form, (np.arange(low, high + 1) >> s) & 1, f"{name}.a{b}.{s}")
            masked = builder.conjunction([bit, sign], f"{name}.bit{b}.{s}")
            literals.append((1 << (b * digits.bits + s), masked))
    return literals


def relu_of(builder: Builder, plan: Shifted, name: str, means: Means | None = None) -> Linear:
    """``[L]+`` as a linear form over masked bits and the sign, all 0/1-valued."""
    sign = sign_of(builder, plan, name, means)
    parts = [masked.scaled(place) for place, masked in masked_bits(builder, plan, sign, name)]
    # The sign is copied, so that readers in later layers see one wire and not the gates that it is a sum of.
    copied = builder.copy(sign, f"{name}.positive")
    return total([*parts, copied.scaled(-(1 << plan.power))])


def relu_mod(builder: Builder, plan: Shifted, form: Linear, q: int, name: str, means: Means | None = None) -> Linear:
    """A linear form over 0/1 values that is congruent to ``[L]+`` mod ``q``: all that an exact output needs.

    ``L mod q`` is a function of the single form ``F = L mod q`` coefficient by coefficient; its bits are masked by the
    sign. The bits of all digits are used instead where those take fewer gates.
    """
    residue = residue_form(builder, form, q)
    low, high = builder.interval(residue)
    if high - low >= sum(plan.digits.highs):
        return relu_of(builder, plan, name, means)
    sign = sign_of(builder, plan, name, means)
    parts = []
    for s in range((q - 1).bit_length()):
        bit = builder.exact_sum(residue, (np.arange(low, high + 1) % q >> s) & 1, f"{name}.mod{q}.{s}")
        parts.append(builder.conjunction([bit, sign], f"{name}.residue{s}").scaled(1 << s))
    return total(parts)
