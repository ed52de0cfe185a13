"""``exactnet check CERT``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.output import plain, print_line
from exactnet.cli.run import Run, runs

if TYPE_CHECKING:
    from exactnet.check.certificate import Checked

__all__ = ["command"]

#: The module of this package that shows (``show_checked``) certificates that are not about two networks on a finite domain.
SHOWN = {
    "exactnet-reals/1": "claim",
    "exactnet-structural-certificate/2": "structural",
    "exactnet-radial/1": "radial",
    "exactnet-entropy/1": "entropy",
    "exactnet-matrices/1": "matrices",
    "exactnet-euaf/1": "euaf",
    "exactnet-depth/1": "depth",
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
    from exactnet.check.formats import find_checker

    form, check = find_checker(certificate, run.max_file)
    with run.meter as meter:
        checked = check(
            certificate, max_file=run.max_file, max_inputs=run.max_inputs, progress=meter, runner=run.runner()
        )
    status = 0 if checked.verdict == "certified" else 1
    if form not in SHOWN:
        _show_networks(checked, certificate, run)
    elif checked.verdict == "wrong":
        reason = checked.reason or ""
        wrong = {"verdict": "refuted", "statement": checked.report["statement"], "reason": reason, "seconds": run.seconds}
        run.say(wrong, "wrong", lambda: print_line(f"wrong  {plain(certificate)}: {plain(reason)}"))
    else:
        import_module(f"exactnet.cli.{SHOWN[form]}").show_checked(checked.report, certificate, run)
    return status


def _show_networks(checked: Checked, path: str, run: Run) -> None:
    from exactnet.theory.comparison import size_report

    report = {
        **checked.report,
        **({} if checked.certificate is None else size_report(checked.certificate)),
        "verdict": "certified" if checked.verdict == "certified" else "refuted",
        "reason": checked.reason,
        "evaluator": "engine" if run.fast else "plain",
        "seconds": run.seconds,
    }
    run.say(report, checked.verdict, lambda: _tables({**report, "verdict": checked.verdict}, path))


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
