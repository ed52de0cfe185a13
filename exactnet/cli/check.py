"""``exactnet check CERT``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from exactnet.cli.options import (
    cluster_option,
    fast_option,
    json_option,
    max_file_option,
    max_inputs_option,
    quiet_option,
    workers_option,
)
from exactnet.cli.output import plain, print_json, print_line
from exactnet.cli.progress import Meter

if TYPE_CHECKING:
    from exactnet.check.certificate import Checked

__all__ = ["command"]


@click.command("check", short_help="Check a certificate again.")
@click.argument("certificate", metavar="CERT")
@max_inputs_option
@max_file_option
@workers_option
@cluster_option
@fast_option
@json_option
@quiet_option
def command(
    *,
    certificate: str,
    max_inputs: int,
    max_file: int,
    workers: int | None,
    cluster: str | None,
    fast: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Check a certificate again: both networks, all measures and bounds, every input of the domain.

    'python -m exactnet.recheck CERT' is a second opinion, with the standard library alone.

    \b
    Example:
      exactnet check certificate.json
    """
    begun = time.perf_counter()
    from exactnet.files.certificates import format_of

    if format_of(certificate, max_file) == "exactnet-reals/1":
        from exactnet.cli.claim import check_on_reals

        return check_on_reals(certificate, max_file, as_json=as_json, quiet=quiet)
    if format_of(certificate, max_file) == "exactnet-structural-certificate/1":
        from exactnet.cli.structural import check_and_report

        return check_and_report(certificate, max_file, as_json, quiet)
    from exactnet.parallel.running import make_runner
    from exactnet.theory.comparison import size_report

    runner = make_runner(workers, cluster, fast)
    with Meter(quiet) as meter:
        check = _checker(certificate, max_file)
        checked = check(certificate, max_file=max_file, max_inputs=max_inputs, progress=meter, runner=runner)
    report = {
        **checked.report,
        **({} if checked.certificate is None else size_report(checked.certificate)),
        "verdict": "certified" if checked.verdict == "certified" else "refuted",
        "reason": checked.reason,
        "evaluator": "engine" if fast else "plain",
        "seconds": round(time.perf_counter() - begun, 3),
    }
    if as_json:
        print_json(report)
    elif quiet:
        print_line(checked.verdict)
    elif "continuous" in report:
        from exactnet.cli.continuous import show_judgement

        show_judgement({**report, "verdict": checked.verdict}, certificate, {})
    else:
        from exactnet.cli.render import number, print_report

        about = "values clipped to [-R, R]," if "clipped" in report["statement"] else "|N(x)| <="
        promise = ", R as promised" if report["promised"] else ""
        rows = {
            "R, r": f"{about} R = {number(report['R'])}, r = {number(report['r'])}{promise}",
            "options": ", ".join(f"{option} = {plain(value)}" for option, value in report["options"].items()),
        }
        rows["evaluator"] = "the engine (--fast)" if fast else "plain"
        print_report({**report, "verdict": checked.verdict}, certificate, rows)
    return 0 if checked.verdict == "certified" else 1


def _checker(path: str, max_file: int) -> Callable[..., Checked]:
    """What checks certificates of the format that a file says it has."""
    from exactnet.files.certificates import format_of

    if format_of(path, max_file) == "exactnet-continuous/1":
        from exactnet.check.reals import check_continuous

        return check_continuous
    from exactnet.check.certificate import check_certificate

    return check_certificate
