"""Before anything is built: what every route would give, which one to take, and whether it fits in memory.

The numbers come from the cost model (:mod:`exactnet.construct.base.tally`). No verdict rests on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.certify.memory import bytes_text
from exactnet.construct.base.tally import Prediction, TallyLimit
from exactnet.construct.routes.registry import ROUTES, Route, Task, find_route
from exactnet.kernel.errors import FormatError, SizeError
from exactnet.kernel.rationals import short
from exactnet.theory.parameters import parameters_of
from exactnet.theory.routes import stated_bounds

__all__ = ["MEASURES", "Forecast", "check_fits", "check_stated", "forecast", "forecast_all", "pick", "size_text"]

#: What may be minimised, with the attribute of a prediction.
MEASURES = {"depth": "depth", "gates": "gates", "wires": "wires", "weight": "max_weight"}


#: A neuron takes at least so much memory; and how far the numbers that are built may stay below the stated bounds.
_BYTES_PER_NEURON, _SLACK = 512, 1000


@dataclass(frozen=True)
class Forecast:
    """What one route would give, or why it would not."""

    route: str
    options: Mapping[str, str]
    prediction: Prediction | None
    """If ``reason`` says that it does not fit, a lower bound; None where the route does not apply or has no cost model."""
    reason: str | None = None
    """Why the route is not taken: it does not apply, or does not fit in memory."""

    @property
    def usable(self) -> bool:
        """Whether the network can be built."""
        return self.reason is None


def _too_large(reached: TallyLimit, limit: int | None) -> str:
    if reached.reason is not None:
        return reached.reason.removeprefix("too large to build: ")
    found = reached.so_far
    size = f"more than {found.gates} gates, {found.wires} wires, {bytes_text(found.memory)} of memory"
    return f"{size}, against {bytes_text(limit or 0)} available"


def forecast(route: Route, task: Task, options: Mapping[str, str], limit: int | None) -> Forecast:
    """Predict one route with given options.

    Parameters
    ----------
    limit : the bytes that building may take; None for any number.
    """
    if route.foresee is None:
        return Forecast(route.name, options, None)
    try:
        found = route.predict(task, options, limit)
    except TallyLimit as reached:
        return Forecast(route.name, options, reached.so_far, _too_large(reached, limit))
    return Forecast(route.name, options, found)


def check_stated(task: Task, route: str, wanted: Mapping[str, str], limit: int | None) -> None:
    """Raise :class:`SizeError` where the stated bounds of a route say at once that it is far too large.

    Predictions take time for each neuron. The bounds of the routes A and C are known before that, and what they build has
    about a hundredth of the neurons; here a thousandth has to fit.
    """
    options = {"lookahead": {"inputs": "bits", "output": "four"}, "compact": {"inputs": "bits"}}.get(route)
    if options is None or limit is None:
        return
    found = parameters_of(task.net, task.domain.frame, task.r, not task.statement.gates)
    bounds = stated_bounds(route, task.statement, task.frame.kind == "grid", options | dict(wanted), found)
    _, values = bounds.evaluate({**found.values(), "R": task.output_range, "r": task.r})
    stated = {bound.name: value for bound, value in zip(bounds.bounds, values, strict=True)}
    neurons = stated.get("neurons", stated.get("gates", 0))
    if neurons * _BYTES_PER_NEURON > _SLACK * limit:
        raise SizeError(
            f"the stated bound of route {route} is {short(mpq(neurons))} neurons: a thousandth of them would not fit in the "
            f"{bytes_text(limit)} of memory that are available"
        )


def forecast_all(task: Task, wanted: Mapping[str, str], minimise: str, limit: int | None) -> list[Forecast]:
    """Predict every route: with the options that suit the measure, or those of the route itself where these do not fit.

    A route that does not have an option which is wanted is one that does not apply.
    """
    found = []
    for route in ROUTES.values():
        try:
            check_stated(task, route.name, wanted, limit)
            choices = route.choices(task, wanted, minimise)
        except (FormatError, SizeError) as error:
            found.append(Forecast(route.name, dict(wanted), None, str(error)))
            continue
        for options in choices:
            made = forecast(route, task, options, limit)
            if made.usable:
                break
        found.append(made)
    return found


def pick(found: Sequence[Forecast], minimise: str) -> Forecast:
    """The usable forecast with the least of a measure; equal ones by gates, wires, depth, weight, and the order of routes.

    Raises :class:`SizeError` if there is none.
    """
    order = [MEASURES[minimise], "gates", "wires", "depth", "max_weight"]
    usable = [forecast for forecast in found if forecast.usable and forecast.prediction is not None]
    if not usable:
        reasons = "; ".join(f"{forecast.route}: {forecast.reason or 'has no cost model'}" for forecast in found)
        raise SizeError(f"no route fits: {reasons}")
    return min(usable, key=lambda forecast: [getattr(forecast.prediction, name) for name in order])


def check_fits(task: Task, route: str, options: Mapping[str, str], limit: int | None) -> Forecast:
    """Predict a route; raises :class:`SizeError`, with a route that fits if there is one, where it is too large."""
    found = forecast(find_route(route), task, options, limit)
    if found.usable:
        return found
    others = [forecast(other, task, other.choose(task, {}), limit) for other in ROUTES.values() if other.name != route]
    fitting = [other for other in others if other.prediction is not None and other.usable]
    if not fitting:
        raise SizeError(f"route {route} is predicted to be too large: {found.reason}; no other route fits")
    best = pick(fitting, "gates")
    raise SizeError(f"route {route} is predicted to be too large: {found.reason}; --route {best.route} fits, {size_text(best)}")


def size_text(found: Forecast) -> str:
    """The size that is predicted, for a person."""
    size = found.prediction
    if size is None:
        return "-"
    about = "" if size.exact else "about "
    return f"{about}{size.gates} gates, {size.wires} wires, {bytes_text(size.memory)}"
