"""Depth, neurons, wires, largest weight and bias, and common denominator of a network, all of its expansion.

In the expansion every affine node is substituted into the nodes that read it, so that no large weight hides as a product
of small ones. Threshold gates are measured in normal form: coprime integers on integer-valued sources.

To believe: that :meth:`Expansion.form` substitutes rightly, that :func:`content` is what a form is divided by to make its
coefficients coprime integers, that the largest is taken over all nodes, and that :func:`live_part` leaves out nothing that an
output depends on. All numbers are exact.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
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

    ``reads`` is filled with what every active node and every affine output reads after that.
    """

    def __init__(self, net: Net, p: int, reads: dict[str, Collection[str]] | None = None) -> None:
        self.layer, self.denominator = dict.fromkeys(net.inputs, 0), dict.fromkeys(net.inputs, p)
        self.forms: dict[str, Form] = {}  # of the affine nodes that are still to be read
        unread = Counter(source for wires in net.wires.values() for source in wires)
        plain = [name for name in net.outputs if net.kind[name] in ("relu", "input")]  # a linear layer reads them
        depth, wire_count = 0, len(plain)
        max_weight, max_bias, denominator = Fraction(1 if plain else 0), Fraction(0), 1
        for name, wires in net.wires.items():
            kind, form = net.kind[name], self.form(wires, net.bias[name])
            scale, unit = abs(Fraction(form.scale)), Fraction(1)
            for source in self.forms.keys() & wires.keys():
                unread[source] -= 1
                if not unread[source]:
                    del self.forms[source]
            if kind == "affine" and unread[name]:
                self.forms[name] = form
            if kind == "affine" and name not in net.outputs:
                continue
            if reads is not None:
                reads[name] = form.coefs.keys()
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
        depth = max([depth, *(self.layer[name] + 1 for name in plain)])
        active = [layer for name, layer in self.layer.items() if net.kind[name] != "input"]
        self.widest_layer, self.highest_layer = max(Counter(active).values(), default=0), max(active, default=0)
        self.measures: dict[str, Number] = {"depth": depth, "neurons": len(active), "wires": wire_count}
        self.measures |= {"max_weight": max_weight, "max_bias": max_bias, "denominator": denominator}
        if "relu" not in net.active:  # else pairs of ReLUs that are one step would have to be found
            self.measures["gates"] = len(active)

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
    """The network without the active nodes that no output depends on, once affine nodes are substituted.

    An affine node may still read them where they cancel out: those wires go too.
    """
    reads: dict[str, Collection[str]] = {}
    Expansion(net, 1, reads)
    live = set(net.outputs)
    for name in reversed(reads):
        if name in live:
            live.update(reads[name])
    dead = {name for name in reads if name not in live}
    wires = {name: {s: w for s, w in net.wires[name].items() if s not in dead} for name in net.wires if name not in dead}
    return net._replace(kind={name: kind for name, kind in net.kind.items() if name not in dead}, wires=wires)
