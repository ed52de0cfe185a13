"""What the commands that construct networks are asked for: their options, and the request that these make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from exactnet.cli.inputs import check_size, check_weight_bound, load, network_domain
from exactnet.cli.options import (
    domain_option,
    minimise_option,
    moduli_option,
    net_argument,
    precision_option,
    range_option,
    route_option,
)
from exactnet.cli.output import plain, print_json, refusal_report
from exactnet.cli.run import Run, collecting, runs
from exactnet.kernel.errors import FormatError

if TYPE_CHECKING:
    from exactnet.certify.few_bits import CompressRequest
    from exactnet.certify.memorize import MemorizeRequest
    from exactnet.certify.radial import RadialRequest
    from exactnet.certify.small_weights import Request

__all__ = ["ROUTE_OPTIONS", "Construction", "asks", "make_request", "report_refusal"]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Construction:
    """The values of the options, as read; those that a command does not have keep their defaults."""

    net: str
    domain: str | None
    precision: int | None
    promised: int | None
    route: str = "lookahead"
    minimise: str | None = None
    moduli: str | None = None
    constant: bool = False
    clip: bool = False
    weight_bound: str | None = None
    structural: bool = False


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

def asks(
    *more: Callable[[Any], Any],
    required: bool = True,
    memory: bool = True,
    fast: bool = True,
    out: str | None = None,
    out_required: bool = False,
) -> Callable[[F], Callable[..., Any]]:
    """What every command has that constructs: the network, where and in which form (``construction``); how large and
    how fast all may be, and how it is reported (``run``).

    Parameters
    ----------
    more : further options of :class:`Construction`, which come after ``--domain`` in the help text.
    required : whether a network must be named.
    memory, fast : whether the memory can be limited, and workers be named.
    out, out_required : the help text of ``-o OUT``, if the command has it, and whether it must be given.
    """

    def decorate(command: F) -> Callable[..., Any]:
        how_large = ("max_inputs", "max_file", *(["max_memory"] if memory else []))
        running = runs(*how_large, *(("workers", "cluster") if fast else ()), out=out, required=out_required)
        decorated = running(collecting(Construction, "construction")(command))
        argument = net_argument("net", "NET" if required else "[NET]", required)
        for option in reversed((argument, domain_option, *more, precision_option, range_option)):
            decorated = option(decorated)
        return decorated

    return decorate


def make_request(construction: Construction, run: Run) -> Request:
    """Read everything that the options name, the cheap and the doubtful first."""
    check_weight_bound(construction.weight_bound)
    if construction.minimise is not None and construction.route != "auto":
        raise FormatError("--minimise is what --route auto chooses by; --route names a route already")
    loaded = load(construction.net, run.max_file)
    where = network_domain(construction.domain, construction.net, loaded, run.max_file)
    check_size(loaded.network, where, run.max_inputs)
    from exactnet.certify.small_weights import Request

    return Request(
        loaded.network,
        where,
        construction.route,
        construction.precision,
        construction.promised,
        construction.weight_bound,
        run.max_inputs,
        {} if construction.moduli is None else {"moduli": construction.moduli},
        construction.constant,
        construction.clip,
        construction.minimise or "gates",
        run.max_memory,
        loaded.source,
    )


def report_refusal(request: Request | CompressRequest | MemorizeRequest | RadialRequest, reason: str, run: Run) -> int:
    """Say that a hypothesis fails; the exit status."""
    click.echo(f"exactnet: refused: {plain(reason)}", err=True)
    if run.as_json:
        from exactnet.files.reports import domain_json
        from exactnet.kernel.measures import measure

        domain: Any = domain_json(request.domain)
        original = measure(request.net, request.domain).as_json()
        print_json(refusal_report(reason, request.route, domain, original, run.seconds))
    return 2
