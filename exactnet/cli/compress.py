"""``exactnet compress NET``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from exactnet.cli.certify import certify_and_report
from exactnet.cli.inputs import check_certificate_path, check_size, input_path, load, network_domain
from exactnet.cli.options import domain_option, nearness_option, net_argument, tolerance_option
from exactnet.cli.run import Run, runs

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
@runs("max_inputs", "max_file", "workers", "cluster", out="Write the certificate to OUT, and both networks beside it.")
def command(
    *, net: str, domain: str | None, epsilon: mpq | None, precision: int | None, solver: str, run: Run
) -> int:
    """Replace the weights of NET by weights of few bits, and check the outputs on every input of the domain.

    The depth stays. Above depth 2 the hidden layers are unfolded into trees. Outputs stay equal, or within --epsilon.
    Needs the extra 'compress'.

    \b
    Example:
      exactnet compress net.json -o few.json
      exactnet certify few.constructed.json
    """
    if run.out is not None:
        check_certificate_path(run.out, input_path(net))
    loaded = load(net, run.max_file)
    where = network_domain(domain, net, loaded, run.max_file)
    check_size(loaded.network, where, run.max_inputs)
    from exactnet.certify.few_bits import CompressRequest, compress_network

    request = CompressRequest(loaded.network, where, epsilon, precision, solver, run.max_inputs)
    return certify_and_report(net, request, compress_network, run)
