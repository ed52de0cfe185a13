"""Untrusted files and numbers: bounded, exact, and one line for whatever is wrong with them.

To believe: that what is read is exactly what the file says. A number is an integer or a fraction, never a float; a key
that occurs twice is refused, so that a file cannot say two things; text is taken apart by :mod:`json` and
:class:`~fractions.Fraction` only, and is never executed.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections import Counter
from fractions import Fraction
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar

Number = int | Fraction
T = TypeVar("T")

MAX_DIGITS = 20_000  # in a number of a file
MAX_BITS = 10**6  # in a number that is computed from those of a file
NUMBER = re.compile(r"-?\d+(/\d+|(\.\d+)?([eE]-?\d{1,4})?)", re.ASCII)


class Unusable(Exception):
    """Something that cannot be read: exit status 2."""


class Wrong(Exception):
    """A claim of the certificate that does not hold: exit status 1."""


def clip(value: object) -> str:
    """Untrusted text or a long number for a one-line message: printable and short."""
    try:
        text = ascii(str(value))[1:-1]
    except ValueError:  # an integer of too many digits
        return "a huge number"
    return text if len(text) <= 60 else text[:57] + "..."


def demand(claim: bool, otherwise: str) -> None:
    """Go on only if a claim of the certificate holds."""
    if not claim:
        raise Wrong(otherwise)


def require(usable: bool, otherwise: str) -> None:
    """Go on only if the input can be used."""
    if not usable:
        raise Unusable(otherwise)


@lru_cache(maxsize=65536)
def parse(text: str) -> Number | None:
    """An exact number from digits with /digits, .digits or an exponent; None for anything else.

    >>> parse("-6/4"), parse("1.5e1"), parse("1/0")
    (Fraction(-3, 2), 15, None)
    """
    try:
        exact = Fraction(text) if len(text) <= MAX_DIGITS and NUMBER.fullmatch(text) else None
    except (ZeroDivisionError, ValueError):  # ValueError: more digits than this interpreter takes
        return None
    return exact.numerator if exact is not None and exact.denominator == 1 else exact


def number(value: object, what: str) -> Number:
    """An exact number of a file: a JSON integer or a string."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    exact = parse(value) if isinstance(value, str) else None
    if exact is None:
        raise Unusable(f"{what}: {clip(value)} is not an exact number, or is too long")
    return exact


def size(x: Number) -> Number:
    """``|x|``."""
    return -x if x < 0 else x


def bounded(x: Number) -> Number:
    """A number that was computed, unless it has become too long."""
    size = max(x.numerator.bit_length(), x.denominator.bit_length())
    require(size <= MAX_BITS, f"a number of more than {MAX_BITS} bits would have to be computed with")
    return x


def over(x: Number, divisor: int) -> Number:
    """An exact quotient."""
    return x if divisor == 1 else Fraction(x, divisor)


def take(table: object, key: str, kind: type[T], what: str) -> T:
    """An entry of a JSON object, which must be of the given type."""
    value = table.get(key) if isinstance(table, dict) else None
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Unusable(f"{what}: {key} is missing or is no {kind.__name__}")
    return value


def read_bytes(path: str, max_file: int) -> bytes:
    """A regular file of at most ``max_file`` bytes; of anything else (a pipe, say) nothing is read."""
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
            require(stat.S_ISREG(os.fstat(file.fileno()).st_mode), f"{clip(path)}: not a regular file")
            data = file.read(max_file + 1)
    except (OSError, ValueError) as error:
        raise Unusable(f"{clip(path)}: {getattr(error, 'strerror', None) or 'not a file name'}") from None
    require(len(data) <= max_file, f"{clip(path)}: more than {max_file} bytes")
    return data


def read_beside(path: str, table: object, what: str, max_file: int) -> tuple[bytes, str]:
    """A file next to a certificate, whose digest is the recorded one, and its name for messages.

    Parameters
    ----------
    path : the certificate.
    table : with the ``file`` and its ``sha256``.
    """
    name = take(table, "file", str, what)
    require(os.path.basename(name) == name != "", f"{what}: {clip(name)} is not next to the certificate")
    data = read_bytes(os.path.join(os.path.dirname(path), name), max_file)
    recorded = take(table, "sha256", str, what)
    demand(sha256(data).hexdigest() == recorded, f"the SHA-256 of {clip(name)} is not the recorded one")
    return data, clip(name)


def read_json(data: bytes, form: str, what: str) -> dict[str, Any]:
    """A JSON object of the given ``format``."""
    value = read_object(data, what)
    require(value.get("format") == form, f"{what}: not in the format {form}")
    return value


def read_object(data: bytes, what: str) -> dict[str, Any]:
    """A JSON object. No key may occur twice; floats and text that is not UTF-8 are refused."""

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError(f"the key {clip(Counter(key for key, _ in pairs).most_common(1)[0][0])} occurs twice")
        return dict(pairs)

    def no_float(text: str) -> None:
        raise ValueError(f"{clip(text)} is a float, not an exact number")

    try:
        value = json.loads(data.decode(), object_pairs_hook=unique, parse_float=no_float, parse_constant=no_float)
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise Unusable(f"{what}: {str(error)[:120]}") from None
    require(isinstance(value, dict), f"{what}: not a JSON object")
    return dict(value)
