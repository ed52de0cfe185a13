"""Moduli for comparisons by windows: proven by counting, or searched on the inputs of a domain (docs/routes.md).

*Proven.* Let ``scale`` be larger than the length of every window ``first .. last``, and the moduli ``scale*q`` for primes ``q``.
At level ``b`` a false event means that ``H_b - first < 0`` is congruent modulo ``scale*q`` to one of ``0 .. scale - 1``: then ``q``
divides ``floor((H_b - first) / scale)``, a number below 0. Of primes from ``q_min`` on at most ``floor(log_{q_min} X)`` divide a
number of absolute value at most ``X``. Any set larger than the sum over the levels is right. No input is looked at.

*Searched.* The false events of every candidate are counted on all inputs of the domain, and moduli are taken until on
no input all of them together reach their number. The certificate says which of the two was used; the checker has the
last word on both.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import accumulate
from math import ceil, comb, inf, log, log2
from operator import itemgetter, mul
from typing import Any, NoReturn

import gmpy2
import numpy as np
import numpy.typing as npt

from exactnet.construct.base.builder import Builder
from exactnet.construct.base.linear import Linear
from exactnet.construct.gadgets.windows import Cut, Levels
from exactnet.kernel.errors import SizeError, clip_text
from exactnet.kernel.network import AFFINE, RELU, THRESHOLD

__all__ = [
    "LONGEST",
    "Counting",
    "Samples",
    "Spread",
    "divisors",
    "expected_moduli",
    "fewest_moduli",
    "likely_moduli",
    "most_divisors",
    "primes_below",
    "primes_between",
    "proven_levels",
    "proven_moduli",
    "searched_moduli",
    "spread_primes",
]

Column = npt.NDArray[np.int64]

#: No more moduli than this are ever taken.
MAX_MODULI = 4096

#: The most multiples of moduli that are looked at one by one, as the kernel of structural proofs does, and the numbers for which.
MAX_PLACES, _WIDE = 1 << 20, 1 << 62

#: The digits of samples that are held at once, and those that the searches for one network look at: about a gigabyte, and 40 s.
#: A level on few inputs takes as long as on :data:`_FEW`.
MAX_HELD, MAX_LOOKS, _FEW = 1 << 25, 3 << 30, 1 << 10


def primes_below(limit: int, count: int) -> list[int]:
    """The ``count`` largest primes that are at most ``limit``, descending (fewer if there are not so many).

    >>> primes_below(20, 3)
    [19, 17, 13]
    """
    primes = []
    for value in range(limit, 1, -1):
        if gmpy2.is_prime(value):
            primes.append(value)
            if len(primes) == count:
                break
    return primes


def primes_between(low: int, high: int, count: int) -> list[int]:
    """``count`` primes spread evenly over ``(low, high]``, descending (fewer if there are not so many).

    Primes close together err on the same inputs where a level is close to a multiple of them all.

    >>> primes_between(100, 200, 4)
    [199, 173, 149, 113]
    """
    limits = (high - (high - low) * i // count for i in range(count))
    return sorted({prime for limit in limits for prime in primes_below(limit, 1) if prime > low}, reverse=True)


def divisors(least: int, size: int) -> int:
    """``floor(log_least size)``: how many pairwise coprime numbers from ``least`` on can divide a number up to ``size``.

    >>> divisors(10, 999), divisors(10, 1000)
    (2, 3)
    """
    if size < least:
        return 0
    # The quotient of the logarithms, which are good to 15 digits, unless it is almost an integer: powers take minutes where sizes
    # have 10^4 bits, for each of as many levels.
    ratio = log2(size) / log2(least)
    count = int(ratio)
    if abs(ratio - round(ratio)) > 1e-9 * ratio:
        return count
    power = gmpy2.mpz(least) ** count
    while power > size:
        count, power = count - 1, power // least
    while power * least <= size:
        count, power = count + 1, power * least
    return count


def expected_moduli(spans: Sequence[int], inputs: int, q: int) -> float:
    """How many moduli near ``q`` it takes if false events are random: fewer than they are on each of the inputs.

    ``spans`` are the widths of the windows; a modulus errs with a probability of about their sum over ``q``.
    """
    rate = sum(spans) / q
    if rate >= 1:
        return inf
    return max(1, ceil(log(inputs + 1) / -log(rate))) if rate else 1


def most_divisors(moduli: Sequence[int], width: int, size: int) -> int:
    """How many of some primes, ascending, can divide ``v + x``, each for some ``v`` in ``[0, width)``, for one ``x`` in ``(0,
    size - width]``: at most this many.

    >>> most_divisors([5, 7, 11], 1, 34), most_divisors([5, 7, 11], 1, 35), most_divisors([5, 7, 11], 2, 34)
    (1, 2, 2)
    """
    most = min(len(moduli), width * divisors(moduli[0], size)) if moduli else 0
    if most <= 1 or width < 1 or size >= _WIDE or sum(size // q for q in moduli) > MAX_PLACES:
        return most
    starts = np.concatenate([np.arange(q, size + 1, q, dtype=np.int64) for q in moduli])
    starts.sort()
    ended = np.searchsorted(starts, starts - width, side="right")
    return min(most, int((np.arange(1, len(starts) + 1) - ended).max(initial=0)))


def likely_divisors(count: int, q: int, width: int, size: int) -> int:
    """About what :func:`most_divisors` says of so many primes near ``q``: as many as a random value would still have
    somewhere, or as their products allow.
    """
    most = min(count, width * divisors(q, size))
    if size // q * count > MAX_PLACES // 2:
        return most
    chance, likely = log(max(2, q / max(1, width))), 0
    while likely < most and log(comb(count, likely + 1)) + log(size) > (likely + 1) * chance:
        likely += 1
    return likely


#: Powers of two that the limit on weights is multiplied by, the least and the first that is too large.
LESS, EXTRA = -5, 24

#: The most bits of a digit of a comparison with proven moduli, where no form of its mass has longer ones: a window takes two gates
#: for each multiple of a modulus, however wide it is.
LONGEST = 15

#: Moduli beyond the limit are taken by :func:`fewest_moduli` only where there would be more than so many.
ENOUGH = 48


#: ``(width, size)``: how many moduli may err, as :func:`most_divisors` says.
Counting = Callable[[int, int], int]

#: ``(start, count)``: so many moduli from ``start`` to twice it, ascending, or fewer where there are not so many.
Spread = Callable[[int, int], Sequence[int]]


def spread_primes(start: int, count: int) -> list[int]:
    """Primes spread evenly: those close to each other divide numbers of one small window at once, as ``t*q`` and ``t*q'`` are
    close for small ``t``.
    """
    return primes_between(start, 2 * start, count)[::-1]


def _counted(levels: Levels) -> tuple[int, list[int]]:
    """A power of two above all windows, and the most that ``-floor((H_b - first) / scale)`` may be at every level that may err."""
    spans = [(first, last, low) for first, last, low in levels.below if last >= first]
    scale = 1 << max((last - first for first, last, _ in spans), default=0).bit_length()
    return scale, [-((low - first) // scale) for first, _, low in spans]


def likely_moduli(levels: Levels) -> int:
    """About how many moduli :func:`proven_moduli` takes within the limit; more than :data:`MAX_MODULI` if there are none."""
    scale, sizes = _counted(levels)
    largest = 2 * levels.limit // scale
    count = 1 + sum(divisors(largest, size) for size in sizes) if largest > 2 else MAX_MODULI + 1
    return count if count * largest.bit_length() <= largest else MAX_MODULI + 1


def _enough(levels: Levels, limit: int) -> list[int]:
    """The fewest of the largest primes ``q``, ascending, whose ``scale*q`` is at most twice the limit and that no assignment of the
    literals can fool; none if there are not so many.
    """
    scale, sizes = _counted(levels)
    primes, needed = list[int](), 1
    while len(primes) < needed <= MAX_MODULI:
        primes = [q for q in primes_below(2 * limit // scale, needed) if q > 2][::-1]
        if len(primes) < needed:
            break
        products = list(accumulate(primes, mul))
        needed = 1 + sum(bisect_right(products, size) for size in sizes)
    return primes if needed <= len(primes) else []


def proven_moduli(levels: Levels, name: str) -> list[int]:
    """Few numbers that no assignment of the literals can fool, ``scale`` times a prime, so that residues are within the limit; or
    within some power of two times it, if there are none. No input is looked at.
    """
    scale, _ = _counted(levels)
    for power in range(EXTRA if levels.exact else 0):
        if primes := _enough(levels, levels.limit << power):
            return [scale * q for q in primes]
    if levels.exact:
        raise SizeError(f"too large to build: {clip_text(name)} needs more than {MAX_MODULI} proven moduli")
    return []


def proven_levels(cuts: Sequence[Cut], constant: int, limit: int, admissible: int) -> Levels:
    """How a comparison with proven moduli is cut, and its largest weight: about the limit, or twice as large where that saves a
    fifth of the gates, and so on, but beyond it never more than half of the bits that there were, nor than is stated, which is
    what digits of ``admissible`` bits can take. Only within the limit is a comparison one gate.
    """
    at_cuts = [Levels.at(cut, constant, limit) for cut in cuts]
    stated = 0
    for levels in at_cuts[:admissible]:
        scale, sizes = _counted(levels)
        stated = max(stated, 9 * scale * (levels.exact * max(sizes, default=1).bit_length() + 2) ** 2)
    most = max(limit, min(stated, 2 << cuts[0].largest[0].bit_length() // 2))
    tried: list[tuple[int, Levels]] = []
    for at in at_cuts:
        for power in range(LESS, EXTRA):
            levels = at.within(limit << power if power > 0 else max(1, limit >> -power))
            if levels.limit > (most if levels.exact else limit):
                break
            moduli = likely_moduli(levels) if levels.exact else 0
            if moduli <= MAX_MODULI and at.cut.largest[levels.exact] <= levels.limit:
                tried.append(((1 + levels.exact * moduli) ** 3 * levels.limit, levels))
    for _, levels in sorted(tried, key=itemgetter(0)):
        if levels.bits <= admissible or not levels.exact or _enough(levels, levels.limit):
            return levels
    return at_cuts[admissible - 1]


def fewest_moduli(
    needed: Callable[[Counting], int],
    widest: int,
    limit: int,
    spread: Spread,
    extra: int,
) -> Sequence[int]:
    """Moduli from the limit times some power of two on, as many as are needed, with the fewest bits in all; none if none will
    do.

    Parameters
    ----------
    needed : how many it takes, if so many may err.
    widest : the widest window; moduli are larger.
    extra : the largest power of two, and one more.
    """
    best, cost, least = list[int](), inf, max(3, widest + 2)
    for power in range(-5, extra):
        start = limit << power if power > 0 else limit >> -power
        if start < least:
            continue
        if start > max(limit, 2 * least) and 0 < len(best) <= ENOUGH:
            break
        fewer = min(MAX_MODULI + 1, cost / start.bit_length())
        moduli: Sequence[int] = ()
        wanted = _likely(needed, start, fewer)
        while len(moduli) < wanted < fewer:
            moduli = spread(start, wanted)
            if len(moduli) < wanted:
                break
            wanted = needed(partial(most_divisors, moduli))
        if 0 < wanted <= len(moduli):
            best, cost = list(moduli), len(moduli) * start.bit_length()
    return best


def _likely(needed: Callable[[Counting], int], start: int, fewer: float) -> int:
    """About how many primes from ``start`` on it takes; 0 if not fewer, or if there are not so many."""
    count, wanted = 0, 1
    while count < wanted < fewer:
        count = wanted
        wanted = needed(partial(likely_divisors, count, start))
    return count if wanted <= count and 2 * count * start.bit_length() <= start else 0


class Samples:
    """The value of every literal on the inputs that moduli are searched on, as columns of equal length.

    ``inputs`` are the columns of the integers that the inputs are read as. Literals of gates are recorded as they are
    made (their value is what they mean); other nodes, such as the bits of an input, are evaluated by their
    definition.
    """

    def __init__(self, inputs: Sequence[npt.NDArray[np.int32]]) -> None:
        self.inputs = tuple(inputs)
        self.count = len(self.inputs[0])
        self.columns: dict[str, npt.NDArray[np.integer[Any]]] = {}
        self._looks = 0

    def digits(self, levels: Levels, rows: npt.NDArray[np.integer[Any]] | slice = slice(None)) -> npt.NDArray[np.int64]:
        """The digits of a comparison on some of the inputs, each distinct row once.

        Raises :class:`SizeError` if they are too many to be held.
        """
        self._check(levels)
        return np.unique(np.stack([self.form(form)[rows] for form in levels.digits], axis=1), axis=0)

    def look(self, inputs: int, levels: int) -> None:
        """Count digits that a search looks at; raises :class:`SizeError` if those of one network are too many."""
        self._looks += max(_FEW, inputs) * levels
        if self._looks > MAX_LOOKS:
            self._refuse(f"more than {MAX_LOOKS} digits")

    def _check(self, levels: Levels) -> None:
        if self.count * len(levels.digits) > MAX_HELD:
            self._refuse(f"{self.count} inputs and {len(levels.digits)} levels, more than {MAX_HELD} digits")

    @staticmethod
    def _refuse(size: str) -> NoReturn:
        raise SizeError(f"too large to build: moduli are searched on {size}; --moduli proven needs no search")

    def prepare(self, builder: Builder, form: Linear) -> None:
        """Make sure that the columns of a form's signals are known."""
        for signal in form.terms:
            self._prepare(builder, signal)

    def _prepare(self, builder: Builder, signal: str) -> None:
        if signal in self.columns:
            return
        if signal in builder.inputs:  # on the cube
            self.columns[signal] = self.inputs[builder.inputs.index(signal)]
            return
        node = builder.node(signal)
        if node.kind == AFFINE and set(node.sources) <= set(builder.inputs):  # u = p*x + p^2 on the grid
            (source,) = node.sources
            self.columns[signal] = self.inputs[builder.inputs.index(source)]
            return
        if node.means is not None and node.means.op == "step" and node.means.here and not node.means.original:
            # A step, such as a ramp, whose slopes need not be integers: on the domain its value is what it means.
            weights = {source: int(weight) for source, weight in node.means.here.items()}
            self.prepare(builder, Linear(weights))
            self.columns[signal] = (self.form(Linear(weights, int(node.means.bias))) >= 0).astype(np.int8)
            return
        z = np.full(self.count, int(node.bias), dtype=np.int64)
        for source, weight in node.sources.items():
            self._prepare(builder, source)
            z += int(weight) * self.columns[source]
        if node.kind == RELU:
            np.maximum(z, 0, out=z)
        elif node.kind == THRESHOLD:
            z = (z >= 0).astype(np.int64)
        self.columns[signal] = z

    def form(self, form: Linear) -> Column:
        """The values of a form with small coefficients."""
        result = np.full(self.count, form.constant, dtype=np.int64)
        for signal, c in form.terms.items():
            result += c * self.columns[signal].astype(np.int64)
        return result

    def record(self, bit: Linear, values: npt.NDArray[np.bool_]) -> None:
        """Remember the value of a new literal: a gate or its complement (constants need no memory)."""
        if len(bit.terms) == 1:
            ((signal, c),) = bit.terms.items()
            self.columns[signal] = (values if c > 0 else ~values).astype(np.int8)

    def sign(self, levels: Levels) -> npt.NDArray[np.bool_]:
        """``L >= 0`` on every input: the recursion for ``H_b``, cut off where it can no longer change its sign."""
        self._check(levels)
        far = 1 << 40
        value = np.zeros(self.count, dtype=np.int64)
        for level in range(len(levels.digits) - 1, -1, -1):
            offset = max(-far, min(far, levels.offsets[level]))
            value = (value << levels.bits) + self.form(levels.digits[level]) - offset
            np.clip(value, -far, far, out=value)
        return value >= 0


def false_events(levels: Levels, digits: Sequence[Column], q: int) -> Column:
    """How many levels fire falsely for ``q``, on each of the inputs with these digits (where ``L < 0``)."""
    count, value = np.zeros_like(digits[0]), np.zeros_like(digits[0])
    beta = 1 << levels.bits
    for level in range(len(digits) - 1, -1, -1):
        value = (value * beta + digits[level] - levels.offsets[level] % q) % q
        if level < levels.exact:
            least, most = levels.window(level)
            count += (value >= least) & (value <= most)
    return count


def searched_moduli(samples: Samples, levels: Levels, candidates: Sequence[int], name: str) -> list[int]:
    """A small set of candidates that is right on every sample: greedily, the one that leaves fewest inputs in doubt.

    An input is in doubt while its false events are as many as the moduli.
    """
    if levels.exact == 0:
        return []
    widest = max(levels.windows[: levels.exact])
    rows = samples.digits(levels, np.flatnonzero(~samples.sign(levels)))
    samples.look(len(rows), len(levels.digits) * len(candidates))
    digits = [rows[:, b].copy() for b in range(rows.shape[1])]
    events: Mapping[int, Column] = {q: false_events(levels, digits, q) for q in candidates if q > widest + 1}
    chosen: list[int] = []
    sums = np.zeros(len(rows), dtype=np.int64)
    remaining = dict(events)
    while remaining and len(chosen) < MAX_MODULI:
        size = len(chosen) + 1
        best = min(remaining, key=lambda q: (int(np.count_nonzero(sums + remaining[q] >= size)), int(remaining[q].sum())))
        sums = sums + remaining.pop(best)
        chosen.append(best)
        if not np.any(sums >= size):
            return chosen
    raise SizeError(f"no set of the {len(candidates)} candidate moduli is right for {clip_text(name)} on every input")
