"""Certificates as JSON: the document that a file holds.

The format is ``exactnet-certificate/3`` (``docs/certificate.md``, ``files/schemas/certificate.schema.json``). Everything
but ``run`` (times) is the same for the same networks, domain and options.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exactnet.kernel.domain import Domain, Grid, Points
from exactnet.kernel.judge import BoundRow, Certificate
from exactnet.kernel.measures import Measures
from exactnet.kernel.rationals import format_rational
from exactnet.kernel.sweep import Counterexample
from exactnet.kernel.values import CHUNK

__all__ = ["FORMAT", "OLD_FORMATS", "bounds_json", "counterexample_json", "document_of", "domain_fields"]

FORMAT = "exactnet-certificate/3"
#: The formats before, which are refused: bounds and measures were stated otherwise.
OLD_FORMATS = ("exactnet-certificate/1", "exactnet-certificate/2", "exactnet-structural-certificate/1")


def counterexample_json(counterexample: Counterexample | None) -> dict[str, Any] | None:
    """A counterexample as it stands in JSON."""
    if counterexample is None:
        return None
    return {
        "input": {name: format_rational(value) for name, value in counterexample.input.items()},
        "expected": {name: format_rational(value) for name, value in counterexample.expected.items()},
        "got": {name: format_rational(value) for name, value in counterexample.got.items()},
        "node": counterexample.node,
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


def document_of(
    certificate: Certificate, files: Mapping[str, tuple[str, str]], versions: Mapping[str, str], seconds: float
) -> dict[str, Any]:
    """The certificate as it stands in its file.

    Parameters
    ----------
    files : for ``"original"`` and ``"constructed"``, and ``"circuits"`` where there are any, the file's name and the
        SHA-256 of its bytes.
    versions : what it was made with.
    seconds : how long it took (outside the part that two runs share).
    """
    document: dict[str, Any] = {
        "format": FORMAT,
        "verdict": certificate.verdict,
        "statement": certificate.statement,
        "route": certificate.route,
        "options": dict(certificate.options),
        "stated": dict(certificate.stated),
        "promised": certificate.promised,
        "domain": domain_fields(certificate.domain),
        "relation": certificate.relation.as_json(),
        "parameters": {name: str(value) for name, value in certificate.parameters.items()},
        "definitions": dict(certificate.definitions),
        "original": _described(files["original"], certificate.original),
        "constructed": _described(files["constructed"], certificate.constructed),
        "bounds": bounds_json(certificate.bounds),
        "inputs_checked": str(certificate.inputs_checked),
        "outputs": _outputs(certificate),
        "counterexample": counterexample_json(certificate.counterexample),
        "reason": certificate.reason,
        "versions": dict(versions),
        "run": {"seconds": f"{seconds:.3f}"},
    }
    if certificate.circuits is not None:
        document["circuits"] = _described(files["circuits"], certificate.circuits)
    return document


def domain_fields(domain: Domain) -> dict[str, Any]:
    """A domain as it stands in a file.

    >>> domain_fields(Grid(3, 4)), domain_fields(Points([["1/2"]]))
    ({'kind': 'grid', 'p': 3}, {'kind': 'points', 'points': [['1/2']]})
    """
    fields: dict[str, Any] = {"kind": domain.kind}
    if isinstance(domain, Grid):
        fields["p"] = domain.p
    elif domain.kind == "box":
        from exactnet.files.boxes import fields_of

        fields |= fields_of(domain)
    elif isinstance(domain, Points):
        fields["points"] = [[format_rational(value) for value in point] for point in domain.points]
    return fields


def _described(file: tuple[str, str], measures: Measures) -> dict[str, Any]:
    return {"file": file[0], "sha256": file[1], **measures.as_json()}


def _outputs(certificate: Certificate) -> dict[str, Any] | None:
    digest = certificate.digest
    return None if digest is None else {"sha256": digest, "chunk": CHUNK, "width": certificate.width}
