"""What the commands that construct networks are asked for: their options, and the request that these make."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

import click

from exactnet.cli.inputs import check_size, check_weight_bound, load, network_domain
from exactnet.cli.options import (
    domain_option,
    json_option,
    max_file_option,
    max_inputs_option,
    max_memory_option,
    minimise_option,
    moduli_option,
    net_argument,
    precision_option,
    quiet_option,
    range_option,
    route_option,
)
from exactnet.cli.output import plain, print_json, refusal_report
from exactnet.kernel.errors import FormatError

if TYPE_CHECKING:
    from exactnet.certify.few_bits import CompressRequest
    from exactnet.certify.small_weights import Request

__all__ = ["ROUTE_OPTIONS", "Asked", "asks", "make_request", "report_refusal"]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Asked:
    """The values of the options, as read; those that a command does not have keep their defaults."""

    net: str
    domain: str | None
    precision: int | None
    promised: int | None
    max_inputs: int
    max_file: int
    max_memory: int | None = None
    route: str = "lookahead"
    minimise: str | None = None
    moduli: str | None = None
    constant: bool = False
    clip: bool = False
    weight_bound: str | None = None
    structural: bool = False


def _collecting(command: F) -> Callable[..., Any]:
    """Hand the options of :class:`Asked` to a command as one argument."""

    @functools.wraps(command)
    def collect(**given: Any) -> Any:
        own = {field.name: given.pop(field.name) for field in fields(Asked) if field.name in given}
        return command(asked=Asked(**own), **given)

    return collect


#: Which route, and what it is left to choose.
ROUTE_OPTIONS = (
    route_option,
    minimise_option,
    moduli_option,
    click.option("--constant-weights", "constant", is_flag=True, help="S2: weights and biases of at most 1."),
    click.option(
        "--clip",
        is_flag=True,
        help="Clipped form: floor(r clip(N(x)))/r with values clipped to [-R, R], which --range names; no promise.",
    ),
)

_COMMON = (
    precision_option,
    range_option,
    max_inputs_option,
    max_file_option,
    max_memory_option,
    json_option,
    quiet_option,
)


def asks(*more: Callable[[Any], Any]) -> Callable[[F], Callable[..., Any]]:
    """What every command has that constructs: the network, where, in which form, and how large all may be.

    ``more`` are further options of :class:`Asked`, which come after ``--domain`` in the help text.
    """

    def decorate(command: F) -> Callable[..., Any]:
        decorated = _collecting(command)
        for option in reversed((net_argument(), domain_option, *more, *_COMMON)):
            decorated = option(decorated)
        return decorated

    return decorate


def make_request(asked: Asked) -> Request:
    """Read everything that the options name, the cheap and the doubtful first."""
    check_weight_bound(asked.weight_bound)
    if asked.minimise is not None and asked.route != "auto":
        raise FormatError("--minimise is what --route auto chooses by; --route names a route already")
    loaded = load(asked.net, asked.max_file)
    found = network_domain(asked.domain, asked.net, loaded, asked.max_file)
    check_size(loaded.network, found, asked.max_inputs)
    from exactnet.certify.small_weights import Request

    return Request(
        loaded.network,
        found,
        asked.route,
        asked.precision,
        asked.promised,
        asked.weight_bound,
        asked.max_inputs,
        {} if asked.moduli is None else {"moduli": asked.moduli},
        asked.constant,
        asked.clip,
        asked.minimise or "gates",
        asked.max_memory,
        loaded.source,
    )


def report_refusal(request: Request | CompressRequest, reason: str, begun: float, as_json: bool) -> int:
    """Say that a hypothesis fails; the exit status."""
    click.echo(f"exactnet: refused: {plain(reason)}", err=True)
    if as_json:
        from exactnet.files.reports import domain_json
        from exactnet.kernel.measures import measure

        domain: Any = domain_json(request.domain)
        seconds = round(time.perf_counter() - begun, 3)
        original = measure(request.net, request.domain).as_json()
        print_json(refusal_report(reason, request.route, domain, original, seconds))
    return 2
