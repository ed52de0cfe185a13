"""The stated bounds of rank minimisation (``construct/rank``, docs/rank.md).

* Two unit points at the cosine ``c``, targets that are orthonormal: as the start goes to 0, the limit of gradient flow has
  singular values of the squares ``1 + |c|`` and ``1 - |c|`` if ``c <= 0``, ``1/(1 - c)`` and ``1/(1 + c)`` if ``c > 0``; in both
  cases ``|W|_F^2/|W|_op^2 = 2/(1 + |c|)``.
* Labels ±1, points of norm at most 1, a network of depth ``k`` whose layers have ``|W_l|_F^2 <= Q`` and whose margins are at least
  1: at depth ``t > k`` every network of least norm with such margins has stable ranks of product at most ``Q^k 2^(t-k+1)``, and
  at most ``Q^k`` if all labels are 1 (no sign needs a second row).
"""

from __future__ import annotations

from gmpy2 import mpq

from exactnet.theory.symbols import Symbol, Term, k, value_of

__all__ = ["rank_product_bound", "stable_rank_limit"]

c, Q, t = map(Symbol, "cQt")

STABLE_RANK: Term = 2 / (1 + c)
RANK_PRODUCT: Term = Q**k * 2 ** (t - k + 1)
RANK_PRODUCT_NONNEGATIVE: Term = Q**k


def stable_rank_limit(cosine: mpq) -> mpq:
    """The stable rank of the limit from a start that goes to 0, for unit points and orthonormal targets.

    >>> stable_rank_limit(mpq(-3, 5))
    mpq(5,4)
    """
    return value_of(STABLE_RANK, {c: abs(cosine)})


def rank_product_bound(layers: int, largest: mpq, depth: int, nonnegative: bool) -> mpq:
    """The bound of the product of stable ranks at a larger depth.

    Parameters
    ----------
    layers : the depth ``k`` of the network that is known.
    largest : ``Q``, the largest ``|W_l|_F^2`` in it.
    depth : the larger depth ``t``.
    nonnegative : whether all labels are 1.

    >>> rank_product_bound(2, mpq(4), 3, False)
    mpq(64,1)
    """
    expression = RANK_PRODUCT_NONNEGATIVE if nonnegative else RANK_PRODUCT
    return value_of(expression, {k: mpq(layers), Q: largest, t: mpq(depth)})
