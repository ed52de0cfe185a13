"""A small network as a table of its wires, and the picture of it: layers from left to right, colour and width by weight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import hypot, log10
from typing import TYPE_CHECKING

from exactnet.cli.show import layers
from exactnet.kernel.expansion import expand
from exactnet.kernel.network import Network

from .figure import number
from .table import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

__all__ = ["WIRES", "draw_networks", "wires"]

#: The heads of what :func:`wires` gives.
WIRES = ("network", "from", "layer", "to", "layer of it", "weight", "bias of it")
#: With more wires than this, weights are not written on them.
_LABELLED = 24
_BLANK = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none"}
_Record = Mapping[str, Cell]


def wires(title: str, net: Network) -> Iterator[tuple[Cell, ...]]:
    """The wires of the expansion: one row for each, with the layers of its ends and the bias of the node that it enters.

    >>> from exactnet.kernel.network import threshold
    >>> list(wires("a gate", Network(["x"], [threshold("g", {"x": 2}, -1)], ["g"])))
    [('a gate', 'x', 0, 'g', 1, '2', '-1')]
    """
    layer = dict.fromkeys(net.inputs, 0) | layers(net)
    for node in expand(net).nodes():
        for source, weight in node.sources.items():
            yield title, source, layer[source], node.id, layer[node.id], str(weight), str(node.bias)


def draw_networks(canvas: Canvas, table: Table) -> None:
    """Every network of a table of wires, side by side."""
    groups: dict[Cell, list[_Record]] = {}
    for row in table.rows:
        record = dict(zip(table.columns, row, strict=True))
        groups.setdefault(record["network"], []).append(record)
    groups = dict(sorted(groups.items(), key=lambda item: (item[0] != "original", str(item[0]))))
    depths = [max(int(record["layer of it"]) for record in group) for group in groups.values()]
    panels = canvas.subplots(1, len(groups), squeeze=False, width_ratios=[0.8 + depth for depth in depths])[0]
    for axes, (title, group) in zip(panels, groups.items(), strict=True):
        _draw(axes, str(title), group)


def _draw(axes: Axes, title: str, records: Sequence[_Record]) -> None:
    place = _places(records)
    widest = max(abs(number(record["weight"])) for record in records)
    for record in records:
        start, stop = place[str(record["from"])], place[str(record["to"])]
        width = 0.6 + 2 * log10(1 + abs(number(record["weight"]))) / log10(1 + widest)
        axes.plot((start[0], stop[0]), (start[1], stop[1]), color=_colour(record), linewidth=width, alpha=0.75, zorder=1)
    if len(records) <= _LABELLED:
        _label_wires(axes, records, place)
    thresholds = {str(record["to"]): -number(record["bias of it"]) for record in records}
    for name, (x, y) in place.items():
        inner = name in thresholds
        axes.plot(x, y, "o" if inner else "s", markersize=8, color="white", markeredgecolor="black", zorder=3)
        if not inner:
            axes.text(x - 0.12, y, name, ha="right", va="center", fontsize=9)
        elif len(records) <= _LABELLED:
            axes.text(x, y + 0.035, f"≥ {thresholds[name]:.0f}", ha="center", va="bottom", fontsize=7, bbox=_BLANK, zorder=2)
    last = round(max(x for x, _ in place.values()))
    axes.set_xlim(-0.45, last + 0.3)
    axes.set_ylim(-0.08, 1.1)
    axes.set_xticks(range(last + 1), ["inputs", *(f"layer {layer}" for layer in range(1, last + 1))])
    axes.tick_params(length=0, labelsize=8)
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set_title(title, fontsize=9)


def _colour(record: _Record) -> str:
    from exactnet.draw.plot import COLOURS

    return COLOURS[0] if number(record["weight"]) > 0 else COLOURS[1]


def _label_wires(axes: Axes, records: Sequence[_Record], place: Mapping[str, tuple[float, float]]) -> None:
    """Write every weight on its wire, where it is farthest from the labels that stand already and from the nodes."""
    taken = list(place.values())
    for record in records:
        (x0, y0), (x1, y1) = place[str(record["from"])], place[str(record["to"])]
        spots = [(x0 + share * (x1 - x0), y0 + share * (y1 - y0)) for share in (step / 40 for step in range(8, 33))]
        # A label is about twice as wide as a unit of the layers is high.
        best = max(spots, key=lambda spot: min(hypot((spot[0] - x) / 2, spot[1] - y) for x, y in taken))
        taken.append(best)
        axes.text(
            *best,
            str(record["weight"]),
            color=_colour(record),
            fontsize=7.5,
            ha="center",
            va="center",
            bbox=_BLANK,
            zorder=2,
        )


def _places(records: Sequence[_Record]) -> dict[str, tuple[float, float]]:
    """Where every node stands: its layer, and in it a place near the mean of what it reads."""
    layer: dict[str, int] = {}
    reads: defaultdict[str, list[str]] = defaultdict(list)
    for record in records:
        layer[str(record["from"])] = int(record["layer"])
        layer[str(record["to"])] = int(record["layer of it"])
        reads[str(record["to"])].append(str(record["from"]))
    place: dict[str, tuple[float, float]] = {}
    for level in sorted(set(layer.values())):
        names = [name for name in layer if layer[name] == level]
        if level:
            names.sort(key=lambda name: (-sum(place[source][1] for source in reads[name]) / len(reads[name]), name))
        for rank, name in enumerate(names):
            place[name] = (level, 0.5 if len(names) == 1 else 1 - rank / (len(names) - 1))
    return place
