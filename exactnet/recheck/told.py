"""A structural proof, told to the checker whose soundness is proved in Coq (``structural_sound``), as plain text.

The kernel numbers nodes in the order of their file, the program sources before readers: variables are renumbered. A proof
that is told wrongly is refused, or is another proof; what it proves is said by the networks, the domain and the statement.

To believe: that :func:`export_proof` writes these four as they are, and that no answer but ``holds`` is taken for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .domain import Domain
from .network import Net
from .reading import Unusable, clip, demand, require
from .verified import PROGRAM, find_program, run_program, words

KINDS = {"equal": "same", "equal if": "same-if", "floor if": "floor-if", "clip": "clip"}
Line = list[Any]


def check_told(
    original: Net, constructed: Net, domain: Domain, statement: Mapping[str, Any], lines: Iterable[Line]
) -> Iterator[str]:
    """Have a proof confirmed by the verified program."""
    answers = run_program(find_program(), export_proof(original, constructed, domain, statement, lines))
    answer = answers.get("proof", [""])
    require(answers.keys() == {"proof"}, f"{PROGRAM}: no answer")
    demand(answer == ["holds"], f"{PROGRAM}: the proof {' '.join(answer)}")
    yield f"{PROGRAM}, whose soundness is proved in Coq: the proof holds"
    yield "not verified: the reading of files, their export as text, extraction, OCaml, zarith"


def export_proof(original: Net, constructed: Net, domain: Domain, statement: Mapping[str, Any], lines: Iterable[Line]) -> str:
    """What the program reads: the theorem, both networks, and the proof."""
    require(domain.kind in ("cube", "grid"), f"proofs are about a cube or a grid, not {clip(domain.kind)}")
    where = "cube" if domain.kind == "cube" else f"grid {domain.p}"
    numbers = [statement[name] for name in ("r", "R") if name in statement] or ["-"]
    told = ["exactnet-proof/1", f"inputs {domain.d}", f"domain {where}"]
    told.append(" ".join(map(str, ["statement", KINDS[statement["kind"]], *numbers])))
    for name, net in ("original", original), ("constructed", constructed):
        told += [name, *words(net)]
    told.append("proof")
    teller = Teller(original, constructed)
    try:
        told += [teller.line(line) for line in lines]
    except (TypeError, ValueError, LookupError) as error:
        raise Unusable(f"the proof: malformed: {clip(error)}") from None
    return "\n".join([*told, "end", ""])


class Teller:
    """Lines of a proof as words, variables renumbered."""

    def __init__(self, original: Net, constructed: Net) -> None:
        self.number: dict[int, int] = {}
        start = 1 + len(original.inputs)
        for net in (original, constructed):
            place = {name: start + i for i, name in enumerate(net.wires)}
            in_file = (name for name, kind in net.kind.items() if kind != "input")
            self.number |= {start + i: place[name] for i, name in enumerate(in_file)}
            start += len(place)

    def variable(self, v: int) -> int:
        """The number of a variable for the program."""
        return self.number.get(v, v)

    def form(self, data: list[int]) -> str:
        """A form: how many terms, variables and coefficients."""
        pairs = [f"{self.variable(v)} {c}" for v, c in zip(data[::2], data[1::2], strict=True)]
        return " ".join([str(len(pairs)), *pairs])

    def fact(self, ref: Any) -> str:
        """A fact: by how many facts ago it was added, or a kind and a variable; nothing is ``-``."""
        if ref is None:
            return "-"
        return str(-ref) if isinstance(ref, int) else f"{ref[0]}{self.variable(ref[1])}"

    def parts(self, divisor: int, parts: Line) -> str:
        """A divisor and multiples of facts."""
        pairs = [f"{self.fact(ref)} {times}" for ref, times in zip(parts[::2], parts[1::2], strict=True)]
        return " ".join([str(divisor), str(len(pairs)), *pairs])

    def line(self, line: Line) -> str:
        """A line of a proof."""
        rule, *rest = line
        return str(getattr(self, f"tell_{rule}")(*rest))

    def tell_sum(self, parts: Line, divisor: int = 1) -> str:
        """A sum of facts."""
        return f"sum {self.parts(divisor, parts)}"

    def tell_bound(self, parts: Line, divisor: int = 1) -> str:
        """Bounds by a sum of facts."""
        return f"bound {self.parts(divisor, parts)}"

    def tell_define(self, kind: str, data: list[int], m: int = 1) -> str:
        """A new variable."""
        return f"{kind}{f' {m}' if kind == 'floor' else ''} {self.form(data)}"

    def tell_range(self, v: int) -> str:
        """Bounds by intervals."""
        return f"range {self.variable(v)}"

    def tell_equal(self, above: Any, below: Any) -> str:
        """An equality of two inequalities."""
        return f"equal {self.fact(above)} {self.fact(below)}"

    def tell_decide(self, v: int, ref: Any) -> str:
        """A gate or a ReLU by a fact."""
        return f"decide {self.variable(v)} {self.fact(ref)}"

    def tell_cases(self, data: list[int], then: list[Line], otherwise: list[Line]) -> str:
        """Both branches."""
        branches = [word for lines in (then, otherwise) for word in (str(len(lines)), *map(self.line, lines))]
        return " ".join(["cases", self.form(data), *branches])

    def tell_drop(self, refs: list[int]) -> str:
        """Facts that are forgotten."""
        return " ".join(["drop", str(len(refs)), *(str(-ref) for ref in refs)])

    def tell_steps(self, f: int, data: list[int], width: int | None = None, low: Any = None, high: Any = None) -> str:
        """A sum of steps."""
        return f"steps {self.variable(f)} {'-' if width is None else width} {self.fact(low)} {self.fact(high)} {self.form(data)}"

    def tell_residue(
        self, f: int, c: int, data: list[int], q: int, quotient: list[int], low: Any, high: Any, width: int | None = None
    ) -> str:
        """A sum of steps at some residues."""
        ends = f"{self.fact(low)} {self.fact(high)} {'-' if width is None else width}"
        return f"residue {self.variable(f)} {c} {q} {ends} {self.form(data)} {self.form(quotient)}"

    def tell_count(self, h: int, events: list[Line], first: int, last: int, below: Any, most: int = 1) -> str:
        """Events that are counted."""
        told = [f"{self.variable(f)} {c} {self.variable(e)} {q} {self.fact(ref)}" for f, c, e, q, ref in events]
        return " ".join([f"count {self.variable(h)} {first} {last} {self.fact(below)} {most} {len(told)}", *told])

    def tell_goals(self, goals: list[Any]) -> str:
        """The facts of each output: one, or two."""
        several = [goal if isinstance(goal, list) and not isinstance(goal[0], str) else [goal] for goal in goals]
        told = [" ".join([str(len(refs)), *map(self.fact, refs)]) for refs in several]
        return " ".join(["goals", str(len(told)), *told])
