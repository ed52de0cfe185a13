"""How far a runtime in floating point can be from the exact value: the operators' own code on values with error bounds.

The bound is derived, not chosen. Within one affine expression over atoms (inputs and results of ReLUs and gates) every
monomial takes part in at most ``k`` roundings, in whatever order and grouping a runtime sums, so that the computed value is

    sum w a' (1 + t) + sum b (1 + t'),   |t|, |t'| <= gamma_k = k u / (1 - k u),

where ``|a' - a| <= e`` for every atom (N. Higham, *Accuracy and Stability of Numerical Algorithms*, 2002, Lemma 3.1 and
section 3.1). Hence the error is at most ``sum |w| e + gamma_k (sum |w| (|a| + e) + sum |b|)``. ReLUs do not increase it; a
gate is certain where its argument is farther from 0. What underflows is at most the least positive number for each product.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from gmpy2 import mpq

from exactnet.foreign.convert import Conversion
from exactnet.foreign.forms import Builder, Form
from exactnet.foreign.graph import Array, Graph, Limits
from exactnet.foreign.operators import symbolic

#: A constant that is no float of the runtime was computed there: by so many roundings at most (BatchNormalization: 5).
COMPUTED = 8


class Uncertain(Exception):
    """A gate whose argument is too near to 0."""


class Ball(Form):
    """A value, the error carried over from its atoms, the sum of its monomials' absolute values, and their roundings."""

    __slots__ = ("builder", "error", "roundings", "size", "value")

    def __init__(self, builder: Balls, value: mpq, error: mpq, size: mpq, roundings: int) -> None:
        super().__init__(mpq(0), {"ball": mpq(1)})
        self.builder, self.value, self.error, self.size, self.roundings = builder, value, error, size, roundings

    def __add__(self, other: Any) -> Ball:
        if isinstance(other, Ball):
            most = max(self.roundings, other.roundings) + 1
            return Ball(self.builder, self.value + other.value, self.error + other.error, self.size + other.size, most)
        number = other.bias if isinstance(other, Form) else mpq(other)
        extra = 1 + self.builder.computed(number)
        return Ball(self.builder, self.value + number, self.error, self.size + abs(number), self.roundings + extra)

    __radd__ = __add__

    def __mul__(self, factor: Any) -> Ball:
        factor = factor.bias if isinstance(factor, Form) else mpq(factor)
        if factor == 1:
            return self
        if factor == -1:
            return Ball(self.builder, -self.value, self.error, self.size, self.roundings)
        f, tiny = abs(factor), self.builder.tiny
        most = self.roundings + 1 + self.builder.computed(factor)
        return Ball(self.builder, self.value * factor, self.error * f + tiny, self.size * f + tiny, most)

    __rmul__ = __mul__

    @property
    def bound(self) -> mpq:
        """How far the computed value can be from ``value``."""
        k = self.roundings * self.builder.unit
        assert k < 1
        return self.error + k / (1 - k) * self.size


class Balls(Builder):
    """Evaluates where the other builder makes nodes."""

    def __init__(self, dtype: type, point: Iterable[mpq]) -> None:
        super().__init__(Limits())
        info = np.finfo(dtype)
        self.dtype = dtype
        self.unit = mpq(float(info.eps)) / 2
        self.tiny = mpq(float(info.smallest_subnormal))
        self.values = dict(enumerate(point))

    def computed(self, number: mpq) -> int:
        return 0 if mpq(float(self.dtype(float(number)))) == number else COMPUTED

    def atom(self, value: mpq, error: mpq) -> Ball:
        return Ball(self, value, error, abs(value) + error, 0)

    def inputs(self, names: Iterable[str], shape: tuple[int, ...]) -> Array:
        forms = np.empty(int(np.prod(shape)), object)
        forms[:] = [self.atom(self.values[int(name[1:])], mpq(0)) for name in names]
        return forms.reshape(shape)

    def relu(self, form: Form) -> Form:
        if not isinstance(form, Ball):
            return super().relu(form)
        return self.atom(max(form.value, mpq(0)), form.bound)

    def step(self, form: Form) -> Form:
        if not isinstance(form, Ball):
            return super().step(form)
        if 0 < abs(form.value) <= form.bound or (form.value == 0 and form.bound > 0):
            raise Uncertain
        return self.atom(mpq(int(form.value >= 0)), mpq(0))

    def dot(self, forms: Iterable[Any], numbers: Iterable[Any]) -> Form:
        terms = [form * number for form, number in zip(forms, numbers, strict=True) if number]
        balls = [term for term in terms if isinstance(term, Ball)]
        bias = sum((term.bias for term in terms if not isinstance(term, Ball)), mpq(0))
        most = max((ball.roundings for ball in balls), default=0) + len(terms)
        value, error = sum((b.value for b in balls), bias), sum((b.error for b in balls), mpq(0))
        return Ball(self, value, error, sum((b.size for b in balls), abs(bias)), most)


def expected(graph: Graph, dtype: type, point: Iterable[mpq]) -> list[tuple[mpq, mpq]]:
    """The exact outputs at a point, each with a bound on the error of a runtime that computes in ``dtype``."""
    conversion = Conversion(graph, Balls(dtype, point))
    conversion.run()
    results = []
    for form in symbolic(np.array(conversion.outputs(), object)).tolist():
        results.append((form.value, form.bound) if isinstance(form, Ball) else (form.bias, mpq(0)))
    return results
