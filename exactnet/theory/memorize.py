"""The stated bounds of M1 (memorisation), and what no architecture can do with fewer parameters (docs/memorize.md).

*Deep form* (``construct/memorize``). ``M`` intervals of the line; ``e`` folds; ``K`` halvings, of which the first ``a`` give the
address of one of ``q = 2^a`` slots of ``c`` binary digits. Halvings are ``V' = f*V - 2f*[V - t]+``: two neurons, four wires and
biases; three on the critical path are one layer each (``g = 1``, a wire more) or two (``g = 2``).

* Parameters: ``d+1`` for the line, 3 for each interval (a kink: a wire, a bias, a wire), ``4(e+K+1)+1`` for folds and halvings,
  2 for each bit of the address, ``4c`` for each slot but the first, 6 for each choice between two, ``7c-1`` for the label.
* A chain of kinks (``narrow``) passes ``z`` on and adds one kink a layer: 5 for each.
* Slopes of the kinks are multiples of ``2^-K`` and at most 6, so their changes are at most 12. Values of ``V`` have ``F = K +
  2cq + 3`` bits after the point; a gate for an address bit has the weight ``2^(K+2)`` at most.

*Interpolation*: ``J`` kinks on the line, at most one for each point (two for each change of the label in the form ``held``).

*Lower bounds*. Given the activation pattern of all points below layer ``i`` of ``k_i`` nodes, its pre-activations are ``N k_i``
polynomials of degree at most ``i`` in at most ``W`` parameters, ``W < N``: at most ``2(2e N k_i i/W)^W`` sign patterns (Warren;
Anthony, Bartlett, Theorem 8.3). The product over ``L`` layers, with ``k_1*...*k_L <= (W/L)^L`` and ``L! <= e sqrt(L)(L/e)^L``: an
architecture of depth ``L`` with ``W`` parameters that has every labelling of some ``N`` points has

    2^N <= 2^L * ((2N)^L * s)^W,   s an integer, s >= e*sqrt(L).

It is about one architecture and all labellings, not about one labelling.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isqrt

import sympy as sp
from gmpy2 import mpq

from exactnet.claims.statements import Statement
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.theory.layers import Definitions
from exactnet.theory.parameters import Parameters
from exactnet.theory.symbols import Bound, Bounds, R, bits, d, maximum, value_of

__all__ = ["FORMS", "Shape", "least_parameters", "memorize_bounds", "memorize_sizes", "read_shape", "state"]

#: The forms by name, each with the whole numbers that stand in its options.
FORMS: dict[str, tuple[str, ...]] = {
    "deep": ("intervals", "folds", "halvings", "address", "pace", "line", "offset", "length"),
    "narrow": ("intervals", "folds", "halvings", "address", "pace", "line", "offset", "length"),
    "straight": ("kinks", "line", "offset", "length"),
    "held": ("kinks", "line", "offset", "length"),
}
#: The most halvings and address bits, and the most folds.
MAX_HALVINGS, MAX_ADDRESS, MAX_FOLDS = 60, 16, 20_000


@dataclass(frozen=True)
class Shape:
    """The form of a network that memorises, and the whole numbers that its bounds are made of."""

    form: str
    numbers: Mapping[str, int]

    def __getitem__(self, name: str) -> int:
        return self.numbers[name]

    def options(self) -> dict[str, str]:
        """As options of a certificate."""
        return {"form": self.form, **{name: str(value) for name, value in self.numbers.items()}}


def read_shape(options: Mapping[str, str]) -> Shape:
    """The shape that the options of a certificate name.

    Raises :class:`FormatError` for other options.

    >>> read_shape({"form": "held", "kinks": "3", "line": "1", "offset": "0", "length": "9"})["kinks"]
    3
    """
    form = options.get("form")
    if form not in FORMS:
        raise FormatError(f"the option 'form' is {clip_text(form)}, not one of {', '.join(FORMS)}")
    if set(options) != {"form", *FORMS[form]}:
        raise FormatError(f"the options of the form {form} are {', '.join(FORMS[form])}, not {clip_text(', '.join(options))}")
    numbers = {}
    for name in FORMS[form]:
        if not re.fullmatch(r"0|[1-9][0-9]{0,599}", options[name], re.ASCII):
            raise FormatError(f"the option {name!r} is {clip_text(options[name])}, not a natural number")
        numbers[name] = int(options[name])
    if "pace" in numbers:
        limits = {"address": MAX_ADDRESS, "halvings": MAX_HALVINGS, "folds": MAX_FOLDS}
        for name, limit in limits.items():
            if numbers[name] > limit:
                raise FormatError(f"the option {name!r} is {numbers[name]}, more than {limit}")
        if numbers["pace"] not in (1, 2) or numbers["address"] > numbers["halvings"] or numbers["intervals"] < 1:
            raise FormatError("the options are of no network: a pace of 1 or 2, no more address bits than halvings, an interval")
    return Shape(form, numbers)


def state(statement: Statement, grid: bool, options: Mapping[str, str], parameters: Parameters) -> Bounds:
    """The bounds of the route: the shape that was taken is in the options."""
    return memorize_bounds(read_shape(options), parameters.points, parameters.output_range)


def memorize_bounds(shape: Shape, points: int, output_range: int) -> Bounds:
    """The bounds for a shape, as expressions; ``points`` is ``N``, labels are whole numbers from 0 to ``output_range``.

    >>> numbers = {"kinks": 3, "line": 1, "offset": 0, "length": 9}
    >>> [(bound.name, str(bound.expression)) for bound in memorize_bounds(Shape("straight", numbers), 5, 1).bounds[:3]]
    [('parameters', '3*J + d + 2'), ('depth', '3'), ('neurons', 'J + 1')]
    """
    define, bounds = _stated(shape)
    depth = int(_values(define, bounds, 0, output_range)["depth"])
    define.define("N", sp.Integer(points))
    define.define("W_L", sp.Integer(least_parameters(points, depth)))
    define.define("W_any", sp.Integer(least_parameters(points)))
    return Bounds(define.pairs(), bounds)


def memorize_sizes(shape: Shape, inputs: int, output_range: int) -> dict[str, int]:
    """The values of the bounds by name, for ``inputs`` coordinates.

    >>> memorize_sizes(Shape("held", {"kinks": 3, "line": 1, "offset": 0, "length": 9}), 2, 1)["parameters"]
    13
    """
    return {name: int(value) for name, value in _values(*_stated(shape), inputs, output_range).items()}


def _stated(shape: Shape) -> tuple[Definitions, tuple[Bound, ...]]:
    define = Definitions()
    w, o, z = (define.define(name, sp.Integer(shape[option])) for name, option in _OF_LINE.items())
    return define, (_deep if "pace" in shape.numbers else _interpolated)(shape, define, w, o, z)


_OF_LINE = {"w": "line", "o": "offset", "Z": "length"}


def _values(define: Definitions, bounds: Sequence[Bound], inputs: int, output_range: int) -> dict[str, mpq]:
    known: dict[sp.Expr, mpq] = {R: mpq(output_range), d: mpq(inputs)}
    for symbol, expression in define.pairs():
        known[symbol] = value_of(expression, known)
    return {bound.name: value_of(bound.expression, known) for bound in bounds}


def _deep(shape: Shape, define: Definitions, w: sp.Symbol, o: sp.Symbol, z: sp.Symbol) -> tuple[Bound, ...]:
    names = {"M": "intervals", "e": "folds", "K": "halvings", "a": "address", "g": "pace"}
    intervals, folds, halvings, address, pace = (define.define(n, sp.Integer(shape[option])) for n, option in names.items())
    c = define.define("c", bits(R))
    q = define.define("q", 2**address)
    fraction = define.define("F", halvings + 2 * c * q + 3)
    narrow = shape.form == "narrow"
    steps = folds + halvings + c * q  # all halvings but the first
    kinks = 5 * intervals - 2 if narrow else 3 * intervals
    parameters = d + kinks + 4 * (folds + halvings) + 8 * address + 4 * c * (q - 1) + 7 * c + 4 + (2 - pace) * steps
    before = intervals + 1 if narrow else sp.Integer(3)
    passes = 3 * intervals if narrow else intervals
    return (
        Bound("parameters", "parameters", parameters),
        Bound("depth", "depth", before + 3 + pace * steps + address),
        Bound("neurons", "neurons", passes + 2 * (folds + halvings) + 3 * address + 2 * c * (q - 1) + 3 * c + 2),
        Bound("width", "width", address + c + 5 if narrow else maximum(intervals, address + c + 5)),
        Bound("max_weight", "max_weight", maximum(16, 2**c, w, 2 ** (halvings + 2))),
        Bound("max_bias", "max_bias", maximum(2**folds, o, 12 * (z + 1), 2**c)),
        Bound("bits", "bits", maximum(bits(w), bits(o), c + 1, fraction + maximum(folds, bits(12 * z + 12)))),
    )


def _interpolated(shape: Shape, define: Definitions, w: sp.Symbol, o: sp.Symbol, z: sp.Symbol) -> tuple[Bound, ...]:
    kinks = define.define("J", sp.Integer(shape["kinks"]))
    straight = shape.form == "straight"
    return (
        Bound("parameters", "parameters", d + 3 * kinks + 2),
        Bound("depth", "depth", sp.Integer(3)),
        Bound("neurons", "neurons", kinks + 1),
        Bound("width", "width", maximum(kinks, 2 * d)),
        Bound("max_weight", "max_weight", maximum(w, 2 * R)),
        Bound("max_bias", "max_bias", maximum(o, z, R)),
        Bound("bits", "bits", maximum(bits(w), bits(o), bits(z), bits(R), bits(2 * R * z**2 if straight else 2 * R))),
    )


def least_parameters(points: int, depth: int | None = None) -> int:
    """The fewest parameters that are not excluded for an architecture that has all labellings of ``points`` points.

    Parameters
    ----------
    depth : ``L``; None for any depth, which is at most the number of parameters.

    >>> least_parameters(10**4, 5), least_parameters(10**4), least_parameters(100)
    (135, 27, 4)
    """
    low, high = 0, points
    while low < high:
        middle = (low + high) // 2
        if _excluded(points, middle, middle if depth is None else depth):
            low = middle + 1
        else:
            high = middle
    return low


def _excluded(points: int, parameters: int, depth: int) -> bool:
    """Whether ``2^N > 2^L * ((2N)^L * s)^W``."""
    if depth >= points:
        return False
    s = isqrt(7389057 * depth // 10**6) + 1  # more than e*sqrt(L), as e^2 < 7.389057
    each: int = (2 * points) ** depth * s
    size = each.bit_length()
    if depth + (size - 1) * parameters >= points or depth + size * parameters < points:  # the powers need not be written out
        return depth + size * parameters < points
    powers: int = each**parameters
    return 1 << points > powers << depth
