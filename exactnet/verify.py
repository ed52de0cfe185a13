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

from exactnet.bounds.expression import parse_expression
from exactnet.bounds.routes import FEW_BITS
from exactnet.bounds.symbols import SYMBOLS
from exactnet.certificate import Certificate
from exactnet.certificate_files import Stored, read_certificate
from exactnet.certify import Relation
from exactnet.distribute import Runner
from exactnet.domain import Cube
from exactnet.judge import HERE, Progress, check_domain, frame_of, judge, make_claim, silent, survey_domain
from exactnet.measures import has_levels, kind_of
from exactnet.network import Network
from exactnet.rationals import format_rational, parse_rational
from exactnet.refusal import LIMIT

__all__ = ["Checked", "check_again", "check_certificate", "difference"]

#: Fields that may differ between two runs, or that name the files.
_FREE = ("versions", "run")
#: The networks of a certificate.
_ROLES = ("original", "constructed", "circuits")
#: The statement about ReLU networks that each relation belongs to.
STATEMENT_OF = {"equal": "S1 exact", "floor": "S1 rounded", "clip": "S1 clipped"}
#: The statement about functions of one input or of the norm, whatever network the original is.
S6_OF = {"equal": "S6 exact", "floor": "S6 rounded"}


@dataclass(frozen=True)
class Checked:
    """What came of checking a certificate: ``"wrong"`` if it says anything that is not so."""

    verdict: str
    reason: str | None
    report: dict[str, Any]


def check_certificate(
    path: str, *, max_file: int, max_inputs: int, progress: Progress = silent, runner: Runner = HERE
) -> Checked:
    """Verify a certificate: digests, parameters, bounds, measures, every input, the digest of the outputs.

    Raises :class:`exactnet.errors.ExactnetError` where it cannot be read or makes no sense.
    """
    return check_again(read_certificate(path, max_file), max_inputs, progress, runner)[0]


def check_again(
    stored: Stored, max_inputs: int, progress: Progress = silent, runner: Runner = HERE
) -> tuple[Checked, Certificate | None]:
    """Verify a certificate that has been read, and make it again; None where a hypothesis fails."""
    check_domain(stored.original, stored.domain, max_inputs)
    wrong, found, certificate = _again(stored, progress, runner)
    shown = {name: found[name] for name in ("statement", "route", "bounds", "counterexample")}
    report = {
        **shown,
        "domain": {"kind": stored.domain.kind, "inputs": stored.domain.count},
        # The bounds grow with these, and nothing but the certificate says what they are to be.
        "R": int(stored.document["parameters"]["R"]),
        "r": int(stored.document["relation"]["r"]),
        "promised": stored.document["promised"],
        "options": dict(stored.document["options"]),
        "original": _measures(found["original"]),
        "constructed": _measures(found["constructed"]),
        "inputs_checked": int(found["inputs_checked"]),
    }
    if wrong is not None:
        return Checked("wrong", wrong, report), certificate
    return Checked(found["verdict"], found["reason"], report), certificate


def _measures(described: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in described.items() if name not in ("file", "sha256")}


def _again(
    stored: Stored, progress: Progress, runner: Runner
) -> tuple[str | None, dict[str, Any], Certificate | None]:
    """Make the certificate again; the first thing in which the one on disk differs, and the new one, also as JSON.

    Hypotheses first: what the judge takes for granted is checked before it is asked.
    """
    said, net, constructed, domain = stored.document, stored.original, stored.constructed, stored.domain
    kind, output_range = said["relation"]["kind"], int(said["parameters"]["R"])
    epsilon = parse_rational(said["relation"]["epsilon"]) if "epsilon" in said["relation"] else None
    relation = Relation(kind, int(said["relation"]["r"]), output_range if kind == "clip" else None, epsilon)
    wrong = _hypotheses(stored, relation, output_range, progress, runner)
    if wrong is not None:
        return wrong, dict(said), None
    stated = None
    if said["stated"]:
        text = said["stated"].get("weights", "")
        stated = (text, parse_expression(text, list(SYMBOLS)))
    claim = make_claim(
        net,
        domain,
        said["statement"],
        said["route"],
        said["options"],
        relation,
        output_range,
        said["promised"],
        stated,
        stored.circuits,
    )
    certificate = judge(net, constructed, claim, progress, runner)
    files = {role: (said[role]["file"], said[role]["sha256"]) for role in _ROLES if role in said}
    found: dict[str, Any] = json.loads(certificate.dump(files, {}, 0))
    for name, value in found.items():
        if name not in _FREE and said[name] != value:
            why = f": {found['reason']}" if name == "verdict" and found["reason"] else ""
            return difference(name, said[name], value) + why, found, certificate
    return None, found, certificate


def _hypotheses(
    stored: Stored, relation: Relation, output_range: int, progress: Progress, runner: Runner
) -> str | None:
    """What does not hold of the names, the kinds, ``r`` and ``R``, if anything does not."""
    said, net, constructed = stored.document, stored.original, stored.constructed
    if (constructed.inputs, constructed.outputs) != (net.inputs, net.outputs):
        return "the constructed network has other input or output names than the original"
    wrong = _wrong_statement(said, net, relation) or _wrong_tolerance(said, relation)
    if wrong is not None:
        return wrong
    if not relation.r or output_range < 1:
        return "r and R must be positive"
    if said["statement"] == "S5 circuits" and not isinstance(frame_of(stored.domain), Cube):
        return "the inputs of S5 circuits are bits: the domain must lie on the cube"
    if said["statement"] in ("S3", "S5 circuits", "S7 circuit"):
        return None if (relation.r, output_range, said["promised"]) == (1, 1, False) else "r and R of a circuit must be 1"
    if relation.kind == "clip":  # |N| <= R is no hypothesis
        return None if said["promised"] else "R of a clipped form is given, not found"
    found = survey_domain(net, stored.domain, output_range, progress, runner)
    if found.beyond is not None:
        return f"|N| <= R = {output_range} does not hold at input {found.beyond} of the domain"
    if relation.kind == "equal" and relation.r != found.denominator:
        return f"r = {relation.r} is not the least common denominator of the outputs on the domain, {found.denominator}"
    if not said["promised"]:
        least = max(1, -(-int(found.largest.numerator) // int(found.largest.denominator)))
        if output_range != least:
            return f"R = {output_range} is not the least integer that |N| does not exceed on the domain, {least}"
        if relation.r * output_range > LIMIT and said["statement"] not in FEW_BITS:
            return f"r*R > {LIMIT} without a promised range: to be refused"
    return None


def _wrong_statement(said: Mapping[str, Any], net: Network, relation: Relation) -> str | None:
    """Why the statement is not about such an original and this relation, if it is not."""
    statement, circuit = said["statement"], kind_of(net) == "circuit"
    if statement in FEW_BITS:
        of_relation = {kind: name for name, kind in FEW_BITS.items() if name != "S7 circuit"}
        expected = "S7 circuit" if circuit else of_relation.get(relation.kind, "S7")
        right = {expected}
    else:
        expected = "S3" if circuit else STATEMENT_OF.get(relation.kind, "S7")
        right = {expected, expected.replace("S1", "S2")}
        if relation.kind in S6_OF:
            right.add(S6_OF[relation.kind])
        if has_levels(net) and relation.kind == "equal":
            right.add("S5 circuits")
        if expected == "S1 rounded":
            right.add("S5 network")
    if statement not in right:
        return f"statement: the certificate says {statement}, but the networks and the relation are of {expected}"
    return None


def _wrong_tolerance(said: Mapping[str, Any], relation: Relation) -> str | None:
    """What is wrong with the tolerance: it goes with two relations, and stands in the options too."""
    epsilon = relation.epsilon
    if (relation.kind in ("within", "near")) != (epsilon is not None) or (epsilon is not None and epsilon <= 0):
        return f"relation: {relation.kind} with epsilon = {epsilon}"
    if epsilon is not None and said["options"].get("epsilon") != format_rational(epsilon):
        return "options: epsilon is not that of the relation"
    if epsilon is not None and relation.kind == "within" and relation.r != -(-epsilon.denominator // epsilon.numerator):
        return f"r = {relation.r} is not the least integer from 1/epsilon on"
    return None


def difference(name: str, said: Any, found: Any) -> str:
    """One line that names the innermost field in which two documents differ."""
    if isinstance(said, dict) and isinstance(found, dict):
        for key in [*found, *(key for key in said if key not in found)]:
            if said.get(key) != found.get(key):
                return difference(f"{name}.{key}", said.get(key), found.get(key))
    if isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        for index, (one, other) in enumerate(zip(said, found, strict=True)):
            if one != other:
                return difference(f"{name}[{index}]", one, other)
    return f"{name}: the certificate says {json.dumps(said)[:80]}, found {json.dumps(found)[:80]}"
