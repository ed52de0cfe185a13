"""How fast blocks are computed: ``python tests/bench_engine.py``.

The networks have the shape of what the constructions make: digits of wide forms as small forms over literals, steps on
them and on forms that join two digits, exact sums of steps, AND gates over exact sums, bits masked by a gate, layer by
layer, and outputs modulo a small number.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping

from exactnet.engine.block import compile_network
from exactnet.kernel.domain import Cube, Domain
from exactnet.kernel.network import Network, Node, affine, relu, threshold
from exactnet.kernel.values import CHUNK, evaluate


class Sketch:
    """A network in the making, with the range of each of its integer values."""

    def __init__(self, d: int, gates: bool, seed: int) -> None:
        self.random = random.Random(seed)
        self.inputs = [f"x{i}" for i in range(d)]
        self.nodes: list[Node] = []
        self.top = dict.fromkeys(self.inputs, 1)
        self.gates = gates
        self._steps: dict[tuple[str, int], str] = {}

    def name(self) -> str:
        return f"n{len(self.nodes)}"

    def form(self, wires: Mapping[str, int]) -> str:
        """A named sum with positive weights."""
        name = self.name()
        self.nodes.append(affine(name, wires))
        self.top[name] = sum(w * self.top[source] for source, w in wires.items())
        return name

    def step(self, form: str, at: int) -> str:
        """``1[form >= at]``."""
        if (form, at) not in self._steps:
            name = self.name()
            if self.gates:
                self.nodes.append(threshold(name, {form: 1}, -at))
            else:
                self.nodes += [relu(f"{name}+", {form: 1}, 1 - at), relu(f"{name}-", {form: 1}, -at)]
                self.nodes.append(affine(name, {f"{name}+": 1, f"{name}-": -1}))
            self.top[name] = 1
            self._steps[form, at] = name
        return self._steps[form, at]

    def predicate(self, form: str, truth: list[bool]) -> str:
        """An exact sum: ``truth[form]``."""
        wires = {self.step(form, t): truth[t] - truth[t - 1] for t in range(1, len(truth)) if truth[t] != truth[t - 1]}
        name = self.name()
        self.nodes.append(affine(name, wires, int(truth[0])))
        self.top[name] = 1
        return name

    def conjunction(self, events: list[str]) -> str:
        """One gate for the AND of exact sums."""
        return self.step(self.form(dict.fromkeys(events, 1)), len(events))

    def neuron(self, literals: list[str], blocks: int, bits: int) -> list[str]:
        """Bits of the digits of a random form, masked by its sign, by carry lookahead over pairs of digits."""
        beta = 2**bits
        digits = [self.form({x: self.random.randrange(1, beta) for x in literals}) for _ in range(blocks)]
        generate, propagate, below = [], [], ""
        for digit in digits:
            width = self.top[below] + 1 if below else 1
            pair = self.form({digit: width, below: 1}) if below else digit
            sums = [f // width % beta + (f % width // beta if below else 0) for f in range(self.top[pair] + 1)]
            generate.append(self.predicate(pair, [s >= beta for s in sums]))
            propagate.append(self.predicate(pair, [s == beta - 1 for s in sums]))
            below = digit
        carries = [self.conjunction([generate[b], *propagate[b + 1 :]]) for b in range(blocks)]
        sign = self.form(dict.fromkeys(carries, 1))
        masked = []
        for digit in digits:
            for s in range(self.top[digit].bit_length()):
                bit = self.predicate(digit, [bool(v >> s & 1) for v in range(self.top[digit] + 1)])
                masked.append(self.conjunction([bit, sign]))
        return masked


def sketch(d: int, layers: int, neurons: int, blocks: int, bits: int, gates: bool = False, seed: int = 1) -> Network:
    """A network of the shape that the constructions make, over the cube."""
    made = Sketch(d, gates, seed)
    literals = made.inputs
    for _ in range(layers):
        literals = [literal for _ in range(neurons) for literal in made.neuron(literals, blocks, bits)]
    q = 23
    total = made.form({literal: made.random.randrange(1, q) for literal in literals})
    multiples = {made.step(total, t): -q for t in range(q, made.top[total] + 1, q)}
    made.nodes.append(affine("y", {total: "1/2", **{step: f"{w}/2" for step, w in multiples.items()}}, "-1/2"))
    return Network(made.inputs, made.nodes, ["y"])


def cases() -> Iterator[tuple[str, Network, Domain]]:
    """Networks to measure."""
    yield "one layer of ReLUs", sketch(16, 1, 4, 24, 3), Cube(16)
    yield "one layer of gates", sketch(16, 1, 4, 24, 3, gates=True), Cube(16)
    yield "two layers", sketch(16, 2, 2, 8, 3), Cube(16)
    yield "few inputs", sketch(8, 1, 4, 24, 4), Cube(8)


def main() -> None:
    """Print, for each case: nodes, seconds to compile, inputs per second, and those of the definition."""
    for title, net, domain in cases():
        start = time.perf_counter()
        evaluator = compile_network(net, domain)
        compiled = time.perf_counter()
        count = min(CHUNK, domain.count)
        evaluator.block(0, count)
        first = time.perf_counter()
        evaluator.block(0, count)
        again = time.perf_counter()
        evaluate(net, domain[domain.count // 3])
        reference = time.perf_counter() - again
        print(
            f"{title:20} {len(net.order):7} nodes, compiled in {compiled - start:5.2f} s, first block of {count} inputs "
            f"{first - compiled:6.3f} s, then {count / (again - first):10.0f} inputs/s; reference {1 / reference:6.1f}/s"
        )


if __name__ == "__main__":
    main()
