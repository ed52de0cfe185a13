"""Signs by counted events (:mod:`exactnet.construct.gadgets.windows`), and ReLUs masked by them: route B with proven
moduli.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Protocol

import numpy as np

from exactnet.certify.structural.prover import ONE, Part, Prover, form
from exactnet.certify.structural.tactics.roles import Named, Roles, exact_quotient, multiples
from exactnet.certify.structural.tactics.sides import Residual, Side
from exactnet.claims.promises import Means
from exactnet.construct.base.builder import Builder
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.gadgets.outputs.exact import residue_form
from exactnet.construct.gadgets.relu_layer import plan_digits, residue_is_cheaper
from exactnet.construct.gadgets.windows import Levels, SignCount, _inside, sign_count
from exactnet.structural.kernel import Form, Refused

__all__ = ["Ladder", "WindowTactics"]


@dataclass(frozen=True)
class Event:
    """One event ``e`` of a level and a modulus: a function of ``f``, with ``content*f + constant - H - q*turns = 0``."""

    read: Named
    event: int
    turns: int
    q: int
    sum: int
    """``H``."""
    congruent: int
    nonnegative: int


@dataclass(frozen=True)
class Floor:
    """``h = floor((H - first) / scale)`` of a level, and ``r`` with ``H = scale*h + first + r``, in ``[0, scale - 1]``."""

    scale: int
    h: int
    r: int
    below: int
    """``H - first - scale*h >= 0``."""

    @classmethod
    def of(cls, p: Prover, value: int, first: int, scale: int) -> Floor:
        """Of ``H``, a variable with bounds."""
        h, below, above = p.floor(form((value, 1), (ONE, -first)), scale)
        r = p.name(form((value, 1), (ONE, -first), (h, -scale)))
        p.bound((above, 1), ((">", value), 1), by=scale)
        p.bound((below, 1), (("=", r), -1))
        p.bound((above, 1), (("=", r), 1))
        return cls(scale, h, r, below)


@dataclass
class Counted:
    """The count ``C`` of the events of one comparison, ``s = 1[L >= 0]``: ``C >= weight`` where ``s = 1``, below it
    where ``s = 0``.
    """

    result: Linear
    weight: int
    s: int
    lower: int
    """``C - weight*s >= 0``."""
    upper: Callable[[int], int]
    """Proves ``weight - 1 - C >= 0`` from ``-s >= 0``."""
    value: int
    """The equality ``H_0 - L = 0``."""
    sign: SignCount


@dataclass
class Masks:
    """Literals ``T = bit and sign``: ``(T, bit as a variable, place, bit)``."""

    parts: list[tuple[Form, int, int, Linear]]
    read: Named
    bits: Form
    """The sum of ``2^s * bit``, a function of ``read.f``."""


@dataclass(frozen=True)
class Ladder:
    """The levels of a comparison ``L >= 0``, lowest first, up to the exact one."""

    digits: list[int]
    """``A_b``, of all levels."""
    sums: list[int]
    """``H_b``, of all levels."""
    steps: list[int]
    """``s_b = 1[H_b >= 1]``, ``s_0 = 1[H_0 >= 0]``."""
    falls: list[int]
    """``s_b - s_{b+1} >= 0``."""
    tie: int
    """``H_0 - L = 0``."""

    @classmethod
    def of(cls, roles: Roles, levels: Levels, value: int) -> Ladder:
        """Define and prove all of it; ``value`` is a variable that is ``L``."""
        p, beta = roles.prover, 1 << levels.bits
        digits = []
        for digit in levels.digits:
            digits.append(p.name(roles.named(digit).form))
            p.range(digits[-1])
        above: list[int] = []
        sums: list[int] = []
        for j in range(len(digits) - 1, -1, -1):
            h = p.name(form((digits[j], 1), (ONE, -levels.offsets[j]), *((v, beta) for v in above)))
            p.range(h)
            above = [h]
            sums.insert(0, h)
        tie = p.zero(form((sums[0], 1), (value, -1)))
        steps = [p.new_step(form((sums[j], 1), (ONE, -1 if j else 0))) for j in range(levels.exact + 1)]
        falls = [cls._falls(roles, steps, sums, digits, j, beta) for j in range(levels.exact)]
        return cls(digits, sums, steps, falls, tie)

    @staticmethod
    def _falls(roles: Roles, steps: list[int], sums: list[int], digits: list[int], j: int, beta: int) -> int:
        """``s_j >= s_{j+1}``: if ``H_{j+1} >= 1``, then ``H_j >= beta - D_j >= 1``."""
        p = roles.prover

        def then(i: int) -> int:
            up = p.decide(steps[j + 1], i)
            low = p.sum((up, beta), ((">", digits[j]), 1), (("=", sums[j]), -1))
            return p.sum((p.decide(steps[j], low), 1), (("<", steps[j + 1]), 1))

        return p.cases(form((steps[j + 1], 1), (ONE, -1)), then, lambda i: p.sum(((">", steps[j]), 1), (i, 1)))


class Comparing(Protocol):
    """How a route cuts a comparison, and its moduli."""

    def levels(self, builder: Builder, form: Linear, /) -> Levels:
        """The levels."""
        ...

    def moduli(self, builder: Builder, levels: Levels, form: Linear, name: str, /) -> Sequence[int]:
        """The moduli."""
        ...


@dataclass
class WindowTactics:
    """What the lemmas of :class:`Residue` built, proved; see :class:`~exactnet.certify.structural.tactics.nodes.RouteTactics`.
    """

    roles: Roles
    lemmas: Comparing

    # --- the count ---------------------------------------------------------------------------------

    def count(self, linear: Linear, name: str, value: int) -> Counted:
        """The events of all levels and moduli."""
        roles, p, builder = self.roles, self.roles.prover, self.roles.builder
        levels = self.lemmas.levels(builder, linear)
        moduli = self.lemmas.moduli(builder, levels, linear, name)
        exact, beta, weight = levels.exact, 1 << levels.bits, max(1, len(moduli))
        ladder = Ladder.of(roles, levels, value)
        digits, sums, steps, falls, tie = ladder.digits, ladder.sums, ladder.steps, ladder.falls, ladder.tie
        need = 1 if exact else 0
        top = levels.partial[exact]
        gate = builder.step(top, need, f"{name}.H{exact}")
        on_top = roles.is_gate(
            gate, top, need, steps[exact], lambda i: p.decide(steps[exact], i), lambda i: p.decide(steps[exact], i)
        )
        lowers: list[Part] = []
        scale = gcd(*moduli) if len(moduli) > 1 else 1
        floors: dict[int, Floor] = {}
        events: dict[int, list[Event]] = {}
        parts = [gate.scaled(weight)]
        for level in range(exact - 1, -1, -1):
            least, most = levels.window(level)
            if most >= least:
                floors[level] = Floor.of(p, sums[level], least, scale)
                above = events.get(level + 1, [])
                events[level] = []
                for i, q in enumerate(moduli):
                    event, result = self._event(levels, level, q, sums[level], name, above[i] if above else None)
                    parts.append(result)
                    events[level].append(event)
            here = events.get(level, [])
            lowers.append((self._passes(steps, sums, digits, level, beta, here), 1 if here else weight))
        result = builder.share(total(parts), f"{name}.count", 0, weight * (exact + 1))
        every = [event for level in events.values() for event in level]
        plain = p.zero(
            form((roles.form(result), 1), (roles.form(gate), -weight), *((event.event, -1) for event in every))
        )
        whole = p.sum((plain, 1), (on_top, weight))  # C - weight*s_exact - sum of events = 0
        lower = p.sum((whole, 1), *lowers)

        def upper(i: int) -> int:
            off, bounds = i, []
            for j in range(exact + 1):
                off = p.sum((off, 1), (falls[j - 1], 1)) if j else off  # -s_j >= 0
                if j in events:
                    floor, (least, most) = floors[j], levels.window(j)
                    below = p.sum((p.decide(steps[j], off), 1), (floor.below, 1), by=scale)  # h <= -1
                    listed = [
                        (e.read.f, e.read.content, e.event, e.q // scale, p.sum((e.congruent, 1), (("=", floor.r), 1)))
                        for e in events[j]
                    ]
                    bounds.append(p.count_events(floor.h, listed, 0, (most - least) // scale, below))
            return p.sum((whole, -1), *((bound, 1) for bound in bounds), (off, weight))

        return Counted(result, weight, steps[0], lower, upper, tie, sign_count(builder, levels, moduli, name))

    def _event(
        self, levels: Levels, level: int, q: int, h: int, name: str, above: Event | None
    ) -> tuple[Event, Linear]:
        """The event of a level; the one above it, for the same modulus, spares the long numbers of a quotient by ``q``."""
        roles, p, builder = self.roles, self.roles.prover, self.roles.builder
        least, most = levels.window(level)
        partial = levels.partial[level]
        residue = residue_form(builder, partial, q)
        result = _inside(builder, residue, q, least, most, f"{name}.H{level}mod{q}")
        read = roles.named(residue)
        event = roles.alias(roles.form(result))
        if above is None:
            turns = p.name(exact_quotient(form((roles.form(residue), 1), (roles.form(partial), -1)), q))
            congruent = p.zero(form((read.form, 1), (h, -1), (turns, -q)))
        else:
            beta, digit = 1 << levels.bits, levels.digits[level].plus(-levels.offsets[level])
            last = roles.form(residue_form(builder, levels.partial[level + 1], q))
            rest = exact_quotient(form((roles.form(residue), 1), (last, -beta), (roles.form(digit), -1)), q)
            turns = p.name(form((above.turns, beta), (rest, 1)))
            apart = form((read.form, 1), (above.read.form, -beta), (rest, -q), (h, -1), (above.sum, beta))  # is 0
            congruent = p.sum((above.congruent, beta), (("=", turns), q), *p.expand(apart)[0])
        low, high = p.pair(read.f, {event: 1}, 1)
        p.bound((low, 1))
        p.bound((high, 1))
        return Event(read, event, turns, q, h, congruent, low), result

    def _passes(
        self, steps: list[int], sums: list[int], digits: list[int], level: int, beta: int, events: list[Event]
    ) -> int:
        """The sum over the events of ``e - s_level + s_{level+1}`` is not negative, as the window has ``H_level`` if
        ``H_{level+1}`` is not positive; if there are no events, neither is ``s_{level+1} - s_level``.
        """
        p = self.roles.prover
        s, t, h, n = steps[level], steps[level + 1], sums[level], max(1, len(events))
        nonnegative: list[Part] = [(event.nonnegative, 1) for event in events]

        def here(i: int, j: int) -> int:
            low = p.decide(s, i)
            off = p.decide(t, j)
            high = p.sum((off, beta), (("<", digits[level]), 1), (("=", h), 1))
            if not events:
                return p.sum((low, 1), (high, 1))
            fires: list[Part] = []
            for event in events:
                ends = p.sum((low, 1), (event.congruent, 1)), p.sum((high, 1), (event.congruent, -1))
                read, what = event.read, form((event.event, 1), (ONE, -1))
                # the facts are about content*f + constant: the constant moves into the window
                fires.append((p.residue(read.f, read.content, what, event.q, {event.turns: 1}, *ends), 1))
            return p.sum(*fires, (("<", s), n), ((">", t), n))

        def then(i: int) -> int:
            return p.cases(
                form((t, 1), (ONE, -1)), lambda j: p.sum((("<", s), n), (j, n), *nonnegative), lambda j: here(i, j)
            )

        return p.cases(form((s, 1), (ONE, -1)), then, lambda i: p.sum((i, n), ((">", t), n), *nonnegative))

    # --- gates and ReLUs -----------------------------------------------------------------------------

    def side(self, linear: Linear, result: Linear, name: str, means: Means, value: int) -> Side:
        """``1[L >= 0]`` as the lemma for threshold gates makes it."""
        roles, p = self.roles, self.roles.prover
        if not self.lemmas.levels(roles.builder, linear).exact:
            return Side.of_gate(roles, linear, result, value)
        c = self.count(linear, name, value)
        same = self._rounded(c, result)
        return Side(
            result,
            c.s,
            same,
            lambda i: p.sum((p.decide(c.s, i), 1), (c.value, -1)),
            lambda i: p.sum((p.decide(c.s, i), 1), (c.value, 1)),
        )

    def _rounded(self, c: Counted, gate: Linear) -> int:
        """``gate - s = 0`` for the gate that rounds a count."""
        p = self.roles.prover
        return self.roles.is_gate(gate, c.result, c.weight, c.s, lambda i: p.sum((c.lower, 1), (i, c.weight)), c.upper)

    def _bits(self, linear: Linear, stem: str, mask: str, c: Counted, place: int, q: int | None = None) -> Masks:
        """The bits of a form (modulo ``q``), masked."""
        roles, p, builder = self.roles, self.roles.prover, self.roles.builder
        low, high = builder.interval(linear)
        read, parts = roles.named(linear), []
        bits: Form = {}
        values = np.arange(low, high + 1) if q is None else np.arange(low, high + 1) % q
        for s in range((high if q is None else q - 1).bit_length()):
            bit = builder.exact_sum(linear, (values >> s) & 1, f"{stem}.{s}")
            v = roles.alias(roles.form(bit))
            if not p.bounded(v):
                below, above = p.pair(read.f, {v: 1}, 1)
                p.bound((below, 1))
                p.bound((above, 1))
            masked = c.sign.mask(builder, bit, f"{mask}.{s}" if q is None else f"{mask}{s}")
            parts.append((roles.form(masked), v, place << s, bit))
            bits = form((bits, 1), (v, 1 << s))
        return Masks(parts, read, bits)

    def _masks(
        self, parts: list[tuple[Form, int, int, Linear]], c: Counted, gate: Linear | None, rounded: int | None
    ) -> tuple[Callable[[int, int], list[Part]], Callable[[int, int], list[Part]]]:
        """Functions that prove ``T - bit = 0`` for all masks where ``s = 1``, and ``T = 0`` where ``s = 0``, times
        their places.
        """
        roles, p, most = self.roles, self.roles.prover, c.sign.most
        count = roles.alias(roles.form(c.result))
        p.range(count)
        if p.high[count] > most or p.low[count] < 0:
            raise Refused("the range of a count is wider than that of the construction")
        same = p.zero(form((count, 1), (roles.form(c.result), -1)))
        ties: list[tuple[Named, int] | None] = []
        for _, v, _, bit in parts:
            if not bit.terms:
                ties.append(None)
                continue
            read = roles.named(bit.scaled(most) + c.sign.count)
            ties.append((read, p.zero(form((read.form, 1), (v, -most), (count, -1)))))

        def reach(x: int, fact: int, sign: int) -> int:
            """``T - 1 = 0`` from ``most*bit + count >= most + weight`` (sign 1), ``T = 0`` from less."""
            (target, *_), tie = parts[x], ties[x]
            assert tie is not None
            ends = roles.ends(
                tie[0].content,
                *((p.sum((fact, 1), (tie[1], 1)), None) if sign > 0 else (None, p.sum((fact, 1), (tie[1], -1)))),
            )
            return p.steps(tie[0].f, form((target, 1), (ONE, -1 if sign > 0 else 0)), 0, *ends)

        def constant(x: int, known: int, on: bool) -> int:
            """A mask of a bit that is constant: the rounded gate, or nothing."""
            target, v, _, bit = parts[x]
            if not bit.constant:
                return p.zero(form((target, 1), (v, -1 if on else 0)))
            assert gate is not None
            assert rounded is not None
            rest = form((target, 1), (v, -1 if on else 0), (roles.form(gate), -1), (ONE, int(on)))
            return p.sum((rounded, 1), (known, 1), (p.zero(rest), 1))

        def on(i: int, one: int) -> list[Part]:
            low = p.sum((c.lower, 1), (i, c.weight), (same, 1))
            done: list[Part] = []
            for x, (_, v, place, _) in enumerate(parts):
                if ties[x] is None:
                    done.append((constant(x, one, True), -place))
                    continue

                def yes(j: int, x: int = x, v: int = v) -> int:
                    return p.sum((reach(x, p.sum((j, most), (low, 1)), 1), 1), (p.one(j, v), -1))

                def no(j: int, x: int = x, v: int = v) -> int:
                    return p.sum((reach(x, p.sum((j, most), (("<", count), 1)), -1), 1), (p.none(j, v), -1))

                done.append((p.cases(form((v, 1), (ONE, -1)), yes, no), -place))
            return done

        def off(i: int, zero: int) -> list[Part]:
            high = p.sum((c.upper(i), 1), (same, -1))
            return [
                (
                    constant(x, zero, False) if ties[x] is None else reach(x, p.sum((high, 1), (("<", v), most)), -1),
                    -place,
                )
                for x, (_, v, place, _) in enumerate(parts)
            ]

        return on, off

    def relu(self, linear: Linear, name: str, means: Means, value: int, relu: int) -> Residual:
        """``[L]+`` over the masked bits of redundant digits."""
        roles, p, builder = self.roles, self.roles.prover, self.roles.builder
        plan = plan_digits(builder, linear)
        c = self.count(linear, name, value)
        masks, number, sums = [], [(value, 1), (ONE, 1 << plan.power)], []
        for j, digit in enumerate(plan.digits.forms):
            place = 1 << (j * plan.digits.bits)
            masked = self._bits(digit, f"{name}.a{j}", f"{name}.bit{j}", c, place)
            masks += masked.parts
            a = p.name(masked.read.form)
            sums.append((p.steps(masked.read.f, form((a, 1), (masked.bits, -1)), 0), place))
            number.append((a, -place))
        gate = c.sign.rounded(builder, f"{name}.sign")
        rounded = self._rounded(c, gate)
        split = p.zero(form(*number))  # L + 2^K - sum of digits = 0
        bits = form((roles.form(gate), -(1 << plan.power)), *((target, place) for target, _, place, _ in masks))
        on, off = self._masks(masks, c, gate, rounded)

        def then(i: int) -> int:
            one = p.one(i, c.s)
            positive = p.decide(relu, p.sum((p.decide(c.s, i), 1), (c.value, -1)))
            done = on(i, one)
            size = 1 << plan.power
            return p.sum((positive, 1), (rounded, size), (one, size), (split, 1), *((s, t) for s, t in sums), *done)

        def otherwise(i: int) -> int:
            zero = p.none(i, c.s)
            negative = p.decide(relu, p.sum((p.decide(c.s, i), 1), (c.value, 1)))
            return p.sum((negative, 1), (rounded, 1 << plan.power), (zero, 1 << plan.power), *off(i, zero))

        return Residual(bits, None, p.cases(form((c.s, 1), (ONE, -1)), then, otherwise))

    def relu_mod(self, linear: Linear, q: int, name: str, means: Means, value: int, relu: int) -> Residual:
        """A form over masked bits that is congruent to ``[L]+`` modulo ``q``."""
        roles, p, builder = self.roles, self.roles.prover, self.roles.builder
        if not residue_is_cheaper(builder, plan_digits(builder, linear), linear, q):
            return self.relu(linear, name, means, value, relu)
        c = self.count(linear, name, value)
        residue = residue_form(builder, linear, q)
        masks = self._bits(residue, f"{name}.mod{q}", f"{name}.residue", c, 1, q)
        gate, rounded = None, None
        if any(not bit.terms and bit.constant for *_, bit in masks.parts):
            gate = c.sign.rounded(builder, f"{name}.sign")
            rounded = self._rounded(c, gate)
        read = masks.read
        f = read.f
        turns = multiples(roles, read, q, builder.interval(residue)[1])
        same = p.steps(f, form((read.form, 1), (turns, -q), (masks.bits, -1)), 0)
        low, high = p.pair(f, masks.bits, q - 1)
        quotient = p.name(exact_quotient(form((roles.form(residue), 1), (p.affine[value][1], -1)), q))
        congruent = p.zero(form((read.form, 1), (value, -1), (quotient, -q)))
        rest = p.sum((congruent, 1), (same, -1))  # bits + q*turns - L - q*quotient = 0
        z, below_z, above_z = p.floor({relu: 1}, q)
        bits = form(*((target, place) for target, _, place, _ in masks.parts))
        on, off = self._masks(masks.parts, c, gate, rounded)

        def then(i: int) -> int:
            one = p.one(i, c.s)
            positive = p.decide(relu, p.sum((p.decide(c.s, i), 1), (c.value, -1)))
            done = on(i, one)
            apart = p.sum((positive, 1), (rest, -1))  # [L]+ - bits - q*(turns - quotient) = 0
            up = p.sum((below_z, 1), (apart, -1), (high, 1), by=q)
            down = p.sum((above_z, 1), (apart, 1), (low, 1), by=q)
            return p.sum((apart, 1), (p.equal(up, down), q), *done)

        def otherwise(i: int) -> int:
            zero = p.none(i, c.s)
            negative = p.decide(relu, p.sum((p.decide(c.s, i), 1), (c.value, 1)))
            done = off(i, zero)
            none = p.equal(p.sum((above_z, 1), (negative, 1), by=q), p.sum((below_z, 1), (negative, -1), by=q))
            return p.sum((negative, 1), (none, -q), *done)

        return Residual(bits, z, p.cases(form((c.s, 1), (ONE, -1)), then, otherwise))
