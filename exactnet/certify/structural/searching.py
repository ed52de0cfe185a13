"""An input of a cube or a grid on which two networks break a relation: at random, near the gates, then by an SMT solver.

What is found is replayed by the reference evaluator. That nothing is found says nothing.
"""

from __future__ import annotations

import random
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import suppress
from heapq import nsmallest
from itertools import islice
from math import lcm
from typing import Any

from gmpy2 import mpq

from exactnet.kernel.domain import Cube, Grid, Points
from exactnet.kernel.expansion import expanded_nodes
from exactnet.kernel.network import AFFINE, THRESHOLD, Network
from exactnet.kernel.relation import Relation
from exactnet.kernel.runs import HERE, Runner
from exactnet.kernel.sweep import CheckJob, Counterexample, compare_networks
from exactnet.kernel.values import evaluate

__all__ = ["Search", "search"]

#: Points of the first batch and of the largest one, as each is compiled anew.
BATCHES = 128, 2048
#: A domain of so many inputs or fewer is tried whole.
WHOLE = 1 << 16
#: The most gates of the first layer that points are brought close to.
MAX_GATES = 256
#: The most wires that a solver is given: beyond them it may not heed its time limit.
MAX_WIRES = 10_000
#: Coordinates of each of two halves whose sums meet.
HALF = 17
#: The points that are taken of them on either side of 0.
NEAR = 12

Point = tuple[mpq, ...]


class Search:
    """What a search did: an input that breaks the relation, if there is one, and how many were tried."""

    def __init__(self) -> None:
        self.counterexample: Counterexample | None = None
        self.tried = 0
        self.whole = False
        self.solver = "no solver is installed: pip install 'exactnet[solve]'"

    def __str__(self) -> str:
        if self.counterexample is not None:
            return "refuted: the values differ at an input that a search has found"
        if self.whole:
            return f"there is no difference on any of the {self.tried} inputs, which were tried instead"
        return f"no difference found on {self.tried} inputs ({self.solver}); that is no proof of equality"


def search(
    a: Network,
    b: Network,
    frame: Cube | Grid,
    relation: Relation,
    *,
    supposed: Callable[[Point], bool] = lambda point: True,
    seconds: float = 20,
    seed: int = 1,
    runner: Runner = HERE,
) -> Search:
    """Look for an input on which ``b`` is not what a relation demands where ``a`` has its values.

    Parameters
    ----------
    a, b : with as many inputs and as many outputs, matched by position.
    supposed : whether the hypotheses hold at an input; others are passed over.
    seconds : for each of the two ways to search; of computing, so that what is found does not depend on who else computes.

    >>> from exactnet.kernel.network import threshold
    >>> from exactnet.kernel.relation import Equal
    >>> names = [f"x{i}" for i in range(64)]
    >>> a, b = (Network(names, [threshold("y", dict.fromkeys(names, 1), -t)], ["y"]) for t in (32, 33))
    >>> point = search(a, b, Cube(64), Equal()).counterexample.input
    >>> sum(point.values())
    mpq(32,1)
    """
    result, end = Search(), time.process_time() + seconds
    whole = frame.count <= WHOLE
    points, size = iter(frame) if whole else _points(a, b, frame, random.Random(seed)), BATCHES[0]
    while result.counterexample is None and time.process_time() < end:
        drawn = list(islice(points, size))
        if not drawn:
            result.whole = whole
            break
        batch = [point for point in drawn if supposed(point)]
        size = min(2 * size, BATCHES[1])
        if batch:
            job = CheckJob(a, b, Points(tuple(batch)), relation, None, runner.evaluator)
            result.tried, result.counterexample = result.tried + len(batch), compare_networks(job, runner=runner)[1]
    if result.whole:
        return result
    if sum(net.wires for net in (a, b)) > MAX_WIRES:
        result.solver = f"more than {MAX_WIRES} wires are too much for a solver"
    elif result.counterexample is None and relation.kind == "equal":
        with suppress(ImportError):
            point, result.solver = _solve(a, b, frame, seconds)
            if point is not None and supposed(point) and evaluate(a, point) != evaluate(b, point):
                job = CheckJob(a, b, Points((point,)), relation, None)
                result.counterexample = compare_networks(job)[1]
    return result


def _points(a: Network, b: Network, frame: Cube | Grid, rnd: random.Random) -> Iterator[Point]:
    """Inputs without end: the ends, uniform ones, ones with few coordinates away from an end, ones close to a gate."""
    d, values = frame.d, frame.values
    yield from ((value,) * d for value in (values[0], values[-1]))
    one, two = (_first_layer(net) for net in (a, b))
    gates = [form for key, form in (one | two).items() if (key in one) != (key in two)] or [*one.values()]
    rnd.shuffle(gates)
    gates = gates[:MAX_GATES]
    place = 0
    while True:
        yield tuple(rnd.choice(values) for _ in range(d))
        share, most = rnd.random() ** 3, rnd.choice((values[0], values[-1]))
        point = [rnd.choice(values) if rnd.random() < share else most for _ in range(d)]
        yield tuple(point)
        if gates:
            coefficients, bias = gates[place % len(gates)]
            place += 1
            point = _close(coefficients, bias, [rnd.choice(values) for _ in range(d)], values, rnd)
            yield tuple(point)
            if place % 16 == 1:
                yield from _closest(coefficients, bias, point, rnd)


def _first_layer(net: Network) -> dict[Any, tuple[list[tuple[int, mpq]], mpq]]:
    """Forms over inputs that nodes read, ``sum of w*x_i + bias``, as pairs ``(i, w)``; each once, whatever its scale."""
    places, forms = {name: i for i, name in enumerate(net.inputs)}, {}
    for node in expanded_nodes(list(net.nodes()), net.outputs):
        if node.kind != AFFINE and node.form.coefs and node.form.coefs.keys() <= places.keys():
            pairs = sorted((places[name], node.scale * w) for name, w in node.form.coefs.items())
            scale = pairs[0][1]
            forms[tuple((i, w / scale) for i, w in pairs), node.bias / scale] = pairs, node.bias
    return forms


def _close(
    coefficients: list[tuple[int, mpq]], bias: mpq, point: list[mpq], values: tuple[mpq, ...], rnd: random.Random
) -> list[mpq]:
    """A point changed coordinate by coordinate, large weights first, while a form comes closer to 0."""
    order = sorted(coefficients, key=lambda item: (-abs(item[1]), rnd.random()))
    for _ in range(2):
        z = bias + sum(w * point[i] for i, w in order)
        for i, w in order:
            other = point[i] - z / w
            nearest = min(values, key=lambda value: abs(value - other)) if len(values) < 64 else rnd.choice(values)
            if abs(z + w * (nearest - point[i])) < abs(z):
                z, point[i] = z + w * (nearest - point[i]), nearest
    return point


def _closest(coefficients: list[tuple[int, mpq]], bias: mpq, point: list[mpq], rnd: random.Random) -> Iterator[Point]:
    """Points at which a form is as close to 0 as some coordinates can bring it, on either side: sums of two halves meet."""
    whole = lcm(*(int(w.denominator) for _, w in coefficients))
    bits = int(whole * max(abs(w) for _, w in coefficients)).bit_length()
    order = rnd.sample(coefficients, min(len(coefficients), 2 * HALF, bits + 8))
    ends = [(i, -point[i] if point[i] else mpq(1), w) for i, w in order]  # turned to 0, or from 0 to 1
    z = bias + sum(w * point[i] for i, w in coefficients)
    den = lcm(int(z.denominator), *(int((w * change).denominator) for _, change, w in ends))
    base = int(z * den)
    left, right = (_sums([int(w * change * den) for _, change, w in part]) for part in (ends[::2], ends[1::2]))
    ascending = sorted(range(len(right)), key=right.__getitem__)
    keys = [right[j] for j in ascending]
    reached: tuple[list[tuple[int, int, int]], ...] = ([], [])
    for i, x in enumerate(left):
        at = bisect_left(keys, -base - x)
        if at < len(keys):
            reached[0].append((base + x + keys[at], i, ascending[at]))
        if at:
            reached[1].append((-base - x - keys[at - 1], i, ascending[at - 1]))
    for side in reached:
        for _, i, j in nsmallest(NEAR, side):
            changed = list(point)
            for mask, part in ((i, ends[::2]), (j, ends[1::2])):
                for bit, (place, change, _) in enumerate(part):
                    if mask >> bit & 1:
                        changed[place] += change
            yield tuple(changed)


def _sums(weights: list[int]) -> list[int]:
    """The sums of all subsets; bit ``i`` of the place says whether weight ``i`` is in it."""
    sums = [0]
    for w in weights:
        sums += [s + w for s in sums]
    return sums


def _solve(a: Network, b: Network, frame: Cube | Grid, seconds: float) -> tuple[Point | None, str]:
    """An input on which outputs differ, as z3 says, and what it says otherwise. Raises ImportError without z3."""
    import z3

    p, shift = frame.p, frame.p**2 if frame.kind == "grid" else 0
    integers = [z3.Int(f"u{i}") for i in range(frame.d)]
    solver = z3.SolverFor("QF_LIA")
    solver.set("timeout", int(1000 * seconds))
    for u in integers:
        solver.add(u >= 0, u < frame.base)
    ends = []
    for side, net in (("a", a), ("b", b)):
        known: dict[str, tuple[Any, int]] = {name: (u - shift, p) for name, u in zip(net.inputs, integers, strict=True)}
        for number, node in enumerate(net.nodes()):
            den = lcm(int(node.bias.denominator), *(int(w.denominator) * known[s][1] for s, w in node.sources.items()))
            terms = [int(w * den / known[s][1]) * known[s][0] for s, w in node.sources.items()]
            form = z3.Sum([z3.IntVal(int(node.bias * den)), *terms])
            value = z3.Int(f"{side}{number}")
            if node.kind == AFFINE:
                solver.add(value == form)
            elif node.kind == THRESHOLD:
                den = 1
                solver.add(value == z3.If(form >= 0, 1, 0))
            else:
                solver.add(value == z3.If(form >= 0, form, 0))
            known[node.id] = value, den
        ends.append([known[name] for name in net.outputs])
    solver.add(z3.Or([one * m != two * k for (one, k), (two, m) in zip(*ends, strict=True)]))
    answer = solver.check()
    if answer != z3.sat:
        return None, f"z3 says that there is none: {answer}" if answer == z3.unsat else "z3 gives up"
    model = solver.model()
    places = [model.eval(u, model_completion=True).as_long() for u in integers]
    return tuple(frame.value(place) for place in places), "z3 has found one"
