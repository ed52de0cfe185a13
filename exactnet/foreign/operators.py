"""The table of operators, and what they share. Each is a function of a :class:`Context` and of tensors.

A tensor is an array of numbers (floats for the rationals that they are, integers, or rationals in an object array), or an
object array of forms (:class:`~exactnet.foreign.forms.Form`) over the nodes that are there so far.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isqrt
from typing import Any, TypeVar

import numpy as np
from gmpy2 import mpq

from exactnet.foreign.forms import Builder, Form, each, exact, is_symbolic
from exactnet.foreign.graph import Array, Operation
from exactnet.kernel.errors import FormatError, clip_text

__all__ = ["OPERATORS", "Context", "constant_only", "integers", "operator", "root", "symbolic"]

Operator = Callable[..., "Array | tuple[Array, ...]"]
F = TypeVar("F", bound=Operator)

#: The operators by name.
OPERATORS: dict[str, Operator] = {}


def operator(*names: str) -> Callable[[F], F]:
    """Enter a function into the table."""

    def enter(function: F) -> F:
        OPERATORS.update(dict.fromkeys(names, function))
        return function

    return enter


#: Attributes that change no value of an output that is read.
HARMLESS = {"broadcast", "is_test", "momentum", "ratio", "seed", "spatial", "storage_order", "training_mode", "consumed_inputs"}


class Attributes(dict[str, Any]):
    """The attributes of an operator, and which of them somebody has asked for: another one may change what it does."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.asked: set[object] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.asked.add(name)
        return super().__contains__(name)

    def check(self) -> None:
        """Refuse an attribute that nobody has asked for."""
        unknown = sorted(self.keys() - self.asked - HARMLESS)
        if unknown:
            raise FormatError(f"the attribute {clip_text(unknown[0])} is not supported")


@dataclass
class Context:
    """One operator of a graph, while it is carried out."""

    builder: Builder
    operation: Operation
    left_out: list[str] = field(default_factory=list)
    rounded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.attributes = Attributes(self.operation.attributes)

    def number(self, name: str, default: float) -> mpq:
        """A float attribute, as the rational that it is in its type: float32 where it has none, as in files."""
        value = self.attributes.get(name, default)
        return mpq(float(value if isinstance(value, np.floating) else np.float32(value)))

    def integer(self, name: str, default: int) -> int:
        return int(self.attributes.get(name, default))

    def text(self, name: str, default: str) -> str:
        value = self.attributes.get(name, default)
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)

    def integers(self, name: str, tensor: Array | None, default: list[int] | None = None) -> list[int]:
        """A list that is an attribute in some versions of an operator and a tensor in others."""
        if tensor is not None:
            return integers(tensor)
        values = self.attributes.get(name, default)
        if values is None:
            raise FormatError(f"{name} is missing")
        return [int(value) for value in values]

    def only(self, **expected: object) -> None:
        """Refuse an attribute that has another value than the one that is implemented."""
        for name, value in expected.items():
            if self.attributes.get(name, value) != value:
                raise FormatError(f"{name} = {self.attributes[name]} is not supported")

    def root(self, value: mpq) -> mpq:
        """A square root of a constant (:func:`root`); noted where it is rounded."""
        result, exactly = root(value)
        words = f"{self.operation.op} {self.operation}"
        if not exactly and words not in self.rounded:
            self.rounded.append(words)
        return result

    def check_size(self, elements: int) -> None:
        """Refuse a tensor that is too large, before it is made."""
        if elements > self.builder.limits.computed:
            raise FormatError(f"a tensor of {elements} elements, more than {self.builder.limits.computed}")


def integers(values: Array) -> list[int]:
    """The elements of an integer tensor that must be known."""
    if values.dtype.kind not in "iu":
        raise FormatError("a shape or an index depends on the inputs or is no integer")
    return [int(value) for value in values.ravel()]


def constant_only(values: Array, what: str) -> Array:
    """A tensor that must not depend on the inputs, as rationals."""
    if is_symbolic(values):
        raise FormatError(f"not piecewise linear: {what} depends on the inputs")
    return exact(values)


def symbolic(values: Array) -> Array:
    """A tensor of forms, constant ones where the tensor is constant."""
    return values if is_symbolic(values) else each(lambda value: Form(value, {}), exact(values))


def root(value: mpq) -> tuple[mpq, bool]:
    """The square root of a positive rational, and whether it is exact; else to 2^-64 of its size, rounded down.

    >>> root(mpq(9, 4)), root(mpq(2))[1]
    ((mpq(3,2), True), False)
    """
    if value <= 0:
        raise FormatError("the square root of a number that is not positive")
    top, bottom = int(value.numerator), int(value.denominator)
    shift = max(0, 66 + (bottom.bit_length() - top.bit_length()) // 2)
    low = mpq(isqrt((top << 2 * shift) // bottom), 1 << shift)
    exactly = mpq(isqrt(top), isqrt(bottom))
    return (exactly, True) if exactly * exactly == value else (low, False)

