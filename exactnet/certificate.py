"""Certificates: what was checked, in a file that somebody else can check again.

The format is ``exactnet-certificate/1`` (``docs/certificate.md``, ``io/schemas/certificate.schema.json``). Everything
but ``run`` (times) is the same for the same networks, domain and options.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exactnet.certify import BoundRow, Counterexample, Relation
from exactnet.domain import Domain
from exactnet.evaluate.block import CHUNK
from exactnet.measures import Measures
from exactnet.rationals import format_rational

__all__ = ["FORMAT", "Certificate", "bounds_json", "counterexample_json", "domain_json", "relation_json"]

FORMAT = "exactnet-certificate/1"


def counterexample_json(found: Counterexample | None) -> dict[str, Any] | None:
    """A counterexample as it stands in JSON."""
    if found is None:
        return None
    return {
        "input": {name: format_rational(value) for name, value in found.input.items()},
        "expected": {name: format_rational(value) for name, value in found.expected.items()},
        "got": {name: format_rational(value) for name, value in found.got.items()},
        "node": found.node,
    }


def bounds_json(rows: Sequence[BoundRow]) -> list[dict[str, Any]]:
    """Bounds as they stand in JSON."""
    return [
        {
            "name": row.name,
            "symbolic": row.symbolic,
            "value": format_rational(row.value),
            "measured": format_rational(row.measured),
            "holds": row.holds,
        }
        for row in rows
    ]


def relation_json(relation: Relation) -> dict[str, str]:
    """A relation as it stands in JSON: ``epsilon`` only where there is a tolerance."""
    described = {"kind": relation.kind, "r": str(relation.r)}
    return described if relation.epsilon is None else {**described, "epsilon": format_rational(relation.epsilon)}


def domain_json(domain: Domain | None) -> dict[str, Any] | None:
    """What a report says of a domain: its kind and its number of inputs."""
    if domain is None:
        return None
    shown: dict[str, Any] = {"kind": domain.kind, "inputs": domain.count}
    if domain.kind == "grid":
        shown["p"] = domain.p
    return shown


@dataclass(frozen=True)
class Certificate:
    """The result of certifying a network, complete."""

    verdict: str
    statement: str
    route: str
    options: Mapping[str, str]
    domain: Domain
    relation: Relation
    parameters: Mapping[str, int]
    definitions: Mapping[str, str]
    original: Measures
    constructed: Measures
    bounds: Sequence[BoundRow]
    inputs_checked: int
    digest: str | None
    width: int
    counterexample: Counterexample | None = None
    reason: str | None = None
    promised: bool = False
    """Whether ``R`` was promised; otherwise it is the least integer that ``|N|`` does not exceed on the domain."""
    stated: Mapping[str, str] = field(default_factory=dict)
    """Bounds that the user stated, as written."""
    circuits: Measures | None = None
    """Under ``S5 network``: the measures of the circuits, all beside each other."""

    def report(self, seconds: float | None = None) -> dict[str, Any]:
        """What ``--json`` prints."""
        return {
            "verdict": self.verdict,
            "statement": self.statement,
            "route": self.route,
            "domain": domain_json(self.domain),
            "original": self.original.as_json(),
            "constructed": self.constructed.as_json(),
            "bounds": bounds_json(self.bounds),
            "inputs_checked": self.inputs_checked,
            "counterexample": counterexample_json(self.counterexample),
            "reason": self.reason,
            "seconds": seconds,
        }

    def dump(self, files: Mapping[str, tuple[str, str]], versions: Mapping[str, str], seconds: float) -> bytes:
        """The certificate as a file.

        Parameters
        ----------
        files : for ``"original"`` and ``"constructed"``, and ``"circuits"`` where there are any, the file's name and the
            SHA-256 of its bytes.
        versions : what it was made with.
        seconds : how long it took (outside the part that two runs share).
        """
        document: dict[str, Any] = {
            "format": FORMAT,
            "verdict": self.verdict,
            "statement": self.statement,
            "route": self.route,
            "options": dict(self.options),
            "stated": dict(self.stated),
            "promised": self.promised,
            "domain": self.domain.describe(),
            "relation": relation_json(self.relation),
            "parameters": {name: str(value) for name, value in self.parameters.items()},
            "definitions": dict(self.definitions),
            "original": _described(files["original"], self.original),
            "constructed": _described(files["constructed"], self.constructed),
            "bounds": bounds_json(self.bounds),
            "inputs_checked": str(self.inputs_checked),
            "outputs": None if self.digest is None else {"sha256": self.digest, "chunk": CHUNK, "width": self.width},
            "counterexample": counterexample_json(self.counterexample),
            "reason": self.reason,
            "versions": dict(versions),
            "run": {"seconds": f"{seconds:.3f}"},
        }
        if self.circuits is not None:
            document["circuits"] = _described(files["circuits"], self.circuits)
        return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def _described(file: tuple[str, str], measures: Measures) -> dict[str, Any]:
    return {"file": file[0], "sha256": file[1], **measures.as_json()}
