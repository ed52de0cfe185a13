"""The negative control: a function so large that no network of small weights computes it."""

from __future__ import annotations

from exactnet.families.family import Family, Instance, Option
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network, affine

__all__ = ["SCALED", "scaled"]


def scaled(*, d: int) -> Instance:
    """``f(x) = 2^d·x_1`` on the cube, a network of depth 1. A construction must refuse it (``|f| <= R`` fails).

    >>> scaled(d=3).network([1, 0, 0])
    (mpq(8,1),)
    """
    inputs = [f"x{i}" for i in range(1, d + 1)]
    return Instance(Network(inputs, [affine("y", {"x1": 1 << d})], ["y"]), Cube(d))


SCALED = Family(
    "scaled",
    "2^d times the first of d bits: unbounded, to be refused",
    (Option("d", "int", 16, "number of inputs", 1, 10_000),),
    scaled,
)
