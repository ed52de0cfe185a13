"""``exactnet check`` for certificates about matrices: every condition of the statement anew, and the verdict that follows."""

from __future__ import annotations

from typing import Any

from exactnet.check.certificate import Checked
from exactnet.claims.matrices.certificate import judge
from exactnet.files.decode import at
from exactnet.files.files import shown
from exactnet.files.matrices import read_matrices

__all__ = ["check_matrices"]


def check_matrices(path: str, *, max_file: int, max_inputs: int, **_: Any) -> Checked:
    """Check a certificate; clauses count as inputs.

    Raises
    ------
    FormatError
        where it cannot be read, or checking it would take too long.
    """
    certificate, recorded = read_matrices(path, max_file)
    with at(shown(path)):
        judgement = judge(certificate, max_inputs)
    report = {"statement": certificate.statement, "certificate": certificate, "judgement": judgement}
    if (recorded.verdict, recorded.reason) == (judgement.verdict, judgement.reason):
        return Checked(judgement.verdict, judgement.reason, report)
    claimed, true = (one.verdict if one.reason is None else f"{one.verdict}: {one.reason}" for one in (recorded, judgement))
    return Checked("wrong", f"the certificate says {claimed!r}, and it is {true!r}", report)
