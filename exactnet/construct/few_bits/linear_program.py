"""Linear programs whose rows are found when they are violated, and exact linear algebra over the integers (S7).

A point is **basic** for a system of rows if the columns of its nonzero entries, in the rows that hold with equality,
are linearly independent. Its nonzero entries are then the only solution of a square subsystem, and Cramer's rule
bounds their bits (docs/few-bits.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any, Protocol

from gmpy2 import mpq

from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.rationals import lcm_all

__all__ = ["MissingLibraryError", "Program", "Row", "cost", "kernel_vector", "solve_square"]


class MissingLibraryError(ExactnetError):
    """An optional library is not installed; the message says how to install it."""


@dataclass(frozen=True)
class Row:
    """``low <= Σ coefs[j]·v_j <= high`` with integer coefficients; None for no bound on that side."""

    coefs: Mapping[int, int]
    low: mpq | None
    high: mpq | None

    def value(self, point: Sequence[mpq]) -> mpq:
        """``Σ coefs[j]·v_j``.

        >>> Row({0: 2, 2: -1}, mpq(0), None).value([mpq(3), mpq(9), mpq(1, 2)])
        mpq(11,2)
        """
        return sum((c * point[j] for j, c in self.coefs.items()), mpq(0))

    @property
    def equality(self) -> bool:
        """Whether both ends are the same."""
        return self.low is not None and self.low == self.high


class Program(Protocol):
    """A finite system of rows in some unknowns: a point that satisfies it, and which rows another point violates.

    Rows have keys, so that one is not added twice.
    """

    @property
    def start(self) -> Sequence[mpq]:
        """A point that satisfies every row; as long as there are unknowns."""
        ...

    def first(self) -> dict[Any, Row]:
        """Some rows to begin with."""
        ...

    def violated(self, point: Sequence[mpq]) -> dict[Any, Row]:
        """Some rows that a point violates; none only if it satisfies all rows of the system."""
        ...


def cost(unknown: int) -> int:
    """The price of an unknown's absolute value: nearly the same for all, and different, so that there is one optimum.

    >>> [cost(j) for j in range(3)]
    [4681418, 5155771, 4951589]
    """
    return 2**22 + pow(11, 5 * unknown + 7, 1_000_003)


def _flint() -> Any:
    try:
        import flint
    except ImportError:
        raise MissingLibraryError("compress needs python-flint: pip install 'exactnet[compress]'") from None
    return flint


def solve_square(rows: Sequence[Row], columns: Sequence[int], values: Sequence[mpq]) -> list[mpq] | None:
    """The solution of ``Σ_{j in columns} coefs[j]·v_j = value``, a row for each column; None if it is not the only one.

    >>> solve_square([Row({0: 2, 1: 1}, None, None), Row({0: 1}, None, None)], [0, 1], [mpq(1), mpq(1, 3)])
    [mpq(1,3), mpq(1,3)]
    """
    flint = _flint()
    if not columns:
        return []
    scale = lcm_all(value.denominator for value in values)
    matrix = flint.fmpz_mat([[row.coefs.get(j, 0) for j in columns] for row in rows])
    right = flint.fmpz_mat([[int(value * scale)] for value in values])
    try:
        solution = matrix.solve(right)
    except ZeroDivisionError:
        return None
    return [mpq(int(entry.p), int(entry.q)) / scale for entry in solution.entries()]


def kernel_vector(rows: Iterable[Row], columns: Sequence[int]) -> dict[int, mpq] | None:
    """A nonzero integer ``v`` with ``Σ_{j in columns} coefs[j]·v_j = 0`` for all rows; None if there is none.

    >>> kernel_vector([Row({0: 2, 1: 1, 5: 7}, None, None)], [0, 1])
    {0: mpq(1,1), 1: mpq(-2,1)}
    """
    flint = _flint()
    if not columns:
        return None
    table = [[row.coefs.get(j, 0) for j in columns] for row in rows] or [[0] * len(columns)]
    basis, nullity = flint.fmpz_mat(table).nullspace()
    if not nullity:
        return None
    entries = [int(basis[i, 0]) for i in range(len(columns))]
    common = _content(entries)
    return {j: mpq(entry, common) for j, entry in zip(columns, entries, strict=True) if entry}


def _content(entries: Sequence[int]) -> int:
    common = gcd(*entries)
    return common if next(filter(None, entries)) > 0 else -common
