"""Evaluators against the definition on adversarial networks: ``python -m tests.fuzz.differential --cases 100000 --seed 1``.

Weights, biases, coordinates and sums lie at the edges of machine types and of 24-bit limbs; there are coefficients of zero sources,
sums that cancel, products of numbers of 10^5 bits and of 10^6 bits, rational weights with large denominators, domains of every kind
and ranges that begin and end anywhere. What a block says is compared with rational arithmetic, input by
input. Every case is made from the seed and its number alone; what differs is printed with both, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from math import lcm
from typing import Any

import numpy as np
from gmpy2 import mpq

from exactnet.kernel.domain import Cube, Domain, Grid, Points
from exactnet.kernel.network import AFFINE, KINDS, RELU, THRESHOLD, Network, Node
from exactnet.kernel.values import Block, evaluate
from tests.helpers import EVALUATORS

#: Where machine types, the exact integers of floating point, limbs of 24 bits, and products of two of them end.
EDGES = (0, 1, 2, 7, 8, 15, 16, 23, 24, 25, 31, 32, 47, 48, 49, 52, 53, 54, 62, 63, 64, 65, 71, 72, 73, 96, 127, 128)
#: So many bits have the weights of long chains.
LONG = 100_000
#: The share of cases with such numbers, which take much longer.
CHAINS = 0.004
#: The most inputs of a case.
MOST = 24


def edge(rng: random.Random) -> int:
    """An integer at the edge of a type."""
    return int(rng.choice((-1, 1)) * (2 ** rng.choice(EDGES) + rng.randint(-2, 2)))


def split_edge(rng: random.Random) -> int:
    """About a third of such an integer: a few of them add up to the edge."""
    return edge(rng) // rng.choice((2, 3, 4))


def large_rational(rng: random.Random) -> mpq:
    """A rational with a large denominator."""
    return mpq(edge(rng) * rng.randint(1, 9), rng.choice((3, 7, 2**31 - 1, 2**61 - 1, 10**9, 2**64, rng.getrandbits(90) | 1)))


#: Ways to choose numbers.
NUMBERS: tuple[Callable[[random.Random], Any], ...] = (
    lambda rng: rng.randint(-3, 3),
    lambda rng: mpq(rng.randint(-9, 9), rng.randint(1, 6)),
    edge,
    split_edge,
    large_rational,
    lambda rng: rng.getrandbits(rng.choice((24, 48, 64, 200, 600))) * rng.choice((-1, 1)),
    lambda rng: (2 ** (24 * rng.randint(1, 6)) - rng.randint(0, 1)) * rng.choice((-1, 1)),  # limbs all ones, or zeros
)


class Case:
    """A network, a domain, and a range of inputs."""

    def __init__(self, seed: int, number: int) -> None:
        self.rng = rng = random.Random(f"{seed}/{number}")
        self.numbers = rng.sample(NUMBERS, rng.randint(1, 3))
        self.domain = self._domain()
        self.inputs = [f"x{i}" for i in range(self.domain.d)]
        self.names, self.nodes = list(self.inputs), list[Node]()
        makers = [self._any] * 4 + [self._steps, self._cancel, self._at_edge, self._repeat, self._dead_source]
        for _ in range(rng.randint(1, 9)):
            rng.choice(makers)()
        if rng.random() < CHAINS:
            self._chain()
        outputs = rng.sample(self.names, min(len(self.names), rng.randint(1, 4)))
        self.net = Network(self.inputs, self.nodes, list(dict.fromkeys([*outputs, self.names[-1]])))
        count = min(self.domain.count, rng.randint(1, MOST))
        anywhere = rng.randint(0, self.domain.count - count)
        self.start = rng.choice((0, anywhere, self.domain.count - count, self._before_carry(count)))
        self.stop = self.start + count
        self.r = rng.choice((1, 2, 3, 10, 2**31, 2**63 - 1, 2**64, abs(edge(rng)) or 1))

    def number(self) -> mpq:
        """A weight, bias or coordinate."""
        return mpq(self.rng.choice(self.numbers)(self.rng))

    def _domain(self) -> Domain:
        rng = self.rng
        kind = rng.choice(("cube", "cube", "grid", "points"))
        if kind == "cube":
            return Cube(rng.choice((1, 2, 3, 4, 5, 16, 70)))
        if kind == "grid":
            p, d = rng.choice(((1, 1), (1, 3), (2, 2), (8, 1), (11, 2), (128, 1), (181, 2), (10**6, 2), (3, 30)))
            return Grid(p, d)
        d = rng.randint(1, 4)
        return Points(tuple(tuple(self.number() for _ in range(d)) for _ in range(rng.randint(1, 12))))

    def _before_carry(self, count: int) -> int:
        """A range across which the first coordinate changes, if there is one."""
        domain = self.domain
        middle = domain.count // 2 if isinstance(domain, Points) else domain.base ** (domain.d - 1)
        return max(0, min(middle - count // 2, domain.count - count))

    def _add(self, kind: Any, wires: dict[str, mpq], bias: mpq) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(Node(name, kind, wires, bias))
        self.names.append(name)
        return name

    def _any(self) -> None:
        sources = self.rng.sample(self.names, min(len(self.names), self.rng.randint(0, 5)))
        self._add(self.rng.choice(KINDS), {source: self.number() for source in sources}, self.number())

    def _repeat(self) -> None:
        """The wires of an earlier node, times a number."""
        if self.nodes:
            old, factor = self.rng.choice(self.nodes), self.number()
            wires = {source: weight * factor for source, weight in old.sources.items()}
            self._add(self.rng.choice(KINDS), wires, self.rng.choice((old.bias * factor, self.number())))

    def _steps(self) -> None:
        """A sum of steps ``1[f >= t]``, each a difference of two ReLUs."""
        source, total = self.rng.choice(self.names), {}
        for _ in range(self.rng.randint(1, 4)):
            t = self.number()
            upper, lower = self._add(RELU, {source: mpq(1)}, 1 - t), self._add(RELU, {source: mpq(1)}, -t)
            total[self._add(AFFINE, {upper: mpq(1), lower: mpq(-1)}, mpq(0))] = self.number()
        self._add(AFFINE, total, self.number())

    def _cancel(self) -> None:
        """Large terms of both signs that cancel wherever they occur."""
        source, big = self.rng.choice(self.names), self.number()
        gate = self._add(THRESHOLD, {source: mpq(1)}, self.number())
        other = self._add(AFFINE, {gate: mpq(-1)}, mpq(1))
        self._add(RELU, {gate: big, other: big, source: self.number()}, -big)

    def _at_edge(self) -> None:
        """A sum over gates whose greatest value lies right at the edge of a type."""
        rng = self.rng
        gates = [self._add(THRESHOLD, {rng.choice(self.names): mpq(1)}, mpq(0)) for _ in range(3)]
        top = edge(rng)
        parts = [top - top // 2 - top // 3, top // 2, top // 3]
        form = self._add(AFFINE, dict(zip(gates, map(mpq, parts), strict=True)), mpq(rng.randint(-1, 1)))
        self._add(rng.choice(KINDS), {form: mpq(rng.choice((-1, 1, 2)))}, mpq(rng.choice((-top, top, 0))))

    def _dead_source(self) -> None:
        """A huge coefficient of a source that is 0 everywhere."""
        dead = self._add(RELU, {}, mpq(self.rng.randint(-2, 0)))
        self._add(self.rng.choice(KINDS), {dead: mpq(edge(self.rng)), self.rng.choice(self.names): mpq(1)}, self.number())

    def _chain(self) -> None:
        """``[A*h + u - A^2]+`` for ``A = 2^(bits*k) - 1`` and ``h <= A``: full limbs on both sides of a product."""
        rng = self.rng
        power = mpq(2 ** rng.choice((1000, 24 * 400, 24 * 4000, LONG)))
        k = rng.choice((1, 1, 1, 2, 9))  # the last: more than 2^15 limbs of 24 bits

        def times(source: str) -> dict[str, mpq]:
            """A form that is ``A`` times a node."""
            last = source
            for _ in range(k):
                last = self._add(rng.choice((AFFINE, RELU)), {last: power}, mpq(0))
            return {last: mpq(1), source: mpq(-1)}

        gates = [self._add(THRESHOLD, {rng.choice(self.names): mpq(1)}, mpq(rng.randint(-1, 0))) for _ in range(2)]
        both = self._add(RELU, dict.fromkeys(gates, mpq(1)), mpq(-1))
        same = self._add(RELU, dict(zip(gates, (mpq(1), mpq(2)), strict=True)), mpq(-2))
        h = self._add(RELU, {**times(both), same: mpq(1)}, mpq(-1))
        a = self._add(AFFINE, times(self._add(RELU, {}, mpq(1))), mpq(0))
        square = self._add(AFFINE, times(a), mpq(0))
        self._add(rng.choice((RELU, AFFINE)), {**times(h), same: mpq(1), square: mpq(-1)}, mpq(0))


def differs(block: Block, rows: list[tuple[mpq, ...]], r: int) -> str | None:
    """What a block says that is not so, given the outputs by definition."""
    if block.count != len(rows):
        return f"count {block.count}"
    for output, values in enumerate(zip(*rows, strict=True)):
        floors, whole = block.split(output, r)
        if floors.tolist() != [(r * value).numerator // (r * value).denominator for value in values]:
            return f"floors of output {output}"
        if floors.dtype != np.int64 and all(-(2**63) <= floor < 2**63 for floor in floors.tolist()):
            return f"type of output {output}"
        integral = [(r * value).denominator == 1 for value in values]
        if (whole is None and not all(integral)) or (whole is not None and whole.tolist() != integral):
            return f"integers of output {output}"
        if block.max_abs(output) != max(map(abs, values)):
            return f"largest value of output {output}"
        if block.denominator(output) != lcm(*(int(value.denominator) for value in values)):
            return f"denominator of output {output}"
    return None


def first_difference(seed: int, number: int) -> str | None:
    """What some evaluator says that is not so in a case; None if all are right."""
    case = Case(seed, number)
    rows = [evaluate(case.net, point) for point in case.domain.range(case.start, case.stop)]
    for name, make in EVALUATORS.items():
        try:
            evaluator = make(case.net, case.domain)
            wrong = differs(evaluator.block(case.start, case.stop), rows, case.r)
        except Exception as error:  # whatever it is, it is a defect
            wrong = repr(error)[:300]
        if wrong is not None:
            return f"case {number} of seed {seed}: {name}: {wrong}"
    return None


def main() -> int:
    """Run cases and say what came of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    begun, wrong = time.monotonic(), 0
    for number in range(asked.first, asked.first + asked.cases):
        found = first_difference(asked.seed, number)
        if found is not None:
            wrong += 1
            print(found, flush=True)
        if (number + 1) % 10_000 == 0:
            print(f"{number + 1} cases, {wrong} wrong, {time.monotonic() - begun:.0f} s", flush=True)
    print(f"seed {asked.seed}: {asked.cases} cases, {wrong} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
