"""A naive second implementation of the measures, from the definitions, and random networks to hold both on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from math import gcd, lcm

import networkx as nx
from gmpy2 import mpq
from hypothesis import strategies as st

from exactnet.kernel.measures import Measures
from exactnet.kernel.network import AFFINE, INPUT, RELU, THRESHOLD, Network, Node, affine, relu, threshold

# --- a naive second implementation -------------------------------------------------------------------


def fraction(value: mpq) -> Fraction:
    return Fraction(int(value.numerator), int(value.denominator))


def naive_wires(net: Network) -> dict[str, tuple[dict[str, Fraction], Fraction]]:
    """Expanded wires and bias of every node (needed or not), path by path."""

    def paths(name: str) -> list[tuple[str | None, Fraction]]:
        """All affine-only paths into a node, each with its product of weights; None stands for a bias."""
        found: list[tuple[str | None, Fraction]] = [(None, fraction(net.bias(name)))]
        for source, weight in net.sources(name):
            if net.kind(source) == AFFINE:
                found.extend((end, fraction(weight) * product) for end, product in paths(source))
            else:
                found.append((source, fraction(weight)))
        return found

    wires = {}
    for name in net.order:
        total: defaultdict[str | None, Fraction] = defaultdict(Fraction)
        for end, product in paths(name):
            total[end] += product
        wires[name] = ({end: w for end, w in total.items() if end is not None and w}, total[None])
    return wires


Wires = dict[str, tuple[dict[str, Fraction], Fraction]]
Readers = dict[str, dict[tuple[str, str], Fraction]]


def naive_steps(net: Network, active: list[str]) -> set[tuple[str, str]]:
    """A maximum matching of the ReLUs that are a step as the network is written, by a general algorithm."""
    relus = [name for name in active if net.kind(name) == RELU and name not in net.outputs]
    could_pair: nx.Graph[str] = nx.Graph()
    for upper in relus:
        for lower in relus:
            same_in = dict(net.sources(upper)) == dict(net.sources(lower)) and net.bias(upper) == net.bias(lower) + 1
            opposite = dict(net.readers(upper)) == {reader: -weight for reader, weight in net.readers(lower)}
            if same_in and opposite and dict(net.readers(upper)):
                could_pair.add_edge(upper, lower)
    return set(nx.max_weight_matching(could_pair, maxcardinality=True))


def naive_measure(net: Network, p: int, signed: bool) -> Measures:
    """All measures by the definitions, one wire and one chain neuron at a time."""
    wires = naive_wires(net)
    active = [name for name in net.order if net.kind(name) != AFFINE]
    linear_outputs = [name for name in net.outputs if net.kind(name) == AFFINE]

    layer = dict.fromkeys(net.inputs, 0)
    for name in active:
        layer[name] = 1 + max([layer[source] for source in wires[name][0]], default=0)
    depth = max([layer[name] for name in active], default=0)
    for name in net.outputs:
        if net.kind(name) == AFFINE:
            depth = max(depth, 1 + max([layer[source] for source in wires[name][0]], default=0))
        elif net.kind(name) in (RELU, INPUT):
            depth = max(depth, layer[name] + 1)

    # who reads whom
    outgoing: Readers = {name: {} for name in layer}
    for name in active:
        for source, weight in wires[name][0].items():
            outgoing[source][name, "node"] = weight
    for name in linear_outputs:
        for source, weight in wires[name][0].items():
            outgoing[source][name, "output"] = weight
    for name in net.outputs:
        if net.kind(name) in (RELU, INPUT):
            outgoing[name][name, "output"] = Fraction(1)

    matching = naive_steps(net, active)

    # weights
    weights: list[Fraction] = [Fraction(1) for name in net.outputs if net.kind(name) in (RELU, INPUT)]
    biases: list[Fraction] = []
    denominators: list[int] = []
    integer_multiple = dict.fromkeys(net.inputs, p)
    for name in [*active, *linear_outputs]:
        own, bias = wires[name]
        whole = {source: weight / integer_multiple[source] for source, weight in own.items()}
        if net.kind(name) == THRESHOLD:
            multiple = lcm(*[w.denominator for w in whole.values()], bias.denominator)
            divisor = gcd(*[int(w * multiple) for w in whole.values()], int(bias * multiple)) or 1
            weights.extend(abs(w) * multiple / divisor for w in whole.values())
            biases.append(abs(bias) * multiple / divisor)
            integer_multiple[name] = 1
        else:
            weights.extend(map(abs, own.values()))
            biases.append(abs(bias))
            denominators.extend(number.denominator for number in [*own.values(), bias])
            integer_multiple[name] = lcm(*[w.denominator for w in whole.values()], bias.denominator)
    numbers = weights + biases

    # layered: the neurons of every layer, by name
    at: dict[int, set[tuple[str, str]]] = {number: set() for number in range(1, depth + 1)}
    for name in active:
        at[layer[name]].add((name, "own"))
    passed_by_partner = {lower for _, lower in matching}
    for source in layer:
        last = max([depth if role == "output" else layer[reader] for reader, role in outgoing[source]], default=0)
        if source in net.outputs and net.kind(source) == THRESHOLD:
            last = depth + 1
        for number in range(layer[source] + 1, last):
            if source not in passed_by_partner:
                at[number].add((source, "+"))
            if signed and net.kind(source) == INPUT:
                at[number].add((source, "-"))

    return Measures(
        depth=depth,
        width=max((len(neurons) for neurons in at.values()), default=0),
        size=sum(len(neurons) for neurons in at.values()),
        neurons=len(active),
        gates=sum(net.kind(name) == THRESHOLD for name in active) + len(matching),
        wires=(count := sum(len(readers) for readers in outgoing.values())),
        parameters=count + sum(wires[name][1] != 0 for name in [*active, *linear_outputs]),
        max_weight=mpq(str(max(weights, default=0))),
        max_bias=mpq(str(max(biases, default=0))),
        bits=max((max(n.numerator.bit_length(), n.denominator.bit_length()) for n in numbers), default=1),
        denominator=lcm(*denominators),
    )


# --- random networks ---------------------------------------------------------------------------------

WEIGHTS = [mpq(1), mpq(-1), mpq(1), mpq(-1), mpq(2), mpq(-2), mpq(3), mpq(1, 2), mpq(-1, 2), mpq(2, 3), mpq(-3, 16)]
MAKERS: dict[str, Callable[..., Node]] = {AFFINE: affine, RELU: relu, THRESHOLD: threshold}
BIASES = [mpq(0), mpq(0), mpq(1), mpq(-1), mpq(1, 2), mpq(5, 3), mpq(-4)]


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Small mixed networks, rich in cancelling paths, shared forms and steps of two ReLUs; some are circuits."""
    inputs = [f"x{i}" for i in range(draw(st.integers(1, 3)))]
    names = list(inputs)
    nodes: list[Node] = []
    circuit = draw(st.integers(0, 4)) == 0
    shapes = [AFFINE, THRESHOLD] if circuit else [AFFINE, RELU, THRESHOLD, "steps"]
    for number in range(draw(st.integers(0, 9))):
        sources = draw(st.dictionaries(st.sampled_from(names), st.sampled_from(WEIGHTS), max_size=3))
        bias = draw(st.sampled_from(BIASES))
        shape = draw(st.sampled_from(shapes))
        forms = [node for node in nodes if node.kind == AFFINE and node.sources]
        if forms and draw(st.integers(0, 2)) == 0:  # read a form, and take one of its wires away again
            form = draw(st.sampled_from(forms))
            source, weight = draw(st.sampled_from(sorted(form.sources.items())))
            sources = {**sources, form.id: mpq(2), source: -2 * weight}
        name = f"n{number}"
        if shape == "steps":  # weights alternate, so that any two neighbours are a step
            ramp = {f"{name}_{row}": mpq((-1) ** row) for row in range(draw(st.integers(2, 4)))}
            nodes.extend(Node(relu_name, RELU, sources, bias - row) for row, relu_name in enumerate(ramp))
            names.extend(draw(st.sets(st.sampled_from(sorted(ramp)), max_size=1)))
            nodes.append(Node(name, AFFINE, ramp))
        else:
            nodes.append(MAKERS[shape](name, sources, bias))
        names.append(name)
    gates = [node.id for node in nodes if node.kind == THRESHOLD]
    outputs = st.sampled_from(gates if circuit and gates else names)
    return Network(inputs, nodes, draw(st.lists(outputs, min_size=1, max_size=3, unique=True)))
