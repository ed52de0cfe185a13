"""A small network as a table of its wires, and the picture of it: layers from left to right, colour and width by weight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import log10
from typing import TYPE_CHECKING

from exactnet.expand import expand
from exactnet.measures import layers
from exactnet.network import Network
from proofs.figure import number
from proofs.table import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

__all__ = ["WIRES", "draw_networks", "wires"]

#: The heads of what :func:`wires` gives.
WIRES = ("network", "from", "layer", "to", "layer of it", "weight", "bias of it")
#: With more wires than this, weights are not written on them.
_LABELLED = 24
_Record = Mapping[str, Cell]


def wires(title: str, net: Network) -> Iterator[tuple[Cell, ...]]:
    """The wires of the expansion: one row for each, with the layers of its ends and the bias of the node that it enters.

    >>> from exactnet.network import threshold
    >>> list(wires("a gate", Network(["x"], [threshold("g", {"x": 2}, -1)], ["g"])))
    [('a gate', 'x', 0, 'g', 1, '2', '-1')]
    """
    layer = dict.fromkeys(net.inputs, 0) | layers(net)
    for node in expand(net).nodes():
        for source, weight in node.sources.items():
            yield title, source, layer[source], node.id, layer[node.id], str(weight), str(node.bias)


def draw_networks(canvas: Canvas, table: Table) -> None:
    """Every network of a table of wires, side by side."""
    groups: defaultdict[Cell, list[_Record]] = defaultdict(list)
    for row in table.rows:
        record = dict(zip(table.columns, row, strict=True))
        groups[record["network"]].append(record)
    depths = [max(int(record["layer of it"]) for record in group) for group in groups.values()]
    panels = canvas.subplots(1, len(groups), squeeze=False, width_ratios=[1 + depth for depth in depths])[0]
    for axes, (title, group) in zip(panels, groups.items(), strict=True):
        _draw(axes, str(title), group)


def _draw(axes: Axes, title: str, records: Sequence[_Record]) -> None:
    from exactnet.plot import COLOURS

    place = _places(records)
    widest = max(abs(number(record["weight"])) for record in records)
    for turn, record in enumerate(records):
        (x0, y0), (x1, y1) = place[str(record["from"])], place[str(record["to"])]
        weight = number(record["weight"])
        colour = COLOURS[0] if weight > 0 else COLOURS[1]
        width = 0.6 + 2 * log10(1 + abs(weight)) / log10(1 + widest)
        axes.plot((x0, x1), (y0, y1), color=colour, linewidth=width, alpha=0.75, zorder=1, solid_capstyle="round")
        if len(records) <= _LABELLED:
            along = 0.3 + 0.13 * (turn % 3)
            axes.text(
                x0 + along * (x1 - x0),
                y0 + along * (y1 - y0),
                str(record["weight"]),
                fontsize=7,
                ha="center",
                va="center",
                bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
                zorder=2,
            )
    for name, (x, y) in place.items():
        inner = x > 0
        axes.plot(x, y, "o" if inner else "s", markersize=9 if inner else 8, color="white", markeredgecolor="black", zorder=3)
        if not inner:
            axes.text(x - 0.12, y, name, ha="right", va="center", fontsize=9)
    last = max(x for x, _ in place.values())
    axes.set_xlim(-0.45, last + 0.25)
    axes.set_ylim(-0.12, 1.12)
    axes.set_xticks(range(round(last) + 1), ["inputs", *(f"layer {layer}" for layer in range(1, round(last) + 1))])
    axes.tick_params(length=0, labelsize=8)
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set_title(title, fontsize=9)


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
