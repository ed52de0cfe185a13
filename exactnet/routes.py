"""Routes by name: how each chooses its options and builds. (Their bounds are in :mod:`exactnet.bounds.routes`.)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from exactnet.bounds.functions import read_components
from exactnet.bounds.routes import read_moduli, statement_form
from exactnet.construct import compact, lookahead, residue
from exactnet.construct.component import component_network, find_components
from exactnet.construct.lookahead import Options, choose_inputs_of, choose_output
from exactnet.construct.radial import radial_network
from exactnet.construct.residue import predict_gates
from exactnet.construct.stacked import stacked_circuit, stacked_exact, stacked_rounded
from exactnet.construct.translate import Inputs, Ramps, choose_inputs
from exactnet.domain import Domain, Product
from exactnet.errors import FormatError, clip_text
from exactnet.network import Network
from exactnet.rationals import parse_rational

__all__ = ["FUNCTION_ROUTES", "ROUTES", "Route", "Task", "find_route"]


@dataclass(frozen=True)
class Task:
    """What a route is to build: the original, where, and which statement with which ``R`` and ``r``."""

    net: Network
    domain: Domain
    frame: Product
    """The cube or grid that the domain lies on."""
    statement: str
    output_range: int
    r: int


@dataclass(frozen=True)
class Route:
    """A way from a network to one with small weights.

    ``choose(task)`` gives the options, from the original alone; ``build(task, options)`` the network.
    """

    name: str
    summary: str
    choose: Callable[[Task], dict[str, str]]
    build: Callable[[Task, Mapping[str, str]], Network]

    def options(self, task: Task, wanted: Mapping[str, str]) -> dict[str, str]:
        """The options: those that the user wants, and what the route chooses for the others.

        Raises :class:`FormatError` for an option that the route does not have.
        """
        chosen = self.choose(task)
        also = {"delta"} if wanted.get("inputs") == "bits" else set()
        for name in wanted:
            if name not in chosen.keys() | also:
                raise FormatError(f"the option {clip_text(name)} is not one of the route {self.name}")
        return chosen | dict(wanted)


def _read_as(inputs: Inputs) -> str:
    return "bits" if isinstance(inputs, Ramps) else inputs


def _inputs(options: Mapping[str, str]) -> Inputs:
    if "delta" in options:
        return Ramps(parse_rational(options["delta"]))
    return cast('Literal["integers", "bits"]', options["inputs"])


def _choose_lookahead(task: Task) -> dict[str, str]:
    inputs = choose_inputs_of(task.net, task.frame)
    rounded = statement_form(task.statement) in ("rounded", "clipped")
    output = choose_output(task.net, task.frame, task.output_range, task.r, inputs) if rounded else "four"
    return {"inputs": _read_as(inputs), "output": output}


def _build_lookahead(task: Task, options: Mapping[str, str]) -> Network:
    chosen = Options(_inputs(options), cast('Literal["three", "four"]', options["output"]))
    form = statement_form(task.statement)
    if form in _CIRCUITS:
        return lookahead.lookahead_circuit(task.net, task.frame, chosen)
    forms = {
        "exact": lookahead.lookahead_exact,
        "rounded": lookahead.lookahead_rounded,
        "clipped": lookahead.lookahead_clipped,
    }
    return forms[form](task.net, task.frame, task.output_range, task.r, chosen)


def _choose_residue(task: Task) -> dict[str, str]:
    return {"inputs": _read_as(choose_inputs(task.net, task.frame, predict_gates)), "moduli": "searched"}


def _build_residue(task: Task, options: Mapping[str, str]) -> Network:
    form, inputs, moduli = statement_form(task.statement), _inputs(options), options["moduli"]
    read_moduli(moduli)
    if form in _CIRCUITS:
        return residue.residue_circuit(task.net, task.domain, task.frame, inputs, moduli)
    forms = {"exact": residue.residue_exact, "rounded": residue.residue_rounded, "clipped": residue.residue_clipped}
    return forms[form](task.net, task.domain, task.frame, task.output_range, task.r, inputs, moduli)


def _choose_compact(task: Task) -> dict[str, str]:
    return {"inputs": _read_as(compact.choose_options(task.net, task.frame, compact.Options()).inputs)}


def _build_compact(task: Task, options: Mapping[str, str]) -> Network:
    form, chosen = statement_form(task.statement), compact.Options(_inputs(options))
    if form in _CIRCUITS:
        return compact.compact_circuit(task.net, task.frame, chosen)
    forms = {"exact": compact.compact_exact, "rounded": compact.compact_rounded, "clipped": compact.compact_clipped}
    return forms[form](task.net, task.frame, task.output_range, task.r, chosen)


def _choose_component(task: Task) -> dict[str, str]:
    found = find_components(task.net, task.domain, task.frame.p, task.r)
    return {"component": ",".join(str(i + 1) for i in found)}


def _build_component(task: Task, options: Mapping[str, str]) -> Network:
    places = read_components(options["component"], len(task.net.inputs))
    return component_network(task.net, task.domain, task.frame.p, task.r, places)


def _choose_radial(task: Task) -> dict[str, str]:
    return {}


def _build_radial(task: Task, options: Mapping[str, str]) -> Network:
    return radial_network(task.net, task.domain, task.frame.p, task.r)


def _choose_stacked(task: Task) -> dict[str, str]:
    return {"inputs": "integers", "moduli": "searched"}


def _build_stacked(task: Task, options: Mapping[str, str]) -> Network:
    form, inputs, moduli = statement_form(task.statement), _inputs(options), options["moduli"]
    read_moduli(moduli)
    if form in _CIRCUITS:
        return stacked_circuit(task.net, task.domain, task.frame, inputs, moduli)
    build = stacked_exact if form == "exact" else stacked_rounded
    return build(task.net, task.domain, task.frame, task.output_range, task.r, inputs, moduli)


#: The forms whose result is a threshold circuit.
_CIRCUITS = ("circuit", "levels")

#: The routes for any network, by name.
ROUTES: dict[str, Route] = {
    route.name: route
    for route in (
        Route(
            "lookahead",
            "route A: carry lookahead, three layers of gates for a ReLU layer",
            _choose_lookahead,
            _build_lookahead,
        ),
        Route(
            "residue",
            "route B: comparison by residues, two layers of gates for a ReLU layer",
            _choose_residue,
            _build_residue,
        ),
        Route(
            "compact",
            "route C: canonical digits, four layers of gates for a ReLU layer, and few gates",
            _choose_compact,
            _build_compact,
        ),
        Route(
            "stacked",
            "route D: events joined with bits, one layer of gates for a ReLU layer",
            _choose_stacked,
            _build_stacked,
        ),
    )
}

#: The routes of S6, for networks that compute a function of one input or of the norm, by name.
FUNCTION_ROUTES: dict[str, Route] = {
    route.name: route
    for route in (
        Route("component", "S6: a function of one input, depth 2", _choose_component, _build_component),
        Route("radial", "S6: a function of the norm, depth 3", _choose_radial, _build_radial),
    )
}


def find_route(name: str, known: Mapping[str, Route] = ROUTES | FUNCTION_ROUTES) -> Route:
    """The route of a name.

    Raises :class:`FormatError` where there is none among those that are known.
    """
    if name not in known:
        raise FormatError(f"the route {clip_text(name)} is not one of {', '.join(known)}")
    return known[name]
