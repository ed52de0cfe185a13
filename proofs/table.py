"""A table with a caption, written as Markdown, CSV and LaTeX (booktabs). No timings, no versions: tables can be compared."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Table"]

Cell = str | int


@dataclass(frozen=True)
class Table:
    """One table: its file name, caption, column heads and rows.

    >>> table = Table("t", "Two numbers.", ("a", "b"), ((1, "x"),))
    >>> print(table.csv(), end="")
    a,b
    1,x
    """

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    def markdown(self) -> str:
        """The table in Markdown, the caption above it."""
        from tabulate import tabulate

        body = tabulate(self.rows, headers=self.columns, tablefmt="github", disable_numparse=True)
        return f"**{self.caption}**\n\n{body}\n"

    def csv(self) -> str:
        """The table as comma-separated values."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return text.getvalue()

    def latex(self) -> str:
        """The table for LaTeX with the package booktabs."""
        from tabulate import tabulate

        body = tabulate(self.rows, headers=self.columns, tablefmt="latex_booktabs", disable_numparse=True)
        caption = self.caption.replace("^", r"\^{}").replace("_", r"\_").replace("%", r"\%")
        return f"\\begin{{table}}\n\\centering\n\\caption{{{caption}}}\n{body}\n\\end{{table}}\n"

    def files(self) -> dict[str, str]:
        """File name and contents of every format."""
        return {f"{self.name}.md": self.markdown(), f"{self.name}.csv": self.csv(), f"{self.name}.tex": self.latex()}
