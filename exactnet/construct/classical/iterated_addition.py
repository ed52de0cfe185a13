"""Iterated addition in depth 2 with small weights: every bit of the sum of bits in columns, such as those of ``n`` numbers
(docs/addition.md).

Bit ``j`` is the sum of ``(-1)^(v+1) 1[U >= v*2^j]``, ``v >= 1``, where ``U`` adds up the bits below place ``j+1``.
Each comparison is a sum of first passages (the lemma of :mod:`passages`), at most one of which holds: those of the
highest levels are one gate, counted ``|Q|`` times, the others events modulo every ``q`` of a set ``Q``. So the sum
over all of them is ``|Q|`` times the bit, up to false events, and one gate rounds it. There are more moduli than
false events that counting allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import gmpy2

from exactnet.construct.base.builder import Builder, CircuitBuilder
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.gadgets.moduli import MAX_MODULI
from exactnet.construct.gadgets.outputs.exact import residue_form
from exactnet.kernel.errors import SizeError
from exactnet.kernel.network import Network

__all__ = [
    "MAX_GATES", "Columns", "Plan", "Row", "add_columns", "add_numbers", "check_gates", "column_sum", "events", "false_events",
    "number_columns", "plan_columns", "rows", "top_sum",
]

#: The most gates that are built.
MAX_GATES = 2**18


def check_gates(expected: int) -> None:
    """Raise :class:`SizeError` for more gates than :data:`MAX_GATES`."""
    if expected > MAX_GATES:
        raise SizeError(f"too large to build: about {expected} gates, more than {MAX_GATES}")


@dataclass(frozen=True)
class Columns:
    """A sum of bits in columns, lowest first: those of column ``c`` weigh ``2^c``.

    >>> Columns((("x",), ("y", "z"))).most(1, 0)
    5
    """

    columns: tuple[tuple[str, ...], ...]

    @property
    def heights(self) -> tuple[int, ...]:
        """How many bits each column has."""
        return tuple(map(len, self.columns))

    def top(self, j: int) -> int:
        """The highest column that bit ``j`` depends on."""
        return min(j, len(self.columns) - 1)

    def most(self, j: int, level: int) -> int:
        """The largest value of ``G_level`` (0 above the top column)."""
        return sum(len(self.columns[c]) << (c - level) for c in range(level, self.top(j) + 1))

    def counts(self, j: int) -> range:
        """The ``v >= 1`` with ``G_0 >= v*2^j`` for some input: bit ``j`` is the sum of ``(-1)^(v+1) 1[G_0 >= v*2^j]``."""
        return range(1, (self.most(j, 0) >> j) + 1)


@dataclass(frozen=True)
class Row:
    """One event of the lemma at level ``b``: ``G_{b+1} = value`` and ``A_b >= at``; ``sign`` is ``(-1)^(v+1)``."""

    value: int
    at: int
    sign: int
    v: int


def rows(columns: Columns, j: int, level: int) -> list[Row]:
    """The events of a level: ``G_{b+1} = v*2^(j-b-1) - h`` and ``A_b >= 2h + need``, ``need = 1`` but 0 at the lowest level.

    Those that no input can have are left out.
    """
    need, most = int(level > 0), columns.most(j, level + 1)
    return [
        Row(value, 2 * h + need, 1 if v % 2 else -1, v)
        for v in columns.counts(j)
        for h in range((len(columns.columns[level]) - need) // 2 + 1)
        if 0 <= (value := (v << (j - level - 1)) - h) <= most
    ]


def false_events(columns: Columns, j: int, level: int, moduli: tuple[int, ...]) -> tuple[int, int]:
    """The most false events of a level on any input, those with sign + and those with sign -, for coprime ascending moduli.

    A modulus has a false event for a row only if it divides ``G_{b+1} - value``, which is not 0: at most as many do as
    the smallest ones have a product that is no larger.
    """
    most, ends = columns.most(j, level + 1), {1: 0, -1: 0}
    for row in rows(columns, j, level):
        product, most_divisors = 1, 0
        for q in moduli:
            product *= q
            if product > max(row.value, most - row.value):
                break
            most_divisors += 1
        ends[row.sign] += most_divisors
    return ends[1], ends[-1]


@dataclass(frozen=True)
class Plan:
    """How one bit is made: the levels from ``level`` on are one form, those below take events modulo ``moduli``."""

    j: int
    level: int
    limit: int
    """The largest weight on a bit that is planned for."""
    moduli: tuple[int, ...]
    threshold: int
    """The bit is 1 iff the sum is at least this; the sum is ``max(1, |Q|)`` times the bit plus false events."""
    gates: int
    """About how many gates it takes."""


def plan_columns(columns: Columns, places: int) -> list[Plan]:
    """The plans of all bits, with the least power of two as limit that has moduli and not too many gates.

    Raises :class:`SizeError` where there is none within the bound on weights (:mod:`exactnet.theory.classical`).
    """
    n, limit = max(columns.heights), 8
    moduli = 1 + places * (places + 1) * (n * (n + 2) + (2 * n + 1) * (n + 1))
    while limit <= (n + 1) * moduli * moduli.bit_length():
        try:
            plans = [_plan_bit(columns, k, limit) for k in range(places)]
            check_gates(sum(plan.gates for plan in plans))
        except SizeError:
            limit *= 2
        else:
            return plans
    many = f"more than {MAX_GATES} gates; with weights 2^i (--kind large) there are few"
    raise SizeError(f"too large to build with small weights: {many}")


def _plan_bit(columns: Columns, j: int, limit: int) -> Plan:
    """Choose levels and moduli for one bit."""
    level = columns.top(j)
    while level > 0 and 1 << (columns.top(j) - level + 1) <= limit:
        level -= 1
    events = len(columns.counts(j)) * (max(columns.heights) // 2 + 1) * level
    if events > MAX_MODULI:  # there would be more moduli
        raise SizeError(f"too large to build: bit {j} has {events} events below column {level}, more than {MAX_MODULI}")
    count = {below: rows(columns, j, below) for below in range(level)}
    if not any(count.values()):
        return Plan(j, level, limit, (), 1, len(columns.counts(j)))
    chosen, threshold = _moduli(columns, j, level, limit)
    terms = (max(columns.heights) + 1) * (2 + (columns.top(j) - level) // 2)  # about how many multiples of q a form reaches
    gates = len(chosen) * sum(2 * len(listed) for listed in count.values()) * terms
    check_gates(gates)
    return Plan(j, level, limit, chosen, threshold, gates)


def _moduli(columns: Columns, j: int, level: int, limit: int) -> tuple[tuple[int, ...], int]:
    """The largest primes that keep the values of events of a level apart, one more than the false events that are possible."""
    largest, primes, needed = 2 * limit // (max(columns.heights) + 1), list[int](), 1
    values = [{row.value for row in rows(columns, j, below)} for below in range(level)]
    q = largest + 1
    while len(primes) < needed:
        q = int(gmpy2.prev_prime(q)) if q > 3 else 0
        if not q:
            raise SizeError(f"bit {j}: no moduli up to {largest} will do with weights of at most {limit}")
        if any(len({value % q for value in some}) < len(some) for some in values):
            continue
        primes.append(q)
        if len(primes) == needed:
            ascending = tuple(sorted(primes))
            ends = [false_events(columns, j, below, ascending) for below in range(level)]
            plus, minus = (sum(part) for part in zip(*ends, strict=True))
            needed = plus + minus + 1
            if needed > MAX_MODULI:
                raise SizeError(f"too large to build: bit {j} needs {needed} moduli, more than {MAX_MODULI}")
            if needed <= len(primes):
                return ascending, plus + 1
    raise AssertionError("there are moduli, or an error")


# --- building -------------------------------------------------------------------------------


def column_sum(columns: Columns, j: int, level: int) -> Linear:
    """``G_level``."""
    return Linear({bit: 1 << (c - level) for c in range(level, columns.top(j) + 1) for bit in columns.columns[c]})


def _changes(builder: Builder, form: Linear, jumps: Mapping[int, int], name: str) -> Linear:
    """The exact sum of a function given by its breakpoints."""
    return total(builder.step(form, at, name).scaled(change) for at, change in sorted(jumps.items()) if change)


def events(builder: Builder, columns: Columns, j: int, level: int, q: int) -> Linear:
    """The events of a level modulo ``q``: an exact sum over ``F*(n+1) + A_level``, ``F`` congruent to ``G_{level+1}``."""
    name, width = f"s{j}.G{level + 1}mod{q}", len(columns.columns[level]) + 1
    residue = residue_form(builder, column_sum(columns, j, level + 1), q)
    low, high = builder.interval(residue)
    jumps: dict[int, int] = {}
    for row in rows(columns, j, level):
        for y in range(low + (row.value - low) % q, high + 1, q):
            for at, change in ((y * width + row.at, row.sign), ((y + 1) * width, -row.sign)):
                jumps[at] = jumps.get(at, 0) + change
    digit = Linear(dict.fromkeys(columns.columns[level], 1))
    return _changes(builder, residue.scaled(width) + digit, jumps, name)


def top_sum(builder: Builder, columns: Columns, plan: Plan) -> Linear:
    """``sum of (-1)^(v+1) 1[G_level >= v*2^(j-level) + need]``, each counted as often as there are moduli."""
    need, weight = int(plan.level > 0), max(1, len(plan.moduli))
    jumps = {(v << (plan.j - plan.level)) + need: weight if v % 2 else -weight for v in columns.counts(plan.j)}
    return _changes(builder, column_sum(columns, plan.j, plan.level), jumps, f"s{plan.j}.G")


def add_columns(builder: Builder, columns: Columns, plan: Plan) -> Linear:
    """The bit times the number of moduli, and false events."""
    listed = (events(builder, columns, plan.j, below, q) for below in range(plan.level) for q in plan.moduli)
    return total([top_sum(builder, columns, plan), *listed])


def number_columns(n: int, bits: int) -> Columns:
    """The columns of ``n`` numbers of ``bits`` bits, ``x{i}_{c}`` being bit ``c`` of number ``i``.

    >>> number_columns(2, 2).columns
    (('x1_0', 'x2_0'), ('x1_1', 'x2_1'))
    """
    return Columns(tuple(tuple(f"x{i}_{c}" for i in range(1, n + 1)) for c in range(bits)))


def add_numbers(n: int, bits: int) -> Network:
    """A threshold circuit of depth 2 for the bits of the sum of ``n`` numbers of ``bits`` bits.

    Raises
    ------
    SizeError : it is too large to build.

    >>> net = add_numbers(2, 3)
    >>> [int(bit) for bit in net([1, 0, 1, 0, 1, 1])], net.outputs
    ([1, 0, 0, 0], ('s3', 's2', 's1', 's0'))
    """
    columns = number_columns(n, bits)
    places = columns.most(bits, 0).bit_length()
    outputs = [f"s{j}" for j in range(places - 1, -1, -1)]
    inputs = [f"x{i}_{c}" for i in range(1, n + 1) for c in range(bits - 1, -1, -1)]
    builder = CircuitBuilder(inputs, outputs)
    for name in inputs:
        builder.signal(name, 0, 1)
    for plan in plan_columns(columns, places):
        builder.threshold_output(f"s{plan.j}", add_columns(builder, columns, plan).plus(1 - plan.threshold))
    return builder.network()
