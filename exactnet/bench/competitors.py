"""Other evaluators of a network, to measure exactnet against: NumPy and onnxruntime and SciPy in floating point.

Nothing here takes part in a verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.distance.enclosures import nodes_by_height
from exactnet.kernel.expansion import expand
from exactnet.kernel.network import RELU, Network

__all__ = ["Layer", "cube_inputs", "gathering", "layers", "with_numpy", "with_onnxruntime", "with_scipy"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Layer:
    """Nodes of one kind and level. ``parts[s]``: the wires from layer ``s`` as (targets, sources, weights)."""

    names: list[str]
    relu: bool
    bias: Array
    parts: dict[int, tuple[list[int], list[int], list[float]]]


def _float(value: mpq) -> float:
    return int(value.numerator) / int(value.denominator)  # rounded to nearest


def layers(net: Network) -> list[Layer]:
    """A network of ReLU and affine nodes as layers, the first one the inputs; wires may skip layers."""
    layered = [Layer(list(net.inputs), False, np.zeros(len(net.inputs)), {})]
    place = {name: (0, column) for column, name in enumerate(net.inputs)}
    for kind, names in nodes_by_height(net):
        parts: dict[int, tuple[list[int], list[int], list[float]]] = {}
        for target, name in enumerate(names):
            for source, weight in net.sources(name):
                layer, column = place[source]
                part = parts.setdefault(layer, ([], [], []))
                part[0].append(target)
                part[1].append(column)
                part[2].append(_float(weight))
        bias = np.array([_float(net.bias(name)) for name in names])
        place |= {name: (len(layered), column) for column, name in enumerate(names)}
        layered.append(Layer(names, kind == RELU, bias, parts or {0: ([], [], [])}))
    return layered


def _dense(layered: list[Layer], layer: Layer, source: int) -> Array:
    """The weights of the wires from one layer to another: sources by targets."""
    matrix = np.zeros((len(layered[source].names), len(layer.names)))
    targets, sources, weights = layer.parts[source]
    matrix[sources, targets] = weights
    return matrix


def _column(layered: list[Layer], output: str) -> tuple[int, int]:
    layer = next(number for number, layer in enumerate(layered) if output in layer.names)
    return layer, layered[layer].names.index(output)


def cube_inputs(d: int, indices: Array) -> Array:
    """The inputs of the cube at some indices, one a row."""
    return (indices[:, None] >> np.arange(d - 1, -1, -1)) & 1


def with_numpy(net: Network, kind: type[np.floating[Any]]) -> Callable[[Array], Array]:
    """The first output, for inputs in rows, in float32 or float64 by matrix products."""
    layered = layers(net)
    dense = [{s: _dense(layered, layer, s).astype(kind) for s in layer.parts} for layer in layered]
    at, column = _column(layered, net.outputs[0])

    def run(points: Array) -> Array:
        values = [points.astype(kind)]
        for layer, matrices in zip(layered[1:], dense[1:], strict=True):
            total = sum((values[s] @ matrix for s, matrix in matrices.items()), layer.bias.astype(kind))
            values.append(np.maximum(total, kind(0)) if layer.relu else total)
        return np.asarray(values[at][:, column])

    return run


def with_onnxruntime(net: Network, gather: int = 0) -> Callable[[Array], Array]:
    """The first output by onnxruntime in float32, one thread: between two layers a Gemm, and Relu.

    Where no node of a layer reads more than ``gather`` nodes of the other, rows are gathered and scaled instead (nodes
    are rows, inputs columns, so that this is copying).
    Raises :class:`ImportError` where onnx or onnxruntime is not installed.
    """
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    layered = layers(net)
    nodes: list[Any] = []
    constants: list[Any] = []

    def constant(value: Array) -> str:
        constants.append(numpy_helper.from_array(value, f"c{len(constants)}"))
        return str(constants[-1].name)

    def apply(kind: str, *operands: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, operands, [f"t{len(nodes)}"], **attributes))
        return f"t{len(nodes) - 1}"

    for number, layer in enumerate(layered[1:], 1):
        total = constant(layer.bias.astype(np.float32)[:, None])
        for source in layer.parts:
            dense = _dense(layered, layer, source).astype(np.float32)
            reads = (dense != 0).sum(axis=0).max()
            if not reads or reads > gather:
                total = apply("Gemm", constant(np.ascontiguousarray(dense.T)), f"v{source}", total)
                continue
            order = np.argsort(dense == 0, axis=0, kind="stable")  # the sources of a target come first
            for row in order[:reads]:
                scaled = apply("Gather", f"v{source}", constant(row.astype(np.int64)), axis=0)
                weights = dense[row, np.arange(len(row))]
                if (weights != 1).any():
                    scaled = apply("Mul", scaled, constant(weights[:, None]))
                total = apply("Add", total, scaled)
        nodes.append(helper.make_node("Relu" if layer.relu else "Identity", [total], [f"v{number}"]))
    at, column = _column(layered, net.outputs[0])
    shapes = [(name, [len(layered[n].names), None]) for name, n in (("v0", 0), (f"v{at}", at))]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes]
    graph = helper.make_graph(nodes, "network", ends[:1], ends[1:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return lambda points: np.asarray(session.run(None, {"v0": points.T.astype(np.float32)})[0][column])


def gathering(net: Network) -> Callable[[Array], Array]:
    return with_onnxruntime(net, gather=4)


def with_scipy(net: Network) -> Callable[[Array], Array]:
    """The first output of the expansion by sparse matrix products (CSR, float32). Raises :class:`ImportError`."""
    from scipy.sparse import csr_matrix

    layered = layers(expand(net))
    chain = []
    for layer in layered[1:]:
        sparse = {
            source: csr_matrix((weights, (targets, sources)), (len(layer.names), len(layered[source].names)), np.float32)
            for source, (targets, sources, weights) in layer.parts.items()
        }
        chain.append((layer.relu, layer.bias.astype(np.float32)[:, None], sparse))
    at, column = _column(layered, net.outputs[0])

    def run(points: Array) -> Array:
        values = [np.ascontiguousarray(points.T, np.float32)]
        for relu, bias, sparse in chain:
            total = bias
            for source, matrix in sparse.items():
                total = total + matrix @ values[source]
            values.append(np.maximum(total, np.float32(0)) if relu else total)
        return np.asarray(values[at][column])

    return run


# --- the rows ------------------------------------------------------------------------------------
