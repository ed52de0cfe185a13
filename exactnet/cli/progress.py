"""A progress bar with rate and time to finish, for work that takes more than a second, on a terminal."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["Meter"]

#: Seconds before a bar appears.
PATIENCE = 1.0


def short_rate(rate: float) -> str:
    """Inputs a second, for a person.

    >>> short_rate(950), short_rate(12_345_678)
    ('950/s', '12.3M/s')
    """
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if rate >= size:
            return f"{rate / size:.1f}{unit}/s"
    return f"{rate:.0f}/s"


class Meter:
    """A context manager that the library reports progress to: ``meter(what, done, total)``.

    The bar is on stderr, if that is a terminal. It appears after a second, whether or not anything was reported.
    """

    def __init__(self, quiet: bool) -> None:
        self._wanted = not quiet and sys.stderr.isatty()
        self._lock = threading.Lock()
        self._timer = threading.Timer(PATIENCE, self._show)
        self._timer.daemon = True
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._closed = False
        self._state: tuple[str, int, int | None] = ("working", 0, None)
        self._begun = time.monotonic()

    def __enter__(self) -> Meter:
        if self._wanted:
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._closed = True
            if self._bar is not None:
                self._bar.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        if not self._wanted:
            return
        with self._lock:
            fresh = what != self._state[0]
            if fresh:
                self._begun = time.monotonic()
            self._state = (what, done, total)
            if self._bar is not None and self._task is not None:
                if fresh:
                    self._bar.reset(self._task, description=what, total=total)
                self._bar.update(self._task, completed=done, total=total, rate=self._rate())

    def _rate(self) -> str:
        _, done, total = self._state
        seconds = time.monotonic() - self._begun
        return short_rate(done / seconds) if total is not None and done and seconds > 0 else ""

    def _show(self) -> None:
        """Make the bar; runs in the timer's thread."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns: list[Any] = [
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        ]
        with self._lock:
            if self._closed:
                return
            what, done, total = self._state
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True, speed_estimate_period=3600)
            self._task = self._bar.add_task(what, total=total, completed=done, rate=self._rate())
            self._bar.start()
