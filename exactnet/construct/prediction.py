"""What a network under construction will measure, added up from its forms (:mod:`exactnet.construct.tally`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

__all__ = ["Measured", "Places", "Prediction", "Wires", "distinct", "joined", "totals"]

Places = npt.NDArray[np.int64]
Weights = npt.NDArray[np.int64] | npt.NDArray[np.object_]

#: Weights up to this are kept in 64 bits.
_LARGEST = 1 << 62


@dataclass(frozen=True)
class Prediction:
    """What a network under construction would measure (as :class:`exactnet.measures.Measures`), and what it takes."""

    depth: int
    gates: int
    neurons: int
    wires: int
    max_weight: mpq
    max_bias: mpq
    memory: int
    """About how many bytes it takes to build it: :data:`GATE_BYTES` and :data:`TERM_BYTES` for all that is stored."""
    exact: bool = True
    """Whether this is what is built, and not an estimate."""


@dataclass(frozen=True)
class Wires:
    """What is measured of a form over inputs and gates."""

    gates: int
    inputs: int
    peak: int
    """The largest coefficient, absolute; of an input, times what it is read with."""
    content: int
    """The greatest common divisor of the coefficients over integer-valued sources."""
    peak_normal: int
    """The largest of these."""
    layer: int
    constant: int


class Measured:
    """Adds up the measures of gates and outputs."""

    def __init__(self, circuit: bool) -> None:
        self.circuit = circuit
        self.depth = self.count = self.wires = 0
        self.max_weight = self.max_bias = mpq(0)

    def _support(self, form: Wires) -> int:
        return form.inputs + (form.gates if self.circuit else 2 * form.gates)

    def gates(self, form: Wires, places: Places, times: int) -> None:
        """The gates ``1[form >= at]`` at all places, each counted so many times."""
        count = len(places) * times
        self.count += count
        self.depth = max(self.depth, form.layer)
        ends = (form.constant - int(places.min()), form.constant - int(places.max()))
        if not self.circuit:
            self.wires += 2 * count * self._support(form)
            self.record(mpq(form.peak), max(abs(ends[0] + 1), abs(ends[0]), abs(ends[1] + 1), abs(ends[1])))
            return
        self.wires += count * self._support(form)
        biases = np.abs(form.constant - places)
        common = np.gcd(form.content, biases) if form.content else np.maximum(biases, 1)
        common[common == 0] = 1
        self.record(mpq(form.peak_normal, int(common.min())), 0)
        self.max_bias = max(self.max_bias, mpq(int((biases // common).max())))

    def output(self, form: Wires, unit: mpq) -> None:
        """An affine output, ``unit`` times a form."""
        self.wires += self._support(form)
        self.depth = max(self.depth, form.layer)
        self.record(form.peak * unit, abs(form.constant * unit))

    def plain_output(self) -> None:
        """An output that is an input."""
        self.wires += 1
        self.depth = max(self.depth, 1)
        self.record(mpq(1), 0)

    def record(self, weight: mpq, bias: mpq | int) -> None:
        """Note a largest weight and a largest bias."""
        self.max_weight = max(self.max_weight, weight)
        self.max_bias = max(self.max_bias, mpq(bias))


def distinct(places: Places) -> Places:
    """Ascending, without repetition."""
    ascending: Places = np.sort(places, kind="stable")  # which merges runs that ascend already
    first: npt.NDArray[np.bool_] = np.ones(len(ascending), dtype=np.bool_)
    np.greater(ascending[1:], ascending[:-1], out=first[1:])
    return ascending[first]


def joined(places: Places, more: Places) -> Places:
    """The union of two ascending arrays."""
    if not len(places) or not len(more):
        return places if len(places) else more
    at = np.minimum(np.searchsorted(places, more), len(places) - 1)
    new = more[places[at] != more]
    return distinct(np.concatenate([places, new])) if len(new) else places


def totals(parts: Sequence[tuple[Places, Places, int]]) -> tuple[Places, Weights]:
    """The steps of one group in a sum of multiples of sums of steps, with their weights, which may be 0.

    Weights are 64-bit integers, or Python's where these would not do.

    >>> one, two = np.array([3, 5]), np.array([5, 9])
    >>> totals([(one, np.array([1, 2]), 2), (two, np.array([4, 1]), -1)])
    (array([3, 5, 9]), array([ 2,  0, -1]))
    """
    large = sum(int(np.abs(weights).max()) * abs(factor) for _, weights, factor in parts) > _LARGEST
    scaled: list[Weights] = [(weights.astype(object) if large else weights) * factor for _, weights, factor in parts]
    if len(parts) == 1:
        return parts[0][0], scaled[0]
    places, inverse = np.unique(np.concatenate([places for places, _, _ in parts]), return_inverse=True)
    sums: Weights = np.zeros(len(places), dtype=object if large else np.int64)
    np.add.at(sums, inverse, np.concatenate(scaled))
    return places, sums
