"""The format ``exactnet-euaf/1``: a network with the activation EUAF and what is shown of it, in one file (docs/euaf.md).

Lists of numbers are text with blanks between them; a row is its bias, then ``source:weight``, sources counted from 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gmpy2 import mpq

from exactnet.claims.euaf import Box, Certificate, Ends, EuafNetwork, Labels, Points, Polynomial, Row, Values, Within
from exactnet.files.atomic import write_atomic
from exactnet.files.certificate_writer import dump_document
from exactnet.files.certificates import read_document
from exactnet.files.commas import numbers, rows
from exactnet.files.decode import Numbers, as_fields, as_list, at, decode
from exactnet.files.files import read_bytes, shown
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.rationals import MAX_DIGITS, format_rational, parse_rational

__all__ = ["FORMAT", "STATEMENTS", "document_of", "read_euaf", "read_points", "read_regions", "write_euaf"]

FORMAT = "exactnet-euaf/1"
#: The names of the statements.
STATEMENTS = {Within: "U1", Labels: "U2", Values: "U3"}


def _text(numbers: Iterable[mpq]) -> str:
    return " ".join(map(format_rational, numbers))


def _numbers(text: str) -> tuple[mpq, ...]:
    return tuple(map(parse_rational, text.split()))


def _row_text(row: Row) -> str:
    return " ".join([format_rational(row.bias), *(f"{s}:{format_rational(w)}" for s, w in row.weights.items())])


def document_of(certificate: Certificate) -> dict[str, Any]:
    """All of a certificate, as it stands in JSON."""
    net, claim = certificate.network, certificate.claim
    claim_fields: dict[str, Any]
    if isinstance(claim, Within):
        if isinstance(claim.function, Polynomial):
            claim_fields = {"polynomial": [f"{format_rational(c)} {' '.join(map(str, e))}" for e, c in claim.function.terms]}
        else:
            claim_fields = {"points": list(map(_text, claim.function.points))}
        claim_fields["epsilon"] = format_rational(claim.epsilon)
    elif isinstance(claim, Labels):
        claim_fields = {"labels": [_text([label, *(end for ends in box for end in ends)]) for box, label in claim.regions]}
    else:
        claim_fields = {"values": [_text([value, *point]) for point, value in claim.values]}
    return {
        "format": FORMAT,
        "statement": STATEMENTS[type(claim)],
        "verdict": "certified",
        "inputs": net.inputs,
        "layers": [list(map(_row_text, layer)) for layer in net.layers],
        "output": _row_text(net.output),
        "claim": claim_fields,
        "decoded": certificate.decoded,
        "sorted": certificate.sorted,
        "intervals": [list(map(_text, intervals)) for intervals in certificate.intervals],
        "widths": net.widths,
        "bits": net.bits,
    }


def write_euaf(path: str, certificate: Certificate, seconds: float) -> None:
    """Write a certificate. Raises :class:`FormatError` where a number is too long to be read back."""
    longest = net_digits(certificate)
    if longest > MAX_DIGITS:
        raise FormatError(
            f"{shown(path)}: a weight of {longest} digits, and {MAX_DIGITS} are read back; take fewer cells"
        )
    write_atomic(path, dump_document(document_of(certificate), seconds))


def net_digits(certificate: Certificate) -> int:
    """At least the characters of the longest number of the network."""
    return 2 * (certificate.network.bits * 302 // 1000 + 2)


def read_euaf(path: str, max_file: int) -> Certificate:
    """Read a certificate. Raises :class:`FormatError` where it is malformed, or names something that is not there."""
    document = read_document(path, max_file, "euaf.schema.json")
    with at(shown(path)):
        return _certificate(document)


def _certificate(document: dict[str, Any]) -> Certificate:
    layers, width = [], document["inputs"]
    for number, texts in enumerate(document["layers"], 1):
        with at(f"layer {number}"):
            layers.append(tuple(_row(text, width) for text in texts))
        width = len(texts)
    with at("output"):
        net = EuafNetwork(document["inputs"], tuple(layers), _row(document["output"], width))
    certificate = Certificate(
        net,
        _claim(document["claim"], net.inputs),
        document["decoded"],
        document["sorted"],
        tuple(tuple(map(_ends, map(_numbers, texts))) for texts in document["intervals"]),
    )
    if (document["widths"], document["bits"], document["statement"]) != (
        net.widths,
        net.bits,
        STATEMENTS[type(certificate.claim)],
    ):
        raise FormatError(
            f"the network has widths {net.widths} and {net.bits} bits; the file says something else, or another statement"
        )
    return certificate


def _row(text: str, width: int) -> Row:
    bias, *terms = text.split()
    weights = {}
    for term in terms:
        source, _, weight = term.partition(":")
        if int(source) >= width or int(source) in weights or not parse_rational(weight):
            raise FormatError(f"there is no value {source} to read, or it is read twice, or with weight 0")
        weights[int(source)] = parse_rational(weight)
    return Row(parse_rational(bias), weights)


def _ends(numbers: tuple[mpq, ...]) -> Ends:
    if len(numbers) != 2:
        raise FormatError("an interval has not two ends")
    return numbers[0], numbers[1]


def _claim(fields: dict[str, Any], d: int) -> Within | Labels | Values:
    name, *_ = fields
    wanted = {"polynomial": 1 + d, "points": 2, "labels": 1 + 2 * d, "values": 1 + d}[name]
    rows = list(map(_numbers, fields[name]))
    if any(len(row) != wanted for row in rows):
        raise FormatError(f"{name}: a line has not {wanted} numbers, for a network of {d} inputs")
    if name == "labels":
        return Labels(tuple((tuple(zip(row[1::2], row[2::2], strict=True)), row[0]) for row in rows))
    if name == "values":
        return Values(tuple((row[1:], row[0]) for row in rows))
    function = Points(tuple((x, y) for x, y in rows)) if name == "points" else None
    if function is not None and (d != 1 or not function.is_function):
        raise FormatError("points: not from x = 0 to x = 1 in ascending order, or for more than one input")
    return Within(
        function or Polynomial(tuple((tuple(map(int, row[1:])), row[0]) for row in rows)),
        parse_rational(fields["epsilon"]),
    )


def read_points(path: str, max_file: int) -> Points:
    """Read lines ``x,y``: points with ascending ``x`` from 0 to 1. Raises :class:`FormatError`, which names the line."""
    data, listed = read_bytes(path, max_file), list[tuple[mpq, mpq]]()
    with at(shown(path)):
        for place, cells in rows(data):
            if len(cells) != 2:
                raise FormatError(f"{place}: {clip_text(','.join(cell.text for cell in cells))} is no point x,y")
            x, y = numbers(place, cells)
            if listed and x <= listed[-1][0]:
                raise FormatError(f"{place}: x = {format_rational(x)} does not come after {format_rational(listed[-1][0])}")
            listed.append((x, y))
        points = Points(tuple(listed))
        if len(listed) < 2 or not points.is_function:
            raise FormatError("the points do not go from x = 0 to x = 1")
    return points


def read_regions(path: str, max_file: int) -> list[tuple[Box, mpq]]:
    """Read a list of boxes with labels. Raises :class:`FormatError`, which names the entry."""
    data = read_bytes(path, max_file)
    regions: list[tuple[Box, mpq]] = []
    numbers = Numbers()
    with at(shown(path)):
        for number, entry in enumerate(as_list(decode(data)), 1):
            with at(f"region {number}"):
                fields = as_fields(entry, {"box", "label"}, ("box", "label"))
                box = tuple(tuple(map(numbers.read, as_list(ends))) for ends in as_list(fields["box"]))
                if any(len(ends) != 2 or ends[0] > ends[1] for ends in box):
                    raise FormatError("a side of the box is not [low, high]")
                regions.append((tuple((ends[0], ends[1]) for ends in box), numbers.read(fields["label"])))
                if len(box) != len(regions[0][0]) or not box:
                    raise FormatError(f"the box has {len(box)} sides, that of region 1 has {len(regions[0][0])}")
        if not regions:
            raise FormatError("there are no regions")
    return regions
