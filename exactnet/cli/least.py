"""``exactnet least NET``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.barrier import NETWORK, step_json, steps_table, write_folder
from exactnet.cli.certify import STATUS
from exactnet.cli.construction import Construction, asks, make_request, report_refusal
from exactnet.cli.output import plain
from exactnet.cli.run import Run
from exactnet.kernel.errors import RefusedError

if TYPE_CHECKING:
    from exactnet.construct.barriers.least_circuits import Least

__all__ = ["command"]


@click.command("least", short_help="S5: least circuits of depth 2, on tiny instances.")
@asks(
    fast=False,
    memory=False,
    out="Write the circuits and the certificate of the network to this folder, which must not exist or be empty.",
)
@click.option(
    "--max-gates",
    type=click.IntRange(0, 16),
    default=6,
    show_default=True,
    help="Gates in the first layer of a circuit at most.",
)
def command(*, construction: Construction, run: Run, max_gates: int) -> int:
    """Search, for each v, a threshold circuit of depth at most 2 with the fewest gates for 1[r N(x) >= v] over the bits of
    the input; and assemble a ReLU network from them, which is checked on every input.

    That there is none with fewer gates is shown by exhaustion (up to 4 bits and 3 gates), else by an integer program
    that CP-SAT of OR-Tools finds to have no solution (needs the extra 'least').

    \b
    Example:
      exactnet least net.json --domain grid:1
    """
    from exactnet.files.reports import certificate_report

    if run.out is not None:
        from exactnet.files.circuits import check_folder

        check_folder(run.out)
    request = make_request(construction, run)
    from exactnet.certify.barriers import assemble, steps_back
    from exactnet.certify.least import least_family

    try:
        with run.meter as meter:
            least = least_family(request, max_gates, meter)
            back = assemble(least.family, least.target, request.net, meter)
    except RefusedError as error:
        return report_refusal(request, str(error), run)
    seconds = run.seconds
    if run.out is not None:
        write_folder(run.out, least.family, least.target, {NETWORK: (request.net, back.result, back.circuits)}, seconds)
    rows = [row_json(v, circuit) for v, circuit in least.circuits.items()]
    steps = steps_back(back)
    report = {
        "verdict": back.verdict,
        "reason": back.reason,
        "R": least.target.output_range,
        "r": least.target.r,
        "circuits": rows,
        "network": certificate_report(back.result.certificate),
        "steps": [step_json(step) for step in steps],
        "seconds": seconds,
    }

    def tables() -> None:
        from exactnet.cli.render import facts, listing, print_verdict, show_tables

        print_verdict(back.verdict, plain(construction.net))
        about = {"reason": back.reason, "written to": run.out, "time": f"{seconds} s"}
        cells = [[row["v"], row["gates"], row["max_weight"], row["none_with_fewer"] or "-"] for row in rows]
        table = listing(["v>", "gates in layer 1>", "largest weight>", "none with fewer, by"], cells)
        show_tables(facts(about), table, steps_table(steps))

    run.say(report, back.verdict, tables)
    return STATUS[back.verdict]


def row_json(v: int, least: Least) -> dict[str, Any]:
    """What was found for one ``v``; 0 gates in the first layer: one gate is all."""
    weights = [abs(w) for gate in (*least.hidden, least.output) for w in gate.weights]
    return {"v": v, "gates": least.size, "max_weight": max(weights), "none_with_fewer": least.proof or None}
