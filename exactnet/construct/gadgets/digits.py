"""Digits: a form with huge coefficients as ``sum of A_b * beta^b`` with small forms ``A_b`` (docs/theory.md).

Coefficients are written in *balanced* digits, ``-beta/2 .. beta/2``, and where a digit of ``y`` in ``[0, h]`` is
negative, the complement ``h - y`` is used in that block. So every ``A_b`` has non-negative coefficients of at most
``beta/2``, and its largest value is at most ``(beta - 1) + n*beta/2``, where a literal of range ``[0, h]`` counts
``h`` times in the mass ``n``: half of what digits ``0 .. beta-1`` give, and so half the wraps ``floor(A_b / beta)``,
of which the gates are a square.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from exactnet.construct.base.builder import Builder
from exactnet.construct.base.linear import Linear

__all__ = ["Digits", "Expansion", "balanced_digits", "largest_digit_bits"]


def balanced_digits(value: int, bits: int) -> list[int]:
    """The digits of an integer in base ``2^bits``, lowest first, each in ``[-beta/2, beta/2]``.

    The sum of ``|digit| * beta^b`` is at most ``3*|value|``.

    >>> balanced_digits(7, 2), balanced_digits(-7, 2), balanced_digits(6, 1)
    ([-1, 2], [1, -2], [0, 1, 1])
    """
    beta, text = 1 << bits, f"{abs(value):b}"  # the text is cut, as shifting a long number for every digit would be quadratic
    carry, digits = 0, []
    for end in range(len(text) if value else 0, 0, -bits):
        digit = int(text[max(0, end - bits) : end], 2) + carry
        carry = int(2 * digit > beta)
        digit -= carry * beta
        digits.append(digit if value > 0 else -digit)
    return [*digits, 1 if value > 0 else -1] if carry else digits


def largest_digit_bits(mass: int) -> int:
    """The least digit size that is admissible for any form of a mass: ``2*beta >= n + 3``.

    Then ``floor(A_b / beta) <= beta - 1``, as ``A_b <= (beta - 1) + n*beta/2``; and ``beta <= n + 2``.

    >>> [largest_digit_bits(n) for n in (1, 2, 5, 6, 13)]
    [1, 2, 2, 3, 3]
    """
    bits = 1
    while 2 << bits < mass + 3:
        bits += 1
    return bits


@dataclass(frozen=True)
class Digits:
    """The digit forms of a non-negative number: ``U = sum of forms[b] * beta^b``; ``0 <= forms[b] <= highs[b]``."""

    bits: int
    forms: tuple[Linear, ...]
    highs: tuple[int, ...]

    @property
    def beta(self) -> int:
        """The base, a power of two."""
        return 1 << self.bits

    @property
    def admissible(self) -> bool:
        """Whether ``floor(A_b / beta) <= beta - 1`` for every block, so that carries are 0 or 1."""
        return all(high >> self.bits < self.beta for high in self.highs)

    @property
    def wraps(self) -> list[int]:
        """``floor(A_b / beta)`` at most, for every block."""
        return [high >> self.bits for high in self.highs]


@dataclass(frozen=True)
class Expansion:
    """The balanced digits of the coefficients of a form, before a constant is added.

    ``blocks[b]`` gives for each signal its digit and its highest value. ``negative`` and ``positive`` are the sums of
    ``|digit| * beta^b * high`` over the negative and the positive digits.
    """

    bits: int
    blocks: tuple[dict[str, tuple[int, int]], ...]
    negative: int
    positive: int

    @classmethod
    def of(cls, builder: Builder, form: Linear, bits: int) -> Expansion:
        """Expand the coefficients. The signals must have ranges ``[0, high]``."""
        blocks: list[dict[str, tuple[int, int]]] = []
        for name, c in form.terms.items():
            low, high = builder.interval(Linear({name: 1}))
            if low != 0:
                raise ValueError(f"the literal {name} has the range [{low}, {high}]")
            for b, digit in enumerate(balanced_digits(c, bits)):
                if b == len(blocks):
                    blocks.append({})
                if digit:
                    blocks[b][name] = (digit, high)
        return cls._summed(bits, blocks)

    @classmethod
    def _summed(cls, bits: int, blocks: Sequence[dict[str, tuple[int, int]]]) -> Expansion:
        negative = positive = 0
        for b, block in enumerate(blocks):
            negative += sum(-digit * high for digit, high in block.values() if digit < 0) << (b * bits)
            positive += sum(digit * high for digit, high in block.values() if digit > 0) << (b * bits)
        return cls(bits, tuple(blocks), negative, positive)

    def split(self, blocks: int) -> tuple[Expansion, Linear]:
        """The lowest ``blocks`` blocks, and the form of the blocks above them divided by their place."""
        terms: dict[str, int] = {}
        for b, block in enumerate(self.blocks[blocks:]):
            for name, (digit, _) in block.items():
                terms[name] = terms.get(name, 0) + (digit << (b * self.bits))
        return self._summed(self.bits, self.blocks[:blocks]), Linear(terms)

    def digits(self, constant: int, blocks: int) -> Digits:
        """The digit forms of ``constant`` plus the form.

        ``constant - negative``, what remains when complements are used, must not be negative. Digits from ``blocks`` on
        are dropped.
        """
        rest = constant - self.negative
        if rest < 0:
            raise ValueError("the number may be negative")
        mask = (1 << self.bits) - 1
        forms, highs = [], []
        for b in range(blocks):
            own = rest & mask
            rest >>= self.bits
            block = self.blocks[b] if b < len(self.blocks) else {}
            complement = sum(-digit * high for digit, high in block.values() if digit < 0)
            forms.append(Linear({name: digit for name, (digit, _) in block.items()}, own + complement))
            highs.append(own + sum(abs(digit) * high for digit, high in block.values()))
        return Digits(self.bits, tuple(forms), tuple(highs))
