"""Numbers sorted by their ranks (:mod:`exactnet.construct.classical.shallow_sorting`)."""

from __future__ import annotations

from exactnet.certify.structural.prover import ONE, Part, form
from exactnet.certify.structural.tactics.differences import DifferenceTactics
from exactnet.certify.structural.tactics.numbers import equal_gate
from exactnet.certify.structural.tactics.roles import Roles
from exactnet.construct.classical import shallow_sorting
from exactnet.structural.kernel import Form

__all__ = ["sorted_numbers"]


class _Ranks:
    """The ranks of the definition, from 1 to ``n``, and the forms ``S_i`` that count them with ``Y`` for ``|Q|*1[x_i > x_j]``."""

    def __init__(self, roles: Roles, n: int, bits: int) -> None:
        self.roles, self.n = roles, n
        self.p = p = roles.prover
        self.plan = plan = shallow_sorting.plan_sorting(n, bits)
        names = list(roles.inputs)
        self.rows = [tuple(names[start : start + bits]) for start in range(0, n * bits, bits)]
        ends: list[tuple[list[Part], list[Part]]] = [([], []) for _ in range(n)]
        differences = shallow_sorting.comparisons(roles.builder, self.rows, plan)
        for (i, j), difference in differences.items():
            known = DifferenceTactics(roles, difference).prove(bits)
            same = self._greater(roles.original[f"{i + 1}>{j + 1}"], known.positive, known.value)
            lower, upper = p.sum((known.lower, 1), (same, -plan.scale)), p.sum((known.upper, 1), (same, plan.scale))
            for row, parts in ((i, (lower, upper)), (j, (upper, lower))):
                for into, fact in zip(ends[row], parts, strict=True):
                    into.append((fact, 1))
        self.listed = shallow_sorting.ranks(roles.builder, differences, n, plan)
        self.rank = [roles.original[f"rank{i + 1}"] for i in range(n)]
        self.ends = []
        """``S_i - |Q|*(rank_i - 1) + e- >= 0`` and ``|Q|*(rank_i - 1) + e+ - S_i >= 0``."""
        for (linear, _), rank, sides in zip(self.listed, self.rank, ends, strict=True):
            p.range(rank)
            facts = [p.sum(*parts) for parts in sides]
            targets = (form((roles.form(linear), sign), (rank, -sign * plan.scale)) for sign in (1, -1))
            self.ends.append([self._about(target, fact) for target, fact in zip(targets, facts, strict=True)])

    def _about(self, target: Form, fact: int) -> int:
        """A fact over other variables, but for its constant."""
        p = self.p
        return p.sum((fact, 1), (p.zero(form((target, 1), (p.of(fact), -1)), constant=True), 1))

    def _greater(self, a: int, s: int, value: int) -> int:
        """``a - s = 0`` for the gate ``a = 1[x_i > x_j]`` and ``s = 1[value >= 1]``."""
        p = self.p
        tie = p.zero(form((p.step[a], 1), (value, -1), (ONE, 1)))
        then = lambda i: p.sum((p.decide(a, p.sum((p.decide(s, i), 1), (tie, 1))), 1), (p.one(i, s), -1))  # noqa: E731
        otherwise = lambda i: p.sum((p.decide(a, p.sum((p.decide(s, i), 1), (tie, -1))), 1), (p.none(i, s), -1))  # noqa: E731
        return p.cases(form((s, 1), (ONE, -1)), then, otherwise)

    def bit(self, i: int, place: int) -> dict[int, tuple[Form, int]]:
        """For one bit ``x`` and each ``k`` from 1 on: "``rank_i = k`` and ``x``" as it was made, and the equality with that of
        the definition, ``defined - made = 0``.
        """
        roles, n = self.roles, self.n
        x = self.rows[i][place]
        v, c = roles.inputs[x], len(self.rows[i]) - 1 - place
        at_least = {k: roles.original[f"rank{i + 1}>={k}"] for k in range(1, n + 2)}
        both, forms = {}, {}
        for k in range(1, n + 2):
            result, u = shallow_sorting.reached(roles.builder, self.listed[i], x, n, k - 1, self.plan), at_least[k]
            forms[k] = roles.form(result)
            if 1 < k <= n:
                both[k] = self._joined(i, x, k, u)
        facts = {}
        for k in range(1, n + 1):
            facts[k] = form((forms[k], 1), (forms[k + 1], -1)), self._taken(i, k, v, c, at_least, both)
        return facts

    def _joined(self, i: int, x: str, k: int, u: int) -> tuple[int, int]:
        """``w = 1[rank_i >= k and x]``, and the equality of the gate that was made with it; ``u`` is ``1[rank_i >= k]``."""
        p, roles, n, size, rank = self.p, self.roles, self.n, self.plan.scale, self.rank[i]
        v, (lower, upper) = roles.inputs[x], self.ends[i]
        w = p.new_step(form((v, 1), (u, 1), (ONE, -2)))
        linear, at = shallow_sorting.reading(self.listed[i], x, n, k - 1, self.plan)
        weight = size * (n - k + 1)

        def on(j: int) -> int:
            known = p.decide(w, j)
            far = p.decide(u, p.sum((known, 1), (("<", v), 1)))
            return p.sum((lower, 1), (far, size), (known, weight), (("<", u), weight))

        def off(j: int) -> int:
            known = p.decide(w, j)  # 1 - x - u >= 0
            near = lambda m: p.sum((upper, 1), (p.decide(u, p.sum((known, 1), (m, 1))), size), (("<", v), weight))  # noqa: E731
            zero = lambda m: p.sum((upper, 1), (("<", rank), size), (m, weight))  # noqa: E731
            return p.cases(form((v, 1), (ONE, -1)), near, zero)

        gate = shallow_sorting.reached(roles.builder, self.listed[i], x, n, k - 1, self.plan)
        return w, roles.is_gate(gate, linear, at, w, on, off)

    def _taken(self, i: int, k: int, v: int, c: int, at_least: dict[int, int], both: dict[int, tuple[int, int]]) -> int:
        """``defined - made = 0`` for "``rank_i = k`` and the bit ``v``", by cases on the bit."""
        p, rank = self.p, self.rank[i]
        defined = self.roles.original[f"{i + 1}:y{k}_{c}"]
        one, two = at_least[k], at_least[k + 1]
        low, high = p.pair(rank, form((one, 1), (two, -1)), 1)
        gates = [(both[m], u, sign) for m, u, sign in ((k, one, 1), (k + 1, two, -1)) if m in both]
        always = p.steps(rank, form((one, 1), (ONE, -1)), 0) if k == 1 else None
        never = p.steps(rank, {two: 1}, 0) if k == self.n else None

        def then(j: int) -> int:
            is_one = p.one(j, v)
            parts: list[Part] = []  # of: the difference of the two made, less (one - two)
            for (w, same), u, sign in gates:
                on = lambda m, w=w, u=u: p.sum((p.decide(w, p.sum((m, 1), (j, 1))), 1), (p.one(m, u), -1))  # noqa: E731
                off = lambda m, w=w, u=u: p.sum((p.decide(w, p.sum((m, 1), (("<", v), 1))), 1), (p.none(m, u), -1))  # noqa: E731
                parts += [(p.cases(form((u, 1), (ONE, -1)), on, off), -sign), (same, -sign)]
            if always is not None:  # the bit itself was taken
                parts += [(always, 1), (is_one, -1)]
            if never is not None:
                parts.append((never, -1))
            inside = lambda m: p.sum((p.decide(defined, p.sum((m, 1), (j, 1))), 1), (p.equal(m, p.sum((high, 1))), -1), *parts)  # noqa: E731
            outside = lambda m: p.sum(  # noqa: E731
                (p.decide(defined, p.sum((m, 1), (("<", v), 1))), 1), (p.equal(p.sum((low, 1)), m), -1), *parts
            )
            return p.cases(form((one, 1), (two, -1), (ONE, -1)), inside, outside)

        def otherwise(j: int) -> int:
            parts: list[Part] = [(p.decide(defined, p.sum((j, 1), (high, 1))), 1)]
            for (w, same), u, sign in gates:
                parts += [(p.decide(w, p.sum((j, 1), (("<", u), 1))), -sign), (same, -sign)]
            if always is not None:
                parts.append((p.none(j, v), -1))
            return p.sum(*parts)

        return p.cases(form((v, 1), (ONE, -1)), then, otherwise)


def sorted_numbers(roles: Roles, n: int, bits: int) -> dict[str, int]:
    """``defined - made = 0`` for every output."""
    p, ranks, facts = roles.prover, _Ranks(roles, n, bits), {}
    for place in range(bits):
        listed = [ranks.bit(i, place) for i in range(n)]
        for k in range(1, n + 1):
            name = f"y{k}_{bits - 1 - place}"
            t = roles.original[name]
            same: list[Part] = [(mine[k][1], 1) for mine in listed]
            less: list[Part] = [(fact, -1) for fact, _ in same]
            on = lambda i, t=t, less=less: p.sum((p.decide(t, i), 1), *less)  # noqa: E731
            off = lambda i, t=t, same=same: p.sum((p.decide(t, i), 1), *same)  # noqa: E731
            facts[name] = equal_gate(p, t, roles.constructed[name], on, off)
    return facts
