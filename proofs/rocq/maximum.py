"""Writes ``MaximumData.v``: the maxima of five and six numbers with two hidden layers, and the lemmas of their proofs, for Coq.

``python -m proofs.rocq.maximum`` prints the file. Nothing of it need be believed: Coq checks the lemmas (``Maximum.v``).
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path

from exactnet.families.maximum import five, six
from exactnet.kernel.expansion import expand
from exactnet.recheck.cells import Sum, numbers, read_networks, terms_of
from exactnet.symbolic import equal, network, relu, x
from exactnet.symbolic.formula import Formula

from .export import as_coq

__all__ = ["coq_file"]

_OPENING = """\
(** Data for Maximum.v, written by maximum.py: networks with two hidden layers for the maximum of five and of six numbers
    (exactnet/families/maximum.py), the signs that are decided first, and identities of forms, the constant last. *)
From Coq Require Import ZArith NArith List.
From Exactnet Require Import Checker Cells.
Import ListNotations.
Open Scope Z_scope.
"""


def coq_file() -> str:
    """The whole file."""
    return "\n".join([_OPENING, *_maximum("five", five(), 5), *_maximum("six", six(), 6)])


def _maximum(name: str, formula: Formula, n: int) -> Iterator[str]:
    chain = reduce(lambda most, i: most + relu(x[i] - most), range(2, n + 1), 1 * x[1])
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "maximum.json"
        equal(formula, chain).write(str(path))
        proof = json.loads(path.read_text())
        system = Sum(terms_of("equal", {}, read_networks(proof, str(path), 1 << 20)), n)
    read = {source for row in system.rows for source, _ in row.wires}
    first = [row for i, row in enumerate(system.rows, n) if i in read and all(source < n for source, _ in row.wires)]
    yield as_coq(name, expand(network(formula)))
    begin = [_form([*(dict(row.wires).get(i, 0) for i in range(n)), row.bias]) for row in first]
    yield f"Definition {name}_begin : list (list Z) := [{'; '.join(begin)}]."
    forms = [numbers(text, "a form") for text in proof["forms"]]
    lemmas = ";\n   ".join(_lemma(text, forms) for text in proof["lemmas"])
    yield f"Definition {name}_lemmas : list lemma_of :=\n  [{lemmas}].\n"


def _lemma(text: str, forms: Sequence[Sequence[int]]) -> str:
    conclusion, den, *uses = numbers(text, "a lemma")
    premises = "; ".join(f"({n}, {_signed(forms, i)})" for i, n in zip(uses[::2], uses[1::2], strict=True))
    return f"Lemma_of {_signed(forms, conclusion)} {den} [{premises}]"


def _signed(forms: Sequence[Sequence[int]], i: int) -> str:
    return _form([c if i > 0 else -c for c in forms[abs(i) - 1]])


def _form(form: Sequence[int]) -> str:
    return f"[{'; '.join(map(str, form))}]"


if __name__ == "__main__":
    sys.stdout.write(coq_file())
