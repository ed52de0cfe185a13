"""Digits: a form with huge coefficients as ``sum of A_b * beta^b`` with small forms ``A_b`` (THEORY section 3).

The literals ``z_i`` have non-negative coefficients: where a coefficient of ``y`` in ``[0, h]`` is negative, its complement
``h - y`` is used, which is again affine in ``y``. A literal of range ``[0, h]`` counts ``h`` times in the mass ``n``.
"""

from __future__ import annotations

from dataclasses import dataclass

from exactnet.construct.builder import Builder
from exactnet.construct.linear import Linear

__all__ = ["Digits", "NonNegative", "digit_highs", "nonnegative", "smallest_bits"]


@dataclass(frozen=True)
class NonNegative:
    """``constant + sum of c * z`` with every ``c > 0``, where ``z`` is the signal or its complement ``high - y``."""

    terms: tuple[tuple[str, int, int, bool], ...]
    """For each literal: the signal, ``c``, the signal's highest value, and whether it is complemented."""
    constant: int

    @property
    def mass(self) -> int:
        """How many bits the literals amount to: the sum of their highest values."""
        return sum(high for _, _, high, _ in self.terms)

    @property
    def top(self) -> int:
        """The largest value over every assignment of the literals; the least is ``constant``."""
        return self.constant + sum(c * high for _, c, high, _ in self.terms)


def nonnegative(builder: Builder, form: Linear) -> NonNegative:
    """Rewrite a form with non-negative coefficients. Its signals must have ranges ``[0, high]``."""
    terms = []
    constant = form.constant
    for name, c in form.terms.items():
        low, high = builder.interval(Linear({name: 1}))
        if low != 0:
            raise ValueError(f"the literal {name} has the range [{low}, {high}]")
        if c < 0:
            constant += c * high
        terms.append((name, abs(c), high, c < 0))
    return NonNegative(tuple(terms), constant)


def digit_highs(form: NonNegative, bits: int, blocks: int) -> list[int]:
    """The largest value of every digit form ``A_b`` for base ``2^bits``: digits of the constant and of the coefficients."""
    mask = (1 << bits) - 1
    highs = []
    for b in range(blocks):
        shift = b * bits
        highs.append(
            ((form.constant >> shift) & mask) + sum(((c >> shift) & mask) * high for _, c, high, _ in form.terms)
        )
    return highs


def smallest_bits(form: NonNegative, length: int) -> list[int]:
    """All admissible digit sizes, in bits, for numbers of ``length`` bits: from the smallest up to ``beta >= n + 1``.

    Admissible is ``floor(highest A_b / beta) <= beta - 1`` for every block: then ``D_b = lo_b + hi_{b-1} <= 2 beta - 2``.
    ``beta >= n + 1`` always is.
    """
    largest = max(1, form.mass.bit_length())
    admissible = []
    for bits in range(1, largest + 1):
        beta = 1 << bits
        blocks = -(-length // bits) + 1
        if all(high // beta <= beta - 1 for high in digit_highs(form, bits, blocks)):
            admissible.append(bits)
    return admissible


@dataclass(frozen=True)
class Digits:
    """The digit forms of a number: ``U = sum of forms[b] * beta^b``."""

    bits: int
    forms: tuple[Linear, ...]
    highs: tuple[int, ...]

    @property
    def beta(self) -> int:
        """The base, a power of two."""
        return 1 << self.bits

    @classmethod
    def of(cls, form: NonNegative, bits: int, blocks: int) -> Digits:
        """Cut a non-negative form into ``blocks`` digit forms; what lies above them is dropped."""
        mask = (1 << bits) - 1
        forms = []
        for b in range(blocks):
            shift = b * bits
            constant = (form.constant >> shift) & mask
            terms = {}
            for name, c, high, complemented in form.terms:
                digit = (c >> shift) & mask
                terms[name] = -digit if complemented else digit
                constant += digit * high if complemented else 0
            forms.append(Linear(terms, constant))
        return cls(bits, tuple(forms), tuple(digit_highs(form, bits, blocks)))
