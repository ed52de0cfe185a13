"""Certificates about cells that check and recheck both confirm, or both refuse."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from exactnet.certify.cells import decide
from exactnet.claims.cells.certificate import Certificate, verify
from exactnet.claims.cells.claims import Claim
from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.files.cells import read_cells, write_cells
from exactnet.kernel.errors import ExactnetError
from exactnet.kernel.network import Network
from exactnet.recheck import Unusable, Wrong, recheck


def confirmed(claim: Claim, networks: Sequence[Network], domain: Polyhedron, tmp: Path) -> Certificate:
    """Decide, verify, write, read again, verify, recheck."""
    certificate = decide(claim, networks, domain)
    verify(certificate, networks)
    path = str(tmp / "c.json")
    write_cells(path, networks, certificate, 0.0)
    again, nets = read_cells(path, 2**24)
    assert again == replace(certificate, proof=again.proof, symmetry=again.symmetry)
    verify(again, nets)
    assert list(recheck(path))[-1] == certificate.verdict
    return certificate


def refused(path: Path, document: dict[str, object]) -> bool:
    """Whether check and recheck both refuse a changed certificate."""
    path.write_text(json.dumps(document))
    refusals = []
    try:
        verify(*read_cells(str(path), 2**24))
        refusals.append(False)
    except ExactnetError:
        refusals.append(True)
    try:
        list(recheck(str(path)))
        refusals.append(False)
    except (Wrong, Unusable):
        refusals.append(True)
    assert refusals[0] == refusals[1], "check and recheck differ"
    return refusals[0]
