"""``exactnet check`` for certificates about real inputs: everything is derived anew from the two networks, and compared."""

from __future__ import annotations

import os
from typing import Any

from exactnet.check.certificate import Checked, check_again, difference
from exactnet.check.judge_reals import judge_continuous
from exactnet.claims.reals.judgement import Setting
from exactnet.files.certificates import read_certificate
from exactnet.files.files import shown
from exactnet.files.reals import findings, read_continuous
from exactnet.kernel.domain import Grid
from exactnet.kernel.errors import FormatError
from exactnet.kernel.rationals import parse_rational
from exactnet.kernel.runs import HERE, Progress, Runner, silent

__all__ = ["check_continuous"]


def check_continuous(
    path: str, *, max_file: int, max_inputs: int, progress: Progress = silent, runner: Runner = HERE
) -> Checked:
    """Verify a certificate about real inputs, and that on the grid which it names.

    Raises :class:`exactnet.kernel.errors.ExactnetError` where one of them cannot be read or makes no sense.
    """
    recorded = read_continuous(path, max_file)
    beside = os.path.join(os.path.dirname(path), recorded["grid"]["file"])
    stored = read_certificate(beside, max_file)
    grid = check_again(stored, max_inputs, progress, runner)
    certificate = grid.certificate
    report: dict[str, Any] = {"statement": "S4", "continuous": dict(recorded), **grid.report}
    report["statement"] = "S4"
    if grid.verdict == "wrong" or certificate is None:
        return Checked("wrong", f"{recorded['grid']['file']}: {grid.reason}", report, certificate)
    for role in ("original", "constructed"):
        if recorded["grid"][role] != stored.document[role]["sha256"]:
            return Checked("wrong", f"grid.{role}: is not the network of {recorded['grid']['file']}", report, certificate)
    if certificate.relation.kind != "clip" or not isinstance(stored.domain, Grid):
        raise FormatError(f"{shown(beside)}: is not a certificate of the clipped form on a grid")
    width = certificate.options.get("delta", recorded["delta"])  # the weights are bounded by 1/delta there
    if width != recorded["delta"]:
        return Checked("wrong", difference("delta", recorded["delta"], width), report, certificate)
    setting = Setting(stored.domain.p, parse_rational(recorded["delta"]), parse_rational(recorded["density"]), recorded["exact"])
    document = findings(judge_continuous(stored.original, stored.constructed, certificate, setting))
    report["continuous"] = document
    for name, value in {"reason": document["reason"], **document}.items():
        if recorded[name] != value:
            return Checked("wrong", difference(name, recorded[name], value), report, certificate)
    return Checked(document["verdict"], document["reason"], report, certificate)
