"""Several processes on one machine. They share nothing but the job; each compiles it once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from exactnet.kernel.errors import ResourceError
from exactnet.kernel.runs import Job, Range, Runner, Work

__all__ = ["Local", "cores", "die_with_parent", "pooled"]

T = TypeVar("T")

#: Tasks that are given out ahead, for each worker; with the size of a task, this bounds the memory of what waits.
_AHEAD = 4
#: The most ranges that a worker does at a time.
_MOST = 16
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
    die_with_parent()


def die_with_parent() -> None:
    """End this process as soon as the one that started it has ended, however that ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: BaseProcess) -> None:
    connection.wait([parent.sentinel])
    os._exit(1)


def _do(ranges: list[Range]) -> list[Any]:
    """In a worker: the results of one task. Compiles at the first, so that what compiling raises reaches the parent."""
    global _work  # noqa: PLW0603
    if _work is None:
        assert _job is not None
        _work = _job.compile()
    return [_work(start, stop) for start, stop in ranges]


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Ctrl-C goes to every process of a terminal; what is started here leaves it to the parent (masks are inherited).

    The parent waits for the end of the block: a worker that is half started would complain. Its mask is of one thread, and any
    other may take the signal, for which Python calls the handler in the main thread all the same.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    handler, held = signal.getsignal(signal.SIGINT), list[int]()
    waits = callable(handler) and threading.current_thread() is threading.main_thread()
    if waits:
        signal.signal(signal.SIGINT, lambda number, frame: held.append(number))
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if waits:
            signal.signal(signal.SIGINT, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, old)
        if held:
            signal.raise_signal(signal.SIGINT)


@dataclass(frozen=True)
class Local(Runner):
    """A runner of ``workers`` processes.

    The first ``patience`` seconds are done by this process alone: it takes about as long to start others, and many
    runs are over by then.
    """

    workers: int = 1
    patience: float = 1.0

    def results(self, job: Job[T], ranges: Iterator[Range], count: int) -> Generator[T]:
        """See :class:`exactnet.kernel.runs.Runner`, and :func:`pooled`."""
        work: Work[T] | None = None
        begun, done = time.monotonic(), 0
        while self.workers == 1 or count - done < _FEW or not self._worth_it(time.monotonic() - begun, done, count):
            part = next(ranges, None)
            if part is None:
                return
            work = work or job.compile()
            yield work(*part)
            done += 1
        yield from pooled(job, ranges, self.workers, max(1, min(_MOST, (count - done) // (_AHEAD * self.workers))))

    def _worth_it(self, seconds: float, done: int, count: int) -> bool:
        """Whether enough time has passed, and at least as much again is to come."""
        return seconds >= self.patience and seconds * (count - done) >= self.patience * done


@contextmanager
def _pool(job: Job[Any], workers: int) -> Iterator[Callable[[list[Range]], Future[list[Any]]]]:
    """What hands tasks to so many fresh interpreters (a fork would copy the locks of threads); they end with the block."""
    executor = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin, (job,))

    def submit(task: list[Range]) -> Future[list[Any]]:
        with _without_interrupts():
            try:
                return executor.submit(_do, task)
            except OSError as error:  # a worker that dies while another is started takes the pipes of both with it
                raise BrokenProcessPool(str(error)) from error

    try:
        yield submit
    finally:
        for process in list((executor._processes or {}).values()):  # nobody waits for what they are doing
            process.kill()
        executor.shutdown(cancel_futures=True)


def pooled(job: Job[T], ranges: Iterator[Range], workers: int, size: int = 1) -> Generator[T]:
    """The results for ranges, in their order, by so many processes besides this one, ``size`` ranges at a time.

    Where a worker dies all are replaced, and what has no result is done again.
    Raises :class:`ResourceError` where that does not help.
    """
    tasks = iter(lambda: list(islice(ranges, size)), [])
    undone: deque[list[Range]] = deque()  # given out, in order
    failures = 0
    while True:
        try:
            with _pool(job, workers) as submit:
                futures = deque(map(submit, undone))
                while True:
                    while len(undone) < _AHEAD * workers and (task := next(tasks, None)):
                        undone.append(task)
                        futures.append(submit(task))
                    if not undone:
                        return
                    results = futures.popleft().result()
                    undone.popleft()
                    failures = 0
                    yield from results
        except BrokenProcessPool:
            failures += 1
            if failures == _ATTEMPTS:
                raise ResourceError(
                    f"worker processes died {failures} times without a result (killed, or out of memory?); "
                    "try fewer --workers"
                ) from None
