"""What a node's maker promises of its value: never trusted, but it points at the first node that is not as it was meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gmpy2 import mpq

from exactnet.kernel.errors import NetworkError
from exactnet.kernel.network import Network
from exactnet.kernel.values import all_values

__all__ = ["Means", "first_broken"]

_ZERO = mpq(0)


@dataclass(frozen=True, slots=True)
class Means:
    """A promise about a node's value: words for a person, and a form that can be evaluated.

    The promised value is ``op(bias + sum of here + sum of original)``, where ``here`` weighs nodes of
    the same network, ``original`` weighs nodes of the network that it was made from, and ``op`` is
    ``"sum"`` (the form itself), ``"step"`` (``1[form >= 0]``) or ``"relu"`` (``[form]+``).
    """

    words: str
    op: Literal["sum", "step", "relu"] = "sum"
    here: Mapping[str, mpq] = field(default_factory=dict)
    original: Mapping[str, mpq] = field(default_factory=dict)
    bias: mpq = _ZERO


def first_broken(original: Network, constructed: Network, point: Sequence[mpq]) -> str | None:
    """The first node, in topological order, whose value at a point is not what it promises (``means``)."""
    try:
        there = all_values(original, point)
        here = all_values(constructed, point)
    except NetworkError:
        return None
    for name in constructed.order:
        means = constructed.means(name)
        if means is not None and _promised(means, here, there) not in (None, here[name]):
            return name
    return None


def _promised(means: Means, here: dict[str, mpq], there: dict[str, mpq]) -> mpq | None:
    """The promised value; None where the promise names a node that does not exist."""
    if not (means.here.keys() <= here.keys() and means.original.keys() <= there.keys()):
        return None
    z = means.bias
    for name, weight in means.here.items():
        z += weight * here[name]
    for name, weight in means.original.items():
        z += weight * there[name]
    if means.op == "step":
        return mpq(int(z >= 0))
    return max(z, mpq(0)) if means.op == "relu" else mpq(z)
