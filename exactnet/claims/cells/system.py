"""A signed sum of ReLU networks as one system of integer rows.

Affine nodes are substituted into the nodes that read them. Let ``q > 0``, and let ``f = w·v + b`` have integers ``(w, b)`` without
a common divisor, the first ``w`` positive. The ReLU of ``q f`` is ``q [f]+``, that of ``-q f`` is ``q [f]+ - q f``: the system
holds ``[f]+`` once, for all networks, signs and scales.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd

from gmpy2 import mpq

from exactnet.kernel.errors import NetworkError, clip_text
from exactnet.kernel.network import AFFINE, THRESHOLD, Network

__all__ = ["CONSTANT", "Row", "System", "Term", "integral", "system_of"]

#: A rational form over values (the key; -1 for the constant).
Sparse = dict[int, mpq]

_ONE = mpq(1)
CONSTANT = -1


@dataclass(frozen=True)
class Term:
    """``factor * network(inputs)``, where every input of the network is a multiple of a variable: ``(variable, factor)``.

    An input that is fixed is ``(CONSTANT, value)``. ``biased`` False stands for the network with all its biases 0.
    """

    network: Network
    factor: int
    inputs: Sequence[tuple[int, mpq | int]]
    biased: bool = True


@dataclass(frozen=True)
class Row:
    """``bias + sum of weight * value[source]``, integers."""

    bias: int
    wires: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class System:
    """ReLUs and outputs over values: the variables ``0..d-1`` first, then the ReLUs in order, each after its sources.

    Attributes
    ----------
    d : int
        Number of variables.
    relus : tuple of Row
        ReLU ``j`` is value ``d + j``.
    outputs : tuple of Row
        The outputs, times ``scale``.
    scale : int
        Positive.
    """

    d: int
    relus: tuple[Row, ...]
    outputs: tuple[Row, ...]
    scale: int

    def inner(self) -> tuple[int, ...]:
        """The ReLUs that another ReLU reads, as numbers of values, ascending."""
        return tuple(sorted({source for row in self.relus for source, _ in row.wires if source >= self.d}))

    def width(self) -> int:
        """Bits of a digit that suffice for every form of a walk (:mod:`exactnet.claims.cells.forms`).

        Whatever the signs of the ReLUs, the coefficients of a value are at most ``M`` in size: 1 for a variable, and
        ``|bias| + sum of |weight| M(source)`` for a row. A leaf adds each last ReLU to an output twice at most, hence 2M;
        a difference of two outputs is at most 4M; the rest is room.
        """
        size = [1] * self.d
        for row in self.relus:
            size.append(_bound(row, size))
        return (8 * max([*size, *(_bound(row, size) for row in self.outputs)])).bit_length() + 2

    def depth(self) -> list[int]:
        """Of every value, the most ReLUs on a path to it, itself included."""
        depth = [0] * self.d
        for row in self.relus:
            depth.append(1 + max((depth[source] for source, _ in row.wires), default=0))
        return depth

    def at(self, point: Sequence[mpq]) -> tuple[mpq, ...]:
        """The outputs at a point."""
        value = list(point)
        for row in self.relus:
            value.append(max(_apply(row, value), mpq(0)))
        return tuple(_apply(row, value) / self.scale for row in self.outputs)


def _bound(row: Row, size: Sequence[int]) -> int:
    return abs(row.bias) + sum(abs(weight) * size[source] for source, weight in row.wires)


def _apply(row: Row, value: Sequence[mpq]) -> mpq:
    return sum((weight * value[source] for source, weight in row.wires), mpq(row.bias))


_Relu = Callable[[Mapping[int, mpq]], Mapping[int, mpq]]


def system_of(
    terms: Sequence[Term], d: int, behind: Callable[[Sequence[Mapping[int, mpq]], _Relu], Mapping[int, mpq]] | None = None
) -> System:
    """The sum of terms, output by output, in ``d`` variables; or the one form that ``behind`` makes of these outputs.

    Raises
    ------
    NetworkError
        for a threshold gate, or terms with different numbers of outputs.

    Examples
    --------
    >>> from exactnet.kernel.network import affine, relu
    >>> net = Network(["x"], [relu("h", {"x": "1/2"}), affine("y", {"h": 2, "x": -1})], ["y"])
    >>> odd = system_of([Term(net, 1, [(0, 1)]), Term(net, 1, [(0, -1)])], 1)
    >>> [row.wires for row in odd.relus], odd.outputs[0].wires, odd.scale
    ([((0, 1),)], ((0, -1), (1, 2)), 1)
    """
    known: dict[Row, int] = {}
    totals: list[Sparse] = [{} for _ in terms[0].network.outputs]
    for term in terms:
        outputs = _read(term, d, known)
        if len(outputs) != len(totals):
            raise NetworkError(f"the networks have {len(totals)} and {len(outputs)} outputs")
        for total, output in zip(totals, outputs, strict=True):
            _add(total, output, mpq(term.factor))
    if behind is not None:
        totals = [dict(behind(totals, lambda form: _relu(dict(form), d, known)))]
    return _ordered(d, list(known), totals)


def _read(term: Term, d: int, known: dict[Row, int]) -> list[Sparse]:
    """The outputs of a term as forms over values; its ReLUs are added to those that are known."""
    net = term.network
    form: dict[str, Sparse] = {name: {x: mpq(c)} for name, (x, c) in zip(net.inputs, term.inputs, strict=True)}
    height = net.heights()
    for name in sorted(net.order, key=lambda name: (height[name], name)):  # an order that only the network decides
        kind = net.kind(name)
        if kind == THRESHOLD:
            raise NetworkError(f"node {clip_text(name)} is a threshold gate, which jumps: only ReLU networks are compared")
        total: Sparse = {}
        if term.biased:
            _add(total, {CONSTANT: net.bias(name)}, _ONE)
        for source, weight in net.sources(name):
            _add(total, form[source], weight)
        form[name] = total if kind == AFFINE else _relu(total, d, known)
    return [form[name] for name in net.outputs]


def _relu(form: Sparse, d: int, known: dict[Row, int]) -> Sparse:
    if set(form) <= {CONSTANT}:  # the ReLU of a number
        return {key: value for key, value in form.items() if value > 0}
    row, factor = integral(form)
    result: Sparse = {}
    if row.wires[0][1] < 0:
        result = form
        row = Row(-row.bias, tuple((source, -weight) for source, weight in row.wires))
    return {**result, d + known.setdefault(row, len(known)): factor}


def _add(total: Sparse, form: Mapping[int, mpq], weight: mpq) -> None:
    for key, value in form.items():
        result = total.get(key, 0) + weight * value
        if result:
            total[key] = result
        else:
            total.pop(key, None)


def integral(form: Mapping[int, mpq]) -> tuple[Row, mpq]:
    """``(row, q)`` with ``form = q * row``, ``q > 0`` and integers without a common divisor. The form must not be 0."""
    denominator = 1
    for value in form.values():
        denominator *= int(value.denominator) // gcd(denominator, int(value.denominator))
    numbers = {key: int(value * denominator) for key, value in sorted(form.items())}
    divisor = gcd(*numbers.values())
    bias = numbers.pop(CONSTANT, 0) // divisor
    return Row(bias, tuple((key, number // divisor) for key, number in numbers.items())), mpq(divisor, denominator)


def _ordered(d: int, relus: list[Row], outputs: list[Sparse]) -> System:
    """The ReLUs that the outputs depend on, by depth; the outputs as integers with one scale."""
    needed = {key for output in outputs for key in output if key >= d}
    for j in reversed(range(len(relus))):
        if d + j in needed:
            needed.update(source for source, _ in relus[j].wires)
    depth = System(d, tuple(relus), (), 1).depth()
    kept = sorted((key for key in needed if key >= d), key=lambda key: (depth[key], key))
    place = {key: new for new, key in enumerate([*range(d), *kept])}
    scale = 1
    for output in outputs:
        for value in output.values():
            scale *= int(value.denominator) // gcd(scale, int(value.denominator))
    rows = tuple(Row(relus[key - d].bias, _placed(dict(relus[key - d].wires), place)) for key in kept)
    last = tuple(
        Row(int(output.get(CONSTANT, 0) * scale), _placed({k: int(v * scale) for k, v in output.items() if k != CONSTANT}, place))
        for output in outputs
    )
    return System(d, rows, last, scale)


def _placed(wires: Mapping[int, int], place: Mapping[int, int]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted((place[source], weight) for source, weight in wires.items()))
