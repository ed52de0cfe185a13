"""``exactnet check`` for certificates of E2: the inequality and every number in it, derived anew."""

from __future__ import annotations

from typing import Any

from exactnet.check.certificate import Checked, difference
from exactnet.claims.entropy import verify
from exactnet.files.entropy import document_of, read_exclusion
from exactnet.kernel.errors import RefusedError

__all__ = ["check_exclusion"]


def check_exclusion(path: str, *, max_file: int, **_: Any) -> Checked:
    """Check a certificate. Raises :class:`exactnet.kernel.errors.FormatError` where it cannot be read."""
    claim, document = read_exclusion(path, max_file)
    try:
        verify(claim)
    except RefusedError as error:
        return Checked("wrong", str(error), {"statement": "E2"})
    for name, derived in document_of(claim).items():
        if document[name] != derived:
            return Checked("wrong", difference(name, document[name], derived), {"statement": "E2"})
    return Checked("certified", None, {"claim": claim})
