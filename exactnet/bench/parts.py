"""What ``exactnet bench`` measures in processes of their own, or over many ranges: memory, building, throughput."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from gmpy2 import mpq

from exactnet.certify.small_weights import Request, certify_network, construct_network, plan
from exactnet.engine.lower import lower
from exactnet.engine.program import Joint
from exactnet.families import FAMILIES
from exactnet.files.network_json import parse_network
from exactnet.files.network_writer import dump_network
from exactnet.kernel.domain import Domain
from exactnet.kernel.measures import measure
from exactnet.kernel.network import AFFINE, RELU, Network, Node
from exactnet.kernel.sweep import CheckJob
from exactnet.kernel.values import CHUNK
from exactnet.parallel.local import pooled

T = TypeVar("T")

__all__ = ["building", "constructing", "memory_of_certifying", "original", "packing", "throughput"]

#: Wires of each node of the network that is built.
_EACH = 100
#: Inputs of an array that stays in the cache, and how often something is done to it between two looks at the clock.
_STRIP, _TURNS = 2**14, 100


def original(d: int, bits: int, m: int = 4) -> tuple[Network, Domain]:
    """The instance that everything is measured on: ``clipped``, seed 1."""
    instance = FAMILIES["clipped"].make(d=d, m=m, bits=bits, seed=1)
    return instance.network, instance.domain


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
    total = sum(len(node.sources) for node in nodes)
    inputs = [f"x{i}" for i in range(_EACH)]
    net, built = _timed("build from nodes", lambda: Network(inputs, nodes, [nodes[-1].id]))
    _, measured = _timed("measure", lambda: measure(net))
    data, written = _timed("write as JSON", lambda: dump_network(net))
    _, read = _timed("read from JSON", lambda: parse_network(data, "bench"))
    return [step.each(total) for step in (built, measured, written, read)]


def constructing(d: int, m: int, bits: int) -> list[dict[str, Any]]:
    """The same for the network of route A of an instance, and for measuring it. Wires are those of its expansion.

    For a new process.
    """
    net, domain = original(d, bits, m)
    claim = plan(Request(net, domain))
    constructed, built = _timed("construct by route A", lambda: construct_network(net, claim))
    measures, measured = _timed("measure it", lambda: measure(constructed))
    return [step.each(measures.wires) for step in (built, measured)]


@dataclass(frozen=True)
class Step:
    """What was done, the seconds of CPU that it took, and the bytes more that are in memory after it."""

    what: str
    seconds: float
    size: int

    def each(self, wires: int) -> dict[str, Any]:
        """The step with its bytes for each of so many wires."""
        return {"what": self.what, "wires": wires, "seconds": self.seconds, "bytes_per_wire": self.size / wires}


def _timed(what: str, work: Callable[[], T]) -> tuple[T, Step]:
    before, begun = resident()[0], time.process_time()
    result = work()
    return result, Step(what, time.process_time() - begun, resident()[0] - before)


def _layers(count: int) -> Iterator[Node]:
    layer = [f"x{i}" for i in range(_EACH)]
    weights = [mpq(k % 7 - 3 or 4) for k in range(_EACH)]
    for start in range(0, count - 1, _EACH):
        names = [f"h{k}" for k in range(start, min(start + _EACH, count - 1))]
        for place, name in enumerate(names):
            yield Node(name, RELU, dict(zip(layer, weights[place % 7 :] + weights[: place % 7], strict=False)), mpq(place))
        layer = names
    yield Node("y", AFFINE, dict(zip(layer, weights, strict=False)))


def packing(net: Network, domain: Domain, seconds_of: Callable[[Callable[[], object]], float]) -> dict[str, Any]:
    """Would it pay to pack values of one bit, eight to a byte? Picoseconds for one input of packing, unpacking, adding
    bytes and joining packed bits (NumPy, arrays that stay in the cache), and how often a network's values of one bit are read.

    What a value saves if it is packed is the difference of the two operations, as often as it is read. ``seconds_of`` gives
    the seconds that something takes.
    """
    values = np.arange(_STRIP, dtype=np.uint8) % 3 % 2
    packed, out = np.packbits(values), np.empty_like(values)
    joined = np.empty_like(packed)
    operations: dict[str, Callable[[], object]] = {
        "add bytes": lambda: np.add(values, values, out=out),
        "join packed bits": lambda: np.bitwise_and(packed, packed, out=joined),
        "pack": lambda: np.packbits(values),
        "unpack": lambda: np.unpackbits(packed),
    }
    measured: dict[str, Any] = {}
    for what, work in operations.items():
        measured[what] = seconds_of(partial(_often, work)) / (_TURNS * _STRIP) * 1e12
    program = lower(net, domain)
    read = Counter(term for root in program.roots if isinstance(root, Joint) for term, _ in root.terms)
    single = [number for number, function in enumerate(program.functions) if function.size == 2]
    measured["values of one bit"] = len(single)
    measured["read on average"] = sum(read[number] for number in single) / max(1, len(single))
    return measured


def _often(work: Callable[[], object]) -> None:
    for _ in range(_TURNS):
        work()


def throughput(job: CheckJob, workers: int, warming: float, seconds: float) -> float:
    """Inputs compared a second by so many processes besides this one, over ``seconds`` that begin ``warming`` seconds after
    the first result: by then all of them are at work. The ranges of the domain are taken again and again."""
    parts = [(start, min(start + CHUNK, job.domain.count)) for start in range(0, job.domain.count, CHUNK)]
    counted = 0
    begun = first = finished = 0.0
    with closing(pooled(job, cycle(parts), workers, 16)) as results:
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
    parts: dict[str, Callable[..., Any]] = {
        "building": building, "constructing": constructing, "memory": memory_of_certifying,
    }  # fmt: skip
    print(json.dumps(parts[name](*arguments)))
    sys.stdout.flush()
    os._exit(0)  # taking large networks apart would take a while
