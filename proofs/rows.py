"""What every row of a table rests on: a certificate made in this run, and what the row shows of it."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from exactnet.certify.small_weights import Request, certify_network
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.judge import Certificate
from exactnet.theory.comparison import compare_sizes

from .table import Cell

if TYPE_CHECKING:
    from exactnet.certify.structural.certificates import StructuralResult

__all__ = [
    "COMPARED",
    "MAX_MEMORY",
    "MEASURED",
    "PROOFS",
    "ROUTES",
    "ROUTE_LEMMAS",
    "accept",
    "bound",
    "certified",
    "compared",
    "measured",
    "proved",
    "with_memory",
]

#: The routes for any network, in the order of the tables: A, B, C, D.
ROUTES = ("lookahead", "residue", "compact", "stacked")

#: Their files in ``exactnet/construct``.
ROUTE_LEMMAS = ("routes/lookahead", "routes/residue", "routes/compact", "routes/stacked/route")
#: The heads of what :func:`compared` gives.
COMPARED = ("original misses", "lookup table misses")
#: The heads of what :func:`measured` gives.
MEASURED = ("depth", "gates", "wires", "largest weight", "weight bound", "largest bias", "bias bound", *COMPARED, "verdict")

#: The roles of the files that are proofs.
PROOFS = ("proof", "copying")

#: A construction of a table may take more memory than one that a small file asks for.
MAX_MEMORY = 1 << 31


def with_memory(request: Request) -> Request:
    """The request with :data:`MAX_MEMORY`, unless it says how much memory building may take."""
    return request if request.max_memory is not None else replace(request, max_memory=MAX_MEMORY)


def proved(row: str, prove: Callable[[], StructuralResult]) -> tuple[Mapping[str, Any], int]:
    """The certificate that a proof gives, and the bytes of the proof (of both, under S2), unpacked.

    Raises ``AssertionError``, with the name of the row, unless it is certified.
    """
    try:
        result = prove()
    except ExactnetError as error:
        raise AssertionError(f"{row}: {error}") from error
    if result.document["verdict"] != "certified":
        raise AssertionError(f"{row}: {result.document['reason']}")
    return result.document, sum(len(gzip.decompress(result.files[role])) for role in PROOFS if role in result.files)


def certified(row: str, request: Request) -> Certificate:
    """Construct and certify.

    Raises :class:`AssertionError`, which names the row, unless the verdict is ``certified``.

    >>> from exactnet.families import FAMILIES
    >>> instance = FAMILIES["comparison"].make(n=2)
    >>> certificate = certified("comparison", Request(instance.network, instance.domain))
    >>> dict(zip(MEASURED, measured(certificate)))["largest weight"], bound(certificate, "depth")
    ('2', '3')
    """
    try:
        certificate = certify_network(with_memory(request)).certificate
    except ExactnetError as error:
        raise AssertionError(f"{row}: {error}") from error
    return accept(row, certificate)


def accept(row: str, certificate: Certificate) -> Certificate:
    """The certificate; raises :class:`AssertionError`, which names the row, unless the verdict is ``certified``."""
    if certificate.verdict != "certified":
        raise AssertionError(f"{row}: {certificate.reason}")
    return certificate


def bound(certificate: Certificate, measure: str) -> str:
    """The value of a stated bound, evaluated from its expression, as it stands in a cell."""
    return str(next(row.value for row in certificate.bounds if row.name == measure))


def measured(certificate: Certificate) -> tuple[Cell, ...]:
    """The cells under :data:`MEASURED`: the constructed network, each size beside its bound, and the verdict."""
    constructed = certificate.constructed
    return (
        constructed.depth,
        constructed.gates,
        constructed.wires,
        str(constructed.max_weight),
        bound(certificate, "max_weight"),
        str(constructed.max_bias),
        bound(certificate, "max_bias"),
        *compared(certificate),
        certificate.verdict,
    )


def compared(certificate: Certificate) -> tuple[Cell, ...]:
    """The bounds that the original itself does not meet, and those that a lookup table of the domain does not meet.

    Where one of the two meets all, a row says nothing about size (docs/bounds.md#a-lookup-table-of-the-domain).
    """
    sizes = compare_sizes(certificate)
    return tuple(", ".join(sizes.missed(who)) or "none" for who in ("original", "table"))
