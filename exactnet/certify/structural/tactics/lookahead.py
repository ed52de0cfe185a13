"""Carries of two numbers by lookahead with small weights (the family ``addition``, kind ``small``)."""

from __future__ import annotations

from dataclasses import dataclass

from exactnet.certify.structural.prover import ONE, Fact, Part, form
from exactnet.certify.structural.tactics.numbers import Carry
from exactnet.certify.structural.tactics.roles import Roles

__all__ = ["Lookahead"]


@dataclass(frozen=True)
class _Arrival:
    """"``j`` generates a carry and all places above it pass it on", up to some place: a gate ``1[z >= 0]``, or what generates."""

    gate: int
    alone: bool
    """Whether it is what generates, which is 1 iff it is at least 1."""
    most: Fact
    """``-z >= 0``."""


class Lookahead:
    """Carry by carry: the sum of the arrivals, of which at most one is 1, and of what the last place generates."""

    def __init__(self, roles: Roles) -> None:
        self.roles, self.p = roles, roles.prover
        self.sum = roles.zero
        self.arrivals: list[_Arrival] = []
        self.known: Carry | None = None

    def carry(self, i: int) -> Carry:
        """The carry into place ``i``, after that into ``i - 1``."""
        p, gates, before, place = self.p, self.roles.constructed, self.sum, i - 1
        f = p.name(form(*((self.roles.inputs[f"{x}{place}"], 1) for x in "ab")))
        self.sum = p.name(form((before, 1), (f, 1 << place)))
        p.range(f)
        p.range(self.sum)
        tie: list[Part] = [(("=", self.sum), -1)]  # S' - S - 2^(i-1) f = 0
        g = gates[f"g{place}"]
        if self.known is None:
            low, high = p.pair(f, form((f, 1), (g, -2)), 1)
            tie.append((("=", before), -1))
            lower, upper = p.sum((low, 1), *tie), p.sum((high, 1), *((fact, -times) for fact, times in tie))
            self.known = Carry({g: 1}, {self.sum: 1}, lower, upper)
        else:
            self.known = self._passed_on(self.known, i, f, g, before, tie)
        self.arrivals.append(_Arrival(g, True, p.sum((("<", g), 1))))
        return self.known

    def _passed_on(self, known: Carry, i: int, f: int, g: int, before: int, tie: list[Part]) -> Carry:
        p, gates, half = self.p, self.roles.constructed, 1 << (i - 1)
        passes = form((gates[f"p{i - 1}"], 1), (g, -1))
        tie.append((p.steps(f, form((f, 1), (passes, -1), (g, -2)), 0), half))
        low, high = p.pair(f, passes, 1)
        at_most_one = p.sum((known.lower, 1), (("<", before), 1), by=half)
        old, new = self.arrivals, [gates[f"c{i}_{j}"] for j in range(i - 1)]
        pairs = list(zip(old, new, strict=True))
        self.arrivals = [_Arrival(e2, False, p.sum((e.most, 1), (high, 1))) for e, e2 in pairs]
        less: list[Part] = [(self._no_more(e, e2, high), 1) for e, e2 in pairs]

        def arrives(k: int) -> int:
            return p.sum(*((self._no_less(e, e2, k), 1) for e, e2 in pairs), (high, 1))

        def lost(k: int) -> int:
            return p.sum(*(((">", e2), 1) for e2 in new), (at_most_one, 1), (k, 1))

        def some(k: int) -> int:
            return p.sum(*less, (at_most_one, 1), (k, 1))

        def none(k: int) -> int:
            return p.sum(*((p.decide(e2, p.sum((e.most, 1), (k, 1))), -1) for e, e2 in pairs), (low, 1))

        on = form((passes, 1), (ONE, -1))
        enough = p.cases(on, arrives, lost)  # sum of new - sum of old - passes + 1 >= 0
        only = p.cases(on, some, none)  # passes - sum of new >= 0
        lower = p.sum((known.lower, 1), (only, half), *((fact, half) for fact, _ in less), *tie)
        nonnegative: list[Part] = [((">", e2), half) for e2 in new]
        upper = p.sum((known.upper, 1), (enough, half), *nonnegative, *((fact, -times) for fact, times in tie))
        return Carry(form((g, 1), *((e2, 1) for e2 in new)), {self.sum: 1}, lower, upper)

    def _read(self, e: _Arrival, fact: int) -> int:
        """What an assumption on an arrival says of the form that it reads."""
        return fact if e.alone else self.p.decide(e.gate, fact)

    def _no_more(self, e: _Arrival, e2: int, high: int) -> int:
        """``e - e2 >= 0``: what does not arrive is not passed on."""
        p = self.p
        on = lambda k: p.sum((k, 1), (("<", e2), 1))  # noqa: E731
        off = lambda k: p.sum((p.decide(e2, p.sum((self._read(e, k), 1), (high, 1))), -1), ((">", e.gate), 1))  # noqa: E731
        return p.cases(form((e.gate, 1), (ONE, -1)), on, off)

    def _no_less(self, e: _Arrival, e2: int, passes: int) -> int:
        """``e2 - e >= 0`` where the place passes on."""
        p = self.p
        on = lambda k: p.sum((p.decide(e2, p.sum((self._read(e, k), 1), (passes, 1))), 1), (("<", e.gate), 1))  # noqa: E731
        off = lambda k: p.sum((k, 1), ((">", e2), 1))  # noqa: E731
        return p.cases(form((e.gate, 1), (ONE, -1)), on, off)
