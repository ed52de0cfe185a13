"""Run a job over a whole domain, in order, with a back end that computes and a journal that remembers."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from exactnet.certify import chunks
from exactnet.distribute.jobs import Job, Progress, silent
from exactnet.distribute.journal import Journal, Section
from exactnet.evaluate.block import CHUNK

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

    >>> from exactnet.distribute import SurveyJob
    >>> from exactnet.domain import Cube
    >>> from exactnet.network import Network, relu
    >>> net = Network(["a"], [relu("h", {"a": 3})], ["h"])
    >>> [part.largest for part in Runner().run(SurveyJob(net, Cube(1), None))]
    [mpq(3,1)]
    """

    backend: Backend = field(default_factory=Serial)
    journal: Journal | None = None
    evaluator: str | None = None
    """How inputs are evaluated: a name of :data:`exactnet.evaluate.block.BACKENDS`; None: the best way."""

    def run(self, job: Job[T], progress: Progress = silent) -> Generator[T]:
        """The results for the chunks of the job's domain, in order. Close the generator to stop early.

        Raises :class:`exactnet.errors.ExactnetError` where the back end or the journal fails.
        """
        total = job.domain.count
        # One range is done again as fast as it is looked up.
        section = None if self.journal is None or total <= CHUNK else self.journal.section(job)
        known: dict[Range, T] = {} if section is None else section.known
        missing = (part for part in chunks(total) if part not in known)
        left = -(-total // CHUNK) - len(known)
        with closing(self.backend.results(job, missing, left)) as results:
            for part in chunks(total):
                yield known[part] if part in known else _next(results, section, part)
                progress(job.what, part[1], total)


def _next(results: Iterator[T], section: Section[T] | None, part: Range) -> T:
    result = next(results)
    if section is not None:
        section.append(part, result)
    return result
