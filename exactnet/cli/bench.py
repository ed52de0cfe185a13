"""``exactnet bench``."""

from __future__ import annotations

import click

from exactnet.cli.options import json_option
from exactnet.cli.output import print_json

__all__ = ["command"]


@click.command("bench", short_help="Measure inputs per second of the evaluators.")
@click.option("--d", type=click.IntRange(2, 24), default=12, show_default=True, help="Inputs of the instance.")
@click.option("--bits", type=click.IntRange(1, 4096), default=64, show_default=True, help="Bits of its weights.")
@click.option("--samples", type=click.IntRange(1, 10**6), default=20, show_default=True, help="Inputs for the reference.")
@json_option
def command(*, d: int, bits: int, samples: int, as_json: bool) -> int:
    """Evaluate clipped (m = 4, seed 1) and its network of route A with every evaluator, in one run.

    \b
    Example:
      exactnet bench --d 12
    """
    from exactnet.bench import bench

    rates = bench(d, bits, samples)
    slow = {rate.network: rate.per_second for rate in rates if rate.evaluator == "reference"}
    rows = [
        {
            "network": rate.network,
            "evaluator": rate.evaluator,
            "inputs": rate.inputs,
            "inputs_per_second": round(rate.per_second, 1),
            "ratio_to_reference": round(rate.per_second / slow[rate.network], 1),
        }
        for rate in rates
    ]
    if as_json:
        print_json({"instance": {"family": "clipped", "d": d, "m": 4, "bits": bits, "seed": 1}, "rates": rows})
        return 0
    from rich.console import Console
    from rich.table import Table

    table = Table("network", "evaluator", "inputs", "inputs/s", "ratio", title=f"clipped, d = {d}, m = 4, {bits} bits, seed 1")
    for row in rows:
        table.add_row(
            str(row["network"]),
            str(row["evaluator"]),
            str(row["inputs"]),
            f"{row['inputs_per_second']:,}",
            f"{row['ratio_to_reference']:,}",
        )
    Console().print(table)
    return 0
