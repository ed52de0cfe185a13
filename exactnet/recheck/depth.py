"""A certificate about deep networks of constant width on the cube: activation domains, and how far the limit is.

To believe: that a simplex on which a form has both signs is the union of the two in which one end of an edge gives way to the
point of the edge where the form is 0 (:func:`pieces`), so that the pieces cover the cube and a network is affine on each; that
maps which agree at ``m + 1`` corners of a simplex are equal; that the largest value of an affine map's norm is at a corner; and
the two inequalities in :func:`rest_of` and :func:`check_necessary`, which docs/infinite-depth.md proves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise, permutations
from math import factorial
from typing import Any

from .reading import Number, clip, demand, number, require, size, take

FORM = "exactnet-depth/1"
MOST = 100_000
Vector = list[Number]
Matrix = list[Vector]
Layer = tuple[Matrix, Vector]
Piece = list[tuple[Vector, Vector]]


def numbers(text: object, what: str) -> Vector:
    """A text of exact numbers."""
    require(isinstance(text, str), f"{what}: {clip(text)} is no text")
    return [number(part, what) for part in str(text).split()]


def read_layer(table: Mapping[str, Any], m: int, what: str) -> Layer:
    """A matrix and a vector."""
    weights, bias = [numbers(row, what) for row in take(table, "W", list, what)], numbers(table.get("b"), what)
    require({len(weights), len(bias), *map(len, weights)} == {m}, f"{what}: not of {m} rows and columns")
    return weights, bias


def dot(a: Sequence[Number], b: Sequence[Number]) -> Number:
    """The sum of products."""
    return sum(x * y for x, y in zip(a, b, strict=True))


def product(a: Matrix, b: Matrix) -> Matrix:
    """The product of matrices."""
    return [[dot(row, column) for column in zip(*b, strict=True)] for row in a]


def largest(vector: Sequence[Number]) -> Number:
    """The maximum norm."""
    return max(map(size, vector))


def norm(matrix: Matrix) -> Number:
    """The operator norm that belongs to it."""
    return max(sum(map(size, row)) for row in matrix)


def difference(a: Matrix, b: Matrix) -> Matrix:
    """Entry by entry."""
    return [[x - y for x, y in zip(u, v, strict=True)] for u, v in zip(a, b, strict=True)]


def unit(m: int) -> Matrix:
    """The identity."""
    return [[int(i == j) for j in range(m)] for i in range(m)]


def echelon(rows: Sequence[Sequence[Number]]) -> tuple[Matrix, Number]:
    """Rows in echelon form without zero rows, and the product of the pivots with the sign of the exchanges."""
    work, done, determinant = [list(map(Fraction, row)) for row in rows], list[list[Fraction]](), Fraction(1)
    for column in range(len(rows[0])):
        pivot = next((row for row in work if row[column]), None)
        if pivot is None:
            continue
        if work.index(pivot) % 2:
            determinant = -determinant
        work.remove(pivot)
        determinant *= pivot[column]
        work = [[x - row[column] / pivot[column] * y for x, y in zip(row, pivot, strict=True)] for row in work]
        done.append(pivot)
    return [list(row) for row in done], determinant


def solved(matrix: Matrix) -> Matrix | None:
    """The inverse, if there is one."""
    m = len(matrix)
    rows, _ = echelon([[*row, *e] for row, e in zip(matrix, unit(m), strict=True)])
    if any(row[i] == 0 for i, row in enumerate(rows)):
        return None
    for i in reversed(range(m)):
        rows[i] = [x / Fraction(rows[i][i]) for x in rows[i]]
        for k in range(i):
            rows[k] = [x - rows[k][i] * y for x, y in zip(rows[k], rows[i], strict=True)]
    return [row[m:] for row in rows]


def arguments(layer: Layer, value: Sequence[Number]) -> Vector:
    """``W value + b``."""
    return [dot(row, value) + b for row, b in zip(*layer, strict=True)]


def values_at(layers: Sequence[Layer], x: Vector) -> list[Vector]:
    """The values after every layer, those of none first."""
    values = [x]
    for layer in layers:
        values.append([max(z, 0) for z in arguments(layer, values[-1])])
    return values


def formula(layers: Sequence[Layer], pattern: Sequence[str], m: int) -> Layer:
    """The product formula: ``(prod I_i W_i, sum_i (prod_{j>i} I_j W_j) I_i b_i)``."""
    total: Vector = [0] * m
    matrix = unit(m)
    for (weights, bias), active in zip(
        reversed(layers), reversed(pattern), strict=True
    ):  # from the last: products of all above
        kept = [[x * int(on) for x, on in zip(row, active, strict=True)] for row in matrix]
        total = [t + dot(row, bias) for t, row in zip(total, kept, strict=True)]
        matrix = product(kept, weights)
    return matrix, total


def pieces(layers: Sequence[Layer], m: int) -> Iterator[tuple[list[Vector], tuple[str, ...]]]:
    """Simplices that cover the cube, each with its pattern."""
    todo: list[tuple[Piece, tuple[str, ...]]] = []
    for order in permutations(range(m)):
        corners: list[Vector] = [[int(place < size) for place in order] for size in range(m + 1)]
        todo.append(([(x, x) for x in corners], ()))
    level = len(todo)
    while todo:
        piece, pattern = todo.pop()
        if len(pattern) == len(layers):
            yield [x for x, _ in piece], pattern
            continue
        zs = [arguments(layers[len(pattern)], value) for _, value in piece]
        split = next((j for j in range(m) if min(z[j] for z in zs) < 0 < max(z[j] for z in zs)), None)
        if split is None:
            active = "".join(str(int(any(z[j] > 0 for z in zs))) for j in range(m))
            todo.append(
                ([(x, [max(c, 0) for c in z]) for (x, _), z in zip(piece, zs, strict=True)], (*pattern, active))
            )
            continue
        level += 1
        require(level <= MOST, f"more than {MOST} simplices")
        i, k = (side(range(m + 1), key=lambda v: zs[v][split]) for side in (max, min))
        t = Fraction(zs[i][split]) / (zs[i][split] - zs[k][split])
        new: tuple[Vector, Vector] = (
            [a + t * (b - a) for a, b in zip(piece[i][0], piece[k][0], strict=True)],
            [a + t * (b - a) for a, b in zip(piece[i][1], piece[k][1], strict=True)],
        )
        for end in (i, k):
            todo.append(([new if v == end else old for v, old in enumerate(piece)], pattern))


def rest_of(layers: Sequence[Layer], tail: Mapping[str, Any], m: int) -> Number:
    """The bound on ``|N - N_n|`` for every continuation by the rule."""
    a, b, rho = (number(tail.get(name), f"the rule, {name}") for name in ("a", "b", "rho"))
    demand(a >= 0 and b >= 0 and 0 <= rho < 1, "the rule needs a, b >= 0 and 0 <= rho < 1")
    bound: Number = 1
    for i, (weights, bias) in enumerate(layers, 1):
        apart, beta = norm(difference(weights, unit(m))), largest(bias)
        demand(apart <= a * rho**i and beta <= b * rho**i, f"layer {i} does not follow the rule")
        bound = (1 + apart) * bound + beta
    later = Fraction(rho) ** (len(layers) + 1) / (1 - rho)
    demand(a * later < 1, "there are too few layers for the rule")
    return (bound + b * later) / (1 - a * later) * a * later + b * later


def facets_of(layers: Sequence[Layer], pattern: Sequence[str], corners: Sequence[Vector], m: int) -> str:
    """Which inequalities bound a cell: those that hold with equality at points that span a hyperplane."""
    named: list[tuple[str, Vector, Number]] = [
        (f"x{j + 1}={end}", unit(m)[j], -end) for j in range(m) for end in (0, 1)
    ]
    for i, layer in enumerate(layers):
        matrix, vector = formula(layers[:i], pattern[:i], m)
        rows = product(layer[0], matrix)
        named += [(f"{i + 1}.{j + 1}", rows[j], z) for j, z in enumerate(arguments(layer, vector))]
    facets = []
    for name, row, constant in named:
        on = [[*x, 1] for x in corners if dot(row, x) + constant == 0]
        if any(row) and on and len(echelon(on)[0]) == m:
            facets.append(name)
    return " ".join(facets)


def check_necessary(data: Mapping[str, Any], layers: Sequence[Layer], cells: Sequence[tuple[str, ...]], m: int) -> bool:
    """``W_i`` near the identity and ``b_i`` near 0 where the maps of a cell are near each other and have inverses."""
    recorded = data.get("necessary")
    best: tuple[int, int, list[Vector]] | None = None
    for place, pattern in enumerate(cells):
        off = max((i + 1 for i, active in enumerate(pattern) if "0" in active), default=0)
        if off == len(layers) or (best and best[1] <= off + 1):
            continue
        rows = list[Vector]()
        for i in range(off, len(layers)):
            (before, c), (after, e) = (formula(layers[:k], pattern[:k], m) for k in (i, i + 1))
            inverse = solved(before)
            if inverse is None:
                break
            apart = norm(difference(layers[i][0], unit(m)))
            step = largest([x - y for x, y in zip(e, c, strict=True)])
            rows.append(
                [
                    apart,
                    norm(difference(after, before)) * norm(inverse),
                    largest(layers[i][1]),
                    step + apart * largest(c),
                ]
            )
        if len(rows) == len(layers) - off:
            best = place, off + 1, rows
    if best is None or recorded is None:
        demand(best is None and recorded is None, "necessary: there is a cell to show it on, or none")
        return False
    rows = [numbers(text, "necessary") for text in take(recorded, "rows", list, "necessary")]
    demand((recorded.get("cell"), recorded.get("first"), rows) == best, "necessary: the numbers are others")
    demand(all(row[0] <= row[1] and row[2] <= row[3] for row in rows), "necessary: an inequality does not hold")
    return True


def survey(
    layers: Sequence[Layer], m: int
) -> tuple[dict[tuple[str, ...], dict[tuple[Number, ...], None]], dict[tuple[str, ...], Vector], list[Number]]:
    """Of each pattern, the corners of its simplices and the least of their middles; of each layer, the largest step."""
    corners: dict[tuple[str, ...], dict[tuple[Number, ...], None]] = {}
    middles: dict[tuple[str, ...], Vector] = {}
    volume: Number = 0
    suprema: list[Number] = [0] * len(layers)
    for simplex, pattern in pieces(layers, m):
        rows, determinant = echelon([[a - b for a, b in zip(x, simplex[0], strict=True)] for x in simplex[1:]])
        volume += size(determinant) if len(rows) == m else 0
        corners.setdefault(pattern, {}).update(dict.fromkeys(map(tuple, simplex)))
        middle: Vector = [sum(column) / Fraction(m + 1) for column in zip(*simplex, strict=True)]
        middles[pattern] = min(middles.get(pattern, middle), middle)
        for x in simplex:
            steps = pairwise(values_at(layers, x))
            moved = [largest([a - b for a, b in zip(u, v, strict=True)]) for u, v in steps]
            suprema = list(map(max, suprema, moved))
    demand(volume == factorial(m), "the volumes of the simplices do not add up")
    return corners, middles, suprema


def check_depth_certificate(data: Mapping[str, Any]) -> Iterator[str]:
    """Check a certificate; the last line is the verdict."""
    tables = take(data, "layers", list, "the certificate")
    require(tables != [] and all(isinstance(table, dict) for table in tables), "the layers are no list of tables")
    m = len(take(tables[0], "W", list, "layer 1"))
    require(1 <= m <= 5, f"a width of {m}; from 1 to 5 are checked")
    layers = [read_layer(table, m, f"layer {i}") for i, table in enumerate(tables, 1)]
    demand(
        data.get("statement") == "D1 D2 D3" and data.get("verdict") == "certified",
        "the statement is D1 D2 D3, certified",
    )
    yield f"D1 D2 D3: {len(layers)} layers of {m} ReLUs on the cube"
    tail = data.get("tail")
    limit = None if tail is None else rest_of(layers, take(data, "tail", dict, "the certificate"), m)
    stated = data.get("limit")
    demand(limit == (None if stated is None else number(stated, "limit")), f"limit: what is shown is {clip(limit)}")
    recorded = {tuple(take(c, "pattern", str, "a cell").split()): c for c in take(data, "cells", list, "the certificate")}
    demand(len(recorded) == len(data["cells"]), "a cell occurs twice")
    corners, middles, suprema = survey(layers, m)
    demand(
        list(recorded) == sorted(corners, reverse=True),
        f"there are {len(corners)} activation domains, or their order is another",
    )
    for pattern, cell in recorded.items():
        matrix, vector = formula(layers, pattern, m)
        demand(
            read_layer(cell, m, "a cell") == (matrix, vector),
            f"the map of the cell {clip(' '.join(pattern))} is another",
        )
        places = [list(x) for x in corners[pattern]]
        outputs = [values_at(layers, x)[-1] for x in places]
        for x, y in zip(places, outputs, strict=True):
            demand(arguments((matrix, vector), x) == y, "the product formula is not the network on a cell")
        demand(numbers(cell.get("witness"), "a witness") == middles[pattern], "a witness is another point")
        demand(cell.get("facets") == facets_of(layers, pattern, places, m), "the facets of a cell are others")
        settled = limit is not None and min(map(min, outputs)) > limit
        demand(cell.get("settled") is settled, "a cell is settled, or is not")
    yield f"confirmed: {len(recorded)} activation domains, which cover the cube; the product formula, facets and a point of each"
    steps = [numbers(text, "steps") for text in take(data, "steps", list, "the certificate")]
    bound, wanted = Fraction(1), list[Vector]()
    for (weights, bias), supremum in zip(layers, suprema, strict=True):
        step = norm(difference(weights, unit(m))) * bound + largest(bias)
        demand(supremum <= step, "a supremum is larger than its bound")
        wanted.append([supremum, step])
        bound += step
    demand(steps == wanted, "the steps are others")
    yield "confirmed: the supremum of every step, and its bound"
    if limit is not None:
        yield "confirmed: the distance to the limit of every continuation by the rule"
    if check_necessary(data, layers, list(recorded), m):
        yield "confirmed: the necessary condition on a cell"
    yield "certified"
