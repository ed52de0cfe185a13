"""``exactnet check CERT``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.output import plain
from exactnet.cli.run import Run, runs

if TYPE_CHECKING:
    from exactnet.check.certificate import Checked

__all__ = ["command"]


@click.command("check", short_help="Check a certificate again.")
@click.argument("certificate", metavar="CERT")
@runs("max_inputs", "max_file", "workers", "cluster", "fast")
def command(*, certificate: str, run: Run) -> int:
    """Check a certificate again: both networks, all measures and bounds, every input of the domain.

    'python -m exactnet.recheck CERT' is a second opinion, with the standard library alone.

    \b
    Example:
      exactnet check certificate.json
    """
    from exactnet.files.certificates import format_of

    if format_of(certificate, run.max_file) == "exactnet-reals/1":
        from exactnet.cli.claim import check_on_reals

        return check_on_reals(certificate, run)
    if format_of(certificate, run.max_file) == "exactnet-radial/1":
        from exactnet.cli.radial import check_radial

        return check_radial(certificate, run)
    if format_of(certificate, run.max_file) == "exactnet-entropy/1":
        from exactnet.cli.entropy import check_exclusion

        return check_exclusion(certificate, run)
    if format_of(certificate, run.max_file) == "exactnet-matrices/1":
        from exactnet.cli.matrices import check_on_matrices

        return check_on_matrices(certificate, run)
    if format_of(certificate, run.max_file) == "exactnet-structural-certificate/1":
        from exactnet.cli.structural import check_and_report

        return check_and_report(certificate, run)
    from exactnet.theory.comparison import size_report

    with run.meter as meter:
        check = _checker(certificate, run.max_file)
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
    rows = {
        "R, r": f"{about} R = {number(report['R'])}, r = {number(report['r'])}{promise}",
        "options": ", ".join(f"{option} = {plain(value)}" for option, value in report["options"].items()),
        "evaluator": "the engine (--fast)" if report["evaluator"] == "engine" else "plain",
    }
    print_report(report, path, rows)


def _checker(path: str, max_file: int) -> Callable[..., Checked]:
    """What checks certificates of the format that a file says it has."""
    from exactnet.files.certificates import format_of

    if format_of(path, max_file) == "exactnet-continuous/1":
        from exactnet.check.reals import check_continuous

        return check_continuous
    from exactnet.check.certificate import check_certificate

    return check_certificate
