"""Rank minimisation: where gradient flow on two points ends, and the ranks of deep networks of least norm.

Claim: (K1) On two points with nonnegative targets of disjoint supports, gradient flow of `[Wx]+` from a small start ends at a
matrix of loss 0 whose stable rank `|W|_F^2/|W|_op^2` is close to `2/(1 + |c|)`, `c` the cosine of the points, though a matrix of
rank 1 has loss 0 too. (K2) Where a network of depth `k` fits labels ±1 with margins of at least 1, in every network of depth `t`
that does so with the least norm the geometric mean of the stable ranks is at most a bound that goes to 2 as `t` grows. (K3) A given
network is a KKT point of that problem.

Source: N. Timor, G. Vardi, O. Shamir, *Implicit regularization towards rank minimization in ReLU networks*, ALT 2023
(arXiv:2201.12760), prove that gradient flow may fail to minimise ranks, even approximately, for most data sets of size 2, and that
sufficiently deep networks are biased to low ranks. The statements here, with these constants, and their proofs are reconstructions
(docs/rank.md).

Checked: every row by its certificate, of identities and inequalities of rational matrices: the limit of the flow itself, no run of
it; singular values by positive definiteness. Equality of deep networks with the shallow one on all of `R^2`, by cells.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import product as pairs

from gmpy2 import mpq

from exactnet.certify.cells import decide
from exactnet.certify.matrices import Result, outward
from exactnet.certify.rank import certify_depth, certify_flow, certify_kkt
from exactnet.claims.cells.claims import Claim
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.matrices.algebra import Matrix, Vector, dot, minus, squares, transpose
from exactnet.claims.matrices.rank import gradient, layers_in, output_of
from exactnet.foreign.arrays import layers_to_network
from exactnet.theory.rank import rank_product_bound, stable_rank_limit

from .table import Cell, Table

__all__ = ["FULL", "LEMMAS", "QUICK", "angles_table", "balance_table", "depth_table", "descent_table", "flow_table"]

LEMMAS = ("rank",)

UNIT: Matrix = ((mpq(1), mpq(0)), (mpq(0), mpq(1)))
#: The second points; the first is ``(1, 0)``.
OBTUSE: tuple[tuple[str, str], ...] = (("-3/5", "4/5"), ("-1/1000", "1"), ("-99/101", "20/101"), ("-7/25", "24/25"))
ACUTE: tuple[tuple[str, str], ...] = (("3/5", "4/5"), ("7/25", "24/25"))

#: ``N = |x_1| - |x_2|``, and four points that it fits with margins of 1.
LAYERS: tuple[Matrix, ...] = (
    tuple(tuple(map(mpq, row)) for row in ((1, 0), (-1, 0), (0, 1), (0, -1))),
    ((mpq(1), mpq(1), mpq(-1), mpq(-1)),),
)
POINTS: Matrix = LAYERS[0]
LABELS: Vector = tuple(map(mpq, (1, 1, -1, -1)))


def _certified(row: str, result: Result) -> Result:
    if result.judgement.verdict != "certified":
        raise AssertionError(f"{row}: {result.judgement.reason}")
    return result


def _small(value: mpq) -> str:
    """A number from 0 to 1 in scientific notation, rounded up in its second digit.

    >>> _small(mpq(1, 3)), _small(mpq(1, 2**20))
    ('3.4e-1', '9.6e-7')
    """
    exponent = 0
    while value < 1:
        value, exponent = value * 10, exponent + 1
    tenths = int(-(-value * 10 // 1))
    return f"{tenths // 10}.{tenths % 10}e-{exponent}"


# --- two points -------------------------------------------------------------------------------------


def _points(second: Iterable[str]) -> Matrix:
    return (UNIT[0], tuple(map(mpq, second)))


def _start(points: Matrix, size: mpq) -> Matrix:
    """Where ``c <= 0``: rows of about the given size in their regions, on no line with the points. Else ``(size, size)`` twice."""
    if dot(*points) > 0:
        return ((size, size), (size, size))
    return ((size, -size), (-2 * size / 3, size))


def _loss(points: Matrix, matrix: Matrix) -> mpq:
    """Half the sum of ``|[W x_i]+ - e_i|^2``."""
    values = (max(dot(row, x), mpq(0)) - mpq(i == j) for i, row in enumerate(matrix) for j, x in enumerate(points))
    return sum((value * value for value in values), mpq(0)) / 2


def flow_table(seconds: Iterable[tuple[str, str]], sizes: Iterable[str], name: str) -> Table:
    """Certify every limit; raises ``AssertionError`` unless all are certified."""
    rows: list[tuple[Cell, ...]] = []
    for second, size in pairs(seconds, sizes):
        points = _points(second)
        result = _certified(f"{second} from {size}", certify_flow(points, UNIT, _start(points, mpq(size))))
        matrices, numbers = result.certificate.matrices, result.certificate.numbers
        (v,), limit = matrices["vector"], matrices["limit"]
        losses = (str(_loss(points, one)) for one in ((v, tuple(-value for value in v)), limit))
        norm, formula = squares(limit), stable_rank_limit(dot(*points))
        ranks = outward(norm / numbers["high"], norm / numbers["low"])
        limiting = outward(formula, formula).split()[0]
        rows.append((f"({', '.join(second)})", size, *losses, ranks, limiting, result.judgement.verdict))
    heads = (
        "`x_2`",
        "start",
        "loss at rank 1",
        "loss of the limit",
        "stable rank of the limit",
        "`2/(1 + |c|)`",
        "verdict",
    )
    caption = (
        "Two points `x_1 = (1, 0)` and `x_2`, targets `(1, 0)` and `(0, 1)`: gradient flow of `[Wx]+` ends at rank 2."
    )
    note = (
        "`c = x_1 x_2`; all points but `(-1/1000, 1)` have length 1. The start is about as large as it says; ever smaller starts "
        "have limits whose stable rank goes to `2/(1 + |c|)`, rounded down here."
    )
    return Table(name, caption, heads, rows, notes=(note,))


def _cosines(height: int) -> list[mpq]:
    """Cosines of all Pythagorean angles between 0 and 180 degrees with a hypotenuse up to a height."""
    cosines = set()
    for r in range(1, height + 1):
        for a in range(1, r):
            b = next((b for b in range(1, r) if a * a + b * b == r * r), None)
            if b is not None:
                cosines |= {mpq(a, r), mpq(-a, r)}
    return sorted({mpq(0), *cosines})


def angles_table(height: int, name: str) -> Table:
    """Every Pythagorean angle up to a height; the stable rank is within ``10^-4`` of the formula.

    Raises ``AssertionError`` where it is not, or a row is not certified.
    """
    rows: list[tuple[Cell, ...]] = []
    for c in _cosines(height):
        sine = next(s for s in _cosines(height) if s >= 0 and s * s == 1 - c * c) if c else mpq(1)
        result = _certified(f"cosine {c}", certify_flow(((mpq(1), mpq(0)), (c, sine)), UNIT, size=mpq(1, 10**6)))
        norm, numbers = squares(result.certificate.matrices["limit"]), result.certificate.numbers
        low, high, wanted = norm / numbers["high"], norm / numbers["low"], stable_rank_limit(c)
        if max(high - wanted, wanted - low) > mpq(1, 10**4):
            raise AssertionError(f"cosine {c}: the stable rank is {outward(low, high)}, the formula says {wanted}")
        rows.append((str(c), outward(low, high), str(wanted), "certified"))
    heads = ("`c`", "stable rank of the limit", "`2/(1 + |c|)`", "verdict")
    caption = f"Unit points at every Pythagorean angle with a hypotenuse up to {height}, from a start of size `10^-6`."
    return Table(name, caption, heads, rows)


def _descend(points: Matrix, row: int, start: Vector, step: mpq, steps: int) -> tuple[list[Vector], bool]:
    """Exact gradient descent of one row, and whether it stays where the rule of the flow has it."""
    x, z = points[row], points[1 - row]
    c, w, inside, path = dot(x, z), start, True, [start]
    for _ in range(steps):
        a, b = dot(w, x), dot(w, z)
        inside &= a > 0 and (b <= 0 if c <= 0 else a < 1 and b >= 0)
        pull, push = step * (1 - a), step * max(b, mpq(0))
        w = tuple(v + pull * p - push * q for v, p, q in zip(w, x, z, strict=True))
        path.append(w)
    return path, inside


def descent_table(name: str) -> Table:
    """Exact gradient descent beside the limit of the flow; raises ``AssertionError`` where it leaves the region."""
    rows: list[tuple[Cell, ...]] = []
    plans = [(second, mpq(1, 2), (10, 20, 30)) for second in OBTUSE]
    plans += [(second, mpq(1, 4), (50, 100, 200)) for second in ACUTE]
    for second, step, counts in plans:
        points = _points(second)
        start = _start(points, mpq(1, 1000))
        limit = certify_flow(points, UNIT, start).certificate.matrices["limit"]
        runs = [_descend(points, row, start[row], step, counts[-1]) for row in (0, 1)]
        if not all(inside for _, inside in runs):
            raise AssertionError(f"{second}: descent leaves the region")
        reached = [tuple(run[count] for run, _ in runs) for count in counts]
        losses = [_loss(points, w) for w in reached]
        gaps = [max(abs(value) for row in minus(w, limit) for value in row) for w in reached]
        shown = (", ".join(map(_small, values)) for values in (losses, gaps))
        rows.append((f"({', '.join(second)})", str(step), ", ".join(map(str, counts)), *shown))
    heads = ("`x_2`", "step size", "steps", "loss, at most", "distance to the limit of the flow, at most")
    caption = (
        "Gradient descent in exact arithmetic, from the starts of size `1/1000`: it stays in the regions of the proof."
    )
    return Table(
        name,
        caption,
        heads,
        rows,
        notes=("The distance is the largest of an entry. Data are those of the table rank-flow.",),
    )


# --- deep networks ------------------------------------------------------------------------------------


def depth_table(depths: Iterable[int], name: str) -> Table:
    """Certify every depth; raises ``AssertionError`` unless all are, and equal to the shallow network."""
    rows: list[tuple[Cell, ...]] = []
    shallow = layers_to_network(LAYERS, [[mpq(0)] * len(layer) for layer in LAYERS])
    for depth in depths:
        certificate = _certified(f"depth {depth}", certify_depth(LAYERS, POINTS, LABELS, depth)).certificate
        layers, mean = layers_in(certificate.matrices), certificate.numbers["mean"]
        deep = layers_to_network(layers, [[mpq(0)] * len(layer) for layer in layers])
        equal = decide(Claim("equal"), (shallow, deep), Polyhedron(2))
        if equal.verdict != "certified":
            raise AssertionError(f"depth {depth}: not the shallow network at {equal.points}")
        ratio = mean**depth / rank_product_bound(2, mpq(4), depth, False)
        own = [squares(layer) / low for layer, low in zip(layers, certificate.matrices["norms"][0], strict=True)]
        entries = (value for layer in layers for row in layer for value in row)
        bits = max(int(max(value.numerator.bit_length(), value.denominator.bit_length())) for value in entries)
        high = sum(value > mpq(3, 2) for value in own)
        shown = (outward(value, value).split()[2] for value in (mean, ratio))
        rows.append((depth, *shown, bits, high, depth - high, equal.leaves, "certified"))
    heads = (
        "depth",
        "mean of stable ranks, at most",
        "its power over `Q^k 2^(t-k+1)`, at most",
        "bits of weights",
        "layers of stable rank 2",
        "of 1",
        "cells of equality",
        "verdict",
    )
    caption = "Every network of this depth of least norm: the geometric mean of its stable ranks is at most this, by a witness."
    note = (
        "`N = |x_1| - |x_2|` at four points, with margins of 1: `k = 2`, `Q = 4`. The witness is equal to `N` on all of `R^2`; its "
        "own layers have stable ranks of 2 and 1, and nearly equal norms. As the depth grows, the bound goes to 2."
    )
    return Table(name, caption, heads, rows, notes=(note,))


def kkt_table(name: str) -> Table:
    """The KKT point, and the margins; raises ``AssertionError`` unless it is certified."""
    certificate = _certified("KKT", certify_kkt(LAYERS, POINTS, LABELS)).certificate
    rows: list[tuple[Cell, ...]] = []
    for point, label, (factor,) in zip(POINTS, LABELS, certificate.matrices["multipliers"], strict=True):
        margin = label * output_of(LAYERS, point)
        rows.append((f"({', '.join(map(str, point))})", str(label), str(margin), str(factor)))
    caption = "`N = |x_1| - |x_2|` is a KKT point of least norm with margins of at least 1: the multipliers."
    return Table(name, caption, ("point", "label", "margin", "multiplier"), rows)


def balance_table(count: int, name: str) -> Table:
    """An identity of gradient flow at random rational networks of depth 2; raises ``AssertionError`` where it fails."""
    rows: list[tuple[Cell, ...]] = []
    for d, m, k, n in ((3, 4, 2, 3), (2, 6, 1, 4), (3, 4, 2, 2)):
        draws = random.Random(4)
        gaps: list[mpq] = []
        for _ in range(count):
            values = [
                tuple(tuple(mpq(draws.randint(-9, 9), draws.randint(1, 9)) for _ in range(b)) for _ in range(a))
                for a, b in ((m, d), (k, m), (n, d), (n, k))
            ]
            gaps += _imbalances(*values)
        if any(gaps):
            raise AssertionError(f"{d} - {m} - {k}: two derivatives differ by {max(gaps)}")
        rows.append((f"{d} - {m} - {k}", n, count, len(gaps), str(max(gaps))))
    heads = ("layers", "points", "networks", "pairs of neurons", "largest difference")
    caption = (
        "Depth 2, squared loss: `U^T U - V V^T` does not change at pairs of neurons that are active at the same points."
    )
    note = (
        "`U[Vx]+` at random rational weights, points and targets: for such pairs, the derivatives of both products along the flow "
        "are equal, exactly. A neuron counts as a pair with itself. With two points, the rows of `V` move in their span, so "
        "that its change has rank 2 at most."
    )
    return Table(name, caption, heads, rows, notes=(note,))


def _in_plane(w: Sequence[mpq], x: Vector, z: Vector) -> bool:
    """Whether three vectors of space are dependent."""
    normal = (x[1] * z[2] - x[2] * z[1], x[2] * z[0] - x[0] * z[2], x[0] * z[1] - x[1] * z[0])
    return not dot(w, normal)


def _imbalances(v: Matrix, u: Matrix, points: Matrix, targets: Matrix) -> list[mpq]:
    """How far the derivatives differ, for every pair of neurons with one pattern.

    Raises ``AssertionError`` where a row of V leaves the span of two points.
    """
    slope_v = [[mpq(0)] * len(v[0]) for _ in v]
    slope_u = [[mpq(0)] * len(v) for _ in u]
    for point, target in zip(points, targets, strict=True):
        for o, row in enumerate(u):
            error = output_of((v, (row,)), point) - target[o]
            part_v, (part_u,) = gradient((v, (row,)), point)
            slope_u[o] = [a + error * b for a, b in zip(slope_u[o], part_u, strict=True)]
            slope_v = [[a + error * b for a, b in zip(p, q, strict=True)] for p, q in zip(slope_v, part_v, strict=True)]
    if len(points) == 2 and any(not _in_plane(row, *points) for row in slope_v):
        raise AssertionError("a row of V leaves the span of the points")
    patterns = [tuple(dot(row, point) > 0 for point in points) for row in v]
    columns, slopes = transpose(u), list(zip(*slope_u, strict=True))
    imbalances = []
    for i, j in pairs(range(len(v)), repeat=2):
        if i <= j and patterns[i] == patterns[j]:
            outer = dot(slopes[i], columns[j]) + dot(columns[i], slopes[j])
            inner = dot(slope_v[i], v[j]) + dot(v[i], slope_v[j])
            imbalances.append(abs(outer - inner))
    return imbalances


QUICK: Mapping[str, Callable[[], Table]] = {
    "rank-flow": partial(flow_table, (*OBTUSE, *ACUTE), ("1/1000", "1/1000000"), "rank-flow"),
    "rank-angles-quick": partial(angles_table, 13, "rank-angles-quick"),
    "rank-descent": partial(descent_table, "rank-descent"),
    "rank-depth-quick": partial(depth_table, (3, 5, 10), "rank-depth-quick"),
    "rank-kkt": partial(kkt_table, "rank-kkt"),
    "rank-balance": partial(balance_table, 50, "rank-balance"),
}
FULL: Mapping[str, Callable[[], Table]] = {
    "rank-angles": partial(angles_table, 41, "rank-angles"),
    "rank-depth": partial(depth_table, (3, 5, 10, 20, 50, 100, 200), "rank-depth"),
}
