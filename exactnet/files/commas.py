"""Comma-separated values whose numbers are exact: it is known of every cell whether it was quoted, which ``csv`` does not say.

A cell may stand between quotation marks, which are doubled within it; a line of the file is a row. Integers and fractions need no
quotes. A decimal does: ``0.1`` written by another program is most often a float that was rounded to be printed, and no one can
see which number was meant; between quotes it is the decimal that it says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from gmpy2 import mpq

from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.rationals import parse_rational

__all__ = ["Cell", "is_number", "numbers", "rows"]

_CELL = re.compile(r'[ \t]*(?:"([^"]*(?:""[^"]*)*)"|([^",]*))[ \t]*(,|$)')
_EXACT = re.compile(r"[+-]?\d+(/[+-]?\d+)?", re.ASCII)


class Cell(NamedTuple):
    """The text of a cell, without quotes and blanks around it, and whether it was quoted."""

    text: str
    quoted: bool


def rows(data: bytes) -> Iterator[tuple[str, list[Cell]]]:
    """The rows that have something in them, each with its place in words.

    Raises :class:`FormatError` for bytes that are not UTF-8, and for quotation marks that are out of place.

    >>> list(rows(b'a,"b, c"\\n\\n"0.1", 1/3'))[1]
    ('line 3', [Cell(text='0.1', quoted=True), Cell(text='1/3', quoted=False)])
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(f"byte {error.start + 1} is not UTF-8 text") from None
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        cells = [Cell(cell.strip(), False) for cell in line.split(",")] if '"' not in line else list(_quoted(line, number))
        if any(cell.text for cell in cells):
            yield f"line {number}", cells


def _quoted(line: str, number: int) -> Iterator[Cell]:
    place, more = 0, True
    while more:
        match = _CELL.match(line, place)
        if match is None:
            raise FormatError(f"line {number}: not CSV: a quotation mark is out of place")
        inner, bare, end = match.groups()
        yield Cell(bare.strip(), False) if inner is None else Cell(inner.replace('""', '"').strip(), True)
        place, more = match.end(), end == ","


def is_number(cell: Cell) -> bool:
    """Whether a cell says a number, exact or not: a row of such is no row of names."""
    try:
        parse_rational(cell.text)
    except FormatError:
        return False
    return True


def numbers(place: str, cells: Iterable[Cell], read: Callable[[str], mpq] = parse_rational) -> list[mpq]:
    """The numbers that the cells of a row say.

    Raises :class:`FormatError`, with the place and the column, for what is none, and for a decimal without quotes.

    >>> numbers("line 2", [Cell("0.1", True), Cell("-2/3", False)])
    [mpq(1,10), mpq(-2,3)]
    """
    found = []
    for column, cell in enumerate(cells, 1):
        if not cell.quoted and _EXACT.fullmatch(cell.text) is None and is_number(cell):
            remedy = "in quotation marks it is the decimal as written (Python: csv.QUOTE_ALL); or write a fraction"
            raise FormatError(f"{place}, column {column}: {clip_text(cell.text)} is a float: {remedy}")
        try:
            found.append(read(cell.text))
        except FormatError as error:
            raise FormatError(f"{place}, column {column}: {error}") from None
    return found
