"""What claims about rational matrices are made of: products, Frobenius norms, positive definiteness, evaluated layers.

A matrix is a tuple of rows of ``mpq``. Bounds of singular values rest on one test, :func:`is_positive_definite`: ``t I - A A^T`` is
positive definite iff ``t`` is larger than the square of the largest singular value of A.
"""

from __future__ import annotations

from collections.abc import Sequence

from gmpy2 import mpq, mpz

from exactnet.kernel.errors import SizeError
from exactnet.kernel.rationals import lcm_all

__all__ = [
    "Matrix",
    "Vector",
    "dot",
    "exceeds_norm",
    "gram",
    "is_positive_definite",
    "minus",
    "multiple_of_identity",
    "product",
    "shape",
    "squares",
    "transpose",
]

Vector = tuple[mpq, ...]
Matrix = tuple[Vector, ...]

#: The most that ``n^4`` times the bits of an entry may be, for a test of an ``n x n`` matrix: about the bits of all products.
MAX_WORK = 2**38


def shape(matrix: Matrix) -> tuple[int, int]:
    """The numbers of rows and of columns."""
    return len(matrix), len(matrix[0])


def dot(a: Sequence[mpq], b: Sequence[mpq]) -> mpq:
    """The inner product of two vectors of one length.

    >>> dot((mpq(1, 2), mpq(3)), (mpq(4), mpq(-1)))
    mpq(-1,1)
    """
    return sum([x * y for x, y in zip(a, b, strict=True)], mpq(0))


def transpose(matrix: Matrix) -> Matrix:
    """The transpose."""
    return tuple(zip(*matrix, strict=True))


def _integers(matrix: Matrix) -> tuple[list[list[mpz]], mpz]:
    """The entries as integers over one denominator."""
    den = lcm_all(value.denominator for row in matrix for value in row)
    return [[mpz(value * den) for value in row] for row in matrix], den


def product(a: Matrix, b: Matrix) -> Matrix:
    """The product; raises :class:`ValueError` where the shapes do not fit."""
    (rows, over), (columns, under) = _integers(a), _integers(transpose(b))
    den = over * under
    return tuple(
        tuple(mpq(sum([x * y for x, y in zip(row, column, strict=True)], mpz(0)), den) for column in columns)
        for row in rows
    )


def minus(a: Matrix, b: Matrix) -> Matrix:
    """The difference of two matrices of one shape."""
    return tuple(tuple(x - y for x, y in zip(p, q, strict=True)) for p, q in zip(a, b, strict=True))


def multiple_of_identity(size: int, value: mpq) -> Matrix:
    """``value`` times the identity."""
    return tuple(tuple(value if i == j else mpq(0) for j in range(size)) for i in range(size))


def squares(matrix: Matrix) -> mpq:
    """The square of the Frobenius norm: the sum of the squares of the entries."""
    return sum((dot(row, row) for row in matrix), mpq(0))


def gram(matrix: Matrix) -> Matrix:
    """``A A^T`` or ``A^T A``, whichever is smaller: the nonzero eigenvalues are the squares of the singular values of A."""
    rows = matrix if len(matrix) <= len(matrix[0]) else transpose(matrix)
    return product(rows, transpose(rows))


def is_positive_definite(matrix: Matrix) -> bool:
    """Whether a symmetric matrix is positive definite: all its leading minors are positive (Sylvester).

    The minors are the pivots of Bareiss' elimination, which stays in the integers.

    >>> half = mpq(1, 2)
    >>> is_positive_definite(((mpq(1), half), (half, mpq(1)))), is_positive_definite(((mpq(1), mpq(1)), (mpq(1), mpq(1))))
    (True, False)

    Raises
    ------
    SizeError
        where the minors would be too large.
    ValueError
        where the matrix is not symmetric.
    """
    if matrix != transpose(matrix):
        raise ValueError("the matrix is not symmetric")
    rows, _ = _integers(matrix)
    size = len(rows)
    bits = max(abs(value) for row in rows for value in row).bit_length()
    if size**4 * bits > MAX_WORK:
        raise SizeError(f"the minors of a {size} x {size} matrix of numbers of {bits} bits are too large")
    before = mpz(1)
    for k in range(size):
        pivot = rows[k][k]
        if pivot <= 0:
            return False
        for i in range(k + 1, size):
            factor = rows[i][k]
            for j in range(k + 1, size):
                rows[i][j] = (pivot * rows[i][j] - factor * rows[k][j]) // before
        before = pivot
    return True


def exceeds_norm(bound: mpq, matrix: Matrix) -> bool:
    """Whether ``bound`` is larger than the square of the largest singular value.

    >>> three_four = ((mpq(3), mpq(4)),)
    >>> exceeds_norm(mpq(25), three_four), exceeds_norm(mpq(251, 10), three_four)
    (False, True)
    """
    square = gram(matrix)
    return is_positive_definite(minus(multiple_of_identity(len(square), bound), square))
