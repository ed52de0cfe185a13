"""Digits and carries (:mod:`exactnet.construct.gadgets.carry`): ``D_b``, ``g_b``, ``h_b``, and the sum of gates that
is the carry into a block.

Carries are the kernel's own: ``c_{b+1} = floor((D_b + c_b)/beta)``. All that is known of ``g`` and ``h`` is ``beta*g
<= D <= beta*g + beta - 1`` and ``beta*h <= D + 1 <= beta*h + beta - 1``; whatever else is needed follows by adding,
dividing by ``beta`` and rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from exactnet.certify.structural.prover import ONE, Fact, Part, Range, form
from exactnet.certify.structural.tactics.roles import Roles
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.gadgets import carry as carry_module
from exactnet.construct.gadgets.carry import Carries, Predicates, group_size
from exactnet.construct.gadgets.digits import Digits

__all__ = ["Blocks"]


@dataclass
class Blocks:
    """The digits of one number, with carries from the lowest ``upto`` blocks."""

    roles: Roles
    digits: Digits
    carries: Carries
    predicates: Predicates
    upto: int
    forms: list[int] = field(default_factory=list)
    """``A_b``."""
    wraps: list[int] = field(default_factory=list)
    """``hi_b = floor(A_b / beta)``."""
    sums: list[int] = field(default_factory=list)
    """``D_b = A_b - beta*hi_b + hi_{b-1}``."""
    into: list[int] = field(default_factory=list)
    """``c_b`` for ``b >= 1``; the first entry is the variable that is 0."""
    values: list[int] = field(default_factory=list)
    """``V_b = D_b + c_b - beta*c_{b+1}``, the canonical digits."""

    def __post_init__(self) -> None:
        self.prover = self.roles.prover
        self.beta = self.digits.beta
        self.size = group_size(self.digits)
        self.linear = self.predicates is carry_module.LINEAR
        self._generate: dict[int, int] = {}
        self._at_least: dict[int, int] = {}
        self._generates: dict[int, Range] = {}
        self._reaches: dict[int, Range] = {}
        self._wrapped: list[Range] = []
        self._carried: list[Range] = []
        self._small: dict[tuple[int, int], tuple[Range, dict[int, int], int]] = {}
        self._step: dict[tuple[int, int], tuple[int, int, int, int]] = {}
        self._chain: dict[tuple[int, int], int] = {}
        self._chained: dict[tuple[int, int], tuple[int, int, int]] = {}
        self._arrives: dict[tuple[int, int], Range] = {}
        self._equal: dict[int, int | None] = {}
        self._blocks()
        if self.upto:
            self._groups()

    # --- digits -----------------------------------------------------------------------------------

    def _wraps_of(self, b: int) -> Linear:
        builder, digits, name = self.roles.builder, self.digits, self.carries.name
        if self.linear:
            multiples = builder.multiples(digits.forms[b], self.beta, digits.wraps[b], f"{name}.A{b}")
        else:
            multiples = carry_module._floor(builder, digits.forms[b], 0, self.beta, f"{name}.A{b}", f"b{b}")
        return builder.share(multiples, f"{name}.hi{b}", 0, digits.wraps[b])

    def _blocks(self) -> None:
        p, roles, beta = self.prover, self.roles, self.beta
        for b, linear in enumerate(self.digits.forms):
            read = roles.named(linear)
            a = p.name(read.form)
            p.range(a)
            hi = roles.alias(roles.form(self._wraps_of(b)))
            low, high = p.pair(read.f, form((a, 1), (hi, -beta)), beta - 1)
            p.bound((low, 1), (("<", a), 1), by=beta)
            p.bound((high, 1), ((">", a), 1), by=beta)
            before = self.wraps[-1:]
            d = p.name(form((a, 1), (hi, -beta), *((v, 1) for v in before)))
            p.bound((low, 1), *(((">", v), 1) for v in before), (("=", d), -1))
            p.bound((high, 1), *((("<", v), 1) for v in before), (("=", d), 1))
            self._wrapped.append((low, high))
            self.forms.append(a)
            self.wraps.append(hi)
            self.sums.append(d)
            if b < self.upto:
                self._predicates(b)
        self.into.append(roles.zero)
        for b in range(self.upto):
            c, low, high = self._floor(form((self.sums[b], 1), (self.into[b], 1)))
            self.into.append(c)
            self._carried.append((low, high))
            v = p.name(form((self.sums[b], 1), (self.into[b], 1), (c, -beta)))
            p.bound((low, 1), (("=", v), -1))
            p.bound((high, 1), (("=", v), 1))
            self.values.append(v)

    def _floor(self, what: dict[int, int], m: int | None = None) -> tuple[int, int, int]:
        """``floor(what / m)`` with bounds."""
        p, m = self.prover, m or self.beta
        v, low, high = p.floor(what, m)
        p.bound((low, 1), *p.box(what, -1), by=m)
        p.bound((high, 1), *p.box(what), by=m)
        return v, low, high

    def _predicates(self, b: int) -> None:
        """``beta*g <= D <= beta*g + beta - 1``, and the same for ``h`` and ``D + 1``."""
        p, roles, beta, d = self.prover, self.roles, self.beta, self.sums[b]
        both = self.carries.sums[b]
        if not self.linear:
            both = self.digits.forms[b].scaled(beta) + (self.digits.forms[b - 1] if b else Linear())
        read = roles.named(both)
        if self.linear:
            tie = p.zero(form((read.form, 1), (d, -1)))  # content*f + constant - D = 0
            ends = roles.ends(read.content, p.sum((tie, 1), ((">", d), 1)), p.sum((tie, -1), (("<", d), 1)))
            if not both.terms:
                ends = (None, None)
        else:
            tie = p.zero(form((read.form, 1), (self.forms[b], -beta), *((v, -1) for v in self.forms[b - 1 : b] if b)))
        for table, facts, offset, gates in (
            (self._generate, self._generates, 0, self.carries.generate[b]),
            (self._at_least, self._reaches, 1, self.carries.at_least[b]),
        ):
            g = table[b] = roles.alias(roles.form(gates))
            if self.linear:
                low, high = p.pair(read.f, form((read.form, 1), (ONE, offset), (g, -beta)), beta - 1, *ends)
                facts[b] = p.sum((low, 1), (tie, -1)), p.sum((high, 1), (tie, 1))
            else:  # floor((G + offset*beta) / beta^2) = hi + g, and G = beta*A_b + A_{b-1}
                square = beta * beta
                claim = form((read.form, 1), (ONE, offset * beta), (g, -square), (self.wraps[b], -square))
                low, high = p.pair(read.f, claim, square - 1)
                below = self._wrapped[b - 1] if b else None
                upper: list[Part] = [(below[1], 1)] if below else []
                lower: list[Part] = [(below[0], 1)] if below else []
                facts[b] = (
                    p.sum((low, 1), (tie, -1), *upper, (("=", d), -beta), by=beta),
                    p.sum((high, 1), (tie, 1), *lower, (("=", d), beta), by=beta),
                )
            p.bound((facts[b][0], 1), (("<", d), 1), by=beta)
            p.bound((facts[b][1], 1), ((">", d), 1), by=beta)

    # --- carries -----------------------------------------------------------------------------------

    def _between(self, b: int, y: int, carried: Range) -> tuple[int, int, int, int]:
        """For ``z = floor((D_b + y)/beta)``, ``y`` 0 or 1: ``z >= g``, ``h >= z``, ``g + y >= z``, ``z >= h + y - 1``.
        """
        p, beta, g, h = self.prover, self.beta, self._generates[b], self._reaches[b]
        low, high = carried
        none = y == self.roles.zero
        gone: list[Part] = [(("=", y), beta)] if none else []
        back: list[Part] = [(("=", y), -beta)] if none else []
        return (
            p.sum((g[0], 1), (high, 1), ((">", y), 1), by=beta),
            p.sum((h[1], 1), (low, 1), (("<", y), 1), by=beta),
            p.sum((g[1], 1), (low, 1), ((">", y), beta - 1), *gone, by=beta),
            p.sum((h[0], 1), (high, 1), (("<", y), beta - 1), *back, by=beta),
        )

    def _groups(self) -> None:
        p, w, upto = self.prover, self.size, self.upto
        self.propagate: list[int] = []
        for b in range(upto):
            v = p.name(form((self._at_least[b], 1), (self._generate[b], -1)))
            low = p.sum((self._generates[b][0], 1), (self._reaches[b][1], 1), by=self.beta)
            p.bound((low, 1), (("=", v), -1))
            high = p.sum((self._generates[b][1], 1), (self._reaches[b][0], 1), by=self.beta)
            p.bound((high, 1), (("=", v), 1))
            p.range(v)
            self.propagate.append(v)
        for start in range(0, upto, w):
            self._group(start, min(start + w, upto))
        for start in range(0, upto - w, w):
            self._chain_of(start)
        for b in range(1, upto + 1):
            self._equal[b] = self._sum_of_arrivals(b)

    def _group(self, start: int, end: int) -> None:
        """``gamma``, the carry out of ``start .. j`` with none coming in, and ``2^(j-start)*gamma <= N <=
        2^(j-start)*gamma + 2^(j-start) - 1``.
        """
        p, y = self.prover, self.roles.zero
        for j in range(start, end):
            if start == 0:
                z, carried = self.into[j + 1], self._carried[j]
            else:
                z, *facts = self._floor(form((self.sums[j], 1), (y, 1)))
                carried = facts[0], facts[1]
            one, two, three, four = self._step[start, j] = self._between(j, y, carried)
            if j == start:
                bounds, number = (three, one), {self._generate[j]: 1}
            else:
                half = 1 << (j - start - 1)
                (low, high), number, _ = self._small[start, j]
                twice = p.sum((three, 1), (two, 1)), p.sum((one, 1), (four, 1))  # 2z <= g + h + y <= 2z + 1
                number = form((number, 1), (self._generate[j], half), (self._at_least[j], half))
                bounds = p.sum((low, 1), (twice[0], half)), p.sum((high, 1), (twice[1], half))
            self._small[start, j + 1] = bounds, number, z
            y = z

    def _chain_of(self, start: int) -> None:
        """``u_b``: the group that starts here generates a carry and all blocks from its end to ``b`` propagate it;
        ``n*u <= gamma + Q <= u + n - 1``.
        """
        p, end = self.prover, start + self.size
        u = self._chain[start, end] = self._small[start, end][2]
        arrives: Range | None = None
        for b in range(end, self.upto):
            q = self.propagate[b]
            v, low, high = self._floor(form((u, 1), (q, 1)), 2)
            below_u = p.sum((low, 1), (("<", q), 1), (("<", v), 1), ((">", u), 2), by=3)  # u - v >= 0
            below_q = p.sum((low, 1), (("<", u), 1), (("<", v), 1), ((">", q), 2), by=3)  # q - v >= 0
            above = p.sum((high, 1), ((">", v), 1), (("<", u), 2), (("<", q), 2), by=3)  # v - u - q + 1 >= 0
            if arrives is None:
                arrives = p.sum((below_u, 1), (below_q, 1)), above
            else:
                arrives = (
                    p.sum((arrives[0], 1), (below_u, b - end + 1), (below_q, 1)),
                    p.sum((arrives[1], 1), (above, 1)),
                )
            self._arrives[start, b + 1] = arrives
            self._chain[start, b + 1] = u = v
            self._chained[start, b + 1] = below_u, below_q, above

    def _sum_of_arrivals(self, b: int) -> int | None:
        """``c_b - gamma - sum of u = 0``, by cases on whether block ``b - 1`` propagates; None in the lowest group,
        where ``c_b`` is ``gamma``.
        """
        p, before = self.prover, b - 1
        top = before // self.size * self.size
        starts = range(0, top, self.size)
        if top == 0:
            return None
        chained = [self._chained[start, b] for start in starts]
        old = self._equal.get(before)
        known: list[Part] = [] if old is None else [(old, 1)]
        carry, step = self._carry_step(before), self._step[top, before]
        q = self.propagate[before]

        def passes(i: int) -> int:
            if p.high[q] < 1:
                return p.sum((i, 1), (("<", q), 1))
            passed = p.sum((("=", q), 1), (i, 1))  # h - g - 1 >= 0
            down = p.sum((carry[3], 1), (step[2], 1), (passed, 1), *((c[0], 1) for c in chained), *known)
            up = p.sum(
                (carry[2], 1),
                (step[3], 1),
                (passed, 1),
                *((c[2], 1) for c in chained),
                (i, len(chained)),
                *((k, -t) for k, t in known),
            )
            return p.equal(down, up)

        def stops(i: int) -> int:
            if p.low[q] > 0:
                return p.sum((i, 1), ((">", q), 1))
            same = p.sum((("=", q), -1), (i, 1))  # g - h >= 0
            arrivals = [self._chain[start, b] for start in starts]
            up = p.sum((carry[1], 1), (step[0], 1), (same, 1), *(((">", v), 1) for v in arrivals))
            down = p.sum((carry[0], 1), (step[1], 1), (same, 1), *((c[1], 1) for c in chained), (i, len(chained)))
            return p.equal(down, up)

        return p.cases(form((q, 1), (ONE, -1)), passes, stops)

    def _carry_step(self, b: int) -> tuple[int, int, int, int]:
        if b // self.size == 0:
            return self._step[0, b]
        if (-1, b) not in self._step:
            self._step[-1, b] = self._between(b, self.into[b], self._carried[b])
        return self._step[-1, b]

    # --- gates --------------------------------------------------------------------------------------

    def carry_gates(self, block: int, owner: str = "") -> tuple[int, Linear]:
        """The sum of gates that is the carry into a block, and the equality ``sum - c_block = 0``."""
        p, roles, builder, w = self.prover, self.roles, self.roles.builder, self.size
        top = (block - 1) // w * w
        large, parts, gates = 1 << (w - 1), [], []
        starts = [top, *range(top - w, -1, -w)]
        for (linear, at), start in zip(self.carries._events(block), starts, strict=True):
            name = f"{self.carries.name}.T{block}"
            carries = (
                carry_module.owned_step(builder, linear, at, name, owner) if owner else builder.step(linear, at, name)
            )
            gates.append(carries)
            end = block if start == top else start + w
            size = 1 << (end - start - 1)
            (low, high), _, y = self._small[start, end]
            passed = [self.propagate[j] for j in range(end, block)]
            limits: list[tuple[Fact, int]] = [
                (p.sum((low, 1), ((">", y), size), *(((">", v), large) for v in passed)), 1),
                (p.sum((high, 1), (("<", y), size), *((("<", v), large) for v in passed)), -1),
            ]
            more_on: list[Part] = []
            more_off: list[Part] = []
            u, times_on, times_off = y, size, size
            if start != top:
                u, times_on, times_off = self._chain[start, block], large * (block - end + 1), large
                one, two = self._arrives[start, block]
                more_on, more_off = [(one, large)], [(two, large)]

            def on(i: int, known: list[Part] = [(low, 1), *more_on], times: int = times_on) -> int:  # noqa: B006
                return p.sum(*known, (i, times))

            def off(i: int, known: list[Part] = [(high, 1), *more_off], times: int = times_off) -> int:  # noqa: B006
                return p.sum(*known, (i, times))

            parts.append(roles.is_gate(carries, linear, at, u, on, off, limits))
        equal = self._equal[block]
        same = p.sum(*((part, 1) for part in parts), *([] if equal is None else [(equal, -1)]))
        shared = builder.share(total(gates), f"{self.carries.name}.c{block}", 0, 1)
        node = roles.form(shared)
        if len(shared.terms) == 1 and len(gates) > 1:  # the node that the carry has
            (v,) = (v for v in node if v)
            if p.gate(v) is None and node == {v: 1}:
                tie = p.zero(form((v, 1), (roles.form(total(gates)), -1)))
                p.bound((same, 1), (tie, 1), ((">", self.into[block]), 1))
                p.bound((same, -1), (tie, -1), (("<", self.into[block]), 1))
        return same, total(gates)
