"""A zigzag of the radius: Lipschitz functions of the norm, with as many teeth as are asked for.

References ---------- I. Safran, R. Eldan, O. Shamir, *Depth Separations in Neural Networks: What is Actually Being
Separated?*, COLT 2019 (Lipschitz functions of the norm; this one is chosen here).
"""

from __future__ import annotations

from gmpy2 import isqrt, mpq

from exactnet.claims.radial import norm_counts
from exactnet.families.family import Family, Instance, Option
from exactnet.files.lookup import lookup_norm
from exactnet.kernel.domain import Grid

__all__ = ["TEETH", "teeth"]

#: Radii are rounded to multiples of its inverse.
ROUNDED = 10**6


def teeth(*, d: int, grid: int, teeth: int) -> Instance:
    """A table by the norm on ``I_p^d``, ``p = grid``: ``|frac(T ρ) - 1/2|`` for ``T = teeth``, ``ρ = |x|/(p sqrt d)``
    rounded to 1/10^6.

    As a function of ``ρ`` it is linear between multiples of ``1/(2T)``, with slopes ``±T`` and values from 0 to 1/2.

    >>> instance = teeth(d=1, grid=2, teeth=1)
    >>> " ".join(str(instance.network(x)[0]) for x in instance.domain)
    '1/2 1/4 0 1/4 1/2 1/4 0 1/4 1/2'
    """
    values, top = {}, d * grid**4
    for u in norm_counts(d, grid):
        place = teeth * mpq((int(isqrt(4 * u * ROUNDED**2 // top)) + 1) // 2, ROUNDED)
        values[mpq(u, grid**2)] = abs(place - place.numerator // place.denominator - mpq(1, 2))
    domain = Grid(grid, d)
    return Instance(lookup_norm([f"x{i}" for i in range(1, d + 1)], "y", domain, values), domain)


TEETH = Family(
    "teeth",
    "a zigzag of T teeth in the norm, a table: Lipschitz functions of the norm",
    (
        Option("d", "int", 2, "inputs", 1, 64),
        Option("grid", "int", 2, "p of the grid I_p", 1, 16),
        Option("teeth", "int", 1, "T, the teeth", 1, 1000),
    ),
    teeth,
)
