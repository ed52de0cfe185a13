"""The stated bounds of route A: canonical digits with overlapping digits (:mod:`exactnet.bounds.canonical`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gmpy2 import mpq

from exactnet.bounds.canonical import CanonicalOptions, Form, canonical_bounds
from exactnet.bounds.symbols import Bounds

__all__ = ["Form", "LookaheadOptions", "lookahead_bounds"]


@dataclass(frozen=True)
class LookaheadOptions:
    """What the bounds of route A depend on besides the parameters."""

    form: Form
    grid: bool
    inputs: Literal["integers", "bits"]
    output: Literal["three", "four"]
    """The layers of gates of the rounded output."""
    dyadic: bool
    delta: mpq | None = None
    """The width of the ramps that make bits of real inputs."""
    outputs: int = 1


def lookahead_bounds(layers: int, options: LookaheadOptions) -> Bounds:
    """The bounds for an original of ``layers`` layers (its depth ``k``), as expressions.

    >>> found = lookahead_bounds(2, LookaheadOptions("exact", False, "integers", "four", True))
    >>> [str(b.expression) for b in found.bounds if b.name == "depth"]
    ['3*k - 1']
    """
    output: Literal["overlapping", "linear"] = "overlapping" if options.output == "three" else "linear"
    shape = CanonicalOptions(
        options.form, options.grid, options.inputs, "overlapping", output, options.dyadic, options.delta, options.outputs
    )
    return canonical_bounds(layers, shape)
