"""The format ``exactnet-reals/1``: a certificate about cells, ``c.json``, beside its networks (docs/reals.md).

Lists of integers are text with blanks between them: a proof may have millions.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from gmpy2 import mpq

from exactnet.claims.cells.assertion import Comparison, Join
from exactnet.claims.cells.certificate import Certificate
from exactnet.claims.cells.claims import Claim
from exactnet.claims.cells.forms import Vector
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.claims.cells.replay import Lemma, Proof, ProofError
from exactnet.files.atomic import write_together
from exactnet.files.certificate_writer import dump_document
from exactnet.files.certificates import read_document
from exactnet.files.files import digest, read_companion
from exactnet.files.network_json import parse_network
from exactnet.files.network_writer import dump_network
from exactnet.kernel.errors import FormatError
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational, parse_rational

__all__ = ["FORMAT", "all_files", "claim_json", "document_of", "domain_json", "network_files", "read_cells", "write_cells"]

FORMAT = "exactnet-reals/1"


def network_files(path: str, networks: int) -> tuple[str, ...]:
    """The files of the networks of a certificate.

    >>> network_files("out/c.json", 2)
    ('out/c.a.json', 'out/c.b.json')
    """
    return tuple(f"{path.removesuffix('.json')}.{letter}.json" for letter in "ab"[:networks])


def all_files(path: str, networks: int) -> tuple[str, ...]:
    """All files of a certificate, itself the last."""
    return (*network_files(path, networks), path)


def _text(numbers: Sequence[int]) -> str:
    return " ".join(map(str, numbers))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))


# --- writing ------------------------------------------------------------------------------------


def document_of(certificate: Certificate) -> dict[str, Any]:
    """All of a certificate but for its networks, as it stands in JSON."""
    return {
        "claim": claim_json(certificate.claim),
        "domain": domain_json(certificate.domain),
        "verdict": certificate.verdict,
        "leaves": certificate.leaves,
        **_proof_json(certificate.proof),
        "symmetry": [_proof_json(proof) for proof in certificate.symmetry],
        "pieces": [[list(map(format_rational, piece)) for piece in output] for output in certificate.pieces],
        "witnesses": list(map(_text, certificate.witnesses)),
        "points": [list(map(format_rational, point)) for point in certificate.points],
        "form": None if certificate.form is None else _text(certificate.form),
    }


def claim_json(claim: Claim) -> dict[str, Any]:
    """A claim as it stands in JSON."""
    document: dict[str, Any] = {"kind": claim.kind}
    if claim.permutation is not None:
        document["permutation"] = list(claim.permutation)
    if claim.variable is not None:
        document["variable"] = claim.variable
    if claim.norm is not None:
        document["norm"] = claim.norm
    if claim.bound is not None:
        document["bound"] = format_rational(claim.bound)
    if claim.count is not None:
        document["count"] = claim.count
    if claim.assertion is not None and claim.fixed is not None:
        document["assertion"] = list(map(_part_json, claim.assertion))
        document["room"] = format_rational(claim.room or mpq(0))
        document["fixed"] = [None if value is None else format_rational(value) for value in claim.fixed]
    return document


def _part_json(part: Comparison | Join) -> dict[str, Any]:
    if isinstance(part, Join):
        return {"op": part.op, "parts": part.parts}
    x, y = ({str(place): format_rational(weight) for place, weight in weights} for weights in (part.x, part.y))
    return {"op": ">" if part.strict else ">=", "X": x, "Y": y, "constant": format_rational(part.constant)}


def domain_json(domain: Polyhedron) -> dict[str, Any]:
    """A domain as it stands in JSON."""
    if domain.kind == "box":
        return {"kind": "box", "low": format_rational(domain.ends[0]), "high": format_rational(domain.ends[1])}
    if domain.kind == "polytope":
        return {"kind": "polytope", "inequalities": list(map(_text, domain.forms))}
    return {"kind": domain.kind}


def _proof_json(proof: Proof) -> dict[str, Any]:
    """Forms once, up to sign; a lemma is its conclusion, its den, then every premise with its factor."""
    forms: dict[Vector, int] = {}

    def place(vector: Vector) -> int:
        opposite = tuple(-c for c in vector)
        if opposite in forms:
            return -forms[opposite]
        return forms.setdefault(vector, len(forms) + 1)

    lemmas = []
    for lemma in proof.lemmas:
        numbers = [place(lemma.conclusion), lemma.den]
        for premise, factor in lemma.premises:
            numbers += [place(premise), factor]
        lemmas.append(_text(numbers))
    return {"forms": list(map(_text, forms)), "lemmas": lemmas, "steps": _text(proof.steps)}


def write_cells(path: str, networks: Sequence[Network], certificate: Certificate, seconds: float) -> None:
    """Write a certificate after its networks, all or none."""
    files, described = {}, []
    for place, net in zip(network_files(path, len(networks)), networks, strict=True):
        data = dump_network(net, None)
        described.append({"file": os.path.basename(place), "sha256": digest(data)})
        files[place] = data
    fields = {"format": FORMAT, "networks": described, **document_of(certificate)}
    write_together({**files, path: dump_document(fields, seconds)})


# --- reading ------------------------------------------------------------------------------------


def read_cells(path: str, max_file: int) -> tuple[Certificate, tuple[Network, ...]]:
    """Read a certificate and its networks, whose digests are right.

    Raises
    ------
    FormatError
        where a file is missing, malformed, or not the one that the certificate names.
    ProofError
        where a number of a form is out of range.
    """
    document = read_document(path, max_file, "reals.schema.json")
    networks = []
    for described in document["networks"]:
        networks.append(parse_network(*read_companion(path, described, "network", max_file)).network)
    claim = _claim(document["claim"])
    domain = _domain(document["domain"], claim.variables(networks[:1]))
    certificate = Certificate(
        claim,
        domain,
        document["verdict"],
        document["leaves"],
        _proof(document),
        tuple(map(_proof, document["symmetry"])),
        tuple(tuple(tuple(map(parse_rational, piece)) for piece in output) for output in document["pieces"]),
        tuple(map(_numbers, document["witnesses"])),
        tuple(tuple(map(parse_rational, point)) for point in document["points"]),
        None if document["form"] is None else _numbers(document["form"]),
    )
    return certificate, tuple(networks)


def _claim(data: Mapping[str, Any]) -> Claim:
    images, bound = data.get("permutation"), data.get("bound")
    return Claim(
        data["kind"],
        None if images is None else tuple(images),
        data.get("variable"),
        data.get("norm"),
        None if bound is None else parse_rational(bound),
        data.get("count"),
        tuple(map(_part, data["assertion"])) if "assertion" in data else None,
        parse_rational(data["room"]) if "room" in data else None,
        tuple(None if value is None else parse_rational(value) for value in data["fixed"]) if "fixed" in data else None,
    )


def _part(data: Mapping[str, Any]) -> Comparison | Join:
    if data["op"] in ("and", "or"):
        return Join(data["op"], data["parts"])
    x, y = (tuple((int(place), parse_rational(weight)) for place, weight in data[name].items()) for name in ("X", "Y"))
    return Comparison(x, y, parse_rational(data["constant"]), data["op"] == ">")


def _domain(data: Mapping[str, Any], d: int) -> Polyhedron:
    if data["kind"] == "box":
        return Polyhedron.box(d, parse_rational(data["low"]), parse_rational(data["high"]))
    if data["kind"] == "polytope":
        forms = tuple(map(_numbers, data["inequalities"]))
        domain = Polyhedron.polytope(d, [list(map(mpq, form)) for form in forms])
        if domain.forms != forms:  # a premise of a lemma could not be told from its multiples
            raise FormatError("an inequality of the domain has a common divisor, or is 0")
        return domain
    return Polyhedron.chamber(d) if data["kind"] == "chamber" else Polyhedron(d)


def _proof(data: Mapping[str, Any]) -> Proof:
    forms, used = [_numbers(text) for text in data["forms"]], set[int]()

    def form(number: int) -> Vector:
        if not 0 < abs(number) <= len(forms):
            raise ProofError(f"there is no form {number}")
        used.add(abs(number))
        vector = forms[abs(number) - 1]
        return vector if number > 0 else tuple(-c for c in vector)

    lemmas = []
    for text in data["lemmas"]:
        conclusion, den, *rest = _numbers(text)
        if len(rest) % 2:
            raise ProofError("a lemma has a premise without a factor")
        lemmas.append(Lemma(form(conclusion), den, tuple((form(p), n) for p, n in zip(rest[::2], rest[1::2], strict=True))))
    if len(used) < len(forms):
        raise ProofError("there are forms of no lemma")
    return Proof(lemmas, _numbers(data["steps"]))
