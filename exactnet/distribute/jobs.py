"""What is done on a range of a domain: small objects that can be pickled and that every process compiles once.

Part of the trusted base: the work itself is that of :mod:`exactnet.certify`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from gmpy2 import mpq

from exactnet.certify import ChunkResult, Relation, Survey, check_chunk, survey_chunk
from exactnet.domain import Domain
from exactnet.evaluate.block import compile_network
from exactnet.network import Network

__all__ = ["CheckJob", "Job", "Progress", "SurveyJob", "Work", "silent"]

T = TypeVar("T")

#: Told what is being done, how many inputs are done, and how many there are.
Progress = Callable[[str, int, int], None]

#: The result for ``start <= index < stop``.
Work = Callable[[int, int], T]


def silent(what: str, done: int, total: int) -> None:
    """Report no progress."""


class Job(Protocol[T]):
    """The same work for every range of a domain."""

    @property
    def what(self) -> str:
        """What is being done, for a progress bar."""
        ...

    @property
    def domain(self) -> Domain: ...

    @property
    def networks(self) -> tuple[Network, ...]: ...

    def settings(self) -> dict[str, Any]:
        """All that the results depend on besides the networks and the domain; JSON."""
        ...

    def compile(self) -> Work[T]:
        """Do once what is the same for every range."""
        ...

    def pack(self, result: T) -> dict[str, Any]:
        """A result as it stands in a journal; JSON."""
        ...

    def unpack(self, start: int, stop: int, packed: dict[str, Any]) -> T:
        """The result that was packed; raises ValueError, KeyError or TypeError for anything else."""
        ...


def _index(found: Any, start: int, stop: int) -> int | None:
    if found is not None and not (type(found) is int and start <= found < stop):
        raise ValueError(found)
    return found


@dataclass(frozen=True)
class SurveyJob:
    """The values of a network; ``promised`` is the range that it must not leave."""

    net: Network
    domain: Domain
    promised: int | None
    backend: str | None = None
    """How to evaluate (:data:`exactnet.evaluate.block.BACKENDS`; None: the best way). Results do not depend on it."""
    what = "values of the original"

    @property
    def networks(self) -> tuple[Network, ...]:
        return (self.net,)

    def settings(self) -> dict[str, Any]:
        return {"job": "survey", "promised": self.promised}

    def compile(self) -> Work[Survey]:
        evaluator, outputs = compile_network(self.net, self.domain, self.backend), len(self.net.outputs)
        return lambda start, stop: survey_chunk(evaluator, outputs, start, stop, self.promised)

    def pack(self, result: Survey) -> dict[str, Any]:
        return {"denominator": str(result.denominator), "largest": str(result.largest), "beyond": result.beyond}

    def unpack(self, start: int, stop: int, packed: dict[str, Any]) -> Survey:
        denominator, largest = int(packed["denominator"]), mpq(packed["largest"])
        if denominator < 1 or largest < 0:
            raise ValueError(denominator)
        return Survey(denominator, largest, _index(packed["beyond"], start, stop))


@dataclass(frozen=True)
class CheckJob:
    """The comparison of two networks; ``width`` as in :func:`exactnet.certify.encoding_width`, None for no digests."""

    a: Network
    b: Network
    domain: Domain
    relation: Relation
    width: int | None
    backend: str | None = None
    what = "inputs compared"

    @property
    def networks(self) -> tuple[Network, ...]:
        return (self.a, self.b)

    def settings(self) -> dict[str, Any]:
        relation = self.relation
        more = [str(value) for value in (relation.limit, relation.epsilon) if value is not None]
        return {"job": "check", "relation": [relation.kind, str(relation.r), *more], "width": self.width}

    def compile(self) -> Work[ChunkResult]:
        left, right = (compile_network(net, self.domain, self.backend) for net in (self.a, self.b))
        outputs = len(self.a.outputs)
        return lambda start, stop: check_chunk(left, right, outputs, self.relation, self.width, start, stop)

    def pack(self, result: ChunkResult) -> dict[str, Any]:
        return {"digest": result.digest.hex(), "mismatch": result.mismatch, "differing": result.differing}

    def unpack(self, start: int, stop: int, packed: dict[str, Any]) -> ChunkResult:
        digest, mismatch, differing = bytes.fromhex(packed["digest"]), packed["mismatch"], packed["differing"]
        expected = 0 if self.width is None or mismatch is not None else 32
        if len(digest) != expected or type(differing) is not int or (mismatch is None) != (differing == 0):
            raise ValueError(packed)
        return ChunkResult(start, stop, digest, _index(mismatch, start, stop), differing)
