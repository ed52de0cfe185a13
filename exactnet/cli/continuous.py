"""``exactnet continuous NET``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.certify import STATUS
from exactnet.cli.inputs import check_certificate_path, check_size, input_path, load
from exactnet.cli.options import net_argument, precision_option, rational, read
from exactnet.cli.options import read_range as _read_range
from exactnet.cli.output import plain, print_line
from exactnet.cli.run import Run, collecting, runs
from exactnet.kernel.errors import FormatError, RefusedError

if TYPE_CHECKING:
    from exactnet.certify.reals import ContinuousResult
    from exactnet.files.network_json import Loaded

__all__ = ["command", "report_of", "show_judgement"]


@dataclass(frozen=True)
class Ramps:
    """Which network is made, and what is certified of it."""

    p: int | None
    precision: int | None
    limit: int | None
    delta: Any
    density: Any
    exact: bool | None
    route: str


@click.command("continuous", short_help="Small weights for real inputs, with ramps; certify it.")
@net_argument()
@click.option("--p", type=click.IntRange(1, 10**6), metavar="P", help="Inputs in [-P, P]; the grid I_P. Default: as NET says.")
@precision_option
@click.option(
    "--range",
    "limit",
    metavar="R",
    callback=read(_read_range),
    help="Clip values to [-R, R]. Default: the least integer that |N| does not exceed on the grid.",
)
@click.option(
    "--delta", metavar="Q", callback=read(rational), required=True, help="Width of the ramps, positive and at most 1/P."
)
@click.option(
    "--density",
    metavar="M",
    callback=read(rational),
    help="A bound on the conditional densities of the inputs. Default: 1/(2P), the uniform density on [-P, P]^d.",
)
@click.option(
    "--exact/--no-exact", default=None, help="Integrate (N' - N)^2 exactly too (1 or 2 inputs). Default: for 1 input."
)
@click.option(
    "--route", metavar="NAME", default="lookahead", show_default=True, help="lookahead (A), residue (B), compact (C), stacked (D)."
)
@runs(
    "max_inputs",
    "max_file",
    "workers",
    "cluster",
    out="Write the certificate to OUT, and OUT.grid.json with both networks beside it.",
)
@collecting(Ramps, "ramps")
def command(*, net: str, ramps: Ramps, run: Run) -> int:
    """Construct a network with small weights for real inputs (S4), and certify it: bits by ramps of width delta.

    N' is floor(r clip N)/r at the grid point below the input, except inside ramps. Certified are the bits on all reals of
    [-P, P], the measure of the set where they are wrong, and a bound on the mean square of N' - clip N.

    \b
    Example:
      exactnet continuous net.json --p 4 --precision 1/10 --delta 1/1000
    """
    if run.out is not None:
        from exactnet.files.reals import grid_path

        check_certificate_path(grid_path(run.out), input_path(net), run.out)
    if ramps.precision is None:
        raise FormatError("real inputs are certified in rounded form: --precision 1/r is missing")
    loaded = load(net, run.max_file)
    p = _grid(ramps.p, net, loaded)
    from exactnet.certify.reals import ContinuousRequest, certify_continuous
    from exactnet.kernel.domain import Grid

    network = loaded.network
    check_size(network, Grid(p, len(network.inputs)), run.max_inputs)
    exactly = len(network.inputs) == 1 if ramps.exact is None else ramps.exact
    form = (ramps.precision, ramps.delta, ramps.limit, ramps.route, ramps.density)
    request = ContinuousRequest(network, p, *form, exactly, run.max_inputs)
    with run.meter as meter:
        try:
            result = certify_continuous(request, meter, run.runner(fast=True))
        except RefusedError as error:
            raise RefusedError(f"refused: {error}") from None
    report = report_of(result, run.seconds)
    if run.out is not None:
        from exactnet.files.reals import write_continuous

        write_continuous(run.out, network, result.constructed, result.grid, result.judgement, report["seconds"])
    run.say(report, report["verdict"], lambda: show_judgement(report, net, {"certificate": run.out}))
    return STATUS[report["verdict"]]


def _grid(p: int | None, name: str, loaded: Loaded) -> int:
    """``--p``, else that of the file's grid."""
    if p is not None:
        return p
    if loaded.domain is None or loaded.domain.kind != "grid":
        raise FormatError(f"{plain(name)}: names no grid; add --p P for inputs in [-P, P]")
    return loaded.domain.p


def report_of(result: ContinuousResult, seconds: float) -> dict[str, Any]:
    """The object that ``--json`` prints."""
    from exactnet.files.reals import findings
    from exactnet.files.reports import certificate_report

    document = findings(result.judgement)
    return {
        **certificate_report(result.grid, seconds),
        "statement": "S4",
        "verdict": document["verdict"],
        "reason": document["reason"],
        "continuous": document,
    }


def show_judgement(report: dict[str, Any], name: str, rows: dict[str, object]) -> None:
    """The result as tables: the network as for the grid, then inputs, outputs and bounds."""
    from exactnet.cli.render import bounds_table, facts, listing, number, print_report, show_tables

    document = report["continuous"]
    facts_rows = {"delta, M": f"ramps of width {document['delta']}, density at most {document['density']}", **rows}
    print_report(report, name, facts_rows)
    inputs = [[x, len(row["bits"]), row["pieces"], row["intervals"], number(row["bad"])] for x, row in document["inputs"].items()]
    print_line("")
    show_tables(listing(["input", "bits>", "linear pieces>", "bad intervals>", "their length>"], inputs))
    if not document["outputs"]:
        return
    outputs = []
    for output, row in document["outputs"].items():
        exact = row["exact"] or {"clipped": None, "plain": None}
        shown = [value and number(value) for value in (row["bound"], exact["clipped"], exact["plain"])]
        outputs.append([output, " to ".join(map(number, row["range"])), " to ".join(map(number, row["original"])), *shown])
    heads = ["output", "N' within", "N within", "E(N'-clip N)^2 <=>", "exactly>", "E(N'-N)^2>"]
    print_line("")
    show_tables(
        listing(heads, [[value if value is not None else "-" for value in row] for row in outputs]),
        bounds_table(document["bounds"]),
        facts({"bad set": f"of measure {number(document['bad'])}"}),
    )
