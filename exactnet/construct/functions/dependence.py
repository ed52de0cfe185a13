"""Is an output a function of something simpler than the input, and of which values? (S6, docs/functions.md)

All inputs of a domain are looked at, in ranges; what comes out is a table, or two inputs that show that there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from exactnet.claims.functions import coordinates
from exactnet.construct.base.messages import short
from exactnet.engine.block import compile_network
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import SizeError
from exactnet.kernel.network import Network
from exactnet.kernel.relation import Floor
from exactnet.kernel.runs import chunks

__all__ = ["Array", "Dependence", "Keys", "show_pair", "tabulate"]

Array = npt.NDArray[Any]

#: The most values that a key may take.
MAX_KEYS = 2**20
#: The most coordinates that a message lists.
MAX_SHOWN = 24

#: From ``p`` times the coordinates of a range of inputs to the values that an output may be a function of.
Keys = Callable[[Sequence[Array]], Array]


@dataclass
class Dependence:
    """What is known of one output as a function of keys: ``r`` times its value, and an input, for each key."""

    values: dict[int, int] = field(default_factory=dict)
    where: dict[int, int] = field(default_factory=dict)
    conflict: tuple[int, int] | None = None
    """Two inputs (their places in the domain) with the same key and different values, if there are."""

    def add(self, start: int, keys: Array, values: Array) -> None:
        """Take in the inputs from ``start`` on, unless a conflict is known."""
        if self.conflict is not None:
            return
        unique, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        differs = np.asarray(values != values[first][inverse], dtype=np.bool_)
        if differs.any():
            at = int(np.argmax(differs))
            self.conflict = start + int(first[inverse[at]]), start + at
            return
        for key, place in zip(unique.tolist(), first.tolist(), strict=True):
            if self.values.setdefault(key, int(values[place])) != values[place]:
                self.conflict = self.where[key], start + place
                return
            self.where.setdefault(key, start + place)
        if len(self.values) > MAX_KEYS:
            raise SizeError(f"too large to build: a function of more than {MAX_KEYS} values")


def tabulate(net: Network, domain: Domain, p: int, r: int, keys: Sequence[Keys]) -> list[list[Dependence]]:
    """For each output and each kind of key, the output as a function of the key.

    Parameters
    ----------
    p : such that ``p`` times every coordinate is an integer.
    r : values are rounded down to multiples of ``1/r``.
    """
    tables = [[Dependence() for _ in keys] for _ in net.outputs]
    evaluator, read = compile_network(net, domain), coordinates(domain, p)
    for start, stop in chunks(domain.count):
        block, columns = evaluator.block(start, stop), read(start, stop)
        keyed = [key(columns) for key in keys]
        for output, dependences in enumerate(tables):
            values, _ = block.split(output, r)
            for column, dependence in zip(keyed, dependences, strict=True):
                dependence.add(start, column, values)
        if all(dependence.conflict is not None for dependences in tables for dependence in dependences):
            break
    return tables


def show_pair(net: Network, domain: Domain, r: int, output: int, pair: tuple[int, int]) -> str:
    """Two inputs and the values of an output there, rounded down to multiples of ``1/r``, in words."""
    relation = Floor(r)
    values = (short(relation.expected(net(domain[index])[output])) for index in pair)
    return " and ".join(f"{value} at {_place(domain, index)}" for value, index in zip(values, pair, strict=True))


def _place(domain: Domain, index: int) -> str:
    """An input: its coordinates where they are few, else its number in the domain."""
    if domain.d > MAX_SHOWN:
        return f"input {index} of the domain"
    return f"({', '.join(map(short, domain[index]))})"
