"""Networks whose literals may be a little too large (:mod:`exactnet.construct.gadgets.noisy`), beside the exact network that they
stand for.

What reads a noisy literal, directly or not, has two variables: the node of the constructed network, and a *virtual* one, defined
anew over literals without noise. All other tactics speak of virtual variables. Lemma 4 shows that gates are equal on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from exactnet.certify.structural.prover import ONE, Part, form
from exactnet.certify.structural.tactics.roles import Roles
from exactnet.construct.base.linear import Linear
from exactnet.construct.gadgets.noisy import NoisyBuilder, as_noisy
from exactnet.structural.kernel import Form, Refused

__all__ = ["Literal", "NoisyRoles"]


@dataclass(frozen=True)
class Literal:
    """``Y - scale*y >= 0`` and ``scale*y + err - Y >= 0`` for a literal ``y`` and what was built for it."""

    scale: int
    low: int
    high: int


@dataclass
class NoisyRoles(Roles):
    """Roles where gates may read noisy literals."""

    literals: dict[str, Literal] = field(default_factory=dict)
    """By name; ``extra`` has the variables that they stand for."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.noisy: NoisyBuilder = as_noisy(self.builder)
        self.by_variable = {v: name for name, v in self.constructed.items() if name not in self.outputs}
        self._clean: dict[str, bool] = {}
        self._same: dict[str, int] = {}
        self._sums: dict[str, tuple[int, int, int]] = {}

    # --- virtual variables -------------------------------------------------------------------------

    def _reads(self, name: str) -> tuple[str, ...]:
        if name in self.builder._gates:
            return (self.builder._gates[name][0],)
        if name in self.noisy.waiting:
            return tuple(self.noisy.waiting[name].terms)
        return tuple(source for source in self.builder.node(name).sources if source not in self.inputs)

    def clean(self, name: str) -> bool:
        """Whether a node reads no noisy literal, however indirectly."""
        stack = [name]
        while stack:
            node = stack[-1]
            if node in self.inputs or node in self.literals or node in self._clean:
                stack.pop()
                continue
            todo = [u for u in self._reads(node) if u not in self.inputs and u not in self.literals and u not in self._clean]
            stack.extend(todo)
            if not todo:
                self._clean[node] = all(u in self.inputs or self._clean.get(u, False) for u in self._reads(node))
        return name in self.inputs or self._clean.get(name, False)

    def variable(self, name: str) -> int:
        """The variable of a signal: virtual, where the signal reads noisy literals."""
        if name in self.extra or name in self.inputs or self.clean(name):
            return super().variable(name)
        if name in self.builder._gates:
            node, at = self.builder._gates[name]
            self.extra[name] = self.prover.new_step(form((self.variable(node), 1), (ONE, -at)))
            return self.extra[name]
        if name in self.noisy.waiting:
            what = self.form(self.noisy.waiting[name])
        else:
            node_of = self.builder.node(name)
            terms = {source: int(w) for source, w in node_of.sources.items()}
            what = self.form(Linear(terms, int(node_of.bias)))
        self.extra[name] = self.prover.name(what)
        return self.extra[name]

    # --- both sides ----------------------------------------------------------------------------------

    def virtual(self, what: Form) -> tuple[list[Part], Form]:
        """A form over constructed nodes as one over virtual variables, and the multiples of equalities between them."""
        parts: list[Part] = []
        result: Form = {}
        for v, c in what.items():
            name = self.by_variable.get(v)
            if name is None or self.clean(name):
                result = form((result, 1), (v, c))
                continue
            parts.append((self.same(name), c))
            result = form((result, 1), (self.variable(name), c))
        return parts, result

    def same(self, name: str) -> int:
        """The equality ``node - virtual = 0`` of a gate, or of a sum of gates."""
        if name not in self._same:
            p, v = self.prover, self.constructed[name]
            if name in self.literals or name in self.noisy.waiting:
                raise Refused(f"{name} is noisy")
            if name in self.builder._gates:
                fact = self._gate(name, v)
            else:
                parts, _ = self.virtual(p.affine[v][1])
                fact = p.sum((("=", v), -1), (("=", self.variable(name)), 1), *parts)
            if p.depth:  # forgotten with the case
                return fact
            self._same[name] = fact
        return self._same[name]

    def _gate(self, name: str, v: int) -> int:
        p, s = self.prover, self.variable(name)
        node, _ = self.builder._gates[name]
        if node in self.literals or node in self.noisy.waiting:
            scale, low, high = self._sum(node)
        else:
            scale, low, high = 1, self.same(node), self.same(node)
            high = p.sum((high, -1))

        def side(i: int, on: bool) -> int:
            known = p.sum((p.decide(s, i), scale), (low if on else high, 1))
            gate = p.decide(v, known)
            return p.sum((gate, 1), (p.one(i, s) if on else p.none(i, s), -1))

        return p.cases(form((s, 1), (ONE, -1)), lambda i: side(i, True), lambda i: side(i, False))

    def _sum(self, node: str, named: bool = True) -> tuple[int, int, int]:
        """``scale``, ``G' - scale*G + below >= 0`` and ``scale*G + above - G' >= 0`` for a form ``G`` over noisy literals.

        ``G'`` is a node if it is named, and else a form over nodes.
        """
        key = node if named else f"{node} in full"
        if key not in self._sums:
            p = self.prover
            terms = self.noisy.waiting[node].terms if node in self.noisy.waiting else {node: 1}
            scale, _ = self.noisy.reading(Linear(terms))
            low: list[Part] = []
            high: list[Part] = []
            for name, c in terms.items():
                literal = self.literals.get(name)
                if literal is not None:
                    times = abs(int(c)) * (scale // literal.scale)
                    low.append((literal.low if c > 0 else literal.high, times))
                    high.append((literal.high if c > 0 else literal.low, times))
                elif name not in self.inputs and not self.clean(name):
                    low.append((self.same(name), int(c) * scale))
                    high.append((self.same(name), -int(c) * scale))
            if node in self.noisy.waiting:
                low.append((("=", self.variable(node)), scale))
                high.append((("=", self.variable(node)), -scale))
                if named:
                    low.append((("=", self.constructed[node]), -1))
                    high.append((("=", self.constructed[node]), 1))
            result = scale, p.sum(*low), p.sum(*high)
            if p.depth:
                return result
            self._sums[key] = result
        return self._sums[key]

    def actual(self, fact: int) -> int:
        """A fact about virtual variables as one about nodes, times the scale of the noise in it."""
        p = self.prover
        virtual = {v: name for name, v in self.extra.items()}
        for v, c in p.of(fact).items():
            name = virtual.get(v)
            if name is None:
                continue
            if name in self.noisy.waiting or name in self.literals:
                scale, low, high = self._sum(name, named=False)
                fact = p.sum((fact, scale), (low if c > 0 else high, abs(c)))
            elif name in self.constructed and name not in self.outputs:
                fact = p.sum((fact, 1), (self.same(name), c))
        return fact
