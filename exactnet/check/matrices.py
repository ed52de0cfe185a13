"""``exactnet check`` for certificates about matrices: every condition of the statement anew, and the verdict that follows."""

from __future__ import annotations

from exactnet.check.certificate import Checked
from exactnet.claims.matrices.certificate import judge
from exactnet.files.decode import at
from exactnet.files.files import shown
from exactnet.files.matrices import read_matrices

__all__ = ["check_matrices"]


def check_matrices(path: str, *, max_file: int, max_inputs: int) -> Checked:
    """Check a certificate; clauses count as inputs.

    Raises
    ------
    FormatError
        where it cannot be read, or checking it would take too long.
    """
    certificate, said = read_matrices(path, max_file)
    with at(shown(path)):
        found = judge(certificate, max_inputs)
    report = {"certificate": certificate, "judgement": found}
    if (said.verdict, said.reason) == (found.verdict, found.reason):
        return Checked(found.verdict, found.reason, report)
    claimed, true = (one.verdict if one.reason is None else f"{one.verdict}: {one.reason}" for one in (said, found))
    return Checked("wrong", f"the certificate says {claimed!r}, and it is {true!r}", report)
