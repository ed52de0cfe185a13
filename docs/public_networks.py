"""Make public-networks.md anew: what exactnet says of networks that others have published, from files that the reader fetches.

``python docs/public_networks.py FOLDER`` looks for the files below anywhere in FOLDER, and says what is not there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from gmpy2 import mpq

import exactnet as ex
from exactnet.bench.networks import ACAS, MISSING, find, shown, study

PAGE = Path(__file__).with_name("public-networks.md")
#: Networks that are compared with their rounding: file, where it is from, the p of the grid.
NETWORKS = (
    (f"{ACAS}.onnx", "ACAS Xu 1_1 (Julian, Kochenderfer), as ONNX", 1),
    (f"{ACAS}.nnet", "the same, as NNet", 1),
    ("fc_2-2-3.onnx", "Marabou, resources", 3),
    ("test_small_vnncomp.onnx", "VNN-COMP, test", 3),
    ("test_tiny_vnncomp.onnx", "VNN-COMP, test", 3),
    ("test_nano_vnncomp.onnx", "VNN-COMP, test", 3),
)
#: Binarised MNIST networks as threshold circuits, of 16 inputs: the same network at several scales of its weights.
CIRCUITS = ("mnist_16_3_1000000.th", "mnist_16_4_1000000.th")
SCALES = ("mnist_16_3_256.th", "mnist_16_3_16.th")
#: Brevitas networks for MNIST of the QONNX model zoo.
PICTURES = ("TFC_1W1A.onnx",)


def table(columns: Sequence[str], rows: Iterator[Sequence[object]]) -> str:
    """Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def networks(folder: Path) -> Iterator[list[object]]:
    """What the files hold, and what rounding to 2^-16 does on every input of a grid."""
    for name, source, p in NETWORKS:
        path = find(folder, name)
        if path is None:
            continue
        net = ex.read(path).network
        size, grid = ex.measure(net), ex.Grid(p, len(net.inputs))
        found = ex.quantise(net, grid, step=mpq(1, 2**16))
        largest, changes = found.largest, found.changes
        assert largest is not None
        changed = "one output" if changes is None else f"{changes.differing} of {grid.count}"
        bits = f"{size.bits} → {ex.measure(found.network).bits}"
        yield [f"`{name}`", source, len(net.inputs), size.neurons, size.depth, bits, shown(largest.value), changed]


def questions(folder: Path) -> Iterator[list[object]]:
    """Questions about pairs of networks, decided on every input."""
    one, other = (find(folder, f"{ACAS}{end}") for end in (".onnx", ".nnet"))
    if one is not None and other is not None:
        a, b = ex.read(one).network, ex.read(other).network
        compared = ex.compare(a, b, ex.Grid(1, 5), within=1)
        yield ["ACAS Xu 1_1: how far is the NNet file from the ONNX file?", 243, f"{shown(compared.largest.value)} at most"]
        changes = ex.compare(a, b, ex.Grid(2, 5), relation="class", count=True)
        yield ["… on how many inputs is the advisory another?", 59049, changes.differing]
        rounded = ex.quantise(a, step=mpq(1, 2**16)).network
        changes = ex.compare(a, rounded, ex.Grid(2, 5), relation="class", count=True)
        yield ["… and if weights are rounded to 2^-16?", 59049, changes.differing]
    fine = find(folder, CIRCUITS[0])
    for scale in SCALES:
        coarse = find(folder, scale)
        if fine is not None and coarse is not None:
            a, b = ex.read(fine).network, ex.read(coarse).network
            count = ex.compare(a, b, ex.Cube(16), count=True).differing
            yield [f"`{CIRCUITS[0]}` and `{scale}`: where do they differ?", 65536, count]


def circuits(folder: Path) -> Iterator[list[object]]:
    """Equal circuits with small weights."""
    for name in CIRCUITS:
        path = find(folder, name)
        if path is not None:
            instance = ex.read(path)
            made = ex.certify(instance.network, instance.domain, route="compact")
            before, after = ex.measure(instance), ex.measure(made.network)
            change = [f"{getattr(before, of)} → {getattr(after, of)}" for of in ("max_weight", "gates", "depth")]
            yield [f"`{name}`", *change, made.verdict]


def pictures(folder: Path) -> Iterator[list[object]]:
    """Networks of 784 inputs, proved on all pictures in black and white."""
    for name in PICTURES:
        path = find(folder, name)
        if path is None:
            continue
        net = ex.read(path).network
        result = ex.certify_by_proof(net, ex.Cube(784), precision=mpq(1, 16), output_range=16, clip=True)
        before, after = ex.measure(net), result.document["constructed"]
        lines, size = result.document["proof"]["lines"], len(result.found.files["proof"])
        row = [f"2^{int(before.max_weight).bit_length() - 1} → {after['max_weight']}", f"{before.neurons} → {after['neurons']}"]
        yield [f"`{name}`", *row, f"{before.depth} → {after['depth']}", lines, size, result.document["verdict"]]


def main() -> None:
    """Write the page."""
    if len(sys.argv) != 2:
        sys.exit("which folder? python docs/public_networks.py FOLDER")
    folder = Path(sys.argv[1])
    of_size = ["file", "from", "inputs", "ReLUs", "depth", "bits", "largest difference", "class changes"]
    rows = list(study(folder))
    here = [row for row in rows if row[-1] != MISSING]
    words = [str(row[-1]).partition(":")[0].partition(" ")[0] for row in here]
    parts = [
        "# Public networks\n\n"
        "What exactnet says of networks that others have published. The files are theirs, under their licences, and not part\n"
        "of exactnet; fetch them, and `python docs/public_networks.py FOLDER` makes this page again. Every number is exact, shown\n"
        "with three digits, and holds on every input of the domain that is named; nothing is said about reals between.\n",
        "## Read\n\n"
        "The list is fixed, `STUDY` in `exactnet/bench/networks.py`: files of four repositories on GitHub. The first digits of\n"
        "SHA-256 say which file it was. `exactnet bench --networks FOLDER` measures the times that are asked for.\n\n"
        f"Of {len(rows)} networks of many architectures {len(here)} were at hand, {len(here) - words.count('refused')} are read,\n"
        f"and {words.count('agrees')} of these agree with their runtime (onnxruntime; QONNX's executor for its operators) at\n"
        "random inputs: the float32 result is nearer to the exact value than the bound on its roundings, derived for each input.\n"
        "What is refused is not piecewise linear.\n",
        table(["file", "from", "SHA-256", "inputs", "neurons", "depth", "bits", ""], iter(rows)),
        "## Rounded to multiples of 2^-16\n\n"
        "On the grid with p = 1 for ACAS Xu (243 inputs) and p = 3 for the others. Softmax at the end is left out.\n",
        table(of_size, networks(folder)),
        "## Settled\n",
        table(["question", "inputs", "answer"], questions(folder)),
        "## Equal circuits with small weights\n\n"
        "Binarised MNIST networks of threABC (`exactnet certify FILE --route compact`), on all 65 536 inputs.\n",
        table(["file", "largest weight", "gates", "depth", ""], circuits(folder)),
        "## On all pictures\n\n"
        "A Brevitas network for MNIST, 784-64-64-64-10, of the QONNX model zoo: on all `2^784` pictures in black and white, each\n"
        "output is `floor(16 clip(N(x)))/16` for values clipped to `[-16, 16]` ([structural](structural.md)):\n"
        "`exactnet certify FILE --domain cube --structural --precision 1/16 --range 16 --clip`.\n",
        table(["file", "largest weight", "neurons", "depth", "proof, lines", "bytes", ""], pictures(folder)),
    ]
    PAGE.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
