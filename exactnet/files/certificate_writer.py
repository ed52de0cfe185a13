"""Writing a certificate and its networks: ``c.json``, ``c.original.json``, ``c.constructed.json``; all or nothing."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from typing import Any

from exactnet.files.atomic import write_together
from exactnet.files.certificates import WHAT
from exactnet.files.document import document_of
from exactnet.files.files import digest, shown
from exactnet.files.network_json import Source
from exactnet.files.network_writer import dump_network
from exactnet.kernel.errors import FormatError
from exactnet.kernel.judge import Certificate
from exactnet.kernel.network import Network

__all__ = ["certificate_data", "check_name", "companions", "dump_document", "versions", "write_certificate"]


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
    from importlib.metadata import version

    import gmpy2
    import numpy as np

    from exactnet import __version__

    return {
        "exactnet": __version__,
        "python": platform.python_version(),
        "gmpy2": gmpy2.version(),
        "numpy": np.__version__,
        "sympy": version("sympy"),
    }


def write_certificate(
    path: str,
    net: Network,
    constructed: Network,
    certificate: Certificate,
    seconds: float,
    circuits: Network | None = None,
    source: Source | None = None,
    other: Source | None = None,
) -> None:
    """Write a certificate and, before it, the networks that it names (``circuits``: under ``S5 network``).

    All or nothing, the certificate last: where it exists, everything that it names does.
    """
    write_together(certificate_data(path, net, constructed, certificate, seconds, circuits, source, other))


def dump_document(fields: Mapping[str, Any], seconds: float) -> bytes:
    """A certificate as a file: its fields, the versions of what made it, and how long that took."""
    document = {**fields, "versions": versions(), "run": {"seconds": f"{seconds:.3f}"}}
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def certificate_data(
    path: str,
    net: Network,
    constructed: Network,
    certificate: Certificate,
    seconds: float,
    circuits: Network | None = None,
    source: Source | None = None,
    other: Source | None = None,
) -> dict[str, bytes]:
    """The files of a certificate, the certificate the last; ``source`` and ``other`` are what the networks were read from."""
    beside, constructed_path = companions(path)
    data = {
        beside: dump_network(net, certificate.domain, source),
        constructed_path: dump_network(constructed, certificate.domain, other),
    }
    if circuits is not None:
        data[circuits_file(path)] = dump_network(circuits, None)
    named = [(os.path.basename(file), digest(content)) for file, content in data.items()]
    document = document_of(certificate, dict(zip(WHAT, named, strict=False)), versions(), seconds)
    data[path] = (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
    return data
