"""The output of the rounded form, ``floor(r*N)/r`` (docs/theory.md).

With ``V = r*N + r*R = V'/Delta`` for an integer form ``V'`` in ``[0, 2rR*Delta]``, and ``c = ceil(2^t/Delta)``, ``e =
c*Delta - 2^t``: ``floor(V'/Delta) = floor(c*V'/2^t)`` as soon as ``2^t > 2rR*Delta*e``. Writing every coefficient of
``c*V'`` as a multiple of ``2^t`` plus a rest in ``[0, 2^t)``, only the carry of the rests has to be found.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from gmpy2 import mpq

from exactnet.construct.builder import Builder
from exactnet.construct.carry import OVERLAPPING, Predicates, carry_gates
from exactnet.construct.digits import Digits, Expansion, largest_digit_bits
from exactnet.construct.linear import Linear
from exactnet.construct.output_exact import Reduction, reduce_mod, residue_form
from exactnet.construct.scaling import RationalForm
from exactnet.rationals import lcm_all

__all__ = ["CARRY", "CarryOutput", "Output", "Quotient", "integer_value", "plan_quotient", "reduce_quotient"]

#: How a rounded output of routes B and D is made: by a comparison for each of several values, or by the carry, as route A does.
Output = Literal["windows", "carry"]


@dataclass(frozen=True)
class Quotient:
    """``floor(V) = whole + floor(rest / 2^power)``, ``rest = sum of digits.forms[b] * beta^b``, never negative."""

    whole: Linear
    digits: Digits
    power: int


def integer_value(form: RationalForm, output_range: int, r: int) -> tuple[Linear, int]:
    """An integer form ``V'`` and ``Delta`` with ``V = r*form + r*output_range = V'/Delta``."""
    terms = {signal: c * r for signal, c in form.terms.items()}
    constant = form.constant * r + r * output_range
    delta = int(lcm_all(c.denominator for c in [*terms.values(), constant]))
    return Linear({signal: int(c * delta) for signal, c in terms.items()}, int(constant * delta)), delta


def plan_quotient(builder: Builder, form: RationalForm, output_range: int, r: int, bits: int) -> Quotient:
    """Divide ``V = r*form + r*output_range`` by its denominator, with a power of two that ``bits`` divides.

    The multiples of ``2^power`` that the balanced digits leave go to ``whole``.
    """
    value, delta = integer_value(form, output_range, r)
    t = (delta - 1).bit_length()
    while True:
        factor = -(-(1 << t) // delta)
        if (1 << t) > 2 * r * output_range * delta * (factor * delta - (1 << t)):
            break
        t += 1
    power = -(-t // bits) * bits
    factor <<= power - t
    scaled = value.scaled(factor)
    blocks = power // bits
    low, high = Expansion.of(builder, scaled, bits).split(blocks)
    whole_constant, rest_constant = divmod(scaled.constant - low.negative, 1 << power)
    return Quotient(high.plus(whole_constant), low.digits(rest_constant + low.negative, blocks), power)


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
    value = reduce(builder, residue_form(builder, quotient.whole + carry, q), q, name)
    return RationalForm.of(value.plus(-r * output_range), mpq(1, r))


@dataclass(frozen=True)
class CarryOutput:
    """The rounded output by the carry out of redundant digits: the layers of the predicates and two more."""

    predicates: Predicates

    def gates(self, quotient: Quotient) -> int:
        """The gates predicted for the carry."""
        return carry_gates(self.predicates, quotient.digits, len(quotient.digits.forms))

    def plan(self, builder: Builder, form: RationalForm, output_range: int, r: int) -> Quotient:
        """Choose the digit size by the gates of the carry."""
        sizes = range(1, largest_digit_bits(builder.mass(form.terms)) + 1)
        plans = [plan_quotient(builder, form, output_range, r, bits) for bits in sizes]
        return min((plan for plan in plans if plan.digits.admissible), key=self.gates)

    def gates_of_all(self, builder: Builder, forms: Iterable[RationalForm], output_range: int, r: int) -> int:
        """The gates predicted for the carries of all outputs."""
        return sum(self.gates(self.plan(builder, form, output_range, r)) for form in forms)

    def make(
        self,
        builder: Builder,
        form: RationalForm,
        output_range: int,
        r: int,
        name: str,
        reduce: Reduction = reduce_mod,
    ) -> RationalForm:
        """``floor(r*form)/r``: the carry of the rests, and a reduction modulo ``q``."""
        quotient = self.plan(builder, form, output_range, r)
        digits, blocks = quotient.digits, len(quotient.digits.forms)
        carries = self.predicates.make(builder, digits, blocks, name)
        most = (sum(high << (b * digits.bits) for b, high in enumerate(digits.highs))) >> quotient.power
        carry = builder.share(carries.sums[blocks] + carries.into(blocks), f"{name}.carry", 0, most)
        return reduce_quotient(builder, quotient, carry, output_range, r, name, reduce)


#: Route A's output of three layers of gates.
CARRY = CarryOutput(OVERLAPPING)
