"""S7, few bits for ReLU networks: fixed activation pattern, linear constraints, a basic solution (docs/few-bits.md).

The hidden layers are unfolded into trees and magnitudes pushed down (:mod:`.unfold`, :mod:`.push_magnitudes`), so
that all weights but those of inputs are ±1. On every input of the domain each neuron is active or not; with that
pattern fixed, all forms and the output are linear in the remaining weights and biases. That the pattern stays and
that the outputs are right (equal, or in an interval) are linear constraints on them, which the original satisfies; a
basic solution of these constraints has few bits. Every output is a program of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gmpy2 import mpq

from exactnet.construct.few_bits.activation import above, blocks, coordinates, joined, probe
from exactnet.construct.few_bits.intervals import Interval
from exactnet.construct.few_bits.linear_program import Program, Row
from exactnet.construct.few_bits.push_magnitudes import push_magnitudes
from exactnet.construct.few_bits.unfold import unfold
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import SizeError
from exactnet.kernel.expansion import expand
from exactnet.kernel.network import AFFINE, RELU, Network, Node
from exactnet.kernel.values import Block

__all__ = ["MAX_UNKNOWNS", "MAX_VALUES", "TreeProgram", "few_bits", "without_dead"]

Solver = Callable[[Program], list[mpq]]
Floors = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]

#: The most weights and biases of one output, and the most values of neurons on a domain.
MAX_UNKNOWNS = 2**11
MAX_VALUES = 2**26
#: Rows that are known from the beginning, at most about so many; and rows that are added for each neuron at a time.
_FIRST = 2**11
_ADDED = 2**6
#: How finely violations are compared.
_FINE = 2**20


def few_bits(net: Network, domain: Domain, wanted: Sequence[Interval], solver: Solver) -> Network:
    """A network of the same depth at most whose outputs lie in given intervals, with weights of few bits.

    Parameters
    ----------
    net : relu and affine nodes. Its own outputs lie in the intervals.
    wanted : the interval of each output (:mod:`.intervals`).
    solver : one of :data:`exactnet.construct.few_bits.solvers.SOLVERS`.

    Returns
    -------
    Network : ReLUs and affine outputs, the names of inputs and outputs as in ``net``. Wires from ReLUs weigh ±1; the other
        weights and biases of an output are a basic solution of its constraints.

    Raises
    ------
    NetworkError : there is a threshold gate.
    SizeError : too many neurons after unfolding, too many weights, or too many values on the domain.
    """
    tree = push_magnitudes(unfold(without_dead(net, domain)))
    nodes: list[Node] = []
    for name, interval in zip(tree.outputs, wanted, strict=True):
        if name not in tree.inputs:
            program = TreeProgram(tree_of(tree, name), domain, interval)
            nodes += program.network(solver(program)).nodes()
    return _without_zeros(Network(net.inputs, nodes, net.outputs))


def check_values(neurons: int, domain: Domain) -> None:
    """Raise :class:`SizeError` where so many nodes have too many values on a domain."""
    if neurons * domain.count > MAX_VALUES:
        raise SizeError(f"too large: {neurons} nodes on {domain.count} inputs have more than {MAX_VALUES} values")


def without_dead(net: Network, domain: Domain) -> Network:
    """The expansion of a network without the ReLUs that are 0 on the whole domain.

    >>> from exactnet.kernel.domain import Cube
    >>> from exactnet.kernel.network import affine, relu
    >>> net = Network(["x"], [relu("g", {"x": 1}, -1), relu("h", {"x": 1}), affine("y", {"g": 1, "h": 1})], ["y"])
    >>> without_dead(net, Cube(1))
    <Network 1 inputs, 2 nodes, 1 outputs>
    """
    plain = expand(net)
    relus = [name for name in plain.order if plain.kind(name) == RELU]
    check_values(len(relus), domain)
    alive: set[str] = set()
    if relus:
        for block in blocks(probe(plain, relus), domain):
            alive.update(name for o, name in enumerate(relus) if name not in alive and above(*block.split(o, 1), 0).any())
    kept = {*plain.inputs, *plain.outputs, *alive}
    nodes = [
        Node(node.id, node.kind, {source: w for source, w in node.sources.items() if source in kept}, node.bias)
        for node in plain.nodes()
        if node.id in kept
    ]
    return Network(plain.inputs, nodes, plain.outputs)


def tree_of(net: Network, output: str) -> Network:
    """The part of an unfolded network that one output reads."""
    needed = {output}
    nodes = []
    for node in reversed(list(net.nodes())):
        if node.id in needed:
            needed.update(node.sources)
            nodes.append(node)
    return Network(net.inputs, reversed(nodes), [output])


def _without_zeros(net: Network) -> Network:
    """The network without ReLUs that read nothing and are 0."""
    gone: set[str] = set()
    kept: list[Node] = []
    for node in net.nodes():
        sources = {source: weight for source, weight in node.sources.items() if source not in gone}
        if node.kind == RELU and not sources and node.bias <= 0:
            gone.add(node.id)
        else:
            kept.append(Node(node.id, node.kind, sources, node.bias))
    return Network(net.inputs, kept, net.outputs)


class TreeProgram:
    """The linear constraints on the weights and biases of one output's tree (a :class:`.linear_program.Program`).

    Unknowns are the weights of inputs and the biases. A row is, times ``p``, the form of a neuron or of the output on one input
    of the domain: its key is the neuron's number (from 0, the output last) and the input's index.
    """

    def __init__(self, tree: Network, domain: Domain, wanted: Interval) -> None:
        [self.output] = tree.outputs
        self.tree, self.domain, self.wanted = tree, domain, wanted
        self.nodes = [*(node for node in tree.nodes() if node.kind == RELU), *(n for n in tree.nodes() if n.kind == AFFINE)]
        check_values(len(self.nodes), domain)
        self.place = {node.id: place for place, node in enumerate(self.nodes)}
        self.unknowns = [
            (place, source)
            for place, node in enumerate(self.nodes)
            for source in [None, *(name for name in tree.inputs if name in node.sources)]
        ]
        if len(self.unknowns) > MAX_UNKNOWNS:
            raise SizeError(
                f"too large: the tree of {self.output!r} has {len(self.unknowns)} weights and biases, more than {MAX_UNKNOWNS}"
            )
        column = {name: i for i, name in enumerate(tree.inputs)}
        self.columns: list[list[tuple[int, int | None]]] = [[] for _ in self.nodes]
        for unknown, (place, name) in enumerate(self.unknowns):
            self.columns[place].append((unknown, None if name is None else column[name]))
        self.points = coordinates(domain)
        self.active = self._pattern()

    # --- a program -----------------------------------------------------------------------------

    @property
    def start(self) -> list[mpq]:
        """The weights and biases of the tree itself."""
        nodes = self.nodes
        return [nodes[place].bias if name is None else nodes[place].sources[name] for place, name in self.unknowns]

    def first(self) -> dict[tuple[int, int], Row]:
        """All rows where they are few, else those of inputs that are evenly spread."""
        count = self.domain.count
        inputs = min(count, max(1, _FIRST // len(self.nodes)))
        places = range(len(self.nodes))
        return {(place, i * count // inputs): self._row(place, i * count // inputs) for i in range(inputs) for place in places}

    def violated(self, point: Sequence[mpq]) -> dict[tuple[int, int], Row]:
        """For each neuron and the output, the most violated rows; exactly none if all rows hold.

        Forms are evaluated in the network that the point gives. On an input where the pattern of what a neuron reads is
        another one, this is not the value of its row, but then a row below it is violated.
        """
        names = [node.id for node in self.nodes]
        rows_violated: dict[tuple[int, int], Row] = {}
        amounts: list[list[Floors]] = [[] for _ in names]
        start = 0
        for block in blocks(probe(self.network(point), names), self.domain):
            part = slice(start, start + block.count)
            for place in range(len(names)):
                amounts[place].append(self._violation(block, place, part))
            start += block.count
        for place, parts in enumerate(amounts):
            amount = joined(parts)
            worst = np.flatnonzero(amount)
            if len(worst) > _ADDED:
                worst = worst[np.argsort(-amount[worst], kind="stable")[:_ADDED]]
            rows_violated.update(((place, int(index)), self._row(place, int(index))) for index in worst)
        return rows_violated

    def network(self, point: Sequence[mpq]) -> Network:
        """The tree with other weights of inputs and other biases."""
        bias = {place: value for (place, name), value in zip(self.unknowns, point, strict=True) if name is None}
        weight = {(place, name): value for (place, name), value in zip(self.unknowns, point, strict=True)}
        nodes = [
            Node(node.id, node.kind, {name: weight.get((place, name), w) for name, w in node.sources.items()}, bias[place])
            for place, node in enumerate(self.nodes)
        ]
        return Network(self.tree.inputs, nodes, self.tree.outputs)

    # --- rows ----------------------------------------------------------------------------------

    def _pattern(self) -> list[Flags]:
        """Where each neuron is active: where its form is positive."""
        names = [node.id for node in self.nodes if node.kind == RELU]
        if not names:
            return []
        parts: list[list[Flags]] = [[] for _ in names]
        for block in blocks(probe(self.tree, names), self.domain):
            for place, part in enumerate(parts):
                part.append(above(*block.split(place, 1), 0))
        return [np.concatenate(part) for part in parts]

    def _violation(self, block: Block, place: int, part: slice) -> Floors:
        """By how much the rows of a neuron or of the output are violated on some inputs: 0 where they hold."""
        if place == len(self.active):
            scale, low, high = self.wanted.scale, self.wanted.low[part], self.wanted.high[part]
            floors, whole = block.split(place, scale)
            over = np.maximum(floors - high, 0) + above(floors, whole, high)
            return np.asarray(over + np.maximum(low - floors, 0))
        floors, whole = block.split(place, _FINE)
        active = self.active[place][part]
        return np.where(active, np.maximum(-floors, 0), np.maximum(floors, 0) + above(floors, whole, 0))

    def _row(self, place: int, index: int) -> Row:
        coefs = self._form(place, index)
        if place < len(self.active):
            return Row(coefs, mpq(0), None) if self.active[place][index] else Row(coefs, None, mpq(0))
        scale = mpq(self.domain.p, self.wanted.scale)
        return Row(coefs, int(self.wanted.low[index]) * scale, int(self.wanted.high[index]) * scale)

    def _form(self, place: int, index: int) -> dict[int, int]:
        """``p`` times the form of a neuron or of the output on an input, in the unknowns, under the pattern."""
        coefs: dict[int, int] = {}
        weights = {place: 1}  # of the forms of neurons: the sum over all paths of active neurons
        for current in range(place, -1, -1):
            factor = weights.get(current)
            if factor:
                for unknown, value in self._own(current, index):
                    coefs[unknown] = factor * value
                for source, weight in self.nodes[current].sources.items():
                    below = self.place.get(source)
                    if below is not None and self.active[below][index]:
                        weights[below] = weights.get(below, 0) + (factor if weight > 0 else -factor)
        return {unknown: c for unknown, c in coefs.items() if c}

    def _own(self, place: int, index: int) -> Iterator[tuple[int, int]]:
        """The unknowns of one node, each with ``p`` times the input that it weighs."""
        for unknown, column in self.columns[place]:
            yield unknown, self.domain.p if column is None else int(self.points[index, column])
