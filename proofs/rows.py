"""What every row of a table rests on: a certificate made in this run."""

from __future__ import annotations

from exactnet.certificate import Certificate
from exactnet.errors import ExactnetError
from exactnet.pipeline import Request, certify_network

__all__ = ["accept", "bound", "certified"]


def certified(row: str, request: Request) -> Certificate:
    """Construct and certify.

    Raises :class:`AssertionError`, which names the row, unless the verdict is ``certified``.

    >>> from exactnet.families import FAMILIES
    >>> instance = FAMILIES["comparison"].make(n=2)
    >>> certificate = certified("comparison", Request(instance.network, instance.domain))
    >>> certificate.verdict, str(bound(certificate, "depth"))
    ('certified', '3')
    """
    try:
        certificate = certify_network(request).certificate
    except ExactnetError as error:
        raise AssertionError(f"{row}: {error}") from error
    return accept(row, certificate)


def accept(row: str, certificate: Certificate) -> Certificate:
    """Raise :class:`AssertionError`, which names the row, unless the verdict is ``certified``."""
    if certificate.verdict != "certified":
        raise AssertionError(f"{row}: {certificate.reason}")
    return certificate


def bound(certificate: Certificate, measure: str) -> str:
    """The value of a stated bound, evaluated from its expression, as it stands in a cell."""
    return str(next(row.value for row in certificate.bounds if row.name == measure))
