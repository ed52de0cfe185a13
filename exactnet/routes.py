"""Routes by name: how each chooses its options and builds. (Their bounds are in :mod:`exactnet.bounds.routes`.)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from exactnet.bounds.routes import statement_form
from exactnet.construct.lookahead import (
    Options,
    choose_options,
    lookahead_circuit,
    lookahead_exact,
    lookahead_rounded,
)
from exactnet.domain import Product
from exactnet.network import Network

__all__ = ["ROUTES", "Route"]


@dataclass(frozen=True)
class Route:
    """A way from a network to one with small weights.

    ``choose(net, domain, statement)`` gives the options, from the original alone; ``build(net, domain, statement, R, r,
    options)`` the network.
    """

    name: str
    summary: str
    choose: Callable[[Network, Product, str], dict[str, str]]
    build: Callable[[Network, Product, str, int, int, Mapping[str, str]], Network]


def _choose_lookahead(net: Network, domain: Product, statement: str) -> dict[str, str]:
    chosen = choose_options(net, domain, Options())
    return {"inputs": chosen.inputs, "carry": chosen.carry}


def _build_lookahead(
    net: Network, domain: Product, statement: str, output_range: int, r: int, options: Mapping[str, str]
) -> Network:
    chosen = Options(cast("object", options["inputs"]), cast("object", options["carry"]))  # type: ignore[arg-type]
    form = statement_form(statement)
    if form == "circuit":
        return lookahead_circuit(net, domain, chosen)
    build = lookahead_exact if form == "exact" else lookahead_rounded
    return build(net, domain, output_range, r, chosen)


#: All routes by name.
ROUTES: dict[str, Route] = {
    route.name: route
    for route in (
        Route(
            "lookahead",
            "route A: carry lookahead, three layers of gates for a ReLU layer",
            _choose_lookahead,
            _build_lookahead,
        ),
    )
}
