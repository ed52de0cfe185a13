"""R2: how far is a network of depth 2 from a function of the norm, on a whole grid or box, without a look at each input?

Part of the trusted base. The network is a constant plus, for every direction ``w`` of some *types*, an even function of
``n = w·y`` with ``y = p x``. A type is a list of positive integers; its directions, taken up to sign, are all vectors of ``Z^d``
whose nonzero entries have these absolute values. To each type belongs a polynomial ``P(n) = a_0 + a_1 n^2 + … + a_k n^(2k)``. Then

``|N'(x) - f(x)| <= sup |Q - f| + Σ_w sup |ridge - P|``  where  ``Q(|y|^2) = constant + Σ_w P(w·y)``,

and that the last sum is a function of ``|y|^2`` is an equation for each monomial (:func:`norm_polynomial`):

``Σ_w (w·y)^(2j)`` has the coefficient ``(2j)!/Π (2a_i)!·S(a)`` at ``y^(2a)``, ``S(a) = Σ_w Π w_i^(2a_i)``, and
``|y|^(2j)`` has ``j!/Π a_i!``; odd exponents cancel with the signs, and permutations of the ``a_i`` give the same
equation.

On the grid, the suprema are over the finitely many ``|y|^2`` and ``n``. On the box they are over reals, by Taylor's formula.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import factorial, prod

from gmpy2 import mpq

from exactnet.kernel.errors import ExactnetError, clip_text
from exactnet.kernel.network import AFFINE, RELU, Network

__all__ = [
    "Certificate",
    "Estimate",
    "Profile",
    "RadialError",
    "Ridge",
    "Target",
    "Type",
    "estimate",
    "moment",
    "multinomial",
    "norm_counts",
    "norm_polynomial",
    "orbit_size",
    "partitions",
    "read_ridges",
    "taylor",
    "verify",
]

Type = tuple[int, ...]
_ZERO = mpq(0)
#: The most parts that a profile's interval is cut into.
MAX_CELLS = 2**14
#: The most norms of a grid, and the largest ``|n|`` of a direction.
MAX_PLACES = 10**6


class RadialError(ExactnetError):
    """Something that the proof needs is not so; the message names it."""


@dataclass(frozen=True)
class Ridge:
    """The even functions of one type: what the network has, and the polynomial that it stands for.

    Attributes
    ----------
    type : tuple of int
        Descending positive integers.
    kinks : mapping
        ``Σ_t kinks[t]·[|n| - t]+`` for ``t >= 0``.
    polynomial : tuple of mpq
        The coefficients of ``1, n^2, n^4, …``.
    """

    type: Type
    kinks: Mapping[mpq, mpq]
    polynomial: tuple[mpq, ...]

    def end(self, p: int) -> int:
        """The largest ``|n|`` for ``|x_i| <= p``."""
        return sum(self.type) * p * p


@dataclass(frozen=True)
class Target:
    """A function on the grid: its value for every ``|y|^2`` that occurs."""

    values: Mapping[int, mpq]


@dataclass(frozen=True)
class Profile:
    """A function of ``ρ = |x|/(p sqrt d)``, linear between knots from 0 to 1, for all reals of the box.

    Attributes
    ----------
    knots : sequence of (mpq, mpq)
        ``ρ`` and the value, ascending.
    cells : int
        Parts into which every linear piece is cut, for the bound.
    """

    knots: Sequence[tuple[mpq, mpq]]
    cells: int


@dataclass(frozen=True)
class Estimate:
    """What bounds ``|N' - f|``.

    Attributes
    ----------
    polynomial : mpq
        ``sup |Q - f|``; on the grid exactly, on the box an upper bound.
    ridges : mapping
        For every type, the number of directions times a bound on ``|ridge - P|``.
    mean_square : mpq, optional
        Of ``Q - f``, uniformly over the grid.
    """

    polynomial: mpq
    ridges: Mapping[Type, mpq]
    mean_square: mpq | None

    @property
    def total(self) -> mpq:
        """The bound; on the grid the supremum itself where every ridge is its polynomial."""
        return self.polynomial + sum(self.ridges.values(), _ZERO)

    @property
    def exact(self) -> bool:
        """Whether :attr:`total` is attained."""
        return self.mean_square is not None and not any(self.ridges.values())


# --- types of directions ------------------------------------------------------------------------------


def partitions(total: int, parts: int, largest: int | None = None) -> Iterator[Type]:
    """The partitions of a number into at most so many parts, descending.

    >>> list(partitions(4, 2))
    [(4,), (3, 1), (2, 2)]
    """
    if total == 0:
        yield ()
    elif parts:
        for first in range(min(total, total if largest is None else largest), 0, -1):
            for rest in partitions(total - first, parts - 1, first):
                yield first, *rest


def multinomial(total: int, parts: Sequence[int]) -> int:
    """``total!/Π parts!``."""
    return factorial(total) // prod(map(factorial, parts))


def _arrangements(values: Sequence[int], places: int) -> int:
    """In how many ways values can stand at different places, the others empty."""
    if len(values) > places:
        return 0
    return multinomial(places, [*Counter(values).values(), places - len(values)])


def orbit_size(kind: Type, d: int) -> int:
    """The number of directions of a type, up to sign.

    >>> orbit_size((1, 1), 3), orbit_size((2, 1), 2)
    (6, 4)
    """
    return _arrangements(kind, d) << (len(kind) - 1)


def moment(kind: Type, exponents: Type, d: int) -> int:
    """``Σ_w Π w_i^(2 a_i)`` over the directions of a type; ``exponents`` stand at the first coordinates.

    >>> moment((1, 1), (1, 1), 3), moment((1, 1), (2,), 3), moment((2, 1), (1,), 2)
    (2, 4, 10)
    """

    @lru_cache(None)
    def place(i: int, left: Type) -> int:
        if i == len(exponents):
            return _arrangements(left, d - i)
        total = 0
        for at, value in enumerate(left):
            if value not in left[:at]:
                total += value ** (2 * exponents[i]) * place(i + 1, left[:at] + left[at + 1 :])
        return total

    return place(0, kind) << (len(kind) - 1)


def norm_polynomial(ridges: Sequence[Ridge], d: int) -> list[mpq]:
    """The ``b_j`` with ``Σ_w P(w·y) = b_0 + b_1 |y|^2 + … + b_k |y|^(2k)``.

    Raises
    ------
    RadialError
        where there are none: the message names the degree and the exponents of the monomial.

    >>> norm_polynomial([Ridge((1,), {}, (mpq(1), mpq(3)))], 2)
    [mpq(2,1), mpq(3,1)]
    """
    coefficients = []
    for j in range(max((len(ridge.polynomial) for ridge in ridges), default=0)):
        ratio = None
        for exponents in partitions(j, d):
            even = multinomial(2 * j, [2 * a for a in exponents])
            parts = (r.polynomial[j] * moment(r.type, exponents, d) for r in ridges if len(r.polynomial) > j)
            here = even * sum(parts, _ZERO) / multinomial(j, exponents)
            if ratio is not None and here != ratio:
                shown = " ".join(str(2 * a) for a in exponents)
                raise RadialError(f"the ridges of degree {2 * j} are no function of the norm: at the exponents {shown}")
            ratio = here
        assert ratio is not None
        coefficients.append(ratio)
    return coefficients


def norm_counts(d: int, p: int) -> dict[int, int]:
    """How many points of the grid have each ``|y|^2``.

    >>> norm_counts(2, 1)
    {0: 1, 1: 4, 2: 4}
    """
    counts = {0: 1}
    for _ in range(d):
        further: Counter[int] = Counter()
        for u, count in counts.items():
            further[u] += count
            for n in range(1, p * p + 1):
                further[u + n * n] += 2 * count
        counts = dict(further)
    return counts


# --- from a network to its ridges -------------------------------------------------------------------------


def read_ridges(net: Network, p: int) -> tuple[mpq, dict[Type, dict[mpq, mpq]]]:
    """The constant of a network of depth 2, and the kinks of every type.

    Raises
    ------
    RadialError
        where it is not of this form: the message names the node or the direction.
    """
    d = len(net.inputs)
    if len(net.outputs) != 1 or net.outputs[0] in net.inputs or net.kind(net.outputs[0]) != AFFINE:
        raise RadialError("the network has not one output that is affine")
    output = net.outputs[0]
    places = {name: i for i, name in enumerate(net.inputs)}
    kinks_by_type: dict[tuple[int, ...], dict[mpq, mpq]] = {}
    weights = dict(net.sources(output))
    for name in net.order:
        if name == output:
            continue
        direction, t = [0] * d, -net.bias(name) * p
        for source, weight in net.sources(name):
            if source not in places or weight.denominator != 1:
                raise RadialError(f"node {clip_text(name)} does not read inputs with integer weights")
            direction[places[source]] = int(weight)
        if net.kind(name) != RELU or t < 0 or not any(direction):
            raise RadialError(f"node {clip_text(name)} is no ReLU of a direction beyond a place from 0 on")
        kinks = kinks_by_type.setdefault(tuple(direction), {})
        kinks[t] = kinks.get(t, _ZERO) + weights.pop(name, _ZERO) / p
    if weights:
        raise RadialError(f"the output reads {clip_text(next(iter(weights)))}, which is no ReLU")
    types: dict[Type, dict[mpq, mpq]] = {}
    counts: Counter[Type] = Counter()
    for vector, kinks in kinks_by_type.items():
        kind = tuple(sorted((abs(w) for w in vector if w), reverse=True))
        if types.setdefault(kind, kinks) != kinks:
            raise RadialError(f"direction {vector} has another ridge than others of its type")
        counts[kind] += 1
    for kind, count in counts.items():
        if count != 2 * orbit_size(kind, d):
            raise RadialError(f"type {kind} has {count} of its {2 * orbit_size(kind, d)} directions with signs")
    return net.bias(output), types


# --- the suprema ------------------------------------------------------------------------------------------


def _power_sum(coefficients: Sequence[mpq], t: mpq) -> mpq:
    """``Σ_j coefficients[j] t^j``."""
    value = _ZERO
    for c in reversed(coefficients):
        value = value * t + c
    return value


def taylor(coefficients: Sequence[mpq], at: mpq) -> list[mpq]:
    """The coefficients of a polynomial in powers of ``x - at``.

    >>> [int(c) for c in taylor([mpq(0), mpq(0), mpq(1)], mpq(3))]
    [9, 6, 1]
    """
    shifted = list(coefficients)
    for i in range(len(shifted)):
        for j in range(len(shifted) - 2, i - 1, -1):
            shifted[j] += at * shifted[j + 1]
    return shifted


def _even(coefficients: Sequence[mpq]) -> list[mpq]:
    """A polynomial in the square, as one in the variable itself."""
    return [c for pair in ((b, _ZERO) for b in coefficients) for c in pair]


def _at_knots(kinks: Mapping[mpq, mpq], places: Sequence[mpq]) -> list[mpq]:
    """The values of ``Σ_t kinks[t]·[n - t]+`` at ascending places from 0 on that include the kinks up to the last."""
    value, slope, before, values = _ZERO, _ZERO, _ZERO, []
    for n in places:
        value, before = value + slope * (n - before), n
        slope += kinks.get(n, _ZERO)
        values.append(value)
    return values


def _ridge_on_grid(ridge: Ridge, p: int) -> mpq:
    """``max |ridge - P|`` at integers; kinks are there, too."""
    last = ridge.end(p)
    places = [mpq(n) for n in range(last + 1)]
    if any(t.denominator != 1 for t in ridge.kinks):
        raise RadialError(f"type {ridge.type} has a kink that is no integer")
    values = _at_knots(ridge.kinks, places)
    return max(abs(v - _power_sum(ridge.polynomial, n * n)) for n, v in zip(places, values, strict=True))


def _ridge_on_reals(ridge: Ridge, p: int) -> mpq:
    """A bound on ``|ridge - P|`` for ``0 <= n <= end``.

    Between neighbouring kinks at a distance of ``2h``, ``P`` less its chord is at least ``-h^2/2 max(P'', 0)`` and at most
    ``h^2/2 max(-P'', 0)``, and the chord less the ridge lies between its values at the ends.
    """
    last = mpq(ridge.end(p))
    places = sorted({_ZERO, last, *(t for t in ridge.kinks if t < last)})
    polynomial = _even(ridge.polynomial)
    apart = [_power_sum(polynomial, n) - v for n, v in zip(places, _at_knots(ridge.kinks, places), strict=True)]
    largest = _ZERO
    for (a, b), ends in zip(pairwise(places), pairwise(apart), strict=True):
        h = (b - a) / 2
        second = [c * i * (i - 1) * h ** (i - 2) for i, c in enumerate(taylor(polynomial, a + h)) if i >= 2]
        middle, around = (second[0], sum(map(abs, second[1:]), _ZERO)) if second else (_ZERO, _ZERO)
        below = min(ends) - h * h / 2 * max(middle + around, _ZERO)
        above = max(ends) + h * h / 2 * max(around - middle, _ZERO)
        largest = max(largest, abs(below), abs(above))
    return largest


def _profile_error(norm: Sequence[mpq], profile: Profile, top: int) -> mpq:
    """A bound on ``|Q - φ|`` for ``0 <= ρ <= 1``: on every part, the sum of the absolute Taylor terms at its middle."""
    polynomial = _even([b * top**j for j, b in enumerate(norm)])
    largest = _ZERO
    for (a, left), (b, right) in pairwise(profile.knots):
        slope, h = (right - left) / (b - a), (b - a) / (2 * profile.cells)
        for cell in range(profile.cells):
            middle = a + (2 * cell + 1) * h
            terms = taylor(polynomial, middle)
            terms[0] -= left + slope * (middle - a)
            terms[1] -= slope
            largest = max(largest, sum((abs(c) * h**i for i, c in enumerate(terms)), _ZERO))
    return largest


def estimate(constant: mpq, ridges: Sequence[Ridge], target: Target | Profile, d: int, p: int) -> Estimate:
    """Bound ``|N' - f|`` on the grid ``I_p^d`` (for a :class:`Target`) or for all reals of ``[-p, p]^d`` (a :class:`Profile`).

    Raises
    ------
    RadialError
        for polynomials whose sum is no function of the norm, a target that lacks a norm, a profile that is none.

    >>> square = Ridge((1,), {mpq(0): mpq(1)}, (mpq(0), mpq(1)))
    >>> estimate(mpq(0), [square], Target({0: mpq(0), 1: mpq(1), 2: mpq(2)}), 2, 1).total
    mpq(0,1)
    """
    top = d * p**4
    if max([top, *(ridge.end(p) for ridge in ridges)]) > MAX_PLACES:
        raise RadialError(f"more than {MAX_PLACES} norms, or integers of a direction, are to be looked at")
    if len({ridge.type for ridge in ridges}) < len(ridges):
        raise RadialError("a type is listed twice")
    norm = norm_polynomial(ridges, d) or [_ZERO]
    norm[0] += constant
    on_grid = isinstance(target, Target)
    gap = _ridge_on_grid if on_grid else _ridge_on_reals
    gaps = {ridge.type: orbit_size(ridge.type, d) * gap(ridge, p) for ridge in ridges}
    if isinstance(target, Profile):
        ends = [rho for rho, _ in target.knots]
        if len(ends) < 2 or ends[0] != 0 or ends[-1] != 1 or any(a >= b for a, b in pairwise(ends)):
            raise RadialError("the knots of the profile do not ascend from 0 to 1")
        if not 1 <= target.cells <= MAX_CELLS:
            raise RadialError(f"a piece of the profile is cut into 1 to {MAX_CELLS} parts")
        return Estimate(_profile_error(norm, target, top), gaps, None)
    counts = norm_counts(d, p)
    largest = total = _ZERO
    for u, count in counts.items():
        if u not in target.values:
            raise RadialError(f"no value for the squared norm {mpq(u, p * p)}, which the grid has")
        apart = abs(_power_sum(norm, mpq(u)) - target.values[u])
        largest, total = max(largest, apart), total + count * apart**2
    if len(counts) < len(target.values):
        raise RadialError("a value for a squared norm that the grid does not have")
    return Estimate(largest, gaps, total / sum(counts.values()))


# --- the certificate ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Certificate:
    """What is claimed of a network: ``|N'(x) - f(x)| <= error <= epsilon`` for all ``x`` of the grid, or of the box.

    Attributes
    ----------
    polynomials : mapping
        Of every type.
    exact : bool
        Whether ``error`` is the supremum.
    neurons : int
        Of the network.
    """

    p: int
    target: Target | Profile
    polynomials: Mapping[Type, tuple[mpq, ...]]
    epsilon: mpq
    error: mpq
    exact: bool
    neurons: int


def verify(certificate: Certificate, net: Network) -> None:
    """Confirm a certificate from the network, anew.

    Raises
    ------
    RadialError
        where something in it is not so; the message says what.
    """
    constant, kinks = read_ridges(net, certificate.p)
    if kinks.keys() != certificate.polynomials.keys():
        raise RadialError("the types of the network are not those of the certificate")
    ridge_list = [Ridge(kind, kinks[kind], polynomial) for kind, polynomial in certificate.polynomials.items()]
    estimated = estimate(constant, ridge_list, certificate.target, len(net.inputs), certificate.p)
    if estimated.total != certificate.error or estimated.exact != certificate.exact:
        raise RadialError(f"the error is {'' if estimated.exact else 'at most '}{estimated.total}, not as recorded")
    if certificate.error > certificate.epsilon:
        worst = max(estimated.ridges, key=lambda kind: estimated.ridges[kind], default=())
        added = f"directions of type {worst} add {estimated.ridges.get(worst, 0)}"
        raise RadialError(f"the error {certificate.error} is more than epsilon; {added}")
    count = sum(net.kind(name) == RELU for name in net.order)
    if count != certificate.neurons:
        raise RadialError(f"the network has {count} ReLUs, not {certificate.neurons}")
