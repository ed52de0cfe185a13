"""The stated bounds of route C: canonical digits with linear digit sums (:mod:`exactnet.bounds.canonical`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gmpy2 import mpq

from exactnet.bounds.canonical import CanonicalOptions, Form, canonical_bounds
from exactnet.bounds.symbols import Bounds

__all__ = ["CompactOptions", "compact_bounds"]


@dataclass(frozen=True)
class CompactOptions:
    """What the bounds of route C depend on besides the parameters."""

    form: Form
    grid: bool
    inputs: Literal["integers", "bits"]
    dyadic: bool
    delta: mpq | None = None
    """The width of the ramps that make bits of real inputs."""
    outputs: int = 1


def compact_bounds(layers: int, options: CompactOptions) -> Bounds:
    """The bounds for an original of ``layers`` layers (its depth ``k``), as expressions.

    >>> found = compact_bounds(2, CompactOptions("exact", False, "integers", True))
    >>> [str(b.expression) for b in found.bounds if b.name == "depth"]
    ['4*k - 2']
    """
    shape = CanonicalOptions(
        options.form, options.grid, options.inputs, "linear", "linear", options.dyadic, options.delta, options.outputs
    )
    return canonical_bounds(layers, shape)
