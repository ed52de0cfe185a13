"""A basic solution with small entries: a basis found in floating point by HiGHS, solved and checked exactly (S7).

HiGHS minimises ``Σ c_j |v_j|`` over the rows that are known (``v = v⁺ - v⁻``), for costs that differ slightly, so
that as a rule there is one optimum and it does not depend on the solver. Of its answer only the basis is used: which
entries are free to differ from 0, and which rows hold with equality. That square system is solved exactly. Then the
separation says exactly which rows of the whole system are violated; they are added, and HiGHS goes on from where it
was. Where it knew a violated row already, that is, rounding misled it, or it fails in any other way, :mod:`.walk`
takes over, which is exact throughout.

References
----------
Q. Huangfu, J. A. J. Hall, *Parallelizing the dual revised simplex method*, Math. Prog. Comp. 10 (2018): HiGHS.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from gmpy2 import mpq

from exactnet.construct.linear_program import MissingLibraryError, Program, Row, cost, solve_square
from exactnet.construct.walk import walk

__all__ = ["FloatProgram", "vertex"]

#: The same pivots every time, and the least tolerances that HiGHS takes.
_OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "threads": 1,
    "solver": "simplex",
    "presolve": "off",
    "primal_feasibility_tolerance": 1e-10,
    "dual_feasibility_tolerance": 1e-10,
}
#: Numbers beyond this are not given to floating point.
_LARGE = 10**12


def vertex(program: Program) -> list[mpq]:
    """A basic point of a system, as a rule the one for which ``Σ c_j |v_j|`` is least.

    Raises :class:`~exactnet.construct.linear_program.MissingLibraryError` without highspy or python-flint.
    """
    rows = program.first()
    solver = FloatProgram(len(program.start))
    solver.add(rows.values())
    while True:
        basis = solver.basis()
        point = None if basis is None else _point(len(program.start), *basis)
        if point is None:
            return walk(program)
        violated = program.violated(point)
        if not violated:
            return point
        fresh = {key: row for key, row in violated.items() if key not in rows}
        if not fresh:
            return walk(program)
        rows |= fresh
        solver.add(fresh.values())


def _point(size: int, columns: list[int], tight: list[tuple[Row, mpq]]) -> list[mpq] | None:
    """The point of a basis, exactly; None if it is none."""
    if len(columns) != len(tight):
        return None
    entries = solve_square([row for row, _ in tight], columns, [value for _, value in tight])
    if entries is None:
        return None
    point = [mpq(0)] * size
    for j, entry in zip(columns, entries, strict=True):
        point[j] = entry
    return point


class FloatProgram:
    """HiGHS on the rows so far: unknown ``j`` is column ``2j`` minus column ``2j + 1``, both non-negative.

    Parameters
    ----------
    size : how many unknowns.
    margin : by how much, times the sum of its absolute coefficients, every row is to be kept away from its ends.
    """

    def __init__(self, size: int, margin: mpq | int = 0) -> None:
        try:
            import highspy
        except ImportError:
            raise MissingLibraryError("compress needs HiGHS: pip install 'exactnet[compress]'") from None
        self._margin = margin
        self._rows: list[Row] = []
        self._fits = True
        self._status = highspy.HighsBasisStatus
        self._optimal = highspy.HighsModelStatus.kOptimal
        self._infinity = highspy.kHighsInf
        make: Any = highspy.Highs
        self._solver = make()
        for name, value in _OPTIONS.items():
            self._solver.setOptionValue(name, value)
        nothing = np.zeros(2 * size)
        self._solver.addVars(2 * size, nothing, nothing + self._infinity)
        costs = np.array([cost(j) / 2**22 for j in range(size) for _ in "+-"])
        self._solver.changeColsCost(2 * size, np.arange(2 * size, dtype=np.int32), costs)

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows."""
        for row in rows:
            self._rows.append(row)
            ends = [value for value in (row.low, row.high) if value is not None]
            if any(abs(value) > _LARGE for value in [*ends, *row.coefs.values()]):
                self._fits = False
                continue
            room = self._margin * sum(map(abs, row.coefs.values()))
            low = -self._infinity if row.low is None else float(row.low + room)
            high = self._infinity if row.high is None else float(row.high - room)
            index = np.array([2 * j + side for j in row.coefs for side in (0, 1)], dtype=np.int32)
            value = np.array([float(sign * c) for c in row.coefs.values() for sign in (1, -1)])
            self._solver.addRow(low, high, len(index), index, value)

    def _solved(self) -> bool:
        if self._fits:
            self._solver.run()
        return bool(self._fits and self._solver.getModelStatus() == self._optimal)

    def values(self) -> list[float] | None:
        """The unknowns at an optimum; None: no success."""
        if not self._solved():
            return None
        columns = self._solver.getSolution().col_value
        return [plus - minus for plus, minus in zip(columns[::2], columns[1::2], strict=True)]

    def basis(self) -> tuple[list[int], list[tuple[Row, mpq]]] | None:
        """The unknowns in an optimal basis, and the rows that hold with equality, with their values; None: no success."""
        if not self._solved():
            return None
        basis = self._solver.getBasis()
        columns = [j // 2 for j, status in enumerate(basis.col_status) if status == self._status.kBasic]
        tight: list[tuple[Row, mpq]] = []
        for row, status in zip(self._rows, basis.row_status, strict=True):
            if status != self._status.kBasic:
                end = row.high if status == self._status.kUpper or row.low is None else row.low
                if end is None:
                    return None
                tight.append((row, end))
        return sorted(set(columns)), tight
