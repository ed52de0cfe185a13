"""Fuzz the kernel: every fact and bound that it accepts, also of lines changed at random, is true on every input.

``python -m tests.structural.fuzz SEED PROOFS``
"""

from __future__ import annotations

import copy
import json
import random
import sys
from typing import Any

from exactnet.certify.structural.proving import StructuralProof
from exactnet.structural.kernel import Kernel, Refused, Unusable
from tests.structural.instances import PROVED, random_proof
from tests.structural.meaning import Meaning

__all__ = ["audit"]


def changed(rnd: random.Random, line: list[Any], variables: int) -> list[Any]:
    """A line with one or two of its numbers or words changed."""
    line = copy.deepcopy(line)
    spots: list[tuple[list[Any], int]] = []

    def walk(item: list[Any]) -> None:
        for i, x in enumerate(item):
            if isinstance(x, list):
                walk(x)
            elif not isinstance(x, str) or x in "=<>r":
                spots.append((item, i))

    walk(line)
    for _ in range(rnd.choice([1, 1, 2])):
        if spots:
            item, i = rnd.choice(spots)
            x = item[i]
            if isinstance(x, str):
                item[i] = rnd.choice("=<>r")
            elif x is None or rnd.random() < 0.2:
                item[i] = rnd.choice([None, -1, 0, 1, rnd.randrange(variables)])
            else:
                item[i] = x + rnd.choice([-2, -1, 1, 2, -x, x])
    return line


def audit(proof: StructuralProof, rnd: random.Random, tries: int) -> tuple[int, int, int]:
    """Facts of a proof, and changed lines that were accepted and refused; an :class:`AssertionError` for one that is
    false.
    """
    original, constructed = json.loads(proof.original), json.loads(proof.constructed)
    kernel = Kernel(original, constructed, proof.domain, proof.statement)
    meaning = Meaning(kernel, len(original["inputs"]))
    lines = json.loads(json.dumps(proof.lines))
    picked = set(rnd.sample(range(len(lines)), min(tries, len(lines))))
    accepted = refused = 0
    for place, line in enumerate(lines):
        if place in picked and line[0] != "drop":
            for _ in range(4):
                if _try(kernel, meaning, changed(rnd, line, len(kernel.names))):
                    accepted += 1
                else:
                    refused += 1
        _apply(kernel, meaning, line)
    kernel.conclude(proof.goals)
    return kernel.count, accepted, refused


def _apply(kernel: Kernel, meaning: Meaning, line: list[Any]) -> None:
    """Apply a line and demand that all that it adds is true."""
    count, low, high, names = kernel.count, dict(kernel.low), dict(kernel.high), len(kernel.names)
    kernel.apply(line)
    if line[0] == "define" and line[1] == "floor":
        meaning.floors[names] = kernel.form(line[2]), line[3] if len(line) > 3 else 1
    for i in range(count, kernel.count):
        assert meaning.holds(*kernel.facts[i]), line
    for v, c in kernel.low.items():
        assert low.get(v) == c or meaning.holds({v: 1, 0: -c} if c else {v: 1}, False), line
    for v, c in kernel.high.items():
        assert high.get(v) == c or meaning.holds({v: -1, 0: c} if c else {v: -1}, False), line


def _try(kernel: Kernel, meaning: Meaning, line: list[Any]) -> bool:
    """Whether a line is accepted; the kernel is as before."""
    attributes = ("low", "high", "integer", "affine", "relu", "step", "facts", "_gates", "names")
    kept = {name: copy.copy(getattr(kernel, name)) for name in attributes}
    count, terms, floors = kernel.count, kernel.terms, dict(meaning.floors)
    try:
        _apply(kernel, meaning, line)
        result = True
    except (Refused, Unusable):
        result = False
    for name, value in kept.items():
        setattr(kernel, name, value)
    for row in meaning.rows:
        for v in range(len(kernel.names), len(kernel.names) + 2):
            row.pop(v, None)
    kernel.count, kernel.terms, kernel.depth, meaning.floors = count, terms, 0, floors
    return result


def main(seed: int, proofs: int) -> None:
    """Audit proofs of every kind."""
    rnd = random.Random(seed)
    for _ in range(proofs):
        for kind, route in rnd.sample(PROVED, 5):
            instance = rnd.randrange(10**6)
            facts, accepted, refused = audit(random_proof(kind, route, instance), rnd, 60)
            print(
                f"{kind} {route} {instance}: {facts} facts, changed lines: {accepted} accepted, {refused} refused; all true",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
