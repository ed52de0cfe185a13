"""What every reader of foreign formats makes: a list of tensor operations, in the vocabulary of ONNX.

Operators and their attributes are those of the ONNX standard (and of QONNX for ``Quant`` and ``BipolarQuant``);
:mod:`exactnet.foreign.operators` turns such a graph into a network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

__all__ = ["Array", "Graph", "Limits", "Operation"]

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may ask for at most; all of it is looked at before the work that it bounds.

    Attributes
    ----------
    operations : operators of a graph.
    elements : numbers of all tensors of the file together.
    computed : elements of all tensors that operators make.
    nodes : nodes of the network.
    wires : weights of the network, and terms of all linear forms on the way to it.
    bits : bits of a numerator or denominator.
    """

    operations: int = 20_000
    elements: int = 2**24
    computed: int = 2**22
    nodes: int = 2**20
    wires: int = 2**24
    bits: int = 2**14


@dataclass(frozen=True, slots=True)
class Operation:
    """One operator: names of the tensors that it reads (empty: left out) and writes, and its attributes."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    def __str__(self) -> str:
        return self.name or (self.outputs[0] if self.outputs else self.op)


@dataclass(frozen=True, slots=True)
class Graph:
    """Operations and the tensors that they pass on.

    Attributes
    ----------
    inputs : shape of each input by its name, in order.
    constants : tensors that are given; floats stand for the dyadic rationals that they are, object arrays hold rationals.
    outputs : names of the tensors that are asked for.
    """

    inputs: Mapping[str, tuple[int, ...]]
    constants: Mapping[str, Array]
    operations: tuple[Operation, ...]
    outputs: tuple[str, ...]
