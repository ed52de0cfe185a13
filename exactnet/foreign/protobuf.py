"""The wire format of protocol buffers: as much of it as ONNX needs, read within bounds and written.

A schema says for each field number its name, its type and whether it repeats; what it does not name is skipped. Reading
builds plain dictionaries, runs nothing, and stops at :data:`MAX_FIELDS` fields and :data:`MAX_NESTING` levels.

References
----------
*Encoding*, protobuf.dev/programming-guides/encoding: variable-length integers, length-delimited and fixed fields.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from exactnet.kernel.errors import FormatError

__all__ = ["MAX_FIELDS", "MAX_NESTING", "Field", "Schema", "decode", "encode"]

#: The most fields of a file, those of all messages and the numbers of all variable-length lists together.
MAX_FIELDS = 2**22
#: The most messages within one another.
MAX_NESTING = 30

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WIDTH = {_FIXED64: 8, _FIXED32: 4}
#: The wire type of each scalar type; lists of them may be packed into bytes.
_WIRE = {"int": _VARINT, "float": _FIXED32, "double": _FIXED64, "bytes": _BYTES, "text": _BYTES}
_DTYPE = {"float": "<f4", "double": "<f8"}


class Field(NamedTuple):
    """What a field holds.

    ``type``: ``int``, ``float``, ``double``, ``bytes``, ``text``, or the schema of a message.
    """

    name: str
    type: str | Schema
    repeated: bool = False


Schema = Mapping[int, Field]


class _Reader:
    """One file being read: counts what it has seen."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.fields = 0

    def count(self, more: int = 1) -> None:
        self.fields += more
        if self.fields > MAX_FIELDS:
            raise FormatError(f"broken or far too large: more than {MAX_FIELDS} fields")

    def varint(self, at: int, end: int) -> tuple[int, int]:
        value = shift = 0
        while at < end and shift < 70:
            byte = self.data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & (2**64 - 1), at
            shift += 7
        raise FormatError(f"broken protocol buffer: an integer without an end at byte {at}")

    def message(self, schema: Schema, at: int, end: int, depth: int) -> dict[str, Any]:
        if depth > MAX_NESTING:
            raise FormatError(f"broken protocol buffer: more than {MAX_NESTING} messages within one another")
        result: dict[str, Any] = {field.name: [] for field in schema.values() if field.repeated}
        while at < end:
            self.count()
            key, at = self.varint(at, end)
            number, wire = key >> 3, key & 7
            if wire == _VARINT:
                start, stop = at, self.varint(at, end)[1]
            elif wire == _BYTES:
                length, start = self.varint(at, end)
                stop = start + length
            elif wire in _WIDTH:
                start, stop = at, at + _WIDTH[wire]
            else:
                raise FormatError(f"broken protocol buffer: wire type {wire} at byte {at}")
            if stop > end:
                raise FormatError(f"broken protocol buffer: a field ends beyond its message at byte {at}")
            field = schema.get(number)
            if field is not None:
                self.store(result, field, wire, start, stop, depth)
            at = stop
        return result

    def store(self, result: dict[str, Any], field: Field, wire: int, start: int, stop: int, depth: int) -> None:
        kind = field.type
        expected = _WIRE[kind] if isinstance(kind, str) else _BYTES
        if field.repeated and wire == _BYTES and expected != _BYTES:
            result[field.name].extend(self.packed(str(kind), start, stop))
            return
        if wire != expected:
            raise FormatError(f"broken protocol buffer: field {field.name} has wire type {wire} at byte {start}")
        value: Any
        if not isinstance(kind, str):
            value = self.message(kind, start, stop, depth + 1)
        elif kind == "int":
            value = _signed(self.varint(start, stop)[0])
        elif kind in _DTYPE:
            value = struct.unpack("<f" if kind == "float" else "<d", self.data[start:stop])[0]
        else:
            value = bytes(self.data[start:stop])
            if kind == "text":
                value = _text(value, field.name)
        if field.repeated:
            result[field.name].append(value)
        else:
            result[field.name] = value

    def packed(self, kind: str, start: int, stop: int) -> list[Any]:
        if kind in _DTYPE:
            width = _WIDTH[_WIRE[kind]]
            if (stop - start) % width:
                raise FormatError(f"broken protocol buffer: a packed list at byte {start} is cut off")
            values: list[Any] = np.frombuffer(self.data[start:stop], _DTYPE[kind]).tolist()
            return values
        values = []
        while start < stop:
            self.count()
            value, start = self.varint(start, stop)
            values.append(_signed(value))
        return values


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def _text(value: bytes, name: str) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError(f"broken protocol buffer: field {name} is not UTF-8 text") from None


def decode(data: bytes, schema: Schema) -> dict[str, Any]:
    """Read a message.

    Parameters
    ----------
    data : bytes
        The message; its size is for the caller to bound.
    schema : Schema
        The fields to keep.

    Returns
    -------
    dict
        The fields by name: repeated ones as lists, absent ones are absent.

    Raises
    ------
    FormatError
        For bytes that are no protocol buffer or not of this schema, and for too many fields.

    Examples
    --------
    >>> schema = {1: Field("name", "text"), 2: Field("dims", "int", True)}
    >>> decode(encode({"name": "x", "dims": [1, -2]}, schema), schema)
    {'dims': [1, -2], 'name': 'x'}
    """
    reader = _Reader(memoryview(data))
    return reader.message(schema, 0, len(data), 0)


def encode(message: Mapping[str, Any], schema: Schema) -> bytes:
    """Write a message; fields that it lacks, and empty lists, are left out."""
    parts: list[bytes] = []
    for number, field in schema.items():
        value = message.get(field.name)
        if value is None:
            continue
        for entry in value if field.repeated else [value]:
            parts += _field(number, field.type, entry)
    return b"".join(parts)


def _field(number: int, kind: str | Schema, value: Any) -> Sequence[bytes]:
    if kind == "int":
        return (_varint(number << 3 | _VARINT), _varint(value % 2**64))
    if kind == "float":
        return (_varint(number << 3 | _FIXED32), struct.pack("<f", value))
    if kind == "double":
        return (_varint(number << 3 | _FIXED64), struct.pack("<d", value))
    if not isinstance(kind, str):
        value = encode(value, kind)
    elif kind == "text":
        value = value.encode("utf-8")
    return (_varint(number << 3 | _BYTES), _varint(len(value)), value)


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value >= 0x80:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)
