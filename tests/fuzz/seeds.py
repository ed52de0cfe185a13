"""Valid files of every kind that the project reads, and every command with arguments that it takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

Run = Callable[[Sequence[str]], int]


def _network(nodes: list[tuple[str, str, dict[str, str], str]], inputs: int, outputs: list[str], domain: object) -> str:
    document = {
        "format": "exactnet-network/1",
        "inputs": [f"x{i}" for i in range(1, inputs + 1)],
        "nodes": [{"id": name, "kind": kind, "in": form, "bias": bias} for name, kind, form, bias in nodes],
        "outputs": outputs,
        "domain": domain,
    }
    return json.dumps(document, indent=1)


def _table(**fields: object) -> str:
    return json.dumps({"format": "exactnet-table/1", "inputs": ["x1", "x2"], "output": "y", **fields}, indent=1)


_CUBE, _GRID = {"kind": "cube"}, {"kind": "grid", "p": 1}
_ABS = [("a", "relu", {"x1": "1"}, "0"), ("b", "relu", {"x1": "-1"}, "0")]

#: Network files, tables and lists of inputs, by name.
FILES: dict[str, str] = {
    "cube.json": _network(
        [
            ("h", "relu", {"x1": "12345678901", "x2": "-12345678900", "x3": "1/2"}, "0"),
            ("g", "relu", {"h": "1", "x2": "2"}, "-1/2"),
            ("y", "affine", {"h": "1/12345678901", "g": "1/12345678901", "x3": "1"}, "1/3"),
            ("z", "affine", {"x1": "1"}, "0"),
        ],
        3, ["z", "y"], _CUBE,
    ),
    "exact.json": _network(
        [("h", "relu", {"x1": "99999", "x2": "-99998"}, "0"), ("y", "affine", {"h": "1/99999", "x2": "1/99999"}, "0")],
        2, ["y"], {"kind": "points", "points": [["0", "0"], ["1", "0"]]},
    ),
    "grid.json": _network([*_ABS, ("y", "affine", {"a": "2/3", "b": "-1/7", "x2": "1/2"}, "0")], 2, ["y"], _GRID),
    "line.json": _network([*_ABS, ("y", "affine", {"a": "1/2", "b": "1/3"}, "0")], 1, ["y"], {"kind": "grid", "p": 2}),
    "whole.json": _network([*_ABS, ("y", "affine", {"a": "1", "b": "1"}, "0")], 1, ["y"], _GRID),
    "points.json": _network(
        [*_ABS, ("y", "affine", {"a": "1", "b": "1/5"}, "-1")],
        2, ["y", "x2"], {"kind": "points", "points": [["0", "1/2"], ["-1", "3"], ["2/3", "0"]]},
    ),
    "mixed.json": _network(
        [("g", "threshold", {"x1": "3", "x2": "-2"}, "-1"), ("r", "relu", {"g": "2", "x1": "1"}, "0"),
         ("y", "affine", {"r": "1", "g": "1/2"}, "0")],
        2, ["y", "g"], _CUBE,
    ),
    "levels.json": _network(
        [("h", "relu", {"x1": "2", "x2": "-1"}, "0"), ("y", "threshold", {"h": "3", "x2": "1"}, "-2")], 2, ["y"], _CUBE
    ),
    "deep.json": _network(
        [("h", "relu", {"x1": "1", "x2": "1"}, "0"), ("i", "relu", {"h": "1"}, "-1"), ("j", "relu", {"i": "3", "h": "1"}, "0"),
         ("y", "affine", {"j": "1"}, "0")],
        2, ["y"], _CUBE,
    ),
    "gates.json": _network(
        [("a", "threshold", {"x1": "5", "x2": "3"}, "-4"), ("b", "threshold", {"x1": "1000", "x2": "-999"}, "0"),
         ("y", "threshold", {"a": "1", "b": "1"}, "-2")],
        2, ["y", "a"], _CUBE,
    ),
    "gates.th": ".model m\n.input x1 x2 x3\n.output y\n.threshold x1 x2 h\n3 2 4\n.threshold h x3 y\n1 1 2\n.end\n",
    "point.csv": "x1,x2,y\n0,0,1\n1,0,1/2\n0,1,-3\n",
    "norm.csv": "squared norm on grid:1^2,y\n0,1/3\n1,-5\n2,1/4\n",
    "input.csv": "x2 on grid:1^2,y\n-1,3\n0,-5\n1,1/4\n",
    "norm.json": _table(domain=_GRID, by="norm", values=[["0", "1/3"], ["1", "-5"], ["2", "1/4"]]),
    "point.json": _table(values=[[["0", "1"], "1/3"], [["1", "1/2"], "-5"]]),
    "input.json": _table(domain=_GRID, by="input", input="x2", values=[["-1", "0"], ["0", "2"], ["1", "0"]]),
    "domain.json": json.dumps({"kind": "points", "points": [["0", "1"], ["1/2", "-1"]]}),
    "list.json": json.dumps([["0", "1"], ["1/2", "-1"], [1, 0]]),
    "cross.json": _network(
        [*_ABS, ("c", "relu", {"x2": "1"}, "0"), ("e", "relu", {"x2": "-1"}, "0"),
         ("y", "affine", {"a": "1", "b": "1", "c": "-1", "e": "-1"}, "0")],
        2, ["y"], _CUBE,
    ),
    "labelled.json": json.dumps({"points": [[1, 0], [-1, 0], [0, 1], [0, "-1"]], "labels": [1, 1, -1, -1]}),
    "two.json": json.dumps(
        {"points": [[1, 0], ["-3/5", "4/5"]], "targets": [[1, 0], [0, 1]], "start": [["1/9", "-1/7"], ["-1/8", "1/6"]]}
    ),
    "weights.json": json.dumps({"weights": [[1, "1/2"], [0, 3], ["-2", 1]]}),
}  # fmt: skip

#: How the certificates are made. Each is written to the name that the list ends with.
CERTIFICATES: tuple[tuple[str, ...], ...] = (
    ("certify", "exact.json", "-o", "c-exact.json"),
    ("certify", "grid.json", "--precision", "1/10", "-o", "c-rounded.json"),
    ("certify", "grid.json", "--precision", "1/2", "--clip", "--range", "2", "-o", "c-clipped.json"),
    ("certify", "whole.json", "--constant-weights", "-o", "c-constant.json"),
    ("certify", "gates.json", "-o", "c-circuit.json"),
    ("certify", "gates.th", "--route", "residue", "-o", "c-residue.json"),
    ("certify", "mixed.json", "--route", "compact", "-o", "c-compact.json"),
    ("certify", "input.csv", "--route", "component", "--precision", "1/2", "-o", "c-component.json"),
    ("certify", "norm.csv", "--route", "radial", "--precision", "1/2", "-o", "c-radial.json"),
    ("certify", "exact.json", "--weight-bound", "1/2", "-o", "c-refuted.json"),
    ("compress", "exact.json", "-o", "c-few.json"),
    ("compress", "exact.json", "--epsilon", "1/10", "-o", "c-within.json"),
    ("compress", "gates.json", "-o", "c-fewgates.json"),
    ("classical", "majority", "--d", "3", "-o", "c-classical.json"),
    ("barrier", "whole.json", "-o", "barrier"),
    ("continuous", "line.json", "--precision", "1/2", "--delta", "1/10", "-o", "c-continuous.json"),
    ("rank", "flow", "two.json", "-o", "c-flow.json"),
    ("rank", "depth", "cross.json", "labelled.json", "--depth", "4", "-o", "c-depth.json"),
    ("rank", "kkt", "cross.json", "labelled.json", "-o", "c-kkt.json"),
    ("natural", "weights.json", "--n", "4", "-o", "c-natural.json"),
)

#: Every command: a name of a file stands for a copy of it, ``OUT`` for a name in the folder of the case.
COMMANDS: tuple[tuple[str, ...], ...] = (
    *((*made[:-1], "OUT.json") for made in CERTIFICATES if made[0] != "barrier"),
    ("certify", "points.json", "--precision", "1/3", "-o", "OUT.json"),
    ("certify", "point.csv", "--precision", "1/2", "-o", "OUT.json"),
    ("certify", "norm.json", "--precision", "1/2", "-o", "OUT.json"),
    ("certify", "point.json", "--precision", "1/2", "-o", "OUT.json"),
    ("certify", "levels.json", "-o", "OUT.json"),
    ("certify", "mixed.json", "-o", "OUT.json"),
    ("certify", "deep.json", "--route", "auto", "-o", "OUT.json"),
    ("certify", "grid.json", "--domain", "domain.json", "--precision", "1/5", "-o", "OUT.json"),
    ("certify", "grid.json", "--domain", "list.json", "--precision", "1/5", "-o", "OUT.json"),
    ("construct", "grid.json", "--precision", "1/4", "-o", "OUT.json"),
    ("construct", "gates.th", "-o", "OUT.th"),
    ("compare", "gates.json", "deep.json", "--count"),
    ("compare", "gates.th", "gates.th"),
    ("compare", "input.json", "input.csv"),
    ("euaf", "function", "x1*x2 - x1", "--cells", "2", "-o", "OUT.json"),
    ("euaf", "boolean", "0110", "--step", "6", "-o", "OUT.json"),
    ("eval", "grid.json", "1/3", "-2"),
    ("eval", "gates.th", "1", "0", "1", "--nodes"),
    ("show", "cube.json", "--nodes"),
    ("show", "gates.th"),
    ("show", "point.csv"),
    ("show", "norm.json"),
    ("show", "grid.json", "--domain", "domain.json"),
    ("convert", "gates.json", "OUT.th"),
    ("convert", "gates.th", "OUT.json"),
    ("convert", "mixed.json", "OUT.json", "--expand"),
    ("convert", "norm.csv", "OUT.json"),
    ("frontier", "gates.json"),
    ("flatten", "line.json", "-o", "OUT.json"),
    ("flatten", "deep.json", "--interval", "0,1"),
    ("classical", "iterated-addition", "--n", "2", "--bits", "2", "--structural", "-o", "OUT.json"),
    ("barrier", "whole.json", "-o", "OUT"),
    ("assemble", "barrier", "whole.json", "-o", "OUT.json"),
    ("assemble", "barrier", "--range", "1", "--domain", "grid:1", "-o", "OUT.json"),
    ("least", "whole.json", "--max-gates", "1", "-o", "OUT"),
    ("pieces", "deep.json", "--from", "0,0", "--to", "1,1/2"),
    ("bounds", "--depth", "2", "--growth", "m=d", "--growth", "B=d^2"),
    ("make", "random", "--d", "2", "--depth", "2", "-o", "OUT.json"),
    ("make", "parity", "--d", "3", "-o", "OUT.th"),
    ("make", "telgarsky", "--depth", "3", "-o", "OUT.json"),
    ("make", "ball", "--d", "2", "-o", "OUT.json"),
)


def write_seeds(folder: Path, run: Run) -> list[str]:
    """Write all files, and make all certificates. Returns the names of the certificates."""
    for name, text in FILES.items():
        (folder / name).write_text(text)
    names = []
    for arguments in CERTIFICATES:
        *rest, name = arguments
        run([*(str(folder / part) if part in FILES else part for part in rest), str(folder / name), "-q"])
        written = [name] if (folder / name).is_file() else [f"{name}/circuits.json", f"{name}/network.json"]
        if not all((folder / file).is_file() for file in written):
            raise RuntimeError(f"no certificate from {' '.join(arguments)}")
        names += written
    return names
