"""Boxes: points with evenly spaced values in each coordinate, which a file describes by their ends and numbers of values.

To the kernel a box is the list of its points; only its description is shorter.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

from gmpy2 import mpq

from exactnet.files.decode import Numbers, as_list, at
from exactnet.kernel.domain import Domain, Points
from exactnet.kernel.errors import DomainError, FormatError, clip_text
from exactnet.kernel.rationals import Rational, as_rational, format_rational

__all__ = ["MAX_NUMBERS", "MAX_POINTS", "Box", "fields_of", "read_box"]

#: The most points of a box, and the most coordinates of all of them.
MAX_POINTS, MAX_NUMBERS = 2**20, 2**24


class Box(Points):
    """The grid of a box.

    Parameters
    ----------
    low, high : sequence of numbers
        Its ends, one for each coordinate.
    steps : sequence of int
        How many values each coordinate takes, evenly spaced, ends included; 1: the low end only.

    Raises
    ------
    DomainError
        For an empty box, numbers of values that are not positive, more than :data:`MAX_POINTS` points.

    Examples
    --------
    >>> [[str(x) for x in point] for point in Box([0, 1], [1, 1], [3, 1])]
    [['0', '1'], ['1/2', '1'], ['1', '1']]
    """

    kind = "box"

    low: tuple[mpq, ...]
    high: tuple[mpq, ...]
    steps: tuple[int, ...]

    def __init__(self, low: Sequence[Rational], high: Sequence[Rational], steps: Sequence[Rational]) -> None:
        lows, highs, counts = tuple(map(as_rational, low)), tuple(map(as_rational, high)), tuple(map(as_rational, steps))
        if not len(lows) == len(highs) == len(counts) > 0:
            raise DomainError(f"a box with {len(lows)} low ends, {len(highs)} high ends and {len(counts)} numbers of steps")
        for place, (a, b, n) in enumerate(zip(lows, highs, counts, strict=True)):
            if a > b or n < 1 or n.denominator != 1:
                raise DomainError(f"coordinate {place} of the box runs from {clip_text(a)} to {clip_text(b)} in {n} steps")
        counts = tuple(map(int, counts))
        count = prod(counts)
        if count > MAX_POINTS or count * len(lows) > MAX_NUMBERS:
            raise DomainError(f"the box has {clip_text(count)} points, more than {min(MAX_POINTS, MAX_NUMBERS // len(lows))}")
        for name, value in (("low", lows), ("high", highs), ("steps", counts)):
            object.__setattr__(self, name, value)
        columns = [[a + (b - a) * k / max(1, n - 1) for k in range(n)] for a, b, n in zip(lows, highs, counts, strict=True)]
        super().__init__(tuple(product(*columns)))

    def __repr__(self) -> str:
        ends = (", ".join(map(str, values)) for values in (self.low, self.high, self.steps))
        return f"Box({', '.join(f'[{text}]' for text in ends)})"


def fields_of(box: Domain) -> dict[str, Any]:
    """What a file says of a box, besides its kind."""
    assert isinstance(box, Box)
    ends = {"low": list(map(format_rational, box.low)), "high": list(map(format_rational, box.high))}
    return {**ends, "steps": list(box.steps)}


def read_box(low: object, high: object, steps: object, d: int, numbers: Numbers) -> Box:
    """A box as it stands in JSON, each of the three a number for all coordinates or a list.

    Raises
    ------
    FormatError, DomainError
        One line with the place.
    """
    columns = []
    for name, entry in (("low", low), ("high", high), ("steps", steps)):
        with at(name):
            entries = as_list(entry) if isinstance(entry, list) else [entry] * d
            if len(entries) != d:
                raise FormatError(f"{len(entries)} numbers, but the network has {d} inputs")
            columns.append([numbers.read(number) for number in entries])
    for count in columns[2]:
        if count.denominator != 1 or not 1 <= count < 2**31:
            raise FormatError(f"steps: {clip_text(count)} is no positive integer")
    return Box(columns[0], columns[1], [int(count) for count in columns[2]])
