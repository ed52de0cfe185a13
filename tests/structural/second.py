"""A second kernel, written from docs/structural.md and not from the first: short, slow, and for small instances only.

Facts are lists ``(coefficients, relation)`` over fractions. Where the first kernel reasons about pieces and residues,
this one tries every value of the variable. It shares nothing with the first but the format of proofs.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

__all__ = ["NoProof", "second_check"]

Vector = dict[int, Fraction]


class NoProof(Exception):
    """A line that does not follow."""


def must(truth: object) -> None:
    """Stop unless true."""
    if not truth:
        raise NoProof


def plus(*parts: tuple[Vector, Any]) -> Vector:
    """A linear combination."""
    keys = {v for vector, _ in parts for v in vector}
    sums = {v: sum((Fraction(times) * vector.get(v, 0) for vector, times in parts), Fraction(0)) for v in keys}
    return {v: c for v, c in sums.items() if c}


class Second:
    """The state: definitions ``(kind, vector, divisor)`` by variable, ranges, integer variables, and facts ``(vector,
    is equality)``.
    """

    def __init__(self, a: Any, b: Any, domain: Any, statement: Any) -> None:
        self.p = domain.get("p", 0)
        self.what: list[tuple[str, Vector, int]] = [("one", {}, 1)]
        self.range: dict[int, list[Fraction | None]] = {0: [Fraction(1), Fraction(1)]}
        self.whole = {0}
        self.facts: list[tuple[Vector, bool] | None] = []
        self.inside = 0
        place = {}
        for x in a["inputs"]:
            place[x] = self.new(("input", {}, 1), True, 0, 2 * self.p**2 if self.p else 1)
        self.goals = []
        tables = []
        for net in (a, b):
            start = len(self.what)
            table = place | {node["id"]: start + i for i, node in enumerate(net["nodes"])}
            self.what += [("?", {}, 1)] * len(net["nodes"])
            todo = {table[node["id"]]: node for node in net["nodes"]}
            while todo:
                ready = [v for v, node in todo.items() if not any(table[s] in todo for s in node["in"])]
                must(ready)
                for v in ready:
                    self.node(v, todo.pop(v), table, set(place.values()))
            tables.append(table)
        self.statement, self.extra = statement, []
        self.outputs = [(tables[0][y], tables[1][y]) for y in a["outputs"] if y not in place]
        for y, _ in self.outputs:
            kind, r, most = statement["kind"], statement.get("r"), statement.get("R")
            if kind == "equal if":
                self.new(("sum", {y: Fraction(r)}, 1), True, -r * most, r * most)
            elif kind == "floor if":
                self.range[y] = [Fraction(-most), Fraction(most)]
            elif kind == "clip":
                inner = self.new(("relu", plus(({y: 1}, 1), ({0: 1}, most)), 1), False, 0, None)
                self.extra.append(
                    (inner, self.new(("relu", plus(({inner: 1}, 1), ({0: 1}, -2 * most)), 1), False, 0, None))
                )

    def new(self, what: tuple[str, Vector, int], whole: bool, low: Any = None, high: Any = None) -> int:
        """A variable more."""
        self.what.append(what)
        v = len(self.what) - 1
        if whole:
            self.whole.add(v)
        self.range[v] = [None if x is None else Fraction(x) for x in (low, high)]
        return v

    def node(self, v: int, node: Any, table: dict[str, int], inputs: set[int]) -> None:
        """The definition of a node; the vector is over the integers that stand for the inputs."""
        vector = {0: Fraction(node.get("bias", 0))}
        for source, weight in node["in"].items():
            u, w, p = table[source], Fraction(weight), self.p if table[source] in inputs else 0
            vector = plus((vector, 1), ({u: Fraction(1)}, w / p if p else w), ({0: Fraction(1)}, -w * p))
        kind = {"affine": "sum", "relu": "relu", "threshold": "step"}[node["kind"]]
        self.what[v] = kind, vector, 1
        self.range[v] = [Fraction(0) if kind != "sum" else None, Fraction(1) if kind == "step" else None]
        if kind == "step" or (vector.keys() <= self.whole and all(c.denominator == 1 for c in vector.values())):
            self.whole.add(v)

    def integral(self, vector: Vector) -> bool:
        """Whether it has integer values."""
        return vector.keys() <= self.whole and all(c.denominator == 1 for c in vector.values())

    def is_step(self, v: int) -> Vector | None:
        """``z`` if ``v = 1[z >= 0]`` for an integer vector."""
        kind, vector, _ = self.what[v]
        if kind == "step":
            return vector if self.integral(vector) else None
        if kind == "sum" and len(vector) == 2 and all(self.what[u][0] == "relu" for u in vector):
            (up,), (down,) = ([u for u, c in vector.items() if c == s] or [0] for s in (1, -1))
            if up and down:
                z = self.what[down][1]
                if self.integral(z) and plus((self.what[up][1], 1), (z, -1)) == {0: 1}:
                    return z
        return None

    def read(self, data: list[int]) -> Vector:
        """A form of a line."""
        must(
            len(data) % 2 == 0
            and len(set(data[::2])) * 2 == len(data)
            and all(0 <= v < len(self.what) for v in data[::2])
        )
        return {v: Fraction(c) for v, c in zip(data[::2], data[1::2], strict=True)}

    def get(self, ref: Any) -> tuple[Vector, bool]:
        """A fact."""
        if isinstance(ref, int):
            must(-len(self.facts) <= ref < 0)
            fact = self.facts[ref]
            must(fact)
            return fact  # type: ignore[return-value]
        kind, v = ref
        one = {v: Fraction(1)}
        if kind == "=":
            must(self.what[v][0] == "sum")
            scale = self.scale(v)
            return plus((self.what[v][1], scale), (one, -scale)), True
        if kind == "r":
            must(self.what[v][0] == "relu")
            scale = self.scale(v)
            return plus((one, scale), (self.what[v][1], -scale)), False
        low, high = self.range[v]
        bound = low if kind == ">" else high
        must(kind in "<>" and bound is not None)
        sign = 1 if kind == ">" else -1
        return plus((one, sign), ({0: Fraction(1)}, -sign * bound)), False  # type: ignore[operator]

    def scale(self, v: int) -> int:
        """The common denominator of a definition."""
        scale = 1
        while any((c * scale).denominator != 1 for c in self.what[v][1].values()):
            scale += 1
        return scale

    def total(self, parts: list[Any], by: int = 1) -> tuple[Vector, bool]:
        """A combination of facts, divided."""
        facts = [(self.get(parts[i]), parts[i + 1]) for i in range(0, len(parts), 2)]
        must(all(same or times >= 0 for (_, same), times in facts))
        vector, same = plus(*((v, t) for (v, _), t in facts)), all(s for (_, s), _ in facts)
        must(by >= 1)
        vector = plus((vector, Fraction(1, by)))
        if by > 1:
            must(all(c.denominator == 1 for v, c in vector.items() if v))
            c = vector.get(0, Fraction(0))
            if c.denominator != 1:
                must(not same and vector.keys() <= self.whole)
                vector = plus((vector, 1), ({0: Fraction(1)}, c.__floor__() - c))
        return vector, same

    # --- rules -------------------------------------------------------------------------------------

    def line(self, name: str, *args: Any) -> None:
        """One line."""
        getattr(self, "on_" + name)(*args)

    def on_sum(self, parts: list[Any], by: int = 1) -> None:
        self.facts.append(self.total(parts, by))

    def on_define(self, kind: str, data: list[int], m: int = 1) -> None:
        vector = self.read(data)
        must(not self.inside and self.integral(vector) and kind in ("name", "floor", "step", "relu"))
        if kind == "floor":
            must(m >= 1)
            v = self.new(("floor", vector, m), True)
            rest = plus((vector, 1), ({v: Fraction(1)}, -m))
            self.facts += [(rest, False), (plus((rest, -1), ({0: Fraction(1)}, m - 1)), False)]
        else:
            low, high = {"name": (None, None), "step": (0, 1), "relu": (0, None)}[kind]
            self.new(("sum" if kind == "name" else kind, vector, 1), True, low, high)

    def bound(self, v: int, low: Fraction | None, high: Fraction | None) -> None:
        must(not self.inside and v in self.whole)
        old = self.range[v]
        if low is not None:
            low = Fraction(low.__ceil__())
            old[0] = low if old[0] is None else max(old[0], low)
        if high is not None:
            high = Fraction(high.__floor__())
            old[1] = high if old[1] is None else min(old[1], high)

    def on_range(self, v: int) -> None:
        if self.is_step(v) is not None:
            self.bound(v, Fraction(0), Fraction(1))
            return
        must(self.what[v][0] == "sum")
        ends = [[c * x if x is not None else None for x in self.range[u]] for u, c in self.what[v][1].items()]
        must(all(x is not None for pair in ends for x in pair))
        self.bound(v, sum(map(min, ends), Fraction(0)), sum(map(max, ends), Fraction(0)))  # type: ignore[arg-type]

    def on_bound(self, parts: list[Any], by: int = 1) -> None:
        vector, same = self.total(parts, by)
        k = vector.pop(0, Fraction(0))
        ((v, c),) = vector.items()
        at = -k / c
        self.bound(v, at if c > 0 or same else None, at if c < 0 or same else None)

    def on_equal(self, above: Any, below: Any) -> None:
        f, g = self.get(above)[0], self.get(below)[0]
        must(not plus((f, 1), (g, 1)))
        self.facts.append((f, True))

    def on_decide(self, v: int, ref: Any) -> None:
        vector, same = self.get(ref)
        kind, z, _ = self.what[v]
        one = {v: Fraction(1)}
        if kind == "relu":
            scale = self.scale(v)
            above, below = self.says(vector, same, z)
            constant = not (z.keys() - {0})
            if above or (constant and z.get(0, 0) >= 0):
                self.facts.append((plus((one, scale), (z, -scale)), True))
            else:
                must(below is not None or constant)
                self.facts.append((one, True))
            return
        step = self.is_step(v)
        z = z if step is None else step
        must(kind == "step" or step is not None)
        if v in vector and vector.keys() <= {0, v}:
            above, below = self.says(vector, same, {v: Fraction(2), 0: Fraction(-1)})
            must(above or (below == "<" and step is not None))
            self.facts.append((dict(z) if above else plus((z, -1), ({0: Fraction(1)}, -1)), False))
            return
        constant = not (z.keys() - {0})
        above, below = self.says(vector, same, z)
        on = above if not constant else z.get(0, 0) >= 0
        must(on or below == "<" or constant)
        self.facts.append((plus((one, 1), ({0: Fraction(1)}, -1)) if on else one, True))

    @staticmethod
    def says(vector: Vector, same: bool, z: Vector) -> tuple[bool, str | None]:
        """Whether a fact says ``z >= 0``; and whether it says ``z < 0`` or ``z <= 0``."""
        some = next((v for v in z if v), None)
        if some is None or some not in vector:
            return False, None
        k = vector[some] / z[some]
        rest = plus((vector, 1), (z, -k))
        if rest.keys() - {0}:
            return False, None
        edge = -rest.get(0, Fraction(0)) / k  # the fact says z >= edge or z <= edge
        above = (k > 0 or same) and edge >= 0
        below = (k < 0 or same) and edge <= 0
        return above, ("<" if edge < 0 else "<=") if below else None

    def on_cases(self, data: list[int], *branches: list[Any]) -> None:
        on = self.read(data)
        must(self.integral(on))
        ends = []
        for assumed, lines in zip((on, plus((on, -1), ({0: Fraction(1)}, -1))), branches, strict=True):
            kept, self.inside = list(self.facts), self.inside + 1
            self.facts.append((assumed, False))
            for line in lines:
                self.line(*line)
            ends.append(self.facts[-1])
            self.facts, self.inside = kept, self.inside - 1
        left = [end for end in ends if end and not (end[0].keys() <= {0} and end[0].get(0, 0) < 0)]
        if len(left) < 2:
            self.facts.append((left or ends)[0])
            return
        (f, s), (g, t) = left  # type: ignore[misc]
        apart = plus((f, 1), (g, -1))
        must(apart.keys() <= {0})
        self.facts.append((f if apart.get(0, 0) > 0 else g, s and t and not apart))

    def on_drop(self, refs: list[int]) -> None:
        must(not self.inside)
        for ref in refs:
            must(ref < 0)
            self.facts[ref] = None

    # --- sums of steps, by trying all values -----------------------------------------------------------

    def flat(self, f: int, vector: Vector) -> Vector:
        """A vector with all sums put in but for ``f`` and gates."""
        while True:
            v = next((v for v in vector if v != f and self.what[v][0] == "sum" and self.is_step(v) is None), None)
            if v is None:
                return vector
            vector = plus((vector, 1), ({v: Fraction(1)}, -vector[v]), (self.what[v][1], vector[v]))

    def at(self, f: int, vector: Vector, x: Fraction) -> Fraction:
        """The value of a flat vector where ``f = x``."""
        return sum(
            (c * (Fraction(1) if v == 0 else x if v == f else self.of(f, v, x)) for v, c in vector.items()), Fraction(0)
        )

    def of(self, f: int, v: int, x: Fraction, raw: bool = False) -> Fraction:
        """The value of a gate or a ReLU of ``f`` (or of its vector), which is ``f``, or the definition of ``f``, but
        for a constant.
        """
        step = self.is_step(v)
        kind, vector, _ = self.what[v]
        must(step is not None or kind == "relu")
        z = vector if step is None else step
        body, shift = {f: Fraction(1)}, Fraction(0)
        if {u: c for u, c in z.items() if u} != body:
            must(self.what[f][0] == "sum")
            body, shift = {u: c for u, c in self.what[f][1].items() if u}, self.what[f][1].get(0, Fraction(0))
            must({u: c for u, c in z.items() if u} == body)
        value = x - shift + z.get(0, Fraction(0))
        if raw:
            return value
        return Fraction(value >= 0) if step is not None else max(value, Fraction(0))

    def everywhere(
        self, f: int, vector: Vector, width: int | None, low: Fraction, high: Fraction, fits: Any = None
    ) -> None:
        must(f in self.whole)
        vector = self.flat(f, vector)
        points = range(int(low), int(high) + 1)
        if fits is None and len(points) > 2000:  # it bends only where a gate or a ReLU begins
            edges = [int(-self.of(f, v, Fraction(0), raw=True)) for v in vector if v not in (0, f)]
            points = sorted({int(low), int(high)} | {e + i for e in edges for i in (-1, 0, 1) if low <= e + i <= high})  # type: ignore[assignment]
        must(len(points) < 100_000)
        for x in points:
            if fits is None or fits(x):
                value = self.at(f, vector, Fraction(x))
                must(value >= 0 and (width is None or value <= width))

    def between(self, vector: Vector, width: int | None) -> None:
        self.facts.append((vector, width == 0))
        if width:
            self.facts.append((plus((vector, -1), ({0: Fraction(1)}, width)), False))

    def on_steps(self, f: int, data: list[int], width: int | None = None, low: Any = None, high: Any = None) -> None:
        ends = list(self.range[f])
        for i, ref in enumerate((low, high)):
            if ref is not None:
                vector = self.get(ref)[0]
                must(vector.get(f) == (-1 if i else 1) and vector.keys() <= {0, f})
                at = vector.get(0, Fraction(0)) * (1 if i else -1)
                ends[i] = at if ends[i] is None else (min if i else max)(ends[i], at)  # type: ignore[type-var]
        must(None not in ends)
        vector = self.read(data)
        self.everywhere(f, vector, width, ends[0], ends[1])  # type: ignore[arg-type]
        self.between(vector, width)

    def on_residue(
        self,
        f: int,
        c: int,
        data: list[int],
        q: int,
        quotient: list[int],
        low: Any,
        high: Any,
        width: int | None = None,
    ) -> None:
        z = self.read(quotient)
        must(self.integral(z) and q > 1 and c)
        value = plus(({f: Fraction(1)}, c), (z, -q))
        first, last = plus((value, 1), (self.get(low)[0], -1)), plus((value, 1), (self.get(high)[0], 1))
        must(first.keys() | last.keys() <= {0})
        first, last = first.get(0, 0), last.get(0, 0)  # type: ignore[assignment]
        fits = lambda x: any((c * x - v) % q == 0 for v in range(int(first), int(last) + 1))  # type: ignore[call-overload] # noqa: E731
        self.everywhere(f, self.read(data), width, *self.range[f], fits)  # type: ignore[arg-type]
        self.between(self.read(data), width)

    def on_count(self, h: int, events: list[Any], first: int, last: int, below: Any, top: int = 1) -> None:
        must(h in self.whole and self.get(below)[0] == plus(({h: Fraction(1)}, -1), ({0: Fraction(1)}, first - 1)))
        least, moduli, vector = self.range[h][0], sorted(e[3] for e in events), {}
        must(least is not None and top >= 0 and all(q > 1 for q in moduli))
        for f, c, e, q, ref in events:
            same, equal = self.get(ref)
            must(equal and c and f not in (0, h) and same.get(f) == c)
            size, k = -same.get(h, 0), same.get(0, Fraction(0))
            must(size >= 1)
            low = high = Fraction(0)
            for v, x in same.items():
                if v not in (0, f, h) and not (v in self.whole and x % (size * q) == 0):
                    ends = [None if end is None else -x * end for end in self.range[v]]
                    must(None not in ends)
                    low, high = low + min(ends), high + max(ends)  # type: ignore[type-var]
            must(low >= 0 and high <= size - 1)
            window = {w % (size * q) for w in range(int(size * first), int(size * (last + 1)))}
            hit = lambda x, c=c, k=k, n=size * q, window=window: (c * x + k) % n in window  # noqa: E731
            minus = {e: Fraction(-1)}
            self.everywhere(f, plus((minus, 1), ({0: Fraction(1)}, top)), None, *self.range[f], hit)  # type: ignore[arg-type]
            self.everywhere(f, minus, None, *self.range[f], lambda x, hit=hit: not hit(x))  # type: ignore[arg-type]
            vector = plus((vector, 1), (minus, 1))
        self.facts.append((plus((vector, 1), ({0: Fraction(1)}, top * self.divide(moduli, int(least), first, last))), False))  # type: ignore[arg-type]

    @staticmethod
    def divide(moduli: list[int], low: int, first: int, last: int) -> int:
        """How many of the moduli may divide ``v - h``, each for a ``v`` of the window: by products for each ``v``, and by
        counting at every place the multiples whose window has it.
        """
        most = len(moduli)
        units = all(
            any((q * k) % other == 1 % other for k in range(other)) for i, q in enumerate(moduli) for other in moduli[:i]
        )
        if units:  # each a unit modulo the others
            total = 0
            for v in range(first, last + 1):
                product, fitting = 1, 0
                while fitting < len(moduli) and product * moduli[fitting] <= v - low:
                    product, fitting = product * moduli[fitting], fitting + 1
                total += fitting
            most = min(most, total)
        if sum((last - low) // q for q in moduli) > 1 << 20:
            return most
        places = Counter(v - t for q in moduli for t in range(q, last - low + 1, q) for v in range(first, last + 1))
        together = max(places.values(), default=0)
        return min(most, together)

    # --- the end ----------------------------------------------------------------------------------------

    def end(self, goals: list[Any]) -> None:
        """The statement."""
        must(len(goals) == len(self.outputs))
        kind, r, most = self.statement["kind"], self.statement.get("r"), self.statement.get("R")
        for i, ((a, b), goal) in enumerate(zip(self.outputs, goals, strict=True)):
            if kind.startswith("equal"):
                vector, same = self.get(goal)
                must(same and vector.keys() == {a, b} and vector[a] + vector[b] == 0)
                low, high = self.range[a]
                must(most is None or r is not None or (low is not None and high is not None and -most <= low and high <= most))
                continue
            value = {a: Fraction(1)}
            if kind == "clip":
                value = {self.extra[i][0]: Fraction(1), self.extra[i][1]: Fraction(-1), 0: Fraction(-most)}
            must(self.what[b][0] == "sum" and self.integral(plus((self.what[b][1], r))))
            for ref, sign in zip(goal, (1, -1), strict=True):
                vector = self.get(ref)[0]
                k = -sign * vector.get(b, Fraction(0))
                must(k > 0)
                rest = plus((vector, 1 / k), (value, -sign), ({b: Fraction(1)}, sign))  # sign*(value - b) + rest >= 0
                must(rest.keys() <= {0})
                c = rest.get(0, Fraction(0))
                must(c <= 0 if sign > 0 else c < Fraction(1, r))


def second_check(
    original: Any, constructed: Any, domain: Any, statement: Any, lines: list[Any], goals: list[Any]
) -> Second:
    """Check a proof from its parts."""
    state = Second(original, constructed, domain, statement)
    for line in lines:
        state.line(*line)
    state.end(goals)
    return state
