"""``exactnet prove NET PROPERTY``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from exactnet.cli.inputs import load
from exactnet.cli.options import json_option, max_file_option, net_argument, quiet_option, read, read_count
from exactnet.cli.output import print_json, print_line

if TYPE_CHECKING:
    from exactnet.certify.cells import Options
    from exactnet.foreign.properties import Decision
    from exactnet.foreign.vnnlib import Property
    from exactnet.kernel.network import Network

__all__ = ["command"]

#: By so much all inputs must miss the comparisons, lest a tie is meant.
ROOM = 2**20


@click.command("prove", short_help="Does a property hold on a grid of its box?")
@net_argument()
@click.argument("wanted", metavar="PROPERTY")
@click.option("--steps", metavar="N", type=click.IntRange(1, 2**20), help="Values of each coordinate of the box.")
@click.option("--reals", is_flag=True, help="Decide for all reals of the box, by cells: for small ReLU networks.")
@click.option(
    "--max-cells", metavar="COUNT", default="10000", show_default=True, callback=read(read_count), help="Most cells, with --reals."
)
@max_file_option
@json_option
@quiet_option
def command(
    *, net: str, wanted: str, steps: int | None, reals: bool, max_cells: int, max_file: int, as_json: bool, quiet: bool
) -> int:
    """Look for a counterexample to PROPERTY (VNN-LIB 1 or 2) on a grid of its box, ends included, exactly.

    With --steps nothing is said about real inputs between the points of the grid. With --reals the property is proved for all
    reals of the box, or refuted by a point; where inputs meet its comparisons only with equality, that is said, and nothing is
    decided. Exit status: 0 the property holds, 1 it does not.

    \b
    Example:
      exactnet prove net.onnx property.vnnlib --steps 6
      exactnet prove net.onnx property.vnnlib --reals
    """
    if reals == (steps is not None):
        raise click.UsageError("say either --steps N or --reals")
    begun = time.perf_counter()
    from exactnet.certify.cells import Options
    from exactnet.draw.progress import Meter
    from exactnet.files.decode import at
    from exactnet.files.files import read_bytes, shown
    from exactnet.foreign.properties import ends_of_box, grid_of_box, prove_on
    from exactnet.foreign.vnnlib import parse_vnnlib

    network = load(net, max_file).network
    data = read_bytes(wanted, max_file)
    with at(shown(wanted)):
        spec = parse_vnnlib(data)
        one = all(low == high for low, high in ends_of_box(spec))  # the grid is the box then
        if one or not reals:
            decision = prove_on(network, spec, grid_of_box(spec, steps or 1))
        else:
            with Meter(quiet or as_json) as meter:
                decision = _on_reals(network, spec, Options(max_cells, progress=meter))
    holds = decision.input is None
    verdict = f"holds on {'the grid' if steps is not None else 'all reals of the box'}" if holds else "counterexample"
    x = dict(zip(network.inputs, map(str, decision.input or ()), strict=False))
    y = dict(zip(network.outputs, map(str, decision.output or ()), strict=False))
    if as_json:
        seconds = round(time.perf_counter() - begun, 3)
        found_at = {"index": decision.index, "input": x, "output": y}
        looked_at = {"cells" if reals else "points": decision.points}
        print_json({"verdict": verdict, **looked_at, **found_at, "seconds": seconds})
    elif quiet:
        print_line(verdict)
    else:
        from exactnet.cli.render import facts, listing, number, print_verdict, show_tables

        print_verdict(verdict, f"{wanted}; {net}")
        scope = f"{number(decision.points)} points, {steps} values a coordinate; nothing is said about reals between them"
        if reals:
            scope = f"all reals of the box: {number(decision.points)} cells, each with a proof" if holds else "all reals of the box"
        tables = [facts({"looked at": scope, "first at point": decision.index})]
        if not holds:
            tables.append(listing(["input", "value>"], list(x.items())))
            tables.append(listing(["output", "value>"], [[name, number(value)] for name, value in y.items()]))
        show_tables(*tables)
    return 0 if holds else 1


def _on_reals(net: Network, wanted: Property, options: Options) -> Decision:
    """Whether some real input of the box meets the assertions: a point, or a proof that is checked.

    First no input may come nearer than 1/ROOM to meeting them. Where one does, and is no counterexample itself, the question
    is whether one meets them with any room at all.
    """
    from gmpy2 import mpq

    from exactnet.certify.cells import decide
    from exactnet.claims.cells.certificate import CERTIFIED, verify
    from exactnet.claims.cells.claims import Claim
    from exactnet.claims.cells.polyhedron import Polyhedron
    from exactnet.foreign.margin import margin
    from exactnet.foreign.properties import Decision
    from exactnet.kernel.errors import DomainError
    from exactnet.kernel.network import Network, affine
    from exactnet.kernel.values import evaluate

    found = margin(net, wanted)
    inputs = found.network.inputs
    box = Polyhedron.polytope(len(inputs), found.inequalities())
    for room in (mpq(1, ROOM), mpq(0)):
        networks = [Network(inputs, [affine("room", {}, -room)], ["room"]), found.network]
        certificate = decide(Claim("at-least"), networks, box, options)
        verify(certificate, networks)
        if certificate.verdict == CERTIFIED:
            if room:
                return Decision(certificate.leaves, None, None, None)
            break
        x = found.point(certificate.points[0])
        y = evaluate(net, x)
        if wanted.holds(x, y):
            return Decision(0, None, x, y)
    raise DomainError("undecided: no real input meets the assertions with room to spare, but some come as near as ties")
