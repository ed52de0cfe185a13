"""The fields of a certificate: which there are, and what may stand in each.

To believe: that nothing in a certificate escapes :func:`check_fields`, or in one about real inputs
:func:`check_continuous_fields`, by cells :func:`check_cells_fields`. An unknown or a missing field, and a value of
another kind, are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .reading import clip, require, take

NATURAL = re.compile(r"[0-9]{1,600}", re.ASCII)
DIGITS = re.compile(r"[0-9]+", re.ASCII)
RATIONAL = re.compile(r"-?[0-9]+(/[0-9]+)?", re.ASCII)
DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)

Check = Callable[[object], bool]


def is_text(value: object) -> bool:
    """A string."""
    return isinstance(value, str)


def is_count(value: object) -> bool:
    """A JSON integer from 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_width(value: object) -> bool:
    """Bytes of a value in the digest of the outputs."""
    return isinstance(value, int) and is_count(value) and value <= 16384


def matches(pattern: re.Pattern[str]) -> Check:
    """A string of the given form."""
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def optional(check: Check) -> Check:
    """The same or null."""
    return lambda value: value is None or check(value)


def table_of(check: Check) -> Check:
    """An object with any keys and such values."""
    return lambda value: isinstance(value, dict) and all(map(check, value.values()))


def is_pair(value: object) -> bool:
    """Two numbers."""
    return isinstance(value, list) and len(value) == 2 and all(map(matches(RATIONAL), value))


def is_anything(value: object) -> bool:
    """Anything: it is looked at where it is used, or not at all."""
    return True


COUNTS = ("depth", "width", "size", "neurons", "gates", "wires", "parameters", "bits")
NETWORK: Mapping[str, Check] = {
    "file": is_text,
    "sha256": matches(DIGEST),
    **dict.fromkeys(COUNTS, is_count),
    **dict.fromkeys(("max_weight", "max_bias"), matches(RATIONAL)),
    "denominator": matches(DIGITS),
}
MEASURES = tuple(NETWORK)[2:]
PROOF: Mapping[str, Check] = {"file": is_text, "sha256": matches(DIGEST), "lines": is_count}
BOUND: Mapping[str, Check] = {
    **dict.fromkeys(("name", "symbolic"), is_text),
    **dict.fromkeys(("value", "measured"), matches(RATIONAL)),
    "holds": lambda value: isinstance(value, bool),
}
RELATION: Mapping[str, Check] = {"kind": is_text, "r": matches(NATURAL)}
OUTPUTS: Mapping[str, Check] = {"sha256": matches(DIGEST), "chunk": is_count, "width": is_width}
VALUES = table_of(matches(RATIONAL))
COUNTEREXAMPLE: Mapping[str, Check] = {**dict.fromkeys(("input", "expected", "got"), VALUES), "node": optional(is_text)}
DOMAINS: Mapping[str, Mapping[str, Check]] = {
    "cube": {"kind": is_text},
    "grid": {"kind": is_text, "p": is_count},
    "points": {"kind": is_text, "points": lambda value: isinstance(value, list)},
    "box": {"kind": is_text, **dict.fromkeys(("low", "high", "steps"), lambda value: isinstance(value, (list, str, int)))},
}
CERTIFICATE: Mapping[str, Check] = {
    **dict.fromkeys(("format", "verdict", "statement", "route"), is_text),
    **dict.fromkeys(("options", "stated", "definitions", "versions"), table_of(is_text)),
    "promised": lambda value: isinstance(value, bool),
    **dict.fromkeys(("domain", "relation", "original", "constructed", "outputs", "counterexample"), is_anything),
    "parameters": table_of(matches(NATURAL)),
    "bounds": lambda value: isinstance(value, list),
    "inputs_checked": matches(NATURAL),
    "reason": optional(is_text),
    "run": lambda value: isinstance(value, dict),
}
CONTINUOUS: Mapping[str, Check] = {
    **dict.fromkeys(("format", "verdict"), is_text),
    **dict.fromkeys(("grid", "inputs", "outputs"), lambda value: isinstance(value, dict)),
    "reason": optional(is_text),
    **dict.fromkeys(("delta", "density", "bad"), matches(RATIONAL)),
    "exact": lambda value: isinstance(value, bool),
    "bounds": lambda value: isinstance(value, list),
    "versions": table_of(is_text),
    "run": lambda value: isinstance(value, dict),
}
GRID: Mapping[str, Check] = {"file": is_text, **dict.fromkeys(("original", "constructed"), matches(DIGEST))}
OF_INPUT: Mapping[str, Check] = {
    "bits": table_of(is_text),
    **dict.fromkeys(("pieces", "intervals"), is_count),
    "bad": matches(RATIONAL),
}
OF_OUTPUT: Mapping[str, Check] = {
    **dict.fromkeys(("range", "original"), is_pair),
    **dict.fromkeys(("apart", "spread", "variation", "bound"), matches(RATIONAL)),
    "pieces": is_count,
    "exact": is_anything,
}
EXACT: Mapping[str, Check] = dict.fromkeys(("clipped", "plain"), matches(RATIONAL))


def is_list(value: object) -> bool:
    """A list."""
    return isinstance(value, list)


PROOF_BY_CELLS: Mapping[str, Check] = {"forms": is_list, "lemmas": is_list, "steps": is_text}
CELLS: Mapping[str, Check] = {
    **dict.fromkeys(("format", "verdict"), is_text),
    **dict.fromkeys(("claim", "domain"), is_anything),
    **dict.fromkeys(("networks", "symmetry", "pieces", "witnesses", "points"), is_list),
    **PROOF_BY_CELLS,
    "leaves": is_count,
    "form": optional(is_text),
    "versions": table_of(is_text),
    "run": lambda value: isinstance(value, dict),
}
#: What claims, and domains, have besides their kind.
PARTS: Mapping[str, Mapping[str, Mapping[str, Check]]] = {
    "claim": {
        "invariant": {"permutation": is_list},
        "monotone": {"variable": is_count},
        "lipschitz": {"norm": is_text, "bound": matches(RATIONAL)},
        "cells": {"count": is_count},
        "pieces": {"count": is_count},
        "property": {"assertion": is_list, "room": matches(RATIONAL), "fixed": is_list},
    },
    "domain": {"box": dict.fromkeys(("low", "high"), matches(RATIONAL)), "polytope": {"inequalities": is_list}},
}


def check_table(value: object, fields: Mapping[str, Check], what: str) -> None:
    """An object has these fields and no others."""
    if not isinstance(value, dict):
        require(False, f"{what}: missing, or not an object")
        return
    for name in fields:
        require(name in value, f"{what}: {name} is missing")
    for name, entry in value.items():
        require(name in fields, f"{what}: unknown field {clip(name)}")
        require(fields[name](entry), f"{what}: {name} cannot be {clip(entry)}")


def check_fields(data: Mapping[str, Any]) -> None:
    """All fields of a certificate, at every depth."""
    circuits = {"circuits": is_anything} if "circuits" in data else {}  # only some statements have them
    check_table(data, {**CERTIFICATE, **circuits}, "the certificate")
    require(set(data["stated"]) <= {"weights"}, "stated: only weights can be stated")
    domain = data["domain"]
    kind = domain.get("kind") if isinstance(domain, dict) else None
    require(isinstance(kind, str) and kind in DOMAINS, f"the domain: unknown kind {clip(kind)}")
    check_table(domain, DOMAINS[str(kind)], "the domain")
    tolerant = isinstance(data["relation"], dict) and "epsilon" in data["relation"]
    check_table(data["relation"], {**RELATION, **({"epsilon": matches(RATIONAL)} if tolerant else {})}, "the relation")
    for side in ("original", "constructed", *circuits):
        check_table(data[side], NETWORK, side)
    for i, bound in enumerate(data["bounds"], 1):
        check_table(bound, BOUND, f"bound {i}")
    for name, fields in (("outputs", OUTPUTS), ("counterexample", COUNTEREXAMPLE)):
        if data[name] is not None:
            check_table(data[name], fields, name)


def check_continuous_fields(data: Mapping[str, Any]) -> None:
    """All fields of a certificate about real inputs, at every depth."""
    check_table(data, CONTINUOUS, "the certificate")
    require(data["verdict"] in ("certified", "refuted"), f"the certificate: unknown verdict {clip(data['verdict'])}")
    check_table(data["grid"], GRID, "grid")
    for name, entry in data["inputs"].items():
        check_table(entry, OF_INPUT, f"inputs, {clip(name)}")
    for name, entry in data["outputs"].items():
        check_table(entry, OF_OUTPUT, f"outputs, {clip(name)}")
        if entry["exact"] is not None:
            check_table(entry["exact"], EXACT, f"outputs, {clip(name)}, exact")
    for i, bound in enumerate(data["bounds"], 1):
        check_table(bound, BOUND, f"bound {i}")


def check_cells_fields(data: Mapping[str, Any]) -> None:
    """All fields of a certificate by cells, at every depth."""
    check_table(data, CELLS, "the certificate")
    for name, kinds in PARTS.items():
        kind = take(data[name], "kind", str, f"the {name}")
        check_table(data[name], {"kind": is_text, **kinds.get(kind, {})}, f"the {name}")
    for net in data["networks"]:
        check_table(net, {"file": is_text, "sha256": matches(DIGEST)}, "a network")
    for proof in data["symmetry"]:
        check_table(proof, PROOF_BY_CELLS, "a proof of symmetry")
