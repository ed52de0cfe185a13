"""Bits of the weights against gates, as one rounds: every power of two as the step, each rounded network certified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gmpy2 import mpq

from exactnet.certify.small_weights import Request, certify_network
from exactnet.distance.differences import Changes, Largest, class_changes, largest_difference
from exactnet.distance.quantise import first_step, round_weights
from exactnet.kernel.errors import FormatError, RefusedError, SizeError
from exactnet.kernel.judge import Certificate
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network
from exactnet.kernel.runs import HERE, Progress, Runner, silent

__all__ = ["Step", "curve", "halves"]


@dataclass(frozen=True)
class Step:
    """One step: what rounding to it does, and the certificate of what a route makes of the rounded network."""

    step: mpq
    bits: int
    largest: Largest
    changes: Changes | None
    """The inputs whose class is another; None for a network with one output."""
    certificate: Certificate | None
    reason: str | None = None
    """Why there is no certificate."""

    def as_json(self) -> dict[str, Any]:
        """The row for people and programs; where nothing was built, its verdict is null and there is a reason."""
        row: dict[str, Any] = {
            "step": str(self.step),
            "bits": self.bits,
            "largest": str(self.largest.value),
            "class_changes": None if self.changes is None else self.changes.differing,
            "inputs": self.largest.inputs,
        }
        if self.certificate is None:
            return {**row, "gates": None, "wires": None, "depth": None, "verdict": None, "reason": self.reason}
        made = self.certificate.constructed
        sizes = {"gates": made.gates, "wires": made.wires, "depth": made.depth}
        return {**row, **sizes, "verdict": self.certificate.verdict, "reason": self.certificate.reason}


def halves(net: Network, finest: mpq) -> list[mpq]:
    """The steps from the coarsest power of two of which a weight or bias is more than one multiple, by halves, to ``finest``."""
    if finest <= 0:
        raise FormatError("a step is positive")
    steps, step = [], first_step(net) / 8
    while step > finest:
        steps.append(step)
        step /= 2
    return [*steps, finest]


def curve(request: Request, steps: Sequence[mpq], progress: Progress = silent, runner: Runner = HERE) -> Iterator[Step]:
    """Round the network of a request to multiples of each step, and certify what its route makes of it.

    Where a hypothesis of the theorem fails, or the network would be too large, the row says so.
    """
    net, domain = request.net, request.domain
    for step in steps:
        rounded = round_weights(net, step)
        largest = largest_difference(net, rounded, domain, progress=progress, runner=runner)
        changes = None
        if len(net.outputs) > 1:
            changes = class_changes(net, rounded, domain, count_all=True, progress=progress, runner=runner)
        bits = measure(rounded, domain).bits
        try:
            certificate = certify_network(replace(request, net=rounded), progress, runner).certificate
        except (RefusedError, SizeError) as error:
            yield Step(step, bits, largest, changes, None, str(error))
        else:
            yield Step(step, bits, largest, changes, certificate)
