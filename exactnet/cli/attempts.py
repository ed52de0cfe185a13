"""What every route gave where the best was taken, as a table and for ``--json``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from exactnet.cli.output import plain, print_line

if TYPE_CHECKING:
    from exactnet.certify.choice import Attempt

__all__ = ["attempts_json", "show_attempts"]


def attempts_json(minimise: str | None, attempts: Sequence[Attempt]) -> dict[str, Any]:
    """What a report has besides where the route was chosen to minimise something; sizes are null where nothing was built."""
    if minimise is None:
        return {}
    rows = [
        {
            "route": one.route,
            "options": dict(one.options),
            "depth": one.measures and one.measures.depth,
            "gates": one.measures and one.measures.gates,
            "wires": one.measures and one.measures.wires,
            "max_weight": one.measures and str(one.measures.max_weight),
            "reason": one.reason,
        }
        for one in attempts
    ]
    return {"minimise": minimise, "routes": rows}


def show_attempts(minimise: str | None, attempts: Sequence[Attempt], chosen: str) -> None:
    """The table, and which route was chosen; nothing where the route was named."""
    if minimise is None:
        return
    from exactnet.cli.render import listing, number, show_tables

    rows = []
    for one in attempts:
        size = one.measures
        if size is None:
            rows.append([one.route, "-", "-", "-", "-", plain(one.reason or "")])
            continue
        counts = [number(value) for value in (size.depth, size.gates, size.wires, size.max_weight)]
        rows.append([one.route, *counts, "chosen" if one.route == chosen else ""])
    print_line(f"built by every route, to minimise {minimise}")
    show_tables(listing(["route", "depth>", "gates>", "wires>", "largest weight>", ""], rows))
    print_line("")
