"""The shipped networks: their shape, their accuracy, and that the scripts beside them make them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gmpy2 import mpq

from exactnet.claims.statements import kind_of
from exactnet.cli.show import layers
from exactnet.data import EXAMPLES, example_path
from exactnet.files.networks import read_network
from exactnet.kernel.domain import Cube, Domain, Grid
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network


def load(name: str) -> tuple[Network, Domain]:
    loaded = read_network(example_path(name))
    assert loaded.domain is not None
    return loaded.network, loaded.domain


def correct_flowers(net: Network, scaled: Any, labels: Any) -> int:
    outputs = [net([mpq(int(value), 3) for value in point]) for point in scaled]
    return sum(max(range(3), key=y.__getitem__) == label for y, label in zip(outputs, labels, strict=True))


def right_digits(net: Network, bits: Any, labels: Any) -> Any:
    """Whether exactly the right output fires, picture by picture; equal pictures are evaluated once."""
    distinct, where = np.unique(bits, axis=0, return_inverse=True)
    outputs = np.array([[int(value) for value in net([int(bit) for bit in row])] for row in distinct])[where.ravel()]
    return (outputs == np.eye(10, dtype=int)[labels]).all(axis=1)


def test_every_example_is_there() -> None:
    for name in EXAMPLES:
        net, domain = load(name)
        assert domain.d == len(net.inputs)
    with pytest.raises(ExactnetError, match="no example is called 'iriz'"):
        example_path("iriz")


def test_shape_of_iris() -> None:
    net, domain = load("iris")
    assert domain == Grid(3, 4)
    assert net.inputs == ("sepal_length", "sepal_width", "petal_length", "petal_width")
    assert net.outputs == ("setosa", "versicolor", "virginica")
    found = measure(net, domain)
    assert (kind_of(net), found.depth, found.width) == ("relu", 2, 3)
    for node in net.nodes():
        for weight in (node.bias, *node.sources.values()):
            assert mpq(*float(weight).as_integer_ratio()) == weight  # a float64, taken exactly


def test_the_logits_of_iris_are_small_on_the_whole_grid() -> None:
    """All 19^4 grid points, in integers of any size."""
    net, domain = load("iris")
    scale = 3 * int(np.lcm.reduce([int(w.denominator) for n in net.nodes() for w in (n.bias, *n.sources.values())]))
    axis = np.arange(-9, 10)
    points = np.stack(np.meshgrid(axis, axis, axis, axis, indexing="ij"), -1).reshape(-1, 4).astype(object)
    assert len(points) == domain.count
    value: dict[str, Any] = dict(zip(net.inputs, points.T, strict=True))  # each input times 3
    for name in net.order:
        first = net.kind(name) == "relu"
        # hidden values are times `scale`, outputs times `scale` squared
        total: Any = int(net.bias(name) * (scale if first else scale**2))
        for source, weight in net.sources(name):
            total = total + int(weight * (scale // 3 if first else scale)) * value[source]
        value[name] = np.maximum(total, 0) if first else total
    largest = max(mpq(int(abs(value[name]).max()), scale**2) for name in net.outputs)
    assert mpq(1445, 100) < largest < mpq(1446, 100)
    corner = points[int(abs(value["setosa"]).argmax())]
    assert net([mpq(int(x), 3) for x in corner])[0] == mpq(int(value["setosa"].max()), scale**2)


def test_accuracy_of_iris() -> None:
    pytest.importorskip("sklearn")
    from exactnet.data.train_iris import load_grid_data

    scaled, labels = load_grid_data()
    assert scaled.shape == (150, 4)
    assert abs(scaled).max() <= 9
    assert correct_flowers(load("iris")[0], scaled, labels) == 146


def test_iris_is_what_its_script_makes() -> None:
    pytest.importorskip("sklearn")
    from exactnet.data.train_iris import load_grid_data, train

    made, domain = train()
    shipped, stated = load("iris")
    assert domain == stated
    scaled, labels = load_grid_data()
    assert correct_flowers(made, scaled, labels) >= 143
    # weights may differ in their last bits where floating-point sums are ordered differently
    for point in scaled[::10]:
        x = [mpq(int(value), 3) for value in point]
        assert all(abs(a - b) < mpq(1, 100) for a, b in zip(made(x), shipped(x), strict=True))


def test_shape_of_digits() -> None:
    net, domain = load("digits")
    assert domain == Cube(16)
    assert net.outputs == tuple(f"digit_{c}" for c in range(10))
    assert kind_of(net) == "circuit"
    sizes = list(layers(net).values())
    assert [sizes.count(layer) for layer in (1, 2, 3)] == [8, 8, 10]
    for node in net.nodes():
        numbers = [node.bias, *node.sources.values()]
        assert all(number.denominator == 1 for number in numbers)
        assert max(map(abs, numbers)) == 10**6
        assert len(node.sources) >= 8 - 1


def test_shape_of_pixels() -> None:
    net, domain = load("pixels")
    assert domain == Cube(64)
    sizes = list(layers(net).values())
    assert [sizes.count(layer) for layer in (1, 2)] == [32, 10]
    assert measure(net, domain).max_weight == 10**6


@pytest.mark.parametrize(("name", "side", "shares"), [("digits", 4, (74.4, 67.7)), ("pixels", 8, (99.6, 85.7))])
def test_accuracy_of_digits(name: str, side: int, shares: tuple[float, float]) -> None:
    pytest.importorskip("sklearn")
    from exactnet.data.train_digits import held_out, load_bits

    bits, labels = load_bits(side)
    right = right_digits(load(name)[0], bits, labels)
    unseen = held_out(len(labels))
    assert (round(100 * right[~unseen].mean(), 1), round(100 * right[unseen].mean(), 1)) == shares


def test_digits_is_what_its_script_makes(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    from exactnet.data.train_digits import load_bits, train
    from exactnet.data.write import write_trained

    target = tmp_path / "digits.json"
    assert write_trained(["train_digits", str(target)], train) == 0
    made = read_network(target)
    assert made.domain == Cube(16)
    bits, labels = load_bits()
    # sums are exact by design, but exp and cosh are the platform's: compare what the circuits do
    assert right_digits(made.network, bits, labels).mean() > 0.55


def test_the_scripts_refuse_in_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from exactnet.data.write import write_trained

    def missing() -> tuple[Network, Domain]:
        raise ImportError("no scikit-learn")

    shipped = load("iris")
    assert write_trained(["script"], lambda: shipped) == 2
    assert write_trained(["script", "out.json"], missing) == 2
    assert write_trained(["script", str(tmp_path / "no" / "out.json")], lambda: shipped) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("usage: ")
    assert "scikit-learn" in lines[1]
    assert "cannot be written" in lines[2]
