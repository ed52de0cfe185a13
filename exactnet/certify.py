"""The checker: do two networks agree on every input of a domain, and does every bound hold?

Part of the trusted base. It imports nothing from :mod:`exactnet.construct`, so that no construction can vouch for
itself: it sees two networks, a domain, a relation and numbers to compare. Blocks of inputs are evaluated by the block
evaluator; whatever disagrees is replayed by the reference evaluator before it is reported, and so are sample inputs
of every chunk that agrees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import lcm
from typing import Literal

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.domain import Domain
from exactnet.errors import NetworkError, RefusedError
from exactnet.evaluate.block import CHUNK, Block, Evaluator
from exactnet.evaluate.reference import all_values, evaluate
from exactnet.network import Means, Network

__all__ = [
    "BoundRow",
    "ChunkResult",
    "Comparison",
    "Counterexample",
    "EvaluatorError",
    "Relation",
    "Survey",
    "chunks",
    "compare",
    "counterexample_at",
    "first_broken",
    "survey",
]

Values = npt.NDArray[np.int64] | npt.NDArray[np.object_]


class EvaluatorError(RuntimeError):
    """Two evaluators disagree: a defect of exactnet, never a verdict, and no fault of the input."""


@dataclass(frozen=True)
class Relation:
    """What the constructed network must compute.

    ``"equal"``: ``N'(x) = N(x)``; ``"floor"``: ``N'(x) = floor(r*N(x))/r``; ``"clip"``: ``N'(x) = floor(r*clip(N(x)))/r``
    with ``clip(z) = min(max(z, -limit), limit)``. In all, ``r*N'(x)`` is an integer; ``r`` is None where that is not
    claimed (a comparison of two networks).

    ``"within"``: ``|N'(x) - N(x)| <= epsilon``; ``"near"``: ``|N'(x) - floor(r*N(x) + 1/2)/r| <= epsilon``.

    >>> Relation("floor", 10).expected(mpq(19, 20))
    mpq(9,10)
    >>> Relation("clip", 10, 3).expected(mpq(7, 2))
    mpq(3,1)
    >>> near = Relation("near", 2, epsilon=mpq(1, 8))
    >>> near.expected(mpq(4, 5)), near.allows(mpq(4, 5), mpq(9, 8)), near.allows(mpq(4, 5), mpq(6, 5))
    (mpq(1,1), True, False)
    """

    kind: Literal["equal", "floor", "clip", "within", "near"]
    r: int | None = None
    limit: int | None = None
    """``R`` of ``"clip"``."""
    epsilon: mpq | None = None
    """The tolerance of ``"within"`` and ``"near"``; None in the others."""

    def expected(self, value: mpq) -> mpq:
        """The value that the constructed network must have (or be near) where the original has ``value``."""
        if self.kind in ("equal", "within"):
            return value
        if self.kind == "clip":
            value = min(max(value, mpq(-self.reach)), mpq(self.reach))
        scaled = value * self.r + (mpq(1, 2) if self.kind == "near" else 0)
        return mpq(scaled.numerator // scaled.denominator, self.r)

    def allows(self, value: mpq, got: mpq) -> bool:
        """Whether the constructed network may have the value ``got`` where the original has ``value``."""
        return bool(abs(got - self.expected(value)) <= (self.epsilon or 0))

    def largest(self, output_range: int) -> int:
        """An integer that ``|N'|`` does not exceed where the relation holds and ``|N| <= output_range``."""
        return output_range if self.epsilon is None else output_range + 1 + int(self.epsilon)

    @property
    def reach(self) -> int:
        """``R`` of ``"clip"``; raises :class:`ValueError` where there is none."""
        if self.limit is None:
            raise ValueError("a clipped relation needs its limit")
        return self.limit


@dataclass(frozen=True)
class BoundRow:
    """A bound, what was measured, and whether it holds."""

    name: str
    symbolic: str
    value: mpq
    measured: mpq

    @property
    def holds(self) -> bool:
        return bool(self.measured <= self.value)


@dataclass(frozen=True)
class Counterexample:
    """An input on which the two networks break the relation, and the first node that breaks its promise."""

    index: int
    input: dict[str, mpq]
    expected: dict[str, mpq]
    got: dict[str, mpq]
    node: str | None


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


def chunks(count: int) -> Iterator[tuple[int, int]]:
    """The fixed ranges of 2^16 inputs that digests are made over.

    >>> list(chunks(70000))
    [(0, 65536), (65536, 70000)]
    """
    for start in range(0, count, CHUNK):
        yield start, min(start + CHUNK, count)


def survey_chunk(evaluator: Evaluator, outputs: int, start: int, stop: int, promised: int | None) -> Survey:
    """The values of a network on one chunk. ``promised`` is the range ``R`` that it must not leave."""
    parts = _pieces(start, stop, evaluator.at_once)
    return survey(_survey_block(evaluator, outputs, begin, end, promised) for begin, end in parts)


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


def _difference(a: Block, b: Block, output: int, relation: Relation) -> tuple[npt.NDArray[np.bool_], Values]:
    """Where output ``output`` breaks the relation, and ``r*N'`` (rounded down where it is no integer)."""
    if relation.epsilon is not None:
        return _beyond(a, b, output, relation, relation.epsilon)
    r = relation.r
    if r is None:
        r = lcm(int(a.denominator(output)), int(b.denominator(output)))
    expected, whole = a.split(output, r)
    if relation.kind == "clip":  # floor(r*clip(z)) is floor(r*z) clipped to [-rR, rR], as these are integers
        expected = _clipped(expected, r * relation.reach)
    got, integral = b.split(output, r)
    differs = np.asarray(expected != got, dtype=np.bool_)
    if relation.kind == "equal" and whole is not None:
        differs = differs | ~whole
    if integral is not None:
        differs = differs | ~integral
    return differs, got


def _beyond(
    a: Block, b: Block, output: int, relation: Relation, epsilon: mpq
) -> tuple[npt.NDArray[np.bool_], Values]:
    """Where output ``output`` is further than ``epsilon`` from what is expected, and ``floor(r*N')``."""
    r = relation.r or 1
    common = lcm(r, int(a.denominator(output)), int(b.denominator(output)))  # in it, all values are integers
    if relation.kind == "near":  # floor(r*N + 1/2) = floor((floor(2r*N) + 1)/2)
        expected = (a.split(output, 2 * r)[0].astype(object) + 1) // 2 * (common // r)
    else:
        expected = a.split(output, common)[0].astype(object)
    gap = abs(b.split(output, common)[0].astype(object) - expected)
    differs = np.asarray(gap * int(epsilon.denominator) > int(epsilon.numerator) * common, dtype=np.bool_)
    return differs, b.split(output, r)[0]


def _clipped(values: Values, most: int) -> Values:
    """Integers clipped to ``[-most, most]``."""
    if not values.dtype.hasobject and most > np.iinfo(np.int64).max:
        return values  # none lies beyond
    return np.minimum(np.maximum(values, -most), most)


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
        found = [_difference(left, right, o, relation) for o in range(outputs)]
        differs = np.logical_or.reduce([difference for difference, _ in found])
        if differs.any():
            differing += int(np.count_nonzero(differs))
            mismatch = begin + int(np.argmax(differs)) if mismatch is None else mismatch
        elif width is not None and mismatch is None:
            hashed.update(output_bytes([v for _, v in found], width))
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
    """Replay an input with the reference evaluator: both values, and the first node that breaks its promise.

    Names are those of ``original``. Raises :class:`RefusedError` if they agree but ``r*N`` is no integer, and
    :class:`EvaluatorError` if they agree there after all.
    """
    point = domain[index]
    before = evaluate(original, point)
    expected = tuple(relation.expected(value) for value in before)
    got = evaluate(constructed, point)
    if all(map(relation.allows, before, got)):
        if relation.epsilon is None and relation.r is not None and any((relation.r * value).denominator != 1 for value in expected):
            raise RefusedError(f"r*N is not an integer at input {index} of the domain, for r = {relation.r}")
        raise EvaluatorError(f"the block evaluator is wrong at input {index}: please report this as a defect")
    return Counterexample(
        index,
        dict(zip(original.inputs, point, strict=True)),
        dict(zip(original.outputs, expected, strict=True)),
        dict(zip(original.outputs, got, strict=True)),
        first_broken(original, constructed, point),
    )


def replay(
    original: Network, constructed: Network, domain: Domain, relation: Relation, indices: Iterable[int]
) -> None:
    """Hold inputs on which the block evaluator found no difference against the reference evaluator."""
    for index in indices:
        point = domain[index]
        if not all(map(relation.allows, evaluate(original, point), evaluate(constructed, point))):
            raise EvaluatorError(f"the block evaluator is wrong at input {index}: please report this as a defect")


def first_broken(original: Network, constructed: Network, point: tuple[mpq, ...]) -> str | None:
    """The first node, in topological order, whose value at a point is not what it promises (``means``)."""
    try:
        there = all_values(original, point)
        here = all_values(constructed, point)
    except NetworkError:
        return None
    for name in constructed.order:
        means = constructed.means(name)
        if means is not None and _promised(means, here, there) not in (None, here[name]):
            return name
    return None


def _promised(means: Means, here: dict[str, mpq], there: dict[str, mpq]) -> mpq | None:
    """The promised value; None where the promise names a node that does not exist."""
    if not (means.here.keys() <= here.keys() and means.original.keys() <= there.keys()):
        return None
    z = means.bias
    for name, weight in means.here.items():
        z += weight * here[name]
    for name, weight in means.original.items():
        z += weight * there[name]
    if means.op == "step":
        return mpq(int(z >= 0))
    return max(z, mpq(0)) if means.op == "relu" else mpq(z)

