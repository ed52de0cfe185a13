"""R1 and R2: from a function of the norm to a network of depth 2 near it, and its certificate.

Nothing here is trusted with a verdict: R1 is judged by :mod:`exactnet.kernel.judge`, R2 by :mod:`exactnet.claims.radial`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import lcm
from typing import ClassVar

from gmpy2 import isqrt, mpq

from exactnet.certify.small_weights import MAX_INPUTS, Result
from exactnet.check.claim import make_claim
from exactnet.claims.radial import (
    Certificate,
    Estimate,
    Profile,
    Ridge,
    Target,
    Type,
    estimate,
    norm_counts,
    norm_polynomial,
    orbit_size,
)
from exactnet.claims.statements import LIMIT, STATEMENTS
from exactnet.construct.base.messages import short
from exactnet.construct.functions.radial import norm_values
from exactnet.construct.radial.fit import fitted_ridges, knots_of, representatives
from exactnet.construct.radial.hilbert import balanced_types, cheapest_types
from exactnet.construct.radial.network import EXACT, LEAST, largest_ridge, neurons, ridge_network, ridges
from exactnet.construct.radial.polynomial import near_best
from exactnet.engine.block import compile_network
from exactnet.files.limits import check_domain
from exactnet.kernel.domain import Cube, Domain
from exactnet.kernel.errors import FormatError, NetworkError, RefusedError
from exactnet.kernel.judge import judge
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational
from exactnet.kernel.relation import Within
from exactnet.kernel.runs import HERE, Progress, Runner, chunks, silent
from exactnet.kernel.sweep import survey_domain
from exactnet.theory.radial import ALL, types_text

__all__ = [
    "Identity",
    "IdentityRequest",
    "RadialRequest",
    "certify_by_identity",
    "certify_radial",
    "largest_error",
    "on_norms",
    "squares",
]

#: Values of a profile on a grid are rounded to multiples of this.
ROUNDED = mpq(1, 10**6)
#: The most degrees, and the parts of a profile's piece, for a bound on all reals.
MAX_DEGREE, CELLS = 40, 256


@dataclass(frozen=True)
class RadialRequest:
    """A function of the norm on the inputs of a domain, and how near a network of depth 2 is to be.

    Attributes
    ----------
    degree : int
        ``k``: of the polynomial in the squared norm, and of the identity from which the directions come.
    knots : int, optional
        Of every direction and sign, fitted; None for all integers, where the network is equal to the polynomial.
    epsilon : mpq, optional
        The tolerance; None for the largest error of the network.
    types : sequence of Type, optional
        Of the directions; None for few that have the identity.
    """

    net: Network
    domain: Domain
    degree: int = 3
    knots: int | None = None
    epsilon: mpq | None = None
    types: Sequence[Type] | None = None
    max_inputs: int = MAX_INPUTS
    route: ClassVar[str] = "ridge"
    minimised: ClassVar[str | None] = None


def _types(degree: int, d: int, balanced: bool, listed: Sequence[Type] | None) -> list[Type]:
    if not 1 <= degree <= MAX_DEGREE:
        raise FormatError(f"--degree {degree} is not from 1 to {MAX_DEGREE}")
    if listed is not None:
        return list(listed)
    return balanced_types(degree) if balanced and d == 2 else cheapest_types(degree, d)


def certify_radial(request: RadialRequest, progress: Progress = silent, runner: Runner = HERE) -> Result:
    """Construct a network of depth 2 near a function of the norm, and compare it on every input (R1).

    Raises
    ------
    RefusedError
        for a function of something else than the norm; for types without an identity.
    SizeError
        for too many neurons, or inputs to fit.
    DomainError, NetworkError, FormatError
        where the request makes no sense.

    >>> from exactnet.families import FAMILIES
    >>> made = FAMILIES["teeth"].make(d=2, grid=2, teeth=1)
    >>> found = certify_radial(RadialRequest(made.network, made.domain)).certificate
    >>> found.verdict, found.constructed.depth, found.constructed.neurons
    ('certified', 2, 48)
    """
    net, domain, epsilon = request.net, request.domain, request.epsilon
    check_domain(net, domain, request.max_inputs)
    if len(net.outputs) != 1 or net.outputs[0] in net.inputs:
        raise NetworkError("a network of depth 2 is made for one output that is no input")
    if isinstance(domain.frame, Cube):
        raise RefusedError("on the cube the squared norm is linear: functions of the norm are approximated on a grid")
    survey = survey_domain(net, domain, None, progress, runner)
    p, r = domain.p, survey.denominator
    largest = max(1, -(-int(survey.largest.numerator) // int(survey.largest.denominator)))
    (table,) = norm_values(net, domain, p, r).values()
    values = {u: mpq(v, r) for u, v in table.items()}
    if 0 not in values:
        raise RefusedError("the origin is not among the inputs")
    types = _types(request.degree, domain.d, request.knots is not None, request.types)
    if request.knots is None:
        top, norms = max(values), sorted(values)
        degree = min(request.degree, len(norms) - 2)
        if degree < 1:
            raise RefusedError(f"the function is a table of {len(norms)} norms; there is nothing to approximate")
        scaled = near_best([mpq(u, top) for u in norms], [values[u] for u in norms], degree)
        whole = domain.d * domain.frame.p**4 * mpq(p, domain.frame.p) ** 2
        polynomial = [q * (whole / top) ** j for j, q in enumerate(scaled)]
        constant, ridge_list = ridges(polynomial, types, dict.fromkeys(types, 1), domain.d, p)
    else:
        points = representatives(domain, p)
        wanted = [values[sum(y * y for y in point)] for point in points]
        constant, ridge_list = fitted_ridges(points, wanted, types, knots_of(types, points, request.knots))
    if not ridge_list:
        how = f"degree {request.degree}" if request.knots is None else f"{request.knots} knots"
        raise RefusedError(f"the nearest that is found with {how} is the constant {short(constant)}: there is nothing to construct")
    constructed = ridge_network(net.inputs, net.outputs[0], constant, ridge_list, p)
    if epsilon is None:
        epsilon = max(largest_error(net, constructed, domain), mpq(largest, LIMIT))
    options = {
        "types": types_text([ridge.type for ridge in ridge_list]),
        "knots": ALL if request.knots is None else ";".join(str(max(len(ridge.kinks), 1)) for ridge in ridge_list),
        "amplitude": format_rational(_amplitude(ridge_list, p)),
        "epsilon": format_rational(epsilon),
    }
    relation = Within(int(-(-epsilon.denominator // epsilon.numerator)), epsilon)
    if relation.r * largest > LIMIT:
        raise RefusedError(f"r*R = {short(mpq(relation.r * largest))} > {LIMIT}: a larger tolerance, or smaller values")
    claim = make_claim(net, domain, STATEMENTS["R1 within"], request.route, options, relation, largest)
    return Result(judge(net, constructed, claim, progress, runner), constructed)


def _amplitude(ridge_list: Sequence[Ridge], p: int) -> mpq:
    """A multiple of 1/1024 that no ridge exceeds at its kinks and at its end, positive."""
    largest = mpq(0)
    for ridge in ridge_list:
        value, slope, before = mpq(0), mpq(0), mpq(0)
        for t in [*sorted(ridge.kinks), mpq(ridge.end(p))]:
            value, before = value + slope * (t - before), t
            slope += ridge.kinks.get(t, mpq(0))
            largest = max(largest, abs(value))
    scaled = largest * 1024
    return mpq(int(scaled.numerator // scaled.denominator) + 1, 1024)


def largest_error(net: Network, constructed: Network, domain: Domain) -> mpq:
    """The largest ``|N' - N|`` on a domain, exactly (by the engine: the judge looks at it again)."""
    before, after = compile_network(net, domain), compile_network(constructed, domain)
    largest = mpq(0)
    for start, stop in chunks(domain.count):
        blocks = before.block(start, stop), after.block(start, stop)
        common = lcm(*(block.denominator(0) for block in blocks))
        left, right = (block.split(0, common)[0] for block in blocks)
        if max(abs(left).max(), abs(right).max()) >= 1 << 62:  # the difference may need more than int64
            left, right = left.astype(object), right.astype(object)
        largest = max(largest, mpq(int(abs(left - right).max()), common))
    return largest


# --- R2 ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class IdentityRequest:
    """A profile of the radius on a grid, or on all reals of the box around it.

    Attributes
    ----------
    profile : sequence of (mpq, mpq)
        Knots of ``φ`` with ``f(x) = φ(|x|/(p sqrt d))``, from 0 to 1.
    reals : bool
        For all reals of ``[-p, p]^d``; else on the grid, with values rounded to multiples of 1/10^6.
    spacing : int
        Distance of knots, in integers.
    """

    profile: Sequence[tuple[mpq, mpq]]
    d: int
    p: int
    degree: int = 3
    spacing: int = 1
    reals: bool = False
    types: Sequence[Type] | None = None


@dataclass(frozen=True)
class Identity:
    """The ridges of a network of depth 2, and what has been proved of them."""

    request: IdentityRequest
    constant: mpq
    ridges: Sequence[Ridge]
    target: Target | Profile
    estimate: Estimate

    @property
    def neurons(self) -> int:
        """The ReLUs of the network."""
        return neurons(self.ridges, self.request.d)

    @property
    def parameters(self) -> int:
        """Its parameters: every ReLU has the entries of its direction, a bias and the weight of the output; and one bias more."""
        sizes = (2 * orbit_size(r.type, self.request.d) * len(r.kinks) * (len(r.type) + 2) for r in self.ridges)
        return sum(sizes) + 1

    @property
    def largest(self) -> mpq:
        """The largest absolute value of a ridge at integers."""
        return largest_ridge(self.ridges, self.request.p)

    @property
    def worst(self) -> Type:
        """The type whose ridges add most to the error."""
        return max(self.estimate.ridges, key=lambda kind: self.estimate.ridges[kind])

    def network(self) -> Network:
        """The network. Raises :class:`SizeError` where it is too large to be written down."""
        inputs = [f"x{i}" for i in range(1, self.request.d + 1)]
        return ridge_network(inputs, "y", self.constant, self.ridges, self.request.p)

    def certificate(self, epsilon: mpq | None = None) -> Certificate:
        """The certificate; without a tolerance the error is it."""
        error = self.estimate.total
        polynomials = {ridge.type: ridge.polynomial for ridge in self.ridges}
        return Certificate(
            self.request.p,
            self.target,
            polynomials,
            error if epsilon is None else epsilon,
            error,
            self.estimate.exact,
            self.neurons,
        )

    def beyond(self, epsilon: mpq | None) -> str | None:
        """Why the tolerance is not shown to hold; None where it is, or there is none.

        Where the error is exact, an input is named at which it is larger.
        """
        if epsilon is None or self.estimate.total <= epsilon:
            return None
        if self.estimate.exact:
            u, apart = self.farthest()
            point = ", ".join(format_rational(mpq(n, self.request.p)) for n in squares(u, self.request.d, self.request.p**2) or ())
            return f"|N'(x) - f(x)| = {short(apart)} > epsilon at x = ({point})"
        added = self.estimate.ridges[self.worst]
        kind = " ".join(map(str, self.worst))
        parts = f"{float(self.estimate.polynomial):.4f} by the polynomial, {float(added):.4f} by the directions of type {kind}"
        return f"the bound, about {float(self.estimate.total):.4f}, is above epsilon: {parts}; smaller --spacing or larger --degree"

    def farthest(self) -> tuple[int, mpq]:
        """On a grid: the ``p^2|x|^2`` at which the polynomial is farthest from the target, and how far."""
        assert isinstance(self.target, Target)
        norm = norm_polynomial(self.ridges, self.request.d)

        def apart(u: int) -> mpq:
            return abs(sum((b * u**j for j, b in enumerate(norm)), self.constant) - values[u])

        values = self.target.values
        u = max(values, key=apart)
        return u, apart(u)


def squares(u: int, count: int, most: int) -> tuple[int, ...] | None:
    """Numbers from 0 to ``most``, descending, whose squares add up to ``u``; None if there are none.

    >>> squares(5, 3, 2), squares(3, 2, 2)
    ((2, 1, 0), None)
    """
    if not count or u > count * most * most:
        return None if u else ()
    for n in range(min(most, int(isqrt(u))), -1, -1):
        rest = squares(u - n * n, count - 1, n)
        if rest is not None:
            return n, *rest
    return None


def _profile_at(profile: Sequence[tuple[mpq, mpq]], rho: mpq) -> mpq:
    for (a, left), (b, right) in pairwise(profile):
        if rho <= b:
            return left + (right - left) * (rho - a) / (b - a)
    return profile[-1][1]


def on_norms(profile: Sequence[tuple[mpq, mpq]], d: int, p: int) -> dict[int, mpq]:
    """A profile by ``p^2|x|^2`` on the grid: ``ρ`` is rounded to the nearest multiple of 1/10^6.

    >>> on_norms([(mpq(0), mpq(0)), (mpq(1), mpq(1))], 1, 1)
    {0: mpq(0,1), 1: mpq(1,1)}
    """
    top, r = d * p**4, int(ROUNDED.denominator)
    return {u: _profile_at(profile, mpq((int(isqrt(4 * u * r * r // top)) + 1) // 2, r)) for u in norm_counts(d, p)}


def certify_by_identity(request: IdentityRequest) -> Identity:
    """Ridges near a profile, and a proof of how near, without a look at each input (R2).

    Raises
    ------
    RefusedError
        for types without an identity, or a degree that the norms of the grid do not allow.
    FormatError
        where the request makes no sense.

    >>> vee = [(mpq(0), mpq(1, 2)), (mpq(1, 2), mpq(0)), (mpq(1), mpq(1, 2))]
    >>> found = certify_by_identity(IdentityRequest(vee, 32, 2, degree=2))
    >>> found.neurons, float(found.estimate.total) < 0.1331, found.estimate.exact
    (16128, True, True)
    """
    d, p, profile = request.d, request.p, request.profile
    ends = [rho for rho, _ in profile]
    if len(ends) < 2 or ends[0] != 0 or ends[-1] != 1 or any(a >= b for a, b in pairwise(ends)):
        raise FormatError("the knots of a profile ascend from 0 to 1, such as 0:1/2,1/2:0,1:1/2")
    if d < 1 or p < 1 or request.spacing < 1:
        raise FormatError("--d, --p and --spacing are positive integers")
    if d * p**4 > 10**6:
        raise RefusedError(f"d p^4 = {d * p**4} is more than 1000000 norms")
    types = _types(request.degree, d, False, request.types)
    target: Target | Profile
    if request.reals:
        target = Profile(profile, CELLS)
        samples = [mpq(i, 2048) for i in range(2049)]
        places, values = [rho * rho for rho in samples], [_profile_at(profile, rho) for rho in samples]
        degree = request.degree
    else:
        target = Target(on_norms(profile, d, p))
        norms = sorted(target.values)
        places, values = [mpq(u, d * p**4) for u in norms], [target.values[u] for u in norms]
        degree = min(request.degree, len(norms) - 2)
        if degree < request.degree:
            helps = f"--degree {degree}" if degree > 0 else "there is nothing to approximate"
            raise RefusedError(f"degree {request.degree} is too large: the grid has {len(norms)} norms; {helps}")
    polynomial = near_best(places, values, degree)
    proved = []
    for lowered in {EXACT, LEAST} if request.reals or request.spacing > 1 else {EXACT}:
        constant, ridge_list = ridges(polynomial, types, dict.fromkeys(types, request.spacing), d, p, lowered)
        proved.append(Identity(request, constant, ridge_list, target, estimate(constant, ridge_list, target, d, p)))
    return min(proved, key=lambda one: one.estimate.total)
