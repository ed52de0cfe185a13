"""Shared by the tests of recheck: networks, files and certificates, made naively."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

import pytest
from gmpy2 import mpq
from hypothesis import strategies as st

from exactnet import recheck
from exactnet.claims.statements import kind_of
from exactnet.cli.show import layers
from exactnet.files.document import domain_fields
from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.expansion import expand
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, Node, affine, relu, threshold
from exactnet.kernel.values import evaluate

Json = dict[str, Any]


Edit = Callable[[Json], object]


def network_json(net: Network) -> Json:
    """A network file, with the nodes in reverse order (any order is allowed) and numbers written in several ways."""
    nodes: list[Json] = []
    for i, node in enumerate(reversed(list(net.nodes()))):
        entry: Json = {"id": node.id, "kind": node.kind, "in": {s: str(w) for s, w in node.sources.items()}}
        if node.bias:
            entry["bias"] = int(node.bias) if node.bias.denominator == 1 and i % 2 else str(node.bias)
        nodes.append(entry)
    return {"format": "exactnet-network/1", "inputs": list(net.inputs), "nodes": nodes, "outputs": list(net.outputs)}


def read(net: Network) -> recheck.network.Net:
    return recheck.network.read_net(json.dumps(network_json(net)).encode(), "net.json")


def fractions(values: Sequence[mpq]) -> list[Fraction]:
    return [Fraction(int(v.numerator), int(v.denominator)) for v in values]


def digest(rows: Sequence[Sequence[int]], width: int = 8) -> str:
    """The digest of the outputs, from its definition."""
    chunks = [rows[start : start + 65536] for start in range(0, len(rows), 65536)]
    data = [b"".join(v.to_bytes(width, "little", signed=True) for row in chunk for v in row) for chunk in chunks]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in data)).hexdigest()


def save(folder: Path, name: str, document: Json) -> Json:
    """Write a network file and say what a certificate says of it."""
    data = json.dumps(document).encode()
    (folder / name).write_bytes(data)
    return {"file": name, "sha256": hashlib.sha256(data).hexdigest()}


def live_part(net: Network) -> Network:
    """The expansion, without what no output depends on."""
    whole = expand(net)
    live = set(net.outputs)
    for name in reversed(whole.order):
        if name in live:
            live.update(dict(whole.sources(name)))
    return Network(net.inputs, [node for node in whole.nodes() if node.id in live], net.outputs)


def make(folder: Path, nets: tuple[Network, Network], domain: Domain, kind: str, r: int) -> Json:
    """A certificate (not yet written) that says ``certified``, whether that is true or not, and both network files."""
    original, constructed = nets
    alive = live_part(original)
    highest = max(layers(alive).values(), default=0)
    before = [fractions(evaluate(original, point)) for point in domain]
    after = [fractions(evaluate(constructed, point)) for point in domain]
    largest = max(1, *(ceil(abs(v)) for row in before for v in row))
    rows = [[floor(r * v) for v in row] for row in after]
    width = 8 * (((r * largest).bit_length() + 1 + 63) // 64)
    needed = 8 * ((max(abs(v) for row in rows for v in row).bit_length() + 1 + 63) // 64)  # more, if values are wrong
    frame = domain.frame
    parameters = {
        "d": len(original.inputs),
        "k": highest + (kind_of(original) != "circuit"),
        "r": r,
        "p": frame.p,
        "R": largest,
        "B": 9,
        "s": 1,
    }
    parameters["m"] = max(Counter(layers(alive).values()).values(), default=0)
    found = measure(constructed, domain)
    bounds = [
        {"name": name, "symbolic": f"{v} + Max(0, d - d)", "value": str(v), "measured": str(v), "holds": True}
        for name, v in (
            ("depth", found.depth),
            ("max_weight (all)", found.max_weight),
            ("max_bias", found.max_bias),
            *(() if kind_of(original) == "circuit" else (("neurons", found.neurons), ("width", found.width))),
        )
    ]
    return {
        "format": "exactnet-certificate/3",
        "verdict": "certified",
        "statement": "S1 rounded" if kind == "floor" else "S3" if kind_of(original) == "circuit" else "S1 exact",
        "route": "lookahead",
        "options": {"output": "four"},
        "stated": {},
        "promised": r * largest > 10**6,
        "definitions": {},
        "versions": {"exactnet": "0"},
        "domain": domain_fields(domain),
        "relation": {"kind": kind, "r": str(r)},
        "parameters": {name: str(value) for name, value in parameters.items()},
        "original": {**save(folder, "c.original.json", network_json(original)), **measure(alive, domain).as_json()},
        "constructed": {**save(folder, "c.constructed.json", network_json(constructed)), **found.as_json()},
        "bounds": bounds,
        "inputs_checked": str(domain.count),
        "outputs": {"sha256": digest(rows, max(width, needed)), "chunk": 65536, "width": width},
        "counterexample": None,
        "reason": None,
        "run": {"seconds": "0.25"},
    }


def write(folder: Path, certificate: Json) -> str:
    path = folder / "c.json"
    path.write_text(json.dumps(certificate))
    return str(path)


def verdict(folder: Path, certificate: Json, sample: int | None = None) -> str:
    """The last line: the verdict, or what is wrong."""
    try:
        return list(recheck.recheck(write(folder, certificate), sample))[-1]
    except recheck.Wrong as error:
        return f"WRONG: {error}"


NAMES = ["a", "b", "c", "e", "f", "g", "h"]


NUMBERS = st.sampled_from(["0", "1", "-1", "2", "-3", "1/2", "-1/3", "5/7", "12345678901234567890", "-7/1000000007"])


SMALL = st.sampled_from(["0", "1", "-1", "2", "1/2"])


@st.composite
def networks(
    draw: st.DrawFn, d: int, kinds: Sequence[Callable[..., Node]] = (affine, relu, relu, threshold)
) -> Network:
    """Mixed networks; ReLUs often come in pairs ``[z+1]+``, ``[z]+`` that are read together."""
    inputs = [f"x{i}" for i in range(1, d + 1)]
    known, nodes = list(inputs), list[Node]()
    numbers = draw(st.sampled_from([NUMBERS, SMALL]))
    for name in NAMES[: draw(st.integers(1, len(NAMES)))]:
        chosen = draw(st.lists(st.sampled_from(known), max_size=4, unique=True))
        sources, bias = {source: draw(numbers) for source in chosen}, draw(numbers)
        nodes.append(draw(st.sampled_from(kinds))(name, sources, bias))
        known.append(name)
        if nodes[-1].kind == "relu" and draw(st.booleans()):
            factor = draw(st.sampled_from([mpq(1), mpq(1), mpq(1), mpq(2), mpq(1, 2)]))  # 1 for a twin
            twin = {source: factor * mpq(w) for source, w in sources.items()}
            nodes.append(relu(name + "'", twin, mpq(bias) + draw(st.sampled_from([1, mpq(1, 2), mpq(1, 42), -1]))))
            weight = mpq(draw(numbers))
            nodes.append(affine(name + '"', {name: weight, name + "'": -weight, draw(st.sampled_from(known[:-1])): 1}))
            known += [name + "'", name + '"']
    return Network(inputs, nodes, draw(st.lists(st.sampled_from(known[::-1]), min_size=1, max_size=3, unique=True)))


@st.composite
def instances(
    draw: st.DrawFn, kinds: Sequence[Callable[..., Node]] = (affine, relu, relu, threshold)
) -> tuple[Network, Domain]:
    kind = draw(st.sampled_from(["cube", "grid", "points"]))
    if kind == "cube":
        d = draw(st.integers(1, 5))
        return draw(networks(d, kinds)), Cube(d)
    d = draw(st.integers(1, 2))
    if kind == "grid":
        return draw(networks(d, kinds)), Grid(draw(st.integers(1, 2)), d)
    values = st.fractions(min_value=-3, max_value=3, max_denominator=6).map(mpq)
    points = draw(st.lists(st.tuples(*[values] * d), min_size=1, max_size=9))
    return draw(networks(d, kinds)), Points(tuple(points))


#: ``floor(10·(2x1 - x2)/3)/10`` on the cube: 0, -4/10, 6/10, 3/10.
THIRDS = Network(["x1", "x2"], [affine("y", {"x1": "2/3", "x2": "-1/3"})], ["y"])


TENTHS = Network(
    ["x1", "x2"],
    [
        relu("u", {"x1": 1, "x2": 1}, 0),
        relu("v", {"x1": 1, "x2": 1}, -1),
        affine("y", {"x1": "3/5", "x2": "-2/5", "u": 0, "v": "1/10"}),
    ],
    ["y"],
)


def put(value: object, *path: str | int) -> Edit:
    """Change one entry."""

    def edit(certificate: Json) -> None:
        table: Any = certificate
        for part in path[:-1]:
            table = table[part]
        assert repr(table.get(path[-1])) != repr(value)
        table[path[-1]] = value

    return edit


def refuted(folder: Path) -> Json:
    wrong = Network(["x1", "x2"], [affine("y", {"x1": "3/5", "x2": "-2/5"})], ["y"])
    certificate = make(folder, (THIRDS, wrong), Cube(2), "floor", 10)
    found = {"input": {"x1": "1", "x2": "1"}, "expected": {"y": "3/10"}, "got": {"y": "1/5"}, "node": None}
    changes = {
        "verdict": "refuted",
        "outputs": None,
        "counterexample": found,
        "inputs_checked": "4",
        "reason": "it differs",
    }
    return certificate | changes


PACKAGE = Path(recheck.__file__).parent


def run_bare(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run in an interpreter that has the standard library only."""
    return subprocess.run([sys.executable, "-I", "-S", *arguments], capture_output=True, text=True, check=False, timeout=300)


def one_line(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert recheck.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("recheck: ")
    assert error.count("\n") == 1
    assert len(error) < 300
    return error
