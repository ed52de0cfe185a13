"""Finite sets of inputs that can be counted, indexed and cut into ranges.

* ``Cube(d)``: ``{0,1}^d``;
* ``Grid(p, d)``: ``I_p^d`` with ``I_p = {j/p : -p^2 <= j <= p^2}``, so ``2p^2+1`` values a coordinate;
* ``Points``: an explicit list of rational points.

The order is lexicographic: first input slowest, values ascending; points stand as listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Self

from gmpy2 import mpq

from exactnet.kernel.errors import DomainError, clip_text
from exactnet.kernel.rationals import Rational, as_rational, lcm_all

__all__ = ["Cube", "Domain", "Grid", "Points", "Product", "check_dimension"]

#: More inputs than any machine enumerates; beyond it a domain is only counted.
MAX_P = 10**6


class Product:
    """A product of the same ascending values in every coordinate (the cube and the grid)."""

    kind: str
    d: int
    p: int
    """A positive integer such that ``p·x`` is an integer for every coordinate ``x``."""

    @cached_property
    def values(self) -> tuple[mpq, ...]:
        """The values that every coordinate takes, ascending."""
        return tuple(self.value(digit) for digit in range(self.base))

    @property
    def base(self) -> int:
        """How many values a coordinate takes."""
        raise NotImplementedError

    @property
    def count(self) -> int:
        """The number of inputs, however large (``len`` could not give it)."""
        return int(self.base**self.d)

    def value(self, digit: int) -> mpq:
        """The ``digit``-th value of a coordinate, ascending from 0."""
        raise NotImplementedError

    def __getitem__(self, index: int) -> tuple[mpq, ...]:
        """The input at ``index``, counted from 0 in the order of the domain.

        >>> Cube(3)[1]
        (mpq(0,1), mpq(0,1), mpq(1,1))
        """
        if not 0 <= index < self.count:
            raise IndexError(index)
        digits = []
        for _ in range(self.d):
            index, digit = divmod(index, self.base)
            digits.append(digit)
        return tuple(self.value(digit) for digit in reversed(digits))

    def range(self, start: int, stop: int) -> Iterator[tuple[mpq, ...]]:
        """The inputs ``start <= index < stop``, in order."""
        for index in range(start, min(stop, self.count)):
            yield self[index]

    def __iter__(self) -> Iterator[tuple[mpq, ...]]:
        return self.range(0, self.count)

    def _read(self, name: str, most: int, needs: str) -> None:
        value = as_rational(getattr(self, name))
        if value.denominator != 1 or not 1 <= value <= most:
            raise DomainError(f"{needs}, not {clip_text(value)}")
        object.__setattr__(self, name, int(value))

    @property
    def frame(self) -> Self:
        """The cube or grid that the domain lies on: itself."""
        return self

    @property
    def signed(self) -> bool:
        """Whether some coordinate takes a negative value."""
        return bool(self.value(0) < 0)


@dataclass(frozen=True)
class Cube(Product):
    """The Boolean cube ``{0,1}^d``.

    >>> [tuple(map(int, x)) for x in Cube(2)]
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """

    d: int
    kind = "cube"
    p = 1

    def __post_init__(self) -> None:
        self._read("d", 2**63, "a cube needs at least one input")

    def value(self, digit: int) -> mpq:
        return mpq(digit)

    @property
    def base(self) -> int:
        return 2


@dataclass(frozen=True)
class Grid(Product):
    """The grid ``I_p^d``, ``2p^2+1`` multiples of ``1/p`` from ``-p`` to ``p`` in every coordinate.

    >>> [str(x) for (x,) in Grid(1, 1)], Grid(3, 4).count
    (['-1', '0', '1'], 130321)
    """

    p: int
    d: int
    kind = "grid"

    def __post_init__(self) -> None:
        self._read("p", MAX_P, f"a grid needs an integer p from 1 to {MAX_P}")
        self._read("d", 2**63, "a grid needs at least one input")

    def value(self, digit: int) -> mpq:
        return mpq(digit - self.p**2, self.p)

    @property
    def base(self) -> int:
        return 2 * self.p**2 + 1


_MPQ = type(mpq())


def _point(values: Iterable[Rational]) -> tuple[mpq, ...]:
    if type(values) is tuple and all(type(value) is _MPQ for value in values):
        return values
    return tuple(map(as_rational, values))


@dataclass(frozen=True)
class Points:
    """An explicit list of rational points of the same dimension, in the order given.

    Coordinates are taken as :func:`~exactnet.kernel.rationals.as_rational` takes them.

    >>> Points([[0, "1/2"]]).p
    2
    """

    points: tuple[tuple[mpq, ...], ...]
    kind = "points"

    def __post_init__(self) -> None:
        points = tuple(map(_point, self.points))
        object.__setattr__(self, "points", points)
        if not points:
            raise DomainError("the domain lists no points")
        for number, point in enumerate(self.points, 1):
            if len(point) != len(self.points[0]):
                raise DomainError(
                    f"point {number} of the domain has {len(point)} coordinates, point 1 has {len(self.points[0])}"
                )

    @property
    def d(self) -> int:
        return len(self.points[0])

    @cached_property
    def p(self) -> int:
        """The least positive integer such that ``p·x`` is an integer for every coordinate ``x``."""
        return int(lcm_all(value.denominator for point in self.points for value in point))

    @property
    def count(self) -> int:
        """The number of inputs."""
        return len(self.points)

    def __getitem__(self, index: int) -> tuple[mpq, ...]:
        return self.points[index]

    def range(self, start: int, stop: int) -> Iterator[tuple[mpq, ...]]:
        """The inputs ``start <= index < stop``, in order."""
        return islice(iter(self.points), start, stop)

    def __iter__(self) -> Iterator[tuple[mpq, ...]]:
        return iter(self.points)

    @cached_property
    def signed(self) -> bool:
        """Whether some coordinate takes a negative value."""
        return any(value < 0 for point in self.points for value in point)

    @property
    def frame(self) -> Cube | Grid:
        """The cube, or else the smallest grid, on which all the points lie.

        Raises :class:`DomainError` where there is none up to ``p = MAX_P``.

        >>> Points([[0, 1]]).frame, Points([["-1/2", 2]]).frame
        (Cube(d=2), Grid(p=2, d=2))
        """
        values = {value for point in self.points for value in point}
        if values <= {mpq(0), mpq(1)}:
            return Cube(self.d)
        largest = max(abs(value) for value in values)
        p = self.p * max(1, -(-largest.numerator // (largest.denominator * self.p)))
        if p > MAX_P:
            raise DomainError(f"the points lie on no cube and on no grid with p <= {MAX_P}")
        return Grid(int(p), self.d)


Domain = Cube | Grid | Points


def check_dimension(domain: Domain, inputs: Sequence[str]) -> None:
    """Raise :class:`DomainError` unless the domain has one coordinate per input."""
    if domain.d != len(inputs):
        raise DomainError(f"the domain has {domain.d} coordinates, the network {len(inputs)} inputs")
