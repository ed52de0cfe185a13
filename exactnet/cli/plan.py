"""``exactnet plan NET``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.construction import Construction, asks, make_request
from exactnet.cli.output import plain
from exactnet.cli.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exactnet.certify.outlook import Outlook, Rounding

__all__ = ["command"]


@click.command("plan", short_help="Say what every route would need, and what helps.")
@asks(fast=False)
def command(*, construction: Construction, run: Run) -> int:
    """Say what every route would need to certify NET, before the work begins, and what helps: bound, prediction, memory, time.

    Values are looked at on at most 100 inputs. A prediction lays out a network in a moment, and is left out where that takes more.
    Exit status 0: some route is expected to fit; 2: none is.

    \b
    Example:
      exactnet plan iris --precision 1/100
    """
    request = make_request(construction, run)
    from exactnet.certify.outlook import dust, outlooks, rounding, task_of
    from exactnet.files.reports import domain_json

    net, domain = request.net, request.domain
    task, refused = task_of(net, domain, request.precision, request.promised, run.max_memory)
    rows = outlooks(task)
    grains, helps = dust(net), rounding(net, domain)
    after: Outlook | None = None
    if helps is not None:
        rounded, refused_after = task_of(helps.network, domain, request.precision, request.promised, run.max_memory)
        predicted = [one for one in outlooks(rounded, ["compact"]) if one.predicted is not None and refused_after is None]
        after = predicted[0] if predicted else None
    fits = refused is None and any(one.fits for one in rows)
    report: dict[str, Any] = {
        "fits": fits,
        "statement": task.statement.name,
        "domain": domain_json(domain),
        "R": task.output_range,
        "r": task.r,
        "refused": refused,
        "routes": [_json(one) for one in rows],
        "dust": grains and grains.words(),
        "remedy": helps and {
            "step": str(helps.step),
            "bits": list(helps.bits),
            "largest": str(helps.largest),
            "after": after and _json(after),
        },
        "seconds": run.seconds,
    }
    run.say(report, "fits" if fits else "too large", lambda: _tables(construction, report, rows, helps, after))
    return 0 if fits else 2


def _tables(
    construction: Construction,
    report: Mapping[str, Any],
    outlooks_shown: Sequence[Outlook],
    helps: Rounding | None,
    after: Outlook | None,
) -> None:
    from exactnet.claims.statements import STATEMENTS
    from exactnet.cli.render import domain_words, facts, listing, number, print_verdict, show_tables
    from exactnet.construct.base.memory import bytes_text

    rows = []
    for one in outlooks_shown:
        size = one.predicted
        counts = ["-"] * 4 if size is None else [number(value) for value in (size.gates, size.depth, size.wires, size.max_weight)]
        memory = "-"
        if one.memory is not None:
            amount = bytes_text(one.memory) if one.memory < 2**60 else f"2^{one.memory.bit_length()} bytes"
            memory = amount if size else f"~{amount}"
        seconds = "-" if one.seconds is None else f"{one.seconds:.0f} s"
        bound = "-" if one.gates is None else number(one.gates)
        rows.append([one.route, bound, *counts, memory, seconds, plain(one.reason or "")])
    rounding = None
    if helps is not None:
        size = None if after is None else after.predicted
        then = "still large" if size is None else f"then {number(size.gates)} gates by route compact are predicted"
        rounding = f"{helps.words(construction.net)}; {then}"
    print_verdict("fits" if report["fits"] else "too large", construction.net)
    columns = ["route", "neurons at most>", "gates>", "depth>", "wires>", "weight>", "memory>", "time>", ""]
    show_tables(
        facts(
            {
                "statement": f"{report['statement']}: {STATEMENTS[report['statement']].meaning}",
                "domain": domain_words(report["domain"]),
                "R, r": f"R >= {number(report['R'])}, r {'=' if construction.precision else '>='} {number(report['r'])}",
                "refused": report["refused"],
                "dust": report["dust"],
                "rounding": rounding,
                "time": f"{report['seconds']} s",
            }
        ),
        listing(columns, rows),
    )


def _json(one: Outlook) -> dict[str, Any]:
    size = one.predicted
    return {
        "route": one.route,
        "bound": None if one.gates is None else str(one.gates),
        "predicted": None if size is None else size.as_json(),
        "memory": one.memory,
        "seconds": None if one.seconds is None else round(one.seconds, 1),
        "reason": one.reason,
    }
