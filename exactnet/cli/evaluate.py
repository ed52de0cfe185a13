"""``exactnet eval NET x1 x2 …``."""

from __future__ import annotations

import click

from exactnet.cli.inputs import load
from exactnet.cli.options import json_option, max_file_option, net_argument
from exactnet.cli.output import plain, print_json, print_line
from exactnet.kernel.errors import FormatError

__all__ = ["command"]


@click.command(
    "eval", short_help="Evaluate NET at one input, exactly.", context_settings={"ignore_unknown_options": True}
)  # a negative number is no option
@net_argument()
@click.argument("values", metavar="x1 x2 …", nargs=-1)
@click.option("--nodes", is_flag=True, help="Print the value of every node.")
@max_file_option
@json_option
def command(*, net: str, values: tuple[str, ...], nodes: bool, max_file: int, as_json: bool) -> int:
    """Evaluate NET at one input, exactly. Numbers are written as in files: 3, -1/2, 0.1, 1e-3.

    \b
    Example:
      exactnet eval iris 1/3 0 -2/3 1
    """
    for value in values:
        if value.startswith("--"):
            raise click.NoSuchOption(value, ctx=click.get_current_context())
    from exactnet.files.limits import check_domain_size
    from exactnet.kernel.domain import Points
    from exactnet.kernel.rationals import format_rational, parse_rational
    from exactnet.kernel.values import all_values

    network = load(net, max_file).network
    point = []
    for number, value in enumerate(values, 1):
        try:
            point.append(parse_rational(value))
        except FormatError as error:
            raise FormatError(f"x{number}: {error}") from None
    if len(point) == len(network.inputs):  # else all_values says so
        check_domain_size(Points((tuple(point),)), network)
    value_of = all_values(network, point)
    if not nodes:
        value_of = {name: value_of[name] for name in {*network.inputs, *network.outputs}}
    texts = {name: format_rational(value) for name, value in value_of.items()}
    outputs = {name: texts[name] for name in network.outputs}
    if as_json:
        report = {"input": {name: texts[name] for name in network.inputs}, "outputs": outputs}
        print_json({**report, "nodes": texts} if nodes else report)
        return 0
    for name, text in (texts if nodes else outputs).items():
        print_line(f"{plain(name)} = {text}")
    return 0
