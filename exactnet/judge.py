"""From two networks and a claim to a certificate: measures, bounds, every input of the domain, the verdict.

Part of the trusted base, like :mod:`exactnet.certify`: it imports nothing from :mod:`exactnet.construct` and does not
know where the constructed network comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from gmpy2 import mpq

from exactnet.bounds.expression import Expression
from exactnet.bounds.expression import evaluate as evaluate_expression
from exactnet.bounds.parameters import Parameters, parameters_of
from exactnet.bounds.routes import stated_bounds
from exactnet.bounds.symbols import Bounds
from exactnet.certificate import Certificate
from exactnet.certify import (
    BoundRow,
    Comparison,
    Counterexample,
    EvaluatorError,
    Relation,
    Survey,
    compare,
    counterexample_at,
    encoding_width,
    replay,
    survey,
)
from exactnet.distribute import CheckJob, Progress, Runner, SurveyJob, silent
from exactnet.domain import Cube, Domain, Grid, Points, check_dimension
from exactnet.errors import DomainError, NetworkError
from exactnet.measures import Measures, kind_of, measure
from exactnet.network import Network

__all__ = [
    "Claim",
    "Progress",
    "check_domain",
    "compare_networks",
    "frame_of",
    "judge",
    "make_claim",
    "silent",
    "survey_domain",
]

#: Everything in this process, nothing remembered.
HERE = Runner()


@dataclass(frozen=True)
class Claim:
    """What is claimed of a constructed network; decided from the original, the domain and the options alone."""

    domain: Domain
    statement: str
    route: str
    options: Mapping[str, str]
    relation: Relation
    output_range: int
    """``R``: ``|N| <= R`` on the domain."""
    parameters: Parameters
    bounds: Bounds
    promised: bool
    """Whether ``R`` is a promise, and not what evaluation found."""
    stated: tuple[str, Expression] | None
    """A bound on weights and biases that the user states, as text and expression."""


def frame_of(domain: Domain) -> Cube | Grid:
    """The cube or grid that a domain lies on."""
    return domain.enclosing() if isinstance(domain, Points) else domain


def check_domain(net: Network, domain: Domain, max_inputs: int) -> None:
    """Raise :class:`DomainError` unless the domain fits the network and has at most ``max_inputs`` inputs."""
    check_dimension(domain, net.inputs)
    if domain.count > max_inputs:
        count = str(domain.count) if domain.count < 10**30 else f"about 2^{domain.count.bit_length() - 1}"
        raise DomainError(f"the domain has {count} inputs, more than --max-inputs {max_inputs}")


def make_claim(
    net: Network,
    domain: Domain,
    statement: str,
    route: str,
    options: Mapping[str, str],
    relation: Relation,
    output_range: int,
    promised: bool = False,
    stated: tuple[str, Expression] | None = None,
) -> Claim:
    """State the bounds of a route for an instance; nothing is built or evaluated here."""
    frame = frame_of(domain)
    found = parameters_of(net, frame, relation.r or 1)
    bounds = stated_bounds(route, statement, frame.kind == "grid", options, found)
    return Claim(domain, statement, route, options, relation, output_range, found, bounds, promised, stated)


def survey_domain(
    net: Network, domain: Domain, promised: int | None, progress: Progress = silent, runner: Runner = HERE
) -> Survey:
    """The values of a network on a domain; stops at the first chunk with a value beyond ``promised``."""
    with closing(runner.run(SurveyJob(net, domain, promised), progress)) as parts:
        return survey(parts)


def bound_rows(claim: Claim, measured: Measures) -> tuple[dict[str, int], list[BoundRow]]:
    """All parameters by name, and every bound with its value beside what was measured."""
    parameters = {**claim.parameters.values(), "R": claim.output_range, "r": claim.relation.r or 1}
    named, values = claim.bounds.evaluate(parameters)
    rows = [
        BoundRow(bound.name, str(bound.expression), value, mpq(getattr(measured, bound.measure)))
        for bound, value in zip(claim.bounds.bounds, values, strict=True)
    ]
    if claim.stated is not None:
        text, expression = claim.stated
        value = evaluate_expression(expression, parameters)
        rows += [BoundRow(f"{n} (stated)", text, value, mpq(getattr(measured, n))) for n in ("max_weight", "max_bias")]
    return named, rows


def _samples(domain: Domain) -> list[int]:
    """Inputs that are always replayed by the reference evaluator: the ends and a few between."""
    last = domain.count - 1
    return sorted({0, last, *(last * part // 8 for part in range(1, 8))})


def _compare(job: CheckJob, count_all: bool, progress: Progress, runner: Runner) -> tuple[Comparison, Counterexample | None]:
    a, b, domain, relation = job.a, job.b, job.domain, job.relation
    with closing(runner.run(job, progress)) as results:
        found = compare(results, count_all=count_all, digest=job.width is not None)
    if found.mismatch is None:
        if found.inputs_checked != domain.count:
            raise EvaluatorError(f"only {found.inputs_checked} of {domain.count} inputs were compared: report this as a defect")
        replay(a, b, domain, relation, _samples(domain))
        return found, None
    return found, counterexample_at(a, b, domain, relation, found.mismatch)


def judge(net: Network, constructed: Network, claim: Claim, progress: Progress = silent, runner: Runner = HERE) -> Certificate:
    """Hold a constructed network against a claim: ``certified``, or ``refuted`` with a counterexample or a failing bound.

    That ``|N| <= R`` holds on the domain is a hypothesis and not judged here (:func:`survey_domain`).
    """
    domain, relation = claim.domain, claim.relation
    check_interface(net, constructed)
    measured = measure(constructed, domain)
    named, rows = bound_rows(claim, measured)
    width = encoding_width(relation.r or 1, relation.reach(claim.output_range))
    found, counterexample = _compare(CheckJob(net, constructed, domain, relation, width), False, progress, runner)
    reason: str | None = None
    failed = [row for row in rows if not row.holds]
    misfit = _wrong_kind(claim.statement, constructed)
    if misfit is not None:
        reason = misfit
    elif counterexample is not None:
        reason = f"the values differ at input {counterexample.index} of the domain"
    elif failed:
        row = failed[0]
        reason = f"the bound {row.name} = {row.symbolic} = {row.value} fails: measured {row.measured}"
    return Certificate(
        verdict="refuted" if reason else "certified",
        statement=claim.statement,
        route=claim.route,
        options=claim.options,
        domain=domain,
        relation=relation,
        parameters=named,
        definitions={symbol.name: str(expression) for symbol, expression in claim.bounds.definitions},
        original=measure(net, domain),
        constructed=measured,
        bounds=rows,
        inputs_checked=found.inputs_checked,
        digest=found.digest,
        width=width,
        counterexample=counterexample,
        reason=reason,
        promised=claim.promised,
        stated={} if claim.stated is None else {"weights": claim.stated[0]},
    )


def _wrong_kind(statement: str, constructed: Network) -> str | None:
    """Why a network is not of the kind that a statement is about, if it is not."""
    kind = kind_of(constructed)
    circuit = statement in ("S3", "S7 circuit")
    if circuit and kind != "circuit":
        return "the constructed network is not a threshold circuit (threshold and affine nodes, threshold outputs)"
    if not circuit and kind not in ("relu", "affine"):
        return "the constructed network is not a ReLU network (relu and affine nodes only)"
    return None


def check_interface(a: Network, b: Network) -> None:
    """Raise :class:`NetworkError` unless two networks have as many inputs and as many outputs."""
    for what, left, right in (("inputs", a.inputs, b.inputs), ("outputs", a.outputs, b.outputs)):
        if len(left) != len(right):
            raise NetworkError(f"the first network has {len(left)} {what}, the second {len(right)}")


def compare_networks(
    a: Network,
    b: Network,
    domain: Domain,
    *,
    count_all: bool = False,
    progress: Progress = silent,
    runner: Runner = HERE,
) -> tuple[Comparison, Counterexample | None]:
    """Are two networks equal on a domain? Inputs and outputs are matched by position.

    Raises :class:`NetworkError` if the numbers of inputs or outputs differ.
    """
    check_interface(a, b)
    return _compare(CheckJob(a, b, domain, Relation("equal"), None), count_all, progress, runner)
