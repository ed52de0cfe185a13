"""Equality on all of R^d: the maximum of five and of six numbers with two hidden layers, and what does not give that of seven.

Claim: networks with two hidden layers and skips compute `max(x_1, ..., x_n)` for n <= 6, on all of `R^n`: with 6 + 9 ReLUs for
five numbers, with 15 + 66 for six. `max(x_1, ..., x_7)` is no combination of `max(M_ab + M_cd, M_ef + M_gh)`, where
`M_ab = max(x_a, x_b)`, and linear forms; whether it needs three hidden layers over the reals is open.

Source: that five numbers need two hidden layers only is the claim of E. Bakaev, F. Brunck, C. Hertrich, J. Stade, A. Yehudayoff,
*Better neural network expressivity: subdividing the simplex*, 2025; the formula here is partly quoted elsewhere, partly
reconstructed. The two formulas for six numbers, and the functional for seven in this form, were found here.

Checked: every row by a proof over all cells, each step an identity of integers; the seven forms of the average for six numbers by
adding up all 720 orders; the functional for seven numbers on every block up to relabelling.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import permutations, product
from math import factorial
from typing import TYPE_CHECKING, Any

from gmpy2 import mpq

from exactnet.certify.cells import decide
from exactnet.certify.cells.regions import polygon, regions
from exactnet.claims.cells.certificate import CERTIFIED, verify
from exactnet.claims.cells.claims import Claim, system_for
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.families.maximum import AVERAGED, Block, five, six, six_averaged
from exactnet.symbolic import Formula, maximum, network, relu, x

from .figure import Figure, number
from .table import Cell, Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

__all__ = ["FIGURES", "FULL", "NEEDS", "QUICK", "cells_table", "chamber_sum", "forms_table", "orbits", "reals_table", "span_table"]

#: A coefficient on the chamber ``x_1 >= ... >= x_n``: of ``x_i`` (a number from 0), or of ``[form]+`` (its coefficients).
Key = int | tuple[int, ...]

# --- equalities -----------------------------------------------------------------------------------


def _tree(n: int, balanced: bool = True) -> Formula:
    return maximum(*(x[i] for i in range(1, n + 1)), balanced=balanced)


#: What is equal to what, for how many variables, and where it is from.
Row = tuple[str, Callable[[], tuple[Formula, Formula]], int, str]

QUICK_ROWS: tuple[Row, ...] = (
    ("max of 4: tree, chain", lambda: (_tree(4), _tree(4, False)), 4, "known"),
    ("max of 5: 6 + 9 ReLUs, tree", lambda: (five(), _tree(5)), 5, "published, reconstructed"),
    ("max(0, ...) of 4: the same with x_5 = 0", lambda: (_with_zero(), maximum(0, _tree(4))), 4, "published, reconstructed"),
)
FULL_ROWS: tuple[Row, ...] = (
    *QUICK_ROWS,
    ("max of 8: tree, chain", lambda: (_tree(8), _tree(8, False)), 8, "known"),
    ("max of 6: 15 + 66 ReLUs, tree", lambda: (six(), _tree(6)), 6, "found here"),
    ("max of 6: average of 4 blocks, tree", lambda: (six_averaged(), _tree(6)), 6, "found here"),
)


def _with_zero() -> Formula:
    front, back = x[1] + x[2], x[3] + x[4]
    near, far = relu(front), relu(back)
    total = maximum(near, back)
    for i in (1, 2):
        total = total + maximum(near, maximum(x[i], x[3]) + maximum(x[i], x[4]))
        for j in (3, 4):
            total = total - maximum(near, x[j] + maximum(x[i], x[7 - j]))
    for j in (3, 4):
        total = total + maximum(far, maximum(x[1], x[j]) + maximum(x[2], x[j]))
    return total / 2


def reals_table(rows: Iterable[Row], name: str) -> Table:
    """Prove and verify every row; raises ``AssertionError`` unless all are certified."""
    cells: list[tuple[Cell, ...]] = []
    for title, formulas, d, origin in rows:
        networks = [network(formula, d) for formula in formulas()]
        claim = Claim("equal")
        certificate = decide(claim, networks, Polyhedron(d))
        if certificate.verdict != CERTIFIED:
            raise AssertionError(f"{title}: differs at {certificate.points[0]}")
        verify(certificate, networks)
        system = system_for(claim, networks)
        inner = len(system.inner())
        steps = len(certificate.proof.steps)
        counts = (inner, len(system.relus) - inner, certificate.leaves, len(certificate.proof.lemmas), steps)
        cells.append((title, f"`R^{d}`", *counts, origin, certificate.verdict))
    heads = ("equal networks", "domain", "inner ReLUs", "last ReLUs", "cells", "lemmas", "steps", "origin", "verdict")
    note = (
        "Inner ReLUs are read by other ReLUs; ReLUs of both networks that are equal up to sign and scale count once. A lemma is an "
        "identity of integers; a step splits a cell or uses a lemma."
    )
    return Table(name, "Networks that are equal on all of `R^d`.", heads, cells, notes=(note,))


# --- blocks on the chamber -------------------------------------------------------------------------


def chamber_sum(block: Block, n: int) -> tuple[dict[Key, int], int]:
    """The sum of a block over all ways to give its labels different numbers from 1 to n, where ``x_1 >= ... >= x_n``; how many.

    There ``M_ab`` is the one of the smaller index, and ``max(U, V) = U + [V - U]+``. The sign of ``V - U`` is that of its
    prefix sums if they have one; else it is an undecided form, oriented so that its first coefficient is positive.
    """
    labels = sorted({label for half in block for pair in half for label in pair})
    total: dict[Key, int] = defaultdict(int)
    count = 0
    for images in permutations(range(n), len(labels)):
        count += 1
        place = dict(zip(labels, images, strict=True))
        u, v = [0] * n, [0] * n
        for (a, b), (c, d) in zip(*block, strict=True):
            u[min(place[a], place[b])] += 1
            v[min(place[c], place[d])] += 1
        form = tuple(q - p for p, q in zip(u, v, strict=True))
        prefix, signs = 0, set[bool]()
        for c in form:
            prefix += c
            if prefix:
                signs.add(prefix > 0)
        linear = v if signs == {True} else u
        if len(signs) == 2:
            if next(c for c in form if c) < 0:  # [f]+ = [-f]+ + f
                form, linear = tuple(-c for c in form), v
            total[form] += 1
        for i, c in enumerate(linear):
            if c:
                total[i] += c
    return dict(total), count


def _name(key: Key) -> str:
    if isinstance(key, int):
        return f"`x_{key + 1}`"
    terms = ""
    for i, c in enumerate(key, 1):
        if c:
            terms += f"{'-' if c < 0 else '+' if terms else ''}{abs(c) if abs(c) > 1 else ''}x_{i}"
    return f"`[{terms}]+`"


def _sorted(keys: Iterable[Key]) -> list[Key]:
    return sorted(keys, key=lambda key: (isinstance(key, int), key if isinstance(key, int) else [-abs(c) * (c > 0) for c in key]))


def forms_table(name: str) -> Table:
    """The proof by hand for six numbers. Raises ``AssertionError`` unless the last column is ``x_1``."""
    columns = []
    for _, block in AVERAGED:
        total, count = chamber_sum(block, 6)
        columns.append({key: mpq(value, count) for key, value in total.items()})
    rows: list[tuple[Cell, ...]] = []
    for key in _sorted({key for column in columns for key in column} | set(range(6))):
        values = [column.get(key, mpq(0)) for column in columns]
        total_value = sum((c * value for (c, _), value in zip(AVERAGED, values, strict=True)), mpq(0))
        if total_value != (key == 0):
            raise AssertionError(f"the coefficient of {_name(key)} is {total_value}")
        rows.append((_name(key), *(str(360 * value) for value in (*values, total_value))))
    caption = "Coefficients, times 360, of the averages over all orders of six numbers, where `x_1 >= ... >= x_6`."
    note = (
        "Both sides are symmetric, so it suffices that `E[A + 2B - C/2 - 2D] = x_1` there. `A = max(2M_12, 2M_34)`, "
        "`B = max(M_12 + M_13, M_14 + M_56)`, `C = max(M_12 + M_13, M_45 + M_46)`, "
        "`D = max(M_12 + M_34, M_13 + M_56)`, `M_ab = max(x_a, x_b)`."
    )
    return Table(name, caption, ("", "`A`", "`B`", "`C`", "`D`", "`A + 2B - C/2 - 2D`"), rows, notes=(note,))


# --- seven numbers ----------------------------------------------------------------------------------


def orbits(n: int) -> list[Block]:
    """Every block ``max(M_ab + M_cd, M_ef + M_gh)`` with labels up to n, once up to relabelling and to the order of its parts."""
    seen: set[tuple[int, ...]] = set()
    orbits = []
    for labels in _growing(8, n):
        if labels in seen:
            continue
        pairs = [(labels[i], labels[i + 1]) for i in range(0, 8, 2)]
        orbits.append(((pairs[0], pairs[1]), (pairs[2], pairs[3])))
        for first, left, right in product((0, 1), repeat=3):
            halves = [pairs[:2], pairs[2:]][:: -1 if first else 1]
            order = [*halves[0][:: -1 if left else 1], *halves[1][:: -1 if right else 1]]
            for turns in product((1, -1), repeat=4):
                fresh: dict[int, int] = {}
                flat = [label for pair, turn in zip(order, turns, strict=True) for label in pair[::turn]]
                seen.add(tuple(fresh.setdefault(label, len(fresh)) for label in flat))
    return orbits


def _growing(length: int, n: int) -> Iterator[tuple[int, ...]]:
    """Sequences whose labels first come in the order 0, 1, 2, ..., at most n of them."""
    if not length:
        yield ()
        return
    for rest in _growing(length - 1, n):
        for label in range(min(max(rest, default=-1) + 2, n)):
            yield (*rest, label)


def span_table(n: int, name: str) -> Table:
    """A functional that vanishes on all blocks, and not on the maximum.

    Raises ``AssertionError`` if there is none, or unless it does.
    """
    from flint import fmpq, fmpq_mat

    blocks = orbits(n)
    sums = [chamber_sum(block, n)[0] for block in blocks]
    pairs = factorial(n) // factorial(n - 2)
    sums.append(dict.fromkeys(range(n), 1))  # the sum of all numbers
    sums.append({i: 2 * (n - 1 - i) for i in range(n - 1)})  # the sum of all M_ab
    assert sum(sums[-1].values()) == pairs
    keys = _sorted({key for column in sums for key in column})
    matrix = [[column.get(key, 0) for key in keys] + [0] for column in sums]
    matrix.append([int(key == 0) for key in keys] + [1])
    reduced, rank = fmpq_mat(len(matrix), len(keys) + 1, [fmpq(c) for row in matrix for c in row]).rref()
    functional = dict.fromkeys(keys, mpq(0))
    for i in range(rank):
        place = next(j for j in range(len(keys) + 1) if reduced[i, j] != 0)
        if place == len(keys):
            raise AssertionError(f"the maximum of {n} numbers is in the span")
        value: Any = reduced[i, len(keys)]
        functional[keys[place]] = mpq(int(value.p), int(value.q))
    for block, column in zip([*map(str, blocks), "the sum", "pairs"], sums, strict=True):
        if sum(functional[key] * value for key, value in column.items()):
            raise AssertionError(f"the functional does not vanish on {block}")
    if functional[0] != 1:
        raise AssertionError("the functional vanishes on the maximum")
    rows = [(_name(key), str(value)) for key, value in functional.items() if value]
    caption = f"A functional that is 1 on the maximum of {n} numbers and 0 on every `max(M_ab + M_cd, M_ef + M_gh)`."
    note = (
        f"On coefficients where `x_1 >= ... >= x_{n}`, of sums over all relabellings; 0 on the coefficients that are not listed. "
        f"Evaluated on {len(blocks)} blocks, all there are up to relabelling, on the sum of all `x_i` and on that of all `M_ab`. "
        "A combination of blocks and linear forms that is the maximum stays one when it is averaged over all relabellings, and its "
        "coefficients there are unique; so there is none."
    )
    return Table(name, caption, ("coefficient of", "value"), rows, notes=(note,))


# --- a picture ----------------------------------------------------------------------------------------


def _drawn() -> Formula:
    """A small function of the plane with cells that its second layer bends."""
    a, b, c = relu(x[1] + x[2]), relu(x[1] - 2 * x[2] + 1), relu(2 * x[1] + x[2] - 2)
    return maximum(a + b, c + x[2] + 1) - relu(a - b + c - 1)


def cells_table(name: str) -> Table:
    """The cells of a small network in a square, as polygons."""
    low, high = mpq(-3), mpq(3)
    pieces: dict[tuple[mpq, ...], int] = {}
    rows: list[tuple[Cell, ...]] = []
    for region in regions(network(_drawn()), Polyhedron.box(2, low, high)):
        (form,) = region.outputs
        piece = pieces.setdefault(form, len(pieces) + 1)
        corners = "; ".join(f"{u} {v}" for u, v in polygon(region, low, high))
        rows.append((len(rows) + 1, piece, *map(str, form), corners))
    heads = ("cell", "piece", "`x_1`", "`x_2`", "constant", "corners")
    return Table(name, "The cells of a network in the plane: the affine form on each, and the corners of the polygon.", heads, rows)


def draw_cells(canvas: Canvas, table: Table) -> None:
    """Polygons, one colour for each affine piece."""
    from matplotlib import colormaps
    from matplotlib.patches import Polygon

    axes = canvas.subplots()
    colours = colormaps["tab20"].colors  # type: ignore[attr-defined]
    for _, piece, *_, corners in table.rows:
        points = [tuple(map(number, corner.split())) for corner in str(corners).split("; ")]
        axes.add_patch(Polygon(points, facecolor=colours[int(piece) % 20], edgecolor="black", linewidth=0.6))
    axes.set_xlim(-3, 3)
    axes.set_ylim(-3, 3)
    axes.set_aspect("equal")
    axes.set_xlabel("$x_1$")
    axes.set_ylabel("$x_2$")


QUICK: Mapping[str, Callable[[], Table]] = {
    "reals-quick": partial(reals_table, QUICK_ROWS, "reals-quick"),
    "max6-forms": partial(forms_table, "max6-forms"),
    "cells": partial(cells_table, "cells"),
}
FULL: Mapping[str, Callable[[], Table]] = {
    "reals": partial(reals_table, FULL_ROWS, "reals"),
    "max7-span": partial(span_table, 7, "max7-span"),
}
FIGURES: Mapping[str, Figure] = {
    "cells": Figure("The cells of a network in the plane, coloured by affine piece.", "cells", draw_cells, (4.2, 4.0))
}
NEEDS: Mapping[str, tuple[str, ...]] = {"max7-span": ("flint",)}
