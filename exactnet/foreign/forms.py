"""Linear forms over the nodes of a network that is being built, and arrays of them: what the operators of a graph work on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import numpy as np
from gmpy2 import mpq

from exactnet.foreign.graph import Array, Limits
from exactnet.kernel.errors import FormatError
from exactnet.kernel.network import AFFINE, RELU, THRESHOLD, Kind

__all__ = ["Builder", "Form", "each", "exact", "is_symbolic"]

Number = Any
"""A rational: gmpy2 has no types."""

_ZERO, _ONE = mpq(0), mpq(1)


class Form:
    """``bias + sum of weight * node``. Never changed once made, so that forms may share their weights."""

    __slots__ = ("bias", "node", "weights")

    def __init__(self, bias: mpq, weights: dict[str, mpq]) -> None:
        self.bias = bias
        self.weights = weights
        #: The affine node that stands for the form, once there is one.
        self.node: Form | None = None

    def __add__(self, other: Form | Number) -> Form:
        if not isinstance(other, Form):
            return Form(self.bias + other, self.weights)
        small, large = sorted((self.weights, other.weights), key=len)
        weights = dict(large)
        for name, weight in small.items():
            weights[name] = weights.get(name, _ZERO) + weight
        return Form(self.bias + other.bias, weights)

    __radd__ = __add__

    def __mul__(self, factor: Form | Number) -> Form:
        if isinstance(factor, Form):
            if not factor.weights:
                factor = factor.bias
            elif not self.weights:
                return factor.__mul__(self.bias)
            else:
                raise FormatError("not piecewise linear: a product of two activations")
        if not factor:
            return Form(_ZERO, {})
        if factor == 1:
            return self
        return Form(self.bias * factor, {name: weight * factor for name, weight in self.weights.items()})

    __rmul__ = __mul__

    def __neg__(self) -> Form:
        return self.__mul__(-1)

    def __sub__(self, other: Form | Number) -> Form:
        return self.__add__(-other)

    def __rsub__(self, other: Number) -> Form:
        return (-self).__add__(other)

    def __truediv__(self, divisor: Form | Number) -> Form:
        if isinstance(divisor, Form):
            raise FormatError("not piecewise linear: a quotient by an activation")
        if not divisor:
            raise FormatError("a division by zero")
        return self.__mul__(1 / divisor)

    def __rtruediv__(self, dividend: Number) -> Form:
        raise FormatError("not piecewise linear: a quotient by an activation")

    @property
    def is_unit(self) -> bool:
        """Whether the form is a single node or input, as it is."""
        return not self.bias and len(self.weights) == 1 and next(iter(self.weights.values())) == 1


def is_symbolic(values: Array) -> bool:
    """Whether an array holds forms (then all of its elements are forms)."""
    return bool(values.dtype == object and values.size and isinstance(values.flat[0], Form))


def exact(values: Array) -> Array:
    """Numbers as rationals: floats as the dyadic rationals that they are; forms stay.

    Raises :class:`FormatError` for values that are no numbers.

    >>> exact(np.array([0.5, 0.1], np.float32))
    array([mpq(1,2), mpq(13421773,134217728)], dtype=object)
    """
    if values.dtype == object:
        return values
    if values.dtype.kind == "f" and (values.dtype.itemsize > 8 or not np.isfinite(values).all()):
        raise FormatError("a number is infinite, no number, or of a float type beyond 64 bits")
    result = np.empty(values.size, object)
    result[:] = [mpq(value) for value in values.ravel().tolist()]
    return result.reshape(values.shape)


class Builder:
    """Makes the nodes, counts what they take, and multiplies matrices of numbers with rows of forms."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.nodes: list[tuple[str, Kind, Form]] = []
        self.terms = 0
        self._layers = count(1)
        self._prefix = ""
        self._numbers: Iterator[int] = count()

    def begin(self, letter: str) -> None:
        """Name the nodes that follow after a new operator."""
        self._prefix = f"{letter}{next(self._layers)}_"
        self._numbers = count()

    def charge(self, terms: int) -> None:
        """Count terms of forms before they are made."""
        self.terms += terms
        if self.terms > self.limits.wires:
            raise FormatError(f"too large: more than {self.limits.wires} weights")

    def inputs(self, names: Iterable[str], shape: tuple[int, ...]) -> Array:
        forms = np.empty(int(np.prod(shape)), object)
        forms[:] = [Form(_ZERO, {name: _ONE}) for name in names]
        return forms.reshape(shape)

    def add(self, kind: Kind, form: Form) -> Form:
        """A node (``relu``, ``threshold`` or ``affine``) of a form, as a form."""
        if len(self.nodes) >= self.limits.nodes:
            raise FormatError(f"too large: more than {self.limits.nodes} nodes")
        name = f"{self._prefix}{next(self._numbers)}"
        self.nodes.append((name, kind, form))
        return Form(_ZERO, {name: _ONE})

    def relu(self, form: Form) -> Form:
        """``max(0, form)``."""
        if not form.weights:
            return Form(max(form.bias, _ZERO), {})
        return self.add(RELU, form)

    def step(self, form: Form) -> Form:
        """``1[form >= 0]``."""
        if not form.weights:
            return Form(_ONE if form.bias >= 0 else _ZERO, {})
        return self.add(THRESHOLD, form)

    def settle(self, form: Form) -> Form:
        """A form of at most one node: an affine node stands for a longer one, so that it is not multiplied out."""
        if len(form.weights) <= 1:
            return form
        if form.node is None:
            form.node = self.add(AFFINE, form)
        return form.node

    def settled(self, forms: Array) -> Array:
        """:meth:`settle` for an array."""
        return each(self.settle, forms)

    def product(self, rows: Array, matrix: Array) -> Array:
        """Rows of forms ``(k, n)`` times numbers ``(n, m)``: forms ``(k, m)``."""
        columns = exact(matrix).T.tolist()
        result = np.empty((len(rows), len(columns)), object)
        for i, row in enumerate(self.settled(rows).tolist()):
            for j, column in enumerate(columns):
                result[i, j] = self.dot(row, column)
        return result

    def dot(self, forms: list[Form], numbers: list[mpq]) -> Form:
        """``sum of number * form``."""
        self.charge(len(forms))
        bias = _ZERO
        weights: dict[str, Number] = {}
        for form, number in zip(forms, numbers, strict=True):
            if number:
                if form.bias:
                    bias += form.bias * number
                for name, weight in form.weights.items():
                    product = number if weight == 1 else weight * number
                    weights[name] = weights[name] + product if name in weights else product
        return Form(bias, weights)


def each(function: Any, *arrays: Array) -> Array:
    """A function of the elements of arrays of the same shape."""
    result = np.empty(arrays[0].size, object)
    result[:] = [function(*values) for values in zip(*(array.ravel().tolist() for array in arrays), strict=True)]
    return result.reshape(arrays[0].shape)
