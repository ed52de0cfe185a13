"""``exactnet prove NET PROPERTY``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.inputs import input_path, load, reserve_outputs
from exactnet.cli.options import json_option, max_file_option, net_argument, out_option, quiet_option, read, read_count
from exactnet.cli.output import print_json, print_line

if TYPE_CHECKING:
    from exactnet.certify.cells import Options
    from exactnet.claims.cells.certificate import Certificate
    from exactnet.foreign.properties import Decision
    from exactnet.foreign.vnnlib import Property
    from exactnet.kernel.network import Network

__all__ = ["command"]

#: By the inverse all inputs must miss the comparisons, lest a tie is meant: the first of these that is found.
ROOM, LEAST = 2**20, 2**200


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
@out_option("Write a certificate to OUT, with the network beside it (with --reals).")
def command(
    *,
    net: str,
    wanted: str,
    steps: int | None,
    reals: bool,
    max_cells: int,
    max_file: int,
    as_json: bool,
    quiet: bool,
    out: str | None,
) -> int:
    """Look for a counterexample to PROPERTY (VNN-LIB 1 or 2) on a grid of its box, ends included, exactly.

    With --steps nothing is said about real inputs between the points of the grid. With --reals the property is proved for all
    reals of the box, or refuted by a point; where inputs meet its comparisons only with equality, that is said, and nothing is
    decided. Exit status: 0 the property holds, 1 it does not.

    \b
    Example:
      exactnet prove net.onnx property.vnnlib --steps 6
      exactnet prove net.onnx property.vnnlib --reals -o proof.json
    """
    if reals == (steps is not None):
        raise click.UsageError("say either --steps N or --reals")
    begun = time.perf_counter()
    from exactnet.certify.cells import Options
    from exactnet.draw.progress import Meter
    from exactnet.files.cells import all_files, write_cells
    from exactnet.files.decode import at
    from exactnet.files.files import read_bytes, shown
    from exactnet.foreign.properties import ends_of_box, grid_of_box, prove_on
    from exactnet.foreign.vnnlib import parse_vnnlib
    from exactnet.kernel.errors import DomainError

    if out is not None:
        if not reals:
            raise click.UsageError("-o is for --reals: a grid gives no certificate")
        reserve_outputs(out, all_files(out, 1), (input_path(net), wanted))
    network = load(net, max_file).network
    certificate: Certificate | None = None
    data = read_bytes(wanted, max_file)
    with at(shown(wanted)):
        spec = parse_vnnlib(data)
        one = all(low == high for low, high in ends_of_box(spec))  # the grid is the box then
        if one and out is not None:
            raise DomainError("the box is one point, of which nothing is left to prove: 'exactnet replay' says what holds there")
        if one or not reals:
            decision = prove_on(network, spec, grid_of_box(spec, steps or 1))
        else:
            with Meter(quiet or as_json) as meter:
                certificate = _on_reals(network, spec, Options(max_cells, progress=meter))
            decision = _decision(network, spec, certificate)
    holds = decision.input is None
    verdict = f"holds on {'the grid' if steps is not None else 'all reals of the box'}" if holds else "counterexample"
    seconds = round(time.perf_counter() - begun, 3)
    if certificate is not None and out is not None:
        write_cells(out, [network], certificate, seconds)
    if quiet and not as_json:
        print_line(verdict)
        return 0 if holds else 1
    inputs = dict(zip(network.inputs, map(str, decision.input or ()), strict=False))
    outputs = dict(zip(network.outputs, map(str, decision.output or ()), strict=False))
    looked_at = {"cells" if reals else "points": decision.points}
    report = {"verdict": verdict, **looked_at, "index": decision.index, "input": inputs, "output": outputs, "certificate": out}
    if as_json:
        print_json({**report, "seconds": seconds})
    else:
        _show(report, steps, f"{wanted}; {net}")
    return 0 if holds else 1


def _decision(net: Network, wanted: Property, certificate: Certificate) -> Decision:
    """What a certificate says; its point is held against the property's own definition."""
    from exactnet.foreign.properties import Decision
    from exactnet.kernel.values import evaluate

    for point in certificate.points:
        x = certificate.claim.input(point)
        y = evaluate(net, x)
        if not wanted.holds(x, y):
            raise RuntimeError("the point is no counterexample by definition: please report this as a defect")
        return Decision(0, None, x, y)
    return Decision(certificate.leaves, None, None, None)


def _show(report: Mapping[str, Any], steps: int | None, about: str) -> None:
    from exactnet.cli.render import facts, listing, number, print_verdict, show_tables

    print_verdict(report["verdict"], about)
    scope = "all reals of the box"
    if steps is not None:
        scope = f"{number(report['points'])} points, {steps} values a coordinate; nothing is said about reals between them"
    elif not report["input"]:
        scope = f"all reals of the box: {number(report['cells'])} cells, each with a proof"
    tables = [facts({"looked at": scope, "first at point": report["index"], "certificate": report["certificate"]})]
    if report["input"]:
        tables.append(listing(["input", "value>"], list(report["input"].items())))
        tables.append(listing(["output", "value>"], [[name, number(value)] for name, value in report["output"].items()]))
    show_tables(*tables)


def _on_reals(net: Network, wanted: Property, options: Options) -> Certificate:
    """The certificate of whether some real input of the box meets the assertions: a point, or a proof that is checked.

    First no input may come nearer than 1/ROOM to meeting them, then 1/LEAST. Where one does, and is no counterexample itself, the
    question is whether one meets them with any room at all.
    """
    from gmpy2 import mpq

    from exactnet.certify.cells import decide
    from exactnet.claims.cells.certificate import CERTIFIED, verify
    from exactnet.claims.cells.points import refutes
    from exactnet.foreign.properties import on_reals
    from exactnet.kernel.errors import DomainError

    claim, box = on_reals(net, wanted, mpq(1, ROOM))
    for room in (mpq(1, ROOM), mpq(1, LEAST), mpq(0)):
        claim = replace(claim, room=room or claim.room)
        certificate = decide(replace(claim, room=room), [net], box, options)
        if certificate.verdict == CERTIFIED and not room:
            break
        if certificate.verdict == CERTIFIED or refutes(claim, [net], box, certificate.points):
            certificate = replace(certificate, claim=claim)
            verify(certificate, [net])
            return certificate
    raise DomainError("undecided: no real input meets the assertions with room to spare, but some come nearer than 2^-200")
