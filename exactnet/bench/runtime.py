"""The runtime of an ONNX model: onnxruntime, or QONNX's executor where there are its operators."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from exactnet.bench.rounding import Uncertain, expected
from exactnet.foreign.graph import Graph
from exactnet.foreign.onnx_file import parse_onnx

__all__ = ["Uncertain", "ends", "expected", "runner"]

Floats = npt.NDArray[Any]


def ends(graph: Graph) -> list[str]:
    """The tensors whose elements are the outputs of the network: what Softmax and labels at the end are made of."""
    writer = {name: operation for operation in graph.operations for name in operation.outputs}
    found: dict[str, None] = {}
    for name in graph.outputs:
        while name in writer and writer[name].op in ("Softmax", "LogSoftmax", "ArgMax", "TopK"):
            name = writer[name].inputs[0]  # noqa: PLW2901
        found[name] = None
    return list(found)


def runner(data: bytes) -> Callable[[Floats], Floats]:
    """A function of the elements of the input."""
    import onnx

    model = onnx.load_model_from_string(data)
    graph = parse_onnx(data)
    wanted = ends(graph)

    def fed(point: Floats) -> dict[str, Floats]:
        parts = np.split(point, np.cumsum([int(np.prod(shape)) for shape in graph.inputs.values()])[:-1])
        return {name: part.reshape(shape) for part, (name, shape) in zip(parts, graph.inputs.items(), strict=True)}

    described = [value for value in model.graph.value_info if value.name not in wanted]
    del model.graph.output[:], model.graph.value_info[:]
    model.graph.value_info.extend(described)
    model.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in wanted)
    if any(node.op_type in ("Quant", "BipolarQuant") for node in model.graph.node):
        from qonnx.core.modelwrapper import ModelWrapper
        from qonnx.core.onnx_exec import execute_onnx
        from qonnx.transformation.infer_shapes import InferShapes

        with warnings.catch_warnings(action="ignore"):  # of shapes that it infers, and of old domains
            inferred = ModelWrapper(model).transform(InferShapes())

        def execute(point: Floats) -> Floats:
            with warnings.catch_warnings(action="ignore"):
                results = execute_onnx(inferred, fed(point))
            return np.concatenate([np.ravel(results[name]) for name in wanted])

        return execute
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def run(point: Floats) -> Floats:
        return np.concatenate([np.ravel(values) for values in session.run(wanted, fed(point))])

    return run
