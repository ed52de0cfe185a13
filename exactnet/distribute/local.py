"""Several processes on one machine. They share nothing but the job; each compiles it once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from exactnet.distribute.jobs import Job, Work
from exactnet.errors import ExactnetError

__all__ = ["Local", "cores"]

T = TypeVar("T")
Range = tuple[int, int]

#: Ranges that are given out ahead, for each worker: one slow range holds up the order, not the work.
_AHEAD = 8
#: A pool is tried this many times without any result before the run is given up.
_ATTEMPTS = 3
#: With fewer ranges than this, processes are not worth starting.
_FEW = 4

_job: Job[Any] | None = None
_work: Work[Any] | None = None


def cores() -> int:
    """The number of cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def _begin(job: Job[Any]) -> None:
    """In a worker: keep the job, and die with the parent, however that dies."""
    global _job  # noqa: PLW0603 - a worker's only state; the pool gives its functions no other place
    _job = job
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: BaseProcess) -> None:
    connection.wait([parent.sentinel])
    os._exit(1)


def _do(start: int, stop: int) -> Any:
    """In a worker: one range. Compiles at the first, so that what compiling raises reaches the parent."""
    global _work  # noqa: PLW0603
    if _work is None:
        assert _job is not None
        _work = _job.compile()
    return _work(start, stop)


class _Context(SpawnContext):
    """Starts fresh interpreters (a fork would copy threads' locks) and remembers them, so that they can be killed."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[BaseProcess] = []

    def Process(self, *args: Any, **options: Any) -> Any:  # type: ignore[override]
        process = SpawnContext.Process(*args, **options)
        self.started.append(process)
        return process


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Ctrl-C goes to every process of a terminal; what is started here leaves it to the parent (masks are inherited)."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)


class _Pool:
    """A process pool that can be ended at once."""

    def __init__(self, job: Job[Any], workers: int) -> None:
        self._context = _Context()
        self._executor = ProcessPoolExecutor(workers, self._context, _begin, (job,))

    def submit(self, part: Range) -> Future[Any]:
        with _without_interrupts():
            return self._executor.submit(_do, *part)

    def end(self) -> None:
        """Kill the workers: nobody waits for what they are doing."""
        for process in self._context.started:
            if process.is_alive():
                process.kill()
        self._executor.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True)
class Local:
    """A back end of ``workers`` processes.

    The first ``patience`` seconds are done by this process alone: it takes about as long to start others, and many
    runs are over by then.
    """

    workers: int
    patience: float = 1.0

    def results(self, job: Job[T], ranges: Iterator[Range], count: int) -> Generator[T]:
        """See :class:`exactnet.distribute.runner.Backend`. A worker that dies is replaced, its range done again.

        Raises :class:`ExactnetError` where workers die again and again.
        """
        work: Work[T] | None = None
        begun, done = time.monotonic(), 0
        while self.workers == 1 or count - done < _FEW or not self._worth_it(time.monotonic() - begun, done, count):
            part = next(ranges, None)
            if part is None:
                return
            work = work or job.compile()
            yield work(*part)
            done += 1
        yield from _pooled(job, ranges, self.workers)

    def _worth_it(self, seconds: float, done: int, count: int) -> bool:
        """Whether enough time has passed, and at least as much again is to come."""
        return seconds >= self.patience and seconds * (count - done) >= self.patience * done


def _pooled(job: Job[T], ranges: Iterator[Range], workers: int) -> Generator[T]:
    waiting: deque[tuple[Range, Future[T]]] = deque()
    pool, failures = _Pool(job, workers), 0
    try:
        while True:
            try:
                while len(waiting) < _AHEAD * workers and (part := next(ranges, None)) is not None:
                    waiting.append((part, Future()))  # in line before it is given out: a broken pool loses nothing
                    waiting[-1] = (part, pool.submit(part))
                if not waiting:
                    return
                result = waiting[0][1].result()
            except BrokenProcessPool:
                failures += 1
                if failures == _ATTEMPTS:
                    raise ExactnetError(
                        f"worker processes died {failures} times without a result (killed, or out of memory?); "
                        "try fewer --workers"
                    ) from None
                pool.end()
                pool = _Pool(job, workers)
                waiting = deque(_again(pool, waiting))
                continue
            waiting.popleft()
            failures = 0
            yield result
    finally:
        pool.end()


def _again(pool: _Pool, waiting: deque[tuple[Range, Future[T]]]) -> Iterator[tuple[Range, Future[T]]]:
    """Give out again what has no result."""
    for part, future in waiting:
        finished = future.done() and not future.cancelled() and future.exception() is None
        if finished:
            yield part, future
            continue
        try:
            yield part, pool.submit(part)
        except BrokenProcessPool as error:  # dead already: found out when its turn comes
            failed: Future[T] = Future()
            failed.set_exception(error)
            yield part, failed
