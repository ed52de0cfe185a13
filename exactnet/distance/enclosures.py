r"""The values of a network on many inputs, each enclosed by integers: 64-bit arithmetic, no floats, a proven error.

A *tensor* holds for each input of a block, and each node of a layer, an integer ``n`` with ``|value - n·unit| <= error``; ``unit``
is a rational that all its numbers share, ``error`` one for each node. Most questions about values (which is largest? further apart
than 1/20?) are decided by that on most inputs, and are asked of the definition on the others.

**One layer.** Let ``v_j`` be the values that it reads, ``k`` of them, with integers ``n_j``, ``|n_j| <= 2^(2L)``, and let
``W_j`` be the nearest integers to ``w_j/u``, ``|W_j| <= 2^(2L)``. With ``n = n1·2^L + n0``, ``W = W1·2^L + W0``,
``0 <= n0, W0 < 2^L``, hence ``|n1|, |W1| <= 2^L``,

    sum W n = 2^(2L)·H + 2^L·M + D,   H = sum W1 n1,   M = sum (W1 n0 + W0 n1),   D = sum W0 n0 in [0, k·2^(2L)).

``L`` is the largest number with ``2 k 2^(2L) < 2^62``: then ``H`` and ``M``, all their terms and all partial sums in whatever
order are less than ``2^62`` in absolute value, so that int64 computes them exactly. ``D`` is left out. The result is
``H·2^g + floor(M / 2^(L-g))`` in units of ``2^(2L-g)`` with the largest ``g`` in ``0 .. L - 1`` for which ``2^g max|H|``,
*computed*, is at most ``2^61``; ``floor(|M|/2^(L-g)) <= 2^62 / 2^(L-g)`` is added to it, which is at most ``2^61`` as well,
as ``g < L``. The bias is rounded to a multiple of the unit. Products of several tensors that one layer reads, and the bias, are
added in one unit, in which they are together less than ``2^62``: exactly where a common unit is fine enough, else rounded down.
The errors add up to

    sum |w_j|·error_j  +  k·u/2·max|n|·unit  (weights)  +  k·2^(2L)·u·unit  (D)  +  1 (floor)  +  1/2 (bias)  new units.

Where a limb is not needed (small weights, small numbers), its products and its errors are not there. Then all ``n`` are divided
by the power of two, rounding down, that makes them at most ``2^(2L')`` for the next layer; this costs one more new unit. ReLU
acts on ``n`` and does not increase the error; where it is shown to be 0 on the whole block, there is none. A gate whose
``n·unit`` is not farther from 0 than the error is *undecided* there, and so is its input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.kernel.domain import Domain, Points
from exactnet.kernel.network import RELU, THRESHOLD, Kind, Network
from exactnet.kernel.rationals import lcm_all
from exactnet.kernel.values import check_range

__all__ = ["Enclosed", "Enclosures", "nodes_by_height"]

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_ZERO, _ONE = mpq(0), mpq(1)
#: Inputs of one block.
AT_ONCE = 2**13
#: Sums are less than this in absolute value.
_SUM = 2**62


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The outputs on a block of inputs.

    Attributes
    ----------
    numbers : array of int64, shape (inputs, outputs)
        ``|value - number·unit| <= error``, on inputs that are decided.
    unit : mpq
    errors : tuple of mpq
        One for each output.
    decided : array of bool, shape (inputs,)
    """

    numbers: Integers
    unit: mpq
    errors: tuple[mpq, ...]
    decided: Flags


@dataclass(slots=True)
class _Tensor:
    numbers: Integers
    unit: mpq
    errors: list[mpq]

    @property
    def most(self) -> int:
        """The largest ``|n|``."""
        return max(abs(int(self.numbers.min())), abs(int(self.numbers.max()))) if self.numbers.size else 0


@dataclass(frozen=True, slots=True)
class _Part:
    """What a layer reads of one tensor: limbs of ``W`` (a row for each source), ``W = high·2^L + low``, and their unit."""

    source: int
    limb: int
    high: Integers | None
    low: Integers
    unit: mpq
    sizes: Integers
    """``|w|`` in multiples of ``grain``, rounded up, at most ``2^L``."""
    grain: mpq
    rounded: bool


@dataclass(frozen=True, slots=True)
class _Layer:
    kind: Kind
    bias: tuple[mpq, ...]
    parts: tuple[_Part, ...]


class Enclosures:
    """A network on a domain, ready to be enclosed.

    Attributes
    ----------
    usable : bool
        Whether all outputs come from one layer (else nothing is enclosed).

    Examples
    --------
    >>> from exactnet.kernel.domain import Cube
    >>> from exactnet.kernel.network import affine
    >>> block = Enclosures(Network(["a"], [affine("y", {"a": "1/3"}, 1)], ["y"]), Cube(1)).block(0, 2)
    >>> [abs(value - n * block.unit) <= block.errors[0] for n, value in zip(block.numbers[:, 0].tolist(), [1, mpq(4, 3)])]
    [True, True]
    >>> block.errors[0] < mpq(1, 10**15)
    True
    """

    def __init__(self, net: Network, domain: Domain) -> None:
        self._domain, self._inputs = domain, len(net.inputs)
        place: dict[str, tuple[int, int]] = {name: (0, column) for column, name in enumerate(net.inputs)}
        width = [len(net.inputs)]
        self._layers: list[_Layer] = []
        for kind, names in nodes_by_height(net):
            self._layers.append(_layer(net, kind, names, place, width))
            place.update({name: (len(width), column) for column, name in enumerate(names)})
            width.append(len(names))
        tensors = {place[name][0] for name in net.outputs}
        self._output, self._columns = place[net.outputs[0]][0], [place[name][1] for name in net.outputs]
        self._last_read = dict.fromkeys(range(len(width)), 0)
        for number, layer in enumerate(self._layers, 1):
            self._last_read.update({part.source: number for part in layer.parts})
        self.usable = len(tensors) == 1 and domain.count < _SUM
        self._points = _integer_points(domain) if isinstance(domain, Points) else None

    @property
    def at_once(self) -> int:
        return AT_ONCE

    def block(self, start: int, stop: int) -> Enclosed:
        """The outputs at ``start <= index < stop``."""
        check_range(self._domain, start, stop)
        undecided = np.zeros(stop - start, np.bool_)
        tensors: dict[int, _Tensor] = {0: self._coordinates(start, stop)}
        for number, layer in enumerate(self._layers, 1):
            tensor = _apply(layer, tensors, stop - start)
            if layer.kind == RELU:
                largest = tensor.numbers.max(axis=0, initial=-_SUM).tolist()
                silent = [most * tensor.unit + error <= 0 for most, error in zip(largest, tensor.errors, strict=True)]
                np.maximum(tensor.numbers, np.int64(0), out=tensor.numbers)
                tensor.errors = [_ZERO if off else error for off, error in zip(silent, tensor.errors, strict=True)]
            elif layer.kind == THRESHOLD:
                unclear = np.array([_floor(error / tensor.unit) if error else -1 for error in tensor.errors], object)
                undecided |= (np.abs(tensor.numbers) <= np.minimum(unclear, _SUM).astype(np.int64)).any(axis=1)
                tensor = _Tensor((tensor.numbers >= 0).astype(np.int64), _ONE, [_ZERO] * len(layer.bias))
            tensors[number] = tensor
            for old in [old for old in tensors if old != self._output and self._last_read[old] <= number]:
                if old != number:
                    del tensors[old]
        output = tensors[self._output]
        errors = tuple(output.errors[column] for column in self._columns)
        return Enclosed(output.numbers[:, self._columns], output.unit, errors, ~undecided)

    def _coordinates(self, start: int, stop: int) -> _Tensor:
        if self._points is not None:
            numbers, unit, error = self._points
            return _Tensor(numbers[start:stop], unit, [error] * self._inputs)
        domain: Any = self._domain
        index = np.arange(start, stop, dtype=np.int64)
        columns = np.empty((stop - start, domain.d), np.int64)
        for column in range(domain.d - 1, -1, -1):
            index, columns[:, column] = np.divmod(index, domain.base)
        return _Tensor(columns + int(domain.value(0) * domain.p), mpq(1, domain.p), [_ZERO] * domain.d)


def nodes_by_height(net: Network) -> list[tuple[Kind, list[str]]]:
    """The nodes by height and kind, each group after those that it reads."""
    level = net.heights()
    groups: dict[tuple[int, Kind], list[str]] = {}
    for name in net.order:
        groups.setdefault((level[name], net.kind(name)), []).append(name)
    return [(kind, names) for (_, kind), names in sorted(groups.items())]


def _layer(net: Network, kind: Kind, names: list[str], place: dict[str, tuple[int, int]], width: Sequence[int]) -> _Layer:
    wires: dict[int, list[tuple[int, int, mpq]]] = {}
    for column, name in enumerate(names):
        for source, weight in net.sources(name):
            tensor, row = place[source]
            wires.setdefault(tensor, []).append((row, column, weight))
    reads = max((width[tensor] for tensor in wires), default=1)
    limb = (62 - (2 * reads).bit_length()) // 2  # 2·reads < 2^bits, so that 2·reads·2^(2·limb) < 2^62
    parts = tuple(_part(tensor, limb, entries, (width[tensor], len(names))) for tensor, entries in wires.items())
    return _Layer(kind, tuple(net.bias(name) for name in names), parts)


def _part(source: int, limb: int, wires: list[tuple[int, int, mpq]], shape: tuple[int, int]) -> _Part:
    scale = lcm_all(weight.denominator for _, _, weight in wires)
    numbers = [int(weight.numerator * (scale // weight.denominator)) for _, _, weight in wires]  # in multiples of 1/scale
    most = max(map(abs, numbers))
    largest, unit = mpq(most, scale), mpq(1, scale)
    rounded = most > 2 ** (2 * limb)
    if rounded:
        unit = _power_above(largest / 2 ** (2 * limb))
    elif most > 2**limb:  # two limbs: use all their bits
        unit /= 2 ** max(0, 2 * limb - 1 - most.bit_length())
    grain = _power_above(largest / 2**limb)
    top, bottom = _ratio(1 / (scale * unit))
    weights = _matrix(shape, wires, [(2 * number * top + bottom) // (2 * bottom) for number in numbers])
    top, bottom = _ratio(1 / (scale * grain))
    sizes = _matrix(shape, wires, [-(-abs(number) * top // bottom) for number in numbers])
    high, low = weights >> limb, weights & ((1 << limb) - 1)
    if not high.any() or largest / unit <= 2**limb:  # then W itself is one limb
        return _Part(source, limb, None, weights, unit, sizes, grain, rounded)
    return _Part(source, limb, high, low, unit, sizes, grain, rounded)


def _ratio(value: mpq) -> tuple[int, int]:
    return int(value.numerator), int(value.denominator)


def _matrix(shape: tuple[int, int], wires: list[tuple[int, int, mpq]], values: list[int]) -> Integers:
    matrix = np.zeros(shape, np.int64)
    matrix[[row for row, _, _ in wires], [column for _, column, _ in wires]] = np.array(values, np.int64)
    return matrix


def _apply(layer: _Layer, tensors: dict[int, _Tensor], count: int) -> _Tensor:
    """The sums of a layer, before its activation."""
    sums = [_multiply(part, tensors[part.source]) for part in layer.parts]
    errors = [sum(parts, _ZERO) for parts in zip(*(tensor.errors for tensor in sums), strict=True)] or [_ZERO] * len(layer.bias)
    largest = max(map(abs, layer.bias))
    unit = mpq(_gcd([tensor.unit for tensor in sums] + [value for value in layer.bias if value])) or _ONE
    if largest / unit + sum(tensor.most * tensor.unit / unit for tensor in sums) <= 2**61:  # and so is every partial sum
        total = _constants(layer.bias, unit, count)
        for tensor in sums:
            total += tensor.numbers * np.int64(int(tensor.unit / unit) if tensor.most else 0)
        return _Tensor(total, unit, errors)
    unit = max((tensor.unit for tensor in sums), default=_ONE)
    # The bias is at most 2^60, the other numbers 2^60 together, rounded down: all partial sums are less than 2^62.
    unit = max([unit, _power_above(largest / 2**60), *(t.unit * 2 ** max(0, (t.most * len(sums)).bit_length() - 60) for t in sums)])
    total = _constants(layer.bias, unit, count)
    for tensor in sums:
        total += _quotients(tensor.numbers, unit / tensor.unit)
    extra = unit / 2 + unit * sum(tensor.unit != unit for tensor in sums)
    return _Tensor(total, unit, [error + extra for error in errors])


def _constants(values: Sequence[mpq], unit: mpq, count: int) -> Integers:
    total = np.empty((count, len(values)), np.int64)
    total[:] = [_floor(value / unit + mpq(1, 2)) for value in values]
    return total


def _quotients(numbers: Integers, factor: mpq) -> Integers:
    """``floor(n / factor)`` for a factor of at least 1."""
    if factor == 1:
        return numbers
    top, bottom = int(factor.numerator), int(factor.denominator)
    if bottom == 1 and top & (top - 1) == 0:
        return numbers >> min(63, top.bit_length() - 1)
    quotients = numbers.astype(object) * bottom // top
    return quotients.astype(np.int64)


def _gcd(values: Sequence[mpq]) -> mpq:
    """The largest rational of which all are multiples (0 for none)."""
    if not values:
        return _ZERO
    scale = lcm_all(value.denominator for value in values)
    return mpq(gcd(*(int(value * scale) for value in values)), int(scale))


def _multiply(part: _Part, tensor: _Tensor) -> _Tensor:
    """One product of the head of this module."""
    limb = part.limb
    tensor = _scaled(tensor, 2 * limb, part.high is not None)
    numbers, most, k = tensor.numbers, tensor.most, part.low.shape[0]
    product = part.unit * tensor.unit
    extra = k * part.unit / 2 * most * tensor.unit if part.rounded else _ZERO
    errors = _carried(part, tensor.errors)
    if part.high is None and most < 2**limb:  # one limb by one limb: nothing is left out
        exactly: Integers = numbers @ part.low
        return _Tensor(exactly, product, [error + extra for error in errors])
    if part.high is not None and most < 2**limb:
        first, second = numbers @ part.high, numbers @ part.low
    elif part.high is None:
        first, second = (numbers >> limb) @ part.low, (numbers & ((1 << limb) - 1)) @ part.low
    else:
        top, bottom = numbers >> limb, numbers & ((1 << limb) - 1)
        first, second = top @ part.high, top @ part.low
        second += bottom @ part.high
        extra += k * 2 ** (2 * limb) * product
        product *= 2**limb
    return _joined(first, second, limb, product * 2**limb, [error + extra for error in errors])


def _carried(part: _Part, errors: Sequence[mpq]) -> list[mpq]:
    """For each node ``sum |w_j|·error_j``, rounded up: k products of numbers up to ``2^L``."""
    largest = max(errors)
    if not largest:
        return [_ZERO] * part.sizes.shape[1]
    grain = _power_above(largest / 2**part.limb)
    numbers = np.array([-_floor(-error / grain) for error in errors], np.int64) @ part.sizes
    unit = grain * part.grain
    return [number * unit for number in numbers.tolist()]


def _joined(high: Integers, low: Integers, limb: int, unit: mpq, errors: list[mpq]) -> _Tensor:
    """``high·2^limb + low`` in multiples of a power of two; ``unit`` is that of ``high``."""
    most = max(abs(int(high.min())), abs(int(high.max()))) if high.size else 0
    guard = max(0, min(limb - 1, 61 - most.bit_length()))
    unit /= 2**guard
    return _Tensor((high << guard) + (low >> (limb - guard)), unit, [error + unit for error in errors])


def _scaled(tensor: _Tensor, bits: int, up: bool) -> _Tensor:
    """The same with ``|n| <= 2^bits``; ``up``: with as many of these bits as there are, so that what is left out is small."""
    shift = tensor.most.bit_length() - bits
    if shift > 0:
        unit = tensor.unit * 2**shift
        return _Tensor(tensor.numbers >> shift, unit, [error + unit for error in tensor.errors])
    if shift < 0 and up:
        return _Tensor(tensor.numbers << -shift, tensor.unit / 2**-shift, tensor.errors)
    return tensor


def _floor(value: mpq) -> int:
    return int(value.numerator // value.denominator)


def _power_above(value: mpq) -> mpq:
    """A power of two that is at least a positive rational, and less than four times as large."""
    exponent = int(value.numerator).bit_length() - int(value.denominator).bit_length() + 1
    return mpq(2) ** exponent


def _integer_points(points: Points) -> tuple[Integers, mpq, mpq]:
    """A list of points as integers, the unit and the error."""
    unit = mpq(1, points.p)
    largest = max((abs(value) for point in points.points for value in point), default=_ZERO)
    error = _ZERO
    if largest / unit > 2**60:
        unit = _power_above(largest / 2**60)
        error = unit / 2
    rows = [[_floor(value / unit + mpq(1, 2)) for value in point] for point in points.points]
    return np.array(rows, np.int64), unit, error
