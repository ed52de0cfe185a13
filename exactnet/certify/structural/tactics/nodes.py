"""The original, node by node: every node as a rational multiple of a form over the constructed network
(:mod:`exactnet.construct.routes.translate`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, lcm
from typing import Protocol

from exactnet.certify.structural.prover import ONE, form
from exactnet.certify.structural.tactics.roles import Roles
from exactnet.certify.structural.tactics.sides import Residual, Side
from exactnet.claims.promises import Means
from exactnet.construct.base.linear import Linear
from exactnet.kernel.network import AFFINE, RELU, Network
from exactnet.structural.kernel import Form, Refused, is_constant

__all__ = ["Lemma", "Nodes", "RouteTactics", "Scaled"]


@dataclass(frozen=True)
class Lemma:
    """What a lemma was asked for, and what it gave: ``kind`` is relu, mod or threshold."""

    kind: str
    form: Linear
    made: Linear
    means: Means
    q: int = 0


class RouteTactics(Protocol):
    """The proofs of the lemmas of a route; ``value`` is a variable that is the form ``L``, ``relu`` one that is
    ``[L]+``.
    """

    def relu(self, linear: Linear, name: str, means: Means, value: int, relu: int) -> Residual:
        """``[L]+`` is what the lemma gave."""
        ...

    def relu_mod(self, linear: Linear, q: int, name: str, means: Means, value: int, relu: int) -> Residual:
        """``[L]+`` is congruent to what the lemma gave."""
        ...

    def side(self, linear: Linear, made: Linear, name: str, means: Means, value: int) -> Side:
        """``1[L >= 0]`` is what the lemma gave."""
        ...


@dataclass(frozen=True)
class Scaled:
    """``times*z - factor*L - rest = 0`` for the form ``z`` of a node and a named primitive form ``L``."""

    value: int
    times: int
    factor: int
    fact: int


@dataclass
class Nodes:
    """What is known of every node of the original: ``k*a - form = 0`` for a form over the constructed network, and
    ``k > 0``.
    """

    roles: Roles
    net: Network
    tactics: RouteTactics
    lemmas: Mapping[str, Lemma]
    known: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By the variable of a node: ``k``, and the fact."""
    residuals: dict[int, Residual] = field(default_factory=dict)
    """ReLUs that were made modulo a number only, by the variable that is the ReLU."""

    def prove(self) -> None:
        """All nodes in order. A failure names the node."""
        self._inputs()
        for name in self.net.order:
            try:
                self._node(name)
            except Refused as error:
                raise Refused(f"node {name}: {error}") from error

    def _inputs(self) -> None:
        """On the grid the integer of an input is a node, or a sum of bits."""
        roles, p = self.roles, self.roles.prover
        for name in self.net.inputs if p.p else ():
            v, node = self.roles.inputs[name], f"u({name})"
            if node not in roles.builder._nodes:
                raise Refused(f"the integer of input {name} is no node")
            u = roles.variable(node)
            p.range(u)
            bits = self.input_bits.get(name)
            if bits is None:
                self.known[v] = 1, p.zero(form((v, 1), (u, -1)))
                continue
            total = form(*((roles.form(bit), 1 << s) for s, bit in enumerate(bits)))
            roles.bit_bounds(bits, u)
            same = p.steps(u, form((u, 1), (total, -1)), 0)
            self.known[v] = 1, p.sum((p.zero(form((v, 1), (u, -1))), 1), (same, 1))

    input_bits: Mapping[str, list[Linear]] = field(default_factory=dict)
    """The bits that inputs are read as, if they are."""

    def _node(self, name: str) -> None:
        p, v, kind = self.roles.prover, self.roles.original[name], self.net.kind(name)
        if kind == AFFINE:
            m, _, fact = self.over(v)
            self.remember(v, p.sum((("=", v), -m), (fact, 1)))
        elif name not in self.lemmas:
            self._constant(v, kind)
        elif kind == RELU:
            self._relu(name, v)
        else:
            self._threshold(name, v)

    # --- scaling ------------------------------------------------------------------------------------

    def definition(self, v: int) -> tuple[int, Form]:
        """The denominator and the form of a node."""
        p = self.roles.prover
        return p.relu.get(v) or p.affine.get(v) or (1, p.step[v])

    def over(self, v: int) -> tuple[int, Form, int]:
        """``m``, a form over the constructed network, and the equality ``m*z - form = 0`` for the form ``z`` of a node.
        """
        p, z = self.roles.prover, self.definition(v)[1]
        known = {u: self.known[u] for u in z if u in self.known}
        m = lcm(1, *(k // gcd(k, z[u]) for u, (k, _) in known.items()))
        fact = p.sum(*((same, m * z[u] // k) for u, (k, same) in known.items()))
        return m, form((z, m), (p.of(fact), -1)), fact

    def scaled(self, v: int, linear: Linear) -> Scaled:
        """The form of a node beside the primitive form that the construction made of it."""
        p = self.roles.prover
        m, over, fact = self.over(v)
        primitive = self.roles.form(linear)
        some = next((u for u in primitive if u), None)
        if some is None:
            raise Refused("the form that was built is a constant")
        ratio = Fraction(over.get(some, 0), primitive[some])
        rest = form((over, ratio.denominator), (primitive, -ratio.numerator))
        if ratio <= 0 or not is_constant(rest) or not 0 <= rest.get(ONE, 0) < ratio.numerator:
            raise Refused("the form is not the one that was built")
        value = p.name(primitive)
        p.range(value)
        same = p.sum((fact, ratio.denominator), (("=", value), ratio.numerator))
        return Scaled(value, m * ratio.denominator, ratio.numerator, same)

    def remember(self, v: int, fact: int) -> None:
        """Keep what is known of a node, divided by the common divisor of the coefficients."""
        p = self.roles.prover
        content = gcd(*p.of(fact).values())
        if content > 1:
            fact = p.sum((fact, 1), by=content)
        k = p.of(fact)[v]
        if k < 0:
            k, fact = -k, p.sum((fact, -1))
        self.known[v] = k, fact

    # --- nodes -------------------------------------------------------------------------------------

    def _constant(self, v: int, kind: str) -> None:
        """A node whose sign never changes."""
        p = self.roles.prover
        m, over, fact = self.over(v)
        value = p.name(over)
        p.range(value)
        same = p.sum((fact, 1), (("=", value), 1))  # m*z - value = 0
        positive = p.low[value] >= 0
        known = p.decide(v, p.sum(((">", value), 1), (same, 1)) if positive else p.sum((("<", value), 1), (same, -1)))
        self.remember(v, p.sum((known, m), (fact, 1)) if positive and kind == RELU else known)

    def _relu(self, name: str, v: int) -> None:
        p, lemma, den = self.roles.prover, self.lemmas[name], self.definition(v)[0]
        scaled = self.scaled(v, lemma.form)
        relu = p.new_relu({scaled.value: 1})

        def then(i: int) -> int:
            positive = p.decide(relu, i)
            node = p.decide(v, p.sum((i, scaled.factor), (scaled.fact, 1)))
            return p.sum((node, scaled.times), (scaled.fact, 1), (positive, -scaled.factor))

        def otherwise(i: int) -> int:
            negative = p.decide(relu, i)
            node = p.decide(v, p.sum((i, scaled.factor), (scaled.fact, -1)))
            return p.sum((node, scaled.times * den), (negative, -scaled.factor))

        same = p.cases({scaled.value: 1}, then, otherwise)
        if lemma.kind == "relu":
            residual = self.tactics.relu(lemma.form, name, lemma.means, scaled.value, relu)
            self.remember(v, p.sum((same, 1), (residual.fact, scaled.factor)))
        else:
            self.remember(v, same)
            self.residuals[relu] = self.tactics.relu_mod(lemma.form, lemma.q, name, lemma.means, scaled.value, relu)

    def _threshold(self, name: str, v: int) -> None:
        p, lemma = self.roles.prover, self.lemmas[name]
        scaled = self.scaled(v, lemma.form)
        side = self.tactics.side(lemma.form, lemma.made, name, lemma.means, scaled.value)

        def then(i: int) -> int:
            node = p.decide(v, p.sum((side.on(i), scaled.factor), (scaled.fact, 1)))
            return p.sum((node, 1), (p.one(i, side.sign), -1))

        def otherwise(i: int) -> int:
            node = p.decide(v, p.sum((side.off(i), scaled.factor), (scaled.fact, -1)))
            return p.sum((node, 1), (p.none(i, side.sign), -1))

        same = p.cases(form((side.sign, 1), (ONE, -1)), then, otherwise)
        self.remember(v, p.sum((same, 1), (side.same, -1)))
