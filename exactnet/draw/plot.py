"""Pictures, drawn with matplotlib (the extra ``plot``): the same data give the same file, under one version of matplotlib."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from fractions import Fraction
from math import floor, isqrt, log2
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from exactnet.kernel.network import Network
    from exactnet.kernel.sweep import Counterexample

__all__ = [
    "COLOURS", "MARKERS", "counterexample_figure", "curve_figure", "draw_curve", "draw_frontier", "frontier_figure",
    "frontier_legend", "frontier_plot", "logarithmic", "picture", "styled", "weights_figure", "write_figure",
]

#: The colours of M. Okabe and K. Ito, which the colour-blind can tell apart; the pale yellow left out.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: A marker for each colour, so that no curve is known by its colour alone.
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
#: The colour of a largest weight, the same in every picture: log2 up to 24.
_WEIGHTS: Any = {"cmap": "viridis", "vmin": 0, "vmax": 24}
#: From this many rows on a square of inputs is drawn as a picture.
MOSAIC = 4
_END = Fraction(10) ** 300
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
    "svg.fonttype": "none",
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
        if figure.get_layout_engine() is not None:  # its places differ in the last digits from run to run
            figure.draw_without_rendering()
            figure.set_layout_engine("none")
            for axes in figure.axes:
                axes.set_position(tuple(round(value, 4) for value in axes.get_position().bounds))
        figure.savefig(target, format=kind, bbox_inches="tight", metadata=metadata[kind], dpi=150)
    return target.getvalue()


def logarithmic(axes: Axes) -> None:
    """A logarithmic scale upwards, for what is drawn already; over a few decades with numbers written out: 100, 200, 500."""
    from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

    axes.set_yscale("log")
    low, high = axes.get_ylim()
    if high > 10**4 * low:
        return
    axes.yaxis.set_major_locator(LogLocator(10, (1, 2, 5) if high > 4 * low else range(1, 10)))
    axes.yaxis.set_major_formatter(FormatStrFormatter("%d"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def draw_frontier(axes: Axes, rows: Sequence[Mapping[str, Any]]) -> None:
    """Depth against gates: a marker for each route, its colour the largest weight, a line through what no other is below.

    Parameters
    ----------
    rows : ``route``, ``depth``, ``gates`` and ``max_weight`` of each.
    """
    points = [(int(row["depth"]), float(row["gates"])) for row in rows]
    least: list[tuple[int, float]] = []
    for depth, gates in sorted(points):
        if not least or gates < least[-1][1]:
            least.append((depth, gates))
    if least:
        axes.step([depth for depth, _ in least], [gates for _, gates in least], where="post", color="#999999", linewidth=1)
    for number, (row, point) in enumerate(zip(rows, points, strict=True)):
        # A route has the same marker in every picture, whichever others do not fit.
        marker = MARKERS[_PLACES.get(row["route"], number) % len(MARKERS)]
        axes.scatter(*point, s=55, marker=marker, c=[_log2(Fraction(row["max_weight"]))], edgecolors="black", zorder=3, **_WEIGHTS)
    depths = [depth for depth, _ in points] or [1]
    axes.set_xlim(min(depths) - 0.5, max(depths) + 0.5)
    axes.set_xticks(range(min(depths), max(depths) + 1))
    axes.margins(y=0.15)
    logarithmic(axes)
    axes.set_xlabel("depth (layers)")
    axes.set_ylabel("gates")


def frontier_legend(figure: Figure, axes: Sequence[Axes], routes: Collection[str], place: Axes | None = None) -> None:
    """What the markers and colours of one or several frontiers mean: in a place of its own, else below."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.lines import Line2D

    known = [route for route in _PLACES if route in routes]
    shapes = [Line2D([], [], marker=MARKERS[_PLACES[route]], color="white", markeredgecolor="black") for route in known]
    handles, labels = [*shapes, Line2D([], [], color="#999999")], [*known, "no other has less of both"]
    if place is None:
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=8)
    else:
        place.legend(handles, labels, loc="center", fontsize=9)
    colours = ScalarMappable(cmap=_WEIGHTS["cmap"])
    colours.set_clim(_WEIGHTS["vmin"], _WEIGHTS["vmax"])
    figure.colorbar(colours, ax=list(axes), extend="max", label="log₂ of the largest weight")


def frontier_figure(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Depth against gates, one point for each certified route."""
    rows = [row for row in rows if row["verdict"] == "certified"]
    figure = _figure((6, 4.2))
    with styled():
        axes = figure.add_subplot()
        draw_frontier(axes, rows)
        axes.set_title("depth against gates; every point certified", fontsize=10)
        frontier_legend(figure, [axes], {row["route"] for row in rows})
    return figure


def frontier_plot(rows: Sequence[Mapping[str, Any]], path: str) -> None:
    """:func:`frontier_figure`; the format is told by the ending of ``path``."""
    write_figure(frontier_figure(rows), path)


def draw_curve(panels: Sequence[Axes], curves: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Bits of the weights against gates, and against what rounding changes; a point for each step.

    Parameters
    ----------
    panels : two, one for gates and one for changes, which are those of the first curve.
    curves : by the name that the legend shows: ``step``, ``bits``, ``gates`` (None: nothing was built), ``largest``,
        ``class_changes`` (None: there is one output).
    """
    from matplotlib.ticker import MaxNLocator

    gates, changed = panels
    for axes in panels:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    for number, (name, rows) in enumerate(curves.items()):
        built = [row for row in rows if row["gates"] is not None]
        style: Any = {"color": COLOURS[number % len(COLOURS)], "marker": MARKERS[number % len(MARKERS)]}
        gates.plot([row["bits"] for row in built], [row["gates"] for row in built], label=name, **style)
        for row in built[::2]:
            place = (row["bits"], row["gates"])
            gates.annotate(row["step"], place, (4, -9), textcoords="offset points", fontsize=7, color=style["color"])
    gates.set(xlabel="bits of the weights", ylabel="gates, every point certified")
    gates.set_ylim(bottom=0)
    gates.legend(fontsize=8)
    rows = next(iter(curves.values()))
    lines = {"largest difference": [_float(Fraction(row["largest"])) for row in rows]}
    if rows and rows[0]["class_changes"] is not None:
        lines[f"class changes, of {rows[0]['inputs']} inputs"] = [row["class_changes"] for row in rows]
    for number, (name, values) in enumerate(lines.items(), len(curves)):
        # A logarithm has no place for 0: such points are left out.
        points = [(row["bits"], value) for row, value in zip(rows, values, strict=True) if value]
        style = {"color": COLOURS[number % len(COLOURS)], "marker": MARKERS[number % len(MARKERS)]}
        changed.plot([bits for bits, _ in points], [value for _, value in points], label=name, **style)
    changed.set(xlabel="bits of the weights", yscale="log")
    changed.legend(fontsize=8)


def curve_figure(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Bits of the weights against gates and changes, as one rounds."""
    figure = _figure((8.5, 3.8))
    with styled():
        draw_curve(figure.subplots(1, 2), {"route compact": rows})
    return figure


def weights_figure(networks: Mapping[str, Network]) -> Figure:
    """How many weights of each network have which size: a bar for each power of two, for those from it up to the next.

    Parameters
    ----------
    networks : one or several, by the names that the legend shows.
    """
    from matplotlib.ticker import MaxNLocator

    figure = _figure((6, 3.8))
    with styled():
        axes = figure.add_subplot()
        for number, (name, net) in enumerate(networks.items()):
            sizes = [_log2(weight) for node in net.order for _, weight in net.sources(node)]
            counts = Counter(floor(size) for size in sizes)
            width = 0.8 / len(networks)
            places = [power + 0.1 + width * (number + 0.5) for power in counts]
            style: Any = {"color": COLOURS[number % len(COLOURS)], "hatch": ("", "//", "..")[number % 3], "edgecolor": "white"}
            axes.bar(places, list(counts.values()), width, label=f"{name}: {len(sizes)} weights", **style)
        axes.set(xlabel="log₂ of |weight|", ylabel="weights")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()
    return figure


def counterexample_figure(counterexample: Counterexample, names: tuple[str, str]) -> Figure:
    """An input on which two networks differ, as bars (pixels of a square as a picture), and the outputs of both beside it."""
    figure = _figure((7.5, 3.2))
    values = [_float(value) for value in counterexample.input.values()]
    side = isqrt(len(values))
    with styled():
        left, right = figure.subplots(1, 2)
        if side >= MOSAIC and side * side == len(values):
            left.imshow([values[row * side : (row + 1) * side] for row in range(side)], cmap="gray", interpolation="nearest")
            left.set(xticks=[], yticks=[])
            left.grid(visible=False)
        else:
            left.bar(list(counterexample.input), values, color=COLOURS[5])
            left.tick_params(axis="x", labelrotation=90 if len(values) > MOSAIC else 0)
        left.set_title(f"input {counterexample.index}", fontsize=9)
        outputs = list(counterexample.expected)
        for number, (name, found) in enumerate(zip(names, (counterexample.expected, counterexample.got), strict=True)):
            places = [place + 0.4 * number - 0.2 for place in range(len(outputs))]
            heights = [_float(value) for value in found.values()]
            right.bar(places, heights, 0.4, label=name, color=COLOURS[number], hatch=("", "//")[number], edgecolor="white")
        right.set_xticks(range(len(outputs)), outputs)
        right.set_title("outputs", fontsize=9)
        right.legend()
    return figure


def _log2(value: Any) -> float:
    """Of the absolute value of a rational, however many digits it has; of 0, 0."""
    return log2(abs(int(value.numerator))) - log2(int(value.denominator)) if value else 0.0


def _float(value: Any) -> float:
    """A rational, to be drawn: what is beyond floats is at the end of them."""
    return float(max(-_END, min(_END, Fraction(int(value.numerator), int(value.denominator)))))


def _figure(size: tuple[float, float]) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained")


def write_figure(figure: Figure, path: str) -> None:
    """A figure as a file; the format is told by the ending of ``path``."""
    from exactnet.files.atomic import write_atomic

    write_atomic(path, picture(figure, os.path.splitext(path)[1][1:].lower()))
