"""Before anything is built: what every route would give, which one to take, and whether it fits in memory.

The numbers come from the cost model (:mod:`exactnet.construct.tally`). No verdict rests on them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exactnet.construct.tally import Prediction, TallyLimit
from exactnet.errors import FormatError, SizeError
from exactnet.memory import bytes_text
from exactnet.routes import ROUTES, Route, Task, find_route

__all__ = ["MEASURES", "Forecast", "check_fits", "forecast", "forecast_all", "pick", "size_text"]

#: What may be minimised, with the attribute of a prediction.
MEASURES = {"depth": "depth", "gates": "gates", "wires": "wires", "weight": "max_weight"}


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


def forecast_all(task: Task, wanted: Mapping[str, str], minimise: str, limit: int | None) -> list[Forecast]:
    """Predict every route: with the options that suit the measure, or those of the route itself where these do not fit.

    A route that does not have an option which is wanted is one that does not apply.
    """
    found = []
    for route in ROUTES.values():
        try:
            choices = route.choices(task, wanted, minimise)
        except FormatError as error:
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
