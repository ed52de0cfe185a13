"""A plausible mistake: a line of a file, and what stands there instead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A line of a file, and what stands there by mistake."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    equivalent: str = ""
    """Why nothing that can be seen changes, if nothing does."""


def of(file: str, tests: str, *changes: tuple[str, str] | tuple[str, str, str]) -> list[Mutant]:
    """Mutants of one file; ``tests`` are file names."""
    return [Mutant(file, old, new, tuple(tests.split()), *why) for old, new, *why in changes]
