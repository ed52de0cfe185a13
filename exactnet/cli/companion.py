"""``exactnet companion``: the tables that accompany the proofs, made anew (``python -m proofs`` in a checkout)."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command(
    "companion",
    short_help="Tables and figures that accompany the proofs.",
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> int:
    """Make the tables and figures that accompany the proofs; what follows is for it (--help shows what there is)."""
    from exactnet.companion.__main__ import main

    return main(list(arguments))
