"""Nodes that are equal up to names, scaling, sharing, duplicates and complements, whatever built them.

Every node of either network is a multiple of a form over the inputs and over one variable for each *class*: a gate
``1[P >= 0]`` or a ReLU ``[P]+`` of a primitive integer form ``P`` whose first coefficient is positive. Affine nodes are
put into their readers. Two gates whose forms have the same integer part once the common divisor is taken out are of one
class, and so are complements (``1[P >= 0] = 1 - 1[-P - 1 >= 0]``, ``[P]+ = [-P]+ + P``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import gcd

from exactnet.certify.structural.prover import ONE, Prover, form
from exactnet.certify.structural.tactics.multiples import Multiples
from exactnet.certify.structural.tactics.ranges import relu_range
from exactnet.kernel.network import AFFINE, RELU, THRESHOLD
from exactnet.structural.kernel import Form, Refused

__all__ = ["Congruence"]


@dataclass
class _Class:
    """The variables of a primitive form ``P``."""

    value: int
    """``P``."""
    literals: dict[str, int] = field(default_factory=dict)
    """``1[P >= 0]`` and ``[P]+``, by kind."""


class Congruence(Multiples):
    """Every node as a multiple of a form over inputs and classes."""

    def __init__(self, prover: Prover) -> None:
        super().__init__(prover)
        self._classes: dict[tuple[tuple[int, int], ...], _Class] = {}
        self._alone = ""
        """The first node of the second network that is of no class of the first, for messages."""

    def add(self, nodes: Iterable[tuple[int, str]]) -> None:
        """Nodes, each after those that it reads, with their kinds."""
        for v, kind in nodes:
            if kind == AFFINE:
                m, _, fact = self.over(v)
                self.remember(v, self.prover.sum((("=", v), -m), (fact, 1)))
            else:
                self._classify(v, kind)

    def same(self, a: int, b: int) -> int:
        """The equality ``k*a - k*b = 0``."""
        p = self.prover
        (i, one), (j, two) = self.known[a], self.known[b]
        fact = p.sum((one, j), (two, -i))
        rest = {v: c for v, c in p.of(fact).items() if v not in (a, b)}
        if rest:
            forms = f"{p.names[a]} is a multiple of {p.say(p.of(one), a)}, {p.names[b]} of {p.say(p.of(two), b)}"
            raise Refused(forms + self._alone)
        return fact

    def _classify(self, v: int, kind: str) -> None:
        p = self.prover
        m, over, fact = self.over(v)
        terms = [c for u, c in over.items() if u]
        if not terms:
            self.constant(v, kind)
            return
        g = gcd(*(terms if kind == THRESHOLD else over.values()))
        primitive = {u: c // g for u, c in over.items() if c // g}  # the constant of a gate is rounded down
        turned = primitive[min(u for u in primitive if u)] < 0
        if turned:
            primitive = form((primitive, -1), (ONE, -1 if kind == THRESHOLD else 0))
        key = tuple(sorted(primitive.items()))
        if key not in self._classes:
            value = p.name(primitive)
            p.range(value)
            self._classes[key] = _Class(value)
        known = self._classes[key]
        low, high = p.low[known.value], p.high[known.value]
        if low >= 0 or high < 0:
            self.constant(v, kind)
        elif kind == THRESHOLD:
            self._gate(v, known, primitive, g, turned, fact)
        else:
            self._relu(v, known, m, g, turned, fact)

    def _first(self, v: int, value: int, literal: int) -> int:
        """The literal of a class; messages call it by its first node."""
        p = self.prover
        p.names[literal] = f"<{p.names[v]}>"
        if not self._alone and p.names[v].startswith("b:"):
            self._alone = f"; {p.names[v]} is the first that is like no node of a, on {p.say(p.affine[value][1])}"
        return literal

    def _gate(self, v: int, representative: _Class, primitive: Form, g: int, turned: bool, fact: int) -> None:
        """``v = 1[P >= 0]``, or ``1[-P - 1 >= 0]`` if ``turned``; ``fact`` says ``m*z = g*(that form) + rest``."""
        p, q = self.prover, representative.value
        bits = [u for u, c in primitive.items() if u and c == 1 and p.low.get(u) == 0 and p.high.get(u) == 1]
        literal = bits[0] if len(primitive) == 2 and bits and primitive.get(ONE) == -1 else None
        if literal is not None:
            representative.literals[THRESHOLD] = literal  # the gate repeats a bit
        elif THRESHOLD not in representative.literals:
            representative.literals[THRESHOLD] = self._first(v, q, p.new_step({q: 1}))
        s = representative.literals[THRESHOLD]

        def side(i: int, on: bool) -> int:
            sign = 1 if on else -1
            known = p.sum((i, 1)) if literal is not None else p.sum((p.decide(s, i), 1), (("=", q), sign))
            node = p.decide(v, p.sum((known, g), (fact, -sign if turned else sign)))
            bit = p.one(i, s) if on else p.none(i, s)
            return p.sum((node, 1), (bit, 1 if turned else -1))

        self.remember(v, p.cases(form((s, 1), (ONE, -1)), lambda i: side(i, True), lambda i: side(i, False)))

    def _relu(self, v: int, representative: _Class, m: int, g: int, turned: bool, fact: int) -> None:
        """``m*den*v = g*[P]+``, or ``g*([P]+ - P)`` if ``turned``; ``fact`` says ``m*z = g*P``, or ``-g*P``."""
        p, q, den = self.prover, representative.value, self.definition(v)[0]
        if RELU not in representative.literals:
            r = representative.literals[RELU] = self._first(v, q, p.new_relu({q: 1}))
            relu_range(p, r)
        r = representative.literals[RELU]

        def side(i: int, on: bool) -> int:
            sign = 1 if on else -1
            node = p.decide(v, p.sum((i, g), (("=", q), g * sign), (fact, -sign if turned else sign)))
            known = [(node, m), (fact, 1)] if on != turned else [(node, m * den)]
            return p.sum(*known, (p.decide(r, i), -g), (("=", q), g if on else 0))

        self.remember(v, p.cases({q: 1}, lambda i: side(i, True), lambda i: side(i, False)))
