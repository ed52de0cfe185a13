"""Scaling: rational forms as multiples of primitive integer forms (docs/theory.md).

ReLU is positively homogeneous, ``[s*L]+ = s*[L]+`` for ``s > 0``, and a threshold gate does not change when its form
is multiplied by a positive number. So every pre-activation is replaced by an integer form whose coefficients have no
common divisor, and the scale is carried on to the readers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import gcd

from gmpy2 import mpq

from exactnet.construct.linear import Linear
from exactnet.rationals import lcm_all

__all__ = ["RationalForm", "combine", "primitive"]


@dataclass(frozen=True)
class RationalForm:
    """``constant + sum of terms[name] * name`` with rational coefficients over integer-valued signals."""

    terms: dict[str, mpq] = field(default_factory=dict)
    constant: mpq = field(default_factory=mpq)

    @classmethod
    def of(cls, form: Linear, scale: mpq) -> RationalForm:
        """An integer form times a rational."""
        return cls({name: scale * c for name, c in form.terms.items()}, scale * form.constant)


def combine(parts: Iterable[tuple[mpq, RationalForm]], constant: mpq) -> RationalForm:
    """``constant + sum of weight * form``; terms that cancel are dropped.

    >>> combine([(mpq(2), RationalForm({"y": mpq(1, 2)})), (mpq(-1), RationalForm({"y": mpq(1)}))], mpq(3)).terms
    {}
    """
    terms: dict[str, mpq] = {}
    for weight, form in parts:
        constant = constant + weight * form.constant
        for name, c in form.terms.items():
            terms[name] = terms.get(name, 0) + weight * c
    return RationalForm({name: c for name, c in terms.items() if c}, mpq(constant))


def primitive(form: RationalForm) -> tuple[Linear, mpq]:
    """The primitive integer form ``L`` and the ``scale > 0`` with ``form = scale * L``.

    >>> primitive(RationalForm({"y": mpq(3, 2)}, mpq(-9)))
    (y - 6, mpq(3,2))
    """
    denominator = int(lcm_all(c.denominator for c in [*form.terms.values(), form.constant]))
    integers = {name: int(c * denominator) for name, c in form.terms.items()}
    constant = int(form.constant * denominator)
    content = gcd(constant, *integers.values()) or 1
    return Linear({n: c // content for n, c in integers.items()}, constant // content), mpq(content, denominator)
