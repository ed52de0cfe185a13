"""The search for a proof of a claim about cells, or for a point that refutes it (untrusted: what it finds is verified).

With every cell go its cone of forms and some *points* of its interior: integer vectors ``p`` with last entry positive, for
``(p_1, ..., p_d)/p_{d+1}``, at which all forms are positive. A form that is positive at one and negative at another splits the
cell. Else a lemma known from another cell may apply; else the cone answers, with a new lemma or with a point of the other sign.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import comb, prod

from gmpy2 import mpq

from exactnet.certify.cells.cone import Cone, dot, primitive
from exactnet.certify.cells.state import LemmaKey
from exactnet.claims.cells.forms import Forms, Vector
from exactnet.claims.cells.points import Point
from exactnet.claims.cells.replay import Lemma
from exactnet.claims.cells.system import System
from exactnet.claims.cells.tree import Cell
from exactnet.kernel.errors import DomainError, SizeError

__all__ = [
    "Interior",
    "Prover",
    "Refuted",
    "TooManyError",
    "Undecided",
    "bounded",
    "cells_at_most",
    "differing_point",
    "find_interior",
    "point_of",
    "simplify",
]

#: Points of a cell that are kept.
_POINTS = 16
#: Packed forms that are remembered.
_REMEMBERED = 2**16
#: Coordinates that are tried first.
_SIMPLE = tuple(map(mpq, (0, 1, -1, 2, -2)))


class Refuted(Exception):
    """The claim is false, as points show."""

    def __init__(self, points: tuple[Point, ...]) -> None:
        super().__init__(points)
        self.points = points


@dataclass(slots=True)
class Interior:
    """A cone of forms, and points at which all of them are positive."""

    cone: Cone
    points: list[Vector]

    def copy(self) -> Interior:
        """The same, to be changed on its own."""
        return Interior(self.cone.copy(), self.points.copy())

    def part(self, vector: Vector, cone: Cone) -> Interior:
        """The part on which a form is at least 0; ``cone`` is a copy that may be changed."""
        cone.add(vector)
        return Interior(cone, [point for point in self.points if dot(vector, point) > 0][-_POINTS:])

    def beyond(self, vector: Vector) -> tuple[int, dict[int, int]] | None:
        """A proof that ``vector >= 0``; or else None, and a point at which it is negative has been added."""
        combination = self.cone.combine(vector)
        if combination is None:
            y, base = self.cone.separating, self.points[-1]
            steps = max(dot(vector, base) // -dot(vector, y) + 1, 0)
            self.points.append(primitive([b + steps * c for b, c in zip(base, y, strict=True)]))
        return combination

    def move_off(self, vector: Vector) -> None:
        """Add a point at which a form is not 0."""
        base, scale = self.points[-1], 1
        while True:
            point = [scale * b + c for b, c in zip(base, vector, strict=True)]
            if all(dot(form, point) > 0 for form in self.cone.vectors):
                self.points.append(primitive(point))
                return
            scale *= 2


def find_interior(domain: Sequence[Vector], d: int) -> tuple[Interior | None, Lemma | None]:
    """The interior of a domain; or, if there is none, the lemma that shows that a form is at most 0 on it."""
    cone = Cone(d + 1)
    one = tuple([0] * d + [1])
    cone.add(one)
    interior = Interior(cone, [one])
    for form in domain:
        if not any(dot(form, point) > 0 for point in interior.points):
            if not any(form):
                continue
            opposite = tuple(-c for c in form)
            combination = interior.beyond(opposite)
            if combination is not None:
                den, factors = combination
                return None, Lemma(opposite, den, tuple((cone.vectors[i], n) for i, n in factors.items()))
        interior.points = [point for point in interior.points if dot(form, point) > 0]
        cone.add(form)
    return interior, None


@dataclass
class Prover:
    """The oracle that finds a proof.

    Parameters
    ----------
    forms : Forms
    split_last : bool
        Whether cells are split by last ReLUs; if not, one that has two signs on a cell ends the search with :class:`Undecided`.
    max_splits : int
        Raises :class:`SizeError` beyond.
    """

    forms: Forms
    split_last: bool
    max_splits: int
    steps: list[int] = field(default_factory=list)
    lemmas: dict[LemmaKey, int] = field(default_factory=dict)
    splits: int = 0
    _about: dict[int, list[tuple[frozenset[int], int]]] = field(default_factory=dict)
    _packed: dict[Vector, int] = field(default_factory=dict)

    def sign(self, cell: Cell[Interior], form: int, last: bool) -> int:
        """See :class:`exactnet.claims.cells.tree.Oracle`."""
        sign = self.proved(cell, form)
        if sign == 0:
            if last and not self.split_last:
                raise Undecided(cell, form)
            self.splits += 1
            if self.splits >= self.max_splits:
                raise TooManyError(self.splits)
            self.steps.append(0)
        return sign

    def proved(self, cell: Cell[Interior], form: int) -> int:
        """The sign of a form on a cell, with the step that proves it; 0 if it has both, and then there are points of both."""
        vector = self.forms.unpack(form)
        interior = cell.state
        values = [dot(vector, point) for point in interior.points]
        least, most = min(values), max(values)
        if least < 0 < most:
            return 0
        if least == most == 0:
            interior.move_off(vector)
            most = dot(vector, interior.points[-1])
        sign = 1 if most > 0 else -1
        for premises, number in self._about.get(sign * form, ()):
            if premises <= cell.known:
                self.steps.append(number)
                return sign
        if sign < 0:
            vector = tuple([-c for c in vector])
        combination = interior.beyond(vector)
        if combination is None:
            return 0
        self._keep(sign * form, interior.cone, *combination)
        return sign

    def split(self, cell: Cell[Interior], form: int) -> tuple[Interior, Interior]:
        """See :class:`exactnet.claims.cells.tree.Oracle`."""
        vector, interior = self.forms.unpack(form), cell.state
        negative = interior.part(tuple([-c for c in vector]), interior.cone.copy())
        return interior.part(vector, interior.cone), negative

    def _keep(self, form: int, cone: Cone, den: int, factors: dict[int, int]) -> None:
        packed = self._packed
        if len(packed) > _REMEMBERED:
            packed.clear()
        premises = []
        for i, factor in factors.items():
            vector = cone.vectors[i]
            if vector not in packed:
                packed[vector] = self.forms.pack(vector)
            premises.append((packed[vector], factor))
        premises.sort()
        key = form, den, tuple(premises)
        number = self.lemmas.get(key)
        if number is None:
            number = self.lemmas[key] = len(self.lemmas) + 1
            self._about.setdefault(form, []).append((frozenset(premise for premise, _ in premises), number))
        self.steps.append(number)


class Undecided(Exception):
    """A last ReLU that has not cancelled has both signs on a cell."""

    def __init__(self, cell: Cell[Interior], form: int) -> None:
        super().__init__(form)
        self.cell, self.form = cell, form


class TooManyError(SizeError):
    """More cells than are allowed."""

    def __init__(self, cells: int) -> None:
        super().__init__(f"more than {cells} cells")


def cells_at_most(system: System, every: bool) -> int:
    """A bound on the number of leaves: the product over the depths of ``sum over k <= d of C(m, k)``, with m ReLUs there."""
    depth = system.depth()
    counts: dict[int, int] = {}
    for j in range(system.d, len(depth)) if every else system.inner():
        counts[depth[j]] = counts.get(depth[j], 0) + 1
    return prod(sum(comb(m, k) for k in range(system.d + 1)) for m in counts.values())


@contextmanager
def bounded(system: System, every: bool) -> Iterator[None]:
    """Let :class:`TooManyError` say how many cells there may be."""
    try:
        yield
    except TooManyError as error:
        bound = cells_at_most(system, every)
        most = f"{bound:,}" if bound < 10**18 else f"10^{len(str(bound)) - 1}"
        raise SizeError(f"{error}; there may be up to about {most}; --max-cells allows more") from None


def point_of(vector: Vector) -> tuple[mpq, ...]:
    """The point of an integer vector with last entry positive.

    >>> [str(x) for x in point_of((1, 4, 2))]
    ['1/2', '2']
    """
    return tuple(mpq(c, vector[-1]) for c in vector[:-1])


def near(points: Sequence[Vector], seed: int = 0) -> Iterator[Vector]:
    """Points, then points close to them, ever closer."""
    yield from points
    draws = random.Random(seed)
    for bits in range(200):
        for point in points:
            for _ in range(4 * len(point)):
                moved = [(c << bits) + draws.randint(-3, 3) for c in point]
                if moved[-1] > 0:
                    yield primitive(moved)


def simplify(points: tuple[Point, ...], holds: Callable[[tuple[Point, ...]], bool]) -> tuple[Point, ...]:
    """Points with small coordinates that have the same property: rounded, then coordinate by coordinate."""
    for den in (1, 2, 3, 4, 6, 8, 12, 16, 100, 1000):
        rounded = tuple(tuple(mpq(round(x * den), den) for x in point) for point in points)
        if holds(rounded):
            points = rounded
            break
    places = [(k, i) for k, point in enumerate(points) for i in range(len(point))]
    for k, i in places * 2:  # once more, since the others have changed
        for value in _SIMPLE:
            if value == points[k][i]:
                break
            changed = (*points[k][:i], value, *points[k][i + 1 :])
            simpler = (*points[:k], changed, *points[k + 1 :])
            if holds(simpler):
                points = simpler
                break
    return points


def differing_point(cell: Cell[Interior], form: Vector | None, differs: Callable[[Point], bool]) -> Point:
    """A point with a property that holds on an open set near a leaf; ``form`` changes its sign there, if it is given."""
    points = list(reversed(cell.state.points))
    if form is not None:  # also where the form vanishes, between points on both sides
        for a in list(points):
            for b in list(points):
                u, v = dot(form, a), dot(form, b)
                if u < 0 < v:
                    points.append(primitive([v * s - u * t for s, t in zip(a, b, strict=True)]))
    for vector in near(points):
        if differs(point_of(vector)):
            return point_of(vector)
    raise DomainError("no point at which the networks differ has been found near a leaf on which they do")
