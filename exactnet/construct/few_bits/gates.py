"""S7, few bits for threshold circuits: every gate by itself, by a basic solution of its constraints (docs/few-bits.md).

A gate separates the values that its sources take on the domain: those on which it fires, form at least 0, from the
others, form at most -1 after scaling. A basic solution, multiplied by the determinant of its system, is an equivalent
gate with integer weights within Hadamard's bound.

References
----------
S. Muroga, *Threshold Logic and its Applications*, 1971: integer weights of a threshold function and their size.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.construct.few_bits.activation import blocks, coordinates, joined
from exactnet.construct.few_bits.layers import MAX_UNKNOWNS, MAX_VALUES, Solver, check_values
from exactnet.construct.few_bits.linear_program import Row
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import NetworkError, SizeError, clip_text
from exactnet.kernel.expansion import expand
from exactnet.kernel.network import THRESHOLD, Network, Node
from exactnet.kernel.rationals import lcm_all

__all__ = ["GateProgram", "few_bits_circuit"]

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Rows that are known from the beginning, at most about so many; and rows that are added at a time.
_FIRST = 2**10
_ADDED = 2**7
#: Sums of two such numbers fit into int64.
_SAFE = 2**62


def few_bits_circuit(net: Network, domain: Domain, solver: Solver) -> Network:
    """A circuit with the same gates, each with integer weights of few bits (on ``p·x`` where it reads an input ``x``).

    Every gate has the value on the domain that it had. A source that gets weight 0 is read no longer.

    Parameters
    ----------
    net : threshold and affine nodes, threshold outputs.
    solver : one of :data:`exactnet.construct.few_bits.solvers.SOLVERS`.

    Raises
    ------
    NetworkError : the network is no threshold circuit.
    SizeError : a gate reads too much, or there are too many values on the domain.

    >>> from exactnet.construct.few_bits.solvers import SOLVERS
    >>> from exactnet.kernel.domain import Cube
    >>> from exactnet.kernel.network import threshold
    >>> net = Network(["a", "b"], [threshold("y", {"a": 1000, "b": 1001}, -1001)], ["y"])
    >>> [(dict(node.sources), node.bias) for node in few_bits_circuit(net, Cube(2), SOLVERS["walk"]).nodes()]
    [({'b': mpq(1,1)}, mpq(-1,1))]
    """
    plain = expand(net)
    gates = list(plain.nodes())
    for node in gates:
        if node.kind != THRESHOLD:
            raise NetworkError(f"node {clip_text(node.id)} is no threshold gate, and this is no threshold circuit")
    check_values(len(plain.inputs) + len(gates), domain)  # values of inputs are kept, too
    points, p = coordinates(domain), domain.p
    values: dict[str, Integers] = {name: points[:, i] for i, name in enumerate(plain.inputs)}
    every = [node.id for node in gates]
    computed = [[block.split(o, 1)[0] for o in range(len(every))] for block in blocks(Network(plain.inputs, gates, every), domain)]
    values.update((name, joined(parts)) for name, parts in zip(every, zip(*computed, strict=True), strict=True))
    nodes: list[Node] = []
    for node in gates:
        program = GateProgram(node, [values[name] for name in node.sources], values[node.id], set(plain.inputs), p)
        nodes.append(program.gate(solver(program)))
    return Network(plain.inputs, nodes, plain.outputs)


class GateProgram:
    """The linear constraints on the weights of one gate (a :class:`.linear_program.Program`).

    Unknowns are the weights of the sources, as integers, and the bias. Rows are the different values of all sources on the
    domain; their keys are their numbers.
    """

    def __init__(self, gate: Node, sources: Sequence[Integers], fires: Integers, inputs: set[str], p: int) -> None:
        self.original = gate
        self.units = [p if name in inputs else 1 for name in gate.sources]
        if len(self.units) >= MAX_UNKNOWNS:
            raise SizeError(f"too large: gate {clip_text(gate.id)} reads {len(self.units)} sources, more than {MAX_UNKNOWNS}")
        places = _different(sources, len(fires))
        self.table: Integers = np.stack([*(values[places] for values in sources), np.ones(len(places), np.int64)], axis=1)
        self.fires: Flags = fires[places] == 1
        bits = max(int(value).bit_length() for value in self.start)
        if len(self.table) * (len(self.units) + bits // 64) > MAX_VALUES:
            raise SizeError(
                f"too large: gate {clip_text(gate.id)} has weights of {bits} bits, and {len(self.table)} different values of its "
                f"{len(self.units)} sources: more than {MAX_VALUES} words of 64 bits"
            )

    @property
    def start(self) -> list[mpq]:
        """The gate itself, multiplied so that its form is an integer wherever it does not fire."""
        weights = [w / unit for w, unit in zip(self.original.sources.values(), self.units, strict=True)]
        scale = lcm_all(value.denominator for value in [*weights, self.original.bias])
        return [value * scale for value in [*weights, self.original.bias]]

    def first(self) -> dict[Any, Row]:
        """All rows where they are few, else some that are evenly spread."""
        count = len(self.table)
        return {i: self._row(i) for i in range(0, count, max(1, count // _FIRST))}

    def violated(self, point: Sequence[mpq]) -> dict[Any, Row]:
        """The most violated rows; exactly none if all hold."""
        scale = int(lcm_all(value.denominator for value in point))
        form = _product(self.table, [int(value * scale) for value in point])
        if form.dtype == np.int64 and scale >= _SAFE:
            form = form.astype(object)
        amount = np.where(self.fires, -form, form + scale)
        worst = np.flatnonzero(amount > 0)
        if len(worst) > _ADDED:
            worst = worst[np.argsort(-amount[worst], kind="stable")[:_ADDED]]
        return {int(i): self._row(int(i)) for i in worst}

    def gate(self, point: Sequence[mpq]) -> Node:
        """The gate with coprime integer weights, in proportion to a point."""
        scale = lcm_all(value.denominator for value in point)
        content = gcd(*(int(value * scale) for value in point)) or 1
        *weights, bias = (value * scale / content for value in point)
        named = zip(self.original.sources, self.units, weights, strict=True)
        return Node(self.original.id, THRESHOLD, {name: unit * weight for name, unit, weight in named}, bias)

    def _row(self, index: int) -> Row:
        coefs = {j: int(value) for j, value in enumerate(self.table[index]) if value}
        return Row(coefs, mpq(0), None) if self.fires[index] else Row(coefs, None, mpq(-1))


def _different(sources: Sequence[Integers], count: int) -> npt.NDArray[np.intp]:
    """The first of ``count`` inputs for every different value of all sources, ascending."""
    key, radix = np.zeros(count, np.int64), 1
    for values in sources:
        low, size = int(values.min()), int(values.max()) - int(values.min()) + 1
        digit = values - low
        if size > count:  # number the values instead, and below what has been seen so far
            digit, size = np.unique(values, return_inverse=True)[1].astype(np.int64), count
        if radix * size >= _SAFE:
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
            radix = int(key.max()) + 1
        key, radix = key * size + digit, radix * size
    return np.sort(np.unique(key, return_index=True)[1])


def _product(table: Integers, weights: Sequence[int]) -> npt.NDArray[Any]:
    """A table of integers times a vector, exactly: in int64 where no sum can leave it."""
    largest = int(np.abs(table).max(initial=0))
    if largest * sum(map(abs, weights)) < _SAFE:
        return np.asarray(table @ np.array(weights, dtype=np.int64))
    return np.asarray(table.astype(object) @ np.array(weights, dtype=object))
