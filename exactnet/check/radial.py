"""``exactnet check`` for certificates of R2: the types, the polynomials and the error are derived anew from the network."""

from __future__ import annotations

from typing import Any

from exactnet.check.certificate import Checked
from exactnet.claims.radial import RadialError, verify
from exactnet.files.radial import read_radial

__all__ = ["check_radial"]


def check_radial(path: str, *, max_file: int, **_: Any) -> Checked:
    """Check a certificate. Raises :class:`exactnet.kernel.errors.ExactnetError` where it cannot be read."""
    try:
        certificate, network = read_radial(path, max_file)
        verify(certificate, network)
    except RadialError as error:
        return Checked("wrong", str(error), {"statement": "R2"})
    return Checked("certified", None, {"certificate": certificate, "network": network})
