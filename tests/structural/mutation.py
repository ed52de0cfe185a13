"""Every weight and every bias of a network changed by one: is the proof still accepted, and are the networks still
equal?
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import floor
from typing import Any

from exactnet.certify.structural.proving import StructuralProof
from exactnet.structural.checking import check
from exactnet.structural.kernel import Refused, Unusable

__all__ = ["mutate", "values"]


def values(data: bytes, domain: dict[str, Any]) -> list[list[Fraction]]:
    """The outputs of a network file on every input of a small domain, by the definition of a network."""
    net, p = json.loads(data), domain.get("p", 0)
    side = [Fraction(j, p) for j in range(-p * p, p * p + 1)] if p else [Fraction(0), Fraction(1)]
    rows = []
    for point in product(side, repeat=len(net["inputs"])):
        value = dict(zip(net["inputs"], point, strict=True))
        for node in net["nodes"]:
            z = Fraction(node.get("bias", 0)) + sum(Fraction(w) * value[source] for source, w in node["in"].items())
            value[node["id"]] = {"affine": z, "relu": max(z, Fraction(0)), "threshold": Fraction(z >= 0)}[node["kind"]]
        rows.append([value[y] for y in net["outputs"]])
    return rows


def holds(original: list[list[Fraction]], constructed: list[list[Fraction]], statement: dict[str, Any]) -> bool:
    """Whether the statement is true, by looking."""
    kind, r, most = (statement.get(key) for key in ("kind", "r", "R"))
    for row, made in zip(original, constructed, strict=True):
        if kind in ("equal if", "floor if") and any(abs(z) > most for z in row):
            continue
        if kind == "equal if" and any((r * z).denominator != 1 for z in row):
            continue
        want = row
        if kind == "clip":
            want = [min(max(z, Fraction(-most)), Fraction(most)) for z in row]
        if kind in ("clip", "floor if"):
            want = [Fraction(floor(r * z), r) for z in want]
        if want != made:
            return False
    return True


def mutants(data: bytes) -> Iterator[bytes]:
    """The file with one number changed by one."""
    net = json.loads(data)
    for node in net["nodes"]:
        for where, key in [(node["in"], source) for source in node["in"]] + [(node, "bias")]:
            old = where.get(key)
            for change in (1, -1):
                where[key] = str(Fraction(old or 0) + change)
                yield json.dumps(net).encode()
            if old is None:
                del where[key]
            else:
                where[key] = old


def mutate(proof: StructuralProof, limit: int) -> Counter[str]:
    """What becomes of the proof for mutants of the constructed network and of the original; an error if one is
    accepted wrongly.
    """
    result: Counter[str] = Counter()
    good = values(proof.original, proof.domain), values(proof.constructed, proof.domain)
    assert holds(*good, proof.statement)
    check(proof.original, proof.constructed, proof.dump())
    for side in ("constructed", "original"):
        every = list(mutants(getattr(proof, side)))
        for data in every[:: max(1, len(every) // limit)]:
            mutant = replace(proof, **{side: data})
            true = holds(
                values(mutant.original, proof.domain), values(mutant.constructed, proof.domain), proof.statement
            )
            try:
                check(mutant.original, mutant.constructed, mutant.dump())
            except (Refused, Unusable):
                result["refused, equal" if true else "refused, different"] += 1
            else:
                assert true, f"accepted, and wrong: {side}"
                result["accepted, equal"] += 1
    return result
