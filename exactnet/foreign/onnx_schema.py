"""The messages of ONNX that are read and written.

References
----------
``onnx.proto`` of the ONNX standard, version 1.18 (IR version 11); the names and numbers of the fields are its.
"""

from __future__ import annotations

from exactnet.foreign.protobuf import Field, Schema

__all__ = ["DTYPES", "MODEL", "TENSOR"]

_ENTRY: Schema = {1: Field("key", "text"), 2: Field("value", "text")}
TENSOR: Schema = {
    1: Field("dims", "int", True),
    2: Field("data_type", "int"),
    4: Field("float_data", "float", True),
    5: Field("int32_data", "int", True),
    7: Field("int64_data", "int", True),
    8: Field("name", "text"),
    9: Field("raw_data", "bytes"),
    10: Field("double_data", "double", True),
    11: Field("uint64_data", "int", True),
    13: Field("external_data", _ENTRY, True),
    14: Field("data_location", "int"),
}
_ATTRIBUTE: Schema = {
    1: Field("name", "text"),
    2: Field("f", "float"),
    3: Field("i", "int"),
    4: Field("s", "bytes"),
    5: Field("t", TENSOR),
    6: Field("g", {}),
    7: Field("floats", "float", True),
    8: Field("ints", "int", True),
    9: Field("strings", "bytes", True),
    20: Field("type", "int"),
}
_NODE: Schema = {
    1: Field("input", "text", True),
    2: Field("output", "text", True),
    3: Field("name", "text"),
    4: Field("op_type", "text"),
    5: Field("attribute", _ATTRIBUTE, True),
    7: Field("domain", "text"),
}
_DIMENSION: Schema = {1: Field("dim_value", "int"), 2: Field("dim_param", "text")}
_TENSOR_TYPE: Schema = {1: Field("elem_type", "int"), 2: Field("shape", {1: Field("dim", _DIMENSION, True)})}
_VALUE: Schema = {1: Field("name", "text"), 2: Field("type", {1: Field("tensor_type", _TENSOR_TYPE)})}
_GRAPH: Schema = {
    1: Field("node", _NODE, True),
    2: Field("name", "text"),
    5: Field("initializer", TENSOR, True),
    11: Field("input", _VALUE, True),
    12: Field("output", _VALUE, True),
    15: Field("sparse_initializer", {}, True),
}
_OPSET: Schema = {1: Field("domain", "text"), 2: Field("version", "int")}
MODEL: Schema = {
    1: Field("ir_version", "int"),
    2: Field("producer_name", "text"),
    7: Field("graph", _GRAPH),
    8: Field("opset_import", _OPSET, True),
    25: Field("functions", {}, True),
}

#: Where operators are from; an operator of the same name from elsewhere is another one.
DOMAINS = {"", "ai.onnx", "ai.onnx.ml", "qonnx.custom_op.general", "finn", "finn.custom_op.general", "onnx.brevitas"}

#: For each number of a data type: how raw data is stored, and which field holds it otherwise.
DTYPES: dict[int, tuple[str, str]] = {
    1: ("<f4", "float_data"),
    2: ("<u1", "int32_data"),
    3: ("<i1", "int32_data"),
    4: ("<u2", "int32_data"),
    5: ("<i2", "int32_data"),
    6: ("<i4", "int32_data"),
    7: ("<i8", "int64_data"),
    9: ("<u1", "int32_data"),
    10: ("<f2", "int32_data"),
    11: ("<f8", "double_data"),
    12: ("<u4", "uint64_data"),
    13: ("<u8", "uint64_data"),
}
