"""Routes by name: how each chooses its options and builds. (Their bounds are in :mod:`exactnet.theory.routes`.)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, cast

from exactnet.claims.functions import read_components
from exactnet.claims.statements import Statement
from exactnet.construct.functions.component import component_network, find_components
from exactnet.construct.functions.radial import radial_network
from exactnet.construct.routes import compact, lookahead, residue
from exactnet.construct.routes.stacked import route as stacked
from exactnet.construct.routes.translate import CIRCUITS, Inputs, NodeGates, Ramps, Stages, build, cheapest_inputs
from exactnet.kernel.domain import Domain, Product
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import parse_rational
from exactnet.theory.options import read_moduli
from exactnet.theory.parameters import Parameters, parameters_of

__all__ = ["FUNCTION_ROUTES", "ROUTES", "Built", "Route", "Task", "find_route"]


@dataclass(frozen=True)
class Task:
    """What a route is to build: the original, where, and which statement with which ``R`` and ``r``."""

    net: Network
    domain: Domain
    frame: Product
    """The cube or grid that the domain lies on."""
    statement: Statement
    output_range: int
    r: int
    budget: int | None = None
    """The most bytes that building may take."""
    searching: bool = True
    """Whether moduli are searched where the options say so; else those that a search is expected to find stand for them."""

    @cached_property
    def parameters(self) -> Parameters:
        """What the stated bounds are evaluated at, but for ``R`` and ``r``."""
        return parameters_of(self.net, self.domain.frame, self.r, not self.statement.gates)


@dataclass(frozen=True)
class Built:
    """A network, and further options that say what a search found while it was built: bounds depend on them."""

    network: Network
    searched: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """A way from a network to one with small weights."""

    name: str
    summary: str
    choose: Callable[[Task, Mapping[str, str]], dict[str, str]]
    """The options, from the original alone and from what the user wants of some of them."""
    make: Callable[[Task, Mapping[str, str]], Built]
    """The network, and what was found while it was built."""
    shallow: Callable[[Task, Mapping[str, str]], dict[str, str]] | None = None
    """The options of the least depth, if others than those of ``choose``."""
    lean: Callable[[Task, Mapping[str, str]], dict[str, str]] | None = None
    """The options that are expected to take the fewest gates, if others than those of ``choose``."""
    for_depth: bool = False
    """Whether it is tried where depth is minimised alone: its search for moduli takes far longer than all other routes."""

    def options(self, task: Task, wanted: Mapping[str, str]) -> dict[str, str]:
        """The options: those that the user wants, and what the route chooses for the others.

        Raises :class:`FormatError` for an option that the route does not have.
        """
        return self._with(self.choose(task, wanted), wanted)

    def choices(self, task: Task, wanted: Mapping[str, str], minimise: str) -> list[dict[str, str]]:
        """Options that have what the user wants: those that suit what is minimised first, then the route's own.

        Raises :class:`FormatError` for an option that the route does not have.
        """
        own = self.options(task, wanted)
        better = self.shallow if minimise == "depth" else self.lean
        first = own if better is None else self._with(better(task, wanted), wanted)
        return [first] if first == own else [first, own]

    def build(self, task: Task, options: Mapping[str, str]) -> Network:
        """The network."""
        return self.make(task, options).network

    def _with(self, chosen: dict[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
        also = {"delta"} if wanted.get("inputs") == "bits" else set()
        for name in wanted:
            if name not in chosen.keys() | also:
                raise FormatError(f"the option {clip_text(name)} is not one of the route {self.name}")
        return chosen | dict(wanted)


def _inputs(options: Mapping[str, str]) -> Inputs:
    if "delta" in options:
        return Ramps(parse_rational(options["delta"]))
    return cast('Literal["integers", "bits"]', options["inputs"])


def _read_as(inputs: Inputs) -> str:
    return "bits" if isinstance(inputs, Ramps) else inputs


def _cheapest(task: Task, wanted: Mapping[str, str], gates: NodeGates) -> Inputs:
    """How inputs are read: as is wanted, else the cheapest way."""
    if wanted.get("inputs") in ("integers", "bits"):
        return cast('Literal["integers", "bits"]', wanted["inputs"])
    return cheapest_inputs(task.net, task.frame, gates)


def _is_rounded(task: Task) -> bool:
    return task.statement.form in ("rounded", "clipped")


def _building(stages: Callable[[Task, Mapping[str, str]], Stages]) -> Callable[[Task, Mapping[str, str]], Built]:
    """Build with what a route brings."""

    def make_network(task: Task, options: Mapping[str, str]) -> Built:
        brought = stages(task, options)
        form = task.statement.form
        assert form != "pair"  # nothing is constructed
        network = build(form, task.net, task.frame, task.output_range, task.r, brought, task.budget)
        return Built(network, {name: str(value) for name, value in brought.searched(form).items()})

    return make_network


# --- S6 ------------------------------------------------------------------------------------


def _choose_component(task: Task, wanted: Mapping[str, str]) -> dict[str, str]:
    components = find_components(task.net, task.domain, task.frame.p, task.r)
    return {"component": ",".join(str(i + 1) for i in components)}


def _build_component(task: Task, options: Mapping[str, str]) -> Built:
    places = read_components(options["component"], len(task.net.inputs))
    return Built(component_network(task.net, task.domain, task.frame.p, task.r, places))


def _choose_radial(task: Task, wanted: Mapping[str, str]) -> dict[str, str]:
    return {}


def _build_radial(task: Task, options: Mapping[str, str]) -> Built:
    return Built(radial_network(task.net, task.domain, task.frame.p, task.r))


# --- A -------------------------------------------------------------------------------------


def _lookahead(task: Task, options: Mapping[str, str]) -> Stages:
    return lookahead.stages(lookahead.Options(_inputs(options), cast('Literal["three", "four"]', options["output"])))


def _choose_lookahead(task: Task, wanted: Mapping[str, str]) -> dict[str, str]:
    inputs = _cheapest(task, wanted, lookahead.CANONICAL.predict_gates)
    size = task.output_range, task.r, inputs, task.budget
    output = lookahead.choose_output(task.net, task.frame, *size) if _is_rounded(task) else "four"
    return {"inputs": _read_as(inputs), "output": output}


# --- B -------------------------------------------------------------------------------------


def _residue(task: Task, options: Mapping[str, str]) -> Stages:
    read_moduli(options["moduli"])
    return residue.stages(task.domain, task.frame, _inputs(options), options["moduli"], _output(options), task.searching)


def _output(options: Mapping[str, str]) -> Literal["windows", "carry"]:
    """How the rounded output of routes B and D is made."""
    return cast('Literal["windows", "carry"]', options.get("output", "windows"))


def _choose_residue(task: Task, wanted: Mapping[str, str]) -> dict[str, str]:
    return _with_residue_output(task, wanted, _cheapest(task, wanted, residue.predicted_gates))


def _shallow_residue(task: Task, wanted: Mapping[str, str]) -> dict[str, str]:
    return _with_residue_output(task, wanted, "integers")


def _with_residue_output(task: Task, wanted: Mapping[str, str], inputs: Inputs) -> dict[str, str]:
    moduli = wanted.get("moduli", "searched")
    options = {"inputs": _read_as(inputs), "moduli": "searched"}
    if not _is_rounded(task):
        return options
    read_moduli(moduli)
    return options | {
        "output": residue.choose_output(task.net, task.domain, task.frame, task.output_range, task.r, inputs, moduli, task.budget)
    }


# --- C -------------------------------------------------------------------------------------


def _compact(task: Task, options: Mapping[str, str]) -> Stages:
    return compact.stages(compact.Options(_inputs(options)))


# --- D -------------------------------------------------------------------------------------


def _stacked(task: Task, options: Mapping[str, str]) -> Stages:
    _check_stacked(task, options)
    circuit = task.net if task.statement.form in CIRCUITS else None
    inputs, moduli = _inputs(options), options["moduli"]
    return stacked.stages(task.domain, task.frame, inputs, moduli, circuit, _output(options), task.searching)


def _check_stacked(task: Task, options: Mapping[str, str]) -> None:
    if _are_several(options["moduli"]) and _output(options) == "carry" and task.statement.form == "clipped":
        raise FormatError("route stacked: values are clipped with output = windows, unless moduli are searched or a single one")


def _are_several(text: str) -> bool:
    """Whether there may be several moduli for a comparison, so that literals may be noisy."""
    moduli = read_moduli(text)
    return moduli == "proven" or (isinstance(moduli, tuple) and len(moduli) > 1)


def _stacked_options(task: Task, wanted: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The default options, and those with the fewest gates predicted."""
    options, moduli = {"inputs": "integers", "moduli": "searched"}, wanted.get("moduli", "searched")
    if not _is_rounded(task):
        return options, options
    inputs: Inputs = "bits" if wanted.get("inputs") == "bits" else "integers"
    if _are_several(moduli) and task.statement.form == "clipped":
        return options | {"output": "windows"}, options | {"output": "windows"}
    ranked = stacked.rank_outputs(task.net, task.domain, task.frame, task.output_range, task.r, inputs, moduli, task.budget)
    own, lean = ({**options, "output": output} for output in ranked)
    return own, lean


def _choose_stacked(task: Task, wanted: Mapping[str, str]) -> dict[str, str]:
    return _stacked_options(task, wanted)[0]


def _lean_stacked(task: Task, wanted: Mapping[str, str]) -> dict[str, str]:
    return _stacked_options(task, wanted)[1]


def _shallow_stacked(task: Task, wanted: Mapping[str, str]) -> dict[str, str]:
    return {"inputs": "integers", "moduli": "searched"} | ({"output": "windows"} if _is_rounded(task) else {})


#: The routes for any network, by name.
ROUTES: dict[str, Route] = {
    route.name: route
    for route in (
        Route(
            "lookahead",
            "route A: carry lookahead, three layers of gates for a ReLU layer",
            _choose_lookahead,
            _building(_lookahead),
            shallow=lambda task, wanted: {"inputs": "integers", "output": "three"},
        ),
        Route(
            "residue",
            "route B: comparison by residues, two layers of gates for a ReLU layer",
            _choose_residue,
            _building(_residue),
            shallow=_shallow_residue,
        ),
        Route(
            "compact",
            "route C: canonical digits, four layers of gates for a ReLU layer, and few gates",
            lambda task, wanted: {"inputs": _read_as(_cheapest(task, wanted, compact.CANONICAL.predict_gates))},
            _building(_compact),
            shallow=lambda task, wanted: {"inputs": "integers"},
        ),
        Route(
            "stacked",
            "route D: events joined with bits, one layer of gates for a ReLU layer",
            _choose_stacked,
            _building(_stacked),
            shallow=_shallow_stacked,
            lean=_lean_stacked,
            for_depth=True,
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
        raise FormatError(f"the route {clip_text(name)} is not one of {', '.join(known)}, or auto")
    return known[name]
