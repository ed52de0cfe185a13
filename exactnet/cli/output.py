"""What commands print: JSON objects, and text that is safe to show."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from exactnet.kernel.network import Network

__all__ = ["plain", "print_bytes", "print_json", "print_line", "refusal_report", "written"]


def plain(text: object) -> str:
    """Untrusted text on one line: characters that cannot be printed (control characters of a terminal) are escaped.

    >>> plain("a\\nb\\x1b[2J"), plain("größe")
    ('a\\\\nb\\\\x1b[2J', 'größe')
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def print_json(document: Mapping[str, Any]) -> None:
    """Print one object on one line. Only ASCII, so that no locale can spoil it."""
    click.echo(json.dumps(document))


def print_line(text: str) -> None:
    """Print a line of text."""
    click.echo(text)


def print_bytes(data: bytes) -> None:
    """Print the bytes of a file, all of them: an unbuffered stream may take a part at a time."""
    sys.stdout.flush()
    rest = memoryview(data)
    while rest:
        rest = rest[sys.stdout.buffer.write(rest) :]
    sys.stdout.buffer.flush()


def written(path: str, net: Network) -> str:
    """What to say when a network has been written."""
    counts = {"input": len(net.inputs), "node": len(net.order), "output": len(net.outputs)}
    return f"{plain(path)}: " + ", ".join(f"{n} {what}{'' if n == 1 else 's'}" for what, n in counts.items())


def refusal_report(
    reason: str, route: str | None, domain: Mapping[str, Any], original: Mapping[str, Any], seconds: float
) -> dict[str, Any]:
    """The object that ``--json`` prints for a refusal: as for a verdict, with null where nothing was done."""
    return {
        "verdict": "refused",
        "statement": None,
        "route": route,
        "domain": domain,
        "original": original,
        "constructed": None,
        "bounds": [],
        "inputs_checked": 0,
        "counterexample": None,
        "reason": reason,
        "seconds": seconds,
    }
