"""``exactnet construct NET -o OUT``."""

from __future__ import annotations

from typing import Any

import click

from exactnet.cli.construction import ROUTE_OPTIONS, Construction, asks, make_request, report_refusal
from exactnet.cli.inputs import check_network_path, check_writable, input_path
from exactnet.cli.output import print_json
from exactnet.cli.run import Run
from exactnet.kernel.errors import RefusedError

__all__ = ["command"]


@click.command("construct", short_help="Construct a network with small weights, and write it.")
@asks(*ROUTE_OPTIONS, fast=False, out="Write the constructed network to OUT (.json; .th for circuits).", out_required=True)
def command(*, construction: Construction, run: Run) -> int:
    """Construct a network with small weights that computes NET, and write it; nothing is checked.

    \b
    Example:
      exactnet construct digits -o small.th
    """
    out = str(run.out)
    check_writable(out, input_path(construction.net))
    request = make_request(construction, run)
    from exactnet.certify.small_weights import construct_claimed, decide
    from exactnet.claims.statements import kind_of
    from exactnet.cli.attempts import attempts_json, show_attempts
    from exactnet.files.files import MAX_BYTES
    from exactnet.files.networks import write_network
    from exactnet.kernel.measures import measure

    check_network_path(out, kind_of(request.net) == "circuit", request.domain.kind == "cube")
    try:
        with run.meter as meter:
            decision = decide(request, meter)
            claim = decision.claim
            constructed = construct_claimed(request.net, claim, decision.built, decision.budget)[0]
    except RefusedError as error:
        return report_refusal(request, str(error), run)
    write_network(out, constructed, request.domain, max(run.max_file, MAX_BYTES))
    if run.quiet and not run.as_json:
        return 0
    from exactnet.files.reports import domain_json

    report: dict[str, Any] = {
        "verdict": None,
        "statement": claim.statement,
        "route": claim.route,
        "domain": domain_json(request.domain),
        "original": measure(request.net, request.domain).as_json(),
        "constructed": measure(constructed, request.domain).as_json(),
        "bounds": [],
        "inputs_checked": 0,
        "counterexample": None,
        "reason": None,
        "seconds": run.seconds,
        **attempts_json(request.minimised, decision.attempts),
    }
    if run.as_json:
        print_json(report)
    else:
        from exactnet.cli.render import number, print_report

        show_attempts(request.minimised, decision.attempts, claim.route)
        r = number(claim.relation.r or 1)
        print_report(
            {**report, "verdict": "constructed"},
            construction.net,
            {"R, r": f"R = {number(claim.output_range)}, r = {r}", "written to": out},
        )
    return 0
