"""The measures of a network, all of its expansion; steps of two ReLUs are found as the network is written.

In the expansion every affine node is substituted into the nodes that read it, so that no large weight hides as a product
of small ones. Threshold gates are measured in normal form: coprime integers on integer-valued sources.

To believe: that :meth:`Expansion.form` substitutes rightly, that :func:`content` is what a form is divided by to make its
coefficients coprime integers, that the largest is taken over all nodes, that :func:`chains` passes a value on to its last reader,
and that :func:`live_part` leaves out nothing that an output depends on. All numbers are exact.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from .network import Net
from .reading import Number, bounded, over


class Form(NamedTuple):
    """A linear form over inputs and active nodes, ``scale·coefs + bias``; the rest is about ``coefs``.

    Normal coefficients are those on integer-valued multiples of the sources. Their content is the largest rational of
    which all are integer multiples; its denominator is their common denominator. ``plain_content`` is that of ``coefs``.
    """

    scale: Number
    bias: Number
    coefs: Mapping[str, Number]
    layer: int
    peak: Fraction
    normal_peak: Fraction
    content: Fraction
    plain_content: Fraction

    def bits(self) -> int:
        """The most bits of a coefficient, scaled."""
        if self.plain_content.denominator == 1 and isinstance(self.scale, int):
            return bits_of(self.peak * self.scale)  # among integers, the largest has the most
        return max((bits_of(c * self.scale) for c in self.coefs.values()), default=1)


def bits_of(value: Number) -> int:
    """The bits of the numerator or of the denominator, whichever are more."""
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def content(values: Iterable[Number]) -> Fraction:
    """The largest rational of which all values are integer multiples (0 if all are 0)."""
    distinct = set(values)
    return Fraction(gcd(*(x.numerator for x in distinct)), common({x.denominator for x in distinct}))


def common(denominators: Iterable[int]) -> int:
    """Their least common multiple."""
    shared = 1
    for denominator in denominators:
        shared = int(bounded(lcm(shared, denominator)))
    return shared


def largest(values: Collection[Number]) -> Fraction:
    """The largest absolute value (0 if there is none)."""
    return Fraction(max([0, *values, *(-x for x in values)]))


class Expansion:
    """Measures a network whose affine nodes are all substituted into the nodes that read them.

    ``signed``: an input can be negative, so that two neurons pass it on. ``reads`` is filled with what every active node and
    every affine output reads after that.
    """

    def __init__(self, net: Net, p: int, signed: bool = True, reads: dict[str, Form] | None = None) -> None:
        self.layer, self.denominator = dict.fromkeys(net.inputs, 0), dict.fromkeys(net.inputs, p)
        self.forms: dict[str, Form] = {}  # of the affine nodes that are still to be read
        unread = Counter(source for wires in net.wires.values() for source in wires)
        plain = [name for name in net.outputs if net.kind[name] in ("relu", "input")]  # a linear layer reads them
        depth, wire_count, bias_count, bits = 0, len(plain), 0, 1
        stops: dict[str, int] = {}  # the layer of the last reader; an output of the last layer is read above all
        last: set[str] = {*plain}
        noted: set[str] = set()  # affine nodes whose form is that of a reader which has been seen
        max_weight, max_bias, denominator = Fraction(1 if plain else 0), Fraction(0), 1
        for name, wires in net.wires.items():
            kind, form = net.kind[name], self.form(wires, net.bias[name])
            scale, unit = abs(Fraction(form.scale)), Fraction(1)
            only = next(iter(wires)) if len(wires) == 1 and wires.keys() <= self.forms.keys() else None
            for source in self.forms.keys() & wires.keys():
                unread[source] -= 1
                if not unread[source]:
                    del self.forms[source]
            if kind == "affine" and unread[name]:
                self.forms[name] = form
            if kind == "affine" and name not in net.outputs:
                continue
            if reads is not None:
                reads[name] = form
            if kind != "affine":
                self.layer[name], self.denominator[name] = form.layer, 1
            if kind == "relu":
                self.denominator[name] = common([(scale * form.content).denominator, form.bias.denominator])
            if kind != "threshold":
                denominator = common([denominator, (scale * form.plain_content).denominator, form.bias.denominator])
            if kind == "threshold":  # in normal form: coprime integers on integer-valued sources
                unit = content([scale * form.content, form.bias]) or unit
            weight = scale * (form.normal_peak if kind == "threshold" else form.peak)
            max_weight, max_bias = max(max_weight, weight / unit), max(max_bias, abs(Fraction(form.bias)) / unit)
            depth, wire_count = max(depth, form.layer), wire_count + len(form.coefs)
            bias_count += int(form.bias != 0)
            bits = max(bits, bits_of(form.bias / unit), bits_of(weight / unit) if kind == "threshold" else form.bits())
            if only not in noted:  # else its readers all lie in this layer, and it has been seen to
                stops |= {source: max(form.layer, stops.get(source, 0)) for source in form.coefs}
            if only is not None:
                noted.add(only)
            if kind == "affine":
                last |= form.coefs.keys()
        depth = max([depth, *(self.layer[name] + 1 for name in plain)])
        active = [layer for name, layer in self.layer.items() if net.kind[name] != "input"]
        self.widest_layer, self.highest_layer = max(Counter(active).values(), default=0), max(active, default=0)
        self.measures: dict[str, Number] = {"depth": depth, "neurons": len(active), "wires": wire_count}
        self.measures["parameters"] = wire_count + bias_count
        self.measures |= {"max_weight": max_weight, "max_bias": max_bias, "denominator": denominator}
        if reads is not None:  # nobody asks for more measures
            return
        stops |= dict.fromkeys(last, depth)
        stops |= {name: depth + 1 for name in net.outputs if net.kind[name] == "threshold"}
        self.measures |= {"bits": bits, **self.layered(net, stops, depth, 2 if signed else 1)}

    def layered(self, net: Net, stops: Mapping[str, int], depth: int, twice: int) -> dict[str, Number]:
        """Width, size and gates; ``stops``: the layer of the last reader; ``twice``: the neurons that pass an input on."""
        own = Counter(layer for name, layer in self.layer.items() if net.kind[name] != "input")
        steps = pairs(net)
        neurons = dict.fromkeys(net.inputs, twice) | dict.fromkeys((lower for _, lower in steps), 0)  # the upper passes both on
        rows = own + chains((self.layer[name], stop, neurons.get(name, 1)) for name, stop in stops.items())
        relus = sum(net.kind[name] == "relu" for name in self.layer)
        widest = max(rows[layer] for layer in range(1, depth + 1))
        return {"width": widest, "size": rows.total(), "gates": own.total() - relus + len(steps)}

    def form(self, wires: Mapping[str, Number], bias: Number) -> Form:
        """The form of a node over inputs and active nodes, and what is measured of it."""
        if len(wires) == 1:
            [(source, w)] = wires.items()
            if source in self.forms:  # many nodes may read one long form: it is not written out again
                inner = self.forms[source]
                return inner._replace(scale=bounded(w * inner.scale), bias=bounded(bias + w * inner.bias))
        total: dict[str, Number] = defaultdict(int)
        for source, w in wires.items():
            if source in self.forms:
                inner = self.forms[source]
                bias = bounded(bias + w * inner.bias)
                for original, c in inner.coefs.items():
                    total[original] = bounded(total[original] + w * inner.scale * c)
            else:
                total[source] += w
        coefs = {source: c for source, c in total.items() if c}
        normal = {over(c, self.denominator[source]) for source, c in coefs.items()}
        layer = 1 + max((self.layer[source] for source in coefs), default=0)
        return Form(1, bias, coefs, layer, largest(coefs.values()), largest(normal), content(normal), content(coefs.values()))


def live_part(net: Net) -> Net:
    """The network with affine nodes substituted, without the active nodes that no output depends on after that."""
    forms: dict[str, Form] = {}
    Expansion(net, 1, True, forms)
    live = set(net.outputs)
    for name in reversed(forms):
        if name in live:
            live.update(forms[name].coefs)
    kept = [name for name in forms if name in live]
    wires = {name: {source: bounded(forms[name].scale * c) for source, c in forms[name].coefs.items()} for name in kept}
    kinds = {name: net.kind[name] for name in (*net.inputs, *kept)}
    return net._replace(kind=kinds, wires=wires, bias={name: forms[name].bias for name in kept})


def pairs(net: Net) -> list[tuple[str, str]]:
    """The most disjoint pairs ``(upper, lower)`` of ReLUs with ``[z+1]+ - [z]+ = 1[z >= 0]``, as the network is written.

    Neither is an output; they read the same with the same weights, the bias of ``upper`` is that of ``lower`` plus 1, and every
    reader reads them with opposite weights.
    """
    readers: dict[str, dict[str, Number]] = defaultdict(dict)
    for name, wires in net.wires.items():
        for source, w in wires.items():
            readers[source][name] = w
    relus = [name for name, kind in net.kind.items() if kind == "relu" and readers[name] and name not in net.outputs]
    unpaired: dict[Hashable, list[str]] = defaultdict(list)
    steps = []
    for name in sorted(relus, key=lambda name: net.bias[name]):  # from the lowest bias upwards, as many as can be
        sources, bias = frozenset(net.wires[name].items()), net.bias[name]
        lower = unpaired.get((bias - 1, sources, frozenset((reader, -w) for reader, w in readers[name].items())))
        if lower:
            steps.append((name, lower.pop()))
        else:
            unpaired[bias, sources, frozenset(readers[name].items())].append(name)
    return steps


def chains(sources: Iterable[tuple[int, int, int]]) -> Counter[int]:
    """The neurons of each layer that pass values on, for (layer of the source, layer of the last reader, neurons a layer)."""
    change: Counter[int] = Counter()
    for start, stop, neurons in sources:
        if stop > start + 1:
            change[start + 1] += neurons
            change[stop] -= neurons
    rows: Counter[int] = Counter()
    held = 0
    for layer in range(1, max(change, default=0)):
        held += change[layer]
        rows[layer] = held
    return rows
