"""Networks as Coq definitions and as plain text, for the verified checker (``Checker.v``, ``Measures.v``).

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
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from math import lcm
from pathlib import Path
from typing import Literal, get_args

from gmpy2 import mpq

from exactnet.kernel.domain import Cube, Domain, Grid
from exactnet.kernel.expansion import expand
from exactnet.kernel.network import Network
from exactnet.kernel.relation import Clip, Equal, Floor, Relation

__all__ = [
    "PROGRAM",
    "SOURCES",
    "Answer",
    "Report",
    "as_coq",
    "as_text",
    "build",
    "coq_theorem",
    "find_program",
    "recheck",
]

#: The name of the program on the search path.
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


def _words(net: Network) -> Iterator[str]:
    rows, outputs = _rows(net)
    yield f"{len(rows)} {len(outputs)}"
    for row in rows:
        wires = " ".join(f"{i} {weight}" for i, weight in row.wires)
        yield f"{row.kind} {row.denominator} {row.bias} {len(row.wires)} {wires}".rstrip()
    yield " ".join(map(str, outputs))


def as_text(original: Network, constructed: Network, domain: Domain, relation: Relation) -> str:
    """What the extracted program reads: the question, both networks, and the expansion of the constructed one.

    Raises
    ------
    ValueError
        for a relation with a tolerance, and for networks of different numbers of inputs.
    """
    d = len(original.inputs)
    if len(constructed.inputs) != d:
        raise ValueError(f"the networks have {d} and {len(constructed.inputs)} inputs")
    if isinstance(domain, Cube):
        shown = ["domain cube"]
    elif isinstance(domain, Grid):
        shown = [f"domain grid {domain.p}"]
    else:
        points = [" ".join(map(str, point)) for point in _integers(domain)]
        shown = [f"domain points {domain.p} {len(points)}", *points]
    words = _relation(relation)
    lines = ["exactnet-verified/1", f"inputs {d}", *shown, " ".join(["relation", words[0].lower(), *words[1:]])]
    for name, net in ("original", original), ("constructed", constructed), ("expansion", expand(constructed)):
        lines += [name, *_words(net)]
    return "\n".join([*lines, "end", ""])


Answer = Literal["holds", "fails", "malformed"]


@dataclass(frozen=True)
class Report:
    """What the verified checker said.

    Attributes
    ----------
    relation : whether the relation holds on every input of the domain.
    counterexample : an input on which it fails; None if it holds.
    expansion : whether the constructed network equals its expansion there.
    depth, max_weight, max_bias : no less than those of the expansion; None where an affine node of it is read.
    """

    relation: Answer
    counterexample: tuple[mpq, ...] | None
    expansion: Answer
    depth: int | None
    max_weight: mpq | None
    max_bias: mpq | None

    @property
    def accepted(self) -> bool:
        """Whether the relation is proved and the measures are those of an equal network."""
        return self.relation == "holds" == self.expansion


def find_program() -> Path | None:
    """The installed program :data:`PROGRAM`, or None."""
    found = shutil.which(PROGRAM)
    return None if found is None else Path(found)


def build(directory: Path) -> Path:
    """Compile ``Checker.v`` and ``Measures.v``, extract them, and build the program in ``directory``.

    Needs ``coqc`` and ``ocamlfind ocamlopt`` with zarith (README.md). Raises :class:`subprocess.CalledProcessError`.
    """
    for name in ("Checker.v", "Measures.v", "Extract.v"):
        shutil.copy(SOURCES / name, directory)
        _run(["coqc", "-q", "-Q", ".", "Exactnet", name], directory)
    shutil.copy(SOURCES / "checker" / "main.ml", directory)
    sources = ["verified.mli", "verified.ml", "main.ml"]
    _run(["ocamlfind", "ocamlopt", "-O3", "-package", "zarith", "-linkpkg", *sources, "-o", PROGRAM], directory)
    return directory / PROGRAM


def _run(command: list[str], directory: Path) -> None:
    subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True)


def recheck(
    original: Network,
    constructed: Network,
    domain: Domain,
    relation: Relation,
    program: Path,
    timeout: float | None = None,
) -> Report:
    """Ask the verified checker.

    Parameters
    ----------
    program : the extracted program, from :func:`find_program` or :func:`build`.
    timeout : seconds; :class:`subprocess.TimeoutExpired` beyond it.

    Raises
    ------
    ValueError
        for a relation that the checker does not know; for an export that the program cannot read.
    """
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "export.txt"
        path.write_text(as_text(original, constructed, domain, relation))
        done = subprocess.run([program, path], capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode not in (0, 1):
        raise ValueError(done.stderr.strip() or f"{program} ended with status {done.returncode}")
    lines = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    measures = lines["measures"]
    known = len(measures) == 3
    relation_answer, *numbers = lines["relation"]
    return Report(
        relation=_answer(relation_answer),
        counterexample=tuple(mpq(int(u), domain.p) for u in numbers) if relation_answer == "fails" else None,
        expansion=_answer(lines["expansion"][0]),
        depth=int(measures[0]) if known else None,
        max_weight=mpq(measures[1]) if known else None,
        max_bias=mpq(measures[2]) if known else None,
    )


def _answer(word: str) -> Answer:
    answer: Answer
    for answer in get_args(Answer):
        if answer == word:
            return answer
    raise ValueError(f"the verified checker answered {word!r}")
