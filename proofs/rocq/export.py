"""Networks as Coq definitions, for the verified checker (``Checker.v``), and the program that is extracted from it.

Not verified: this file. What it writes is short enough to be read beside the network.

>>> from exactnet.kernel.network import Network, affine, relu
>>> net = Network(["x"], [relu("h", {"x": "3/2"}, -1), affine("y", {"h": 2})], ["y"])
>>> print(as_coq("net", net))
Definition net : network := Network
  [Node Relu 2 (-2) [(0%N, 3)];
   Node Affine 1 0 [(1%N, 2)]]
  [2%N].
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from math import lcm
from pathlib import Path

from exactnet.kernel.domain import Cube, Domain, Grid
from exactnet.kernel.network import Network
from exactnet.kernel.relation import Clip, Equal, Floor, Relation

__all__ = ["PROGRAM", "SOURCES", "as_coq", "build", "coq_theorem"]

#: The name of the program, which ``exactnet recheck --verified`` looks for on the search path.
PROGRAM = "exactnet-verified"
#: The directory of the Coq files.
SOURCES = Path(__file__).parent


@dataclass(frozen=True)
class _Row:
    """A node: its value is ``kind((bias + sum of weight * value) / denominator)``; sources are numbered."""

    kind: str
    denominator: int
    bias: int
    wires: list[tuple[int, int]]


def _rows(net: Network) -> tuple[list[_Row], list[int]]:
    number = {name: i for i, name in enumerate(net.inputs)}
    rows = []
    for node in net.nodes():
        number[node.id] = len(number)
        denominator = lcm(*(int(value.denominator) for value in (node.bias, *node.sources.values())))
        wires = [(number[source], int(weight * denominator)) for source, weight in node.sources.items()]
        rows.append(_Row(node.kind, denominator, int(node.bias * denominator), wires))
    return rows, [number[name] for name in net.outputs]


def _z(value: int) -> str:
    return f"({value})" if value < 0 else str(value)


def as_coq(name: str, net: Network) -> str:
    """The network as a definition of type ``Checker.network``."""
    rows, outputs = _rows(net)
    nodes = ";\n   ".join(
        f"Node {row.kind.capitalize()} {row.denominator} {_z(row.bias)} "
        f"[{'; '.join(f'({i}%N, {_z(weight)})' for i, weight in row.wires)}]"
        for row in rows
    )
    return f"Definition {name} : network := Network\n  [{nodes}]\n  [{'; '.join(f'{i}%N' for i in outputs)}]."


def _coq_domain(domain: Domain) -> str:
    if isinstance(domain, Cube):
        return "Cube"
    if isinstance(domain, Grid):
        return f"(Grid {domain.p})"
    points = "; ".join(f"[{'; '.join(_z(u) for u in point)}]" for point in _integers(domain))
    return f"(Points {domain.p} [{points}])"


def _coq_relation(relation: Relation) -> str:
    words = _relation(relation)
    return words[0] if len(words) == 1 else f"({' '.join(words)})"


def _relation(relation: Relation) -> list[str]:
    if isinstance(relation, Equal):
        return ["Equal"]
    if isinstance(relation, Floor):
        return ["Floor", str(relation.r)]
    if isinstance(relation, Clip):
        return ["Clip", str(relation.r), str(relation.limit)]
    raise ValueError(f"the verified checker knows the relations equal, floor and clip, not {relation.kind}")


def _integers(domain: Domain) -> Iterator[list[int]]:
    """The points, times the common denominator ``domain.p``."""
    for point in domain:
        yield [int(value * domain.p) for value in point]


def coq_theorem(original: Network, constructed: Network, domain: Domain, relation: Relation) -> str:
    """A Coq file whose last theorem is the relation, on every input of the domain; it compiles iff the checker accepts."""
    return "\n".join(
        [
            "From Coq Require Import ZArith QArith NArith List.",
            "From Exactnet Require Import Checker.",
            "Import ListNotations.",
            "Open Scope Z_scope.",
            as_coq("original", original),
            as_coq("constructed", constructed),
            f"Theorem certified : forall x, within {_coq_domain(domain)} {len(original.inputs)} x ->",
            f"  Forall2 (related {_coq_relation(relation)}) (value original x) (value constructed x).",
            "Proof. apply check_sound. vm_cast_no_check (eq_refl true). Qed.",
            "",
        ]
    )


def build(directory: Path) -> Path:
    """Compile the checkers of ``Extract.v``, extract them, and build the program :data:`PROGRAM` in ``directory``.

    Needs ``coqc`` and ``ocamlfind ocamlopt`` with zarith (README.md). Raises :class:`subprocess.CalledProcessError`.
    """
    for name in ("Lanes", "Checker", "Measures", "Forms", "Pieces", "Events", "Rules", "Structural", "Extract"):
        shutil.copy(SOURCES / f"{name}.v", directory)
        _run(["coqc", "-q", "-Q", ".", "Exactnet", f"{name}.v"], directory)
    for name in ("integer.ml", "main.ml"):
        shutil.copy(SOURCES / "checker" / name, directory)
    sources = ["integer.ml", "verified.mli", "verified.ml", "main.ml"]
    _run(["ocamlfind", "ocamlopt", "-O3", "-package", "zarith", "-linkpkg", *sources, "-o", PROGRAM], directory)
    return directory / PROGRAM


def _run(command: list[str], directory: Path) -> None:
    subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True)
