"""Iterated addition in depth 2: the lemma over all columns, the check against enumeration, mutations, and the command."""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.certify.addition import certify_addition
from exactnet.claims.addition import (
    AdditionError,
    Problem,
    check_addition,
    event_table,
    extreme_sums,
    false_events,
    rows,
)
from exactnet.claims.statements import kind_of
from exactnet.construct.classical.iterated_addition import add_numbers
from exactnet.families import FAMILIES
from exactnet.families.iterated_addition import addition_circuit
from exactnet.files.networks import read_network
from exactnet.kernel.domain import Cube
from exactnet.kernel.errors import FormatError, SizeError
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, Node, affine, threshold
from exactnet.kernel.sweep import CheckJob, compare_networks
from exactnet.kernel.values import evaluate
from exactnet.theory.addition import addition_bounds, evaluate_bounds
from tests.helpers import first_difference, run


def added(problem: Problem, point: list[int]) -> dict[str, int]:
    """Every bit of the sum, by integers."""
    at = dict(zip(problem.inputs, point, strict=True))
    whole = sum(at[f"x{i}_{c}"] << c for i in range(1, problem.n + 1) for c in range(problem.bits))
    return {name: whole >> int(name[1:]) & 1 for name in problem.outputs}


@pytest.mark.parametrize(("n", "bits"), [(2, 1), (2, 4), (3, 3), (5, 2)])
def test_the_family_is_the_sum(n: int, bits: int) -> None:
    problem, net = Problem(n, bits), FAMILIES["iterated-addition"].make(n=n, bits=bits).network
    assert (net.inputs, net.outputs, kind_of(net), measure(net).depth) == (problem.inputs, problem.outputs, "circuit", 2)
    for point in product((0, 1), repeat=n * bits):
        assert dict(zip(net.outputs, map(int, net(list(point))), strict=True)) == added(problem, list(point))


@pytest.mark.parametrize(("n", "bits"), [(2, 5), (3, 4), (4, 3), (5, 3)])
def test_the_lemma_over_all_columns(n: int, bits: int) -> None:
    """For every level to start at, and every combination of columns: one event holds where the bit asks for it."""
    problem = Problem(n, bits)
    for output in problem.outputs:
        j, top = int(output[1:]), problem.top(int(output[1:]))
        for start in range(top + 1):
            need = int(start > 0)
            below = {level: rows(problem, j, level) for level in range(start)}
            for columns in product(range(n + 1), repeat=top + 1):
                partial = [sum(a << (c - b) for c, a in enumerate(columns) if c >= b) for b in range(top + 2)]
                found = sum((1 if v % 2 else -1) for v in problem.counts(j) if partial[start] >= (v << (j - start)) + need)
                for level, events in below.items():
                    found += sum(row.sign for row in events if partial[level + 1] == row.value and columns[level] >= row.at)
                assert found == partial[0] >> j & 1


@pytest.mark.parametrize("least", [3, 5, 17])
def test_false_events_are_no_more_than_counted(least: int) -> None:
    problem, j = Problem(3, 7), 8
    primes = [q for q in range(least, 60) if all(q % p for p in range(2, q))]
    for level in (0, 1, 2):
        plus, minus = false_events(problem, j, level, least)
        found = rows(problem, j, level)
        for above in range(problem.most(j, level + 1) + 1):
            false = [row.sign for row in found for q in primes if above != row.value and (above - row.value) % q == 0]
            assert false.count(1) <= plus
            assert false.count(-1) <= minus


@given(seed=st.integers(0, 10**6), moduli=st.lists(st.integers(2, 9), max_size=2), n=st.integers(2, 3), bits=st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_extreme_sums_over_all_columns(seed: int, moduli: list[int], n: int, bits: int) -> None:
    """Against a maximum and a minimum over every combination of columns, for tables that mean nothing."""
    import numpy as np

    rng = np.random.default_rng(seed)
    problem, j = Problem(n, bits), bits
    tables = {level: [(q, rng.integers(-3, 4, (q, n + 1))) for q in moduli] for level in range(bits)}
    exact = {bits - 1: [(1, 2), (3, -5)]}
    found = extreme_sums(problem, j, exact, tables)
    sums: dict[int, list[int]] = {}
    for columns in product(range(n + 1), repeat=bits):
        partial = [sum(a << (c - b) for c, a in enumerate(columns) if c >= b) for b in range(bits + 1)]
        value = sum(change for at, change in exact[bits - 1] if partial[bits - 1] >= at)
        value += sum(int(t[partial[b + 1] % q, columns[b]]) for b in range(bits) for q, t in tables[b])
        sums.setdefault(partial[0], []).append(value)
    assert found.least[-1].tolist() == [min(sums[value]) for value in range(problem.most(j, 0) + 1)]
    assert found.largest[-1].tolist() == [max(sums[value]) for value in range(problem.most(j, 0) + 1)]


@pytest.mark.parametrize(
    ("n", "bits", "moduli", "limit"),
    [(2, 7, "searched", 56), (2, 8, "proven", 64), (3, 4, "searched", None), (2, 8, "searched", 56), (4, 3, "proven", None)],
)
def test_small_instances_on_every_input(n: int, bits: int, moduli: str, limit: int | None) -> None:
    problem = Problem(n, bits)
    net = add_numbers(problem, moduli, limit)  # type: ignore[arg-type]
    assert (kind_of(net), measure(net).depth <= 2) == ("circuit", True)
    assert measure(net).max_weight <= (limit or (n * bits) ** 2)
    original = FAMILIES["iterated-addition"].make(n=n, bits=bits).network
    assert compare_networks(CheckJob(original, net, Cube(n * bits)))[1] is None
    for method in ("values", "counting") if moduli == "proven" else ("values",):
        assert all(found.right for found in check_addition(net, problem, method))  # type: ignore[arg-type]
    some = measure(net).gates if limit else 0
    assert not some or any(found.moduli for found in check_addition(net, problem))


@pytest.mark.parametrize(
    ("n", "bits", "j", "moduli", "method"), [(8, 16, 15, "searched", "values"), (2, 24, 23, "proven", "counting")]
)
def test_large_instances_without_enumerating_inputs(n: int, bits: int, j: int, moduli: str, method: str) -> None:
    """128 and 64 inputs; the circuits are held against integers on some of them too."""
    made = certify_addition(Problem(n, bits), moduli, 16384 if n == 8 else 4096, [j])  # type: ignore[arg-type]
    assert made.verdict == "certified"
    assert [found.method for found in made.places] == [method]
    assert made.places[0].moduli
    assert made.original.max_weight > made.constructed.max_weight
    assert (made.constructed.depth, made.enumerated) == (2, False)
    full = [1] * (n * bits)
    for point in (full, [0] * len(full), [i % 2 for i in range(len(full))], [int(i % bits > 0) for i in range(len(full))]):
        (bit,) = evaluate(made.circuit, point)
        assert bit == added(made.problem, point)[f"s{j}"]


# --- mutations ------------------------------------------------------------------------------


def mutants(net: Network) -> list[Network]:
    """Every threshold moved by one, and every weight between forms and gates changed by one."""
    nodes = list(net.nodes())
    made = []
    for place, node in enumerate(nodes):
        for delta in (1, -1):
            changes = [(dict(node.sources), node.bias + delta)]
            changes += [({**node.sources, source: w + delta}, node.bias) for source, w in node.sources.items()]
            for sources, bias in changes:
                kept = {source: w for source, w in sources.items() if w}
                changed = Node(node.id, node.kind, kept, bias)
                made.append(Network(net.inputs, [*nodes[:place], changed, *nodes[place + 1 :]], net.outputs))
    return made


@cache
def small() -> tuple[Problem, Network]:
    problem = Problem(2, 6)
    return problem, add_numbers(problem, "searched", 20, [6])


def test_every_mutant_is_judged_as_by_enumeration() -> None:
    """By values: certified iff right on every input; else the counterexample is one, or the circuit is not recognised."""
    problem, net = small()
    original = addition_circuit(problem, ["s6"])
    refuted = unknown = kept = 0
    for mutant in mutants(net):
        wrong = compare_networks(CheckJob(original, mutant, Cube(12)))[1]
        try:
            (found,) = check_addition(mutant, problem)
        except AdditionError:
            unknown += 1
            continue
        assert found.right == (wrong is None)
        if found.counterexample is not None:
            refuted += 1
            assert mutant(found.counterexample)[0] != added(problem, found.counterexample)["s6"]
        else:
            kept += 1
    assert refuted > 5
    assert kept > 0
    assert unknown > 0


def test_counting_certifies_no_mutant_that_is_wrong() -> None:
    problem = Problem(2, 7)
    net = add_numbers(problem, "proven", 32, [7])
    assert check_addition(net, problem, "counting")[0].right
    original = addition_circuit(problem, ["s7"])
    changed = [mutant for place, mutant in enumerate(mutants(net)) if place % 5 == 0]
    accepted = 0
    for mutant in changed:
        try:
            (found,) = check_addition(mutant, problem, "counting")
        except AdditionError:
            continue
        if found.right:
            accepted += 1
            assert compare_networks(CheckJob(original, mutant, Cube(14)))[1] is None
    assert accepted < len(changed) // 2


def test_a_circuit_with_too_few_moduli_is_refuted_with_an_input() -> None:
    """The moduli of one bit taken away but for one: the sums cross, and the input that shows it is found."""
    problem = Problem(3, 12)
    net = add_numbers(problem, "searched", None, [11])
    (found,) = check_addition(net, problem)
    assert found.right
    assert len(found.moduli) > 1
    (output,) = [node for node in net.nodes() if node.id == "s11"]
    kept = {source: w for source, w in output.sources.items() if "mod" not in source or f"mod{found.moduli[0]}" in source}
    nodes = [node if node.id != "s11" else Node("s11", node.kind, kept, node.bias) for node in net.nodes()]
    fewer = Network(net.inputs, nodes, ["s11"])
    (found,) = check_addition(fewer, problem)
    assert not found.right
    assert found.counterexample is not None
    assert int(fewer(found.counterexample)[0]) != added(problem, found.counterexample)["s11"]


@pytest.mark.parametrize("weights", [(2**63 - 1, 2), (2**62, 2**62), (1, 2**64), (-(2**63), -(2**63))])
@pytest.mark.parametrize("method", ["values", "counting"])
def test_weights_whose_sum_takes_more_than_64_bits_certify_nothing(weights: tuple[int, int], method: str) -> None:
    """Modulo 2^64 the first of these is the parity of two bits, but it is their disjunction."""
    ones = {"x1_0": 1, "x2_0": 1}
    gates = [threshold("a", ones, -1), threshold("b", ones, -2), threshold("s0", dict(zip("ab", weights, strict=True)), -1)]
    with pytest.raises(AdditionError, match="output s0 adds up weights of 4611686018427387904 and more"):
        check_addition(Network(["x1_0", "x2_0"], gates, ["s0"]), Problem(2, 1), method)  # type: ignore[arg-type]


# --- bad input ------------------------------------------------------------------------------


def test_what_is_not_recognised_is_named() -> None:
    problem, ones = Problem(2, 1), {"x1_0": 1, "x2_0": 1}
    deep = [threshold("a", ones, -1), threshold("b", {"a": 1}, -1), threshold("s0", {"b": 1}, -1)]
    lopsided = [threshold("a", {"x1_0": 1}, -1), threshold("s0", {"a": 1}, -1)]
    for nodes, words in (
        (deep, "not a gate over inputs"),
        (lopsided, "column 0 with one weight"),
        ([threshold("a", ones, "-1/2"), threshold("s0", {"a": 1}, -1)], "no integers"),
        ([threshold("a", ones, -1), affine("s0", {"a": 1})], "output s0"),
    ):
        with pytest.raises(AdditionError, match=words) as caught:
            check_addition(Network(["x1_0", "x2_0"], nodes, ["s0"]), problem)
        assert "\n" not in str(caught.value)
    with pytest.raises(AdditionError, match="the inputs are not the bits"):
        check_addition(Network(["y"], [threshold("s0", {"y": 1})], ["s0"]), problem)
    with pytest.raises(AdditionError, match="not a bit of the sum"):
        check_addition(Network(["x1_0", "x2_0"], [threshold("s7", ones, -1)], ["s7"]), problem)


def test_requests_that_make_no_sense_are_one_line() -> None:
    for error, request in (
        (FormatError, lambda: certify_addition(Problem(3, 4), bits=[9])),
        (FormatError, lambda: certify_addition(Problem(3, 4), limit=0)),
        (SizeError, lambda: certify_addition(Problem(3, 40))),
        (SizeError, lambda: certify_addition(Problem(2, 10), limit=5)),
        (SizeError, lambda: certify_addition(Problem(40, 100), "proven", bits=[99])),
    ):
        with pytest.raises(error) as caught:
            request()
        assert "\n" not in str(caught.value)


# --- bounds and command ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "bits", "moduli", "limit"), [(2, 9, "searched", None), (2, 9, "proven", None), (6, 3, "searched", None)]
)
def test_the_stated_bounds_hold(n: int, bits: int, moduli: str, limit: int | None) -> None:
    made = certify_addition(Problem(n, bits), moduli, limit)  # type: ignore[arg-type]
    assert made.verdict == "certified"
    assert set(made.bounds) == {"depth", "max_weight", "max_bias", "gates"}
    assert made.constructed.gates <= made.bounds["gates"] * len(made.places)
    for name in ("depth", "max_weight", "max_bias"):
        assert getattr(made.constructed, name) <= made.bounds[name]


def test_the_bounds_are_polynomial() -> None:
    """Degrees in B for fixed n, by doubling: no bound more than 2^10 times as large, and none for n more than 2^12 times."""
    for moduli in ("searched", "proven"):
        values = [
            evaluate_bounds(addition_bounds(moduli), n, bits, (n * bits) ** 2)  # type: ignore[arg-type]
            for n, bits in ((64, 1024), (64, 2048), (128, 1024))
        ]
        for name in values[0]:
            assert values[1][name] <= 2**10 * values[0][name]
            assert values[2][name] <= 2**12 * values[0][name]


def test_the_command(tmp_path: Path) -> None:
    path, original = str(tmp_path / "sum.th"), str(tmp_path / "original.th")
    status, out, _ = run("addition", "--n", "3", "--bits", "3", "-o", path, "--json")
    assert status == 0
    report = json.loads(out)
    assert (report["verdict"], report["enumerated"], report["constructed"]["depth"]) == ("certified", True, 2)
    assert [row["output"] for row in report["outputs"]] == list(Problem(3, 3).outputs)
    assert run("make", "iterated-addition", "--n", "3", "--bits", "3", "-o", original)[0] == 0
    assert run("compare", original, path, "-q")[0] == 0
    assert first_difference(read_network(original).network, read_network(path).network, Cube(9)) is None
    assert run("addition", "--n", "2", "--bits", "4", "-q")[:2] == (0, "certified\n")
    status, out, _ = run("addition", "--n", "2", "--bits", "9", "--bit", "8")
    assert status == 0
    assert "all values of its forms" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("--n", "1"),
        ("--bits", "0"),
        ("--bit", "77"),
        ("--bit", "-1"),
        ("--limit", "-3"),
        ("--n", "3", "--bits", "40"),
        ("--moduli", "guessed"),
        ("-o", "no/such/folder/x.th"),
        ("-o", "x.txt"),
    ],
)
def test_bad_options_are_one_line(arguments: tuple[str, ...]) -> None:
    status, out, err = run("addition", *arguments)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1 or "Usage" in err


def test_event_tables_count_every_row_once() -> None:
    problem, j = Problem(3, 9), 8
    found = rows(problem, j, 1)
    for q in (101, 211):
        table = event_table(problem.n, found, q)
        for row in found:
            assert abs(table[row.value % q, row.at]) >= 1
        assert int(abs(table).sum()) == sum(problem.n + 1 - row.at for row in found)
