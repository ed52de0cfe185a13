"""A bit of a sum of columns by first passages (:mod:`exactnet.construct.classical.iterated_addition`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exactnet.certify.structural.prover import ONE, Part, form
from exactnet.certify.structural.tactics.numbers import Columns, Digits, equal_gate
from exactnet.certify.structural.tactics.roles import Named, Roles
from exactnet.construct.base.linear import Linear
from exactnet.construct.classical import iterated_addition
from exactnet.construct.gadgets.outputs.exact import residue_form
from exactnet.structural.kernel import Form, is_constant

__all__ = ["bit_of_sum"]


@dataclass(frozen=True)
class Reading:
    """``R = W*F + A_b`` modulo ``q``, and the events of all rows."""

    q: int
    read: Named
    turns: int
    below: int
    """``R - W*G_(b+1) - A_b + W*q*turns = 0``."""
    above: int
    """The same for ``-R``, ``-G_(b+1)``, and ``W - 1 - A_b``."""
    events: dict[tuple[int, int], tuple[int, int, int]]
    """By ``v`` and the value: ``e``, ``e >= 0``, ``1 - e >= 0``."""


class _Bit:
    """One bit, with ``G_b = A_b + 2*G_(b+1)`` by level; the highest is the form that gates read."""

    def __init__(self, roles: Roles, columns: Columns, plain: iterated_addition.Columns, plan: iterated_addition.Plan) -> None:
        self.roles, self.columns, self.plain, self.plan = roles, columns, plain, plan
        self.p = p = roles.prover
        top, level = plain.top(plan.j), plan.level
        self.size = max(1, len(plan.moduli))
        self.linear = {b: iterated_addition.column_sum(plain, plan.j, b) for b in range(top + 2)}
        self.gates = iterated_addition.top_sum(roles.builder, plain, plan)  # built first: the builder then knows its forms
        named = roles.named(self.linear[level])
        self.sums = {level: named.f}
        chain: list[Part] = [(("=", columns.height[c]), -(1 << c)) for c in range(level, top + 1)]
        if named.f in p.affine:
            chain.append((("=", named.f), 1 << level))
        for b in range(level - 1, -1, -1):
            self.sums[b] = p.name(form((columns.height[b], 1), (self.sums[b + 1], 2)))
            p.range(self.sums[b])
            chain.append((("=", self.sums[b]), 1 << b))
        self.rest, self.tie = columns.tie(plan.j, self.sums[0], chain)
        self.steps = {
            (v, b): p.new_step(form((g, 1), (ONE, -(v << (plan.j - b)) - int(b > 0))))
            for b, g in self.sums.items()
            for v in plain.counts(plan.j)
        }

    def top(self) -> tuple[Form, int]:
        """The gates on ``G_level``, and the equality ``sum - |Q| * (sum of (-1)^(v+1) steps) = 0``."""
        p, level = self.p, self.plan.level
        result = self.roles.form(self.gates)
        steps = form(*((self.steps[v, level], self.size if v % 2 else -self.size) for v in self.plain.counts(self.plan.j)))
        return result, p.steps(self.sums[level], form((result, 1), (steps, -1)), 0)

    def reading(self, b: int, q: int, minus: int, lifted: int) -> tuple[Reading, Form, int]:
        """The events of a level modulo ``q``; their sum as it was built, and that it is the sum of them with their signs."""
        roles, p, plan, height = self.roles, self.p, self.plan, len(self.plain.columns[b])
        width, builder = height + 1, roles.builder
        result = iterated_addition.events(builder, self.plain, plan.j, b, q)
        residue = residue_form(builder, self.linear[b + 1], q)
        read = roles.named(residue.scaled(width) + Linear(dict.fromkeys(self.plain.columns[b], 1)))
        turns = {name: (c - residue.terms.get(name, 0)) // q for name, c in self.linear[b + 1].terms.items()}
        z = p.name(roles.form(Linear(turns, -residue.constant // q)))  # the constant is a multiple of q
        same = [(self.sums[b + 1], -width), (self.columns.height[b], -1), (z, width * q)]
        below = p.zero(form((read.form, 1), *same))
        above = p.sum((below, -1), (("=", minus), width), (("=", lifted), 1))
        low, high = builder.interval(residue)
        events, signed = {}, Form()
        steps: dict[int, Form] = {}

        def at_least(at: int) -> Form:  # 1[R >= at]
            if at not in steps:
                sign, place = read.content, at - read.constant
                step = p.new_step(form((read.f, 1), (ONE, -place if sign > 0 else place - 1)))
                steps[at] = {step: 1} if sign > 0 else {step: -1, ONE: 1}
            return steps[at]

        for row in iterated_addition.rows(self.plain, plan.j, b):
            places = range(low + (row.value - low) % q, high + 1, q)
            parts = [(at_least(y * width + row.at), 1) for y in places] + [(at_least((y + 1) * width), -1) for y in places]
            e = p.name(form(*parts))
            if is_constant(p.affine[e][1]):
                p.range(e)
            events[row.v, row.value] = (e, *p.pair(read.f, {e: 1}, 1))
            signed = form((signed, 1), (e, row.sign))
        whole = roles.form(result)
        return Reading(q, read, z, below, above, events), whole, p.steps(read.f, form((whole, 1), (signed, -1)), 0)

    # --- one comparison at one level ------------------------------------------------------------------

    def _count(self, b: int, v: int, value: int, readings: list[Reading], minus: int, known: Part, distance: int) -> int:
        """``false - sum of e >= 0`` for a row, where ``G_(b+1)`` differs from its value: ``known`` says on which side, and by
        how much more than ``distance``.
        """
        p, below = self.p, known[1] > 0
        one: list[Part] = [((">", self.steps[v, b]), distance), (("<", self.steps[v, b]), distance)]  # 1 >= 0
        h = self.sums[b + 1] if below else minus
        extra: list[Part] = [] if below else [(("=", minus), 1)]
        fact = p.sum((known[0], 1), *extra, *one)
        sign = 1 if below else -1
        listed = [
            (r.read.f, sign * r.read.content, r.events[v, value][0], r.q, r.below if below else r.above) for r in readings
        ]
        return p.count_events(h, listed, sign * value, sign * value, fact)

    def _fires(self, b: int, v: int, value: int, r: Reading, what: Form, exact: int, least: Part, most: Part) -> int:
        """A form of an event, where ``exact`` says ``G_(b+1) - value = 0`` and two parts bound ``A_b``."""
        p, width = self.p, len(self.plain.columns[b]) + 1
        low = p.sum((r.below, 1), (exact, width), least)
        high = p.sum((r.below, -1), (exact, -width), most)
        return p.residue(r.read.f, r.read.content, what, width * r.q, {r.turns: -1}, low, high)

    def passage(self, b: int, v: int, readings: list[Reading], minus: int) -> tuple[int, int]:
        """``sum of e - |Q|*(s - t) >= 0`` and ``|Q|*(s - t) + false - sum of e >= 0`` for the steps ``s``, ``t`` of two levels."""
        p, size, need, g, a = self.p, self.size, int(b > 0), self.sums[b + 1], self.columns.height[b]
        s, t, shift = self.steps[v, b], self.steps[v, b + 1], v << (self.plan.j - b - 1)
        height = len(self.plain.columns[b])
        most = (height - need) // 2
        values = {h: shift - h for h in range(most + 1)}
        listed = {h: [r.events[v, x] for r in readings] for h, x in values.items() if readings and (v, x) in readings[0].events}
        every: list[Part] = [(low, 1) for events in listed.values() for _, low, _ in events]
        link = (("=", self.sums[b]), 1)  # -G_b + A_b + 2*G_(b+1) = 0

        def chain(i: int, h: int, at: Callable[[int, int, int], int], beyond: Callable[[int], int]) -> int:
            """By cases on ``G_(b+1)``, which is at most ``shift - h``; ``i`` says so."""
            if h > most:
                return beyond(i)
            further = lambda j: chain(j, h + 1, at, beyond)  # noqa: E731
            return p.cases(form((g, 1), (ONE, h - shift)), lambda j: at(i, j, h), further)

        def fired(i: int, j: int, h: int, on: int) -> int:
            exact = p.equal(j, i)
            if h not in listed:
                end: Part = ((">", g), 1) if values[h] < 0 else (("<", g), 1)
                return p.sum((exact, -1 if values[h] < 0 else 1), end)
            digit = p.sum((on, 1), link, (exact, -2))  # A_b - at >= 0
            facts = [
                self._fires(b, v, values[h], r, {r.events[v, values[h]][0]: 1, ONE: -1}, exact, (digit, 1), (("<", a), 1))
                for r in readings
            ]
            rest = [(low, 1) for k, events in listed.items() if k != h for _, low, _ in events]
            return p.sum(*((fact, 1) for fact in facts), *rest, (("<", s), size), ((">", t), size))

        def no_more(i: int, on: int) -> int:
            return p.sum((on, 1), link, (i, 2), (("<", a), 1))  # a negative number

        def arrived(i: int, j: int) -> int:
            on = p.decide(s, i)
            return chain(p.decide(t, j), 0, lambda k, m, h: fired(k, m, h, on), lambda k: no_more(k, on))

        def positive(i: int) -> int:
            return p.cases(form((t, 1), (ONE, -1)), lambda j: p.sum(*every, (j, size), (("<", s), size)), lambda j: arrived(i, j))

        lower = p.cases(form((s, 1), (ONE, -1)), positive, lambda i: p.sum(*every, (i, size), ((">", t), size)))

        def false_above(i: int, h: int, rows: list[int]) -> list[Part]:
            """``i`` says ``G_(b+1) - (shift - h) >= 0``, and the rows are further down."""
            return [(self._count(b, v, values[k], readings, minus, (i, -1), k - h - 1), 1) for k in rows]

        def false_below(i: int, h: int, rows: list[int]) -> list[Part]:
            """``i`` says ``shift - h - G_(b+1) >= 0``, and the rows are further up."""
            return [(self._count(b, v, values[k], readings, minus, (i, 1), h - k - 1), 1) for k in rows]

        def passed(i: int) -> int:
            on = p.decide(t, i)  # G_(b+1) - shift - 1 >= 0
            also = p.decide(s, p.sum((on, 2), ((">", a), 1), (("=", self.sums[b]), -1)))
            return p.sum(*false_above(on, -1, list(listed)), (also, size), (p.one(i, t), -size))

        def here(i: int, j: int, h: int, off: int) -> int:
            exact = p.equal(j, i)
            others = [*false_below(i, h, [k for k in listed if k < h]), *false_above(j, h, [k for k in listed if k > h])]

            def enough(k: int) -> int:
                also = p.decide(s, p.sum((k, 1), (("=", self.sums[b]), -1), (exact, 2)))
                mine = [(high, 1) for _, _, high in listed.get(h, [])]
                return p.sum(*others, *mine, (also, size), (off, -size))

            def too_few(k: int) -> int:
                mine: list[Part] = []
                if h in listed:
                    mine = [
                        (self._fires(b, v, values[h], r, {r.events[v, values[h]][0]: -1}, exact, ((">", a), 1), (k, 1)), 1)
                        for r in readings
                    ]
                return p.sum(*others, *mine, ((">", s), size), (off, -size))

            return p.cases(form((a, 1), (ONE, -(2 * h + need))), enough, too_few)

        def not_passed(i: int) -> int:
            below = p.decide(t, i)
            off = p.none(i, t)
            beyond = lambda k: p.sum(*false_below(k, most + 1, list(listed)), ((">", s), size), (off, -size))  # noqa: E731
            return chain(below, 0, lambda k, m, h: here(k, m, h, off), beyond)

        return lower, p.cases(form((t, 1), (ONE, -1)), passed, not_passed)


def bit_of_sum(
    roles: Roles,
    columns: Columns,
    plain: iterated_addition.Columns,
    plan: iterated_addition.Plan,
    digits: Digits,
    output: str,
) -> int:
    """``digit - output = 0``."""
    p, bit = roles.prover, _Bit(roles, columns, plain, plan)
    j, size = plan.j, bit.size
    result, same = bit.top()
    lower, upper = [(same, 1)], [(same, -1)]
    for b in range(plan.level):
        if not iterated_addition.rows(plain, j, b):
            continue
        minus, lifted = p.name({bit.sums[b + 1]: -1}), p.name({columns.height[b]: -1, ONE: len(plain.columns[b])})
        p.range(minus)
        p.range(lifted)
        readings = []
        for q in plan.moduli:
            reading, events, whole = bit.reading(b, q, minus, lifted)
            readings.append(reading)
            result = form((result, 1), (events, 1))
            lower.append((whole, 1))
            upper.append((whole, -1))
        for v in plain.counts(j):
            ends = bit.passage(b, v, readings, minus)
            lower.append((ends[0 if v % 2 else 1], 1))
            upper.append((ends[1 if v % 2 else 0], 1))
    at_most, at_least = p.sum(*upper), p.sum(*lower)
    steps = [bit.steps[v, 0] for v in plain.counts(j)]
    low, high = p.pair(bit.sums[0], form((bit.sums[0], 1), *((s, -(1 << j)) for s in steps)), (1 << j) - 1)
    value = form(*((s, -1 if v % 2 else 1) for v, s in enumerate(steps)))
    ends = p.pair(bit.sums[0], value, 1)
    rest = form((bit.rest, 1), *((s, 1) for s in steps[1::2]))
    equal = digits.last(j, value, rest, [(low, 1), (bit.tie, 1)], [(high, 1), (bit.tie, -1)], *ends)
    on = lambda i: p.sum((at_least, 1), (equal, size), (i, size))  # noqa: E731
    off = lambda i: p.sum((at_most, 1), (equal, -size), (i, size))  # noqa: E731
    return equal_gate(p, digits.digit[j], roles.constructed[output], on, off)
