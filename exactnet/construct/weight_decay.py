"""Stochastic gradient descent with weight decay, run exactly (docs/infinite-depth.md).

**Lemma.** A step adds a matrix of rank at most the size of the batch to a multiple of ``W``: so after ``n`` steps ``W`` is
``(1 - 2 mu lambda)^n W_0`` and a matrix of rank at most ``n`` times that size, whatever the rounding of ``delta`` below.

``f(x) = sum_j v_j [w_j x]+`` with fixed ``v``, squared loss. A step is ``W' = (1 - 2 mu lambda) W - mu G`` with ``G`` the mean
of ``delta h^T`` over the samples of a batch. Factors ``delta`` are rounded to multiples of ``2^-24``, not ``G``: so the rank of
``G`` stays at most the size of the batch, and the bits of ``W`` grow linearly.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Descent", "rank", "run", "squared_norm"]

Matrix = list[list[Fraction]]
_SCALE = 2**24


@dataclass(frozen=True)
class Descent:
    """A run: inputs, neurons, samples, samples of a batch, steps, how many last steps are looked at, ``mu``, ``lambda``."""

    d: int
    m: int
    samples: int
    batch: int
    steps: int
    last: int
    mu: Fraction
    decay: Fraction

    @property
    def kept(self) -> Fraction:
        """What is left of a weight after :attr:`last` steps without gradients."""
        return (1 - 2 * self.mu * self.decay) ** self.last


def run(descent: Descent, seed: int, rounded: bool = True) -> list[Matrix]:
    """``W`` after every step. ``rounded``: the factors; else the entries of ``G``, which destroys its rank."""
    draws = random.Random(seed)

    def draw() -> Fraction:
        return Fraction(draws.randint(-64, 64), 64)

    xs = [[draw() for _ in range(descent.d)] for _ in range(descent.samples)]
    ys = [draw() for _ in range(descent.samples)]
    weights = [[draw() / 2 for _ in range(descent.d)] for _ in range(descent.m)]
    outer = [draw() for _ in range(descent.m)]
    history = [weights]
    for _ in range(descent.steps):
        gradient = [[Fraction(0)] * descent.d for _ in range(descent.m)]
        for i in draws.sample(range(descent.samples), descent.batch):
            zs = [sum((a * b for a, b in zip(row, xs[i], strict=True)), Fraction(0)) for row in weights]
            off = sum((v * max(Fraction(0), z) for v, z in zip(outer, zs, strict=True)), Fraction(0)) - ys[i]
            for j, (v, z) in enumerate(zip(outer, zs, strict=True)):
                delta = 2 * off * v / descent.batch if z > 0 else Fraction(0)
                delta = _round(delta) if rounded else delta
                gradient[j] = [g + delta * x for g, x in zip(gradient[j], xs[i], strict=True)]
        if not rounded:
            gradient = [list(map(_round, row)) for row in gradient]
        keep = 1 - 2 * descent.mu * descent.decay
        weights = [
            [keep * w - descent.mu * g for w, g in zip(row, slope, strict=True)]
            for row, slope in zip(weights, gradient, strict=True)
        ]
        history.append(weights)
    return history


def _round(value: Fraction) -> Fraction:
    return Fraction(round(value * _SCALE), _SCALE)


def rank(matrix: Sequence[Sequence[Fraction]]) -> int:
    """The rank, by elimination.

    >>> rank([[Fraction(1), Fraction(2)], [Fraction(2), Fraction(4)]])
    1
    """
    rows, pivots = [list(row) for row in matrix], 0
    for column in range(len(rows[0])):
        pivot = next((row for row in rows if row[column]), None)
        if pivot is not None:
            rows.remove(pivot)
            rows = [[x - row[column] / pivot[column] * y for x, y in zip(row, pivot, strict=True)] for row in rows]
            pivots += 1
    return pivots


def squared_norm(matrix: Sequence[Sequence[Fraction]]) -> Fraction:
    """The sum of squares."""
    return sum((x * x for row in matrix for x in row), Fraction(0))
