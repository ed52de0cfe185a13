"""``exactnet draw NET``."""

from __future__ import annotations

import os

import click

from exactnet.cli.inputs import check_plot, check_writable, input_path, load
from exactnet.cli.options import max_file_option, net_argument, out_option, quiet_option
from exactnet.cli.output import print_line, written

__all__ = ["command"]


@click.command("draw", short_help="Draw a small network.")
@net_argument()
@net_argument("other", "[OTHER]", required=False)
@click.option("--at", "point", metavar="x1,x2,…", help="Write the values of all nodes at this input under them.")
@max_file_option
@out_option("Write the picture to OUT (.svg, or .dot for Graphviz).", required=True)
@quiet_option
def command(*, net: str, other: str | None, point: str | None, max_file: int, out: str, quiet: bool) -> int:
    """Draw NET: layers from left to right, wires by the sign and the size of their weights. Text in the picture is text.

    With OTHER, such as NET rounded, draw how many weights of both have which size (.svg, .pdf, .png; needs matplotlib).

    \b
    Example:
      exactnet draw iris -o iris.svg
    """
    if other is not None:
        return _weights((net, other), point, max_file, out, quiet)
    from exactnet.draw.network_svg import draw_svg
    from exactnet.files.atomic import write_atomic
    from exactnet.files.decode import at
    from exactnet.files.files import shown
    from exactnet.foreign.symbols import dump_dot
    from exactnet.kernel.errors import FormatError
    from exactnet.kernel.rationals import parse_rational
    from exactnet.kernel.values import all_values

    extension = os.path.splitext(out)[1].lower()
    if extension not in (".svg", ".dot"):
        raise FormatError(f"{shown(out)}: the name of a picture ends in .svg or .dot")
    if extension == ".dot" and point is not None:
        raise click.UsageError("--at is for .svg")
    check_writable(out, input_path(net))
    network = load(net, max_file).network
    values = None
    if point is not None:
        with at("--at"):
            values = all_values(network, [parse_rational(word.strip()) for word in point.split(",")])
    data = dump_dot(network) if extension == ".dot" else draw_svg(network, shown(net), values).encode()
    write_atomic(out, data)
    if not quiet:
        print_line(written(out, network))
    return 0


def _weights(names: tuple[str, str], point: str | None, max_file: int, out: str, quiet: bool) -> int:
    """The weights of two networks."""
    from exactnet.draw.plot import weights_figure, write_figure
    from exactnet.files.files import shown

    if point is not None:
        raise click.UsageError("--at is for one network")
    check_plot(out, names[0])
    networks = [load(name, max_file).network for name in names]
    write_figure(weights_figure({shown(name): net for name, net in zip(names, networks, strict=True)}), out)
    if not quiet:
        print_line(f"{shown(out)}: the weights of {shown(names[0])} and {shown(names[1])}")
    return 0
