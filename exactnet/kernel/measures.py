"""Depth, width, wires and weights of a network, all measured on its expansion, without writing the expansion out.

Every affine node counts as substituted into the nodes that read it (:mod:`exactnet.kernel.expansion`): otherwise a large weight
could be hidden as a product of small ones. A form that many nodes read is summarised once and then only scaled. This
file is part of the trusted base.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import accumulate
from weakref import WeakKeyDictionary

import gmpy2
from gmpy2 import mpq, mpz

from exactnet.kernel.domain import Domain, check_dimension
from exactnet.kernel.expansion import ExpandedNode, Form, expanded_nodes
from exactnet.kernel.network import AFFINE, INPUT, RELU, THRESHOLD, Network
from exactnet.kernel.rationals import format_rational, lcm_all

__all__ = ["Measures", "measure", "pair_steps"]

_ZERO, _ONE = mpq(0), mpq(1)
Wires = frozenset[tuple[str, mpq]]


@dataclass(frozen=True, slots=True)
class Measures:
    """What :func:`measure` finds; every number is exact.

    Attributes
    ----------
    depth : layers, the inputs not counted. An active node (ReLU or threshold) lies one layer above the highest of its
        sources. Affine, ReLU and input outputs make a last, linear layer; threshold outputs do not.
    width : most neurons in a layer of the layered network, in which a wire that skips layers is a chain of pass-through
        neurons: one a layer for a non-negative value and for the two ReLUs of a step, two for an input of either sign.
    size : neurons and pass-through neurons.
    neurons : active nodes.
    gates : threshold nodes, and pairs of ReLUs that are one step (:func:`pair_steps`), which ``width`` and ``size`` count too.
    wires : wires into active nodes and affine outputs, and one for each output that is a ReLU or an input.
    parameters : wires, and biases of active nodes and affine outputs that are not 0.
    max_weight, max_bias : largest absolute values; those of a threshold in its normal form (see :func:`measure`).
    bits : most bits of a numerator or denominator among these weights and biases.
    denominator : least common denominator of the weights and biases of ReLUs and affine outputs.
    """

    depth: int
    width: int
    size: int
    neurons: int
    gates: int
    wires: int
    parameters: int
    max_weight: mpq
    max_bias: mpq
    bits: int
    denominator: int

    def as_json(self) -> dict[str, int | str]:
        """Counts as integers; ``max_weight``, ``max_bias`` and ``denominator``, which can be huge, as strings."""
        numbers = {field.name: getattr(self, field.name) for field in fields(self)}
        texts = {name: format_rational(numbers[name]) for name in ("max_weight", "max_bias", "denominator")}
        return numbers | texts


def measure(net: Network, domain: Domain | None = None) -> Measures:
    """Measure the expansion of a network.

    A threshold gate is measured in its normal form: on integer-valued sources, with the coefficients and the bias
    multiplied to coprime integers. An input ``x`` is read as ``p·x``; a ReLU as ``D`` times its value, with the least
    ``D > 0`` that makes its own coefficients (on integer-valued sources) and its bias integers.

    Parameters
    ----------
    domain : gives ``p``, and whether inputs can be negative. Without one ``p`` is 1 and they can.

    Raises :class:`DomainError` for a domain of another dimension than the network.

    >>> from exactnet.kernel.network import affine, relu
    >>> net = Network(["x"], [affine("a", {"x": 3}), affine("b", {"a": 3}), relu("h", {"b": 3}, "1/2")], ["h"])
    >>> found = measure(net)
    >>> found.depth, found.wires, found.max_weight, found.denominator
    (2, 2, mpq(27,1), 2)
    """
    if domain is not None:
        check_dimension(domain, net.inputs)
    sweep = _Sweep(net.inputs, 1 if domain is None else domain.p)
    for node in expanded_nodes(list(net.nodes()), net.outputs):
        sweep.add(node)
    plain = [name for name in net.outputs if net.kind(name) in (INPUT, RELU)]
    for name in plain:  # the linear output layer reads it with weight 1
        sweep.wires += 1
        sweep.record(_ONE, _ZERO, 1)
        sweep.depth = max(sweep.depth, sweep.layer[name] + 1)
    depth = sweep.depth
    # The layer in which the chain of a source ends; none is above depth, so that an output overrides inner readers.
    stops = sweep.last_read | dict.fromkeys([*sweep.read_by_output, *plain], depth)
    stops.update((name, depth + 1) for name in net.outputs if net.kind(name) == THRESHOLD)
    steps = pair_steps(net)
    chain = dict.fromkeys(net.inputs, 2) if domain is None or domain.signed else {}
    chain.update((lower, 0) for _, lower in steps)  # its partner has the same layer and readers, and one chain for both
    passed = _passed_on((sweep.layer[name], stop, chain.get(name, 1)) for name, stop in stops.items())
    active = list(sweep.layer.values())[len(net.inputs) :]
    own = Counter(active)
    return Measures(
        depth=depth,
        width=max(own[layer] + passed[layer] for layer in range(1, depth + 1)),
        size=len(active) + passed.total(),
        neurons=len(active),
        gates=len(active) - sweep.relus + len(steps),
        wires=sweep.wires,
        parameters=sweep.wires + sweep.biases,
        max_weight=sweep.max_weight,
        max_bias=sweep.max_bias,
        bits=sweep.bits,
        denominator=int(sweep.denominator),
    )


def pair_steps(net: Network) -> list[tuple[str, str]]:
    """A maximum set of disjoint pairs of ReLUs ``(upper, lower)`` that are a step: ``[z+1]+ - [z]+ = 1[z >= 0]`` for integer ``z``.

    Neither is an output; as the network is written, they read the same nodes with the same weights, the bias of ``upper`` is
    that of ``lower`` plus 1, and every reader, of which there is at least one, reads them with opposite weights. Steps that
    are only seen once affine nodes are substituted are not counted.

    >>> from exactnet.kernel.network import affine, relu
    >>> nodes = [relu("a", {"x": 2}, 1), relu("b", {"x": 2}), affine("y", {"a": 3, "b": -3})]
    >>> pair_steps(Network(["x"], nodes, ["y"]))
    [('a', 'b')]
    """
    relus = [name for name in net.order if net.kind(name) == RELU and name not in net.outputs]
    # ReLUs of one bias can only be paired with those one bias below and one above: pairing from the lowest upwards is optimal.
    relus.sort(key=net.bias)
    unpaired: defaultdict[tuple[mpq, Wires, Wires], list[str]] = defaultdict(list)
    pairs: list[tuple[str, str]] = []
    for name in relus:
        bias, sources, readers = net.bias(name), frozenset(net.sources(name)), frozenset(net.readers(name))
        if not readers:
            continue
        below = unpaired.get((bias - 1, sources, frozenset((reader, -weight) for reader, weight in readers)))
        if below:
            pairs.append((name, below.pop()))
        else:
            unpaired[bias, sources, readers].append(name)
    return pairs


@dataclass(slots=True)
class _Summary:
    """What is measured of a linear form.

    The content of some rationals is the largest rational of which all are integer multiples (0 if all are 0).
    ``normal`` stands for the form over integer-valued sources.
    """

    layer: int
    peak: mpq
    content: mpq
    normal_peak: mpq
    normal_content: mpq
    scaled_bits: dict[mpq, int]


class _Sweep:
    """Adds up the measures while the nodes of the expansion come by, each after the nodes that it reads."""

    def __init__(self, inputs: Iterable[str], p: int) -> None:
        self.layer = dict.fromkeys(inputs, 0)
        self.denominator_of = dict.fromkeys(self.layer, mpz(p))  # times its value, a source is integer-valued
        self.last_read: dict[str, int] = {}
        self.read_by_output: set[str] = set()
        self.relus = 0
        self.depth = 0
        self.wires = self.biases = 0
        self.max_weight = self.max_bias = _ZERO
        self.bits = 0
        self.denominator = mpz(1)
        self._summaries: WeakKeyDictionary[Form, _Summary] = WeakKeyDictionary()

    def add(self, node: ExpandedNode) -> None:
        """Measure one node."""
        summary = self._summaries.get(node.form)
        if summary is None:
            summary = self._summaries[node.form] = self._summarise(node.form)
        self.wires, self.biases = self.wires + len(node.form.coefs), self.biases + int(node.bias != 0)
        self.depth = max(self.depth, summary.layer)
        scale = abs(node.scale)
        if node.kind == THRESHOLD:
            content = _peak_and_content((scale * summary.normal_content, node.bias))[1] or _ONE
            weight, bias = scale * summary.normal_peak / content, node.bias / content
            self.record(weight, bias, _bits(weight))
        else:
            self.record(scale * summary.peak, node.bias, self._weight_bits(node.form, summary, scale))
            shared = gmpy2.lcm((scale * summary.content).denominator, node.bias.denominator)
            self.denominator = gmpy2.lcm(self.denominator, shared)
        if node.kind == AFFINE:
            self.read_by_output.update(node.form.coefs)
            return
        self.layer[node.id] = summary.layer
        self.denominator_of[node.id] = mpz(1)
        if node.kind == RELU:
            self.relus += 1
            normal = scale * summary.normal_content
            self.denominator_of[node.id] = gmpy2.lcm(normal.denominator, node.bias.denominator)

    def record(self, weight: mpq, bias: mpq, weight_bits: int) -> None:
        """Note the largest weight of a node, its bias, and the most bits of its weights."""
        self.max_weight = max(self.max_weight, weight)
        self.max_bias = max(self.max_bias, abs(bias))
        self.bits = max(self.bits, weight_bits, _bits(bias))

    def _weight_bits(self, form: Form, summary: _Summary, scale: mpq) -> int:
        """The most bits of a coefficient of ``scale * form``."""
        if scale not in summary.scaled_bits:
            scaled = [scale * coef for coef in form.coefs.values()] if scale != 1 else form.coefs.values()
            summary.scaled_bits[scale] = max([max(c.numerator.bit_length(), c.denominator.bit_length()) for c in scaled], default=1)
        return summary.scaled_bits[scale]

    def _summarise(self, form: Form) -> _Summary:
        """Summarise a form, and note that its sources are read one layer above the highest of them.

        If the only reader is an affine output, that output lies there or higher: the note does no harm.
        """
        layer = 1 + max((self.layer[source] for source in form.coefs), default=0)
        for source in form.coefs:
            self.last_read[source] = max(layer, self.last_read.get(source, 0))
        peak, content = _peak_and_content(form.coefs.values())
        factors = [self.denominator_of[source] for source in form.coefs]
        if all(factor == 1 for factor in factors):
            return _Summary(layer, peak, content, peak, content, {})
        normal = [coef / factor for coef, factor in zip(form.coefs.values(), factors, strict=True)]
        return _Summary(layer, peak, content, *_peak_and_content(normal), {})


def _peak_and_content(values: Iterable[mpq]) -> tuple[mpq, mpq]:
    """The largest absolute value, and the content; both 0 for no values."""
    listed = list(values)
    numerator, denominator = gmpy2.gcd(*[value.numerator for value in listed]), lcm_all(value.denominator for value in listed)
    return max(map(abs, listed), default=_ZERO), mpq(numerator, denominator)


def _bits(value: mpq) -> int:
    """The bits of the numerator or of the denominator, whichever are more."""
    return int(max(value.numerator.bit_length(), value.denominator.bit_length()))


def _passed_on(sources: Iterable[tuple[int, int, int]]) -> Counter[int]:
    """Pass-through neurons in each layer, for sources given as (layer, layer of the last reader, neurons a layer)."""
    change: Counter[int] = Counter()
    for start, stop, neurons in sources:
        change[start + 1] += neurons
        change[stop] -= neurons
    if not change:
        return Counter()
    span = range(min(change), max(change) + 1)
    return Counter(dict(zip(span, accumulate(change[layer] for layer in span), strict=True)))
