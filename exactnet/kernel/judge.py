"""From two networks and a claim to a certificate: measures, bounds, every input of the domain, the verdict.

It does not know where the constructed network comes from, nor where the bounds do: a claim holds their values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gmpy2 import mpq

from exactnet.kernel.domain import Cube, Domain
from exactnet.kernel.expansion import live_part
from exactnet.kernel.measures import Measures, measure
from exactnet.kernel.network import Network
from exactnet.kernel.relation import Relation
from exactnet.kernel.runs import HERE, Progress, Runner, silent
from exactnet.kernel.sweep import CheckJob, Counterexample, compare_networks, encoding_width
from exactnet.kernel.values import MakeEvaluator

__all__ = ["Besides", "Blame", "BoundRow", "Certificate", "Claim", "StatedBound", "judge"]

#: What a statement asks besides: given both networks and an evaluator, why it does not hold, if it does not.
Besides = Callable[[Network, Network, MakeEvaluator], str | None]
#: Given both networks and a point at which they differ, the node to look at first. No verdict rests on it.
Blame = Callable[[Network, Network, Sequence[mpq]], str | None]


@dataclass(frozen=True)
class StatedBound:
    """``measure <= value``, the value of ``symbolic``; ``name`` is the measure, with a suffix if there are several."""

    name: str
    measure: str
    symbolic: str
    value: mpq


@dataclass(frozen=True)
class Claim:
    """What is claimed of a constructed network; decided from the original, the domain and the options alone."""

    domain: Domain
    statement: str
    """The name of the statement (:mod:`exactnet.claims.statements`)."""
    route: str
    options: Mapping[str, str]
    relation: Relation
    output_range: int
    """``R``: ``|N| <= R`` on the domain."""
    original: Measures
    """Of the network that the claim is about."""
    parameters: Mapping[str, int]
    """What bounds are evaluated at, and the quantities that they are derived through, by name."""
    definitions: Mapping[str, str]
    """How these quantities are defined."""
    bounds: Sequence[StatedBound]
    promised: bool = False
    """Whether ``R`` is a promise, and not what evaluation found."""
    stated: Mapping[str, str] = field(default_factory=dict)
    """Bounds that the user states, as written."""
    misfit: Callable[[Network], str | None] = lambda constructed: None
    """Why a constructed network is not of the kind that the statement is about, if it is not."""
    besides: Besides | None = None
    blame: Blame | None = None
    circuits: Network | None = None
    """Under ``S5 network``: the circuits that the network is made from, beside each other."""


@dataclass(frozen=True)
class BoundRow:
    """A bound, what was measured, and whether it holds."""

    name: str
    symbolic: str
    value: mpq
    measured: mpq

    @property
    def holds(self) -> bool:
        return bool(self.measured <= self.value)


@dataclass(frozen=True)
class Certificate:
    """The result of certifying a network, complete."""

    verdict: str
    statement: str
    route: str
    options: Mapping[str, str]
    domain: Domain
    relation: Relation
    parameters: Mapping[str, int]
    definitions: Mapping[str, str]
    original: Measures
    constructed: Measures
    bounds: Sequence[BoundRow]
    inputs_checked: int
    digest: str | None
    width: int
    outputs: int
    """The number of outputs."""
    counterexample: Counterexample | None = None
    reason: str | None = None
    promised: bool = False
    """Whether ``R`` was promised; otherwise it is the least integer that ``|N|`` does not exceed on the domain."""
    stated: Mapping[str, str] = field(default_factory=dict)
    """Bounds that the user stated, as written."""
    circuits: Measures | None = None
    """Under ``S5 network``: the measures of the circuits, all beside each other."""

    def __bool__(self) -> bool:
        """Whether the verdict is ``"certified"``."""
        return self.verdict == "certified"


def judge(net: Network, constructed: Network, claim: Claim, progress: Progress = silent, runner: Runner = HERE) -> Certificate:
    """Hold a constructed network against a claim: ``certified``, or ``refuted`` with a counterexample or a failing bound.

    That ``|N| <= R`` holds on the domain is a hypothesis and not judged here (:func:`~exactnet.kernel.sweep.survey_domain`).
    """
    domain, relation = claim.domain, claim.relation
    width = encoding_width(relation.r or 1, relation.largest(claim.output_range))
    job = CheckJob(net, constructed, domain, relation, width, runner.evaluator)
    compared, counterexample = compare_networks(job, False, progress, runner)
    measured = measure(constructed, domain)
    rows = [BoundRow(row.name, row.symbolic, row.value, mpq(getattr(measured, row.measure))) for row in claim.bounds]
    if counterexample is not None and claim.blame is not None:
        node = claim.blame(net, constructed, domain[counterexample.index])
        counterexample = replace(counterexample, node=node)
    reason = claim.misfit(constructed)
    if reason is None and counterexample is not None:
        reason = f"the values differ at input {counterexample.index} of the domain"
    if reason is None:
        broken = [row for row in rows if not row.holds]
        for row in broken[:1]:
            reason = f"the bound {row.name} = {row.symbolic} = {row.value} fails: measured {row.measured}"
    if reason is None and claim.besides is not None:
        reason = claim.besides(net, constructed, runner.evaluator)
    return Certificate(
        verdict="refuted" if reason else "certified",
        statement=claim.statement,
        route=claim.route,
        options=claim.options,
        domain=domain,
        relation=relation,
        parameters=claim.parameters,
        definitions=claim.definitions,
        original=claim.original,
        constructed=measured,
        bounds=rows,
        inputs_checked=compared.inputs_checked,
        digest=compared.digest,
        width=width,
        outputs=len(net.outputs),
        counterexample=counterexample,
        reason=reason,
        promised=claim.promised,
        stated=claim.stated,
        circuits=None if claim.circuits is None else measure(live_part(claim.circuits), Cube(len(claim.circuits.inputs))),
    )
