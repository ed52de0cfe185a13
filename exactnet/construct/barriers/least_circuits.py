"""Circuits of depth 2 with the fewest gates, for functions of a few bits: S5 (b) with circuits that no route made.

A circuit of depth 2 is layered: ``s`` gates read the inputs, and the output gate reads these ``s`` gates alone. (A wire from an
input to the output gate would stand for a pass-through gate, which counts.) A function that is one gate needs no others,
``s = 0``; and ``s = 1`` gives nothing new.

*Exhaustion.* Up to four bits, all threshold functions are listed (:mod:`~exactnet.construct.barriers.threshold_functions`).
As with a gate
its complement is among them, the output gate can be given weights that are not negative. With two gates it is then the
conjunction or the disjunction, with three one of five functions, or fewer gates are enough. All of these and all choices of all
hidden gates but the last are looked at; the last must agree with the function where the output depends on it, and a
table over all sets of points says which gate does. So if nothing is found, there is nothing.

*Programs.* For more gates or more bits an integer program is solved (:mod:`exactnet.construct.barriers.least_program`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.construct.barriers.least_program import solve
from exactnet.construct.barriers.threshold_functions import MAX_BITS, Gate, threshold_functions
from exactnet.kernel.errors import SizeError
from exactnet.kernel.network import THRESHOLD, Network, Node, fresh_name

__all__ = ["MAX_POINTS", "Least", "LeastSearch", "too_many"]

#: Functions on the points, each an integer.
Functions = npt.NDArray[np.int64]

#: Why there is no smaller circuit.
Proof = Literal["", "exhaustion", "integer program"]

#: The most points that an integer program is made for.
MAX_POINTS = 64

#: The gates of two and of three variables that depend on all of them, with weights that are not negative.
_OUTPUTS = {
    2: (Gate((1, 1), 2), Gate((1, 1), 1)),
    3: (Gate((1, 1, 1), 3), Gate((1, 1, 1), 1), Gate((1, 1, 1), 2), Gate((1, 1, 2), 3), Gate((1, 1, 2), 2)),
}


@dataclass(frozen=True)
class Least:
    """A circuit of depth at most 2 with the fewest gates in its first layer, and why there is none with fewer."""

    hidden: tuple[Gate, ...]
    output: Gate
    """Reads the hidden gates; the inputs where there are none."""
    proof: Proof
    """How the next smaller size was ruled out; empty where there is none."""

    @property
    def size(self) -> int:
        """The gates of the first layer; 0 if one gate is all."""
        return len(self.hidden)

    def __call__(self, bits: Sequence[int]) -> int:
        """The value at one input."""
        return self.output([gate(bits) for gate in self.hidden] or bits)

    def circuit(self, inputs: Sequence[str], output: str) -> Network:
        """The circuit over named inputs."""
        taken = {*inputs, output}
        names = [fresh_name(f"h{place}", taken) for place in range(1, self.size + 1)]
        nodes = [_node(name, gate, inputs) for name, gate in zip(names, self.hidden, strict=True)]
        return Network(inputs, [*nodes, _node(output, self.output, names or inputs)], [output])


def _node(name: str, gate: Gate, sources: Sequence[str]) -> Node:
    return Node(name, THRESHOLD, {s: mpq(w) for s, w in zip(sources, gate.weights, strict=True)}, mpq(-gate.at))


def too_many(points: int) -> SizeError:
    """What to raise for more than :data:`MAX_POINTS` points."""
    return SizeError(f"too large: least circuits are searched on at most {MAX_POINTS} inputs, not {points}")


class LeastSearch:
    """Searches circuits with the fewest gates for functions on the same points.

    Parameters
    ----------
    points : different inputs of equally many bits; they need not be all of ``{0,1}^n``.
    most : gates in the first layer at most.

    Raises :class:`SizeError` for more than :data:`MAX_POINTS` points.

    >>> search = LeastSearch([(0, 0), (1, 0), (0, 1), (1, 1)])
    >>> found = search.least(0b0110)
    >>> found.size, found.proof, [found(point) for point in search.points]
    (2, 'exhaustion', [0, 1, 1, 0])
    """

    def __init__(self, points: Sequence[Sequence[int]], most: int = 6) -> None:
        if len(points) > MAX_POINTS:
            raise too_many(len(points))
        self.points = points
        self.most = most
        self.gates = threshold_functions(points) if len(points[0]) <= MAX_BITS else None

    def least(self, function: int) -> Least:
        """A circuit with the fewest gates for the function whose value at point ``j`` is bit ``j``; exactly checked.

        Raises :class:`SizeError` if more than ``most`` gates are needed or the solver gives up, and
        :class:`exactnet.kernel.errors.ExactnetError` if the solver is needed and not installed (the extra ``least``).
        """
        circuit = self._least(function)
        if any(circuit(point) != function >> j & 1 for j, point in enumerate(self.points)):
            raise AssertionError("a least circuit is wrong: please report this as a defect")
        return circuit

    def _least(self, function: int) -> Least:
        proof: Proof = ""
        for size in (0, *range(2, self.most + 1)):
            circuit, how = self._of_size(function, size)
            if circuit is not None:
                return Least(*circuit, proof)
            proof = how
        raise SizeError(f"more than {self.most} gates are needed in the first layer")

    def _of_size(self, function: int, size: int) -> tuple[tuple[tuple[Gate, ...], Gate] | None, Proof]:
        """A circuit with ``size`` gates in the first layer, if there is one, and how it was searched."""
        if self.gates is not None and size == 0:
            gate = self.gates.get(function)
            return (None if gate is None else ((), gate)), "exhaustion"
        if self.gates is not None and size <= 3:
            return _exhaust(function, self.gates, len(self.points), size), "exhaustion"
        weights = solve(function, self.points, max(1, size))
        if weights is not None and size == 0:
            weights = (), _only(weights[0][0], weights[1])
        return weights, "integer program"


def _only(hidden: Gate, output: Gate) -> Gate:
    """The one gate that a hidden gate and an output gate with a weight that is not negative amount to."""
    if output([0]) == output([1]):
        return Gate((0,) * len(hidden.weights), 1 - output([0]))
    return hidden


def _exhaust(
    function: int, gates: dict[int, Gate], points: int, size: int
) -> tuple[tuple[Gate, ...], Gate] | None:
    """Two or three gates and an output gate, by looking at all of them."""
    every = (1 << points) - 1
    # Gates of small weights first, so that they are found first.
    listed = sorted(gates, key=lambda h: (max(map(abs, gates[h].weights)), sum(map(abs, gates[h].weights))))
    all_ = np.array(listed, dtype=np.int64)
    none = len(listed)
    # agrees[D]: the first gate that is the function on the set D of points.
    agrees = np.full(1 << points, none, dtype=np.int64)
    np.minimum.at(agrees, ~(all_ ^ function) & every, np.arange(none))
    for j in range(points):
        halves = agrees.reshape(-1, 2, 1 << j)
        np.minimum(halves[:, 0], halves[:, 1], out=halves[:, 0])
    firsts: list[tuple[int, ...]] = [()] if size == 2 else [(place,) for place in range(none)]
    for output in _OUTPUTS[size]:
        for first in firsts:
            known = [all_[place] for place in first]
            # The output without and with the last gate, as sets of points, for all choices of the gate before it.
            off, on = (_values(output, [*known, all_], last, every) for last in (0, 1))
            right = (off & ~function == 0) & (function & ~on == 0)
            last = np.where(right, agrees[on & ~off & every], none)
            place = int(np.argmin(last))
            if last[place] < none:
                places = (*first, place, int(last[place]))
                return tuple(gates[listed[one]] for one in places), output
    return None


def _values(output: Gate, hidden: Sequence[Functions], last: int, every: int) -> Functions:
    """Where the output is 1 if its last source is ``last`` everywhere."""
    table: Functions = np.zeros_like(hidden[-1])
    for case in range(1 << len(hidden)):
        values = [case >> place & 1 for place in range(len(hidden))]
        if output([*values, last]):
            here = np.full_like(hidden[-1], every)
            for value, function in zip(values, hidden, strict=True):
                here &= function if value else ~function
            table |= here
    return table
