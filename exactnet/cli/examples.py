"""``exactnet examples``."""

from __future__ import annotations

import click

from exactnet.cli.options import json_option
from exactnet.cli.output import print_json, print_line

__all__ = ["command", "list_examples"]


@click.command("examples", short_help="List the networks that ship with exactnet.")
@json_option
def command(as_json: bool) -> int:
    """List the networks that ship with exactnet; their names stand for files wherever NET does.

    \b
    Example:
      exactnet examples
    """
    return list_examples(as_json)


def list_examples(as_json: bool) -> int:
    """Print the names of the shipped networks, each with what it is."""
    from exactnet.data import EXAMPLES

    if as_json:
        print_json({"examples": EXAMPLES})
        return 0
    width = max(map(len, EXAMPLES))
    for name, what in EXAMPLES.items():
        print_line(f"{name:{width}}  {what}")
    return 0
