"""Rounding first: bits of the weights against gates.

Claim: no theorem, but exact counts. Weights are rounded to multiples of a step; beside the bits that are left stand the gates that
route C makes of the rounded network, and what rounding changes, found on every input.

Source: post-training quantisation is usual (B. Jacob et al., CVPR 2018); S1 after it is this project's (docs/your-network.md).

Checked: ``iris``, a trained network with float64 weights, on its grid of 130 321 inputs, by every power of two down to `1/128`: the
rounded network in exact form, and in rounded form with the precision `1/100`, each certified on every input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from gmpy2 import mpq

from exactnet.certify.curve import curve, halves
from exactnet.certify.small_weights import Request
from exactnet.data import example_path
from exactnet.files.networks import read_network
from exactnet.kernel.domain import Domain, Grid

from .figure import Figure
from .rows import COMPARED, accept, compared
from .table import Cell, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["FIGURES", "FULL", "LEMMAS", "QUICK", "table"]

LEMMAS = ("routes/compact",)


def table(name: str, domain: Domain | None, finest: mpq) -> Table:
    """``iris`` rounded to every power of two down to a step; raises ``AssertionError`` unless all are certified."""
    loaded = read_network(example_path("iris"))
    where = domain or loaded.domain
    if where is None:
        raise AssertionError("iris has no domain")
    rows: list[tuple[Cell, ...]] = []
    for form, precision in (("exact", None), ("rounded to 1/100", 100)):
        for found in curve(Request(loaded.network, where, "compact", precision), halves(loaded.network, finest)):
            if found.certificate is None or found.changes is None:
                raise AssertionError(f"iris, step {found.step}, {form}: {found.reason}")
            made = accept(f"iris, step {found.step}, {form}", found.certificate).constructed
            largest = f"{float(found.largest.value):.3g}"  # shown, never computed with
            changes = int(found.changes.differing)
            sizes = (made.gates, made.wires, made.depth)
            cells = (largest, changes, where.count, *compared(found.certificate), found.certificate.verdict)
            rows.append((form, str(found.step), found.bits, *sizes, *cells))
    caption = "Rounding first: bits of the weights against gates by route C, and what each step changes; every input checked."
    columns = ("form", "step", "bits", "gates", "wires", "depth", "largest difference", "class changes", "inputs")
    return Table(name, caption, (*columns, *COMPARED, "verdict"), rows, ("`iris`; largest differences are shown to three digits.",))


def draw(canvas: Canvas, table: Table) -> None:
    """Bits against gates, and against what changes."""
    from exactnet.draw.plot import draw_curve

    names = {"largest difference": "largest", "class changes": "class_changes"}
    curves: dict[str, list[dict[str, str | int]]] = {}
    for row in table.rows:
        cells = {names.get(head, head): cell for head, cell in zip(table.columns, row, strict=True)}
        numbers = {head: int(cells[head]) for head in ("bits", "gates", "class_changes")}
        curves.setdefault("exact form" if cells["form"] == "exact" else str(cells["form"]), []).append({**cells, **numbers})
    draw_curve(list(canvas.subplots(1, 2)), curves)


QUICK: Mapping[str, Callable[[], Table]] = {"rounding-quick": partial(table, "rounding-quick", Grid(1, 4), mpq(1, 16))}
FULL: Mapping[str, Callable[[], Table]] = {"rounding": partial(table, "rounding", None, mpq(1, 128))}
FIGURES: Mapping[str, Figure] = {
    "rounding": Figure(
        "Rounding first (iris): bits of the weights against gates, and against what rounding changes; every point certified.",
        "rounding",
        draw,
        (8.5, 3.8),
    )
}
