"""Which route to take: every route is built within a budget of memory, and the best network is kept.

No verdict rests on this. What is far too large is refused by its stated bounds, before anything is built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from gmpy2 import mpq

from exactnet.construct.base.memory import bytes_text
from exactnet.construct.base.messages import short
from exactnet.construct.routes.registry import ROUTES, Built, Route, Task, find_route
from exactnet.kernel.errors import FormatError, SizeError
from exactnet.kernel.measures import Measures, measure
from exactnet.theory.routes import stated_bounds

__all__ = [
    "AUTO",
    "MEASURES",
    "SMALL_NEURON",
    "Attempt",
    "attempt",
    "attempt_all",
    "best",
    "check_stated",
    "choose",
    "stated_sizes",
]

#: The route that stands for the one whose network has the least of a measure.
AUTO = "auto"

#: What may be minimised, with the attribute of the measures.
MEASURES = {"depth": "depth", "gates": "gates", "wires": "wires", "weight": "max_weight"}

#: A neuron takes at least so much memory; and how far the numbers that are built may stay below the stated bounds.
SMALL_NEURON, _SLACK = 512, 1000
#: Inputs on a grid are read by so many steps at most: ``2p^2`` for each.
MAX_INPUT_STEPS = 2**20


@dataclass(frozen=True)
class Attempt:
    """What one route gives with some options, or why it gives nothing."""

    route: str
    options: Mapping[str, str]
    built: Built | None = None
    measures: Measures | None = None
    reason: str | None = None
    """Why there is no network: the route does not apply, or takes more than the budget."""


def check_stated(task: Task, route: str, wanted: Mapping[str, str]) -> None:
    """Raise :class:`SizeError` where the stated bounds of a route say at once that it is far too large.

    The bounds of the routes A and C are known before anything is built, and what they build has about a hundredth of the
    neurons; here a thousandth has to fit.
    """
    steps = (task.frame.base - 1) * len(task.net.inputs)
    if task.frame.kind == "grid" and route in ROUTES and steps > MAX_INPUT_STEPS:
        raise SizeError(
            f"too large: on the grid with p = {task.frame.p} that the domain lies on, the inputs are read by {steps} steps, "
            f"more than {MAX_INPUT_STEPS}; coordinates with a smaller common denominator and a smaller range take fewer"
        )
    if route not in ("lookahead", "compact") or task.budget is None:
        return
    stated = stated_sizes(task, route, wanted)
    neurons = stated.get("neurons", stated.get("gates", 0))
    if neurons * SMALL_NEURON > _SLACK * task.budget:
        raise SizeError(
            f"the stated bound of route {route} is {short(mpq(neurons))} neurons: a thousandth of them would not fit in the "
            f"{bytes_text(task.budget)} of memory that are available"
        )


def stated_sizes(task: Task, route: str, wanted: Mapping[str, str] = MappingProxyType({})) -> dict[str, mpq]:
    """The stated bounds of a route for any network, by name, with inputs read as bits and moduli that are searched."""
    options = {"inputs": "bits"}
    if route == "lookahead":
        options["output"] = "four"
    elif route != "compact":
        options |= {"moduli": "searched"} | ({"output": "windows"} if task.statement.form in ("rounded", "clipped") else {})
    instance = task.parameters
    statement = task.statement.variant("S1") if task.statement.number == "S2" else task.statement  # before neurons are copied
    options |= {name: text for name, text in wanted.items() if name in options or name == "delta"}
    bounds = stated_bounds(route, statement, task.frame.kind == "grid", options, instance)
    _, values = bounds.evaluate({**instance.values(), "R": task.output_range, "r": task.r})
    return {bound.name: value for bound, value in zip(bounds.bounds, values, strict=True)}


def attempt(route: Route, task: Task, options: Mapping[str, str]) -> Attempt:
    """Build a network by one route."""
    try:
        built = route.make(task, options)
    except SizeError as error:
        return Attempt(route.name, options, reason=str(error).removeprefix("too large to build: "))
    return Attempt(route.name, options, built, measure(built.network, task.domain))


def attempt_all(task: Task, wanted: Mapping[str, str], minimise: str) -> list[Attempt]:
    """Build by every route: with the options that suit the measure, or those of the route itself where these do not fit.

    A route that does not have an option which is wanted is one that does not apply. Where gates are minimised, routes after
    the first may take little more memory than the smallest so far, which is where they stop.
    """
    attempts: list[Attempt] = []
    for route in ROUTES.values():
        if route.for_depth and minimise != "depth":
            attempts.append(Attempt(route.name, dict(wanted), reason="its search takes long: tried where depth is minimised"))
            continue
        try:
            check_stated(task, route.name, wanted)
            choices = route.choices(task, wanted, minimise)
        except (FormatError, SizeError) as error:
            attempts.append(Attempt(route.name, dict(wanted), reason=str(error)))
            continue
        tried = Attempt(route.name, choices[0])
        for options in choices:
            tried = attempt(route, task, options)
            if tried.built is not None:
                break
        attempts.append(tried)
        if tried.measures is not None and minimise == "gates":
            # A gate is a node or two with a few terms each; twice that leaves room for what is shared otherwise.
            most = 2 * tried.measures.neurons * 8192 + 2**24
            task = replace(task, budget=most if task.budget is None else min(most, task.budget))
    return attempts


def best(attempts: Sequence[Attempt], minimise: str) -> Attempt:
    """The network with the least of a measure; equal ones by gates, wires, depth, weight, and the order of routes.

    Raises :class:`SizeError` if there is none.
    """
    order = [MEASURES[minimise], "gates", "wires", "depth", "max_weight"]
    usable = [one for one in attempts if one.built is not None]
    if not usable:
        reasons = "; ".join(f"{one.route}: {one.reason}" for one in attempts)
        raise SizeError(f"no route fits: {reasons}")
    return min(usable, key=lambda one: [getattr(one.measures, name) for name in order])


def named(task: Task, route: str, wanted: Mapping[str, str]) -> dict[str, str]:
    """The options of a route that is named; raises :class:`SizeError` where its bounds say that it is far too large."""
    method = find_route(route)
    check_stated(task, route, wanted)
    return method.options(task, wanted)


def choose(
    task: Task, route: str, wanted: Mapping[str, str], minimise: str
) -> tuple[str, Mapping[str, str], Built | None, tuple[Attempt, ...]]:
    """The route, its options, what it built, and all attempts: the best one for :data:`AUTO`, else the named one, not built.

    Raises what :func:`best` and :func:`named` raise.
    """
    if route != AUTO:
        return route, named(task, route, wanted), None, ()
    attempts = tuple(attempt_all(task, wanted, minimise))
    chosen = best(attempts, minimise)
    return chosen.route, chosen.options, chosen.built, attempts
