"""Routes by name: how each chooses its options and builds. (Their bounds are in :mod:`exactnet.bounds.routes`.)"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

from exactnet.bounds.routes import read_moduli, statement_form
from exactnet.construct import compact, lookahead, residue
from exactnet.construct.builder import Builder
from exactnet.construct.tally import Prediction, Tally, TallyLimit
from exactnet.construct.translate import Inputs, NodeGates, Stages, cheapest_inputs, fill, make_builder
from exactnet.domain import Domain, Product
from exactnet.errors import FormatError, SizeError, clip_text
from exactnet.network import Network

__all__ = ["ROUTES", "Route", "Task"]


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


#: What asks a builder for all nodes of a network, given the options.
Lay = Callable[[Builder, Task, Mapping[str, str]], None]


@dataclass(frozen=True)
class Route:
    """A way from a network to one with small weights."""

    name: str
    summary: str
    choose: Callable[[Task], dict[str, str]]
    """The options, from the original alone."""
    build: Callable[[Task, Mapping[str, str]], Network]
    """The network."""
    foresee: Lay | None = None
    """Ask a cost model for all that is built, without evaluating anything; None if there is no cost model."""
    shallow: Callable[[Task], dict[str, str]] | None = None
    """The options of the least depth, if others than those of ``choose``."""
    sure: Callable[[Mapping[str, str]], bool] = lambda options: True
    """Whether predictions are exact, given the options."""

    def options(self, task: Task, wanted: Mapping[str, str]) -> dict[str, str]:
        """The options: those that the user wants, and what the route chooses for the others.

        Raises :class:`FormatError` for an option that the route does not have.
        """
        return self._with(self.choose(task), wanted)

    def choices(self, task: Task, wanted: Mapping[str, str], minimise: str) -> list[dict[str, str]]:
        """Options that have what the user wants: those for the least depth first where that is asked for, then the route's own.

        Raises :class:`FormatError` for an option that the route does not have.
        """
        own = self.options(task, wanted)
        first = own if self.shallow is None or minimise != "depth" else self._with(self.shallow(task), wanted)
        return [first] if first == own else [first, own]

    def _with(self, chosen: dict[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
        for name in wanted:
            if name not in chosen:
                raise FormatError(f"the option {clip_text(name)} is not one of the route {self.name}")
        return chosen | dict(wanted)

    def predict(self, task: Task, options: Mapping[str, str], limit: int | None = None) -> Prediction:
        """What ``build`` would give; nothing is built or evaluated.

        Raises :class:`exactnet.construct.tally.TallyLimit` when building would take more than ``limit`` bytes, or more than
        a construction takes on.
        """
        if self.foresee is None:
            raise FormatError(f"the size of what the route {self.name} builds is not predicted")
        circuit = statement_form(task.statement) == "circuit"
        tally = Tally(task.net.inputs, task.net.outputs, circuit, limit)
        try:
            self.foresee(tally, task, options)
        except SizeError as error:
            raise TallyLimit(tally.so_far(), str(error)) from None
        found = tally.prediction()
        return found if self.sure(options) else replace(found, exact=False)


def _fill(builder: Builder, task: Task, stages: Stages) -> None:
    form = statement_form(task.statement)
    fill(builder, form, task.net, task.frame, task.output_range, task.r, stages)


def _building(lay: Lay) -> Callable[[Task, Mapping[str, str]], Network]:
    """Build the network that a builder is asked for."""

    def build(task: Task, options: Mapping[str, str]) -> Network:
        builder = make_builder(statement_form(task.statement), task.net)
        lay(builder, task, options)
        return builder.network()

    return build


def _inputs(options: Mapping[str, str]) -> Inputs:
    return cast(Inputs, options["inputs"])


def _cheapest(task: Task, gates: NodeGates) -> str:
    return cheapest_inputs(task.net, task.frame, gates)


# --- A -------------------------------------------------------------------------------------


def _lay_lookahead(builder: Builder, task: Task, options: Mapping[str, str]) -> None:
    carry = cast('Literal["linear", "pairs"]', options["carry"])
    _fill(builder, task, lookahead.stages(lookahead.Options(_inputs(options), carry)))


# --- B -------------------------------------------------------------------------------------


def _lay_residue(builder: Builder, task: Task, options: Mapping[str, str]) -> None:
    read_moduli(options["moduli"])
    _fill(builder, task, residue.stages(task.domain, task.frame, _inputs(options), options["moduli"]))


def _foresee_residue(builder: Builder, task: Task, options: Mapping[str, str]) -> None:
    read_moduli(options["moduli"])
    _fill(builder, task, residue.expected_stages(task.domain, task.frame, _inputs(options), options["moduli"]))


# --- C -------------------------------------------------------------------------------------


def _lay_compact(builder: Builder, task: Task, options: Mapping[str, str]) -> None:
    _fill(builder, task, compact.stages(compact.Options(_inputs(options))))


#: All routes by name.
ROUTES: dict[str, Route] = {
    route.name: route
    for route in (
        Route(
            "lookahead",
            "route A: carry lookahead, three layers of gates for a ReLU layer",
            choose=lambda task: {"inputs": _cheapest(task, lookahead.predicted_gates), "carry": "linear"},
            build=_building(_lay_lookahead),
            foresee=_lay_lookahead,
            shallow=lambda task: {"inputs": "integers", "carry": "pairs"},
        ),
        Route(
            "residue",
            "route B: comparison by residues, two layers of gates for a ReLU layer",
            choose=lambda task: {"inputs": _cheapest(task, residue.predicted_gates), "moduli": "searched"},
            build=_building(_lay_residue),
            foresee=_foresee_residue,
            shallow=lambda task: {"inputs": "integers", "moduli": "searched"},
            sure=lambda options: options["moduli"] != "searched",
        ),
        Route(
            "compact",
            "route C: canonical digits, four layers of gates for a ReLU layer, and few gates",
            choose=lambda task: {"inputs": _cheapest(task, compact.predicted_gates)},
            build=_building(_lay_compact),
            foresee=_lay_compact,
            shallow=lambda task: {"inputs": "integers"},
        ),
    )
}
