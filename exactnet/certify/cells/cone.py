"""Is a form a nonnegative combination of others? Exact, by integer pivots (untrusted: whatever it answers is verified).

After Schrijver's proof of the fundamental theorem of linear inequalities (*Theory of Linear and Integer Programming*, 7.1): write
the form in a basis; take a basis element with a negative coefficient out; where all others lie on its side, its row of the
inverse separates. Rows are integers over one denominator (Edmonds), and are handed from a cell to its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from operator import mul

from exactnet.claims.cells.forms import Vector

__all__ = ["Cone", "dot", "primitive"]

#: Pivots by the most negative coefficient before Bland's rule, which makes the method finite.
_STEEPEST = 50
#: Bits of a digit, to begin with.
_WIDTH = 128


def dot(a: Sequence[int], b: Sequence[int]) -> int:
    """The inner product."""
    return sum(map(mul, a, b))


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
    >>> cone.combine((-1, 3)), cone.combine((0, -1)), cone.separating
    (None, None, (1, 1))
    """

    __slots__ = ("_basis", "_columns", "_den", "_largest", "_n", "_rows", "_signs", "_width", "separating", "vectors")

    def __init__(self, n: int) -> None:
        self._n = n
        # Row h is that of the inverse basis, times den: first of unit vectors (basis elements below n), then of a_0, a_1, ...
        self._rows = [[int(h == k) for k in range(n)] for h in range(n)]
        self._basis = list(range(n))
        self._den = 1
        # Coordinate k of all vectors side by side, one digit each, so that a row is multiplied by all of them at once.
        self._columns = [0] * n
        self._width, self._signs, self._largest = _WIDTH, 0, 1
        self.vectors: tuple[Vector, ...] = ()
        #: After :meth:`combine` has returned None: a ``y`` with ``y·a_i >= 0`` for all i, and less than 0 for the vector.
        self.separating: Vector = ()

    def copy(self) -> Cone:
        """A cone that can be changed on its own."""
        twin = Cone.__new__(Cone)
        twin._n, twin._den, twin.vectors, twin.separating = self._n, self._den, self.vectors, ()
        twin._width, twin._signs, twin._largest, twin._columns = self._width, self._signs, self._largest, self._columns
        twin._rows, twin._basis = [row.copy() for row in self._rows], self._basis.copy()
        return twin

    def add(self, vector: Vector) -> None:
        """Add a vector."""
        self.vectors = (*self.vectors, vector)
        self._largest = max(self._largest, *map(abs, vector))
        self._append(vector, len(self.vectors) - 1)
        for h, element in enumerate(self._basis):
            if element < self._n and dot(self._rows[h], vector):  # a unit vector, which is not of the cone, leaves the basis
                self._pivot(h, len(self.vectors) - 1)
                return

    def combine(self, vector: Vector) -> tuple[int, dict[int, int]] | None:
        """``(den, {i: n_i})`` with ``den*vector = sum n_i a_i``, ``den > 0``, ``n_i > 0``; None if there is none."""
        if not self._solve(vector):
            return None
        factors = {element - self._n: row.pop() for element, row in zip(self._basis, self._rows, strict=True)}
        factors = {i: value for i, value in factors.items() if value}
        divisor = gcd(self._den, *factors.values())
        return self._den // divisor, {i: value // divisor for i, value in factors.items()}

    def _solve(self, vector: Vector) -> bool:
        """Pivot until the vector, then the last column, has no negative coefficient; or else keep a separating vector."""
        n, rows, basis = self._n, self._rows, self._basis
        for row in rows:
            row.append(dot(row, vector))
        steps = 0
        while True:
            h = self._leaving(steps < _STEEPEST)
            if h is None:
                return True
            row = rows[h]
            i = self._entering(row[:n], steps < _STEEPEST) if basis[h] >= n else None
            if i is None:
                sign = -1 if row[-1] > 0 else 1
                self.separating = primitive([sign * c for c in row[:n]])
                for row in rows:
                    row.pop()
                return False
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
        """A vector with a negative product with a row: the most negative one, or the first."""
        bound = self._n * self._largest * max(map(abs, row))
        while bound >> self._width - 1:
            self._widen()
        width, total = self._width, sum(map(mul, row, self._columns)) + self._signs
        negative = ~total & self._signs
        best, least, digit = None, 0, (1 << width) - 1
        while negative:
            place = (negative & -negative).bit_length() - width
            value = (total >> place & digit) - (1 << width - 1)
            if value < least:
                best, least = place // width, value
            if not steepest:
                break
            negative &= negative - 1
        return best

    def _append(self, vector: Vector, number: int) -> None:
        place = self._width * number
        self._columns = [column + (c << place) for column, c in zip(self._columns, vector, strict=True)]
        self._signs += 1 << place + self._width - 1

    def _widen(self) -> None:
        self._width *= 2
        self._columns, self._signs = [0] * self._n, 0
        for number, vector in enumerate(self.vectors):
            self._append(vector, number)

    def _pivot(self, h: int, i: int) -> None:
        """Let vector ``i`` take the place of basis element ``h``."""
        rows, den, vector = self._rows, self._den, self.vectors[i]
        column = [dot(row, vector) for row in rows]
        leaving, pivot = rows[h], column[h]
        if pivot < 0:
            pivot, leaving = -pivot, [-c for c in leaving]
            rows[h] = leaving
        for k, factor in enumerate(column):
            if k == h:
                continue
            if factor:
                rows[k] = [(pivot * c - factor * e) // den for c, e in zip(rows[k], leaving, strict=True)]
            elif pivot != den:
                rows[k] = [pivot * c // den for c in rows[k]]
        self._den = pivot
        self._basis[h] = self._n + i
