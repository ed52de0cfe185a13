"""The original, node by node: every node as a rational multiple of a form over the constructed network
(:mod:`exactnet.construct.routes.translate`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from exactnet.certify.structural.prover import ONE, form
from exactnet.certify.structural.tactics.multiples import Multiples
from exactnet.certify.structural.tactics.roles import Roles
from exactnet.certify.structural.tactics.sides import Residual, Side
from exactnet.claims.promises import Means
from exactnet.construct.base.linear import Linear
from exactnet.kernel.network import AFFINE, RELU, Network
from exactnet.structural.kernel import Refused, is_constant

__all__ = ["Lemma", "Nodes", "RouteTactics", "Scaled"]


@dataclass(frozen=True)
class Lemma:
    """What a lemma was asked for, and what it gave: ``kind`` is relu, mod or threshold."""

    kind: str
    form: Linear
    result: Linear
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

    def side(self, linear: Linear, result: Linear, name: str, means: Means, value: int) -> Side:
        """``1[L >= 0]`` is what the lemma gave."""
        ...


@dataclass(frozen=True)
class Scaled:
    """``times*z - factor*L - rest = 0`` for the form ``z`` of a node and a named primitive form ``L``."""

    value: int
    times: int
    factor: int
    fact: int


class Nodes(Multiples):
    """Every node of the original as a multiple of a form over the constructed network.

    Parameters
    ----------
    input_bits : the bits that inputs are read as, if they are.
    """

    def __init__(
        self,
        roles: Roles,
        net: Network,
        tactics: RouteTactics,
        lemmas: Mapping[str, Lemma],
        input_bits: Mapping[str, list[Linear]],
    ) -> None:
        super().__init__(roles.prover)
        self.roles, self.net, self.tactics, self.lemmas, self.input_bits = roles, net, tactics, lemmas, input_bits
        self.residuals: dict[int, Residual] = {}
        """ReLUs that were made modulo a number only, by the variable that is the ReLU."""

    def prove(self) -> None:
        """All nodes in order that outputs read, for no others are built. A failure names the node."""
        self._inputs()
        read = set(self.net.outputs)
        for name in reversed(self.net.order):
            read.update(source for source, _ in self.net.sources(name) if name in read)
        for name in filter(read.__contains__, self.net.order):
            try:
                self._node(name)
            except Refused as error:
                lemma = f", lemma {self.lemmas[name].kind}" if name in self.lemmas else ""
                raise Refused(f"node {name}{lemma}: {error}") from error

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

    def _node(self, name: str) -> None:
        p, v, kind = self.roles.prover, self.roles.original[name], self.net.kind(name)
        if kind == AFFINE:
            m, _, fact = self.over(v)
            self.remember(v, p.sum((("=", v), -m), (fact, 1)))
        elif name not in self.lemmas:
            self.constant(v, kind)
        elif kind == RELU:
            self._relu(name, v)
        else:
            self._threshold(name, v)

    # --- scaling ------------------------------------------------------------------------------------

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
            raise Refused(f"the form is {p.say(over)}, and what was built is for {p.say(primitive)}")
        value = p.name(primitive)
        p.range(value)
        same = p.sum((fact, ratio.denominator), (("=", value), ratio.numerator))
        return Scaled(value, m * ratio.denominator, ratio.numerator, same)

    # --- nodes -------------------------------------------------------------------------------------

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
        side = self.tactics.side(lemma.form, lemma.result, name, lemma.means, scaled.value)

        def then(i: int) -> int:
            node = p.decide(v, p.sum((side.on(i), scaled.factor), (scaled.fact, 1)))
            return p.sum((node, 1), (p.one(i, side.sign), -1))

        def otherwise(i: int) -> int:
            node = p.decide(v, p.sum((side.off(i), scaled.factor), (scaled.fact, -1)))
            return p.sum((node, 1), (p.none(i, side.sign), -1))

        same = p.cases(form((side.sign, 1), (ONE, -1)), then, otherwise)
        self.remember(v, p.sum((same, 1), (side.same, -1)))
