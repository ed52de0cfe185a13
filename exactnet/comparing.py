"""Two networks on a domain: equal on every input, or a first input on which they differ.

Part of the trusted base, like :mod:`exactnet.certify`. Nothing of bounds and certificates is needed for this.
"""

from __future__ import annotations

from contextlib import closing

from exactnet.certify import (
    Comparison,
    Counterexample,
    EvaluatorError,
    Relation,
    Survey,
    compare,
    counterexample_at,
    replay,
    survey,
)
from exactnet.distribute import CheckJob, Progress, Runner, SurveyJob, silent
from exactnet.domain import Domain, check_dimension
from exactnet.errors import DomainError, NetworkError
from exactnet.network import Network

__all__ = ["HERE", "check_domain", "check_interface", "compare_by", "compare_networks", "survey_domain"]

#: Everything in this process, nothing remembered.
HERE = Runner()


def check_domain(net: Network, domain: Domain, max_inputs: int) -> None:
    """Raise :class:`DomainError` unless the domain fits the network and has at most ``max_inputs`` inputs."""
    check_dimension(domain, net.inputs)
    if domain.count > max_inputs:
        count = str(domain.count) if domain.count < 10**30 else f"about 2^{domain.count.bit_length() - 1}"
        raise DomainError(f"the domain has {count} inputs, more than --max-inputs {max_inputs}")


def check_interface(a: Network, b: Network) -> None:
    """Raise :class:`NetworkError` unless two networks have as many inputs and as many outputs."""
    for what, left, right in (("inputs", a.inputs, b.inputs), ("outputs", a.outputs, b.outputs)):
        if len(left) != len(right):
            raise NetworkError(f"the first network has {len(left)} {what}, the second {len(right)}")


def survey_domain(
    net: Network, domain: Domain, promised: int | None, progress: Progress = silent, runner: Runner = HERE
) -> Survey:
    """The values of a network on a domain; stops at the first chunk with a value beyond ``promised``."""
    with closing(runner.run(SurveyJob(net, domain, promised, runner.evaluator), progress)) as parts:
        return survey(parts)


def _samples(domain: Domain) -> list[int]:
    """Inputs that are always replayed by the reference evaluator: the ends and a few between."""
    last = domain.count - 1
    return sorted({0, last, *(last * part // 8 for part in range(1, 8))})


def compare_by(job: CheckJob, count_all: bool, progress: Progress, runner: Runner) -> tuple[Comparison, Counterexample | None]:
    """What comparing two networks on every input found, and a difference replayed by the reference evaluator.

    Raises :class:`~exactnet.certify.EvaluatorError` unless every input was compared, or where the definition disagrees.
    """
    a, b, domain, relation = job.a, job.b, job.domain, job.relation
    with closing(runner.run(job, progress)) as results:
        found = compare(results, count_all=count_all, digest=job.width is not None)
    if found.mismatch is None:
        if found.inputs_checked != domain.count:
            raise EvaluatorError(f"only {found.inputs_checked} of {domain.count} inputs were compared: report this as a defect")
        replay(a, b, domain, relation, _samples(domain))
        return found, None
    return found, counterexample_at(a, b, domain, relation, found.mismatch)


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
    job = CheckJob(a, b, domain, Relation("equal"), None, runner.evaluator)
    return compare_by(job, count_all, progress, runner)
