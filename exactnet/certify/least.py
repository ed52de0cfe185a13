"""S5: circuits of depth at most 2 with the fewest gates for ``1[r*N(x) >= v]``, on tiny instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exactnet.certify.barriers import Target, target_of
from exactnet.certify.small_weights import Request
from exactnet.claims.barriers import codes
from exactnet.construct.barriers.least_circuits import MAX_POINTS, Least, LeastSearch, too_many
from exactnet.construct.barriers.output_bits import levels
from exactnet.kernel.errors import NetworkError, SizeError
from exactnet.kernel.network import Network
from exactnet.kernel.runs import HERE, Progress, Runner, silent
from exactnet.kernel.values import evaluate

__all__ = ["LeastFamily", "least_family"]


@dataclass(frozen=True)
class LeastFamily:
    """For each ``v`` a circuit with the fewest gates, found on the codes of all inputs."""

    target: Target
    circuits: Mapping[int, Least]
    family: Mapping[int, Network]


def least_family(
    request: Request, most: int = 6, progress: Progress = silent, runner: Runner = HERE
) -> LeastFamily:
    """Search the circuits for every ``v``.

    Parameters
    ----------
    most : gates in the first layer of a circuit at most.

    Raises
    ------
    NetworkError : a network with several outputs, or what :func:`exactnet.certify.barriers.target_of` raises.
    SizeError : too many inputs or circuits; or no circuit with ``most`` gates, or the solver gives up: the message has ``v``.
    ExactnetError : the solver is needed and not installed.
    """
    if request.domain.count > MAX_POINTS:
        raise too_many(request.domain.count)
    target = target_of(request, progress, runner)
    if len(target.outputs) != 1:
        raise NetworkError(f"least circuits are searched for one output; this network has {len(target.outputs)}")
    values = target.thresholds
    domain = codes(target.domain, target.frame)
    search = LeastSearch([tuple(int(bit) for bit in point) for point in dict.fromkeys(domain)], most)
    net = levels(request.net, target.frame, target.output_range, target.r)
    rows = [evaluate(net, point) for point in dict.fromkeys(domain)]
    circuits: dict[int, Least] = {}
    for place, v in enumerate(values):
        progress("searching circuits", place, len(values))
        try:
            circuits[v] = search.least(sum(int(row[place]) << j for j, row in enumerate(rows)))
        except SizeError as error:
            raise SizeError(f"v = {v}: {error}") from None
    family = {v: least.circuit(target.bits, target.outputs[0]) for v, least in circuits.items()}
    return LeastFamily(target, circuits, family)
