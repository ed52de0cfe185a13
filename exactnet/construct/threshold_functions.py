"""All functions of a few bits that one threshold gate computes, by exhaustion.

**Lemma** (S. Muroga, *Threshold Logic and Its Applications*, 1971). A gate of ``n`` bits can be given integer weights of at
most ``(n+1)^((n+1)/2) / 2^n``.

*Proof.* Write the bits as ``y = 2x - 1``. The ``(w, c)`` with ``s(y)*(w*y + c) >= 1`` for all ``y``, where ``s(y) = 1`` or
``-1`` is what the gate says, are a polyhedron without lines, so it has a vertex: ``n+1`` independent constraints that are
equations there, ``M (w, c) = s`` with a matrix ``M`` of entries 1 and -1. By Cramer, ``w_i = det M_i / det M``, where
``M_i`` has such entries too. The determinant of a matrix of order ``n+1`` with entries 1 and -1 is a multiple of ``2^n``
(subtract one row from the others), and at most ``(n+1)^((n+1)/2)`` by Hadamard. Multiply ``(w, c)`` by
``|det M| / 2^n``.

So a list of the gates with such weights and all thresholds is complete: for ``n <= 4`` at most ``7^4`` vectors of weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import isqrt

import numpy as np

from exactnet.errors import SizeError

__all__ = ["MAX_BITS", "Gate", "largest_weight", "threshold_functions"]

#: The most bits for which all gates are listed.
MAX_BITS = 4


@dataclass(frozen=True)
class Gate:
    """``1[weights*x >= at]``."""

    weights: tuple[int, ...]
    at: int

    def __call__(self, bits: Sequence[int]) -> int:
        """The value at one input."""
        return int(sum(w * x for w, x in zip(self.weights, bits, strict=True)) >= self.at)


def largest_weight(n: int) -> int:
    """``floor((n+1)^((n+1)/2) / 2^n)``: no gate of ``n`` bits needs larger weights.

    >>> [largest_weight(n) for n in range(1, 5)]
    [1, 1, 2, 3]
    """
    return isqrt((n + 1) ** (n + 1)) >> n


def threshold_functions(points: Sequence[Sequence[int]]) -> dict[int, Gate]:
    """Every function on the points that one gate computes, each with a gate for it, of small weights.

    Parameters
    ----------
    points : different inputs, each of the same ``n <= 4`` bits; they need not be all of ``{0,1}^n``.

    Returns
    -------
    dict : from a function, bit ``j`` of an integer being its value at point ``j``, to a gate. Of all gates for a function it
        has the least largest weight.

    Raises :class:`SizeError` for more bits.

    >>> found = threshold_functions([(0, 0), (1, 0), (0, 1), (1, 1)])
    >>> len(found), 0b0110 in found, found[0b1000]
    (14, False, Gate(weights=(1, 1), at=2))
    """
    n = len(points[0])
    if n > MAX_BITS:
        raise SizeError(f"too large: the gates of {n} bits cannot all be listed, at most those of {MAX_BITS}")
    most = largest_weight(n)
    listed = sorted(product(range(most, -most - 1, -1), repeat=n), key=lambda w: (max(map(abs, w)), sum(map(abs, w))))
    weights = np.array(listed, dtype=np.int64)
    sums = weights @ np.array(points, dtype=np.int64).T
    place = np.int64(1) << np.arange(len(points), dtype=np.int64)
    first: dict[int, tuple[int, int]] = {}
    for at in range(int(sums.min()), int(sums.max()) + 2):
        functions, rows = np.unique((sums >= at) @ place, return_index=True)
        for function, row in zip(functions.tolist(), rows.tolist(), strict=True):
            if function not in first or (row, abs(at)) < (first[function][0], abs(first[function][1])):
                first[function] = (row, at)
    return {function: Gate(listed[row], at) for function, (row, at) in first.items()}
