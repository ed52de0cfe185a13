"""PyTorch modules that are sequences of layers, without running them and without importing torch.

A module is recognised by the name of its class and read by its parameters; what it does is said in the operators of
:mod:`exactnet.foreign.graph`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from exactnet.foreign.convert import convert_graph
from exactnet.foreign.graph import Array, Graph, Limits, Operation
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import Network

__all__ = ["from_torch", "torch_graph"]

#: Operators with the attributes and the constant tensors that they take.
_Step = tuple[str, dict[str, Any], list[Array]]


def from_torch(module: Any, shape: tuple[int, ...] | None = None) -> Network:
    """The network of a PyTorch module; torch itself is not imported.

    Parameters
    ----------
    module : torch.nn.Module
        A ``Sequential`` (nested ones too, and subclasses that do not change ``forward``) of Linear, ReLU, LeakyReLU, Hardtanh,
        ReLU6, Flatten, Identity, Dropout, Conv1d, Conv2d, BatchNorm1d, BatchNorm2d, MaxPool2d, AvgPool2d; Softmax and
        LogSoftmax at the end are left out. Dropout and batch normalisation are taken as in evaluation.
    shape : tuple of int, optional
        The shape of one input, without the batch; by default the ``in_features`` of the first Linear.

    Raises
    ------
    FormatError
        For a module of another kind; export it with ``torch.onnx.export`` and read the file.
    """
    return convert_graph(torch_graph(module, shape), Limits())[0]


def torch_graph(module: Any, shape: tuple[int, ...] | None = None) -> Graph:
    """The module as operators."""
    layers = list(_layers(module))
    for number, layer in enumerate(layers):
        if not _is_torch(type(layer)) or type(layer).__name__ not in _LAYERS:
            kind = clip_text(type(layer).__name__)
            raise FormatError(f"layer {number} is {kind}, which is not read; a module may be exported to ONNX instead")
    if shape is None:
        first = next((layer for layer in layers if hasattr(layer, "in_features")), None)
        if first is None or any(hasattr(layer, "in_channels") for layer in layers):
            raise FormatError("the shape of the input is not known; say shape=(channels, height, width)")
        shape = (int(first.in_features),)
    steps = [(f"{number} ({type(layer).__name__})", step) for number, layer in enumerate(layers) for step in _steps(number, layer)]
    doubles = any(tensor.ndim and tensor.dtype == np.float64 for _, (_, _, tensors) in steps for tensor in tensors)
    operations: list[Operation] = []
    constants: dict[str, Array] = {}
    tensor = "x"
    for place, (where, (op, attributes, tensors)) in enumerate(steps):
        names = [f"c{len(constants) + i}" for i in range(len(tensors))]
        constants.update(zip(names, (x if x.ndim else _number(x, doubles) for x in tensors), strict=True))
        numbers = {key: _number(v, doubles)[()] if isinstance(v, float) else v for key, v in attributes.items()}
        operations.append(Operation(op, (tensor, *names), (f"t{place}",), numbers, where))
        tensor = f"t{place}"
    return Graph({"x": (1, *shape)}, constants, tuple(operations), (tensor,))


def _number(value: Any, doubles: bool) -> Array:
    """A number of a layer as torch takes it: in the precision of the weights."""
    return np.asarray(value, np.float64 if doubles else np.float32)


def _is_torch(kind: type) -> bool:
    """Whether a class is one of ``torch.nn``: another one of the same name may compute something else (quantised layers do)."""
    return kind.__module__.startswith("torch.nn.modules")


def _layers(module: Any) -> Iterator[Any]:
    kinds = [kind for kind in type(module).__mro__ if _is_torch(kind) and kind.__name__ in ("Sequential", "ModuleList")]
    if kinds and getattr(type(module), "forward", None) is getattr(kinds[0], "forward", None):
        for child in module:
            yield from _layers(child)
    else:
        yield module


def _steps(number: int, layer: Any) -> list[_Step]:
    try:
        return _LAYERS[type(layer).__name__](layer)
    except (NotImplementedError, RuntimeError, TypeError, AttributeError) as error:
        raise FormatError(f"layer {number} cannot be read: {clip_text(str(error))}") from None


def _array(tensor: Any) -> Array:
    tensor = tensor.detach().cpu()
    return np.asarray((tensor.float() if "bfloat16" in str(getattr(tensor, "dtype", "")) else tensor).numpy())


def _pair(value: Any, dimensions: int) -> list[int]:
    return [int(v) for v in value] if isinstance(value, (tuple, list)) else [int(value)] * dimensions


def _linear(layer: Any) -> list[_Step]:
    steps: list[_Step] = [("MatMul", {}, [_array(layer.weight).T])]
    return steps if layer.bias is None else [*steps, ("Add", {}, [_array(layer.bias)])]


def _conv(dimensions: int) -> Callable[[Any], list[_Step]]:
    def steps(layer: Any) -> list[_Step]:
        if getattr(layer, "padding_mode", "zeros") != "zeros":
            raise FormatError(f"padding_mode {clip_text(layer.padding_mode)} is not supported")
        if isinstance(layer.padding, str):
            padding: dict[str, Any] = {"auto_pad": "SAME_UPPER" if layer.padding == "same" else "VALID"}
        else:
            padding = {"pads": _pair(layer.padding, dimensions) * 2}
        attributes = {
            "strides": _pair(layer.stride, dimensions),
            "dilations": _pair(layer.dilation, dimensions),
            "group": int(layer.groups),
            **padding,
        }
        return [("Conv", attributes, [_array(layer.weight)] + ([] if layer.bias is None else [_array(layer.bias)]))]

    return steps


def _norm(layer: Any) -> list[_Step]:
    if layer.running_mean is None:
        raise FormatError("a BatchNorm without running statistics is not affine")
    mean, variance = _array(layer.running_mean), _array(layer.running_var)
    scale = np.ones_like(mean) if layer.weight is None else _array(layer.weight)
    shift = np.zeros_like(mean) if layer.bias is None else _array(layer.bias)
    return [("BatchNormalization", {"epsilon": float(layer.eps)}, [scale, shift, mean, variance])]


def _pool(op: str) -> Callable[[Any], list[_Step]]:
    def steps(layer: Any) -> list[_Step]:
        if getattr(layer, "divisor_override", None) or getattr(layer, "return_indices", False):
            raise FormatError("divisor_override and return_indices are not supported")
        attributes = {
            "kernel_shape": _pair(layer.kernel_size, 2),
            "strides": _pair(layer.stride, 2),
            "pads": _pair(layer.padding, 2) * 2,
            "dilations": _pair(getattr(layer, "dilation", 1), 2),
            "ceil_mode": int(layer.ceil_mode),
        }
        if op == "AveragePool":
            attributes["count_include_pad"] = int(layer.count_include_pad)
        return [(op, attributes, [])]

    return steps


def _flatten(layer: Any) -> list[_Step]:
    if (layer.start_dim, layer.end_dim) != (1, -1):
        raise FormatError(f"Flatten from {layer.start_dim} to {layer.end_dim} is not supported")
    return [("Flatten", {"axis": 1}, [])]


def _clip(layer: Any) -> list[_Step]:
    return [("Clip", {}, [np.asarray(float(layer.min_val)), np.asarray(float(layer.max_val))])]


def _plain(op: str) -> Callable[[Any], list[_Step]]:
    return lambda layer: [(op, {}, [])]


_LAYERS: dict[str, Callable[[Any], list[_Step]]] = {
    "Linear": _linear,
    "ReLU": _plain("Relu"),
    "LeakyReLU": lambda layer: [("LeakyRelu", {"alpha": float(layer.negative_slope)}, [])],
    "Hardtanh": _clip,
    "ReLU6": _clip,
    "Flatten": _flatten,
    "Identity": _plain("Identity"),
    "Dropout": _plain("Identity"),
    "Dropout2d": _plain("Identity"),
    "Conv1d": _conv(1),
    "Conv2d": _conv(2),
    "BatchNorm1d": _norm,
    "BatchNorm2d": _norm,
    "MaxPool2d": _pool("MaxPool"),
    "AvgPool2d": _pool("AveragePool"),
    "Softmax": _plain("Softmax"),
    "LogSoftmax": _plain("LogSoftmax"),
}
