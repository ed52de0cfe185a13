"""``exactnet flatten NET``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.inputs import check_network_path, check_writable, input_path, load
from exactnet.cli.options import json_option, max_file_option, net_argument, out_option, quiet_option
from exactnet.cli.output import print_json, print_line
from exactnet.errors import FormatError, clip_text

if TYPE_CHECKING:
    from gmpy2 import mpq

__all__ = ["command"]


def read_interval(text: str) -> tuple[mpq, mpq]:
    """Two rationals, ascending.

    >>> read_interval("0,1/2")
    (mpq(0,1), mpq(1,2))
    """
    from exactnet.rationals import parse_rational

    parts = text.split(",")
    if len(parts) != 2:
        raise FormatError(f"--interval {clip_text(text)}: not two numbers such as 0,1")
    low, high = map(parse_rational, parts)
    if not low < high:
        raise FormatError(f"--interval {clip_text(text)}: the first end is not below the second")
    return low, high


@click.command("flatten", short_help="A network of one input in depth 2, equal on all reals; its linear pieces.")
@net_argument()
@click.option("--interval", metavar="LOW,HIGH", help="Real inputs to consider. Default: all.")
@out_option("Write the network of depth 2 to OUT (.json).")
@max_file_option
@json_option
@quiet_option
def command(
    *, net: str, interval: str | None, out: str | None, max_file: int, as_json: bool, quiet: bool
) -> int:
    """Count the linear pieces of a ReLU network of one input, and write it in depth 2; equality on all reals is checked.

    \b
    Example:
      exactnet flatten net.json --interval 0,1 -o flat.json
    """
    begun = time.perf_counter()
    low, high = (None, None) if interval is None else read_interval(interval)
    if out is not None:
        check_network_path(out, False, False)
        check_writable(out, input_path(net))
    loaded = load(net, max_file)
    from gmpy2 import mpq

    from exactnet.construct.flatten import flatten
    from exactnet.evaluate.real_line import along_line, difference
    from exactnet.io import write_network
    from exactnet.measures import measure
    from exactnet.rationals import format_rational

    made = flatten(loaded.network, low, high)
    line = [mpq(0)], [mpq(1)]
    functions = along_line(loaded.network, *line), along_line(made, *line)
    rows: list[dict[str, Any]] = []
    for name, before, after in zip(loaded.network.outputs, *functions, strict=True):
        place = difference(before, after, low, high)
        rows.append(
            {
                "output": name,
                "pieces": before.pieces(low, high),
                "equal": place is None,
                "differs_at": None if place is None else format_rational(place),
            }
        )
    if out is not None:
        write_network(out, made, loaded.domain)
    equal = all(row["equal"] for row in rows)
    report = {
        "verdict": "equal" if equal else "different",
        "interval": None if interval is None else [format_rational(low), format_rational(high)],
        "outputs": rows,
        "original": measure(loaded.network).as_json(),
        "constructed": measure(made).as_json(),
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

    interval = report["interval"]
    where = "all reals" if interval is None else f"every real of [{interval[0]}, {interval[1]}]"
    print_verdict(report["verdict"], f"{net} and its network of depth 2, on {where}")
    outputs = [
        [row["output"], number(row["pieces"]), number(row["pieces"] - 1), row["differs_at"] or "nowhere"]
        for row in report["outputs"]
    ]
    show_tables(
        facts({"written to": out, "time": f"{report['seconds']} s"}),
        listing(["output", "linear pieces>", "ReLUs needed in depth 2, at least>", "differs at>"], outputs),
        measures_table(original=report["original"], flattened=report["constructed"]),
    )
