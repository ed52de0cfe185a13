"""Rank minimisation: where gradient flow on two points ends, a matrix of rank 1 that fits them, and deep networks of small norms
(docs/rank.md).

*Two points.* With ``c = x_1 x_2``: a row w that starts with ``w x > 0 >= w z`` (its own point x, target y; the other point z) moves
along x if ``c <= 0``, to ``w + (y - w x)/|x|^2 x``. If ``c > 0`` and it starts with ``0 < w x < y``, ``w z >= 0``, it ends where
``w x = y``, ``w z = 0``. In both cases ``(y_1 - y_2) v^T`` with ``v x_1 = 1``, ``v x_2 = -1`` has rank 1 and loss 0.

*Deep networks.* The first layers of N, then ``[W_k; -W_k]``, identities of size 2, ``(1, -1)``: a network of any depth for the
function N, as ``N = [N]+ - [-N]+``. Factors of product 1 make the norms of its layers as equal as their few bits allow: the
partial products are rounded, not the factors, so that the function stays what it is.

References
----------
N. Timor, G. Vardi, O. Shamir, *Implicit regularization towards rank minimization in ReLU networks*, ALT 2023.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import gmpy2
from gmpy2 import mpq, mpz

from exactnet.claims.matrices.algebra import Matrix, Vector, dot, squares

__all__ = ["deepened", "equalised", "flow_limit", "rank_one_vector", "small_start"]


def _combined(a: mpq, x: Vector, b: mpq, z: Vector) -> Vector:
    return tuple(a * s + b * t for s, t in zip(x, z, strict=True))


def _with_products(x: Vector, z: Vector, p: mpq, q: mpq) -> Vector:
    """The combination w of two independent vectors with ``w x = p``, ``w z = q``."""
    xx, xz, zz = dot(x, x), dot(x, z), dot(z, z)
    det = xx * zz - xz * xz
    return _combined((p * zz - q * xz) / det, x, (q * xx - p * xz) / det, z)


def _own(points: Matrix, targets: Matrix, row: int) -> tuple[Vector, Vector, mpq]:
    """The point at which a row has its target, the other point, and the target."""
    own = 0 if targets[0][row] else 1
    return points[own], points[1 - own], targets[own][row]


def small_start(points: Matrix, targets: Matrix, size: mpq) -> Matrix:
    """Rows of about this size from which the limit is known: ``size (x - z)`` if ``x z <= 0``, else ``size (x + z)``."""
    sign = mpq(-1 if dot(*points) <= 0 else 1)
    owns = (_own(points, targets, row) for row in range(len(targets[0])))
    return tuple(_combined(size, x, size * sign, z) for x, z, _ in owns)


def flow_limit(points: Matrix, targets: Matrix, start: Matrix) -> Matrix:
    """Where gradient flow ends, if every row starts in its region.

    >>> points = ((mpq(1), mpq(0)), (mpq(-3, 5), mpq(4, 5)))
    >>> unit = ((mpq(1), mpq(0)), (mpq(0), mpq(1)))
    >>> [list(map(str, row)) for row in flow_limit(points, unit, small_start(points, unit, mpq(1, 1000)))]
    [['1', '-1/1250'], ['-1877/3125', '4997/6250']]
    """
    rows = []
    for place, begin in enumerate(start):
        x, z, y = _own(points, targets, place)
        if dot(x, z) <= 0:
            rows.append(_combined(mpq(1), begin, (y - dot(begin, x)) / dot(x, x), x))
        else:
            moved = _with_products(x, z, y - dot(begin, x), -dot(begin, z))
            rows.append(_combined(mpq(1), begin, mpq(1), moved))
    return tuple(rows)


def rank_one_vector(points: Matrix) -> Vector | None:
    """A vector v with ``v x_1 = 1`` and ``v x_2 = -1``; None if there is none.

    >>> rank_one_vector(((mpq(1), mpq(0)), (mpq(1), mpq(1))))
    (mpq(1,1), mpq(-2,1))
    """
    x, z = points
    size = dot(x, x)
    if size * dot(z, z) != dot(x, z) ** 2:
        return _with_products(x, z, mpq(1), mpq(-1))
    opposite = any(x) and z == tuple(-value for value in x)
    return tuple(value / size for value in x) if opposite else None


def deepened(layers: Sequence[Matrix], depth: int, nonnegative: bool) -> list[Matrix]:
    """Layers of the same function at a larger depth; ``nonnegative`` if it has no negative value where it is used.

    >>> one = ((mpq(1),),)
    >>> [len(layer) for layer in deepened([one, one], 5, False)], deepened([one, one], 4, True) == [one] * 4
    ([1, 2, 2, 2, 1], True)
    """
    *first, (last,) = layers
    signs = [mpq(1)] if nonnegative else [mpq(1), mpq(-1)]
    doubled = tuple(tuple(sign * value for value in last) for sign in signs)
    identity = tuple(tuple(mpq(i == j) for j in range(len(signs))) for i in range(len(signs)))
    return [*first, doubled, *[identity] * (depth - len(layers) - 1), (tuple(signs),)]


def equalised(layers: Sequence[Matrix], bits: int) -> list[Matrix]:
    """The layers times positive factors of product 1 and of about ``bits`` bits, so that their norms are nearly equal.

    >>> two = ((mpq(2),),)
    >>> [str(layer[0][0]) for layer in equalised([((mpq(1, 2),),), two, ((mpq(4),),)], 4)]
    ['25/16', '8/5', '8/5']
    """
    norms = [squares(layer) for layer in layers]
    ideal = _root(prod(norms, start=mpq(1)), 2 * len(layers), 4 * bits)
    before, partial, scaled = mpq(1), mpq(1), []
    for place, (layer, square) in enumerate(zip(layers, norms, strict=True), 1):
        partial = _rounded(partial * ideal / _root(square, 2, 4 * bits), 4 * bits)
        after = mpq(1) if place == len(layers) else _rounded(partial, bits)
        scaled.append(tuple(tuple(value * after / before for value in row) for row in layer))
        before = after
    return scaled


def _rounded(value: mpq, bits: int) -> mpq:
    """The nearest number of about so many bits times a power of two, to a positive number."""
    unit = mpq(2) ** (value.numerator.bit_length() - value.denominator.bit_length() - bits)
    return (value / unit + mpq(1, 2)) // 1 * unit


def _root(value: mpq, degree: int, bits: int) -> mpq:
    """A root of a positive number, to about this many bits."""
    shift = degree * (bits + max(0, value.denominator.bit_length() - value.numerator.bit_length()))
    below, _ = gmpy2.iroot((value.numerator << shift) // value.denominator, degree)
    return mpq(below, mpz(1) << (shift // degree))
