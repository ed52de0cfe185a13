"""From a network to a certificate: survey the original, state the claim, construct, judge.

Nothing here is trusted with a verdict: verdicts are made by :mod:`exactnet.kernel.judge` from two networks and a claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gmpy2 import mpq

from exactnet.certify.choice import AUTO, MEASURES, Attempt, check_stated, choose
from exactnet.certify.refusal import beyond_range, few_inputs, not_polynomial, too_fine
from exactnet.check.claim import make_claim
from exactnet.claims.statements import LIMIT, STATEMENTS, Statement, kind_of, statement_named
from exactnet.construct.base.memory import budget_of
from exactnet.construct.constant_weights import constant_weights
from exactnet.construct.routes.registry import FUNCTION_ROUTES, Built, Task, find_route
from exactnet.files.limits import check_domain
from exactnet.files.network_json import Source
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import FormatError, NetworkError, RefusedError, clip_text
from exactnet.kernel.judge import Certificate, Claim, judge
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import lcm_all
from exactnet.kernel.relation import Clip, Equal, Floor, Relation
from exactnet.kernel.runs import HERE, Progress, Runner, silent
from exactnet.kernel.sweep import survey_domain

__all__ = [
    "AUTO",
    "MAX_INPUTS",
    "Decision",
    "Request",
    "Result",
    "certify_network",
    "check_request",
    "construct_claimed",
    "construct_network",
    "decide",
    "find_range",
    "plan",
    "seen_range",
]

#: The default of ``--max-inputs``.
MAX_INPUTS = 2**28


@dataclass(frozen=True)
class Request:
    """What to certify, and how.

    Attributes
    ----------
    route : the name of a route, or :data:`AUTO`.
    options : options of the route that are not to be chosen by it.
    precision : ``r`` of the rounded form (precision ``1/r``); None for the exact form.
    promised : ``R``, the promise ``|N| <= R`` on the domain; None to find it by evaluation.
    stated : a bound on weights and biases, in the symbols of the bounds.
    """

    net: Network
    domain: Domain
    route: str = "lookahead"
    precision: int | None = None
    promised: int | None = None
    stated: str | None = None
    max_inputs: int = MAX_INPUTS
    options: Mapping[str, str] = field(default_factory=dict)
    constant: bool = False
    """S2: copy neurons until every weight and bias is at most 1."""
    clip: bool = False
    """The rounded form of ``min(max(N, -R), R)``: ``promised`` is then no promise but where values are clipped."""
    minimise: str = "gates"
    """What :data:`AUTO` minimises: a key of :data:`exactnet.certify.choice.MEASURES`."""
    max_memory: int | None = None
    """The most bytes that building may take; None for what is usual (:func:`budget_of`)."""
    source: Source | None = None
    """What the network was read from by another program's rules; the certificate's copy of it says so."""

    @property
    def minimised(self) -> str | None:
        """What the route is chosen to minimise; None where it is named."""
        return self.minimise if self.route == AUTO else None


@dataclass(frozen=True)
class Decision:
    """A claim, and what every route gave where the best was taken."""

    claim: Claim
    budget: int | None = None
    """The most bytes that building may take."""
    attempts: tuple[Attempt, ...] = ()
    built: Built | None = None
    """The network of the route that was taken, if it has been built."""


@dataclass(frozen=True)
class Result:
    """A certificate, the network that it is about, and what every route gave where the best was taken."""

    certificate: Certificate
    constructed: Network
    attempts: tuple[Attempt, ...] = ()


def _refuse_beyond(request: Request, promised: int, index: int) -> None:
    point = request.domain[index]
    value = next(v for v in request.net(point) if abs(v) > promised)
    raise RefusedError(beyond_range(promised, value, dict(zip(request.net.inputs, point, strict=True))))


def check_request(request: Request) -> None:
    """Raise :class:`DomainError` or :class:`FormatError` for a request that makes no sense, before anything is evaluated."""
    check_domain(request.net, request.domain, request.max_inputs)
    if request.promised is not None and request.promised < 1:
        raise FormatError("the promised range R is a positive integer")
    if request.route != AUTO:
        find_route(request.route)
    if request.minimise not in MEASURES:
        raise FormatError(f"what is minimised, {clip_text(request.minimise)}, is not one of {', '.join(MEASURES)}")


def _clipped(request: Request) -> tuple[Relation, int]:
    """The relation and ``R`` of the clipped form, which has no hypothesis."""
    if request.precision is None or request.promised is None:
        raise FormatError("values are clipped in rounded form only: give --precision 1/r and --range R")
    for name in request.net.outputs:
        if name in request.net.inputs:
            raise NetworkError(f"the output {clip_text(name)} is an input, which keeps its value and cannot be clipped")
    return Clip(request.precision, request.promised), request.promised


def find_range(request: Request, progress: Progress = silent, runner: Runner = HERE) -> tuple[int, int]:
    """``r`` and ``R`` of a ReLU network: as the request says, else by evaluation.

    Raises :class:`RefusedError` where a value is beyond the promise, or ``rR`` beyond :data:`LIMIT` without one.
    """
    net, domain = request.net, request.domain
    survey = survey_domain(net, domain, request.promised, progress, runner)
    if request.promised is not None and survey.beyond is not None:
        _refuse_beyond(request, request.promised, survey.beyond)
    r = request.precision or survey.denominator
    if request.promised is not None:
        output_range = request.promised
    else:
        output_range = max(1, -(-int(survey.largest.numerator) // int(survey.largest.denominator)))
        if r * output_range > LIMIT:
            raise RefusedError(not_polynomial(net, domain, r, output_range, survey.largest, measure(net).depth))
    return r, output_range


def _refuse_early(request: Request, number: str) -> None:
    """Refuse what is far too large already on a few inputs: ``r``, ``R`` and the stated bounds only grow with more of them."""
    points = few_inputs(request.net, request.domain)
    r, output_range = seen_range([request.net(point) for point in points], request.precision)
    if r > LIMIT and request.precision is None:
        raise RefusedError(too_fine(r, output_range, points.count))
    if request.route not in (AUTO, *FUNCTION_ROUTES):
        domain, form = request.domain, "exact" if request.precision is None else "rounded"
        statement, limit = STATEMENTS[f"{number} {form}"], budget_of(request.max_memory)
        check_stated(Task(request.net, domain, domain.frame, statement, output_range, r, limit), request.route, request.options)


def seen_range(values: Iterable[Sequence[mpq]], precision: int | None) -> tuple[int, int]:
    """``r`` and ``R`` as outputs at some inputs show them."""
    numbers = [value for row in values for value in row]
    largest = max(map(abs, numbers))
    return precision or int(lcm_all(value.denominator for value in numbers)), max(1, int(-(-largest // 1)))


def _hypotheses(request: Request, progress: Progress, runner: Runner) -> tuple[Statement, Relation, int]:
    """The statement, the relation and ``R``; raises :class:`RefusedError` where a hypothesis fails."""
    number = "S6" if request.route in FUNCTION_ROUTES else "S1"
    if request.clip and number == "S6":
        raise NetworkError(f"--clip does not go with the route {request.route}")
    if kind_of(request.net) == "circuit" and number != "S6":
        if request.clip:
            raise NetworkError("--clip is for ReLU networks; this is a threshold circuit, whose outputs are 0 or 1")
        if request.precision is not None:
            raise NetworkError("--precision is for ReLU networks; this is a threshold circuit, whose outputs are 0 or 1")
        if request.promised is not None:
            raise NetworkError("--range is for ReLU networks; this is a threshold circuit, whose outputs are 0 or 1")
        return STATEMENTS["S3"], Equal(1), 1
    if request.clip:
        return STATEMENTS["S1 clipped"], *_clipped(request)
    if request.promised is None:
        _refuse_early(request, number)
    r, output_range = find_range(request, progress, runner)
    if request.precision is None:
        return STATEMENTS[f"{number} exact"], Equal(r), output_range
    return STATEMENTS[f"{number} rounded"], Floor(r), output_range


def decide(request: Request, progress: Progress = silent, runner: Runner = HERE) -> Decision:
    """Decide statement, range, precision, route, options and bounds; nothing is built but where the best route is to be taken.

    Raises
    ------
    RefusedError : a hypothesis of the theorem fails; the message shows the numbers.
    SizeError : the route is far too large by its stated bounds; with :data:`AUTO`, no route fits the memory.
    DomainError, NetworkError, FormatError : the request makes no sense.
    """
    net, domain = request.net, request.domain
    check_request(request)
    frame = domain.frame
    statement, relation, output_range = _hypotheses(request, progress, runner)
    r = relation.r or 1
    if isinstance(relation, Floor) and any(name in net.inputs for name in net.outputs) and r % frame.p:
        raise NetworkError(f"an output that is an input is not a multiple of 1/{r} on the domain and keeps its name")
    if request.constant:
        if statement.gates:
            raise NetworkError("weights bounded by a constant (S2) are for ReLU networks; this is a threshold circuit")
        if request.route in FUNCTION_ROUTES:
            raise NetworkError(f"weights bounded by a constant (S2) do not go with the route {request.route}")
        statement = statement.variant("S2")
    limit = budget_of(request.max_memory)
    task = Task(net, domain, frame, statement, output_range, r, limit)
    route, options, built, attempts = choose(task, request.route, request.options, request.minimise)
    claim = make_claim(
        net,
        domain,
        statement,
        route,
        options,
        relation,
        output_range,
        promised=request.promised is not None,
        stated=request.stated,
    )
    return Decision(claim, limit, attempts, built)


def plan(request: Request, progress: Progress = silent, runner: Runner = HERE) -> Claim:
    """The claim of :func:`decide`; raises what it raises."""
    return decide(request, progress, runner).claim


def construct_claimed(
    net: Network, claim: Claim, built: Built | None = None, budget: int | None = None
) -> tuple[Network, Claim]:
    """Build the network that a claim is about, and the claim with what the search for moduli found.

    What was found is an option, so that the bounds are as before a function of the original, the domain and the options.

    Parameters
    ----------
    built : what the route gave, where it has been built already.
    budget : the most bytes that building may take; :class:`SizeError` is raised beyond.
    """
    domain, statement = claim.domain, statement_named(claim.statement)
    if built is None:
        task = Task(net, domain, domain.frame, statement, claim.output_range, claim.relation.r or 1, budget)
        built = find_route(claim.route).make(task, claim.options)
    network = constant_weights(built.network, domain, budget_of(budget)) if statement.number == "S2" else built.network
    if not built.searched:
        return network, claim
    again = make_claim(
        net,
        domain,
        statement,
        claim.route,
        {**claim.options, **built.searched},
        claim.relation,
        claim.output_range,
        promised=claim.promised,
        stated=claim.stated.get("weights"),
    )
    return network, again


def construct_network(net: Network, claim: Claim) -> Network:
    """Build the network with small weights that a claim is about."""
    return construct_claimed(net, claim)[0]


def certify_network(request: Request, progress: Progress = silent, runner: Runner = HERE) -> Result:
    """Construct a network with small weights and certify it. Raises what :func:`decide` raises."""
    decision = decide(request, progress, runner)
    constructed, claim = construct_claimed(request.net, decision.claim, decision.built, decision.budget)
    return Result(judge(request.net, constructed, claim, progress, runner), constructed, decision.attempts)
