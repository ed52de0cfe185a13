"""Sizes of networks with the activation EUAF for every continuous function, and how many bits values need.

Published: Z. Shen, H. Yang, S. Zhang, *Deep network approximation: achieving arbitrary accuracy with fixed number of neurons*,
JMLR 23, 2022: width ``36d(2d+1)`` and depth 11. A. Maiti, Michelle, H. Yang, 2024: ``366d + 365`` intrinsic neurons, repeated
ones counted once. The numbers here are those of the construction in ``construct/euaf``, which needs a modulus of continuity and
nothing else of the function.
"""

from __future__ import annotations

from gmpy2 import mpq

__all__ = ["counting_bits", "hidden_layers", "neurons", "published_neurons", "published_width", "rounds", "sorting_network"]


def rounds(d: int) -> int:
    """Rounds of the floor: the least ``r`` with ``2^r >= 2d + 1``.

    >>> [rounds(d) for d in (1, 2, 3, 10)]
    [2, 3, 3, 5]
    """
    return (2 * d).bit_length()


def sorting_network(m: int) -> list[list[tuple[int, int]]]:
    """The pairs of places that are compared in each layer, the smaller value to the first, until ``m`` values are in order.

    Odd-even transposition, in ``m`` layers; or merges (K. Batcher 1968; D. Knuth, *The Art of Computer Programming* 3, 5.2.2,
    algorithm M), in ``t(t+1)/2`` with ``t = bits(m-1)``, where these are fewer: for ``m`` = 7 and from 11 on.

    >>> sorting_network(3)
    [[(0, 1)], [(1, 2)], [(0, 1)]]
    >>> [len(sorting_network(m)) for m in (5, 7, 9, 11, 21)]
    [5, 6, 9, 10, 15]
    """
    merges: list[list[tuple[int, int]]] = []
    half = 1 << (m - 1).bit_length() - 1
    p = half
    while p:
        q, r, apart = half, 0, p
        while True:
            merges.append([(a, a + apart) for a in range(m - apart) if a & p == r])
            if q == p:
                break
            q, r, apart = q // 2, p, q - p
        p //= 2
    transpositions = [[(a, a + 1) for a in range(level % 2, m - 1, 2)] for level in range(m)]
    return min(transpositions, merges, key=len)


def neurons(d: int) -> int:
    """Hidden neurons for every function of ``d`` inputs in [0, 1], whatever the accuracy.

    ``d`` copies of inputs, ``m(2r-1)d`` for the floors of ``m = 2d+1`` copies, ``2m`` for decoding; and for the median one
    for each place in each layer of the sorting network that the middle one still depends on.

    >>> [neurons(d) for d in (1, 2, 3, 10)]
    [24, 83, 156, 2198]
    """
    m = 2 * d + 1
    total, read = d + m * d * (2 * rounds(d) - 1) + 2 * m, {d}
    for pairs in reversed(sorting_network(m)):
        read |= {place for pair in pairs if read & {*pair} for place in pair}
        total += len(read)
    return total


def hidden_layers(d: int) -> int:
    """Hidden layers of the same.

    >>> [hidden_layers(d) for d in (1, 2, 3, 10)]
    [7, 10, 11, 22]
    """
    return rounds(d) + 2 + len(sorting_network(2 * d + 1))


def published_width(d: int) -> int:
    """``36d(2d+1)``, with depth 11 (Shen, Yang, Zhang 2022)."""
    return 36 * d * (2 * d + 1)


def published_neurons(d: int) -> int:
    """``366d + 365``, where neurons that are repeated count once (Maiti, Michelle, Yang 2024)."""
    return 366 * d + 365


def counting_bits(n: int, error: mpq) -> int:
    """The least ``b`` with ``2^b >= (1/(2 error))^n``: as many bits are needed to tell ``n`` values within ``error`` apart.

    Intervals of length ``2 error`` cover [0, 1] only if there are ``1/(2 error)`` of them, and each ``w`` serves one list of them.

    >>> counting_bits(8, mpq(1, 64)), counting_bits(16, mpq(1, 1024))
    (40, 144)
    """
    lists = (1 / (2 * error)) ** n
    return int((-(-lists.numerator // lists.denominator) - 1).bit_length())
