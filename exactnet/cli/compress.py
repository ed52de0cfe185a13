"""``exactnet compress NET``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from exactnet.cli.certify import certify_and_report
from exactnet.cli.inputs import check_certificate_path, check_size, input_path, load, network_domain
from exactnet.cli.options import (
    cluster_option,
    domain_option,
    json_option,
    max_file_option,
    max_inputs_option,
    nearness_option,
    net_argument,
    out_option,
    quiet_option,
    tolerance_option,
    workers_option,
)

if TYPE_CHECKING:
    from gmpy2 import mpq

__all__ = ["command"]


@click.command("compress", short_help="Replace huge weights by weights of few bits, at the same depth.")
@net_argument()
@domain_option
@tolerance_option
@nearness_option
@click.option(
    "--solver",
    metavar="highs|walk|round",
    default="highs",
    show_default=True,
    help="highs: a basic solution, by a basis of HiGHS that is solved exactly; walk: one by an exact walk from NET; "
    "round: multiples of a power of two where the tolerance leaves room, else as highs.",
)
@max_inputs_option
@max_file_option
@workers_option
@cluster_option
@out_option("Write the certificate to OUT, and both networks beside it.")
@json_option
@quiet_option
def command(
    *,
    net: str,
    domain: str | None,
    epsilon: mpq | None,
    precision: int | None,
    solver: str,
    max_inputs: int,
    max_file: int,
    workers: int | None,
    cluster: str | None,
    out: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Replace the weights of NET by weights of few bits, and check the outputs on every input of the domain.

    The depth stays. Above depth 2 the hidden layers are unfolded into trees. Outputs stay equal, or within --epsilon.
    Needs the extra 'compress'.

    \b
    Example:
      exactnet compress net.json -o few.json
      exactnet certify few.constructed.json
    """
    begun = time.perf_counter()
    if out is not None:
        check_certificate_path(out, input_path(net))
    loaded = load(net, max_file)
    found = network_domain(domain, net, loaded, max_file)
    check_size(loaded.network, found, max_inputs)
    from exactnet.certify.few_bits import CompressRequest, compress_network

    request = CompressRequest(loaded.network, found, epsilon, precision, solver, max_inputs)
    return certify_and_report(
        net,
        request,
        compress_network,
        begun=begun,
        workers=workers,
        cluster=cluster,
        out=out,
        as_json=as_json,
        quiet=quiet,
    )
