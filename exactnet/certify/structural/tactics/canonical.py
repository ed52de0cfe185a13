"""Signs, ReLUs and threshold gates by canonical digits (:mod:`exactnet.construct.routes.canonical`): routes A and C."""

from __future__ import annotations

from dataclasses import dataclass

from exactnet.certify.structural.prover import ONE, Fact, Part, form
from exactnet.certify.structural.tactics.blocks import Blocks
from exactnet.certify.structural.tactics.roles import Roles, exact_quotient
from exactnet.certify.structural.tactics.sides import Residual, Side
from exactnet.claims.promises import Means
from exactnet.construct.base.linear import Linear
from exactnet.construct.gadgets import carry as carry_module
from exactnet.construct.gadgets.outputs.exact import reduce_mod, residue_form
from exactnet.construct.routes.canonical import Canonical, _tops, masked_bits
from exactnet.structural.kernel import Form

__all__ = ["CanonicalTactics"]


@dataclass
class Sign:
    """``sigma = 1[L >= 0]`` with ``L + 2^K - 2^K*sigma >= 0`` and ``2^K*sigma - 1 - L >= 0``, and the digits that it
    is made of.
    """

    result: Linear
    sigma: int
    low: int
    high: int
    power: int
    blocks: Blocks
    digits: int
    """The equality ``L + 2^K - sum of V_b*beta^b - 2^K*s = 0``."""
    same: int
    """The equality ``sigma - s = 0``."""


@dataclass
class CanonicalTactics:
    """What the lemmas of :class:`Canonical` built, proved.

    In all methods ``value`` is a variable with bounds that is the form ``L``, and ``relu`` one that is ``[L]+``.
    """

    roles: Roles
    lemmas: Canonical

    def sign(self, linear: Linear, name: str, means: Means, owner: str, value: int, relu: bool = False) -> Sign:
        """The sign of a form by its digits."""
        roles, builder, p = self.roles, self.roles.builder, self.roles.prover
        plan = self.lemmas.plan_relu(builder, linear) if relu else self.lemmas.plan_sign(builder, linear)
        digits, power = plan.digits, plan.power
        top = len(digits.forms) - 1
        result, carries = self.lemmas._sign(builder, plan, name, means, owner)
        blocks = Blocks(roles, digits, carries, self.lemmas.predicates, top)
        s = p.name(form((blocks.sums[top], 1), (blocks.into[top], 1)))
        places = [(v, blocks.beta**b) for b, v in enumerate(blocks.values)]
        number = p.zero(form((value, 1), (ONE, 1 << power), (s, -(1 << power)), *((v, -place) for v, place in places)))
        low = p.sum((number, 1), *((((">", v), place)) for v, place in places))
        high = p.sum((number, -1), *((("<", v), place) for v, place in places))
        p.bound((low, 1), (("<", value), 1), by=1 << power)
        p.bound((high, 1), ((">", value), 1), by=1 << power)
        d = blocks.sums[top]
        p.bound((("<", s), 1), (("=", s), -1), ((">", blocks.into[top]), 1))
        digit = carry_module.owned_step(builder, carries.sums[top], 1, f"{carries.name}.top", owner or carries.name)
        limits: list[tuple[Fact, int]] = [(p.sum(((">", d), 1)), 1), (p.sum((("<", d), 1)), -1)]
        equal: list[Part] = [(roles.is_gate(digit, carries.sums[top], 1, d, lambda i: i, lambda i: i, limits), 1)]
        whole = roles.form(digit)
        if top:
            carried, gates = blocks.carry_gates(top, owner)
            equal.append((carried, 1))
            whole = form((whole, 1), (roles.form(gates), 1))
        sigma = roles.alias(roles.form(result))
        tie = p.zero(form((sigma, 1), (whole, -1)))
        gone: list[Part] = [] if top else [(("=", roles.zero), 1)]
        same = p.sum((tie, 1), *equal, (("=", s), 1), *gone)
        p.bound((same, 1), ((">", s), 1))
        p.bound((same, -1), (("<", s), 1))
        low, high = p.sum((low, 1), (same, -(1 << power))), p.sum((high, 1), (same, 1 << power))
        return Sign(result, sigma, low, high, power, blocks, number, same)

    def side(self, linear: Linear, result: Linear, name: str, means: Means, value: int) -> Side:
        """``1[L >= 0]`` as the lemma for threshold gates makes it."""
        roles, p = self.roles, self.roles.prover
        plan = self.lemmas.plan_sign(roles.builder, linear)
        if max(abs(c) for c in linear.terms.values()) <= self.lemmas.predicates.weight(plan.digits):
            return Side.of_gate(roles, linear, result, value)
        sign = self.sign(linear, name, means, name, value)
        size = 1 << sign.power
        same = p.zero(form((roles.form(sign.result), 1), (sign.sigma, -1)))
        return Side(
            sign.result,
            sign.sigma,
            same,
            lambda i: p.sum((sign.low, 1), (i, size)),
            lambda i: p.sum((sign.high, 1), (i, size)),
        )

    def _masked(
        self, sign: Sign, value: Linear, width: int, top: int, name: str, what: int, same: int | None
    ) -> Masked:
        """The masked bits of ``value`` in ``[0, width]``; the variable ``what`` is its value, and ``value - what =
        0`` the fact ``same``.
        """
        roles, p = self.roles, self.roles.prover
        bits = masked_bits(roles.builder, value, width, top, sign.result, name)
        joint = roles.builder.share(value, name, 0, width) + sign.result.scaled(width)
        read = roles.named(joint)
        tie = p.zero(form((read.form, 1), (roles.form(value), -1), (sign.sigma, -width)))
        known: list[Part] = [] if same is None else [(same, 1)]
        tie = p.sum((tie, 1), *known) if known else tie
        roles.bit_bounds(bits, read.f)
        total = form(*((roles.form(bit), 1 << s) for s, bit in enumerate(bits)))
        return Masked(roles, sign.sigma, what, width, read.f, read.content, read.constant, tie, total)

    def relu(self, linear: Linear, name: str, means: Means, value: int, relu: int) -> Residual:
        """``[L]+`` over the bits of its canonical digits."""
        roles, p = self.roles, self.roles.prover
        sign = self.sign(linear, name, means, "", value, relu=True)
        blocks, beta = sign.blocks, sign.blocks.beta
        tops = _tops(self.lemmas.plan_relu(roles.builder, linear), roles.builder.interval(linear)[1])
        into: list[tuple[int | None, Linear]] = [(None, Linear())]
        into += [blocks.carry_gates(b) for b in range(1, len(tops) + 1)]
        masks: list[Masked] = []
        bits: Form = {}
        for b, top in enumerate(tops):
            digit, v = blocks.carries.digit(b, beta), blocks.values[b]
            moved = form(*((roles.form(gates), t) for (_, gates), t in ((into[b], -1), (into[b + 1], beta))))
            plain = p.zero(
                form((roles.form(digit), 1), (v, -1), (moved, 1), (blocks.into[b], 1), (blocks.into[b + 1], -beta))
            )
            known: list[Part] = [(fact, t) for (fact, _), t in ((into[b], 1), (into[b + 1], -beta)) if fact is not None]
            gone: list[Part] = [(("=", roles.zero), 1)] if b == 0 else []
            same = p.sum((plain, 1), *known, *gone)
            masks.append(self._masked(sign, digit, beta - 1, top, f"{name}.V{b}", v, same))
            bits = form((bits, 1), (masks[b].bits, beta**b))
        places = [(v, beta**b) for b, v in enumerate(blocks.values)]

        def then(i: int) -> int:
            one = p.one(i, sign.sigma)
            positive = p.decide(relu, p.sum((sign.low, 1), (i, 1 << sign.power)))  # [L]+ - L = 0
            number = p.sum(
                (sign.digits, 1), (sign.same, -(1 << sign.power)), (one, 1 << sign.power)
            )  # L - sum of V_b = 0
            done: list[Part] = [(positive, 1), (number, 1)]
            for b, (v, place) in enumerate(places):
                others = [((">", u), other) for u, other in places if u != v]
                small = p.sum((("<", value), 1), (number, 1), *others, by=place)
                if b >= len(tops):
                    done.append((p.none(small, v), place))
                else:
                    upper = small if p.of(small).get(ONE, 0) < beta - 1 else None
                    done.append((masks[b].fires(one, upper), place))
            return p.sum(*done)

        def otherwise(i: int) -> int:
            zero = p.none(i, sign.sigma)
            negative = p.decide(relu, p.sum((sign.high, 1), (i, 1 << sign.power)))
            return p.sum((negative, 1), *((mask.silent(zero), -(beta**b)) for b, mask in enumerate(masks)))

        return Residual(bits, None, p.cases(form((sign.sigma, 1), (ONE, -1)), then, otherwise))

    def relu_mod(self, linear: Linear, q: int, name: str, means: Means, value: int, relu: int) -> Residual:
        """A form congruent to ``[L]+`` modulo ``q``."""
        roles, builder, p = self.roles, self.roles.builder, self.roles.prover
        residue = residue_form(builder, linear, q)
        most = builder.interval(residue)[1]
        plan, top = self.lemmas.plan_sign(builder, linear), min(q - 1, most)
        if self.lemmas.predict_gates(builder, linear, "relu") <= self.lemmas._sign_gates(plan) + most // q + top:
            return self.relu(linear, name, means, value, relu)
        sign = self.sign(linear, name, means, "", value)
        reduced = reduce_mod(builder, residue, q, f"{name}.mod")
        whole, rest = roles.form(residue), roles.form(reduced)
        quotient = p.name(exact_quotient(form((whole, 1), (p.affine[value][1], -1)), q))  # (residue - L) / q
        turns = p.name(exact_quotient(form((whole, 1), (rest, -1)), q))
        what = p.name(rest)
        read = roles.named(residue)
        low, high = p.pair(read.f, form((read.form, 1), (turns, -q)), top)
        tie = p.zero(form((read.form, 1), (turns, -q), (what, -1)))
        p.bound((low, 1), (tie, -1))
        p.bound((high, 1), (tie, 1))
        congruent = p.zero(form((what, 1), (value, -1), (quotient, -q), (turns, q)))
        z, below, above = p.floor({relu: 1}, q)
        mask = self._masked(sign, reduced, top, top, f"{name}.residue", what, p.zero(form((rest, 1), (what, -1))))

        def then(i: int) -> int:
            one = p.one(i, sign.sigma)
            positive = p.decide(relu, p.sum((sign.low, 1), (i, 1 << sign.power)))
            apart = p.sum((positive, 1), (congruent, -1))  # [L]+ - what + q*(quotient - turns) = 0: both are residues
            up = p.sum((below, 1), (apart, -1), (("<", what), 1), by=q)
            down = p.sum((above, 1), (apart, 1), ((">", what), 1), by=q)
            none = p.equal(up, down)
            sign_of = -1 if p.of(none)[z] < 0 else 1
            return p.sum((apart, 1), (none, -sign_of * q), (mask.fires(one, None), 1))

        def otherwise(i: int) -> int:
            zero = p.none(i, sign.sigma)
            negative = p.decide(relu, p.sum((sign.high, 1), (i, 1 << sign.power)))
            none = p.equal(p.sum((above, 1), (negative, 1), by=q), p.sum((below, 1), (negative, -1), by=q))  # z = 0
            return p.sum((negative, 1), (none, -q), (mask.silent(zero), -1))

        return Residual(mask.bits, z, p.cases(form((sign.sigma, 1), (ONE, -1)), then, otherwise))


@dataclass
class Masked:
    """The bits of a value ``what`` in ``[0, width]`` where a sign is 1, and 0 where it is 0; one form ``what +
    width*sigma``.
    """

    roles: Roles
    sigma: int
    what: int
    width: int
    f: int
    content: int
    constant: int
    tie: int
    """The equality ``content*f + constant - what - width*sigma = 0``."""
    bits: Form

    def fires(self, one: int, upper: Fact | None) -> int:
        """``what - bits = 0`` where ``sigma - 1 = 0``; ``upper`` may say more of ``what`` than its bounds."""
        p = self.roles.prover
        x = p.sum((self.tie, 1), (one, self.width))
        top = ("<", self.what) if upper is None else upper
        low, high = self.roles.ends(self.content, p.sum((x, 1), ((">", self.what), 1)), p.sum((x, -1), (top, 1)))
        claim = form((self.bits, 1), (self.f, -self.content), (ONE, self.width - self.constant))
        return p.sum((p.steps(self.f, claim, 0, low, high), -1), (x, -1))

    def silent(self, zero: int) -> int:
        """``bits = 0`` where ``sigma = 0``."""
        p = self.roles.prover
        x = p.sum((self.tie, 1), (zero, self.width))
        low, high = self.roles.ends(self.content, None, p.sum((x, -1), (("<", self.what), 1)))
        return p.steps(self.f, self.bits, 0, low, high)
