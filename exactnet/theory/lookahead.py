"""The stated bounds of route A: canonical digits with overlapping digits (:mod:`exactnet.theory.canonical`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from gmpy2 import mpq

from exactnet.claims.statements import Form, Statement
from exactnet.theory.canonical import CanonicalOptions, canonical_bounds
from exactnet.theory.options import choice, read_inputs
from exactnet.theory.parameters import Parameters
from exactnet.theory.symbols import Bounds

__all__ = ["LookaheadOptions", "lookahead_bounds", "state"]


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
    gates: bool = False
    """Whether some node of the original is a threshold gate."""


def lookahead_bounds(layers: int, options: LookaheadOptions) -> Bounds:
    """The bounds for an original of ``layers`` layers (its depth ``k``), as expressions.

    >>> found = lookahead_bounds(2, LookaheadOptions("exact", False, "integers", "four", True))
    >>> [str(b.expression) for b in found.bounds if b.name == "depth"]
    ['3*k - 1']
    """
    output: Literal["overlapping", "linear"] = "overlapping" if options.output == "three" else "linear"
    shape = CanonicalOptions(
        options.form, options.grid, options.inputs, "overlapping", output, options.dyadic,
        options.delta,
        options.outputs,
        options.gates,
    )
    return canonical_bounds(layers, shape)


def state(statement: Statement, grid: bool, options: Mapping[str, str], parameters: Parameters) -> Bounds:
    """The bounds of the route, as a certificate's options say."""
    inputs, delta = read_inputs(statement, grid, options, "output")
    output = cast('Literal["three", "four"]', choice(options, "output", ("three", "four")))
    shape = LookaheadOptions(statement.form, grid, inputs, output, parameters.dyadic, delta, parameters.outputs, parameters.gates)
    return lookahead_bounds(parameters.k, shape)
