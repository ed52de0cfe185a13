"""Progress of a run on stderr: a bar with rate and time on a terminal, else a line for each table."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

__all__ = ["Progress"]


class Progress:
    """A context manager that is told of every table that is finished."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._bar: Bar | None = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("certifying"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("tables, elapsed"),
                TimeElapsedColumn(),
                TextColumn("{task.fields[rate]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.add_task("", total=self._total, rate="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def done(self, name: str, rows: int) -> None:
        """A table of so many rows is finished."""
        self._done += 1
        line = f"{name}: {rows} rows certified"
        if self._bar is None:
            click.echo(f"proofs: {line} ({self._done}/{self._total})", err=True)
            return
        task = self._bar.tasks[0]
        rate = f"{60 * self._done / task.elapsed:.1f} tables/min" if task.elapsed else ""
        self._bar.update(task.id, completed=self._done, rate=rate)
        self._bar.console.print(line, markup=False, highlight=False)
