"""The output of the exact form: one layer of gates and a linear layer (THEORY section 4).

If ``V = r*N + r*R`` is an integer in ``[0, 2rR]``, and ``q > 2rR`` is coprime to the denominators of the form, then ``V`` is
congruent mod ``q`` to a form ``F >= 0`` with coefficients below ``q``, and ``V = F - q * sum_s 1[F >= s*q]``.
"""

from __future__ import annotations

from math import gcd

from gmpy2 import mpq

from exactnet.construct.builder import Builder
from exactnet.construct.linear import Linear, total
from exactnet.construct.scaling import RationalForm
from exactnet.rationals import lcm_all

__all__ = ["exact_output", "modulus", "reduce_mod"]


def modulus(denominator: int, values: int) -> int:
    """The least ``q > values`` that is coprime to the denominator.

    >>> modulus(6, 20)
    23
    """
    q = values + 1
    while gcd(q, denominator) != 1:
        q += 1
    return q


def reduce_mod(builder: Builder, form: Linear, q: int, name: str) -> Linear:
    """``form mod q`` for a form that is never negative: ``F - q * sum_s 1[F >= s*q]``, one layer of gates."""
    low, high = builder.interval(form)
    if low < 0:
        raise ValueError(f"{name}: the form may be {low}")
    steps = [builder.step(form, s * q, f"{name}.F") for s in range(1, high // q + 1)]
    return total([form, *(step.scaled(-q) for step in steps)])


def exact_output(builder: Builder, form: RationalForm, output_range: int, r: int, name: str) -> RationalForm:
    """The value ``N`` where ``r*N`` is an integer and ``|N| <= output_range``, from a form for ``N``."""
    terms = {signal: c * r for signal, c in form.terms.items()}
    constant = form.constant * r + r * output_range
    denominator = int(lcm_all(c.denominator for c in [*terms.values(), constant]))
    q = modulus(denominator, 2 * r * output_range)

    def residue(c: mpq) -> int:
        return int(c.numerator) * pow(int(c.denominator), -1, q) % q

    reduced = Linear({signal: residue(c) for signal, c in terms.items()}, residue(constant))
    value = reduce_mod(builder, reduced, q, name)
    return RationalForm.of(value.plus(-r * output_range), mpq(1, r))
