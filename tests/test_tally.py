"""The cost model: what is predicted is what is built, measure by measure."""

from __future__ import annotations

import random

import numpy as np
import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.construct import residue
from exactnet.construct.builder import ReluBuilder
from exactnet.construct.tally import GATE_BYTES, TERM_BYTES, Prediction, Tally, TallyLimit
from exactnet.domain import Cube, Grid, Product
from exactnet.errors import FormatError
from exactnet.families import FAMILIES
from exactnet.measures import Measures, measure
from exactnet.network import Network, affine, relu, threshold
from exactnet.routes import ROUTES, Route, Task
from tests.helpers import largest_value, random_circuit, random_relu

MEASURES = ("depth", "gates", "neurons", "wires", "max_weight", "max_bias")
#: Options of every route for which predictions are exact.
EXACT = [
    ("lookahead", {"inputs": "integers", "output": "four"}),
    ("lookahead", {"inputs": "integers", "output": "three"}),
    ("lookahead", {"inputs": "bits", "output": "four"}),
    ("compact", {"inputs": "integers"}),
    ("compact", {"inputs": "bits"}),
    ("residue", {"inputs": "integers", "moduli": "211,223,227,229"}),
    ("residue", {"inputs": "bits", "moduli": "211,223"}),
    ("residue", {"inputs": "integers", "moduli": "211,223", "output": "carry"}),
]


def both(task: Task, name: str, options: dict[str, str]) -> tuple[Prediction, Measures]:
    return ROUTES[name].predict(task, options), measure(ROUTES[name].build(task, options), task.domain)


def assert_exact(task: Task, name: str, options: dict[str, str]) -> None:
    predicted, measured = both(task, name, options)
    if predicted.exact:
        for what in MEASURES:
            assert getattr(predicted, what) == getattr(measured, what), (name, options, what)
    else:  # many comparisons that are alike are sampled
        assert name == "residue"
        assert task.statement == "S1 rounded"
        assert predicted.depth == measured.depth
        assert measured.gates / 2 <= predicted.gates <= measured.gates * 2


def relu_task(seed: int, statement: str) -> Task:
    rng = random.Random(seed)
    domain: Product = rng.choice([Grid(1, 2), Grid(2, 2), Cube(3)])
    bits, widths = rng.randint(1, 10), rng.choice([[], [1], [2], [1, 1], [2, 2]])
    net = random_relu(seed, domain.d, widths, bits, denominator=rng.choice([1, 4, 21]) << bits, outputs=rng.choice([1, 2]))
    return Task(net, domain, domain, statement, largest_value(net, domain), 2)


@given(seed=st.integers(0, 10**6), choice=st.sampled_from(EXACT), statement=st.sampled_from(["S1 exact", "S1 rounded"]))
@settings(max_examples=25, deadline=None)
def test_relu_networks_are_predicted_exactly(seed: int, choice: tuple[str, dict[str, str]], statement: str) -> None:
    assert_exact(relu_task(seed, statement), *choice)


@given(seed=st.integers(0, 10**6), choice=st.sampled_from(EXACT), size=st.integers(1, 40), grid=st.booleans())
@settings(max_examples=25, deadline=None)
def test_circuits_are_predicted_exactly(seed: int, choice: tuple[str, dict[str, str]], size: int, grid: bool) -> None:
    domain: Product = Grid(1, 3) if grid else Cube(4)
    net = random_circuit(seed, domain.d, [[1], [2, 2], [3, 1, 2]][seed % 3], size)
    assert_exact(Task(net, domain, domain, "S3", 1, 1), *choice)


@pytest.mark.parametrize(("name", "options"), [*EXACT[:2], EXACT[3], EXACT[5]])
def test_named_instances_are_predicted_exactly(name: str, options: dict[str, str]) -> None:
    for d, m, bits in ((4, 2, 64), (6, 4, 20)):
        instance = FAMILIES["clipped"].make(d=d, m=m, bits=bits, seed=1)
        assert_exact(Task(instance.network, instance.domain, Cube(d), "S1 exact", 1, 1), name, options)
    assert_exact(Task(random_circuit(6, 6, [2, 1], 30), Cube(6), Cube(6), "S3", 1, 1), name, options)


def test_proven_moduli_are_predicted_exactly() -> None:
    options = {"inputs": "integers", "moduli": "proven"}
    assert_exact(Task(random_circuit(6, 4, [2, 1], 16), Cube(4), Cube(4), "S3", 1, 1), "residue", options)


@given(seed=st.integers(0, 10**6), size=st.integers(4, 60))
@settings(max_examples=20, deadline=None)
def test_searched_moduli_are_estimated(seed: int, size: int) -> None:
    """Depth is exact, weights are within an eighth, gates and wires within a factor of 3: stated in docs/routes.md."""
    net, domain = random_circuit(seed, 5, [2, 1], size), Cube(5)
    predicted, measured = both(Task(net, domain, domain, "S3", 1, 1), "residue", {"inputs": "integers", "moduli": "searched"})
    assert not predicted.exact
    assert predicted.depth == measured.depth
    for what in ("gates", "wires"):
        assert getattr(measured, what) / 3 <= getattr(predicted, what) <= getattr(measured, what) * 3
    assert measured.max_weight * mpq(7, 8) <= predicted.max_weight <= measured.max_weight * mpq(9, 8)


def test_steps_of_one_place_sums_and_copies_are_shared_as_they_are_built() -> None:
    """Weights whose digits repeat: forms of many blocks are equal, and so are their gates."""
    weight = sum(5 << (3 * place) for place in range(20))
    nodes = [relu("a", {"x1": weight, "x2": -weight}, 1 - weight), relu("b", {"x1": weight}, -weight)]
    net = Network(["x1", "x2"], [*nodes, affine("y", {"a": 1, "b": -1}), affine("z", {"y": 1, "x1": 1})], ["y", "z", "x2"])
    for name, options in EXACT[:5]:
        assert_exact(Task(net, Cube(2), Cube(2), "S1 exact", 4, 1), name, options)
    same = [threshold("g", {"x1": 7, "x2": -7}, 3), threshold("h", {"x1": 1, "x2": -1}), threshold("c", {"x1": 1}, 5)]
    for name, options in EXACT:
        assert_exact(Task(Network(["x1", "x2"], same, ["g", "h", "c"]), Cube(2), Cube(2), "S3", 1, 1), name, options)


def test_gates_whose_weights_cancel_wherever_they_are_read_are_no_steps() -> None:
    """Found by the property test: their two ReLUs are there, and measured as neurons."""
    assert_exact(relu_task(19, "S1 exact"), "residue", {"inputs": "integers", "moduli": "211,223,227,229"})


def test_a_tally_stops_at_the_limit_with_what_it_has_seen() -> None:
    instance = FAMILIES["clipped"].make(d=8, m=4, bits=64, seed=1)
    task = Task(instance.network, instance.domain, Cube(8), "S1 exact", 1, 1)
    for name, options in ((name, route.choose(task, {})) for name, route in ROUTES.items() if route.foresee):
        full = ROUTES[name].predict(task, options)
        assert ROUTES[name].predict(task, options, full.memory) == full
        with pytest.raises(TallyLimit) as caught:
            ROUTES[name].predict(task, options, full.memory // 3)
        part = caught.value.so_far
        assert full.memory // 3 < part.memory <= full.memory
        assert 0 < part.gates < 2 * full.gates


def test_memory_counts_gates_and_terms() -> None:
    tally, builder = Tally(["x", "y"], ["z"], False), ReluBuilder(["x", "y"], ["z"])
    for made in (tally, builder):
        form = made.signal("x", 0, 1) + made.signal("y", 0, 1).scaled(2)
        made.affine_output("z", {name: mpq(c) for name, c in made.step(form, 2, "f").terms.items()}, mpq(1, 3))
    found = tally.prediction()
    assert found.memory == GATE_BYTES[False] + 3 * TERM_BYTES  # the form counts, and its two terms
    assert (found.gates, found.neurons, found.depth, found.max_bias) == (1, 2, 2, 2)
    assert measure(builder.network()).wires == found.wires == 2 * 2 + 2


def test_nothing_is_evaluated_or_built_for_a_prediction(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(residue, "searched_moduli", fail)
    monkeypatch.setattr(residue, "input_integers", fail)
    monkeypatch.setattr("exactnet.construct.builder.Node", fail)
    net = random_circuit(1, 5, [2, 1], 40)
    for route in ROUTES.values():
        task = Task(net, Cube(5), Cube(5), "S3", 1, 1)
        if route.foresee:
            assert route.predict(task, route.choose(task, {})).gates > 0


def test_a_tally_makes_no_network_and_knows_no_node() -> None:
    tally = Tally(["x"], ["y"], True)
    with pytest.raises(NotImplementedError):
        tally.network()
    with pytest.raises(ValueError, match="a tally takes affine nodes and threshold outputs only"):
        tally.add(relu("r", {"x": 1}))


def test_large_weights_on_steps_never_wrap() -> None:
    tally = Tally(["x", "y"], ["z"], False)
    form = tally.signal("x", 0, 1) + tally.signal("y", 0, 1)
    sums = tally.step_sum(form, np.array([1, 2]), np.array([3, 1]), "f")
    for factor in (1 << 61, 1 << 70):
        tally._outputs.clear()
        terms = sums.scaled(factor) + tally.step(form, 2, "f").scaled(-factor)
        tally.affine_output("z", {name: mpq(c) for name, c in terms.terms.items()}, mpq(0))
        found = tally.prediction()
        assert found.max_weight == 3 * factor
        assert (found.gates, found.neurons) == (1, 4)  # the weights on the other gate cancel: nobody reads it


def test_a_route_without_a_cost_model_says_so() -> None:
    route = Route("new", "", lambda task: {}, lambda task, options: task.net)
    with pytest.raises(FormatError, match="the size of what the route new builds is not predicted"):
        route.predict(Task(random_circuit(1, 2, [1], 3), Cube(2), Cube(2), "S3", 1, 1), {})


@given(seed=st.integers(0, 10**6), size=st.integers(1, 20), moduli=st.sampled_from(["2003", "2003,3001"]))
@settings(max_examples=12, deadline=None)
def test_route_d_is_predicted_exactly_for_given_moduli(seed: int, size: int, moduli: str) -> None:
    net = random_circuit(seed, 4, [[1], [2, 1]][seed % 2], size)
    assert_exact(Task(net, Cube(4), Cube(4), "S3", 1, 1), "stacked", {"inputs": "integers", "moduli": moduli})
    instance = FAMILIES["clipped"].make(d=3, m=2, bits=4 + size, seed=seed % 1000)
    task = Task(instance.network, instance.domain, Cube(3), "S1 exact", 1, 1)
    assert_exact(task, "stacked", {"inputs": "integers", "moduli": moduli})


@given(
    seed=st.integers(0, 10**6),
    moduli=st.sampled_from(["2003", "2003,3001"]),
    output=st.sampled_from(["windows", "carry"]),
    denominator=st.sampled_from([2, 21]),
)
@settings(max_examples=12, deadline=None)
def test_route_d_is_predicted_exactly_with_either_output(seed: int, moduli: str, output: str, denominator: int) -> None:
    net = random_relu(seed, 3, [[], [1], [2]][seed % 3], 6, denominator=denominator)
    task = Task(net, Cube(3), Cube(3), "S1 rounded", 1, 2)
    assert_exact(task, "stacked", {"inputs": "integers", "moduli": moduli, "output": output})


@given(seed=st.integers(0, 10**6), size=st.integers(4, 40))
@settings(max_examples=10, deadline=None)
def test_route_d_with_searched_moduli_is_estimated(seed: int, size: int) -> None:
    instance = FAMILIES["clipped"].make(d=4, m=2, bits=size, seed=seed % 1000)
    task = Task(instance.network, instance.domain, Cube(4), "S1 exact", 1, 1)
    predicted, measured = both(task, "stacked", {"inputs": "integers", "moduli": "searched"})
    assert not predicted.exact
    assert predicted.depth == measured.depth
    for what in ("gates", "wires"):
        assert getattr(measured, what) / 3 <= getattr(predicted, what) <= getattr(measured, what) * 3
