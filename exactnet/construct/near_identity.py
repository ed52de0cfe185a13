"""Layers near the identity, and sequences whose networks do not converge (docs/infinite-depth.md).

**Lemma.** Let the integers of ``P_i`` and ``p_i`` be at most ``largest`` in size, in ``width`` dimensions. Then the absolute values
in a row of ``W_i - I`` add up to at most ``width*largest*rho^i``, and an entry of ``b_i`` is at most ``largest*rho^i``: what tail
bounds are stated in.
"""

from __future__ import annotations

import random

from gmpy2 import mpq

from exactnet.claims.depth import Layer

__all__ = ["DIVERGENT", "divergent", "near_identity"]


def near_identity(depth: int, seed: int, rho: mpq | None = None, width: int = 2, largest: int = 2) -> list[Layer]:
    """``W_i = I + rho^i P_i`` and ``b_i = rho^i p_i``, the integers of ``P_i`` and ``p_i`` up to ``largest`` in size.

    Without ``rho`` it is 1/2.

    They follow the rule ``a = width*largest``, ``b = largest``.

    >>> near_identity(1, 1)
    [(((mpq(1,2), mpq(1,1)), (mpq(-1,1), mpq(1,1))), (mpq(-1,1), mpq(1,2)))]
    """
    draws, layers, power = random.Random(seed), list[Layer](), mpq(1)
    for _ in range(depth):
        power *= mpq(1, 2) if rho is None else rho
        weights = tuple(
            tuple(int(i == j) + power * draws.randint(-largest, largest) for j in range(width)) for i in range(width)
        )
        layers.append((weights, tuple(power * draws.randint(-largest, largest) for _ in range(width))))
    return layers


def _one(weight: mpq, bias: mpq) -> Layer:
    return ((weight,),), (bias,)


#: Sequences without a limit: what they are, and how a value shows it.
DIVERGENT = {
    "swap": ("W_i swaps two coordinates", "N_i(1, 0) is (1, 0) and (0, 1) in turn"),
    "growing": ("W_i = 1 + 1/i", "N_n(1) = n + 1"),
    "harmonic": ("b_i = 1/i", "N_n(0) = 1 + 1/2 + ... + 1/n"),
    "double": ("W_i = 2", "N_n(1) = 2^n"),
}


def divergent(name: str, depth: int) -> list[Layer]:
    """The first layers of one of :data:`DIVERGENT`."""
    one, zero = mpq(1), mpq(0)
    if name == "swap":
        return [(((zero, one), (one, zero)), (zero, zero))] * depth
    places = range(1, depth + 1)
    if name == "growing":
        return [_one(1 + mpq(1, i), zero) for i in places]
    return [_one(one, mpq(1, i)) if name == "harmonic" else _one(mpq(2), zero) for i in places]
