"""Certificates that are proved: the kernel of the directory ``structural`` checks the proof; the rest is as in other
certificates.

To believe: that the proof is about the two files next to the certificate, that what it proves is what the certificate
says, and that measures, parameters and bounds are held against the networks by :mod:`.claims`. The kernel
(``kernel.py`` and ``checking.py`` in the directory ``structural`` beside this one: the standard library alone) is the
only code that is shared, and is no part of this directory: who copies this one copies that one too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from itertools import islice
from typing import Any

from .certificate import FORMAT, Certificate
from .claims import check_claims, check_refutation, on_trust
from .definitions import check_definition
from .fields import PROOF, check_table, is_text
from .network import read_net
from .reading import Unusable, Wrong, clip, demand, read_beside
from .told import check_told

FORM = "exactnet-structural-certificate/2"
WHAT = {"proof": "proof", "copying": "proof of equality"}
SMALL = "; its weights and biases are at most 1"  # what the theorem says under S2 besides, unless a bound fails
STATEMENTS = {"equal if": "S1 exact", "floor if": "S1 rounded", "clip": "S1 clipped"}


def checker() -> Any:
    """The module that checks proofs, from the directory beside this one."""
    above = (__package__ or "").rpartition(".")[0]
    try:
        return import_module(f"{above}.structural.checking" if above else "structural.checking")
    except ImportError:
        raise Unusable("proofs are checked by the directory structural, which is not beside this one") from None


def check_proved(data: Mapping[str, Any], path: str, max_file: int, verified: bool = False) -> Iterator[str]:
    """Check a certificate that is proved and say line by line what is confirmed; the last line is the verdict.

    With ``verified`` the proof is checked once more, by the program whose soundness is proved in Coq (:mod:`.told`).
    """
    copied = "between" in data or "copying" in data  # S2
    fields = {"theorem": is_text, "proves": is_statement, "proof": is_proof}
    fields |= {"between": is_file, "copying": is_proof} if copied else {}
    extra = {name: data[name] for name in fields if name in data}
    check_table(extra, fields, "the certificate")
    routes = ("lookahead", "residue", "compact", "stacked", "classical")  # others are about one function
    demand(data.get("route") in routes, f"the route is not one of {', '.join(routes)}, whose networks are proved")
    proves = data["proves"]
    kind = proves["kind"]
    plain = {name: value for name, value in data.items() if name not in extra}
    plain |= {
        "format": FORMAT,
        "promised": kind != "equal",
        "inputs_checked": "0",
        "outputs": None,
        "counterexample": None,
    }
    certificate = Certificate(path, max_file, plain)
    name = STATEMENTS.get(kind) or ("S1 exact" if "R" in proves else "S3")
    name = f"S2{name[2:]}" if copied else name  # of S3 there is none
    demand(certificate.statement == name, f"a proof of {clip(kind)} is none of {clip(certificate.statement)}")
    numbers = (certificate.r, certificate.parameters.get("R"))
    demand(numbers == (proves.get("r", 1), proves.get("R", 1)), "r and R are not those of the proof")
    yield f"{clip(certificate.statement)}: {clip(certificate.domain.kind)}, d = {certificate.domain.d}"
    yield from check_proof(data, path, max_file, certificate, verified)
    if certificate.route == "classical":
        yield check_definition(certificate.original, certificate.data["options"], certificate.domain.kind)
    yield from check_claims(certificate)
    if certificate.verdict == "refuted":
        yield check_refutation(certificate)
    yield on_trust(certificate)
    yield certificate.verdict


def check_proof(
    data: Mapping[str, Any], path: str, max_file: int, certificate: Certificate, verified: bool
) -> Iterator[str]:
    """The proofs prove the theorem of the certificate, about its files; the verified program says so again.

    Under S2 ``proof`` is about the original and a network between, and ``copying`` says that the constructed network is equal
    to this one on all of the domain: so it may stand in its place.
    """
    program, copied = checker(), "between" in data
    roles = ("original", "between", "constructed", "proof", "copying")
    files = {role: read_beside(path, data[role], role, max_file) for role in roles if role in data}
    yield f"confirmed: SHA-256 of {'all networks and proofs' if copied else 'both networks and of the proof'}"
    networks = {"original": certificate.original, "constructed": certificate.constructed}
    steps = {"proof": ("original", "constructed")}
    if copied:
        networks["between"] = read_net(*files["between"])
        steps = {"proof": ("original", "between"), "copying": ("between", "constructed")}
    for role, (one, other) in steps.items():
        try:
            header = program.check(*(files[name][0] for name in (one, other, role)))
        except program.Refused as error:
            raise Wrong(f"the {WHAT[role]}: {clip(error)}") from None
        except program.Unusable as error:
            raise Unusable(f"the {WHAT[role]}: {clip(error)}") from None
        proves = data["proves"] if role == "proof" else {"kind": "equal"}
        demand(header["domain"] == data["domain"], f"the {WHAT[role]} is about another domain")
        demand(header["statement"] == proves, f"the {WHAT[role]} proves something else")
        demand(header["lines"] == data[role]["lines"], f"the {WHAT[role]} has another number of lines")
        theorem = program.theorem(header["domain"], proves)
        if role == "proof":
            said = theorem + SMALL * (copied and certificate.verdict == "certified")
            demand(said == data["theorem"], f"what is proved is: {said}")
        about = "" if role == "proof" else ", of the constructed network and the one between"
        yield f"confirmed: {said if role == 'proof' else theorem}{about} ({header['lines']} lines)"
        if verified:
            lines = map(program.parse, islice(program.lines_of(files[role][0]), 1, None))
            yield from check_told(networks[one], networks[other], certificate.domain, proves, lines)


def is_statement(value: object) -> bool:
    """A statement of the kernel; its numbers are looked at by the kernel."""
    return isinstance(value, dict) and isinstance(value.get("kind"), str)


def is_file(value: object) -> bool:
    """The name and the digest of a file."""
    check_table(value, {name: PROOF[name] for name in ("file", "sha256")}, "the network between")
    return True


def is_proof(value: object) -> bool:
    """The name, the digest and the lines of a proof."""
    check_table(value, PROOF, "the proof")
    return True
