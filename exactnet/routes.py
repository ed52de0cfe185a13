"""Routes by name: how each chooses its options and builds. (Their bounds are in :mod:`exactnet.bounds.routes`.)"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, cast

from exactnet.bounds.routes import read_moduli, statement_form
from exactnet.construct import compact, lookahead, residue
from exactnet.construct.builder import Builder
from exactnet.construct.tally import Prediction, Tally
from exactnet.construct.translate import Inputs, NodeGates, Stages, cheapest_inputs, fill, input_ways, make_builder
from exactnet.domain import Domain, Product
from exactnet.errors import FormatError, clip_text
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


@dataclass(frozen=True)
class Route:
    """A way from a network to one with small weights."""

    name: str
    summary: str
    choose: Callable[[Task], dict[str, str]]
    """The options, from the original alone."""
    variants: Callable[[Task], Iterator[dict[str, str]]]
    """All options among which a prediction may choose; those of ``choose`` are one of them."""
    lay: Callable[[Builder, Task, Mapping[str, str]], None]
    """Ask a builder for all nodes of the network."""
    foresee: Callable[[Builder, Task, Mapping[str, str]], None]
    """Ask a builder for as many nodes without evaluating anything: ``lay`` itself, where that evaluates nothing."""
    sure: Callable[[Mapping[str, str]], bool]
    """Whether predictions are exact, given the options."""

    def options(self, task: Task, wanted: Mapping[str, str]) -> dict[str, str]:
        """The options: those that the user wants, and what the route chooses for the others.

        Raises :class:`FormatError` for an option that the route does not have.
        """
        return self._with(self.choose(task), wanted)

    def all_options(self, task: Task, wanted: Mapping[str, str]) -> list[dict[str, str]]:
        """All options that have what the user wants; the first are those of :meth:`options`.

        Raises :class:`FormatError` for an option that the route does not have.
        """
        found = [self.options(task, wanted)]
        for variant in self.variants(task):
            options = self._with(variant, wanted)
            if options not in found:
                found.append(options)
        return found

    def _with(self, chosen: dict[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
        for name in wanted:
            if name not in chosen:
                raise FormatError(f"the option {clip_text(name)} is not one of the route {self.name}")
        return chosen | dict(wanted)

    def build(self, task: Task, options: Mapping[str, str]) -> Network:
        """The network."""
        builder = make_builder(statement_form(task.statement), task.net)
        self.lay(builder, task, options)
        return builder.network()

    def predict(self, task: Task, options: Mapping[str, str], limit: int | None = None) -> Prediction:
        """What :meth:`build` would give; nothing is built or evaluated.

        Raises :class:`exactnet.construct.tally.TallyLimit` when more than ``limit`` gates and terms would be stored.
        """
        circuit = statement_form(task.statement) == "circuit"
        tally = Tally(task.net.inputs, task.net.outputs, circuit, limit)
        self.foresee(tally, task, options)
        found = tally.prediction()
        return found if self.sure(options) else replace(found, exact=False)


def _fill(builder: Builder, task: Task, stages: Stages) -> None:
    form = statement_form(task.statement)
    fill(builder, form, task.net, task.frame, task.output_range, task.r, stages)


def _inputs(options: Mapping[str, str]) -> Inputs:
    return cast(Inputs, options["inputs"])


def _each(**values: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """All combinations."""
    for chosen in product(*values.values()):
        yield dict(zip(values, chosen, strict=True))


def _cheapest(task: Task, gates: NodeGates) -> str:
    return cheapest_inputs(task.net, task.frame, gates)


# --- A -------------------------------------------------------------------------------------


def _lay_lookahead(builder: Builder, task: Task, options: Mapping[str, str]) -> None:
    carry = cast('Literal["linear", "pairs"]', options["carry"])
    _fill(builder, task, lookahead.stages(lookahead.Options(_inputs(options), carry)))


def _vary_lookahead(task: Task) -> Iterator[dict[str, str]]:
    carries = ("linear", "pairs") if statement_form(task.statement) == "rounded" else ("linear",)
    return _each(inputs=input_ways(task.frame), carry=carries)


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
            variants=_vary_lookahead,
            lay=_lay_lookahead,
            foresee=_lay_lookahead,
            sure=lambda options: True,
        ),
        Route(
            "residue",
            "route B: comparison by residues, two layers of gates for a ReLU layer",
            choose=lambda task: {"inputs": _cheapest(task, residue.predicted_gates), "moduli": "searched"},
            variants=lambda task: _each(inputs=input_ways(task.frame), moduli=("searched",)),
            lay=_lay_residue,
            foresee=_foresee_residue,
            sure=lambda options: options["moduli"] != "searched",
        ),
        Route(
            "compact",
            "route C: canonical digits, four layers of gates for a ReLU layer, and few gates",
            choose=lambda task: {"inputs": _cheapest(task, compact.predicted_gates)},
            variants=lambda task: _each(inputs=input_ways(task.frame)),
            lay=_lay_compact,
            foresee=_lay_compact,
            sure=lambda options: True,
        ),
    )
}
