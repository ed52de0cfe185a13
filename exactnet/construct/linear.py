"""Integer linear forms over the nodes of the network under construction.

>>> form = Linear({"y": 2}, 1) + Linear({"y": 1, "z": -3})
>>> form, form.scaled(2).constant
(3*y - 3*z + 1, 2)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import gcd

__all__ = ["Linear", "total"]


class Linear:
    """``constant + sum of terms[name] * name`` with Python integers; no term is 0.

    >>> Linear({"y": 0}, 5).terms
    {}
    """

    __slots__ = ("constant", "terms")

    def __init__(self, terms: Mapping[str, int] | None = None, constant: int = 0) -> None:
        self.terms: dict[str, int] = {name: c for name, c in (terms or {}).items() if c}
        self.constant = constant

    def __add__(self, other: Linear) -> Linear:
        return total([self, other])

    def __sub__(self, other: Linear) -> Linear:
        return total([self, other.scaled(-1)])

    def plus(self, constant: int) -> Linear:
        """The form with a constant added."""
        return Linear(self.terms, self.constant + constant)

    def scaled(self, factor: int) -> Linear:
        """The form times an integer."""
        return Linear({name: c * factor for name, c in self.terms.items()}, self.constant * factor)

    def content(self) -> int:
        """The greatest common divisor of the coefficients (0 for a constant)."""
        return gcd(*self.terms.values()) if self.terms else 0

    def __repr__(self) -> str:
        text = "".join(
            f" {'-' if c < 0 else '+'} {'' if abs(c) == 1 else f'{abs(c)}*'}{name}" for name, c in self.terms.items()
        )
        if self.constant or not text:
            text += f" {'-' if self.constant < 0 else '+'} {abs(self.constant)}"
        return text[3:] if text.startswith(" + ") else "-" + text[3:]


def total(forms: Iterable[Linear]) -> Linear:
    """The sum of forms.

    >>> total([Linear({"a": 1}), Linear({"a": -1}, 2)])
    2
    """
    terms: dict[str, int] = {}
    constant = 0
    for form in forms:
        constant += form.constant
        for name, c in form.terms.items():
            terms[name] = terms.get(name, 0) + c
    return Linear(terms, constant)
