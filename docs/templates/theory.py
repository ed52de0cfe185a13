"""The stated bounds of route ``integral`` (a template: it would be ``exactnet/theory/integral.py``).

Its row in ``theory/routes.py``: ``RouteBounds("integral", "integral:state", ("S1 exact", "S8"))``.
"""

from __future__ import annotations

from collections.abc import Mapping

from exactnet.claims.statements import Statement
from exactnet.kernel.errors import FormatError
from exactnet.theory.layers import neurons_and_width
from exactnet.theory.options import check_names
from exactnet.theory.parameters import Parameters
from exactnet.theory.symbols import B, Bound, Bounds, k, m

__all__ = ["state"]


def state(statement: Statement, grid: bool, options: Mapping[str, str], found: Parameters) -> Bounds:
    """The depth stays; coefficients of primitive integer forms have ``B`` bits, which is how ``B`` is defined."""
    check_names(options)
    if grid:
        raise FormatError("the route integral is about the cube")
    largest = 2**B
    bounds = [Bound("depth", "depth", k), *(Bound(name, name, largest) for name in ("max_weight", "max_bias"))]
    return Bounds((), (*bounds, *neurons_and_width((k - 1) * m)))
