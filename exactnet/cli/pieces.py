"""``exactnet pieces NET``."""

from __future__ import annotations

from typing import Any

import click

from exactnet.cli.inputs import load
from exactnet.cli.options import json_option, max_file_option, net_argument, read
from exactnet.cli.output import plain, print_json
from exactnet.kernel.errors import FormatError

__all__ = ["command"]

#: More breakpoints than this are only shown with ``--json``.
SHOWN = 40


def read_point(text: str) -> Any:
    """Coordinates separated by commas.

    >>> [str(x) for x in read_point("-1,1/2")]
    ['-1', '1/2']
    """
    from exactnet.kernel.rationals import parse_rational

    return [parse_rational(part.strip()) for part in text.split(",")]


@click.command("pieces", short_help="Count the linear pieces of NET along a line, exactly.")
@net_argument()
@click.option("--from", "first", metavar="X,X,…", callback=read(read_point), help="Where the line begins. Default: -p, …, -p.")
@click.option("--to", "last", metavar="X,X,…", callback=read(read_point), help="Where it ends. Default: p, -p, …, -p.")
@max_file_option
@json_option
def command(*, net: str, first: Any, last: Any, max_file: int, as_json: bool) -> int:
    """Count the linear pieces of a ReLU network along the line from a point to another, and list the breakpoints.

    Breakpoints are exact; t runs from 0 to 1 along the line. The defaults are for a network on a grid I_p.

    \b
    Example:
      exactnet pieces net.json --from -1,0 --to 1,1/2
    """
    from exactnet.claims.reals.segment import pieces_between
    from exactnet.kernel.measures import measure
    from exactnet.theory.continuous import PIECES, evaluate

    loaded = load(net, max_file)
    network = loaded.network
    if first is None or last is None:
        if loaded.domain is None or loaded.domain.kind != "grid":
            raise FormatError(f"{plain(net)}: names no grid; give --from and --to")
        p = loaded.domain.p
        rest = [-p] * (len(network.inputs) - 1)
        from gmpy2 import mpq

        first = first or [mpq(x) for x in (-p, *rest)]
        last = last or [mpq(x) for x in (p, *rest)]
    piecewise = pieces_between(network, first, last)
    most = evaluate(PIECES, {"m": _most(network), "k": measure(network).depth})
    report: dict[str, Any] = {
        "from": [str(x) for x in first],
        "to": [str(x) for x in last],
        "bound": str(most),
        "outputs": {
            name: {
                "pieces": function.pieces,
                "knots": [{"t": str(t), "value": str(value)} for t, value in function.knots()],
            }
            for name, function in zip(network.outputs, piecewise, strict=True)
        },
    }
    if as_json:
        print_json(report)
        return 0
    from exactnet.cli.render import facts, listing, number, show_tables

    where = f"from ({', '.join(report['from'])}) to ({', '.join(report['to'])})"
    tables = [facts({"network": net, "line": where, "pieces at most": f"(m+1)^(k-1) = {number(most)}"})]
    tables.append(listing(["output", "linear pieces>"], [[name, row["pieces"]] for name, row in report["outputs"].items()]))
    for name, row in report["outputs"].items():
        if len(row["knots"]) <= SHOWN:
            tables.append(listing(["t", f"{name}>"], [[number(knot["t"]), number(knot["value"])] for knot in row["knots"]]))
    show_tables(*tables)
    return 0


def _most(network: Any) -> int:
    from collections import Counter

    from exactnet.cli.show import layers

    return max(Counter(layers(network).values()).values(), default=0)
