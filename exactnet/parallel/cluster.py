"""The workers of a Dask cluster. They need this version of exactnet, and nothing but the job is sent to them."""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, TypeVar

from exactnet import __version__
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.runs import Job, Range, Runner, Work

__all__ = ["Cluster"]

T = TypeVar("T")

#: Ranges that are given out ahead, for each thread of the cluster.
_AHEAD = 8
#: Seconds between looks at whether there is still a worker, and until a scheduler must answer: a busy one takes its time.
_PATIENCE, _ANSWER = 5.0, 30.0
#: How often a job is sent anew.
_AGAIN = 4

#: In a worker: the job that was compiled last.
_compiled: OrderedDict[str, Work[Any]] = OrderedDict()


def _do(key: str, version: str, job: Job[Any], start: int, stop: int) -> Any:
    """In a worker: one range."""
    if version != __version__:
        raise ExactnetError(f"a worker of the cluster has exactnet {__version__}, not {version}")
    work = _compiled.get(key)
    if work is None:
        work = job.compile()
        _compiled.clear()
        _compiled[key] = work
    return work(start, stop)


@dataclass(frozen=True)
class Cluster(Runner):
    """A runner of the workers of the scheduler at ``address``, such as ``tcp://host:8786``."""

    address: str = ""

    def results(self, job: Job[T], ranges: Iterator[Range], count: int) -> Generator[T]:
        """See :class:`exactnet.kernel.runs.Runner`. The scheduler gives a dead worker's ranges to others.

        Raises :class:`ExactnetError` where the scheduler cannot be reached, all workers are lost, or ``distributed`` is
        not installed.
        """
        try:
            from distributed import Client, KilledWorker
            from distributed import TimeoutError as Late
            from distributed.client import FutureCancelledError
        except ImportError:
            raise ExactnetError("--cluster needs Dask: pip install 'exactnet[cluster]'") from None
        for name in ("distributed", "distributed.client", "distributed.core", "distributed.comm"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what is wrong is said in one line, by us
        try:
            client = Client(self.address, timeout=_ANSWER, set_as_default=False)
        except (OSError, ValueError, TypeError):
            raise ExactnetError(f"{self.address}: no Dask scheduler answers") from None
        waiting: deque[tuple[Range, Any]] = deque()
        try:
            threads, again = self._threads(client), _AGAIN
            key = token_hex(16)
            sent = client.scatter(job, broadcast=True, hash=False)

            def give(part: Range) -> tuple[Range, Any]:
                return part, client.submit(_do, key, __version__, sent, *part, pure=False)

            while True:
                while len(waiting) < _AHEAD * threads and (part := next(ranges, None)) is not None:
                    waiting.append(give(part))
                if not waiting:
                    return
                try:
                    result = waiting[0][1].result(timeout=_PATIENCE)
                except Late:
                    self._threads(client)
                    continue
                except FutureCancelledError:  # the job was with no worker but one that is lost
                    self._threads(client)
                    if not (again := again - 1):
                        raise
                    sent = client.scatter(job, broadcast=True, hash=False)
                    waiting = deque(give(part) for part, _ in waiting)
                    continue
                waiting.popleft()
                yield result
        except (KilledWorker, FutureCancelledError, OSError) as error:
            self._threads(client)
            raise ExactnetError(f"{self.address}: the cluster is lost: {type(error).__name__}") from None
        finally:
            client.cancel([future for _, future in waiting], force=True)
            client.close(_PATIENCE)

    def _threads(self, client: Any) -> int:
        """How many ranges the workers do at once."""
        threads = sum(client.nthreads().values())
        if not threads:
            raise ExactnetError(f"{self.address}: the cluster has no workers (any more)")
        return int(threads)
