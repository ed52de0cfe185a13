"""``exactnet depth FILE``: activation domains, and the limit of ever deeper networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.inputs import reserve_outputs
from exactnet.cli.options import rational, read
from exactnet.cli.run import Run, runs
from exactnet.kernel.errors import FormatError, clip_text

if TYPE_CHECKING:
    from exactnet.claims.depth import Findings, Layer, Tail

__all__ = ["command", "show_checked"]


def _read_tail(text: str) -> Tail:
    from exactnet.claims.depth import Tail

    parts = text.split(",")
    if len(parts) != 3:
        raise FormatError(f"{clip_text(text)} is not a,b,rho")
    return Tail(*map(rational, parts))


@click.command("depth", short_help="Activation domains, and the limit of ever deeper networks.")
@click.argument("layers", metavar="FILE")
@click.option(
    "--tail",
    metavar="a,b,rho",
    callback=read(_read_tail),
    help="Every layer i, in FILE and after it, has |W_i - I| <= a rho^i and |b_i| <= b rho^i.",
)
@runs("max_file", out="Write the certificate, which holds the layers, to OUT.")
def command(*, layers: str, tail: Any, run: Run) -> int:
    """The activation domains of a ReLU network of constant width on [0, 1]^m, each with its affine map, and how far the limit is.

    FILE is JSON: {"layers": [{"W": ["1 1/2", "0 1"], "b": "0 1"}, ...]}, each row of a matrix a text. With --tail, the limit of
    every continuation by the rule is within a certified number of the network.

    \b
    Example:
      exactnet depth layers.json --tail 4,2,1/2
    """
    if run.out is not None:
        reserve_outputs(run.out, (), [layers])
    from exactnet.claims.depth import findings
    from exactnet.files.depth import read_layers, write_depth

    found_layers = read_layers(layers, run.max_file)
    findings_of = findings(found_layers, tail)
    if run.out is not None:
        write_depth(run.out, found_layers, tail, findings_of, run.seconds)
    _report(found_layers, tail, findings_of, layers, run)
    return 0


def _report(layers: Sequence[Layer], tail: Tail | None, findings_of: Findings, about: str, run: Run) -> None:
    from exactnet.cli.render import facts, listing, number, print_verdict, show_tables
    from exactnet.files.depth import document_of

    settled, n, needed = sum(cell.settled for cell in findings_of.cells), len(layers), findings_of.necessary
    limit = None if findings_of.limit is None else f"|N - N_{n}| <= {number(findings_of.limit)} for every continuation by the rule"
    first = (
        needed
        and f"cell {needed.cell + 1}: all active from layer {needed.first} on, maps with inverses: D3 holds there"
    )
    rows = {
        "network": f"{n} layers of {len(layers[0][1])} ReLUs",
        "cells": f"{len(findings_of.cells)} activation domains with interior; later ReLUs all active on {settled}",
        "limit": limit,
        "necessary": first,
        "certificate": run.out,
        "time": f"{run.seconds} s",
    }
    steps = [[i, number(supremum), number(bound)] for i, (supremum, bound) in enumerate(findings_of.steps, 1)]

    def show() -> None:
        print_verdict("certified", about)
        show_tables(facts(rows), listing(["layer>", "sup |N_i - N_(i-1)|>", "bound>"], steps))

    run.say({**document_of(layers, tail, findings_of), "seconds": run.seconds}, "certified", show)


def show_checked(report: Mapping[str, Any], path: str, run: Run) -> None:
    """What ``exactnet check`` shows of a right certificate of the format ``exactnet-depth/1``."""
    _report(report["layers"], report["tail"], report["findings"], path, run)
