"""Iterated addition in depth 2 with small weights: every bit of the sum of ``n`` numbers of ``B`` bits (docs/addition.md).

Bit ``j`` is the sum of ``(-1)^(v+1) 1[U >= v*2^j]``, ``v >= 1``, where ``U`` adds up the bits below place ``j+1``.
Each comparison is a sum of first passages (the lemma of :mod:`passages`), at most one of which holds: those of the
highest levels are one gate, counted ``|Q|`` times, the others events modulo every ``q`` of a set ``Q``. So the sum
over all of them is ``|Q|`` times the bit, up to false events, and one gate rounds it.

The moduli are *searched*: the fewest for which the sums keep apart on every input, which the recursion over all values of the
partial sums decides; or *proven*: more than all false events that counting allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import gmpy2
import numpy as np

from exactnet.claims.addition import Columns, Problem, event_table, extreme_sums, false_events, rows
from exactnet.construct.base.builder import Builder, CircuitBuilder
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.gadgets.moduli import MAX_MODULI
from exactnet.construct.gadgets.outputs.exact import residue_form
from exactnet.kernel.errors import SizeError
from exactnet.kernel.network import Network

__all__ = ["MAX_GATES", "BitColumns", "Plan", "add_columns", "add_numbers", "default_limit", "plan_bit"]

#: The most gates that are built for one bit.
MAX_GATES = 2**20

#: The most moduli that are searched.
MAX_SEARCHED = 64

Moduli = Literal["searched", "proven"]


@dataclass(frozen=True)
class BitColumns(Columns):
    """Columns of any signals with values 0 and 1: those of column ``c`` weigh ``2^c``.

    >>> BitColumns((("x",), ("y", "z"))).most(1, 0)
    5
    """

    columns: tuple[tuple[str, ...], ...]

    @property
    def heights(self) -> tuple[int, ...]:
        return tuple(map(len, self.columns))

    def column(self, c: int) -> tuple[str, ...]:
        return self.columns[c]


@dataclass(frozen=True)
class Plan:
    """How one bit is made: the levels from ``level`` on are one form, those below take events modulo ``moduli``."""

    j: int
    level: int
    limit: int
    """The largest weight on an input that is planned for."""
    moduli: tuple[int, ...]
    threshold: int
    """The bit is 1 iff the sum is at least this; the sum is ``max(1, |Q|)`` times the bit plus false events."""
    gates: int
    """About how many gates it takes."""


def default_limit(problem: Problem, moduli: Moduli) -> int:
    """The largest weight that is planned for unless one is given: ``(nB)^2``, or a quarter of it for searched moduli.

    >>> default_limit(Problem(4, 16), "searched"), default_limit(Problem(4, 16), "proven")
    (1024, 4096)
    """
    square = (problem.n * problem.bits) ** 2
    return max(16, square // 4 if moduli == "searched" else square)


def plan_bit(problem: Columns, j: int, moduli: Moduli, limit: int) -> Plan:
    """Choose levels and moduli for one bit.

    Raises :class:`SizeError` where no moduli below ``2*limit/(n+1)`` will do, or the circuit is too large to build.
    """
    level = problem.top(j)
    while level > 0 and 1 << (problem.top(j) - level + 1) <= limit:
        level -= 1
    events = len(problem.counts(j)) * (max(problem.heights) // 2 + 1) * level
    if events > MAX_MODULI:  # proven moduli would be more; searched ones fewer, but each makes gates for every event
        many = f"bit {j} has {events} events below column {level}, more than {MAX_MODULI}"
        raise SizeError(f"too large to build: {many}; try a larger --limit")
    count = {below: rows(problem, j, below) for below in range(level)}
    if not any(count.values()):
        return Plan(j, level, limit, (), 1, len(problem.counts(j)))
    largest = 2 * limit // (max(problem.heights) + 1)
    chosen, threshold = (_proven if moduli == "proven" else _searched)(problem, j, level, limit, largest)
    terms = (max(problem.heights) + 1) * (2 + (problem.top(j) - level) // 2)  # about how many multiples of q a form reaches
    gates = len(chosen) * sum(2 * len(primes) for primes in count.values()) * terms
    if gates > MAX_GATES:
        raise SizeError(f"too large to build: bit {j} takes about {gates} gates, more than {MAX_GATES}; try --limit {2 * limit}")
    return Plan(j, level, limit, tuple(chosen), threshold, gates)


def _none(j: int, limit: int, largest: int) -> SizeError:
    return SizeError(f"bit {j}: no moduli up to {largest} will do with weights of at most {limit}; try --limit {2 * limit}")


def _primes(problem: Columns, j: int, level: int, largest: int, count: int) -> list[int]:
    """The ``count`` largest primes that keep the values of events of a level apart, descending; fewer if there are no more."""
    values = [{row.value for row in rows(problem, j, below)} for below in range(level)]
    primes: list[int] = []
    for q in range(largest, 1, -1):
        if len(primes) == count:
            break
        if gmpy2.is_prime(q) and all(len({value % q for value in some}) == len(some) for some in values):
            primes.append(q)
    return primes


def _proven(problem: Columns, j: int, level: int, limit: int, largest: int) -> tuple[list[int], int]:
    """The largest primes, one more than the false events that are possible for them."""
    primes = _primes(problem, j, level, largest, MAX_MODULI)
    needed = 1
    while needed <= len(primes):
        events_below = [false_events(problem, j, below, primes[needed - 1]) for below in range(level)]
        plus, minus = (sum(part) for part in zip(*events_below, strict=True))
        if plus + minus < needed:
            return sorted(primes[:needed]), plus + 1
        needed = plus + minus + 1
    if len(primes) == MAX_MODULI:
        raise SizeError(f"too large to build: bit {j} needs {needed} proven moduli, more than {MAX_MODULI}")
    raise _none(j, limit, largest)


def _searched(problem: Columns, j: int, level: int, limit: int, largest: int) -> tuple[list[int], int]:
    """The fewest of the largest primes for which the sums for bit 0 stay below those for bit 1."""
    primes = _primes(problem, j, level, largest, MAX_SEARCHED)
    ones = (np.arange(problem.most(j, 0) + 1) >> j & 1).astype(bool)
    for count in _counts(len(primes)):
        chosen = primes[:count]
        events = {
            below: [(q, event_table(problem.heights[below], rows(problem, j, below), q)) for q in chosen] for below in range(level)
        }
        extremes = extreme_sums(problem, j, {level: _top(problem, j, level, count).items()}, events)
        below = int(extremes.largest[-1][~ones].max())
        if below < int(extremes.least[-1][ones].min()):
            return sorted(chosen), below + 1
    raise _none(j, limit, largest)


def _top(problem: Columns, j: int, level: int, count: int) -> dict[int, int]:
    """The breakpoints of ``sum of (-1)^(v+1) 1[G_level >= v*2^(j-level) + need]``, each counted as often as there are moduli."""
    need, weight = int(level > 0), max(1, count)
    return {(v << (j - level)) + need: weight if v % 2 else -weight for v in problem.counts(j)}


def _counts(most: int) -> Iterable[int]:
    """Numbers of moduli to try: all small ones, then ever fewer."""
    count = 1
    while count <= most:
        yield count
        count += max(1, count // 8)


# --- building -------------------------------------------------------------------------------


def _sum(problem: Columns, j: int, level: int) -> Linear:
    """``G_level``."""
    return Linear({bit: 1 << (c - level) for c in range(level, problem.top(j) + 1) for bit in problem.column(c)})


def _changes(builder: Builder, form: Linear, jumps: Mapping[int, int], name: str) -> Linear:
    """The exact sum of a function given by its breakpoints."""
    return total(builder.step(form, at, name).scaled(change) for at, change in sorted(jumps.items()) if change)


def _events(builder: Builder, problem: Columns, j: int, level: int, q: int) -> Linear:
    """The events of a level modulo ``q``: an exact sum over ``F*(n+1) + A_level``, ``F`` congruent to ``G_{level+1}``."""
    name, width = f"s{j}.G{level + 1}mod{q}", problem.heights[level] + 1
    residue = residue_form(builder, _sum(problem, j, level + 1), q)
    low, high = builder.interval(residue)
    jumps: dict[int, int] = {}
    for row in rows(problem, j, level):
        for y in range(low + (row.value - low) % q, high + 1, q):
            for at, change in ((y * width + row.at, row.sign), ((y + 1) * width, -row.sign)):
                jumps[at] = jumps.get(at, 0) + change
    digit = Linear(dict.fromkeys(problem.column(level), 1))
    return _changes(builder, residue.scaled(width) + digit, jumps, name)


def add_columns(builder: Builder, problem: Columns, plan: Plan) -> Linear:
    """The bit times the number of moduli, and false events."""
    top = _changes(builder, _sum(problem, plan.j, plan.level), _top(problem, plan.j, plan.level, len(plan.moduli)), f"s{plan.j}.G")
    events = (
        _events(builder, problem, plan.j, below, q) for below in range(plan.level) for q in plan.moduli
    )
    return total([top, *events])


def add_numbers(problem: Problem, moduli: Moduli = "searched", limit: int | None = None, bits: Sequence[int] = ()) -> Network:
    """A threshold circuit of depth 2 for the bits of a sum, with weights on inputs of at most about ``limit``.

    Parameters
    ----------
    problem : how many numbers of how many bits; inputs and outputs are named as there.
    moduli : ``"searched"``, the fewest that are right on every input; or ``"proven"``, as many as the counting bound asks for.
    limit : the largest weight on an input (default: :func:`default_limit`).
    bits : the places of the sum that are made (default: all).

    Raises
    ------
    SizeError : no moduli will do within the limit, or there would be more than :data:`MAX_GATES` gates for one bit.

    >>> net = add_numbers(Problem(2, 3))
    >>> [int(bit) for bit in net([1, 0, 1, 0, 1, 1])], net.outputs
    ([1, 0, 0, 0], ('s3', 's2', 's1', 's0'))
    """
    outputs = [name for name in problem.outputs if not bits or int(name[1:]) in bits]
    plans = [plan_bit(problem, int(name[1:]), moduli, limit or default_limit(problem, moduli)) for name in outputs]
    builder = CircuitBuilder(problem.inputs, outputs)
    for name in problem.inputs:
        builder.signal(name, 0, 1)
    for name, plan in zip(outputs, plans, strict=True):
        builder.threshold_output(name, add_columns(builder, problem, plan).plus(1 - plan.threshold))
    return builder.network()
