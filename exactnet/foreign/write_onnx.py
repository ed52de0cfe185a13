"""Networks as ONNX models in float32: a MatMul, Add and an activation for each layer and kind of node."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from gmpy2 import mpq

from exactnet import __version__
from exactnet.distance.enclosures import nodes_by_height
from exactnet.foreign.graph import Array
from exactnet.foreign.onnx_schema import MODEL
from exactnet.foreign.protobuf import encode
from exactnet.foreign.ranges import check_exact
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import RELU, THRESHOLD, Kind, Network

__all__ = ["dump_onnx"]

_FLOAT, _INT64, _BOOL = 1, 7, 9
_OPSET, _IR = 13, 8


def dump_onnx(net: Network, domain: Domain | None = None, *, rounded: bool = False) -> bytes:
    """Write a network as an ONNX model: input ``x`` of the shape ``(batch, inputs)``, output ``y``.

    Parameters
    ----------
    net : Network
        Wires may skip layers.
    domain : Domain, optional
        The inputs on which float32 must be exact; needed unless ``rounded``.
    rounded : bool
        Round weights to float32 and do not ask whether sums are exact.

    Returns
    -------
    bytes
        The model, operator set 13.

    Raises
    ------
    FormatError
        Unless float32 computes the network exactly on the domain in any order of summation
        (:func:`exactnet.foreign.ranges.check_exact`); with ``rounded`` only for numbers beyond float32.
    """
    if not rounded:
        if domain is None:
            hint = "name a domain (--domain), or write a rounded model (--rounded)"
            raise FormatError(f"whether float32 is exact depends on the inputs: {hint}")
        check_exact(net, domain)
    writer = _Writer(net)
    for kind, names in nodes_by_height(net):
        writer.layer(kind, names)
    writer.outputs()
    dimension: dict[str, Any] = {"dim_param": "batch"}
    ends = [
        {"name": name, "type": {"tensor_type": {"elem_type": _FLOAT, "shape": {"dim": [dimension, {"dim_value": count}]}}}}
        for name, count in (("x", len(net.inputs)), ("y", len(net.outputs)))
    ]
    graph = {"node": writer.nodes, "name": "network", "initializer": writer.tensors, "input": ends[:1], "output": ends[1:]}
    opset = [{"domain": "", "version": _OPSET}]
    return encode({"ir_version": _IR, "producer_name": f"exactnet {__version__}", "graph": graph, "opset_import": opset}, MODEL)


def _float(value: mpq) -> float:
    """The nearest float32."""
    try:
        rounded: float = struct.unpack("<f", struct.pack("<f", _nearest(value)))[0]
    except OverflowError:
        raise FormatError(f"{clip_text(value)} is beyond float32") from None
    return rounded


def _nearest(value: mpq) -> float:
    """The nearest float64, rounded to odd where it is not exact, so that rounding once more gives the nearest float32."""
    number = int(value.numerator) / int(value.denominator)
    if mpq(number) == value or number == 0:
        return number
    lower = number if mpq(number) < value else np.nextafter(number, -np.inf)
    upper = np.nextafter(lower, np.inf)
    odd = struct.unpack("<q", struct.pack("<d", float(lower)))[0] & 1
    return float(lower if odd else upper)


class _Writer:
    def __init__(self, net: Network) -> None:
        self.net = net
        self.nodes: list[dict[str, Any]] = []
        self.tensors: list[dict[str, Any]] = []
        self.place = {name: ("x", column) for column, name in enumerate(net.inputs)}
        self.width = {"x": len(net.inputs)}

    def constant(self, array: Array) -> str:
        name = f"c{len(self.tensors)}"
        kind = _INT64 if array.dtype.kind == "i" else _FLOAT
        data = np.ascontiguousarray(array, "<i8" if kind == _INT64 else "<f4").tobytes()
        self.tensors.append({"dims": list(array.shape), "data_type": kind, "name": name, "raw_data": data})
        return name

    def apply(self, op: str, inputs: list[str], output: str = "", **attributes: int) -> str:
        output = output or f"t{len(self.nodes)}"
        listed = [{"name": name, "i": value, "type": 2} for name, value in attributes.items()]
        self.nodes.append({"input": inputs, "output": [output], "name": output, "op_type": op, "attribute": listed})
        return output

    def layer(self, kind: Kind, names: list[str]) -> None:
        """The nodes of one level and kind."""
        matrices: dict[str, Array] = {}
        for column, name in enumerate(names):
            for source, weight in self.net.sources(name):
                tensor, row = self.place[source]
                if tensor not in matrices:
                    matrices[tensor] = np.zeros((self.width[tensor], len(names)), np.float32)
                matrices[tensor][row, column] = _float(weight)
        bias = np.array([_float(self.net.bias(name)) for name in names], np.float32)
        if not matrices:
            matrices["x"] = np.zeros((self.width["x"], len(names)), np.float32)
        total = ""
        for tensor, matrix in matrices.items():
            product = self.apply("MatMul", [tensor, self.constant(matrix)])
            total = self.apply("Add", [total, product]) if total else product
        total = self.apply("Add", [total, self.constant(bias)])
        if kind == RELU:
            total = self.apply("Relu", [total])
        elif kind == THRESHOLD:
            fires = self.apply("GreaterOrEqual", [total, self.constant(np.zeros(1, np.float32))])
            total = self.apply("Cast", [fires], to=_FLOAT)
        self.width[total] = len(names)
        self.place.update({name: (total, column) for column, name in enumerate(names)})

    def outputs(self) -> None:
        """Put the outputs into ``y``, in order."""
        tensors = list(dict.fromkeys(self.place[name][0] for name in self.net.outputs))
        start, offset = 0, {}
        for tensor in tensors:
            offset[tensor] = start
            start += self.width[tensor]
        joined = self.apply("Concat", tensors, axis=1) if len(tensors) > 1 else tensors[0]
        columns = [offset[tensor] + column for tensor, column in (self.place[name] for name in self.net.outputs)]
        if columns == list(range(start)):
            self.apply("Identity", [joined], "y")
        else:
            self.apply("Gather", [joined, self.constant(np.array(columns, np.int64))], "y", axis=1)
