"""The output of the rounded form, ``floor(r*N)/r`` (docs/theory.md).

With ``V = r*N + r*R = V'/Delta`` for an integer form ``V'`` in ``[0, 2rR*Delta]``, and ``c = ceil(2^t/Delta)``, ``e =
c*Delta - 2^t``: ``floor(V'/Delta) = floor(c*V'/2^t)`` as soon as ``2^t > 2rR*Delta*e``. Writing every coefficient of
``c*V'`` as a multiple of ``2^t`` plus a rest in ``[0, 2^t)``, only the carry of the rests has to be found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.construct.builder import Builder
from exactnet.construct.carry import carry_into, linear_predicates, pair_predicates
from exactnet.construct.digits import Digits, Expansion
from exactnet.construct.linear import Linear, total
from exactnet.construct.output_exact import reduce_mod
from exactnet.construct.scaling import RationalForm
from exactnet.rationals import lcm_all

__all__ = ["Quotient", "Reduction", "plan_quotient", "reduce_quotient", "rounded_output_linear", "rounded_output_pairs"]


#: ``(builder, form, q, name)``: the value of the output (shifted to begin at 0) from a form ``F >= 0`` that is
#: congruent to it mod ``q``. One layer of gates.
Reduction = Callable[[Builder, Linear, int, str], Linear]

#: ``(builder, digits, name)``: the carry out of all blocks, wraps of the top digit included.
CarryOf = Callable[[Builder, Digits, str], Linear]


@dataclass(frozen=True)
class Quotient:
    """``floor(V) = whole + floor(rest / 2^power)``, ``rest = sum of digits.forms[b] * beta^b``, never negative."""

    whole: Linear
    digits: Digits
    power: int


def plan_quotient(builder: Builder, form: RationalForm, output_range: int, r: int, bits: int) -> Quotient:
    """Divide ``V = r*form + r*output_range`` by its denominator, with a power of two that ``bits`` divides.

    The multiples of ``2^power`` that the balanced digits leave go to ``whole``.
    """
    terms = {signal: c * r for signal, c in form.terms.items()}
    constant = form.constant * r + r * output_range
    delta = int(lcm_all(c.denominator for c in [*terms.values(), constant]))
    t = (delta - 1).bit_length()
    while True:
        factor = -(-(1 << t) // delta)
        if (1 << t) > 2 * r * output_range * delta * (factor * delta - (1 << t)):
            break
        t += 1
    power = -(-t // bits) * bits
    factor <<= power - t
    scaled = Linear({signal: int(c * delta) * factor for signal, c in terms.items()}, int(constant * delta) * factor)
    blocks = power // bits
    low, high = Expansion.of(builder, scaled, bits).split(blocks)
    whole_constant, rest_constant = divmod(scaled.constant - low.negative, 1 << power)
    return Quotient(high.plus(whole_constant), low.digits(rest_constant + low.negative, blocks), power)


def _plan(builder: Builder, form: RationalForm, output_range: int, r: int) -> Quotient:
    """Choose the smallest admissible digit size: it has the smallest weights."""
    bits = 0
    while True:
        bits += 1
        quotient = plan_quotient(builder, form, output_range, r, bits)
        if quotient.digits.admissible:
            return quotient


def reduce_quotient(
    builder: Builder,
    quotient: Quotient,
    carry: Linear,
    output_range: int,
    r: int,
    name: str,
    reduce: Reduction = reduce_mod,
) -> RationalForm:
    """The output from ``whole + carry``, reduced modulo ``q = 2rR + 1``: one layer of gates."""
    q = 2 * r * output_range + 1
    whole = Linear({signal: c % q for signal, c in quotient.whole.terms.items()}, quotient.whole.constant % q)
    value = reduce(builder, whole + carry, q, name)
    return RationalForm.of(value.plus(-r * output_range), mpq(1, r))


def _rounded(
    builder: Builder, form: RationalForm, output_range: int, r: int, name: str, carry_of: CarryOf, reduce: Reduction
) -> RationalForm:
    """Divide, find ``floor(rest / 2^t)`` in the way given, reduce."""
    quotient = _plan(builder, form, output_range, r)
    digits = quotient.digits
    carry = Linear()
    if digits.forms:
        carry = builder.share(carry_of(builder, digits, name), f"{name}.carry", 0, digits.wraps[-1] + 1)
    return reduce_quotient(builder, quotient, carry, output_range, r, name, reduce)


def _linear_carry(builder: Builder, digits: Digits, name: str) -> Linear:
    predicates, hi = linear_predicates(builder, digits, name)
    return hi + carry_into(builder, predicates, [], name)


def _pairs_carry(builder: Builder, digits: Digits, name: str) -> Linear:
    predicates = pair_predicates(builder, digits, name, len(digits.forms))
    top = len(digits.forms) - 1
    steps = [builder.step(digits.forms[top], t * digits.beta, f"{name}.A{top}") for t in range(1, digits.wraps[top] + 1)]
    return total([*steps, carry_into(builder, predicates, [], name)])


def rounded_output_linear(
    builder: Builder, form: RationalForm, output_range: int, r: int, name: str, reduce: Reduction = reduce_mod
) -> RationalForm:
    """``floor(r*N)/r`` in four layers of gates and few of them (``D_b`` linear)."""
    return _rounded(builder, form, output_range, r, name, _linear_carry, reduce)


def rounded_output_pairs(
    builder: Builder, form: RationalForm, output_range: int, r: int, name: str, reduce: Reduction = reduce_mod
) -> RationalForm:
    """``floor(r*N)/r`` in three layers of gates (``g`` and ``p`` over pairs)."""
    return _rounded(builder, form, output_range, r, name, _pairs_carry, reduce)
