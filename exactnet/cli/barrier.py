"""``exactnet barrier NET -o FOLDER``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.certify import STATUS
from exactnet.cli.construction import Construction, asks, make_request, report_refusal
from exactnet.cli.options import minimise_option, moduli_option, route_option
from exactnet.cli.output import plain
from exactnet.cli.run import Run
from exactnet.kernel.errors import RefusedError

if TYPE_CHECKING:
    from exactnet.certify.barriers import Family, Step, Target
    from exactnet.certify.small_weights import Result
    from exactnet.kernel.network import Network

__all__ = ["NETWORK", "command", "step_json", "steps_table", "write_folder"]

#: The certificates in the folder.
CIRCUITS, NETWORK = "circuits.json", "network.json"


@click.command("barrier", short_help="S5: from NET to threshold circuits, and back.")
@asks(
    route_option,
    minimise_option,
    moduli_option,
    out="Write the circuits and both certificates to this folder, which must not exist or be empty.",
)
def command(*, construction: Construction, run: Run) -> int:
    """Make threshold circuits with small weights for 1[r N(x) >= v], -rR < v <= rR, over the bits of the input; and from
    these circuits a ReLU network that computes floor(r N(x))/r. Both are checked on every input of the domain.

    The folder holds one circuit for each v (v-1.json, v+0.json, v+1.json, ...), the certificate circuits.json of all
    circuits, and the certificate network.json of the network. 'exactnet assemble' reads such a folder.

    \b
    Example:
      exactnet barrier net.json --domain grid:1 --precision 1/2 -o circuits
    """
    from exactnet.files.reports import certificate_report

    if run.out is not None:
        from exactnet.files.circuits import check_folder

        check_folder(run.out)
    request = make_request(construction, run)
    from exactnet.certify.barriers import assemble, extract, round_trip

    runner = run.runner(fast=True)
    try:
        with run.meter as meter:
            circuits = extract(request, meter, runner)
            back = assemble(circuits.family, circuits.target, request.net, meter, runner)
    except RefusedError as error:
        return report_refusal(request, str(error), run)
    seconds = run.seconds
    if run.out is not None:
        certificates = {CIRCUITS: (circuits.original, circuits.result, None), NETWORK: (request.net, back.result, back.circuits)}
        write_folder(run.out, circuits.family, circuits.target, certificates, seconds)
    there = circuits.result.certificate
    verdict = "certified" if (there.verdict, back.verdict) == ("certified", "certified") else "refuted"
    reason = there.reason or back.reason
    steps = round_trip(circuits, back)
    target = circuits.target
    report = {
        "verdict": verdict,
        "reason": reason,
        "R": target.output_range,
        "r": target.r,
        "circuits": certificate_report(there),
        "network": certificate_report(back.result.certificate),
        "steps": [step_json(step) for step in steps],
        "seconds": seconds,
    }

    def tables() -> None:
        from exactnet.cli.attempts import show_attempts
        from exactnet.cli.render import domain_words, facts, number, print_verdict, show_tables
        from exactnet.files.reports import domain_json

        show_attempts(request.minimised, circuits.result.attempts, there.route)
        print_verdict(verdict, plain(construction.net))
        about: dict[str, Any] = domain_json(target.domain) or {}
        rows = {
            "reason": reason,
            "statement": "S5: threshold circuits C_v for 1[r N(x) >= v], and a network N' from them",
            "route": there.route,
            "domain": domain_words(about),
            "R, r": f"|N(x)| <= R = {number(target.output_range)}, r = {number(target.r)}",
            "circuits": f"{len(circuits.family)} over {len(target.bits)} bits, for v from {min(circuits.family)} to "
            f"{max(circuits.family)}",
            "inputs checked": number(back.result.certificate.inputs_checked),
            "written to": run.out,
            "time": f"{seconds} s",
        }
        show_tables(facts(rows), steps_table(steps))

    run.say(report, verdict, tables)
    return STATUS[verdict]


def write_folder(
    folder: str,
    family: Family,
    target: Target,
    certificates: Mapping[str, tuple[Network, Result, Network | None]],
    seconds: float,
) -> None:
    """Write circuits and certificates (by name: the original, what was made, the circuits it is about), all or nothing."""
    from exactnet.files.certificate_writer import write_certificate
    from exactnet.files.circuits import new_folder, write_family

    with new_folder(folder) as place:
        write_family(place, family, target)
        for name, (original, result, about) in certificates.items():
            write_certificate(os.path.join(place, name), original, result.constructed, result.certificate, seconds, about)


def step_json(step: Step) -> dict[str, Any]:
    """One line of the round trip."""
    return {
        "step": step.name,
        "depth": step.measures.depth,
        "depth_expression": step.arithmetic,
        "depth_bound": step.bound,
        "gates": step.measures.gates,
        "wires": step.measures.wires,
        "max_weight": str(step.measures.max_weight),
        "max_weight_bound": None if step.weight_bound is None else str(step.weight_bound),
        "verdict": step.verdict or None,
    }


def steps_table(steps: list[Step]) -> Any:
    """The round trip for a person."""
    from exactnet.cli.render import listing, number

    heads = ["", "depth>", "its bound", "gates>", "wires>", "largest weight>", "its bound>", "verdict"]
    rows = [
        [
            step.name,
            step.measures.depth,
            f"{step.arithmetic} = {step.bound}",
            number(step.measures.gates),
            number(step.measures.wires),
            number(step.measures.max_weight),
            "" if step.weight_bound is None else number(step.weight_bound),
            step.verdict,
        ]
        for step in steps
    ]
    return listing(heads, rows)
