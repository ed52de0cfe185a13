"""A job over a whole domain, range by range and in order.

Other runners (``parallel/``) only carry results: :mod:`exactnet.kernel.sweep` refuses a gap between the ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol, TypeVar

from exactnet.kernel.domain import Domain
from exactnet.kernel.values import CHUNK, MakeEvaluator, PlainEvaluator

__all__ = ["HERE", "Job", "Progress", "Range", "Runner", "Work", "chunks", "silent"]

T = TypeVar("T")
Result_co = TypeVar("Result_co", covariant=True)

#: Told what is being done, how many inputs are done, and how many there are.
Progress = Callable[[str, int, int], None]

#: The result for ``start <= index < stop``.
Work = Callable[[int, int], T]


def silent(what: str, done: int, total: int) -> None:
    """Report no progress."""


class Job(Protocol[Result_co]):
    """The same work for every range of a domain."""

    @property
    def what(self) -> str:
        """What is being done, for a progress bar."""
        ...

    @property
    def domain(self) -> Domain: ...

    def compile(self) -> Work[Result_co]:
        """Do once what is the same for every range."""
        ...


Range = tuple[int, int]


def chunks(count: int) -> Iterator[Range]:
    """The fixed ranges of 2^16 inputs that digests are made over.

    >>> list(chunks(70000))
    [(0, 65536), (65536, 70000)]
    """
    for start in range(0, count, CHUNK):
        yield start, min(start + CHUNK, count)


@dataclass(frozen=True)
class Runner:
    """How the jobs of a command are run: in this process, range by range. Others (``parallel/``) override :meth:`results`.

    >>> from exactnet.kernel.sweep import SurveyJob
    >>> from exactnet.kernel.domain import Cube
    >>> from exactnet.kernel.network import Network, relu
    >>> net = Network(["a"], [relu("h", {"a": 3})], ["h"])
    >>> [part.largest for part in Runner().run(SurveyJob(net, Cube(1), None))]
    [mpq(3,1)]
    """

    evaluator: MakeEvaluator = PlainEvaluator
    """What evaluates networks; no result depends on it."""

    def results(self, job: Job[T], ranges: Iterator[Range], count: int) -> Generator[T]:
        """The results for the ``count`` ranges, in their order. Closing the generator stops all work."""
        work = job.compile()
        for start, stop in ranges:
            yield work(start, stop)

    def run(self, job: Job[T], progress: Progress = silent) -> Generator[T]:
        """The results for the chunks of the job's domain, in order. Close the generator to stop early.

        Raises :class:`exactnet.kernel.errors.ExactnetError` where workers fail.
        """
        total = job.domain.count
        with closing(self.results(job, chunks(total), -(-total // CHUNK))) as results:
            for _, stop in chunks(total):
                yield next(results)
                progress(job.what, stop, total)


#: Everything in this process, by the plain evaluator.
HERE = Runner()
