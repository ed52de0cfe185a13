"""``exactnet recheck CERT``: the second opinion, in a process of its own that loads nothing else of exactnet."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import click

__all__ = ["command"]


@click.command(
    "recheck",
    short_help="Check a certificate by the standard library alone.",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("arguments", metavar="CERT [OPTIONS]", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> int:
    """Check a certificate once more, by code that shares nothing with the rest and uses the standard library alone.

    The same as 'python -m exactnet.recheck', whose '--help' lists the options. With --verified the program
    exactnet-verified, whose soundness is proved in Coq, compares both networks too, or checks the proof.

    \b
    Example:
      exactnet recheck certificate.json
    """
    spec = find_spec("exactnet.recheck")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return subprocess.run([sys.executable, *spec.submodule_search_locations, *arguments], check=False).returncode
