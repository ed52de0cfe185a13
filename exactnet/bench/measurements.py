"""Measurements, all in one run: inputs per second of the evaluators. Times are floats; no verdict depends on them.

The instance is ``clipped`` (``m = 4``, seed 1, 64 bits) on the cube, with its network of route A. Competitors in floating
point evaluate the same networks layer by layer in one thread, with whichever batch suits them best. What needs a library
of the extra ``bench`` that is not installed is not measured, and says so.
"""

from __future__ import annotations

import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count as count_up
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.bench.competitors import cube_inputs, gathering, layers, with_numpy, with_onnxruntime, with_scipy
from exactnet.bench.parts import original, packing, throughput
from exactnet.certify.small_weights import Request, construct_network, plan
from exactnet.engine.block import compile_network
from exactnet.families import FAMILIES
from exactnet.files.networks import read_network, write_network
from exactnet.kernel.domain import Cube, Domain
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.judge import judge
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network, Node
from exactnet.kernel.relation import Equal
from exactnet.kernel.runs import Progress, silent
from exactnet.kernel.sweep import CheckJob
from exactnet.kernel.values import CHUNK, MakeEvaluator, PlainEvaluator, evaluate

#: The evaluators of many inputs at a time.
EVALUATORS: dict[str, MakeEvaluator] = {"plain": PlainEvaluator, "engine": compile_network}

__all__ = ["FULL", "MISSING", "QUICK", "Growth", "Report", "Row", "Scale", "bench", "disguised", "evaluators", "layers", "slope"]

Array = npt.NDArray[Any]
MISSING = "not measured: needs exactnet[bench]"
#: Inputs at once that the floating-point competitors may choose from.
BATCHES = (64, 256, 1024, 4096)


@dataclass(frozen=True)
class Scale:
    """How large everything is.

    Attributes
    ----------
    d : inputs of the instance on which evaluators are held against each other, and of those that grow in ``m`` and bits.
    slow : inputs that the reference takes; ``sample``: that floating-point competitors take.
    certify : ``d`` of the instance that is certified as a whole; ``inputs``, ``widths``, ``bits``: what grows.
    wide : bits of the weights of networks of three layers, whose values take several limbs.
    floats, float_bits : ``d`` and bits of the networks on which wrong results are counted.
    wires : of the network that is built; ``constructed``: ``d``, ``m`` and bits of one that is constructed.
    warming, steady : seconds before and while two processes are held against one.
    repeats, least : every time is the best of ``repeats`` runs or of ``least`` seconds of them, whichever is more.
    """

    d: int = 16
    slow: int = 20
    sample: int = 8192
    certify: int = 24
    inputs: tuple[int, ...] = (16, 18, 20, 22, 24)
    widths: tuple[int, ...] = (2, 4, 8, 16, 32)
    bits: tuple[int, ...] = (16, 32, 64, 128, 256, 512)
    wide: tuple[int, ...] = (64, 128, 256, 512, 4096)
    floats: int = 12
    float_bits: tuple[int, ...] = (20, 30, 64)
    repeats: int = 3
    least: float = 0.3
    wires: int = 1_000_000
    constructed: tuple[int, int, int] = (16, 16, 512)
    warming: float = 2.0
    steady: float = 4.0


FULL = Scale()
#: Small enough for a test; its numbers mean nothing.
QUICK = Scale(4, 2, 16, 4, (3, 5), (2, 4), (8, 16), (8, 30), 4, (20, 64), 1, 0.0, 2000, (4, 2, 16), 0.0, 0.05)


@dataclass(frozen=True)
class Row:
    """One measurement and what it must reach. ``value`` is None where nothing was measured; ``note`` says why."""

    what: str
    value: float | None
    unit: Literal["times", "networks", "s", "MB", "slope"]
    least: float
    aim: float
    note: str = ""

    @property
    def reached(self) -> Literal["aim", "least", "no"] | None:
        """How far: ratios are to be large, all else is to be small.

        >>> Row("", 12.0, "times", 10, 50).reached, Row("", 0.6, "s", 0.5, 0.2).reached
        ('least', 'no')
        """
        if self.value is None:
            return None
        sign = 1 if self.unit in ("times", "networks") else -1
        if sign * self.value >= sign * self.aim:
            return "aim"
        return "least" if sign * self.value >= sign * self.least else "no"


@dataclass(frozen=True)
class Growth:
    """The cost of one instance. ``check`` has everything of certifying but ``build``; ``blocks`` only evaluates."""

    varied: Literal["inputs", "gates", "bits"]
    d: int
    m: int
    bits: int
    gates: int
    build: float
    check: float
    blocks: float


@dataclass(frozen=True)
class Report:
    """Everything that was measured. ``floats`` counts inputs with wrong results of floating-point evaluation."""

    machine: dict[str, str]
    rates: list[dict[str, Any]]
    rows: list[Row]
    growth: list[Growth]
    slopes: dict[str, float]
    floats: list[dict[str, Any]]
    building: list[dict[str, Any]]
    wide: list[dict[str, Any]]
    packing: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """All of it as plain objects."""
        return {**asdict(self), "rows": [{**asdict(row), "reached": row.reached} for row in self.rows]}


# --- instances and times -------------------------------------------------------------------------


def _constructed(d: int, bits: int) -> tuple[Network, Network, Domain]:
    net, domain = original(d, bits)
    return net, construct_network(net, plan(Request(net, domain))), domain


def _seconds(work: Callable[[], object], scale: Scale, clock: Callable[[], float] = time.process_time) -> float:
    """The best time of several runs: of this process's CPU, which other work on the machine disturbs least."""
    times: list[float] = []
    while len(times) < scale.repeats or sum(times) < scale.least:
        begun = clock()
        work()
        times.append(clock() - begun)
    return max(min(times), 1e-9)


def waited(work: Callable[[], object], scale: Scale) -> float:
    """The same in seconds that somebody waits: for whole commands, which are other processes."""
    return _seconds(work, scale, time.perf_counter)


def slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    """The slope of the least-squares line through ``(log x, log y)``.

    >>> round(slope([1, 2, 4], [3, 12, 48]), 6)
    2.0
    """
    return float(np.polyfit(np.log(xs), np.log(ys), 1)[0])


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "exactnet", *arguments]


def run(words: list[str], status: int = 0) -> str:
    """What a command prints; it must end with the status."""
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != status:
        raise ExactnetError(f"bench: a command ended with status {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout


# --- networks as layers of matrices --------------------------------------------------------------


def evaluators(scale: Scale) -> tuple[list[dict[str, Any]], list[Row]]:
    """Inputs per second of every evaluator on one core, and how many times faster blocks are."""
    net, constructed, domain = _constructed(scale.d, 64)
    rates: list[dict[str, Any]] = []

    def rate(network: str, evaluator: str, inputs: int, seconds: float, note: str = "") -> float:
        shown = {"inputs": inputs, "inputs_per_second": inputs / seconds, "note": note}
        rates.append({"network": network, "evaluator": evaluator, **shown})
        return seconds / inputs

    slow, quick, ours, last = 0.0, 0.0, 0.0, domain.count - 1
    few = [domain[i * last // max(1, scale.slow - 1)] for i in range(scale.slow)]
    stop = min(CHUNK, domain.count)
    for name, one in (("original", net), ("constructed", constructed)):
        slow += rate(name, "reference", len(few), _seconds(partial(_by_definition, one, few), scale))
        for label, make in EVALUATORS.items():
            begun = time.process_time()
            evaluator = make(one, domain)
            evaluator.block(0, stop)  # tables are made on the way
            rate(name, label, stop, time.process_time() - begun, "made ready for the network as well")
            ours = rate(name, label, stop, _seconds(partial(evaluator.block, 0, stop), scale))
        quick += ours
    what = f"blocks, once ready, against the reference, d = {scale.d}, both networks"
    rows = [Row(what, slow / quick, "times", 10_000, 100_000)]
    indices = np.linspace(0, last, min(scale.sample, domain.count)).astype(np.int64)
    points = cube_inputs(scale.d, indices)
    exact = _exact(constructed, domain)[indices]
    competitors = (
        ("onnxruntime", "onnxruntime float32, affine nodes kept", (with_onnxruntime, gathering), 5, 30),
        ("scipy", "SciPy CSR float32, expanded", (with_scipy,), 10, 50),
    )
    for short, what, ways, least, aim in competitors:
        try:
            runs = [make(constructed) for make in ways]
        except ImportError:
            rows.append(Row(f"blocks against {what}", None, "times", least, aim, MISSING))
            continue
        if any((run(points) != exact).any() for run in runs):
            raise ExactnetError(f"bench: {what} evaluates something else: it is no competitor")
        each = min((_batches(run, points, size, scale), size) for size in BATCHES for run in runs)
        theirs = rate("constructed", short, len(points), each[0], f"batches of {each[1]}")
        rows.append(Row(f"blocks against {what}", theirs / ours, "times", least, aim, f"batches of {each[1]}"))
    return rates, rows


def _by_definition(net: Network, points: list[tuple[mpq, ...]]) -> None:
    for point in points:
        evaluate(net, point)


def _batches(run: Callable[[Array], Array], points: Array, size: int, scale: Scale) -> float:
    parts = [points[start : start + size] for start in range(0, len(points), size)]
    return _seconds(lambda: [run(part) for part in parts], scale)


def _exact(net: Network, domain: Domain) -> Array:
    """The first output, an integer, at every input."""
    evaluator = compile_network(net, domain)
    return np.concatenate(
        [evaluator.block(s, min(s + CHUNK, domain.count)).split(0, 1)[0] for s in range(0, domain.count, CHUNK)]
    )


def disguised(net: Network, seed: int = 1) -> Network:
    """An equal network: every gate has another name, their order is another, and a third of them stand there twice."""
    draws = random.Random(seed)
    order = list(net.nodes())
    count = 3 * len(order) + len(net.inputs)
    taken = {*net.inputs, *net.order}
    fresh = (name for number in draws.sample(range(count), count) if (name := f"n{number}") not in taken)
    names = {name: [name] for name in net.inputs}
    for node in order:
        names[node.id] = [next(fresh) for _ in range(1 + (draws.random() < 1 / 3))]
    nodes = [
        Node(name, node.kind, {draws.choice(names[source]): weight for source, weight in node.sources.items()}, node.bias)
        for node in order
        for name in names[node.id]
    ]
    draws.shuffle(nodes)
    return Network(net.inputs, nodes, [names[name][0] for name in net.outputs])


def _commands(scale: Scale, circuit: Path) -> Iterator[Row]:
    """Whole commands, each a new process."""
    with tempfile.TemporaryDirectory() as folder:
        net, domain = original(scale.certify, 64)
        path = os.path.join(folder, "clipped.json")
        write_network(Path(path), net, domain)
        seconds = waited(lambda: run(command("certify", path, "--quiet")), Scale(repeats=1, least=0))
        yield Row(f"certify, d = {scale.certify}, building included, whole command", seconds, "s", 300, 60)
        loaded = read_network(circuit).network
        copy = os.path.join(folder, f"copy{circuit.suffix}")
        write_network(Path(copy), disguised(loaded), Cube(len(loaded.inputs)))
        compare = command("compare", str(circuit), copy, "--domain", "cube", "--quiet")
        what = f"compare {circuit.stem} ({len(loaded.inputs)} inputs) with a disguised copy, whole command"
        yield Row(what, waited(lambda: run(compare), scale), "s", 2, 0.5)
    yield Row("exactnet --help, whole command", waited(lambda: run(command("--help")), scale), "s", 0.5, 0.2)


def _workers(scale: Scale) -> Row:
    """Two processes against one, once all of them are at work: the better of two runs each, taken in turn."""
    net, constructed, domain = _constructed(scale.certify, 64)
    job = CheckJob(net, constructed, domain, Equal(1), 8)
    runs = [[throughput(job, workers, scale.warming, scale.steady) for workers in (1, 2)] for _ in range(min(2, scale.repeats))]
    one, two = (max(rates) for rates in zip(*runs, strict=True))
    return Row("two processes against one, once started", two / one, "times", 1.8, 1.95)


def _alone(*words: object) -> Any:
    """What a part of the bench measures in a process of its own."""
    return json.loads(run([sys.executable, "-m", "exactnet.bench.parts", *map(str, words)]))


def _memory(scale: Scale) -> Row:
    cases = [(d, 64) for d in scale.inputs] + [(scale.d, scale.bits[-1])]
    what = f"peak memory of certify, stored networks included, the most of d = {', '.join(str(d) for d in scale.inputs)}"
    try:
        import resource  # noqa: F401
    except ImportError:
        return Row(what, None, "MB", 1000, 300, "not measured: this system does not say")
    peaks = [_alone("memory", d, bits) / 1e6 for d, bits in cases]
    shown = ", ".join(f"{d}: {peak:.0f}" for (d, _), peak in zip(cases[:-1], peaks, strict=False))
    note = f"MB by d: {shown}; d = {scale.d}, {scale.bits[-1]} bits: {peaks[-1]:.0f}"
    return Row(what, max(peaks), "MB", 1000, 300, note)


# --- how cost grows, and what floats get wrong ---------------------------------------------------


def _cost(varied: Literal["inputs", "gates", "bits"], d: int, m: int, bits: int) -> Growth:
    net, domain = original(d, bits, m)
    times = [time.perf_counter()]
    claim = plan(Request(net, domain))
    times.append(time.perf_counter())
    constructed = construct_network(net, claim)
    times.append(time.perf_counter())
    judge(net, constructed, claim)
    times.append(time.perf_counter())
    evaluators = [compile_network(one, domain) for one in (net, constructed)]
    times.append(time.perf_counter())
    for evaluator in evaluators:
        for start in range(0, domain.count, CHUNK):
            evaluator.block(start, min(start + CHUNK, domain.count))
    times.append(time.perf_counter())
    survey, build, check, _, blocks = np.diff(times).tolist()
    return Growth(varied, d, m, bits, measure(constructed).gates, build, survey + check, blocks)


def _growth(scale: Scale) -> tuple[list[Growth], dict[str, float]]:
    costs = [_cost("inputs", d, 4, 64) for d in scale.inputs]
    costs += [_cost("gates", scale.d, m, 64) for m in scale.widths]
    costs += [_cost("bits", scale.d, 4, bits) for bits in scale.bits]
    slopes = {}
    for varied in ("inputs", "gates", "bits"):
        rows = [row for row in costs if row.varied == varied]
        xs = [2**row.d if varied == "inputs" else row.gates if varied == "gates" else row.bits for row in rows]
        for cost in ("build", "check", "blocks"):
            slopes[f"{cost} against {varied}"] = slope(xs, [getattr(row, cost) for row in rows])
    return costs, slopes


def _one_network(scale: Scale) -> float:
    """The slope of evaluating the constructed network of the largest ``d`` on more and more inputs of its domain."""
    _, net, domain = _constructed(scale.inputs[-1], 64)
    evaluator = compile_network(net, domain)
    evaluator.block(0, min(CHUNK, domain.count))
    turn = count_up()

    def first(count: int) -> None:
        """That many inputs; other ones each time, so that nothing is there already from the time before."""
        begin = next(turn) * count % domain.count
        for start in range(begin, begin + count, CHUNK):
            evaluator.block(start, min(start + CHUNK, begin + count))

    counts = [2**d for d in scale.inputs]
    return slope(counts, [_seconds(partial(first, count), scale) for count in counts])


def _wide(scale: Scale) -> list[dict[str, Any]]:
    """Inputs per second of a random network of three layers, whose values take several limbs, by back end."""
    rows = []
    for bits in scale.wide:
        instance = FAMILIES["random"].make(d=scale.d, widths=(4, 4), bits=bits, outputs=1, end="steps", grid=0, seed=1)
        few = list(instance.domain.range(0, scale.slow))
        seconds = _seconds(partial(_by_definition, instance.network, few), scale)
        rows.append({"bits": bits, "evaluator": "reference", "inputs_per_second": len(few) / seconds})
        for label, make in EVALUATORS.items():
            count = min(2**12, instance.domain.count)
            evaluator = make(instance.network, instance.domain)
            evaluator.block(0, count)
            seconds = _seconds(partial(evaluator.block, 0, count), scale)
            rows.append({"bits": bits, "evaluator": label, "inputs_per_second": count / seconds})
    return rows


def _floats(scale: Scale) -> list[dict[str, Any]]:
    """On how many inputs floating-point evaluation gives a value, or the sign of one, that is not the exact one."""
    rows = []
    for bits in scale.float_bits:
        net, constructed, domain = _constructed(scale.floats, bits)
        points = cube_inputs(scale.floats, np.arange(domain.count))
        exact = _exact(net, domain)
        for name, one in (("original", net), ("constructed", constructed)):
            for kind in (np.float32, np.float64):
                got = with_numpy(one, kind)(points)
                wrong = {"values": int((got != exact).sum()), "signs": int((np.sign(got) != np.sign(exact)).sum())}
                rows.append({"bits": bits, "network": name, "type": kind.__name__, "inputs": domain.count, **wrong})
    return rows


def bench(scale: Scale = FULL, circuit: Path | None = None, progress: Progress = silent) -> Report:
    """Measure everything.

    Parameters
    ----------
    circuit : the network file to compare with a disguised copy of itself, on the cube; default: the shipped ``digits``.

    Raises :class:`ExactnetError` where a command that is measured fails, or ``circuit`` cannot be read.
    """
    from exactnet.data import example_path

    rates, rows = evaluators(scale)
    progress("measuring whole commands", 1, 4)
    rows += _commands(scale, circuit or Path(str(example_path("digits"))))
    rows += [_memory(scale), _workers(scale)]
    progress("measuring how cost grows", 2, 4)
    growth, slopes = _growth(scale)
    ends = f"2^{scale.inputs[0]} to 2^{scale.inputs[-1]}"
    slopes["blocks of one network against inputs"] = _one_network(scale)
    rows.append(Row(f"checking, d grows, against inputs, {ends}", slopes["check against inputs"], "slope", 1.05, 1))
    fixed = slopes["blocks of one network against inputs"]
    rows.append(Row(f"evaluation, one network, against inputs, {ends}", fixed, "slope", 1.05, 1))
    progress("counting wrong results", 3, 4)
    floats = _floats(scale)
    machine = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "processor": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    building = [*_alone("building", scale.wires), *_alone("constructing", *scale.constructed)]
    _, constructed, domain = _constructed(scale.d, 64)
    packed = packing(constructed, domain, partial(_seconds, scale=scale))
    return Report(machine, rates, rows, growth, slopes, floats, building, _wide(scale), packed)
