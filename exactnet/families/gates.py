"""Threshold gates with integer weights, written as ``1[form >= t]``: what the families of circuits are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from exactnet.families.family import FamilyError, Instance
from exactnet.kernel.domain import Cube
from exactnet.kernel.network import Network, Node, affine, threshold

__all__ = ["Circuit", "number"]

#: The most gates of an instance.
MAX_GATES = 200_000


def number(name: str, bits: int) -> list[str]:
    """The names of the bits of a number, most significant first.

    >>> number("a", 3)
    ['a2', 'a1', 'a0']
    """
    return [f"{name}{i}" for i in range(bits - 1, -1, -1)]


class Circuit:
    """A circuit on the cube under construction."""

    def __init__(self, inputs: Sequence[str]) -> None:
        self.inputs = list(inputs)
        self.nodes: list[Node] = []

    def gate(self, name: str, form: Mapping[str, int], at: int) -> str:
        """``1[form >= at]``.

        Raises :class:`FamilyError` for more than :data:`MAX_GATES` gates.
        """
        if len(self.nodes) >= MAX_GATES:
            raise FamilyError(f"more than {MAX_GATES} gates")
        self.nodes.append(threshold(name, form, -at))
        return name

    def all_of(self, name: str, names: Iterable[str]) -> str:
        """1 if every one of some bits is 1."""
        form = dict.fromkeys(names, 1)
        return self.gate(name, form, len(form))

    def any_of(self, name: str, names: Iterable[str]) -> str:
        """1 if some bit is 1."""
        return self.gate(name, dict.fromkeys(names, 1), 1)

    def sum(self, name: str, form: Mapping[str, int], constant: int = 0) -> str:
        """An affine node, for a sum of gates that is exactly a bit or a small number; it takes no layer."""
        self.nodes.append(affine(name, form, constant))
        return name

    def instance(self, outputs: Sequence[str]) -> Instance:
        """The circuit with its outputs."""
        return Instance(Network(self.inputs, self.nodes, outputs), Cube(len(self.inputs)))
