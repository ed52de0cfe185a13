"""From a network to a certificate: survey, construct, measure, compare.

Nothing here is trusted with a verdict: verdicts are made by :mod:`exactnet.certify` from two networks and a domain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import sympy as sp
from gmpy2 import mpq

from exactnet.bounds.parameters import Parameters, parameters_of
from exactnet.bounds.routes import stated_bounds
from exactnet.bounds.symbols import Bounds
from exactnet.certificate import Certificate
from exactnet.certify import (
    BoundRow,
    ChunkResult,
    Comparison,
    Counterexample,
    Relation,
    Survey,
    check_chunk,
    chunks,
    compare,
    counterexample_at,
    encoding_width,
    replay,
    survey,
    survey_chunk,
)
from exactnet.domain import Domain, Points, Product, check_dimension
from exactnet.errors import DomainError, NetworkError, RefusedError
from exactnet.evaluate.block import compile_network
from exactnet.measures import kind_of, measure
from exactnet.network import Network
from exactnet.refusal import LIMIT, beyond_range, not_polynomial
from exactnet.routes import ROUTES

__all__ = ["MAX_INPUTS", "Progress", "Request", "Result", "certify_network", "compare_networks", "construct_network"]

#: The default of ``--max-inputs``.
MAX_INPUTS = 2**28

#: Told what is being done, how many inputs are done, and how many there are.
Progress = Callable[[str, int, int], None]


def _silent(what: str, done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Request:
    """What to certify, and how.

    Attributes
    ----------
    precision : ``r`` of the rounded form; None for the exact form.
    promised : ``R``, the promise ``|N| <= R`` on the domain; None to find it by evaluation.
    stated : a bound on weights and biases, as ``(text, expression)`` in the symbols of the bounds.
    """

    net: Network
    domain: Domain
    route: str = "lookahead"
    precision: int | None = None
    promised: int | None = None
    stated: tuple[str, sp.Expr] | None = None
    max_inputs: int = MAX_INPUTS


@dataclass(frozen=True)
class Plan:
    """Everything that is decided before building: from the original, the domain and the options alone."""

    request: Request
    frame: Product
    statement: str
    relation: Relation
    output_range: int
    options: Mapping[str, str]
    parameters: Parameters
    bounds: Bounds


@dataclass(frozen=True)
class Result:
    """A certificate and the network that it is about."""

    certificate: Certificate
    constructed: Network


def check_domain(net: Network, domain: Domain, max_inputs: int) -> None:
    """Raise :class:`DomainError` unless the domain fits the network and is at most ``max_inputs`` large."""
    check_dimension(domain, net.inputs)
    if domain.count > max_inputs:
        raise DomainError(f"the domain has {domain.count} inputs, more than --max-inputs {max_inputs}")


def _survey(request: Request, progress: Progress) -> Survey:
    net, domain = request.net, request.domain
    evaluator = compile_network(net, domain)

    def parts() -> Iterator[Survey]:
        for start, stop in chunks(domain.count):
            yield survey_chunk(evaluator, len(net.outputs), start, stop, request.promised)
            progress("values of the original", stop, domain.count)

    return survey(parts())


def _refuse_beyond(request: Request, index: int) -> None:
    point = request.domain[index]
    promised = request.promised or 0
    value = next(v for v in request.net(point) if abs(v) > promised)
    raise RefusedError(beyond_range(promised, value, dict(zip(request.net.inputs, point, strict=True))))


def _claim(request: Request, progress: Progress) -> tuple[str, Relation, int]:
    """The statement, the relation and ``R``; raises :class:`RefusedError` where a hypothesis fails."""
    if kind_of(request.net) == "circuit":
        if request.precision is not None:
            raise NetworkError("--precision is for ReLU networks; this is a threshold circuit, whose outputs are 0 or 1")
        return "S3", Relation("equal", 1), 1
    found = _survey(request, progress)
    if found.beyond is not None:
        _refuse_beyond(request, found.beyond)
    r = request.precision or found.denominator
    if request.promised is not None:
        output_range = request.promised
    else:
        output_range = max(1, -(-int(found.largest.numerator) // int(found.largest.denominator)))
        if r * output_range > LIMIT:
            depth = measure(request.net).depth
            raise RefusedError(not_polynomial(request.net, request.domain, r, output_range, found.largest, depth))
    if request.precision is None:
        return "S1 exact", Relation("equal", r), output_range
    return "S1 rounded", Relation("floor", r), output_range


def plan(request: Request, progress: Progress = _silent) -> Plan:
    """Decide statement, range, precision and options, and evaluate nothing but the original."""
    net, domain = request.net, request.domain
    check_domain(net, domain, request.max_inputs)
    frame = domain.enclosing() if isinstance(domain, Points) else domain
    statement, relation, output_range = _claim(request, progress)
    r = relation.r or 1
    if relation.kind == "floor" and any(name in net.inputs for name in net.outputs) and r % frame.p:
        raise NetworkError(f"an output that is an input is not a multiple of 1/{r} on the domain and keeps its name")
    options = ROUTES[request.route].choose(net, frame, statement)
    parameters = parameters_of(net, frame, r)
    bounds = stated_bounds(request.route, statement, frame.kind == "grid", options, parameters)
    return Plan(request, frame, statement, relation, output_range, options, parameters, bounds)


def construct_network(planned: Plan) -> Network:
    """Build the network with small weights."""
    request, r = planned.request, planned.relation.r or 1
    route = ROUTES[request.route]
    return route.build(request.net, planned.frame, planned.statement, planned.output_range, r, planned.options)


def _rows(planned: Plan, constructed: Network) -> tuple[dict[str, int], list[BoundRow]]:
    measured = measure(constructed, planned.request.domain)
    parameters = {**planned.parameters.values(), "R": planned.output_range, "r": planned.relation.r or 1}
    named, values = planned.bounds.evaluate(parameters)
    rows = [
        BoundRow(bound.name, str(bound.expression), mpq(value), mpq(getattr(measured, bound.measure)))
        for bound, value in zip(planned.bounds.bounds, values, strict=True)
    ]
    if planned.request.stated is not None:
        from exactnet.bounds.expression import evaluate

        text, expression = planned.request.stated
        value = evaluate(expression, parameters)
        rows += [BoundRow(f"{name} (stated)", text, value, mpq(getattr(measured, name))) for name in ("max_weight", "max_bias")]
    return named, rows


def _samples(domain: Domain) -> list[int]:
    """Inputs that are always replayed by the reference evaluator: the ends and a few between."""
    last = domain.count - 1
    return sorted({0, last, *(last * part // 8 for part in range(1, 8))})


def _compare(
    a: Network, b: Network, domain: Domain, relation: Relation, width: int | None, count_all: bool, progress: Progress
) -> Comparison:
    left, right = compile_network(a, domain), compile_network(b, domain)

    def results() -> Iterator[ChunkResult]:
        for start, stop in chunks(domain.count):
            yield check_chunk(left, right, len(a.outputs), relation, width, start, stop)
            progress("inputs compared", stop, domain.count)

    return compare(results(), count_all=count_all, digest=width is not None)


def certify_network(request: Request, progress: Progress = _silent) -> Result:
    """Construct a network with small weights and certify it.

    Raises
    ------
    RefusedError : a hypothesis of the theorem fails; the message shows the numbers.
    DomainError, NetworkError : the request makes no sense.
    """
    planned = plan(request, progress)
    constructed = construct_network(planned)
    return judge(planned, constructed, progress)


def judge(planned: Plan, constructed: Network, progress: Progress = _silent) -> Result:
    """Compare, measure and give the verdict on a constructed network, wherever it comes from."""
    request, relation = planned.request, planned.relation
    net, domain = request.net, request.domain
    named, rows = _rows(planned, constructed)
    width = encoding_width(relation.r or 1, planned.output_range)
    found = _compare(net, constructed, domain, relation, width, False, progress)
    counterexample: Counterexample | None = None
    reason: str | None = None
    failed = [row for row in rows if not row.holds]
    if found.mismatch is not None:
        counterexample = counterexample_at(net, constructed, domain, relation, found.mismatch)
        reason = f"the values differ at input {found.mismatch} of the domain"
    else:
        replay(net, constructed, domain, relation, _samples(domain))
        if failed:
            row = failed[0]
            reason = f"the bound {row.name} = {row.symbolic} = {row.value} fails: measured {row.measured}"
    certificate = Certificate(
        "refuted" if reason else "certified",
        planned.statement,
        request.route,
        planned.options,
        domain,
        relation,
        named,
        {symbol.name: str(expression) for symbol, expression in planned.bounds.definitions},
        measure(net, domain),
        measure(constructed, domain),
        rows,
        found.inputs_checked,
        found.digest,
        width,
        counterexample,
        reason,
        {} if request.stated is None else {"weights": request.stated[0]},
    )
    return Result(certificate, constructed)


def compare_networks(
    a: Network, b: Network, domain: Domain, *, count_all: bool = False, progress: Progress = _silent
) -> tuple[Comparison, Counterexample | None]:
    """Are two networks equal on a domain? Inputs and outputs are matched by position.

    Raises :class:`NetworkError` if the numbers of inputs or outputs differ.
    """
    for what, left, right in (("inputs", a.inputs, b.inputs), ("outputs", a.outputs, b.outputs)):
        if len(left) != len(right):
            raise NetworkError(f"the first network has {len(left)} {what}, the second {len(right)}")
    relation = Relation("equal")
    found = _compare(a, b, domain, relation, None, count_all, progress)
    if found.mismatch is None:
        replay(a, b, domain, relation, _samples(domain))
        return found, None
    return found, counterexample_at(a, b, domain, relation, found.mismatch)


