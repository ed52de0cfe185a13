"""Run a job over a whole domain, in order, with a back end that computes."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from exactnet.kernel.sweep import chunks
from exactnet.kernel.values import CHUNK, MakeEvaluator, PlainEvaluator
from exactnet.parallel.jobs import Job, Progress, silent

__all__ = ["Backend", "Runner", "Serial"]

T = TypeVar("T")
Range = tuple[int, int]


class Backend(Protocol):
    """Computes the results of a job on ranges."""

    def results(self, job: Job[T], ranges: Iterator[Range], count: int) -> Generator[T]:
        """The results for the ``count`` ranges, in their order. Closing the generator stops all work."""
        ...


@dataclass(frozen=True)
class Serial:
    """One range after the other in this process."""

    def results(self, job: Job[T], ranges: Iterator[Range], count: int) -> Generator[T]:
        work = job.compile()
        for start, stop in ranges:
            yield work(start, stop)


@dataclass(frozen=True)
class Runner:
    """How the jobs of a command are run.

    >>> from exactnet.parallel import SurveyJob
    >>> from exactnet.kernel.domain import Cube
    >>> from exactnet.kernel.network import Network, relu
    >>> net = Network(["a"], [relu("h", {"a": 3})], ["h"])
    >>> [part.largest for part in Runner().run(SurveyJob(net, Cube(1), None))]
    [mpq(3,1)]
    """

    backend: Backend = field(default_factory=Serial)
    evaluator: MakeEvaluator = PlainEvaluator
    """What evaluates networks; no result depends on it."""

    def run(self, job: Job[T], progress: Progress = silent) -> Generator[T]:
        """The results for the chunks of the job's domain, in order. Close the generator to stop early.

        Raises :class:`exactnet.kernel.errors.ExactnetError` where the back end fails.
        """
        total = job.domain.count
        with closing(self.backend.results(job, chunks(total), -(-total // CHUNK))) as results:
            for _, stop in chunks(total):
                yield next(results)
                progress(job.what, stop, total)
