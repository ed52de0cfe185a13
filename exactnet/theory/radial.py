"""The stated bounds of R1: functions of the norm in depth 2 (docs/radial.md).

They are of sums of ridges: by Hilbert identities (``construct/radial/hilbert.py``, ``construct/radial/polynomial.py``), as ReLUs
(``construct/radial/network.py``), or fitted (``construct/radial/fit.py``).

A type ``τ`` of ``t`` integers with multiplicities ``m_i`` has ``2^(t-1) d(d-1)…(d-t+1)/Π m_i!`` directions. Each is
read with both signs, by at most ``knots`` ReLUs; one for each integer below ``|τ|_1 p^2`` where all integers are knots.
With every ridge of an absolute value up to the option ``amplitude``, ``A``, at knots that lie at least ``1/p`` apart, a
change of slope is at most ``4Ap``. The origin is an input at which every ridge is 0, so the output's bias is at most
``R + epsilon``; the other biases are places of kinks, at most ``|τ|_1 p``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from math import factorial, prod

from gmpy2 import mpq

from exactnet.claims.radial import Type
from exactnet.claims.statements import Statement
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.rationals import parse_rational
from exactnet.theory.layers import neurons_and_width
from exactnet.theory.options import check_names
from exactnet.theory.parameters import Parameters
from exactnet.theory.symbols import Bound, Bounds, R, Term, d, maximum, p, total

__all__ = ["ALL", "orbit", "read_types", "ridge_bounds", "state", "types_text"]

#: The option ``knots`` where every integer is one.
ALL = "all"
_TYPES = re.compile(r"[1-9]\d{0,3}(,[1-9]\d{0,3})*(;[1-9]\d{0,3}(,[1-9]\d{0,3})*)*", re.ASCII)
_KNOTS = re.compile(r"[1-9]\d{0,8}(;[1-9]\d{0,8})*", re.ASCII)


def read_types(text: str, inputs: int) -> list[Type]:
    """The types that an option lists.

    Raises :class:`FormatError` for anything but descending positive integers, at most as many as there are inputs, each type once.

    >>> read_types("1;2,1", 3)
    [(1,), (2, 1)]
    """
    if not _TYPES.fullmatch(text):
        raise FormatError(f"the types {clip_text(text)} are not lists of positive integers such as 1;1,1;2,1")
    types = [tuple(map(int, part.split(","))) for part in text.split(";")]
    for kind in types:
        if len(kind) > inputs or list(kind) != sorted(kind, reverse=True):
            raise FormatError(f"the type {clip_text(kind)} is not descending, or has more than {inputs} entries")
    if len(set(types)) < len(types):
        raise FormatError(f"the types {clip_text(text)} are not all different")
    return types


def types_text(types: list[Type]) -> str:
    """Types as an option lists them.

    >>> types_text([(1,), (2, 1)])
    '1;2,1'
    """
    return ";".join(",".join(map(str, kind)) for kind in types)


def orbit(kind: Type) -> Term:
    """The number of directions of a type, up to sign, as an expression in ``d``.

    >>> orbit((1, 1)), orbit((2, 1))
    (d*(d - 1), 2*d*(d - 1))
    """
    repeated = prod(map(factorial, Counter(kind).values()))
    return prod((d - i for i in range(len(kind))), start=mpq(2 ** (len(kind) - 1), repeated))


def ridge_bounds(options: Mapping[str, str], inputs: int) -> Bounds:
    """Depth 2, and the ReLUs of the types that the options name.

    >>> options = {"types": "1;1,1", "knots": "all", "amplitude": "1/2", "epsilon": "1/7"}
    >>> [(bound.name, str(bound.expression)) for bound in ridge_bounds(options, 5).bounds]
    ... # doctest: +NORMALIZE_WHITESPACE
    [('depth', '2'), ('neurons', '4*d*p**2*(d - 1) + 2*d*p**2'), ('width', '4*d*p**2*(d - 1) + 2*d*p**2 + 2*d'),
     ('max_weight', 'Max(1, 2*p)'), ('max_bias', 'Max(2*p, R + 1/7)')]
    """
    types = read_types(options["types"], inputs)
    amplitude, epsilon = (parse_rational(options[name]) for name in ("amplitude", "epsilon"))
    if amplitude <= 0 or epsilon <= 0:
        raise FormatError("the options amplitude and epsilon must be positive")
    knots: list[Term]
    if options["knots"] == ALL:
        knots = [sum(kind) * p**2 for kind in types]
    else:
        if not _KNOTS.fullmatch(options["knots"]) or options["knots"].count(";") + 1 != len(types):
            raise FormatError(f"the option knots is {clip_text(options['knots'])}, not all, nor a number for each type")
        knots = [mpq(int(number)) for number in options["knots"].split(";")]
    neurons = total(*(2 * orbit(kind) * number for kind, number in zip(types, knots, strict=True)))
    return Bounds(
        (),
        (
            Bound("depth", "depth", mpq(2)),
            *neurons_and_width(neurons),
            Bound("max_weight", "max_weight", maximum(max(kind[0] for kind in types), 4 * amplitude * p)),
            Bound("max_bias", "max_bias", maximum(max(map(sum, types)) * p, R + epsilon)),
        ),
    )


def state(statement: Statement, grid: bool, options: Mapping[str, str], parameters: Parameters) -> Bounds:
    """R1: the tolerance is an option, as in the relation."""
    check_names(options, "types", "knots", "amplitude", "epsilon")
    if not grid:
        raise FormatError("the route ridge is for grids, and for points that lie on one")
    return ridge_bounds(options, parameters.d)
