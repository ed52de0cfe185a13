"""A certificate about matrices: the statement, the matrices and numbers that it is about, and the verdict that follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gmpy2 import mpq

from exactnet.claims.matrices.algebra import Matrix
from exactnet.claims.matrices.natural_weights import simulation_conditions
from exactnet.claims.matrices.rank import Condition, depth_conditions, flow_conditions, kkt_conditions
from exactnet.kernel.errors import FormatError

__all__ = ["PARTS", "Certificate", "Judgement", "conditions", "judge"]

#: The matrices and the numbers of every statement; those of K2 and K3 have layers besides.
PARTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "K1 flow": (("points", "targets", "start", "limit", "vector"), ("low", "high")),
    "K2 depth": (("points", "labels", "norms"), ("mean",)),
    "K3 KKT": (("points", "labels", "multipliers"), ()),
    "W1 simulation": (
        ("weights", "inverse", "forms", "biases", "assignment"),
        ("literals", "low", "high", "step", "most"),
    ),
}
_LAYERED = ("K2 depth", "K3 KKT")


@dataclass(frozen=True)
class Certificate:
    """A statement of :data:`PARTS` with its matrices and numbers by name."""

    statement: str
    matrices: Mapping[str, Matrix]
    numbers: Mapping[str, mpq] = field(default_factory=dict)


@dataclass(frozen=True)
class Judgement:
    """``certified`` if all conditions hold, else ``refuted``, and then the reason is the first that does not."""

    verdict: str
    reason: str | None
    confirmed: tuple[str, ...]


def conditions(certificate: Certificate, most: int) -> Iterator[Condition]:
    """The conditions of the statement, in order; at most ``most`` clauses are enumerated.

    Raises
    ------
    FormatError
        where a matrix or number is missing, unknown, or of another shape.
    SizeError
        where checking would take too long.
    """
    statement, matrices, numbers = certificate.statement, certificate.matrices, certificate.numbers
    needed, values = PARTS[statement]
    extra = matrices.keys() - set(needed)
    if statement in _LAYERED:
        extra -= {f"layer {place}" for place in range(1, len(extra) + 1)}
    if extra or not matrices.keys() >= set(needed) or numbers.keys() != set(values):
        raise FormatError(f"{statement} is about other matrices or numbers: {', '.join((*needed, *values))}")
    match statement:
        case "K1 flow":
            yield from flow_conditions(matrices, numbers)
        case "K2 depth":
            yield from depth_conditions(matrices, numbers)
        case "K3 KKT":
            yield from kkt_conditions(matrices, numbers)
        case _:
            yield from simulation_conditions(matrices, numbers, most)


def judge(certificate: Certificate, most: int = 2**28) -> Judgement:
    """Go through the conditions, up to the first that does not hold.

    >>> one = ((mpq(1),),)
    >>> judge(Certificate("K3 KKT", {"points": one, "labels": one, "layer 1": one, "multipliers": one})).verdict
    'certified'
    """
    confirmed: list[str] = []
    for words, holds in conditions(certificate, most):
        if not holds:
            return Judgement("refuted", f"fails: {words}", tuple(confirmed))
        confirmed.append(words)
    return Judgement("certified", None, tuple(confirmed))
