"""Route A (``lookahead``): small weights in depth at most ``3k+3`` (S1), and ``2t+1`` for threshold circuits (S3).

A hidden ReLU layer becomes three layers of gates (:mod:`relu_layer`), a threshold gate two (:mod:`sign`), the output
stage one layer (exact form) or three to four (rounded form), and a linear layer reads the result. A gate of a circuit
whose weights are already within what the lemma would give is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from exactnet.construct.builder import Builder
from exactnet.construct.linear import Linear
from exactnet.construct.output_rounded import rounded_output_linear, rounded_output_pairs
from exactnet.construct.relu_layer import relu_mod, relu_of
from exactnet.construct.sign import plan_sign, sign_of
from exactnet.construct.translate import (
    Inputs,
    Lemmas,
    RoundedOutput,
    build_circuit,
    build_clipped,
    build_exact,
    build_rounded,
    choose_inputs,
)
from exactnet.domain import Product
from exactnet.network import RELU, Means, Network

__all__ = [
    "LEMMAS",
    "Options",
    "choose_options",
    "lookahead_circuit",
    "lookahead_clipped",
    "lookahead_exact",
    "lookahead_rounded",
]


@dataclass(frozen=True)
class Options:
    """What route A may choose: how inputs are read, and how the rounded output finds its carry."""

    inputs: Inputs = "integers"
    carry: Literal["linear", "pairs"] = "linear"


def _relu(builder: Builder, form: Linear, name: str, means: Means) -> Linear:
    return relu_of(builder, plan_sign(builder, form), name, means)


def _relu_mod(builder: Builder, form: Linear, q: int, name: str, means: Means) -> Linear:
    return relu_mod(builder, plan_sign(builder, form), form, q, name, means)


def _threshold(builder: Builder, form: Linear, name: str, means: Means) -> Linear:
    """``1[form >= 0]``: the gate itself if its weights are small already, else the sign by carry lookahead."""
    plan = plan_sign(builder, form)
    if max(abs(c) for c in form.terms.values()) <= plan.largest_weight:
        return builder.step(form, 0, f"{name}.form")
    return sign_of(builder, plan, name, means, owner=name)


#: Carry lookahead: three layers of gates for a ReLU, two for a threshold gate.
LEMMAS = Lemmas(relu=_relu, relu_mod=_relu_mod, threshold=_threshold)

_OUTPUTS: dict[str, RoundedOutput] = {"linear": rounded_output_linear, "pairs": rounded_output_pairs}


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
    return build_exact(net, domain, output_range, r, options.inputs, LEMMAS)


def lookahead_rounded(net: Network, domain: Product, output_range: int, r: int, options: Options) -> Network:
    """S1, rounded form: ``N'(x) = floor(r*N(x))/r`` wherever ``|N(x)| <= output_range``.

    Depth at most ``3(k-1) + 5`` with the linear carry, one less with pairs, one more with inputs read as bits.
    """
    return build_rounded(net, domain, output_range, r, options.inputs, LEMMAS, _OUTPUTS[options.carry])


def lookahead_clipped(net: Network, domain: Product, output_range: int, r: int, options: Options) -> Network:
    """S1, clipped form: ``N'(x) = floor(r*clip(N(x)))/r`` with ``clip(z) = min(max(z, -R), R)``; depth as rounded."""
    return build_clipped(net, domain, output_range, r, options.inputs, LEMMAS, _OUTPUTS[options.carry])


def lookahead_circuit(net: Network, domain: Product, options: Options) -> Network:
    """S3: an equivalent threshold circuit with small weights, of depth at most ``2t+1``.

    ``net`` has threshold and affine nodes only, and threshold outputs.
    """
    return build_circuit(net, domain, options.inputs, LEMMAS)


def choose_options(net: Network, domain: Product, options: Options) -> Options:
    """Choose how to read the inputs by the gates predicted for the first layer."""
    return replace(options, inputs=choose_inputs(net, domain, _predicted_gates))


def _predicted_gates(builder: Builder, form: Linear, kind: str) -> int:
    plan = plan_sign(builder, form)
    return plan.gates + (sum(plan.digits.highs) if kind == RELU else 0)
