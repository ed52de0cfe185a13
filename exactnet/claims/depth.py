"""Deep ReLU networks of constant width on the cube, to any depth: what is derived of the first layers and of a rule for the rest.

``N_0(x) = x`` on ``[0, 1]^m`` and ``N_i = [W_i N_{i-1} + b_i]+``. Norms are the maximum norm and its operator norm, the largest
sum of absolute values of a row. Everything follows from the layers and the rule (docs/infinite-depth.md), so that a certificate
is right if it says what :func:`findings` finds:

* D1: the *activation domains*, the sets of one pattern of active ReLUs, that have an interior; on each of them the affine map,
  by the product formula, and by evaluation at points that determine it. The cube is cut into simplices on which all patterns
  are constant: a simplex on which an argument has both signs is cut through the point of an edge where it is 0, and the two
  parts are all of it.
* D2: with ``a_i = |W_i - I|``, ``beta_i = |b_i|``, ``C_0 = 1``, ``C_i = (1 + a_i) C_{i-1} + beta_i``: ``|N_i - N_{i-1}| <= a_i
  C_{i-1} + beta_i``, beside the exact supremum. If ``a_i <= a rho^i`` and ``beta_i <= b rho^i`` for all i, then ``N_i``
  converges, and the limit is within a rational number of ``N_n`` on all of the cube, whatever the layers after n are.
* D3: where all ReLUs are active from a layer on and the map ``A_i x + c_i`` there has an inverse,
  ``|W_i - I| <= |A_i - A_{i-1}| |A_{i-1}^-1|`` and ``|b_i| <= |c_i - c_{i-1}| + |W_i - I| |c_{i-1}|``: if ``N_i`` converges to a
  map with an inverse, then ``W_i -> I`` and ``b_i -> 0``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations
from math import factorial
from typing import TypeAlias

from gmpy2 import mpq

from exactnet.kernel.errors import ExactnetError, SizeError
from exactnet.kernel.rationals import format_rational

__all__ = [
    "Affine",
    "Cell",
    "Findings",
    "Layer",
    "Matrix",
    "Necessary",
    "RuleError",
    "Tail",
    "Vector",
    "affine_map",
    "evaluate",
    "findings",
    "limit_bound",
    "simplices",
]

Vector: TypeAlias = tuple[mpq, ...]
Matrix: TypeAlias = tuple[Vector, ...]
#: A matrix and a vector: of a layer, or of an affine map.
Layer: TypeAlias = tuple[Matrix, Vector]
Affine = Layer
Pattern: TypeAlias = tuple[tuple[int, ...], ...]

#: Most simplices, and the largest width.
MOST, MOST_WIDTH = 100_000, 5


class RuleError(ExactnetError):
    """A rule for the tail that some layer does not follow, or from which nothing follows."""


@dataclass(frozen=True)
class Tail:
    """The rule ``|W_i - I| <= a rho^i``, ``|b_i| <= b rho^i`` for all i."""

    a: mpq
    b: mpq
    rho: mpq


@dataclass(frozen=True)
class Cell:
    """An activation domain with interior.

    Attributes
    ----------
    map : Affine
        What the network is there.
    witness : Vector
        A point of the interior.
    facets : tuple of str
        What bounds it: ``i.j`` for neuron j of layer i, ``x1=0`` or ``x1=1``.
    settled : bool
        Whether all ReLUs of all later layers are active, for every continuation by the rule.
    """

    pattern: Pattern
    map: Affine
    witness: Vector
    facets: tuple[str, ...]
    settled: bool


@dataclass(frozen=True)
class Necessary:
    """D3 on a cell: of every layer from ``first`` on, ``|W_i - I|`` and its bound, ``|b_i|`` and its bound."""

    cell: int
    first: int
    rows: tuple[tuple[mpq, mpq, mpq, mpq], ...]


@dataclass(frozen=True)
class Findings:
    """Everything that follows. ``steps``: of every layer, the exact supremum of ``|N_i - N_{i-1}|`` and its bound."""

    cells: tuple[Cell, ...]
    steps: tuple[tuple[mpq, mpq], ...]
    limit: mpq | None
    necessary: Necessary | None


# --- linear algebra --------------------------------------------------------------------------------


def _times(matrix: Matrix, vector: Vector) -> Vector:
    return tuple(sum((a * x for a, x in zip(row, vector, strict=True)), mpq(0)) for row in matrix)


def _product(left: Matrix, right: Matrix) -> Matrix:
    columns = [_times(left, column) for column in zip(*right, strict=True)]
    return tuple(zip(*columns, strict=True))


def _identity(m: int) -> Matrix:
    return tuple(tuple(mpq(int(i == j)) for j in range(m)) for i in range(m))


def _minus(left: Matrix, right: Matrix) -> Matrix:
    return tuple(tuple(a - b for a, b in zip(u, v, strict=True)) for u, v in zip(left, right, strict=True))


def _size(vector: Vector) -> mpq:
    return max(map(abs, vector))


def _norm(matrix: Matrix) -> mpq:
    return max(sum(map(abs, row), mpq(0)) for row in matrix)


def _eliminate(rows: Sequence[Sequence[mpq]], columns: int) -> tuple[int, mpq, list[list[mpq]]]:
    """The rank of the first columns, the determinant if they are square, and the reduced rows."""
    work, rank, determinant = [list(row) for row in rows], 0, mpq(1)
    for column in range(columns):
        pivot = next((i for i in range(rank, len(work)) if work[i][column]), None)
        if pivot is None:
            determinant = mpq(0)
            continue
        if pivot != rank:
            work[rank], work[pivot] = work[pivot], work[rank]
            determinant = -determinant
        factor = work[rank][column]
        determinant *= factor
        work[rank] = [x / factor for x in work[rank]]
        for i, row in enumerate(work):
            if i != rank and row[column]:
                work[i] = [x - row[column] * y for x, y in zip(row, work[rank], strict=True)]
        rank += 1
    return rank, determinant, work


def _inverse(matrix: Matrix) -> Matrix | None:
    m = len(matrix)
    rank, _, work = _eliminate([(*row, *unit) for row, unit in zip(matrix, _identity(m), strict=True)], m)
    return tuple(tuple(row[m:]) for row in work) if rank == m else None


# --- D1 ---------------------------------------------------------------------------------------------


def evaluate(layers: Sequence[Layer], x: Vector) -> list[Vector]:
    """``N_0(x), ..., N_n(x)``.

    >>> one = ((mpq(2),),), (mpq(-1),)
    >>> [str(value[0]) for value in evaluate([one, one], (mpq(2, 3),))]
    ['2/3', '1/3', '0']
    """
    values = [x]
    for weights, bias in layers:
        values.append(tuple(max(z + b, mpq(0)) for z, b in zip(_times(weights, values[-1]), bias, strict=True)))
    return values


def affine_map(layers: Sequence[Layer], pattern: Pattern) -> Affine:
    """``(prod I_i W_i) x + sum_i (prod_{j>i} I_j W_j) I_i b_i``, the product formula."""
    matrix, vector = _identity(len(layers[0][1])), (mpq(0),) * len(layers[0][1])
    for (weights, bias), active in zip(layers, pattern, strict=True):
        kept = tuple(tuple(w * on for w in row) for row, on in zip(weights, active, strict=True))
        matrix = _product(kept, matrix)
        vector = tuple(z + b * on for z, b, on in zip(_times(kept, vector), bias, active, strict=True))
    return matrix, vector


def simplices(layers: Sequence[Layer]) -> Iterator[tuple[tuple[Vector, ...], Pattern]]:
    """Simplices that cover the cube, each with the pattern that all of its points have (0 where an argument is 0 on all of it).

    Raises :class:`SizeError` for more than :data:`MOST`.
    """
    m = len(layers[0][1])
    todo: list[tuple[list[tuple[Vector, Vector]], Pattern]] = []  # vertices with the values of the layer below
    for order in permutations(range(m)):
        vertices = [tuple(mpq(int(place < size)) for place in order) for size in range(m + 1)]
        todo.append(([(vertex, vertex) for vertex in vertices], ()))
    total = 0
    while todo:
        vertices_and_values, pattern = todo.pop()
        if len(pattern) == len(layers):
            total += 1
            yield tuple(vertex for vertex, _ in vertices_and_values), pattern
            continue
        if total + len(todo) > MOST:
            raise SizeError(f"more than {MOST} simplices are needed to cover the cube")
        weights, bias = layers[len(pattern)]
        arguments = [
            tuple(z + b for z, b in zip(_times(weights, value), bias, strict=True)) for _, value in vertices_and_values
        ]
        signs = list(zip(*arguments, strict=True))
        cut = next((j for j, z in enumerate(signs) if min(z) < 0 < max(z)), None)
        if cut is None:
            active = tuple(int(max(z) > 0) for z in signs)
            above = [
                (vertex, tuple(z * on for z, on in zip(argument, active, strict=True)))
                for (vertex, _), argument in zip(vertices_and_values, arguments, strict=True)
            ]
            todo.append((above, (*pattern, active)))
            continue
        high, low = signs[cut].index(max(signs[cut])), signs[cut].index(min(signs[cut]))
        t = signs[cut][high] / (signs[cut][high] - signs[cut][low])
        between = [
            tuple(a + t * (b - a) for a, b in zip(u, v, strict=True))
            for u, v in zip(vertices_and_values[high], vertices_and_values[low], strict=True)
        ]
        for end in (high, low):
            part = list(vertices_and_values)
            part[end] = between[0], between[1]
            todo.append((part, pattern))


def _volume(vertices: Sequence[Vector]) -> mpq:
    """``m!`` times the volume of a simplex."""
    edges = [[a - b for a, b in zip(vertex, vertices[0], strict=True)] for vertex in vertices[1:]]
    return abs(_eliminate(edges, len(edges))[1])


def _facets(layers: Sequence[Layer], pattern: Pattern, vertices: Sequence[Vector]) -> tuple[str, ...]:
    """The inequalities of a cell that hold with equality on a set of dimension ``m - 1``: where vertices span one."""
    m = len(layers[0][1])
    forms = [
        (f"x{j + 1}={end}", tuple(mpq(int(i == j)) for i in range(m)), mpq(-end)) for j in range(m) for end in (0, 1)
    ]
    for i, (weights, bias) in enumerate(layers):
        matrix, vector = affine_map(layers[:i], pattern[:i]) if i else (_identity(m), (mpq(0),) * m)
        constants = [z + b for z, b in zip(_times(weights, vector), bias, strict=True)]
        for j, (row, constant) in enumerate(zip(_product(weights, matrix), constants, strict=True)):
            forms.append((f"{i + 1}.{j + 1}", row, constant))
    facets = []
    for name, row, constant in forms:
        tight = [x for x in vertices if sum((a * c for a, c in zip(row, x, strict=True)), constant) == 0]
        if any(row) and tight and _eliminate([(*x, mpq(1)) for x in tight], m + 1)[0] == m:
            facets.append(name)
    return tuple(facets)


# --- D2 and D3 --------------------------------------------------------------------------------------


def limit_bound(layers: Sequence[Layer], tail: Tail) -> mpq:
    """The largest ``|N - N_n|`` on the cube, at most, of the limit ``N`` of any continuation by a rule.

    Raises :class:`RuleError` where a layer does not follow the rule, or there are too few layers for it.

    >>> layer = ((mpq(1, 2),),), (mpq(1, 4),)
    >>> limit_bound([layer], Tail(mpq(1), mpq(1, 2), mpq(1, 2)))
    mpq(9,4)
    """
    if tail.a < 0 or tail.b < 0 or not 0 <= tail.rho < 1:
        raise RuleError("the rule needs a, b >= 0 and 0 <= rho < 1")
    constant, power = mpq(1), mpq(1)
    for i, (apart, beta) in enumerate(_sizes(layers), 1):
        power *= tail.rho
        if apart > tail.a * power:
            raise RuleError(
                f"layer {i}: |W - I| = {format_rational(apart)} > a rho^{i} = {format_rational(tail.a * power)}"
            )
        if beta > tail.b * power:
            raise RuleError(f"layer {i}: |b| = {format_rational(beta)} > b rho^{i} = {format_rational(tail.b * power)}")
        constant = (1 + apart) * constant + beta
    rest = power * tail.rho / (1 - tail.rho)
    if tail.a * rest >= 1:
        raise RuleError(
            f"after {len(layers)} layers a rho^{len(layers) + 1}/(1 - rho) = {format_rational(tail.a * rest)} is not below 1"
        )
    largest = (constant + tail.b * rest) / (1 - tail.a * rest)
    return largest * tail.a * rest + tail.b * rest


def _sizes(layers: Sequence[Layer]) -> list[tuple[mpq, mpq]]:
    """``|W_i - I|`` and ``|b_i|``."""
    return [(_norm(_minus(weights, _identity(len(bias)))), _size(bias)) for weights, bias in layers]


def _necessary(layers: Sequence[Layer], cells: Sequence[Cell]) -> Necessary | None:
    """D3 on the cell whose ReLUs are all active from the earliest layer on, among those with a map that has an inverse there."""
    best: Necessary | None = None
    for number, cell in enumerate(cells):
        off = max((i for i, active in enumerate(cell.pattern, 1) if not all(active)), default=0)
        if off == len(layers) or (best is not None and off + 1 >= best.first):
            continue
        m = len(layers[0][1])
        matrix, vector = affine_map(layers[:off], cell.pattern[:off]) if off else (_identity(m), (mpq(0),) * m)
        rows = []
        for (weights, bias), (apart, beta) in zip(layers[off:], _sizes(layers[off:]), strict=True):
            inverse = _inverse(matrix)
            if inverse is None:
                break
            after = _product(weights, matrix)
            moved = tuple(z + b for z, b in zip(_times(weights, vector), bias, strict=True))
            bound = _norm(_minus(after, matrix)) * _norm(inverse)
            step = _size(tuple(a - b for a, b in zip(moved, vector, strict=True)))
            rows.append((apart, bound, beta, step + apart * _size(vector)))
            matrix, vector = after, moved
        else:
            best = Necessary(number, off + 1, tuple(rows))
    return best


def findings(layers: Sequence[Layer], tail: Tail | None) -> Findings:
    """Everything that follows from layers and a rule.

    Raises
    ------
    SizeError
        for too many simplices, or too large a width.
    RuleError
        for a rule that a layer does not follow.
    ExactnetError
        never, unless this program is wrong: the product formula is held against evaluation, volumes must add up to 1, and
        suprema must be within their bounds.
    """
    m = len(layers[0][1])
    if m > MOST_WIDTH:
        raise SizeError(f"a width of {m}; at most {MOST_WIDTH} is possible")
    limit = None if tail is None else limit_bound(layers, tail)
    vertices: dict[Pattern, dict[Vector, Vector]] = {}  # of every cell: its vertices with the outputs there
    witness: dict[Pattern, Vector] = {}
    maps: dict[Pattern, Affine] = {}
    suprema = [mpq(0)] * len(layers)
    volume = mpq(0)
    for corners, pattern in simplices(layers):
        volume += _volume(corners)
        known = vertices.setdefault(pattern, {})
        formula = maps.get(pattern) or maps.setdefault(pattern, affine_map(layers, pattern))
        for corner in corners:
            if corner in known:
                continue
            values = evaluate(layers, corner)
            moved = [_size(tuple(a - b for a, b in zip(u, v, strict=True))) for u, v in pairwise(values)]
            suprema = list(map(max, suprema, moved))
            if values[-1] != tuple(z + c for z, c in zip(_times(formula[0], corner), formula[1], strict=True)):
                raise ExactnetError("the product formula differs from the network")
            known[corner] = values[-1]
        middle = tuple(sum(column, mpq(0)) / (m + 1) for column in zip(*corners, strict=True))
        witness[pattern] = min(witness.get(pattern, middle), middle)
    if volume != factorial(m):
        raise ExactnetError("the simplices do not cover the cube")
    cells = []
    for pattern in sorted(vertices, reverse=True):
        points = vertices[pattern]
        settled = limit is not None and min(map(min, points.values())) > limit
        facets = _facets(layers, pattern, list(points))
        cells.append(Cell(pattern, maps[pattern], witness[pattern], facets, settled))
    steps, constant = [], mpq(1)
    for (apart, beta), supremum in zip(_sizes(layers), suprema, strict=True):
        bound = apart * constant + beta
        if supremum > bound:
            raise ExactnetError("a supremum is larger than its bound")
        steps.append((supremum, bound))
        constant += bound
    return Findings(tuple(cells), tuple(steps), limit, _necessary(layers, cells))
