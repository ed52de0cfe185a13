"""``exactnet check`` for certificates about ever deeper networks: cells, steps and limits, derived anew from the layers."""

from __future__ import annotations

from typing import Any

from exactnet.check.certificate import Checked, difference
from exactnet.claims.depth import RuleError, findings
from exactnet.files.depth import document_of, read_depth

__all__ = ["check_depth"]


def check_depth(path: str, *, max_file: int, **_: Any) -> Checked:
    """Check a certificate. Raises :class:`exactnet.kernel.errors.FormatError` where it cannot be read."""
    layers, tail, document = read_depth(path, max_file)
    try:
        derived = findings(layers, tail)
    except RuleError as error:
        return Checked("wrong", str(error), {"statement": "depth"})
    for name, value in document_of(layers, tail, derived).items():
        if document[name] != value:
            return Checked("wrong", difference(name, document[name], value), {"statement": "depth"})
    return Checked("certified", None, {"layers": layers, "tail": tail, "findings": derived})
