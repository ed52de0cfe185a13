"""The walk over the cells of a system.

A *cell* is the set of points of the domain at which every form of a set ``known`` is at least 0. ReLUs that other ReLUs
read (*inner* ones) are decided in order. On a cell on which all sources of a ReLU are affine its argument ``z`` is a form;
if neither ``z`` nor ``-z`` is known to be nonnegative, an oracle proves one of the two, or the cell is split: the walk goes
on with ``z >= 0``, then with ``z <= 0``. When all inner ReLUs are decided, an output is

    affine form + sum of c_g [g]+,        g over the arguments of the other (*last*) ReLUs,

where ``[z]+ = q[g]+`` for ``z = q g`` and ``[z]+ = [g]+ + z`` for ``z = -q g``, ``q > 0``, so that every g is taken once up to
sign and scale. Forms with ``c_g = 0`` in all outputs have cancelled; the others are decided like inner ReLUs. Then the cell is
a *leaf*, on which all outputs are affine.

The leaves cover the domain, since both closed halves are kept at every split and nothing else is removed. So what holds
on every leaf holds on the domain; whether leaves have an interior does not matter for that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from exactnet.claims.cells.forms import Forms
from exactnet.claims.cells.system import Row, System

__all__ = ["Cell", "Leaf", "Oracle", "Walk"]

S = TypeVar("S")


@dataclass(slots=True)
class Cell(Generic[S]):
    """Where a walk is: the values and forms that are known, and how many inner ReLUs are decided.

    ``state`` is the oracle's own; ``path`` holds the forms of the splits, with the sign that they have here.
    """

    values: list[int]
    known: set[int]
    decided: int
    state: S
    path: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf(Generic[S]):
    """A cell on which all outputs are affine: the packed form of each, times the system's scale."""

    cell: Cell[S]
    outputs: tuple[int, ...]


class Oracle(Protocol[S]):
    """Says how a walk goes on."""

    def sign(self, cell: Cell[S], form: int, last: bool) -> int:
        """1 if the form is proved to be at least 0 on the cell, -1 if at most 0, 0 to split."""
        ...

    def split(self, cell: Cell[S], form: int) -> tuple[S, S]:
        """The states for the two parts, ``form >= 0`` and ``form <= 0``."""
        ...


class Rows:
    """Rows of integers over values that are forms, evaluated together.

    All results stand side by side in one integer, in blocks of ``bits`` bits: a value adds its multiple to all of them at once.
    Each of them fits into its block, so that they come apart again, whatever has been added on the way.
    """

    def __init__(self, forms: Forms, rows: Sequence[Row]) -> None:
        bits = forms.bits
        self._places = [bits * j for j in range(len(rows))]
        self._mask, self._half = (1 << bits) - 1, 1 << (bits - 1)
        self._halves = sum(self._half << place for place in self._places)
        columns: dict[int, int] = {}
        self._start = 0
        for place, row in zip(self._places, rows, strict=True):
            self._start += row.bias * forms.one << place
            for source, weight in row.wires:
                columns[source] = columns.get(source, 0) + (weight << place)
        self._columns = list(columns.items())

    def at(self, values: Sequence[int]) -> int:
        """The forms of the rows, side by side."""
        return self._start + sum([column * values[source] for source, column in self._columns])

    def apart(self, total: int) -> list[int]:
        """Forms that stand side by side, one by one."""
        total, mask, half = total + self._halves, self._mask, self._half
        return [(total >> place & mask) - half for place in self._places]


class Walk(Generic[S]):
    """The cells of a system in a domain.

    Parameters
    ----------
    system : System
    domain : iterable of vectors
        Forms that are at least 0; integer coefficients, the constant last.
    every : bool
        Decide all ReLUs, also those that no other ReLU reads: leaves are then the regions of one activation pattern.
    """

    def __init__(self, system: System, domain: Iterable[tuple[int, ...]], every: bool = False) -> None:
        domain = list(domain)
        d = system.d
        bits = max((abs(c).bit_length() for vector in domain for c in vector), default=0) + 2
        self.system = system
        self.forms = Forms(d, max(system.width(), bits))
        self.base = {self.forms.one, *map(self.forms.pack, domain)}
        inner = range(d, d + len(system.relus)) if every else system.inner()
        last = sorted(set(range(d, d + len(system.relus))) - set(inner))
        self._inner = [
            (target, system.relus[target - d].bias * self.forms.one, system.relus[target - d].wires) for target in inner
        ]
        self._last = Rows(self.forms, [system.relus[j - d] for j in last])
        self._outputs = Rows(self.forms, system.outputs)  # last ReLUs have value 0 there
        wires = [(dict(row.wires), self.forms.bits * k) for k, row in enumerate(system.outputs)]
        self._weights = [sum(weights.get(j, 0) << place for weights, place in wires) for j in last]

    def root(self, state: S) -> Cell[S]:
        """The whole domain."""
        d = self.system.d
        variables = [self.forms.pack([int(i == k) for k in range(d + 1)]) for i in range(d)]
        return Cell(variables + [0] * len(self.system.relus), set(self.base), 0, state)

    def leaves(self, oracle: Oracle[S], start: Cell[S]) -> Iterator[Leaf[S]]:
        """The leaves of a cell, in the order of a walk that takes ``form >= 0`` first."""
        stack = [start]
        while stack:
            cell = stack.pop()
            values, primitive = cell.values, self.forms.primitive
            while cell.decided < len(self._inner):
                target, bias, wires = self._inner[cell.decided]
                cell.decided += 1
                z = bias + sum([weight * values[source] for source, weight in wires])
                if z and self._sign(oracle, cell, stack, primitive(z)[0], False) > 0:
                    values[target] = z
            yield self._leaf(oracle, cell, stack)

    def _sign(self, oracle: Oracle[S], cell: Cell[S], stack: list[Cell[S]], form: int, last: bool) -> int:
        """The sign of a form on a cell; where the cell is split, the rest goes on the stack."""
        if form in cell.known:
            return 1
        if -form in cell.known:
            return -1
        sign = oracle.sign(cell, form, last)
        if sign == 0:
            first, second = oracle.split(cell, form)
            stack.append(Cell(cell.values.copy(), cell.known | {-form}, cell.decided, second, (*cell.path, -form)))
            cell.state, cell.path, sign = first, (*cell.path, form), 1
        cell.known.add(sign * form)
        return sign

    def _leaf(self, oracle: Oracle[S], cell: Cell[S], stack: list[Cell[S]]) -> Leaf[S]:
        values, primitive = cell.values, self.forms.primitive
        outputs, terms = self._outputs.at(values), dict[int, int]()
        for z, weights in zip(self._last.apart(self._last.at(values)), self._weights, strict=True):
            if z > 0:
                g, q = primitive(z)
                terms[g] = terms.get(g, 0) + q * weights
            elif z < 0:
                g, q = primitive(-z)
                terms[g] = terms.get(g, 0) + q * weights
                outputs += weights * z
        for g, factors in terms.items():
            if factors and self._sign(oracle, cell, stack, g, True) > 0:
                outputs += factors * g
        return Leaf(cell, tuple(self._outputs.apart(outputs)))
