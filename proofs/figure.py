"""A figure: what is drawn from a table, as SVG and PDF.

A picture is not compared byte for byte: another version of matplotlib writes other bytes. What is compared is the table
that it was drawn from; every picture carries the digest of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from exactnet.files.files import digest

from .table import Cell, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["Figure", "number", "source"]


@dataclass(frozen=True)
class Figure:
    """How a table is drawn.

    Attributes
    ----------
    caption : one line; formulas between backticks.
    table : the name of the table, one of the module's ``QUICK`` or ``FULL``.
    draw : draws on an empty figure of matplotlib; it runs under the project's style (:func:`exactnet.draw.plot.styled`).
    size : width and height in inches.
    """

    caption: str
    table: str
    draw: Callable[[Canvas, Table], None]
    size: tuple[float, float] = (6.0, 3.8)

    def render(self, name: str, table: Table) -> dict[str, bytes]:
        """File name and contents of every format. Needs matplotlib."""
        from matplotlib.figure import Figure as Canvas

        from exactnet.draw.plot import picture, styled

        with styled():
            canvas = Canvas(figsize=self.size, layout="constrained")
            self.draw(canvas, table)
        return {f"{name}.{kind}": picture(canvas, kind, source(table)) for kind in ("svg", "pdf")}


def source(table: Table) -> str:
    """The line in a picture that says what it was drawn from.

    >>> source(Table("t", "", ("a",), ((1,),)))[:34]
    'drawn from t.csv, sha256:309b0e45a'
    """
    return f"drawn from {table.name}.csv, sha256:{digest(table.csv().encode())}"


def number(cell: Cell) -> float:
    """A number to draw: cells hold integers and fractions.

    >>> number("7/2"), number(3)
    (3.5, 3.0)
    """
    return float(Fraction(cell))
