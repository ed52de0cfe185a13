"""Untrusted JSON: decoded with exact numbers and bounds, and taken apart by functions that say what is wrong.

The functions raise :class:`FormatError` with a reason; who calls them knows the place and puts it in front
(:func:`at`).
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NoReturn, cast

from gmpy2 import mpq

from exactnet.kernel.errors import ExactnetError, FormatError, clip_text
from exactnet.kernel.rationals import MAX_DIGITS, as_rational, format_rational, parse_rational

__all__ = [
    "MAX_BITS", "MAX_VALUES", "Numbers", "as_fields", "as_list", "as_object", "as_text", "at", "check_size", "collector_paused",
    "decode", "decode_strictly", "one_of", "require", "wrong",
]

#: The most separators (commas, colons, opening brackets outside strings) in a file; it bounds the memory that reading
#: takes. A wire has two, a node about ten.
MAX_VALUES = 8_000_000

#: The most bits of all numbers of a file together. Only exponents get there: 64 MB of digits have 2**28 bits.
MAX_BITS = 2**30

_MPQ = type(mpq())
_MAX_KNOWN = 2**16
_SEPARATORS = b",:[{"
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|([,:\[{])', re.DOTALL)


@contextmanager
def at(place: str) -> Iterator[None]:
    """Put a place in front of the message of an error.

    >>> with at("net.json"), at("node 'h'"):
    ...     raise FormatError("no bias")
    Traceback (most recent call last):
    ...
    exactnet.kernel.errors.FormatError: net.json: node 'h': no bias
    """
    try:
        yield
    except ExactnetError as error:
        raise FormatError(f"{place}: {error}") from None


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the garbage collector from walking a large structure again and again while it is being built.

    Nothing is lost: what is built has no reference cycles, so that reference counts free it if need be.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Bad:
    """Stands in the decoded JSON for a value that no field takes, until the place is known."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class Numbers:
    """Reads numbers and counts their bits, so that a short file cannot ask for gigabytes of digits."""

    def __init__(self) -> None:
        self.bits = 0
        self._known: dict[str, mpq] = {}

    def read(self, value: object) -> mpq:
        """The number that a JSON value stands for.

        >>> Numbers().read("-1/2")
        mpq(-1,2)
        """
        if type(value) is str:
            known = self._known.get(value)
            if known is not None:  # most numbers repeat; the same object takes no more memory
                return known
            number = parse_rational(value)
            # A decimal doubles its digits when it becomes a fraction: whatever is read must be writable.
            if len(value) > MAX_DIGITS // 4 and len(format_rational(number)) > MAX_DIGITS:
                raise FormatError(f"a number of more than {MAX_DIGITS} characters when written as a fraction")
        elif isinstance(value, _MPQ):
            number = value
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            number = as_rational(cast(int, value))  # from another decoder; floats are refused there
        else:
            wrong("a number (an integer or a string)", value)
        self.bits += number.numerator.bit_length() + number.denominator.bit_length()
        if self.bits > MAX_BITS:
            raise FormatError(f"the numbers up to here have more than {MAX_BITS} bits in total")
        if type(value) is str and len(self._known) < _MAX_KNOWN:
            self._known[value] = number
        return number

    def read_form(self, value: object, field: str, item: str) -> dict[str, mpq]:
        """An object of numbers: the weights of a linear form, by name. Errors are placed at ``item`` name."""
        with at(field):
            weights = as_object(value)
        form: dict[str, mpq] = {}
        known, read = self._known, self.read
        name = ""
        try:
            for name, weight in weights.items():
                number = known.get(weight) if type(weight) is str else None
                form[name] = read(weight) if number is None else number
        except FormatError as error:
            raise FormatError(f"{item} {clip_text(name)}: {error}") from None
        return form


def decode(data: bytes) -> object:
    """JSON, with numbers as mpq; what no field may hold (floats, doubled keys) is refused by the functions below."""
    if not data.strip():
        raise FormatError("the file is empty")
    if data.startswith(b"\xef\xbb\xbf"):
        raise FormatError("the file starts with a byte order mark; save it as UTF-8 without one")
    check_size(data)
    return _parse(data, _object, _integer, _float, _constant)


def decode_strictly(data: bytes) -> object:
    """JSON with integers: doubled keys, floats, NaN and half surrogate pairs are refused wherever they stand.

    For documents of which some fields are not looked at any further: a certificate's.

    >>> decode_strictly(b'{"run": [1, NaN]}')
    Traceback (most recent call last):
    ...
    exactnet.kernel.errors.FormatError: NaN is a float and no rational number; quote one, such as "1/2"
    """
    check_size(data)
    value = _parse(data, _strictly(_object), _strictly(int), _strictly(_float), _strictly(_constant))
    if b"\\u" in data:
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise FormatError("a string has half of a surrogate pair") from None
    return value


def _parse(
    data: bytes,
    pairs: Callable[[list[tuple[str, object]]], object],
    integer: Callable[[str], object],
    real: Callable[[str], object],
    constant: Callable[[str], object],
) -> object:
    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=pairs, parse_int=integer, parse_float=real, parse_constant=constant
        )
    except UnicodeDecodeError as error:
        raise FormatError(f"byte {error.start + 1} is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise FormatError(f"line {error.lineno} column {error.colno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise FormatError("the brackets are nested too deeply") from None
    except ValueError:  # only of an integer that Python does not convert
        raise FormatError("a number is too long") from None


def _strictly(read: Callable[[Any], object]) -> Callable[[Any], object]:
    """The same, but what no field may hold is refused at once."""

    def strict(part: Any) -> object:
        value = read(part)
        if isinstance(value, _Bad):
            raise FormatError(value.reason)
        return value

    return strict


def check_size(data: bytes) -> None:
    """Raise :class:`FormatError` for more than :data:`MAX_VALUES` separators."""
    if sum(data.count(byte) for byte in _SEPARATORS) <= MAX_VALUES:
        return
    count = 0  # names may hold commas and colons: now leave out what stands in strings
    for token in _TOKEN.finditer(data):
        count += token.lastindex is not None
        if count > MAX_VALUES:
            raise FormatError(f"more than {MAX_VALUES} commas, colons and opening brackets: too large for this format")


def _object(pairs: list[tuple[str, object]]) -> object:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                return _Bad(f"the object has {clip_text(name)} twice")
            seen.add(name)
    return fields


@lru_cache(maxsize=4096)
def _small_integer(text: str) -> mpq:
    return parse_rational(text)


def _integer(text: str) -> object:
    if len(text) < 20:
        return _small_integer(text)
    try:
        return parse_rational(text)
    except FormatError as error:
        return _Bad(str(error))


def _float(text: str) -> _Bad:
    short = text if len(text) <= 30 else text[:27] + "..."
    return _Bad(f'{short} is a float; quote it ("{short}") to say which rational is meant')


def _constant(text: str) -> _Bad:
    return _Bad(f'{text} is a float and no rational number; quote one, such as "1/2"')


_JSON_NAMES = {str: "a string", bool: "true or false", dict: "an object", list: "a list", type(None): "null"}


def wrong(wanted: str, value: object) -> NoReturn:
    """Refuse a value of the wrong type."""
    if isinstance(value, _Bad):
        raise FormatError(value.reason)
    raise FormatError(f"expected {wanted}, found {_JSON_NAMES.get(type(value), 'a number')}")


def as_object(value: object) -> dict[str, object]:
    """The value, if it is an object."""
    if type(value) is not dict:
        wrong("an object", value)
    return value


def as_fields(value: object, allowed: set[str], required: Sequence[str] = ()) -> dict[str, object]:
    """The value, if it is an object with the required fields and no others than the allowed ones."""
    fields = as_object(value)
    if not fields.keys() <= allowed:
        unknown = next(name for name in fields if name not in allowed)
        raise FormatError(f"unknown field {clip_text(unknown)}")
    require(fields, required)
    return fields


def require(fields: Mapping[str, object], names: Sequence[str]) -> None:
    """Refuse an object in which one of the names is missing."""
    for name in names:
        if name not in fields:
            raise FormatError(f"the field '{name}' is missing")


def as_list(value: object) -> list[object]:
    """The value, if it is a list."""
    if type(value) is not list:
        wrong("a list", value)
    return value


def as_text(value: object) -> str:
    """The value, if it is a string that can be written as UTF-8.

    >>> as_text("\\ud800")
    Traceback (most recent call last):
    ...
    exactnet.kernel.errors.FormatError: '\\ud800' has half a surrogate pair in it, which is no character
    """
    if type(value) is not str:
        wrong("a string", value)
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise FormatError(f"{clip_text(value)} has half a surrogate pair in it, which is no character") from None
    return value


def one_of(value: object, allowed: Sequence[str]) -> str:
    """The value, if it is one of the allowed strings."""
    text = as_text(value)
    if text not in allowed:
        raise FormatError(f"{clip_text(text)} is not one of {', '.join(allowed)}")
    return text
