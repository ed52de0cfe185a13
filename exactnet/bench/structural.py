"""What certificates by proof cost: sizes, and times of building, proving and checking, for up to hundreds of inputs.

``python -m exactnet.bench.structural [NAME ...]`` measures on this machine, and with ``--slopes`` how sizes and times grow in place
of that; ``--write`` puts the table into docs/structural.md. Each check is a process of its own that starts from the three files;
its memory is its peak. Times are CPU seconds.
"""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from gmpy2 import mpq

from exactnet.certify.classical import make_defined
from exactnet.certify.structural import proving
from exactnet.certify.structural.classical import prove_function
from exactnet.certify.structural.proving import Form, StructuralProof, certify_structural
from exactnet.families import FAMILIES
from exactnet.kernel.domain import Cube, Grid
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, affine, relu, threshold

__all__ = ["CLASSICAL", "INSTANCES", "LINES", "Row", "gate", "layers", "main", "pairs", "row", "slopes", "steps"]

PAGE = Path(__file__).parents[2] / "docs" / "structural.md"
BEGIN, END = "<!-- table: python -m exactnet.bench.structural --write -->\n", "<!-- end of the table -->\n"
SLOPES = "<!-- slopes: python -m exactnet.bench.structural --slopes --write -->\n"


class Row(NamedTuple):
    """One line of the table."""

    name: str
    d: int
    nodes: int
    weight: str
    kilobytes: int
    lines: int
    build: float
    prove: float
    check: float
    megabytes: int


def gate(d: int, bits: int, seed: int = 1) -> Network:
    """One gate with random weights of so many bits."""
    rnd = random.Random(seed)
    weights = {f"x{i}": rnd.choice([-1, 1]) * rnd.randrange(1 << (bits - 1), 1 << bits) for i in range(d)}
    return Network(list(weights), [threshold("y", weights, -sum(weights.values()) // 2)], ["y"])


def layers(d: int, widths: tuple[int, ...], bits: int, seed: int = 1) -> Network:
    """A threshold circuit, all gates of a layer reading all of the one below, as a binarised network does."""
    rnd = random.Random(seed)
    names = [f"x{i}" for i in range(d)]
    below, nodes = names, []
    for level, width in enumerate(widths):
        layer = [f"g{level}_{i}" for i in range(width)]
        for name in layer:
            weights = {source: rnd.choice([-1, 1]) * rnd.randrange(1 << (bits - 1), 1 << bits) for source in below}
            nodes.append(threshold(name, weights, -sum(weights.values()) // 2))
        below = layer
    return Network(names, nodes, below)


def _relus(end: str, d: int, widths: tuple[int, ...], bits: int) -> tuple[Network, Any]:
    instance = FAMILIES["random"].make(d=d, widths=widths, bits=bits, outputs=1, end=end, grid=0, seed=1)
    return instance.network, instance.domain


def pairs(d: int, m: int, bits: int) -> tuple[Network, Any]:
    """A network of the family ``clipped``, whose range is proved."""
    instance = FAMILIES["clipped"].make(d=d, m=m, bits=bits, seed=1)
    return instance.network, instance.domain


def steps(d: int, width: int, bits: int, seed: int = 1) -> Network:
    """An output ``[z + 1]+ - [z]+`` for every ``width`` inputs, with random weights of so many bits."""
    rnd = random.Random(seed)
    names = [f"x{i}" for i in range(d)]
    nodes, outputs = [], [f"y{i}" for i in range(0, d, width)]
    for i, y in zip(range(0, d, width), outputs, strict=True):
        weights = {x: rnd.choice([-1, 1]) * rnd.randrange(1 << (bits - 1), 1 << bits) for x in names[i : i + width]}
        bias = -sum(weights.values()) // 2
        nodes += [relu(f"u{i}", weights, bias + 1), relu(f"l{i}", weights, bias), affine(y, {f"u{i}": 1, f"l{i}": -1})]
    return Network(names, nodes, outputs)


Instance = tuple[Callable[[], tuple[Network, Cube | Grid]], Form, dict[str, Any]]


def _circuit(net: Callable[[], Network], **options: Any) -> Instance:
    return lambda: (network := net(), Cube(len(network.inputs))), "circuit", options


INSTANCES: dict[str, Instance] = {
    **{f"one gate, d = {d}, 64 bits": _circuit(lambda d=d: gate(d, 64)) for d in (16, 64, 256, 784, 1024)},  # type: ignore[misc]
    "circuit 784-16-10, 32 bits": _circuit(lambda: layers(784, (16, 10), 32)),
    "exact, d = 784, 2 ReLUs, 64 bits": (lambda: pairs(784, 2, 64), "exact", {}),
    "exact, d = 784, 16 ReLUs, 64 bits": (lambda: pairs(784, 16, 64), "exact", {}),
    "exact, k = 4, d = 64, widths 3, 3, 2, 16 bits": (lambda: _relus("steps", 64, (3, 3, 2), 16), "exact", {}),
    "exact, k = 3, d = 256, widths 4, 4, 32 bits": (lambda: _relus("steps", 256, (4, 4), 32), "exact", {}),
    "clipped to 1/100, d = 784, 4 ReLUs, 64 bits": (
        lambda: _relus("scaled", 784, (4,), 64),
        "clipped",
        {"output_range": 8, "r": 100},
    ),
    "route C: one gate, d = 784, 64 bits": _circuit(lambda: gate(784, 64), route="compact"),
    "route B: one gate, d = 64, 16 bits": _circuit(lambda: gate(64, 16), route="residue"),
    "route B: one gate, d = 64, 20 bits": _circuit(lambda: gate(64, 20), route="residue"),
    "route B: one gate, d = 256, 20 bits": _circuit(lambda: gate(256, 20), route="residue"),
    "route B: one gate, d = 64, 32 bits": _circuit(lambda: gate(64, 32), route="residue"),
    "route B: one gate, d = 256, 32 bits": _circuit(lambda: gate(256, 32), route="residue"),
    "route B: one gate, d = 64, 64 bits": _circuit(lambda: gate(64, 64), route="residue"),
    "route B: one gate, d = 64, 128 bits": _circuit(lambda: gate(64, 128), route="residue"),
    "route B: one gate, d = 256, 64 bits": _circuit(lambda: gate(256, 64), route="residue"),
    "route D: circuit 16-1-1, 32 bits": _circuit(lambda: layers(16, (1, 1), 32), route="stacked"),
    "route D: circuit 16-2-1, 32 bits": _circuit(lambda: layers(16, (2, 1), 32), route="stacked"),
    "route D: clipped to 1, d = 32, 1 ReLU, 16 bits": (
        lambda: _relus("scaled", 32, (1,), 16),
        "clipped",
        {"output_range": 2, "route": "stacked"},
    ),
}


#: Classical circuits: the function, the kind and the numbers.
CLASSICAL: dict[str, tuple[str, str, dict[str, int]]] = {
    "comparison of 64-bit numbers, depth 2": ("comparison", "shallow", {"n": 64}),
    "addition of 64-bit numbers, depth 2": ("addition", "shallow", {"n": 64}),
    "addition of 64-bit numbers, depth 3": ("addition", "small", {"n": 64}),
    "addition of 64-bit numbers, depth 2, large weights": ("addition", "large", {"n": 64}),
    "comparison of 64-bit numbers, depth 3": ("comparison", "small", {"n": 64}),
    "multiplication of 64-bit numbers, depth 5": ("multiplication", "small", {"n": 64}),
    "multiplication of 64-bit numbers, depth 3, large weights": ("multiplication", "large", {"n": 64}),
    "sum of 64 numbers of 64 bits, depth 2, large weights": ("iterated-addition", "large", {"n": 64, "bits": 64}),
    "sorting 4 numbers of 40 bits, depth 3": ("sorting", "shallow", {"n": 4, "bits": 40}),
    "sorting 16 numbers of 40 bits, depth 5": ("sorting", "small", {"n": 16, "bits": 40}),
}


def _classical(name: str) -> tuple[StructuralProof, float]:
    """The proof, and when the circuit was built."""
    function, kind, numbers = CLASSICAL[name]
    net, constructed, _ = make_defined(function, {**numbers, "kind": kind})
    built = time.process_time()
    return prove_function(function, kind, numbers, net, constructed), built


def _routed(name: str) -> tuple[StructuralProof, float]:
    """The proof, and when the network was built."""
    make, form, options = INSTANCES[name]
    net, domain = make()
    built = [0.0]
    module: Any = proving
    build = module.build_recorded

    def timed(*arguments: Any) -> Any:
        value = build(*arguments)
        built[0] = time.process_time()
        return value

    module.build_recorded = timed
    try:
        return certify_structural(net, domain, form, **options), built[0]
    finally:
        module.build_recorded = build


def row(name: str) -> Row:
    """Build, prove and check one instance."""
    begun = time.process_time()
    proof, built = (_classical if name in CLASSICAL else _routed)(name)
    proved = time.process_time()
    data = proof.dump()
    seconds, megabytes = check_alone(proof.original, proof.constructed, data)
    from exactnet.files.network_json import parse_network

    constructed = parse_network(proof.constructed, "the constructed network").network
    weight = int(max(measure(constructed).max_weight, 1))
    return Row(
        name,
        len(constructed.inputs),
        len(constructed.order),
        f"{weight}" if weight < 10**6 else f"~2^{weight.bit_length()}",
        -(-len(data) // 1000),
        len(proof.lines),
        round(built - begun, 2),
        round(proved - built, 2),
        seconds,
        megabytes,
    )


def check_alone(*files: bytes) -> tuple[float, int]:
    """CPU seconds and peak memory (MB) of a process that checks three files."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("original.json", "constructed.json", "proof.gz")]
        for path, data in zip(paths, files, strict=True):
            path.write_bytes(data)
        code = (
            "import resource, sys; from exactnet.structural.checking import main; status = main(sys.argv[1:]); "
            "u = resource.getrusage(resource.RUSAGE_SELF); "
            "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM')); "
            "print(u.ru_utime + u.ru_stime, peak.split()[1]); sys.exit(status)"
        )
        done = subprocess.run([sys.executable, "-c", code, *map(str, paths)], capture_output=True, text=True, check=True)
    seconds, peak = done.stdout.split()[-2:]
    return round(float(seconds), 2), int(peak) // 1024


#: Of one gate: what grows, the route, and the gates of the line.
LINES: dict[str, tuple[str, list[tuple[int, int]]]] = {
    "d, 64 bits, route A": ("lookahead", [(64, 64), (256, 64), (1024, 64)]),
    "d, 64 bits, route C": ("compact", [(64, 64), (256, 64), (1024, 64)]),
    "bits, d = 256, route A": ("lookahead", [(256, 64), (256, 256), (256, 1024)]),
    "bits, d = 256, route C": ("compact", [(256, 64), (256, 256), (256, 1024)]),
    "d, 64 bits, route B": ("residue", [(64, 64), (128, 64), (256, 64)]),
    "bits, d = 64, route B": ("residue", [(64, 32), (64, 64), (64, 128)]),
}


def slopes(name: str) -> list[Decimal]:
    """Slopes of the lines through the logarithms against what grows: of the bytes of a proof (unpacked), and of the CPU
    seconds of making and of checking it.
    """
    from exactnet.companion.growth import slope  # the companion imports this module

    route, gates = LINES[name]
    grows = [d if name.startswith("d") else bits for d, bits in gates]
    measured = []
    for d, bits in gates:
        begun = time.process_time()
        proof = certify_structural(gate(d, bits), Cube(d), "circuit", route=route)
        proved, data = time.process_time(), proof.dump()
        seconds, _ = check_alone(proof.original, proof.constructed, data)
        measured.append((len(gzip.decompress(data)), proved - begun, max(seconds, 0.01)))
    return [slope(list(zip(grows, map(mpq, column), strict=True))) for column in zip(*measured, strict=True)]


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    names = ("instance (route A unless named)", "nodes of N'", "largest weight", "proof, KB", "lines")
    head = "| " + " | ".join((*names, "build, s", "prove, s", "check, s", "check, MB")) + " |\n"
    body = [
        f"| {r.name} | {r.nodes} | {r.weight} | {r.kilobytes} | {r.lines} | {r.build} | {r.prove} | {r.check} | {r.megabytes} |\n"
        for r in rows
    ]
    return head + "|---|" + "---:|" * 8 + "\n" + "".join(body)


def slopes_table(rows: list[tuple[str, list[Decimal]]]) -> str:
    """The slopes in Markdown."""
    head = "| grows, one gate | bytes | build and prove, s | check, s |\n|---|---:|---:|---:|\n"
    shown = ((f"{name}: {', '.join(str(pair[name.startswith('bits')]) for pair in LINES[name][1])}", row) for name, row in rows)
    return head + "".join(f"| {name} | {' | '.join(map(str, row))} |\n" for name, row in shown)


def write(text: str, begin: str) -> None:
    """Put a table into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    PAGE.write_text(f"{before}{begin}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Measure, print, and perhaps write."""
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return
    if "--slopes" in arguments:
        grown = []
        for name in [name for name in arguments if not name.startswith("--")] or LINES:
            grown.append((name, slopes(name)))
            print(name, *grown[-1][1], sep=" | ", flush=True)
        if "--write" in arguments:
            write(slopes_table(grown), SLOPES)
        return
    names = [name for name in arguments if not name.startswith("--")] or [*INSTANCES, *CLASSICAL]
    rows = []
    for name in names:
        rows.append(row(name))
        print(*rows[-1], sep=" | ", flush=True)
    if "--write" in arguments:
        write(table(rows), BEGIN)


if __name__ == "__main__":
    main(sys.argv[1:])
