"""The format ``exactnet-continuous/1``: a certificate about real inputs, beside the one of the grid (docs/continuous.md).

``c.json`` names ``c.grid.json``, which is a certificate of its own, with both networks beside it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from gmpy2 import mpq

from exactnet.certificate import Certificate, bounds_json
from exactnet.certificate_files import companions, read_document, versions, write_certificate
from exactnet.continuous.judge import Judgement, OutputRow
from exactnet.continuous.ranges import Range
from exactnet.io import digest, read_bytes, write_atomic
from exactnet.network import Network
from exactnet.rationals import format_rational

__all__ = ["FORMAT", "all_files", "document_of", "findings", "grid_path", "read_continuous", "write_continuous"]

FORMAT = "exactnet-continuous/1"


def grid_path(path: str) -> str:
    """The file of the certificate on the grid.

    >>> grid_path("out/c.json")
    'out/c.grid.json'
    """
    return f"{path.removesuffix('.json')}.grid.json"


def all_files(path: str) -> tuple[str, ...]:
    """All files of a certificate, itself the last."""
    return (*companions(grid_path(path)), grid_path(path), path)


def _ends(ends: Range) -> list[str]:
    return [format_rational(end) for end in ends]


def _number(value: mpq | None) -> str | None:
    return None if value is None else format_rational(value)


def _output(row: OutputRow) -> dict[str, Any]:
    exact = row.exact
    return {
        "range": _ends(row.range),
        "original": _ends(row.original),
        "apart": _number(row.apart),
        "spread": _number(row.spread),
        "pieces": row.pieces,
        "variation": _number(row.variation),
        "bound": _number(row.bound),
        "exact": exact and {"clipped": _number(exact.clipped), "plain": _number(exact.plain)},
    }


def findings(judgement: Judgement) -> dict[str, Any]:
    """Everything that follows from the two networks and the setting, as it stands in JSON."""
    return {
        "verdict": judgement.verdict,
        "reason": judgement.reason,
        "delta": _number(judgement.setting.delta),
        "density": _number(judgement.setting.density),
        "exact": judgement.setting.exact,
        "inputs": {
            name: {
                "bits": {str(s): node for s, node in sorted(found.nodes.items())},
                "pieces": found.pieces,
                "intervals": found.intervals,
                "bad": _number(found.bad),
            }
            for name, found in judgement.bits.inputs.items()
        },
        "bad": _number(judgement.bad),
        "outputs": {name: _output(row) for name, row in judgement.outputs.items()},
        "bounds": bounds_json(judgement.bounds),
    }


def document_of(judgement: Judgement, grid: Mapping[str, str], seconds: float) -> bytes:
    """The certificate as a file. ``grid``: the name of the grid's file, and the digests of both networks."""
    document = {
        "format": FORMAT,
        "grid": dict(grid),
        **findings(judgement),
        "versions": versions(),
        "run": {"seconds": f"{seconds:.3f}"},
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def write_continuous(
    path: str, net: Network, constructed: Network, grid: Certificate, judgement: Judgement, seconds: float
) -> None:
    """Write a certificate with the files that it names; it is written last, each file whole or not at all."""
    beside = grid_path(path)
    write_certificate(beside, net, constructed, grid, seconds)
    original, made = companions(beside)
    digests = {role: digest(read_bytes(file)) for role, file in (("original", original), ("constructed", made))}
    write_atomic(path, document_of(judgement, {"file": os.path.basename(beside), **digests}, seconds))


def read_continuous(path: str, max_file: int) -> dict[str, Any]:
    """Read such a certificate; the one of the grid is for the caller to read. Raises :class:`FormatError`."""
    return read_document(path, max_file, "continuous.schema.json")
