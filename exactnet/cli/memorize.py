"""``exactnet memorize POINTS``."""

from __future__ import annotations

import os
import re

import click

from exactnet.cli.certify import certify_and_report
from exactnet.cli.inputs import check_certificate_path, input_path
from exactnet.cli.options import net_argument, read, read_range
from exactnet.cli.run import Run, runs

__all__ = ["command"]


@click.command("memorize", short_help="Fit labelled points exactly, with few parameters.")
@net_argument("points", "POINTS")
@click.option("--depth", metavar="L", callback=read(read_range), help="The most layers.")
@click.option("--bits", metavar="B", callback=read(read_range), help="The most bits of a weight or bias.")
@click.option("--budget", metavar="P", callback=read(read_range), help="The most parameters; more are refused.")
@click.option("--narrow", is_flag=True, help="A constant width: one interval of points a layer.")
@runs("max_inputs", "max_file", "workers", out="Write the certificate to OUT, and both networks beside it.")
def command(
    *, points: str, depth: int | None, bits: int | None, budget: int | None, narrow: bool, run: Run
) -> int:
    """Make a ReLU network that has the label of each of POINTS exactly, with as few parameters as are found, and check it.

    POINTS is a table in CSV or JSON (a line of names, then one point a line, its label last), sklearn:NAME, or a shipped table.
    Points are rational; labels are whole numbers from 0. A point that is listed twice has one label.

    \b
    Example:
      exactnet memorize digits-pixels -o certificate.json
    """
    path = points if re.match("sklearn:", points, re.IGNORECASE) else input_path(points)
    if run.out is not None:
        check_certificate_path(run.out, path if os.path.exists(path) else None)
    from exactnet.certify.memorize import MemorizeRequest, memorize_network
    from exactnet.foreign.inputs import labelled_points

    labelled = labelled_points(path, run.max_file)
    request = MemorizeRequest(*labelled, depth, bits, budget, narrow, run.max_inputs)
    return certify_and_report(points, request, memorize_network, run)
