"""Build a network and note what every lemma was asked for and gave, for the tactics. Untrusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from exactnet.certify.structural.tactics.nodes import Lemma
from exactnet.certify.structural.tactics.outputs import Reduced, Rounded
from exactnet.claims.promises import Means
from exactnet.construct.base.builder import Builder
from exactnet.construct.base.linear import Linear
from exactnet.construct.base.scaling import RationalForm
from exactnet.construct.gadgets.outputs.exact import Reduction
from exactnet.construct.routes.translate import CIRCUITS, Form, Stages, fill
from exactnet.kernel.domain import Product
from exactnet.kernel.network import Network

__all__ = ["Recorded", "build_recorded"]


@dataclass
class Recorded:
    """A network with the builder that built it and what the lemmas gave, by the names of nodes and outputs."""

    builder: Builder
    network: Network
    lemmas: dict[str, Lemma] = field(default_factory=dict)
    reduced: dict[str, Reduced] = field(default_factory=dict)
    rounded: dict[str, Rounded] = field(default_factory=dict)
    input_bits: Mapping[str, list[Linear]] = field(default_factory=dict)


def build_recorded(form: Form, net: Network, domain: Product, output_range: int, r: int, stages: Stages) -> Recorded:
    """What :func:`~exactnet.construct.routes.translate.build` builds, with its record."""
    lemmas = stages.lemmas
    builder = (lemmas.circuit if form in CIRCUITS else lemmas.network)(net.inputs, net.outputs)
    recorded = Recorded(builder, net)

    def relu(b: Builder, linear: Linear, name: str, means: Means) -> Linear:
        result = lemmas.relu(b, linear, name, means)
        recorded.lemmas[name] = Lemma("relu", linear, result, means)
        return result

    def relu_mod(b: Builder, linear: Linear, q: int, name: str, means: Means) -> Linear:
        result = lemmas.relu_mod(b, linear, q, name, means)
        recorded.lemmas[name] = Lemma("mod", linear, result, means, q)
        return result

    def threshold(b: Builder, linear: Linear, name: str, means: Means) -> Linear:
        result = lemmas.threshold(b, linear, name, means)
        recorded.lemmas[name] = Lemma("threshold", linear, result, means)
        return result

    def noting(reduce: Reduction) -> Reduction:
        def noted(b: Builder, linear: Linear, q: int, name: str) -> Linear:
            result = reduce(b, linear, q, name)
            recorded.reduced[name] = Reduced(linear, q, result)
            return result

        return noted

    def rounded(
        b: Builder, value: RationalForm, most: int, r_: int, name: str, reduce: Reduction = lemmas.reduce
    ) -> RationalForm:
        result = stages.rounded(b, value, most, r_, name, noting(reduce))
        recorded.rounded[name] = Rounded(value, recorded.reduced.get(name))
        return result

    recording: Any = replace(lemmas, relu=relu, relu_mod=relu_mod, threshold=threshold, reduce=noting(lemmas.reduce))
    fill(builder, form, net, domain, output_range, r, replace(stages, lemmas=recording, rounded=rounded))
    recorded.network = builder.network()
    if stages.inputs == "bits" and domain.kind == "grid":
        recorded.input_bits = {name: bits_of_again(builder, domain, name) for name in net.inputs}
    return recorded


def bits_of_again(builder: Builder, domain: Product, name: str) -> list[Linear]:
    """The bits of an input, asked for again: equal forms are one node."""
    high = 2 * domain.p**2
    integer = Linear({f"u({name})": 1})
    return [
        builder.exact_sum(integer, (np.arange(high + 1) >> s) & 1, f"{name}.bit{s}") for s in range(high.bit_length())
    ]
