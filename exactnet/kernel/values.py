"""What a network computes: the definition, and one plain evaluator for many inputs at a time.

:func:`all_values` is the definition, one input at a time in rational arithmetic. :class:`PlainEvaluator` computes the same values
node by node over arrays of integers, each array in the narrowest NumPy type that holds it, Python integers past 64 bits.

**Why no integer overflows.** Every value is ``n/unit`` with an integer ``n`` and a positive rational ``unit`` of the
node, so ReLU and threshold act on ``n``. A node's ``n`` is ``head + sum of c_j*n_j`` over arrays ``n_j`` of inputs
and earlier nodes, with integers ``head`` and ``c_j``. Arrays hold some inputs at a time, and of each the largest
absolute value ``m_j`` is *computed*. Let ``reach = |head| + sum of |c_j|*max(m_j, 1)``. It bounds the absolute value
of everything that is computed for the node: ``head``, each coefficient, each element of each array, each product
``c_j*n_j``, each sum of some of the products with or without ``head`` (so each partial sum, in any order), and what
ReLU makes of the whole. All of this is computed in a type that holds ``-reach .. reach``, and the result, whose
largest absolute value is computed there, is kept in a type that holds that. Nothing is shifted, and nothing divided
but in :class:`Block`, whose methods have a proof of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq, mpz

from exactnet.kernel.domain import Domain, Points, check_dimension
from exactnet.kernel.errors import DomainError, NetworkError
from exactnet.kernel.network import AFFINE, RELU, THRESHOLD, Kind, Network
from exactnet.kernel.rationals import lcm_all

__all__ = [
    "CHUNK", "Block", "Evaluator", "MakeEvaluator", "PlainEvaluator", "all_values", "check_range", "evaluate",
]

Array = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]

_ZERO, _ONE = mpq(0), mpq(1)
#: A good number of inputs for one block.
CHUNK = 2**16
#: The most inputs that are evaluated together, and about the most bytes that their values may take.
MOST_TOGETHER, MEMORY = 2**14, 2**26
#: From so many bits on, integers are kept as gmpy2's, which multiplies them much faster (and short ones more slowly).
LONG = 2000
_AS_MPZ = np.frompyfunc(mpz, 1, 1)


def all_values(net: Network, point: Sequence[mpq]) -> dict[str, mpq]:
    """The value of every node at a point, by definition.

    Parameters
    ----------
    point : one rational per input, in the order of the inputs.

    Raises :class:`NetworkError` for the wrong number of coordinates.
    """
    if len(point) != len(net.inputs):
        raise NetworkError(f"the network has {len(net.inputs)} inputs, the point {len(point)} coordinates")
    value: dict[str, mpq] = dict(zip(net.inputs, point, strict=True))
    for name in net.order:
        z = net.bias(name)
        for source, weight in net.sources(name):
            z += weight * value[source]
        kind = net.kind(name)
        if kind == AFFINE:
            value[name] = z
        elif kind == RELU:
            value[name] = z if z > 0 else _ZERO
        else:
            value[name] = _ONE if z >= 0 else _ZERO
    return value


def evaluate(net: Network, point: Sequence[mpq]) -> tuple[mpq, ...]:
    """The outputs at a point, in order.

    >>> from exactnet.kernel.network import threshold
    >>> evaluate(Network(["x"], [threshold("g", {"x": 1}, -1)], ["g"]), [mpq(1)])
    (mpq(1,1),)
    """
    value = all_values(net, point)
    return tuple(value[name] for name in net.outputs)


def check_range(domain: Domain, start: int, stop: int) -> None:
    """Raise :class:`DomainError` unless ``start <= index < stop`` is a range of inputs of a domain."""
    if not 0 <= start <= stop <= domain.count:
        raise DomainError(f"the range from {start} to {stop} is not part of a domain of {domain.count} inputs")


def _type_for(reach: int) -> np.dtype[Any]:
    """The narrowest signed type that holds ``-reach .. reach``; object, for Python integers, past 64 bits."""
    for size in (1, 2, 4, 8):
        if reach < 1 << 8 * size - 1:
            return np.dtype(f"i{size}")
    return np.dtype(object)


def _number(dtype: np.dtype[Any], n: int) -> Any:
    """An integer as an array of this type takes it, so that NumPy decides about no other type."""
    return n if dtype.hasobject else dtype.type(n)


def _largest(values: Array) -> int:
    """The largest absolute value of some integers (0 for none)."""
    return max(abs(int(values.min())), abs(int(values.max()))) if len(values) else 0


def _as_int64(values: Array) -> Array:
    """Integers of an object array as int64 where all of them fit, else as Python integers."""
    if not values.dtype.hasobject:
        return values
    numbers = list(map(int, values.tolist()))
    fits = all(-(1 << 63) <= n < 1 << 63 for n in numbers)
    return np.array(numbers, np.int64 if fits else object)


@dataclass(frozen=True, slots=True)
class Block:
    """The outputs of a network at ``count`` consecutive inputs of a domain.

    Each is ``n/unit`` for an array of integers ``n`` (int64 or a narrower signed type, without ``-2^63``; or Python integers) and a
    positive rational unit.
    """

    count: int
    outputs: tuple[tuple[Array, mpq], ...]

    def split(self, output: int, r: int) -> tuple[Array, Flags | None]:
        """``floor(r·value)`` of one output, and where ``r·value`` is an integer (None: everywhere); ``r >= 1``.

        The floors come as int64 where all of them fit, else as Python integers in an object array.
        """
        values, unit = self.outputs[output]
        scaled = r / unit  # r*value = n*a/b with positive a and b
        a, b = int(scaled.numerator), int(scaled.denominator)
        # It bounds |n|, |n*a|, a, b, the floors (|floor(z/b)| <= |z| for an integer z) and the remainders (below b).
        reach = max(_largest(values) * a, a, b)
        dtype = np.dtype(np.int64) if reach < 1 << 63 else np.dtype(object)
        products = values.astype(dtype) * _number(dtype, a)
        if b == 1:
            return _as_int64(products), None
        floors = products // _number(dtype, b)
        whole = np.asarray(products % _number(dtype, b) == 0, np.bool_)
        return _as_int64(floors), None if whole.all() else whole

    def max_abs(self, output: int) -> mpq:
        """The largest absolute value of one output in the block (0 for an empty block)."""
        values, unit = self.outputs[output]
        return _largest(values) / unit

    def denominator(self, output: int) -> int:
        """The least ``e >= 1`` such that ``e·value`` is an integer for every input of the block."""
        values, unit = self.outputs[output]
        b = int(unit.numerator)  # n/unit = n*a/b in lowest terms but for n, so b/gcd(b, n) is its denominator
        if b == 1 or not self.count:
            return 1
        return b // gcd(b, *set(values.tolist()))


class Evaluator(Protocol):
    """A network on a domain, ready to be evaluated. It can be pickled."""

    @property
    def at_once(self) -> int:
        """How many inputs a block should have at most, so that its values take little memory."""
        ...

    def block(self, start: int, stop: int) -> Block:
        """The outputs at ``start <= index < stop``.

        Raises :class:`~exactnet.kernel.errors.DomainError` for a range that is not part of the domain.
        """
        ...


#: Makes a network ready to be evaluated on a domain.
MakeEvaluator = Callable[[Network, Domain], Evaluator]


Terms = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """How a node's ``n`` is computed: ``constant + sum of c*n_j`` over nodes and inputs."""

    name: str
    kind: Kind
    constant: int
    high: Terms
    """Inputs that are the same over a row."""
    low: Terms
    """Inputs that change within a row."""
    nodes: Terms
    done: tuple[str, ...]
    """Nodes whose values are not read after this step."""


class PlainEvaluator:
    """A network on a domain, evaluated node by node over arrays; see the head of this module for the proof.

    A cube or grid is cut into *rows*: ranges of inputs on which all but the last coordinates are the same. Over a row, the first
    coordinates are one integer each, so that what a node adds up of them is one integer too; and what it adds up of the last ones
    is the same array for every row, computed once. A list of points is one row.

    Raises :class:`DomainError` where the dimensions differ.

    Examples
    --------
    >>> from exactnet.kernel.domain import Cube
    >>> from exactnet.kernel.network import relu
    >>> net = Network(["a", "b"], [relu("h", {"a": "3/2", "b": 1}, -1)], ["h"])
    >>> block = PlainEvaluator(net, Cube(2)).block(0, 4)
    >>> block.split(0, 1)
    (array([0, 0, 0, 1]), array([ True,  True, False, False]))
    >>> block.max_abs(0), block.denominator(0)
    (mpq(3,2), 2)
    """

    def __init__(self, net: Network, domain: Domain) -> None:
        check_dimension(domain, net.inputs)
        self._domain, self._inputs, self._outputs = domain, net.inputs, net.outputs
        self._columns: dict[str, list[int]] = {}
        if isinstance(domain, Points):
            columns = dict(zip(net.inputs, zip(*domain.points, strict=True), strict=True))
            self._unit = {name: mpq(lcm_all(x.denominator for x in column)) for name, column in columns.items()}
            self._columns = {name: [int(x * self._unit[name]) for x in column] for name, column in columns.items()}
            self._base, self._least, self._length = 1, 0, domain.count
        else:
            self._unit = dict.fromkeys(net.inputs, mpq(domain.p))
            self._base, self._least, self._length = domain.base, int(domain.value(0) * domain.p), domain.base
        forms = {name: self._form(net, name) for name in _order(net)}
        readers = {source: name for name, (_, terms) in forms.items() for source, _ in terms}  # the last of each
        done: dict[str, list[str]] = {name: [] for name in forms}
        for source in forms.keys() & readers.keys() - set(net.outputs):
            done[readers[source]].append(source)
        most = {name: max(map(abs, self._columns.get(name, [self._base]))) for name in net.inputs}
        self._together = max(1, min(MOST_TOGETHER, MEMORY // _bytes(net, forms, done, most, not self._columns)))
        first = 0 if self._columns else domain.d - 1
        while first and self._length * self._base <= self._together:
            first, self._length = first - 1, self._length * self._base
        self._high, self._low = net.inputs[:first], net.inputs[first:]
        self._steps = []
        for name, (constant, terms) in forms.items():
            parts = (self._high, self._low, forms) if first else ((), (), self._unit)  # sums that serve one row are not kept
            high, low, nodes = (tuple(t for t in terms if t[0] in part) for part in parts)
            self._steps.append(_Step(name, net.kind(name), constant, high, low, nodes, tuple(done[name])))
        self._part: tuple[int, int] = (0, 0)
        self._values: dict[str, tuple[Array, int]] = {}
        self._sums: dict[str, tuple[Array, int]] = {}

    def _form(self, net: Network, name: str) -> tuple[int, Terms]:
        """A node's constant and coefficients, integers without a common factor; sets its unit."""
        sources = [(source, weight / self._unit[source]) for source, weight in net.sources(name)]
        bias = net.bias(name)
        den = int(lcm_all([bias.denominator, *[c.denominator for _, c in sources]]))
        constant, *numbers = [int(c.numerator * (den // c.denominator)) for c in (bias, *[c for _, c in sources])]
        common = gcd(constant, *numbers) or 1
        self._unit[name] = mpq(1) if net.kind(name) == THRESHOLD else mpq(den, common)
        return constant // common, tuple((source, n // common) for (source, _), n in zip(sources, numbers, strict=True))

    @property
    def at_once(self) -> int:
        return 4 * self._together

    def block(self, start: int, stop: int) -> Block:
        check_range(self._domain, start, stop)
        count, pieces = stop - start, []
        while start < stop:
            row, begin = divmod(start, self._length)
            end = min(begin + self._together, self._length, begin + stop - start)
            pieces.append(self._run(row, begin, end))
            start += end - begin
        columns = zip(*pieces, strict=True) if pieces else [[np.zeros(0, np.int8)] for _ in self._outputs]
        units = (self._unit[name] for name in self._outputs)
        return Block(count, tuple((np.concatenate(c), unit) for c, unit in zip(columns, units, strict=True)))

    def _run(self, row: int, begin: int, end: int) -> list[Array]:
        """The integers of the outputs at the inputs ``begin <= index < end`` of a row."""
        if self._part != (begin, end):
            self._prepare(begin, end)
        high: dict[str, int] = {}
        for name in reversed(self._high):
            row, digit = divmod(row, self._base)
            high[name] = digit + self._least
        value = dict(self._values)
        for step in self._steps:
            head = step.constant + sum(c * high[name] for name, c in step.high)
            z = _sum(end - begin, head, [(*value[name], c) for name, c in step.nodes], self._sums.get(step.name))
            if step.kind == THRESHOLD:
                value[step.name] = np.asarray(z >= 0, np.int8), 1
            else:
                value[step.name] = _narrow(np.maximum(z, _number(z.dtype, 0)) if step.kind == RELU else z)
            for name in step.done:
                del value[name]
        return [value[name][0] if name in value else _sum(end - begin, high[name], []) for name in self._outputs]

    def _prepare(self, begin: int, end: int) -> None:
        """The coordinates that change within a row, and each node's sum over them, for a part that all rows have."""
        self._values, self._sums, self._part = {}, {}, (begin, end)
        for place, name in enumerate(reversed(self._low)):
            if name in self._columns:
                numbers = np.array(self._columns[name][begin:end], object)
            else:  # indices and strides are below a row's length and coordinates below 2^41, as p <= 10^6
                numbers = np.arange(begin, end, dtype=np.int64) // self._base**place % self._base + self._least
            self._values[name] = _narrow(numbers)
        for step in self._steps:
            if step.low:
                self._sums[step.name] = _narrow(_sum(end - begin, 0, [(*self._values[name], c) for name, c in step.low]))


def _order(net: Network) -> list[str]:
    """The nodes that outputs depend on, each after its sources, and soon after them, so that few values are kept at a time."""
    order, seen = [], set(net.inputs)
    stack = [(name, False) for name in reversed(net.outputs)]
    while stack:
        name, ready = stack.pop()
        if ready:
            order.append(name)
        elif name not in seen:
            seen.add(name)
            stack.append((name, True))
            stack.extend((source, False) for source, _ in net.sources(name))
    return order


def _bytes(net: Network, forms: dict[str, tuple[int, Terms]], done: dict[str, list[str]], most: dict[str, int], sums: bool) -> int:
    """About the most bytes that are held for one input: coordinates, sums over them, and values that are still to be read.

    ``most`` is what inputs are at most. An estimate: only the use of memory rests on it.
    """
    held, kept, peak, size = 8 * len(most), 0, 0, {}
    for name, (constant, terms) in forms.items():
        gate, reach = net.kind(name) == THRESHOLD, abs(constant) + sum(abs(c) * most[source] for source, c in terms)
        most[name], bits = 1 if gate else reach, reach.bit_length()
        size[name] = 1 if gate else 8 if bits < 64 else 40 + bits // 7
        held += size[name] if sums and any(source not in size for source, _ in terms) else 0
        kept += size[name]
        peak = max(peak, kept + 2 * size[name])
        kept -= sum(size[source] for source in done[name])
    return held + peak + 1


def _narrow(values: Array) -> tuple[Array, int]:
    """Integers in the narrowest type that holds them, and their largest absolute value."""
    most = _largest(values)
    if most.bit_length() > LONG:
        return _AS_MPZ(values), most
    return values.astype(_type_for(most), copy=False), most


def _sum(count: int, head: int, terms: Sequence[tuple[Array, int, int]], part: tuple[Array, int] | None = None) -> Array:
    """``head + sum of c*x`` over the terms ``(x, m, c)`` with ``|x| <= m``, and ``part``, an array with its ``m``, with ``c = 1``.

    See the head of this module: every value here is at most ``reach`` in absolute value, which ``wide`` holds.
    """
    reach = abs(head) + sum(abs(c) * max(m, 1) for _, m, c in terms) + (0 if part is None else part[1])
    wide = _type_for(reach)
    z = np.full(count, head, wide) if part is None else part[0].astype(wide, copy=False) + _number(wide, head)
    for values, _, c in terms:
        x = values.astype(wide, copy=False)
        z += x if c == 1 else x * _number(wide, c)
    return z
