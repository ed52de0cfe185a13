"""The output of the exact form: one layer of gates and a linear layer (docs/theory.md).

If ``V = r*N + r*R`` is an integer in ``[0, 2rR]``, and ``q > 2rR`` is coprime to the denominators of the form, then
``V`` is congruent mod ``q`` to a form ``F >= 0`` with coefficients below ``q``, and ``V = F - q * sum_s 1[F >=
s*q]``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import gcd

from gmpy2 import mpq

from exactnet.construct.base.builder import Builder
from exactnet.construct.base.linear import Linear, total
from exactnet.construct.base.scaling import RationalForm
from exactnet.kernel.rationals import lcm_all

__all__ = ["Reduction", "exact_outputs", "modulus", "reduce_mod", "residue_form"]

#: ``(builder, form, q, name)``: the value of an output (shifted to begin at 0) from a form that is never negative and
#: congruent to it mod ``q``. One layer of gates.
Reduction = Callable[[Builder, Linear, int, str], Linear]


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
    return form - builder.multiples(form, q, high // q, f"{name}.F").scaled(q)


def residue_form(builder: Builder, form: Linear, q: int) -> Linear:
    """A form that is congruent to ``form`` mod ``q``, with coefficients of at most ``q/2``, and never negative."""
    terms = {signal: (c + q // 2) % q - q // 2 for signal, c in form.terms.items()}
    low, _ = builder.interval(Linear(terms))
    return Linear(terms, (form.constant + low) % q - low)


def _residue(c: mpq, q: int) -> int:
    """A rational mod ``q``, its denominator being coprime to ``q``."""
    return int(c.numerator) * pow(int(c.denominator), -1, q) % q


def exact_outputs(
    builder: Builder,
    forms: Mapping[str, RationalForm],
    output_range: int,
    r: int,
    deferred: Mapping[str, Callable[[int], Linear]],
    reduce: Callable[[Builder, Linear, int, str], Linear] = reduce_mod,
) -> dict[str, RationalForm]:
    """The values ``N`` where ``r*N`` is an integer and ``|N| <= output_range``, from forms for them.

    Parameters
    ----------
    forms : for each output, a form over signals and deferred ReLUs.
    deferred : ReLUs of the last layer by the name that stands for them in ``forms``; called with ``q``, each gives a
        linear form over signals that is congruent to it mod ``q``, which is all that the outputs need.
    reduce : how a form that is never negative is made ``form mod q``: one layer of gates, and a linear form of those.
    """
    scaled = {}
    for name, form in forms.items():
        terms = {signal: c * r for signal, c in form.terms.items()}
        scaled[name] = RationalForm(terms, form.constant * r + r * output_range)
    parts = [c for form in scaled.values() for c in [*form.terms.values(), form.constant]]
    q = modulus(int(lcm_all(c.denominator for c in parts)), 2 * r * output_range)
    residues = {signal: relu(q) for signal, relu in deferred.items() if any(signal in f.terms for f in scaled.values())}
    values = {}
    for name, form in scaled.items():
        pieces = [Linear({}, _residue(form.constant, q))]
        for signal, c in form.terms.items():
            pieces.append(residues.get(signal, Linear({signal: 1})).scaled(_residue(c, q)))
        value = reduce(builder, residue_form(builder, total(pieces), q), q, name)
        values[name] = RationalForm.of(value.plus(-r * output_range), mpq(1, r))
    return values
