"""Sizes of networks with the activation EUAF for every continuous function, and how many bits values need.

Published: Z. Shen, H. Yang, S. Zhang, *Deep network approximation: achieving arbitrary accuracy with fixed number of neurons*,
JMLR 23, 2022: width ``36d(2d+1)`` and depth 11. A. Maiti, A. Michelle, H. Yang, 2024: ``366d + 365`` neurons. The numbers here
are those of the construction in ``construct/euaf``, which needs a modulus of continuity and nothing else of the function.
"""

from __future__ import annotations

from gmpy2 import mpq

__all__ = ["counting_bits", "hidden_layers", "neurons", "published_neurons", "published_width", "rounds"]


def rounds(d: int) -> int:
    """Rounds of the floor: the least ``r`` with ``2^r >= 2d + 1``.

    >>> [rounds(d) for d in (1, 2, 3, 10)]
    [2, 3, 3, 5]
    """
    return (2 * d).bit_length()


def neurons(d: int) -> int:
    """Hidden neurons for every function of ``d`` inputs in [0, 1], whatever the accuracy.

    ``d`` copies of inputs, ``m(2r-1)d`` for the floors of ``m = 2d+1`` copies, ``2m`` for decoding, and ``m^2 - d^2`` for the
      median.

    >>> [neurons(d) for d in (1, 2, 3, 10)]
    [24, 83, 162, 2283]
    """
    m = 2 * d + 1
    return d + m * d * (2 * rounds(d) - 1) + 2 * m + m * m - d * d


def hidden_layers(d: int) -> int:
    """Hidden layers of the same.

    >>> [hidden_layers(d) for d in (1, 2, 3, 10)]
    [7, 10, 12, 28]
    """
    return rounds(d) + 2 + 2 * d + 1


def published_width(d: int) -> int:
    """``36d(2d+1)``, with depth 11 (Shen, Yang, Zhang 2022)."""
    return 36 * d * (2 * d + 1)


def published_neurons(d: int) -> int:
    """``366d + 365`` (Maiti, Michelle, Yang 2024)."""
    return 366 * d + 365


def counting_bits(n: int, error: mpq) -> int:
    """The least ``b`` with ``2^b >= (1/(2 error))^n``: as many bits are needed to tell ``n`` values within ``error`` apart.

    Intervals of length ``2 error`` cover [0, 1] only if there are ``1/(2 error)`` of them, and each ``w`` serves one list of them.

    >>> counting_bits(8, mpq(1, 64)), counting_bits(16, mpq(1, 1024))
    (40, 144)
    """
    lists = (1 / (2 * error)) ** n
    return int((-(-lists.numerator // lists.denominator) - 1).bit_length())
