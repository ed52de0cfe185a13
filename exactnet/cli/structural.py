"""``--structural``: what :mod:`exactnet.cli.certify` and :mod:`exactnet.cli.check` do with proofs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.inputs import check_weight_bound, load, network_domain
from exactnet.cli.output import plain, print_json
from exactnet.kernel.domain import Points
from exactnet.kernel.errors import FormatError, RefusedError

if TYPE_CHECKING:
    from exactnet.cli.construction import Construction
    from exactnet.cli.differences import Pair
    from exactnet.cli.run import Run

__all__ = ["certify_by_proof_and_report", "compare_by_proof_and_report", "out_of_reach", "show_checked", "show_unchecked"]

STATUS = {"certified": 0, "refuted": 1, "wrong": 1}


#: A domain with more inputs is not enumerated unless ``--max-inputs`` says so.
REACH = 2**28


def out_of_reach(construction: Construction, run: Run) -> bool:
    """Whether a network has too many inputs to be evaluated on, and a route whose networks are proved."""
    if (
        construction.route not in ("lookahead", "compact", "residue", "stacked")
        or construction.moduli not in (None, "proven")
    ):
        return False
    loaded = load(construction.net, run.max_file)
    domain = network_domain(construction.domain, construction.net, loaded, run.max_file)
    return domain.d == len(loaded.network.inputs) and domain.count > max(run.max_inputs, REACH)


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
        "copying",
        "bounds",
        "reason",
    )
    return {**{name: document[name] for name in names if name in document}, "seconds": seconds}


def certify_by_proof_and_report(construction: Construction, run: Run) -> int:
    """Construct, prove, check and write; the exit status."""
    from exactnet.certify.structural.certificates import certify_by_proof, write_structural

    if construction.minimise is not None:
        raise FormatError("--minimise tries all routes on every input; a proof is of one route: name it by --route")
    loaded = load(construction.net, run.max_file)
    domain = network_domain(construction.domain, construction.net, loaded, run.max_file)
    check_weight_bound(construction.weight_bound)
    try:
        result = certify_by_proof(
            loaded.network,
            domain,
            route=construction.route,
            options={} if construction.moduli is None else {"moduli": construction.moduli},
            precision=construction.precision,
            output_range=construction.promised,
            clip=construction.clip,
            stated=construction.weight_bound,
            constant=construction.constant,
            budget=run.max_memory,
        )
    except RefusedError as error:
        from exactnet.files.document import counterexample_json

        counterexample = getattr(error, "counterexample", None)
        click.echo(f"exactnet: {plain(str(error))}", err=True)
        if run.as_json:
            verdict = {
                "verdict": counterexample and "refuted",
                "reason": str(error),
                "counterexample": counterexample_json(counterexample),
            }
            print_json({**verdict, "seconds": run.seconds})
        elif counterexample is not None and not run.quiet:
            from exactnet.cli.render import counterexample_table, show_tables

            show_tables(*counterexample_table(counterexample_json(counterexample) or {}))
        return 2 if counterexample is None else 1
    document = result.document if run.out is None else write_structural(run.out, result, run.seconds)
    show_structural(document, construction.net, run)
    return STATUS[document["verdict"]]


def show_structural(document: Mapping[str, Any], about: str, run: Run) -> None:
    """A structural certificate as a report, a word or tables."""
    from exactnet.theory.comparison import compare_with_original

    compared = compare_with_original(document)
    report = {**structural_report(document, run.seconds), "compared": compared.as_json()}
    run.say(report, document["verdict"], lambda: _tables(document, about, run.out, report["seconds"], compared.words()))


def _tables(
    document: Mapping[str, Any], about: str, out: str | None, seconds: float | None = None, size: str | None = None
) -> None:
    from exactnet.check.structural import proofs_of
    from exactnet.cli.render import bounds_table, facts, measures_table, print_verdict, show_tables

    rows = {
        "reason": document["reason"],
        "theorem": document["theorem"],
        "route": document["route"],
        "options": ", ".join(f"{option} = {plain(value)}" for option, value in document["options"].items()),
        "proof": " and ".join(f"{document[role]['lines']} lines" for role in proofs_of(document))
        + ("" if seconds is None else ", checked"),
        "certificate": out,
        "size": size,
        "time": seconds if seconds is None else f"{seconds} s",
    }
    print_verdict(document["verdict"], about)
    show_tables(
        facts(rows),
        measures_table(original=document["original"], constructed=document["constructed"]),
        bounds_table(document["bounds"]),
    )


def show_checked(report: Mapping[str, Any], path: str, run: Run) -> None:
    """What ``exactnet check`` shows of a right structural certificate."""
    show_structural(report, path, run)


def show_unchecked(path: str, max_file: int, as_json: bool) -> bool:
    """What a structural certificate says, without a look at its proofs; whether the file is one."""
    from exactnet.check.formats import find_checker
    from exactnet.check.structural import FORMAT, SCHEMA
    from exactnet.files.certificates import read_document

    if not os.path.isfile(path) or find_checker(path, max_file)[0] != FORMAT:
        return False
    document = read_document(path, max_file, SCHEMA)
    if as_json:
        print_json({**structural_report(document, 0), "verdict": None})
    else:
        _tables({**document, "verdict": "not checked here"}, path, None)
    return True


def compare_by_proof_and_report(pair: Pair) -> int:
    """Prove two networks equal, or find an input on which they differ; the exit status, 2 if neither is done."""
    from exactnet.certify.structural.comparing import compare_by_proof
    from exactnet.cli.render import print_report
    from exactnet.files.document import counterexample_json
    from exactnet.files.reports import domain_json
    from exactnet.kernel.measures import measure

    run, domain = pair.run, pair.domain
    assert not isinstance(domain, Points)
    result = compare_by_proof(*pair.networks, domain, run.runner(fast=True))
    report: dict[str, Any] = {
        "verdict": {"equal": "certified", "different": "refuted"}.get(result.word),
        "statement": "equal",
        "route": None,
        "domain": domain_json(domain),
        "original": measure(pair.networks[0], domain).as_json(),
        "constructed": measure(pair.networks[1], domain).as_json(),
        "bounds": [],
        "inputs_checked": result.tried,
        "counterexample": counterexample_json(result.counterexample),
        "reason": result.reason,
        "seconds": run.seconds,
    }
    if result.word == "unknown":
        click.echo(f"exactnet: {plain(result.reason)}", err=True)
        if run.as_json:
            print_json(report)
        return 2
    about, rows = "A = {}, B = {}".format(*pair.names), {"proof": result.lines and f"{result.lines} lines, checked"}
    run.say(report, result.word, lambda: print_report({**report, "verdict": result.word}, about, rows, ("A", "B")))
    return int(result.word == "different")
