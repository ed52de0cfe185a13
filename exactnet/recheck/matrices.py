"""Certificates about rational matrices: rank minimisation (K1 to K3) and natural weights (W1).

To believe: that the conditions of each statement are those below, and that the theorems make them sufficient
(docs/rank.md, docs/natural-weights.md); that a symmetric matrix is positive definite iff all pivots of its elimination are
positive (Sylvester), so that ``t I - A A^T`` is iff ``t`` is more than the square of the largest singular value of A. A
certificate that says ``refuted`` is right if some condition fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import combinations, pairwise
from math import comb, lcm, prod
from typing import Any, NamedTuple

from .fields import check_table, is_text, matches, optional, table_of
from .reading import Number, clip, demand, number, require

FORM = "exactnet-matrices/1"
INTEGERS = re.compile(r"-?\d{1,4000}( -?\d{1,4000})*", re.ASCII)
POSITIVE = re.compile(r"[1-9]\d{0,3999}", re.ASCII)
RATIONAL = re.compile(r"-?\d{1,4000}(/[1-9]\d{0,3999})?", re.ASCII)
WORK, LAYERS, BITS = 2**38, 4096, 2**20

Row = tuple[Fraction, ...]
Rows = list[Row]
Condition = tuple[str, bool]


class Matrix(NamedTuple):
    """Integers over one denominator."""

    rows: list[tuple[int, ...]]
    over: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), len(self.rows[0])

    @property
    def columns(self) -> list[tuple[int, ...]]:
        """The columns, of integers."""
        return list(zip(*self.rows, strict=True))

    def fractions(self) -> Rows:
        """The entries as fractions."""
        return [tuple(Fraction(n, self.over) for n in row) for row in self.rows]


def check_matrices(data: Mapping[str, Any], max_inputs: int) -> Iterator[str]:
    """Check a certificate about matrices and say line by line what is confirmed; the last line is the verdict."""
    fields: dict[str, Callable[[object], bool]] = {
        **dict.fromkeys(("format", "statement", "verdict"), is_text),
        "reason": optional(is_text),
        "matrices": table_of(is_matrix),
        "numbers": table_of(matches(RATIONAL)),
        "versions": table_of(is_text),
        "run": table_of(is_text),
    }
    check_table(data, fields, "the certificate")
    statement, verdict = data["statement"], data["verdict"]
    require(statement in STATEMENTS, f"unknown statement {clip(statement)}")
    require(verdict in ("certified", "refuted"), f"unknown verdict {clip(verdict)}")
    demand((data["reason"] is None) == (verdict == "certified"), "refuted without a reason, or certified with one")
    matrices = {name: read_matrix(name, value) for name, value in data["matrices"].items()}
    numbers = {name: Fraction(number(value, name)) for name, value in data["numbers"].items()}
    names, values, conditions = STATEMENTS[statement]
    extra = set(matrices) - set(names)
    if statement in ("K2 depth", "K3 KKT"):
        extra -= {f"layer {place}" for place in range(1, len(extra) + 1)}
    require(
        not extra and set(names) <= set(matrices) and set(numbers) == set(values),
        f"{statement}: other matrices or numbers",
    )
    yield statement
    for words, holds in conditions(matrices, numbers, max_inputs):
        if not holds:
            demand(verdict == "refuted", words)
            yield f"confirmed: it fails that {words}"
            break
        yield f"confirmed: {words}"
    else:
        demand(verdict == "certified", "every condition holds")
    yield verdict


def is_rows(value: object) -> bool:
    """Texts of integers, at least one."""
    return isinstance(value, list) and bool(value) and all(map(matches(INTEGERS), value))


def is_matrix(value: object) -> bool:
    """Rows over a denominator."""
    check_table(value, {"over": matches(POSITIVE), "rows": is_rows}, "a matrix")
    return True


def read_matrix(name: str, value: Mapping[str, Any]) -> Matrix:
    """A matrix from its texts."""
    rows = [tuple(map(int, row.split(" "))) for row in value["rows"]]
    require(len(set(map(len, rows))) == 1, f"{clip(name)}: rows of different lengths")
    return Matrix(rows, int(value["over"]))


# --- arithmetic ---------------------------------------------------------------------------------


def dot(a: Sequence[Number], b: Sequence[Number]) -> Number:
    """The inner product of two vectors of one length."""
    return sum(x * y for x, y in zip(a, b, strict=True))


def norm(rows: Sequence[Sequence[Number]]) -> Number:
    """The sum of the squares."""
    return sum(dot(row, row) for row in rows)


def definite(matrix: Sequence[Sequence[int]]) -> bool:
    """Whether a symmetric matrix of integers is positive definite, by Bareiss' elimination."""
    rows, size, before = [list(row) for row in matrix], len(matrix), 1
    bits = max(abs(n) for row in rows for n in row).bit_length()
    require(size**4 * bits <= WORK, f"the minors of a {size} x {size} matrix are too large")
    for k, row in enumerate(rows):
        if row[k] <= 0:
            return False
        for other in rows[k + 1 :]:
            factor = other[k]
            for j in range(k + 1, size):
                other[j] = (row[k] * other[j] - factor * row[j]) // before
        before = row[k]
    return True


def shifted(vectors: Sequence[Sequence[int]], over: int, t: Fraction, sign: int) -> list[list[int]]:
    """``sign (t I - V V^T / over^2)``, times a positive integer, for the vectors as rows of V."""
    scale, diagonal = t.denominator, t.numerator * over * over
    return [
        [sign * (diagonal * (i == j) - scale * int(dot(v, w))) for j, w in enumerate(vectors)]
        for i, v in enumerate(vectors)
    ]


def exceeds(t: Fraction, matrix: Matrix) -> bool:
    """Whether t is more than the square of the largest singular value."""
    vectors = matrix.rows if len(matrix.rows) <= len(matrix.rows[0]) else matrix.columns
    return definite(shifted(vectors, matrix.over, t, 1))


# --- K1: two points -------------------------------------------------------------------------------


def flow(matrices: Mapping[str, Matrix], numbers: Mapping[str, Fraction], _: int) -> Iterator[Condition]:
    """The limit of gradient flow, its loss and rank, and a matrix of rank 1 with loss 0."""
    x, y, start, limit, (v, *_rest) = (
        matrices[name].fractions() for name in ("points", "targets", "start", "limit", "vector")
    )
    (k, d) = matrices["start"].shape
    shapes = [matrices[name].shape for name in ("points", "targets", "limit", "vector")]
    require(
        shapes == [(2, d), (2, k), (k, d), (1, d)], "points 2 x d, targets 2 x k, start and limit k x d, vector 1 x d"
    )
    pairs = list(zip(*y, strict=True))
    yield "targets are nonnegative, of disjoint supports that cover all rows", all(min(p) == 0 < max(p) for p in pairs)
    c = dot(*x)
    for w, end, pair in zip(start, limit, pairs, strict=True):
        own, other, target = (x[0], x[1], pair[0]) if pair[0] else (x[1], x[0], pair[1])
        yield "every row of the start has its limit by the rule", reaches(w, end, own, other, target, c)
    yield (
        "the limit has loss 0",
        all(max(dot(w, x[i]), 0) == pair[i] for w, pair in zip(limit, pairs, strict=True) for i in (0, 1)),
    )
    values = dot(v, x[0]), dot(v, x[1])
    fits = all(max((pair[0] - pair[1]) * values[i], 0) == pair[i] for pair in pairs for i in (0, 1))
    yield "(y_1 - y_2) v^T, of rank 1, has loss 0", fits
    yield "the limit has a minor of order 2 that is not 0", has_minor(limit)
    bounded = (
        numbers["low"] > 0
        and not exceeds(numbers["low"], matrices["limit"])
        and exceeds(numbers["high"], matrices["limit"])
    )
    yield "low <= |limit|_op^2 < high", bounded


def has_minor(rows: Rows) -> bool:
    """Whether some minor of order 2 is not 0: one with an entry of the first row that is not 0, if any."""
    first = next((row for row in rows if any(row)), rows[0])
    pivot = next((j for j, value in enumerate(first) if value), 0)
    return any(first[pivot] * value != row[pivot] * first[j] for row in rows for j, value in enumerate(row))


def reaches(w: Row, end: Row, x: Row, z: Row, y: Fraction, c: Number) -> bool:
    """Whether a row that starts at w, with target y at x, ends at ``end``: by a segment if ``c = x z <= 0``, else in a box."""
    a, b, size = dot(w, x), dot(w, z), dot(x, x)
    if c <= 0:
        straight = a > 0 and all(e - s == (y - a) / size * t for e, s, t in zip(end, w, x, strict=True))
        return straight and b <= 0 and dot(end, x) > 0 and dot(end, z) <= 0
    apart = size * dot(z, z) - c * c
    if not (apart > 0 and 0 < a < y and b >= 0 and b * c < y * size):
        return False
    by = (
        ((y - a) * dot(z, z) + b * c) / apart,
        (-b * size - (y - a) * c) / apart,
    )  # for which x (w + by_0 x + by_1 z) = y, z (...) = 0
    return all(e - s == by[0] * p + by[1] * q for e, s, p, q in zip(end, w, x, z, strict=True))


# --- K2, K3: deep networks ------------------------------------------------------------------------


class Deep:
    """The layers of a network without biases, of one output, with labelled points."""

    def __init__(self, matrices: Mapping[str, Matrix]) -> None:
        parts = [matrices[f"layer {n}"] for n in range(1, sum(name.startswith("layer ") for name in matrices) + 1)]
        require(bool(parts) and len(parts[-1].rows) == 1, "the last layer has not one row")
        fit = all(len(a.rows) == len(b.rows[0]) for a, b in pairwise(parts))
        require(fit and matrices["points"].shape[1] == parts[0].shape[1], "layers do not fit")
        require(matrices["labels"].shape == (len(matrices["points"].rows), 1), "not one label for each point")
        bits = sum(max(p.over.bit_length(), *(n.bit_length() for row in p.rows for n in row)) for p in parts)
        require(len(parts) <= LAYERS and bits <= BITS, f"more than {LAYERS} layers, or values of more than {BITS} bits")
        self.parts, self.layers = parts, [part.fractions() for part in parts]
        self.points, self.labels = matrices["points"].fractions(), [row[0] for row in matrices["labels"].fractions()]
        self.values = [self.evaluated(point) for point in self.points]
        self.margins = [label * values[-1][0] for label, values in zip(self.labels, self.values, strict=True)]

    def evaluated(self, point: Row) -> list[Row]:
        """The point and the values of every layer; a ReLU has the value 0 where it is not active."""
        layers_at = [point]
        for place, layer in enumerate(self.layers, 1):
            sums = [Fraction(dot(row, layers_at[-1])) for row in layer]
            layers_at.append(tuple(sums) if place == len(self.layers) else tuple(max(z, Fraction(0)) for z in sums))
        return layers_at

    def weighted_gradients(self, factors: Sequence[Fraction]) -> list[list[list[Fraction]]]:
        """The sum of ``factors_i`` times the gradient at point i, layer by layer."""
        total = [[[Fraction(0)] * len(row) for row in layer] for layer in self.layers]
        for factor, values in zip(factors, self.values, strict=True):
            back = [factor]
            for place in range(len(self.layers) - 1, -1, -1):
                below = values[place]
                for slope, sums in zip(back, total[place], strict=True):
                    for j, value in enumerate(below):
                        sums[j] += slope * value
                columns = zip(*self.layers[place], strict=True)
                back = [
                    Fraction(dot(back, column)) if value > 0 else Fraction(0)
                    for column, value in zip(columns, below, strict=True)
                ]
        return total


def depth(matrices: Mapping[str, Matrix], numbers: Mapping[str, Fraction], _: int) -> Iterator[Condition]:
    """A network with margins of at least 1 and the mean of its squared norms."""
    net, mean = Deep(matrices), numbers["mean"]
    count, lows = len(net.layers), matrices["norms"].fractions()[0]
    require(matrices["norms"].shape == (1, count), "norms: not one row with a number for each layer")
    yield "labels are 1 or -1, and |x|^2 <= 1", set(net.labels) <= {1, -1} and all(dot(x, x) <= 1 for x in net.points)
    yield "label times output is at least 1", min(net.margins) >= 1
    norms = [Fraction(norm(layer)) for layer in net.layers]
    yield "the mean of |W_l|_F^2 is 'mean'", sum(norms) == count * mean
    yield (
        "|W_l|_op^2 is at least 'norms'",
        all(low > 0 and not exceeds(low, part) for low, part in zip(lows, net.parts, strict=True)),
    )
    yield (
        "its stable ranks have a product of at most mean^depth",
        prod(map(Fraction, norms)) <= mean**count * prod(lows),
    )


def kkt(matrices: Mapping[str, Matrix], _: Mapping[str, Fraction], __: int) -> Iterator[Condition]:
    """A network with margins of at least 1 that is a combination of gradients."""
    net = Deep(matrices)
    require(matrices["multipliers"].shape == matrices["labels"].shape, "not one multiplier for each point")
    factors = [row[0] for row in matrices["multipliers"].fractions()]
    yield "labels are 1 or -1", set(net.labels) <= {1, -1}
    yield "label times output is at least 1", min(net.margins) >= 1
    yield (
        "multipliers are nonnegative, and 0 off the margin",
        all(f >= 0 and f * (m - 1) == 0 for f, m in zip(factors, net.margins, strict=True)),
    )
    total = net.weighted_gradients([f * label for f, label in zip(factors, net.labels, strict=True)])
    yield (
        "the weights are the weighted sum of gradients",
        [[tuple(row) for row in part] for part in total] == net.layers,
    )


# --- W1: natural weights --------------------------------------------------------------------------


def simulation(matrices: Mapping[str, Matrix], numbers: Mapping[str, Fraction], most: int) -> Iterator[Condition]:
    """The inverse, the gates on all clauses, and bounds of the least singular value."""
    weights, inverse, forms, biases = (matrices[name] for name in ("weights", "inverse", "forms", "biases"))
    (rows, q), n, k = weights.shape, len(forms.rows[0]), numbers["literals"].numerator
    shapes = [inverse.shape, forms.shape, biases.shape, matrices["assignment"].shape]
    require(
        shapes == [(rows, q), (q, n), (q, 1), (1, n)],
        "weights and inverse D x q, forms q x n, biases q x 1, assignment 1 x n",
    )
    require(numbers["literals"] == k and 1 <= k <= n, "literals: not from 1 to the number of variables")
    step, bound = numbers["step"], numbers["most"]
    entries = {Fraction(value, weights.over) for row in weights.rows for value in row}
    lawful = step > 0 and all(abs(v) <= bound and (v / step).denominator == 1 for v in entries)
    yield "weights are multiples of 'step', at most 'most'", lawful
    psi = matrices["assignment"].fractions()[0]
    yield "the assignment is 1 or -1", set(psi) <= {1, -1}
    one = weights.over * inverse.over
    columns = inverse.columns
    identity = all(dot(w, p) == one * (i == j) for i, w in enumerate(weights.columns) for j, p in enumerate(columns))
    yield "weights^T inverse = I", identity
    gates = set(zip(forms.fractions(), (row[0] for row in biases.fractions()), strict=True))
    count = comb(n, k) << k
    require(count * len(gates) <= most, f"{count} clauses at {len(gates)} gates are more than --max-inputs {most}")
    right = all(map(partial(is_clause_gate, psi=psi, k=k), gates))
    yield f"every gate on all {count} clauses", right
    low, high = numbers["low"], numbers["high"]
    vectors = weights.columns
    above, below = definite(shifted(vectors, weights.over, low, -1)), definite(shifted(vectors, weights.over, high, -1))
    yield "0 < low < sigma_min^2 <= high", low > 0 and above and not below


def is_clause_gate(gate: tuple[Row, Fraction], psi: Row, k: int) -> bool:
    """Whether ``[s z + b]+`` is 1 on every clause z of k literals that psi violates, and 0 on every other."""
    form, bias = gate
    den = lcm(bias.denominator, *(value.denominator for value in form))
    weights = [int(value * den) for value in form]
    for places in combinations(range(len(psi)), k):
        values = [
            (int(bias * den), True)
        ]  # of all choices of signs: the sum so far, and whether all literals are violated
        for i in places:
            w, bad = weights[i], psi[i] == -1
            values = [
                (sum_ + s, violated and right) for sum_, violated in values for s, right in ((w, bad), (-w, not bad))
            ]
        if any(max(value, 0) != den * violated for value, violated in values):
            return False
    return True


STATEMENTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], Callable[..., Iterator[Condition]]]] = {
    "K1 flow": (("points", "targets", "start", "limit", "vector"), ("low", "high"), flow),
    "K2 depth": (("points", "labels", "norms"), ("mean",), depth),
    "K3 KKT": (("points", "labels", "multipliers"), (), kkt),
    "W1 simulation": (
        ("weights", "inverse", "forms", "biases", "assignment"),
        ("literals", "low", "high", "step", "most"),
        simulation,
    ),
}
