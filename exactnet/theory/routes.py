"""The stated bounds of every route by its name and options: what the checker evaluates before and after building.

This module, like all of :mod:`exactnet.theory`, imports nothing from the constructions.
The functions of S5 (a), defined in ``construct/barriers/output_bits``, are bounded by each route as its form ``levels``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from exactnet.claims.statements import Statement
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.theory.parameters import Parameters

if TYPE_CHECKING:
    from exactnet.theory.symbols import Bounds

__all__ = ["ASSEMBLED", "BOUNDS", "RouteBounds", "stated_bounds"]

#: The route of networks that are assembled from given circuits.
ASSEMBLED = "assemble"


@dataclass(frozen=True)
class RouteBounds:
    """The bounds of one route: the function of :mod:`exactnet.theory` that states them, and for which statements it does."""

    name: str
    function: str
    statements: tuple[str, ...]

    def state(self, statement: Statement, grid: bool, options: Mapping[str, str], parameters: Parameters) -> Bounds:
        """The bounds; only the module of the route is loaded."""
        module, _, name = self.function.partition(":")
        return cast("Bounds", getattr(import_module(f"exactnet.theory.{module}"), name)(statement, grid, options, parameters))


_SMALL = ("S1 exact", "S1 rounded", "S1 clipped", "S2 exact", "S2 rounded", "S2 clipped", "S3", "S5 circuits")
_SIMPLER = ("S6 exact", "S6 rounded")
_FEW = ("S7 exact", "S7 within", "S7 near", "S7 circuit")

#: The bounds of all routes, by name.
BOUNDS: dict[str, RouteBounds] = {
    row.name: row
    for row in (
        RouteBounds("lookahead", "lookahead:state", _SMALL),
        RouteBounds("residue", "residue:state", _SMALL),
        RouteBounds("compact", "compact:state", _SMALL),
        RouteBounds("stacked", "stacked:state", _SMALL),
        RouteBounds("component", "functions:state_component", _SIMPLER),
        RouteBounds("radial", "functions:state_radial", _SIMPLER),
        RouteBounds("classical", "classical:state", ("S3",)),
        RouteBounds("few-bits", "few_bits:state", _FEW),
        RouteBounds("memorize", "memorize:state", ("M1",)),
        RouteBounds("ridge", "radial:state", ("R1 within",)),
        RouteBounds(ASSEMBLED, "assemble:state", ("S5 network",)),
    )
}


def stated_bounds(route: str, statement: Statement, grid: bool, options: Mapping[str, str], parameters: Parameters) -> Bounds:
    """The bounds that a route states for an instance, as expressions.

    Parameters
    ----------
    route : a key of :data:`BOUNDS`.
    grid : whether the domain is a grid (else the cube).
    options : the route's options as they stand in a certificate.
    found : the parameters of the instance.

    Raises
    ------
    FormatError : the route, the statement and the options do not go together.
    """
    if route not in BOUNDS:
        raise FormatError(f"the route {clip_text(route)} is not one of {', '.join(BOUNDS)}")
    if statement.name not in BOUNDS[route].statements:
        raise FormatError(f"the route {route} is not about {statement.name}")
    bounds = BOUNDS[route].state(statement, grid, options, parameters)
    if statement.number != "S2":
        return bounds
    from exactnet.theory.constant_weights import constant_weights_bounds

    return constant_weights_bounds(bounds)
