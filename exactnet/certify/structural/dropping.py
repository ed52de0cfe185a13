"""Drop facts after their last use, so that a checker keeps few; and leave out lines of which nothing is used.
Untrusted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["with_drops"]

#: Facts are dropped once so many are no longer needed.
BATCH = 64

#: Where the facts stand in the lines of a rule: places of lists ``[fact, times, ..]``, and places of facts.
PARTS = {"sum": (1,), "bound": (1,)}
FACTS = {"equal": (1, 2), "decide": (2,), "steps": (4, 5), "residue": (6, 7), "count": (5,)}


def added(line: list[Any]) -> int:
    """How many facts a line adds."""
    match line[0]:
        case "define":
            return 2 if line[1] == "floor" else 0
        case "steps":
            return 2 if len(line) > 3 and line[3] else 1
        case "residue":
            return 2 if len(line) > 8 and line[8] else 1
        case "range" | "bound" | "drop":
            return 0
    return 1


def spots(line: list[Any]) -> Iterator[tuple[list[Any], int]]:
    """The places of a line, not of lines within it, where a fact may be named by a number."""
    for place in PARTS.get(line[0], ()):
        parts = line[place]
        yield from ((parts, i) for i in range(0, len(parts), 2))
    for place in FACTS.get(line[0], ()):
        if place < len(line):
            yield line, place
    if line[0] == "count":
        yield from ((event, 4) for event in line[2])


def uses(line: list[Any], count: int, below: int) -> Iterator[int]:
    """The facts before ``below`` that a line uses, also within cases; ``count`` facts stand before it."""
    for where, i in spots(line):
        if isinstance(where[i], int) and count + where[i] < below:
            yield count + where[i]
    if line[0] == "cases":
        for lines in line[2:]:
            place = count + 1
            for inner in lines:
                yield from uses(inner, place, below)
                place += added(inner)


def goal_facts(goals: list[Any]) -> Iterator[int]:
    """The facts of the goals."""
    for goal in goals:
        for ref in goal if isinstance(goal, list) and goal and not isinstance(goal[0], str) else [goal]:
            if isinstance(ref, int):
                yield ref


def with_drops(lines: list[list[Any]], goals: list[Any]) -> list[list[Any]]:
    """The lines with drops after the last uses of facts."""
    starts, count = [], 0
    for line in lines:
        starts.append(count)
        count += added(line)
    last: dict[int, int] = {}
    for place, (line, start) in enumerate(zip(lines, starts, strict=True)):
        for i in range(start, start + added(line)):
            last[i] = place
        for i in uses(line, start, start):
            last[i] = place
    for ref in goal_facts(goals):
        last[count + ref] = len(lines)
    dead: dict[int, list[int]] = {}
    for i, place in last.items():
        dead.setdefault(place, []).append(i)
    result: list[list[Any]] = []
    waiting: list[int] = []
    for place, (line, start) in enumerate(zip(lines, starts, strict=True)):
        result.append(line)
        waiting += dead.get(place, ())
        if len(waiting) >= BATCH:
            now = start + added(line)
            result.append(["drop", [i - now for i in sorted(waiting)]])
            waiting = []
    return result
