"""The one data structure: a feed-forward network with rational weights, a DAG.

A network has ordered inputs and outputs and nodes of three kinds besides the inputs:

* ``relu``:      ``[z]+ = max(0, z)``,
* ``threshold``: ``1[z >= 0]`` (fires at zero),
* ``affine``:    ``z`` itself, bookkeeping that names a linear form once so that many can share it,

where ``z`` is the bias plus the weighted sum of the sources. Wires may skip layers, kinds may be
mixed. This module knows nothing of theorems; depth, width and weights are in :mod:`exactnet.kernel.measures`.

References
----------
G. Vardi, O. Shamir, *Neural Networks with Small Weights and Depth-Separation Barriers*,
NeurIPS 2020 (networks); W. Maass, G. Schnitger, E. Sontag, *A comparison of the computational power of sigmoid and
Boolean threshold circuits*, 1994 (threshold gates).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gmpy2 import mpq

from exactnet.kernel.errors import NetworkError, clip_text
from exactnet.kernel.rationals import Rational, as_rational

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "AFFINE", "INPUT", "KINDS", "RELU", "THRESHOLD", "Kind", "Network", "Node", "affine", "fresh_name", "relu", "threshold",
]

Kind = Literal["input", "affine", "relu", "threshold"]
INPUT: Kind = "input"
AFFINE: Kind = "affine"
RELU: Kind = "relu"
THRESHOLD: Kind = "threshold"
#: The kinds that a node (other than an input) may have.
KINDS: tuple[Kind, ...] = (RELU, THRESHOLD, AFFINE)

_ZERO = mpq(0)


@dataclass(frozen=True, slots=True)
class Node:
    """One node that is not an input: its kind, bias, the weight of each source, and what its maker promises of it.

    Nothing in this room reads ``means`` (:mod:`exactnet.claims.promises`).
    """

    id: str
    kind: Kind
    sources: Mapping[str, mpq]
    bias: mpq = _ZERO
    means: Any = None


def _node(kind: Kind, node_id: str, sources: Mapping[str, Rational], bias: Rational) -> Node:
    return Node(node_id, kind, {source: as_rational(w) for source, w in sources.items()}, as_rational(bias))


def relu(node_id: str, sources: Mapping[str, Rational], bias: Rational = 0) -> Node:
    """Make a ReLU node.

    >>> relu("h", {"x1": "1/2"}, bias=-1).bias
    mpq(-1,1)
    """
    return _node(RELU, node_id, sources, bias)


def threshold(node_id: str, sources: Mapping[str, Rational], bias: Rational = 0) -> Node:
    """Make a threshold gate ``1[w·x + bias >= 0]``.

    >>> threshold("g", {"x1": 1, "x2": 1}, bias=-2).kind
    'threshold'
    """
    return _node(THRESHOLD, node_id, sources, bias)


def affine(node_id: str, sources: Mapping[str, Rational], bias: Rational = 0) -> Node:
    """Make an affine node.

    >>> affine("y", {"h": 3}).kind
    'affine'
    """
    return _node(AFFINE, node_id, sources, bias)


class Network:
    """A feed-forward network: a DAG of nodes with exact rational weights and biases.

    Parameters
    ----------
    inputs : names of the inputs, in order (at least one).
    nodes : the other nodes, in any order. A weight 0 is no wire.
    outputs : names of the outputs, in order (at least one, no name twice; an input may be one).

    Raises
    ------
    NetworkError
        for an empty or doubled name, an unknown source or output, a cycle; the message names the node.

    Examples
    --------
    >>> net = Network(["x1", "x2"], [relu("h", {"x1": 1, "x2": -1}), affine("y", {"h": "1/2"}, 1)], ["y"])
    >>> net(["3", 1])
    (mpq(2,1),)
    """

    __slots__ = ("_node", "_order", "_pred", "_succ", "inputs", "outputs")

    def __init__(self, inputs: Sequence[str], nodes: Iterable[Node], outputs: Sequence[str]) -> None:
        self.inputs: tuple[str, ...] = tuple(inputs)
        self.outputs: tuple[str, ...] = tuple(outputs)
        self._node: dict[str, tuple[Kind, mpq, Any]] = {}
        self._pred: dict[str, dict[str, mpq]] = {}
        self._succ: dict[str, dict[str, mpq]] = {}
        if not self.inputs:
            raise NetworkError("the network has no inputs")
        if not self.outputs:
            raise NetworkError("the network has no outputs")
        for name in self.inputs:
            self._add_node(name, INPUT, _ZERO, None)
        self._add_all(nodes)
        seen: set[str] = set()
        for name in self.outputs:
            if name not in self._node:
                raise NetworkError(f"output {clip_text(name)} is not a node")
            if name in seen:
                raise NetworkError(f"output {clip_text(name)} is listed twice")
            seen.add(name)
        self._order = self._topological()

    def _add_node(self, name: str, kind: Kind, bias: mpq, means: Any) -> None:
        if not isinstance(name, str) or not name:
            raise NetworkError(f"a node's name is a non-empty string, not {clip_text(name)}")
        if name in self._node:
            raise NetworkError(f"node {clip_text(name)} is defined twice")
        self._node[name], self._pred[name], self._succ[name] = (kind, bias, means), {}, {}

    def _add_all(self, nodes: Iterable[Node]) -> None:
        wires: list[tuple[str, Mapping[str, mpq]]] = []
        for node in nodes:
            if node.kind not in KINDS:
                raise NetworkError(f"node {clip_text(node.id)} has the unknown kind {clip_text(node.kind)}")
            self._add_node(node.id, node.kind, node.bias, node.means)
            wires.append((node.id, node.sources))
        shared: dict[mpq, mpq] = {}  # equal weights are one object
        for target, sources in wires:
            into = self._pred[target]
            for source, weight in sources.items():
                if source not in self._node:
                    raise NetworkError(f"node {clip_text(target)} reads {clip_text(source)}, which is not a node")
                if weight:
                    into[source] = self._succ[source][target] = shared.setdefault(weight, weight)

    def _topological(self) -> tuple[str, ...]:
        unread = {name: len(sources) for name, sources in self._pred.items()}
        order = [name for name, count in unread.items() if not count]
        for name in order:  # which grows meanwhile
            for reader in self._succ[name]:
                unread[reader] -= 1
                if not unread[reader]:
                    order.append(reader)
        if len(order) < len(unread):  # every node left reads one that is left: against the wires, one comes by a node twice
            name, path = next(name for name, count in unread.items() if count), list[str]()
            while name not in path:
                path.insert(0, name)
                name = next(source for source in self._pred[name] if unread[source])
            cycle = [name, *path[: path.index(name)]]
            more = " -> ..." if len(cycle) > 5 else f" -> {clip_text(name, 30)}"
            raise NetworkError(f"the wires form a cycle: {' -> '.join(clip_text(one, 30) for one in cycle[:5])}{more}")
        return tuple(name for name in order if self.kind(name) != INPUT)

    @property
    def graph(self) -> nx.DiGraph[str]:
        """The network as a frozen :class:`networkx.DiGraph` of its own; ``networkx.DiGraph(net.graph)`` can be changed."""
        import networkx as nx

        graph: nx.DiGraph[str] = nx.DiGraph()
        for name, (kind, bias, means) in self._node.items():
            graph.add_node(name, kind=kind, bias=bias, **({} if means is None else {"means": means}))
        graph.add_weighted_edges_from((source, name, weight) for name in self._node for source, weight in self.sources(name))
        nx.freeze(graph)
        return graph

    @property
    def wires(self) -> int:
        """How many wires there are."""
        return sum(map(len, self._pred.values()))

    def __reduce__(self) -> tuple[type[Network], tuple[tuple[str, ...], list[Node], tuple[str, ...]]]:
        """To pickle and to copy: what it is made from."""
        return Network, (self.inputs, list(self.nodes()), self.outputs)

    @property
    def order(self) -> tuple[str, ...]:
        """All nodes but the inputs, every node after the nodes it reads; always the same order."""
        return self._order

    def heights(self) -> dict[str, int]:
        """The length of the longest path to every node: 0 for inputs, at least 1 for all others; in the order of :attr:`order`.

        >>> Network(["x"], [relu("h", {"x": 1}), affine("y", {"h": 1, "x": 2})], ["y"]).heights()
        {'x': 0, 'h': 1, 'y': 2}
        """
        height = dict.fromkeys(self.inputs, 0)
        for name in self._order:
            height[name] = 1 + max((height[source] for source in self._pred[name]), default=0)
        return height

    def kind(self, name: str) -> Kind:
        """The kind of a node."""
        return self._node[name][0]

    def bias(self, name: str) -> mpq:
        """The bias of a node (0 for an input)."""
        return self._node[name][1]

    def means(self, name: str) -> Any:
        """The promise that a node carries, or None."""
        return self._node[name][2]

    def sources(self, name: str) -> Iterator[tuple[str, mpq]]:
        """The nodes that a node reads, each with the weight of the wire (never 0)."""
        return iter(self._pred[name].items())

    def readers(self, name: str) -> Iterator[tuple[str, mpq]]:
        """The nodes that read a node, each with the weight of the wire (never 0)."""
        return iter(self._succ[name].items())

    def nodes(self) -> Iterator[Node]:
        """All nodes but the inputs, in topological order."""
        for name in self._order:
            yield Node(name, self.kind(name), dict(self.sources(name)), self.bias(name), self.means(name))

    def __call__(self, point: Sequence[Rational]) -> tuple[mpq, ...]:
        """Evaluate at a rational point, one coordinate per input; the outputs in order."""
        from exactnet.kernel.values import evaluate

        return evaluate(self, [as_rational(value) for value in point])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Network):
            return NotImplemented
        mine = {node.id: node for node in self.nodes()}
        return (self.inputs, self.outputs) == (other.inputs, other.outputs) and mine == {n.id: n for n in other.nodes()}

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Network {len(self.inputs)} inputs, {len(self._order)} nodes, {len(self.outputs)} outputs>"


def fresh_name(name: str, taken: set[str]) -> str:
    """``name``, with primes if it is taken; taken from now on.

    >>> taken = {"h"}
    >>> fresh_name("h", taken), fresh_name("h", taken)
    ("h'", "h''")
    """
    while name in taken:
        name += "'"
    taken.add(name)
    return name
