"""A short differential run; a long one is for the hand (see the module)."""

from __future__ import annotations

from tests.fuzz.differential import first_difference


def test_evaluators_against_the_definition() -> None:
    assert [found for number in range(500) if (found := first_difference(9, number)) is not None] == []
