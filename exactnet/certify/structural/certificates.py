"""Certify without enumerating: construct, prove, state bounds. Nothing here is trusted with a verdict
(:mod:`exactnet.check.structural`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gmpy2 import mpq

from exactnet.certify.structural.proving import REQUIRED, ROUTES, Form, NotProved, StructuralProof, certify_structural
from exactnet.certify.structural.searching import search
from exactnet.check.structural import claim_of, describe
from exactnet.claims.statements import STATEMENTS, kind_of
from exactnet.construct.routes.registry import Task, find_route
from exactnet.files.atomic import write_together
from exactnet.files.certificate_writer import companions, versions
from exactnet.files.files import digest
from exactnet.files.network_json import parse_network
from exactnet.kernel.domain import Cube, Domain, Grid
from exactnet.kernel.errors import FormatError, NetworkError, RefusedError
from exactnet.kernel.network import Network
from exactnet.kernel.sweep import Counterexample
from exactnet.kernel.values import evaluate
from exactnet.structural.checking import check

__all__ = ["NotCertified", "StructuralResult", "certify_by_proof", "proof_file", "structural_result", "write_structural"]


class NotCertified(RefusedError):
    """A network that no tactic proves, and an input on which it is wrong, if a search has found one."""

    def __init__(self, message: str, counterexample: Counterexample | None) -> None:
        super().__init__(message)
        self.counterexample = counterexample


@dataclass(frozen=True)
class StructuralResult:
    """A proof, and the certificate that says what it proves (without the names of its files)."""

    proof: StructuralProof
    data: bytes
    document: dict[str, Any]


def proof_file(path: str) -> str:
    """The name of the proof's file for the path of a certificate.

    >>> proof_file("out/c.json")
    'out/c.proof.gz'
    """
    return f"{path.removesuffix('.json')}.proof.gz"


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
) -> StructuralResult:
    """Construct a network with small weights and prove it right on all of a cube or a grid.

    Parameters
    ----------
    precision : ``r`` of the rounded and the clipped form; None for the exact form.
    output_range : ``R``: where values are clipped; else a hypothesis ``|N(x)| <= R`` of the theorem, or None in exact
        form, where the range
        is then proved.
    stated : a bound on weights and biases, in the symbols of the bounds.

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
    form = _form(net, precision, output_range, clip)
    name = {"exact": "S1 exact", "rounded": "S1 rounded", "clipped": "S1 clipped", "circuit": "S3"}[form]
    wanted = {**(options or {}), **REQUIRED[route]}
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
        claim = claim_of(net, domain, statement, route, chosen, stated)
        result = search(net, constructed, domain, claim.relation, supposed=supposed_by(net, statement))
        raise NotCertified(f"{error}; {result}", result.counterexample) from error
    return structural_result(proof, net, domain, route, chosen, stated)


def structural_result(
    proof: StructuralProof, net: Network, domain: Cube | Grid, route: str, options: Mapping[str, str], stated: str | None
) -> StructuralResult:
    """A proof, checked, with its certificate."""
    data = proof.dump()
    lines = check(proof.original, proof.constructed, data)["lines"]
    claim = claim_of(net, domain, proof.statement, route, options, stated)
    constructed = parse_network(proof.constructed, "the constructed network").network
    none = dict.fromkeys(("original", "constructed", "proof"), ("", ""))
    document = describe(constructed, claim, proof.statement, none, lines, versions(), 0)
    return StructuralResult(proof, data, document)


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
    beside, constructed = companions(path)
    data = {beside: result.proof.original, constructed: result.proof.constructed, proof_file(path): result.data}
    roles = ("original", "constructed", "proof")
    document = dict(result.document)
    for role, (file, content) in zip(roles, data.items(), strict=True):
        document[role] = {**document[role], "file": os.path.basename(file), "sha256": digest(content)}
    document["run"] = {"seconds": f"{seconds:.3f}"}
    text = json.dumps(document, indent=1) + "\n"
    write_together({**data, path: text.encode()})
    return document
