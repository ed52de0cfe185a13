"""``exactnet convert IN OUT``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from exactnet.cli.inputs import check_foreign_path, check_network_path, load, load_domain
from exactnet.cli.options import domain_option, max_file_option, net_argument, quiet_option
from exactnet.cli.output import plain, print_line, written
from exactnet.kernel.errors import FormatError

if TYPE_CHECKING:
    from exactnet.files.network_json import Source

__all__ = ["command", "source_words"]


@click.command("convert", short_help="Convert between .json, .th, .onnx and other formats.")
@net_argument("source", "IN")
@click.argument("out", metavar="OUT")
@click.option("--expand", "expanded", is_flag=True, help="Substitute affine nodes into the nodes that read them.")
@click.option("--rounded", is_flag=True, help="Let .onnx round: else it is refused unless float32 is exact on the domain.")
@domain_option
@max_file_option
@quiet_option
def command(
    *, source: str, out: str, expanded: bool, rounded: bool, domain: str | None, max_file: int, quiet: bool
) -> int:
    """Write the network IN as OUT.

    IN is .json, .th, .onnx or .nnet; floats are taken as the dyadic rationals that they are. OUT is .json, .th, .onnx, .nnet,
    .dot or .smt2, for threshold circuits also .aag, .aig (AIGER), .blif or .opb. A .json file made from a .th file names the
    cube as its domain; one made from .onnx or .nnet names its source, and what was left out or rounded.

    \b
    Example:
      exactnet convert digits digits.th
    """
    loaded = load(source, max_file)
    network, on = loaded.network, loaded.domain
    if domain is not None or (on is None and source.lower().endswith(".th")):
        on = load_domain(domain or "cube", network, max_file)
    from exactnet.files.decode import MAX_VALUES
    from exactnet.files.files import MAX_BYTES
    from exactnet.files.networks import write_network
    from exactnet.kernel.expansion import expand
    from exactnet.kernel.measures import measure

    foreign = os.path.splitext(out)[1].lower() not in (".json", ".th")
    if foreign:
        check_foreign_path(out)
    else:
        check_network_path(out, True, on is None or on.kind == "cube")
    if expanded:
        wires = measure(network).wires
        if wires > MAX_VALUES // 2:
            raise FormatError(f"{plain(source)}: expanded, it has {wires} wires, more than the {MAX_VALUES // 2} of a file")
        network = expand(network)
    if foreign:
        from exactnet.foreign.writing import write_foreign

        write_foreign(out, network, on, rounded=rounded)
    else:
        write_network(out, network, on, max(max_file, MAX_BYTES), loaded.source)
    if not quiet:
        print_line(written(out, network) + source_words(loaded.source))
    return 0


def source_words(source: Source | None) -> str:
    """What is not as it stood in the source, to be added to a line."""
    parts = [] if source is None else [("left out", source.left_out), ("rounded", source.rounded)]
    return "".join(f"; {what}: {plain(', '.join(entries))}" for what, entries in parts if entries)
