"""The cost model: the lemmas of a route run against a builder that makes no nodes and counts what they ask for.

:class:`Tally` keeps forms over signals as they are, but of an exact sum only the places of its steps, as an array: no gate
of it gets a name, a node or a wire. From these it finds gates, wires, depth, weights and biases of the network that the same
lemmas would build: exactly, because names, sharing of equal forms and steps, and what is left out because no output needs
it are those of :class:`~exactnet.construct.builder.Builder`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import gcd

import numpy as np
from gmpy2 import mpq

from exactnet.construct.builder import Builder, Table
from exactnet.construct.linear import Linear
from exactnet.construct.prediction import Measured, Places, Prediction, Wires, distinct, joined, totals
from exactnet.network import AFFINE, THRESHOLD, Means, Network, Node
from exactnet.rationals import lcm_all

__all__ = ["Prediction", "Tally", "TallyLimit"]

_NOWHERE: Places = np.zeros(0, dtype=np.int64)

#: The memory that one step takes while a network is built, as a threshold gate and as two ReLUs: measured, on 64-bit Linux,
#: from 3 to 4 and from 4 to 10 thousand bytes, names, wires and what it is known to mean included.
GATE_BYTES = {True: 4096, False: 8192}

#: The memory that one term of a form takes.
TERM_BYTES = 256

#: Of parts that are alike, so many are looked at.
_SAMPLE = 3


class TallyLimit(Exception):
    """Building is too large.

    Attributes
    ----------
    so_far : what had been asked for when this was found out: a lower bound.
    reason : what was too large, if it was not the memory that all takes.
    """

    def __init__(self, so_far: Prediction, reason: str | None = None) -> None:
        super().__init__(reason)
        self.so_far = so_far
        self.reason = reason


@dataclass
class _Group:
    """All steps on one form for one owner: single ones by name, and those of exact sums."""

    form: str
    owner: str
    times: int
    """How often it counts: more than once in a part that stands for others."""
    bulk: Places = field(default_factory=lambda: _NOWHERE)
    needed: list[Places] = field(default_factory=list)
    layer: int = 0
    places: Places = field(default_factory=lambda: _NOWHERE)
    """Those that are counted: that an output needs."""
    scale: int = 1
    shift: int = 0
    """The steps are in truth at ``scale * place - shift``."""


@dataclass
class _Form:
    """An affine node: its terms, and the steps that it sums without naming them."""

    terms: Mapping[str, int]
    constant: int
    group: int = -1
    places: Places = field(default_factory=lambda: _NOWHERE)
    weights: Places = field(default_factory=lambda: _NOWHERE)


@dataclass
class _Vector:
    """A form written out over inputs and gates: single ones by name, and for each group the steps of sums with factors."""

    constant: int = 0
    singles: dict[str, int] = field(default_factory=dict)
    bulk: dict[int, list[tuple[Places, Places, int]]] = field(default_factory=dict)

    def add(self, other: _Vector, factor: int) -> None:
        """Add a multiple of another."""
        self.constant += factor * other.constant
        for name, c in other.singles.items():
            self.singles[name] = self.singles.get(name, 0) + factor * c
        for group, parts in other.bulk.items():
            self.bulk.setdefault(group, []).extend((places, weights, factor * c) for places, weights, c in parts)


class Tally(Builder):
    """Counts what a construction asks for.

    Parameters
    ----------
    circuit : whether a step is a threshold gate, and not two ReLUs.
    limit : the most memory that building may take; :class:`TallyLimit` is raised beyond.
    """

    def __init__(
        self, inputs: Iterable[str], outputs: Iterable[str], circuit: bool, limit: int | None = None
    ) -> None:
        super().__init__(inputs, outputs)
        self.circuit = circuit
        self.limit = limit
        self._memory = 0
        self._times = 1
        self._sampled = False
        self._made: dict[str, _Form] = {}
        self._vectors: dict[str, _Vector] = {}
        self._groups: list[_Group] = []
        self._group_of: dict[tuple[str, str], int] = {}
        self._owner: dict[str, int] = {}
        self._bulks: dict[tuple[int, bytes, bytes], str] = {}
        self._outputs: list[tuple[_Form, mpq]] = []
        self._gate_outputs: list[_Form] = []
        self._integers: dict[str, int] = {}
        self._cancelled: set[tuple[int, int]] = set()

    def alike(self, parts: Sequence[int]) -> Iterator[int]:
        """Of many parts that are alike, a few, each of which counts for several."""
        if len(parts) <= 2 * _SAMPLE:
            yield from parts
            return
        self._sampled = True
        ends = [len(parts) * i // _SAMPLE for i in range(_SAMPLE + 1)]
        for first, end in pairwise(ends):
            self._times = end - first
            yield parts[(first + end) // 2]
        self._times = 1

    # --- what is asked for -------------------------------------------------------------------

    def _store(self, gates: int, terms: int) -> None:
        self._memory += (gates * GATE_BYTES[self.circuit] + terms * TERM_BYTES) * self._times
        if self.limit is not None and self._memory > self.limit:
            self.limit = None
            raise TallyLimit(self.so_far())

    def add(self, node: Node) -> None:
        """An affine node, or a threshold node that is an output."""
        form = _Form({name: int(c) for name, c in node.sources.items()}, int(node.bias))
        if node.kind == THRESHOLD and node.id in self.outputs:
            self._gate_outputs.append(form)
        elif node.kind == AFFINE:
            self._record(node.id, form)
        else:
            raise ValueError(f"{node.id}: a tally takes affine nodes and threshold outputs only")

    def add_input(self, node: Node) -> None:
        """An input is read with the weight ``p``, and counts as an integer."""
        self.add(node)
        self._integers.update({name: int(c) for name, c in node.sources.items()})

    def _record(self, name: str, form: _Form) -> None:
        self._made[name] = form
        self._store(0, 1 + len(form.terms) + len(form.places))

    def _add_form(self, name: str, form: Linear, means: Means | None) -> None:
        self._record(name, _Form(form.terms, form.constant))

    def _add_step(self, gate: str, form: str, at: int, means: Means) -> None:
        raise NotImplementedError

    def _group(self, form: str, owner: str) -> int:
        """The number of the group of steps on a form."""
        key = (form, owner)
        if key not in self._group_of:
            self._group_of[key] = len(self._groups)
            self._groups.append(_Group(form, owner, self._times))
        return self._group_of[key]

    def _step_on(self, node: str, at: int, owner: str) -> str:
        key = (node, at, owner)
        if key not in self._steps:
            group = self._group(node, owner)
            gate = self.fresh(f"{owner}:{node}>={at}" if owner else f"{node}>={at}")
            self.gates += 1
            self._gates[gate] = (node, at)
            self._owner[gate] = group
            self._range[gate] = (0, 1)
            self._steps[key] = gate
            self._store(1, 0)
        return self._steps[key]

    def _sum(self, node: str, places: Table, jumps: Table, owner: str) -> Linear:
        """As in the base class, but the steps stay an array: a signal stands for all of them."""
        if len(places) < 2:
            return super()._sum(node, places, jumps, owner)
        index = self._group(node, owner)
        group = self._groups[index]
        before = len(group.bulk)
        group.bulk = joined(group.bulk, places)
        self.gates += len(group.bulk) - before
        self._store(len(group.bulk) - before, 0)
        return Linear({self._bulk(index, places, jumps): 1})

    def _bulk(self, group: int, places: Places, jumps: Places) -> str:
        """The signal for a sum of steps of one group."""
        key = (group, places.tobytes(), jumps.tobytes())
        if key not in self._bulks:
            found = self._groups[group]
            self._bulks[key] = name = f"{found.form}>=*{group}.{len(self._bulks)}"
            self._record(name, _Form({}, 0, group, places, jumps))
            self._range[name] = (int(jumps[jumps < 0].sum()), int(jumps[jumps > 0].sum()))
        return self._bulks[key]

    def share(self, form: Linear, name: str, low: int, high: int, means: Means | None = None) -> Linear:
        """As in the base class, where a signal that stands for several steps is a form, and steps of one group such a signal."""
        groups = {self._owner.get(gate, -1) for gate in form.terms}
        if len(form.terms) > 1 and len(groups) == 1 and -1 not in groups:
            steps = sorted((self._gates[gate][1], c) for gate, c in form.terms.items())
            at, weights = np.array(steps, dtype=np.int64).T.copy()
            form = Linear({self._bulk(groups.pop(), at, weights): 1}, form.constant)
        if len(form.terms) == 1 and means is None:
            ((signal, c),) = form.terms.items()
            if c == 1 and signal in self._made and self._made[signal].group >= 0:
                key = (((signal, 1),), form.constant)
                if key not in self._shares:
                    fresh = self.fresh(name)
                    self._record(fresh, _Form(form.terms, form.constant))
                    self._shares[key] = fresh
                    self.signal(fresh, low, high)
                return Linear({self._shares[key]: 1})
        return super().share(form, name, low, high, means)

    # --- outputs -----------------------------------------------------------------------------

    def affine_output(self, name: str, weights: Mapping[str, mpq], bias: mpq) -> None:
        """An output that is a linear form."""
        unit = lcm_all(value.denominator for value in [*weights.values(), bias])
        terms = {source: int(c * unit) for source, c in weights.items()}
        self._outputs.append((_Form(terms, int(bias * unit)), mpq(1, unit)))

    def threshold_output(self, name: str, bit: Linear) -> None:
        """An output that is a threshold node."""
        form = self._output_form(bit)
        self._gate_outputs.append(_Form(form.terms, form.constant))

    def network(self) -> Network:
        """There is none."""
        raise NotImplementedError("a tally makes no network")

    # --- what it comes to --------------------------------------------------------------------

    def _expand(self, form: _Form) -> _Vector:
        """Write a form out over inputs and gates. What the forms that it reads come to is kept."""
        vector = _Vector(form.constant)
        if form.group >= 0:
            vector.bulk[form.group] = [(form.places, form.weights, 1)]
        for name, c in form.terms.items():
            if name not in self._made:
                vector.singles[name] = vector.singles.get(name, 0) + c
                continue
            if name not in self._vectors:
                self._vectors[name] = self._expand(self._made[name])
            vector.add(self._vectors[name], c)
        return vector

    def _wires(self, form: _Form) -> Wires:
        """Measure a form over the gates that are needed; all groups that it reads have their layers."""
        vector = self._expand(form)
        bulk = dict(vector.bulk)
        if bulk:
            for name in list(vector.singles):
                group = self._owner.get(name, -1)
                if group in bulk:
                    place = np.array([self._gates[name][1]])
                    bulk[group] = [*bulk[group], (place, np.ones(1, dtype=np.int64), vector.singles.pop(name))]
        gates = inputs = peak = normal = content = 0
        layer = 0
        for name, c in vector.singles.items():
            if not c:
                if name in self._owner:
                    self._cancelled.add((self._owner[name], self._gates[name][1]))
                continue
            peak = max(peak, abs(c))
            group = self._owner.get(name, -1)
            if group < 0:
                inputs += 1
                over_integers = abs(c) // self._integers.get(name, 1)
                content, normal = gcd(content, over_integers), max(normal, over_integers)
                continue
            gates += self._groups[group].times
            content, normal = gcd(content, c), max(normal, abs(c))
            layer = max(layer, self._layer(group))
        for group, parts in bulk.items():
            at, weights = totals(parts)
            self._cancelled.update((group, place) for place in at[weights == 0].tolist())
            weights = weights[weights != 0]
            if not len(weights):
                continue
            gates += len(weights) * self._groups[group].times
            largest = int(np.abs(weights).max())
            peak, normal = max(peak, largest), max(normal, largest)
            content = gcd(content, int(np.gcd.reduce(weights)))
            layer = max(layer, self._layer(group))
        return Wires(gates, inputs, peak, content, normal, layer + 1, vector.constant)

    def _unread(self, forms: Iterable[_Form]) -> int:
        """How many steps are read by no form: wherever one is asked for, the weights cancel. Their ReLUs are no steps."""
        unread = set(self._cancelled)
        for form in forms if unread else ():
            vector = self._expand(form)
            for group, place in list(unread):
                key = (self._groups[group].form, place, self._groups[group].owner)
                weight = vector.singles.get(self._steps.get(key, ""), 0)
                for places, weights, factor in vector.bulk.get(group, ()):
                    weight += sum(weights[places == place].tolist()) * factor
                if weight:
                    unread.discard((group, place))
        return sum(self._groups[group].times for group, place in unread if place in self._groups[group].places)

    def _prune(self) -> list[int]:
        """The groups with gates that an output needs."""
        for group in self._groups:
            group.needed = []
        seen: set[str | int] = set()
        waiting = [*(form for form, _ in self._outputs), *self._gate_outputs]
        while waiting:
            form = waiting.pop()
            if form.group >= 0:
                self._groups[form.group].needed.append(form.places)
                waiting += self._first(form.group, seen)
            for name in form.terms:
                if name in self._owner:
                    self._groups[self._owner[name]].needed.append(np.array([self._gates[name][1]]))
                    waiting += self._first(self._owner[name], seen)
                elif name in self._made and name not in seen:
                    seen.add(name)
                    waiting.append(self._made[name])
        found = [index for index, group in enumerate(self._groups) if group.needed]
        for index in found:
            self._groups[index].places = distinct(np.concatenate(self._groups[index].needed))
        return found

    def _first(self, index: int, seen: set[str | int]) -> list[_Form]:
        """What the steps of a group read, if that has not been asked before."""
        if index in seen:
            return []
        seen.add(index)
        return [self._read_by(self._groups[index])]

    def _read_by(self, group: _Group) -> _Form:
        return self._made.get(group.form) or _Form({group.form: 1}, 0)

    def _layer(self, index: int) -> int:
        """The layer of the steps of a group."""
        group = self._groups[index]
        if not group.layer:
            group.layer = self._wires(self._read_by(group)).layer
        return group.layer

    def _everything(self) -> list[int]:
        """All groups with all gates, needed or not."""
        singles: dict[int, list[int]] = {}
        for gate, index in self._owner.items():
            singles.setdefault(index, []).append(self._gates[gate][1])
        for index, group in enumerate(self._groups):
            group.places = joined(group.bulk, np.sort(np.array(singles.get(index, ()), dtype=np.int64)))
        return list(range(len(self._groups)))

    def prediction(self) -> Prediction:
        """What the network would measure."""
        self.settle()
        return self._measured(self._prune(), [name for name in self.outputs if name in self.inputs])

    def so_far(self) -> Prediction:
        """What has been asked for, needed or not."""
        return self._measured(self._everything(), [])

    def _measured(self, groups: Iterable[int], plain: Iterable[str]) -> Prediction:
        sums, forms = Measured(self.circuit), [*self._gate_outputs, *(form for form, _ in self._outputs)]
        self._cancelled.clear()
        for index in groups:
            group = self._groups[index]
            forms.append(self._read_by(group))
            found = self._wires(forms[-1])
            group.layer = found.layer
            sums.gates(found, group.places * group.scale - group.shift, group.times)
        for form in self._gate_outputs:
            sums.gates(self._wires(form), np.zeros(1, dtype=np.int64), 1)
        for form, unit in self._outputs:
            sums.output(self._wires(form), unit)
        for _ in plain:
            sums.plain_output()
        return Prediction(
            depth=sums.depth,
            gates=sums.count if self.circuit else sums.count - self._unread(forms),
            neurons=sums.count if self.circuit else 2 * sums.count,
            wires=sums.wires,
            max_weight=sums.max_weight,
            max_bias=sums.max_bias,
            memory=self._memory,
            exact=not self._sampled,
        )
