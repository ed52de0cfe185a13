"""Signs, ReLUs and threshold gates by canonical digits: routes A and C (docs/theory.md, docs/routes.md).

``U = L + 2^K`` with ``|L| < 2^K`` for every assignment of the literals. The digit of ``U`` above the carries is ``1[L
>= 0]``; the other canonical digits ``V_b`` in ``[0, beta - 1]`` are linear over the gates of the carries
(:mod:`carry`), and those of ``[L]+`` are ``V_b`` masked by the sign: the thermometer ``1[V_b + W*sign >= t + W]``
with ``W = beta - 1`` is ``1[V_b >= t] and sign``.

The layers: those of the predicates, one for the carries and the sign, one for the masked digits.
"""

from __future__ import annotations

from dataclasses import dataclass

from exactnet.claims.promises import Means
from exactnet.construct.base.builder import Builder
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.gadgets.carry import Carries, Predicates, arrivals, carry_gates, owned_step
from exactnet.construct.gadgets.outputs.exact import reduce_mod, residue_form
from exactnet.construct.gadgets.sign import Shifted, sign_plans
from exactnet.construct.routes.translate import Lemmas
from exactnet.kernel.network import RELU

__all__ = ["Canonical", "masked_bits"]


def masked_bits(builder: Builder, value: Linear, high: int, top: int, sign: Linear, name: str) -> list[Linear]:
    """The bits of ``value and sign``, lowest first, each an exact sum of one layer of gates.

    ``value`` is in ``[0, high]``, and at most ``top`` where the sign is 1. Bit ``s`` changes where ``value`` passes a multiple of
    ``2^s``, so all bits are sums of the same ``top`` gates.
    """
    form = builder.share(value, name, 0, high) + sign.scaled(high)
    gates = [builder.step(form, t + high, f"{name}.masked") for t in range(1, top + 1)]
    bits = []
    for s in range(top.bit_length()):
        changes = [gates[t - 1].scaled((t >> s & 1) - ((t - 1) >> s & 1)) for t in range(1 << s, top + 1, 1 << s)]
        bits.append(builder.share(total(changes), f"{name}.bit{s}", 0, 1))
    return bits


def _read(digits: list[list[Linear]], bits: int) -> Linear:
    """The number with the given bits of its digits, lowest first."""
    return total(
        bit.scaled(1 << (b * bits + s)) for b, digit in enumerate(digits) for s, bit in enumerate(digit)
    )


def _tops(plan: Shifted, most: int) -> list[int]:
    """The largest digits of ``[L]+`` if ``L <= most``, up to the highest that is not 0."""
    places = range(0, plan.power, plan.digits.bits)
    return [min(plan.digits.beta - 1, most >> place) for place in places if most >> place]


@dataclass(frozen=True)
class Canonical:
    """The lemmas for one way to make the predicates of blocks."""

    predicates: Predicates

    def lemmas(self) -> Lemmas:
        """What :mod:`translate` needs."""
        return Lemmas(relu=self.relu, relu_mod=self.relu_mod, threshold=self.threshold)

    # --- plans -------------------------------------------------------------------------------

    def _sign_gates(self, plan: Shifted) -> int:
        return carry_gates(self.predicates, plan.digits, len(plan.digits.forms) - 1) + 1

    def _relu_gates(self, plan: Shifted, most: int) -> int:
        """The gates predicted for a ReLU of a form that is at most ``most``."""
        tops, blocks = _tops(plan, most), len(plan.digits.forms) - 1
        carried = (arrivals(plan.digits, b) for b in range(1, min(len(tops) + 1, blocks)))
        return self._sign_gates(plan) + sum(tops) + sum(carried)

    def plan_sign(self, builder: Builder, form: Linear) -> Shifted:
        """The digit size with the fewest gates for a sign."""
        return min(sign_plans(builder, form), key=self._sign_gates)

    def plan_relu(self, builder: Builder, form: Linear) -> Shifted:
        """The digit size with the fewest gates for a ReLU."""
        most = builder.interval(form)[1]
        return min(sign_plans(builder, form), key=lambda plan: self._relu_gates(plan, most))

    def predict_gates(self, builder: Builder, form: Linear, kind: str) -> int:
        """The gates predicted for one node of the original."""
        if kind == RELU:
            return self._relu_gates(self.plan_relu(builder, form), builder.interval(form)[1])
        return self._sign_gates(self.plan_sign(builder, form))

    # --- lemmas ------------------------------------------------------------------------------

    def _sign(self, builder: Builder, plan: Shifted, name: str, means: Means, owner: str) -> tuple[Linear, Carries]:
        """``1[L >= 0]``: the digit above the carries, which is 0 or 1 and so ``1[D >= 1]`` plus the carry into it.

        With an ``owner`` the gates of the sum belong to this sign alone: a form that adds several such signs then has no
        weight on a gate but those that it gives to the signs.
        """
        top = len(plan.digits.forms) - 1
        carries = self.predicates.make(builder, plan.digits, top, name)
        digit = owned_step(builder, carries.sums[top], 1, f"{name}.top", owner or name)
        return builder.share(digit + carries.into(top, owner), f"{name}.sign", 0, 1, means), carries

    def relu(self, builder: Builder, form: Linear, name: str, means: Means) -> Linear:
        """``[form]+`` over the bits of its canonical digits."""
        plan = self.plan_relu(builder, form)
        beta = plan.digits.beta
        sign, carries = self._sign(builder, plan, name, means, "")
        literals = [
            masked_bits(builder, carries.digit(b, beta), beta - 1, top, sign, f"{name}.V{b}")
            for b, top in enumerate(_tops(plan, builder.interval(form)[1]))
        ]
        return _read(literals, plan.digits.bits)

    def relu_mod(self, builder: Builder, form: Linear, q: int, name: str, means: Means) -> Linear:
        """A form congruent to ``[form]+`` mod ``q``: the bits of ``form mod q`` masked by the sign, or the canonical digits.

        ``form mod q`` takes one layer of gates, one for each multiple of ``q``, and is linear after it; so its thermometer can
        be masked like a digit's.
        """
        residue = residue_form(builder, form, q)
        high = builder.interval(residue)[1]
        plan, top = self.plan_sign(builder, form), min(q - 1, high)
        if self.predict_gates(builder, form, RELU) <= self._sign_gates(plan) + high // q + top:
            return self.relu(builder, form, name, means)
        sign, _ = self._sign(builder, plan, name, means, "")
        value = reduce_mod(builder, residue, q, f"{name}.mod")
        return _read([masked_bits(builder, value, top, top, sign, f"{name}.residue")], 0)

    def threshold(self, builder: Builder, form: Linear, name: str, means: Means) -> Linear:
        """``1[form >= 0]``: the gate itself if its weights are small already, else the sign."""
        plan = self.plan_sign(builder, form)
        if max(abs(c) for c in form.terms.values()) <= self.predicates.weight(plan.digits):
            return builder.step(form, 0, f"{name}.form")
        return self._sign(builder, plan, name, means, name)[0]
