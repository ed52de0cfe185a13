"""The network under construction: shared forms, steps on them, and exact sums of steps.

Equal forms are one affine node and equal steps one gate, whoever asks for them. A step ``1[F >= t]`` is a
threshold node in a circuit, and ``[F - t + 1]+ - [F - t]+`` in a ReLU network (docs/theory.md).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from math import gcd

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.claims.promises import Means
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.base.memory import NODE_BYTES, TERM_BYTES, USUAL, bytes_text
from exactnet.files.limits import check_expansion
from exactnet.kernel.errors import FormatError, SizeError, clip_text
from exactnet.kernel.network import AFFINE, RELU, THRESHOLD, Network, Node, fresh_name

__all__ = ["Builder", "CircuitBuilder", "ReluBuilder", "check_places", "check_table", "oriented", "summed"]

Table = npt.NDArray[np.int64]
#: Sums and differences of two integers up to this fit 64 bits.
_SAFE = 2**62 - 1

#: The most values that a form may take where a function of it is made.
MAX_TABLE = 2**25


def check_places(largest: int, name: str) -> None:
    """Raise :class:`SizeError` where steps at places up to ``largest`` would take more than 64 bits."""
    if largest > _SAFE:
        raise SizeError(f"{clip_text(name)}: values beyond 2^62 take no steps; a smaller range R may do (--range R)")


def check_table(size: int, name: str) -> None:
    """Raise :class:`SizeError` for a function of a form with more than :data:`MAX_TABLE` values."""
    if size > MAX_TABLE:
        raise SizeError(f"too large to build: a digit form of {clip_text(name)} takes {size} values, more than {MAX_TABLE}")


class Builder(ABC):
    """Collects nodes; every node that it knows as a signal has an integer value in a known range.

    Parameters
    ----------
    inputs, outputs : the names of the network, which no inner node takes.
    """

    def __init__(self, inputs: Iterable[str], outputs: Iterable[str]) -> None:
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self._nodes: dict[str, Node] = {}
        self._range: dict[str, tuple[int, int]] = {}
        self._forms: dict[tuple[tuple[str, int], ...], str] = {}
        self._steps: dict[tuple[str, int, str], str] = {}
        self._shares: dict[tuple[tuple[tuple[str, int], ...], int], str] = {}
        self._taken: set[str] = {*self.inputs, *self.outputs}
        self._gates: dict[str, tuple[str, int]] = {}
        self.gates = 0
        """The number of steps made so far."""
        self.budget: int | None = None
        """The most bytes that all nodes may take; :class:`SizeError` is raised beyond. None for any number."""
        self._memory = 0

    # --- names and signals -------------------------------------------------------------------

    def fresh(self, name: str) -> str:
        """A name that no node has, ``name`` itself if it is free."""
        return fresh_name(name, self._taken)

    def add(self, node: Node) -> None:
        """Add a node as it is (its name must come from :meth:`fresh` or be an output).

        Raises :class:`SizeError` where the nodes take more than the budget.
        """
        self._memory += NODE_BYTES + TERM_BYTES * len(node.sources)
        if self.budget is not None and self._memory > self.budget:
            raise _too_large(f"more than {self.gates} gates", self._memory, self.budget)
        self._nodes[node.id] = node

    def foresee(self, gates: int, name: str) -> None:
        """Raise :class:`SizeError` where a fourth of the gates that are predicted would take more than the budget.

        So what is far too large is refused before its numbers are taken apart.
        """
        memory = gates * NODE_BYTES
        if self.budget is not None and memory > 4 * self.budget:
            raise _too_large(f"about {gates} gates for {clip_text(name)}", memory, self.budget)

    def add_input(self, node: Node) -> None:
        """Add the affine node that reads an input as an integer."""
        self.add(node)

    def node(self, name: str) -> Node:
        """A node made so far."""
        return self._nodes[name]

    def signal(self, name: str, low: int, high: int) -> Linear:
        """Declare that a node's value is an integer in ``[low, high]``; its linear form."""
        self._range[name] = (low, high)
        return Linear({name: 1})

    def interval(self, form: Linear) -> tuple[int, int]:
        """The range of a form over every assignment of its signals, reachable or not."""
        low = high = form.constant
        for name, c in form.terms.items():
            a, b = self._range[name]
            low += c * (a if c > 0 else b)
            high += c * (b if c > 0 else a)
        return low, high

    def mass(self, literals: Iterable[str]) -> int:
        """How many bits literals amount to: the sum of their highest values (``n`` in the bounds)."""
        return sum(self._range[name][1] for name in literals)

    # --- forms, steps, exact sums ------------------------------------------------------------

    def _add_form(self, name: str, form: Linear, means: Means | None) -> None:
        """Add the affine node ``name`` with the value of a form."""
        self.add(Node(name, AFFINE, {source: mpq(c) for source, c in form.terms.items()}, mpq(form.constant), means))

    def name_form(self, form: Linear, name: str) -> str:
        """The node whose value is ``form`` without its constant; made unless an equal one exists."""
        key = tuple(sorted(form.terms.items()))
        if len(key) == 1 and key[0][1] == 1:
            return key[0][0]
        if key not in self._forms:
            fresh = self.fresh(name)
            self._add_form(fresh, Linear(form.terms), None)
            low, high = self.interval(Linear(form.terms))
            self.signal(fresh, low, high)
            self._forms[key] = fresh
        return self._forms[key]

    def step(self, form: Linear, at: int, name: str, owner: str = "") -> Linear:
        """``1[form >= at]`` as a form: a gate, its complement, or a constant.

        The form is first divided by the greatest common divisor of its coefficients, and its sign chosen so that the
        first coefficient is positive: more forms are then equal, and their weights smaller. Gates of different owners
        are not shared.
        """
        if not form.terms:
            return Linear({}, int(form.constant >= at))
        primitive, content = oriented(form)
        if content > 0:
            return self._gate(primitive, -((form.constant - at) // content), name, owner)
        below = (form.constant - at) // -content  # form >= at  iff  primitive <= below
        return Linear({}, 1) - self._gate(primitive, below + 1, name, owner)

    def _gate(self, form: Linear, at: int, name: str, owner: str) -> Linear:
        low, high = self.interval(form)
        if at <= low:
            return Linear({}, 1)
        if at > high:
            return Linear()
        node = self.name_form(form, name)
        if (low, high) == (0, 1) and self._is_bit(node):
            return Linear({node: 1})
        return Linear({self._step_on(node, at, owner): 1})

    def step_sum(self, form: Linear, places: Table, jumps: Table, name: str, owner: str = "") -> Linear:
        """``sum of jumps[i] * 1[form >= places[i]]``, as :meth:`step` makes each gate; places may repeat."""
        if not form.terms:
            return Linear({}, int(jumps[places <= form.constant].sum()))
        primitive, content = oriented(form)
        check_places(max(map(abs, self.interval(primitive))), name)
        if max(abs(form.constant), abs(content)) > _SAFE:
            places = places.astype(object)
        constant = 0
        if content > 0:
            places = -((form.constant - places) // content)
        else:
            places, jumps, constant = (form.constant - places) // -content + 1, -jumps, int(jumps.sum())
        low, high = self.interval(primitive)
        constant += int(jumps[places <= low].sum())
        inside = (places > low) & (places <= high)
        places, jumps = summed(places[inside].astype(np.int64), jumps[inside])
        if not len(places):
            return Linear({}, constant)
        node = self.name_form(primitive, name)
        if (low, high) == (0, 1) and self._is_bit(node):
            return Linear({node: int(jumps[0])}, constant)
        return self._sum(node, places, jumps, owner).plus(constant)

    def _sum(self, node: str, places: Table, jumps: Table, owner: str) -> Linear:
        """``sum of jumps[i] * 1[node >= places[i]]``, one gate for each."""
        steps = zip(places.tolist(), jumps.tolist(), strict=True)
        return Linear({self._step_on(node, at, owner): jump for at, jump in steps})

    def _is_bit(self, node: str) -> bool:
        """Whether a node whose value is in ``[0, 1]`` may stand for a gate: a form with two values is the bit already."""
        return True

    def gate(self, form: Linear, name: str, owner: str = "") -> Linear:
        """``1[form >= 0]`` as it stands: neither divided nor complemented, and a gate even where it is constant.

        For gates that are given: weights and biases stay what they are. Equal gates of one owner are one.
        """
        return Linear({self._step_on(self.name_form(form, name), -form.constant, owner): 1})

    def _step_on(self, node: str, at: int, owner: str) -> str:
        """The gate ``1[node >= at]`` of an owner, made unless it exists."""
        key = (node, at, owner)
        if key not in self._steps:
            gate = self.fresh(f"{owner}:{node}>={at}" if owner else f"{node}>={at}")
            means = Means(f"1[{node} >= {at}]", "step", {node: mpq(1)}, {}, mpq(-at))
            self._add_step(gate, node, at, means)
            self.gates += 1
            self._gates[gate] = (node, at)
            self._range[gate] = (0, 1)
            self._steps[key] = gate
        return self._steps[key]

    @abstractmethod
    def _add_step(self, gate: str, form: str, at: int, means: Means) -> None:
        """Add nodes such that node ``gate`` has the value ``1[form >= at]``."""

    def exact_sum(self, form: Linear, values: Table, name: str, owner: str = "") -> Linear:
        """Any function of an integer form: ``values[v - low]`` where the form is ``v`` in its range ``[low, high]``.

        ``phi(low) + sum of (phi(t) - phi(t-1)) * 1[form >= t]`` at the breakpoints only (docs/theory.md).
        A sum of several gates becomes one affine node, so that its readers share it.
        """
        low, high = self.interval(form)
        check_table(high - low + 1, name)
        check_places(max(abs(low), abs(high)), name)
        if len(values) != high - low + 1:
            raise ValueError(f"{name}: {len(values)} values for the range [{low}, {high}]")
        jumps = np.diff(values)
        places = np.flatnonzero(jumps)
        total = self.step_sum(form, places + (low + 1), jumps[places], name, owner)
        return self.share(total.plus(int(values[0])), name, int(values.min()), int(values.max()))

    def multiples(self, form: Linear, q: int, count: int, name: str, owner: str = "") -> Linear:
        """``floor(form / q)``, at most ``count``, for a form that is never negative: a step for every multiple."""
        if count < 1:
            return Linear()
        check_places(q * count, name)
        places = np.arange(1, count + 1, dtype=np.int64) * q
        return self.step_sum(form, places, np.ones_like(places), name, owner)

    def share(self, form: Linear, name: str, low: int, high: int, means: Means | None = None) -> Linear:
        """Name a form whose value is known to lie in ``[low, high]``, so that its readers share one node.

        Unlike the interval of a form, the range given here may use what the construction knows.
        """
        if not form.terms:
            return form
        if len(form.terms) == 1 and means is None:
            return form
        key = (tuple(sorted(form.terms.items())), form.constant)
        if key in self._shares:
            return Linear({self._shares[key]: 1})
        fresh = self.fresh(name)
        self._add_form(fresh, form, means)
        self._shares[key] = fresh
        return self.signal(fresh, low, high)

    def conjunction(self, events: Iterable[Linear], name: str, owner: str = "") -> Linear:
        """``e_1 and ... and e_s`` of 0/1-valued forms: the single gate ``1[sum e_i >= s]`` (docs/theory.md)."""
        events = [event for event in events if event.terms or event.constant != 1]
        if any(not event.terms and event.constant == 0 for event in events):
            return Linear()
        combined: dict[str, int] = {}
        constant = 0
        for event in events:
            constant += event.constant
            for node, c in event.terms.items():
                combined[node] = combined.get(node, 0) + c
        return self.step(Linear(combined, constant), len(events), name, owner)

    def copy(self, bit: Linear, name: str, owner: str = "") -> Linear:
        """One gate that repeats a 0/1-valued sum of gates, so that later layers read one wire.

        With an ``owner`` a single gate that may have other readers is repeated too.
        """
        shared = self.share(bit, name, 0, 1)
        if not shared.terms:
            return shared
        if len(shared.terms) > 1 or shared.constant or set(shared.terms.values()) != {1}:
            return self.step(Linear(shared.terms, shared.constant), 1, name, owner or name)
        (node,) = shared.terms
        return shared if node in self._gates and not owner else Linear({self._step_on(node, 1, owner): 1})

    def own(self, bit: Linear, form: Linear, owner: str) -> Linear:
        """A step of ``form``, or a sum of such, in gates of the owner alone.

        A step may be a signal of the form itself, which has other readers: it is copied.
        """
        parts = [
            (self.copy(Linear({node: 1}), node, owner) if node in form.terms else Linear({node: 1})).scaled(c)
            for node, c in bit.terms.items()
        ]
        return total([*parts, Linear({}, bit.constant)])

    # --- the result --------------------------------------------------------------------------

    def affine_output(self, name: str, weights: Mapping[str, mpq], bias: mpq) -> None:
        """An output that is a linear form."""
        self.add(Node(name, AFFINE, dict(weights), bias))

    def threshold_output(self, name: str, bit: Linear) -> None:
        """An output that is a threshold node, with the value of a 0/1-valued form.

        A form that is one gate or its complement becomes that gate under the output's name; another is rounded,
        ``1[form >= 1]``, by a gate of one more layer.
        """
        form = self._output_form(bit)
        content = gcd(form.content(), form.constant) or 1
        weights = {source: mpq(c // content) for source, c in form.terms.items()}
        self.add(Node(name, THRESHOLD, weights, mpq(form.constant // content)))

    def _output_form(self, bit: Linear) -> Linear:
        """The form that is not negative where a 0/1-valued form is 1: that of its gate, if it is one."""
        if len(bit.terms) == 1:
            ((gate, c),) = bit.terms.items()
            if gate in self._gates and (c, bit.constant) in ((1, 0), (-1, 1)):
                node, at = self._gates[gate]
                return Linear({node: 1}, -at) if c == 1 else Linear({node: -1}, at - 1)
        return bit.plus(-1)

    def settle(self) -> None:  # noqa: B027
        """Make what waits until everything has been asked for; nothing does here."""

    def network(self) -> Network:
        """The network made so far, without the nodes that no output needs.

        Raises :class:`SizeError` where it would be too large to be measured, and read back, within the usual budget.
        """
        self.settle()
        by_name = self._nodes
        needed: set[str] = set()
        stack = [name for name in self.outputs if name in by_name]
        while stack:
            name = stack.pop()
            if name not in needed:
                needed.add(name)
                stack.extend(source for source in by_name[name].sources if source in by_name)
        network = Network(self.inputs, [node for node in by_name.values() if node.id in needed], self.outputs)
        if self.budget is not None and self.budget <= USUAL:
            try:
                check_expansion(network)
            except FormatError as error:
                raise SizeError(f"too large to build: {error}, which takes more than {bytes_text(USUAL)} (--max-memory)") from None
        return network


def _too_large(gates: str, memory: int, budget: int) -> SizeError:
    took, available = bytes_text(memory), bytes_text(budget)
    return SizeError(f"too large to build: {gates}, {took} of memory, against {available} available (--max-memory)")


def oriented(form: Linear) -> tuple[Linear, int]:
    """A form without its constant as a multiple of one whose coefficients have no common divisor, the first positive."""
    content = form.content() if form.terms[min(form.terms)] > 0 else -form.content()
    return Linear({name: c // content for name, c in form.terms.items()}), content


def summed(places: Table, weights: Table) -> tuple[Table, Table]:
    """Ascending places without repetition, with the sums of their weights; those with sum 0 are dropped.

    >>> summed(np.array([5, 3, 5, 4, 4]), np.array([1, 2, 3, 1, -1]))
    (array([3, 5]), array([2, 4]))
    """
    if len(places) > 1 and places[0] > places[-1]:
        places, weights = places[::-1], weights[::-1]
    if not np.all(places[1:] > places[:-1]):
        places, inverse = np.unique(places, return_inverse=True)
        sums = np.zeros(len(places), dtype=np.int64)
        np.add.at(sums, inverse, weights)
        weights = sums
    kept = weights != 0
    return (places, weights) if kept.all() else (places[kept], weights[kept])


class CircuitBuilder(Builder):
    """Steps are threshold nodes."""

    def _add_step(self, gate: str, form: str, at: int, means: Means) -> None:
        self.add(Node(gate, THRESHOLD, {form: mpq(1)}, mpq(-at), means))


class ReluBuilder(Builder):
    """Steps are differences of two ReLUs: for an integer ``z``, ``1[z >= 0] = [z+1]+ - [z]+``."""

    def _add_step(self, gate: str, form: str, at: int, means: Means) -> None:
        upper, lower = self.fresh(gate + "+"), self.fresh(gate + "-")
        self.add(Node(upper, RELU, {form: mpq(1)}, mpq(1 - at)))
        self.add(Node(lower, RELU, {form: mpq(1)}, mpq(-at)))
        self.add(Node(gate, AFFINE, {upper: mpq(1), lower: mpq(-1)}, mpq(0), means))
