"""In which interval each output must stay, input by input, so that its ends have few bits (S7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.construct.base.messages import short
from exactnet.construct.few_bits.activation import above, blocks, joined
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import RefusedError, clip_text
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational
from exactnet.kernel.values import Block

__all__ = ["Interval", "exact_intervals", "near_intervals", "within_intervals"]

Floors = npt.NDArray[Any]


@dataclass(frozen=True)
class Interval:
    """The values that one output may take: from ``low/scale`` to ``high/scale`` on each input, integers in arrays."""

    low: Floors
    high: Floors
    scale: int


def exact_intervals(net: Network, domain: Domain, r: int) -> list[Interval]:
    """The outputs themselves; all are multiples of ``1/r``.

    >>> from exactnet.kernel.domain import Cube
    >>> from exactnet.kernel.network import affine
    >>> [found] = exact_intervals(Network(["x"], [affine("y", {"x": "1/2"})], ["y"]), Cube(1), 2)
    >>> found.low.tolist(), found.high.tolist(), found.scale
    ([0, 1], [0, 1], 2)
    """

    def ends(block: Block, output: int) -> tuple[Floors, Floors]:
        values, _ = block.split(output, r)
        return values, values

    return _intervals(net, domain, r, ends)


def within_intervals(net: Network, domain: Domain, r: int, epsilon: mpq, largest: int) -> list[Interval]:
    """The multiples of ``1/r`` that enclose ``N`` most widely within ``epsilon`` and within ``[-largest, largest]``.

    Here ``r*epsilon >= 1`` and ``|N| <= largest``, so that ``N`` lies between them.

    >>> from exactnet.kernel.domain import Cube
    >>> from exactnet.kernel.network import affine
    >>> net = Network(["x"], [affine("y", {"x": "2/3"})], ["y"])
    >>> [found] = within_intervals(net, Cube(1), 5, mpq(1, 4), 1)
    >>> found.low.tolist(), found.high.tolist()
    ([-1, 3], [1, 4])
    """
    part, whole = int((r * epsilon).numerator), int((r * epsilon).denominator)

    def ends(block: Block, output: int) -> tuple[Floors, Floors]:
        floors, integral = block.split(output, r * whole)
        floors = floors.astype(object)
        ceilings = floors if integral is None else floors + ~integral
        low, high = -((part - ceilings) // whole), (floors + part) // whole
        return np.maximum(low, -r * largest), np.minimum(high, r * largest)

    return _intervals(net, domain, r, ends)


def near_intervals(net: Network, domain: Domain, r: int, epsilon: mpq, largest: int) -> list[Interval]:
    """``epsilon`` about the nearest multiple of ``1/r``, within ``[-largest, largest]``.

    Raises :class:`RefusedError`, with the input, where ``N`` is further than ``epsilon`` from all multiples of ``1/r``.
    """
    scale, reach = r * int(epsilon.denominator), r * int(epsilon.numerator)
    seen = [0] * len(net.outputs)

    def ends(block: Block, output: int) -> tuple[Floors, Floors]:
        nearest = (block.split(output, 2 * r)[0].astype(object) + 1) // 2 * int(epsilon.denominator)
        floors, integral = block.split(output, scale)
        outside = np.asarray(floors < nearest - reach, np.bool_) | above(floors, integral, nearest + reach)
        if outside.any():
            _refuse_far(net, domain, seen[output] + int(np.argmax(outside)), output, r, epsilon)
        seen[output] += block.count
        return np.maximum(nearest - reach, -scale * largest), np.minimum(nearest + reach, scale * largest)

    return _intervals(net, domain, scale, ends)


def _refuse_far(net: Network, domain: Domain, index: int, output: int, r: int, epsilon: mpq) -> None:
    point = domain[index]
    where = ", ".join(f"{name}={format_rational(x)}" for name, x in list(zip(net.inputs, point, strict=True))[:8])
    value = net(point)[output]
    gap = abs(value - mpq((2 * r * value + 1) // 2, r))
    raise RefusedError(
        f"output {clip_text(net.outputs[output])} is {short(gap)} from the nearest multiple of 1/{r}, more than epsilon = "
        f"{short(epsilon)}, at {where}{', ...' if len(point) > 8 else ''}"
    )


def _intervals(
    net: Network, domain: Domain, scale: int, ends: Callable[[Block, int], tuple[Floors, Floors]]
) -> list[Interval]:
    outputs = range(len(net.outputs))
    found_ends: Iterator[list[tuple[Floors, Floors]]] = ([ends(block, o) for o in outputs] for block in blocks(net, domain))
    columns = zip(*found_ends, strict=True)
    return [Interval(joined(low for low, _ in column), joined(high for _, high in column), scale) for column in columns]
