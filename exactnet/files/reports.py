"""What commands print of a certificate with ``--json``."""

from __future__ import annotations

from typing import Any

from exactnet.files.document import bounds_json, counterexample_json
from exactnet.kernel.domain import Domain
from exactnet.kernel.judge import Certificate
from exactnet.theory.comparison import size_report

__all__ = ["certificate_report", "domain_json"]


def domain_json(domain: Domain | None) -> dict[str, Any] | None:
    """What a report says of a domain: its kind and its number of inputs."""
    if domain is None:
        return None
    shown: dict[str, Any] = {"kind": domain.kind, "inputs": domain.count}
    if domain.kind == "grid":
        shown["p"] = domain.p
    return shown


def certificate_report(certificate: Certificate, seconds: float | None = None) -> dict[str, Any]:
    """What ``--json`` prints."""
    return {
        "verdict": certificate.verdict,
        "statement": certificate.statement,
        "route": certificate.route,
        "domain": domain_json(certificate.domain),
        "original": certificate.original.as_json(),
        "constructed": certificate.constructed.as_json(),
        "bounds": bounds_json(certificate.bounds),
        "inputs_checked": certificate.inputs_checked,
        "counterexample": counterexample_json(certificate.counterexample),
        "reason": certificate.reason,
        "seconds": seconds,
        **size_report(certificate),
    }
