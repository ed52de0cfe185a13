"""Fewer bits than those of a basic solution, where the constraints leave room: weights rounded to multiples of ``2^-s``
(S7).

Lemma. If ``low + t <= a·v <= high - t`` with ``t = ‖a‖_1 / 2^(s+1)`` for every row, then ``v``, rounded to the
nearest multiples of ``2^-s``, satisfies all rows: rounding moves ``a·v`` by at most ``t``.

HiGHS looks for such a ``v``, in floating point and on the rows that are known; whether the rounded point satisfies
*all* rows is found out exactly, and rows that it violates are added. ``s`` is the least that succeeds, by bisection.
A row that is an equality leaves no room; then, and where rounding gains nothing, the basic solution is kept. ``2^s``
is at most the common denominator of the basic solution, so that all its bounds hold.
"""

from __future__ import annotations

from typing import Any

from gmpy2 import mpq

from exactnet.construct.linear_program import Program, Row
from exactnet.construct.vertex import FloatProgram, vertex
from exactnet.rationals import lcm_all

__all__ = ["rounded"]


def rounded(program: Program) -> list[mpq]:
    """A point of a system whose entries have few bits: multiples of a power of two, or a basic point.

    Raises what :func:`.vertex.vertex` raises.
    """
    best = vertex(program)
    rows = program.first()
    if any(row.equality for row in rows.values()):
        return best
    low, high = -1, int(lcm_all(value.denominator for value in best)).bit_length()
    while high - low > 1:
        s = (low + high) // 2
        point = _rounded(program, rows, s)
        if point is None:
            low = s
        else:
            high = s
            best = min(best, point, key=bits)
    return best


def bits(point: list[mpq]) -> int:
    """The most bits of a numerator or denominator."""
    return max((max(value.numerator.bit_length(), value.denominator.bit_length()) for value in point), default=0)


def _rounded(program: Program, rows: dict[Any, Row], s: int) -> list[mpq] | None:
    """Multiples of ``2^-s`` that satisfy all rows, if a point with the margin is found; ``rows`` grows."""
    solver = FloatProgram(len(program.start), mpq(1, 2 ** (s + 1)))
    solver.add(rows.values())
    while True:
        values = solver.values()
        if values is None:
            return None
        point = [mpq(round(value * 2**s), 2**s) for value in values]
        violated = program.violated(point)
        if not violated:
            return point
        fresh = {key: row for key, row in violated.items() if key not in rows}
        if not fresh:
            return None
        rows |= fresh
        solver.add(fresh.values())
