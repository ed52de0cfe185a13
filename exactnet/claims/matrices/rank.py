"""Rank minimisation: limits of gradient flow, norms of deep networks, KKT points, as conditions on matrices (docs/rank.md).

Every function goes through the conditions of one statement, in words, each with whether it holds; who reads stops at the first
that does not. The theorems that make these conditions sufficient are proved on the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import prod

from gmpy2 import mpq

from exactnet.claims.matrices.algebra import (
    Matrix,
    Vector,
    dot,
    exceeds_norm,
    product,
    shape,
    squares,
    transpose,
)
from exactnet.kernel.errors import FormatError, SizeError

__all__ = ["Condition", "depth_conditions", "flow_conditions", "gradient", "kkt_conditions", "layers_in", "output_of"]

#: What is to hold, in words, and whether it does.
Condition = tuple[str, bool]

#: The most layers, and the most bits of all layers together (of the longest number of each).
MAX_LAYERS, MAX_BITS = 4096, 2**20


def _fit(fits: bool, what: str) -> None:
    if not fits:
        raise FormatError(f"the matrices have shapes that do not fit: {what}")


def _positive(row: Vector) -> Vector:
    return tuple(max(value, mpq(0)) for value in row)


# --- two points -------------------------------------------------------------------------------------


def flow_conditions(matrices: Mapping[str, Matrix], numbers: Mapping[str, mpq]) -> Iterator[Condition]:
    """K1: gradient flow of ``1/2 sum |[W x_i]+ - y_i|^2`` from ``start`` has the limit ``limit``, of loss 0 and rank at least 2.

    Parameters
    ----------
    matrices : ``points`` (2 x d), ``targets`` (2 x k), ``start`` and ``limit`` (k x d), and ``vector`` (1 x d): the ``v`` for which
        ``(y_1 - y_2) v^T``, of rank 1, has loss 0.
    numbers : ``low <= |limit|_op^2 < high``.
    """
    points, targets, start, limit = (matrices[name] for name in ("points", "targets", "start", "limit"))
    (k, d), vector = shape(start), matrices["vector"]
    shapes = [shape(matrix) for matrix in (points, targets, limit, vector)]
    _fit(shapes == [(2, d), (2, k), (k, d), (1, d)], "points 2 x d, targets 2 x k, start and limit k x d, vector 1 x d")
    disjoint = all(min(pair) == 0 < max(pair) for pair in transpose(targets))
    yield "the targets are nonnegative, and every row is in the support of exactly one", disjoint
    obtuse = dot(*points) <= 0
    case = "x_1 x_2 <= 0" if obtuse else "x_1 x_2 > 0"
    for number, (begin, end) in enumerate(zip(start, limit, strict=True), 1):
        own = 0 if targets[0][number - 1] else 1
        rule = _obtuse_limit if obtuse else _acute_limit
        reached = rule(begin, end, points[own], points[1 - own], targets[own][number - 1])
        yield (
            f"{case}: row {number} of the start stays in its region, and row {number} of the limit is where it ends",
            reached,
        )
    losses = [_positive(row) for row in product(points, transpose(limit))]
    yield "the limit has loss 0", tuple(losses) == targets
    difference = tuple((a - b,) for a, b in transpose(targets))
    outputs = [_positive(row) for row in product(points, transpose(product(difference, vector)))]
    yield "(y_1 - y_2) v^T, of rank 1, has loss 0", tuple(outputs) == targets
    yield "the limit has rank at least 2", _has_rank_two(limit)
    low, high = numbers["low"], numbers["high"]
    yield "low <= |limit|_op^2 < high", low > 0 and not exceeds_norm(low, limit) and exceeds_norm(high, limit)


def _obtuse_limit(begin: Vector, end: Vector, x: Vector, z: Vector, y: mpq) -> bool:
    """Where ``x z <= 0``: the flow is a segment along x, in the convex region ``w x > 0 >= w z`` as its ends are."""
    step = (y - dot(begin, x)) / dot(x, x) if any(x) else mpq(0)
    inside = all(dot(w, x) > 0 >= dot(w, z) for w in (begin, end))
    return inside and end == tuple(w + step * c for w, c in zip(begin, x, strict=True))


def _acute_limit(begin: Vector, end: Vector, x: Vector, z: Vector, y: mpq) -> bool:
    """Where ``x z > 0``: the box ``0 < w x <= y, 0 <= w z <= beta`` is invariant, and the flow in it linear with one rest point."""
    a, b, c = dot(begin, x), dot(begin, z), dot(x, z)
    inside = 0 < a < y and b >= 0 and b * c < y * dot(x, x)
    rest = dot(end, x) == y and dot(end, z) == 0  # so x and z are independent
    return inside and rest and _in_span(tuple(p - q for p, q in zip(end, begin, strict=True)), x, z)


def _in_span(w: Vector, x: Vector, z: Vector) -> bool:
    """Whether w is a combination of the independent x and z."""
    p, q, xx, xz, zz = dot(w, x), dot(w, z), dot(x, x), dot(x, z), dot(z, z)
    det = xx * zz - xz * xz
    a, b = (p * zz - q * xz) / det, (q * xx - p * xz) / det
    return w == tuple(a * s + b * t for s, t in zip(x, z, strict=True))


def _has_rank_two(matrix: Matrix) -> bool:
    """Whether some two rows are independent: all are multiples of the first that is not 0 if not."""
    first = next((row for row in matrix if any(row)), None)
    return first is not None and any(dot(first, first) * dot(row, row) != dot(first, row) ** 2 for row in matrix)


# --- deep networks ------------------------------------------------------------------------------------


def layers_in(matrices: Mapping[str, Matrix]) -> list[Matrix]:
    """The matrices ``layer 1``, ``layer 2``, ... of a network without biases, of one output.

    Raises
    ------
    FormatError
        where there are none, or they do not fit.
    SizeError
        where values would be too large.
    """
    layers: list[Matrix] = []
    while f"layer {len(layers) + 1}" in matrices:
        layers.append(matrices[f"layer {len(layers) + 1}"])
    _fit(bool(layers) and len(layers[-1]) == 1, "the last layer has one row")
    _fit(
        all(len(a) == len(b[0]) for a, b in pairwise(layers)),
        "a layer reads the rows of the one before",
    )
    longest = (
        max(max(v.numerator.bit_length(), v.denominator.bit_length()) for row in layer for v in row) for layer in layers
    )
    if len(layers) > MAX_LAYERS or sum(longest) > MAX_BITS:
        raise SizeError(f"more than {MAX_LAYERS} layers, or values of more than {MAX_BITS} bits")
    return layers


def _hidden(layers: Sequence[Matrix], point: Vector) -> list[Vector]:
    """The point, and the values after each hidden layer."""
    values = [point]
    for layer in layers[:-1]:
        values.append(_positive(tuple(dot(row, values[-1]) for row in layer)))
    return values


def output_of(layers: Sequence[Matrix], point: Vector) -> mpq:
    """The value of a network of one output at a point.

    >>> one, minus_one = mpq(1), mpq(-1)
    >>> output_of([((one,), (minus_one,)), ((one, one),)], (mpq(-3),))
    mpq(3,1)
    """
    return dot(layers[-1][0], _hidden(layers, point)[-1])


def gradient(layers: Sequence[Matrix], point: Vector) -> list[Matrix]:
    """The derivatives of the output by all weights, layer by layer; a ReLU of ``[0]+`` counts as inactive.

    >>> one, zero = mpq(1), mpq(0)
    >>> [[list(map(str, row)) for row in part] for part in gradient([((one,), (-one,)), ((one, one),)], (mpq(3),))]
    [[['3'], ['0']], [['3', '0']]]
    """
    values = _hidden(layers, point)
    back: Vector = (mpq(1),)
    gradients: list[Matrix] = []
    for place in range(len(layers) - 1, -1, -1):
        gradients.append(tuple(tuple(slope * value for value in values[place]) for slope in back))
        sums = tuple(dot(back, column) for column in transpose(layers[place]))
        back = tuple(slope if value > 0 else mpq(0) for slope, value in zip(sums, values[place], strict=True))
    return gradients[::-1]


def _margins(matrices: Mapping[str, Matrix], layers: Sequence[Matrix]) -> list[mpq]:
    points, labels = matrices["points"], matrices["labels"]
    _fit(shape(labels) == (len(points), 1), "labels are one column, a label for each point")
    _fit(len(points[0]) == len(layers[0][0]), "the first layer reads the coordinates of a point")
    return [label * output_of(layers, point) for (label,), point in zip(labels, points, strict=True)]


def depth_conditions(matrices: Mapping[str, Matrix], numbers: Mapping[str, mpq]) -> Iterator[Condition]:
    """K2: in every network of this depth and least norm, the geometric mean of the stable ranks is at most ``mean``.

    Parameters
    ----------
    matrices : ``points`` (m x d), ``labels`` (m x 1), ``layer 1``, ..., and ``norms`` (1 x depth): bounds from below of the
        squares of the largest singular values.
    numbers : ``mean``: the mean of the squares of the Frobenius norms.
    """
    layers = layers_in(matrices)
    depth, norms = len(layers), matrices["norms"]
    margins = _margins(matrices, layers)
    _fit(shape(norms) == (1, depth), "norms are one row, a number for each layer")
    yield "labels are 1 or -1, and |x|^2 <= 1 at every point", _are_unit_points(matrices)
    yield "label times output is at least 1 at every point", min(margins) >= 1
    yield "the mean of |W_l|_F^2 is 'mean'", sum(map(squares, layers), mpq(0)) == depth * numbers["mean"]
    bounded = all(low > 0 and not exceeds_norm(low, layer) for low, layer in zip(norms[0], layers, strict=True))
    yield "|W_l|_op^2 is at least 'norms' in every layer", bounded
    ranks = prod((squares(layer) / low for low, layer in zip(norms[0], layers, strict=True)), start=mpq(1))
    yield (
        "the stable ranks of the network itself have a product of at most mean^depth",
        ranks <= numbers["mean"] ** depth,
    )


def _are_unit_points(matrices: Mapping[str, Matrix]) -> bool:
    right = all(abs(label) == 1 for (label,) in matrices["labels"])
    return right and all(dot(point, point) <= 1 for point in matrices["points"])


def kkt_conditions(matrices: Mapping[str, Matrix], numbers: Mapping[str, mpq]) -> Iterator[Condition]:
    """K3: a network is a KKT point of least norm under ``y_i N(x_i) >= 1`` (Clarke's gradients).

    Parameters
    ----------
    matrices : ``points`` (m x d), ``labels`` (m x 1), ``layer 1``, ..., and ``multipliers`` (m x 1).
    """
    layers, multipliers = layers_in(matrices), matrices["multipliers"]
    margins = _margins(matrices, layers)
    _fit(shape(multipliers) == (len(margins), 1), "multipliers are one column, one for each point")
    factors = [value for (value,) in multipliers]
    yield "labels are 1 or -1", all(abs(label) == 1 for (label,) in matrices["labels"])
    yield "label times output is at least 1 at every point", min(margins) >= 1
    tight = all(value >= 0 and (not value or margin == 1) for value, margin in zip(factors, margins, strict=True))
    yield "multipliers are nonnegative, and 0 where the margin is more than 1", tight
    total = [tuple(tuple(mpq(0) for _ in row) for row in layer) for layer in layers]
    for value, (label,), point in zip(factors, matrices["labels"], matrices["points"], strict=True):
        if value:
            parts = gradient(layers, point)
            total = [_plus(whole, part, value * label) for whole, part in zip(total, parts, strict=True)]
    yield "the weights are the sum of multiplier times label times the gradient at the point", total == layers


def _plus(a: Matrix, b: Matrix, factor: mpq) -> Matrix:
    return tuple(tuple(x + factor * y for x, y in zip(p, q, strict=True)) for p, q in zip(a, b, strict=True))
