"""``exactnet certify NET``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from exactnet.cli.construction import ROUTE_OPTIONS, Construction, asks, make_request, report_refusal
from exactnet.cli.inputs import check_certificate_path, input_path
from exactnet.cli.run import Run
from exactnet.kernel.errors import DomainError, RefusedError, SizeError

if TYPE_CHECKING:
    from exactnet.certify.few_bits import CompressRequest
    from exactnet.certify.memorize import MemorizeRequest
    from exactnet.certify.radial import RadialRequest
    from exactnet.certify.small_weights import Request, Result
    from exactnet.files.network_json import Source
    from exactnet.kernel.relation import Relation
    from exactnet.kernel.runs import Progress, Runner

__all__ = ["certify_and_report", "command"]

R = TypeVar("R", "Request", "CompressRequest", "MemorizeRequest", "RadialRequest")

STATUS = {"certified": 0, "refuted": 1}


@click.command("certify", short_help="Construct a network with small weights, and check it.")
@asks(
    *ROUTE_OPTIONS,
    click.option(
        "--weight-bound",
        metavar="EXPR",
        help="A bound to hold weights and biases against besides the route's own, such as '4*(d+2)^4' (symbols: d inputs, "
        "k depth, m width, B bits, R, r, p, s).",
    ),
    click.option(
        "--structural",
        is_flag=True,
        help="Prove the network right for all inputs of the cube or grid, however many, in place of evaluating them "
        "(routes lookahead, compact, residue, stacked). Beyond 2^28 inputs, and --max-inputs, this is done by itself.",
    ),
    out="Write the certificate to OUT, and both networks beside it.",
)
def command(*, construction: Construction, run: Run) -> int:
    """Construct a network with small weights that computes NET, and check it on every input of the domain.

    \b
    Example:
      exactnet certify iris --precision 1/100 -o certificate.json
    """
    if run.out is not None:
        check_certificate_path(run.out, input_path(construction.net))
    from exactnet.cli.structural import certify_by_proof_and_report, out_of_reach

    if construction.structural:
        return certify_by_proof_and_report(construction, run)
    try:
        request = make_request(construction, run)
    except DomainError:
        if not out_of_reach(construction, run):
            raise
        return certify_by_proof_and_report(construction, run)
    from exactnet.certify.small_weights import certify_network

    return certify_and_report(construction.net, request, certify_network, run, request.source)


def certify_and_report(
    name: str, request: R, work: Callable[[R, Progress, Runner], Result], run: Run, source: Source | None = None
) -> int:
    """Do the work, write the certificate, and say what came of it; the exit status."""
    from exactnet.cli.attempts import attempts_json, show_attempts
    from exactnet.files.reports import certificate_report

    try:
        with run.meter as meter:
            result = work(request, meter, run.runner(fast=True))
    except (RefusedError, SizeError) as error:
        from exactnet.certify.outlook import remedy

        reason = f"{error}{remedy(request.net, request.domain, name)}"
        if isinstance(error, SizeError):
            raise SizeError(reason) from None
        return report_refusal(request, reason, run)
    seconds, certificate = run.seconds, result.certificate
    if run.out is not None:
        from exactnet.files.certificate_writer import write_certificate

        write_certificate(run.out, request.net, result.constructed, certificate, seconds, source=source)

    def tables() -> None:
        show_attempts(request.minimised, result.attempts, certificate.route)
        show(name, result, seconds, run.out)

    report = {**certificate_report(certificate, seconds), **attempts_json(request.minimised, result.attempts)}
    run.say(report, certificate.verdict, tables)
    return STATUS[certificate.verdict]


def _range(relation: Relation) -> str:
    return "values clipped to [-R, R]," if relation.kind == "clip" else "|N(x)| <="


def show(name: str, result: Result, seconds: float, out: str | None) -> None:
    """The result as tables."""
    from exactnet.cli.render import number, print_report
    from exactnet.files.reports import certificate_report

    certificate = result.certificate
    symbols = ", ".join(f"{symbol} = {number(value)}" for symbol, value in certificate.parameters.items())
    largest, r = number(certificate.parameters["R"]), number(certificate.relation.r or 1)
    rows = {
        "R, r": f"{_range(certificate.relation)} R = {largest}, r = {r}",
        "options": ", ".join(f"{option} = {value}" for option, value in certificate.options.items()),
        "SHA-256 of outputs": certificate.digest,
        "certificate": out,
        "symbols": symbols,
    }
    print_report(certificate_report(certificate, seconds), name, rows)
