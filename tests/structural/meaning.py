"""What variables and facts of a structural proof are on every input of a small domain: the truth that a kernel must
not leave.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from exactnet.structural.kernel import Form, Kernel

__all__ = ["Meaning"]


class Meaning:
    """The values of variables on all inputs at which the hypotheses of the statement hold."""

    def __init__(self, kernel: Kernel, inputs: int) -> None:
        self.kernel = kernel
        self.floors: dict[int, tuple[Form, int]] = {}
        top = 2 * kernel.p**2 if kernel.p else 1
        points = product(range(top + 1), repeat=inputs)
        rows = [{0: Fraction(1), **{i: Fraction(x) for i, x in enumerate(point, 1)}} for point in points]
        self.rows = [row for row in rows if self._supposed(row)]

    def _supposed(self, row: dict[int, Fraction]) -> bool:
        kind, r, most = (self.kernel.statement.get(key) for key in ("kind", "r", "R"))
        if kind not in ("equal if", "floor if"):
            return True
        values = [self.value(row, a) for _, a, _ in self.kernel.outputs]
        return all(abs(v) <= most and (kind == "floor if" or (r * v).denominator == 1) for v in values)

    def value(self, row: dict[int, Fraction], v: int) -> Fraction:
        """The value of a variable on one input."""
        k, stack = self.kernel, [v]
        while stack:
            u = stack[-1]
            den = 1
            if u in k.affine or u in k.relu:
                den, what = k.affine.get(u) or k.relu[u]
            else:
                what = k.step[u] if u in k.step else self.floors[u][0] if u in self.floors else {}
            todo = [w for w in what if w not in row] if u not in row else []
            stack.extend(todo)
            if todo:
                continue
            stack.pop()
            if u in row:
                continue
            z = sum((c * row[w] for w, c in what.items()), Fraction(0))
            if u in k.step:
                row[u] = Fraction(z >= 0)
            elif u in self.floors:
                row[u] = Fraction(z // self.floors[u][1])
            else:
                row[u] = (max(z, Fraction(0)) if u in k.relu else z) / den
        return row[v]

    def holds(self, what: Form, equal: bool) -> bool:
        """Whether a fact is true on every input."""
        for row in self.rows:
            z = sum((c * self.value(row, v) for v, c in what.items()), Fraction(0))
            if z < 0 or (equal and z):
                return False
        return True
