"""The format ``exactnet-radial/1``: a certificate of R2, ``c.json``, beside its network (docs/radial.md)."""

from __future__ import annotations

import os
from typing import Any

from exactnet.claims.radial import Certificate, Profile, RadialError, Target, Type
from exactnet.files.atomic import write_together
from exactnet.files.certificate_writer import check_name, dump_document
from exactnet.files.certificates import read_document
from exactnet.files.files import digest, read_companion
from exactnet.files.network_json import parse_network
from exactnet.files.network_writer import dump_network
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import format_rational, parse_rational

__all__ = ["FORMAT", "all_files", "document_of", "read_radial", "write_radial"]

FORMAT = "exactnet-radial/1"


def all_files(path: str) -> tuple[str, str]:
    """The file of the network, and of the certificate.

    >>> all_files("out/c.json")
    ('out/c.network.json', 'out/c.json')
    """
    check_name(path)
    return f"{path.removesuffix('.json')}.network.json", path


def document_of(certificate: Certificate) -> dict[str, Any]:
    """All of a certificate but for its network, as it stands in JSON."""
    target = certificate.target
    on_grid = isinstance(target, Target)
    pairs = target.values.items() if isinstance(target, Target) else target.knots
    return {
        "p": certificate.p,
        "on": "grid" if on_grid else "reals",
        "target": [[format_rational(at) if not isinstance(at, int) else str(at), format_rational(value)] for at, value in pairs],
        "cells": target.cells if isinstance(target, Profile) else 0,
        "ridges": [
            {"type": " ".join(map(str, kind)), "polynomial": list(map(format_rational, polynomial))}
            for kind, polynomial in certificate.polynomials.items()
        ],
        "epsilon": format_rational(certificate.epsilon),
        "error": format_rational(certificate.error),
        "exact": certificate.exact,
        "neurons": certificate.neurons,
    }


def write_radial(path: str, net: Network, certificate: Certificate, seconds: float) -> None:
    """Write a certificate after its network, both or none."""
    place, _ = all_files(path)
    data = dump_network(net, None)
    network = {"file": os.path.basename(place), "sha256": digest(data)}
    fields = {"format": FORMAT, "network": network, **document_of(certificate)}
    write_together({place: data, path: dump_document(fields, seconds)})


def read_radial(path: str, max_file: int) -> tuple[Certificate, Network]:
    """Read a certificate and its network, whose digest is right.

    Raises
    ------
    FormatError
        where a file is missing, malformed, or not the one that the certificate names.
    RadialError
        where something is listed twice.
    """
    document = read_document(path, max_file, "radial.schema.json")
    net = parse_network(*read_companion(path, document["network"], "network", max_file)).network
    pairs = [(parse_rational(at), parse_rational(value)) for at, value in document["target"]]
    target: Target | Profile = Profile(pairs, document["cells"])
    if document["on"] == "grid":
        if any(at.denominator != 1 for at, _ in pairs) or len(dict(pairs)) < len(pairs):
            raise RadialError("a squared norm is listed twice, or is no integer times 1/p^2")
        target = Target({int(at): value for at, value in pairs})
    polynomials: dict[Type, Any] = {}
    for ridge in document["ridges"]:
        kind = tuple(map(int, ridge["type"].split()))
        if kind in polynomials:
            raise RadialError(f"the type {kind} is listed twice")
        polynomials[kind] = tuple(map(parse_rational, ridge["polynomial"]))
    epsilon, error = (parse_rational(document[name]) for name in ("epsilon", "error"))
    return Certificate(document["p"], target, polynomials, epsilon, error, document["exact"], document["neurons"]), net
