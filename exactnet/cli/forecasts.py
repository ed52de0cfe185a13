"""What every route was predicted to give, as a table and for ``--json``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from exactnet.cli.output import plain, print_line

if TYPE_CHECKING:
    from exactnet.certify.forecast import Forecast

__all__ = ["forecast_json", "predictions", "show_forecasts"]


def forecast_json(found: Forecast) -> dict[str, Any]:
    """One forecast as an object: the sizes are null where none is predicted."""
    size = found.prediction
    return {
        "route": found.route,
        "options": dict(found.options),
        "depth": size and size.depth,
        "gates": size and size.gates,
        "wires": size and size.wires,
        "max_weight": size and str(size.max_weight),
        "memory": size and size.memory,
        "exact": size and size.exact,
        "reason": found.reason,
    }


def predictions(minimise: str | None, found: Sequence[Forecast]) -> dict[str, Any]:
    """What a report has besides where the route was chosen by prediction, to minimise something."""
    if minimise is None:
        return {}
    return {"minimise": minimise, "predicted": [forecast_json(forecast) for forecast in found]}


def show_forecasts(minimise: str | None, found: Sequence[Forecast], chosen: str) -> None:
    """The table, and which route was chosen; nothing where the route was not chosen by prediction."""
    if minimise is None:
        return
    from exactnet.certify.memory import bytes_text
    from exactnet.cli.render import listing, number, show_tables

    rows = []
    for forecast in found:
        size = forecast.prediction
        note = forecast.reason or ("chosen" if forecast.route == chosen else "" if size else "no cost model")
        if size is None or forecast.reason is not None:
            rows.append([forecast.route, "-", "-", "-", "-", "-", plain(note)])
            continue
        about = "" if size.exact else "~"
        counts = [f"{about}{number(value)}" for value in (size.gates, size.wires, size.max_weight)]
        rows.append([forecast.route, number(size.depth), *counts, bytes_text(size.memory), note])
    print_line(f"predicted, to minimise {minimise}; ~ is an estimate")
    show_tables(listing(["route", "depth>", "gates>", "wires>", "largest weight>", "memory>", ""], rows))
    print_line("")
