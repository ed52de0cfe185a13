"""``--structural``: what :mod:`exactnet.cli.certify` and :mod:`exactnet.cli.check` do with proofs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.inputs import check_weight_bound, load, network_domain
from exactnet.cli.output import plain, print_json
from exactnet.kernel.errors import RefusedError

if TYPE_CHECKING:
    from exactnet.cli.asked import Asked
    from exactnet.cli.run import Run

__all__ = ["certify_by_proof_and_report", "check_and_report", "show_structural"]

STATUS = {"certified": 0, "refuted": 1, "wrong": 1}


def structural_report(document: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """What ``--json`` prints of a structural certificate."""
    names = (
        "verdict",
        "theorem",
        "statement",
        "route",
        "options",
        "domain",
        "original",
        "constructed",
        "proof",
        "bounds",
        "reason",
    )
    return {**{name: document[name] for name in names}, "seconds": seconds}


def certify_by_proof_and_report(asked: Asked, run: Run) -> int:
    """Construct, prove, check and write; the exit status."""
    from exactnet.certify.structural.certificates import certify_by_proof, write_structural

    loaded = load(asked.net, run.max_file)
    domain = network_domain(asked.domain, asked.net, loaded, run.max_file)
    check_weight_bound(asked.weight_bound)
    try:
        result = certify_by_proof(
            loaded.network,
            domain,
            route=asked.route,
            options={} if asked.moduli is None else {"moduli": asked.moduli},
            precision=asked.precision,
            output_range=asked.promised,
            clip=asked.clip,
            stated=asked.weight_bound,
        )
    except RefusedError as error:
        click.echo(f"exactnet: {plain(str(error))}", err=True)
        if run.as_json:
            print_json({"verdict": None, "reason": str(error), "seconds": run.seconds})
        return 2
    document = result.document if run.out is None else write_structural(run.out, result, run.seconds)
    show_structural(document, asked.net, run)
    return STATUS[document["verdict"]]


def show_structural(document: Mapping[str, Any], about: str, run: Run) -> None:
    """A structural certificate as a report, a word or tables."""
    report = structural_report(document, run.seconds)
    run.say(report, document["verdict"], lambda: _tables(document, about, run.out, report["seconds"]))


def _tables(document: Mapping[str, Any], about: str, out: str | None, seconds: float) -> None:
    from exactnet.cli.render import bounds_table, facts, measures_table, print_verdict, show_tables

    rows = {
        "reason": document["reason"],
        "theorem": document["theorem"],
        "route": document["route"],
        "options": ", ".join(f"{option} = {plain(value)}" for option, value in document["options"].items()),
        "proof": f"{document['proof']['lines']} lines, checked",
        "certificate": out,
        "time": f"{seconds} s",
    }
    print_verdict(document["verdict"], about)
    show_tables(
        facts(rows),
        measures_table(original=document["original"], constructed=document["constructed"]),
        bounds_table(document["bounds"]),
    )


def check_and_report(path: str, run: Run) -> int:
    """Check a structural certificate; the exit status."""
    from exactnet.check.structural import check_structural

    checked = check_structural(path, max_file=run.max_file)
    verdict = "refuted" if checked.verdict == "wrong" and run.as_json else checked.verdict
    document = {**checked.report, "verdict": verdict, "reason": checked.reason}
    show_structural(document, path, run)
    return STATUS[checked.verdict]
