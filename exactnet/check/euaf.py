"""``exactnet check`` for certificates of EUAF networks: what is claimed of the network, shown anew."""

from __future__ import annotations

from typing import Any

from exactnet.check.certificate import Checked
from exactnet.claims.euaf import NotShown, verify
from exactnet.files.euaf import read_euaf

__all__ = ["check_euaf"]


def check_euaf(path: str, *, max_file: int, **_: Any) -> Checked:
    """Check a certificate. Raises :class:`exactnet.kernel.errors.FormatError` where it cannot be read."""
    certificate = read_euaf(path, max_file)
    try:
        verify(certificate)
    except NotShown as error:
        return Checked("wrong", str(error), {"statement": "euaf"})
    return Checked("certified", None, {"certificate": certificate})
