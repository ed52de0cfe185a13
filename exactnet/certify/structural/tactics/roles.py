"""What the forms of a construction are as forms of the kernel, and what a sum of steps says of the form below it.

Constructions are deterministic and their builders share equal nodes, so a tactic asks a lemma's parts again of the
builder that built the network, and gets the forms that were built. A node that no output needs is no variable of the
kernel: it is defined anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from exactnet.certify.structural.prover import ONE, Fact, Part, Prover, form
from exactnet.construct.base.builder import Builder, oriented
from exactnet.construct.base.linear import Linear
from exactnet.structural.kernel import Form, Refused, accumulate, is_constant

__all__ = ["Named", "Roles", "exact_quotient", "multiples"]


@dataclass(frozen=True)
class Named:
    """A form of the builder as ``content*f + constant`` for a variable ``f`` with bounds, the one that its gates read.
    """

    f: int
    content: int
    constant: int

    @property
    def form(self) -> Form:
        """``content*f + constant``."""
        return form((self.f, self.content), (ONE, self.constant))


@dataclass
class Roles:
    """The builder of a network beside a kernel that knows it.

    Parameters
    ----------
    inputs, original, constructed : the variables of the kernel by the names of inputs and nodes.
    """

    prover: Prover
    builder: Builder
    inputs: Mapping[str, int]
    original: Mapping[str, int]
    constructed: Mapping[str, int]
    outputs: tuple[str, ...]
    extra: dict[str, int] = field(default_factory=dict)
    """Variables for what is no node of the constructed network, by its name in the builder."""
    names: dict[Any, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.zero = self.prover.name({})
        self.prover.range(self.zero)

    # --- forms of the builder --------------------------------------------------------------------

    def variable(self, name: str) -> int:
        """The variable of a signal of the builder."""
        for table in (self.extra, self.inputs):
            if name in table:
                return table[name]
        if name in self.constructed and name not in self.outputs:
            return self.constructed[name]
        gates = self.builder._gates
        if name in gates:
            node, at = gates[name]
            self.extra[name] = self.prover.new_step(form((self.variable(node), 1), (ONE, -at)))
            return self.extra[name]
        written, terms, p = self.builder.node(name), {}, self.prover.p
        bias = written.bias
        for source, w in written.sources.items():
            if source in self.inputs and p:  # the input is the integer p*x + p^2 here
                w, bias = w / p, bias - w * p  # noqa: PLW2901
            terms[source] = int(w)
        self.extra[name] = self.prover.name(self.form(Linear(terms, int(bias))))
        return self.extra[name]

    def form(self, linear: Linear) -> Form:
        """A form of the builder over variables of the kernel."""
        total: Form = {}
        for name, c in linear.terms.items():
            accumulate(total, {self.variable(name): 1}, int(c))
        return accumulate(total, {ONE: 1}, int(linear.constant))

    def named(self, linear: Linear) -> Named:
        """The variable that gates on a form read."""
        if not linear.terms:
            return Named(self.zero, 1, int(linear.constant))
        primitive, content = oriented(linear)
        key = tuple(sorted(primitive.terms.items()))
        if len(key) == 1 and key[0][1] == 1:
            f = self.variable(key[0][0])
        elif key in self.builder._forms:
            f = self.variable(self.builder._forms[key])
        else:
            if key not in self.names:
                self.names[key] = self.prover.name(self.form(primitive))
            f = self.names[key]
        self.prover.range(f)
        return Named(f, int(content), int(linear.constant))

    def alias(self, what: Form) -> int:
        """A variable for a form: itself, if it is one."""
        if len(what) == 1 and ONE not in what and set(what.values()) == {1}:
            return next(iter(what))
        v = self.prover.name(what)
        if is_constant(what):
            self.prover.range(v)
        return v

    def vanishes(self, what: Form) -> bool:
        """Whether a form is 0 by definitions alone."""
        return not self.prover.expand(what)[1]

    def ends(self, content: int, low: Fact | None, high: Fact | None) -> tuple[Fact | None, Fact | None]:
        """The ends of the range of ``f`` from facts ``content*f + .. >= 0`` and ``.. - content*f >= 0``."""
        if abs(content) > 1:
            low, high = (None if end is None else self.prover.sum((end, 1), by=abs(content)) for end in (low, high))
        return (low, high) if content > 0 else (high, low)

    # --- the constructed network -------------------------------------------------------------------------

    def virtual(self, what: Form) -> tuple[list[Part], Form]:
        """A form over nodes as one over what stands for them, and the multiples of equalities between them; here the same."""
        return [], what

    def actual(self, fact: int) -> int:
        """A fact about what stands for nodes as one about them; here the same."""
        return fact

    # --- gates -----------------------------------------------------------------------------------------

    def is_gate(
        self,
        result: Linear,
        linear: Linear,
        at: int,
        u: int,
        on: Callable[[int], Fact],
        off: Callable[[int], Fact],
        limits: Iterable[tuple[Fact, int]] = (),
    ) -> int:
        """The equality ``made - u = 0`` for ``made = 1[linear >= at]`` and a 0/1 variable ``u`` with bounds.

        ``on`` and ``off`` prove ``linear - at >= 0`` from ``u >= 1`` and ``at - 1 - linear >= 0`` from ``u <= 0``,
        over any variables that expand to those of ``linear``. ``limits`` are facts ``linear - low >= 0`` (sign 1) and
        ``high - linear >= 0`` (sign -1).
        """
        p = self.prover
        target, read = self.form(result), self.named(linear)
        for fact, sign in limits:
            if linear.terms:
                tie = p.zero(form((read.f, sign * read.content), (p.of(fact), -1)), constant=True)
                p.bound((fact, 1), (tie, 1))
        lowest, highest = p.pair(read.f, target, 1)

        def end(fact: Fact, sign: int) -> int:
            """A fact about ``linear`` as one about ``f``."""
            tie = p.zero(form((read.f, sign * read.content * bool(linear.terms)), (p.of(fact), -1)), constant=True)
            return p.sum((fact, 1), (tie, 1), by=abs(read.content))

        def side(value: int, sign: int, prove: Callable[[int], Fact]) -> int:
            if (sign > 0 and p.high[u] < 1) or (sign < 0 and p.low[u] > 0):
                return p.sum((value, 1), (("<" if sign > 0 else ">", u), 1))
            known = end(prove(value), sign)
            if is_constant(p.of(known)) and p.of(known).get(ONE, 0) < 0:
                return known
            ends: tuple[Fact | None, Fact | None] = (None, None)
            if linear.terms:
                ends = (known, None) if (sign > 0) == (read.content > 0) else (None, known)
            if sign > 0:
                reached = p.steps(read.f, form((target, 1), (ONE, -1)), None, *ends)
                return p.equal(p.sum((reached, 1), (("<", u), 1)), p.sum((highest, 1), (value, 1)))
            reached = p.steps(read.f, form((target, -1)), None, *ends)
            return p.equal(p.sum((lowest, 1), (value, 1)), p.sum((reached, 1), ((">", u), 1)))

        return p.cases(form((u, 1), (ONE, -1)), lambda i: side(i, 1, on), lambda i: side(i, -1, off))

    def bit_bounds(self, bits: Iterable[Linear], f: int) -> None:
        """Bounds 0 and 1 of the nodes that 0/1-valued sums of steps of ``f`` are."""
        for bit in bits:
            for v in self.form(bit):
                if v and not self.prover.bounded(v):
                    low, high = self.prover.pair(f, {v: 1}, 1)
                    self.prover.bound((low, 1))
                    self.prover.bound((high, 1))


def exact_quotient(what: Form, q: int) -> Form:
    """``what / q``, all coefficients being multiples."""
    if any(c % q for c in what.values()):
        raise Refused("the coefficients are no multiples of the modulus")
    return {v: c // q for v, c in what.items()}


def multiples(roles: Roles, read: Named, q: int, most: int) -> Form:
    """``floor(form / q)`` for a form in ``[0, most]``, as a sum of new steps of the variable that its gates read."""
    p, f = roles.prover, read.f
    turns: Form = {}
    for j in range(1, most // q + 1):  # 1[content*f + constant >= j*q]
        if read.content > 0:
            turns = form((turns, 1), (p.new_step(form((f, 1), (ONE, (read.constant - j * q) // read.content))), 1))
        else:
            below = p.new_step(form((f, 1), (ONE, -((read.constant - j * q) // -read.content + 1))))
            turns = form((turns, 1), (ONE, 1), (below, -1))
    return turns
