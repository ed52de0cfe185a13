"""The format ``exactnet-entropy/1``: a certificate of E2 (docs/entropy.md). No network goes with it: it is about all of a shape."""

from __future__ import annotations

from typing import Any

from exactnet.claims.entropy import Exclusion, centres, lipschitz, parameters
from exactnet.files.atomic import write_atomic
from exactnet.files.certificate_writer import dump_document
from exactnet.files.certificates import read_document
from exactnet.kernel.rationals import format_rational, parse_rational

__all__ = ["FORMAT", "document_of", "read_exclusion", "write_exclusion"]

FORMAT = "exactnet-entropy/1"


def document_of(claim: Exclusion) -> dict[str, Any]:
    """A claim and the integers that decide it, as they stand in JSON."""
    return {
        "hats": claim.hats,
        "cell": format_rational(claim.cell),
        "theta": format_rational(claim.theta),
        "widths": list(claim.widths),
        "weight": str(claim.weight),
        "parameters": str(parameters(claim.widths)),
        "lipschitz": str(lipschitz(claim.widths, claim.weight)),
        "centres": str(centres(claim.widths, claim.weight, claim.theta)),
    }


def write_exclusion(path: str, claim: Exclusion, seconds: float) -> None:
    """Write a certificate."""
    write_atomic(path, dump_document({"format": FORMAT, **document_of(claim)}, seconds))


def read_exclusion(path: str, max_file: int) -> tuple[Exclusion, dict[str, Any]]:
    """A claim, and the document that it was read from. Raises :class:`FormatError` for anything else."""
    document = read_document(path, max_file, "entropy.schema.json")
    cell, theta = (parse_rational(document[name]) for name in ("cell", "theta"))
    return Exclusion(document["hats"], cell, theta, tuple(document["widths"]), int(document["weight"])), document
