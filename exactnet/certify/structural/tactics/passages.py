"""Literals by first passage (:mod:`exactnet.construct.gadgets.passages`), a little too large: route D with proven moduli.

A literal ``y = f(a)*1[L >= 0]`` is ``z_0`` of ``z_b = f(a)*s_b``, where ``s_b`` are the steps of the levels. Of each level it is
proved that its events add up to ``N*(z_b - z_{b+1})`` at least, and to ``err`` more at most: where ``H_{b+1}`` is one of the
``-h``, every event is what it should be, and elsewhere false events are counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from exactnet.certify.structural.prover import ONE, Fact, Part, form
from exactnet.certify.structural.tactics.noisy import Literal, NoisyRoles
from exactnet.certify.structural.tactics.ranges import relu_range
from exactnet.certify.structural.tactics.roles import Named, exact_quotient, multiples
from exactnet.certify.structural.tactics.sides import Residual, Side
from exactnet.certify.structural.tactics.windows import Ladder, WindowTactics
from exactnet.claims.promises import Means
from exactnet.construct.base.linear import Linear
from exactnet.construct.gadgets.passages import Column, Intervals, Passage
from exactnet.construct.gadgets.windows import Levels
from exactnet.construct.routes.stacked.joined import Comparison, Unit
from exactnet.construct.routes.stacked.moduli import Neuron
from exactnet.construct.routes.stacked.route import Stacked
from exactnet.structural.kernel import Form, Refused

__all__ = ["PassageTactics"]

#: Proves something where a variable is a number ``x``, from ``v - x >= 0`` and ``x - v >= 0``.
Leaf = Callable[[int, Fact, Fact], int]


@dataclass
class Joined:
    """What a unit joins with a comparison: an integer ``a`` in ``[0, high]``; for a comparison alone nothing, as 1."""

    a: int | None
    high: int
    level: int | None = None
    """Of which digit, if of one."""


@dataclass
class Value:
    """One literal of a unit: ``f(a)`` as a variable (None for 1), and ``z_b = f(a)*s_b``."""

    name: str
    function: Callable[[int], int]
    what: int | None
    most: int
    z: list[int]


@dataclass
class Joint:
    """A sum of steps ``e`` of a form ``Z = (F*W' + a)*W + t``, modulo ``q*W*W'`` where there is a modulus."""

    read: Named
    event: int
    nonnegative: int
    q: int
    scale: int
    """``W*W'``, or ``W``."""
    turns: Form
    congruent: int
    """``Z - scale*H - rest - q*scale*turns = 0``."""


@dataclass
class PassageTactics:
    """What the lemmas of :class:`Stacked` built, proved; see :class:`~exactnet.certify.structural.tactics.nodes.RouteTactics`."""

    roles: NoisyRoles
    lemmas: Stacked
    neurons: dict[str, Neuron] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.neurons = {neuron.name: neuron for neuron in self.lemmas.neurons}
        self.windows = WindowTactics(self.roles, self.lemmas.windows)
        self._both: dict[tuple[int, int], tuple[int, int]] = {}

    # --- lemmas --------------------------------------------------------------------------------------

    def side(self, linear: Linear, result: Linear, name: str, means: Means, value: int) -> Side:
        """``1[L >= 0]``, for the smaller form that it was made for."""
        p, roles = self.roles.prover, self.roles
        small = self.lemmas.read(roles.builder, linear)
        if small is linear:
            return self._side(linear, result, name, means, value)
        v = p.name(roles.form(small))
        p.range(v)
        made = self._side(small, result, name, means, v)
        bits = [u for u in roles.form(linear) if u]

        def same_sign(fact: int, on: bool) -> int:
            """``L >= 0``, or ``-L - 1 >= 0``, from that of the smaller form, by cases on all bits."""
            sign = 1 if on else -1

            def leaf(known: dict[int, int], values: dict[int, int]) -> int:
                number = sum(c * values.get(u, 1) for u, c in p.affine[value][1].items())
                which, of = (value, [(("=", value), -sign)]) if (number >= 0) == on else (v, [(fact, 1), (("=", v), sign)])
                times = sign if which == value else -sign
                return p.sum(*of, *((known[u], times * c) for u, c in p.affine[which][1].items() if u))

            def split(rest: list[int], known: dict[int, int], values: dict[int, int]) -> int:
                if not rest:
                    return leaf(known, values)
                u, left = rest[0], rest[1:]
                return p.cases(
                    form((u, 1), (ONE, -1)),
                    lambda i: split(left, {**known, u: p.one(i, u)}, {**values, u: 1}),
                    lambda i: split(left, {**known, u: p.none(i, u)}, {**values, u: 0}),
                )

            return split(bits, {}, {})

        return Side(
            made.result, made.sign, made.same, lambda i: same_sign(made.on(i), True), lambda i: same_sign(made.off(i), False)
        )

    def _side(self, linear: Linear, result: Linear, name: str, means: Means, value: int) -> Side:
        """``1[L >= 0]``: a noisy literal, one gate, or two layers at an output."""
        neuron = self.neurons.get(name)
        if neuron is None or neuron.comparison is None:
            if name in self.lemmas.rounded_names:
                return self.windows.side(linear, result, name, means, value)
            return Side.of_gate(self.roles, linear, result, value)
        p, ladder = self.roles.prover, self._ladder(neuron.comparison.levels, value)
        self._literals(neuron, neuron.comparison, ladder, value)
        s = ladder.steps[0]
        return Side(
            result,
            s,
            p.sum(),
            lambda i: p.sum((p.decide(s, i), 1), (ladder.tie, -1)),
            lambda i: p.sum((p.decide(s, i), 1), (ladder.tie, 1)),
        )

    def relu(self, linear: Linear, name: str, means: Means, value: int, relu: int) -> Residual:
        """``[L]+`` over bits of digits, or of the form itself."""
        p, neuron = self.roles.prover, self.neurons[name]
        if neuron.comparison is None:
            return self._direct(linear, neuron, value, relu, None)
        levels = neuron.comparison.levels
        ladder = self._ladder(levels, value)
        literals = self._literals(neuron, neuron.comparison, ladder, value)
        s, beta = ladder.steps[0], 1 << levels.bits
        offset = sum(d << (b * levels.bits) for b, d in enumerate(levels.offsets))
        bits: Form = form((s, -offset))
        whole: list[Part] = []
        for (joined, values), unit in zip(literals, neuron.units, strict=True):
            if unit.outputs and joined.level is not None and joined.a is not None:
                place = beta**joined.level
                bits = form((bits, 1), *((v.z[0], place << i) for i, v in enumerate(values)))
                sum_of_bits = form((joined.a, 1), *((v.what, -(1 << i)) for i, v in enumerate(values) if v.what is not None))
                whole.append((p.steps(joined.a, sum_of_bits, 0), place))
        number = p.zero(form((value, 1), (ONE, offset), *((d, -(beta**b)) for b, d in enumerate(ladder.digits))))
        some = [(v, 1 << i, joined.level) for joined, values in literals if joined.level is not None for i, v in enumerate(values)]

        def then(i: int) -> int:
            one = p.one(i, s)
            positive = p.decide(relu, p.sum((p.decide(s, i), 1), (ladder.tie, -1)))
            parts = [(self._on(v, 0, i), -(place * beta**b)) for v, place, b in some]
            zeros: list[Part] = []
            for b, d in enumerate(ladder.digits):
                if p.high[d] == 0:
                    zeros.append((p.equal((">", d), ("<", d)), beta**b))
            return p.sum((positive, 1), (number, 1), *whole, *zeros, *parts, (one, offset))

        def otherwise(i: int) -> int:
            zero = p.none(i, s)
            negative = p.decide(relu, p.sum((p.decide(s, i), 1), (ladder.tie, 1)))
            parts = [(self._off(v, 0, i), -(place * beta**b)) for v, place, b in some]
            return p.sum((negative, 1), *parts, (zero, offset))

        return Residual(bits, None, p.cases(form((s, 1), (ONE, -1)), then, otherwise))

    def relu_mod(self, linear: Linear, q: int, name: str, means: Means, value: int, relu: int) -> Residual:
        """A literal that is congruent to ``[L]+`` modulo ``q``, or ``[L]+`` itself."""
        p, neuron = self.roles.prover, self.neurons[name]
        if neuron.comparison is None:
            return self._direct(linear, neuron, value, relu, q)
        if neuron.modulus == 1:
            return self.relu(linear, name, means, value, relu)
        ladder = self._ladder(neuron.comparison.levels, value)
        ((joined, (literal,)),) = self._literals(neuron, neuron.comparison, ladder, value)
        a, s = joined.a, ladder.steps[0]
        assert a is not None
        z, below, above = p.floor({relu: 1}, q)

        def then(i: int) -> int:
            positive = p.decide(relu, p.sum((p.decide(s, i), 1), (ladder.tie, -1)))
            apart = p.sum((positive, 1), (("=", a), 1))  # [L]+ - a - q*floor(L/q) = 0
            up = p.sum((below, 1), (apart, -1), (("<", a), 1), by=q)
            down = p.sum((above, 1), (apart, 1), ((">", a), 1), by=q)
            return p.sum((apart, 1), (p.equal(up, down), q), (self._on(literal, 0, i), -1))

        def otherwise(i: int) -> int:
            negative = p.decide(relu, p.sum((p.decide(s, i), 1), (ladder.tie, 1)))
            none = p.equal(p.sum((above, 1), (negative, 1), by=q), p.sum((below, 1), (negative, -1), by=q))
            return p.sum((negative, 1), (none, -q), (self._off(literal, 0, i), -1))

        return Residual({literal.z[0]: 1}, z, p.cases(form((s, 1), (ONE, -1)), then, otherwise))

    def _direct(self, linear: Linear, neuron: Neuron, value: int, relu: int, q: int | None) -> Residual:
        """``[L]+``, or it modulo ``q``, as functions of the form, without noise."""
        p, roles, (unit,) = self.roles.prover, self.roles, neuron.units
        read = roles.named(linear)
        whole: Form = {}
        for i, (signal, _) in enumerate(unit.outputs):
            v = roles.variable(signal)
            if not p.bounded(v):
                low, high = p.pair(read.f, {v: 1}, roles.builder.interval(Linear({signal: 1}))[1])
                p.bound((low, 1))
                p.bound((high, 1))
            whole = form((whole, 1), (v, 1 << i))
        f, c, k = read.f, abs(read.content), read.constant
        turns = multiples(roles, read, q, p.high[value]) if q is not None else {}
        tie = p.zero(form((read.form, 1), (value, -1)))
        up = read.content > 0
        start = -(k // c) if up else k // c  # the form is >= 0 from there on, or up to there
        rest = c * start + k if up else k - c * start
        inner = p.new_relu(form((f, 1), (ONE, -start)))
        step = p.new_step(form((f, 1), (ONE, -start if up else -start - 1)))
        plain = form((inner, c), (step, rest))
        if not up:
            plain = form((inner, c), (step, -rest), (f, -c), (ONE, c * start + rest))
        shown = p.steps(f, form((plain, 1), (whole, -1), (turns, -(q or 0))), 0)

        def side(i: int, on: bool) -> int:
            node = p.decide(relu, i)
            known = p.sum((i, 1), (tie, 1 if on else -1), by=c)  # f >= start, or f <= start, or beyond
            inner_known, step_known = p.decide(inner, known), p.decide(step, known)
            return p.sum((node, 1), (tie, -int(on)), (inner_known, -c), (step_known, -rest if up else rest))

        equal = p.cases({value: 1}, lambda i: side(i, True), lambda i: side(i, False))  # relu - [L]+ = 0
        turned = p.name(turns) if turns else None
        fact = p.sum((equal, 1), (shown, 1), *([(("=", turned), q or 0)] if turned is not None else []))
        return Residual(whole, turned, fact)

    # --- literals ------------------------------------------------------------------------------------

    def _ladder(self, levels: Levels, value: int) -> Ladder:
        """The levels, with the bounds of every ``H_b`` that its form over literals has."""
        p, ladder = self.roles.prover, Ladder.of(self.roles, levels, value)
        for h, partial in list(zip(ladder.sums, levels.partial, strict=True))[: levels.exact + 1]:
            read = self.roles.named(partial)
            tie = p.zero(form((read.form, 1), (h, -1)))
            p.bound((tie, -1), *p.box({read.f: read.content}))
            p.bound((tie, 1), *p.box({read.f: read.content}, -1))
        return ladder

    def _literals(
        self, neuron: Neuron, comparison: Comparison, ladder: Ladder, value: int
    ) -> list[tuple[Joined, list[Value]]]:
        """All literals of a neuron: what they are, and how much noise they have."""
        result = []
        for unit in neuron.units:
            joined = self._joined(unit, neuron, ladder, value)
            values = [self._value(joined, ladder, signal, function) for signal, function in unit.outputs]
            self._unit(neuron, comparison, unit, joined, values, ladder)
            result.append((joined, values))
        return result

    def _joined(self, unit: Unit, neuron: Neuron, ladder: Ladder, value: int) -> Joined:
        p = self.roles.prover
        kind: Any = unit.kind  # the form, its digit size, and what is joined
        level = kind[-1]
        if level == "sign":
            return Joined(None, 1)
        if isinstance(level, int):
            digit = ladder.digits[level]
            return Joined(digit, p.high[digit], level)
        q = neuron.modulus
        z, low, high = p.floor({value: 1}, q)
        p.bound((low, 1), (("<", value), 1), by=q)
        p.bound((high, 1), ((">", value), 1), by=q)
        a = p.name(form((value, 1), (z, -q)))
        p.bound((low, 1), (("=", a), -1))
        p.bound((high, 1), (("=", a), 1))
        return Joined(a, q - 1)

    def _value(self, joined: Joined, ladder: Ladder, signal: str, function: Callable[[Column], Column]) -> Value:
        p = self.roles.prover

        def of(x: int) -> int:
            return int(function(np.array([x]))[0])

        if joined.a is None:
            return Value(signal, of, None, 1, ladder.steps)
        what, most = joined.a, joined.high
        if joined.level is not None:
            most = 1
            places = [x for x in range(1, joined.high + 1) if of(x) != of(x - 1)]
            steps = [(p.new_step(form((joined.a, 1), (ONE, -x))), of(x) - of(x - 1)) for x in places]
            what = p.name(form(*steps))
            low, high = p.pair(joined.a, {what: 1}, 1)
            p.bound((low, 1))
            p.bound((high, 1))
        z = []
        for s in ladder.steps:
            z.append(p.new_relu(form((what, 1), (s, most), (ONE, -most))))
            relu_range(p, z[-1])
        return Value(signal, of, what, most, z)

    def _on(self, v: Value, b: int, i: Fact) -> int:
        """``z_b - f(a) = 0`` (``s_b - 1 = 0`` for a comparison alone) from ``s_b - 1 >= 0``."""
        p = self.roles.prover
        if v.what is None:
            return p.one(i, v.z[b])
        s = next(u for u in p.of(i) if u)
        known = p.decide(v.z[b], p.sum((i, v.most), ((">", v.what), 1)))
        return p.sum((known, 1), (p.one(i, s), v.most))

    def _off(self, v: Value, b: int, i: Fact) -> int:
        """``z_b = 0`` from ``-s_b >= 0``."""
        p = self.roles.prover
        if v.what is None:
            return p.none(i, v.z[b])
        return p.decide(v.z[b], p.sum((i, v.most), (("<", v.what), 1)))

    def _unit(
        self, neuron: Neuron, comparison: Comparison, unit: Unit, joined: Joined, values: list[Value], ladder: Ladder
    ) -> None:
        """The noise of all literals of a unit."""
        p, roles, moduli = self.roles.prover, self.roles, self.lemmas.moduli.get(neuron.name, ())
        scale = len(moduli) if unit.parts else 1
        top = unit.top()
        parts = {part.level: part for part in unit.parts}
        events = {(part.level, q): unit.at(part, q) for part in unit.parts for q in moduli}
        for v in values:
            if v.name not in roles.constructed:
                roles.extra[v.name] = v.z[0]
                continue
            low: list[Part] = []
            high: list[Part] = []
            built = self._sum(neuron, unit, top, None, v)
            shown = self._top(comparison, joined, v, ladder, top, built)  # e_top - z_e = 0
            low.append((shown, scale))
            high.append((shown, -scale))
            every: Form = form((built, scale))
            for b in range(comparison.levels.exact):
                part = parts.get(b)
                if part is None:
                    same = self._never(v, ladder, b)  # z_b - z_{b+1} = 0
                    low.append((same, -scale))
                    high.append((same, scale))
                    continue
                joints = [
                    self._joint(part, q, joined, ladder, events[b, q], self._sum(neuron, unit, events[b, q], (b, q), v), v.most)
                    for q in moduli
                ]
                every = form((every, 1), *((joint.event, 1) for joint in joints))
                low.append((self._least(part, joints, joined, v, ladder, b), 1))
                high.append((self._most(part, joints, joined, v, ladder, b), 1))
            built_node = roles.constructed[v.name]
            more, virtual = roles.virtual(p.affine[built_node][1])
            tie = p.zero(form((virtual, 1), (every, -1)))
            whole: list[Part] = [(("=", built_node), -1), *more, (tie, 1)]  # Y - sum of all = 0
            roles.extra[v.name] = v.z[0]
            roles.literals[v.name] = Literal(
                scale, p.sum(*whole, *low), p.sum(*((fact, -c) for fact, c in whole), *high)
            )

    def _sum(self, neuron: Neuron, unit: Unit, events: Intervals, event: object, v: Value) -> int:
        """The sum of gates that was built of some intervals for a literal, as a variable with bounds."""
        roles, p = self.roles, self.roles.prover
        function = next(function for signal, function in unit.outputs if signal == v.name)
        own = roles.noisy.own_sum(
            events.form, *events.jumps(function(events.values)), neuron.name, (unit.kind, event)
        )
        return p.name(roles.form(own))

    # --- one level -------------------------------------------------------------------------------------

    def _joint(
        self, part: Passage, q: int, joined: Joined, ladder: Ladder, events: Intervals, event: int, most: int
    ) -> Joint:
        p, roles = self.roles.prover, self.roles
        read = roles.named(events.form)
        low, high = p.pair(read.f, {event: 1}, most)
        p.bound((low, 1))
        p.bound((high, 1))
        rest, scale = self._rest(part, joined, ladder)
        h = ladder.sums[part.level + 1]
        above = self._expanded(form((roles.form(events.form), 1), (rest, -1)))
        what = form((above, 1), (self._expanded({h: 1}), -scale))
        turns = p.name(exact_quotient(what, q * scale))
        congruent = p.zero(form((read.form, 1), (h, -scale), (rest, -1), (turns, -q * scale)))
        if joined.level is None and joined.a is not None:  # Y = a + q'*w
            value, z = p.affine[joined.a][1]
            other = form((self._expanded({h: 1, turns: q}), 1), (self._expanded({value: 1}), -1))
            w = p.name(form((exact_quotient(other, joined.high + 1), 1), (z, 1)))
            agree = p.zero(form((h, 1), (turns, q), (joined.a, -1), (w, -(joined.high + 1))))
            self._both[turns, joined.a] = w, agree
        return Joint(read, event, low, q, scale, {turns: 1}, congruent)

    def _expanded(self, what: Form) -> Form:
        return self.roles.prover.expand(what)[1]

    def _top_number(self, levels: Levels, joined: Joined, h: int, top: Intervals) -> tuple[Form, Form, int]:
        """What the form ``Z`` of the comparison without a modulus is: ``number + modulus*turns``."""
        p = self.roles.prover
        low, wide = p.low[h], p.high[h] - p.low[h] + 1
        if joined.a is None:
            return {h: 1}, {}, 0
        number = form((joined.a, wide), (h, 1), (ONE, -low))
        if joined.level is None:
            value, z = p.affine[joined.a][1]
            modulus = (joined.high + 1) * wide
            rest = form((self.roles.form(top.form), 1), ({value: 1}, -wide), (h, -1), (ONE, low))
            turned = p.name(form((exact_quotient(self._expanded(rest), modulus), 1), (z, 1)))
            return number, {turned: 1}, modulus
        if levels.partial[levels.exact].terms == levels.digits[joined.level].terms:
            number = {joined.a: 1}
        return number, {}, 0

    def _top(self, comparison: Comparison, joined: Joined, v: Value, ladder: Ladder, top: Intervals, built: int) -> int:
        """``e - z_e = 0`` for what was built of the comparison without a modulus."""
        p, roles, levels = self.roles.prover, self.roles, comparison.levels
        exact, h, s = levels.exact, ladder.sums[levels.exact], ladder.steps[levels.exact]
        read = roles.named(top.form)
        number, turns, modulus = self._top_number(levels, joined, h, top)
        tie = p.zero(form((read.form, 1), (number, -1), (turns, -modulus)))
        pure = set(number) - {ONE} == {joined.a}

        def shown(on: bool, z: int, bottom: Fact, upper: Fact, a: int | None, lows: list[Part], highs: list[Part]) -> int:
            result = 0 if not on else 1 if a is None else v.function(a)
            inside = [] if pure else [(bottom, 1)], [] if pure else [(upper, 1)]
            least, most = p.sum((tie, 1), *lows, *inside[0]), p.sum((tie, -1), *highs, *inside[1])
            claim = form((built, 1), (ONE, -result))
            if modulus:
                fact = p.residue(read.f, read.content, claim, modulus, turns, least, most, 0)
            else:
                ends = roles.ends(read.content, least, most) if top.form.terms else (None, None)
                fact = p.steps(read.f, claim, 0, *ends)
            more: list[Part] = []
            if on and a is not None and v.what is not None:
                at_least, at_most = lows[-1][0], highs[-1][0]
                if v.what == joined.a:
                    more = [(p.equal(at_least, at_most), -1)]
                else:
                    more = [(p.steps(joined.a or 0, form((v.what, 1), (ONE, -result)), 0, at_least, at_most), -1)]
            return p.sum((fact, 1), (z, -1), *more)

        def side(i: int, on: bool) -> int:
            z = self._on(v, exact, i) if on else self._off(v, exact, i)
            known = p.decide(s, i)
            bottom, upper = (known, p.sum((("<", h), 1))) if on else (p.sum(((">", h), 1)), known)
            if -p.of(bottom).get(ONE, 0) > p.of(upper).get(ONE, 0):
                return p.sum((bottom, 1), (upper, 1))
            if joined.a is None:
                return shown(on, z, bottom, upper, None, [], [])
            first, last = p.low[joined.a], p.high[joined.a]
            ge, le = p.sum(((">", joined.a), 1)), p.sum((("<", joined.a), 1))
            times = number[joined.a]
            if pure:  # H_e is the digit but for a constant
                same = p.zero(form((h, 1), (joined.a, -1)), constant=True)
                ge, le = p.sum((bottom, 1), (same, -1)), p.sum((upper, 1), (same, 1))
                first, last = -p.of(ge).get(ONE, 0), p.of(le).get(ONE, 0)
            return self._split(
                joined.a,
                first,
                last,
                ge,
                le,
                lambda a, x, y: shown(on, z, bottom, upper, a, [(x, times)], [(y, times)]),
            )

        return p.cases(form((s, 1), (ONE, -1)), lambda i: side(i, True), lambda i: side(i, False))

    def _rest(self, part: Passage, joined: Joined, ladder: Ladder) -> tuple[Form, int]:
        """``a*W + A_b`` and ``W*W'`` where a digit is joined, ``A_b`` and ``W`` where not."""
        digit = ladder.digits[part.level]
        if joined.level is None or joined.a is None or joined.level == part.level:
            return {digit: 1}, part.width
        return form((joined.a, part.width), (digit, 1)), part.width * (joined.high + 1)

    def _never(self, v: Value, ladder: Ladder, b: int) -> int:
        """``z_b - z_{b+1} = 0`` at a level where no digit is large enough."""
        p, s, t = self.roles.prover, ladder.steps[b], ladder.steps[b + 1]
        beta = -p.affine[ladder.sums[b]][1].get(ladder.sums[b + 1], 0) or -1

        def on(i: int) -> int:
            lower = p.sum((i, 1), (ladder.falls[b], 1))
            return p.sum((self._on(v, b, lower), 1), (self._on(v, b + 1, i), -1))

        def off(i: int) -> int:
            none = p.decide(t, i)  # H_{b+1} <= 0
            high = p.sum((none, -beta), (("=", ladder.sums[b]), 1), (("<", ladder.digits[b]), 1))
            short = p.decide(s, high)  # s_b = 0
            return p.sum((self._off(v, b, p.sum((short, -1))), 1), (self._off(v, b + 1, i), -1))

        return p.cases(form((t, 1), (ONE, -1)), on, off)

    def _least(self, part: Passage, joints: list[Joint], joined: Joined, v: Value, ladder: Ladder, b: int) -> int:
        """``sum of e - N*(z_b - z_{b+1}) >= 0``."""
        p, s, t, scale = self.roles.prover, ladder.steps[b], ladder.steps[b + 1], len(joints)
        nonnegative: list[Part] = [(joint.nonnegative, 1) for joint in joints]

        def on(i: int) -> int:
            lower = p.sum((i, 1), (ladder.falls[b], 1))
            return p.sum(*nonnegative, (self._on(v, b, lower), -scale), (self._on(v, b + 1, i), scale))

        def off(i: int) -> int:
            def none(j: int) -> int:
                return p.sum(*nonnegative, (self._off(v, b, j), -scale), ((">", v.z[b + 1]), scale))

            def fires(j: int) -> int:
                least = p.decide(s, j)  # H_b >= need
                known = p.sum((least, 1), (("=", ladder.sums[b]), 1), (("<", ladder.digits[b]), 1))  # beta*H_{b+1} >= -..
                beta = p.affine[ladder.sums[b]][1][ladder.sums[b + 1]]
                low = p.sum((known, 1), by=beta) if beta > 1 else known
                return self._at_each_h(part, joints, joined, v, ladder, b, low, p.decide(t, i), i, j, None)

            return p.cases(form((s, 1), (ONE, -1)), fires, none)

        return p.cases(form((t, 1), (ONE, -1)), on, off)

    def _most(self, part: Passage, joints: list[Joint], joined: Joined, v: Value, ladder: Ladder, b: int) -> int:
        """``N*(z_b - z_{b+1}) + err - sum of e >= 0``."""
        p, s, t, scale, h = self.roles.prover, ladder.steps[b], ladder.steps[b + 1], len(joints), ladder.sums[b + 1]
        most = len(part.at) - 1
        minus = p.name({h: -1})
        p.range(minus)
        rest, _ = self._rest(part, joined, ladder)
        other = p.name(form((ONE, joints[0].scale - 1), (rest, -1)))
        p.range(other)

        def on(i: int) -> int:
            above = p.decide(t, i)  # H_{b+1} >= 1
            listed = [
                (
                    e.read.f,
                    -e.read.content,
                    e.event,
                    e.q,
                    p.sum((e.congruent, -1), (("=", minus), e.scale), (("=", other), 1)),
                )
                for e in joints
            ]
            count = p.count_events(minus, listed, 0, most, p.sum((above, 1), (("=", minus), 1)), v.most)
            lower = p.sum((i, 1), (ladder.falls[b], 1))
            return p.sum((count, 1), (self._on(v, b, lower), scale), (self._on(v, b + 1, i), -scale))

        def off(i: int) -> int:
            none = p.decide(t, i)  # -H_{b+1} >= 0

            def near(j: int) -> int:
                def fires(k: int) -> int:
                    return self._at_each_h(part, joints, joined, v, ladder, b, j, none, i, k, None, least=False)

                def silent(k: int) -> int:
                    return self._at_each_h(part, joints, joined, v, ladder, b, j, none, i, None, k, least=False)

                return p.cases(form((s, 1), (ONE, -1)), fires, silent)

            def far(j: int) -> int:
                listed = [(e.read.f, e.read.content, e.event, e.q, e.congruent) for e in joints]
                count = p.count_events(h, listed, -most, 0, j, v.most)
                beta = p.affine[ladder.sums[b]][1][h]
                short = p.decide(s, p.sum((j, beta), (("=", ladder.sums[b]), 1), (("<", ladder.digits[b]), 1)))
                return p.sum((count, 1), (self._off(v, b, p.sum((short, -1))), scale), (self._off(v, b + 1, i), -scale))

            return p.cases(form((h, 1), (ONE, most)), near, far)

        return p.cases(form((t, 1), (ONE, -1)), on, off)

    # --- where H_{b+1} is one of the -h ------------------------------------------------------------------

    def _split(self, v: int, low: int, high: int, ge: Fact, le: Fact, leaf: Leaf) -> int:
        """By cases on the value of a variable, from ``v - low >= 0`` and ``high - v >= 0``."""
        p = self.roles.prover
        if low == high:
            return leaf(low, ge, le)
        middle = (low + high + 1) // 2
        return p.cases(
            form((v, 1), (ONE, -middle)),
            lambda i: self._split(v, middle, high, i, le, leaf),
            lambda i: self._split(v, low, middle - 1, ge, i, leaf),
        )

    def _at_each_h(
        self,
        part: Passage,
        joints: list[Joint],
        joined: Joined,
        v: Value,
        ladder: Ladder,
        b: int,
        low: Fact,
        high: Fact,
        above_off: Fact,
        on: Fact | None,
        off: Fact | None,
        least: bool = True,
    ) -> int:
        """The sum of events where ``-h`` is from ``low`` to 0, by cases; ``on`` says ``s_b = 1``, ``off`` that it is 0."""
        p, scale, h = self.roles.prover, len(joints), ladder.sums[b + 1]
        first = -p.of(low).get(ONE, 0)
        beta = p.affine[ladder.sums[b]][1][h]
        sign = 1 if least else -1

        def leaf(x: int, ge: Fact, le: Fact) -> int:
            digit = ladder.digits[b]
            if on is not None:  # A_b >= at
                bottom = p.sum((p.decide(ladder.steps[b], on), 1), (("=", ladder.sums[b]), 1), (le, beta))
                top: Fact = p.sum((("<", digit), 1))
            else:
                assert off is not None
                bottom = p.sum(((">", digit), 1))
                top = p.sum((p.decide(ladder.steps[b], off), 1), (("=", ladder.sums[b]), -1), (ge, beta))
            if -p.of(bottom).get(ONE, 0) > p.of(top).get(ONE, 0):
                return p.sum((bottom, 1), (top, 1))
            known = self._on(v, b, on) if on is not None else self._off(v, b, off or 0)
            ended: list[Part] = [(known, -scale), (self._off(v, b + 1, above_off), scale)]
            return self._at_each_a(joints, joined, v, x, ge, le, bottom, top, digit, on is not None, ended, sign, part, b)

        return self._split(h, first, 0, low, high, leaf)

    def _at_each_a(
        self,
        joints: list[Joint],
        joined: Joined,
        v: Value,
        x: int,
        ge: Fact,
        le: Fact,
        bottom: Fact,
        top: Fact,
        digit: int,
        fires: bool,
        ended: list[Part],
        sign: int,
        part: Passage,
        b: int,
    ) -> int:
        """``sign*(sum of e - N*(z_b - z_{b+1})) >= 0`` where ``H_{b+1} = x`` and ``A_b`` is between two facts."""
        p = self.roles.prover

        def shown(a: int | None, lows: list[Part], highs: list[Part], known: int | None) -> int:
            """All events are ``f(a)``, or 0."""
            facts: list[Part] = []
            for e in joints:
                value = (1 if a is None else v.function(a)) if fires else 0
                claim = form((e.event, 1), (ONE, -value))
                facts.append((self._residue(e, lows, highs, claim, a, joined, part), sign))
            if fires and v.what is not None:
                assert known is not None
                facts.append((known, -len(joints) * sign))  # f(a) - value = 0
            return p.sum(*facts, *((fact, times * sign) for fact, times in ended))

        if joined.a is None:
            return shown(None, [(ge, -1), (bottom, 1)], [(le, -1), (top, 1)], None)

        def leaf(a: int, at_least: Fact, at_most: Fact) -> int:
            known = None
            if fires:
                if v.what == joined.a:
                    known = p.equal(at_least, at_most)
                else:
                    known = p.steps(joined.a, form((v.what, 1), (ONE, -v.function(a))), 0, at_least, at_most)  # type: ignore[arg-type]
            return shown(a, [(ge, -1), (bottom, 1), (at_least, 1)], [(le, -1), (top, 1), (at_most, 1)], known)

        if joined.level == b:
            first, last = -p.of(bottom).get(ONE, 0), p.of(top).get(ONE, 0)
            return self._split(joined.a, max(first, p.low[joined.a]), min(last, p.high[joined.a]), bottom, top, leaf)
        return self._split(joined.a, 0, joined.high, p.sum(((">", joined.a), 1)), p.sum((("<", joined.a), 1)), leaf)

    def _residue(
        self, e: Joint, lows: list[Part], highs: list[Part], claim: Form, a: int | None, joined: Joined, part: Passage
    ) -> int:
        """``claim = 0`` for an event, by the residues that ``Z`` may have; for a residue that is joined, modulo both moduli."""
        p = self.roles.prover
        (ge, _), (bottom, _), *more = lows
        (le, _), (top, _), *most = highs
        if a is None or joined.level is not None:
            width = part.width
            low: list[Part] = [(e.congruent, 1), (ge, e.scale)]
            high: list[Part] = [(e.congruent, -1), (le, e.scale)]
            if joined.level == part.level and a is not None:
                low.append((more[0][0], 1))
                high.append((most[0][0], 1))
            else:
                low.append((bottom, 1))
                high.append((top, 1))
                if more:
                    low.append((more[0][0], width))
                    high.append((most[0][0], width))
            return p.residue(
                e.read.f, e.read.content, claim, e.q * e.scale, e.turns, p.sum(*low), p.sum(*high), 0
            )
        return self._residue_of_both(e, ge, le, bottom, top, more[0][0], most[0][0], claim, a, joined)

    def _residue_of_both(
        self,
        e: Joint,
        ge: Fact,
        le: Fact,
        bottom: Fact,
        top: Fact,
        at_least: Fact,
        at_most: Fact,
        claim: Form,
        a: int,
        joined: Joined,
    ) -> int:
        """``Z = Y*W + A_b`` with ``Y`` congruent to ``H`` modulo ``q`` and to ``a`` modulo ``q'``."""
        p, q, other = self.roles.prover, e.q, joined.high + 1
        x = -p.of(ge).get(ONE, 0)
        assert joined.a is not None
        # Y = H + q*turns, and Y = a + q'*w for a form w: u*q + u'*q' = 1 joins both.
        one = q * pow(q, -1, other)  # 1 modulo q', 0 modulo q
        whole = (x * (1 - one) + a * one) % (q * other)
        equal_h = p.equal(ge, le)  # H - x = 0
        equal_a = p.equal(at_least, at_most)  # a - (its value) = 0
        (turns,) = e.turns
        key = (turns, joined.a)
        if key not in self._both:
            raise Refused("no form is congruent to the residue that is joined")
        w, agree = self._both[key]  # H + q*turns - a - q'*w = 0
        # turns = (Y - H)/q, w = (Y - a)/q': Y = one*(a + q'*w) + (1 - one)*(H + q*turns)
        quotient = form((w, one // q), (turns, (1 - one) // other), (ONE, (x * (1 - one) + a * one - whole) // (q * other)))
        scale = e.scale
        # congruent: Z - W*H - A_b - q*W*turns = 0; add W*one*(agree) to write Y with both.
        base: list[Part] = [(e.congruent, 1), (agree, scale * one), (equal_h, scale * (1 - one)), (equal_a, scale * one)]
        low = p.sum(*base, (bottom, 1))
        high = p.sum(*((fact, -c) for fact, c in base), (top, 1))
        return p.residue(e.read.f, e.read.content, claim, q * other * scale, quotient, low, high, 0)
