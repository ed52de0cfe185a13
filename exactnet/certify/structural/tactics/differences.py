"""The sign of a difference by the first block where it differs (:mod:`exactnet.construct.classical.first_difference`).

For every event one needs that ``F`` is 0 if ``H`` is. It is bounded by how many digits are not 0, ``|F| <= q/2 *
(P_n - P_b)``, with ``P_c`` the number of digits below ``c`` that are not 0; and of these there are none if ``H`` is 0.
What is known of a form that is read follows in few steps from what is known of the one for one digit less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exactnet.certify.structural.prover import ONE, Fact, Part, form
from exactnet.certify.structural.tactics.roles import Roles
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.classical.first_difference import Differences, residues
from exactnet.structural.kernel import Form

__all__ = ["Difference", "DifferenceTactics"]


@dataclass(frozen=True)
class Difference:
    """``|Q|*positive <= Y <= |Q|*positive + FP`` for the sum ``Y`` that was built; ``positive`` is ``1[value >= 1]``."""

    sum: Form
    positive: int
    value: int
    """``H_0``."""
    lower: int
    upper: int


@dataclass(frozen=True)
class Digit:
    """``d`` in ``[-1, 1]``, and ``a = |d|`` with the facts ``a - d >= 0``, ``a + d >= 0``, ``a >= 0``, ``1 - a >= 0``."""

    d: int
    a: int
    over: int
    under: int
    nonnegative: int
    at_most_one: int


@dataclass(frozen=True)
class Event:
    """``e = 1[1 <= R < beta]`` as a variable, for ``R = M*F + D_b`` with ``M = 2*beta - 1`` and an ``F`` that is congruent
    to ``H`` modulo ``q``.
    """

    q: int
    read: int
    turns: int
    congruent: int
    """``R - M*H - D_b + M*q*turns = 0``."""
    most: int
    """``M*(q/2)*(P_n - P_b) - R + D_b >= 0``."""
    least: int
    """``M*(q/2)*(P_n - P_b) + R - D_b >= 0``."""
    event: int
    nonnegative: int
    at_most_one: int


@dataclass(frozen=True)
class Sums:
    """Of the ``n`` lowest digits, by ``c``: ``H_c = d_c + 2*H_(c+1)``, ``1[H_c >= 1]``, ``1[H_c >= 0]``, and the facts
    ``(n-c)*1[H_c != 0] - (P_n - P_c) >= 0``.
    """

    h: dict[int, int]
    positive: dict[int, int]
    not_negative: dict[int, int]
    digits: dict[int, int]


class DifferenceTactics:
    """Prove what :class:`~exactnet.construct.classical.first_difference.Differences` built, for ascending lengths."""

    def __init__(self, roles: Roles, differences: Differences) -> None:
        self.roles, self.differences, self.plan = roles, differences, differences.plan
        self.beta = 1 << self.plan.block
        self.factor = 2 * self.beta - 1
        p = roles.prover
        self.digits = [self._digit(roles.alias(roles.form(digit))) for digit in differences.digits]
        self.prefix = [roles.zero]
        for digit in self.digits:
            self.prefix.append(p.name(form((self.prefix[-1], 1), (digit.a, 1))))
        self._blocks: dict[int, int] = {}
        self._sums: dict[int, Sums] = {}
        self._known: dict[tuple[int, int], Event] = {}

    def _digit(self, d: int) -> Digit:
        p = self.roles.prover
        p.range(d)
        positive, not_negative = p.new_step(form((d, 1), (ONE, -1))), p.new_step({d: 1})
        a = p.name(form((positive, 1), (not_negative, -1), (ONE, 1)))
        over, under = p.steps(d, form((a, 1), (d, -1))), p.steps(d, form((a, 1), (d, 1)))
        return Digit(d, a, over, under, *p.pair(d, {a: 1}, 1))

    # --- digits and sums -------------------------------------------------------------------------------

    def _block(self, b: int) -> int:
        """``D_b``."""
        if b not in self._blocks:
            p, own = self.roles.prover, self.digits[b : b + self.plan.block]
            self._blocks[b] = p.name(form(*((digit.d, 1 << i) for i, digit in enumerate(own))))
            p.range(self._blocks[b])
        return self._blocks[b]

    def _sum_up(self, n: int) -> Sums:
        p = self.roles.prover
        sums = self._sums[n] = Sums({n: self.roles.zero}, {}, {}, {})
        for c in range(n - 1, -1, -1):
            h = sums.h[c] = p.name(form((self.digits[c].d, 1), (sums.h[c + 1], 2)))
            p.range(h)
            if c % self.plan.block == 0:
                sums.positive[c] = p.new_step(form((h, 1), (ONE, -1)))
        if self.plan.blocks(n):
            known = p.sum((("=", self.prefix[n]), 1), (("=", self.prefix[n]), -1))  # 0 = 0
            below: Part = (known, 1)
            for c in range(n - 1, self.plan.block - 1, -1):
                below = (self._count_digits(sums, n, c, below), 1)
        return sums

    def _count_digits(self, sums: Sums, n: int, c: int, above: Part) -> int:
        """``(n-c)*1[H_c != 0] - (P_n - P_c) >= 0`` from the same for ``c+1``."""
        p, h, up, digit, size = self.roles.prover, sums.h[c], sums.h[c + 1], self.digits[c], n - c
        if c not in sums.positive:
            sums.positive[c] = p.new_step(form((h, 1), (ONE, -1)))
        s, t = sums.positive[c], p.new_step({h: 1})
        sums.not_negative[c] = t
        differs, _ = p.pair(h, form((s, 1), (t, -1), (ONE, 1)), 1)
        more: Part = (("=", self.prefix[c + 1]), 1)
        last = size == 1
        cap: list[Part] = [above, more, (digit.at_most_one, 1)]
        if not last:
            cap.append((p.steps(up, form((sums.positive[c + 1], -1), (sums.not_negative[c + 1], 1))), size - 1))

        def positive(i: int) -> int:
            return p.sum((p.decide(s, i), size), (("<", t), size), *cap)

        def negative(i: int) -> int:
            return p.sum((p.decide(t, i), -size), ((">", s), size), *cap)

        def zero(i: int, j: int) -> int:
            both = p.sum((p.equal(j, i), 1), (("=", h), 1))  # d_c + 2*H_(c+1) = 0
            parts: list[Part] = [above, more, (differs, size)]
            known = both
            if not last:
                low = p.sum((both, 1), (("<", digit.d), 1), by=2)
                high = p.sum((both, -1), ((">", digit.d), 1), by=2)
                none = p.steps(up, form((sums.positive[c + 1], -1), (sums.not_negative[c + 1], 1), (ONE, -1)), None, low, high)
                known = p.sum((both, 1), (p.equal(low, high), -2))
                parts.append((none, size - 1))
            else:
                known = p.sum((both, 1), (("=", up), 2))
            off = p.steps(digit.d, {digit.a: -1}, None, known, p.sum((known, -1)))
            return p.sum(*parts, (off, 1))

        def not_positive(i: int) -> int:
            return p.cases({h: 1}, lambda j: zero(i, j), negative)

        sums.digits[c] = p.cases(form((h, 1), (ONE, -1)), positive, not_positive)
        return sums.digits[c]

    def _chain(self, n: int, c: int, times: int) -> list[Part]:
        """Parts that say ``times * (sum of d_i 2^(i-c) over c <= i < n - H_c) = 0``."""
        h = self._sums[n].h
        return [(("=", h[i]), times << (i - c)) for i in range(c, n + 1)]

    # --- events ------------------------------------------------------------------------------------------

    def _event(self, n: int, b: int, q: int, apart: Fact | None) -> Event:
        """What is known of an event, from the one for a digit less, if ``apart`` says how their ``H`` differ."""
        roles, p, block = self.roles, self.roles.prover, self._block(b)
        read, e = roles.alias(roles.form(self.differences.read(n, b, q))), roles.alias(roles.form(self.differences.event(n, b, q)))
        p.range(read)
        start, half, before = b + self.plan.block, self.factor * (q // 2), self._known[b, q] if apart is not None else None
        weights = residues(n - start, q)
        new = range(n - start if before is None else 1, 0, -1)  # how far below n
        turns = [(self.digits[n - i].d, ((1 << (n - i - start)) - weights[-i]) // q) for i in new]
        z = p.name(form(*turns) if before is None else form((before.turns, 1), *turns))
        parts: list[Part] = [(("=", read), -1), (("=", z), -self.factor * q)]
        if before is None:
            parts += [*self._chain(n, start, self.factor), (("=", block), 1)]
        else:
            assert apart is not None
            parts += [(before.congruent, 1), (apart, -self.factor)]
        ends = []
        for sign in (1, -1):
            end: list[Part] = [(("=", read), sign)]
            for i in new:
                digit, w = self.digits[n - i], sign * self.factor * weights[-i]
                end += [(digit.over if w > 0 else digit.under, abs(w)), (digit.nonnegative, half - abs(w))]
                end.append((("=", self.prefix[n - i + 1]), -half))
            if before is None:
                end.append((("=", block), -sign))
            else:
                end.append((before.most if sign > 0 else before.least, 1))
            ends.append(p.sum(*end))
        most, least = ends
        self._known[b, q] = Event(q, read, z, p.sum(*parts), most, least, e, *p.pair(read, {e: 1}, 1))
        return self._known[b, q]

    def _count(self, h: int, sign: int, events: Sequence[Event], lifted: int, below: int) -> int:
        """``FP - sum of e >= 0`` from ``h <= -1``, for ``h = sign*H``; ``lifted`` is ``sign*D_b + beta - 1``."""
        p = self.roles.prover
        extra: list[Part] = [(("=", lifted), 1)]
        if sign < 0:
            extra.append((("=", h), self.factor))
        listed = [(e.read, sign, e.event, e.q, p.sum((e.congruent, sign), *extra)) for e in events]
        return p.count_events(h, listed, 0, 0, below)

    def _no_digits(self, n: int, start: int, low: int, high: int) -> int:
        """``-(P_n - P_start) >= 0`` from ``H_start >= 0`` and ``-H_start >= 0``."""
        p, sums = self.roles.prover, self._sums[n]
        none = form((sums.positive[start], -1), (sums.not_negative[start], 1), (ONE, -1))
        return p.sum((sums.digits[start], 1), (p.steps(sums.h[start], none, None, low, high), n - start))

    def _lower(self, n: int, b: int, events: Sequence[Event], link: int) -> int:
        """``sum of e - |Q|*(s - t) >= 0``, with ``s = 1[H_b >= 1]`` and ``t = 1[H_(b+w) >= 1]``."""
        p, sums, start, size, block = self.roles.prover, self._sums[n], b + self.plan.block, len(events), self._block(b)
        s, t = sums.positive[b], sums.positive[start]
        low: list[Part] = [(e.nonnegative, 1) for e in events]

        def here(i: int, j: int) -> int:
            off, on = p.decide(t, j), p.decide(s, i)
            both = p.sum((on, 1), (link, -1))  # D_b + beta*h - 1 >= 0
            zero = p.sum((both, 1), (("<", block), 1), by=self.beta)
            digit = p.sum((both, 1), (off, self.beta))
            none = self._no_digits(n, start, zero, off)
            fired = []
            for e in events:
                weight = self.factor * (e.q // 2)
                above = p.sum((e.least, 1), (none, weight), (digit, 1))
                below = p.sum((e.most, 1), (none, weight), (("<", block), 1))
                fired.append(p.steps(e.read, form((e.event, 1), (ONE, -1)), None, above, below))
            return p.sum(*((fact, 1) for fact in fired), (("<", s), size), ((">", t), size))

        def then(i: int) -> int:
            return p.cases(form((t, 1), (ONE, -1)), lambda j: p.sum(*low, (j, size), (("<", s), size)), lambda j: here(i, j))

        return p.cases(form((s, 1), (ONE, -1)), then, lambda i: p.sum(*low, (i, size), ((">", t), size)))

    def _upper(self, n: int, b: int, events: Sequence[Event], link: int) -> int:
        """``|Q|*(s - t) + bound - sum of e >= 0``."""
        p, sums, start, size, block = self.roles.prover, self._sums[n], b + self.plan.block, len(events), self._block(b)
        s, t, h = sums.positive[b], sums.positive[start], sums.h[start]
        minus, lifted = p.name({h: -1}), [p.name(form((block, sign), (ONE, self.beta - 1))) for sign in (1, -1)]
        for v in (minus, *lifted):
            p.range(v)

        def positive(i: int) -> int:
            on = p.decide(t, i)
            also = p.decide(s, p.sum((link, 1), (i, self.beta), ((">", block), 1)))
            count = self._count(minus, -1, events, lifted[1], p.sum((i, 1), (("=", minus), 1)))
            return p.sum((count, 1), (also, size), (on, -size))

        def zero(i: int, j: int) -> int:
            off, none = p.decide(t, i), self._no_digits(n, start, j, i)

            def one(k: int) -> int:
                on = p.decide(s, p.sum((link, 1), (k, 1), (j, self.beta)))
                return p.sum(*((e.at_most_one, 1) for e in events), (on, size), (off, -size))

            def not_one(k: int) -> int:
                silent = []
                for e in events:
                    below = p.sum((e.most, 1), (none, self.factor * (e.q // 2)), (k, 1))  # -R >= 0
                    silent.append(p.steps(e.read, form((e.event, -1)), None, None, below))
                return p.sum(*((fact, 1) for fact in silent), ((">", s), size), (off, -size))

            return p.cases(form((block, 1), (ONE, -1)), one, not_one)

        def negative(i: int) -> int:
            off = p.decide(t, i)
            return p.sum((self._count(h, 1, events, lifted[0], i), 1), ((">", s), size), (off, -size))

        def not_positive(i: int) -> int:
            return p.cases({h: 1}, lambda j: zero(i, j), negative)

        return p.cases(form((h, 1), (ONE, -1)), positive, not_positive)

    # --- a difference ------------------------------------------------------------------------------------

    def prove(self, n: int) -> Difference:
        """The difference of the ``n`` lowest digits."""
        roles, p = self.roles, self.roles.prover
        sums, level = self._sum_up(n), self.plan.level(n)
        gate, top = self.differences.top(n), self._top(n, level)
        s = sums.positive[level]
        on_top = roles.is_gate(gate, top, 1, s, lambda i: p.decide(s, i), lambda i: p.decide(s, i))
        lowers, uppers, every = [], [], []
        for b in self.plan.blocks(n):
            start = b + self.plan.block
            shorter = n - 1 in self._sums and b in self.plan.blocks(n - 1)
            apart = p.sum(*self._chain(n, start, -1), *self._chain(n - 1, start, 1)) if shorter else None
            link = p.sum(*((("=", sums.h[b + i]), -(1 << i)) for i in range(self.plan.block)), (("=", self._block(b)), 1))
            events = [self._event(n, b, q, apart) for q in self.plan.moduli]
            every += events
            lowers.append(self._lower(n, b, events, link))
            uppers.append(self._upper(n, b, events, link))
        built = roles.form(self.differences.sign(n))
        plain = p.zero(form((built, 1), (roles.form(gate), -self.plan.scale), *((e.event, -1) for e in every)))
        whole = p.sum((plain, 1), (on_top, self.plan.scale))
        return Difference(
            built,
            sums.positive[0],
            sums.h[0],
            p.sum((whole, 1), *((fact, 1) for fact in lowers)),
            p.sum((whole, -1), *((fact, 1) for fact in uppers)),
        )

    def _top(self, n: int, level: int) -> Linear:
        return total(digit.scaled(1 << c) for c, digit in enumerate(self.differences.digits[level:n]))
