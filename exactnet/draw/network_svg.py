"""A network as a picture: SVG with text as text, layers from left to right, wires by sign and size of their weights.

Positive weights are solid, negative ones dashed as well as of another colour, so that nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from math import log2

from gmpy2 import mpq

from exactnet.kernel.errors import FormatError
from exactnet.kernel.network import AFFINE, INPUT, RELU, Network

__all__ = ["MAX_WIRES", "draw_svg"]

#: A picture of more wires than these says nothing.
MAX_WIRES = 2_000
#: With at most so many wires, weights are written on them.
_LABELLED = 40
_COLUMN, _ROW, _MARGIN = 150, 46, 60
_POSITIVE, _NEGATIVE = "#0072b2", "#d55e00"


def draw_svg(net: Network, title: str = "network", values: Mapping[str, mpq] | None = None) -> str:
    """Draw a network.

    Parameters
    ----------
    net : Network
        Of at most :data:`MAX_WIRES` wires.
    title : str
        For those who do not see the picture.
    values : mapping, optional
        The value of each node at an input; they are written under the nodes.

    Returns
    -------
    str
        An SVG document without scripts, styles or references to other files.

    Raises
    ------
    FormatError
        For a network of more wires.

    Examples
    --------
    >>> from exactnet.kernel.network import relu
    >>> picture = draw_svg(Network(["x"], [relu("h", {"x": -2}, 1)], ["h"]))
    >>> picture.startswith("<svg"), ">-2</text>" in picture
    (True, True)
    """
    wires = [(source, name, weight) for name in net.order for source, weight in net.sources(name)]
    if len(wires) > MAX_WIRES:
        raise FormatError(f"the network has {len(wires)} wires, and a picture shows {MAX_WIRES} at most")
    place = _places(net)
    width = _MARGIN * 2 + max(x for x, _ in place.values())
    height = _MARGIN * 2 + max(y for _, y in place.values())
    largest = max((abs(weight) for _, _, weight in wires), default=mpq(1))
    words = f"{len(net.inputs)} inputs, {len(net.order)} nodes, {len(wires)} wires, {len(net.outputs)} outputs"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="sans-serif" font-size="11">',
        f"<title>{_text(title)}</title><desc>{words}</desc>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    labels: list[str] = []
    for source, name, weight in wires:
        (x0, y0), (x1, y1) = place[source], place[name]
        colour, dashes = (_POSITIVE, "") if weight > 0 else (_NEGATIVE, ' stroke-dasharray="5 3"')
        thick = 0.6 + 2.4 * _share(abs(weight), largest)
        parts.append(f'<path d="M{x0} {y0}L{x1} {y1}" stroke="{colour}" stroke-width="{thick:.2f}" fill="none"{dashes}/>')
        if len(wires) <= _LABELLED:
            at = 0.68 - 0.1 * (len(labels) % 4)
            labels.append(_label(x0 + (x1 - x0) * at, y0 + (y1 - y0) * at - 3, _short(weight), colour))
    parts += labels
    for name, (x, y) in place.items():
        parts.append(_node(net, name, x, y, name in net.outputs))
        if values is not None and name in values:
            parts.append(_label(x, y + 26, _short(values[name]), "black"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _node(net: Network, name: str, x: int, y: int, output: bool) -> str:
    kind = net.kind(name)
    if kind == INPUT:
        return f'<rect x="{x - 7}" y="{y - 7}" width="14" height="14" fill="white" stroke="black"/>' + _label(
            x - 12, y + 4, _clipped(name), "black", "end"
        )
    bias = net.bias(name)
    shift = f"{'+' if bias > 0 else '-'}{_short(abs(bias))}" if bias else ""
    words = {RELU: f"[·{shift}]+", AFFINE: f"·{shift}"}.get(kind, f"1[·{shift}≥0]")
    shape = (
        f'<rect x="{x - 8}" y="{y - 8}" width="16" height="16" rx="3" fill="#eee" stroke="black"/>'
        if kind == AFFINE
        else f'<circle cx="{x}" cy="{y}" r="9" fill="{"#fff" if kind == RELU else "#ffd"}" stroke="black"/>'
    )
    named = _label(x + 14, y + 4, _clipped(name), "black", "start") if output else ""
    return shape + _label(x, y - 13, words, "black") + named


def _places(net: Network) -> dict[str, tuple[int, int]]:
    """Where every node stands: inputs at the left, every node right of what it reads, near the mean of that."""
    columns: dict[int, list[str]] = {}
    for name, number in net.heights().items():
        columns.setdefault(number, []).append(name)
    tallest = max(map(len, columns.values()))
    place: dict[str, tuple[int, int]] = {}
    for number in sorted(columns):
        names = columns[number]
        if number:
            mean = {n: _mean([place[source][1] for source, _ in net.sources(n)]) for n in names}
            names = sorted(names, key=mean.__getitem__)
        top = (tallest - len(names)) * _ROW // 2
        for row, name in enumerate(names):
            place[name] = (_MARGIN + number * _COLUMN, _MARGIN + top + row * _ROW)
    return place


def _mean(values: list[int]) -> float:
    return sum(values) / len(values) if values else 0.0


def _share(value: mpq, largest: mpq) -> float:
    """Where a weight lies between 0 and the largest, by its logarithm."""
    ratio = float(value / largest) if largest else 0.0
    return max(0.0, 1 + log2(ratio) / 12) if ratio > 0 else 0.0


def _short(value: mpq) -> str:
    text = str(value)
    return text if len(text) <= 9 else f"~{float(value):.3g}" if abs(value) < mpq(10) ** 300 else "~huge"


def _clipped(name: str) -> str:
    return name if len(name) <= 14 else name[:13] + "…"


def _label(x: float, y: float, text: str, colour: str, anchor: str = "middle") -> str:
    halo = 'paint-order="stroke" stroke="white" stroke-width="3"'
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{colour}" {halo}>{_text(text)}</text>'


def _text(text: str) -> str:
    return escape("".join(c if c.isprintable() else "?" for c in text))
