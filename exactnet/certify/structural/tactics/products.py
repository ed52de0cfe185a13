"""The product of two numbers by digits of a large base (the family ``multiplication``, kind ``small``)."""

from __future__ import annotations

from dataclasses import dataclass

from exactnet.certify.structural.prover import ONE, Part, form
from exactnet.certify.structural.tactics.lookahead import Arrival, Arrivals
from exactnet.certify.structural.tactics.numbers import Digits, equal_gate
from exactnet.certify.structural.tactics.roles import Roles
from exactnet.families.multiplication import base
from exactnet.structural.kernel import Form

__all__ = ["Blocks"]


@dataclass(frozen=True)
class _Taken:
    """Of a bit ``w`` and the arrivals ``e``, gates ``x`` that say "``e`` and ``w``"."""

    bit: int
    taken: tuple[int, ...]
    low: int
    """``w >= 0``."""
    by_arrivals: int
    """``sum of e - sum of x >= 0``."""
    by_bit: int
    """``w - sum of x >= 0``."""
    least: int
    """``sum of x - w - sum of e + 1 >= 0``."""


class Blocks:
    """``A_b``, ``D_b`` and the carries, one block after another.

    Parameters
    ----------
    columns : the gates ``z_ij`` by their columns.
    same : the equality ``value - sum of 2^(i+j) z_ij = 0``.
    """

    def __init__(self, roles: Roles, columns: list[list[int]], same: int, digits: Digits) -> None:
        self.roles, self.p, self.digits = roles, roles.prover, digits
        p, known = self.p, roles.constructed
        self.size, self.beta = base(len(columns) // 2)
        count = -(-len(columns) // self.size)
        self.whole = [known[f"A{b}"] for b in range(count)]
        self.digit = [known[f"D{b}"] for b in range(count)]
        self.above = [roles.zero]  # by block, the sum of A_c β^(c-b) over c >= b
        for whole in reversed(self.whole):
            self.above.insert(0, p.name(form((whole, 1), (self.above[0], self.beta))))
        total = p.zero(form((self.above[0], 1), *((z, -(1 << c)) for c, column in enumerate(columns) for z in column)))
        exact = p.sum((same, 1), (total, -1))
        self.lower, self.upper = exact, p.sum((exact, -1))
        """``value - β^b W >= 0`` and ``β^b - 1 - value + β^b W >= 0``, ``W`` being ``above[b]``, what is carried, and ``c``."""
        self.carried: Form = {}
        """``floor(A_(b-1)/β)``, a sum of gates."""
        self.arrivals = Arrivals(p, next(iter(roles.inputs.values())))
        self.sources: list[int] = []
        """From which blocks the arrivals come."""

    def prove(self, outputs: list[str]) -> dict[str, int]:
        """``digit - output = 0`` for all outputs, the lowest first."""
        facts: dict[str, int] = {}
        for b in range(len(self.whole)):
            facts |= self._block(b, outputs[b * self.size : (b + 1) * self.size])
        return facts

    def _gates(self, b: int, letter: str, most: int, unit: int = 1) -> dict[int, int]:
        known = self.roles.constructed
        return {t: known[f"{letter}{b}>={t}"] for t in range(unit, most + 1, unit)}

    def _block(self, b: int, outputs: list[str]) -> dict[str, int]:
        p, beta, a, d = self.p, self.beta, self.whole[b], self.digit[b]
        p.range(a)
        high = dict.fromkeys(self._gates(b, "A", p.high[a], beta).values(), 1)
        width = min(p.high[a], beta - 1)
        least, most = p.pair(a, form((a, 1), (high, -beta)), width) if width else (p.sum(((">", a), 1)), p.sum((("<", a), 1)))
        p.bound((least, 1), *(((">", h), 1) for h in self.carried), (("=", d), -1))
        p.bound((most, 1), *((("<", h), 1) for h in self.carried), (("=", d), 1))
        rest = form((high, 1), (self.above[b + 1], 1))  # above[b] + carried - D_b - β*rest = 0
        tie = p.zero(form((self.above[b], 1), (self.carried, 1), (d, -1), (rest, -beta)))
        gates = self._gates(b, "D", p.high[d])
        facts = {name: self._bit(b, place, name, tie, rest, gates) for place, name in enumerate(outputs)}
        generates: Form = {gates[beta]: 1} if beta in gates else {}
        passes = form((gates[beta - 1], 1), (generates, -1)) if beta - 1 in gates else {}
        old = self.arrivals.listed if passes else []
        new = [p.new_step(form((e.z, 1), (passes, 1), (ONE, -1))) for e in old]
        lower, upper = self.arrivals.advance(d, beta, generates, passes, new)
        self.sources = [*(self.sources if passes else []), *([b] if generates else [])]
        power = beta**b
        self.lower = p.sum((self.lower, 1), (lower, power), (tie, power))
        self.upper = p.sum((self.upper, 1), (upper, power), (tie, -power))
        self.carried = high
        return facts

    def _bit(self, b: int, place: int, name: str, tie: int, above: Form, gates: dict[int, int]) -> int:
        """``digit - output = 0`` for a bit of a block."""
        p, d, power, known = self.p, self.digit[b], self.beta**b, self.roles.constructed
        k, unit, v = b * self.size + place, 1 << place, known[name]
        t, carry, one = self.digits.digit[k], self.arrivals.carry, self.arrivals.at_most_one
        half = self.beta >> (place + 1)
        sides: list[tuple[_Taken, Form, tuple[int, int], int]] = []
        for more, extra in (("", 0), ("+1", 1)):  # of D_b, and of D_b + 1
            w = known[f"D{b}{more}:{place}"]
            turns = form(*((g, 1) for at, g in gates.items() if (at + extra) % (2 * unit) == 0))
            ends = p.pair(d, form((d, 1), (ONE, extra), (w, -unit), (turns, -2 * unit)), unit - 1)
            bounds = p.pair(d, {w: 1}, 1)
            taken = [known[f"{name}:{j}{more}"] for j in self.sources]
            sides.append((self._taken(w, taken, *bounds), form((turns, 1), (above, half)), ends, bounds[1]))
        (plain, *_), (next_one, *_) = sides
        nonnegative: list[Part] = [((">", e), 1) for e in carry]

        def digit(side: int, is_carry: Part) -> int:
            """``w - digit = 0`` where ``c`` is known, a part saying ``c - side = 0``."""
            taken, rest, ends, top = sides[side]
            lower: list[Part] = [(self.lower, 1), (ends[0], power), (tie, power), (is_carry[0], power * is_carry[1])]
            upper: list[Part] = [(self.upper, 1), (ends[1], power), (tie, -power), (is_carry[0], -power * is_carry[1])]
            return self.digits.last(k, {taken.bit: 1}, rest, lower, upper, taken.low, top)

        def carried(i: int) -> int:
            exact = p.equal(i, one)  # c - 1 = 0
            same = digit(1, (exact, 1))
            on = lambda j: p.sum((j, 1), (same, 1), (plain.by_bit, 1), (next_one.least, 1), (exact, 1))  # noqa: E731
            off = lambda j: p.sum((j, 1), (same, -1), (plain.least, 1), (next_one.by_bit, 1), (exact, 1))  # noqa: E731
            return equal_gate(p, t, v, on, off)

        def alone(i: int | None) -> int:
            exact = p.sum() if i is None else p.equal(p.sum(*nonnegative), i)  # c = 0
            same = digit(0, (exact, 1))
            ends = [(side.by_arrivals, [((">", x), 1) for x in side.taken]) for side in (plain, next_one)]
            on = lambda j: p.sum((j, 1), (same, 1), (ends[0][0], 1), (exact, -1), *ends[1][1])  # noqa: E731
            off = lambda j: p.sum((j, 1), (same, -1), (ends[1][0], 1), (exact, -1), *ends[0][1])  # noqa: E731
            return equal_gate(p, t, v, on, off)

        return p.cases(form((carry, 1), (ONE, -1)), carried, alone) if carry else alone(None)

    def _taken(self, w: int, taken: list[int], low: int, high: int) -> _Taken:
        """What the gates "arrives, and ``w``" are together."""
        p, pairs = self.p, list(zip(self.arrivals.listed, taken, strict=True))
        one = self.arrivals.at_most_one

        def no_more(e: Arrival, x: int) -> int:  # e - x >= 0
            def on(i: int) -> int:
                arrived = p.sum((p.decide(x, i), 1), (high, 1))  # z >= 0
                return p.sum((arrived, 1) if e.alone else (p.decide(e.gate, arrived), 1), (("<", x), 1))

            return p.cases(form((x, 1), (ONE, -1)), on, lambda i: p.sum((i, 1), ((">", e.gate), 1)))

        by_arrivals = p.sum(*((no_more(e, x), 1) for e, x in pairs))

        def no_less(e: Arrival, x: int, i: int) -> int:  # x - e >= 0 where w is 1
            on = lambda j: p.sum((p.decide(x, p.sum((self.arrivals.read(e, j), 1), (i, 1))), 1), (("<", e.gate), 1))  # noqa: E731
            return p.cases(form((e.gate, 1), (ONE, -1)), on, lambda j: p.sum((j, 1), ((">", x), 1)))

        on = form((w, 1), (ONE, -1))
        by_bit = p.cases(
            on,
            lambda i: p.sum((by_arrivals, 1), (one, 1), (i, 1)),
            lambda i: p.sum(*((p.decide(x, p.sum((e.most, 1), (i, 1))), -1) for e, x in pairs), (low, 1)),
        )
        least = p.cases(
            on,
            lambda i: p.sum(*((no_less(e, x, i), 1) for e, x in pairs), (high, 1)),
            lambda i: p.sum(*(((">", x), 1) for x in taken), (one, 1), (i, 1)),
        )
        return _Taken(w, tuple(taken), low, by_arrivals, by_bit, least)
