"""Rank minimisation: hypotheses, the matrices of a certificate, and the verdict (docs/rank.md)."""

from __future__ import annotations

from collections.abc import Sequence

from gmpy2 import mpq

from exactnet.certify.cells.cone import Cone
from exactnet.certify.matrices import Result, bracket
from exactnet.claims.matrices.algebra import Matrix, Vector, dot, exceeds_norm, shape, squares, transpose
from exactnet.claims.matrices.certificate import Certificate, judge
from exactnet.claims.matrices.rank import gradient, output_of
from exactnet.construct.base.messages import short
from exactnet.construct.rank import deepened, equalised, flow_limit, rank_one_vector, small_start
from exactnet.kernel.errors import FormatError, RefusedError, SizeError
from exactnet.kernel.rationals import lcm_all

__all__ = ["certify_depth", "certify_flow", "certify_kkt", "norm_bracket"]

#: Bits of brackets of singular values.
BITS = 30
#: The most weights of a network whose multipliers are looked for, by a linear program in as many dimensions.
MAX_WEIGHTS = 1000
#: The size of a start that nobody chooses.
START = mpq(1, 1000)


def norm_bracket(matrix: Matrix, bits: int = BITS) -> tuple[mpq, mpq]:
    """``low <= op^2 < high`` for the largest singular value ``op`` of a matrix that is not 0."""
    return bracket(lambda t: not exceeds_norm(t, matrix), 2 * squares(matrix), bits)


# --- two points -------------------------------------------------------------------------------------


def certify_flow(points: Matrix, targets: Matrix, start: Matrix | None = None, size: mpq = START) -> Result:
    """Certify (K1) where gradient flow ends, or refute that the limit has rank 2.

    Parameters
    ----------
    points : ``2 x d``.
    targets : ``2 x k``, nonnegative, of disjoint supports.
    start : ``k x d``; by default one of about ``size``.

    Raises
    ------
    FormatError
        where the shapes do not fit.
    RefusedError
        where a hypothesis fails: the row, and the numbers that decide it.

    Examples
    --------
    >>> unit = ((mpq(1), mpq(0)), (mpq(0), mpq(1)))
    >>> certify_flow(unit, unit).judgement.verdict
    'certified'
    """
    if len(points) != 2 or len(targets) != 2:
        raise FormatError(f"{len(points)} points and {len(targets)} targets: the statement is about two of each")
    for number, (first, second) in enumerate(transpose(targets), 1):
        if min(first, second) < 0 or (first > 0) == (second > 0):
            raise RefusedError(
                f"row {number} has the targets {short(first)} and {short(second)}: one has to be positive, the other 0"
            )
    if not all(map(any, points)):
        raise RefusedError("a point is 0, where the output is 0 whatever the weights")
    begin = small_start(points, targets, size) if start is None else start
    if shape(begin) != (len(targets[0]), len(points[0])):
        raise FormatError(f"start is {len(begin)} x {len(begin[0])}, not {len(targets[0])} x {len(points[0])}")
    vector = rank_one_vector(points)
    if vector is None:
        raise RefusedError(
            "the points are multiples of each other, and not opposite: no vector is 1 at one and -1 at the other"
        )
    limit = flow_limit(points, targets, begin)
    _check_region(points, targets, begin, limit)
    low, high = norm_bracket(limit)
    matrices = {"points": points, "targets": targets, "start": begin, "limit": limit, "vector": (vector,)}
    certificate = Certificate("K1 flow", matrices, {"low": low, "high": high})
    return Result(certificate, judge(certificate))


def _check_region(points: Matrix, targets: Matrix, start: Matrix, limit: Matrix) -> None:
    c = dot(*points)
    for number, (begin, end, pair) in enumerate(zip(start, limit, transpose(targets), strict=True), 1):
        own = 0 if pair[0] else 1
        x, z, y = points[own], points[1 - own], pair[own]
        a, b = dot(begin, x), dot(begin, z)
        told = f"with w x = {short(a)}, w z = {short(b)} at its own point x and the other point z"
        if c <= 0 and not a > 0 >= b:
            raise RefusedError(f"row {number} of the start is outside its region, {told}: w x > 0 >= w z is needed")
        if c <= 0 and dot(end, z) > 0:
            raise RefusedError(
                f"row {number} starts {told}, and its end is outside the region: w z = {short(dot(end, z))} > 0"
            )
        if c > 0 and not (0 < a < y and b >= 0 and b * c < y * dot(x, x)):
            needed = f"0 < w x < {short(y)} and 0 <= w z < {short(y * dot(x, x) / c)} are needed"
            raise RefusedError(f"row {number} of the start is outside its region, {told}: {needed}")


# --- deep networks ------------------------------------------------------------------------------------


def _checked_margins(layers: Sequence[Matrix], points: Matrix, labels: Vector) -> list[mpq]:
    if len(labels) != len(points):
        raise FormatError(f"{len(points)} points and {len(labels)} labels")
    inputs, outputs = len(layers[0][0]), len(layers[-1])
    if len(points[0]) != inputs or outputs != 1:
        raise FormatError(
            f"points have {len(points[0])} coordinates; the network has {inputs} inputs and {outputs} outputs (1 is meant)"
        )
    for number, label in enumerate(labels, 1):
        if abs(label) != 1:
            raise FormatError(f"labels: that of point {number} is {short(label)}, not 1 or -1")
    margins = [label * output_of(layers, point) for point, label in zip(points, labels, strict=True)]
    for number, margin in enumerate(margins, 1):
        if margin < 1:
            raise RefusedError(f"label times output is {short(margin)} at point {number}, less than 1")
    return margins


def certify_depth(layers: Sequence[Matrix], points: Matrix, labels: Vector, depth: int, bits: int = 10) -> Result:
    """Certify (K2) a bound of the stable ranks of all networks of least norm at a depth, by a network of that depth.

    Parameters
    ----------
    layers : of a network without biases, of one output, of at most this depth, with margins of at least 1.
    points : of norm at most 1.
    labels : 1 or -1.
    bits : of the factors by which norms are made equal.

    Raises
    ------
    FormatError
        where shapes, labels or the depth do not fit.
    RefusedError
        where a hypothesis fails: the point, and the number that decides it.
    """
    _checked_margins(layers, points, labels)
    for number, point in enumerate(points, 1):
        if dot(point, point) > 1:
            raise RefusedError(f"point {number} has the squared norm {short(dot(point, point))}, more than 1")
    if depth < len(layers):
        raise FormatError(f"depth {depth} is less than that of the network, {len(layers)}")
    nonnegative = all(label == 1 for label in labels)
    deep = equalised(layers if depth == len(layers) else deepened(layers, depth, nonnegative), bits)
    lows = [norm_bracket(layer)[0] for layer in deep]
    matrices = {"points": points, "labels": tuple((label,) for label in labels), "norms": (tuple(lows),)}
    matrices |= {f"layer {place}": layer for place, layer in enumerate(deep, 1)}
    certificate = Certificate("K2 depth", matrices, {"mean": sum(map(squares, deep), mpq(0)) / depth})
    return Result(certificate, judge(certificate))


def certify_kkt(layers: Sequence[Matrix], points: Matrix, labels: Vector) -> Result:
    """Certify (K3) that a network is a KKT point of least norm with margins of at least 1.

    Raises
    ------
    FormatError
        where shapes or labels do not fit.
    RefusedError
        where a margin is less than 1, or there are no multipliers.
    SizeError
        for more than 1000 weights.
    """
    margins = _checked_margins(layers, points, labels)
    count = sum(len(layer) * len(layer[0]) for layer in layers)
    if count > MAX_WEIGHTS:
        raise SizeError(
            f"a network of {count} weights is too large: multipliers are looked for where it has {MAX_WEIGHTS} at most"
        )
    tight = [place for place, margin in enumerate(margins) if margin == 1]
    slopes = [_flat(gradient(layers, points[place]), labels[place]) for place in tight]
    weights = _flat(layers, mpq(1))
    den = lcm_all(value.denominator for row in (weights, *slopes) for value in row)
    cone = Cone(len(weights))
    for slope in slopes:
        cone.add(tuple(int(value * den) for value in slope))
    combination = cone.combine(tuple(int(value * den) for value in weights))
    if combination is None:
        raise RefusedError(
            f"this is no KKT point: {len(tight)} margins are 1, and along some direction none of them falls and the norm does"
        )
    over, factors = combination
    multipliers = [mpq(0)] * len(points)
    for place, factor in factors.items():
        multipliers[tight[place]] = mpq(factor, over)
    matrices = {"points": points, "labels": tuple((label,) for label in labels)}
    matrices["multipliers"] = tuple((value,) for value in multipliers)
    matrices |= {f"layer {place}": tuple(layer) for place, layer in enumerate(layers, 1)}
    certificate = Certificate("K3 KKT", matrices)
    return Result(certificate, judge(certificate))


def _flat(layers: Sequence[Matrix], factor: mpq) -> list[mpq]:
    return [factor * value for layer in layers for row in layer for value in row]
