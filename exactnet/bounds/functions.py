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

import re
from collections.abc import Mapping

import sympy as sp

from exactnet.bounds.parameters import Parameters
from exactnet.bounds.symbols import Bound, Bounds, R, d, p, r
from exactnet.errors import FormatError, clip_text

__all__ = ["component_bounds", "radial_bounds", "read_components"]


def read_components(text: str, inputs: int) -> tuple[int, ...]:
    """For each output the place, from 0, of the input that it depends on; ``text`` counts from 1.

    Raises :class:`FormatError` for anything but numbers from 1 to ``inputs``, separated by commas.

    >>> read_components("1,3", 3)
    (0, 2)
    """
    if not re.fullmatch(r"[1-9]\d{0,8}(,[1-9]\d{0,8})*", text, re.ASCII):
        raise FormatError(f"the option 'component' is {clip_text(text)}, not places of inputs such as 1 or 1,2")
    places = tuple(int(number) - 1 for number in text.split(","))
    if max(places) >= inputs:
        raise FormatError(f"the option 'component' names input {max(places) + 1}, but there are {inputs}")
    return places


def component_bounds(options: Mapping[str, str], found: Parameters) -> Bounds:
    """Depth 2, ``2p^2`` ReLUs for each input that is read, weights and biases at most ``4Rp``.

    >>> found = Parameters(d=2, k=3, m=5, B=9, p=2, s=0, dyadic=True)
    >>> [(bound.name, str(bound.expression)) for bound in component_bounds({"component": "1,1"}, found).bounds]
    [('depth', '2'), ('neurons', '2*p**2'), ('max_weight', '4*R*p'), ('max_bias', 'Max(R, p)'), ('denominator', 'p*r')]
    """
    read = len(set(read_components(options["component"], found.d)))
    return Bounds(
        (),
        (
            Bound("depth", "depth", sp.Integer(2)),
            Bound("neurons", "neurons", read * 2 * p**2),
            Bound("max_weight", "max_weight", 4 * R * p),
            Bound("max_bias", "max_bias", sp.Max(R, p)),
            Bound("denominator", "denominator", r * p),
        ),
    )


def radial_bounds() -> Bounds:
    """Depth 3, weights at most ``max(4Rp^2, 2p)``.

    >>> [str(bound.expression) for bound in radial_bounds().bounds if bound.name == "max_weight"]
    ['Max(2*p, 4*R*p**2)']
    """
    return Bounds(
        (),
        (
            Bound("depth", "depth", sp.Integer(3)),
            Bound("neurons", "neurons", 2 * d * p**2 + d * p**4),
            Bound("max_weight", "max_weight", sp.Max(4 * R * p**2, 2 * p)),
            Bound("max_bias", "max_bias", sp.Max(R, d * p**2)),
            Bound("denominator", "denominator", r * p**2),
        ),
    )
