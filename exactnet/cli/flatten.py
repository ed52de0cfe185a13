"""``exactnet flatten NET``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.inputs import check_network_path, check_writable, input_path, load
from exactnet.cli.options import json_option, max_file_option, net_argument, out_option, quiet_option
from exactnet.cli.output import plain, print_json, print_line
from exactnet.kernel.errors import FormatError, clip_text

if TYPE_CHECKING:
    from gmpy2 import mpq

    from exactnet.kernel.domain import Domain

__all__ = ["command"]


def read_interval(text: str) -> tuple[mpq, mpq]:
    """Two rationals, ascending.

    >>> read_interval("0,1/2")
    (mpq(0,1), mpq(1,2))
    """
    from exactnet.kernel.rationals import parse_rational

    parts = text.split(",")
    if len(parts) != 2:
        raise FormatError(f"--interval {clip_text(text)}: not two numbers such as 0,1")
    low, high = map(parse_rational, parts)
    if not low < high:
        raise FormatError(f"--interval {clip_text(text)}: the first end is not below the second")
    return low, high


def default_interval(net: str, domain: Domain | None) -> tuple[mpq, mpq]:
    """From ``-p`` to ``p`` on a grid."""
    if domain is None or domain.kind != "grid":
        raise FormatError(f"{plain(net)}: names no grid; give --interval LOW,HIGH")
    return domain[0][0], domain[domain.count - 1][0]


@click.command("flatten", short_help="A network of one input in depth 2, equal on an interval of reals.")
@net_argument()
@click.option("--interval", metavar="LOW,HIGH", help="Real inputs to consider. Default: -p,p for a network on the grid I_p.")
@out_option("Write the network of depth 2 to OUT (.json).")
@max_file_option
@json_option
@quiet_option
def command(
    *, net: str, interval: str | None, out: str | None, max_file: int, as_json: bool, quiet: bool
) -> int:
    """Count the linear pieces of a ReLU network of one input, and write it in depth 2; equality on the interval is checked.

    \b
    Example:
      exactnet flatten net.json --interval 0,1 -o flat.json
    """
    begun = time.perf_counter()
    ends = None if interval is None else read_interval(interval)
    if out is not None:
        check_network_path(out, False, False)
        check_writable(out, input_path(net))
    loaded = load(net, max_file)
    from exactnet.construct.functions.flatten import flatten, on_interval
    from exactnet.files.networks import write_network
    from exactnet.kernel.measures import measure
    from exactnet.kernel.rationals import format_rational

    low, high = ends or default_interval(net, loaded.domain)
    flat = flatten(loaded.network, low, high)
    functions = on_interval(loaded.network, low, high), on_interval(flat, low, high)
    rows: list[dict[str, Any]] = []
    for name, before, after in zip(loaded.network.outputs, *functions, strict=True):
        place = next((x for x, y in (before - after).knots() if y), None)
        rows.append(
            {
                "output": name,
                "pieces": before.pieces,
                "equal": place is None,
                "differs_at": None if place is None else format_rational(place),
            }
        )
    if out is not None:
        write_network(out, flat, loaded.domain)
    equal = all(row["equal"] for row in rows)
    report = {
        "verdict": "equal" if equal else "different",
        "interval": [format_rational(low), format_rational(high)],
        "outputs": rows,
        "original": measure(loaded.network).as_json(),
        "constructed": measure(flat).as_json(),
        "seconds": round(time.perf_counter() - begun, 3),
    }
    if as_json:
        print_json(report)
    elif quiet:
        print_line(str(report["verdict"]))
    else:
        show(net, report, out)
    return 0 if equal else 1


def show(net: str, report: dict[str, Any], out: str | None) -> None:
    """The report as tables."""
    from exactnet.cli.render import facts, listing, measures_table, number, print_verdict, show_tables

    low, high = report["interval"]
    print_verdict(report["verdict"], f"{net} and its network of depth 2, on every real of [{low}, {high}]")
    outputs = [
        [row["output"], number(row["pieces"]), number(row["pieces"] - 1), row["differs_at"] or "nowhere"]
        for row in report["outputs"]
    ]
    show_tables(
        facts({"written to": out, "time": f"{report['seconds']} s"}),
        listing(["output", "linear pieces>", "ReLUs needed in depth 2, at least>", "differs at>"], outputs),
        measures_table(original=report["original"], flattened=report["constructed"]),
    )
