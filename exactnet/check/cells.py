"""``exactnet check`` for certificates about all real inputs of a polyhedron: the whole proof is replayed."""

from __future__ import annotations

from typing import Any

from exactnet.check.certificate import Checked
from exactnet.claims.cells.certificate import verify
from exactnet.claims.cells.replay import ProofError
from exactnet.files.cells import read_cells

__all__ = ["check_cells"]


def check_cells(path: str, *, max_file: int, **_: Any) -> Checked:
    """Check a certificate. Raises :class:`exactnet.kernel.errors.ExactnetError` where it cannot be read."""
    certificate, networks = read_cells(path, max_file)
    try:
        verify(certificate, networks)
    except ProofError as error:
        return Checked("wrong", str(error), {"statement": "reals"})
    return Checked(certificate.verdict, None, {"certificate": certificate, "networks": networks})
