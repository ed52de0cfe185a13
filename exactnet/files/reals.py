"""The format ``exactnet-continuous/1``: a certificate about real inputs, beside the one of the grid (docs/continuous.md).

``c.json`` names ``c.grid.json``, which is a certificate of its own, with both networks beside it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from gmpy2 import mpq

from exactnet.claims.reals.judgement import Judgement, OutputRow
from exactnet.claims.reals.segment import Range
from exactnet.files.atomic import write_together
from exactnet.files.certificate_writer import certificate_data, companions, dump_document
from exactnet.files.certificates import read_document
from exactnet.files.document import bounds_json
from exactnet.files.files import digest
from exactnet.kernel.judge import Certificate
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational

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
                "bits": {str(s): node for s, node in sorted(line.nodes.items())},
                "pieces": line.pieces,
                "intervals": line.intervals,
                "bad": _number(line.bad),
            }
            for name, line in judgement.bits.inputs.items()
        },
        "bad": _number(judgement.bad),
        "outputs": {name: _output(row) for name, row in judgement.outputs.items()},
        "bounds": bounds_json(judgement.bounds),
    }


def document_of(judgement: Judgement, grid: Mapping[str, str], seconds: float) -> bytes:
    """The certificate as a file. ``grid``: the name of the grid's file, and the digests of both networks."""
    return dump_document({"format": FORMAT, "grid": dict(grid), **findings(judgement)}, seconds)


def write_continuous(
    path: str, net: Network, constructed: Network, grid: Certificate, judgement: Judgement, seconds: float
) -> None:
    """Write a certificate with the files that it names; it is written last, all or nothing."""
    beside = grid_path(path)
    data = certificate_data(beside, net, constructed, grid, seconds)
    digests = dict(zip(("original", "constructed"), map(digest, data.values()), strict=False))
    write_together({**data, path: document_of(judgement, {"file": os.path.basename(beside), **digests}, seconds)})


def read_continuous(path: str, max_file: int) -> dict[str, Any]:
    """Read such a certificate; the one of the grid is for the caller to read. Raises :class:`FormatError`."""
    return read_document(path, max_file, "continuous.schema.json")
