"""Comparing two numbers by the first place where they differ, in one layer of gates with small weights
(docs/classical.md).

The difference of two numbers has digits ``d_c`` in ``{-1, 0, 1}``, ``c < n``. Let ``H_b = sum of d_c 2^(c-b) over c >=
b``; and for blocks of ``w`` digits, with ``beta = 2^w``, let ``D_b = d_b + .. + 2^(w-1) d_(b+w-1)``, so that ``H_b =
D_b + beta*H_(b+w)`` and ``|D_b| < beta``.

**Lemma.** ``1[H_0 >= 1] = 1[H_e >= 1] + sum over blocks b < e of 1[H_(b+w) = 0 and D_b >= 1]`` for every multiple
``e`` of ``w``, and at most one summand is 1.

*Proof.* The sign of ``H_b`` is that of the block highest up among ``D_b, D_(b+w), …`` that is not 0: the others are
less in all. So ``H_0 >= 1`` iff the highest block that is not 0 is positive: it is at ``e`` or above, or it is ``D_b``
with ``b < e``, all above being 0; and that is to say ``H_(b+w) = 0``.

``H_e`` has coefficients of at most ``2^(n-1-e)``. For ``b < e`` and an odd modulus ``q`` the event becomes "``F = 0``
and ``D_b >= 1``", where ``F`` has the coefficients of ``H_(b+w)`` modulo ``q``, at most ``q/2`` in absolute value: it
is ``1[R >= 1] - 1[R >= beta]`` for ``R = (2 beta - 1)F + D_b``, as ``1 <= R < beta`` says ``F = 0`` and ``D_b >= 1``.
If ``H_(b+w) = 0``, then all digits from ``b+w`` on are 0 (the lowest is even, and so on) and ``F = 0``. So a summand
that holds is counted for every ``q``. One that does not is counted only if ``q`` divides ``H_(b+w)``, which is then
not 0 and less than ``2^(n-w-b)``: pairwise coprime moduli divide it together.

So for a set ``Q`` of moduli the sum ``Y`` of ``|Q| * 1[H_e >= 1]`` and of all events for all ``q`` is ``|Q| * 1[H_0
>= 1] + E`` with ``0 <= E <= FP``, where ``FP`` adds up over the blocks how many of the smallest moduli have a product
below ``2^(n-w-b)``. It does not grow with ``|Q|``. Wide blocks make few events, and weights of about ``beta*q``.

A reader that adds up several ``Y`` with signs, and rounds, errs nowhere if ``|Q|`` exceeds the sum of the ``FP``;
that of carries and ranks is bounded in :mod:`exactnet.theory.classical`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import gmpy2

from exactnet.construct.base.builder import Builder
from exactnet.construct.base.linear import Linear, total
from exactnet.kernel.errors import SizeError

__all__ = ["MAX_DIGITS", "Differences", "Plan", "false_events", "odd_primes", "plan_differences", "residues"]

#: The most digits of a difference that is planned for.
MAX_DIGITS = 64

#: The gates for which larger weights are taken in exchange.
MANY = 2**12


@dataclass(frozen=True)
class Plan:
    """How differences of up to ``size`` digits are made: the ``top`` highest digits, or a few less, in one form, the
    others in events on blocks of ``block`` digits.
    """

    size: int
    top: int
    moduli: tuple[int, ...]
    """Ascending primes; a single one where there are no events, of which nothing but the number matters."""
    false: int
    """``FP``."""
    block: int = 1

    @property
    def scale(self) -> int:
        """``|Q|``: what a difference that is positive counts."""
        return len(self.moduli)

    def blocks(self, length: int) -> range:
        """Where the blocks of events begin, for the ``length`` lowest digits; the rest from the last one's end on is one form."""
        return range(0, max(0, length - self.top), self.block)

    def level(self, length: int) -> int:
        """``e``, where that one form begins."""
        return len(self.blocks(length)) * self.block


def odd_primes(least: int) -> Iterator[int]:
    """The primes from ``least`` on but 2, ascending.

    >>> list(islice(odd_primes(2), 3)), next(odd_primes(14))
    ([3, 5, 7], 17)
    """
    q = int(gmpy2.next_prime(max(2, least - 1)))
    while True:
        yield q
        q = int(gmpy2.next_prime(q))


def false_events(size: int, top: int, moduli: Iterable[int], block: int = 1) -> int:
    """The most false events of a difference of ``size`` digits, for coprime ascending moduli; shorter ones have no more.

    An event with ``m`` digits above it is false for at most as many moduli as the smallest ones have a product
    below ``2^m``.

    >>> false_events(8, 1, [3, 5, 7, 11])
    11
    """
    above = [size - block - b for b in range(0, max(0, size - top), block)]
    events, product = 0, 1
    for q in moduli:
        product *= q
        fits = sum(m >= product.bit_length() for m in above)  # 2^m > product
        if not fits:
            break
        events += fits
    return events


def plan_differences(sizes: Sequence[int], noise: int, reading: int) -> Plan:
    """The plan whose largest weight is least among those with few gates (at most :data:`MANY`), and with the fewest
    gates of these; where all have many, the one with the fewest, of weights within the limit of
    :mod:`exactnet.theory.classical`.

    Parameters
    ----------
    sizes : how many digits each difference has that is made.
    noise : ``|Q|`` must exceed ``noise * FP``.
    reading : gates read a difference with weights up to ``reading * |Q|``.

    Raises :class:`SizeError` for more than :data:`MAX_DIGITS` digits.

    >>> plan = plan_differences([12], 1, 1)
    >>> plan.top, plan.scale, plan.moduli[0], plan.moduli[-1], plan.false, plan.block
    (7, 10, 11, 43, 9, 1)
    """
    size = max(sizes)
    if size > MAX_DIGITS:
        raise SizeError(f"too large to build: numbers of {size} bits, more than {MAX_DIGITS}")
    most = noise * (size - 1) * (size - 2) // 2 + 1
    limit = max(3 * (most + 1) * ((most + 1).bit_length() + 1) // 2, reading * most)
    plans = [Plan(size, size, (3,), 0)] if max(1 << (size - 1), reading) <= limit else []
    for block in range(1, size):
        for top in range(block, size):
            if 1 << (top - 1) <= limit:
                plans += _with_events(size, top, block, noise, reading, limit)

    def cost(plan: Plan) -> tuple[bool, int, int]:
        gates = 2 * plan.scale * sum(len(plan.blocks(length)) for length in sizes)
        weight = max(1 << (plan.top - 1), reading * plan.scale)
        if plan.top < size:
            weight = max(weight, (2 * (1 << plan.block) - 1) * (plan.moduli[-1] // 2))
        return (False, weight, gates) if gates <= MANY else (True, gates, weight)

    return min(plans, key=cost)


def _with_events(size: int, top: int, block: int, noise: int, reading: int, limit: int) -> Iterator[Plan]:
    """Plans with ever larger moduli, up to the limit."""
    largest = 2 * limit // (2 * (1 << block) - 1) + 1
    least = 3
    while least <= largest:
        least = next(odd_primes(least))
        false = false_events(size, top, odd_primes(least), block)  # for however many of them
        moduli = tuple(islice(odd_primes(least), noise * false + 1))
        if moduli[-1] <= largest and reading * len(moduli) <= limit:
            yield Plan(size, top, moduli, false, block)
        if not false:
            return
        least += 1 + least // 256  # all small primes, then ever fewer


class Differences:
    """The differences whose digits are the lowest ones of given forms with values in ``{-1, 0, 1}``.

    Forms that are read are made from those for one digit less, where there are some.
    """

    def __init__(self, builder: Builder, digits: Sequence[Linear], plan: Plan, name: str) -> None:
        self.builder, self.plan, self.name = builder, plan, name
        self.digits = [builder.share(digit, f"{name}.{c}", -1, 1) for c, digit in enumerate(digits)]
        self._read: dict[tuple[int, int, int], Linear] = {}

    def sign(self, length: int) -> Linear:
        """``|Q| * 1[sum of digits[c] * 2^c over c < length >= 1] + E`` with ``0 <= E <= plan.false``: one layer of gates."""
        parts = [self.top(length).scaled(self.plan.scale)]
        parts += [self.event(length, b, q) for b in self.plan.blocks(length) for q in self.plan.moduli]
        return total(parts)

    def top(self, length: int) -> Linear:
        """``1[H_e >= 1]``."""
        level = self.plan.level(length)
        high = total(digit.scaled(1 << c) for c, digit in enumerate(self.digits[level:length]))
        return self.builder.step(high, 1, f"{self.name}{length}.top")

    def event(self, length: int, b: int, q: int) -> Linear:
        """``1[1 <= R < beta]``."""
        read = self.read(length, b, q)
        return self.builder.step(read, 1, self.name) - self.builder.step(read, 1 << self.plan.block, self.name)

    def read(self, length: int, b: int, q: int) -> Linear:
        """``R``."""
        if (length, b, q) not in self._read:
            start, factor = b + self.plan.block, 2 * (1 << self.plan.block) - 1
            weights = residues(length - start, q)
            shorter = self._read.get((length - 1, b, q))
            if shorter is not None:
                form = shorter + self.digits[length - 1].scaled(factor * weights[-1])
            else:
                own = (digit.scaled(1 << i) for i, digit in enumerate(self.digits[b:start]))
                above = (d.scaled(factor * w) for d, w in zip(self.digits[start:length], weights, strict=True))
                form = total((*own, *above))
            low, high = self.builder.interval(form)
            self._read[length, b, q] = self.builder.share(form, f"{self.name}{length}.{b}mod{q}", low, high)
        return self._read[length, b, q]


def residues(count: int, q: int) -> list[int]:
    """``2^c`` modulo an odd ``q``, at most ``q/2`` in absolute value.

    >>> residues(4, 5)
    [1, 2, -1, -2]
    """
    return [(pow(2, c, q) + q // 2) % q - q // 2 for c in range(count)]
