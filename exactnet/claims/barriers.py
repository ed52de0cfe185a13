"""S5: the bits of inputs, the functions ``g_v = 1[r*N(x) >= v]``, and whether given circuits compute them (docs/barriers.md).

Part of the trusted base: nothing here comes from a construction. A *family* is one threshold circuit for each ``v`` with
``-rR < v <= rR``. In a certificate all stand beside each other as one network over the bits of the input, lowest bit first,
input after input; its outputs are those of the circuit of the least ``v``, then those of the next.

On the grid ``u = p*x + p^2`` is an integer in ``[0, 2p^2]``, and its bits are meant; on the cube the inputs are bits. Bits that
are no such ``u`` encode no input, and nothing is asked of circuits there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from gmpy2 import mpq

from exactnet.claims.statements import kind_of
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.errors import NetworkError, SizeError
from exactnet.kernel.expansion import live_part
from exactnet.kernel.measures import Measures, measure
from exactnet.kernel.network import Network
from exactnet.kernel.sweep import EvaluatorError
from exactnet.kernel.values import MakeEvaluator, PlainEvaluator

__all__ = [
    "Family",
    "Target",
    "WrongCircuit",
    "bit_names",
    "circuit_options",
    "codes",
    "first_wrong",
    "level_name",
    "measure_circuits",
    "thresholds",
]

#: The most bits in a list of codes: what a file can hold.
MAX_CODES = 4_000_000


def bit_names(name: str, frame: Cube | Grid) -> list[str]:
    """The names of the bits of one input, lowest first; on the cube the input itself.

    >>> bit_names("x1", Grid(1, 2)), bit_names("x1", Cube(2))
    (['x1.0', 'x1.1'], ['x1'])
    """
    if isinstance(frame, Cube):
        return [name]
    return [f"{name}.{s}" for s in range((2 * frame.p**2).bit_length())]


def level_name(output: str, v: int) -> str:
    """What ``1[r*output >= v]`` is called.

    >>> level_name("y", -3)
    'y>=-3'
    """
    return f"{output}>={v}"


def thresholds(output_range: int, r: int) -> range:
    """The ``v`` with ``-rR < v <= rR``, ascending.

    >>> list(thresholds(1, 2))
    [-1, 0, 1, 2]
    """
    return range(1 - r * output_range, r * output_range + 1)


def codes(domain: Domain, frame: Cube | Grid) -> Cube | Points:
    """The bits of all inputs of a domain that lies on ``frame``, in the order of the domain.

    Raises :class:`SizeError` for more than :data:`MAX_CODES` bits in all.

    >>> [tuple(map(int, code)) for code in codes(Grid(1, 1), Grid(1, 1))]
    [(0, 0), (1, 0), (0, 1)]
    """
    if isinstance(domain, Cube):
        return domain
    size = len(bit_names("", frame))
    if isinstance(frame, Cube):
        return Points(tuple(domain))
    if domain.count * domain.d * size > MAX_CODES:
        raise SizeError(
            f"too large: {domain.count} inputs of {domain.d * size} bits each, which are listed in the certificate of the "
            f"circuits, more than {MAX_CODES} bits"
        )
    known: dict[mpq, tuple[mpq, ...]] = {}
    for u in range(frame.base):
        known[frame.value(u)] = tuple(mpq(u >> s & 1) for s in range(size))
    return Points(tuple(tuple(bit for x in point for bit in known[x]) for point in domain))


@dataclass(frozen=True)
class WrongCircuit:
    """The first input of a domain on which a circuit of a family is wrong, and the first such circuit there."""

    index: int
    v: int
    output: int
    """The place of the output, from 0."""
    expected: int
    got: int

    def __str__(self) -> str:
        return f"the circuit for v = {self.v} gives {self.got}, not {self.expected}, at input {self.index} of the domain"


def measure_circuits(circuits: Network) -> Measures:
    """The measures of all circuits beside each other: the depth is that of the deepest, weights are those of normal forms.

    Gates that no output depends on do not count.

    Raises :class:`NetworkError` unless they are threshold circuits.
    """
    if kind_of(circuits) != "circuit":
        raise NetworkError("the circuits are not threshold circuits (threshold and affine nodes, threshold outputs)")
    return measure(live_part(circuits), Cube(len(circuits.inputs)))


def circuit_options(measures: Measures) -> dict[str, str]:
    """What the bounds of the assembled network are made of: the depth ``t``, the bits of weights and biases, and the gates."""
    sizes = {"weight_bits": measures.max_weight, "bias_bits": measures.max_bias}  # integers in normal form
    bits = {name: str(int(size).bit_length()) for name, size in sizes.items()}
    return {"t": str(measures.depth), **bits, "gates": str(measures.gates)}


def first_wrong(
    net: Network, circuits: Network, domain: Domain, output_range: int, r: int, make: MakeEvaluator = PlainEvaluator
) -> WrongCircuit | None:
    """Hold every circuit against ``1[r*N(x) >= v]`` on every input; None if all are right.

    Parameters
    ----------
    net : ``N``, with ``|N| <= output_range`` on ``domain``.
    circuits : all circuits of the family beside each other.
    make : what evaluates.

    Raises :class:`NetworkError` for a wrong number of bits or outputs.

    >>> from exactnet.kernel.network import affine, threshold
    >>> net = Network(["x"], [affine("y", {"x": 1})], ["y"])
    >>> def family(bias):
    ...     gates = [threshold("a", {"x": 1}, bias), threshold("b", {"x": 1}, -1)]
    ...     return Network(["x"], gates, ["a", "b"])
    >>> first_wrong(net, family(0), Cube(1), 1, 1)
    >>> print(first_wrong(net, family(-1), Cube(1), 1, 1))
    the circuit for v = 0 gives 0, not 1, at input 0 of the domain
    """
    frame = domain.frame
    values, places = thresholds(output_range, r), range(len(net.outputs))
    bits = len(bit_names("", frame)) * len(net.inputs)
    count = 2 * output_range * r
    if (len(circuits.inputs), len(circuits.outputs)) != (bits, count * len(places)):
        raise NetworkError(
            f"the circuits have {len(circuits.inputs)} inputs and {len(circuits.outputs)} outputs, not {bits} bits and "
            f"{len(places)} for each of {count} values of v"
        )
    coded = codes(domain, frame)
    original, family = make(net, domain), make(circuits, coded)
    size = min(original.at_once, family.at_once)
    for start in range(0, domain.count, size):
        stop = min(start + size, domain.count)
        exact, digits = original.block(start, stop), family.block(start, stop)
        levels = [exact.split(place, r)[0] for place in places]
        first: WrongCircuit | None = None
        for rank, v in enumerate(values):
            for place in places:
                got = digits.split(rank * len(places) + place, 1)[0]
                wrong = np.flatnonzero(np.asarray(got) != np.asarray(levels[place] >= v))
                if wrong.size and (first is None or start + int(wrong[0]) < first.index):
                    at = int(wrong[0])
                    first = WrongCircuit(start + at, v, place, int(levels[place][at] >= v), int(got[at]))
        for index in sorted({start, stop - 1} if first is None else {first.index}):
            _replay(net, circuits, domain[index], coded[index], values, r, index, first)
        if first is not None:
            return first
    return None


def _replay(
    net: Network,
    circuits: Network,
    point: tuple[mpq, ...],
    code: tuple[mpq, ...],
    values: range,
    r: int,
    index: int,
    wrong_circuit: WrongCircuit | None,
) -> None:
    """What was found at one input, by the definition; raises :class:`EvaluatorError` if it is not so."""
    outputs = net(point)
    expected = [(v, place, int(r * value >= v)) for v in values for place, value in enumerate(outputs)]
    wrong = [
        WrongCircuit(index, v, place, right, int(got))
        for (v, place, right), got in zip(expected, circuits(code), strict=True)
        if got != right
    ]
    if (wrong[0] if wrong else None) != wrong_circuit:
        raise EvaluatorError(f"the evaluators disagree on circuits at input {index} of the domain: report this as a defect")


#: The most circuits that a family may have.
MAX_CIRCUITS = 4096


@dataclass(frozen=True)
class Target:
    """What a family of circuits is about: the inputs, ``R`` and ``r``, and the names of inputs and outputs."""

    domain: Domain
    output_range: int
    r: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    promised: bool
    """Whether ``R`` is a promise; otherwise it is the least."""

    @property
    def frame(self) -> Cube | Grid:
        """The cube or grid that the domain lies on."""
        return self.domain.frame

    @property
    def bits(self) -> list[str]:
        """The names of all bits."""
        return [bit for name in self.inputs for bit in bit_names(name, self.frame)]

    @property
    def thresholds(self) -> range:
        """All ``v``.

        Raises :class:`SizeError` for more than :data:`MAX_CIRCUITS`.
        """
        count = 2 * self.r * self.output_range
        if count > MAX_CIRCUITS:
            raise SizeError(
                f"too large: one circuit for each of 2rR = {count} values of v, more than {MAX_CIRCUITS} "
                f"(r = {self.r}, R = {self.output_range}); a coarser --precision takes fewer"
            )
        return thresholds(self.output_range, self.r)


#: One circuit for each ``v``.
Family = Mapping[int, Network]
