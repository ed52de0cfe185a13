"""The stated bounds of natural weights (``construct/natural_weights``, docs/natural-weights.md).

``q`` clauses of ``K`` literals over ``n`` variables; W has the least singular value ``sigma``.

* There are ``binomial(n, K) 2^K`` clauses.
* A form ``-psi z - (K-1)`` has a value from ``-(2K-1)`` to 1 on a clause, so ``|M z + c|^2 <= q (2K-1)^2 / sigma^2``.
"""

from __future__ import annotations

from gmpy2 import mpq

from exactnet.theory.symbols import Symbol, Term, value_of

__all__ = ["length_bound"]

q, K, s = map(Symbol, "qKs")

LENGTH: Term = q * (2 * K - 1) ** 2 / s


def length_bound(blocks: int, literals: int, square: mpq) -> mpq:
    """The bound of ``|M z + c|^2`` over all examples, for ``square < sigma^2``.

    >>> length_bound(6, 3, mpq(3, 2))
    mpq(100,1)
    """
    return value_of(LENGTH, {q: mpq(blocks), K: mpq(literals), s: square})
