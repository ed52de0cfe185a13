"""``exactnet prove NET PROPERTY``."""

from __future__ import annotations

import time

import click

from exactnet.cli.inputs import load
from exactnet.cli.options import json_option, max_file_option, net_argument, quiet_option
from exactnet.cli.output import print_json, print_line

__all__ = ["command"]


@click.command("prove", short_help="Does a property hold on a grid of its box?")
@net_argument()
@click.argument("wanted", metavar="PROPERTY")
@click.option("--steps", metavar="N", type=click.IntRange(1, 2**20), required=True, help="Values of each coordinate of the box.")
@max_file_option
@json_option
@quiet_option
def command(*, net: str, wanted: str, steps: int, max_file: int, as_json: bool, quiet: bool) -> int:
    """Look for a counterexample to PROPERTY (VNN-LIB 1 or 2) on a grid of its box, ends included, exactly.

    Nothing is said about real inputs between the points of the grid. Exit status: 0 the property holds on the grid, 1 it does not.

    \b
    Example:
      exactnet prove net.onnx property.vnnlib --steps 6
    """
    begun = time.perf_counter()
    from exactnet.files.decode import at
    from exactnet.files.files import read_bytes, shown
    from exactnet.foreign.properties import grid_of_box, prove_on
    from exactnet.foreign.vnnlib import parse_vnnlib

    network = load(net, max_file).network
    data = read_bytes(wanted, max_file)
    with at(shown(wanted)):
        spec = parse_vnnlib(data)
        points = grid_of_box(spec, steps)
        decision = prove_on(network, spec, points)
    holds = decision.index is None
    verdict = "holds on the grid" if holds else "counterexample"
    x = dict(zip(network.inputs, map(str, decision.input or ()), strict=False))
    y = dict(zip(network.outputs, map(str, decision.output or ()), strict=False))
    if as_json:
        seconds = round(time.perf_counter() - begun, 3)
        found_at = {"index": decision.index, "input": x, "output": y}
        print_json({"verdict": verdict, "points": decision.points, **found_at, "seconds": seconds})
    elif quiet:
        print_line(verdict)
    else:
        from exactnet.cli.render import facts, listing, number, print_verdict, show_tables

        print_verdict(verdict, f"{wanted}; {net}")
        scope = f"{number(decision.points)} points, {steps} values a coordinate; nothing is said about reals between them"
        tables = [facts({"looked at": scope, "first at point": decision.index})]
        if not holds:
            tables.append(listing(["input", "value>"], list(x.items())))
            tables.append(listing(["output", "value>"], [[name, number(value)] for name, value in y.items()]))
        show_tables(*tables)
    return 0 if holds else 1
