"""Statements about two given networks: they are equal, within a tolerance, or of the same class or signs, on every input."""

from __future__ import annotations

from typing import Literal

from gmpy2 import mpq

from exactnet.check.claim import make_claim
from exactnet.claims.answers import SameClass, SameSign
from exactnet.claims.statements import STATEMENTS
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import NetworkError
from exactnet.kernel.judge import Certificate, judge
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational
from exactnet.kernel.relation import Equal, Relation, Within
from exactnet.kernel.runs import HERE, Progress, Runner, silent
from exactnet.kernel.sweep import check_interface, survey_domain

__all__ = ["Question", "certify_pair"]

Question = Literal["equal", "class", "sign"]


def certify_pair(
    a: Network,
    b: Network,
    domain: Domain,
    question: Question = "equal",
    within: mpq | None = None,
    progress: Progress = silent,
    runner: Runner = HERE,
) -> Certificate:
    """Judge two networks on every input of a domain; inputs and outputs are matched by position.

    Parameters
    ----------
    a, b : Network
    domain : Domain
    question : ``equal``; ``class``: the largest output (the first of equals) is the same; ``sign``: every output has the same.
    within : no output is further apart than this, in place of the question; positive.

    Raises
    ------
    NetworkError : the numbers of inputs or outputs differ, or there is no class, as there is one output.

    Examples
    --------
    >>> from exactnet.kernel.domain import Grid
    >>> from exactnet.kernel.network import affine
    >>> nets = [Network(["x"], [affine("y", {"x": slope})], ["y"]) for slope in ("1/3", "0.333")]
    >>> [certify_pair(*nets, Grid(1, 1), within=mpq(1, n)).verdict for n in (3000, 3001)]
    ['certified', 'refuted']
    """
    check_interface(a, b)
    if question == "class" and len(a.outputs) < 2:
        raise NetworkError("a class is the largest of several outputs, and there is one; compare its sign")
    relation: Relation
    output_range, options = 1, {}
    if question == "equal":  # the values are digested: how large are they?
        taken = survey_domain(a, domain, None, progress, runner)
        output_range = max(1, -(-int(taken.largest.numerator) // int(taken.largest.denominator)))
        relation = Equal(taken.denominator)
    else:
        relation = SameClass() if question == "class" else SameSign()
    if within is not None:
        relation, options = Within(int(-(-within.denominator // within.numerator)), within), {"epsilon": format_rational(within)}
    statement = next(row for row in STATEMENTS.values() if row.form == "pair" and row.relation is type(relation))
    claim = make_claim(a, domain, statement, "pair", options, relation, output_range)
    return judge(a, b, claim, progress, runner)
