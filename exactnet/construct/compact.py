"""Route C (``compact``): few gates in depth ``4k-2`` (exact), ``4k+1`` (rounded), and ``3t+1`` for threshold circuits.

A hidden ReLU layer becomes four layers of gates, a threshold gate three, all by :mod:`canonical`: about
``blocks * (nu + 2 + beta + blocks/(2w))`` gates for a ReLU, where route A takes ``3 nu^2`` a block. Literals are the bits of
canonical digits, half as many as route A's. The rounded output takes its carry from the same lemma.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gmpy2 import mpq

from exactnet.construct.builder import Builder
from exactnet.construct.canonical import Carries, digit_sums, group_size, masked_bits, owned_step
from exactnet.construct.digits import Digits, largest_digit_bits
from exactnet.construct.linear import Linear, total
from exactnet.construct.output_exact import reduce_mod, residue_form
from exactnet.construct.output_rounded import Quotient, Reduction, plan_quotient
from exactnet.construct.scaling import RationalForm
from exactnet.construct.sign import Shifted, sign_plans
from exactnet.construct.translate import (
    Inputs,
    Lemmas,
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
    "compact_circuit",
    "compact_clipped",
    "compact_exact",
    "compact_rounded",
    "rounded_output",
]


@dataclass(frozen=True)
class Options:
    """What route C may choose: how inputs are read."""

    inputs: Inputs = "integers"


# --- plans ---------------------------------------------------------------------------------


def _arrivals(digits: Digits, block: int) -> int:
    """The gates of the carry into a block: one a group below it."""
    return -(-block // group_size(digits))


def _carry_gates(digits: Digits, block: int) -> int:
    """The gates of the carry into a block with all that it is made of."""
    return sum(digits.wraps) + 2 * block + _arrivals(digits, block)


def _sign_gates(plan: Shifted) -> int:
    """The gates predicted for the sign alone."""
    return _carry_gates(plan.digits, len(plan.digits.forms) - 1) + 1


def _tops(plan: Shifted, most: int) -> list[int]:
    """The largest digits of ``[L]+`` if ``L <= most``, up to the highest that is not 0."""
    places = range(0, plan.power, plan.digits.bits)
    return [min(plan.digits.beta - 1, most >> place) for place in places if most >> place]


def _relu_gates(plan: Shifted, most: int) -> int:
    """The gates predicted for a ReLU of a form that is at most ``most``."""
    tops = _tops(plan, most)
    blocks = len(plan.digits.forms) - 1
    return _sign_gates(plan) + sum(tops) + sum(_arrivals(plan.digits, b) for b in range(1, min(len(tops) + 1, blocks)))


def _plan_sign(builder: Builder, form: Linear) -> Shifted:
    return min(sign_plans(builder, form), key=_sign_gates)


def _plan_relu(builder: Builder, form: Linear) -> Shifted:
    most = builder.interval(form)[1]
    return min(sign_plans(builder, form), key=lambda plan: _relu_gates(plan, most))


# --- the lemmas of the route ---------------------------------------------------------------


def _sign(
    builder: Builder, plan: Shifted, sums: tuple[Linear, ...], name: str, means: Means, owner: str
) -> tuple[Linear, Carries]:
    """``1[L >= 0]``: the canonical digit above the carries, which is 0 or 1 and so ``1[D >= 1]`` plus the carry into it."""
    top = len(plan.digits.forms) - 1
    carries = Carries.of(builder, sums[:top], plan.digits.beta, group_size(plan.digits), name)
    digit = owned_step(builder, sums[top], 1, f"{name}.top", owner or name)
    return builder.share(digit + carries.into(top, owner), f"{name}.sign", 0, 1, means), carries


def _read(digits: list[list[Linear]], bits: int) -> Linear:
    """The number with the given bits of its digits, lowest first."""
    return total(
        bit.scaled(1 << (b * bits + s)) for b, digit in enumerate(digits) for s, bit in enumerate(digit)
    )


def _digits_of_relu(builder: Builder, plan: Shifted, most: int, name: str, means: Means) -> list[list[Linear]]:
    """The bits of the canonical digits of ``[L]+``, which is at most ``most``."""
    beta = plan.digits.beta
    sums = digit_sums(builder, plan.digits, name)
    sign, carries = _sign(builder, plan, sums, name, means, "")
    literals = []
    for b, top in enumerate(_tops(plan, most)):
        value = sums[b] + carries.into(b) - carries.into(b + 1).scaled(beta)
        literals.append(masked_bits(builder, value, beta - 1, top, sign, f"{name}.V{b}"))
    return literals


def _relu(builder: Builder, form: Linear, name: str, means: Means) -> Linear:
    """``[form]+`` over the bits of its canonical digits: four layers of gates."""
    plan, most = _plan_relu(builder, form), builder.interval(form)[1]
    return _read(_digits_of_relu(builder, plan, most, name, means), plan.digits.bits)


def _relu_mod(builder: Builder, form: Linear, q: int, name: str, means: Means) -> Linear:
    """A form congruent to ``[form]+`` mod ``q``: the bits of ``form mod q`` masked by the sign, or the canonical digits.

    ``form mod q`` takes one layer of gates, one for each multiple of ``q``, and is linear after it; so its thermometer can
    be masked like a digit's.
    """
    most = builder.interval(form)[1]
    residue = residue_form(builder, form, q)
    high = builder.interval(residue)[1]
    plan, full = _plan_sign(builder, form), _plan_relu(builder, form)
    top = min(q - 1, high)
    if _relu_gates(full, most) <= _sign_gates(plan) + high // q + top:
        return _relu(builder, form, name, means)
    sign, _ = _sign(builder, plan, digit_sums(builder, plan.digits, name), name, means, "")
    value = reduce_mod(builder, residue, q, f"{name}.mod")
    return _read([masked_bits(builder, value, top, top, sign, f"{name}.residue")], 0)


def _threshold(builder: Builder, form: Linear, name: str, means: Means) -> Linear:
    """``1[form >= 0]``: the gate itself if its weights are within those of layer 2, else the sign in three layers."""
    plan = _plan_sign(builder, form)
    if max(abs(c) for c in form.terms.values()) <= plan.digits.beta + 1:
        return builder.step(form, 0, f"{name}.form")
    return _sign(builder, plan, digit_sums(builder, plan.digits, name), name, means, name)[0]


#: Canonical digits: four layers of gates for a ReLU, three for a threshold gate.
LEMMAS = Lemmas(relu=_relu, relu_mod=_relu_mod, threshold=_threshold)


# --- the rounded output --------------------------------------------------------------------


def _plan_quotient(builder: Builder, form: RationalForm, output_range: int, r: int) -> Quotient:
    """Choose the digit size by the gates of the carry."""
    mass = builder.mass(form.terms)
    sizes = range(1, largest_digit_bits(mass) + 1)
    plans = [plan_quotient(builder, form, output_range, r, bits) for bits in sizes]
    return min(
        (plan for plan in plans if plan.digits.admissible), key=lambda plan: _carry_gates(plan.digits, len(plan.digits.forms))
    )


def rounded_output(
    builder: Builder, form: RationalForm, output_range: int, r: int, name: str, reduce: Reduction = reduce_mod
) -> RationalForm:
    """``floor(r*form)/r`` in four layers of gates: the carry of canonical digits, and a reduction modulo ``q``."""
    quotient = _plan_quotient(builder, form, output_range, r)
    digits, blocks = quotient.digits, len(quotient.digits.forms)
    sums = digit_sums(builder, digits, name)
    carries = Carries.of(builder, sums[:blocks], digits.beta, group_size(digits), name)
    most = (sum(high << (b * digits.bits) for b, high in enumerate(digits.highs))) >> quotient.power
    carry = builder.share(sums[blocks] + carries.into(blocks), f"{name}.carry", 0, most)
    q = 2 * r * output_range + 1
    value = reduce(builder, residue_form(builder, quotient.whole + carry, q), q, name)
    return RationalForm.of(value.plus(-r * output_range), mpq(1, r))


# --- the route -----------------------------------------------------------------------------


def compact_exact(net: Network, domain: Product, output_range: int, r: int, options: Options) -> Network:
    """S1, exact form: ``N'(x) = N(x)`` wherever ``|N(x)| <= output_range`` and ``r*N(x)`` is an integer.

    Parameters
    ----------
    net : a network of relu, threshold and affine nodes, of any depth.
    domain : the cube or the grid; the result is right on all of it.

    Returns
    -------
    Network : relu and affine nodes only, of depth at most ``4k-2`` (one more with inputs read as bits).
    """
    return build_exact(net, domain, output_range, r, options.inputs, LEMMAS)


def compact_rounded(net: Network, domain: Product, output_range: int, r: int, options: Options) -> Network:
    """S1, rounded form: ``N'(x) = floor(r*N(x))/r`` wherever ``|N(x)| <= output_range``, in depth at most ``4k+1``.

    One more with inputs read as bits.
    """
    return build_rounded(net, domain, output_range, r, options.inputs, LEMMAS, rounded_output)


def compact_clipped(net: Network, domain: Product, output_range: int, r: int, options: Options) -> Network:
    """S1, clipped form: ``N'(x) = floor(r*clip(N(x)))/r`` with ``clip(z) = min(max(z, -R), R)``; depth as rounded."""
    return build_clipped(net, domain, output_range, r, options.inputs, LEMMAS, rounded_output)


def compact_circuit(net: Network, domain: Product, options: Options) -> Network:
    """S3: an equivalent threshold circuit with small weights, of depth at most ``3t+1``.

    ``net`` has threshold and affine nodes only, and threshold outputs.
    """
    return build_circuit(net, domain, options.inputs, LEMMAS)


def choose_options(net: Network, domain: Product, options: Options) -> Options:
    """Choose how to read the inputs by the gates predicted for the first layer."""
    return replace(options, inputs=choose_inputs(net, domain, _predicted_gates))


def _predicted_gates(builder: Builder, form: Linear, kind: str) -> int:
    if kind == RELU:
        return _relu_gates(_plan_relu(builder, form), builder.interval(form)[1])
    return _sign_gates(_plan_sign(builder, form))
