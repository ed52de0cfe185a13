"""ONNX: every operator against onnxruntime within the derived bound, shapes, cuts, and what is refused."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from gmpy2 import mpq

from exactnet.bench.rounding import Uncertain, expected
from exactnet.foreign.convert import convert_graph
from exactnet.foreign.graph import Limits
from exactnet.foreign.onnx_file import parse_onnx
from exactnet.kernel.errors import FormatError

onnx = pytest.importorskip("onnx")
helper, numpy_helper = onnx.helper, onnx.numpy_helper

CASES = Path(__file__).parents[3] / "shared" / "cases" / "networks"
FLOAT, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64


def tensor(name, values, dtype=np.float32):
    return numpy_helper.from_array(np.asarray(values, dtype), name)


def make_model(nodes, shape, constants=(), outputs=("y",), opset=13, extra=()):
    """A model with one input ``x``; outputs have no shape."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", FLOAT, shape)],
        [helper.make_tensor_value_info(name, FLOAT, None) for name in outputs],
        [tensor(name, *rest) for name, *rest in constants],
    )
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in extra)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def run_onnx(data: bytes, point: np.ndarray) -> np.ndarray:
    runtime = pytest.importorskip("onnxruntime")
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    first = session.get_inputs()[0]
    shape = [dim if isinstance(dim, int) else 1 for dim in first.shape]
    return np.concatenate([np.ravel(values) for values in session.run(None, {first.name: point.reshape(shape)})])


def as_double(data: bytes) -> bytes:
    """The same model in double precision: the weights are the same numbers, and the bounds are 2^29 times as narrow."""
    model = onnx.load_model_from_string(data)
    attributes = [a for operation in model.graph.node for a in operation.attribute if a.type == a.TENSOR]
    for kept in [*model.graph.initializer, *(a.t for a in attributes)]:
        if kept.data_type == FLOAT:
            kept.CopyFrom(tensor(kept.name, numpy_helper.to_array(kept), np.float64))
    del model.graph.value_info[:]
    for value in [*model.graph.input, *model.graph.output]:
        if value.type.tensor_type.elem_type == FLOAT:
            value.type.tensor_type.elem_type = onnx.TensorProto.DOUBLE
    return model.SerializeToString()


def check_against_runtime(data: bytes, seed: int = 1, points: int = 3, dtype=np.float32) -> None:
    """The exact network, and the runtime within the derived bound, at random points of float32."""
    graph = parse_onnx(data)
    net, _, _ = convert_graph(graph)
    rng = np.random.default_rng(seed)
    compared = 0
    for _ in range(points):
        point = rng.normal(0, 2, len(net.inputs)).astype(np.float32)
        exact = [mpq(float(value)) for value in point]
        try:
            wanted = expected(graph, dtype, exact)
        except Uncertain:
            continue
        assert list(net(exact)) == [value for value, _ in wanted]
        for got, (value, bound) in zip(run_onnx(data, point.astype(dtype)), wanted, strict=True):
            assert abs(mpq(float(got)) - value) <= bound
            assert bound < abs(value) / 100 + mpq(1, 1000)  # the bound says something
            compared += 1
    assert compared


RNG = np.random.default_rng(0)
W = RNG.normal(0, 1, (6, 4)).astype(np.float32)
IMAGE = [1, 2, 5, 6]
node = helper.make_node

#: One small model for each operator: nodes, shape of the input, constants, opset.
OPERATORS = {
    "Gemm": ([node("Gemm", ["x", "w", "b"], ["y"], alpha=0.5, beta=2.0)], [1, 6], [("w", W), ("b", W[0])]),
    "Gemm transposed": ([node("Gemm", ["x", "w"], ["y"], transA=1, transB=1)], [4, 1], [("w", W)]),
    "MatMul": ([node("MatMul", ["x", "w"], ["y"])], [2, 6], [("w", W)]),
    "MatMul left": ([node("MatMul", ["w", "x"], ["y"])], [4, 3], [("w", W)]),
    "MatMul vector": ([node("MatMul", ["x", "w"], ["y"])], [2, 4], [("w", W[0])]),
    "MatMul batch": ([node("MatMul", ["x", "w"], ["y"])], [2, 3, 6], [("w", np.stack([W, -W]))]),
    "Add Sub Mul Div": (
        [node("Add", ["x", "b"], ["1"]), node("Sub", ["b", "1"], ["2"]), node("Mul", ["2", "c"], ["3"]),
         node("Div", ["3", "d"], ["y"])],
        [2, 4],
        [("b", W[0]), ("c", W[1]), ("d", 3.0)],
    ),
    "residual": (
        [node("MatMul", ["x", "w"], ["1"]), node("Relu", ["1"], ["2"]), node("Add", ["2", "1"], ["3"]),
         node("MatMul", ["3", "v"], ["y"])],
        [1, 6],
        [("w", W), ("v", W.T)],
    ),
    "Sum Neg": ([node("Neg", ["x"], ["1"]), node("Sum", ["1", "b", "b"], ["y"])], [2, 4], [("b", W[0])]),
    "Pow Sqrt of constants": (
        [node("Pow", ["b", "two"], ["1"]), node("Sqrt", ["1"], ["2"]), node("Div", ["x", "2"], ["y"])],
        [2, 4],
        [("b", [1.5, 2.0, 0.5, 3.0]), ("two", 2.0)],
    ),
    "Pow of constants by a half": (
        [node("Pow", ["b", "half"], ["1"]), node("Div", ["x", "1"], ["y"])], [2, 4], [("b", [1.5, 2.25, 0.5, 3.0]), ("half", 0.5)],
    ),
    "pieces of constants": (
        [node("Relu", ["w"], ["1"]), node("MatMul", ["x", "1"], ["2"]), node("Abs", ["b"], ["3"]), node("Mul", ["2", "3"], ["4"]),
         node("Sign", ["b"], ["5"]), node("Clip", ["5", "low", "high"], ["6"]), node("Mul", ["4", "6"], ["y"])],
        [2, 6],
        [("w", W), ("b", W[0]), ("low", -0.5), ("high", 2.0)],
    ),
    "Relu": ([node("Relu", ["x"], ["y"])], [2, 3]),
    "LeakyRelu": ([node("LeakyRelu", ["x"], ["y"], alpha=0.1)], [2, 3]),
    "PRelu": ([node("PRelu", ["x", "s"], ["y"])], [2, 3], [("s", [0.1, -0.5, 2])]),
    "Abs": ([node("Abs", ["x"], ["y"])], [2, 3]),
    "Sign": ([node("Sign", ["x"], ["y"])], [2, 3]),
    "Clip": ([node("Clip", ["x", "a", "b"], ["y"])], [2, 9], [("a", -0.7), ("b", 1.3)]),
    "Clip below": ([node("Clip", ["x", "a"], ["y"])], [2, 9], [("a", -0.7)]),
    "Clip above": ([node("Clip", ["x", "", "b"], ["y"])], [2, 9], [("b", 1.3)]),
    "Clip of opset 6": ([node("Clip", ["x"], ["y"], min=-1.0, max=0.5)], [2, 9], [], 6),
    "HardSigmoid": ([node("HardSigmoid", ["x"], ["y"])], [2, 9]),
    "Max Min": ([node("Max", ["x", "b"], ["1"]), node("Min", ["1", "c", "x"], ["y"])], [2, 4], [("b", W[0]), ("c", W[1])]),
    "Conv": (
        [node("Conv", ["x", "w", "b"], ["y"], strides=[1, 2], pads=[1, 0, 2, 1])],
        IMAGE,
        [("w", RNG.normal(0, 1, (3, 2, 2, 3))), ("b", [1, 2, 3])],
    ),
    "Conv dilated, in groups": (
        [node("Conv", ["x", "w"], ["y"], dilations=[2, 1], group=2)],
        IMAGE,
        [("w", RNG.normal(0, 1, (4, 1, 2, 2)))],
    ),
    "Conv of the same size": (
        [node("Conv", ["x", "w"], ["y"], auto_pad="SAME_LOWER", strides=[2, 2])],
        IMAGE,
        [("w", RNG.normal(0, 1, (1, 2, 3, 2)))],
    ),
    "Conv in one dimension": ([node("Conv", ["x", "w"], ["y"], pads=[1, 1])], [1, 2, 7], [("w", RNG.normal(0, 1, (2, 2, 3)))]),
    "BatchNormalization": (
        [node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], epsilon=0.001)],
        IMAGE,
        [("s", [1.5, -2]), ("b", [0.1, 0.3]), ("m", [0.5, -0.25]), ("v", [0.7, 2])],
    ),
    "MaxPool": ([node("MaxPool", ["x"], ["y"], kernel_shape=[2, 3], strides=[2, 1], pads=[1, 1, 0, 1])], IMAGE),
    "MaxPool to the ceiling": ([node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)], IMAGE),
    "AveragePool": ([node("AveragePool", ["x"], ["y"], kernel_shape=[2, 3], pads=[1, 1, 0, 1])], IMAGE),
    "AveragePool with padding": (
        [node("AveragePool", ["x"], ["y"], kernel_shape=[2, 3], pads=[1, 1, 0, 1], count_include_pad=1)], IMAGE
    ),
    "AveragePool to the ceiling": (
        [node("AveragePool", ["x"], ["y"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1, count_include_pad=1)], IMAGE, [], 19
    ),
    "Global pools": (
        [node("GlobalAveragePool", ["x"], ["1"]), node("GlobalMaxPool", ["x"], ["2"]), node("Sub", ["1", "2"], ["y"])], IMAGE
    ),
    "ReduceMean": ([node("ReduceMean", ["x"], ["y"], axes=[1, -1], keepdims=0)], IMAGE),
    "ReduceSum": ([node("ReduceSum", ["x", "a"], ["y"])], IMAGE, [("a", [1], np.int64)]),
    "Flatten": ([node("Flatten", ["x"], ["y"], axis=2)], IMAGE),
    "Reshape": ([node("Reshape", ["x", "s"], ["y"])], IMAGE, [("s", [0, -1, 4], np.int64)]),
    "Transpose": ([node("Transpose", ["x"], ["y"], perm=[0, 3, 1, 2])], IMAGE),
    "Concat": ([node("Concat", ["x", "c", "x"], ["y"], axis=-1)], [2, 4], [("c", W[:2])]),
    "Gather": ([node("Gather", ["x", "i"], ["y"], axis=1)], [2, 4], [("i", [[3, -1], [0, 2]], np.int64)]),
    "Slice": (
        [node("Slice", ["x", "a", "b", "c", "d"], ["y"])],
        [4, 6],
        [("a", [3, -2], np.int64), ("b", [-99, 99], np.int64), ("c", [0, 1], np.int64), ("d", [-2, 1], np.int64)],
    ),
    "Slice of opset 9": ([node("Slice", ["x"], ["y"], starts=[1], ends=[-1], axes=[1])], [4, 6], [], 9),
    "Split": (
        [node("Split", ["x", "s"], ["1", "2"], axis=1), node("Concat", ["2", "1"], ["y"], axis=1)],
        [2, 5],
        [("s", [2, 3], np.int64)],
    ),
    "Pad": ([node("Pad", ["x", "p", "v"], ["y"])], [2, 4], [("p", [0, 1, 1, -1], np.int64), ("v", 0.5)]),
    "Pad of opset 2": ([node("Pad", ["x"], ["y"], pads=[0, 1, 1, 0])], [2, 4], [], 2),
    "Squeeze Unsqueeze": (
        [node("Unsqueeze", ["x", "a"], ["1"]), node("Squeeze", ["1", "b"], ["y"])],
        [1, 4],
        [("a", [0, 3], np.int64), ("b", [1], np.int64)],
    ),
    "Expand Tile": (
        [node("Expand", ["x", "s"], ["1"]), node("Tile", ["1", "t"], ["y"])],
        [1, 4],
        [("s", [3, 4], np.int64), ("t", [1, 2], np.int64)],
    ),
    "shape computed": (
        [node("Shape", ["x"], ["1"]), node("Gather", ["1", "i"], ["2"]), node("Mul", ["2", "two"], ["3"]),
         node("Div", ["3", "two"], ["4"]), node("Concat", ["4", "m"], ["5"], axis=0), node("Reshape", ["x", "5"], ["y"])],
        [3, 2, 2],
        [("i", [0], np.int64), ("two", [2], np.int64), ("m", [-1], np.int64)],
    ),
    "constants": (
        [node("Constant", [], ["c"], value=tensor("", W[:1])), node("Constant", [], ["d"], value_float=0.25),
         node("ConstantOfShape", ["s"], ["e"], value=tensor("", [1.5])), node("Cast", ["s"], ["f"], to=FLOAT),
         node("Add", ["x", "c"], ["1"]), node("Mul", ["1", "d"], ["2"]), node("Add", ["2", "e"], ["3"]),
         node("Dropout", ["3"], ["4"]), node("Identity", ["4"], ["5"]), node("Add", ["5", "f"], ["y"])],
        [1, 4],
        [("s", [4], np.int64)],
    ),
    "operators out of order": ([node("Relu", ["1"], ["y"]), node("MatMul", ["x", "w"], ["1"])], [2, 6], [("w", W)]),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operator_agrees_with_onnxruntime(name):
    nodes, shape, *rest = OPERATORS[name]
    constants, opset = rest[0] if rest else [], rest[1] if len(rest) > 1 else 13
    data = make_model(nodes, shape, constants, opset=opset).SerializeToString()
    if name == "operators out of order":
        graph = parse_onnx(data)
        sorted_data = make_model(nodes[::-1], shape, constants).SerializeToString()
        assert convert_graph(graph)[0] == convert_graph(parse_onnx(sorted_data))[0]
        return
    check_against_runtime(data)


@pytest.mark.parametrize("name", ["Sign", "Clip", "Relu", "LeakyRelu", "Max Min"])
def test_operator_at_the_borders(name):
    """At zero, and where an argument is a limit, the exact value is the runtime's."""
    nodes, shape, *rest = OPERATORS[name]
    constants = rest[0] if rest else []
    data = make_model(nodes, shape, constants).SerializeToString()
    net, _, _ = convert_graph(parse_onnx(data))
    borders = [0.0, *(float(np.float32(value)) for _, values, *_ in constants for value in np.ravel(values))]
    point = np.array([borders[i % len(borders)] for i in range(len(net.inputs))], np.float32)
    exact = net([mpq(float(value)) for value in point])
    assert [float(value) for value in exact] == pytest.approx(run_onnx(data, point).tolist(), abs=0)


def run_qonnx(data: bytes, point: np.ndarray) -> np.ndarray:
    """QONNX's own executor of one node, by its own function."""
    quant = pytest.importorskip("qonnx.custom_op.general.quant")
    graph = onnx.load_model_from_string(data).graph
    operation = graph.node[0]
    given = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    x = point.reshape([d.dim_value for d in graph.input[0].type.tensor_type.shape.dim])
    a = {x.name: helper.get_attribute_value(x) for x in operation.attribute}
    return np.ravel(quant.quant(x, given["s"], given["z"], given["n"], a["signed"], a["narrow"], a["rounding_mode"].decode()))


def quant_model(bits, signed=1, narrow=0, mode="ROUND", scale=0.25, zero=0.0, shape=(1, 40)):
    attributes = {"signed": signed, "narrow": narrow, "rounding_mode": mode, "domain": "qonnx.custom_op.general"}
    operation = node("Quant", ["x", "s", "z", "n"], ["y"], **attributes)
    constants = [("s", scale), ("z", zero), ("n", bits)]
    return make_model([operation], list(shape), constants, extra=["qonnx.custom_op.general"]).SerializeToString()


@pytest.mark.parametrize("mode", ["ROUND", "CEIL", "FLOOR"])
@pytest.mark.parametrize(("signed", "narrow", "zero"), [(1, 0, 0.0), (1, 1, 1.0), (0, 0, 2.0), (0, 1, 0.0)])
def test_quant_agrees_with_qonnx_at_ties_too(mode, signed, narrow, zero):
    data = quant_model(3, signed, narrow, mode, zero=zero)
    net, _, _ = convert_graph(parse_onnx(data))
    point = (np.arange(40, dtype=np.float32) - 20) / 8 * 0.5  # every half and quarter of a level
    got = run_qonnx(data, point)
    assert [float(value) for value in net([mpq(float(value)) for value in point])] == got.tolist()


@pytest.mark.parametrize("mode", ["ROUND", "CEIL", "FLOOR"])
def test_quant_of_weights_is_a_constant_and_that_of_qonnx(mode):
    data = quant_model(3, 1, 0, mode, zero=1.0, shape=(40, 1))
    weights = ((np.arange(40, dtype=np.float32) - 20) / 16).reshape(40, 1)
    graph = onnx.load_model_from_string(data).graph
    operations = [node("Identity", ["w"], ["x1"]), *graph.node, node("MatMul", ["x", "y"], ["sum"])]
    operations[1].input[0] = "x1"
    constants = [("w", weights), *((i.name, numpy_helper.to_array(i)) for i in graph.initializer)]
    model = make_model(operations, [1, 40], constants, outputs=["sum"], extra=["qonnx.custom_op.general"])
    net, _, _ = convert_graph(parse_onnx(model.SerializeToString()))
    read = dict(net.sources("y0"))
    assert [float(read.get(f"x{i}", 0)) for i in range(40)] == run_qonnx(data, weights).tolist()


def test_bipolar_quant_fires_at_zero():
    operation = node("BipolarQuant", ["x", "s"], ["y"], domain="qonnx.custom_op.general")
    net, _, _ = convert_graph(parse_onnx(make_model([operation], [1, 3], [("s", 0.5)]).SerializeToString()))
    assert net([-1, 0, "1/8"]) == (mpq(-1, 2), mpq(1, 2), mpq(1, 2))


def test_wide_quant_of_the_inputs_is_left_out():
    net, left_out, _ = convert_graph(parse_onnx(quant_model(16, shape=(1, 2))))
    assert net([1, 2]) == (1, 2)
    assert left_out == ("Quant of the inputs to 65536 levels (inputs are taken to be on them)",)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(-3.4e38, 3.4e38, 2), (3.3e38, 3.4e38, mpq(float(np.float32(3.3e38)))), (-np.inf, 1.0, 1), (1.0, np.inf, 2), (5.0, 5.0, 5)],
)
def test_limits_beyond_float32_are_none(low, high, expected):
    data = make_model([node("Clip", ["x", "a", "b"], ["y"])], [1, 1], [("a", low), ("b", high)]).SerializeToString()
    assert convert_graph(parse_onnx(data))[0]([2]) == (expected,)


def test_rounding_by_a_narrow_cast_is_noted():
    nodes = [node("Cast", ["x"], ["1"], to=onnx.TensorProto.FLOAT16), node("Relu", ["1"], ["y"])]
    data = make_model(nodes, [1, 1]).SerializeToString()
    assert convert_graph(parse_onnx(data))[1] == ("rounding by Cast to 16 bits",)


# --- what is cut ---------------------------------------------------------------------------------


def classifier(*tail, outputs):
    nodes = [node("Gemm", ["x", "w"], ["logits"]), *tail]
    return make_model(nodes, [1, 6], [("w", W)], outputs=outputs).SerializeToString()


@pytest.mark.parametrize(
    ("tail", "outputs", "words"),
    [
        ([node("Softmax", ["logits"], ["y"])], ["y"], ("Softmax (outputs are logits)",)),
        ([node("ArgMax", ["logits"], ["y"])], ["y"], ("ArgMax",)),
        (
            [node("Softmax", ["logits"], ["p"]), node("ArgMax", ["p"], ["a"]), node("Cast", ["a"], ["y"], to=INT64)],
            ["y", "p"],
            ("Softmax (outputs are logits)", "ArgMax"),
        ),
        ([node("ArgMax", ["logits"], ["a"]), node("Reshape", ["a", "w"], ["y"])], ["y"], ("ArgMax",)),
    ],
)
def test_what_stands_at_the_end_is_cut(tail, outputs, words):
    net, left_out, _ = convert_graph(parse_onnx(classifier(*tail, outputs=outputs)))
    plain, _, _ = convert_graph(parse_onnx(classifier(outputs=["logits"])))
    assert net == plain
    assert left_out == words


# --- what is refused -----------------------------------------------------------------------------


def refused(data, **options) -> str:
    with pytest.raises(FormatError) as caught:
        convert_graph(parse_onnx(data, **options))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("nodes", "constants", "words"),
    [
        ([node("Softmax", ["x"], ["1"]), node("Erf", ["1"], ["2"]), node("Erf", ["2"], ["3"]), node("Relu", ["3"], ["y"])], [],
         "not piecewise linear, or not supported: Erf (2 nodes, first 2), Softmax (node 1)"),
        ([node("Mul", ["x", "x"], ["y"])], [], "Mul 'y': not piecewise linear: a product of two activations"),
        ([node("Div", ["c", "x"], ["y"])], [("c", 1.0)], "Div 'y': not piecewise linear: a quotient by an activation"),
        ([node("Pow", ["x", "c"], ["y"])], [("c", 2.0)], "Pow 'y': not piecewise linear: a power of an activation"),
        ([node("MatMul", ["x", "t"], ["y"]), node("Transpose", ["x"], ["t"])], [], "a product of two activations"),
        ([node("Div", ["x", "c"], ["y"])], [("c", 0.0)], "a division by zero"),
        ([node("Add", ["x", "c"], ["y"])], [("c", np.inf)], "a number is infinite, no number"),
        ([node("Add", ["x", "c"], ["y"])], [("c", [1, 2, 3])], "Add 'y': cannot be applied: 'shape mismatch"),
        ([node("Add", ["x", "nowhere"], ["y"])], [], "reads 'nowhere', which nothing has written"),
        ([node("Relu", ["y"], ["z"]), node("Relu", ["z"], ["y"])], [], "the operators form a cycle"),
        ([node("Relu", ["x"], ["z"])], [], "output 'y' is written by no operator"),
        ([node("Reshape", ["x", "c"], ["y"])], [("c", [5, 5], np.int64)], "cannot be applied"),
        ([node("Tile", ["x", "c"], ["y"])], [("c", [99999, 99999], np.int64)], "a tensor of"),
        ([node("ConstantOfShape", ["c"], ["y"])], [("c", [99999, 99999], np.int64)], "a tensor of"),
        ([node("Relu", ["x"], ["y"]), node("Neg", ["x"], ["y"])], [], "tensor 'y' is written twice, by 'y' again"),
        ([node("Relu", ["x"], ["c"])], [("c", 1.0)], "tensor 'c' is written twice"),
        ([node("Relu", ["x"], ["y"])], [("c", 1.0), ("c", 2.0)], "initializer 'c' is there twice"),
        ([node("Relu", [""], ["y"])], [], "Relu 'y': an operand is left out"),
        ([node("Relu", ["x"], ["y"], domain="elsewhere")], [], "not supported: elsewhere.Relu (node y)"),
        ([node("Flatten", ["x"], ["y"], axis=3)], [], "Flatten 'y': axis 3 of 2"),
        ([node("Split", ["x", "c"], ["y", "z"], axis=1)], [("c", [9, -5], np.int64)], "no sizes of 2 parts of 4 elements"),
        ([node("Split", ["x", "c"], ["y", "z"], axis=1)], [("c", [4], np.int64)], "no sizes of 2 parts of 4 elements"),
        ([node("Add", ["x", "c"], ["y"], axis=0, broadcast=1)], [("c", [1, 2])], "Add 'y': "),
        ([node("Add", ["x", "c"], ["y"], axis=0, broadcast=1)], [("c", [1, 2, 3, 4])], "the attribute 'axis' is not supported"),
        ([node("Relu", ["x"], ["y"], leak=0.5)], [], "Relu 'y': the attribute 'leak' is not supported"),
    ],
)
def test_operators_that_are_refused(nodes, constants, words):
    assert words in refused(make_model(nodes, [2, 4], constants).SerializeToString())


def test_models_that_are_malformed():
    """What no operator shows: inputs without a name or twice, functions of the model's own, many dimensions."""
    model = make_model([node("Relu", ["x"], ["y"])], [1, 4])
    model.graph.input.append(model.graph.input[0])
    assert "input 'x' is there twice" in refused(model.SerializeToString())
    model.graph.input[1].name = ""
    assert "an input has no name" in refused(model.SerializeToString())
    del model.graph.input[1]
    model.graph.input[0].type.tensor_type.shape.CopyFrom(onnx.TensorShapeProto(dim=[{"dim_value": 2**62}] * 10_000))
    assert "10000 dimensions, more than 32" in refused(model.SerializeToString())
    wide = onnx.TensorProto(name="w", data_type=FLOAT, dims=[2**62] * 10_000)
    model.graph.initializer.append(wide)
    assert "10000 dimensions, more than 32" in refused(model.SerializeToString())
    model = make_model([node("Relu", ["x"], ["y"])], [1, 4])
    model.functions.append(helper.make_function("", "Relu", ["a"], ["b"], [node("Neg", ["a"], ["b"])], model.opset_import))
    assert "functions that a model defines" in refused(model.SerializeToString())
    model = make_model([node("Conv", ["x", "k"], ["y"], kernel_shape=[1, 2])], [1, 1, 3, 3], [("k", np.ones((1, 1, 2, 2)))])
    assert "kernel_shape is not that of" in refused(model.SerializeToString())


def test_numbers_cannot_grow_without_end():
    chain = [node("Mul", [str(i) if i else "x", "c"], [str(i + 1) if i < 199 else "y"]) for i in range(200)]
    assert "numbers of" in refused(make_model(chain, [1, 1], [("c", 1.0e38)]).SerializeToString())


def test_doubling_is_bounded():
    chain = [node("Concat", [str(i) if i else "x"] * 2, [str(i + 1) if i < 49 else "y"], axis=1) for i in range(50)]
    with pytest.raises(FormatError, match="elements"):
        convert_graph(parse_onnx(make_model(chain, [1, 4]).SerializeToString()), Limits(computed=10**4))


def test_wires_are_bounded_before_they_are_made():
    data = make_model([node("MatMul", ["x", "w"], ["y"])], [6, 6], [("w", W)]).SerializeToString()
    with pytest.raises(FormatError, match="more than 100 weights"):
        convert_graph(parse_onnx(data), Limits(wires=100))


@pytest.mark.parametrize("shape", [["n", "m"], [1, None], [None, 0, 3]])
def test_dynamic_shapes_are_refused(shape):
    assert "has the dynamic shape (" in refused(make_model([node("Relu", ["x"], ["y"])], shape).SerializeToString())


def test_a_dynamic_batch_is_one():
    net, _, _ = convert_graph(parse_onnx(make_model([node("Relu", ["x"], ["y"])], ["batch", 3]).SerializeToString()))
    assert len(net.inputs) == 3


def test_broken_files_are_one_line():
    """Every prefix, and random damage: a FormatError or a network, and nothing else."""
    data = make_model(*OPERATORS["residual"][:2], OPERATORS["residual"][2]).SerializeToString()
    rng = random.Random(4)
    messages = []
    damaged = [data[:stop] for stop in range(0, len(data), 7)]
    for _ in range(300):
        broken = bytearray(data)
        for _ in range(rng.randint(1, 4)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        damaged.append(bytes(broken))
    for broken in damaged:
        try:
            convert_graph(parse_onnx(broken), Limits(elements=10**5, nodes=10**4, wires=10**5))
        except FormatError as error:
            messages.append(str(error))
    assert messages
    assert not any("\n" in message for message in messages)


def external(tmp_path, location: str):
    model = make_model([node("MatMul", ["x", "w"], ["y"])], [1, 6], [("w", W)])
    kept = model.graph.initializer[0]
    onnx.external_data_helper.set_external_data(kept, location, 0, W.nbytes)
    kept.ClearField("raw_data")
    return model.SerializeToString()


def test_tensors_beside_the_model_are_read(tmp_path):
    (tmp_path / "weights.bin").write_bytes(W.tobytes())
    net, _, _ = convert_graph(parse_onnx(external(tmp_path, "weights.bin"), str(tmp_path)))
    assert net([1, 0, 0, 0, 0, 0]) == tuple(mpq(float(value)) for value in W[0])


@pytest.mark.parametrize("location", ["../weights.bin", "/etc/passwd", "sub/weights.bin", "link.bin", "", "..", "."])
def test_tensors_elsewhere_are_not_read(tmp_path, location):
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "weights.bin").write_bytes(W.tobytes())
    (folder / "link.bin").symlink_to(tmp_path / "weights.bin")
    assert "which is no plain file beside the model" in refused(external(tmp_path, location), folder=str(folder))


def test_tensors_that_are_missing(tmp_path):
    data = external(tmp_path, "weights.bin")
    assert "cannot be read: No such file" in refused(data, folder=str(tmp_path))
    assert "read the model from its file" in refused(data)
    (tmp_path / "weights.bin").write_bytes(W.tobytes()[:-1])
    assert "ends too early" in refused(data, folder=str(tmp_path))


# --- real files ----------------------------------------------------------------------------------


@pytest.mark.skipif(not CASES.is_dir(), reason="needs the shared cases")
def test_real_networks_agree_with_onnxruntime():
    files = sorted(CASES.glob("**/*.onnx"))
    refused_files = []
    for file in files:
        data = file.read_bytes()
        try:
            parsed = parse_onnx(data)
            convert_graph(parsed)
        except FormatError:
            refused_files.append(file.stem)
            continue
        if file.stem in ("batchnorm", "conv", "maxpool", "leakyRelu", "cast_int_to_float"):
            check_against_runtime(data, points=2)  # onnxruntime has these in float32 only
        else:
            check_against_runtime(as_double(data), points=2, dtype=np.float64)
    assert refused_files == ["fc_2-2sigmoids-3", "sigmoid", "tanh"]
