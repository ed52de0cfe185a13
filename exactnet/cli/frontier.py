"""``exactnet frontier NET``."""

from __future__ import annotations

from typing import Any

import click

from exactnet.cli.construction import Construction, asks, make_request, report_refusal
from exactnet.cli.inputs import check_plot
from exactnet.cli.output import plain, print_json, print_line
from exactnet.cli.run import Run
from exactnet.kernel.errors import RefusedError

__all__ = ["command"]


@click.command("frontier", short_help="Certify NET by every route: depth against size.")
@asks(fast=False)
@click.option("--plot", metavar="FILE", help="Draw depth against gates (.svg, .pdf, .png; needs matplotlib).")
def command(*, construction: Construction, run: Run, plot: str | None) -> int:
    """Construct NET by every route, certify each, and show depth, gates, wires and weights in one table.

    \b
    Example:
      exactnet frontier digits
    """
    if plot is not None:
        check_plot(plot, construction.net)
    request = make_request(construction, run)
    from exactnet.certify.frontier import frontier

    try:
        with run.meter as meter:
            rows = list(frontier(request, meter))
    except RefusedError as error:
        return report_refusal(request, str(error), run)
    documents = [row.as_json() for row in rows]
    if plot is not None:
        from exactnet.draw.plot import frontier_plot

        frontier_plot(documents, plot)
    if run.as_json:
        print_json({"network": construction.net, "rows": documents})
    elif not run.quiet:
        show(construction.net, documents)
    return 1 if any(row["verdict"] == "refuted" for row in documents) else 0


def show(net: str, rows: list[dict[str, Any]]) -> None:
    """The table for a person."""
    from exactnet.cli.render import listing, number, show_tables

    heads = ("route", "depth", "its bound", "theorem", "gates", "wires", "largest weight", "its bound", "verdict")
    keys = ("depth", "depth_bound", "theorem", "gates", "wires", "max_weight", "max_weight_bound")
    cells = []
    for row in rows:
        shown = [number(row[key]) if key in row else "-" for key in keys]
        cells.append([row["route"], *shown, row["verdict"] or row["reason"]])
    print_line(f"all routes on {plain(net)}")
    show_tables(listing([heads[0], *(f"{head}>" for head in heads[1:-1]), heads[-1]], cells))
