"""Is a form a nonnegative combination of others? Exact, by integer pivots (untrusted: whatever it answers is verified).

After Schrijver's proof of the fundamental theorem of linear inequalities (*Theory of Linear and Integer Programming*, 7.1): write
the form in a basis; take a basis element with a negative coefficient out; where all others lie on its side, its row of the
inverse separates. Rows are integers over one denominator (Edmonds), and are handed from a cell to its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from exactnet.claims.cells.forms import Vector

__all__ = ["Cone", "dot", "primitive"]

#: Pivots by the most negative coefficient before Bland's rule, which makes the method finite.
_STEEPEST = 50


def dot(a: Sequence[int], b: Sequence[int]) -> int:
    """The inner product."""
    return sum([x * y for x, y in zip(a, b, strict=True)])


def primitive(vector: Sequence[int]) -> Vector:
    """An integer vector without its common divisor.

    >>> primitive([4, -6])
    (2, -3)
    """
    divisor = gcd(*vector)
    return tuple([c // divisor for c in vector]) if divisor > 1 else tuple(vector)


class Cone:
    """The cone of vectors ``a_0, a_1, ...`` in dimension ``n``.

    >>> cone = Cone(2)
    >>> cone.add((0, 1)); cone.add((1, -1))
    >>> cone.combine((2, 0))
    (1, {1: 2, 0: 2})
    >>> cone.separate((0, -1)), cone.combine((-1, 3))
    ((1, 1), None)
    """

    __slots__ = ("_basis", "_den", "_n", "_rows", "_separating", "vectors")

    def __init__(self, n: int) -> None:
        self._n = n
        # Row h is that of the inverse basis, times den: first on unit vectors (basis elements below n), then on a_0, a_1, ...
        self._rows = [[int(h == k) for k in range(n)] for h in range(n)]
        self._basis = list(range(n))
        self._den = 1
        self._separating: Vector | None = None
        self.vectors: tuple[Vector, ...] = ()

    def copy(self) -> Cone:
        """A cone that can be changed on its own."""
        twin = Cone.__new__(Cone)
        twin._n, twin._den, twin.vectors, twin._separating = self._n, self._den, self.vectors, None
        twin._rows, twin._basis = [row.copy() for row in self._rows], self._basis.copy()
        return twin

    def add(self, vector: Vector) -> None:
        """Add a vector."""
        n = self._n
        for row in self._rows:
            row.append(dot(row[:n], vector))
        self.vectors = (*self.vectors, vector)
        for h, element in enumerate(self._basis):
            if element < n and self._rows[h][-1]:  # a unit vector, which is not of the cone, leaves the basis
                self._pivot(h, len(self._rows[h]) - 1)
                return

    def combine(self, vector: Vector) -> tuple[int, dict[int, int]] | None:
        """``(den, {i: n_i})`` with ``den*vector = sum n_i a_i``, ``den > 0``, ``n_i > 0``; None if there is none."""
        self._separating = self._solve(vector)
        if self._separating is not None:
            return None
        factors = {element - self._n: row.pop() for element, row in zip(self._basis, self._rows, strict=True)}
        factors = {i: value for i, value in factors.items() if value}
        divisor = gcd(self._den, *factors.values())
        return self._den // divisor, {i: value // divisor for i, value in factors.items()}

    def separate(self, vector: Vector) -> Vector | None:
        """A ``y`` with ``y·a_i >= 0`` for all i and ``y·vector < 0``; None if there is none."""
        return None if self.combine(vector) is not None else self._separating

    def _solve(self, vector: Vector) -> Vector | None:
        """Pivot until the vector, then the last column, has no negative coefficient; or else a separating vector."""
        n, rows, basis = self._n, self._rows, self._basis
        for row in rows:
            row.append(dot(row[:n], vector))
        steps = 0
        while True:
            h = self._leaving(steps < _STEEPEST)
            if h is None:
                return None
            row, i = rows[h], None
            if basis[h] >= n:
                i = self._entering(row, steps < _STEEPEST)
            if i is None:
                sign = -1 if row[-1] > 0 else 1
                y = [sign * c for c in row[:n]]
                for row in rows:
                    row.pop()
                return primitive(y)
            self._pivot(h, i)
            steps += 1

    def _leaving(self, steepest: bool) -> int | None:
        n, basis, best, least = self._n, self._basis, None, 0
        for h, row in enumerate(self._rows):
            value = row[-1]
            if value and basis[h] < n:
                return h  # outside the span
            if value < 0 and (best is None or (value < least if steepest else basis[h] < basis[best])):
                best, least = h, value
        return best

    def _entering(self, row: list[int], steepest: bool) -> int | None:
        among = row[self._n : -1]
        least = min(among)
        if least >= 0:
            return None
        place = among.index(least) if steepest else next(i for i, value in enumerate(among) if value < 0)
        return self._n + place

    def _pivot(self, h: int, i: int) -> None:
        """Let column ``i`` take the place of basis element ``h``."""
        rows, den = self._rows, self._den
        leaving = rows[h]
        if leaving[i] < 0:
            leaving = rows[h] = [-c for c in leaving]
        pivot = leaving[i]
        for k, row in enumerate(rows):
            factor = row[i]
            if k == h:
                continue
            if factor:
                rows[k] = [(pivot * c - factor * e) // den for c, e in zip(row, leaving, strict=True)]
            elif pivot != den:
                rows[k] = [pivot * c // den for c in row]
        self._den = pivot
        self._basis[h] = i
