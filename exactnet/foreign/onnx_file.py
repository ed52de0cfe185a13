"""ONNX files as graphs: nothing but the wire format is trusted, no code is run, no other library is needed.

What a file asks for is bounded before the work begins: its size by the reader of the file, its fields by
:mod:`exactnet.foreign.protobuf`, operators and tensor elements here. Tensors that lie outside the file are read from a file
that lies directly in the same folder, and from nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from exactnet.foreign.graph import Array, Graph, Limits, Operation
from exactnet.foreign.onnx_schema import DOMAINS, DTYPES, MODEL
from exactnet.foreign.protobuf import decode
from exactnet.kernel.errors import FormatError, clip_text

__all__ = ["parse_onnx"]

_Message = Mapping[str, Any]
_EXTERNAL = 1
#: Dimensions of a tensor, at most.
MAX_RANK = 32
#: Which field of an attribute holds its value, by its type, and by what is there where it names none.
_VALUES = {1: "f", 2: "i", 3: "s", 4: "t", 5: "g", 6: "floats", 7: "ints", 8: "strings"}


def parse_onnx(data: bytes, folder: str | None = None, limits: Limits = Limits()) -> Graph:  # noqa: B008
    """Read an ONNX model.

    Parameters
    ----------
    data : bytes
        The file.
    folder : str, optional
        Where files with tensors of the model may lie. Without it such a model is refused.
    limits : Limits
        What the file may ask for.

    Returns
    -------
    Graph
        Its graph; a first dimension that is not fixed is 1.

    Raises
    ------
    FormatError
        For a broken file, too large a model, other dimensions that are not fixed, tensors that cannot be read.
    """
    model = decode(data, MODEL)
    graph = model.get("graph")
    if model["functions"]:
        raise FormatError("functions that a model defines are not read: inline them before the export")
    if graph is None or not graph["output"]:
        raise FormatError("no ONNX model: it has no graph with outputs")
    if graph["sparse_initializer"]:
        raise FormatError("sparse initializers are not read")
    if len(graph["node"]) > limits.operations:
        raise FormatError(f"has {len(graph['node'])} operators, more than {limits.operations}")
    tensors = _Tensors(folder, limits)
    constants: dict[str, Array] = {}
    for tensor in graph["initializer"]:
        name = tensor.get("name", "")
        if name in constants:
            raise FormatError(f"initializer {clip_text(name)} is there twice")
        constants[name] = tensors.read(tensor, f"initializer {clip_text(name)}")
    inputs: dict[str, tuple[int, ...]] = {}
    for value in graph["input"]:
        name = value.get("name", "")
        if name in inputs or not name:
            raise FormatError(f"input {clip_text(name)} is there twice" if name else "an input has no name")
        if name not in constants:
            inputs[name] = _shape(value, limits)
    if not inputs:
        raise FormatError("the model has no inputs")
    operations = tuple(_operation(node, tensors) for node in graph["node"])
    written = {*inputs, *constants}
    for operation in operations:
        for name in filter(None, operation.outputs):
            if name in written:
                raise FormatError(f"tensor {clip_text(name)} is written twice, by {clip_text(operation)} again")
            written.add(name)
    return Graph(inputs, constants, operations, tuple(value.get("name", "") for value in graph["output"]))


def _shape(value: _Message, limits: Limits) -> tuple[int, ...]:
    name = clip_text(value.get("name", ""))
    tensor = value.get("type", {}).get("tensor_type")
    if tensor is None or "shape" not in tensor:
        raise FormatError(f"input {name} has no shape")
    dims = [dim.get("dim_value", 0) for dim in tensor["shape"]["dim"]]
    if any(dim < 1 for dim in dims[1:]):
        words = ", ".join(str(dim) if dim > 0 else "?" for dim in dims)
        raise FormatError(f"input {name} has the dynamic shape ({words}); export the model with fixed shapes")
    shape = tuple(dim if dim > 0 else 1 for dim in dims)
    _check_rank(shape, f"input {name}")
    if prod(shape) > limits.elements:
        raise FormatError(f"input {name} has {prod(shape)} elements, more than {limits.elements}")
    return shape


def _check_rank(shape: tuple[int, ...], place: str) -> None:
    """Before dimensions are multiplied, which takes long where there are many."""
    if len(shape) > MAX_RANK:
        raise FormatError(f"{place}: {len(shape)} dimensions, more than {MAX_RANK}")


def _operation(node: _Message, tensors: _Tensors) -> Operation:
    label = node.get("name") or (node["output"][0] if node["output"] else node.get("op_type", ""))
    attributes = {}
    for attribute in node["attribute"]:
        field = _VALUES.get(attribute.get("type", 0))
        if field is None:  # old files leave the type out
            field = next((name for name in _VALUES.values() if attribute.get(name)), "i")
        value = attribute.get(field, 0)
        if field == "t":
            value = tensors.read(value, f"operator {clip_text(label)}") if value else np.zeros(0)
        attributes[attribute.get("name", "")] = value
    op, domain = node.get("op_type", ""), node.get("domain", "")
    return Operation(
        op if domain in DOMAINS else f"{domain}.{op}", tuple(node["input"]), tuple(node["output"]), attributes, node.get("name", "")
    )


class _Tensors:
    """Reads the tensors of a model."""

    def __init__(self, folder: str | None, limits: Limits) -> None:
        self.folder, self.limits = folder, limits
        self.elements = 0

    def read(self, tensor: _Message, place: str) -> Array:
        shape = tuple(tensor["dims"])
        if any(dim < 0 for dim in shape):
            raise FormatError(f"{place}: a negative dimension")
        _check_rank(shape, place)
        self.elements += prod(shape)
        if self.elements > self.limits.elements:
            raise FormatError(f"the tensors have more than {self.limits.elements} elements")
        number = tensor.get("data_type", 0)
        if number not in DTYPES:
            raise FormatError(f"{place}: data type {number} is not read")
        dtype, field = DTYPES[number]
        size = prod(shape) * np.dtype(dtype).itemsize
        if tensor.get("data_location", 0) == _EXTERNAL:
            raw: bytes | None = self.external(tensor, place, size)
        else:
            raw = tensor.get("raw_data")
        if raw is None:
            values = _listed(tensor[field], dtype, place)
        elif len(raw) != size:
            raise FormatError(f"{place}: {len(raw)} bytes of data for the shape {shape}")
        else:
            values = np.frombuffer(raw, dtype)
        if values.size != prod(shape):
            raise FormatError(f"{place}: {values.size} numbers for the shape {shape}")
        if number == 9:
            values = values.astype(np.bool_)
        return values.reshape(shape)

    def external(self, tensor: _Message, place: str, size: int) -> bytes:
        entries = {entry.get("key", ""): entry.get("value", "") for entry in tensor["external_data"]}
        name = entries.get("location", "")
        if self.folder is None:
            raise FormatError(f"{place}: its data lies in the file {clip_text(name)}; read the model from its file")
        path = os.path.join(self.folder, name)
        inside = name and os.path.basename(name) == name and name not in (".", "..") and "\0" not in name
        if not inside or os.path.islink(path) or (os.path.exists(path) and not os.path.isfile(path)):
            raise FormatError(f"{place}: its data lies in {clip_text(name)}, which is no plain file beside the model")
        offset, length = entries.get("offset", "0"), entries.get("length", str(size))
        if not (offset.isascii() and offset.isdigit() and len(offset) < 19) or length != str(size):
            raise FormatError(f"{place}: offset {clip_text(offset)}, length {clip_text(length)} for {size} bytes")
        try:
            with open(path, "rb") as handle:
                handle.seek(int(offset))
                data = handle.read(size)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "no file can have this name"
            raise FormatError(f"{place}: its data in {clip_text(name)} cannot be read: {reason}") from None
        if len(data) != size:
            raise FormatError(f"{place}: its data in {clip_text(name)} ends too early")
        return data


def _listed(values: list[Any], dtype: str, place: str) -> Array:
    if dtype == "<f2":  # half floats are stored as the integers that their bits are
        if any(not 0 <= value < 2**16 for value in values):
            raise FormatError(f"{place}: a number does not fit its data type")
        return np.array(values, "<u2").view("<f2")
    if dtype == "<u8":
        values = [value % 2**64 for value in values]
    elif dtype not in ("<f4", "<f8"):
        info = np.iinfo(dtype)
        if any(not info.min <= value <= info.max for value in values):
            raise FormatError(f"{place}: a number does not fit its data type")
    return np.array(values, dtype)
