"""The format ``exactnet-depth/1``: layers, a rule for those that follow, and everything that is found of them
(docs/infinite-depth.md).

Rows of numbers are text with blanks between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gmpy2 import mpq

from exactnet.claims.depth import Affine, Findings, Layer, Tail
from exactnet.files.atomic import write_atomic
from exactnet.files.certificate_writer import dump_document
from exactnet.files.certificates import read_document
from exactnet.files.decode import as_fields, as_list, as_text, at, decode
from exactnet.files.files import read_bytes, shown
from exactnet.kernel.errors import FormatError
from exactnet.kernel.rationals import format_rational, parse_rational

__all__ = ["FORMAT", "document_of", "read_depth", "read_layers", "write_depth"]

FORMAT = "exactnet-depth/1"
_MOST_LAYERS, _MOST_WIDTH = 1000, 64


def _text(numbers: Iterable[mpq]) -> str:
    return " ".join(map(format_rational, numbers))


def _layer_json(layer: Affine) -> dict[str, Any]:
    return {"W": list(map(_text, layer[0])), "b": _text(layer[1])}


def document_of(layers: Sequence[Layer], tail: Tail | None, findings: Findings) -> dict[str, Any]:
    """All of a certificate, as it stands in JSON."""
    needed = findings.necessary
    return {
        "format": FORMAT,
        "statement": "D1 D2 D3",
        "verdict": "certified",
        "layers": list(map(_layer_json, layers)),
        "tail": tail and {name: format_rational(getattr(tail, name)) for name in ("a", "b", "rho")},
        "cells": [
            {
                "pattern": " ".join("".join(map(str, active)) for active in cell.pattern),
                **_layer_json(cell.map),
                "witness": _text(cell.witness),
                "facets": " ".join(cell.facets),
                "settled": cell.settled,
            }
            for cell in findings.cells
        ],
        "steps": list(map(_text, findings.steps)),
        "limit": None if findings.limit is None else format_rational(findings.limit),
        "necessary": needed and {"cell": needed.cell, "first": needed.first, "rows": list(map(_text, needed.rows))},
    }


def write_depth(path: str, layers: Sequence[Layer], tail: Tail | None, findings: Findings, seconds: float) -> None:
    """Write a certificate."""
    write_atomic(path, dump_document(document_of(layers, tail, findings), seconds))


def read_depth(path: str, max_file: int) -> tuple[list[Layer], Tail | None, Mapping[str, Any]]:
    """The layers, the rule and the document of a certificate. Raises :class:`FormatError`."""
    document = read_document(path, max_file, "depth.schema.json")
    with at(shown(path)):
        tail = document["tail"]
        return (
            _layers(document["layers"]),
            tail and Tail(*(parse_rational(tail[name]) for name in ("a", "b", "rho"))),
            document,
        )


def read_layers(path: str, max_file: int) -> list[Layer]:
    """Read ``{"layers": [{"W": ["1 1/2", "0 1"], "b": "0 1"}, ...]}``. Raises :class:`FormatError`, which names the layer."""
    data = read_bytes(path, max_file)
    with at(shown(path)):
        entries = as_list(as_fields(decode(data), {"layers"}, ("layers",))["layers"])
        if not 1 <= len(entries) <= _MOST_LAYERS:
            raise FormatError(f"{len(entries)} layers; from 1 to {_MOST_LAYERS} are read")
        return _layers(entries)


def _layers(entries: Sequence[Any]) -> list[Layer]:
    layers: list[Layer] = []
    for number, entry in enumerate(entries, 1):
        with at(f"layer {number}"):
            fields = as_fields(entry, {"W", "b"}, ("W", "b"))
            rows = [_vector(row) for row in as_list(fields["W"])]
            bias = _vector(fields["b"])
            width = len(layers[0][1]) if layers else len(bias)
            if {len(bias), len(rows), *map(len, rows)} != {width} or not 1 <= width <= _MOST_WIDTH:
                raise FormatError(f"W and b are not of {width} rows and columns")
            layers.append((tuple(rows), bias))
    return layers


def _vector(text: object) -> tuple[mpq, ...]:
    return tuple(map(parse_rational, as_text(text).split()))
