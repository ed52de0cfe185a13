"""Moduli for comparisons by first passage (route D): proven by counting, or searched on the inputs of a domain.

*Proven.* A false event of level ``b`` for ``q`` means that ``q`` divides ``H_{b+1} + h``, a number that is not 0, for
one of the ``h`` of the level. So among pairwise coprime moduli from ``q_min`` on, at most ``floor(log_{q_min}(max
|H_{b+1} + h|))`` err for each ``h`` of each level, whatever the number of moduli; there is none where ``H_{b+1} = -h`` for one of
them; and on either side of these there are at most as many as :func:`most_divisors` says. In all these are ``FP``. A literal
with values up to ``v`` that is the sum over ``|Q|`` moduli is too large by at most ``v*FP``.

*Searched.* One modulus for which no event of any level is false on any input of the domain: then literals have no
noise there. The smallest power of two is sought below which one of a few primes will do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from exactnet.construct.base.builder import Builder
from exactnet.construct.gadgets.moduli import Counting, Samples, primes_below
from exactnet.construct.gadgets.passages import Passage
from exactnet.construct.gadgets.windows import Levels
from exactnet.kernel.errors import SizeError, clip_text

__all__ = ["LARGEST", "expected_modulus", "false_passages", "likely_modulus", "searched_modulus"]

Column = npt.NDArray[np.int64]

#: No searched modulus is larger.
LARGEST = 1 << 24

#: How many primes are tried below each power of two.
CANDIDATES = 32

#: Rows that are looked at first: most candidates fail on them already.
FIRST = 1 << 11


def false_passages(builder: Builder, parts: Sequence[Passage], counting: Counting) -> int:
    """``FP``: the most false events of one comparison on any assignment, if so many moduli may err."""
    count = 0
    for part in parts:
        (low, high), width = part.levels.ranges(builder)[part.level + 1], len(part.at)
        count += counting(width, max(1, -low, high + width - 1))  # below all -h, or above
    return count


def expected_modulus(samples: int, parts: Sequence[Passage]) -> int:
    """About where a modulus without false events on so many inputs is likely: half of the events that are tried."""
    return max(16, samples * sum(len(part.at) for part in parts) // 8)


class Rows:
    """The digits of one comparison on the inputs, each distinct row once, and what its events truly are."""

    def __init__(self, samples: Samples, levels: Levels, parts: Sequence[Passage]) -> None:
        rows = samples.digits(levels)
        # A fixed shuffle: the first rows are a fair sample of all.
        rows = rows[np.random.default_rng(0).permutation(len(rows))]
        self.levels = levels
        self.parts = {part.level: part for part in parts}
        self.digits = [rows[:, b].copy() for b in range(rows.shape[1])]
        self.small = self._partial()

    def _partial(self) -> list[Column]:
        """``H_b`` of every level, cut off far beyond every window."""
        far = 1 << 40
        value = np.zeros(len(self.digits[0]), dtype=np.int64)
        partial = []
        for level in range(len(self.digits) - 1, -1, -1):
            offset = max(-far, min(far, self.levels.offsets[level]))
            value = np.clip((value << self.levels.bits) + self.digits[level] - offset, -far, far)
            partial.append(value)
        return partial[::-1]

    def right(self, q: int, rows: slice) -> bool:
        """Whether no event is false for ``q`` on these rows."""
        beta = 1 << self.levels.bits
        value = np.zeros(len(self.digits[0][rows]), dtype=np.int64)
        for level in range(len(self.digits) - 1, 0, -1):
            value = (value * beta + self.digits[level][rows] - self.levels.offsets[level] % q) % q
            part = self.parts.get(level - 1)
            if part is None:
                continue
            for h, at in enumerate(part.at):
                fires = (value == -h % q) & (self.digits[level - 1][rows] >= at)
                if np.any(fires & (self.small[level][rows] != -h)):
                    return False
        return True


def _candidates(least: int) -> Iterator[int]:
    """Primes, the smaller powers of two first, and below each the largest first."""
    limit = 1 << max(3, least.bit_length())
    while limit <= LARGEST:
        yield from primes_below(limit, CANDIDATES)
        limit <<= 1


def likely_modulus(inputs: int, parts: Sequence[Passage], besides: int) -> int:
    """The modulus that :func:`searched_modulus` tries first on so many inputs."""
    widest = max(len(part.at) for part in parts)
    least = expected_modulus(inputs, parts)
    return next(q for q in _candidates(max(widest + 1, least // 2)) if q > widest and besides % q)


def searched_modulus(
    samples: Samples, comparisons: Sequence[tuple[Levels, Sequence[Passage]]], besides: int, name: str
) -> int:
    """A prime for which no event of the comparisons is false on any sample; it does not divide ``besides``.

    Raises :class:`SizeError` if there is none among the candidates.
    """
    groups = [Rows(samples, levels, parts) for levels, parts in comparisons]
    widest = max(len(part.at) for _, parts in comparisons for part in parts)
    least = expected_modulus(len(groups[0].digits[0]), [part for _, parts in comparisons for part in parts])
    for q in _candidates(max(widest + 1, least // 2)):
        if q <= widest or besides % q == 0:
            continue
        samples.look(FIRST, sum(len(group.digits) for group in groups))
        if all(group.right(q, slice(0, FIRST)) for group in groups) and all(
            group.right(q, slice(FIRST, None)) for group in groups
        ):
            return q
    raise SizeError(
        f"no modulus up to {LARGEST} is right for {clip_text(name)} on every input; moduli = proven needs no search"
    )
