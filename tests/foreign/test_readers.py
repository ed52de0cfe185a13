"""NNet files, scikit-learn estimators, PyTorch modules, arrays: against their own runtimes, and what is refused."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given
from hypothesis import strategies as st

from exactnet.bench.rounding import expected
from exactnet.foreign.arrays import from_layers, rational_array, to_numpy
from exactnet.foreign.convert import convert_graph
from exactnet.foreign.estimators import estimator_graph, from_sklearn
from exactnet.foreign.files import from_nnet, from_onnx, read_foreign
from exactnet.foreign.graph import Limits
from exactnet.foreign.modules import from_torch, torch_graph
from exactnet.foreign.nnet import dump_nnet, parse_nnet
from exactnet.kernel.errors import FormatError

CASES = Path(__file__).parents[3] / "shared" / "cases" / "networks"

NNET = """// a comment
2,2,1,2,
2,2,1,
0,
-1.0,-2.0,
1.0,2.0,
0.5,0.25,10,
2,4,5,
1.5,-1
0.1,2e-1,
-0.5,
1E+0,
2,3,
0.75,
"""


def test_nnet_decimals_are_what_they_say():
    net = parse_nnet(NNET.encode())
    x, y = mpq(2), mpq(1)
    h = [max(mpq(0), mpq(3, 2) * x - y - mpq(1, 2)), max(mpq(0), x / 10 + y / 5 + 1)]
    assert net([x, y]) == (2 * h[0] + 3 * h[1] + mpq(3, 4),)


@given(st.integers(-30, 30), st.integers(-30, 30))
def test_nnet_scaled_is_the_physical_network(a, b):
    plain, scaled = parse_nnet(NNET.encode()), parse_nnet(NNET.encode(), scaled=True)
    x, y = mpq(a, 10), mpq(b, 10)
    moved = [(max(mpq(-1), min(mpq(1), x)) - mpq(1, 2)) / 2, (max(mpq(-2), min(mpq(2), y)) - mpq(1, 4)) / 4]
    assert scaled([x, y])[0] == plain(moved)[0] * 5 + 10


def test_nnet_written_is_read_back():
    net = parse_nnet(NNET.encode())
    assert parse_nnet(dump_nnet(net, [mpq(0)] * 2, [mpq(1)] * 2)) == net


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no NNet file"),
        ("2,2\n", "no NNet file"),
        ("1,2,3,x\n", "line 1: the counts are no integers"),
        (NNET.replace("2,2,1,\n", "2,999999999,1,\n", 1), "weights"),
        (NNET.replace("0.1,2e-1,", "0.1,2e-1,3,"), "line 10: 3 numbers, not 2"),
        (NNET.replace("0.1,2e-1,", "0.1,inf,"), "line 10: 'inf' is not a number"),
        (NNET.replace("0.75,\n", ""), "the file ends in layer 2 of 2"),
        (NNET + "é", "not ASCII"),
    ],
)
def test_nnet_that_is_refused(text, words):
    with pytest.raises(FormatError, match=words):
        parse_nnet(text.encode())


@pytest.mark.parametrize("value", ["1/3", "1/7"])
def test_nnet_holds_decimals_only(value):
    with pytest.raises(FormatError, match=f"'{value}' is no finite decimal"):
        dump_nnet(from_layers([[[value]]]), [mpq(0)], [mpq(1)])


@pytest.mark.skipif(not CASES.is_dir(), reason="needs the shared cases")
def test_acas_xu_as_nnet_and_onnx_are_different_networks():
    nnet, source = read_foreign(CASES / "ACASXU_experimental_v2a_1_1.nnet")
    onnx = from_onnx(CASES / "ACASXU_experimental_v2a_1_1.onnx")
    assert (len(nnet.order), source.name, source.left_out) == (305, "ACASXU_experimental_v2a_1_1.nnet", ())
    point = [mpq(1), mpq(0), mpq(-1), mpq(1), mpq(0)]
    gap = max(abs(a - b) for a, b in zip(nnet(point), onnx(point), strict=True))
    assert 0 < gap <= mpq("2257/1000000000")
    assert from_nnet(CASES / "ACASXU_experimental_v2a_1_1.nnet") == nnet


@pytest.mark.parametrize("name", ["net.th.txt", "net"])
def test_other_names_are_refused(tmp_path, name):
    with pytest.raises(FormatError, match="ends in none of"):
        read_foreign(tmp_path / name)


# --- scikit-learn --------------------------------------------------------------------------------


def data():
    rng = np.random.default_rng(3)
    x = rng.normal(1, 3, (60, 4))
    return x, (x[:, 0] > x[:, 1]).astype(int) + (x[:, 2] > 2), x[:, 0] - x[:, 3] ** 2


def fitted(last, *scalers, regression=False):
    pipeline = pytest.importorskip("sklearn.pipeline")
    x, classes, values = data()
    return pipeline.make_pipeline(*scalers, last).fit(x, values if regression else classes)


def estimators():
    pytest.importorskip("sklearn")
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler

    options = {"hidden_layer_sizes": (5, 4), "max_iter": 400, "tol": 1e-2, "random_state": 1}
    yield fitted(MLPClassifier(**options), StandardScaler()), "decision"
    yield fitted(MLPRegressor(**options), MinMaxScaler(), regression=True), "predict"
    yield fitted(MLPRegressor(activation="identity", **options), MaxAbsScaler(), regression=True), "predict"
    yield fitted(LinearRegression(), regression=True), "predict"
    yield fitted(LogisticRegression(), StandardScaler(with_mean=False)), "decision"
    x, classes, _ = data()
    yield MLPClassifier(**options).fit(x, classes > 0), "decision"  # two classes: one logit


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_estimators_agree_with_scikit_learn():
    x, _, _ = data()
    for estimator, kind in estimators():
        net = from_sklearn(estimator)
        graph, _ = estimator_graph(estimator)
        for row in x[:5]:
            point = [mpq(value) for value in row.tolist()]
            wanted = expected(graph, np.float64, point)
            assert list(net(point)) == [value for value, _ in wanted]
            if kind == "predict":
                got = np.atleast_1d(estimator.predict(row[None])[0])
                for number, (value, bound) in zip(got.tolist(), wanted, strict=True):
                    assert abs(mpq(number) - value) <= bound < mpq(1, 10**9)
            else:  # labels, where no other logit is within the bounds
                label = int(estimator.predict(row[None])[0])
                values = [value for value, _ in wanted]
                best = max(values)
                clear = len(values) == 1 or sorted(values)[-2] + 2 * max(bound for _, bound in wanted) < best
                assert clear
                assert label == (int(values[0] > 0) if len(values) == 1 else values.index(best))


def test_estimators_that_are_refused():
    pytest.importorskip("sklearn")
    from sklearn.decomposition import PCA
    from sklearn.neural_network import MLPClassifier
    from sklearn.tree import DecisionTreeClassifier

    x, classes, _ = data()
    with pytest.raises(FormatError, match="the activation 'tanh' is not piecewise linear"):
        from_sklearn(MLPClassifier(activation="tanh", max_iter=600, tol=1e-1, random_state=1).fit(x, classes))
    for estimator in (fitted(DecisionTreeClassifier()), fitted(MLPClassifier(max_iter=600, tol=1e-1), PCA())):
        with pytest.raises(FormatError):
            from_sklearn(estimator)
    with pytest.raises(FormatError, match="is not fitted"):
        from_sklearn(MLPClassifier())


# --- PyTorch -------------------------------------------------------------------------------------


class Parameter:
    """As much of a tensor of PyTorch as is looked at."""

    def __init__(self, values) -> None:
        self.values = np.asarray(values, np.float32)

    def detach(self):
        return self

    cpu = detach

    def numpy(self):
        return self.values


def module(kind: str, **fields):
    return type(kind, (SimpleNamespace,), {"__module__": "torch.nn.modules"})(**fields)


def linear(weight, bias=None):
    return module("Linear", in_features=len(weight[0]), weight=Parameter(weight), bias=None if bias is None else Parameter(bias))


def sequential(*layers):
    return type("Sequential", (list,), {"__module__": "torch.nn.modules"})(layers)


def test_modules_are_read_without_torch():
    model = sequential(
        module("Flatten", start_dim=1, end_dim=-1),
        sequential(linear([[1, -1], [2, 0.5]], [0, 1]), module("ReLU")),
        module("Dropout"),
        linear([[1, 1]]),
        module("Hardtanh", min_val=-1.0, max_val=3.0),
        module("Softmax"),
    )
    net = from_torch(model)
    assert net([1, 0]) == (3,)
    assert net([0, 1]) == (mpq(3, 2),)
    assert convert_graph(torch_graph(model), Limits())[1] == ("Softmax (outputs are logits)",)


def test_pools_are_read_without_torch():
    common = {"kernel_size": 2, "stride": 2, "padding": 0, "ceil_mode": False}
    largest = module("MaxPool2d", dilation=1, return_indices=False, **common)
    mean = module("AvgPool2d", count_include_pad=True, divisor_override=None, **common)
    for pool, value in ((largest, 4), (mean, mpq(3, 2))):
        net = from_torch(sequential(pool, module("Flatten", start_dim=1, end_dim=-1)), (1, 2, 2))
        assert net([1, 4, -1, 2]) == (value,)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([module("GELU")], "layer 0 is 'GELU', which is not read"),
        ([module("ReLU")], "the shape of the input is not known"),
        ([type("Linear", (), {"in_features": 1})()], "layer 0 is 'Linear', which is not read"),
        ([linear([[1]]), module("Linear", in_features=1, weight=None)], "layer 1 cannot be read: "),
        ([linear([[1]]), module("GELU")], "layer 1 is 'GELU', which is not read"),
    ],
)
def test_modules_that_are_refused(layers, words):
    with pytest.raises(FormatError, match=words):
        from_torch(sequential(*layers))


def test_modules_agree_with_torch():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1, stride=2), nn.BatchNorm2d(3), nn.LeakyReLU(0.1), nn.MaxPool2d(2, padding=1),
        nn.AvgPool2d(2), nn.Flatten(), nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU6(), nn.Linear(4, 2),
    )
    for _ in range(3):
        model(torch.randn(8, 2, 6, 6))
    model.eval()
    graph = torch_graph(model, (2, 6, 6))
    for seed in range(3):
        point = np.random.default_rng(seed).normal(0, 1, 72).astype(np.float32)
        with torch.no_grad():
            got = model(torch.tensor(point.reshape(1, 2, 6, 6))).numpy().ravel()
        for number, (value, bound) in zip(got.tolist(), expected(graph, np.float32, map(mpq, point.tolist())), strict=True):
            assert abs(mpq(number) - value) <= bound < mpq(1, 100)


def test_numbers_have_the_precision_of_the_weights():
    model = sequential(linear([[1]]), module("LeakyReLU", negative_slope=0.1))
    assert from_torch(model)([-1]) == (-mpq(float(np.float32(0.1))),)


def test_kinds_of_numbers_and_of_modules_of_torch():
    torch = pytest.importorskip("torch")
    nn = torch.nn

    class Whole(nn.Sequential):
        pass

    class Other(nn.Sequential):
        def forward(self, x):
            return -super().forward(x)

    class Own(nn.Module):
        pass

    model = Whole(nn.Linear(2, 2), nn.LeakyReLU(0.1), nn.BatchNorm1d(2), nn.Linear(2, 1)).eval().to(torch.bfloat16)
    rounded = from_torch(model)
    for number, dtype in ((np.float32, torch.float32), (np.float64, torch.float64)):
        wide = model.to(dtype)
        if dtype == torch.float32:
            assert from_torch(wide)([1, -3]) == rounded([1, -3])  # widening does not round
        with torch.no_grad():
            value = wide(torch.tensor([[1, -3]], dtype=dtype)).item()
        ((exact, bound),) = expected(torch_graph(wide), number, [mpq(1), mpq(-3)])
        assert abs(mpq(value) - exact) <= bound < mpq(1, 1000)
    for refused in (Other(nn.Linear(2, 2)), Own()):
        with pytest.raises(FormatError, match=r"layer 0 is '(Other|Own)', which is not read"):
            from_torch(refused)
    with pytest.raises(FormatError, match="layer 0 cannot be read: "):
        from_torch(nn.Sequential(nn.Linear(2, 2, device="meta")))


# --- arrays --------------------------------------------------------------------------------------


def test_layers_of_floats_are_a_choice():
    with pytest.raises(FormatError, match=r"0\.1 is a float"):
        from_layers([[[0.1]]])
    assert from_layers([np.array([[0.1]])], floats="dyadic")([1])[0] == mpq(0.1)


@given(st.lists(st.integers(1, 4), min_size=2, max_size=4), st.data())
def test_layers_are_read_back(sizes, draw):
    number = st.integers(-8, 8).map(lambda value: mpq(value, 4))
    nonzero = st.sampled_from([mpq(-1), mpq(1, 2)])
    weights = [[[draw.draw(nonzero) for _ in range(a)] for _ in range(b)] for a, b in pairwise(sizes)]
    biases = [[draw.draw(number) for _ in row] for row in weights]
    net = from_layers(weights, biases)
    arrays = to_numpy(net, float)
    assert [w.tolist() for w, _ in arrays] == [[[float(v) for v in row] for row in matrix] for matrix in weights]
    assert from_layers([w for w, _ in arrays], [b for _, b in arrays], floats="dyadic") == net


@pytest.mark.parametrize(
    ("weights", "biases", "words"),
    [
        ([], None, "0 matrices"),
        ([[[1, 2], [3]]], None, "rows of different lengths"),
        ([[1, 2]], None, "layer 1: weights of the shape"),
        ([[[1, 2]], [[1, 2]]], None, "layer 2: weights of the shape"),
        ([[[1, 2]]], [[1, 2]], "2 biases"),
        ([[["one"]]], None, "'one' is not a number"),
        ([[[None]]], None, "not an exact number"),
    ],
)
def test_layers_that_do_not_fit(weights, biases, words):
    with pytest.raises(FormatError, match=words):
        from_layers(weights, biases)


def test_arrays_refuse_to_round():
    net = from_layers([[["1/3"]]])
    assert to_numpy(net)[0][0][0, 0] == mpq(1, 3)
    for dtype in (np.float32, np.float64, int, np.int8):
        with pytest.raises(FormatError, match="'1/3' is no value of"):
            to_numpy(net, dtype)
    with pytest.raises(FormatError, match=r"is no value of|is beyond"):
        to_numpy(from_layers([[[300]]]), np.int8)
    with pytest.raises(FormatError, match="is no value of"):
        to_numpy(from_layers([[[mpq(2) ** 200]]]), np.float32)


def test_rationals_of_numpy_and_lists():
    assert rational_array(np.array([1, 2], np.int8)).tolist() == [1, 2]
    assert rational_array([np.int64(3), "1/2"]).tolist() == [3, mpq(1, 2)]
    with pytest.raises(FormatError):
        rational_array([float("nan")], "dyadic")
