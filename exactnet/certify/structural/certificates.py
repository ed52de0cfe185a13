"""Certify without enumerating: construct, prove, state bounds. Nothing here is trusted with a verdict
(:mod:`exactnet.check.structural`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gmpy2 import mpq

from exactnet.certify.structural.comparing import prove_copies
from exactnet.certify.structural.proving import ROUTES, Form, NotProved, StructuralProof, certify_structural, required
from exactnet.certify.structural.searching import search
from exactnet.check.structural import claim_of, describe, proofs_of
from exactnet.claims.statements import LIMIT, STATEMENTS, kind_of
from exactnet.construct.base.messages import short
from exactnet.construct.routes.registry import Task, find_route
from exactnet.files.atomic import write_together
from exactnet.files.certificate_writer import companions, versions
from exactnet.files.files import digest
from exactnet.files.network_json import parse_network
from exactnet.kernel.domain import Cube, Domain, Grid
from exactnet.kernel.errors import FormatError, NetworkError, RefusedError, clip_text
from exactnet.kernel.network import Network
from exactnet.kernel.sweep import Counterexample
from exactnet.kernel.values import evaluate
from exactnet.structural.checking import check

__all__ = ["NotCertified", "StructuralResult", "certify_by_proof", "companion_files", "structural_result", "write_structural"]


class NotCertified(RefusedError):
    """A network that no tactic proves, and an input on which it is wrong, if a search has found one."""

    def __init__(self, message: str, counterexample: Counterexample | None) -> None:
        super().__init__(message)
        self.counterexample = counterexample


@dataclass(frozen=True)
class StructuralResult:
    """A proof, and the certificate that says what it proves (without the names of its files).

    Attributes
    ----------
    files : by their roles.
    """

    proof: StructuralProof
    files: dict[str, bytes]
    document: dict[str, Any]


def companion_files(path: str, roles: Iterable[str]) -> dict[str, str]:
    """The names of the files of a certificate by their roles, for its path.

    >>> companion_files("out/c.json", ["original", "constructed", "proof"])["proof"]
    'out/c.proof.gz'
    """
    original, constructed = companions(path)
    stem = path.removesuffix(".json")
    names = {
        "original": original,
        "constructed": constructed,
        "proof": f"{stem}.proof.gz",
        "between": f"{stem}.between.json",
        "copying": f"{stem}.copying.gz",
    }
    return {role: names[role] for role in roles}


def certify_by_proof(
    net: Network,
    domain: Domain,
    *,
    route: str = "lookahead",
    options: Mapping[str, str] | None = None,
    precision: int | None = None,
    output_range: int | None = None,
    clip: bool = False,
    stated: str | None = None,
    constant: bool = False,
    budget: int | None = None,
) -> StructuralResult:
    """Construct a network with small weights and prove it right on all of a cube or a grid.

    Parameters
    ----------
    precision : ``r`` of the rounded and the clipped form; None for the exact form.
    output_range : ``R``: where values are clipped; else a hypothesis ``|N(x)| <= R`` of the theorem, or None in exact
        form, where the range
        is then proved.
    stated : a bound on weights and biases, in the symbols of the bounds.
    constant : S2: neurons are copied until every weight and bias is at most 1, and a second proof says that this changes nothing.
    budget : the most bytes that building the copies may take.

    Raises
    ------
    NotCertified : no tactic proves it, which refutes nothing; the message names the first step that fails.
    RefusedError : no range of the outputs is proved.
    FormatError, NetworkError, SizeError : the request makes no sense, or is too large to build.
    """
    if not isinstance(domain, Cube | Grid):
        raise FormatError("--structural is about all inputs of a cube or a grid, not about a list of points")
    if route not in ROUTES:
        raise FormatError(f"--structural proves what the routes {', '.join(ROUTES)} build, not yet {route}")
    if output_range is not None and output_range < 1:
        raise FormatError("the range R is a positive integer")
    form = _form(net, precision, output_range, clip)
    for name in net.outputs:
        if name in net.inputs:
            raise NetworkError(f"output {clip_text(name)} is an input, of which a proof says nothing: give it a node of its own")
    if constant and form == "circuit":
        raise NetworkError("weights bounded by a constant (S2) are for ReLU networks; this is a threshold circuit")
    name = {"exact": "S1 exact", "rounded": "S1 rounded", "clipped": "S1 clipped", "circuit": "S3"}[form]
    wanted = {**(options or {}), **required(route, form)}
    if form in ("exact", "circuit"):
        wanted.pop("output", None)
    task = Task(net, domain, domain, STATEMENTS[name], output_range or 1, precision or 1)
    chosen = find_route(route).options(task, wanted)
    try:
        proof = certify_structural(
            net, domain, form, route=route, options=chosen, output_range=output_range, r=precision or 1
        )
    except NotProved as error:
        if error.claim is None:
            raise RefusedError(str(error)) from error
        constructed, statement = error.claim
        claim = claim_of(net, domain, statement, route, chosen, stated, constant)
        result = search(net, constructed, domain, claim.relation, supposed=supposed_by(net, statement))
        raise NotCertified(f"{error}; {result}", result.counterexample) from error
    proved = proof.statement.get("R", 1)
    if output_range is None and proved > LIMIT:
        raise RefusedError(
            f"the range that is proved is R = {short(mpq(proved))}, more than {LIMIT}: weights would be as large; "
            "--range R supposes a smaller one, and --precision 1/r --range R --clip needs no hypothesis"
        )
    try:
        copies = prove_copies(proof.constructed, domain, budget) if constant else None
    except NotProved as error:  # of two networks that are equal by their construction
        raise NotCertified(f"{error}", None) from error
    return structural_result(proof, net, domain, route, chosen, stated, copies)


def structural_result(
    proof: StructuralProof,
    net: Network,
    domain: Cube | Grid,
    route: str,
    options: Mapping[str, str],
    stated: str | None,
    copies: StructuralProof | None = None,
) -> StructuralResult:
    """A proof, checked, with its certificate; under S2 a second one, that copies of what the first constructs are equal to it."""
    last = proof if copies is None else copies
    files = {"original": proof.original, "constructed": last.constructed, "proof": proof.dump()}
    if copies is not None:
        files |= {"between": proof.constructed, "copying": copies.dump()}
    lines = {
        role: check(*(files[name] for name in (*about, role)))["lines"] for role, about in proofs_of(files).items()
    }
    claim = claim_of(net, domain, proof.statement, route, options, stated, copies is not None)
    constructed = parse_network(last.constructed, "the constructed network").network
    document = describe(constructed, claim, proof.statement, dict.fromkeys(files, ("", "")), lines, versions(), 0)
    return StructuralResult(proof, files, document)


def supposed_by(net: Network, statement: Mapping[str, Any]) -> Callable[[tuple[mpq, ...]], bool]:
    """Whether the hypotheses of a statement hold at an input."""
    kind, r, most = statement["kind"], statement.get("r", 1), statement.get("R")
    if kind not in ("equal if", "floor if"):
        return lambda point: True
    return lambda point: all(
        abs(value) <= most and (kind == "floor if" or (r * value).denominator == 1) for value in evaluate(net, point)
    )


def _form(net: Network, precision: int | None, output_range: int | None, clip: bool) -> Form:
    """The form that options ask for."""
    if kind_of(net) == "circuit":
        if clip or precision is not None:
            raise NetworkError(
                "--precision and --clip are for ReLU networks; this is a threshold circuit, whose outputs are 0 or 1"
            )
        return "circuit"
    if precision is None:
        if clip:
            raise FormatError("values are clipped in rounded form only: give --precision 1/r and --range R")
        return "exact"
    if output_range is None:
        raise FormatError(
            "--structural does not evaluate: name the range of the outputs, --range R (and --clip, which needs no hypothesis)"
        )
    return "clipped" if clip else "rounded"


def write_structural(path: str, result: StructuralResult, seconds: float) -> dict[str, Any]:
    """Write a certificate, its networks and its proof, all or none; the document."""
    names = companion_files(path, result.files)
    document = dict(result.document)
    for role, content in result.files.items():
        document[role] = {**document[role], "file": os.path.basename(names[role]), "sha256": digest(content)}
    document["run"] = {"seconds": f"{seconds:.3f}"}
    text = json.dumps(document, indent=1) + "\n"
    write_together({**{names[role]: content for role, content in result.files.items()}, path: text.encode()})
    return document
