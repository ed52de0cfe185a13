"""``exactnet convert IN OUT``."""

from __future__ import annotations

import click

from exactnet.cli.inputs import check_network_path, load, load_domain
from exactnet.cli.options import domain_option, max_file_option, net_argument, quiet_option
from exactnet.cli.output import print_line, written

__all__ = ["command"]


@click.command("convert", short_help="Convert between .json and .th.")
@net_argument("source", "IN")
@click.argument("out", metavar="OUT")
@click.option("--expand", "expanded", is_flag=True, help="Substitute affine nodes into the nodes that read them.")
@domain_option
@max_file_option
@quiet_option
def command(*, source: str, out: str, expanded: bool, domain: str | None, max_file: int, quiet: bool) -> int:
    """Write the network IN as OUT, between .json and .th.

    A .json file made from a .th file names the cube as its domain.

    \b
    Example:
      exactnet convert digits digits.th
    """
    loaded = load(source, max_file)
    network, on = loaded.network, loaded.domain
    if domain is not None or (on is None and source.lower().endswith(".th")):
        on = load_domain(domain or "cube", network, max_file)
    from exactnet.files import MAX_BYTES, write_network
    from exactnet.kernel.expansion import expand

    check_network_path(out, True, on is None or on.kind == "cube")
    if expanded:
        network = expand(network)
    write_network(out, network, on, max(max_file, MAX_BYTES))
    if not quiet:
        print_line(written(out, network))
    return 0
