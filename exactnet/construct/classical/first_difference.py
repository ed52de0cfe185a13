"""Comparing two numbers by the first place where they differ, in one layer of gates with small weights
(docs/classical.md).

The difference of two numbers has digits ``D_c`` in ``{-1, 0, 1}``, ``c < n``; ``H_b = sum of D_c 2^(c-b) over c >= b``.

**Lemma.** ``1[H_0 >= 1] = 1[H_e >= 1] + sum over b < e of 1[H_{b+1} = 0 and D_b = 1]`` for every level ``e``, and
at most one summand is 1.

*Proof.* The sign of ``H_b`` is that of the digit highest up among ``D_b, D_{b+1}, …`` that is not 0: the others are
less in all. So ``H_0 >= 1`` iff the highest digit that is not 0 is 1: it is at ``e`` or above, or it is ``D_b``
with ``b < e``, all above being 0; and that is to say ``H_{b+1} = 0``.

``H_e`` has coefficients of at most ``2^(n-1-e)``. For ``b < e`` and a modulus ``q`` the event becomes "``F = 0``
and ``D_b = 1``", where ``F`` has the coefficients of ``H_{b+1}`` modulo ``q``, at most ``q/2`` in absolute value:
it is ``1[3F + D_b >= 1] - 1[3F + D_b >= 2]``, as ``3F + D_b = 1`` says ``F = 0`` and ``D_b = 1``. If ``H_{b+1} =
0``, then all digits above ``b`` are 0 and ``F = 0``. So a summand that holds is counted for every ``q``. One that
does not is counted only if ``q`` divides ``H_{b+1}``, which is then not 0 and less than ``2^(n-1-b)``: pairwise
coprime moduli divide it together.

So for a set ``Q`` of moduli the sum ``Y`` of ``|Q| * 1[H_e >= 1]`` and of all events for all ``q`` is ``|Q| * 1[H_0
>= 1] + E`` with ``0 <= E <= FP``, where ``FP`` adds up over ``b < e`` how many of the smallest moduli have a
product below ``2^(n-1-b)``. It does not grow with ``|Q|``.

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

__all__ = ["MAX_DIGITS", "Plan", "difference_sign", "false_events", "odd_primes", "plan_differences"]

#: The most digits of a difference that is planned for.
MAX_DIGITS = 64


@dataclass(frozen=True)
class Plan:
    """How differences of up to ``size`` digits are made: the ``top`` highest digits in one form, the others in events."""

    size: int
    top: int
    moduli: tuple[int, ...]
    """Ascending primes; a single one where there are no events, of which nothing but the number matters."""
    false: int
    """``FP``."""

    @property
    def scale(self) -> int:
        """``|Q|``: what a difference that is positive counts."""
        return len(self.moduli)


def odd_primes(least: int) -> Iterator[int]:
    """The primes from ``least`` on but 2, ascending.

    >>> list(islice(odd_primes(2), 3)), next(odd_primes(14))
    ([3, 5, 7], 17)
    """
    q = int(gmpy2.next_prime(max(2, least - 1)))
    while True:
        yield q
        q = int(gmpy2.next_prime(q))


def false_events(size: int, top: int, moduli: Iterable[int]) -> int:
    """The most false events of a difference of ``size`` digits, ``top`` of them in one form, for coprime ascending
    moduli.

    An event with ``m`` digits above it is false for at most as many moduli as the smallest ones have a product
    below ``2^m``.

    >>> false_events(8, 1, [3, 5, 7, 11])
    11
    """
    events, product = 0, 1
    for q in moduli:
        product *= q
        least = max(top, product.bit_length())  # 2^m > product
        if least >= size:
            break
        events += size - least
    return events


def plan_differences(size: int, noise: int, reading: int) -> Plan:
    """The plan whose largest weight is least, and with the fewest events of these.

    Parameters
    ----------
    size : the most digits of a difference.
    noise : ``|Q|`` must exceed ``noise * FP``.
    reading : gates read a difference with weights up to ``reading * |Q|``.

    Raises :class:`SizeError` for more than :data:`MAX_DIGITS` digits.

    >>> plan = plan_differences(12, 1, 1)
    >>> plan.top, plan.scale, plan.moduli[0], plan.moduli[-1], plan.false
    (7, 10, 11, 43, 9)
    """
    if size > MAX_DIGITS:
        raise SizeError(f"too large to build: numbers of {size} bits, more than {MAX_DIGITS}")
    best = (max(1 << (size - 1), reading), 0, Plan(size, size, (3,), 0))
    for top in range(1, size):
        for least in odd_primes(3):
            if 1 << (top - 1) > best[0] or 3 * (least // 2) > best[0]:
                break
            false = false_events(size, top, odd_primes(least))  # for however many of them
            if reading * (noise * false + 1) > best[0]:
                continue
            moduli = tuple(islice(odd_primes(least), noise * false + 1))
            weight = max(1 << (top - 1), 3 * (moduli[-1] // 2), reading * len(moduli))
            best = min(best, (weight, len(moduli) * (size - top), Plan(size, top, moduli, false)), key=lambda one: one[:2])
    return best[2]


def difference_sign(builder: Builder, digits: Sequence[Linear], plan: Plan, name: str) -> Linear:
    """``|Q| * 1[sum of digits[c] * 2^c >= 1] + E`` with ``0 <= E <= plan.false``: one layer of gates.

    Parameters
    ----------
    digits : forms with values in ``{-1, 0, 1}``, lowest first, at most ``plan.size``.
    """
    level = max(0, len(digits) - plan.top)
    parts = [builder.step(_form(digits[level:], 0), 1, f"{name}.top").scaled(plan.scale)]
    for b in range(level):
        for q in plan.moduli:
            form = _form(digits[b + 1 :], q).scaled(3) + digits[b]
            parts += [builder.step(form, 1, f"{name}.{b}mod{q}"), builder.step(form, 2, f"{name}.{b}mod{q}").scaled(-1)]
    return total(parts)


def _form(digits: Sequence[Linear], q: int) -> Linear:
    """``sum of digits[c] * 2^c``, its coefficients modulo an odd ``q`` (0: as they are) and at most ``q/2`` in absolute value."""
    weights = [1 << c if q == 0 else (pow(2, c, q) + q // 2) % q - q // 2 for c in range(len(digits))]
    return total(digit.scaled(weight) for digit, weight in zip(digits, weights, strict=True))
