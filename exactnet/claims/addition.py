"""Iterated addition, checked for all inputs without enumerating them (docs/addition.md).

``n`` numbers of ``B`` bits are added; output ``s_j`` is bit ``j`` of the sum. ``A_c`` in ``[0, n]`` is the number of
ones in column ``c``. Bit ``j`` depends on the columns up to ``t = min(j, B-1)`` alone, and with ``G_b = sum of A_c
2^(c-b) over b <= c <= t`` (so ``G_b = 2 G_{b+1} + A_b``) it is bit ``j`` of ``G_0``.

A circuit of depth 2 is recognised if every gate of its first layer reads all bits of a column with one weight, and
its form is, up to its sign, ``G_b``, or ``F*(n+1) + A_b`` with ``F = G_{b+1} (mod q)`` coefficient by coefficient.
What an output adds up over all gates with one form is then a function of ``G_b``, or, if the function has the period
``q`` on the whole range of ``F``, which is looked at value by value, a function of ``G_{b+1} mod q`` and ``A_b``. The
circuit is then right for all ``2^(nB)`` inputs if one of two finite checks succeeds:

* *values*: the least and the largest sum are found for every value of ``G_b`` from those of ``G_{b+1}``, for all
  ``A_b``. This is exact: it succeeds iff the circuit is right on every input.
* *counting*: the functions are those of the lemma, and no more false events are possible than the output gate allows. This needs no
  enumeration of sums, and can fail for a circuit that is right.

Part of the trusted base: it imports nothing from :mod:`exactnet.construct`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Literal

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq
from sympy import factorint

from exactnet.kernel.errors import ExactnetError, SizeError, clip_text
from exactnet.kernel.expansion import ExpandedNode, expanded_nodes
from exactnet.kernel.network import THRESHOLD, Network

__all__ = [
    "MAX_VALUES",
    "AdditionError",
    "Columns",
    "Found",
    "Problem",
    "Row",
    "check_addition",
    "event_table",
    "extreme_sums",
    "false_events",
    "rows",
]

Column = npt.NDArray[np.int64]
Method = Literal["values", "counting"]

#: The most values of a form, or of a partial sum, that are looked at.
MAX_VALUES = 2**25
#: What an output adds up must be less, whatever the signs: sums are held in 64 bits.
MAX_SUM = 2**62

_ZERO = mpq(0)


class AdditionError(ExactnetError):
    """A circuit that is not recognised, so that nothing is said about it; the message names the node."""


class Columns(ABC):
    """A sum of bits in columns: those of column ``c`` weigh ``2^c``.

    What is said of ``n`` numbers of ``B`` bits holds for columns of any heights, with the height of a column for ``n``.
    """

    @property
    @abstractmethod
    def heights(self) -> tuple[int, ...]:
        """How many bits each column has, lowest column first; at least one column."""

    @abstractmethod
    def column(self, c: int) -> tuple[str, ...]:
        """The names of the bits of column ``c``."""

    def top(self, j: int) -> int:
        """The highest column that bit ``j`` depends on."""
        return min(j, len(self.heights) - 1)

    def most(self, j: int, level: int) -> int:
        """The largest value of ``G_level`` (0 above the top column)."""
        return sum(self.heights[c] << (c - level) for c in range(level, self.top(j) + 1))

    def counts(self, j: int) -> range:
        """The ``v >= 1`` with ``G_0 >= v*2^j`` for some input: bit ``j`` is the sum of ``(-1)^(v+1) 1[G_0 >= v*2^j]``."""
        return range(1, (self.most(j, 0) >> j) + 1)


@dataclass(frozen=True)
class Problem(Columns):
    """The sum of ``n`` numbers of ``bits`` bits.

    >>> problem = Problem(3, 2)
    >>> problem.inputs, problem.outputs
    (('x1_1', 'x1_0', 'x2_1', 'x2_0', 'x3_1', 'x3_0'), ('s3', 's2', 's1', 's0'))
    >>> problem.heights, problem.column(0)
    ((3, 3), ('x1_0', 'x2_0', 'x3_0'))
    """

    n: int
    bits: int

    @property
    def heights(self) -> tuple[int, ...]:
        """Every column has the same."""
        return (self.n,) * self.bits

    def column(self, c: int) -> tuple[str, ...]:
        """Bit ``c`` of every number."""
        return tuple(f"x{i}_{c}" for i in range(1, self.n + 1))

    @property
    def inputs(self) -> tuple[str, ...]:
        """``x{i}_{c}`` is bit ``c`` of number ``i``; highest bits first."""
        return tuple(f"x{i}_{c}" for i in range(1, self.n + 1) for c in range(self.bits - 1, -1, -1))

    @property
    def outputs(self) -> tuple[str, ...]:
        """``s{j}`` is bit ``j`` of the sum; highest bits first."""
        places = (self.n * ((1 << self.bits) - 1)).bit_length()
        return tuple(f"s{j}" for j in range(places - 1, -1, -1))

    def input_of(self, columns: Sequence[int]) -> list[int]:
        """An input with these numbers of ones in its columns, lowest column first; the others are 0."""
        full = [*columns, *[0] * (self.bits - len(columns))]
        return [int(i < full[c]) for i in range(self.n) for c in range(self.bits - 1, -1, -1)]


@dataclass(frozen=True)
class Row:
    """One event of the lemma at level ``b``: ``G_{b+1} = value`` and ``A_b >= at``; ``sign`` is ``(-1)^(v+1)``."""

    value: int
    at: int
    sign: int


def rows(problem: Columns, j: int, level: int) -> list[Row]:
    """The events of a level: ``G_{b+1} = v*2^(j-b-1) - h`` and ``A_b >= 2h + need``, ``need = 1`` but 0 at the lowest level.

    Those that no input can have are left out.
    """
    need, most = int(level > 0), problem.most(j, level + 1)
    return [
        Row(value, 2 * h + need, 1 if v % 2 else -1)
        for v in problem.counts(j)
        for h in range((problem.heights[level] - need) // 2 + 1)
        if 0 <= (value := (v << (j - level - 1)) - h) <= most
    ]


def event_table(height: int, listed: Iterable[Row], q: int) -> Column:
    """``e[x, a]``: the events of a level modulo ``q`` added up, where ``G_{b+1} = x (mod q)`` and ``A_b = a <= height``."""
    table = np.zeros((q, height + 1), dtype=np.int64)
    for row in listed:
        table[row.value % q, row.at :] += row.sign
    return table


def false_events(problem: Columns, j: int, level: int, least: int) -> tuple[int, int]:
    """The most false events of a level on any input, those with sign + and those with sign -.

    The moduli are pairwise coprime and at least ``least``. A modulus has a false event for a row only if it divides ``G_{b+1} -
    value``, which is not 0, and at most ``floor(log_least)`` of it can.
    """
    most = problem.most(j, level + 1)
    plus = minus = 0
    for row in rows(problem, j, level):
        size, divisors = max(row.value, most - row.value), 0
        while size >= least:
            size, divisors = size // least, divisors + 1
        plus, minus = plus + divisors * (row.sign > 0), minus + divisors * (row.sign < 0)
    return plus, minus


# --- from the network to functions of digits ----------------------------------------------------


@dataclass
class Forms:
    """What one output adds up: functions of ``G_b`` by level, and of ``(G_{b+1} mod q, A_b)`` by level and ``q``."""

    exact: dict[int, list[tuple[int, int]]]
    """Level to the breakpoints of the function: at which value it changes, and by how much."""
    events: dict[int, list[tuple[int, Column]]]
    threshold: int
    """The output is 1 iff the sum is at least this."""


@dataclass(frozen=True)
class Found:
    """The verdict on one output."""

    output: str
    right: bool
    method: Method
    moduli: tuple[int, ...]
    counterexample: list[int] | None = None
    """An input on which the output is wrong, if there is one."""


class _Reader:
    """Reads outputs and the gates below them; gates that share a form are recognised once."""

    def __init__(self, problem: Problem, net: Network) -> None:
        self.problem = problem
        self.inputs = set(problem.inputs)
        self.gates: dict[str, ExpandedNode] = {node.id: node for node in expanded_nodes(list(net.nodes()), net.outputs)}
        self._weights: dict[int, dict[int, int]] = {}

    def forms(self, output: str) -> Forms:
        """What one output adds up."""
        j, gate = int(output[1:]), self.gates[output]
        sources = {source: gate.scale * coef for source, coef in gate.form.coefs.items()}
        if gate.kind != THRESHOLD or any(w.denominator != 1 for w in [*sources.values(), gate.bias]):
            raise AdditionError(f"output {output} is not a gate with integer weights")
        constant = int(gate.bias)
        if sources and sources.keys() <= self.inputs:  # the bit is a gate of the first layer
            sources, constant = {output: mpq(1)}, -1
        jumps: dict[tuple[tuple[int, int], ...], dict[int, int]] = {}
        for source, weight in sources.items():
            weights, at = self._gate(source, output)
            change = int(weight)
            if max(weights) > self.problem.top(j):
                raise AdditionError(f"gate {clip_text(source)} reads columns that bit {j} does not depend on")
            if weights[min(weights)] < 0:  # 1[F >= t] = 1 - 1[-F >= 1 - t]
                weights = {c: -w for c, w in weights.items()}
                at, change, constant = 1 - at, -change, constant + change
            places = jumps.setdefault(tuple(sorted(weights.items())), {})
            places[at] = places.get(at, 0) + change
        if sum(abs(change) for places in jumps.values() for change in places.values()) >= MAX_SUM:
            raise AdditionError(f"output {output} adds up weights of {MAX_SUM} and more: too large for 64 bits")
        forms = Forms({}, {}, -constant)
        for form, places in jumps.items():
            _place(self.problem, j, dict(form), sorted(places.items()), forms, output)
        return forms

    def _gate(self, name: str, reader: str) -> tuple[dict[int, int], int]:
        """A gate over inputs as ``1[form >= at]``: the weight of each column that is read, and ``at``."""
        gate = self.gates.get(name)
        if gate is None or gate.kind != THRESHOLD or not gate.form.coefs or not gate.form.coefs.keys() <= self.inputs:
            raise AdditionError(f"output {reader} reads {clip_text(name)}, which is not a gate over inputs")
        if id(gate.form) not in self._weights:
            self._weights[id(gate.form)] = self._columns(gate)
        weights = {c: gate.scale * w for c, w in self._weights[id(gate.form)].items()}
        if any(w.denominator != 1 for w in [*weights.values(), gate.bias]):
            raise AdditionError(f"gate {clip_text(name)} has weights that are no integers")
        return {c: int(w) for c, w in weights.items()}, -int(gate.bias)

    def _columns(self, gate: ExpandedNode) -> dict[int, mpq]:
        weights = {}
        for c in range(self.problem.bits):
            coefs = {gate.form.coefs.get(f"x{i}_{c}", _ZERO) for i in range(1, self.problem.n + 1)}
            if len(coefs) > 1:
                raise AdditionError(f"gate {clip_text(gate.id)} does not read all bits of column {c} with one weight")
            (weight,) = coefs
            if weight:
                weights[c] = weight
        return weights


def _place(problem: Problem, j: int, weights: dict[int, int], jumps: list[tuple[int, int]], forms: Forms, output: str) -> None:
    """Recognise one form."""
    level, top, width = min(weights), problem.top(j), problem.n + 1
    if weights == {c: 1 << (c - level) for c in range(level, top + 1)}:
        forms.exact.setdefault(level, []).extend(jumps)
        return
    upper = {c: weights.get(c, 0) for c in range(level + 1, top + 1)}
    if weights[level] != 1 or any(w % width for w in upper.values()):
        raise AdditionError(f"output {output}: a form from column {level} on is neither a sum nor a residue and a digit")
    residues = {c: w // width for c, w in upper.items()}
    q = gcd(*(r - (1 << (c - level - 1)) for c, r in residues.items()))
    low = problem.n * sum(min(0, r) for r in residues.values())
    size = problem.n * sum(abs(r) for r in residues.values()) + 1
    if q == 0:
        q = size
    if q < 2 or max(q, size) * width > MAX_VALUES:
        raise AdditionError(f"output {output}: a form from column {level} on is no residue, or takes too many values")
    steps = np.zeros(size * width, dtype=np.int64)
    for at, change in jumps:  # a gate that is never or always on changes the function nowhere, or from the start
        place = at - low * width
        if place < len(steps):
            steps[max(0, place)] += change
    values = np.cumsum(steps).reshape(size, width)
    if size > q and not np.array_equal(values[q:], values[:-q]):
        raise AdditionError(f"output {output}: the gates on a form from column {level} on have not the period {q}")
    table = np.zeros((q, width), dtype=np.int64)
    known = np.arange(min(size, q))
    table[(known + low) % q] = values[known]
    forms.events.setdefault(level, []).append(_least_period(q, table))


def _least_period(q: int, table: Column) -> tuple[int, Column]:
    """The same function modulo the least divisor of ``q`` that is a period of it."""
    for prime in factorint(q):
        while q % prime == 0 and q > prime and not np.any(table != np.roll(table, q // prime, axis=0)):
            q //= prime
            table = table[:q]
    return q, table


# --- the two checks -------------------------------------------------------------------------


@dataclass(frozen=True)
class Extremes:
    """For every level and every value of ``G`` there, the least and the largest sum so far."""

    least: list[Column]
    largest: list[Column]


def _exact_values(jumps: Iterable[tuple[int, int]], size: int) -> Column:
    steps = np.zeros(size, dtype=np.int64)
    for at, change in jumps:
        if at < size:
            steps[max(0, at)] += change
    return np.cumsum(steps)


def extreme_sums(
    problem: Columns, j: int, exact: Mapping[int, Iterable[tuple[int, int]]], events: Mapping[int, Iterable[tuple[int, Column]]]
) -> Extremes:
    """The least and the largest sum for every value of ``G_b``, over all columns that give it; levels from the top down.

    Raises :class:`SizeError` if there are more than :data:`MAX_VALUES` values.
    """
    if problem.most(j, 0) >= MAX_VALUES:
        raise SizeError(f"bit {j}: the sum takes {problem.most(j, 0) + 1} values, more than {MAX_VALUES}")
    least, largest = [np.zeros(1, dtype=np.int64)], [np.zeros(1, dtype=np.int64)]
    for level in range(problem.top(j), -1, -1):
        size = problem.most(j, level) + 1
        above = np.arange(problem.most(j, level + 1) + 1)
        low, high = np.full(size, np.iinfo(np.int64).max), np.full(size, np.iinfo(np.int64).min)
        height = problem.heights[level]
        added = np.zeros((len(above), height + 1), dtype=np.int64)
        for q, table in events.get(level, ()):
            added += table[above % q]
        for a in range(height + 1):
            places = slice(a, a + 2 * len(above), 2)
            low[places] = np.minimum(low[places], least[-1] + added[:, a])
            high[places] = np.maximum(high[places], largest[-1] + added[:, a])
        alone = _exact_values(exact.get(level, ()), size)
        least.append(low + alone)
        largest.append(high + alone)
    return Extremes(least, largest)


def _trace(problem: Problem, j: int, forms: Forms, extremes: Extremes, value: int, largest: bool) -> list[int]:
    """Columns, lowest first, that give ``G_0 = value`` with the extreme sum."""
    columns = []
    tables = extremes.largest if largest else extremes.least
    for level in range(problem.top(j) + 1):
        here, above = tables[len(tables) - 1 - level], tables[len(tables) - 2 - level]
        alone = int(_exact_values(forms.exact.get(level, ()), value + 1)[value])
        for a in range(problem.n + 1):
            rest = value - a
            if rest < 0 or rest % 2 or rest // 2 >= len(above):
                continue
            added = sum(int(table[rest // 2 % q, a]) for q, table in forms.events.get(level, ()))
            if int(above[rest // 2]) + added + alone == int(here[value]):
                columns.append(a)
                value = rest // 2
                break
    return columns


def _by_values(problem: Problem, output: str, forms: Forms) -> Found:
    j = int(output[1:])
    extremes = extreme_sums(problem, j, forms.exact, forms.events)
    moduli = _moduli(forms)
    ones = (np.arange(problem.most(j, 0) + 1) >> j & 1).astype(bool)
    too_small, too_large = ones & (extremes.least[-1] < forms.threshold), ~ones & (extremes.largest[-1] >= forms.threshold)
    for wrong, largest in ((too_small, False), (too_large, True)):
        places = np.flatnonzero(wrong)
        if len(places):
            columns = _trace(problem, j, forms, extremes, int(places[0]), largest)
            return Found(output, False, "values", moduli, problem.input_of(columns))
    return Found(output, True, "values", moduli)


def _moduli(forms: Forms) -> tuple[int, ...]:
    return tuple(sorted({q for events in forms.events.values() for q, _ in events}))


def _by_counting(problem: Problem, output: str, forms: Forms) -> Found:
    """The functions are those of the lemma, and false events are too few to matter."""
    j, moduli = int(output[1:]), _moduli(forms)
    no = Found(output, False, "counting", moduli)
    if len(forms.exact) != 1:
        return no
    ((level, jumps),) = forms.exact.items()
    need = int(level > 0)
    count = max(1, len(moduli))
    wanted = {(v << (j - level)) + need: count * (1 if v % 2 else -1) for v in problem.counts(j)}
    if {at: change for at, change in jumps if change} != {at: c for at, c in wanted.items() if at <= problem.most(j, level)}:
        return no
    if any(gcd(a, b) != 1 for place, a in enumerate(moduli) for b in moduli[:place]):
        return no
    threshold, plus, minus = forms.threshold, 0, 0
    for below in range(level):
        listed = rows(problem, j, below)
        by_modulus = dict(forms.events.get(below, []))
        if not listed and not by_modulus:
            continue
        if not moduli or tuple(sorted(by_modulus)) != moduli or len(by_modulus) != len(forms.events[below]):
            return no
        for q, table in by_modulus.items():
            distinct = len({row.value % q for row in listed}) == len({row.value for row in listed})
            extra = np.unique(table - event_table(problem.n, listed, q))
            if not distinct or len(extra) > 1:  # a constant is a matter of how complements are read
                return no
            threshold -= int(extra[0])
        more, less = false_events(problem, j, below, moduli[0])
        plus, minus = plus + more, minus + less
    if any(below >= level for below in forms.events):
        return no
    return Found(output, plus < threshold <= count - minus, "counting", moduli)


def check_addition(net: Network, problem: Problem, method: Method = "values") -> list[Found]:
    """Whether every output ``s_j`` of a circuit of depth 2 is bit ``j`` of the sum, for all inputs.

    Parameters ---------- net : a threshold circuit with the inputs of ``problem`` and some of its outputs. method :
        ``"values"`` is exact, and looks at every value of the partial sums; ``"counting"`` is the argument of the
        lemma, for any number of bits.

    Raises
    ------
    AdditionError : the circuit is not recognised; nothing is said about it.
    SizeError : for ``"values"``, the sums take too many values.

    >>> from exactnet.kernel.network import threshold
    >>> ones = {"x1_0": 1, "x2_0": 1}
    >>> nodes = [threshold("a", ones, -1), threshold("b", ones, -2), threshold("s0", {"a": 1, "b": -1}, -1)]
    >>> [found] = check_addition(Network(["x1_0", "x2_0"], nodes, ["s0"]), Problem(2, 1))
    >>> found.right, found.method
    (True, 'values')
    """
    if set(net.inputs) != set(problem.inputs):
        raise AdditionError(f"the inputs are not the bits of {problem.n} numbers of {problem.bits} bits")
    for name in net.outputs:
        if name not in problem.outputs:
            raise AdditionError(f"output {clip_text(name)} is not a bit of the sum of {problem.n} numbers of {problem.bits} bits")
    reader = _Reader(problem, net)
    check = _by_values if method == "values" else _by_counting
    return [check(problem, name, reader.forms(name)) for name in net.outputs]
