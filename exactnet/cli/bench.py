"""``exactnet bench``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from exactnet.cli.inputs import input_path
from exactnet.cli.options import json_option, quiet_option
from exactnet.cli.output import print_json
from exactnet.draw.progress import Meter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.table import Table

    from exactnet.bench.measurements import Report, Row

__all__ = ["command"]

_REACHED = {"aim": "aim", "least": "yes", "no": "NO", None: ""}


@click.command("bench", short_help="Measure speed, memory and growth, all in one run.")
@click.option("--circuit", metavar="NET", default="digits", show_default=True, help="Circuit to compare with a copy of it.")
@click.option("--networks", metavar="FOLDER", type=click.Path(), help="Measure what is asked of real networks, on files in FOLDER.")
@click.option("--quick", is_flag=True, help="Tiny instances: to see that it works, not to learn anything.")
@json_option
@quiet_option
def command(*, circuit: str, networks: str | None, quick: bool, as_json: bool, quiet: bool) -> int:
    """Measure exactnet on clipped (m = 4, 64 bits, seed 1) and its network of route A, beside what it must reach.

    onnxruntime and SciPy come with exactnet[bench]; without them their rows are not measured. Every time is the best
    of several; takes some minutes.

    \b
    Example:
      exactnet bench --quick

    With --networks, nothing else is measured (docs/public-networks.md lists the files).
    """
    from pathlib import Path

    if networks is not None:
        return _networks(Path(networks), quiet, as_json)
    path = input_path(circuit)

    from exactnet.bench.measurements import FULL, QUICK, bench

    with Meter(quiet or as_json) as meter:
        report = bench(QUICK if quick else FULL, Path(path), meter)
    if as_json:
        print_json(report.as_json())
    else:
        from exactnet.cli.render import show_tables

        show_tables(*tables(report))
    return 0


def _networks(folder: Path, quiet: bool, as_json: bool) -> int:
    from exactnet.bench.networks import asked
    from exactnet.kernel.errors import FormatError, clip_text

    if not folder.is_dir():
        raise FormatError(f"{clip_text(str(folder))} is no folder of networks")
    with Meter(quiet or as_json) as meter:
        rows = list(asked(folder, progress=meter))
    if as_json:
        print_json({"rows": [{**asdict(row), "reached": row.reached} for row in rows]})
    else:
        from exactnet.cli.render import show_tables

        show_tables(_listed(rows))
    return 0


def _listed(rows: Sequence[Row]) -> Table:
    from exactnet.cli.render import listing

    return listing(["what", "measured>", "at least>", "aim>", "reached"], [[r.what, *shown(r), _REACHED[r.reached]] for r in rows])


def shown(row: Row) -> tuple[str, str, str]:
    """The value of a row, the least and the aim, with their unit.

    >>> from exactnet.bench.measurements import Row
    >>> shown(Row("", 12345.6, "times", 10_000, 100_000))
    ('12,346 times', '10,000 times', '100,000 times')
    """
    unit = "" if row.unit == "slope" else f" {row.unit}"
    value = row.note if row.value is None else f"{row.value:,.0f}{unit}" if row.value >= 100 else f"{row.value:.3g}{unit}"
    return value, f"{row.least:,}{unit}", f"{row.aim:,}{unit}"


def tables(report: Report) -> tuple[Table, ...]:
    """Everything as tables: machine, rows, rates, growth, slopes, wide values, packed bits, building, floats."""
    from exactnet.cli.render import facts, listing

    rates = [
        [rate["network"], rate["evaluator"], f"{rate['inputs_per_second']:,.0f}", rate["note"]] for rate in report.rates
    ]
    costs = [
        [g.varied, f"2^{g.d}", str(g.m), str(g.bits), f"{g.gates:,}", *(f"{s:.3f}" for s in (g.build, g.check, g.blocks))]
        for g in report.growth
    ]
    kinds = ("build", "check", "blocks")
    slopes = [
        [varied, *(f"{report.slopes[f'{kind} against {varied}']:.2f}" for kind in kinds)]
        for varied in ("inputs", "gates", "bits")
    ]
    floats = [
        [str(f["bits"]), f["network"], f["type"], f"{f['inputs']:,}", f"{f['values']:,}", f"{f['signs']:,}"]
        for f in report.floats
    ]
    wide = [[str(w["bits"]), w["evaluator"], f"{w['inputs_per_second']:,.0f}"] for w in report.wide]
    packed = [
        [what, f"{value:,}" if isinstance(value, int) else f"{value:,.1f}", "" if "one bit" in what or "read" in what else "ps"]
        for what, value in report.packing.items()
    ]
    building = [
        [b["what"], f"{b['wires']:,}", f"{b['seconds']:.2f}", f"{b['bytes_per_wire']:,.0f}"] for b in report.building
    ]
    return (
        facts(report.machine),
        _listed(report.rows),
        listing(["network", "evaluator", "inputs/s>", ""], rates),
        listing(["varied", "inputs>", "m>", "bits>", "gates>", "build, s>", "check, s>", "blocks, s>"], costs),
        listing(["log-log slope against", "build>", "check>", "blocks>"], slopes),
        listing(["bits>", "evaluator", "inputs/s>"], wide),
        listing(["", "measured>", ""], packed),
        listing(["", "wires>", "CPU s>", "bytes/wire>"], building),
        listing(["bits>", "network", "evaluated in", "inputs>", "wrong values>", "wrong signs>"], floats),
    )
