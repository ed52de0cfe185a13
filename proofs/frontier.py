"""The frontier: depth against gates, wires and weights, all routes on the same networks.

Claim: the depth ``3k+3`` of S1 is one point of a frontier. In exact form route D (events joined with bits) has depth ``k+1``,
route B (residues) ``2k``, route A (carry lookahead) ``3k-1``, route C (canonical digits) ``4k-2``; for threshold circuits
``t+1``, ``2t``, ``2t+1`` and ``3t+1``.

Source: the constructions are this project's (docs/theory.md, docs/routes.md, docs/stacked.md).

Checked: ``clipped`` (seed 1), the shipped circuit ``digits``, and the shipped network ``iris`` rounded to hundredths, by every
route, each on every input. A construction that takes more than two gibibytes is stopped; its row says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from exactnet.certify.frontier import frontier
from exactnet.certify.small_weights import Request
from exactnet.data import example_path
from exactnet.families import FAMILIES
from exactnet.files.networks import read_network
from exactnet.kernel.domain import Cube

from .figure import Figure, number
from .rows import COMPARED, MAX_MEMORY, ROUTE_LEMMAS, accept, compared
from .table import Cell, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["FIGURES", "FULL", "LEMMAS", "LONG", "QUICK", "table"]

LEMMAS = ROUTE_LEMMAS


def _instances(quick: bool) -> list[tuple[str, Request]]:
    sizes = [(6, 2, 20)] if quick else [(8, 2, 64), (8, 4, 64), (12, 4, 64)]
    instances = []
    for d, m, bits in sizes:
        instance = FAMILIES["clipped"].make(d=d, m=m, bits=bits, seed=1)
        instances.append((f"clipped, d = {d}, m = {m}, {bits} bits", Request(instance.network, instance.domain)))
    if not quick:
        digits = read_network(example_path("digits")).network
        instances.append(("digits", Request(digits, Cube(len(digits.inputs)))))
        iris = read_network(example_path("iris"))
        assert iris.domain is not None
        instances.append(("iris, to 1/100", Request(iris.network, iris.domain, precision=100, max_memory=MAX_MEMORY)))
    return instances


def table(quick: bool, name: str) -> Table:
    """Certify every instance by every route; raises ``AssertionError`` unless all are certified, but for what is too large."""
    rows: list[tuple[Cell, ...]] = []
    notes = []
    for title, request in _instances(quick):
        for row in frontier(request):
            if row.certificate is None and request.max_memory is not None:
                rows.append((title, row.route, "-", "-", row.theorem, "-", "-", "-", "-", "-", "-", "too large"))
                notes.append(f"{title}: {row.reason}.")
                continue
            if row.certificate is None:
                raise AssertionError(f"{title}, route {row.route}: {row.reason}")
            constructed = accept(f"{title}, route {row.route}", row.certificate).constructed
            rows.append(
                (
                    title,
                    row.route,
                    constructed.depth,
                    str(row.bound("depth")),
                    row.theorem,
                    constructed.gates,
                    constructed.wires,
                    str(constructed.max_weight),
                    str(row.bound("max_weight")),
                    *compared(row.certificate),
                    row.certificate.verdict,
                )
            )
    columns = (
        "network",
        "route",
        "depth",
        "depth bound",
        "3k+3 or 2t+1",
        "gates",
        "wires",
        "largest weight",
        "weight bound",
        *COMPARED,
        "verdict",
    )
    caption = "Depth against size: all routes on the same networks, every input checked; the theorem's depth beside each."
    return Table(name, caption, columns, rows, tuple(notes))


def draw(canvas: Canvas, table: Table) -> None:
    """Depth against gates, one panel for each network."""
    from exactnet.draw.plot import draw_frontier, frontier_legend

    names = list(dict.fromkeys(table.column("network")))
    panels = list(canvas.subplots(-(-(len(names) + 1) // 2), 2, squeeze=False).flat)
    for axes in panels[len(names) :]:
        axes.axis("off")
    frontier_legend(canvas, panels, {str(route) for route in table.column("route")}, panels[-1])
    for axes, name in zip(panels, names, strict=False):
        records = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        points = [
            {
                "route": record["route"],
                "depth": int(number(record["depth"])),
                "gates": number(record["gates"]),
                "max_weight": str(record["largest weight"]),
            }
            for record in records
            if record["network"] == name and record["verdict"] == "certified"
        ]
        draw_frontier(axes, points)
        axes.set_title(str(name), fontsize=9)


QUICK: Mapping[str, Callable[[], Table]] = {"frontier-quick": partial(table, True, "frontier-quick")}
FULL: Mapping[str, Callable[[], Table]] = {"frontier": partial(table, False, "frontier")}
LONG = ("frontier",)
FIGURES: Mapping[str, Figure] = {
    "frontier": Figure(
        "The frontier: depth against gates for every route, the largest weight as a colour; every point certified on every input.",
        "frontier",
        draw,
        (8.5, 6.0),
    )
}
