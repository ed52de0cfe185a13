"""Reading a certificate and its networks: ``c.json``, ``c.original.json``, ``c.constructed.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, cast

from exactnet.files.decode import at, decode_strictly
from exactnet.files.document import OLD_FORMATS
from exactnet.files.files import read_bytes, read_companion, shown
from exactnet.files.limits import check_domain_size
from exactnet.files.network_json import parse_domain, parse_network
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import Network

__all__ = ["WHAT", "Stored", "read_certificate", "read_document"]


#: What the files of a certificate are.
WHAT = {"original": "original network", "constructed": "constructed network", "circuits": "file of the circuits"}


@dataclass(frozen=True)
class Stored:
    """A certificate as read: the document, its networks (their digests are right) and the domain."""

    document: Mapping[str, Any]
    original: Network
    constructed: Network
    domain: Domain
    circuits: Network | None = None
    """Under ``S5 network`` the circuits, all beside each other."""


def read_document(path: str, max_file: int, schema_file: str) -> dict[str, Any]:
    """Decode a certificate and validate it against a schema; one line for whatever is wrong."""
    from jsonschema import Draft202012Validator

    data = read_bytes(path, max_file, regular=True)
    with at(shown(path)):
        document = decode_strictly(data)
        if isinstance(document, dict) and document.get("format") in OLD_FORMATS:
            raise FormatError(
                f"format {document['format']}, whose bounds and measures were stated otherwise; "
                "make it anew: exactnet certify ORIGINAL -o CERT"
            )
        schema = json.loads(resources.files("exactnet.files.schemas").joinpath(schema_file).read_text())
        first = min(Draft202012Validator(schema).iter_errors(document), key=lambda e: list(map(str, e.path)), default=None)
        if first is not None:
            place = ".".join(str(part) for part in first.path) or "the certificate"
            raise FormatError(f"{clip_text(place)}: {clip_text(first.message, 120)}")
    return cast("dict[str, Any]", document)


def read_certificate(path: str, max_file: int) -> Stored:
    """Read a certificate and its networks.

    Raises :class:`FormatError` where a file is missing, malformed, or not the one that the certificate names (its
    digest differs).
    """
    document = read_document(path, max_file, "certificate.schema.json")
    networks = []
    for role in ("original", "constructed", *(["circuits"] if "circuits" in document else [])):
        networks.append(parse_network(*read_companion(path, document[role], WHAT[role], max_file)).network)
    domain = parse_domain(document["domain"], len(networks[0].inputs), shown(path))
    with at(shown(path)):
        check_domain_size(domain, networks[0])
    return Stored(document, networks[0], networks[1], domain, *networks[2:])
