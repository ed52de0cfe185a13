"""A search over all cells, in one process or in several.

With several, cells are split from the root until there are enough of them; each worker searches below some. The steps of
the parts, in order, are those of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any

from exactnet.certify.cells.cone import dot
from exactnet.certify.cells.prove import (
    Interior,
    Prover,
    Refuted,
    TooManyError,
    Undecided,
    bounded,
    differing_point,
    point_of,
)
from exactnet.certify.cells.state import LemmaKey, Part, State
from exactnet.claims.cells.claims import Claim, leaf_failure
from exactnet.claims.cells.forms import Forms, Vector
from exactnet.claims.cells.points import Point
from exactnet.claims.cells.replay import Lemma, Proof
from exactnet.claims.cells.system import System
from exactnet.claims.cells.tree import Cell, Leaf, Walk

__all__ = ["MAX_CELLS", "Found", "Progress", "Search", "search", "silent"]

#: The most cells by default.
MAX_CELLS = 10**6
#: Parts of a search for each worker: some take much longer than others.
_PARTS = 64
#: Parts of a search whose state is kept.
_KEPT = 512
#: With fewer cells than this, processes are not worth starting.
_ALONE = 2000
#: Leaves before others are told.
_NEWS = 256

#: Told what is being done, how much is done, and of how much (an estimate).
Progress = Callable[[str, int, int], None]
_WHAT = "cells"


def silent(what: str, done: int, total: int) -> None:
    """Report no progress."""


@dataclass(frozen=True)
class Search:
    """What to search: a claim about a system on a domain. ``pieces`` as for :func:`exactnet.claims.cells.claims.leaf_failure`."""

    system: System
    domain: tuple[Vector, ...]
    claim: Claim
    pieces: Sequence[Sequence[int]]

    def walk(self) -> Walk[Interior]:
        """The walk over its cells."""
        return Walk(self.system, self.domain, self.claim.every)

    @property
    def keeps_leaves(self) -> bool:
        """Whether the outputs on all leaves are wanted, with a point of each."""
        return self.claim.kind in ("cells", "pieces")


@dataclass
class Found:
    """A proof, and what the leaves are.

    Attributes
    ----------
    outputs : dict
        The tuples of packed outputs on leaves, each with a point in the interior of a leaf.
    witnesses : list
        A point in the interior of every leaf.
    """

    proof: Proof
    leaves: int
    outputs: dict[tuple[int, ...], Vector]
    witnesses: list[Vector]


def search(
    task: Search, interior: Interior, max_cells: int, workers: int, progress: Progress = silent, state: State | None = None
) -> Found:
    """Search all cells; parts that ``state`` has are taken from it, and others are added.

    Raises
    ------
    Refuted
        with points that show that the claim is false.
    SizeError
        for more than ``max_cells`` cells; the message says how many there may be.
    """
    walk = task.walk()
    alone = max_cells if workers == 1 and state is None else min(max_cells, _ALONE)
    with bounded(task.system, task.claim.every):
        try:
            part = _search_below(task, walk, walk.root(interior.copy()), alone, 0, progress)
            return Found(_proof(walk.forms, part.lemmas, part.steps), part.leaves, part.outputs, part.witnesses)
        except TooManyError:
            if alone == max_cells:
                raise
        return _search_parts(task, walk, walk.root(interior), max_cells, workers, progress, state)


def _proof(forms: Forms, lemmas: dict[LemmaKey, int], steps: list[int]) -> Proof:
    unpack = cache(forms.unpack)  # few forms, in many lemmas
    return Proof(
        [
            Lemma(unpack(form), den, tuple((unpack(premise), factor) for premise, factor in premises))
            for form, den, premises in lemmas
        ],
        steps,
    )


def _search_below(
    task: Search, walk: Walk[Interior], start: Cell[Interior], max_cells: int, depth: int, progress: Progress
) -> Part:
    """Search below one cell, which lies so many splits deep."""
    claim, forms = task.claim, walk.forms
    prover = Prover(forms, not claim.zero, max_cells)
    part = Part(prover.steps, prover.lemmas)
    try:
        for leaf in walk.leaves(prover, start):
            part.leaves += 1
            part.share += 0.5 ** (len(leaf.cell.path) - depth)
            failure = leaf_failure(claim, leaf, forms, task.system.scale, task.pieces, prover.proved)
            if failure is not None:
                raise Refuted(_points(task, leaf, forms, failure.form))
            if task.keeps_leaves:
                point = leaf.cell.state.points[-1]
                part.outputs.setdefault(leaf.outputs, point)
                part.witnesses.append(point)
            if part.leaves % _NEWS == 0:
                progress(_WHAT, part.leaves, int(part.leaves / part.share))
    except Undecided as undecided:
        raise Refuted((_differing(task, undecided.cell, forms.unpack(undecided.form)),)) from None
    return part


def _differing(task: Search, cell: Cell[Interior], form: Vector | None) -> Point:
    """A point of the domain at which an output is not 0."""

    def differs(point: Point) -> bool:
        inside = all(sum(c * x for c, x in zip(f, point, strict=False)) + f[-1] >= 0 for f in task.domain)
        return inside and any(task.system.at(point))

    return differing_point(cell, form, differs)


def _points(task: Search, leaf: Leaf[Interior], forms: Forms, form: int) -> tuple[Point, ...]:
    """Points that refute the claim, which fails on a leaf because of a form."""
    claim, cell, vector = task.claim, leaf.cell, forms.unpack(form)
    if claim.zero:
        return (_differing(task, cell, None),)
    if claim.kind == "monotone":
        assert claim.variable is not None
        point, vectors, scale = cell.state.points[-1], cell.state.cone.vectors, 1
        while True:  # a step so small that it stays in the leaf
            step = [scale * c + point[-1] * (i == claim.variable - 1) for i, c in enumerate(point)]
            if all(dot(f, step) >= 0 for f in vectors):
                return point_of(point), point_of(tuple(step))
            scale *= 2
    lowest = min(cell.state.points, key=lambda point: dot(vector, point) / point[-1])
    return (point_of(lowest),)


# --- several processes --------------------------------------------------------------------------


class _FirstSplit(Exception):
    def __init__(self, form: int) -> None:
        super().__init__(form)
        self.form = form


class _Pausing(Prover):
    """A prover that stops where it would split."""

    last = False

    def split(self, cell: Cell[Interior], form: int) -> tuple[Interior, Interior]:
        raise _FirstSplit(form)

    def sign(self, cell: Cell[Interior], form: int, last: bool) -> int:
        self.last = last
        return super().sign(cell, form, last)


@dataclass(frozen=True)
class _Parts:
    """The job of a worker: searches below cells, by number."""

    task: Search
    cells: tuple[Cell[Interior], ...]
    max_cells: int

    def compile(self) -> Callable[[int, int], Part | Refuted]:
        """See :class:`exactnet.parallel.jobs.Job`."""
        walk = self.task.walk()

        def work(start: int, stop: int) -> Part | Refuted:
            cell = self.cells[start]
            try:
                return _search_below(self.task, walk, cell, self.max_cells, len(cell.path), silent)
            except Refuted as refuted:
                return refuted

        return work


def _search_parts(
    task: Search,
    walk: Walk[Interior],
    root: Cell[Interior],
    max_cells: int,
    workers: int,
    progress: Progress,
    state: State | None,
) -> Found:
    from exactnet.parallel.local import pooled

    prover = _Pausing(walk.forms, not task.claim.zero, max_cells)
    # With a state, into as many parts whatever the number of workers is, which may be another the next time.
    line = _frontier(task, walk, prover, root, _PARTS * workers if state is None else _KEPT)
    cells = tuple(item for item in line if isinstance(item, Cell))
    name = State.name_of(task, [cell.path for cell in cells])
    known = {} if state is None else state.known(name, len(cells))
    steps: list[int] = []
    whole = Found(Proof((), steps), 0, {}, [])
    share = 0.0
    job: Any = _Parts(task, cells, max_cells)
    places = iter(range(len(cells)))
    with closing(pooled(job, ((i, i + 1) for i in range(len(cells)) if i not in known), workers)) as parts:
        for item in line:
            if not isinstance(item, Cell):
                steps.extend(item)
                continue
            place = next(places)
            part = known.get(place) or next(parts)
            if isinstance(part, Refuted):
                raise part
            if state is not None and place not in known:
                state.keep(name, place, part)
            numbers = {number: prover.lemmas.setdefault(key, len(prover.lemmas) + 1) for key, number in part.lemmas.items()}
            numbers[0] = 0
            steps.extend(map(numbers.__getitem__, part.steps))
            whole.leaves += part.leaves
            if whole.leaves > max_cells:
                raise TooManyError(max_cells)
            whole.witnesses.extend(part.witnesses)
            whole.outputs = {**part.outputs, **whole.outputs}
            share += part.share * 0.5 ** len(item.path)
            progress(_WHAT, whole.leaves, int(whole.leaves / share))
    whole.proof = _proof(walk.forms, prover.lemmas, steps)
    return whole


def _frontier(
    task: Search, walk: Walk[Interior], prover: _Pausing, root: Cell[Interior], wanted: int
) -> list[list[int] | Cell[Interior]]:
    """Cells that cover the domain, in the order of the walk, and the steps before and between them."""
    line: list[list[int] | Cell[Interior]] = [root]
    whole = set[int]()  # cells that are leaves
    while True:
        places = [i for i, item in enumerate(line) if isinstance(item, Cell) and id(item) not in whole]
        if not places or len(line) - sum(isinstance(item, list) for item in line) >= wanted:
            return line
        place = min(places, key=lambda i: len(_cell(line[i]).path))
        cell = _cell(line[place])
        trial = Cell(cell.values.copy(), cell.known.copy(), cell.decided, cell.state.copy(), cell.path)
        del prover.steps[:]
        try:
            next(walk.leaves(prover, trial))
            whole.add(id(cell))
        except _FirstSplit as split:
            line[place : place + 1] = [prover.steps.copy(), *_halves(prover, trial, split.form)]
        except Undecided as undecided:
            raise Refuted((_differing(task, undecided.cell, walk.forms.unpack(undecided.form)),)) from None


def _cell(item: list[int] | Cell[Interior]) -> Cell[Interior]:
    assert isinstance(item, Cell)
    return item


def _halves(prover: _Pausing, cell: Cell[Interior], form: int) -> Iterator[Cell[Interior]]:
    """The two parts of a cell, each so that its walk begins with the form that splits it."""
    decided = cell.decided - (not prover.last)
    for sign, state in zip((1, -1), Prover.split(prover, cell, form), strict=True):
        yield Cell(cell.values.copy(), cell.known | {sign * form}, decided, state, (*cell.path, sign * form))
