"""The inputs of a domain as integers: coordinate ``i`` is ``(low + n_i)/den`` with ``0 <= n_i < size``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from exactnet.domain import Cube, Domain, Points, Product
from exactnet.evaluate.limbs import limbs_of, split
from exactnet.rationals import lcm_all

__all__ = ["Inputs", "Place", "make_inputs", "narrowest"]

Array = npt.NDArray[Any]
#: Above this many values of one coordinate, tables per coordinate are out of the question.
MAX_BASE = 2**16


def narrowest(size: int) -> np.dtype[Any]:
    """The narrowest type that holds ``0 .. size - 1``: unsigned, or object (Python integers) past 64 bits.

    Python integers serve to prepare tables; blocks hold limbs instead (:mod:`.limbs`).

    >>> narrowest(256), narrowest(257), narrowest(2**64 + 1)
    (dtype('uint8'), dtype('uint16'), dtype('O'))
    """
    for bits in (8, 16, 32, 64):
        if size <= 1 << bits:
            return np.dtype(f"u{bits // 8}")
    return np.dtype(object)


@dataclass(frozen=True, slots=True)
class Place:
    """Coordinate ``i`` takes values among ``(low + n)/den``, ``0 <= n < size``."""

    low: int
    den: int
    size: int


class Inputs(Protocol):
    """What lowering and executors need to know of a domain."""

    places: tuple[Place, ...]
    #: How many values each coordinate of a product has, where sums of tables over coordinates pay; else 0.
    base: int

    def coordinate(self, i: int, start: int, stop: int) -> Array:
        """``n_i`` at the inputs ``start <= index < stop``: of the type :func:`narrowest` of its size, else as limbs."""
        ...


class ProductInputs:
    """The inputs of a cube or grid."""

    def __init__(self, domain: Product) -> None:
        low = 0 if isinstance(domain, Cube) else -domain.p * domain.p
        self.places = (Place(low, domain.p, domain.base),) * domain.d
        self.base = domain.base if domain.base <= MAX_BASE else 0
        self._radix, self._d = domain.base, domain.d

    def coordinate(self, i: int, start: int, stop: int) -> Array:
        stride = self._radix ** (self._d - 1 - i)
        high, rest = divmod(start, stride)
        count = stop - start
        # High coordinates may be past 64 bits; what changes within a block is small.
        if stride > count:
            quotient = np.zeros(count, np.int64)
            quotient[stride - rest :] = 1
        else:
            quotient = (np.arange(count, dtype=np.int64) + rest) // stride
        quotient += high % self._radix
        quotient %= self._radix
        return quotient.astype(narrowest(self._radix))


class ListedInputs:
    """The inputs of a list of points."""

    base = 0

    def __init__(self, domain: Points) -> None:
        places, columns = [], []
        for column in zip(*domain.points, strict=True):
            den = int(lcm_all(value.denominator for value in column))
            values = [int(value * den) for value in column]
            low, high = min(values), max(values)
            places.append(Place(low, den, high - low + 1))
            size = high - low + 1
            shifted = [value - low for value in values]
            columns.append(split(shifted, limbs_of(size)) if limbs_of(size) else np.array(shifted, narrowest(size)))
        self.places = tuple(places)
        self._columns = columns

    def coordinate(self, i: int, start: int, stop: int) -> Array:
        return self._columns[i][..., start:stop]


def make_inputs(domain: Domain) -> Inputs:
    """The coordinates of a domain as integers."""
    return ListedInputs(domain) if isinstance(domain, Points) else ProductInputs(domain)
