"""All routes on one network: depth against gates, wires and weights, every row certified while it is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from gmpy2 import mpq

from exactnet.certify.small_weights import Request, certify_network
from exactnet.claims.statements import kind_of
from exactnet.construct.routes.registry import ROUTES
from exactnet.kernel.errors import SizeError
from exactnet.kernel.judge import Certificate
from exactnet.kernel.measures import measure
from exactnet.kernel.runs import Progress, silent

__all__ = ["Row", "frontier"]


@dataclass(frozen=True)
class Row:
    """One route: its certificate, or why it was not built."""

    route: str
    theorem: int
    """``3k+3`` for ReLU networks, ``2t+1`` for circuits: what the paper (Siu and Bruck) states."""
    certificate: Certificate | None
    reason: str | None = None

    def bound(self, name: str) -> mpq | None:
        """The value of the route's own bound on a measure."""
        if self.certificate is None:
            return None
        return next((row.value for row in self.certificate.bounds if row.name == name), None)

    def as_json(self) -> dict[str, Any]:
        """The row for people and programs; where the route was not built, its verdict is null and there is a reason."""
        if self.certificate is None:
            return {"route": self.route, "verdict": None, "reason": self.reason, "theorem": self.theorem}
        constructed = self.certificate.constructed
        return {
            "route": self.route,
            "depth": constructed.depth,
            "depth_bound": str(self.bound("depth")),
            "theorem": self.theorem,
            "gates": constructed.gates,
            "wires": constructed.wires,
            "max_weight": str(constructed.max_weight),
            "max_weight_bound": str(self.bound("max_weight")),
            "verdict": self.certificate.verdict,
            "reason": self.certificate.reason,
        }


def frontier(request: Request, progress: Progress = silent) -> Iterator[Row]:
    """Certify a network by every route in turn, as ``request`` asks but for the route.

    Raises what :func:`exactnet.certify.small_weights.plan` raises;
    a network that a route would make too large is a row with a reason.
    """
    depth = measure(request.net, request.domain).depth
    theorem = 2 * depth + 1 if kind_of(request.net) == "circuit" else 3 * depth + 3
    for name in ROUTES:
        try:
            result = certify_network(replace(request, route=name, options={}), progress)
        except SizeError as error:
            yield Row(name, theorem, None, reason=str(error))
            continue
        yield Row(name, theorem, result.certificate)
