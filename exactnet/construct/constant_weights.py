"""S2: every weight and every bias within [-1, 1], at the same depth, by copying neurons (docs/routes.md).

Everything here speaks of the expansion, in which affine nodes are substituted into their readers:

* a neuron of layer 1 computes ``1/M`` of its value, with the least power of two ``M >= 1`` that no weight or bias of it
  exceeds;
* a neuron whose value (or ``1/M`` of it) is read with weights up to ``w`` (or ``M*w``) is copied ``n >= w`` times. One
  affine node that keeps the neuron's name sums the copies, times ``M/n``: it has the value that the neuron had, so that
  nothing else in the network changes, and no expanded wire weighs more than ``w/n <= 1``;
* an input that layers above the first read with weights beyond 1 is copied as ``[x]+ - [-x]+``, or ``[x]+``;
* of a bias ``b`` of a later neuron or an output, what exceeds 1 is read from ``ceil(|b|) - 1`` copies of ``[1]+``.

``n`` is ``w`` itself if all wires have the same integer weight, else a power of two: so the only new denominators are
powers of two, none above the largest ``n`` or ``M``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

from gmpy2 import mpq

from exactnet.claims.promises import Means
from exactnet.construct.base.memory import NODE_BYTES, TERM_BYTES, USUAL, bytes_text
from exactnet.kernel.domain import Domain, check_dimension
from exactnet.kernel.errors import NetworkError, RefusedError, SizeError, clip_text
from exactnet.kernel.expansion import ExpandedNode, Form, expanded_nodes
from exactnet.kernel.network import AFFINE, RELU, THRESHOLD, Network, Node, fresh_name

__all__ = ["constant_weights"]

_ZERO, _ONE = mpq(0), mpq(1)


def constant_weights(net: Network, domain: Domain, budget: int = USUAL) -> Network:
    """An equal network of the same depth whose weights and biases lie in [-1, 1].

    Parameters
    ----------
    net : relu and affine nodes; weights of any size, but the number of neurons grows with them.
    domain : says whether inputs can be negative; if not, the result is right for non-negative inputs only.
    budget : the most bytes that the neurons may take.

    Returns
    -------
    Network : the same inputs and outputs. Nodes of ``net`` keep their names and their values; a neuron that is copied
        becomes an affine node. ``measure(...)`` finds ``max_weight <= 1``, ``max_bias <= 1`` and the depth of ``net``.

    Raises
    ------
    NetworkError : there is a threshold gate.
    RefusedError : an affine map with weights beyond 1 has depth 1, and at depth 1 there is nothing to copy.
    SizeError : the neurons would take more than the budget.
    DomainError : the domain has another dimension.

    >>> from exactnet.kernel.domain import Cube
    >>> from exactnet.kernel.measures import measure
    >>> from exactnet.kernel.network import affine, relu
    >>> net = Network(["x"], [relu("h", {"x": 2}, -1), affine("y", {"h": 3}, 2)], ["y"])
    >>> made = constant_weights(net, Cube(1))
    >>> made([1]), measure(made).neurons, measure(made).max_weight, measure(made).max_bias
    ((mpq(5,1),), 7, mpq(1,1), mpq(1,1))
    """
    check_dimension(domain, net.inputs)
    plan = _plan(net)
    total = plan.neurons(domain.signed)
    if total * (NODE_BYTES + TERM_BYTES) > budget:
        count = str(total) if total < 10**30 else f"about 2^{total.bit_length() - 1}"
        raise SizeError(
            f"too large to build: constant weights take {count} neurons, more than fit into "
            f"{bytes_text(budget)} of memory (--max-memory)"
        )
    return _Copier(net, plan, domain.signed).network()


def _ceil(value: mpq) -> int:
    return int(-(-value.numerator // value.denominator))


def _power_of_two(value: mpq) -> int:
    """The least power of two, 1 included, that is at least ``value``."""
    return 1 << (max(1, _ceil(value)) - 1).bit_length()


def _copies(least: mpq, most: mpq) -> int:
    """How many copies are made of what is read with weights of absolute value from ``least`` to ``most``."""
    return int(most) if least == most and most.denominator == 1 else _power_of_two(most)


@dataclass
class _Plan:
    """What is divided, copied and passed on; found on the expansion.

    Attributes
    ----------
    scale : ``M`` of the neurons in layer 1. Neurons that are not listed lie above.
    copies : how many copies are made of each neuron.
    passed : the inputs that are copied, and how often.
    bias : the biases in the expansion of later neurons and of affine outputs.
    """

    scale: dict[str, int] = field(default_factory=dict)
    copies: dict[str, int] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)
    bias: dict[str, mpq] = field(default_factory=dict)

    def constants(self, name: str) -> int:
        """How many constants ``[1]+`` a node reads: a bias of absolute value up to 1 stays with the node."""
        return max(0, _ceil(abs(self.bias.get(name, _ZERO))) - 1)

    def neurons(self, signed: bool) -> int:
        """How many neurons are made."""
        constants = max(map(self.constants, self.bias), default=0)
        return sum(self.copies.values()) + sum(self.passed.values()) * (2 if signed else 1) + constants


@dataclass(slots=True)
class _Seen:
    """What is known of a form that many nodes share: layer, largest coefficient, and how it was scaled so far."""

    layer: int
    peak: mpq
    low: mpq | None = None
    high: mpq | None = None


class _Survey:
    """Goes through the expansion and notes with which weights every neuron and input is read above layer 1."""

    def __init__(self, net: Network) -> None:
        self.plan = _Plan()
        self.layer = dict.fromkeys(net.inputs, 0)
        self.least: dict[str, mpq] = {}
        self.most: dict[str, mpq] = {}
        self.depth = 1
        self._seen: WeakKeyDictionary[Form, _Seen] = WeakKeyDictionary()

    def add(self, node: ExpandedNode) -> None:
        """Take in one node of the expansion; its sources came before."""
        form, scale = node.form, abs(node.scale)
        seen = self._seen.get(form)
        if seen is None:
            layer = 1 + max((self.layer[source] for source in form.coefs), default=0)
            seen = self._seen[form] = _Seen(layer, max(map(abs, form.coefs.values()), default=_ZERO))
        self.depth = max(self.depth, seen.layer)
        if node.kind == RELU:
            self.layer[node.id] = seen.layer
            self.plan.copies[node.id] = 1
            if seen.layer == 1:
                self.plan.scale[node.id] = _power_of_two(max(scale * seen.peak, abs(node.bias)))
                return
        self.plan.bias[node.id] = node.bias
        if seen.low is None or seen.high is None or not seen.low <= scale <= seen.high:  # else it says nothing new
            for source, coef in form.coefs.items():
                self.read(source, abs(scale * coef))
            seen.low = scale if seen.low is None else min(seen.low, scale)
            seen.high = scale if seen.high is None else max(seen.high, scale)

    def read(self, source: str, weight: mpq) -> None:
        """Note one wire."""
        self.least[source] = min(weight, self.least.get(source, weight))
        self.most[source] = max(weight, self.most.get(source, weight))


def _plan(net: Network) -> _Plan:
    """Decide everything, or refuse."""
    for name in net.order:
        if net.kind(name) == THRESHOLD:
            raise NetworkError(
                f"constant weights (S2) are for ReLU networks; node {clip_text(name)} is a threshold gate"
            )
    survey = _Survey(net)
    for node in expanded_nodes(list(net.nodes()), net.outputs):
        survey.add(node)
    for name in net.outputs:
        if net.kind(name) == RELU:  # the linear output layer reads it with weight 1
            survey.read(name, _ONE)
            survey.depth = max(survey.depth, survey.layer[name] + 1)
    plan = survey.plan
    for source, most in survey.most.items():
        scale = plan.scale.get(source, 1)
        count = _copies(survey.least[source] * scale, most * scale)
        if source in plan.copies:
            plan.copies[source] = count
        elif count > 1:
            plan.passed[source] = count
    if survey.depth == 1 and (plan.passed or any(map(plan.constants, plan.bias))):
        raise RefusedError(
            "constant weights (S2) do not apply: a network of depth 1 is an affine map, which has no neurons to copy,"
            " and this one has a weight or bias beyond 1"
        )
    return plan


class _Copier:
    """Builds the network.

    A form over inputs alone can have readers in layer 1, which read the inputs, and later ones, which read their
    copies. So every node has two names, ``first`` and ``later``, of nodes with the same value; most often they are one.
    """

    def __init__(self, net: Network, plan: _Plan, signed: bool) -> None:
        self.net, self.plan = net, plan
        self.taken = {*net.inputs, *net.order}
        self.nodes: list[Node] = []
        self.first = {name: name for name in net.inputs}
        self.later = dict(self.first)
        for name, count in plan.passed.items():
            self.later[name] = self._pass(name, count, signed)
        self.constant = self._make_constants()

    def network(self) -> Network:
        """Build it."""
        for node in self.net.nodes():
            if node.kind == RELU:
                self._neuron(node)
            else:
                self._affine(node)
        return Network(self.net.inputs, self._needed(), self.net.outputs)

    # --- nodes -------------------------------------------------------------------------------

    def _fresh(self, name: str) -> str:
        return fresh_name(name, self.taken)

    def _add(self, name: str, kind: str, sources: Mapping[str, mpq], bias: mpq, means: Means | None = None) -> str:
        self.nodes.append(Node(name, RELU if kind == RELU else AFFINE, sources, bias, means))
        return name

    def _copy(self, name: str, count: int, sources: Mapping[str, mpq], bias: mpq, scale: int = 1) -> list[str]:
        """``count`` ReLUs of ``1/scale`` of a form; several sources are joined once, in an affine node."""
        if len(sources) > 1:
            sources, bias = {self._add(self._fresh(f"{name}.form"), AFFINE, sources, bias): _ONE}, _ZERO
        scaled = {source: weight / scale for source, weight in sources.items()}
        return [self._add(self._fresh(f"{name}#{i}"), RELU, scaled, bias / scale) for i in range(1, count + 1)]

    def _pass(self, name: str, count: int, signed: bool) -> str:
        """An affine node with the value of an input, over copies in layer 1."""
        wires = dict.fromkeys(self._copy(f"[{name}]+", count, {name: _ONE}, _ZERO), mpq(1, count))
        if signed:
            wires |= dict.fromkeys(self._copy(f"[-{name}]+", count, {name: -_ONE}, _ZERO), mpq(-1, count))
        return self._add(self._fresh(f"{name}.passed"), AFFINE, wires, _ZERO)

    def _make_constants(self) -> dict[int, str]:
        """The copies of ``[1]+``, and for every number of them that is read, an affine node with their sum."""
        counts = sorted(set(map(self.plan.constants, self.plan.bias)) - {0})
        ones = self._copy("1", max(counts, default=0), {}, _ONE)
        sums: dict[int, str] = {}
        below = 0
        for count in counts:  # each sum reads the one below it: the wires stored are as many as the copies
            wires = dict.fromkeys(ones[below:count], _ONE)
            if below:
                wires[sums[below]] = _ONE
            sums[count] = self._add(self._fresh(f"1*{count}"), AFFINE, wires, _ZERO)
            below = count
        return sums

    def _read(self, node: Node) -> tuple[dict[str, mpq], mpq]:
        """Sources and bias of a later neuron or an output; beyond 1, its expanded bias is read from constants."""
        sources = {self.later[source]: weight for source, weight in node.sources.items()}
        count = self.plan.constants(node.id)
        if not count:
            return sources, node.bias
        sign = 1 if self.plan.bias[node.id] > 0 else -1
        sources[self.constant[count]] = mpq(sign)
        return sources, node.bias - sign * count

    def _neuron(self, node: Node) -> None:
        self.first[node.id] = self.later[node.id] = node.id
        scale, count = self.plan.scale.get(node.id), self.plan.copies[node.id]
        if scale is None:
            sources, bias = self._read(node)
        else:
            sources, bias = {self.first[source]: weight for source, weight in node.sources.items()}, node.bias
        if (scale or 1) == count == 1:
            self._add(node.id, RELU, sources, bias, node.means)
            return
        copies = self._copy(node.id, count, sources, bias, scale or 1)
        self._add(node.id, AFFINE, dict.fromkeys(copies, mpq(scale or 1, count)), _ZERO, node.means)

    def _affine(self, node: Node) -> None:
        output = node.id in self.net.outputs
        if output:  # its bias is made small, which must not reach its readers
            self._add(node.id, AFFINE, *self._read(node), node.means)
        named = {self.first[source]: weight for source, weight in node.sources.items()}
        over_copies = {self.later[source]: weight for source, weight in node.sources.items()}
        name = self._fresh(f"{node.id}.inner") if output else node.id
        self.first[node.id] = self.later[node.id] = self._add(name, AFFINE, named, node.bias, node.means)
        if over_copies.keys() != named.keys():
            self.later[node.id] = self._add(
                self._fresh(f"{node.id}.passed"), AFFINE, over_copies, node.bias, node.means
            )

    # --- the result --------------------------------------------------------------------------

    def _needed(self) -> list[Node]:
        """All neurons, and the affine nodes that they or outputs need; promises speak of nodes that are there."""
        needed = {*self.net.outputs}
        kept: list[Node] = []
        for node in reversed(self.nodes):  # every node after its readers
            if node.kind == RELU or node.id in needed:
                needed.update(node.sources)
                kept.append(node)
        there = needed | {*self.net.inputs} | {node.id for node in kept}
        return [replace(node, means=self._promise(node.means, there)) for node in reversed(kept)]

    def _promise(self, means: Means | None, there: set[str]) -> Means | None:
        """The promise of a node, where a node that is gone is replaced by the one of the same value over copies."""
        if means is None or means.here.keys() <= there:
            return means
        here = {name if name in there else self.later.get(name, name): weight for name, weight in means.here.items()}
        return replace(means, here=here) if here.keys() <= there else None
