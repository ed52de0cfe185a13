"""The trusted reader of structural certificates: a proof is read line by line and given to the kernel.

To believe: that the networks and the proof are what their files say (numbers exact, no key twice), that the proof is
about these two files, and that nothing is believed unless the last line, the goals, was reached.

Standard library alone: ``python -m exactnet.structural.checking ORIGINAL CONSTRUCTED PROOF``.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import zlib
from collections.abc import Iterator
from typing import Any

from .kernel import MAX_DIGITS, Kernel, Refused, Unusable, need, theorem

__all__ = ["FORMAT", "Refused", "Unusable", "check", "main", "theorem"]

FORMAT = "exactnet-structural/1"
MAX_BYTES = 1 << 32  # of a proof when unpacked
MAX_LINE = 1 << 24
MAX_NETWORK = 1 << 30


def usable(holds: bool, otherwise: str) -> None:
    """Go on only if something can be used."""
    if not holds:
        raise Unusable(otherwise)


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of a file, unless a key occurs twice."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key occurs twice")
    return dict(pairs)


def no_float(text: str) -> None:
    """Refuse a number that is not exact."""
    raise ValueError("a float is no exact number")


DECODER = json.JSONDecoder(object_pairs_hook=unique, parse_float=no_float, parse_constant=no_float)


def parse(data: bytes) -> Any:
    """JSON without floats and without repeated keys."""
    try:
        return DECODER.decode(data.decode())
    except (ValueError, RecursionError) as error:
        raise Unusable(f"not readable: {str(error)[:80]}") from None


def lines_of(proof: bytes) -> Iterator[bytes]:
    """The lines of a proof, which may be packed by gzip."""
    stream: Any = gzip.GzipFile(fileobj=io.BytesIO(proof)) if proof[:2] == b"\x1f\x8b" else io.BytesIO(proof)
    left = MAX_BYTES
    try:
        while line := stream.readline(MAX_LINE):
            left -= len(line)
            if left < 0 or not line.endswith(b"\n"):
                raise Unusable("a line breaks off, or is too long")
            yield line
    except (OSError, EOFError, zlib.error):
        raise Unusable("the file is damaged") from None


def check(original: bytes, constructed: bytes, proof: bytes) -> dict[str, Any]:
    """Check a proof, the bytes of a file of lines, against two network files; the header, which names the domain and
    the statement.

    The first line is the header ``{"format", "original": {"sha256"}, "constructed": {"sha256"}, "domain",
    "statement"}``, the last one ``["goals", [facts of each output]]``, the others are steps.

    Raises
    ------
    Refused
        If a step does not hold, with its number, or if the proof is about other files.
    Unusable
        If something cannot be read.
    """
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(MAX_DIGITS)
    place = 0
    try:
        lines = lines_of(proof)
        header = parse(next(lines, b""))
        usable(isinstance(header, dict) and header.get("format") == FORMAT, f"not in the format {FORMAT}")
        for what, data in (("original", original), ("constructed", constructed)):
            digest = {"sha256": hashlib.sha256(data).hexdigest()}
            need(header[what] == digest, f"the proof is about another {what} network")
        kernel = Kernel(parse(original), parse(constructed), header["domain"], header["statement"])
        line: Any = [""]
        for place, text in enumerate(lines, 2):  # noqa: B007
            usable(line[0] != "goals", "something follows the end")
            line = parse(text)
            usable(isinstance(line, list) and line != [], "not a list that begins with the name of a rule")
            if line[0] == "goals":
                kernel.conclude(line[1])
            else:
                usable(hasattr(kernel, f"rule_{line[0]}"), f"there is no rule {str(line[0])[:80]}")
                kernel.apply(line)
        usable(line[0] == "goals", "the proof breaks off")
    except (Refused, Unusable) as error:
        raise type(error)(f"line {place}: {error}" if place else str(error)) from None
    except (TypeError, ValueError, LookupError, AttributeError, ZeroDivisionError, OverflowError) as error:
        raise Unusable(f"line {max(place, 1)}: malformed: {str(error)[:80]}") from None
    else:
        return {**header, "lines": place}
    finally:
        sys.set_int_max_str_digits(limit)


def main(arguments: list[str]) -> int:
    """``kernel.py ORIGINAL CONSTRUCTED PROOF``: print the theorem, or the first step that fails."""
    try:
        usable(len(arguments) == 3, "three files are read: the original network, the constructed one and the proof")
        files = []
        for path in arguments:
            with open(path, "rb") as file:
                files.append(file.read(MAX_NETWORK))
        header = check(*files)
    except (OSError, Unusable, TypeError) as error:
        print(f"unusable: {error}", file=sys.stderr)
        return 2
    except Refused as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    print(f"proved {theorem(header['domain'], header['statement'])}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
