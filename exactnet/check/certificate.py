"""``exactnet check``: verify a certificate again, believing nothing that it says.

Everything is derived anew from the two networks, the domain, the relation, the route's name and its options; the
certificate is right if every field comes out the same. Part of the trusted base: it imports nothing from
:mod:`exactnet.construct`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exactnet.check.claim import make_claim
from exactnet.claims.answers import SameSign
from exactnet.claims.statements import LIMIT, RELATIONS, Statement, statement_named
from exactnet.files.certificates import Stored, read_certificate
from exactnet.files.document import document_of
from exactnet.files.limits import check_domain
from exactnet.kernel.domain import Cube
from exactnet.kernel.judge import Certificate, judge
from exactnet.kernel.rationals import format_rational, parse_rational
from exactnet.kernel.relation import Clip, Equal, Relation, Within
from exactnet.kernel.runs import HERE, Progress, Runner, silent
from exactnet.kernel.sweep import survey_domain

__all__ = ["Checked", "check_again", "check_certificate", "difference"]

#: Fields that may differ between two runs, or that name the files.
_FREE = ("versions", "run")
#: The networks of a certificate.
_ROLES = ("original", "constructed", "circuits")


@dataclass(frozen=True)
class Checked:
    """What came of checking a certificate: ``"wrong"`` if it says anything that is not so."""

    verdict: str
    reason: str | None
    report: dict[str, Any]
    certificate: Certificate | None = None
    """The certificate, made again; None where a hypothesis fails."""


def check_certificate(
    path: str, *, max_file: int, max_inputs: int, progress: Progress = silent, runner: Runner = HERE
) -> Checked:
    """Verify a certificate: digests, parameters, bounds, measures, every input, the digest of the outputs.

    Raises :class:`exactnet.kernel.errors.ExactnetError` where it cannot be read or makes no sense.
    """
    return check_again(read_certificate(path, max_file), max_inputs, progress, runner)


def check_again(stored: Stored, max_inputs: int, progress: Progress = silent, runner: Runner = HERE) -> Checked:
    """Verify a certificate that has been read."""
    check_domain(stored.original, stored.domain, max_inputs)
    wrong, document, certificate = _again(stored, progress, runner)
    shown = {name: document[name] for name in ("statement", "route", "bounds", "counterexample")}
    report = {
        **shown,
        "domain": {"kind": stored.domain.kind, "inputs": stored.domain.count},
        # The bounds grow with these, and nothing but the certificate says what they are to be.
        "R": int(stored.document["parameters"]["R"]),
        "r": int(stored.document["relation"]["r"]),
        "promised": stored.document["promised"],
        "options": dict(stored.document["options"]),
        "original": _measures(document["original"]),
        "constructed": _measures(document["constructed"]),
        "inputs_checked": int(document["inputs_checked"]),
    }
    verdict, reason = ("wrong", wrong) if wrong is not None else (document["verdict"], document["reason"])
    return Checked(verdict, reason, report, certificate)


def _measures(described: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in described.items() if name not in ("file", "sha256")}


def _again(
    stored: Stored, progress: Progress, runner: Runner
) -> tuple[str | None, dict[str, Any], Certificate | None]:
    """Make the certificate again; the first thing in which the one on disk differs, and the new one, also as JSON.

    Hypotheses first: what the judge takes for granted is checked before it is asked.
    """
    recorded, net, constructed, domain = stored.document, stored.original, stored.constructed, stored.domain
    output_range = int(recorded["parameters"]["R"])
    relation = _relation(recorded["relation"], output_range)
    statement = statement_named(recorded["statement"])
    wrong = _hypotheses(stored, statement, relation, output_range, progress, runner)
    if wrong is not None:
        return wrong, dict(recorded), None
    claim = make_claim(
        net,
        domain,
        statement,
        recorded["route"],
        recorded["options"],
        relation,
        output_range,
        promised=recorded["promised"],
        stated=recorded["stated"].get("weights", "") if recorded["stated"] else None,
        circuits=stored.circuits,
    )
    certificate = judge(net, constructed, claim, progress, runner)
    files = {role: (recorded[role]["file"], recorded[role]["sha256"]) for role in _ROLES if role in recorded}
    document: dict[str, Any] = json.loads(json.dumps(document_of(certificate, files, {}, 0)))
    for name, value in document.items():
        if name not in _FREE and recorded[name] != value:
            why = f": {document['reason']}" if name == "verdict" and document["reason"] else ""
            return difference(name, recorded[name], value) + why, document, certificate
    return None, document, certificate


def _relation(described: Mapping[str, str], output_range: int) -> Relation:
    """The relation that a certificate names."""
    kind, r = RELATIONS[described["kind"]], int(described["r"])
    if kind is Clip:
        return Clip(r, output_range)
    if issubclass(kind, Within):  # Near, too
        return kind(r, parse_rational(described.get("epsilon", "0")))
    return kind(r)


def _hypotheses(
    stored: Stored, statement: Statement, relation: Relation, output_range: int, progress: Progress, runner: Runner
) -> str | None:
    """What does not hold of the names, the kinds, ``r`` and ``R``, if anything does not."""
    recorded, net, constructed = stored.document, stored.original, stored.constructed
    if statement.form != "pair" and (constructed.inputs, constructed.outputs) != (net.inputs, net.outputs):
        return "the constructed network has other input or output names than the original"
    if not statement.is_about(net, relation):
        about = f"such an original and the relation {relation.kind}"
        return f"statement: the certificate says {statement.name}, which is not about {about}"
    wrong = _wrong_tolerance(recorded, relation)
    if wrong is not None:
        return wrong
    if not relation.r or output_range < 1:
        return "r and R must be positive"
    if statement.form == "levels" and not isinstance(stored.domain.frame, Cube):
        return f"the inputs of {statement.name} are bits: the domain must lie on the cube"
    if statement.gates or isinstance(relation, SameSign):  # as of classes
        return (
            None
            if (relation.r, output_range, recorded["promised"]) == (1, 1, False)
            else "r and R of such a statement must be 1"
        )
    if isinstance(relation, Clip):  # |N| <= R is no hypothesis
        return None if recorded["promised"] else "R of a clipped form is given, not found"
    taken = survey_domain(net, stored.domain, output_range, progress, runner)
    if taken.beyond is not None:
        return f"|N| <= R = {output_range} does not hold at input {taken.beyond} of the domain"
    if isinstance(relation, Equal) and relation.r != taken.denominator:
        return f"r = {relation.r} is not the least common denominator of the outputs on the domain, {taken.denominator}"
    if not recorded["promised"]:
        least = max(1, -(-int(taken.largest.numerator) // int(taken.largest.denominator)))
        if output_range != least:
            return f"R = {output_range} is not the least integer that |N| does not exceed on the domain, {least}"
        if relation.r * output_range > LIMIT and statement.limited:
            return f"r*R > {LIMIT} without a promised range: to be refused"
    return None


def _wrong_tolerance(recorded: Mapping[str, Any], relation: Relation) -> str | None:
    """What is wrong with the tolerance: it goes with two relations, and stands in the options too."""
    epsilon = relation.epsilon
    if ("epsilon" in recorded["relation"]) != (epsilon is not None) or (epsilon is not None and epsilon <= 0):
        return f"relation: {relation.kind} with epsilon = {recorded['relation'].get('epsilon')}"
    if epsilon is not None and recorded["options"].get("epsilon") != format_rational(epsilon):
        return "options: epsilon is not that of the relation"
    if type(relation) is Within and relation.r != -(-relation.epsilon.denominator // relation.epsilon.numerator):
        return f"r = {relation.r} is not the least integer from 1/epsilon on"
    return None


def difference(name: str, recorded: Any, derived: Any) -> str:
    """One line that names the innermost field in which two documents differ."""
    if isinstance(recorded, dict) and isinstance(derived, dict):
        for key in [*derived, *(key for key in recorded if key not in derived)]:
            if recorded.get(key) != derived.get(key):
                return difference(f"{name}.{key}", recorded.get(key), derived.get(key))
    if isinstance(recorded, list) and isinstance(derived, list) and len(recorded) == len(derived):
        for index, (one, other) in enumerate(zip(recorded, derived, strict=True)):
            if one != other:
                return difference(f"{name}[{index}]", one, other)
    return f"{name}: the certificate says {json.dumps(recorded)[:80]}, found {json.dumps(derived)[:80]}"
