"""Several processes on one machine. They share nothing but the job; each compiles it once."""

from __future__ import annotations

import ctypes
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
from itertools import islice
from multiprocessing import connection
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from exactnet.distribute.jobs import Job, Work
from exactnet.errors import ExactnetError

__all__ = ["Local", "cores", "die_with_parent", "keep_freed_memory", "pooled"]

T = TypeVar("T")
Range = tuple[int, int]
#: Consecutive ranges that one worker does.
Task = tuple[Range, ...]

#: Tasks that are given out ahead, for each worker: one slow task holds up the order, not the work.
_AHEAD = 4
#: A task should take so many seconds: long beside giving it out, short beside the run.
_TASK_SECONDS = 0.05
#: The most ranges of a task.
_MOST = 64
#: A pool is tried this many times without any result before the run is given up.
_ATTEMPTS = 3
#: With fewer ranges than this, processes are not worth starting.
_FEW = 4

#: Parameters of glibc's ``mallopt``: how much may be free at the end of the heap, and from which size on memory is mapped.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3

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
    keep_freed_memory()
    die_with_parent()


def keep_freed_memory() -> None:
    """Let memory that is freed stay with this process (glibc; elsewhere nothing changes).

    Every range takes arrays of the same sizes again. Pages that go back to the system in between have to be given out and cleared
    for each of them, which takes about a quarter of the time of a process that holds little else.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    mallopt(_TRIM_THRESHOLD, 2**28)
    mallopt(_MMAP_THRESHOLD, 2**25)


def die_with_parent() -> None:
    """End this process as soon as the one that started it has ended, however that ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: BaseProcess) -> None:
    connection.wait([parent.sentinel])
    os._exit(1)


def _do(task: Task) -> tuple[list[Any], float]:
    """In a worker: the results of one task, and the seconds that they took. Compiles at the first, so that what
    compiling raises reaches the parent."""
    global _work  # noqa: PLW0603
    if _work is None:
        assert _job is not None
        _work = _job.compile()
    begun = time.perf_counter()
    return [_work(start, stop) for start, stop in task], time.perf_counter() - begun


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

    def submit(self, task: Task) -> Future[Any]:
        with _without_interrupts():
            return self._executor.submit(_do, task)

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
        yield from pooled(job, ranges, self.workers)

    def _worth_it(self, seconds: float, done: int, count: int) -> bool:
        """Whether enough time has passed, and at least as much again is to come."""
        return seconds >= self.patience and seconds * (count - done) >= self.patience * done


def pooled(job: Job[T], ranges: Iterator[Range], workers: int) -> Generator[T]:
    """The results for ranges, in their order, by so many processes besides this one. See :class:`Local`."""
    waiting: deque[tuple[Task, Future[tuple[list[T], float]]]] = deque()
    pool, failures, size = _Pool(job, workers), 0, 1
    try:
        while True:
            try:
                while len(waiting) < _AHEAD * workers and (task := tuple(islice(ranges, size))):
                    waiting.append((task, Future()))  # in line before it is given out: a broken pool loses nothing
                    waiting[-1] = (task, pool.submit(task))
                if not waiting:
                    return
                results, seconds = waiting[0][1].result()
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
            size = _next_size(len(results), seconds)
            yield from results
    finally:
        pool.end()


def _next_size(size: int, seconds: float) -> int:
    """How many ranges the next task should have, after one of this size took so long: at most four times as many.

    >>> _next_size(1, 0.001), _next_size(8, 0.05), _next_size(8, 1.0)
    (4, 8, 1)
    """
    return max(1, min(4 * size, _MOST, int(size * _TASK_SECONDS / max(seconds, 1e-9))))


def _again(pool: _Pool, waiting: deque[tuple[Task, Future[T]]]) -> Iterator[tuple[Task, Future[T]]]:
    """Give out again what has no result."""
    for task, future in waiting:
        finished = future.done() and not future.cancelled() and future.exception() is None
        if finished:
            yield task, future
            continue
        try:
            yield task, pool.submit(task)
        except BrokenProcessPool as error:  # dead already: found out when its turn comes
            failed: Future[T] = Future()
            failed.set_exception(error)
            yield task, failed
