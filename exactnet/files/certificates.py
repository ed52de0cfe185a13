"""A certificate and its networks on disk: ``c.json``, ``c.original.json``, ``c.constructed.json``."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, cast

from exactnet.files import Source, digest, dump_network, parse_domain, parse_network, read_bytes, shown, write_together
from exactnet.files.decode import at, decode_strictly
from exactnet.files.limits import check_domain_size
from exactnet.files.reports import OLD_FORMAT, document_of
from exactnet.kernel.certificate import Certificate
from exactnet.kernel.domain import Domain
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import Network

__all__ = [
    "Stored",
    "certificate_data",
    "check_name",
    "companions",
    "format_of",
    "read_certificate",
    "read_document",
    "versions",
    "write_certificate",
]


#: What the files of a certificate are.
_WHAT = {"original": "original network", "constructed": "constructed network", "circuits": "file of the circuits"}


@dataclass(frozen=True)
class Stored:
    """A certificate as read: the document, its networks (their digests are right) and the domain."""

    document: Mapping[str, Any]
    original: Network
    constructed: Network
    domain: Domain
    circuits: Network | None = None
    """Under ``S5 network`` the circuits, all beside each other."""


def check_name(path: str) -> None:
    """Raise :class:`FormatError` for a name that a certificate cannot hold."""
    try:
        os.path.basename(path).encode()
    except UnicodeEncodeError:
        raise FormatError(f"{shown(path)}: the name is not UTF-8, and a certificate names the files beside it") from None


def companions(path: str) -> tuple[str, str]:
    """The names of the two networks' files for a certificate's path.

    >>> companions("out/c.json")
    ('out/c.original.json', 'out/c.constructed.json')

    Raises :class:`FormatError` for a name that a certificate cannot hold.
    """
    check_name(path)
    stem = path.removesuffix(".json")
    return f"{stem}.original.json", f"{stem}.constructed.json"


def circuits_file(path: str) -> str:
    """The name of the file of the circuits, for the path of a certificate that has some.

    >>> circuits_file("out/c.json")
    'out/c.circuits.json'
    """
    return f"{path.removesuffix('.json')}.circuits.json"


def versions() -> dict[str, str]:
    """What a certificate is made with."""
    import gmpy2
    import networkx
    import numpy as np
    import sympy

    from exactnet import __version__

    return {
        "exactnet": __version__,
        "python": platform.python_version(),
        "gmpy2": gmpy2.version(),
        "networkx": networkx.__version__,
        "numpy": np.__version__,
        "sympy": sympy.__version__,
    }


def write_certificate(
    path: str,
    net: Network,
    constructed: Network,
    certificate: Certificate,
    seconds: float,
    circuits: Network | None = None,
    source: Source | None = None,
) -> None:
    """Write a certificate and, before it, the networks that it names (``circuits``: under ``S5 network``).

    All or nothing, the certificate last: where it exists, everything that it names does.
    """
    write_together(certificate_data(path, net, constructed, certificate, seconds, circuits, source))


def certificate_data(
    path: str,
    net: Network,
    constructed: Network,
    certificate: Certificate,
    seconds: float,
    circuits: Network | None = None,
    source: Source | None = None,
) -> dict[str, bytes]:
    """The files of a certificate, the certificate the last; ``source`` is what ``net`` was read from."""
    beside, made = companions(path)
    data = {beside: dump_network(net, certificate.domain, source), made: dump_network(constructed, certificate.domain)}
    if circuits is not None:
        data[circuits_file(path)] = dump_network(circuits, None)
    named = [(os.path.basename(file), digest(content)) for file, content in data.items()]
    document = document_of(certificate, dict(zip(_WHAT, named, strict=False)), versions(), seconds)
    data[path] = (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
    return data


def format_of(path: str, max_file: int) -> object:
    """What a file says of its format, whatever else it holds; None where that cannot be told."""
    try:
        document = json.loads(read_bytes(path, max_file))
    except (ValueError, RecursionError):
        return None  # reading it as a certificate will say why
    return document.get("format") if isinstance(document, dict) else None


def read_document(path: str, max_file: int, schema_file: str) -> dict[str, Any]:
    """Decode a certificate and validate it against a schema; one line for whatever is wrong."""
    from jsonschema import Draft202012Validator

    data = read_bytes(path, max_file)
    with at(shown(path)):
        document = decode_strictly(data)
        if isinstance(document, dict) and document.get("format") == OLD_FORMAT:
            raise FormatError(
                f"format {OLD_FORMAT}, whose bounds were stated otherwise; make it anew: exactnet certify ORIGINAL -o CERT"
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
        described = document[role]
        place = os.path.join(os.path.dirname(path), described["file"])
        if os.path.exists(place) and not os.path.isfile(place):
            raise FormatError(f"{shown(place)}: is not a regular file")
        data = read_bytes(place, max_file)
        if digest(data) != described["sha256"]:
            raise FormatError(f"{shown(place)}: is not the {_WHAT[role]} of the certificate (its SHA-256 differs)")
        networks.append(parse_network(data, shown(place)).network)
    domain = parse_domain(document["domain"], len(networks[0].inputs), shown(path))
    with at(shown(path)):
        check_domain_size(domain, networks[0])
    return Stored(document, networks[0], networks[1], domain, *networks[2:])
