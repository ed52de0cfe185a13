"""From a network to the network under construction, node by node: what all routes have in common.

A route brings its :class:`Lemmas`: how it makes one ReLU, one ReLU of the last layer modulo ``q``, and one threshold
gate out of an integer form over literals. Here is the rest: scaling, affine nodes, signs that never change, the
output stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from gmpy2 import mpq

from exactnet.claims.promises import Means
from exactnet.claims.statements import Form
from exactnet.construct.base.builder import MAX_TABLE, Builder, CircuitBuilder, ReluBuilder
from exactnet.construct.base.inputs import as_bits, as_integers
from exactnet.construct.base.linear import Linear
from exactnet.construct.base.scaling import RationalForm, combine, primitive
from exactnet.construct.gadgets.outputs.clipped import clipping
from exactnet.construct.gadgets.outputs.exact import Reduction, exact_outputs, reduce_mod
from exactnet.construct.gadgets.ramps import Ramps, as_ramps
from exactnet.kernel.domain import Product
from exactnet.kernel.network import AFFINE, RELU, THRESHOLD, Network

__all__ = [
    "CIRCUITS",
    "Form",
    "Inputs",
    "Lemmas",
    "NodeGates",
    "Ramps",
    "Stages",
    "Translation",
    "build",
    "cheapest_inputs",
    "fill",
    "input_ways",
    "read_inputs",
    "threshold_of",
]

#: How inputs are read: in one of the two ways of :mod:`inputs`, or as bits made by ramps (:mod:`ramps`).
Inputs = Literal["integers", "bits"] | Ramps

#: The forms whose result is a threshold circuit.
CIRCUITS = ("circuit", "levels")

#: The gates of one node, predicted: ``(builder, form, kind)``.
NodeGates = Callable[[Builder, Linear, str], int]

class RoundedOutput(Protocol):
    """The output stage of the rounded form; ``reduce`` makes the last layer of gates, also that of the clipped form."""

    def __call__(
        self,
        builder: Builder,
        form: RationalForm,
        output_range: int,
        r: int,
        name: str,
        reduce: Reduction = reduce_mod,
        /,
    ) -> RationalForm:
        """The value of the output."""
        ...


@dataclass(frozen=True)
class Lemmas:
    """How a route makes one gate. Forms are primitive, over signals with ranges ``[0, high]``, and may take both signs."""

    relu: Callable[[Builder, Linear, str, Means], Linear]
    """``[form]+`` as a linear form over signals: ``(builder, form, name, means)``."""
    relu_mod: Callable[[Builder, Linear, int, str, Means], Linear]
    """A linear form that is congruent to ``[form]+`` mod ``q``: ``(builder, form, q, name, means)``."""
    threshold: Callable[[Builder, Linear, str, Means], Linear]
    """``1[form >= 0]`` as a 0/1-valued form: ``(builder, form, name, means)``."""
    reduce: Reduction = reduce_mod
    """``form mod q`` at an exact output, for a form that is never negative: ``(builder, form, q, name)``."""
    network: Callable[[Iterable[str], Iterable[str]], Builder] = ReluBuilder
    """The builder of a ReLU network with these inputs and outputs."""
    circuit: Callable[[Iterable[str], Iterable[str]], Builder] = CircuitBuilder
    """The builder of a threshold circuit."""


@dataclass(frozen=True)
class Stages:
    """All that a route brings: how inputs are read, its lemmas, and the output stage of its rounded form."""

    inputs: Inputs
    lemmas: Lemmas
    rounded: RoundedOutput
    clips: bool = False
    """Whether the rounded form is right beyond ``R`` too, so that it is the clipped one."""
    searched: Callable[[Form], Mapping[str, int]] = lambda form: {}
    """What a search found while a network of this form was built, that bounds depend on: by the name of the option."""


def read_inputs(builder: Builder, domain: Product, how: Inputs) -> dict[str, RationalForm]:
    """The inputs as forms over literals."""
    if isinstance(how, Ramps):
        return as_ramps(builder, domain, how.delta)
    return as_bits(builder, domain) if how == "bits" else as_integers(builder, domain)


def last_relus(net: Network) -> set[str]:
    """The ReLUs that only outputs read, directly or through affine nodes."""
    inner: set[str] = set()
    for name in reversed(net.order):
        if any(net.kind(reader) != AFFINE or reader in inner for reader, _ in net.readers(name)):
            inner.add(name)
    return {name for name in net.order if net.kind(name) == RELU and name not in inner}


def threshold_of(builder: Builder, lemmas: Lemmas, form: Linear, name: str, means: Means) -> Linear:
    """``1[form >= 0]`` as a 0/1-valued form.

    The content of the coefficients leaves the constant rounded down, which changes no sign.
    """
    content = form.content() or 1
    form = Linear({signal: c // content for signal, c in form.terms.items()}, form.constant // content)
    low, high = builder.interval(form)
    if low >= 0 or high < 0:
        return Linear({}, int(low >= 0))
    return lemmas.threshold(builder, form, name, means)


class Translation:
    """The value of every node of the original as a rational form over literals of the network under construction.

    Parameters
    ----------
    values : the inputs by name; every node is added.
    defer : ReLUs that are not built: a name stands for each, and ``deferred`` builds it once the modulus is known.
    """

    def __init__(
        self, builder: Builder, net: Network, values: dict[str, RationalForm], defer: set[str], lemmas: Lemmas
    ) -> None:
        self.builder = builder
        self.values = values
        self.lemmas = lemmas
        self.deferred: dict[str, Callable[[int], Linear]] = {}
        for name in net.order:
            pre = combine(((weight, values[source]) for source, weight in net.sources(name)), net.bias(name))
            means = Means(
                f"1[{name} before its activation >= 0]", "step", {}, dict(net.sources(name)), net.bias(name)
            )
            kind = net.kind(name)
            if kind == AFFINE:
                values[name] = pre
            elif kind == RELU:
                values[name] = self._relu(pre, name, means, name in defer)
            else:
                sign = threshold_of(builder, lemmas, primitive(pre)[0], name, means)
                values[name] = RationalForm.of(sign, mpq(1))

    def _relu(self, pre: RationalForm, name: str, means: Means, defer: bool) -> RationalForm:
        builder, lemmas = self.builder, self.lemmas
        form, scale = primitive(pre)
        low, high = builder.interval(form)
        if high <= 0:
            return RationalForm()
        if low >= 0:
            return pre
        if not defer:
            return RationalForm.of(lemmas.relu(builder, form, name, means), scale)
        stand_in = builder.fresh(f"[{name}]+")
        self.deferred[stand_in] = lambda q: lemmas.relu_mod(builder, form, q, name, means)
        return RationalForm({stand_in: scale})


def output_forms(
    builder: Builder, net: Network, domain: Product, inputs: Inputs, lemmas: Lemmas, budget: int | None
) -> list[RationalForm]:
    """What the outputs are forms of, with the hidden layers laid out by a builder; outputs that are inputs are left out.

    Raises :class:`SizeError` where that takes more bytes than the budget.
    """
    builder.budget = budget
    values = Translation(builder, net, read_inputs(builder, domain, inputs), set(), lemmas).values
    return [values[name] for name in net.outputs if name not in net.inputs]


def build(
    form: Form, net: Network, domain: Product, output_range: int, r: int, stages: Stages, budget: int | None = None
) -> Network:
    """The network with small weights, right on all of the cube or the grid.

    Parameters
    ----------
    form : ``"exact"``: ``N'(x) = N(x)`` wherever ``|N(x)| <= output_range`` and ``r*N(x)`` is an integer; ``"rounded"``:
        ``floor(r*N(x))/r`` wherever ``|N(x)| <= output_range``; ``"clipped"``: ``floor(r*clip(N(x)))/r`` with ``clip(z) =
        min(max(z, -R), R)``, for all values of ``N``; ``"circuit"``: an equivalent threshold circuit; ``"levels"``: the same
        of threshold gates over ReLUs.
    net : relu, threshold and affine nodes; for a circuit, threshold and affine nodes, and threshold outputs.
    budget : the most bytes that building may take.

    Raises
    ------
    SizeError : it would take more than the budget, or more than a construction takes on.
    """
    make = stages.lemmas.circuit if form in CIRCUITS else stages.lemmas.network
    builder = make(net.inputs, net.outputs)
    builder.budget = budget
    fill(builder, form, net, domain, output_range, r, stages)
    return builder.network()


def fill(
    builder: Builder, form: Form, net: Network, domain: Product, output_range: int, r: int, stages: Stages
) -> None:
    """Ask a builder for all nodes of the network that :func:`build` gives."""
    values = read_inputs(builder, domain, stages.inputs)
    defer = last_relus(net) if form == "exact" else set()
    translation = Translation(builder, net, values, defer, stages.lemmas)
    if form == "exact":
        _exact_outputs(builder, net, translation, output_range, r, stages.lemmas)
    elif form == "rounded" or (form == "clipped" and stages.clips):
        _rounded_outputs(builder, net, translation, output_range, r, stages.rounded)
    elif form == "clipped":
        _clipped_outputs(builder, net, translation, output_range, r, stages)
    else:
        _gate_outputs(builder, net, translation)


def _exact_outputs(
    builder: Builder, net: Network, translation: Translation, output_range: int, r: int, lemmas: Lemmas
) -> None:
    """ReLUs of the last layer are made modulo the ``q`` of the output."""
    forms = {name: translation.values[name] for name in net.outputs if name not in net.inputs}
    for name, value in exact_outputs(builder, forms, output_range, r, translation.deferred, lemmas.reduce).items():
        builder.affine_output(name, value.terms, value.constant)


def _rounded_outputs(
    builder: Builder, net: Network, translation: Translation, output_range: int, r: int, output: RoundedOutput
) -> None:
    for name in net.outputs:
        if name not in net.inputs:
            value = output(builder, translation.values[name], output_range, r, name)
            builder.affine_output(name, value.terms, value.constant)


def _clipped_outputs(
    builder: Builder, net: Network, translation: Translation, output_range: int, r: int, stages: Stages
) -> None:
    """Whatever real values the literals have, ``|N'| <= R`` (:mod:`output_clipped`). No output may be an input."""
    for name in net.outputs:
        form = translation.values[name]
        sides = []
        for side, limit in (("above", -output_range), ("beyond", output_range)):
            shifted = primitive(RationalForm(form.terms, form.constant - limit))[0]
            means = Means(f"1[{name} >= {limit}]", "step", {}, {name: mpq(1)}, mpq(-limit))
            sides.append(threshold_of(builder, stages.lemmas, shifted, f"{name}.{side}", means))
        reduce = clipping(sides[0], sides[1], 2 * r * output_range)
        value = stages.rounded(builder, form, output_range, r, name, reduce)
        builder.affine_output(name, value.terms, value.constant)


def _gate_outputs(builder: Builder, net: Network, translation: Translation) -> None:
    """Every output is one gate more, which rounds an exact sum."""
    for name in net.outputs:
        if net.kind(name) != THRESHOLD:
            raise ValueError(f"output {name} is not a threshold node")
        bit, _ = primitive(translation.values[name])
        builder.threshold_output(name, bit)


def input_ways(domain: Product) -> tuple[Inputs, ...]:
    """The ways to read inputs: two on a grid (as bits only where the table of a coordinate can be made), one on the cube."""
    return ("integers", "bits") if domain.kind == "grid" and domain.base <= MAX_TABLE else ("integers",)


def cheapest_inputs(net: Network, domain: Product, gates: NodeGates) -> Inputs:
    """How to read the inputs: the way with fewer gates predicted for the nodes that read only inputs.

    A node of the first layer on the grid has either few literals of many values or more literals of two; the prediction
    is exact arithmetic on the original, before anything is built.
    """
    if len(input_ways(domain)) == 1:
        return "integers"
    cost = _first_layer_cost(net, domain, "integers", gates)
    # A step for each value of each input: where that is more already, none of them is made.
    if cost <= (domain.base - 1) * domain.d:
        return "integers"
    return "integers" if cost <= _first_layer_cost(net, domain, "bits", gates) else "bits"


def _first_layer_cost(net: Network, domain: Product, how: Inputs, gates: NodeGates) -> int:
    """The gates predicted for reading the inputs and for the nodes that read nothing but inputs."""
    builder = ReluBuilder(net.inputs, ())
    values = read_inputs(builder, domain, how)
    cost = builder.gates
    for name in net.order:
        if all(source in values for source, _ in net.sources(name)):
            pre = combine(((weight, values[source]) for source, weight in net.sources(name)), net.bias(name))
            if net.kind(name) == AFFINE:
                values[name] = pre
                continue
            cost += gates(builder, primitive(pre)[0], net.kind(name))
    return cost
