"""Writes proofs: every step is taken by a kernel at once and noted down. Untrusted, as the kernel checks the lines
again.

A fact is named by its place among all facts (the lines name it by how many facts ago it was added), or by ``(kind,
variable)`` for what is known of a variable. A step that the kernel refuses raises its error, in the middle of the
tactic that wanted it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heapify, heappop, heappush
from typing import Any

from exactnet.certify.structural.explain import words
from exactnet.structural.kernel import Form, Kernel, Refused, accumulate, is_constant

__all__ = ["ONE", "Fact", "Part", "Prover", "Range", "form"]

#: The variable that is the constant 1.
ONE = 0

#: Terms of a form that an error shows.
SHOWN = 6

#: A fact: its place, or what is known of a variable: ``("=", v)``, ``("<", v)``, ``(">", v)``, ``("r", v)``.
Fact = int | tuple[str, int]

#: A multiple of a fact.
Part = tuple[Fact, int]

#: Two facts, ``form - m*v >= 0`` and ``m*v + m - 1 - form >= 0`` say, or a lower and an upper end.
Range = tuple[int, int]


def form(*parts: tuple[int | Form, int]) -> Form:
    """A form from multiples of variables and of forms.

    >>> form((3, 2), ({3: 1, 0: 5}, -1))
    {3: 1, 0: -5}
    """
    total: Form = {}
    for what, times in parts:
        accumulate(total, {what: 1} if isinstance(what, int) else what, times)
    return total


class Prover(Kernel):
    """A kernel that writes down what it is told."""

    lines: list[list[Any]]

    def start(self) -> None:
        """Begin to write."""
        self.lines = []
        self._ranks: dict[int, int] = {}

    # --- steps -------------------------------------------------------------------------------------

    def _ref(self, fact: Fact) -> Any:
        return fact - self.count if isinstance(fact, int) else list(fact)

    def _flat(self, parts: Iterable[Part]) -> list[Any]:
        return [x for fact, times in parts if times for x in (self._ref(fact), times)]

    def _do(self, *line: Any) -> int:
        self.lines.append(list(line))
        try:
            self.apply(list(line))
        except Refused as error:
            self.lines.pop()
            shown = line[0]
            if shown == "equal":
                shown += ": " + " and ".join(f"{self.say(self.fact(ref)[0])} >= 0" for ref in line[1:])
            elif shown == "steps":
                shown += f": {self.say(self.form(line[2]))} as a function of {self.names[line[1]]}"
            raise Refused(f"{error} (rule {shown})") from None
        return self.count - 1

    @staticmethod
    def _data(what: Form) -> list[int]:
        return [x for item in what.items() for x in item]

    def say(self, what: Form, but: int | None = None) -> str:
        """A form in words, cut off; without one of its variables."""
        return words({v: -c if but is not None else c for v, c in what.items() if v != but}, self.names, SHOWN)

    def of(self, fact: Fact) -> Form:
        """The form of a fact."""
        return self.fact(self._ref(fact))[0]

    def sum(self, *parts: Part, by: int = 1) -> int:
        """A sum of multiples of facts, divided."""
        flat = self._flat(parts)
        return self._do("sum", flat, by) if by > 1 else self._do("sum", flat)

    def bound(self, *parts: Part, by: int = 1) -> None:
        """Bounds of a variable by such a sum."""
        flat = self._flat(parts)
        self._do(*(("bound", flat, by) if by > 1 else ("bound", flat)))

    def name(self, what: Form) -> int:
        """A name for a form."""
        self._do("define", "name", self._data(what))
        return len(self.names) - 1

    def floor(self, what: Form, m: int) -> tuple[int, int, int]:
        """``v = floor(what / m)``, and the facts ``what - m*v >= 0``, ``m*v + m - 1 - what >= 0``."""
        last = self._do("define", "floor", self._data(what), m)
        return len(self.names) - 1, last - 1, last

    def new_step(self, what: Form) -> int:
        """``v = 1[what >= 0]``."""
        self._do("define", "step", self._data(what))
        return len(self.names) - 1

    def new_relu(self, what: Form) -> int:
        """``v = [what]+``."""
        self._do("define", "relu", self._data(what))
        return len(self.names) - 1

    def range(self, v: int) -> None:
        """Bounds of a variable by its definition, those of what it reads first."""
        stack = [v]
        while stack:
            u = stack[-1]
            if self.bounded(u):
                stack.pop()
                continue
            if u not in self.affine:
                raise Refused(f"no bounds are known of {self.names[u]}")
            todo = [] if self.gate(u) is not None else [w for w in self.affine[u][1] if not self.bounded(w)]
            stack.extend(todo)
            if not todo:
                self._do("range", u)
                stack.pop()

    def bounded(self, v: int) -> bool:
        """Whether both bounds of a variable are known."""
        return v in self.low and v in self.high

    def equal(self, above: Fact, below: Fact) -> int:
        """``F = 0`` from ``F >= 0`` and ``-F >= 0``."""
        return self._do("equal", self._ref(above), self._ref(below))

    def decide(self, v: int, fact: Fact) -> int:
        """Of a gate, or a ReLU, and its form whichever a fact decides, the other."""
        return self._do("decide", v, self._ref(fact))

    def steps(
        self, f: int, what: Form, width: int | None = None, low: Fact | None = None, high: Fact | None = None
    ) -> int:
        """``0 <= what <= width`` for a sum of steps of ``f``; the place of the last fact."""
        ends = [None if end is None else self._ref(end) for end in (low, high)]
        line: list[Any] = ["steps", f, self._data(what), width, *ends]
        while line[-1] is None:
            line.pop()
        return self._do(*line)

    def pair(self, f: int, what: Form, width: int, low: Fact | None = None, high: Fact | None = None) -> Range:
        """The two facts ``what >= 0`` and ``width - what >= 0``."""
        last = self.steps(f, what, width, low, high)
        return (last - 1, last) if width else (last, self.sum((last, -1)))

    def residue(
        self, f: int, c: int, what: Form, q: int, quotient: Form, low: Fact, high: Fact, width: int | None = None
    ) -> int:
        """``0 <= what <= width`` for the values of ``f`` that are right modulo ``q``."""
        line = ["residue", f, c, self._data(what), q, self._data(quotient), self._ref(low), self._ref(high)]
        return self._do(*line, width) if width is not None else self._do(*line)

    def count_events(
        self, h: int, events: Iterable[tuple[int, int, int, int, Fact]], first: int, last: int, below: Fact, most: int = 1
    ) -> int:
        """At most so many events of a window hold below it, each up to ``most``."""
        listed = [[*event[:4], self._ref(event[4])] for event in events]
        line = ["count", h, listed, first, last, self._ref(below)]
        return self._do(*line, most) if most != 1 else self._do(*line)

    def cases(self, on: Form, then: Callable[[int], int], otherwise: Callable[[int], int]) -> int:
        """What is proved both from ``on >= 0`` and from ``-on - 1 >= 0``: tactics get the place of the assumption and
        return a fact.
        """
        outer, ends, branches = self.lines, [], []
        for assumed, tactic in ((on, then), (form((on, -1), (ONE, -1)), otherwise)):
            mark = self.open_case(assumed)
            self.lines = []
            try:
                result = tactic(mark)
                if result != self.count - 1:  # the last fact is what a branch proves
                    self.sum((result, 1))
            finally:
                branches.append(self.lines)
                self.lines = outer
            ends.append(self.close_case(mark))
        self.lines.append(["cases", self._data(on), *branches])
        self.add_fact(*self.common(*ends))
        return self.count - 1

    # --- small tactics -----------------------------------------------------------------------------

    def _rank(self, v: int) -> int:
        """How deep the definition of a variable by names of forms is."""
        stack = [v]
        while stack:
            u = stack[-1]
            den, inner = self.affine.get(u, (0, {}))
            todo = (
                [w for w in inner if w not in self._ranks]
                if den == 1 and u not in self._ranks and self.gate(u) is None
                else []
            )
            stack.extend(todo)
            if todo:
                continue
            stack.pop()
            if u not in self._ranks:
                plain = den != 1 or self.gate(u) is not None
                self._ranks[u] = 0 if plain else 1 + max((self._ranks[w] for w in inner), default=0)
        return self._ranks[v]

    def expand(self, what: Form) -> tuple[list[Part], Form]:
        """A form with definitions put in, the deepest first, until nothing is left to put in; the multiples of
        definitions that do it.
        """
        rest = dict(what)
        parts: list[Part] = []
        heap = [(-self._rank(v), v) for v in rest]
        heapify(heap)
        while heap:
            rank, v = heappop(heap)
            if rank == 0:
                break
            if v not in rest:
                continue
            c = rest.pop(v)
            parts.append((("=", v), -c))
            inner = self.affine[v][1]
            for u in inner:
                if u not in rest:
                    heappush(heap, (-self._rank(u), u))
            accumulate(rest, inner, c)
        return parts, rest

    def zero(self, what: Form, constant: bool = False) -> int:
        """The equality ``what = 0`` by definitions alone; ``what - c = 0`` if a constant may be left."""
        parts, rest = self.expand(what)
        if rest and not (constant and is_constant(rest)):
            raise Refused(f"not zero by definition: {self.say(rest)}")
        return self.sum(*parts)

    def box(self, what: Form, sign: int = 1) -> list[Part]:
        """Bounds of variables that together bound ``sign*what`` from below."""
        return [((">" if sign * c > 0 else "<", v), abs(c)) for v, c in what.items() if v]

    def one(self, on: Fact, v: int) -> int:
        """``v - 1 = 0`` from ``v - 1 >= 0`` for a variable that is at most 1."""
        return self.equal(on, self.sum((("<", v), 1)))

    def none(self, off: Fact, v: int) -> int:
        """``v = 0`` from ``-v >= 0`` for a variable that is at least 0."""
        return self.equal(self.sum(((">", v), 1)), off)
