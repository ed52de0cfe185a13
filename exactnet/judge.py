"""From two networks and a claim to a certificate: measures, bounds, every input of the domain, the verdict.

Part of the trusted base, like :mod:`exactnet.certify`: it imports nothing from :mod:`exactnet.construct` and does not
know where the constructed network comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gmpy2 import mpq

from exactnet.bounds.expression import Expression
from exactnet.bounds.expression import evaluate as evaluate_expression
from exactnet.bounds.parameters import Parameters, parameters_of
from exactnet.bounds.routes import ASSEMBLED, stated_bounds, statement_form
from exactnet.bounds.symbols import Bounds
from exactnet.certificate import Certificate
from exactnet.certify import (
    BoundRow,
    Relation,
    encoding_width,
)
from exactnet.comparing import HERE, check_domain, check_interface, compare_by, compare_networks, survey_domain
from exactnet.distribute import CheckJob, Progress, Runner, silent
from exactnet.domain import Cube, Domain, Grid, Points
from exactnet.errors import FormatError, clip_text
from exactnet.level_circuits import circuit_options, first_wrong, measure_circuits
from exactnet.meanings import not_named
from exactnet.measures import Measures, kind_of, measure
from exactnet.network import Network
from exactnet.simpler import not_simpler

__all__ = [
    "HERE",
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
    original: Measures
    """Of the network that the claim is about."""
    parameters: Parameters
    bounds: Bounds
    promised: bool
    """Whether ``R`` is a promise, and not what evaluation found."""
    stated: tuple[str, Expression] | None
    """A bound on weights and biases that the user states, as text and expression."""
    circuits: Network | None = None
    """Under ``S5 network``: the circuits that the network is made from, beside each other (:mod:`exactnet.level_circuits`)."""


def frame_of(domain: Domain) -> Cube | Grid:
    """The cube or grid that a domain lies on."""
    return domain.enclosing() if isinstance(domain, Points) else domain


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
    circuits: Network | None = None,
) -> Claim:
    """State the bounds of a route for an instance; nothing is built or evaluated here.

    With circuits, the options are measured on them, whatever ``options`` says. Raises :class:`FormatError` for the statement
    ``S5 network`` without circuits, or for another one with them.
    """
    if (circuits is not None) != (statement == ASSEMBLED[0]):
        which = "there are none" if circuits is None else "it has some"
        raise FormatError(f"circuits go with the statement {ASSEMBLED[0]} alone; this one is {clip_text(statement)}, and {which}")
    if circuits is not None:
        options = circuit_options(measure_circuits(circuits))
    frame = frame_of(domain)
    original = measure(net, domain)
    found = parameters_of(net, frame, relation.r or 1, original.depth)
    bounds = stated_bounds(route, statement, frame.kind == "grid", options, found)
    return Claim(
        domain, statement, route, options, relation, output_range, original, found, bounds, promised, stated, circuits
    )


def with_options(claim: Claim, options: Mapping[str, str]) -> Claim:
    """The claim with these options, and the bounds that go with them."""
    grid = frame_of(claim.domain).kind == "grid"
    bounds = stated_bounds(claim.route, claim.statement, grid, options, claim.parameters)
    return replace(claim, options=options, bounds=bounds)


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


def judge(net: Network, constructed: Network, claim: Claim, progress: Progress = silent, runner: Runner = HERE) -> Certificate:
    """Hold a constructed network against a claim: ``certified``, or ``refuted`` with a counterexample or a failing bound.

    Under ``S5 network`` every circuit is held against its function too.

    That ``|N| <= R`` holds on the domain is a hypothesis and not judged here (:func:`survey_domain`).
    """
    domain, relation = claim.domain, claim.relation
    check_interface(net, constructed)
    measured = measure(constructed, domain)
    named, rows = bound_rows(claim, measured)
    width = encoding_width(relation.r or 1, relation.largest(claim.output_range))
    job = CheckJob(net, constructed, domain, relation, width, runner.evaluator)
    found, counterexample = compare_by(job, False, progress, runner)
    reason: str | None = None
    failed = [row for row in rows if not row.holds]
    misfit = _wrong_kind(claim.statement, constructed)
    wrong = None
    if claim.circuits is not None and misfit is None and counterexample is None:
        wrong = first_wrong(net, claim.circuits, domain, claim.output_range, relation.r or 1)
    if misfit is not None:
        reason = misfit
    elif counterexample is not None:
        reason = f"the values differ at input {counterexample.index} of the domain"
    elif wrong is not None:
        reason = str(wrong)
    elif failed:
        row = failed[0]
        reason = f"the bound {row.name} = {row.symbolic} = {row.value} fails: measured {row.measured}"
    elif claim.statement.startswith("S6"):  # what agrees with N' may be a function of anything
        reason = not_simpler(constructed, domain, relation.r or 1, claim.route, claim.options)
    elif claim.route == "classical":  # and a pair of equal circuits may compute anything
        reason = not_named(net, domain, claim.options)
    return Certificate(
        verdict="refuted" if reason else "certified",
        statement=claim.statement,
        route=claim.route,
        options=claim.options,
        domain=domain,
        relation=relation,
        parameters=named,
        definitions={symbol.name: str(expression) for symbol, expression in claim.bounds.definitions},
        original=claim.original,
        constructed=measured,
        bounds=rows,
        inputs_checked=found.inputs_checked,
        digest=found.digest,
        width=width,
        counterexample=counterexample,
        reason=reason,
        promised=claim.promised,
        stated={} if claim.stated is None else {"weights": claim.stated[0]},
        circuits=None if claim.circuits is None else measure_circuits(claim.circuits),
    )


def _wrong_kind(statement: str, constructed: Network) -> str | None:
    """Why a network is not of the kind that a statement is about, if it is not."""
    kind = kind_of(constructed)
    gates = statement_form(statement) in ("circuit", "levels")
    if gates and kind != "circuit":
        return "the constructed network is not a threshold circuit (threshold and affine nodes, threshold outputs)"
    if not gates and kind not in ("relu", "affine"):
        return "the constructed network is not a ReLU network (relu and affine nodes only)"
    return None


