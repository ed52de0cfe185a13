"""Polyhedra in files: a JSON list of inequalities, each a list of numbers or text (docs/reals.md).

``[c_1, ..., c_d, c_0]`` stands for ``c_1 x_1 + ... + c_d x_d + c_0 >= 0``; as text, ``"x1 - 2 x2 >= 1/2"``, with ``<=`` or ``>=``.
"""

from __future__ import annotations

import re

from gmpy2 import mpq

from exactnet.claims.cells.polyhedron import Polyhedron
from exactnet.files.decode import Numbers, as_list, at, decode
from exactnet.kernel.errors import FormatError, clip_text
from exactnet.kernel.rationals import parse_rational

__all__ = ["parse_inequality", "parse_polyhedron"]

_TERM = re.compile(r"\s*([+-]?)\s*(?:(\d+(?:/\d+)?)\s*\*?\s*)?(?:x(\d{1,6}))?", re.ASCII)
#: The most inequalities.
_MOST = 10_000


def parse_polyhedron(data: bytes, d: int, where: str) -> Polyhedron:
    """Read a polyhedron in ``d`` variables.

    Raises
    ------
    FormatError
        for anything else: one line with the file and the place.

    Examples
    --------
    >>> parse_polyhedron(b'["x1 >= 0", "x1 + x2 <= 3/2", [0, 1, 0]]', 2, "p.json").forms
    ((1, 0, 0), (-2, -2, 3), (0, 1, 0))
    """
    with at(where):
        entries = as_list(decode(data))
        if len(entries) > _MOST:
            raise FormatError(f"{len(entries)} inequalities are more than {_MOST}")
        numbers, rows = Numbers(), []
        for number, entry in enumerate(entries, 1):
            with at(f"inequality {number}"):
                rows.append(parse_inequality(entry, d) if isinstance(entry, str) else list(map(numbers.read, as_list(entry))))
        return Polyhedron.polytope(d, rows)


def parse_inequality(text: str, d: int) -> list[mpq]:
    """The coefficients and the constant of a form that is to be at least 0.

    >>> [str(c) for c in parse_inequality("2 x1 - x2/3 >= 1", 2)]
    Traceback (most recent call last):
    ...
    exactnet.kernel.errors.FormatError: '/3' is no term such as x1, -2 x2 or 1/2
    >>> [str(c) for c in parse_inequality("2 x1 - 1/3 x2 >= 1", 2)]
    ['2', '-1/3', '-1']
    """
    sides = re.split(r"(<=|>=)", text)
    if len(text) > 10**5 or len(sides) != 3:
        raise FormatError(f"{clip_text(text)} is no inequality such as x1 - 2 x2 >= 1/2")
    left, right = _linear(sides[0], d), _linear(sides[2], d)
    sign = 1 if sides[1] == ">=" else -1
    return [sign * (a - b) for a, b in zip(left, right, strict=True)]


def _linear(text: str, d: int) -> list[mpq]:
    total = [mpq(0)] * (d + 1)
    place = 0
    rest = text.rstrip()
    while place < len(rest) or not place:
        match = _TERM.match(rest, place)
        if match is None or (match[2] is None and match[3] is None) or (place and not match[1]):
            raise FormatError(f"{clip_text(rest[place:].strip())} is no term such as x1, -2 x2 or 1/2")
        variable = int(match[3]) if match[3] else d + 1
        if match[3] and not 1 <= variable <= d:
            raise FormatError(f"x{variable} is not one of x1 to x{d}")
        total[variable - 1] += (-1 if match[1] == "-" else 1) * parse_rational(match[2] or "1")
        place = match.end()
    return total
