"""The stated bounds of M1 (memorisation), and what no architecture can do with fewer parameters (docs/memorize.md).

*Deep form* (``construct/memorize``). ``M`` intervals of the line; ``e`` folds; ``K`` halvings, of which the first ``a`` give the
address of one of ``q = 2^a`` slots of ``c`` binary digits. Halvings are ``V' = f*V - 2f*[V - t]+``: two neurons, four wires and
biases; three on the critical path are one layer each (``g = 1``, a wire more) or two (``g = 2``).

* Parameters: ``d+1`` for the line, 3 for each interval (a kink: a wire, a bias, a wire), ``4(e+K+1)+1`` for folds and halvings,
  2 for each bit of the address, ``4c`` for each slot but the first, 6 for each choice between two, ``7c-1`` for the label.
* A chain of kinks (``narrow``) passes ``z`` on and adds one kink a layer: 5 for each.
* Slopes of the kinks are multiples of ``2^-K`` and at most 6, so their changes are at most 12. Values of ``V`` have ``F = K +
  2cq + 3`` bits after the point; a gate for an address bit has the weight ``2^(K+2)`` at most.

*Keys*. In place of slots ``n`` fields of ``a`` bits of a key and ``c`` of a label. ``4(a+c+1)`` for each field but the last, that
is shifted away; 8 for the comparison with the key and the sum; ``4a`` for the key; ``4c+5`` for the label.

*For any data.* Points whose coordinates, as whole numbers, differ by at most ``X`` have a line with ``Z <= 2dN^2 X``
(``construct/memorize/line``); ``n`` points of it a hash without a conflict, of ``K = max(a, bits(Z))`` halvings and ``a =
bits(2n(n-1))`` address bits (``construct/memorize/intervals``); slopes are at most 6, so ``e <= bits(6Z+6)``, one more for a
chain. So there is a network of the form *keys* with ``M = ceil(N/n)``, for every ``n``; ``n`` near ``sqrt(3N/(8 log2(n) + 4c +
20))`` makes it ``d + O(sqrt(N (log N + c)) + log(dNX))`` parameters, and ``n`` near ``L/(2 log2(n) + c)``, at a depth of about
``L`` and in about ``L`` bits, ``d + O(N (log N + c)/L + L + log(dNX))``.

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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import isqrt
from typing import Any

from gmpy2 import mpq

from exactnet.claims.statements import Statement
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.theory.layers import Definitions
from exactnet.theory.parameters import Parameters
from exactnet.theory.symbols import Bound, Bounds, Expression, R, Symbol, bits, ceiling, d, maximum, value_of

__all__ = [
    "ANY_DATA",
    "FORMS",
    "Keys",
    "Shape",
    "fewest_keys",
    "keys_on_a_line",
    "least_parameters",
    "length_for_any_data",
    "memorize_bounds",
    "memorize_sizes",
    "read_shape",
    "span_of",
    "state",
]

_HASHED = ("intervals", "folds", "halvings", "address", "pace")
_COMMON = ("line", "offset", "length", "any_points", "any_pace")
#: The forms by name, each with the whole numbers that stand in its options.
FORMS: dict[str, tuple[str, ...]] = {
    "deep": (*_HASHED, *_COMMON),
    "narrow": (*_HASHED, *_COMMON),
    "keys": (*_HASHED, "fields", *_COMMON),
    "narrow-keys": (*_HASHED, "fields", *_COMMON),
    "straight": ("kinks", *_COMMON),
    "held": ("kinks", *_COMMON),
}
#: The name of the bound that is one for all points in a box and all their labels.
ANY_DATA = "parameters (any data)"
#: The most halvings, address bits of slots and of keys, folds, and fields or points of an interval.
MAX_HALVINGS, MAX_ADDRESS, MAX_KEY, MAX_FOLDS, MAX_FIELDS = 20_000, 16, 80, 20_000, 10**6


@dataclass(frozen=True)
class Shape:
    """The form of a network that memorises, and the whole numbers that its bounds are made of."""

    form: str
    numbers: Mapping[str, int]

    def __getitem__(self, name: str) -> int:
        return self.numbers[name]

    @property
    def narrow(self) -> bool:
        """Whether there is one kink a layer."""
        return self.form.startswith("narrow")

    def options(self) -> dict[str, str]:
        """As options of a certificate."""
        return {"form": self.form, **{name: str(value) for name, value in self.numbers.items()}}


Number = Any  # an integer or an expression


def kink_parameters(intervals: Number, narrow: bool) -> Number:
    """Of the kinks of so many intervals, one a layer or all in one."""
    return 5 * intervals - 2 if narrow else 3 * intervals


@dataclass(frozen=True)
class Keys:
    """What a network of the form *keys* is made of, as numbers or as symbols, and its sizes: those beyond ``d`` parameters."""

    intervals: Number
    folds: Number
    halvings: Number
    address: Number
    fields: Number
    pace: Number
    digits: Number
    narrow: bool

    @property
    def _steps(self) -> Number:
        """Halvings on the critical path, but the first, and that in front of the fields."""
        return self.folds + self.halvings + (self.fields - 1) * self._tents + self.digits

    @property
    def _tents(self) -> Number:
        """Of a field that is shifted away."""
        return self.address + self.digits + 1

    @property
    def parameters(self) -> Number:
        kinks = kink_parameters(self.intervals, self.narrow)
        fields = 8 * self.fields + 4 * (self.fields - 1) * self._tents
        halvings = 4 * (self.folds + self.halvings + self.address + self.digits + 2)
        return kinks + halvings + fields + (2 - self.pace) * self._steps

    @property
    def depth(self) -> Number:
        return (self.intervals + 8 if self.narrow else 10) + self.pace * self._steps

    @property
    def neurons(self) -> Number:
        kinks = 3 * self.intervals if self.narrow else self.intervals
        halvings = self.folds + self.halvings + self.address + (self.fields - 1) * self._tents
        return kinks + 2 * halvings + 3 * self.fields + 2 * self.digits + 4

    def bits(self, line: int, offset: int, length: int) -> int:
        """The most bits of a weight or bias, for the numbers of a line."""
        kinks = self.fraction + max(self.folds, (12 * length + 12).bit_length())
        return int(max(line.bit_length(), offset.bit_length(), self.digits + 2, kinks))

    @property
    def fraction(self) -> Number:
        """Bits after the point."""
        return self.halvings + self.fields * self._tents + 3


def read_shape(options: Mapping[str, str]) -> Shape:
    """The shape that the options of a certificate name.

    Raises :class:`FormatError` for other options.

    >>> numbers = {"kinks": "3", "line": "1", "offset": "0", "length": "9", "any_points": "0", "any_pace": "2"}
    >>> read_shape({"form": "held", **numbers})["kinks"]
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
    limits = {"any_points": MAX_FIELDS, "any_pace": 2, "pace": 2, "halvings": MAX_HALVINGS}
    limits |= {"folds": MAX_FOLDS, "fields": MAX_FIELDS, "address": MAX_KEY if "fields" in numbers else MAX_ADDRESS}
    for name, limit in limits.items():
        if numbers.get(name, 0) > limit:
            raise FormatError(f"the option {name!r} is {numbers[name]}, more than {limit}")
    positive = {"any_pace", "pace", "intervals", "fields"} & numbers.keys()
    if 0 in map(numbers.get, positive) or numbers.get("address", 0) > numbers.get("halvings", 0):
        raise FormatError("the options are of no network: a pace of 1 or 2, no more address bits than halvings, an interval")
    return Shape(form, numbers)


def state(statement: Statement, grid: bool, options: Mapping[str, str], parameters: Parameters) -> Bounds:
    """The bounds of the route: the shape that was taken is in the options."""
    return memorize_bounds(read_shape(options), parameters.points, parameters.output_range, parameters.span)


def memorize_bounds(shape: Shape, points: int, output_range: int, span: int) -> Bounds:
    """The bounds for a shape, as expressions; ``points`` is ``N``, labels are whole numbers from 0 to ``output_range``.

    Parameters
    ----------
    span : ``X``, as :func:`span_of`.

    >>> numbers = {"kinks": 3, "line": 1, "offset": 0, "length": 9, "any_points": 0, "any_pace": 1}
    >>> bounds = memorize_bounds(Shape("straight", numbers), 5, 1, 9).bounds
    >>> [(bound.name, str(bound.expression)) for bound in bounds if bound.measure == "parameters"]
    [('parameters', '3*J + d + 2'), ('parameters (any data)', '3*N*g_any + d')]
    """
    define, bounds = _stated(shape)
    depth = int(_values(define, bounds, 0, output_range)["depth"])
    n = define.define("N", mpq(points))
    define.define("W_L", mpq(least_parameters(points, depth)))
    define.define("W_any", mpq(least_parameters(points)))
    each, pace = (define.define(name, mpq(shape[option])) for name, option in _OF_ANY_DATA.items())
    if shape["any_points"]:
        bounds = (*bounds, _for_any_data(define, n, each, pace, define.define("X", mpq(span)), shape.narrow))
    elif not shape.narrow:
        bounds = (*bounds, Bound(ANY_DATA, "parameters", d + 3 * pace * n))  # one kink a point, or two
    return Bounds(define.pairs(), bounds)


def _for_any_data(define: Definitions, n: Symbol, each: Symbol, pace: Symbol, x: Symbol, narrow: bool) -> Bound:
    z = define.define("Z_any", length_for_any_data(n, d, x))
    address = define.define("a_any", bits(2 * each * (each - 1)))
    halvings = define.define("K_any", maximum(address, bits(z)))
    folds = define.define("e_any", bits(6 * z + 6) + int(narrow))
    intervals = define.define("M_any", ceiling(n / each))
    keys = Keys(intervals, folds, halvings, address, each, pace, bits(R), narrow)
    return Bound(ANY_DATA, "parameters", d + keys.parameters)


def keys_on_a_line(points: int, length: int, each: int, pace: int, digits: int, narrow: bool) -> Keys:
    """The numbers of a network for any ``points`` points of a line of that length, with ``each`` of them in an interval.

    >>> keys_on_a_line(100, 1000, 5, 2, 1, False).parameters
    356
    """
    address = (2 * each * (each - 1)).bit_length()
    folds = (6 * length + 6).bit_length() + int(narrow)
    return Keys(-(-points // each), folds, max(address, length.bit_length()), address, each, pace, digits, narrow)


def fewest_keys(points: int, length: int, digits: int, narrow: bool, allowed: Callable[[Keys], bool]) -> Keys | None:
    """Those of the form *keys* with the fewest parameters that are allowed; None where none are.

    >>> fewest_keys(100, 1000, 1, False, lambda keys: True).fields
    3
    """
    every = product(range(1, min(points, isqrt(points) + 1) + 1), (2, 1))
    keys = (keys_on_a_line(points, length, each, pace, digits, narrow) for each, pace in every)
    return min(filter(allowed, keys), key=lambda one: int(one.parameters), default=None)


def span_of(points: Domain) -> int:
    """``X``: the most by which two points differ in a coordinate, times their common denominator.

    >>> from exactnet.kernel.domain import Points
    >>> span_of(Points(((mpq(0), mpq(1, 2)), (mpq(3), mpq(-1)))))
    6
    """
    return int(points.p * max(max(column) - min(column) for column in zip(*points, strict=True)))


def length_for_any_data(points: Number, inputs: Number, span: Number) -> Number:
    """How long a line is enough for any points with ``inputs`` coordinates that differ by at most ``span``."""
    return 2 * inputs * points**2 * span


def memorize_sizes(shape: Shape, inputs: int, output_range: int) -> dict[str, int]:
    """The values of the bounds by name, for ``inputs`` coordinates.

    >>> numbers = {"kinks": 3, "line": 1, "offset": 0, "length": 9, "any_points": 0, "any_pace": 2}
    >>> memorize_sizes(Shape("held", numbers), 2, 1)["parameters"]
    13
    """
    return {name: int(value) for name, value in _values(*_stated(shape), inputs, output_range).items()}


def _stated(shape: Shape) -> tuple[Definitions, tuple[Bound, ...]]:
    define = Definitions()
    w, o, z = (define.define(name, mpq(shape[option])) for name, option in _OF_LINE.items())
    form = _keyed if "fields" in shape.numbers else _deep if "pace" in shape.numbers else _interpolated
    return define, form(shape, define, w, o, z)


_OF_LINE = {"w": "line", "o": "offset", "Z": "length"}
_OF_HASH = {"M": "intervals", "e": "folds", "K": "halvings", "a": "address", "g": "pace"}
_OF_ANY_DATA = {"n_any": "any_points", "g_any": "any_pace"}


def _values(define: Definitions, bounds: Sequence[Bound], inputs: int, output_range: int) -> dict[str, mpq]:
    known: dict[Expression, mpq] = {R: mpq(output_range), d: mpq(inputs)}
    for symbol, expression in define.pairs():
        known[symbol] = value_of(expression, known)
    return {bound.name: value_of(bound.expression, known) for bound in bounds}


def _deep(shape: Shape, define: Definitions, w: Symbol, o: Symbol, z: Symbol) -> tuple[Bound, ...]:
    intervals, folds, halvings, address, pace = (define.define(n, mpq(shape[option])) for n, option in _OF_HASH.items())
    c = define.define("c", bits(R))
    q = define.define("q", 2**address)
    fraction = define.define("F", halvings + 2 * c * q + 3)
    narrow = shape.narrow
    steps = folds + halvings + c * q  # all halvings but the first
    kinks = kink_parameters(intervals, narrow)
    parameters = d + kinks + 4 * (folds + halvings) + 8 * address + 4 * c * (q - 1) + 7 * c + 4 + (2 - pace) * steps
    before = intervals + 1 if narrow else mpq(3)
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


def _keyed(shape: Shape, define: Definitions, w: Symbol, o: Symbol, z: Symbol) -> tuple[Bound, ...]:
    intervals, folds, halvings, address, pace = (define.define(n, mpq(shape[option])) for n, option in _OF_HASH.items())
    n = define.define("n", mpq(shape["fields"]))
    c = define.define("c", bits(R))
    keys = Keys(intervals, folds, halvings, address, n, pace, c, shape.narrow)
    fraction = define.define("F", keys.fraction)
    return (
        Bound("parameters", "parameters", d + keys.parameters),
        Bound("depth", "depth", keys.depth),
        Bound("neurons", "neurons", keys.neurons),
        Bound("width", "width", mpq(7) if shape.narrow else maximum(intervals, 7)),
        Bound("max_weight", "max_weight", maximum(16, w, 2 ** (halvings + 2), 2 ** (address + c), 2 ** (c + 1))),
        Bound("max_bias", "max_bias", maximum(2**folds, o, 12 * (z + 1), 2**c)),
        Bound("bits", "bits", maximum(bits(w), bits(o), c + 2, fraction + maximum(folds, bits(12 * z + 12)))),
    )


def _interpolated(shape: Shape, define: Definitions, w: Symbol, o: Symbol, z: Symbol) -> tuple[Bound, ...]:
    kinks = define.define("J", mpq(shape["kinks"]))
    straight = shape.form == "straight"
    return (
        Bound("parameters", "parameters", d + 3 * kinks + 2),
        Bound("depth", "depth", mpq(3)),
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
