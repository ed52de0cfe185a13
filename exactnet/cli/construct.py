"""``exactnet construct NET -o OUT``."""

from __future__ import annotations

import time
from typing import Any

import click

from exactnet.cli.certify import make_request, report_refusal
from exactnet.cli.inputs import check_network_path, check_writable, input_path
from exactnet.cli.options import net_argument, out_option, request_options
from exactnet.cli.output import print_json
from exactnet.cli.progress import Meter
from exactnet.errors import RefusedError

__all__ = ["command"]


@click.command("construct", short_help="Construct a network with small weights, and write it.")
@net_argument()
@request_options
@out_option("Write the constructed network to OUT (.json; .th for circuits).", required=True)
def command(
    *,
    net: str,
    domain: str | None,
    route: str,
    moduli: str | None,
    constant: bool,
    precision: int | None,
    promised: int | None,
    clip: bool,
    max_inputs: int,
    max_file: int,
    out: str,
    as_json: bool,
    quiet: bool,
) -> int:
    """Construct a network with small weights that computes NET, and write it; nothing is checked.

    \b
    Example:
      exactnet construct digits -o small.th
    """
    begun = time.perf_counter()
    check_writable(out, input_path(net))
    request = make_request(
        net=net,
        domain=domain,
        route=route,
        moduli=moduli,
        constant=constant,
        precision=precision,
        promised=promised,
        clip=clip,
        max_inputs=max_inputs,
        max_file=max_file,
    )
    from exactnet.io import MAX_BYTES, write_network
    from exactnet.measures import kind_of, measure
    from exactnet.pipeline import construct_network, plan

    check_network_path(out, kind_of(request.net) == "circuit", request.domain.kind == "cube")
    try:
        with Meter(quiet) as meter:
            claim = plan(request, meter)
            constructed = construct_network(request.net, claim)
    except RefusedError as error:
        return report_refusal(request, str(error), begun, as_json)
    write_network(out, constructed, request.domain, max(max_file, MAX_BYTES))
    if quiet and not as_json:
        return 0
    from exactnet.certificate import domain_json

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
        "seconds": round(time.perf_counter() - begun, 3),
    }
    if as_json:
        print_json(report)
    else:
        from exactnet.cli.render import number, print_report

        r = number(claim.relation.r or 1)
        print_report(
            {**report, "verdict": "constructed"},
            net,
            {"R, r": f"R = {number(claim.output_range)}, r = {r}", "written to": out},
        )
    return 0
