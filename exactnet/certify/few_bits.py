"""S7: from a network with huge weights to one of the same depth with weights of few bits, and its certificate.

Nothing here is trusted with a verdict: verdicts are made by :mod:`exactnet.kernel.judge` from two networks and a claim.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from gmpy2 import mpq

from exactnet.certify.small_weights import MAX_INPUTS, Result
from exactnet.check.claim import make_claim
from exactnet.claims.statements import STATEMENTS, Statement, kind_of, statement_named
from exactnet.construct.base.messages import short
from exactnet.construct.few_bits.gates import few_bits_circuit
from exactnet.construct.few_bits.intervals import Interval, exact_intervals, near_intervals, within_intervals
from exactnet.construct.few_bits.layers import check_values, few_bits
from exactnet.construct.few_bits.solvers import SOLVERS
from exactnet.distance.quantise import fewer_bits
from exactnet.files.limits import check_domain
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import FormatError, NetworkError, RefusedError, clip_text
from exactnet.kernel.judge import Claim, judge
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational
from exactnet.kernel.relation import Equal, Near, Relation, Within
from exactnet.kernel.runs import HERE, Progress, Runner, silent
from exactnet.kernel.sweep import survey_domain

__all__ = ["CompressRequest", "compress_network", "construct_few_bits", "plan_few_bits"]

#: The most decimal digits of ``R`` and ``r`` in a certificate.
_MAX_DIGITS = 600


@dataclass(frozen=True)
class CompressRequest:
    """What to compress, and how near the outputs must stay.

    Attributes
    ----------
    epsilon : the tolerance, positive; None for equal outputs.
    precision : ``r``: the tolerance is about the nearest multiples of ``1/r`` instead of the outputs; None for the outputs.
    solver : how the basic solution is found, a key of :data:`exactnet.construct.few_bits.solvers.SOLVERS`.
    """

    net: Network
    domain: Domain
    epsilon: mpq | None = None
    precision: int | None = None
    solver: str = "highs"
    max_inputs: int = MAX_INPUTS
    route: ClassVar[str] = "few-bits"
    minimised: ClassVar[str | None] = None


def plan_few_bits(request: CompressRequest, progress: Progress = silent, runner: Runner = HERE) -> Claim:
    """Decide statement, relation, range and bounds; only the original is evaluated.

    Raises
    ------
    RefusedError : the outputs themselves have too many bits to be kept equal.
    DomainError, NetworkError, FormatError : the request makes no sense.
    """
    net, domain, epsilon = request.net, request.domain, request.epsilon
    check_domain(net, domain, request.max_inputs)
    if epsilon is not None and epsilon <= 0:
        raise FormatError(f"the tolerance epsilon is a positive number, not {clip_text(format_rational(epsilon))}")
    if request.precision is not None and (epsilon is None or request.precision < 1):
        raise FormatError("a precision 1/r, r positive, goes with a tolerance: outputs within epsilon of multiples of 1/r")
    if request.solver not in SOLVERS:
        raise FormatError(f"the solver {clip_text(request.solver)} is not one of {', '.join(SOLVERS)}")
    check_values(measure(net).neurons, domain)
    kind = kind_of(net)
    if kind == "circuit":
        if epsilon is not None:
            raise NetworkError("a tolerance is for ReLU networks; this is a threshold circuit, whose outputs are 0 or 1")
        return make_claim(net, domain, STATEMENTS["S7 circuit"], "few-bits", {}, Equal(1), 1)
    if kind not in ("relu", "affine"):
        raise NetworkError("few bits are for ReLU networks and for threshold circuits; this network is neither")
    survey = survey_domain(net, domain, None, progress, runner)
    largest = max(1, -(-int(survey.largest.numerator) // int(survey.largest.denominator)))
    statement, relation = _statement(epsilon, request.precision, survey.denominator)
    for value, what in ((largest, "the largest output is"), (relation.r or 1, "the common denominator of the outputs is")):
        if value >= 10**_MAX_DIGITS:
            advice = "; a tolerance (--epsilon 1/1000) needs few bits" if epsilon is None else ""
            raise RefusedError(f"the outputs themselves have many bits: {what} {short(mpq(value))}{advice}")
    options = {} if epsilon is None else {"epsilon": format_rational(epsilon)}
    return make_claim(net, domain, statement, "few-bits", options, relation, largest)


def _statement(epsilon: mpq | None, precision: int | None, denominator: int) -> tuple[Statement, Relation]:
    if epsilon is None:
        return STATEMENTS["S7 exact"], Equal(denominator)
    if precision is not None:
        return STATEMENTS["S7 near"], Near(precision, epsilon)
    return STATEMENTS["S7 within"], Within(int(-(-epsilon.denominator // epsilon.numerator)), epsilon)


def construct_few_bits(net: Network, claim: Claim, solver: str = "highs") -> Network:
    """Build the network with few bits that a claim is about.

    Raises
    ------
    RefusedError : an output is further than the tolerance from all multiples of ``1/r``.
    SizeError : too many neurons, weights or values; the message shows the number.
    ExactnetError : a library of the extra ``compress`` is not installed.
    """
    if statement_named(claim.statement).gates:
        return few_bits_circuit(net, claim.domain, SOLVERS[solver])
    return few_bits(net, claim.domain, _intervals(net, claim), SOLVERS[solver])


def _intervals(net: Network, claim: Claim) -> list[Interval]:
    relation, r = claim.relation, claim.relation.r or 1
    if relation.epsilon is None:
        return exact_intervals(net, claim.domain, r)
    make = near_intervals if isinstance(relation, Near) else within_intervals
    return make(net, claim.domain, r, relation.epsilon, claim.output_range)


def compress_network(request: CompressRequest, progress: Progress = silent, runner: Runner = HERE) -> Result:
    """Construct a network with few bits and certify it: a basic solution, or rounded weights where those are shorter.

    Raises what :func:`plan_few_bits` and :func:`construct_few_bits` raise, and :class:`RefusedError` where the weights have
    no more bits than those of the result.

    >>> from exactnet.families import FAMILIES
    >>> instance = FAMILIES["clipped"].make(d=4, m=2, bits=1024)
    >>> found = compress_network(CompressRequest(instance.network, instance.domain)).certificate
    >>> found.verdict, found.original.bits, found.constructed.bits
    ('certified', 1024, 4)
    """
    claim = plan_few_bits(request, progress, runner)
    constructed, relation = construct_few_bits(request.net, claim, request.solver), claim.relation
    before, after = (measure(net, request.domain) for net in (request.net, constructed))
    if not isinstance(relation, Near):
        most = min(before.bits, after.bits + (after.neurons > before.neurons))  # of as many bits, the smaller network
        rounded = fewer_bits(request.net, request.domain, relation.epsilon or mpq(0), most, progress, runner)
        if rounded is not None:
            certificate = judge(request.net, rounded, claim, progress, runner)
            if certificate:  # else a bound fails
                return Result(certificate, rounded)
    if after.bits >= before.bits:
        raise RefusedError(f"nothing to compress: the weights have {before.bits} bits, those of a basic solution {after.bits}")
    return Result(judge(request.net, constructed, claim, progress, runner), constructed)
