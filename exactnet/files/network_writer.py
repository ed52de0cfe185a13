"""Writing networks in the format ``exactnet-network/1`` (:mod:`exactnet.files.network_json` reads it)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields as dataclass_fields
from operator import itemgetter

from gmpy2 import mpq

from exactnet.claims.promises import Means
from exactnet.files.decode import as_text, at, check_size, one_of
from exactnet.files.document import domain_fields
from exactnet.files.limits import check_growth
from exactnet.files.network_json import FORMAT, OPS, Source
from exactnet.files.order import canonical_order, natural_key
from exactnet.kernel.domain import Domain, Points, check_dimension
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.network import Network
from exactnet.kernel.rationals import MAX_DIGITS, as_rational, format_rational

__all__ = ["dump_network"]

_MPQ = type(mpq())

_encode = json.JSONEncoder(ensure_ascii=False).encode


def dump_network(net: Network, domain: Domain | None = None, source: Source | None = None) -> bytes:
    """Write a network in the format ``exactnet-network/1``, one node per line.

    Nodes are ordered by :func:`exactnet.files.order.canonical_order`: equal networks give equal bytes, and
    ``parse_network(dump_network(net), where).network == net``.

    Raises
    ------
    FormatError
        for a network or domain that :func:`parse_network` would not take back: a number of more than ``MAX_DIGITS``
        characters, a name that UTF-8 cannot encode, a promise about an unknown node, a domain of another dimension, values or
        an expansion that are too large.

    Examples
    --------
    >>> from exactnet import Cube, relu
    >>> print(dump_network(Network(["x"], [relu("y", {"x": "-1/2"}, 3)], ["y"]), Cube(1)).decode(), end="")
    {
      "format": "exactnet-network/1",
      "inputs": ["x"],
      "nodes": [
        {"id": "y", "kind": "relu", "bias": "3", "in": {"x": "-1/2"}}
      ],
      "outputs": ["y"],
      "domain": {"kind": "cube"}
    }
    """
    order = canonical_order(net)
    writer = _Writer(net, order)
    members = [
        f'  "format": {_encode(FORMAT)}',
        f'  "inputs": [{writer.listed(net.inputs)}]',
        f'  "nodes": {_block(writer.node(name) for name in order)}',
        f'  "outputs": [{writer.listed(net.outputs)}]',
    ]
    if domain is not None:
        with at("domain"):
            members.append(f'  "domain": {_domain_text(net, domain)}')
    if source is not None:
        named = {field.name: getattr(source, field.name) for field in dataclass_fields(source)}
        members.append(f'  "source": {_encode({name: value for name, value in named.items() if value})}')
    data = ("{\n" + ",\n".join(members) + "\n}\n").encode("utf-8")
    check_size(data)
    check_growth(net, len(data))
    return data


def _block(lines: Iterable[str]) -> str:
    text = ",\n    ".join(lines)
    return f"[\n    {text}\n  ]" if text else "[]"


def _number(value: mpq) -> str:
    value = value if type(value) is _MPQ else as_rational(value)
    if value.numerator.bit_length() + value.denominator.bit_length() > 4 * MAX_DIGITS:  # it would take long to write out
        raise FormatError(f"a number of more than {MAX_DIGITS} characters, which cannot be read back")
    text = format_rational(value)
    if len(text) > MAX_DIGITS:
        raise FormatError(f"a number of {len(text)} characters (at most {MAX_DIGITS} can be read back)")
    return text


class _Writer:
    """Writes the nodes of a network. Lines are put together by hand: an encoder per node would take minutes."""

    def __init__(self, net: Network, order: list[str]) -> None:
        self.net = net
        self.place = {name: number for number, name in enumerate([*net.inputs, *order])}
        self.quoted: dict[str, str] = {}
        for name in self.place:
            with at(f"node {clip_text(name)}"):
                self.quoted[name] = _encode(as_text(name))

    def listed(self, names: Iterable[str]) -> str:
        return ", ".join(self.quoted[name] for name in names)

    def node(self, name: str) -> str:
        net, quoted, place = self.net, self.quoted, self.place
        part = "bias"
        try:
            bias = net.bias(name)
            bias_text = f', "bias": "{_number(bias)}"' if bias else ""
            wires = [(place[source], source, weight) for source, weight in net.sources(name)]
            wires.sort(key=itemgetter(0))
            weights = []
            for _, part, weight in wires:
                weights.append(f'{quoted[part]}: "{_number(weight)}"')
        except FormatError as error:
            part = part if part == "bias" else f"weight of {clip_text(part)}"
            raise FormatError(f"node {clip_text(name)}, {part}: {error}") from None
        means = net.means(name)
        means_text = "" if means is None else f', "means": {self.means(name, means)}'
        kind = _encode(net.kind(name))
        return f'{{"id": {quoted[name]}, "kind": {kind}{bias_text}, "in": {{{", ".join(weights)}}}{means_text}}}'

    def means(self, name: str, means: Means) -> str:
        with at(f"node {clip_text(name)}, means"):
            return _encode(dict(_means_fields(means, self.place)))


def _means_fields(means: Means, place: Mapping[str, int]) -> Iterator[tuple[str, object]]:
    with at("words"):
        yield "words", as_text(means.words)
    if one_of(means.op, OPS) != "sum":
        yield "op", means.op
    for name in means.here:
        if name not in place:
            raise FormatError(f"here: {clip_text(name)} is not a node")
    if means.here:
        yield "here", {name: _number(means.here[name]) for name in sorted(means.here, key=place.__getitem__)}
    for name in means.original:
        with at("original"):
            as_text(name)
    if means.original:
        yield "original", {name: _number(means.original[name]) for name in sorted(means.original, key=natural_key)}
    if means.bias:
        yield "bias", _number(means.bias)


def _domain_text(net: Network, domain: Domain) -> str:
    check_dimension(domain, net.inputs)
    if isinstance(domain, Points) and domain.kind == "points":
        lines = (_encode([_number(value) for value in point]) for point in domain.points)
        return f'{{"kind": "points", "points": {_block(lines)}}}'
    return _encode(domain_fields(domain))
