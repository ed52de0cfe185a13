"""What ``exactnet bench`` measures in processes of their own, or over many ranges: memory, building, throughput."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import cycle
from pathlib import Path
from typing import Any

from gmpy2 import mpq

from exactnet.distribute.jobs import CheckJob
from exactnet.distribute.local import Local
from exactnet.domain import Domain
from exactnet.evaluate.block import CHUNK
from exactnet.families import FAMILIES
from exactnet.io import dump_network, parse_network
from exactnet.measures import measure
from exactnet.network import AFFINE, RELU, Network, Node
from exactnet.pipeline import Request, certify_network

__all__ = ["building", "memory_of_certifying", "original", "throughput"]

#: Wires of each node of the network that is built.
_EACH = 100


def original(d: int, bits: int, m: int = 4) -> tuple[Network, Domain]:
    """The instance that everything is measured on: ``clipped``, seed 1."""
    made = FAMILIES["clipped"].make(d=d, m=m, bits=bits, seed=1)
    return made.network, made.domain


def resident() -> tuple[int, int]:
    """Bytes of this process that are in memory, and the most that ever were."""
    import resource

    status = Path("/proc/self/status")
    if status.exists():  # there, ru_maxrss has in it what the process was before it became this program
        fields = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        return int(fields["VmRSS"].split()[0]) * 1024, int(fields["VmHWM"].split()[0]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return peak, peak


def memory_of_certifying(d: int, bits: int = 64) -> int:
    """The most bytes that certifying takes beyond what the program takes when it has done nothing.

    For a new process. The networks are among these bytes: what they take alone cannot be told from what building them
    has left free, so this bounds the memory beyond the stored networks from above.
    """
    before, _ = resident()
    certify_network(Request(*original(d, bits)))
    return resident()[1] - before


def building(wires: int) -> list[dict[str, Any]]:
    """Seconds of CPU and bytes per wire of building a network of so many wires, measuring it, writing and reading it.

    For a new process. ReLUs in layers read a hundred nodes each of the layer below, with few different weights.
    """
    nodes = list(_layers(max(2, wires // _EACH)))
    found: list[dict[str, Any]] = []

    def timed(what: str, work: Any) -> Any:
        before, begun = resident()[0], time.process_time()
        result = work()
        seconds, size = time.process_time() - begun, resident()[0] - before
        found.append({"what": what, "wires": total, "seconds": seconds, "bytes_per_wire": size / total})
        return result

    total = sum(len(node.sources) for node in nodes)
    inputs = [f"x{i}" for i in range(_EACH)]
    net = timed("build from nodes", lambda: Network(inputs, nodes, [nodes[-1].id]))
    timed("measure", lambda: measure(net))
    data = timed("write as JSON", lambda: dump_network(net))
    timed("read from JSON", lambda: parse_network(data, "bench"))
    return found


def _layers(count: int) -> Iterator[Node]:
    layer = [f"x{i}" for i in range(_EACH)]
    weights = [mpq(k % 7 - 3 or 4) for k in range(_EACH)]
    for start in range(0, count - 1, _EACH):
        names = [f"h{k}" for k in range(start, min(start + _EACH, count - 1))]
        for place, name in enumerate(names):
            yield Node(name, RELU, dict(zip(layer, weights[place % 7 :] + weights[: place % 7], strict=False)), mpq(place))
        layer = names
    yield Node("y", AFFINE, dict(zip(layer, weights, strict=False)))


def throughput(job: CheckJob, workers: int, warming: float, seconds: float) -> float:
    """Inputs compared a second by so many processes, over ``seconds`` that begin ``warming`` seconds after the first result:
    by then all processes are at work. The ranges of the domain are taken again and again."""
    parts = [(start, min(start + CHUNK, job.domain.count)) for start in range(0, job.domain.count, CHUNK)]
    counted = 0
    begun = first = finished = 0.0
    with closing(Local(workers, patience=0.0).results(job, cycle(parts), sys.maxsize)) as results:
        for _, (start, stop) in zip(results, cycle(parts), strict=False):
            now = time.perf_counter()
            first = first or now
            if not begun and now - first >= warming:
                begun = now  # what came at this moment was done before
                continue
            if begun:
                counted, finished = counted + stop - start, now
                if finished - begun >= seconds:
                    break
    return counted / max(finished - begun, 1e-9)


if __name__ == "__main__":  # what is measured in a process of its own
    import json

    name, *numbers = sys.argv[1:]
    arguments = [int(number) for number in numbers]
    print(json.dumps(building(*arguments) if name == "building" else memory_of_certifying(*arguments)))
    sys.stdout.flush()
    os._exit(0)  # taking large networks apart would take a while
