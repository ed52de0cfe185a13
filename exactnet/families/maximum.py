r"""The maximum of n numbers, with few or many hidden layers.

For five numbers two hidden layers suffice (Bakaev, Brunck, Hertrich, Stade, Yehudayoff, *Better neural network expressivity:
subdividing the simplex*, 2025, claim that; the terms of :func:`five` are partly quoted elsewhere, partly reconstructed here).
For six numbers, :func:`six` and :func:`six_averaged` were found here. All of them are certified on all of R^n
(``exactnet compare ... --domain reals``; docs/reals.md), which is what one should believe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import permutations, product

from gmpy2 import mpq

from exactnet.families.family import Family, FamilyError, Instance, Option
from exactnet.kernel.domain import Grid
from exactnet.symbolic.formula import Formula, maximum, network, x

__all__ = ["MAXIMUM", "blocks_of_six", "five", "larger", "six", "six_averaged", "two_layers"]

#: Two sums of two maxima ``M_ab = max(x_a, x_b)`` each, for their maximum ``max(M_ab + M_cd, M_ef + M_gh)``.
Block = tuple[tuple[tuple[int, int], tuple[int, int]], tuple[tuple[int, int], tuple[int, int]]]


def larger(i: int, j: int) -> Formula:
    """``M_ij = max(x_i, x_j)``, and ``M_ii = x_i``."""
    return x[i] if i == j else maximum(x[min(i, j)], x[max(i, j)])


def block_value(block: Block) -> Formula:
    """``max(M_ab + M_cd, M_ef + M_gh)``."""
    (ab, cd), (ef, gh) = block
    return maximum(larger(*ab) + larger(*cd), larger(*ef) + larger(*gh))


def five() -> Formula:
    r"""The maximum of five numbers with two hidden layers of 6 and 9 ReLUs, and skips.

    ``2 max = P_1 + ... + P_4 - R_13 - R_14 - R_23 - R_24 + Q``. In the simplex with vertices ``2e_i``, the tetrahedron of the
    first four is cut around the segment from ``e_1 + e_2`` to ``e_3 + e_4``; ``P_i`` are the support functions of the four parts,
    each joined to ``2e_5``, ``R_ij`` those of the facets that two parts share, ``Q`` that of the triangle that all do.
    """
    front, back, top = x[1] + x[2], x[3] + x[4], 2 * x[5]
    near, far = maximum(top, front), maximum(top, back)
    total = maximum(near, back)
    for i in (1, 2):
        total = total + maximum(near, larger(i, 3) + larger(i, 4))
        for j in (3, 4):
            total = total - maximum(near, x[j] + larger(i, 7 - j))
    for j in (3, 4):
        total = total + maximum(far, larger(1, j) + larger(2, j))
    return total / 2


def _block(*pairs: tuple[int, int]) -> Block:
    a, b, c, d = (tuple(sorted(pair)) for pair in pairs)
    first, second = sorted((tuple(sorted((a, b))), tuple(sorted((c, d)))))
    return first, second  # type: ignore[return-value]


def blocks_of_six() -> list[tuple[int, list[Block]]]:
    """The blocks of :func:`six` with their signs: 12, 24, 6 and 24 of them.

    >>> [(sign, len(blocks)) for sign, blocks in blocks_of_six()]
    [(1, 12), (1, 24), (-1, 6), (-1, 24)]
    """
    blocks: tuple[dict[Block, None], ...] = ({}, {}, {}, {})
    for roles in permutations([(1, 2), (3, 4), (5, 6)]):
        for turned in product((False, True), repeat=3):
            (i, j), (a, c), (b, d) = ((q, p) if turn else (p, q) for (p, q), turn in zip(roles, turned, strict=True))
            blocks[0][_block((i, j), (i, j), (a, b), (a, b))] = None
            blocks[1][_block((i, a), (i, c), (i, b), (j, d))] = None
            blocks[2][_block((i, a), (i, c), (j, b), (j, d))] = None
            blocks[3][_block((i, a), (j, c), (i, b), (a, d))] = None
    return list(zip((1, 1, -1, -1), map(list, blocks), strict=True))


def six() -> Formula:
    """The maximum of six numbers with two hidden layers of 15 and 66 ReLUs, and skips; coefficients 1/12 and -1/12.

    With three pairs of opposite numbers ``{i, j}, {a, c}, {b, d}`` in all roles and orders, over different blocks,
    ``12 max = sum_12 max(2M_ij, 2M_ab) + sum_24 max(M_ia + M_ic, M_ib + M_jd) - sum_6 max(M_ia + M_ic, M_jb + M_jd)
    - sum_24 max(M_ia + M_jc, M_ib + M_ad)``.
    """
    total = x[1] * 0
    for sign, blocks in blocks_of_six():
        for block in blocks:
            total = total + block_value(block) * sign
    return total / 12


#: Of :func:`six_averaged`: coefficient and block, for one relabelling.
AVERAGED: tuple[tuple[mpq, Block], ...] = (
    (mpq(1), _block((1, 2), (1, 2), (3, 4), (3, 4))),
    (mpq(2), _block((1, 2), (1, 3), (1, 4), (5, 6))),
    (mpq(-1, 2), _block((1, 2), (1, 3), (4, 5), (4, 6))),
    (mpq(-2), _block((1, 2), (3, 4), (1, 3), (5, 6))),
)


def six_averaged() -> Formula:
    """The maximum of six numbers as ``E[A + 2B - C/2 - 2D]`` over all 720 relabellings, two hidden layers.

    ``A = max(2M_12, 2M_34)``, ``B = max(M_12 + M_13, M_14 + M_56)``, ``C = max(M_12 + M_13, M_45 + M_46)``,
    ``D = max(M_12 + M_34, M_13 + M_56)``.
    """
    total = x[1] * 0
    for coefficient, block in AVERAGED:
        for images in _relabellings(block):
            total = total + block_value(images[0]) * (coefficient * images[1] / 720)
    return total


def _relabellings(block: Block) -> Iterable[tuple[Block, int]]:
    """The images of a block under all permutations of 1..6, with how often each comes."""
    counts: dict[Block, int] = {}
    for images in permutations(range(1, 7)):
        pairs = [(images[p - 1], images[q - 1]) for half in block for p, q in half]
        image = _block(*pairs)
        counts[image] = counts.get(image, 0) + 1
    return counts.items()


def two_layers(n: int) -> Formula:
    """The maximum of up to six numbers with two hidden layers."""
    special: dict[int, Callable[[], Formula]] = {5: five, 6: six}
    return special[n]() if n in special else maximum(*(x[i] for i in range(1, n + 1)))


def make(*, n: int, layers: str, grid: int) -> Instance:
    """The maximum of n numbers: ``two`` hidden layers (n at most 6), a balanced ``tree``, or a ``chain`` of n - 1 layers.

    >>> [len(make(n=6, layers=layers, grid=1).network.order) for layers in ("two", "tree", "chain")]
    [82, 6, 6]
    """
    if layers == "two" and n > 6:
        raise FamilyError(f"--n: no maximum of {n} numbers with two hidden layers is known; --layers tree or chain")
    numbers = [x[i] for i in range(1, n + 1)]
    formula = two_layers(n) if layers == "two" else maximum(*numbers, balanced=layers == "tree")
    return Instance(network(formula, n), Grid(grid, n))


MAXIMUM = Family(
    "max",
    "the maximum of n numbers, with two hidden layers (n <= 6), as a tree, or as a chain",
    (
        Option("n", "int", 5, "how many numbers", 2, 1000),
        Option("layers", "choice", "tree", "two, tree or chain", choices=("two", "tree", "chain")),
        Option("grid", "int", 1, "p of the grid I_p", 1, 1000),
    ),
    make,
)
