"""The format ``exactnet-network/1``: a network, and optionally its domain, as JSON.

``docs/format.md`` describes it and ``schemas/network.schema.json`` says it to a validator. Files are untrusted:
length, number of values, digits and nesting are bounded before or while work is done on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from gmpy2 import mpq

from exactnet.claims.promises import Means
from exactnet.files.decode import (
    Numbers,
    as_fields,
    as_list,
    as_object,
    as_text,
    at,
    collector_paused,
    decode,
    one_of,
    require,
)
from exactnet.files.limits import check_domain_size, check_growth
from exactnet.kernel.domain import MAX_P, Cube, Domain, Grid, Points
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import KINDS, Kind, Network, Node

__all__ = ["FORMAT", "OPS", "Loaded", "Source", "parse_domain", "parse_network", "read_domain"]

FORMAT = "exactnet-network/1"

_ZERO = mpq(0)
_NETWORK_FIELDS = {"format", "inputs", "nodes", "outputs", "domain", "source"}
_SOURCE_FIELDS = {"name", "sha256", "left_out", "rounded"}
_NODE_FIELDS = {"id", "kind", "bias", "in", "means"}
_MEANS_FIELDS = {"words", "op", "here", "original", "bias"}
OPS = ("sum", "step", "relu")
_DOMAIN_FIELDS = {
    "cube": {"kind"}, "grid": {"kind", "p"}, "points": {"kind", "points"},
    "box": {"kind", "low", "high", "steps"},
}


@dataclass(frozen=True, slots=True)
class Source:
    """What a network was read from by another program's rules; nothing is decided by it.

    Attributes
    ----------
    name : name of the file (no folder), or of the class of the object.
    sha256 : digest of the file in hexadecimal; None for an object.
    left_out : what was cut at the end, as ``Softmax (outputs are logits)``, or where it does not count.
    rounded : what could not be taken exactly, as ``BatchNormalization bn1`` (a square root), or was rounded on purpose.
    """

    name: str
    sha256: str | None = None
    left_out: tuple[str, ...] = ()
    rounded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loaded:
    """What a file holds: a network, and the domain if the file names one."""

    network: Network
    domain: Domain | None
    table: bool = False
    """Whether the file is a table, which says nothing outside its domain."""
    source: Source | None = None
    """What the network was read from, if another program wrote it."""


def parse_network(data: bytes, where: str) -> Loaded:
    """Read a network in the format ``exactnet-network/1``.

    Parameters
    ----------
    data : the file.
    where : its name, for messages.

    Raises
    ------
    FormatError
        for anything that is not such a network: one line that names the file and the place in it.

    Examples
    --------
    >>> data = b'''{"format": "exactnet-network/1", "inputs": ["x"],
    ...             "nodes": [{"id": "y", "kind": "relu", "in": {"x": "1/2"}}], "outputs": ["y"]}'''
    >>> parse_network(data, "net.json").network([3])
    (mpq(3,2),)
    >>> parse_network(data.replace(b"1/2", b"1/0"), "net.json")
    Traceback (most recent call last):
    ...
    exactnet.kernel.errors.FormatError: net.json: node 'y', weight of 'x': '1/0' has a zero denominator
    """
    with at(where), collector_paused():
        return _loaded(decode(data), len(data))


def parse_domain(obj: object, d: int, where: str) -> Domain:
    """Read a domain of dimension ``d >= 1`` from its decoded JSON value.

    Raises :class:`FormatError`; ``where`` (the file, or the file and the place in it) stands at the front of the line.

    >>> parse_domain({"kind": "grid", "p": 3}, 2, "net.json")
    Grid(p=3, d=2)
    """
    with at(where), at("domain"):
        return read_domain(obj, d, Numbers())


def _loaded(document: object, length: int) -> Loaded:
    fields = as_object(document)
    require(fields, ("format",))
    with at("format"):  # what else a file is says more than a field that does not belong here
        one_of(fields["format"], (FORMAT,))
    as_fields(document, _NETWORK_FIELDS, ("inputs", "nodes", "outputs"))
    inputs, outputs = _names(fields, "inputs"), _names(fields, "outputs")
    numbers = Numbers()
    with at("nodes"):
        entries = as_list(fields["nodes"])
    nodes = [_node(entry, number, numbers) for number, entry in enumerate(entries, 1)]
    net = Network(inputs, nodes, outputs)
    _check_promises(nodes, net)
    check_growth(net, length)
    domain = None
    if "domain" in fields:
        with at("domain"):
            domain = read_domain(fields["domain"], len(inputs), numbers)
    source = None
    if "source" in fields:
        with at("source"):
            source = _source(fields["source"])
    return Loaded(net, domain, source=source)


def _source(value: object) -> Source:
    fields = as_fields(value, _SOURCE_FIELDS, ("name",))
    with at("name"):
        name = as_text(fields["name"])
    digest = fields.get("sha256")
    if digest is not None and not (isinstance(digest, str) and re.fullmatch(r"[0-9a-f]{64}", digest)):
        raise FormatError("sha256: expected 64 hexadecimal digits")
    lists = [tuple(_names(fields, field)) if field in fields else () for field in ("left_out", "rounded")]
    return Source(name, digest, *lists)


def _names(fields: Mapping[str, object], field: str) -> list[str]:
    with at(field):
        values = as_list(fields[field])
        names = []
        for number, value in enumerate(values, 1):
            with at(f"entry {number}"):
                names.append(as_text(value))
    return names


def _node(entry: object, number: int, numbers: Numbers) -> Node:
    # Places are kept in a variable: a context manager for each of a million fields would take seconds.
    place, sep = f"nodes, entry {number}", ": "
    try:
        fields = as_object(entry)
        require(fields, ("id",))
        name = as_text(fields["id"])
        place = f"node {clip_text(name)}"
        as_fields(entry, _NODE_FIELDS, ("kind", "in"))
        sep = ", kind: "
        kind = one_of(fields["kind"], KINDS)
        sep = ", bias: "
        bias = numbers.read(fields["bias"]) if "bias" in fields else _ZERO
        sep = ", "
        sources = numbers.read_form(fields["in"], "in", "weight of")
        means = _means(fields["means"], numbers) if "means" in fields else None
    except FormatError as error:
        raise FormatError(f"{place}{sep}{error}") from None
    return Node(name, cast(Kind, kind), sources, bias, means)


def _means(value: object, numbers: Numbers) -> Means:
    with at("means"):
        fields = as_fields(value, _MEANS_FIELDS, ("words",))
        with at("words"):
            words = as_text(fields["words"])
        with at("op"):
            op = cast(Literal["sum", "step", "relu"], one_of(fields.get("op", "sum"), OPS))
        here = numbers.read_form(fields.get("here", {}), "here", "here, weight of")
        original = numbers.read_form(fields.get("original", {}), "original", "original, weight of")
        with at("original"):
            for name in original:
                as_text(name)
        with at("bias"):
            bias = numbers.read(fields["bias"]) if "bias" in fields else _ZERO
    return Means(words, op, here, original, bias)


def _check_promises(nodes: Iterable[Node], net: Network) -> None:
    """A promise speaks of nodes of the same network."""
    known = {*net.inputs, *net.order}
    for node in nodes:
        for name in node.means.here if node.means else ():
            if name not in known:
                raise FormatError(f"node {clip_text(node.id)}, means, here: {clip_text(name)} is not a node")


def read_domain(value: object, d: int, numbers: Numbers) -> Domain:
    """Read a domain; the place is for the caller to say, who counts the bits of all numbers of a file."""
    fields = as_object(value)
    require(fields, ("kind",))
    with at("kind"):
        kind = one_of(fields["kind"], tuple(_DOMAIN_FIELDS))
    as_fields(value, _DOMAIN_FIELDS[kind], sorted(_DOMAIN_FIELDS[kind]))
    if kind == "cube":
        return Cube(d)
    if kind == "grid":
        with at("p"):
            return _grid(fields["p"], d, numbers)
    if kind == "box":
        from exactnet.files.boxes import read_box

        domain: Points = read_box(fields["low"], fields["high"], fields["steps"], d, numbers)
        check_domain_size(domain)
        return domain
    with at("points"):
        points = as_list(fields["points"])
        domain = Points(tuple(_point(point, number, d, numbers) for number, point in enumerate(points, 1)))
        check_domain_size(domain)
    return domain


def _grid(value: object, d: int, numbers: Numbers) -> Grid:
    if type(value) is str:
        raise FormatError("expected an integer, found a string")
    p = numbers.read(value)
    if not 1 <= p <= MAX_P:
        raise FormatError(f"expected an integer from 1 to {MAX_P}, found {clip_text(p)}")
    return Grid(int(p), d)


def _point(value: object, number: int, d: int, numbers: Numbers) -> tuple[mpq, ...]:
    place = f"entry {number}"
    try:
        values = as_list(value)
        point = []
        for coordinate, entry in enumerate(values, 1):
            place = f"entry {number}, coordinate {coordinate}"
            point.append(numbers.read(entry))
    except FormatError as error:
        raise FormatError(f"{place}: {error}") from None
    if len(point) != d:
        raise FormatError(f"entry {number}: {len(point)} coordinates, but the network has {d} inputs")
    return tuple(point)
