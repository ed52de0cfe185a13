"""``exactnet flatten NET``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.inputs import check_network_path, check_writable, input_path, load, reserve_outputs
from exactnet.cli.options import json_option, max_file_option, net_argument, out_option, quiet_option
from exactnet.cli.output import plain, print_json, print_line
from exactnet.kernel.errors import ExactnetError, FormatError, clip_text

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
@click.option(
    "--certificate", metavar="C", help="Write a certificate that both are equal on the interval to C, with both networks beside it."
)
@max_file_option
@json_option
@quiet_option
def command(
    *,
    net: str,
    interval: str | None,
    out: str | None,
    certificate: str | None,
    max_file: int,
    as_json: bool,
    quiet: bool,
) -> int:
    """Count the linear pieces of a ReLU network of one input, and write it in depth 2; equality on the interval is decided.

    \b
    Example:
      exactnet flatten net.json --interval 0,1 -o flat.json --certificate equal.json
    """
    begun = time.perf_counter()
    ends = None if interval is None else read_interval(interval)
    if out is not None:
        check_network_path(out, False, False)
        check_writable(out, input_path(net))
    if certificate is not None:
        from exactnet.files.cells import all_files

        if out in all_files(certificate, 2):
            raise FormatError(f"{plain(certificate)}: OUT is a file of the certificate, too; give another name")
        reserve_outputs(certificate, all_files(certificate, 2), [input_path(net)])
    loaded = load(net, max_file)
    from exactnet.certify.cells import decide
    from exactnet.claims.cells.certificate import CERTIFIED, verify
    from exactnet.claims.cells.claims import Claim
    from exactnet.claims.cells.polyhedron import Polyhedron
    from exactnet.construct.functions.flatten import flatten, on_interval
    from exactnet.files.cells import write_cells
    from exactnet.files.networks import write_network
    from exactnet.kernel.measures import measure
    from exactnet.kernel.rationals import format_rational

    low, high = ends or default_interval(net, loaded.domain)
    pair = loaded.network, flatten(loaded.network, low, high)
    equality = decide(Claim("segment"), pair, Polyhedron.box(1, low, high))
    verify(equality, pair)
    if equality.verdict != CERTIFIED:
        place = format_rational(equality.points[0][0])
        raise ExactnetError(f"{plain(net)}: what has been constructed differs at {place}; please report this")
    seconds = round(time.perf_counter() - begun, 3)
    if out is not None:
        write_network(out, pair[1], loaded.domain)
    if certificate is not None:
        write_cells(certificate, pair, equality, seconds)
    pieces = {name: function.pieces for name, function in zip(pair[0].outputs, on_interval(pair[0], low, high), strict=True)}
    report: dict[str, Any] = {
        "verdict": "equal",
        "interval": [format_rational(low), format_rational(high)],
        "outputs": [{"output": name, "pieces": count, "equal": True, "differs_at": None} for name, count in pieces.items()],
        "original": measure(pair[0]).as_json(),
        "constructed": measure(pair[1]).as_json(),
        "seconds": seconds,
    }
    if as_json:
        print_json(report)
    elif quiet:
        print_line(str(report["verdict"]))
    else:
        show(net, report, {"written to": out, "certificate": certificate})
    return 0


def show(net: str, report: dict[str, Any], files: dict[str, object]) -> None:
    """The report as tables."""
    from exactnet.cli.render import facts, listing, measures_table, number, print_verdict, show_tables

    low, high = report["interval"]
    print_verdict(report["verdict"], f"{net} and its network of depth 2, on every real of [{low}, {high}]")
    outputs = [
        [row["output"], number(row["pieces"]), number(row["pieces"] - 1), row["differs_at"] or "nowhere"]
        for row in report["outputs"]
    ]
    show_tables(
        facts({**files, "time": f"{report['seconds']} s"}),
        listing(["output", "linear pieces>", "ReLUs needed in depth 2, at least>", "differs at>"], outputs),
        measures_table(original=report["original"], flattened=report["constructed"]),
    )
