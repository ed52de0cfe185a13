"""``exactnet check CERT``."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.output import plain
from exactnet.cli.run import Run, runs

if TYPE_CHECKING:
    from exactnet.check.certificate import Checked

__all__ = ["command"]


#: What checks and reports (``module:function`` of this package) certificates that are not about two networks on a finite domain.
CHECKS = {
    "exactnet-reals/1": "claim:check_on_reals",
    "exactnet-structural-certificate/1": "structural:check_and_report",
    "exactnet-radial/1": "radial:check_radial",
    "exactnet-entropy/1": "entropy:check_exclusion",
    "exactnet-matrices/1": "matrices:check_on_matrices",
    "exactnet-euaf/1": "euaf:check_and_report",
    "exactnet-depth/1": "depth:check_and_report",
}


@click.command("check", short_help="Check a certificate again.")
@click.argument("certificate", metavar="CERT")
@runs("max_inputs", "max_file", "workers", "cluster", "fast")
def command(*, certificate: str, run: Run) -> int:
    """Check a certificate again: both networks, all measures and bounds, every input of the domain.

    'exactnet recheck CERT' is a second opinion, with the standard library alone.

    \b
    Example:
      exactnet check certificate.json
    """
    from exactnet.files.certificates import format_of

    form = format_of(certificate, run.max_file)
    if isinstance(form, str) and form in CHECKS:
        module, _, name = CHECKS[form].partition(":")
        return int(getattr(import_module(f"exactnet.cli.{module}"), name)(certificate, run))
    from exactnet.theory.comparison import size_report

    with run.meter as meter:
        check = _checker(form)
        limits = {"max_file": run.max_file, "max_inputs": run.max_inputs}
        checked = check(certificate, **limits, progress=meter, runner=run.runner())
    report = {
        **checked.report,
        **({} if checked.certificate is None else size_report(checked.certificate)),
        "verdict": "certified" if checked.verdict == "certified" else "refuted",
        "reason": checked.reason,
        "evaluator": "engine" if run.fast else "plain",
        "seconds": run.seconds,
    }
    run.say(report, checked.verdict, lambda: _tables({**report, "verdict": checked.verdict}, certificate))
    return 0 if checked.verdict == "certified" else 1


def _tables(report: dict[str, Any], path: str) -> None:
    if "continuous" in report:
        from exactnet.cli.continuous import show_judgement

        show_judgement(report, path, {})
        return
    from exactnet.cli.render import number, print_report

    about = "values clipped to [-R, R]," if "clipped" in report["statement"] else "|N(x)| <="
    promise = ", R as promised" if report["promised"] else ""
    of_given = report["route"] == "pair"  # R and r are then of the digest alone
    rows = {
        "R, r": None if of_given else f"{about} R = {number(report['R'])}, r = {number(report['r'])}{promise}",
        "options": ", ".join(f"{option} = {plain(value)}" for option, value in report["options"].items()),
        "evaluator": "the engine (--fast)" if report["evaluator"] == "engine" else "plain",
    }
    print_report(report, path, rows)


def _checker(form: object) -> Callable[..., Checked]:
    """What checks certificates of a format."""
    if form == "exactnet-continuous/1":
        from exactnet.check.reals import check_continuous

        return check_continuous
    from exactnet.check.certificate import check_certificate

    return check_certificate
