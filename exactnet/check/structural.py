"""Certificates that are proved and not enumerated: two networks, a proof, and the bounds as in other certificates.

What is trusted of it is the kernel of :mod:`exactnet.structural`, which reads the files of both networks and the
proof itself, and here: that the theorem of a certificate is the one that its proofs prove, and that measures and
bounds are made anew. Nothing is evaluated.

Under S2 there are two proofs: of a network *between*, and that the constructed one is equal to it (:func:`proofs_of`).
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from typing import Any

from gmpy2 import mpq

from exactnet.check.certificate import Checked, difference
from exactnet.check.claim import make_claim
from exactnet.claims.statements import statement_named
from exactnet.files.certificates import WHAT, read_document
from exactnet.files.document import bounds_json, domain_fields
from exactnet.files.files import read_companion, shown
from exactnet.files.network_json import parse_domain, parse_network
from exactnet.kernel.domain import Cube, Domain, Grid
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.judge import BoundRow, Claim
from exactnet.kernel.measures import measure
from exactnet.kernel.network import Network
from exactnet.kernel.relation import Clip, Equal, Floor, Relation
from exactnet.structural.checking import check
from exactnet.structural.kernel import Refused, Unusable, theorem

__all__ = ["FORMAT", "SCHEMA", "check_structural", "claim_of", "describe", "kernel_domain", "proofs_of", "undefined"]

FORMAT = "exactnet-structural-certificate/2"
SCHEMA = "structural.schema.json"
_FREE = ("versions", "run")
#: The files of a certificate, and what each is; the last two under S2 alone.
FILES = {
    "original": WHAT["original"], "constructed": WHAT["constructed"], "proof": "proof",
    "between": "network between", "copying": "proof of equality",
}  # fmt: skip
#: What the theorem says under S2 besides, unless a bound fails.
SMALL = "; its weights and biases are at most 1"


def proofs_of(roles: Container[str]) -> dict[str, tuple[str, str]]:
    """The proofs of a certificate that has these files, and the two networks that each is about.

    If ``proof`` relates the original to the network between, and ``copying`` says that this one and the constructed network
    are equal on the whole domain, the constructed one stands in the same relation.
    """
    if "between" in roles:
        return {"proof": ("original", "between"), "copying": ("between", "constructed")}
    return {"proof": ("original", "constructed")}


def kernel_domain(domain: Domain) -> dict[str, Any]:
    """A domain as the kernel of structural proofs names it."""
    if isinstance(domain, Cube):
        return {"kind": "cube"}
    if isinstance(domain, Grid):
        return {"kind": "grid", "p": domain.p}
    raise FormatError("what is proved is about all inputs of a cube or a grid, not about a list of points")


#: The route of circuits for a function that is named, whose definition the original must be; and all whose networks are proved.
CLASSICAL = "classical"
ROUTES = ("lookahead", "residue", "compact", "stacked", CLASSICAL)


def claim_of(
    net: Network,
    domain: Domain,
    statement: Mapping[str, Any],
    route: str,
    options: Mapping[str, str],
    stated: str | None,
    copied: bool = False,
) -> Claim:
    """The claim that goes with a statement of the kernel: its bounds, made from the original alone.

    Parameters
    ----------
    copied : S2 in place of S1.

    Raises
    ------
    FormatError : the statement, the route and the options do not go together.
    """
    r, most = statement.get("r", 1), statement.get("R", 1)
    relation: Relation
    match statement["kind"]:
        case "equal" if "R" not in statement:
            name, relation = "S3", Equal(1)
        case "equal" | "equal if":
            name, relation = "S1 exact", Equal(r)
        case "floor if":
            name, relation = "S1 rounded", Floor(r)
        case _:
            name, relation = "S1 clipped", Clip(r, most)
    if copied:
        name = f"S2{name[2:]}"  # of S3 there is none
    if not statement_named(name).is_about(net, relation):
        raise FormatError(f"the original is no network that {name} is about")
    promised = statement["kind"] != "equal"
    if route not in ROUTES:  # others are about one function, which a proof of equality says nothing of
        raise FormatError(f"the route {clip_text(route)} is not one of {', '.join(ROUTES)}, whose networks are proved")
    return make_claim(
        net, domain, statement_named(name), route, options, relation, most, promised=promised, stated=stated
    )


def undefined(net: Network, domain: Domain, route: str, options: Mapping[str, str]) -> str | None:
    """Under the route of circuits for one function: why the original is not its definition on the cube; None if it is."""
    if route != CLASSICAL:
        return None
    from exactnet.claims.definitions import not_defined  # only where it is needed

    return not_defined(net, options) if isinstance(domain, Cube) else "the domain is not the cube"


def describe(
    constructed: Network,
    claim: Claim,
    statement: Mapping[str, Any],
    files: Mapping[str, tuple[str, str]],
    lines: Mapping[str, int],
    versions: Mapping[str, str],
    seconds: float,
) -> dict[str, Any]:
    """The document of a certificate; the verdict is ``refuted`` only if a bound fails.

    Parameters
    ----------
    files : of each role, the name and the SHA-256.
    lines : of each proof.
    """
    measured = measure(constructed, claim.domain)
    rows = [
        BoundRow(bound.name, bound.symbolic, bound.value, mpq(getattr(measured, bound.measure)))
        for bound in claim.bounds
    ]
    failed = next((row for row in rows if not row.holds), None)
    misfit = claim.misfit(constructed)
    reason = misfit
    if misfit is None and failed is not None:
        reason = f"the bound {failed.name} = {failed.symbolic} = {failed.value} fails: measured {failed.measured}"
    named: dict[str, dict[str, Any]] = {role: {"file": name, "sha256": code} for role, (name, code) in files.items()}
    for role, count in lines.items():
        named[role]["lines"] = count
    return {
        "format": FORMAT,
        "verdict": "certified" if reason is None else "refuted",
        "theorem": theorem(kernel_domain(claim.domain), dict(statement)) + SMALL * ("between" in named and reason is None),
        "statement": claim.statement,
        "proves": dict(statement),
        "route": claim.route,
        "options": dict(claim.options),
        "stated": dict(claim.stated),
        "domain": domain_fields(claim.domain),
        "relation": claim.relation.as_json(),
        "parameters": {name: str(value) for name, value in claim.parameters.items()},
        "definitions": dict(claim.definitions),
        "original": {**named["original"], **claim.original.as_json()},
        "constructed": {**named["constructed"], **measured.as_json()},
        **{role: entry for role, entry in named.items() if role not in ("original", "constructed")},
        "bounds": bounds_json(rows),
        "reason": reason,
        "versions": dict(versions),
        "run": {"seconds": f"{seconds:.3f}"},
    }


def check_structural(path: str, *, max_file: int, **_: Any) -> Checked:
    """Check a structural certificate: digests, the proof, the theorem, measures and bounds.

    Raises
    ------
    ExactnetError
        A file cannot be read, or makes no sense.
    """
    recorded = read_document(path, max_file, SCHEMA)
    files = {role: read_companion(path, recorded[role], what, max_file) for role, what in FILES.items() if role in recorded}
    read = {role: parse_network(*files[role]).network for role in ("original", "between", "constructed") if role in files}
    net, constructed = read["original"], read["constructed"]
    domain = parse_domain(recorded["domain"], len(net.inputs), shown(path))
    report = {**recorded, "domain": _shown_domain(domain)}
    lines: dict[str, int] = {}
    for role, about in proofs_of(files).items():
        try:
            header = check(*(files[name][0] for name in (*about, role)))
        except Refused as error:
            return Checked("wrong", f"the {FILES[role]} does not hold: {error}", report)
        except Unusable as error:
            raise FormatError(f"{files[role][1]}: {error}") from None
        proves = recorded["proves"] if role == "proof" else {"kind": "equal"}
        if (header["domain"], header["statement"]) != (kernel_domain(domain), proves):
            return Checked("wrong", f"the {FILES[role]} proves another theorem", report)
        lines[role] = header["lines"]
    wrong = undefined(net, domain, recorded["route"], recorded["options"])
    if wrong is not None:
        return Checked("wrong", wrong, report)
    stated, copied = recorded["stated"].get("weights"), "between" in files
    claim = claim_of(net, domain, recorded["proves"], recorded["route"], recorded["options"], stated, copied)
    named = {role: (recorded[role]["file"], recorded[role]["sha256"]) for role in files}
    again = json.loads(json.dumps(describe(constructed, claim, recorded["proves"], named, lines, {}, 0)))
    for name, value in again.items():
        if name not in _FREE and recorded[name] != value:
            return Checked("wrong", difference(name, recorded[name], value), report)
    return Checked(recorded["verdict"], recorded["reason"], report)


def _shown_domain(domain: Domain) -> dict[str, Any]:
    described = domain_fields(domain)
    return {"kind": described["kind"], **({"p": domain.frame.p} if described["kind"] == "grid" else {})}
