"""The trusted kernel of structural certificates: a proof about two networks, checked for all inputs of a cube or grid
at once.

A *variable* is a number: 0 is the constant one; then come the inputs, the nodes of the original and the nodes of the
constructed network, each in the order of its file; then the variables that the statement and the proof define. A
*form* is a sum of integer multiples of variables, ``{variable: coefficient}``. A *fact* is a form that is ``>= 0``,
or ``= 0``, on every input at which the statement's hypotheses and the open assumptions hold. Every rule adds facts,
or bounds of a variable, that follow from earlier ones; its docstring says why. Nothing else is believed: a proof is
data, read line by line, and facts are dropped when it says so.

To believe: that :class:`Kernel` makes variables of two networks as their files define them, and supposes what the
statement says and no more; that each ``rule_`` does what it says; and that :meth:`Kernel.conclude` asks for what
:func:`theorem` prints.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from graphlib import TopologicalSorter
from itertools import accumulate as running
from math import gcd, lcm
from typing import Any

__all__ = ["Form", "Kernel", "Ref", "Refused", "Unusable", "accumulate", "is_constant", "need", "theorem"]

MAX_DIGITS = 20_000  # of a number in a file
MAX_BITS = 1 << 18  # of a coefficient
MAX_PIECES = 1 << 22  # of the range of a variable that one line may look at
MAX_PLACES = 1 << 20  # at which moduli divide
MAX_NESTING = 64  # of cases within cases
MAX_TERMS = 10_000_000  # of what is kept, as :func:`size` counts them: the memory allowed, about 1 GB
NUMBER = re.compile(r"-?\d+(/\d+|(\.\d+)?([eE]-?\d{1,4})?)", re.ASCII)

Data = dict[str, Any]  # parsed JSON
Form = dict[int, int]
Pieces = tuple[int, int, list[tuple[int, int, int]]]
Ref = Any  # a fact: a negative integer, or [kind, variable]


class Refused(Exception):
    """A step of a proof that does not hold: exit status 1."""


class Unusable(Exception):
    """Something that is no proof or no network: exit status 2."""


def need(holds: bool, otherwise: str) -> None:
    """Go on only if a condition of a rule holds."""
    if not holds:
        raise Refused(otherwise)


def accumulate(total: Form, form: Form, times: int = 1) -> Form:
    """``total += times * form``, in place."""
    for v, c in form.items() if times else ():
        new = total.get(v, 0) + times * c
        if new:
            total[v] = new
        else:
            del total[v]
    return total


def size(form: Form) -> int:
    """How much memory a form takes, in terms of 512 bits; the dictionary itself counts as four. A number that is too large is
    refused.
    """
    bits = max(abs(max(form.values())), abs(min(form.values()))).bit_length() if form else 0
    need(bits <= MAX_BITS, "too large a number")
    return (len(form) + 4) * (1 + bits // 512)


def terms_of(form: Form) -> Form:
    """A form without its constant."""
    return {v: c for v, c in form.items() if v}


def is_constant(form: Form) -> bool:
    """Whether a form has no terms but its constant."""
    return not form or (len(form) == 1 and 0 in form)


def number(text: object) -> int | Fraction:
    """An exact number of a network file."""
    if type(text) is str and len(text) <= MAX_DIGITS and NUMBER.fullmatch(text):
        return int(text) if text.removeprefix("-").isdecimal() else Fraction(text)
    if type(text) is not int:
        raise Unusable("a weight is no exact number, or is too long")
    return text


class Kernel:
    """All that is known so far about two networks.

    Parameters
    ----------
    original, constructed : parsed network files, ``{"inputs": [..], "outputs": [..], "nodes": [{"id", "kind", "bias",
        "in"}, ..]}``.
    domain : ``{"kind": "cube"}``, inputs 0 or 1; or ``{"kind": "grid", "p": p}``, inputs ``-p, -p + 1/p, .., p``.
    statement : see :func:`theorem`.

    Raises
    ------
    Unusable, Refused
    """

    def __init__(self, original: Data, constructed: Data, domain: Data, statement: Data) -> None:
        self.names: list[str] = ["1"]
        self.low: dict[int, int] = {0: 1}
        self.high: dict[int, int] = {0: 1}
        self.integer: set[int] = {0}
        self.affine: dict[int, tuple[int, Form]] = {}  # v: den*v = form
        self.relu: dict[int, tuple[int, Form]] = {}  # v: den*v = max(form, 0)
        self.step: dict[int, Form] = {}  # v = 1 if form >= 0 else 0
        self.facts: dict[int, tuple[Form, bool]] = {}  # (form, whether it is = 0)
        self.count = self.terms = self.depth = 0  # facts so far, dropped ones too; terms that are kept; open cases
        self._gates: dict[int, Form | None] = {}
        p = self.p = domain.get("p") if domain.get("kind") == "grid" else 0
        need(domain.get("kind") in ("cube", "grid") and type(p) is int and p >= (domain["kind"] == "grid"), "unknown domain")
        self.statement = statement
        inputs, outputs = original["inputs"], original["outputs"]
        need(inputs == constructed["inputs"] and outputs == constructed["outputs"], "other inputs or outputs")
        need(all(type(x) is str for x in inputs + outputs) and len(set(inputs)) == len(inputs), "bad names of inputs or outputs")
        variables = {x: self._new(x) for x in inputs}  # u = x on the cube, u = p*x + p^2 on the grid
        for v in variables.values():
            self.integer.add(v)
            self.low[v], self.high[v] = 0, 2 * p * p if p else 1
        sides = [self._network(net, variables, side) for net, side in ((original, "a:"), (constructed, "b:"))]
        self.outputs = [(y, *(side[y] for side in sides)) for y in outputs if y not in variables]
        need(statement.keys() == {"kind"} or len(self.outputs) == len(outputs), "an output is an input")
        shapes = ({"kind"}, {"kind", "R"}) if statement["kind"] == "equal" else ({"kind", "r", "R"},)
        need(statement.keys() in shapes, "a statement with other numbers")
        self.hypotheses = [self._suppose(a) for _, a, _ in self.outputs]

    # --- axioms: the networks and the hypotheses ---------------------------------------------------

    def _new(self, name: str) -> int:
        self.names.append(name)
        return len(self.names) - 1

    def _network(self, net: Data, inputs: dict[str, int], side: str) -> dict[str, int]:
        """Variables and definitions of the nodes of a network."""
        nodes = {node["id"]: node for node in net["nodes"]}
        known = nodes.keys() | inputs.keys()
        if len(known) < len(net["nodes"]) + len(inputs) or not known.issuperset(net["outputs"]):
            raise Unusable("a node occurs twice, or an output is no node")
        variables = inputs | {name: self._new(side + name) for name in nodes}
        wires = {name: [source for source in node["in"] if source not in inputs] for name, node in nodes.items()}
        for name in TopologicalSorter(wires).static_order():  # a ValueError if wires form a cycle
            self._node(variables[name], nodes[name], variables, len(inputs))
        return variables

    def _node(self, v: int, node: Data, variables: dict[str, int], inputs: int) -> None:
        """The definition of a node, all denominators cleared; on the grid ``w*x`` is ``w/p*u - w*p``."""
        terms: dict[int, int | Fraction] = {0: number(node.get("bias", 0))}
        for source, text in node["in"].items():
            u, w = variables[source], number(text)
            if self.p and u <= inputs:
                terms[0] -= w * self.p
                w = Fraction(w, self.p)
            terms[u] = w
        den = lcm(*{w.denominator for w in terms.values()})
        form = {u: int(w * den) for u, w in terms.items() if w}
        if node["kind"] == "threshold":
            self.step[v] = form
            self.integer.add(v)
            self.low[v], self.high[v] = 0, 1
            return
        if den == 1 and self.whole(form):
            self.integer.add(v)
        if node["kind"] == "relu":
            self.relu[v] = den, form
            self.low[v] = 0
        elif node["kind"] == "affine":
            self.affine[v] = den, form
        else:
            raise Unusable("a node of unknown kind")

    def _suppose(self, a: int) -> tuple[int, ...]:
        """What the statement supposes of an output ``a`` of the original; the variables that this defines.

        ``equal if``: an integer ``r*a`` in ``[-r*R, r*R]``. ``floor if``: ``-R <= a <= R``. ``clip`` supposes
        nothing, and names ``[a + R]+`` and ``[[a + R]+ - 2*R]+``, whose difference is ``clip(a) + R``.
        """
        kind, r, most = (self.statement.get(key, 1) for key in ("kind", "r", "R"))
        need(type(r) is int and type(most) is int and r >= 1 and most >= 1, "r and R must be positive integers")
        if kind == "equal":
            return ()
        name = self.names[a]
        if kind == "equal if":
            v = self._new(f"r*{name}")
            self.affine[v] = 1, {a: r}
            self.integer.add(v)
            self.low[v], self.high[v] = -r * most, r * most
            return (v,)
        if kind == "floor if":
            self.low[a], self.high[a] = -most, most
            return ()
        need(kind == "clip", "unknown statement")
        inner, outer = self._new(f"[{name}+R]+"), self._new(f"[[{name}+R]+-2R]+")
        self.relu[inner], self.relu[outer] = (1, {a: 1, 0: most}), (1, {inner: 1, 0: -2 * most})
        self.low[inner] = self.low[outer] = 0
        return inner, outer

    # --- reading lines ----------------------------------------------------------------------------------

    def form(self, data: list[int]) -> Form:
        """A form as it stands in a proof, ``[variable, coefficient, ..]``."""
        form = dict(zip(data[::2], data[1::2], strict=True))
        need(all(type(v) is int and 0 <= v < len(self.names) for v in form), "no such variable")
        need(len(form) * 2 == len(data) and all(type(c) is int and c for c in form.values()), "not a form")
        return form

    def fact(self, ref: Ref) -> tuple[Form, bool]:
        """A fact by how many facts ago it was added: -1 is the last. Or ``[kind, v]`` for a variable ``v``: its
        affine definition ``=``; its bounds ``<``, ``>``; ``r``, that a ReLU is at least its form.
        """
        if type(ref) is int:
            need(ref < 0 and self.count + ref in self.facts, f"there is no fact {ref}")
            return self.facts[self.count + ref]
        kind, v = ref
        if kind == "=":
            den, form = self.affine[v]
            return accumulate({v: -den}, form), True
        if kind == "<":
            return accumulate({v: -1}, {0: 1}, self.high[v]), False
        if kind == ">":
            return accumulate({v: 1}, {0: -1}, self.low[v]), False
        need(kind == "r", "unknown kind of fact")
        den, form = self.relu[v]
        return accumulate({v: den}, form, -1), False

    def keep(self, form: Form) -> Form:
        """Count a form that is kept; more than the memory allowed is refused."""
        self.terms += size(form)
        need(self.terms <= MAX_TERMS, "the proof needs more memory than allowed")
        return form

    def add_fact(self, form: Form, equal: bool = False) -> None:
        """Keep a fact; too large a one is refused."""
        self.facts[self.count] = self.keep(form), equal
        self.count += 1

    def whole(self, form: Form) -> bool:
        """Whether a form takes integer values only: all its variables do."""
        return self.integer.issuperset(form)

    def gate(self, v: int) -> Form | None:
        """The integer form ``z`` with ``v = 1[z >= 0]``: of a gate, or of a difference ``[z + 1]+ - [z]+`` of two
        ReLUs.
        """
        if v not in self._gates:
            z = self.step.get(v)
            den, form = self.affine.get(v, (0, {}))
            if den == 1 and sorted(form.values()) == [-1, 1] and form.keys() <= self.relu.keys():
                lower, upper = sorted(form, key=form.__getitem__)
                (d0, z0), (d1, z1) = self.relu[lower], self.relu[upper]
                if d0 == d1 == 1 and accumulate(dict(z1), z0, -1) == {0: 1}:
                    z = z0
            self._gates[v] = z if z is not None and self.whole(z) else None
        return self._gates[v]

    # --- rules --------------------------------------------------------------------------------------------

    def combine(self, parts: list[Any], divisor: int = 1) -> tuple[Form, bool]:
        """``(sum of times * fact) / divisor`` for ``parts = [fact, times, fact, times, ..]``.

        A sum of multiples of facts is a fact, if inequalities are multiplied by numbers that are not negative. If
        ``divisor`` divides all coefficients but the constant, and all variables are integers, the constant may be
        rounded down: ``k*z + c >= 0`` says ``z >= -c/k``, so ``z >= ceil(-c/k)`` (Chvatal, Gomory).
        """
        total: Form = {}
        equal = True
        for ref, times in zip(parts[::2], parts[1::2], strict=True):
            need(type(times) is int, "a multiple that is no integer")
            form, same = self.fact(ref)
            need(same or times >= 0, "a negative multiple of an inequality")
            accumulate(total, form, times)
            equal = equal and same
        if divisor != 1:
            c = total.pop(0, 0)
            need(type(divisor) is int and divisor > 1, "the divisor must be an integer above 1")
            need(not any(x % divisor for x in total.values()), "the coefficients cannot be divided")
            need(c % divisor == 0 or (not equal and self.whole(total)), "the constant cannot be rounded")
            total = {v: x // divisor for v, x in total.items()}
            accumulate(total, {0: 1}, c // divisor)
        return total, equal

    def rule_sum(self, parts: list[Any], divisor: int = 1) -> None:
        """A sum of multiples of facts, perhaps divided: see :meth:`combine`."""
        self.add_fact(*self.combine(parts, divisor))

    def rule_define(self, kind: str, data: list[int], m: int = 1) -> None:
        """A new integer variable ``v``: an integer form (``name``), its quotient by ``m`` rounded down (``floor``),
        ``1[form >= 0]`` (``step``) or ``[form]+`` (``relu``).

        It is a function of the input, so that naming it supposes nothing. ``floor`` adds the facts ``form - m*v >=
        0`` and ``m*v + m - 1 - form >= 0``.
        """
        form = self.keep(self.form(data))
        need(self.depth == 0 and self.whole(form), "definitions are of integer forms and outside cases")
        v = self._new(f"${len(self.names)}")
        self.integer.add(v)
        if kind == "name":
            self.affine[v] = 1, form
        elif kind == "floor":
            need(type(m) is int and m >= 1, "the divisor must be positive")
            self.add_fact(accumulate({v: -m}, form))
            self.add_fact(accumulate(accumulate({v: m}, {0: 1}, m - 1), form, -1))
        elif kind == "step":
            self.step[v] = form
            self.low[v], self.high[v] = 0, 1
        else:
            need(kind == "relu", "unknown kind of definition")
            self.relu[v] = 1, form
            self.low[v] = 0

    def rule_range(self, v: int) -> None:
        """Bounds of an affine variable from those of what it reads; 0 and 1 if it is a gate."""
        low, high, den = 0, 1, 1
        if self.gate(v) is None:
            den, form = self.affine[v]
            low, high = self._span(form)
        self._bound(v, -(-low // den), high // den)

    def _span(self, form: Form) -> tuple[int, int]:
        """The least and the largest value of a form, by the bounds of its variables."""
        ends = [(c * self.low[v], c * self.high[v]) for v, c in form.items()]
        return sum(map(min, ends)), sum(map(max, ends))

    def rule_bound(self, parts: list[Any], divisor: int = 1) -> None:
        """Bounds of a variable ``v`` from a sum of facts that is a fact ``c*v + k`` about ``v`` alone."""
        form, equal = self.combine(parts, divisor)
        k = form.pop(0, 0)
        need(len(form) == 1, "the fact is not about one variable")
        ((v, c),) = form.items()
        for c, k in ((c, k), (-c, -k)) if equal else ((c, k),):  # noqa: B020
            self._bound(v, -(k // c) if c > 0 else None, k // -c if c < 0 else None)

    def _bound(self, v: int, low: int | None, high: int | None) -> None:
        """Keep the better bounds. They hold everywhere, so no assumption may be open; they are rounded, so ``v`` must
        be an integer.
        """
        need(self.depth == 0 and v in self.integer, "bounds are of integer variables and outside cases")
        self.keep({0: low or 0, v: high or 0})  # no form, but numbers that are kept
        for table, end, better in ((self.low, low, max), (self.high, high, min)):
            if end is not None:
                table[v] = better(end, table.get(v, end))

    def rule_equal(self, above: Ref, below: Ref) -> None:
        """``F = 0`` from ``F >= 0`` and ``-F >= 0``."""
        form = self.fact(above)[0]
        need(not accumulate(dict(form), self.fact(below)[0]), "the two facts are not opposite")
        self.add_fact(dict(form), True)

    def rule_decide(self, v: int, ref: Ref) -> None:
        """Of a gate and its form whichever a fact decides, the other; likewise for a ReLU.

        For ``v = 1[z >= 0]``: ``z >= 0`` gives ``v = 1``; ``z < 0`` gives ``v = 0``; ``v > 0`` gives ``z >= 0``; ``v
        < 1`` gives ``z <= -1`` if ``z`` is an integer. For ``den*v = [z]+``: ``z >= 0`` gives ``den*v = z``, and ``z
        <= 0`` gives ``v = 0``.
        """
        known, equal = self.fact(ref)
        if v in self.relu:
            den, z = self.relu[v]
            positive = self._sign(known, equal, z, strict=False)
            self.add_fact(accumulate({v: den}, z, -1) if positive else {v: 1}, True)
            return
        gate = self.gate(v)
        z = self.step[v] if gate is None else gate
        if v in known and known.keys() <= {0, v}:
            on = self._sign(known, equal, {v: 2, 0: -1}, strict=True)
            need(on or gate is not None, "not an integer form")
            self.add_fact(dict(z) if on else accumulate({0: -1}, z, -1))
        else:
            on = self._sign(known, equal, z, strict=True)
            self.add_fact({v: 1, 0: -1} if on else {v: 1}, True)

    @staticmethod
    def _sign(known: Form, equal: bool, z: Form, strict: bool) -> bool:
        """Whether a fact says ``z >= 0``, rather than ``z < 0`` (``z <= 0`` unless strict); it must say one of these.
        """
        some = next((v for v in z if v), None)
        if some is None:
            return z.get(0, 0) >= 0
        a, c = known.get(some, 0), z[some]
        a, c = (a, c) if c > 0 else (-a, -c)
        rest = accumulate(accumulate({}, known, c), z, -a)  # c*known = a*z + rest, and c > 0
        need(a != 0 and is_constant(rest), "the fact is about another form")
        for k, t in ((a, rest.get(0, 0)), (-a, -rest.get(0, 0)))[: 2 if equal else 1]:  # k*z + t >= 0
            if t < 0 or (t == 0 and (k > 0 or not strict)):
                return k > 0
        raise Refused("the fact is too weak")

    def rule_cases(self, data: list[int], then: list[Any], otherwise: list[Any]) -> None:
        """What holds both if an integer form is ``>= 0`` and if it is ``<= -1`` holds.

        Two lists of lines, each ending with a fact; that of a branch that is impossible is ``c >= 0`` for a negative
        number. Two facts ``F + c >= 0`` and ``F + d >= 0`` have in common ``F + max(c, d) >= 0``.
        """
        on = self.form(data)
        need(self.whole(on) and self.depth < MAX_NESTING, "cases are of integer forms, and not too deep")
        ends = []
        for assumed, lines in ((on, then), (accumulate({0: -1}, on, -1), otherwise)):
            mark = self.open_case(assumed)
            for line in lines:
                self.apply(line)
            ends.append(self.close_case(mark))
        self.add_fact(*self.common(*ends))

    def open_case(self, assumed: Form) -> int:
        """Assume a fact, which is then the last one."""
        self.depth += 1
        self.add_fact(dict(assumed))
        return self.count - 1

    def close_case(self, mark: int) -> tuple[Form, bool]:
        """Forget the facts from ``mark`` on; the last of them."""
        last = self.facts[self.count - 1]
        for i in range(mark, self.count):
            self.terms -= size(self.facts.pop(i)[0])
        self.count, self.depth = mark, self.depth - 1
        return last

    @staticmethod
    def common(one: tuple[Form, bool], two: tuple[Form, bool]) -> tuple[Form, bool]:
        """What two facts have in common."""
        for impossible, other in ((one, two), (two, one)):
            if is_constant(impossible[0]) and impossible[0].get(0, 0) < 0:
                return other
        apart = accumulate(dict(one[0]), two[0], -1)
        need(is_constant(apart), "the two branches prove different things")
        return (one[0] if apart.get(0, 0) > 0 else two[0]), one[1] and two[1] and not apart

    def rule_drop(self, refs: list[int]) -> None:
        """Forget facts."""
        need(self.depth == 0, "facts are dropped outside cases")
        for ref in refs:
            self.terms -= size(self.facts.pop(self.count + ref)[0])

    # --- sums of steps ----------------------------------------------------------------------------------

    def rule_steps(self, f: int, data: list[int], width: int | None = None, low: Ref = None, high: Ref = None) -> None:
        """``0 <= form <= width`` (``form = 0`` for width 0; no upper bound for none), for a form over an integer
        variable ``f``, gates ``1[f >= t]`` and ReLUs ``[f - t]+``.

        Between two neighbouring ``t`` the form is linear in ``f``, so that its values at the ends of every piece of
        the range of ``f`` say all. The range is that of the bounds, or of facts ``f - low >= 0`` and ``high - f >=
        0``.
        """
        form = self.form(data)
        ends = self._end(f, low, 1), self._end(f, high, -1)
        self._add_between(f, form, width, [ends] if ends[0] <= ends[1] else [])

    def rule_residue(
        self, f: int, c: int, data: list[int], q: int, quotient: list[int], low: Ref, high: Ref, width: int | None = None
    ) -> None:
        """As ``steps``, where two facts say ``c*f - q*quotient - first >= 0`` and ``last - c*f + q*quotient >= 0``
        for an integer form ``quotient``: only those ``f`` matter for which ``c*f`` is congruent to one of ``first ..
        last`` modulo ``q``.
        """
        form, z = self.form(data), self.form(quotient)
        need(type(q) is int and q > 1 and type(c) is int and c != 0 and self.whole(z), "bad modulus")
        value = accumulate({f: c}, z, -q)
        first, last = accumulate(dict(value), self.fact(low)[0], -1), accumulate(dict(value), self.fact(high)[0])
        need(is_constant(first) and is_constant(last), "the facts are about other forms")
        self._add_between(f, form, width, self._congruent(f, c, q, first.get(0, 0), last.get(0, 0)))

    def _add_between(self, f: int, form: Form, width: int | None, intervals: list[tuple[int, int]]) -> None:
        self._evaluate(self._pieces(f, form), width, intervals)
        self.add_fact(form, width == 0)
        if width:
            self.add_fact(accumulate(accumulate({}, form, -1), {0: width}))

    def _end(self, f: int, ref: Ref, sign: int) -> int:
        """The lower (``sign = 1``) or upper end of the range of a variable: by its bounds, or by a fact that says more.
        """
        table = self.low if sign > 0 else self.high
        if ref is None:
            return table[f]
        form = self.fact(ref)[0]
        need(form.get(f) == sign and form.keys() <= {0, f}, "the fact is no end of the range")
        end = -form.get(0, 0)  # sign*f >= end
        return sign * (max(end, sign * table[f]) if f in table else end)

    def _pieces(self, f: int, form: Form) -> Pieces:
        """A form as ``slope*f + level``, to which ``jump + bend*f`` is added from ``t`` on for each ``(t, jump,
        bend)``, ascending.
        """
        need(f != 0 and f in self.integer, "not an integer variable")  # 0 is the constant 1
        flat: Form = {}
        rest, steps = dict(form), 0
        while rest:
            v, c = rest.popitem()
            if v in (0, f) or v in self.relu or self.gate(v) is not None:
                accumulate(flat, {v: c})
                continue
            den, inner = self.affine.get(v, (0, {}))
            steps += len(inner)
            need(den == 1 and steps <= MAX_PIECES, f"{self.names[v]} is no step of {self.names[f]}")
            accumulate(rest, inner, c)
        slope, level = flat.pop(f, 0), flat.pop(0, 0)
        den, definition = self.affine.get(f, (0, {}))
        alias, shift = (terms_of(definition), definition.get(0, 0)) if den == 1 else ({f: 1}, 0)
        kinks: dict[int, list[int]] = {}
        for v, c in flat.items():
            den, z = self.relu.get(v) or (1, self.gate(v) or {})
            direct, terms = z.get(f) == 1 and len(z) == 1 + (0 in z), z
            need(den == 1 and (direct or terms_of(terms) == alias), f"{self.names[v]} is no step of {self.names[f]}")
            at = (0 if direct else shift) - z.get(0, 0)
            kink = kinks.setdefault(at, [0, 0])
            if v in self.relu:
                kink[0], kink[1] = kink[0] - c * at, kink[1] + c
            else:
                kink[0] += c
        return slope, level, [(at, kinks[at][0], kinks[at][1]) for at in sorted(kinks)]

    @staticmethod
    def _evaluate(pieces: Pieces, width: int | None, intervals: Iterable[tuple[int, int]]) -> None:
        """Demand that the values on ascending intervals are in ``[0, width]``."""
        (slope, level, kinks), i = pieces, 0
        for low, high in intervals:
            start = low
            while True:
                while i < len(kinks) and kinks[i][0] <= start:
                    level, slope, i = level + kinks[i][1], slope + kinks[i][2], i + 1
                end = min(high, kinks[i][0] - 1) if i < len(kinks) else high
                one, two = slope * start + level, slope * end + level
                if one < 0 or two < 0 or (width is not None and (one > width or two > width)):
                    raise Refused(f"the form takes the values {one} and {two} at {start} and {end}"[:160])
                if end == high:
                    break
                start = end + 1

    def _congruent(self, f: int, c: int, q: int, first: int, last: int) -> list[tuple[int, int]]:
        """The values of ``f`` in its bounds for which ``c*f`` is congruent to one of ``first .. last`` modulo ``q``:
        ascending disjoint intervals.
        """
        low, high = sorted((c * self.low[f], c * self.high[f]))
        if last - first + 1 >= q:
            return [(self.low[f], self.high[f])] if low <= high else []
        turns = range(-((last - low) // q), (high - first) // q + 1)
        need(turns.stop - turns.start <= MAX_PIECES, "too many residues to look at")
        terms = []
        for k in turns:
            a, b = max(low, k * q + first), min(high, k * q + last)
            a, b = (-(-a // c), b // c) if c > 0 else (-(-b // c), a // c)
            if a <= b:
                terms.append((a, b))
        return terms if c > 0 else terms[::-1]

    # --- counting events --------------------------------------------------------------------------------

    def rule_count(self, h: int, events: list[Any], first: int, last: int, below: Ref, most: int = 1) -> None:
        """At most so many events of a window hold below it: the sum of them is at most ``most`` times that number.

        An event ``[f, c, e, q, fact]`` is a variable ``e`` that is a function of ``f``. For some ``k``, ``M >= 1`` and ``r``
        with ``0 <= r < M``, the fact says that ``c*f + k`` is congruent to ``M*h + r`` modulo ``M*q`` (with ``M = 1``, to ``h``
        modulo ``q``). It is looked that ``e`` is at most ``most``, and at most 0 unless ``c*f + k`` is congruent modulo
        ``M*q`` to one of ``M*first .. M*last + M - 1``. If it is, to ``w`` say, then ``M*h + r = w + t*M*q`` for an integer ``t``;
        divided by ``M`` and rounded down, ``h = v + t*q`` with ``v = floor(w/M)``, one of ``first .. last``. So an event that
        is more than 0 makes ``q`` divide ``v - h`` for a ``v`` of the window. The fact ``below`` says ``h < first``. How many
        ``q`` there can be says :func:`divisors`.
        """
        moduli = tuple(sorted(event[3] for event in events))
        need(h != 0 and h in self.integer and {type(x) for x in (first, last, most, *moduli)} == {int}, "bad window")
        need(self.fact(below)[0] == accumulate({h: -1}, {0: 1}, first - 1), "h is not known to be below the window")
        need(most >= 0 and min(moduli, default=2) > 1 and len(moduli) <= MAX_PIECES, "bad moduli")
        total = accumulate({}, {0: 1}, most * divisors(moduli, self.low[h], first, last))
        for f, c, e, q, ref in events:
            same, equal = self.fact(ref)
            size, k = -same.get(h, 0), same.get(0, 0)
            need(equal and type(c) is int and c != 0 and f not in (0, h) and same.get(f) == c and size > 0, "no congruence")
            rest = {v: -x for v, x in same.items() if v not in (0, f, h) and (x % (size * q) or v not in self.integer)}
            low, high = self._span(rest)
            need(low >= 0 and high < size, "not congruent modulo q")
            slope, level, kinks = self._pieces(f, {e: -1})
            inside = self._congruent(f, c, size * q, size * first - k, size * last + size - 1 - k)
            self._evaluate((slope, level + most, kinks), None, inside)  # most - e >= 0
            edges = zip([self.low[f], *(b + 1 for _, b in inside)], [*(a - 1 for a, _ in inside), self.high[f]], strict=True)
            self._evaluate((slope, level, kinks), None, [(a, b) for a, b in edges if a <= b])  # -e >= 0
            accumulate(total, {e: -1})
        self.add_fact(total)

    # --- the end ----------------------------------------------------------------------------------------

    def conclude(self, refs: list[Any]) -> None:
        """Demand that facts say of each output what the statement says: one fact, that ``N' = N`` (and bounds ``|N| <= R``, if
        ``equal`` names an ``R``); or two, that ``0 <= N - N' < 1/r``, where ``N`` may be clipped, and where ``r*N'`` is
        an integer by its definition.
        """
        need(self.depth == 0 and len(refs) == len(self.outputs), "not one entry for each output")
        for (y, a, b), hypotheses, ref in zip(self.outputs, self.hypotheses, refs, strict=True):
            if self.statement["kind"] in ("equal", "equal if"):
                most = self.statement.get("R") if self.statement["kind"] == "equal" else None
                need(not most or (-most <= self.low[a] and self.high[a] <= most), f"the range of {y} is not proved")
                form, equal = self.fact(ref)
                need(equal and form.keys() == {a, b} and form[a] == -form[b], f"equality is not proved of {y}")
                continue
            r, value = self.statement["r"], {a: 1}
            if self.statement["kind"] == "clip":
                value = {hypotheses[0]: 1, hypotheses[1]: -1, 0: -self.statement["R"]}
            den, form = self.affine[b]
            need(r % den == 0 and self.whole(form), f"{y} is no multiple of 1/r by its definition")
            for one, sign in zip(ref, (1, -1), strict=True):
                known = self.fact(one)[0]
                k = -sign * known.get(b, 0)  # known = sign*k*(value - b) + rest
                rest = accumulate(accumulate(dict(known), value, -sign * k), {b: sign * k})
                need(k > 0 and is_constant(rest), f"nothing is proved of {y}")
                c = rest.get(0, 0)
                need(c <= 0 if sign > 0 else c * r < k, f"too little is proved of {y}")

    def apply(self, line: list[Any]) -> None:
        """One line of a proof: the name of a rule and its arguments."""
        try:
            getattr(self, "rule_" + line[0])(*line[1:])
        except LookupError as error:
            raise Refused(f"nothing is known of {str(error)[:80]}") from None
        except (TypeError, ValueError, AttributeError, ZeroDivisionError, OverflowError) as error:
            raise Unusable(f"malformed: {str(error)[:80]}") from None


@lru_cache(64)
def divisors(moduli: tuple[int, ...], low: int, first: int, last: int) -> int:
    """At most so many of the moduli, ascending, divide ``v - h``, each for some ``v`` of ``first .. last``, for any integer
    ``h`` from ``low`` to ``first - 1``: the least of three bounds.

    *All of them.* *By products*, if they are pairwise coprime: for each ``v`` the product of all that divide ``v - h``
    does, which is positive and at most ``v - low``; so there are at most as many as of the smallest have a product that
    fits. The bound is the sum over ``v``. *By places*, if they are not too many: ``q`` divides ``v - h`` for such a ``v`` iff ``h``
    is in one of the intervals ``first - t*q .. last - t*q`` for ``t >= 1``, of which those that reach ``low`` matter. The bound
    is the most intervals that any place is in, at most those of each ``q`` if its intervals do not overlap, and more if they do.
    """
    product, bound = 1, 0
    for q in moduli:
        bound += max(0, last - max(first, product * q + low) + 1) if gcd(product, q) == 1 else len(moduli)
        product *= q
        need(product.bit_length() <= MAX_BITS, "bad moduli")
    if sum((last - low) // q for q in moduli) <= MAX_PLACES:
        turns = [t for q in moduli for t in range(q, last - low + 1, q)]
        ends = sorted([2 * (first - t) + 1 for t in turns] + [2 * (last - t + 1) for t in turns])  # odd where one begins
        bound = min(bound, max(running(end % 2 * 2 - 1 for end in ends), default=0))
    return min(bound, len(moduli))


def theorem(domain: Data, statement: Data) -> str:
    """What an accepted proof shows, in one sentence."""
    p = domain.get("p")
    where = "every x in {0,1}^d" if domain["kind"] == "cube" else f"every x in {{-{p}, -{p} + 1/{p}, .., {p}}}^d"
    kind, r, most = statement["kind"], statement.get("r"), statement.get("R")
    conclusion = {
        "equal": ": N'(x) = N(x)" + (f" and |N(x)| <= {most}" if most else ""),
        "equal if": f" with |N(x)| <= {most} and {r}*N(x) an integer: N'(x) = N(x)",
        "floor if": f" with |N(x)| <= {most}: N'(x) = floor({r}*N(x))/{r}",
        "clip": f": N'(x) = floor({r}*clip(N(x)))/{r}, clip(z) = min(max(z, -{most}), {most})",
    }[kind]
    return f"for {where}{conclusion}"
