"""Measurements, all in one run: inputs per second of the evaluators. Times are floats; no verdict depends on them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from exactnet.domain import Domain
from exactnet.evaluate.block import CHUNK, compile_network
from exactnet.evaluate.reference import evaluate
from exactnet.families import FAMILIES
from exactnet.network import Network
from exactnet.pipeline import Request, construct_network, plan

__all__ = ["Rate", "bench", "instance"]


@dataclass(frozen=True)
class Rate:
    """How fast one network was evaluated in one way."""

    network: str
    evaluator: str
    inputs: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Inputs per second."""
        return self.inputs / max(self.seconds, 1e-9)


def instance(d: int, bits: int) -> tuple[Network, Network, Domain]:
    """``clipped`` (``m = 4``, seed 1), its network of route A, and the cube."""
    made = FAMILIES["clipped"].make(d=d, m=4, bits=bits, seed=1)
    claim = plan(Request(made.network, made.domain))
    return made.network, construct_network(made.network, claim), made.domain


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def bench(d: int = 12, bits: int = 64, samples: int = 20) -> list[Rate]:
    """Rates of the reference and the block evaluator, for the original and the constructed network.

    Parameters
    ----------
    d, bits : the instance (``clipped``, ``m = 4``, seed 1).
    samples : how many inputs the reference evaluator takes.
    """
    original, constructed, domain = instance(d, bits)
    rates = []
    for name, net in (("original", original), ("constructed", constructed)):
        points = [domain[i * (domain.count - 1) // max(1, samples - 1)] for i in range(samples)]
        slow = _seconds(lambda net=net, points=points: [evaluate(net, point) for point in points])  # type: ignore[misc]
        rates.append(Rate(name, "reference", samples, slow))
        evaluator = compile_network(net, domain)
        stop = min(CHUNK, domain.count)
        evaluator.block(0, stop)  # tables are made on the way
        quick = _seconds(lambda evaluator=evaluator, stop=stop: evaluator.block(0, stop))  # type: ignore[misc]
        rates.append(Rate(name, "block", stop, quick))
    return rates
