"""A table with a caption, written as Markdown, CSV and LaTeX (booktabs). No timings, no versions: tables can be compared."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .typeset import latex_text

__all__ = ["Cell", "Table"]

Cell = str | int

_NUMBER = re.compile(r"-?\d[\d./]*(\s*%)?")
#: A column with a longer cell is set as paragraphs.
_LONG = 50


@dataclass(frozen=True)
class Table:
    """One table: its file name, caption, column heads, rows, and notes that stand below it.

    Captions, heads, cells and notes are one line each; formulas are written in plain characters between backticks
    (:mod:`proofs.typeset`). Raises :class:`ValueError` for a row that has not one cell for each head.

    >>> table = Table("t", "Powers of `2`.", ("`n`", "`2^n`"), ((1, 2), (2, 4)), notes=("Exact.",))
    >>> print(table.csv(), end="")
    n,2^n
    1,2
    2,4
    >>> print(table.markdown(), end="")
    **Powers of `2`.**
    <BLANKLINE>
    |   `n` |   `2^n` |
    |------:|--------:|
    |     1 |       2 |
    |     2 |       4 |
    <BLANKLINE>
    Exact.
    """

    name: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"table {self.name}: {len(row)} cells in a row of {len(self.columns)}: {row}")

    @classmethod
    def read(cls, name: str, markdown: str) -> Table:
        """The heads and cells of a table that was written as Markdown; caption and notes are left out.

        >>> table = Table("t", "Powers.", ("`n`", "a"), ((1, "x|y"), (2, "")))
        >>> Table.read("t", table.markdown()).csv() == table.csv()
        True
        """
        lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in markdown.splitlines() if line.startswith("|")]
        heads, _, *rows = [[cell.strip().replace("\\|", "|") for cell in line] for line in lines]
        return cls(name, "", heads, rows)

    @property
    def label(self) -> str:
        """What LaTeX refers to the table by."""
        return f"tab:{self.name}"

    def column(self, head: str) -> list[Cell]:
        """The cells below a head.

        >>> Table("t", "", ("a", "b"), ((1, 2), (3, 4))).column("b")
        [2, 4]
        """
        place = list(self.columns).index(head)
        return [row[place] for row in self.rows]

    def _columns(self) -> list[list[str]]:
        return [[str(row[place]) for row in self.rows] for place in range(len(self.columns))]

    def _numeric(self) -> list[bool]:
        """Which columns hold numbers alone."""
        return [bool(cells) and all(_NUMBER.fullmatch(cell) for cell in cells) for cells in self._columns()]

    def markdown(self) -> str:
        """The table in Markdown, the caption above it."""
        from tabulate import tabulate

        heads, *rows = [[str(cell).replace("|", "\\|") for cell in row] for row in (self.columns, *self.rows)]
        align = ["right" if numeric else "left" for numeric in self._numeric()] if rows else None
        body = tabulate(rows, headers=heads, tablefmt="pipe", disable_numparse=True, colalign=align)
        return "\n\n".join((f"**{self.caption}**", body, *self.notes)) + "\n"

    def csv(self) -> str:
        """The table as comma-separated values, without the backticks around formulas."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        for row in (self.columns, *self.rows):
            writer.writerow([str(cell).replace("`", "") for cell in row])
        return text.getvalue()

    def latex(self) -> str:
        r"""The table for LaTeX; ``\ref{tab:NAME}`` refers to it. The first line says which packages it needs.

        >>> print(Table("t", "Powers.", ("`n`", "`2^n`"), ((1, 2),)).latex(), end="")
        % \usepackage{adjustbox,amsmath,booktabs}
        \begin{table}
        \centering
        \caption{Powers.}
        \label{tab:t}
        \begin{adjustbox}{max width=\linewidth}
        \begin{tabular}{rr}
        \toprule
        $n$ & $2^{n}$ \\
        \midrule
        1 & 2 \\
        \bottomrule
        \end{tabular}
        \end{adjustbox}
        \end{table}
        """
        heads, *rows = [[latex_text(str(cell)) for cell in row] for row in (self.columns, *self.rows)]
        lines = [
            r"% \usepackage{adjustbox,amsmath,booktabs}",
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{latex_text(self.caption)}}}",
            rf"\label{{{self.label}}}",
            r"\begin{adjustbox}{max width=\linewidth}",
            rf"\begin{{tabular}}{{{self._alignment()}}}",
            r"\toprule",
            rf"{' & '.join(heads)} \\",
            r"\midrule",
            *(rf"{' & '.join(row)} \\" for row in rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{adjustbox}",
            *(rf"\par\smallskip{{\footnotesize {latex_text(note)}\par}}" for note in self.notes),
            r"\end{table}",
        ]
        return "\n".join(lines) + "\n"

    def _alignment(self) -> str:
        """How LaTeX aligns each column."""
        longest = (max(map(len, cells), default=0) for cells in self._columns())
        return "".join(
            "r" if numeric else r"p{0.5\linewidth}" if length > _LONG else "l"
            for numeric, length in zip(self._numeric(), longest, strict=True)
        )

    def files(self) -> dict[str, str]:
        """File name and contents of every format."""
        return {f"{self.name}.md": self.markdown(), f"{self.name}.csv": self.csv(), f"{self.name}.tex": self.latex()}
