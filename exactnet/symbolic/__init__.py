"""Networks from formulas, and formulas that are proved to be equal (docs/reals.md).

>>> f = maximum(x[1] + x[2], 2 * x[3])
>>> g = x[1] + x[2] + relu(2 * x[3] - x[1] - x[2])
>>> equal(f, g)
equal on all of R^3 (1 cell, 0 lemmas)
>>> equal(f, g + relu(x[1]) / 1000)
different: f = 1 and g = 1001/1000 at (1, 0, 0)
"""

from __future__ import annotations

from exactnet.symbolic.decision import Decision, at_least, equal
from exactnet.symbolic.formula import Formula, absolute, maximum, minimum, network, relu, x

__all__ = ["Decision", "Formula", "absolute", "at_least", "equal", "maximum", "minimum", "network", "relu", "x"]
