"""The stated bounds of S6: functions of one input, and of the norm (docs/functions.md).

With ``|g| <= R`` (in rounded form too: ``R`` is an integer), values of ``g`` that are multiples of ``1/r``, and inputs on
``I_p``:

* *component* (``construct/component.py``): the slopes of ``g`` between neighbours ``1/p`` apart are at most ``2Rp``, and an
  outer weight is a difference of two slopes; one ReLU for each of the ``2p^2`` grid points below the last, and each input that
  some output depends on.
* *radial* (``construct/radial.py``): the square of an input takes at most one ReLU for each of the ``2p^2`` grid points but 0
  (two for 0, none for the ends), read with a weight of at most ``2p``; ``p^2`` times the squared norm is an integer up to
  ``d p^4``, and neighbours lie ``1/p^2`` apart.

Both rest on ``construct/interpolation.py`` (a jump of a slope is at most twice the largest difference of two values),
``construct/ramp_layer.py`` (each ramp once, read with the jump divided by the distance of neighbours) and
``construct/dependence.py`` (which values there are). For ``construct/flatten.py``, on real inputs, nothing bounds the
weights: it takes one ReLU for each linear piece.
"""

from __future__ import annotations

from collections.abc import Mapping

from gmpy2 import mpq

from exactnet.claims.functions import read_components
from exactnet.claims.statements import Statement
from exactnet.theory.layers import neurons_and_width
from exactnet.theory.options import check_names
from exactnet.theory.parameters import Parameters
from exactnet.theory.symbols import Bound, Bounds, R, d, maximum, p, r

__all__ = ["component_bounds", "radial_bounds", "state_component", "state_radial"]


def component_bounds(options: Mapping[str, str], parameters: Parameters) -> Bounds:
    """Depth 2, ``2p^2`` ReLUs for each input that is read, weights and biases at most ``4Rp``.

    >>> found = Parameters(d=2, k=3, m=5, B=9, p=2, s=0, dyadic=True)
    >>> [(bound.name, str(bound.expression)) for bound in component_bounds({"component": "1,1"}, found).bounds[:3]]
    [('depth', '2'), ('neurons', '2*p**2'), ('width', '2*d + 2*p**2')]
    """
    read = len(set(read_components(options["component"], parameters.d)))
    return Bounds(
        (),
        (
            Bound("depth", "depth", mpq(2)),
            *neurons_and_width(read * 2 * p**2),
            Bound("max_weight", "max_weight", 4 * R * p),
            Bound("max_bias", "max_bias", maximum(R, p)),
            Bound("denominator", "denominator", r * p),
        ),
    )


def radial_bounds() -> Bounds:
    """Depth 3, weights at most ``max(4Rp^2, 2p)``.

    >>> [str(bound.expression) for bound in radial_bounds().bounds if bound.name == "max_weight"]
    ['Max(4*R*p**2, 2*p)']
    """
    return Bounds(
        (),
        (
            Bound("depth", "depth", mpq(3)),
            *neurons_and_width(2 * d * p**2 + d * p**4),
            Bound("max_weight", "max_weight", maximum(4 * R * p**2, 2 * p)),
            Bound("max_bias", "max_bias", maximum(R, d * p**2)),
            Bound("denominator", "denominator", r * p**2),
        ),
    )


def state_component(statement: Statement, grid: bool, options: Mapping[str, str], parameters: Parameters) -> Bounds:
    """The bounds of the route, as a certificate's options say."""
    check_names(options, "component")
    return component_bounds(options, parameters)


def state_radial(statement: Statement, grid: bool, options: Mapping[str, str], parameters: Parameters) -> Bounds:
    """The bounds of the route, as a certificate's options say."""
    check_names(options)
    return radial_bounds()
