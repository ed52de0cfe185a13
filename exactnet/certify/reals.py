"""From a network to a network of real inputs and its certificate: construct with ramps, then judge.

Nothing here is trusted with a verdict: verdicts are made by :mod:`exactnet.check.judge_reals` from two networks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gmpy2 import mpq

from exactnet.certify.refusal import not_polynomial
from exactnet.certify.small_weights import AUTO, MAX_INPUTS, Request, certify_network
from exactnet.check.judge_reals import judge_continuous
from exactnet.claims.reals.judgement import Judgement, Setting, check_setting
from exactnet.claims.statements import LIMIT, kind_of
from exactnet.construct.routes.registry import ROUTES, find_route
from exactnet.files.limits import check_domain
from exactnet.kernel.domain import Grid
from exactnet.kernel.errors import FormatError, NetworkError, RefusedError
from exactnet.kernel.judge import Certificate
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational
from exactnet.kernel.runs import HERE, Progress, Runner, silent
from exactnet.kernel.sweep import survey_domain

__all__ = ["ContinuousRequest", "ContinuousResult", "certify_continuous"]


@dataclass(frozen=True)
class ContinuousRequest:
    """What to certify for real inputs in ``[-p, p]^d``.

    Attributes
    ----------
    precision : ``r``.
    limit : ``R``, where values are clipped; None for the least integer that ``|N|`` does not exceed on the grid.
    delta : the width of the ramps, positive and at most ``1/p``.
    density : a bound on all conditional densities; None for the uniform density.
    exact : whether to integrate exactly too (at most two inputs).
    """

    net: Network
    p: int
    precision: int
    delta: mpq
    limit: int | None = None
    route: str = "lookahead"
    density: mpq | None = None
    exact: bool = False
    max_inputs: int = MAX_INPUTS

    def setting(self) -> Setting:
        """What is asked of real inputs."""
        return Setting(self.p, self.delta, mpq(1, 2 * self.p) if self.density is None else self.density, self.exact)


@dataclass(frozen=True)
class ContinuousResult:
    """The network, its certificate on the grid, and the verdict about real inputs."""

    constructed: Network
    grid: Certificate
    judgement: Judgement


def _limit(request: ContinuousRequest, domain: Grid, progress: Progress, runner: Runner) -> int:
    """``R``, given or found on the grid."""
    if request.limit is not None:
        if request.limit < 1:
            raise FormatError("the range R, where values are clipped, is a positive integer")
        return request.limit
    net, r = request.net, request.precision
    largest = survey_domain(net, domain, None, progress, runner).largest
    limit = max(1, int(-(-largest.numerator // largest.denominator)))
    if r * limit > LIMIT:
        raise RefusedError(not_polynomial(net, domain, r, limit, largest, measure(net).depth))
    return limit


def certify_continuous(request: ContinuousRequest, progress: Progress = silent, runner: Runner = HERE) -> ContinuousResult:
    """Construct a network with small weights for real inputs, and certify it.

    Raises
    ------
    NetworkError, DomainError, FormatError : the request makes no sense.
    RefusedError : ``r*R`` is too large where ``R`` is not given.
    SizeError : the construction or the exact integration would be too large.
    """
    net, setting = request.net, request.setting()
    if kind_of(net) == "circuit":
        raise NetworkError("ramps are for ReLU networks; this is a threshold circuit")
    if request.route != AUTO:
        find_route(request.route, ROUTES)  # no others have bits of inputs
    domain = Grid(request.p, len(net.inputs))
    check_setting(net, setting)
    check_domain(net, domain, request.max_inputs)
    plain = Request(
        net,
        domain,
        request.route,
        request.precision,
        options={"inputs": "bits", "delta": format_rational(request.delta)},
        max_inputs=request.max_inputs,
        clip=True,
    )
    result = certify_network(replace(plain, promised=_limit(request, domain, progress, runner)), progress, runner)
    judgement = judge_continuous(net, result.constructed, result.certificate, setting)
    return ContinuousResult(result.constructed, result.certificate, judgement)
