"""R2: how far a network of depth 2 is from a function of the norm, without a look at each input.

To believe: that the network is read as ``constant + Σ_w ridge(|w·y|)``, ``y = p·x``, with the same ridge for all
directions ``w`` of a type (:func:`read_ridges`); that :func:`norm_polynomial` equates ``Σ_w P(w·y)`` with a polynomial
of ``|y|^2``, monomial by monomial; and that each supremum is over all integers, or bounded between reals by Taylor's
formula. The error is at most the sum of the suprema.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import factorial, perm
from typing import Any

from .network import Net, read_net
from .reading import clip, demand, number, read_beside, require, take

FORM = "exactnet-radial/1"
FIELDS = ("format", "network", "p", "on", "target", "cells", "ridges", "epsilon", "error", "exact", "neurons", "versions", "run")
MOST = 10**6  # norms, integers of a ridge, parts of a profile
Type = tuple[int, ...]
Curve = dict[Fraction, Fraction]  # {t: change of slope}: Σ change·[n - t]+
ZERO = Fraction(0)


def exponents(total: int, parts: int, most: int) -> Iterator[Type]:
    """Descending positive integers with a sum, at most so many of them."""
    if total == 0:
        yield ()
    for first in range(min(total, most), 0, -1) if parts else ():
        for rest in exponents(total - first, parts - 1, first):
            yield first, *rest


def arrangements(values: Sequence[int], places: int) -> int:
    """The ways to put values at different places."""
    ways = perm(places, len(values))
    for count in Counter(values).values():
        ways //= factorial(count)
    return ways


def moment(kind: Type, powers: Type, d: int) -> int:
    """The sum of ``w_1^(2 powers_1) w_2^(2 powers_2) …`` over the directions of a type, up to sign."""
    states = Counter({kind: 1 << (len(kind) - 1)})  # what is left for the coordinates after those with a power
    for power in powers:
        further: Counter[Type] = Counter()
        for left, weight in states.items():
            for value in set(left):
                rest = list(left)
                rest.remove(value)
                further[tuple(rest)] += weight * value ** (2 * power)
        states = further
    return sum(weight * arrangements(left, d - len(powers)) for left, weight in states.items())


def norm_polynomial(polynomials: Mapping[Type, Sequence[Fraction]], d: int) -> list[Fraction]:
    """The coefficients of ``Σ_w P(w·y)`` in powers of ``|y|^2``; it is wrong that there are none."""
    coefficients: list[Fraction] = []
    for j in range(max(map(len, polynomials.values()), default=0)):
        ratios = set()
        for powers in exponents(j, d, j):
            total = sum((p[j] * moment(kind, powers, d) for kind, p in polynomials.items() if len(p) > j), ZERO)
            scale = Fraction(factorial(2 * j), factorial(j))
            for a in powers:
                scale *= Fraction(factorial(a), factorial(2 * a))
            ratios.add(scale * total)
        demand(len(ratios) == 1, f"the ridges of degree {2 * j} are no function of the norm")
        coefficients += ratios
    return coefficients or [ZERO]


def read_ridges(net: Net, p: int) -> tuple[Fraction, dict[Type, Curve]]:
    """The constant, and the ridge of every type."""
    d = len(net.inputs)
    demand(len(net.outputs) == 1 and net.kind[net.outputs[0]] == "affine", "the network has not one affine output")
    (output,) = net.outputs
    curves: dict[tuple[int, ...], Curve] = {}
    for name in net.wires:
        if name == output:
            continue
        weights = [net.wires[name].get(x, 0) for x in net.inputs]
        only = net.wires[name].keys() <= set(net.inputs) and net.kind[name] == "relu"
        t = Fraction(-net.bias[name] * p)
        whole = all(w.denominator == 1 for w in weights) and any(weights)
        demand(only and whole and t >= 0, f"node {clip(name)} is no ReLU of an integer direction")
        curve = curves.setdefault(tuple(map(int, weights)), {})
        curve[t] = curve.get(t, ZERO) + Fraction(net.wires[output].get(name, 0)) / p
    demand(net.wires[output].keys() <= net.wires.keys() - {output}, "the output does not read ReLUs alone")
    types: dict[Type, Curve] = {}
    counts: Counter[Type] = Counter()
    for vector, curve in curves.items():
        kind = tuple(sorted((abs(w) for w in vector if w), reverse=True))
        demand(types.setdefault(kind, curve) == curve, f"two directions of type {clip(kind)} have different ridges")
        counts[kind] += 1
    for kind, count in counts.items():
        demand(count == arrangements(kind, d) << len(kind), f"type {clip(kind)} lacks directions")
    return Fraction(net.bias[output]), types


def value(coefficients: Sequence[Fraction], t: Fraction) -> Fraction:
    """A polynomial at a place."""
    total = ZERO
    for c in reversed(coefficients):
        total = total * t + c
    return total


def along(curve: Curve, places: Sequence[Fraction]) -> list[Fraction]:
    """A ridge at ascending places from 0 on, among which its kinks are."""
    y, slope, before, points = ZERO, ZERO, ZERO, []
    for n in places:
        y += slope * (n - before)
        slope, before = slope + curve.get(n, 0), n
        points.append(y)
    return points


def shifted(coefficients: Sequence[Fraction], at: Fraction) -> list[Fraction]:
    """The Taylor coefficients of a polynomial at a place."""
    result, rest = [], list(coefficients)
    while rest:
        for i in range(len(rest) - 2, -1, -1):
            rest[i] += at * rest[i + 1]
        result.append(rest.pop(0))
    return result


def ridge_error(curve: Curve, of_square: Sequence[Fraction], end: int, on_grid: bool) -> Fraction:
    """The most that a ridge differs from its polynomial: at integers, or a bound between reals."""
    if on_grid:
        demand(all(t.denominator == 1 for t in curve), "a kink is no integer")
        integers = [Fraction(n) for n in range(end + 1)]
        return max(abs(y - value(of_square, n * n)) for n, y in zip(integers, along(curve, integers), strict=True))
    places = sorted({ZERO, Fraction(end)} | {t for t in curve if t < end})
    gaps = [value(of_square, n * n) - y for n, y in zip(places, along(curve, places), strict=True)]
    even = [c for b in of_square for c in (b, ZERO)]
    largest = ZERO
    for (a, b), ends in zip(pairwise(places), pairwise(gaps), strict=True):
        h = (b - a) / 2
        bends = [i * (i - 1) * c * h ** (i - 2) for i, c in enumerate(shifted(even, a + h)) if i > 1] or [ZERO]
        spread = sum(map(abs, bends[1:]), ZERO)
        low = min(ends) - max(bends[0] + spread, ZERO) * h * h / 2
        high = max(ends) + max(spread - bends[0], ZERO) * h * h / 2
        largest = max(largest, -low, high, low, -high)
    return largest


def grid_error(norm: Sequence[Fraction], target: Mapping[Fraction, Fraction], d: int, p: int) -> Fraction:
    """The largest difference at the squared norms of the grid, which must be those of the target."""
    sums = {0}
    for _ in range(d):
        sums = {u + n * n for u in sums for n in range(p * p + 1)}
    demand(target.keys() == sums, "the target is not given at the squared norms of the grid")
    return max(abs(value(norm, Fraction(u)) - target[Fraction(u)]) for u in sums)


def profile_error(norm: Sequence[Fraction], knots: Sequence[tuple[Fraction, Fraction]], cells: int, top: int) -> Fraction:
    """A bound on the difference for all ``0 <= ρ <= 1``, ``|y|^2 = top ρ^2``."""
    ascending = all(a < b for (a, _), (b, _) in pairwise(knots))
    demand(len(knots) > 1 and knots[0][0] == 0 and knots[-1][0] == 1 and ascending, "the knots do not ascend from 0 to 1")
    even = [c for j, b in enumerate(norm) for c in (b * top**j, ZERO)]
    largest = ZERO
    for (a, left), (b, right) in pairwise(knots):
        slope, width = (right - left) / (b - a), (b - a) / cells
        for cell in range(cells):
            middle = a + width * cell + width / 2
            terms = shifted(even, middle)
            terms[0], terms[1] = terms[0] - left - slope * (middle - a), terms[1] - slope
            largest = max(largest, sum((abs(c) * (width / 2) ** i for i, c in enumerate(terms)), ZERO))
    return largest


def read_polynomials(data: Mapping[str, Any]) -> dict[Type, list[Fraction]]:
    """The polynomial of every type."""
    polynomials: dict[Type, list[Fraction]] = {}
    for entry in take(data, "ridges", list, "the certificate"):
        words = take(entry, "type", str, "a ridge").split()
        require(bool(words) and all(word.isdecimal() and len(word) < 9 for word in words), "a type is no list of integers")
        kind = tuple(map(int, words))
        demand(kind not in polynomials, f"type {clip(kind)} is listed twice")
        polynomials[kind] = [Fraction(number(c, "a coefficient")) for c in take(entry, "polynomial", list, "a ridge")]
    require(all(polynomials.values()), "a ridge has no polynomial")
    return polynomials


def check_radial(data: Mapping[str, Any], path: str, max_file: int) -> Iterator[str]:
    """Check a certificate; the last line is the verdict."""
    require(set(data) == set(FIELDS), "the certificate: a field is missing or unknown")
    net = read_net(*read_beside(path, data["network"], "the network", max_file))
    d, p, on = len(net.inputs), take(data, "p", int, "the certificate"), take(data, "on", str, "the certificate")
    require(p >= 1 and d * p**4 <= MOST and on in ("grid", "reals"), "p or what it is about is out of range")
    pairs = [tuple(Fraction(number(x, "the target")) for x in pair) for pair in take(data, "target", list, "the certificate")]
    require(all(len(pair) == 2 for pair in pairs), "the target is no list of pairs")
    target = [(pair[0], pair[1]) for pair in pairs]
    polynomials = read_polynomials(data)
    constant, curves = read_ridges(net, p)
    demand(curves.keys() == polynomials.keys(), "the types are not those of the network")
    yield f"R2: {'the grid' if on == 'grid' else 'all reals of the box'}, d = {d}, p = {p}"
    yield "confirmed: SHA-256 of the network, of depth 2, with the same ridge for all directions of a type"
    norm = norm_polynomial(polynomials, d)
    norm[0] += constant
    yield f"confirmed: the polynomials of {len(polynomials)} types add up to one of the squared norm, of degree {len(norm) - 1}"
    gaps = ZERO
    for kind, curve in curves.items():
        end = sum(kind) * p * p
        require(end <= MOST, f"type {clip(kind)} is too large")
        count = arrangements(kind, d) << (len(kind) - 1)
        gaps += count * ridge_error(curve, polynomials[kind], end, on == "grid")
    if on == "grid":
        demand(len(dict(target)) == len(target), "a squared norm is listed twice")
        error = grid_error(norm, dict(target), d, p)
    else:
        cells = take(data, "cells", int, "the certificate")
        require(1 <= cells * len(target) <= MOST, "cells is out of range")
        error = profile_error(norm, target, cells, d * p**4)
    error += gaps
    recorded, epsilon = (number(data[what], what) for what in ("error", "epsilon"))
    demand(recorded == error, f"the error is {clip(error)}, not as recorded")
    demand(data["exact"] is (on == "grid" and gaps == 0), "whether the error is exact is not as recorded")
    demand(error <= epsilon, f"the error {clip(error)} is more than epsilon")
    neurons = sum(kind == "relu" for kind in net.kind.values())
    demand(data["neurons"] == neurons, f"there are {neurons} ReLUs, not as recorded")
    yield f"confirmed: |N'(x) - f(x)| <= {clip(error)} on all of it{', and no less' if data['exact'] else ''}; {neurons} ReLUs"
    yield "certified"
