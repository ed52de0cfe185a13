"""From any feasible point of a system to a basic one, by at most as many steps as there are unknowns (S7).

Lemma. Let ``v`` satisfy a finite system of rows. If ``v`` is not basic, there is a ``δ ≠ 0`` that is 0 where ``v`` is
and orthogonal to all rows that hold with equality. Of ``δ`` and ``-δ`` take one along which ``Σ c_j |v_j|`` does not
grow: some nonzero entry shrinks. Go until the first of them is 0 or the first further row holds with equality. The
point still satisfies all rows, and the space of such ``δ`` has lost a dimension. So at most as many steps as there
are unknowns lead to a basic point.

This is the proof that every feasible system has basic points; it is exact, whatever the size of the numbers. Rows
that are not known yet are found by the separation: a step is shortened until the point that it leads to violates
none.
"""

from __future__ import annotations

from typing import Any

from gmpy2 import mpq

from exactnet.construct.linear_program import Program, Row, cost, kernel_vector

__all__ = ["walk"]


def walk(program: Program) -> list[mpq]:
    """A basic point of a system, from the point that is known to satisfy it.

    Raises :class:`~exactnet.construct.linear_program.MissingLibraryError` without python-flint.
    """
    point = [mpq(value) for value in program.start]
    rows = program.first()
    held = {key: row for key, row in rows.items() if row.equality}
    while True:
        direction = kernel_vector(held.values(), [j for j, value in enumerate(point) if value])
        if direction is None:
            return point
        if sum(cost(j) * (1 if point[j] > 0 else -1) * change for j, change in direction.items()) > 0:
            direction = {j: -change for j, change in direction.items()}
        step, blocking = _step(point, direction, {key: row for key, row in rows.items() if key not in held})
        moved = _moved(point, direction, step)
        fresh = {key: row for key, row in program.violated(moved).items() if key not in rows}
        if fresh:  # the step was too long: with these rows known, it will be shorter
            rows |= fresh
            held |= {key: row for key, row in fresh.items() if row.equality}
            continue
        point = moved
        held |= blocking


def _moved(point: list[mpq], direction: dict[int, mpq], step: mpq) -> list[mpq]:
    moved = list(point)
    for j, change in direction.items():
        moved[j] += step * change
    return moved


def _step(point: list[mpq], direction: dict[int, mpq], rows: dict[Any, Row]) -> tuple[mpq, dict[Any, Row]]:
    """The largest step that keeps all rows and the signs of all entries, and a row that ends it (none: an entry does)."""
    step = min(-point[j] / change for j, change in direction.items() if point[j] * change < 0)
    blocking: dict[Any, Row] = {}
    for key, row in rows.items():
        rate = sum((row.coefs.get(j, 0) * change for j, change in direction.items()), mpq(0))
        end = row.high if rate > 0 else row.low
        if rate and end is not None:
            room = (end - row.value(point)) / rate
            if room < step:
                step, blocking = room, {key: row}
    return step, blocking
