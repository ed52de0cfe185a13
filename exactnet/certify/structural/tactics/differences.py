"""The sign of a difference by the first place where it differs (:mod:`exactnet.construct.classical.first_difference`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exactnet.certify.structural.prover import ONE, Fact, Part, form
from exactnet.certify.structural.tactics.roles import Named, Roles
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.classical.first_difference import Plan, _form
from exactnet.structural.kernel import Form

__all__ = ["Difference", "difference"]


@dataclass(frozen=True)
class Difference:
    """``|Q|*positive <= Y <= |Q|*positive + FP`` for the sum ``Y`` that was built, where ``positive`` is ``1[H_0 >=
    1]``.
    """

    result: Linear
    sum: Form
    positive: int
    value: int
    """``H_0``."""
    lower: int
    upper: int


@dataclass(frozen=True)
class Event:
    """``e = 1[R >= 1] - 1[R >= 2]`` for ``R = content*f + constant = 3F + D_b``, where ``F`` is congruent to
    ``H_{b+1}`` modulo ``q``.
    """

    read: Named
    event: int
    residue: int
    zero: int
    """``1[F = 0]``."""
    q: int
    tie: int
    """The equality ``R - 3F - D_b = 0``."""
    congruent: int
    nonnegative: int
    at_most_one: int
    only_at_zero: int
    """``1[F = 0] - e >= 0``."""


@dataclass
class _Levels:
    """The digits ``D_c`` and ``H_c = D_c + 2*H_{c+1}``, lowest first."""

    roles: Roles
    plan: Plan
    digits: list[int]
    sums: list[int]
    steps: list[int]

    def zeros(self, level: int, known: int) -> list[int]:
        """``D_c = 0`` for all ``c >= level`` from ``H_level = 0``."""
        p, lines = self.roles.prover, []
        for c in range(level, len(self.digits)):
            d = self.digits[c]
            both = p.sum((known, 1), (("=", self.sums[c]), 1))  # D_c + 2*H_{c+1} = 0
            up = p.sum((both, 1), (("<", d), 1), by=2)
            down = p.sum((both, -1), ((">", d), 1), by=2)
            known = p.equal(up, down)  # H_{c+1} = 0
            lines.append(p.sum((both, 1), (known, -2)))
        return lines

    def event(self, digits: Sequence[Linear], b: int, q: int, name: str) -> tuple[Event, Linear]:
        """The two gates of a level and a modulus."""
        roles, p, builder = self.roles, self.roles.prover, self.roles.builder
        small = _form(digits[b + 1 :], q)
        linear = small.scaled(3) + digits[b]
        result = builder.step(linear, 1, f"{name}.{b}mod{q}") - builder.step(linear, 2, f"{name}.{b}mod{q}")
        read, event = roles.named(linear), roles.alias(roles.form(result))
        above = range(len(self.digits) - b - 1)
        weights = [(pow(2, c, q) + q // 2) % q - q // 2 for c in above]
        residue = p.name(form(*((self.digits[b + 1 + c], weights[c]) for c in above)))
        p.range(residue)
        turns = p.name(form(*((self.digits[b + 1 + c], (weights[c] - (1 << c)) // q) for c in above)))
        congruent = p.zero(form((residue, 1), (self.sums[b + 1], -1), (turns, -q)))
        tie = p.zero(form((read.form, 1), (residue, -3), (self.digits[b], -1)))
        zero = p.name(form((p.new_step({residue: 1}), 1), (p.new_step(form((residue, 1), (ONE, -1))), -1)))
        low, high = p.pair(read.f, {event: 1}, 1)
        zero_low = p.steps(residue, {zero: 1})

        def silent(i: int) -> int:  # R >= 2, or R <= 0
            return p.sum((self.at(read, form((event, -1)), i), 1), (zero_low, 1))

        def small_values(i: int) -> int:
            def one(j: int) -> int:
                bound = p.sum((j, 1), (tie, -1))  # 3F + D_b - 1 >= 0
                above_zero = p.sum((bound, 1), (("<", self.digits[b]), 1), by=3)
                below = p.sum((i, 1), (tie, 1), ((">", self.digits[b]), 1), by=3)
                there = p.steps(residue, form((zero, 1), (ONE, -1)), None, above_zero, below)
                return p.sum((there, 1), (high, 1))

            return p.cases(form((read.form, 1), (ONE, -1)), one, silent)

        only = p.cases(form((read.form, 1), (ONE, -2)), silent, small_values)
        return Event(read, event, residue, zero, q, tie, congruent, low, high, only), result

    def at(self, read: Named, what: Form, *facts: int) -> int:
        """``what >= 0`` for a function of ``f`` where facts bound ``content*f + constant``."""
        p = self.roles.prover
        ends: dict[bool, Fact] = {}
        for fact in facts:
            reduced = p.sum((fact, 1), by=abs(read.content))
            ends[p.of(reduced).get(read.f, 0) > 0] = reduced
        return p.steps(read.f, what, None, ends.get(True), ends.get(False))

    def lower(self, b: int, events: list[Event]) -> int:
        """``sum of e - |Q|*(s - t) >= 0``, with ``s = 1[H_b >= 1]`` and ``t = 1[H_{b+1} >= 1]``."""
        p, s, t, size = self.roles.prover, self.steps[b], self.steps[b + 1], len(events)
        low: list[Part] = [(e.nonnegative, 1) for e in events]

        def here(i: int, j: int) -> int:
            off, on = p.decide(t, j), p.decide(s, i)
            both = p.sum((on, 1), (("=", self.sums[b]), 1))  # D_b + 2*H_{b+1} - 1 >= 0
            zero = p.equal(p.sum((both, 1), (("<", self.digits[b]), 1), by=2), off)
            digit = p.one(p.sum((both, 1), (zero, -2)), self.digits[b])
            above = self.zeros(b + 1, zero)
            fired = []
            for e in events:
                residue = p.affine[e.residue][1]
                parts: list[Part] = [(fact, 3 * residue.get(d, 0)) for d, fact in zip(self.digits[b + 1 :], above, strict=True)]
                known = p.sum((e.tie, 1), (("=", e.residue), -3), (digit, 1), *parts)  # R - 1 = 0
                fired.append(self.at(e.read, form((e.event, 1), (ONE, -1)), known, p.sum((known, -1))))
            return p.sum(*((fact, 1) for fact in fired), (("<", s), size), ((">", t), size))

        def then(i: int) -> int:
            return p.cases(form((t, 1), (ONE, -1)), lambda j: p.sum(*low, (j, size), (("<", s), size)), lambda j: here(i, j))

        return p.cases(form((s, 1), (ONE, -1)), then, lambda i: p.sum(*low, (i, size), ((">", t), size)))

    def upper(self, b: int, events: list[Event]) -> int:
        """``|Q|*(s - t) + bound - sum of e >= 0``."""
        p, s, t, h, size = self.roles.prover, self.steps[b], self.steps[b + 1], self.sums[b + 1], len(events)
        minus = p.name({h: -1})
        p.range(minus)
        rest: list[Part] = [(e.only_at_zero, 1) for e in events]

        def positive(i: int) -> int:
            on = p.decide(t, i)
            also = p.decide(s, p.sum((i, 2), (("=", self.sums[b]), -1), ((">", self.digits[b]), 1)))
            listed = [(e.residue, -1, e.zero, e.q, p.sum((e.congruent, -1), (("=", minus), 1))) for e in events]
            count = p.count_events(minus, listed, 0, 0, p.sum((i, 1), (("=", minus), 1)))
            return p.sum((count, 1), *rest, (also, size), (on, -size))

        def zero(i: int, j: int) -> int:
            none = p.equal(j, i)
            off = p.decide(t, i)
            above = self.zeros(b + 1, none)

            def one(k: int) -> int:
                on = p.decide(s, p.sum((k, 1), (none, 2), (("=", self.sums[b]), -1)))
                return p.sum(*((e.at_most_one, 1) for e in events), (on, size), (off, -size))

            def not_one(k: int) -> int:
                silent = []
                for e in events:
                    residue = p.affine[e.residue][1]
                    pairs = zip(self.digits[b + 1 :], above, strict=True)
                    parts: list[Part] = [(fact, -3 * residue.get(d, 0)) for d, fact in pairs]
                    known = p.sum((k, 1), (e.tie, -1), (("=", e.residue), 3), *parts)  # -R >= 0
                    silent.append(self.at(e.read, form((e.event, -1)), known))
                return p.sum(*((fact, 1) for fact in silent), ((">", s), size), (off, -size))

            return p.cases(form((self.digits[b], 1), (ONE, -1)), one, not_one)

        def negative(i: int) -> int:
            off = p.decide(t, i)
            also = p.decide(s, p.sum((i, 2), (("=", self.sums[b]), 1), (("<", self.digits[b]), 1)))
            listed = [(e.residue, 1, e.zero, e.q, e.congruent) for e in events]
            count = p.count_events(h, listed, 0, 0, i)
            return p.sum((count, 1), *rest, (also, size), (off, -size))

        def not_positive(i: int) -> int:
            return p.cases({h: 1}, lambda j: zero(i, j), negative)

        return p.cases(form((h, 1), (ONE, -1)), positive, not_positive)


def difference(roles: Roles, digits: Sequence[Linear], plan: Plan, name: str) -> Difference:
    """Prove what :func:`~exactnet.construct.classical.first_difference.difference_sign` built from these digits."""
    p, builder = roles.prover, roles.builder
    named = []
    for digit in digits:
        named.append(p.name(roles.form(digit)))
        p.range(named[-1])
    sums = [roles.zero]
    for d in reversed(named):
        sums.insert(0, p.name(form((d, 1), (sums[0], 2))))
        p.range(sums[0])
    level = max(0, len(digits) - plan.top)
    steps = [p.new_step(form((sums[c], 1), (ONE, -1))) for c in range(level + 1)]
    levels = _Levels(roles, plan, named, sums, steps)
    top = _form(digits[level:], 0)
    gate = builder.step(top, 1, f"{name}.top")
    on_top = roles.is_gate(gate, top, 1, steps[level], lambda i: p.decide(steps[level], i), lambda i: p.decide(steps[level], i))
    parts, every, lowers, uppers = [gate.scaled(plan.scale)], [], [], []
    for b in range(level):
        events = []
        for q in plan.moduli:
            event, result = levels.event(digits, b, q, name)
            events.append(event)
            parts.append(result)
        every += events
        lowers.append(levels.lower(b, events))
        uppers.append(levels.upper(b, events))
    result = total(parts)
    plain = p.zero(form((roles.form(result), 1), (roles.form(gate), -plan.scale), *((e.event, -1) for e in every)))
    whole = p.sum((plain, 1), (on_top, plan.scale))
    return Difference(
        result,
        roles.form(result),
        steps[0],
        sums[0],
        p.sum((whole, 1), *((fact, 1) for fact in lowers)),
        p.sum((whole, -1), *((fact, 1) for fact in uppers)),
    )
