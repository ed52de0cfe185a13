"""Carries by lookahead (the families ``addition`` and ``multiplication``, kind ``small``): the sum of the arrivals, of which at
most one is 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exactnet.certify.structural.prover import ONE, Fact, Part, Prover, form
from exactnet.certify.structural.tactics.numbers import Carry
from exactnet.certify.structural.tactics.roles import Roles
from exactnet.structural.kernel import Form

__all__ = ["Arrival", "Arrivals", "Lookahead"]


@dataclass(frozen=True)
class Arrival:
    """"``j`` generates a carry and all places above it pass it on", up to some place: a gate ``1[z >= 0]``, or what generates."""

    gate: int
    z: Form
    alone: bool
    """Whether it is what generates, ``z`` being this less 1."""
    most: Fact
    """``-z >= 0``."""


class Arrivals:
    """The arrivals at one place after another, whose sum is the carry ``c`` into it.

    Parameters
    ----------
    bit : any variable with the bounds 0 and 1.
    """

    def __init__(self, prover: Prover, bit: int) -> None:
        self.p = prover
        self.listed: list[Arrival] = []
        self.at_most_one = prover.sum((("<", bit), 1), ((">", bit), 1))
        """``1 - c >= 0``."""

    @property
    def carry(self) -> Form:
        """``c``."""
        return dict.fromkeys((e.gate for e in self.listed), 1)

    def advance(self, f: int, beta: int, generates: Form, passes: Form, new: Sequence[int]) -> tuple[int, int]:
        """Go on to the next place: with ``c'`` for the carry into it, ``f + c - β c' >= 0`` and ``β - 1 - f - c + β c' >= 0``.

        Parameters
        ----------
        f : a digit, from 0 to ``2β - 2``.
        generates, passes : the gate ``1[f >= β]``, and the difference of gates that is 1 iff ``f = β - 1``; nothing, where that
            is never so, or for ``passes`` where nothing arrives.
        new : the gates of the arrivals that are passed on, if any is.
        """
        p, old = self.p, self.listed
        low, high = p.pair(f, passes, 1)
        least = p.steps(f, form((f, 1), (passes, 1 - beta), (generates, -beta)))
        most = p.steps(f, form((passes, 1), (generates, beta), (f, -1), (ONE, beta - (2 if old or passes else 1))))
        single = p.steps(f, form((ONE, 1), (passes, -1), (generates, -1)))
        pairs = list(zip(old, new, strict=True)) if new else []
        less: list[Part] = [(self._no_more(e, e2, high), 1) for e, e2 in pairs] or [((">", e.gate), 1) for e in old]
        only, enough = low, self.at_most_one if old else high if passes else p.sum()
        if pairs:
            only, enough = self._passed_on(pairs, passes, (low, high), less)
        self.listed = [
            Arrival(e2, form((e.z, 1), (passes, 1), (ONE, -1)), False, p.sum((e.most, 1), (high, 1))) for e, e2 in pairs
        ]
        for g in generates:
            self.listed.append(Arrival(g, {g: 1, ONE: -1}, True, p.sum((("<", g), 1))))
        self.at_most_one = p.sum((single, 1), (only, 1))
        nonnegative: list[Part] = [((">", e2), beta - 1) for e2 in new]
        return p.sum((least, 1), (only, beta - 1), *less), p.sum((most, 1), (enough, 1), *nonnegative)

    def _passed_on(
        self, pairs: list[tuple[Arrival, int]], passes: Form, ends: tuple[int, int], less: list[Part]
    ) -> tuple[int, int]:
        """``passes - sum of new >= 0``, and ``sum of new - sum of old - passes + 1 >= 0``."""
        p, (low, high) = self.p, ends

        def arrives(k: int) -> int:
            return p.sum(*((self._no_less(e, e2, k), 1) for e, e2 in pairs), (high, 1))

        def lost(k: int) -> int:
            return p.sum(*(((">", e2), 1) for _, e2 in pairs), (self.at_most_one, 1), (k, 1))

        def some(k: int) -> int:
            return p.sum(*less, (self.at_most_one, 1), (k, 1))

        def none(k: int) -> int:
            return p.sum(*((p.decide(e2, p.sum((e.most, 1), (k, 1))), -1) for e, e2 in pairs), (low, 1))

        on = form((passes, 1), (ONE, -1))
        return p.cases(on, some, none), p.cases(on, arrives, lost)

    def read(self, e: Arrival, fact: int) -> int:
        """What an assumption on an arrival says of ``z``."""
        return fact if e.alone else self.p.decide(e.gate, fact)

    def _no_more(self, e: Arrival, e2: int, high: int) -> int:
        """``e - e2 >= 0``: what does not arrive is not passed on."""
        p = self.p
        on = lambda k: p.sum((k, 1), (("<", e2), 1))  # noqa: E731
        off = lambda k: p.sum((p.decide(e2, p.sum((self.read(e, k), 1), (high, 1))), -1), ((">", e.gate), 1))  # noqa: E731
        return p.cases(form((e.gate, 1), (ONE, -1)), on, off)

    def _no_less(self, e: Arrival, e2: int, passes: int) -> int:
        """``e2 - e >= 0`` where the place passes on."""
        p = self.p
        on = lambda k: p.sum((p.decide(e2, p.sum((self.read(e, k), 1), (passes, 1))), 1), (("<", e.gate), 1))  # noqa: E731
        off = lambda k: p.sum((k, 1), ((">", e2), 1))  # noqa: E731
        return p.cases(form((e.gate, 1), (ONE, -1)), on, off)


class Lookahead:
    """The carries of two numbers, one after another."""

    def __init__(self, roles: Roles) -> None:
        self.roles, self.p = roles, roles.prover
        self.sum = roles.zero
        self.arrivals = Arrivals(self.p, next(iter(roles.inputs.values())))
        self.known: tuple[Fact, Fact] = (self.p.sum(), self.p.sum())

    def carry(self, i: int) -> Carry:
        """The carry into place ``i``, after that into ``i - 1``."""
        p, gates, before, place = self.p, self.roles.constructed, self.sum, i - 1
        f = p.name(form(*((self.roles.inputs[f"{x}{place}"], 1) for x in "ab")))
        self.sum = p.name(form((before, 1), (f, 1 << place)))
        p.range(f)
        tie: list[Part] = [(("=", self.sum), -1)]  # S' - S - 2^(i-1) f = 0
        if not place:
            tie.append((("=", before), -1))
        g = gates[f"g{place}"]
        passes = form((gates[f"p{place}"], 1), (g, -1)) if place else {}
        lower, upper = self.arrivals.advance(f, 2, {g: 1}, passes, [gates[f"c{i}_{j}"] for j in range(place)])
        self.known = (
            p.sum((self.known[0], 1), (lower, 1 << place), *tie),
            p.sum((self.known[1], 1), (upper, 1 << place), *((fact, -times) for fact, times in tie)),
        )
        return Carry(self.arrivals.carry, {self.sum: 1}, *self.known)
