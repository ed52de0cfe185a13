"""The stated bounds of route C: canonical digits with linear digit sums (:mod:`exactnet.theory.canonical`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gmpy2 import mpq

from exactnet.claims.statements import Form, Statement
from exactnet.theory.canonical import CanonicalOptions, canonical_bounds
from exactnet.theory.options import read_inputs
from exactnet.theory.parameters import Parameters
from exactnet.theory.symbols import Bounds

__all__ = ["CompactOptions", "compact_bounds", "state"]


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
    gates: bool = False
    """Whether some node of the original is a threshold gate."""


def compact_bounds(layers: int, options: CompactOptions) -> Bounds:
    """The bounds for an original of ``layers`` layers (its depth ``k``), as expressions.

    >>> found = compact_bounds(2, CompactOptions("exact", False, "integers", True))
    >>> [str(b.expression) for b in found.bounds if b.name == "depth"]
    ['4*k - 2']
    """
    shape = CanonicalOptions(
        options.form, options.grid, options.inputs, "linear", "linear", options.dyadic,
        options.delta,
        options.outputs,
        options.gates,
    )
    return canonical_bounds(layers, shape)


def state(statement: Statement, grid: bool, options: Mapping[str, str], parameters: Parameters) -> Bounds:
    """The bounds of the route, as a certificate's options say."""
    inputs, delta = read_inputs(statement, grid, options)
    shape = CompactOptions(statement.form, grid, inputs, parameters.dyadic, delta, parameters.outputs, parameters.gates)
    return compact_bounds(parameters.k, shape)
