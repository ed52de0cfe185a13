"""A polynomial of the squared norm as a network of depth 2: one even function of ``n = w·y`` for every direction ``w``
(docs/radial.md).

``Q(|y|^2) = q_0 + Σ_w P_w(w·y)``, ``P_w`` an even polynomial without constant. By straight lines between integers that
are ``spacing`` apart it is ``Σ_t δ_t ([n - t]+ + [-n - t]+)`` with ``0 <= t < |w|_1 p^2``. At spacing 1 the network is
*equal* to ``Q`` on the grid.

Chords of a length ``s`` lie up to ``s^2 P''/8`` beside the function, all on one side. So at larger spacings the knots
may be moved by ``s^2 P''/16``, which halves the largest distance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, pairwise, product

from gmpy2 import mpq
from sympy.utilities.iterables import multiset_permutations

from exactnet.claims.radial import Ridge, Type, orbit_size
from exactnet.construct.radial.hilbert import coefficients
from exactnet.kernel.errors import SizeError
from exactnet.kernel.network import AFFINE, RELU, Network, Node, fresh_name

__all__ = ["EXACT", "LEAST", "directions", "largest_ridge", "neurons", "ridge_network", "ridges"]

#: The most neurons that are written down.
MAX_NEURONS = 2**18
#: How far knots are moved, in units of ``s^2 P''``: not at all; for the least largest error.
EXACT, LEAST = mpq(0), mpq(1, 16)


def ridges(
    polynomial: Sequence[mpq], types: Sequence[Type], spacing: Mapping[Type, int], d: int, p: int, lowered: mpq = EXACT
) -> tuple[mpq, list[Ridge]]:
    """The constant and the ridges of ``Q(t)``, ``t = |y|^2/(d p^4)``; ``polynomial`` has its coefficients from degree 0 on.

    Raises what :func:`~exactnet.construct.radial.hilbert.identity` raises.

    >>> constant, (made,) = ridges([mpq(0), mpq(1)], [(1,)], {(1,): 1}, 2, 1)
    >>> constant, made.polynomial, dict(made.kinks)
    (mpq(0,1), (mpq(0,1), mpq(1,2)), {mpq(0,1): mpq(1,2)})
    """
    k, top = len(polynomial) - 1, d * p**4
    constant, ridge_list = polynomial[0], []
    for kind, row in zip(types, coefficients(k, types, d), strict=True):
        of_even = [q * c / top**j for j, (q, c) in enumerate(zip(polynomial[1:], row, strict=True), 1)]
        if any(of_even):
            moved = lowered * spacing[kind] ** 2
            offset = 2 * moved * of_even[0]  # so that the function is 0 at 0
            constant -= orbit_size(kind, d) * offset
            of_even = [offset, *of_even]
            ridge_list.append(Ridge(kind, _kinks(of_even, spacing[kind], sum(kind) * p * p, moved), tuple(of_even)))
    return constant, ridge_list


def _kinks(of_even: Sequence[mpq], spacing: int, last: int, moved: mpq) -> dict[mpq, mpq]:
    second = [2 * j * (2 * j - 1) * c for j, c in enumerate(of_even)][1:]
    knots = [*range(0, last, spacing), last]
    values = [_value(of_even, n) - moved * _value(second, n) for n in knots]
    kinks, before = {}, mpq(0)
    for (a, b), (left, right) in zip(pairwise(knots), pairwise(values), strict=True):
        slope = (right - left) / (b - a)
        if slope != before:
            kinks[mpq(a)] = slope - before
        before = slope
    return kinks


def _value(of_even: Sequence[mpq], n: int) -> mpq:
    square, value = n * n, mpq(0)
    for c in reversed(of_even):
        value = value * square + c
    return value


def largest_ridge(ridge_list: Sequence[Ridge], p: int) -> mpq:
    """The largest absolute value of a ridge's polynomial at its integers."""
    return max((abs(_value(r.polynomial, n)) for r in ridge_list for n in range(r.end(p) + 1)), default=mpq(0))


def neurons(ridge_list: Sequence[Ridge], d: int) -> int:
    """The ReLUs of the network, without building it."""
    return sum(2 * orbit_size(ridge.type, d) * len(ridge.kinks) for ridge in ridge_list)


def directions(kind: Type, d: int) -> Iterator[tuple[int, ...]]:
    """The directions of a type with both signs.

    >>> sorted(directions((1, 1), 2))
    [(-1, -1), (-1, 1), (1, -1), (1, 1)]
    """
    for support in combinations(range(d), len(kind)):
        for values in multiset_permutations(kind):
            for signs in product((1, -1), repeat=len(kind)):
                vector = [0] * d
                for place, value, sign in zip(support, values, signs, strict=True):
                    vector[place] = sign * value
                yield tuple(vector)


def ridge_network(inputs: Sequence[str], output: str, constant: mpq, ridge_list: Sequence[Ridge], p: int) -> Network:
    """The network of depth 2: ``constant`` and every ridge along every direction of its type.

    Raises :class:`SizeError` for more than :data:`MAX_NEURONS` neurons.

    >>> net = ridge_network(["a", "b"], "y", *ridges([mpq(0), mpq(1)], [(1,)], {(1,): 1}, 2, 1), 1)
    >>> [str(net(point)[0]) for point in ((0, 0), (1, 0), (1, -1))]
    ['0', '1/2', '1']
    """
    count = neurons(ridge_list, len(inputs))
    if count > MAX_NEURONS:
        raise SizeError(f"too large to build: {count} neurons, more than {MAX_NEURONS}")
    taken = {*inputs, output}
    nodes: list[Node] = []
    read: dict[str, mpq] = {}
    for ridge in ridge_list:
        for vector in directions(ridge.type, len(inputs)):
            sources = {name: mpq(w) for name, w in zip(inputs, vector, strict=True) if w}
            for t, change in ridge.kinks.items():
                name = fresh_name(f"h{len(nodes) + 1}", taken)
                nodes.append(Node(name, RELU, sources, -t / p))
                read[name] = p * change
    return Network(inputs, [*nodes, Node(output, AFFINE, read, constant)], [output])
