"""How the constraints of S7 are solved, by name."""

from __future__ import annotations

from collections.abc import Callable

from gmpy2 import mpq

from exactnet.construct.linear_program import Program
from exactnet.construct.rounding import rounded
from exactnet.construct.vertex import vertex
from exactnet.construct.walk import walk

__all__ = ["SOLVERS"]

#: A basic solution of small entries, one by exact steps from the original, or rounded weights where there is room.
SOLVERS: dict[str, Callable[[Program], list[mpq]]] = {"highs": vertex, "walk": walk, "round": rounded}
