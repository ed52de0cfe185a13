"""The one loop over a domain: what a network takes on it, and whether two networks are in a relation on every input.

Blocks of inputs are evaluated by a block evaluator. Whatever differs is replayed by the definition before it is
reported, and so are sample inputs where nothing differs. No construction is known here, so none can vouch for itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from math import lcm

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import NetworkError, RefusedError
from exactnet.kernel.network import Network
from exactnet.kernel.relation import Equal, Relation
from exactnet.kernel.runs import HERE, Progress, Runner, Work, silent
from exactnet.kernel.values import Evaluator, MakeEvaluator, PlainEvaluator, evaluate

__all__ = [
    "CheckJob", "ChunkResult", "Comparison", "Counterexample", "EvaluatorError", "Survey", "SurveyJob", "check_interface",
    "compare", "compare_networks", "counterexample_at", "encoding_width", "survey", "survey_domain",
]

Values = npt.NDArray[np.int64] | npt.NDArray[np.object_]


class EvaluatorError(RuntimeError):
    """Two evaluators disagree: a defect of exactnet, never a verdict, and no fault of the input."""


@dataclass(frozen=True)
class Counterexample:
    """An input on which the two networks break the relation."""

    index: int
    input: dict[str, mpq]
    expected: dict[str, mpq]
    got: dict[str, mpq]
    node: str | None = None
    """The node to look at first, if one is known."""


@dataclass(frozen=True)
class ChunkResult:
    """What was found on ``start <= index < stop``: the digest of the outputs, or the first input that differs."""

    start: int
    stop: int
    digest: bytes
    mismatch: int | None
    differing: int


@dataclass(frozen=True)
class Survey:
    """What the original takes on the domain: the least common denominator, the largest value, what exceeds the range."""

    denominator: int
    largest: mpq
    beyond: int | None
    """The first index with a value beyond the range that was promised, if any."""


@dataclass(frozen=True)
class Comparison:
    """The result of comparing two networks on a whole domain (up to the first difference unless counting)."""

    inputs_checked: int
    mismatch: int | None
    differing: int
    digest: str | None
    """SHA-256 over the digests of all chunks, if the networks agree and the relation has an ``r``."""


def _pieces(start: int, stop: int, most: int) -> Iterator[tuple[int, int]]:
    """A range in parts of at most ``most`` inputs."""
    for begin in range(start, stop, most):
        yield begin, min(begin + most, stop)


def _survey_block(evaluator: Evaluator, outputs: int, start: int, stop: int, promised: int | None) -> Survey:
    block = evaluator.block(start, stop)
    denominator = lcm(*(int(block.denominator(o)) for o in range(outputs)))
    largest = max(mpq(block.max_abs(o)) for o in range(outputs))
    beyond = None
    if promised is not None and largest > promised:
        outside = np.zeros(stop - start, dtype=np.bool_)
        for o in range(outputs):
            floors, whole = block.split(o, 1)
            outside |= np.asarray((floors > promised) | (floors < -promised), dtype=np.bool_)
            if whole is not None:
                outside |= np.asarray(floors == promised, dtype=np.bool_) & ~whole
        beyond = start + int(np.flatnonzero(outside)[0])
    return Survey(denominator, largest, beyond)


def survey(parts: Iterable[Survey]) -> Survey:
    """Join the surveys of all chunks, in order."""
    denominator, largest, beyond = 1, mpq(0), None
    for part in parts:
        denominator = lcm(denominator, part.denominator)
        largest = max(largest, part.largest)
        beyond = part.beyond if beyond is None else beyond
        if beyond is not None:
            break
    return Survey(denominator, largest, beyond)


def output_bytes(values: list[Values], width: int) -> bytes:
    """Encode ``r*N'`` for a chunk: for each input, each output as ``width`` bytes, two's complement, little-endian.

    >>> output_bytes([np.array([1, -1])], 8).hex()
    '0100000000000000ffffffffffffffff'
    """
    if width == 8:
        return np.stack([np.asarray(column, dtype="<i8") for column in values], axis=1).tobytes()
    rows = zip(*(column.tolist() for column in values), strict=True)
    return b"".join(int(value).to_bytes(width, "little", signed=True) for row in rows for value in row)


def encoding_width(r: int, largest: int) -> int:
    """Bytes for one value of ``r*N'`` where ``|N'| <= largest``: the least multiple of 8 that holds it and its sign.

    >>> encoding_width(100, 20), encoding_width(1, 2**63)
    (8, 16)
    """
    return 8 * (-(-((r * largest).bit_length() + 1) // 64))


def check_chunk(
    a: Evaluator, b: Evaluator, outputs: int, relation: Relation, width: int | None, start: int, stop: int
) -> ChunkResult:
    """Compare two networks on one chunk. ``width`` as in :func:`encoding_width`; None for no digest."""
    differing, mismatch, hashed = 0, None, hashlib.sha256()
    for begin, end in _pieces(start, stop, min(a.at_once, b.at_once)):
        left, right = a.block(begin, end), b.block(begin, end)
        differs, values = relation.compare(left, right, outputs)
        if differs.any():
            differing += int(np.count_nonzero(differs))
            mismatch = begin + int(np.argmax(differs)) if mismatch is None else mismatch
        elif width is not None and mismatch is None:
            hashed.update(output_bytes(values, width))
    return ChunkResult(start, stop, b"" if width is None or differing else hashed.digest(), mismatch, differing)


def compare(results: Iterable[ChunkResult], *, count_all: bool, digest: bool) -> Comparison:
    """Join the results of all chunks, in order; stop at the first difference unless ``count_all``.

    Raises :class:`EvaluatorError` where the ranges do not follow each other from 0 (that they reach the end of the
    domain is for the caller to check, who knows it).
    """
    outer = hashlib.sha256()
    checked = differing = 0
    mismatch: int | None = None
    for result in results:
        if result.start != checked:
            raise EvaluatorError(f"the range from {checked} is missing: please report this as a defect")
        checked = result.stop
        differing += result.differing
        outer.update(result.digest)
        if result.mismatch is not None and mismatch is None:
            mismatch = result.mismatch
            if not count_all:
                break
    return Comparison(checked, mismatch, differing, outer.hexdigest() if digest and mismatch is None else None)


def counterexample_at(
    original: Network, constructed: Network, domain: Domain, relation: Relation, index: int
) -> Counterexample:
    """Replay an input with the reference evaluator: both values.

    Names are those of ``original``. Raises :class:`RefusedError` if they agree but ``r*N`` is no integer, and
    :class:`EvaluatorError` if they agree there after all.
    """
    point = domain[index]
    before = evaluate(original, point)
    expected = tuple(relation.expected(value) for value in before)
    got = evaluate(constructed, point)
    if relation.holds(before, got):
        if relation.epsilon is None and relation.r and any((relation.r * value).denominator != 1 for value in expected):
            raise RefusedError(f"r*N is not an integer at input {index} of the domain, for r = {relation.r}")
        raise EvaluatorError(f"the block evaluator is wrong at input {index}: please report this as a defect")
    return Counterexample(
        index,
        dict(zip(original.inputs, point, strict=True)),
        dict(zip(original.outputs, expected, strict=True)),
        dict(zip(original.outputs, got, strict=True)),
    )


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

        def work(start: int, stop: int) -> Survey:
            parts = _pieces(start, stop, evaluator.at_once)
            return survey(_survey_block(evaluator, outputs, begin, end, self.promised) for begin, end in parts)

        return work


@dataclass(frozen=True)
class CheckJob:
    """The comparison of two networks; ``width`` as in :func:`encoding_width`, None for no digests."""

    a: Network
    b: Network
    domain: Domain
    relation: Relation = Equal()  # noqa: RUF009 - it is frozen
    width: int | None = None
    make: MakeEvaluator = PlainEvaluator
    what = "inputs compared"

    def compile(self) -> Work[ChunkResult]:
        left, right = (self.make(net, self.domain) for net in (self.a, self.b))
        outputs = len(self.a.outputs)
        return lambda start, stop: check_chunk(left, right, outputs, self.relation, self.width, start, stop)


def check_interface(a: Network, b: Network) -> None:
    """Raise :class:`NetworkError` unless two networks have as many inputs and as many outputs."""
    for what, left, right in (("inputs", a.inputs, b.inputs), ("outputs", a.outputs, b.outputs)):
        if len(left) != len(right):
            raise NetworkError(f"the first network has {len(left)} {what}, the second {len(right)}")


def survey_domain(
    net: Network, domain: Domain, promised: int | None, progress: Progress = silent, runner: Runner = HERE
) -> Survey:
    """The values of a network on a domain; stops at the first chunk with a value beyond ``promised``."""
    with closing(runner.run(SurveyJob(net, domain, promised, runner.evaluator), progress)) as parts:
        return survey(parts)


def compare_networks(
    job: CheckJob, count_all: bool = False, progress: Progress = silent, runner: Runner = HERE
) -> tuple[Comparison, Counterexample | None]:
    """What comparing two networks on every input found, and a difference replayed by the reference evaluator.

    Inputs and outputs are matched by position. ``count_all``: do not stop at the first difference.

    Raises :class:`NetworkError` if their numbers differ, :class:`EvaluatorError` unless every input was compared, or where
    the definition disagrees.
    """
    a, b, domain, relation = job.a, job.b, job.domain, job.relation
    check_interface(a, b)
    with closing(runner.run(job, progress)) as results:
        whole = compare(results, count_all=count_all, digest=job.width is not None)
    if whole.mismatch is None:
        if whole.inputs_checked != domain.count:
            raise EvaluatorError(f"only {whole.inputs_checked} of {domain.count} inputs were compared: report this as a defect")
        last = domain.count - 1
        for index in sorted({0, last, *(last * part // 8 for part in range(1, 8))}):  # no difference: held against the definition
            point = domain[index]
            if not relation.holds(evaluate(a, point), evaluate(b, point)):
                raise EvaluatorError(f"the block evaluator is wrong at input {index}: please report this as a defect")
        return whole, None
    return whole, counterexample_at(a, b, domain, relation, whole.mismatch)
