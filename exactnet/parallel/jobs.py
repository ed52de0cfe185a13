"""What is done on a range of a domain: small objects that can be pickled and that every process compiles once.

Part of the trusted base: the work itself is that of :mod:`exactnet.kernel.sweep`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from exactnet.kernel.domain import Domain
from exactnet.kernel.network import Network
from exactnet.kernel.sweep import ChunkResult, Relation, Survey, check_chunk, survey_chunk
from exactnet.kernel.values import MakeEvaluator, PlainEvaluator

__all__ = ["CheckJob", "Job", "Progress", "SurveyJob", "Work", "silent"]

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


@dataclass(frozen=True)
class SurveyJob:
    """The values of a network; ``promised`` is the range that it must not leave."""

    net: Network
    domain: Domain
    promised: int | None
    make: MakeEvaluator = PlainEvaluator
    """What evaluates. Results do not depend on it."""
    what = "values of the original"

    def compile(self) -> Work[Survey]:
        evaluator, outputs = self.make(self.net, self.domain), len(self.net.outputs)
        return lambda start, stop: survey_chunk(evaluator, outputs, start, stop, self.promised)


@dataclass(frozen=True)
class CheckJob:
    """The comparison of two networks; ``width`` as in :func:`exactnet.kernel.sweep.encoding_width`, None for no digests."""

    a: Network
    b: Network
    domain: Domain
    relation: Relation
    width: int | None
    make: MakeEvaluator = PlainEvaluator
    what = "inputs compared"

    def compile(self) -> Work[ChunkResult]:
        left, right = (self.make(net, self.domain) for net in (self.a, self.b))
        outputs = len(self.a.outputs)
        return lambda start, stop: check_chunk(left, right, outputs, self.relation, self.width, start, stop)
