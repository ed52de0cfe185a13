"""Pictures, drawn with matplotlib (the extra ``plot``): the same data give the same file, under one version of matplotlib."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "MARKERS", "draw_frontier", "frontier_plot", "logarithmic", "picture", "styled"]

#: The colours of M. Okabe and K. Ito, which the colour-blind can tell apart; the pale yellow left out.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: A marker for each colour, so that no curve is known by its colour alone.
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_PLACES = {"lookahead": 0, "residue": 1, "compact": 2, "stacked": 3}
_STYLE: Any = {
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "legend.frameon": False,
    "lines.markersize": 5,
    "pdf.fonttype": 42,
    "svg.hashsalt": "exactnet",
}


def styled() -> AbstractContextManager[None]:
    """The settings of matplotlib under which pictures are made and written, for a ``with`` block."""
    import matplotlib as mpl

    return mpl.rc_context(_STYLE)


def picture(figure: Figure, kind: str, about: str | None = None) -> bytes:
    """A figure as a file.

    Parameters
    ----------
    kind : ``"svg"``, ``"pdf"`` or ``"png"``.
    about : a line that is kept with the picture (SVG and PDF).

    No date and no version is written, and identifiers are fixed.
    """
    import io

    metadata: dict[str, dict[str, str | None]] = {
        "svg": {"Date": None, "Creator": None, "Description": about},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None, "Subject": about},
        "png": {"Software": None},
    }
    target = io.BytesIO()
    with styled():
        figure.savefig(target, format=kind, bbox_inches="tight", metadata=metadata[kind], dpi=150)
    return target.getvalue()


def logarithmic(axes: Axes) -> None:
    """A logarithmic scale upwards, for what is drawn already; over a few decades with numbers written out: 100, 200, 500."""
    from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

    axes.set_yscale("log")
    low, high = axes.get_ylim()
    if high > 10**4 * low:
        return
    axes.yaxis.set_major_locator(LogLocator(10, (1, 2, 5)))
    axes.yaxis.set_major_formatter(FormatStrFormatter("%d"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def draw_frontier(axes: Axes, rows: Sequence[Mapping[str, Any]]) -> None:
    """Depth against gates, one labelled point for each route.

    Parameters
    ----------
    rows : ``route``, ``depth``, ``gates`` and ``max_weight`` of each.
    """
    for number, row in enumerate(rows):
        # A route looks the same in every picture, whichever others do not fit.
        style = _PLACES.get(row["route"], number) % len(COLOURS)
        axes.plot(row["depth"], row["gates"], MARKERS[style], color=COLOURS[style], markersize=7)
        axes.annotate(
            f"{row['route']}\nweight {row['max_weight']}",
            (row["depth"], row["gates"]),
            xytext=(0, 6),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )
    depths = [row["depth"] for row in rows] or [1]
    room = 0.2 + 0.2 * (max(depths) - min(depths) + 1)
    axes.set_xlim(min(depths) - room, max(depths) + room)
    axes.set_xticks(range(min(depths), max(depths) + 1))
    axes.margins(y=0.25)
    logarithmic(axes)
    axes.set_xlabel("depth (layers)")
    axes.set_ylabel("gates")


def frontier_plot(rows: Sequence[Mapping[str, Any]], path: str) -> None:
    """Depth against gates, one point for each route; the format is told by the ending of ``path``."""
    from matplotlib.figure import Figure

    from exactnet.files.atomic import write_atomic

    with styled():
        figure = Figure(figsize=(6, 4))
        axes = figure.add_subplot()
        draw_frontier(axes, rows)
        axes.set_title("depth against gates, with the largest weight; every point certified", fontsize=10)
    write_atomic(path, picture(figure, os.path.splitext(path)[1][1:].lower()))
