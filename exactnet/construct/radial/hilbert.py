"""Hilbert identities with integer directions: ``|y|^(2k) = Σ_τ c_τ Σ_{w of type τ} (w·y)^(2k)`` (docs/radial.md).

*Degree 2k.* Both sides are invariant under permutations and signs, so the identity is one linear equation for each
partition of ``k`` into at most ``d`` parts (:mod:`exactnet.claims.radial`). It is solvable with enough types: the
``2k``-th powers of integer forms in ``t`` variables span all forms of degree ``2k``, and ``|y|^(2k)`` is a combination
of such powers of sums of at most ``k`` squares.

*Lower degrees*, by the Laplacian of both sides: ``Δ|y|^(2j) = 2j(2j+d-2)|y|^(2j-2)`` and ``Δ(w·y)^(2j) = 2j(2j-1)|w|^2
(w·y)^(2j-2)``, so that ``c_{j-1} = c_j (2j-1)|w|^2/(2j-2+d)``. All ridges are then *one* profile of ``w·y/|w|``. With
an identity of its own for every degree they would still be right at integers, but reach ``10^7`` for ``k = 16``.

References ---------- D. Hilbert, *Beweis für die Darstellbarkeit der ganzen Zahlen durch eine feste Anzahl n-ter
Potenzen*, Math. Ann. 1909. I. Safran, R. Eldan, O. Shamir, *Depth Separations in Neural Networks: What is Actually
Being Separated?*, COLT 2019 (that such networks of depth 2 exist; the identities are not theirs).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations_with_replacement
from math import atan2, gcd, pi

from gmpy2 import mpq

from exactnet.claims.radial import Type, moment, multinomial, orbit_size, partitions
from exactnet.kernel.errors import RefusedError

__all__ = ["balanced_types", "cheapest_types", "coefficients", "identity"]

#: The largest entries of directions that are tried.
LARGEST, FINEST = 4, 16


@lru_cache(None)
def _column(kind: Type, k: int, d: int) -> tuple[int, ...]:
    """What a type contributes to the equations, in the order of :func:`partitions`."""
    return tuple(multinomial(2 * k, [2 * a for a in exponents]) * moment(kind, exponents, d) for exponents in partitions(k, d))


def identity(k: int, types: Sequence[Type], d: int) -> list[mpq]:
    """The ``c_τ`` of degree ``2k`` (0 for types that are not needed).

    Raises
    ------
    RefusedError
        where the types do not suffice; the message names the exponents of a monomial that they miss.

    >>> [str(c) for c in identity(2, [(1,), (1, 1)], 3)]
    ['1/3', '1/6']
    """
    from sympy import QQ
    from sympy.polys.matrices import DomainMatrix

    equations = list(partitions(k, d))
    columns = [_column(kind, k, d) for kind in types]
    sides = [multinomial(k, exponents) for exponents in equations]
    rows = [[QQ(column[i]) for column in columns] + [QQ(side)] for i, side in enumerate(sides)]
    reduced, pivots = DomainMatrix(rows, (len(rows), len(types) + 1), QQ).rref()
    if len(types) in pivots:
        # The shortest list of equations that has no solution ends with one that says 0 = 1.
        stop = next(n for n in range(1, len(rows) + 1) if len(types) in DomainMatrix(rows[:n], (n, len(types) + 1), QQ).rref()[1])
        shown = " ".join(str(2 * a) for a in equations[stop - 1])
        listed = ", ".join(" ".join(map(str, kind)) for kind in types)
        raise RefusedError(f"the types {listed} have no identity of degree {2 * k}: not at the monomial with exponents {shown}")
    solved = reduced.to_Matrix()
    weights = [mpq(0)] * len(types)
    for row, pivot in enumerate(pivots):
        value = solved[row, len(types)]
        weights[pivot] = mpq(int(value.p), int(value.q))
    return weights


def _solvable(k: int, types: Sequence[Type], d: int) -> bool:
    try:
        identity(k, types, d)
    except RefusedError:
        return False
    return True


def cheapest_types(k: int, d: int) -> list[Type]:
    """Types with an identity of degree ``2k``, taken in the order of their ReLUs, then thinned out.

    Raises :class:`RefusedError` where entries up to 4 do not suffice.

    >>> cheapest_types(2, 5), cheapest_types(3, 2)
    ([(1,), (1, 1)], [(1,), (1, 1)])
    """

    def cost(kind: Type) -> tuple[int, Type]:
        return orbit_size(kind, d) * sum(kind), kind

    listed = (
        kind
        for parts in range(1, min(k, d) + 1)
        for kind in combinations_with_replacement(range(LARGEST, 0, -1), parts)
        if gcd(*kind) == 1
    )
    taken: list[Type] = []
    for kind in sorted(listed, key=cost):
        taken.append(kind)
        if _solvable(k, taken, d):
            break
    else:
        raise RefusedError(f"no identity of degree {2 * k} in dimension {d} with entries up to {LARGEST}; a smaller --degree")
    for kind in sorted(taken, key=cost, reverse=True):
        rest = [other for other in taken if other != kind]
        if rest and _solvable(k, rest, d):
            taken = rest
    return taken


def balanced_types(k: int) -> list[Type]:
    """For two inputs: ``floor(k/2) + 1`` types whose directions divide the half circle almost evenly.

    >>> balanced_types(4)
    [(1,), (1, 1), (12, 5)]
    """
    parts = max(k // 2, 1)
    angles = [pi * i / (4 * parts) for i in range(1, parts)]
    pairs = [(a, b) for a in range(2, FINEST + 1) for b in range(1, a) if gcd(a, b) == 1]
    near = [min(pairs, key=lambda pair: (abs(atan2(pair[1], pair[0]) - angle), pair)) for angle in angles]
    return list(dict.fromkeys([(1,), (1, 1), *near]))


def coefficients(k: int, types: Sequence[Type], d: int) -> list[list[mpq]]:
    """For every type the ``c_j``, ``j = 1..k``, of the identities of degree ``2j``: one of degree ``2k`` and its Laplacians.

    >>> [[str(c) for c in row] for row in coefficients(2, [(1,), (1, 1)], 3)]
    [['1/5', '1/3'], ['1/5', '1/6']]
    """
    rows = []
    for kind, c in zip(types, identity(k, types, d), strict=True):
        row, square = [c], sum(entry * entry for entry in kind)
        for j in range(k, 1, -1):
            row.append(row[-1] * (2 * j - 1) * square / mpq(2 * j - 2 + d))
        rows.append(row[::-1])
    return rows
