"""The checker whose soundness is proved in Coq, as a program: both networks go to it as plain text.

The program is built from ``proofs/rocq`` (``python -m exactnet.companion.rocq DIRECTORY``). It compares the original with
the constructed network as they are written, then the constructed network with its expansion, and measures the expansion:
all three by functions with a proof (``check_sound``, ``measures_sound``).

To believe: that :func:`export` writes the networks, the domain and the relation as they are, and that no answer but
``holds`` is taken for one. The expansion that it writes need not be believed: the program compares.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from .certificate import OF_CIRCUITS, Certificate
from .domain import Domain
from .measures import Expansion, common, content, live_part
from .network import Net
from .reading import Number, clip, demand, require

PROGRAM = "exactnet-verified"
HOW = f"--verified needs {PROGRAM} on the search path; python -m exactnet.companion.rocq DIRECTORY builds it"
RELATIONS = ("equal", "floor", "clip")


class Answer(NamedTuple):
    """What the program says: of the relation and of the expansion ``holds``, ``fails`` or ``malformed``."""

    relation: str
    counterexample: list[Fraction]
    expansion: str
    measures: dict[str, Number]


def find_program() -> str:
    """The path of the program."""
    program = shutil.which(PROGRAM)
    require(program is not None, HOW)
    return str(program)


def check_verified(certificate: Certificate, constructed: Expansion, max_inputs: int) -> Iterator[str]:
    """Confirm the relation on every input, and the measures of the constructed network, by the verified program."""
    kind = certificate.relation
    require(kind in RELATIONS, f"--verified knows the relations {', '.join(RELATIONS)}, not {kind}")
    require(certificate.domain.count <= max_inputs, f"--verified takes all {certificate.domain.count} inputs; see --max-inputs")
    limit = certificate.parameters["R"] if kind == "clip" else 0
    relation = f"{'exact' if kind == 'equal' else kind} {certificate.r} {limit or ''}".rstrip()
    text = export(certificate.original, certificate.constructed, certificate.domain, relation)
    answer = ask(find_program(), text, certificate.domain.p)
    at = f" at ({clip(', '.join(map(str, answer.counterexample)))})" if answer.counterexample else ""
    demand(answer.relation == "holds", f"{PROGRAM}: the relation {answer.relation}{at}")
    demand(answer.expansion == "holds", f"{PROGRAM}: that the expansion is equal {answer.expansion}")
    yield f"{PROGRAM}, whose soundness is proved in Coq: the relation holds on all {certificate.domain.count} inputs"
    if certificate.statement not in OF_CIRCUITS or certificate.domain.p == 1:  # else gates are measured on p*x
        for name, value in answer.measures.items():
            recorded = constructed.measures[name]
            demand(value <= recorded, f"{PROGRAM}: {name} is {clip(value)}, recorded as {clip(recorded)}")
    shown = ", ".join(f"{name} {value}" for name, value in answer.measures.items())
    yield f"{PROGRAM}: the constructed network equals one of {shown}"
    yield "not verified: the reading of files, their export as text, extraction, OCaml, zarith"


def ask(program: str, text: str, p: int) -> Answer:
    """Run the program on two networks."""
    lines = run_program(program, text)
    require(lines.keys() == {"relation", "expansion", "measures"}, f"{PROGRAM}: no answer")
    require(len(lines["measures"]) == 3, f"{PROGRAM}: the expansion has no measures")
    names = ("depth", "max_weight", "max_bias")
    measures: dict[str, Number] = dict(zip(names, map(Fraction, lines["measures"]), strict=True))
    relation, *point = lines["relation"]
    return Answer(relation, [Fraction(int(u), p) for u in point], lines["expansion"][0], measures)


def run_program(program: str, text: str) -> dict[str, list[str]]:
    """Run the program; the lines of its answer by their first words."""
    with NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(text)
        file.flush()
        done = subprocess.run([program, file.name], capture_output=True, text=True, check=False)
    why = done.stderr.strip() or f"it ended with status {done.returncode}"
    require(done.returncode in (0, 1), f"{PROGRAM}: {clip(why)}")
    return {words[0]: words[1:] for words in map(str.split, done.stdout.splitlines()) if len(words) > 1}


def export(original: Net, constructed: Net, domain: Domain, relation: str) -> str:
    """What the program reads: the question, both networks, and the expansion of the constructed one."""
    where = {"cube": ["domain cube"], "grid": [f"domain grid {domain.p}"]}.get(domain.kind)
    if where is None:
        points = [" ".join(map(str, point)) for point in domain.points]
        where = [f"domain points {domain.p} {len(points)}", *points]
    lines = ["exactnet-verified/1", f"inputs {domain.d}", *where, f"relation {relation}"]
    for name, net in ("original", original), ("constructed", constructed), ("expansion", expanded(constructed)):
        lines += [name, *words(net)]
    return "\n".join([*lines, "end", ""])


def words(net: Net) -> Iterator[str]:
    """A network: its nodes in order with their common denominators, and the numbers of its outputs."""
    place = {name: i for i, name in enumerate([*net.inputs, *net.wires])}
    yield f"{len(net.wires)} {len(net.outputs)}"
    for name, wires in net.wires.items():
        unit = common({value.denominator for value in (net.bias[name], *wires.values())})
        row = [unit, net.bias[name] * unit, len(wires)]
        row += [number for source, weight in wires.items() for number in (place[source], weight * unit)]
        yield " ".join([net.kind[name], *map(str, row)])
    yield " ".join(str(place[name]) for name in net.outputs)


def expanded(net: Net) -> Net:
    """The network with its affine nodes substituted; the weights of a gate and its threshold are coprime integers."""
    expansion = live_part(net)
    for name, wires in expansion.wires.items():
        if net.kind[name] == "threshold":
            unit = content([*wires.values(), expansion.bias[name]]) or Fraction(1)
            expansion.bias[name] = Fraction(expansion.bias[name]) / unit
            expansion.wires[name] = {source: Fraction(w) / unit for source, w in wires.items()}
    return expansion
