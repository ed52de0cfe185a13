"""Small files stay cheap: what their numbers would grow to is found before anything is evaluated."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from gmpy2 import mpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactnet.files.limits import check_domain_size, check_growth
from exactnet.files.networks import read_network
from exactnet.kernel.domain import Points
from exactnet.kernel.errors import DomainError, FormatError
from exactnet.kernel.expansion import expanded_nodes
from exactnet.kernel.network import AFFINE, RELU, THRESHOLD, Network, Node
from exactnet.kernel.values import all_values
from exactnet.testing.strategies import rationals
from tests.helpers import random_relu

SHARED = Path(__file__).parents[3] / "shared" / "cases" / "faults"


def primes(count: int, above: int) -> list[int]:
    import gmpy2

    found = [int(gmpy2.next_prime(above))]
    while len(found) < count:
        found.append(int(gmpy2.next_prime(found[-1])))
    return found


def chain(kind: str, depth: int, weight: str) -> dict[str, object]:
    nodes = [{"id": f"a{i + 1}", "kind": kind, "in": {f"a{i}": weight}} for i in range(depth)]
    return {"inputs": ["a0"], "nodes": nodes, "outputs": [f"a{depth}"], "domain": {"kind": "cube"}}


def denominators() -> dict[str, object]:
    wires = {f"x{i}": f"1/{p}" for i, p in enumerate(primes(4000, 2**40))}
    return {"inputs": list(wires), "nodes": [{"id": "y", "kind": "relu", "in": wires}], "outputs": ["y"]}


def points() -> dict[str, object]:
    listed = [[f"1/{p}"] for p in primes(6000, 2**40)]
    node = {"id": "y", "kind": "relu", "in": {"x": 1}}
    return {"inputs": ["x"], "nodes": [node], "outputs": ["y"], "domain": {"kind": "points", "points": listed}}


def prefixes(read: bool) -> dict[str, object]:
    """Sums of the first inputs, each an affine node that reads the one before."""
    size = 7000
    nodes = [{"id": f"s{i}", "kind": "affine", "in": {f"s{i - 1}" if i else "x0": 1, f"x{i + 1}": 1}} for i in range(size)]
    ends = [{"id": "y", "kind": "relu", "in": {f"s{i}": 1 for i in range(size)}}] if read else []
    return {"inputs": [f"x{i}" for i in range(size + 1)], "nodes": [*nodes, *ends], "outputs": ["y" if read else f"s{size - 1}"]}


def doubling() -> dict[str, object]:
    """Each affine node reads the two before: terms would double without sharing, but there are two inputs only."""
    nodes = [{"id": f"a{i + 2}", "kind": "affine", "in": {f"a{i}": 2, f"a{i + 1}": 1}} for i in range(1000)]
    return {"inputs": ["a0", "a1"], "nodes": nodes, "outputs": ["a1001"]}


LARGE: dict[str, tuple[Callable[[], dict[str, object]], str]] = {
    "a chain of affine nodes": (lambda: chain("affine", 2000, "1e9999"), "node 'a4.': up to here, the values .* than \\d+ bits"),
    "a chain of ReLUs": (lambda: chain("relu", 2000, "1e9999"), "node 'a4.': up to here, the values"),
    "small weights": (lambda: chain("relu", 2000, "1e-9999"), "node 'a\\d+': up to here, the values"),
    "a long chain": (lambda: chain("relu", 12000, "123/7"), "up to here, the values"),
    "denominators": (denominators, "node 'y': up to here, the values"),
    "points": (points, "domain: points: over their common denominator, coordinates have more than \\d+ bits"),
    "prefix sums": (lambda: prefixes(True), "node 's\\d+': with affine nodes substituted, there may be more than \\d+ terms"),
}
FINE: dict[str, Callable[[], dict[str, object]]] = {
    "a chain": lambda: chain("relu", 2000, "3/2"),
    "gates": lambda: chain("threshold", 2000, "1e999"),
    "doubling": doubling,
    "prefix sums of a few": lambda: chain("affine", 2000, "1"),
}


def written(folder: Path, document: dict[str, object]) -> Path:
    path = folder / "net.json"
    path.write_text(json.dumps({"format": "exactnet-network/1", **document}))
    assert path.stat().st_size < 10**6
    return path


@pytest.mark.parametrize("case", LARGE)
def test_small_files_with_large_numbers(tmp_path: Path, case: str) -> None:
    make, message = LARGE[case]
    with pytest.raises(FormatError, match=message) as caught:
        read_network(written(tmp_path, make()))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("case", FINE)
def test_small_files_with_small_numbers(tmp_path: Path, case: str) -> None:
    read_network(written(tmp_path, FINE[case]()))


COMMANDS = [
    ["show"],
    ["eval", "{}", "1"],
    ["certify", "-q", "{}", "--domain", "cube"],
    ["compare", "-q", "{}", "{}", "--domain", "cube"],
    ["convert", "-q", "{}", "o.json", "--expand"],
    ["flatten", "{}", "--interval", "0,1"],
    ["pieces", "{}", "--from", "0", "--to", "1"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_commands_refuse_in_one_line(tmp_path: Path, command: list[str]) -> None:
    """As a user runs them, with 2 GB and a minute of CPU time at most."""
    path = str(written(tmp_path, chain("relu", 2000, "1e9999")))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30))
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    words = [path if word == "{}" else word for word in command] + ([path] if "{}" not in command else [])
    run = [sys.executable, "-m", "exactnet", *words]
    done = subprocess.run(run, capture_output=True, text=True, check=False, preexec_fn=limit, cwd=tmp_path)
    assert done.returncode == 2
    assert "bits" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["net.json"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the cases are not here")
@pytest.mark.parametrize(
    "name", ["chain2000/chain2000.json", "rchain2000/rchain2000.json", "den-wires/den_wires.json", "points-lcm/points_lcm.json",
             "rchain200-certify/rchain200.json"]
)  # fmt: skip
def test_cases_that_took_gigabytes(name: str) -> None:
    with pytest.raises(FormatError, match="bits"):
        read_network(SHARED / f"dos-{name}")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the cases are not here")
def test_a_table_that_took_gigabytes() -> None:
    """Its decimals stand without quotation marks; those with them are the next test."""
    with pytest.raises(FormatError, match="'1e9999' is a float"):
        read_network(SHARED / "dos-table-csv/t.csv")


def test_a_table_whose_points_are_hard_to_tell_apart(tmp_path: Path) -> None:
    names = ",".join(f"x{i}" for i in range(1500))
    rows = [",".join([f'"{sign}1e9999"'] * 1500) + ",1" for sign in ("", "-")]
    path = tmp_path / "t.csv"
    path.write_text("\n".join([names + ",y", *rows]))
    with pytest.raises(FormatError, match="bits"):
        read_network(path)


def test_a_point_with_long_coordinates() -> None:
    net = random_relu(1, 3, [100, 100], 10)
    check_domain_size(Points([["1/3", 1, "0.25"]]), net)
    with pytest.raises(DomainError, match=r"common denominator, coordinates have more than \d+ bits"):
        check_domain_size(Points([["1/3", "1e-9999", "1/7"]]), net)


WEIGHTS = rationals(8, range(1, 13))
WIRES = st.lists(st.tuples(st.integers(0, 13), WEIGHTS), min_size=1, max_size=4)
NODES = st.lists(st.tuples(st.sampled_from((AFFINE, AFFINE, RELU, THRESHOLD)), WEIGHTS, WIRES), min_size=1, max_size=12)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    names = ["x", "z"]
    nodes = []
    for number, (kind, bias, places) in enumerate(draw(NODES)):
        sources = {names[place % len(names)]: weight for place, weight in places}
        nodes.append(Node(f"h{number}", kind, sources, bias))
        names.append(f"h{number}")
    return Network(["x", "z"], nodes, draw(st.lists(st.sampled_from(names[2:]), min_size=1, max_size=3, unique=True)))


@settings(max_examples=300)
@given(networks(), st.lists(st.integers(-1, 1), min_size=2, max_size=2))
def test_the_bounds_are_bounds(net: Network, point: list[int]) -> None:
    """With limits just below what is used, a network is refused: so what is counted is at least what there is."""
    values = all_values(net, [mpq(x) for x in point])
    bits = sum(v.numerator.bit_length() + v.denominator.bit_length() - 1 for name, v in values.items() if name in net.order)
    forms = {node.form for node in expanded_nodes(list(net.nodes()), net.outputs)}
    terms = sum(len(form.coefs) for form in forms)
    assert accepted(net, 10**9, 10**9)
    assert not accepted(net, bits - 1, 10**9)
    if any(node.kind == AFFINE for node in net.nodes()):
        assert not accepted(net, 10**9, terms - 1)


def accepted(net: Network, bits: int, terms: int) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"MAX_BITS": bits, "MAX_TERMS": terms, "TERMS_PER_WIRE": 0}.items():
            patch.setattr(f"exactnet.files.limits.{name}", value)
        try:
            check_growth(net, 0)
        except FormatError:
            return False
    return True
