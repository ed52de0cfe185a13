"""A progress bar with rate and time to finish, for work that takes more than a second, on a terminal or in a notebook."""

from __future__ import annotations

import sys
import threading
import time
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["Meter"]

#: Seconds before a bar appears.
PATIENCE = 1.0

#: What is being done, how much of it is done, and of how much (None: not known).
_State = tuple[str, int, int | None]
_WORKING: _State = ("working", 0, None)


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

    The bar is on stderr, if that is a terminal, or below the cell of a notebook. It appears after a second, whether or not
    anything was reported.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._notebook = hasattr(sys.modules.get("IPython"), "get_ipython") and "ipykernel" in sys.modules
        self._wanted = not quiet and (self._notebook or sys.stderr.isatty())
        self._lock = threading.Lock()
        self._timer = threading.Timer(PATIENCE, self._show)
        self._timer.daemon = True
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._closed = False
        self._state = _WORKING
        self._first = (time.monotonic(), 0)

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
            if done < total:
                self._report((what, done, total))
            else:  # what follows may take a while without reporting anything
                self._report(_WORKING)

    def _report(self, state: _State) -> None:
        fresh = state[0] != self._state[0]
        self._state = state
        if fresh:
            self._first = (time.monotonic(), state[1])
        if self._bar is None or self._task is None:
            return
        what, done, total = state
        if fresh:
            self._bar.remove_task(self._task)
            self._task = self._bar.add_task(what, total=total, pace="")
        self._bar.update(self._task, completed=done, pace=self._pace())

    def _pace(self) -> str:
        """Rate and time to finish, from the second report on (how long the first took is not known)."""
        _, done, total = self._state
        begun, at_first = self._first
        seconds, more = time.monotonic() - begun, done - at_first
        if total is None or more <= 0 or seconds <= 0:
            return ""
        return f"{short_rate(more / seconds)}  {timedelta(seconds=round((total - done) * seconds / more))} left"

    def _show(self) -> None:
        """Make the bar; runs in the timer's thread."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        columns: list[Any] = [
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[pace]}"),
        ]
        with self._lock:
            if self._closed:
                return
            what, done, total = self._state
            self._bar = Progress(*columns, console=Console(stderr=not self._notebook), transient=True)
            self._task = self._bar.add_task(what, total=total, completed=done, pace=self._pace())
            self._bar.start()
