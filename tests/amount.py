"""How much is tried: all of it in ``.ci/run`` (``EXACTNET_TESTS=all``), and in any other run as much as finds mistakes in minutes.

What is asserted is the same; only instances of one kind are fewer, and never none.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

ALL = os.environ.get("EXACTNET_TESTS") == "all"
#: The most examples of a property-based test otherwise; other ones in every run.
MOST_EXAMPLES = 25


def few(number: int, fewer: int) -> int:
    """A number of instances."""
    return number if ALL else fewer


def every(items: Sequence[T], step: int) -> Sequence[T]:
    """All items, or else each ``step``-th, beginning with the first."""
    return items if ALL else items[::step]
