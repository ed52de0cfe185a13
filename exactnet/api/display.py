"""How networks show themselves in notebooks: one line, a table of measures, and a picture where it is small."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network

__all__ = ["Picture", "install"]

#: A network of more wires than these is shown without a picture.
DRAWN = 60


@dataclass(frozen=True)
class Picture:
    """An SVG document that a notebook shows."""

    svg: str

    @classmethod
    def of_figure(cls, figure: Any) -> Picture:
        """A figure of matplotlib."""
        from exactnet.draw.plot import picture

        return cls(picture(figure, "svg").decode())

    def __str__(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<picture of {len(self.svg)} characters>"

    def _repr_svg_(self) -> str:
        return self.svg


def mimebundle(net: Network, include: Any = None, exclude: Any = None) -> dict[str, str]:
    """Plain text and HTML of a network, as Jupyter asks for them."""
    from exactnet.draw.network_svg import draw_svg

    measures = measure(net).as_json().items()
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(str(value))}</td></tr>" for name, value in measures)
    wires = net.wires
    picture = draw_svg(net) if wires <= DRAWN else ""
    return {"text/plain": repr(net), "text/html": f"<p>{escape(repr(net))}</p>{picture}<table>{rows}</table>"}


def install() -> None:
    """Let networks show themselves; the kernel knows nothing of pictures."""
    Network._repr_mimebundle_ = mimebundle  # type: ignore[attr-defined]
