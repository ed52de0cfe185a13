"""Random integers that a seed fixes for good, on every platform and every version of Python.

Only ``random.Random.getrandbits`` is used: its output for an integer seed is the Mersenne Twister's, whereas
the algorithms behind ``choice`` or ``shuffle`` have changed over time.
"""

from __future__ import annotations

import random

from exactnet.families.family import FamilyError

__all__ = ["MAX_RANDOM_BITS", "MAX_RANDOM_NUMBERS", "Draws"]

#: The most random bits that one instance may hold, and the most random numbers.
MAX_RANDOM_BITS = 10**8
MAX_RANDOM_NUMBERS = 2 * 10**6


class Draws:
    """A source of random integers.

    >>> Draws(1).signed(8) == Draws(1).signed(8)
    True
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._bits_left = MAX_RANDOM_BITS
        self._numbers_left = MAX_RANDOM_NUMBERS

    def bits(self, count: int) -> int:
        """An integer of at most ``count`` bits, uniform."""
        self._bits_left -= count
        self._numbers_left -= 1
        if self._bits_left < 0 or self._numbers_left < 0:
            raise FamilyError(f"more than {MAX_RANDOM_NUMBERS} random numbers, or {MAX_RANDOM_BITS} random bits")
        return self._random.getrandbits(count) if count else 0

    def below(self, bound: int) -> int:
        """An integer in ``[0, bound)``, uniform."""
        while True:
            value = self.bits((bound - 1).bit_length())
            if value < bound:
                return value

    def signed(self, bits: int) -> int:
        """An integer of exactly ``bits >= 1`` bits with a random sign, uniform; never 0."""
        magnitude = 1 << (bits - 1) | self.bits(bits - 1)
        return -magnitude if self.bits(1) else magnitude

    def coefficient(self, largest: int) -> int:
        """An integer from ``-largest`` to ``largest`` but 0, uniform."""
        value = self.below(2 * largest) - largest
        return value + 1 if value >= 0 else value
