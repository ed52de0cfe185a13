"""Numbers compared bit by bit, with weights 1 (the families ``comparison`` and ``sorting``, kind ``small``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exactnet.certify.structural.prover import ONE, Part, Prover, form
from exactnet.certify.structural.tactics.numbers import equal_gate
from exactnet.certify.structural.tactics.roles import Roles
from exactnet.structural.kernel import Form

__all__ = ["compared", "sorted_by_ranks"]


@dataclass(frozen=True)
class _Above:
    """What is known of ``H``, the difference of two numbers from some place on, of none at first."""

    value: int
    """``H``."""
    zero: int
    """``1[H >= 0]``."""
    positive: int
    """``1[H >= 1]``."""


class _Differences:
    """``H = d + 2H'`` for the difference ``d`` of two bits, place by place from the highest down."""

    def __init__(self, roles: Roles) -> None:
        self.roles, self.p = roles, roles.prover
        self.above = self._named(roles.zero)

    def _named(self, h: int) -> _Above:
        return _Above(h, self.p.new_step({h: 1}), self.p.new_step({h: 1, ONE: -1}))

    def difference(self, x: int, y: int) -> int:
        """``x - y``, named."""
        d = self.p.name(form((x, 1), (y, -1)))
        self.p.range(d)
        return d

    def below(self, d: int) -> _Above:
        """That of the next place."""
        return self._named(self.p.name(form((d, 1), (self.above.value, 2))))

    def __call__(self, h: int, *parts: Part, by: int = 1) -> int:
        """A sum of facts, where ``h`` is put in for ``d + 2H'``."""
        return self.p.sum(*parts, (("=", h), 1), by=by)


@dataclass(frozen=True)
class _Seen:
    """What is known of the places that were looked at, ``H`` being the difference of the two numbers from there on."""

    above: _Above
    count: int
    """At how many of them the bit of ``a`` is at least that of ``b``."""
    all: int
    """``1[count = how many there are]``."""
    found: int
    """How many gates found the first difference, a larger bit of ``a``."""
    enough: int
    """``found + all - 1[H >= 0] >= 0``."""
    larger: int
    """``found - 1[H >= 1] >= 0``."""
    no_less: int
    """``1[H >= 0] - all >= 0``."""


class _Compared:
    """Whether ``a >= b``, from the highest place down."""

    def __init__(self, roles: Roles, n: int) -> None:
        self.roles, self.n, self.chain = roles, n, _Differences(roles)
        self.p = p = roles.prover
        ((self.name, self.y, _),) = p.outputs
        above, zero = self.chain.above, roles.zero
        every = p.new_step({zero: 1})
        low, high = p.sum(((">", zero), 1)), p.sum((("<", zero), 1))
        self.seen = _Seen(
            above,
            zero,
            every,
            zero,
            p.sum((p.decide(every, low), 1), (("<", above.zero), 1), ((">", zero), 1)),
            p.sum((p.decide(above.positive, high), -1), ((">", zero), 1)),
            p.sum((p.decide(above.zero, low), 1), (("<", every), 1)),
        )
        self.listed: list[int] = []
        """The gates that find the first difference."""
        self.only: list[Part] = []
        """``y - gate >= 0`` for all gates that the output reads."""

    def prove(self) -> dict[str, int]:
        """The output."""
        for i in range(self.n - 1, -1, -1):
            self._place(i)
        p, y, seen = self.p, self.y, self.seen
        every = self.roles.constructed["all"]  # the same as of all places
        same = _equal(p, every, seen.all, p.zero(form((p.step[every], 1), (p.step[seen.all], -1))))
        reads = p.zero(form((p.step[y], 1), (seen.above.value, -1)))

        def all_of_them(i: int) -> int:
            at_least = p.decide(seen.above.zero, p.sum((seen.no_less, 1), (same, -1), (i, 1)))
            return p.sum((p.decide(y, p.sum((at_least, 1), (reads, 1))), 1), (("<", every), 1))

        implied = p.cases(form((every, 1), (ONE, -1)), all_of_them, lambda i: p.sum((i, 1), ((">", y), 1)))
        only: list[Part] = [*self.only, (implied, 1)]
        sums = p.zero(form((seen.found, 1), *((gate, -1) for gate in self.listed)))

        def on(i: int) -> int:
            reached = p.decide(seen.above.zero, p.sum((p.decide(y, i), 1), (reads, -1)))
            return p.sum((seen.enough, 1), (reached, 1), (same, 1), (sums, -1))

        off = lambda i: p.sum(*only, (i, len(only)))  # noqa: E731
        return {self.name: equal_gate(p, y, self.roles.constructed[self.name], on, off)}

    def _place(self, i: int) -> None:
        """Go on to place ``i``."""
        p, known, inputs, seen = self.p, self.roles.constructed, self.roles.inputs, self.seen
        at_least, d = known[f"a{i}>=b{i}"], self.chain.difference(inputs[f"a{i}"], inputs[f"b{i}"])
        here = self.chain.below(d)
        count = p.name(form((at_least, 1), (seen.count, 1)))
        p.range(count)
        every = p.new_step({count: 1, ONE: i - self.n})
        first = known[f"first{i}"] if i else None
        found = p.name(form((seen.found, 1), ({} if first is None else {first: 1}, 1)))
        p.range(found)
        larger = seen.larger
        if first is not None:
            larger = self._first(i, here, d, known[f"a{i}>b{i}"], first, found)
        enough = self._enough(here, d, at_least, first, _Seen(here, count, every, found, 0, 0, 0))
        no_less = self._no_less(here, d, at_least, count, every)
        self.seen = _Seen(here, count, every, found, enough, larger, no_less)
        self.chain.above = here

    def _enough(self, here: _Above, d: int, at_least: int, first: int | None, new: _Seen) -> int:
        p, seen, chain = self.p, self.seen, self.chain
        grown: list[Part] = [(("=", new.found), -1), ((">", new.all), 1), (("<", here.zero), 1)]
        grown += [] if first is None else [((">", first), 1)]

        def reached(i: int) -> int:
            value = p.decide(here.zero, i)  # H >= 0

            def is_no_less(j: int) -> int:
                before = p.decide(seen.above.zero, chain(here.value, (value, 1), (("<", d), 1), by=2))

                def all_before(k: int) -> int:
                    full = p.decide(new.all, p.sum((p.decide(seen.all, k), 1), (j, 1), (("=", new.count), -1)))
                    return p.sum((full, 1), ((">", new.found), 1), (("<", here.zero), 1))

                some_before = lambda k: p.sum((seen.enough, 1), (before, 1), (k, 1), *grown)  # noqa: E731
                return p.cases(form((seen.all, 1), (ONE, -1)), all_before, some_before)

            def is_less(j: int) -> int:
                less = p.sum((p.decide(at_least, j), 1), (("=", d), 1))  # -d - 1 >= 0
                before = p.decide(seen.above.positive, chain(here.value, (value, 1), (less, 1), by=2))
                return p.sum((seen.larger, 1), (before, 1), *grown)

            return p.cases(form((at_least, 1), (ONE, -1)), is_no_less, is_less)

        never = lambda i: p.sum((i, 1), ((">", new.found), 1), ((">", new.all), 1))  # noqa: E731
        return p.cases(form((here.zero, 1), (ONE, -1)), reached, never)

    def _first(self, i: int, here: _Above, d: int, exceeds: int, first: int, found: int) -> int:
        """``found - 1[H >= 1] >= 0``; and that ``first`` implies the output, which :attr:`only` keeps."""
        p, seen, chain, inputs = self.p, self.seen, self.chain, self.roles.inputs
        tie = p.zero(form((p.step[first], 1), (exceeds, -1), (p.step[seen.all], -1)), constant=True)
        grown: list[Part] = [(("=", found), -1), (("<", here.positive), 1)]

        def larger(j: int) -> int:
            value = p.decide(here.positive, j)  # H - 1 >= 0
            before = lambda k: p.sum((seen.larger, 1), (k, 1), ((">", first), 1), *grown)  # noqa: E731

            def only_here(k: int) -> int:
                nothing = p.decide(seen.above.positive, k)  # -H' >= 0
                gate = p.decide(exceeds, p.sum((chain(here.value, (value, 1), (nothing, 2)), 1), (("=", d), 1)))
                above = p.decide(seen.above.zero, chain(here.value, (value, 1), (("<", d), 1), by=2))

                def all_before(m: int) -> int:
                    fires = p.decide(first, p.sum((p.decide(seen.all, m), 1), (gate, 1), (tie, 1)))
                    return p.sum((fires, 1), ((">", seen.found), 1), *grown)

                some_before = lambda m: p.sum((seen.enough, 1), (above, 1), (m, 1), ((">", first), 1), *grown)  # noqa: E731
                return p.cases(form((seen.all, 1), (ONE, -1)), all_before, some_before)

            return p.cases(form((seen.above.positive, 1), (ONE, -1)), before, only_here)

        lower: list[Part] = []  # the places below are worth less than this one
        rest = form((p.step[self.y], 1), (here.value, -(1 << i)))
        for c in range(i):
            lower += [((">", inputs[f"a{c}"]), 1 << c), (("<", inputs[f"b{c}"]), 1 << c)]
            rest = form((rest, 1), (inputs[f"a{c}"], -(1 << c)), (inputs[f"b{c}"], 1 << c))
        value_of = p.zero(rest)

        def implies(j: int) -> int:
            fires = p.decide(first, j)
            gate = p.sum((p.decide(exceeds, p.sum((fires, 1), (tie, -1), (("<", seen.count), 1))), 1), (("=", d), -1))  # d - 1 >= 0
            before = p.decide(seen.all, p.sum((fires, 1), (tie, -1), (("<", exceeds), 1)))
            above = p.decide(seen.above.zero, p.sum((seen.no_less, 1), (before, 1)))
            exceeding = p.sum((gate, 1), (above, 2), (("=", here.value), -1))  # H - 1 >= 0
            return p.sum((p.decide(self.y, p.sum((exceeding, 1 << i), (value_of, 1), *lower)), 1), (("<", first), 1))

        implied = p.cases(form((first, 1), (ONE, -1)), implies, lambda j: p.sum((j, 1), ((">", self.y), 1)))
        self.listed.append(first)
        self.only.append((implied, 1))
        never = lambda j: p.sum((j, 1), ((">", found), 1))  # noqa: E731
        return p.cases(form((here.positive, 1), (ONE, -1)), larger, never)

    def _no_less(self, here: _Above, d: int, at_least: int, count: int, every: int) -> int:
        p, seen = self.p, self.seen

        def reached(i: int) -> int:
            full = p.sum((p.decide(every, i), 1), (("=", count), 1))
            before = p.decide(seen.all, p.sum((full, 1), (("<", at_least), 1)))
            above = p.decide(seen.above.zero, p.sum((seen.no_less, 1), (before, 1)))
            bit = p.sum((p.decide(at_least, p.sum((full, 1), (("<", seen.count), 1))), 1), (("=", d), -1))  # d >= 0
            value = p.sum((bit, 1), (above, 2), (("=", here.value), -1))
            return p.sum((p.decide(here.zero, value), 1), (("<", every), 1))

        return p.cases(form((every, 1), (ONE, -1)), reached, lambda i: p.sum((i, 1), ((">", here.zero), 1)))


def compared(roles: Roles, n: int) -> dict[str, int]:
    """``1[a - b >= 0]``: ``a_i > b_i`` for an ``i > 0`` and ``a_j >= b_j`` for all ``j > i``; or the latter for all ``j``."""
    return _Compared(roles, n).prove()


# --- sorting ---------------------------------------------------------------------------------------


def _equal(p: Prover, v: int, w: int, tie: int) -> int:
    """``v - w = 0`` for two gates, where ``tie`` says that the form of ``v`` less that of ``w`` is 0."""

    def side(i: int, sign: int) -> int:
        return p.sum((p.decide(v, i), 1), (tie, -sign))

    then = lambda i: p.sum((p.one(i, v), 1), (p.decide(w, side(i, 1)), -1))  # noqa: E731
    otherwise = lambda i: p.sum((p.none(i, v), 1), (p.decide(w, side(i, -1)), -1))  # noqa: E731
    return p.cases(form((v, 1), (ONE, -1)), then, otherwise)


class _Order:
    """``1[x <= y]`` as a sum of gates, of which the one at the first bit that differs, or the one for none, is 1."""

    def __init__(self, roles: Roles, name: str, pairs: list[tuple[str, str]]) -> None:
        self.roles, self.name, self.pairs, self.p = roles, name, pairs, roles.prover
        self.chain = _Differences(roles)

    def prove(self, greater: int) -> int:
        """``sum + g - 1 = 0`` for the gate ``g = 1[x > y]``."""
        p, roles, chain = self.p, self.roles, self.chain
        above, zero = chain.above, roles.zero
        count, found = zero, zero  # of bits that differ; of gates at them
        none = p.new_step({zero: -1})
        off = p.decide(above.positive, p.sum((("<", zero), 1)))
        is_found = p.sum((off, -1), (("=", zero), -1))  # found - 1[H >= 1] = 0
        is_none = p.sum(  # none - 1[H >= 0] + 1[H >= 1] = 0
            (p.decide(none, p.sum((("<", zero), 1))), 1), (p.decide(above.zero, p.sum(((">", zero), 1))), -1), (off, 1)
        )
        for place, (x, y) in enumerate(self.pairs):
            more, less, gate = (roles.constructed[f"{self.name}{what}"] for what in (f":{y}<", f":{y}>", f"@{place}"))
            d = chain.difference(roles.inputs[y], roles.inputs[x])
            here = chain.below(d)
            total = p.name(form((count, 1), (more, 1), (less, 1)))
            p.range(total)
            step = _Place(self, above, here, count, none, d, more, less, gate, is_none)
            after = p.new_step({total: -1})
            now = p.name(form((found, 1), (gate, 1)))
            is_found = p.sum((step.found(), 1), (is_found, 1), (("=", now), -1))
            is_none = step.none(total, after)
            above, count, found, none = here, total, now, after
            chain.above = here
        last = roles.constructed[f"{self.name}="]
        same = _equal(p, last, none, p.zero(form((p.step[last], 1), (count, 1))))
        reverse = p.zero(form((p.step[greater], 1), (above.value, 1), (ONE, 1)))  # g reads -H - 1
        z = above.zero
        then = lambda i: p.sum((p.decide(greater, p.sum((p.decide(z, i), 1), (reverse, -1))), 1), (p.one(i, z), 1))  # noqa: E731
        otherwise = lambda i: p.sum((p.decide(greater, p.sum((p.decide(z, i), 1), (reverse, 1))), 1), (p.none(i, z), 1))  # noqa: E731
        opposite = p.cases(form((z, 1), (ONE, -1)), then, otherwise)  # g + z - 1 = 0
        whole = roles.constructed[self.name]
        made = p.zero(form((whole, 1), (found, -1), (last, -1)))
        return p.sum((made, 1), (is_found, 1), (same, 1), (is_none, 1), (opposite, 1))


@dataclass
class _Place:
    """One bit of two numbers."""

    order: _Order
    above: _Above
    here: _Above
    count: int
    nothing: int
    """``1[count = 0]``."""
    d: int
    more: int
    less: int
    gate: int
    is_none: int

    def __post_init__(self) -> None:
        p = self.p = self.order.p
        self.tie = p.zero(form((p.step[self.gate], 1), (self.more, -1), (self.count, 1), (ONE, 1)))

    def _split(self, larger: Callable[[int], int], equal: Callable[[int, int], int], smaller: Callable[[int, int], int]) -> int:
        """By cases on ``H'``: at least 1; 0, by two facts; at most -1, with that ``1[H' >= 1]`` is at most 0."""
        p, above = self.p, self.above

        def rest(i: int) -> int:
            low = p.decide(above.positive, i)
            return p.cases(
                form((above.zero, 1), (ONE, -1)), lambda j: equal(p.decide(above.zero, j), low), lambda j: smaller(j, i)
            )

        return p.cases(form((above.positive, 1), (ONE, -1)), larger, rest)

    def _larger(self, i: int) -> tuple[int, int]:
        """From ``1[H' >= 1]``: ``H' - 1 >= 0``, ``count - 1 >= 0``."""
        p, above = self.p, self.above
        value = p.decide(above.positive, i)
        is_zero = p.decide(above.zero, p.sum((value, 1), *self._one()))
        return value, self._negated(p.sum((self.is_none, 1), (is_zero, 1), (p.one(i, above.positive), -1)))

    def _one(self) -> list[Part]:
        """1 >= 0."""
        return [(("<", self.gate), 1), ((">", self.gate), 1)]

    def _negated(self, nothing: int) -> int:
        """``count - 1 >= 0`` from ``1[count = 0] = 0``."""
        return self.p.decide(self.nothing, nothing)

    def _smaller(self, j: int, i: int) -> tuple[int, int]:
        """From ``1[H' >= 0] = 0``: ``-H' - 1 >= 0``, ``count - 1 >= 0``."""
        p, above = self.p, self.above
        is_zero, is_positive = p.none(j, above.zero), p.none(i, above.positive)
        return p.decide(above.zero, j), self._negated(p.sum((self.is_none, 1), (is_zero, 1), (is_positive, -1)))

    def _empty(self, low: int, high: int) -> tuple[int, int, int]:
        """From ``H' >= 0`` and ``-H' >= 0``: ``1[H' >= 1] = 0``, ``-count >= 0``, ``1[H' >= 0] - 1 = 0``."""
        p, above = self.p, self.above
        is_positive, is_zero = p.decide(above.positive, high), p.decide(above.zero, low)
        nothing = p.sum((self.is_none, 1), (is_zero, 1), (is_positive, -1))  # none - 1 = 0
        return is_positive, p.decide(self.nothing, nothing), is_zero

    def _silent(self, count: int) -> int:
        """``gate = 0`` from ``count - 1 >= 0``."""
        p = self.p
        return p.decide(self.gate, p.sum((count, 1), (("<", self.more), 1), (self.tie, -1)))

    def found(self) -> int:
        """``gate - 1[H >= 1] + 1[H' >= 1] = 0``."""
        p, here, above, link = self.p, self.here, self.above, ("=", self.here.value)

        def larger(i: int) -> int:
            value, count = self._larger(i)
            now = p.decide(here.positive, p.sum((value, 2), ((">", self.d), 1), (link, -1)))
            return p.sum((self._silent(count), 1), (now, -1), (p.one(i, above.positive), 1))

        def equal(low: int, high: int) -> int:
            is_positive, empty, _ = self._empty(low, high)

            def is_more(k: int) -> int:
                exceeds = p.sum((p.decide(self.more, k), 1), (("=", self.d), -1))  # d - 1 >= 0
                now = p.decide(here.positive, p.sum((exceeds, 1), (low, 2), (link, -1)))
                fires = p.decide(self.gate, p.sum((k, 1), (empty, 1), (self.tie, 1)))
                return p.sum((fires, 1), (now, -1), (is_positive, 1))

            def is_not(k: int) -> int:
                at_most = p.sum((p.decide(self.more, k), 1), (("=", self.d), 1))  # -d >= 0
                now = p.decide(here.positive, p.sum((at_most, 1), (high, 2), (link, 1)))
                silent = p.decide(self.gate, p.sum((k, 1), ((">", self.count), 1), (self.tie, -1)))
                return p.sum((silent, 1), (now, -1), (is_positive, 1))

            return p.cases(form((self.more, 1), (ONE, -1)), is_more, is_not)

        def smaller(j: int, i: int) -> int:
            value, count = self._smaller(j, i)
            now = p.decide(here.positive, p.sum((value, 2), (("<", self.d), 1), (link, 1)))
            return p.sum((self._silent(count), 1), (now, -1), (p.none(i, above.positive), 1))

        return self._split(larger, equal, smaller)

    def none(self, total: int, after: int) -> int:
        """``1[total = 0] - 1[H >= 0] + 1[H >= 1] = 0`` for the number of bits that differ from here on."""
        p, here, link, grown = self.p, self.here, ("=", self.here.value), ("=", total)
        others: list[Part] = [((">", self.more), 1), ((">", self.less), 1)]

        def differs(*parts: Part) -> int:
            return p.decide(after, p.sum(*parts, (grown, -1)))

        def larger(i: int) -> int:
            value, count = self._larger(i)
            high = p.sum((value, 2), ((">", self.d), 1), (link, -1))  # H - 1 >= 0
            one, two = p.decide(here.positive, high), p.decide(here.zero, p.sum((high, 1), *self._one()))
            return p.sum((differs((count, 1), *others), 1), (two, -1), (one, 1))

        def smaller(j: int, i: int) -> int:
            value, count = self._smaller(j, i)
            low = p.sum((value, 2), (("<", self.d), 1), (link, 1))  # -H - 1 >= 0
            one, two = p.decide(here.positive, p.sum((low, 1), *self._one())), p.decide(here.zero, low)
            return p.sum((differs((count, 1), *others), 1), (two, -1), (one, 1))

        def equal(low: int, high: int) -> int:
            _, empty, _ = self._empty(low, high)

            def is_more(k: int) -> int:
                exceeds = p.sum((p.decide(self.more, k), 1), (("=", self.d), -1))
                value = p.sum((exceeds, 1), (low, 2), (link, -1))
                one, two = p.decide(here.positive, value), p.decide(here.zero, p.sum((value, 1), *self._one()))
                off = differs((k, 1), ((">", self.less), 1), ((">", self.count), 1))
                return p.sum((off, 1), (two, -1), (one, 1))

            def is_not(k: int) -> int:
                at_most = p.sum((p.decide(self.more, k), 1), (("=", self.d), 1))
                one = p.decide(here.positive, p.sum((at_most, 1), (high, 2), (link, 1)))

                def is_less(m: int) -> int:
                    below = p.sum((p.decide(self.less, m), 1), (("=", self.d), 1))  # -d - 1 >= 0
                    two = p.decide(here.zero, p.sum((below, 1), (high, 2), (link, 1)))
                    off = differs((m, 1), ((">", self.more), 1), ((">", self.count), 1))
                    return p.sum((off, 1), (two, -1), (one, 1))

                def is_equal(m: int) -> int:
                    at_least = p.sum((p.decide(self.less, m), 1), (("=", self.d), -1))  # d >= 0
                    two = p.decide(here.zero, p.sum((at_least, 1), (low, 2), (link, -1)))
                    on = p.decide(after, p.sum((empty, 1), (k, 1), (m, 1), (grown, 1)))
                    return p.sum((on, 1), (two, -1), (one, 1))

                return p.cases(form((self.less, 1), (ONE, -1)), is_less, is_equal)

            return p.cases(form((self.more, 1), (ONE, -1)), is_more, is_not)

        return self._split(larger, equal, smaller)


def sorted_by_ranks(roles: Roles, n: int, bits: int) -> dict[str, int]:
    """Every output: the bit of the number whose rank is right."""
    p, original, known = roles.prover, roles.original, roles.constructed
    rows = [[f"x{i}_{c}" for c in range(bits - 1, -1, -1)] for i in range(1, n + 1)]
    orders: dict[tuple[int, int], int] = {}
    for i in range(1, n + 1):
        for j in range(i + 1, n + 1):
            pairs = list(zip(rows[i - 1], rows[j - 1], strict=True))
            orders[i, j] = _Order(roles, f"{i}<={j}", pairs).prove(original[f"{i}>{j}"])
    same: dict[tuple[int, int], list[Part]] = {}  # that "rank i is at least k" is the gate that was made, or 1, or 0
    for i in range(1, n + 1):
        rank = original[f"rank{i}"]
        p.range(rank)
        parts: list[Part] = [(orders[i, j], 1) for j in range(i + 1, n + 1)]
        parts += [(orders[j, i], -1) for j in range(1, i)]
        for k in range(1, n + 2):
            gate = original[f"rank{i}>={k}"]
            if 1 < k <= n:
                made = known[f"r{i}>={k - 1}"]
                tie = p.sum(*parts, (p.zero(form((p.step[gate], 1), (p.step[made], -1), (_total(p, parts), -1))), 1))
                same[i, k] = [(_equal(p, gate, made, tie), 1)]
            else:
                same[i, k] = [(p.steps(rank, form((gate, 1), (ONE, -(k == 1))), 0), 1)]
    facts: dict[str, int] = {}
    for k in range(1, n + 1):
        for c in range(bits):
            name, taken = f"y{k}_{c}", list[Part]()
            for i in range(1, n + 1):
                gate, made = original[f"{i}:{name}"], known[f"{name}<x{i}_{c}"]
                tie = p.sum(*same[i, k], *((fact, -times) for fact, times in same[i, k + 1]))
                rest = form((p.step[gate], 1), (p.step[made], -1), (p.of(tie), -1))
                taken.append((_equal(p, gate, made, p.sum((tie, 1), (p.zero(rest), 1))), 1))
            t, v = original[name], known[name]
            on = lambda j, t=t, taken=taken: p.sum((p.decide(t, j), 1), *((fact, -1) for fact, _ in taken))  # noqa: E731
            off = lambda j, t=t, taken=taken: p.sum((p.decide(t, j), 1), *taken)  # noqa: E731
            facts[name] = equal_gate(p, t, v, on, off)
    return facts


def _total(p: Prover, parts: list[Part]) -> Form:
    """The form of a sum of facts."""
    return form(*((p.of(fact), times) for fact, times in parts))
