"""Nodes as rational multiples of forms over other variables."""

from __future__ import annotations

from math import gcd, lcm

from exactnet.certify.structural.prover import Prover, form
from exactnet.kernel.network import RELU
from exactnet.structural.kernel import Form

__all__ = ["Multiples"]


class Multiples:
    """What is known of nodes: ``k*a - form = 0`` for a form over variables that are left as they are, and ``k > 0``."""

    def __init__(self, prover: Prover) -> None:
        self.prover = prover
        self.known: dict[int, tuple[int, int]] = {}
        """By the variable of a node: ``k``, and the fact."""

    def definition(self, v: int) -> tuple[int, Form]:
        """The denominator and the form of a node."""
        p = self.prover
        return p.relu.get(v) or p.affine.get(v) or (1, p.step[v])

    def over(self, v: int) -> tuple[int, Form, int]:
        """``m``, a form over what is left, and the equality ``m*z - form = 0`` for the form ``z`` of a node."""
        p, z = self.prover, self.definition(v)[1]
        known = {u: self.known[u] for u in z if u in self.known}
        m = lcm(1, *(k // gcd(k, z[u]) for u, (k, _) in known.items()))
        fact = p.sum(*((same, m * z[u] // k) for u, (k, same) in known.items()))
        return m, form((z, m), (p.of(fact), -1)), fact

    def remember(self, v: int, fact: int) -> None:
        """Keep what is known of a node, divided by the common divisor of the coefficients."""
        p = self.prover
        content = gcd(*p.of(fact).values())
        if content > 1:
            fact = p.sum((fact, 1), by=content)
        k = p.of(fact)[v]
        if k < 0:
            k, fact = -k, p.sum((fact, -1))
        self.known[v] = k, fact

    def constant(self, v: int, kind: str) -> None:
        """A node whose sign never changes."""
        p = self.prover
        m, over, fact = self.over(v)
        value = p.name(over)
        p.range(value)
        same = p.sum((fact, 1), (("=", value), 1))  # m*z - value = 0
        positive = p.low[value] >= 0
        known = p.decide(v, p.sum(((">", value), 1), (same, 1)) if positive else p.sum((("<", value), 1), (same, -1)))
        self.remember(v, p.sum((known, m), (fact, 1)) if positive and kind == RELU else known)
