"""``exactnet certify NET``."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import click

from exactnet.cli.inputs import check_size, check_writable, input_path, load, network_domain, read_weight_bound
from exactnet.cli.options import (
    backend_option,
    cluster_option,
    net_argument,
    out_option,
    request_options,
    workers_option,
)
from exactnet.cli.output import plain, print_json, print_line, refusal_report
from exactnet.cli.progress import Meter
from exactnet.errors import RefusedError

if TYPE_CHECKING:
    from exactnet.certify import Relation
    from exactnet.pipeline import Request, Result

__all__ = ["command", "make_request", "report_refusal"]

STATUS = {"certified": 0, "refuted": 1}


@click.command("certify", short_help="Construct a network with small weights, and check it.")
@net_argument()
@request_options
@click.option(
    "--weight-bound",
    metavar="EXPR",
    help="A bound to hold weights and biases against besides the route's own, such as '4*(d+2)^4' (symbols: d inputs, "
    "k depth, m width, B bits, R, r, p, s).",
)
@workers_option
@cluster_option
@backend_option
@out_option("Write the certificate to OUT, and both networks beside it.")
def command(
    *,
    net: str,
    domain: str | None,
    route: str,
    moduli: str | None,
    constant: bool,
    precision: int | None,
    promised: int | None,
    clip: bool,
    max_inputs: int,
    max_file: int,
    weight_bound: str | None,
    workers: int | None,
    cluster: str | None,
    backend: str | None,
    out: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Construct a network with small weights that computes NET, and check it on every input of the domain.

    \b
    Example:
      exactnet certify iris --precision 1/100 -o certificate.json
    """
    begun = time.perf_counter()
    if out is not None:
        check_outputs(out, input_path(net))
    request = make_request(
        net=net,
        domain=domain,
        route=route,
        moduli=moduli,
        constant=constant,
        precision=precision,
        promised=promised,
        clip=clip,
        max_inputs=max_inputs,
        max_file=max_file,
        weight_bound=weight_bound,
    )
    from exactnet.distribute.running import make_runner
    from exactnet.pipeline import certify_network

    with make_runner(workers, journal_path(out), cluster, backend) as runner:
        try:
            with Meter(quiet) as meter:
                result = certify_network(request, meter, runner)
        except RefusedError as error:
            return report_refusal(request, str(error), begun, as_json)
        seconds = round(time.perf_counter() - begun, 3)
        certificate = result.certificate
        if out is not None:
            from exactnet.certificate_files import write_certificate

            write_certificate(out, request.net, result.constructed, certificate, seconds)
    if as_json:
        print_json(certificate.report(seconds))
    elif quiet:
        print_line(certificate.verdict)
    else:
        show(net, result, seconds, out)
    return STATUS[certificate.verdict]


def make_request(
    *,
    net: str,
    domain: str | None,
    route: str,
    moduli: str | None = None,
    constant: bool = False,
    precision: int | None,
    promised: int | None,
    clip: bool = False,
    max_inputs: int,
    max_file: int,
    weight_bound: str | None = None,
) -> Request:
    """Read everything that the options name, the cheap and the doubtful first."""
    stated = read_weight_bound(weight_bound)
    loaded = load(net, max_file)
    found = network_domain(domain, net, loaded, max_file)
    check_size(loaded.network, found, max_inputs)
    from exactnet.pipeline import Request

    options = {} if moduli is None else {"moduli": moduli}
    return Request(loaded.network, found, route, precision, promised, stated, max_inputs, options, constant, clip)


def report_refusal(request: Request, reason: str, begun: float, as_json: bool) -> int:
    """Say that a hypothesis fails; the exit status."""
    click.echo(f"exactnet: refused: {plain(reason)}", err=True)
    if as_json:
        from exactnet.certificate import domain_json
        from exactnet.measures import measure

        domain: Any = domain_json(request.domain)
        seconds = round(time.perf_counter() - begun, 3)
        original = measure(request.net, request.domain).as_json()
        print_json(refusal_report(reason, request.route, domain, original, seconds))
    return 2


def check_outputs(out: str, source: str | None = None) -> None:
    """Find out early whether the certificate and the networks beside it can be written."""
    from exactnet.certificate_files import companions

    journal = journal_path(out)
    for path in (out, *companions(out), *([] if journal is None else [journal])):
        check_writable(path, source)


def journal_path(out: str | None) -> str | None:
    """Where the journal of a run is kept that writes to ``out``; None where that is no file (a pipe, a device)."""
    return None if out is None or (os.path.exists(out) and not os.path.isfile(out)) else f"{out}.journal"


def _range(relation: Relation) -> str:
    return "values clipped to [-R, R]," if relation.kind == "clip" else "|N(x)| <="


def show(name: str, result: Result, seconds: float, out: str | None) -> None:
    """The result as tables."""
    from exactnet.cli.render import number, print_report

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
    print_report(certificate.report(seconds), name, rows)
