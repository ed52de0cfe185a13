"""Route A (``lookahead``): small weights in depth at most ``3k+3`` (S1), and ``2t+1`` for threshold circuits (S3).

A hidden ReLU layer becomes three layers of gates (:mod:`relu_layer`), a threshold gate two (:mod:`sign`), the output stage
one layer (exact form) or three to four (rounded form), and a linear layer reads the result. A gate of a circuit whose weights
are already within what the lemma would give is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from gmpy2 import mpq

from exactnet.construct.builder import Builder, CircuitBuilder, ReluBuilder
from exactnet.construct.inputs import as_bits, as_integers
from exactnet.construct.linear import Linear
from exactnet.construct.output_exact import exact_outputs
from exactnet.construct.output_rounded import rounded_output_linear, rounded_output_pairs
from exactnet.construct.relu_layer import relu_mod, relu_of
from exactnet.construct.scaling import RationalForm, combine, primitive
from exactnet.construct.sign import plan_sign, sign_of
from exactnet.domain import Product
from exactnet.network import AFFINE, RELU, THRESHOLD, Means, Network

__all__ = ["Options", "choose_options", "lookahead_circuit", "lookahead_exact", "lookahead_rounded"]

Inputs = Literal["integers", "bits"]


@dataclass(frozen=True)
class Options:
    """What route A may choose: how inputs are read, and how the rounded output finds its carry."""

    inputs: Inputs = "integers"
    carry: Literal["linear", "pairs"] = "linear"


def _inputs(builder: Builder, domain: Product, how: Inputs) -> dict[str, RationalForm]:
    return as_bits(builder, domain) if how == "bits" else as_integers(builder, domain)


def _threshold(builder: Builder, form: Linear, name: str, means: Means) -> Linear:
    """``1[form >= 0]``: the gate itself if its weights are small already, else the sign by carry lookahead."""
    content = form.content() or 1
    form = Linear({signal: c // content for signal, c in form.terms.items()}, form.constant // content)
    low, high = builder.interval(form)
    if low >= 0 or high < 0:
        return Linear({}, int(low >= 0))
    plan = plan_sign(builder, form)
    if max(abs(c) for c in form.terms.values()) <= plan.largest_weight:
        return builder.step(form, 0, f"{name}.form")
    return sign_of(builder, plan, name, means, owner=name)


def _last_relus(net: Network) -> set[str]:
    """The ReLUs that only outputs read, directly or through affine nodes."""
    inner: set[str] = set()
    for name in reversed(net.order):
        if any(net.kind(reader) != AFFINE or reader in inner for reader, _ in net.readers(name)):
            inner.add(name)
    return {name for name in net.order if net.kind(name) == RELU and name not in inner}


class _Translation:
    """The value of every node of the original as a rational form over literals of the network under construction.

    ReLUs in ``defer`` are not built: a name stands for each, and ``deferred`` builds it once the modulus is known.
    """

    def __init__(self, builder: Builder, net: Network, values: dict[str, RationalForm], defer: set[str]) -> None:
        self.builder = builder
        self.values = values
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
                values[name] = RationalForm.of(_threshold(builder, primitive(pre)[0], name, means), mpq(1))

    def _relu(self, pre: RationalForm, name: str, means: Means, defer: bool) -> RationalForm:
        builder = self.builder
        form, scale = primitive(pre)
        low, high = builder.interval(form)
        if high <= 0:
            return RationalForm()
        if low >= 0:
            return pre
        shifted = plan_sign(builder, form)
        if not defer:
            return RationalForm.of(relu_of(builder, shifted, name, means), scale)
        stand_in = builder.fresh(f"[{name}]+")
        self.deferred[stand_in] = lambda q: relu_mod(builder, shifted, form, q, name, means)
        return RationalForm({stand_in: scale})


def lookahead_exact(net: Network, domain: Product, output_range: int, r: int, options: Options) -> Network:
    """S1, exact form: ``N'(x) = N(x)`` wherever ``|N(x)| <= output_range`` and ``r*N(x)`` is an integer.

    Parameters
    ----------
    net : a network of relu, threshold and affine nodes, of any depth.
    domain : the cube or the grid; the result is right on all of it.

    Returns
    -------
    Network : relu and affine nodes only, of depth at most ``3(k-1) + 2`` (one more with inputs read as bits).
    """
    builder = ReluBuilder(net.inputs, net.outputs)
    made = _Translation(builder, net, _inputs(builder, domain, options.inputs), _last_relus(net))
    forms = {name: made.values[name] for name in net.outputs if name not in net.inputs}
    for name, value in exact_outputs(builder, forms, output_range, r, made.deferred).items():
        builder.affine_output(name, value.terms, value.constant)
    return builder.network()


def lookahead_rounded(net: Network, domain: Product, output_range: int, r: int, options: Options) -> Network:
    """S1, rounded form: ``N'(x) = floor(r*N(x))/r`` wherever ``|N(x)| <= output_range``.

    Depth at most ``3(k-1) + 5`` with the linear carry, one less with pairs, one more with inputs read as bits.
    """
    output = rounded_output_linear if options.carry == "linear" else rounded_output_pairs
    builder = ReluBuilder(net.inputs, net.outputs)
    made = _Translation(builder, net, _inputs(builder, domain, options.inputs), set())
    for name in net.outputs:
        if name not in net.inputs:
            value = output(builder, made.values[name], output_range, r, name)
            builder.affine_output(name, value.terms, value.constant)
    return builder.network()


def lookahead_circuit(net: Network, domain: Product, options: Options) -> Network:
    """S3: an equivalent threshold circuit with small weights, of depth at most ``2t+1``.

    ``net`` has threshold and affine nodes only, and threshold outputs.
    """
    builder = CircuitBuilder(net.inputs, net.outputs)
    made = _Translation(builder, net, _inputs(builder, domain, options.inputs), set())
    for name in net.outputs:
        if net.kind(name) != THRESHOLD:
            raise ValueError(f"output {name} is not a threshold node")
        bit, _ = primitive(made.values[name])
        builder.threshold_output(name, bit.plus(-1) if bit.terms else Linear({}, bit.constant - 1))
    return builder.network()


def choose_options(net: Network, domain: Product, options: Options) -> Options:
    """Choose how to read the inputs: the way with fewer gates predicted for the nodes that read only inputs.

    A node of the first layer on the grid has either few literals of many values or more literals of two; the prediction
    is exact arithmetic on the original, before anything is built.
    """
    if domain.kind == "cube":
        return replace(options, inputs="integers")
    ways: tuple[Inputs, ...] = ("integers", "bits")
    return replace(options, inputs=min(ways, key=lambda how: _first_layer_cost(net, domain, how)))


def _first_layer_cost(net: Network, domain: Product, how: Inputs) -> int:
    """The gates predicted for reading the inputs and for the nodes that read nothing but inputs."""
    builder = ReluBuilder(net.inputs, ())
    values = _inputs(builder, domain, how)
    cost = builder.gates
    for name in net.order:
        if all(source in values for source, _ in net.sources(name)):
            pre = combine(((weight, values[source]) for source, weight in net.sources(name)), net.bias(name))
            if net.kind(name) == AFFINE:
                values[name] = pre
                continue
            planned = plan_sign(builder, primitive(pre)[0])
            cost += planned.gates + (sum(planned.digits.highs) if net.kind(name) == RELU else 0)
    return cost
