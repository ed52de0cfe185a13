"""Witnesses against a property, replayed exactly; and properties decided on a grid of their box."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.claims.cells.assertion import Comparison, Join
from exactnet.claims.cells.claims import Claim
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.distance.differences import signs_at
from exactnet.files.boxes import Box
from exactnet.foreign.vnnlib import Atom, Formula, Property, witness_number
from exactnet.kernel.domain import Points
from exactnet.kernel.errors import DomainError, FormatError
from exactnet.kernel.network import AFFINE, Network, Node, fresh_name
from exactnet.kernel.values import evaluate

__all__ = [
    "Decision", "Reading", "check_interface", "ends_of_box", "grid_of_box", "on_reals", "prove_on", "replay_witness",
    "run_in_float32",
]

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a witness is under one reading of its decimals.

    Attributes
    ----------
    name : str
        ``as written``, ``float32 inputs``, ``float64 inputs`` or ``onnxruntime``.
    in_box : bool
        Whether all conditions on inputs alone are met.
    counterexample : bool
        Whether all conditions are met.
    failing : tuple of (Atom, mpq)
        Why it is none: the comparisons that are not met, and how far they are from it.
    """

    name: str
    in_box: bool
    counterexample: bool
    failing: tuple[tuple[Atom, mpq], ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether some point of a grid is a counterexample; ``index`` is the first, None if there is none."""

    points: int
    index: int | None
    input: tuple[mpq, ...] | None
    output: tuple[mpq, ...] | None


def check_interface(net: Network, wanted: Property) -> None:
    """Raise :class:`FormatError` for other numbers of inputs or outputs."""
    if (len(net.inputs), len(net.outputs)) != (wanted.inputs, wanted.outputs):
        raise FormatError(
            f"the property is about {wanted.inputs} inputs and {wanted.outputs} outputs, the network has {len(net.inputs)} "
            f"and {len(net.outputs)}"
        )


def replay_witness(
    net: Network, wanted: Property, words: Sequence[str], runtime: Callable[[Sequence[float]], Sequence[float]] | None = None
) -> list[Reading]:
    """Whether a witness is a counterexample: as written, with its inputs rounded to floats, and by another runtime.

    Parameters
    ----------
    net : Network
    wanted : Property
    words : sequence of str
        The inputs as written (:func:`exactnet.foreign.vnnlib.parse_witness`).
    runtime : callable, optional
        Outputs in float32 for inputs in float32 (:func:`run_in_float32`): its values are taken as the numbers that they are.

    Raises
    ------
    FormatError
        For a property of another interface, and for an input beyond float32.
    """
    check_interface(net, wanted)
    written = [witness_number(word) for word in words]
    single = [mpq(_single(value)) for value in written]
    readings = [
        _reading("as written", wanted, written, evaluate(net, written)),
        _reading("float32 inputs", wanted, single, evaluate(net, single)),
    ]
    double = [mpq(_double(value)) for value in written]
    readings.append(_reading("float64 inputs", wanted, double, evaluate(net, double)))
    if runtime is not None:
        outputs = [float(value) for value in runtime([float(value) for value in single])]
        if len(outputs) != wanted.outputs or not all(map(math.isfinite, outputs)):
            raise FormatError("onnxruntime gives other outputs than the network has")
        readings.append(_reading("onnxruntime", wanted, single, [mpq(value) for value in outputs]))
    return readings


def _double(value: mpq) -> float:
    try:
        return float(Fraction(int(value.numerator), int(value.denominator)))
    except OverflowError:
        raise FormatError("an input of the witness is beyond float64") from None


def _single(value: mpq) -> float:
    """The nearest float32, ties to even, with the rational itself as the judge."""
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", _double(value)))[0]
    except OverflowError:
        raise FormatError("an input of the witness is beyond float32") from None
    bits = struct.unpack("<i", struct.pack("<f", rounded))[0]
    near = [rounded]
    for neighbour in (bits - 1, bits + 1):
        candidate = struct.unpack("<f", struct.pack("<i", neighbour))[0] if -(2**31) <= neighbour < 2**31 else rounded
        if math.isfinite(candidate):
            near.append(candidate)
    even = {v: struct.unpack("<i", struct.pack("<f", v))[0] & 1 for v in near}
    return min(near, key=lambda v: (abs(mpq(v) - value), even[v]))


def _reading(name: str, wanted: Property, x: Sequence[mpq], y: Sequence[mpq]) -> Reading:
    failing = tuple(wanted.failing(x, y))
    in_box = not any(_of_inputs(atom) for atom, _ in failing)
    return Reading(name, in_box, not failing, failing)


def _of_inputs(atom: Atom) -> bool:
    return not any(atom.form.y.values())


def run_in_float32(data: bytes) -> Callable[[Sequence[float]], Sequence[float]] | None:
    """What onnxruntime makes of an ONNX model, for one input; None where onnxruntime is not installed or refuses the model."""
    try:
        import onnxruntime
    except ImportError:
        return None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception:  # its exceptions have no common class
        return None
    first = session.get_inputs()[0]
    shape = [dim if isinstance(dim, int) and dim > 0 else 1 for dim in first.shape]

    def run(point: Sequence[float]) -> Sequence[float]:
        values: list[Any] = session.run(None, {first.name: np.array(point, np.float32).reshape(shape)})
        return [float(value) for value in np.ravel(values[0])]

    return run


def grid_of_box(wanted: Property, steps: int) -> Box:
    """A grid of ``steps`` values in each coordinate of the box that a property leaves, its ends included.

    Raises
    ------
    DomainError
        For a coordinate without limits, an empty box, and too many points.
    """
    ends = ends_of_box(wanted)
    lows, highs = [low for low, _ in ends], [high for _, high in ends]
    return Box(lows, highs, [1 if low == high else steps for low, high in ends])


def ends_of_box(wanted: Property) -> list[tuple[mpq, mpq]]:
    """The least and the largest value of each input in the box that a property leaves.

    Raises :class:`DomainError` for a coordinate without limits and for an empty box.
    """
    ends = []
    for place, (low, high) in enumerate(wanted.box()):
        if low is None or high is None:
            raise DomainError(f"the property does not limit input X_{place}: it has no box")
        if low > high:
            raise DomainError(f"the box of the property is empty: X_{place} is at least {low} and at most {high}")
        ends.append((low, high))
    return ends


def on_reals(net: Network, wanted: Property, room: mpq) -> tuple[Claim, Polyhedron]:
    """The claim that all inputs of a property's box miss its assertions by ``room``, and the box, in the inputs that are not fixed.

    Raises :class:`DomainError` for an input without limits, for an empty box, and for one of a single point.
    """
    check_interface(net, wanted)
    ends = ends_of_box(wanted)
    free = [(low, high) for low, high in ends if low != high]
    if not free:
        raise DomainError("the box is one point")
    sides: list[list[mpq]] = []
    for place, (low, high) in enumerate(free):
        for sign, constant in ((1, -low), (-1, high)):
            sides.append([*(mpq(sign * (place == other)) for other in range(len(free))), constant])
    parts = list(_besides(wanted.formula)) or [Formula("and", ())]
    assertion = [item for part in parts for item in _postfix(part)]
    fixed = tuple(low if low == high else None for low, high in ends)
    if len(parts) > 1:
        assertion.append(Join("and", len(parts)))
    claim = Claim("property", assertion=tuple(assertion), room=room, fixed=fixed)
    return claim, Polyhedron.polytope(len(free), sides)


def _besides(part: Formula | Atom) -> Iterator[Formula | Atom]:
    """The parts of a conjunction but those that the box says already."""
    if isinstance(part, Formula) and part.op == "and":
        for inner in part.parts:
            yield from _besides(inner)
    elif isinstance(part, Formula) or part.form.y or part.op not in ("<=", ">=", "==") or sum(map(bool, part.form.x.values())) != 1:
        yield part


def _postfix(part: Formula | Atom) -> Iterator[Comparison | Join]:
    """An assertion with ``>=`` and ``>`` alone; of no parts, ``and`` is ``0 >= 0`` and ``or`` is ``0 > 0``."""
    if isinstance(part, Formula):
        for inner in part.parts:
            yield from _postfix(inner)
        yield Join(part.op, len(part.parts)) if part.parts else Comparison((), (), mpq(0), part.op == "or")
        return
    strict = part.op in ("<", ">", "!=")
    signs = {"<=": (-1,), "<": (-1,), ">=": (1,), ">": (1,)}.get(part.op, (1, -1))
    for sign in signs:
        of = (part.form.x, part.form.y)
        x, y = (tuple((place, sign * weight) for place, weight in weights.items() if weight) for weights in of)
        yield Comparison(x, y, sign * part.form.constant, strict)
    if len(signs) > 1:
        yield Join("or" if strict else "and", 2)


def prove_on(net: Network, wanted: Property, points: Points) -> Decision:
    """Whether one of some points is a counterexample; nothing is said about other points.

    Every comparison becomes an affine output behind the network, whose signs are computed exactly at all points; what is found
    is evaluated once more by definition.
    """
    check_interface(net, wanted)
    atoms = list(dict.fromkeys(map(id, wanted.formula.atoms())))
    by_id = {id(atom): atom for atom in wanted.formula.atoms()}
    of_outputs = [by_id[key] for key in atoms if not _of_inputs(by_id[key])]
    met: dict[int, Flags] = {}
    for key in atoms:
        atom = by_id[key]
        if _of_inputs(atom):
            met[key] = np.array([atom.met(atom.form(point, ())) for point in points], np.bool_)
    if of_outputs:
        taken = {*net.inputs, *net.order}
        names = []
        nodes = list(net.nodes())
        for number, atom in enumerate(of_outputs):
            names.append(fresh_name(f"c{number}", taken))
            sources = {net.inputs[place]: weight for place, weight in atom.form.x.items()}
            for place, weight in atom.form.y.items():
                sources[net.outputs[place]] = sources.get(net.outputs[place], mpq(0)) + weight
            nodes.append(Node(names[-1], AFFINE, sources, atom.form.constant))
        signs = signs_at(Network(net.inputs, nodes, names), points)
        for column, atom in enumerate(of_outputs):
            met[id(atom)] = np.array([atom.met(mpq(sign)) for sign in (-1, 0, 1)], np.bool_)[signs[:, column].astype(np.int64) + 1]
    places = np.flatnonzero(_where(wanted.formula, met))
    if not len(places):
        return Decision(points.count, None, None, None)
    index = int(places[0])
    x = points[index]
    y = evaluate(net, x)
    if not wanted.holds(x, y):
        raise RuntimeError(f"point {index} is no counterexample by definition: please report this as a defect")
    return Decision(points.count, index, x, y)


def _where(part: Formula | Atom, met: dict[int, Flags]) -> Flags:
    if isinstance(part, Atom):
        return met[id(part)]
    inner = [_where(each, met) for each in part.parts]
    return np.asarray((np.logical_and if part.op == "and" else np.logical_or).reduce(inner), np.bool_)
