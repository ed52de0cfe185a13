"""R1 and R2, Lipschitz functions of the norm: depth 2 with a tolerance, of polynomial size in the inputs or in the accuracy.

Claim: a function of `|x|` on the grid `I_p^d` is within the error of a polynomial of degree `k` in `|x|^2` of a network
of depth 2 with `2p^2 Σ |τ|_1 n(τ)` ReLUs, where the types `τ` of integer directions have a Hilbert identity of degree
`2k` and `n(τ)` directions: `O(d^k)` for fixed `k`, `O(k^(d-1))` for fixed `d`. For 1-Lipschitz functions of `ρ = |x|/(p
sqrt(d))` the error is at most `π/(4(k+1))`, in every dimension.

Source: I. Safran, R. Eldan, O. Shamir, *Depth Separations in Neural Networks: What is Actually Being Separated?*, COLT
2019: by its abstract, `O(1)`-Lipschitz functions of the norm are approximated in depth 2 with size `poly(d)` for every
fixed accuracy, and with size `poly(1/ε)` for every fixed `d`; not with size polynomial in both. The construction, the
constants and the normalisation are reconstructed here, without the paper's text; the fits are found here. That no
network of depth 2 is polynomial in both has no finite check.

Checked: exactly, on every input of grids up to 10^7 points, or by the identity, in which every equation of every degree
is evaluated, every integer of every direction, and every norm of the grid; on real inputs by Taylor's formula with
rationals. Errors are rounded upwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import combinations_with_replacement, pairwise
from math import gcd

from gmpy2 import mpq

from exactnet.certify.radial import (
    Identity,
    IdentityRequest,
    RadialRequest,
    certify_by_identity,
    certify_radial,
    largest_error,
    on_norms,
)
from exactnet.claims.radial import Type, orbit_size, verify
from exactnet.construct.radial.fit import fitted_ridges, knots_of, representatives
from exactnet.construct.radial.hilbert import balanced_types, cheapest_types
from exactnet.construct.radial.network import ridge_network
from exactnet.engine.block import compile_network
from exactnet.families import FAMILIES
from exactnet.files.lookup import lookup_points
from exactnet.kernel.domain import Points
from exactnet.kernel.measures import measure
from exactnet.kernel.relation import Within
from exactnet.kernel.runs import Runner
from exactnet.kernel.sweep import CheckJob, compare_networks

from .rows import accept
from .table import Cell, Table

__all__ = ["FULL", "LEMMAS", "LONG", "QUICK"]

LEMMAS = ("radial/hilbert", "radial/network", "radial/fit", "radial/polynomial")
LONG = ("radial-size", "radial-grids")

Knots = Sequence[tuple[mpq, mpq]]
VEE: Knots = ((mpq(0), mpq(1, 2)), (mpq(1, 2), mpq(0)), (mpq(1), mpq(1, 2)))
NORM: Knots = ((mpq(0), mpq(0)), (mpq(1), mpq(1)))
SAW: Knots = tuple((mpq(i, 4), mpq((i + 1) % 2, 4)) for i in range(5))
NAMES = {"vee": VEE, "norm": NORM, "saw": SAW}
FAST = Runner(evaluator=compile_network)
#: The largest network that is built and read back for a row; others are judged by their ridges alone.
BUILT = 20_000


def upwards(value: mpq, digits: int = 4) -> str:
    """A decimal that is not below a number.

    >>> upwards(mpq(1, 3)), upwards(mpq(1, 2))
    ('0.3334', '0.5000')
    """
    scaled = -(-value.numerator * 10**digits // value.denominator)
    return f"{scaled // 10**digits}.{scaled % 10**digits:0{digits}d}"


def root(value: mpq, digits: int = 4) -> str:
    """A decimal that is not below a square root.

    >>> root(mpq(1, 4)), root(mpq(2))
    ('0.5000', '1.4143')
    """
    n = 0
    top = 10**digits
    step = 1 << 40
    while step:
        if mpq(n + step, top) ** 2 < value:
            n += step
        step >>= 1
    return upwards(mpq(n + 1, top) if value else mpq(0), digits)


def teeth(count: int) -> Knots:
    """``|frac(T ρ) - 1/2|``."""
    return [(mpq(i, 2 * count), mpq((i + 1) % 2, 2)) for i in range(2 * count + 1)]


def shown(types: Iterable[Type]) -> str:
    """Types in a cell."""
    return ", ".join(" ".join(map(str, kind)) for kind in types)


def proved(profile: Knots, d: int, p: int, k: int, **options: object) -> Identity:
    """Prove a row; the network itself is built and read where it is not too large."""
    identity = certify_by_identity(IdentityRequest(profile, d, p, k, **options))  # type: ignore[arg-type]
    if identity.neurons <= BUILT:
        verify(identity.certificate(), identity.network())
    return identity


def _depth_three(d: int, p: int) -> int:
    return 2 * d * p**2 + d * p**4


def dimension_table(rows: Iterable[tuple[str, int, int, int]], name: str) -> Table:
    """ReLUs against the number of inputs at fixed degrees, thus at fixed accuracies."""
    cells: list[tuple[Cell, ...]] = []
    for function, d, p, k in rows:
        identity = proved(NAMES[function], d, p, k)
        if not identity.estimate.exact:
            raise AssertionError(f"{function}, d = {d}, k = {k}: not exact")
        types = [ridge.type for ridge in identity.ridges]
        assert identity.estimate.mean_square is not None
        count = (2 * p * p + 1) ** d
        cells.append(
            (
                function,
                k,
                d,
                p,
                str(count) if count < 10**9 else f"about 10^{len(str(count)) - 1}",
                shown(types),
                sum(orbit_size(kind, d) for kind in types),
                identity.neurons,
                identity.parameters,
                upwards(identity.estimate.total),
                root(identity.estimate.mean_square),
                _depth_three(d, p),
                "network" if identity.neurons <= BUILT else "ridges",
            )
        )
    columns = (
        "`φ`", "`k`", "`d`", "`p`", "inputs", "types", "directions", "ReLUs", "parameters", "largest error", "root mean square",
        "ReLUs in depth 3, exact", "judged",
    )  # fmt: skip
    caption = (
        "R2: ReLUs of depth 2 against the inputs `d` at a fixed degree `k`; the error is the supremum over the whole grid, "
        "by the identity."
    )
    note = (
        "`vee` is `abs(ρ - 1/2)`, `norm` is `ρ`, `saw` has four teeth. A type such as 2 1 stands for all vectors with these "
        "nonzero integers as absolute values. "
        "Judged by `ridges`: the network is too large to be written down, and its ridges are judged by the same function."
    )
    return Table(name, caption, columns, cells, (note,))


def degree_table(rows: Iterable[tuple[int, int, int, bool]], name: str) -> Table:
    """ReLUs against the degree at a fixed number of inputs, every integer a knot."""
    cells: list[tuple[Cell, ...]] = []
    for d, p, k, balanced in rows:
        types = balanced_types(k) if balanced else cheapest_types(k, d)
        identity = proved(VEE, d, p, k, types=types)
        if not identity.estimate.exact:
            raise AssertionError(f"d = {d}, k = {k}: not exact")
        listed = [ridge.type for ridge in identity.ridges]
        errors = upwards(identity.estimate.total), upwards(identity.largest)
        cells.append((d, p, k, shown(listed), identity.neurons, *errors, _depth_three(d, p)))
    columns = ("`d`", "`p`", "`k`", "types", "ReLUs", "largest error", "largest ridge", "ReLUs in depth 3, exact")
    caption = "R2, `vee`: ReLUs of depth 2 against the degree `k` at a fixed `d`, equal to the polynomial on the grid."
    note = (
        "Where `p^2 > d`, depth 2 with a tolerance is smaller than depth 3 without. The ridges stay small: they are one profile, "
        "by the Laplacian."
    )
    return Table(name, caption, columns, cells, (note,))


def size_table(rows: Iterable[tuple[int, int]], name: str) -> Table:
    """ReLUs against the accuracy for two inputs: fitted, every input of the grid compared."""
    p, d = 8, 2
    instance = FAMILIES["teeth"].make(d=d, grid=p, teeth=1)
    points = representatives(instance.domain, p)
    by_norm = on_norms(VEE, d, p)
    values = [by_norm[sum(y * y for y in point)] for point in points]
    cells: list[tuple[Cell, ...]] = []
    for k, knots in rows:
        types = balanced_types(k)
        constant, ridge_list = fitted_ridges(points, values, types, knots_of(types, points, knots))
        network = ridge_network(instance.network.inputs, "y", constant, ridge_list, p)
        error = largest_error(instance.network, network, instance.domain)
        job = CheckJob(instance.network, network, instance.domain, Within(1, error), None, compile_network)
        compared, wrong = compare_networks(job)
        if wrong is not None or compared.inputs_checked != instance.domain.count:
            raise AssertionError(f"k = {k}, {knots} knots: {wrong}")
        neurons = measure(network).neurons
        cells.append((k, sum(orbit_size(kind, d) for kind in types), knots, neurons, upwards(error)))
    columns = ("`k`", "directions", "knots each", "ReLUs", "largest error")
    caption = "R1, `vee`, `d = 2`, `p = 8`: ReLUs of depth 2 against the error, fitted; every one of the 16641 inputs compared."
    return Table(name, caption, columns, sorted(cells, key=lambda row: (row[3], row[4])))


def shortest_types(count: int, d: int) -> list[Type]:
    """The types of the shortest directions.

    >>> shortest_types(4, 3)
    [(1,), (1, 1), (1, 1, 1), (2, 1)]
    """
    every = (kind for parts in range(1, d + 1) for kind in combinations_with_replacement(range(4, 0, -1), parts))
    listed = (kind for kind in every if gcd(*kind) == 1)
    return sorted(listed, key=lambda kind: (sum(entry**2 for entry in kind), kind))[:count]


def grids_table(rows: Iterable[tuple[int, int, int]], name: str) -> Table:
    """Certificates of R1 on large grids: every input, and the error that the identity gives."""
    cells: list[tuple[Cell, ...]] = []
    for d, p, k in rows:
        instance = FAMILIES["teeth"].make(d=d, grid=p, teeth=1)
        result = certify_radial(RadialRequest(instance.network, instance.domain, k), runner=FAST)
        certificate = accept(f"d = {d}, p = {p}", result.certificate)
        error = certificate.relation.epsilon
        by_identity = proved(VEE, d, p, k).estimate.total
        if error is None or abs(error - by_identity) > mpq(1, 10**4):
            raise AssertionError(f"d = {d}, p = {p}: {error} on every input, {by_identity} by the identity")
        neurons = certificate.constructed.neurons
        cells.append((d, p, k, certificate.inputs_checked, neurons, upwards(error), certificate.verdict))
    columns = ("`d`", "`p`", "`k`", "inputs compared", "ReLUs", "largest error", "verdict")
    return Table(name, "R1, `vee`: every input of the grid compared, and the same error by the identity.", columns, cells)


def reals_table(rows: Iterable[tuple[int, int, bool]], name: str) -> Table:
    """Bounds for all reals of a square."""
    cells: list[tuple[Cell, ...]] = []
    for k, spacing, balanced in rows:
        types = balanced_types(k) if balanced else cheapest_types(k, 2)
        identity = proved(VEE, 2, 8, k, spacing=spacing, reals=True, types=types)
        cells.append(
            (
                k,
                shown(types),
                spacing,
                identity.neurons,
                upwards(identity.estimate.polynomial),
                upwards(identity.estimate.total),
            )
        )
    columns = ("`k`", "types", "knots every", "ReLUs", "of the polynomial, at most", "error, at most")
    caption = "R2, `vee`, for all reals of `[-8, 8]^2`: bounds on the error of depth 2."
    return Table(name, caption, columns, cells)


def ball_points(d: int, p: int) -> Points:
    """The points of ``(1/p) Z^d`` in the unit ball."""
    inside = range(-p, p + 1)
    listed: list[tuple[int, ...]] = [()]
    for _ in range(d):
        listed = [(*point, n) for point in listed for n in inside if sum(y * y for y in point) + n * n <= p * p]
    return Points(tuple(tuple(mpq(n, p) for n in point) for point in listed))


def ball_table(rows: Iterable[tuple[str, int, int, int, int]], name: str) -> Table:
    """Few ridges on the points of a ball, where the norm itself needs one knot in each direction."""
    cells: list[tuple[Cell, ...]] = []
    for function, d, p, count, knots in rows:
        domain = ball_points(d, p)
        values = {point: _at_radius(NAMES[function], sum((x * x for x in point), mpq(0))) for point in domain}
        inputs = [f"x{i}" for i in range(1, d + 1)]
        original = lookup_points(inputs, "y", values)
        types = balanced_types(count) if d == 2 else shortest_types(count, d)
        request = RadialRequest(original, domain, knots=knots, types=types)
        certificate = accept(f"{function}, d = {d}", certify_radial(request, runner=FAST).certificate)
        error = certificate.relation.epsilon
        assert error is not None
        directions = sum(orbit_size(kind, d) for kind in types)
        neurons, verdict = certificate.constructed.neurons, certificate.verdict
        cells.append((function, d, f"1/{p}", domain.count, directions, knots, neurons, upwards(error), verdict))
    columns = ("`φ`", "`d`", "points apart", "inputs", "directions", "knots each", "ReLUs", "largest error", "verdict")
    return Table(name, "R1 on the points of the unit ball, `φ` of the radius itself: fitted ridges.", columns, cells)


def _at_radius(profile: Knots, square: mpq) -> mpq:
    """A profile of the radius, which is rounded to a multiple of 1/10^6."""
    from gmpy2 import isqrt

    r = 10**6
    rho = mpq((int(isqrt(4 * square.numerator * r * r // square.denominator)) + 1) // 2, r)
    for (a, left), (b, right) in pairwise(profile):
        if rho <= b:
            return left + (right - left) * (rho - a) / (b - a)
    raise AssertionError("a point outside the ball")


def teeth_table(counts: Sequence[int], degrees: Sequence[int], name: str) -> Table:
    """More teeth at the same degree: no better than a constant, and refuted at the tolerance of one tooth."""
    d, p = 4, 2
    cells: list[tuple[Cell, ...]] = []
    one = {k: proved(teeth(1), d, p, k).estimate.total for k in degrees}
    for count in counts:
        for k in degrees:
            identity = proved(teeth(count), d, p, k)
            reason = identity.beyond(one[k])
            if (reason is None) != (count == 1):
                raise AssertionError(f"{count} teeth, k = {k}: {reason}")
            cells.append((count, k, identity.neurons, upwards(identity.estimate.total), "-" if reason is None else reason))
    columns = ("teeth `T`", "`k`", "ReLUs", "largest error", "refuted at the error of `T = 1`")
    caption = "Controls: a zigzag of `T` teeth of height 1/2 and slope `T`, `d = 4`, `p = 2`, at the same degrees."
    return Table(name, caption, columns, cells)


def both_table(dimensions: Sequence[int], name: str) -> Table:
    """The size along ``ε = 1/(2 sqrt d)``, where both grow: of this construction, no lower bound."""
    cells: list[tuple[Cell, ...]] = []
    for side in dimensions:
        d = side * side
        k, identity = 1, proved(VEE, d, 1, 1)
        while identity.estimate.total > mpq(1, 2 * side):
            k += 1
            identity = proved(VEE, d, 1, k)
        cells.append((d, f"1/{2 * side}", k, upwards(identity.estimate.total), identity.neurons))
    columns = ("`d`", "`ε = 1/(2 sqrt d)`", "least `k`", "largest error", "ReLUs")
    caption = "R2, `vee`, `p = 1`: the ReLUs of this construction where accuracy and dimension grow together."
    note = "An upper bound of this construction. That every network of depth 2 must grow like this has no finite check."
    return Table(name, caption, columns, cells, (note,))


GROWING = [("vee", d, 2, k) for k in (2, 3, 4) for d in (2, 4, 8, 16, 32)]
OTHERS = [("norm", 3, 2, 2), ("saw", 6, 1, 3)]
DEGREES = [(2, 8, k, False) for k in (2, 3, 4, 6, 8)] + [(3, 4, k, False) for k in (2, 3, 4, 6, 8)]
SIZES = [(3, 8), (3, 16), (4, 4), (4, 8), (4, 16), (4, 32), (8, 4), (8, 8), (8, 16), (8, 32), (12, 4), (12, 8), (16, 4), (16, 8)]
BALLS = [
    ("norm", 2, 24, 2, 1), ("norm", 2, 24, 4, 1), ("norm", 2, 24, 8, 1), ("vee", 2, 24, 4, 8), ("vee", 2, 24, 8, 8),
    ("vee", 2, 24, 8, 16), ("norm", 3, 5, 14, 1), ("norm", 3, 10, 7, 1), ("norm", 3, 10, 14, 1),
    ("vee", 3, 10, 5, 5), ("vee", 3, 10, 10, 7),
]  # fmt: skip

QUICK: Mapping[str, Callable[[], Table]] = {
    "radial-quick": partial(dimension_table, [row for row in GROWING if row[1] <= 4] + OTHERS, "radial-quick"),
    "radial-size-quick": partial(size_table, [(3, 4), (4, 4)], "radial-size-quick"),
    "radial-teeth": partial(teeth_table, (1, 2, 4), (2, 3, 4), "radial-teeth"),
}
FULL: Mapping[str, Callable[[], Table]] = {
    "radial": partial(dimension_table, GROWING + OTHERS, "radial"),
    "radial-degree": partial(degree_table, [*DEGREES, *((2, 8, k, True) for k in (12, 16, 20))], "radial-degree"),
    "radial-size": partial(size_table, SIZES, "radial-size"),
    "radial-grids": partial(grids_table, [(2, 2, 3), (4, 2, 3), (7, 2, 2), (4, 5, 2)], "radial-grids"),
    "radial-reals": partial(
        reals_table, [(k, s, False) for k in (3, 4, 8) for s in (1, 2, 4, 8)] + [(k, 1, True) for k in (3, 4)], "radial-reals"
    ),
    "radial-ball": partial(ball_table, BALLS, "radial-ball"),
    "radial-both": partial(both_table, (2, 4, 6, 8, 10), "radial-both"),
}
